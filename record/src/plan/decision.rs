//! Decisions that never resolve themselves: an append-only log of claims, each a whole voice with its author, role, organisation, time
//! and basis. What stands under a topic is reckoned from the log by [`weigh`]; a screen that wants "the value" must say what it does
//! with a dispute, for there is no accessor that skips it (`reference/careplan.md` section 7; hazards H5 and H6).

use super::shape::{Kind, NodeId};
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
    /// How far one goal or stage goal has got. It is no field of the goal that could be read without its dispute:
    ///
    /// ```compile_fail
    /// use record::plan::{Held, NodeId, Plan, Topic};
    /// fn got(plan: &Plan, goal: NodeId) -> String {
    ///     let topic = Topic::GoalStatus(goal);
    ///     match plan.held(&topic) {
    ///         None | Some(Held::Nothing) => String::new(),
    ///         Some(Held::Agreed { said, .. }) => said.value.shown(&topic),
    ///     } // who forgets that two may differ does not compile
    /// }
    /// ```
    ///
    /// Its voices lie in the goal's own entry, which hubs and devices from before them take in.
    GoalStatus(NodeId),
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
            Topic::GoalStatus(_) => "goal-status",
        }
    }

    /// The entry it is decided of; none for what is the whole plan's.
    pub const fn node(&self) -> Option<&NodeId> {
        match self {
            Topic::Dose(node) | Topic::GoalStatus(node) => Some(node),
            _ => None,
        }
    }

    /// Whether it is decided of entries of this kind.
    pub const fn is_of(&self, kind: Kind) -> bool {
        match self {
            Topic::Dose(_) => matches!(kind, Kind::Anticipatory),
            Topic::GoalStatus(_) => matches!(kind, Kind::Goal | Kind::StageGoal),
            _ => false,
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
            Topic::GoalStatus(_) => "Goal status",
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
            Topic::GoalStatus(_) => values::GOAL_STATUS,
            Topic::KeySafe | Topic::Dose(_) => &[],
        }
    }

    /// Who may add a voice. An allergy or a key-safe number may be first known to a care worker, and how far a goal has got to whoever helps
    /// with it; the others are clinical decisions.
    pub const fn may_be_claimed_by(&self, role: Role) -> bool {
        match (self, role) {
            (_, Role::RegulatedClinician)
            | (Topic::AllergyStatus | Topic::KeySafe | Topic::GoalStatus(_), Role::CareStaff) => true,
            (_, Role::CareStaff | Role::Admin | Role::PrivacyOfficer) => false,
        }
    }

    /// Whether a claim of this role may name others that it replaces: one that settles, or one that moves a goal on (decision 0071).
    pub const fn may_replace(&self, role: Role) -> bool {
        may_settle(role) || matches!((self, role), (Topic::GoalStatus(_), Role::CareStaff))
    }

    /// Which claims this one takes the place of. A registered clinician's: every one it names. A care worker's, of a goal: those it names where
    /// they all say one thing, which is moving on and no judgement between people; of voices that differ only their own, taken back.
    fn replaced<'a>(&self, claim: &'a Claim, all: &'a [Claim]) -> Vec<&'a str> {
        let named: Vec<&Claim> =
            all.iter().filter(|other| other.id != claim.id && claim.settles.contains(&other.id)).collect();
        if !self.may_replace(claim.by.role) {
            return Vec::new();
        }
        let alike = named.windows(2).all(|pair| pair[0].value.agrees_with(&pair[1].value));
        let whole = may_settle(claim.by.role) || alike;
        let gone = named.into_iter().filter(|other| whole || other.by.staff == claim.by.staff);
        gone.map(|other| other.id.as_str()).collect()
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
            Topic::Dose(node) | Topic::GoalStatus(node) => write!(f, "{}:{node}", self.word()),
            other => f.write_str(other.word()),
        }
    }
}

