//! The slip: one QR code that a crew's device reads in one scan. It says who this is and what can kill them, names the whole bag by its
//! digest, and holds the secret that opens it. Signed by the giver and certified by the hub, so that it is believed offline. Whoever holds
//! the slip holds the bag: it is shown to the person who takes the patient, like the paper it stands for (docs/threat-model.md).

use super::{code, open};
use crate::lease::Sworn;
use crate::line::{read_places, write_places};
use ed25519_dalek::{Signature, Signer, SigningKey, Verifier, VerifyingKey};
use hkdf::Hkdf;
use record::bag::{BagFault, BagId, Critical};
use record::canon::{NotCanonical, Reader, Writer};
use record::consent::Choice;
use record::lease::Certificate;
use record::people::Organisation;
use record::{PersonId, Stamp};
use sha2::{Digest, Sha256};
use std::net::SocketAddr;
use zeroize::Zeroizing;

use super::sheet::Sheet;

const SLIP: &str = "SATCHEL-BAG-";
const ANSWER: &str = "SATCHEL-GOT-";
/// 2 since a slip says where its giver may be reached.
const VERSION: u8 = 2;
const ANSWER_VERSION: u8 = 1;
const SLIP_SIGNED: &[u8] = b"satchel bag slip 1";

/// No moment.
const NEVER: i64 = i64::MIN;

/// No slip is longer (bytes): the bound is 1,100, and this is what QR version 25 at medium correction holds in this alphabet.
pub const MOST: usize = 899;

/// The secret of one showing: 16 random bytes, never used for another. Wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct SlipSecret(Zeroizing<[u8; 16]>);

impl std::fmt::Debug for SlipSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("•")
    }
}

impl SlipSecret {
    pub fn from_random(bytes: [u8; 16]) -> SlipSecret {
        SlipSecret(Zeroizing::new(bytes))
    }

    pub(super) fn sealing(&self, bag: BagId) -> Zeroizing<[u8; 32]> {
        self.derive(bag, b"satchel bag seal 1")
    }

    pub(super) fn marking(&self, bag: BagId) -> Zeroizing<[u8; 32]> {
        self.derive(bag, b"satchel bag frame 1")
    }

    pub(super) fn nearing(&self, bag: BagId) -> Zeroizing<[u8; 32]> {
        self.derive(bag, b"satchel bag near 1")
    }

    fn derive(&self, bag: BagId, what: &[u8]) -> Zeroizing<[u8; 32]> {
        // 32 bytes are never too many for HKDF.
        let mut key = Zeroizing::new([0; 32]);
        let _ = Hkdf::<Sha256>::new(Some(bag.as_bytes()), self.0.as_slice()).expand(what, key.as_mut());
        key
    }
}

/// What a slip says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slip {
    pub bag: BagId,
    pub person: PersonId,
    /// SHA-256 of the sealed whole.
    pub digest: [u8; 32],
    /// Its length (bytes).
    pub length: u32,
    pub secret: SlipSecret,
    /// The giver's time: evidence, not truth.
    pub at: Stamp,
    pub from: Organisation,
    /// What the person chose, until when, and when the giver last confirmed it with the hub: the receiver's door decides by it.
    pub choice: Choice,
    pub until: Option<Stamp>,
    pub checked: Option<Stamp>,
    /// Where the giver's device may be reached on the local network while it shows this; none where there is no such network.
    pub near: Vec<SocketAddr>,
    pub critical: Critical,
}

/// A slip as read and verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    pub slip: Slip,
    pub giver: Certificate,
}

impl Slip {
    /// The code. The summary is made to fit what else must be there.
    pub fn to_code(mut self, own: &Sworn, key: &SigningKey) -> Result<String, BagFault> {
        let room = |slip: &Slip| MOST.checked_sub(slip.bytes(own).len() - slip.critical.to_bytes().len() + 64);
        // The length of what follows takes a byte more where it is long.
        let room = room(&self).and_then(|room| room.checked_sub(2)).ok_or(BagFault::Text)?;
        self.critical = self.critical.fit(room);
        let mut bytes = self.bytes(own);
        let signature = key.sign(&[SLIP_SIGNED, &bytes].concat());
        bytes.extend_from_slice(&signature.to_bytes());
        if bytes.len() > MOST {
            return Err(BagFault::Text);
        }
        Ok(code(SLIP, &bytes))
    }

