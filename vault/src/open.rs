//! Making, opening and closing a vault, and everything the device may ask of one. One folder a person:
//!
//! ```text
//! key        the wrapped key and its count of wrong PINs
//! vault.db   the encrypted database (and its -wal, -shm)
//! anchor     how far the audit chain had got, so that an older database is noticed
//! lock       held while the vault is open: two copies of the app cannot share it
//! ```
//!
//! A damaged database is moved aside and reported, never deleted: it may hold audit that the hub has not receipted.

use crate::anchor::{self, Anchor, AnchorFile};
use crate::bags::Gathering;
use crate::bags::near::{Showing, Taking};
use crate::caseload::{self, Row};
use crate::chart::{self, ChartAsked, Opened};
use crate::choices::{self, ChoiceGiven, ClaimGiven, ClaimStanding, NotRecorded};
use crate::door::{Answer, Door, rules_of};
use crate::fault::VaultFault;
use crate::files::{aside_if_damaged, is_gone, lies_aside, lock};
use crate::glass::{self, BreakGlassTerms, Glass, OpenGlass};
use crate::guard::Guard;
use crate::key::{Envelope, Key, Keys, KeystoreSecret, Pin};
use crate::outbox::Outbox;
use crate::own::{self, OpenedOwn};
use crate::post::{self, Round, get, put};
use crate::seal::{SealSecret, Sealer};
use crate::{ledger, schema};
use ed25519_dalek::{SigningKey, VerifyingKey};
use record::audit::{Break, Entry, Event, Head, LogSign};
use record::consent::{Pack, Policy, Purpose, Rule};
use record::feed::Licence;
use record::people::Actor;
use record::summary::Source;
use record::time::Reading;
use record::{ChainId, DeviceId, PersonId, Sections, SourceId, Stamp};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use sync::frame::{Folder, Whole};
use sync::replica::Replica;
use zeroize::Zeroizing;

/// Everything a new vault is made with: who it is for, whom it trusts, and fresh random bytes from the device's entropy.
pub struct NewVault {
    pub licence: Licence,
    pub device: DeviceId,
    /// The hub's signing key, pinned for good.
    pub hub_key: [u8; 32],
    /// This person's signing key on this device (Ed25519 seed).
    pub signing_seed: Zeroizing<[u8; 32]>,
    /// Opaque to the vault: what the carrier needs to reach the hub (address, certificates, TLS key).
    pub link: Zeroizing<Vec<u8>>,
    pub key: [u8; 32],
    /// The secret half of the sealed compartment.
    pub sealing: [u8; 32],
    pub salt: [u8; 16],
    pub nonce: [u8; 24],
}

/// An open vault. Its door, and so its connection, is its own:
///
/// ```compile_fail,E0616
/// fn beside_the_door(vault: vault::Vault) { vault.door; }
/// ```
/// ```compile_fail,E0603
/// use vault::door::Door;
/// ```
pub struct Vault {
    pub(crate) door: Door,
    pub(crate) folder: Folder,
    pub(crate) signing: SigningKey,
    licence: Licence,
    device: DeviceId,
    /// The half of the sealed compartment that seals.
    sealing: [u8; 32],
    glass: Option<OpenGlass>,
    ready: Option<glass::Ready>, // an override that only needs to be confirmed
    round: Option<Round>,
    plan: Option<Replica>,     // the one edited last, kept open between edits
    taking: Option<Gathering>, // a bag whose frames are coming in
    nearby: Option<Taking>,    // the slip that was read, while its giver may be reached
    showing: Option<Showing>,  // the bag whose codes are shown
    home: PathBuf,
    _lock: File,
}

mod bags;
mod plans;
mod rows {
    pub(super) const LICENCE: &str = "licence";
    pub(super) const DEVICE: &str = "device";
    pub(super) const HUB_KEY: &str = "hub-key";
    pub(super) const SIGNING: &str = "signing";
    pub(super) const LINK: &str = "link";
    pub(super) const SEALING: &str = "sealing";
}

