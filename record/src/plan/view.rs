//! A plan as read: a tree of entries, each field either merged text or a register that may hold several values said apart. Everything
//! a screen, a signature or a projection needs; nothing replicated.

use super::decision::{ClaimValue, Held, Topic};
use super::shape::{Form, Kind, NodeId, Place};
use super::sign::SignedPaper;
use crate::stamp::Stamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A moment in a plan's history: the hashes of the changes that nothing followed then, in order. The plan can be read as it stood.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Heads(Vec<[u8; 32]>);

/// The text is not a list of hashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotHeads;

impl fmt::Display for NotHeads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a moment in a plan's history")
    }
}

impl std::error::Error for NotHeads {}

impl Heads {
    pub fn new(mut hashes: Vec<[u8; 32]>) -> Heads {
        hashes.sort_unstable();
        hashes.dedup();
        Heads(hashes)
    }

    pub fn hashes(&self) -> &[[u8; 32]] {
        &self.0
    }
}

impl fmt::Display for Heads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, hash) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str(".")?;
            }
            hash.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        }
        Ok(())
    }
}

impl FromStr for Heads {
    type Err = NotHeads;
    fn from_str(text: &str) -> Result<Heads, NotHeads> {
        let one = |hex: &str| -> Result<[u8; 32], NotHeads> {
            let digits: Option<Vec<u8>> =
                hex.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect();
            let digits = digits.filter(|d| d.len() == 64).ok_or(NotHeads)?;
            let bytes: Vec<u8> = digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect();
            bytes.try_into().map_err(|_| NotHeads)
        };
        if text.is_empty() {
            Ok(Heads::default())
        } else {
            text.split('.').map(one).collect::<Result<_, _>>().map(Heads::new)
        }
    }
}

impl TryFrom<String> for Heads {
    type Error = NotHeads;
    fn try_from(text: String) -> Result<Heads, NotHeads> {
        text.parse()
    }
}

impl From<Heads> for String {
    fn from(heads: Heads) -> String {
        heads.to_string()
    }
}

/// A value somebody put in a register, and whose hand it was: `device/staff`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Said {
    pub value: String,
    pub by: String,
}

/// A low-risk value. Values said apart are all kept and shown until one is chosen; as with [`Held`], nobody can take "the value" without
/// saying what they do with several.
///
/// ```compile_fail
/// fn show(register: record::plan::Register) -> String { register.value }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Register {
    Empty,
    One(Said),
    Several(Vec<Said>),
}

impl Register {
    /// From what the document holds; a cleared value beside another is still a difference.
    pub fn of(mut said: Vec<Said>) -> Register {
        said.sort();
        said.dedup_by(|a, b| a.value == b.value);
        match (said.pop(), said.is_empty()) {
            (None, _) => Register::Empty,
            (Some(only), true) if only.value.is_empty() => Register::Empty,
            (Some(only), true) => Register::One(only),
            (Some(last), false) => {
                said.push(last);
                Register::Several(said)
            }
        }
    }

