//! What waits for the next post beside audit and choices: relationships claimed, people wanted again, signed forms.

use crate::fault::VaultFault;
use record::PersonId;
use rusqlite::Connection;
use sync::letter::{ClaimMade, SignedForm};

/// People asked for again in one post.
const AGAIN_A_POST: u32 = 64;

/// Claims that the hub has not answered.
pub(super) fn claims(conn: &Connection) -> Result<Vec<ClaimMade>, VaultFault> {
    let mut query =
        conn.prepare_cached("select key, number, born, why from claim where answer is null order by key")?;
    let rows = query.query_map([], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?, row.get::<_, String>(3)?))
    })?;
    let mut claims = Vec::new();
    for row in rows {
        let (key, number, born, why) = row?;
        let number = number.parse().map_err(|_| VaultFault::Corrupt { what: "claim" })?;
        claims.push(ClaimMade { key, number, born, why });
    }
    Ok(claims)
}

/// Whose content was erased for its age.
pub(super) fn again(conn: &Connection) -> Result<Vec<PersonId>, VaultFault> {
    let mut query = conn.prepare_cached("select person from again order by person limit ?1")?;
    let rows = query.query_map([AGAIN_A_POST], |row| Ok(PersonId::from_bytes(row.get(0)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// One form a post, once the hub holds the choice it belongs to: a photograph must not hold up anything else.
pub(super) fn forms(conn: &Connection) -> Result<Vec<SignedForm>, VaultFault> {
    let sql = "select key, mime, bytes from form where key not in (select key from choice) order by key limit 1";
    let mut query = conn.prepare_cached(sql)?;
    let rows = query.query_map([], |row| Ok(SignedForm { key: row.get(0)?, mime: row.get(1)?, bytes: row.get(2)? }))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
