//! The shape of a plan: which kinds of entry there are, what each belongs to, and which fields it has. Goals belong to a need,
//! actions to a goal, stage goals to an action: never flattened (`reference/careplan.md` section 1). Every coded field stands beside
//! free text; nobody is made to choose a code. Not here: values (`values`), the fields of each kind (`fields`).

use super::fields;
use super::values::Coded;
use crate::people::Role;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What an entry is. The first four are the plan's parts, born with it; the rest are added by people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Kind {
    About,
    Care,
    EndOfLife,
    Respect,
    Strength,
    Need,
    Goal,
    Action,
    StageGoal,
    Outcome,
    OtherDocument,
    Contingency,
    Coping,
    ToContact,
    WarningSign,
    SupportPlan,
    EndOfLifePlan,
    Anticipatory,
    Involved,
    WelfareAttorney,
    PropertyAttorney,
    PlanningDocument,
    EmergencyContact,
    FormReview,
}

impl Kind {
    /// The parts, in the order in which they are shown.
    pub const PARTS: [Kind; 4] = [Kind::About, Kind::Care, Kind::EndOfLife, Kind::Respect];

    /// Kinds that people add, in the order in which they are shown under their parent.
    pub const ADDED: [Kind; 20] = [
        Kind::Strength,
        Kind::Need,
        Kind::Goal,
        Kind::Action,
        Kind::StageGoal,
        Kind::Outcome,
        Kind::OtherDocument,
        Kind::Contingency,
        Kind::Coping,
        Kind::ToContact,
        Kind::WarningSign,
        Kind::SupportPlan,
        Kind::EndOfLifePlan,
        Kind::Anticipatory,
        Kind::Involved,
        Kind::WelfareAttorney,
        Kind::PropertyAttorney,
        Kind::PlanningDocument,
        Kind::EmergencyContact,
        Kind::FormReview,
    ];

    /// The word in the document, in history and in the audit. Never changed, never used again for something else.
    pub const fn code(self) -> &'static str {
        match self {
            Kind::About => "about",
            Kind::Care => "care",
            Kind::EndOfLife => "end-of-life",
            Kind::Respect => "respect",
            Kind::Strength => "strength",
            Kind::Need => "need",
            Kind::Goal => "goal",
            Kind::Action => "action",
            Kind::StageGoal => "stage-goal",
            Kind::Outcome => "outcome",
            Kind::OtherDocument => "document",
            Kind::Contingency => "contingency",
            Kind::Coping => "coping",
            Kind::ToContact => "to-contact",
            Kind::WarningSign => "warning-sign",
            Kind::SupportPlan => "support-plan",
            Kind::EndOfLifePlan => "eol-plan",
            Kind::Anticipatory => "anticipatory",
            Kind::Involved => "involved",
            Kind::WelfareAttorney => "attorney-welfare",
            Kind::PropertyAttorney => "attorney-property",
            Kind::PlanningDocument => "planning-document",
            Kind::EmergencyContact => "emergency-contact",
            Kind::FormReview => "form-review",
        }
    }

    pub fn from_code(code: &str) -> Option<Kind> {
        Kind::PARTS.into_iter().chain(Kind::ADDED).find(|kind| kind.code() == code)
    }

    pub const fn title(self) -> &'static str {
        match self {
            Kind::About => "About me",
            Kind::Care => "Care and support plan",
            Kind::EndOfLife => "End of life and advance care planning",
            Kind::Respect => "ReSPECT",
            Kind::Strength => "Strength",
            Kind::Need => "Need, concern or problem",
            Kind::Goal => "Goal or hope",
            Kind::Action => "Action or activity",
            Kind::StageGoal => "Stage goal",
            Kind::Outcome => "Outcome",
            Kind::OtherDocument => "Other care planning document",
            Kind::Contingency => "Contingency or safety plan",
            Kind::Coping => "Coping strategy",
            Kind::ToContact => "Who should be contacted",
            Kind::WarningSign => "Early warning sign",
            Kind::SupportPlan => "Additional support plan",
            Kind::EndOfLifePlan => "End of life care plan",
            Kind::Anticipatory => "Anticipatory medicine or equipment",
            Kind::Involved => "Involved in advance care planning",
            Kind::WelfareAttorney => "Attorney or deputy: health and welfare",
            Kind::PropertyAttorney => "Attorney or deputy: property and financial affairs",
            Kind::PlanningDocument => "Other planning document",
            Kind::EmergencyContact => "Emergency contact",
            Kind::FormReview => "Form reviewed",
        }
    }

    /// What it belongs to; a part belongs to nothing.
    pub const fn parent(self) -> Option<Kind> {
        Some(match self {
            Kind::About | Kind::Care | Kind::EndOfLife | Kind::Respect => return None,
            Kind::Strength | Kind::Need | Kind::OtherDocument | Kind::Contingency | Kind::SupportPlan => Kind::Care,
            Kind::Goal => Kind::Need,
            Kind::Action | Kind::Outcome => Kind::Goal,
            Kind::StageGoal => Kind::Action,
            Kind::Coping | Kind::ToContact | Kind::WarningSign => Kind::Contingency,
            Kind::EndOfLifePlan
            | Kind::Anticipatory
            | Kind::Involved
            | Kind::WelfareAttorney
            | Kind::PropertyAttorney => Kind::EndOfLife,
            Kind::PlanningDocument | Kind::EmergencyContact | Kind::FormReview => Kind::Respect,
        })
    }

    /// The part it stands in.
    pub const fn part(self) -> Kind {
        let mut kind = self;
        while let Some(parent) = kind.parent() {
            kind = parent;
        }
        kind
    }

    /// Kinds that may be added under this one.
    pub fn children(self) -> impl Iterator<Item = Kind> {
        Kind::ADDED.into_iter().filter(move |kind| kind.parent() == Some(self))
    }

    pub const fn fields(self) -> &'static [Field] {
        fields::of(self)
    }

    pub fn field(self, code: &str) -> Option<&'static Field> {
        self.fields().iter().find(|field| field.code == code)
    }

    /// The field without which it may not stand: a contingency plan without a trigger helps nobody (PCSP v2.0, `M 1..*`).
    pub const fn required(self) -> Option<&'static str> {
        match self {
            Kind::Contingency => Some("trigger"),
            Kind::FormReview => Some("when"),
            _ => None,
        }
    }

    /// Who may write here. End of life and ReSPECT record a clinician's conversation (`reference/careplan.md` sections 3 and 4);
    /// the rest is as much the care worker's and the person's own.
    pub const fn may_be_written_by(self, role: Role) -> bool {
        match (self.part(), role) {
            (_, Role::RegulatedClinician) => true,
            (Kind::About | Kind::Care, Role::CareStaff) => true,
            (_, Role::CareStaff | Role::Admin | Role::PrivacyOfficer) => false,
        }
    }
}

