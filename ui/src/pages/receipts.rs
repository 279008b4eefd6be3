//! Where this user's own work is, person by person, in three steps: on this device, held by the hub, seen by somebody. "Held" is said on the
//! hub's word and never without it.

use crate::parts::{errors, heading, unbroken, use_page, use_screen};
use crate::routes::Page;
use crate::state::Action;
use crate::words::count;
use desk::ready::{PICTURES_STAY, PersonReceipts, Receipts, STUCK};
use record::receipt::Work;
use yew::prelude::*;

#[component]
pub fn ReceiptsPage() -> Html {
    let screen = use_screen();
    use_page(Page::Receipts.title(), false);
    let acts = screen.acts.clone();
    let again = {
        let acts = acts.clone();
        Callback::from(move |_: MouseEvent| acts.sync_then_receipts())
    };
    let carry = {
        let acts = screen.acts.clone();
        Callback::from(move |_: MouseEvent| acts.tell(Action::Go(Page::Courier, Some("to-courier".to_owned()))))
    };
    let shown = screen.state.leaving.receipts.clone();
    html! {
        <div data-test="receipts">
            { heading("Sent and received") }
            { errors::notice(screen.state.notice) }
            { errors::trouble(screen.state.trouble.as_ref()) }
            if let Some(receipts) = &shown {
                <p class="s-lead" role="status" data-test="receipts-sum">{ unbroken(&sum(receipts)) }</p>
                if receipts.sealed + receipts.carried > 0 {
                    <p class="s-quiet" data-test="receipts-sealed">{ sealed(receipts) }</p>
                }
                if receipts.stuck > 0 {
                    <p class="s-note s-note--warn" data-test="receipts-stuck">{ count(receipts.stuck as usize, "sealed file", "sealed files") }{ " " }{ STUCK }</p>
                }
                { stay(receipts.pictures_stay) }
                <button type="button" class="nhsuk-button s-primary" data-test="receipts-send" onclick={again}>{ "Send now" }</button>
                <p><button type="button" class="s-plain" data-test="to-courier" onclick={carry}>
                    { "No signal? Let a colleague carry it, or carry theirs" }</button></p>
                if receipts.people.is_empty() {
                    <p class="s-note">{ "You have changed no plan, choice, visit or bag on this device." }</p>
                } else {
                    <h2 class="nhsuk-heading-m">{ "Your work, person by person" }</h2>
                    <ul class="nhsuk-list s-lines">{ for receipts.people.iter().map(person) }</ul>
                }
            } else {
                <p role="status">{ "Loading" }</p>
            }
        </div>
    }
}

fn person(work: &PersonReceipts) -> Html {
    html! {
        <li class="s-line" key={work.person.to_string()} data-test="receipts-person">
            <p><strong>{ &work.name }</strong></p>
            { for steps(work).into_iter().map(|step| html! { <p>{ unbroken(&step) }</p> }) }
        </li>
    }
}

/// The steps that were reached, the last one not reached first.
fn steps(work: &PersonReceipts) -> Vec<String> {
    let mut steps = Vec::new();
    if work.choice_waiting {
        steps.push("Choice saved on this device, not yet sent".to_owned());
    }
    for lot in &work.lots {
        let (label, (one, many)) = (lot.work.label(), lot.work.unit());
        let say = |n: u64| count(n as usize, one, many);
        if lot.waiting > 0 {
            steps.push(format!("{label}: {} saved on this device, not yet sent", say(lot.waiting)));
        }
        if lot.refused > 0 {
            let what = say(lot.refused);
            steps.push(format!(
                "{label}: {what} not taken by the hub; kept on this device, the privacy officer is told"
            ));
        }
        if let Some((number, word)) = &lot.held {
            steps.push(format!("{label}: {} held by the hub, {}", say(*number), word.at().display()));
            if lot.work == Work::Plan && work.seen.is_empty() {
                steps.push("Not yet opened by anybody else, as far as the hub knows".to_owned());
            }
        }
    }
    for (what, by) in [
        ("Care plan", &work.seen),
        ("Visits", &work.visits_seen),
        ("Record with the choice", &work.choice_seen),
        ("eRed Bag", &work.bags_seen),
    ] {
        steps.extend(by.iter().map(|seen| format!("{what} opened by: {}, {}", seen.who(), seen.at.display())));
    }
    steps
}

