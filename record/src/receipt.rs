//! Where a piece of work is, in three steps: on this device; held by the hub, on its signed word; seen, by somebody's role and organisation.
//! No screen says "held" or "sent" of anything without a [`HubWord`], and there is none without a signature that was checked.

use crate::people::Role;
use crate::stamp::Stamp;
use serde::{Deserialize, Serialize};

/// The hub's signed word, checked: it holds this. The vault makes one where it has verified the signature, and `tests/stories/tidy.rs` sees
/// that nobody else does.
///
/// ```compile_fail,E0451
/// let said = record::receipt::HubWord { at: record::Stamp::from_millis(0) };
/// ```
/// ```compile_fail,E0277
/// let word: record::receipt::HubWord = record::Stamp::from_millis(0).into();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HubWord {
    at: Stamp,
}

impl HubWord {
    /// For who has just verified the hub's signature over it, or keeps it where only such are kept.
    pub const fn verified(at: Stamp) -> HubWord {
        HubWord { at }
    }

    /// Hub time at which it was given.
    pub const fn at(self) -> Stamp {
        self.at
    }
}

/// What a piece of work was done in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Work {
    Plan,
    Visit,
    Bag,
    Photo,
}

impl Work {
    pub const ALL: [Work; 4] = [Work::Plan, Work::Visit, Work::Bag, Work::Photo];

    pub const fn label(self) -> &'static str {
        match self {
            Work::Plan => "Care plan",
            Work::Visit => "Visits",
            Work::Bag => "eRed Bag",
            Work::Photo => "Photographs",
        }
    }

    /// One of them, and several.
    pub const fn unit(self) -> (&'static str, &'static str) {
        match self {
            Work::Plan => ("change", "changes"),
            Work::Visit => ("record", "records"),
            Work::Bag => ("note", "notes"),
            Work::Photo => ("photograph", "photographs"),
        }
    }
}

/// Where one kind of work about one person is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lot {
    pub work: Work,
    /// On this device only.
    pub waiting: u64,
    /// On this device only, for the hub did not take it.
    pub refused: u64,
    /// How many the hub holds, and its newest word.
    pub held: Option<(u64, HubWord)>,
}

/// Somebody opened it on a device that held it: who they are is theirs, what they are is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenBy {
    pub role: Role,
    /// Its name.
    pub organisation: String,
    /// When, by their device's clock, at the latest known look.
    pub at: Stamp,
}

impl SeenBy {
    /// `registered clinician, Testshire Trust`.
    pub fn who(&self) -> String {
        format!("{}, {}", self.role.label().to_lowercase(), self.organisation)
    }
}

/// What is here of somebody, in one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AsAt {
    /// When the newest of their medicines reached the hub; `None` where none did.
    pub medicines: Option<Stamp>,
    /// When the hub last confirmed what they chose.
    pub choice: Option<Stamp>,
    /// Letters that the hub said are to come, and that have not: a line was cut.
    pub missing: u64,
    /// This user's own work about them that the hub does not hold.
    pub unsent: u64,
}

impl AsAt {
    /// `Medicines as at 07:42, consent checked 07:40, 1 letter from the hub missing, 2 of yours not sent`; a time of another day has its date.
    pub fn in_words(&self, now: Stamp) -> String {
        let time = |at: Stamp| if at.london_date() == now.london_date() { at.display_time() } else { at.display() };
        let medicines = self
            .medicines
            .map_or("No medicines have reached the hub".to_owned(), |at| format!("Medicines as at {}", time(at)));
        let choice =
            self.choice.map_or("consent never checked".to_owned(), |at| format!("consent checked {}", time(at)));
        let missing = match self.missing {
            0 => "no letters missing".to_owned(),
            1 => "1 letter from the hub missing".to_owned(),
            n => format!("{n} letters from the hub missing"),
        };
        let own = if self.unsent > 0 { format!(", {} of yours not sent", self.unsent) } else { String::new() };
        format!("{medicines}, {choice}, {missing}{own}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_says_what_is_here_and_never_that_all_is_well() {
        let at = |text: &str| Stamp::parse(text).unwrap();
        let (now, early) = (at("2026-03-10T09:00:00Z"), at("2026-03-10T07:42:00Z"));
        let one = AsAt { medicines: Some(early), choice: Some(at("2026-03-09T07:40:00Z")), missing: 1, unsent: 2 };
        assert_eq!(
            one.in_words(now),
            "Medicines as at 07:42, consent checked 09-Mar-2026 07:40, 1 letter from the hub missing, 2 of yours not sent"
        );
        let none = AsAt { medicines: None, choice: None, missing: 0, unsent: 0 };
        assert_eq!(none.in_words(now), "No medicines have reached the hub, consent never checked, no letters missing");
    }

    #[test]
    fn who_saw_it_is_a_role_and_an_organisation_never_a_name() {
        let seen = SeenBy {
            role: Role::RegulatedClinician,
            organisation: "Testshire Trust".into(),
            at: Stamp::from_millis(1),
        };
        assert!(seen.who().ends_with(", Testshire Trust"));
        let word = HubWord::verified(Stamp::from_millis(7));
        let there = serde_json::to_string(&word).unwrap();
        assert_eq!(serde_json::from_str::<HubWord>(&there).unwrap(), word);
    }
}
