//! Decisions that never resolve themselves. Where voices differ each is a card of its own, side by side where there is room: who, in which
//! role and organisation, when, and on what it rests. Settling names every voice it settles.

use super::On;
use crate::parts::form::{Radio, keep, submit};
use crate::parts::icons;
use desk::plan::Decision;
use record::plan::{Claim, ClaimValue, Held, Topic};
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct DecisionsProps {
    pub(super) on: On,
}

/// Every decision of the whole plan: those that hold something first, then what nobody has decided.
#[component]
pub fn Decisions(props: &DecisionsProps) -> Html {
    let on = &props.on;
    let one = |topic: &Topic, held: &Held| {
        html! {
            <DecisionPart key={topic.to_string()} on={on.clone()} topic={topic.clone()} held={held.clone()} />
        }
    };
    let all = on.page.plan.decisions.iter().filter(|(topic, _)| topic.node().is_none());
    html! {
        <section class="s-section" aria-labelledby="plan-decisions">
            <h2 class="s-section__heading" id="plan-decisions">{ "Decisions" }</h2>
            { for all.map(|(topic, held)| one(topic, held)) }
        </section>
    }
}

#[derive(Properties, PartialEq)]
pub struct DecisionProps {
    pub(super) on: On,
    pub topic: Topic,
    pub held: Held,
}

#[component]
pub fn DecisionPart(props: &DecisionProps) -> Html {
    let DecisionProps { on, topic, held } = props;
    let open = use_state(|| false);
    let toggle = {
        let open = open.clone();
        Callback::from(move |_: MouseEvent| open.set(!*open))
    };
    let mark = mark_of(topic);
    let of_goal = matches!(topic, Topic::GoalStatus(_));
    let may = !on.then
        && topic.may_be_claimed_by(on.role)
        && !(of_goal && topic.node().is_some_and(|node| on.page.plan.has_ended(node)));
    // What this person's word takes the place of: the page's hand is whose device it is.
    let staff = on.page.hand.as_str().split('/').nth(1).and_then(|staff| staff.parse().ok());
    let replaces = staff.filter(|_| may).map(|staff| held.replaceable(topic, on.role, &staff)).unwrap_or_default();
    let all = !replaces.is_empty() && replaces.len() == held.standing().len();
    let noun = if of_goal { "status" } else { "decision" };
    let (shown, press) = match held {
        Held::Nothing => (html! { <p class="s-quiet">{ "Nothing recorded here" }</p> }, format!("Record a {noun}")),
        Held::Agreed { said, also } => (
            html! {
                <>{ card(topic, said) }
                if !also.is_empty() {
                    <p class="s-quiet">{ format!("Also recorded by {}.", also.iter().map(|c| c.by.name.as_str()).collect::<Vec<_>>().join(", ")) }</p>
                }</>
            },
            if all { format!("Change this {noun}") } else { "Add what you know".to_owned() },
        ),
        Held::Disputed(voices) => (
            html! {
                <>
                <p class="s-dispute__say">{ icons::warning() }<strong>{ "They disagree. Neither is in force until a registered clinician settles it." }</strong></p>
                <div class="s-dispute" data-test={format!("dispute-{mark}")}>{ for voices.iter().map(|claim| card(topic, claim)) }</div>
                </>
            },
            match (all, replaces.is_empty()) {
                (true, _) => "Settle this",
                (_, true) => "Add what you know",
                _ => "Change what you said",
            }
            .to_owned(),
        ),
    };
    let done = {
        let open = open.clone();
        Callback::from(move |()| open.set(false))
    };
    html! {
        <div class="s-decision" data-test={format!("decision-{mark}")}>
            <h3 class="s-decision__title">{ topic.title() }</h3>
            { shown }
            if may && !*open {
                <button type="button" class="s-plain" data-test={format!("decide-{mark}")} onclick={toggle}>{ press }</button>
            }
            if *open {
                <SettleForm on={on.clone()} topic={topic.clone()} settles={replaces} disputed={matches!(held, Held::Disputed(_))} {done} />
            }
        </div>
    }
}

/// A topic as part of an element's name.
pub(super) fn mark_of(topic: &Topic) -> String {
    topic.to_string().replace(':', "-")
}

