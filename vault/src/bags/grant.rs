//! By what a device may hold a bag of somebody it does not carry: what the person chose, as it came with the slip from a device that the hub
//! certified, and when that device last confirmed it. The door decides by it as by the hub's rules; the hub's rules take its place when they
//! come. It opens nothing but the bag: nothing else of the person is here.

use crate::fault::VaultFault;
use record::consent::{Recorded, Relationship};
use record::feed::{Rules, Seq};
use record::{PersonId, Stamp};
use rusqlite::{Connection, OptionalExtension, params};

/// Keeps what came with a slip, or with the whole bag after it.
pub(super) fn put(
    conn: &Connection,
    person: PersonId,
    recorded: &Recorded,
    (checked, banner): (Option<Stamp>, &str),
) -> Result<(), VaultFault> {
    // Whoever receives a person from those who care for them has to do with them (`reference/consent.md` section 6).
    let relationship = Relationship::Established;
    let rules = Rules { person, version: Seq(0), relationship, recorded: recorded.clone() };
    let json = serde_json::to_string(&rules).map_err(|_| VaultFault::Corrupt { what: "rule" })?;
    conn.prepare_cached("insert or replace into bag_grant (person, rules, checked, banner) values (?1, ?2, ?3, ?4)")?
        .execute(params![person.as_bytes(), json, checked.map(Stamp::millis), banner])?;
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

/// Everybody whose bag came to this device by hand.
pub(super) fn all(conn: &Connection) -> Result<Vec<(PersonId, String)>, VaultFault> {
    let mut query = conn.prepare_cached("select person, banner from bag_grant order by banner, person")?;
    let rows = query.query_map([], |row| Ok((PersonId::from_bytes(row.get(0)?), row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
