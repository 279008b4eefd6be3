//! Giving medicines: one immutable event for each dose given or not given, keyed by the medicine and the slot it was due in
//! (`reference/careplan.md` section 6). Not here: what was prescribed (that is the record's), and the guard over several ([`super::guard`]).

use super::act::ActId;
use crate::feed::fold;
use crate::stamp::{Stamp, display_day};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What is to be given, as the record names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Medicine {
    /// The key of the fact it was read from (`MedicationRequest/1`); empty for one that no source lists (a homely remedy).
    pub order: String,
    /// As the source wrote it, strength and form included.
    pub name: String,
    /// dm+d or SNOMED CT ids the source gave. dm+d ids are SNOMED ids, so the system does not matter (`reference/records.md` section 1).
    pub codes: Vec<String>,
}

/// Words of a name that one source writes and another leaves out.
const SWALLOWED: [&str; 8] = ["tablet", "tablets", "tab", "tabs", "capsule", "capsules", "cap", "caps"];

impl Medicine {
    /// Whether two lines of records are, for a double dose, the same thing to give: one order, one code, or one name. Two sources may
    /// both list it. Errs towards the same.
    pub fn is_same(&self, other: &Medicine) -> bool {
        let order = !self.order.is_empty() && self.order == other.order;
        let code = self.codes.iter().any(|code| other.codes.contains(code));
        order || code || self.folded() == other.folded()
    }

    /// What it is known by: two medicines are the same exactly where they have one of these in common.
    pub fn keys(&self) -> BTreeSet<String> {
        let order = (!self.order.is_empty()).then(|| format!("order {}", self.order));
        let codes = self.codes.iter().map(|code| format!("code {code}"));
        order.into_iter().chain(codes).chain([format!("name {}", self.folded())]).collect()
    }

    /// The name without case, spaces, strokes and what only says in which form it is swallowed: for comparison only.
    fn folded(&self) -> String {
        let folded = fold(&self.name);
        let words = folded.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !SWALLOWED.contains(word));
        words.flat_map(str::chars).filter(char::is_ascii_alphanumeric).collect()
    }
}

/// The part of a day a dose is due in. Devices that never spoke with each other name the same slot alike, so it is coarse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Part {
    /// Once in the day, whenever.
    Day,
    Morning,
    Midday,
    Evening,
    Night,
    /// As needed: no slot of its own, but never too soon after the last.
    AsNeeded,
}

impl Part {
    /// In the order of their numbers in bytes.
    pub const ALL: [Part; 6] = [Part::Day, Part::Morning, Part::Midday, Part::Evening, Part::Night, Part::AsNeeded];

    pub const fn label(self) -> &'static str {
        match self {
            Part::Day => "Today",
            Part::Morning => "Morning",
            Part::Midday => "Midday",
            Part::Evening => "Evening",
            Part::Night => "Night",
            Part::AsNeeded => "As needed",
        }
    }

    pub const fn code(self) -> &'static str {
        match self {
            Part::Day => "day",
            Part::Morning => "morning",
            Part::Midday => "midday",
            Part::Evening => "evening",
            Part::Night => "night",
            Part::AsNeeded => "as-needed",
        }
    }

    /// Whether two parts of one day may be the same dose: "once in the day" is every part of it.
    pub fn meets(self, other: Part) -> bool {
        match (self, other) {
            (Part::AsNeeded, _) | (_, Part::AsNeeded) => false,
            (Part::Day, _) | (_, Part::Day) => true,
            (one, two) => one == two,
        }
    }

    pub fn from_code(code: &str) -> Option<Part> {
        Part::ALL.into_iter().find(|part| part.code() == code)
    }

    /// The slots of a day, from the frequency as the prescriber wrote it. All of them where the words are not known: the nurse picks.
    pub fn of_frequency(words: &str) -> Vec<Part> {
        let words = fold(words);
        let has = |any: &[&str]| any.iter().any(|part| words.contains(part));
        if has(&["as needed", "when required", "when needed", "as required", "if needed", "if required", "prn"]) {
            return vec![Part::AsNeeded];
        }
        if has(&["four times", "4 times", "every 6 hour", "every six hour", "qds"]) {
            return vec![Part::Morning, Part::Midday, Part::Evening, Part::Night];
        }
        if has(&["three times", "3 times", "every 8 hour", "every eight hour", "tds"]) {
            return vec![Part::Morning, Part::Midday, Part::Evening];
        }
        if has(&["twice", "two times", "2 times", "every 12 hour", "morning and", "bd"]) {
            return vec![Part::Morning, Part::Evening];
        }
        if has(&["morning", "breakfast"]) {
            return vec![Part::Morning];
        }
        if has(&["night", "bedtime", "bed time", "nocte"]) {
            return vec![Part::Night];
        }
        if has(&["evening", "teatime"]) {
            return vec![Part::Evening];
        }
        if has(&["once a day", "once daily", "each day", "every day", "daily", "1 times a day"]) {
            return vec![Part::Day];
        }
        Part::ALL.to_vec()
    }
}

