//! The files of a bag at the ward's pages: photographs of belongings, documents that the home attached. The page names them; each is opened by itself, through the door, with an
//! entry of its own. One whose bytes have not come yet is said to be on its way: text comes first. What the page says of things and counts is
//! `page`'s; what may be a file is `record::bag::file`'s.

use super::page::Drawn;
use super::{Reply, Visit, layout, look};
use crate::photos;
use crate::store::{Store, StoreFault, people};
use maud::{Markup, html};
use paper::Ink;
use record::audit::BagDeed;
use record::bag::belongings::{self, Belonging};
use record::bag::{Bag, File};
use record::visit::PhotoId;

/// The photographs of a thing, each a link that says what it leads to without its surroundings.
pub(super) fn photos_of(bag: &Bag, thing: &Belonging) -> Markup {
    html! {
        @for (n, (count, photo)) in thing.photos().enumerate() {
            br;
            (link(bag, photo, &format!("Photo {} of {}, {}", n + 1, thing.label.to_lowercase(), count.column.label().to_lowercase())))
        }
    }
}

/// For paper, where nothing can be opened: how many there are.
pub(super) fn photos_on_paper(thing: &Belonging) -> Markup {
    let many = thing.photos().count();
    html! { @if many > 0 { br; "Photographs at the hub: " (many) "." } }
}

/// An attached document: a picture opens, anything else is saved.
pub(super) fn open(bag: &Bag, file: &File) -> Markup {
    link(
        bag,
        file,
        if file.kind.is_picture() { "Open the attached document" } else { "Save a copy of the attached document" },
    )
}

/// Who else signed for valuables, drawn as ink beside what they signed for. These pages show no picture: the very picture is a link.
pub(super) fn signatures(bag: &Bag, drawn: &Drawn, paper: bool) -> Markup {
    let all = belongings::signatures(&bag.belongings);
    html! {
        @if !all.is_empty() { h3 class="nhsuk-heading-s" { "Second signatures for valuables" } }
        @for one in &all {
            div class="w-signed" {
                p { (one.in_words()) "." }
                @match drawn.get(&one.file.id).map(|picture| Ink::of(picture)) {
                    Some(Some(ink)) => {
                        svg class="w-ink" role="img" aria-label={ "The signature as it was drawn. " (one.in_words()) }
                            viewBox={ "0 0 " (ink.wide) " " (ink.high) } width="240" height=(240 * ink.high / ink.wide) {
                            path d=(ink.path()) {}
                        }
                    }
                    Some(None) => p class="o-quiet" { "The picture of it is kept, but cannot be drawn here." },
                    None => p class="o-quiet" { "Its picture is not here yet: it is on the device of whoever counted." },
                }
                @if !paper { p { (link(bag, &one.file, "Open the second signature")) } }
            }
        }
    }
}

fn link(bag: &Bag, file: &File, words: &str) -> Markup {
    html! { a href={ "/bags/" (bag.id) "/files/" (file.id) } { (words) } }
}

/// One file. Known before the door is asked is only whether its bytes are here, which decides the entry's words.
pub(super) fn file(store: &mut Store, here: &Visit<'_>, (which, file): (&str, &str)) -> Result<Reply, StoreFault> {
    let Ok(id) = file.parse::<PhotoId>() else { return Ok(Reply::NotFound) };
    let Some((_, person)) = look::named(store, which)? else { return Ok(Reply::NotFound) };
    let whole = store.read(|tx| match people::person_row(tx, person)? {
        Some(row) => photos::is_held(tx, row, id),
        None => Ok(false),
    })?;
    let deed = if whole { BagDeed::FileShown } else { BagDeed::FileAsked };
    let looked = look::through(store, here, (which, deed), |within, bag, _| {
        if bag.released().is_none() || bag.sent_file(id).is_none() {
            return Ok(None);
        }
        Ok(Some((bag.id, within.file(bag, id)?)))
    })?;
    Ok(match looked {
        Ok(Some((_, Some((file, bytes))))) => {
            // The file's name is chance: nothing of anybody is in it.
            let name = format!("eRed-Bag-{}.{}", &id.to_string()[..8], file.kind.ending());
            Reply::File { name, kind: file.kind, bytes }
        }
        Ok(Some((bag, None))) => {
            let body = html! {
                p { a class="nhsuk-back-link" href={ "/bags/" (bag) } { "The bag" } }
                h1 class="nhsuk-heading-l" { "It has not reached the hub yet" }
                p { "It was signed on the home's device, which sends it after all text. Try again when that device has had a signal for some minutes." }
            };
            Reply::Page(layout::page(here, "", "It has not reached the hub yet", &[], body))
        }
        Ok(None) => Reply::NotFound,
        Err(reply) => reply,
    })
}
