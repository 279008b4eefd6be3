//! MedicationRequest, MedicationStatement, MedicationAdministration and MedicationDispense → medications. The instruction is kept as
//! written; the parts of the CUI line (form, dose, route, frequency) only where the source gives them apart.

use super::words::{self, concept, joined, line, notes, quantity, when};
use super::{Json, Reading};
use record::section::Section;
use record::summary::{Detail, Fact, Medication, Standing};

pub(super) fn medication(r: &Reading<'_, '_>, facts: &mut Vec<Fact>) {
    let json = r.json();
    let reference = json.get("medicationReference");
    let found = if reference.is_null() { None } else { r.follow(reference) };
    let code = match (json.get("medicationCodeableConcept"), found) {
        (Json::Null, Some(medication)) => medication.get("code"),
        (code, _) => code,
    };
    let otherwise = reference.owned("display").unwrap_or_else(|| "Medication without a name".to_owned());
    let mut item = r.start(code, &otherwise);
    let status = json.str("status");
    item.standing = match r.resource.kind {
        "MedicationRequest" => {
            r.standing(status, &["draft"], &["completed", "stopped", "cancelled", "ended", "unknown"])
        }
        "MedicationStatement" => r.standing(status, &["intended"], &["completed", "stopped", "not-taken"]),
        "MedicationAdministration" => r.standing(status, &[], &["completed", "stopped", "not-done", "unknown"]),
        _ => r.standing(status, &["preparation"], &["completed", "stopped", "cancelled", "declined", "unknown"]),
    };
    let (from, until) = words::span(json, "effective");
    let recorded =
        ["authoredOn", "dateAsserted", "whenHandedOver", "whenPrepared"].iter().find_map(|e| when(json.get(e)));
    item.when = from.or_else(|| recorded.clone());
    item.until = until.or_else(|| when(json.at(&["dispenseRequest", "validityPeriod", "end"])));
    if item.standing == Standing::Current && r.is_over(item.until.as_ref()) && r.resource.kind == "MedicationStatement"
    {
        item.standing = Standing::Past;
    }
    item.author = r.author(&["requester", "informationSource", "performer", "recorder"]);
    let kind = match r.resource.kind {
        "MedicationAdministration" => Some("Administered"),
        "MedicationDispense" => Some("Dispensed"),
        "MedicationStatement" => None,
        _ => json.str("intent").filter(|i| *i != "order"),
    };
    line(&mut item.lines, "Record", kind.map(words::spaced));
    line(&mut item.lines, "Category", words::concepts(json.get("category")));
    line(&mut item.lines, "Reason", words::concepts(json.get("reasonCode")));
    let reasons = json.list("reasonReference").iter().filter_map(|x| r.named(x));
    line(&mut item.lines, "Reason", joined(reasons, ", "));
    line(&mut item.lines, "Status reason", words::concepts(json.get("statusReason")));
    let supplied = quantity(json.at(&["dispenseRequest", "quantity"])).or_else(|| quantity(json.get("quantity")));
    line(&mut item.lines, "Quantity", supplied);
    let repeats = json.at(&["dispenseRequest", "numberOfRepeatsAllowed"]).text();
    line(&mut item.lines, "Repeats allowed", repeats.map(str::to_owned));
    if let Some(medication) = found {
        let parts = medication.list("ingredient").iter().filter_map(|i| {
            let name = concept(i.get("itemCodeableConcept")).or_else(|| r.named(i.get("itemReference")))?;
            Some(joined([name].into_iter().chain(words::ratio(i.get("strength"))), " ").unwrap_or_default())
        });
        line(&mut item.lines, "Ingredients", joined(parts, ", "));
    }
    notes(&mut item.lines, json);
    // Administrations have one `dosage`, statements a list under that name, requests `dosageInstruction`.
    let dosages =
        if json.list("dosageInstruction").is_empty() { json.list("dosage") } else { json.list("dosageInstruction") };
    let each = |part: fn(&Json<'_>) -> Option<String>| joined(unique(dosages.iter().filter_map(part)), ", then ");
    let issued = json.extension("LastIssueDate");
    let issued = if issued.is_null() { json.extension("MedicationStatementLastIssueDate") } else { issued };
    item.detail = Detail::Medication(Medication {
        form: found.and_then(|m| concept(m.get("form"))),
        dose: each(dose),
        route: each(|d| concept(d.get("route"))),
        frequency: each(frequency),
        instruction: each(instruction),
        course: concept(json.get("courseOfTherapyType")),
        last_issued: when(issued).or_else(|| when(json.get("whenHandedOver"))),
        prescribed_by: r.author(&["requester"]),
    });
    facts.push(r.item(Section::Medications, recorded, item));
}

fn unique(parts: impl Iterator<Item = String>) -> impl Iterator<Item = String> {
    let mut seen = Vec::new();
    parts.filter(move |part| {
        !seen.contains(part) && {
            seen.push(part.clone());
            true
        }
    })
}

fn instruction(d: &Json<'_>) -> Option<String> {
    let additional = words::concepts(d.get("additionalInstruction"));
    let text = d.owned("text").or_else(|| d.owned("patientInstruction"));
    joined(text.into_iter().chain(additional), ". ")
}

/// `5 ml`, `1 to 2 tablets`; an administration gives its dose directly.
fn dose(d: &Json<'_>) -> Option<String> {
    let rate = d.list("doseAndRate").iter().find_map(|x| {
        quantity(x.get("doseQuantity"))
            .or_else(|| words::range(x.get("doseRange")))
            .or_else(|| words::ratio(x.get("rateRatio")))
            .or_else(|| quantity(x.get("rateQuantity")))
    });
    rate.or_else(|| quantity(d.get("dose"))).or_else(|| quantity(d.get("doseQuantity")))
}

fn frequency(d: &Json<'_>) -> Option<String> {
    let timing = d.get("timing");
    let as_needed = match d.choice("asNeeded") {
        Some(("Boolean", json)) if json.text() == Some("true") => Some("as needed".to_owned()),
        Some(("CodeableConcept", json)) => concept(json).map(|c| format!("as needed for {c}")),
        _ => None,
    };
    let repeat = timing.get("repeat");
    let code = concept(timing.get("code")).or_else(|| {
        let (period, unit) = (repeat.str("period")?, repeat.str("periodUnit")?);
        let times = match (repeat.str("frequency").unwrap_or("1"), repeat.str("frequencyMax")) {
            (n, Some(max)) => format!("{n} to {max} times"),
            ("1", None) => "once".to_owned(),
            (n, None) => format!("{n} times"),
        };
        let unit = match unit {
            "s" => "second",
            "min" => "minute",
            "h" => "hour",
            "d" => "day",
            "wk" => "week",
            "mo" => "month",
            "a" => "year",
            other => other,
        };
        Some(if period == "1" { format!("{times} a {unit}") } else { format!("{times} every {period} {unit}s") })
    });
    let when = joined(repeat.list("when").iter().filter_map(|w| w.text().map(str::to_owned)), ", ");
    let days = joined(repeat.list("dayOfWeek").iter().filter_map(|w| w.text().map(str::to_owned)), ", ");
    let times = joined(repeat.list("timeOfDay").iter().filter_map(|w| w.text().map(str::to_owned)), ", ");
    joined(code.into_iter().chain(when).chain(days).chain(times).chain(as_needed), ", ")
}
