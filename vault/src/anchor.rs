//! What is known of the vault outside the vault: how many entries its chain had, the last one's link, and the highest time. Kept twice:
//! in a file beside the vault, after every commit, so that a lost end is noticed; and in the platform's keystore, at the edges of
//! a session and after each round, so that a whole folder put back is noticed too. At the end of a session the closed database is sealed:
//! its digest is kept with the anchor, so that a single old page put back is noticed as well. Nothing here is about a person.

use crate::fault::VaultFault;
use crate::ledger;
use record::Stamp;
use record::audit::{Head, Link};
use rusqlite::Connection;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use zeroize::Zeroizing;

/// Where a chain stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Anchor {
    epoch: u32,
    pub(crate) seq: u64,
    link: [u8; LINK],
    /// Of the database as it was closed; 0 while it is open.
    seal: u64,
    pub(crate) highest: Stamp,
}

/// Of the link, enough that nobody finds another entry with the same beginning.
const LINK: usize = 8;

impl Anchor {
    pub(crate) fn of(head: Head, highest: Stamp) -> Anchor {
        Anchor { epoch: head.epoch, seq: head.seq, link: short(&head.link), seal: 0, highest }
    }

    /// As a keystore holds it.
    pub(crate) fn to_bytes(self) -> [u8; 32] {
        let mut bytes = [0; 32];
        // Neither epochs nor entries ever need more: 16 and 48 bits.
        bytes[..2].copy_from_slice(&self.epoch.to_le_bytes()[..2]);
        bytes[2..8].copy_from_slice(&self.seq.to_le_bytes()[..6]);
        bytes[8..16].copy_from_slice(&self.link);
        bytes[16..24].copy_from_slice(&self.seal.to_le_bytes());
        bytes[24..].copy_from_slice(&self.highest.millis().to_le_bytes());
        bytes
    }

    pub(crate) fn from_bytes(bytes: &[u8; 32]) -> Option<Anchor> {
        let mut seq = [0; 8];
        seq[..6].copy_from_slice(&bytes[2..8]);
        Some(Anchor {
            epoch: u16::from_le_bytes(bytes[..2].try_into().ok()?).into(),
            seq: u64::from_le_bytes(seq),
            link: bytes[8..16].try_into().ok()?,
            seal: u64::from_le_bytes(bytes[16..24].try_into().ok()?),
            highest: Stamp::from_millis(i64::from_le_bytes(bytes[24..].try_into().ok()?)),
        })
    }

    /// The same for a database that was closed with this digest.
    pub(crate) const fn sealed(self, seal: u64) -> Anchor {
        Anchor { seal, ..self }
    }

    /// Whether the database is the one that was sealed: always, where it was opened since (the file beside it then knows of more
    /// entries), or where it was never sealed.
    pub(crate) fn unbroken(&self, beside: Option<Anchor>, found: u64) -> bool {
        let opened_since = beside.is_some_and(|b| (b.epoch, b.seq) > (self.epoch, self.seq));
        self.seal == 0 || opened_since || self.seal == found
    }

    /// Whether this chain has everything the anchor knows of.
    pub(crate) fn holds(&self, conn: &Connection, head: Head) -> Result<bool, VaultFault> {
        if (head.epoch, head.seq) < (self.epoch, self.seq) {
            return Ok(false);
        }
        if head.epoch != self.epoch || self.seq == 0 {
            return Ok(true);
        }
        // The ledger numbers entries over all epochs; within this one they are as far apart as their numbers.
        let place = ledger::count(conn)?.saturating_sub(head.seq - self.seq);
        let entry = ledger::after(conn, place.saturating_sub(1), 1)?;
        // Only receipted entries are ever pruned: one that is not there any more was held by the hub.
        Ok(entry.first().is_none_or(|bytes| short(&Link::of(bytes)) == self.link))
    }
}

fn short(link: &Link) -> [u8; LINK] {
    link.as_bytes().first_chunk().copied().unwrap_or([0; LINK])
}

