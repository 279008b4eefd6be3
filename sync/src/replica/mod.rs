//! The replicated care plan: one Automerge document a person. Its containers are born once, in a genesis change whose actor and time
//! depend on the person alone, because two devices that each create the same map lose one on merge (`docs/decisions/0005`); they are
//! found by that birth, never by name, so nothing written later can stand in their place. Entries are maps under ids made by chance,
//! whole in the change that adds them; decisions and signatures are values written once; deletion is a status.
//!
//! ```text
//! about, care, end-of-life, respect   one map a part: a Text for each prose field, a scalar for each register
//! entries     id -> { kind, parent, by, at, ended?, fields … }       parent makes the tree; it never changes
//!               and in a goal "goal-status:id#id" -> a claim as JSON   written once
//! decisions   "topic#id" -> a claim as JSON                          written once
//! signatures  id -> a signature as JSON                              written once
//! authors     "device/staff" -> who that is, as JSON
//! ```
//!
//! A replica can be merged by anyone who carries it and read only against a [`Permit`]. Not here: how changes travel (`bundle` packs
//! them, `wire` carries them), and which devices are owed them.

pub mod bundle;
pub mod inspect;
pub mod words;

mod layout;
mod read;
pub mod sign;
mod write;

use automerge::{ActorId, AutoCommit, AutomergeError, Change, ChangeHash, LoadChangeError};
use record::consent::Permit;
use record::plan::{EditFault, Heads, Line, What};
use record::{ChainId, PersonId, Section, Stamp};
use thiserror::Error;

pub use inspect::{Harm, Inspected, inspect};
pub use write::{Hand, Made};

