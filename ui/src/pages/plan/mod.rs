//! The shared care plan: what others changed, what must be settled first, then its parts, each edited in place. It lays out what the
//! device answered and passes intents on; who may write where is asked of `record::plan`, and decided by the device.

mod decision;
mod draft;
mod field;
mod node;
mod paper;

use crate::acts::Acts;
use crate::pages::chart::basis_list;
use crate::parts::fold::Fold;
use crate::parts::{Opening, errors, heading, icons, use_page, use_screen};
use crate::routes::Page;
use crate::words::count;
use decision::Decisions;
use desk::ask::{DraftPlan, EditPlan, PlanHistory, SettlePlan};
use desk::plan::{AsideEdit, Decision, DraftStep, PlanEdit, PlanPage};
use node::PartPart;
use record::consent::Purpose;
use record::people::Role;
use record::plan::{Kind, Line};
use yew::prelude::*;

/// What every piece of the page needs.
#[derive(Clone, PartialEq)]
pub(super) struct On {
    pub(super) page: Opening<PlanPage>,
    pub(super) role: Role,
    /// It is shown as it once stood.
    pub(super) then: bool,
    pub(super) purpose: Purpose,
    pub(super) saving: bool,
    /// Nothing at all waits on this device: everything this user wrote is covered by the hub's signed word.
    pub(super) all_held: bool,
    pub(super) acts: Acts,
}

impl On {
    pub(super) fn may_write(&self, kind: Kind) -> bool {
        !self.then && kind.may_be_written_by(self.role)
    }

    /// A draft is laid upon the plan: what is written goes into it.
    pub(super) fn drafts(&self) -> bool {
        self.page.draft.as_ref().is_some_and(|draft| draft.shown)
    }

    pub(super) fn edit(&self, edit: PlanEdit) {
        let (person, purpose) = (self.page.listing.person, self.purpose);
        if self.drafts() {
            self.draft(DraftStep::Edit(edit));
        } else {
            self.acts.plan_change(EditPlan { person, purpose, edit });
        }
    }

    pub(super) fn say_decided(&self, decision: Decision) {
        let (person, purpose) = (self.page.listing.person, self.purpose);
        if self.drafts() {
            return self.draft(DraftStep::Decide(Box::new(decision)));
        }
        let Decision { topic, value, basis, review, kept, settles } = decision;
        self.acts.plan_change(SettlePlan { person, purpose, topic, value, basis, review, kept, settles });
    }

    pub(super) fn draft(&self, step: DraftStep) {
        let (person, purpose) = (self.page.listing.person, self.purpose);
        self.acts.plan_change(DraftPlan { person, purpose, step });
    }

    /// Who a hand is, as far as the plan says: for values said apart.
    pub(super) fn hand(&self, by: &str) -> String {
        let staff = by.split('/').nth(1).unwrap_or(by);
        if by == self.page.hand.as_str() { "you, on this device".to_owned() } else { staff.to_owned() }
    }
}

#[derive(Properties, PartialEq)]
pub struct PlanProps {
    /// As it once stood, not as it stands.
    pub then: bool,
}

#[component]
pub fn PlanView(props: &PlanProps) -> Html {
    let screen = use_screen();
    let shown = if props.then { Page::PlanThen } else { Page::Plan };
    use_page(shown.title(), false);
    let state = &screen.state;
    let page = if props.then { state.plan_then.clone() } else { state.plan.clone() };
    let (Some(page), Some(role)) = (page, state.status.as_ref().and_then(|s| s.signed_in.as_ref()).map(|a| a.role))
    else {
        return Html::default();
    };
    let (person, purpose) = (page.listing.person, state.purpose);
    let all_held = state.held_since(page.opened);
    let on = On {
        page: page.into(),
        role,
        then: props.then,
        purpose,
        saving: state.plan_saving,
        all_held,
        acts: screen.acts.clone(),
    };
    let again = {
        let acts = screen.acts.clone();
        Callback::from(move |_: MouseEvent| acts.plan(person, purpose, None))
    };
    let history = {
        let acts = screen.acts.clone();
        Callback::from(move |_: MouseEvent| acts.plan_history(PlanHistory { person, purpose }))
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
        <div class="s-plan" data-test={if props.then { "plan-then" } else { "plan" }}>
            <div class="s-chart__head">
                { heading(if props.then { "Care plan as it stood" } else { "Care plan" }) }
                if !props.then {
                    <button type="button" class="s-plain" data-test="to-plan-history" id="to-plan-history" onclick={history}>
                        { "History" }</button>
                }
            </div>
            { errors::notice(state.notice) }
            { errors::trouble(state.trouble.as_ref()) }
            if props.then {
                <p class="s-note s-note--warn">{ icons::warning() }<span>{ as_it_stood(&on.page) }</span></p>
            } else {
                { draft::banner(&on) }
                { own_edits(&on) }
                if state.plan_changed {
                    <p class="s-note" role="status">{ "Others changed this plan. " }
                        <button type="button" class="nhsuk-button nhsuk-button--secondary s-refresh" data-test="plan-refresh"
                            onclick={again}>{ "Show the changes" }</button></p>
                }
                { news(&on) }
            }
            { disputes(&on) }
            <Decisions on={on.clone()} />
            { for on.page.plan.parts.iter().map(|part| html! { <PartPart key={part.kind.code()} on={on.clone()} node={part.clone()} /> }) }
            <Fold summary="Why can I see this?" mark="plan-why" content={basis} />
            { draft::foot(&on) }
        </div>
    }
}

