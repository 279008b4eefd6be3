//! Asking the person, with the five answers of the easy-read leaflet as large cards, and who decided. What an answer means is the
//! device's business; here it is only put into words and sent.

use crate::parts::errors::{self, ErrorSummary, Mend};
use crate::parts::form::{Area, Radio, error_beside, group, keep, submit};
use crate::parts::{heading, icons, use_page, use_screen};
use crate::routes::Page;
use desk::ask::RecordChoice;
use desk::trouble::Field;
use record::Stamp;
use record::consent::{Choice, DecidedBy};
use yew::prelude::*;

/// The leaflet's words: yes or no, who, and for how long.
const CARDS: [(Choice, &str, &str); 5] = [
    (Choice::Y1, "Yes", "This person only, for today only"),
    (Choice::Y2, "Yes", "Anyone involved in my care, for a set time"),
    (Choice::Y3, "Yes", "Anyone involved in my care, at all times, only when they need it"),
    (Choice::N1, "No", "Only in a medical emergency, or to keep someone safe"),
    (Choice::N2, "No", "No one, not even in an emergency"),
];

const DECIDERS: [(DecidedBy, &str, &str); 3] = [
    (DecidedBy::Person, "The person", "They told you themselves, in any way they communicate"),
    (DecidedBy::AttorneyOrDeputy, "Their attorney or deputy", "For health and welfare, and you have seen the papers"),
    (
        DecidedBy::BestInterests,
        "Nobody could: it is in their best interests",
        "They lack capacity for this decision. It opens the record for you, today only",
    ),
];

#[component]
pub fn ConsentPage() -> Html {
    let screen = use_screen();
    let choice = use_state(|| None::<Choice>);
    let by = use_state(|| None::<DecidedBy>);
    let (day, month, year) = (use_state(String::new), use_state(String::new), use_state(String::new));
    let event = use_state(String::new);
    let reason = use_state(String::new);
    let mine = use_state(Vec::<Mend>::new);
    let attempt = use_state(|| 0u32);
    let trouble = screen.state.trouble.clone();
    let refused = errors::of_field(trouble.as_ref(), &[(Field::Until, "until-day"), (Field::Reason, "reason")]);
    let mends: Vec<Mend> = mine.iter().cloned().chain(refused.clone()).collect();
    use_page(Page::Consent.title(), !mends.is_empty());
    let Some(person) = screen.state.person() else { return Html::default() };

    let best_interests = *by == Some(DecidedBy::BestInterests);
    let set_time = *choice == Some(Choice::Y2) && !best_interests;
    let onsubmit = {
        let (acts, purpose) = (screen.acts.clone(), screen.state.purpose);
        let (choice, by, event, reason) = (choice.clone(), by.clone(), event.clone(), reason.clone());
        let (day, month, year) = (day.clone(), month.clone(), year.clone());
        let (mine, attempt) = (mine.clone(), attempt.clone());
        submit(move || {
            attempt.set(*attempt + 1);
            let until = if set_time { end_of(&day, &month, &year) } else { Ok(None) };
            let note = if best_interests {
                reason.trim()
            } else if set_time {
                event.trim()
            } else {
                ""
            };
            let wrong = wrong(*choice, *by, &until, note);
            if let (Some(choice), Some(by), Ok(until), true) = (*choice, *by, until, wrong.is_empty()) {
                let note = note.to_owned().into();
                acts.choose(RecordChoice { person, choice, by, until, note }, purpose);
            }
            mine.set(wrong);
        })
    };
    let card = |(one, yes, words): &(Choice, &'static str, &'static str)| {
        let (one, state) = (*one, choice.clone());
        let pick = Callback::from(move |()| state.set(Some(one)));
        let tone = if matches!(one, Choice::N1 | Choice::N2) { "s-choice--no" } else { "s-choice--yes" };
        let before = html! { <>{ icons::choice(one) }<strong class="s-choice__word">{ *yes }</strong></> };
        html! {
            <Radio key={one.code()} name="choice" mark={format!("choice-{one:?}")} label={*words} checked={*choice == Some(one)}
                {pick} {before} class={classes!("s-choice", tone)} />
        }
    };
    let decider = |(who, label, hint): &(DecidedBy, &'static str, &'static str)| {
        let (who, state) = (*who, by.clone());
        let pick = Callback::from(move |()| state.set(Some(who)));
        html! {
            <Radio key={who.code()} name="by" mark={format!("decided-by-{who:?}")} label={*label} hint={*hint}
                checked={*by == Some(who)} {pick} />
        }
    };
    let busy = screen.state.waiting.is_some();
    let (choice_error, by_error) = (errors::beside(&mends, "choices"), errors::beside(&mends, "deciders"));
    let other = if refused.is_some() { None } else { trouble.as_ref() };
    html! {
        <div class="s-narrow" data-test="consent">
            <ErrorSummary mends={mends.clone()} attempt={*attempt} />
            { heading("May we look at your shared record?") }
            { errors::trouble(other) }
            <p>{ "Read the answers out, or show this screen." }</p>
            <form {onsubmit} novalidate=true>
                <fieldset class={classes!("nhsuk-fieldset", group(choice_error.is_some()))} id="choices" tabindex="-1">
                    <legend class="nhsuk-fieldset__legend s-label">{ "What did they choose?" }</legend>
                    { error_beside("choices", choice_error.as_deref()) }
                    <div class="nhsuk-radios s-choices">{ for CARDS.iter().map(card) }</div>
                </fieldset>
                if set_time {
                    { until(&mends, [&day, &month, &year], &event) }
                }
                <fieldset class={classes!("nhsuk-fieldset", group(by_error.is_some()))} id="deciders" tabindex="-1">
                    <legend class="nhsuk-fieldset__legend s-label">{ "Who decided?" }</legend>
                    { error_beside("deciders", by_error.as_deref()) }
                    <div class="nhsuk-radios">{ for DECIDERS.iter().map(decider) }</div>
                </fieldset>
                if best_interests {
                    <Area id="reason" label="Why is it in their best interests?" hint="Say whom you asked and why it cannot wait"
                        error={errors::beside(&mends, "reason")} value={reason} />
                }
                <button type="submit" class="nhsuk-button s-primary" data-test="choice-save" disabled={busy}>
                    { if busy { "Saving" } else { "Save their choice" } }
                </button>
            </form>
        </div>
    }
}