#[derive(Debug, Error)]
pub enum ReplicaFault {
    #[error("the plan's bytes are damaged")]
    Load(#[source] AutomergeError),
    #[error("a change's bytes are damaged")]
    Change(#[source] LoadChangeError),
    #[error("the plan could not be changed")]
    Apply(#[source] AutomergeError),
    #[error("the plan could not be read")]
    Read(#[source] AutomergeError),
    #[error("a part of the plan could not be written")]
    Write(#[source] serde_json::Error),
    #[error("the plan lacks a part that its genesis gave it")]
    Shape,
    #[error("the permit is for another person or does not open care plans")]
    NotPermitted,
    #[error("no such moment in the plan's history")]
    Moment,
    #[error("the bundle of changes is damaged")]
    Bundle,
    #[error(transparent)]
    Edit(#[from] EditFault),
}

/// One person's plan, on a device or at the hub.
///
/// ```compile_fail
/// fn peek(replica: &mut sync::replica::Replica) { replica.read(); }
/// ```
pub struct Replica {
    person: PersonId,
    doc: AutoCommit,
}

/// What came of taking changes in.
#[derive(Debug, Default)]
pub struct Taken {
    /// Changes that are now part of the plan and were not before, oldest first.
    pub lines: Vec<Line>,
    /// Hashes of changes whose dependencies have not come: they wait and are kept.
    pub waiting: Vec<[u8; 32]>,
}

impl Replica {
    /// The plan before anyone has written in it: the same on every device.
    pub fn genesis(person: PersonId) -> Result<Replica, ReplicaFault> {
        Ok(Replica { person, doc: layout::born(person)? })
    }

    /// From a saved document (`None`: the genesis) and changes that came after it, in any order.
    pub fn load<'a>(
        person: PersonId,
        saved: Option<&[u8]>,
        changes: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Replica, ReplicaFault> {
        let mut replica = match saved {
            Some(bytes) => Replica { person, doc: AutoCommit::load(bytes).map_err(ReplicaFault::Load)? },
            None => Replica::genesis(person)?,
        };
        if replica.doc.get_change_meta_by_hash(&layout::genesis(person)?).is_none() {
            return Err(ReplicaFault::Shape);
        }
        replica.apply_all(changes)?;
        Ok(replica)
    }

    pub const fn person(&self) -> PersonId {
        self.person
    }

    /// The whole document; changes that wait for others are not in it.
    pub fn save(&mut self) -> Vec<u8> {
        self.doc.save()
    }

    pub fn heads(&mut self) -> Heads {
        Heads::new(self.doc.get_heads().iter().map(|h| h.0).collect())
    }

    /// Takes in changes from anywhere. Order never matters, and twice is once.
    pub fn take_in<'a>(&mut self, changes: impl IntoIterator<Item = &'a [u8]>) -> Result<Taken, ReplicaFault> {
        let before = self.doc.get_heads();
        let hashes = self.apply_all(changes)?;
        let lines = self.lines_since(&before);
        let waiting = hashes.into_iter().filter(|hash| !self.holds(hash)).map(|hash| hash.0).collect();
        Ok(Taken { lines, waiting })
    }

    /// Takes in a whole saved document.
    pub fn take_in_whole(&mut self, saved: &[u8]) -> Result<Taken, ReplicaFault> {
        let mut other = Replica::load(self.person, Some(saved), [])?;
        let before = self.doc.get_heads();
        if self.doc.merge(&mut other.doc).is_err() {
            // A twin of a change that is here: it is left out, the rest is not.
            let changes = other.changes();
            self.apply_all(changes.iter().map(Vec::as_slice))?;
        }
        Ok(Taken { lines: self.lines_since(&before), waiting: Vec::new() })
    }

    pub fn has(&mut self, hash: &[u8; 32]) -> bool {
        self.holds(&ChangeHash(*hash))
    }

    fn holds(&mut self, hash: &ChangeHash) -> bool {
        self.doc.get_change_meta_by_hash(hash).is_some()
    }

    /// Every change but the genesis, as bytes.
    pub fn changes(&mut self) -> Vec<Vec<u8>> {
        self.changes_without(&[])
    }

    /// The same without these, and without what was made upon them.
    pub fn changes_without(&mut self, left: &[[u8; 32]]) -> Vec<Vec<u8>> {
        let mut gone: std::collections::BTreeSet<ChangeHash> = left.iter().map(|hash| ChangeHash(*hash)).collect();
        let born = layout::actor(self.person);
        let mut kept = Vec::new();
        // Every change stands after those it was made upon.
        for change in self.doc.get_changes(&[]) {
            if gone.contains(&change.hash()) || change.deps().iter().any(|dep| gone.contains(dep)) {
                gone.insert(change.hash());
            } else if *change.actor_id() != born {
                kept.push(change.raw_bytes().to_vec());
            }
        }
        kept
    }

    /// Who changed what, when and on which device; newest first.
    pub fn history(&mut self, permit: &Permit) -> Result<Vec<Line>, ReplicaFault> {
        self.opened_by(permit)?;
        let mut lines = self.lines_since(&[]);
        lines.reverse();
        lines.sort_by_key(|line| std::cmp::Reverse(line.at));
        Ok(lines)
    }

    /// Every change of one hand, oldest first.
    pub fn made_by(&mut self, hand: &ChainId) -> Vec<Made> {
        let actor = ActorId::from(hand.as_str().as_bytes());
        self.doc.get_changes(&[]).iter().filter(|change| *change.actor_id() == actor).map(Made::of).collect()
    }

    fn lines_since(&mut self, before: &[ChangeHash]) -> Vec<Line> {
        let born = layout::actor(self.person);
        let authors = self.authors();
        let metas = self.doc.get_changes_meta(before);
        metas
            .iter()
            .filter(|meta| *meta.actor != born)
            .map(|meta| {
                let actor = String::from_utf8_lossy(meta.actor.to_bytes()).into_owned();
                let (device, staff) = actor.split_once('/').unwrap_or_default();
                Line {
                    moment: Heads::new(vec![meta.hash.0]),
                    at: Stamp::from_millis(meta.timestamp.saturating_mul(1000)),
                    device: device.parse().ok(),
                    staff: staff.parse().ok(),
                    name: authors.get(&actor).map(|author| author.name.clone()).unwrap_or_default(),
                    what: meta.message.as_deref().map_or(What::Other, |m| What::from(m.to_owned())),
                    seq: meta.seq,
                }
            })
            .collect()
    }

    /// Applies what fits. A change that contradicts another of the same author and number is left out; the hub keeps only one of them.
    fn apply_all<'a>(&mut self, changes: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<ChangeHash>, ReplicaFault> {
        let parse = |bytes: &[u8]| Change::from_bytes(bytes.to_vec()).map_err(ReplicaFault::Change);
        let changes: Vec<Change> = changes.into_iter().map(parse).collect::<Result<_, _>>()?;
        if changes.is_empty() {
            return Ok(Vec::new());
        }
        let hashes = changes.iter().map(Change::hash).collect();
        if self.doc.apply_changes(changes.clone()).is_err() {
            for change in changes {
                let _twin = self.doc.apply_changes([change]);
            }
        }
        Ok(hashes)
    }

    fn opened_by(&self, permit: &Permit) -> Result<(), ReplicaFault> {
        let opens = permit.subject() == self.person && permit.sections().has(Section::Plans);
        if opens { Ok(()) } else { Err(ReplicaFault::NotPermitted) }
    }
}

#[cfg(test)]
mod goal_tests;
#[cfg(test)]
mod replica_tests;
