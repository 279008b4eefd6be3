//! The unlosable outbox: what a device has not sent yet, sealed to its hub, in files that need no vault and no PIN to be carried. One file
//! is a **segment**: a head that is read by anybody, then frames that only the hub opens. The device writes a frame for every commit and
//! cannot read it back; a carrier sees a random name, how many frames there are, and nothing else.
//!
//! ```text
//! "SATCHEL-OUTBOX" · 1 · id (16) · owner (8) · ephemeral key (32)
//! length (4) · place (8) · sealed frame 0: whose it is, signed by their key on this device
//! length (4) · place (8) · sealed frame 1: audit entries, choices, claims, forms, changes of plans, acts, notes of bags
//! …                                          a frame that was cut, and what follows it, does not count
//! ```
//!
//! The key of a segment comes from X25519 between the ephemeral key and the hub's signing key, as a Montgomery point: the key that was
//! pinned at enrolment, so that no further key has to be brought to a device (decision 0035). Whoever has the segment's key is the one
//! who signed frame 0, or the hub. `place` is the number of the last audit entry in the frame: it says what is sealed already, after
//! the app was killed. Photographs have segments of their own, with place 0: they come after all text. Drafts have one, under a name of owner of its
//! own: it is replaced whole, and tells no device that anything was done. So has each piece of a picture of a form that nobody has signed. Not here: files (vault, device), and what the hub does with what it opens.

use crate::bag::post::Posted;
use crate::drafts::{self, DraftSaid, DraftWaits, PicturePiece, owner_of_drafts};
use crate::frame::FrameFault;
use crate::letter::{ChoiceMade, ClaimMade, SignedForm};
use crate::photos::{NamedBy, PhotoOf};
use crate::wire::{LONGEST, VERSION, WireFault, json, parsed};
use crate::witness::BatchMark;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use data_encoding::HEXLOWER;
use ed25519_dalek::{Signature, Signer, SigningKey, Verifier, VerifyingKey};
use hkdf::Hkdf;
use record::canon::{NotCanonical, Reader, Writer};
use record::feed::Seq;
use record::visit::{PhotoId, SignedAct};
use record::{ChainId, PersonId, Stamp};
use sha2::{Digest, Sha256};
use thiserror::Error;
use x25519_dalek::{PublicKey, StaticSecret};

const MAGIC: &[u8; 15] = b"SATCHEL-OUTBOX\x01";
const HEAD: usize = MAGIC.len() + 16 + 8 + 32;
const INFO: &[u8] = b"satchel outbox 1";
const SIGNED: &str = "satchel outbox segment 1";

/// No segment goes over a network that is longer (bytes): a device begins another long before. One that an earlier version made longer is brought by hand.
pub const LONGEST_SEGMENT: usize = 12 << 20;

#[derive(Debug, Error)]
pub enum OutboxFault {
    #[error("the bytes are not an outbox segment")]
    Form,
    #[error("the segment is longer than any may be")]
    TooLong,
    #[error("the segment was not sealed to this hub, or was changed")]
    Sealed,
    #[error("the segment's author did not sign it")]
    Author,
    #[error("the receipt is not this hub's, or not for these bytes")]
    Receipt,
    #[error("a part of the segment could not be read or written")]
    Wire(#[from] WireFault),
}

impl From<NotCanonical> for OutboxFault {
    fn from(_: NotCanonical) -> Self {
        OutboxFault::Form
    }
}

impl From<FrameFault> for OutboxFault {
    fn from(fault: FrameFault) -> Self {
        OutboxFault::Wire(fault.into())
    }
}

/// A segment's name: random, and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SegmentId(pub [u8; 16]);

impl std::fmt::Display for SegmentId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::str::FromStr for SegmentId {
    type Err = OutboxFault;

    fn from_str(text: &str) -> Result<Self, OutboxFault> {
        let bytes = HEXLOWER.decode(text.as_bytes()).ok();
        bytes.and_then(|bytes| bytes.try_into().ok()).map(SegmentId).ok_or(OutboxFault::Form)
    }
}

/// Whose segments are whose on a shared device, without saying who: eight bytes of a hash of the chain's name.
pub fn owner_of(chain: &ChainId) -> [u8; 8] {
    let hash: [u8; 32] =
        Sha256::new().chain_update(b"satchel outbox owner 1").chain_update(chain.as_str()).finalize().into();
    hash.first_chunk().copied().unwrap_or_default()
}

/// What one commit left to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frame {
    /// Canonical bytes, in order.
    pub entries: Vec<Vec<u8>>,
    /// The author's signature over the chain after the last of them, where work stands beside them.
    pub mark: Option<BatchMark>,
    pub work: Vec<Work>,
}

