//! What somebody asks to change in a plan: intents, never operations. Each says what its writer had seen, so that nothing which came
//! meanwhile is overwritten unseen; [`Edit::check`] refuses what the person may not do or what cannot stand.

use super::decision::{Author, ClaimValue, Held, Topic};
use super::history::What;
use super::shape::{Form, Kind, NodeId, Place};
use super::values;
use super::view::{Content, Heads, Plan, Register};
use crate::people::Role;
use crate::when::When;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Why an entry no longer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ending {
    /// It was right and is over.
    Ended,
    /// It should never have been written; kept and marked so.
    EnteredInError,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Edit {
    /// The text of a prose field, as its writer left it, and the moment of the plan they began from: what others wrote since stays.
    Write { place: Place, seen: Heads, text: String },
    /// A register's value (empty clears), and the values its writer saw, all of which it replaces.
    Set { place: Place, over: Vec<String>, value: String },
    /// A new entry under `parent` with its first fields.
    Add { kind: Kind, parent: NodeId, id: NodeId, fields: Vec<(String, String)> },
    /// Deletion is a status, with its reason.
    End { node: NodeId, ending: Ending, reason: String },
    /// An entry stands that somebody ended without having seen what others wrote there.
    Keep { node: NodeId },
    /// A voice in a decision log, naming every claim it replaces.
    Decide {
        topic: Topic,
        id: String,
        value: ClaimValue,
        basis: String,
        review: Option<When>,
        kept: String,
        settles: Vec<String>,
    },
}

/// Why an edit was not made. Log-safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum EditFault {
    /// This role may not write here.
    Role,
    /// Only a registered clinician settles what others said.
    MayNotSettle,
    /// There is no such entry or field.
    Place,
    /// An entry of this kind does not belong there.
    Parent,
    /// The value does not fit the field.
    Value,
    /// It is decided with what it rests on, and no longer set.
    Decided,
    /// A contingency plan needs its trigger; a review its date.
    Required,
    /// The plan changed since the writer looked: look again, nothing was overwritten.
    Moved,
    /// The entry has ended.
    Ended,
    /// A decision needs a value and its basis; an ending its reason.
    Reason,
    /// A covered decision is disputed: settle it before signing.
    Disputed,
    /// A covered text was written by two people apart, and nobody has read it as a whole.
    Apart,
    /// There is nothing to sign.
    Nothing,
}

/// No text of a plan is longer (characters).
pub const LONGEST: usize = 20_000;

impl fmt::Display for EditFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            EditFault::Role => "Your role may read this part of the plan but not write in it.",
            EditFault::MayNotSettle => {
                "Only a registered clinician may settle what others recorded. You can add what you know."
            }
            EditFault::Place | EditFault::Parent => "That part of the plan is not there.",
            EditFault::Value => "That does not fit here. Check the date, the number or the length.",
            EditFault::Decided => "A goal's status now says what it rests on. Record it under the goal, in its status.",
            EditFault::Required => {
                "Enter the trigger for this plan, or the date of this review: it cannot stand without."
            }
            EditFault::Moved => {
                "Somebody else changed this since you opened it. Nothing was overwritten: look at both, then choose."
            }
            EditFault::Ended => "That entry has ended. Add a new one instead.",
            EditFault::Reason => "Enter the decision and what it rests on, in a few words.",
            EditFault::Disputed => "Two clinicians disagree in what you would sign. Settle it first.",
            EditFault::Apart => {
                "Two people wrote apart in what you would sign, and it may say what neither meant. Read each marked text as a whole, then confirm it or write it anew."
            }
            EditFault::Nothing => "There is nothing to sign yet.",
        })
    }
}

impl std::error::Error for EditFault {}

