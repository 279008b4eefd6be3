//! What fits no section: shown under `Other` with its title, dates and plain values, so that nothing clinical is lost. Administrative
//! resources (consent, audit, provenance, claims) are kept but are not part of a record as read.

use super::plans::is_end_of_life;
use super::words::{self, concept, joined, line, notes, span, when};
use super::{Json, Reading};
use record::section::Section;
use record::summary::{Fact, Item, Reading as Value};

/// Kinds about a person that say something of health or care and have no section of their own.
pub(super) fn is_clinical(kind: &str) -> bool {
    !matches!(
        kind,
        "Account"
            | "AuditEvent"
            | "AppointmentResponse"
            | "Bundle"
            | "ChargeItem"
            | "Claim"
            | "ClaimResponse"
            | "Consent"
            | "Contract"
            | "Coverage"
            | "CoverageEligibilityRequest"
            | "CoverageEligibilityResponse"
            | "EnrollmentRequest"
            | "ExplanationOfBenefit"
            | "Group"
            | "Invoice"
            | "MeasureReport"
            | "MessageHeader"
            | "OperationOutcome"
            | "Parameters"
            | "Person"
            | "Provenance"
            | "ResearchSubject"
            | "Schedule"
            | "Slot"
    )
}

pub(super) fn other(r: &Reading<'_, '_>, facts: &mut Vec<Fact>) {
    let json = r.json();
    let named = ["code", "type", "event", "vaccineCode", "relationship", "category", "prognosisCodeableConcept"];
    let title = named.iter().map(|e| json.get(e)).flat_map(Json::items).find(|c| concept(c).is_some());
    let kind = words::spaced(r.resource.kind);
    let mut item = r.start(title.unwrap_or(&Json::Null), &kind);
    if title.is_none()
        && let Some(said) = json.owned("title").or_else(|| json.owned("description"))
    {
        item.title = said;
    }
    item.standing = r.standing(
        json.str("status"),
        &["draft", "proposed", "preparation"],
        &["completed", "cancelled", "stopped", "revoked", "inactive", "not-done", "abandoned"],
    );
    let dates =
        ["date", "authoredOn", "recordedDate", "sent", "receivedTime", "identifiedDateTime", "created", "dateWritten"];
    let recorded = dates.iter().find_map(|e| when(json.get(e)));
    let (from, until) = ["effective", "occurrence", "identified", "onset", "timing"]
        .iter()
        .map(|stem| span(json, stem))
        .find(|(from, _)| from.is_some())
        .unwrap_or_else(|| words::period_of(json.get("period")));
    (item.when, item.until) = (from.or_else(|| recorded.clone()), until);
    item.author =
        r.author(&["recorder", "author", "assessor", "requester", "sender", "performer", "source", "operator"]);
    line(&mut item.lines, "Record", Some(kind).filter(|k| *k != item.title));
    members(r, &mut item);
    notes(&mut item.lines, json);
    facts.push(r.item(Section::Other, recorded, item));
}

/// The plain values and concepts of the resource's own elements, labelled by their names.
fn members(r: &Reading<'_, '_>, item: &mut Item) {
    let json = r.json();
    const SKIPPED: [&str; 18] = [
        "resourceType",
        "id",
        "meta",
        "implicitRules",
        "language",
        "text",
        "contained",
        "extension",
        "modifierExtension",
        "identifier",
        "status",
        "code",
        "subject",
        "patient",
        "encounter",
        "note",
        "date",
        "title",
    ];
    for (name, value) in json.members().iter().filter(|(name, _)| !SKIPPED.contains(&name.as_ref())) {
        let said = value.items().iter().filter_map(|one| plain(r, one));
        line(&mut item.lines, &words::spaced(name), joined(said.take(20), ", ").filter(|s| *s != item.title));
    }
}

/// A value in words, if it is simple enough to be said in a line; the members of a part are said one after another.
fn plain(r: &Reading<'_, '_>, json: &Json<'_>) -> Option<String> {
    if r.keeps_back(json) {
        return Some(super::KEPT_BACK.to_owned());
    }
    if json.text().is_some() {
        return when(json).map(|w| w.display()).or_else(|| json.text().map(str::to_owned));
    }
    let simple = words::quantity(json)
        .or_else(|| concept(json))
        .or_else(|| words::period_words(json))
        .or_else(|| words::range(json))
        .or_else(|| json.owned("reference").and_then(|_| json.owned("display")));
    simple.or_else(|| {
        let parts = json
            .members()
            .iter()
            .filter(|(name, _)| !matches!(name.as_ref(), "extension" | "id" | "data" | "reference"));
        let said = |v: &Json<'_>| match r.keeps_back(v) {
            true => Some(super::KEPT_BACK.to_owned()),
            false => words::quantity(v).or_else(|| when(v).map(|w| w.display())).or_else(|| concept(v)),
        };
        joined(parts.flat_map(|(_, v)| v.items()).filter_map(said).take(12), ", ")
    })
}

/// A form as filled in: each answer a labelled reading.
pub(super) fn form(r: &Reading<'_, '_>, facts: &mut Vec<Fact>) {
    let json = r.json();
    let contained = json.list("contained").iter().find(|c| c.str("resourceType") == Some("Questionnaire"));
    let title = contained
        .and_then(|q| q.owned("title"))
        .or_else(|| json.get("questionnaire").extension("display").text().map(str::to_owned));
    let name = json.str("questionnaire").and_then(|q| q.trim_end_matches('/').rsplit('/').next());
    let name = name.map(|n| words::spaced(n.split('|').next().unwrap_or(n)).trim_start_matches('#').to_owned());
    let mut item = Item {
        title: title.or(name).unwrap_or_else(|| "Form".to_owned()),
        status: json.owned("status"),
        standing: r.standing(json.str("status"), &[], &["stopped"]),
        when: when(json.get("authored")),
        author: r.author(&["author", "source"]),
        ..Item::default()
    };
    answers(r, &mut item.readings, json, 0);
    let asked = |reading: &Value| reading.name.to_lowercase().contains("end of life");
    let end = is_end_of_life(&Json::Null, &item.title) || item.readings.iter().any(asked);
    facts.push(r.item(if end { Section::EndOfLife } else { Section::Other }, when(json.get("authored")), item));
}

fn answers(r: &Reading<'_, '_>, readings: &mut Vec<Value>, json: &Json<'_>, depth: u8) {
    for question in json.list("item") {
        let name = question.owned("text").or_else(|| question.owned("linkId")).unwrap_or_default();
        let said = question.list("answer").iter().filter_map(|a| {
            let (kind, v) = a.choice("value").filter(|(_, v)| !r.keeps_back(v))?;
            let (value, unit) = words::value(kind, v)?;
            joined([value].into_iter().chain(unit), " ")
        });
        if let Some(value) = joined(said, ", ") {
            readings.push(Value { name, value, ..Value::default() });
        }
        if depth < 12 {
            answers(r, readings, question, depth + 1);
            question.list("answer").iter().for_each(|a| answers(r, readings, a, depth + 1));
        }
    }
}