/// One voice.
fn card(topic: &Topic, claim: &Claim) -> Html {
    html! {
        <div class="s-voice" key={claim.id.clone()}>
            <p class="s-voice__value"><strong>{ claim.value.shown(topic) }</strong></p>
            <p>{ format!("{}, {}, {}", claim.by.name, claim.by.title, claim.by.organisation) }
                <br/><span class="s-quiet s-nowrap">{ claim.at.display() }</span></p>
            <p>{ "Rests on: " }{ if claim.basis.is_empty() { "not recorded" } else { &claim.basis } }</p>
            if let Some(review) = &claim.review { <p>{ format!("Review: {}", review.display()) }</p> }
            if topic == &Topic::Cpr || topic == &Topic::Adrt || !claim.kept.is_empty() {
                <p class="s-quiet">{ if claim.kept.is_empty() {
                    "Where the signed original is was not recorded".to_owned()
                } else {
                    format!("Signed original: {}", claim.kept)
                } }</p>
            }
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct SettleProps {
    on: On,
    topic: Topic,
    /// Every voice that this decision replaces.
    settles: Vec<String>,
    disputed: bool,
    done: Callback<()>,
}

#[component]
fn SettleForm(props: &SettleProps) -> Html {
    let SettleProps { on, topic, settles, disputed, done } = props;
    let of_goal = matches!(topic, Topic::GoalStatus(_));
    let code = use_state(|| None::<&'static str>);
    let (words, basis, kept, review) =
        (use_state(String::new), use_state(String::new), use_state(String::new), use_state(String::new));
    let wrong = use_state(|| false);
    let mark = mark_of(topic);
    let save = {
        let (on, topic, settles, done) = (on.clone(), topic.clone(), settles.clone(), done.clone());
        let (code, words, basis, kept, review, wrong) =
            (code.clone(), words.clone(), basis.clone(), kept.clone(), review.clone(), wrong.clone());
        submit(move || {
            let said = code.is_some() || !words.trim().is_empty();
            let date = record::When::parse(&review);
            if !said || basis.trim().is_empty() || (!review.trim().is_empty() && date.is_none()) {
                wrong.set(true);
                return;
            }
            on.say_decided(Decision {
                topic: topic.clone(),
                value: ClaimValue { code: code.map(str::to_owned), text: words.trim().to_owned() },
                basis: (*basis).clone().into(),
                review: date,
                kept: (*kept).clone(),
                settles: settles.clone(),
            });
            done.emit(());
        })
    };
    let cancel = {
        let done = done.clone();
        Callback::from(move |_: MouseEvent| done.emit(()))
    };
    let choose = |value: &record::plan::values::Coded| {
        let (state, this) = (code.clone(), value.code);
        let pick = Callback::from(move |()| state.set(Some(this)));
        html! {
            <Radio key={value.code} name={format!("code-{mark}")} mark={format!("value-{mark}-{}", value.code)} label={value.label}
                checked={*code == Some(value.code)} {pick} />
        }
    };
    let settling = match settles.len() {
        0 => Html::default(),
        // A goal that goes on is no settlement.
        _ if of_goal && !disputed => Html::default(),
        n => html! { <p class="s-note">{ format!("This settles {}: it is recorded that you did, by name.",
        crate::words::count(n, "recorded decision", "recorded decisions")) }</p> },
    };
    let line = |id: String, label: &'static str, hint: &'static str, state: &UseStateHandle<String>| {
        html! {
            <div class="nhsuk-form-group">
                <label class="nhsuk-label s-label" for={id.clone()}>{ label }</label>
                if !hint.is_empty() { <div class="nhsuk-hint">{ hint }</div> }
                <input class="nhsuk-input" type="text" id={id.clone()} data-test={id} autocomplete="off" value={(**state).clone()} oninput={keep(state)} />
            </div>
        }
    };
    html! {
        <form class="s-settle" onsubmit={save} novalidate=true>
            if *wrong {
                <p class="nhsuk-error-message" role="alert">{ "Enter the decision and what it rests on. A review date is like 2026-05 or 2026-05-12." }</p>
            }
            { settling }
            if !topic.values().is_empty() {
                <fieldset class="nhsuk-fieldset nhsuk-form-group">
                    <legend class="nhsuk-fieldset__legend s-label">{ if of_goal { topic.title() } else { "Decision" } }</legend>
                    <div class="nhsuk-radios">{ for topic.values().iter().map(choose) }</div>
                </fieldset>
            }
            { line(format!("words-{mark}"), if topic.values().is_empty() { "Decision" } else { "In words (optional)" }, "", &words) }
            if of_goal {
                { line(format!("basis-{mark}"), "What does it rest on?", "What you saw, or what the person said", &basis) }
            } else {
                { line(format!("basis-{mark}"), "What does it rest on?", "The conversation, the assessment, the form you have seen", &basis) }
                { line(format!("kept-{mark}"), "Where is the signed original? (optional)", "", &kept) }
                { line(format!("review-{mark}"), "Review date (optional)", "For example 2026-05-12", &review) }
            }
            <button type="submit" class="nhsuk-button s-primary" data-test={format!("settle-{mark}")} disabled={on.saving}>
                { match (settles.is_empty(), of_goal) {
                    (true, false) => "Record this decision",
                    (false, false) => "Settle by this decision",
                    (_, true) => "Record this status",
                } }</button>
            <button type="button" class="s-plain" onclick={cancel}>{ "Leave it as it is" }</button>
        </form>
    }
}

/// What is decided of one entry, in it: the dose of a medicine, how far a goal has got.
pub(super) fn of_entry(on: &On, topic: Topic) -> Html {
    let held = on.page.plan.held(&topic).cloned().unwrap_or(Held::Nothing);
    html! { <DecisionPart on={on.clone()} {topic} {held} /> }
}
