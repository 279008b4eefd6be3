//! The audit by who, when and what kind: an index beside the log, so that a page of it costs the same at a thousand entries and at
//! 77 million. Every reading is from a cursor backwards, the newest first. What an entry means in words is `crate::audit`.

use super::alerts;
use super::audit::{self, HELD, Held, held};
use record::audit::{AuditUse, Entry, Event, HubAct};
use record::consent::Outcome;
use record::{PersonId, Stamp};
use rusqlite::{OptionalExtension, Row, Transaction, params};

/// What an entry is looked up as. Stored by number; a number is never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    Ordinary = 0,
    /// A record or document asked for and refused.
    Refused = 1,
    /// Asked for and not shown yet: the person had to be asked, or break-glass was offered.
    Held = 2,
    Verified = 3,
    HeadPublished = 4,
    HeadsChecked = 5,
}

impl Class {
    fn of(event: &Event) -> Class {
        match event {
            Event::Record { outcome, .. } | Event::Source { outcome, .. } => Class::of_outcome(*outcome),
            Event::Plan(act) => Class::of_outcome(act.outcome),
            Event::Visit(act) => Class::of_outcome(act.outcome),
            Event::Bag(act) => Class::of_outcome(act.outcome),
            Event::Partner(act) => Class::of_outcome(act.outcome),
            Event::Hub(HubAct::AuditUsed { how: AuditUse::Verified, .. }) => Class::Verified,
            Event::Hub(HubAct::AuditUsed { how: AuditUse::HeadPublished, .. }) => Class::HeadPublished,
            Event::Hub(HubAct::AuditUsed { how: AuditUse::HeadsChecked, .. }) => Class::HeadsChecked,
            _ => Class::Ordinary,
        }
    }

    const fn of_outcome(outcome: Outcome) -> Class {
        match outcome {
            Outcome::Permit => Class::Ordinary,
            Outcome::Deny => Class::Refused,
            Outcome::Ask | Outcome::BreakGlass => Class::Held,
        }
    }
}

/// A place to read on from: everything before it, by time and then by place in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    pub at: Stamp,
    pub leaf: u64,
}

impl Cursor {
    /// Before nothing: the newest comes first.
    pub const NEWEST: Cursor = Cursor { at: Stamp::from_millis(i64::MAX), leaf: i64::MAX as u64 };

    pub fn to_text(self) -> String {
        format!("{}.{}", self.at.millis(), self.leaf)
    }

    pub fn parse(text: &str) -> Option<Cursor> {
        let (at, leaf) = text.split_once('.')?;
        let leaf = leaf.parse().ok().filter(|leaf| i64::try_from(*leaf).is_ok())?;
        Some(Cursor { at: Stamp::from_millis(at.parse().ok()?), leaf })
    }
}

/// From the first moment to before the second.
pub type Span = (Stamp, Stamp);

/// Any time at all.
pub const ALWAYS: Span = (Stamp::from_millis(i64::MIN), Stamp::from_millis(i64::MAX));

/// Indexes an entry that was just written as `leaf`.
pub(super) fn note(tx: &Transaction<'_>, leaf: u64, entry: &Entry) -> rusqlite::Result<()> {
    tx.prepare_cached("insert or ignore into audit_look (staff, at, leaf, class) values (?1, ?2, ?3, ?4)")?
        .execute(params![entry.staff.as_str(), entry.at.millis(), leaf as i64, Class::of(&entry.event) as i64])
        .map(drop)
}

/// The log was kept before there was an index of it.
pub(super) fn lacks_index(tx: &Transaction<'_>) -> rusqlite::Result<bool> {
    let sql = "select exists (select 1 from audit_entry) and not exists (select 1 from audit_look)";
    tx.prepare_cached(sql)?.query_row([], |row| row.get(0))
}

/// Indexes it, and opens the alerts that its entries call for.
pub(super) fn index_all(tx: &Transaction<'_>) -> rusqlite::Result<()> {
    let mut next = 0;
    loop {
        let page = audit::from_leaf(tx, next, 10_000)?;
        let Some(last) = page.last() else { return Ok(()) };
        next = last.leaf + 1;
        for held in &page {
            if let Ok(entry) = Entry::from_bytes(&held.bytes) {
                note(tx, held.leaf, &entry)?;
                if held.chain != audit::OWN {
                    alerts::from_entries(tx, std::slice::from_ref(&held.bytes), held.aside, held.received)?;
                }
            }
        }
    }
}

