//! Several changes of one plan as one bundle. What can be reckoned is left out: the magic bytes, the checksum, and the 32-byte hash of
//! a dependency that stands in the same bundle. Built on Automerge's change format, which is stable, and not on its own bundles, which
//! say of themselves that they may still change; needs no document, so the hub packs straight from its rows. Folding is `wire`'s.

use super::ReplicaFault;
use record::canon::{NotCanonical, Reader, Writer};
use sha2::{Digest, Sha256};

const VERSION: u8 = 1;
const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
/// The kind of an uncompressed change chunk (Automerge binary format, "Chunks").
const CHANGE: u8 = 1;
/// Of dependencies a change has at most so many: more is not honest.
const MOST_DEPS: u64 = 1_000;

impl From<NotCanonical> for ReplicaFault {
    fn from(_: NotCanonical) -> Self {
        ReplicaFault::Bundle
    }
}

/// Packs changes (raw bytes as Automerge makes them), each after those it depends on where both are here.
pub fn pack<'a>(changes: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<u8>, ReplicaFault> {
    let mut to = Writer::new(VERSION);
    let mut hashes: Vec<[u8; 32]> = Vec::new();
    let changes: Vec<&[u8]> = changes.into_iter().collect();
    to = to.number(changes.len() as u64);
    for bytes in changes {
        let (head, body) = bytes.split_at_checked(8).ok_or(ReplicaFault::Bundle)?;
        if head[..4] != MAGIC {
            return Err(ReplicaFault::Bundle);
        }
        let (kind, rest) = body.split_first().ok_or(ReplicaFault::Bundle)?;
        let (length, data) = leb(rest).ok_or(ReplicaFault::Bundle)?;
        if *kind != CHANGE || length != data.len() as u64 {
            return Err(ReplicaFault::Bundle);
        }
        let (deps, mut after) = leb(data).filter(|(n, _)| *n <= MOST_DEPS).ok_or(ReplicaFault::Bundle)?;
        to = to.number(deps);
        for _ in 0..deps {
            let (dep, rest) = after.split_at_checked(32).ok_or(ReplicaFault::Bundle)?;
            after = rest;
            to = match hashes.iter().rev().position(|hash| hash == dep) {
                Some(back) => to.number(back as u64 + 1),
                None => to.number(0).bytes(dep),
            };
        }
        to = to.bytes(after);
        hashes.push(Sha256::digest(body).into());
    }
    Ok(to.finish())
}

/// One change out of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unpacked {
    pub hash: [u8; 32],
    /// As Automerge reads it.
    pub bytes: Vec<u8>,
}

/// Unpacks; the hash of each change is reckoned, never taken on trust.
pub fn unpack(bundle: &[u8]) -> Result<Vec<Unpacked>, ReplicaFault> {
    let mut from = Reader::new(bundle, VERSION)?;
    let mut all: Vec<Unpacked> = Vec::new();
    for _ in 0..from.number()? {
        let deps = from.number()?;
        if deps > MOST_DEPS {
            return Err(ReplicaFault::Bundle);
        }
        let mut data = Vec::new();
        put_leb(&mut data, deps);
        for _ in 0..deps {
            match from.number()? {
                0 => data.extend_from_slice(&from.array::<32>()?),
                back => {
                    let back = usize::try_from(back).map_err(|_| ReplicaFault::Bundle)?;
                    let dep = all.len().checked_sub(back).and_then(|at| all.get(at)).ok_or(ReplicaFault::Bundle)?;
                    data.extend_from_slice(&dep.hash);
                }
            }
        }
        data.extend_from_slice(from.bytes()?);
        let mut body = vec![CHANGE];
        put_leb(&mut body, data.len() as u64);
        body.extend_from_slice(&data);
        let hash: [u8; 32] = Sha256::digest(&body).into();
        let bytes = [&MAGIC[..], &hash[..4], &body].concat();
        all.push(Unpacked { hash, bytes });
    }
    from.end()?;
    Ok(all)
}

fn leb(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0u64;
    for (place, byte) in bytes.iter().enumerate().take(10) {
        value |= u64::from(byte & 0x7f).checked_shl(7 * place as u32)?;
        if byte & 0x80 == 0 {
            return Some((value, &bytes[place + 1..]));
        }
    }
    None
}

fn put_leb(to: &mut Vec<u8>, mut value: u64) {
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            to.push(low);
            return;
        }
        to.push(low | 0x80);
    }
}
