//! eRed Bags on the device: looked at, written in, released and handed over through the door; carried to and from the hub by errands. A note,
//! its audit entry and what will be sent commit together or not at all (decision 0040).
//!
//! A device that takes a bag over holds of the person that bag and nothing else: what they chose comes with the slip (`grant`), so the
//! same door decides by it, without a network. One that was read and not taken over ends by itself (`leave`).
//!
//! Modules bottom-up:
pub(crate) mod keep;

pub(crate) mod grant;

mod look;

mod act;

mod hand;

pub mod near;

pub(crate) mod carry;

pub(crate) mod leave;

pub(crate) mod due;

pub use act::{Counted, Written};
pub use due::DueBag;
pub use hand::{ForPaper, Shown, SlipSeen, TakenFrames};
pub use keep::Vouch;
pub use leave::EndedBags;

pub(crate) use act::{attach, confirm_all, count, move_on, open, write};
pub(crate) use carry::{again, hand_on, heard, held, home_form, outgoing, refused, ruled, take_in, through, unsent};
pub(crate) use hand::{Gathering, accept, acknowledge, print, show, take_frames, take_slip};
pub(crate) use keep::erase;
pub(crate) use look::{file, look, received};

use crate::visits::KeptPhoto;
use record::bag::prefill::Laid;
use record::bag::{Bag, HomeForm, NoteId};
use record::consent::Purpose;
use record::receipt::SeenBy;
use record::visit::Photo;
use record::{PersonId, Stamp};

/// Whose bag, and why; who asks is the vault's own knowledge.
#[derive(Debug, Clone, Copy)]
pub struct BagAsked {
    pub person: PersonId,
    pub purpose: Purpose,
}

/// A bag as opened.
#[derive(Debug)]
pub struct OpenedBag {
    /// `None`: nobody has begun one.
    pub bag: Option<Bag>,
    /// What there is to lay in, where this device carries the person.
    pub laid: Laid,
    /// The record is on this device: the form can be worked on. Otherwise only what was released is here.
    pub carried: bool,
    /// How notes by others came to be believed, where it was not by their certificate or the hub.
    pub vouched: Vec<NoteId>,
    /// Notes put in here that the hub does not hold yet.
    pub waiting: u64,
    /// Of the files that its notes name, those of which this device has or knows something.
    pub files: Vec<KeptPhoto>,
    /// Photographs of things whose count is not signed yet: which form (`Count::form`), and what.
    pub taken: Vec<(String, Photo)>,
    /// Notes the hub did not take, with its reason. They are kept here.
    pub refused: Vec<(NoteId, String)>,
    /// What this user's home asks and counts besides the standard.
    pub asks: HomeForm,
    /// Fields as they were left: the form's name and its one text.
    pub drafts: Vec<(String, String)>,
    /// Who opened it with the newest of what this user put in it to go with it, that the hub holds.
    pub seen: Vec<SeenBy>,
    /// Other bags of this person that are open.
    pub others: Vec<Beside>,
    /// It came by hand and nobody here put their hand to it: when it leaves this device by itself.
    pub leaves: Option<Stamp>,
    /// When it was read.
    pub at: Stamp,
}

/// An open bag that is not the one shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beside {
    pub home: String,
    /// `None`: several say that they have it.
    pub state: Option<record::bag::State>,
    pub opened: Stamp,
}

impl Beside {
    fn of(bag: Bag) -> Beside {
        Beside { home: bag.header.home.name, state: bag.custody.state(), opened: bag.opened }
    }
}

/// A bag this device took over, for the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    pub person: PersonId,
    pub banner: String,
    pub state: record::bag::State,
}