    /// Every value that stands: what a choice must have seen.
    pub fn values(&self) -> Vec<&str> {
        match self {
            Register::Empty => Vec::new(),
            Register::One(said) => vec![said.value.as_str()],
            Register::Several(all) => all.iter().map(|said| said.value.as_str()).collect(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Content {
    Prose(String),
    Register(Register),
}

impl Content {
    pub fn is_empty(&self) -> bool {
        match self {
            Content::Prose(text) => text.trim().is_empty(),
            Content::Register(register) => *register == Register::Empty,
        }
    }
}

/// Why an entry no longer stands. It is still there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    pub ending: super::edit::Ending,
    pub reason: String,
    pub by: super::decision::Author,
    pub at: Stamp,
}

/// One entry with what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    pub id: NodeId,
    pub kind: Kind,
    /// Every ending said, oldest first; an entry ended twice apart shows both reasons.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ended: Vec<Ended>,
    /// Fields that hold something, in the order of the kind's table.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<(String, Content)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<Node>,
}

impl Node {
    pub fn field(&self, code: &str) -> Option<&Content> {
        self.fields.iter().find(|(name, _)| name == code).map(|(_, content)| content)
    }

    /// Merged text of a field; empty where there is none.
    pub fn prose(&self, code: &str) -> &str {
        match self.field(code) {
            Some(Content::Prose(text)) => text,
            _ => "",
        }
    }

    pub fn register(&self, code: &str) -> Register {
        match self.field(code) {
            Some(Content::Register(register)) => register.clone(),
            _ => Register::Empty,
        }
    }

    /// This entry and everything below it.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Node)) {
        visit(self);
        self.children.iter().for_each(|child| child.walk(visit));
    }

    fn has_ended(&self, id: &NodeId, above: bool) -> bool {
        let ended = above || !self.ended.is_empty();
        if self.id == *id { ended } else { self.children.iter().any(|child| child.has_ended(id, ended)) }
    }

    pub fn find_mut(&mut self, id: &NodeId) -> Option<&mut Node> {
        if self.id == *id { Some(self) } else { self.children.iter_mut().find_map(|child| child.find_mut(id)) }
    }

    pub fn find(&self, id: &NodeId) -> Option<&Node> {
        if self.id == *id { Some(self) } else { self.children.iter().find_map(|child| child.find(id)) }
    }
}

/// A plan as read, at one moment of its history.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Plan {
    pub heads: Heads,
    /// The four parts, in order.
    pub parts: Vec<Node>,
    pub decisions: Vec<(Topic, Held)>,
    /// The newest signature of each paper, with what it signed.
    pub signed: Vec<SignedPaper>,
    /// Time of the newest change; `None` in a plan nobody has written in.
    pub updated: Option<Stamp>,
    /// Texts that people wrote in apart, until somebody has read them as a whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub apart: Vec<Apart>,
    /// Entries that somebody ended who had not seen what others wrote in them or under them: they stand until a person says which holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ended_unseen: Vec<(NodeId, Vec<Ended>)>,
}

/// A text that was merged by character from what people wrote without having seen each other's: it may say what nobody meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Apart {
    pub place: Place,
    /// The text as each of them left it.
    pub voices: Vec<Said>,
}

/// How a text that is marked so is told where there is no room for both as they were left.
pub const UNREAD: &str = "WRITTEN BY TWO PEOPLE APART, read by nobody as a whole";

/// What stands for a key safe's number on the plan's page.
pub const KEY_KEPT_BACK: &str =
    "Kept back here. It is shown with how to get in, while a visit is on or booked for today.";

impl Plan {
    pub fn part(&self, kind: Kind) -> Option<&Node> {
        self.parts.iter().find(|node| node.kind == kind.part())
    }

    /// Whether an entry has ended, or one that it stands under.
    pub fn has_ended(&self, id: &NodeId) -> bool {
        self.parts.iter().any(|part| part.has_ended(id, false))
    }

    pub fn find(&self, id: &NodeId) -> Option<&Node> {
        self.parts.iter().find_map(|part| part.find(id))
    }

    pub fn at(&self, place: &Place) -> Option<&Content> {
        self.find(&place.node)?.field(&place.field)
    }

    pub fn held(&self, topic: &Topic) -> Option<&Held> {
        self.decisions.iter().find(|(other, _)| other == topic).map(|(_, held)| held)
    }

