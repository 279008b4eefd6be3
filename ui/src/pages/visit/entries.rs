//! Everything done, newest first: who, when, where it is, what was added, and struck through what its author marked as entered in error.
//! Beside it what is still to do, and the wounds.

use super::On;
use super::observations::news2;
use super::pictures;
use crate::state::Form;
use crate::words::count;
use desk::visit::ActReceipt;
use record::stamp::display_day;
use record::visit::vitals::Breathing;
use record::visit::wound::{Infection, Side};
use record::visit::{ActId, Body, Entry, Observations, Outcome, Taken, Wound};
use yew::prelude::*;

/// Entries shown before the rest is asked for.
const SHOWN: usize = 30;

pub(super) fn all(on: &On) -> Html {
    let entries = &on.page.log.entries;
    html! {
        <section class="s-section" aria-label="What was done">
            <h2 class="s-section__heading">{ "What was done" }</h2>
            if entries.is_empty() { <p>{ "Nothing has been recorded at visits yet." }</p> }
            <ol class="nhsuk-list s-lines">{ for entries.iter().take(SHOWN).enumerate().map(|(place, entry)| one(on, place, entry)) }</ol>
            if entries.len() > SHOWN { <p class="s-quiet">{ format!("{} earlier are not shown.", count(entries.len() - SHOWN, "record", "records")) }</p> }
        </section>
    }
}

fn one(on: &On, place: usize, entry: &Entry) -> Html {
    let act = &entry.act;
    let own = act.by.staff == on.page.me;
    let marks = !matches!(act.body, Body::DoseReviewed { .. });
    html! {
        <li class={classes!("s-line", entry.struck.is_some().then_some("s-struck"))} key={entry.id.to_string()} data-test="entry">
            <p><strong>{ act.body.in_words() }</strong>{ " " }<span class="s-quiet s-nowrap">{ act.at.display() }</span>
                if act.clock_in_doubt { <span class="s-quiet">{ " (the device's time was in doubt)" }</span> }</p>
            <div class="s-said">{ said(on, entry) }</div>
            if let Some((why, at)) = &entry.struck {
                <p><strong>{ format!("Entered in error, {}", at.display()) }</strong>{ format!(": {why}") }</p>
            }
            { for entry.added.iter().map(|(who, at, text)| html! {
                <div class="s-entry" data-test="entry-added"><p class="s-prose">{ text }</p><p class="s-quiet">{ format!("Added by {who}, {}", at.display()) }</p></div>
            }) }
            <p class="s-quiet">{ format!("{}, {}, {}. {}", act.by.name, act.by.title, act.by.organisation, place_of(on, entry)) }</p>
            <div>
                <button type="button" class="s-plain" data-test={format!("add-{place}")} onclick={on.form(Form::Add(entry.id))}>{ "Add to this" }</button>
                if own && marks && entry.struck.is_none() {
                    { " " }<button type="button" class="s-plain" data-test={format!("strike-{place}")} onclick={on.form(Form::Strike(entry.id))}>{ "Entered in error" }</button>
                }
            </div>
        </li>
    }
}

/// Where it is: never more than is known.
fn place_of(on: &On, entry: &Entry) -> String {
    match on.page.places.iter().find(|(own, _)| *own == entry.id).map(|(_, place)| place) {
        None => "Came from the hub".to_owned(),
        Some(ActReceipt::HeldByHub { at }) => {
            let seen = on.page.seen.iter().filter(|(through, _)| *through >= entry.act.at);
            let seen = seen.map(|(_, by)| format!(". Opened by: {}, {}", by.who(), by.at.display()));
            format!("Held by the hub, {}{}", at.display(), seen.collect::<String>())
        }
        Some(ActReceipt::FromHub) => "Came from the hub".to_owned(),
        Some(ActReceipt::Refused { why }) => format!("Not taken by the hub: {why}. Kept on this device"),
        Some(ActReceipt::OnThisDevice) if on.all_held => "Held by the hub".to_owned(),
        Some(ActReceipt::OnThisDevice) => "Saved on this device, not yet sent".to_owned(),
    }
}

fn prose(text: &str) -> Html {
    if text.is_empty() {
        Html::default()
    } else {
        html! { <p class="s-prose">{ text.to_owned() }</p> }
    }
}

