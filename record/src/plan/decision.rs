//! Decisions that never resolve themselves: an append-only log of claims, each a whole voice with its author, role, organisation, time
//! and basis. What stands under a topic is reckoned from the log by [`weigh`]; a screen that wants "the value" must say what it does
//! with a dispute, for there is no accessor that skips it (`reference/careplan.md` section 7; hazards H5 and H6).

use super::shape::NodeId;
use super::values::{self, Coded};
use crate::ids::{OdsCode, StaffId};
use crate::people::{Actor, Role};
use crate::stamp::Stamp;
use crate::when::When;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// What is decided.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Topic {
    Cpr,
    ClinicalFocus,
    Capacity,
    Adrt,
    AllergyStatus,
    KeySafe,
    /// The dose of one anticipatory medicine.
    Dose(NodeId),
}

impl Topic {
    /// The topics every plan has.
    pub const ALWAYS: [Topic; 6] =
        [Topic::Cpr, Topic::ClinicalFocus, Topic::Capacity, Topic::Adrt, Topic::AllergyStatus, Topic::KeySafe];

    /// The first word of its key in the document.
    pub const fn word(&self) -> &'static str {
        match self {
            Topic::Cpr => "cpr",
            Topic::ClinicalFocus => "clinical-focus",
            Topic::Capacity => "capacity",
            Topic::Adrt => "adrt",
            Topic::AllergyStatus => "allergy-status",
            Topic::KeySafe => "key-safe",
            Topic::Dose(_) => "dose",
        }
    }

    pub const fn title(&self) -> &'static str {
        match self {
            Topic::Cpr => "CPR decision",
            Topic::ClinicalFocus => "Clinical focus",
            Topic::Capacity => "Capacity for involvement in this plan",
            Topic::Adrt => "Advance decision to refuse treatment",
            Topic::AllergyStatus => "Allergy status",
            Topic::KeySafe => "Key safe",
            Topic::Dose(_) => "Dose",
        }
    }

    /// The values to choose from; empty where only words will do.
    pub const fn values(&self) -> &'static [Coded] {
        match self {
            Topic::Cpr => values::CPR,
            Topic::ClinicalFocus => values::CLINICAL_FOCUS,
            Topic::Capacity => values::CAPACITY,
            Topic::Adrt => values::ADRT,
            Topic::AllergyStatus => values::ALLERGY_STATUS,
            Topic::KeySafe | Topic::Dose(_) => &[],
        }
    }

    /// Who may add a voice. An allergy or a key-safe number may be first known to a care worker; the others are clinical decisions.
    pub const fn may_be_claimed_by(&self, role: Role) -> bool {
        match (self, role) {
            (_, Role::RegulatedClinician) | (Topic::AllergyStatus | Topic::KeySafe, Role::CareStaff) => true,
            (_, Role::CareStaff | Role::Admin | Role::PrivacyOfficer) => false,
        }
    }
}

/// Who may settle what others said: a registered clinician, by name.
pub const fn may_settle(role: Role) -> bool {
    matches!(role, Role::RegulatedClinician)
}

/// The text names no topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotATopic;

impl fmt::Display for NotATopic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not the name of a decision in a plan")
    }
}

impl std::error::Error for NotATopic {}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Topic::Dose(node) => write!(f, "dose:{node}"),
            other => f.write_str(other.word()),
        }
    }
}

impl FromStr for Topic {
    type Err = NotATopic;
    fn from_str(text: &str) -> Result<Topic, NotATopic> {
        if let Some(node) = text.strip_prefix("dose:") {
            return node.parse().map(Topic::Dose).map_err(|_| NotATopic);
        }
        Topic::ALWAYS.into_iter().find(|topic| topic.word() == text).ok_or(NotATopic)
    }
}

impl TryFrom<String> for Topic {
    type Error = NotATopic;
    fn try_from(text: String) -> Result<Topic, NotATopic> {
        text.parse()
    }
}

impl From<Topic> for String {
    fn from(topic: Topic) -> String {
        topic.to_string()
    }
}

