//! The people this device carries. Asked for once, then searched and sorted here; nothing moves under a finger: what is newer
//! waits behind a button. No patient banner, for there are many patients.

use crate::parts::form::{chosen, typed};
use crate::parts::{banner, errors, heading, use_page, use_screen};
use crate::routes::Page;
use crate::state::{Action, People, State};
use crate::words::count;
use desk::Trouble;
use desk::ask::Sort;
use desk::view::{Link, Row};
use record::consent::pack::{Lead, Pack};
use record::consent::{Purpose, Relationship};
use yew::prelude::*;

/// The purposes a record is opened for.
pub const PURPOSES: [Purpose; 3] = [Purpose::Treat, Purpose::EmergencyTreat, Purpose::Safeguard];

const SORTS: [(Sort, &str, &str); 4] = [
    (Sort::Name, "name", "Surname"),
    (Sort::Age, "age", "Age, eldest first"),
    (Sort::Recent, "recent", "Newest information first"),
    (Sort::Place, "place", "Place"),
];

#[component]
pub fn CaseloadPage() -> Html {
    let screen = use_screen();
    use_page(Page::Caseload.title(), false);
    {
        let (acts, loaded) = (screen.acts.clone(), screen.state.people.is_some());
        use_effect_with((), move |()| {
            if !loaded {
                acts.list();
            }
            acts.bags_due();
        });
    }
    {
        // Nothing moves under a finger where nothing is shown: an empty list fills by itself.
        let (acts, fills) = (screen.acts.clone(), screen.state.people.as_ref().is_some_and(People::fills));
        use_effect_with(fills, move |fills| {
            if *fills {
                acts.list();
            }
        });
    }
    let state = &screen.state;
    html! {
        <>
        <div class="s-chart__head">
            { heading("Caseload") }
            <button type="button" class="s-plain" id="to-round" data-test="to-round" onclick={to_round(&screen)}>{ "Today's round" }</button>
        </div>
        { errors::notice(state.notice) }
        { errors::trouble(state.trouble.as_ref()) }
        { errors::quiet_trouble(lasting(state)) }
        if let Some(people) = &state.people {
            { loaded(&screen, people) }
        } else if state.waiting.is_some() {
            <p role="status">{ "Loading" }</p>
        } else {
            <button type="button" class="nhsuk-button s-primary" data-test="refresh" onclick={refresh(&screen)}>{ "Try again" }</button>
        }
        </>
    }
}

/// A trouble of the last sync that being offline does not explain: it is said on the list, not only in the panel.
fn lasting(state: &State) -> Option<&Trouble> {
    let trouble = state.status.as_ref()?.trouble.as_ref()?;
    (!matches!(trouble, Trouble::HubUnreachable)).then_some(trouble)
}

fn to_round(screen: &crate::parts::Screen) -> Callback<MouseEvent> {
    let acts = screen.acts.clone();
    Callback::from(move |_| acts.tell(Action::Go(Page::Round, Some("to-round".to_owned()))))
}

fn refresh(screen: &crate::parts::Screen) -> Callback<MouseEvent> {
    let acts = screen.acts.clone();
    Callback::from(move |_| acts.list())
}

fn loaded(screen: &crate::parts::Screen, people: &People) -> Html {
    let rows = people.shown();
    let acts = &screen.acts;
    let oninput = {
        let acts = acts.clone();
        Callback::from(move |event: InputEvent| acts.tell(Action::Search(typed(&event))))
    };
    let onsort = {
        let acts = acts.clone();
        Callback::from(move |event: Event| {
            let code = chosen(&event);
            if let Some((sort, ..)) = SORTS.iter().find(|(_, c, _)| *c == code) {
                acts.tell(Action::Sort(*sort));
            }
        })
    };
    let onpurpose = {
        let acts = acts.clone();
        Callback::from(move |event: Event| {
            let code = chosen(&event);
            if let Some(purpose) = PURPOSES.into_iter().find(|p| p.code() == code) {
                acts.tell(Action::Purpose(purpose));
            }
        })
    };
    let purpose = screen.state.purpose;
    let as_at = people.caseload.as_at.map_or("never synced".to_owned(), |at| at.display());
    html! {
        <>
        <div class="s-controls">
            <div class="s-controls__search">
                <label class="nhsuk-label" for="search">{ "Search by name, NHS number or date of birth" }</label>
                <input class="nhsuk-input" id="search" type="search" data-test="search" autocomplete="off" spellcheck="false"
                    value={people.search.clone()} {oninput} />
            </div>
            <div>
                <label class="nhsuk-label" for="sort">{ "Sorted by" }</label>
                <select class="nhsuk-select" id="sort" data-test="sort" onchange={onsort}>
                    { for SORTS.iter().map(|(sort, code, label)| html! {
                        <option value={*code} selected={people.sort == *sort}>{ *label }</option>
                    }) }
                </select>
            </div>
            if let Some(pack) = screen.state.pack.as_ref().filter(|p| p.lead == Lead::Reason) {
                { reasons(screen, pack) }
            } else {
                <div>
                    <label class="nhsuk-label" for="purpose">{ "Opening for" }</label>
                    <select class={classes!("nhsuk-select", (purpose != Purpose::Treat).then_some("s-select--loud"))} id="purpose"
                        data-test="purpose" onchange={onpurpose}>
                        { for PURPOSES.iter().map(|p| html! {
                            <option value={p.code()} selected={purpose == *p}>{ p.label() }</option>
                        }) }
                    </select>
                </div>
            }
        </div>
        <div class="s-list-head">
            <p role="status" data-test="shown">{ said(people, rows.len()) }</p>
            <p class="s-quiet">{ format!("As at {as_at}") }</p>
            if people.newer {
                <button type="button" class="nhsuk-button nhsuk-button--secondary s-refresh" data-test="refresh"
                    onclick={refresh(screen)}>{ "Updates \u{2013} refresh" }</button>
            }
        </div>
        if rows.is_empty() {
            <p class="s-note" data-test="nobody">{ if people.caseload.rows.is_empty() && fetching(&screen.state) {
                "Your caseload is being fetched. People appear here as they arrive."
            } else if people.caseload.rows.is_empty() {
                "Nobody is on this caseload. People appear here after the next sync, once they are put on your caseload."
            } else {
                "Nobody on this caseload fits the search. Check the spelling, or search by NHS number or date of birth."
            } }</p>
        }
        <ul class="s-rows" data-test="caseload" aria-label="People">{ for rows.into_iter().map(|r| row(screen, r)) }</ul>
        { claim(screen) }
        { take_bag(screen) }
        </>
    }
}

