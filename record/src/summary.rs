//! What is known of somebody's health, as facts. A fact is one statement by one source: demographics, an item of a section, or a
//! note about a section (an absence or a warning). Facts travel, are replaced by version and are put together by
//! [`crate::chart`]. Not FHIR: the resource a fact came from is kept whole beside it under the same key.

use crate::ids::SourceId;
use crate::patient::Demographics;
use crate::people::{Organisation, Setting};
use crate::section::{Compartment, Section};
use crate::stamp::Stamp;
use crate::when::When;
use serde::{Deserialize, Serialize};

/// One statement by one source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    #[serde(rename = "k")]
    pub key: FactKey,
    #[serde(rename = "s")]
    pub source: SourceId,
    /// When the source recorded it.
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    pub recorded: Option<When>,
    #[serde(rename = "b")]
    pub body: Body,
}

/// Names a fact: the resource (`Type/id`, unique for the person) and, where one resource gives several facts, `#n`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FactKey(pub String);

impl FactKey {
    /// The resource the fact came from.
    pub fn resource(&self) -> &str {
        self.0.split('#').next().unwrap_or(&self.0)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Body {
    #[serde(rename = "d")]
    Demographics(Box<Demographics>),
    #[serde(rename = "i")]
    Item(Section, Box<Item>),
    #[serde(rename = "n")]
    Note(Section, Note),
}

impl Fact {
    pub fn compartment(&self) -> Compartment {
        match &self.body {
            Body::Demographics(_) => Compartment::Emergency,
            Body::Item(section, _) | Body::Note(section, _) => section.compartment(),
        }
    }
}

/// One line of a section. What does not fit a named field is kept as labelled text: nothing a source said is dropped here.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Item {
    /// What it is, in the words the source or its user chose; never our preferred term.
    #[serde(rename = "t")]
    pub title: String,
    /// Every coding received, in order.
    #[serde(rename = "c", skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<Coding>,
    /// `active`, `completed`, … as the source says; shown as a word, never dropped.
    #[serde(rename = "st", skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    #[serde(rename = "cur")]
    pub standing: Standing,
    #[serde(rename = "w", skip_serializing_if = "Option::is_none")]
    pub when: Option<When>,
    #[serde(rename = "u", skip_serializing_if = "Option::is_none")]
    pub until: Option<When>,
    /// Who said or did it, as text.
    #[serde(rename = "by", skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    #[serde(rename = "l", skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<Line>,
    #[serde(rename = "m", skip_serializing_if = "Vec::is_empty")]
    pub readings: Vec<Reading>,
    #[serde(rename = "d", skip_serializing_if = "Detail::is_plain")]
    pub detail: Detail,
}

/// Whether an item belongs to now or to the past. Decided when the source's resource is read, by its status and dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Standing {
    #[default]
    #[serde(rename = "c")]
    Current,
    /// Planned or booked.
    #[serde(rename = "f")]
    Future,
    #[serde(rename = "p")]
    Past,
    /// Entered in error: kept, struck through, never counted.
    #[serde(rename = "e")]
    InError,
}

/// A code as received: `system`, `code`, and the source's own words for it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Coding {
    #[serde(rename = "s", skip_serializing_if = "String::is_empty")]
    pub system: String,
    #[serde(rename = "c")]
    pub code: String,
    #[serde(rename = "d", skip_serializing_if = "Option::is_none")]
    pub display: Option<String>,
}

/// Labelled text: the label always stands beside its value (BaRS rendering principles).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line(pub String, pub String);

/// A measured or reported value: value, unit, range and flag stay together (`reference/ux.md` section 2).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Reading {
    #[serde(rename = "n")]
    pub name: String,
    /// As written by the source: decimals keep their digits. Empty when `missing` says why there is none.
    #[serde(rename = "v")]
    pub value: String,
    #[serde(rename = "u", skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    #[serde(rename = "r", skip_serializing_if = "Option::is_none")]
    pub range: Option<String>,
    #[serde(rename = "f", skip_serializing_if = "Option::is_none")]
    pub flag: Option<String>,
    /// `dataAbsentReason`, in words.
    #[serde(rename = "x", skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
}

/// What only some sections have and the screen must know by name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Detail {
    #[default]
    Plain,
    Allergy(Allergy),
    Medication(Medication),
    Contact(Contact),
    Document(Document),
    /// A report whose text is shown in a monospaced block.
    Report {
        text: Option<String>,
    },
    /// An alert; `priority` is the source's word (`high`, …).
    Alert {
        category: Option<String>,
        priority: Option<String>,
    },
}

