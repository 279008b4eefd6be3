//! Counting what is in the bag, on arrival and before it goes back. Nothing counted before is changed; what differs is said. Money and jewellery
//! need a second person who counted them: their name and role.

use super::{Fields, Reply, Visit, layout, look, page};
use crate::door::Admitted;
use crate::store::{Store, StoreFault};
use crate::web::layout::Trouble;
use maud::{Markup, html};
use record::audit::BagDeed;
use record::bag::belongings::Column;
use record::bag::form::Thing;
use record::bag::{Bag, BagFault, Count, Counting, Present, Said, Second, State};
use record::plan::Author;

/// Lines for things that nobody has counted yet.
const MORE: usize = 3;

const PRESENT: [(&str, &str); 4] =
    [("", "Not counted now"), ("yes", "There"), ("no", "Not there"), ("na", "Does not apply")];
const COLUMNS: [(&str, &str); 2] =
    [("arrived", "On arrival, or on the ward"), ("leaving-hospital", "Packed to go back")];

/// What was counted before, wherever that was; where nothing was, what the sending home counts.
fn things(within: &Admitted<'_>, bag: &Bag) -> rusqlite::Result<Vec<Thing>> {
    if bag.belongings.is_empty() {
        return Ok(within.home_form(bag)?.counted());
    }
    let known = bag.belongings.iter();
    Ok(known.map(|t| Thing { code: t.code.clone(), label: t.label.clone(), valuable: t.valuable }).collect())
}

pub(super) fn page(store: &mut Store, here: &Visit<'_>, which: &str) -> Result<Reply, StoreFault> {
    let looked = look::through(store, here, (which, BagDeed::Looked), |within, bag, _| {
        Ok(shown(here, (bag, &things(within, bag)?), &Fields::new(), &[]))
    })?;
    Ok(looked.map_or_else(|reply| reply, Reply::Page))
}

fn shown(here: &Visit<'_>, (bag, things): (&Bag, &[Thing]), fields: &Fields, troubles: &[Trouble]) -> Markup {
    let given = |name: String| fields.get(&name).cloned().unwrap_or_default();
    let usual = if matches!(bag.custody.state(), Some(State::InHospital)) { "leaving-hospital" } else { "arrived" };
    let column = fields.get("column").map_or(usual, String::as_str);
    let body = html! {
        p { a class="nhsuk-back-link" href={ "/bags/" (bag.id) } { "The bag" } }
        (page::head(here, bag))
        h2 class="nhsuk-heading-m" { "Count the belongings" }
        form method="post" action={ "/bags/" (bag.id) "/belongings" } novalidate {
            (layout::token(&here.token))
            (layout::radios("column", "When is this count?", column, &COLUMNS, troubles))
            @for (n, thing) in things.iter().enumerate() {
                fieldset class="nhsuk-fieldset w-thing" {
                    legend class="nhsuk-fieldset__legend nhsuk-fieldset__legend--s" {
                        (thing.label) @if thing.valuable { " (valuable)" }
                    }
                    div class="o-filters" {
                        (layout::select(&format!("present-{n}"), "Is it there?", &given(format!("present-{n}")), &PRESENT))
                        (layout::input(&format!("count-{n}"), "How many", None, &given(format!("count-{n}")), "off", troubles))
                        (layout::input(&format!("condition-{n}"), "Condition", None, &given(format!("condition-{n}")), "off", troubles))
                    }
                }
            }
            @for n in 0..MORE {
                fieldset class="nhsuk-fieldset w-thing" {
                    legend class="nhsuk-fieldset__legend nhsuk-fieldset__legend--s" { "Another thing" }
                    div class="o-filters" {
                        (layout::input(&format!("label-more-{n}"), "What it is", None, &given(format!("label-more-{n}")), "off", troubles))
                        (layout::input(&format!("count-more-{n}"), "How many", None, &given(format!("count-more-{n}")), "off", troubles))
                    }
                }
            }
            (layout::input("second", "Who counted the valuables with you", Some("Their name. Needed for money and jewellery."), &given("second".into()), "off", troubles))
            (layout::input("second-title", "Their role", Some("Such as staff nurse, or healthcare assistant."), &given("second-title".into()), "off", troubles))
            (layout::submit("Save this count"))
        }
    };
    layout::page(here, "", "Count the belongings", troubles, body)
}

