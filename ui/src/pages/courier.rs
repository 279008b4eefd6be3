//! A colleague takes unsent work along to where there is signal: this device's shown as a code for theirs, or theirs fetched with the code they show.
//! The first needs nobody signed in: a forgotten PIN is when it is needed most. What is carried is sealed to the hub; nothing is called sent
//! here, for only the hub's word says so.

use crate::parts::errors::{self, ErrorSummary, Mend};
use crate::parts::form::{Area, submit};
use crate::parts::qr::Qr;
use crate::parts::scan::{Then, into_field, use_scan};
use crate::parts::{heading, icons, unbroken, use_page, use_screen};
use crate::routes::Page;
use crate::words::count;
use desk::ready::{Carried, ShownOutbox};
use desk::trouble::Field;
use gloo::timers::callback::Interval;
use yew::prelude::*;

const CODE: &str = "courier-code";

/// How often what came of the code is asked for.
const LOOK_MILLIS: u32 = 2_000;

#[component]
pub fn CourierPage() -> Html {
    let screen = use_screen();
    let code = use_state(String::new);
    let mine = use_state(Vec::<Mend>::new);
    let attempt = use_state(|| 0u32);
    let trouble = screen.state.trouble.clone();
    let refused = errors::of_field(trouble.as_ref(), &[(Field::Carry, CODE)]);
    let mends: Vec<Mend> = mine.iter().cloned().chain(refused.clone()).collect();
    use_page(Page::Courier.title(), !mends.is_empty());
    let scan = use_scan("courier-photo", Then::Off, into_field(&code));
    let shown = screen.state.leaving.shown.clone();
    {
        let acts = screen.acts.clone();
        use_effect_with(shown.is_some(), move |shown| {
            let looking = shown.then(|| Interval::new(LOOK_MILLIS, move || acts.look_at_outbox()));
            move || drop(looking)
        });
    }
    {
        let acts = screen.acts.clone();
        use_effect_with((), move |()| move || acts.hide_outbox());
    }
    let busy = screen.state.waiting.is_some();
    let show = {
        let acts = screen.acts.clone();
        Callback::from(move |_: MouseEvent| acts.show_outbox())
    };
    let fetch = {
        let (acts, code, mine, attempt) = (screen.acts.clone(), code.clone(), mine.clone(), attempt.clone());
        submit(move || {
            attempt.set(*attempt + 1);
            if code.trim().is_empty() {
                mine.set(vec![(CODE, "Enter the code that your colleague's device shows".to_owned())]);
            } else {
                mine.set(vec![]);
                acts.carry_outbox((*code).clone());
            }
        })
    };
    let other = if refused.is_some() { None } else { trouble.as_ref() };
    html! {
        <div class="s-narrow" data-test="courier">
            <ErrorSummary mends={mends.clone()} attempt={*attempt} />
            { heading(Page::Courier.title()) }
            { errors::trouble(other) }
            <p>{ "No signal here? A colleague who is going where there is some can take unsent work along. It is sealed: only the hub can open it." }</p>
            <h2 class="nhsuk-heading-m">{ "Your work goes with them" }</h2>
            if let Some(shown) = &shown {
                <div data-test="courier-standing">{ standing(shown) }</div>
            } else {
                <button type="button" class="nhsuk-button s-primary" data-test="courier-show" disabled={busy} onclick={show}>
                    { "Show the code for a colleague" }</button>
            }
            if screen.state.signed_in() {
                <h2 class="nhsuk-heading-m">{ "Theirs goes with you" }</h2>
                { screen.state.leaving.carried.map(carried) }
                { scan }
                <form onsubmit={fetch} novalidate=true>
                    <Area id={CODE} label="The code your colleague's device shows" hint="It begins with SATCHEL-CARRY. Scan or paste it."
                        error={errors::beside(&mends, CODE)} value={code} rows={3} />
                    <button type="submit" class="nhsuk-button nhsuk-button--secondary" data-test="courier-fetch" disabled={busy}>
                        { if busy { "Fetching" } else { "Take it along" } }</button>
                </form>
            }
        </div>
    }
}

