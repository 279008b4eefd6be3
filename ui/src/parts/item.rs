//! One item of a section, by its kind, with the source it came from, its date and the way to its original. Allergies are a table
//! of their own ([`super::allergy`]).

use crate::parts::absence::source_name;
use crate::parts::{medication, reading, unbroken};
use crate::words::{phone, size, word};
use record::Section;
use record::chart::Sourced;
use record::summary::{Allergy, Contact, Detail, Document, Item, Line, Source, Standing};
use yew::prelude::*;

/// What an item is drawn in: the directory of its sources, and what pressing "Original" does (key, identifier of the button).
pub struct Frame<'a> {
    pub sources: &'a [Source],
    pub open: &'a Callback<(String, String)>,
}

/// An item as a list entry; `n` is its place in the whole record.
pub fn item(frame: &Frame<'_>, section: Section, n: usize, sourced: &Sourced<Item>) -> Html {
    let item = &sourced.value;
    let in_error = item.standing == Standing::InError;
    let class = classes!("s-item", in_error.then_some("s-item--error"));
    html! {
        <li {class} data-test="item" key={format!("{}@{}", sourced.key.0, sourced.source.0)}>
            if in_error { <p class="s-item__error">{ "Entered in error" }</p> }
            <div class="s-item__body">{ body(section, item) }</div>
            { meta(frame, n, sourced) }
        </li>
    }
}

fn body(section: Section, item: &Item) -> Html {
    let ranged = section == Section::Results;
    let after = html! {
        <>
        if !item.readings.is_empty() { { reading::readings(&item.readings, &item.title, ranged) } }
        { for item.lines.iter().map(labelled) }
        </>
    };
    match &item.detail {
        Detail::Medication(m) => html! { <>{ medication::line(item, m) }{ after }</> },
        Detail::Contact(c) => html! { <>{ titled(item, contact_tags(c)) }{ contact(c) }{ after }</> },
        Detail::Alert { category, priority } => html! {
            <>{ titled(item, alert_tags(category.as_deref(), priority.as_deref())) }{ after }</>
        },
        Detail::Document(d) => {
            html! { <>{ titled(item, Html::default()) }<p class="s-quiet">{ document(d) }</p>{ after }</> }
        }
        Detail::Report { text } => html! {
            <>{ titled(item, Html::default()) }{ after }
            if let Some(text) = text.as_deref().filter(|t| !t.trim().is_empty()) {
                <pre class="s-report" tabindex="0" role="region" aria-label={format!("Report text: {}", item.title)}>{ text }</pre>
            } else if item.readings.is_empty() {
                <p class="s-quiet">{ "No report text given" }</p>
            }</>
        },
        Detail::Allergy(allergy) => html! {
            <>{ titled(item, Html::default()) }{ labelled(&Line("Past reactions".into(), reactions(allergy))) }{ after }</>
        },
        Detail::Plain if reading::is_one(&item.readings, &item.title) => html! {
            <><div class="s-item__one">{ titled(item, Html::default()) }{ after }</div></>
        },
        Detail::Plain => html! { <>{ titled(item, Html::default()) }{ after }</> },
    }
}

/// Episodes by comma; said also when none is recorded.
fn reactions(allergy: &Allergy) -> String {
    let all: Vec<_> = allergy.reactions.iter().map(|r| r.manifestation.as_str()).filter(|m| !m.is_empty()).collect();
    if all.is_empty() { "not recorded".to_owned() } else { all.join(", ") }
}

/// The title with its status beside it.
fn titled(item: &Item, tags: Html) -> Html {
    let title = if item.title.trim().is_empty() { "No description given" } else { item.title.as_str() };
    html! {
        <p class="s-item__title">
            <strong>{ title }</strong>{ tags }
            if let Some(status) = &item.status { <span class="s-item__status">{ word(status) }</span> }
        </p>
    }
}

/// A label beside its value.
pub fn labelled(Line(label, value): &Line) -> Html {
    html! { <p class="s-line"><span class="s-label-text">{ label }</span>{ " " }<span>{ value }</span></p> }
}

fn tag(words: &str, class: &'static str) -> Html {
    html! { <strong class={classes!("nhsuk-tag", "s-tag", class)}>{ words.to_owned() }</strong> }
}

fn alert_tags(category: Option<&str>, priority: Option<&str>) -> Html {
    let priority = priority.map(|p| {
        let class = if p.eq_ignore_ascii_case("high") { "nhsuk-tag--red" } else { "nhsuk-tag--grey" };
        // Sources write "high" or "High priority": the word is said once.
        tag(&format!("{} priority", word(p).trim_end_matches(" priority")), class)
    });
    html! { <>{ for priority }{ for category.map(|c| tag(&word(c), "nhsuk-tag--grey")) }</> }
}

