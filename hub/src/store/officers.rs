//! People at the hub's pages (privacy officers at their desk, hospital staff at the ward's pages): passphrases, one-time codes, sessions, and what they did that is no entry of the audit (a verification's
//! result, why a device was revoked). Codes and cookies are kept as hashes only. Who may come in where is `crate::web`'s to say.

use super::caseload::from_json;
use super::trust::CodeUse;
use record::people::Actor;
use record::{DeviceId, StaffId, Stamp};
use rusqlite::{OptionalExtension, Row, Transaction, params};

/// An officer's passphrase and its wrong tries.
#[derive(Debug, Clone)]
pub struct Officer {
    /// Argon2id, as a PHC string.
    pub passphrase: String,
    pub failures: u32,
    /// Nobody gets in before this.
    pub locked: Option<Stamp>,
}

pub fn officer(tx: &Transaction<'_>, staff: &StaffId) -> rusqlite::Result<Option<Officer>> {
    let read = |row: &Row<'_>| {
        let locked = row.get::<_, Option<i64>>(2)?.map(Stamp::from_millis);
        Ok(Officer { passphrase: row.get(0)?, failures: row.get(1)?, locked })
    };
    tx.prepare_cached("select passphrase, failures, locked from officer where staff = ?1")?
        .query_row([staff.as_str()], read)
        .optional()
}

/// Everybody who may sign in at the hub's pages, as the register has them now.
pub fn all_known(tx: &Transaction<'_>) -> rusqlite::Result<Vec<Actor>> {
    let sql = "select s.actor from officer o join staff s on s.id = o.staff where s.active = 1";
    tx.prepare_cached(sql)?.query_map([], |row| from_json(row.get_ref(0)?))?.collect()
}

/// Sets a passphrase: failures and lock are forgotten.
pub fn set_passphrase(tx: &Transaction<'_>, staff: &StaffId, phc: &str, now: Stamp) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "insert into officer (staff, passphrase, since, failures) values (?1, ?2, ?3, 0)
         on conflict (staff) do update set passphrase = ?2, since = ?3, failures = 0, locked = null",
    )?
    .execute(params![staff.as_str(), phc, now.millis()])
    .map(drop)
}

/// Counts a wrong passphrase, and locks until `lock` where one is given.
pub fn failed(tx: &Transaction<'_>, staff: &StaffId, failures: u32, lock: Option<Stamp>) -> rusqlite::Result<()> {
    tx.prepare_cached("update officer set failures = ?2, locked = coalesce(?3, locked) where staff = ?1")?
        .execute(params![staff.as_str(), failures, lock.map(Stamp::millis)])
        .map(drop)
}

/// Forgets wrong tries after a right one.
pub fn succeeded(tx: &Transaction<'_>, staff: &StaffId) -> rusqlite::Result<()> {
    tx.prepare_cached("update officer set failures = 0, locked = null where staff = ?1")?
        .execute([staff.as_str()])
        .map(drop)
}

/// Keeps a one-time code; earlier ones of the same officer are good no longer.
pub fn put_code(tx: &Transaction<'_>, hash: &[u8; 32], staff: &StaffId, expires: Stamp) -> rusqlite::Result<()> {
    tx.prepare_cached("delete from officer_code where staff = ?1 and used is null")?.execute([staff.as_str()])?;
    tx.prepare_cached("insert into officer_code (hash, staff, expires) values (?1, ?2, ?3)")?
        .execute(params![hash, staff.as_str(), expires.millis()])
        .map(drop)
}

/// Whose a code is, if it is good still.
pub fn whose_code(tx: &Transaction<'_>, hash: &[u8; 32], now: Stamp) -> rusqlite::Result<CodeUse> {
    let read =
        |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?, row.get::<_, Option<i64>>(2)?.is_some()));
    let sql = "select staff, expires, used from officer_code where hash = ?1";
    Ok(match tx.prepare_cached(sql)?.query_row([hash], read).optional()? {
        Some((_, _, true)) => CodeUse::Used,
        Some((_, expires, _)) if now.millis() >= expires => CodeUse::Expired,
        Some((staff, _, _)) => staff.parse().map_or(CodeUse::Unknown, CodeUse::For),
        None => CodeUse::Unknown,
    })
}

