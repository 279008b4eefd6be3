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
use words::{REVIEWED, coded, fields_as_notes, one, rest, rest_as_notes, reviewed, several, several_as_notes, words};

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
        notes.extend(apart_as_notes(plan));
        notes.extend(reviewed(care));
        notes.extend(rest_as_notes(care, &REVIEWED));
        for child in care.children.iter().filter(|child| child.ended.is_empty()) {
            match child.kind {
                Kind::Strength => notes.push(annotation(&format!("Strength: {}", words(child)))),
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
        let mut condition = json!({
            "resourceType": "Condition",
            "id": self.id(need),
            "clinicalStatus": { "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active" }] },
            "category": [{ "coding": [{ "system": CATEGORY, "code": "health-concern" }] }],
            "code": coded(need, "code", need.prose("text")),
            "subject": self.subject,
        });
        let mut apart = several_as_notes(need);
        if !apart.is_empty() {
            tag(&mut condition, "disputed");
        }
        apart.extend(rest_as_notes(need, &["text", "code"]));
        put_all(&mut condition, [("note", apart)]);
        self.resources.push(condition);
        for goal in need.children.iter().filter(|n| n.kind == Kind::Goal && n.ended.is_empty()) {
            goals.push(self.reference("Goal", goal));
            let mut made = self.goal(goal, plan);
            made["addresses"] = json!([self.reference("Condition", need)]);
            let outcomes = goal.children.iter().filter(|n| n.kind == Kind::Outcome && n.ended.is_empty());
            let mut notes: Vec<Value> = outcomes.map(|o| annotation(&format!("Outcome: {}", words(o)))).collect();
            notes.extend(several_as_notes(goal));
            notes.extend(rest_as_notes(goal, &["text", "code", "importance"]));
            notes.extend(voices_as_notes(plan, goal));
            put_all(&mut made, [("note", notes)]);
            self.resources.push(made);
            for action in goal.children.iter().filter(|n| n.kind == Kind::Action && n.ended.is_empty()) {
                activity.push(self.action(action, goal));
                for stage in action.children.iter().filter(|n| n.ended.is_empty()) {
                    let mut made = self.goal(stage, plan);
                    made["extension"] = json!([{ "url": format!("{OURS}/goal-part-of"), "valueReference": self.reference("Goal", goal) }]);
                    let mut notes = several_as_notes(stage);
                    notes.extend(rest_as_notes(stage, &["text", "code", "importance"]));
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
        const ELSEWHERE: [&str; 12] = [
            "text",
            "code",
            "status",
            "when",
            "who",
            "who-role",
            "who-team",
            "who-contact",
            "strategies",
            "status-text",
            "confidence",
            "review",
        ];
        description.extend(rest(action, &ELSEWHERE));
        description.extend(several(action));
        description.retain(|text| !text.trim().is_empty());
        if !description.is_empty() {
            detail["description"] = json!(description.join("\n"));
        }
        json!({ "detail": detail })
    }

    fn contingency(&mut self, plan: &Node, care: &Node) {
        let mut notes = rest_as_notes(plan, &[&["name", "what"][..], &REVIEWED].concat());
        for child in plan.children.iter().filter(|child| child.ended.is_empty()) {
            notes.push(annotation(&format!("{}: {}", child.kind.title(), words(child))));
        }
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
        self.resources.push(made);
    }

    fn support(&mut self, plan: &Node, care: &Node) {
        let mut made = self.part_of(care, plan, ("734163000", "Care plan"), "Additional support plan");
        made["description"] = json!(plan.prose("text"));
        let notes = rest_as_notes(plan, &[&["name", "text"][..], &REVIEWED].concat());
        self.finish(made, plan, notes);
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
                // What an ended medicine's dose was is history: a Flag would be read as an order that stands.
                (topic, _) if !plan.is_live(topic) => {}
                (_, Held::Agreed { said, also }) => self.flag(&title(plan, topic), topic, (said, also, false)),
                (_, Held::Disputed(voices)) => {
                    voices.iter().for_each(|claim| self.flag(&title(plan, topic), topic, (claim, &[], true)));
                }
            }
        }
    }

    fn flag(&mut self, title: &str, topic: &Topic, (claim, also, disputed): (&Claim, &[Claim], bool)) {
        let shown = claim.value.shown(topic);
        let mut text = if disputed { format!("DISPUTED. {title}: {shown}") } else { format!("{title}: {shown}") };
        text.push_str(&rests(claim));
        for one in also {
            // Who agreed saw another original perhaps, or meant to look again at another time.
            text.push_str(&format!(". Also said by {}, {}{}", one.by.name, one.at.display(), rests(one)));
            let review = one.review.as_ref().map(|review| format!(". To be reviewed: {}", review.as_str()));
            text.push_str(&review.unwrap_or_default());
        }
        let mut code = json!({ "text": text });
        let snomed = claim.value.code.as_deref().filter(|code| record::plan::values::is_concept(code));
        if let Some(snomed) = snomed {
            code["coding"] = json!([{ "system": SNOMED, "code": snomed }]);
            // The code's own name, never with what somebody added to it.
            if let Some(value) = topic.values().iter().find(|value| value.code == snomed) {
                code["coding"][0]["display"] = json!(value.label);
            }
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

/// Texts that nobody has read as a whole since two wrote in them apart, and endings that did not see what others wrote.
fn apart_as_notes(plan: &Plan) -> Vec<Value> {
    let mut notes = Vec::new();
    for apart in &plan.apart {
        let Some(node) = plan.find(&apart.place.node) else { continue };
        let label = node.kind.field(&apart.place.field).map_or("", |field| field.label);
        let voices: Vec<String> = apart.voices.iter().map(|said| format!("{:?} ({})", said.value, said.by)).collect();
        let words = format!("{}, {label}: WRITTEN BY TWO PEOPLE APART, read by nobody as a whole", node.kind.title());
        notes.push(annotation(&format!("{words}. As each left it: {}", voices.join("; "))));
    }
    for (id, ended) in &plan.ended_unseen {
        let Some(node) = plan.find(id) else { continue };
        for end in ended {
            let words = format!("{}: DISPUTED. Ended by {} ({})", node.kind.title(), end.by.name, end.reason);
            notes.push(annotation(&format!("{words}, who had not seen what others wrote there")));
        }
    }
    notes
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

/// On what a decision rests, and where its signed original is.
fn rests(claim: &Claim) -> String {
    let basis = (!claim.basis.is_empty()).then(|| format!(". Rests on: {}", claim.basis));
    let kept = (!claim.kept.is_empty()).then(|| format!(". The signed original is kept: {}", claim.kept));
    basis.into_iter().chain(kept).collect()
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
