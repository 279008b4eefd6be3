//! eRed Bags at rest: signed notes in the hub's order, appended and never removed; who may have which; what was refused. What a note says
//! was read before it came (`hub::bags`).

use super::caseload::{from_json, json};
use super::next_seq;
use record::bag::{BagId, HomeForm, NoteId};
use record::visit::PhotoId;
use record::{ChainId, OdsCode, PersonId, StaffId, Stamp};
use rusqlite::{OptionalExtension, Transaction, params};

/// A note to be kept.
#[derive(Debug)]
pub struct Fresh<'a> {
    pub id: NoteId,
    pub bag: BagId,
    pub chain: &'a ChainId,
    pub staff: &'a StaffId,
    pub at: Stamp,
    /// It goes with the bag to whoever takes it.
    pub travels: bool,
    pub bytes: &'a [u8],
    pub signature: &'a [u8; 64],
}

/// A bag's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub person: i64,
    pub home: OdsCode,
}

/// Begins a bag; one that began already is left as it is.
pub fn begin(tx: &Transaction<'_>, bag: BagId, person: i64, home: &OdsCode) -> rusqlite::Result<()> {
    tx.prepare_cached("insert or ignore into bag (id, person, home) values (?1, ?2, ?3)")?.execute(params![
        bag.as_bytes(),
        person,
        home.as_str()
    ])?;
    Ok(())
}

pub fn row(tx: &Transaction<'_>, bag: BagId) -> rusqlite::Result<Option<Row>> {
    let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?));
    let found = tx
        .prepare_cached("select person, home from bag where id = ?1")?
        .query_row([bag.as_bytes()], read)
        .optional()?;
    Ok(found.and_then(|(person, home)| Some(Row { person, home: home.parse().ok()? })))
}

/// Keeps a note under the next number; gives whether it is new.
pub fn add(tx: &Transaction<'_>, note: &Fresh<'_>, now: Stamp) -> rusqlite::Result<bool> {
    if has(tx, note.id)? {
        return Ok(false);
    }
    let seq = next_seq(tx)?;
    tx.prepare_cached(
        "insert into bag_note (seq, id, bag, chain, staff, at, received, travels, bytes, signature)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .execute(params![
        seq as i64,
        note.id.as_bytes(),
        note.bag.as_bytes(),
        note.chain.as_str(),
        note.staff.as_str(),
        note.at.millis(),
        now.millis(),
        note.travels,
        note.bytes,
        note.signature
    ])?;
    Ok(true)
}

/// When the newest note of a bag was written, by its author's clock.
pub fn newest(tx: &Transaction<'_>, bag: BagId) -> rusqlite::Result<Option<Stamp>> {
    let sql = "select max(at) from bag_note where bag = ?1";
    let at: Option<i64> = tx.prepare_cached(sql)?.query_row([bag.as_bytes()], |row| row.get(0))?;
    Ok(at.map(Stamp::from_millis))
}

pub fn has(tx: &Transaction<'_>, note: NoteId) -> rusqlite::Result<bool> {
    tx.prepare_cached("select exists (select 1 from bag_note where id = ?1)")?
        .query_row([note.as_bytes()], |row| row.get(0))
}

/// Whether the note is in this bag.
pub fn is_in(tx: &Transaction<'_>, note: NoteId, bag: BagId) -> rusqlite::Result<bool> {
    tx.prepare_cached("select exists (select 1 from bag_note where id = ?1 and bag = ?2)")?
        .query_row(params![note.as_bytes(), bag.as_bytes()], |row| row.get(0))
}

/// Gives somebody a right to a bag: from now on, and to all of it so far. `by_hand`: they took it over; else it is by their caseload.
pub fn entitle(tx: &Transaction<'_>, bag: BagId, staff: &StaffId, by_hand: bool) -> rusqlite::Result<()> {
    let held: Option<bool> = tx
        .prepare_cached("select by_hand from bag_right where bag = ?1 and staff = ?2")?
        .query_row(params![bag.as_bytes(), staff.as_str()], |row| row.get(0))
        .optional()?;
    if held.is_some_and(|held| held || !by_hand) {
        return Ok(());
    }
    let seq = next_seq(tx)?;
    tx.prepare_cached("insert or replace into bag_right (bag, staff, seq, by_hand) values (?1, ?2, ?3, ?4)")?
        .execute(params![bag.as_bytes(), staff.as_str(), seq as i64, by_hand])?;
    Ok(())
}

