//! What a home asks and packs besides the standard: questions of its own under any section, and its own list of things. The 27 sections, what
//! must be there and what is given out stay the same everywhere: "configurable per home, with one common export"
//! (`reference/eredbag.md` section 5). A form is data that the hub signs; it takes nothing away and makes nothing obligatory.

use super::belongings::USUAL;
use super::ids::ItemId;
use super::section::BagSection;
use crate::ids::OdsCode;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// Questions, and things, in one form.
const MOST: usize = 60;
/// Characters of a question or of a thing's name.
const LONGEST: usize = 120;

/// The form of one home.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HomeForm {
    pub home: OdsCode,
    #[serde(default)]
    pub questions: Vec<Question>,
    /// What is counted, in this order; none: the usual list.
    #[serde(default)]
    pub things: Vec<Thing>,
}

/// Asked under a section, after what is asked everywhere. Nobody need answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    pub section: BagSection,
    pub label: String,
}

impl Question {
    /// The line that answers it.
    pub fn item(&self) -> ItemId {
        ItemId::of(self.section.code(), &format!("own/{}", self.label))
    }

    /// An answer with its question: it goes to people who have never seen this form.
    pub fn answered(&self, answer: &str) -> String {
        with_question(&self.label, answer.trim())
    }
}

/// A question and its answer on one line.
pub(super) fn with_question(label: &str, answer: &str) -> String {
    let colon = if label.ends_with(['?', ':', '.']) { "" } else { ":" };
    format!("{label}{colon} {answer}")
}

/// Something that is counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thing {
    /// Small letters, digits and hyphens: what its counts are known by at every place.
    pub code: String,
    pub label: String,
    /// Counted by two.
    #[serde(default)]
    pub valuable: bool,
}

/// Why a form is not taken: where in it, and what it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormFault {
    /// As in JSON: `questions[3]`.
    pub place: String,
    pub what: &'static str,
}

impl fmt::Display for FormFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

impl std::error::Error for FormFault {}

impl HomeForm {
    /// The form of a home that has none of its own.
    pub fn usual(home: OdsCode) -> HomeForm {
        HomeForm { home, questions: Vec::new(), things: Vec::new() }
    }

    /// A form that somebody wrote, if devices can work by it.
    pub fn checked(mut self) -> Result<HomeForm, FormFault> {
        let (questions, things) = (self.questions.iter_mut(), self.things.iter_mut());
        for label in questions.map(|q| &mut q.label).chain(things.map(|t| &mut t.label)) {
            *label = label.trim().to_owned();
        }
        self.check().map(|()| self)
    }

    fn check(&self) -> Result<(), FormFault> {
        let wrong = |place: String, what| Err(FormFault { place, what });
        if self.questions.len() > MOST || self.things.len() > MOST {
            return wrong(
                "the form".to_owned(),
                "has more than 60 questions or things; a form that long is not filled in",
            );
        }
        let mut known = BTreeSet::new();
        for (n, question) in self.questions.iter().enumerate() {
            let place = || format!("questions[{n}]");
            if !is_line(&question.label) {
                return wrong(place(), "label must be one line of 1 to 120 characters");
            }
            if matches!(question.section, BagSection::Completing | BagSection::Belongings) {
                return wrong(place(), "this section fills itself in; choose another (things have their own list)");
            }
            if !known.insert((question.section, question.label.to_lowercase())) {
                return wrong(place(), "is asked in this section already");
            }
        }
        let mut known = BTreeSet::new();
        for (n, thing) in self.things.iter().enumerate() {
            let place = || format!("things[{n}]");
            let code = !thing.code.is_empty() && thing.code.len() <= 40;
            if !code || !thing.code.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-')) {
                return wrong(place(), "code must be 1 to 40 small letters, digits or hyphens");
            }
            if !is_line(&thing.label) {
                return wrong(place(), "label must be one line of 1 to 120 characters");
            }
            if !known.insert(&thing.code) {
                return wrong(place(), "its code stands in the list already");
            }
            if USUAL.iter().any(|(usual, _, valuable)| *usual == thing.code && *valuable && !thing.valuable) {
                return wrong(place(), "money and jewellery are valuables everywhere: two people count them");
            }
        }
        Ok(())
    }

    /// What this home asks under a section, after what is asked everywhere.
    pub fn asked(&self, section: BagSection) -> impl Iterator<Item = &Question> {
        self.questions.iter().filter(move |question| question.section == section)
    }

    /// What this home counts.
    pub fn counted(&self) -> Vec<Thing> {
        if !self.things.is_empty() {
            return self.things.clone();
        }
        let thing = |(code, label, valuable): &(&str, &str, bool)| Thing {
            code: (*code).to_owned(),
            label: (*label).to_owned(),
            valuable: *valuable,
        };
        USUAL.iter().map(thing).collect()
    }
}

fn is_line(text: &str) -> bool {
    !text.is_empty() && text.chars().count() <= LONGEST && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(questions: &str, things: &str) -> Result<HomeForm, String> {
        let text = format!(r#"{{ "home": "ZZH1", "questions": [{questions}], "things": [{things}] }}"#);
        let form: HomeForm = serde_json::from_str(&text).map_err(|fault| fault.to_string())?;
        form.checked().map_err(|fault| fault.to_string())
    }

    #[test]
    fn a_form_adds_and_takes_nothing_away() {
        let form = read(
            r#"{ "section": "nursing", "label": "  Hoist and sling " }"#,
            r#"{ "code": "teddy", "label": "Teddy bear" }, { "code": "money", "label": "Money", "valuable": true }"#,
        )
        .unwrap();
        let question = form.asked(BagSection::Nursing).next().unwrap();
        assert_eq!(question.answered(" Large sling "), "Hoist and sling: Large sling");
        assert_eq!(form.asked(BagSection::Risks).count(), 0);
        assert_eq!(form.counted().iter().map(|t| t.code.as_str()).collect::<Vec<_>>(), ["teddy", "money"]);
        assert_eq!(HomeForm::usual("ZZH1".parse().unwrap()).counted().len(), USUAL.len());
        // No question takes the place of one that is asked everywhere.
        let usual = BagSection::ALL.iter().flat_map(|s| s.prompts().iter().map(|(code, _)| ItemId::of(s.code(), code)));
        assert!(usual.into_iter().all(|item| item != question.item()));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let table = [
            (read(r#"{ "section": "nursing", "label": " " }"#, ""), "questions[0]: label must be"),
            (read(r#"{ "section": "belongings", "label": "Hats" }"#, ""), "questions[0]: this section fills itself"),
            (
                read(r#"{ "section": "risks", "label": "Falls" }, { "section": "risks", "label": "falls" }"#, ""),
                "questions[1]: is asked in this section already",
            ),
            (read("", r#"{ "code": "Hat", "label": "Hat" }"#), "things[0]: code must be"),
            (
                read("", r#"{ "code": "hat", "label": "Hat" }, { "code": "hat", "label": "Cap" }"#),
                "things[1]: its code stands",
            ),
            (read("", r#"{ "code": "money", "label": "Money" }"#), "things[0]: money and jewellery"),
            (read(r#"{ "section": "nowhere", "label": "x" }"#, ""), "unknown variant `nowhere`"),
            (read("", r#"{ "code": "hat", "label": "Hat", "block": true }"#), "unknown field `block`"),
        ];
        for (found, expected) in table {
            let found = found.unwrap_err();
            assert!(found.starts_with(expected), "{found}, not {expected}");
        }
    }
}