/// An entry with its cursor.
#[derive(Debug, Clone)]
pub struct Found {
    pub held: Held,
    pub at: Stamp,
}

impl Found {
    pub const fn cursor(&self) -> Cursor {
        Cursor { at: self.at, leaf: self.held.leaf }
    }
}

fn found(row: &Row<'_>) -> rusqlite::Result<Found> {
    Ok(Found { held: held(row)?, at: Stamp::from_millis(row.get(7)?) })
}

/// The end of a span, drawn in to the cursor: the index is entered there, and not at the newest entry again and again.
fn tight(to: Stamp, before: Cursor) -> i64 {
    to.millis().min(before.at.millis().saturating_add(1))
}

/// What `staff` did in `span`, the newest first.
pub fn of_staff(
    tx: &Transaction<'_>,
    staff: &str,
    (from, to): Span,
    before: Cursor,
    limit: u32,
) -> rusqlite::Result<Vec<Found>> {
    let sql = format!(
        "{} join audit_look l on l.leaf = e.leaf where l.staff = ?1 and l.at >= ?2 and l.at < ?3
         and (l.at, l.leaf) < (?4, ?5) order by l.at desc, l.leaf desc limit ?6",
        HELD.replace("e.bytes", "e.bytes, l.at")
    );
    let values = params![staff, from.millis(), tight(to, before), before.at.millis(), before.leaf as i64, limit];
    tx.prepare_cached(&sql)?.query_map(values, found)?.collect()
}

/// Entries of a class in `span`, the newest first.
pub fn of_class(
    tx: &Transaction<'_>,
    class: Class,
    (from, to): Span,
    before: Cursor,
    limit: u32,
) -> rusqlite::Result<Vec<Found>> {
    let sql = format!(
        "{} join audit_look l on l.leaf = e.leaf where l.class > 0 and l.class = ?1 and l.at >= ?2 and l.at < ?3
         and (l.at, l.leaf) < (?4, ?5) order by l.at desc, l.leaf desc limit ?6",
        HELD.replace("e.bytes", "e.bytes, l.at")
    );
    let values = params![class as i64, from.millis(), tight(to, before), before.at.millis(), before.leaf as i64, limit];
    tx.prepare_cached(&sql)?.query_map(values, found)?.collect()
}

/// What is recorded about somebody before this place in the log, the newest arrival first.
pub fn about(tx: &Transaction<'_>, person: PersonId, before: u64, limit: u32) -> rusqlite::Result<Vec<Held>> {
    let sql = format!(
        "{HELD} join audit_subject s on s.leaf = e.leaf where s.person = ?1 and s.leaf < ?2
         order by s.leaf desc limit ?3"
    );
    tx.prepare_cached(&sql)?.query_map(params![person.as_bytes().as_slice(), before as i64, limit], held)?.collect()
}

/// One entry by its place in the log.
pub fn entry_at(tx: &Transaction<'_>, leaf: u64) -> rusqlite::Result<Option<Held>> {
    tx.prepare_cached(&format!("{HELD} where e.leaf = ?1"))?.query_row([leaf as i64], held).optional()
}

/// When something of this class was last recorded.
pub fn last(tx: &Transaction<'_>, class: Class) -> rusqlite::Result<Option<Found>> {
    Ok(of_class(tx, class, ALWAYS, Cursor::NEWEST, 1)?.pop())
}

/// Who was refused at least `least` times since `since`, and how often, the most first.
pub fn refused_often(tx: &Transaction<'_>, since: Stamp, least: u32) -> rusqlite::Result<Vec<(String, u32)>> {
    let sql = "select staff, count(*) from audit_look where class > 0 and class = ?1 and at >= ?2
               group by staff having count(*) >= ?3 order by 2 desc, 1";
    tx.prepare_cached(sql)?
        .query_map(params![Class::Refused as i64, since.millis(), least], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_nothing_else_does() {
        for cursor in [Cursor::NEWEST, Cursor { at: Stamp::from_millis(-5), leaf: 0 }] {
            assert_eq!(Cursor::parse(&cursor.to_text()), Some(cursor));
        }
        for text in ["", "1", "1.", ".1", "1.-1", "a.b", "1.2.3", "1.18446744073709551615"] {
            assert_eq!(Cursor::parse(text), None, "{text}");
        }
    }
}
