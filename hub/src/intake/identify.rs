//! From a patient resource to a person: reads what it says of itself, finds who may be meant, asks `crate::matching`, and remembers
//! the answer. Not the rules.

use super::ParkReason;
use super::fhir::head::{Head, Identifier, list, object, text};
use crate::matching::{self, By, Candidate, Claim, Doubt, Verdict, fold_name};
use crate::store::parked;
use crate::store::people::{self, Said};
use record::{NhsNumber, PersonId, Stamp};
use rusqlite::Transaction;
use serde::Deserialize;
use serde_json::value::RawValue;

/// The NHS number's identifier system (identity.md section 1).
pub const NHS_NUMBER: &str = "https://fhir.nhs.uk/Id/nhs-number";

/// Whom a patient resource turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    Known { person: i64, rung: u8 },
    New { person: i64 },
    Doubtful(ParkReason),
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Name<'a> {
    #[serde(borrow)]
    family: Option<&'a RawValue>,
    given: Option<&'a RawValue>,
    text: Option<&'a RawValue>,
}

/// What a patient resource says that matching needs.
struct Reading {
    claim: Claim,
    numbers: Vec<NhsNumber>,
    /// System and value of every other identifier; one without a system belongs to the feed.
    local: Vec<(String, String)>,
}

/// Finds or makes the person of a patient resource `rid` in the feed `via`.
pub fn identify(
    tx: &Transaction<'_>,
    (via, rid): (i64, &str),
    head: &Head<'_>,
    now: Stamp,
    fresh_id: &mut dyn FnMut() -> PersonId,
) -> rusqlite::Result<Who> {
    let Weighed { reading, said, mut candidates } = weigh(tx, (via, rid), head)?;
    // Whom a person ruled out is not weighed again while it says the same; what it shares with them is theirs.
    let out = parked::ruled_out(tx, (via, rid), &said)?;
    candidates.retain(|candidate| !out.contains(&candidate.person));
    let (person, rung, who) = match matching::climb(&reading.claim, &candidates) {
        Verdict::Same { person, rung } => (person, rung, Who::Known { person, rung }),
        Verdict::New => {
            let person = people::new_person(tx, fresh_id())?;
            (person, 8, Who::New { person })
        }
        Verdict::Quarantine(doubt) => {
            return Ok(Who::Doubtful(match doubt {
                Doubt::WrongNumber => ParkReason::WrongNumber,
                Doubt::Overlay => ParkReason::IdentityChanged,
                Doubt::Review => ParkReason::NeedsReview,
            }));
        }
    };
    people::link(tx, (via, rid), person, rung, &said, now)?;
    for (system, value) in reading.identifiers() {
        let held = people::holders(tx, &system, &value)?;
        if !held.iter().any(|(holder, _)| out.contains(holder)) {
            people::hold(tx, &system, &value, person, &said)?;
        }
    }
    Ok(who)
}

/// A patient resource and everybody who may be meant.
pub(super) struct Weighed {
    reading: Reading,
    /// What it says of itself, as it is remembered.
    pub(super) said: Said,
    pub(super) candidates: Vec<Candidate>,
}

/// Finds everybody whom a patient resource may mean: whom it meant before, and who holds what it is identified by.
pub(super) fn weigh(tx: &Transaction<'_>, (via, rid): (i64, &str), head: &Head<'_>) -> rusqlite::Result<Weighed> {
    let reading = read(head, via);
    let mut candidates = Vec::new();
    if let Some((person, said)) = people::linked(tx, via, rid)? {
        candidates.push(candidate(person, By::Link, &said));
    }
    for (system, value) in reading.identifiers() {
        let by = if system == NHS_NUMBER { By::Number } else { By::Local };
        for (person, said) in people::holders(tx, &system, &value)? {
            candidates.push(candidate(person, by, &said));
        }
    }
    let said = Said {
        born: reading.claim.born.clone(),
        family: reading.claim.families.join("\n"),
        given: reading.claim.givens.join("\n"),
    };
    Ok(Weighed { reading, said, candidates })
}

