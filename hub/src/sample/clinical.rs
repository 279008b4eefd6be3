//! What a record states about somebody, as resources that every source writes alike: problems, allergies, medicines, alerts and
//! lists. Not what happened (`events`), what is planned (`plans`) or what was measured (`measure`); and not which source says
//! what (`gp`, `hospital`, …).

use super::fhir::{Bundle, DMD, Decimal, Id, SNOMED, Term, hl7_system, uk_system};
use super::json::Json;
use super::vocab::medicines::Drug;
use super::vocab::services::{Alert, Allergen};
use super::when::At;
use jiff::civil::Date;

/// How a medicine is supplied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Course {
    Acute,
    Repeat,
}

impl Bundle<'_> {
    /// A problem. `status` is a condition-clinical code; `verification` a condition-ver-status code.
    pub fn problem(&mut self, term: Term, onset: Date, category: (&str, &str), by: &str, error: bool) -> Id {
        let patient = self.patient;
        let recorded = At::new(onset, 10, 15);
        self.add("Condition", "UKCore-Condition", recorded, |j| {
            if !error {
                j.code("clinicalStatus", &hl7_system("condition-clinical"), "active", "Active");
            }
            let (code, words) =
                if error { ("entered-in-error", "Entered in Error") } else { ("confirmed", "Confirmed") };
            j.code("verificationStatus", &hl7_system("condition-ver-status"), code, words);
            j.list("category", |l| {
                let (code, words) = category;
                l.element(|c| c.list("coding", |l| l.coding(&hl7_system("condition-category"), code, words)));
            });
            j.term("code", term);
            j.reference("subject", "Patient", patient);
            j.plain("onsetDateTime", onset);
            j.plain("recordedDate", recorded);
            j.named("recorder", by);
        })
    }

    pub fn allergy(&mut self, allergen: &Allergen, since: Date, by: &str) -> Id {
        let patient = self.patient;
        let recorded = At::new(since, 9, 40);
        self.add("AllergyIntolerance", "UKCore-AllergyIntolerance", recorded, |j| {
            j.code("clinicalStatus", &hl7_system("allergyintolerance-clinical"), "active", "Active");
            j.code("verificationStatus", &hl7_system("allergyintolerance-verification"), "confirmed", "Confirmed");
            j.text("type", if allergen.severity == "severe" { "allergy" } else { "intolerance" });
            j.list("category", |l| l.text_element(allergen.category));
            j.text("criticality", allergen.criticality);
            j.term("code", allergen.agent);
            j.reference("patient", "Patient", patient);
            j.plain("onsetDateTime", since.year());
            j.plain("recordedDate", recorded);
            j.named("asserter", by);
            j.one("reaction", |r| {
                r.terms("manifestation", allergen.reaction);
                r.text("severity", allergen.severity);
            });
        })
    }

    /// "No known allergy": somebody asked.
    pub fn no_known_allergy(&mut self, asked: Date, by: &str) -> Id {
        let patient = self.patient;
        let recorded = At::new(asked, 9, 40);
        self.add("AllergyIntolerance", "UKCore-AllergyIntolerance", recorded, |j| {
            j.code("clinicalStatus", &hl7_system("allergyintolerance-clinical"), "active", "Active");
            j.code("verificationStatus", &hl7_system("allergyintolerance-verification"), "confirmed", "Confirmed");
            j.term("code", Term { text: "No known allergy", code: "716186003" });
            j.reference("patient", "Patient", patient);
            j.plain("recordedDate", recorded);
            j.named("asserter", by);
        })
    }

    /// A list of one kind with its entries, or the reason for having none, and a warning where the source gives one.
    pub fn list(
        &mut self,
        code: (&str, &str),
        entries: (&str, &[Id]),
        empty: Option<(&str, &str)>,
        warning: Option<(&str, &str)>,
    ) -> Id {
        let patient = self.patient;
        let from = self.from;
        let at = self.sent;
        self.add("List", "UKCore-List", at, |j| {
            if let Some((code, words)) = warning {
                j.list("extension", |l| {
                    l.uk_extension("ListWarningCode", |e| {
                        e.code("valueCodeableConcept", &uk_system("ListWarningCode"), code, words);
                    });
                });
            }
            j.text("status", "current");
            j.text("mode", "snapshot");
            j.text("title", code.1);
            j.code("code", SNOMED, code.0, code.1);
            j.reference("subject", "Patient", patient);
            j.plain("date", at);
            j.object("source", |r| r.organisation_members(from));
            let (kind, ids) = entries;
            if ids.is_empty() {
                let (code, words) = empty.unwrap_or(("no-content-recorded", "No Content Recorded"));
                let system = match code {
                    "no-content-recorded" => uk_system("ListEmptyReasonCode"),
                    _ => hl7_system("list-empty-reason"),
                };
                j.code("emptyReason", &system, code, words);
            } else {
                j.list("entry", |l| ids.iter().for_each(|id| l.element(|e| e.reference("item", kind, *id))));
            }
        })
    }

    /// A medicine somebody takes, as a list of medicines states it. `instruction` overrides the usual one.
    pub fn takes(&mut self, drug: &Drug, taking: &Taking<'_>) -> Id {
        let patient = self.patient;
        let (start, end) = (taking.start, taking.end);
        let system = hl7_system("medication-statement-category");
        self.add("MedicationStatement", "UKCore-MedicationStatement", At::new(taking.last, 16, 5), |j| {
            j.list("extension", |l| {
                l.uk_extension("MedicationStatementLastIssueDate", |e| e.plain("valueDateTime", taking.last));
            });
            j.text("status", if end.is_some() { "completed" } else { "active" });
            let (code, words) = taking.category;
            j.code("category", &system, code, words);
            medicine(j, drug);
            j.reference("subject", "Patient", patient);
            j.period("effectivePeriod", start, end);
            j.named("informationSource", taking.by);
            if !taking.reason.is_empty() {
                j.one("reasonCode", |r| r.text("text", taking.reason));
            }
            j.list("dosage", |l| l.element(|d| dosage(d, drug, taking.instruction)));
        })
    }

    /// A prescription: what was ordered, how much, and by whom.
    pub fn prescribed(&mut self, drug: &Drug, taking: &Taking<'_>) -> Id {
        let patient = self.patient;
        let from = self.from;
        let (code, words) = match taking.course {
            Course::Acute => ("acute", "Short course (acute) therapy"),
            Course::Repeat => ("continuous", "Continuous long term therapy"),
        };
        self.add("MedicationRequest", "UKCore-MedicationRequest", At::new(taking.last, 16, 5), |j| {
            j.text("status", if taking.end.is_some() { "completed" } else { "active" });
            j.text("intent", "order");
            let (category, category_words) = taking.category;
            j.codes("category", &hl7_system("medicationrequest-category"), category, category_words);
            medicine(j, drug);
            j.reference("subject", "Patient", patient);
            j.plain("authoredOn", taking.last);
            j.organisation("requester", from);
            j.named("recorder", taking.by);
            if !taking.reason.is_empty() {
                j.one("reasonCode", |r| r.text("text", taking.reason));
            }
            j.code("courseOfTherapyType", &hl7_system("medicationrequest-course-of-therapy"), code, words);
            j.list("dosageInstruction", |l| l.element(|d| dosage(d, drug, taking.instruction)));
            j.object("dispenseRequest", |r| {
                r.period("validityPeriod", taking.start, taking.end);
                let (amount, unit) = drug.supply;
                r.quantity("quantity", Decimal { digits: i32::from(amount), places: 0 }, unit, "");
            });
            j.object("substitution", |s| s.bare("allowedBoolean", false));
        })
    }

    /// An alert of the source's own.
    pub fn alert(&mut self, alert: &Alert, since: Date, by: &str) -> Id {
        self.flag(("", alert.category), alert.term, Some(alert.priority), since, None, by)
    }

    /// A reasonable adjustment under the national flag.
    pub fn adjustment(&mut self, category: (&str, &str), text: &str, since: Date) -> Id {
        let patient = self.patient;
        let from = self.from;
        self.add("Flag", "UKCore-Flag", At::new(since, 14, 20), |j| {
            j.text("status", "active");
            j.list("category", |l| {
                let national = "https://fhir.nhs.uk/England/CodeSystem/England-FlagCategoryPatient";
                let words = "National Reasonable Adjustments Flag";
                l.element(|c| c.list("coding", |l| l.coding(national, "national-reasonable-adjustment-flag", words)));
                let kinds = "https://fhir.nhs.uk/England/CodeSystem/England-FlagCategoryRA";
                l.element(|c| c.list("coding", |l| l.coding(kinds, category.0, category.1)));
            });
            j.words("code", text);
            j.reference("subject", "Patient", patient);
            j.period("period", since, None::<Date>);
            j.organisation("author", from);
        })
    }

    /// A flag; `category` is a SNOMED code (or empty) and words.
    pub fn flag(
        &mut self,
        category: (&str, &str),
        what: Term,
        priority: Option<&str>,
        since: Date,
        review: Option<Date>,
        by: &str,
    ) -> Id {
        let patient = self.patient;
        self.add("Flag", "UKCore-Flag", At::new(since, 14, 20), |j| {
            if let Some(priority) = priority {
                j.list("extension", |l| {
                    l.element(|e| {
                        e.text("url", "http://hl7.org/fhir/StructureDefinition/flag-priority");
                        e.object("valueCodeableConcept", |c| {
                            let (code, words) = match priority {
                                "high" => ("PH", "High priority"),
                                "medium" => ("PM", "Medium priority"),
                                _ => ("PL", "Low priority"),
                            };
                            c.list("coding", |l| l.coding("http://hl7.org/fhir/flag-priority-code", code, words));
                        });
                    });
                });
            }
            j.text("status", "active");
            j.list("category", |l| {
                l.element(|c| {
                    if !category.0.is_empty() {
                        c.list("coding", |l| l.coding(SNOMED, category.0, category.1));
                    }
                    c.text("text", category.1);
                });
            });
            j.term("code", what);
            j.reference("subject", "Patient", patient);
            j.period("period", since, review);
            j.named("author", by);
        })
    }
}

