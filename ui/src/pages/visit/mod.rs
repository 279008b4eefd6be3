//! Somebody's visits: what contradicts first, then the visit that is on and what can be done, the run of NEWS2, and everything done, newest
//! first. It lays out what the device answered and passes acts on; what may stand is asked of `record::visit`, and decided by the device.

mod dose;
mod draft;
mod entries;
mod observations;
mod pictures;
mod words;
mod wound;

use crate::acts::Acts;
use crate::pages::chart::basis_list;
use crate::parts::fold::Fold;
use crate::parts::news2chart::News2Chart;
use crate::parts::{Opening, Screen, errors, heading, icons, use_page, use_screen};
use crate::routes::Page;
use crate::state::{Action, Form, VisitAction};
use crate::words::{ago, count};
use desk::visit::{AccessPage, NewAct, PhotoPage, VisitPage};
use dose::DoseForm;
use observations::ObservationsForm;
use record::Stamp;
use record::consent::Purpose;
use record::people::Role;
use record::visit::{Body, Outcome, PhotoId};
use std::rc::Rc;
use words::WordsForm;
use wound::WoundForm;
use yew::prelude::*;

/// What every piece of the page needs.
#[derive(Clone, PartialEq)]
pub(super) struct On {
    pub(super) page: Opening<VisitPage>,
    pub(super) role: Role,
    pub(super) purpose: Purpose,
    pub(super) saving: bool,
    /// Nothing at all waits on this device: everything done here is covered by the hub's signed word.
    pub(super) all_held: bool,
    pub(super) booking: String,
    /// The photograph that is open, and one that was asked for.
    pub(super) photo: Option<Rc<PhotoPage>>,
    pub(super) photo_asked: Option<PhotoId>,
    pub(super) now: Stamp,
    pub(super) acts: Acts,
}

impl On {
    pub(super) fn form(&self, form: Form) -> Callback<MouseEvent> {
        let acts = self.acts.clone();
        Callback::from(move |_| acts.tell(Action::Visit(VisitAction::Form(Some(form.clone())))))
    }

    fn act(&self, body: Body) -> Callback<MouseEvent> {
        let (acts, page, purpose) = (self.acts.clone(), self.page.clone(), self.purpose);
        Callback::from(move |_| {
            let act = NewAct { visit: page.on, body: body.clone(), draft: None };
            acts.act(page.listing.person, purpose, act);
        })
    }

    /// How old what is known of others' acts is.
    pub(super) fn knowledge(&self) -> String {
        match self.page.known_at {
            Some(at) => format!("What others did is known as at {} ({}).", at.display(), ago(self.now, at)),
            None => "This device has never heard from the hub: what others did is not known here.".to_owned(),
        }
    }
}

#[component]
pub fn VisitView() -> Html {
    let screen = use_screen();
    use_page(Page::Visit.title(), false);
    let state = &screen.state;
    let (Some(page), Some(status)) = (state.visits.page.clone(), state.status.clone()) else { return Html::default() };
    let Some(role) = status.signed_in.as_ref().map(|actor| actor.role) else { return Html::default() };
    let on = On {
        all_held: state.held_since(page.opened),
        page: page.into(),
        role,
        purpose: state.purpose,
        saving: state.visits.saving,
        booking: state.visits.booking.clone(),
        photo: state.visits.photo.clone(),
        photo_asked: state.visits.photo_asked,
        now: state.now(),
        acts: screen.acts.clone(),
    };
    let (person, purpose) = (on.page.listing.person, on.purpose);
    let again = {
        let acts = on.acts.clone();
        Callback::from(move |_: MouseEvent| acts.visit(person, purpose))
    };
    let basis = {
        let page = on.page.clone();
        Callback::from(move |()| {
            html! {
                <><p>{ &page.basis.sentence }</p>{ basis_list(&page.basis, Some(purpose.label()), page.opened) }
                <p class="s-quiet">{ format!("This look was recorded as entry {}.", page.audit_seq) }</p></>
            }
        })
    };
    html! {
        <div class="s-visit" data-test="visit">
            { heading("Visit") }
            { errors::trouble(state.trouble.as_ref()) }
            { standing(&on) }
            if state.visits.changed {
                <p class="s-note" role="status">{ "There may be newer records of visits. " }
                    <button type="button" class="nhsuk-button nhsuk-button--secondary s-refresh" data-test="visit-refresh"
                        onclick={again}>{ "Look again" }</button></p>
            }
            { double_doses(&on) }
            if let Some(form) = &state.visits.form {
                { open_form(&on, form) }
            } else {
                { visiting(&screen, &on) }
                { doing(&on) }
            }
            <News2Chart scores={on.page.log.scores()} />
            { entries::tasks(&on) }
            { entries::wounds(&on) }
            { entries::all(&on) }
            <Fold summary="Why can I see this?" mark="visit-why" content={basis} />
        </div>
    }
}

