//! Segments of the outbox as files, for whoever carries them: no vault, no PIN, no content. What the device's courier, a colleague's device
//! and an administrator's command line may do with them: list, read, take from somebody else, and let go against the hub's receipt.

use crate::fault::VaultFault;
use crate::key::replace_file;
use crate::marks;
use ed25519_dalek::VerifyingKey;
use record::Stamp;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use sync::outbox::{LONGEST_SEGMENT, SegmentReceipt, outline, was_begun};

pub use sync::outbox::SegmentId;

const PIECE: u64 = sync::photos::PIECE as u64;

/// What a segment's file is called after its name.
pub const SEGMENT: &str = "outbox";
/// And its receipt, while its author has not got it.
pub const RECEIPT: &str = "receipt";

/// And one that the hub could not read: kept, and not brought again until somebody gives it its name back.
pub const REFUSED: &str = "refused";

/// A segment lying in a folder, as anybody can see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parcel {
    pub path: PathBuf,
    /// Random, and nothing else.
    pub id: SegmentId,
    pub(crate) owner: [u8; 8],
    /// Commits sealed in it.
    pub commits: u64,
    pub(crate) through: u64,
    /// Bytes.
    pub length: u64,
}

/// Where a vault's outbox lies: beside it, in its own folder.
pub fn folder(home: &Path) -> PathBuf {
    home.join("outbox")
}

pub(crate) fn path_of(folder: &Path, id: SegmentId) -> PathBuf {
    folder.join(format!("{id}.{SEGMENT}"))
}

/// The segments in a folder, by name and however long; none where there is no folder. Other files are left alone; what was a segment once and can be read
/// no more is [`harmed`].
pub fn list(folder: &Path) -> io::Result<Vec<Parcel>> {
    let mut found = Vec::new();
    for path in of_kind(folder, SEGMENT)? {
        let bytes = fs::read(&path)?;
        let Ok(seen) = outline(&bytes) else { continue };
        found.push(Parcel {
            path,
            id: seen.id,
            owner: seen.owner,
            commits: seen.frames,
            through: seen.through,
            length: seen.length as u64,
        });
    }
    // Photographs stand at no place: they are named by work that must come before them. Drafts do too, and are shorter.
    let order = |p: &Parcel| (p.through == 0, p.through, if p.through == 0 { p.length } else { 0 });
    found.sort_by(|a, b| (order(a), &a.path).cmp(&(order(b), &b.path)));
    Ok(found)
}

/// What lies in a folder and goes to no hub by itself: files that the hub could not read, and files called segments that are none (any more). Not one that
/// was cut in its head: nothing was ever said to be in it.
pub fn harmed(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = of_kind(folder, REFUSED)?;
    for path in of_kind(folder, SEGMENT)? {
        let bytes = fs::read(&path)?;
        if outline(&bytes).is_err() && !was_begun(&bytes) {
            found.push(path);
        }
    }
    Ok(found)
}

/// The hub could not read it: it is kept under another name, and what comes after it goes.
pub fn refuse(path: &Path) -> io::Result<()> {
    fs::rename(path, path.with_extension(REFUSED))
}

/// Files of a folder by their kind, in order; none where there is no folder. A folder of such a name is none.
fn of_kind(folder: &Path, kind: &str) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(e),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == kind) && path.is_file() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

impl Parcel {
    /// Whether it is longer than any that goes over a network: somebody brings it to the hub by hand.
    pub const fn is_too_long(&self) -> bool {
        self.length > LONGEST_SEGMENT as u64
    }

    /// Whether it is a photograph or a piece of a picture, as far as that shows from outside: what stands at no place, and is as long as a piece with its
    /// seal, or longer than anybody types. Drafts lie between the two. All else goes before.
    pub const fn is_slow(&self) -> bool {
        self.is_piece() || self.through == 0 && self.length > 4 * PIECE
    }

    /// Whether it is as long as a piece of a picture is, but for the last.
    pub const fn is_piece(&self) -> bool {
        const SEAL: u64 = 512;
        self.through == 0 && self.length > PIECE && self.length <= PIECE + SEAL
    }
}