/// The circumstances of taking a medicine.
pub struct Taking<'t> {
    pub start: Date,
    pub end: Option<Date>,
    /// When it was last issued or stated.
    pub last: Date,
    pub course: Course,
    /// Code and words of the category: `community`, `discharge`, …
    pub category: (&'t str, &'t str),
    pub by: &'t str,
    pub reason: &'t str,
    /// Instead of the usual instruction; the structured dose is then left out, since only the text is right.
    pub instruction: Option<&'t str>,
}

fn medicine(j: &mut Json, drug: &Drug) {
    j.object("medicationCodeableConcept", |c| {
        if !drug.code.is_empty() {
            c.list("coding", |l| l.coding(DMD, drug.code, drug.name));
        }
        c.text("text", drug.name);
    });
}

/// The members of a Dosage: always the text; the structure where the text is the usual one.
fn dosage(j: &mut Json, drug: &Drug, instruction: Option<&str>) {
    j.text("text", instruction.unwrap_or(drug.instruction));
    if instruction.is_some() {
        return;
    }
    let (frequency, period, unit) = drug.times;
    j.object("timing", |t| {
        t.object("repeat", |r| {
            r.bare("frequency", frequency);
            r.bare("period", period);
            r.text("periodUnit", unit);
        });
    });
    if drug.as_needed {
        j.bare("asNeededBoolean", true);
    }
    j.code("route", SNOMED, drug.route.0, drug.route.1);
    let (amount, unit) = drug.dose;
    j.one("doseAndRate", |d| d.quantity("doseQuantity", Decimal { digits: amount, places: 0 }, unit, ""));
}
