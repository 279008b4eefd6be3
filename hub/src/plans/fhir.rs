//! A plan as FHIR R4 (UK Core where it has a profile): CarePlan, Goal, Condition, Flag, and what stands around them
//! (`reference/careplan.md` section 8). A projection: nothing here is read back. A value that people gave apart is never made one:
//! each voice of a disputed decision is a Flag of its own, tagged, and a field given differently is said so in words.

use record::plan::{Claim, Content, Held, Kind, Node, Paper, Plan, Register, SignedPaper, Topic};
use record::{NhsNumber, PersonId};
use serde_json::{Value, json};

const SNOMED: &str = "http://snomed.info/sct";
const CATEGORY: &str = "http://terminology.hl7.org/CodeSystem/condition-category";
const OURS: &str = "https://satchel.example/fhir";

/// The whole plan as one collection.
pub fn bundle(person: PersonId, nhs: Option<NhsNumber>, plan: &Plan) -> Value {
    let mut made = Made { person, subject: subject(person, nhs), resources: Vec::new() };
    made.care(plan);
    made.decisions(plan);
    made.end_of_life(plan);
    for paper in &plan.signed {
        made.signature(paper);
    }
    let entry: Vec<Value> = made
        .resources
        .into_iter()
        .map(|resource| {
            let name = |key: &str| resource[key].as_str().unwrap_or_default().to_owned();
            json!({ "fullUrl": format!("{OURS}/{}/{}", name("resourceType"), name("id")), "resource": resource })
        })
        .collect();
    let mut bundle = json!({ "resourceType": "Bundle", "type": "collection", "entry": entry });
    if let Some(updated) = plan.updated {
        bundle["timestamp"] = json!(updated.to_string());
    }
    bundle
}

