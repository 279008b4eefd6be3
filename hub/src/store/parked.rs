//! What could not be taken in, and what a person ruled of it: the tables `parked` and `patient_ruled`. A row is open until what it holds is admitted
//! (then it is a version of its resource, and gone from here) or a person settled it (then it stays for ever, with who, when and why).
//! Not here: what may be settled how (`crate::intake::settle`).

use super::people::Said;
use super::resources::Key;
use record::Stamp;
use rusqlite::{OptionalExtension, Row, Transaction, params};
use serde::Serialize;

/// Something that could not be taken in.
#[derive(Debug, Clone, Copy)]
pub struct Complaint<'a> {
    pub at: Stamp,
    pub file: &'a str,
    pub line: u64,
    pub reason: &'static str,
    pub detail: &'a str,
    pub body: &'a [u8],
    pub key: &'a [u8; 32],
    /// The resource it is, which may be admitted later, or which it asks to delete …
    pub resource: Option<Key<'a>>,
    /// … once this reference resolves.
    pub waits: Option<&'a str>,
}

/// How a person settled it. The code is stored: never renamed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ruling {
    pub at: Stamp,
    pub by: String,
    pub verdict: String,
    pub why: String,
}

/// What is parked, without its body: safe to list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Parked {
    pub id: i64,
    pub at: Stamp,
    pub file: String,
    pub line: u64,
    pub reason: String,
    pub detail: String,
    /// By whose feed it came, where that is known.
    pub via: Option<i64>,
    pub kind: Option<String>,
    pub rid: Option<String>,
    pub waits: Option<String>,
    /// `None`: open.
    pub settled: Option<Ruling>,
}

impl Parked {
    /// The resource it is, or asks to delete.
    pub fn key(&self) -> Option<Key<'_>> {
        Some(Key { via: self.via?, kind: self.kind.as_deref()?, rid: self.rid.as_deref()? })
    }
}

/// The verdict by which something is left out of every record, and still keeps in doubt whom its id means.
pub const SET_ASIDE: &str = "SET_ASIDE";
/// Its reason where a feed asks to delete: such a row is no version of the resource it names.
const DELETE_ASKED: &str = "DELETE_ASKED";

const COLUMNS: &str = "id, at, file, line, reason, detail, via, kind, rid, waits, settled, settled_by, verdict, why";

fn parked(row: &Row<'_>) -> rusqlite::Result<Parked> {
    let settled: Option<i64> = row.get(10)?;
    let ruling = |at: i64| -> rusqlite::Result<Ruling> {
        Ok(Ruling { at: Stamp::from_millis(at), by: row.get(11)?, verdict: row.get(12)?, why: row.get(13)? })
    };
    Ok(Parked {
        id: row.get(0)?,
        at: Stamp::from_millis(row.get(1)?),
        file: row.get(2)?,
        line: row.get::<_, i64>(3)? as u64,
        reason: row.get(4)?,
        detail: row.get(5)?,
        via: row.get(6)?,
        kind: row.get(7)?,
        rid: row.get(8)?,
        waits: row.get(9)?,
        settled: settled.map(ruling).transpose()?,
    })
}

/// Parks something; parking it twice is once, and so is what a person settled. Says whether it is new.
pub fn park(tx: &Transaction<'_>, c: &Complaint<'_>) -> rusqlite::Result<bool> {
    tx.prepare_cached(
        "insert into parked (at, file, line, reason, detail, body, key, via, kind, rid, waits)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) on conflict (key) do nothing",
    )?
    .execute(params![
        c.at.millis(),
        c.file,
        c.line as i64,
        c.reason,
        c.detail,
        c.body,
        c.key.as_slice(),
        c.resource.map(|r| r.via),
        c.resource.map(|r| r.kind),
        c.resource.map(|r| r.rid),
        c.waits
    ])
    .map(|rows| rows > 0)
}

/// It has been admitted after all: what it holds is a version of its resource now.
pub fn unpark(tx: &Transaction<'_>, id: i64) -> rusqlite::Result<()> {
    tx.prepare_cached("delete from parked where id = ?1 and settled is null")?.execute([id]).map(drop)
}