/// When a dose was due: the day in London, and the part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Slot {
    pub day: Date,
    pub part: Part,
}

/// Before this hour of a night (London, `04:00`) what is given may still be the evening's.
const SMALL_HOURS: &str = "04:00";

/// Whether a moment lies between midnight and the morning's first hours.
pub fn in_small_hours(at: Stamp) -> bool {
    at.display_time().as_str() < SMALL_HOURS
}

impl Slot {
    /// The slot of a dose given then. The evening's and the night's, given after midnight, belong to the day before.
    pub fn given(part: Part, at: Stamp) -> Slot {
        const HALF_A_DAY: i64 = 12 * 3_600_000;
        let late = matches!(part, Part::Evening | Part::Night) && in_small_hours(at);
        // Half a day back from the small hours is the day before, whatever the clocks do.
        let day = if late { Stamp::from_millis(at.millis() - HALF_A_DAY) } else { at };
        Slot { day: day.london_date(), part }
    }

    /// Whether a dose in one is a dose in the other.
    pub fn meets(self, other: Slot) -> bool {
        self.day == other.day && self.part.meets(other.part)
    }

    pub fn display(self) -> String {
        format!("{}, {}", display_day(self.day), self.part.label().to_lowercase())
    }
}

/// Why a dose was not given. Words of our own: the letters of charts differ from home to home, so none is assumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum NotGiven {
    Refused,
    Asleep,
    InHospital,
    Away,
    Unwell,
    NotAvailable,
    OnAdvice,
    AlreadyTaken,
    Other,
}

impl NotGiven {
    /// In the order of their numbers in bytes.
    pub const ALL: [NotGiven; 9] = [
        NotGiven::Refused,
        NotGiven::Asleep,
        NotGiven::InHospital,
        NotGiven::Away,
        NotGiven::Unwell,
        NotGiven::NotAvailable,
        NotGiven::OnAdvice,
        NotGiven::AlreadyTaken,
        NotGiven::Other,
    ];

    pub const fn label(self) -> &'static str {
        match self {
            NotGiven::Refused => "Refused",
            NotGiven::Asleep => "Asleep",
            NotGiven::InHospital => "In hospital",
            NotGiven::Away => "Away from home",
            NotGiven::Unwell => "Nausea, vomiting or too unwell",
            NotGiven::NotAvailable => "Medicine not available",
            NotGiven::OnAdvice => "Withheld on clinical advice",
            NotGiven::AlreadyTaken => "Already taken or given by somebody else",
            NotGiven::Other => "Another reason",
        }
    }

    pub const fn code(self) -> &'static str {
        match self {
            NotGiven::Refused => "refused",
            NotGiven::Asleep => "asleep",
            NotGiven::InHospital => "hospital",
            NotGiven::Away => "away",
            NotGiven::Unwell => "unwell",
            NotGiven::NotAvailable => "unavailable",
            NotGiven::OnAdvice => "advice",
            NotGiven::AlreadyTaken => "taken",
            NotGiven::Other => "other",
        }
    }

    pub fn from_code(code: &str) -> Option<NotGiven> {
        NotGiven::ALL.into_iter().find(|why| why.code() == code)
    }
}

