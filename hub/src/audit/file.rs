//! A whole log as a file that proves itself: one line of JSON each for what it is, the hub's tree heads, the authors' signatures, and
//! then every entry in order. Binary values are hexadecimal, entries base64. Ids and codes, no clinical content; but whom somebody looked
//! at is in it, so it is kept like the audit itself.

use super::verify::{Fault, Proved, Verifier};
use crate::store::audit::{self, Held};
use crate::store::log;
use data_encoding::{BASE64, HEXLOWER};
use ed25519_dalek::{SigningKey, VerifyingKey};
use record::Stamp;
use record::merkle::Hash;
use rusqlite::Transaction;
use serde::{Deserialize, Serialize};
use std::io::{self, BufRead, Write};
use sync::witness::{BatchMark, TreeHead};
use thiserror::Error;

/// The version of the file.
const VERSION: u32 = 1;
/// Entries read from the store at a time.
const PAGE: u32 = 1_000;

#[derive(Debug, Error)]
pub enum FileFault {
    #[error("line {line} is not what an exported log has there")]
    Form { line: u64 },
    #[error("the file was written by a newer version")]
    Newer,
    #[error("the file is not of the hub with this key")]
    OtherHub,
    #[error("the file could not be read or written")]
    File(#[from] io::Error),
    #[error("the database could not be read")]
    Store(#[from] rusqlite::Error),
    #[error(transparent)]
    Fault(#[from] Fault),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
enum Line {
    Log { version: u32, hub: String, size: u64 },
    Head { size: u64, at: i64, root: String, signature: String },
    Mark { chain: String, epoch: u32, through: u64, signature: String },
    Entry { leaf: u64, chain: String, epoch: u32, seq: u64, aside: bool, received: i64, bytes: String },
}

fn say(to: &mut dyn Write, line: &Line) -> Result<(), FileFault> {
    serde_json::to_writer(&mut *to, line).map_err(io::Error::from)?;
    Ok(to.write_all(b"\n")?)
}

/// Writes the whole log as it is now, under a tree head signed for it. Gives how many entries.
pub fn write(tx: &Transaction<'_>, key: &SigningKey, now: Stamp, to: &mut dyn Write) -> Result<u64, FileFault> {
    let size = log::size(tx)?;
    let head = TreeHead::sign(size, now, log::Tiles::of(tx).root(size)?, key);
    say(to, &Line::Log { version: VERSION, hub: HEXLOWER.encode(key.verifying_key().as_bytes()), size })?;
    let (root, signature) = (HEXLOWER.encode(&head.root), HEXLOWER.encode(&head.signature));
    say(to, &Line::Head { size, at: now.millis(), root, signature })?;
    for (chain, mark) in audit::marks(tx)? {
        let signature = HEXLOWER.encode(&mark.signature);
        say(to, &Line::Mark { chain, epoch: mark.epoch, through: mark.through, signature })?;
    }
    each(tx, |held| {
        let Held { leaf, chain, epoch, seq, aside, received, bytes } = held;
        let (received, bytes) = (received.millis(), BASE64.encode(&bytes));
        say(to, &Line::Entry { leaf, chain, epoch, seq, aside, received, bytes })
    })?;
    Ok(size)
}

/// Every entry of the log in order, a page at a time.
pub fn each<E: From<rusqlite::Error>>(
    tx: &Transaction<'_>,
    mut take: impl FnMut(Held) -> Result<(), E>,
) -> Result<(), E> {
    let mut next = 0;
    loop {
        let page = audit::from_leaf(tx, next, PAGE)?;
        let Some(last) = page.last() else { return Ok(()) };
        next = last.leaf + 1;
        page.into_iter().try_for_each(&mut take)?;
    }
}

/// Proves the live store: entries against chains, signatures, and the stored nodes.
pub fn prove_store(tx: &Transaction<'_>, hub: VerifyingKey) -> Result<Proved, FileFault> {
    let mut verifier = Verifier::new(hub, [], audit::marks(tx)?)?;
    each(tx, |held| verifier.entry(&held).map_err(FileFault::from))?;
    let size = log::size(tx)?;
    Ok(verifier.finish(Some(log::Tiles::of(tx).root(size)?))?)
}

/// Proves a file from outside, with nothing but the hub's public key.
pub fn prove(from: &mut dyn BufRead, hub: &VerifyingKey) -> Result<Proved, FileFault> {
    let (mut heads, mut marks, mut verifier) = (Vec::new(), Vec::new(), None);
    for (number, line) in (1..).zip(from.lines()) {
        let form = || FileFault::Form { line: number };
        let line: Line = serde_json::from_str(&line?).map_err(|_| form())?;
        match line {
            Line::Log { version, .. } if version > VERSION => return Err(FileFault::Newer),
            Line::Log { hub: of, .. } if number == 1 => {
                if of != HEXLOWER.encode(hub.as_bytes()) {
                    return Err(FileFault::OtherHub);
                }
            }
            _ if number == 1 => return Err(form()),
            Line::Head { size, at, root, signature } if verifier.is_none() => {
                let (root, signature) = (array(&root).ok_or_else(form)?, array(&signature).ok_or_else(form)?);
                heads.push(TreeHead { size, at: Stamp::from_millis(at), root, signature });
            }
            Line::Mark { chain, epoch, through, signature } if verifier.is_none() => {
                let signature = array(&signature).ok_or_else(form)?;
                marks.push((chain, BatchMark { epoch, through, signature }));
            }
            Line::Entry { leaf, chain, epoch, seq, aside, received, bytes } => {
                let bytes = BASE64.decode(bytes.as_bytes()).map_err(|_| form())?;
                let held = Held { leaf, chain, epoch, seq, aside, received: Stamp::from_millis(received), bytes };
                if verifier.is_none() {
                    let (heads, marks) = (std::mem::take(&mut heads), std::mem::take(&mut marks));
                    verifier = Some(Verifier::new(*hub, heads, marks)?);
                }
                verifier.as_mut().ok_or_else(form)?.entry(&held)?;
            }
            _ => return Err(form()),
        }
    }
    match verifier {
        Some(verifier) => Ok(verifier.finish(None)?),
        None => Ok(Verifier::new(*hub, heads, marks)?.finish(None)?),
    }
}

/// Hexadecimal of exactly this length.
pub(super) fn array<const N: usize>(text: &str) -> Option<[u8; N]> {
    HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok()
}

/// The hub's public key as printed by `satchel-hub audit key`.
pub fn key_from(text: &str) -> Option<VerifyingKey> {
    let bytes: Hash = array(&text.trim().to_ascii_lowercase())?;
    VerifyingKey::from_bytes(&bytes).ok()
}
