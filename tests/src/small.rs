//! One vault and the key of its hub, without network or courier: for faults that are injected thousands of times. Real SQLCipher, the real door,
//! real letters; only the PIN is stretched little, by a key file such as a device with less memory might have written.

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use hub::SigningKey;
use record::canon::{Reader, Writer};
use record::consent::{Choice, Mode, Pack, Purpose, Recorded, Relationship};
use record::feed::{Licence, Listing, Rules, Seq};
use record::lease::{Certificate, Lending};
use record::patient::{Demographics, Name};
use record::people::{Actor, Organisation, Role};
use record::section::Compartment;
use record::summary::{Body, Fact, FactKey, Item};
use record::time::{Reading, Ticks};
use record::{PersonId, Section, Sections, SourceId, Stamp};
use sha2::Sha256;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use sync::frame::{Dictionary, Folder};
use sync::lease::Sworn;
use sync::letter::{Cursor, End, Letter, PersonLetter};
use sync::wire;
use vault::key::{KeystoreSecret, Pin};
use vault::{Answer, Arrived, Bite, ChartAsked, NewVault, Opened, Vault, VaultFault};
use zeroize::Zeroizing;

/// The start of everything, London noon in summer.
pub const NOW: i64 = 1_790_000_000_000;
/// The vault's key, to look into the file behind the vault's back.
pub const KEY: [u8; 32] = [9; 32];
/// The secret half of its sealed compartment.
const SEALING: [u8; 32] = [44; 32];
/// The seed of its user's signing key.
pub const SEED: [u8; 32] = [4; 32];
/// What a round may carry: more than there ever is.
pub const BITE: Bite = Bite { down: 1 << 20, up: 1 << 20 };
pub const PIN: &str = "314159";
const SALT: [u8; 16] = [2; 16];
const NONCE: [u8; 24] = [2; 24];
const SECRET: [u8; 32] = [1; 32];

/// The key with which this vault's user signs, as the hub knows it.
pub fn author() -> hub::VerifyingKey {
    SigningKey::from_bytes(&SEED).verifying_key()
}

pub fn hub() -> SigningKey {
    SigningKey::from_bytes(&[3; 32])
}

pub fn person(n: u8) -> PersonId {
    PersonId::from_bytes([n; 16])
}

/// What is written in the record of person `n`, version `v`.
pub fn title(n: u8, v: u64) -> String {
    format!("Condition {n} as told {v}")
}

pub fn organisation() -> Organisation {
    Organisation { ods: "ZZC1".parse().expect("a code"), name: "Testshire".into() }
}

/// The clocks of a device that was switched on an hour before [`NOW`].
pub fn at(millis: i64) -> Reading {
    Reading {
        wall: Stamp::from_millis(NOW + millis),
        ticks: Some(Ticks { boot: 1, millis: 3_600_000 + millis }),
        zone: 1,
    }
}

/// Makes the vault in `home`.
pub fn make(home: &Path) {
    let actor = Actor {
        staff: "N1".parse().expect("a staff id"),
        name: "Jo Marlow".into(),
        role: Role::RegulatedClinician,
        title: "Community nurse".into(),
        organisation: organisation(),
    };
    let new = NewVault {
        licence: Licence { actor, region: "Testshire".into(), hub: organisation() },
        device: "D1".parse().expect("a device id"),
        hub_key: hub().verifying_key().to_bytes(),
        signing_seed: Zeroizing::new(SEED),
        link: Zeroizing::new(vec![]),
        key: KEY,
        sealing: SEALING,
        salt: SALT,
        nonce: NONCE,
    };
    let pin = Pin::new(PIN).expect("a PIN");
    Vault::make(home, &new, &pin, &KeystoreSecret::new(SECRET)).expect("a vault");
    std::fs::write(home.join("key"), weak_key_file()).expect("a key file");
}

/// The key file with the least memory Argon2 knows: a thousandth of the time, the same format.
fn weak_key_file() -> Vec<u8> {
    key_file(&[KEY, SEALING].concat(), &SECRET, (SALT, NONCE))
}

