//! Licences, what was sent to each device, and where it stood when last heard of. Not the rules of licences (`record::lease`), not the
//! words of a report (`crate::manifest`).

use super::caseload::{from_json, json};
use record::lease::Terms;
use record::{ChainId, DeviceId, PersonId, StaffId, Stamp};
use rusqlite::{OptionalExtension, Transaction, params};

const TERMS: &str = "licence-terms";

/// The region's terms.
pub fn terms(tx: &Transaction<'_>) -> rusqlite::Result<Terms> {
    let kept = tx
        .prepare_cached("select value from meta where key = ?1")?
        .query_row([TERMS], |row| from_json(row.get_ref(0)?));
    Ok(kept.optional()?.unwrap_or(Terms::STANDARD))
}

pub fn put_terms(tx: &Transaction<'_>, terms: Terms) -> rusqlite::Result<()> {
    tx.prepare_cached("insert or replace into meta (key, value) values (?1, ?2)")?
        .execute(params![TERMS, json(&terms)?.into_bytes()])?;
    Ok(())
}

pub fn shift_end(tx: &Transaction<'_>, staff: &StaffId) -> rusqlite::Result<Option<Stamp>> {
    let sql = "select ends from shift where staff = ?1";
    let ends: Option<i64> = tx.prepare_cached(sql)?.query_row([staff.as_str()], |row| row.get(0)).optional()?;
    Ok(ends.map(Stamp::from_millis))
}

pub fn put_shift(tx: &Transaction<'_>, staff: &StaffId, ends: Stamp) -> rusqlite::Result<()> {
    tx.prepare_cached("insert or replace into shift (staff, ends) values (?1, ?2)")?
        .execute(params![staff.as_str(), ends.millis()])?;
    Ok(())
}

/// Where a device stood at its last post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    pub at: Stamp,
    pub cursor: u64,
    pub epoch: u32,
    /// Entries in its audit chain.
    pub head: u64,
    pub choices: u64,
    pub licence: Option<Stamp>,
}

pub fn contact(tx: &Transaction<'_>, device: &DeviceId) -> rusqlite::Result<Option<Contact>> {
    let sql = "select at, cursor, epoch, head, choices, licence from contact where device = ?1";
    let read = |row: &rusqlite::Row<'_>| {
        Ok(Contact {
            at: Stamp::from_millis(row.get(0)?),
            cursor: row.get::<_, i64>(1)? as u64,
            epoch: row.get(2)?,
            head: row.get::<_, i64>(3)? as u64,
            choices: row.get::<_, i64>(4)? as u64,
            licence: row.get::<_, Option<i64>>(5)?.map(Stamp::from_millis),
        })
    };
    tx.prepare_cached(sql)?.query_row([device.as_str()], read).optional()
}

pub fn put_contact(tx: &Transaction<'_>, device: &DeviceId, c: &Contact) -> rusqlite::Result<()> {
    let sql = "insert or replace into contact (device, at, cursor, epoch, head, choices, licence)
               values (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    tx.prepare_cached(sql)?.execute(params![
        device.as_str(),
        c.at.millis(),
        c.cursor as i64,
        c.epoch,
        c.head as i64,
        c.choices as i64,
        c.licence.map(Stamp::millis)
    ])?;
    Ok(())
}

/// The device was heard from, and stood where it had stood.
pub fn heard(tx: &Transaction<'_>, device: &DeviceId, at: Stamp) -> rusqlite::Result<()> {
    super::trust::posted(tx, device, at)?;
    let sql = "update contact set at = ?2 where device = ?1";
    tx.prepare_cached(sql)?.execute(params![device.as_str(), at.millis()]).map(drop)
}

// ---- ended devices ------------------------------------------------------------------------------------------------------

/// Devices whose enrolment ended, or whose user left, and that were heard of since `after`: their certificates may still be in force.
pub fn ended_since(tx: &Transaction<'_>, after: Stamp) -> rusqlite::Result<Vec<DeviceId>> {
    let sql = "select d.id from device d join staff s on s.id = d.staff
               where (d.revoked is not null or s.active = 0) and max(d.enrolled, coalesce(d.last_post, 0)) > ?1 order by d.id";
    let mut query = tx.prepare_cached(sql)?;
    let rows = query.query_map([after.millis()], |row| row.get::<_, String>(0))?;
    Ok(rows.collect::<Result<Vec<_>, _>>()?.iter().filter_map(|id| id.parse().ok()).collect())
}

/// Asked at every post: by its index, whatever the number of devices.
const LAST_ENDED: &str = "select coalesce(max(revoked), 0) from device where revoked is not null";

/// When a device's enrolment was last ended, of all devices.
pub fn last_ended(tx: &Transaction<'_>) -> rusqlite::Result<Stamp> {
    let at: i64 = tx.prepare_cached(LAST_ENDED)?.query_row([], |row| row.get(0))?;
    Ok(Stamp::from_millis(at))
}

pub fn put_reason(tx: &Transaction<'_>, device: &DeviceId, reason: &str) -> rusqlite::Result<()> {
    tx.prepare_cached("update device set reason = ?2 where id = ?1")?.execute(params![device.as_str(), reason])?;
    Ok(())
}

pub fn reason(tx: &Transaction<'_>, device: &DeviceId) -> rusqlite::Result<Option<String>> {
    let sql = "select reason from device where id = ?1";
    Ok(tx.prepare_cached(sql)?.query_row([device.as_str()], |row| row.get(0)).optional()?.flatten())
}

/// Keeps what an ended device sent, once.
pub fn put_late(
    tx: &Transaction<'_>,
    device: &DeviceId,
    hash: &[u8; 32],
    bytes: &[u8],
    now: Stamp,
) -> rusqlite::Result<()> {
    tx.prepare_cached("insert or ignore into late_post (device, received, hash, bytes) values (?1, ?2, ?3, ?4)")?
        .execute(params![device.as_str(), now.millis(), hash, bytes])?;
    Ok(())
}

pub fn count_late(tx: &Transaction<'_>, device: &DeviceId) -> rusqlite::Result<u64> {
    let sql = "select count(*) from late_post where device = ?1";
    tx.prepare_cached(sql)?.query_row([device.as_str()], |row| row.get::<_, i64>(0)).map(|n| n as u64)
}

// ---- extensions between colleagues --------------------------------------------------------------------------------------

/// Which side of an extension an entry tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Taken,
    Given,
}

