//! Medicines: the list from the record, and giving or not giving one. Before giving, what is known of the same medicine in the same slot
//! is shown with how old that knowledge is; to give in spite of it is a decision of its own, and is recorded as one.

use super::On;
use super::draft::{Draft, radios, use_draft};
use crate::parts::icons;
use crate::parts::medication;
use crate::state::{Action, Form, VisitAction};
use record::summary::{FactKey, Item};
use record::visit::dose::NotGiven;
use record::visit::guard::{self, Known};
use record::visit::{Administration, Body, Medicine, Outcome, Part, Slot, frequency, medicine};
use yew::prelude::*;

/// What was recorded, of which medicine if it is not surely this one, and by whom.
fn by_whom(known: &Known<'_>, medicine: &Medicine) -> String {
    let by = format!("{} by {}, {}", known.dose.in_words(), known.act.by.name, known.act.by.title);
    if known.dose.medicine.is_same(medicine) {
        by
    } else {
        format!("This may be the same medicine: {}. {by}", known.dose.medicine.name)
    }
}

/// The list: each with when it was last given, as far as this device knows.
pub(super) fn list(on: &On) -> Html {
    let all = medicine::current(&on.page.chart);
    let recorded = guard::recorded(on.page.log.acts());
    let acts = on.acts.clone();
    let close = Callback::from(move |_: MouseEvent| acts.tell(Action::Visit(VisitAction::Form(None))));
    let row = |(place, (key, item, medication)): (usize, &(&FactKey, &Item, &record::summary::Medication))| {
        let medicine = Medicine::of_item(key, item);
        let last = guard::last(&recorded, &medicine, on.now);
        html! {
            <li class="s-entry" key={key.0.clone()}>
                { medication::line(item, medication) }
                { for last.iter().map(|known| html! { <p class="s-quiet">{ by_whom(known, &medicine) }</p> }) }
                <button type="button" class="nhsuk-button nhsuk-button--secondary s-small" data-test={format!("medicine-{place}")}
                    onclick={on.form(Form::Dose(place))}>{ "Give, or record not given" }</button>
            </li>
        }
    };
    html! {
        <>
        <h2 class="s-section__heading">{ "Medicines" }</h2>
        <p class="s-quiet">{ on.knowledge() }</p>
        if all.is_empty() { <p>{ "No current medicines are in the record on this device. This does not mean there are none." }</p> }
        <ul class="nhsuk-list">{ for all.iter().enumerate().map(row) }</ul>
        <button type="button" class="nhsuk-button nhsuk-button--secondary s-again" data-test="medicine-other" onclick={on.form(Form::Dose(all.len()))}>
            { "A medicine that is not in this list" }</button>
        <button type="button" class="nhsuk-button nhsuk-button--secondary s-again" data-test="cancel-form" onclick={close}>{ "Close" }</button>
        </>
    }
}

#[derive(Properties, PartialEq)]
pub(super) struct DoseProps {
    pub(super) on: On,
    /// Its place in the list; past the end is one that is not in it.
    pub(super) place: usize,
}

