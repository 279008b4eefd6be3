//! The form: 27 sections, each folded until somebody needs it, each line with its source, its date and whether it was checked. A line is
//! confirmed or corrected in place. For those who take the bag the same sections are there to be read, the ones that can harm open.

use super::kept::use_kept;
use super::{On, OnProps};
use crate::parts::form::{Area, submit, text};
use crate::parts::picture;
use crate::words::{count, sentence};
use desk::ask::AttachToBag;
use desk::bag::BagLine;
use record::bag::form::Question;
use record::bag::release::BORN;
use record::bag::{BagSection, Check, Entry, Filled, ItemId, words};
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// Shown open: what can harm first.
const OPEN: [BagSection; 4] = [BagSection::Transfer, BagSection::Concern, BagSection::Allergies, BagSection::EndOfLife];

#[component]
pub(super) fn Form(props: &OnProps) -> Html {
    let on = &props.on;
    let title = use_state(|| "Our own transfer form".to_owned());
    let Some(bag) = on.bag() else { return Html::default() };
    // Belongings and the author have a place of their own.
    let shown = |filled: &&Filled| !matches!(filled.section, BagSection::Belongings | BagSection::Completing);
    html! {
        <section aria-label="The form" data-test="bag-form">
            <h2 class="nhsuk-heading-m">{ "The form" }</h2>
            <p class="s-quiet">{ "Only the name, date of birth, reason and allergies must be there. The rest is sent if you have it." }</p>
            { attaching(on, &bag.form, &title) }
            { for bag.form.iter().filter(shown).map(|filled| html! {
                <SectionPart key={filled.section.code()} on={on.clone()} filled={filled.clone()} />
            }) }
        </section>
    }
}

#[derive(Properties, PartialEq)]
struct SectionProps {
    on: On,
    filled: Filled,
}

#[component]
fn SectionPart(props: &SectionProps) -> Html {
    let SectionProps { on, filled } = props;
    let section = filled.section;
    let open = use_state(|| OPEN.contains(&section));
    let toggle = {
        let open = open.clone();
        Callback::from(move |event: MouseEvent| {
            event.prevent_default();
            open.set(!*open);
        })
    };
    let unchecked = filled.entries.iter().filter(|e| e.check == Check::Unchecked).count();
    // One that its source has changed since is looked at by itself.
    let tally = match (filled.entries.len(), filled.entries.iter().filter(|e| e.is_unchecked()).count()) {
        (0, _) => "nothing yet".to_owned(),
        (lines, 0) => count(lines, "line", "lines"),
        (lines, unchecked) => format!("{}, {unchecked} not checked", count(lines, "line", "lines")),
    };
    let confirm = {
        let on = on.clone();
        Callback::from(move |_: MouseEvent| on.confirm(Some(section)))
    };
    let born = on.bag().and_then(|bag| bag.header.born.as_ref()).is_some_and(|born| born.date().is_some());
    let asked = |(code, _): &&(&str, &str)| {
        if *code == BORN && born {
            return false;
        }
        let item = ItemId::of(section.code(), code);
        !filled.entries.iter().any(|entry| entry.item == item)
    };
    let own = |question: &&Question| !filled.entries.iter().any(|entry| entry.item == question.item());
    html! {
        <details class="nhsuk-details s-fold" open={*open} data-test={format!("bag-section-{}", section.code())}>
            <summary class="nhsuk-details__summary" onclick={toggle}>
                <span class="nhsuk-details__summary-text">{ format!("{} ({tally})", section.title()) }</span>
            </summary>
            if *open {
                <div class="nhsuk-details__text">
                    <p class="s-quiet">{ format!("{}.", sentence(section.obligation().label())) }</p>
                    <ul class="nhsuk-list">{ for filled.entries.iter().map(|entry| html! {
                        <LinePart key={format!("{}{}", entry.item, entry.text)} on={on.clone()} {section} entry={entry.clone()} />
                    }) }</ul>
                    if unchecked > 1 {
                        <button type="button" class="nhsuk-button nhsuk-button--secondary" data-test={format!("bag-confirm-{}", section.code())}
                            disabled={on.saving} onclick={confirm}>{ format!("All {unchecked} are right") }</button>
                    }
                    { for section.prompts().iter().filter(asked).map(|(code, label)| html! {
                        <Prompt key={*code} on={on.clone()} {section} code={*code} item={ItemId::of(section.code(), code)} label={*label} />
                    }) }
                    { for on.page.asks.asked(section).filter(own).enumerate().map(|(n, question)| html! {
                        <Prompt key={question.label.clone()} on={on.clone()} {section} code={format!("own-{n}")} item={question.item()}
                            label={question.label.clone()} own={Some(question.clone())} />
                    }) }
                </div>
            }
        </details>
    }
}

#[derive(Properties, PartialEq)]
struct LineProps {
    on: On,
    section: BagSection,
    entry: Entry,
}