    fn bytes(&self, own: &Sworn) -> Vec<u8> {
        let to = Writer::new(VERSION)
            .bytes(&own.to_bytes())
            .bytes(self.bag.as_bytes())
            .bytes(self.person.as_bytes())
            .bytes(&self.digest)
            .number(self.length.into())
            .bytes(self.secret.0.as_slice())
            .signed(self.at.millis())
            .text(self.from.ods.as_str())
            .text(&self.from.name)
            .number(Choice::ALL.iter().position(|choice| *choice == self.choice).unwrap_or(0) as u64)
            .signed(self.until.map_or(NEVER, Stamp::millis))
            .signed(self.checked.map_or(NEVER, Stamp::millis));
        let to = write_places(to, &self.near);
        to.bytes(&self.critical.to_bytes()).finish()
    }

    /// Reads a slip and believes it only if the hub certified whoever signed it.
    pub fn read(text: &str, hub: &VerifyingKey) -> Result<Read, BagFault> {
        let bytes = open(SLIP, text)?;
        let (bytes, signature) = bytes.split_last_chunk::<64>().ok_or(BagFault::Code)?;
        let form = |_: NotCanonical| BagFault::Code;
        let mut from = Reader::new(bytes, VERSION).map_err(form)?;
        let sworn = Sworn::from_bytes(from.bytes().map_err(form)?, hub).map_err(|_| BagFault::Forged)?;
        let key = VerifyingKey::from_bytes(&sworn.certificate.key).map_err(|_| BagFault::Forged)?;
        key.verify(&[SLIP_SIGNED, bytes].concat(), &Signature::from_bytes(signature)).map_err(|_| BagFault::Forged)?;
        let slip = Slip {
            bag: BagId::from_bytes(from.array().map_err(form)?),
            person: PersonId::from_bytes(from.array().map_err(form)?),
            digest: from.array().map_err(form)?,
            length: u32::try_from(from.number().map_err(form)?).map_err(|_| BagFault::Code)?,
            secret: SlipSecret::from_random(from.array().map_err(form)?),
            at: Stamp::from_millis(from.signed().map_err(form)?),
            from: Organisation { ods: from.parsed().map_err(form)?, name: from.text().map_err(form)?.to_owned() },
            choice: usize::try_from(from.number().map_err(form)?)
                .ok()
                .and_then(|n| Choice::ALL.get(n))
                .copied()
                .ok_or(BagFault::Code)?,
            until: moment(&mut from)?,
            checked: moment(&mut from)?,
            near: read_places(&mut from).map_err(form)?,
            critical: Critical::from_bytes(from.bytes().map_err(form)?).map_err(form)?,
        };
        from.end().map_err(form)?;
        if slip.length as usize > super::bundle::LARGEST {
            return Err(BagFault::Code);
        }
        Ok(Read { slip, giver: sworn.certificate })
    }

    /// Whether these are the bytes it names.
    pub fn names(&self, sealed: &[u8]) -> bool {
        sealed.len() == self.length as usize && self.digest == <[u8; 32]>::from(Sha256::digest(sealed))
    }
}

fn moment(from: &mut Reader<'_>) -> Result<Option<Stamp>, BagFault> {
    let at = from.signed().map_err(|_| BagFault::Code)?;
    Ok(Some(at).filter(|at| *at != NEVER).map(Stamp::from_millis))
}

/// "I have it": the receiver's passage, for the giver's device to hold too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub sheet: Sheet,
    pub by: Certificate,
    pub sworn: Vec<u8>,
}

impl Answer {
    pub fn to_code(sheet: &Sheet, own: &Sworn) -> Result<String, BagFault> {
        let to = Writer::new(ANSWER_VERSION).bytes(&own.to_bytes()).bytes(sheet.bytes()).bytes(sheet.signature());
        let text = code(ANSWER, &to.finish());
        if text.len() > super::LONGEST { Err(BagFault::Text) } else { Ok(text) }
    }

    pub fn read(text: &str, hub: &VerifyingKey) -> Result<Answer, BagFault> {
        let bytes = open(ANSWER, text)?;
        let form = |_: NotCanonical| BagFault::Code;
        let mut from = Reader::new(&bytes, ANSWER_VERSION).map_err(form)?;
        let sworn = from.bytes().map_err(form)?.to_vec();
        let by = Sworn::from_bytes(&sworn, hub).map_err(|_| BagFault::Forged)?.certificate;
        let bytes = from.bytes().map_err(form)?;
        let sheet = Sheet::read(bytes, from.array().map_err(form)?)?;
        from.end().map_err(form)?;
        if sheet.is_certified_by(&by) { Ok(Answer { sheet, by, sworn }) } else { Err(BagFault::Forged) }
    }
}
