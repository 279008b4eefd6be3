//! The sealed compartment (decision 0023): content of somebody who said "only in an emergency" lies on the device encrypted once more, to a
//! key that the vault does not hold while it is open. Its secret half comes out of the key's envelope when the PIN is given, and is
//! dropped at sign-in; it is there again only when the PIN is given for break-glass. The machine can seal what arrives at any time and
//! open nothing. Never used for option 5: that content is not on the device.

use crate::fault::VaultFault;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use record::PersonId;
use record::section::Compartment;
use sha2::Sha256;
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::Zeroizing;

const INFO: &[u8] = b"satchel sealed compartment 1";

/// The half that opens. Wiped when dropped, not `Clone`, never printed; it comes out of `key::Envelope` and from nowhere else.
///
/// ```compile_fail
/// fn copy(secret: &vault::seal::SealSecret) -> vault::seal::SealSecret { secret.clone() }
/// ```
pub struct SealSecret(StaticSecret);

impl SealSecret {
    pub fn from_random(bytes: [u8; 32]) -> SealSecret {
        SealSecret(StaticSecret::from(bytes))
    }

    pub(crate) fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes())
    }

    pub(crate) fn public(&self) -> [u8; 32] {
        PublicKey::from(&self.0).to_bytes()
    }

    /// The key of one person's sealed content, as it was sealed last.
    pub(crate) fn person_key(&self, ephemeral: &[u8; 32], person: PersonId) -> Result<PersonKey, VaultFault> {
        let shared = self.0.diffie_hellman(&PublicKey::from(*ephemeral));
        PersonKey::of(shared.as_bytes(), ephemeral, &self.public(), person)
    }
}

/// Opens one person's sealed content, and nobody else's.
pub(crate) struct PersonKey {
    key: Zeroizing<[u8; 32]>,
    /// The sealing it fits: content sealed anew needs the PIN again.
    pub(crate) ephemeral: [u8; 32],
}

impl PersonKey {
    fn of(
        shared: &[u8; 32],
        ephemeral: &[u8; 32],
        public: &[u8; 32],
        person: PersonId,
    ) -> Result<PersonKey, VaultFault> {
        let salt = [&ephemeral[..], &public[..]].concat();
        let info = [INFO, person.as_bytes()].concat();
        let mut key = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(Some(&salt), shared)
            .expand(&info, key.as_mut())
            .map_err(|_| VaultFault::Corrupt { what: "sealed key" })?;
        Ok(PersonKey { key, ephemeral: *ephemeral })
    }

    /// One key seals each compartment once, so the compartment's number is nonce enough.
    fn nonce(compartment: Compartment) -> XNonce {
        let mut nonce = [0; 24];
        nonce[0] = compartment.number();
        nonce.into()
    }

    fn seal(&self, compartment: Compartment, person: PersonId, plain: &[u8]) -> Result<Vec<u8>, VaultFault> {
        let payload = Payload { msg: plain, aad: person.as_bytes() };
        XChaCha20Poly1305::new(self.key.as_slice().into())
            .encrypt(&Self::nonce(compartment), payload)
            .map_err(|_| VaultFault::Corrupt { what: "sealed frame" })
    }

    pub(crate) fn open(
        &self,
        compartment: Compartment,
        person: PersonId,
        sealed: &[u8],
    ) -> Result<Vec<u8>, VaultFault> {
        let payload = Payload { msg: sealed, aad: person.as_bytes() };
        XChaCha20Poly1305::new(self.key.as_slice().into())
            .decrypt(&Self::nonce(compartment), payload)
            .map_err(|_| VaultFault::Corrupt { what: "sealed frame" })
    }
}

/// The half that seals: the vault's, always at hand, with fresh random bytes of the round or the act.
#[derive(Clone, Copy)]
pub(crate) struct Sealer<'a> {
    pub(crate) public: [u8; 32],
    pub(crate) fresh: &'a [u8; 32],
}

impl Sealer<'_> {
    /// Seals a person's frames under a key made for this sealing alone; gives its ephemeral public key and the sealed bytes.
    pub(crate) fn seal(
        &self,
        person: PersonId,
        frames: &[(Compartment, Vec<u8>)],
    ) -> Result<([u8; 32], Vec<Vec<u8>>), VaultFault> {
        // One draw of randomness serves a whole round: each person, and each content, gets a secret of its own from it.
        let content: Vec<&[u8]> = frames.iter().map(|(_, bytes)| bytes.as_slice()).collect();
        let mut secret = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(Some(person.as_bytes()), self.fresh)
            .expand_multi_info(&content, secret.as_mut())
            .map_err(|_| VaultFault::Corrupt { what: "sealed key" })?;
        let secret = StaticSecret::from(*secret);
        let ephemeral = PublicKey::from(&secret).to_bytes();
        let shared = secret.diffie_hellman(&PublicKey::from(self.public));
        let key = PersonKey::of(shared.as_bytes(), &ephemeral, &self.public, person)?;
        let sealed = frames.iter().map(|(compartment, plain)| key.seal(*compartment, person, plain));
        Ok((ephemeral, sealed.collect::<Result<_, _>>()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(byte: u8) -> PersonId {
        PersonId::from_bytes([byte; 16])
    }

    fn frames(text: &str) -> Vec<(Compartment, Vec<u8>)> {
        vec![(Compartment::Emergency, text.as_bytes().to_vec()), (Compartment::Whole, vec![7; 40])]
    }

    #[test]
    fn only_the_secret_half_opens_and_only_that_person_and_place() {
        let secret = SealSecret::from_random([1; 32]);
        let sealer = Sealer { public: secret.public(), fresh: &[9; 32] };
        let (ephemeral, sealed) = sealer.seal(person(1), &frames("allergic to penicillin")).unwrap();
        let key = secret.person_key(&ephemeral, person(1)).unwrap();
        assert_eq!(key.open(Compartment::Emergency, person(1), &sealed[0]).unwrap(), b"allergic to penicillin");
        assert!(key.open(Compartment::Whole, person(1), &sealed[0]).is_err(), "another compartment");
        assert!(key.open(Compartment::Emergency, person(2), &sealed[0]).is_err(), "another person");
        assert!(
            secret
                .person_key(&ephemeral, person(2))
                .unwrap()
                .open(Compartment::Emergency, person(1), &sealed[0])
                .is_err()
        );
        let other = SealSecret::from_random([2; 32]);
        assert!(
            other
                .person_key(&ephemeral, person(1))
                .unwrap()
                .open(Compartment::Emergency, person(1), &sealed[0])
                .is_err()
        );
        let mut bent = sealed[0].clone();
        bent[3] ^= 1;
        assert!(key.open(Compartment::Emergency, person(1), &bent).is_err(), "a bit changed");
        assert!(!sealed[0].windows(10).any(|w| w == b"penicillin"));
    }

    #[test]
    fn no_two_sealings_share_a_key() {
        let secret = SealSecret::from_random([1; 32]);
        let sealer = Sealer { public: secret.public(), fresh: &[9; 32] };
        let key = |person, text| sealer.seal(person, &frames(text)).unwrap().0;
        let again = Sealer { fresh: &[8; 32], ..sealer }.seal(person(1), &frames("a")).unwrap().0;
        let all = [key(person(1), "a"), key(person(2), "a"), key(person(1), "b"), again];
        assert!((1..all.len()).all(|n| !all[..n].contains(&all[n])));
    }
}
