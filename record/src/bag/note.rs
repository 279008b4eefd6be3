//! A note: one signed statement put in a bag. Append-only: a note is never changed or taken out; a later one says what it replaces by name.
//! The author is the vault's owner; the bytes and the signature are `sync::bag`'s.

use super::belongings::Counting;
use super::draft::Origin;
use super::file::File;
use super::ids::{BagId, ItemId, NoteId};
use super::journey::{NotFromHere, Step};
use super::release::Contents;
use super::section::BagSection;
use crate::ids::{ChainId, PersonId};
use crate::nhs_number::NhsNumber;
use crate::patient::Gender;
use crate::people::Organisation;
use crate::plan::Author;
use crate::stamp::Stamp;
use crate::when::When;
use serde::{Deserialize, Serialize};

/// Whose bag it is: enough to know the person by, on a device that holds nothing else of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    pub person: PersonId,
    /// As in the banner: `SURNAME, Given (Title)`.
    pub banner: String,
    pub family: String,
    pub given: String,
    pub born: Option<When>,
    pub gender: Gender,
    pub nhs_number: Option<NhsNumber>,
    pub nhs_number_verified: bool,
    /// The sending home.
    pub home: Organisation,
    /// The number on the bag itself.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub tracker: String,
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The hash of its bytes.
    #[serde(skip, default = "nameless")]
    pub id: NoteId,
    pub bag: BagId,
    pub by: Author,
    /// Whose hand on which device.
    pub chain: ChainId,
    /// Device time.
    pub at: Stamp,
    pub said: Said,
}

/// Before its bytes are hashed a note has no name.
const fn nameless() -> NoteId {
    NoteId::from_bytes([0; 32])
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Said {
    /// The bag begins. Everything else of it is worthless without.
    #[serde(rename = "open")]
    Opened(Box<Header>),
    /// A line of the form, confirmed as it was pre-filled, corrected, or entered. `over`: the notes seen that it replaces.
    #[serde(rename = "put")]
    Put {
        section: BagSection,
        item: ItemId,
        text: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Origin>,
        /// As it was pre-filled, word for word.
        as_found: bool,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        over: Vec<NoteId>,
        /// A document that is attached: the line's text names it, so that who cannot have it knows of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        file: Option<File>,
    },
    /// A line that does not belong here, with the reason. It is not sent, and not lost.
    #[serde(rename = "drop")]
    Left { section: BagSection, item: ItemId, why: String, over: Vec<NoteId> },
    /// Belongings counted.
    #[serde(rename = "count")]
    Counted(Counting),
    /// The bag moves.
    #[serde(rename = "pass")]
    Passed(Box<Passage>),
    /// What was released was read where it is going: a receipt for whoever sent it.
    #[serde(rename = "seen")]
    Seen { version: u32 },
}

impl Said {
    /// It goes with the bag to whoever takes it; the home's working on its form does not.
    pub const fn travels(&self) -> bool {
        match self {
            Said::Opened(_) | Said::Counted(_) | Said::Passed(_) | Said::Seen { .. } => true,
            Said::Put { .. } | Said::Left { .. } => false,
        }
    }

    /// The files that it names.
    pub fn files(&self) -> Vec<File> {
        match self {
            Said::Counted(counting) => counting.files().collect(),
            Said::Put { file, .. } => file.iter().copied().collect(),
            _ => Vec::new(),
        }
    }
}

/// One passage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passage {
    pub step: Step,
    /// The passage it follows; `None` for the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<NoteId>,
    /// Other last passages that its author saw and settles by this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settles: Vec<NoteId>,
    /// Who has the bag from now on, for a step that hands it over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Party>,
    /// Call sign, ward, or where it was last seen.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub place: String,
    /// The number on the bag, as read from it at this moment.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub tracker: String,
    /// How many things were in the bag, as counted at this moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<u32>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub remark: String,
    /// What is released, or released again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contents: Option<Box<Contents>>,
}

impl Passage {
    /// What was read from the bag and counted in it at this moment, in words. `own`: the number it left with; another one is said to be another.
    pub fn carried(&self, own: &str) -> String {
        carried(&self.tracker, self.items, own)
    }
}

