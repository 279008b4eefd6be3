//! The end of life part, whom the person gave authority to, and the signed papers. The ReSPECT form is given out as it was signed, never as a
//! draft (`reference/careplan.md` sections 3, 4 and 7): where one is being written, that is said and nothing of it.

use super::words::{REVIEWED, codes, fields_as_notes, one, rest, rest_as_notes, review_date, reviewed, words};
use super::{Made, SNOMED, agent};
use crate::fhir::{OURS, UK_CORE, annotation, concept, practitioner, push, put_all, tag};
use record::plan::{Content, Held, Kind, Node, Paper, Plan, Register, SignedPaper};
use serde_json::{Value, json};

/// What stands: entries that nobody ended.
fn standing(node: &Node) -> impl Iterator<Item = &Node> {
    node.children.iter().filter(|child| child.ended.is_empty())
}

impl Made {
    /// Attorneys for health and welfare: the Flag and the RelatedPerson always together (End of Life API, LPA). Property gives no health
    /// authority and is not exported as one.
    pub(super) fn end_of_life(&mut self, plan: &Plan) {
        let Some(part) = plan.part(Kind::EndOfLife) else { return };
        self.wishes(part);
        for child in standing(part).filter(|child| child.kind == Kind::EndOfLifePlan) {
            self.end_of_life_plan(part, child);
        }
        if one(part, "register").as_deref() == Some("present") {
            self.resources.push(json!({
                "resourceType": "Flag", "id": format!("{}-register", self.id(part)), "status": "active", "subject": self.subject,
                "code": { "coding": [{ "system": SNOMED, "code": "526631000000108" }], "text": "On the palliative care register" },
            }));
        }
        for attorney in standing(part).filter(|child| child.kind == Kind::WelfareAttorney) {
            let more = rest(attorney, &["relationship", "name", "contact"]);
            let more = more.into_iter().chain(super::several(attorney)).collect::<Vec<_>>().join(". ");
            let id = self.id(attorney);
            self.resources.push(json!({
                "resourceType": "Flag", "id": format!("{id}-flag"), "status": "active", "subject": self.subject,
                "code": { "text": format!("Has an attorney or deputy for health and welfare. {more}").trim().to_owned() },
            }));
            self.resources.push(json!({
                "resourceType": "RelatedPerson", "id": id, "patient": self.subject,
                "relationship": [{ "text": one(attorney, "relationship").unwrap_or_else(|| "Attorney for health and welfare".to_owned()) }],
                "name": [{ "text": one(attorney, "name").unwrap_or_else(|| "Name not recorded".to_owned()) }],
                "telecom": [{ "system": "other", "value": one(attorney, "contact").unwrap_or_else(|| "Contact not recorded".to_owned()) }],
            }));
        }
    }

    /// Prognosis, preferred place, wishes, anticipatory medicines, who took part: one CarePlan, where anything of it is written.
    fn wishes(&mut self, part: &Node) {
        let mut notes = fields_as_notes(part);
        let mut activity = Vec::new();
        for child in standing(part) {
            match child.kind {
                Kind::Involved => notes.push(annotation(&format!("{}: {}", child.kind.title(), words(child)))),
                Kind::Anticipatory => activity.push(anticipatory(child)),
                _ => {}
            }
        }
        if notes.is_empty() && activity.is_empty() {
            return;
        }
        let mut made = json!({
            "resourceType": "CarePlan",
            "id": self.id(part),
            "meta": { "profile": [format!("{UK_CORE}CarePlan")] },
            "status": "active",
            "intent": "plan",
            "category": [concept("734163000", "Care plan")],
            "title": "End of life and advance care planning",
            "subject": self.subject,
        });
        for coded in codes(part) {
            push(
                &mut made,
                "extension",
                json!({ "url": format!("{OURS}/coded-field"), "valueCodeableConcept": coded }),
            );
        }
        self.tagged(&mut made, part);
        put_all(&mut made, [("note", notes), ("activity", activity)]);
        self.resources.push(made);
    }

    fn end_of_life_plan(&mut self, part: &Node, plan: &Node) {
        let name = plan.kind.field("name").zip(one(plan, "name")).map(|(field, code)| field.form.shown(&code));
        let mut made = json!({
            "resourceType": "CarePlan",
            "id": self.id(plan),
            "meta": { "profile": [format!("{UK_CORE}CarePlan")] },
            "status": "active",
            "intent": "plan",
            "category": [concept("734163000", "Care plan")],
            "title": name.unwrap_or_else(|| plan.kind.title().to_owned()),
            "subject": self.subject,
            "description": plan.prose("text"),
        });
        for coded in codes(plan) {
            push(&mut made, "category", coded);
        }
        let mut notes = reviewed(plan);
        notes.extend(rest_as_notes(plan, &[&["name", "text"][..], &REVIEWED].concat()));
        notes.extend(super::several_as_notes(plan));
        if part.fields.iter().any(|(_, content)| !content.is_empty()) {
            made["partOf"] = json!([self.reference("CarePlan", part)]);
        }
        self.tagged(&mut made, plan);
        put_all(&mut made, [("note", notes)]);
        self.resources.push(made);
    }