/// One field of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    pub code: &'static str,
    pub label: &'static str,
    pub form: Form,
}

/// How a field is held, and so how two edits of it made apart come together (`reference/careplan.md` section 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Free text: merged by character.
    Prose,
    /// A short text of at most so many characters. This and the forms below keep every value said apart until one is chosen.
    Line(u16),
    /// A year, month or day (`When`).
    Date,
    /// 1 to 10, decimals allowed.
    Score,
    /// 0 to 100.
    Scale,
    YesNo,
    /// Not a field any more but a topic of the decision log (`Topic::GoalStatus`): what stands here was written before it was one, and is read as
    /// a voice of it. Nothing is set here.
    Decided,
    /// One of a list.
    Choice(&'static [Coded]),
    /// Several of a list: their codes in its order, a space between two.
    Choices(&'static [Coded]),
    /// A SNOMED CT concept id from the set this expression names; the set itself is not carried.
    Snomed(&'static str),
}

impl Form {
    pub const fn is_prose(self) -> bool {
        matches!(self, Form::Prose)
    }

    /// Whether `value` may stand here; empty clears.
    pub fn admits(self, value: &str) -> bool {
        let number = |low: f64, high: f64| value.parse::<f64>().is_ok_and(|n| n >= low && n <= high);
        value.is_empty()
            || match self {
                Form::Prose => true,
                Form::Decided => false,
                Form::Line(most) => value.chars().count() <= usize::from(most) && !value.contains('\n'),
                Form::Date => crate::When::parse(value).is_some(),
                Form::Score => number(1.0, 10.0),
                Form::Scale => number(0.0, 100.0),
                Form::YesNo => matches!(value, "yes" | "no"),
                Form::Choice(all) => all.iter().any(|coded| coded.code == value),
                Form::Choices(all) => {
                    // Each is looked for after the one before it: none twice, and none out of order.
                    let mut rest = all.iter();
                    value.split(' ').all(|code| rest.any(|coded| coded.code == code))
                }
                Form::Snomed(_) => super::values::is_concept(value),
            }
    }

    /// A stored value as a person reads it.
    pub fn shown(self, value: &str) -> String {
        match self {
            Form::Choice(all) => {
                all.iter().find(|coded| coded.code == value).map_or(value, |coded| coded.label).to_owned()
            }
            Form::Choices(all) => {
                let one = |code| all.iter().find(|coded| coded.code == code).map_or(code, |coded| coded.label);
                value.split(' ').map(one).collect::<Vec<_>>().join("; ")
            }
            Form::YesNo if value == "yes" => "Yes".to_owned(),
            Form::YesNo if value == "no" => "No".to_owned(),
            Form::Date => crate::When::parse(value).map_or_else(|| value.to_owned(), |when| when.display()),
            _ => value.to_owned(),
        }
    }
}

/// Names one entry: a part by its kind's code, an added entry by 16 hexadecimal digits of chance.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NodeId(String);

/// The text names no entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotANode;

impl fmt::Display for NotANode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not the name of an entry in a plan")
    }
}