fn contact_tags(contact: &Contact) -> Html {
    html! {
        <>
        if contact.next_of_kin { { tag("Next of kin", "nhsuk-tag--grey") } }
        if contact.emergency { { tag("Emergency contact", "nhsuk-tag--grey") } }
        </>
    }
}

fn contact(contact: &Contact) -> Html {
    let line = |label: &str, value: String| labelled(&Line(label.to_owned(), value));
    html! {
        <>
        { for contact.relationship.iter().map(|r| line("Relationship", word(r))) }
        { for contact.phones.iter().map(|p| html! {
            <p class="s-line"><span class="s-label-text">{ "Telephone" }</span>{ " " }<span class="s-phone">{ phone(p) }</span></p>
        }) }
        { for contact.address.iter().map(|a| line("Address", a.clone())) }
        </>
    }
}

/// What sort of document, how large, and whether it can be read here.
pub fn document(document: &Document) -> String {
    let sort = match document.mime.as_deref().map(|m| m.split(';').next().unwrap_or(m)) {
        Some("application/pdf") => "PDF".to_owned(),
        Some("text/plain") => "Text".to_owned(),
        Some("text/html") => "Web page".to_owned(),
        Some("image/jpeg" | "image/png" | "image/tiff") => "Picture".to_owned(),
        Some(other) => other.to_owned(),
        None => "Kind of document not given".to_owned(),
    };
    let size = document.size.map(|s| format!(", {}", size(s))).unwrap_or_default();
    let here = if document.carried { "on this device, inside the original" } else { "not carried on this device" };
    format!("{sort}{size}: {here}")
}

/// When it was, in words; `None` where the source gave no date at all.
pub fn dated(sourced: &Sourced<Item>) -> Option<String> {
    let item = &sourced.value;
    match (&item.when, &item.until, &sourced.recorded) {
        (Some(when), Some(until), _) if when != until => Some(format!("{} to {}", when.display(), until.display())),
        (Some(when), ..) => Some(when.display()),
        (None, Some(until), _) => Some(format!("until {}", until.display())),
        (None, None, Some(recorded)) => Some(format!("recorded {}", recorded.display())),
        (None, None, None) => None,
    }
}

/// Source, date, author, and the way to the original.
pub fn meta(frame: &Frame<'_>, n: usize, sourced: &Sourced<Item>) -> Html {
    let id = format!("open-source-{n}");
    let open = {
        let (open, key, id) = (frame.open.clone(), sourced.key.resource().to_owned(), id.clone());
        Callback::from(move |_: MouseEvent| open.emit((key.clone(), id.clone())))
    };
    html! {
        <div class="s-meta">
            <p class="s-meta__words">
                <span>{ unbroken(dated(sourced).as_deref().unwrap_or("Date not given")) }</span>
                <span>{ source_name(frame.sources, sourced.source) }</span>
                if let Some(author) = &sourced.value.author { <span>{ author }</span> }
            </p>
            <button type="button" class="s-original" id={id.clone()} data-test={id} onclick={open}>
                { "Original" }<span class="nhsuk-u-visually-hidden">{ format!(" of {}", sourced.value.title) }</span>
            </button>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::summary::FactKey;
    use record::{SourceId, When};

    #[test]
    fn a_document_says_whether_it_can_be_read_here() {
        let pdf = Document { mime: Some("application/pdf".into()), size: Some(52_000), carried: true };
        assert_eq!(document(&pdf), "PDF, 52 kB: on this device, inside the original");
        assert_eq!(document(&Document::default()), "Kind of document not given: not carried on this device");
    }

    #[test]
    fn dates_say_what_they_are() {
        let item = |when: Option<&str>, until: Option<&str>, recorded: Option<&str>| Sourced {
            key: FactKey("a".into()),
            source: SourceId(1),
            recorded: recorded.and_then(When::parse),
            value: Item { when: when.and_then(When::parse), until: until.and_then(When::parse), ..Item::default() },
        };
        assert_eq!(dated(&item(Some("2024-03"), Some("2025"), None)).as_deref(), Some("Mar-2024 to 2025"));
        assert_eq!(dated(&item(None, None, Some("2024-03-01"))).as_deref(), Some("recorded 01-Mar-2024"));
        assert_eq!(dated(&item(None, None, None)), None);
    }
}
