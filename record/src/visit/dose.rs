//! Giving medicines: one immutable event for each dose given or not given, keyed by the medicine and the slot it was due in
//! (`reference/careplan.md` section 6). Not here: what a medicine is and how often it is due
//! ([`super::medicine`], [`super::frequency`]), and the guard over several ([`super::guard`]).

use super::act::ActId;
use super::medicine::Medicine;
use crate::stamp::{Stamp, display_day};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

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
    /// The least hours between two doses. As needed: as the protocol in the home says. Otherwise from the frequency of what is prescribed
    /// ([`super::frequency::least_hours`]), added by the device.
    pub least_hours: Option<u16>,
    /// The most that may be taken, in the words of the record ([`super::most`]), added by the device where they are plain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<String>,
    /// Doses already known in this slot, or too soon before, that the giver was shown and gave in spite of.
    pub despite: Vec<ActId>,
    /// When the giver's device had last heard from the hub: how old its knowledge was.
    pub known_at: Option<Stamp>,
}

impl Administration {
    pub const fn is_given(&self) -> bool {
        matches!(self.outcome, Outcome::Given { .. })
    }

    /// Whether the person has had it, whoever gave it.
    pub const fn is_taken(&self) -> bool {
        matches!(self.outcome, Outcome::Given { .. } | Outcome::NotGiven { why: NotGiven::AlreadyTaken, .. })
    }

    /// How much was given, as written; nothing where it was given elsewhere, or not.
    pub fn how_much(&self) -> &str {
        match &self.outcome {
            Outcome::Given { dose, .. } => dose,
            Outcome::NotGiven { .. } => "",
        }
    }

    /// What became of it, in words: `5 mg given 22-Nov-2026 17:30`, `Not given: Refused (later). 22-Nov-2026 17:30`.
    pub fn in_words(&self) -> String {
        let at = self.given_at.display();
        match &self.outcome {
            Outcome::Given { dose, .. } => format!("{dose} given {at}"),
            Outcome::NotGiven { why, words } if words.trim().is_empty() => {
                format!("Not given: {}. {at}", why.label())
            }
            Outcome::NotGiven { why, words } => format!("Not given: {} ({words}). {at}", why.label()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
