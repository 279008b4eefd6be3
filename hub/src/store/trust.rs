//! Devices, one-time codes, recorded choices and the policy pack: what the hub must be able to swear to.

use super::caseload::{from_json, json};
use super::journal::{self, What};
use record::consent::{Choice, Recorded};
use record::{DeviceId, StaffId, Stamp};
use rusqlite::{OptionalExtension, Transaction, params};

/// A device as enrolled.
#[derive(Debug, Clone)]
pub struct Enrolment {
    pub device: DeviceId,
    pub staff: StaffId,
    pub signing_key: [u8; 32],
    /// SHA-256 of the device's certificate (DER).
    pub certificate: [u8; 32],
    pub revoked: bool,
}

/// What became of a one-time code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CodeUse {
    /// Good, and now used.
    For(StaffId),
    /// Unknown, expired or used: the outside is told no more than "not accepted".
    Unknown,
    Expired,
    Used,
}

pub fn put_code(tx: &Transaction<'_>, hash: &[u8; 32], staff: &StaffId, expires: Stamp) -> rusqlite::Result<()> {
    tx.prepare_cached("insert into enrol_code (hash, staff, expires) values (?1, ?2, ?3)")?.execute(params![
        hash,
        staff.as_str(),
        expires.millis()
    ])?;
    Ok(())
}

/// Uses a code up, in the caller's transaction.
pub fn use_code(tx: &Transaction<'_>, hash: &[u8; 32], now: Stamp) -> rusqlite::Result<CodeUse> {
    let sql = "select staff, expires, used from enrol_code where hash = ?1";
    let read =
        |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?, row.get::<_, Option<i64>>(2)?));
    let found = tx.prepare_cached(sql)?.query_row([hash], read).optional()?;
    let Some((staff, expires, used)) = found else { return Ok(CodeUse::Unknown) };
    if used.is_some() {
        return Ok(CodeUse::Used);
    }
    if now.millis() >= expires {
        return Ok(CodeUse::Expired);
    }
    let Ok(staff) = staff.parse() else { return Ok(CodeUse::Unknown) };
    tx.prepare_cached("update enrol_code set used = ?2 where hash = ?1")?.execute(params![hash, now.millis()])?;
    Ok(CodeUse::For(staff))
}

pub fn put_device(tx: &Transaction<'_>, new: &Enrolment, now: Stamp) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "insert into device (id, staff, signing_key, certificate, enrolled) values (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![new.device.as_str(), new.staff.as_str(), new.signing_key, new.certificate, now.millis()])?;
    Ok(())
}

pub fn device(tx: &Transaction<'_>, id: &str) -> rusqlite::Result<Option<Enrolment>> {
    let sql = "select id, staff, signing_key, certificate, revoked from device where id = ?1";
    let read = |row: &rusqlite::Row<'_>| {
        Ok(Enrolment {
            device: parsed(row.get(0)?)?,
            staff: parsed(row.get(1)?)?,
            signing_key: row.get(2)?,
            certificate: row.get(3)?,
            revoked: row.get::<_, Option<i64>>(4)?.is_some(),
        })
    };
    tx.prepare_cached(sql)?.query_row([id], read).optional()
}

/// A device in the register, for `status`.
#[derive(Debug, Clone)]
pub struct Registered {
    pub device: DeviceId,
    pub staff: StaffId,
    pub last_post: Option<Stamp>,
    pub revoked: Option<Stamp>,
}

/// Every device ever enrolled, oldest first.
pub fn devices(tx: &Transaction<'_>) -> rusqlite::Result<Vec<Registered>> {
    let stamp = |at: Option<i64>| at.map(Stamp::from_millis);
    let read = |row: &rusqlite::Row<'_>| {
        Ok(Registered {
            device: parsed(row.get(0)?)?,
            staff: parsed(row.get(1)?)?,
            last_post: stamp(row.get(2)?),
            revoked: stamp(row.get(3)?),
        })
    };
    let sql = "select id, staff, last_post, revoked from device order by enrolled";
    tx.prepare_cached(sql)?.query_map([], read)?.collect()
}

/// Ends a device's enrolment; its next post is turned away.
pub fn revoke(tx: &Transaction<'_>, id: &DeviceId, now: Stamp) -> rusqlite::Result<bool> {
    let sql = "update device set revoked = ?2 where id = ?1 and revoked is null";
    Ok(tx.prepare_cached(sql)?.execute(params![id.as_str(), now.millis()])? > 0)
}

