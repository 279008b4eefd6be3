//! What may be asked of an open vault about eRed Bags. A part of `open`, because the door and the key are the vault's own.

use super::Vault;
use crate::bags::{self, BagAsked, OpenedBag, Received, Shown, SlipSeen, TakenFrames, Written};
use crate::door::Answer;
use crate::fault::VaultFault;
use crate::key::{Envelope, KeystoreSecret, Pin};
use record::bag::belongings::Column;
use record::bag::view::Moving;
use record::bag::{BagId, BagSection, Count};
use record::consent::Purpose;
use record::{PersonId, Stamp};

impl Vault {
    /// The person's bag as it stands.
    pub fn bag(&mut self, asked: &BagAsked, now: Stamp) -> Result<Answer<OpenedBag>, VaultFault> {
        bags::look(&mut self.door, &mut self.folder, asked, now)
    }

    /// Begins a bag under a fresh name.
    pub fn start_bag(
        &mut self,
        asked: &BagAsked,
        (id, tracker): (BagId, &str),
        now: Stamp,
    ) -> Result<Answer<OpenedBag>, VaultFault> {
        bags::open(&mut self.door, &mut self.folder, &self.signing, (asked, id, tracker), now)
    }

    pub fn write_bag(
        &mut self,
        asked: &BagAsked,
        written: &Written,
        now: Stamp,
    ) -> Result<Answer<OpenedBag>, VaultFault> {
        bags::write(&mut self.door, &mut self.folder, &self.signing, (asked, written), now)
    }

    pub fn confirm_bag(
        &mut self,
        asked: &BagAsked,
        only: Option<BagSection>,
        now: Stamp,
    ) -> Result<Answer<OpenedBag>, VaultFault> {
        bags::confirm_all(&mut self.door, &mut self.folder, &self.signing, (asked, only), now)
    }

    pub fn count_bag(
        &mut self,
        asked: &BagAsked,
        (column, counts, second): (Column, Vec<Count>, Option<String>),
        now: Stamp,
    ) -> Result<Answer<OpenedBag>, VaultFault> {
        let counted = (asked, column, counts, second);
        bags::count(&mut self.door, &mut self.folder, &self.signing, counted, now)
    }

    /// Takes a step of the journey.
    pub fn move_bag(&mut self, asked: &BagAsked, step: Moving, now: Stamp) -> Result<Answer<OpenedBag>, VaultFault> {
        let answer = bags::move_on(&mut self.door, &mut self.folder, &self.signing, (asked, step), now)?;
        Ok(answer.map(|disclosure| disclosure.map(|(opened, _)| opened)))
    }

    /// The slip and the frames of the released bag. `fresh`: random bytes, for a secret never used before.
    pub fn show_bag(&mut self, asked: &BagAsked, fresh: [u8; 16], now: Stamp) -> Result<Answer<Shown>, VaultFault> {
        bags::show(&mut self.door, &self.signing, (asked, fresh), now)
    }

    /// The released bag for paper, with the slip's code where this device can make one.
    pub fn print_bag(
        &mut self,
        asked: &BagAsked,
        fresh: [u8; 16],
        now: Stamp,
    ) -> Result<Answer<(OpenedBag, Option<String>)>, VaultFault> {
        bags::print(&mut self.door, &mut self.folder, &self.signing, (asked, fresh), now)
    }

    pub fn take_slip(&mut self, code: &str, purpose: Purpose, now: Stamp) -> Result<Answer<SlipSeen>, VaultFault> {
        bags::take_slip(&mut self.door, &mut self.taking, code, purpose, now)
    }

    pub fn take_frames(
        &mut self,
        (frames, purpose): (&[String], Purpose),
        now: Stamp,
    ) -> Result<Answer<TakenFrames>, VaultFault> {
        bags::take_frames(&mut self.door, &mut self.taking, (frames, purpose), now)
    }

    /// Takes the bag over, with the PIN given again; the code that answers the giver.
    pub fn accept_bag(
        &mut self,
        asked: &BagAsked,
        step: Moving,
        (pin, secret): (&Pin, &KeystoreSecret),
        now: Stamp,
    ) -> Result<Answer<(OpenedBag, String)>, VaultFault> {
        Envelope::load(&self.home.join("key"))?.open(pin, secret, now)?;
        bags::accept(&mut self.door, &mut self.folder, &self.signing, (asked, step), now)
    }

    /// Takes the receiver's signed passage; whose bag it was of.
    pub fn acknowledge_bag(
        &mut self,
        code: &str,
        purpose: Purpose,
        now: Stamp,
    ) -> Result<(PersonId, Answer<OpenedBag>), VaultFault> {
        bags::acknowledge(&mut self.door, &mut self.folder, (code, purpose), now)
    }

    /// Bags that came to this device by hand.
    pub fn bags_here(&mut self, now: Stamp) -> Result<Vec<Received>, VaultFault> {
        bags::received(&mut self.door, now)
    }
}
