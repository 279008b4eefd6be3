//! Encounter → encounters, EpisodeOfCare → social care or encounters, Appointment → appointments, ServiceRequest → referrals.

use super::clinical::reasons;
use super::words::{self, concept, joined, line, notes, period_of, span, when};
use super::{Json, Reading};
use record::section::Section;
use record::summary::{Fact, Item, Standing};

/// v3-ActCode encounter classes in words, where the source gives only the code.
fn class_words(code: &str) -> Option<&'static str> {
    Some(match code {
        "AMB" => "Ambulatory",
        "EMER" => "Emergency",
        "FLD" => "Field",
        "HH" => "Home visit",
        "IMP" => "Inpatient",
        "ACUTE" => "Inpatient acute",
        "NONAC" => "Inpatient non-acute",
        "OBSENC" => "Observation",
        "PRENC" => "Pre-admission",
        "SS" => "Short stay",
        "VR" => "Virtual",
        _ => return None,
    })
}

pub(super) fn encounter(r: &Reading<'_, '_>, facts: &mut Vec<Fact>) {
    let json = r.json();
    let class = json.get("class");
    let class = class.owned("display").or_else(|| class.str("code").map(|c| class_words(c).unwrap_or(c).to_owned()));
    let kind = json.list("type").iter().find(|t| concept(t).is_some()).unwrap_or(&Json::Null);
    let service = concept(json.get("serviceType"));
    let otherwise = service.clone().or_else(|| class.clone()).unwrap_or_else(|| "Encounter".to_owned());
    let mut item = r.start(kind, &otherwise);
    let past = ["finished", "cancelled", "unknown"];
    item.standing = r.standing(json.str("status"), &["planned"], &past);
    (item.when, item.until) = period_of(json.get("period"));
    let people = json.list("participant").iter().filter_map(|p| r.named(p.get("individual")));
    item.author = joined(people, ", ");
    line(&mut item.lines, "Class", class);
    line(&mut item.lines, "Service", service.filter(|s| *s != item.title));
    line(&mut item.lines, "Reason", reasons(r));
    let places = json.list("location").iter().filter_map(|l| {
        let kind = concept(l.get("physicalType"));
        joined(r.named(l.get("location")).into_iter().chain(kind), ", ")
    });
    line(&mut item.lines, "Place", joined(places, "; ").filter(|_| !r.protected));
    let found = json.list("diagnosis").iter().filter_map(|d| r.named(d.get("condition")));
    line(&mut item.lines, "Diagnosis", joined(found, ", "));
    let stay = json.get("hospitalization");
    line(&mut item.lines, "Admitted from", concept(stay.get("admitSource")));
    line(&mut item.lines, "Discharged to", concept(stay.get("dischargeDisposition")));
    line(&mut item.lines, "Provider", r.named(json.get("serviceProvider")));
    facts.push(r.item(Section::Encounters, None, item));
}

/// Words by which an episode is a package of social care (`reference/records.md`: EpisodeOfCare (package)).
const SOCIAL: [&str; 8] =
    ["social", "package", "domiciliary", "home care", "care home", "residential", "reablement", "day care"];

pub(super) fn episode(r: &Reading<'_, '_>, facts: &mut Vec<Fact>) {
    let json = r.json();
    let kind = json.list("type").iter().find(|t| concept(t).is_some()).unwrap_or(&Json::Null);
    let mut item = r.start(kind, "Episode of care");
    item.standing = r.standing(json.str("status"), &["planned", "waitlist"], &["finished", "cancelled"]);
    (item.when, item.until) = period_of(json.get("period"));
    if item.standing == Standing::Current && r.is_over(item.until.as_ref()) {
        item.standing = Standing::Past;
    }
    item.author = r.author(&["careManager"]);
    let provider = r.named(json.get("managingOrganization"));
    line(&mut item.lines, "Provider", provider.clone());
    line(&mut item.lines, "Types", joined(json.list("type").iter().filter_map(concept).skip(1), ", "));
    let found = json.list("diagnosis").iter().filter_map(|d| r.named(d.get("condition")));
    line(&mut item.lines, "Diagnosis", joined(found, ", "));
    let team = json.list("team").iter().filter_map(|t| r.named(t));
    line(&mut item.lines, "Team", joined(team, ", "));
    extras(r, &mut item);
    let said = format!("{} {}", item.title, provider.unwrap_or_default()).to_lowercase();
    let council = said.contains("council");
    let social = council || SOCIAL.iter().any(|word| said.contains(word));
    facts.push(r.item(if social { Section::SocialCare } else { Section::Encounters }, None, item));
}