impl Edit {
    /// Whether this person may make this edit of `plan` as it stands now.
    pub fn check(&self, plan: &Plan, by: &Author) -> Result<(), EditFault> {
        if self.texts().iter().any(|text| text.chars().count() > LONGEST) {
            return Err(EditFault::Value);
        }
        let role = by.role;
        match self {
            Edit::Write { place, text, seen } => {
                let (kind, form) = standing(plan, place)?;
                allowed(kind, role)?;
                // To let it stand is to have read it as it stands.
                let same = matches!(plan.at(place), Some(Content::Prose(now)) if now == text);
                if same && plan.apart_at(place).is_some() && *seen != plan.heads {
                    return Err(EditFault::Moved);
                }
                if !form.is_prose() {
                    return Err(EditFault::Value);
                }
                if kind.required() == Some(place.field.as_str()) && text.trim().is_empty() {
                    return Err(EditFault::Required);
                }
                Ok(())
            }
            Edit::Set { place, over, value } => {
                let (kind, form) = standing(plan, place)?;
                allowed(kind, role)?;
                if form == Form::Decided {
                    return Err(EditFault::Decided);
                }
                if form.is_prose() || !form.admits(value) {
                    return Err(EditFault::Value);
                }
                if kind.required() == Some(place.field.as_str()) && value.is_empty() {
                    return Err(EditFault::Required);
                }
                let register = match plan.at(place) {
                    Some(Content::Register(register)) => register.clone(),
                    _ => Register::Empty,
                };
                let mut seen: Vec<&str> = over.iter().map(String::as_str).collect();
                seen.sort_unstable();
                if register.values() == seen { Ok(()) } else { Err(EditFault::Moved) }
            }
            Edit::Add { kind, parent, fields, id } => {
                allowed(*kind, role)?;
                let above = plan.find(parent).ok_or(EditFault::Parent)?;
                if kind.parent() != Some(above.kind) || id.as_part().is_some() || plan.find(id).is_some() {
                    return Err(EditFault::Parent);
                }
                if plan.has_ended(parent) {
                    return Err(EditFault::Ended);
                }
                for (place, (code, value)) in fields.iter().enumerate() {
                    let field = kind.field(code).ok_or(EditFault::Place)?;
                    if fields[..place].iter().any(|(earlier, _)| earlier == code) {
                        return Err(EditFault::Place);
                    }
                    // A draft from before may add a goal with its status: it is read as a voice whose basis was not recorded.
                    let before = field.form == Form::Decided && values::GOAL_STATUS.iter().any(|v| v.code == value);
                    if !before && !field.form.admits(value) {
                        return Err(EditFault::Value);
                    }
                }
                let given = |code: &str| fields.iter().any(|(c, v)| c == code && !v.trim().is_empty());
                if kind.required().is_some_and(|code| !given(code)) { Err(EditFault::Required) } else { Ok(()) }
            }
            Edit::End { node, reason, .. } => {
                let found = plan.find(node).ok_or(EditFault::Place)?;
                allowed(found.kind, role)?;
                if node.as_part().is_some() {
                    return Err(EditFault::Place);
                }
                if reason.trim().is_empty() {
                    return Err(EditFault::Reason);
                }
                if plan.has_ended(node) { Err(EditFault::Ended) } else { Ok(()) }
            }
            Edit::Keep { node } => {
                let found = plan.find(node).ok_or(EditFault::Place)?;
                allowed(found.kind, role)?;
                if plan.unseen_ends(node).is_empty() { Err(EditFault::Nothing) } else { Ok(()) }
            }
            Edit::Decide { topic, value, basis, settles, .. } => {
                if !topic.may_be_claimed_by(role) {
                    return Err(EditFault::Role);
                }
                if !settles.is_empty() && !topic.may_replace(role) {
                    return Err(EditFault::MayNotSettle);
                }
                if let Some(node) = topic.node() {
                    let found = plan.find(node).filter(|found| topic.is_of(found.kind));
                    found.ok_or(EditFault::Place)?;
                    if plan.has_ended(node) {
                        return Err(EditFault::Ended);
                    }
                }
                let known = |code: &String| topic.values().iter().any(|v| v.code == code.as_str());
                let said = value.code.is_some() || !value.text.trim().is_empty();
                if !said || basis.trim().is_empty() {
                    return Err(EditFault::Reason);
                }
                if value.code.as_ref().is_some_and(|code| !known(code)) {
                    return Err(EditFault::Value);
                }
                // What it settles must be standing now: otherwise its writer saw another plan.
                let held = plan.held(topic).unwrap_or(&Held::Nothing);
                let (standing, own) = (held.standing(), held.replaceable(topic, role, &by.staff));
                match settles.iter().all(|id| standing.contains(id)) {
                    false => Err(EditFault::Moved),
                    true if settles.iter().all(|id| own.contains(id)) => Ok(()),
                    true => Err(EditFault::MayNotSettle),
                }
            }
        }
    }

