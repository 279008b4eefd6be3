//! Partners' systems that may ask for FHIR: on whose behalf, until when, and the hash of their credential. The credential itself is nowhere. Not
//! here: whether anybody may see anything (`crate::door`).

use record::people::Organisation;
use record::{OdsCode, Stamp};
use rusqlite::{OptionalExtension, Row, Transaction, params};

/// A partner as registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partner {
    pub id: String,
    pub organisation: Organisation,
    pub added: Stamp,
    pub expires: Stamp,
    pub ended: Option<Stamp>,
    /// To the hour.
    pub used: Option<Stamp>,
}

impl Partner {
    /// Whether its credential is good at this moment.
    pub fn may_ask(&self, now: Stamp) -> bool {
        self.ended.is_none() && now < self.expires
    }
}

/// How often [`Partner::used`] is written at most (milliseconds).
const USED_EVERY: i64 = 3_600_000;

const COLUMNS: &str = "select id, ods, name, added, expires, ended, used from partner";

fn read(row: &Row<'_>) -> rusqlite::Result<Partner> {
    let code: String = row.get(1)?;
    let ods: OdsCode = code
        .parse()
        .map_err(|e| rusqlite::Error::FromSqlConversionFailure(1, rusqlite::types::Type::Text, Box::new(e)))?;
    let stamp = |at: Option<i64>| at.map(Stamp::from_millis);
    Ok(Partner {
        id: row.get(0)?,
        organisation: Organisation { ods, name: row.get(2)? },
        added: Stamp::from_millis(row.get(3)?),
        expires: Stamp::from_millis(row.get(4)?),
        ended: stamp(row.get(5)?),
        used: stamp(row.get(6)?),
    })
}

/// Registers one.
pub fn add(tx: &Transaction<'_>, partner: &Partner, hash: &[u8; 32]) -> rusqlite::Result<()> {
    let sql = "insert into partner (id, ods, name, hash, added, expires) values (?1, ?2, ?3, ?4, ?5, ?6)";
    let (ods, name) = (partner.organisation.ods.as_str(), &partner.organisation.name);
    tx.prepare_cached(sql)?
        .execute(params![partner.id, ods, name, hash, partner.added.millis(), partner.expires.millis()])
        .map(drop)
}

/// Every partner there ever was, the oldest first.
pub fn all(tx: &Transaction<'_>) -> rusqlite::Result<Vec<Partner>> {
    tx.prepare_cached(&format!("{COLUMNS} order by added, id"))?.query_map([], read)?.collect()
}

pub fn get(tx: &Transaction<'_>, id: &str) -> rusqlite::Result<Option<Partner>> {
    tx.prepare_cached(&format!("{COLUMNS} where id = ?1"))?.query_row([id], read).optional()
}

/// Whose credential this is, good or not.
pub fn by_hash(tx: &Transaction<'_>, hash: &[u8; 32]) -> rusqlite::Result<Option<Partner>> {
    tx.prepare_cached(&format!("{COLUMNS} where hash = ?1"))?.query_row([hash], read).optional()
}

/// Ends one; false where it had ended.
pub fn end(tx: &Transaction<'_>, id: &str, now: Stamp) -> rusqlite::Result<bool> {
    let sql = "update partner set ended = ?2 where id = ?1 and ended is null";
    Ok(tx.prepare_cached(sql)?.execute(params![id, now.millis()])? > 0)
}

/// Notes that it asked.
pub fn used(tx: &Transaction<'_>, partner: &Partner, now: Stamp) -> rusqlite::Result<()> {
    if partner.used.is_some_and(|used| now.millis() - used.millis() < USED_EVERY) {
        return Ok(());
    }
    tx.prepare_cached("update partner set used = ?2 where id = ?1")?
        .execute(params![partner.id, now.millis()])
        .map(drop)
}
