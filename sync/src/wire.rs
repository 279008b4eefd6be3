//! Letters as versioned bytes, converted by hand and frozen by `tests/stories/formats.rs`. A post is one signed block; an answer is
//! a run of blocks that can be read as they arrive: `length (4 bytes, little-endian) · kind · body`. Not encryption: TLS with the
//! hub's authority pinned is below, and what the device may keep is decided above.

mod changes;

use crate::bag::post as bag;
use crate::frame::{Folder, FrameFault, LARGEST};
use crate::letter::*;
use crate::witness::{BatchMark, NotSigned, Notice, Receipt, TreeHead};
use crate::{drafts, owed, own, photos, plans, seen, visits};
use ed25519_dalek::{Signature, Signer, SigningKey, Verifier, VerifyingKey};
use record::audit::{Head, Link};
use record::canon::{NotCanonical, Reader, Writer};
use record::feed::Seq;
use record::section::Compartment;
use record::{PersonId, Stamp};
use serde::de::DeserializeOwned;
use thiserror::Error;

mod consent;
mod person;
mod splitter;

pub use splitter::Splitter;

/// The version of everything on the wire.
pub const VERSION: u8 = 1;

/// No letter is longer than this (bytes); a longer one is refused at its length, before any of it is kept.
pub const LONGEST: usize = 32 << 20;

