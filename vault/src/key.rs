//! The vault's key: made, wrapped, unwrapped, re-wrapped. 32 random bytes, wrapped once under a key derived from **both** the PIN
//! (Argon2id, 64 MiB, t = 3) **and** a secret held by the platform's keystore: neither alone opens the vault. The wrapped key lies
//! in a small file beside the vault, which also counts wrong PINs, durably, *before* each try. Ten wrong PINs destroy the wrapped
//! key and nothing else. Not here: where the keystore's secret is kept (that is a port of `device`).

use crate::seal::SealSecret;
use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use record::Stamp;
use record::canon::{Reader, Writer};
use sha2::Sha256;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use thiserror::Error;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// Version of the wrapped key's file.
const VERSION: u8 = 1;
/// Wrong PINs in a row after which the wrapped key is destroyed.
pub const MOST_TRIES: u32 = 10;
/// From this many on, each further try must wait: 1, 2, 4, 8, 16 minutes.
const FREE_TRIES: u32 = 5;

#[derive(Debug, Error)]
pub enum KeyFault {
    #[error("the PIN is wrong; {left} tries left")]
    WrongPin { left: u32 },
    #[error("too many wrong PINs; not before {at}")]
    TooSoon { at: Stamp },
    #[error("the key was destroyed after too many wrong PINs")]
    Destroyed,
    #[error("a PIN is 6 to 12 digits, not all the same and not in sequence")]
    WeakPin,
    #[error("there is no wrapped key here")]
    Missing,
    #[error("the wrapped key's file is damaged")]
    Damaged,
    #[error("the wrapped key's file was written by a newer version")]
    Newer,
    #[error("the key could not be derived")]
    Derive,
    #[error("the wrapped key's file could not be read or written")]
    File(#[source] std::io::Error),
}

/// The vault's key in the clear: wiped when dropped, not `Clone`, never printed.
///
/// ```compile_fail
/// fn copy(key: &vault::key::Key) -> vault::key::Key { key.clone() }
/// ```
/// ```compile_fail
/// fn show(key: &vault::key::Key) { println!("{key:?}"); }
/// ```
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Key([u8; 32]);

impl Key {
    /// A new key from fresh random bytes.
    pub const fn from_random(bytes: [u8; 32]) -> Key {
        Key(bytes)
    }

    /// SQLCipher's raw-key literal, with the salt that its file begins with. Left to read that itself, SQLCipher takes a read that fails for
    /// a new file, draws another salt and calls the file no database.
    pub(crate) fn pragma(&self, salt: Option<&[u8; 16]>) -> Zeroizing<String> {
        let mut literal = Zeroizing::new(String::with_capacity(99));
        literal.push_str("x'");
        for byte in self.0.iter().chain(salt.into_iter().flatten()) {
            literal.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or('0'));
            literal.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0'));
        }
        literal.push('\'');
        literal
    }
}

/// What the envelope holds: the vault's key, and the secret half of its sealed compartment.
pub struct Keys {
    pub vault: Key,
    pub sealing: SealSecret,
}

/// A PIN that passed the rules: 6 to 12 digits, not one digit repeated, not a run up or down.
pub struct Pin(Zeroizing<String>);

impl Pin {
    pub fn new(text: &str) -> Result<Pin, KeyFault> {
        let text = Zeroizing::new(text.trim().to_owned());
        let digits: Vec<i32> = text.chars().filter_map(|c| c.to_digit(10)).map(|d| d as i32).collect();
        let steps: Vec<i32> = digits.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let plain = [0, 1, -1].iter().any(|step| steps.iter().all(|s| s == step));
        if digits.len() != text.chars().count() || !(6..=12).contains(&digits.len()) || plain {
            return Err(KeyFault::WeakPin);
        }
        Ok(Pin(text))
    }

    /// Any text, to be tried against a wrapped key: a PIN that breaks the rules is just wrong.
    pub fn to_try(text: &str) -> Pin {
        Pin(Zeroizing::new(text.trim().to_owned()))
    }
}

/// What the platform's keystore holds: half of what unwraps the key.
pub struct KeystoreSecret(Zeroizing<[u8; 32]>);

impl KeystoreSecret {
    pub fn new(bytes: [u8; 32]) -> KeystoreSecret {
        KeystoreSecret(Zeroizing::new(bytes))
    }
}

/// The wrapped key and its count of wrong PINs, as a file.
pub struct Envelope {
    path: PathBuf,
    salt: [u8; 16],
    nonce: [u8; 24],
    memory_kib: u32,
    passes: u32,
    wrapped: Vec<u8>,
    tries: u32,
    not_before: Stamp,
}

/// Argon2id parameters of newly wrapped keys: 64 MiB, three passes (136-189 ms on two shared cores).
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;