/// Extensions with a plain value, as lines labelled by the last part of their address: frequency of a package and the like.
pub(super) fn extras(r: &Reading<'_, '_>, item: &mut Item) {
    for extension in r.json().list("extension") {
        let label = extension.str("url").and_then(|u| u.rsplit(['/', '-']).next()).map(words::spaced);
        let value = extension.choice("value").filter(|(_, v)| !r.keeps_back(v));
        let value = value.and_then(|(kind, v)| words::value(kind, v));
        let value = value.and_then(|(v, unit)| joined([v].into_iter().chain(unit), " "));
        if let Some(label) = label {
            line(&mut item.lines, &label, value);
        }
    }
}

pub(super) fn appointment(r: &Reading<'_, '_>, facts: &mut Vec<Fact>) {
    let json = r.json();
    let service = json.list("serviceType").iter().chain(json.list("specialty")).chain([json.get("appointmentType")]);
    let service = service.into_iter().find(|c| concept(c).is_some()).unwrap_or(&Json::Null);
    let otherwise = json.owned("description").unwrap_or_else(|| "Appointment".to_owned());
    let mut item = r.start(service, &otherwise);
    item.when = when(json.get("start"));
    item.until = when(json.get("end"));
    let status = json.str("status");
    let past = ["fulfilled", "cancelled", "noshow"];
    let ahead = ["proposed", "pending", "booked", "waitlist"];
    item.standing = match r.standing(status, &ahead, &past) {
        Standing::Future if r.is_over(item.until.as_ref().or(item.when.as_ref())) => Standing::Past,
        standing => standing,
    };
    let others = || json.list("participant").iter().filter(|p| !is_patient(r, p.get("actor")));
    let is_place = |p: &&Json<'_>| p.at(&["actor", "reference"]).text().is_some_and(|x| x.contains("Location/"));
    let people = others().filter(|p| !is_place(p)).filter_map(|p| r.named(p.get("actor")));
    item.author = joined(people, ", ");
    let place = joined(others().filter(is_place).filter_map(|p| r.named(p.get("actor"))), ", ");
    line(&mut item.lines, "Place", place.filter(|_| !r.protected));
    line(&mut item.lines, "Type", concept(json.get("appointmentType")).filter(|t| *t != item.title));
    line(&mut item.lines, "Description", json.owned("description").filter(|d| *d != item.title));
    line(&mut item.lines, "Reason", reasons(r));
    // UK Core has it as a concept, older feeds as a code.
    line(&mut item.lines, "Channel", concept(json.extension("DeliveryChannel")));
    line(&mut item.lines, "Cancelled because", concept(json.get("cancelationReason")));
    line(&mut item.lines, "Comment", json.owned("comment"));
    line(&mut item.lines, "For the patient", json.owned("patientInstruction"));
    facts.push(r.item(Section::Appointments, when(json.get("created")), item));
}

/// Whether an actor is the person themselves, however they are referred to.
fn is_patient(r: &Reading<'_, '_>, actor: &Json<'_>) -> bool {
    let found = r.behind(actor).and_then(|found| found.str("resourceType"));
    actor.str("reference").is_some_and(|reference| reference.contains("Patient/"))
        || found == Some("Patient")
        || actor.str("type") == Some("Patient")
}

pub(super) fn referral(r: &Reading<'_, '_>, facts: &mut Vec<Fact>) {
    let json = r.json();
    let category = json.list("category").iter().find(|c| concept(c).is_some()).unwrap_or(&Json::Null);
    let title = if concept(json.get("code")).is_some() { json.get("code") } else { category };
    let mut item = r.start(title, "Referral");
    item.standing = r.standing(json.str("status"), &["draft"], &["completed", "revoked", "unknown"]);
    let recorded = when(json.get("authoredOn"));
    item.when = recorded.clone().or_else(|| span(json, "occurrence").0);
    item.author = r.author(&["requester"]);
    line(&mut item.lines, "Intent", json.owned("intent").filter(|i| i != "order"));
    line(&mut item.lines, "Priority", json.owned("priority"));
    line(&mut item.lines, "Category", words::concepts(json.get("category")));
    line(&mut item.lines, "To", joined(json.list("performer").iter().filter_map(|p| r.named(p)), ", "));
    line(&mut item.lines, "Service", concept(json.get("performerType")));
    line(&mut item.lines, "Reason", reasons(r));
    line(&mut item.lines, "Planned", span(json, "occurrence").0.map(|w| w.display()));
    line(&mut item.lines, "For the patient", json.owned("patientInstruction"));
    notes(&mut item.lines, json);
    facts.push(r.item(Section::Referrals, recorded, item));
}
