//! Before leaving the network, and after coming back: who is ready for the round, and where this user's own work is. Nothing is called
//! held or sent without the hub's word ([`HubWord`]).

use crate::bag::Modules;
use crate::view::Link;
use record::feed::Listing;
use record::receipt::{AsAt, HubWord, Lot, SeenBy};
use record::{PersonId, Stamp};
use serde::{Deserialize, Serialize};

/// Where this user's work is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipts {
    /// Choices, claims, forms, changes of plans, records of visits and notes of bags that the hub does not hold.
    pub changes: u64,
    /// Looks that the hub does not hold: opening this page is one.
    pub looks: u64,
    /// The hub's word for every look up to a moment.
    pub looks_held: Option<HubWord>,
    pub people: Vec<PersonReceipts>,
    /// Sealed work of this device's users that lies ready to be carried: files.
    pub sealed: u64,
    /// Of colleagues, carried for them.
    pub carried: u64,
    /// Sealed files here, of whoever's, that do not go by themselves: [`STUCK`].
    #[serde(default)]
    pub stuck: u64,
    /// [`PICTURES_STAY`].
    #[serde(default)]
    pub pictures_stay: bool,
    pub link: Link,
    pub now: Stamp,
}

/// What is said after how many sealed files do not go by themselves.
pub const STUCK: &str = "cannot be sent from here: too long for the network, harmed, or unknown to the hub. What is in them is kept. Ask your administrator to look at \
     \"outbox list\" on this device.";

/// What is said while the hub has no room for pictures of forms that nobody has signed.
pub const PICTURES_STAY: &str = "Photographs in forms that you have not signed fill the room the hub keeps for them. Those that do not fit are on this device \
     alone. Sign those forms, or throw away what you do not need: then the rest is sent.";

/// This user's work about one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonReceipts {
    pub person: PersonId,
    /// As in the banner.
    pub name: String,
    /// Kind by kind; a kind in which nothing was done is not named.
    pub lots: Vec<Lot>,
    /// A choice on this device only.
    pub choice_waiting: bool,
    /// Who has seen the newest change of the plan that the hub holds.
    pub seen: Vec<SeenBy>,
    /// Who has seen the newest of what was done at visits that the hub holds.
    #[serde(default)]
    pub visits_seen: Vec<SeenBy>,
    /// Who has seen the choice in force, if this user took it down on this device.
    #[serde(default)]
    pub choice_seen: Vec<SeenBy>,
    /// Who has opened the bag with the newest of what this user put in it to go with it.
    #[serde(default)]
    pub bags_seen: Vec<SeenBy>,
}

/// The code by which a colleague's device fetches this device's sealed work to bring it to the hub, and what came of it so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownOutbox {
    /// `None`: this device is on no local network, or in airplane mode.
    pub code: Option<String>,
    /// The code as a picture.
    pub picture: Option<Modules>,
    /// Files sealed here that no hub has said it holds.
    pub sealed: u64,
    /// Of them, how many a colleague's device took along since the code is shown. They stay until the hub's receipt.
    pub given: u64,
    /// Files that went because a colleague brought the hub's receipt.
    pub gone: u64,
}

/// What a carrier's device took along.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carried {
    /// Sealed files that are on this device now.
    pub files: u32,
    /// The hub's receipts that their author has now.
    pub receipts: u32,
    /// Files of this device's own that went, because the other had carried them before.
    pub gone: u32,
    /// The line was cut: reading the code again brings the rest.
    pub cut: bool,
}

/// The page before leaving the network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ready {
    /// In clinical-risk order: choices first, then what is missing, then what is old, then who is ready.
    pub people: Vec<PersonReady>,
    /// When every choice here was last checked with the hub.
    pub checked: Option<Stamp>,
    pub licence_minutes: Option<i64>,
    /// Choices, claims, forms, changes of plans, records of visits and notes of bags that the hub does not hold.
    pub unsent: u64,
    /// Percent; `None` where this device does not say.
    pub battery: Option<u8>,
    pub charging: bool,
    /// Megabytes free; `None` where this device does not say.
    pub free_mb: Option<u64>,
    pub link: Link,
    pub now: Stamp,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonReady {
    pub listing: Listing,
    /// Why this person is not ready, gravest first; nothing if they are.
    pub lacks: Vec<Lack>,
    /// How old what is here is, and what is missing of it.
    #[serde(default)]
    pub as_at: Option<AsAt>,
}

/// What is old or missing of a person, in clinical-risk order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Lack {
    /// Choices contradict each other: to be settled with the person.
    ChoicesDisagree,
    /// Their record would not open now: a yes has ended, none was given, or the check with the hub is too old.
    AskFirst,
    /// Their yes ends during the round.
    ChoiceEnds(Stamp),
    /// Allergies, alerts and medicines are not on this device.
    NoRecord,
    /// Their record opens only in an emergency, as they chose. Nothing to fix.
    OnlyInEmergency,
    /// Their record is not here, as they chose. Nothing to fix.
    NotHere,
    /// Letters and documents have not come yet.
    NoDocuments,
}

impl Lack {
    /// A round with the hub can mend it.
    pub const fn mends(self) -> bool {
        matches!(self, Lack::NoRecord | Lack::NoDocuments | Lack::ChoiceEnds(_) | Lack::AskFirst)
    }

    /// It is the person's own choice, and no fault.
    pub const fn is_chosen(self) -> bool {
        matches!(self, Lack::OnlyInEmergency | Lack::NotHere)
    }

    pub fn in_words(self) -> String {
        match self {
            Lack::ChoicesDisagree => "Choices disagree: settle it with the person".to_owned(),
            Lack::AskFirst => "Record would not open now: ask them again, at the latest at the door".to_owned(),
            Lack::ChoiceEnds(at) => format!("Their yes ends {}: ask them again", at.display()),
            Lack::NoRecord => "Record missing: allergies, alerts and medicines are not on this device".to_owned(),
            Lack::OnlyInEmergency => "They chose: only in an emergency".to_owned(),
            Lack::NotHere => "They chose: not on this device".to_owned(),
            Lack::NoDocuments => "Letters and documents have not come yet".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lacks_stand_in_the_order_of_their_risk() {
        let mut lacks =
            [Lack::NoDocuments, Lack::NoRecord, Lack::ChoiceEnds(Stamp::from_millis(1)), Lack::ChoicesDisagree];
        lacks.sort();
        assert_eq!(lacks[0], Lack::ChoicesDisagree);
        assert!(lacks.is_sorted() && lacks[3] == Lack::NoDocuments);
        assert!(!Lack::OnlyInEmergency.mends() && Lack::NoRecord.mends());
    }
}
