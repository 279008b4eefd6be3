//! One field of the plan: read, and edited in place. Text saves itself within a second and when one leaves it; a value is saved when it
//! is chosen. Values that people gave apart are all shown, each with whose it is, until one is chosen.

use super::On;
use crate::parts::form::{chosen, typed};
use crate::parts::icons;
use desk::plan::PlanEdit;
use gloo::timers::callback::Timeout;
use record::plan::{Content, Field, Form, Place, Register};
use yew::prelude::*;

/// A pause this long in typing saves.
const PAUSE_MILLIS: u32 = 800;
/// While another edit is being saved this one waits.
const WAIT_MILLIS: u32 = 250;

#[derive(Properties, PartialEq)]
pub struct FieldProps {
    pub(super) on: On,
    pub place: Place,
    pub form: Form,
    pub label: &'static str,
    pub content: Option<Content>,
    pub may: bool,
}

impl FieldProps {
    pub(super) fn of(on: &On, node: &record::plan::Node, field: &Field) -> FieldProps {
        let place = Place { node: node.id.clone(), field: field.code.to_owned() };
        let may = on.may_write(node.kind) && node.ended.is_empty();
        let content = node.field(field.code).cloned();
        FieldProps { on: on.clone(), place, form: field.form, label: field.label, content, may }
    }
}

#[component]
pub fn FieldPart(props: &FieldProps) -> Html {
    let editing = use_state(|| false);
    let mark = format!("{}-{}", props.place.node, props.place.field);
    let toggle = {
        let editing = editing.clone();
        Callback::from(move |_: MouseEvent| editing.set(!*editing))
    };
    let close = {
        let editing = editing.clone();
        Callback::from(move |()| editing.set(false))
    };
    let shown = match &props.content {
        None => html! { <p class="s-quiet">{ "Not written yet" }</p> },
        Some(Content::Prose(text)) => html! { <p class="s-prose">{ text }</p> },
        Some(Content::Register(Register::Empty)) => html! { <p class="s-quiet">{ "Not written yet" }</p> },
        Some(Content::Register(Register::One(said))) => {
            html! { <p class="s-prose">{ props.form.shown(&said.value) }</p> }
        }
        Some(Content::Register(Register::Several(all))) => several(props, all, &mark),
    };
    let text = match &props.content {
        Some(Content::Prose(text)) => text.clone(),
        _ => String::new(),
    };
    let text_now = text.clone();
    let id = format!("field-{mark}");
    html! {
        <div class="s-field" data-test={format!("shown-{mark}")}>
            <div class="s-field__head"><h4 class="s-field__label" id={format!("label-{mark}")}>{ props.label }</h4>
                if props.may {
                    <button type="button" class="s-plain" data-test={format!("edit-{mark}")} onclick={toggle}
                        aria-describedby={format!("label-{mark}")}>{ if *editing { "Close" } else { "Edit" } }</button>
                }
            </div>
            if *editing && props.may {
                if props.form.is_prose() {
                    <Writing on={props.on.clone()} place={props.place.clone()} {text} {id} label={props.label} />
                } else {
                    <Choosing on={props.on.clone()} place={props.place.clone()} form={props.form} {id} label={props.label}
                        register={register(&props.content)} {close} />
                }
            } else {
                { shown }
            }
            { apart(props, &text_now) }
        </div>
    }
}

