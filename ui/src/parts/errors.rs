//! What went wrong, said once: the error summary for what was typed, and a plain box for everything else. Permission and "no
//! data" are never in the summary.

use crate::parts::icons;
use desk::Trouble;
use desk::trouble::Field;
use yew::prelude::*;

/// One thing to mend: the field's identifier and the words.
pub type Mend = (&'static str, String);

/// The words for a field, if it is to be mended.
pub fn beside(mends: &[Mend], id: &str) -> Option<AttrValue> {
    mends.iter().find(|(at, _)| *at == id).map(|(_, words)| AttrValue::from(words.clone()))
}

/// A trouble that belongs to a field of this form; `places` says where each kind of field stands.
pub fn of_field(trouble: Option<&Trouble>, places: &[(Field, &'static str)]) -> Option<Mend> {
    let place = |field: Field| places.iter().find(|(f, _)| *f == field).map(|(_, id)| *id);
    match trouble? {
        Trouble::Input { field, mend } => Some((place(*field)?, mend.clone())),
        wrong @ Trouble::WrongPin { .. } => Some((place(Field::Pin)?, wrong.to_string())),
        refused @ Trouble::CodeNotAccepted => Some((place(Field::Ticket)?, refused.to_string())),
        _ => None,
    }
}

#[derive(Properties, PartialEq)]
pub struct SummaryProps {
    pub mends: Vec<Mend>,
    /// Changes with every try, so that the focus comes back to the summary.
    pub attempt: u32,
}

/// "There is a problem": takes the focus, and each line leads to its field.
#[component]
pub fn ErrorSummary(props: &SummaryProps) -> Html {
    use_effect_with((props.attempt, props.mends.clone()), |(_, mends)| {
        if !mends.is_empty() {
            crate::display::focus("error-summary");
        }
    });
    if props.mends.is_empty() {
        return Html::default();
    }
    let line = |(id, words): &Mend| {
        let id = *id;
        let onclick = Callback::from(move |event: MouseEvent| {
            event.prevent_default();
            crate::display::focus(id);
        });
        html! { <li key={id}><a href={format!("#{id}")} {onclick}>{ words }</a></li> }
    };
    html! {
        <div class="nhsuk-error-summary" id="error-summary" tabindex="-1" role="alert" aria-labelledby="error-summary-title"
            data-test="error-summary">
            <h2 class="nhsuk-error-summary__title" id="error-summary-title">{ "There is a problem" }</h2>
            <div class="nhsuk-error-summary__body">
                <ul class="nhsuk-list nhsuk-error-summary__list">{ for props.mends.iter().map(line) }</ul>
            </div>
        </div>
    }
}

/// A trouble that is nobody's typing: brought into view, for what was pressed may be far down the page.
pub fn trouble(trouble: Option<&Trouble>) -> Html {
    trouble.map_or_else(Html::default, |trouble| html! { <Brought words={trouble.to_string()} /> })
}

/// A trouble that nothing here caused: it does not move the page.
pub fn quiet_trouble(trouble: Option<&Trouble>) -> Html {
    trouble.map_or_else(Html::default, |trouble| note("", &trouble.to_string()))
}

#[derive(Properties, PartialEq)]
struct BroughtProps {
    words: String,
}

#[component]
fn Brought(props: &BroughtProps) -> Html {
    use_effect_with(props.words.clone(), |_| crate::display::bring("trouble"));
    note("trouble", &props.words)
}

fn note(id: &'static str, words: &str) -> Html {
    let id = (!id.is_empty()).then_some(id);
    html! {
        <div class="s-note s-note--warn" role="alert" {id} data-test="trouble">
            { icons::warning() }<p>{ words.to_owned() }</p>
        </div>
    }
}

/// What was done. Never a green tick: it may not have been sent.
pub fn notice(words: Option<&'static str>) -> Html {
    html! {
        <div role="status">
            if let Some(words) = words {
                <p class="s-note" data-test="notice">{ words }</p>
            }
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trouble_finds_its_field_or_none() {
        let places = [(Field::Pin, "pin"), (Field::Ticket, "ticket")];
        let wrong = of_field(Some(&Trouble::WrongPin { left: 3 }), &places);
        assert!(wrong.is_some_and(|(id, words)| id == "pin" && words.contains("3 tries left")));
        assert_eq!(of_field(Some(&Trouble::HubUnreachable), &places), None);
        let elsewhere = Trouble::Input { field: Field::Until, mend: "Enter a later day".into() };
        assert_eq!(of_field(Some(&elsewhere), &places), None);
    }
}
