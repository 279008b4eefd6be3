//! CareTeam → other agencies; Task and Device → social care where they are about care at home (equipment, assessments), else other.

use super::clinical::either;
use super::words::{self, concept, joined, line, notes, period_of, span, when};
use super::{Json, Reading};
use record::section::Section;
use record::summary::Fact;

pub(super) fn team(r: &Reading<'_, '_>, facts: &mut Vec<Fact>) {
    let json = r.json();
    let category = json.list("category").iter().find(|c| concept(c).is_some()).unwrap_or(&Json::Null);
    let otherwise = json.owned("name").unwrap_or_else(|| "Care team".to_owned());
    let mut item = r.start(category, &otherwise);
    if let Some(name) = json.owned("name") {
        item.title = name;
    }
    item.codes = json.list("category").iter().flat_map(words::codings).collect();
    item.standing = r.standing(json.str("status"), &["proposed"], &["inactive", "suspended"]);
    (item.when, item.until) = period_of(json.get("period"));
    item.author = joined(json.list("managingOrganization").iter().filter_map(|o| r.named(o)), ", ");
    line(&mut item.lines, "Category", words::concepts(json.get("category")).filter(|c| *c != item.title));
    line(&mut item.lines, "Reason", super::clinical::reasons(r));
    for member in json.list("participant") {
        let role = words::concepts(member.get("role"));
        let who = r.named(member.get("member")).into_iter().chain(r.named(member.get("onBehalfOf")));
        line(&mut item.lines, role.as_deref().unwrap_or("Member"), joined(who, ", "));
    }
    for telecom in json.list("telecom") {
        line(&mut item.lines, telecom.str("system").unwrap_or("Contact"), telecom.owned("value"));
    }
    notes(&mut item.lines, json);
    facts.push(r.item(Section::CareTeam, None, item));
}

/// Tasks, and the equipment a person has.
pub(super) fn social(r: &Reading<'_, '_>, facts: &mut Vec<Fact>) {
    let json = r.json();
    let (concepts, otherwise) = match r.resource.kind {
        "Task" => (json.get("code"), "Task"),
        "Device" => (json.get("type"), "Device"),
        "DeviceUseStatement" => (json.get("bodySite"), "Device"),
        _ => (json.get("codeCodeableConcept"), "Device"),
    };
    let mut item = r.start(concepts, otherwise);
    let names = json.list("deviceName").iter().filter_map(|n| n.owned("name"));
    let device = r.named(json.get("device")).or_else(|| r.named(json.get("codeReference")));
    if let Some(name) = joined(names, ", ")
        .or(device)
        .filter(|_| concept(concepts).is_none() || r.resource.kind == "DeviceUseStatement")
    {
        item.title = name;
    }
    item.standing = r.standing(
        json.str("status"),
        &["draft", "requested", "received", "ready", "intended"],
        &["completed", "cancelled", "rejected", "failed", "inactive", "revoked", "unknown"],
    );
    let (from, until) = span(json, "timing");
    let recorded = when(json.get("authoredOn")).or_else(|| when(json.get("recordedOn")));
    let (start, end) = period_of(json.get("executionPeriod"));
    (item.when, item.until) = (from.or(start).or_else(|| recorded.clone()), until.or(end));
    item.author = r.author(&["owner", "requester", "source"]);
    line(&mut item.lines, "Description", json.owned("description").filter(|d| *d != item.title));
    line(&mut item.lines, "About", either(r, json.get("focus")));
    line(&mut item.lines, "Reason", either(r, json.get("reasonCode")));
    line(&mut item.lines, "Status", concept(json.get("businessStatus")));
    line(&mut item.lines, "Manufacturer", json.owned("manufacturer"));
    line(&mut item.lines, "Model", json.owned("modelNumber"));
    line(&mut item.lines, "Serial number", json.owned("serialNumber"));
    line(&mut item.lines, "Kept by", r.named(json.get("owner")));
    super::events::extras(r, &mut item);
    notes(&mut item.lines, json);
    facts.push(r.item(Section::SocialCare, recorded, item));
}