/// The same of a passage in parts.
pub fn carried(tracker: &str, items: Option<u32>, own: &str) -> String {
    let mut said = Vec::new();
    if !tracker.is_empty() {
        let same = own.is_empty() || tracker.trim().eq_ignore_ascii_case(own.trim());
        said.push(if same {
            format!("Bag {tracker}.")
        } else {
            format!("Bag {tracker}: NOT the number it left with, {own}.")
        });
    }
    match items {
        Some(1) => said.push("1 thing in the bag.".to_owned()),
        Some(items) => said.push(format!("{items} things in the bag.")),
        None => {}
    }
    said.join(" ")
}

/// Both times of a passage: by its author's clock, and when the hub had it, where that is known.
pub fn both_times(at: Stamp, hub: Option<Stamp>) -> String {
    match hub {
        Some(hub) => format!("{} (at the hub {})", at.display(), hub.display()),
        None => format!("{} (not known to be at the hub)", at.display()),
    }
}

/// Who takes the bag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Party {
    /// Signed by themselves, on their own device.
    #[serde(rename = "self")]
    Known(Author),
    /// Typed by whoever gave it: nobody verified it.
    #[serde(rename = "typed")]
    Typed { name: String, organisation: String },
}

impl Party {
    pub fn name(&self) -> &str {
        match self {
            Party::Known(author) => &author.name,
            Party::Typed { name, .. } => name,
        }
    }

    pub fn organisation(&self) -> &str {
        match self {
            Party::Known(author) => &author.organisation,
            Party::Typed { organisation, .. } => organisation,
        }
    }

    pub const fn is_verified(&self) -> bool {
        matches!(self, Party::Known(_))
    }
}

/// Why a note may not be put in a bag. Log-safe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum BagFault {
    /// No bag of that name is here, or it has no beginning.
    Unknown,
    /// This step does not follow the last one.
    Order,
    /// The bag has two holders: a person must settle that first.
    Disputed,
    /// What the author saw is not what stands now.
    Stale,
    /// This role or organisation may not do it.
    Role,
    /// Without these nothing is released.
    Missing(Vec<super::Missing>),
    /// Valuables need a second person.
    SecondSignature,
    /// Nothing was written, or more than fits.
    Text,
    /// It has left the home: what is changed now is a correction.
    Released,
    /// The person's choice, or this device's, does not let it leave.
    NotAllowed,
    /// Not a slip, or not whole.
    Code,
    /// Not made by a device of this hub, or changed since.
    Forged,
    /// Made by a device whose certificate has run out or was ended.
    Certificate,
    /// It belongs to another bag, or answers another slip.
    OtherBag,
    /// It was taken in before.
    Taken,
    /// The whole bag is not here yet.
    Incomplete,
    /// A file that may not be kept with a bag, or one too many.
    File,
}

impl From<NotFromHere> for BagFault {
    fn from(_: NotFromHere) -> BagFault {
        BagFault::Order
    }
}

impl std::fmt::Display for BagFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            BagFault::Unknown => "that bag is not on this device",
            BagFault::Order => "that step does not follow the last one",
            BagFault::Disputed => "two people say they have the bag: settle that first",
            BagFault::Stale => "somebody has changed it meanwhile: look again",
            BagFault::Role => "you may not do this",
            BagFault::Missing(_) => "something is missing without which nothing can be sent",
            BagFault::SecondSignature => "valuables need a second person: their name, and their signature or their role",
            BagFault::Text => "write something, and not more than fits",
            BagFault::Released => "the bag has left: release a correction",
            BagFault::NotAllowed => "the person's choice does not allow this",
            BagFault::Code => "that is not the code of a bag",
            BagFault::Forged => "that code was not made by a device of this hub, or was changed",
            BagFault::Certificate => "that device has not spoken to the hub for too long",
            BagFault::OtherBag => "that code belongs to another bag",
            BagFault::Taken => "that was taken in before",
            BagFault::Incomplete => "the bag is not whole yet",
            BagFault::File => {
                "that file cannot be kept with the bag: photographs up to 1 MB, documents (PDF or photograph) up to 4 MB, and not too many"
            }
        })
    }
}

impl std::error::Error for BagFault {}
