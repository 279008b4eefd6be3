//! A Consent from a feed becomes a recorded choice, in the hub's order like any other. Which choice it amounts to is
//! `crate::fhir_consent::read`; here is what follows from it.

use crate::fhir_consent::read::{Reading, read};
use crate::store::alerts::{self, Kind};
use crate::store::trust;
use record::Stamp;
use record::consent::{Channel, Recorded, RecordedBy};
use rusqlite::Transaction;
use sha2::{Digest, Sha256};

/// Records what a new or changed Consent says about a known person. An older decision than the one in force that says otherwise is
/// a conflict, for neither was made in sight of the other; a later one follows it.
pub fn apply(
    tx: &Transaction<'_>,
    person: i64,
    (via, rid): (i64, &str),
    raw: &str,
    now: Stamp,
) -> rusqlite::Result<()> {
    let Ok(resource) = serde_json::from_str(raw) else { return Ok(()) };
    let (current, held) = trust::choice(tx, person)?;
    let hash: String = Sha256::digest(raw.as_bytes()).iter().take(8).map(|b| format!("{b:02x}")).collect();
    let from = format!("fhir/{via}/{rid}/");
    let key = format!("{from}{hash}");
    let (recorded, doubts) = match read(&resource) {
        Reading::Choice(recorded) => (*recorded, None),
        Reading::Tightened(recorded, doubts) => {
            let why: Vec<&str> = doubts.iter().map(|doubt| doubt.sentence()).collect();
            (*recorded, Some(why.join("; ")))
        }
        // It says nothing about who may see the record for care: kept among the resources, and no choice.
        Reading::NotAbout(_) => return Ok(()),
        Reading::Ended => {
            let its_own = trust::choice_key(tx, person)?.is_some_and(|key| key.starts_with(&from));
            if its_own {
                let by = Some(RecordedBy { name: String::new(), organisation: String::new(), how: Channel::Feed });
                let nothing = Recorded { by, decided: Some(now), ..Recorded::nothing() };
                trust::record_choice(tx, person, &nothing, &key, u64::MAX, now)?;
            }
            return Ok(());
        }
    };
    let same = |a: &Recorded, b: &Recorded| {
        (a.choice, &a.only, a.from, a.until, &a.end_event) == (b.choice, &b.only, b.from, b.until, &b.end_event)
    };
    if same(&recorded, &held) {
        return Ok(());
    }
    // No date is no claim to be the later one.
    let later = recorded.decided >= held.decided && recorded.decided.is_some();
    let saw = if later || current == 0 || recorded.choice.severity() > held.choice.severity() { u64::MAX } else { 0 };
    trust::record_choice(tx, person, &recorded, &key, saw, now)?;
    if let Some(why) = doubts {
        let (seq, _) = trust::choice(tx, person)?;
        alerts::about_choice(tx, Kind::ConsentUnclear, (person, seq), &why, now)?;
    }
    Ok(())
}
