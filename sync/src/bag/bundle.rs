//! The whole bag as it is handed over: the notes that travel, each with the hub's certificate of its author where the giver has one, and
//! what the person chose, so that the receiver's device decides by the same choice. Folded and sealed with the slip's secret: without the
//! slip it is noise, and with it only the very bag it names opens.

use super::sheet::Sheet;
use super::slip::SlipSecret;
use crate::frame::{DEVICE_LEVEL, Dictionary, Folder};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use ed25519_dalek::VerifyingKey;
use record::Stamp;
use record::bag::{BagFault, BagId};
use record::canon::{NotCanonical, Reader, Writer};
use record::consent::Recorded;

use crate::lease::Sworn;

const VERSION: u8 = 1;

/// No bag is larger (bytes), folded or not: photographs do not travel by light.
pub const LARGEST: usize = 4 << 20;

/// A note and, where the giver holds it, the hub's certificate of its author.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    pub sheet: Sheet,
    pub sworn: Option<Vec<u8>>,
}

impl Carried {
    /// The certificate proves the author; of what was written at the hub's own pages, the hub's signature does. Without either, whoever gave
    /// the bag vouches for it.
    pub fn is_proven(&self, hub: &VerifyingKey) -> bool {
        let sworn = self.sworn.as_ref().and_then(|bytes| Sworn::from_bytes(bytes, hub).ok());
        sworn.is_some_and(|sworn| self.sheet.is_certified_by(&sworn.certificate)) || self.sheet.is_by_the_hub(hub)
    }
}

/// Everything that is handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    pub bag: BagId,
    pub recorded: Recorded,
    /// When the giver last confirmed that choice with the hub.
    pub checked: Option<Stamp>,
    pub notes: Vec<Carried>,
}

impl Bundle {
    /// Folded, and sealed with a secret that was never used before.
    pub fn seal(&self, secret: &SlipSecret) -> Result<Vec<u8>, BagFault> {
        let recorded = serde_json::to_vec(&self.recorded).map_err(|_| BagFault::Text)?;
        let to = Writer::new(VERSION)
            .bytes(self.bag.as_bytes())
            .bytes(&recorded)
            .signed(self.checked.map_or(i64::MIN, Stamp::millis))
            .number(self.notes.len() as u64);
        let put = |to: Writer, carried: &Carried| {
            let sworn = carried.sworn.as_deref().unwrap_or_default();
            to.bytes(carried.sheet.bytes()).bytes(carried.sheet.signature()).bytes(sworn)
        };
        let plain = self.notes.iter().fold(to, put).finish();
        if plain.len() > LARGEST {
            return Err(BagFault::Text);
        }
        let mut folder = Folder::new(Dictionary::none(), DEVICE_LEVEL);
        let folded = folder.fold_short(&plain).map_err(|_| BagFault::Text)?;
        let payload = Payload { msg: &folded, aad: self.bag.as_bytes() };
        // The key is made for this one sealing, so its nonce may be nought.
        XChaCha20Poly1305::new(secret.sealing(self.bag).as_slice().into())
            .encrypt(&XNonce::default(), payload)
            .map_err(|_| BagFault::Text)
    }

    pub fn open(sealed: &[u8], bag: BagId, secret: &SlipSecret) -> Result<Bundle, BagFault> {
        let payload = Payload { msg: sealed, aad: bag.as_bytes() };
        let folded = XChaCha20Poly1305::new(secret.sealing(bag).as_slice().into())
            .decrypt(&XNonce::default(), payload)
            .map_err(|_| BagFault::Forged)?;
        let mut folder = Folder::new(Dictionary::none(), DEVICE_LEVEL);
        let plain = folder.unfold_short(&folded, LARGEST).map_err(|_| BagFault::Code)?;
        Bundle::read(&plain, bag)
    }

    fn read(plain: &[u8], bag: BagId) -> Result<Bundle, BagFault> {
        let form = |_: NotCanonical| BagFault::Code;
        let mut from = Reader::new(plain, VERSION).map_err(form)?;
        if BagId::from_bytes(from.array().map_err(form)?) != bag {
            return Err(BagFault::OtherBag);
        }
        let recorded = serde_json::from_slice(from.bytes().map_err(form)?).map_err(|_| BagFault::Code)?;
        let checked = Some(from.signed().map_err(form)?).filter(|at| *at != i64::MIN).map(Stamp::from_millis);
        let mut notes = Vec::new();
        for _ in 0..from.number().map_err(form)? {
            let bytes = from.bytes().map_err(form)?;
            let sheet = Sheet::read(bytes, from.array().map_err(form)?)?;
            if sheet.note.bag != bag {
                return Err(BagFault::OtherBag);
            }
            let sworn = Some(from.bytes().map_err(form)?.to_vec()).filter(|sworn| !sworn.is_empty());
            notes.push(Carried { sheet, sworn });
        }
        from.end().map_err(form)?;
        Ok(Bundle { bag, recorded, checked, notes })
    }
}