/// A digest of a closed database, never 0; 0 while changes lie in its log.
pub(crate) fn digest(database: &Path) -> Result<u64, VaultFault> {
    let mut log = database.as_os_str().to_owned();
    log.push("-wal");
    if std::fs::metadata(log).is_ok_and(|found| found.len() > 0) {
        return Ok(0);
    }
    let mut file = match File::open(database) {
        Ok(file) => file,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(0),
        Err(e) => return Err(e.into()),
    };
    let mut hash = Sha256::new();
    let mut part = vec![0; 64 << 10];
    loop {
        match file.read(&mut part)? {
            0 => break,
            n => hash.update(&part[..n]),
        }
    }
    let all: [u8; 32] = hash.finalize().into();
    Ok(all.first_chunk::<8>().map_or(1, |eight| u64::from_le_bytes(*eight)).max(1))
}

/// The file: an anchor, and a tag that only this vault can make.
pub(crate) struct AnchorFile {
    file: File,
    key: Zeroizing<[u8; 32]>,
}

impl AnchorFile {
    /// Opens or makes the file. `secret` is this vault's and nobody else's.
    pub(crate) fn open(home: &Path, secret: &[u8; 32]) -> Result<AnchorFile, VaultFault> {
        let file = File::options().create(true).truncate(false).read(true).write(true).open(home.join("anchor"))?;
        let mut hash = Sha256::new();
        hash.update(b"satchel anchor 1");
        hash.update(secret);
        Ok(AnchorFile { file, key: Zeroizing::new(hash.finalize().into()) })
    }

    fn tag(&self, anchor: &[u8; 32]) -> [u8; 16] {
        let mut hash = Sha256::new();
        hash.update(self.key.as_ref());
        hash.update(anchor);
        let tag: [u8; 32] = hash.finalize().into();
        tag.first_chunk().copied().unwrap_or_default()
    }

    /// What the file says; `None` if it is empty, cut or not this vault's.
    pub(crate) fn read(&mut self) -> Result<Option<Anchor>, VaultFault> {
        let mut bytes = Vec::new();
        self.file.seek(SeekFrom::Start(0))?;
        self.file.read_to_end(&mut bytes)?;
        let Some((anchor, tag)) = bytes.split_first_chunk::<32>() else { return Ok(None) };
        Ok(if self.tag(anchor) == tag { Anchor::from_bytes(anchor) } else { None })
    }

    /// One write of 48 bytes, after the commit it speaks of and without waiting for the disk: it may lag the vault after a power
    /// cut, it is never ahead of it.
    pub(crate) fn write(&mut self, anchor: Anchor) -> Result<(), VaultFault> {
        let anchor = anchor.to_bytes();
        let mut bytes = [0; 48];
        bytes[..32].copy_from_slice(&anchor);
        bytes[32..].copy_from_slice(&self.tag(&anchor));
        self.file.seek(SeekFrom::Start(0))?;
        Ok(self.file.write_all(&bytes)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_anchor_reads_back_only_under_its_own_vaults_key_and_uncut() {
        let home = tempfile::tempdir().unwrap();
        let anchor =
            Anchor { epoch: 2, seq: 300, link: [7; 8], seal: 9, highest: Stamp::from_millis(1_790_000_000_000) };
        assert_eq!(Anchor::from_bytes(&anchor.to_bytes()), Some(anchor));
        let mut file = AnchorFile::open(home.path(), &[1; 32]).unwrap();
        assert_eq!(file.read().unwrap(), None);
        file.write(anchor).unwrap();
        assert_eq!(AnchorFile::open(home.path(), &[1; 32]).unwrap().read().unwrap(), Some(anchor));
        assert_eq!(AnchorFile::open(home.path(), &[2; 32]).unwrap().read().unwrap(), None);
        let path = home.path().join("anchor");
        let mut bytes = std::fs::read(&path).unwrap();
        for at in 0..bytes.len() {
            bytes[at] ^= 1;
            std::fs::write(&path, &bytes).unwrap();
            assert_eq!(file.read().unwrap(), None, "byte {at}");
            bytes[at] ^= 1;
        }
        std::fs::write(&path, &bytes[..47]).unwrap();
        assert_eq!(file.read().unwrap(), None);
    }
}