/// When a device was last answered.
pub fn last_post(tx: &Transaction<'_>, id: &DeviceId) -> rusqlite::Result<Option<Stamp>> {
    let sql = "select last_post from device where id = ?1";
    let at: Option<i64> = tx.prepare_cached(sql)?.query_row([id.as_str()], |row| row.get(0))?;
    Ok(at.map(Stamp::from_millis))
}

pub fn posted(tx: &Transaction<'_>, id: &DeviceId, now: Stamp) -> rusqlite::Result<()> {
    tx.prepare_cached("update device set last_post = ?2 where id = ?1")?.execute(params![id.as_str(), now.millis()])?;
    Ok(())
}

// ---- choices ------------------------------------------------------------------------------------------------------------

/// The choice in force by hub order, and its number; nothing recorded is number 0.
pub fn choice(tx: &Transaction<'_>, person: i64) -> rusqlite::Result<(u64, Recorded)> {
    let sql = "select seq, recorded from consent where person = ?1 order by seq desc limit 1";
    let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)? as u64, from_json(row.get_ref(1)?)?));
    Ok(tx.prepare_cached(sql)?.query_row([person], read).optional()?.unwrap_or((0, Recorded::nothing())))
}

/// Records a choice as a new immutable version. If its author had not seen the newest one and it says otherwise, a conflict follows
/// it: the most restrictive reading holds until a person settles it (`reference/consent.md` section 4, rule 2). Recording the
/// same key twice is recording once.
pub fn record_choice(
    tx: &Transaction<'_>,
    person: i64,
    recorded: &Recorded,
    key: &str,
    saw: u64,
    now: Stamp,
) -> rusqlite::Result<bool> {
    let (current, held) = choice(tx, person)?;
    if !insert_choice(tx, person, recorded, key, saw, now)? {
        return Ok(false);
    }
    if current > saw && held.choice != recorded.choice {
        let conflict = Recorded { choice: Choice::Conflict, decided: recorded.decided, ..Recorded::nothing() };
        insert_choice(tx, person, &conflict, &format!("{key}/conflict"), current, now)?;
    }
    Ok(true)
}

fn insert_choice(
    tx: &Transaction<'_>,
    person: i64,
    recorded: &Recorded,
    key: &str,
    saw: u64,
    now: Stamp,
) -> rusqlite::Result<bool> {
    let known = "select exists (select 1 from consent where key = ?1)";
    if tx.prepare_cached(known)?.query_row([key], |row| row.get(0))? {
        return Ok(false);
    }
    let seq = journal::changed(tx, person, What::ConsentChanged, None)?;
    tx.prepare_cached(
        "insert into consent (seq, person, recorded, key, saw, received) values (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![seq as i64, person, json(recorded)?, key, saw as i64, now.millis()])?;
    Ok(true)
}

// ---- policy, dictionary -------------------------------------------------------------------------------------------------

/// The newest policy pack: its signed bytes and signature.
pub fn policy(tx: &Transaction<'_>) -> rusqlite::Result<Option<(Vec<u8>, [u8; 64])>> {
    let sql = "select body, signature from policy order by version desc limit 1";
    tx.prepare_cached(sql)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?))).optional()
}

pub fn put_policy(tx: &Transaction<'_>, version: u64, body: &[u8], signature: &[u8; 64]) -> rusqlite::Result<()> {
    tx.prepare_cached("insert into policy (version, body, signature) values (?1, ?2, ?3)")?.execute(params![
        version as i64,
        body,
        signature
    ])?;
    Ok(())
}

pub fn dictionary(tx: &Transaction<'_>) -> rusqlite::Result<Option<(u32, Vec<u8>)>> {
    let sql = "select id, bytes from dictionary order by id desc limit 1";
    tx.prepare_cached(sql)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?))).optional()
}

pub fn put_dictionary(tx: &Transaction<'_>, id: u32, bytes: &[u8]) -> rusqlite::Result<()> {
    tx.prepare_cached("insert into dictionary (id, bytes) values (?1, ?2)")?.execute(params![id, bytes])?;
    Ok(())
}

fn parsed<T: std::str::FromStr>(text: String) -> rusqlite::Result<T>
where
    T::Err: std::error::Error + Send + Sync + 'static,
{
    text.parse().map_err(|e| rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(e)))
}
