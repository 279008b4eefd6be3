//! The audit: what is recorded of every look, refusal and act, as a hash chain that device, hub and tests verify with the same
//! function, [`first_break`]. An entry holds ids and codes, never clinical content. Where entries are kept is the vault's
//! `ledger` and the hub's store; the words a patient reads are made elsewhere.

use crate::canon::{NotCanonical, Reader, Writer};
use crate::consent::{Choice, Clock, DecidedBy, Outcome, OverrideReason, Purpose, Rule};
use crate::ids::{ChainId, OdsCode, PersonId, StaffId};
use crate::people::Role;
use crate::section::Sections;
use crate::stamp::Stamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;

/// The version of the entry's bytes.
const VERSION: u8 = 1;

/// SHA-256 over `0x00 ‖ entry` (the leaf hash of RFC 9162, so that the same value is a leaf of the hub's log).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Link([u8; 32]);

impl Link {
    /// What stands before the first entry of a chain.
    pub const START: Link = Link([0; 32]);

    pub fn of(entry: &[u8]) -> Link {
        let mut hash = Sha256::new();
        hash.update([0u8]);
        hash.update(entry);
        Link(hash.finalize().into())
    }

    pub const fn from_bytes(bytes: [u8; 32]) -> Link {
        Link(bytes)
    }

    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Link({self})")
    }
}

/// One line of the audit. User, role and organisation as they were at the time (GP Connect audit rules).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub chain: ChainId,
    pub epoch: u32,
    /// From 1, without gaps.
    pub seq: u64,
    pub prev: Link,
    pub at: Stamp,
    pub clock: Clock,
    pub staff: StaffId,
    pub role: Role,
    pub organisation: OdsCode,
    pub event: Event,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A record asked for, and what was decided. Content was shown only if the outcome is a permit.
    Record {
        subject: PersonId,
        purpose: Purpose,
        sections: Sections,
        outcome: Outcome,
        rule: Rule,
    },
    /// A caseload shown or searched; `shown` people.
    Listed {
        shown: u64,
        searched: bool,
    },
    /// The resource behind an item shown whole.
    Source {
        subject: PersonId,
        purpose: Purpose,
        outcome: Outcome,
        rule: Rule,
    },
    /// An override declared: reason and text, before anything is shown.
    BreakGlass {
        subject: PersonId,
        purpose: Purpose,
        reason: OverrideReason,
        text: String,
    },
    /// A choice recorded on the device.
    ChoiceRecorded {
        subject: PersonId,
        choice: Choice,
        by: DecidedBy,
    },
    SignedIn,
    SignedOut {
        idle: bool,
    },
    /// Wrong PINs given since the last sign-in.
    FailedPins {
        count: u64,
    },
    PinChanged,
    /// The device took `added` people on board and removed `removed`.
    Carried {
        added: u64,
        removed: u64,
    },
    /// Content of a person erased from the device.
    Purged {
        subject: PersonId,
    },
    /// Somebody asked who looked at this person's record.
    AuditRead {
        subject: PersonId,
    },
}

impl Event {
    /// Whom it is about, where it is about one person.
    pub const fn subject(&self) -> Option<PersonId> {
        match self {
            Event::Record { subject, .. }
            | Event::Source { subject, .. }
            | Event::BreakGlass { subject, .. }
            | Event::ChoiceRecorded { subject, .. }
            | Event::Purged { subject }
            | Event::AuditRead { subject } => Some(*subject),
            Event::Listed { .. }
            | Event::SignedIn
            | Event::SignedOut { .. }
            | Event::FailedPins { .. }
            | Event::PinChanged
            | Event::Carried { .. } => None,
        }
    }
}

impl Entry {
    /// The entry's canonical bytes: what is hashed, stored and sent.
    pub fn to_bytes(&self) -> Vec<u8> {
        let head = Writer::new(VERSION)
            .text(self.chain.as_str())
            .number(self.epoch.into())
            .number(self.seq)
            .bytes(self.prev.as_bytes())
            .signed(self.at.millis())
            .number(code(Clock::ALL, self.clock))
            .text(self.staff.as_str())
            .number(code(&Role::ALL, self.role))
            .text(self.organisation.as_str());
        self.event.write(head).finish()
    }