/// What became of a dose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    Given {
        /// `500 mg`, `12 units`.
        dose: String,
        route: String,
        /// Where on the body, for an injection or a patch.
        site: String,
        /// Batch and expiry, for an injection or a vaccine.
        batch: String,
        /// Who watched, for a controlled drug.
        witness: String,
    },
    NotGiven {
        why: NotGiven,
        words: String,
    },
}

/// One dose, given or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Administration {
    pub medicine: Medicine,
    pub slot: Slot,
    /// When it was given, or should have been; never later than the act itself: nothing is recorded ahead.
    pub given_at: Stamp,
    pub outcome: Outcome,
    /// The least hours between two doses as needed, as the protocol in the home says.
    pub least_hours: Option<u8>,
    /// Doses already known in this slot, or too soon before, that the giver was shown and gave in spite of.
    pub despite: Vec<ActId>,
    /// When the giver's device had last heard from the hub: how old its knowledge was.
    pub known_at: Option<Stamp>,
}

impl Administration {
    pub const fn is_given(&self) -> bool {
        matches!(self.outcome, Outcome::Given { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn medicine(order: &str, name: &str, codes: &[&str]) -> Medicine {
        Medicine {
            order: order.into(),
            name: name.into(),
            codes: codes.iter().map(|code| (*code).to_owned()).collect(),
        }
    }

    #[test]
    fn two_sources_that_list_one_medicine_mean_one_thing_to_give() {
        let practice = medicine("MedicationRequest/1", "Apixaban 5 mg tablets", &["19466311000001102"]);
        for (other, same) in [
            (medicine("MedicationRequest/1", "renamed", &[]), true),
            (medicine("MedicationRequest/9", "APIXABAN 5mg tablets", &[]), true),
            (medicine("MedicationStatement/2", "Eliquis", &["19466311000001102"]), true),
            (medicine("MedicationStatement/2", "Apixaban 2.5 mg tablets", &["other"]), false),
            (medicine("", "Paracetamol 500 mg tablets", &[]), false),
        ] {
            assert_eq!(practice.is_same(&other), same, "{other:?}");
            assert_eq!(other.is_same(&practice), same, "{other:?}");
            assert_eq!(practice.keys().is_disjoint(&other.keys()), !same, "{other:?}");
        }
    }

    #[test]
    fn the_slots_of_a_frequency() {
        for (words, parts) in [
            ("once a day", &[Part::Day][..]),
            ("Once daily in the morning", &[Part::Morning]),
            ("twice a day", &[Part::Morning, Part::Evening]),
            ("three times a day", &[Part::Morning, Part::Midday, Part::Evening]),
            ("4 times a day", &[Part::Morning, Part::Midday, Part::Evening, Part::Night]),
            ("at night", &[Part::Night]),
            ("up to 4 times a day as needed for pain", &[Part::AsNeeded]),
            ("once a week", &Part::ALL),
            ("", &Part::ALL),
        ] {
            assert_eq!(Part::of_frequency(words), parts, "{words}");
        }
    }

    #[test]
    fn once_in_the_day_meets_every_part_of_it_and_as_needed_none() {
        let slot = |part| Slot { day: "2026-03-10".parse().unwrap(), part };
        for one in Part::ALL {
            for two in Part::ALL {
                let needed = one == Part::AsNeeded || two == Part::AsNeeded;
                let expected = !needed && (one == two || one == Part::Day || two == Part::Day);
                assert_eq!(slot(one).meets(slot(two)), expected, "{one:?} {two:?}");
            }
        }
        let tomorrow = Slot { day: "2026-03-11".parse().unwrap(), part: Part::Morning };
        assert!(!slot(Part::Morning).meets(tomorrow));
    }
}
