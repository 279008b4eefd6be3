//! The visit itself and what else was done at it: Encounter (a visit, or nobody at home), notes as DocumentReferences with their text, what was
//! added to one as a DocumentReference that appends to it, tasks, referrals, and a recorded risk with oxygen as a Flag.

use super::{Made, status};
use crate::fhir::{OURS, concept, organisation, practitioner, push};
use data_encoding::BASE64;
use jiff::civil::Date;
use record::Section;
use record::visit::act::For;
use record::visit::{Act, ActId, Body, Entry};
use serde_json::{Value, json};

impl Made<'_> {
    /// The visit that began with this act, and whether it is over.
    pub(super) fn started(&mut self, entry: &Entry, booking: &str) {
        let ended = self.log.entries.iter().find(|other| {
            other.struck.is_none() && matches!(&other.act.body, Body::Ended { start, .. } if *start == entry.id)
        });
        let mut made = self.visit(entry, booking, if ended.is_some() { "finished" } else { "in-progress" });
        made["period"] = json!({ "start": entry.act.at.to_string() });
        if let Some(ended) = ended {
            made["period"]["end"] = json!(ended.act.at.to_string());
        }
        self.keep(Section::Encounters, entry.id, made);
        self.additions(entry, "Encounter", None);
    }

    /// Nobody answered: a visit that did not take place is not one that did.
    pub(super) fn not_home(&mut self, entry: &Entry, booking: &str, words: &str) {
        let mut made = self.visit(entry, booking, "cancelled");
        made["reasonCode"] = json!([{ "text": format!("Not at home. {words}") }]);
        made["period"] = json!({ "start": entry.act.at.to_string(), "end": entry.act.at.to_string() });
        self.keep(Section::Encounters, entry.id, made);
        self.additions(entry, "Encounter", None);
    }

    fn visit(&self, entry: &Entry, booking: &str, otherwise: &str) -> Value {
        let mut made = self.base(("Encounter", Some("Encounter")), entry, "");
        made["status"] = status(entry, otherwise);
        made["class"] = json!({ "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "HH", "display": "home health" });
        made["participant"] = json!([{ "individual": practitioner(&entry.act.by) }]);
        made["serviceProvider"] = organisation(&entry.act.by);
        if !booking.is_empty() {
            made["appointment"] =
                json!([{ "identifier": { "system": "urn:satchel:source-resource", "value": booking } }]);
        }
        if let Some((reason, _)) = &entry.struck {
            push(&mut made, "extension", json!({ "url": format!("{OURS}/entered-in-error"), "valueString": reason }));
        }
        made
    }

    pub(super) fn note(&mut self, entry: &Entry, title: &str, text: &str) {
        let encounter = self.encounter(entry);
        self.note_of(entry, title, text, encounter);
    }

    /// A text with its additions: the text stays as it was written, each addition is a document that appends to it.
    pub(super) fn note_of(&mut self, entry: &Entry, title: &str, text: &str, encounter: Option<Value>) {
        let mut made = self.document(entry, "", title, text);
        if let Some(encounter) = &encounter {
            made["context"] = json!({ "encounter": [encounter] });
        }
        if let Some((reason, _)) = &entry.struck {
            made["description"] = json!(format!("Entered in error: {reason}"));
        }
        self.keep(Section::Encounters, entry.id, made);
        self.additions(entry, "DocumentReference", encounter.as_ref());
    }

    /// What was added to an act whose resource has no place for it: each a document of its own that says to what.
    pub(super) fn additions(&mut self, entry: &Entry, kind: &str, encounter: Option<&Value>) {
        let additions: Vec<(ActId, &Act, &str)> = self
            .acts
            .iter()
            .filter_map(|(id, act)| match &act.body {
                Body::Added { to, text } if *to == entry.id => Some((*id, *act, text.as_str())),
                _ => None,
            })
            .collect();
        for (id, act, text) in additions {
            let added =
                Entry { id, act: act.clone(), struck: None, added: Vec::new(), news2: None, again: None, other: None };
            let mut made = self.document(&added, "", "Addition", text);
            let target = self.reference(kind, entry.id, "");
            if kind == "DocumentReference" {
                made["relatesTo"] = json!([{ "code": "appends", "target": target }]);
            } else {
                made["context"] = json!({ "related": [target] });
            }
            if let Some(encounter) = encounter {
                made["context"]["encounter"] = json!([encounter]);
            }
            self.keep(Section::Encounters, id, made);
        }
    }

    fn document(&self, entry: &Entry, part: &str, title: &str, text: &str) -> Value {
        let mut made = self.base(("DocumentReference", Some("DocumentReference")), entry, part);
        made["status"] = status(entry, "current");
        made["docStatus"] = status(entry, "final");
        made["type"] = json!({ "coding": [{ "system": "http://loinc.org", "code": "11506-3", "display": "Progress note" }], "text": title });
        made["date"] = json!(entry.act.at.to_string());
        made["author"] = json!([practitioner(&entry.act.by)]);
        made["custodian"] = organisation(&entry.act.by);
        made["content"] = json!([{ "attachment": {
            "contentType": "text/plain; charset=utf-8",
            "data": BASE64.encode(text.as_bytes()),
            "title": title,
            "creation": entry.act.at.to_string(),
        } }]);
        made
    }

    /// Hypercapnic risk, or no more of it: what NEWS2's second scale stands on.
    pub(super) fn risk(&mut self, entry: &Entry, risk: bool, (prescriber, basis): (&str, &str)) {
        let disputed = self.log.risk_differs.contains(&entry.id);
        let stands = disputed || risk && self.log.risks.contains(&entry.id);
        let mut made = self.base(("Flag", Some("Flag")), entry, "");
        made["status"] = status(entry, if stands { "active" } else { "inactive" });
        let words = if risk {
            "Hypercapnic risk: SpO2 target 88 to 92 percent (NEWS2 scale 2)"
        } else {
            "Hypercapnic risk ended"
        };
        made["code"] = json!({ "text": format!("{}{words}. Prescriber: {prescriber}. {basis}", if disputed { "DISPUTED. " } else { "" }) });
        made["period"] = json!({ "start": entry.act.at.to_string() });
        made["author"] = practitioner(&entry.act.by);
        self.keep(Section::Alerts, entry.id, made);
        self.additions(entry, "Flag", None);
    }

    pub(super) fn task(&mut self, entry: &Entry, what: &str, (who, due): (For, Option<Date>)) {
        // Newest first; two may have done it, neither knowing of the other.
        let done = self.log.entries.iter().filter_map(|other| match &other.act.body {
            Body::TaskDone { task, words } if *task == entry.id && other.struck.is_none() => Some((other, words)),
            _ => None,
        });
        let done: Vec<(&Entry, &String)> = done.collect();
        let mut made = self.base(("Task", Some("Task")), entry, "");
        made["status"] = status(entry, if !done.is_empty() { "completed" } else { "requested" });
        made["intent"] = json!("order");
        made["description"] = json!(what);
        made["authoredOn"] = json!(entry.act.at.to_string());
        made["requester"] = practitioner(&entry.act.by);
        made["performerType"] =
            json!([{ "coding": [{ "system": format!("{OURS}/task-for"), "code": who.code() }], "text": who.label() }]);
        if let Some(due) = due {
            made["restriction"] = json!({ "period": { "end": due.to_string() } });
        }
        if let Some(encounter) = self.encounter(entry) {
            made["encounter"] = encounter;
        }
        if let (Some((newest, _)), Some((oldest, _))) = (done.first(), done.last()) {
            made["lastModified"] = json!(newest.act.at.to_string());
            made["executionPeriod"] = json!({ "end": oldest.act.at.to_string() });
        }
        for (other, words) in done {
            let act = &other.act;
            let text = if words.trim().is_empty() { "Done".to_owned() } else { format!("Done: {words}") };
            push(&mut made, "note", json!({ "authorString": act.by.name, "time": act.at.to_string(), "text": text }));
            self.notes(&mut made, other);
        }
        self.notes(&mut made, entry);
        self.keep(Section::Encounters, entry.id, made);
    }

    pub(super) fn referred(&mut self, entry: &Entry, (service, reason): (&str, &str), urgent: bool) {
        let mut made = self.base(("ServiceRequest", Some("ServiceRequest")), entry, "");
        made["status"] = status(entry, "active");
        made["intent"] = json!("order");
        made["category"] = json!([concept("3457005", "Patient referral")]);
        made["priority"] = json!(if urgent { "urgent" } else { "routine" });
        made["code"] = json!({ "text": service });
        made["reasonCode"] = json!([{ "text": reason }]);
        made["authoredOn"] = json!(entry.act.at.to_string());
        made["requester"] = practitioner(&entry.act.by);
        if let Some(encounter) = self.encounter(entry) {
            made["encounter"] = encounter;
        }
        self.notes(&mut made, entry);
        self.keep(Section::Referrals, entry.id, made);
    }
}
