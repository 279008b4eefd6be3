//! The device as one value: its folder, its ports, who is signed in, and what it knows of the network. One lock, never held across an
//! `await`; the vault behind it is synchronous.

use crate::carrying::Lending;
use crate::homes::Homes;
use crate::near::Listening;
use crate::ports::{CarryFault, KeystoreFault, Ports};
use crate::scrub;
use desk::trouble::StorageTrouble;
use desk::view::Link;
use desk::{Nudge, Trouble};
use record::{StaffId, Stamp};
use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use thiserror::Error;
use tokio::sync::{Notify, broadcast};
use vault::key::{Envelope, KeyFault, KeystoreSecret};
use vault::parcels::SegmentId;
use vault::{Reading, Session, Vault, VaultFault};

/// Minutes without a question after which the device locks itself (`reference/identity.md` section 5.3).
pub const IDLE_MINUTES: u32 = 5;

/// Less room than this (bytes) is none: SQLite cannot even make the files that it works beside.
const NO_ROOM: u64 = 64 << 10;

/// The device could not start.
#[derive(Debug, Error)]
pub enum Failure {
    #[error("the device's folder cannot be used")]
    Home(#[source] std::io::Error),
}

/// A device: share it with `Arc`.
pub struct Device {
    pub(crate) homes: Homes,
    pub(crate) ports: Ports,
    state: Mutex<State>,
    /// Who reads or writes an anchor in the keystore: one at a time, so that none is followed by an older one. Taken before the state, never within.
    anchors: Mutex<()>,
    nudges: broadcast::Sender<Nudge>,
    /// Something is waiting to be sent or asked for.
    pub(crate) wake: Notify,
    /// One round with the hub at a time.
    pub(crate) round: tokio::sync::Mutex<()>,
    /// Who waits for a round: photographs under way make room after the next piece.
    pub(crate) waiting: AtomicUsize,
    /// Itself, for what goes on beside a question and must not keep it alive.
    pub(crate) me: Weak<Device>,
}

/// Everything behind the one lock.
pub(crate) struct State {
    pub(crate) open: Option<Vault>,
    pub(crate) last_used: Reading,
    pub(crate) link: Link,
    pub(crate) airplane: bool,
    pub(crate) trouble: Option<Trouble>,
    pub(crate) session: Session,
    /// What the keystore last was given of the open vault.
    pub(crate) anchored: [u8; 32],
    /// A bag's codes are shown, and whoever read the slip may connect.
    pub(crate) listening: Option<Listening>,
    /// Segments of which a hub said, since this device was started, that it does not know whose they are.
    pub(crate) turned_away: BTreeSet<SegmentId>,
    /// Pictures for which the hub has no room: when it said so, and in whose outbox they lie; none: carried for a colleague.
    pub(crate) no_room: BTreeMap<SegmentId, (Stamp, Option<PathBuf>)>,
    /// A code is shown by which a colleague's device may fetch the outbox.
    pub(crate) lending: Option<Lending>,
}

impl Device {
    /// A device in this folder; nobody is signed in.
    pub fn open(home: PathBuf, ports: Ports) -> Result<Arc<Device>, Failure> {
        let homes = Homes::at(home).map_err(Failure::Home)?;
        let state = State {
            open: None,
            last_used: (ports.clock)(),
            link: Link::Offline,
            airplane: false,
            trouble: None,
            session: Session::default(),
            anchored: [0; 32],
            listening: None,
            turned_away: BTreeSet::new(),
            no_room: BTreeMap::new(),
            lending: None,
        };
        Ok(Arc::new_cyclic(|me| Device {
            homes,
            ports,
            state: Mutex::new(state),
            anchors: Mutex::new(()),
            nudges: broadcast::channel(64).0,
            wake: Notify::new(),
            round: tokio::sync::Mutex::new(()),
            waiting: AtomicUsize::new(0),
            me: me.clone(),
        }))
    }

