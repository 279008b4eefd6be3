//! Fields by the NHS.UK pattern: label, hint, error, control. They keep what was typed and judge nothing while it is typed.

use web_sys::{HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement};
use yew::prelude::*;

/// The value of the field an event came from.
pub fn typed(event: &InputEvent) -> String {
    let input: Option<HtmlInputElement> = event.target_dyn_into();
    let area: Option<HtmlTextAreaElement> = event.target_dyn_into();
    input.map(|i| i.value()).or(area.map(|a| a.value())).unwrap_or_default()
}

/// A line of text with its label and hint; its id is its `data-test`.
pub fn text(id: &'static str, (label, hint): (&str, &str), value: &UseStateHandle<String>) -> Html {
    let hinted = (!hint.is_empty()).then(|| format!("{id}-hint"));
    html! {
        <div class="nhsuk-form-group">
            <label class="nhsuk-label s-label" for={id}>{ label.to_owned() }</label>
            if !hint.is_empty() { <div class="nhsuk-hint" id={hinted.clone()}>{ hint.to_owned() }</div> }
            <input class="nhsuk-input" {id} data-test={id} autocomplete="off" aria-describedby={hinted}
                value={(**value).clone()} oninput={keep(value)} />
        </div>
    }
}

/// The option chosen in the select an event came from.
pub fn chosen(event: &Event) -> String {
    event.target_dyn_into::<HtmlSelectElement>().map(|s| s.value()).unwrap_or_default()
}

/// Keeps a field's text in a state.
pub fn keep(state: &UseStateHandle<String>) -> Callback<InputEvent> {
    let state = state.clone();
    Callback::from(move |event: InputEvent| state.set(typed(&event)))
}

/// The error beside a field, with the same words as in the summary.
pub fn error_beside(id: &str, error: Option<&str>) -> Html {
    error.map_or_else(Html::default, |error| {
        html! {
            <span class="nhsuk-error-message" id={format!("{id}-error")}>
                <span class="nhsuk-u-visually-hidden">{ "Error: " }</span>{ error.to_owned() }
            </span>
        }
    })
}

fn described(id: &str, hint: bool, error: bool) -> Option<String> {
    let ids = [(hint, "hint"), (error, "error")];
    let ids: Vec<_> = ids.into_iter().filter(|(is, _)| *is).map(|(_, what)| format!("{id}-{what}")).collect();
    (!ids.is_empty()).then(|| ids.join(" "))
}

pub fn group(error: bool) -> Classes {
    classes!("nhsuk-form-group", error.then_some("nhsuk-form-group--error"))
}

#[derive(Properties, PartialEq)]
pub struct PinProps {
    /// The element's identifier and `data-test`.
    pub id: AttrValue,
    pub label: AttrValue,
    #[prop_or_default]
    pub hint: Option<AttrValue>,
    #[prop_or_default]
    pub error: Option<AttrValue>,
    pub value: UseStateHandle<String>,
    /// A PIN being made, not one being given.
    #[prop_or_default]
    pub new: bool,
}

/// A PIN: number pad, pasting allowed, shown on request.
#[component]
pub fn Pin(props: &PinProps) -> Html {
    let shown = use_state(|| false);
    let toggle = {
        let shown = shown.clone();
        Callback::from(move |_| shown.set(!*shown))
    };
    let PinProps { id, label, hint, error, value, new } = props;
    html! {
        <div class={group(error.is_some())}>
            <label class="nhsuk-label s-label" for={id}>{ label }</label>
            if let Some(hint) = hint {
                <div class="nhsuk-hint" id={format!("{id}-hint")}>{ hint }</div>
            }
            { error_beside(id, error.as_deref()) }
            <div class="s-pin">
                <input class={classes!("nhsuk-input", "s-pin__input", error.is_some().then_some("nhsuk-input--error"))}
                    id={id} name={id} data-test={id} type={if *shown { "text" } else { "password" }} inputmode="numeric"
                    autocomplete={if *new { "new-password" } else { "current-password" }} spellcheck="false"
                    maxlength="12" aria-describedby={described(id, hint.is_some(), error.is_some())}
                    value={(**value).clone()} oninput={keep(value)} />
                <button type="button" class="nhsuk-button nhsuk-button--secondary s-pin__toggle" onclick={toggle}
                    data-test={format!("show-{id}")} aria-controls={id}
                    aria-label={if *shown { format!("Hide {label}") } else { format!("Show {label}") }}>
                    { if *shown { "Hide" } else { "Show" } }
                </button>
            </div>
        </div>
    }
}