    pub fn from_bytes(bytes: &[u8]) -> Result<Entry, NotCanonical> {
        let mut from = Reader::new(bytes, VERSION)?;
        let entry = Entry {
            chain: from.parsed()?,
            epoch: u32::try_from(from.number()?).map_err(|_| NotCanonical)?,
            seq: from.number()?,
            prev: Link(from.array()?),
            at: Stamp::from_millis(from.signed()?),
            clock: decoded(Clock::ALL, from.number()?)?,
            staff: from.parsed()?,
            role: decoded(&Role::ALL, from.number()?)?,
            organisation: from.parsed()?,
            event: Event::read(&mut from)?,
        };
        from.end()?;
        Ok(entry)
    }
}

impl Event {
    fn write(&self, to: Writer) -> Writer {
        match self {
            Event::Record { subject, purpose, sections, outcome, rule } => to
                .number(1)
                .bytes(subject.as_bytes())
                .number(code(Purpose::ALL, *purpose))
                .number(sections.bits().into())
                .number(code(Outcome::ALL, *outcome))
                .number(code(Rule::ALL, *rule)),
            Event::Listed { shown, searched } => to.number(2).number(*shown).number((*searched).into()),
            Event::Source { subject, purpose, outcome, rule } => to
                .number(3)
                .bytes(subject.as_bytes())
                .number(code(Purpose::ALL, *purpose))
                .number(code(Outcome::ALL, *outcome))
                .number(code(Rule::ALL, *rule)),
            Event::BreakGlass { subject, purpose, reason, text } => to
                .number(4)
                .bytes(subject.as_bytes())
                .number(code(Purpose::ALL, *purpose))
                .number(reason.number().into())
                .text(text),
            Event::ChoiceRecorded { subject, choice, by } => to
                .number(5)
                .bytes(subject.as_bytes())
                .number(code(&Choice::ALL, *choice))
                .number(code(&DecidedBy::ALL, *by)),
            Event::SignedIn => to.number(6),
            Event::SignedOut { idle } => to.number(7).number((*idle).into()),
            Event::FailedPins { count } => to.number(8).number(*count),
            Event::PinChanged => to.number(9),
            Event::Carried { added, removed } => to.number(10).number(*added).number(*removed),
            Event::Purged { subject } => to.number(11).bytes(subject.as_bytes()),
            Event::AuditRead { subject } => to.number(12).bytes(subject.as_bytes()),
        }
    }

    fn read(from: &mut Reader<'_>) -> Result<Event, NotCanonical> {
        let flag = |n| match n {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(NotCanonical),
        };
        let kind = from.number()?;
        Ok(match kind {
            1 => Event::Record {
                subject: PersonId::from_bytes(from.array()?),
                purpose: decoded(Purpose::ALL, from.number()?)?,
                sections: sections(from.number()?)?,
                outcome: decoded(Outcome::ALL, from.number()?)?,
                rule: decoded(Rule::ALL, from.number()?)?,
            },
            2 => Event::Listed { shown: from.number()?, searched: flag(from.number()?)? },
            3 => Event::Source {
                subject: PersonId::from_bytes(from.array()?),
                purpose: decoded(Purpose::ALL, from.number()?)?,
                outcome: decoded(Outcome::ALL, from.number()?)?,
                rule: decoded(Rule::ALL, from.number()?)?,
            },
            4 => Event::BreakGlass {
                subject: PersonId::from_bytes(from.array()?),
                purpose: decoded(Purpose::ALL, from.number()?)?,
                reason: u8::try_from(from.number()?).ok().and_then(OverrideReason::from_number).ok_or(NotCanonical)?,
                text: from.text()?.to_owned(),
            },
            5 => Event::ChoiceRecorded {
                subject: PersonId::from_bytes(from.array()?),
                choice: decoded(&Choice::ALL, from.number()?)?,
                by: decoded(&DecidedBy::ALL, from.number()?)?,
            },
            6 => Event::SignedIn,
            7 => Event::SignedOut { idle: flag(from.number()?)? },
            8 => Event::FailedPins { count: from.number()? },
            9 => Event::PinChanged,
            10 => Event::Carried { added: from.number()?, removed: from.number()? },
            11 => Event::Purged { subject: PersonId::from_bytes(from.array()?) },
            12 => Event::AuditRead { subject: PersonId::from_bytes(from.array()?) },
            _ => return Err(NotCanonical),
        })
    }
}

