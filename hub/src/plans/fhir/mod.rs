//! A plan as FHIR R4 (UK Core where it has a profile): CarePlan, Goal, Condition, Flag, and what stands around them
//! (`reference/careplan.md` section 8). A projection: nothing here is read back. A value that people gave apart is never made one:
//! each voice of a disputed decision is a Flag of its own (of a goal's status a note of the goal), a status given differently has no value, and both are
//! tagged and said in words.
//!
//! Modules: fields as words here below, the end of life part and the signed papers in `last`.

mod last;
mod words;

use crate::fhir::{ABSENT, OURS, SNOMED, UK_CORE, annotation, concept, entries, put_all, subject, tag};
use record::plan::{Claim, Held, Kind, Node, NodeId, Plan, Topic};
use record::{NhsNumber, PersonId};
use serde_json::{Value, json};
use words::{coded, fields_as_notes, one, reviewed, several, several_as_notes, words};

const CATEGORY: &str = "http://terminology.hl7.org/CodeSystem/condition-category";

/// The whole plan as one collection.
pub fn bundle(person: PersonId, nhs: Option<NhsNumber>, plan: &Plan) -> Value {
    let entry = entries(OURS, resources(person, nhs, plan));
    let mut bundle = json!({ "resourceType": "Bundle", "type": "collection", "entry": entry });
    if let Some(updated) = plan.updated {
        bundle["timestamp"] = json!(updated.to_string());
    }
    bundle
}

/// The plan's resources, the main CarePlan first. Each id begins with the person's own.
pub fn resources(person: PersonId, nhs: Option<NhsNumber>, plan: &Plan) -> Vec<Value> {
    let mut made = Made { person, subject: subject(person, nhs), resources: Vec::new() };
    made.care(plan);
    made.decisions(plan);
    made.end_of_life(plan);
    for paper in &plan.signed {
        made.signature(paper);
    }
    made.respect_unsigned(plan);
    made.resources
}

struct Made {
    person: PersonId,
    subject: Value,
    resources: Vec<Value>,
}

impl Made {
    fn reference(&self, kind: &str, node: &Node) -> Value {
        json!({ "reference": format!("{kind}/{}", self.id(node)) })
    }

    /// The person stands before it: a part's id is every plan's, and whoever asks for one resource names whose it is.
    fn id(&self, node: &Node) -> String {
        self.named(&node.id)
    }

    fn named(&self, id: impl std::fmt::Display) -> String {
        format!("{}-{id}", self.person)
    }

