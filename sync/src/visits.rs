//! What is said about visits, and its bytes: signed acts going up in a post, acts of others coming down, the hub's signed word that it holds
//! what was sent, and what it refused. An act is named by the hash of its bytes, so what is said twice is once. All acts of a round are
//! folded together: alone each is mostly names.

use crate::frame::{DEVICE_LEVEL, Dictionary, Folder, HUB_LEVEL};
use crate::plans::RefusedWhy;
use crate::wire::{LONGEST, VERSION, WireFault};
use ed25519_dalek::{Signature, Signer, SigningKey, Verifier, VerifyingKey};
use record::canon::{Reader, Writer};
use record::feed::Seq;
use record::visit::{Act, ActId, SignedAct};
use record::{ChainId, PersonId, Stamp};

/// Acts of one person that a device is owed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncomingActs {
    pub person: PersonId,
    /// The hub's number of the newest act here.
    pub through: Seq,
    pub acts: Vec<SignedAct>,
}

/// The hub's signed word: it holds these acts of this chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActsHeld {
    pub chain: ChainId,
    /// Hub time.
    pub at: Stamp,
    pub held: Vec<ActId>,
    pub signature: [u8; 64],
}

/// An act the hub did not take. It stays on the device; the privacy officer has an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefusedAct {
    pub id: ActId,
    pub why: RefusedWhy,
}

/// Signs an act with its author's key.
pub fn sign_act(act: &Act, key: &SigningKey) -> SignedAct {
    let bytes = act.to_bytes();
    let signature = key.sign(&signed(&bytes)).to_bytes();
    SignedAct { bytes, signature }
}

/// Checks an act's signature with its author's key, and reads it.
pub fn open_act(act: &SignedAct, key: &VerifyingKey) -> Result<Act, WireFault> {
    let signature = Signature::from_bytes(&act.signature);
    key.verify(&signed(&act.bytes), &signature).map_err(|_| WireFault::Signature)?;
    Ok(Act::from_bytes(&act.bytes)?)
}

/// A signature over an act is over nothing else that this key signs.
fn signed(bytes: &[u8]) -> Vec<u8> {
    Writer::new(VERSION).text("satchel act").bytes(bytes).finish()
}

// ---- bytes --------------------------------------------------------------------------------------------------------------

/// The end of a post: nothing costs one byte.
pub(crate) fn put_outgoing(to: Writer, acts: &[SignedAct]) -> Result<Writer, WireFault> {
    if acts.is_empty() {
        return Ok(to.number(0));
    }
    let block = acts.iter().fold(Writer::new(VERSION), put_act).finish();
    let folded = Folder::new(Dictionary::none(), DEVICE_LEVEL).fold_short(&block)?;
    Ok(to.number(acts.len() as u64).bytes(&folded))
}

pub(crate) fn take_outgoing(from: &mut Reader<'_>) -> Result<Vec<SignedAct>, WireFault> {
    let count = from.number()?;
    if count == 0 {
        return Ok(Vec::new());
    }
    let block = Folder::new(Dictionary::none(), DEVICE_LEVEL).unfold_short(from.bytes()?, LONGEST)?;
    let mut inside = Reader::new(&block, VERSION)?;
    let acts = (0..count).map(|_| take_act(&mut inside)).collect::<Result<_, _>>()?;
    inside.end()?;
    Ok(acts)
}

pub(crate) fn incoming_bytes(people: &[IncomingActs]) -> Result<Vec<u8>, WireFault> {
    let to = Writer::new(VERSION).number(people.len() as u64);
    let put = |to: Writer, person: &IncomingActs| {
        let to = to.bytes(person.person.as_bytes()).number(person.through.0).number(person.acts.len() as u64);
        person.acts.iter().fold(to, put_act)
    };
    let block = people.iter().fold(to, put).finish();
    let folded = Folder::new(Dictionary::none(), HUB_LEVEL).fold_short(&block)?;
    Ok(Writer::new(VERSION).bytes(&folded).finish())
}

pub(crate) fn take_incoming(from: &mut Reader<'_>) -> Result<Vec<IncomingActs>, WireFault> {
    let block = Folder::new(Dictionary::none(), HUB_LEVEL).unfold_short(from.bytes()?, LONGEST)?;
    let mut inside = Reader::new(&block, VERSION)?;
    let mut people = Vec::new();
    for _ in 0..inside.number()? {
        let (person, through) = (PersonId::from_bytes(inside.array()?), Seq(inside.number()?));
        let acts = (0..inside.number()?).map(|_| take_act(&mut inside)).collect::<Result<_, _>>()?;
        people.push(IncomingActs { person, through, acts });
    }
    inside.end()?;
    Ok(people)
}

