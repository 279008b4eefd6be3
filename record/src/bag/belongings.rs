//! What is in the bag besides paper: counted in columns, one for each place it passes (`reference/eredbag.md` section 5). An earlier
//! column is never changed; a later one that disagrees is a discrepancy, shown with both numbers. Money and jewellery need two signatures.

use super::file::{File, MOST_OF_A_COUNT, are_photos};
use super::ids::NoteId;
use super::note::{BagFault, Note, Said};
use crate::plan::Author;
use crate::stamp::Stamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The paper checklist's columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Column {
    #[serde(rename = "leaving-home")]
    LeavingHome,
    #[serde(rename = "on-the-way")]
    OnTheWay,
    #[serde(rename = "arrived")]
    InHospital,
    #[serde(rename = "leaving-hospital")]
    LeavingHospital,
    #[serde(rename = "back-home")]
    BackHome,
}

impl Column {
    pub const ALL: [Column; 5] =
        [Column::LeavingHome, Column::OnTheWay, Column::InHospital, Column::LeavingHospital, Column::BackHome];

    pub const fn label(self) -> &'static str {
        match self {
            Column::LeavingHome => "Leaving home",
            Column::OnTheWay => "With the crew",
            Column::InHospital => "In hospital",
            Column::LeavingHospital => "Leaving hospital",
            Column::BackHome => "Back home",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Present {
    #[serde(rename = "yes")]
    Yes,
    #[serde(rename = "no")]
    No,
    #[serde(rename = "na")]
    NotApplicable,
    #[serde(rename = "unknown")]
    Unknown,
}

/// The usual list: what a home starts from. `true`: a valuable.
pub const USUAL: &[(&str, &str, bool)] = &[
    ("respect-original", "ReSPECT or DNACPR form, the original", false),
    ("mar", "Copy of the medicines (MAR) chart", false),
    ("this-is-me", "This is me, or About me", false),
    ("clothes", "Clothes for the day of discharge", false),
    ("toiletries", "Toiletries", false),
    ("slippers", "Slippers", false),
    ("glasses", "Glasses", false),
    ("hearing-aids", "Hearing aids", false),
    ("dentures", "Dentures", false),
    ("walking-aid", "Walking aid", false),
    ("book", "Reading book", false),
    ("medicines", "Medicines", false),
    ("money", "Money", true),
    ("jewellery", "Jewellery", true),
];

/// One thing, as counted at one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    pub code: String,
    pub label: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub valuable: bool,
    pub present: Present,
    pub count: u32,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub condition: String,
    /// Photographs of it, taken at this count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub photos: Vec<File>,
}

impl Count {
    /// The name under which photographs of a thing are kept until its count is signed.
    pub fn form(code: &str) -> String {
        format!("{FORM}{code}")
    }
}

/// How the names of such forms begin.
pub const FORM: &str = "bag-thing-";

/// A column filled in by one person. Made by [`Counting::new`] only, so valuables always have their second name.
///
/// ```compile_fail
/// use record::bag::{belongings::Column, Counting};
/// let alone = Counting { column: Column::LeavingHome, counts: vec![], second: None };
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counting {
    column: Column,
    counts: Vec<Count>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    second: Option<String>,
}

impl Counting {
    /// `second`: the name of whoever counted the valuables with `by`, and signed the paper list beside them.
    pub fn new(column: Column, counts: Vec<Count>, second: Option<String>, by: &Author) -> Result<Counting, BagFault> {
        let second = second.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
        let valuables = counts.iter().any(|c| c.valuable && c.present == Present::Yes && c.count > 0);
        let another = second.as_ref().is_some_and(|name| !name.eq_ignore_ascii_case(&by.name));
        if valuables && !another {
            return Err(BagFault::SecondSignature);
        }
        let wrong = |c: &Count| c.label.trim().is_empty() || c.label.len() > 200 || c.condition.len() > 500;
        if counts.is_empty() || counts.len() > 100 || counts.iter().any(wrong) {
            return Err(BagFault::Text);
        }
        let photos: usize = counts.iter().map(|c| c.photos.len()).sum();
        if photos > MOST_OF_A_COUNT || !counts.iter().all(|c| are_photos(&c.photos)) {
            return Err(BagFault::File);
        }
        Ok(Counting { column, counts, second })
    }

