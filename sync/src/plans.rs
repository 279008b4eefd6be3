//! What is said about care plans, and its bytes: changes going up in a post, changes and whole plans coming down in one letter, the hub's
//! signed word that it holds what was sent, and what it refused. All plans of a round are folded together: alone each is mostly framing.
//! A device says nothing about plans that did not change: its one cursor is enough (`design/performance.md` G8 and G10).

use crate::frame::{DEVICE_LEVEL, Dictionary, Folder, HUB_LEVEL};
use crate::wire::{LONGEST, VERSION, WireFault};
use ed25519_dalek::{Signature, Signer, SigningKey, Verifier, VerifyingKey};
use record::canon::{Reader, Writer};
use record::feed::Seq;
use record::{ChainId, PersonId, Stamp};

/// Changes of one plan made on the device, as one bundle (`replica::bundle`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    pub person: PersonId,
    pub bundle: Vec<u8>,
}

/// What a device is owed of one plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incoming {
    pub person: PersonId,
    /// The hub's number of the newest change here.
    pub through: Seq,
    /// The document up to some change, where single changes are no longer kept apart.
    pub base: Option<Vec<u8>>,
    /// Changes after it, as one bundle.
    pub bundle: Vec<u8>,
}

/// The hub's signed word: of this chain's changes it holds those up to here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlansHeld {
    pub chain: ChainId,
    /// Hub time.
    pub at: Stamp,
    pub held: Vec<HeldPlan>,
    pub signature: [u8; 64],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldPlan {
    pub person: PersonId,
    /// The author's own count of changes in this plan, from 1 without gaps.
    pub through: u64,
    /// The hash of that change: the device checks that it is its own.
    pub hash: [u8; 32],
}

/// A change the hub did not take. It stays on the device; the privacy officer has an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefusedChange {
    pub person: PersonId,
    pub hash: [u8; 32],
    pub why: RefusedWhy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusedWhy {
    /// Not this device's hand, or not its user's name, role or key.
    Author,
    /// It would delete, replace or rewrite what may only grow.
    Harm,
    /// Another change of the same hand and number is held already.
    Twice,
    /// This user has never had to do with the person.
    Stranger,
    /// Not a change at all.
    Unreadable,
}

impl RefusedWhy {
    const ALL: [RefusedWhy; 5] =
        [RefusedWhy::Author, RefusedWhy::Harm, RefusedWhy::Twice, RefusedWhy::Stranger, RefusedWhy::Unreadable];

    /// Its place in bytes.
    pub(crate) fn number(self) -> u64 {
        RefusedWhy::ALL.iter().position(|why| *why == self).unwrap_or(0) as u64
    }

    pub(crate) fn from_number(number: u64) -> Option<RefusedWhy> {
        usize::try_from(number).ok().and_then(|place| RefusedWhy::ALL.get(place)).copied()
    }

    pub const fn code(self) -> &'static str {
        match self {
            RefusedWhy::Author => "AUTHOR",
            RefusedWhy::Harm => "HARM",
            RefusedWhy::Twice => "TWICE",
            RefusedWhy::Stranger => "STRANGER",
            RefusedWhy::Unreadable => "UNREADABLE",
        }
    }
}

// ---- bytes --------------------------------------------------------------------------------------------------------------

/// The end of a post: nothing costs one byte.
pub(crate) fn put_outgoing(to: Writer, plans: &[Outgoing]) -> Result<Writer, WireFault> {
    if plans.is_empty() {
        return Ok(to.number(0));
    }
    let block =
        plans.iter().fold(Writer::new(VERSION), |to, p| to.bytes(p.person.as_bytes()).bytes(&p.bundle)).finish();
    let folded = Folder::new(Dictionary::none(), DEVICE_LEVEL).fold_short(&block)?;
    Ok(to.number(plans.len() as u64).bytes(&folded))
}

pub(crate) fn take_outgoing(from: &mut Reader<'_>) -> Result<Vec<Outgoing>, WireFault> {
    let count = from.number()?;
    let mut plans = Vec::new();
    if count > 0 {
        let block = Folder::new(Dictionary::none(), DEVICE_LEVEL).unfold_short(from.bytes()?, LONGEST)?;
        let mut inside = Reader::new(&block, VERSION)?;
        for _ in 0..count {
            let person = PersonId::from_bytes(inside.array()?);
            plans.push(Outgoing { person, bundle: inside.bytes()?.to_vec() });
        }
        inside.end()?;
    }
    Ok(plans)
}

pub(crate) fn incoming_bytes(plans: &[Incoming]) -> Result<Vec<u8>, WireFault> {
    let mut to = Writer::new(VERSION).number(plans.len() as u64);
    for plan in plans {
        // A length of nought is no base: a document is never empty.
        let base = plan.base.as_deref().unwrap_or_default();
        to = to.bytes(plan.person.as_bytes()).number(plan.through.0).bytes(base).bytes(&plan.bundle);
    }
    let folded = Folder::new(Dictionary::none(), HUB_LEVEL).fold_short(&to.finish())?;
    Ok(Writer::new(VERSION).bytes(&folded).finish())
}

