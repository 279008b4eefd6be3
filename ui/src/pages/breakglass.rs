//! Declaring an override: why, in a code and in words, and the PIN again, which the device checks; then what will be recorded, to be confirmed within
//! a minute. It explains what follows; the device decides and writes the entry before anything is shown.

use crate::parts::errors::{self, ErrorSummary, Mend};
use crate::parts::form::{Area, Pin, Radio, error_beside, group, submit};
use crate::parts::{heading, icons, use_page, use_screen};
use crate::routes::Page;
use desk::ask::ReadyGlass;
use desk::trouble::Field;
use desk::view::override_reasons;
use record::consent::Condition;
use yew::prelude::*;

/// The least the device ever asks for, characters; a programme may ask for more.
const LEAST: usize = 10;

#[derive(Properties, PartialEq)]
pub struct BreakGlassProps {
    pub widened: bool,
}

#[component]
pub fn BreakGlassPage(props: &BreakGlassProps) -> Html {
    let screen = use_screen();
    let reason = use_state(|| None::<u8>);
    let condition = use_state(|| None::<Condition>);
    let text = use_state(String::new);
    let pin = use_state(String::new);
    let ready = use_state(|| false);
    let mine = use_state(Vec::<Mend>::new);
    let attempt = use_state(|| 0u32);
    let trouble = screen.state.trouble.clone();
    let refused = errors::of_field(trouble.as_ref(), &[(Field::Pin, "btg-pin"), (Field::Reason, "btg-text")]);
    let mends: Vec<Mend> = mine.iter().cloned().chain(refused.clone()).collect();
    use_page(Page::BreakGlass { widened: props.widened }.title(), !mends.is_empty());
    let Some(person) = screen.state.person() else { return Html::default() };

    let widened = props.widened;
    let limits = screen.state.pack.as_ref().map(|pack| pack.break_glass.clone());
    let least = limits.as_ref().map_or(LEAST, |limits| limits.least_text as usize);
    let onsubmit = {
        let (acts, purpose) = (screen.acts.clone(), screen.state.purpose);
        let (reason, condition, text, pin) = (reason.clone(), condition.clone(), text.clone(), pin.clone());
        let (mine, attempt, ready) = (mine.clone(), attempt.clone(), ready.clone());
        submit(move || {
            ready.set(false);
            attempt.set(*attempt + 1);
            let wrong = wrong((*reason, *condition), (&text, least), &pin);
            if let (Some(reason), Some(condition), true) = (*reason, *condition, wrong.is_empty()) {
                let (text, given) = ((*text).clone().into(), (*pin).clone().into());
                acts.ready_glass(
                    ReadyGlass { person, purpose, reason, condition, text, pin: given, widened },
                    ready.clone(),
                );
                pin.set(String::new());
            }
            mine.set(wrong);
        })
    };
    let confirm_it = {
        let (acts, ready, asked) = (screen.acts.clone(), ready.clone(), (person, screen.state.purpose));
        Callback::from(move |_: MouseEvent| {
            ready.set(false);
            acts.break_glass(asked);
        })
    };
    let back = {
        let ready = ready.clone();
        Callback::from(move |_: MouseEvent| ready.set(false))
    };
    let one = |(number, label): (u8, &'static str)| {
        let state = reason.clone();
        let pick = Callback::from(move |()| state.set(Some(number)));
        html! {
            <Radio key={number} name="btg-reason" mark={format!("btg-reason-{number}")} {label} checked={*reason == Some(number)} {pick} />
        }
    };
    let confirm = |(place, one): (usize, Condition)| {
        let state = condition.clone();
        let pick = Callback::from(move |()| state.set(Some(one)));
        html! {
            <Radio key={place} name="btg-condition" mark={format!("btg-condition-{place}")} label={one.label()} checked={*condition == Some(one)} {pick} />
        }
    };
    let busy = screen.state.waiting.is_some();
    let condition_error = errors::beside(&mends, "btg-condition");
    let reason_error = errors::beside(&mends, "btg-reason");
    let other = if refused.is_some() { None } else { trouble.as_ref() };
    if *ready && trouble.is_none() {
        let why = override_reasons().into_iter().find(|(number, _)| *reason == Some(*number)).map(|(_, label)| label);
        let what = if widened { "Open the rest of the record" } else { "Break the glass" };
        return html! {
            <div class="s-narrow" data-test="btg-ready">
                { heading(format!("{what}?")) }
                <div class="s-note s-note--warn" role="alert">{ icons::warning() }<div>
                    <p><strong>{ "Check that this is the right person. This will be recorded, and reviewed:" }</strong></p>
                    <p>{ why }{ ". " }{ condition.map(Condition::label) }{ "." }</p>
                    <p>{ &*text }</p>
                    <p>{ "Your PIN counts for this one opening, for a minute." }</p>
                </div></div>
                <button type="button" class="nhsuk-button nhsuk-button--warning s-primary" data-test="btg-confirm" onclick={confirm_it}>
                    { "Record this and open" }</button>
                <button type="button" class="nhsuk-button nhsuk-button--secondary" data-test="btg-back" onclick={back}>{ "Go back" }</button>
            </div>
        };
    }
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
                    "You will see what an emergency needs: alerts, allergies, medications, problems, end of life plans and contacts."
                } }</p>
                if let Some(limits) = &limits {
                    <p>{ format!("It closes by itself after {} minutes. You can end it before.", limits.minutes) }</p>
                }
            </div></div>
            <form {onsubmit} novalidate=true>
                <fieldset class={classes!("nhsuk-fieldset", group(reason_error.is_some()))} id="btg-reason" tabindex="-1"
                    data-test="btg-reason">
                    <legend class="nhsuk-fieldset__legend s-label">{ "Reason" }</legend>
                    { error_beside("btg-reason", reason_error.as_deref()) }
                    <div class="nhsuk-radios">{ for override_reasons().into_iter().map(one) }</div>
                </fieldset>
                <fieldset class={classes!("nhsuk-fieldset", group(condition_error.is_some()))} id="btg-condition" tabindex="-1">
                    <legend class="nhsuk-fieldset__legend s-label">{ "I confirm that" }</legend>
                    { error_beside("btg-condition", condition_error.as_deref()) }
                    <div class="nhsuk-radios">{ for Condition::ALL.into_iter().enumerate().map(confirm) }</div>
                </fieldset>
                <Area id="btg-text" label="What is happening, and why can you not ask?" at_least={least}
                    error={errors::beside(&mends, "btg-text")} value={text} />
                <Pin id="btg-pin" label="Your PIN again" error={errors::beside(&mends, "btg-pin")} value={pin} />
                <button type="submit" class="nhsuk-button nhsuk-button--warning s-primary" data-test="btg-submit" disabled={busy}>
                    { if busy { "Checking your PIN" } else { "Go on" } }
                </button>
            </form>
        </div>
    }
}

fn wrong((reason, condition): (Option<u8>, Option<Condition>), (text, least): (&str, usize), pin: &str) -> Vec<Mend> {
    let mut wrong: Vec<Mend> = vec![];
    if reason.is_none() {
        wrong.push(("btg-reason", "Select a reason".into()));
    }
    if condition.is_none() {
        wrong.push(("btg-condition", "Select what you confirm".into()));
    }
    if text.trim().chars().count() < least {
        wrong.push(("btg-text", format!("Enter at least {least} characters about what is happening")));
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
    fn everything_is_asked_for() {
        let both = (Some(5), Some(Condition::Unconscious));
        assert_eq!(wrong((None, None), ("short", 10), "").len(), 4);
        assert_eq!(wrong(both, ("         found", 10), "314159").len(), 1);
        assert_eq!(wrong(both, ("found collapsed", 20), "314159").len(), 1);
        assert!(wrong(both, ("found collapsed at home", 10), "314159").is_empty());
    }
}
