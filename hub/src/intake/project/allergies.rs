//! AllergyIntolerance → allergies. "No known …" is a statement about the section, never an item (records.md, absence).

use super::words::{self, concept, has_code, joined, line, notes, when};
use super::{Json, Reading};
use record::section::Section;
use record::summary::{Absence, Allergy, Detail, Fact, Note, Reaction, Standing};

/// SNOMED CT: no known allergy, and its narrower forms.
const NO_KNOWN: [&str; 6] = ["716186003", "409137002", "428607008", "428197003", "429625007", "1003774007"];
/// Degraded codes of GP Connect transfers: the text is the truth and no decision support may use the code (inbound.md 2.1).
const DEGRADED: [&str; 4] = ["196461000000101", "196471000000108", "196421000000109", "196431000000106"];

pub(super) fn allergy(r: &Reading<'_, '_>, facts: &mut Vec<Fact>) {
    let json = r.json();
    let code = json.get("code");
    let clinical = concept_code(json.get("clinicalStatus"));
    let verification = concept_code(json.get("verificationStatus"));
    let in_error = verification.as_deref() == Some("entered-in-error");
    let past =
        matches!(clinical.as_deref(), Some("inactive" | "resolved")) || verification.as_deref() == Some("refuted");
    let recorded = when(json.get("recordedDate")).or_else(|| words::span(json, "onset").0);
    let by = r.author(&["asserter", "recorder"]);
    if has_code(code, &NO_KNOWN) {
        if !in_error && !past {
            facts.push(r.note(0, Section::Allergies, Note::Absent(Absence::NoneKnown { when: recorded, by })));
        }
        return;
    }
    let mut item = r.start(code, "Allergy without a name");
    item.status = clinical.clone();
    item.standing = match (in_error, past) {
        (true, _) => Standing::InError,
        (_, true) => Standing::Past,
        _ => Standing::Current,
    };
    item.when = words::span(json, "onset").0.or_else(|| recorded.clone());
    item.until = when(json.at(&["clinicalStatus"]).extension("AllergyIntoleranceEnd").get("endDate"));
    item.author = by;
    line(&mut item.lines, "Type", json.owned("type"));
    line(
        &mut item.lines,
        "Category",
        joined(json.list("category").iter().filter_map(|c| c.text().map(str::to_owned)), ", "),
    );
    line(&mut item.lines, "Last occurred", when(json.get("lastOccurrence")).map(|w| w.display()));
    if json.choice("onset").is_some_and(|(kind, _)| !matches!(kind, "DateTime" | "Period")) {
        let onset = json.choice("onset").and_then(|(kind, v)| words::value(kind, v));
        line(
            &mut item.lines,
            "Onset",
            onset.map(|(v, unit)| joined([v].into_iter().chain(unit), " ").unwrap_or_default()),
        );
    }
    notes(&mut item.lines, json);
    let usable = code.list("coding").iter().any(|c| c.str("code").is_some());
    item.detail = Detail::Allergy(Allergy {
        coded: usable && !has_code(code, &DEGRADED),
        criticality: json.owned("criticality"),
        verification,
        reactions: json.list("reaction").iter().map(reaction).collect(),
    });
    facts.push(r.item(Section::Allergies, recorded, item));
}

fn reaction(json: &Json<'_>) -> Reaction {
    let manifestation = joined(json.list("manifestation").iter().filter_map(concept), " + ");
    Reaction {
        manifestation: manifestation.or_else(|| json.owned("description")).unwrap_or_default(),
        severity: json.owned("severity"),
        when: when(json.get("onset")),
    }
}

/// The first code of a status given as a concept.
pub(super) fn concept_code(json: &Json<'_>) -> Option<String> {
    json.list("coding")
        .iter()
        .find_map(|c| c.owned("code"))
        .or_else(|| json.text().map(str::to_owned))
        .or_else(|| concept(json))
}