pub(crate) fn take_incoming(from: &mut Reader<'_>) -> Result<Vec<Incoming>, WireFault> {
    let block = Folder::new(Dictionary::none(), HUB_LEVEL).unfold_short(from.bytes()?, LONGEST)?;
    let mut inside = Reader::new(&block, VERSION)?;
    let mut plans = Vec::new();
    for _ in 0..inside.number()? {
        plans.push(Incoming {
            person: PersonId::from_bytes(inside.array()?),
            through: Seq(inside.number()?),
            base: Some(inside.bytes()?.to_vec()).filter(|base| !base.is_empty()),
            bundle: inside.bytes()?.to_vec(),
        });
    }
    inside.end()?;
    Ok(plans)
}

fn held_block(held: &PlansHeld) -> Writer {
    let to = Writer::new(VERSION)
        .text("satchel plans held")
        .text(held.chain.as_str())
        .signed(held.at.millis())
        .number(held.held.len() as u64);
    held.held.iter().fold(to, |to, p| to.bytes(p.person.as_bytes()).number(p.through).bytes(&p.hash))
}

pub(crate) fn held_bytes(held: &PlansHeld) -> Vec<u8> {
    held_block(held).bytes(&held.signature).finish()
}

pub(crate) fn take_held(from: &mut Reader<'_>) -> Result<PlansHeld, WireFault> {
    if from.text()? != "satchel plans held" {
        return Err(WireFault::Form);
    }
    let chain = from.parsed()?;
    let at = Stamp::from_millis(from.signed()?);
    let mut held = Vec::new();
    for _ in 0..from.number()? {
        let person = PersonId::from_bytes(from.array()?);
        held.push(HeldPlan { person, through: from.number()?, hash: from.array()? });
    }
    Ok(PlansHeld { chain, at, held, signature: from.array()? })
}

pub(crate) fn refused_bytes(refused: &[RefusedChange]) -> Vec<u8> {
    let to = Writer::new(VERSION).number(refused.len() as u64);
    let put = |to: Writer, r: &RefusedChange| to.bytes(r.person.as_bytes()).bytes(&r.hash).number(r.why.number());
    refused.iter().fold(to, put).finish()
}

pub(crate) fn take_refused(from: &mut Reader<'_>) -> Result<Vec<RefusedChange>, WireFault> {
    let mut refused = Vec::new();
    for _ in 0..from.number()? {
        let (person, hash) = (PersonId::from_bytes(from.array()?), from.array()?);
        let why = RefusedWhy::from_number(from.number()?).ok_or(WireFault::Form)?;
        refused.push(RefusedChange { person, hash, why });
    }
    Ok(refused)
}

/// Signs the hub's word.
pub fn sign_held(mut held: PlansHeld, key: &SigningKey) -> PlansHeld {
    held.signature = key.sign(&held_block(&held).finish()).to_bytes();
    held
}

pub fn check_held(held: &PlansHeld, hub: &VerifyingKey) -> Result<(), WireFault> {
    let signature = Signature::from_bytes(&held.signature);
    hub.verify(&held_block(held).finish(), &signature).map_err(|_| WireFault::Signature)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forged_word_that_all_is_held_is_not_believed() {
        let key = SigningKey::from_bytes(&[4; 32]);
        let one = HeldPlan { person: PersonId::from_bytes([1; 16]), through: 3, hash: [2; 32] };
        let held = PlansHeld {
            chain: "D1/N1".parse().unwrap(),
            at: Stamp::from_millis(5),
            held: vec![one],
            signature: [0; 64],
        };
        let mut held = sign_held(held, &key);
        let bytes = held_bytes(&held);
        assert_eq!(take_held(&mut Reader::new(&bytes, VERSION).unwrap()).unwrap(), held);
        assert!(check_held(&held, &key.verifying_key()).is_ok());
        held.held[0].through = 4;
        assert!(check_held(&held, &key.verifying_key()).is_err());
    }

    #[test]
    fn plans_go_up_and_down_and_nothing_costs_one_byte() {
        assert_eq!(put_outgoing(Writer::new(1), &[]).unwrap().finish(), [1, 0]);
        let person = PersonId::from_bytes([1; 16]);
        let up = vec![Outgoing { person, bundle: vec![7; 300] }];
        let bytes = put_outgoing(Writer::new(1), &up).unwrap().finish();
        assert!(bytes.len() < 80, "folded");
        assert_eq!(take_outgoing(&mut Reader::new(&bytes, 1).unwrap()).unwrap(), up);
        let down = vec![Incoming { person, through: Seq(9), base: None, bundle: vec![1, 2] }];
        let bytes = incoming_bytes(&down).unwrap();
        assert_eq!(take_incoming(&mut Reader::new(&bytes, VERSION).unwrap()).unwrap(), down);
        let refused = vec![RefusedChange { person, hash: [3; 32], why: RefusedWhy::Twice }];
        let bytes = refused_bytes(&refused);
        assert_eq!(take_refused(&mut Reader::new(&bytes, VERSION).unwrap()).unwrap(), refused);
    }
}
