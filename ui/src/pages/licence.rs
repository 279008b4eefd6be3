//! Reading without signal: how long it still lasts, and how two colleagues lengthen it for one of them by showing each other a code.
//! Both are named on both devices. What counts is decided by the device; here codes are shown, pasted and passed on.

use crate::parts::errors::{self, ErrorSummary, Mend};
use crate::parts::form::{Area, Pin, submit};
use crate::parts::scan::{Then, into_field, use_scan};
use crate::parts::{heading, icons, use_page, use_screen};
use crate::routes::Page;
use crate::words::lasting;
use desk::trouble::Field;
use desk::view::{LicenceAsked, LicenceCode, LicenceView};
use yew::prelude::*;

/// Where each typed thing stands, by what was asked last: one field can be wrong at a time.
const ANSWER: &str = "licence-answer";
const REQUEST: &str = "licence-request";

#[component]
pub fn LicencePage() -> Html {
    let screen = use_screen();
    let (answer, request, pin) = (use_state(String::new), use_state(String::new), use_state(String::new));
    let last = use_state(|| REQUEST);
    let mine = use_state(Vec::<Mend>::new);
    let attempt = use_state(|| 0u32);
    let trouble = screen.state.trouble.clone();
    let refused = errors::of_field(trouble.as_ref(), &[(Field::Licence, *last), (Field::Pin, "licence-pin")]);
    let mends: Vec<Mend> = mine.iter().cloned().chain(refused.clone()).collect();
    use_page(Page::Licence.title(), !mends.is_empty());
    let scan_answer = use_scan("licence-answer-photo", Then::Off, into_field(&answer));
    let scan_request = use_scan("licence-request-photo", Then::Off, into_field(&request));
    let busy = screen.state.waiting.is_some();
    let licence = screen.state.status.as_ref().and_then(|s| s.licence.clone());

    let ask = {
        let acts = screen.acts.clone();
        Callback::from(move |_: MouseEvent| acts.ask_licence())
    };
    // One form each: what is typed is checked, then handed to the device.
    let form = |at: &'static str, field: &UseStateHandle<String>, then: Box<dyn Fn(String)>| {
        let (mine, attempt, last, field) = (mine.clone(), attempt.clone(), last.clone(), field.clone());
        submit(move || {
            attempt.set(*attempt + 1);
            last.set(at);
            let wrong = missing(at, &field);
            if wrong.is_empty() {
                then((*field).clone());
            }
            mine.set(wrong);
        })
    };
    let take = {
        let acts = screen.acts.clone();
        form(ANSWER, &answer, Box::new(move |code| acts.take_licence(code)))
    };
    let read = {
        let acts = screen.acts.clone();
        form(REQUEST, &request, Box::new(move |code| acts.read_licence(code)))
    };
    let give = {
        let (acts, request, given) = (screen.acts.clone(), request.clone(), pin.clone());
        form(
            "licence-pin",
            &pin,
            Box::new(move |typed| {
                acts.give_licence((*request).clone(), typed);
                given.set(String::new());
            }),
        )
    };
    let other = if refused.is_some() { None } else { trouble.as_ref() };
    let asked = screen.state.licence_asked.clone();
    html! {
        <div class="s-narrow" data-test="licence">
            <ErrorSummary mends={mends.clone()} attempt={*attempt} />
            { heading("Reading without signal") }
            { errors::notice(screen.state.notice) }
            { errors::trouble(other) }
            { standing(licence.as_ref()) }
            { screen.state.licence_code.as_deref().map(shown) }
            if licence.as_ref().is_some_and(|l| l.extensions_left > 0) {
                <h2 class="nhsuk-heading-m">{ "Ask a colleague to extend it" }</h2>
                <p>{ "Show them your code, then enter the code they show you. Both of you are named in the record of access." }</p>
                <button type="button" class="nhsuk-button nhsuk-button--secondary" data-test="licence-ask" disabled={busy}
                    onclick={ask}>{ "Show my code" }</button>
                { scan_answer }
                <form onsubmit={take} novalidate=true>
                    <Area id={ANSWER} label="Your colleague's answer" hint="It begins with SATCHEL-GIVE. Scan or paste it."
                        error={errors::beside(&mends, ANSWER)} value={answer} rows={3} />
                    <button type="submit" class="nhsuk-button s-primary" data-test="licence-take" disabled={busy}>
                        { "Extend my licence" }</button>
                </form>
            }
            <h2 class="nhsuk-heading-m">{ "Extend a colleague's" }</h2>
            { scan_request }
            <form onsubmit={read} novalidate=true>
                <Area id={REQUEST} label="Your colleague's code" hint="It begins with SATCHEL-ASK. Scan or paste it."
                    error={errors::beside(&mends, REQUEST)} value={request} rows={3} />
                <button type="submit" class="nhsuk-button nhsuk-button--secondary" data-test="licence-read" disabled={busy}>
                    { "Check the code" }</button>
            </form>
            if let Some(asked) = asked {
                { person(&asked) }
                <form onsubmit={give} novalidate=true>
                    <Pin id="licence-pin" label="Your PIN" error={errors::beside(&mends, "licence-pin")} value={pin} />
                    <button type="submit" class="nhsuk-button s-primary" data-test="licence-give" disabled={busy}>
                        { format!("Extend for {}", asked.name) }</button>
                </form>
            }
        </div>
    }
}

