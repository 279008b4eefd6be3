//! Belongings: the checklist as counted at each place, side by side, and counting them at this one. Nothing counted before is changed;
//! what does not agree is said.

use super::{On, OnProps};
use crate::parts::form::{chosen, submit, text};
use crate::parts::signature::Signature;
use crate::parts::{icons, picture};
use crate::words::count;
use desk::ask::CountBag;
use desk::bag::{BagCount, SecondHand};
use record::bag::belongings::{Belonging, Column, Standing};
use record::bag::file::MOST_OF_A_THING;
use record::bag::form::Thing;
use record::bag::{Count, File, Present, State};
use record::visit::Photo;
use std::collections::BTreeMap;
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlInputElement;
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
                <ul class="nhsuk-list">{ for bag.belongings.iter().map(|thing| belonging(on, thing)) }</ul>
            }
            if bag.custody.state() != Some(State::Cancelled) { <Counting on={on.clone()} /> }
        </section>
    }
}

fn belonging(on: &On, thing: &Belonging) -> Html {
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
            let condition = if c.condition.is_empty() { String::new() } else { format!(", {}", c.condition) };
            format!("{}: {many}{condition} ({}, {})", c.column.label(), c.hands(thing.valuable), c.at.display())
        })
        .collect();
    let standing = match &thing.standing {
        Standing::Agrees => String::new(),
        Standing::Differs { sent, last } => format!(" {sent} left home, {last} counted last."),
        Standing::Changed => " Its condition is another.".to_owned(),
        Standing::NotCounted => " It left home and was not counted back.".to_owned(),
    };
    let signatures = thing.counts.iter().filter(|_| thing.valuable);
    let signatures = signatures.filter_map(|count| Some((count.column, count.second.as_ref()?.signed?)));
    html! {
        <li class="s-bag__line" data-test={format!("bag-thing-{}", thing.code)}>
            <p><strong>{ &thing.label }</strong>if !standing.is_empty() { <strong>{ standing }</strong> }</p>
            <p class="s-quiet">{ counts.join("; ") }</p>
            { for signatures.map(|(column, signed)| {
                let alt = format!("Second signature, {}", column.label().to_lowercase());
                html! { <p>{ on.file(signed.id, ("Second signature", &alt)) }</p> }
            }) }
            { for thing.photos().enumerate().map(|(n, (count, photo))| {
                let name = format!("Photo {} of {}", n + 1, thing.label.to_lowercase());
                let alt = format!("{name}, {}", count.column.label().to_lowercase());
                html! { <p>{ on.file(photo.id, (&name, &alt)) }</p> }
            }) }
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
    let conditions = use_state(BTreeMap::<String, String>::new);
    let (second, title, signed) = (use_state(String::new), use_state(String::new), use_state(String::new));
    let here = column(&on);
    let toggle = {
        let open = open.clone();
        Callback::from(move |_: MouseEvent| open.set(!*open))
    };
    let save = {
        let (on, counts, conditions) = (on.clone(), counts.clone(), conditions.clone());
        let (second, title, signed) = (second.clone(), title.clone(), signed.clone());
        submit(move || {
            let one = |Thing { code, label, valuable }: Thing| {
                let count = *counts.get(&code)?;
                let present = if count > 0 { Present::Yes } else { Present::No };
                let photos = taken(&on, &code).map(|photo| File::from(*photo)).collect();
                let condition = conditions.get(&code).filter(|_| count > 0).map_or("", |text| text.trim()).to_owned();
                Some(Count { code, label, valuable, present, count, condition, photos })
            };
            let counted: Vec<Count> = things(&on).into_iter().filter_map(one).collect();
            if counted.is_empty() {
                return;
            }
            let drawn = Some((*signed).clone()).filter(|url| !url.is_empty()).map(Into::into);
            let second = SecondHand { name: (*second).clone(), title: (*title).clone(), signature: drawn };
            let second = Some(second).filter(|second| !second.name.trim().is_empty());
            let count = BagCount { column: here, counts: counted, second };
            on.acts.bag_change(CountBag { person: on.page.person, purpose: on.purpose, count });
        })
    };
    {
        // Saved, and only then: the next count begins with nothing, for what was counted once is not counted again by itself. What the device refuses
        // stays to be mended.
        let made: usize = on.bag().map_or(0, |bag| bag.belongings.iter().map(|thing| thing.counts.len()).sum());
        let (counts, conditions, open) = (counts.clone(), conditions.clone(), open.clone());
        let typed = [second.clone(), title.clone(), signed.clone()];
        use_effect_with((on.bag().map(|bag| bag.id), made), move |_| {
            counts.set(BTreeMap::new());
            conditions.set(BTreeMap::new());
            typed.iter().for_each(|one| one.set(String::new()));
            open.set(false);
        });
    }
    let all = things(&on);
    let valuable = all.iter().any(|thing| thing.valuable && counts.get(&thing.code).is_some_and(|n| *n > 0));
    html! {
        <>
        <button type="button" class="nhsuk-button nhsuk-button--secondary" data-test="bag-count" aria-expanded={open.to_string()} onclick={toggle}>
            { format!("Count: {}", here.label().to_lowercase()) }</button>
        if *open {
            <form onsubmit={save} novalidate=true>
                <p class="s-quiet">{ "Leave out what does not apply." }</p>
                { for all.into_iter().map(|Thing { code, label, .. }| {
                    let (counts, conditions) = (counts.clone(), conditions.clone());
                    let thing = code.clone();
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
                            <label class="nhsuk-label" for={id.clone()}>{ label.clone() }</label>
                            <select class="nhsuk-select" id={id.clone()} data-test={id} onchange={pick}>
                                <option value="" selected={now.is_none()}>{ "Does not apply" }</option>
                                { for (0..=10u32).map(|n| html! { <option value={n.to_string()} selected={now == Some(n)}>{ n }</option> }) }
                            </select>
                            if now.is_some_and(|n| n > 0) {
                                { condition(&conditions, &thing, &label) }
                                { taking(&on, &thing, &label) }
                            }
                        </div>
                    }
                }) }
                if valuable {
                    { text("bag-second", ("Who counted the valuables with you?", "Their name. They sign below, or say their role."), &second) }
                    { text("bag-second-title", ("Their role", ""), &title) }
                    <Signature legend="Second signature" statement="I counted the valuables above together with whoever holds this device." sign="The second person signs here"
                        lang="en" dir="ltr" error={None::<AttrValue>} picture={signed} />
                }
                <button type="submit" class="nhsuk-button" data-test="bag-count-save" disabled={on.saving}>{ "Save the count" }</button>
            </form>
        }
        </>
    }
}

