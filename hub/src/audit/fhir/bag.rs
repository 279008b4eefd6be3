//! An eRed Bag's passing from one device to another as a pair of `PrivacyDisclosure` events: the giver's chain has the Export, the receiver's the
//! Import, and both name the same bag (`reference/audit.md` section 1). What is only done on one device is not here.

use super::{DCM, DESTINATION, Maker, PROFILE, REASON, SOURCE, coding, concept, data, reason_of};
use record::audit::BagAct;
use record::consent::Outcome;
use serde_json::{Value, json};

/// Content left for another device, or came from one.
pub(super) fn is_passed(act: &BagAct) -> bool {
    act.outcome == Outcome::Permit && (act.deed.gives_out() || act.deed.takes_in())
}

pub(super) fn passed(maker: &Maker<'_>, act: &BagAct) -> rusqlite::Result<Value> {
    let (code, display) = reason_of(act.purpose);
    let (side, kind, action, who) = if act.deed.gives_out() {
        ("Source", ("110106", "Export"), "R", ("AUT", "author (originator)"))
    } else {
        ("Recipient", ("110107", "Import"), "C", ("IRCP", "information recipient"))
    };
    let what = json!({
        "type": "Composition",
        "identifier": { "system": "urn:satchel:bag", "value": act.bag.to_string() },
        "display": act.deed.in_words(),
    });
    Ok(json!({
        "meta": { "profile": [format!("{PROFILE}PrivacyDisclosure.{side}")] },
        "type": coding(DCM, kind.0, kind.1),
        "subtype": [coding("http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle", "disclose", "Disclose")],
        "action": action,
        "outcome": "0",
        "outcomeDesc": act.deed.in_words(),
        "purposeOfEvent": [concept(REASON, code, display)],
        "agent": [maker.machine(SOURCE), maker.machine(DESTINATION), maker.user(who.0, who.1), maker.organisation()],
        "entity": [data(what), maker.patient(act.subject)?],
    }))
}
