//! The vault's key: made, wrapped, unwrapped, re-wrapped. 32 random bytes, wrapped once under a key derived from **both** the PIN (Argon2id, 64 MiB, t = 3) **and**
//! a secret held by the platform's keystore: neither alone opens the vault. The wrapped key lies in a small file beside it, which counts wrong PINs, durably, *before*
//! each try. Ten wrong PINs destroy the wrapped key and nothing else. Not here: where the keystore's secret is kept (a port of `device`).

use crate::seal::SealSecret;
use argon2::{Algorithm, Argon2, Block, Params, Version};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use record::Stamp;
use record::canon::{Reader, Writer};
use record::time::{Reading, Ticks};
use sha2::Sha256;
use std::alloc::System;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use thiserror::Error;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// Version of the wrapped key's file while nobody has to wait; and what the wrapping is bound to.
const VERSION: u8 = 1;
/// The same with a wait measured by the device's counter.
const WAITING: u8 = 2;
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
    wait: Option<Wait>,
}

/// How long the next try must wait, by the counter that nobody can set: from the wrong PIN on, and again from the beginning after a restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Wait {
    /// Milliseconds.
    long: i64,
    /// `None`: not counted yet, or the platform has no counter.
    from: Option<Ticks>,
    /// By the wall clock: only where the platform has no counter.
    until: Stamp,
}

impl Wait {
    fn after(tries: u32, reading: &Reading) -> Option<Wait> {
        let minutes = 1i64 << tries.checked_sub(FREE_TRIES + 1)?.min(4);
        Some(Wait::of(minutes * 60_000, reading))
    }

    const fn of(long: i64, reading: &Reading) -> Wait {
        let until = Stamp::from_millis(reading.wall.millis().saturating_add(long));
        Wait { long, from: reading.ticks, until }
    }

