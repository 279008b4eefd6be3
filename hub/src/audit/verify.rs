//! Proves a whole log, entry by entry, with nothing but the hub's public key: the tree under its signed heads, every chain through every
//! epoch the hub granted, every batch under the key the hub enrolled its author with. The same code for a file from outside and for the
//! live store. It stops at the first fault and says where.

use ed25519_dalek::VerifyingKey;
use record::ChainId;
use record::audit::{BreakKind, Entry, Event, Head, HubAct, Link, first_break};
use record::merkle::{Frontier, Hash};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use sync::witness::{BatchMark, TreeHead};
use thiserror::Error;

use crate::store::audit::{Held, OWN};

/// The first fault, by its place.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Fault {
    #[error("leaf {leaf}: the log has leaf {found} here: one is missing, twice or out of order")]
    Leaf { leaf: u64, found: u64 },
    #[error("leaf {leaf} (chain {chain}, epoch {epoch}, entry {seq}): {}", kind.code())]
    Chain { leaf: u64, chain: String, epoch: u32, seq: u64, kind: BreakKind },
    #[error("leaf {leaf} (chain {chain}): set aside, but it fits its chain")]
    Aside { leaf: u64, chain: String },
    #[error("leaf {leaf} (chain {chain}): epoch {epoch} was never granted by the hub")]
    Epoch { leaf: u64, chain: String, epoch: u32 },
    #[error("leaf {leaf} (chain {chain}): the hub enrolled no such author before this entry")]
    Author { leaf: u64, chain: String },
    #[error("chain {chain}, epoch {epoch}, entry {seq}: the author's signature over this batch does not fit")]
    Mark { chain: String, epoch: u32, seq: u64 },
    #[error("chain {chain}, epoch {epoch}: entries after {signed} up to {last} are not signed by their author")]
    Unsigned { chain: String, epoch: u32, signed: u64, last: u64 },
    #[error("tree head of {size} entries: the hub's signature does not fit")]
    Signature { size: u64 },
    #[error("tree head of {size} entries: the log's root is another (an entry was changed, or the log was rewritten)")]
    Root { size: u64 },
    #[error("tree head of {size} entries: the log holds only {held} (its end is missing)")]
    Short { size: u64, held: u64 },
    #[error("the log holds {held} entries and no tree head vouches for those after {vouched}")]
    Unvouched { vouched: u64, held: u64 },
}

/// What was proved.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Proved {
    pub entries: u64,
    /// Of these, kept aside as evidence.
    pub aside: u64,
    pub chains: u64,
    pub epochs: u64,
    pub batches: u64,
    pub heads: u64,
    /// SHA-256, hexadecimal.
    pub root: String,
}

struct Walk {
    id: ChainId,
    head: Head,
    /// The last entry of this epoch under its author's signature.
    signed: u64,
}

/// A batch is set aside whole where it breaks, with what stands in it before the break.
struct Owed {
    leaf: u64,
    epoch: u32,
    seq: u64,
    /// It says that it takes the hub's time: what the hub may find to be false.
    sets_time: bool,
}

/// A proof under way.
pub struct Verifier {
    hub: VerifyingKey,
    heads: BTreeMap<u64, TreeHead>,
    marks: HashMap<(String, u32, u64), [u8; 64]>,
    frontier: Frontier,
    chains: HashMap<String, Walk>,
    authors: HashMap<ChainId, VerifyingKey>,
    /// The hub's grants by chain and epoch.
    grants: HashMap<(ChainId, u32), Vec<u8>>,
    /// What was set aside though it fits, by chain: its leaf, and its place. The hub owes a reason, which only a grant can be.
    owed: HashMap<ChainId, Owed>,
    vouched: u64,
    so_far: Proved,
}

