//! A signed paper above the part it covers: who signed, when, and whether the plan has changed since. The ReSPECT form is shown as it was
//! signed; what is written in its part now is a draft until somebody signs again.

use super::On;
use crate::parts::fold::Fold;
use crate::parts::icons;
use desk::ask::SignPlan;
use record::plan::{Content, Held, Kind, Node, Paper, Register, SignedPaper};
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct PapersProps {
    pub(super) on: On,
    pub part: Kind,
}

#[component]
pub fn Papers(props: &PapersProps) -> Html {
    let PapersProps { on, part } = props;
    // A paper stands above one part: the plan's above the care and support plan.
    let paper = match part {
        Kind::Care => Paper::Plan,
        Kind::Respect => Paper::Respect,
        _ => return Html::default(),
    };
    let sure = use_state(|| false);
    let signed = on.page.plan.signed.iter().find(|signed| signed.signature.paper == paper);
    let may = !on.then && paper.may_be_signed_by(on.role) && signed.is_none_or(|s| s.changed_since);
    let ask = {
        let sure = sure.clone();
        Callback::from(move |_: MouseEvent| sure.set(!*sure))
    };
    let sign = {
        let (on, sure) = (on.clone(), sure.clone());
        Callback::from(move |_: MouseEvent| {
            let (person, purpose) = (on.page.listing.person, on.purpose);
            on.acts.plan_change(SignPlan { person, purpose, paper });
            sure.set(false);
        })
    };
    html! {
        <div class="s-paper" data-test={format!("paper-{}", paper.code())}>
            { signed.map_or_else(|| html! { <p class="s-quiet">{ "Not signed: what is written here is a draft." }</p> }, standing) }
            if may && !*sure {
                <button type="button" class="nhsuk-button nhsuk-button--secondary s-small" data-test={format!("to-sign-{}", paper.code())}
                    onclick={ask.clone()}>{ if signed.is_some() { "Sign again" } else { "Sign" } }</button>
            }
            if *sure {
                <div class="s-settle">
                    <p>{ format!("You sign the {} as it stands now, in your name. It is recorded.", paper.title()) }</p>
                    <button type="button" class="nhsuk-button s-primary" data-test={format!("sign-{}", paper.code())} disabled={on.saving}
                        onclick={sign}>{ "Sign it" }</button>
                    <button type="button" class="s-plain" onclick={ask}>{ "Not now" }</button>
                </div>
            }
        </div>
    }
}

fn standing(signed: &SignedPaper) -> Html {
    let by = &signed.signature.by;
    let words = format!("Signed by {}, {}, {}, {}.", by.name, by.title, by.organisation, signed.signature.at.display());
    let form = {
        let signed = signed.clone();
        Callback::from(move |()| as_signed(&signed))
    };
    html! {
        <>
        <p>{ words }</p>
        if signed.changed_since {
            <p class="s-note s-note--warn" data-test="changed-since">{ icons::warning() }
                <strong>{ "Changed since signed: what is written below is a draft." }</strong></p>
        }
        <Fold summary="The form as it was signed" mark={format!("signed-{}", signed.signature.paper.code())} content={form} />
        </>
    }
}

/// What was signed, as it then stood.
fn as_signed(signed: &SignedPaper) -> Html {
    let mut rows: Vec<(String, String)> = Vec::new();
    for (topic, held) in &signed.decisions {
        // A dose says of what, and a status of which goal.
        let title = match topic.node().and_then(|id| signed.parts.iter().find_map(|part| part.find(id))) {
            Some(node) => format!("{}: {}", topic.title(), node.prose("text")),
            None => topic.title().to_owned(),
        };
        match held {
            Held::Nothing => {}
            Held::Agreed { said, .. } => rows.push((title, said.value.shown(topic))),
            // A paper is not signed over a dispute; if it ever were, every voice is shown.
            Held::Disputed(voices) => {
                rows.extend(voices.iter().map(|claim| (format!("{title} (disputed)"), claim.value.shown(topic))));
            }
        }
    }
    for part in &signed.parts {
        collect(part, &mut rows);
    }
    html! {
        <dl class="nhsuk-summary-list s-summary">{ for rows.into_iter().map(|(label, value)| html! {
            <div class="nhsuk-summary-list__row"><dt class="nhsuk-summary-list__key">{ label }</dt>
                <dd class="nhsuk-summary-list__value s-prose">{ value }</dd></div>
        }) }</dl>
    }
}

fn collect(node: &Node, rows: &mut Vec<(String, String)>) {
    if !node.ended.is_empty() {
        return;
    }
    for (code, content) in &node.fields {
        let Some(field) = node.kind.field(code) else { continue };
        let label = if node.id.as_part().is_some() {
            field.label.to_owned()
        } else {
            format!("{}: {}", node.kind.title(), field.label)
        };
        match content {
            Content::Prose(text) => rows.push((label, text.clone())),
            Content::Register(Register::Empty) => {}
            Content::Register(Register::One(said)) => rows.push((label, field.form.shown(&said.value))),
            Content::Register(Register::Several(all)) => {
                rows.extend(
                    all.iter().map(|said| (format!("{label} (given differently)"), field.form.shown(&said.value))),
                );
            }
        }
    }
    node.children.iter().for_each(|child| collect(child, rows));
}
