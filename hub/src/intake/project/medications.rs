//! MedicationRequest, MedicationStatement, MedicationAdministration and MedicationDispense → medications. The instruction is kept as
//! written; the parts of the CUI line only where the source gives them apart and one line says them exactly (`dosage`).

use super::words::{self, concept, joined, line, notes, quantity, when};
use super::{Json, Reading, dosage};
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
    let otherwise = r.display(reference).unwrap_or_else(|| "Medication without a name".to_owned());
    let mut item = r.start(code, &otherwise);
    let status = json.str("status");
    item.standing = match r.resource.kind {
        "MedicationRequest" => {
            // A status the source does not know is no reason to put a medicine among the stopped ones (records.md section 6, rule 8).
            r.standing(status, &["draft"], &["completed", "stopped", "cancelled", "ended"])
        }
        "MedicationStatement" => r.standing(status, &["intended"], &["completed", "stopped", "not-taken"]),
        "MedicationAdministration" => r.standing(status, &[], &["completed", "stopped", "not-done", "unknown"]),
        _ => r.standing(status, &["preparation"], &["completed", "stopped", "cancelled", "declined", "unknown"]),
    };
    let (from, until) = words::span(json, "effective");
    let recorded =
        ["authoredOn", "dateAsserted", "whenHandedOver", "whenPrepared"].iter().find_map(|e| when(json.get(e)));
    item.when = from.or_else(|| recorded.clone());
    // Administrations have one `dosage`, statements a list under that name, requests `dosageInstruction`.
    let dosages =
        if json.list("dosageInstruction").is_empty() { json.list("dosage") } else { json.list("dosageInstruction") };
    let dosage = dosage::read(dosages);
    let valid = when(json.at(&["dispenseRequest", "validityPeriod", "end"]));
    let ends = until.or(dosage.until);
    item.until = ends.clone().or_else(|| valid.clone());
    // A course is over on its last day. That a prescription may no longer be dispensed does not say that its medicine is no longer taken.
    if item.standing == Standing::Current && r.is_over(ends.as_ref()) && r.resource.kind != "MedicationAdministration" {
        item.standing = Standing::Past;
    }
    if item.standing == Standing::Current && r.is_over(valid.as_ref()) {
        let said = valid.map(|v| format!("ended {}; ask whether it is still taken", v.display()));
        line(&mut item.lines, "Prescription valid", said);
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
    line(&mut item.lines, "Prescribed at", concept(prescribing(json)));
    // UK Core MedicationChangeSummary: what was changed, why and when, each part an extension of its own.
    for part in json.extensions("MedicationChangeSummary").flat_map(|change| change.list("extension")) {
        let label = part.str("url").map(words::spaced).unwrap_or_default();
        let said = part.choice("value").and_then(|(kind, v)| words::value(kind, v)).map(|(said, _)| said);
        line(&mut item.lines, &format!("Change, {label}"), said);
    }
    notes(&mut item.lines, json);
    let issued = json.extension("LastIssueDate");
    let issued = if issued.is_null() { json.extension("MedicationStatementLastIssueDate") } else { issued };
    item.detail = Detail::Medication(Medication {
        form: found.and_then(|m| concept(m.get("form"))),
        dose: dosage.dose,
        route: dosage.route,
        frequency: dosage.frequency,
        instruction: dosage.instruction,
        course: concept(json.get("courseOfTherapyType")),
        last_issued: when(issued).or_else(|| when(json.get("whenHandedOver"))),
        prescribed_by: r.author(&["requester"]),
    });
    facts.push(r.item(Section::Medications, recorded, item));
}

/// The type of the organisation that prescribed: at the practice or elsewhere.
fn prescribing<'j, 'a>(json: &'j Json<'a>) -> &'j Json<'a> {
    ["MedicationPrescribingOrganization", "MedicationPrescribingOrganizationType", "PrescribingOrganizationType"]
        .iter()
        .map(|name| json.extension(name))
        .find(|found| !found.is_null())
        .unwrap_or(&Json::Null)
}
