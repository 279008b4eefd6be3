//! What a screen shows and asks of visits. What was done is `record::visit`, as the door disclosed it; here is what stands around it on
//! the page.

use crate::view::Basis;
use record::chart::Chart;
use record::consent::Caveat;
use record::feed::Listing;
use record::plan::Claim;
use record::receipt::SeenBy;
use record::summary::{FactKey, Source};
use record::visit::access::Access;
use record::visit::{ActId, Body, Log, Photo, PhotoId};
use record::{PersonId, Sensitive, StaffId, Stamp, When};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is typed in a form and not yet saved: the names of its fields, and what stands in them.
pub type Fields = BTreeMap<String, String>;

/// Today's round, in the order of its times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoundPage {
    /// The day in London, as shown.
    pub day: String,
    pub stops: Vec<Stop>,
    /// Hub time of the last completed sync.
    pub as_at: Option<Stamp>,
}

/// One visit of the round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    pub listing: Listing,
    pub age: String,
    pub similar_name: bool,
    /// The appointment's key; `None` for a visit that nobody booked.
    pub key: Option<FactKey>,
    pub title: String,
    pub from: Option<When>,
    pub until: Option<When>,
    pub with: Option<String>,
    /// What to know before going in: words only.
    pub access: Vec<Access>,
    pub state: StopState,
}

/// How far a visit has got, as far as this device knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum StopState {
    Waiting,
    On {
        /// By this user on this device; else by a colleague.
        own: bool,
    },
    Done,
    NotHome,
}

/// Somebody's visits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitPage {
    pub listing: Listing,
    pub age: String,
    pub log: Log,
    /// Where this user's own acts are.
    pub places: Vec<(ActId, ActReceipt)>,
    /// Saved on this device, not yet sent.
    pub waiting: u64,
    /// Not taken by the hub, with its reason in words.
    pub refused: Vec<String>,
    /// Acts that this version cannot read.
    pub newer: u64,
    /// The parts of the record that a visit needs.
    pub chart: Chart,
    pub sources: Vec<Source>,
    pub drafts: Vec<DraftView>,
    /// Of the photographs that acts name, those of which this device has or knows something.
    pub photos: Vec<PhotoView>,
    /// Pictures of forms that are not signed yet.
    pub draft_photos: Vec<(String, Photo)>,
    /// [`crate::ready::PICTURES_STAY`].
    #[serde(default)]
    pub pictures_stay: bool,
    /// Who opened the visits on a device that had what this user did up to that time of theirs.
    #[serde(default)]
    pub seen: Vec<(Stamp, SeenBy)>,
    /// When the device last heard from the hub: how old is what it knows of others' acts.
    pub known_at: Option<Stamp>,
    /// The visit of this user that is on.
    pub on: Option<ActId>,
    pub me: StaffId,
    pub caveats: Vec<Caveat>,
    pub basis: Basis,
    pub audit_seq: u64,
    pub opened: Stamp,
}

impl VisitPage {
    /// What was being typed in a form.
    pub fn draft(&self, form: &str) -> Option<&DraftView> {
        self.drafts.iter().find(|draft| draft.form == form)
    }

    /// The pictures of a form that is not signed yet.
    pub fn pictures(&self, form: &str) -> Vec<Photo> {
        self.draft_photos.iter().filter(|(of, _)| of == form).map(|(_, photo)| *photo).collect()
    }

    /// What is known of a photograph here; nothing is known of one that is only at the hub.
    pub fn photo(&self, id: PhotoId) -> Option<&PhotoView> {
        self.photos.iter().find(|photo| photo.id == id)
    }
}

/// Where an act is. Made by the device: held is said only where the vault checked the hub's signed word for this very act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ActReceipt {
    /// Saved on this device, not yet sent.
    OnThisDevice,
    /// By hub time.
    HeldByHub { at: Stamp },
    /// It came from the hub.
    FromHub,
    /// The hub did not take it.
    Refused { why: String },
}

/// Where a photograph is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhotoView {
    pub id: PhotoId,
    /// It can be shown without a network.
    pub here: bool,
    pub receipt: ActReceipt,
}

/// A photograph, as the door let it out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhotoPage {
    pub person: PersonId,
    pub photo: PhotoId,
    /// A `data:` URL.
    pub picture: Sensitive<String>,
    pub audit_seq: u64,
}

/// A form as it was left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftView {
    pub form: String,
    pub fields: Fields,
    pub at: Stamp,
}

/// What is to be done. The device adds who, when and what it knew, and signs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewAct {
    /// The visit during which, if one is on.
    pub visit: Option<ActId>,
    pub body: Body,
    /// The form whose draft this makes good.
    pub draft: Option<String>,
}

/// How to get in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessPage {
    pub person: PersonId,
    /// What about, the words of the source, and its lines.
    pub notes: Vec<(Access, String, Vec<String>)>,
    /// Where the key is, every voice that stands.
    pub key_safe: Vec<Claim>,
    /// A note about the key is kept back: no visit is on or booked for today.
    pub key_kept_back: bool,
    pub audit_seq: u64,
}
