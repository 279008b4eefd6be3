//! The bag over the local network: two devices in one room, one of which has read the other's slip. The line is Noise (`NNpsk0`, by `snow`), its
//! shared key made from the slip's secret: who has not read the slip cannot say the first word, and what is listened to later opens with
//! nothing. Then each proves by the hub's certificate, and a signature of this very line, which device it is. What goes through is what the
//! animated code shows: the sealed bag, and back the receiver's signed answer. Pure: bytes in, bytes out; ephemeral keys are arguments.
//!
//! ```text
//! receiver  first    48 bytes                              "I have read the slip"
//! giver     second   48 bytes                              "and I made it"
//! receiver  asks     certificate · signature · wish        the bag from this byte on, or: here is my answer
//! giver     grants   signature · taken                     then, for the bag, records of its bytes to the end
//! ```
//! Each record after the second message: its length (two bytes, big-endian), and Noise's own.

use super::slip::{Slip, SlipSecret};
use crate::lease::Sworn;
use ed25519_dalek::{Signature, Signer, SigningKey, Verifier, VerifyingKey};
use record::bag::{BagFault, BagId};
use record::canon::{NotCanonical, Reader, Writer};
use record::lease::Certificate;
use snow::params::{CipherChoice, DHChoice, HashChoice};
use snow::resolvers::{CryptoResolver, DefaultResolver};
use snow::types::{Cipher, Dh, Hash, Random};
use snow::{Builder, HandshakeState, TransportState};
use zeroize::Zeroizing;

const NOISE: &str = "Noise_NNpsk0_25519_ChaChaPoly_SHA256";
const PROLOGUE: &[u8] = b"satchel bag near 1";
const RECEIVER: &[u8] = b"satchel bag near receiver 1";
const GIVER: &[u8] = b"satchel bag near giver 1";
const VERSION: u8 = 1;

/// An ephemeral key and its mark: all that a handshake's message is.
pub const HANDSHAKE: usize = 48;

/// What Noise adds to a record.
const MARK: usize = 16;

/// Bytes of the bag in a record, and the most of an answer with its certificate: what a cut loses at most, and all that either end holds beyond the
/// bag itself.
pub const RECORD: usize = 2 << 10;

/// No record is longer.
pub const LONGEST: usize = RECORD + MARK;

/// 32 random bytes, never used before: an ephemeral key.
pub type Fresh = Zeroizing<[u8; 32]>;

/// What the receiver wants of this line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// The sealed bag, from this byte on.
    Bag { from: u32 },
    /// The giver is to have the receiver's signed passage: the code that would be shown.
    Answer(String),
}

/// A line on which both have said who they are.
pub struct Line {
    noise: TransportState,
    /// Of everything said in the handshake: what is signed.
    hash: Vec<u8>,
}

/// The receiver's line, before the giver spoke.
pub struct Opening(HandshakeState);

/// The receiver's first word.
pub fn open(slip: &Slip, fresh: Fresh) -> Result<(Opening, Vec<u8>), BagFault> {
    let psk = slip.secret.nearing(slip.bag);
    let mut noise = builder(&psk, fresh).and_then(Builder::build_initiator).map_err(forged)?;
    let first = spoken(&mut noise)?;
    Ok((Opening(noise), first))
}

impl Opening {
    pub fn answered(mut self, second: &[u8]) -> Result<Line, BagFault> {
        self.0.read_message(second, &mut []).map_err(forged)?;
        Line::of(self.0)
    }
}

/// The giver's line, once a first word came that only the slip's secret makes; and its second.
pub fn answer((bag, secret): (BagId, &SlipSecret), first: &[u8], fresh: Fresh) -> Result<(Line, Vec<u8>), BagFault> {
    let psk = secret.nearing(bag);
    let mut noise = builder(&psk, fresh).and_then(Builder::build_responder).map_err(forged)?;
    noise.read_message(first, &mut []).map_err(forged)?;
    let second = spoken(&mut noise)?;
    Ok((Line::of(noise)?, second))
}

impl Line {
    fn of(noise: HandshakeState) -> Result<Line, BagFault> {
        let hash = noise.get_handshake_hash().to_vec();
        Ok(Line { noise: noise.into_transport_mode().map_err(forged)?, hash })
    }

    /// The receiver's: who asks, and for what.
    pub fn ask(&mut self, own: &Sworn, key: &SigningKey, wish: &Wish) -> Result<Vec<u8>, BagFault> {
        let to = Writer::new(VERSION).bytes(&own.to_bytes()).bytes(&key.sign(&self.signed(RECEIVER)).to_bytes());
        let to = match wish {
            Wish::Bag { from } => to.number(0).number((*from).into()),
            Wish::Answer(code) => to.number(1).text(code),
        };
        self.seal(&to.finish())
    }