/// What was filled in; at the first field that cannot be read, what is wrong with it.
fn counts(things: &[Thing], fields: &Fields) -> Result<Vec<Count>, Trouble> {
    let field = |name: &str| fields.get(name).map_or("", |text| text.trim()).to_owned();
    let number = |name: String| {
        let text = field(&name);
        let count = if text.is_empty() { Ok(1) } else { text.parse::<u32>() };
        count.ok().filter(|n| *n <= 1_000).ok_or_else(|| Trouble::at_id(name, "Enter how many as a number"))
    };
    let mut counts = Vec::new();
    for (n, Thing { code, label, valuable }) in things.iter().cloned().enumerate() {
        let present = match field(&format!("present-{n}")).as_str() {
            "yes" => Present::Yes,
            "no" => Present::No,
            "na" => Present::NotApplicable,
            _ => continue,
        };
        let count = if present == Present::Yes { number(format!("count-{n}"))? } else { 0 };
        counts.push(Count {
            code,
            label,
            valuable,
            present,
            count,
            condition: field(&format!("condition-{n}")),
            photos: vec![],
        });
    }
    for n in 0..MORE {
        let label = field(&format!("label-more-{n}"));
        if !label.is_empty() {
            let (code, count) = (label.to_lowercase(), number(format!("count-more-{n}"))?);
            let (valuable, present, condition) = (false, Present::Yes, String::new());
            counts.push(Count { code, label, valuable, present, count, condition, photos: vec![] });
        }
    }
    if counts.is_empty() {
        Err(Trouble::at("present-0", "Say of at least one thing whether it is there"))
    } else {
        Ok(counts)
    }
}

pub(super) fn count(store: &mut Store, here: &Visit<'_>, which: &str, fields: &Fields) -> Result<Reply, StoreFault> {
    let column = match fields.get("column").map(String::as_str) {
        Some("leaving-hospital") => Column::LeavingHospital,
        _ => Column::InHospital,
    };
    let key = &here.office.hub.authority.signing;
    let done = look::through(store, here, (which, BagDeed::Counted), |within, bag, _| {
        let things = things(within, bag)?;
        let given = |name: &str| fields.get(name).map_or("", |text| text.trim()).to_owned();
        let second = Second { name: given("second"), title: given("second-title"), signed: None };
        let named = !second.name.is_empty() && second.title.is_empty();
        let second = Some(second).filter(|second| !second.name.is_empty());
        let wrong = |fault: BagFault| match fault {
            BagFault::SecondSignature if named => {
                Trouble::at("second-title", "Enter the role of whoever counted the valuables with you")
            }
            BagFault::SecondSignature => {
                Trouble::at("second", "Enter the name of whoever counted the valuables with you, not your own")
            }
            other => Trouble::at("present-0", other.to_string()),
        };
        let said = counts(&things, fields).and_then(|counts| {
            let counting = Counting::new(column, counts, second, &Author::of(&here.actor)).map_err(wrong)?;
            bag.count(counting).map_err(wrong)
        });
        match said {
            Ok(said @ Said::Counted(_)) => within.put(key, &here.actor, bag, said).map(|()| None),
            Ok(_) => Ok(None),
            Err(trouble) => Ok(Some(shown(here, (bag, &things), fields, &[trouble]))),
        }
    })?;
    Ok(match done {
        Ok(None) => Reply::To(format!("/bags/{which}#belongings")),
        Ok(Some(page)) => Reply::Wrong(page),
        Err(reply) => reply,
    })
}
