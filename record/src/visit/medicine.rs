//! What is to be given, and whether two lines of records mean the same of it. Three answers: the same, perhaps the same, another. Where it is
//! not sure, whoever gives is told so; nobody is stopped without a word, and nothing is passed over (`reference/records.md` section 6.4).
//! Not here: a dictionary of medicines. A brand and its generic name meet by a code, or where one of the two lines names both.

use crate::chart::{Chart, Content};
use crate::feed::fold;
use crate::section::Section;
use crate::summary::{Detail, FactKey, Item, Medication, Standing};
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

/// Whether two are one thing to give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Likeness {
    /// One order, one code or one name.
    Same,
    /// One name without strength, form and brand, whatever their codes: two strengths or packs of one ingredient. Or one name begins the other,
    /// and no codes of both tell them apart.
    Perhaps,
    Another,
}

/// Words of a name that one source writes and another leaves out.
const SWALLOWED: [&str; 8] = ["tablet", "tablets", "tab", "tabs", "capsule", "capsules", "cap", "caps"];

/// Words at which a name goes over into its form: what is before them is what is given.
const FORMS: [&str; 34] = [
    "oral",
    "solution",
    "suspension",
    "soluble",
    "effervescent",
    "dispersible",
    "injection",
    "patch",
    "patches",
    "transdermal",
    "inhaler",
    "spray",
    "cream",
    "ointment",
    "gel",
    "drops",
    "suppository",
    "suppositories",
    "syrup",
    "liquid",
    "modified",
    "gastroresistant",
    "caplets",
    "ampoule",
    "ampoules",
    "vial",
    "vials",
    "sachets",
    "mr",
    "sr",
    "xl",
    "ec",
    "pen",
    "prefilled",
];

/// Units as sources spell them, and one word for each.
const UNITS: [(&str, &str); 14] = [
    ("microgram", "mcg"),
    ("micrograms", "mcg"),
    ("microg", "mcg"),
    ("ug", "mcg"),
    ("µg", "mcg"),
    ("μg", "mcg"),
    ("milligram", "mg"),
    ("milligrams", "mg"),
    ("gram", "g"),
    ("grams", "g"),
    ("millilitre", "ml"),
    ("millilitres", "ml"),
    ("unit", "units"),
    ("iu", "units"),
];

impl Medicine {
    /// As one line of the record has it.
    pub fn of_item(key: &FactKey, item: &Item) -> Medicine {
        let codes = item.codes.iter().map(|coding| coding.code.clone()).filter(|code| !code.is_empty()).collect();
        Medicine { order: key.0.clone(), name: item.title.clone(), codes }
    }

    pub fn likeness(&self, other: &Medicine) -> Likeness {
        let order = !self.order.is_empty() && self.order == other.order;
        let code = self.codes.iter().any(|code| other.codes.contains(code));
        if order || code || self.folded() == other.folded() {
            return Likeness::Same;
        }
        let told_apart = !self.codes.is_empty() && !other.codes.is_empty();
        let (ours, theirs) = (self.stems(), other.stems());
        let begins = |one: &Vec<String>| theirs.iter().any(|two| one.starts_with(two) || two.starts_with(one));
        // Two products of one ingredient have a code each; what stands first is the medicine, a bracket may be its maker.
        let one = |first: Option<&Vec<String>>, all: &[Vec<String>]| first.is_some_and(|first| all.contains(first));
        let equal = one(ours.first(), &theirs) || one(theirs.first(), &ours);
        if equal || (!told_apart && ours.iter().any(begins)) { Likeness::Perhaps } else { Likeness::Another }
    }

    pub fn is_same(&self, other: &Medicine) -> bool {
        self.likeness(other) == Likeness::Same
    }

    /// What it is known by: two that have none of these in common are another thing each.
    pub fn keys(&self) -> BTreeSet<String> {
        let order = (!self.order.is_empty()).then(|| format!("order {}", self.order));
        let codes = self.codes.iter().map(|code| format!("code {code}"));
        let first =
            self.stems().into_iter().filter_map(|stem| stem.into_iter().next()).map(|word| format!("first {word}"));
        order.into_iter().chain(codes).chain(first).chain([format!("name {}", self.folded())]).collect()
    }

    /// The name without case, spaces, strokes and what only says in which form it is swallowed: for comparison only.
    fn folded(&self) -> String {
        words(&self.name).into_iter().filter(|word| !SWALLOWED.contains(&word.as_str())).collect()
    }

    /// The words before the strength; of a name with another in brackets, of both.
    fn stems(&self) -> Vec<Vec<String>> {
        let stem = |part: &str| -> Vec<String> {
            let of_name = |word: &String| {
                let form = SWALLOWED.contains(&word.as_str()) || FORMS.contains(&word.as_str());
                !form && !word.starts_with(|c: char| c.is_ascii_digit())
            };
            words(part).into_iter().take_while(of_name).collect()
        };
        self.name.split(['(', ')', '[', ']']).map(stem).filter(|stem| !stem.is_empty()).collect()
    }
}

