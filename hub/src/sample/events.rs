//! What happened or is booked: encounters, referrals, appointments, procedures, imaging, vaccinations and documents, as every
//! source writes them. Not what follows from them for the record's statements (`clinical`).

use super::fhir::{Bundle, DMD, Id, SNOMED, Term, hl7_system, uk_system};
use super::vocab::vaccines::Vaccine;
use super::when::{At, ago};
use data_encoding::BASE64;
use jiff::civil::Date;

/// Where and how an encounter takes place (v3-ActCode).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    Surgery,
    Telephone,
    HomeVisit,
    Emergency,
    Inpatient,
    Ambulance,
    Outpatient,
}

impl Class {
    const fn code(self) -> (&'static str, &'static str) {
        match self {
            Class::Surgery | Class::Outpatient => ("AMB", "ambulatory"),
            Class::Telephone => ("VR", "virtual"),
            Class::HomeVisit => ("HH", "home health"),
            Class::Emergency => ("EMER", "emergency"),
            Class::Inpatient => ("IMP", "inpatient encounter"),
            Class::Ambulance => ("FLD", "field"),
        }
    }

    const fn kind(self) -> Term {
        let (text, code) = match self {
            Class::Surgery => ("Face to face consultation", "325861000000105"),
            Class::Telephone => ("Telephone Consultation", "24681000000104"),
            Class::HomeVisit => ("Home visit", ""),
            Class::Emergency => ("Emergency department attendance", ""),
            Class::Inpatient => ("Inpatient stay", ""),
            Class::Ambulance => ("Ambulance attendance", ""),
            Class::Outpatient => ("Outpatient appointment", ""),
        };
        Term { text, code }
    }
}

/// One encounter.
pub struct Visit<'t> {
    pub class: Class,
    pub at: At,
    pub minutes: u32,
    pub reason: &'t str,
    /// What was written about it.
    pub note: &'t str,
    pub by: &'t str,
    /// Where, as a code of UKCore-LocationType (or empty) and words.
    pub place: (&'t str, &'t str),
}

/// One document with its text.
pub struct Letter<'t> {
    pub kind: Term,
    pub title: &'t str,
    pub at: At,
    pub by: &'t str,
    pub text: &'t str,
}