/// Whoever took a bag of this person over by hand is owed all of it again, under a new number.
pub fn owed_anew(tx: &Transaction<'_>, person: i64) -> rusqlite::Result<()> {
    let held =
        "select exists (select 1 from bag b join bag_right r on r.bag = b.id where b.person = ?1 and r.by_hand = 1)";
    if !tx.prepare_cached(held)?.query_row([person], |row| row.get(0))? {
        return Ok(());
    }
    let seq = next_seq(tx)?;
    let sql = "update bag_right set seq = ?2 where by_hand = 1 and bag in (select id from bag where person = ?1)";
    tx.prepare_cached(sql)?.execute(params![person, seq as i64])?;
    Ok(())
}

pub fn is_entitled_by_hand(tx: &Transaction<'_>, bag: BagId, staff: &StaffId) -> rusqlite::Result<bool> {
    tx.prepare_cached("select exists (select 1 from bag_right where bag = ?1 and staff = ?2 and by_hand = 1)")?
        .query_row(params![bag.as_bytes(), staff.as_str()], |row| row.get(0))
}

/// Whether this user took a bag over by hand in which a file of the person is named. The name of one that was not released with it, the hash of
/// its bytes, never came to them.
pub fn is_held_by_hand(
    tx: &Transaction<'_>,
    (person, file): (i64, PhotoId),
    staff: &StaffId,
) -> rusqlite::Result<bool> {
    let sql = "select exists (select 1 from bag_file f join bag_note n on n.id = f.named_by
               join bag_right r on r.bag = n.bag and r.staff = ?3 and r.by_hand = 1
               where f.person = ?1 and f.photo = ?2)";
    tx.prepare_cached(sql)?.query_row(params![person, file.as_bytes(), staff.as_str()], |row| row.get(0))
}

/// Takes back a right that came by a caseload: when it may be had again, everything is owed again.
pub fn disentitle(tx: &Transaction<'_>, bag: BagId, staff: &StaffId) -> rusqlite::Result<()> {
    tx.prepare_cached("delete from bag_right where bag = ?1 and staff = ?2 and by_hand = 0")?
        .execute(params![bag.as_bytes(), staff.as_str()])?;
    Ok(())
}

/// Bags of people on this caseload that its user has no right to yet.
pub fn without_right(tx: &Transaction<'_>, caseload: i64, staff: &StaffId) -> rusqlite::Result<Vec<(BagId, i64)>> {
    let sql = "select b.id, b.person from caseload_member m join bag b on b.person = m.person where m.caseload = ?1
               and not exists (select 1 from bag_right r where r.bag = b.id and r.staff = ?2)";
    let mut query = tx.prepare_cached(sql)?;
    query
        .query_map(params![caseload, staff.as_str()], |row| Ok((BagId::from_bytes(row.get(0)?), row.get(1)?)))?
        .collect()
}

/// A note that somebody is owed, and the number under which they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owed {
    pub seq: u64,
    pub id: NoteId,
    pub bag: BagId,
    /// When it came, in hub time.
    pub received: Stamp,
    pub person: i64,
    pub by_hand: bool,
    pub bytes: Vec<u8>,
    pub signature: [u8; 64],
}

/// What this user is owed after a number, in order. The home's working on its form is for the home's own staff.
pub fn owed(
    tx: &Transaction<'_>,
    (chain, staff, ods): (&ChainId, &StaffId, &OdsCode),
    after: u64,
) -> rusqlite::Result<Vec<Owed>> {
    let sql = "select max(n.seq, r.seq) as place, n.bag, b.person, r.by_hand, n.bytes, n.signature, n.id, n.received
               from bag_right r join bag b on b.id = r.bag join bag_note n on n.bag = r.bag
               where r.staff = ?1 and max(n.seq, r.seq) > ?2 and (n.travels = 1 or b.home = ?3)
                 and not (n.chain = ?4 and n.seq > r.seq)
               order by place, n.seq";
    let mut query = tx.prepare_cached(sql)?;
    let rows = query.query_map(params![staff.as_str(), after as i64, ods.as_str(), chain.as_str()], |row| {
        Ok(Owed {
            seq: row.get::<_, i64>(0)? as u64,
            bag: BagId::from_bytes(row.get(1)?),
            person: row.get(2)?,
            by_hand: row.get(3)?,
            bytes: row.get(4)?,
            signature: row.get(5)?,
            id: NoteId::from_bytes(row.get(6)?),
            received: Stamp::from_millis(row.get(7)?),
        })
    })?;
    rows.collect()
}