/// Which segment this is; `None` if it is none.
pub fn id_of(bytes: &[u8]) -> Option<SegmentId> {
    outline(bytes).ok().map(|seen| seen.id)
}

/// Takes somebody's segment into a folder, whole or not at all; a longer one replaces the shorter. Gives its file.
pub fn take(folder: &Path, bytes: &[u8]) -> Result<PathBuf, VaultFault> {
    let seen = outline(bytes)?;
    fs::create_dir_all(folder)?;
    let path = path_of(folder, seen.id);
    let longer = fs::metadata(&path).is_ok_and(|held| held.len() >= bytes.len() as u64);
    if !longer {
        replace_file(&path, bytes)?;
    }
    Ok(path)
}

/// The bytes that count of a segment for a network; one too long for it is not read.
pub fn read(path: &Path) -> Result<Vec<u8>, VaultFault> {
    if fs::metadata(path)?.len() > LONGEST_SEGMENT as u64 {
        return Err(sync::outbox::OutboxFault::TooLong.into());
    }
    whole(path)
}

/// The same for a folder, where length does not matter.
pub fn whole(path: &Path) -> Result<Vec<u8>, VaultFault> {
    let mut bytes = fs::read(path)?;
    let whole = outline(&bytes)?.length;
    bytes.truncate(whole);
    Ok(bytes)
}

/// What the hub said of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// Held at this hub time, and gone from here.
    Held(Stamp),
    /// Held as it was; more was written since, and stays.
    Grown(Stamp),
}

/// Lets a segment go against the hub's receipt, and against nothing else.
pub fn settle(path: &Path, receipt: &[u8], hub: &[u8; 32]) -> Result<Settled, VaultFault> {
    let bytes = fs::read(path)?;
    let receipt = SegmentReceipt::verify(receipt, &bytes, &hub_key(hub)?)?;
    if !receipt.covers(&bytes) {
        return Ok(Settled::Grown(receipt.at()));
    }
    if let (Some(folder), Some(id)) = (path.parent(), id_of(&bytes)) {
        marks::taken(folder, id);
    }
    fs::remove_file(path)?;
    Ok(Settled::Held(receipt.at()))
}

/// The same for a colleague's segment: the receipt is kept in its place, to be handed back.
pub fn settle_carried(path: &Path, receipt: &[u8], hub: &[u8; 32]) -> Result<Settled, VaultFault> {
    let bytes = fs::read(path)?;
    SegmentReceipt::verify(receipt, &bytes, &hub_key(hub)?)?;
    replace_file(&path.with_extension(RECEIPT), receipt)?;
    settle(path, receipt, hub)
}

/// The receipts that lie in a folder, by the segment each is called after. Who holds the segment checks the receipt.
pub fn receipts(folder: &Path) -> io::Result<Vec<(SegmentId, PathBuf)>> {
    let named = |path: PathBuf| Some((path.file_stem()?.to_str()?.parse().ok()?, path));
    Ok(of_kind(folder, RECEIPT)?.into_iter().filter_map(named).collect())
}

/// Where a receipt for this segment is kept until its author has it.
pub fn receipt_of(folder: &Path, id: SegmentId) -> PathBuf {
    path_of(folder, id).with_extension(RECEIPT)
}

fn hub_key(bytes: &[u8; 32]) -> Result<VerifyingKey, VaultFault> {
    VerifyingKey::from_bytes(bytes).map_err(|_| VaultFault::Corrupt { what: "hub key" })
}

pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What was done, and drafts of whatever length, are never held up by a picture.
    #[test]
    fn a_piece_and_a_photograph_are_slow_and_nothing_else_is() {
        let parcel = |through, length| {
            let (path, id) = (PathBuf::new(), SegmentId([1; 16]));
            Parcel { path, id, owner: [0; 8], commits: 1, through, length }
        };
        let sealed = sync::photos::PIECE as u64 + 330;
        for (through, length, slow) in [
            (0, sealed, true),
            (0, 200_000, true),
            (0, 700, false),
            (0, 60_000, false),
            (9, sealed, false),
            (9, 2_000_000, false),
        ] {
            assert_eq!(parcel(through, length).is_slow(), slow, "{through} {length}");
        }
    }
}