/// A value's place in its list of all values: lists only ever grow at the end, which the frozen-bytes test holds.
fn code<T: PartialEq>(all: &[T], value: T) -> u64 {
    all.iter().position(|v| *v == value).unwrap_or(all.len()) as u64
}

fn decoded<T: Copy>(all: &[T], code: u64) -> Result<T, NotCanonical> {
    usize::try_from(code).ok().and_then(|i| all.get(i)).copied().ok_or(NotCanonical)
}

fn sections(bits: u64) -> Result<Sections, NotCanonical> {
    let known = u32::try_from(bits).map(Sections::from_bits).map_err(|_| NotCanonical)?;
    if u64::from(known.bits()) == bits { Ok(known) } else { Err(NotCanonical) }
}

/// Where a chain stands: how many entries there are, the last one's link and time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    pub epoch: u32,
    pub seq: u64,
    pub link: Link,
    pub at: Stamp,
}

impl Head {
    pub const START: Head = Head { epoch: 1, seq: 0, link: Link::START, at: Stamp::from_millis(0) };
}

/// Where and how a chain breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Break {
    /// The sequence number at which the chain no longer holds.
    pub at: u64,
    pub kind: BreakKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum BreakKind {
    /// A number is missing.
    Gap,
    /// The entry does not follow from the one before it: edited, or two histories.
    Fork,
    /// Time runs backwards.
    Clock,
    /// Another chain's or another epoch's entry.
    Stranger,
    /// Not an entry at all.
    Unreadable,
}

impl BreakKind {
    pub const fn code(self) -> &'static str {
        match self {
            BreakKind::Gap => "GAP",
            BreakKind::Fork => "FORK",
            BreakKind::Clock => "CLOCK",
            BreakKind::Stranger => "STRANGER",
            BreakKind::Unreadable => "UNREADABLE",
        }
    }
}