/// The home's own form, in place of the sections or beside them: what is attached already, and another.
fn attaching(on: &On, form: &[Filled], title: &UseStateHandle<String>) -> Html {
    let documents = form.iter().flat_map(|filled| &filled.entries);
    let documents = documents.filter_map(|entry| Some((entry, entry.file?)));
    let onchange = {
        let (on, title) = (on.clone(), title.clone());
        Callback::from(move |event: Event| {
            let Some(input) = event.target_dyn_into::<HtmlInputElement>() else { return };
            let Some(file) = input.files().and_then(|files| files.get(0)) else { return };
            let (on, title) = (on.clone(), (*title).clone());
            spawn_local(async move {
                // What cannot be read is handed on as nothing, and the device says so.
                let document = picture::document(&file).await.unwrap_or_default().into();
                let (person, purpose) = (on.page.person, on.purpose);
                on.acts.bag_change(AttachToBag { person, purpose, title, document });
                // The same file may be chosen again.
                input.set_value("");
            });
        })
    };
    html! {
        <div class="nhsuk-form-group">
            { for documents.map(|(entry, file)| html! {
                <><p><strong>{ format!("Attached: {} ({})", entry.text, file.label()) }</strong></p>{ attached(on, entry) }</>
            }) }
            { text("bag-attach-title", ("Or attach a document of your own: what it is called", ""), title) }
            <label class="nhsuk-label s-label" for="bag-attach">{ "The document" }</label>
            <div class="nhsuk-hint" id="bag-attach-hint">{ "A PDF up to 4 MB, or a photograph. The reason and the allergies are needed all the same." }</div>
            <input class="nhsuk-file-upload s-file" id="bag-attach" data-test="bag-attach" type="file" accept="application/pdf,image/*"
                aria-describedby="bag-attach-hint" disabled={on.saving} {onchange} />
        </div>
    }
}

/// The document that a line names: to be opened, and taken out again by those who work on the form.
fn attached(on: &On, entry: &Entry) -> Html {
    let Some(file) = entry.file else { return Html::default() };
    let out = {
        let (on, item, seen) = (on.clone(), entry.item, entry.notes.clone());
        Callback::from(move |_: MouseEvent| {
            let (section, why) = (BagSection::Documents, "Attached by mistake".to_owned());
            let (text, seen) = (String::new().into(), seen.clone());
            on.write(BagLine { section, item, text, why, from: None, as_found: false, seen });
        })
    };
    let words = if file.kind.is_picture() { "Open document" } else { "Save a copy" };
    html! {
        <p data-test="bag-attached">
            { on.file(file.id, (words, &entry.text)) }
            if on.writes() {
                <button type="button" class="s-plain" data-test="bag-attached-out" disabled={on.saving} onclick={out}>{ "Take it out" }</button>
            }
        </p>
    }
}

/// Where a line is from, and how far it was checked.
fn about(entry: &Entry) -> String {
    let from = entry.from.as_ref().map(|from| format!("{} ", from.in_words()));
    format!("{}{}.", from.unwrap_or_default(), entry.checked())
}

#[component]
fn LinePart(props: &LineProps) -> Html {
    let LineProps { on, section, entry } = props;
    let text = use_kept(on, &format!("bag-line-{}", entry.item), &entry.text);
    let editing = use_state(|| *text != entry.text);
    let section = *section;
    let line = {
        let (on, entry) = (on.clone(), entry.clone());
        move |text: String, as_found: bool| {
            let (item, from, seen) = (entry.item, entry.from.clone(), entry.notes.clone());
            on.write(BagLine { section, item, text: text.into(), why: String::new(), from, as_found, seen });
        }
    };
    let right = {
        // As its source has it now, where that has changed.
        let (line, text) = (line.clone(), entry.now.clone().unwrap_or_else(|| entry.text.clone()));
        Callback::from(move |_: MouseEvent| line(text.clone(), true))
    };
    let out = {
        let (on, item, seen) = (on.clone(), entry.item, entry.notes.clone());
        Callback::from(move |_: MouseEvent| {
            let (text, why, seen) = (String::new().into(), "No longer in the record".to_owned(), seen.clone());
            on.write(BagLine { section, item, text, why, from: None, as_found: false, seen });
        })
    };
    let edit = {
        let editing = editing.clone();
        Callback::from(move |_: MouseEvent| editing.set(!*editing))
    };
    let save = {
        let (text, editing) = (text.clone(), editing.clone());
        submit(move || {
            line((*text).clone(), false);
            editing.set(false);
        })
    };
    let id = format!("bag-line-{}", entry.item);
    html! {
        <li class="s-bag__line" data-test="bag-line">
            <p>{ words(section, entry) }</p>
            if entry.disputed {
                <p><strong>{ "Somebody wrote this differently. Both go, until one of you corrects it." }</strong></p>
            }
            <p class="s-quiet">{ about(entry) }</p>
            { attached(on, entry) }
            if on.writes() && entry.file.is_none() {
                <div class="s-bag__acts">
                    if entry.check == Check::Unchecked || entry.now.is_some() {
                        <button type="button" class="nhsuk-button nhsuk-button--secondary" data-test="bag-line-right" disabled={on.saving}
                            onclick={right}>{ if entry.now.is_some() { "Take what it says now" } else { "This is right" } }</button>
                    }
                    if entry.gone {
                        <button type="button" class="nhsuk-button nhsuk-button--secondary" data-test="bag-line-out" disabled={on.saving}
                            onclick={out}>{ "Leave it out" }</button>
                    }
                    <button type="button" class="nhsuk-button nhsuk-button--secondary" data-test="bag-line-edit"
                        aria-expanded={editing.to_string()} onclick={edit}>{ "Correct it" }</button>
                </div>
                if *editing {
                    <form onsubmit={save} novalidate=true>
                        <Area id={id} label="As it should be" value={text} rows={2} />
                        <button type="submit" class="nhsuk-button" data-test="bag-line-save" disabled={on.saving}>{ "Save" }</button>
                    </form>
                }
            }
        </li>
    }
}

