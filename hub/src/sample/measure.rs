//! What was measured: vital signs by the fixed codes and unit strings of UK Core, NEWS2, scores, and laboratory reports with
//! ranges and flags. Scores are summed from the readings here, so that what is shown adds up.

use super::cast::Trait;
use super::fhir::{Bundle, Decimal, Id, LOINC, SNOMED, Term, UCUM, hl7_system};
use super::json::Json;
use super::person::Person;
use super::rng::Rng;
use super::vocab::conditions as c;
use super::vocab::labs::{Analyte, Panel};
use super::when::At;

/// One vital sign: SNOMED CT, LOINC, words, unit string and UCUM code as UK Core fixes them.
struct Sign {
    snomed: &'static str,
    loinc: &'static str,
    name: &'static str,
    unit: &'static str,
    ucum: &'static str,
    places: u8,
}

const fn sign(
    snomed: &'static str,
    loinc: &'static str,
    name: &'static str,
    unit: &'static str,
    ucum: &'static str,
    places: u8,
) -> Sign {
    Sign { snomed, loinc, name, unit, ucum, places }
}

const RESPIRATION: Sign = sign("86290005", "9279-1", "Respiratory rate", "per minute", "/min", 0);
const SATURATION: Sign = sign("431314004", "2708-6", "Peripheral oxygen saturation", "percent", "%", 0);
const PULSE: Sign = sign("364075005", "8867-4", "Heart rate", "per minute", "/min", 0);
const TEMPERATURE: Sign = sign("276885007", "8310-5", "Core body temperature", "degree Celsius", "Cel", 1);
const WEIGHT: Sign = sign("27113001", "29463-7", "Body weight", "kilogram", "kg", 1);
const HEIGHT: Sign = sign("50373000", "8302-2", "Body height", "centimeter", "cm", 0);
const BODY_MASS: Sign = sign("60621009", "39156-5", "Body mass index", "kilogram per square meter", "kg/m2", 1);

/// A set of vital signs taken together.
#[derive(Debug, Clone, Copy)]
pub struct Vitals {
    pub systolic: i32,
    pub diastolic: i32,
    pub pulse: i32,
    pub respiration: i32,
    pub saturation: i32,
    /// In tenths of a degree.
    pub temperature: i32,
    pub oxygen: bool,
    pub confused: bool,
}

impl Vitals {
    /// What one would find in this person on an ordinary day, or when ill.
    pub fn of(p: &Person, rng: &mut Rng, ill: bool) -> Vitals {
        let lungs = p.has_condition(&c::COPD) || p.has_condition(&c::HEART_FAILURE);
        let raised = if p.has_condition(&c::HYPERTENSION) { 14 } else { 0 };
        let (systolic, diastolic) = match p.age {
            0..12 => (rng.between(88, 108), rng.between(52, 66)),
            12..40 => (rng.between(104, 128), rng.between(62, 80)),
            _ => (rng.between(116, 146) + raised - 2 * i32::from(ill) * 8, rng.between(62, 84) + raised / 2),
        };
        let unwell = i32::from(ill);
        Vitals {
            systolic,
            diastolic,
            pulse: rng.between(60, 88) + unwell * rng.between(8, 32) + if p.age < 10 { 24 } else { 0 },
            respiration: rng.between(13, 18) + unwell * rng.between(3, 9) + if p.age < 10 { 6 } else { 0 },
            saturation: if lungs { rng.between(90, 95) } else { rng.between(95, 99) } - unwell * rng.between(0, 4),
            temperature: rng.between(362, 371) + unwell * rng.between(0, 18),
            oxygen: p.has(Trait::Oxygen) || (ill && lungs),
            confused: ill && p.age > 75 && rng.percent(30),
        }
    }

    /// NEWS2 by parameter, oxygen scale 1, in the order of [`NEWS_PARTS`].
    fn news(&self) -> [i32; 7] {
        let band = |value: i32, bands: &[(i32, i32)], above: i32| {
            bands.iter().find(|(most, _)| value <= *most).map_or(above, |(_, points)| *points)
        };
        [
            band(self.respiration, &[(8, 3), (11, 1), (20, 0), (24, 2)], 3),
            band(self.saturation, &[(91, 3), (93, 2), (95, 1)], 0),
            if self.oxygen { 2 } else { 0 },
            band(self.systolic, &[(90, 3), (100, 2), (110, 1), (219, 0)], 3),
            band(self.pulse, &[(40, 3), (50, 1), (90, 0), (110, 1), (130, 2)], 3),
            if self.confused { 3 } else { 0 },
            band(self.temperature, &[(350, 3), (360, 1), (380, 0), (390, 1)], 2),
        ]
    }
}

/// The parts of NEWS2 with their codes.
const NEWS_PARTS: [(&str, &str); 7] = [
    ("1104301000000104", "Respiration rate score"),
    ("1104311000000102", "Oxygen saturation scale 1 score"),
    ("1104331000000105", "Air or oxygen score"),
    ("1104341000000101", "Systolic blood pressure score"),
    ("1104351000000103", "Pulse score"),
    ("1104361000000100", "Consciousness score"),
    ("1104371000000107", "Temperature score"),
];