/// Uses a code up, in the caller's transaction.
pub fn use_code(tx: &Transaction<'_>, hash: &[u8; 32], now: Stamp) -> rusqlite::Result<CodeUse> {
    let whose = whose_code(tx, hash, now)?;
    if matches!(whose, CodeUse::For(_)) {
        let sql = "update officer_code set used = ?2 where hash = ?1";
        tx.prepare_cached(sql)?.execute(params![hash, now.millis()])?;
    }
    Ok(whose)
}

// ---- sessions -----------------------------------------------------------------------------------------------------------

/// How a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    SignedOut,
    /// Unused for too long.
    Idle,
    /// However much it was used.
    TooLong,
    /// Ended from another session.
    Closed,
    NewPassphrase,
    /// They left or have another role now.
    NoLongerOfficer,
}

impl End {
    const ALL: [End; 6] =
        [End::SignedOut, End::Idle, End::TooLong, End::Closed, End::NewPassphrase, End::NoLongerOfficer];

    pub const fn code(self) -> &'static str {
        match self {
            End::SignedOut => "signed-out",
            End::Idle => "idle",
            End::TooLong => "too-long",
            End::Closed => "closed",
            End::NewPassphrase => "new-passphrase",
            End::NoLongerOfficer => "no-longer-officer",
        }
    }

    /// For people to read.
    pub const fn label(self) -> &'static str {
        match self {
            End::SignedOut => "Signed out",
            End::Idle => "Ended: not used for 10 minutes",
            End::TooLong => "Ended: open for 8 hours",
            End::Closed => "Ended by a privacy officer",
            End::NewPassphrase => "Ended: a new passphrase was set",
            End::NoLongerOfficer => "Ended: not in that role any more",
        }
    }
}

/// A session of the desk.
#[derive(Debug, Clone)]
pub struct Session {
    pub id: u64,
    pub staff: StaffId,
    pub began: Stamp,
    pub seen: Stamp,
    pub ended: Option<(Stamp, End)>,
}

const SESSION: &str = "select id, staff, began, seen, ended, how from officer_session";

fn session(row: &Row<'_>) -> rusqlite::Result<Session> {
    let staff: String = row.get(1)?;
    let staff = staff
        .parse()
        .map_err(|e| rusqlite::Error::FromSqlConversionFailure(1, rusqlite::types::Type::Text, Box::new(e)))?;
    let how: Option<String> = row.get(5)?;
    let how = End::ALL.into_iter().find(|end| Some(end.code()) == how.as_deref()).unwrap_or(End::Closed);
    let ended = row.get::<_, Option<i64>>(4)?.map(|at| (Stamp::from_millis(at), how));
    Ok(Session {
        id: row.get::<_, i64>(0)? as u64,
        staff,
        began: Stamp::from_millis(row.get(2)?),
        seen: Stamp::from_millis(row.get(3)?),
        ended,
    })
}

pub fn begin(tx: &Transaction<'_>, token: &[u8; 32], staff: &StaffId, now: Stamp) -> rusqlite::Result<()> {
    tx.prepare_cached("insert into officer_session (token, staff, began, seen) values (?1, ?2, ?3, ?3)")?
        .execute(params![token, staff.as_str(), now.millis()])
        .map(drop)
}

/// The session of this cookie, unless it ended.
pub fn live(tx: &Transaction<'_>, token: &[u8; 32]) -> rusqlite::Result<Option<Session>> {
    let sql = format!("{SESSION} where token = ?1 and ended is null");
    tx.prepare_cached(&sql)?.query_row([token], session).optional()
}

/// Every session that has not ended.
pub fn all_live(tx: &Transaction<'_>) -> rusqlite::Result<Vec<Session>> {
    let sql = format!("{SESSION} where ended is null order by seen");
    tx.prepare_cached(&sql)?.query_map([], session)?.collect()
}

/// Sessions before this one, the newest first.
pub fn sessions(tx: &Transaction<'_>, before: u64, limit: u32) -> rusqlite::Result<Vec<Session>> {
    let sql = format!("{SESSION} where id < ?1 order by id desc limit ?2");
    tx.prepare_cached(&sql)?.query_map(params![before as i64, limit], session)?.collect()
}

pub fn touch(tx: &Transaction<'_>, id: u64, now: Stamp) -> rusqlite::Result<()> {
    tx.prepare_cached("update officer_session set seen = ?2 where id = ?1")?
        .execute(params![id as i64, now.millis()])
        .map(drop)
}

