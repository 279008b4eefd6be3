//! What is still to come: said at the beginning of an answer, so that a device whose line is cut knows what it lacks, and a screen that waits knows how
//! much. A *letter* here is what a device counts: somebody's record or what changed in it, their resources whole, their plan, their visits. Not a receipt:
//! nothing is held or let go for it.

use crate::wire::{VERSION, WireFault};
use record::PersonId;
use record::canon::{Reader, Writer};

/// Which letters of one person, as bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Things(u8);

impl Things {
    pub const RECORD: Things = Things(1);
    pub const PLAN: Things = Things(2);
    pub const VISITS: Things = Things(4);

    #[must_use]
    pub const fn with(self, other: Things) -> Things {
        Things(self.0 | other.0)
    }

    pub const fn has(self, other: Things) -> bool {
        self.0 & other.0 == other.0
    }

    pub const fn bits(self) -> u8 {
        self.0
    }

    pub const fn from_bits(bits: u8) -> Things {
        Things(bits & 7)
    }

    /// Letters.
    pub const fn count(self) -> u32 {
        self.0.count_ones()
    }
}

/// What the hub owes a device when it begins an answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Owed {
    /// Letters about people, in this answer and those that follow it at once.
    pub letters: u64,
    /// About how many bytes they are; 0 where the hub does not know.
    pub bytes: u64,
    /// Of people who may be on the device already. In a first fetch nobody: who has come is there, who has not is not.
    pub people: Vec<(PersonId, Things)>,
}

pub(crate) fn put(owed: &Owed) -> Vec<u8> {
    let to = Writer::new(VERSION).number(owed.letters).number(owed.bytes).number(owed.people.len() as u64);
    owed.people.iter().fold(to, |to, (who, things)| to.bytes(who.as_bytes()).number(things.0.into())).finish()
}

pub(crate) fn take(from: &mut Reader<'_>) -> Result<Owed, WireFault> {
    let (letters, bytes) = (from.number()?, from.number()?);
    let mut people = Vec::new();
    for _ in 0..from.number()? {
        let who = PersonId::from_bytes(from.array()?);
        people.push((who, Things::from_bits(u8::try_from(from.number()?).map_err(|_| WireFault::Form)?)));
    }
    Ok(Owed { letters, bytes, people })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_owed_reads_back_and_is_counted() {
        let things = Things::RECORD.with(Things::VISITS);
        let owed = Owed { letters: 2, bytes: 0, people: vec![(PersonId::from_bytes([1; 16]), things)] };
        let bytes = put(&owed);
        assert!(bytes.len() < 24, "one person's news costs little: {}", bytes.len());
        assert_eq!(take(&mut Reader::new(&bytes, VERSION).unwrap()).unwrap(), owed);
        assert_eq!(things.count(), 2);
    }
}
