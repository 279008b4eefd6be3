//! Observation, DiagnosticReport and ImagingStudy: measurements and findings to observations, laboratory and imaging to results. Value,
//! unit, range and flag stay together, decimals keep their digits, and why a value is missing is a value (`dataAbsentReason`).

use super::words::{self, concept, joined, line, notes, range, span, value, when};
use super::{Json, Reading};
use record::section::Section;
use record::summary::{Detail, Fact, Item, Reading as Value, Standing};

pub(super) fn observation(r: &Reading<'_, '_>, facts: &mut Vec<Fact>) {
    let json = r.json();
    let mut item = r.start(json.get("code"), "Observation without a name");
    item.standing = standing(r);
    (item.when, item.until) = span(json, "effective");
    let recorded = when(json.get("issued"));
    item.author = r.author(&["performer"]);
    item.readings = readings(r, json);
    line(&mut item.lines, "Category", words::concepts(json.get("category")));
    line(&mut item.lines, "Method", concept(json.get("method")));
    line(&mut item.lines, "Body site", concept(json.get("bodySite")));
    line(&mut item.lines, "Device", r.named(json.get("device")));
    notes(&mut item.lines, json);
    let section = if is_result(json.get("category")) { Section::Results } else { Section::Observations };
    facts.push(r.item(section, recorded, item));
}

fn standing(r: &Reading<'_, '_>) -> Standing {
    r.standing(r.json().str("status"), &["registered"], &["cancelled"])
}

/// Laboratory and imaging by category: FHIR observation-category, v2-0074 and SNOMED CT pathology words.
fn is_result(category: &Json<'_>) -> bool {
    words::has_code(category, &["laboratory", "imaging", "LAB", "RAD", "HM", "CH", "MB", "PAT", "procedure-result"])
}

/// The value of an observation and of each of its components.
fn readings(r: &Reading<'_, '_>, json: &Json<'_>) -> Vec<Value> {
    let name = words::concept(json.get("code")).unwrap_or_default();
    let own = reading(json, name);
    let parts = json.list("component").iter();
    let parts = parts.filter_map(|part| reading(part, concept(part.get("code")).unwrap_or_default()));
    let members = json.list("hasMember").iter().filter_map(|m| match r.follow(m) {
        Some(member) => reading(member, concept(member.get("code")).unwrap_or_default()),
        None if r.keeps_back(m) => None,
        // A measurement of the group that is not held still has its name.
        None => m.owned("display").map(|name| Value { name, missing: Some("not held".to_owned()), ..Value::default() }),
    });
    own.into_iter().chain(parts).chain(members).collect()
}

fn reading(json: &Json<'_>, name: String) -> Option<Value> {
    let given = json.choice("value").and_then(|(kind, given)| value(kind, given));
    let missing = concept(json.get("dataAbsentReason"));
    let (value, unit) = match (given, &missing) {
        (Some(given), _) => given,
        (None, Some(_)) => (String::new(), None),
        (None, None) => return None,
    };
    let ranges = json.list("referenceRange").iter().filter_map(|x| {
        let limits = x.owned("text").or_else(|| range(x))?;
        let kind = concept(x.get("type")).filter(|t| !t.to_lowercase().contains("normal"));
        Some(kind.map_or(limits.clone(), |kind| format!("{limits} ({kind})")))
    });
    Some(Value {
        name,
        value,
        unit,
        range: joined(ranges, "; "),
        flag: joined(json.list("interpretation").iter().filter_map(flag), ", "),
        missing,
    })
}

/// Interpretation in words: its text or display, else the meaning of the v3 code.
fn flag(json: &Json<'_>) -> Option<String> {
    let shown = concept(json)?;
    let word = match shown.as_str() {
        "H" => "High",
        "HH" => "Critically high",
        "L" => "Low",
        "LL" => "Critically low",
        "N" => "Normal",
        "A" => "Abnormal",
        "AA" => "Critically abnormal",
        "POS" => "Positive",
        "NEG" => "Negative",
        "R" => "Resistant",
        "S" => "Susceptible",
        "I" => "Intermediate",
        other => other,
    };
    Some(word.to_owned())
}