/// Where this user's own records are, and how old is what is known of others'. Never a green tick for what is only here.
fn standing(on: &On) -> Html {
    let words = match (on.saving, on.page.waiting) {
        (true, _) => "Saving on this device".to_owned(),
        (false, 0) => "Everything you recorded here is held by the hub.".to_owned(),
        (false, _) if on.all_held => "Everything you recorded here is held by the hub.".to_owned(),
        (false, n) => format!("{} saved on this device, not yet sent.", count(n as usize, "record", "records")),
    };
    let own = !on.page.places.is_empty();
    html! {
        <>
        if own || on.saving { <p class="s-quiet" role="status" data-test="visit-saved">{ words }</p> }
        <p class="s-quiet" data-test="known-at">{ on.knowledge() }</p>
        { for on.page.refused.iter().map(|why| html! {
            <p class="s-note s-note--warn">{ icons::warning() }
                <span>{ format!("The hub did not take a record of yours: {why}. It is kept on this device. Tell your administrator.") }</span></p>
        }) }
        if on.page.newer > 0 {
            <p class="s-note s-note--warn">{ icons::warning() }<span>{
                format!("{} made by a newer version of Satchel cannot be shown here. Update this device.", count(on.page.newer as usize, "record", "records"))
            }</span></p>
        }
        </>
    }
}

/// Doses given without knowing of each other: both shown, newest first, never a winner.
fn double_doses(on: &On) -> Html {
    let card = |(place, double): (usize, &record::visit::guard::DoubleDose)| {
        let doses = double.doses.iter().rev().filter_map(|id| on.page.log.entry(*id));
        let voice = |entry: &record::visit::Entry| {
            let Body::Dose(dose) = &entry.act.body else { return Html::default() };
            let route = match &dose.outcome {
                Outcome::Given { route, .. } => route.as_str(),
                Outcome::NotGiven { .. } => "",
            };
            html! {
                <div class="s-voice">
                    <p class="s-voice__value"><strong>{ dose.in_words() }</strong></p>
                    <p>{ format!("{} {route}", if double.perhaps { &dose.medicine.name } else { "" }) }</p>
                    <p class="s-quiet">{ format!("{}, {}, {}", entry.act.by.name, entry.act.by.title, entry.act.by.organisation) }</p>
                </div>
            }
        };
        html! {
            <section class="s-section s-double" aria-label="Possible double dose" data-test="double-dose">
                <h2 class="s-section__heading">{ icons::warning() }{ " Possible double dose" }</h2>
                <p><strong>{ &double.medicine.name }</strong>{ format!(", {}. {}", double.slot.display(), double.in_words()) }</p>
                <div class="s-dispute">{ for doses.map(voice) }</div>
                if on.role == Role::RegulatedClinician {
                    <button type="button" class="nhsuk-button nhsuk-button--secondary s-small" data-test="do-review"
                        onclick={on.form(Form::Review(place))}>{ "Record what was done about it" }</button>
                } else {
                    <p>{ "Tell a registered clinician now." }</p>
                }
            </section>
        }
    };
    html! { <>{ for on.page.log.double_doses.iter().enumerate().map(card) }</> }
}

