//! The forms that are mostly words: a note, nobody at home, the end of a visit, a task, a referral, hypercapnic risk, an addition to an
//! earlier record, marking an own one as entered in error, and what was done about doses that contradict.

use super::On;
use super::draft::{Draft, radios, use_draft};
use crate::state::Form;
use record::visit::Body;
use record::visit::act::For;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(super) struct WordsProps {
    pub(super) on: On,
    pub(super) form: Form,
}

#[component]
pub(super) fn WordsForm(props: &WordsProps) -> Html {
    let WordsProps { on, form } = props;
    let draft = use_draft(on, form);
    let (title, label) = titles(form);
    let body = body(on, form, &draft);
    let why_not = body.is_none().then(|| missing(form).to_owned());
    let save = {
        let draft = draft.clone();
        Callback::from(move |()| {
            if let Some(body) = body.clone() {
                draft.save(body);
            }
        })
    };
    html! {
        <>
        <h2 class="s-section__heading">{ title }</h2>
        { fields(on, form, &draft) }
        { draft.buttons(label, why_not, save) }
        </>
    }
}

const fn titles(form: &Form) -> (&'static str, &'static str) {
    match form {
        Form::NotHome => ("Not at home", "Save"),
        Form::End => ("End the visit", "End the visit"),
        Form::Task => ("Task", "Save the task"),
        Form::TaskDone(_) => ("Task done", "Save"),
        Form::Referral => ("Referral to another service", "Save the referral"),
        Form::Risk => ("Hypercapnic risk", "Save"),
        Form::Add(_) => ("Add to an earlier record", "Sign and save"),
        Form::Strike(_) => ("Entered in error", "Mark as entered in error"),
        Form::Review(_) => ("Possible double dose: what was done", "Sign and save"),
        _ => ("Note", "Sign and save"),
    }
}

const fn missing(form: &Form) -> &'static str {
    match form {
        Form::NotHome => "Write what was tried, and what is to follow.",
        Form::Task => "Write what is to be done, and choose who is to do it.",
        Form::Referral => "Write the service and the reason, and choose how urgent it is.",
        Form::Risk => "Say whether there is a risk, on whose word, and on what it rests.",
        Form::Strike(_) => "Write why it is wrong.",
        Form::Review(_) => "Write what was done: who was told, and what follows.",
        _ => "Write the note first.",
    }
}

fn fields(on: &On, form: &Form, draft: &Draft) -> Html {
    match form {
        Form::NotHome => draft.area(
            "text",
            "What was tried, and what is to follow",
            "For example: rang twice, looked in, rang her daughter, will come back at 4",
            4,
        ),
        Form::End => draft.area("text", "How it went", "In a line or two. You may leave it empty", 3),
        Form::Task => html! {
            <>
            { draft.area("text", "What is to be done", "", 3) }
            { radios(draft, "who", "Who is to do it", &For::ALL.map(|who| (who.code(), who.label()))) }
            { draft.line("due", "By when", "For example 2026-03-12. You may leave it empty") }
            </>
        },
        Form::TaskDone(_) => draft.area("text", "What was done", "You may leave it empty", 2),
        Form::Referral => html! {
            <>
            { draft.line("service", "Service", "For example: podiatry, tissue viability, social care") }
            { draft.area("text", "Reason", "", 4) }
            { radios(draft, "urgent", "How urgent", &[("no", "Routine"), ("yes", "Urgent")]) }
            <p class="nhsuk-hint">{ "Saved in the shared record for the service to see. It does not ring anybody: if it cannot wait, telephone." }</p>
            </>
        },
        Form::Risk => html! {
            <>
            <p>{ "NEWS2 uses SpO2 scale 2 only for somebody with hypercapnic respiratory failure, on a prescriber's word." }</p>
            { radios(draft, "risk", "Is there a risk", &[("yes", "Yes: use SpO2 scale 2, target 88 to 92 percent"), ("no", "No, or no longer: use scale 1")]) }
            { draft.line("prescriber", "Prescriber who decided it", "Name, and profession or number") }
            { draft.area("text", "On what it rests", "For example: COPD with confirmed CO2 retention, blood gas of 03-Mar-2026", 3) }
            </>
        },
        Form::Add(of) => {
            html! { <>{ about(on, *of) }{ draft.area("text", "What is to be added", "The earlier record stays as it was written", 4) }</> }
        }
        Form::Strike(of) => html! { <>{ about(on, *of) }
        <p>{ "It stays to be read, struck through, and counts no more." }</p>
        { draft.area("text", "Why it is wrong", "", 2) }</> },
        Form::Review(_) => {
            draft.area("text", "What was done about it", "Who was told, what they advised, and what follows", 4)
        }
        _ => {
            draft.area("text", "Note", "It is signed with your name and cannot be changed; later you can add to it", 6)
        }
    }
}

fn about(on: &On, of: record::visit::ActId) -> Html {
    match on.page.log.entry(of) {
        Some(entry) => {
            html! { <p class="s-quiet">{ format!("{}, {}, {}", entry.act.body.in_words(), entry.act.by.name, entry.act.at.display()) }</p> }
        }
        None => Html::default(),
    }
}

/// What the form says, once it says enough.
fn body(on: &On, form: &Form, draft: &Draft) -> Option<Body> {
    let text = draft.get("text").trim().to_owned();
    let said = (!text.is_empty()).then(|| text.clone());
    Some(match form {
        Form::NotHome => Body::NotHome { booking: on.booking.clone(), words: said? },
        Form::End => Body::Ended { start: on.page.on?, summary: text },
        Form::Task => {
            let due = draft.get("due");
            let due = match due.trim() {
                "" => None,
                day => Some(day.parse().ok()?),
            };
            Body::Task { what: said?, who: For::from_code(&draft.get("who"))?, due }
        }
        Form::TaskDone(task) => Body::TaskDone { task: *task, words: text },
        Form::Referral => {
            let service = draft.get("service").trim().to_owned();
            let urgent = match draft.get("urgent").as_str() {
                "yes" => true,
                "no" => false,
                _ => return None,
            };
            Body::Referral { service: (!service.is_empty()).then_some(service)?, reason: said?, urgent }
        }
        Form::Risk => {
            let prescriber = draft.get("prescriber").trim().to_owned();
            let risk = match draft.get("risk").as_str() {
                "yes" => true,
                "no" => false,
                _ => return None,
            };
            let prescriber = (!prescriber.is_empty()).then_some(prescriber)?;
            Body::Hypercapnic { risk, prescriber, basis: said?, settles: on.page.log.risks.clone() }
        }
        Form::Add(to) => Body::Added { to: *to, text: said? },
        Form::Strike(of) => Body::Struck { of: *of, reason: said? },
        Form::Review(place) => {
            Body::DoseReviewed { doses: on.page.log.double_doses.get(*place)?.doses.clone(), words: said? }
        }
        _ => Body::Note { text: said? },
    })
}