impl Bundle<'_> {
    fn vital(&mut self, sign: &Sign, value: i32, at: At, by: &str) -> Id {
        let patient = self.patient;
        self.add("Observation", "UKCore-Observation-VitalSigns", at, |j| {
            j.text("status", "final");
            category(j, "vital-signs", "Vital Signs");
            sign_code(j, sign.snomed, sign.loinc, sign.name);
            observed(j, patient, at, by);
            j.quantity("valueQuantity", Decimal { digits: value, places: sign.places }, sign.unit, sign.ucum);
        })
    }

    pub fn blood_pressure(&mut self, vitals: &Vitals, at: At, by: &str) -> Id {
        let patient = self.patient;
        self.add("Observation", "UKCore-Observation-VitalSigns", at, |j| {
            j.text("status", "final");
            category(j, "vital-signs", "Vital Signs");
            sign_code(j, "75367002", "85354-9", "Blood pressure");
            observed(j, patient, at, by);
            j.list("component", |l| {
                let parts = [
                    ("72313002", "8480-6", "Systolic arterial pressure", vitals.systolic),
                    ("1091811000000102", "8462-4", "Diastolic arterial pressure", vitals.diastolic),
                ];
                for (snomed, loinc, name, value) in parts {
                    l.element(|part| {
                        sign_code(part, snomed, loinc, name);
                        let value = Decimal { digits: value, places: 0 };
                        part.quantity("valueQuantity", value, "millimeter of mercury", "mm[Hg]");
                    });
                }
            });
        })
    }

    pub fn weight(&mut self, tenths: i32, at: At, by: &str) -> Id {
        self.vital(&WEIGHT, tenths, at, by)
    }

    pub fn height(&mut self, centimetres: i32, at: At, by: &str) -> Id {
        self.vital(&HEIGHT, centimetres, at, by)
    }

    pub fn body_mass(&mut self, tenths: i32, at: At, by: &str) -> Id {
        self.vital(&BODY_MASS, tenths, at, by)
    }

    /// Respiration, saturation, pressure, pulse and temperature, and the NEWS2 that follows for those of 16 and over.
    pub fn vitals(&mut self, p: &Person, vitals: &Vitals, at: At, by: &str) {
        let mut from = vec![
            self.vital(&RESPIRATION, vitals.respiration, at, by),
            self.vital(&SATURATION, vitals.saturation, at, by),
            self.blood_pressure(vitals, at, by),
            self.vital(&PULSE, vitals.pulse, at, by),
            self.vital(&TEMPERATURE, vitals.temperature, at, by),
        ];
        if p.age < 16 {
            return;
        }
        from.push(self.air_or_oxygen(vitals.oxygen, at, by));
        let patient = self.patient;
        let parts = vitals.news();
        self.add("Observation", "UKCore-Observation-EarlyWarningTotalScore", at.plus(2), |j| {
            j.text("status", "final");
            category(j, "survey", "Survey");
            let name = "Royal College of Physicians NEWS2 (National Early Warning Score 2) total score";
            j.term("code", Term { text: name, code: "1104051000000101" });
            observed(j, patient, at.plus(2), by);
            score(j, parts.iter().sum());
            j.list("derivedFrom", |l| {
                from.iter().for_each(|id| l.element(|r| r.plain("reference", format_args!("Observation/{id}"))));
            });
            j.list("component", |l| {
                for ((code, name), points) in NEWS_PARTS.into_iter().zip(parts) {
                    l.element(|part| {
                        part.code("code", SNOMED, code, name);
                        score(part, points);
                    });
                }
            });
        });
    }

    fn air_or_oxygen(&mut self, oxygen: bool, at: At, by: &str) -> Id {
        let patient = self.patient;
        self.add("Observation", "UKCore-Observation", at, |j| {
            j.text("status", "final");
            category(j, "vital-signs", "Vital Signs");
            j.words("code", "Inspired oxygen");
            observed(j, patient, at, by);
            let (code, words) =
                if oxygen { ("371825009", "Patient on oxygen") } else { ("722742002", "Breathing room air") };
            j.code("valueCodeableConcept", SNOMED, code, words);
        })
    }

    /// An observation whose value is words or a score: smoking, frailty, wound size.
    pub fn finding(&mut self, what: Term, value: Value<'_>, at: At, by: &str) -> Id {
        let patient = self.patient;
        self.add("Observation", "UKCore-Observation", at, |j| {
            j.text("status", "final");
            category(j, "survey", "Survey");
            j.term("code", what);
            observed(j, patient, at, by);
            match value {
                Value::Score(points) => score(j, points),
                Value::Term(term) => j.term("valueCodeableConcept", term),
                Value::Words(words) => j.text("valueString", words),
                Value::Refused(why) => j.object("dataAbsentReason", |r| {
                    let system = hl7_system("data-absent-reason");
                    r.list("coding", |l| l.coding(&system, "asked-declined", "Asked But Declined"));
                    r.text("text", why);
                }),
            }
        })
    }

    /// A laboratory report: one observation for each analyte and the report that holds them. A corrected report says so.
    pub fn laboratory(&mut self, p: &Person, rng: &mut Rng, panel: &Panel, at: At, corrected: bool, by: &str) -> Id {
        let patient = self.patient;
        let from = self.from;
        let status = if corrected { "corrected" } else { "final" };
        let order = self.local();
        let issued = at.plus(300);
        let results: Vec<Id> =
            panel.analytes.iter().map(|analyte| self.analyte(p, rng, analyte, (at, issued), status)).collect();
        self.add("DiagnosticReport", "UKCore-DiagnosticReport-Lab", issued, |j| {
            j.one("identifier", |i| {
                i.text("system", "https://wessmoor.example/id/laboratory-report");
                i.plain("value", format_args!("REP-{order:07}"));
            });
            j.text("status", status);
            j.codes("category", &hl7_system("v2-0074"), "LAB", "Laboratory");
            j.term("code", Term { text: panel.name, code: panel.code });
            j.reference("subject", "Patient", patient);
            j.plain("effectiveDateTime", at);
            j.plain("issued", issued);
            j.list("performer", |l| l.element(|o| o.organisation_members(from)));
            j.list("result", |l| {
                results.iter().for_each(|id| l.element(|r| r.plain("reference", format_args!("Observation/{id}"))));
            });
            if corrected {
                j.plain(
                    "conclusion",
                    format_args!("CORRECTED REPORT. Replaces the report of the same number. Requested by {by}."),
                );
            }
        })
    }

    fn analyte(&mut self, p: &Person, rng: &mut Rng, analyte: &Analyte, (at, issued): (At, At), status: &str) -> Id {
        let patient = self.patient;
        let value = draw_value(p, rng, analyte);
        let (flag, words) = match value {
            v if v < analyte.low => ("L", "Low"),
            v if analyte.high >= 0 && v > analyte.high => ("H", "High"),
            _ => ("N", "Normal"),
        };
        self.add("Observation", "UKCore-Observation-Lab", issued, |j| {
            j.text("status", status);
            category(j, "laboratory", "Laboratory");
            j.term("code", Term { text: analyte.name, code: analyte.code });
            j.reference("subject", "Patient", patient);
            j.plain("effectiveDateTime", at);
            let decimal = |digits| Decimal { digits, places: analyte.places };
            j.quantity("valueQuantity", decimal(value), analyte.unit, analyte.ucum);
            if flag != "N" {
                j.codes("interpretation", &hl7_system("v3-ObservationInterpretation"), flag, words);
            }
            j.one("referenceRange", |r| {
                r.object("low", |q| q.bare("value", decimal(analyte.low)));
                if analyte.high >= 0 {
                    r.object("high", |q| q.bare("value", decimal(analyte.high)));
                }
            });
        })
    }
}

