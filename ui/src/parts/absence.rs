//! What is not there, and why: five kinds of absence, five boxes that cannot be mistaken for each other; and what each source
//! says about a section as a whole.

use crate::parts::icons;
use desk::view::OpenedChart;
use record::chart::{SectionChart, Sourced};
use record::summary::{Absence, Note, Source};
use record::{Section, SourceId};
use yew::prelude::*;

/// A stable word for the kind, and the short tag shown beside the label.
pub const fn kind(absence: &Absence) -> (&'static str, &'static str) {
    match absence {
        Absence::NoneKnown { .. } => ("none-known", "Asked: none"),
        Absence::NotAsked => ("not-asked", "Nobody asked"),
        Absence::NoContentRecorded => ("no-content", "Empty list"),
        Absence::Unavailable => ("unavailable", "Could not be read"),
        Absence::Withheld => ("withheld", "Kept back"),
    }
}

/// The box of a section that holds nothing.
pub fn absent(section: Section, absence: &Absence) -> Html {
    let (code, tag) = kind(absence);
    let icon = match absence {
        Absence::NoneKnown { .. } => icons::none_known(),
        Absence::NotAsked => icons::not_asked(),
        Absence::NoContentRecorded => icons::empty_list(),
        Absence::Unavailable => icons::unavailable(),
        Absence::Withheld => icons::withheld(),
    };
    html! {
        <div class={format!("s-absence s-absence--{code}")} data-test={format!("absence-{code}")}>
            { icon }
            <div>
                <p class="s-absence__label"><strong>{ absence.label(section) }</strong>{ " " }
                    <span class="s-absence__tag">{ tag }</span></p>
                <p>{ absence.explanation() }</p>
                if let Absence::NoneKnown { when, by } = absence {
                    <p>{ asked(when.as_ref().map(|w| w.display()), by.as_deref()) }</p>
                }
            </div>
        </div>
    }
}

/// When and by whom it was asked; said also when that is not known.
fn asked(when: Option<String>, by: Option<&str>) -> String {
    format!("Recorded {} by {}.", when.as_deref().unwrap_or("on a date not given"), by.unwrap_or("somebody not named"))
}

/// What sources say about the section as a whole, and that they contradict each other where they do.
pub fn notes(opened: &OpenedChart, section: &SectionChart) -> Html {
    let noun = section.section.noun();
    html! {
        <>
        if section.contradiction {
            <div class="s-note s-note--warn" data-test="contradiction">
                { icons::warning() }
                <p><strong>{ "Sources disagree. " }</strong>
                { format!("One says there are no known {noun}, another lists some. Both are shown: check before you rely on either.") }</p>
            </div>
        }
        if !section.notes.is_empty() {
            <ul class="s-notes">{ for section.notes.iter().map(|n| line(opened, section.section, n)) }</ul>
        }
        </>
    }
}

fn line(opened: &OpenedChart, section: Section, note: &Sourced<Note>) -> Html {
    let source = source_name(&opened.sources, note.source);
    let key = note.key.0.clone();
    match &note.value {
        Note::Warning(warning) => html! {
            <li {key} class="s-notes__warning">{ icons::warning() }<span><strong>{ warning.label() }</strong>{ format!(" ({source})") }</span></li>
        },
        Note::Absent(absence @ Absence::NoneKnown { when, by }) => html! {
            <li {key}>{ format!("{source}: {}. {}", absence.label(section), asked(when.as_ref().map(|w| w.display()), by.as_deref())) }</li>
        },
        Note::Absent(absence) => html! {
            <li {key}>{ format!("{source}: {}. {}", absence.label(section), absence.explanation()) }</li>
        },
        Note::Said { words, when, by } => html! {
            <li {key}>{ format!("{source}: {words}. {}", asked(when.as_ref().map(|w| w.display()), by.as_deref())) }</li>
        },
    }
}

/// The organisation's name; never a number.
pub fn source_name(sources: &[Source], id: SourceId) -> String {
    let source = sources.iter().find(|s| s.id == id);
    source.map_or_else(|| "Source not named".to_owned(), |s| s.organisation.name.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_kinds_five_words() {
        let mut words: Vec<_> = Absence::ALL.iter().flat_map(|a| [kind(a).0, kind(a).1]).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), 10);
        assert_eq!(asked(None, Some("Dr Ho")), "Recorded on a date not given by Dr Ho.");
    }
}