impl Envelope {
    /// Wraps the keys and writes the file. `salt` and `nonce` are fresh random bytes.
    pub fn seal(
        path: &Path,
        keys: &Keys,
        pin: &Pin,
        secret: &KeystoreSecret,
        salt: [u8; 16],
        nonce: [u8; 24],
    ) -> Result<(), KeyFault> {
        let mut envelope = Envelope {
            path: path.to_owned(),
            salt,
            nonce,
            memory_kib: MEMORY_KIB,
            passes: PASSES,
            wrapped: Vec::new(),
            tries: 0,
            not_before: Stamp::from_millis(0),
        };
        let cipher = envelope.cipher(pin, secret)?;
        let both = Zeroizing::new([&keys.vault.0[..], &keys.sealing.to_bytes()[..]].concat());
        let payload = Payload { msg: &both, aad: &[VERSION] };
        envelope.wrapped = cipher.encrypt(XNonce::from_slice(&nonce), payload).map_err(|_| KeyFault::Derive)?;
        envelope.write()
    }

    pub fn load(path: &Path) -> Result<Envelope, KeyFault> {
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Err(KeyFault::Missing),
            Err(e) => return Err(KeyFault::File(e)),
        };
        if bytes.first().is_some_and(|&v| v > VERSION) {
            return Err(KeyFault::Newer);
        }
        let read = || -> Result<Envelope, record::canon::NotCanonical> {
            let mut from = Reader::new(&bytes, VERSION)?;
            let number = |n: u64| u32::try_from(n).map_err(|_| record::canon::NotCanonical);
            let envelope = Envelope {
                path: path.to_owned(),
                salt: from.array()?,
                nonce: from.array()?,
                memory_kib: number(from.number()?)?,
                passes: number(from.number()?)?,
                wrapped: from.bytes()?.to_vec(),
                tries: number(from.number()?)?,
                not_before: Stamp::from_millis(from.signed()?),
            };
            from.end()?;
            Ok(envelope)
        };
        read().map_err(|_| KeyFault::Damaged)
    }

    /// Wrong PINs since the last right one.
    pub const fn wrong_pins(&self) -> u32 {
        self.tries
    }

    /// Unwraps the keys. The try is counted on disk before it is made, so that killing the app buys no free guess.
    pub fn open(&mut self, pin: &Pin, secret: &KeystoreSecret, now: Stamp) -> Result<Keys, KeyFault> {
        if self.wrapped.is_empty() || self.tries >= MOST_TRIES {
            self.destroy()?;
            return Err(KeyFault::Destroyed);
        }
        if now < self.not_before {
            return Err(KeyFault::TooSoon { at: self.not_before });
        }
        self.tries += 1;
        if self.tries > FREE_TRIES {
            let minutes = 1i64 << (self.tries - FREE_TRIES - 1).min(4);
            self.not_before = Stamp::from_millis(now.millis().saturating_add(minutes * 60_000));
        }
        self.write()?;
        let cipher = self.cipher(pin, secret)?;
        let payload = Payload { msg: &self.wrapped, aad: &[VERSION] };
        let opened = cipher.decrypt(XNonce::from_slice(&self.nonce), payload).map(Zeroizing::new);
        let keys = opened.ok().and_then(|bytes| {
            let (vault, sealing) = bytes.split_at_checked(32)?;
            let sealing = Zeroizing::new(<[u8; 32]>::try_from(sealing).ok()?);
            Some(Keys { vault: Key(vault.try_into().ok()?), sealing: SealSecret::from_random(*sealing) })
        });
        match keys {
            Some(keys) => {
                self.tries = 0;
                self.not_before = Stamp::from_millis(0);
                self.write()?;
                Ok(keys)
            }
            None if self.tries >= MOST_TRIES => {
                self.destroy()?;
                Err(KeyFault::Destroyed)
            }
            None => Err(KeyFault::WrongPin { left: MOST_TRIES - self.tries }),
        }
    }

    fn destroy(&mut self) -> Result<(), KeyFault> {
        self.wrapped.zeroize();
        self.write()
    }

    fn cipher(&self, pin: &Pin, secret: &KeystoreSecret) -> Result<XChaCha20Poly1305, KeyFault> {
        let params = Params::new(self.memory_kib, self.passes, 1, Some(32)).map_err(|_| KeyFault::Derive)?;
        let mut stretched = Zeroizing::new([0u8; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(pin.0.as_bytes(), &self.salt, stretched.as_mut())
            .map_err(|_| KeyFault::Derive)?;
        let mut both = Zeroizing::new([0u8; 64]);
        both[..32].copy_from_slice(stretched.as_ref());
        both[32..].copy_from_slice(secret.0.as_ref());
        let mut wrapping = Zeroizing::new([0u8; 32]);
        Hkdf::<Sha256>::new(Some(&self.salt), both.as_ref())
            .expand(b"satchel vault key 1", wrapping.as_mut())
            .map_err(|_| KeyFault::Derive)?;
        Ok(XChaCha20Poly1305::new(wrapping.as_ref().into()))
    }

    /// Whole or not at all: a new file, synced, then renamed over the old one.
    fn write(&self) -> Result<(), KeyFault> {
        let bytes = Writer::new(VERSION)
            .bytes(&self.salt)
            .bytes(&self.nonce)
            .number(self.memory_kib.into())
            .number(self.passes.into())
            .bytes(&self.wrapped)
            .number(self.tries.into())
            .signed(self.not_before.millis())
            .finish();
        replace_file(&self.path, &bytes).map_err(KeyFault::File)
    }
}

/// Replaces a small file so that a crash leaves the old one or the new one.
pub fn replace_file(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let fresh = path.with_extension("new");
    let mut file = File::create(&fresh)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&fresh, path)?;
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Stamp = Stamp::from_millis(1_790_000_000_000);

    fn secret(byte: u8) -> KeystoreSecret {
        KeystoreSecret::new([byte; 32])
    }

    fn sealed(folder: &Path) -> PathBuf {
        let path = folder.join("key");
        let pin = Pin::new("314159").unwrap();
        let keys = Keys { vault: Key::from_random([42; 32]), sealing: SealSecret::from_random([43; 32]) };
        Envelope::seal(&path, &keys, &pin, &secret(1), [2; 16], [3; 24]).unwrap();
        path
    }

    #[test]
    fn only_pin_and_keystore_together_open_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = sealed(folder.path());
        let open = |pin: &str, byte| Envelope::load(&path).unwrap().open(&Pin::to_try(pin), &secret(byte), NOW);
        assert!(matches!(open("314159", 9), Err(KeyFault::WrongPin { left: 9 })), "the PIN without the keystore");
        assert!(matches!(open("271828", 1), Err(KeyFault::WrongPin { left: 8 })), "the keystore without the PIN");
        let keys = open("314159", 1).unwrap();
        assert_eq!((keys.vault.0, *keys.sealing.to_bytes()), ([42; 32], [43; 32]));
        assert_eq!(Envelope::load(&path).unwrap().wrong_pins(), 0, "a right PIN clears the count");
    }

    #[test]
    fn wrong_pins_slow_down_and_the_tenth_destroys_the_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = sealed(folder.path());
        // Five seconds of Argon2id in all would slow the suite: the count is what is tested, so start it at eight.
        let mut envelope = Envelope::load(&path).unwrap();
        envelope.tries = 8;
        envelope.write().unwrap();
        assert!(matches!(envelope.open(&Pin::to_try("000000"), &secret(1), NOW), Err(KeyFault::WrongPin { left: 1 })));
        let mut again = Envelope::load(&path).unwrap();
        let Err(KeyFault::TooSoon { at }) = again.open(&Pin::to_try("314159"), &secret(1), NOW) else { panic!() };
        assert!(at > NOW);
        assert!(matches!(again.open(&Pin::to_try("000000"), &secret(1), at), Err(KeyFault::Destroyed)));
        let mut dead = Envelope::load(&path).unwrap();
        assert!(matches!(dead.open(&Pin::to_try("314159"), &secret(1), at), Err(KeyFault::Destroyed)));
        assert!(dead.wrapped.is_empty());
    }

    #[test]
    fn a_try_is_counted_before_it_is_made() {
        let folder = tempfile::tempdir().unwrap();
        let path = sealed(folder.path());
        let mut envelope = Envelope::load(&path).unwrap();
        let _ = envelope.open(&Pin::to_try("000000"), &secret(1), NOW);
        assert_eq!(Envelope::load(&path).unwrap().wrong_pins(), 1);
    }

    #[test]
    fn weak_pins_are_not_accepted() {
        for weak in ["12345", "123456", "654321", "111111", "12345a", "", "1234567890123"] {
            assert!(matches!(Pin::new(weak), Err(KeyFault::WeakPin)), "{weak}");
        }
        assert!(Pin::new(" 314159 ").is_ok());
    }

    #[test]
    fn a_damaged_file_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = sealed(folder.path());
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..20]).unwrap();
        assert!(matches!(Envelope::load(&path), Err(KeyFault::Damaged)));
        fs::write(&path, [VERSION + 1]).unwrap();
        assert!(matches!(Envelope::load(&path), Err(KeyFault::Newer)));
        assert!(matches!(Envelope::load(&folder.path().join("none")), Err(KeyFault::Missing)));
    }
}
