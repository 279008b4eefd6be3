//! What a crew in an emergency needs of the shared plan beyond the decisions that stand in the record too (`super::said`): the ReSPECT form's
//! recommendations and what matters to the person, capacity and its basis, end of life wishes, anticipatory medicines with their doses, what to do
//! if, and whom to call (`reference/consent.md` section 5, step 7; `reference/careplan.md` sections 1, 3 and 4). Not the plan: needs, goals and actions
//! stay out, and nothing is decided between values said apart.

use super::decision::{Claim, Held, Topic};
use super::shape::Kind;
use super::sign::Paper;
use super::view::UNREAD;
use super::view::{Content, Node, Plan, Register};
use crate::ids::SourceId;
use crate::section::{Section, Sections};
use crate::stamp::Stamp;
use crate::summary::{Body, Coding, Fact, FactKey, Item, Line};
use crate::when::When;
use serde::{Deserialize, Serialize};

/// One entry of the plan, as it is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Where it belongs in the emergency view.
    pub section: Section,
    pub title: String,
    pub lines: Vec<Line>,
    /// When the plan was last changed, or this voice spoke; device time.
    pub at: Stamp,
    /// Values or voices differ: every one is in the lines, or in an entry of its own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disputed: bool,
}

/// The entries that are told, their section, and which of their fields; no list is every field.
const ENTRIES: &[(Kind, Section, &[&str])] = &[
    (
        Kind::Respect,
        Section::EndOfLife,
        &[
            "summary",
            "proxy",
            "proxy-contact",
            "scale",
            "value",
            "fear",
            "guidance",
            "reasoning",
            "capacity-text",
            "involvement",
            "involvement-text",
            "senior",
            "original",
            "review",
        ],
    ),
    (
        Kind::EndOfLife,
        Section::EndOfLife,
        &[
            "register",
            "prognosis",
            "prognosis-text",
            "place",
            "place-name",
            "place-text",
            "statement",
            "statement-kept",
        ],
    ),
    (Kind::EndOfLifePlan, Section::EndOfLife, &["name", "text", "kept"]),
    (Kind::PlanningDocument, Section::EndOfLife, &[]),
    (Kind::Anticipatory, Section::EndOfLife, &[]),
    (
        Kind::Contingency,
        Section::EndOfLife,
        &["name", "trigger", "what", "statement", "statement-kept", "anticipatory"],
    ),
    (Kind::WarningSign, Section::EndOfLife, &["text"]),
    (Kind::Coping, Section::EndOfLife, &["text"]),
    (Kind::About, Section::EndOfLife, &["most-important", "communication", "please-do"]),
    (Kind::WelfareAttorney, Section::Contacts, &[]),
    (Kind::EmergencyContact, Section::Contacts, &[]),
    (Kind::ToContact, Section::Contacts, &[]),
];

/// Marks what is sealed with a record (as `said` marks decisions): a device that does not know the mark shows an item of the section.
const TOLD: &str = "urn:satchel:shared-care-plan:told";
const DISPUTED: &str = "disputed";
const NOT_AGREED: &str = "NOT AGREED, one of several";

impl Plan {
    /// Everything of it that is sealed with a record, as facts: the decisions that stand in the record too, and what is told here.
    pub fn sealed(&self) -> Vec<Fact> {
        let decided = self.decided(Sections::ALL);
        let told = self.told(Sections::ALL);
        let told = told.iter().enumerate().map(|(number, one)| one.sealed(number));
        decided.iter().enumerate().map(|(number, one)| one.sealed(number)).chain(told).collect()
    }

    /// What of it belongs to an emergency, within these sections.
    pub fn told(&self, sections: Sections) -> Vec<Told> {
        let mut all = Vec::new();
        let Some(updated) = self.updated else { return all };
        for (topic, held) in self.decisions.iter().filter(|(topic, _)| *topic == Topic::Capacity) {
            all.extend(voices(held).map(|(claim, disputed)| Told {
                section: Section::EndOfLife,
                title: topic.title().to_owned(),
                lines: spoken(claim, topic),
                at: claim.at,
                disputed,
            }));
        }
        for (kind, section, fields) in ENTRIES {
            for part in &self.parts {
                part.walk(&mut |node| {
                    if node.kind == *kind && !self.has_ended(&node.id) {
                        all.extend(self.entry(node, (*section, fields), updated));
                    }
                });
            }
        }
        all.retain(|one| sections.has(one.section));
        all
    }