impl Verifier {
    /// `heads` and `marks` are checked when the log reaches them.
    pub fn new(
        hub: VerifyingKey,
        heads: impl IntoIterator<Item = TreeHead>,
        marks: impl IntoIterator<Item = (String, BatchMark)>,
    ) -> Result<Verifier, Fault> {
        let mut by_size = BTreeMap::new();
        for head in heads {
            head.check(&hub).map_err(|_| Fault::Signature { size: head.size })?;
            if by_size.insert(head.size, head).is_some_and(|other: TreeHead| other.root != head.root) {
                return Err(Fault::Root { size: head.size });
            }
        }
        Ok(Verifier {
            hub,
            heads: by_size,
            marks: marks.into_iter().map(|(c, m)| ((c, m.epoch, m.through), m.signature)).collect(),
            frontier: Frontier::default(),
            chains: HashMap::new(),
            authors: HashMap::new(),
            grants: HashMap::new(),
            owed: HashMap::new(),
            vouched: 0,
            so_far: Proved::default(),
        })
    }

    /// The next entry of the log.
    pub fn entry(&mut self, held: &Held) -> Result<(), Fault> {
        let leaf = self.frontier.size();
        if held.leaf != leaf {
            return Err(Fault::Leaf { leaf, found: held.leaf });
        }
        self.frontier.push(*Link::of(&held.bytes).as_bytes());
        self.so_far.entries += 1;
        if held.aside {
            self.set_aside(held)?
        } else {
            self.in_chain(held)?
        }
        if let Some(head) = self.heads.get(&self.frontier.size()) {
            if head.root != self.frontier.root() {
                return Err(Fault::Root { size: head.size });
            }
            self.vouched = head.size;
            self.so_far.heads += 1;
        }
        Ok(())
    }

    /// What fits its chain was not rightly set aside, for that would hide it from the chain; unless the hub ended the epoch at this entry
    /// or a later one of its batch, which it says in its own chain.
    fn set_aside(&mut self, held: &Held) -> Result<(), Fault> {
        self.so_far.aside += 1;
        let (id, head) = match self.chains.get(&held.chain) {
            Some(walk) => (Some(walk.id.clone()), walk.head),
            None => (held.chain.parse().ok(), Head::START),
        };
        let Some(id) = id else { return Ok(()) };
        // Once the hub has opened another epoch, what comes of this one is rightly aside; what begins that one is not.
        let granted = self.grants.iter().filter(|((to, epoch), _)| *to == id && *epoch > head.epoch);
        let starts: Vec<Head> = granted.filter_map(|((_, epoch), grant)| Head::granted(&id, *epoch, grant)).collect();
        let heads = if starts.is_empty() { vec![head] } else { starts };
        let fits = |from: &&Head| first_break(&id, Head { at: head.at, ..**from }, [held.bytes.as_slice()]).is_ok();
        let found = heads.iter().find(fits).copied();
        let (fits, head) = (found.is_some(), found.unwrap_or(head));
        if held.chain == OWN || (fits && self.owed.contains_key(&id)) {
            return Err(Fault::Aside { leaf: held.leaf, chain: held.chain.clone() });
        }
        if fits {
            let sets_time = Entry::from_bytes(&held.bytes).is_ok_and(|entry| entry.sets_time());
            self.owed.insert(id, Owed { leaf: held.leaf, epoch: head.epoch, seq: head.seq + 1, sets_time });
        }
        Ok(())
    }

    /// The hub opened a new epoch: the reason for what was set aside of the one before, if it broke there.
    fn pay(&mut self, chain: &ChainId, epoch: u32, (at, kind): (u64, BreakKind)) {
        let due = |owed: &Owed| {
            let there = at == owed.seq && kind == BreakKind::Clock && owed.sets_time;
            epoch > owed.epoch && (there || at > owed.seq)
        };
        if self.owed.get(chain).is_some_and(due) {
            self.owed.remove(chain);
        }
    }