#[derive(Debug, Error)]
pub enum WireFault {
    #[error("the bytes are not a letter of this version")]
    Form,
    #[error("the letter was made by a newer version")]
    Newer,
    #[error("the letter is longer than any letter may be")]
    TooLong,
    #[error("the signature does not fit")]
    Signature,
    #[error("the letter's frame does not unfold")]
    Frame(#[from] FrameFault),
    #[error("a part of the letter could not be written")]
    Write(#[source] serde_json::Error),
}

impl From<NotSigned> for WireFault {
    fn from(_: NotSigned) -> Self {
        WireFault::Signature
    }
}

impl From<NotCanonical> for WireFault {
    fn from(_: NotCanonical) -> Self {
        WireFault::Form
    }
}

// ---- a device's post ----------------------------------------------------------------------------------------------------

/// The post as signed bytes: `block · signature (64)`.
pub fn write_post(post: &Post, key: &SigningKey) -> Result<Vec<u8>, WireFault> {
    let mut to = put_cursor(Writer::new(VERSION).text(post.chain.as_str()).signed(post.at.millis()), post.cursor)
        .number(post.dictionary.into())
        .number(post.policy)
        .number(post.sources)
        .number(post.head.epoch.into())
        .number(post.head.seq)
        .bytes(post.head.link.as_bytes())
        .number(post.receipted)
        .number(post.appetite)
        .number(post.entries.len() as u64);
    if !post.entries.is_empty() {
        let block = post.entries.iter().fold(Writer::new(VERSION), |to, entry| to.bytes(entry)).finish();
        let packed = Folder::new(crate::frame::Dictionary::none(), crate::frame::DEVICE_LEVEL).fold_short(&block)?;
        to = to.bytes(&packed);
    }
    to = to.number(post.choices.len() as u64);
    for choice in &post.choices {
        to = to.text(&choice.key).bytes(choice.person.as_bytes()).number(choice.saw.0).bytes(&json(&choice.recorded)?);
    }
    to = to.number(post.held).number(post.mark.is_some().into());
    if let Some(mark) = &post.mark {
        to = to.number(mark.epoch.into()).number(mark.through).bytes(&mark.signature);
    }
    to = post.evidence.iter().fold(to.number(post.evidence.len() as u64), |to, head| head.put(to));
    let to = plans::put_outgoing(to, &post.plans)?.bytes(&post.nonce).signed(post.certified.millis());
    let to = consent::put_rest(to, post).number(post.held_since).number(post.seen);
    let to = visits::put_outgoing(to, &post.acts)?;
    let to = bag::put_up(to, post.bags_through, &post.bags)?;
    let mut bytes = photos::put_up(to, &post.pieces, &post.wanted).finish();
    let signature = key.sign(&bytes);
    bytes.extend_from_slice(&signature.to_bytes());
    Ok(bytes)
}

/// Whose post this says it is, before the signature can be checked (the chain names the key to check it with).
pub fn claimed_chain(bytes: &[u8]) -> Result<record::ChainId, WireFault> {
    let mut from = Reader::new(bytes, VERSION).map_err(|_| version_fault(bytes))?;
    Ok(from.parsed()?)
}

/// Reads a post and checks its signature with the key the hub certified for this person on this device.
pub fn read_post(bytes: &[u8], key: &VerifyingKey) -> Result<Post, WireFault> {
    let (block, signature) = bytes.split_at_checked(bytes.len().saturating_sub(64)).ok_or(WireFault::Form)?;
    let signature = Signature::from_slice(signature).map_err(|_| WireFault::Form)?;
    let mut from = Reader::new(block, VERSION).map_err(|_| version_fault(bytes))?;
    key.verify(block, &signature).map_err(|_| WireFault::Signature)?;
    let chain = from.parsed()?;
    let at = Stamp::from_millis(from.signed()?);
    let cursor = take_cursor(&mut from)?;
    let dictionary = take_u32(&mut from)?;
    let (policy, sources) = (from.number()?, from.number()?);
    let head = Head { epoch: take_u32(&mut from)?, seq: from.number()?, link: Link::from_bytes(from.array()?), at };
    let (receipted, appetite) = (from.number()?, from.number()?);
    let count = from.number()?;
    let mut entries = Vec::new();
    if count > 0 {
        let block = Folder::new(crate::frame::Dictionary::none(), crate::frame::DEVICE_LEVEL)
            .unfold_short(from.bytes()?, LONGEST)?;
        let mut from = Reader::new(&block, VERSION)?;
        for _ in 0..count {
            entries.push(from.bytes()?.to_vec());
        }
        from.end()?;
    }
    let mut choices = Vec::new();
    for _ in 0..from.number()? {
        choices.push(ChoiceMade {
            key: from.text()?.to_owned(),
            person: PersonId::from_bytes(from.array()?),
            saw: Seq(from.number()?),
            recorded: parsed(from.bytes()?)?,
        });
    }
    let held = from.number()?;
    let mark = match from.number()? {
        0 => None,
        1 => Some(BatchMark { epoch: take_u32(&mut from)?, through: from.number()?, signature: from.array()? }),
        _ => return Err(WireFault::Form),
    };
    let mut evidence = Vec::new();
    for _ in 0..from.number()? {
        evidence.push(TreeHead::take(&mut from)?);
    }
    let plans = plans::take_outgoing(&mut from)?;
    let (nonce, certified) = (from.array()?, Stamp::from_millis(from.signed()?));
    let (claims, again, forms) = consent::take_rest(&mut from)?;
    let (held_since, seen) = (from.number()?, from.number()?);
    let acts = visits::take_outgoing(&mut from)?;
    let (bags_through, bags) = bag::take_up(&mut from)?;
    let (pieces, wanted) = photos::take_up(&mut from)?;
    from.end()?;
    Ok(Post {
        chain,
        at,
        cursor,
        dictionary,
        policy,
        sources,
        head,
        receipted,
        entries,
        choices,
        appetite,
        held,
        mark,
        evidence,
        plans,
        nonce,
        certified,
        claims,
        again,
        forms,
        held_since,
        seen,
        acts,
        bags_through,
        bags,
        pieces,
        wanted,
    })
}

// ---- the hub's letters --------------------------------------------------------------------------------------------------

/// One letter as a block, its length before it. `folder` folds what travels folded, with the dictionary the device holds.
pub fn write_letter(letter: &Letter, folder: &mut Folder) -> Result<Vec<u8>, WireFault> {
    let (kind, body) = match letter {
        Letter::Receipt(receipt) => (1, receipt.put(Writer::new(VERSION)).finish()),
        Letter::Policy(signed) => (3, put_signed(signed)),
        Letter::Dictionary { id, bytes } => {
            let mut plain = Folder::new(crate::frame::Dictionary::none(), crate::frame::HUB_LEVEL);
            (4, Writer::new(VERSION).number((*id).into()).bytes(&plain.fold_short(bytes)?).finish())
        }
        Letter::Sources { version, sources } => {
            let mut plain = Folder::new(crate::frame::Dictionary::none(), crate::frame::HUB_LEVEL);
            (5, Writer::new(VERSION).number(*version).bytes(&plain.fold_short(&json(sources)?)?).finish())
        }
        Letter::Person(p) => (53, person::put(p, folder)?),
        Letter::Changed(changes) => (52, changes::put(changes, folder)?),
        Letter::Whole(w) => {
            let to = Writer::new(VERSION).number(w.base.0).number(w.row).bytes(w.person.as_bytes());
            (30, to.bytes(&w.frame).finish())
        }
        Letter::Own(letter) => (31, own::put(letter)),
        Letter::Rules(signed) => (8, put_signed(signed)),
        Letter::Removed { person, seq } => (9, Writer::new(VERSION).bytes(person.as_bytes()).number(seq.0).finish()),
        Letter::ChoicesHeld(keys) => (10, put_keys(keys)),
        Letter::End(end) => (11, end_block(end).bytes(&end.signature).finish()),
        Letter::Plans(incoming) => (20, plans::incoming_bytes(incoming)?),
        Letter::PlansHeld(held) => (21, plans::held_bytes(held)),
        Letter::PlansRefused(refused) => (22, plans::refused_bytes(refused)),
        Letter::Bags(down) => (60, bag::down_bytes(down)?),
        Letter::BagsHeld(held) => (61, bag::held_bytes(held)),
        Letter::BagsRefused(refused) => (62, bag::refused_bytes(refused)),
        Letter::HomeForm(signed) => (63, put_signed(signed)),
        Letter::BagTimes(times) => (64, bag::times_bytes(times)),
        Letter::Notice(notice) => (25, Writer::new(VERSION).bytes(&notice.entry).bytes(&notice.signature).finish()),
        Letter::Behind { epoch, through, link, size } => {
            let to = Writer::new(VERSION).number((*epoch).into()).number(*through);
            (26, to.bytes(link.as_bytes()).number(*size).finish())
        }
        Letter::Certified { sworn, ended } => {
            let head = Writer::new(VERSION).bytes(sworn).number(ended.len() as u64);
            (16, ended.iter().fold(head, |to, device| to.text(device.as_str())).finish())
        }
        Letter::Ended(ended) => (17, ended_block(ended).bytes(&ended.signature).finish()),
        Letter::ClaimsAnswered(answers) => (12, consent::put_answers(answers).finish()),
        Letter::FormsHeld(keys) => (13, put_keys(keys)),
        Letter::Seen { through, seen: by } => (50, seen::put(*through, by)),
        Letter::Acts(incoming) => (40, visits::incoming_bytes(incoming)?),
        Letter::ActsHeld(held) => (41, visits::held_bytes(held)),
        Letter::ActsRefused(refused) => (42, visits::refused_bytes(refused)),
        Letter::PhotoStands(stands) => (43, photos::stands_bytes(stands)),
        Letter::PhotosHeld(held) => (44, photos::held_bytes(held)),
        Letter::PhotosRefused(refused) => (45, photos::refused_bytes(refused)),
        Letter::Photo(piece) => (46, photos::down_bytes(piece)),
        Letter::SeenWork(work) => (51, seen::put_work(work)),
        Letter::Owed(owed) => (48, owed::put(owed)),
        Letter::Drafts { through, drafts: all } => (47, drafts::letter_bytes(*through, all)?),
    };
    let mut bytes = ((body.len() + 1) as u32).to_le_bytes().to_vec();
    bytes.push(kind);
    bytes.extend_from_slice(&body);
    Ok(bytes)
}

/// Reads one letter: `kind · body`. Letters folded with a dictionary need `folder` to hold it.
pub fn read_letter(block: &[u8], folder: &mut Folder) -> Result<Letter, WireFault> {
    let (&kind, body) = block.split_first().ok_or(WireFault::Form)?;
    let mut from = Reader::new(body, VERSION).map_err(|_| version_fault(body))?;
    let plain = || Folder::new(crate::frame::Dictionary::none(), crate::frame::DEVICE_LEVEL);
    let letter = match kind {
        1 => Letter::Receipt(Receipt::take(&mut from)?),
        3 => Letter::Policy(take_signed(&mut from)?),
        4 => Letter::Dictionary { id: take_u32(&mut from)?, bytes: plain().unfold_short(from.bytes()?, 1 << 20)? },
        5 => Letter::Sources {
            version: from.number()?,
            sources: parsed(&plain().unfold_short(from.bytes()?, LARGEST)?)?,
        },
        6 => Letter::Person(Box::new(person::take_before(&mut from, folder)?)),
        53 => Letter::Person(Box::new(person::take(&mut from, folder)?)),
        7 => Letter::Changed(changes::take_before(&folder.unfold_frame(Compartment::Whole, from.bytes()?)?)?),
        52 => Letter::Changed(changes::take(&mut from, folder)?),
        30 => Letter::Whole(WholeLetter {
            base: Seq(from.number()?),
            row: from.number()?,
            person: PersonId::from_bytes(from.array()?),
            frame: from.bytes()?.to_vec(),
        }),
        31 => Letter::Own(own::take(&mut from)?),
        8 => Letter::Rules(take_signed(&mut from)?),
        9 => Letter::Removed { person: PersonId::from_bytes(from.array()?), seq: Seq(from.number()?) },
        10 => Letter::ChoicesHeld(take_keys(&mut from)?),
        11 => Letter::End(End {
            cursor: take_cursor(&mut from)?,
            more: from.number()? == 1,
            at: Stamp::from_millis(from.signed()?),
            licence: Stamp::from_millis(from.signed()?),
            signature: from.array()?,
        }),
        20 => Letter::Plans(plans::take_incoming(&mut from)?),
        21 => Letter::PlansHeld(plans::take_held(&mut from)?),
        22 => Letter::PlansRefused(plans::take_refused(&mut from)?),
        60 => Letter::Bags(bag::take_down(&mut from)?),
        61 => Letter::BagsHeld(bag::take_held(&mut from)?),
        62 => Letter::BagsRefused(bag::take_refused(&mut from)?),
        63 => Letter::HomeForm(take_signed(&mut from)?),
        64 => Letter::BagTimes(bag::take_times(&mut from)?),
        25 => Letter::Notice(Notice { entry: from.bytes()?.to_vec(), signature: from.array()? }),
        26 => Letter::Behind {
            epoch: take_u32(&mut from)?,
            through: from.number()?,
            link: Link::from_bytes(from.array()?),
            size: from.number()?,
        },
        16 => {
            let sworn = from.bytes()?.to_vec();
            let mut ended = Vec::new();
            for _ in 0..from.number()? {
                ended.push(from.parsed()?);
            }
            Letter::Certified { sworn, ended }
        }
        17 => {
            if from.text()? != "ended" {
                return Err(WireFault::Form);
            }
            let why = usize::try_from(from.number()?).ok().and_then(|n| EndedBecause::ALL.get(n).copied());
            Letter::Ended(Ended {
                why: why.ok_or(WireFault::Form)?,
                at: Stamp::from_millis(from.signed()?),
                signature: from.array()?,
            })
        }
        12 => Letter::ClaimsAnswered(consent::take_answers(&mut from)?),
        13 => Letter::FormsHeld(take_keys(&mut from)?),
        50 => {
            let (through, seen) = seen::take(&mut from)?;
            Letter::Seen { through, seen }
        }
        40 => Letter::Acts(visits::take_incoming(&mut from)?),
        41 => Letter::ActsHeld(visits::take_held(&mut from)?),
        42 => Letter::ActsRefused(visits::take_refused(&mut from)?),
        43 => Letter::PhotoStands(photos::take_stands(&mut from)?),
        44 => Letter::PhotosHeld(photos::take_held(&mut from)?),
        45 => Letter::PhotosRefused(photos::take_refused(&mut from)?),
        46 => Letter::Photo(photos::take_down(&mut from)?),
        51 => Letter::SeenWork(seen::take_work(&mut from)?),
        48 => Letter::Owed(owed::take(&mut from)?),
        47 => {
            let (through, drafts) = drafts::take_letter(&mut from)?;
            Letter::Drafts { through, drafts }
        }
        _ => return Err(WireFault::Newer),
    };
    // Signed letters are read to their end by `take_signed`.
    if !matches!(kind, 3 | 8) {
        from.end()?;
    }
    Ok(letter)
}

// ---- what the hub signs -------------------------------------------------------------------------------------------------

/// Signs a value: the bytes are its JSON, kept as they are on both sides.
pub fn sign<T: serde::Serialize>(value: T, key: &SigningKey) -> Result<Signed<T>, WireFault> {
    let bytes = json(&value)?;
    let signature = key.sign(&bytes).to_bytes();
    Ok(Signed { value, bytes, signature })
}

/// Checks a signed value that was stored or received.
pub fn check<T>(signed: &Signed<T>, hub: &VerifyingKey) -> Result<(), WireFault> {
    verify(&signed.bytes, &signed.signature, hub)
}

/// Reads back a signed value that was stored; the signature is checked again.
pub fn reopen<T: DeserializeOwned>(
    bytes: Vec<u8>,
    signature: [u8; 64],
    hub: &VerifyingKey,
) -> Result<Signed<T>, WireFault> {
    verify(&bytes, &signature, hub)?;
    Ok(Signed { value: parsed(&bytes)?, bytes, signature })
}

/// The end of an answer is bound to the post it answers, so that an old one cannot be played again as fresh.
pub fn sign_end(mut end: End, post: &[u8], key: &SigningKey) -> End {
    end.signature = key.sign(&bound_end(&end, post)).to_bytes();
    end
}

pub fn check_end(end: &End, post: &[u8], hub: &VerifyingKey) -> Result<(), WireFault> {
    verify(&bound_end(end, post), &end.signature, hub)
}

/// The same for the end of an enrolment: an old one, or another device's, erases nothing.
pub fn sign_ended(mut ended: Ended, post: &[u8], key: &SigningKey) -> Ended {
    ended.signature = key.sign(&bound(ended_block(&ended), post)).to_bytes();
    ended
}

pub fn check_ended(ended: &Ended, post: &[u8], hub: &VerifyingKey) -> Result<(), WireFault> {
    verify(&bound(ended_block(ended), post), &ended.signature, hub)
}

fn bound_end(end: &End, post: &[u8]) -> Vec<u8> {
    bound(end_block(end), post)
}

fn bound(block: Writer, post: &[u8]) -> Vec<u8> {
    use sha2::{Digest, Sha256};
    block.bytes(&Sha256::digest(post)).finish()
}

fn ended_block(ended: &Ended) -> Writer {
    let why = EndedBecause::ALL.iter().position(|w| *w == ended.why).unwrap_or(0) as u64;
    Writer::new(VERSION).text("ended").number(why).signed(ended.at.millis())
}

fn verify(bytes: &[u8], signature: &[u8; 64], key: &VerifyingKey) -> Result<(), WireFault> {
    key.verify(bytes, &Signature::from_bytes(signature)).map_err(|_| WireFault::Signature)
}

// ---- parts --------------------------------------------------------------------------------------------------------------

fn version_fault(bytes: &[u8]) -> WireFault {
    if bytes.first().is_some_and(|&v| v > VERSION) { WireFault::Newer } else { WireFault::Form }
}

pub(crate) fn json<T: serde::Serialize>(value: &T) -> Result<Vec<u8>, WireFault> {
    serde_json::to_vec(value).map_err(WireFault::Write)
}

pub(crate) fn parsed<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, WireFault> {
    serde_json::from_slice(bytes).map_err(|_| WireFault::Form)
}

fn put_keys(keys: &[String]) -> Vec<u8> {
    let head = Writer::new(VERSION).number(keys.len() as u64);
    keys.iter().fold(head, |to, key| to.text(key)).finish()
}

fn take_keys(from: &mut Reader<'_>) -> Result<Vec<String>, WireFault> {
    (0..from.number()?).map(|_| Ok(from.text()?.to_owned())).collect()
}

fn take_u32(from: &mut Reader<'_>) -> Result<u32, WireFault> {
    u32::try_from(from.number()?).map_err(|_| WireFault::Form)
}

fn put_cursor(to: Writer, cursor: Cursor) -> Writer {
    match cursor.fetching {
        None => to.number(cursor.seq.0).number(0),
        Some(f) => to.number(cursor.seq.0).number(1 + u64::from(f.wholes)).number(f.base.0).number(f.after),
    }
}

fn take_cursor(from: &mut Reader<'_>) -> Result<Cursor, WireFault> {
    let seq = Seq(from.number()?);
    let fetching = match from.number()? {
        0 => None,
        part @ (1 | 2) => Some(Fetching { base: Seq(from.number()?), after: from.number()?, wholes: part == 2 }),
        _ => return Err(WireFault::Form),
    };
    Ok(Cursor { seq, fetching })
}

fn end_block(end: &End) -> Writer {
    put_cursor(Writer::new(VERSION), end.cursor)
        .number(end.more.into())
        .signed(end.at.millis())
        .signed(end.licence.millis())
}

fn put_signed<T>(signed: &Signed<T>) -> Vec<u8> {
    Writer::new(VERSION).bytes(&signed.bytes).bytes(&signed.signature).finish()
}

fn take_signed<T: DeserializeOwned>(from: &mut Reader<'_>) -> Result<Signed<T>, WireFault> {
    let bytes = from.bytes()?.to_vec();
    let signature = from.array()?;
    if !from.rest().is_empty() {
        return Err(WireFault::Form);
    }
    Ok(Signed { value: parsed(&bytes)?, bytes, signature })
}

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;
