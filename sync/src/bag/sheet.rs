//! A note as bytes: what is signed, what its name is the hash of, what is kept and carried. Read once and kept as it came, so that whoever
//! checks it later checks the very bytes its author signed.

use ed25519_dalek::{Signature, Signer, SigningKey, Verifier, VerifyingKey};
use record::bag::{BagFault, Note, NoteId};
use record::canon::{Reader, Writer};
use record::lease::Certificate;
use record::{ChainId, StaffId};
use sha2::{Digest, Sha256};

/// What is signed begins with what it is, so that no signature passes for another.
const NOTE: &str = "satchel bag note 1";
const VERSION: u8 = 1;

/// No note is longer (bytes).
pub const LONGEST: usize = 512 << 10;

/// A note with the bytes that were signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    pub note: Note,
    bytes: Vec<u8>,
    signature: [u8; 64],
}

impl Sheet {
    /// Writes and signs a note; its name comes of it.
    pub fn sign(mut note: Note, key: &SigningKey) -> Result<Sheet, BagFault> {
        let json = serde_json::to_vec(&note).map_err(|_| BagFault::Text)?;
        let bytes = Writer::new(VERSION).text(NOTE).bytes(&json).finish();
        if bytes.len() > LONGEST {
            return Err(BagFault::Text);
        }
        note.id = name(&bytes);
        let signature = key.sign(&bytes).to_bytes();
        Ok(Sheet { note, bytes, signature })
    }

    /// Reads a note; who signed it is not checked yet.
    pub fn read(bytes: &[u8], signature: [u8; 64]) -> Result<Sheet, BagFault> {
        if bytes.len() > LONGEST {
            return Err(BagFault::Code);
        }
        let mut from = Reader::new(bytes, VERSION).map_err(|_| BagFault::Code)?;
        if from.text() != Ok(NOTE) {
            return Err(BagFault::Code);
        }
        let json = from.bytes().map_err(|_| BagFault::Code)?;
        from.end().map_err(|_| BagFault::Code)?;
        let mut note: Note = serde_json::from_slice(json).map_err(|_| BagFault::Code)?;
        note.id = name(bytes);
        Ok(Sheet { note, bytes: bytes.to_vec(), signature })
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub const fn signature(&self) -> &[u8; 64] {
        &self.signature
    }

    /// As it travels.
    pub fn posted(&self) -> super::post::Posted {
        (self.bytes.clone(), self.signature)
    }

    /// Whether this key signed it.
    pub fn is_by(&self, key: &VerifyingKey) -> bool {
        key.verify(&self.bytes, &Signature::from_bytes(&self.signature)).is_ok()
    }

    /// Written at the hub's own pages by somebody without a device: the hub signs in their name, and nobody else can (decision 0042).
    pub fn is_from_the_pages(&self) -> bool {
        self.note.chain.as_str().starts_with(THE_PAGES)
    }

    /// Written at the hub's own pages, in its author's own chain there, and signed by this hub.
    pub fn is_by_the_hub(&self, hub: &VerifyingKey) -> bool {
        let theirs = at_the_pages(&self.note.by.staff).is_some_and(|chain| chain == self.note.chain);
        theirs && self.is_by(hub)
    }

    /// Whether its author is whom a certificate of the hub names, and signed it while it was in force.
    pub fn is_certified_by(&self, certificate: &Certificate) -> bool {
        let note = &self.note;
        let theirs = note.by.staff == certificate.staff
            && note.by.name == certificate.name
            && note.chain == ChainId::of(&certificate.device, &certificate.staff);
        let key = VerifyingKey::from_bytes(&certificate.key);
        theirs && certificate.in_force(note.at) && key.is_ok_and(|key| self.is_by(&key))
    }
}

/// How the chains of those begin who write at the hub's own pages. The hub calls no device so.
const THE_PAGES: &str = "hub/";

/// The chain of somebody at the hub's own pages.
pub fn at_the_pages(staff: &StaffId) -> Option<ChainId> {
    format!("{THE_PAGES}{staff}").parse().ok()
}

fn name(bytes: &[u8]) -> NoteId {
    NoteId::from_bytes(Sha256::digest(bytes).into())
}
