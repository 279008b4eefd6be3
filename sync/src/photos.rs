//! Photographs and other files on the wire: pieces going up after everything else is held, the hub's word how much of each it has, its signed word that it
//! holds one whole, and pieces coming down when somebody presses for one. A photograph is named by its act (`record::visit::photo`), or by the
//! note of a bag (`record::bag::file`); a cut loses at most one piece.
//!
//! Not here: when a piece may go (the vault), whose it must be (the hub), and the picture's own bytes, which nobody here looks into and
//! which do not fold any smaller.

use crate::plans::RefusedWhy;
use crate::wire::{VERSION, WireFault};
use ed25519_dalek::{Signature, Signer, SigningKey, Verifier, VerifyingKey};
use record::bag::NoteId;
use record::canon::{Reader, Writer};
use record::visit::{ActId, PhotoId};
use record::{ChainId, PersonId, Stamp};

/// Bytes of a photograph in one piece: what a cut can cost, and 1.3 seconds on EDGE.
pub const PIECE: usize = 32 << 10;

/// Photographs asked for in one post.
const MOST_WANTED: u64 = 16;

/// Whose photograph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhotoOf {
    pub person: PersonId,
    pub photo: PhotoId,
}

/// What was signed that names a photograph: the hub holds it before it takes a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NamedBy {
    Act(ActId),
    /// Of a bag: a hub from before there were such reads no post with one.
    Note(NoteId),
}

impl NamedBy {
    /// The two have names of different lengths, so the bytes say which it is.
    pub const fn as_bytes(&self) -> &[u8] {
        match self {
            NamedBy::Act(act) => act.as_bytes(),
            NamedBy::Note(note) => note.as_bytes(),
        }
    }

    pub fn from_bytes(bytes: &[u8]) -> Option<NamedBy> {
        let act = || bytes.try_into().ok().map(|act| NamedBy::Act(ActId::from_bytes(act)));
        act().or_else(|| bytes.try_into().ok().map(|note| NamedBy::Note(NoteId::from_bytes(note))))
    }
}

/// Bytes of a photograph, going up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    pub of: PhotoOf,
    pub by: NamedBy,
    /// How many bytes come before these.
    pub from: u32,
    pub bytes: Vec<u8>,
}

/// A photograph that somebody on this device wants to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    pub of: PhotoOf,
    /// How many bytes of it are here.
    pub from: u32,
}

/// How many bytes of a photograph the hub has: where the next piece begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PhotoStands {
    pub of: PhotoOf,
    pub has: u32,
}

/// Bytes of a photograph, coming down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PieceDown {
    pub of: PhotoOf,
    pub from: u32,
    /// Of the whole photograph.
    pub length: u32,
    pub bytes: Vec<u8>,
}

/// The hub's signed word: it holds these photographs of this chain, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhotosHeld {
    pub chain: ChainId,
    /// Hub time.
    pub at: Stamp,
    pub held: Vec<PhotoOf>,
    pub signature: [u8; 64],
}

/// A photograph the hub did not take. It stays on the device; the privacy officer has an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefusedPhoto {
    pub of: PhotoOf,
    pub why: RefusedWhy,
}

// ---- bytes --------------------------------------------------------------------------------------------------------------

/// The end of a post: nothing costs nothing, so that a post without photographs is what it was before there were any.
pub(crate) fn put_up(to: Writer, pieces: &[Piece], wanted: &[Wanted]) -> Writer {
    if pieces.is_empty() && wanted.is_empty() {
        return to;
    }
    let to = pieces.iter().fold(to.number(pieces.len() as u64), |to, piece| {
        put_of(to, piece.of).bytes(piece.by.as_bytes()).number(piece.from.into()).bytes(&piece.bytes)
    });
    wanted.iter().fold(to.number(wanted.len() as u64), |to, wanted| put_of(to, wanted.of).number(wanted.from.into()))
}

pub(crate) fn take_up(from: &mut Reader<'_>) -> Result<(Vec<Piece>, Vec<Wanted>), WireFault> {
    let (mut pieces, mut wanted) = (Vec::new(), Vec::new());
    if from.rest().is_empty() {
        return Ok((pieces, wanted));
    }
    for _ in 0..from.number()? {
        let (of, by) = (take_of(from)?, NamedBy::from_bytes(from.bytes()?).ok_or(WireFault::Form)?);
        pieces.push(Piece { of, by, from: small(from)?, bytes: from.bytes()?.to_vec() });
    }
    let count = from.number()?;
    if count > MOST_WANTED {
        return Err(WireFault::Form);
    }
    for _ in 0..count {
        wanted.push(Wanted { of: take_of(from)?, from: small(from)? });
    }
    Ok((pieces, wanted))
}

pub(crate) fn stands_bytes(stands: &[PhotoStands]) -> Vec<u8> {
    let to = Writer::new(VERSION).number(stands.len() as u64);
    stands.iter().fold(to, |to, stands| put_of(to, stands.of).number(stands.has.into())).finish()
}

pub(crate) fn take_stands(from: &mut Reader<'_>) -> Result<Vec<PhotoStands>, WireFault> {
    (0..from.number()?).map(|_| Ok(PhotoStands { of: take_of(from)?, has: small(from)? })).collect()
}

pub(crate) fn down_bytes(piece: &PieceDown) -> Vec<u8> {
    let to = put_of(Writer::new(VERSION), piece.of).number(piece.from.into()).number(piece.length.into());
    to.bytes(&piece.bytes).finish()
}

