//! Claiming a relationship with somebody who is not on the list: number, birth date and why. The hub looks them up; the privacy officer
//! reviews it. What the claim opens is the device's and the rules' to say.

use crate::pages::consent::day_of;
use crate::parts::errors::{self, ErrorSummary, Mend};
use crate::parts::form::{Area, date, keep, submit};
use crate::parts::{heading, icons, use_page, use_screen};
use crate::routes::Page;
use desk::ask::ClaimRelationship;
use desk::trouble::Field;
use record::NhsNumber;
use yew::prelude::*;

/// Characters of explanation.
const LEAST: usize = 10;

#[component]
pub fn ClaimPage() -> Html {
    let screen = use_screen();
    let number = use_state(String::new);
    let (day, month, year) = (use_state(String::new), use_state(String::new), use_state(String::new));
    let why = use_state(String::new);
    let mine = use_state(Vec::<Mend>::new);
    let attempt = use_state(|| 0u32);
    let trouble = screen.state.trouble.clone();
    let places = [(Field::Born, "born-day"), (Field::Reason, "claim-why"), (Field::Number, "claim-number")];
    let refused = errors::of_field(trouble.as_ref(), &places);
    let mends: Vec<Mend> = mine.iter().cloned().chain(refused.clone()).collect();
    use_page(Page::Claim.title(), !mends.is_empty());
    let onsubmit = {
        let acts = screen.acts.clone();
        let (number, why, mine, attempt) = (number.clone(), why.clone(), mine.clone(), attempt.clone());
        let (day, month, year) = (day.clone(), month.clone(), year.clone());
        submit(move || {
            attempt.set(*attempt + 1);
            let (found, born) = (number.parse::<NhsNumber>(), day_of(&day, &month, &year));
            let wrong = wrong(found.as_ref().err().map(ToString::to_string), born.as_ref(), &why);
            if let (Ok(number), Some(born), true) = (found, born, wrong.is_empty()) {
                acts.claim(ClaimRelationship { number, born, why: (*why).clone().into() });
            }
            mine.set(wrong);
        })
    };
    let busy = screen.state.waiting.is_some();
    let other = if refused.is_some() { None } else { trouble.as_ref() };
    let error = errors::beside(&mends, "claim-number");
    html! {
        <div class="s-narrow" data-test="claim">
            <ErrorSummary mends={mends.clone()} attempt={*attempt} />
            { heading("Somebody who is not on this list") }
            { errors::trouble(other) }
            <div class="s-note s-note--warn">{ icons::warning() }<div>
                <p><strong>{ "You say yourself that you care for this person. The privacy officer reviews it." }</strong></p>
                <p>{ "Do this only if you are involved in their care now. Without a network it waits until the next contact with the hub." }</p>
            </div></div>
            <form {onsubmit} novalidate=true>
                <div class={crate::parts::form::group(error.is_some())}>
                    <label class="nhsuk-label s-label" for="claim-number">{ "NHS number" }</label>
                    <div class="nhsuk-hint" id="claim-number-hint">{ "10 numbers, for example 999 000 0018" }</div>
                    { crate::parts::form::error_beside("claim-number", error.as_deref()) }
                    <input class="nhsuk-input nhsuk-input--width-10" id="claim-number" data-test="claim-number" type="text" inputmode="numeric"
                        autocomplete="off" aria-describedby="claim-number-hint" value={(*number).clone()} oninput={keep(&number)} />
                </div>
                { date("born", "Date of birth", "For example 15 3 1940", errors::beside(&mends, "born-day"), [&day, &month, &year]) }
                <Area id="claim-why" label="How are you involved in their care?" at_least={LEAST}
                    error={errors::beside(&mends, "claim-why")} value={why} />
                <button type="submit" class="nhsuk-button s-primary" data-test="claim-save" disabled={busy}>
                    { if busy { "Asking the hub" } else { "Record this and look them up" } }</button>
            </form>
        </div>
    }
}

fn wrong(number: Option<String>, born: Option<&String>, why: &str) -> Vec<Mend> {
    let mut wrong: Vec<Mend> = vec![];
    if let Some(words) = number {
        wrong.push(("claim-number", words));
    }
    if born.is_none() {
        wrong.push(("born-day", "Enter a real date, for example 15 3 1940".into()));
    }
    if why.trim().chars().count() < LEAST {
        wrong.push(("claim-why", format!("Enter at least {LEAST} characters about how you are involved")));
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_three_are_asked_for() {
        assert_eq!(wrong(Some("NHS number must be 10 numbers".into()), None, "short").len(), 3);
        assert!(wrong(None, Some(&"1940-03-15".into()), "moved in with her daughter").is_empty());
    }
}
