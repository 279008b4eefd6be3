//! NEWS2 (Royal College of Physicians 2017), exactly as `reference/records.md` section 4. A missing parameter means no total: the
//! answer is then [`News2::Incomplete`], never a score. Shows inputs and a band, gives no advice: what to do is the local policy's.

use super::act::ActId;
use super::vitals::{Breathing, Consciousness, Observations, Taken, Vital};
use crate::stamp::Stamp;
use crate::when::When;
use serde::{Deserialize, Serialize};

/// NEWS2 is for people of this age and over.
const ADULT: i16 = 16;

/// Which saturation scale. Scale 2 only where hypercapnic risk stands recorded for the person, on a prescriber's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scale {
    One,
    Two {
        /// The act that recorded the risk.
        on: ActId,
    },
}

impl Scale {
    pub const fn label(self) -> &'static str {
        match self {
            Scale::One => "SpO2 scale 1",
            Scale::Two { .. } => "SpO2 scale 2 (target 88 to 92 percent)",
        }
    }
}

/// Why NEWS2 does not apply to somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unfit {
    Under16,
    AgeUnknown,
    Pregnant,
    SpinalInjury,
}

impl Unfit {
    /// In the order of their numbers in bytes.
    pub const ALL: [Unfit; 4] = [Unfit::Under16, Unfit::AgeUnknown, Unfit::Pregnant, Unfit::SpinalInjury];

    /// Whether NEWS2 is for somebody of this age: 16 and over. A year or a month of birth is enough where every day of it says the same.
    pub fn by_age(born: Option<&When>, now: Stamp) -> Option<Unfit> {
        let Some(born) = born else { return Some(Unfit::AgeUnknown) };
        let today = now.london_date();
        let (year, month, day) =
            born.date().map_or_else(|| born.parts(), |date| (date.year(), Some(date.month()), Some(date.day())));
        if year == 0 {
            return Some(Unfit::AgeUnknown);
        }
        let age = |month: i8, day: i8| today.year() - year - i16::from((today.month(), today.day()) < (month, day));
        let oldest = age(month.unwrap_or(1), day.unwrap_or(1));
        let youngest = age(month.unwrap_or(12), day.unwrap_or(31));
        if oldest < ADULT {
            Some(Unfit::Under16)
        } else if youngest < ADULT {
            Some(Unfit::AgeUnknown)
        } else {
            None
        }
    }

    pub const fn reason(self) -> &'static str {
        match self {
            Unfit::Under16 => "NEWS2 is not for children under 16.",
            Unfit::AgeUnknown => "NEWS2 needs the person to be 16 or over, and the date of birth does not say so.",
            Unfit::Pregnant => "NEWS2 is not for use in pregnancy.",
            Unfit::SpinalInjury => "NEWS2 is not for people whose readings are changed by a spinal injury.",
        }
    }
}

/// One scored parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Parameter {
    Respiration,
    Saturation,
    AirOrOxygen,
    Systolic,
    Pulse,
    Consciousness,
    Temperature,
}

impl Parameter {
    pub const ALL: [Parameter; 7] = [
        Parameter::Respiration,
        Parameter::Saturation,
        Parameter::AirOrOxygen,
        Parameter::Systolic,
        Parameter::Pulse,
        Parameter::Consciousness,
        Parameter::Temperature,
    ];

    pub const fn label(self) -> &'static str {
        match self {
            Parameter::Respiration => "Respiration",
            Parameter::Saturation => "SpO2",
            Parameter::AirOrOxygen => "Air or oxygen",
            Parameter::Systolic => "Systolic pressure",
            Parameter::Pulse => "Pulse",
            Parameter::Consciousness => "Consciousness",
            Parameter::Temperature => "Temperature",
        }
    }
}

/// The clinical risk of a total, in the words of the chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Band {
    /// 0 to 4.
    Low,
    /// 0 to 4, with 3 in a single parameter.
    LowMedium,
    /// 5 or 6: the urgent response threshold.
    Medium,
    /// 7 or more: the emergency response threshold.
    High,
}

impl Band {
    pub const fn label(self) -> &'static str {
        match self {
            Band::Low => "Low",
            Band::LowMedium => "Low to medium: 3 in a single parameter",
            Band::Medium => "Medium: urgent response threshold",
            Band::High => "High: emergency response threshold",
        }
    }
}

/// A total with what it is made of. Made only by [`score`], so there is no total without all seven parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    parts: [u8; 7],
    scale: Scale,
}

impl Score {
    pub fn total(&self) -> u8 {
        self.parts.iter().sum()
    }

    pub fn part(&self, parameter: Parameter) -> u8 {
        self.parts[parameter as usize]
    }

    pub const fn scale(&self) -> Scale {
        self.scale
    }