    fn entry(&self, node: &Node, (section, fields): (Section, &[&str]), at: Stamp) -> Option<Told> {
        let (mut lines, mut disputed) = (Vec::new(), false);
        let wanted = node.fields.iter().filter(|(code, _)| fields.is_empty() || fields.contains(&code.as_str()));
        for (code, content) in wanted {
            let Some(field) = node.kind.field(code) else { continue };
            let label = field.label.to_owned();
            match content {
                Content::Prose(text) if text.trim().is_empty() => {}
                Content::Prose(text) => {
                    let mark = if self.is_apart(&node.id, code) { format!(" ({UNREAD})") } else { String::new() };
                    lines.push(Line(format!("{label}{mark}"), text.clone()));
                }
                Content::Register(Register::Empty) => {}
                Content::Register(Register::One(said)) => lines.push(Line(label, field.form.shown(&said.value))),
                Content::Register(Register::Several(all)) => {
                    disputed = true;
                    let one =
                        |value: &str| if value.is_empty() { "(cleared)".to_owned() } else { field.form.shown(value) };
                    lines.extend(all.iter().map(|said| Line(format!("{label} ({NOT_AGREED})"), one(&said.value))));
                }
            }
        }
        let dose = Topic::Dose(node.id.clone());
        for (claim, differs) in self.held(&dose).into_iter().flat_map(voices) {
            disputed |= differs;
            let mark = if differs { format!(" ({NOT_AGREED})") } else { String::new() };
            let of_dose = |Line(label, value)| Line(format!("Dose: {}{mark}", label.to_lowercase()), value);
            lines.extend(spoken(claim, &dose).into_iter().map(of_dose));
        }
        if lines.is_empty() {
            return None;
        }
        if node.kind == Kind::Respect {
            lines.push(Line("7. Signed".to_owned(), self.signed_in_words()));
        }
        Some(Told { section, title: node.kind.title().to_owned(), lines, at, disputed })
    }

    /// Whether the ReSPECT form as it stands was signed, by whom and when.
    fn signed_in_words(&self) -> String {
        match self.signed.iter().find(|paper| paper.signature.paper == Paper::Respect) {
            None => "Not signed: a draft".to_owned(),
            Some(paper) => {
                let (by, at) = (&paper.signature.by, paper.signature.at.display());
                let since = if paper.changed_since { ". CHANGED SINCE: what stands here is a draft" } else { "" };
                format!("{}, {}, {at}{since}", by.name, by.title)
            }
        }
    }
}

/// The voices that stand, each with whether others differ: of several that say the same, the newest.
fn voices(held: &Held) -> impl Iterator<Item = (&Claim, bool)> {
    let (agreed, disputed) = match held {
        Held::Nothing => (None, &[][..]),
        Held::Agreed { said, .. } => (Some(said.as_ref()), &[][..]),
        Held::Disputed(all) => (None, all.as_slice()),
    };
    agreed.into_iter().map(|claim| (claim, false)).chain(disputed.iter().map(|claim| (claim, true)))
}

/// One voice: what, on what it rests, who and when.
fn spoken(claim: &Claim, topic: &Topic) -> Vec<Line> {
    let line = |label: &str, value: String| Line(label.to_owned(), value);
    let by = format!("{}, {}, {}, {}", claim.by.name, claim.by.title, claim.by.organisation, claim.at.display());
    let mut lines = vec![line("Says", claim.value.shown(topic))];
    lines.extend((!claim.basis.is_empty()).then(|| line("On the basis of", claim.basis.clone())));
    lines.push(line("Recorded by", by));
    lines
}

impl Told {
    /// The fact this is sealed as. `number` tells the entries of one person's plan apart.
    pub fn sealed(&self, number: usize) -> Fact {
        let item = Item {
            title: format!("{} (shared care plan)", self.title),
            codes: vec![Coding { system: TOLD.to_owned(), code: self.title.clone(), display: None }],
            status: self.disputed.then(|| DISPUTED.to_owned()),
            when: Some(When::from_stamp(self.at)),
            lines: self.lines.clone(),
            ..Item::default()
        };
        let key = FactKey(format!("SharedCarePlan/told#{number}"));
        Fact { key, source: SourceId(0), recorded: None, body: Body::Item(self.section, Box::new(item)) }
    }