impl FromStr for Topic {
    type Err = NotATopic;
    fn from_str(text: &str) -> Result<Topic, NotATopic> {
        if let Some((word, node)) = text.split_once(':') {
            let node = node.parse().map_err(|_| NotATopic)?;
            return match word {
                "dose" => Ok(Topic::Dose(node)),
                "goal-status" => Ok(Topic::GoalStatus(node)),
                _ => Err(NotATopic),
            };
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
            (None, "") => "Cleared".to_owned(),
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
    /// 16 hexadecimal digits of chance: names the claim, so that settling it can say what it settles. Of a value from before its topic had a
    /// log, [`Claim::OF_BEFORE`] and the operation that wrote it.
    pub id: String,
    pub value: ClaimValue,
    pub by: Author,
    /// Device time.
    pub at: Stamp,
    /// On what it rests: the conversation, the assessment, the form seen. Empty only where nobody was asked: a value of before.
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

impl Claim {
    /// How the id of a value begins that was a plain field when it was written: it has an author and a time, and no basis.
    pub const OF_BEFORE: &str = "before:";

    pub fn is_of_before(&self) -> bool {
        self.id.starts_with(Claim::OF_BEFORE)
    }
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

    /// Every claim that stands, the newest first.
    pub fn voices(&self) -> impl Iterator<Item = &Claim> {
        let (said, rest) = match self {
            Held::Nothing => (None, &[][..]),
            Held::Agreed { said, also } => (Some(said.as_ref()), also.as_slice()),
            Held::Disputed(voices) => (None, voices.as_slice()),
        };
        said.into_iter().chain(rest)
    }

    /// Every standing claim: what a settlement must name to leave nothing behind.
    pub fn standing(&self) -> Vec<String> {
        self.voices().map(|claim| claim.id.clone()).collect()
    }

    /// The standing claims that this person's next one may take the place of.
    pub fn replaceable(&self, topic: &Topic, role: Role, staff: &StaffId) -> Vec<String> {
        let own = matches!(self, Held::Disputed(_)) && !may_settle(role);
        let gone = self.voices().filter(|claim| topic.may_replace(role) && (!own || claim.by.staff == *staff));
        gone.map(|claim| claim.id.clone()).collect()
    }
}

/// Reckons what stands from the whole log of a topic. A claim is settled when another, by somebody who may replace it, names it. If claims
/// settle each other in a ring, which nobody can do honestly, all of them stand: no value vanishes.
pub fn weigh(topic: &Topic, mut claims: Vec<Claim>) -> Held {
    // Newest first; the id decides between equals, so that every device shows the same order.
    claims.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.id.cmp(&b.id)));
    let settled: BTreeSet<&str> = claims.iter().flat_map(|claim| topic.replaced(claim, &claims)).collect();
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
        assert!(matches!(weigh(&Topic::Cpr, log.clone()), Held::Disputed(v) if v.len() == 2 && v[0].id == "b"));
        let one = [log.clone(), vec![claim("c", "2", DOCTOR, 3, &["b"])]].concat();
        assert!(
            matches!(weigh(&Topic::Cpr, one), Held::Disputed(v) if v.len() == 2),
            "the voice not named still stands"
        );
        let both = [log, vec![claim("c", "2", DOCTOR, 3, &["a", "b"])]].concat();
        assert!(matches!(weigh(&Topic::Cpr, both), Held::Agreed { said, also } if said.id == "c" && also.is_empty()));
    }

    #[test]
    fn a_care_worker_adds_a_voice_and_settles_nothing() {
        let log = vec![claim("a", "1", DOCTOR, 1, &[]), claim("b", "2", Role::CareStaff, 2, &["a"])];
        assert!(matches!(weigh(&Topic::Cpr, log), Held::Disputed(v) if v.len() == 2));
    }

    #[test]
    fn the_same_answer_twice_is_no_dispute_but_both_must_be_named_to_change_it() {
        let held = weigh(&Topic::Cpr, vec![claim("a", "1", DOCTOR, 1, &[]), claim("b", "1", DOCTOR, 2, &[])]);
        assert_eq!(held.standing(), ["b", "a"]);
        assert!(matches!(held, Held::Agreed { .. }));
    }

