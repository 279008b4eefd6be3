//! Fields of a plan as words and codes: one value where there is exactly one, everything that was said apart where there is not. No field is left
//! out because FHIR has no element for it: it becomes a note under its own label.

use crate::fhir::{SNOMED, annotation};
use record::plan::shape::Form;
use record::plan::{Content, Node, Register, values};
use serde_json::{Value, json};

/// The value of a register, where there is exactly one.
pub(super) fn one(node: &Node, code: &str) -> Option<String> {
    match node.register(code) {
        Register::One(said) => Some(said.value),
        Register::Empty | Register::Several(_) => None,
    }
}

/// Fields that people gave apart, in words.
pub(super) fn several(node: &Node) -> Vec<String> {
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

pub(super) fn several_as_notes(node: &Node) -> Vec<Value> {
    several(node).iter().map(|text| annotation(text)).collect()
}

/// Every field that holds something, as notes under its label.
pub(super) fn fields_as_notes(node: &Node) -> Vec<Value> {
    let mut notes = rest_as_notes(node, &[]);
    notes.extend(several_as_notes(node));
    notes
}

/// Every field that holds one thing and is not among those that have an element of their own, under its label.
pub(super) fn rest(node: &Node, elsewhere: &[&str]) -> Vec<String> {
    let said = |(code, content): &(String, Content)| {
        let field = node.kind.field(code).filter(|_| !elsewhere.contains(&code.as_str()))?;
        let text = match content {
            Content::Prose(text) if !text.trim().is_empty() => text.clone(),
            Content::Register(Register::One(said)) => field.form.shown(&said.value),
            Content::Prose(_) | Content::Register(Register::Empty | Register::Several(_)) => return None,
        };
        Some(format!("{}: {text}", field.label))
    };
    node.fields.iter().filter_map(said).collect()
}

pub(super) fn rest_as_notes(node: &Node, elsewhere: &[&str]) -> Vec<Value> {
    rest(node, elsewhere).iter().map(|text| annotation(text)).collect()
}

/// Everything an entry says, on one line: its words first, the rest under its labels.
pub(super) fn words(node: &Node) -> String {
    let mut all = vec![one(node, "name").unwrap_or_default(), node.prose("text").to_owned()];
    all.extend(rest(node, &["name", "text"]));
    all.extend(several(node));
    all.retain(|text| !text.trim().is_empty());
    all.join(", ")
}

/// A coded element: the text always, the code if there is one.
pub(super) fn coded(node: &Node, code: &str, text: &str) -> Value {
    let mut made = json!({ "text": text });
    if let Some(code) = one(node, code) {
        made["coding"] = json!([{ "system": SNOMED, "code": code }]);
    }
    made
}

/// What [`reviewed`] says.
pub(super) const REVIEWED: [&str; 4] = ["review", "responsible", "responsible-role", "responsible-contact"];

/// When it is to be reviewed, in words. Not as the end of a CarePlan's period: to a reader the plan would be over that day; nothing where no one date stands.
pub(super) fn review_date(node: &Node) -> Option<String> {
    let date = one(node, "review")?;
    let shown = node.kind.field("review").map_or_else(|| date.clone(), |field| field.form.shown(&date));
    Some(format!("Planned review date: {shown}"))
}

/// When it is to be reviewed, and by whom.
pub(super) fn reviewed(node: &Node) -> Vec<Value> {
    let who: Vec<String> = ["responsible", "responsible-role", "responsible-contact"]
        .iter()
        .filter_map(|field| one(node, field))
        .collect();
    let who = (!who.is_empty()).then(|| format!("Responsible for review: {}", who.join(", ")));
    review_date(node).into_iter().chain(who).map(|text| annotation(&text)).collect()
}

/// The fields that are one of a list of SNOMED CT concepts, each under its label: words alone would have to be coded again by whoever gets them.
pub(super) fn codes(node: &Node) -> Vec<Value> {
    let coded = |(code, content): &(String, Content)| {
        let field = node.kind.field(code)?;
        let (Form::Choice(_), Content::Register(Register::One(said))) = (field.form, content) else { return None };
        let shown = field.form.shown(&said.value);
        values::is_concept(&said.value).then(|| {
            json!({
                "coding": [{ "system": SNOMED, "code": said.value, "display": shown }],
                "text": format!("{}: {shown}", field.label),
            })
        })
    };
    node.fields.iter().filter_map(coded).collect()
}