    /// Everything in it that somebody wrote.
    fn texts(&self) -> Vec<&str> {
        match self {
            Edit::Write { text, .. } => vec![text],
            Edit::Set { value, .. } => vec![value],
            Edit::Add { fields, .. } => fields.iter().map(|(_, value)| value.as_str()).collect(),
            Edit::End { reason, .. } => vec![reason],
            Edit::Keep { .. } => Vec::new(),
            Edit::Decide { value, basis, kept, .. } => vec![&value.text, basis, kept],
        }
    }

    /// What it does, for history and audit: codes only.
    pub fn what(&self, plan: &Plan) -> What {
        let kind = |node: &NodeId| plan.find(node).map_or(Kind::Care, |found| found.kind);
        match self {
            Edit::Write { place, .. } => What::Wrote(kind(&place.node), place.field.clone()),
            Edit::Set { place, .. } => What::Set(kind(&place.node), place.field.clone()),
            Edit::Add { kind, .. } => What::Added(*kind),
            Edit::End { node, .. } => What::Ended(kind(node)),
            Edit::Keep { .. } => What::Other,
            Edit::Decide { topic, settles, .. } if settles.is_empty() => What::Decided(topic.clone()),
            // A goal that goes on has settled nothing between people.
            Edit::Decide { topic: topic @ Topic::GoalStatus(_), .. }
                if !matches!(plan.held(topic), Some(Held::Disputed(_))) =>
            {
                What::Decided(topic.clone())
            }
            Edit::Decide { topic, .. } => What::Settled(topic.clone()),
        }
    }
}

fn standing(plan: &Plan, place: &Place) -> Result<(Kind, Form), EditFault> {
    let node = plan.find(&place.node).ok_or(EditFault::Place)?;
    let field = node.kind.field(&place.field).ok_or(EditFault::Place)?;
    // What stands under an ended need ended with it: who wants to go on with it adds it anew.
    if plan.has_ended(&place.node) { Err(EditFault::Ended) } else { Ok((node.kind, field.form)) }
}

