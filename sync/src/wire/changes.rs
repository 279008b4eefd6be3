//! The bytes of what changed, person after person: first what the resources say whole, then the facts read from them, so that a fact's words
//! fold to where they stood in its resource. How the block is folded is `super`'s.

use super::{VERSION, WireFault, json, parsed};
use crate::frame::{facts_from_bytes, facts_to_bytes, wholes_from_bytes, wholes_to_bytes};
use crate::letter::Change;
use record::canon::{Reader, Writer};
use record::feed::Seq;
use record::summary::FactKey;
use record::{PersonId, Stamp};

pub(super) fn put(changes: &[Change]) -> Result<Vec<u8>, WireFault> {
    let mut to = Writer::new(VERSION).number(changes.len() as u64);
    to = changes.iter().fold(to, |to, change| to.bytes(&wholes_to_bytes(&change.whole)));
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
    }
    Ok(to.finish())
}

pub(super) fn take(block: &[u8]) -> Result<Vec<Change>, WireFault> {
    let mut from = Reader::new(block, VERSION)?;
    let mut wholes = Vec::new();
    for _ in 0..from.number()? {
        wholes.push(wholes_from_bytes(from.bytes()?)?);
    }
    let mut changes = Vec::with_capacity(wholes.len());
    for whole in wholes {
        let person = PersonId::from_bytes(from.array()?);
        let seq = Seq(from.number()?);
        let as_at = Stamp::from_millis(from.signed()?);
        let listing = Some(from.bytes()?).filter(|b| !b.is_empty()).map(parsed).transpose()?;
        let facts = facts_from_bytes(from.bytes()?)?;
        let mut gone = Vec::new();
        for _ in 0..from.number()? {
            gone.push(FactKey(from.text()?.to_owned()));
        }
        changes.push(Change { person, seq, as_at, listing, facts, gone, whole });
    }
    from.end()?;
    Ok(changes)
}
