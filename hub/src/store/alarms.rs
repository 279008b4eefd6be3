//! What a privacy officer must look at: breaks in chains, entries dated wrongly, tails that never came, and the hub's own log found
//! older than what was seen of it. An alarm is raised once for its place and kind, and stays until somebody acknowledges it with a reason.

use super::audit::OWN;
use record::{StaffId, Stamp};
use rusqlite::{OptionalExtension, Row, Transaction, params};

/// A chain that ended without a sign-out, and nothing since.
pub const MISSING_TAIL: &str = "MISSING TAIL";
/// A device found its own vault older than it was, or its end gone, before the hub had that end.
pub const TRUNCATION: &str = "TRUNCATION";
/// A change of a care plan that its sender could not make (`store::plans`).
pub const PLAN_REFUSED: &str = "PLAN REFUSED";
/// Of a device that was put back: its user may well have made them.
pub const PLAN_TWICE: &str = "PLAN TWICE";
/// An act of a visit that its sender could not have done (`store::visits`).
pub const ACT_REFUSED: &str = "ACT REFUSED";
/// A photograph that is not what was signed, or whose sender did not sign it (`store::photos`).
pub const PHOTO_REFUSED: &str = "PHOTO REFUSED";
/// A note of an eRed Bag that its sender could not have written (`store::bags`).
pub const BAG_REFUSED: &str = "BAG REFUSED";
/// A verification found the log not to hold.
pub const UNPROVED: &str = "UNPROVED";
/// The place of alarms about the hub's own log.
pub const LOG: &str = "log";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    pub id: u64,
    pub raised: Stamp,
    /// A chain's name, or `log`.
    pub place: String,
    pub epoch: u32,
    /// The entry at which it was found; in the log, a number of entries.
    pub seq: u64,
    /// `GAP`, `FORK`, …: `BreakKind::code`, `LogSign::code` or [`MISSING_TAIL`].
    pub kind: String,
    /// When, by whom, why.
    pub acknowledged: Option<(Stamp, String, String)>,
    /// For a missing tail: it came after all.
    pub came: bool,
}

impl Alarm {
    /// One sentence for the officer.
    pub fn meaning(&self) -> &'static str {
        match self.kind.as_str() {
            "GAP" => "An entry is missing from the middle of this device's audit.",
            "FORK" => {
                "Two histories were sent as this device's: a copy of it is in use, or entries were changed. It is quarantined until this is acknowledged."
            }
            "ROLLBACK" => {
                "The device no longer holds entries it was given a receipt for: an old copy was restored, or its end was cut off. The hub still holds them."
            }
            "CLOCK" => {
                "An entry or a choice says a time at which it cannot have been written, or the device's clock or time zone was set. The hub's time counts."
            }
            TRUNCATION => {
                "The device found its own memory older than it was, or its newest entries gone: an older copy was put back, or the end was cut off. What was done in between and not sent is lost."
            }
            "STRANGER" => "The device sent entries of another chain, or of an epoch that was never opened.",
            "UNREADABLE" => "The device sent something that is no entry.",
            MISSING_TAIL if self.came => "The audit stopped without a sign-out; what was missing has come since.",
            MISSING_TAIL => {
                "The audit stopped without a sign-out and nothing came since: the device is lost, off, or its last entries were removed."
            }
            "HUB ROLLBACK" => {
                "A device holds a later state of this hub's log, signed by this hub: the hub was restored from an older copy. Devices send their entries again; acts of the hub itself since that copy are lost."
            }
            "HUB FORK" => {
                "A device holds another state of this hub's log, signed by this hub: the hub was restored from an older copy and went on, or its log was rewritten."
            }
            "HUB FORGED" => "A device was shown a proof by this hub that does not hold.",
            PLAN_REFUSED => {
                "This device sent changes of a care plan that its user could not have made. They were not taken, and are kept aside."
            }
            PLAN_TWICE => {
                "This device sent changes of a care plan that go on from an older state of it than it had sent: an older copy of its vault was put back. They were not taken, are kept aside, and its user sees them on the plan's page, to write them again."
            }
            ACT_REFUSED => {
                "This device sent records of visits that its user could not have made. They were not taken, and are kept aside."
            }
            PHOTO_REFUSED => {
                "This device sent a photograph that is not the one its user signed, or that they did not sign. It was not taken; the record that names it stands."
            }
            BAG_REFUSED => {
                "This device sent notes of an eRed Bag that could not have been written as they say. They were not taken, and are kept aside."
            }
            "HUB WITHHELD" => "A device sent its audit and was given no receipt for it.",
            UNPROVED => {
                "A verification of the whole log failed here: an entry was changed, removed or added behind the hub's back, or the disk is failing."
            }
            _ => "This should not happen: ask whoever runs the hub.",
        }
    }
}

