//! Saying where a bag goes: received in the department, received on a ward, packed to go back, given to transport; lost, found, a death.
//! What may follow what is `record::bag`'s table; here are the forms, and the passage that the hub signs in the signed-in person's name.

use super::{Fields, Reply, Visit, layout, look, page};
use crate::store::{Store, StoreFault};
use crate::web::layout::Trouble;
use maud::{Markup, html};
use record::audit::BagDeed;
use record::bag::view::Moving;
use record::bag::{Bag, BagFault, Custody, NoteId, Step};
use record::plan::Author;

/// What is done here, in the order of the forms: its words, and what they mean.
const STEPS: [(Step, &str, &str); 8] = [
    (Step::Receive, "Receive in the emergency department", "You have the person and the bag."),
    (Step::Move, "Receive on a ward", "The person and the bag are on your ward."),
    (Step::Return, "Pack to go back", "The bag is packed for the way back. Count the belongings first."),
    (Step::Carry, "Give to transport", "Somebody takes the person and the bag back. What you type is not verified."),
    (Step::Lose, "Report the bag missing", "Nobody here knows where it is."),
    (Step::Find, "Report the bag found", "You have it in your hands."),
    (Step::Die, "Record that the person has died", "The bag then goes back to the home."),
    (
        Step::Alive,
        "The death was recorded by mistake",
        "The bag is then where it was before. What was recorded stays written, and so do your reason, your name and the time.",
    ),
];

/// What goes back in the bag (`reference/eredbag.md` section 5, step 7): field, words.
const PACKED: [(&str, &str); 3] = [
    ("packed-summary", "Discharge summary"),
    ("packed-medicines", "Medicines to take home, with what was changed and why"),
    ("packed-original", "The original of the ReSPECT or DNACPR form"),
];

/// The steps that somebody at a hospital may take now.
fn open_steps(bag: &Bag) -> impl Iterator<Item = &'static (Step, &'static str, &'static str)> {
    STEPS.iter().filter(|(step, ..)| bag.custody.admits(*step))
}

pub(super) fn forms(here: &Visit<'_>, bag: &Bag, troubles: &[Trouble]) -> Markup {
    html! {
        @for (n, (step, words, means)) in open_steps(bag).enumerate() {
            @let wrong = ["place", "name", "organisation", "items", "keeps", "remark", "step"].iter().any(|f| {
                troubles.iter().any(|trouble| trouble.is_at(&at(f, *step)))
            });
            details class="nhsuk-details nhsuk-expander" open[wrong || n == 0] {
                summary class="nhsuk-details__summary" { span class="nhsuk-details__summary-text" { (words) } }
                div class="nhsuk-details__text" {
                    p { (means) }
                    (form(here, bag, (*step, words), troubles))
                }
            }
        }
    }
}

fn at(field: &str, step: Step) -> String {
    format!("{field}-{}", step.code())
}

fn form(here: &Visit<'_>, bag: &Bag, (step, words): (Step, &str), troubles: &[Trouble]) -> Markup {
    let seen: Vec<String> = bag.custody.lasts().iter().map(NoteId::to_string).collect();
    let place = match step {
        Step::Receive => "Bay or room (if known)",
        Step::Move => "Ward, and bay if known",
        Step::Lose => "Where it was last seen",
        _ => "Place (if it matters)",
    };
    html! {
        form method="post" action={ "/bags/" (bag.id) "/move" } id=(at("step", step)) novalidate {
            (layout::token(&here.token))
            input type="hidden" name="step" value=(step.code());
            input type="hidden" name="seen" value=(seen.join(" "));
            @if let Custody::Disputed(all) = &bag.custody {
                @let ids: Vec<(String, String)> = all.iter().filter_map(|h| {
                    Some((h.last?.to_string(), format!("{}, {}, since {}", h.holder.name(), h.holder.organisation(), h.since.display())))
                }).collect();
                @let options: Vec<(&str, &str)> = ids.iter().map(|(id, words)| (id.as_str(), words.as_str())).collect();
                (layout::radios(&at("keeps", step), "Two people say they have it. From whom did it come?", "", &options, troubles))
            }
            @if step == Step::Carry {
                (layout::input(&at("name", step), "Name of whoever takes them", None, "", "off", troubles))
                (layout::input(&at("organisation", step), "Their organisation and vehicle", None, "", "off", troubles))
            }
            @if step == Step::Return {
                fieldset class="nhsuk-fieldset" {
                    legend class="nhsuk-fieldset__legend nhsuk-fieldset__legend--s" { "In the bag" }
                    div class="nhsuk-checkboxes" {
                        @for (name, words) in PACKED {
                            div class="nhsuk-checkboxes__item" {
                                input class="nhsuk-checkboxes__input" type="checkbox" id=(name) name=(name) value="yes";
                                label class="nhsuk-label nhsuk-checkboxes__label" for=(name) { (words) }
                            }
                        }
                    }
                }
            }
            @if !matches!(step, Step::Die | Step::Alive) { (layout::input(&at("place", step), place, None, "", "off", troubles)) }
            @if matches!(step, Step::Receive | Step::Move | Step::Return | Step::Carry | Step::Find) {
                (layout::input(&at("tracker", step), "Number on the bag, as you read it (optional)", None, "", "off", troubles))
                (layout::input(&at("items", step), "Number of things in it (optional, if counted)", None, "", "off", troubles))
            }
            (layout::input(&at("remark", step), if step.needs_why() { "Why it was a mistake" } else { "Anything to add" }, None, "", "off", troubles))
            (layout::submit(words))
        }
    }
}

