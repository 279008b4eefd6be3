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
use crate::line::{self, LineFault, Terms};
use ed25519_dalek::{Signature, Signer, SigningKey, Verifier, VerifyingKey};
use record::bag::{BagFault, BagId};
use record::canon::{NotCanonical, Reader, Writer};
use record::lease::Certificate;

pub use crate::line::{Fresh, HANDSHAKE, LONGEST, RECORD};

const PURPOSE: &[u8] = b"satchel bag near 1";
const RECEIVER: &[u8] = b"satchel bag near receiver 1";
const GIVER: &[u8] = b"satchel bag near giver 1";
const VERSION: u8 = 1;

impl From<LineFault> for BagFault {
    /// Why is not said: whoever is at the other end learns nothing of it.
    fn from(fault: LineFault) -> BagFault {
        match fault {
            LineFault::Forged => BagFault::Forged,
            LineFault::Long => BagFault::Code,
        }
    }
}

/// What the receiver wants of this line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// The sealed bag, from this byte on.
    Bag { from: u32 },
    /// The giver is to have the receiver's signed passage: the code that would be shown.
    Answer(String),
}

/// A line on which both say who they are.
pub struct Line(line::Line);

/// The receiver's line, before the giver spoke.
pub struct Opening(line::Opening);

/// The receiver's first word.
pub fn open(slip: &Slip, fresh: Fresh) -> Result<(Opening, Vec<u8>), BagFault> {
    let secret = slip.secret.nearing(slip.bag);
    let (opening, first) = line::open(&Terms { purpose: PURPOSE, secret: &secret }, fresh)?;
    Ok((Opening(opening), first))
}

impl Opening {
    pub fn answered(self, second: &[u8]) -> Result<Line, BagFault> {
        Ok(Line(self.0.answered(second)?))
    }
}

/// The giver's line, once a first word came that only the slip's secret makes; and its second.
pub fn answer((bag, secret): (BagId, &SlipSecret), first: &[u8], fresh: Fresh) -> Result<(Line, Vec<u8>), BagFault> {
    let secret = secret.nearing(bag);
    let (line, second) = line::answer(&Terms { purpose: PURPOSE, secret: &secret }, first, fresh)?;
    Ok((Line(line), second))
}

impl Line {
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
        Ok(self.0.seal(plain)?)
    }

    /// What is in a record, given without its length.
    pub fn unseal(&mut self, record: &[u8]) -> Result<Vec<u8>, BagFault> {
        Ok(self.0.unseal(record)?)
    }

    /// A signature is of this line and this end of it: it fits no other.
    fn signed(&self, end: &[u8]) -> Vec<u8> {
        [end, self.0.hash()].concat()
    }

    fn verify(&self, end: &[u8], by: &Certificate, signature: &[u8; 64]) -> Result<(), BagFault> {
        let key = VerifyingKey::from_bytes(&by.key).map_err(|_| BagFault::Forged)?;
        key.verify(&self.signed(end), &Signature::from_bytes(signature)).map_err(|_| BagFault::Forged)
    }
}