/// The first round with the hub is under way.
fn fetching(state: &State) -> bool {
    state.status.as_ref().is_some_and(|s| s.synced.is_none() && matches!(s.link, Link::Syncing { .. }))
}

/// The programme's list of reasons, where it asks for one before any record.
fn reasons(screen: &crate::parts::Screen, pack: &Pack) -> Html {
    let acts = screen.acts.clone();
    let onchange = Callback::from(move |event: Event| acts.tell(Action::Reason(chosen(&event))));
    let now = screen.state.reason_for(screen.state.purpose);
    let loud = screen.state.purpose != Purpose::Treat;
    html! {
        <div>
            <label class="nhsuk-label" for="access-reason">{ "Reason for opening a record" }</label>
            <select class={classes!("nhsuk-select", loud.then_some("s-select--loud"))} id="access-reason" data-test="access-reason" {onchange}>
                { for pack.reasons.iter().map(|r| html! {
                    <option value={r.code.clone()} selected={now.as_ref() == Some(&r.code)}>{ &r.label }</option>
                }) }
            </select>
        </div>
    }
}

/// The way to somebody who is not on the list.
fn claim(screen: &crate::parts::Screen) -> Html {
    let acts = screen.acts.clone();
    let onclick = Callback::from(move |_: MouseEvent| acts.tell(Action::Go(Page::Claim, Some("to-claim".to_owned()))));
    html! {
        <p><button type="button" class="s-plain" id="to-claim" data-test="to-claim" {onclick}>
            { "Somebody who is not on this list" }</button></p>
    }
}

/// The way to a bag that somebody hands over here, and to those that are due for their check.
fn take_bag(screen: &crate::parts::Screen) -> Html {
    let acts = screen.acts.clone();
    let to = || Action::Go(Page::BagTake, Some("to-bag-take".to_owned()));
    let onclick = Callback::from(move |_: MouseEvent| acts.tell(to()));
    let words = match screen.state.bags.due.len() {
        0 => "eRed Bags: take one in".to_owned(),
        due => format!("eRed Bags: take one in ({due} due for their monthly check)"),
    };
    html! {
        <p><button type="button" class="s-plain" id="to-bag-take" data-test="to-bag-take" {onclick}>{ words }</button></p>
    }
}

/// `3 of 25 people`, `25 people`.
fn said(people: &People, shown: usize) -> String {
    let all = people.caseload.rows.len();
    if shown == all { count(all, "person", "people") } else { format!("{shown} of {}", count(all, "person", "people")) }
}

fn row(screen: &crate::parts::Screen, row: &Row) -> Html {
    let listing = &row.listing;
    let (acts, state, person) = (screen.acts.clone(), screen.state.clone(), listing.person);
    let open = Callback::from(move |_: MouseEvent| acts.look(&state, person, state.purpose));
    let born = match (&listing.born, row.age.is_empty() || listing.died) {
        (None, _) => "Not Known".to_owned(),
        (Some(born), true) => born.display_date(),
        (Some(born), false) => format!("{} ({})", born.display_date(), row.age),
    };
    let tag = |words: &str, class: &'static str, mark: Option<&'static str>| {
        html! { <strong class={classes!("nhsuk-tag", "s-tag", class)} data-test={mark}>{ words.to_owned() }</strong> }
    };
    html! {
        <li class="s-rows__item" key={person.to_string()} data-test="caseload-row">
            <button type="button" class={classes!("s-row", listing.died.then_some("s-row--died"))} id={format!("row-{person}")}
                data-test={format!("row-{person}")} onclick={open}>
                <span class="s-row__name">{ &listing.banner }</span>
                <span class="s-row__facts">
                    <span><span class="s-label-text">{ "Born" }</span>{ format!(" {born}") }</span>
                    <span><span class="s-label-text">{ "NHS No." }</span>{ " " }{ banner::number(listing.nhs_number, listing.nhs_number_verified) }</span>
                    if !listing.place.is_empty() { <span>{ &listing.place }</span> }
                </span>
                <span class="s-row__tags">
                    if row.similar_name { { tag("Similar name", "nhsuk-tag--orange", Some("similar-name")) } }
                    if listing.died { { tag("Deceased", "nhsuk-tag--grey", Some("deceased")) } }
                    if row.sealed { { tag("Sealed: emergency only", "nhsuk-tag--red", Some("sealed")) } }
                    if row.relationship == Relationship::SelfClaimed { { tag("Claimed by you", "nhsuk-tag--yellow", None) } }
                    if !row.carried { { tag("Not carried on this device", "nhsuk-tag--white", Some("not-carried")) } }
                    { for listing.flags.iter().map(|flag| tag(flag, "nhsuk-tag--purple", None)) }
                </span>
            </button>
        </li>
    }
}
