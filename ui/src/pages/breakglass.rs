//! Declaring an override: why, in a code and in words, and the PIN again. It explains what follows; the device decides and writes
//! the entry before anything is shown.

use crate::parts::errors::{self, ErrorSummary, Mend};
use crate::parts::form::{Area, Pin, Radio, error_beside, group, submit};
use crate::parts::{heading, icons, use_page, use_screen};
use crate::routes::Page;
use desk::ask::BreakGlass;
use desk::trouble::Field;
use desk::view::override_reasons;
use yew::prelude::*;

/// The device asks for at least so many characters; the count on screen follows it.
const LEAST: usize = 10;

#[derive(Properties, PartialEq)]
pub struct BreakGlassProps {
    pub widened: bool,
}

#[component]
pub fn BreakGlassPage(props: &BreakGlassProps) -> Html {
    let screen = use_screen();
    let reason = use_state(|| None::<u8>);
    let text = use_state(String::new);
    let pin = use_state(String::new);
    let mine = use_state(Vec::<Mend>::new);
    let attempt = use_state(|| 0u32);
    let trouble = screen.state.trouble.clone();
    let refused = errors::of_field(trouble.as_ref(), &[(Field::Pin, "btg-pin"), (Field::Reason, "btg-text")]);
    let mends: Vec<Mend> = mine.iter().cloned().chain(refused.clone()).collect();
    use_page(Page::BreakGlass { widened: props.widened }.title(), !mends.is_empty());
    let Some(person) = screen.state.person() else { return Html::default() };

    let widened = props.widened;
    let onsubmit = {
        let (acts, purpose) = (screen.acts.clone(), screen.state.purpose);
        let (reason, text, pin) = (reason.clone(), text.clone(), pin.clone());
        let (mine, attempt) = (mine.clone(), attempt.clone());
        submit(move || {
            attempt.set(*attempt + 1);
            let wrong = wrong(*reason, &text, &pin);
            if let (Some(reason), true) = (*reason, wrong.is_empty()) {
                let (text, given) = ((*text).clone().into(), (*pin).clone().into());
                acts.break_glass(BreakGlass { person, purpose, reason, text, pin: given, widened });
                pin.set(String::new());
            }
            mine.set(wrong);
        })
    };
    let one = |(number, label): (u8, &'static str)| {
        let state = reason.clone();
        let pick = Callback::from(move |()| state.set(Some(number)));
        html! {
            <Radio key={number} name="btg-reason" mark={format!("btg-reason-{number}")} {label} checked={*reason == Some(number)} {pick} />
        }
    };
    let busy = screen.state.waiting.is_some();
    let reason_error = errors::beside(&mends, "btg-reason");
    let other = if refused.is_some() { None } else { trouble.as_ref() };
    html! {
        <div class="s-narrow" data-test="btg">
            <ErrorSummary mends={mends.clone()} attempt={*attempt} />
            { heading(if widened { "Open the rest of the record" } else { "Break the glass" }) }
            { errors::trouble(other) }
            <div class="s-note s-note--warn">{ icons::warning() }<div>
                <p><strong>{ "The privacy officer reviews every break-glass, and the person may be told." }</strong></p>
                <p>{ if widened {
                    "You are about to go beyond the emergency view. Do so only if what you need is not in it."
                } else {
                    "You will see what an emergency needs: alerts, allergies, medications, problems, end of life plans and contacts. It closes by itself."
                } }</p>
            </div></div>
            <form {onsubmit} novalidate=true>
                <fieldset class={classes!("nhsuk-fieldset", group(reason_error.is_some()))} id="btg-reason" tabindex="-1"
                    data-test="btg-reason">
                    <legend class="nhsuk-fieldset__legend s-label">{ "Reason" }</legend>
                    { error_beside("btg-reason", reason_error.as_deref()) }
                    <div class="nhsuk-radios">{ for override_reasons().into_iter().map(one) }</div>
                </fieldset>
                <Area id="btg-text" label="What is happening, and why can you not ask?" at_least={LEAST}
                    error={errors::beside(&mends, "btg-text")} value={text} />
                <Pin id="btg-pin" label="Your PIN again" error={errors::beside(&mends, "btg-pin")} value={pin} />
                <button type="submit" class="nhsuk-button nhsuk-button--warning s-primary" data-test="btg-submit" disabled={busy}>
                    { if busy { "Recording" } else { "Record this and open" } }
                </button>
            </form>
        </div>
    }
}

fn wrong(reason: Option<u8>, text: &str, pin: &str) -> Vec<Mend> {
    let mut wrong: Vec<Mend> = vec![];
    if reason.is_none() {
        wrong.push(("btg-reason", "Select a reason".into()));
    }
    if text.trim().chars().count() < LEAST {
        wrong.push(("btg-text", format!("Enter at least {LEAST} characters about what is happening")));
    }
    if pin.is_empty() {
        wrong.push(("btg-pin", "Enter your PIN".into()));
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_three_are_asked_for() {
        assert_eq!(wrong(None, "short", "").len(), 3);
        assert_eq!(wrong(Some(5), "         found", "314159").len(), 1);
        assert!(wrong(Some(5), "found collapsed at home", "314159").is_empty());
    }
}
