//! Condition → problems, Procedure → procedures, Immunization → immunisations.

use super::allergies::concept_code;
use super::words::{self, concept, joined, line, notes, quantity, span, value, when};
use super::{Json, Reading};
use record::section::Section;
use record::summary::{Fact, Standing};

pub(super) fn condition(r: &Reading<'_, '_>, facts: &mut Vec<Fact>) {
    let json = r.json();
    let mut item = r.start(json.get("code"), "Problem without a name");
    let clinical = concept_code(json.get("clinicalStatus"));
    let verification = concept_code(json.get("verificationStatus"));
    let (abated, abatement) = (json.choice("abatement"), span(json, "abatement"));
    item.standing = match (verification.as_deref(), clinical.as_deref()) {
        (Some("entered-in-error"), _) => Standing::InError,
        (Some("refuted"), _) | (_, Some("inactive" | "remission" | "resolved")) => Standing::Past,
        (_, None) if abated.is_some_and(|(kind, v)| kind != "Boolean" || v.text() == Some("true")) => Standing::Past,
        _ => Standing::Current,
    };
    item.status = clinical;
    let recorded = when(json.get("recordedDate"));
    item.when = span(json, "onset").0.or_else(|| recorded.clone());
    item.until = abatement.0.or(abatement.1);
    item.author = r.author(&["asserter", "recorder"]);
    line(&mut item.lines, "Category", words::concepts(json.get("category")));
    line(&mut item.lines, "Verification", verification.filter(|v| v != "confirmed"));
    line(&mut item.lines, "Severity", concept(json.get("severity")));
    line(&mut item.lines, "Significance", concept(json.extension("ProblemSignificance")));
    line(&mut item.lines, "Episode", concept(json.extension("ConditionEpisode")));
    line(&mut item.lines, "Body site", words::concepts(json.get("bodySite")));
    let stage = json.list("stage").iter().filter_map(|s| concept(s.get("summary")));
    line(&mut item.lines, "Stage", joined(stage, ", "));
    for (label, stem) in [("Onset", "onset"), ("Ended", "abatement")] {
        if let Some((kind, given)) = json.choice(stem).filter(|(kind, _)| !matches!(*kind, "DateTime" | "Period")) {
            line(&mut item.lines, label, with_unit(value(kind, given)));
        }
    }
    notes(&mut item.lines, json);
    facts.push(r.item(Section::Problems, recorded, item));
}

fn with_unit(value: Option<(String, Option<String>)>) -> Option<String> {
    value.and_then(|(value, unit)| joined([value].into_iter().chain(unit), " "))
}

pub(super) fn procedure(r: &Reading<'_, '_>, facts: &mut Vec<Fact>) {
    let json = r.json();
    let mut item = r.start(json.get("code"), "Procedure without a name");
    let past = ["completed", "not-done", "stopped", "unknown"];
    item.standing = r.standing(json.str("status"), &["preparation"], &past);
    (item.when, item.until) = span(json, "performed");
    if let Some((kind, given)) = json.choice("performed").filter(|(kind, _)| !matches!(*kind, "DateTime" | "Period")) {
        line(&mut item.lines, "Performed", with_unit(value(kind, given)));
    }
    item.author = r.author(&["performer", "asserter", "recorder"]);
    line(&mut item.lines, "Status reason", concept(json.get("statusReason")));
    line(&mut item.lines, "Category", concept(json.get("category")));
    line(&mut item.lines, "Reason", reasons(r));
    line(&mut item.lines, "Body site", words::concepts(json.get("bodySite")));
    line(&mut item.lines, "Outcome", concept(json.get("outcome")));
    line(&mut item.lines, "Complication", words::concepts(json.get("complication")));
    line(&mut item.lines, "Follow-up", words::concepts(json.get("followUp")));
    line(&mut item.lines, "Place", r.named(json.get("location")));
    notes(&mut item.lines, json);
    facts.push(r.item(Section::Procedures, None, item));
}

/// Reasons as codes and as references, in words.
pub(super) fn reasons(r: &Reading<'_, '_>) -> Option<String> {
    let coded = r.json().list("reasonCode").iter().filter_map(concept);
    let named = r.json().list("reasonReference").iter().filter_map(|x| r.named(x));
    joined(coded.chain(named), ", ")
}

pub(super) fn immunisation(r: &Reading<'_, '_>, facts: &mut Vec<Fact>) {
    let json = r.json();
    let procedure = json.extension("VaccinationProcedure");
    let vaccine = json.get("vaccineCode");
    let mut item = r.start(vaccine, "Immunisation without a name");
    item.codes.extend(words::codings(procedure));
    if words::concept(vaccine).is_none() {
        item.title = concept(procedure).unwrap_or(item.title);
    }
    item.standing = r.standing(json.str("status"), &[], &["not-done"]);
    item.when = span(json, "occurrence").0;
    let recorded = when(json.get("recorded"));
    item.author = r.author(&["performer"]);
    if json.str("status") == Some("not-done") {
        let reason = concept(json.get("statusReason")).unwrap_or_else(|| "reason not given".to_owned());
        line(&mut item.lines, "Not given", Some(reason));
    }
    if item.when.is_none() {
        line(&mut item.lines, "When", json.owned("occurrenceString"));
    }
    line(&mut item.lines, "Procedure", concept(procedure));
    line(&mut item.lines, "Manufacturer", r.named(json.get("manufacturer")));
    line(&mut item.lines, "Batch", json.owned("lotNumber"));
    line(&mut item.lines, "Expires", when(json.get("expirationDate")).map(|w| w.display()));
    line(&mut item.lines, "Dose", quantity(json.get("doseQuantity")));
    // A modifier element of R4: such a dose does not count as one.
    let weak = json.bool("isSubpotent") == Some(true);
    line(&mut item.lines, "Warning", weak.then(|| "this dose was not a full one".to_owned()));
    line(&mut item.lines, "Site", concept(json.get("site")));
    line(&mut item.lines, "Route", concept(json.get("route")));
    line(&mut item.lines, "Place", r.named(json.get("location")));
    line(&mut item.lines, "Reason", reasons(r));
    for protocol in json.list("protocolApplied") {
        let number = protocol.choice("doseNumber").and_then(|(_, v)| v.text());
        line(&mut item.lines, "Dose number", number.map(str::to_owned));
        line(&mut item.lines, "Against", words::concepts(protocol.get("targetDisease")));
    }
    let reactions = json.list("reaction").iter().filter_map(|x| r.named(x.get("detail")));
    line(&mut item.lines, "Reaction", joined(reactions, ", "));
    notes(&mut item.lines, json);
    facts.push(r.item(Section::Immunisations, recorded, item));
}

/// A concept, or what a reference names, whichever is there.
pub(super) fn either(r: &Reading<'_, '_>, json: &Json<'_>) -> Option<String> {
    concept(json).or_else(|| r.named(json))
}
