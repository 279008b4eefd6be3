//! Not shown: about whom, why (the rule, the choice, its date and age), and the one lawful next step, as the device gave it. It
//! offers nothing that the device did not offer.

use crate::pages::caseload::PURPOSES;
use crate::pages::chart::basis_list;
use crate::pages::own;
use crate::parts::banner::{Banner, Words};
use crate::parts::{errors, heading, icons, use_page, use_screen};
use crate::routes::Page;
use crate::state::Action;
use desk::view::Why;
use record::consent::{Choice, Claim, NextStep, Purpose, Relationship};
use yew::prelude::*;

#[component]
pub fn RefusalPage() -> Html {
    let screen = use_screen();
    use_page(screen.state.page.title(), false);
    if screen.state.page == Page::Own {
        return own::own(&screen);
    }
    let Some(why) = screen.state.refusal.clone() else { return Html::default() };
    let purpose = screen.state.purpose;
    html! {
        <div class="s-narrow" data-test="refusal">
            { heading(title(why.next)) }
            { errors::notice(screen.state.notice) }
            { errors::trouble(screen.state.trouble.as_ref()) }
            <div class="s-note s-note--warn s-why">{ icons::warning() }<p>{ &why.sentence }</p></div>
            { next(&screen, &why) }
            { own_part(&screen, &why) }
            { change(&screen, &why) }
            <h2 class="nhsuk-heading-s">{ "Why" }</h2>
            { basis_list(&why.basis, Some(purpose.label()), screen.state.now()) }
            <p class="s-quiet">{ format!("Nothing of the record was shown. That you asked is recorded as entry {}.", why.audit_seq) }</p>
            { ask_again(&screen, &why, purpose) }
        </div>
    }
}

/// The banner of a refusal: from the row alone.
pub fn block(why: &Why) -> Html {
    html! { <div class="s-block" id="person-block"><Banner words={Words::of_listing(&why.listing, &why.age)} /></div> }
}

const fn title(next: NextStep) -> &'static str {
    match next {
        NextStep::AskThePerson => "Ask the person first",
        NextStep::BreakGlass => "This record is closed to you",
        NextStep::CallAClinician => "A registered clinician must decide",
        NextStep::Nothing => "You cannot see this record",
        NextStep::RenewLicence => "Too long without the hub",
    }
}

fn next(screen: &crate::parts::Screen, why: &Why) -> Html {
    let go = |page: Page| {
        let acts = screen.acts.clone();
        Callback::from(move |_: MouseEvent| acts.tell(Action::Go(page, None)))
    };
    match why.next {
        NextStep::AskThePerson => html! {
            <>
            <p>{ "If the person, or somebody who decides for them, agrees now, record their choice and the record opens." }</p>
            <button type="button" class="nhsuk-button s-primary" data-test="refusal-next" onclick={go(Page::Consent)}>
                { "Ask, and record their choice" }</button>
            </>
        },
        NextStep::BreakGlass => html! {
            <>
            <p>{ "If somebody would come to serious harm and you cannot ask, you can break the glass. You give a reason, and the privacy officer reviews it." }</p>
            <button type="button" class="nhsuk-button nhsuk-button--warning s-primary" data-test="refusal-next"
                onclick={go(Page::BreakGlass { widened: false })}>{ "Break the glass" }</button>
            </>
        },
        NextStep::CallAClinician => html! {
            <div class="s-note" data-test="refusal-next"><p>
                <strong>{ "In an emergency call 999. " }</strong>
                { "If it is urgent but not an emergency, call 111. Otherwise ask a registered clinician on your team: they may be able to open the record." }
            </p></div>
        },
        NextStep::RenewLicence => html! {
            <>
            <p>{ "Get signal and sync, or ask a colleague to extend this device's licence. What you have recorded is safe and is still sent. In an emergency, ask again for emergency treatment." }</p>
            <button type="button" class="nhsuk-button s-primary" data-test="refusal-next" onclick={go(Page::Licence)}>
                { "Extend the licence" }</button>
            </>
        },
        NextStep::Nothing => html! {
            <div class="s-note" data-test="refusal-next"><p>
                { "There is no way to open it from here. Give care on what you see and what you are told. If you think this is wrong, contact the privacy officer." }
            </p></div>
        },
    }
}

/// The person's right to change their mind, then and there; or to settle what is in conflict.
fn change(screen: &crate::parts::Screen, why: &Why) -> Html {
    let words = match why.basis.choice {
        Choice::Conflict => "Settle it with the person",
        Choice::N1 | Choice::N2 => "The person wants to change their choice",
        _ => return Html::default(),
    };
    if matches!(why.basis.relationship, Relationship::None) {
        return Html::default();
    }
    let acts = screen.acts.clone();
    let onclick = Callback::from(move |_: MouseEvent| acts.tell(Action::Go(Page::Consent, None)));
    html! {
        <>
        { sides(why) }
        <button type="button" class="nhsuk-button nhsuk-button--secondary s-again" data-test="refusal-change" {onclick}>{ words }</button>
        </>
    }
}

/// What the user's own organisation wrote itself is not the shared record, and is here.
fn own_part(screen: &crate::parts::Screen, why: &Why) -> Html {
    let Some(organisation) = &why.own else { return Html::default() };
    let (acts, person, purpose) = (screen.acts.clone(), why.listing.person, screen.state.purpose);
    let onclick = Callback::from(move |_: MouseEvent| acts.own(person, purpose));
    html! {
        <button type="button" class="nhsuk-button nhsuk-button--secondary s-again" data-test="refusal-own" {onclick}>
            { format!("What {organisation} wrote itself") }</button>
    }
}

/// What was said apart.
fn sides(why: &Why) -> Html {
    if why.basis.between.is_empty() {
        return Html::default();
    }
    html! {
        <>
        <h2 class="nhsuk-heading-s">{ "What is recorded" }</h2>
        <ul class="s-caveats">{ for why.basis.between.iter().map(|side| html! { <li>{ said(side) }</li> }) }</ul>
        </>
    }
}

/// One side of a conflict, in words.
pub fn said(side: &Claim) -> String {
    let when = side.decided.map_or_else(|| "no date recorded".to_owned(), |at| at.display());
    let who = side.by.as_ref().map_or_else(String::new, |by| format!(", recorded by {}, {}", by.name, by.organisation));
    format!("{} ({when}{who})", side.choice.label())
}

/// The same question for another purpose: decided and recorded anew by the device.
fn ask_again(screen: &crate::parts::Screen, why: &Why, asked: Purpose) -> Html {
    let person = why.listing.person;
    let others = PURPOSES.into_iter().filter(|p| *p != asked).map(|purpose| {
        let (acts, state) = (screen.acts.clone(), screen.state.clone());
        let onclick = Callback::from(move |_: MouseEvent| acts.look(&state, person, purpose));
        html! {
            <button type="button" class="nhsuk-button nhsuk-button--secondary s-again" data-test={format!("reask-{}", purpose.code())}
                {onclick}>{ format!("Ask again for {}", purpose.label().to_lowercase()) }</button>
        }
    });
    html! {
        <>
        <h2 class="nhsuk-heading-s">{ "Is it for something else?" }</h2>
        <p>{ "Only ask for what it really is: each try is recorded with its purpose." }</p>
        <div class="s-agains">{ for others }</div>
        </>
    }
}