fn subject(person: PersonId, nhs: Option<NhsNumber>) -> Value {
    match nhs {
        Some(nhs) => json!({ "identifier": { "system": "https://fhir.nhs.uk/Id/nhs-number", "value": nhs.digits() } }),
        None => json!({ "identifier": { "system": format!("{OURS}/person"), "value": person.to_string() } }),
    }
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

    /// A part's id is every plan's, so the person stands before it.
    fn id(&self, node: &Node) -> String {
        if node.id.as_part().is_some() { format!("{}-{}", self.person, node.id) } else { node.id.to_string() }
    }

    fn care(&mut self, plan: &Plan) {
        let Some(care) = plan.part(Kind::Care) else { return };
        let (mut addresses, mut goals, mut activity, mut notes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        if let Some(about) = plan.part(Kind::About) {
            notes.extend(fields_as_notes(about));
        }
        notes.extend(several_as_notes(care));
        for child in care.children.iter().filter(|child| child.ended.is_empty()) {
            match child.kind {
                Kind::Strength => notes.push(annotation(&format!("Strength: {}", child.prose("text")))),
                Kind::OtherDocument => {
                    notes.push(annotation(&format!("Other care planning document: {}", words(child))))
                }
                Kind::Need => {
                    addresses.push(self.reference("Condition", child));
                    self.need(child, &mut goals, &mut activity);
                }
                Kind::Contingency => self.contingency(child, care),
                Kind::SupportPlan => self.support(child, care),
                _ => {}
            }
        }
        let mut made = json!({
            "resourceType": "CarePlan",
            "id": self.id(care),
            "meta": { "profile": ["https://fhir.hl7.org.uk/StructureDefinition/UKCore-CarePlan"] },
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
        self.resources.insert(0, made);
        if one(care, "agreed").as_deref() == Some("yes") {
            self.agreement(care, plan);
        }
    }

    /// A need is a Condition; its goals, their stage goals and their actions go with it.
    fn need(&mut self, need: &Node, goals: &mut Vec<Value>, activity: &mut Vec<Value>) {
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
            let mut made = self.goal(goal);
            made["addresses"] = json!([self.reference("Condition", need)]);
            let outcomes = goal.children.iter().filter(|n| n.kind == Kind::Outcome && n.ended.is_empty());
            let mut notes: Vec<Value> =
                outcomes.map(|o| annotation(&format!("Outcome: {}", o.prose("text")))).collect();
            notes.extend(several_as_notes(goal));
            put_all(&mut made, [("note", notes)]);
            self.resources.push(made);
            for action in goal.children.iter().filter(|n| n.kind == Kind::Action && n.ended.is_empty()) {
                activity.push(self.action(action, goal));
                for stage in action.children.iter().filter(|n| n.ended.is_empty()) {
                    let mut made = self.goal(stage);
                    made["extension"] = json!([{ "url": format!("{OURS}/goal-part-of"), "valueReference": self.reference("Goal", goal) }]);
                    put_all(&mut made, [("note", several_as_notes(stage))]);
                    self.resources.push(made);
                }
            }
        }
    }

    /// Base R4 Goal: UK Core has no profile of it.
    fn goal(&self, goal: &Node) -> Value {
        let status = one(goal, "status").unwrap_or_else(|| "active".to_owned());
        let mut made = json!({
            "resourceType": "Goal",
            "id": self.id(goal),
            "lifecycleStatus": status,
            "description": coded(goal, "code", goal.prose("text")),
            "subject": self.subject,
        });
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
        description.extend(one(action, "confidence").map(|score| format!("Confidence {score} of 10")));
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
        notes.extend(several_as_notes(plan));
        self.resources.push(json!({
            "resourceType": "CarePlan",
            "id": self.id(plan),
            "status": "active",
            "intent": "plan",
            "category": [concept("325691000000100", "Contingency plan")],
            "title": one(plan, "name").unwrap_or_else(|| "Contingency plan".to_owned()),
            "partOf": [self.reference("CarePlan", care)],
            "subject": self.subject,
            "description": plan.prose("what"),
            "note": notes,
        }));
    }

    fn support(&mut self, plan: &Node, care: &Node) {
        self.resources.push(json!({
            "resourceType": "CarePlan",
            "id": self.id(plan),
            "status": "active",
            "intent": "plan",
            "category": [concept("734163000", "Care plan")],
            "title": one(plan, "name").unwrap_or_else(|| "Additional support plan".to_owned()),
            "partOf": [self.reference("CarePlan", care)],
            "subject": self.subject,
            "description": plan.prose("text"),
        }));
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
                (Topic::KeySafe, _) | (_, Held::Nothing) => {}
                (_, Held::Agreed { said, .. }) => self.flag(topic, said, false),
                (_, Held::Disputed(voices)) => voices.iter().for_each(|claim| self.flag(topic, claim, true)),
            }
        }
    }

    fn flag(&mut self, topic: &Topic, claim: &Claim, disputed: bool) {
        let shown = claim.value.shown(topic);
        let text = if disputed {
            format!("DISPUTED. {}: {shown}", topic.title())
        } else {
            format!("{}: {shown}", topic.title())
        };
        let mut code = json!({ "text": text });
        let snomed = claim.value.code.as_deref().filter(|code| record::plan::values::is_concept(code));
        if let Some(snomed) = snomed {
            code["coding"] = json!([{ "system": SNOMED, "code": snomed, "display": claim.value.shown(topic) }]);
        }
        let mut flag = json!({
            "resourceType": "Flag",
            "id": claim.id,
            "status": "active",
            "code": code,
            "subject": self.subject,
            "period": { "start": claim.at.to_string() },
            "author": { "display": format!("{}, {}, {}", claim.by.name, claim.by.title, claim.by.organisation) },
        });
        if let Some(review) = &claim.review {
            flag["period"]["end"] = json!(review.as_str());
        }
        if disputed {
            flag["meta"] = json!({ "tag": [{ "system": format!("{OURS}/standing"), "code": "disputed" }] });
        }
        self.resources.push(flag);
    }

    /// Attorneys for health and welfare: the Flag and the RelatedPerson always together (End of Life API, LPA). Property gives no health
    /// authority and is not exported as one.
    fn end_of_life(&mut self, plan: &Plan) {
        let Some(part) = plan.part(Kind::EndOfLife) else { return };
        if one(part, "register").as_deref() == Some("present") {
            self.resources.push(json!({
                "resourceType": "Flag", "id": format!("{}-register", self.id(part)), "status": "active", "subject": self.subject,
                "code": { "coding": [{ "system": SNOMED, "code": "526631000000108" }], "text": "On the palliative care register" },
            }));
        }
        for attorney in part.children.iter().filter(|n| n.kind == Kind::WelfareAttorney && n.ended.is_empty()) {
            let id = self.id(attorney);
            self.resources.push(json!({
                "resourceType": "Flag", "id": format!("{id}-flag"), "status": "active", "subject": self.subject,
                "code": { "text": "Has an attorney or deputy for health and welfare" },
            }));
            self.resources.push(json!({
                "resourceType": "RelatedPerson", "id": id, "patient": self.subject,
                "relationship": [{ "text": one(attorney, "relationship").unwrap_or_else(|| "Attorney for health and welfare".to_owned()) }],
                "name": [{ "text": one(attorney, "name").unwrap_or_else(|| "Name not recorded".to_owned()) }],
                "telecom": [{ "system": "other", "value": one(attorney, "contact").unwrap_or_else(|| "Contact not recorded".to_owned()) }],
            }));
        }
    }

    fn signature(&mut self, paper: &SignedPaper) {
        let (signature, by) = (&paper.signature, &paper.signature.by);
        let target = match signature.paper {
            Paper::Plan => format!("CarePlan/{}-care", self.person),
            Paper::Respect => format!("CarePlan/{}-respect", self.person),
        };
        let who = json!({ "display": format!("{}, {}, {}", by.name, by.title, by.organisation) });
        if signature.paper == Paper::Respect {
            self.respect(paper);
        }
        self.resources.push(json!({
            "resourceType": "Provenance",
            "id": signature.id,
            "target": [{ "reference": target }],
            "recorded": signature.at.to_string(),
            "agent": [{ "type": agent("author"), "who": who }],
            "signature": [{
                "type": [{ "system": "urn:iso-astm:E1762-95:2013", "code": "1.2.840.10065.1.12.1.1" }],
                "when": signature.at.to_string(),
                "who": who,
                "sigFormat": "application/octet-stream",
                "data": data_encoding::BASE64.encode(signature.signature.as_bytes()),
            }],
            "meta": { "tag": [{ "system": format!("{OURS}/standing"), "code": if paper.changed_since { "changed-since-signed" } else { "signed" } }] },
        }));
    }

    /// The form as it was signed, never the draft.
    fn respect(&mut self, paper: &SignedPaper) {
        let notes: Vec<Value> = paper.parts.iter().flat_map(fields_as_notes).collect();
        self.resources.push(json!({
            "resourceType": "CarePlan",
            "id": format!("{}-respect", self.person),
            "status": "active",
            "intent": "plan",
            "category": [concept("734163000", "Care plan"), concept("1382601000000107", "ReSPECT form")],
            "title": "ReSPECT form",
            "subject": self.subject,
            "note": notes,
        }));
    }
}

