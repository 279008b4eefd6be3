//! Which pieces of a form's pictures are sealed: for each picture a small file beside the segments, `<owner>.pieces`, that names the segment of every piece
//! and says which of them the hub has taken. So nothing is sealed a second time because the vault was opened again, and what was typed need not wait for a
//! picture. Not here: the pieces, their segments, and who carries them. It holds no word and no name: numbers made by chance, and a time.
//!
//! ```text
//! 1790000000000                          the number of the draft that the picture is of
//! 00112233445566778899aabbccddeeff       the segment of the first piece
//! ffeeddccbbaa99887766554433221100 +     of the second; the hub holds it
//! ```

use crate::key::replace_file;
use crate::parcels::path_of;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use sync::drafts::PicturePiece;
use sync::outbox::SegmentId;
use sync::photos::PIECE;

/// What such a file is called after the picture's mark of owner.
const PIECES: &str = "pieces";
/// Behind a segment's name: the hub holds it.
const TAKEN: &str = " +";

/// One picture's pieces, by the place (bytes) at which each begins.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Pieces {
    number: u64,
    sealed: BTreeMap<u32, (SegmentId, bool)>,
}

/// What is sealed of all pictures of one vault.
pub(crate) struct Marks {
    folder: PathBuf,
    of: BTreeMap<[u8; 8], Pieces>,
}

impl Marks {
    /// As they lie in an outbox; what cannot be read is as if it were not there.
    pub(crate) fn of(folder: &Path) -> Marks {
        let of = files(folder).into_iter().filter_map(|(owner, path)| Some((owner, read(&path)?))).collect();
        Marks { folder: folder.to_owned(), of }
    }

    /// Whether some of this version of a picture lies sealed nowhere, and the hub has not taken it.
    pub(crate) fn lack(&self, owner: [u8; 8], number: u64) -> bool {
        self.of
            .get(&owner)
            .is_none_or(|pieces| pieces.number != number || pieces.sealed.values().any(|one| !self.stands(one)))
    }

    /// Whether this piece is one of those.
    pub(crate) fn lacks(&self, owner: [u8; 8], piece: &PicturePiece) -> bool {
        let pieces = self.of.get(&owner).filter(|pieces| pieces.number == piece.number);
        pieces.and_then(|pieces| pieces.sealed.get(&piece.from)).is_none_or(|one| !self.stands(one))
    }

    fn stands(&self, (segment, taken): &(SegmentId, bool)) -> bool {
        *taken || path_of(&self.folder, *segment).exists()
    }

    /// A piece was sealed. Once all of its picture are, that is written down; if it cannot be, all of it is sealed anew some day.
    pub(crate) fn sealed(&mut self, owner: [u8; 8], piece: &PicturePiece, segment: SegmentId) {
        let pieces = self.of.entry(owner).or_default();
        if pieces.number != piece.number {
            *pieces = Pieces { number: piece.number, ..Pieces::default() };
        }
        pieces.sealed.insert(piece.from, (segment, false));
        if pieces.sealed.len() == (piece.length as usize).div_ceil(PIECE) {
            let _ = write(&self.folder, owner, pieces);
        }
    }

    /// The picture is in no form any more, or is sealed anew.
    pub(crate) fn forget(&mut self, owner: [u8; 8]) {
        if self.of.remove(&owner).is_some() {
            let _ = fs::remove_file(path(&self.folder, owner));
        }
    }

    /// Of all others there is nothing to know.
    pub(crate) fn keep(&mut self, owners: &BTreeSet<[u8; 8]>) {
        let gone: Vec<[u8; 8]> = self.of.keys().filter(|owner| !owners.contains(*owner)).copied().collect();
        gone.into_iter().for_each(|owner| self.forget(owner));
    }
}

/// The hub holds this segment, which goes now: if it is a piece's, that is written down first.
pub(crate) fn taken(folder: &Path, segment: SegmentId) {
    for (owner, path) in files(folder) {
        let Some(mut pieces) = read(&path) else { continue };
        let Some(one) = pieces.sealed.values_mut().find(|(of, _)| *of == segment) else { continue };
        one.1 = true;
        let _ = write(folder, owner, &pieces);
    }
}