fn said(on: &On, entry: &Entry) -> Html {
    match &entry.act.body {
        Body::Started { .. } => Html::default(),
        Body::Ended { summary, .. } => prose(summary),
        Body::NotHome { words, .. } | Body::DoseReviewed { words, .. } => prose(words),
        Body::Note { text } | Body::Added { text, .. } => prose(text),
        Body::Struck { reason, .. } => prose(reason),
        Body::TaskDone { task, words } => html! { <>{ task_words(on, *task) }{ prose(words) }</> },
        Body::Observed { taken, .. } => {
            let again =
                "What its SpO2 scale stood on was struck through or settled since: reckoned again on the other.";
            let warn = entry.both().or(entry.again.is_some().then(|| again.to_owned()));
            let scores = [entry.counted().or(entry.news2.as_ref()), entry.other.as_ref()];
            html! { <>{ signs(taken) }{ for warn.map(|words| html! { <p class="s-note s-note--warn"><strong>{ words }</strong></p> }) }{ for scores.into_iter().flatten().map(news2) }</> }
        }
        Body::Dose(dose) => {
            let what = match &dose.outcome {
                Outcome::Given { dose, route, site, batch, witness } => {
                    let beside = [("", dose), ("", route), ("site ", site), ("batch ", batch), ("witness ", witness)];
                    let beside = beside
                        .iter()
                        .filter(|(_, text)| !text.is_empty())
                        .map(|(label, text)| format!("{label}{text}"));
                    beside.collect::<Vec<_>>().join(", ")
                }
                Outcome::NotGiven { why, words } if words.is_empty() => why.label().to_owned(),
                Outcome::NotGiven { why, words } => format!("{}: {words}", why.label()),
            };
            let knowing = (!dose.despite.is_empty()).then_some("Recorded after being shown an earlier dose.");
            html! {
                <>
                <p><strong>{ &dose.medicine.name }</strong></p>
                <p>{ format!("{what}. {} ({})", dose.given_at.display(), dose.slot.part.label().to_lowercase()) }</p>
                { for knowing.map(prose) }
                </>
            }
        }
        Body::Wound(wound) => html! { <>{ assessed(wound) }{ pictures::shown(on, entry, wound) }</> },
        Body::Hypercapnic { risk, prescriber, basis, .. } => html! {
            <><p>{ if *risk { "NEWS2 uses SpO2 scale 2" } else { "NEWS2 uses SpO2 scale 1" } }{ format!(", on the word of {prescriber}") }</p>{ prose(basis) }</>
        },
        Body::Task { what, who, due } => html! {
            <>{ prose(what) }<p>{ format!("For: {}", who.label()) }{ due.map(|day| format!(", by {}", display_day(day))).unwrap_or_default() }</p></>
        },
        Body::Referral { service, reason, urgent } => html! {
            <><p>{ format!("To {service}, {}", if *urgent { "urgent" } else { "routine" }) }</p>{ prose(reason) }</>
        },
    }
}

fn task_words(on: &On, task: ActId) -> Html {
    match on.page.log.entry(task).map(|entry| &entry.act.body) {
        Some(Body::Task { what, .. }) => prose(what),
        _ => Html::default(),
    }
}

/// Each value with its label and unit; what was refused or not possible says so.
fn signs(taken: &Observations) -> Html {
    let value = |(vital, value): (&record::visit::Vital, &Taken)| {
        let kind = vital.kind();
        let shown = match value {
            Taken::Value(value) => format!("{} {}", vital.display(*value), kind.unit),
            Taken::Refused => "refused".to_owned(),
            Taken::Unable => "not possible".to_owned(),
        };
        html! { <li><span class="s-label-text">{ kind.label }</span>{ " " }<span class="s-nowrap">{ shown }</span></li> }
    };
    let breathing = taken.breathing.as_ref().map(|breathing| match breathing {
        Breathing::Air => "air".to_owned(),
        Breathing::Oxygen { flow, device } => {
            let flow = flow.map(|flow| format!(" {} litres a minute", record::visit::Vital::Temperature.display(flow)));
            format!("oxygen{} {device}", flow.unwrap_or_default())
        }
    });
    html! {
        <ul class="nhsuk-list s-signs">
            { for taken.signs.iter().map(value) }
            { for breathing.map(|words| html! { <li><span class="s-label-text">{ "Breathing" }</span>{ format!(" {words}") }</li> }) }
            { for taken.consciousness.map(|level| html! { <li><span class="s-label-text">{ "Consciousness" }</span>{ format!(" {}", level.label()) }</li> }) }
        </ul>
    }
}

