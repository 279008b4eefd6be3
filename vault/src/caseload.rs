//! Whom this device carries: the list and search. Narrow rows only, never a body. Showing a list is itself recorded.

use crate::content::SEALED;
use crate::door::{Door, rules_of};
use crate::fault::VaultFault;
use record::audit::Event;
use record::consent::Relationship;
use record::feed::{Listing, terms};
use record::summary::Source;
use record::{PersonId, SourceId, Stamp};
use rusqlite::{Connection, OptionalExtension, params_from_iter};

/// One row of the caseload.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub listing: Listing,
    pub relationship: Relationship,
    pub carried: bool,
    /// The content is here, and only break-glass opens it.
    pub sealed: bool,
}

/// Rows that match `search` (all for an empty one), and how many people there are in all.
pub fn list(door: &mut Door, search: &str, now: Stamp) -> Result<(Vec<Row>, u64), VaultFault> {
    door.errand(now, |errand| {
        let rows = select(errand.tx(), search)?;
        let total: i64 = errand.tx().prepare_cached("select count(*) from person")?.query_row([], |row| row.get(0))?;
        errand.log(Event::Listed { shown: rows.len() as u64, searched: !search.trim().is_empty() })?;
        Ok((rows, total as u64))
    })
}

/// The query itself, without the entry: for the list above, and measured alone by the benchmark.
pub(crate) fn select(conn: &Connection, search: &str) -> Result<Vec<Row>, VaultFault> {
    let terms = terms(search);
    let sql = if terms.is_empty() {
        "select l.row, l.carried, p.rules from listing l join person p using (id)".to_owned()
    } else {
        let tests = (1..=terms.len()).map(|n| format!("instr(words, ?{n}) > 0")).collect::<Vec<_>>().join(" and ");
        format!(
            "select l.row, l.carried, p.rules from finder f join listing l using (id) join person p using (id) where {tests}"
        )
    };
    let mut query = conn.prepare_cached(&sql)?;
    let mut rows = query.query(params_from_iter(terms))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let listing = serde_json::from_str(row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?);
        let rules: Result<Tie, _> = serde_json::from_slice(row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?);
        let (Ok(listing), Ok(tie)) = (listing, rules) else { return Err(VaultFault::Corrupt { what: "listing" }) };
        let carried: i64 = row.get(1)?;
        let (carried, sealed) = (carried != 0, carried == SEALED);
        found.push(Row { listing, relationship: tie.relationship, carried, sealed });
    }
    Ok(found)
}

/// Of a person's rules a list needs only the relationship.
#[derive(serde::Deserialize)]
struct Tie {
    relationship: Relationship,
}

/// One person's row, for a page about them.
pub fn row(door: &Door, person: PersonId) -> Result<Option<Row>, VaultFault> {
    door.glance(|conn| {
        let found: Option<(String, i64)> = conn
            .prepare_cached("select l.row, l.carried from listing l join person p using (id) where p.uid = ?1")?
            .query_row([person.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((json, carried)) = found else { return Ok(None) };
        let listing = serde_json::from_str(&json).map_err(|_| VaultFault::Corrupt { what: "listing" })?;
        let relationship = rules_of(conn, person)?.map_or(Relationship::None, |rules| rules.relationship);
        Ok(Some(Row { listing, relationship, carried: carried != 0, sealed: carried == SEALED }))
    })
}

/// Some sources of the directory, so that names show offline.
pub fn sources(door: &Door, wanted: &[SourceId]) -> Result<Vec<Source>, VaultFault> {
    door.glance(|conn| {
        let mut found = Vec::with_capacity(wanted.len());
        for id in wanted {
            found.extend(source(conn, *id)?);
        }
        Ok(found)
    })
}

/// One source of the directory.
pub(crate) fn source(conn: &Connection, id: SourceId) -> Result<Option<Source>, VaultFault> {
    let mut query = conn.prepare_cached("select body from source where id = ?1")?;
    let body: Option<String> = query.query_row([id.0], |row| row.get(0)).optional()?;
    body.map(|body| serde_json::from_str(&body).map_err(|_| VaultFault::Corrupt { what: "source" })).transpose()
}