    /// What is left of it (milliseconds); `None`: it cannot be said, and begins again.
    fn left(&self, reading: &Reading) -> Option<i64> {
        let Some(now) = reading.ticks else { return Some(self.until.millis().saturating_sub(reading.wall.millis())) };
        let from = self.from.filter(|from| from.boot == now.boot && from.millis <= now.millis)?;
        Some(self.long.saturating_sub(now.millis - from.millis))
    }
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
            wait: None,
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
        if bytes.first().is_some_and(|&v| v > WAITING) {
            return Err(KeyFault::Newer);
        }
        let read = || -> Result<Envelope, record::canon::NotCanonical> {
            let version = bytes.first().copied().unwrap_or(VERSION).max(VERSION);
            let mut from = Reader::new(&bytes, version)?;
            let number = |n: u64| u32::try_from(n).map_err(|_| record::canon::NotCanonical);
            let mut envelope = Envelope {
                path: path.to_owned(),
                salt: from.array()?,
                nonce: from.array()?,
                memory_kib: number(from.number()?)?,
                passes: number(from.number()?)?,
                wrapped: from.bytes()?.to_vec(),
                tries: number(from.number()?)?,
                wait: None,
            };
            let until = Stamp::from_millis(from.signed()?);
            if version == WAITING {
                let long = i64::try_from(from.number()?).map_err(|_| record::canon::NotCanonical)?;
                let counted = from.number()? == 1;
                let ticks = Ticks { boot: from.number()?, millis: from.signed()? };
                envelope.wait = Some(Wait { long, from: Some(ticks).filter(|_| counted), until });
            } else if until.millis() > 0 {
                // Written before waits were counted: all of it again, by the counter.
                envelope.wait = Wait::after(envelope.tries, &until.into()).map(|wait| Wait { until, ..wait });
            }
            from.end()?;
            Ok(envelope)
        };
        read().map_err(|_| KeyFault::Damaged)
    }

    /// By ten wrong PINs.
    pub fn is_destroyed(&self) -> bool {
        self.wrapped.is_empty() || self.tries >= MOST_TRIES
    }

    /// Wrong PINs since the last right one.
    pub const fn wrong_pins(&self) -> u32 {
        self.tries
    }

    /// Unwraps the keys. The try is counted on disk before it is made, so that killing the app buys no free guess.
    pub fn open(&mut self, pin: &Pin, secret: &KeystoreSecret, reading: &Reading) -> Result<Keys, KeyFault> {
        if self.is_destroyed() {
            self.destroy()?;
            return Err(KeyFault::Destroyed);
        }
        if let Some(wait) = self.wait {
            let left = wait.left(reading);
            if left.is_none() {
                self.wait = Some(Wait::of(wait.long, reading));
                self.write()?;
            }
            let left = left.unwrap_or(wait.long);
            if left > 0 {
                return Err(KeyFault::TooSoon { at: Stamp::from_millis(reading.wall.millis().saturating_add(left)) });
            }
        }
        self.tries += 1;
        self.wait = Wait::after(self.tries, reading);
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
                self.wait = None;
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
        // The system's own allocator gives so much back at once; the program's may keep it for as long as it likes.
        let mut memory = allocator_api2::vec::Vec::new_in(System);
        memory.resize(params.block_count(), Block::default());
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let done = argon.hash_password_into_with_memory(pin.0.as_bytes(), &self.salt, stretched.as_mut(), &mut memory);
        memory.iter_mut().for_each(Zeroize::zeroize);
        done.map_err(|_| KeyFault::Derive)?;
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
        let version = if self.wait.is_some() { WAITING } else { VERSION };
        let written = Writer::new(version)
            .bytes(&self.salt)
            .bytes(&self.nonce)
            .number(self.memory_kib.into())
            .number(self.passes.into())
            .bytes(&self.wrapped)
            .number(self.tries.into())
            .signed(self.wait.map_or(0, |wait| wait.until.millis()));
        let bytes = match self.wait {
            None => written.finish(),
            Some(Wait { long, from, .. }) => {
                let ticks = from.unwrap_or(Ticks { boot: 0, millis: 0 });
                let written = written.number(long.unsigned_abs()).number(from.is_some().into());
                written.number(ticks.boot).signed(ticks.millis).finish()
            }
        };
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

    /// The counter says so many milliseconds since start `boot`; the wall clock is so far off.
    fn at(boot: u64, millis: i64, off: i64) -> Reading {
        let wall = Stamp::from_millis(1_790_000_000_000 + millis + off);
        Reading { wall, ticks: Some(Ticks { boot, millis }), zone: 0 }
    }

    const MINUTE: i64 = 60_000;

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
        let open =
            |pin: &str, byte| Envelope::load(&path).unwrap().open(&Pin::to_try(pin), &secret(byte), &at(1, 0, 0));
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
        let now = at(1, 0, 0);
        assert!(matches!(envelope.open(&Pin::to_try("000000"), &secret(1), &now), Err(KeyFault::WrongPin { left: 1 })));
        let mut again = Envelope::load(&path).unwrap();
        let Err(KeyFault::TooSoon { at: then }) = again.open(&Pin::to_try("314159"), &secret(1), &now) else {
            panic!()
        };
        assert_eq!(then.millis() - now.wall.millis(), 8 * MINUTE);
        let then = at(1, 8 * MINUTE, 0);
        assert!(matches!(again.open(&Pin::to_try("000000"), &secret(1), &then), Err(KeyFault::Destroyed)));
        let mut dead = Envelope::load(&path).unwrap();
        assert!(matches!(dead.open(&Pin::to_try("314159"), &secret(1), &then), Err(KeyFault::Destroyed)));
        assert!(dead.wrapped.is_empty());
    }

    #[test]
    fn no_clock_shortens_the_wait_and_a_restart_begins_it_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = sealed(folder.path());
        let mut envelope = Envelope::load(&path).unwrap();
        (envelope.tries, envelope.wait) = (6, Wait::after(6, &at(1, 0, 0)));
        envelope.write().unwrap();
        let left = |reading: Reading| match Envelope::load(&path).unwrap().open(
            &Pin::to_try("314159"),
            &secret(1),
            &reading,
        ) {
            Err(KeyFault::TooSoon { at }) => at.millis() - reading.wall.millis(),
            Ok(_) => 0,
            Err(fault) => panic!("{fault}"),
        };
        let year = 365 * 24 * 60 * MINUTE;
        assert_eq!(left(at(1, 30_000, year)), 30_000, "the wall clock does not count");
        assert_eq!(left(at(1, 30_000, -year)), 30_000, "neither way");
        assert_eq!(left(at(2, 50_000, year)), MINUTE, "a restart begins it again");
        assert_eq!(left(at(2, 90_000, 0)), 20_000);
        assert_eq!(left(at(3, 10_000, 0)), MINUTE, "and so does each");
        assert_eq!(left(at(3, 5_000, 0)), MINUTE, "a counter that went back is another start");
        assert_eq!(left(at(3, 65_000, 0)), 0);
        assert_eq!(Envelope::load(&path).unwrap().wait, None, "a right PIN ends it");
        // A file from before: its wait is counted anew.
        let mut bytes = fs::read(&path).unwrap();
        let end = bytes.len() - 2;
        bytes.truncate(end);
        let old = Writer::new(VERSION).number(6).signed(1_790_000_060_000).finish();
        bytes.extend(&old[old.len() - 7..]);
        fs::write(&path, &bytes).unwrap();
        let before = Envelope::load(&path).unwrap();
        assert_eq!((before.tries, before.wait.unwrap().long, before.wait.unwrap().from), (6, MINUTE, None));
        // Where there is no counter the wall clock is all there is.
        let wall = |millis: i64| Reading::from(Stamp::from_millis(1_790_000_000_000 + millis));
        assert_eq!(left(wall(0)), MINUTE);
        assert_eq!(left(at(4, 0, year)), MINUTE);
        assert_eq!(left(at(4, MINUTE, 0)), 0);
    }

    #[test]
    fn a_try_is_counted_before_it_is_made() {
        let folder = tempfile::tempdir().unwrap();
        let path = sealed(folder.path());
        let mut envelope = Envelope::load(&path).unwrap();
        let _ = envelope.open(&Pin::to_try("000000"), &secret(1), &at(1, 0, 0));
        assert_eq!(Envelope::load(&path).unwrap().wrong_pins(), 1);
    }

    /// The count is on the disk before a try and whoever is killed in between leaves it: nobody can tell it from a wrong PIN, so a guesser gains nothing
    /// by a kill. Nobody loses more than that try and its wait either: the next right PIN gives all of them back.
    #[test]
    fn a_kill_during_a_try_costs_that_try_and_the_next_right_pin_gives_it_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = sealed(folder.path());
        let killed = |times: u32| {
            let mut dying = Envelope::load(&path).unwrap();
            dying.tries += times;
            dying.wait = Wait::after(dying.tries, &at(1, 0, 0));
            dying.write().unwrap();
        };
        for (times, later) in [(1, 0), (9, 16 * MINUTE)] {
            killed(times);
            assert_eq!(Envelope::load(&path).unwrap().wrong_pins(), times);
            let mut envelope = Envelope::load(&path).unwrap();
            assert!(envelope.open(&Pin::to_try("314159"), &secret(1), &at(1, later, 0)).is_ok(), "{times}");
            assert_eq!(Envelope::load(&path).unwrap().wrong_pins(), 0);
        }
        killed(10);
        let tried = Envelope::load(&path).unwrap().open(&Pin::to_try("314159"), &secret(1), &at(1, 60 * MINUTE, 0));
        assert!(
            matches!(tried, Err(KeyFault::Destroyed)),
            "ten kills with no right PIN between them are ten wrong ones"
        );
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
        fs::write(&path, [WAITING + 1]).unwrap();
        assert!(matches!(Envelope::load(&path), Err(KeyFault::Newer)));
        assert!(matches!(Envelope::load(&folder.path().join("none")), Err(KeyFault::Missing)));
    }
}
