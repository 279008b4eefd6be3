//! Asking the person, with the answers of the programme's leaflet as large cards in the language they read, and who decided. What an
//! answer means is the device's business; here it is only put into words and sent.

use crate::pages::refusal::said;
use crate::parts::errors::{self, ErrorSummary, Mend};
use crate::parts::form::{Area, Radio, date, error_beside, group, keep, submit};
use crate::parts::leaflet::{self, Cards};
use crate::parts::signature::Signature;
use crate::parts::{Screen, heading, use_page, use_screen};
use crate::routes::Page;
use desk::ask::{RecordChoice, SignedForm};
use desk::trouble::Field;
use record::Stamp;
use record::consent::pack::says_why;
use record::consent::{Choice, Claim, DecidedBy};
use yew::prelude::*;

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
    let language = use_state(String::new);
    let picture = use_state(String::new);
    let settled = use_state(|| false);
    let mine = use_state(Vec::<Mend>::new);
    let attempt = use_state(|| 0u32);
    let trouble = screen.state.trouble.clone();
    let places =
        [(Field::Until, "until-day"), (Field::Reason, "reason"), (Field::Form, "form"), (Field::Settles, "settles")];
    let refused = errors::of_field(trouble.as_ref(), &places);
    let mends: Vec<Mend> = mine.iter().cloned().chain(refused.clone()).collect();
    use_page(Page::Consent.title(), !mends.is_empty());
    let Some(person) = screen.state.person() else { return Html::default() };

    let Some(pack) = screen.state.pack.clone() else {
        return html! { <>{ heading("Ask the person") }<p role="status">{ "The leaflet comes with the first sync." }</p></> };
    };
    let Some(leaflet) = leaflet::in_language(&pack, &language) else { return Html::default() };
    let between = screen.state.basis().map(|basis| basis.between.clone()).unwrap_or_default();

    let best_interests = *by == Some(DecidedBy::BestInterests);
    let set_time = *choice == Some(Choice::Y2) && !best_interests;
    let onsubmit = {
        let (acts, state, purpose) = (screen.acts.clone(), screen.state.clone(), screen.state.purpose);
        let (picture, settled) = (picture.clone(), settled.clone());
        let sides: Vec<u64> = between.iter().map(|side| side.seq).collect();
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
            let mut wrong = wrong(*choice, *by, &until, note);
            if *choice == Some(Choice::N2) && picture.is_empty() {
                wrong.push(("form", "Add the signed form: sign in the box, or add a photograph of the paper".into()));
            }
            if !sides.is_empty() && !*settled {
                wrong.push(("settles", "Confirm that the person has seen both and that this settles them".into()));
            }
            if let (Some(choice), Some(by), Ok(until), true) = (*choice, *by, until, wrong.is_empty()) {
                let note = note.to_owned().into();
                let form = (choice == Choice::N2).then(|| SignedForm((*picture).clone().into()));
                let settles = sides.clone();
                acts.choose(&state, RecordChoice { person, choice, by, until, note, form, settles }, purpose);
            }
            mine.set(wrong);
        })
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
            { leaflet::switch(&pack, &language) }
            <div lang={leaflet.tag.clone()} dir={leaflet::direction(leaflet)}>{ heading(leaflet.question.clone()) }
                <p>{ &leaflet.introduction }</p></div>
            { errors::trouble(other) }
            <p class="s-quiet">{ "Read the answers out, or show this screen." }</p>
            { conflict(&mends, &between, &settled) }
            { ends_with(&screen) }
            <form {onsubmit} novalidate=true>
                <fieldset class={classes!("nhsuk-fieldset", group(choice_error.is_some()))} id="choices" tabindex="-1">
                    <legend class="nhsuk-fieldset__legend s-label">{ "What did they choose?" }</legend>
                    { error_beside("choices", choice_error.as_deref()) }
                    <Cards leaflet={leaflet.clone()} choice={choice.clone()} />
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
                if *choice == Some(Choice::N2) {
                    <Signature statement={leaflet.form.clone()} sign={leaflet.sign.clone()} lang={leaflet.tag.clone()}
                        dir={leaflet::direction(leaflet)} error={errors::beside(&mends, "form")} picture={picture} />
                    <p class="s-quiet">{ "If they cannot sign now, the answer before this one keeps the record closed but for an emergency." }</p>
                }
                <p lang={leaflet.tag.clone()} dir={leaflet::direction(leaflet)}>{ &leaflet.change }</p>
                <button type="submit" class="nhsuk-button s-primary" data-test="choice-save" disabled={busy}>
                    { if busy { "Saving" } else { "Save their choice" } }
                </button>
            </form>
        </div>
    }
}