pub(super) fn report(r: &Reading<'_, '_>, facts: &mut Vec<Fact>) {
    let json = r.json();
    let mut item = r.start(json.get("code"), "Report without a name");
    item.standing = standing(r);
    (item.when, item.until) = span(json, "effective");
    let recorded = when(json.get("issued"));
    item.author = r.author(&["performer", "resultsInterpreter"]);
    for result in json.list("result") {
        match r.follow(result) {
            Some(found) => item.readings.extend(readings(r, found)),
            // A result that is not held still has its name.
            None if r.keeps_back(result) => {}
            None => line(&mut item.lines, "Result not held", result.owned("display")),
        }
    }
    line(&mut item.lines, "Category", words::concepts(json.get("category")));
    line(&mut item.lines, "Conclusion", json.owned("conclusion"));
    line(&mut item.lines, "Conclusion", words::concepts(json.get("conclusionCode")));
    let specimens = json
        .list("specimen")
        .iter()
        .filter_map(|s| r.display(s).or_else(|| r.follow(s).and_then(|found| concept(found.get("type")))));
    line(&mut item.lines, "Specimen", joined(specimens, ", "));
    let corrected = matches!(json.str("status"), Some("corrected" | "amended" | "appended"));
    line(&mut item.lines, "Version", corrected.then(|| "Corrected".to_owned()));
    notes(&mut item.lines, json);
    for form in json.list("presentedForm") {
        super::documents::attached(&mut item.lines, form);
    }
    item.detail = Detail::Report { text: forms(r, json) };
    facts.push(r.item(Section::Results, recorded, item));
}

/// The report's own text: attachments that are plain text, else the narrative.
fn forms(r: &Reading<'_, '_>, json: &Json<'_>) -> Option<String> {
    let plain = json.list("presentedForm").iter().filter_map(super::documents::plain_text);
    joined(plain, "\n\n").or_else(|| {
        let generated = json.at(&["text", "status"]).text() == Some("generated") && !json.list("result").is_empty();
        if generated { None } else { words::narrative(r.json()) }
    })
}

pub(super) fn imaging(r: &Reading<'_, '_>, facts: &mut Vec<Fact>) {
    let json = r.json();
    let series = json.list("series");
    let kinds = || series.iter().filter_map(|s| concept(s.get("modality")));
    let sites = joined(series.iter().filter_map(|s| concept(s.get("bodySite"))), ", ");
    let procedure = json.list("procedureCode").iter().find_map(concept);
    let title = procedure.or_else(|| json.owned("description"));
    let title = title.or_else(|| joined(kinds().take(1).chain(sites.clone()), ", "));
    let mut item = Item {
        title: title.unwrap_or_else(|| "Imaging study".to_owned()),
        codes: json.list("procedureCode").iter().flat_map(words::codings).collect(),
        status: json.owned("status"),
        standing: standing(r),
        when: when(json.get("started")),
        author: r.author(&["interpreter", "referrer"]),
        detail: Detail::Report { text: None },
        ..Item::default()
    };
    let mut modalities: Vec<String> = json.list("modality").iter().filter_map(concept).chain(kinds()).collect();
    modalities.sort();
    modalities.dedup();
    line(&mut item.lines, "Modality", joined(modalities.into_iter(), ", "));
    line(&mut item.lines, "Body site", sites);
    line(&mut item.lines, "Description", json.owned("description"));
    line(&mut item.lines, "Images", json.owned("numberOfInstances"));
    line(&mut item.lines, "Reason", super::clinical::reasons(r));
    notes(&mut item.lines, json);
    facts.push(r.item(Section::Results, None, item));
}