    /// Whether somebody is signed in.
    pub fn is_open(&self) -> bool {
        self.state().open.is_some()
    }

    /// What the device says unasked.
    pub fn nudges(&self) -> broadcast::Receiver<Nudge> {
        self.nudges.subscribe()
    }

    pub(crate) fn nudge(&self, nudge: Nudge) {
        // Nobody listening is fine: the next question gets the same answer.
        let _ = self.nudges.send(nudge);
    }

    pub(crate) fn reading(&self) -> Reading {
        (self.ports.clock)()
    }

    pub(crate) fn now(&self) -> Stamp {
        self.reading().wall
    }

    pub(crate) fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.ports.entropy.fill(&mut bytes);
        bytes
    }

    /// A panic elsewhere does not take the record away: the vault commits or not, the lock's content is whole either way.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The turn to read or write an anchor.
    pub(crate) fn anchors(&self) -> MutexGuard<'_, ()> {
        self.anchors.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Works with the open vault, or says `Locked`.
    pub(crate) fn with_vault<T>(&self, work: impl FnOnce(&mut Vault) -> Result<T, VaultFault>) -> Result<T, Trouble> {
        let reading = self.reading();
        let done = match &mut self.state().open {
            Some(vault) => {
                vault.observe(reading);
                work(vault).map_err(|fault| trouble_of(&fault))
            }
            None => Err(Trouble::Locked),
        };
        scrub::stack();
        done.map_err(|trouble| self.in_truth(trouble))
    }

    /// A disk without room fails in many ways, some of which do not say that there is none.
    pub(crate) fn in_truth(&self, trouble: Trouble) -> Trouble {
        use StorageTrouble::{Failing, Full};
        let free = |home: &Path| (self.ports.gauges)(home).free_bytes;
        match trouble {
            Trouble::Storage(Failing) if free(self.homes.root()).is_some_and(|free| free < NO_ROOM) => {
                Trouble::Storage(Full)
            }
            trouble => trouble,
        }
    }

    /// The keystore's half of what opens this user's vault.
    pub(crate) fn keystore_secret(&self, staff: &StaffId) -> Result<KeystoreSecret, Trouble> {
        let secret = self.ports.keystore.get(&keystore_name(staff)).map_err(|f| keystore_trouble(&f))?;
        secret.map(|s| KeystoreSecret::new(*s)).ok_or_else(|| {
            // Without its half nobody opens the vault; but only ten wrong PINs are ten wrong PINs.
            match Envelope::load(&self.homes.of(staff).join("key")) {
                Ok(envelope) if envelope.is_destroyed() => Trouble::KeyDestroyed,
                _ => Trouble::Storage(StorageTrouble::KeystoreEmpty),
            }
        })
    }

    /// Tells the keystore how far the open vault has got, if it has moved. A keystore that fails keeps the one before, which is
    /// older and still right. The state is not held meanwhile: a platform's keystore may ask somebody to unlock it, and every question would
    /// wait for that.
    pub(crate) fn keep_anchor(&self) {
        let _turn = self.anchors();
        let state = self.state();
        let Some(vault) = &state.open else { return };
        let (staff, anchor, before) = (vault.actor().staff.clone(), vault.anchor(), state.anchored);
        drop(state);
        // The last eight bytes are the time, which always moves.
        if anchor[..24] != before[..24] && self.ports.keystore.put(&anchor_name(&staff), &anchor).is_ok() {
            self.state().anchored = anchor;
        }
    }
}

pub(crate) fn keystore_name(staff: &StaffId) -> String {
    format!("satchel-{staff}")
}

/// Where the keystore holds how far this user's audit chain had got.
pub(crate) fn anchor_name(staff: &StaffId) -> String {
    format!("satchel-anchor-{staff}")
}

pub(crate) fn keystore_trouble(fault: &KeystoreFault) -> Trouble {
    Trouble::Fault { place: format!("keystore:{}", fault.doing) }
}

