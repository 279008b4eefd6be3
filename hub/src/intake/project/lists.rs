//! List → the five absences and the GP Connect warnings, for the section its code names (records.md, list codes), and what the list says in
//! its own words. A list's entries are resources of their own, so the list itself is never an item.

use super::words::{has_code, when};
use super::{Json, Reading};
use record::section::Section;
use record::summary::{Absence, Fact, Note, Warning};

/// UK Core list codes (SNOMED CT), and the LOINC and local words of the base specification.
const SECTIONS: [(&str, Section); 25] = [
    ("1102411000000102", Section::Medications),
    ("1102191000000100", Section::Medications),
    ("933361000000108", Section::Medications),
    ("886921000000105", Section::Allergies),
    ("1103671000000101", Section::Allergies),
    ("717711000000103", Section::Problems),
    ("887161000000102", Section::Problems),
    ("887171000000109", Section::Procedures),
    ("1102181000000102", Section::Immunisations),
    ("887191000000108", Section::Results),
    ("325851000000107", Section::Encounters),
    ("1149501000000101", Section::Encounters),
    ("792931000000107", Section::Referrals),
    ("826501000000100", Section::Other),
    ("24781000000107", Section::Other),
    ("25851000000105", Section::Other),
    ("10160-0", Section::Medications),
    ("48765-2", Section::Allergies),
    ("11450-4", Section::Problems),
    ("11369-6", Section::Immunisations),
    ("47519-4", Section::Procedures),
    ("medications", Section::Medications),
    ("allergies", Section::Allergies),
    ("problems", Section::Problems),
    ("plans", Section::Plans),
];

/// Lists of a part of their section only: that they are empty says nothing of the section (ended allergies, discontinued medications).
const OF_A_PART: [(&str, &str); 2] =
    [("1103671000000101", "Ended allergies"), ("1102191000000100", "Discontinued medications")];

pub(super) fn list(r: &Reading<'_, '_>, facts: &mut Vec<Fact>) {
    let json = r.json();
    if matches!(json.str("status"), Some("entered-in-error" | "retired")) {
        return;
    }
    let code = json.get("code");
    let section = SECTIONS.iter().find(|(c, _)| has_code(code, &[c])).map_or(Section::Other, |(_, section)| *section);
    let mut notes: Vec<Note> = Vec::new();
    let (at, by) = (when(json.get("date")), r.author(&["source"]));
    let say = |words: String| Note::Said { words, when: at.clone(), by: by.clone() };
    let part = OF_A_PART.iter().find(|(c, _)| has_code(code, &[c])).map(|(_, part)| *part);
    let reason = json.get("emptyReason");
    if json.list("entry").is_empty() {
        match (absence(r, reason), part) {
            (Some(absence), None) => {
                // "Unavailable" and the like have no room for a time of their own (records.md: source, time).
                let timeless = matches!(absence, Absence::Unavailable | Absence::Withheld) && at.is_some();
                let label = absence.label(section);
                notes.push(Note::Absent(absence));
                notes.extend(timeless.then(|| say(label)));
            }
            (Some(Absence::Withheld), Some(_)) => notes.push(Note::Absent(Absence::Withheld)),
            (_, Some(part)) => notes.push(say(format!("{part}: none in the list"))),
            (None, None) => {}
        }
        notes.extend(reason.owned("text").map(|text| say(format!("The list is empty: {text}"))));
    }
    for extension in json.list("extension").iter().filter(|e| e.str("url").is_some_and(is_warning)) {
        notes.extend(extension.choice("value").and_then(|(_, v)| warning(v)).map(Note::Warning));
    }
    for note in json.list("note") {
        notes.extend(note.owned("text").map(&say));
    }
    facts.extend((0..).zip(notes).map(|(n, note)| r.note(n, section, note)));
}

fn is_warning(url: &str) -> bool {
    let url = url.to_lowercase();
    url.contains("listwarningcode") || url.contains("list-warningcode")
}

fn warning(json: &Json<'_>) -> Option<Warning> {
    let code = json.text().or_else(|| json.at(&["coding", "code"]).text()).or_else(|| json.str("code"))?;
    match code {
        "confidential-items" => Some(Warning::ConfidentialItems),
        "data-in-transit" => Some(Warning::DataInTransit),
        "data-awaiting-filing" => Some(Warning::DataAwaitingFiling),
        _ => None,
    }
}

/// An empty list without a reason says no more than that it is empty.
fn absence(r: &Reading<'_, '_>, reason: &Json<'_>) -> Option<Absence> {
    let code = reason.list("coding").iter().find_map(|c| c.str("code"));
    Some(match code {
        Some("nilknown") => Absence::NoneKnown { when: when(r.json().get("date")), by: r.author(&["source"]) },
        Some("notasked" | "notstarted") => Absence::NotAsked,
        Some("withheld") => Absence::Withheld,
        Some("unavailable" | "closed") => Absence::Unavailable,
        _ => Absence::NoContentRecorded,
    })
}