impl Reading {
    /// Its NHS numbers, then every other identifier: system and value.
    fn identifiers(&self) -> impl Iterator<Item = (String, String)> {
        let numbers = self.numbers.iter().map(|number| (NHS_NUMBER.to_owned(), number.digits()));
        numbers.chain(self.local.iter().cloned())
    }
}

fn candidate(person: i64, by: By, said: &Said) -> Candidate {
    let split = |text: &str| text.split('\n').filter(|n| !n.is_empty()).map(str::to_owned).collect();
    Candidate { person, by, born: said.born.clone(), families: split(&said.family), givens: split(&said.given) }
}

fn read(head: &Head<'_>, via: i64) -> Reading {
    let mut claim = Claim { born: born(head), ..Claim::default() };
    for name in list(head.name).into_iter().filter_map(|n| object::<Name<'_>>(n.get())) {
        claim.families.extend(text(name.family).map(|f| fold_name(&f)));
        claim.givens.extend(list(name.given).first().and_then(|g| text(Some(g))).map(|g| fold_name(&g)));
        if name.family.is_none()
            && name.given.is_none()
            && let Some(whole) = text(name.text)
        {
            // A name sent as one text: its last word is taken for the family, its first for the given name.
            let mut words = whole.split_whitespace();
            claim.givens.extend(words.next().map(fold_name));
            claim.families.extend(words.next_back().map(fold_name));
        }
    }
    for names in [&mut claim.families, &mut claim.givens] {
        names.retain(|n| !n.is_empty());
        names.sort_unstable();
        names.dedup();
    }
    let mut numbers = Vec::new();
    let mut local = Vec::new();
    for raw in list(head.identifier) {
        let Some(identifier) = object::<Identifier<'_>>(raw.get()) else { continue };
        let Some((system, value)) = identifier.pair() else { continue };
        if system == NHS_NUMBER {
            // A number that fails its check identifies nobody; the resource is kept with it all the same.
            if let Ok(number) = value.parse::<NhsNumber>() {
                claim.verified |= is_verified(identifier.extension);
                numbers.push(number);
            }
        } else if system.is_empty() {
            local.push((format!("feed:{via}"), value));
        } else {
            local.push((system, value));
        }
    }
    Reading { claim, numbers, local }
}

/// The date of birth as far as it is known; the time of birth is left off.
fn born(head: &Head<'_>) -> String {
    let date = text(head.birth_date).unwrap_or_default();
    record::When::parse(&date).map(|w| w.as_str().chars().take(10).collect()).unwrap_or_default()
}

/// `NHSNumberVerificationStatus` 01 (identity.md section 1), in the UK Core or the CareConnect spelling of the extension.
fn is_verified(extension: Option<&RawValue>) -> bool {
    #[derive(Deserialize, Default)]
    #[serde(rename_all = "camelCase", default)]
    struct Extension<'a> {
        #[serde(borrow)]
        url: Option<&'a RawValue>,
        value_codeable_concept: Option<&'a RawValue>,
    }
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Concept<'a> {
        #[serde(borrow)]
        coding: Option<&'a RawValue>,
    }
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Coding<'a> {
        #[serde(borrow)]
        code: Option<&'a RawValue>,
    }
    list(extension).into_iter().filter_map(|e| object::<Extension<'_>>(e.get())).any(|e| {
        let about = text(e.url).is_some_and(|u| u.contains("NHSNumberVerificationStatus"));
        let concept = e.value_codeable_concept.and_then(|c| object::<Concept<'_>>(c.get())).unwrap_or_default();
        about
            && list(concept.coding)
                .into_iter()
                .filter_map(|c| object::<Coding<'_>>(c.get()))
                .any(|c| matches!(text(c.code).as_deref(), Some("01" | "number-present-and-verified")))
    })
}