/// Walks entries from `head`; gives the new head, or the first place where the chain breaks.
pub fn first_break<'a>(
    chain: &ChainId,
    mut head: Head,
    entries: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Head, Break> {
    for bytes in entries {
        let at = head.seq + 1;
        let entry = Entry::from_bytes(bytes).map_err(|NotCanonical| Break { at, kind: BreakKind::Unreadable })?;
        let kind = if entry.chain != *chain || entry.epoch != head.epoch {
            Some(BreakKind::Stranger)
        } else if entry.seq > at {
            Some(BreakKind::Gap)
        } else if entry.seq < at || entry.prev != head.link {
            Some(BreakKind::Fork)
        } else if entry.at < head.at {
            Some(BreakKind::Clock)
        } else {
            None
        };
        if let Some(kind) = kind {
            return Err(Break { at, kind });
        }
        head = Head { epoch: head.epoch, seq: at, link: Link::of(bytes), at: entry.at };
    }
    Ok(head)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::section::Section;

    fn chain() -> ChainId {
        "device-1/nurse-1".parse().unwrap()
    }

    fn log(count: u64) -> Vec<Vec<u8>> {
        let mut head = Head::START;
        let mut all = Vec::new();
        for seq in 1..=count {
            let entry = Entry {
                chain: chain(),
                epoch: 1,
                seq,
                prev: head.link,
                at: Stamp::from_millis(1_000 * seq as i64),
                clock: Clock::Trusted,
                staff: "nurse-1".parse().unwrap(),
                role: Role::RegulatedClinician,
                organisation: "RDY".parse().unwrap(),
                event: Event::Record {
                    subject: PersonId::from_bytes([7; 16]),
                    purpose: Purpose::Treat,
                    sections: [Section::Allergies, Section::Medications].into_iter().collect(),
                    outcome: Outcome::Permit,
                    rule: Rule::ChoiceInForce,
                },
            };
            let bytes = entry.to_bytes();
            assert_eq!(Entry::from_bytes(&bytes), Ok(entry));
            head = Head { epoch: 1, seq, link: Link::of(&bytes), at: Stamp::from_millis(1_000 * seq as i64) };
            all.push(bytes);
        }
        all
    }

    fn verify(entries: &[Vec<u8>]) -> Result<Head, Break> {
        first_break(&chain(), Head::START, entries.iter().map(Vec::as_slice))
    }

    #[test]
    fn a_whole_chain_verifies_in_one_go_or_in_parts() {
        let all = log(10);
        let head = verify(&all).unwrap();
        let half = verify(&all[..5]).unwrap();
        assert_eq!(first_break(&chain(), half, all[5..].iter().map(Vec::as_slice)), Ok(head));
        assert_eq!(head.seq, 10);
    }

    #[test]
    fn each_kind_of_break_is_found_where_it_is() {
        let all = log(10);
        let mut gap = all.clone();
        gap.remove(4);
        assert_eq!(verify(&gap), Err(Break { at: 5, kind: BreakKind::Gap }));
        let mut twice = all.clone();
        twice.insert(4, all[3].clone());
        assert_eq!(verify(&twice), Err(Break { at: 5, kind: BreakKind::Fork }));
        let mut swapped = all.clone();
        swapped.swap(2, 3);
        assert_eq!(verify(&swapped), Err(Break { at: 3, kind: BreakKind::Gap }));
        let other = first_break(&"device-2/nurse-1".parse().unwrap(), Head::START, all.iter().map(Vec::as_slice));
        assert_eq!(other, Err(Break { at: 1, kind: BreakKind::Stranger }));
    }

    #[test]
    fn no_bit_of_any_entry_can_be_changed_unnoticed() {
        let all = log(4);
        for (index, entry) in all.iter().enumerate().take(3) {
            for bit in 0..entry.len() * 8 {
                let mut edited = all.clone();
                edited[index][bit / 8] ^= 1 << (bit % 8);
                assert!(verify(&edited).is_err(), "entry {index} bit {bit}");
            }
        }
    }

    #[test]
    fn time_may_stand_still_but_not_run_backwards() {
        let first = Entry { at: Stamp::from_millis(10), ..Entry::from_bytes(&log(1)[0]).unwrap() };
        let bytes = first.to_bytes();
        let second =
            |at| Entry { seq: 2, prev: Link::of(&bytes), at: Stamp::from_millis(at), ..first.clone() }.to_bytes();
        assert!(verify(&[bytes.clone(), second(10)]).is_ok());
        assert_eq!(verify(&[bytes.clone(), second(9)]), Err(Break { at: 2, kind: BreakKind::Clock }));
    }

    #[test]
    fn every_event_reads_back() {
        let subject = PersonId::from_bytes([9; 16]);
        let base = Entry::from_bytes(&log(1)[0]).unwrap();
        for event in [
            Event::Listed { shown: 25, searched: true },
            Event::Source { subject, purpose: Purpose::Treat, outcome: Outcome::Ask, rule: Rule::NothingInForce },
            Event::BreakGlass {
                subject,
                purpose: Purpose::Safeguard,
                reason: OverrideReason::Other,
                text: "kept whole: ünïcode".into(),
            },
            Event::ChoiceRecorded { subject, choice: Choice::Y2, by: DecidedBy::AttorneyOrDeputy },
            Event::SignedIn,
            Event::SignedOut { idle: true },
            Event::FailedPins { count: 3 },
            Event::PinChanged,
            Event::Carried { added: 500, removed: 1 },
            Event::Purged { subject },
            Event::AuditRead { subject },
        ] {
            let entry = Entry { event, ..base.clone() };
            assert_eq!(Entry::from_bytes(&entry.to_bytes()), Ok(entry));
        }
    }

    #[test]
    fn an_entry_stays_small() {
        assert!(log(1)[0].len() <= 120, "{} bytes", log(1)[0].len());
    }
}