#[derive(Properties, PartialEq)]
pub struct AreaProps {
    pub id: AttrValue,
    pub label: AttrValue,
    #[prop_or_default]
    pub hint: Option<AttrValue>,
    #[prop_or_default]
    pub error: Option<AttrValue>,
    pub value: UseStateHandle<String>,
    #[prop_or(3)]
    pub rows: u32,
    /// Says how many characters there are, of at least so many.
    #[prop_or_default]
    pub at_least: Option<usize>,
}

/// Text of more than one line.
#[component]
pub fn Area(props: &AreaProps) -> Html {
    let AreaProps { id, label, hint, error, value, rows, at_least } = props;
    html! {
        <div class={group(error.is_some())}>
            <label class="nhsuk-label s-label" for={id}>{ label }</label>
            if let Some(hint) = hint {
                <div class="nhsuk-hint" id={format!("{id}-hint")}>{ hint }</div>
            }
            { error_beside(id, error.as_deref()) }
            <textarea class={classes!("nhsuk-textarea", error.is_some().then_some("nhsuk-textarea--error"))} id={id}
                name={id} data-test={id} rows={rows.to_string()} autocomplete="off" spellcheck="false"
                aria-describedby={described(id, hint.is_some(), error.is_some())} value={(**value).clone()}
                oninput={keep(value)} />
            if let Some(least) = at_least {
                <div class="nhsuk-hint nhsuk-character-count__message" role="status">
                    { format!("{} of at least {least} characters", value.trim().chars().count()) }
                </div>
            }
        </div>
    }
}

#[derive(Properties, PartialEq)]
pub struct RadioProps {
    pub name: AttrValue,
    pub mark: AttrValue,
    pub label: AttrValue,
    #[prop_or_default]
    pub hint: Option<AttrValue>,
    pub checked: bool,
    pub pick: Callback<()>,
    /// Stands before the words: a drawing.
    #[prop_or_default]
    pub before: Html,
    #[prop_or_default]
    pub class: Classes,
}

/// One of several answers.
#[component]
pub fn Radio(props: &RadioProps) -> Html {
    let RadioProps { name, mark, label, hint, checked, pick, before, class } = props;
    let pick = pick.clone();
    html! {
        <div class={classes!("nhsuk-radios__item", class.clone())}>
            <input class="nhsuk-radios__input" id={mark} name={name} type="radio" data-test={mark} checked={*checked}
                aria-describedby={hint.as_ref().map(|_| format!("{mark}-hint"))}
                onchange={Callback::from(move |_| pick.emit(()))} />
            <label class="nhsuk-label nhsuk-radios__label" for={mark}>{ before.clone() }<span>{ label }</span></label>
            if let Some(hint) = hint {
                <div class="nhsuk-hint nhsuk-radios__hint" id={format!("{mark}-hint")}>{ hint }</div>
            }
        </div>
    }
}

/// Day, month and year in three boxes (NHS.UK date input).
pub fn date(
    id: &'static str,
    legend: &'static str,
    hint: &'static str,
    error: Option<AttrValue>,
    [day, month, year]: [&UseStateHandle<String>; 3],
) -> Html {
    let part = |part: &'static str, label: &'static str, state: &UseStateHandle<String>, width: &'static str| {
        let id = format!("{id}-{part}");
        html! {
            <div class="nhsuk-date-input__item"><div class="nhsuk-form-group">
                <label class="nhsuk-label nhsuk-date-input__label" for={id.clone()}>{ label }</label>
                <input class={classes!("nhsuk-input", "nhsuk-date-input__input", width, error.is_some().then_some("nhsuk-input--error"))}
                    id={id.clone()} type="text" inputmode="numeric" autocomplete="off" data-test={id} value={(**state).clone()}
                    oninput={keep(state)} />
            </div></div>
        }
    };
    html! {
        <fieldset class={classes!("nhsuk-fieldset", group(error.is_some()))} role="group">
            <legend class="nhsuk-fieldset__legend s-label">{ legend }</legend>
            <div class="nhsuk-hint">{ hint }</div>
            { error_beside(&format!("{id}-day"), error.as_deref()) }
            <div class="nhsuk-date-input">
                { part("day", "Day", day, "nhsuk-input--width-2") }
                { part("month", "Month", month, "nhsuk-input--width-2") }
                { part("year", "Year", year, "nhsuk-input--width-4") }
            </div>
        </fieldset>
    }
}

/// Runs a form's submission without leaving the page.
pub fn submit(run: impl Fn() + 'static) -> Callback<SubmitEvent> {
    Callback::from(move |event: SubmitEvent| {
        event.prevent_default();
        run();
    })
}