    pub fn band(&self) -> Band {
        match self.total() {
            7.. => Band::High,
            5 | 6 => Band::Medium,
            _ if self.parts.contains(&3) => Band::LowMedium,
            _ => Band::Low,
        }
    }
}

/// What can be said of a set of signs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum News2 {
    Score(Score),
    /// "NEWS2 incomplete": what is missing, and what the rest would score each. There is no total.
    Incomplete {
        missing: Vec<Parameter>,
        partial: Vec<(Parameter, u8)>,
    },
    NotFor(Unfit),
    /// None of the seven was looked for: the set is of other signs (a weight, a glucose).
    NotTaken,
}

/// Scores a set of signs.
pub fn score(taken: &Observations, scale: Scale, unfit: Option<Unfit>) -> News2 {
    let each = Parameter::ALL.map(|parameter| (parameter, points(taken, scale, parameter)));
    if each.iter().all(|(parameter, points)| points.is_none() && !was_looked_for(taken, *parameter)) {
        return News2::NotTaken;
    }
    if let Some(unfit) = unfit {
        return News2::NotFor(unfit);
    }
    let mut parts = [0; 7];
    let (mut missing, mut partial) = (Vec::new(), Vec::new());
    for (parameter, points) in each {
        match points {
            Some(points) => {
                parts[parameter as usize] = points;
                partial.push((parameter, points));
            }
            None => missing.push(parameter),
        }
    }
    if missing.is_empty() { News2::Score(Score { parts, scale }) } else { News2::Incomplete { missing, partial } }
}

/// Refused or not possible: somebody tried, so the set is an incomplete one.
fn was_looked_for(taken: &Observations, parameter: Parameter) -> bool {
    let tried = |vital| matches!(taken.signs.get(&vital), Some(Taken::Refused | Taken::Unable));
    match parameter {
        Parameter::Respiration => tried(Vital::Respiration),
        Parameter::Saturation => tried(Vital::Saturation),
        Parameter::Systolic => tried(Vital::Systolic),
        Parameter::Pulse => tried(Vital::Pulse),
        Parameter::Temperature => tried(Vital::Temperature),
        Parameter::AirOrOxygen | Parameter::Consciousness => false,
    }
}

/// The points of one parameter; `None` where it was not taken.
fn points(taken: &Observations, scale: Scale, parameter: Parameter) -> Option<u8> {
    let on_oxygen = || taken.breathing.as_ref().map(|breathing| matches!(breathing, Breathing::Oxygen { .. }));
    Some(match parameter {
        Parameter::Respiration => match taken.value(Vital::Respiration)? {
            ..=8 => 3,
            9..=11 => 1,
            12..=20 => 0,
            21..=24 => 2,
            25.. => 3,
        },
        Parameter::Saturation => match (scale, taken.value(Vital::Saturation)?) {
            (Scale::One, ..=91) => 3,
            (Scale::One, 92..=93) => 2,
            (Scale::One, 94..=95) => 1,
            (Scale::One, 96..) => 0,
            (Scale::Two { .. }, ..=83) => 3,
            (Scale::Two { .. }, 84..=85) => 2,
            (Scale::Two { .. }, 86..=87) => 1,
            (Scale::Two { .. }, 88..=92) => 0,
            // Above the target it depends on the oxygen: not known whether on oxygen, not scored.
            (Scale::Two { .. }, high) => match (on_oxygen()?, high) {
                (false, _) => 0,
                (true, 93..=94) => 1,
                (true, 95..=96) => 2,
                (true, _) => 3,
            },
        },
        Parameter::AirOrOxygen => u8::from(on_oxygen()?) * 2,
        Parameter::Systolic => match taken.value(Vital::Systolic)? {
            ..=90 => 3,
            91..=100 => 2,
            101..=110 => 1,
            111..=219 => 0,
            220.. => 3,
        },
        Parameter::Pulse => match taken.value(Vital::Pulse)? {
            ..=40 => 3,
            41..=50 => 1,
            51..=90 => 0,
            91..=110 => 1,
            111..=130 => 2,
            131.. => 3,
        },
        Parameter::Consciousness => match taken.consciousness? {
            Consciousness::Alert | Consciousness::LongConfused => 0,
            Consciousness::NewlyConfused | Consciousness::Voice | Consciousness::Pain | Consciousness::Unresponsive => {
                3
            }
        },
        // Tenths of a degree.
        Parameter::Temperature => match taken.value(Vital::Temperature)? {
            ..=350 => 3,
            351..=360 => 1,
            361..=380 => 0,
            381..=390 => 1,
            391.. => 2,
        },
    })
}

#[cfg(test)]
#[path = "news2_tests.rs"]
mod tests;