/// Work beside the audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Work {
    Choice(Box<ChoiceMade>),
    Claim(ClaimMade),
    Form(SignedForm),
    /// One change of a care plan.
    Plan {
        person: PersonId,
        change: Vec<u8>,
    },
    /// Something done at a visit.
    Act(SignedAct),
    /// A note of a bag.
    Bag(Posted),
    /// A photograph or another file, whole, with what names it.
    Photo {
        of: PhotoOf,
        by: NamedBy,
        bytes: Vec<u8>,
    },
    /// What is being written, as it stands: in a segment of drafts, and nobody's but its author's.
    Draft(DraftSaid),
    /// A draft that came back and has to wait: beside drafts.
    Waits(DraftWaits),
    /// A piece of a picture of a form that nobody has signed: in a segment of its own.
    Picture(PicturePiece),
}

// ---- sealing ------------------------------------------------------------------------------------------------------------

/// A segment being written.
pub struct Segment {
    pub id: SegmentId,
    cipher: XChaCha20Poly1305,
    next: u64,
}

impl Segment {
    /// Begins a segment; gives it and its first bytes. `fresh`: 32 random bytes, used for this segment alone.
    pub fn begin(
        fresh: &[u8; 32],
        hub: &VerifyingKey,
        whose: (&ChainId, &SigningKey),
        at: Stamp,
    ) -> Result<(Segment, Vec<u8>), OutboxFault> {
        Segment::begin_as(owner_of(whose.0), (fresh, hub), whose, at)
    }

    /// The same under another name of owner: of drafts, or of one picture of a form.
    pub fn begin_as(
        owner: [u8; 8],
        (fresh, hub): (&[u8; 32], &VerifyingKey),
        (chain, author): (&ChainId, &SigningKey),
        at: Stamp,
    ) -> Result<(Segment, Vec<u8>), OutboxFault> {
        let part = |what: &[u8]| -> [u8; 32] { Sha256::new().chain_update(what).chain_update(fresh).finalize().into() };
        let id = SegmentId(part(b"satchel outbox id").first_chunk().copied().unwrap_or_default());
        let secret = StaticSecret::from(part(b"satchel outbox key"));
        let ephemeral = PublicKey::from(&secret).to_bytes();
        let public = hub.to_montgomery().to_bytes();
        let shared = secret.diffie_hellman(&PublicKey::from(public));
        let cipher = cipher(shared.as_bytes(), (&id, &ephemeral, &public))?;
        let mut bytes = [MAGIC.as_slice(), &id.0, &owner, &ephemeral].concat();
        let mut segment = Segment { id, cipher, next: 0 };
        let signature = author.sign(&statement(chain, &id, &ephemeral, hub)).to_bytes();
        let whose = Writer::new(VERSION).text(chain.as_str()).signed(at.millis()).bytes(&signature).finish();
        bytes.extend(segment.seal(0, &whose)?);
        Ok((segment, bytes))
    }

    /// One commit as bytes to append. `place`: of the last audit entry, over all epochs.
    pub fn frame(&mut self, place: u64, frame: &Frame) -> Result<Vec<u8>, OutboxFault> {
        let plain = frame_bytes(frame)?;
        self.seal(place, &plain)
    }

    fn seal(&mut self, place: u64, plain: &[u8]) -> Result<Vec<u8>, OutboxFault> {
        let aad = aad(&self.id, self.next, place);
        let payload = Payload { msg: plain, aad: &aad };
        let sealed = self.cipher.encrypt(&nonce(self.next), payload).map_err(|_| OutboxFault::Sealed)?;
        self.next += 1;
        let length = u32::try_from(sealed.len()).map_err(|_| OutboxFault::TooLong)?;
        Ok([&length.to_le_bytes()[..], &place.to_le_bytes(), &sealed].concat())
    }
}

/// Every frame has a number of its own under a key of the segment's own: number enough for a nonce.
fn nonce(number: u64) -> XNonce {
    let mut nonce = [0; 24];
    nonce[..8].copy_from_slice(&number.to_le_bytes());
    nonce.into()
}

