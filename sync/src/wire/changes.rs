//! The bytes of what changed. Who and when stand at the head; then the resources whole, folded by the dictionary of resources, and the facts read
//! from them, folded by that of facts: each in the words it was trained on. A resource is not named beside its own name. The letter of
//! before, one block for all of it, is read and no longer written.

use super::{LONGEST, VERSION, WireFault, json, parsed};
use crate::frame::{Folder, Whole, facts_from_bytes, facts_to_bytes, wholes_from_bytes};
use crate::letter::Change;
use record::canon::{Reader, Writer};
use record::feed::Seq;
use record::section::Compartment;
use record::summary::FactKey;
use record::{PersonId, SourceId, Stamp};
use serde::Deserialize;
use std::borrow::Cow;

pub(super) fn put(changes: &[Change], folder: &mut Folder) -> Result<Vec<u8>, WireFault> {
    let mut head = Writer::new(VERSION).number(changes.len() as u64);
    let (mut facts, mut columns, mut wholes) = (Writer::new(VERSION), Writer::new(VERSION), String::new());
    let (mut seq, mut at) = (0, 0);
    for change in changes {
        // Changes stand near each other in order and in time: the steps between them are short numbers.
        let (next, as_at) = (change.seq.0 as i64, change.as_at.millis());
        head = head.bytes(change.person.as_bytes()).signed(next.wrapping_sub(seq)).signed(as_at.wrapping_sub(at));
        (seq, at) = (next, as_at);
        let listing = change.listing.as_ref().map(json).transpose()?.unwrap_or_default();
        facts = facts.bytes(&listing).bytes(&facts_to_bytes(&change.facts)?).number(change.gone.len() as u64);
        facts = change.gone.iter().fold(facts, |to, key| to.text(&key.0));
        columns = columns.number(change.whole.len() as u64);
        for whole in &change.whole {
            let named = named(&whole.json).is_some_and(|name| name == whole.key);
            let key = if named { "" } else { whole.key.as_str() };
            columns = columns.text(key).number(whole.source.0.into()).number(whole.json.len() as u64);
            wholes.push_str(&whole.json);
        }
    }
    let wholes = Writer::new(VERSION).bytes(&columns.finish()).text(&wholes).finish();
    let wholes = folder.fold_frame(Compartment::Whole, &wholes)?;
    Ok(head.bytes(&wholes).bytes(&folder.fold_short(&facts.finish())?).finish())
}

pub(super) fn take(from: &mut Reader<'_>, folder: &mut Folder) -> Result<Vec<Change>, WireFault> {
    let (mut seq, mut at) = (0i64, 0i64);
    let mut heads = Vec::new();
    for _ in 0..from.number()? {
        let person = PersonId::from_bytes(from.array()?);
        (seq, at) = (seq.wrapping_add(from.signed()?), at.wrapping_add(from.signed()?));
        heads.push((person, Seq(seq as u64), Stamp::from_millis(at)));
    }
    let wholes = folder.unfold_frame(Compartment::Whole, from.bytes()?)?;
    let mut wholes = Reader::new(&wholes, VERSION)?;
    let (mut columns, mut jsons) = (Reader::new(wholes.bytes()?, VERSION)?, wholes.text()?);
    wholes.end()?;
    let facts = folder.unfold_short(from.bytes()?, LONGEST)?;
    let mut facts = Reader::new(&facts, VERSION)?;
    let mut changes = Vec::with_capacity(heads.len());
    for (person, seq, as_at) in heads {
        let listing = Some(facts.bytes()?).filter(|b| !b.is_empty()).map(parsed).transpose()?;
        let of_one = facts_from_bytes(facts.bytes()?)?;
        let gone = take_gone(&mut facts)?;
        let mut whole = Vec::new();
        for _ in 0..columns.number()? {
            let (key, source) = (columns.text()?.to_owned(), columns.number()?);
            let source = SourceId(u32::try_from(source).map_err(|_| WireFault::Form)?);
            let length = usize::try_from(columns.number()?).map_err(|_| WireFault::Form)?;
            let (json, rest) = jsons.split_at_checked(length).ok_or(WireFault::Form)?;
            jsons = rest;
            let key = if key.is_empty() { named(json).ok_or(WireFault::Form)? } else { key };
            whole.push(Whole { key, source, json: json.to_owned() });
        }
        changes.push(Change { person, seq, as_at, listing, facts: of_one, gone, whole });
    }
    facts.end()?;
    columns.end()?;
    if jsons.is_empty() { Ok(changes) } else { Err(WireFault::Form) }
}

/// `Type/id`, as a resource names itself.
fn named(json: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Named<'a> {
        #[serde(rename = "resourceType", borrow)]
        kind: Cow<'a, str>,
        #[serde(borrow)]
        id: Cow<'a, str>,
    }
    let Named { kind, id } = serde_json::from_str(json).ok()?;
    Some(format!("{kind}/{id}"))
}

fn take_gone(from: &mut Reader<'_>) -> Result<Vec<FactKey>, WireFault> {
    let mut gone = Vec::new();
    for _ in 0..from.number()? {
        gone.push(FactKey(from.text()?.to_owned()));
    }
    Ok(gone)
}

/// The letter before this one (kind 7): one block, each whole with its key.
pub(super) fn take_before(block: &[u8]) -> Result<Vec<Change>, WireFault> {
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
        let gone = take_gone(&mut from)?;
        changes.push(Change { person, seq, as_at, listing, facts, gone, whole });
    }
    from.end()?;
    Ok(changes)
}
