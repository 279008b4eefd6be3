//! A record as read: facts from many sources put together into sections, in clinical-risk order, with the kinds of absence kept
//! apart. Pure and order-independent: the same facts in any order give the same chart. It groups for display and never merges.

use crate::SourceId;
use crate::patient::{Demographics, Life};
use crate::section::{Section, Sections};
use crate::summary::{Absence, Body, Detail, Fact, FactKey, Item, Note, Standing, Warning};
use crate::when::{Rank, When};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;

/// A record as read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Chart {
    /// Every source's demographics, the most complete first; the banner shows the first.
    pub demographics: Vec<Sourced<Demographics>>,
    /// One per section asked for, in clinical-risk order.
    pub sections: Vec<SectionChart>,
}

/// A value and where it came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sourced<T> {
    pub key: FactKey,
    pub source: SourceId,
    pub recorded: Option<When>,
    pub value: T,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SectionChart {
    pub section: Section,
    pub content: Content,
    /// Statements of absence and warnings by sources, beside the content.
    pub notes: Vec<Sourced<Note>>,
    /// A source says "none known" while another states an item: both are shown, and this is said (UK Core hazard FHIR006).
    pub contradiction: bool,
}

/// What a section holds. There is no empty list: nothing held is always one of the five absences.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Content {
    Held(Items),
    Absent(Absence),
}

/// At least one item, sorted: current first, then planned, then past, newest first within each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Sourced<Item>>", into = "Vec<Sourced<Item>>")]
pub struct Items(Vec<Sourced<Item>>);

impl Items {
    pub fn new(mut items: Vec<Sourced<Item>>) -> Option<Items> {
        // Ties break by key, so that the order never depends on arrival. What an item is judged by is read once: a date is text.
        items.sort_by_cached_key(|item| (item.value.standing, place(item), item.key.clone(), item.source));
        (!items.is_empty()).then_some(Items(items))
    }

    pub fn iter(&self) -> std::slice::Iter<'_, Sourced<Item>> {
        self.0.iter()
    }

    /// Never zero.
    #[allow(clippy::len_without_is_empty, reason = "there is no empty list of items")]
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

/// `Items` may not be empty.
#[derive(Debug)]
pub struct NoItems;

impl std::fmt::Display for NoItems {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a section that holds nothing must say which kind of absence it is")
    }
}

impl TryFrom<Vec<Sourced<Item>>> for Items {
    type Error = NoItems;
    fn try_from(items: Vec<Sourced<Item>>) -> Result<Items, NoItems> {
        Items::new(items).ok_or(NoItems)
    }
}

impl From<Items> for Vec<Sourced<Item>> {
    fn from(items: Items) -> Self {
        items.0
    }
}

/// Where an item stands among those of its standing.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Alphabetical(String),
    NewestFirst(Reverse<Option<Rank>>),
}

/// Allergies and medicines are alphabetical (ADR guidance); everything else newest first.
fn place(item: &Sourced<Item>) -> Place {
    match item.value.detail {
        Detail::Allergy(_) | Detail::Medication(_) => Place::Alphabetical(item.value.title.to_lowercase()),
        _ => Place::NewestFirst(Reverse(item.value.when.as_ref().or(item.recorded.as_ref()).map(When::rank))),
    }
}

impl Chart {
    /// Puts facts together for the sections in `wants`. Sections outside it do not appear at all.
    pub fn assemble(facts: impl IntoIterator<Item = Fact>, wants: Sections) -> Chart {
        let mut demographics = Vec::new();
        let mut items: Vec<Vec<Sourced<Item>>> = Section::ALL.map(|_| Vec::new()).into();
        let mut notes: Vec<Vec<Sourced<Note>>> = Section::ALL.map(|_| Vec::new()).into();
        for Fact { key, source, recorded, body } in facts {
            match body {
                Body::Demographics(value) => demographics.push(Sourced { key, source, recorded, value: *value }),
                Body::Item(section, value) if wants.has(section) => {
                    items[section as usize].push(Sourced { key, source, recorded, value: *value });
                }
                Body::Note(section, value) if wants.has(section) => {
                    notes[section as usize].push(Sourced { key, source, recorded, value });
                }
                Body::Item(..) | Body::Note(..) => {}
            }
        }
        demographics.sort_by(|a, b| {
            let rank = |d: &Sourced<Demographics>| completeness(&d.value);
            rank(b).cmp(&rank(a)).then_with(|| b.recorded.cmp(&a.recorded)).then_with(|| a.key.cmp(&b.key))
        });
        let sections = items.into_iter().zip(notes).zip(Section::ALL).filter(|(_, section)| wants.has(*section));
        let sections = sections.map(|((items, notes), section)| SectionChart::new(section, items, notes)).collect();
        Chart { demographics, sections }
    }

    pub fn section(&self, section: Section) -> Option<&SectionChart> {
        self.sections.iter().find(|s| s.section == section)
    }
}