fn aad(id: &SegmentId, number: u64, place: u64) -> [u8; 32] {
    let mut aad = [0; 32];
    aad[..16].copy_from_slice(&id.0);
    aad[16..24].copy_from_slice(&number.to_le_bytes());
    aad[24..].copy_from_slice(&place.to_le_bytes());
    aad
}

fn cipher(
    shared: &[u8; 32],
    (id, ephemeral, hub): (&SegmentId, &[u8; 32], &[u8; 32]),
) -> Result<XChaCha20Poly1305, OutboxFault> {
    let salt = [&id.0[..], ephemeral, hub].concat();
    let mut key = [0; 32];
    Hkdf::<Sha256>::new(Some(&salt), shared).expand(INFO, &mut key).map_err(|_| OutboxFault::Sealed)?;
    Ok(XChaCha20Poly1305::new(&key.into()))
}

/// What the author signs: only who knows the ephemeral secret, and the hub, can write frames under it.
fn statement(chain: &ChainId, id: &SegmentId, ephemeral: &[u8; 32], hub: &VerifyingKey) -> Vec<u8> {
    Writer::new(VERSION).text(SIGNED).text(chain.as_str()).bytes(&id.0).bytes(ephemeral).bytes(hub.as_bytes()).finish()
}

// ---- what anybody can see -----------------------------------------------------------------------------------------------

/// A segment from outside: all that its carrier learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outline {
    pub id: SegmentId,
    pub owner: [u8; 8],
    /// Whole frames after the first.
    pub frames: u64,
    /// The last audit entry sealed in it, by place.
    pub through: u64,
    /// Bytes that count: what was cut after them does not.
    pub length: usize,
}

/// Reads a segment from outside, however long it is: nothing is passed over for its length.
pub fn outline(bytes: &[u8]) -> Result<Outline, OutboxFault> {
    let rest = bytes.strip_prefix(MAGIC).ok_or(OutboxFault::Form)?;
    let (id, rest) = rest.split_first_chunk::<16>().ok_or(OutboxFault::Form)?;
    let (owner, _) = rest.split_first_chunk::<8>().ok_or(OutboxFault::Form)?;
    let mut outline = Outline { id: SegmentId(*id), owner: *owner, frames: 0, through: 0, length: HEAD };
    let mut count = 0u64;
    for (place, sealed) in frames(bytes) {
        outline.length += 12 + sealed.len();
        outline.through = outline.through.max(place);
        count += 1;
    }
    if count == 0 {
        return Err(OutboxFault::Form);
    }
    outline.frames = count - 1;
    Ok(outline)
}

/// Whether a file that is no segment is one that was begun and cut in its head, where nothing had been said to be in it; or else something that was written,
/// and harmed since. `bytes`: that [`outline`] could not read.
pub fn was_begun(bytes: &[u8]) -> bool {
    // Frame 0 is a name, a time and a signature.
    const FIRST_FRAME: usize = 512;
    let same = bytes.iter().zip(MAGIC).all(|(byte, magic)| byte == magic);
    same && bytes.len() < HEAD + FIRST_FRAME
}

/// Whole frames: place and sealed bytes.
fn frames(bytes: &[u8]) -> impl Iterator<Item = (u64, &[u8])> {
    let mut rest = bytes.get(HEAD..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (length, after) = rest.split_first_chunk::<4>()?;
        let (place, after) = after.split_first_chunk::<8>()?;
        let (sealed, after) = after.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        rest = after;
        Some((u64::from_le_bytes(*place), sealed))
    })
}

// ---- at the hub ---------------------------------------------------------------------------------------------------------

/// A segment opened by its hub. Whose it is must still be checked with the key the hub certified.
#[derive(Debug)]
pub struct Opened {
    pub outline: Outline,
    pub chain: ChainId,
    /// Device time at which the segment was begun.
    pub at: Stamp,
    pub frames: Vec<Frame>,
    statement: Vec<u8>,
    signature: Signature,
    digest: [u8; 32],
}

impl Opened {
    pub fn check(&self, author: &VerifyingKey) -> Result<(), OutboxFault> {
        author.verify(&self.statement, &self.signature).map_err(|_| OutboxFault::Author)
    }

    /// The hub's word that it holds every frame of it.
    pub fn held(&self, key: &SigningKey, at: Stamp) -> Vec<u8> {
        let block = || receipt_block(&self.outline.id, self.outline.length as u64, &self.digest, at);
        let signature = key.sign(&block().finish()).to_bytes();
        block().bytes(&signature).finish()
    }
}