fn assessed(wound: &Wound) -> Html {
    let side = if wound.spot.side == Side::Front { "front" } else { "back" };
    let size = [("long", wound.length), ("wide", wound.width), ("deep", wound.depth)];
    let size = size
        .iter()
        .filter_map(|(word, side)| side.map(|side| format!("{side} mm {word}")))
        .collect::<Vec<_>>()
        .join(", ");
    let device = if wound.device_related { " (d)" } else { "" };
    let infection = match wound.infection.as_slice() {
        [] => "none seen".to_owned(),
        signs => signs.iter().map(|sign: &Infection| sign.label().to_lowercase()).collect::<Vec<_>>().join(", "),
    };
    let facts = [
        ("Where", format!("{}, {side}", wound.site)),
        (
            "What",
            wound.category.map_or(wound.sort.label().to_owned(), |category| format!("{}{device}", category.label())),
        ),
        ("Size", size),
        ("Bed", wound.bed.iter().map(|bed| bed.label().to_lowercase()).collect::<Vec<_>>().join(", ")),
        ("Margin", wound.margin.label().to_owned()),
        ("Surrounding skin", wound.surrounding.clone()),
        ("Signs of infection", infection),
        ("Exudate", wound.exudate.label().to_owned()),
        ("Pain", wound.pain.map(|pain| format!("{pain} of 10")).unwrap_or_default()),
        ("Treatment", wound.treatment.clone()),
        ("Plan", wound.plan.clone()),
    ];
    html! {
        <ul class="nhsuk-list s-signs">
            { for facts.iter().filter(|(_, text)| !text.is_empty()).map(|(label, text)| html! {
                <li><span class="s-label-text">{ *label }</span>{ format!(" {text}") }</li> }) }
            if wound.healed { <li><strong>{ "Healed" }</strong></li> }
        </ul>
    }
}

/// What is still to do.
pub(super) fn tasks(on: &On) -> Html {
    if on.page.log.open_tasks.is_empty() {
        return Html::default();
    }
    let row = |id: &ActId| {
        let Some(entry) = on.page.log.entry(*id) else { return Html::default() };
        html! {
            <li class="s-line" key={id.to_string()}>{ said(on, entry) }
                <button type="button" class="nhsuk-button nhsuk-button--secondary s-small" onclick={on.form(Form::TaskDone(*id))}>{ "Done" }</button></li>
        }
    };
    html! {
        <section class="s-section" aria-label="To do" data-test="tasks">
            <h2 class="s-section__heading">{ "To do" }</h2>
            <ul class="nhsuk-list s-lines">{ for on.page.log.open_tasks.iter().map(row) }</ul>
        </section>
    }
}

/// The wounds, each with its highest category ever: a category never improves.
pub(super) fn wounds(on: &On) -> Html {
    if on.page.log.wounds.is_empty() {
        return Html::default();
    }
    let row = |course: &record::visit::log::WoundCourse| {
        let site = match on.page.log.entry(course.first).map(|entry| &entry.act.body) {
            Some(Body::Wound(wound)) => wound.site.clone(),
            _ => String::new(),
        };
        let highest = course.highest.map(|category| format!(". Highest ever: {}", category.label()));
        html! {
            <li class="s-line" key={course.first.to_string()}>
                <p><strong>{ site }</strong>{ format!(" {}{}", course.sort.label(), highest.unwrap_or_default()) }</p>
                <p class="s-quiet">{ format!("{}{}", count(course.assessments.len(), "assessment", "assessments"), if course.healed { ", healed" } else { "" }) }</p>
                <button type="button" class="nhsuk-button nhsuk-button--secondary s-small" onclick={on.form(Form::Wound(Some(course.first)))}>{ "Assess again" }</button>
            </li>
        }
    };
    html! {
        <section class="s-section" aria-label="Wounds" data-test="wounds">
            <h2 class="s-section__heading">{ "Wounds" }</h2>
            <ul class="nhsuk-list s-lines">{ for on.page.log.wounds.iter().map(row) }</ul>
        </section>
    }
}