/// Before a step that ends the journey: whose bag it is, what it does, and the way back.
fn sure(here: &Visit<'_>, bag: &Bag, (step, ends): (Step, &str), fields: &Fields) -> Markup {
    let words = STEPS.iter().find(|(one, ..)| *one == step).map_or(step.label(), |(_, words, _)| words);
    let back = format!("/bags/{}", bag.id);
    let body = html! {
        p { a class="nhsuk-back-link" href=(back) { "No, go back to the bag" } }
        (page::head(here, bag))
        div class="nhsuk-warning-callout" {
            h2 class="nhsuk-warning-callout__label" {
                span role="text" { span class="nhsuk-u-visually-hidden" { "Important: " } (words) "?" }
            }
            p { (ends) }
        }
        form method="post" action={ (back) "/move" } novalidate {
            (layout::token(&here.token))
            @for (name, value) in fields.iter().filter(|(name, _)| *name == "step" || *name == "seen" || name.ends_with(&format!("-{}", step.code()))) {
                input type="hidden" name=(name) value=(value);
            }
            input type="hidden" name="sure" value="yes";
            (layout::submit(&format!("Yes: {}", words.to_lowercase())))
        }
    };
    layout::page(here, "", words, &[], body)
}

/// What is wrong with a step, at a field of its form.
fn trouble(fault: &BagFault, step: Step) -> Trouble {
    let (field, words) = match fault {
        BagFault::Disputed => ("keeps", "Choose from whom the bag came".to_owned()),
        BagFault::Text => ("remark", "Write less: no field holds more than 500 characters".to_owned()),
        other => {
            let text = other.to_string();
            let mut letters = text.chars();
            ("step", letters.next().map(|c| c.to_uppercase().chain(letters).collect()).unwrap_or_default())
        }
    };
    Trouble::at_id(at(field, step), words)
}

pub(super) fn move_on(store: &mut Store, here: &Visit<'_>, which: &str, fields: &Fields) -> Result<Reply, StoreFault> {
    let whole = |name: &str| fields.get(name).map_or("", |text| text.trim());
    let Some(step) = Step::from_code(whole("step")).filter(|step| STEPS.iter().any(|(one, ..)| one == step)) else {
        return Ok(Reply::NotFound);
    };
    let field = |name: &str| whole(&at(name, step)).to_owned();
    let mut troubles = Vec::new();
    let mut need = |there: bool, name: &str, words: &str| {
        if !there {
            troubles.push(Trouble::at_id(at(name, step), words));
        }
    };
    need(step != Step::Move || !field("place").is_empty(), "place", "Enter the ward");
    need(step != Step::Carry || !field("name").is_empty(), "name", "Enter the name of whoever takes them");
    need(step != Step::Carry || !field("organisation").is_empty(), "organisation", "Enter their organisation");
    need(!step.needs_why() || !field("remark").is_empty(), "remark", "Enter why it was a mistake");
    let items: Option<u32> = field("items").parse().ok();
    need(
        field("items").is_empty() || items.is_some_and(|n| n <= 1_000),
        "items",
        "Enter a number of things, or leave it",
    );
    let packed: Vec<&str> = PACKED.iter().filter(|(name, _)| whole(name) == "yes").map(|(_, words)| *words).collect();
    let packed = if packed.is_empty() { String::new() } else { format!("In the bag: {}. ", packed.join("; ")) };
    let moving = Moving {
        step,
        seen: whole("seen").split(' ').filter_map(|id| id.parse().ok()).collect(),
        keeps: field("keeps").parse().ok(),
        typed: (step == Step::Carry).then(|| (field("name"), field("organisation"))),
        place: field("place"),
        tracker: field("tracker"),
        items,
        remark: format!("{packed}{}", field("remark")).trim().to_owned(),
        contents: None,
    };
    // What ends the journey is said twice: the first press is told what it does, and leaves an entry of a look.
    let ends = step.ends().filter(|_| whole("sure") != "yes");
    let deed = if ends.is_some() {
        BagDeed::Looked
    } else if step.hands_over() && step != Step::Carry {
        BagDeed::Accepted
    } else {
        BagDeed::Passed
    };
    let key = &here.office.hub.authority.signing;
    let done = look::through(store, here, (which, deed), |within, bag, caveats| {
        if let Some(ends) = ends.filter(|_| troubles.is_empty()) {
            return Ok(Some(Reply::Page(sure(here, bag, (step, ends), fields))));
        }
        if troubles.is_empty() {
            match bag.pass(&Author::of(&here.actor), moving) {
                Ok(said) => {
                    within.put(key, &here.actor, bag, said)?;
                    return Ok(None);
                }
                Err(fault) => troubles.push(trouble(&fault, step)),
            }
        }
        Ok(Some(Reply::Wrong(page::shown(here, (bag, &within.signatures(bag)?), caveats, &troubles))))
    })?;
    Ok(match done {
        // What was given away is no longer this hospital's to see.
        Ok(None) if step == Step::Carry => Reply::To("/".to_owned()),
        Ok(None) => Reply::To(format!("/bags/{which}")),
        Ok(Some(reply)) | Err(reply) => reply,
    })
}