/// Opens a segment with the hub's own key.
pub fn open(bytes: &[u8], key: &SigningKey) -> Result<Opened, OutboxFault> {
    let outline = outline(bytes)?;
    let ephemeral: [u8; 32] = bytes[HEAD - 32..HEAD].try_into().map_err(|_| OutboxFault::Form)?;
    let hub = key.verifying_key();
    let public = hub.to_montgomery().to_bytes();
    let shared = StaticSecret::from(key.to_scalar_bytes()).diffie_hellman(&PublicKey::from(ephemeral));
    let cipher = cipher(shared.as_bytes(), (&outline.id, &ephemeral, &public))?;
    let mut plain = Vec::new();
    for (number, (place, sealed)) in (0..).zip(frames(bytes)) {
        let aad = aad(&outline.id, number, place);
        let payload = Payload { msg: sealed, aad: &aad };
        plain.push(cipher.decrypt(&nonce(number), payload).map_err(|_| OutboxFault::Sealed)?);
    }
    let (whose, rest) = plain.split_first().ok_or(OutboxFault::Form)?;
    let mut from = Reader::new(whose, VERSION)?;
    let chain: ChainId = from.parsed()?;
    let at = Stamp::from_millis(from.signed()?);
    let signature = Signature::from_bytes(&from.array()?);
    from.end()?;
    let frames: Vec<Frame> = rest.iter().map(|bytes| frame_of(bytes)).collect::<Result<_, _>>()?;
    let of_pictures = frames.iter().flat_map(|frame| &frame.work).filter_map(|work| match work {
        Work::Picture(piece) => Some(piece.owner(&chain)),
        _ => None,
    });
    if ![owner_of(&chain), owner_of_drafts(&chain)].into_iter().chain(of_pictures).any(|own| own == outline.owner) {
        return Err(OutboxFault::Author);
    }
    Ok(Opened {
        statement: statement(&chain, &outline.id, &ephemeral, &hub),
        frames,
        digest: Sha256::digest(&bytes[..outline.length]).into(),
        outline,
        chain,
        at,
        signature,
    })
}

// ---- receipts -----------------------------------------------------------------------------------------------------------

/// The hub's word that it holds a segment. There is none without a signature that fits these very bytes:
///
/// ```compile_fail
/// let id = sync::outbox::SegmentId([0; 16]);
/// let forged = sync::outbox::SegmentReceipt { id, at: record::Stamp::from_millis(0), length: 1 };
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentReceipt {
    id: SegmentId,
    at: Stamp,
    length: usize,
}

impl SegmentReceipt {
    /// Checks what came back for a segment.
    pub fn verify(receipt: &[u8], segment: &[u8], hub: &VerifyingKey) -> Result<SegmentReceipt, OutboxFault> {
        let mut from = Reader::new(receipt, VERSION)?;
        if from.text()? != "satchel outbox held" {
            return Err(OutboxFault::Receipt);
        }
        let id = SegmentId(from.array()?);
        let length = usize::try_from(from.number()?).map_err(|_| OutboxFault::Receipt)?;
        let digest: [u8; 32] = from.array()?;
        let at = Stamp::from_millis(from.signed()?);
        let signature = Signature::from_bytes(&from.array()?);
        from.end()?;
        let block = receipt_block(&id, length as u64, &digest, at).finish();
        let held = segment.get(..length).ok_or(OutboxFault::Receipt)?;
        let ours = outline(segment)?.id == id && <[u8; 32]>::from(Sha256::digest(held)) == digest;
        match hub.verify(&block, &signature) {
            Ok(()) if ours => Ok(SegmentReceipt { id, at, length }),
            _ => Err(OutboxFault::Receipt),
        }
    }

    pub const fn id(&self) -> SegmentId {
        self.id
    }

    /// Hub time.
    pub const fn at(&self) -> Stamp {
        self.at
    }

    /// Whether nothing that counts was added to the segment since.
    pub fn covers(&self, segment: &[u8]) -> bool {
        outline(segment).is_ok_and(|outline| outline.id == self.id && outline.length == self.length)
    }
}

fn receipt_block(id: &SegmentId, length: u64, digest: &[u8; 32], at: Stamp) -> Writer {
    Writer::new(VERSION).text("satchel outbox held").bytes(&id.0).number(length).bytes(digest).signed(at.millis())
}

