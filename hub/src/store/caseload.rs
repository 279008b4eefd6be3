//! Staff, caseloads and who is on them. Every change of membership is told to the caseload's feed, so that devices add and purge by
//! cursor like everything else.

use super::journal::What;
use super::next_seq;
use record::consent::Relationship;
use record::people::{Actor, Organisation};
use record::{ChainId, OdsCode, StaffId};
use rusqlite::{OptionalExtension, Transaction, params};

/// A caseload as registered.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Caseload {
    pub code: String,
    pub name: String,
    pub organisation: Organisation,
    pub staff: Vec<String>,
    pub people: u64,
}

/// Registers or replaces a member of staff. Devices keep the actor they were enrolled with until enrolled again.
pub fn put_staff(tx: &Transaction<'_>, actor: &Actor, active: bool) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "insert into staff (id, actor, active) values (?1, ?2, ?3)
         on conflict (id) do update set actor = excluded.actor, active = excluded.active",
    )?
    .execute(params![actor.staff.as_str(), json(actor)?, active])?;
    tx.prepare_cached("insert or ignore into staff_was (staff, actor) values (?1, ?2)")?
        .execute(params![actor.staff.as_str(), json(actor)?])
        .map(drop)
}

/// What the register ever called a member of staff.
#[derive(Debug, Default)]
pub struct Called {
    ever: Vec<Actor>,
    /// Their device was enrolled when nobody kept what they were called then.
    unkept: bool,
}

impl Called {
    /// Whether they were ever called so: name, job title, the name of their organisation.
    pub fn is(&self, name: &str, title: &str, organisation: &str) -> bool {
        let so = |actor: &Actor| actor.name == name && actor.title == title && actor.organisation.name == organisation;
        self.unkept || self.ever.iter().any(so)
    }
}

/// What whoever writes in this chain was ever called.
pub fn called(tx: &Transaction<'_>, chain: &ChainId, id: &StaffId) -> rusqlite::Result<Called> {
    let mut query = tx.prepare_cached("select actor from staff_was where staff = ?1")?;
    let ever = query.query_map([id.as_str()], |row| from_json(row.get_ref(0)?))?.collect::<Result<_, _>>()?;
    let device = chain.as_str().split('/').next().unwrap_or_default();
    let sql = "select names_unkept from device where id = ?1";
    let unkept: Option<bool> = tx.prepare_cached(sql)?.query_row([device], |row| row.get(0)).optional()?;
    Ok(Called { ever, unkept: unkept.unwrap_or(false) })
}

/// A member of staff and whether they are active.
pub fn staff(tx: &Transaction<'_>, id: &StaffId) -> rusqlite::Result<Option<(Actor, bool)>> {
    let sql = "select actor, active from staff where id = ?1";
    let read = |row: &rusqlite::Row<'_>| Ok((from_json(row.get_ref(0)?)?, row.get::<_, i64>(1)? != 0));
    tx.prepare_cached(sql)?.query_row([id.as_str()], read).optional()
}

pub fn all_staff(tx: &Transaction<'_>) -> rusqlite::Result<Vec<(Actor, bool)>> {
    let mut query = tx.prepare_cached("select actor, active from staff order by id")?;
    let rows = query.query_map([], |row| Ok((from_json(row.get_ref(0)?)?, row.get::<_, i64>(1)? != 0)))?;
    rows.collect()
}

/// Registers a caseload; gives its row.
pub fn put_caseload(tx: &Transaction<'_>, code: &str, name: &str, of: &Organisation) -> rusqlite::Result<i64> {
    tx.prepare_cached(
        "insert into caseload (code, name, organisation) values (?1, ?2, ?3)
         on conflict (code) do update set name = excluded.name, organisation = excluded.organisation returning id",
    )?
    .query_row(params![code, name, json(of)?], |row| row.get(0))
}

pub fn caseload_row(tx: &Transaction<'_>, code: &str) -> rusqlite::Result<Option<i64>> {
    tx.prepare_cached("select id from caseload where code = ?1")?.query_row([code], |row| row.get(0)).optional()
}