impl Bundle<'_> {
    pub fn encounter(&mut self, visit: &Visit<'_>) -> Id {
        let patient = self.patient;
        let from = self.from;
        let local = self.local();
        self.add("Encounter", "UKCore-Encounter", visit.at.plus(visit.minutes), |j| {
            j.one("identifier", |i| {
                i.text("system", "https://wessmoor.example/id/encounter");
                i.plain("value", local);
            });
            j.text("status", "finished");
            let (code, words) = visit.class.code();
            j.object("class", |c| {
                c.text("system", "http://terminology.hl7.org/CodeSystem/v3-ActCode");
                c.text("code", code);
                c.text("display", words);
            });
            j.terms("type", visit.class.kind());
            j.reference("subject", "Patient", patient);
            j.one("participant", |p| p.named("individual", visit.by));
            j.period("period", visit.at, Some(visit.at.plus(visit.minutes)));
            j.one("reasonCode", |r| r.text("text", visit.reason));
            if !visit.place.1.is_empty() {
                j.one("location", |l| {
                    l.named("location", visit.place.1);
                    if !visit.place.0.is_empty() {
                        let system = uk_system("EncounterLocationType");
                        l.code("physicalType", &system, visit.place.0, visit.place.1);
                    }
                });
            }
            j.organisation("serviceProvider", from);
            if !visit.note.is_empty() {
                j.object("text", |t| {
                    t.text("status", "generated");
                    let note = visit.note;
                    t.text("div", &format!("<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>{note}</p></div>"));
                });
            }
        })
    }

    /// A referral, what came of it and when.
    pub fn referral(&mut self, service: Term, reason: &str, at: At, done: bool, urgent: bool, by: &str) -> Id {
        let patient = self.patient;
        let from = self.from;
        self.add("ServiceRequest", "UKCore-ServiceRequest", at, |j| {
            j.text("status", if done { "completed" } else { "active" });
            j.text("intent", "order");
            j.codes("category", SNOMED, "3457005", "Patient referral");
            j.text("priority", if urgent { "urgent" } else { "routine" });
            j.term("code", service);
            j.reference("subject", "Patient", patient);
            j.plain("authoredOn", at);
            j.object("requester", |r| r.organisation_members(from));
            j.list("performer", |l| {
                l.element(|p| p.text("display", service.text));
            });
            j.one("reasonCode", |r| r.text("text", reason));
            j.note(&format!(
                "Referred by {by}. {}",
                if done { "Seen; report received." } else { "Awaiting an appointment." }
            ));
        })
    }

    /// A booking: `booked` ahead, `fulfilled` or missed behind.
    pub fn appointment(&mut self, what: &str, at: At, minutes: u32, status: &str, with: &str, place: &str) -> Id {
        let patient = self.patient;
        let made = At { day: ago(at.day, 24).min(ago(self.sent.day, 2)), ..at };
        self.add("Appointment", "UKCore-Appointment", made, |j| {
            j.list("extension", |l| {
                l.uk_extension("DeliveryChannel", |e| {
                    e.code("valueCodeableConcept", &uk_system("DeliveryChannel"), "In-person", "In person");
                });
            });
            j.text("status", status);
            j.text("description", what);
            j.plain("start", at);
            j.plain("end", at.plus(minutes));
            j.plain("created", made.day);
            j.list("participant", |l| {
                l.element(|p| {
                    p.reference("actor", "Patient", patient);
                    p.text("status", "accepted");
                });
                for who in [with, place] {
                    l.element(|p| {
                        p.named("actor", who);
                        p.text("status", "accepted");
                    });
                }
            });
        })
    }

    pub fn procedure(&mut self, what: Term, day: Date, by: &str) -> Id {
        let patient = self.patient;
        let from = self.from;
        self.add("Procedure", "UKCore-Procedure", At::new(day, 17, 30), |j| {
            j.text("status", "completed");
            j.term("code", what);
            j.reference("subject", "Patient", patient);
            j.plain("performedDateTime", day);
            j.one("performer", |p| {
                p.named("actor", by);
                p.organisation("onBehalfOf", from);
            });
        })
    }

    /// A radiology report: words, no picture.
    pub fn imaging(&mut self, what: Term, report: &str, at: At, by: &str) -> Id {
        let patient = self.patient;
        let from = self.from;
        self.add("DiagnosticReport", "UKCore-DiagnosticReport", at.plus(180), |j| {
            j.text("status", "final");
            j.codes("category", &hl7_system("v2-0074"), "RAD", "Radiology");
            j.term("code", what);
            j.reference("subject", "Patient", patient);
            j.plain("effectiveDateTime", at);
            j.plain("issued", at.plus(180));
            j.list("performer", |l| l.element(|p| p.organisation_members(from)));
            j.list("resultsInterpreter", |l| {
                l.element(|p| p.text("display", by));
            });
            j.text("conclusion", report);
        })
    }

    pub fn vaccination(&mut self, vaccine: &Vaccine, day: Date, batch: u32, by: &str) -> Id {
        let patient = self.patient;
        self.add("Immunization", "UKCore-Immunization", At::new(day, 11, 20), |j| {
            let (code, words) = vaccine.procedure;
            if !code.is_empty() {
                j.list("extension", |l| {
                    l.uk_extension("VaccinationProcedure", |e| e.code("valueCodeableConcept", SNOMED, code, words));
                });
            }
            j.text("status", "completed");
            j.object("vaccineCode", |c| {
                let (code, words) = vaccine.product;
                if !code.is_empty() {
                    c.list("coding", |l| l.coding(DMD, code, words));
                }
                c.text("text", vaccine.name);
            });
            j.reference("patient", "Patient", patient);
            j.plain("occurrenceDateTime", day);
            j.plain("recorded", day);
            j.bare("primarySource", true);
            j.named("manufacturer", vaccine.maker);
            j.plain("lotNumber", format_args!("ZZ{batch:05}"));
            j.code("site", SNOMED, "368208006", "Left upper arm structure");
            j.one("performer", |p| p.named("actor", by));
            j.one("protocolApplied", |p| {
                p.one("targetDisease", |d| d.text("text", vaccine.disease));
                p.bare("doseNumberPositiveInt", 1);
            });
        })
    }

    /// A document with its text inside.
    pub fn document(&mut self, letter: &Letter<'_>) -> Id {
        let patient = self.patient;
        let from = self.from;
        let local = self.local();
        self.add("DocumentReference", "UKCore-DocumentReference", letter.at, |j| {
            j.one("identifier", |i| {
                i.text("system", "https://wessmoor.example/id/document");
                i.plain("value", local);
            });
            j.text("status", "current");
            j.text("docStatus", "final");
            j.term("type", letter.kind);
            j.reference("subject", "Patient", patient);
            j.plain("date", letter.at);
            j.list("author", |l| {
                l.element(|a| a.text("display", letter.by));
            });
            j.organisation("custodian", from);
            j.text("description", letter.title);
            j.one("content", |c| {
                c.object("attachment", |a| {
                    a.text("contentType", "text/plain; charset=utf-8");
                    a.text("language", "en-GB");
                    a.plain("data", BASE64.encode_display(letter.text.as_bytes()));
                    a.bare("size", letter.text.len());
                    a.text("title", letter.title);
                    a.plain("creation", letter.at);
                });
            });
        })
    }
}