/// Written by two people apart: both as they left it, until somebody has read the whole.
fn apart(props: &FieldProps, text: &str) -> Html {
    let Some(apart) = props.on.page.plan.apart_at(&props.place) else { return Html::default() };
    let confirm = {
        let (on, place, text) = (props.on.clone(), props.place.clone(), text.to_owned());
        Callback::from(move |_: MouseEvent| {
            let seen = on.page.plan.heads.clone();
            on.edit(PlanEdit::Write { place: place.clone(), seen, text: text.clone() });
        })
    };
    let voice = |said: &record::plan::Said| {
        html! { <div class="s-voice"><p class="s-prose">{ &said.value }</p><p class="s-quiet">{ format!("As left by {}", props.on.hand(&said.by)) }</p></div> }
    };
    html! {
        <div data-test="apart">
            <p class="s-dispute__say">{ icons::warning() }<strong>{ "Written by two people apart: read it as a whole. It may say what neither meant." }</strong></p>
            <div class="s-dispute">{ for apart.voices.iter().map(voice) }</div>
            if props.may {
                <button type="button" class="nhsuk-button nhsuk-button--secondary s-small" data-test="apart-read" disabled={props.on.saving}
                    onclick={confirm}>{ "I have read it: it is right as it stands" }</button>
            }
        </div>
    }
}

fn register(content: &Option<Content>) -> Register {
    match content {
        Some(Content::Register(register)) => register.clone(),
        _ => Register::Empty,
    }
}

/// Values said apart: each with whose it is, and one press to keep it.
fn several(props: &FieldProps, all: &[record::plan::Said], mark: &str) -> Html {
    let over: Vec<String> = all.iter().map(|said| said.value.clone()).collect();
    let one = |said: &record::plan::Said| {
        let (on, place, over, value) = (props.on.clone(), props.place.clone(), over.clone(), said.value.clone());
        let choose = Callback::from(move |_: MouseEvent| {
            on.edit(PlanEdit::Set { place: place.clone(), over: over.clone(), value: value.clone() });
        });
        let shown = if said.value.is_empty() { "Cleared".to_owned() } else { props.form.shown(&said.value) };
        html! {
            <div class="s-voice">
                <p class="s-voice__value"><strong>{ shown }</strong></p>
                <p class="s-quiet">{ format!("Said by {}", props.on.hand(&said.by)) }</p>
                if props.may {
                    <button type="button" class="nhsuk-button nhsuk-button--secondary s-small" disabled={props.on.saving}
                        onclick={choose}>{ "Keep this" }</button>
                }
            </div>
        }
    };
    html! {
        <>
        <p class="s-dispute__say">{ icons::warning() }<strong>{ "Given differently by two people. Both stand until one is chosen." }</strong></p>
        <div class="s-dispute" data-test={format!("several-{mark}")}>{ for all.iter().map(one) }</div>
        </>
    }
}

#[derive(Properties, PartialEq)]
struct WritingProps {
    on: On,
    place: Place,
    /// As the plan has it now.
    text: String,
    id: String,
    label: &'static str,
}

/// What the writer has: their text, what was sent last, and the moment it was sent against.
#[derive(Clone, PartialEq)]
struct Draft {
    text: String,
    base: String,
    seen: record::plan::Heads,
    sent: Option<String>,
    merged: bool,
}

