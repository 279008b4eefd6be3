//! Which document of a bag is which. A bag goes on after its release: it is handed over, counted, corrected, and files come after the text; a
//! document made later says more. So a document's identifier is a digest of what stands in it, and each names those that it replaces: all that
//! this hub could have given out before (decision 0055). What a document says is `fhir`'s.

use crate::photos;
use record::Stamp;
use record::bag::{Bag, File, NoteId, belongings};
use record::visit::PhotoId;
use rusqlite::Transaction;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Part of every name. To be raised when the same notes are written as another document.
const FORM: &str = "satchel bag document 2";

/// A state of a bag in which a document of it could be made: what came, in the hub's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// When the last of what stands in it was here, in hub time.
    pub at: Stamp,
    /// The note or file that came last.
    newest: [u8; 32],
    seed: [u8; 32],
}

impl Moment {
    /// A UUID that this part of this document always has, and no other: version 8 of RFC 9562.
    pub fn uuid(&self, what: &str) -> String {
        uuid(&self.seed, what)
    }

    pub fn urn(&self, what: &str) -> String {
        format!("urn:uuid:{}", self.uuid(what))
    }

    /// Whether this is when a note came.
    pub fn is_of(&self, note: NoteId) -> bool {
        self.newest == *note.as_bytes()
    }

    /// The document's own name.
    pub fn document(&self) -> String {
        self.urn("document")
    }
}

/// Since when a file's bytes are here, whole.
pub type Since<'a> = &'a dyn Fn(PhotoId) -> Option<Stamp>;

/// Every moment from the first release on, oldest first; the last is now. One for each note and file: of what came together some were never given
/// out, and nobody is told wrong by their names.
pub fn moments(bag: &Bag, since: Since<'_>) -> Vec<Moment> {
    // In the hub's order; of one millisecond, in that of those who wrote, and files after the notes that name them.
    let mut came: Vec<(Stamp, Option<Stamp>, [u8; 32])> = Vec::new();
    let note = |id: NoteId, at: Stamp| (bag.at_hub(id).unwrap_or(at), Some(at), *id.as_bytes());
    came.extend(bag.passages.iter().map(|passed| note(passed.id, passed.at)));
    came.extend(bag.belongings.iter().flat_map(|thing| &thing.counts).map(|count| note(count.note, count.at)));
    came.extend(files(bag).iter().filter_map(|file| Some((since(file.id)?, None, *file.id.as_bytes()))));
    came.sort_by_key(|(at, written, id)| (*at, written.is_none(), *written, *id));
    // A count of several things is one note.
    came.dedup_by_key(|(.., id)| *id);
    let releases: Vec<[u8; 32]> = bag.releases().map(|(note, _)| *note.id.as_bytes()).collect();
    let first = came.iter().position(|(.., id)| releases.contains(id)).unwrap_or(came.len());
    let made = |n: usize| {
        let mut here: Vec<&[u8; 32]> = came[..=n].iter().map(|(.., id)| id).collect();
        here.sort_unstable();
        let seed = here.iter().fold(Sha256::new().chain_update(FORM), |to, id| to.chain_update(id));
        Moment { at: came[n].0, newest: came[n].2, seed: seed.finalize().into() }
    };
    (first..came.len()).map(made).collect()
}

/// The files whose bytes a document holds: attached documents, and signatures. Not photographs of things, of which it says how many there are.
pub fn files(bag: &Bag) -> Vec<File> {
    let attached = bag.released().into_iter().flat_map(|(_, contents)| contents.attached().map(|(_, file)| *file));
    let counts = bag.belongings.iter().flat_map(|thing| &thing.counts);
    let mut files: Vec<File> = attached.chain(counts.filter_map(|count| count.second.as_ref()?.signed)).collect();
    files.sort_by_key(|file| file.id);
    files.dedup_by_key(|file| file.id);
    files
}

/// The drawn signatures of a bag's counts, of those that are here whole.
pub fn signatures(tx: &Transaction<'_>, row: i64, bag: &Bag) -> rusqlite::Result<BTreeMap<PhotoId, Vec<u8>>> {
    let mut found = BTreeMap::new();
    for one in belongings::signatures(&bag.belongings) {
        if let Some(bytes) = photos::held(tx, row, one.file.id)? {
            found.insert(one.file.id, bytes);
        }
    }
    Ok(found)
}

pub(super) fn uuid(seed: &[u8; 32], what: &str) -> String {
    let digest: [u8; 32] = Sha256::new().chain_update(seed).chain_update(what).finalize().into();
    let mut b = [0u8; 16];
    b.copy_from_slice(&digest[..16]);
    b[6] = b[6] & 0x0f | 0x80;
    b[8] = b[8] & 0x3f | 0x80;
    let hex: String = b.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_always_has_the_same_name_and_another_has_another() {
        let of = |byte| Moment { at: Stamp::from_millis(1), newest: [0; 32], seed: [byte; 32] };
        assert_eq!(of(1).document(), of(1).document());
        assert_ne!(of(1).document(), of(2).document());
        assert_ne!(of(1).urn("patient"), of(1).document());
        let uuid = of(1).uuid("document");
        assert_eq!((uuid.len(), uuid.as_bytes()[14], uuid.matches('-').count()), (36, b'8', 4));
    }
}
