//! What a screen shows and asks of an eRed Bag. The bag's own parts are `record::bag`, as the door disclosed them; here is what stands around
//! them on the page, and intents without what only the device knows: who, when and the ids.

use crate::view::Basis;
use crate::visit::PhotoView;
use record::PersonId;
use record::bag::belongings::{Belonging, Column};
use record::bag::{
    BagId, BagSection, Contents, Count, Critical, Custody, Filled, Header, HomeForm, ItemId, Missing, NoteId, Origin,
    Reader, State, Step,
};
use record::consent::Caveat;
use record::receipt::SeenBy;
use record::visit::{Photo, PhotoId};
use record::{Sensitive, Stamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The bag's page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BagPage {
    pub person: PersonId,
    /// As in the banner, in the bag's own words where the person is not carried here.
    pub banner: String,
    /// The record is on this device: the form can be worked on.
    pub carried: bool,
    /// `None`: nobody has begun one.
    pub bag: Option<Box<ShownBag>>,
    /// No bag is open: one can be begun.
    pub may_begin: bool,
    /// What this user's home asks and counts besides the standard.
    pub asks: HomeForm,
    /// What was typed and not saved yet, by the name of its field.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub drafts: BTreeMap<String, String>,
    /// Other bags of this person that are open, begun by people who did not know of each other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<BagBeside>,
    /// The answer to printing: whether a file was saved, or its place was asked for and none was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub printed: Option<Printed>,
    /// It was read here and nobody here put their hand to it: when it leaves this device by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaves: Option<Stamp>,
    pub caveats: Vec<Caveat>,
    pub basis: Basis,
    pub audit_seq: u64,
    pub opened: Stamp,
}

/// An open bag that is not the one on the page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BagBeside {
    pub home: String,
    /// `None`: several say that they have it.
    pub state: Option<State>,
    pub opened: Stamp,
}

/// What became of the paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Printed {
    Saved,
    /// Whoever was asked where to save it thought better of it. That it was printed stays recorded.
    NotSaved,
}

/// A bag on the page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownBag {
    pub id: BagId,
    pub header: Header,
    pub opened: Stamp,
    pub custody: Custody,
    /// The form as it stands, where it can be worked on: all 27 sections.
    pub form: Vec<Filled>,
    /// What was released last, whole.
    pub released: Option<Box<Contents>>,
    /// When what is released replaced something released before: said on both ends.
    pub corrected: Option<Stamp>,
    pub passages: Vec<Passed>,
    /// Who read what was released where it is going, once for each version, oldest first.
    pub readers: Vec<Reader>,
    pub belongings: Vec<Belonging>,
    /// Of the files that its notes name, those of which this device has or knows something.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<PhotoView>,
    /// Photographs of things whose count is not saved yet: which form (`record::bag::Count::form`), and what.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taken: Vec<(String, Photo)>,
    /// Without these it cannot be released.
    pub missing: Vec<Missing>,
    /// Lines that nobody has checked for this transfer.
    pub unchecked: u32,
    /// Nobody has looked over the form for a month.
    pub due: bool,
    /// The user works for the sending home.
    pub home: bool,
    /// Steps that this user may take now.
    pub next: Vec<Step>,
    pub critical: Option<Critical>,
    /// Saved on this device, not yet sent.
    pub waiting: u64,
    /// Not taken by the hub, with its reason in words. They are kept on this device.
    pub refused: Vec<String>,
    /// Who opened it with the newest of what this user put in it to go with it, that the hub holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seen: Vec<SeenBy>,
}

/// One passage, for reading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passed {
    pub note: NoteId,
    pub step: Step,
    /// Who wrote it, their title and organisation.
    pub by: String,
    pub organisation: String,
    pub device: String,
    /// Device time.
    pub at: Stamp,
    /// When the hub had it, if that is known here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hub: Option<Stamp>,
    /// Who took the bag, if it was not the writer: typed, and verified by nobody.
    pub typed: Option<String>,
    pub place: String,
    pub tracker: String,
    pub items: Option<u32>,
    pub remark: String,
    /// The version released by it.
    pub version: Option<u32>,
    /// Only whoever gave the bag says that it is their hand.
    pub unproven: bool,
    /// It counts for nothing: no legal move, or not its author's to make.
    pub aside: bool,
}

/// A line as confirmed, corrected, written, or left out (`text` empty, `why` given).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BagLine {
    pub section: BagSection,
    pub item: ItemId,
    pub text: Sensitive<String>,
    #[serde(default)]
    pub why: String,
    #[serde(default)]
    pub from: Option<Origin>,
    /// Word for word as it was pre-filled.
    pub as_found: bool,
    /// Every note behind the line that was on screen.
    pub seen: Vec<NoteId>,
}