fn sum(receipts: &Receipts) -> String {
    let held =
        receipts.looks_held.map(|word| format!("Looks at records are held by the hub to {}.", word.at().display()));
    let waits = match receipts.changes {
        // Nothing waits, and the hub has said nothing: nothing was done.
        0 if held.is_none() => return "Nothing has been sent from this device yet.".to_owned(),
        0 => "All your work is held by the hub.".to_owned(),
        n => format!("{} saved on this device, not yet sent.", count(n as usize, "change is", "changes are")),
    };
    let since = (receipts.looks > 0).then(|| {
        format!("{} with the next sync.", count(receipts.looks as usize, "look since goes", "looks since go"))
    });
    [Some(waits), held, since].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// That the hub has no room for pictures, and what to do.
pub(crate) fn stay(stay: bool) -> Html {
    html! { if stay { <p class="s-note s-note--warn" data-test="pictures-stay">{ crate::parts::icons::warning() }{ PICTURES_STAY }</p> } }
}

fn sealed(receipts: &Receipts) -> String {
    let own = count(receipts.sealed as usize, "sealed file", "sealed files");
    match receipts.carried {
        0 => format!("Kept safe: {own} beside the record, which only the hub can open. They outlive a forgotten PIN."),
        n => format!("Kept safe: {own}; carried for colleagues: {n}. Only the hub can open them."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use desk::view::Link;
    use record::people::Role;
    use record::receipt::{HubWord, Lot, SeenBy};
    use record::{PersonId, Stamp};

    fn work() -> PersonReceipts {
        PersonReceipts {
            person: PersonId::from_bytes([1; 16]),
            name: "OKONJO, Ada".into(),
            lots: vec![],
            choice_waiting: false,
            seen: vec![],
            visits_seen: vec![],
            choice_seen: vec![],
            bags_seen: vec![],
        }
    }

    #[test]
    fn held_is_said_on_the_hubs_word_only() {
        let waits = |work| Lot { work, waiting: 2, refused: 0, held: None };
        let only_here = PersonReceipts { lots: Work::ALL.map(waits).to_vec(), choice_waiting: true, ..work() };
        let said = steps(&only_here);
        assert!(said.len() == 5 && said.iter().all(|step| step.ends_with("not yet sent")), "{said:?}");
        let word = HubWord::verified(Stamp::from_millis(0));
        let seen = SeenBy { role: Role::CareStaff, organisation: "Elm House".into(), at: Stamp::from_millis(5) };
        let held = |work| Lot { work, waiting: 0, refused: 0, held: Some((1, word)) };
        let all = PersonReceipts { lots: Work::ALL.map(held).to_vec(), seen: vec![seen], ..work() };
        let said = steps(&all);
        assert!(said[..4].iter().all(|step| step.contains("held by the hub")), "{said:?}");
        assert!(said[1].contains("1 record") && said[4].contains("care staff, Elm House"), "{said:?}");
    }

    #[test]
    fn nothing_waiting_is_not_everything_held_where_the_hub_has_said_nothing() {
        let mut receipts = Receipts {
            changes: 0,
            looks: 1,
            looks_held: None,
            people: vec![],
            sealed: 0,
            carried: 0,
            stuck: 0,
            pictures_stay: false,
            link: Link::Offline,
            now: Stamp::from_millis(0),
        };
        assert!(!sum(&receipts).contains("held"));
        receipts.changes = 3;
        assert!(sum(&receipts).contains("3 changes are saved on this device, not yet sent"));
    }
}
