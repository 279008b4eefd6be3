//! Setting a device up for a member of staff: the one-time code from the administrator, and a PIN of their own, twice.

use crate::parts::errors::{self, ErrorSummary, Mend};
use crate::parts::form::{Area, Pin, submit};
use crate::parts::scan::{Then, into_field, use_scan};
use crate::parts::{chip, heading, use_page, use_screen};
use crate::routes::Page;
use desk::trouble::Field;
use yew::prelude::*;

#[component]
pub fn Enrol() -> Html {
    let screen = use_screen();
    let ticket = use_state(String::new);
    let pin = use_state(String::new);
    let again = use_state(String::new);
    let mine = use_state(Vec::<Mend>::new);
    let attempt = use_state(|| 0u32);
    let trouble = screen.state.trouble.clone();
    let places = [(Field::Ticket, "ticket"), (Field::Pin, "enrol-pin"), (Field::NewPin, "enrol-pin")];
    let refused = errors::of_field(trouble.as_ref(), &places);
    let mends: Vec<Mend> = mine.iter().cloned().chain(refused.clone()).collect();
    use_page(Page::Enrol.title(), !mends.is_empty());

    let scan = use_scan("ticket-photo", Then::Off, into_field(&ticket));
    let busy = screen.state.waiting.is_some();
    let onsubmit = {
        let (acts, ticket, pin, again) = (screen.acts.clone(), ticket.clone(), pin.clone(), again.clone());
        let (mine, attempt) = (mine.clone(), attempt.clone());
        submit(move || {
            let wrong = wrong(&ticket, &pin, &again);
            attempt.set(*attempt + 1);
            if wrong.is_empty() {
                acts.enrol(ticket.split_whitespace().collect(), (*pin).clone());
            }
            mine.set(wrong);
        })
    };
    let other = if refused.is_some() { None } else { trouble.as_ref() };
    let keystore = screen.state.status.as_ref().map(|s| chip::keystore(s.keystore));
    html! {
        <div class="s-narrow">
            <ErrorSummary mends={mends.clone()} attempt={*attempt} />
            { heading("Set up this device") }
            { errors::trouble(other) }
            <p>{ "Your administrator gives you a one-time code. It ties this device to you." }</p>
            { scan }
            <form {onsubmit} novalidate=true>
                <Area id="ticket" label="One-time code" hint="Paste or type all of it. It starts with satchel1" rows=4
                    error={errors::beside(&mends, "ticket")} value={ticket} />
                <Pin id="enrol-pin" label="Choose a PIN" hint="6 to 12 numbers. You will use it each time you sign in" new=true
                    error={errors::beside(&mends, "enrol-pin")} value={pin} />
                <Pin id="enrol-pin-again" label="The same PIN again" new=true error={errors::beside(&mends, "enrol-pin-again")}
                    value={again} />
                <button type="submit" class="nhsuk-button s-primary" data-test="enrol-submit" disabled={busy}>
                    { if busy { "Setting up" } else { "Set up this device" } }
                </button>
            </form>
            { for keystore }
        </div>
    }
}

/// What is to be mended before asking: only what no device is needed to see.
fn wrong(ticket: &str, pin: &str, again: &str) -> Vec<Mend> {
    let mut wrong: Vec<Mend> = vec![];
    if ticket.trim().is_empty() {
        wrong.push(("ticket", "Enter the one-time code".into()));
    }
    wrong.extend(new_pin(pin, again, "enrol-pin", "enrol-pin-again"));
    wrong
}

/// A new PIN, typed twice.
pub fn new_pin(pin: &str, again: &str, first: &'static str, second: &'static str) -> Option<Mend> {
    let fits = (6..=12).contains(&pin.len()) && pin.chars().all(|c| c.is_ascii_digit());
    match (pin.is_empty(), fits, pin == again) {
        (true, ..) => Some((first, "Enter a PIN".into())),
        (_, false, _) => Some((first, "PIN must be 6 to 12 numbers".into())),
        (_, _, false) => Some((second, "Enter the same PIN again".into())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_said_field_by_field() {
        let fields = |ticket, pin, again| wrong(ticket, pin, again).into_iter().map(|(id, _)| id).collect::<Vec<_>>();
        assert_eq!(fields("", "", ""), ["ticket", "enrol-pin"]);
        assert_eq!(fields("satchel1x", "12345", "12345"), ["enrol-pin"]);
        assert_eq!(fields("satchel1x", "314159", "314158"), ["enrol-pin-again"]);
        assert!(fields("satchel1x", "314159", "314159").is_empty());
    }
}