impl Detail {
    pub fn is_plain(&self) -> bool {
        matches!(self, Detail::Plain)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Allergy {
    /// The agent has a code that decision support could use; if not, the screen says so (ADR guidance).
    pub coded: bool,
    /// `high`, `low` or `unable-to-assess`, as the source says.
    pub criticality: Option<String>,
    pub verification: Option<String>,
    /// One entry per episode; manifestations of an episode joined by " + ".
    pub reactions: Vec<Reaction>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Reaction {
    pub manifestation: String,
    pub severity: Option<String>,
    pub when: Option<When>,
}

/// The parts of the CUI medication line, each optional except the name (the item's title).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Medication {
    pub form: Option<String>,
    pub dose: Option<String>,
    pub route: Option<String>,
    pub frequency: Option<String>,
    /// The whole instruction as the prescriber wrote it; shown when the parts are missing, and always on request.
    pub instruction: Option<String>,
    /// `acute`, `repeat`, … as text.
    pub course: Option<String>,
    pub last_issued: Option<When>,
    pub prescribed_by: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Contact {
    pub relationship: Option<String>,
    pub phones: Vec<String>,
    pub address: Option<String>,
    pub next_of_kin: bool,
    pub emergency: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Document {
    pub mime: Option<String>,
    /// Bytes.
    pub size: Option<u64>,
    /// The body travels in the whole resource on this device.
    pub carried: bool,
}

/// What a source says about a section as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Note {
    Absent(Absence),
    Warning(Warning),
    /// What a source says of the section in its own words, where that is less than one of the five absences: "No known drug
    /// allergy" says nothing of latex. It never stands for the section. A device of before this cannot read it.
    Said {
        words: String,
        when: Option<When>,
        by: Option<String>,
    },
}

/// Absence is five different things, never an empty list (`reference/records.md` section 2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Absence {
    /// Asked, and there are none.
    NoneKnown { when: Option<When>, by: Option<String> },
    /// Nobody asked.
    NotAsked,
    /// A list came, empty, without a statement: *not* "none known".
    NoContentRecorded,
    /// The source could not be reached, is not connected, or its content is not on this device.
    Unavailable,
    /// The source or a choice withholds it.
    Withheld,
}

impl Absence {
    /// One of each kind.
    pub const ALL: [Absence; 5] = [
        Absence::NoneKnown { when: None, by: None },
        Absence::NotAsked,
        Absence::NoContentRecorded,
        Absence::Unavailable,
        Absence::Withheld,
    ];

    /// The words on screen; the first four for allergies are fixed by the NHS CUI.
    pub fn label(&self, section: Section) -> String {
        let noun = section.noun();
        let title = format!("{}{}", noun[..1].to_uppercase(), &noun[1..]);
        match self {
            Absence::NoneKnown { .. } => format!("No known {noun}"),
            Absence::NotAsked | Absence::NoContentRecorded => format!("{title} not recorded"),
            Absence::Unavailable => format!("{title} unavailable"),
            Absence::Withheld => "Some information withheld".to_owned(),
        }
    }

    /// Why, in one sentence.
    pub fn explanation(&self) -> &'static str {
        match self {
            Absence::NoneKnown { .. } => "Somebody asked, and recorded that there are none.",
            Absence::NotAsked => "No source has recorded asking. This does not mean there are none.",
            Absence::NoContentRecorded => "The source sent an empty list. This does not mean there are none.",
            Absence::Unavailable => "The source could not be reached or is not carried on this device.",
            Absence::Withheld => {
                "The source or the person's choice keeps this back. Ask the source if you need it for care."
            }
        }
    }
}

/// GP Connect list warnings: shown as a line on the section.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Warning {
    ConfidentialItems,
    DataInTransit,
    DataAwaitingFiling,
}

impl Warning {
    pub const fn label(self) -> &'static str {
        match self {
            Warning::ConfidentialItems => "Items excluded due to confidentiality or patient preferences",
            Warning::DataInTransit => "The record is moving between practices and may be incomplete",
            Warning::DataAwaitingFiling => "Some data await filing at the practice",
        }
    }
}

/// One line of the directory of sources that every device carries, so that names show offline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    pub id: SourceId,
    pub organisation: Organisation,
    pub setting: Setting,
    /// When the hub last received anything from it.
    pub as_at: Stamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_absences_never_read_as_no_known_unless_somebody_asked() {
        let labels: Vec<String> = Absence::ALL.iter().map(|a| a.label(Section::Allergies)).collect();
        assert_eq!(
            labels,
            [
                "No known allergies",
                "Allergies not recorded",
                "Allergies not recorded",
                "Allergies unavailable",
                "Some information withheld"
            ]
        );
        assert_eq!(labels.iter().filter(|l| l.starts_with("No known")).count(), 1);
    }

    #[test]
    fn a_plain_item_is_small_on_the_wire() {
        let item = Item { title: "Asthma".into(), ..Item::default() };
        assert_eq!(serde_json::to_string(&item).unwrap(), r#"{"t":"Asthma","cur":"c"}"#);
        assert_eq!(serde_json::from_str::<Item>(r#"{"t":"Asthma","later":1}"#).unwrap(), item);
    }
}
