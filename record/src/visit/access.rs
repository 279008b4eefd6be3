//! What a visitor must know before going in: alerts about access and safety, by what they are about. The word alone may stand on a round;
//! the details are opened with the record, and where the key is kept only for a visit (`reference/records.md` section 2 makes it a
//! protected field).

use serde::{Deserialize, Serialize};

/// What an access note is about (`reference/records.md`, flags: local).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Access {
    /// Staff are at risk here alone.
    LoneWorker,
    Dog,
    Oxygen,
    Infection,
    /// Clutter, stairs, no light.
    Premises,
    KeySafe,
}

impl Access {
    pub const fn label(self) -> &'static str {
        match self {
            Access::LoneWorker => "Lone worker risk",
            Access::Dog => "Dog",
            Access::Oxygen => "Oxygen in home",
            Access::Infection => "Infection",
            Access::Premises => "Premises",
            Access::KeySafe => "Key safe",
        }
    }

    /// What an alert is about, by its category and words; `None` for one that is not about getting in.
    pub fn of(category: &str, words: &str) -> Option<Access> {
        let said = crate::feed::fold(&format!("{category} {words}"));
        let has = |any: &[&str]| any.iter().any(|part| said.contains(part));
        Some(if has(&["lone worker", "lone-worker", "visit in pairs", "violence", "threats to staff"]) {
            Access::LoneWorker
        } else if has(&["key safe", "keysafe"]) {
            Access::KeySafe
        } else if has(&["dog"]) {
            Access::Dog
        } else if has(&["oxygen"]) {
            Access::Oxygen
        } else if has(&["infection", "mrsa", "isolation"]) {
            Access::Infection
        } else if has(&["hoarding", "clutter", "environment", "premises", "access"]) {
            Access::Premises
        } else {
            return None;
        })
    }

    /// Whether its details may be shown: where the key is, only while a visit is on or booked for today.
    pub const fn may_be_shown(self, visiting: bool) -> bool {
        visiting || !matches!(self, Access::KeySafe)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alerts_are_sorted_by_what_they_warn_of() {
        for (category, words, about) in [
            ("Lone worker risk", "Visit in pairs: threats to staff by a visitor", Some(Access::LoneWorker)),
            ("Access", "Key safe at the property: ask the service for the code", Some(Access::KeySafe)),
            ("Dog", "Large dog in the house", Some(Access::Dog)),
            ("Environment", "Hoarding: hallway partly blocked", Some(Access::Premises)),
            ("Oxygen in home", "Home oxygen in use", Some(Access::Oxygen)),
            ("Infection", "MRSA colonisation", Some(Access::Infection)),
            ("Falls", "Falls risk", None),
        ] {
            assert_eq!(Access::of(category, words), about, "{words}");
        }
    }

    #[test]
    fn where_the_key_is_kept_is_only_for_a_visit() {
        assert!(!Access::KeySafe.may_be_shown(false) && Access::KeySafe.may_be_shown(true));
        assert!(Access::LoneWorker.may_be_shown(false), "staff must know it before they go");
    }
}
