//! Signing: a person's key over a moment of the plan and a digest of the fields the paper covers. A paper is rendered from the moment
//! that was signed; edits after it are a draft until somebody signs again (`reference/careplan.md` section 7). Making and checking the
//! Ed25519 signature is `sync`'s; here is what is signed and what it means.

use super::decision::{Author, Claim, Held, Topic};
use super::edit::EditFault;
use super::shape::{Form, Kind};
use super::view::{Content, Heads, Node, Plan, Register, Said};
use crate::canon::Writer;
use crate::ids::{ChainId, PersonId};
use crate::people::Role;
use crate::stamp::Stamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The version of the digest's and the signature's bytes.
const VERSION: u8 = 1;

/// What can be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Paper {
    /// The care and support plan, with About me and the end of life part.
    Plan,
    /// The ReSPECT-like form.
    Respect,
}

impl Paper {
    pub const ALL: [Paper; 2] = [Paper::Plan, Paper::Respect];

    pub const fn code(self) -> &'static str {
        match self {
            Paper::Plan => "plan",
            Paper::Respect => "respect",
        }
    }

    pub fn from_code(code: &str) -> Option<Paper> {
        Paper::ALL.into_iter().find(|paper| paper.code() == code)
    }

    pub const fn title(self) -> &'static str {
        match self {
            Paper::Plan => "Care and support plan",
            Paper::Respect => "ReSPECT form",
        }
    }

    pub const fn parts(self) -> &'static [Kind] {
        match self {
            Paper::Plan => &[Kind::About, Kind::Care, Kind::EndOfLife],
            Paper::Respect => &[Kind::Respect],
        }
    }

    pub const fn covers(self, topic: &Topic) -> bool {
        match self {
            Paper::Plan => matches!(
                topic,
                Topic::Adrt | Topic::AllergyStatus | Topic::KeySafe | Topic::Dose(_) | Topic::GoalStatus(_)
            ),
            Paper::Respect => matches!(topic, Topic::Cpr | Topic::ClinicalFocus | Topic::Capacity),
        }
    }

    /// Who may sign it: the ReSPECT form needs a registered clinician, the plan whoever writes it with the person.
    pub const fn may_be_signed_by(self, role: Role) -> bool {
        match self {
            Paper::Plan => matches!(role, Role::RegulatedClinician | Role::CareStaff),
            Paper::Respect => matches!(role, Role::RegulatedClinician),
        }
    }

    /// SHA-256 of everything the paper covers, in one order whatever device reckons it.
    pub fn digest(self, plan: &Plan) -> [u8; 32] {
        let mut to = Writer::new(VERSION).text(self.code());
        for part in self.parts().iter().filter_map(|kind| plan.part(*kind)) {
            to = node(to, part, plan);
        }
        for (topic, held) in plan.decisions.iter().filter(|(topic, _)| self.covers(topic)) {
            // A value of before is signed as the field it was: a signature from then still covers what it covered.
            let mut standing: Vec<&str> =
                held.voices().filter(|claim| !claim.is_of_before()).map(|claim| claim.id.as_str()).collect();
            standing.sort_unstable();
            if !standing.is_empty() {
                to = standing
                    .iter()
                    .fold(to.text(&topic.to_string()).number(standing.len() as u64), |to, id| to.text(id));
            }
        }
        Sha256::digest(to.finish()).into()
    }

    /// Whether `role` may sign it as the plan stands.
    pub fn check(self, plan: &Plan, role: Role) -> Result<(), EditFault> {
        if !self.may_be_signed_by(role) {
            return Err(EditFault::Role);
        }
        let disputed = |(topic, held): &(Topic, Held)| self.covers(topic) && plan.is_disputed(topic, held);
        if plan.decisions.iter().any(disputed) {
            return Err(EditFault::Disputed);
        }
        // ReSPECT section 2's summary is required; a plan needs something in it.
        let said =
            |part: &Node| part.fields.iter().any(|(_, content)| !content.is_empty()) || !part.children.is_empty();
        let written = |kind: &Kind| plan.part(*kind).is_some_and(said);
        let ready = match self {
            Paper::Plan => self.parts().iter().any(written),
            Paper::Respect => plan.part(Kind::Respect).is_some_and(|p| !p.prose("summary").trim().is_empty()),
        };
        if ready { Ok(()) } else { Err(EditFault::Nothing) }
    }
}

/// Entries in the order of their ids, fields in the order of their codes: the order on screen is not signed.
fn node(to: Writer, entry: &Node, plan: &Plan) -> Writer {
    let mut to = to.text(entry.id.as_str()).text(entry.kind.code()).number(u64::from(!entry.ended.is_empty()));
    let before = of_before(entry, plan);
    let all = entry.fields.iter().chain(&before);
    let mut fields: Vec<&(String, Content)> = all.filter(|(_, content)| !content.is_empty()).collect();
    fields.sort_by(|a, b| a.0.cmp(&b.0));
    to = to.number(fields.len() as u64);
    for (code, content) in fields {
        to = to.text(code);
        to = match content {
            Content::Prose(text) => to.text(text),
            Content::Register(Register::Empty) => to.number(0),
            Content::Register(register) => register.values().iter().fold(to, |to, value| to.text(value)),
        };
    }
    let mut children: Vec<&Node> = entry.children.iter().collect();
    children.sort_by(|a, b| a.id.cmp(&b.id));
    let to = to.number(children.len() as u64);
    children.into_iter().fold(to, |to, child| node(to, child, plan))
}