pub(crate) fn take_down(from: &mut Reader<'_>) -> Result<PieceDown, WireFault> {
    let (of, start, length) = (take_of(from)?, small(from)?, small(from)?);
    Ok(PieceDown { of, from: start, length, bytes: from.bytes()?.to_vec() })
}

pub(crate) fn refused_bytes(refused: &[RefusedPhoto]) -> Vec<u8> {
    let to = Writer::new(VERSION).number(refused.len() as u64);
    refused.iter().fold(to, |to, refused| put_of(to, refused.of).number(refused.why.number())).finish()
}

pub(crate) fn take_refused(from: &mut Reader<'_>) -> Result<Vec<RefusedPhoto>, WireFault> {
    let mut refused = Vec::new();
    for _ in 0..from.number()? {
        let of = take_of(from)?;
        refused.push(RefusedPhoto { of, why: RefusedWhy::from_number(from.number()?).ok_or(WireFault::Form)? });
    }
    Ok(refused)
}

const HELD: &str = "satchel photos held";

fn held_block(held: &PhotosHeld) -> Writer {
    let to = Writer::new(VERSION).text(HELD).text(held.chain.as_str()).signed(held.at.millis());
    held.held.iter().fold(to.number(held.held.len() as u64), |to, of| put_of(to, *of))
}

pub(crate) fn held_bytes(held: &PhotosHeld) -> Vec<u8> {
    held_block(held).bytes(&held.signature).finish()
}

pub(crate) fn take_held(from: &mut Reader<'_>) -> Result<PhotosHeld, WireFault> {
    if from.text()? != HELD {
        return Err(WireFault::Form);
    }
    let (chain, at) = (from.parsed()?, Stamp::from_millis(from.signed()?));
    let held = (0..from.number()?).map(|_| take_of(from)).collect::<Result<_, _>>()?;
    Ok(PhotosHeld { chain, at, held, signature: from.array()? })
}

/// Signs the hub's word.
pub fn sign_held(mut held: PhotosHeld, key: &SigningKey) -> PhotosHeld {
    held.signature = key.sign(&held_block(&held).finish()).to_bytes();
    held
}

pub fn check_held(held: &PhotosHeld, hub: &VerifyingKey) -> Result<(), WireFault> {
    let signature = Signature::from_bytes(&held.signature);
    hub.verify(&held_block(held).finish(), &signature).map_err(|_| WireFault::Signature)
}

fn put_of(to: Writer, of: PhotoOf) -> Writer {
    to.bytes(of.person.as_bytes()).bytes(of.photo.as_bytes())
}

fn take_of(from: &mut Reader<'_>) -> Result<PhotoOf, WireFault> {
    Ok(PhotoOf { person: PersonId::from_bytes(from.array()?), photo: PhotoId::from_bytes(from.array()?) })
}

fn small(from: &mut Reader<'_>) -> Result<u32, WireFault> {
    u32::try_from(from.number()?).map_err(|_| WireFault::Form)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(n: u8) -> PhotoOf {
        PhotoOf { person: PersonId::from_bytes([n; 16]), photo: PhotoId::from_bytes([n; 32]) }
    }

    #[test]
    fn pieces_and_wishes_go_up_and_nothing_costs_nothing() {
        assert_eq!(put_up(Writer::new(1), &[], &[]).finish(), Writer::new(1).finish());
        let empty = Writer::new(1).finish();
        assert_eq!(take_up(&mut Reader::new(&empty, 1).unwrap()).unwrap(), (vec![], vec![]));
        let by = NamedBy::Act(ActId::from_bytes([2; 16]));
        let piece = Piece { of: of(1), by, from: 65_536, bytes: vec![3; 40] };
        let wanted = Wanted { of: of(4), from: 7 };
        let bytes = put_up(Writer::new(1), std::slice::from_ref(&piece), &[wanted]).finish();
        assert_eq!(take_up(&mut Reader::new(&bytes, 1).unwrap()).unwrap(), (vec![piece], vec![wanted]));
        let many = vec![wanted; MOST_WANTED as usize + 1];
        let bytes = put_up(Writer::new(1), &[], &many).finish();
        assert!(take_up(&mut Reader::new(&bytes, 1).unwrap()).is_err());
    }

    #[test]
    fn what_comes_down_reads_back() {
        let stands = vec![PhotoStands { of: of(1), has: 32_768 }];
        let bytes = stands_bytes(&stands);
        assert_eq!(take_stands(&mut Reader::new(&bytes, VERSION).unwrap()).unwrap(), stands);
        let piece = PieceDown { of: of(2), from: 0, length: 90, bytes: vec![1; 45] };
        let bytes = down_bytes(&piece);
        assert_eq!(take_down(&mut Reader::new(&bytes, VERSION).unwrap()).unwrap(), piece);
        let refused = vec![RefusedPhoto { of: of(3), why: RefusedWhy::Harm }];
        let bytes = refused_bytes(&refused);
        assert_eq!(take_refused(&mut Reader::new(&bytes, VERSION).unwrap()).unwrap(), refused);
    }

    #[test]
    fn a_forged_word_that_a_photograph_is_held_is_not_believed() {
        let key = SigningKey::from_bytes(&[4; 32]);
        let (chain, at) = ("D1/N1".parse().unwrap(), Stamp::from_millis(5));
        let mut held = sign_held(PhotosHeld { chain, at, held: vec![of(1)], signature: [0; 64] }, &key);
        let bytes = held_bytes(&held);
        assert_eq!(take_held(&mut Reader::new(&bytes, VERSION).unwrap()).unwrap(), held);
        assert!(check_held(&held, &key.verifying_key()).is_ok());
        held.held.push(of(2));
        assert!(check_held(&held, &key.verifying_key()).is_err());
    }
}
