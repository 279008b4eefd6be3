//! The audit: what is recorded of every look, refusal and act, as a hash chain that device, hub and tests verify with the same
//! function, [`first_break`]. An entry holds ids and codes, never clinical content. Where entries are kept is the vault's
//! `ledger` and the hub's store; the words a patient reads are made elsewhere. What an entry may say is [`Event`].

mod bag_act;
mod device_act;
mod event;
mod hub_act;
mod partner_act;
mod plan_act;
mod visit_act;

pub use bag_act::{BagAct, BagDeed};
pub use device_act::DeviceAct;
pub use event::Event;
pub use hub_act::{AuditUse, CaseloadDeed, FeedDeed, HubAct, LogSign, ParkedDeed};
pub use partner_act::{PartnerAct, PartnerDeed};
pub use plan_act::{PlanAct, PlanDeed};
pub use visit_act::{VisitAct, VisitDeed};

use crate::canon::{NotCanonical, Reader, Writer};
use crate::consent::Clock;
use crate::ids::{ChainId, OdsCode, StaffId};
use crate::people::Role;
use crate::stamp::Stamp;
use event::{code, decoded};
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

impl Entry {
    /// Time may run back here: the hub said what it is. How far back it may go, the hub knows and checks.
    pub fn sets_time(&self) -> bool {
        sets_time(&self.event, self.at)
    }

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

/// Where a chain stands: how many entries there are in this epoch, the last one's link and time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    pub epoch: u32,
    pub seq: u64,
    pub link: Link,
    pub at: Stamp,
}

impl Head {
    pub const START: Head = Head { epoch: 1, seq: 0, link: Link::START, at: Stamp::from_millis(0) };

    /// Where an epoch starts that the hub granted after a break: its first entry follows the grant itself, so that nobody can
    /// begin an epoch which the hub did not open. `None` if the entry is not a grant of the next epoch to this chain.
    pub fn granted(chain: &ChainId, epoch: u32, grant: &[u8]) -> Option<Head> {
        match Entry::from_bytes(grant).ok()?.event {
            Event::Hub(HubAct::EpochGranted { chain: to, epoch: new, .. }) if to == *chain && new == epoch => {
                Some(Head { epoch, seq: 0, link: Link::of(grant), at: Stamp::from_millis(0) })
            }
            _ => None,
        }
    }
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
    /// The device is behind what it was given a receipt for: an old copy restored, or its tail cut off.
    Rollback,
}

impl BreakKind {
    /// Only ever grows at the end: entries and letters hold a kind by its place.
    pub const ALL: [BreakKind; 6] = [
        BreakKind::Gap,
        BreakKind::Fork,
        BreakKind::Clock,
        BreakKind::Stranger,
        BreakKind::Unreadable,
        BreakKind::Rollback,
    ];

    pub const fn code(self) -> &'static str {
        match self {
            BreakKind::Gap => "GAP",
            BreakKind::Fork => "FORK",
            BreakKind::Clock => "CLOCK",
            BreakKind::Stranger => "STRANGER",
            BreakKind::Unreadable => "UNREADABLE",
            BreakKind::Rollback => "ROLLBACK",
        }
    }
}

fn sets_time(event: &Event, at: Stamp) -> bool {
    matches!(event, Event::Device(DeviceAct::TimeSet { hub }) if *hub == at)
}

/// Of an entry, what a walk along the chain compares. Reading it refuses exactly what [`Entry::from_bytes`] refuses, and makes
/// nothing: a hub walks millions.
struct Step<'a> {
    chain: &'a str,
    epoch: u32,
    seq: u64,
    prev: Link,
    at: Stamp,
    sets_time: bool,
}

impl<'a> Step<'a> {
    fn read(bytes: &'a [u8]) -> Result<Step<'a>, NotCanonical> {
        let mut from = Reader::new(bytes, VERSION)?;
        let mut step = Step {
            chain: from.text()?.trim(),
            epoch: u32::try_from(from.number()?).map_err(|_| NotCanonical)?,
            seq: from.number()?,
            prev: Link(from.array()?),
            at: Stamp::from_millis(from.signed()?),
            sets_time: false,
        };
        decoded(Clock::ALL, from.number()?)?;
        let staff = from.text()?;
        decoded(&Role::ALL, from.number()?)?;
        let organisation = from.text()?;
        let ids = ChainId::check(step.chain)
            .and_then(|()| StaffId::check(staff.trim()))
            .and_then(|()| OdsCode::check(organisation.trim()));
        ids.map_err(|_| NotCanonical)?;
        step.sets_time = sets_time(&Event::read(&mut from)?, step.at);
        from.end()?;
        Ok(step)
    }
}

/// The epoch that an entry says it is of.
pub fn epoch_of(entry: &[u8]) -> Option<u32> {
    let mut from = Reader::new(entry, VERSION).ok()?;
    from.text().ok()?;
    u32::try_from(from.number().ok()?).ok()
}

/// Entries that one processor walks before another is asked: about four milliseconds.
const ALONE: usize = 4096;

/// Walks entries from `head`; gives the new head, or the first place where the chain breaks. A long chain is walked in pieces at once,
/// each from the entry before it, because what an entry follows is in itself: a break that a piece builds upon is found before it.
pub fn first_break<'a>(
    chain: &ChainId,
    head: Head,
    entries: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Head, Break> {
    let entries: Vec<&[u8]> = entries.into_iter().collect();
    if entries.len() < 2 * ALONE {
        return walk(chain, head, &entries);
    }
    let most = std::thread::available_parallelism().map_or(1, usize::from);
    let piece = entries.len().div_ceil(most.min(entries.len() / ALONE));
    let before = |place: usize| -> Head {
        match place.checked_sub(1).map(|last| entries[last]) {
            None => head,
            Some(last) => {
                let at = Step::read(last).map_or(head.at, |step| step.at);
                Head { epoch: head.epoch, seq: head.seq + place as u64, link: Link::of(last), at }
            }
        }
    };
    let pieces: Vec<(Head, &[&[u8]])> =
        entries.chunks(piece).enumerate().map(|(n, part)| (before(n * piece), part)).collect();
    std::thread::scope(|scope| {
        let others: Vec<_> = pieces[1..].iter().map(|(from, part)| scope.spawn(|| walk(chain, *from, part))).collect();
        let mut walked = walk(chain, pieces[0].0, pieces[0].1);
        for other in others {
            let next = other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            walked = walked.and(next);
        }
        walked
    })
}

fn walk(chain: &ChainId, mut head: Head, entries: &[&[u8]]) -> Result<Head, Break> {
    for bytes in entries {
        let at = head.seq + 1;
        let entry = Step::read(bytes).map_err(|NotCanonical| Break { at, kind: BreakKind::Unreadable })?;
        let kind = if entry.chain != chain.as_str() || entry.epoch != head.epoch {
            Some(BreakKind::Stranger)
        } else if entry.seq > at {
            Some(BreakKind::Gap)
        } else if entry.seq < at || entry.prev != head.link {
            Some(BreakKind::Fork)
        } else if entry.at < head.at && !entry.sets_time {
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
mod tests;
