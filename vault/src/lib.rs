//! The device's encrypted memory and its one door.
//!
//! A [`Vault`] is one person's file on one device. Content leaves it only as a [`Disclosure`], which only the door makes, in the same
//! transaction in which it decided and wrote the audit entry. The machine's own work (carrying letters, applying a feed) goes
//! through an errand, which holds no permit. Synchronous, no network, no clock of its own.
//!
//! Modules bottom-up:
pub mod fault;

pub mod key;

mod schema;

pub mod seal;

mod ledger;

mod anchor;

mod guard;

mod marks;
mod outbox;
pub mod parcels;

mod rules;

mod deed;

mod door;
mod drafts;
mod log;

mod own;

mod content;

mod aging;
mod caseload;
mod chart;
mod choices;
mod glass;

mod lease;
mod plans;

mod bags;
mod receipts;

mod visits;

mod post;

mod lacks;

mod files;
mod open;

mod visiting;

pub use bags::near;
pub use bags::{
    BagAsked, Beside, Counted as BagCounted, DueBag, EndedBags, ForPaper, OpenedBag, Received as ReceivedBag,
    Shown as ShownBag, SlipSeen, TakenFrames, Vouch, Written as BagWritten,
};
pub use caseload::Row;
pub use chart::{ChartAsked, Opened};
pub use choices::{ChoiceGiven, ClaimGiven, ClaimStanding, NotRecorded};
pub use door::{Admission, Answer, Disclosure, Refused};
pub use fault::VaultFault;
pub use files::exists;
pub use glass::{BreakGlassTerms, Glass};
pub use lease::Asking;
pub use open::{NewVault, Vault, signing_key_of};
pub use own::OpenedOwn;
pub use plans::{Aside, DraftStep, Drafted, LinePlace, OpenedPlan, PlacedLine, PlanAsked, PlanPosted};
pub use post::{Arrived, Bite, Standing};
pub use receipts::{Content, PersonWork, Readiness};
pub use record::consent::{Purpose, Request};
pub use record::lease::{Licensed, NotExtended};
pub use record::time::{Doubts, Reading, Ticks};
pub use sync::carry;
pub use sync::frame::Whole;
pub use sync::replica::words::Said;
pub use sync::session::{Effect, Event, Session};
pub use visits::{
    AccessNotes, ActPlace, Booked, Doing, Draft, Fields, KeptAct, KeptPhoto, OpenedVisits, VisitAsked, VisitState,
};
