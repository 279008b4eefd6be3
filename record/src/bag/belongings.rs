//! What is in the bag besides paper: counted in columns, one for each place it passes (`reference/eredbag.md` section 5). An earlier
//! column is never changed; a later one that disagrees is a discrepancy, shown with both numbers. Money and jewellery need two signatures:
//! the device's key for whoever counted, and the second person's own, drawn on its screen, or their name with their role (decision 0055).

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

/// Who counted the valuables too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Second {
    pub name: String,
    /// Their role, as typed: it is asked where they did not sign.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// Their signature, drawn with a finger or a pen: a picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed: Option<File>,
}

impl Second {
    fn checked(self, by: &Author) -> Result<Second, BagFault> {
        let second = Second { name: self.name.trim().to_owned(), title: self.title.trim().to_owned(), ..self };
        if second.name.len() > 200 || second.title.len() > 200 {
            return Err(BagFault::Text);
        }
        if second.signed.is_some_and(|file| !file.is_photo()) {
            return Err(BagFault::File);
        }
        let another = !second.name.is_empty() && !second.name.eq_ignore_ascii_case(&by.name);
        if another { Ok(second) } else { Err(BagFault::SecondSignature) }
    }

    /// They signed it, or said in which role they counted. Counts from before either was asked have a name alone.
    const fn stands(&self) -> bool {
        self.signed.is_some() || !self.title.is_empty()
    }
}

/// `Jo Second, night nurse (signed)`.
impl std::fmt::Display for Second {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)?;
        if !self.title.is_empty() {
            write!(f, ", {}", self.title)?;
        }
        f.write_str(if self.signed.is_some() { " (signed)" } else { " (name typed, not signed)" })
    }
}

/// A column filled in by one person. Made by [`Counting::new`] only, so valuables always have their second person.
///
/// ```compile_fail
/// use record::bag::{belongings::Column, Counting};
/// let alone = Counting { column: Column::LeavingHome, counts: vec![], second: None, second_title: String::new(), second_signed: None };
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counting {
    column: Column,
    counts: Vec<Count>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    second: Option<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    second_title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    second_signed: Option<File>,
}

impl Counting {
    /// `second`: whoever counted the valuables with `by`: where there are any, they sign, or say in which role they counted.
    pub fn new(column: Column, counts: Vec<Count>, second: Option<Second>, by: &Author) -> Result<Counting, BagFault> {
        let counting = Counting::sound(column, counts, second, by)?;
        let stands = counting.second().is_some_and(|second| second.stands());
        if counting.has_valuables() && !stands { Err(BagFault::SecondSignature) } else { Ok(counting) }
    }

    fn has_valuables(&self) -> bool {
        self.counts.iter().any(|c| c.valuable && c.present == Present::Yes && c.count > 0)
    }

    fn sound(column: Column, counts: Vec<Count>, second: Option<Second>, by: &Author) -> Result<Counting, BagFault> {
        let said = second.filter(|second| !second.name.trim().is_empty() || second.signed.is_some());
        let second = said.map(|second| second.checked(by)).transpose()?;
        let wrong = |c: &Count| c.label.trim().is_empty() || c.label.len() > 200 || c.condition.len() > 500;
        if counts.is_empty() || counts.len() > 100 || counts.iter().any(wrong) {
            return Err(BagFault::Text);
        }
        let photos: usize = counts.iter().map(|c| c.photos.len()).sum();
        if photos > MOST_OF_A_COUNT || !counts.iter().all(|c| are_photos(&c.photos)) {
            return Err(BagFault::File);
        }
        let (second, second_title, second_signed) =
            second.map_or((None, String::new(), None), |s| (Some(s.name), s.title, s.signed));
        let counting = Counting { column, counts, second, second_title, second_signed };
        let alone = counting.has_valuables() && counting.second.is_none();
        if alone { Err(BagFault::SecondSignature) } else { Ok(counting) }
    }

    /// As it came from elsewhere: the same rules, but for what was not asked of older counts.
    pub fn holds_for(&self, by: &Author) -> bool {
        Counting::sound(self.column, self.counts.clone(), self.second(), by).is_ok()
    }

    pub const fn column(&self) -> Column {
        self.column
    }

    pub fn counts(&self) -> &[Count] {
        &self.counts
    }

    pub fn second(&self) -> Option<Second> {
        let name = self.second.clone()?;
        Some(Second { name, title: self.second_title.clone(), signed: self.second_signed })
    }

    /// The files that it names: photographs of things, and the second person's signature.
    pub fn files(&self) -> impl Iterator<Item = File> {
        self.counts.iter().flat_map(|count| count.photos.iter().copied()).chain(self.second_signed)
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
    pub second: Option<Second>,
    pub at: Stamp,
    pub note: NoteId,
}

impl Counted {
    /// Who counted: both, where the thing is a valuable.
    pub fn hands(&self, valuable: bool) -> String {
        match self.second.as_ref().filter(|_| valuable) {
            Some(second) => format!("{} and {second}", self.by),
            None => self.by.clone(),
        }
    }
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

/// A second person's signature, and what they signed for by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedFor<'a> {
    pub counted: &'a Counted,
    pub second: &'a Second,
    pub file: File,
    /// `20 Money`.
    pub things: Vec<String>,
}

impl SignedFor<'_> {
    /// `Jo Second for 20 Money, leaving home, 10-Mar-2026 09:05, counted with Cora Bell`.
    pub fn in_words(&self) -> String {
        let SignedFor { counted, second, things, .. } = self;
        let title = if second.title.is_empty() { String::new() } else { format!(", {},", second.title) };
        let (column, at) = (counted.column.label().to_lowercase(), counted.at.display());
        format!("{}{title} for {}, {column}, {at}, counted with {}", second.name, things.join(", "), counted.by)
    }
}

/// Every drawn signature for valuables, once for each count, in the order of the columns.
pub fn signatures(things: &[Belonging]) -> Vec<SignedFor<'_>> {
    let mut all: Vec<SignedFor<'_>> = Vec::new();
    let valuables = things.iter().filter(|thing| thing.valuable);
    for (thing, counted) in valuables.flat_map(|thing| thing.counts.iter().map(move |counted| (thing, counted))) {
        let Some(second) = &counted.second else { continue };
        let Some(file) = second.signed else { continue };
        let said = format!("{} {}", counted.count, thing.label);
        match all.iter_mut().find(|one| one.counted.note == counted.note) {
            Some(one) => one.things.push(said),
            None => all.push(SignedFor { counted, second, file, things: vec![said] }),
        }
    }
    all.sort_by_key(|one| (one.counted.column, one.counted.at, one.counted.note));
    all
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
                second: counting.second(),
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
