//! Next of kin and contacts: `Patient.contact` and RelatedPerson. Where the person's location is protected no contact's address or
//! telephone is shown either: it may be the same one.

use super::demographics::{contact_preference, current};
use super::words::{self, concept, concepts, line, period_of};
use super::{Body, Json, Reading};
use record::section::Section;
use record::summary::{Contact, Detail, Fact, Item, Standing};

/// v2-0131 and v3-RoleCode words by which a contact is next of kin, or for an emergency.
const NEXT_OF_KIN: [&str; 2] = ["N", "NOK"];
const EMERGENCY: [&str; 3] = ["C", "ECON", "EP"];

pub(super) fn of_patient(r: &Reading<'_, '_>, facts: &mut Vec<Fact>) {
    for (n, contact) in (1..).zip(r.json().list("contact")) {
        let mut item = contact_item(r, contact, contact.get("name"));
        line(&mut item.lines, "Organisation", contact.list("organization").first().and_then(|o| r.named(o)));
        facts.push(r.fact(n, None, Body::Item(Section::Contacts, Box::new(item))));
    }
}

pub(super) fn related_person(r: &Reading<'_, '_>, facts: &mut Vec<Fact>) {
    let json = r.json();
    let mut item =
        contact_item(r, json, current(r, json.list("name").iter().collect()).first().unwrap_or(&&Json::Null));
    if json.bool("active") == Some(false) {
        item.standing = Standing::Past;
    }
    line(&mut item.lines, "Born", words::when(json.get("birthDate")).map(|w| w.display()));
    let language = json.list("communication").iter().find_map(|c| concept(c.get("language")));
    line(&mut item.lines, "Language", language);
    contact_preference(&mut item.lines, json);
    facts.push(r.item(Section::Contacts, words::when(json.at(&["meta", "lastUpdated"])), item));
}

fn contact_item(r: &Reading<'_, '_>, json: &Json<'_>, name: &Json<'_>) -> Item {
    let relationship = json.get("relationship");
    let (from, until) = period_of(json.get("period"));
    let phones = json.list("telecom").iter().filter(|t| t.str("system") != Some("other")).collect();
    let phones: Vec<String> = current(r, phones).into_iter().filter_map(|t| t.owned("value")).collect();
    let address = current(r, json.list("address").iter().collect());
    let address = address.first().copied().map(|a| words::address(a).one_line()).filter(|a| !a.is_empty());
    let mut item = Item {
        title: words::plain_name(name).or_else(|| concepts(relationship)).unwrap_or_else(|| "Contact".to_owned()),
        codes: relationship.items().iter().flat_map(words::codings).collect(),
        standing: if r.is_over(until.as_ref()) { Standing::Past } else { Standing::Current },
        when: from,
        until,
        detail: Detail::Contact(Contact {
            relationship: concepts(relationship),
            phones: if r.protected { Vec::new() } else { phones },
            address: address.filter(|_| !r.protected),
            next_of_kin: words::has_code(relationship, &NEXT_OF_KIN),
            emergency: words::has_code(relationship, &EMERGENCY),
        }),
        ..Item::default()
    };
    line(&mut item.lines, "Contact rank", json.extension("ContactRank").text().map(str::to_owned));
    line(
        &mut item.lines,
        "Copy correspondence",
        json.extension("CopyCorrespondenceIndicator").text().map(str::to_owned),
    );
    item
}
