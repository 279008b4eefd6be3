//! What was sent to a device and taken from it, so that when it is lost the hub can say what was on it: one manifest an answer that sent
//! or removed anybody, signed, each naming the one before. Kept small: 17 bytes a person. Not the feed (`post::feed`) and not
//! what was read (the audit).

use crate::store::lease;
use ed25519_dalek::{Signature, Signer, SigningKey, Verifier, VerifyingKey};
use record::canon::{NotCanonical, Reader, Writer};
use record::section::Compartment;
use record::{DeviceId, PersonId, Stamp};
use rusqlite::Transaction;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use thiserror::Error;

/// What is signed begins with what it is.
const WHAT: &[u8] = b"satchel manifest 1";

/// What one answer did about somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// Whole, in these compartments (bits by [`Compartment::number`]); none is a list row with rules only, beside it perhaps [`OWN`].
    Person(PersonId, u8),
    /// Off the device.
    Removed(PersonId),
    /// The device was told to erase everything.
    Everything,
}

/// Beside the bits of compartments, of which none is number 0: what the device's own organisation wrote itself (`record::own`).
pub const OWN: u8 = 1;

/// The compartments of a person's frames, as bits.
pub fn bits(compartments: impl IntoIterator<Item = Compartment>) -> u8 {
    compartments.into_iter().fold(0, |bits, c| bits | 1 << c.number())
}

/// The compartments of these bits.
pub fn compartments(bits: u8) -> Vec<Compartment> {
    (0..8).filter(|n| bits & 1 << n != 0).filter_map(Compartment::from_number).collect()
}

/// One answer's manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    pub device: DeviceId,
    pub number: u64,
    pub at: Stamp,
    /// SHA-256 of the bytes of the one before; zeros for the first.
    pub before: [u8; 32],
    /// The journal's number: a device whose cursor is beyond it has taken the answer in.
    pub seq: u64,
    pub sent: Vec<Sent>,
}

/// A manifest that does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ManifestFault {
    #[error("manifest {number} is not what this hub signed")]
    Forged { number: u64 },
    #[error("manifest {number} does not follow the one before it")]
    Gap { number: u64 },
    #[error("manifest {number} cannot be read")]
    Unreadable { number: u64 },
}

impl Manifest {
    fn to_bytes(&self) -> Vec<u8> {
        let to = Writer::new(1)
            .text(self.device.as_str())
            .number(self.number)
            .signed(self.at.millis())
            .bytes(&self.before)
            .number(self.seq)
            .number(self.sent.len() as u64);
        let put = |to: Writer, sent: &Sent| match sent {
            Sent::Person(person, bits) => to.number(1).bytes(person.as_bytes()).number((*bits).into()),
            Sent::Removed(person) => to.number(2).bytes(person.as_bytes()),
            Sent::Everything => to.number(3),
        };
        self.sent.iter().fold(to, put).finish()
    }

    fn from_bytes(bytes: &[u8]) -> Result<Manifest, NotCanonical> {
        let mut from = Reader::new(bytes, 1)?;
        let (device, number) = (from.parsed()?, from.number()?);
        let (at, before, seq) = (Stamp::from_millis(from.signed()?), from.array()?, from.number()?);
        let mut sent = Vec::new();
        for _ in 0..from.number()? {
            sent.push(match from.number()? {
                1 => {
                    let person = PersonId::from_bytes(from.array()?);
                    Sent::Person(person, u8::try_from(from.number()?).map_err(|_| NotCanonical)?)
                }
                2 => Sent::Removed(PersonId::from_bytes(from.array()?)),
                3 => Sent::Everything,
                _ => return Err(NotCanonical),
            });
        }
        from.end()?;
        Ok(Manifest { device, number, at, before, seq, sent })
    }
}

/// Writes the manifest of an answer, in the answer's own transaction.
pub fn keep(
    tx: &Transaction<'_>,
    key: &SigningKey,
    device: &DeviceId,
    (seq, sent): (u64, Vec<Sent>),
    now: Stamp,
) -> rusqlite::Result<()> {
    let (number, before) = match lease::last_manifest(tx, device)? {
        Some((number, bytes)) => (number + 1, Sha256::digest(&bytes).into()),
        None => (1, [0; 32]),
    };
    let bytes = Manifest { device: device.clone(), number, at: now, before, seq, sent }.to_bytes();
    let signature = key.sign(&[WHAT, &bytes].concat()).to_bytes();
    lease::put_manifest(tx, device, number, (&bytes, &signature))
}

