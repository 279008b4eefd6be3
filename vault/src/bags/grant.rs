//! By what a device may hold a bag of somebody it does not carry: what the person chose, as it came with the slip from a device that the hub
//! certified, and when that device last confirmed it. The door decides by it as by the hub's rules; the hub's rules take its place when they
//! come. It opens nothing but the bag: nothing else of the person is here.

use crate::fault::VaultFault;
use record::consent::{Recorded, Relationship};
use record::feed::{Rules, Seq};
use record::{PersonId, Stamp};
use rusqlite::{Connection, OptionalExtension, params};

/// Keeps what came with a slip, or with the whole bag after it. `now`: since when it is here, if nothing of this person was.
pub(super) fn put(
    conn: &Connection,
    person: PersonId,
    recorded: &Recorded,
    (checked, banner): (Option<Stamp>, &str),
    now: Stamp,
) -> Result<(), VaultFault> {
    // Whoever receives a person from those who care for them has to do with them (`reference/consent.md` section 6).
    let relationship = Relationship::Established;
    let rules = Rules { person, version: Seq(0), relationship, recorded: recorded.clone() };
    let json = serde_json::to_string(&rules).map_err(|_| VaultFault::Corrupt { what: "rule" })?;
    conn.prepare_cached(
        "insert into bag_grant (person, rules, checked, banner, read_at) values (?1, ?2, ?3, ?4, ?5)
         on conflict do update set rules = excluded.rules, checked = excluded.checked, banner = excluded.banner",
    )?
    .execute(params![person.as_bytes(), json, checked.map(Stamp::millis), banner, now.millis()])?;
    Ok(())
}

/// The rules that came with a bag, and when its giver had confirmed them.
pub(crate) fn rules(conn: &Connection, person: PersonId) -> Result<Option<(Rules, Option<Stamp>)>, VaultFault> {
    let found: Option<(String, Option<i64>)> = conn
        .prepare_cached("select rules, checked from bag_grant where person = ?1")?
        .query_row([person.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((json, checked)) = found else { return Ok(None) };
    let rules = serde_json::from_str(&json).map_err(|_| VaultFault::Corrupt { what: "rule" })?;
    Ok(Some((rules, checked.map(Stamp::from_millis))))
}

/// Since when a bag of this person that came by hand is here.
pub(super) fn read_at(conn: &Connection, person: PersonId) -> Result<Option<Stamp>, VaultFault> {
    let sql = "select coalesce(read_at, 0) from bag_grant where person = ?1 and banner != ''";
    let at: Option<i64> = conn.prepare_cached(sql)?.query_row([person.as_bytes()], |row| row.get(0)).optional()?;
    Ok(at.map(Stamp::from_millis))
}

/// A slip is read again: what came by it is here as long as if it were new.
pub(super) fn read_again(conn: &Connection, person: PersonId, now: Stamp) -> Result<(), VaultFault> {
    conn.prepare_cached("update bag_grant set read_at = ?2 where person = ?1")?
        .execute(params![person.as_bytes(), now.millis()])?;
    Ok(())
}

/// Everybody whose bag came by hand and was here before `then`. Those without a banner are no bag: the hub's rules alone, which say that there may be none.
pub(super) fn since_before(conn: &Connection, then: Stamp) -> Result<Vec<PersonId>, VaultFault> {
    let sql = "select person from bag_grant where coalesce(read_at, 0) <= ?1 and banner != '' order by person";
    let mut query = conn.prepare_cached(sql)?;
    let rows = query.query_map([then.millis()], |row| Ok(PersonId::from_bytes(row.get(0)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Everybody whose bag came to this device by hand.
pub(super) fn all(conn: &Connection) -> Result<Vec<(PersonId, String)>, VaultFault> {
    let mut query = conn.prepare_cached("select person, banner from bag_grant order by banner, person")?;
    let rows = query.query_map([], |row| Ok((PersonId::from_bytes(row.get(0)?), row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