/// What an observation may say.
#[derive(Debug, Clone, Copy)]
pub enum Value<'t> {
    Score(i32),
    Term(Term),
    Words(&'t str),
    /// Asked and declined, with the reason in words.
    Refused(&'t str),
}

/// Inside the range, a little outside it now and then, or where a condition puts it.
fn draw_value(p: &Person, rng: &mut Rng, analyte: &Analyte) -> i32 {
    let moved = p.conditions.iter().flat_map(|(c, _)| c.moves).find(|(name, ..)| *name == analyte.name);
    if let Some((_, low, high)) = moved {
        return rng.between(*low, *high);
    }
    let high = if analyte.high < 0 { analyte.low * 3 / 2 } else { analyte.high };
    let slack = if rng.percent(6) { (high - analyte.low) / 6 } else { 0 };
    rng.between((analyte.low - slack).max(0), high + slack)
}

fn category(j: &mut Json, code: &str, words: &str) {
    j.codes("category", "http://terminology.hl7.org/CodeSystem/observation-category", code, words);
}

fn sign_code(j: &mut Json, snomed: &str, loinc: &str, name: &str) {
    j.object("code", |c| {
        c.list("coding", |l| {
            l.coding(SNOMED, snomed, name);
            l.element(|c| {
                c.text("system", LOINC);
                c.text("code", loinc);
            });
        });
    });
}

fn observed(j: &mut Json, patient: Id, at: At, by: &str) {
    j.reference("subject", "Patient", patient);
    j.plain("effectiveDateTime", at);
    j.list("performer", |l| {
        l.element(|p| p.text("display", by));
    });
}

fn score(j: &mut Json, points: i32) {
    j.object("valueQuantity", |q| {
        q.bare("value", points);
        q.text("system", UCUM);
        q.text("code", "{ScoreOf}");
    });
}
