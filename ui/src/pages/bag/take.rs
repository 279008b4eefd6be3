//! Bags that come and bags that are kept. Taking one in: the slip first, then the frames until the ring is full. Codes come by the camera, which goes on from the one to the others,
//! from pictures, or pasted; what they say is decided by the device.

use super::not_mine;
use crate::parts::form::{Area, submit};
use crate::parts::scan::{Then, use_scan};
use crate::parts::{Screen, errors, heading, use_page, use_screen};
use crate::routes::Page;
use crate::words::count;
use desk::bag::{BagDue, BagHere, BagProgress, BagSlip};
use record::bag::Critical;
use record::{PersonId, When};
use yew::prelude::*;

/// How each frame of the moving code begins.
const FRAME: &str = "SATCHEL-F-";

#[component]
pub fn TakePage() -> Html {
    let screen = use_screen();
    use_page(Page::BagTake.title(), false);
    let code = use_state(String::new);
    {
        let acts = screen.acts.clone();
        use_effect_with((), move |()| {
            acts.bags_here();
            acts.bags_due();
        });
    }
    let state = &screen.state;
    let purpose = state.purpose;
    let read = {
        let (acts, code) = (screen.acts.clone(), code.clone());
        submit(move || {
            let text = (*code).trim().to_owned();
            if !text.is_empty() {
                acts.bag_slip(text, purpose);
                code.set(String::new());
            }
        })
    };
    let busy = state.waiting.is_some();
    // The camera sees the slip many times; it is read once.
    let last = use_mut_ref(String::new);
    let seen = {
        let whole = state.bags.progress.is_some_and(|progress| progress.whole);
        let (acts, wanted) = (screen.acts.clone(), state.bags.slip.is_some() && !whole);
        Callback::from(move |codes: Vec<String>| {
            let (frames, others): (Vec<_>, Vec<_>) = codes.into_iter().partition(|code| code.starts_with(FRAME));
            if let Some(slip) = others.into_iter().next().filter(|slip| *last.borrow() != *slip) {
                last.replace(slip.clone());
                acts.bag_slip(slip, purpose);
            } else if wanted && !frames.is_empty() {
                acts.bag_frames(frames, purpose);
            }
        })
    };
    let scan = use_scan("bag-photo", Then::On, seen);
    html! {
        <div class="s-narrow" data-test="bag-take">
            { heading("eRed Bags") }
            { errors::notice(state.notice) }
            { errors::trouble(state.trouble.as_ref()) }
            // The square stays where the hand has learnt it to be: what comes is put under it.
            { scan }
            if let Some(slip) = &state.bags.slip {
                { ring(state.bags.progress.as_ref()) }
                { critical(slip) }
                if !is_carried(&screen, slip.person) { { not_mine(&screen.acts, slip.person, "It leaves this device by itself after 24 hours if nobody here takes it over.") } }
            }
            <form onsubmit={read} novalidate=true>
                <Area id="bag-slip-code" label={if state.bags.slip.is_some() { "Another slip" } else { "The slip" }}
                    hint="It begins with SATCHEL-BAG. Scan or paste it." value={code} rows={3} />
                <button type="submit" class="nhsuk-button s-primary" data-test="bag-slip-read" disabled={busy}>{ "Read the slip" }</button>
            </form>
            { here(&screen) }
            { due(&screen) }
        </div>
    }
}

/// They are on the user's caseload: their bag is here by that, and not by the slip alone.
fn is_carried(screen: &Screen, person: PersonId) -> bool {
    screen.state.people.iter().any(|people| people.caseload.rows.iter().any(|row| row.listing.person == person))
}

/// Bags that came by hand, and what ended of them by itself.
fn here(screen: &Screen) -> Html {
    let Some(list) = &screen.state.bags.here else { return Html::default() };
    let open = |bag: &BagHere| {
        let words = format!("{}: {}", bag.banner, bag.state.label());
        html! { <li>{ opens(screen, bag.person, "bag-here", words) }</li> }
    };
    html! {
        <>
        if let Some((ended, at)) = list.ended {
            <p class="s-note" role="status" data-test="bags-ended">{ format!(
                "{} that you read and did not take over left this device {}. A bag you only read stays for 24 hours.",
                count(ended as usize, "bag", "bags"), at.display()) }</p>
        }
        if !list.here.is_empty() {
            <section class="s-section" aria-label="Bags on this device" data-test="bags-here">
                <h2 class="s-section__heading">{ "Bags on this device" }</h2>
                <ul class="nhsuk-list">{ for list.here.iter().map(open) }</ul>
            </section>
        }
        </>
    }
}

