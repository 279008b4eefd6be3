//! What can be asked here, as a CapabilityStatement: for clients before they have a credential. Nothing of anybody is in it.

use super::ask::{KINDS, MOST};
use crate::fhir::UK_CORE;
use serde_json::{Value, json};

pub(super) fn statement(base: &str) -> Value {
    let patient = json!({ "name": "patient", "type": "reference",
        "documentation": "Whose: patient:identifier=https://fhir.nhs.uk/Id/nhs-number|NUMBER (or patient.identifier=…). Mandatory." });
    let updated = json!({ "name": "_lastUpdated", "type": "date",
        "documentation": "When the hub last heard anything that bears on it; eq, ge, gt, le, lt." });
    let kinds = KINDS.iter().map(|(kind, profile, searched)| {
        let mut made = json!({ "type": kind, "interaction": [{ "code": "read" }], "versioning": "no-version" });
        if let Some(profile) = profile {
            made["supportedProfile"] = json!([format!("{UK_CORE}{profile}")]);
        }
        if *searched {
            made["interaction"] = json!([{ "code": "read" }, { "code": "search-type" }]);
            made["searchParam"] = json!([patient, updated]);
        }
        made
    });
    let about = format!(
        "A credential of your organisation as a bearer token. Headers: Satchel-Practitioner-Id, Satchel-Practitioner-Name, \
         Satchel-Job-Role (an SDS job role code), Satchel-Purpose (TREAT, ETREAT or SAFEGUARD); Satchel-Reason where the region wants one; \
         X-Request-Id if you keep an audit of your own. _count up to {MOST}. Unknown parameters are refused unless Prefer: handling=lenient."
    );
    json!({
        "resourceType": "CapabilityStatement",
        "url": format!("{base}/metadata"),
        "name": "SatchelHub",
        "title": "What was written in Satchel: care plans and visits",
        "status": "active",
        "date": "2026-11-22",
        "kind": "instance",
        "software": { "name": "satchel-hub", "version": env!("CARGO_PKG_VERSION") },
        "implementation": { "description": "The region's hub", "url": base },
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json"],
        "rest": [{
            "mode": "server",
            "documentation": "Read only. One person at a time, each request by the person's choice, and each in the audit.",
            "security": { "cors": false, "description": about },
            "resource": kinds.collect::<Vec<_>>(),
        }],
    })
}
