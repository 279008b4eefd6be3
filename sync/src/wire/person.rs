//! The bytes of a person's letter: their row for lists and what may be done with them in one folded block, for both name them; then the frames as
//! they lie. The letter of before, whose rules lay unfolded, is read and no longer written.

use super::{VERSION, WireFault, json, parsed, put_signed, take_signed};
use crate::frame::Folder;
use crate::letter::PersonLetter;
use record::canon::{Reader, Writer};
use record::feed::Seq;
use record::section::Compartment;

/// The block about a person unfolds to no more than this (bytes).
const LONGEST: usize = 1 << 16;

type Frames = Vec<(Compartment, Vec<u8>)>;

pub(super) fn put(person: &PersonLetter, folder: &mut Folder) -> Result<Vec<u8>, WireFault> {
    let about = Writer::new(VERSION).bytes(&json(&person.listing)?).bytes(&put_signed(&person.rules)).finish();
    let to = Writer::new(VERSION).number(person.base.0).number(person.row).number(person.head.0);
    let to = to.bytes(&folder.fold_short(&about)?).number(person.frames.len() as u64);
    Ok(person.frames.iter().fold(to, |to, (c, bytes)| to.number(c.number().into()).bytes(bytes)).finish())
}

pub(super) fn take(from: &mut Reader<'_>, folder: &mut Folder) -> Result<PersonLetter, WireFault> {
    let (base, row, head) = (Seq(from.number()?), from.number()?, Seq(from.number()?));
    let about = folder.unfold_short(from.bytes()?, LONGEST)?;
    let mut about = Reader::new(&about, VERSION)?;
    let listing = parsed(about.bytes()?)?;
    let rules = take_signed(&mut Reader::new(about.bytes()?, VERSION)?)?;
    about.end()?;
    Ok(PersonLetter { base, row, head, listing, rules, frames: take_frames(from)? })
}

/// The letter before this one (kind 6).
pub(super) fn take_before(from: &mut Reader<'_>, folder: &mut Folder) -> Result<PersonLetter, WireFault> {
    let (base, row, head) = (Seq(from.number()?), from.number()?, Seq(from.number()?));
    let listing = parsed(&folder.unfold_short(from.bytes()?, LONGEST)?)?;
    let rules = take_signed(&mut Reader::new(from.bytes()?, VERSION)?)?;
    Ok(PersonLetter { base, row, head, listing, rules, frames: take_frames(from)? })
}

fn take_frames(from: &mut Reader<'_>) -> Result<Frames, WireFault> {
    let mut frames = Vec::new();
    for _ in 0..from.number()? {
        let number = u8::try_from(from.number()?).map_err(|_| WireFault::Form)?;
        let compartment = Compartment::from_number(number).ok_or(WireFault::Newer)?;
        frames.push((compartment, from.bytes()?.to_vec()));
    }
    Ok(frames)
}