/// A choice that an event ends, and that it has happened.
fn ends_with(screen: &Screen) -> Html {
    let (Some(basis), Some(person), Some(status)) =
        (screen.state.basis(), screen.state.person(), screen.state.status.as_ref())
    else {
        return Html::default();
    };
    let Some(event) = basis.end_event.as_ref().filter(|_| basis.until.is_none_or(|until| status.now < until)) else {
        return Html::default();
    };
    let onclick = {
        let acts = screen.acts.clone();
        Callback::from(move |_: MouseEvent| acts.end_choice(person))
    };
    html! {
        <div class="nhsuk-inset-text">
            <p>{ format!("They said yes until: {event}.") }</p>
            <button type="button" class="nhsuk-button nhsuk-button--secondary" data-test="choice-ended" {onclick}>
                { "This has happened: end their yes" }</button>
        </div>
    }
}

/// What was said apart, and that this answer settles it.
fn conflict(mends: &[Mend], between: &[Claim], settled: &UseStateHandle<bool>) -> Html {
    if between.is_empty() {
        return Html::default();
    }
    let error = errors::beside(mends, "settles");
    let onchange = {
        let settled = settled.clone();
        Callback::from(move |_: Event| settled.set(!*settled))
    };
    html! {
        <fieldset class={classes!("nhsuk-fieldset", group(error.is_some()))} data-test="conflict">
            <legend class="nhsuk-fieldset__legend s-label">{ "Two different choices are recorded" }</legend>
            <ul>{ for between.iter().map(|side| html! { <li>{ said(side) }</li> }) }</ul>
            { error_beside("settles", error.as_deref()) }
            <div class="nhsuk-checkboxes"><div class="nhsuk-checkboxes__item">
                <input class="nhsuk-checkboxes__input" id="settles" type="checkbox" data-test="settles" checked={**settled} {onchange} />
                <label class="nhsuk-label nhsuk-checkboxes__label" for="settles">
                    { "The person has seen these. The answer below settles them." }</label>
            </div></div>
        </fieldset>
    }
}

/// The end of a set time: a day, an event, or both.
fn until(mends: &[Mend], boxes: [&UseStateHandle<String>; 3], event: &UseStateHandle<String>) -> Html {
    let error = errors::beside(mends, "until-day");
    let hint = "The last day, for example 27 3 2027. Or say below what ends it.";
    html! {
        <div>
            { date("until", "Until when?", hint, error, boxes) }
            <label class="nhsuk-label s-label" for="until-event">{ "What ends it (optional)" }</label>
            <input class="nhsuk-input" id="until-event" type="text" data-test="until-event" autocomplete="off" value={(**event).clone()}
                oninput={keep(event)} />
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
    if best_interests && !says_why(note) {
        wrong.push(("reason", "Enter why it is in their best interests, in at least 10 letters".into()));
    }
    wrong
}

/// The midnight that ends the day in the three boxes. Empty boxes are no day.
fn end_of(day: &str, month: &str, year: &str) -> Result<Option<Stamp>, String> {
    if [day, month, year].iter().all(|part| part.trim().is_empty()) {
        return Ok(None);
    }
    let noon = day_of(day, month, year).and_then(|day| Stamp::parse(&format!("{day}T12:00:00Z")));
    noon.map(|noon| Some(noon.london_midnight_after()))
        .ok_or_else(|| "Enter a real date, for example 27 3 2027".to_owned())
}

/// The day in the three boxes as `2027-03-27`, if there is such a day; month names are taken too.
pub fn day_of(day: &str, month: &str, year: &str) -> Option<String> {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let month = month.trim().to_lowercase();
    let named = month.get(..3).and_then(|m| MONTHS.iter().position(|name| *name == m)).map(|i| i + 1);
    let (day, year) = (day.trim().parse::<u8>().ok()?, year.trim().parse::<u16>().ok().filter(|y| *y >= 1000)?);
    let text = format!("{year:04}-{:02}-{day:02}", named.or(month.parse().ok())?);
    Stamp::parse(&format!("{text}T12:00:00Z")).map(|_| text)
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
        for (why, missing) in [("", 1), ("x", 1), (" daughter ", 1), ("cannot say", 0)] {
            assert_eq!(ids(Some(Choice::Y1), Some(DecidedBy::BestInterests), None, why).len(), missing, "{why}");
        }
    }
}
