//! The bytes of what changed: facts with what belongs to them in one block, whole resources in another, person after person in the same
//! order. How the blocks are folded is `super`'s.

use super::{VERSION, WireFault, json, parsed};
use crate::frame::{facts_from_bytes, facts_to_bytes, wholes_from_bytes, wholes_to_bytes};
use crate::letter::Change;
use record::canon::{Reader, Writer};
use record::feed::Seq;
use record::summary::FactKey;
use record::{PersonId, Stamp};

/// What changed, and apart from it the whole resources: they fold with different dictionaries.
pub(super) fn put(changes: &[Change]) -> Result<(Vec<u8>, Vec<u8>), WireFault> {
    let mut to = Writer::new(VERSION).number(changes.len() as u64);
    let mut wholes = Writer::new(VERSION);
    for change in changes {
        let listing = change.listing.as_ref().map(json).transpose()?.unwrap_or_default();
        to = to
            .bytes(change.person.as_bytes())
            .number(change.seq.0)
            .signed(change.as_at.millis())
            .bytes(&listing)
            .bytes(&facts_to_bytes(&change.facts)?)
            .number(change.gone.len() as u64);
        to = change.gone.iter().fold(to, |to, key| to.text(&key.0));
        wholes = wholes.bytes(&wholes_to_bytes(&change.whole));
    }
    Ok((to.finish(), wholes.finish()))
}

pub(super) fn take(facts: &[u8], wholes: &[u8]) -> Result<Vec<Change>, WireFault> {
    let (mut from, mut wholes) = (Reader::new(facts, VERSION)?, Reader::new(wholes, VERSION)?);
    let mut changes = Vec::new();
    for _ in 0..from.number()? {
        let person = PersonId::from_bytes(from.array()?);
        let seq = Seq(from.number()?);
        let as_at = Stamp::from_millis(from.signed()?);
        let listing = Some(from.bytes()?).filter(|b| !b.is_empty()).map(parsed).transpose()?;
        let facts = facts_from_bytes(from.bytes()?)?;
        let mut gone = Vec::new();
        for _ in 0..from.number()? {
            gone.push(FactKey(from.text()?.to_owned()));
        }
        let whole = wholes_from_bytes(wholes.bytes()?)?;
        changes.push(Change { person, seq, as_at, listing, facts, gone, whole });
    }
    from.end()?;
    wholes.end()?;
    Ok(changes)
}
