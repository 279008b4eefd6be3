//! Tree heads in a second place: an append-only file, on another machine or another organisation's, one signed head a line. What stands
//! there cannot be taken back, so a hub that was rolled back or rewritten no longer fits it.

use super::file::array;
use crate::store::log;
use data_encoding::HEXLOWER;
use ed25519_dalek::{SigningKey, VerifyingKey};
use record::Stamp;
use record::audit::LogSign;
use rusqlite::Transaction;
use serde::{Deserialize, Serialize};
use sync::witness::{TreeHead, log_id};

/// One line of the file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Published {
    /// SHA-256 of the hub's public key, hexadecimal.
    log: String,
    pub size: u64,
    /// For people; the signature is over `millis`.
    at: String,
    millis: i64,
    root: String,
    signature: String,
}

/// The log's head as it is now, signed.
pub fn now(tx: &Transaction<'_>, key: &SigningKey, at: Stamp) -> rusqlite::Result<Published> {
    let size = log::size(tx)?;
    let head = TreeHead::sign(size, at, log::Tiles::of(tx).root(size)?, key);
    Ok(Published {
        log: HEXLOWER.encode(&log_id(&key.verifying_key())),
        size,
        at: at.to_string(),
        millis: at.millis(),
        root: HEXLOWER.encode(&head.root),
        signature: HEXLOWER.encode(&head.signature),
    })
}

/// What a published head says of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Fits,
    /// Not a head of this hub, or not signed by it.
    NotOurs,
    /// Signed by this hub, and the log is not what it was.
    Wrong(LogSign),
}

/// Checks one line against the log.
pub fn check(tx: &Transaction<'_>, hub: &VerifyingKey, published: &Published) -> rusqlite::Result<Verdict> {
    let (Some(root), Some(signature)) = (array(&published.root), array(&published.signature)) else {
        return Ok(Verdict::NotOurs);
    };
    let head = TreeHead { size: published.size, at: Stamp::from_millis(published.millis), root, signature };
    if head.check(hub).is_err() {
        return Ok(Verdict::NotOurs);
    }
    if head.size > log::size(tx)? {
        return Ok(Verdict::Wrong(LogSign::Rollback));
    }
    let same = log::Tiles::of(tx).root(head.size)? == head.root;
    Ok(if same { Verdict::Fits } else { Verdict::Wrong(LogSign::Fork) })
}