/// A step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BagMove {
    pub step: Step,
    /// Every last passage that was on screen.
    pub seen: Vec<NoteId>,
    /// Of several, the one that holds.
    #[serde(default)]
    pub keeps: Option<NoteId>,
    /// Name and organisation of a receiver without a device.
    #[serde(default)]
    pub typed: Option<(String, String)>,
    #[serde(default)]
    pub place: String,
    #[serde(default)]
    pub tracker: String,
    #[serde(default)]
    pub items: Option<u32>,
    #[serde(default)]
    pub remark: String,
}

/// Belongings as counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BagCount {
    pub column: Column,
    pub counts: Vec<Count>,
    /// Who counted the valuables too.
    #[serde(default)]
    pub second: Option<SecondHand>,
}

/// Whoever counted valuables with the user: they sign on the screen, or say in which role they counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecondHand {
    pub name: String,
    #[serde(default)]
    pub title: String,
    /// As drawn, a picture as a `data:` URL.
    #[serde(default)]
    pub signature: Option<Sensitive<String>>,
}

/// A QR code as its modules, row by row, dark ones as `1`; drawn by the screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Modules {
    /// Modules in a row, and rows.
    pub width: u16,
    /// Six modules a character (the letters of base 64), row after row.
    pub bits: String,
}

impl Modules {
    const LETTERS: &'static [u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    pub fn of(width: u16, dark: &[bool]) -> Modules {
        let letter = |six: &[bool]| {
            let value = six.iter().enumerate().fold(0usize, |value, (n, dark)| value | usize::from(*dark) << n);
            char::from(Self::LETTERS[value])
        };
        Modules { width, bits: dark.chunks(6).map(letter).collect() }
    }

    /// Dark or not, row after row.
    pub fn dark(&self) -> Vec<bool> {
        let place = |c: u8| Self::LETTERS.iter().position(|letter| *letter == c).unwrap_or(0);
        let mut dark: Vec<bool> = self.bits.bytes().flat_map(|c| (0..6).map(move |n| place(c) >> n & 1 == 1)).collect();
        dark.truncate(usize::from(self.width) * usize::from(self.width));
        dark
    }
}

/// What is shown to whoever takes the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BagCodes {
    pub bag: BagId,
    /// The slip as text, to be copied where no camera reads it.
    pub slip: String,
    pub picture: Modules,
    /// The animated code as texts, in the order in which it is shown.
    pub frames: Vec<String>,
    pub pictures: Vec<Modules>,
    pub critical: Critical,
}

/// A slip as read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BagSlip {
    pub bag: BagId,
    pub person: PersonId,
    pub critical: Critical,
    pub giver: String,
    pub organisation: String,
    /// The giver's time.
    pub at: Stamp,
    /// The whole bag is here already.
    pub whole: bool,
}

/// How far the animated code has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BagProgress {
    pub person: PersonId,
    /// Hundredths; 100 only when the bag is whole.
    pub progress: u8,
    pub whole: bool,
    /// Frames that were not of this bag, or damaged.
    pub strange: u32,
}

/// Taken over: the page, and the code by which the giver's device has the signature too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BagTaken {
    pub page: BagPage,
    pub answer: String,
    pub picture: Modules,
    /// It went over the local network: the giver's device has the signature.
    pub told: bool,
}

/// A file of a bag, as the door let it out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BagFile {
    pub person: PersonId,
    pub file: PhotoId,
    /// A picture, as a `data:` URL; `None` for a document, of which a copy is saved where whoever sits here says.
    pub picture: Option<Sensitive<String>>,
    /// What became of that copy.
    pub saved: Option<Printed>,
    pub audit_seq: u64,
}

/// A bag that came to this device by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BagHere {
    pub person: PersonId,
    pub banner: String,
    pub state: State,
}

/// Bags that came by hand, and what ended of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BagsList {
    pub here: Vec<BagHere>,
    /// How many were read, not taken over, and have left this device by themselves, and when the last did. For a day.
    pub ended: Option<(u32, Stamp)>,
}

/// Somebody of the caseload whose bag is due for its monthly check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BagDue {
    pub person: PersonId,
    /// When its form was last looked over; `None`: none is open for the next transfer.
    pub looked: Option<Stamp>,
}

/// Why the hub did not take a note, for people.
pub fn refusal_in_words(code: &str) -> String {
    match code {
        "AUTHOR" => "the hub could not confirm who wrote it".to_owned(),
        "UNKNOWN" => "the hub does not know this person or this bag".to_owned(),
        "STRANGER" => "the hub knows of nothing that ties its author to this person".to_owned(),
        _ => "the hub could not read it".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_read_back() {
        let dark: Vec<bool> = (0..21 * 21).map(|n| n % 3 == 0 || n % 7 == 2).collect();
        let modules = Modules::of(21, &dark);
        assert_eq!(modules.dark(), dark);
        assert!(modules.bits.len() < 80, "a module costs a sixth of a letter");
    }
}
