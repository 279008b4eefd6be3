//! Taking in a bag: the slip first, then the frames until the ring is full. Codes come by the camera, which goes on from the one to the others,
//! from pictures, or pasted; what they say is decided by the device.

use crate::parts::form::{Area, submit};
use crate::parts::scan::{Then, use_scan};
use crate::parts::{errors, heading, use_page, use_screen};
use crate::routes::Page;
use desk::bag::{BagProgress, BagSlip};
use record::When;
use record::bag::Critical;
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
        use_effect_with((), move |()| acts.bags_here());
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
            { heading("Take in a bag") }
            { errors::notice(state.notice) }
            { errors::trouble(state.trouble.as_ref()) }
            // The square stays where the hand has learnt it to be: what comes is put under it.
            { scan }
            if let Some(slip) = &state.bags.slip {
                { ring(state.bags.progress.as_ref()) }
                { critical(slip) }
            }
            <form onsubmit={read} novalidate=true>
                <Area id="bag-slip-code" label={if state.bags.slip.is_some() { "Another slip" } else { "The slip" }}
                    hint="It begins with SATCHEL-BAG. Scan or paste it." value={code} rows={3} />
                <button type="submit" class="nhsuk-button s-primary" data-test="bag-slip-read" disabled={busy}>{ "Read the slip" }</button>
            </form>
            if !state.bags.here.is_empty() {
                <section class="s-section" aria-label="Bags on this device" data-test="bags-here">
                    <h2 class="s-section__heading">{ "Bags on this device" }</h2>
                    <ul class="nhsuk-list">{ for state.bags.here.iter().map(|bag| {
                        let (acts, person) = (screen.acts.clone(), bag.person);
                        let open = Callback::from(move |_: MouseEvent| acts.bag(person, purpose));
                        html! {
                            <li><button type="button" class="nhsuk-button nhsuk-button--secondary" data-test="bag-here" onclick={open}>
                                { format!("{}: {}", bag.banner, bag.state.label()) }</button></li>
                        }
                    }) }</ul>
                </section>
            }
        </div>
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
