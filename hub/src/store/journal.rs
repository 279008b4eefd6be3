//! The journal: each happening about a person, told to every caseload the person is on, under one growing number. Reading it by
//! cursor costs what is new, never what is held.

use super::next_seq;
use record::feed::Seq;
use rusqlite::{OptionalExtension, Transaction, params};
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// What a journal line says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    MemberAdded,
    MemberRemoved,
    ResourceChanged,
    ConsentChanged,
    /// The shared care plan; the record did not change.
    PlanChanged,
    /// Something was done at a visit; the record did not change.
    VisitActed,
}

impl What {
    pub const fn number(self) -> i64 {
        match self {
            What::MemberAdded => 1,
            What::MemberRemoved => 2,
            What::ResourceChanged => 3,
            What::ConsentChanged => 4,
            What::PlanChanged => 5,
            What::VisitActed => 6,
        }
    }

    pub const fn from_number(number: i64) -> Option<What> {
        Some(match number {
            1 => What::MemberAdded,
            2 => What::MemberRemoved,
            3 => What::ResourceChanged,
            4 => What::ConsentChanged,
            5 => What::PlanChanged,
            6 => What::VisitActed,
            _ => return None,
        })
    }
}

/// Notes that something about a person changed: moves the person's head and tells every caseload that holds them.
/// `person` and `resource` are row ids. Gives the number it happened under.
pub fn changed(tx: &Transaction<'_>, person: i64, what: What, resource: Option<i64>) -> rusqlite::Result<u64> {
    let seq = next_seq(tx)?;
    tx.prepare_cached("update person set head = ?2 where id = ?1")?.execute(params![person, seq as i64])?;
    tx.prepare_cached(
        "insert into feed (caseload, seq, person, what, resource)
         select caseload, ?2, ?1, ?3, ?4 from caseload_member where person = ?1",
    )?
    .execute(params![person, seq as i64, what.number(), resource])?;
    Ok(seq)
}

/// The `meta` row with the number of the reading that the frames at hand were made by.
const PROJECTION: &str = "projection";

/// Whether the frames at hand were made by another reading of resources than `projection`.
pub fn is_read_otherwise(tx: &Transaction<'_>, projection: u32) -> rusqlite::Result<bool> {
    let found: Option<[u8; 4]> =
        tx.prepare_cached("select value from meta where key = ?1")?.query_row([PROJECTION], |r| r.get(0)).optional()?;
    Ok(found.map_or(1, u32::from_le_bytes) != projection)
}

/// Tells of everybody who has frames that their record changed, so that they are read anew and devices hear what became of it; and notes
/// by which reading. What did not change by it is not sent again (`crate::frames`).
pub fn read_anew(tx: &Transaction<'_>, projection: u32) -> rusqlite::Result<usize> {
    let mut query = tx.prepare("select distinct person from frame order by person")?;
    let people = query.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<i64>>>()?;
    for person in &people {
        changed(tx, *person, What::ResourceChanged, None)?;
    }
    tx.prepare_cached("insert or replace into meta (key, value) values (?1, ?2)")?
        .execute(params![PROJECTION, projection.to_le_bytes()])?;
    Ok(people.len())
}

/// Whom one unit of work has told already that their record changed: one line a person says so, however many resources came.
#[derive(Debug, Default)]
pub struct Told(HashMap<Option<i64>, u64>);

impl Told {
    /// The number that the change of this person's record (or of what is about nobody) happened under, if it was told.
    pub fn number(&self, person: Option<i64>) -> Option<u64> {
        self.0.get(&person).copied()
    }

    /// Tells of a change, unless this unit of work has.
    pub fn tell(&mut self, tx: &Transaction<'_>, person: Option<i64>, resource: i64) -> rusqlite::Result<()> {
        if let Entry::Vacant(new) = self.0.entry(person) {
            new.insert(match person {
                Some(person) => changed(tx, person, What::ResourceChanged, Some(resource))?,
                None => next_seq(tx)?,
            });
        }
        Ok(())
    }
}

/// A journal line: whom it is about (row), and what it says.
pub type Line = (i64, What);

/// The next lines of these caseloads after `cursor`, at most `limit`, in order, and the number of the last.
pub fn lines(
    tx: &Transaction<'_>,
    caseloads: &[i64],
    cursor: Seq,
    limit: u32,
) -> rusqlite::Result<(Vec<Line>, Option<Seq>)> {
    let mut lines: Vec<(i64, i64, What)> = Vec::new();
    let sql = "select seq, person, what from feed where caseload = ?1 and seq > ?2 order by seq limit ?3";
    let mut query = tx.prepare_cached(sql)?;
    for caseload in caseloads {
        let mut rows = query.query(params![caseload, cursor.0 as i64, limit])?;
        while let Some(row) = rows.next()? {
            if let Some(what) = What::from_number(row.get(2)?) {
                lines.push((row.get(0)?, row.get(1)?, what));
            }
        }
    }
    lines.sort_by_key(|(seq, _, _)| *seq);
    // Of several feeds only lines up to the shortest one's end are complete; the first `limit` of the merge always are.
    lines.truncate(limit as usize);
    let last = lines.last().map(|(seq, _, _)| Seq(*seq as u64));
    Ok((lines.into_iter().map(|(_, person, what)| (person, what)).collect(), last))
}

/// Numbers start again above `seen`: a device took in news under numbers that this hub, restored from an older copy, would give again
/// to something else, and the device would take them for old.
pub fn leap(tx: &Transaction<'_>, seen: Seq) -> rusqlite::Result<()> {
    let seen = i64::try_from(seen.0).unwrap_or(i64::MAX).min(FARTHEST);
    tx.prepare_cached("update counter set seq = max(seq, ?1) + 1")?.execute([seen]).map(drop)
}

/// No device can make the hub count farther than this: half of what a number holds.
const FARTHEST: i64 = i64::MAX / 2;

/// The last number given.
pub fn counter(tx: &Transaction<'_>) -> rusqlite::Result<u64> {
    let seq: i64 = tx.prepare_cached("select seq from counter")?.query_row([], |row| row.get(0))?;
    Ok(seq as u64)
}
