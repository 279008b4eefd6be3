//! Vital signs as a nurse takes them: each with its unit and codes, each taken, refused or not possible. Whole numbers of the smallest
//! unit shown (tenths for temperature, glucose and weight), never floating point. Not the score over them ([`super::news2`]).

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A sign that is a number. Codes and units: `reference/records.md` section 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Vital {
    Respiration,
    Saturation,
    Systolic,
    Diastolic,
    Pulse,
    Temperature,
    Glucose,
    Weight,
    /// What the person says, 0 to 10.
    Pain,
}

/// What is fixed about a sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// A stable word for bytes, files and the screen's element names.
    pub code: &'static str,
    pub label: &'static str,
    /// As shown.
    pub unit: &'static str,
    /// UCUM.
    pub ucum: &'static str,
    pub loinc: &'static str,
    pub snomed: &'static str,
    /// Digits after the point: the number kept is the number shown times ten to this.
    pub places: u32,
    /// What the number can be at all.
    pub possible: (u16, u16),
    /// Outside this the nurse is asked to check, and may keep it (`reference/records.md` section 3).
    pub likely: (u16, u16),
}

const fn kind(
    code: &'static str,
    label: &'static str,
    (unit, ucum): (&'static str, &'static str),
    (loinc, snomed): (&'static str, &'static str),
    places: u32,
    possible: (u16, u16),
    likely: (u16, u16),
) -> Kind {
    Kind { code, label, unit, ucum, loinc, snomed, places, possible, likely }
}

impl Vital {
    /// In the order of their numbers in bytes: grows at the end only.
    pub const ALL: [Vital; 9] = [
        Vital::Respiration,
        Vital::Saturation,
        Vital::Systolic,
        Vital::Diastolic,
        Vital::Pulse,
        Vital::Temperature,
        Vital::Glucose,
        Vital::Weight,
        Vital::Pain,
    ];

    pub const fn kind(self) -> Kind {
        match self {
            Vital::Respiration => kind(
                "respiration",
                "Respiratory rate",
                ("per minute", "/min"),
                ("9279-1", "86290005"),
                0,
                (0, 120),
                (4, 60),
            ),
            Vital::Saturation => kind(
                "saturation",
                "Oxygen saturation (SpO2)",
                ("percent", "%"),
                ("2708-6", "103228002"),
                0,
                (0, 100),
                (50, 100),
            ),
            Vital::Systolic => kind(
                "systolic",
                "Systolic blood pressure",
                ("mmHg", "mm[Hg]"),
                ("8480-6", "72313002"),
                0,
                (0, 350),
                (50, 260),
            ),
            Vital::Diastolic => kind(
                "diastolic",
                "Diastolic blood pressure",
                ("mmHg", "mm[Hg]"),
                ("8462-4", "1091811000000102"),
                0,
                (0, 250),
                (20, 160),
            ),
            Vital::Pulse => {
                kind("pulse", "Pulse", ("per minute", "/min"), ("8867-4", "364075005"), 0, (0, 350), (20, 220))
            }
            Vital::Temperature => kind(
                "temperature",
                "Temperature",
                ("degrees Celsius", "Cel"),
                ("8310-5", "276885007"),
                1,
                (200, 460),
                (300, 430),
            ),
            Vital::Glucose => {
                kind("glucose", "Blood glucose", ("mmol/L", "mmol/L"), ("", "997671000000106"), 1, (0, 600), (10, 350))
            }
            Vital::Weight => {
                kind("weight", "Weight", ("kilograms", "kg"), ("29463-7", "27113001"), 1, (1, 5_000), (250, 2_500))
            }
            Vital::Pain => {
                kind("pain", "Pain, 0 to 10", ("of 10", "{score}"), ("72514-3", "225908003"), 0, (0, 10), (0, 10))
            }
        }
    }

    pub fn from_code(code: &str) -> Option<Vital> {
        Vital::ALL.into_iter().find(|vital| vital.kind().code == code)
    }

    /// Reads what was typed: `36.8`, `36,8`, `37`. `None` if it is not a number of this sign at all.
    pub fn read(self, typed: &str) -> Option<u16> {
        let kind = self.kind();
        let typed = typed.trim().replace(',', ".");
        let (whole, part) = typed.split_once('.').unwrap_or((&typed, ""));
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(part) || part.len() > kind.places as usize {
            return None;
        }
        let part = format!("{part:0<width$}", width = kind.places as usize);
        let value: u16 = format!("{whole}{part}").parse().ok()?;
        (kind.possible.0..=kind.possible.1).contains(&value).then_some(value)
    }

    /// `36.8`, `37`, `120`: no trailing zero (`reference/ux.md` section 2).
    pub fn display(self, value: u16) -> String {
        let scale = 10u16.pow(self.kind().places);
        match (value / scale, value % scale) {
            (whole, 0) => whole.to_string(),
            (whole, part) => format!("{whole}.{part}"),
        }
    }

    pub fn is_likely(self, value: u16) -> bool {
        let (least, most) = self.kind().likely;
        (least..=most).contains(&value)
    }
}

/// A sign that was looked for. One that nobody looked for is not in the set at all; none of these is ever a zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Taken {
    Value(u16),
    Refused,
    Unable,
}

/// What the person breathes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Breathing {
    Air,
    Oxygen {
        /// Litres a minute in tenths, where a flow is set.
        flow: Option<u16>,
        /// Mask, nasal cannula, as words.
        device: String,
    },
}

