//! CarePlan and Goal → care plans; plans for the end of life (ReSPECT, DNACPR, ADRT, LPA, EPaCCS) → end of life, by category, code or
//! words (`reference/careplan.md` section 8, NRL types).

use super::words::{self, concept, joined, line, notes, period_of, span, when};
use super::{Json, Reading};
use record::section::Section;
use record::summary::{Fact, Standing};

/// SNOMED CT: CPR status, advance decisions and statements, EPaCCS and treatment-escalation documents.
const END_OF_LIFE: [&str; 17] = [
    "526631000000108",
    "736373009",
    "736366004",
    "735324008",
    "861421000000109",
    "887701000000100",
    "2181441000000107",
    "1382601000000107",
    "450475007",
    "450476008",
    "304253006",
    "439569004",
    "787481000000105",
    "816301000000100",
    "719240000",
    "713603004",
    "3011000175104",
];
/// Codes above that are plans of any kind: end of life only if their words say so too.
const ANY_PLAN: [&str; 2] = ["2181441000000107", "887701000000100"];
const WORDS: [&str; 16] = [
    "end of life",
    "end-of-life",
    "respect",
    "dnacpr",
    "dnar",
    "not for resuscitation",
    "resuscitation",
    "resuscitate",
    "advance decision",
    "advance care",
    "advance statement",
    "adrt",
    "lasting power of attorney",
    "epaccs",
    "palliative",
    "preferred place of death",
];

/// Whether codes or words say that it belongs to the end of life.
pub(super) fn is_end_of_life(concepts: &Json<'_>, title: &str) -> bool {
    let mut words = title.to_lowercase();
    for text in concepts.items().iter().filter_map(concept) {
        words.push('\n');
        words.push_str(&text.to_lowercase());
    }
    // ReSPECT is a word of its own; "respectively" and "respects" are not meant.
    let said = |word: &&'static str| match *word {
        "respect" => words.split(|c: char| !c.is_alphanumeric()).any(|w| w == "respect"),
        word => words.contains(word),
    };
    let coded = END_OF_LIFE.iter().filter(|code| !ANY_PLAN.contains(code));
    words::has_code(concepts, &coded.copied().collect::<Vec<_>>()) || WORDS.iter().any(said)
}

pub(super) fn plan(r: &Reading<'_, '_>, facts: &mut Vec<Fact>) {
    let json = r.json();
    let category = json.list("category").iter().find(|c| concept(c).is_some()).unwrap_or(&Json::Null);
    let mut item = r.start(category, "Care plan");
    if let Some(title) = json.owned("title") {
        item.title = title;
    }
    item.codes = json.list("category").iter().flat_map(words::codings).collect();
    let past = ["completed", "revoked", "unknown"];
    item.standing = r.standing(json.str("status"), &["draft"], &past);
    let recorded = when(json.get("created"));
    (item.when, item.until) = period_of(json.get("period"));
    item.when = item.when.or_else(|| recorded.clone());
    item.author = r.author(&["author", "contributor"]);
    line(&mut item.lines, "Category", words::concepts(json.get("category")).filter(|c| *c != item.title));
    line(&mut item.lines, "Description", json.owned("description"));
    line(&mut item.lines, "Addresses", joined(json.list("addresses").iter().filter_map(|a| r.named(a)), ", "));
    let goals = json
        .list("goal")
        .iter()
        .filter_map(|g| r.display(g).or_else(|| r.follow(g).and_then(|found| concept(found.get("description")))));
    line(&mut item.lines, "Goals", joined(goals, "; "));
    for activity in json.list("activity") {
        let detail = activity.get("detail");
        let what = concept(detail.get("code")).into_iter().chain(detail.owned("description"));
        let what = joined(what, ": ").or_else(|| r.named(activity.get("reference")));
        let status = detail.owned("status").filter(|s| s != "not-started");
        let what = what.map(|w| super::qualify::negation(detail).map_or(w.clone(), |words| format!("{words}: {w}")));
        line(&mut item.lines, "Activity", what.map(|w| status.map_or(w.clone(), |s| format!("{w} ({s})"))));
    }
    line(&mut item.lines, "Team", joined(json.list("careTeam").iter().filter_map(|t| r.named(t)), ", "));
    notes(&mut item.lines, json);
    let end = is_end_of_life(json.get("category"), &item.title);
    facts.push(r.item(if end { Section::EndOfLife } else { Section::Plans }, recorded, item));
}

pub(super) fn goal(r: &Reading<'_, '_>, facts: &mut Vec<Fact>) {
    let json = r.json();
    let mut item = r.start(json.get("description"), "Goal");
    let status = json.str("lifecycleStatus");
    item.status = status.map(str::to_owned);
    item.standing = r.standing(status, &["proposed", "planned", "accepted"], &["completed", "cancelled", "rejected"]);
    item.when = span(json, "start").0;
    let recorded = when(json.get("statusDate"));
    item.author = r.author(&["expressedBy"]);
    line(&mut item.lines, "Record", Some("Goal".to_owned()));
    line(&mut item.lines, "Achievement", concept(json.get("achievementStatus")));
    line(&mut item.lines, "Priority", concept(json.get("priority")));
    line(&mut item.lines, "Addresses", joined(json.list("addresses").iter().filter_map(|a| r.named(a)), ", "));
    for target in json.list("target") {
        let value = target.choice("detail").and_then(|(kind, v)| words::value(kind, v));
        let value = value.and_then(|(v, unit)| joined([v].into_iter().chain(unit), " "));
        line(&mut item.lines, "Target", joined(concept(target.get("measure")).into_iter().chain(value), ": "));
        line(&mut item.lines, "Due", when(target.get("dueDate")).map(|w| w.display()));
    }
    line(&mut item.lines, "Outcome", words::concepts(json.get("outcomeCode")));
    notes(&mut item.lines, json);
    if item.standing == Standing::Current && matches!(item.status.as_deref(), Some("cancelled")) {
        item.standing = Standing::Past;
    }
    facts.push(r.item(Section::Plans, recorded, item));
}
