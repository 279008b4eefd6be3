//! Doses as MedicationAdministrations: given is `completed`, not given is `not-done` with its reason. Two doses of one slot stay two; that nobody
//! knew of the other is a DetectedIssue over both, preliminary until a clinician looked into it, and then with what they did
//! (`reference/careplan.md` section 6).

use super::{Made, status};
use crate::fhir::{OURS, SNOMED, organisation, practitioner, tag};
use record::Section;
use record::visit::guard::DoubleDose;
use record::visit::{ActId, Administration, Entry, Outcome};
use serde_json::{Value, json};

impl Made<'_> {
    pub(super) fn administered(&mut self, entry: &Entry, dose: &Administration) {
        let mut made = self.base(("MedicationAdministration", Some("MedicationAdministration")), entry, "");
        let done = if dose.is_given() { "completed" } else { "not-done" };
        made["status"] = status(entry, done);
        let codes: Vec<Value> = dose.medicine.codes.iter().map(|code| coding(code)).collect();
        made["medicationCodeableConcept"] = json!({ "text": dose.medicine.name });
        if !codes.is_empty() {
            made["medicationCodeableConcept"]["coding"] = json!(codes);
        }
        made["effectiveDateTime"] = json!(dose.given_at.to_string());
        made["performer"] = json!([{ "actor": practitioner(&entry.act.by) }]);
        let mut extensions = vec![
            made["extension"][0].take(),
            json!({ "url": format!("{OURS}/organisation"), "valueReference": organisation(&entry.act.by) }),
            json!({ "url": format!("{OURS}/due-slot"), "valueString": dose.slot.display() }),
        ];
        if let Some(known) = dose.known_at {
            let url = format!("{OURS}/giver-last-heard-from-hub");
            extensions.push(json!({ "url": url, "valueDateTime": known.to_string() }));
        }
        made["extension"] = json!(extensions);
        if let Some(encounter) = self.encounter(entry) {
            made["context"] = encounter;
        }
        if !dose.medicine.order.is_empty() {
            // The order is the source's, by its own id: this hub serves no copy of it.
            let order =
                json!({ "identifier": { "system": "urn:satchel:source-resource", "value": dose.medicine.order } });
            if dose.medicine.order.starts_with("MedicationRequest/") {
                made["request"] = order;
            } else {
                made["supportingInformation"] = json!([order]);
            }
        }
        match &dose.outcome {
            Outcome::Given { dose: amount, route, site, batch, witness } => {
                let mut dosage = json!({ "text": amount });
                for (name, text) in [("route", route), ("site", site)].into_iter().filter(|(_, text)| !text.is_empty())
                {
                    dosage[name] = json!({ "text": text });
                }
                made["dosage"] = dosage;
                super::noted(&mut made, "Batch and expiry", batch);
                super::noted(&mut made, "Witness", witness);
            }
            Outcome::NotGiven { why, words } => {
                let text =
                    if words.trim().is_empty() { why.label().to_owned() } else { format!("{}: {words}", why.label()) };
                made["statusReason"] = json!([{
                    "coding": [{ "system": format!("{OURS}/dose-not-given"), "code": why.code(), "display": why.label() }],
                    "text": text,
                }]);
            }
        }
        for known in &dose.despite {
            super::noted(&mut made, "Recorded knowing of an earlier one", &self.id(*known, ""));
        }
        let double = self.log.double_doses.iter().find(|double| double.doses.contains(&entry.id));
        if let Some(double) = double {
            tag(&mut made, "double-dose");
            let others = double.doses.len() - 1;
            super::noted(
                &mut made,
                "POSSIBLE DOUBLE DOSE, not looked into yet",
                &format!("{others} more recorded for this time"),
            );
        }
        self.notes(&mut made, entry);
        self.keep(Section::Medications, entry.id, made);
    }

    /// Nobody has looked into it yet.
    pub(super) fn double_dose(&mut self, double: &DoubleDose) {
        let Some(first) = double.doses.first().copied() else { return };
        let mut made = self.issue(&format!("{}-two", self.id(first, "")), "preliminary", &double.doses);
        let (name, slot) = (&double.medicine.name, double.slot.display());
        made["detail"] = json!(format!("{name}, {slot}. {}", double.in_words()));
        self.keep(Section::Medications, first, made);
    }

    /// A clinician looked into doses, and says what was done.
    pub(super) fn reviewed(&mut self, entry: &Entry, doses: &[ActId], words: &str) {
        let id = self.id(entry.id, "");
        let mut made = self.issue(&id, "final", doses);
        made["identifiedDateTime"] = json!(entry.act.at.to_string());
        made["mitigation"] = json!([{
            "action": { "text": words },
            "date": entry.act.at.to_string(),
            "author": practitioner(&entry.act.by),
        }]);
        self.keep(Section::Medications, entry.id, made);
        self.additions(entry, "DetectedIssue", None);
    }

    fn issue(&self, id: &str, status: &str, doses: &[ActId]) -> Value {
        let implicated: Vec<Value> =
            doses.iter().map(|dose| self.reference("MedicationAdministration", *dose, "")).collect();
        json!({
            "resourceType": "DetectedIssue",
            "id": id,
            "status": status,
            "code": { "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "DUPTHPY" }], "text": "Possible double dose" },
            "severity": "high",
            "patient": self.subject,
            "implicated": implicated,
        })
    }
}

/// An act holds codes without their systems: one that is a concept of SNOMED CT (dm+d is part of it) is said to be one, and no other.
fn coding(code: &str) -> Value {
    match record::plan::values::is_concept(code) {
        true => json!({ "system": SNOMED, "code": code }),
        false => json!({ "code": code }),
    }
}