// ---- frames as bytes ----------------------------------------------------------------------------------------------------

fn frame_bytes(frame: &Frame) -> Result<Vec<u8>, OutboxFault> {
    let to = Writer::new(VERSION).number(frame.entries.len() as u64);
    let mut to = frame.entries.iter().fold(to, |to, entry| to.bytes(entry)).number(frame.mark.is_some().into());
    if let Some(mark) = &frame.mark {
        to = to.number(mark.epoch.into()).number(mark.through).bytes(&mark.signature);
    }
    to = to.number(frame.work.len() as u64);
    for work in &frame.work {
        to = match work {
            Work::Choice(c) => {
                let recorded = json(&c.recorded)?;
                to.number(1).text(&c.key).bytes(c.person.as_bytes()).number(c.saw.0).bytes(&recorded)
            }
            Work::Claim(c) => to.number(2).text(&c.key).text(&c.number.digits()).text(&c.born).text(&c.why),
            Work::Form(f) => to.number(3).text(&f.key).text(&f.mime).bytes(&f.bytes),
            Work::Plan { person, change } => to.number(4).bytes(person.as_bytes()).bytes(change),
            Work::Act(act) => to.number(5).bytes(&act.bytes).bytes(&act.signature),
            Work::Bag((note, signature)) => to.number(6).bytes(note).bytes(signature),
            Work::Photo { of, by, bytes } => {
                to.number(7).bytes(of.person.as_bytes()).bytes(of.photo.as_bytes()).bytes(by.as_bytes()).bytes(bytes)
            }
            Work::Draft(said) => drafts::put(to.number(8), said),
            Work::Waits(waits) => drafts::put_waits(to.number(9), waits),
            Work::Picture(piece) => drafts::put_piece(to.number(10), piece),
        };
    }
    let bytes = to.finish();
    if bytes.len() > LONGEST { Err(OutboxFault::TooLong) } else { Ok(bytes) }
}

fn frame_of(bytes: &[u8]) -> Result<Frame, OutboxFault> {
    let mut from = Reader::new(bytes, VERSION)?;
    let mut frame = Frame::default();
    for _ in 0..from.number()? {
        frame.entries.push(from.bytes()?.to_vec());
    }
    frame.mark = match from.number()? {
        0 => None,
        1 => {
            let epoch = u32::try_from(from.number()?).map_err(|_| OutboxFault::Form)?;
            Some(BatchMark { epoch, through: from.number()?, signature: from.array()? })
        }
        _ => return Err(OutboxFault::Form),
    };
    for _ in 0..from.number()? {
        frame.work.push(match from.number()? {
            1 => Work::Choice(Box::new(ChoiceMade {
                key: from.text()?.to_owned(),
                person: PersonId::from_bytes(from.array()?),
                saw: Seq(from.number()?),
                recorded: parsed(from.bytes()?)?,
            })),
            2 => Work::Claim(ClaimMade {
                key: from.text()?.to_owned(),
                number: from.parsed()?,
                born: from.text()?.to_owned(),
                why: from.text()?.to_owned(),
            }),
            3 => Work::Form(SignedForm {
                key: from.text()?.to_owned(),
                mime: from.text()?.to_owned(),
                bytes: from.bytes()?.to_vec(),
            }),
            4 => Work::Plan { person: PersonId::from_bytes(from.array()?), change: from.bytes()?.to_vec() },
            5 => Work::Act(SignedAct { bytes: from.bytes()?.to_vec(), signature: from.array()? }),
            6 => Work::Bag((from.bytes()?.to_vec(), from.array()?)),
            7 => {
                let (person, photo) = (PersonId::from_bytes(from.array()?), PhotoId::from_bytes(from.array()?));
                let by = NamedBy::from_bytes(from.bytes()?).ok_or(OutboxFault::Form)?;
                Work::Photo { of: PhotoOf { person, photo }, by, bytes: from.bytes()?.to_vec() }
            }
            8 => Work::Draft(drafts::take(&mut from)?),
            9 => Work::Waits(drafts::take_waits(&mut from)?),
            10 => Work::Picture(drafts::take_piece(&mut from)?),
            _ => return Err(OutboxFault::Wire(WireFault::Newer)),
        });
    }
    from.end()?;
    Ok(frame)
}

#[cfg(test)]
#[path = "outbox_tests.rs"]
mod tests;