    #[test]
    fn claims_that_settle_each_other_do_not_make_both_vanish() {
        let ring = vec![claim("a", "1", DOCTOR, 1, &["b"]), claim("b", "2", DOCTOR, 2, &["a"])];
        assert!(matches!(weigh(&Topic::Cpr, ring), Held::Disputed(v) if v.len() == 2));
        assert!(matches!(weigh(&Topic::Cpr, vec![claim("a", "1", DOCTOR, 1, &["a"])]), Held::Agreed { .. }));
        assert_eq!(weigh(&Topic::Cpr, Vec::new()), Held::Nothing);
    }

    #[test]
    fn a_care_worker_moves_a_goal_on_takes_back_their_own_word_and_judges_nobody() {
        let goal = Topic::GoalStatus(NodeId::fresh([3; 8]));
        let by =
            |staff: &str, claim: Claim| Claim { by: Author { staff: staff.parse().unwrap(), ..claim.by }, ..claim };
        let carer = |staff, id, code, at, settles: &[&str]| by(staff, claim(id, code, Role::CareStaff, at, settles));
        let first = claim("a", "active", DOCTOR, 1, &[]);
        // What nobody disputes goes on, whoever said it.
        let on = vec![first.clone(), carer("C1", "b", "completed", 2, &["a"])];
        assert!(matches!(weigh(&goal, on.clone()), Held::Agreed { said, also } if said.id == "b" && also.is_empty()));
        assert!(matches!(weigh(&Topic::Cpr, on.clone()), Held::Disputed(_)), "of a goal and of nothing else");
        // Two went on apart: neither care worker chooses between them, by whatever they name.
        let apart = [on, vec![carer("C2", "c", "on-hold", 3, &["a"])]].concat();
        let held = weigh(&goal, apart.clone());
        assert!(matches!(&held, Held::Disputed(v) if v.len() == 2));
        let both = carer("C3", "d", "cancelled", 4, &["b", "c"]);
        assert!(matches!(weigh(&goal, [apart.clone(), vec![both]].concat()), Held::Disputed(v) if v.len() == 3));
        let third: StaffId = "C3".parse().unwrap();
        assert_eq!(held.replaceable(&goal, Role::CareStaff, &third), Vec::<String>::new());
        assert_eq!(held.replaceable(&goal, DOCTOR, &third), ["c", "b"]);
        // One of the two takes their own word back, and then they agree.
        assert_eq!(held.replaceable(&goal, Role::CareStaff, &"C2".parse().unwrap()), ["c"]);
        let back = carer("C2", "d", "completed", 4, &["c"]);
        assert!(
            matches!(weigh(&goal, [apart.clone(), vec![back]].concat()), Held::Agreed { also, .. } if also.len() == 1)
        );
        // Or with the other's named too: what is not their own stays.
        let over = carer("C2", "d", "cancelled", 4, &["b", "c"]);
        assert!(matches!(weigh(&goal, [apart.clone(), vec![over]].concat()), Held::Disputed(v) if v.len() == 2));
        let settled = claim("d", "active", DOCTOR, 4, &["b", "c"]);
        assert!(matches!(weigh(&goal, [apart, vec![settled]].concat()), Held::Agreed { said, .. } if said.id == "d"));
    }

    #[test]
    fn topics_read_back_and_a_dose_names_its_medicine() {
        let of_entries = [Topic::Dose(NodeId::fresh([3; 8])), Topic::GoalStatus(NodeId::fresh([3; 8]))];
        for topic in Topic::ALWAYS.into_iter().chain(of_entries) {
            assert_eq!(topic.to_string().parse(), Ok(topic.clone()));
            assert!(topic.may_be_claimed_by(DOCTOR));
        }
        assert_eq!("dose:x".parse::<Topic>(), Err(NotATopic));
        assert!(!Topic::Cpr.may_be_claimed_by(Role::CareStaff) && Topic::KeySafe.may_be_claimed_by(Role::CareStaff));
    }
}
