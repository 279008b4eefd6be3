//! The status chip, always in the header, and the panel it opens: how old the data are, what is not yet sent, what went wrong,
//! and the switches; and the lock beside it. It never says that something is safe because it is saved.

use crate::parts::{errors, icons, unbroken, use_screen};
use crate::routes::Page;
use crate::state::{Action, Press};
use crate::words::{ago, count, lasting};
use desk::view::{Keystore, Link, Status};
use yew::prelude::*;

/// The chip's words.
pub fn words(status: &Status) -> String {
    let as_of = status.synced.map_or("never synced".to_owned(), |s| format!("data as of {}", s.display()));
    match status.link {
        Link::Online => "Online".to_owned(),
        Link::Offline => format!("Offline, {as_of}"),
        // A number that says nothing is not shown: a round may carry only what was done here, or a photograph.
        Link::Syncing { done: 0, expected: 0, .. } => "Syncing".to_owned(),
        Link::Syncing { done, expected: 0, .. } => format!("Syncing {done}"),
        Link::Syncing { done, expected, of_kb: 0, .. } => format!("Syncing {done} of {expected}"),
        Link::Syncing { done, expected, kb, of_kb } => format!("Syncing {done} of {expected}, {kb} of {of_kb} kB"),
        Link::NotSafe => format!("Not safe to rely on, {as_of}"),
        Link::Airplane => format!("Airplane, {as_of}"),
    }
}

const fn code(link: Link) -> &'static str {
    match link {
        Link::Online => "online",
        Link::Offline => "offline",
        Link::Syncing { .. } => "syncing",
        Link::NotSafe => "not-safe",
        Link::Airplane => "airplane",
    }
}

/// What the device keeps for itself until the hub has it.
pub fn unsent(number: u64) -> String {
    match number {
        0 => "Nothing waiting to be sent".to_owned(),
        n => format!(
            "{} saved on this device, not yet sent",
            count(usize::try_from(n).unwrap_or(usize::MAX), "entry", "entries")
        ),
    }
}

/// The chip's second line: what is unsent, and whether the clock is in doubt.
fn beside(status: &Status) -> Option<String> {
    let unsent = (status.unsent > 0).then(|| format!("{} not yet sent", status.unsent));
    let clock = status.clock_in_doubt.then(|| "clock in doubt".to_owned());
    let parts: Vec<String> = [licence(status), unsent, clock].into_iter().flatten().collect();
    let line = parts.join(", ");
    let mut letters = line.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect())
}

/// The countdown, in the last two hours.
fn licence(status: &Status) -> Option<String> {
    let licence = status.licence.as_ref()?;
    match (licence.ended, licence.minutes_left) {
        (true, _) => Some("records closed: no licence".to_owned()),
        (false, left @ 0..=120) => Some(format!("records close in {}", lasting(left))),
        (false, _) => None,
    }
}

/// The chip.
#[component]
pub fn Chip() -> Html {
    let screen = use_screen();
    let Some(status) = screen.state.status.clone() else { return Html::default() };
    let open = screen.state.panel;
    let onclick = Callback::from(move |_: MouseEvent| screen.acts.tell(Action::Panel(!open)));
    html! {
        <>
        <button type="button" class={format!("s-chip s-chip--{}", code(status.link))} aria-expanded={open.to_string()}
            aria-controls="panel" data-test="status-chip" id="status-chip" {onclick}>
            { icons::link(status.link) }
            <span class="s-chip__words">
                <span data-test="status">{ unbroken(&words(&status)) }</span>
                if let Some(beside) = beside(&status) { <span class="s-chip__unsent">{ beside }</span> }
            </span>
        </button>
        <span class="nhsuk-u-visually-hidden" role="status">{ words(&status) }</span>
        </>
    }
}

/// The way to blank the screen at once: nothing of anybody stays on it.
#[component]
pub fn Lock() -> Html {
    let screen = use_screen();
    if !screen.state.signed_in() {
        return Html::default();
    }
    let onclick = Callback::from(move |_: MouseEvent| screen.acts.sign_out());
    html! {
        <button type="button" class="s-lock" data-test="lock" {onclick}>
            { icons::withheld() }<span>{ "Lock" }</span>
        </button>
    }
}

