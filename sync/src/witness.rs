//! What is signed about the audit, so that it can be proved later to somebody who was not there: the hub's tree heads and notices, and
//! the mark that a person's key sets on each batch of their entries. One signature a fact, over canonical bytes that name what they are.
//! Not the tree (`record::merkle`), not how these travel ([`crate::wire`]).

use ed25519_dalek::{Signature, Signer, SigningKey, Verifier, VerifyingKey};
use record::audit::{Entry, Link};
use record::canon::{NotCanonical, Reader, Writer};
use record::merkle::{self, Hash, Proof};
use record::{ChainId, Stamp};
use sha2::{Digest, Sha256};

/// The version of the bytes that are signed.
const VERSION: u8 = 1;

/// The signature does not fit, or what it signs is not what it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotSigned;

impl std::fmt::Display for NotSigned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the signature does not fit")
    }
}

impl std::error::Error for NotSigned {}

fn verify(bytes: &[u8], signature: &[u8; 64], key: &VerifyingKey) -> Result<(), NotSigned> {
    key.verify(bytes, &Signature::from_bytes(signature)).map_err(|_| NotSigned)
}

/// A log is named by the SHA-256 of the key that signs its heads (RFC 6962 section 3.2).
pub fn log_id(hub: &VerifyingKey) -> Hash {
    Sha256::digest(hub.as_bytes()).into()
}

/// "The log holds `size` entries, under this root", said by the hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeHead {
    pub size: u64,
    /// Hub time.
    pub at: Stamp,
    pub root: Hash,
    pub signature: [u8; 64],
}

impl TreeHead {
    pub fn sign(size: u64, at: Stamp, root: Hash, key: &SigningKey) -> TreeHead {
        let mut head = TreeHead { size, at, root, signature: [0; 64] };
        head.signature = key.sign(&head.block(&key.verifying_key())).to_bytes();
        head
    }

    pub fn check(&self, hub: &VerifyingKey) -> Result<(), NotSigned> {
        verify(&self.block(hub), &self.signature, hub)
    }

    fn block(&self, hub: &VerifyingKey) -> Vec<u8> {
        Writer::new(VERSION)
            .text("satchel tree head")
            .bytes(&log_id(hub))
            .number(self.size)
            .signed(self.at.millis())
            .bytes(&self.root)
            .finish()
    }

    pub fn put(&self, to: Writer) -> Writer {
        to.number(self.size).signed(self.at.millis()).bytes(&self.root).bytes(&self.signature)
    }

    pub fn take(from: &mut Reader<'_>) -> Result<TreeHead, NotCanonical> {
        Ok(TreeHead {
            size: from.number()?,
            at: Stamp::from_millis(from.signed()?),
            root: from.array()?,
            signature: from.array()?,
        })
    }
}

/// "My chain stood thus after this batch", signed by the person's key. The link carries the whole chain before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchMark {
    pub epoch: u32,
    pub through: u64,
    pub signature: [u8; 64],
}

impl BatchMark {
    pub fn sign(chain: &ChainId, (epoch, through): (u32, u64), link: Link, key: &SigningKey) -> BatchMark {
        let signature = key.sign(&BatchMark::block(chain, epoch, through, link)).to_bytes();
        BatchMark { epoch, through, signature }
    }

    /// That this key signed that entry `through` of the chain has this link.
    pub fn check(&self, chain: &ChainId, link: Link, key: &VerifyingKey) -> Result<(), NotSigned> {
        verify(&BatchMark::block(chain, self.epoch, self.through, link), &self.signature, key)
    }

    fn block(chain: &ChainId, epoch: u32, through: u64, link: Link) -> Vec<u8> {
        Writer::new(VERSION)
            .text("satchel batch")
            .text(chain.as_str())
            .number(epoch.into())
            .number(through)
            .bytes(link.as_bytes())
            .finish()
    }
}

/// An entry of the hub's own chain that concerns this device, signed by itself: an epoch granted, or a rollback admitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub entry: Vec<u8>,
    pub signature: [u8; 64],
}

impl Notice {
    pub fn sign(entry: Vec<u8>, key: &SigningKey) -> Notice {
        let signature = key.sign(&Notice::block(&entry)).to_bytes();
        Notice { entry, signature }
    }

    /// The entry, if the hub signed it.
    pub fn open(&self, hub: &VerifyingKey) -> Result<Entry, NotSigned> {
        verify(&Notice::block(&self.entry), &self.signature, hub)?;
        Entry::from_bytes(&self.entry).map_err(|_| NotSigned)
    }

    fn block(entry: &[u8]) -> Vec<u8> {
        Writer::new(VERSION).text("satchel notice").bytes(entry).finish()
    }
}

/// "All access recorded to": entry `through` of the device's chain is at `index` in the hub's log, and the log begins with the log
/// whose head the device accepted last. The chain and the link are not said: the device knows them, and the proof is about its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    pub epoch: u32,
    pub through: u64,
    pub index: u64,
    pub head: TreeHead,
    pub inclusion: Proof,
    pub consistency: Proof,
}

impl Receipt {
    pub fn put(&self, to: Writer) -> Writer {
        let to = self.head.put(to.number(self.epoch.into()).number(self.through).number(self.index));
        merkle::write_proof(merkle::write_proof(to, &self.inclusion), &self.consistency)
    }

    pub fn take(from: &mut Reader<'_>) -> Result<Receipt, NotCanonical> {
        Ok(Receipt {
            epoch: u32::try_from(from.number()?).map_err(|_| NotCanonical)?,
            through: from.number()?,
            index: from.number()?,
            head: TreeHead::take(from)?,
            inclusion: merkle::read_proof(from)?,
            consistency: merkle::read_proof(from)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> SigningKey {
        SigningKey::from_bytes(&[3; 32])
    }

    #[test]
    fn nothing_signed_can_be_taken_for_something_else() {
        let (hub, other) = (key().verifying_key(), SigningKey::from_bytes(&[4; 32]));
        let head = TreeHead::sign(7, Stamp::from_millis(5), [9; 32], &key());
        assert_eq!(head.check(&hub), Ok(()));
        assert!(head.check(&other.verifying_key()).is_err());
        for edited in [
            TreeHead { size: 8, ..head },
            TreeHead { at: Stamp::from_millis(6), ..head },
            TreeHead { root: [8; 32], ..head },
        ] {
            assert!(edited.check(&hub).is_err());
        }
        let (chain, link) = ("D1/N1".parse().unwrap(), Link::of(b"last"));
        let mark = BatchMark::sign(&chain, (1, 9), link, &key());
        assert_eq!(mark.check(&chain, link, &hub), Ok(()));
        assert!(mark.check(&"D2/N1".parse().unwrap(), link, &hub).is_err());
        assert!(mark.check(&chain, Link::of(b"other"), &hub).is_err());
        assert!(BatchMark { through: 10, ..mark }.check(&chain, link, &hub).is_err());
        let notice = Notice::sign(b"not an entry".to_vec(), &key());
        assert!(notice.open(&hub).is_err(), "signed, but no entry");
    }
}
