//! Ready to leave: before the network is left behind, who is ready for the round, what is old or missing, and what else runs out. One button
//! mends what a round with the hub can mend; choices come first, then what is missing.

use crate::parts::{errors, heading, icons, unbroken, use_page, use_screen};
use crate::routes::Page;
use crate::words::{ago, count};
use desk::ready::{Lack, PersonReady, Ready};
use record::Stamp;
use yew::prelude::*;

/// Percent of battery below which a round should not begin.
const LOW_BATTERY: u8 = 40;
/// Megabytes below which photographs will not fit.
const LOW_DISK: u64 = 500;
/// Minutes of licence that a shift needs.
const SHIFT: i64 = 8 * 60;

#[component]
pub fn ReadyPage() -> Html {
    let screen = use_screen();
    use_page(Page::Ready.title(), false);
    let mend = {
        let acts = screen.acts.clone();
        Callback::from(move |_: MouseEvent| acts.sync_then_ready())
    };
    let waiting = screen.state.waiting.is_some();
    html! {
        <div data-test="ready">
            { heading("Ready to leave?") }
            { errors::notice(screen.state.notice) }
            { errors::trouble(screen.state.trouble.as_ref()) }
            if let Some(ready) = &screen.state.leaving.ready {
                <p class="s-lead" role="status" data-test="ready-sum">{ sum(ready) }</p>
                <button type="button" class="nhsuk-button s-primary" data-test="ready-mend" disabled={waiting} onclick={mend}>
                    { "Bring everything up to date" }</button>
                <dl class="nhsuk-summary-list s-summary" data-test="ready-facts">
                    { for facts(ready).into_iter().map(|(label, value, fault)| html! {
                        <div class="nhsuk-summary-list__row" key={label}>
                            <dt class="nhsuk-summary-list__key">{ label }</dt>
                            <dd class="nhsuk-summary-list__value">{ unbroken(&value) }{ warn(fault) }</dd>
                        </div>
                    }) }
                </dl>
                <h2 class="nhsuk-heading-m">{ "People" }</h2>
                <ul class="nhsuk-list s-lines">{ for ready.people.iter().map(|one| person(one, ready.now)) }</ul>
            } else {
                <p role="status">{ "Loading" }</p>
            }
        </div>
    }
}

fn warn(fault: bool) -> Html {
    if fault {
        html! { <strong class="nhsuk-tag nhsuk-tag--orange s-tag">{ "See to it" }</strong> }
    } else {
        Html::default()
    }
}

fn person(one: &PersonReady, now: Stamp) -> Html {
    let own = one.lacks.first().is_some_and(|lack| !lack.is_chosen());
    html! {
        <li class="s-line" key={one.listing.person.to_string()} data-test="ready-person">
            <p><strong>{ &one.listing.banner }</strong>
                if own { { " " }{ icons::warning() } }
                <br/><span class="s-quiet" data-test="as-at">{ unbroken(&one.as_at.map_or(String::new(), |line| line.in_words(now))) }</span></p>
            if one.lacks.is_empty() {
                <p>{ "Ready" }</p>
            }
            { for one.lacks.iter().map(|lack| html! { <p>{ unbroken(&lack.in_words()) }</p> }) }
        </li>
    }
}

fn sum(ready: &Ready) -> String {
    let all = ready.people.len();
    let at_fault = |p: &&PersonReady| p.lacks.iter().any(|lack| !lack.is_chosen());
    let not = ready.people.iter().filter(at_fault).count();
    let facts = facts(ready).iter().filter(|(.., fault)| *fault).count();
    match (all, not, facts) {
        (0, ..) => "Nobody is on your list.".to_owned(),
        (_, 0, 0) => format!("You are ready: {}.", count(all, "person", "people")),
        (_, 0, n) => format!("Everybody is ready. {} to see to first.", count(n, "thing", "things")),
        (_, not, _) => format!("{not} of {} not ready.", count(all, "person is", "people are")),
    }
}

/// What else runs out: label, words, and whether it must be seen to.
fn facts(ready: &Ready) -> Vec<(&'static str, String, bool)> {
    let mut facts = vec![
        match ready.checked {
            Some(at) => {
                let old = ready.now.millis().saturating_sub(at.millis()) > 60 * 60_000;
                ("Checked with the hub", format!("{} ({})", at.display(), ago(ready.now, at)), old)
            }
            None => ("Checked with the hub", "Never".to_owned(), true),
        },
        match ready.licence_minutes {
            None => ("Reading without signal", "Not yet allowed: connect first".to_owned(), true),
            Some(0) => ("Reading without signal", "Ended: connect first".to_owned(), true),
            Some(minutes) => {
                ("Reading without signal", format!("{} h {} min left", minutes / 60, minutes % 60), minutes < SHIFT)
            }
        },
        match ready.unsent {
            0 => ("Not yet sent", "Nothing".to_owned(), false),
            n => ("Not yet sent", format!("{n} saved on this device"), true),
        },
    ];
    facts.push(match (ready.battery, ready.charging) {
        (None, _) => ("Battery", "This device does not say: look at its own sign".to_owned(), false),
        (Some(percent), true) => ("Battery", format!("{percent}%, charging"), false),
        (Some(percent), false) => ("Battery", format!("{percent}%"), percent < LOW_BATTERY),
    });
    facts.push(match ready.free_mb {
        None => ("Room on this device", "This device does not say".to_owned(), false),
        Some(mb) if mb >= 1024 => ("Room on this device", format!("{} GB free", mb / 1024), false),
        Some(mb) => ("Room on this device", format!("{mb} MB free"), mb < LOW_DISK),
    });
    facts
}

/// A round with the hub would change something.
pub fn mends(ready: &Ready) -> bool {
    ready.unsent > 0 || ready.people.iter().any(|p| p.lacks.iter().any(|lack: &Lack| lack.mends()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use desk::view::Link;

    fn ready() -> Ready {
        Ready {
            people: vec![],
            checked: Some(Stamp::from_millis(0)),
            licence_minutes: Some(700),
            unsent: 0,
            battery: Some(90),
            charging: false,
            free_mb: Some(20_000),
            link: Link::Online,
            now: Stamp::from_millis(60_000),
        }
    }

    #[test]
    fn what_runs_out_is_said_before_the_door_shuts() {
        let faults = |r: &Ready| facts(r).iter().filter(|(.., fault)| *fault).count();
        assert_eq!(faults(&ready()), 0);
        let low = Ready {
            checked: None,
            licence_minutes: Some(0),
            unsent: 1,
            battery: Some(12),
            free_mb: Some(80),
            ..ready()
        };
        assert_eq!(faults(&low), 5);
        assert!(mends(&low) && !mends(&ready()));
        let unknown = Ready { battery: None, free_mb: None, ..ready() };
        assert_eq!(faults(&unknown), 0);
        assert!(facts(&unknown).iter().any(|(_, words, _)| words.contains("does not say")));
    }
}