/// ACVPU. Long-standing confusion is not *new* confusion and scores as alert (`reference/records.md` section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Consciousness {
    Alert,
    LongConfused,
    NewlyConfused,
    Voice,
    Pain,
    Unresponsive,
}

impl Consciousness {
    pub const ALL: [Consciousness; 6] = [
        Consciousness::Alert,
        Consciousness::LongConfused,
        Consciousness::NewlyConfused,
        Consciousness::Voice,
        Consciousness::Pain,
        Consciousness::Unresponsive,
    ];

    pub const fn label(self) -> &'static str {
        match self {
            Consciousness::Alert => "Alert",
            Consciousness::LongConfused => "Alert, confused as usual (not new)",
            Consciousness::NewlyConfused => "New confusion",
            Consciousness::Voice => "Responds to voice",
            Consciousness::Pain => "Responds to pain",
            Consciousness::Unresponsive => "Unresponsive",
        }
    }

    pub const fn code(self) -> &'static str {
        match self {
            Consciousness::Alert => "alert",
            Consciousness::LongConfused => "long-confused",
            Consciousness::NewlyConfused => "newly-confused",
            Consciousness::Voice => "voice",
            Consciousness::Pain => "pain",
            Consciousness::Unresponsive => "unresponsive",
        }
    }

    pub fn from_code(code: &str) -> Option<Consciousness> {
        Consciousness::ALL.into_iter().find(|level| level.code() == code)
    }

    /// SNOMED CT (`reference/records.md` section 3).
    pub const fn snomed(self) -> &'static str {
        match self {
            Consciousness::Alert | Consciousness::LongConfused => "248234008",
            Consciousness::NewlyConfused => "130987000",
            Consciousness::Voice => "300202002",
            Consciousness::Pain => "450847001",
            Consciousness::Unresponsive => "422768004",
        }
    }
}

/// One set of signs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Observations {
    pub signs: BTreeMap<Vital, Taken>,
    pub breathing: Option<Breathing>,
    pub consciousness: Option<Consciousness>,
}

impl Observations {
    pub fn value(&self, vital: Vital) -> Option<u16> {
        match self.signs.get(&vital) {
            Some(Taken::Value(value)) => Some(*value),
            _ => None,
        }
    }

    /// Nothing was taken and nothing refused.
    pub fn is_empty(&self) -> bool {
        self.signs.is_empty() && self.breathing.is_none() && self.consciousness.is_none()
    }

    /// Every number can be what it says, and a diastolic pressure is below its systolic one.
    pub fn is_possible(&self) -> bool {
        let fits = |vital: Vital, value: u16| {
            let (least, most) = vital.kind().possible;
            (least..=most).contains(&value)
        };
        let each = self.signs.iter().all(|(vital, taken)| match taken {
            Taken::Value(value) => fits(*vital, *value),
            Taken::Refused | Taken::Unable => true,
        });
        let pressure = match (self.value(Vital::Systolic), self.value(Vital::Diastolic)) {
            (Some(systolic), Some(diastolic)) => diastolic < systolic,
            _ => true,
        };
        each && pressure
    }

    /// What is outside the likely range, to be checked and then kept if it is so.
    pub fn unlikely(&self) -> Vec<Vital> {
        let odd = |(vital, taken): (&Vital, &Taken)| match taken {
            Taken::Value(value) if !vital.is_likely(*value) => Some(*vital),
            _ => None,
        };
        self.signs.iter().filter_map(odd).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_typed_is_read_or_refused_and_never_rounded() {
        for (vital, typed, read) in [
            (Vital::Temperature, "36.8", Some(368)),
            (Vital::Temperature, "36,8", Some(368)),
            (Vital::Temperature, " 37 ", Some(370)),
            (Vital::Temperature, "36.85", None),
            (Vital::Temperature, "98.6", None),
            (Vital::Pulse, "72", Some(72)),
            (Vital::Pulse, "72.5", None),
            (Vital::Pulse, "-72", None),
            (Vital::Pulse, "", None),
            (Vital::Pulse, "7e1", None),
            (Vital::Saturation, "101", None),
            (Vital::Saturation, "100", Some(100)),
            (Vital::Weight, "72.4", Some(724)),
            (Vital::Pain, "11", None),
        ] {
            assert_eq!(vital.read(typed), read, "{vital:?} {typed}");
        }
    }

    #[test]
    fn the_limits_that_warn_are_the_references() {
        let limits = |vital: Vital| vital.kind().likely;
        assert_eq!(limits(Vital::Respiration), (4, 60));
        assert_eq!(limits(Vital::Saturation), (50, 100));
        assert_eq!(limits(Vital::Pulse), (20, 220));
        assert_eq!(limits(Vital::Systolic), (50, 260));
        assert_eq!(limits(Vital::Temperature), (300, 430));
        assert_eq!(limits(Vital::Glucose), (10, 350));
        assert_eq!(limits(Vital::Weight), (250, 2_500));
    }

    #[test]
    fn a_diastolic_pressure_is_below_its_systolic_one() {
        let mut taken = Observations::default();
        taken.signs.insert(Vital::Systolic, Taken::Value(80));
        taken.signs.insert(Vital::Diastolic, Taken::Value(120));
        assert!(!taken.is_possible());
        taken.signs.insert(Vital::Diastolic, Taken::Unable);
        assert!(taken.is_possible() && taken.unlikely().is_empty());
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back(index in 0usize..9, value: u16) {
            let vital = Vital::ALL[index];
            let (least, most) = vital.kind().possible;
            let value = least + value % (most - least + 1);
            prop_assert_eq!(vital.read(&vital.display(value)), Some(value));
        }
    }
}