/// Says anew why something is parked, and what it waits for.
pub fn repark(tx: &Transaction<'_>, id: i64, reason: &str, detail: &str, waits: Option<&str>) -> rusqlite::Result<()> {
    let sql =
        "update parked set reason = ?2, detail = ?3, waits = ?4 where id = ?1 and (reason <> ?2 or waits is not ?4)";
    tx.prepare_cached(sql)?.execute(params![id, reason, detail, waits]).map(drop)
}

/// One row, open or settled.
pub fn get(tx: &Transaction<'_>, id: i64) -> rusqlite::Result<Option<Parked>> {
    let sql = format!("select {COLUMNS} from parked where id = ?1");
    tx.prepare_cached(&sql)?.query_row([id], parked).optional()
}

/// What is open of this resource, oldest first.
pub fn open_of(tx: &Transaction<'_>, key: Key<'_>) -> rusqlite::Result<Vec<Parked>> {
    let sql = format!(
        "select {COLUMNS} from parked where via = ?1 and kind = ?2 and rid = ?3 and settled is null and reason <> ?4 order by id"
    );
    let mut statement = tx.prepare_cached(&sql)?;
    statement.query_map(params![key.via, key.kind, key.rid, DELETE_ASKED], parked)?.collect()
}

/// The newest row parked, or zero.
pub fn last(tx: &Transaction<'_>) -> rusqlite::Result<i64> {
    tx.query_row("select coalesce(max(id), 0) from parked", [], |row| row.get(0))
}

/// Why it is in doubt whom this resource's id means, if it is: a version of it is open, or was set aside and no other came since.
pub fn doubt(tx: &Transaction<'_>, key: Key<'_>) -> rusqlite::Result<Option<String>> {
    let sql = "select reason from parked where via = ?1 and kind = ?2 and rid = ?3 and reason <> ?4
                 and (settled is null or verdict = ?5) order by id desc limit 1";
    tx.prepare_cached(sql)?
        .query_row(params![key.via, key.kind, key.rid, DELETE_ASKED, SET_ASIDE], |row| row.get(0))
        .optional()
}

/// The doubt is over that a version set aside left: a version came that says who it is. Who set it aside, and why, stays.
pub fn end_doubt(tx: &Transaction<'_>, key: Key<'_>) -> rusqlite::Result<()> {
    let sql = "update parked set verdict = 'SET_ASIDE_AND_OVER'
               where via = ?1 and kind = ?2 and rid = ?3 and settled is not null and verdict = ?4";
    tx.prepare_cached(sql)?.execute(params![key.via, key.kind, key.rid, SET_ASIDE]).map(drop)
}

/// Whether any whole resource is parked: most hubs most of the time have none, and then nothing need be looked up.
pub fn any(tx: &Transaction<'_>) -> rusqlite::Result<bool> {
    tx.prepare_cached("select 1 from parked where rid is not null and (settled is null or verdict = ?1)")?
        .exists([SET_ASIDE])
}

/// Open rows that wait for somebody, after the row `after`, to be tried again.
pub fn waiting(tx: &Transaction<'_>, after: i64, limit: u32) -> rusqlite::Result<Vec<Parked>> {
    let sql = format!(
        "select {COLUMNS} from parked where waits is not null and settled is null and id > ?1 order by id limit ?2"
    );
    tx.prepare_cached(&sql)?.query_map(params![after, limit], parked)?.collect()
}

/// The open rows that wait for a patient resource.
pub fn waiting_for(tx: &Transaction<'_>, via: i64, patient: &str) -> rusqlite::Result<Vec<i64>> {
    let sql = "select id from parked where via = ?1 and waits in ('Patient/' || ?2, 'urn:uuid:' || ?2)
                 and settled is null order by id";
    tx.prepare_cached(sql)?.query_map(params![via, patient], |row| row.get(0))?.collect()
}