const COLUMNS: &str = "select a.id, a.raised, a.place, a.epoch, a.seq, a.kind, a.acknowledged, a.by, a.reason,
    a.kind = 'MISSING TAIL' and exists (select 1 from audit_chain c where c.name = a.place
      and (c.closed = 1 or c.epoch > a.epoch or c.seq > a.seq)) from audit_alarm a";

fn alarm(row: &Row<'_>) -> rusqlite::Result<Alarm> {
    let when: Option<i64> = row.get(6)?;
    let (by, reason): (Option<String>, Option<String>) = (row.get(7)?, row.get(8)?);
    Ok(Alarm {
        id: row.get::<_, i64>(0)? as u64,
        raised: Stamp::from_millis(row.get(1)?),
        place: row.get(2)?,
        epoch: row.get(3)?,
        seq: row.get::<_, i64>(4)? as u64,
        kind: row.get(5)?,
        acknowledged: when.map(|at| (Stamp::from_millis(at), by.unwrap_or_default(), reason.unwrap_or_default())),
        came: row.get(9)?,
    })
}

/// Raises an alarm unless it was raised before.
pub fn raise(
    tx: &Transaction<'_>,
    (place, epoch, seq): (&str, u32, u64),
    kind: &str,
    now: Stamp,
) -> rusqlite::Result<bool> {
    let sql = "insert or ignore into audit_alarm (raised, place, epoch, seq, kind) values (?1, ?2, ?3, ?4, ?5)";
    Ok(tx.prepare_cached(sql)?.execute(params![now.millis(), place, epoch, seq as i64, kind])? > 0)
}

/// Raises an alarm for each chain that ended without a sign-out and was not heard from after `before`.
pub fn raise_missing_tails(tx: &Transaction<'_>, before: Stamp, now: Stamp) -> rusqlite::Result<usize> {
    tx.prepare_cached(
        "insert or ignore into audit_alarm (raised, place, epoch, seq, kind)
         select ?1, name, epoch, seq, ?2 from audit_chain where closed = 0 and received < ?3 and name <> ?4",
    )?
    .execute(params![now.millis(), MISSING_TAIL, before.millis(), OWN])
}

/// Alarms, the oldest first; without `all` only those that nobody acknowledged.
pub fn list(tx: &Transaction<'_>, all: bool) -> rusqlite::Result<Vec<Alarm>> {
    let sql = format!("{COLUMNS} where ?1 or a.acknowledged is null order by a.id");
    tx.prepare_cached(&sql)?.query_map([all], alarm)?.collect()
}

/// Marks an alarm as reviewed; `None` if there is none of that number that waits.
pub fn acknowledge(
    tx: &Transaction<'_>,
    id: u64,
    by: &StaffId,
    reason: &str,
    now: Stamp,
) -> rusqlite::Result<Option<Alarm>> {
    let sql = "update audit_alarm set acknowledged = ?2, by = ?3, reason = ?4 where id = ?1 and acknowledged is null";
    let done = tx.prepare_cached(sql)?.execute(params![id as i64, now.millis(), by.as_str(), reason])?;
    if done == 0 {
        return Ok(None);
    }
    let sql = format!("{COLUMNS} where a.id = ?1");
    tx.prepare_cached(&sql)?.query_row([id as i64], alarm).optional()
}
