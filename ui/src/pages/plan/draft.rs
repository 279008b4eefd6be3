//! A draft of the plan, on its page: begun, gone on with, put into the plan or thrown away. Said first on the page, for nobody but its writer sees it. Not what
//! is in it: that is laid upon the plan by the device.

use super::On;
use crate::parts::icons;
use crate::words::count;
use desk::plan::{DraftStep, PlanDraft, Unfit};
use yew::prelude::*;

pub(super) fn banner(on: &On) -> Html {
    match &on.page.draft {
        Some(draft) if draft.shown => shown(on, draft),
        Some(draft) => html! {
            <div class="s-note s-note--warn" data-test="plan-draft">{ icons::warning() }<span>{ format!(
                "You have a draft of {} that is not in this plan. Nobody else sees it. ", edits(draft)) }
                { press(on, "plan-draft-open", "Go on with the draft", DraftStep::Open) }</span></div>
        },
        None if on.page.plan.parts.iter().any(|part| on.may_write(part.kind)) => html! {
            <p class="s-quiet">{ "What you write is saved in the plan for everybody. " }
                { press(on, "plan-draft-begin", "Write a draft first", DraftStep::Open) }</p>
        },
        None => Html::default(),
    }
}

/// At the foot of the window wherever the page stands: nobody writes in a draft believing that it is the plan.
pub(super) fn foot(on: &On) -> Html {
    if on.drafts() {
        html! { <p class="s-draft__foot" data-test="plan-draft-foot">{ icons::warning() }<strong>{ "Draft: nobody else sees this" }</strong></p> }
    } else {
        Html::default()
    }
}

fn shown(on: &On, draft: &PlanDraft) -> Html {
    let unfit = |one: &Unfit| html! { <li>{ format!("{}. {}", one.what.in_words(), one.why) }</li> };
    html! {
        <section class="s-aside" aria-label="Your draft" data-test="plan-draft-shown">
            <p class="s-note s-note--warn" role="status">{ icons::warning() }<span><strong>{ "Draft. " }</strong>{ match draft.edits {
                0 => "What you write now is yours, and nobody else sees it until you put it into the plan.".to_owned(),
                _ => format!("{} on this device, not in the plan. Nobody else sees them.", edits(draft)),
            } }</span></p>
            if !draft.unfit.is_empty() {
                <p>{ "Not shown below, because the plan has changed since. Write it again if it still holds:" }</p>
                <ul class="nhsuk-list nhsuk-list--bullet" data-test="plan-draft-unfit">{ for draft.unfit.iter().map(unfit) }</ul>
            }
            if draft.edits > 0 {
                { press(on, "plan-draft-publish", "Put it into the plan", DraftStep::Publish) }
                <details class="nhsuk-details">
                    <summary class="nhsuk-details__summary" data-test="plan-draft-away"><span class="nhsuk-details__summary-text">{ "Throw the draft away" }</span></summary>
                    <div class="nhsuk-details__text"><p>{ "What you wrote in it is gone then. The plan stays as it is." }</p>
                        { press(on, "plan-draft-discard", "Yes, throw it away", DraftStep::Discard) }</div>
                </details>
            } else {
                { press(on, "plan-draft-leave", "Write in the plan itself", DraftStep::Discard) }
            }
        </section>
    }
}

fn edits(draft: &PlanDraft) -> String {
    count(draft.edits as usize, "edit", "edits")
}

fn press(on: &On, mark: &'static str, words: &'static str, step: DraftStep) -> Html {
    let on = on.clone();
    let onclick = Callback::from(move |_: MouseEvent| on.draft(step.clone()));
    let first = mark == "plan-draft-publish";
    let class = if first { "nhsuk-button s-refresh" } else { "nhsuk-button nhsuk-button--secondary s-refresh" };
    html! { <button type="button" {class} data-test={mark} {onclick}>{ words }</button> }
}