    fn in_chain(&mut self, held: &Held) -> Result<(), Fault> {
        let (leaf, name) = (held.leaf, held.chain.clone());
        let fault = |kind| Fault::Chain { leaf, chain: name.clone(), epoch: held.epoch, seq: held.seq, kind };
        let entry = Entry::from_bytes(&held.bytes).map_err(|_| fault(BreakKind::Unreadable))?;
        let walk = match self.chains.entry(name.clone()) {
            std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::hash_map::Entry::Vacant(new) => {
                let id: ChainId = name.parse().map_err(|_| fault(BreakKind::Stranger))?;
                self.so_far.epochs += 1;
                new.insert(Walk { id, head: Head::START, signed: 0 })
            }
        };
        let own = name == OWN;
        if let Some(owed) = self.owed.get(&walk.id) {
            // The chain goes on, and nothing was said of it.
            return Err(Fault::Aside { leaf: owed.leaf, chain: name });
        }
        if entry.epoch != walk.head.epoch {
            let grant = self.grants.get(&(walk.id.clone(), entry.epoch));
            let start = grant.and_then(|grant| Head::granted(&walk.id, entry.epoch, grant));
            let Some(start) = start.filter(|s| s.epoch > walk.head.epoch) else {
                return Err(Fault::Epoch { leaf, chain: name, epoch: entry.epoch });
            };
            all_signed(walk, own)?;
            walk.head = Head { at: walk.head.at, ..start };
            walk.signed = 0;
            self.so_far.epochs += 1;
        }
        walk.head = first_break(&walk.id, walk.head, [held.bytes.as_slice()]).map_err(|at| fault(at.kind))?;
        if held.seq != walk.head.seq || held.epoch != walk.head.epoch {
            return Err(fault(BreakKind::Stranger));
        }
        if own {
            self.learn(entry, &held.bytes);
            return Ok(());
        }
        let Some(author) = self.authors.get(&walk.id) else { return Err(Fault::Author { leaf, chain: name }) };
        if let Some(signature) = self.marks.remove(&(name.clone(), walk.head.epoch, walk.head.seq)) {
            let mark = BatchMark { epoch: walk.head.epoch, through: walk.head.seq, signature };
            if mark.check(&walk.id, walk.head.link, author).is_err() {
                return Err(Fault::Mark { chain: name, epoch: mark.epoch, seq: mark.through });
            }
            walk.signed = mark.through;
            self.so_far.batches += 1;
        }
        Ok(())
    }

    /// What the hub's own chain says of others: whose key signs, and which epochs it opened.
    fn learn(&mut self, entry: Entry, bytes: &[u8]) {
        match entry.event {
            Event::Hub(HubAct::Enrolled { staff, device, signing_key, .. }) => {
                if let Ok(key) = VerifyingKey::from_bytes(&signing_key) {
                    self.authors.insert(ChainId::of(&device, &staff), key);
                }
            }
            Event::Hub(HubAct::EpochGranted { chain, epoch, at, kind }) => {
                self.pay(&chain, epoch, (at, kind));
                self.grants.insert((chain, epoch), bytes.to_vec());
            }
            _ => {}
        }
    }

    /// The log is at its end. `root`: what the live store's own nodes say, where there is one.
    pub fn finish(self, root: Option<Hash>) -> Result<Proved, Fault> {
        let held = self.frontier.size();
        if let Some((size, _)) = self.heads.range(held + 1..).next() {
            return Err(Fault::Short { size: *size, held });
        }
        if let Some((chain, owed)) = self.owed.iter().min_by_key(|(_, owed)| owed.leaf) {
            return Err(Fault::Aside { leaf: owed.leaf, chain: chain.to_string() });
        }
        for walk in self.chains.values() {
            all_signed(walk, walk.id.as_str() == OWN)?;
        }
        if let Some(((chain, epoch, seq), _)) = self.marks.iter().min() {
            return Err(Fault::Mark { chain: chain.clone(), epoch: *epoch, seq: *seq });
        }
        match root {
            Some(root) if root != self.frontier.root() => return Err(Fault::Root { size: held }),
            Some(_) => {}
            None if self.vouched < held => return Err(Fault::Unvouched { vouched: self.vouched, held }),
            None => {}
        }
        let root = self.frontier.root().iter().map(|b| format!("{b:02x}")).collect();
        Ok(Proved { chains: self.chains.len() as u64, root, ..self.so_far })
    }

    pub const fn hub(&self) -> &VerifyingKey {
        &self.hub
    }
}

/// Every entry of a device's epoch is under its author's signature; the hub's own are under its tree heads.
fn all_signed(walk: &Walk, own: bool) -> Result<(), Fault> {
    let last = walk.head.seq;
    if own || walk.signed == last {
        return Ok(());
    }
    Err(Fault::Unsigned { chain: walk.id.to_string(), epoch: walk.head.epoch, signed: walk.signed, last })
}
