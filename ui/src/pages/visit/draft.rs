//! A form that keeps itself: what is typed goes to the device within a second, and when the form is left. What was typed before a lock, a
//! kill or a change of page stands in it again. Saving the form as a record ends the draft in the same step, on the device.

use super::On;
use crate::parts::form::{chosen, typed};
use crate::state::{Action, Form, VisitAction};
use desk::visit::{Fields, NewAct};
use gloo::timers::callback::Timeout;
use record::visit::Body;
use std::cell::RefCell;
use std::rc::Rc;
use yew::prelude::*;

/// A pause this long in typing keeps the draft.
const PAUSE_MILLIS: u32 = 400;

/// What is typed, and whether it is kept.
struct Typing {
    fields: Fields,
    kept: bool,
    /// It was handed over to be saved: keeping it now would bring it back.
    handed: bool,
    timer: Option<Timeout>,
}

/// A form's fields by name.
#[derive(Clone)]
pub(super) struct Draft {
    pub(super) on: On,
    form: Form,
    typing: Rc<RefCell<Typing>>,
    redraw: UseForceUpdateHandle,
}

/// The draft of a form, as it was left.
#[hook]
pub(super) fn use_draft(on: &On, form: &Form) -> Draft {
    let typing = use_mut_ref(|| Typing {
        fields: on.page.draft(&form.draft()).map(|draft| draft.fields.clone()).unwrap_or_default(),
        kept: true,
        handed: false,
        timer: None,
    });
    let draft = Draft { on: on.clone(), form: form.clone(), typing, redraw: use_force_update() };
    {
        // It was not saved: it is a draft again.
        let mut typing = draft.typing.borrow_mut();
        if typing.handed && !on.saving {
            let waiting = draft.clone();
            (typing.handed, typing.kept) = (false, false);
            typing.timer = Some(Timeout::new(0, move || waiting.keep()));
        }
    }
    {
        let left = draft.clone();
        use_effect_with((), move |()| move || left.keep());
    }
    draft
}

impl Draft {
    pub(super) fn get(&self, name: &str) -> String {
        self.typing.borrow().fields.get(name).cloned().unwrap_or_default()
    }

    pub(super) fn is(&self, name: &str, value: &str) -> bool {
        self.typing.borrow().fields.get(name).is_some_and(|held| held == value)
    }

    pub(super) fn set(&self, name: &str, value: String) {
        let waiting = self.clone();
        let mut typing = self.typing.borrow_mut();
        typing.fields.insert(name.to_owned(), value);
        (typing.kept, typing.handed) = (false, false);
        typing.timer = Some(Timeout::new(PAUSE_MILLIS, move || waiting.keep()));
        drop(typing);
        self.redraw.force_update();
    }

    /// Keeps what is typed, if it is not kept.
    fn keep(&self) {
        let mut typing = self.typing.borrow_mut();
        if !typing.kept && !typing.handed {
            typing.kept = true;
            self.on.acts.keep_draft(self.on.page.listing.person, self.form.draft(), typing.fields.clone());
        }
    }

    /// Hands the form over to be saved as a record.
    pub(super) fn save(&self, body: Body) {
        let mut typing = self.typing.borrow_mut();
        (typing.handed, typing.timer) = (true, None);
        drop(typing);
        let act = NewAct { visit: self.on.page.on, body, draft: Some(self.form.draft()) };
        self.on.acts.act(self.on.page.listing.person, self.on.purpose, act);
    }

    /// Text as it is typed.
    pub(super) fn typing(&self, name: &'static str) -> Callback<InputEvent> {
        let draft = self.clone();
        Callback::from(move |event: InputEvent| draft.set(name, typed(&event)))
    }

    pub(super) fn choosing(&self, name: &'static str) -> Callback<Event> {
        let draft = self.clone();
        Callback::from(move |event: Event| draft.set(name, chosen(&event)))
    }

    /// One of several.
    pub(super) fn pick(&self, name: &str, value: &str) -> Callback<()> {
        let (draft, name, value) = (self.clone(), name.to_owned(), value.to_owned());
        Callback::from(move |()| draft.set(&name, value.clone()))
    }