    /// The plan as its own page shows it: whose voices stand on the key safe, and not the number. That is read with how to get in, while a
    /// visit is on or booked ([`crate::visit::Access::may_be_shown`]), and not over somebody's shoulder at a desk.
    pub fn without_key_safe(mut self) -> Plan {
        // A signed paper says again what was decided when it was signed; a basis and a place can hold the number too.
        let signed = self.signed.iter_mut().flat_map(|paper| paper.decisions.iter_mut());
        let key_safes = self.decisions.iter_mut().chain(signed).filter(|(topic, _)| *topic == Topic::KeySafe);
        for claim in key_safes.flat_map(|(_, held)| held.voices_mut()) {
            claim.value = ClaimValue { code: None, text: KEY_KEPT_BACK.to_owned() };
            claim.basis = KEY_KEPT_BACK.to_owned();
            claim.kept.clear();
        }
        self
    }

    /// Whether a decision is about something that stands: the dose of a medicine that has ended is none any more.
    pub fn is_live(&self, topic: &Topic) -> bool {
        match topic {
            Topic::GoalStatus(node) => self.find(node).is_some() && !self.has_ended(node),
            Topic::Dose(node) => !self.has_ended(node),
            _ => true,
        }
    }

    /// The text that people wrote in apart here, if nobody has read it as a whole since.
    pub fn apart_at(&self, place: &Place) -> Option<&Apart> {
        self.apart.iter().find(|apart| apart.place == *place)
    }

    /// Whether this text is marked so.
    pub fn is_apart(&self, node: &NodeId, field: &str) -> bool {
        self.apart.iter().any(|apart| apart.place.node == *node && apart.place.field == field)
    }

    /// What was said of an entry's end by those who had not seen what others wrote there.
    pub fn unseen_ends(&self, id: &NodeId) -> &[Ended] {
        self.ended_unseen.iter().find(|(node, _)| node == id).map_or(&[], |(_, ended)| ended)
    }

    /// Whether voices differ on a topic and somebody has to settle it: how far a goal had got when it ended, and what an ended medicine's
    /// dose was, nobody needs to.
    pub fn is_disputed(&self, topic: &Topic, held: &Held) -> bool {
        matches!(held, Held::Disputed(_)) && self.is_live(topic)
    }

    /// Whether it was read when a goal's status was a plain field: such a view lacks its voices.
    pub fn is_of_before(&self) -> bool {
        let mut found = false;
        for part in &self.parts {
            part.walk(&mut |node| {
                found |= node.kind.fields().iter().any(|f| f.form == Form::Decided && node.field(f.code).is_some());
            });
        }
        found
    }

    /// Topics on which voices differ, fields that hold several values, and entries ended unseen.
    pub fn disputes(&self) -> usize {
        let mut count = self.decisions.iter().filter(|(topic, held)| self.is_disputed(topic, held)).count()
            + self.ended_unseen.len();
        for part in &self.parts {
            part.walk(&mut |node| {
                let several = |c: &Content| matches!(c, Content::Register(Register::Several(_)));
                count += node.fields.iter().filter(|(_, content)| several(content)).count();
            });
        }
        count
    }

    /// Nobody has written anything yet.
    pub fn is_blank(&self) -> bool {
        self.updated.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(value: &str, by: &str) -> Said {
        Said { value: value.into(), by: by.into() }
    }

    #[test]
    fn values_said_apart_are_all_kept_and_the_same_value_twice_is_one() {
        assert_eq!(Register::of(vec![]), Register::Empty);
        assert_eq!(Register::of(vec![said("", "D1/N1")]), Register::Empty);
        assert!(matches!(Register::of(vec![said("7", "D1/N1"), said("7", "D2/N2")]), Register::One(_)));
        let both = Register::of(vec![said("7", "D2/N2"), said("", "D1/N1")]);
        assert_eq!(both.values(), ["", "7"], "cleared by one, set by another: both are told");
    }

    #[test]
    fn heads_are_written_and_read() {
        let heads = Heads::new(vec![[2; 32], [1; 32], [2; 32]]);
        assert_eq!(heads.hashes().len(), 2);
        assert_eq!(heads.to_string().parse(), Ok(heads));
        assert_eq!("".parse(), Ok(Heads::default()));
        assert_eq!("zz".parse::<Heads>(), Err(NotHeads));
    }
}
