//! Devices, one-time codes, recorded choices and the policy pack: what the hub must be able to swear to.

use super::alerts::{self, Kind};
use super::bags;
use super::caseload::{from_json, json};
use super::journal::{self, What};
use ed25519_dalek::VerifyingKey;
use record::consent::{Channel, Choice, Meeting, Pack, Recorded};
use record::{DeviceId, StaffId, Stamp};
use rusqlite::{OptionalExtension, Transaction, params};
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

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

/// Keys that were unpacked before, by their bytes: to find the point that a key names is a twentieth of what a quiet post costs, and a device's key is the
/// same all its life. Nothing is decided by what is in here: a key that is not is unpacked again.
static UNPACKED: LazyLock<Mutex<HashMap<[u8; 32], VerifyingKey>>> = LazyLock::new(Mutex::default);
/// Of more devices than this the memory is begun again (some 230 B a key).
const MOST_UNPACKED: usize = 1 << 16;

/// The key that a signature is checked with; `None` if these bytes are none.
pub fn unpacked(key: &[u8; 32]) -> Option<VerifyingKey> {
    let mut known = UNPACKED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(key) = known.get(key) {
        return Some(*key);
    }
    let fresh = VerifyingKey::from_bytes(key).ok()?;
    if known.len() >= MOST_UNPACKED {
        known.clear();
    }
    known.insert(*key, fresh);
    Some(fresh)
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

/// The number of the choice recorded under a key; 0 for none.
pub fn choice_seq(tx: &Transaction<'_>, key: &str) -> rusqlite::Result<u64> {
    let sql = "select seq from consent where key = ?1";
    let seq: Option<i64> = tx.prepare_cached(sql)?.query_row([key], |row| row.get(0)).optional()?;
    Ok(seq.unwrap_or(0) as u64)
}

/// The key of the choice in force: where it came from.
pub fn choice_key(tx: &Transaction<'_>, person: i64) -> rusqlite::Result<Option<String>> {
    let sql = "select key from consent where person = ?1 order by seq desc limit 1";
    tx.prepare_cached(sql)?.query_row([person], |row| row.get(0)).optional()
}

/// Records a choice as a new immutable version. If its author had not seen the newest one and it says otherwise, a conflict follows
/// it: the most restrictive reading holds until a person settles it (`reference/consent.md` section 4, rule 2). A conflict is settled
/// only by a choice that names every side of it. Recording the same key twice is recording once.
pub fn record_choice(
    tx: &Transaction<'_>,
    person: i64,
    recorded: &Recorded,
    key: &str,
    saw: u64,
    now: Stamp,
) -> rusqlite::Result<bool> {
    let (current, held) = choice(tx, person)?;
    match held.meets(recorded, now) {
        Meeting::Follows => {}
        Meeting::Covered => return Ok(false),
        Meeting::Forbidden => {
            let by = recorded.by.as_ref().map_or("", |by| by.name.as_str());
            let detail = format!("a best-interests yes, recorded by {by} after the person's no, was not taken");
            alerts::about_choice(tx, Kind::JudgedAgainst, (person, current), &detail, now)?;
            return Ok(false);
        }
    }
    let Some(seq) = insert_choice(tx, person, recorded, key, saw, now)? else { return Ok(false) };
    let unseen = current > saw && held.contradicts(recorded);
    let unsettled = held.choice == Choice::Conflict
        && recorded.choice != Choice::Conflict
        && !held.between.iter().all(|side| recorded.settles.contains(&side.seq));
    if unseen || unsettled {
        let conflict = recorded.against(seq, &held, current);
        if let Some(seq) = insert_choice(tx, person, &conflict, &format!("{key}/conflict"), current, now)? {
            alerts::about_choice(tx, Kind::Conflict, (person, seq), "two choices made apart", now)?;
        }
    } else if held.choice == Choice::Conflict {
        let by = recorded.by.as_ref().map_or("", |by| by.name.as_str());
        alerts::settled(tx, person, by, now)?;
    } else if matches!(held.choice, Choice::N1 | Choice::N2) && recorded.choice.is_yes() {
        // Anybody may change their mind; whoever asked them is alone with what they answered.
        if let Some(by) = recorded.by.as_ref().filter(|by| by.how == Channel::Device) {
            let detail = format!("taken down by {}", by.name);
            alerts::about_choice(tx, Kind::NoLifted, (person, seq), &detail, now)?;
        }
    }
    Ok(true)
}

/// The number of the new version; `None` where the key is known.
fn insert_choice(
    tx: &Transaction<'_>,
    person: i64,
    recorded: &Recorded,
    key: &str,
    saw: u64,
    now: Stamp,
) -> rusqlite::Result<Option<u64>> {
    let known = "select exists (select 1 from consent where key = ?1)";
    if tx.prepare_cached(known)?.query_row([key], |row| row.get(0))? {
        return Ok(None);
    }
    let seq = journal::changed(tx, person, What::ConsentChanged, None)?;
    // No caseload's feed tells those who have the person's bag by hand.
    bags::owed_anew(tx, person)?;
    tx.prepare_cached(
        "insert into consent (seq, person, recorded, key, saw, received) values (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    // SQLite's integers end at 2^63: "saw everything" is its largest.
    .execute(params![
        seq as i64,
        person,
        json(recorded)?,
        key,
        i64::try_from(saw).unwrap_or(i64::MAX),
        now.millis()
    ])?;
    Ok(Some(seq))
}

// ---- policy, dictionary -------------------------------------------------------------------------------------------------

/// A policy pack as it was published.
#[derive(Debug, Clone)]
pub struct Published {
    pub version: u64,
    pub body: Vec<u8>,
    pub signature: [u8; 64],
}

/// Every pack ever published, oldest first.
pub fn policies(tx: &Transaction<'_>) -> rusqlite::Result<Vec<Published>> {
    let read = |row: &rusqlite::Row<'_>| {
        Ok(Published { version: row.get::<_, i64>(0)? as u64, body: row.get(1)?, signature: row.get(2)? })
    };
    tx.prepare_cached("select version, body, signature from policy order by version")?.query_map([], read)?.collect()
}

/// The newest policy pack: its signed bytes and signature.
pub fn policy(tx: &Transaction<'_>) -> rusqlite::Result<Option<(Vec<u8>, [u8; 64])>> {
    let sql = "select body, signature from policy order by version desc limit 1";
    tx.prepare_cached(sql)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?))).optional()
}

