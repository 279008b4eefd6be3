//! A section of the record: its heading with what it holds and as at when, what sources say about it, then what is current, and
//! what is past behind a fold. What can harm is never behind a "show all".

use crate::parts::absence::{absent, notes, source_name};
use crate::parts::allergy;
use crate::parts::fold::Fold;
use crate::parts::item::{Frame, item};
use crate::parts::{Opening, unbroken};
use crate::words::count;
use desk::view::OpenedChart;
use record::Section;
use record::chart::{Content, SectionChart, Sourced};
use record::summary::{Absence, Item, Standing};
use yew::prelude::*;

/// Sections of which only so many current items are drawn at first: long, and newest first.
const FIRST: usize = 25;

#[derive(Properties, PartialEq)]
pub struct SectionProps {
    pub chart: Opening<OpenedChart>,
    /// Which of the chart's sections.
    pub index: usize,
    /// The place of its first item in the whole record.
    pub offset: usize,
    pub open: Callback<(String, String)>,
}

/// What is now and to come, what is past, and what was a mistake: each with its place in the record.
pub struct Split<'a> {
    pub live: Vec<(usize, &'a Sourced<Item>)>,
    pub past: Vec<(usize, &'a Sourced<Item>)>,
    pub mistakes: Vec<(usize, &'a Sourced<Item>)>,
}

pub fn split(section: &SectionChart, offset: usize) -> Split<'_> {
    let mut split = Split { live: vec![], past: vec![], mistakes: vec![] };
    if let Content::Held(items) = &section.content {
        for (i, item) in items.iter().enumerate() {
            let place = match item.value.standing {
                Standing::Current | Standing::Future => &mut split.live,
                Standing::Past => &mut split.past,
                Standing::InError => &mut split.mistakes,
            };
            place.push((offset + i, item));
        }
    }
    split
}

/// `2 current, 5 past`; for an absence its short words.
pub fn tally(section: &SectionChart) -> String {
    match &section.content {
        Content::Absent(Absence::NoneKnown { .. }) => "none known".to_owned(),
        Content::Absent(Absence::NotAsked | Absence::NoContentRecorded) => "not recorded".to_owned(),
        Content::Absent(Absence::Unavailable) => "unavailable".to_owned(),
        Content::Absent(Absence::Withheld) => "withheld".to_owned(),
        Content::Held(_) => {
            let split = split(section, 0);
            let parts = [(split.live.len(), "current"), (split.past.len(), "past"), (split.mistakes.len(), "in error")];
            let parts = parts.into_iter().filter(|(n, _)| *n > 0);
            parts.map(|(n, word)| format!("{} {word}", crate::words::thousands(n))).collect::<Vec<_>>().join(", ")
        }
    }
}

/// Each source of the section, once, with when the hub last heard from it.
pub fn as_at(chart: &OpenedChart, section: &SectionChart) -> Vec<String> {
    let mut ids: Vec<_> = section.notes.iter().map(|n| n.source).collect();
    if let Content::Held(items) = &section.content {
        ids.extend(items.iter().map(|i| i.source));
    }
    ids.sort_unstable();
    ids.dedup();
    let line = |id| {
        let source = chart.sources.iter().find(|s| s.id == id);
        let at = source.map_or("at a time not known".to_owned(), |s| s.as_at.display());
        format!("{}, as at {at}", source_name(&chart.sources, id))
    };
    if ids.is_empty() {
        return vec![format!("As at {}", chart.listing.as_at.display())];
    }
    ids.into_iter().map(line).collect()
}

/// Whether all current items are drawn at once, however many.
const fn never_shortened(section: Section) -> bool {
    matches!(
        section,
        Section::Alerts
            | Section::Allergies
            | Section::EndOfLife
            | Section::Medications
            | Section::Problems
            | Section::Contacts
            | Section::Plans
            | Section::SocialCare
            | Section::CareTeam
    )
}

#[component]
pub fn SectionPart(props: &SectionProps) -> Html {
    let SectionProps { chart, index, offset, open } = props;
    let all = use_state(|| false);
    let Some(section) = chart.chart.sections.get(*index) else { return Html::default() };
    let code = section.section.code();
    let frame = Frame { sources: &chart.sources, open };
    let Split { live, past, mistakes } = split(section, *offset);
    let shown = if *all || never_shortened(section.section) { live.len() } else { live.len().min(FIRST) };
    let show_all = Callback::from(move |_: MouseEvent| all.set(true));
    html! {
        <section class="s-section" id={format!("section-{code}")} aria-labelledby={format!("heading-{code}")}
            data-test={format!("section-{code}")}>
            <h2 class="nhsuk-heading-m s-section__heading" id={format!("heading-{code}")} tabindex="-1">
                { section.section.title() }
                if let Content::Held(_) = &section.content { <span class="s-section__count">{ tally(section) }</span> }
            </h2>
            <p class="s-section__as-at">{ for as_at(chart, section).into_iter().map(|line| html! { <span>{ unbroken(&line) }</span> }) }</p>
            { notes(chart, section) }
            if let Content::Absent(absence) = &section.content {
                { absent(section.section, absence) }
            }
            if !live.is_empty() {
                { list(&frame, section.section, &live[..shown]) }
            } else if let Content::Held(_) = &section.content {
                <p class="s-quiet">{ format!("No current {}; past ones are below.", section.section.noun()) }</p>
            }
            if shown < live.len() {
                <button type="button" class="nhsuk-button nhsuk-button--secondary s-more" onclick={show_all}>
                    { format!("Show all {} current", crate::words::thousands(live.len())) }
                </button>
            }
            { folded("Past", "past", props, &past) }
            { folded("Entered in error", "mistakes", props, &mistakes) }
        </section>
    }
}

/// Items of a section as a table or a list.
fn list(frame: &Frame<'_>, section: Section, items: &[(usize, &Sourced<Item>)]) -> Html {
    let agents = if section == Section::Allergies { allergy::agents(items) } else { vec![] };
    let tabled: usize = agents.iter().map(|a| a.said.len()).sum();
    let rest = items.iter().filter(|(_, i)| {
        section != Section::Allergies || !matches!(i.value.detail, record::summary::Detail::Allergy(_))
    });
    html! {
        <>
        if !agents.is_empty() { { allergy::table(frame, &agents) } }
        if tabled < items.len() {
            <ul class="s-items">{ for rest.map(|(n, i)| item(frame, section, *n, i)) }</ul>
        }
        </>
    }
}

fn folded(word: &str, mark: &'static str, props: &SectionProps, items: &[(usize, &Sourced<Item>)]) -> Html {
    if items.is_empty() {
        return Html::default();
    }
    let summary = format!("{word} ({})", count(items.len(), "item", "items"));
    let SectionProps { chart, index, offset, open } = props;
    let (chart, index, offset, open) = (chart.clone(), *index, *offset, open.clone());
    let mistakes = mark == "mistakes";
    let content = Callback::from(move |()| {
        let Some(section) = chart.chart.sections.get(index) else { return Html::default() };
        let split = split(section, offset);
        let frame = Frame { sources: &chart.sources, open: &open };
        let items = if mistakes { split.mistakes } else { split.past };
        // Each on its own, struck through where it was a mistake; a table would hide that.
        html! { <ul class="s-items">{ for items.iter().map(|(n, i)| item(&frame, section.section, *n, i)) }</ul> }
    });
    html! { <Fold {summary} {mark} {content} /> }
}