/// Ends a session; gives whether it was open.
pub fn end(tx: &Transaction<'_>, id: u64, how: End, now: Stamp) -> rusqlite::Result<bool> {
    let sql = "update officer_session set ended = ?2, how = ?3 where id = ?1 and ended is null";
    Ok(tx.prepare_cached(sql)?.execute(params![id as i64, now.millis(), how.code()])? > 0)
}

// ---- what is no entry of the audit --------------------------------------------------------------------------------------

/// A verification of the whole log that ended.
#[derive(Debug, Clone)]
pub struct LogCheck {
    pub at: Stamp,
    pub by: String,
    pub entries: u64,
    /// The root that was proved, or the first fault.
    pub found: Result<String, String>,
}

pub fn put_check(tx: &Transaction<'_>, check: &LogCheck) -> rusqlite::Result<()> {
    let (root, fault) = (check.found.as_ref().ok(), check.found.as_ref().err());
    tx.prepare_cached("insert into log_check (at, by, entries, root, fault) values (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![check.at.millis(), check.by, check.entries as i64, root, fault])
        .map(drop)
}

/// The last verification that was started at the desk.
pub fn last_check(tx: &Transaction<'_>) -> rusqlite::Result<Option<LogCheck>> {
    let read = |row: &Row<'_>| {
        let (root, fault): (Option<String>, Option<String>) = (row.get(3)?, row.get(4)?);
        Ok(LogCheck {
            at: Stamp::from_millis(row.get(0)?),
            by: row.get(1)?,
            entries: row.get::<_, i64>(2)? as u64,
            found: root.ok_or(fault.unwrap_or_default()),
        })
    };
    tx.prepare_cached("select at, by, entries, root, fault from log_check order by id desc limit 1")?
        .query_row([], read)
        .optional()
}

/// Why a device was revoked, in the officer's words.
pub fn put_reason(
    tx: &Transaction<'_>,
    device: &DeviceId,
    by: &StaffId,
    reason: &str,
    now: Stamp,
) -> rusqlite::Result<()> {
    tx.prepare_cached("insert or ignore into revocation_reason (device, at, by, reason) values (?1, ?2, ?3, ?4)")?
        .execute(params![device.as_str(), now.millis(), by.as_str(), reason])
        .map(drop)
}

/// A device as the desk lists it.
#[derive(Debug, Clone)]
pub struct Listed {
    pub device: String,
    pub staff: String,
    pub enrolled: Stamp,
    pub last_post: Option<Stamp>,
    pub revoked: Option<Stamp>,
    pub reason: Option<String>,
    /// When a post last left nothing of the device's audit unsent.
    pub complete: Option<Stamp>,
    /// The last entry that came ends a session.
    pub closed: bool,
    pub quarantined: bool,
}

const LISTED: &str =
    "select d.id, d.staff, d.enrolled, d.last_post, d.revoked, r.reason, c.complete, c.closed, c.quarantined
    from device d left join revocation_reason r on r.device = d.id
    left join audit_chain c on c.name = d.id || '/' || d.staff";

fn listed(row: &Row<'_>) -> rusqlite::Result<Listed> {
    let stamp = |column| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(column)?.map(Stamp::from_millis));
    Ok(Listed {
        device: row.get(0)?,
        staff: row.get(1)?,
        enrolled: Stamp::from_millis(row.get(2)?),
        last_post: stamp(3)?,
        revoked: stamp(4)?,
        reason: row.get(5)?,
        complete: stamp(6)?,
        closed: row.get::<_, Option<bool>>(7)?.unwrap_or(true),
        quarantined: stamp(8)?.is_some(),
    })
}

/// Devices after this name.
pub fn devices(tx: &Transaction<'_>, after: &str, limit: u32) -> rusqlite::Result<Vec<Listed>> {
    let sql = format!("{LISTED} where d.id > ?1 order by d.id limit ?2");
    tx.prepare_cached(&sql)?.query_map(params![after, limit], listed)?.collect()
}

pub fn device(tx: &Transaction<'_>, id: &str) -> rusqlite::Result<Option<Listed>> {
    tx.prepare_cached(&format!("{LISTED} where d.id = ?1"))?.query_row([id], listed).optional()
}

/// Devices in use that were not heard from since `since`.
pub fn silent(tx: &Transaction<'_>, since: Stamp) -> rusqlite::Result<u64> {
    let sql = "select count(*) from device where revoked is null and coalesce(last_post, enrolled) < ?1";
    tx.prepare_cached(sql)?.query_row([since.millis()], |row| row.get::<_, i64>(0)).map(|n| n as u64)
}