/// Code and name of every caseload.
pub fn titles(tx: &Transaction<'_>) -> rusqlite::Result<Vec<(String, String)>> {
    tx.prepare_cached("select code, name from caseload")?.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

pub fn all_caseloads(tx: &Transaction<'_>) -> rusqlite::Result<Vec<Caseload>> {
    let sql = "select id, code, name, organisation,
                 (select count(*) from caseload_member where caseload = caseload.id) from caseload order by code";
    let mut query = tx.prepare_cached(sql)?;
    let mut staff_of = tx.prepare_cached("select staff from caseload_staff where caseload = ?1 order by staff")?;
    let rows = query.query_map([], |row| {
        let id: i64 = row.get(0)?;
        let staff = staff_of.query_map([id], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(Caseload {
            code: row.get(1)?,
            name: row.get(2)?,
            organisation: from_json(row.get_ref(3)?)?,
            staff,
            people: row.get::<_, i64>(4)? as u64,
        })
    })?;
    rows.collect()
}

/// Puts a member of staff on a caseload. What that brings them is new to their devices, so it is told as if each person joined.
pub fn assign(tx: &Transaction<'_>, caseload: i64, staff: &StaffId) -> rusqlite::Result<bool> {
    let sql = "insert or ignore into caseload_staff (caseload, staff) values (?1, ?2)";
    if tx.prepare_cached(sql)?.execute(params![caseload, staff.as_str()])? == 0 {
        return Ok(false);
    }
    let posted = "select exists (select 1 from device where staff = ?1 and last_post is not null)";
    let posted: bool = tx.prepare_cached(posted)?.query_row([staff.as_str()], |row| row.get(0))?;
    if posted {
        let mut query = tx.prepare_cached("select person from caseload_member where caseload = ?1")?;
        let people = query.query_map([caseload], |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
        for person in people {
            tell(tx, caseload, person, What::MemberAdded)?;
        }
    }
    Ok(true)
}

/// Takes a member of staff off a caseload; their devices are told to purge whom no other caseload of theirs holds.
pub fn unassign(tx: &Transaction<'_>, caseload: i64, staff: &StaffId) -> rusqlite::Result<bool> {
    let sql = "delete from caseload_staff where caseload = ?1 and staff = ?2";
    if tx.prepare_cached(sql)?.execute(params![caseload, staff.as_str()])? == 0 {
        return Ok(false);
    }
    // Their devices read the feeds of their caseloads only, so the leaving is told through a feed of their own.
    let mut query = tx.prepare_cached("select person from caseload_member where caseload = ?1")?;
    let people = query.query_map([caseload], |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
    let own = own_feed(tx, staff)?;
    for person in people {
        tell(tx, own, person, What::MemberRemoved)?;
    }
    Ok(true)
}

/// Every member of staff has a caseload of their own, empty, that tells their devices what concerns only them.
pub(super) fn own_feed(tx: &Transaction<'_>, staff: &StaffId) -> rusqlite::Result<i64> {
    let code = format!("~{staff}");
    let sql = "insert into caseload (code, name, organisation) values (?1, '', '{\"ods\":\"NONE\",\"name\":\"\"}')
               on conflict (code) do update set name = '' returning id";
    let id = tx.prepare_cached(sql)?.query_row([code], |row| row.get(0))?;
    tx.prepare_cached("insert or ignore into caseload_staff (caseload, staff) values (?1, ?2)")?
        .execute(params![id, staff.as_str()])?;
    Ok(id)
}

/// Puts a person on a caseload, or changes the relationship. Gives whether anything changed.
pub fn join(tx: &Transaction<'_>, caseload: i64, person: i64, relationship: Relationship) -> rusqlite::Result<bool> {
    let sql = "insert into caseload_member (caseload, person, relationship) values (?1, ?2, ?3)
               on conflict (caseload, person) do update set relationship = excluded.relationship
               where relationship <> excluded.relationship";
    let changed = tx.prepare_cached(sql)?.execute(params![caseload, person, relationship.code()])? > 0;
    if changed {
        tell(tx, caseload, person, What::MemberAdded)?;
    }
    Ok(changed)
}

/// Takes a person off a caseload: devices that carry them for no other reason purge.
pub fn leave(tx: &Transaction<'_>, caseload: i64, person: i64) -> rusqlite::Result<bool> {
    let sql = "delete from caseload_member where caseload = ?1 and person = ?2";
    let changed = tx.prepare_cached(sql)?.execute(params![caseload, person])? > 0;
    if changed {
        tell(tx, caseload, person, What::MemberRemoved)?;
    }
    Ok(changed)
}

fn tell(tx: &Transaction<'_>, caseload: i64, person: i64, what: What) -> rusqlite::Result<()> {
    let seq = next_seq(tx)?;
    tx.prepare_cached("insert into feed (caseload, seq, person, what) values (?1, ?2, ?3, ?4)")?.execute(params![
        caseload,
        seq as i64,
        person,
        what.number()
    ])?;
    Ok(())
}

/// The caseloads this member of staff hears.
pub fn caseloads_of(tx: &Transaction<'_>, staff: &StaffId) -> rusqlite::Result<Vec<i64>> {
    let mut query = tx.prepare_cached("select caseload from caseload_staff where staff = ?1 order by caseload")?;
    query.query_map([staff.as_str()], |row| row.get(0))?.collect()
}

/// The caseloads of an organisation: whom they hold, its own systems may ask about.
pub fn caseloads_of_organisation(tx: &Transaction<'_>, ods: &OdsCode) -> rusqlite::Result<Vec<i64>> {
    let sql = "select id from caseload where json_extract(organisation, '$.ods') = ?1 order by id";
    tx.prepare_cached(sql)?.query_map([ods.as_str()], |row| row.get(0))?.collect()
}

/// The strongest relationship that puts this person on one of these caseloads; `None` if none does.
pub fn relationship(tx: &Transaction<'_>, caseloads: &[i64], person: i64) -> rusqlite::Result<Option<Relationship>> {
    let mut query =
        tx.prepare_cached("select relationship from caseload_member where caseload = ?1 and person = ?2")?;
    let mut best = None;
    for caseload in caseloads {
        let code: Option<String> = query.query_row(params![caseload, person], |row| row.get(0)).optional()?;
        let found = code.as_deref().and_then(Relationship::from_code);
        best = match (best, found) {
            (Some(a), Some(b)) => Some(Relationship::min(a, b)),
            (a, b) => a.or(b),
        };
    }
    Ok(best)
}

/// People on any of these caseloads with a row number above `after`, in order.
pub fn members_after(tx: &Transaction<'_>, caseloads: &[i64], after: u64, limit: u32) -> rusqlite::Result<Vec<i64>> {
    let mut people: Vec<i64> = Vec::new();
    let sql = "select person from caseload_member where caseload = ?1 and person > ?2 order by person limit ?3";
    let mut query = tx.prepare_cached(sql)?;
    for caseload in caseloads {
        let rows = query.query_map(params![caseload, after as i64, limit], |row| row.get::<_, i64>(0))?;
        people.extend(rows.collect::<Result<Vec<_>, _>>()?);
    }
    people.sort_unstable();
    people.dedup();
    people.truncate(limit as usize);
    Ok(people)
}

/// Everybody on any caseload whose frames are older than their newest change, or not made yet.
pub fn stale_members(tx: &Transaction<'_>, limit: u32) -> rusqlite::Result<Vec<i64>> {
    let sql = "select distinct p.id from caseload_member m join person p on p.id = m.person
               left join frame f on f.person = p.id and f.compartment = 0
               where f.head is null or f.head < p.head order by p.id limit ?1";
    tx.prepare_cached(sql)?.query_map([limit], |row| row.get(0))?.collect()
}

pub(super) fn json<T: serde::Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|e| rusqlite::Error::ToSqlConversionFailure(Box::new(e)))
}

pub(super) fn from_json<T: serde::de::DeserializeOwned>(value: rusqlite::types::ValueRef<'_>) -> rusqlite::Result<T> {
    let bytes = value.as_bytes().map_err(rusqlite::Error::from)?;
    serde_json::from_slice(bytes)
        .map_err(|e| rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(e)))
}
