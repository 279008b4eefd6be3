//! Frames at rest: what was made for a person, at which head and with which dictionary. What is in them is `crate::frames`' to say.

use record::section::Compartment;
use record::{PersonId, Stamp};
use rusqlite::{OptionalExtension, Transaction, params};

/// The place of the index among a person's frames: the number of no compartment.
const INDEX: i64 = 0;

/// Who a person's row is, and the number of the last happening about them.
pub fn person(tx: &Transaction<'_>, row: i64) -> rusqlite::Result<(PersonId, u64)> {
    tx.prepare_cached("select uid, head from person where id = ?1")?
        .query_row([row], |r| Ok((PersonId::from_bytes(r.get(0)?), r.get::<_, i64>(1)? as u64)))
}

/// The head and the dictionary that a person's frames were made with, if they were made.
pub fn made_with(tx: &Transaction<'_>, row: i64) -> rusqlite::Result<Option<(u64, u32)>> {
    tx.prepare_cached("select head, dictionary from frame where person = ?1 and compartment = ?2")?
        .query_row(params![row, INDEX], |r| Ok((r.get::<_, i64>(0)? as u64, r.get(1)?)))
        .optional()
}

/// A person's frames by number of compartment.
pub fn all(tx: &Transaction<'_>, row: i64) -> rusqlite::Result<Vec<(u8, Vec<u8>)>> {
    let sql = "select compartment, bytes from frame where person = ?1 and compartment > 0 order by 1";
    tx.prepare_cached(sql)?.query_map([row], |r| Ok((r.get(0)?, r.get(1)?)))?.collect()
}

/// What frames are made with: whose, at which head, with which dictionary.
#[derive(Debug, Clone, Copy)]
pub struct Made {
    pub row: i64,
    pub head: u64,
    pub dictionary: u32,
}

/// Keeps the frame of one compartment (1 and up); `raw` is its size unfolded, bytes.
pub fn put(tx: &Transaction<'_>, made: Made, compartment: u8, raw: usize, bytes: &[u8]) -> rusqlite::Result<()> {
    put_at(tx, made, compartment.into(), raw, bytes)
}

/// Keeps the index beside the frames.
pub fn put_index(tx: &Transaction<'_>, made: Made, bytes: &[u8]) -> rusqlite::Result<()> {
    put_at(tx, made, INDEX, 0, bytes)
}

fn put_at(tx: &Transaction<'_>, made: Made, place: i64, raw: usize, bytes: &[u8]) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "insert or replace into frame (person, compartment, head, dictionary, raw_size, bytes)
         values (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![made.row, place, made.head as i64, made.dictionary, raw as i64, bytes])?;
    Ok(())
}

/// The index beside a person's frames.
pub fn index(tx: &Transaction<'_>, row: i64) -> rusqlite::Result<Option<Vec<u8>>> {
    tx.prepare_cached("select bytes from frame where person = ?1 and compartment = ?2")?
        .query_row(params![row, INDEX], |r| r.get(0))
        .optional()
}

/// How many bytes a person's frames are as they lie: those to be read, and the resources whole. `None` where none were made.
pub fn lengths(tx: &Transaction<'_>, row: i64) -> rusqlite::Result<Option<(u64, u64)>> {
    let sql = "select sum(iif(compartment in (?2, ?3), length(bytes), 0)), sum(iif(compartment = ?4, length(bytes), 0))
               from frame where person = ?1 and compartment > 0";
    let number = |compartment: Compartment| i64::from(compartment.number());
    let (emergency, general) = (number(Compartment::Emergency), number(Compartment::General));
    let found: (Option<i64>, Option<i64>) = tx
        .prepare_cached(sql)?
        .query_row(params![row, emergency, general, number(Compartment::Whole)], |r| Ok((r.get(0)?, r.get(1)?)))?;
    Ok(found.0.zip(found.1).map(|(read, whole)| (read as u64, whole as u64)))
}

/// When the newest of a person's medicines was received; `None` where none was.
pub fn newest_medicine(tx: &Transaction<'_>, row: i64) -> rusqlite::Result<Option<Stamp>> {
    let sql = "select max(received) from resource where person = ?1 and kind glob 'Medication*'";
    let at: Option<i64> = tx.prepare_cached(sql)?.query_row([row], |r| r.get(0))?;
    Ok(at.map(Stamp::from_millis))
}

/// When the newest resource about a person was received; the beginning of time where there is none.
pub fn newest(tx: &Transaction<'_>, row: i64) -> rusqlite::Result<Stamp> {
    let sql = "select coalesce(max(received), 0) from resource where person = ?1";
    tx.prepare_cached(sql)?.query_row([row], |r| Ok(Stamp::from_millis(r.get(0)?)))
}

/// Rows of up to `limit` people who are on a caseload: what a dictionary is learnt from.
pub fn sample(tx: &Transaction<'_>, limit: u32) -> rusqlite::Result<Vec<i64>> {
    let sql = "select distinct person from caseload_member order by person limit ?1";
    tx.prepare_cached(sql)?.query_map([limit], |r| r.get(0))?.collect()
}
