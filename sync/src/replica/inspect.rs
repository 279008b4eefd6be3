//! Looking at a change without the document: whose hand it is, what it claims, and whether it does what no honest device does. What the
//! hub refuses is decided from this; a change is refused alone, the rest of its batch lands.

use super::layout::{self, AUTHORS, DECISIONS, ENTRIES, SIGNATURES};
use super::{ReplicaFault, read};
use automerge::legacy::{Key, ObjectId, Op, OpId, OpType};
use automerge::{ActorId, Change, ScalarValue};
use record::plan::view::Ended;
use record::plan::{Author, Claim, Kind, Signature, Topic};
use record::{PersonId, Stamp};
use std::collections::{BTreeMap, BTreeSet};

/// What a change says of itself.
#[derive(Debug)]
pub struct Inspected {
    pub hash: [u8; 32],
    /// `device/staff` as the change claims it.
    pub actor: String,
    pub seq: u64,
    /// Changes it stands on: this hand's own last one is always among them.
    pub upon: Vec<[u8; 32]>,
    pub at: Stamp,
    pub authors: Vec<(String, Author)>,
    pub claims: Vec<(Topic, Claim)>,
    pub signatures: Vec<Signature>,
    /// What is said of entries that it ends.
    pub ended: Vec<Ended>,
    /// Kinds of entry, or parts, in which it writes, as far as the change itself says.
    pub kinds: BTreeSet<Kind>,
    /// Objects of other changes in which it writes: whose they are says [`super::Replica::objects`].
    pub objects: BTreeSet<Object>,
    /// What it does that no honest device does.
    pub harm: Option<Harm>,
}

/// An object of the document, by the operation that made it: its number, and whose hand it was.
pub type Object = (u64, Vec<u8>);

/// Ways in which a change would make something vanish or stand for something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Harm {
    /// Deletes a key or an entry: deletion is a status.
    Deletes,
    /// Puts something in the place of a container, or of an entry's kind or parent.
    Replaces,
    /// Writes again what is written once: a claim, a signature, an entry.
    Rewrites,
    /// Not the shape of the plan: an unknown field, a claim that is none.
    Misshapen,
}

impl Harm {
    pub const fn code(self) -> &'static str {
        match self {
            Harm::Deletes => "DELETES",
            Harm::Replaces => "REPLACES",
            Harm::Rewrites => "REWRITES",
            Harm::Misshapen => "MISSHAPEN",
        }
    }
}

/// Reads one change of this person's plan.
pub fn inspect(person: PersonId, bytes: &[u8]) -> Result<Inspected, ReplicaFault> {
    let change = Change::from_bytes(bytes.to_vec()).map_err(ReplicaFault::Change)?;
    let mut seen = Inspected {
        hash: change.hash().0,
        actor: String::from_utf8_lossy(change.actor_id().to_bytes()).into_owned(),
        seq: change.seq(),
        upon: change.deps().iter().map(|dep| dep.0).collect(),
        at: Stamp::from_millis(change.timestamp().saturating_mul(1000)),
        authors: Vec::new(),
        claims: Vec::new(),
        signatures: Vec::new(),
        ended: Vec::new(),
        kinds: BTreeSet::new(),
        objects: BTreeSet::new(),
        harm: None,
    };
    let born = layout::actor(person);
    let own = change.actor_id().clone();
    let first = change.start_op().get();
    // Entries that it makes, and the texts in them, by the number of the operation: each is of the kind that its entry says.
    let mut made: BTreeMap<u64, u64> = BTreeMap::new();
    for (number, op) in (first..).zip(change.decode().operations) {
        note(&mut seen, &mut made, (number, first), (&op, &own, &born));
        let harm = match &op.obj {
            ObjectId::Root => Some(Harm::Replaces),
            ObjectId::Id(OpId(number, actor)) if *actor == born => match layout::name_of(*number) {
                Some(name) => in_container(name, &op.key, &op.action, op.pred.iter().next().is_none(), &mut seen),
                None => Some(Harm::Misshapen),
            },
            ObjectId::Id(OpId(number, actor)) => {
                let just_born = *actor == own && *number >= first;
                in_entry(&op.key, &op.action, op.pred.iter().next().is_none(), just_born, &mut seen)
            }
        };
        seen.harm = seen.harm.or(harm);
    }
    Ok(seen)
}