/// Every manifest of a device, oldest first, each checked: signature, order, and that none is missing before the last.
pub fn read(
    kept: &[(Vec<u8>, [u8; 64])],
    hub: &VerifyingKey,
    device: &DeviceId,
) -> Result<Vec<Manifest>, ManifestFault> {
    let mut before = [0; 32];
    let mut all = Vec::with_capacity(kept.len());
    for (number, (bytes, signature)) in (1..).zip(kept) {
        let signature = Signature::from_bytes(signature);
        hub.verify(&[WHAT, bytes].concat(), &signature).map_err(|_| ManifestFault::Forged { number })?;
        let manifest = Manifest::from_bytes(bytes).map_err(|NotCanonical| ManifestFault::Unreadable { number })?;
        if manifest.number != number || manifest.before != before || manifest.device != *device {
            return Err(ManifestFault::Gap { number });
        }
        before = Sha256::digest(bytes).into();
        all.push(manifest);
    }
    Ok(all)
}

/// Somebody whose record was, or may still be, on a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    pub person: PersonId,
    /// Every compartment ever sent and not known to be erased.
    pub compartments: u8,
    pub since: Stamp,
    /// The device was told to erase it, and has not said since that it did.
    pub removal_unconfirmed: bool,
}

/// Who was on the device when it was last heard of. What was sent counts from the answer on; a removal only once the device has
/// posted with a cursor beyond it: of the two mistakes, this one names somebody too many.
pub fn held(manifests: &[Manifest], cursor: u64) -> Vec<Held> {
    let mut on: BTreeMap<PersonId, Held> = BTreeMap::new();
    for manifest in manifests {
        let confirmed = cursor >= manifest.seq;
        for sent in &manifest.sent {
            match *sent {
                Sent::Person(person, bits) => {
                    let fresh = Held { person, compartments: bits, since: manifest.at, removal_unconfirmed: false };
                    on.entry(person)
                        .and_modify(|held| {
                            // Rules without content erase the content, once they have arrived; the own organisation's part stays.
                            let none = bits & !OWN == 0;
                            held.compartments = if none && confirmed { bits } else { held.compartments | bits };
                            held.removal_unconfirmed = none && !confirmed;
                        })
                        .or_insert(fresh);
                }
                Sent::Removed(person) if confirmed => {
                    on.remove(&person);
                }
                Sent::Removed(person) => {
                    on.entry(person).and_modify(|held| held.removal_unconfirmed = true);
                }
                Sent::Everything => on.values_mut().for_each(|held| held.removal_unconfirmed = true),
            }
        }
    }
    on.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(n: u8) -> PersonId {
        PersonId::from_bytes([n; 16])
    }

    fn manifest(number: u64, seq: u64, sent: Vec<Sent>) -> Manifest {
        let device = "D1".parse().unwrap();
        Manifest { device, number, at: Stamp::from_millis(number as i64), before: [0; 32], seq, sent }
    }

    #[test]
    fn a_removal_counts_when_the_device_has_moved_on_and_not_before() {
        let all = [
            manifest(1, 10, vec![Sent::Person(person(1), 14), Sent::Person(person(2), 2)]),
            manifest(2, 20, vec![Sent::Removed(person(1))]),
            manifest(3, 30, vec![Sent::Person(person(2), 0)]),
        ];
        let on =
            |cursor| held(&all, cursor).iter().map(|h| (h.compartments, h.removal_unconfirmed)).collect::<Vec<_>>();
        assert_eq!(on(10), [(14, true), (2, true)]);
        assert_eq!(on(20), [(2, true)]);
        assert_eq!(on(30), [(0, false)]);
    }

    #[test]
    fn a_manifest_reads_back_and_stays_small() {
        let sent: Vec<Sent> = (0..100).map(|n| Sent::Person(person(n), 14)).chain([Sent::Everything]).collect();
        let whole = manifest(3, 9, sent);
        let bytes = whole.to_bytes();
        assert!(bytes.len() < 100 * 20 + 64, "{}", bytes.len());
        assert_eq!(Manifest::from_bytes(&bytes), Ok(whole));
    }

    #[test]
    fn what_the_own_organisation_wrote_stays_when_the_rest_is_erased() {
        let all =
            [manifest(1, 10, vec![Sent::Person(person(1), 14)]), manifest(2, 20, vec![Sent::Person(person(1), OWN)])];
        let on =
            |cursor| held(&all, cursor).iter().map(|h| (h.compartments, h.removal_unconfirmed)).collect::<Vec<_>>();
        assert_eq!((on(15), on(20)), (vec![(15, true)], vec![(OWN, false)]));
        assert_eq!(compartments(OWN), []);
    }

    #[test]
    fn the_compartments_come_back_from_their_bits() {
        let some = [Compartment::Emergency, Compartment::Whole];
        assert_eq!(compartments(bits(some)), some);
    }
}