fn key_file(keys: &[u8], secret: &[u8; 32], (salt, nonce): ([u8; 16], [u8; 24])) -> Vec<u8> {
    let payload = Payload { msg: keys, aad: &[1] };
    let wrapped = cipher(secret, &salt, (8, 1)).encrypt(XNonce::from_slice(&nonce), payload).expect("wrapped");
    Writer::new(1).bytes(&salt).bytes(&nonce).number(8).number(1).bytes(&wrapped).number(0).signed(0).finish()
}

/// What wraps the keys under [`PIN`]: Argon2id with so much memory (KiB) and so many passes.
fn cipher(secret: &[u8; 32], salt: &[u8; 16], (memory, passes): (u32, u32)) -> XChaCha20Poly1305 {
    let params = Params::new(memory, passes, 1, Some(32)).expect("parameters");
    let mut both = [0u8; 64];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(PIN.as_bytes(), salt, &mut both[..32])
        .expect("a hash");
    both[32..].copy_from_slice(secret);
    let mut wrapping = [0u8; 32];
    Hkdf::<Sha256>::new(Some(salt), &both).expand(b"satchel vault key 1", &mut wrapping).expect("a key");
    XChaCha20Poly1305::new(&wrapping.into())
}

/// From now on the PIN of this vault is stretched as little as it can be.
pub fn weaken(vault: &Path, secret: &[u8; 32]) {
    let bytes = std::fs::read(vault.join("key")).expect("a key file");
    let mut from = Reader::new(&bytes, 1).expect("a key file");
    let mut read = || -> Result<_, record::canon::NotCanonical> {
        let (salt, nonce): ([u8; 16], [u8; 24]) = (from.array()?, from.array()?);
        Ok((salt, nonce, (from.number()? as u32, from.number()? as u32), from.bytes()?.to_vec()))
    };
    let (salt, nonce, cost, wrapped) = read().expect("a key file");
    let payload = Payload { msg: &wrapped, aad: &[1] };
    let keys = cipher(secret, &salt, cost).decrypt(XNonce::from_slice(&nonce), payload).expect("the PIN of the tests");
    std::fs::write(vault.join("key"), key_file(&keys, secret, (salt, nonce))).expect("a key file");
}

/// Opens it; `anchor` is what the keystore holds.
pub fn unlock(home: &Path, anchor: Option<&[u8; 32]>, reading: Reading) -> Result<Vault, VaultFault> {
    // No two sessions draw the same.
    static SESSIONS: AtomicU64 = AtomicU64::new(1);
    let mut fresh = [7; 32];
    fresh[..8].copy_from_slice(&SESSIONS.fetch_add(1, Ordering::Relaxed).to_le_bytes());
    Vault::unlock(home, &Pin::to_try(PIN), &KeystoreSecret::new(SECRET), anchor, (reading, fresh))
}

/// The PIN with its keystore half, for what asks for it again.
pub fn pin() -> (Pin, KeystoreSecret) {
    (Pin::to_try(PIN), KeystoreSecret::new(SECRET))
}

pub fn policy() -> Letter {
    Letter::Policy(wire::sign(Pack::bare(Mode::AskEachTime), &hub()).expect("a policy"))
}

/// The rules for person `n`.
pub fn rules(n: u8, version: u64, recorded: Recorded) -> Rules {
    Rules { person: person(n), version: Seq(version), relationship: Relationship::Established, recorded }
}

pub fn yes() -> Recorded {
    Recorded { choice: Choice::Y3, ..Recorded::nothing() }
}

/// Person `n` whole, as told at `version`.
pub fn whole(n: u8, version: u64, recorded: Recorded) -> Letter {
    let item = Item { title: title(n, version), ..Item::default() };
    let fact = Fact {
        key: FactKey(format!("Condition/{n}")),
        source: SourceId(1),
        recorded: None,
        body: Body::Item(Section::Problems, Box::new(item)),
    };
    let name = Name { family: format!("Family{n}"), given: vec!["Ada".into()], ..Name::default() };
    let demographics = Demographics { names: vec![name], ..Demographics::default() };
    let mut folder = Folder::new(Dictionary::none(), 3);
    Letter::Person(Box::new(PersonLetter {
        base: Seq(0),
        row: n.into(),
        head: Seq(version),
        listing: Listing::of(person(n), &demographics, vec![], Stamp::from_millis(NOW)),
        rules: wire::sign(rules(n, version, recorded), &hub()).expect("rules"),
        frames: vec![(Compartment::Emergency, folder.fold_facts(&[fact]).expect("a frame"))],
    }))
}