impl Vault {
    /// Makes a vault in an empty folder. It exists only once this returns: the wrapped key is written last.
    pub fn make(home: &Path, new: &NewVault, pin: &Pin, secret: &KeystoreSecret) -> Result<(), VaultFault> {
        fs::create_dir_all(home)?;
        let _lock = lock(home)?;
        let keys = Keys { vault: Key::from_random(new.key), sealing: SealSecret::from_random(new.sealing) };
        let mut conn = schema::open(&home.join("vault.db"), &keys.vault)?;
        let licence = serde_json::to_vec(&new.licence).map_err(|_| VaultFault::Corrupt { what: "licence" })?;
        let tx = conn.transaction()?;
        put(&tx, rows::LICENCE, &licence)?;
        put(&tx, rows::DEVICE, new.device.as_str().as_bytes())?;
        put(&tx, rows::HUB_KEY, &new.hub_key)?;
        put(&tx, rows::SIGNING, new.signing_seed.as_ref())?;
        put(&tx, rows::LINK, &new.link)?;
        put(&tx, rows::SEALING, &keys.sealing.public())?;
        tx.commit()?;
        drop(conn);
        let first = Anchor::of(Head::START, Stamp::from_millis(0));
        AnchorFile::open(home, &new.signing_seed)?.write(first)?;
        Ok(Envelope::seal(&home.join("key"), &keys, pin, secret, new.salt, new.nonce)?)
    }

    /// What the keystore's anchor of a vault is before anything happened in it.
    pub fn first_anchor() -> [u8; 32] {
        Anchor::of(Head::START, Stamp::from_millis(0)).to_bytes()
    }

    /// What the keystore should hold now, so that a folder put back later is noticed.
    pub fn anchor(&self) -> [u8; 32] {
        self.door.guard().anchor_of(self.door.head()).to_bytes()
    }

