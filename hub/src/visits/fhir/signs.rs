//! A set of signs as Observations: one each, blood pressure as the panel that UK Core wants, units in the strings it fixes
//! (`reference/records.md` section 3). NEWS2 is an Observation over them: a total only where all seven are there. Of an incomplete set it has no
//! value and no points, only what is missing: points without a total would be added up by somebody.

use super::{Made, performers, status};
use crate::fhir::{ABSENT_REASON, OURS, SNOMED, UCUM, coding, push};
use record::Section;
use record::visit::news2::{News2, Parameter, Scale, Score};
use record::visit::vitals::{Breathing, Consciousness, Observations, Taken};
use record::visit::{Entry, Vital};
use serde_json::{Value, json};

const CATEGORY: &str = "http://terminology.hl7.org/CodeSystem/observation-category";
const LOINC: &str = "http://loinc.org";

/// A sign as it stands in FHIR: the part of its id, its UK Core profile, and the unit as that profile spells it.
const fn spelt(vital: Vital) -> (&'static str, Option<&'static str>, &'static str) {
    match vital {
        Vital::Respiration => ("-rr", Some("Observation-VitalSigns"), "per minute"),
        Vital::Saturation => ("-sat", Some("Observation-VitalSigns-OxygenSaturation"), "percent"),
        Vital::Systolic | Vital::Diastolic => {
            ("-bp", Some("Observation-VitalSigns-BloodPressure"), "millimeter of mercury")
        }
        Vital::Pulse => ("-hr", Some("Observation-VitalSigns-HeartRate"), "per minute"),
        Vital::Temperature => ("-temp", Some("Observation-VitalSigns-BodyTemperature"), "degree Celsius"),
        Vital::Glucose => ("-glu", None, "millimoles per litre"),
        Vital::Weight => ("-wt", Some("Observation-VitalSigns-BodyWeight"), "kilogram"),
        Vital::Pain => ("-pain", None, "of 10"),
    }
}

fn absent(code: &str, text: &str) -> Value {
    json!({ "coding": [{ "system": ABSENT_REASON, "code": code }], "text": text })
}

/// The value of a sign, or why there is none: refused and not possible are not the same, and neither is nought.
fn value(made: &mut Value, vital: Vital, taken: Option<&Taken>) {
    match taken {
        Some(Taken::Value(value)) => {
            // The number as shown, so that 36.8 is 36.8.
            let number: Value = serde_json::from_str(&vital.display(*value)).unwrap_or_default();
            let unit = spelt(vital).2;
            made["valueQuantity"] = json!({ "value": number, "unit": unit, "system": UCUM, "code": vital.kind().ucum });
        }
        Some(Taken::Refused) => made["dataAbsentReason"] = absent("asked-declined", "Refused"),
        Some(Taken::Unable) => made["dataAbsentReason"] = absent("not-performed", "Could not be taken"),
        None => made["dataAbsentReason"] = absent("not-performed", "Not taken"),
    }
}

fn code_of(vital: Vital) -> Value {
    let kind = vital.kind();
    let mut codings = vec![coding(SNOMED, kind.snomed, kind.label)];
    if !kind.loinc.is_empty() {
        codings.push(coding(LOINC, kind.loinc, kind.label));
    }
    json!({ "coding": codings, "text": kind.label })
}