/// What is counted: what was counted before, wherever that was, then what this home counts.
fn things(on: &On) -> Vec<Thing> {
    let known = on.bag().into_iter().flat_map(|bag| &bag.belongings);
    let thing = |t: &Belonging| Thing { code: t.code.clone(), label: t.label.clone(), valuable: t.valuable };
    let mut things: Vec<Thing> = known.map(thing).collect();
    let more = on.page.asks.counted().into_iter().filter(|one| !things.iter().any(|thing| thing.code == one.code));
    let more: Vec<Thing> = more.collect();
    things.extend(more);
    things
}

/// What state it is in: said by whoever has it in hand, so that damage is not argued about afterwards.
fn condition(conditions: &UseStateHandle<BTreeMap<String, String>>, code: &str, label: &str) -> Html {
    let id = format!("bag-condition-{code}");
    let value = conditions.get(code).cloned().unwrap_or_default();
    let (conditions, code) = (conditions.clone(), code.to_owned());
    let oninput = Callback::from(move |event: InputEvent| {
        let Some(input) = event.target_dyn_into::<HtmlInputElement>() else { return };
        let mut all = (*conditions).clone();
        all.insert(code.clone(), input.value());
        conditions.set(all);
    });
    html! {
        <>
            <label class="nhsuk-label s-quiet" for={id.clone()}>{ format!("Condition of {} (optional)", label.to_lowercase()) }</label>
            <input class="nhsuk-input" id={id.clone()} data-test={id} autocomplete="off" maxlength="200" {value} {oninput} />
        </>
    }
}

/// Photographs of a thing, as the device keeps them until its count is saved: nothing taken is lost when it locks itself.
fn taken<'a>(on: &'a On, code: &str) -> impl Iterator<Item = &'a Photo> {
    let form = Count::form(code);
    on.bag().into_iter().flat_map(|bag| &bag.taken).filter(move |(of, _)| *of == form).map(|(_, photo)| photo)
}

/// Photographs of one thing: made small here, kept by the device at once, signed with the count.
fn taking(on: &On, code: &str, label: &str) -> Html {
    let (form, label) = (Count::form(code), label.to_lowercase());
    let taken: Vec<Photo> = taken(on, code).copied().collect();
    let onchange = {
        let (on, form) = (on.clone(), form.clone());
        Callback::from(move |event: Event| {
            let Some(input) = event.target_dyn_into::<HtmlInputElement>() else { return };
            let Some(file) = input.files().and_then(|files| files.get(0)) else { return };
            let (on, form) = (on.clone(), form.clone());
            spawn_local(async move {
                // What is no picture is handed on as nothing, and the device says so.
                let url = picture::wound(&file).await.unwrap_or_default();
                on.acts.keep_photo(on.page.person, form, url, Callback::noop());
                // The same file may be chosen again.
                input.set_value("");
            });
        })
    };
    let many = taken.len();
    let clear = {
        let on = on.clone();
        Callback::from(move |_: MouseEvent| {
            taken.iter().for_each(|photo| on.acts.drop_photo(on.page.person, form.clone(), photo.id));
        })
    };
    let id = format!("bag-photo-{code}");
    html! {
        <>
        if many > 0 {
            <p data-test={format!("bag-photos-{code}")}>{ format!("{} taken. ", count(many, "photograph", "photographs")) }
                <button type="button" class="s-plain" onclick={clear}>{ format!("Remove photographs of {label}") }</button></p>
        }
        if many < MOST_OF_A_THING {
            <label class="nhsuk-label" for={id.clone()}>{ format!("Photograph of {label} (the thing, not the person)") }</label>
            <input class="nhsuk-file-upload s-file" id={id.clone()} data-test={id} type="file" accept="image/*" capture="environment" {onchange} />
        }
        </>
    }
}