fn as_it_stood(page: &PlanPage) -> String {
    match page.plan.updated {
        Some(at) => format!("This is the plan as it stood after {}. It cannot be changed here.", at.display()),
        None => "This is the plan before anybody wrote in it.".to_owned(),
    }
}

/// Where this user's own edits are. Never a green tick for what is only here.
fn own_edits(on: &On) -> Html {
    let own = &on.page.own;
    let words = match (on.saving, own.waiting, own.held_at) {
        (true, _, _) => "Saving on this device".to_owned(),
        (false, 0, Some(word)) => format!("All your edits are held by the hub, {}.", word.at().display()),
        (false, 0, None) => match on.page.plan.updated {
            Some(at) => format!("Last changed {}.", at.display()),
            None => "Nobody has written in this plan yet.".to_owned(),
        },
        (false, waiting, _) if waiting > 0 && on.all_held => "All your edits are held by the hub.".to_owned(),
        (false, waiting, _) => {
            format!("{} saved on this device, not yet sent.", count(waiting as usize, "edit", "edits"))
        }
    };
    html! {
        <>
        <p class="s-quiet" role="status" data-test="plan-saved">{ words }</p>
        { aside(on) }
        </>
    }
}

/// This user's edits that the hub did not take, with their words, so that they can be written again.
fn aside(on: &On) -> Html {
    let edits = &on.page.own.aside;
    if edits.is_empty() {
        return Html::default();
    }
    let (acts, person) = (on.acts.clone(), on.page.listing.person);
    let done = Callback::from(move |_: MouseEvent| acts.plan_aside_done(person));
    let edit = |edit: &AsideEdit| {
        html! {
            <li>
                <p class="s-quiet">{ format!("{}, {}: {}.", edit.what.in_words(), edit.at.display(), edit.why) }</p>
                { for edit.words.iter().map(|words| html! { <blockquote class="s-aside__words">{ words }</blockquote> }) }
            </li>
        }
    };
    html! {
        <section class="s-aside" aria-label="Edits of yours that are not in this plan" data-test="plan-aside">
            <p class="s-note s-note--warn">{ icons::warning() }<span>{
                format!("{} of yours not in this plan: the hub did not take it, and nobody else sees it. It is kept on this device. \
                    Write again what still holds, and tell your administrator.", count(edits.len(), "edit", "edits"))
            }</span></p>
            <ul class="nhsuk-list">{ for edits.iter().map(edit) }</ul>
            <button type="button" class="nhsuk-button nhsuk-button--secondary" data-test="plan-aside-done" onclick={done}>
                { "I have written again what still holds" }</button>
        </section>
    }
}

/// What others changed since this user said they had looked.
fn news(on: &On) -> Html {
    let Some(newest) = on.page.news.last().map(|line| line.moment.clone()) else { return Html::default() };
    let (acts, person) = (on.acts.clone(), on.page.listing.person);
    let seen = Callback::from(move |_: MouseEvent| acts.plan_seen(person, newest.clone()));
    html! {
        <section class="s-section s-plan__news" aria-label="Since you last looked" data-test="plan-news">
            <h2 class="s-section__heading">{ "Since you last looked" }</h2>
            <ul class="nhsuk-list">{ for on.page.news.iter().rev().take(20).map(line_words).map(|words| html! { <li>{ words }</li> }) }</ul>
            <button type="button" class="nhsuk-button nhsuk-button--secondary" data-test="plan-seen" onclick={seen}>
                { "I have seen these" }</button>
        </section>
    }
}

pub(super) fn line_words(line: &Line) -> String {
    let staff = line.staff.as_ref().map_or_else(|| "Unknown".to_owned(), |s| s.to_string());
    let who = if line.name.is_empty() { staff } else { line.name.clone() };
    format!("{}: {} ({})", who, line.what.in_words(), line.at.display())
}

fn disputes(on: &On) -> Html {
    match on.page.plan.disputes() {
        0 => Html::default(),
        n => html! {
            <p class="s-note s-note--warn" data-test="plan-disputes">{ icons::warning() }<strong>{
                format!("{} in this plan: both are shown until somebody settles it.", count(n, "disagreement", "disagreements"))
            }</strong></p>
        },
    }
}