fn allowed(kind: Kind, role: Role) -> Result<(), EditFault> {
    if kind.may_be_written_by(role) { Ok(()) } else { Err(EditFault::Role) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::view::{Node, Said};

    fn plan() -> Plan {
        let node = |kind: Kind, id: NodeId| Node { id, kind, ended: vec![], fields: vec![], children: vec![] };
        let mut parts: Vec<Node> = Kind::PARTS.iter().map(|kind| node(*kind, NodeId::part(*kind))).collect();
        let said = Said { value: "2026-05".into(), by: "D1/N1".into() };
        parts[1].fields.push(("review".into(), Content::Register(Register::One(said))));
        parts[1].children.push(node(Kind::Need, NodeId::fresh([1; 8])));
        Plan { parts, ..Plan::default() }
    }

    fn set(over: &[&str], value: &str) -> Edit {
        let place = Place { node: NodeId::part(Kind::Care), field: "review".into() };
        Edit::Set { place, over: over.iter().map(|s| (*s).to_owned()).collect(), value: value.into() }
    }

    fn add(kind: Kind, parent: NodeId, fields: &[(&str, &str)]) -> Edit {
        let fields = fields.iter().map(|(c, v)| ((*c).to_owned(), (*v).to_owned())).collect();
        Edit::Add { kind, parent, id: NodeId::fresh([9; 8]), fields }
    }

    #[track_caller]
    fn check(edit: &Edit, role: Role, expected: Result<(), EditFault>) {
        assert_eq!(edit.check(&plan(), &by(role)), expected, "{edit:?}");
    }

    fn by(role: Role) -> Author {
        Author {
            staff: "N1".parse().unwrap(),
            name: String::new(),
            title: String::new(),
            role,
            ods: "ZZ1".parse().unwrap(),
            organisation: String::new(),
        }
    }

    #[test]
    fn a_value_the_writer_had_not_seen_is_not_overwritten() {
        check(&set(&["2026-05"], "2026-06"), Role::CareStaff, Ok(()));
        check(&set(&[], "2026-06"), Role::CareStaff, Err(EditFault::Moved));
        check(&set(&["2026-05"], "soon"), Role::CareStaff, Err(EditFault::Value));
    }

    #[test]
    fn entries_stand_only_where_they_belong_and_only_whole() {
        let need = NodeId::fresh([1; 8]);
        check(&add(Kind::Goal, need.clone(), &[("text", "To walk to the shop")]), Role::CareStaff, Ok(()));
        check(&add(Kind::Action, need, &[]), Role::CareStaff, Err(EditFault::Parent));
        let care = NodeId::part(Kind::Care);
        check(&add(Kind::Contingency, care.clone(), &[("what", "Ring")]), Role::CareStaff, Err(EditFault::Required));
        check(&add(Kind::Contingency, care, &[("trigger", "A fall")]), Role::CareStaff, Ok(()));
        let respect = NodeId::part(Kind::Respect);
        check(&add(Kind::EmergencyContact, respect, &[("name", "Jo")]), Role::CareStaff, Err(EditFault::Role));
    }

    /// What is saved must be able to leave the device: nothing that somebody writes is longer, wherever it is written.
    #[test]
    fn no_text_is_longer_than_a_text_of_a_plan_may_be() {
        let long = "x".repeat(LONGEST + 1);
        let (care, need) = (NodeId::part(Kind::Care), NodeId::fresh([1; 8]));
        let said_of = |text: &str, basis: &str, kept: &str| Edit::Decide {
            topic: Topic::KeySafe,
            id: "0000000000000001".into(),
            value: ClaimValue { code: None, text: text.into() },
            basis: basis.into(),
            review: None,
            kept: kept.into(),
            settles: vec![],
        };
        for edit in [
            add(Kind::Need, care.clone(), &[("text", &long)]),
            add(Kind::Contingency, care, &[("trigger", "A fall"), ("what", &long)]),
            Edit::End { node: need, ending: Ending::Ended, reason: long.clone() },
            said_of(&long, "her word", ""),
            said_of("4711", &long, ""),
            said_of("4711", "her word", &long),
        ] {
            assert_eq!(edit.check(&plan(), &by(Role::RegulatedClinician)), Err(EditFault::Value));
        }
        check(&said_of("4711", "her word", "drawer"), Role::RegulatedClinician, Ok(()));
        let twice = add(Kind::Need, NodeId::part(Kind::Care), &[("text", "one"), ("text", "two")]);
        check(&twice, Role::RegulatedClinician, Err(EditFault::Place));
    }

    #[test]
    fn what_stands_under_an_ended_need_has_ended_with_it() {
        let mut plan = plan();
        let need = &mut plan.parts[1].children[0];
        let goal = NodeId::fresh([2; 8]);
        need.children.push(Node {
            id: goal.clone(),
            kind: Kind::Goal,
            ended: vec![],
            fields: vec![],
            children: vec![],
        });
        let place = Place { node: goal.clone(), field: "text".into() };
        let write = Edit::Write { place, seen: Heads::default(), text: "To walk".into() };
        let add = add(Kind::Action, goal.clone(), &[("text", "Exercises")]);
        let end = Edit::End { node: goal, ending: Ending::Ended, reason: "reached".into() };
        for edit in [&write, &add, &end] {
            assert_eq!(edit.check(&plan, &by(Role::RegulatedClinician)), Ok(()), "{edit:?}");
        }
        let ended = crate::plan::view::Ended {
            ending: Ending::Ended,
            reason: "well again".into(),
            by: by(Role::RegulatedClinician),
            at: crate::Stamp::from_millis(1),
        };
        plan.parts[1].children[0].ended.push(ended);
        for edit in [&write, &add, &end] {
            assert_eq!(edit.check(&plan, &by(Role::RegulatedClinician)), Err(EditFault::Ended), "{edit:?}");
        }
    }

    #[test]
    fn a_decision_needs_value_basis_role_and_what_it_settles() {
        let deciding = |code: &str, basis: &str, settles: &[&str]| Edit::Decide {
            topic: Topic::Cpr,
            id: "0000000000000001".into(),
            value: ClaimValue { code: Some(code.into()), text: String::new() },
            basis: basis.into(),
            review: None,
            kept: String::new(),
            settles: settles.iter().map(|s| (*s).to_owned()).collect(),
        };
        check(&deciding("450476008", "ReSPECT conversation", &[]), Role::RegulatedClinician, Ok(()));
        check(&deciding("450476008", "ReSPECT conversation", &[]), Role::CareStaff, Err(EditFault::Role));
        check(&deciding("450476008", " ", &[]), Role::RegulatedClinician, Err(EditFault::Reason));
        check(&deciding("maybe", "x", &[]), Role::RegulatedClinician, Err(EditFault::Value));
        check(&deciding("450476008", "x", &["gone"]), Role::RegulatedClinician, Err(EditFault::Moved));
    }
}
