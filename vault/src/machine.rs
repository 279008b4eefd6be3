//! What an open vault does for the machine and between colleagues: licences, rounds with the hub, where it stands. The rest of [`Vault`] is
//! `open.rs`, of which this is a part for its length.

use super::Vault;
use crate::door::Door;
use crate::fault::VaultFault;
use crate::key::{Envelope, Keys, KeystoreSecret, Pin};
use crate::lease::{self, Asking};
use crate::parcels::Parcel;
use crate::post::{self, Arrived, Bite, Standing};
use crate::receipts::{self, PersonWork, Readiness};
use crate::seal::Sealer;
use crate::{aging, bags, content, drafts, glass, lacks};
use record::audit::Event;
use record::lease::NotExtended;
use record::receipt::{AsAt, HubWord};
use record::{PersonId, Stamp};
use std::path::Path;

/// The PIN, given again while the vault is open. A right one clears the count of wrong ones, so those are recorded first.
pub(super) fn pin_again(
    door: &mut Door,
    home: &Path,
    (pin, secret): (&Pin, &KeystoreSecret),
    now: Stamp,
) -> Result<Keys, VaultFault> {
    let mut envelope = Envelope::load(&home.join("key"))?;
    let wrong = envelope.wrong_pins();
    let keys = envelope.open(pin, secret, &door.guard().reading(now))?;
    if wrong > 0 {
        door.errand(now, |errand| errand.log(Event::FailedPins { count: wrong.into() }))?;
    }
    Ok(keys)
}

impl Vault {
    // ---- the licence, between colleagues -----------------------------------------------------------------------------

    /// A code that asks a colleague to lengthen this device's licence. `nonce` is fresh.
    pub fn ask_licence(&mut self, nonce: [u8; 8], now: Stamp) -> Result<Result<String, NotExtended>, VaultFault> {
        lease::ask(&mut self.door, &self.signing, nonce, now)
    }

    /// Who asks, verified offline; nothing is promised yet.
    pub fn read_licence(&self, code: &str, now: Stamp) -> Result<Result<Asking, NotExtended>, VaultFault> {
        Ok(lease::read(&self.door, code, now)?.map(|(asking, _)| asking))
    }

    /// Lengthens a colleague's licence, with the PIN given again; the answering code.
    pub fn give_licence(
        &mut self,
        code: &str,
        (pin, secret): (&Pin, &KeystoreSecret),
        now: Stamp,
    ) -> Result<Result<String, NotExtended>, VaultFault> {
        pin_again(&mut self.door, &self.home, (pin, secret), now)?;
        lease::give(&mut self.door, &self.signing, code, now)
    }

    /// Takes a colleague's answer; until when reading goes on.
    pub fn take_licence(&mut self, code: &str, now: Stamp) -> Result<Result<Stamp, NotExtended>, VaultFault> {
        lease::take(&mut self.door, code, now)
    }

    // ---- what the machine does ---------------------------------------------------------------------------------------

    /// The hub's signing key, as pinned.
    pub fn hub_key(&self) -> [u8; 32] {
        self.door.hub().to_bytes()
    }

    /// Whether this segment is of this vault: what is in it also goes with its posts.
    pub fn wrote(&self, parcel: &Parcel) -> bool {
        parcel.owner == sync::outbox::owner_of(self.door.chain())
    }

    /// Where this user's own work is, person by person. Recorded like showing the list.
    pub fn work(&mut self, now: Stamp) -> Result<Vec<PersonWork>, VaultFault> {
        receipts::work(&mut self.door, now)
    }

    /// What is here of somebody, and what is not, in one line. No content is read.
    pub fn as_at(&self, person: PersonId) -> Result<Option<AsAt>, VaultFault> {
        lacks::as_at(&self.door, person)
    }

    /// What of everybody on the list is here. Recorded like showing the list.
    pub fn readiness(&mut self, now: Stamp) -> Result<Vec<Readiness>, VaultFault> {
        receipts::readiness(&mut self.door, now)
    }

    /// The hub's word for every look up to then.
    pub fn looks_held(&self) -> Option<HubWord> {
        // Kept only with a receipt whose signature and proofs were checked.
        self.door.told().receipted_at.map(HubWord::verified)
    }

    pub fn standing(&self, now: Stamp) -> Result<Standing, VaultFault> {
        post::standing(&self.door, now)
    }

    /// Puts what is carried in keeping with the time: what a past yes was the only basis for is erased, and what a source may not have
    /// cached so long, and a bag that was read and not taken over. `fresh`: random bytes for sealing.
    pub fn sweep(&mut self, fresh: [u8; 32], now: Stamp) -> Result<(), VaultFault> {
        let (pack, checked) = (self.door.told().pack.clone(), self.door.told().checked);
        let sealer = Sealer { public: self.sealing, fresh: &fresh };
        let folder = &mut self.folder;
        self.door.errand(now, |errand| {
            content::sweep(errand, folder, sealer)?;
            bags::leave::lapse(errand)?;
            drafts::seal_pictures(errand)?;
            if let Some(pack) = &pack {
                aging::sweep(errand, folder, pack, checked)?;
            }
            Ok(())
        })
    }

    /// Begins a round: the bytes to carry to the hub. `fresh`: random bytes, for the post's nonce and for sealing.
    pub fn post(&mut self, bite: Bite, fresh: [u8; 40], now: Stamp) -> Result<Vec<u8>, VaultFault> {
        let quiet = self.round.as_ref().is_some_and(post::Round::left_nothing);
        let broken = glass::broken(&self.door, &self.glass, now);
        let (bytes, round) =
            post::prepare(&self.door, &self.folder, &self.signing, (bite, fresh, quiet), (broken, now))?;
        self.round = Some(round);
        Ok(bytes)
    }

    /// Takes in bytes of the answer as they arrive.
    pub fn arrived(&mut self, bytes: &[u8], now: Stamp) -> Result<Arrived, VaultFault> {
        let Some(round) = &mut self.round else { return Ok(Arrived::default()) };
        // What arrives may change any plan.
        self.plan = None;
        let own = (&self.signing, self.sealing);
        let taken = post::arrived(&mut self.door, &mut self.folder, round, own, bytes, now);
        if taken.is_err() {
            // The letter was refused whole; what the folder learnt in the undone transaction is unlearnt.
            self.round = None;
            self.folder = self.door.glance(post::folder)?;
        }
        if matches!(taken, Ok(Arrived { over: true, .. })) {
            // What was erased goes from the log of changes too.
            self.door.glance(|conn| Ok(conn.execute_batch("pragma wal_checkpoint(truncate)")?))?;
        }
        taken
    }
}
