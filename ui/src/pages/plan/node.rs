//! A part of the plan and the entries in it: goals below their need, actions below their goal. What ended stays, folded, with its reason.

use super::On;
use super::decision::of_entry;
use super::field::{FieldPart, FieldProps};
use super::paper::Papers;
use crate::parts::fold::Fold;
use crate::parts::form::{keep, submit};
use desk::plan::PlanEdit;
use record::plan::{Content, Ending, Form, Kind, Node, Topic};
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct NodeProps {
    pub(super) on: On,
    pub node: Node,
}

/// One of the four parts.
#[component]
pub fn PartPart(props: &NodeProps) -> Html {
    let NodeProps { on, node } = props;
    let id = format!("part-{}", node.kind.code());
    html! {
        <section class="s-section" aria-labelledby={id.clone()} data-test={id.clone()}>
            <h2 class="s-section__heading" {id}>{ node.kind.title() }</h2>
            if !on.drafts() { <Papers on={on.clone()} part={node.kind} /> }
            { fields(on, node) }
            { entries(on, node) }
        </section>
    }
}

/// Fields that hold something; About me shows all its headings, other parts fold away what nobody has written.
fn fields(on: &On, node: &Node) -> Html {
    let part = |field: &'static record::plan::Field| {
        let FieldProps { on, place, form, label, content, may } = FieldProps::of(on, node, field);
        html! { <FieldPart key={field.code} {on} {place} {form} {label} {content} {may} /> }
    };
    let held = |field: &&record::plan::Field| node.field(field.code).is_some_and(|content| !Content::is_empty(content));
    let all: Vec<&record::plan::Field> =
        node.kind.fields().iter().filter(|field| field.form != Form::Decided).collect();
    if node.kind == Kind::About {
        return html! { { for all.into_iter().map(part) } };
    }
    let (full, empty): (Vec<_>, Vec<_>) = all.into_iter().partition(held);
    let rest = {
        let (on, node) = (on.clone(), node.clone());
        Callback::from(move |()| {
            let part = |field: &'static record::plan::Field| {
                let FieldProps { on, place, form, label, content, may } = FieldProps::of(&on, &node, field);
                html! { <FieldPart key={field.code} {on} {place} {form} {label} {content} {may} /> }
            };
            let empty = node
                .kind
                .fields()
                .iter()
                .filter(|f| f.form != Form::Decided && node.field(f.code).is_none_or(Content::is_empty));
            html! { { for empty.map(part) } }
        })
    };
    html! {
        <>
        { for full.into_iter().map(part) }
        if !empty.is_empty() && on.may_write(node.kind) && node.ended.is_empty() {
            <Fold summary={format!("Not filled in ({})", empty.len())} mark={format!("empty-{}", node.id)} content={rest} />
        }
        </>
    }
}

/// What belongs to an entry, by kind; and what may be added.
fn entries(on: &On, node: &Node) -> Html {
    let (standing, ended): (Vec<&Node>, Vec<&Node>) = node.children.iter().partition(|child| child.ended.is_empty());
    let past = {
        let (on, ended) = (on.clone(), ended.iter().map(|n| (*n).clone()).collect::<Vec<_>>());
        Callback::from(
            move |()| html! { { for ended.iter().map(|child| html! { <EntryPart key={child.id.to_string()} on={on.clone()} node={child.clone()} /> }) } },
        )
    };
    html! {
        <>
        { for standing.iter().map(|child| html! { <EntryPart key={child.id.to_string()} on={on.clone()} node={(*child).clone()} /> }) }
        if !ended.is_empty() {
            <Fold summary={format!("Ended ({})", ended.len())} mark={format!("ended-{}", node.id)} content={past} />
        }
        if node.ended.is_empty() {
            { for node.kind.children().filter(|kind| on.may_write(*kind)).map(|kind| html! {
                <Adding key={kind.code()} on={on.clone()} parent={node.id.clone()} {kind} />
            }) }
        }
        </>
    }
}

