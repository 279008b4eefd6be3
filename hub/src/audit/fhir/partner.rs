//! A partner's request as BALP's `PatientQuery` or `PatientRead` (`reference/audit.md` section 1). The two turn source and destination round: in a
//! search the client is the source (it sends the query), in a read the server is (it sends the resource). One entry is one patient, so a
//! search is one event; what was found is not in it. A refusal has the same shape with a failed outcome and claims no profile, for
//! BALP's are of success only; where nobody was named there is no patient in it.

use super::{DESTINATION, ENTITY_ROLE, ENTITY_TYPE, EVENT_TYPE, INTERACTION, Maker, PROFILE, SDS_USER, SOURCE};
use super::{coding, concept, data, reason_of};
use crate::audit::names::{NHS_NUMBER, nhs_number};
use data_encoding::BASE64;
use record::audit::{PartnerAct, PartnerDeed};
use record::consent::Outcome;
use serde_json::{Value, json};

pub(super) fn events(maker: &Maker<'_>, act: &PartnerAct) -> rusqlite::Result<Vec<Value>> {
    let permitted = act.outcome == Outcome::Permit;
    let mut made = match act.subject {
        Some(subject) => maker.decided(subject, (act.purpose, act.outcome, act.rule), String::new())?,
        None => Vec::new(),
    };
    // The decision; what was done under it follows.
    made.truncate(1);
    for event in &mut made {
        event["agent"][1] = user(maker, act);
    }
    let (code, display) = reason_of(act.purpose);
    let mut asking = user(maker, act);
    asking["purposeOfUse"] = json!([concept(super::REASON, code, display)]);
    let (profile, interaction, action, client, server) = match act.deed {
        PartnerDeed::Searched => ("PatientQuery", "search-type", "E", SOURCE, DESTINATION),
        PartnerDeed::Read => ("PatientRead", "read", "R", DESTINATION, SOURCE),
    };
    let mut entity = vec![match act.deed {
        PartnerDeed::Searched => query(maker, act)?,
        PartnerDeed::Read => data(json!({ "type": act.kind, "reference": act.request })),
    }];
    if let Some(subject) = act.subject {
        entity.push(maker.patient(subject)?);
    }
    entity.push(match act.trace.as_str() {
        "" => maker.request(),
        trace => json!({
            "type": { "system": "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType", "code": "XrequestId" },
            "what": { "identifier": { "value": trace } },
        }),
    });
    let mut event = json!({
        "type": coding(EVENT_TYPE, "rest", "Restful Operation"),
        "subtype": [coding(INTERACTION, interaction, interaction)],
        "action": action,
        "outcome": if permitted { "0" } else { "8" },
        "agent": [system(maker, act, client), maker.machine(server), asking, maker.organisation()],
        "entity": entity,
    });
    if permitted {
        event["meta"] = json!({ "profile": [format!("{PROFILE}{profile}")] });
    } else {
        event["outcomeDesc"] = json!(match act.subject {
            Some(_) => act.rule.explanation_of_refusal(),
            None => "The hub names nobody by what was asked for.",
        });
    }
    made.push(event);
    Ok(made)
}

/// The request as it came, with the number in its place.
fn query(maker: &Maker<'_>, act: &PartnerAct) -> rusqlite::Result<Value> {
    let number = match act.subject {
        Some(subject) => nhs_number(maker.tx, subject)?,
        None => None,
    };
    let number = number.unwrap_or_else(|| PartnerAct::NUMBER.to_owned());
    let raw = act.request.replace(PartnerAct::NUMBER, &number);
    Ok(json!({
        "type": coding(ENTITY_TYPE, "2", "System Object"),
        "role": coding(ENTITY_ROLE, "24", "Query"),
        "description": format!("{} of one person, by {NHS_NUMBER}", act.kind),
        "query": BASE64.encode(raw.as_bytes()),
    }))
}

/// The partner's system.
fn system(maker: &Maker<'_>, act: &PartnerAct, (code, display): (&str, &str)) -> Value {
    let organisation = maker.names.organisation(&maker.entry.organisation);
    json!({
        "type": concept(super::DCM, code, display),
        "who": { "type": "Device", "identifier": { "system": "urn:satchel:partner", "value": act.system },
                 "display": format!("A system of {organisation}") },
        "requestor": false,
        "network": { "address": format!("urn:satchel:partner:{}", act.system), "type": "5" },
    })
}

/// Whoever asked, as their system said: by the number it gave, without the organisation that we put before it.
fn user(maker: &Maker<'_>, act: &PartnerAct) -> Value {
    let mut user = maker.user("IRCP", "information recipient");
    let staff = maker.entry.staff.as_str();
    let prefix = format!("{}.", maker.entry.organisation);
    user["who"] = json!({
        "type": "Practitioner",
        "identifier": { "system": SDS_USER, "value": staff.strip_prefix(&prefix).unwrap_or(staff) },
        "display": act.name,
    });
    let job = json!({ "system": "https://fhir.hl7.org.uk/CodeSystem/UKCore-SDSJobRoleName", "code": act.job });
    if let Some(codings) = user["role"][0]["coding"].as_array_mut() {
        codings.push(job);
    }
    user
}