/// Who said it, as they were when they said it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Author {
    pub staff: StaffId,
    pub name: String,
    pub role: Role,
    pub title: String,
    pub ods: OdsCode,
    pub organisation: String,
}

impl Author {
    pub fn of(actor: &Actor) -> Author {
        Author {
            staff: actor.staff.clone(),
            name: actor.name.clone(),
            role: actor.role,
            title: actor.title.clone(),
            ods: actor.organisation.ods.clone(),
            organisation: actor.organisation.name.clone(),
        }
    }
}

/// A code of the topic's own set, with words; or words alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ClaimValue {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
}

impl ClaimValue {
    /// As a person reads it.
    pub fn shown(&self, topic: &Topic) -> String {
        let label = self.code.as_deref().map(|code| {
            topic.values().iter().find(|value| value.code == code).map_or(code, |value| value.label).to_owned()
        });
        match (label, self.text.as_str()) {
            (Some(label), "") => label,
            (Some(label), text) => format!("{label}. {text}"),
            (None, text) => text.to_owned(),
        }
    }

    /// The same decision: the same code, or the same words where neither has one.
    fn agrees_with(&self, other: &ClaimValue) -> bool {
        self == other
    }
}

/// One voice. Written once; never changed, never removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// 16 hexadecimal digits of chance: names the claim, so that settling it can say what it settles.
    pub id: String,
    pub value: ClaimValue,
    pub by: Author,
    /// Device time.
    pub at: Stamp,
    /// On what it rests: the conversation, the assessment, the form seen.
    pub basis: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<When>,
    /// Where the signed original is kept.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub kept: String,
    /// Every claim this one replaces, by id. A claim not named stays and disputes it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settles: Vec<String>,
}

/// What stands under a topic. There is no "the value": whoever shows it says what they do with a dispute.
///
/// ```compile_fail
/// fn show(held: record::plan::Held) -> String { held.value }
/// ```
/// ```compile_fail
/// use record::plan::{Held, Topic};
/// fn show(held: &Held) -> String {
///     match held {
///         Held::Nothing => String::new(),
///         Held::Agreed { said, .. } => said.value.shown(&Topic::Cpr),
///     } // a screen that forgets Held::Disputed does not compile
/// }
/// ```
/// ```
/// use record::plan::{Held, Topic};
/// fn show(held: &Held) -> String {
///     match held {
///         Held::Nothing => String::new(),
///         Held::Agreed { said, .. } => said.value.shown(&Topic::Cpr),
///         Held::Disputed(voices) => voices.iter().map(|claim| claim.value.shown(&Topic::Cpr)).collect(),
///     }
/// }
/// assert_eq!(show(&Held::Nothing), "");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Held {
    Nothing,
    /// One voice, or several that say the same; `also` are the earlier of them.
    Agreed {
        said: Box<Claim>,
        also: Vec<Claim>,
    },
    /// Voices that differ, newest first. All are shown.
    Disputed(Vec<Claim>),
}

impl Held {
    pub(super) fn voices_mut(&mut self) -> Vec<&mut Claim> {
        match self {
            Held::Nothing => Vec::new(),
            Held::Agreed { said, also } => std::iter::once(said.as_mut()).chain(also).collect(),
            Held::Disputed(voices) => voices.iter_mut().collect(),
        }
    }

    /// Every standing claim: what a settlement must name to leave nothing behind.
    pub fn standing(&self) -> Vec<String> {
        match self {
            Held::Nothing => Vec::new(),
            Held::Agreed { said, also } => std::iter::once(said.as_ref()).chain(also).map(|c| c.id.clone()).collect(),
            Held::Disputed(voices) => voices.iter().map(|c| c.id.clone()).collect(),
        }
    }
}