/// Words and numbers of a name, each unit in one spelling. A hyphen joins: co-codamol is one word.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut last = None;
    for c in fold(name).chars() {
        let sort = match c {
            '0'..='9' | '.' => Some('0'),
            c if c.is_alphabetic() => Some('a'),
            '-' | '\'' => continue,
            _ => None,
        };
        match (sort, words.last_mut()) {
            (Some(sort), Some(word)) if last == Some(sort) => word.push(c),
            (Some(_), _) => words.push(c.to_string()),
            (None, _) => {}
        }
        last = sort;
    }
    let number = |word: &str| word.trim_matches('.').to_owned();
    let spelt =
        |word: String| UNITS.iter().find(|(other, _)| *other == word).map_or(word, |(_, unit)| (*unit).to_owned());
    words.into_iter().map(|word| spelt(number(&word))).filter(|word| !word.is_empty()).collect()
}

/// Medicines of a record that stand, each with its key.
pub fn current(chart: &Chart) -> Vec<(&FactKey, &Item, &Medication)> {
    let Some(section) = chart.section(Section::Medications) else { return Vec::new() };
    let Content::Held(items) = &section.content else { return Vec::new() };
    let current = items.iter().filter(|item| item.value.standing == Standing::Current);
    current
        .filter_map(|item| match &item.value.detail {
            Detail::Medication(medication) => Some((&item.key, &item.value, medication)),
            _ => None,
        })
        .collect()
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
        for (other, likeness) in [
            (medicine("MedicationRequest/1", "renamed", &[]), Likeness::Same),
            (medicine("MedicationRequest/9", "APIXABAN 5mg tablets", &[]), Likeness::Same),
            (medicine("MedicationStatement/2", "Eliquis", &["19466311000001102"]), Likeness::Same),
            (medicine("MedicationStatement/2", "Apixaban 2.5 mg tablets", &["other"]), Likeness::Perhaps),
            (medicine("MedicationStatement/2", "Apixaban (Made by A Ltd)", &["other"]), Likeness::Perhaps),
            (medicine("MedicationStatement/2", "Amlodipine 5 mg tablets", &["other"]), Likeness::Another),
            (medicine("MedicationStatement/2", "Apixaban 2.5 mg tablets", &[]), Likeness::Perhaps),
            (medicine("", "apixaban", &[]), Likeness::Perhaps),
            (medicine("", "Paracetamol 500 mg tablets", &[]), Likeness::Another),
        ] {
            assert_eq!(practice.likeness(&other), likeness, "{other:?}");
            assert_eq!(other.likeness(&practice), likeness, "{other:?}");
            let near = !practice.keys().is_disjoint(&other.keys());
            assert!(near || likeness == Likeness::Another, "{other:?}");
        }
    }

    #[test]
    fn two_products_of_one_ingredient_may_be_the_same_whatever_their_codes() {
        let cartridges = "Insulin glargine 100units/ml solution for injection 3ml cartridges";
        let pens = "Insulin glargine 100units/ml solution for injection 3ml pre-filled disposable devices";
        for (one, two, likeness) in [
            (cartridges, pens, Likeness::Perhaps),
            (cartridges, "Insulin aspart 100units/ml", Likeness::Another),
            ("Apixaban 5mg (A Ltd)", "Ramipril 5mg (A Ltd)", Likeness::Another),
            ("Insulin glargine (Lantus) 100units/ml", "Lantus 100units/ml", Likeness::Perhaps),
        ] {
            let (one, two) =
                (medicine("MedicationRequest/9", one, &["909"]), medicine("MedicationRequest/10", two, &["910"]));
            assert_eq!((one.likeness(&two), two.likeness(&one)), (likeness, likeness), "{one:?} and {two:?}");
        }
    }

    #[test]
    fn a_name_is_compared_without_its_strength_its_spelling_and_its_brand() {
        let named = |name: &str| medicine("", name, &[]);
        for (one, two, likeness) in [
            ("Digoxin 125 micrograms tablets", "digoxin 125mcg", Likeness::Same),
            ("Bisoprolol 2.5mg tablets", "bisoprolol 2.5 mg", Likeness::Same),
            ("Bisoprolol 2.5mg tablets", "Bisoprolol 25mg tablets", Likeness::Perhaps),
            ("Paracetamol 500mg tablets", "paracetamol", Likeness::Perhaps),
            ("Insulin glargine 100 units/ml", "Insulin glargine", Likeness::Perhaps),
            ("Insulin glargine (Lantus) 100 units/ml", "Lantus", Likeness::Perhaps),
            ("Co-codamol 30mg/500mg tablets", "cocodamol", Likeness::Perhaps),
            ("Paracetamol 500mg soluble tablets", "Paracetamol oral suspension", Likeness::Perhaps),
            ("Sodium valproate 200mg tablets", "Sodium bicarbonate 500mg capsules", Likeness::Another),
            ("Lantus", "Insulin glargine", Likeness::Another),
        ] {
            assert_eq!(named(one).likeness(&named(two)), likeness, "{one} and {two}");
            assert_eq!(named(two).likeness(&named(one)), likeness, "{two} and {one}");
        }
    }
}