/// A licence lengthened between colleagues, as the two chains tell it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Extension {
    pub taker: String,
    pub giver: String,
    pub taken: Option<Stamp>,
    pub given: Option<Stamp>,
    /// When the first side reached the hub.
    pub noted: Stamp,
}

pub fn note_extension(
    tx: &Transaction<'_>,
    request: &[u8; 8],
    (taker, giver): (&ChainId, &ChainId),
    (side, until): (Side, Stamp),
    now: Stamp,
) -> rusqlite::Result<()> {
    let (taken, given) = match side {
        Side::Taken => (Some(until.millis()), None),
        Side::Given => (None, Some(until.millis())),
    };
    let sql = "insert into extension (request, taker, giver, taken, given, noted) values (?1, ?2, ?3, ?4, ?5, ?6)
               on conflict do update set taken = coalesce(taken, ?4), given = coalesce(given, ?5)";
    let (taker, giver) = (taker.as_str(), giver.as_str());
    tx.prepare_cached(sql)?.execute(params![request, taker, giver, taken, given, now.millis()])?;
    Ok(())
}

pub fn extensions(tx: &Transaction<'_>) -> rusqlite::Result<Vec<Extension>> {
    let sql = "select taker, giver, taken, given, noted from extension order by noted, taker";
    let stamp = |at: Option<i64>| at.map(Stamp::from_millis);
    let read = |row: &rusqlite::Row<'_>| {
        Ok(Extension {
            taker: row.get(0)?,
            giver: row.get(1)?,
            taken: stamp(row.get(2)?),
            given: stamp(row.get(3)?),
            noted: Stamp::from_millis(row.get(4)?),
        })
    };
    tx.prepare_cached(sql)?.query_map([], read)?.collect()
}

/// Extensions that one side tells and the other, though heard of since, does not: somebody's device or code was misused.
pub fn one_sided(tx: &Transaction<'_>) -> rusqlite::Result<Vec<Extension>> {
    let mut alone = Vec::new();
    for extension in extensions(tx)? {
        let silent = match (extension.taken, extension.given) {
            (Some(_), None) => &extension.giver,
            // Given and not taken is a code that was not used: nothing to look at.
            _ => continue,
        };
        let device = silent.split('/').next().and_then(|d| d.parse().ok());
        let heard = device.map(|d: DeviceId| contact(tx, &d)).transpose()?.flatten();
        if heard.is_some_and(|c| c.at > extension.noted) || extension.taker == extension.giver {
            alone.push(extension);
        }
    }
    Ok(alone)
}

/// A chain's entries, oldest first, over all its epochs.
pub fn entries_of(tx: &Transaction<'_>, chain: &ChainId) -> rusqlite::Result<Vec<Vec<u8>>> {
    let sql = "select e.bytes from audit_entry e join audit_chain c on c.id = e.chain
               where c.name = ?1 and e.aside = 0 order by e.epoch, e.seq";
    tx.prepare_cached(sql)?.query_map([chain.as_str()], |row| row.get(0))?.collect()
}

// ---- manifests ----------------------------------------------------------------------------------------------------------

/// The newest manifest of a device: its number and bytes.
pub fn last_manifest(tx: &Transaction<'_>, device: &DeviceId) -> rusqlite::Result<Option<(u64, Vec<u8>)>> {
    let sql = "select number, bytes from manifest where device = ?1 order by number desc limit 1";
    let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)? as u64, row.get(1)?));
    tx.prepare_cached(sql)?.query_row([device.as_str()], read).optional()
}

pub fn put_manifest(
    tx: &Transaction<'_>,
    device: &DeviceId,
    number: u64,
    (bytes, signature): (&[u8], &[u8; 64]),
) -> rusqlite::Result<()> {
    tx.prepare_cached("insert into manifest (device, number, bytes, signature) values (?1, ?2, ?3, ?4)")?
        .execute(params![device.as_str(), number as i64, bytes, signature])?;
    Ok(())
}

/// Every manifest of a device, oldest first.
pub fn manifests(tx: &Transaction<'_>, device: &DeviceId) -> rusqlite::Result<Vec<(Vec<u8>, [u8; 64])>> {
    let mut query = tx.prepare_cached("select bytes, signature from manifest where device = ?1 order by number")?;
    query.query_map([device.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

/// Whom a person is for a report: NHS number, and the row for lists.
pub fn identity(tx: &Transaction<'_>, person: PersonId) -> rusqlite::Result<Option<record::feed::Listing>> {
    let sql = "select listing from person where uid = ?1 and listing is not null";
    tx.prepare_cached(sql)?.query_row([person.as_bytes()], |row| from_json(row.get_ref(0)?)).optional()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    /// Every post asks; a table of all devices read each time cost 194 ms with 700,000 of them.
    #[test]
    fn what_every_post_asks_reads_no_table_of_all_devices() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join("hub.db"), &[7; 32]).unwrap();
        let plan: String =
            store.read(|tx| tx.query_row(&format!("explain query plan {LAST_ENDED}"), [], |row| row.get(3))).unwrap();
        assert!(plan.contains("device_revoked"), "{plan}");
    }
}