#[component]
fn Writing(props: &WritingProps) -> Html {
    let draft = use_mut_ref(|| Draft {
        text: props.text.clone(),
        base: props.text.clone(),
        seen: props.on.page.plan.heads.clone(),
        sent: None,
        merged: false,
    });
    let redraw = use_force_update();
    let timer = use_mut_ref(|| None::<Timeout>);
    // The latest page, for callbacks that outlive this drawing.
    let latest = use_mut_ref(|| props.on.clone());
    *latest.borrow_mut() = props.on.clone();
    {
        // The plan as answered: what was sent is in it, perhaps with what others wrote meanwhile.
        let mut draft = draft.borrow_mut();
        if !props.on.saving && props.on.page.plan.heads != draft.seen {
            let before = draft.sent.take().unwrap_or_else(|| draft.base.clone());
            let text = rebased(&before, &draft.text, &props.text);
            draft.merged |= props.text != before;
            draft.text = text;
            draft.base = props.text.clone();
            draft.seen = props.on.page.plan.heads.clone();
        } else if !props.on.saving && draft.sent.is_some() {
            // It was not saved: it is still to be.
            draft.sent = None;
        }
    }
    let save = {
        let (draft, latest, place) = (draft.clone(), latest.clone(), props.place.clone());
        Callback::from(move |()| {
            let on = latest.borrow().clone();
            let mut draft = draft.borrow_mut();
            if !on.saving && draft.sent.is_none() && draft.text != draft.base {
                draft.sent = Some(draft.text.clone());
                let edit = PlanEdit::Write { place: place.clone(), seen: draft.seen.clone(), text: draft.text.clone() };
                drop(draft);
                on.edit(edit);
            }
        })
    };
    {
        // What is typed and not saved keeps a timer running: after a pause, or once an edit under way is done.
        let (save, timer, dirty) = (save.clone(), timer.clone(), draft.borrow().text != draft.borrow().base);
        let wait = if props.on.saving { WAIT_MILLIS } else { PAUSE_MILLIS };
        use_effect(move || {
            if dirty {
                *timer.borrow_mut() = Some(Timeout::new(wait, move || save.emit(())));
            }
        });
    }
    {
        let save = save.clone();
        use_effect_with((), move |()| move || save.emit(()));
    }
    let oninput = {
        let (draft, redraw) = (draft.clone(), redraw.clone());
        Callback::from(move |event: InputEvent| {
            draft.borrow_mut().text = typed(&event);
            redraw.force_update();
        })
    };
    let onblur = Callback::from(move |_: FocusEvent| save.emit(()));
    let now = draft.borrow().clone();
    let held = props.on.page.own.waiting == 0 || props.on.all_held;
    let said = match (now.text == now.base && now.sent.is_none(), held) {
        (false, _) => "Saving as you type",
        (true, true) => "Saved",
        (true, false) => "Saved on this device, not yet sent",
    };
    html! {
        <div class="nhsuk-form-group">
            <textarea class="nhsuk-textarea" id={props.id.clone()} data-test={props.id.clone()} rows="5" aria-label={props.label}
                value={now.text} {oninput} {onblur} />
            <p class="s-quiet" role="status">{ said }</p>
            if now.merged {
                <p class="s-note s-note--warn">{ "Others wrote here meanwhile: their words are in the text above, beside yours. Read it as a whole: it may say what neither meant." }</p>
            }
        </div>
    }
}