    /// As it came from elsewhere: the same rules.
    pub fn holds_for(&self, by: &Author) -> bool {
        Counting::new(self.column, self.counts.clone(), self.second.clone(), by).is_ok()
    }

    pub const fn column(&self) -> Column {
        self.column
    }

    pub fn counts(&self) -> &[Count] {
        &self.counts
    }

    pub fn second(&self) -> Option<&str> {
        self.second.as_deref()
    }

    /// How many things there are in it.
    pub fn total(&self) -> u32 {
        self.counts.iter().filter(|c| c.present == Present::Yes).map(|c| c.count).sum()
    }
}

/// One count with who made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    pub column: Column,
    pub present: Present,
    pub count: u32,
    pub condition: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub photos: Vec<File>,
    pub by: String,
    pub second: Option<String>,
    pub at: Stamp,
    pub note: NoteId,
}

/// A thing through the whole journey: the last line of reconciling.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Belonging {
    pub code: String,
    pub label: String,
    pub valuable: bool,
    /// Every count ever made, by column and time. None is overwritten.
    pub counts: Vec<Counted>,
    pub standing: Standing,
}

impl Belonging {
    /// Every photograph of it, with the count at which it was taken.
    pub fn photos(&self) -> impl Iterator<Item = (&Counted, &File)> {
        self.counts.iter().flat_map(|count| count.photos.iter().map(move |photo| (count, photo)))
    }
}

/// How a thing stands against what left the home.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    /// Counted once, or the same each time.
    Agrees,
    /// Counts differ: what left, and what was counted last.
    Differs { sent: u32, last: u32 },
    /// The condition noted last is another.
    Changed,
    /// It left, and nobody counted it back.
    NotCounted,
}

/// Everything counted, item by item. `home`: the bag is back, so what was not counted back is said.
pub fn of<'a>(notes: impl Iterator<Item = &'a Note>, home: bool) -> Vec<Belonging> {
    let mut things: BTreeMap<&str, Belonging> = BTreeMap::new();
    for note in notes {
        let Said::Counted(counting) = &note.said else { continue };
        for count in &counting.counts {
            let thing = things.entry(&count.code).or_insert_with(|| Belonging {
                code: count.code.clone(),
                label: count.label.clone(),
                valuable: false,
                counts: Vec::new(),
                standing: Standing::Agrees,
            });
            thing.valuable |= count.valuable;
            thing.counts.push(Counted {
                column: counting.column,
                present: count.present,
                count: if count.present == Present::Yes { count.count } else { 0 },
                condition: count.condition.clone(),
                photos: count.photos.clone(),
                by: note.by.name.clone(),
                second: counting.second.clone(),
                at: note.at,
                note: note.id,
            });
        }
    }
    let mut things: Vec<Belonging> = things.into_values().collect();
    for thing in &mut things {
        thing.counts.sort_by_key(|count| (count.column, count.at, count.note));
        thing.standing = standing(&thing.counts, home);
    }
    let place = |code: &str| USUAL.iter().position(|(usual, ..)| *usual == code).unwrap_or(USUAL.len());
    things.sort_by_cached_key(|thing| (place(&thing.code), thing.code.clone()));
    things
}

fn standing(counts: &[Counted], home: bool) -> Standing {
    let known: Vec<&Counted> =
        counts.iter().filter(|c| !matches!(c.present, Present::NotApplicable | Present::Unknown)).collect();
    let (Some(first), Some(last)) = (known.first(), known.last()) else { return Standing::Agrees };
    if home && first.count > 0 && !known.iter().any(|c| c.column == Column::BackHome) {
        return Standing::NotCounted;
    }
    // Two counts in one column that disagree are a discrepancy too, whatever came after.
    let apart = known.iter().any(|a| known.iter().any(|b| a.column == b.column && a.count != b.count));
    if first.count != last.count || apart {
        return Standing::Differs { sent: first.count, last: last.count };
    }
    let changed = !last.condition.is_empty() && last.condition != first.condition;
    if changed { Standing::Changed } else { Standing::Agrees }
}
