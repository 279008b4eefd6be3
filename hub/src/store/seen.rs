//! Who saw whose work: one row for each author, person, role and organisation, numbered anew whenever it says more. Changes of plans have a table of
//! their own, which is older; one count numbers both.

use record::bag::BagId;
use record::people::{Actor, Role};
use record::{ChainId, PersonId, StaffId, Stamp};
use rusqlite::{Row, Transaction, params};
use sync::seen::{Of, Seen};

/// The next number of what is to be told: one count for both tables.
fn next(tx: &Transaction<'_>) -> rusqlite::Result<i64> {
    let sql = "select max(coalesce((select max(number) from plan_seen), 0), coalesce((select max(number) from work_seen), 0)) + 1";
    tx.prepare_cached(sql)?.query_row([], |row| row.get(0))
}

/// Authors, but for `own`, of changes of this plan up to a place in the hub's order, each with the number of their newest one.
pub fn authors(tx: &Transaction<'_>, person: i64, through: u64, own: &ChainId) -> rusqlite::Result<Vec<(String, u64)>> {
    let sql =
        "select chain, max(number) from plan_change where person = ?1 and seq <= ?2 and chain <> ?3 group by chain";
    let mut query = tx.prepare_cached(sql)?;
    let rows = query.query_map(params![person, through as i64, own.as_str()], author)?;
    rows.collect()
}

/// An author, and how far.
fn author(row: &Row<'_>) -> rusqlite::Result<(String, u64)> {
    Ok((row.get(0)?, row.get::<_, i64>(1)? as u64))
}

/// Notes a look; one that says nothing new is not told again.
pub fn note(
    tx: &Transaction<'_>,
    (author, person, through): (&str, i64, u64),
    by: &Actor,
    at: Stamp,
) -> rusqlite::Result<()> {
    let sql = "insert into plan_seen (number, author, person, role, ods, organisation, through, at)
               values (?8, ?1, ?2, ?3, ?4, ?5, ?6, ?7)
               on conflict (author, person, role, ods) do update set
                 number = excluded.number, organisation = ?5, through = ?6, at = ?7 where through < ?6";
    tx.prepare_cached(sql)?
        .execute(params![
            author,
            person,
            by.role.code(),
            by.organisation.ods.as_str(),
            by.organisation.name,
            through as i64,
            at.millis(),
            next(tx)?
        ])
        .map(drop)
}

/// Authors, but for `own`, of what a look at visits, or at a record, shows of this person up to a place in the hub's order, each with how far.
pub fn work_authors(
    tx: &Transaction<'_>,
    (of, person): (Of, i64),
    through: u64,
    own: &ChainId,
) -> rusqlite::Result<Vec<(String, u64)>> {
    let sql = match of {
        Of::Visits => {
            "select chain, max(at) from visit_act where person = ?1 and seq <= ?2 and chain <> ?3 group by chain"
        }
        // Only the newest choice of a person binds, so only it is seen.
        Of::Choice => {
            "select a.chain, a.choice from choice_author a where a.chain <> ?3
               and a.choice = (select max(seq) from consent where person = ?1 and seq <= ?2)"
        }
        // A bag is told of to whom it was given: `bag_authors`.
        Of::Bag => return Ok(Vec::new()),
    };
    let mut query = tx.prepare_cached(sql)?;
    let rows = query.query_map(params![person, through as i64, own.as_str()], author)?;
    rows.collect()
}

/// Authors, but for `own`, of the notes that go with a bag, as far as the hub has told them to this member of staff: up to a place in its order, counted from
/// when they were let have it. Each with the time of their newest.
pub fn bag_authors(
    tx: &Transaction<'_>,
    (bag, staff): (BagId, &StaffId),
    through: u64,
    own: &ChainId,
) -> rusqlite::Result<Vec<(String, u64)>> {
    let sql = "select n.chain, max(n.at) from bag_note n join bag_right r on r.bag = n.bag and r.staff = ?2
               where n.bag = ?1 and n.travels = 1 and max(n.seq, r.seq) <= ?3 and n.chain <> ?4 group by n.chain";
    let mut query = tx.prepare_cached(sql)?;
    let rows = query.query_map(params![bag.as_bytes(), staff.as_str(), through as i64, own.as_str()], author)?;
    rows.collect()
}

/// Notes a look at work beside plans; one that says nothing new is not told again.
pub fn note_work(
    tx: &Transaction<'_>,
    of: Of,
    (author, person, through): (&str, i64, u64),
    by: &Actor,
    at: Stamp,
) -> rusqlite::Result<()> {
    let sql = "insert into work_seen (number, kind, author, person, role, ods, organisation, through, at)
               values (?8, ?9, ?1, ?2, ?3, ?4, ?5, ?6, ?7)
               on conflict (kind, author, person, role, ods) do update set
                 number = excluded.number, organisation = ?5, through = ?6, at = ?7 where through < ?6";
    tx.prepare_cached(sql)?
        .execute(params![
            author,
            person,
            by.role.code(),
            by.organisation.ods.as_str(),
            by.organisation.name,
            through as i64,
            at.millis(),
            next(tx)?,
            of.number()
        ])
        .map(drop)
}

/// A choice was taken down on this device.
pub fn choice_by(tx: &Transaction<'_>, choice: u64, author: &ChainId) -> rusqlite::Result<()> {
    let sql = "insert or ignore into choice_author (choice, chain) values (?1, ?2)";
    tx.prepare_cached(sql)?.execute(params![choice as i64, author.as_str()]).map(drop)
}

/// Of one telling, plans and the rest each.
const MOST: u32 = 200;

/// What this author has not been told of work beside plans, with the number of each.
pub fn untold_work(tx: &Transaction<'_>, author: &ChainId, after: u64) -> rusqlite::Result<Vec<(u64, Of, Seen)>> {
    let sql = "select s.number, p.uid, s.through, s.role, s.organisation, s.at, s.kind from work_seen s
               join person p on p.id = s.person where s.author = ?1 and s.number > ?2 order by s.number limit ?3";
    let mut query = tx.prepare_cached(sql)?;
    let mut rows = query.query(params![author.as_str(), after as i64, MOST])?;
    let mut seen = Vec::new();
    while let Some(row) = rows.next()? {
        let Some(of) = Of::from_number(row.get::<_, i64>(6)? as u64) else { continue };
        seen.push((row.get::<_, i64>(0)? as u64, of, told(row)?));
    }
    Ok(seen)
}

fn told(row: &Row<'_>) -> rusqlite::Result<Seen> {
    Ok(Seen {
        person: PersonId::from_bytes(row.get(1)?),
        through: row.get::<_, i64>(2)? as u64,
        role: Role::from_code(&row.get::<_, String>(3)?).unwrap_or(Role::CareStaff),
        organisation: row.get(4)?,
        at: Stamp::from_millis(row.get(5)?),
    })
}

/// What this author has not been told of plans, with the number of each.
pub fn untold(tx: &Transaction<'_>, author: &ChainId, after: u64) -> rusqlite::Result<Vec<(u64, Seen)>> {
    let sql = "select s.number, p.uid, s.through, s.role, s.organisation, s.at from plan_seen s
               join person p on p.id = s.person where s.author = ?1 and s.number > ?2 order by s.number limit ?3";
    let mut query = tx.prepare_cached(sql)?;
    let rows = query.query_map(params![author.as_str(), after as i64, MOST], |row| {
        Ok((row.get::<_, i64>(0)? as u64, told(row)?))
    })?;
    rows.collect()
}

/// How many of one telling: a table that had more to say says it with the next.
pub const fn is_full(count: usize) -> bool {
    count >= MOST as usize
}