/// The writer's text, once what they sent has come back with other people's words in it. What they typed since is put where it was.
fn rebased(sent: &str, typed: &str, returned: &str) -> String {
    if typed == sent {
        return returned.to_owned();
    }
    if returned == sent {
        return typed.to_owned();
    }
    let (old, new): (Vec<char>, Vec<char>) = (sent.chars().collect(), typed.chars().collect());
    let front = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let rest = old.len().min(new.len()) - front;
    let back = old.iter().rev().zip(new.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    let inserted: String = new[front..new.len() - back].iter().collect();
    // After the words that stood before it, if they are still there; otherwise at the end: nothing typed is lost.
    let before: String = old[front.saturating_sub(12)..front].iter().collect();
    match returned.rfind(&before).filter(|_| !before.is_empty()) {
        Some(at) => format!("{}{inserted}{}", &returned[..at + before.len()], &returned[at + before.len()..]),
        None if front == 0 => format!("{inserted}{returned}"),
        None => format!("{returned}{inserted}"),
    }
}

#[derive(Properties, PartialEq)]
struct ChoosingProps {
    on: On,
    place: Place,
    form: Form,
    register: Register,
    id: String,
    label: &'static str,
    close: Callback<()>,
}

#[component]
fn Choosing(props: &ChoosingProps) -> Html {
    let first = match &props.register {
        Register::One(said) => said.value.clone(),
        Register::Empty | Register::Several(_) => String::new(),
    };
    let value = use_state(|| first);
    let wrong = use_state(|| false);
    let over: Vec<String> = props.register.values().into_iter().map(str::to_owned).collect();
    let save = {
        let (on, place, form, close) = (props.on.clone(), props.place.clone(), props.form, props.close.clone());
        let (value, wrong) = (value.clone(), wrong.clone());
        Callback::from(move |_: MouseEvent| {
            if !form.admits(value.trim()) {
                wrong.set(true);
                return;
            }
            on.edit(PlanEdit::Set { place: place.clone(), over: over.clone(), value: value.trim().to_owned() });
            close.emit(());
        })
    };
    let options: Vec<(&'static str, &'static str)> = match props.form {
        Form::Choice(all) => all.iter().map(|coded| (coded.code, coded.label)).collect(),
        Form::YesNo => vec![("yes", "Yes"), ("no", "No")],
        _ => Vec::new(),
    };
    let hint = match props.form {
        Form::Date => "A year, a month or a day: 2026, 2026-05 or 2026-05-12",
        Form::Score => "1 to 10",
        Form::Scale => "0 to 100",
        Form::Snomed(_) => "A SNOMED CT code; leave it empty if you have none",
        _ => "",
    };
    let id = props.id.clone();
    let control = if let Form::Choices(all) = props.form {
        let tick = |code: &'static str, label: &'static str| {
            let (id, state) = (format!("{id}-{code}"), value.clone());
            let ticked = has(&value, code);
            let next: Vec<&str> =
                all.iter().map(|one| one.code).filter(|one| has(&value, one) != (*one == code)).collect();
            let next = next.join(" ");
            let onchange = Callback::from(move |_: Event| state.set(next.clone()));
            html! {
                <div class="nhsuk-checkboxes__item">
                    <input class="nhsuk-checkboxes__input" type="checkbox" id={id.clone()} data-test={id.clone()} checked={ticked} {onchange} />
                    <label class="nhsuk-label nhsuk-checkboxes__label" for={id}>{ label }</label>
                </div>
            }
        };
        html! { <div class="nhsuk-checkboxes" role="group" aria-label={props.label}>{ for all.iter().map(|one| tick(one.code, one.label)) }</div> }
    } else if options.is_empty() {
        let value = value.clone();
        let shown = (*value).clone();
        let oninput = Callback::from(move |event: InputEvent| value.set(typed(&event)));
        html! { <input class="nhsuk-input" type="text" id={id.clone()} data-test={id.clone()} autocomplete="off" aria-label={props.label} value={shown} {oninput} /> }
    } else {
        let state = value.clone();
        let onchange = Callback::from(move |event: Event| state.set(chosen(&event)));
        html! {
            <select class="nhsuk-select" id={id.clone()} data-test={id.clone()} aria-label={props.label} {onchange}>
                <option value="" selected={value.is_empty()}>{ "Not recorded" }</option>
                { for options.iter().map(|(code, label)| html! { <option value={*code} selected={value.as_str() == *code}>{ *label }</option> }) }
            </select>
        }
    };
    html! {
        <div class="nhsuk-form-group">
            if !hint.is_empty() { <div class="nhsuk-hint">{ hint }</div> }
            if *wrong { <p class="nhsuk-error-message" role="alert">{ "That does not fit here." }</p> }
            { control }
            <button type="button" class="nhsuk-button nhsuk-button--secondary s-small" data-test={format!("save-{id}")}
                disabled={props.on.saving} onclick={save}>{ "Save" }</button>
        </div>
    }
}

/// Whether a value of several has this one.
fn has(value: &str, code: &str) -> bool {
    value.split(' ').any(|one| one == code)
}

#[cfg(test)]
mod tests {
    use super::rebased;

    #[test]
    fn what_was_typed_while_saving_is_kept_beside_what_others_wrote() {
        assert_eq!(rebased("Ann", "Ann", "Ann and Ted"), "Ann and Ted");
        assert_eq!(rebased("Ann", "Anne", "Ann"), "Anne");
        assert_eq!(
            rebased("My wife Ann", "My wife Ann, at home", "Note: My wife Ann. Ted."),
            "Note: My wife Ann, at home. Ted."
        );
        assert_eq!(rebased("", "new", "theirs"), "newtheirs");
        assert_eq!(rebased("gone words", "gone words and mine", "other"), "other and mine");
    }
}
