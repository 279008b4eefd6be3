//! What the shared care plan says of matters that are in the record too: CPR, clinical focus, refusals of treatment, allergies. Somebody wrote it on a
//! device, and the record's sources may say otherwise or nothing: whoever opens the record sees both. Not here: which of the two is right.

use super::decision::{Claim, Held, Topic};
use super::view::Plan;
use crate::ids::SourceId;
use crate::section::{Section, Sections};
use crate::stamp::Stamp;
use crate::summary::{Body, Coding, Fact, FactKey, Item, Line};
use crate::when::When;
use serde::{Deserialize, Serialize};

/// One voice of the plan about a matter of the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    pub topic: Topic,
    /// In words.
    pub text: String,
    /// Name, title and organisation.
    pub by: String,
    /// Device time.
    pub at: Stamp,
    /// Where the signed original is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub kept: String,
    /// Others in the plan say otherwise: every voice is in the list.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disputed: bool,
    /// Of allergies: somebody asked, and there are none known.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub none_known: bool,
}

/// SNOMED CT "No known allergy": of the set that the plan's allergy status is chosen from.
const NO_KNOWN_ALLERGY: &str = "716186003";

impl Topic {
    /// The section of the record that the same matter is in; none for what is the plan's alone.
    pub const fn section(&self) -> Option<Section> {
        match self {
            Topic::Cpr | Topic::ClinicalFocus | Topic::Adrt => Some(Section::EndOfLife),
            Topic::AllergyStatus => Some(Section::Allergies),
            Topic::Capacity | Topic::KeySafe | Topic::Dose(_) | Topic::GoalStatus(_) => None,
        }
    }
}

impl Plan {
    /// What the plan says of matters in these sections, in the order of the plan; of a dispute every voice.
    pub fn decided(&self, sections: Sections) -> Vec<Decided> {
        let open = |topic: &Topic| topic.section().is_some_and(|section| sections.has(section));
        let mut all = Vec::new();
        for (topic, held) in self.decisions.iter().filter(|(topic, _)| open(topic)) {
            match held {
                Held::Nothing => {}
                Held::Agreed { said, .. } => all.push(decided(topic, said, false)),
                Held::Disputed(voices) => all.extend(voices.iter().map(|claim| decided(topic, claim, true))),
            }
        }
        all
    }
}

/// A plan does not lie where a record is sealed, but what it says of such a matter is sealed with the record, as facts of these codes: whoever breaks
/// the glass reads them as if the plan were there, and a device that does not know the mark shows them as items of their section.
const SAID: &str = "urn:satchel:shared-care-plan:decision";
const SNOMED: &str = "http://snomed.info/sct";
const DISPUTED: &str = "disputed";
const SAYS: &str = "Says";
const KEPT: &str = "Original kept";

impl Decided {
    /// The fact this is sealed as. `number` tells the voices of one person's plan apart.
    pub fn sealed(&self, number: usize) -> Fact {
        let code = |system: &str, code: String| Coding { system: system.to_owned(), code, display: None };
        let mut codes = vec![code(SAID, self.topic.to_string())];
        codes.extend(self.none_known.then(|| code(SNOMED, NO_KNOWN_ALLERGY.to_owned())));
        let mut lines = vec![Line(SAYS.to_owned(), self.text.clone())];
        lines.extend((!self.kept.is_empty()).then(|| Line(KEPT.to_owned(), self.kept.clone())));
        let item = Item {
            title: format!("{} (shared care plan): {}", self.topic.title(), self.text),
            codes,
            status: self.disputed.then(|| DISPUTED.to_owned()),
            when: Some(When::from_stamp(self.at)),
            author: Some(self.by.clone()),
            lines,
            ..Item::default()
        };
        // Every topic that is said beside a record has a section; what had none would be read where everything odd is.
        let section = self.topic.section().unwrap_or(Section::Other);
        // No feed is number 0: what is said here comes from no source of the hub's.
        let key = FactKey(format!("SharedCarePlan/said#{number}"));
        Fact { key, source: SourceId(0), recorded: None, body: Body::Item(section, Box::new(item)) }
    }

    /// What was sealed as this fact; `None` for a fact of a source.
    pub fn unsealed(fact: &Fact) -> Option<Decided> {
        let Body::Item(_, item) = &fact.body else { return None };
        let topic = item.codes.iter().find(|coding| coding.system == SAID)?.code.parse().ok()?;
        let line = |label: &str| item.lines.iter().find(|line| line.0 == label).map(|line| line.1.clone());
        Some(Decided {
            topic,
            text: line(SAYS)?,
            by: item.author.clone().unwrap_or_default(),
            at: item.when.as_ref().and_then(When::stamp)?,
            kept: line(KEPT).unwrap_or_default(),
            disputed: item.status.as_deref() == Some(DISPUTED),
            none_known: item.codes.iter().any(|coding| coding.system == SNOMED && coding.code == NO_KNOWN_ALLERGY),
        })
    }
}

fn decided(topic: &Topic, claim: &Claim, disputed: bool) -> Decided {
    Decided {
        topic: topic.clone(),
        text: claim.value.shown(topic),
        by: format!("{}, {}, {}", claim.by.name, claim.by.title, claim.by.organisation),
        at: claim.at,
        kept: claim.kept.clone(),
        disputed,
        none_known: *topic == Topic::AllergyStatus && claim.value.code.as_deref() == Some(NO_KNOWN_ALLERGY),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::Role;
    use crate::plan::{Author, ClaimValue};

    fn claim(code: Option<&str>, text: &str) -> Claim {
        Claim {
            id: "0011223344556677".into(),
            value: ClaimValue { code: code.map(str::to_owned), text: text.into() },
            by: Author {
                staff: "N1".parse().unwrap(),
                name: "Jo Marlow".into(),
                role: Role::RegulatedClinician,
                title: "Nurse".into(),
                ods: "ZZ1".parse().unwrap(),
                organisation: "Trust".into(),
            },
            at: Stamp::from_millis(5_000),
            basis: "talked it over".into(),
            review: None,
            kept: "Nursing folder".into(),
            settles: vec![],
        }
    }

    #[test]
    fn every_voice_is_said_and_only_within_the_sections_that_are_open() {
        let known = claim(Some("known"), "penicillin: anaphylaxis");
        let none = claim(Some(NO_KNOWN_ALLERGY), "");
        let plan = Plan {
            decisions: vec![
                (Topic::Cpr, Held::Agreed { said: Box::new(claim(Some("450476008"), "")), also: vec![] }),
                (Topic::AllergyStatus, Held::Disputed(vec![known, none])),
                (Topic::KeySafe, Held::Agreed { said: Box::new(claim(None, "4711")), also: vec![] }),
            ],
            ..Plan::default()
        };
        let all = plan.decided(Sections::ALL);
        assert_eq!(all.len(), 3, "no key safe on a record: {all:?}");
        assert!(all[1].disputed && all[1].text.contains("penicillin") && !all[1].none_known && all[2].none_known);
        for (number, one) in all.iter().enumerate() {
            let fact = one.sealed(number);
            assert_eq!(Decided::unsealed(&fact).as_ref(), Some(one), "sealed and unsealed, nothing is another");
            assert_eq!(fact.compartment(), crate::section::Compartment::Emergency);
        }
        let only = plan.decided(Sections::only(Section::Allergies));
        assert!(only.len() == 2 && only.iter().all(|one| one.topic == Topic::AllergyStatus));
    }
}