/// What a person can act on, of everything that can go wrong inside.
pub(crate) fn trouble_of(fault: &VaultFault) -> Trouble {
    match fault {
        VaultFault::Key(key) => key_trouble(key),
        VaultFault::InUse => Trouble::InUse,
        VaultFault::PlaintextTwin => Trouble::Storage(StorageTrouble::PlaintextTwin),
        VaultFault::Damaged { aside } => {
            let aside = aside.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            Trouble::Storage(StorageTrouble::Damaged { aside })
        }
        VaultFault::Gone => Trouble::Storage(StorageTrouble::VaultGone),
        VaultFault::Newer { .. } => Trouble::Version,
        VaultFault::Full => Trouble::Storage(StorageTrouble::Full),
        VaultFault::Sql(_) | VaultFault::File(_) => Trouble::Storage(StorageTrouble::Failing),
        VaultFault::Edit(fault) => Trouble::Plan(*fault),
        VaultFault::Act(fault) => Trouble::Visit(*fault),
        VaultFault::Bag(fault) => Trouble::Bag(fault.clone()),
        VaultFault::Plan(_) => Trouble::Fault { place: "plan".into() },
        VaultFault::NotCarried => Trouble::NotCarried,
        VaultFault::NoPolicy => Trouble::HubUnreachable,
        VaultFault::Sealed => Trouble::Sealed,
        VaultFault::NotReady => Trouble::Input {
            field: desk::trouble::Field::Pin,
            mend: "Enter your PIN again: it was given more than a minute ago, or for something else.".into(),
        },
        VaultFault::ShortReason => Trouble::Input {
            field: desk::trouble::Field::Reason,
            mend: "Enter why you must see this record now, in more words.".into(),
        },
        VaultFault::ReasonNeeded => Trouble::Input {
            field: desk::trouble::Field::AccessReason,
            mend: "Choose your reason for opening this record.".into(),
        },
        VaultFault::Corrupt { what } => Trouble::Fault { place: format!("vault:{what}") },
        VaultFault::Outbox(_) => Trouble::Fault { place: "outbox".into() },
        VaultFault::Frame(_) => Trouble::Fault { place: "frame".into() },
        VaultFault::Wire(_) => Trouble::Version,
    }
}

pub(crate) fn key_trouble(fault: &KeyFault) -> Trouble {
    use desk::trouble::Field;
    match fault {
        KeyFault::WrongPin { left } => Trouble::WrongPin { left: *left },
        KeyFault::TooSoon { at } => Trouble::TryLater { at: *at },
        KeyFault::Destroyed => Trouble::KeyDestroyed,
        KeyFault::WeakPin => Trouble::Input {
            field: Field::NewPin,
            mend: "Choose a PIN of 6 to 12 numbers that are not all the same and not in a row, like 123456.".into(),
        },
        KeyFault::Newer => Trouble::Version,
        KeyFault::Damaged | KeyFault::Missing => Trouble::Storage(StorageTrouble::KeyDamaged),
        KeyFault::File(fault) => disk(fault.kind()),
        KeyFault::Derive => Trouble::Fault { place: "key".into() },
    }
}

/// What a file that could not be read or written says of the disk.
pub(crate) const fn disk(kind: ErrorKind) -> Trouble {
    match kind {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Trouble::Storage(StorageTrouble::Full),
        _ => Trouble::Storage(StorageTrouble::Failing),
    }
}

pub(crate) const fn carry_trouble(fault: CarryFault) -> Trouble {
    match fault {
        CarryFault::Unreachable | CarryFault::Cut | CarryFault::HubFault { .. } => Trouble::HubUnreachable,
        CarryFault::NotOurHub | CarryFault::Credentials => Trouble::NotOurHub,
        CarryFault::CodeNotAccepted => Trouble::CodeNotAccepted,
        CarryFault::Revoked => Trouble::Revoked,
        CarryFault::Newer => Trouble::Version,
    }
}