/// Reckons what stands from the whole log. A claim is settled when another, by somebody who may settle, names it. If claims settle each
/// other in a ring, which nobody can do honestly, all of them stand: no value vanishes.
pub fn weigh(mut claims: Vec<Claim>) -> Held {
    // Newest first; the id decides between equals, so that every device shows the same order.
    claims.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.id.cmp(&b.id)));
    let settled: BTreeSet<&str> = claims
        .iter()
        .filter(|claim| may_settle(claim.by.role))
        .flat_map(|claim| claim.settles.iter().filter(|id| **id != claim.id).map(String::as_str))
        .collect();
    let standing: Vec<Claim> = claims.iter().filter(|claim| !settled.contains(claim.id.as_str())).cloned().collect();
    let mut voices = if standing.is_empty() { claims } else { standing };
    match voices.first() {
        None => Held::Nothing,
        Some(newest) if voices.iter().all(|voice| voice.value.agrees_with(&newest.value)) => {
            let said = Box::new(voices.remove(0));
            Held::Agreed { said, also: voices }
        }
        Some(_) => Held::Disputed(voices),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(id: &str, code: &str, role: Role, at: i64, settles: &[&str]) -> Claim {
        Claim {
            id: id.into(),
            value: ClaimValue { code: Some(code.into()), text: String::new() },
            by: Author {
                staff: "N1".parse().unwrap(),
                name: "Jo Marlow".into(),
                role,
                title: "Nurse".into(),
                ods: "ZZ1".parse().unwrap(),
                organisation: "Trust".into(),
            },
            at: Stamp::from_millis(at),
            basis: "talked it over".into(),
            review: None,
            kept: String::new(),
            settles: settles.iter().map(|s| (*s).to_owned()).collect(),
        }
    }

    const DOCTOR: Role = Role::RegulatedClinician;

    #[test]
    fn two_voices_are_disputed_until_both_are_named() {
        let log = vec![claim("a", "1", DOCTOR, 1, &[]), claim("b", "2", DOCTOR, 2, &[])];
        assert!(matches!(weigh(log.clone()), Held::Disputed(v) if v.len() == 2 && v[0].id == "b"));
        let one = [log.clone(), vec![claim("c", "2", DOCTOR, 3, &["b"])]].concat();
        assert!(matches!(weigh(one), Held::Disputed(v) if v.len() == 2), "the voice not named still stands");
        let both = [log, vec![claim("c", "2", DOCTOR, 3, &["a", "b"])]].concat();
        assert!(matches!(weigh(both), Held::Agreed { said, also } if said.id == "c" && also.is_empty()));
    }

    #[test]
    fn a_care_worker_adds_a_voice_and_settles_nothing() {
        let log = vec![claim("a", "1", DOCTOR, 1, &[]), claim("b", "2", Role::CareStaff, 2, &["a"])];
        assert!(matches!(weigh(log), Held::Disputed(v) if v.len() == 2));
    }

    #[test]
    fn the_same_answer_twice_is_no_dispute_but_both_must_be_named_to_change_it() {
        let held = weigh(vec![claim("a", "1", DOCTOR, 1, &[]), claim("b", "1", DOCTOR, 2, &[])]);
        assert_eq!(held.standing(), ["b", "a"]);
        assert!(matches!(held, Held::Agreed { .. }));
    }

    #[test]
    fn claims_that_settle_each_other_do_not_make_both_vanish() {
        let ring = vec![claim("a", "1", DOCTOR, 1, &["b"]), claim("b", "2", DOCTOR, 2, &["a"])];
        assert!(matches!(weigh(ring), Held::Disputed(v) if v.len() == 2));
        assert!(matches!(weigh(vec![claim("a", "1", DOCTOR, 1, &["a"])]), Held::Agreed { .. }));
        assert_eq!(weigh(Vec::new()), Held::Nothing);
    }

    #[test]
    fn topics_read_back_and_a_dose_names_its_medicine() {
        let dose = Topic::Dose(NodeId::fresh([3; 8]));
        for topic in Topic::ALWAYS.into_iter().chain([dose]) {
            assert_eq!(topic.to_string().parse(), Ok(topic.clone()));
            assert!(topic.may_be_claimed_by(DOCTOR));
        }
        assert_eq!("dose:x".parse::<Topic>(), Err(NotATopic));
        assert!(!Topic::Cpr.may_be_claimed_by(Role::CareStaff) && Topic::KeySafe.may_be_claimed_by(Role::CareStaff));
    }
}
