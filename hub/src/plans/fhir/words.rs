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
pub(super) fn words(node: &Node) -> String {
    let say = |(code, content): &(String, Content)| match content {
        Content::Prose(text) => Some(text.clone()),
        Content::Register(Register::One(said)) => node.kind.field(code).map(|field| field.form.shown(&said.value)),
        Content::Register(Register::Empty | Register::Several(_)) => None,
    };
    let mut all: Vec<String> = node.fields.iter().filter_map(say).collect();
    all.extend(several(node));
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

/// When it is to be reviewed, in words; nothing where no one date stands.
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