#[derive(Properties, PartialEq)]
struct PromptProps {
    on: On,
    section: BagSection,
    code: AttrValue,
    item: ItemId,
    label: AttrValue,
    /// A question of this home's own: its answer goes to people who do not know it, so it goes with the question.
    #[prop_or_default]
    own: Option<Question>,
}

/// Something nobody has written yet.
#[component]
fn Prompt(props: &PromptProps) -> Html {
    let PromptProps { on, section, code, item, label, own } = props;
    let text = use_kept(on, &format!("bag-line-{item}"), "");
    let (section, item) = (*section, *item);
    let write = {
        let (on, own) = (on.clone(), own.clone());
        move |text: String| {
            if !text.trim().is_empty() {
                let text = own.as_ref().map_or_else(|| text.clone(), |question| question.answered(&text));
                let line = BagLine {
                    section,
                    item,
                    text: text.into(),
                    why: String::new(),
                    from: None,
                    as_found: false,
                    seen: vec![],
                };
                on.write(line);
            }
        }
    };
    let save = {
        let (write, text) = (write.clone(), text.clone());
        submit(move || write((*text).clone()))
    };
    let quick = |words: &'static str, mark: &'static str| {
        let write = write.clone();
        let press = Callback::from(move |_: MouseEvent| write(words.to_owned()));
        html! {
            <button type="button" class="nhsuk-button nhsuk-button--secondary" data-test={mark} disabled={on.saving} onclick={press}>
                { words }</button>
        }
    };
    html! {
        <form onsubmit={save} novalidate=true>
            <Area id={format!("bag-new-{}-{code}", section.code())} label={label.clone()} value={text} rows={2} />
            <div class="s-bag__acts">
                <button type="submit" class="nhsuk-button nhsuk-button--secondary" data-test={format!("bag-save-{}-{code}", section.code())}
                    disabled={on.saving}>{ "Save" }</button>
                if section == BagSection::Allergies {
                    { quick("No known allergies", "bag-no-allergies") }
                    { quick("Allergies not recorded", "bag-allergies-not-recorded") }
                }
            </div>
        </form>
    }
}

/// What was released, to be read.
#[component]
pub(super) fn Reading(props: &OnProps) -> Html {
    let on = &props.on;
    let Some(released) = on.bag().and_then(|bag| bag.released.as_deref()) else { return Html::default() };
    let section = |filled: &Filled| {
        html! {
            <section class="s-section" data-test={format!("bag-read-{}", filled.section.code())} aria-label={filled.section.title()}>
                <h3 class="s-section__heading">{ filled.section.title() }</h3>
                <ul class="nhsuk-list">{ for filled.entries.iter().map(|entry| html! {
                    <li class="s-bag__line">
                        <p>{ words(filled.section, entry) }</p>
                        if entry.disputed { <p><strong>{ "The home's staff wrote this differently from each other. Both are here." }</strong></p> }
                        <p class="s-quiet">{ about(entry) }</p>
                        { attached(on, entry) }
                    </li>
                }) }</ul>
            </section>
        }
    };
    html! {
        <section aria-label="The bag" data-test="bag-released">
            <h2 class="nhsuk-heading-m">{ format!("Sent by {}", released.header.home.name) }</h2>
            <p>{ format!("Version {}, released by {}, {}, {}.", released.version, released.by.name, released.by.title, released.at.display()) }</p>
            if !released.why.is_empty() { <p>{ format!("Corrected because: {}", released.why) }</p> }
            if let Some(see) = released.see_attached() { <p data-test="bag-see-attached"><strong>{ see }</strong></p> }
            { for OPEN.iter().filter_map(|first| released.sections.iter().find(|f| f.section == *first)).map(section) }
            { for released.sections.iter().filter(|f| !OPEN.contains(&f.section)).map(section) }
        </section>
    }
}