/// The newest policy pack's version; 0 where there is none.
pub fn policy_version(tx: &Transaction<'_>) -> rusqlite::Result<u64> {
    let sql = "select coalesce(max(version), 0) from policy";
    tx.prepare_cached(sql)?.query_row([], |row| row.get::<_, i64>(0)).map(|version| version as u64)
}

/// The newest policy pack, as the hub itself signed and kept it.
pub fn pack(tx: &Transaction<'_>) -> rusqlite::Result<Option<Pack>> {
    let sql = "select body from policy order by version desc limit 1";
    tx.prepare_cached(sql)?.query_row([], |row| from_json(row.get_ref(0)?)).optional()
}

/// Publishes a pack; false, and nothing is kept, where its version is not higher than every one before.
pub fn put_policy(tx: &Transaction<'_>, version: u64, body: &[u8], signature: &[u8; 64]) -> rusqlite::Result<bool> {
    let sql = "insert into policy (version, body, signature) select ?1, ?2, ?3
               where ?1 > (select coalesce(max(version), 0) from policy)";
    Ok(tx.prepare_cached(sql)?.execute(params![version as i64, body, signature])? > 0)
}

pub fn dictionary(tx: &Transaction<'_>) -> rusqlite::Result<Option<(u32, Vec<u8>)>> {
    let sql = "select id, bytes from dictionary order by id desc limit 1";
    tx.prepare_cached(sql)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?))).optional()
}

/// The newest dictionary's number; 0 where there is none.
pub fn dictionary_id(tx: &Transaction<'_>) -> rusqlite::Result<u32> {
    tx.prepare_cached("select coalesce(max(id), 0) from dictionary")?.query_row([], |row| row.get(0))
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