/// Starting, or the visit that is on; and how to get in.
fn visiting(screen: &Screen, on: &On) -> Html {
    let (acts, person, purpose) = (on.acts.clone(), on.page.listing.person, on.purpose);
    let access = Callback::from(move |_: MouseEvent| acts.access_notes(person, purpose));
    let started = on.page.on.and_then(|id| on.page.log.entry(id)).map(|entry| entry.act.at);
    html! {
        <section class="s-section" aria-label="This visit">
            if let Some(at) = started {
                <p data-test="visit-on"><strong>{ format!("Visit started {}", at.display()) }</strong></p>
                <button type="button" class="nhsuk-button s-primary" data-test="end-visit" onclick={on.form(Form::End)}>{ "End the visit" }</button>
            } else {
                <button type="button" class="nhsuk-button s-primary" data-test="start-visit" disabled={on.saving}
                    onclick={on.act(Body::Started { booking: on.booking.clone() })}>{ "Start the visit" }</button>
                <button type="button" class="nhsuk-button nhsuk-button--secondary s-again" data-test="do-not-home"
                    onclick={on.form(Form::NotHome)}>{ "Not at home" }</button>
            }
            if let Some(notes) = &screen.state.visits.access {
                { shown_access(notes) }
            } else {
                <button type="button" class="nhsuk-button nhsuk-button--secondary s-again" data-test="how-to-get-in" onclick={access}>
                    { "How to get in, and what to know" }</button>
            }
        </section>
    }
}

fn shown_access(notes: &AccessPage) -> Html {
    let empty = notes.notes.is_empty() && notes.key_safe.is_empty() && !notes.key_kept_back;
    html! {
        <div data-test="access">
            <h2 class="s-section__heading">{ "How to get in, and what to know" }</h2>
            if empty { <p>{ "Nothing about access or safety is recorded. This does not mean there is nothing." }</p> }
            <ul class="nhsuk-list">
                { for notes.notes.iter().map(|(about, words, lines)| html! {
                    <li><strong>{ about.label() }</strong>{ ": " }{ words }
                        { for lines.iter().map(|line| html! { <><br/><span class="s-quiet">{ line }</span></> }) }</li>
                }) }
                { for notes.key_safe.iter().map(|claim| html! {
                    <li><strong>{ "Key safe" }</strong>{ ": " }{ &claim.value.text }
                        <br/><span class="s-quiet">{ format!("{}, {}", claim.by.name, claim.at.display()) }</span></li>
                }) }
            </ul>
            if notes.key_safe.len() > 1 { <p class="s-dispute__say">{ icons::warning() }<strong>{ "Recorded differently by two people: both are shown." }</strong></p> }
            if notes.key_kept_back { <p class="s-note">{ "Where the key is kept is shown once a visit is started, or on the day it is booked." }</p> }
            <p class="s-quiet">{ format!("This look was recorded as entry {}.", notes.audit_seq) }</p>
        </div>
    }
}

/// What can be done: each a form. One that was left unfinished says so.
fn doing(on: &On) -> Html {
    let forms = [
        (Form::Observations, "Observations"),
        (Form::Medicines, "Medicines"),
        (Form::Note, "Note"),
        (Form::Wound(None), "Wound"),
        (Form::Task, "Task"),
        (Form::Referral, "Referral"),
    ];
    let button = |(form, label): (Form, &'static str)| {
        let begun = on.page.draft(&form.draft()).is_some() || !on.page.pictures(&form.draft()).is_empty();
        let mark = format!("do-{}", draft::kind(&form));
        html! {
            <button type="button" class="s-do" data-test={mark} onclick={on.form(form)}>
                <span>{ label }</span>
                if begun { <strong class="nhsuk-tag nhsuk-tag--yellow s-tag">{ "Draft" }</strong> }
            </button>
        }
    };
    html! { <div class="s-doing" role="group" aria-label="Record something">{ for forms.into_iter().map(button) }</div> }
}

fn open_form(on: &On, form: &Form) -> Html {
    let on = on.clone();
    let name = draft::kind(form);
    // Another form is another element, with a draft of its own.
    let key = form.draft();
    let inside = match form.clone() {
        Form::Observations => html! { <ObservationsForm {key} {on} /> },
        Form::Medicines => dose::list(&on),
        Form::Dose(place) => html! { <DoseForm {key} {on} {place} /> },
        Form::Wound(of) => html! { <WoundForm {key} {on} {of} /> },
        words => html! { <WordsForm {key} {on} form={words} /> },
    };
    html! { <section class="s-section s-form" data-test={format!("form-{name}")}>{ inside }</section> }
}