/// The banner shows the demographics that say most that matters: a verified number, a death, a number at all, then detail.
fn completeness(d: &Demographics) -> (bool, bool, bool, usize) {
    let parts = [d.born.is_some(), !d.names.is_empty(), !d.addresses.is_empty(), d.gp.is_some(), d.ethnicity.is_some()];
    (
        d.nhs_number_verified,
        !matches!(d.life, Life::Living),
        d.nhs_number.is_some(),
        parts.into_iter().filter(|p| *p).count(),
    )
}

impl SectionChart {
    fn new(section: Section, items: Vec<Sourced<Item>>, mut notes: Vec<Sourced<Note>>) -> SectionChart {
        notes.sort_by(|a, b| a.key.cmp(&b.key).then_with(|| a.source.cmp(&b.source)));
        let states_none = |n: &Sourced<Note>| matches!(n.value, Note::Absent(Absence::NoneKnown { .. }));
        let live = items.iter().any(|i| matches!(i.value.standing, Standing::Current | Standing::Future));
        let contradiction = live && notes.iter().any(states_none);
        let content = match Items::new(items) {
            Some(items) => Content::Held(items),
            None => Content::Absent(strongest(&notes)),
        };
        SectionChart { section, content, notes, contradiction }
    }

    pub fn warnings(&self) -> impl Iterator<Item = Warning> {
        self.notes.iter().filter_map(|n| match n.value {
            Note::Warning(warning) => Some(warning),
            Note::Absent(_) | Note::Said { .. } => None,
        })
    }
}

/// With no items, the most cautious statement wins: what is withheld or unavailable may exist, so it outranks "none known".
/// With no statement at all, nobody is known to have asked.
fn strongest(notes: &[Sourced<Note>]) -> Absence {
    let caution = |absence: &Absence| match absence {
        Absence::Withheld => 0,
        Absence::Unavailable => 1,
        Absence::NoneKnown { .. } => 2,
        Absence::NoContentRecorded => 3,
        Absence::NotAsked => 4,
    };
    let absences = notes.iter().filter_map(|n| match &n.value {
        Note::Absent(absence) => Some(absence),
        Note::Warning(_) | Note::Said { .. } => None,
    });
    absences.min_by_key(|a| caution(a)).cloned().unwrap_or(Absence::NotAsked)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fact(key: &str, body: Body) -> Fact {
        Fact { key: FactKey(key.into()), source: SourceId(1), recorded: None, body }
    }

    fn item(key: &str, section: Section, title: &str, when: &str, standing: Standing) -> Fact {
        let item = Item { title: title.into(), when: When::parse(when), standing, ..Item::default() };
        fact(key, Body::Item(section, Box::new(item)))
    }

    fn none_known(key: &str) -> Fact {
        fact(key, Body::Note(Section::Allergies, Note::Absent(Absence::NoneKnown { when: None, by: None })))
    }

    #[test]
    fn order_of_arrival_does_not_matter() {
        let facts = [
            item("b", Section::Problems, "Old", "2019", Standing::Past),
            item("a", Section::Problems, "New", "2024", Standing::Current),
            item("c", Section::Problems, "Newer", "2025", Standing::Current),
            none_known("n"),
        ];
        let chart = Chart::assemble(facts.clone(), Sections::ALL);
        let mut reversed = facts;
        reversed.reverse();
        assert_eq!(Chart::assemble(reversed, Sections::ALL), chart);
        let Some(SectionChart { content: Content::Held(items), .. }) = chart.section(Section::Problems) else {
            panic!()
        };
        assert_eq!(items.iter().map(|i| i.value.title.as_str()).collect::<Vec<_>>(), ["Newer", "New", "Old"]);
    }

    #[test]
    fn nothing_held_is_always_a_kind_of_absence() {
        let empty = Chart::assemble([], Sections::ALL);
        assert!(empty.sections.iter().all(|s| s.content == Content::Absent(Absence::NotAsked)));
        let asked = Chart::assemble([none_known("n")], Sections::ALL);
        let Some(allergies) = asked.section(Section::Allergies) else { panic!() };
        assert!(matches!(allergies.content, Content::Absent(Absence::NoneKnown { .. })));
    }

    #[test]
    fn what_is_withheld_outranks_none_known() {
        let withheld = fact("w", Body::Note(Section::Allergies, Note::Absent(Absence::Withheld)));
        let chart = Chart::assemble([none_known("n"), withheld], Sections::ALL);
        assert_eq!(chart.section(Section::Allergies).map(|s| &s.content), Some(&Content::Absent(Absence::Withheld)));
    }

    #[test]
    fn none_known_beside_an_allergy_is_a_contradiction_and_hides_neither() {
        let chart = Chart::assemble(
            [none_known("n"), item("a", Section::Allergies, "penicillin", "2020", Standing::Current)],
            Sections::ALL,
        );
        let Some(allergies) = chart.section(Section::Allergies) else { panic!() };
        assert!(allergies.contradiction && matches!(allergies.content, Content::Held(_)) && allergies.notes.len() == 1);
    }

    #[test]
    fn sections_not_asked_for_are_not_there() {
        let facts = [item("a", Section::Problems, "Asthma", "2020", Standing::Current)];
        let chart = Chart::assemble(facts, Sections::only(Section::Allergies));
        assert_eq!(chart.sections.len(), 1);
        assert!(serde_json::from_str::<Items>("[]").is_err());
    }
}