fn path(folder: &Path, owner: [u8; 8]) -> PathBuf {
    folder.join(format!("{:016x}.{PIECES}", u64::from_be_bytes(owner)))
}

fn files(folder: &Path) -> Vec<([u8; 8], PathBuf)> {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path());
    let named = |path: PathBuf| {
        let of = path.file_stem().filter(|_| path.extension().is_some_and(|e| e == PIECES))?.to_str()?;
        Some((u64::from_str_radix(of, 16).ok()?.to_be_bytes(), path))
    };
    entries.filter_map(named).collect()
}

fn read(path: &Path) -> Option<Pieces> {
    let text = fs::read_to_string(path).ok()?;
    let mut lines = text.lines();
    let number = lines.next()?.parse().ok()?;
    let one = |(n, line): (usize, &str)| {
        let taken = line.strip_suffix(TAKEN);
        let segment = taken.unwrap_or(line).parse().ok()?;
        Some((u32::try_from(n * PIECE).ok()?, (segment, taken.is_some())))
    };
    Some(Pieces { number, sealed: lines.enumerate().map(one).collect::<Option<_>>()? })
}

fn write(folder: &Path, owner: [u8; 8], pieces: &Pieces) -> std::io::Result<()> {
    let line = |(segment, taken): &(SegmentId, bool)| format!("{segment}{}\n", if *taken { TAKEN } else { "" });
    let text: String =
        std::iter::once(format!("{}\n", pieces.number)).chain(pieces.sealed.values().map(line)).collect();
    replace_file(&path(folder, owner), text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::{PersonId, Stamp};
    use sync::drafts::DraftSaid;

    fn pieces(number: u64) -> Vec<PicturePiece> {
        let (person, at) = (PersonId::from_bytes([5; 16]), Stamp::from_millis(1));
        let said = DraftSaid { person, form: "picture 00 wound".into(), number, at, fields: "{}".into(), from: None };
        PicturePiece::all(&said, &[7; 2 * PIECE + 1])
    }

    const OWNER: [u8; 8] = [0xAB; 8];

    #[test]
    fn what_lies_or_was_taken_is_not_lacked_and_what_was_lost_is() {
        let folder = tempfile::tempdir().unwrap();
        let mut marks = Marks::of(folder.path());
        let all = pieces(9);
        assert!(marks.lack(OWNER, 9) && all.iter().all(|piece| marks.lacks(OWNER, piece)));
        let segment = |n: usize| SegmentId([n as u8; 16]);
        for (n, piece) in all.iter().enumerate() {
            assert!(read(&path(folder.path(), OWNER)).is_none(), "nothing is said of a part");
            fs::write(path_of(folder.path(), segment(n)), "").unwrap();
            marks.sealed(OWNER, piece, segment(n));
        }
        let again = || Marks::of(folder.path());
        assert!(!again().lack(OWNER, 9) && again().lack(OWNER, 10), "this version of it, and no other");
        taken(folder.path(), segment(0));
        for n in 0..2 {
            fs::remove_file(path_of(folder.path(), segment(n))).unwrap();
        }
        assert!(again().lack(OWNER, 9));
        let lacked: Vec<u32> = all.iter().filter(|p| again().lacks(OWNER, p)).map(|p| p.from).collect();
        assert_eq!(lacked, [PIECE as u32], "one the hub has, one was lost, one lies there");
        again().keep(&BTreeSet::from([OWNER]));
        assert!(!again().lacks(OWNER, &all[0]));
        again().keep(&BTreeSet::new());
        assert!(again().lacks(OWNER, &all[0]) && files(folder.path()).is_empty());
        fs::write(path(folder.path(), OWNER), "9\nnot a segment\n").unwrap();
        assert!(again().lack(OWNER, 9), "what cannot be read says nothing");
    }
}
