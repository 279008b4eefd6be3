//! What a post and its answer say of bags, and its bytes: notes going up, notes coming down after the device's place, the hub's signed word
//! that it holds what was sent, and what it refused. A bag costs a post that has none two bytes.

use crate::frame::{DEVICE_LEVEL, Dictionary, Folder, HUB_LEVEL};
use crate::wire::{LONGEST, VERSION, WireFault};
use ed25519_dalek::{Signature, Signer, SigningKey, Verifier, VerifyingKey};
use record::bag::NoteId;
use record::canon::{Reader, Writer};
use record::{ChainId, Stamp};

/// A note as it travels: the bytes its author signed, and the signature.
pub type Posted = (Vec<u8>, [u8; 64]);

/// Notes for a device, and where it stands after them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BagsDown {
    /// The hub's number of the newest of them: the device's place from now on.
    pub through: u64,
    pub notes: Vec<Posted>,
}

/// The hub's signed word: it holds these notes of this chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BagsHeld {
    pub chain: ChainId,
    /// Hub time.
    pub at: Stamp,
    pub notes: Vec<NoteId>,
    pub signature: [u8; 64],
}

/// A note the hub did not take. It stays on the device; the privacy officer has an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefusedNote {
    pub note: NoteId,
    pub why: RefusedWhy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusedWhy {
    /// Not this device's hand, or not its user's name, role, organisation or key.
    Author,
    /// Nobody the hub knows, or a bag that does not begin.
    Unknown,
    /// This user has never had to do with the person, and does not take the bag from one who has.
    Stranger,
    Unreadable,
}

impl RefusedWhy {
    const ALL: [RefusedWhy; 4] =
        [RefusedWhy::Author, RefusedWhy::Unknown, RefusedWhy::Stranger, RefusedWhy::Unreadable];

    pub const fn code(self) -> &'static str {
        match self {
            RefusedWhy::Author => "AUTHOR",
            RefusedWhy::Unknown => "UNKNOWN",
            RefusedWhy::Stranger => "STRANGER",
            RefusedWhy::Unreadable => "UNREADABLE",
        }
    }
}

/// The end of a post.
pub(crate) fn put_up(to: Writer, through: u64, notes: &[Posted]) -> Result<Writer, WireFault> {
    let to = to.number(through).number(notes.len() as u64);
    if notes.is_empty() {
        return Ok(to);
    }
    let folded = Folder::new(Dictionary::none(), DEVICE_LEVEL).fold_short(&block(notes))?;
    Ok(to.bytes(&folded))
}

pub(crate) fn take_up(from: &mut Reader<'_>) -> Result<(u64, Vec<Posted>), WireFault> {
    let (through, count) = (from.number()?, from.number()?);
    if count == 0 {
        return Ok((through, Vec::new()));
    }
    let block = Folder::new(Dictionary::none(), DEVICE_LEVEL).unfold_short(from.bytes()?, LONGEST)?;
    let notes = unblock(&block)?;
    if notes.len() as u64 == count { Ok((through, notes)) } else { Err(WireFault::Form) }
}

fn block(notes: &[Posted]) -> Vec<u8> {
    let to = Writer::new(VERSION).number(notes.len() as u64);
    notes.iter().fold(to, |to, (bytes, signature)| to.bytes(bytes).bytes(signature)).finish()
}

fn unblock(block: &[u8]) -> Result<Vec<Posted>, WireFault> {
    let mut inside = Reader::new(block, VERSION)?;
    let mut notes = Vec::new();
    for _ in 0..inside.number()? {
        notes.push((inside.bytes()?.to_vec(), inside.array()?));
    }
    inside.end()?;
    Ok(notes)
}

pub(crate) fn down_bytes(down: &BagsDown) -> Result<Vec<u8>, WireFault> {
    let folded = Folder::new(Dictionary::none(), HUB_LEVEL).fold_short(&block(&down.notes))?;
    Ok(Writer::new(VERSION).number(down.through).bytes(&folded).finish())
}

pub(crate) fn take_down(from: &mut Reader<'_>) -> Result<BagsDown, WireFault> {
    let through = from.number()?;
    let block = Folder::new(Dictionary::none(), HUB_LEVEL).unfold_short(from.bytes()?, LONGEST)?;
    Ok(BagsDown { through, notes: unblock(&block)? })
}

fn held_block(held: &BagsHeld) -> Writer {
    let to = Writer::new(VERSION)
        .text("satchel bags held")
        .text(held.chain.as_str())
        .signed(held.at.millis())
        .number(held.notes.len() as u64);
    held.notes.iter().fold(to, |to, id| to.bytes(id.as_bytes()))
}

pub(crate) fn held_bytes(held: &BagsHeld) -> Vec<u8> {
    held_block(held).bytes(&held.signature).finish()
}

pub(crate) fn take_held(from: &mut Reader<'_>) -> Result<BagsHeld, WireFault> {
    if from.text()? != "satchel bags held" {
        return Err(WireFault::Form);
    }
    let (chain, at) = (from.parsed()?, Stamp::from_millis(from.signed()?));
    let mut notes = Vec::new();
    for _ in 0..from.number()? {
        notes.push(NoteId::from_bytes(from.array()?));
    }
    Ok(BagsHeld { chain, at, notes, signature: from.array()? })
}

/// Signs the hub's word.
pub fn sign_held(mut held: BagsHeld, key: &SigningKey) -> BagsHeld {
    held.signature = key.sign(&held_block(&held).finish()).to_bytes();
    held
}

pub fn check_held(held: &BagsHeld, hub: &VerifyingKey) -> Result<(), WireFault> {
    let signature = Signature::from_bytes(&held.signature);
    hub.verify(&held_block(held).finish(), &signature).map_err(|_| WireFault::Signature)
}

/// When the hub had notes, in hub time.
pub(crate) fn times_bytes(times: &[(NoteId, Stamp)]) -> Vec<u8> {
    let to = Writer::new(VERSION).number(times.len() as u64);
    times.iter().fold(to, |to, (note, at)| to.bytes(note.as_bytes()).signed(at.millis())).finish()
}

pub(crate) fn take_times(from: &mut Reader<'_>) -> Result<Vec<(NoteId, Stamp)>, WireFault> {
    let mut times = Vec::new();
    for _ in 0..from.number()? {
        times.push((NoteId::from_bytes(from.array()?), Stamp::from_millis(from.signed()?)));
    }
    Ok(times)
}

pub(crate) fn refused_bytes(refused: &[RefusedNote]) -> Vec<u8> {
    let to = Writer::new(VERSION).number(refused.len() as u64);
    let put = |to: Writer, r: &RefusedNote| {
        let why = RefusedWhy::ALL.iter().position(|why| *why == r.why).unwrap_or(0);
        to.bytes(r.note.as_bytes()).number(why as u64)
    };
    refused.iter().fold(to, put).finish()
}

pub(crate) fn take_refused(from: &mut Reader<'_>) -> Result<Vec<RefusedNote>, WireFault> {
    let mut refused = Vec::new();
    for _ in 0..from.number()? {
        let note = NoteId::from_bytes(from.array()?);
        let why = usize::try_from(from.number()?).ok().and_then(|n| RefusedWhy::ALL.get(n)).ok_or(WireFault::Form)?;
        refused.push(RefusedNote { note, why: *why });
    }
    Ok(refused)
}