/// Whose bag is due for its monthly check, for whoever keeps a home's bags: nobody's first, then the oldest. Named as on the caseload.
fn due(screen: &Screen) -> Html {
    let rows = screen.state.people.iter().flat_map(|people| &people.caseload.rows);
    let names: Vec<(PersonId, &str)> = rows.map(|row| (row.listing.person, row.listing.banner.as_str())).collect();
    let line = |due: &BagDue| {
        let (_, name) = names.iter().find(|(person, _)| *person == due.person)?;
        let looked = due.looked.map_or("no bag begun".to_owned(), |at| format!("last checked {}", at.display()));
        Some(html! { <li>{ opens(screen, due.person, "bag-due-person", format!("{name}: {looked}")) }</li> })
    };
    let lines: Vec<Html> = screen.state.bags.due.iter().filter_map(line).collect();
    if lines.is_empty() {
        return Html::default();
    }
    html! {
        <section class="s-section" aria-label="Due for their monthly check" data-test="bags-due">
            <h2 class="s-section__heading">{ format!("Due for their monthly check ({})", lines.len()) }</h2>
            <p class="s-quiet">{ "A bag that was checked this month can go in a minute. Open each, read it with somebody who knows the person, and say that it is right." }</p>
            <ul class="nhsuk-list">{ for lines }</ul>
        </section>
    }
}

/// A button that opens somebody's bag.
fn opens(screen: &Screen, person: PersonId, mark: &'static str, words: String) -> Html {
    let (acts, purpose) = (screen.acts.clone(), screen.state.purpose);
    let open = Callback::from(move |_: MouseEvent| acts.bag(person, purpose));
    html! {
        <button type="button" class="nhsuk-button nhsuk-button--secondary" data-test={mark} onclick={open}>{ words }</button>
    }
}

/// What can harm, before anything else.
fn critical(slip: &BagSlip) -> Html {
    let Critical {
        banner,
        born,
        nhs_number,
        allergies,
        more_allergies,
        cpr,
        original,
        reason,
        news2,
        baseline,
        contacts,
        ..
    } = &slip.critical;
    let born = born.as_ref().map_or("not known".to_owned(), When::display_date);
    let number = nhs_number.map_or("not known".to_owned(), |n| n.to_string());
    let line = |label: &'static str, text: String| {
        html! { <div class="nhsuk-summary-list__row"><dt class="nhsuk-summary-list__key">{ label }</dt><dd class="nhsuk-summary-list__value">{ text }</dd></div> }
    };
    let list = |texts: &[String], none: &str| if texts.is_empty() { none.to_owned() } else { texts.join("; ") };
    let more =
        if *more_allergies > 0 { format!("; and {more_allergies} more in the whole bag") } else { String::new() };
    html! {
        <section class="s-section" data-test="bag-critical" aria-label="What matters now">
            <h2 class="s-section__heading">{ banner.clone() }</h2>
            <dl class="nhsuk-summary-list">
                { line("Born", born) }
                { line("NHS number", number) }
                { line("Allergies", format!("{}{more}", list(allergies, "Not stated"))) }
                { line("CPR decision", list(cpr, "None recorded: this is not a decision")) }
                if !original.is_empty() { { line("Original of the form", original.clone()) } }
                { line("Reason", reason.clone()) }
                { line("NEWS2", if news2.is_empty() { "None is known".to_owned() } else { news2.clone() }) }
                if !baseline.is_empty() { { line("Usually", baseline.clone()) } }
                if !contacts.is_empty() { { line("Contacts", contacts.join("; ")) } }
            </dl>
            <p class="s-quiet">{ format!("Shown by {}, {}, {}.", slip.giver, slip.organisation, slip.at.display()) }</p>
        </section>
    }
}

/// How much of the bag is here.
fn ring(progress: Option<&BagProgress>) -> Html {
    let done = progress.map_or(0, |p| p.progress);
    let words = if done == 0 {
        "The whole bag has not begun to come in.".to_owned()
    } else {
        format!("{done}% of the bag is here.")
    };
    // A circle of circumference 100.
    html! {
        <div class="s-ring" role="status" data-test="bag-progress">
            <svg viewBox="0 0 36 36" class="s-ring__svg" aria-hidden="true">
                <circle cx="18" cy="18" r="15.9155" fill="none" stroke="#d8dde0" stroke-width="4" />
                <circle cx="18" cy="18" r="15.9155" fill="none" stroke="#005eb8" stroke-width="4" stroke-dasharray={format!("{done} 100")}
                    transform="rotate(-90 18 18)" />
            </svg>
            <span>{ words }</span>
        </div>
    }
}
