//! Break-glass as FHIR: its start by HL7's own example (`auditevent-example-breakglass-start`) with reason and text, its end, and which
//! looks were under it (`reference/audit.md` section 1). The decision and the read themselves are the parent's.

use super::{APPLICATION, DCM, Maker, REASON, coding, concept, reason_of};
use crate::store::audit;
use jiff::SignedDuration;
use record::PersonId;
use record::audit::{Entry, Event};
use record::consent::Purpose;
use serde_json::{Value, json};

/// Entries before a look that are looked through for the declaration it was under.
const FAR: usize = 500;

/// The look was under an override: declared by the entry before the first look, and standing for those that follow in its time, for the
/// same purpose, until it or the session ended.
pub(super) fn is_broken(maker: &Maker<'_>, subject: PersonId, purpose: Purpose) -> rusqlite::Result<bool> {
    if !matches!(purpose, Purpose::EmergencyTreat | Purpose::Safeguard) {
        return Ok(false);
    }
    let look = maker.entry;
    let lasts = SignedDuration::from_mins(maker.names.override_minutes().into());
    for seq in (1..look.seq).rev().take(FAR) {
        let Some((_, bytes)) = audit::entry(maker.tx, &look.chain, look.epoch, seq)? else { break };
        let Ok(before) = Entry::from_bytes(&bytes) else { break };
        if look.at.since(before.at) > lasts {
            break;
        }
        match before.event {
            Event::BreakGlass { subject: whom, purpose: what, .. } => return Ok(whom == subject && what == purpose),
            Event::GlassEnded { subject: whom, .. } if whom == subject => break,
            Event::SignedIn | Event::SignedOut { .. } => break,
            _ => {}
        }
    }
    Ok(false)
}

pub(super) fn started(
    maker: &Maker<'_>,
    subject: PersonId,
    purpose: Purpose,
    (number, label): (u8, &str),
    text: &str,
) -> rusqlite::Result<Value> {
    let (code, display) = reason_of(purpose);
    let mut user = maker.user("IRCP", "information recipient");
    user["purposeOfUse"] = json!([concept(REASON, "BTG", "break the glass")]);
    Ok(json!({
        "type": coding(DCM, "110113", "Security Alert"),
        "subtype": [
            coding(DCM, "110127", "Emergency Override Started"),
            coding("urn:satchel:override-reason", &number.to_string(), label),
        ],
        "action": "E",
        "outcome": "0",
        "outcomeDesc": text,
        "purposeOfEvent": [concept(REASON, "BTG", "break the glass"), concept(REASON, code, display)],
        "agent": [maker.machine(APPLICATION), user, maker.organisation()],
        "entity": [maker.patient(subject)?],
    }))
}

/// The override's end, which HL7's example of its start leaves to a second event.
pub(super) fn stopped(maker: &Maker<'_>, subject: PersonId, by_hand: bool) -> rusqlite::Result<Value> {
    let why = if by_hand {
        "Ended by the user."
    } else {
        "Ended otherwise: its time was over, the screen was locked, another was declared, or the person changed their choice."
    };
    Ok(json!({
        "type": coding(DCM, "110113", "Security Alert"),
        "subtype": [coding(DCM, "110138", "Emergency Override Stopped")],
        "action": "E",
        "outcome": "0",
        "outcomeDesc": why,
        "purposeOfEvent": [concept(REASON, "BTG", "break the glass")],
        "agent": [maker.machine(APPLICATION), maker.user("IRCP", "information recipient"), maker.organisation()],
        "entity": [maker.patient(subject)?],
    }))
}