    /// Opens the vault with the PIN, and records the sign-in and any wrong PINs before it. `anchor`: as the keystore holds it. `fresh`:
    /// random bytes, for sealing what is done to the outbox.
    pub fn unlock(
        home: &Path,
        pin: &Pin,
        secret: &KeystoreSecret,
        anchor: Option<&[u8; 32]>,
        (reading, fresh): (Reading, [u8; 32]),
    ) -> Result<Vault, VaultFault> {
        let now = reading.wall;
        let lock = lock(home)?;
        let path = home.join("vault.db");
        // Before a PIN is tried, and before SQLite could make a new one in its place.
        if is_gone(&path)? {
            return Err(lies_aside(&path).unwrap_or(VaultFault::Gone));
        }
        let mut envelope = Envelope::load(&home.join("key"))?;
        let wrong = envelope.wrong_pins();
        // The half that opens sealed content is dropped here: break-glass asks for the PIN again.
        // The file as it was closed is digested while the PIN is stretched: each takes a processor, and neither needs the other.
        let (keys, digest) = std::thread::scope(|scope| {
            let digest = scope.spawn(|| anchor::digest(&path));
            let keys = envelope.open(pin, secret, &reading);
            (keys, digest.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        });
        let Keys { vault: key, sealing: _ } = keys?;
        let mut vault = Vault::open(home, &key, (anchor, digest), (lock, fresh))?;
        vault.door.observe(reading);
        let before = vault.door.told().clone();
        let restored = vault.door.guard().is_restored();
        vault.door.errand(now, |errand| {
            if restored {
                // Nothing of people in it is sure: the next round brings everybody anew.
                post::everything_again(errand.tx())?;
            }
            // What was said about the audit has been seen by whoever was signed in.
            errand.told.broken = None;
            errand.told.log_sign = errand.told.log_sign.filter(|sign| *sign != LogSign::Restored);
            post::keep_told(errand.tx(), &before, &errand.told)?;
            if wrong > 0 {
                errand.log(Event::FailedPins { count: wrong.into() })?;
            }
            errand.log(Event::SignedIn)
        })?;
        Ok(vault)
    }

    fn open(
        home: &Path,
        key: &Key,
        (outside, digest): (Option<&[u8; 32]>, Result<u64, VaultFault>),
        (lock, fresh): (File, [u8; 32]),
    ) -> Result<Vault, VaultFault> {
        let path = home.join("vault.db");
        let build = || -> Result<Vault, VaultFault> {
            let digest = digest?;
            let conn = schema::open(&path, key)?;
            let need = |name| get(&conn, name)?.ok_or(VaultFault::Corrupt { what: "vault" });
            // Made anew and empty, as an earlier version did where what was here was missing, or damaged and lies aside.
            let licence = get(&conn, rows::LICENCE)?.ok_or_else(|| lies_aside(&path).unwrap_or(VaultFault::Gone))?;
            let corrupt = VaultFault::Corrupt { what: "vault" };
            let licence: Licence = serde_json::from_slice(&licence).map_err(|_| corrupt)?;
            let text = String::from_utf8(need(rows::DEVICE)?).map_err(|_| VaultFault::Corrupt { what: "vault" })?;
            let device: DeviceId = text.parse().map_err(|_| VaultFault::Corrupt { what: "vault" })?;
            let bytes32 = |name| -> Result<[u8; 32], VaultFault> {
                need(name)?.try_into().map_err(|_| VaultFault::Corrupt { what: "vault" })
            };
            let hub = VerifyingKey::from_bytes(&bytes32(rows::HUB_KEY)?)
                .map_err(|_| VaultFault::Corrupt { what: "hub key" })?;
            let seed = Zeroizing::new(bytes32(rows::SIGNING)?);
            let signing = SigningKey::from_bytes(&seed);
            let told = post::told(&conn, &hub, &licence.actor.organisation.ods)?;
            let sealing = bytes32(rows::SEALING)?;
            let folder = post::folder(&conn)?;
            let chain = ChainId::of(&device, &licence.actor.staff);
            let head = ledger::head(&conn)?;
            let guard = Guard::open(&conn, home, &seed, (outside, digest), head)?;
            let outbox = Outbox::of(home, hub, (&chain, &signing), fresh);
            let door = Door::new(conn, chain, licence.actor.clone(), hub, (told, head, guard, outbox))?;
            Ok(Vault {
                door,
                folder,
                signing,
                licence,
                device,
                sealing,
                glass: None,
                ready: None,
                round: None,
                plan: None,
                taking: None,
                nearby: None,
                showing: None,
                home: home.to_owned(),
                _lock: lock,
            })
        };
        build().map_err(|fault| aside_if_damaged(&path, fault))
    }

    /// Wraps the key again under a new PIN. The old one must be right; a wrong one counts.
    pub fn change_pin(
        &mut self,
        old: &Pin,
        new: &Pin,
        secret: &KeystoreSecret,
        (salt, nonce): ([u8; 16], [u8; 24]),
        now: Stamp,
    ) -> Result<(), VaultFault> {
        let path = self.home.join("key");
        let keys = machine::pin_again(&mut self.door, &self.home, (old, secret), now)?;
        // The entry first: if it cannot be written the PIN stays as it was.
        self.door.errand(now, |errand| errand.log(Event::PinChanged))?;
        Ok(Envelope::seal(&path, &keys, new, secret, salt, nonce)?)
    }

    /// Records the end of the session and closes the vault; the key is wiped with the connection. Gives the anchor to keep.
    pub fn close(mut self, idle: bool, now: Stamp) -> Result<[u8; 32], VaultFault> {
        glass::end(&mut self.door, &mut self.glass, false, now)?;
        self.door.errand(now, |errand| errand.log(Event::SignedOut { idle }))?;
        let Vault { door, home, _lock, .. } = self;
        let (anchor, mut file) = door.close();
        // Nobody else can open it meanwhile: the lock is held to the end.
        let sealed = anchor.sealed(anchor::digest(&home.join("vault.db"))?);
        file.write(sealed)?;
        Ok(sealed.to_bytes())
    }

    /// What the device's clocks say. Taken in before anything that depends on time.
    pub fn observe(&mut self, reading: Reading) {
        self.door.observe(reading);
        let (at, _) = self.door.moment(reading.wall);
        self.ready.take_if(|ready| at >= ready.until);
    }

    pub const fn actor(&self) -> &Actor {
        self.door.actor()
    }

    pub const fn licence(&self) -> &Licence {
        &self.licence
    }

    pub const fn device(&self) -> &DeviceId {
        &self.device
    }

    pub fn policy(&self) -> Option<&Policy> {
        self.door.told().policy.as_ref()
    }

    /// What the carrier needs to reach the hub, as given when the vault was made.
    pub fn link(&self) -> Result<Zeroizing<Vec<u8>>, VaultFault> {
        let link = self.door.glance(|conn| get(conn, rows::LINK))?;
        link.map(Zeroizing::new).ok_or(VaultFault::Corrupt { what: "link" })
    }

    // ---- what a person asks ------------------------------------------------------------------------------------------

    pub fn caseload(&mut self, search: &str, now: Stamp) -> Result<(Vec<Row>, u64), VaultFault> {
        caseload::list(&mut self.door, search, now)
    }

    pub fn row(&self, person: PersonId) -> Result<Option<Row>, VaultFault> {
        caseload::row(&self.door, person)
    }

    pub fn sources(&self, wanted: &[SourceId]) -> Result<Vec<Source>, VaultFault> {
        caseload::sources(&self.door, wanted)
    }

    pub fn chart(&mut self, asked: &ChartAsked, now: Stamp) -> Result<Answer<Opened>, VaultFault> {
        self.look(asked, now)
    }

    /// Opens a record for a reason of the programme's list, which gives the purpose; an entry says which.
    pub fn chart_for(
        &mut self,
        person: PersonId,
        (reason, wants): (&str, Sections),
        now: Stamp,
    ) -> Result<Answer<Opened>, VaultFault> {
        let pack = self.door.told().pack.clone().ok_or(VaultFault::NoPolicy)?;
        let listed = pack.reasons.iter().find(|r| r.code == reason).ok_or(VaultFault::ReasonNeeded)?;
        self.door
            .errand(now, |errand| errand.log(Event::AccessReason { subject: person, code: listed.code.clone() }))?;
        self.door.reasoned(person);
        self.look(&ChartAsked { person, purpose: listed.purpose, wants }, now)
    }

    fn look(&mut self, asked: &ChartAsked, now: Stamp) -> Result<Answer<Opened>, VaultFault> {
        let (at, _) = self.door.moment(now);
        let glass = self.glass.as_ref().and_then(|glass| glass.for_look(asked, at));
        let (declared, key) = glass.map_or((None, None), |(declared, key)| (Some(declared), key));
        chart::open(&mut self.door, &mut self.folder, asked, (declared, key), now)
    }

    pub fn whole(&mut self, asked: &ChartAsked, key: &str, now: Stamp) -> Result<Answer<Option<Whole>>, VaultFault> {
        let (at, _) = self.door.moment(now);
        let glass = self.glass.as_ref().and_then(|glass| glass.for_look(asked, at));
        let (declared, seal) = glass.map_or((None, None), |(declared, key)| (Some(declared), key));
        chart::whole(&mut self.door, &mut self.folder, (asked, key), (declared, seal), now)
    }

    /// Opens what the user's own organisation wrote itself, where the record may not lie open here. Never the record.
    pub fn own(&mut self, asked: &ChartAsked, now: Stamp) -> Result<Answer<OpenedOwn>, VaultFault> {
        let request = chart::request(&self.door, asked, None);
        own::open(&mut self.door, &request, now)
    }

    /// A resource of that part, whole.
    pub fn own_whole(
        &mut self,
        asked: &ChartAsked,
        key: &str,
        now: Stamp,
    ) -> Result<Answer<Option<Whole>>, VaultFault> {
        let request = chart::request(&self.door, asked, None);
        own::whole(&mut self.door, (&request, key), now)
    }

    /// Whether such a part of this person is here and would open to this user for direct care: that, and no more.
    pub fn has_own(&self, person: PersonId, now: Stamp) -> Result<bool, VaultFault> {
        let asked = ChartAsked { person, purpose: Purpose::Treat, wants: Sections::ALL };
        own::offered(&self.door, &chart::request(&self.door, &asked, None), now)
    }

    /// Makes an override ready: the declaration, and the PIN again. Gives until when it may be confirmed.
    pub fn ready_glass(
        &mut self,
        asked: &ChartAsked,
        terms: &BreakGlassTerms,
        (pin, secret): (&Pin, &KeystoreSecret),
        now: Stamp,
    ) -> Result<Stamp, VaultFault> {
        self.ready = None;
        let home = &self.home;
        let again = |door: &mut Door| Ok(machine::pin_again(door, home, (pin, secret), now)?.sealing);
        let ready = glass::ready(&mut self.door, asked, terms, again, now)?;
        Ok(self.ready.insert(ready).until)
    }

    /// Break-glass: what was made ready of this person within the last minute is spent, whatever comes of it; then the same door. `fresh`: random
    /// bytes for sealing.
    pub fn break_glass(&mut self, person: PersonId, fresh: [u8; 32], now: Stamp) -> Result<Answer<Opened>, VaultFault> {
        let (at, _) = self.door.moment(now);
        let ready = self.ready.take().filter(|ready| ready.confirms(person, at)).ok_or(VaultFault::NotReady)?;
        let sealer = Sealer { public: self.sealing, fresh: &fresh };
        glass::open(&mut self.door, &mut self.folder, &mut self.glass, (&ready, sealer), now)
    }

    /// Ends the override that is open, if one is.
    pub fn end_glass(&mut self, now: Stamp) -> Result<(), VaultFault> {
        glass::end(&mut self.door, &mut self.glass, true, now)
    }

    /// The override that is open, for the banner.
    pub fn glass(&self, now: Stamp) -> Result<Option<Glass>, VaultFault> {
        glass::standing(&self.door, &self.glass, now)
    }

    /// Records what a person chose. `fresh`: random bytes, for the key of the choice and for sealing.
    pub fn record_choice(
        &mut self,
        given: &ChoiceGiven,
        (key, fresh): (&str, [u8; 32]),
        now: Stamp,
    ) -> Result<Result<(), NotRecorded>, VaultFault> {
        let sealer = Sealer { public: self.sealing, fresh: &fresh };
        let done = choices::record(&mut self.door, (&mut self.folder, sealer), given, key, now)?;
        // What the person says now ends an override of what they said before.
        if done.is_ok() && self.glass.as_ref().is_some_and(|glass| glass.person == given.person) {
            glass::end(&mut self.door, &mut self.glass, false, now)?;
        }
        Ok(done)
    }

    /// What ends this person's choice has happened. `key` and `fresh` as for [`Vault::record_choice`].
    pub fn end_choice(
        &mut self,
        person: PersonId,
        (key, fresh): (&str, [u8; 32]),
        now: Stamp,
    ) -> Result<Result<(), NotRecorded>, VaultFault> {
        let sealer = Sealer { public: self.sealing, fresh: &fresh };
        choices::end(&mut self.door, (&mut self.folder, sealer), person, key, now)
    }

    /// Claims a relationship with somebody who is not here; the hub answers.
    pub fn claim(&mut self, given: &ClaimGiven, key: &str, now: Stamp) -> Result<Result<(), Rule>, VaultFault> {
        choices::claim(&mut self.door, given, key, now)
    }

    pub fn claim_standing(&mut self, key: &str, now: Stamp) -> Result<ClaimStanding, VaultFault> {
        choices::claim_standing(&mut self.door, key, now)
    }

    /// The policy pack that the hub sent last.
    pub fn pack(&self) -> Option<Arc<Pack>> {
        self.door.told().pack.clone()
    }

    /// Who has looked at this person's record from this device, newest first, each with its place in
    /// the ledger; asking is itself recorded.
    pub fn looks(&mut self, person: PersonId, now: Stamp) -> Result<Vec<(u64, Entry)>, VaultFault> {
        self.door.errand(now, |errand| {
            if rules_of(errand.tx(), person)?.is_none() {
                return Err(VaultFault::NotCarried);
            }
            errand.log(Event::AuditRead { subject: person })?;
            ledger::about(errand.tx(), person)
        })
    }

    /// Walks the whole chain.
    pub fn verify_audit(&self) -> Result<Result<Head, Break>, VaultFault> {
        self.door.glance(|conn| ledger::verify(conn, self.door.chain()))
    }
}

/// The public part of a signing key, for enrolment.
pub fn signing_key_of(seed: &[u8; 32]) -> [u8; 32] {
    SigningKey::from_bytes(seed).verifying_key().to_bytes()
}

#[path = "machine.rs"]
mod machine;

#[cfg(test)]
#[path = "door_tests.rs"]
mod door_tests;

#[cfg(test)]
#[path = "matrix_tests.rs"]
mod matrix_tests;
