//! What the vault keeps of its conversation with the hub: one `meta` row each, read when the vault opens and moved as letters are
//! taken in. Not the letters themselves.

use crate::door::Told;
use crate::fault::VaultFault;
use crate::lease;
use ed25519_dalek::VerifyingKey;
use record::audit::LogSign;
use record::consent::Pack;
use record::feed::Seq;
use record::{OdsCode, Stamp};
use rusqlite::{Connection, OptionalExtension, params};
use std::sync::Arc;
use sync::frame::{DEVICE_LEVEL, Dictionary, Folder};
use sync::letter::{Cursor, Fetching, Signed};
use sync::wire;

/// What the vault keeps about the conversation, one `meta` row each.
pub(super) mod row {
    pub(in crate::post) const CURSOR: &str = "cursor";
    pub(in crate::post) const DICTIONARY: &str = "dictionary";
    pub(in crate::post) const DICTIONARY_ID: &str = "dictionary-id";
    pub(in crate::post) const POLICY: &str = "policy";
    pub(in crate::post) const POLICY_SIGNATURE: &str = "policy-signature";
    pub(in crate::post) const SOURCES: &str = "sources-version";
    pub(in crate::post) const CHECKED: &str = "checked";
    pub(in crate::post) const RECEIPTED: &str = "receipted";
    pub(in crate::post) const RECEIPTED_AT: &str = "receipted-at";
    pub(in crate::post) const BROKEN: &str = "broken";
    pub(in crate::post) const LOG_SIGN: &str = "log-sign";
    pub(in crate::post) const EVIDENCE_DUE: &str = "evidence-due";
}

pub(crate) fn get(conn: &Connection, key: &str) -> Result<Option<Vec<u8>>, VaultFault> {
    let mut query = conn.prepare_cached("select value from meta where key = ?1")?;
    Ok(query.query_row([key], |row| row.get(0)).optional()?)
}

pub(crate) fn put(conn: &Connection, key: &str, value: &[u8]) -> Result<(), VaultFault> {
    conn.prepare_cached(
        "insert into meta (key, value) values (?1, ?2) on conflict do update set value = excluded.value",
    )?
    .execute(params![key, value])?;
    Ok(())
}

pub(crate) fn get_number(conn: &Connection, key: &str) -> Result<Option<i64>, VaultFault> {
    let bytes = get(conn, key)?;
    let number = |b: Vec<u8>| b.try_into().map(i64::from_le_bytes).map_err(|_| VaultFault::Corrupt { what: "number" });
    bytes.map(number).transpose()
}

pub(crate) fn put_number(conn: &Connection, key: &str, value: i64) -> Result<(), VaultFault> {
    put(conn, key, &value.to_le_bytes())
}

/// What the hub told, as kept; the policy's signature is checked again.
pub(crate) fn told(conn: &Connection, hub: &VerifyingKey, organisation: &OdsCode) -> Result<Told, VaultFault> {
    let pack = match (get(conn, row::POLICY)?, get(conn, row::POLICY_SIGNATURE)?) {
        (Some(bytes), Some(signature)) => {
            let signature = signature.try_into().map_err(|_| VaultFault::Corrupt { what: "policy" })?;
            let signed: Signed<Pack> = wire::reopen(bytes, signature, hub)?;
            Some(Arc::new(signed.value))
        }
        _ => None,
    };
    let stamp = |key| Ok::<_, VaultFault>(get_number(conn, key)?.map(Stamp::from_millis));
    Ok(Told {
        policy: pack.as_ref().map(|pack| pack.policy(organisation)),
        pack,
        checked: stamp(row::CHECKED)?,
        licensed: lease::licensed(conn, hub)?,
        over: lease::over(conn)?,
        receipted: get_number(conn, row::RECEIPTED)?.unwrap_or(0) as u64,
        receipted_at: stamp(row::RECEIPTED_AT)?,
        broken: get_number(conn, row::BROKEN)?.filter(|at| *at > 0).map(|at| at as u64),
        log_sign: get_number(conn, row::LOG_SIGN)?.and_then(|n| LogSign::ALL.get(usize::try_from(n).ok()?)).copied(),
        evidence_due: get_number(conn, row::EVIDENCE_DUE)?.unwrap_or(0) != 0,
        base: 0,
    })
}

/// Keeps what changed of where this device stands with the hub's audit.
pub(crate) fn keep_told(conn: &Connection, before: &Told, now: &Told) -> Result<(), VaultFault> {
    let standing =
        |t: &Told| (t.receipted, t.receipted_at, t.broken, t.log_sign.map(|sign| sign as i64), t.evidence_due);
    if standing(before) == standing(now) {
        return Ok(());
    }
    let (receipted, at, broken, sign, due) = standing(now);
    put_number(conn, row::RECEIPTED, receipted as i64)?;
    match at {
        Some(at) => put_number(conn, row::RECEIPTED_AT, at.millis())?,
        None => forget(conn, row::RECEIPTED_AT)?,
    }
    put_number(conn, row::BROKEN, broken.unwrap_or(0) as i64)?;
    put_number(conn, row::LOG_SIGN, sign.unwrap_or(-1))?;
    put_number(conn, row::EVIDENCE_DUE, due.into())
}

fn forget(conn: &Connection, key: &str) -> Result<(), VaultFault> {
    conn.prepare_cached("delete from meta where key = ?1")?.execute([key])?;
    Ok(())
}

/// The dictionary the hub sent last.
pub(crate) fn folder(conn: &Connection) -> Result<Folder, VaultFault> {
    let dictionary = match (get_number(conn, row::DICTIONARY_ID)?, get(conn, row::DICTIONARY)?) {
        (Some(id), Some(bytes)) => Dictionary::read(u32::try_from(id).unwrap_or(0), &bytes)?,
        _ => Dictionary::none(),
    };
    Ok(Folder::new(dictionary, DEVICE_LEVEL))
}

pub(super) fn cursor(conn: &Connection) -> Result<Cursor, VaultFault> {
    let Some(bytes) = get(conn, row::CURSOR)? else { return Ok(Cursor::default()) };
    let mut numbers = bytes.chunks_exact(8).map(|c| c.try_into().map_or(0, u64::from_le_bytes));
    let mut next = || numbers.next().unwrap_or(0);
    let (seq, base, after, wholes) = (next(), next(), next(), next() != 0);
    let fetching = (base != 0).then_some(Fetching { base: Seq(base), after, wholes });
    Ok(Cursor { seq: Seq(seq), fetching })
}

pub(super) fn keep_cursor(conn: &Connection, cursor: Cursor) -> Result<(), VaultFault> {
    let (base, after, wholes) = cursor.fetching.map_or((0, 0, 0), |f| (f.base.0, f.after, f.wholes.into()));
    let bytes: Vec<u8> = [cursor.seq.0, base, after, wholes].iter().flat_map(|n| n.to_le_bytes()).collect();
    put(conn, row::CURSOR, &bytes)
}
