//! Writing a choice as a Consent: the encodings of `reference/consent.md` section 3, PCF-style. Conflicts have no encoding in FHIR: what holds
//! is written (the most restrictive), and an extension says that it is a conflict.

use super::{
    ACT_REASON, BASE, CONFLICT, END_EVENT, FORM, NHS_NUMBER, POLICY_BREAK_GLASS, POLICY_DENY, PURPOSES, SDS_USER,
};
use crate::store::consent::Version;
use record::consent::{Choice, DecidedBy, Recorded};
use record::people::Organisation;
use record::{NhsNumber, PersonId, Stamp};
use serde_json::{Value, json};

/// Whose choice it is.
pub struct Whose {
    pub person: PersonId,
    pub number: Option<NhsNumber>,
}

/// The Consents of one person's current choice, with the Provenance of a best-interests decision; nothing where nothing is recorded.
pub fn resources(whose: &Whose, version: &Version, hub: &Organisation) -> Vec<Value> {
    let recorded = &version.recorded;
    if recorded.choice == Choice::None {
        return Vec::new();
    }
    let id = format!("{}-{}", whose.person, version.seq);
    let mut all = vec![consent(&id, whose, version, hub)];
    if let (DecidedBy::BestInterests, Some(reason)) = (recorded.decided_by, &recorded.reason) {
        let who = recorded.by.as_ref().map_or("Not recorded", |by| by.name.as_str());
        all.push(json!({
            "resourceType": "Provenance", "id": format!("{id}-why"),
            "target": [{ "reference": format!("Consent/{id}") }],
            "recorded": version.received.to_string(),
            "reason": [{ "text": reason }],
            "agent": [{ "who": { "type": "Practitioner", "display": who } }],
        }));
    }
    all
}

fn consent(id: &str, whose: &Whose, version: &Version, hub: &Organisation) -> Value {
    let recorded = &version.recorded;
    let patient = match whose.number {
        Some(number) => json!({ "type": "Patient", "identifier": { "system": NHS_NUMBER, "value": number.digits() } }),
        None => {
            json!({ "type": "Patient", "identifier": { "system": format!("{BASE}/Id/person"), "value": whose.person.to_string() } })
        }
    };
    let mut consent = json!({
        "resourceType": "Consent", "id": id, "status": "active",
        "meta": { "versionId": version.seq.to_string(), "lastUpdated": version.received.to_string() },
        "scope": { "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy" }] },
        "category": [{ "coding": [{ "system": "http://loinc.org", "code": "59284-0", "display": "Consent Document" }] }],
        "patient": patient,
        "performer": [performer(recorded, &patient)],
        "organization": [{ "type": "Organization", "display": hub.name,
            "identifier": { "system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": hub.ods.as_str() } }],
        "policy": [{ "uri": policy(recorded.binding()) }],
        "provision": provision(recorded),
    });
    if let Some(decided) = recorded.decided {
        consent["dateTime"] = json!(decided.to_string());
    }
    match &recorded.form {
        Some(digest) => {
            consent["sourceReference"] = json!({ "type": "DocumentReference", "display": "Signed opt-out form",
                "identifier": { "system": FORM, "value": digest } });
        }
        None => {
            let how = recorded.by.as_ref().map_or("Recorded", |by| by.organisation.as_str());
            consent["sourceAttachment"] = json!({ "title": format!("Choice as recorded: {how}"),
                "creation": version.received.to_string() });
        }
    }
    if recorded.choice == Choice::Conflict {
        let sides = recorded.between.iter().map(
            |side| json!({ "url": "side", "valueString": format!("{} (number {})", side.choice.code(), side.seq) }),
        );
        consent["extension"] = json!([{ "url": CONFLICT, "extension": sides.collect::<Vec<_>>() }]);
    }
    consent
}

fn performer(recorded: &Recorded, patient: &Value) -> Value {
    let recorder = || recorded.by.as_ref().map_or("Not recorded", |by| by.name.as_str());
    match recorded.decided_by {
        DecidedBy::Person | DecidedBy::Nobody => patient.clone(),
        DecidedBy::AttorneyOrDeputy => json!({ "type": "RelatedPerson", "display": "Attorney or deputy" }),
        DecidedBy::BestInterests => json!({ "type": "Practitioner", "display": recorder() }),
    }
}

fn policy(binding: Choice) -> String {
    match binding {
        Choice::N1 | Choice::Conflict => POLICY_BREAK_GLASS.to_owned(),
        Choice::N2 => POLICY_DENY.to_owned(),
        _ => format!("{BASE}/policy/dorset-five-options"),
    }
}

fn provision(recorded: &Recorded) -> Value {
    let treat = json!([{ "system": ACT_REASON, "code": "TREAT" }]);
    let role = json!({ "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "code": "IRCP" }] });
    match recorded.binding() {
        Choice::N2 => json!({ "type": "deny" }),
        Choice::N1 | Choice::Conflict => {
            let group = json!([{ "role": role, "reference": { "type": "Group", "display": "Clinicians who may break the glass",
                "identifier": { "system": format!("{BASE}/Id/group"), "value": "regulated-clinicians" } } }]);
            let except = |system: &str, code: &str| json!({ "type": "permit", "actor": group, "purpose": [{ "system": system, "code": code }] });
            json!({ "type": "deny", "provision": [except(ACT_REASON, "BTG"), except(PURPOSES, "safeguarding")] })
        }
        Choice::Y1 | Choice::Y2 | Choice::Y3 | Choice::None => {
            let mut provision = json!({ "type": "permit", "purpose": treat });
            if let Some(staff) = &recorded.only {
                provision["actor"] = json!([{ "role": role, "reference": { "type": "Practitioner",
                    "identifier": { "system": SDS_USER, "value": staff.as_str() } } }]);
            }
            let mut period = json!({});
            if let Some(from) = recorded.from {
                period["start"] = json!(from.to_string());
            }
            if let Some(until) = recorded.until {
                // A Period's end is its last second.
                period["end"] = json!(Stamp::from_millis(until.millis() - 1_000).to_string());
            }
            if period != json!({}) {
                provision["period"] = period;
            }
            if let Some(event) = &recorded.end_event {
                provision["extension"] = json!([{ "url": END_EVENT, "valueString": event }]);
            }
            provision
        }
    }
}