    fn care(&mut self, plan: &Plan) {
        let Some(care) = plan.part(Kind::Care) else { return };
        let (mut addresses, mut goals, mut activity, mut notes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        if let Some(about) = plan.part(Kind::About) {
            notes.extend(fields_as_notes(about));
        }
        notes.extend(several_as_notes(care));
        notes.extend(reviewed(care));
        for child in care.children.iter().filter(|child| child.ended.is_empty()) {
            match child.kind {
                Kind::Strength => notes.push(annotation(&format!("Strength: {}", child.prose("text")))),
                Kind::OtherDocument => {
                    notes.push(annotation(&format!("Other care planning document: {}", words(child))))
                }
                Kind::Need => {
                    addresses.push(self.reference("Condition", child));
                    self.need(child, plan, &mut goals, &mut activity);
                }
                Kind::Contingency => self.contingency(child, care),
                Kind::SupportPlan => self.support(child, care),
                _ => {}
            }
        }
        let mut made = json!({
            "resourceType": "CarePlan",
            "id": self.id(care),
            "meta": { "profile": [format!("{UK_CORE}CarePlan")] },
            "status": "active",
            "intent": "plan",
            "category": [concept("734163000", "Care plan")],
            "title": "Personalised care and support plan",
            "subject": self.subject,
        });
        put_all(&mut made, [("addresses", addresses), ("goal", goals), ("activity", activity), ("note", notes)]);
        if let Some(date) = one(care, "review") {
            made["period"] = json!({ "end": date });
        }
        if plan.disputes() > 0 {
            tag(&mut made, "disputed");
        }
        self.resources.insert(0, made);
        if one(care, "agreed").as_deref() == Some("yes") {
            self.agreement(care, plan);
        }
    }

    /// A need is a Condition; its goals, their stage goals and their actions go with it.
    fn need(&mut self, need: &Node, plan: &Plan, goals: &mut Vec<Value>, activity: &mut Vec<Value>) {
        self.resources.push(json!({
            "resourceType": "Condition",
            "id": self.id(need),
            "clinicalStatus": { "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active" }] },
            "category": [{ "coding": [{ "system": CATEGORY, "code": "health-concern" }] }],
            "code": coded(need, "code", need.prose("text")),
            "subject": self.subject,
        }));
        for goal in need.children.iter().filter(|n| n.kind == Kind::Goal && n.ended.is_empty()) {
            goals.push(self.reference("Goal", goal));
            let mut made = self.goal(goal, plan);
            made["addresses"] = json!([self.reference("Condition", need)]);
            let outcomes = goal.children.iter().filter(|n| n.kind == Kind::Outcome && n.ended.is_empty());
            let mut notes: Vec<Value> =
                outcomes.map(|o| annotation(&format!("Outcome: {}", o.prose("text")))).collect();
            notes.extend(several_as_notes(goal));
            notes.extend(voices_as_notes(plan, goal));
            put_all(&mut made, [("note", notes)]);
            self.resources.push(made);
            for action in goal.children.iter().filter(|n| n.kind == Kind::Action && n.ended.is_empty()) {
                activity.push(self.action(action, goal));
                for stage in action.children.iter().filter(|n| n.ended.is_empty()) {
                    let mut made = self.goal(stage, plan);
                    made["extension"] = json!([{ "url": format!("{OURS}/goal-part-of"), "valueReference": self.reference("Goal", goal) }]);
                    let mut notes = several_as_notes(stage);
                    notes.extend(voices_as_notes(plan, stage));
                    put_all(&mut made, [("note", notes)]);
                    self.resources.push(made);
                }
            }
        }
    }

    /// Base R4 Goal: UK Core has no profile of it.
    fn goal(&self, goal: &Node, plan: &Plan) -> Value {
        let mut made = json!({
            "resourceType": "Goal",
            "id": self.id(goal),
            "description": coded(goal, "code", goal.prose("text")),
            "subject": self.subject,
        });
        let status = plan.held(&Topic::GoalStatus(goal.id.clone())).unwrap_or(&Held::Nothing);
        // The element is mandatory and a modifier: any one value would be made up.
        let absent = |why: &str| json!({ "extension": [{ "url": ABSENT, "valueCode": why }] });
        match status {
            // It stands in the plan, and nobody has said more.
            Held::Nothing => made["lifecycleStatus"] = json!("active"),
            Held::Agreed { said, .. } => {
                match &said.value.code {
                    Some(code) => made["lifecycleStatus"] = json!(code),
                    None => made["_lifecycleStatus"] = absent("as-text"),
                }
                if said.value.code.as_deref() == Some("completed") {
                    made["achievementStatus"] = json!({ "coding": [{
                        "system": "http://terminology.hl7.org/CodeSystem/goal-achievement", "code": "achieved", "display": "Achieved",
                    }] });
                }
                made["statusDate"] = json!(said.at.london_date().to_string());
                made["statusReason"] = json!(voice(said));
            }
            Held::Disputed(_) => made["_lifecycleStatus"] = absent("unknown"),
        }
        if matches!(status, Held::Disputed(_)) || !several(goal).is_empty() {
            tag(&mut made, "disputed");
        }
        if let Some(score) = one(goal, "importance").and_then(|n| n.parse::<f64>().ok()) {
            made["extension"] = json!([{ "url": format!("{OURS}/goal-importance"), "valueDecimal": score }]);
        }
        made
    }

    fn action(&self, action: &Node, goal: &Node) -> Value {
        let mut detail = json!({
            "code": coded(action, "code", action.prose("text")),
            "status": one(action, "status").unwrap_or_else(|| "unknown".to_owned()),
            "goal": [self.reference("Goal", goal)],
        });
        if let Some(when) = one(action, "when") {
            detail["scheduledString"] = json!(when);
        }
        let who: Vec<String> =
            ["who", "who-role", "who-team", "who-contact"].iter().filter_map(|f| one(action, f)).collect();
        if !who.is_empty() {
            detail["performer"] = json!([{ "display": who.join(", ") }]);
        }
        let mut description = vec![action.prose("strategies").to_owned()];
        description.extend(one(action, "status-text").map(|status| format!("Status: {status}")));
        description.extend(one(action, "confidence").map(|score| format!("Confidence {score} of 10")));
        description.extend(words::review_date(action));
        description.extend(several(action));
        description.retain(|text| !text.trim().is_empty());
        if !description.is_empty() {
            detail["description"] = json!(description.join("\n"));
        }
        json!({ "detail": detail })
    }

    fn contingency(&mut self, plan: &Node, care: &Node) {
        let mut notes = vec![annotation(&format!("Trigger: {}", plan.prose("trigger")))];
        for (label, field) in
            [("Advance statement", "statement"), ("Anticipatory medicines or equipment", "anticipatory")]
        {
            if !plan.prose(field).trim().is_empty() {
                notes.push(annotation(&format!("{label}: {}", plan.prose(field))));
            }
        }
        for child in plan.children.iter().filter(|child| child.ended.is_empty()) {
            notes.push(annotation(&format!("{}: {}", child.kind.title(), words(child))));
        }
        let agreed = one(plan, "agreed")
            .map(|agreed| format!("Agreed with the person or their legitimate representative: {agreed}"));
        notes.extend(agreed.map(|text| annotation(&text)));
        let mut made = self.part_of(care, plan, ("325691000000100", "Contingency plan"), "Contingency plan");
        made["description"] = json!(plan.prose("what"));
        self.finish(made, plan, notes);
    }

    /// A CarePlan that is part of the main one.
    fn part_of(&self, care: &Node, plan: &Node, (code, display): (&str, &str), title: &str) -> Value {
        json!({
            "resourceType": "CarePlan",
            "id": self.id(plan),
            "meta": { "profile": [format!("{UK_CORE}CarePlan")] },
            "status": "active",
            "intent": "plan",
            "category": [concept(code, display)],
            "title": one(plan, "name").unwrap_or_else(|| title.to_owned()),
            "partOf": [self.reference("CarePlan", care)],
            "subject": self.subject,
        })
    }

    /// Its notes, when it is to be reviewed and by whom, and what was said of it differently.
    fn finish(&mut self, mut made: Value, plan: &Node, mut notes: Vec<Value>) {
        let disputed = several_as_notes(plan);
        if !disputed.is_empty() {
            tag(&mut made, "disputed");
        }
        notes.extend(reviewed(plan));
        notes.extend(disputed);
        put_all(&mut made, [("note", notes)]);
        if let Some(date) = one(plan, "review") {
            made["period"] = json!({ "end": date });
        }
        self.resources.push(made);
    }

    fn support(&mut self, plan: &Node, care: &Node) {
        let mut made = self.part_of(care, plan, ("734163000", "Care plan"), "Additional support plan");
        made["description"] = json!(plan.prose("text"));
        self.finish(made, plan, Vec::new());
    }

    /// Who agreed, as a Provenance with a verifier: not a Consent.
    fn agreement(&mut self, care: &Node, plan: &Plan) {
        let who =
            [one(care, "agreed-name"), one(care, "agreed-role")].into_iter().flatten().collect::<Vec<_>>().join(", ");
        let who = if who.is_empty() { "The person or their legitimate representative".to_owned() } else { who };
        self.resources.push(json!({
            "resourceType": "Provenance",
            "id": format!("{}-agreed", self.id(care)),
            "target": [self.reference("CarePlan", care)],
            "recorded": plan.updated.map(|at| at.to_string()),
            "agent": [{ "type": agent("verifier"), "who": { "display": who } }],
        }));
    }

    /// Every voice is a Flag. The key safe is not given out: it opens a door.
    fn decisions(&mut self, plan: &Plan) {
        for (topic, held) in &plan.decisions {
            match (topic, held) {
                // A goal's status is said with the goal.
                (Topic::KeySafe | Topic::GoalStatus(_), _) | (_, Held::Nothing) => {}
                (_, Held::Agreed { said, .. }) => self.flag(&title(plan, topic), topic, (said, false)),
                (_, Held::Disputed(voices)) => {
                    voices.iter().for_each(|claim| self.flag(&title(plan, topic), topic, (claim, true)));
                }
            }
        }
    }

    fn flag(&mut self, title: &str, topic: &Topic, (claim, disputed): (&Claim, bool)) {
        let shown = claim.value.shown(topic);
        let mut text = if disputed { format!("DISPUTED. {title}: {shown}") } else { format!("{title}: {shown}") };
        if !claim.kept.is_empty() {
            text.push_str(&format!(". The signed original is kept: {}", claim.kept));
        }
        let mut code = json!({ "text": text });
        let snomed = claim.value.code.as_deref().filter(|code| record::plan::values::is_concept(code));
        if let Some(snomed) = snomed {
            code["coding"] = json!([{ "system": SNOMED, "code": snomed, "display": claim.value.shown(topic) }]);
        }
        let mut flag = json!({
            "resourceType": "Flag",
            "id": self.named(&claim.id),
            "meta": { "profile": [format!("{UK_CORE}Flag")] },
            "status": "active",
            "code": code,
            "subject": self.subject,
            "period": { "start": claim.at.to_string() },
            "author": crate::fhir::practitioner(&claim.by),
        });
        if let Some(review) = &claim.review {
            flag["period"]["end"] = json!(review.as_str());
        }
        if disputed {
            tag(&mut flag, "disputed");
        }
        self.resources.push(flag);
    }
}

