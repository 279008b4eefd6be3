//! Visits on the device: acts done and read through the door, carried up and down by errands; drafts kept as they are typed; the round.
//! An act, its audit entry and what will be sent of it commit together or not at all. The rules are `record::visit`.
//!
//! Modules bottom-up:
pub(crate) mod photos;

mod keep;

mod carry;

mod look;

mod act;

mod round;

pub(crate) use act::{act, drop_photo, keep_draft, keep_photo};
pub(crate) use carry::{every, held, outgoing, refused, send_again, take_in, unsent};
pub(crate) use keep::{drafts, erase, newest_held, orphans};
pub(crate) use look::{access, newest_signs, open, photo};
pub(crate) use round::round;

use crate::caseload;
use crate::chart::Opened;
use record::consent::Purpose;
use record::people::Role;
use record::plan::Claim;
use record::receipt::SeenBy;
use record::section::{Section, Sections};
use record::summary::FactKey;
use record::visit::access::Access;
use record::visit::{Act, ActId, Body, Photo, PhotoId};
use record::{PersonId, Stamp, When};
use std::collections::BTreeMap;

/// Whose visits, and why; who asks is the vault's own knowledge.
#[derive(Debug, Clone, Copy)]
pub struct VisitAsked {
    pub person: PersonId,
    pub purpose: Purpose,
}

/// What is to be done; the vault adds who, when, on which device, and signs it.
#[derive(Debug, Clone)]
pub struct Doing {
    /// The visit during which, if one is on.
    pub visit: Option<ActId>,
    pub body: Body,
    /// The draft that this makes good: it goes in the same commit.
    pub draft: Option<String>,
    pub nonce: [u8; 8],
}

/// An act as it is kept, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAct {
    pub id: ActId,
    pub act: Act,
    pub place: ActPlace,
}

/// Where an act is. `Held` with a time is said only on the hub's signed word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActPlace {
    OnThisDevice,
    Held { at: Option<Stamp> },
    Refused { why: String },
}

/// A photograph that acts name, as far as it is known here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptPhoto {
    pub id: PhotoId,
    /// Its bytes are on this device, whole.
    pub here: bool,
    pub place: ActPlace,
}

/// What is typed and not yet saved as an act: names of a form's fields, and what stands in them.
pub type Fields = BTreeMap<String, String>;

/// A form as it was left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    pub form: String,
    pub fields: Fields,
    pub at: Stamp,
}

/// Visits as opened: the acts, the parts of the record a visit needs, and what was being typed.
#[derive(Debug)]
pub struct OpenedVisits {
    pub acts: Vec<KeptAct>,
    /// Acts that this version cannot read.
    pub newer: u64,
    /// Only the sections of [`wanted`]; put together after the door.
    pub record: Opened,
    pub drafts: Vec<Draft>,
    /// Of these acts, as far as anything of them is here.
    pub photos: Vec<KeptPhoto>,
    /// Of forms that are not signed yet: which form, and what.
    pub draft_photos: Vec<(String, Photo)>,
    /// Who saw what this user did here, each up to which of their own times (milliseconds since 1970).
    pub seen: Vec<(u64, SeenBy)>,
    /// When the device last heard from the hub: how old is what is known of others' acts.
    pub known_at: Option<Stamp>,
}

/// How to get in: alerts, and where the key is, every voice of it.
#[derive(Debug)]
pub struct AccessNotes {
    pub notes: Vec<(Access, String, Vec<String>)>,
    pub key_safe: Vec<Claim>,
    /// A note about the key is kept back: no visit is on or booked for today.
    pub key_kept_back: bool,
}

/// One visit of the round, or one that is on.
#[derive(Debug, Clone, PartialEq)]
pub struct Booked {
    pub row: caseload::Row,
    /// The appointment's key; `None` for a visit that nobody booked.
    pub key: Option<FactKey>,
    pub title: String,
    pub from: Option<When>,
    pub until: Option<When>,
    pub with: Option<String>,
    /// What to know before going in: words only, no details.
    pub access: Vec<Access>,
    pub state: VisitState,
}

/// How far a booked visit has got, as far as this device knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum VisitState {
    Waiting,
    /// Begun, by whom, and not ended.
    On {
        own: bool,
    },
    Done,
    NotHome,
}

/// The sections a visit shows.
fn wanted() -> Sections {
    let sections = [
        Section::Alerts,
        Section::Allergies,
        Section::Medications,
        Section::Observations,
        Section::Encounters,
        Section::Appointments,
        Section::Plans,
    ];
    Sections::from_bits(sections.iter().fold(0, |bits, section| bits | Sections::only(*section).bits()))
}

/// A round is of those who visit.
const fn visits(role: Role) -> bool {
    matches!(role, Role::RegulatedClinician | Role::CareStaff)
}