    /// One line of text.
    pub(super) fn line(&self, name: &'static str, label: &str, hint: &str) -> Html {
        let hint_id = format!("{name}-hint");
        html! {
            <div class="nhsuk-form-group">
                <label class="nhsuk-label s-label" for={name}>{ label.to_owned() }</label>
                if !hint.is_empty() { <div class="nhsuk-hint" id={hint_id.clone()}>{ hint.to_owned() }</div> }
                <input class="nhsuk-input" id={name} data-test={name} type="text" autocomplete="off" value={self.get(name)}
                    aria-describedby={(!hint.is_empty()).then_some(hint_id)} oninput={self.typing(name)} />
            </div>
        }
    }

    /// Text of more than one line.
    pub(super) fn area(&self, name: &'static str, label: &str, hint: &str, rows: u32) -> Html {
        let hint_id = format!("{name}-hint");
        html! {
            <div class="nhsuk-form-group">
                <label class="nhsuk-label s-label" for={name}>{ label.to_owned() }</label>
                if !hint.is_empty() { <div class="nhsuk-hint" id={hint_id.clone()}>{ hint.to_owned() }</div> }
                <textarea class="nhsuk-textarea" id={name} data-test={name} rows={rows.to_string()} autocomplete="off"
                    aria-describedby={(!hint.is_empty()).then_some(hint_id)} value={self.get(name)} oninput={self.typing(name)} />
            </div>
        }
    }

    /// A tick: `yes` or nothing.
    pub(super) fn tick(&self, name: String, label: &str) -> Html {
        let ticked = self.is(&name, "yes");
        let (draft, of) = (self.clone(), name.clone());
        let onchange = Callback::from(move |_: Event| {
            let value = if draft.is(&of, "yes") { String::new() } else { "yes".to_owned() };
            draft.set(&of, value);
        });
        html! {
            <div class="nhsuk-checkboxes__item">
                <input class="nhsuk-checkboxes__input" type="checkbox" id={name.clone()} data-test={name.clone()} checked={ticked} {onchange} />
                <label class="nhsuk-label nhsuk-checkboxes__label" for={name}>{ label.to_owned() }</label>
            </div>
        }
    }

    /// The buttons under a form. `why_not`: what is still missing, in words; then it cannot be saved.
    pub(super) fn buttons(&self, label: &str, why_not: Option<String>, save: Callback<()>) -> Html {
        let acts = self.on.acts.clone();
        let close = Callback::from(move |_: MouseEvent| acts.tell(Action::Visit(VisitAction::Form(None))));
        let missing = why_not.is_some();
        html! {
            <>
            if let Some(why) = why_not { <p class="nhsuk-hint" role="status" id="why-not">{ why }</p> }
            <button type="button" class="nhsuk-button s-primary" data-test={format!("save-{}", kind(&self.form))}
                disabled={missing || self.on.saving} onclick={Callback::from(move |_: MouseEvent| save.emit(()))}>
                { if self.on.saving { "Saving".to_owned() } else { label.to_owned() } }</button>
            <button type="button" class="nhsuk-button nhsuk-button--secondary s-again" data-test="cancel-form" onclick={close}>
                { "Close, and keep what is typed" }</button>
            </>
        }
    }
}

/// The form's name on the page.
pub(super) const fn kind(form: &Form) -> &'static str {
    match form {
        Form::Observations => "observations",
        Form::Medicines => "medicines",
        Form::Dose(_) => "dose",
        Form::Note => "note",
        Form::NotHome => "not-home",
        Form::End => "end",
        Form::Wound(_) => "wound",
        Form::Task => "task",
        Form::TaskDone(_) => "task-done",
        Form::Referral => "referral",
        Form::Risk => "risk",
        Form::Add(_) => "add",
        Form::Strike(_) => "strike",
        Form::Review(_) => "review",
    }
}

/// One of several answers to a question.
pub(super) fn radios(draft: &Draft, name: &'static str, legend: &str, options: &[(&str, &str)]) -> Html {
    use crate::parts::form::Radio;
    html! {
        <fieldset class="nhsuk-fieldset nhsuk-form-group">
            <legend class="nhsuk-fieldset__legend s-label">{ legend.to_owned() }</legend>
            <div class="nhsuk-radios">
                { for options.iter().map(|(code, label)| html! {
                    <Radio name={name} mark={format!("{name}-{code}")} label={(*label).to_owned()} checked={draft.is(name, code)}
                        pick={draft.pick(name, code)} />
                }) }
            </div>
        </fieldset>
    }
}