impl Made<'_> {
    fn observation(&self, entry: &Entry, part: &str, (profile, category): (Option<&str>, &str)) -> Value {
        let mut made = self.base(("Observation", profile), entry, part);
        made["status"] = status(entry, "final");
        made["category"] = json!([{ "coding": [{ "system": CATEGORY, "code": category }] }]);
        made["effectiveDateTime"] = json!(entry.act.at.to_string());
        made["issued"] = json!(self.heard(entry.id).to_string());
        made["performer"] = performers(entry);
        if let Some(encounter) = self.encounter(entry) {
            made["encounter"] = encounter;
        }
        self.notes(&mut made, entry);
        made
    }

    pub(super) fn observed(&mut self, entry: &Entry, taken: &Observations) {
        let mut parts = Vec::new();
        for (vital, sign) in &taken.signs {
            let (part, profile, _) = spelt(*vital);
            if parts.contains(&part) {
                continue;
            }
            parts.push(part);
            let mut made = self.observation(entry, part, (profile, "vital-signs"));
            if part == "-bp" {
                made["code"] = json!({
                    "coding": [coding(SNOMED, "75367002", "Blood pressure"), coding(LOINC, "85354-9", "Blood pressure panel with all children optional")],
                    "text": "Blood pressure",
                });
                for side in [Vital::Systolic, Vital::Diastolic] {
                    let mut component = json!({ "code": code_of(side) });
                    value(&mut component, side, taken.signs.get(&side));
                    push(&mut made, "component", component);
                }
            } else {
                made["code"] = code_of(*vital);
                value(&mut made, *vital, Some(sign));
            }
            self.keep(Section::Observations, entry.id, made);
        }
        if let Some(breathing) = &taken.breathing {
            parts.push("-air");
            let made = self.breathing(entry, breathing);
            self.keep(Section::Observations, entry.id, made);
        }
        if let Some(level) = taken.consciousness {
            parts.push("-avpu");
            let made = self.consciousness(entry, level);
            self.keep(Section::Observations, entry.id, made);
        }
        let counted = entry.counted().or(entry.news2.as_ref());
        if let Some(mut made) = counted.and_then(|news2| self.news2(entry, news2, &parts)) {
            if entry.again.is_some() {
                let why = "what the other scale stood on was entered in error, or settled otherwise";
                super::noted(&mut made, "Reckoned again on this SpO2 scale", why);
            }
            if let (Some(words), Some(fields)) = (entry.both(), made.as_object_mut()) {
                // Two totals are none: a reader must not find one of them.
                fields.retain(|name, _| {
                    !["valueQuantity", "interpretation", "method", "component"].contains(&name.as_str())
                });
                fields.insert("dataAbsentReason".into(), absent("unknown", &words));
            }
            self.keep(Section::Observations, entry.id, made);
        }
    }

    fn breathing(&self, entry: &Entry, breathing: &Breathing) -> Value {
        let mut made = self.observation(entry, "-air", (None, "vital-signs"));
        match breathing {
            Breathing::Air => made["code"] = crate::fhir::concept("722742002", "Breathing room air"),
            Breathing::Oxygen { flow, device } => {
                made["code"] = crate::fhir::concept("371825009", "Patient on oxygen");
                if let Some(tenths) = flow {
                    let litres = f64::from(*tenths) / 10.0;
                    made["valueQuantity"] =
                        json!({ "value": litres, "unit": "litre per minute", "system": UCUM, "code": "L/min" });
                }
                super::noted(&mut made, "By", device);
            }
        }
        made
    }

    fn consciousness(&self, entry: &Entry, level: Consciousness) -> Value {
        let mut made = self.observation(entry, "-avpu", (None, "survey"));
        let words = "ACVPU (Alert Confusion Voice Pain Unresponsive) scale score";
        made["code"] = crate::fhir::concept("1104441000000107", words);
        made["valueCodeableConcept"] =
            json!({ "coding": [coding(SNOMED, level.snomed(), level.label())], "text": level.label() });
        made
    }

    /// `None` where none of the seven was looked for.
    fn news2(&self, entry: &Entry, news2: &News2, parts: &[&str]) -> Option<Value> {
        let mut made = self.observation(entry, "-news", (None, "survey"));
        let words = "Royal College of Physicians NEWS2 (National Early Warning Score 2) total score";
        made["code"] = crate::fhir::concept("1104051000000101", words);
        let of: Vec<Value> = parts.iter().map(|part| self.reference("Observation", entry.id, part)).collect();
        made["derivedFrom"] = json!(of);
        match news2 {
            News2::NotTaken => return None,
            News2::Score(score) => {
                made["valueQuantity"] = points(score.total());
                made["interpretation"] = json!([{ "text": score.band().label() }]);
                made["method"] = json!({ "text": score.scale().label() });
                for parameter in Parameter::ALL {
                    push(&mut made, "component", component(score, parameter));
                }
            }
            News2::Incomplete { missing, .. } => {
                let names: Vec<&str> = missing.iter().map(|parameter| parameter.label()).collect();
                let text = format!("NEWS2 incomplete: no total. Missing: {}", names.join(", "));
                made["dataAbsentReason"] = absent("not-performed", &text);
                let flag = json!({ "url": format!("{OURS}/news2-incomplete"), "valueBoolean": true });
                push(&mut made, "extension", flag);
            }
            News2::NotFor(why) => made["dataAbsentReason"] = absent("not-applicable", why.reason()),
        }
        Some(made)
    }
}

fn points(points: u8) -> Value {
    json!({ "value": points, "unit": "score", "system": UCUM, "code": "{ScoreOf}" })
}

fn component(score: &Score, parameter: Parameter) -> Value {
    let code = match (parameter, score.scale()) {
        (Parameter::Respiration, _) => "1104301000000104",
        (Parameter::Saturation, Scale::One) => "1104311000000102",
        (Parameter::Saturation, Scale::Two { .. }) => "1104321000000108",
        (Parameter::AirOrOxygen, _) => "1104331000000105",
        (Parameter::Systolic, _) => "1104341000000101",
        (Parameter::Pulse, _) => "1104351000000103",
        (Parameter::Consciousness, _) => "1104361000000100",
        (Parameter::Temperature, _) => "1104371000000107",
    };
    json!({ "code": crate::fhir::concept(code, parameter.label()), "valueQuantity": points(score.part(parameter)) })
}
