//! Belongings: the checklist as counted at each place, side by side, and counting them at this one. Nothing counted before is changed;
//! what does not agree is said.

use super::{On, OnProps};
use crate::parts::form::{chosen, keep, submit};
use crate::parts::icons;
use desk::ask::CountBag;
use desk::bag::BagCount;
use record::bag::belongings::{Belonging, Column, Standing, USUAL};
use record::bag::{Count, Present, State};
use std::collections::BTreeMap;
use yew::prelude::*;

#[component]
pub(super) fn Belongings(props: &OnProps) -> Html {
    let on = &props.on;
    let Some(bag) = on.bag() else { return Html::default() };
    let apart = bag.belongings.iter().filter(|b| b.standing != Standing::Agrees).count();
    html! {
        <section class="s-section" aria-label="Belongings" data-test="bag-belongings">
            <h2 class="s-section__heading">{ "Belongings" }</h2>
            if bag.belongings.is_empty() {
                <p>{ "Nothing has been counted." }</p>
            } else {
                if apart > 0 {
                    <p class="s-note s-note--warn" data-test="bag-discrepancy">{ icons::warning() }
                        <strong>{ "What was counted does not agree. Both counts stay; say what happened to the next person." }</strong></p>
                }
                <ul class="nhsuk-list">{ for bag.belongings.iter().map(belonging) }</ul>
            }
            if bag.custody.state() != Some(State::Cancelled) { <Counting on={on.clone()} /> }
        </section>
    }
}

fn belonging(thing: &Belonging) -> Html {
    let counts: Vec<String> = thing
        .counts
        .iter()
        .map(|c| {
            let many = match c.present {
                Present::Yes => c.count.to_string(),
                Present::No => "none".to_owned(),
                Present::NotApplicable => "not applicable".to_owned(),
                Present::Unknown => "not known".to_owned(),
            };
            let second =
                c.second.as_ref().filter(|_| thing.valuable).map(|name| format!(" and {name}")).unwrap_or_default();
            let condition = if c.condition.is_empty() { String::new() } else { format!(", {}", c.condition) };
            format!("{}: {many}{condition} ({}{second}, {})", c.column.label(), c.by, c.at.display())
        })
        .collect();
    let standing = match &thing.standing {
        Standing::Agrees => String::new(),
        Standing::Differs { sent, last } => format!(" {sent} left home, {last} counted last."),
        Standing::Changed => " Its condition is another.".to_owned(),
        Standing::NotCounted => " It left home and was not counted back.".to_owned(),
    };
    html! {
        <li class="s-bag__line" data-test={format!("bag-thing-{}", thing.code)}>
            <p><strong>{ &thing.label }</strong>if !standing.is_empty() { <strong>{ standing }</strong> }</p>
            <p class="s-quiet">{ counts.join("; ") }</p>
        </li>
    }
}

/// The column for where the bag is now.
fn column(on: &On) -> Column {
    let state = on.bag().and_then(|bag| bag.custody.state());
    let home = on.bag().is_some_and(|bag| bag.home);
    match state {
        Some(State::Closed) => Column::BackHome,
        Some(State::Draft | State::Ready | State::Released) if home => Column::LeavingHome,
        Some(State::Accepted) if !home => Column::OnTheWay,
        Some(State::Returning) if !home => Column::LeavingHospital,
        _ if home => Column::BackHome,
        _ => Column::InHospital,
    }
}

/// Counting, here and now.
#[component]
fn Counting(props: &OnProps) -> Html {
    let on = props.on.clone();
    let open = use_state(|| false);
    let counts = use_state(BTreeMap::<String, u32>::new);
    let second = use_state(String::new);
    let here = column(&on);
    let toggle = {
        let open = open.clone();
        Callback::from(move |_: MouseEvent| open.set(!*open))
    };
    let save = {
        let (on, counts, second, open) = (on.clone(), counts.clone(), second.clone(), open.clone());
        submit(move || {
            let one = |(code, label, valuable): &(&str, &str, bool)| {
                let count = *counts.get(*code)?;
                let present = if count > 0 { Present::Yes } else { Present::No };
                let (code, label) = ((*code).to_owned(), (*label).to_owned());
                Some(Count { code, label, valuable: *valuable, present, count, condition: String::new() })
            };
            let counted: Vec<Count> = USUAL.iter().filter_map(one).collect();
            if counted.is_empty() {
                return;
            }
            let second = Some((*second).clone()).filter(|name| !name.trim().is_empty());
            let count = BagCount { column: here, counts: counted, second };
            on.acts.bag_change(CountBag { person: on.page.person, purpose: on.purpose, count });
            open.set(false);
        })
    };
    let valuable = USUAL.iter().any(|(code, _, valuable)| *valuable && counts.get(*code).is_some_and(|n| *n > 0));
    html! {
        <>
        <button type="button" class="nhsuk-button nhsuk-button--secondary" data-test="bag-count" aria-expanded={open.to_string()} onclick={toggle}>
            { format!("Count: {}", here.label().to_lowercase()) }</button>
        if *open {
            <form onsubmit={save} novalidate=true>
                <p class="s-quiet">{ "Leave out what does not apply." }</p>
                { for USUAL.iter().map(|(code, label, _)| {
                    let (counts, code) = (counts.clone(), (*code).to_owned());
                    let id = format!("bag-count-{code}");
                    let now = counts.get(&code).copied();
                    let pick = Callback::from(move |event: Event| {
                        let mut all = (*counts).clone();
                        match chosen(&event).parse::<u32>() {
                            Ok(n) => all.insert(code.clone(), n),
                            Err(_) => all.remove(&code),
                        };
                        counts.set(all);
                    });
                    html! {
                        <div class="nhsuk-form-group s-bag__count">
                            <label class="nhsuk-label" for={id.clone()}>{ *label }</label>
                            <select class="nhsuk-select" id={id.clone()} data-test={id} onchange={pick}>
                                <option value="" selected={now.is_none()}>{ "Does not apply" }</option>
                                { for (0..=10u32).map(|n| html! { <option value={n.to_string()} selected={now == Some(n)}>{ n }</option> }) }
                            </select>
                        </div>
                    }
                }) }
                if valuable {
                    <div class="nhsuk-form-group">
                        <label class="nhsuk-label s-label" for="bag-second">{ "Who counted the valuables with you? Both of you sign the paper list." }</label>
                        <input class="nhsuk-input" id="bag-second" data-test="bag-second" autocomplete="off" value={(*second).clone()} oninput={keep(&second)} />
                    </div>
                }
                <button type="submit" class="nhsuk-button" data-test="bag-count-save" disabled={on.saving}>{ "Save the count" }</button>
            </form>
        }
        </>
    }
}