/// What holds now, in words.
fn standing(licence: Option<&LicenceView>) -> Html {
    let words = match licence {
        None => "This device has not heard from its hub yet.".to_owned(),
        Some(l) if l.ended => {
            "Records are not shown until this device reaches the hub, or a colleague extends its licence. \
            What you have recorded is safe and is still sent."
                .to_owned()
        }
        Some(l) => {
            format!("Records can be read without signal until {} ({}).", l.until.display(), lasting(l.minutes_left))
        }
    };
    let more = licence.map(|l| match l.extensions_left {
        0 => "It cannot be extended again before this device reaches the hub.".to_owned(),
        1 => format!("A colleague can extend it once more, for {} h.", l.extension_hours),
        n => format!("A colleague can extend it {n} times, for {} h each.", l.extension_hours),
    });
    let warn = licence.is_none_or(|l| l.ended);
    html! {
        <div class={classes!("s-note", warn.then_some("s-note--warn"))} data-test="licence-standing">
            if warn { { icons::warning() } }
            <div><p>{ words }</p>if let Some(more) = more { <p>{ more }</p> }</div>
        </div>
    }
}

/// A code to show: the picture, and the text for whoever cannot scan it.
fn shown(code: &LicenceCode) -> Html {
    html! {
        <section class="s-code" data-test="licence-code" aria-label="Code for your colleague">
            <div role="img" aria-label="QR code of the text below">
                { Html::from_html_unchecked(AttrValue::from(svg(&code.picture).to_owned())) }
            </div>
            <label class="nhsuk-label s-label" for="licence-text">{ "The same as text" }</label>
            <textarea class="nhsuk-textarea s-code__text" id="licence-text" data-test="licence-text" rows="4" readonly=true
                value={code.code.clone()} />
        </section>
    }
}

/// The drawing without the declaration that a page may not hold.
fn svg(picture: &str) -> &str {
    picture.find("<svg").map_or("", |at| &picture[at..])
}

fn person(asked: &LicenceAsked) -> Html {
    html! {
        <div class="s-note" role="status" data-test="licence-asked"><p>
            <strong>{ format!("{} ({})", asked.name, asked.staff) }</strong>
            { format!(" asks for device {} to read records until {}. Do this only if you know them and they are with you.",
                asked.device, asked.until.display()) }
        </p></div>
    }
}

fn missing(at: &'static str, typed: &str) -> Vec<Mend> {
    let words = match at {
        ANSWER => "Enter the code your colleague shows you",
        REQUEST => "Enter your colleague's code",
        _ => "Enter your PIN",
    };
    if typed.trim().is_empty() { vec![(at, words.to_owned())] } else { vec![] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_field_is_named_and_a_drawing_loses_its_declaration() {
        assert_eq!(missing(ANSWER, " "), [(ANSWER, "Enter the code your colleague shows you".to_owned())]);
        assert!(missing(REQUEST, "SATCHEL-ASK-X").is_empty());
        assert_eq!(svg("<?xml version=\"1.0\"?><svg></svg>"), "<svg></svg>");
        assert_eq!(svg("nothing drawn"), "");
    }
}