#[component]
fn EntryPart(props: &NodeProps) -> Html {
    let NodeProps { on, node } = props;
    html! {
        <div class="s-entry" data-test={format!("entry-{}", node.kind.code())}>
            <h3 class="s-entry__kind">{ node.kind.title() }</h3>
            { for node.ended.iter().map(|ended| html! {
                <p class="s-note">{ format!("{} by {}, {}: {}", match ended.ending {
                    Ending::Ended => "Ended",
                    Ending::EnteredInError => "Entered in error, said so",
                }, ended.by.name, ended.at.display(), ended.reason) }</p>
            }) }
            { fields(on, node) }
            { for [Topic::Dose(node.id.clone()), Topic::GoalStatus(node.id.clone())].into_iter()
                .filter(|topic| topic.is_of(node.kind)).map(|topic| of_entry(on, topic)) }
            { entries(on, node) }
            if on.may_write(node.kind) && node.ended.is_empty() {
                <EndingPart on={on.clone()} node={node.clone()} />
            }
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct AddingProps {
    on: On,
    parent: record::plan::NodeId,
    kind: Kind,
}

#[component]
fn Adding(props: &AddingProps) -> Html {
    let AddingProps { on, parent, kind } = props;
    let open = use_state(|| false);
    let text = use_state(String::new);
    let mark = format!("{}-{parent}", kind.code());
    // The field that makes it worth having: what it needs, or its words, or its name.
    let field = kind.required().and_then(|code| kind.field(code)).or(kind.field("text")).or(kind.fields().first());
    let Some(field) = field else { return Html::default() };
    let toggle = {
        let open = open.clone();
        Callback::from(move |_: MouseEvent| open.set(!*open))
    };
    if !*open {
        return html! {
            <button type="button" class="s-plain s-add" data-test={format!("add-{mark}")} onclick={toggle}>{ format!("Add: {}", kind.title()) }</button>
        };
    }
    let save = {
        let (on, parent, kind, open, text) = (on.clone(), parent.clone(), *kind, open.clone(), text.clone());
        submit(move || {
            if !text.trim().is_empty() && field.form.admits(text.trim()) {
                let fields = vec![(field.code.to_owned(), text.trim().to_owned())];
                on.edit(PlanEdit::Add { kind, parent: parent.clone(), fields });
                text.set(String::new());
                open.set(false);
            }
        })
    };
    let id = format!("new-{mark}");
    html! {
        <form class="s-settle" onsubmit={save} novalidate=true>
            <label class="nhsuk-label s-label" for={id.clone()}>{ format!("{}: {}", kind.title(), field.label.to_lowercase()) }</label>
            <input class="nhsuk-input" type="text" id={id.clone()} data-test={id} autocomplete="off" value={(*text).clone()} oninput={keep(&text)} />
            <button type="submit" class="nhsuk-button nhsuk-button--secondary s-small" data-test={format!("save-{mark}")} disabled={on.saving}>{ "Add" }</button>
            <button type="button" class="s-plain" onclick={toggle}>{ "Leave" }</button>
        </form>
    }
}

/// Ending an entry: it stays, with the reason.
#[component]
fn EndingPart(props: &NodeProps) -> Html {
    let NodeProps { on, node } = props;
    let open = use_state(|| false);
    let reason = use_state(String::new);
    let toggle = {
        let open = open.clone();
        Callback::from(move |_: MouseEvent| open.set(!*open))
    };
    let end = |ending: Ending| {
        let (on, node, reason, open) = (on.clone(), node.id.clone(), reason.clone(), open.clone());
        Callback::from(move |_: MouseEvent| {
            if !reason.trim().is_empty() {
                on.edit(PlanEdit::End { node: node.clone(), ending, reason: reason.trim().to_owned() });
                open.set(false);
            }
        })
    };
    let id = format!("end-{}", node.id);
    html! {
        if *open {
            <div class="s-settle">
                <label class="nhsuk-label s-label" for={id.clone()}>{ "Why does this end? It stays in the plan, marked as ended." }</label>
                <input class="nhsuk-input" type="text" id={id.clone()} data-test={id} autocomplete="off" value={(*reason).clone()} oninput={keep(&reason)} />
                <button type="button" class="nhsuk-button nhsuk-button--secondary s-small" onclick={end(Ending::Ended)} disabled={on.saving}>{ "End it" }</button>
                <button type="button" class="nhsuk-button nhsuk-button--secondary s-small" onclick={end(Ending::EnteredInError)} disabled={on.saving}>{ "It was entered in error" }</button>
                <button type="button" class="s-plain" onclick={toggle}>{ "Leave" }</button>
            </div>
        } else {
            <button type="button" class="s-plain s-quiet" data-test={format!("to-end-{}", node.id)} onclick={toggle}>{ "End this entry" }</button>
        }
    }
}
