//! Who has looked at this person's record from this device, and whether the hub holds that line yet.

use crate::parts::{errors, heading, use_page, use_screen};
use crate::routes::Page;
use crate::words::count;
use desk::view::Look;
use record::consent::Outcome;
use yew::prelude::*;

#[component]
pub fn WhoLookedPage() -> Html {
    let screen = use_screen();
    use_page(Page::WhoLooked.title(), false);
    let Some(looks) = screen.state.looks.clone() else { return Html::default() };
    let label = |name: &'static str| html! { <span class="nhsuk-table-responsive__heading" aria-hidden="true">{ name }{ " " }</span> };
    let row = |look: &Look| {
        html! {
            <tr role="row" class="nhsuk-table__row" key={look.seq}>
                <td role="cell" class="nhsuk-table__cell">{ label("When") }<span class="s-nowrap">{ look.at.display() }</span></td>
                <td role="cell" class="nhsuk-table__cell">{ label("Who") }<span>{ &look.name }<br/>
                    <span class="s-quiet">{ format!("{}, {}", look.role.label(), look.organisation) }</span></span></td>
                <td role="cell" class="nhsuk-table__cell">{ label("What") }<span>{ &look.what }
                    if matches!(look.outcome, Some(outcome) if outcome != Outcome::Permit) {
                        <>{ " " }<strong class="nhsuk-tag nhsuk-tag--grey s-tag">{ "Not shown" }</strong></>
                    }</span></td>
                <td role="cell" class="nhsuk-table__cell">{ label("Record of it") }<span>{ held(look.held_by_hub) }</span></td>
            </tr>
        }
    };
    html! {
        <div data-test="who-looked">
            { heading("Who has looked at this record") }
            { errors::trouble(screen.state.trouble.as_ref()) }
            <p>{ format!("From this device: {}. Looks from other devices and systems are kept by the hub.",
                count(looks.entries.len(), "entry", "entries")) }</p>
            if looks.entries.is_empty() {
                <p class="s-note">{ "Nobody has looked at this record from this device." }</p>
            } else {
                <table role="table" class="nhsuk-table-responsive s-looks" data-test="looks">
                    <caption class="nhsuk-table__caption nhsuk-u-visually-hidden">{ "Looks from this device, newest first" }</caption>
                    <thead role="rowgroup" class="nhsuk-table__head"><tr role="row">
                        { for ["When", "Who", "What", "Record of it"].into_iter().map(|h| html! {
                            <th role="columnheader" scope="col">{ h }</th>
                        }) }
                    </tr></thead>
                    <tbody class="nhsuk-table__body">{ for looks.entries.iter().map(row) }</tbody>
                </table>
            }
        </div>
    }
}

const fn held(by_hub: bool) -> &'static str {
    if by_hub { "Held by the hub" } else { "Saved on this device, not yet sent" }
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_not_sent_is_said() {
        assert!(super::held(false).contains("not yet sent") && super::held(true).contains("hub"));
    }
}