/// The code, and what came of it.
fn standing(shown: &ShownOutbox) -> Html {
    let Some(code) = &shown.code else {
        return html! {
            <div class="s-note s-note--warn" role="status" data-test="courier-no-network">{ icons::warning() }<p>{
                "This device is on no local network, or in airplane mode. Join the same Wi-Fi as your colleague, or the hotspot of either phone, \
                and show the code again." }</p></div>
        };
    };
    html! {
        <section class="s-code" data-test="courier-shown" aria-label="Code for your colleague">
            <p>{ "They open this page on their device and scan this. Keep both on the same Wi-Fi or hotspot." }</p>
            if let Some(modules) = shown.picture.clone() { <Qr {modules} label="QR code of the text below" mark="courier-qr" /> }
            <label class="nhsuk-label s-label" for="courier-text">{ "The same as text" }</label>
            <textarea class="nhsuk-textarea s-code__text" id="courier-text" data-test="courier-text" rows="3" readonly=true value={code.clone()} />
            <p role="status" data-test="courier-given">{ unbroken(&given(shown)) }</p>
        </section>
    }
}

fn given(shown: &ShownOutbox) -> String {
    let files = |n: u64| count(n as usize, "sealed file", "sealed files");
    let mut said = Vec::new();
    if shown.gone > 0 {
        said.push(format!(
            "They brought the hub's word for {}: held by the hub, and gone from here.",
            files(shown.gone)
        ));
    }
    said.push(match (shown.sealed, shown.given) {
        (0, _) => "Nothing waits on this device.".to_owned(),
        (sealed, 0) => format!("{} on this device, not yet taken along.", wait(sealed)),
        (_, given) => format!(
            "{} taken along. It stays on this device too, until the hub's word for it comes back.",
            files(given)
        ),
    });
    said.join(" ")
}

fn wait(sealed: u64) -> String {
    count(sealed as usize, "sealed file waits", "sealed files wait")
}

fn carried(done: Carried) -> Html {
    html! {
        <div class={classes!("s-note", done.cut.then_some("s-note--warn"))} role="status" data-test="courier-carried">
            if done.cut { { icons::warning() } }
            <p>{ unbroken(&taken(done)) }</p>
        </div>
    }
}

fn taken(done: Carried) -> String {
    let files = |n: u32| count(n as usize, "sealed file", "sealed files");
    let mut said = Vec::new();
    if done.files > 0 {
        said.push(format!("You carry {} of theirs. They go to the hub with your next sync.", files(done.files)));
    }
    if done.receipts > 0 {
        said.push(format!("They have the hub's word for {} that you brought before.", files(done.receipts)));
    }
    if done.gone > 0 {
        said.push(format!("They brought you the hub's word for {} of yours.", files(done.gone)));
    }
    if done.cut {
        said.push("The connection was cut before the end. Read their code again for the rest.".to_owned());
    } else if said.is_empty() {
        said.push("Nothing waits on their device.".to_owned());
    }
    said.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_taken_along_is_called_sent() {
        let shown = |sealed, given, gone| ShownOutbox { code: None, picture: None, sealed, given, gone };
        assert_eq!(given(&shown(2, 0, 0)), "2 sealed files wait on this device, not yet taken along.");
        let along = given(&shown(2, 2, 0));
        assert!(along.starts_with("2 sealed files taken along.") && !along.contains("held") && !along.contains("sent"));
        assert!(given(&shown(0, 0, 2)).contains("held by the hub") && given(&shown(0, 0, 2)).contains("Nothing waits"));
        assert_eq!(taken(Carried::default()), "Nothing waits on their device.");
        assert!(taken(Carried { files: 1, cut: true, ..Carried::default() }).ends_with("for the rest."));
    }
}