/// What is parked, oldest first, after the row `after`; what was settled too, if `all`.
pub fn list(tx: &Transaction<'_>, all: bool, after: i64, limit: u32) -> rusqlite::Result<Vec<Parked>> {
    let sql = format!("select {COLUMNS} from parked where id > ?1 and (?3 or settled is null) order by id limit ?2");
    tx.prepare_cached(&sql)?.query_map(params![after, limit, all], parked)?.collect()
}

/// How many things are open for each reason.
pub fn count(tx: &Transaction<'_>) -> rusqlite::Result<Vec<(String, u64)>> {
    let mut statement =
        tx.prepare("select reason, count(*) from parked where settled is null group by reason order by reason")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)? as u64)))?;
    rows.collect()
}

/// How many a person settled.
pub fn count_settled(tx: &Transaction<'_>) -> rusqlite::Result<u64> {
    tx.query_row("select count(*) from parked where settled is not null", [], |row| row.get::<_, i64>(0))
        .map(|n| n as u64)
}

/// The body of something parked, still compressed.
pub fn body(tx: &Transaction<'_>, id: i64) -> rusqlite::Result<Option<Vec<u8>>> {
    tx.prepare_cached("select body from parked where id = ?1")?.query_row([id], |row| row.get(0)).optional()
}

/// A person settled it. What was settled before stays as it was.
pub fn settle(tx: &Transaction<'_>, id: i64, ruling: &Ruling) -> rusqlite::Result<()> {
    let sql =
        "update parked set settled = ?2, settled_by = ?3, verdict = ?4, why = ?5 where id = ?1 and settled is null";
    tx.prepare_cached(sql)?.execute(params![id, ruling.at.millis(), ruling.by, ruling.verdict, ruling.why]).map(drop)
}

/// Something set aside at `at` is open again, with what waited for it and was set aside with it.
pub fn reopen(tx: &Transaction<'_>, row: &Parked, at: Stamp) -> rusqlite::Result<()> {
    let sql = "update parked set settled = null, settled_by = null, verdict = null, why = null
               where verdict = ?1 and settled = ?2
                 and (id = ?3 or (via = ?4 and ?5 = 'Patient' and waits in ('Patient/' || ?6, 'urn:uuid:' || ?6)))";
    tx.prepare_cached(sql)?.execute(params![SET_ASIDE, at.millis(), row.id, row.via, row.kind, row.rid]).map(drop)
}

/// A person ruled that this patient resource, saying `said`, is not that person; `was`: it was linked to them until then.
pub fn rule_out(
    tx: &Transaction<'_>,
    (via, patient): (i64, &str),
    person: i64,
    said: &Said,
    was: bool,
) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "insert into patient_ruled (via, patient, person, born, family, given, was) values (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         on conflict (via, patient, person) do update set born = ?4, family = ?5, given = ?6, was = max(was, ?7)",
    )?
    .execute(params![via, patient, person, said.born, said.family, said.given, was])
    .map(drop)
}

/// Whom a patient resource was ruled not to be, while it says `said`.
pub fn ruled_out(tx: &Transaction<'_>, (via, patient): (i64, &str), said: &Said) -> rusqlite::Result<Vec<i64>> {
    let sql = "select person from patient_ruled
               where via = ?1 and patient = ?2 and born = ?3 and family = ?4 and given = ?5";
    tx.prepare_cached(sql)?
        .query_map(params![via, patient, said.born, said.family, said.given], |row| row.get(0))?
        .collect()
}

/// Whether any id changed hands by a person's ruling: nearly no hub has one.
pub fn any_changed_hands(tx: &Transaction<'_>) -> rusqlite::Result<bool> {
    tx.prepare_cached("select 1 from patient_ruled where was = 1")?.exists([])
}

/// Whether an id of this feed meant this person until somebody ruled that it does not.
pub fn meant_before(tx: &Transaction<'_>, via: i64, person: i64) -> rusqlite::Result<bool> {
    tx.prepare_cached("select 1 from patient_ruled where via = ?1 and person = ?2 and was = 1")?
        .exists(params![via, person])
}
