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

#[cfg(test)]
mod tests {
    use super::*;

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