/// The certificate of this device.
pub fn certificate(issued: Stamp) -> Letter {
    let certificate = Certificate {
        staff: "N1".parse().expect("a staff id"),
        name: "Jo Marlow".into(),
        device: "D1".parse().expect("a device id"),
        key: vault::signing_key_of(&SEED),
        issued,
        not_after: Stamp::from_millis(issued.millis() + 48 * 3_600_000),
        lending: Lending::STANDARD,
    };
    Letter::Certified { sworn: Sworn::by(certificate, &hub()).to_bytes(), ended: vec![] }
}

/// One whole round: these letters, and the end with hub time `hub_at` and a licence of `hours`.
pub fn round(
    vault: &mut Vault,
    letters: &[Letter],
    (device, hub_at, hours): (Stamp, Stamp, i64),
) -> Result<Arrived, VaultFault> {
    let post = vault.post(BITE, [7; 40], device)?;
    let licence = Stamp::from_millis(hub_at.millis() + hours * 3_600_000);
    let cursor = Cursor { seq: Seq(1), fetching: None };
    let end = wire::sign_end(End { cursor, more: false, at: hub_at, licence, signature: [0; 64] }, &post, &hub());
    vault.arrived(&bytes(letters.iter().chain([&Letter::End(end)])), device)
}

/// Letters as they travel.
pub fn bytes<'a>(letters: impl IntoIterator<Item = &'a Letter>) -> Vec<u8> {
    let mut folder = Folder::new(Dictionary::none(), 3);
    letters.into_iter().flat_map(|l| wire::write_letter(l, &mut folder).expect("a letter")).collect()
}

pub fn chart(vault: &mut Vault, n: u8, purpose: Purpose, now: Stamp) -> Result<Answer<Opened>, VaultFault> {
    vault.chart(&ChartAsked { person: person(n), purpose, wants: Sections::ALL }, now)
}

/// The one title in an opened record.
pub fn shown(opened: &Opened) -> String {
    let (chart, _) = opened.assemble().expect("a chart");
    match &chart.section(Section::Problems).expect("problems").content {
        record::chart::Content::Held(items) => items.iter().next().map(|i| i.value.title.clone()).unwrap_or_default(),
        record::chart::Content::Absent(_) => String::new(),
    }
}

/// Entries in the file, read behind the vault's back: canonical bytes in order.
pub fn entries(home: &Path) -> rusqlite::Result<Vec<Vec<u8>>> {
    let conn = rusqlite::Connection::open(home.join("vault.db"))?;
    let hex: String = KEY.iter().map(|b| format!("{b:02x}")).collect();
    conn.pragma_update(None, "key", format!("x'{hex}'"))?;
    conn.execute_batch("pragma cipher_log_level = none;")?;
    let mut query = conn.prepare("select bytes from entry order by seq")?;
    query.query_map([], |row| row.get(0))?.collect()
}

/// The files of a vault, to be put anywhere.
#[derive(Clone)]
pub struct Files(Vec<(PathBuf, Vec<u8>)>);

impl Files {
    pub fn of(home: &Path) -> Files {
        let names = ["vault.db", "vault.db-wal", "anchor", "key"];
        let files = names.into_iter().filter_map(|name| Some((name.into(), std::fs::read(home.join(name)).ok()?)));
        Files(files.collect())
    }

    pub fn get(&self, name: &str) -> &[u8] {
        self.0.iter().find(|(n, _)| n == Path::new(name)).map_or(&[], |(_, bytes)| bytes)
    }

    pub fn set(&mut self, name: &str, bytes: Vec<u8>) {
        self.0.retain(|(n, _)| n != Path::new(name));
        self.0.push((name.into(), bytes));
    }

    /// Puts them in `home`, and nothing else.
    pub fn put(&self, home: &Path) {
        let _ = std::fs::remove_dir_all(home);
        std::fs::create_dir_all(home).expect("a folder");
        for (name, bytes) in &self.0 {
            std::fs::write(home.join(name), bytes).expect("a file");
        }
    }
}

/// A folder in memory where there is one, for thousands of small files.
pub fn scratch() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.expect("a folder")
}
