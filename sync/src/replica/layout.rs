//! The genesis of a plan: which containers it is born with, and under which operation numbers they are found for ever. Version 1 of the
//! document; a later version adds a second genesis, it never changes this one.

use super::ReplicaFault;
use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, AutoCommit, AutomergeError, ChangeHash, ObjId, ObjType, ROOT};
use record::PersonId;
use record::plan::Kind;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The containers beside the four parts.
pub(super) const ENTRIES: &str = "entries";
pub(super) const DECISIONS: &str = "decisions";
pub(super) const SIGNATURES: &str = "signatures";
pub(super) const AUTHORS: &str = "authors";

/// Containers whose values are written once, as JSON.
pub(super) fn is_log(name: &str) -> bool {
    [DECISIONS, SIGNATURES, AUTHORS].contains(&name)
}

/// Where a container was born: its operation number in the genesis. The same for everybody.
static BORN: LazyLock<BTreeMap<String, u64>> = LazyLock::new(|| {
    let mut number = 0;
    let mut next = |name: String| {
        number += 1;
        (name, number)
    };
    let mut born = BTreeMap::new();
    for (part, prose) in plan() {
        born.extend([next(part.to_owned())]);
        born.extend(prose.map(|field| next(format!("{part}/{field}"))));
    }
    born
});

/// The genesis in order: each container of the root, and the prose inside it.
fn plan() -> impl Iterator<Item = (&'static str, Box<dyn Iterator<Item = &'static str>>)> {
    let prose = |kind: Kind| -> Box<dyn Iterator<Item = &'static str>> {
        Box::new(kind.fields().iter().filter(|field| field.form.is_prose()).map(|field| field.code))
    };
    let parts = Kind::PARTS.into_iter().map(move |kind| (kind.code(), prose(kind)));
    let others = [ENTRIES, DECISIONS, SIGNATURES, AUTHORS].into_iter();
    parts.chain(others.map(|name| (name, Box::new(std::iter::empty()) as Box<dyn Iterator<Item = &'static str>>)))
}

/// The genesis' own actor: the person's id, so that it is the same on every device and nobody's hand.
pub(super) fn actor(person: PersonId) -> ActorId {
    ActorId::from(person.as_bytes().as_slice())
}

/// Makes the genesis.
pub(super) fn born(person: PersonId) -> Result<AutoCommit, ReplicaFault> {
    let mut doc = AutoCommit::new().with_actor(actor(person));
    let mut build = || -> Result<(), AutomergeError> {
        for (part, prose) in plan() {
            let map = doc.put_object(ROOT, part, ObjType::Map)?;
            for field in prose {
                doc.put_object(&map, field, ObjType::Text)?;
            }
        }
        Ok(())
    };
    build().map_err(ReplicaFault::Apply)?;
    // Time zero: the genesis must not depend on when it is made.
    doc.commit_with(CommitOptions::default().with_time(0).with_message("satchel plan 1"));
    Ok(doc)
}

/// The genesis change itself.
pub(super) fn genesis(person: PersonId) -> Result<ChangeHash, ReplicaFault> {
    born(person)?.get_heads().first().copied().ok_or(ReplicaFault::Shape)
}

/// A container by its birth: `about`, `about/people`, `entries`.
pub(super) fn container(person: PersonId, name: &str) -> Result<ObjId, ReplicaFault> {
    let number = BORN.get(name).ok_or(ReplicaFault::Shape)?;
    Ok(ObjId::Id(*number, actor(person), 0))
}

/// Which container has this birth number.
pub(super) fn name_of(number: u64) -> Option<&'static str> {
    BORN.iter().find(|(_, n)| **n == number).map(|(name, _)| name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use automerge::ReadDoc;

    #[test]
    fn every_container_is_where_its_birth_number_says() {
        let person = PersonId::from_bytes([9; 16]);
        let doc = born(person).unwrap();
        for (name, number) in BORN.iter() {
            let by_birth = container(person, name).unwrap();
            let by_name = name.split('/').fold(ROOT, |at, key| doc.get(&at, key).unwrap().unwrap().1);
            assert_eq!(by_birth, by_name, "{name}");
            assert_eq!(name_of(*number), Some(name.as_str()));
        }
        assert_eq!(name_of(9_999), None);
    }

    /// Frozen: a plan born by an older Satchel must be this one.
    #[test]
    fn the_genesis_never_changes() {
        let person = PersonId::from_bytes([9; 16]);
        insta::assert_snapshot!(genesis(person).unwrap().to_string());
        assert_ne!(genesis(person).unwrap(), genesis(PersonId::from_bytes([8; 16])).unwrap());
    }
}