fn put_all<const N: usize>(to: &mut Value, fields: [(&str, Vec<Value>); N]) {
    for (name, values) in fields.into_iter().filter(|(_, values)| !values.is_empty()) {
        to[name] = Value::Array(values);
    }
}

/// The value of a register, where there is exactly one.
fn one(node: &Node, code: &str) -> Option<String> {
    match node.register(code) {
        Register::One(said) => Some(said.value),
        Register::Empty | Register::Several(_) => None,
    }
}

/// Fields that people gave apart, in words.
fn several(node: &Node) -> Vec<String> {
    let told = |(code, content): &(String, Content)| match content {
        Content::Register(Register::Several(all)) => {
            let field = node.kind.field(code)?;
            let values: Vec<String> =
                all.iter().map(|said| format!("{} ({})", field.form.shown(&said.value), said.by)).collect();
            Some(format!("{} was given differently and is not settled: {}", field.label, values.join("; ")))
        }
        Content::Prose(_) | Content::Register(_) => None,
    };
    node.fields.iter().filter_map(told).collect()
}

fn several_as_notes(node: &Node) -> Vec<Value> {
    several(node).iter().map(|text| annotation(text)).collect()
}

/// Every field that holds something, as notes under its label.
fn fields_as_notes(node: &Node) -> Vec<Value> {
    let mut notes = Vec::new();
    for (code, content) in &node.fields {
        let Some(field) = node.kind.field(code) else { continue };
        match content {
            Content::Prose(text) => notes.push(annotation(&format!("{}: {text}", field.label))),
            Content::Register(Register::One(said)) => {
                notes.push(annotation(&format!("{}: {}", field.label, field.form.shown(&said.value))));
            }
            Content::Register(Register::Empty | Register::Several(_)) => {}
        }
    }
    notes.extend(several_as_notes(node));
    notes
}

/// Everything an entry says, on one line.
fn words(node: &Node) -> String {
    let say = |(code, content): &(String, Content)| match content {
        Content::Prose(text) => Some(text.clone()),
        Content::Register(Register::One(said)) => node.kind.field(code).map(|field| field.form.shown(&said.value)),
        Content::Register(Register::Empty | Register::Several(_)) => None,
    };
    let mut all: Vec<String> = node.fields.iter().filter_map(say).collect();
    all.extend(several(node));
    all.join(", ")
}

fn annotation(text: &str) -> Value {
    json!({ "text": text })
}

fn concept(code: &str, display: &str) -> Value {
    json!({ "coding": [{ "system": SNOMED, "code": code, "display": display }] })
}

/// A coded element: the text always, the code if there is one.
fn coded(node: &Node, code: &str, text: &str) -> Value {
    let mut made = json!({ "text": text });
    if let Some(code) = one(node, code) {
        made["coding"] = json!([{ "system": SNOMED, "code": code }]);
    }
    made
}

fn agent(code: &str) -> Value {
    json!({ "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/provenance-participant-type", "code": code }] })
}

#[cfg(test)]
#[path = "fhir_tests.rs"]
mod tests;
