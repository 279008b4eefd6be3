//! Care plans at rest: changes in the hub's order, appended and never removed; a document that folds the older ones together; what was
//! refused. No Automerge here: what a change says was read before it came (`hub::plans`).

use super::journal::What;
use super::next_seq;
use record::{ChainId, PersonId, Stamp};
use rusqlite::{OptionalExtension, Transaction, params};

/// A change as it stands, or will stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    pub seq: u64,
    pub hash: [u8; 32],
    pub chain: String,
    pub number: u64,
    /// `None` once it is in the document.
    pub bytes: Option<Vec<u8>>,
}

/// A change to be taken in.
#[derive(Debug)]
pub struct Fresh<'a> {
    pub hash: [u8; 32],
    pub chain: &'a ChainId,
    pub number: u64,
    pub at: Stamp,
    pub bytes: &'a [u8],
}

/// What the table says to a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    New,
    /// Held already: sent twice, kept once.
    Held,
    /// Another change of the same hand and number is held.
    Contradicts,
}

/// Adds a change under the next number; does not tell anybody yet.
pub fn add(tx: &Transaction<'_>, person: i64, change: &Fresh<'_>, now: Stamp) -> rusqlite::Result<Added> {
    let known = "select hash from plan_change where person = ?1 and (hash = ?2 or (chain = ?3 and number = ?4))";
    let found: Option<[u8; 32]> = tx
        .prepare_cached(known)?
        .query_row(params![person, change.hash, change.chain.as_str(), change.number as i64], |row| row.get(0))
        .optional()?;
    match found {
        Some(hash) if hash == change.hash => return Ok(Added::Held),
        Some(_) => return Ok(Added::Contradicts),
        None => {}
    }
    let seq = next_seq(tx)?;
    tx.prepare_cached(
        "insert into plan_change (seq, person, hash, chain, number, at, received, bytes)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        seq as i64,
        person,
        change.hash,
        change.chain.as_str(),
        change.number as i64,
        change.at.millis(),
        now.millis(),
        change.bytes
    ])?;
    tx.prepare_cached("insert into plan (person, tail) values (?1, 1) on conflict do update set tail = tail + 1")?
        .execute([person])?;
    Ok(Added::New)
}

/// Tells every caseload that holds the person that their plan changed. Their record did not: frames stay as they are.
pub fn tell(tx: &Transaction<'_>, person: i64) -> rusqlite::Result<()> {
    let seq = next_seq(tx)?;
    tx.prepare_cached(
        "insert into feed (caseload, seq, person, what)
         select caseload, ?2, ?1, ?3 from caseload_member where person = ?1",
    )?
    .execute(params![person, seq as i64, What::PlanChanged.number()])?;
    Ok(())
}

/// The newest change of this hand that stands without a gap before it, and its hash.
pub fn held_through(tx: &Transaction<'_>, person: i64, chain: &ChainId) -> rusqlite::Result<Option<(u64, [u8; 32])>> {
    let sql = "select number, hash from plan_change where person = ?1 and chain = ?2 order by number";
    let mut query = tx.prepare_cached(sql)?;
    let mut rows = query.query(params![person, chain.as_str()])?;
    let mut held = None;
    while let Some(row) = rows.next()? {
        let number = row.get::<_, i64>(0)? as u64;
        if number != held.map_or(1, |(last, _)| last + 1) {
            break;
        }
        held = Some((number, row.get(1)?));
    }
    Ok(held)
}

/// The change of this hand with this number.
pub fn hash_of(tx: &Transaction<'_>, person: i64, of: (&ChainId, u64)) -> rusqlite::Result<Option<[u8; 32]>> {
    let sql = "select hash from plan_change where person = ?1 and chain = ?2 and number = ?3";
    let mut query = tx.prepare_cached(sql)?;
    query.query_row(params![person, of.0.as_str(), of.1 as i64], |row| row.get(0)).optional()
}

/// A plan's row.
#[derive(Debug)]
pub struct Document {
    /// Everything through `through`; `None` until first folded.
    pub bytes: Option<Vec<u8>>,
    pub through: u64,
    /// How many changes stand after it.
    pub tail: u64,
}

pub fn document(tx: &Transaction<'_>, person: i64) -> rusqlite::Result<Option<Document>> {
    let sql = "select document, through, tail from plan where person = ?1";
    let read = |row: &rusqlite::Row<'_>| {
        Ok(Document { bytes: row.get(0)?, through: row.get::<_, i64>(1)? as u64, tail: row.get::<_, i64>(2)? as u64 })
    };
    tx.prepare_cached(sql)?.query_row([person], read).optional()
}

/// Whether anybody but `own` changed the plan after that number.
pub fn news(tx: &Transaction<'_>, person: i64, seq: u64, own: &ChainId) -> rusqlite::Result<bool> {
    let sql = "select exists (select 1 from plan_change where person = ?1 and seq > ?2 and chain <> ?3)";
    tx.prepare_cached(sql)?.query_row(params![person, seq as i64, own.as_str()], |row| row.get(0))
}

