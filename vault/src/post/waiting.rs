//! What waits for the next post beside the audit: choices, relationships claimed, people wanted again, signed forms.

use crate::fault::VaultFault;
use record::PersonId;
use record::feed::Seq;
use rusqlite::{Connection, params};
use sync::letter::{ChoiceMade, ClaimMade, SignedForm};

/// People asked for again in one post.
const AGAIN_A_POST: u32 = 64;

/// Choices that the hub does not hold, as they were made.
pub(crate) fn choices(conn: &Connection) -> Result<Vec<ChoiceMade>, VaultFault> {
    let mut query = conn.prepare_cached("select key, person, saw, recorded from choice order by key")?;
    let rows = query.query_map([], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, [u8; 16]>(1)?, row.get::<_, i64>(2)?, row.get::<_, String>(3)?))
    })?;
    let mut choices = Vec::new();
    for row in rows {
        let (key, person, saw, json) = row?;
        let recorded = serde_json::from_str(&json).map_err(|_| VaultFault::Corrupt { what: "choice" })?;
        choices.push(ChoiceMade { key, person: PersonId::from_bytes(person), saw: Seq(saw as u64), recorded });
    }
    Ok(choices)
}

/// Claims that the hub has not answered.
pub(crate) fn claims(conn: &Connection) -> Result<Vec<ClaimMade>, VaultFault> {
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

/// Whose content was erased for its age; not of whom the glass is broken for now: what came would be sealed under another key, and close it.
pub(super) fn again(conn: &Connection, broken: Option<PersonId>) -> Result<Vec<PersonId>, VaultFault> {
    let mut query = conn.prepare_cached("select person from again where person is not ?2 order by person limit ?1")?;
    let but = broken.as_ref().map(PersonId::as_bytes);
    let rows = query.query_map(params![AGAIN_A_POST, but], |row| Ok(PersonId::from_bytes(row.get(0)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// One form a post, once the hub holds the choice it belongs to: a photograph must not hold up anything else.
pub(super) fn forms(conn: &Connection) -> Result<Vec<SignedForm>, VaultFault> {
    let sql = "select key, mime, bytes from form where key not in (select key from choice) order by key limit 1";
    let mut query = conn.prepare_cached(sql)?;
    let rows = query.query_map([], |row| Ok(SignedForm { key: row.get(0)?, mime: row.get(1)?, bytes: row.get(2)? }))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Every form, for the outbox.
pub(crate) fn all_forms(conn: &Connection) -> Result<Vec<SignedForm>, VaultFault> {
    let mut query = conn.prepare_cached("select key, mime, bytes from form order by key")?;
    let rows = query.query_map([], |row| Ok(SignedForm { key: row.get(0)?, mime: row.get(1)?, bytes: row.get(2)? }))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Choices, forms and claims that the hub has not said it holds.
pub(super) fn unsent(conn: &Connection) -> Result<u64, VaultFault> {
    let sql = "select (select count(*) from choice) + (select count(*) from form)
                 + (select count(*) from claim where answer is null)";
    let count: i64 = conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
    Ok(count as u64)
}
