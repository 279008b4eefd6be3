//! AllergyIntolerance → allergies. "No known allergies" is a statement about the section, never an item; a narrower one ("No known drug
//! allergy") is a note in its own words and never stands for the section (records.md, absence).

use super::words::{self, concept, has_code, joined, line, notes, when};
use super::{Json, Reading};
use record::section::Section;
use record::summary::{Absence, Allergy, Detail, Fact, Line, Note, Reaction, Standing};

/// SNOMED CT: no known allergy.
const NONE_KNOWN: &str = "716186003";
/// No known drug, environmental, insect, food and latex allergy: each says nothing of the others.
const NARROWER: [&str; 5] = ["409137002", "428607008", "428197003", "429625007", "1003774007"];
/// All that a text may be for it to say of every kind of allergy that there is none.
const NONE_KNOWN_WORDS: [&str; 6] = [
    "no known allergy",
    "no known allergies",
    "no known allergy (situation)",
    "no known allergies or intolerances",
    "no known allergies or adverse reactions",
    "nil known allergies",
];
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
    if let Some(scope) = none_of(code) {
        if !in_error && !past {
            let note = match scope {
                Scope::All => Note::Absent(Absence::NoneKnown { when: recorded, by }),
                Scope::Narrower(words) => Note::Said { words, when: recorded, by },
            };
            facts.push(r.note(0, Section::Allergies, note));
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
    // A complex extension inside clinicalStatus: its parts are extensions themselves (UK Core AllergyIntoleranceEnd).
    let end = json.get("clinicalStatus").extensions("AllergyIntoleranceEnd").next();
    item.until = end.and_then(|end| when(end.extension("endDate")));
    line(&mut item.lines, "Ended because", end.and_then(|end| end.extension("reasonEnded").text().map(str::to_owned)));
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
    for reaction in json.list("reaction") {
        more_of(&mut item.lines, reaction);
    }
    notes(&mut item.lines, json);
    // What was reacted to, where the code says no more than "allergy to drug": it names the item, or nobody would see it on a strip.
    let culprits = joined(json.list("reaction").iter().filter_map(|x| concept(x.get("substance"))), ", ");
    if let Some(culprits) = culprits.filter(|c| !item.title.to_lowercase().contains(&c.to_lowercase())) {
        item.title = format!("{} ({culprits})", item.title);
        for reaction in json.list("reaction") {
            item.codes.extend(words::codings(reaction.get("substance")));
        }
    }
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

/// What else is said of a reaction: all that is not its manifestation, severity or time.
fn more_of(lines: &mut Vec<Line>, json: &Json<'_>) {
    let described = json.owned("description").filter(|_| !json.list("manifestation").is_empty());
    line(lines, "Reaction described", described);
    line(lines, "Exposed by", concept(json.get("exposureRoute")));
    for note in json.list("note") {
        line(lines, "Note on the reaction", note.owned("text"));
    }
}

/// How much a statement of absence covers.
enum Scope {
    All,
    /// In the source's words.
    Narrower(String),
}

/// Whether a code says that there is no allergy, and of how much. The words win where they say less than the code: a source that writes
/// "no known drug allergies" beside the code for none at all did not ask about food.
fn none_of(code: &Json<'_>) -> Option<Scope> {
    let said = concept(code).unwrap_or_default();
    let words = said.to_lowercase();
    let words = words.trim().trim_end_matches('.');
    let negative = ["no known ", "nil known ", "no history of "].iter().any(|start| words.starts_with(start))
        || matches!(words, "nkda" | "nka" | "nil known");
    let coded_all = has_code(code, &[NONE_KNOWN]);
    let generic = NONE_KNOWN_WORDS.contains(&words);
    if has_code(code, &NARROWER) {
        let narrower = code.list("coding").iter().find(|c| has_code(c, &NARROWER)).and_then(|c| c.owned("display"));
        return Some(Scope::Narrower(match narrower {
            Some(display) if generic => display,
            _ if generic => format!("{said} of one kind"),
            _ => said,
        }));
    }
    // A text that denies nothing beside the code for none ("Penicillin") is an allergy: of two readings the one that does less harm.
    let denies = negative || words.split_whitespace().any(|w| matches!(w, "no" | "nil" | "none" | "not" | "never"));
    match (coded_all, generic || words == NONE_KNOWN || words.is_empty()) {
        (_, true) if coded_all || generic => Some(Scope::All),
        (true, _) if denies => Some(Scope::Narrower(said)),
        (false, _) if negative && is_of_allergy(words) => Some(Scope::Narrower(said)),
        _ => None,
    }
}

fn is_of_allergy(words: &str) -> bool {
    ["allerg", "intoleran", "sensitiv", "adverse", "reaction"].iter().any(|word| words.contains(word))
        || matches!(words, "nkda" | "nka" | "nil known")
}

/// The first code of a status given as a concept.
pub(super) fn concept_code(json: &Json<'_>) -> Option<String> {
    json.list("coding")
        .iter()
        .find_map(|c| c.owned("code"))
        .or_else(|| json.text().map(str::to_owned))
        .or_else(|| concept(json))
}