    /// What was sealed as this fact; `None` for any other.
    pub fn unsealed(fact: &Fact) -> Option<Told> {
        let Body::Item(section, item) = &fact.body else { return None };
        let title = item.codes.iter().find(|coding| coding.system == TOLD)?.code.clone();
        let at = item.when.as_ref().and_then(When::stamp)?;
        let disputed = item.status.as_deref() == Some(DISPUTED);
        Some(Told { section: *section, title, lines: item.lines.clone(), at, disputed })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::Role;
    use crate::plan::view::Ended;
    use crate::plan::{Author, ClaimValue, Ending, NodeId, Said};

    fn claim(text: &str) -> Claim {
        let (name, title, organisation) = ("Jo Marlow".into(), "Nurse".into(), "Trust".into());
        let (staff, ods) = ("N1".parse().unwrap(), "ZZ1".parse().unwrap());
        Claim {
            id: "0011223344556677".into(),
            value: ClaimValue { code: None, text: text.into() },
            by: Author { staff, name, role: Role::RegulatedClinician, title, ods, organisation },
            at: Stamp::from_millis(5_000),
            basis: "assessed at home".into(),
            review: None,
            kept: String::new(),
            settles: vec![],
        }
    }

    fn node(kind: Kind, byte: u8, fields: &[(&str, Content)]) -> Node {
        let id = if kind.parent().is_none() { NodeId::part(kind) } else { NodeId::fresh([byte; 8]) };
        let fields = fields.iter().map(|(code, content)| ((*code).to_owned(), content.clone())).collect();
        Node { id, kind, ended: vec![], fields, children: vec![] }
    }

    fn prose(text: &str) -> Content {
        Content::Prose(text.into())
    }

    fn plan() -> Plan {
        let said = |value: &str, by: &str| Said { value: value.into(), by: by.into() };
        let several = Register::Several(vec![said("yes, in the blue folder", "D1/N1"), said("", "D2/N2")]);
        let mut respect = node(Kind::Respect, 0, &[("guidance", prose("Not to hospital for pneumonia"))]);
        let contact = [("name", Content::Register(Register::One(said("Bess Okonjo", "D1/N1"))))];
        respect.children.push(node(Kind::EmergencyContact, 1, &contact));
        let mut gone = node(Kind::EmergencyContact, 2, &contact);
        let ended = Ended {
            ending: Ending::EnteredInError,
            reason: "moved".into(),
            by: claim("").by,
            at: Stamp::from_millis(1),
        };
        gone.ended.push(ended);
        respect.children.push(gone);
        let mut end = node(Kind::EndOfLife, 0, &[("statement-kept", Content::Register(several))]);
        let medicine = node(Kind::Anticipatory, 3, &[("text", prose("Morphine 10 mg/ml"))]);
        let dose = Topic::Dose(medicine.id.clone());
        end.children.push(medicine);
        let mut care = node(Kind::Care, 0, &[]);
        care.children.push(node(Kind::Need, 4, &[("text", prose("Falls at night"))]));
        let what = [("trigger", prose("Breathless at rest")), ("what", prose("Call the hospice"))];
        care.children.push(node(Kind::Contingency, 5, &what));
        Plan {
            parts: vec![care, end, respect],
            decisions: vec![
                (Topic::Capacity, Held::Disputed(vec![claim("Has capacity"), claim("Lacks capacity")])),
                (dose, Held::Agreed { said: Box::new(claim("2.5 mg")), also: vec![] }),
                (Topic::KeySafe, Held::Agreed { said: Box::new(claim("4711")), also: vec![] }),
            ],
            updated: Some(Stamp::from_millis(9_000)),
            ..Plan::default()
        }
    }

    #[test]
    fn a_crew_is_told_what_an_emergency_needs_and_no_more() {
        let told = plan().told(Sections::ALL);
        let all = format!("{told:?}");
        for word in [
            "Not to hospital",
            "Not signed: a draft",
            "assessed at home",
            "Morphine",
            "2.5 mg",
            "Call the hospice",
            "Bess",
        ] {
            assert!(all.contains(word), "{word}: {all}");
        }
        for word in ["Falls at night", "4711"] {
            assert!(!all.contains(word), "{word} is not for the emergency view");
        }
        assert_eq!(told.iter().filter(|one| one.title == "Emergency contact").count(), 1, "what ended is not told");
        let differs: Vec<&str> = told.iter().filter(|one| one.disputed).map(|one| one.title.as_str()).collect();
        let capacity = Topic::Capacity.title();
        assert_eq!(differs, [capacity, capacity, Kind::EndOfLife.title()], "each voice, and each value");
        assert!(all.contains("(cleared)") && all.contains(NOT_AGREED));
        let contacts = plan().told(Sections::only(Section::Contacts));
        assert!(contacts.len() == 1 && contacts[0].section == Section::Contacts);
        assert_eq!(Plan::default().told(Sections::ALL), []);
    }

    /// A text that nobody has read as a whole since two wrote in it apart says so where it is read in a hurry.
    #[test]
    fn a_text_written_apart_is_told_with_its_mark() {
        let mut marked = plan();
        let mut of = None;
        for part in &marked.parts {
            part.walk(&mut |node| {
                let text = node
                    .fields
                    .iter()
                    .find(|(_, content)| matches!(content, Content::Prose(text) if text.contains("Not to hospital")));
                of = of.take().or(text.map(|(field, _)| (node.id.clone(), field.clone())));
            });
        }
        let (node, field) = of.unwrap();
        let place = crate::plan::Place { node, field };
        marked.apart = vec![crate::plan::view::Apart { place, voices: vec![] }];
        let marks = |plan: &Plan| {
            let all = plan.told(Sections::ALL).into_iter().flat_map(|one| one.lines);
            all.filter(|Line(label, _)| label.contains(UNREAD)).collect::<Vec<_>>()
        };
        assert!(matches!(&marks(&marked)[..], [Line(_, text)] if text.contains("Not to hospital")));
        assert_eq!(marks(&plan()), []);
    }

    #[test]
    fn sealed_and_unsealed_nothing_is_another_and_all_of_it_opens_with_the_emergency_view() {
        for (number, one) in plan().told(Sections::ALL).iter().enumerate() {
            let fact = one.sealed(number);
            assert_eq!(Told::unsealed(&fact).as_ref(), Some(one));
            assert_eq!(crate::plan::Decided::unsealed(&fact), None);
            assert_eq!(fact.compartment(), crate::section::Compartment::Emergency);
        }
        for (kind, _, fields) in ENTRIES {
            assert!(fields.iter().all(|code| kind.field(code).is_some()), "{kind:?}");
        }
    }
}