#[component]
pub(super) fn DoseForm(props: &DoseProps) -> Html {
    let DoseProps { on, place } = props;
    let draft = use_draft(on, &Form::Dose(*place));
    let all = medicine::current(&on.page.chart);
    let listed = all.get(*place);
    let medicine = match listed {
        Some((key, item, _)) => Medicine::of_item(key, item),
        None => Medicine { order: String::new(), name: draft.get("medicine").trim().to_owned(), codes: vec![] },
    };
    let words = listed.map(|(_, _, medication)| frequency::words_of(medication)).unwrap_or_default();
    let parts = frequency::parts(&words);
    // Where only one slot is possible it is chosen.
    let part = Part::from_code(&draft.get("part")).filter(|part| parts.contains(part)).or(match parts.as_slice() {
        [only] => Some(*only),
        _ => None,
    });
    let prefilled = |name: &str, from: Option<&String>| match draft.get(name) {
        typed if typed.is_empty() => from.cloned().unwrap_or_default(),
        typed => typed,
    };
    let typed = draft.get("time");
    let at = if typed.trim().is_empty() { Some(on.now) } else { on.now.at_time(&typed) };
    let least = draft.get("least").trim().parse::<u8>().ok().map(u16::from);
    let recorded = guard::recorded(on.page.log.acts());
    let hours = frequency::least_hours(&on.page.chart, &medicine).max(least.map(u32::from));
    let slot = part.map(|part| Slot::given(part, at.unwrap_or(on.now)));
    let mut way = match (slot, at) {
        (Some(slot), Some(at)) => guard::in_the_way(&recorded, &medicine, (slot, hours), at),
        _ => Vec::new(),
    };
    let dose = prefilled("dose", listed.and_then(|(_, _, m)| m.dose.as_ref()));
    let limit = frequency::most_of(&on.page.chart, &medicine);
    let past = guard::past_the_most(&recorded, &medicine, (limit.as_deref(), &dose), at.unwrap_or(on.now));
    let too_much = !past.is_empty();
    way.extend(past);
    way.sort_by_key(|known| (known.dose.given_at, known.id));
    way.dedup_by_key(|known| known.id);
    let last = guard::last(&recorded, &medicine, on.now);
    let before: Vec<_> = last.iter().filter(|known| !way.iter().any(|other| other.id == known.id)).collect();
    let most = frequency::most(&words).map(|most| {
        let had = guard::had_in_a_day(&recorded, &medicine, on.now);
        let more = if too_much { " With this dose it would be more than that." } else { "" };
        format!("As prescribed: \u{201c}{most}\u{201d}. Doses recorded in the last 24 hours: {had}.{more}")
    });
    let giving = draft.is("outcome", "given");
    let route = prefilled("route", listed.and_then(|(_, _, m)| m.route.as_ref()));
    let outcome = outcome(&draft, (&dose, &route));
    let why_not = match () {
        () if medicine.name.is_empty() => Some("Enter the name of the medicine, with its strength."),
        () if slot.is_none() => Some("Choose which dose it is."),
        () if at.is_none() => Some("Enter the time as 08:05."),
        () if at.is_some_and(|at| at > on.now) => Some("A dose is recorded after it is given, never before."),
        () if outcome.is_none() => Some("Say whether it was given, with the dose, or why not."),
        () if giving && !way.is_empty() && !draft.is("give-anyway", "yes") => {
            Some("A dose is already recorded. Check, and confirm if it is still to be given.")
        }
        () => None,
    };
    let body = match (slot, at, outcome) {
        (Some(slot), Some(given_at), Some(outcome)) => {
            // Not given in spite of it is known too: it is no contradiction then.
            let despite = way.iter().map(|known| known.id).collect();
            Some(Body::Dose(Administration {
                medicine: medicine.clone(),
                slot,
                given_at,
                outcome,
                least_hours: least.filter(|_| slot.part == Part::AsNeeded),
                most: None,
                despite,
                known_at: None,
            }))
        }
        _ => None,
    };
    let save = {
        let draft = draft.clone();
        Callback::from(move |()| {
            if let Some(body) = body.clone() {
                draft.save(body);
            }
        })
    };
    let options: Vec<(&str, &str)> = parts.iter().map(|part| (part.code(), part.label())).collect();
    html! {
        <>
        <h2 class="s-section__heading">{ "Give a medicine" }</h2>
        if let Some((_, item, medication)) = listed { { medication::line(item, medication) } } else { { draft.line("medicine", "Medicine, with its strength", "For example: paracetamol 500 mg tablets") } }
        <p class="s-quiet">{ on.knowledge() }</p>
        if !before.is_empty() {
            <div class="s-note" data-test="lately"><div><p><strong>{ "Last recorded" }</strong></p>
                { for before.iter().map(|known| html! { <p>{ by_whom(known, &medicine) }</p> }) }</div></div>
        }
        if let Some(most) = most { <p class="s-note" data-test="most">{ most }</p> }
        if !way.is_empty() {
            <div class="s-note s-note--warn" role="alert" data-test="in-the-way"><div>
                <p><strong>{ icons::warning() }{ " A dose is already recorded for this time" }</strong></p>
                { for way.iter().map(|known| html! { <p>{ by_whom(known, &medicine) }</p> }) }
                if giving { <div class="nhsuk-checkboxes">{ draft.tick("give-anyway".to_owned(), "I have checked, and this dose was still given") }</div> }
            </div></div>
        }
        if options.len() > 1 { { radios(&draft, "part", "Which dose", &options) } }
        { radios(&draft, "outcome", "Was it given", &[("given", "Given"), ("not-given", "Not given")]) }
        if giving {
            { line(&draft, "dose", "Dose", &dose) }
            { line(&draft, "route", "Route", &route) }
            { draft.line("site", "Site", "For an injection or a patch") }
            { draft.line("batch", "Batch and expiry", "For an injection or a vaccine") }
            { draft.line("witness", "Witness", "For a controlled drug: name and job") }
            if part == Some(Part::AsNeeded) { { draft.line("least", "Least hours between doses", "As the protocol in the home says. Empty counts as 4") } }
        }
        if draft.is("outcome", "not-given") {
            <div class="nhsuk-form-group">
                <label class="nhsuk-label s-label" for="not-given-why">{ "Why not" }</label>
                <select class="nhsuk-select" id="not-given-why" data-test="not-given-why" onchange={draft.choosing("why")}>
                    <option value="">{ "Choose" }</option>
                    { for NotGiven::ALL.iter().map(|why| html! { <option value={why.code()} selected={draft.is("why", why.code())}>{ why.label() }</option> }) }
                </select>
            </div>
            { draft.area("text", "More about it", "", 2) }
        }
        { line(&draft, "time", "Time, today", &if typed.is_empty() { on.now.display_time() } else { typed }) }
        { draft.buttons("Sign and save", why_not.map(str::to_owned), save) }
        </>
    }
}

/// A line with what stands there unless something else is typed.
fn line(draft: &Draft, name: &'static str, label: &str, shown: &str) -> Html {
    html! {
        <div class="nhsuk-form-group">
            <label class="nhsuk-label s-label" for={name}>{ label.to_owned() }</label>
            <input class="nhsuk-input" id={name} data-test={name} type="text" autocomplete="off" value={shown.to_owned()} oninput={draft.typing(name)} />
        </div>
    }
}

fn outcome(draft: &Draft, (dose, route): (&str, &str)) -> Option<Outcome> {
    let said = |name: &str| draft.get(name).trim().to_owned();
    match draft.get("outcome").as_str() {
        "given" if !dose.trim().is_empty() => Some(Outcome::Given {
            dose: dose.trim().to_owned(),
            route: route.trim().to_owned(),
            site: said("site"),
            batch: said("batch"),
            witness: said("witness"),
        }),
        "not-given" => {
            let why = NotGiven::from_code(&draft.get("why"))?;
            let words = said("text");
            (why != NotGiven::Other || !words.is_empty()).then_some(Outcome::NotGiven { why, words })
        }
        _ => None,
    }
}