/// The end of a set time: a day, an event, or both.
fn until(mends: &[Mend], [day, month, year]: [&UseStateHandle<String>; 3], event: &UseStateHandle<String>) -> Html {
    let error = errors::beside(mends, "until-day");
    let part = |id: &'static str, label: &'static str, state: &UseStateHandle<String>, width: &'static str| {
        html! {
            <div class="nhsuk-date-input__item"><div class="nhsuk-form-group">
                <label class="nhsuk-label nhsuk-date-input__label" for={id}>{ label }</label>
                <input class={classes!("nhsuk-input", "nhsuk-date-input__input", width, error.is_some().then_some("nhsuk-input--error"))}
                    {id} type="text" inputmode="numeric" autocomplete="off" data-test={id} value={(**state).clone()} oninput={keep(state)} />
            </div></div>
        }
    };
    html! {
        <div class={group(error.is_some())}>
            <fieldset class="nhsuk-fieldset" role="group">
                <legend class="nhsuk-fieldset__legend s-label">{ "Until when?" }</legend>
                <div class="nhsuk-hint">{ "The last day, for example 27 3 2027. Or say below what ends it." }</div>
                { error_beside("until-day", error.as_deref()) }
                <div class="nhsuk-date-input">
                    { part("until-day", "Day", day, "nhsuk-input--width-2") }
                    { part("until-month", "Month", month, "nhsuk-input--width-2") }
                    { part("until-year", "Year", year, "nhsuk-input--width-4") }
                </div>
            </fieldset>
            <label class="nhsuk-label s-label" for="until-event">{ "What ends it (optional)" }</label>
            <input class="nhsuk-input" id="until-event" type="text" data-test="until-event" autocomplete="off" value={(**event).clone()}
                oninput={keep(event)} placeholder="" />
        </div>
    }
}

fn wrong(
    choice: Option<Choice>,
    by: Option<DecidedBy>,
    until: &Result<Option<Stamp>, String>,
    note: &str,
) -> Vec<Mend> {
    let mut wrong: Vec<Mend> = vec![];
    if choice.is_none() {
        wrong.push(("choices", "Select what they chose".into()));
    }
    let best_interests = by == Some(DecidedBy::BestInterests);
    match until {
        Err(words) => wrong.push(("until-day", words.clone())),
        Ok(None) if choice == Some(Choice::Y2) && !best_interests && note.is_empty() => {
            wrong.push(("until-day", "Enter the last day, or what ends it".into()));
        }
        Ok(_) => {}
    }
    if by.is_none() {
        wrong.push(("deciders", "Select who decided".into()));
    }
    if best_interests && note.is_empty() {
        wrong.push(("reason", "Enter why it is in their best interests".into()));
    }
    wrong
}

/// The midnight that ends the day in the three boxes; month names are taken too. Empty boxes are no day.
fn end_of(day: &str, month: &str, year: &str) -> Result<Option<Stamp>, String> {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let (day, month, year) = (day.trim(), month.trim().to_lowercase(), year.trim());
    if day.is_empty() && month.is_empty() && year.is_empty() {
        return Ok(None);
    }
    let named = month.get(..3).and_then(|m| MONTHS.iter().position(|name| *name == m)).map(|i| i + 1);
    let number = named.or(month.parse().ok());
    let date = match (day.parse::<u8>(), number, year.parse::<u16>()) {
        (Ok(d), Some(m), Ok(y)) if y >= 1000 => Stamp::parse(&format!("{y:04}-{m:02}-{d:02}T12:00:00Z")),
        _ => None,
    };
    date.map(|noon| Some(noon.london_midnight_after()))
        .ok_or_else(|| "Enter a real date, for example 27 3 2027".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_at_its_midnight_in_london() {
        let ends = |d, m, y| end_of(d, m, y).map(|s| s.map(|s| s.to_string()));
        assert_eq!(ends("27", "3", "2027"), Ok(Some("2027-03-28T00:00:00Z".into())));
        assert_eq!(ends("1", "July", "2027"), Ok(Some("2027-07-01T23:00:00Z".into())));
        assert_eq!(ends("", " ", ""), Ok(None));
        assert!(ends("31", "2", "2027").is_err() && ends("1", "", "2027").is_err() && ends("1", "3", "27").is_err());
    }

    #[test]
    fn nothing_is_sent_half_filled() {
        let ids = |c, b, u: Option<Stamp>, n| wrong(c, b, &Ok(u), n).into_iter().map(|(id, _)| id).collect::<Vec<_>>();
        assert_eq!(ids(None, None, None, ""), ["choices", "deciders"]);
        assert_eq!(ids(Some(Choice::Y2), Some(DecidedBy::Person), None, ""), ["until-day"]);
        assert!(ids(Some(Choice::Y2), Some(DecidedBy::Person), None, "discharge").is_empty());
        assert_eq!(ids(Some(Choice::Y1), Some(DecidedBy::BestInterests), None, ""), ["reason"]);
    }
}