fn put_act(to: Writer, act: &SignedAct) -> Writer {
    to.bytes(&act.bytes).bytes(&act.signature)
}

fn take_act(from: &mut Reader<'_>) -> Result<SignedAct, WireFault> {
    Ok(SignedAct { bytes: from.bytes()?.to_vec(), signature: from.array()? })
}

const HELD: &str = "satchel acts held";

fn held_block(held: &ActsHeld) -> Writer {
    let to = Writer::new(VERSION).text(HELD).text(held.chain.as_str()).signed(held.at.millis());
    held.held.iter().fold(to.number(held.held.len() as u64), |to, id| to.bytes(id.as_bytes()))
}

pub(crate) fn held_bytes(held: &ActsHeld) -> Vec<u8> {
    held_block(held).bytes(&held.signature).finish()
}

pub(crate) fn take_held(from: &mut Reader<'_>) -> Result<ActsHeld, WireFault> {
    if from.text()? != HELD {
        return Err(WireFault::Form);
    }
    let (chain, at) = (from.parsed()?, Stamp::from_millis(from.signed()?));
    let mut held = Vec::new();
    for _ in 0..from.number()? {
        held.push(ActId::from_bytes(from.array()?));
    }
    Ok(ActsHeld { chain, at, held, signature: from.array()? })
}

pub(crate) fn refused_bytes(refused: &[RefusedAct]) -> Vec<u8> {
    let to = Writer::new(VERSION).number(refused.len() as u64);
    refused.iter().fold(to, |to, act| to.bytes(act.id.as_bytes()).number(act.why.number())).finish()
}

pub(crate) fn take_refused(from: &mut Reader<'_>) -> Result<Vec<RefusedAct>, WireFault> {
    let mut refused = Vec::new();
    for _ in 0..from.number()? {
        let id = ActId::from_bytes(from.array()?);
        refused.push(RefusedAct { id, why: RefusedWhy::from_number(from.number()?).ok_or(WireFault::Form)? });
    }
    Ok(refused)
}

/// Signs the hub's word.
pub fn sign_held(mut held: ActsHeld, key: &SigningKey) -> ActsHeld {
    held.signature = key.sign(&held_block(&held).finish()).to_bytes();
    held
}

pub fn check_held(held: &ActsHeld, hub: &VerifyingKey) -> Result<(), WireFault> {
    let signature = Signature::from_bytes(&held.signature);
    hub.verify(&held_block(held).finish(), &signature).map_err(|_| WireFault::Signature)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn act(byte: u8) -> SignedAct {
        SignedAct { bytes: vec![byte; 300], signature: [byte; 64] }
    }

    #[test]
    fn acts_go_up_and_down_and_nothing_costs_one_byte() {
        assert_eq!(put_outgoing(Writer::new(1), &[]).unwrap().finish(), [1, 0]);
        let up = vec![act(1), act(2)];
        let bytes = put_outgoing(Writer::new(1), &up).unwrap().finish();
        assert!(bytes.len() < 120, "folded");
        assert_eq!(take_outgoing(&mut Reader::new(&bytes, 1).unwrap()).unwrap(), up);
        let down = vec![IncomingActs { person: PersonId::from_bytes([1; 16]), through: Seq(9), acts: up }];
        let bytes = incoming_bytes(&down).unwrap();
        assert_eq!(take_incoming(&mut Reader::new(&bytes, VERSION).unwrap()).unwrap(), down);
        let refused = vec![RefusedAct { id: act(1).id(), why: RefusedWhy::Author }];
        let bytes = refused_bytes(&refused);
        assert_eq!(take_refused(&mut Reader::new(&bytes, VERSION).unwrap()).unwrap(), refused);
    }

    #[test]
    fn a_forged_word_that_an_act_is_held_is_not_believed() {
        let key = SigningKey::from_bytes(&[4; 32]);
        let held = ActsHeld {
            chain: "D1/N1".parse().unwrap(),
            at: Stamp::from_millis(5),
            held: vec![act(1).id()],
            signature: [0; 64],
        };
        let mut held = sign_held(held, &key);
        let bytes = held_bytes(&held);
        assert_eq!(take_held(&mut Reader::new(&bytes, VERSION).unwrap()).unwrap(), held);
        assert!(check_held(&held, &key.verifying_key()).is_ok());
        held.held.push(act(2).id());
        assert!(check_held(&held, &key.verifying_key()).is_err());
    }
}
