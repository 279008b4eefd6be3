//! What may be asked of an open vault about eRed Bags. A part of `open`, because the door and the key are the vault's own.

use super::{Vault, machine};
use crate::bags::near::{self, Calling, Fresh, Giving, Granted, Receiving};
use crate::bags::{
    self, BagAsked, Counted, DueBag, EndedBags, ForPaper, OpenedBag, Received, Shown, SlipSeen, TakenFrames, Written,
};
use crate::door::Answer;
use crate::fault::VaultFault;
use crate::key::{KeystoreSecret, Pin};
use record::bag::BagSection;
use record::bag::view::Moving;
use record::consent::Purpose;
use record::visit::PhotoId;
use record::{PersonId, Stamp};
use std::net::SocketAddr;

impl Vault {
    /// The person's bag as it stands.
    pub fn bag(&mut self, asked: &BagAsked, now: Stamp) -> Result<Answer<OpenedBag>, VaultFault> {
        bags::look(&mut self.door, &mut self.folder, asked, now)
    }

    /// Begins a bag under a fresh name.
    pub fn start_bag(&mut self, asked: &BagAsked, tracker: &str, now: Stamp) -> Result<Answer<OpenedBag>, VaultFault> {
        bags::open(&mut self.door, &mut self.folder, &self.signing, (asked, tracker), now)
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
        counted: Counted,
        now: Stamp,
    ) -> Result<Answer<OpenedBag>, VaultFault> {
        bags::count(&mut self.door, &mut self.folder, &self.signing, (asked, counted), now)
    }

    /// Attaches a document of the home's own to the form.
    pub fn attach_to_bag(
        &mut self,
        asked: &BagAsked,
        (title, bytes): (&str, Vec<u8>),
        now: Stamp,
    ) -> Result<Answer<OpenedBag>, VaultFault> {
        bags::attach(&mut self.door, &mut self.folder, &self.signing, (asked, title, bytes), now)
    }

    /// Takes a step of the journey.
    pub fn move_bag(&mut self, asked: &BagAsked, step: Moving, now: Stamp) -> Result<Answer<OpenedBag>, VaultFault> {
        bags::move_on(&mut self.door, &mut self.folder, &self.signing, (asked, step, |_| Ok(())), now)
    }

    /// The slip and the frames of the released bag. `fresh`: random bytes, for a secret never used before.
    /// `near`: where this device is listened to while it shows them.
    pub fn show_bag(
        &mut self,
        asked: &BagAsked,
        (fresh, near): ([u8; 16], &[SocketAddr]),
        now: Stamp,
    ) -> Result<Answer<Shown>, VaultFault> {
        let answer = bags::show(&mut self.door, &self.signing, (asked, fresh, near), now)?;
        Ok(answer.map(|disclosure| {
            disclosure.map(|(shown, showing)| {
                self.showing = Some(showing);
                shown
            })
        }))
    }

    /// The codes are no longer shown: nothing is answered of them any more.
    pub fn hide_bag(&mut self) {
        self.showing = None;
    }

    /// The released bag for paper, with the slip's code where this device can make one.
    pub fn print_bag(&mut self, asked: &BagAsked, fresh: [u8; 16], now: Stamp) -> Result<Answer<ForPaper>, VaultFault> {
        bags::print(&mut self.door, &mut self.folder, &self.signing, (asked, fresh), now)
    }

    pub fn take_slip(&mut self, code: &str, purpose: Purpose, now: Stamp) -> Result<Answer<SlipSeen>, VaultFault> {
        bags::take_slip(&mut self.door, (&mut self.taking, &mut self.nearby), code, purpose, now)
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
        machine::pin_again(&mut self.door, &self.home, (pin, secret), now)?;
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

    /// The first word of a connection from nearby; this device's.
    pub fn near_hear(&mut self, first: &[u8], fresh: Fresh) -> Result<(Giving, Vec<u8>), VaultFault> {
        near::hear(self.showing.as_ref(), first, fresh)
    }

    /// Who connects, and what they ask for.
    pub fn near_grant(&mut self, giving: &mut Giving, record: &[u8], now: Stamp) -> Result<Granted, VaultFault> {
        let at = (self.showing.as_mut(), giving);
        near::grant((&mut self.door, &mut self.folder), &self.signing, at, record, now)
    }

    /// The next record of the bag that was asked for.
    pub fn near_next(&mut self, giving: &mut Giving) -> Result<Option<Vec<u8>>, VaultFault> {
        near::next(self.showing.as_ref(), giving)
    }

    /// Whose bag the slip that was read names, and where its giver may be reached.
    pub fn near_reached(&self) -> Result<(PersonId, Vec<SocketAddr>), VaultFault> {
        near::reached(self.nearby.as_ref())
    }

    /// The same, where the bag came from there whole and the giver waits for the answer.
    pub fn near_answers(&self) -> Result<(PersonId, Vec<SocketAddr>), VaultFault> {
        near::reached(self.nearby.as_ref().filter(|taking| taking.came()))
    }

    pub fn near_call(&mut self, fresh: Fresh) -> Result<(Calling, Vec<u8>), VaultFault> {
        near::call(self.nearby.as_ref(), fresh)
    }

    pub fn near_ask(
        &mut self,
        asked: (Calling, &[u8], Option<&str>),
        now: Stamp,
    ) -> Result<(Receiving, Vec<u8>), VaultFault> {
        near::ask(&mut self.door, &self.signing, self.nearby.as_ref(), asked, now)
    }

    pub fn near_granted(&mut self, receiving: &mut Receiving, record: &[u8]) -> Result<(), VaultFault> {
        near::granted(self.nearby.as_ref(), receiving, record)
    }

    /// A record of the bag; whether it was the last.
    pub fn near_receive(&mut self, receiving: &mut Receiving, record: &[u8]) -> Result<bool, VaultFault> {
        near::receive(self.nearby.as_mut(), receiving, record)
    }

    /// Takes in the bag that came whole.
    pub fn near_whole(&mut self, purpose: Purpose, now: Stamp) -> Result<Answer<TakenFrames>, VaultFault> {
        let answer = near::take_whole(&mut self.door, self.nearby.as_mut(), purpose, now)?;
        if let Some(taking) = &mut self.taking {
            taking.taken = answer.is_ok();
        }
        Ok(answer)
    }

    /// A file that the person's bag names, if it is here; if not, the next posts ask the hub for it.
    pub fn bag_file(
        &mut self,
        asked: &BagAsked,
        file: PhotoId,
        now: Stamp,
    ) -> Result<Answer<Option<Vec<u8>>>, VaultFault> {
        bags::file(&mut self.door, (asked, file), now)
    }

    /// Bags that came to this device by hand, and what ended of them by itself lately.
    pub fn bags_here(&mut self, now: Stamp) -> Result<(Vec<Received>, Option<EndedBags>), VaultFault> {
        bags::received(&mut self.door, now)
    }

    /// Whose bag is due for its monthly check.
    pub fn bags_due(&self, now: Stamp) -> Result<Vec<DueBag>, VaultFault> {
        bags::due::due(&self.door, now)
    }

    /// The user says that a bag they read is not theirs; whether anything went.
    pub fn not_my_bag(&mut self, person: PersonId, now: Stamp) -> Result<bool, VaultFault> {
        if self.near_reached().is_ok_and(|(of, _)| of == person) {
            (self.taking, self.nearby) = (None, None);
        }
        bags::leave::not_mine(&mut self.door, person, now)
    }
}