/// Keeps what a home asks and counts from now on.
pub fn put_form(tx: &Transaction<'_>, form: &HomeForm, now: Stamp) -> rusqlite::Result<()> {
    let seq = next_seq(tx)?;
    tx.prepare_cached("insert into home_form (seq, home, body, at) values (?1, ?2, ?3, ?4)")?.execute(params![
        seq as i64,
        form.home.as_str(),
        json(form)?,
        now.millis()
    ])?;
    Ok(())
}

/// What a home asks and counts, if that changed after a number, and the number under which its devices are owed it.
pub fn form(tx: &Transaction<'_>, home: &OdsCode, after: u64) -> rusqlite::Result<Option<(HomeForm, u64)>> {
    let sql = "select body, seq from home_form where home = ?1 and seq > ?2 order by seq desc limit 1";
    let read = |row: &rusqlite::Row<'_>| Ok((from_json(row.get_ref(0)?)?, row.get::<_, i64>(1)? as u64));
    tx.prepare_cached(sql)?.query_row(params![home.as_str(), after as i64], read).optional()
}

/// Homes that have, or had, a form of their own.
pub fn homes_with_form(tx: &Transaction<'_>) -> rusqlite::Result<Vec<OdsCode>> {
    let mut query = tx.prepare_cached("select distinct home from home_form order by home")?;
    let homes = query.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    Ok(homes.iter().filter_map(|home| home.parse().ok()).collect())
}

/// Keeps a refused note, whole, as an alarm; the same one twice is one alarm.
pub fn refuse(
    tx: &Transaction<'_>,
    chain: &ChainId,
    (id, bytes): (NoteId, &[u8]),
    why: &str,
    now: Stamp,
) -> rusqlite::Result<()> {
    tx.prepare_cached("insert or ignore into bag_refused (at, chain, id, why, bytes) values (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![now.millis(), chain.as_str(), id.as_bytes(), why, bytes])?;
    Ok(())
}

/// A note's bytes, its signature, and when it came.
pub type Kept = (Vec<u8>, [u8; 64], Stamp);

/// Every note of a bag, in the hub's order, with when it came.
pub fn notes(tx: &Transaction<'_>, bag: BagId) -> rusqlite::Result<Vec<Kept>> {
    let mut query = tx.prepare_cached("select bytes, signature, received from bag_note where bag = ?1 order by seq")?;
    query.query_map([bag.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?, Stamp::from_millis(row.get(2)?))))?.collect()
}

/// Every bag there ever was, the newest first, with when its newest note came.
pub fn all(tx: &Transaction<'_>) -> rusqlite::Result<Vec<(BagId, PersonId, Stamp)>> {
    let sql = "select b.id, p.uid, max(n.received) from bag b join person p on p.id = b.person join bag_note n on n.bag = b.id
               group by b.id order by 3 desc";
    let mut query = tx.prepare_cached(sql)?;
    let read = |row: &rusqlite::Row<'_>| {
        Ok((BagId::from_bytes(row.get(0)?), PersonId::from_bytes(row.get(1)?), Stamp::from_millis(row.get(2)?)))
    };
    query.query_map([], read)?.collect()
}

/// Every bag with the number of its newest note: whether anything came since it was looked at last.
pub fn newest_of_each(tx: &Transaction<'_>) -> rusqlite::Result<Vec<(BagId, u64)>> {
    let mut query = tx.prepare_cached("select bag, max(seq) from bag_note group by bag")?;
    let rows = query.query_map([], |row| Ok((BagId::from_bytes(row.get(0)?), row.get::<_, i64>(1)? as u64)))?;
    rows.collect()
}
