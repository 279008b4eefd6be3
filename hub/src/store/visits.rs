//! Acts at rest: as they were signed, in the hub's order, appended and never removed or changed (the database refuses both); and what was
//! refused. What an act says was read before it came (`hub::visits`).

use super::journal::What;
use super::next_seq;
use record::visit::SignedAct;
use record::{ChainId, Stamp};
use rusqlite::{OptionalExtension, Transaction, params};

/// An act to be taken in.
#[derive(Debug)]
pub struct Fresh<'a> {
    pub person: i64,
    pub chain: &'a ChainId,
    pub at: Stamp,
    pub signed: &'a SignedAct,
}

/// An act as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    pub seq: u64,
    pub chain: String,
    pub signed: SignedAct,
}

/// Adds an act under the next number; gives whether it was not held before. Does not tell anybody yet.
pub fn add(tx: &Transaction<'_>, act: &Fresh<'_>, now: Stamp) -> rusqlite::Result<bool> {
    let id = act.signed.id();
    let known = "select seq from visit_act where id = ?1";
    let known: Option<i64> = tx.prepare_cached(known)?.query_row([id.as_bytes()], |row| row.get(0)).optional()?;
    if known.is_some() {
        return Ok(false);
    }
    let seq = next_seq(tx)?;
    tx.prepare_cached(
        "insert into visit_act (seq, id, person, chain, at, received, bytes, signature)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        seq as i64,
        id.as_bytes(),
        act.person,
        act.chain.as_str(),
        act.at.millis(),
        now.millis(),
        act.signed.bytes,
        act.signed.signature
    ])?;
    Ok(true)
}

/// Tells every caseload that holds the person that something was done. Their record did not change: frames stay as they are.
pub fn tell(tx: &Transaction<'_>, person: i64) -> rusqlite::Result<()> {
    let seq = next_seq(tx)?;
    tx.prepare_cached(
        "insert into feed (caseload, seq, person, what)
         select caseload, ?2, ?1, ?3 from caseload_member where person = ?1",
    )?
    .execute(params![person, seq as i64, What::VisitActed.number()])?;
    Ok(())
}

/// Whether anybody but `own` did anything at a visit after that number.
pub fn news(tx: &Transaction<'_>, person: i64, seq: u64, own: &ChainId) -> rusqlite::Result<bool> {
    let sql = "select exists (select 1 from visit_act where person = ?1 and seq > ?2 and chain <> ?3)";
    tx.prepare_cached(sql)?.query_row(params![person, seq as i64, own.as_str()], |row| row.get(0))
}

/// Acts after a number, in the hub's order; those of `but` left out (their author has them).
pub fn after(tx: &Transaction<'_>, person: i64, seq: u64, but: Option<&ChainId>) -> rusqlite::Result<Vec<Stored>> {
    let sql = "select seq, chain, bytes, signature from visit_act where person = ?1 and seq > ?2 and chain <> ?3 order by seq";
    let mut query = tx.prepare_cached(sql)?;
    let but = but.map_or("", ChainId::as_str);
    let rows = query.query_map(params![person, seq as i64, but], |row| {
        Ok(Stored {
            seq: row.get::<_, i64>(0)? as u64,
            chain: row.get(1)?,
            signed: SignedAct { bytes: row.get(2)?, signature: row.get(3)? },
        })
    })?;
    rows.collect()
}

/// Everything done for a person, in the hub's order, each with when the hub received it.
pub fn received(tx: &Transaction<'_>, person: i64) -> rusqlite::Result<Vec<(SignedAct, Stamp)>> {
    let sql = "select bytes, signature, received from visit_act where person = ?1 order by seq";
    let read = |row: &rusqlite::Row<'_>| {
        Ok((SignedAct { bytes: row.get(0)?, signature: row.get(1)? }, Stamp::from_millis(row.get(2)?)))
    };
    tx.prepare_cached(sql)?.query_map([person], read)?.collect()
}

/// Of these people, those for whom something was done.
pub fn with_acts(tx: &Transaction<'_>, people: &[i64]) -> rusqlite::Result<Vec<i64>> {
    let mut query = tx.prepare_cached("select exists (select 1 from visit_act where person = ?1)")?;
    let mut found = Vec::new();
    for person in people {
        if query.query_row([person], |row| row.get(0))? {
            found.push(*person);
        }
    }
    Ok(found)
}

/// About how many bytes all acts for somebody are when they are told, and no fewer: they travel folded.
pub fn length(tx: &Transaction<'_>, person: i64) -> rusqlite::Result<u64> {
    let sql = "select coalesce(sum(length(bytes) + length(signature)), 0) from visit_act where person = ?1";
    tx.prepare_cached(sql)?.query_row([person], |row| row.get::<_, i64>(0)).map(|length| length as u64)
}

/// Keeps a refused act, whole; the same one twice is one.
pub fn refuse(
    tx: &Transaction<'_>,
    person: Option<i64>,
    chain: &ChainId,
    act: &SignedAct,
    why: &str,
    now: Stamp,
) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "insert or ignore into visit_refused (at, chain, person, act, why, bytes) values (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![now.millis(), chain.as_str(), person, act.id().as_bytes(), why, act.bytes])?;
    Ok(())
}