/// A goal's status as the field that it was, where nobody has decided it anew.
fn of_before(entry: &Node, plan: &Plan) -> Option<(String, Content)> {
    let field = entry.kind.fields().iter().find(|field| field.form == Form::Decided)?;
    let held = plan.held(&Topic::GoalStatus(entry.id.clone()))?;
    let value = |claim: &Claim| Said { value: claim.value.code.clone().unwrap_or_default(), by: String::new() };
    let said = held.voices().filter(|claim| claim.is_of_before()).map(value).collect();
    Some((field.code.to_owned(), Content::Register(Register::of(said))))
}

/// A signature as it stands in the document. Written once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// 16 hexadecimal digits of chance.
    pub id: String,
    pub paper: Paper,
    /// The moment that was signed.
    pub heads: Heads,
    /// Hex of [`Paper::digest`].
    pub digest: String,
    pub by: Author,
    /// Whose key: the hub certified it for this person on this device.
    pub chain: ChainId,
    pub at: Stamp,
    /// Hex of 64 bytes: Ed25519 over [`Signature::signed_bytes`].
    pub signature: String,
}

impl Signature {
    /// What the key signs.
    pub fn signed_bytes(&self, person: PersonId) -> Vec<u8> {
        Writer::new(VERSION)
            .text("satchel plan signature")
            .bytes(person.as_bytes())
            .text(self.paper.code())
            .text(&self.heads.to_string())
            .text(&self.digest)
            .text(self.chain.as_str())
            .text(self.by.staff.as_str())
            .text(self.by.role.code())
            .text(self.by.ods.as_str())
            .signed(self.at.millis())
            .finish()
    }
}

/// A paper as last signed, and whether it still says what the plan says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedPaper {
    pub signature: Signature,
    /// A covered field or decision changed after: what is written now is a draft.
    pub changed_since: bool,
    /// The covered parts and decisions as they stood when signed: what the paper says.
    pub parts: Vec<Node>,
    pub decisions: Vec<(Topic, Held)>,
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::shape::NodeId;

    fn plan(summary: &str, about: &str) -> Plan {
        let node = |kind: Kind, fields| Node { id: NodeId::part(kind), kind, ended: vec![], fields, children: vec![] };
        let prose = |code: &str, text: &str| (code.to_owned(), Content::Prose(text.to_owned()));
        let parts = vec![
            node(Kind::About, vec![prose("people", about)]),
            node(Kind::Care, vec![]),
            node(Kind::EndOfLife, vec![]),
            node(Kind::Respect, vec![prose("summary", summary)]),
        ];
        Plan { parts, ..Plan::default() }
    }

    #[test]
    fn a_digest_follows_what_is_covered_and_nothing_else() {
        let base = Paper::Respect.digest(&plan("frail", "my dog"));
        assert_eq!(base, Paper::Respect.digest(&plan("frail", "my cat")), "About me is not part of the form");
        assert_ne!(base, Paper::Respect.digest(&plan("very frail", "my dog")));
        assert_ne!(Paper::Plan.digest(&plan("frail", "my dog")), Paper::Plan.digest(&plan("frail", "my cat")));
    }

    #[test]
    fn one_value_and_two_values_never_digest_alike() {
        let said = |value: &str| Said { value: value.into(), by: "D1/N1".into() };
        let with = |register| {
            let mut plan = plan("", "");
            plan.parts[1].fields.push(("review".into(), Content::Register(register)));
            Paper::Plan.digest(&plan)
        };
        assert_ne!(with(Register::One(said("2026"))), with(Register::Several(vec![said("2026"), said("2027")])));
    }

    #[test]
    fn a_form_without_its_summary_or_with_a_dispute_is_not_signed() {
        assert_eq!(Paper::Respect.check(&plan("", ""), Role::RegulatedClinician), Err(EditFault::Nothing));
        assert_eq!(Paper::Respect.check(&plan("frail", ""), Role::CareStaff), Err(EditFault::Role));
        assert_eq!(Paper::Respect.check(&plan("frail", ""), Role::RegulatedClinician), Ok(()));
        let mut disputed = plan("frail", "");
        disputed.decisions.push((Topic::Cpr, Held::Disputed(vec![])));
        assert_eq!(Paper::Respect.check(&disputed, Role::RegulatedClinician), Err(EditFault::Disputed));
        assert_eq!(Paper::Plan.check(&disputed, Role::RegulatedClinician), Err(EditFault::Nothing));
    }
}