/// The panel.
#[component]
pub fn Panel() -> Html {
    let screen = use_screen();
    let open = screen.state.panel;
    use_effect_with(open, |open| {
        if *open {
            crate::display::focus("panel");
        }
    });
    let Some(status) = screen.state.status.clone().filter(|_| open) else { return Html::default() };
    let acts = screen.acts.clone();
    let act = |run: fn(&crate::acts::Acts)| {
        let acts = acts.clone();
        Callback::from(move |_: MouseEvent| run(&acts))
    };
    let close = act(|acts| acts.tell(Action::Panel(false)));
    let onkeydown = {
        let acts = acts.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                acts.tell(Action::Panel(false));
                crate::display::focus("status-chip");
            }
        })
    };
    let airplane = status.link == Link::Airplane;
    let signed_in = status.signed_in.is_some();
    html! {
        <section id="panel" class="s-panel" aria-label="Status of this device" tabindex="-1" data-test="panel" {onkeydown}>
            <h2 class="nhsuk-heading-s">{ unbroken(&words(&status)) }</h2>
            { errors::quiet_trouble(screen.state.trouble.as_ref().or(status.trouble.as_ref())) }
            { errors::notice(screen.state.notice) }
            { facts(&status) }
            <div class="s-panel__acts">
                if signed_in {
                    <button type="button" class="nhsuk-button s-panel__act" data-test="sync-now" disabled={airplane}
                        onclick={act(crate::acts::Acts::sync)}>{ "Sync now" }</button>
                    <button type="button" class="nhsuk-button nhsuk-button--secondary s-panel__act" role="switch"
                        aria-checked={airplane.to_string()} data-test="airplane"
                        onclick={act(if airplane { |a| a.airplane(false) } else { |a| a.airplane(true) })}>
                        { if airplane { "Airplane mode is on: turn off" } else { "Airplane mode is off: turn on" } }
                    </button>
                }
                if signed_in {
                    <button type="button" class="nhsuk-button nhsuk-button--secondary s-panel__act" data-test="licence-open"
                        onclick={act(|a| a.tell(Action::Go(Page::Licence, None)))}>{ "Reading without signal" }</button>
                }
                if signed_in {
                    <button type="button" class="nhsuk-button nhsuk-button--secondary s-panel__act" data-test="to-ready"
                        onclick={act(|acts| acts.press(Press::Ready))}>{ "Ready to leave?" }</button>
                    <button type="button" class="nhsuk-button nhsuk-button--secondary s-panel__act" data-test="to-receipts"
                        onclick={act(|acts| acts.press(Press::Receipts))}>{ "Sent and received" }</button>
                }
                <button type="button" class="nhsuk-button nhsuk-button--secondary s-panel__act" data-test="change-pin"
                    onclick={act(|a| a.tell(Action::Go(Page::Settings, None)))}>
                    { if signed_in { "Change PIN and display" } else { "Display" } }</button>
                <button type="button" class="s-plain s-panel__act" data-test="panel-close" onclick={close}>{ "Close" }</button>
            </div>
        </section>
    }
}

fn facts(status: &Status) -> Html {
    let moment = |at: Option<record::Stamp>, never: &str| match at {
        Some(at) => format!("{} ({})", at.display(), ago(status.now, at)),
        None => never.to_owned(),
    };
    let mut rows = vec![
        ("Data as of", moment(status.synced, "Never synced")),
        ("Not yet sent", unsent(status.unsent)),
        (
            "Access record",
            status.receipted.map_or("No access is held by the hub yet".to_owned(), |at| {
                format!("All access recorded to {}", at.display())
            }),
        ),
    ];
    if let Some(actor) = &status.signed_in {
        rows.insert(0, ("Signed in", actor.to_string()));
        rows.push(("Locks itself", format!("after {} min without use", status.idle_minutes)));
    }
    if status.link == Link::NotSafe {
        rows.insert(
            0,
            (
                "Not safe",
                "Choices were last checked too long ago. Connect before you rely on what is shown.".to_owned(),
            ),
        );
    }
    if let Some(licence) = &status.licence {
        let left = if licence.ended { "ended".to_owned() } else { lasting(licence.minutes_left) };
        rows.push(("Reading without signal", format!("until {} ({left})", licence.until.display())));
    }
    if status.clock_in_doubt {
        let why = status.doubts.join("; ");
        rows.push(("Clock", format!("In doubt: {why}. Times may be wrong, and less is shown until the next sync.")));
    }
    html! {
        <>
        <dl class="nhsuk-summary-list s-summary">
            { for rows.into_iter().map(|(label, value)| html! {
                <div class="nhsuk-summary-list__row">
                    <dt class="nhsuk-summary-list__key">{ label }</dt><dd class="nhsuk-summary-list__value">{ unbroken(&value) }</dd>
                </div>
            }) }
        </dl>
        { keystore(status.keystore) }
        </>
    }
}

/// Said where the machine has no keystore of its own.
pub fn keystore(keystore: Keystore) -> Html {
    match keystore {
        Keystore::Platform => Html::default(),
        Keystore::File => html! {
            <p class="s-quiet" data-test="keystore-note">
                { "This computer has no keystore: part of the key is in a file that only this user can read. The records are still encrypted, and your PIN is still needed." }
            </p>
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_countdown_shows_in_the_last_two_hours_and_when_it_is_over() {
        let mut status: Status = serde_json::from_str(
            r#"{"users":[],"signed_in":null,"link":"Offline","synced":null,"unsent":2,"receipted":null,"clock_in_doubt":false,
            "doubts":[],"licence":{"until":0,"minutes_left":95,"ended":false,"extensions_left":2,"extension_hours":4},
            "keystore":"Platform","scanner":false,"trouble":null,"now":0,"idle_minutes":5,"view_mode":null}"#,
        )
        .unwrap();
        assert_eq!(beside(&status).unwrap(), "Records close in 1 h 35 min, 2 not yet sent");
        let licence = status.licence.as_mut().unwrap();
        (licence.minutes_left, licence.ended) = (0, true);
        assert_eq!(beside(&status).unwrap(), "Records closed: no licence, 2 not yet sent");
        status.licence.as_mut().unwrap().ended = false;
        status.licence.as_mut().unwrap().minutes_left = 300;
        assert_eq!(beside(&status).unwrap(), "2 not yet sent");
    }

    #[test]
    fn saved_is_never_said_to_be_sent() {
        for words in [unsent(3), unsent(1)] {
            assert!(words.ends_with("saved on this device, not yet sent"), "{words}");
        }
    }
}