    /// The tag of what was said differently.
    fn tagged(&self, made: &mut Value, node: &Node) {
        let several = |content: &Content| matches!(content, Content::Register(Register::Several(_)));
        if node.fields.iter().any(|(_, content)| several(content)) {
            tag(made, "disputed");
        }
    }

    pub(super) fn signature(&mut self, paper: &SignedPaper) {
        let (signature, by) = (&paper.signature, &paper.signature.by);
        let target = match signature.paper {
            Paper::Plan => format!("CarePlan/{}-care", self.person),
            Paper::Respect => format!("CarePlan/{}-respect", self.person),
        };
        let who = practitioner(by);
        if signature.paper == Paper::Respect {
            self.respect(paper);
        }
        self.resources.push(json!({
            "resourceType": "Provenance",
            "id": self.named(&signature.id),
            "target": [{ "reference": target }],
            "recorded": signature.at.to_string(),
            "agent": [{ "type": agent("author"), "who": who }],
            "signature": [{
                "type": [{ "system": "urn:iso-astm:E1762-95:2013", "code": "1.2.840.10065.1.12.1.1" }],
                "when": signature.at.to_string(),
                "who": who,
                "sigFormat": "application/octet-stream",
                "data": data_encoding::BASE64.encode(&signature_bytes(&signature.signature)),
            }],
            "meta": { "tag": [{ "system": format!("{OURS}/standing"), "code": if paper.changed_since { "changed-since-signed" } else { "signed" } }] },
        }));
    }

    /// The form as it was signed, with the decisions as they stood then; who reviewed it, whom to ring.
    fn respect(&mut self, paper: &SignedPaper) {
        let mut notes: Vec<Value> = paper.parts.iter().flat_map(fields_as_notes).collect();
        for child in paper.parts.iter().flat_map(standing) {
            notes.push(annotation(&format!("{}: {}", child.kind.title(), words(child))));
        }
        for (topic, held) in &paper.decisions {
            // A paper on which voices differ cannot be signed.
            if let Held::Agreed { said, .. } = held {
                notes.push(annotation(&format!("4. {}: {}", topic.title(), said.value.shown(topic))));
            }
        }
        let mut made = json!({
            "resourceType": "CarePlan",
            "id": format!("{}-respect", self.person),
            "meta": { "profile": [format!("{UK_CORE}CarePlan")] },
            "status": "active",
            "intent": "plan",
            "category": [concept("734163000", "Care plan"), concept("1382601000000107", "ReSPECT form")],
            "title": "ReSPECT form",
            "subject": self.subject,
            "author": practitioner(&paper.signature.by),
            "created": paper.signature.at.to_string(),
        });
        if let Some(part) = paper.parts.iter().find(|part| part.kind == Kind::Respect) {
            self.tagged(&mut made, part);
        }
        if paper.changed_since {
            tag(&mut made, "changed-since-signed");
            notes.push(annotation(
                "What is written in the plan has changed since this was signed. This is the signed form.",
            ));
        }
        put_all(&mut made, [("note", notes)]);
        self.resources.push(made);
    }

    /// A form that is being written and was never signed is no form; that there is one is no secret.
    pub(super) fn respect_unsigned(&mut self, plan: &Plan) {
        let signed = plan.signed.iter().any(|paper| paper.signature.paper == Paper::Respect);
        let written =
            |part: &Node| part.fields.iter().any(|(_, content)| !content.is_empty()) || standing(part).next().is_some();
        if signed || !plan.part(Kind::Respect).is_some_and(written) {
            return;
        }
        let mut made = json!({
            "resourceType": "CarePlan",
            "id": format!("{}-respect", self.person),
            "meta": { "profile": [format!("{UK_CORE}CarePlan")] },
            "status": "draft",
            "intent": "proposal",
            "category": [concept("734163000", "Care plan"), concept("1382601000000107", "ReSPECT form")],
            "title": "ReSPECT form, not signed",
            "subject": self.subject,
            "note": [annotation("A ReSPECT form is being written and nobody has signed it. What it says is not given out.")],
        });
        tag(&mut made, "unsigned");
        self.resources.push(made);
    }
}

/// The 64 bytes that the plan holds as hexadecimal digits; what is none is given out as it is held.
fn signature_bytes(hex: &str) -> Vec<u8> {
    data_encoding::HEXLOWER_PERMISSIVE.decode(hex.as_bytes()).unwrap_or_else(|_| hex.as_bytes().to_vec())
}

/// A medicine or equipment kept in the home for later. Its dose is a decision: a Flag of its own, by the same name.
fn anticipatory(node: &Node) -> Value {
    let mut description = vec!["Anticipatory: kept in the home for later".to_owned()];
    description.extend(one(node, "where").map(|place| format!("Kept: {place}")));
    description.extend(one(node, "issued").map(|date| format!("Issued: {date}")));
    description.extend(review_date(node));
    description.extend(rest(node, &["text", "code", "where", "issued", "review"]));
    description.extend(super::several(node));
    json!({ "detail": {
        "code": super::coded(node, "code", node.prose("text")),
        "status": "not-started",
        "description": description.join("\n"),
    } })
}

#[cfg(test)]
mod tests {
    use super::signature_bytes;

    #[test]
    fn a_signature_is_given_out_as_its_bytes() {
        assert_eq!(signature_bytes("00fF10"), [0, 255, 16]);
    }
}