/// Each voice of a goal's status that is disputed, with whose it is.
fn voices_as_notes(plan: &Plan, goal: &Node) -> Vec<Value> {
    let Some(Held::Disputed(voices)) = plan.held(&Topic::GoalStatus(goal.id.clone())) else { return Vec::new() };
    let note = |claim: &Claim| {
        json!({
            "authorReference": crate::fhir::practitioner(&claim.by),
            "time": claim.at.to_string(),
            "text": format!("DISPUTED. Goal status: {}", voice(claim)),
        })
    };
    voices.iter().map(note).collect()
}

/// What is said of a goal's status, on what it rests, and whose word it is.
fn voice(claim: &Claim) -> String {
    let status = claim.value.shown(&Topic::GoalStatus(NodeId::part(Kind::Care)));
    let basis = if claim.basis.is_empty() { "not recorded" } else { claim.basis.as_str() };
    format!("{status}. Rests on: {basis}. {}, {}, {}", claim.by.name, claim.by.title, claim.by.organisation)
}

/// What is decided, in words: a dose says of what.
fn title(plan: &Plan, topic: &Topic) -> String {
    match topic {
        Topic::Dose(node) => {
            let medicine = plan.find(node).map_or("", |node| node.prose("text")).trim();
            let medicine =
                if medicine.is_empty() { "an anticipatory medicine whose name is not recorded" } else { medicine };
            format!("Dose of {medicine}")
        }
        other => other.title().to_owned(),
    }
}

fn agent(code: &str) -> Value {
    json!({ "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/provenance-participant-type", "code": code }] })
}

#[cfg(test)]
mod tests;
