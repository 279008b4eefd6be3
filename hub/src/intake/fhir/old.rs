//! How older versions of FHIR show themselves in a resource that names a type R4 has too: elements that R4 does not have there, or has in
//! another form (R4 section 2.8, version history of each type; `reference/inbound.md` section 8, STU3→R4). Read as R4 they would be
//! passed over, and some of them negate: a procedure that was not done would read as done. So the resource is parked. Profiles are
//! `super`'s.

use super::head::{Head, object};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// Elements of STU3 and DSTU2, by type, that R4 does not have there.
const OLD: [(&str, &[&str]); 20] = [
    ("AllergyIntolerance", &["assertedDate", "substance"]),
    ("Appointment", &["reason", "indication"]),
    ("CarePlan", &["context", "definition"]),
    ("CareTeam", &["context"]),
    ("Communication", &["notDone", "notDoneReason", "context", "definition"]),
    ("Composition", &["class"]),
    ("Condition", &["assertedDate", "context"]),
    ("DeviceUseStatement", &["indication", "whenUsed"]),
    ("DiagnosticReport", &["codedDiagnosis", "image", "context"]),
    ("DocumentReference", &["class", "created", "indexed"]),
    ("Encounter", &["reason"]),
    ("FamilyMemberHistory", &["notDone", "notDoneReason"]),
    ("Goal", &["status"]),
    ("Immunization", &["notGiven", "wasNotGiven", "explanation", "vaccinationProtocol", "date"]),
    ("MedicationAdministration", &["notGiven", "wasNotGiven", "reasonNotGiven", "prescription"]),
    ("MedicationDispense", &["notDone", "notDoneReasonCodeableConcept", "notDoneReasonReference"]),
    ("MedicationRequest", &["context", "definition"]),
    ("MedicationStatement", &["taken", "reasonNotTaken", "wasNotTaken", "notTaken"]),
    ("Observation", &["comment", "comments", "related", "context"]),
    ("Procedure", &["notDone", "notDoneReason", "notPerformed", "context"]),
];

/// A dose straight in a dosage: R4 has it inside `doseAndRate`. Read as R4 it would be no dose at all.
const OLD_DOSES: [&str; 5] = ["doseQuantity", "doseRange", "rateRatio", "rateRange", "rateQuantity"];

/// Whether it has an element as an older version has it.
pub fn is_old_shape(kind: &str, head: &Head<'_>, json: &str) -> bool {
    let status_is_code = head.clinical_status.is_some_and(|s| s.get().starts_with('"'));
    if status_is_code && matches!(kind, "AllergyIntolerance" | "Condition") {
        return true;
    }
    let old = OLD.iter().find(|(of, _)| *of == kind).map_or(&[][..], |(_, names)| names);
    // Most resources have none of these names anywhere: then they need not be looked at member by member.
    let any = old.iter().any(|name| json.contains(&format!("\"{name}\"")));
    if any && members(json).is_some_and(|all| old.iter().any(|name| all.contains_key(*name))) {
        return true;
    }
    match kind {
        "MedicationRequest" => {
            let agent = head.requester.and_then(|r| members(r.get())).is_some_and(|r| r.contains_key("agent"));
            agent || doses(json, "dosageInstruction")
        }
        "MedicationDispense" => doses(json, "dosageInstruction"),
        "MedicationStatement" => doses(json, "dosage"),
        "CarePlan" => {
            json.contains("\"prohibited\"")
                && parts(json, "activity").any(|activity| {
                    let detail = activity.get("detail").and_then(|d| members(d.get()));
                    detail.is_some_and(|d| d.contains_key("prohibited"))
                })
        }
        _ => false,
    }
}

fn doses(json: &str, element: &str) -> bool {
    OLD_DOSES.iter().any(|name| json.contains(name))
        && parts(json, element).any(|dosage| OLD_DOSES.iter().any(|name| dosage.contains_key(*name)))
}

type Members<'a> = BTreeMap<String, &'a RawValue>;

fn members(json: &str) -> Option<Members<'_>> {
    #[derive(Deserialize)]
    #[serde(transparent)]
    struct All<'a>(#[serde(borrow)] Members<'a>);
    object::<All<'_>>(json).map(|all| all.0)
}

/// The objects of a list at an element.
fn parts<'a>(json: &'a str, element: &str) -> impl Iterator<Item = Members<'a>> {
    let list = members(json).and_then(|mut all| all.remove(element));
    super::head::list(list).into_iter().filter_map(|part| members(part.get()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(json: &str, old: bool) {
        let Some(head) = object::<Head<'_>>(json) else { panic!("{json}") };
        let kind = super::super::head::text(head.resource_type).unwrap_or_default().into_owned();
        assert_eq!(is_old_shape(&kind, &head, json), old, "{json}");
    }

    #[test]
    fn negations_and_elements_of_older_versions() {
        for (kind, rest) in [
            ("Procedure", r#""status":"completed","notDone":true"#),
            ("Procedure", r#""context":{"reference":"Encounter/1"}"#),
            ("Immunization", r#""notGiven":false"#),
            ("Immunization", r#""wasNotGiven":true"#),
            ("CarePlan", r#""activity":[{"detail":{"prohibited":true}}]"#),
            ("Encounter", r#""reason":[{"text":"Fall"}]"#),
            ("Observation", r#""comment":"x""#),
            ("MedicationRequest", r#""requester":{"agent":{"reference":"Practitioner/1"}}"#),
            ("MedicationRequest", r#""dosageInstruction":[{"doseQuantity":{"value":1}}]"#),
            ("MedicationStatement", r#""dosage":[{"rateRatio":{}}]"#),
            ("MedicationStatement", r#""taken":"n""#),
            ("Condition", r#""clinicalStatus":"active""#),
            ("Condition", r#""assertedDate":"2020""#),
            ("Goal", r#""status":"in-progress""#),
        ] {
            check(&format!(r#"{{"resourceType":"{kind}",{rest}}}"#), true);
        }
        for (kind, rest) in [
            ("Procedure", r#""status":"not-done","note":[{"text":"\"notDone\""}]"#),
            ("Observation", r#""component":[{"comment":1}]"#),
            ("MedicationRequest", r#""requester":{"reference":"Practitioner/1"}"#),
            ("MedicationRequest", r#""dosageInstruction":[{"doseAndRate":[{"doseQuantity":{"value":1}}]}]"#),
            ("MedicationAdministration", r#""context":{"reference":"Encounter/1"},"dosage":{"rateRatio":{}}"#),
            ("DocumentReference", r#""context":{"period":{}}"#),
            ("CarePlan", r#""activity":[{"detail":{"doNotPerform":true}}]"#),
        ] {
            check(&format!(r#"{{"resourceType":"{kind}",{rest}}}"#), false);
        }
    }
}