/// Notes in which kind of entry an operation writes, and who is said to have ended one.
fn note(
    seen: &mut Inspected,
    made: &mut BTreeMap<u64, u64>,
    (number, first): (u64, u64),
    (op, own, born): (&Op, &ActorId, &ActorId),
) {
    let ObjectId::Id(OpId(object, actor)) = &op.obj else { return };
    let making = matches!(op.action, OpType::Make(_));
    if actor == born {
        match layout::name_of(*object) {
            Some(ENTRIES) if making => drop(made.insert(number, number)),
            // `about`, or a text of it, `about/people`.
            Some(name) => seen.kinds.extend(name.split('/').next().and_then(Kind::from_code)),
            None => {}
        }
        return;
    }
    let text = match (&op.key, &op.action) {
        (Key::Map(key), OpType::Put(ScalarValue::Str(text))) => Some((key.as_str(), text.as_str())),
        _ => None,
    };
    match (made.get(object).copied(), text) {
        (Some(entry), _) if making => drop(made.insert(number, entry)),
        (Some(_), Some(("kind", code))) => seen.kinds.extend(Kind::from_code(code)),
        (Some(_), _) => {}
        // What it writes in it did not make, or it is no object at all.
        (None, _) if actor == own && *object >= first => seen.harm = seen.harm.or(Some(Harm::Misshapen)),
        (None, _) => drop(seen.objects.insert((*object, actor.to_bytes().to_vec()))),
    }
    if let Some(("ended", said)) = text {
        match serde_json::from_str(said) {
            Ok(ended) => seen.ended.push(ended),
            Err(_) => seen.harm = seen.harm.or(Some(Harm::Misshapen)),
        }
    }
}

/// An operation inside a container that the genesis made.
fn in_container(name: &str, key: &Key, action: &OpType, fresh: bool, seen: &mut Inspected) -> Option<Harm> {
    let Key::Map(key) = key else {
        // Characters of a text: written, removed, marked.
        return if name.contains('/') { None } else { Some(Harm::Misshapen) };
    };
    let text = match action {
        OpType::Put(ScalarValue::Str(text)) => Some(text.as_str()),
        _ => None,
    };
    match (name, action, text) {
        (_, OpType::Delete, _) => Some(Harm::Deletes),
        (ENTRIES, OpType::Make(_), _) if fresh => None,
        (ENTRIES, _, _) => Some(Harm::Rewrites),
        (DECISIONS | SIGNATURES, _, _) if !fresh => Some(Harm::Rewrites),
        (DECISIONS, _, Some(text)) => match read::claim(key, text) {
            Some(claim) if !matches!(claim.0, Topic::GoalStatus(_)) => {
                seen.claims.push(claim);
                None
            }
            _ => Some(Harm::Misshapen),
        },
        (SIGNATURES, _, Some(text)) => match serde_json::from_str::<Signature>(text) {
            Ok(signature) if signature.id == key.as_str() => {
                seen.signatures.push(signature);
                None
            }
            _ => Some(Harm::Misshapen),
        },
        (AUTHORS, _, Some(text)) => match serde_json::from_str(text) {
            Ok(author) => {
                seen.authors.push((key.to_string(), author));
                None
            }
            Err(_) => Some(Harm::Misshapen),
        },
        (part, OpType::Put(ScalarValue::Str(_) | ScalarValue::Null), _) => {
            match Kind::from_code(part).and_then(|kind| kind.field(key)) {
                Some(field) if !field.form.is_prose() => None,
                Some(_) => Some(Harm::Replaces),
                None => Some(Harm::Misshapen),
            }
        }
        (_, OpType::Make(_), _) => Some(Harm::Replaces),
        _ => Some(Harm::Misshapen),
    }
}

/// A field of this name is text wherever there is one.
fn is_prose(key: &str) -> bool {
    let kinds = Kind::PARTS.into_iter().chain(Kind::ADDED);
    let mut fields = kinds.filter_map(|kind| kind.field(key)).peekable();
    fields.peek().is_some() && fields.all(|field| field.form.is_prose())
}

/// An operation inside an entry, or inside one of its texts.
fn in_entry(key: &Key, action: &OpType, fresh: bool, just_born: bool, seen: &mut Inspected) -> Option<Harm> {
    let Key::Map(key) = key else { return None };
    match action {
        OpType::Delete => Some(Harm::Deletes),
        // A voice on how far a goal has got: no field has such a name.
        _ if key.contains('#') && !fresh => Some(Harm::Rewrites),
        OpType::Put(ScalarValue::Str(text)) if key.contains('#') => match read::claim(key, text) {
            Some(claim) if matches!(claim.0, Topic::GoalStatus(_)) => {
                seen.claims.push(claim);
                None
            }
            _ => Some(Harm::Misshapen),
        },
        _ if key.contains('#') => Some(Harm::Misshapen),
        // An entry is whole in the change that adds it: texts, kind and parent come with it and then stay.
        OpType::Make(_) if !just_born => Some(Harm::Replaces),
        // A text is written in letter by letter: one value in its place would silence everybody who wrote in it.
        OpType::Put(_) if is_prose(key) => Some(Harm::Replaces),
        _ if matches!(key.as_str(), "kind" | "parent" | "by" | "at") && !(just_born && fresh) => Some(Harm::Replaces),
        _ => None,
    }
}