    /// The giver's: who asks, as the hub certified them, and what.
    pub fn asked(&mut self, record: &[u8], hub: &VerifyingKey) -> Result<(Certificate, Wish), BagFault> {
        let plain = self.unseal(record)?;
        let form = |_: NotCanonical| BagFault::Code;
        let mut from = Reader::new(&plain, VERSION).map_err(form)?;
        let sworn = Sworn::from_bytes(from.bytes().map_err(form)?, hub).map_err(|_| BagFault::Forged)?;
        self.verify(RECEIVER, &sworn.certificate, &from.array().map_err(form)?)?;
        let wish = match from.number().map_err(form)? {
            0 => Wish::Bag { from: u32::try_from(from.number().map_err(form)?).map_err(|_| BagFault::Code)? },
            1 => Wish::Answer(from.text().map_err(form)?.to_owned()),
            _ => return Err(BagFault::Code),
        };
        from.end().map_err(form)?;
        Ok((sworn.certificate, wish))
    }

    /// The giver's: it is the device that made the slip, and what was asked for is done or follows.
    pub fn grant(&mut self, key: &SigningKey) -> Result<Vec<u8>, BagFault> {
        let plain = Writer::new(VERSION).bytes(&key.sign(&self.signed(GIVER)).to_bytes()).finish();
        self.seal(&plain)
    }

    /// The receiver's: whether this is the device that the slip's certificate names.
    pub fn granted(&mut self, record: &[u8], giver: &Certificate) -> Result<(), BagFault> {
        let plain = self.unseal(record)?;
        let form = |_: NotCanonical| BagFault::Code;
        let mut from = Reader::new(&plain, VERSION).map_err(form)?;
        self.verify(GIVER, giver, &from.array().map_err(form)?)?;
        from.end().map_err(form)
    }

    /// A record of these bytes, with its length before it.
    pub fn seal(&mut self, plain: &[u8]) -> Result<Vec<u8>, BagFault> {
        if plain.len() > RECORD {
            return Err(BagFault::Text);
        }
        let mut sealed = vec![0; 2 + plain.len() + MARK];
        let length = self.noise.write_message(plain, &mut sealed[2..]).map_err(forged)?;
        sealed.truncate(2 + length);
        let length = u16::try_from(length).map_err(|_| BagFault::Text)?;
        sealed[..2].copy_from_slice(&length.to_be_bytes());
        Ok(sealed)
    }

    /// What is in a record, given without its length.
    pub fn unseal(&mut self, record: &[u8]) -> Result<Vec<u8>, BagFault> {
        if record.len() > LONGEST {
            return Err(BagFault::Code);
        }
        let mut plain = vec![0; record.len()];
        let length = self.noise.read_message(record, &mut plain).map_err(forged)?;
        plain.truncate(length);
        Ok(plain)
    }

    /// A signature is of this line and this end of it: it fits no other.
    fn signed(&self, end: &[u8]) -> Vec<u8> {
        [end, &self.hash].concat()
    }

    fn verify(&self, end: &[u8], by: &Certificate, signature: &[u8; 64]) -> Result<(), BagFault> {
        let key = VerifyingKey::from_bytes(&by.key).map_err(|_| BagFault::Forged)?;
        key.verify(&self.signed(end), &Signature::from_bytes(signature)).map_err(|_| BagFault::Forged)
    }
}

fn builder(psk: &Zeroizing<[u8; 32]>, fresh: Fresh) -> Result<Builder<'_>, snow::Error> {
    Builder::with_resolver(NOISE.parse()?, Box::new(Given(fresh))).prologue(PROLOGUE)?.psk(0, psk)
}

fn spoken(noise: &mut HandshakeState) -> Result<Vec<u8>, BagFault> {
    let mut message = vec![0; HANDSHAKE];
    let length = noise.write_message(&[], &mut message).map_err(forged)?;
    message.truncate(length);
    Ok(message)
}

/// Why is not said: whoever is at the other end learns nothing of it.
fn forged(_: snow::Error) -> BagFault {
    BagFault::Forged
}

/// The default primitives, with randomness that was given: nothing here makes any.
struct Given(Fresh);

impl CryptoResolver for Given {
    fn resolve_rng(&self) -> Option<Box<dyn Random>> {
        Some(Box::new(Once(Some(self.0.clone()))))
    }

    fn resolve_dh(&self, choice: &DHChoice) -> Option<Box<dyn Dh>> {
        DefaultResolver.resolve_dh(choice)
    }

    fn resolve_hash(&self, choice: &HashChoice) -> Option<Box<dyn Hash>> {
        DefaultResolver.resolve_hash(choice)
    }

    fn resolve_cipher(&self, choice: &CipherChoice) -> Option<Box<dyn Cipher>> {
        DefaultResolver.resolve_cipher(choice)
    }
}

/// One ephemeral key; a second would be the first again, and is refused.
struct Once(Option<Fresh>);

impl Random for Once {
    fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), snow::Error> {
        match self.0.take() {
            Some(fresh) if to.len() == fresh.len() => {
                to.copy_from_slice(fresh.as_slice());
                Ok(())
            }
            _ => Err(snow::Error::Rng),
        }
    }
}