impl std::error::Error for NotANode {}

impl NodeId {
    pub fn part(kind: Kind) -> NodeId {
        NodeId(kind.part().code().to_owned())
    }

    pub fn fresh(chance: [u8; 8]) -> NodeId {
        NodeId(chance.iter().map(|b| format!("{b:02x}")).collect())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part this is, if it is one.
    pub fn as_part(&self) -> Option<Kind> {
        Kind::PARTS.into_iter().find(|kind| kind.code() == self.0)
    }
}

impl FromStr for NodeId {
    type Err = NotANode;
    fn from_str(text: &str) -> Result<NodeId, NotANode> {
        let part = Kind::PARTS.iter().any(|kind| kind.code() == text);
        let added = text.len() == 16 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if part || added { Ok(NodeId(text.to_owned())) } else { Err(NotANode) }
    }
}

impl TryFrom<String> for NodeId {
    type Error = NotANode;
    fn try_from(text: String) -> Result<NodeId, NotANode> {
        text.parse()
    }
}

impl From<NodeId> for String {
    fn from(id: NodeId) -> String {
        id.0
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One field of one entry.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    pub node: NodeId,
    pub field: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_distinct_and_read_back() {
        let all: Vec<Kind> = Kind::PARTS.into_iter().chain(Kind::ADDED).collect();
        let codes: BTreeSet<&str> = all.iter().map(|k| k.code()).collect();
        assert_eq!(codes.len(), all.len());
        for kind in all {
            assert_eq!(Kind::from_code(kind.code()), Some(kind));
            let fields: BTreeSet<&str> = kind.fields().iter().map(|f| f.code).collect();
            assert_eq!(fields.len(), kind.fields().len(), "{kind:?}");
            assert!(!fields.is_empty(), "{kind:?}");
            assert!(["kind", "parent", "ended", "by", "at"].iter().all(|word| !fields.contains(word)), "{kind:?}");
            assert!(kind.required().is_none_or(|code| kind.field(code).is_some()), "{kind:?}");
        }
    }

    #[test]
    fn who_took_part_in_a_respect_form_may_be_several() {
        let form = Kind::Respect.field("involvement").unwrap().form;
        for value in ["", "A", "C1 C3", "C2 C3", "A B C1 C2 C3 D"] {
            assert!(form.admits(value), "{value}");
        }
        for value in ["E", "A A", "C3 C1", "A,B", "A ", " A", "A  B"] {
            assert!(!form.admits(value), "{value}");
        }
        let both = "C1: a child with sufficient maturity took part; C3: those with parental responsibility took part";
        assert_eq!((form.shown("C1 C3").as_str(), form.shown("A").as_str()), (both, "A: has capacity and took part"));
    }

    #[test]
    fn goals_belong_to_needs_and_so_on_down() {
        let up: Vec<Kind> = std::iter::successors(Some(Kind::StageGoal), |kind| kind.parent()).collect();
        assert_eq!(up, [Kind::StageGoal, Kind::Action, Kind::Goal, Kind::Need, Kind::Care]);
        assert_eq!(Kind::Goal.children().collect::<Vec<_>>(), [Kind::Action, Kind::Outcome]);
    }

    #[test]
    fn care_staff_write_about_the_person_and_not_in_the_respect_form() {
        assert!(Kind::Action.may_be_written_by(Role::CareStaff));
        assert!(!Kind::Respect.may_be_written_by(Role::CareStaff));
        assert!(!Kind::Anticipatory.may_be_written_by(Role::CareStaff));
        assert!(!Kind::About.may_be_written_by(Role::Admin));
    }

    #[test]
    fn a_form_admits_what_it_can_show() {
        for (form, good, bad) in [
            (Form::Score, "7.5", "11"),
            (Form::Date, "2026-05", "tomorrow"),
            (Form::YesNo, "yes", "true"),
            (Form::Line(3), "abc", "abcd"),
            (Form::Snomed("<<71388002"), "450475007", "45047500"),
        ] {
            assert!(form.admits(good) && form.admits("") && !form.admits(bad), "{form:?}");
        }
    }

    #[test]
    fn an_entry_is_named_by_part_or_by_chance_and_by_nothing_else() {
        assert_eq!(NodeId::part(Kind::Goal).as_part(), Some(Kind::Care));
        assert!(NodeId::fresh([7; 8]).to_string().parse::<NodeId>().is_ok());
        for bad in ["", "goal", "0707070707070G07", "../x"] {
            assert_eq!(bad.parse::<NodeId>(), Err(NotANode), "{bad}");
        }
    }
}
