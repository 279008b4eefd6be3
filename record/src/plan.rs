//! A care plan as read, and what may be asked to change in it. The replicated document behind it is `sync::replica`; this is only
//! what a person sees: headings with text, and safety-critical decisions that stay disputed until a named person settles them.
//! The whole PRSB model and its screens come with the care-plan work; the rule that conflict is a value is here from the start.

use crate::ids::StaffId;
use crate::stamp::Stamp;
use serde::{Deserialize, Serialize};

/// The headings of free text, merged by character (`reference/careplan.md` section 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Heading {
    WhatMattersToMe,
    HowToCommunicate,
    MyWellness,
    HowToSupportMe,
    Contingency,
}

impl Heading {
    pub const ALL: [Heading; 5] = [
        Heading::WhatMattersToMe,
        Heading::HowToCommunicate,
        Heading::MyWellness,
        Heading::HowToSupportMe,
        Heading::Contingency,
    ];

    pub const fn code(self) -> &'static str {
        match self {
            Heading::WhatMattersToMe => "what-matters",
            Heading::HowToCommunicate => "communication",
            Heading::MyWellness => "wellness",
            Heading::HowToSupportMe => "support",
            Heading::Contingency => "contingency",
        }
    }
}

/// Decisions that never resolve themselves (`reference/careplan.md` section 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Topic {
    Cpr,
    ClinicalFocus,
    Capacity,
    Adrt,
}

impl Topic {
    pub const ALL: [Topic; 4] = [Topic::Cpr, Topic::ClinicalFocus, Topic::Capacity, Topic::Adrt];

    pub const fn code(self) -> &'static str {
        match self {
            Topic::Cpr => "cpr",
            Topic::ClinicalFocus => "clinical-focus",
            Topic::Capacity => "capacity",
            Topic::Adrt => "adrt",
        }
    }
}

/// One voice: what was decided, by whom, when, on what basis.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Claim {
    /// Names the claim so that settling it can say what it settles.
    pub id: String,
    pub value: String,
    pub by: StaffId,
    pub at: Stamp,
    pub basis: String,
}

/// What stands under a topic. A screen that wants the value must say what it does with a dispute: there is no accessor that
/// skips it.
///
/// ```compile_fail
/// fn show(held: record::plan::Held) -> String { held.value }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Held {
    Nothing,
    Agreed(Claim),
    /// Two or more, sorted by id: every voice is shown.
    Disputed(Vec<Claim>),
}

/// A plan as read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Plan {
    pub texts: Vec<(Heading, String)>,
    pub decisions: Vec<(Topic, Held)>,
}

/// What somebody asks to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// Replace `remove` characters at `at` (Unicode scalar values) by `insert`.
    Text { heading: Heading, at: usize, remove: usize, insert: String },
    /// Decide a topic, naming every claim this one replaces. A claim not named stays and disputes it.
    Decide { topic: Topic, claim: Claim, settles: Vec<String> },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct() {
        let mut codes: Vec<&str> =
            Heading::ALL.iter().map(|h| h.code()).chain(Topic::ALL.iter().map(|t| t.code())).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), 9);
    }
}
