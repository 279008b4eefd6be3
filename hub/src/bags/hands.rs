//! Through whose hands a bag went, as FHIR: each passage a Provenance with both its times, and each count of valuables one with both who counted
//! and the second person's signature. In words too, for a receiving system may show nothing else. The document itself is `fhir`'s.

use data_encoding::BASE64;
use record::Stamp;
use record::bag::belongings::{Belonging, Counted};
use record::bag::note::both_times;
use record::bag::{Bag, Note, NoteId, Party, Passage, Said};
use record::visit::PhotoId;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Where attached documents and drawn signatures are asked for: the bytes, and since when they are here.
pub type Held<'a> = &'a dyn Fn(PhotoId) -> Option<(Vec<u8>, Stamp)>;

const AGENT: &str = "http://terminology.hl7.org/CodeSystem/provenance-participant-type";

/// A passage in words: both times, the number read and the things counted.
fn in_words(bag: &Bag, (note, passage): (&Note, &Passage)) -> String {
    let by = &note.by;
    let mut said = format!(
        "{}, {}, by {}, {}, {} (device {}).",
        passage.step.label(),
        both_times(note.at, bag.at_hub(note.id)),
        by.name,
        by.title,
        by.organisation,
        note.chain
    );
    if let Some(Party::Typed { name, organisation }) = &passage.to {
        said.push_str(&format!(" Taken by {name}, {organisation}: typed, not verified."));
    }
    let place = if passage.place.is_empty() { String::new() } else { format!("{}.", passage.place) };
    for more in [place, passage.carried(&bag.header.tracker), passage.remark.clone()] {
        if !more.is_empty() {
            said.push_str(&format!(" {more}"));
        }
    }
    if bag.aside.contains(&note.id) {
        said.push_str(" This counts for nothing: it does not follow what stood before.");
    }
    said
}

fn passages(bag: &Bag) -> impl Iterator<Item = (&Note, &Passage)> {
    bag.passages.iter().filter_map(|note| match &note.said {
        Said::Passed(passage) => Some((note, passage.as_ref())),
        _ => None,
    })
}

/// Every passage as a line of the narrative.
pub(super) fn lines(bag: &Bag) -> Vec<String> {
    passages(bag).map(|passed| in_words(bag, passed)).collect()
}

/// Every passage, and every count of valuables, under a name in the document.
pub(super) fn provenances(bag: &Bag, target: &Value, held: Held<'_>) -> Vec<(String, Value)> {
    let passed = passages(bag).enumerate().map(|(n, (note, passage))| {
        let mut agents = vec![agent(&note.by.name, &note.by.organisation, "author", "Author")];
        if let Some(Party::Typed { name, organisation }) = &passage.to {
            agents.push(agent(name, organisation, "performer", "Performer"));
        }
        let words = escaped(&in_words(bag, (note, passage)));
        let made = json!({
            "resourceType": "Provenance",
            "text": { "status": "generated", "div": format!("<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>{words}</p></div>") },
            "target": [target],
            "occurredDateTime": note.at.to_string(),
            "recorded": bag.at_hub(note.id).unwrap_or(note.at).to_string(),
            "activity": { "text": passage.step.label() },
            "agent": agents,
        });
        (format!("passage-{n}"), made)
    });
    let counted = counts(bag).into_values().enumerate().filter_map(|(n, (count, things))| {
        let second = count.second.as_ref()?;
        let mut made = json!({
            "resourceType": "Provenance",
            "target": [target],
            "occurredDateTime": count.at.to_string(),
            "recorded": bag.at_hub(count.note).unwrap_or(count.at).to_string(),
            "activity": { "text": format!("Valuables counted by two, {}: {}", count.column.label().to_lowercase(), things.join(", ")) },
            "agent": [agent(&count.by, "", "author", "Author"), agent(&second.to_string(), "", "verifier", "Verifier")],
        });
        // A picture of a signature, where the hub has it; that there is one stands in the words of who counted.
        if let Some((bytes, _)) = second.signed.and_then(|file| held(file.id)) {
            let kind = json!({ "system": "urn:iso-astm:E1762-95:2013", "code": "1.2.840.10065.1.12.1.5", "display": "Verification Signature" });
            made["signature"] = json!([{
                "type": [kind],
                "when": count.at.to_string(),
                "who": { "display": second.name },
                "sigFormat": second.signed.map(|file| file.kind.mime()),
                "data": BASE64.encode(&bytes),
            }]);
        }
        Some((format!("valuables-{n}"), made))
    });
    passed.chain(counted).collect()
}

/// Each count of valuables that two made, with what was counted.
fn counts(bag: &Bag) -> BTreeMap<NoteId, (&Counted, Vec<String>)> {
    let mut all: BTreeMap<NoteId, (&Counted, Vec<String>)> = BTreeMap::new();
    for thing in bag.belongings.iter().filter(|thing| thing.valuable) {
        for count in thing.counts.iter().filter(|count| count.second.is_some()) {
            let (_, things) = all.entry(count.note).or_insert_with(|| (count, Vec::new()));
            things.push(format!("{} {}", thing.label, count.count));
        }
    }
    all
}

/// A thing with every count of it.
pub(super) fn counted(thing: &Belonging) -> String {
    let one = |count: &Counted| {
        let by = count.hands(thing.valuable);
        format!("{} {} ({by}, {})", count.column.label().to_lowercase(), count.count, count.at.display())
    };
    let counts: Vec<String> = thing.counts.iter().map(one).collect();
    let photos = match thing.photos().count() {
        0 => String::new(),
        photos => format!(". Photographs kept beside this document: {photos}"),
    };
    format!("{}: {}{photos}", thing.label, counts.join(", "))
}

fn agent(name: &str, organisation: &str, code: &str, display: &str) -> Value {
    let words = if organisation.is_empty() { name.to_owned() } else { format!("{name}, {organisation}") };
    json!({
        "type": { "coding": [{ "system": AGENT, "code": code, "display": display }] },
        "who": { "display": words },
    })
}

/// Text in XHTML.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("<br/>"),
            // No control character may stand in XML 1.0.
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_become_markup_and_controls_are_dropped() {
        assert_eq!(escaped("<b>&\"\u{1}\n"), "&lt;b&gt;&amp;&quot; <br/>");
    }
}
