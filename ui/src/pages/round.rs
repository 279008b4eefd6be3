//! Today's round: visits in the order of their times, what to know before going in (a word each), and how far each has got as far as this
//! device knows. No patient banner, for there are many patients; the same caution about names as on the caseload.

use crate::parts::{Screen, banner, errors, heading, use_page, use_screen};
use crate::routes::Page;
use crate::words::count;
use desk::visit::{RoundPage, Stop, StopState};
use record::When;
use record::visit::access::Access;
use yew::prelude::*;

#[component]
pub fn RoundView() -> Html {
    let screen = use_screen();
    use_page(Page::Round.title(), false);
    {
        // How far visits have got is asked anew each time the page comes.
        let acts = screen.acts.clone();
        use_effect_with((), move |()| acts.round());
    }
    let again = {
        let acts = screen.acts.clone();
        Callback::from(move |_: MouseEvent| acts.round())
    };
    let state = &screen.state;
    html! {
        <div data-test="round">
            { heading("Today's round") }
            { errors::trouble(state.trouble.as_ref()) }
            if let Some(round) = &state.visits.round {
                { shown(&screen, round) }
                <button type="button" class="nhsuk-button nhsuk-button--secondary s-refresh" data-test="round-refresh" onclick={again}>
                    { "Look again" }</button>
            } else {
                <p role="status">{ "Loading" }</p>
            }
        </div>
    }
}

fn shown(screen: &Screen, round: &RoundPage) -> Html {
    let waiting = round.stops.iter().filter(|stop| stop.state == StopState::Waiting).count();
    let as_at = round.as_at.map_or("never synced".to_owned(), |at| at.display());
    html! {
        <>
        <div class="s-list-head">
            <p role="status">{ format!("{}: {}, {waiting} to do", round.day, count(round.stops.len(), "visit", "visits")) }</p>
            <p class="s-quiet">{ format!("Bookings and others' visits as at {as_at}") }</p>
        </div>
        if round.stops.is_empty() {
            <p class="s-note">{ "No visits are booked for today with people on this device. People on your caseload can be visited without a booking: open their record and choose Visits." }</p>
        }
        <ol class="s-rows" aria-label="Visits in order">
            { for round.stops.iter().enumerate().map(|(place, stop)| row(screen, place, stop)) }
        </ol>
        </>
    }
}

fn row(screen: &Screen, place: usize, stop: &Stop) -> Html {
    let listing = &stop.listing;
    let (acts, state, person) = (screen.acts.clone(), screen.state.clone(), listing.person);
    let booking = stop.key.as_ref().map(|key| key.0.clone()).unwrap_or_default();
    let open = Callback::from(move |_: MouseEvent| acts.stop(&state, person, booking.clone()));
    let born =
        listing.born.as_ref().map_or("Not Known".to_owned(), |born| format!("{} ({})", born.display_date(), stop.age));
    let tag = |words: &str, class: &'static str| {
        html! { <strong class={classes!("nhsuk-tag", "s-tag", class)}>{ words.to_owned() }</strong> }
    };
    let (words, colour) = standing(stop.state);
    html! {
        <li class="s-rows__item" key={format!("{place}-{person}")} data-test="stop">
            <button type="button" class="s-row" id={format!("stop-{place}")} data-test={format!("stop-{place}")} onclick={open}>
                <span class="s-stop__time">{ window(stop.from.as_ref(), stop.until.as_ref()) }</span>
                <span class="s-row__name">{ &listing.banner }</span>
                <span class="s-row__facts">
                    <span><span class="s-label-text">{ "Born" }</span>{ format!(" {born}") }</span>
                    <span><span class="s-label-text">{ "NHS No." }</span>{ " " }{ banner::number(listing.nhs_number, listing.nhs_number_verified) }</span>
                    if !listing.place.is_empty() { <span>{ &listing.place }</span> }
                </span>
                <span class="s-row__facts"><span>{ &stop.title }</span></span>
                <span class="s-row__tags">
                    <strong class={classes!("nhsuk-tag", "s-tag", colour)} data-test={format!("stop-state-{place}")}>{ words }</strong>
                    if stop.similar_name { { tag("Similar name", "nhsuk-tag--orange") } }
                    { for stop.access.iter().map(|about| tag(about.label(), loud(*about))) }
                </span>
            </button>
        </li>
    }
}

const fn standing(state: StopState) -> (&'static str, &'static str) {
    match state {
        StopState::Waiting => ("To do", "nhsuk-tag--white"),
        StopState::On { own: true } => ("You have started", "nhsuk-tag--blue"),
        StopState::On { own: false } => ("A colleague has started", "nhsuk-tag--orange"),
        StopState::Done => ("Visited", "nhsuk-tag--green"),
        StopState::NotHome => ("Not at home", "nhsuk-tag--grey"),
    }
}

/// What may harm the visitor is the loudest.
const fn loud(about: Access) -> &'static str {
    match about {
        Access::LoneWorker => "nhsuk-tag--red",
        Access::Dog | Access::Oxygen | Access::Infection => "nhsuk-tag--orange",
        Access::Premises | Access::KeySafe => "nhsuk-tag--purple",
    }
}

/// `09:15 to 09:45`.
fn window(from: Option<&When>, until: Option<&When>) -> String {
    let time = |when: &When| when.stamp().map(|at| at.display_time());
    match (from.and_then(time), until.and_then(time)) {
        (Some(from), Some(until)) => format!("{from} to {until}"),
        (Some(from), None) => from,
        _ => "No time".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_two_times_in_london() {
        let when = |text| When::parse(text);
        assert_eq!(
            window(when("2026-07-10T08:15:00Z").as_ref(), when("2026-07-10T08:45:00Z").as_ref()),
            "09:15 to 09:45"
        );
        assert_eq!(window(when("2026-07-10").as_ref(), None), "No time");
    }
}