/// Changes after a number, in the hub's order; those of `but` left out (its author has them).
pub fn after(tx: &Transaction<'_>, person: i64, seq: u64, but: Option<&ChainId>) -> rusqlite::Result<Vec<Stored>> {
    let sql = "select seq, hash, chain, number, bytes from plan_change where person = ?1 and seq > ?2 and chain <> ?3 order by seq";
    let mut query = tx.prepare_cached(sql)?;
    let but = but.map_or("", ChainId::as_str);
    let rows = query.query_map(params![person, seq as i64, but], |row| {
        Ok(Stored {
            seq: row.get::<_, i64>(0)? as u64,
            hash: row.get(1)?,
            chain: row.get(2)?,
            number: row.get::<_, i64>(3)? as u64,
            bytes: row.get(4)?,
        })
    })?;
    rows.collect()
}

/// Puts a document in the place of the bytes of everything through `through`, but for the `keep` newest changes.
pub fn compact(tx: &Transaction<'_>, person: i64, document: &[u8], through: u64, keep: u32) -> rusqlite::Result<()> {
    tx.prepare_cached("update plan set document = ?2, through = ?3, tail = 0 where person = ?1")?.execute(params![
        person,
        document,
        through as i64
    ])?;
    tx.prepare_cached(
        "update plan_change set bytes = null where person = ?1 and seq <= ?2 and seq not in
         (select seq from plan_change where person = ?1 order by seq desc limit ?3)",
    )?
    .execute(params![person, through as i64, keep])?;
    Ok(())
}

/// Keeps a refused change, whole, as an alarm; the same one twice is one alarm.
pub fn refuse(
    tx: &Transaction<'_>,
    person: Option<i64>,
    chain: &ChainId,
    (hash, bytes): (&[u8; 32], &[u8]),
    why: &str,
    now: Stamp,
) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "insert or ignore into plan_refused (at, chain, person, hash, why, bytes) values (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![now.millis(), chain.as_str(), person, hash, why, bytes])?;
    Ok(())
}

/// Alarms: chain, why, how many. For `status`.
pub fn refusals(tx: &Transaction<'_>) -> rusqlite::Result<Vec<(String, String, u64)>> {
    let sql = "select chain, why, count(*) from plan_refused group by chain, why order by chain, why";
    let mut query = tx.prepare_cached(sql)?;
    query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, i64>(2)? as u64)))?.collect()
}

/// Whether this user has, or ever had, to do with the person: somebody who did may still send what they wrote then.
pub fn ever_related(tx: &Transaction<'_>, caseloads: &[i64], person: i64) -> rusqlite::Result<bool> {
    let sql = "select exists (select 1 from caseload_member where caseload = ?1 and person = ?2)
               or exists (select 1 from feed where caseload = ?1 and person = ?2)";
    let mut query = tx.prepare_cached(sql)?;
    for caseload in caseloads {
        if query.query_row(params![caseload, person], |row| row.get(0))? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// When the hub last received a change of this person's plan.
pub fn newest(tx: &Transaction<'_>, person: i64) -> rusqlite::Result<Option<Stamp>> {
    let sql = "select max(received) from plan_change where person = ?1";
    let at: Option<i64> = tx.prepare_cached(sql)?.query_row([person], |row| row.get(0))?;
    Ok(at.map(Stamp::from_millis))
}

/// Of these people, those who have a plan.
pub fn with_plan(tx: &Transaction<'_>, people: &[i64]) -> rusqlite::Result<Vec<i64>> {
    let mut query = tx.prepare_cached("select exists (select 1 from plan where person = ?1)")?;
    let mut found = Vec::new();
    for person in people {
        if query.query_row([person], |row| row.get(0))? {
            found.push(*person);
        }
    }
    Ok(found)
}

/// About how many bytes a whole plan is when it is told, and no fewer: changes travel folded.
pub fn length(tx: &Transaction<'_>, person: i64) -> rusqlite::Result<u64> {
    let sql = "select coalesce(length(p.document), 0) + (select coalesce(sum(length(c.bytes)), 0) from plan_change c
                 where c.person = p.person and c.seq > p.through) from plan p where p.person = ?1";
    tx.prepare_cached(sql)?.query_row([person], |row| row.get::<_, i64>(0)).map(|length| length as u64)
}

/// Everybody with a plan, for `plan list`: person, changes, newest received.
pub fn all(tx: &Transaction<'_>) -> rusqlite::Result<Vec<(PersonId, u64, Stamp)>> {
    let sql =
        "select p.uid, count(*), max(c.received) from plan_change c join person p on p.id = c.person group by c.person
               order by 3 desc";
    let mut query = tx.prepare_cached(sql)?;
    let read = |row: &rusqlite::Row<'_>| {
        let (uid, changes, at) = (row.get(0)?, row.get::<_, i64>(1)? as u64, Stamp::from_millis(row.get(2)?));
        Ok((PersonId::from_bytes(uid), changes, at))
    };
    query.query_map([], read)?.collect()
}
