//! One bag as a page: what can harm on top, where it is and what may happen next, all sections with source and date, belongings, the journey,
//! who read it; and the same for paper. Opening it leaves a receipt in the bag, once for each version, which the home's devices show.

use super::{Reply, Visit, act, files, layout, look};
use crate::store::{Store, StoreFault};
use crate::web::layout::{Trouble, tag};
use maud::{Markup, html};
use paper::{NO_SLIP_AT_THE_HUB, PaperFault, Place, Print};
use record::When;
use record::audit::BagDeed;
use record::bag::belongings::Standing;
use record::bag::note::both_times;
use record::bag::{Bag, BagSection, Contents, Critical, Custody, Entry, Note, Party, Said, words};
use record::consent::Caveat;
use record::patient::age;
use record::visit::PhotoId;
use std::collections::BTreeMap;

pub(super) fn page(store: &mut Store, here: &Visit<'_>, which: &str) -> Result<Reply, StoreFault> {
    let key = &here.office.hub.authority.signing;
    let looked = look::through(store, here, (which, BagDeed::Looked), |within, bag, caveats| {
        let Some((_, contents)) = bag.released() else { return Ok(None) };
        let version = contents.version;
        let read = |r: &record::bag::Reader| r.by.staff == here.actor.staff && r.version == version;
        if here.actor.organisation.ods != bag.header.home.ods && !bag.readers.iter().any(read) {
            within.put(key, &here.actor, bag, Said::Seen { version })?;
        }
        Ok(match within.bag(bag.id)? {
            Some(now) => Some((within.signatures(&now)?, now, caveats.to_vec())),
            None => None,
        })
    })?;
    Ok(match looked {
        Ok(Some((drawn, bag, caveats))) => Reply::Page(shown(here, (&bag, &drawn), &caveats, &[])),
        Ok(None) => Reply::NotFound,
        Err(reply) => reply,
    })
}

/// The drawn signatures that are here.
pub(super) type Drawn = BTreeMap<PhotoId, Vec<u8>>;

pub(super) fn shown(
    here: &Visit<'_>,
    (bag, drawn): (&Bag, &Drawn),
    caveats: &[Caveat],
    troubles: &[Trouble],
) -> Markup {
    let body = html! {
        p { a class="nhsuk-back-link" href="/" { "All bags" } }
        (head(here, bag))
        @for caveat in caveats { (said_beside(caveat)) }
        (banner(here, bag))
        @if let Some((_, contents)) = bag.released() { (critical(contents)) }
        section aria-labelledby="where" {
            h2 class="nhsuk-heading-m" id="where" { "Where the bag is" }
            p { (who_has_it(bag)) }
            (act::forms(here, bag, troubles))
            p class="w-links" {
                a href={ "/bags/" (bag.id) "/belongings" } { "Count the belongings" } " "
                a href={ "/bags/" (bag.id) "/choice" } { "Record what the person chooses" } " "
                a href={ "/bags/" (bag.id) "/print" } { "Page to print for a clipboard" }
            }
        }
        (sections(bag))
        (belongings(bag, false))
        (files::signatures(bag, drawn, false))
        (journey(bag))
    };
    layout::page(here, "", "An eRed Bag", troubles, body)
}

pub(super) fn head(here: &Visit<'_>, bag: &Bag) -> Markup {
    let header = &bag.header;
    let years = header.born.as_ref().map(|born| age(born, here.now.london_date())).unwrap_or_default();
    let born = header.born.as_ref().map_or("not known".to_owned(), When::display_date);
    let checked = if header.nhs_number_verified { "" } else { " (not verified)" };
    html! {
        h1 class="nhsuk-heading-l" {
            span class="nhsuk-caption-l" { "eRed Bag from " (header.home.name) }
            (header.banner)
        }
        p {
            "Born " strong { (born) } @if !years.is_empty() { " (" (years) ")" }
            ". Gender " strong { (header.gender.label()) }
            ". NHS number " strong class="o-nowrap" { @match header.nhs_number { Some(number) => (number), None => "not known" } } (checked)
            @if !header.tracker.is_empty() { ". Bag " strong { (header.tracker) } }
        }
    }
}

fn said_beside(caveat: &Caveat) -> Markup {
    html! {
        @match caveat {
            Caveat::BreakGlassUntil(until) => p { (tag("purple", "Opened in an emergency")) " Until " (until.display_time()) ". Each look is reviewed." },
            Caveat::StaleEmergency => p { (tag("orange", "Emergency")) " The person's choice was last confirmed some time ago." },
            Caveat::ClockInDoubt => p { (tag("orange", "Time in doubt")) },
            Caveat::CheckedAt(_) | Caveat::EmergencyViewOnly | Caveat::PartOfTheRecord => {}
        }
    }
}

/// What is released replaced something that was read before: never silent.
fn banner(here: &Visit<'_>, bag: &Bag) -> Markup {
    let Some((note, contents)) = bag.released().filter(|(_, contents)| contents.version > 1) else { return html! {} };
    let before = bag.readers.iter().filter(|r| r.by.staff == here.actor.staff && r.version < contents.version);
    let before = before.map(|reader| reader.version).max();
    html! {
        div class="nhsuk-warning-callout w-corrected" {
            h2 class="nhsuk-warning-callout__label" {
                span role="text" { span class="nhsuk-u-visually-hidden" { "Important: " } "Corrected by the home" }
            }
            p {
                "Version " (contents.version) ", " (note.at.display()) ", by " (contents.by.name) "."
                @if !contents.why.is_empty() { " " (contents.why) }
                @if let Some(version) = before { " You read version " (version) " before." }
            }
        }
    }
}

/// The tag of a list's line where what was released was corrected.
pub(super) fn released_line(bag: &Bag) -> Markup {
    html! {
        p class="w-tags" {
            @for holding in bag.custody.holdings() { (tag("blue", holding.state.label())) " " }
            @if matches!(bag.custody, Custody::Disputed(_)) { (tag("red", "Two say they have it")) " " }
            @if let Some((note, contents)) = bag.released().filter(|(_, contents)| contents.version > 1) {
                (tag("orange", &format!("Corrected {}: version {}", note.at.display_time(), contents.version)))
            }
        }
    }
}

pub(super) fn who_has_it(bag: &Bag) -> Markup {
    html! {
        @for (n, holding) in bag.custody.holdings().iter().enumerate() {
            @if n > 0 { br; strong { "Or: " } }
            (holding.holder.name()) ", " (holding.holder.organisation())
            @if !matches!(holding.holder, Party::Known(_)) { " (typed by whoever gave it, not verified)" }
            @if !holding.place.is_empty() && holding.place != holding.holder.organisation() { ", " (holding.place) }
            ", since " (holding.since.display()) ". " (holding.state.label()) "."
        }
    }
}

/// What must be known before anything else.
fn critical(contents: &Contents) -> Markup {
    let critical = Critical::of(contents);
    let list = |texts: &[String], none: &'static str| {
        html! {
            @if texts.is_empty() { (none) }
            @for (n, text) in texts.iter().enumerate() { @if n > 0 { br; } (text) }
        }
    };
    let or = |text: &str, none: &'static str| html! { @if text.is_empty() { (none) } @else { (text) } };
    // Both voices go, and it is said that there are two: as on paper.
    let all = |section| contents.section(section).iter().map(Entry::in_full).collect::<Vec<String>>();
    let concern = contents.under(BagSection::Concern, "concern").unwrap_or_default();
    html! {
        section class="w-critical" aria-labelledby="critical" {
            h2 class="nhsuk-heading-m" id="critical" { "Know this first" }
            (layout::facts(&[
                ("Allergies", list(&all(BagSection::Allergies), "Not recorded. That is not the same as none")),
                ("CPR decision", list(&critical.cpr_in_full(contents), "None is recorded here. That is not a decision")),
                ("Original of the form", or(&critical.original, "Not said")),
                ("Why they come", or(&critical.reason, "Not said")),
                ("What has changed", or(concern, "Not said")),
                ("Observations", list(&all(BagSection::Observations), "None were sent")),
                ("How they usually are", or(&critical.baseline, "Not said")),
                ("Alerts", list(&all(BagSection::Alerts), "None were sent")),
                ("Contacts", list(&all(BagSection::Contacts), "None were sent")),
            ]))
        }
    }
}

/// Every section, also the empty ones: what was not sent is said.
fn sections(bag: &Bag) -> Markup {
    let Some((note, contents)) = bag.released() else { return html! {} };
    let unsent: Vec<&str> = BagSection::ALL
        .iter()
        .filter(|section| contents.section(**section).is_empty() && **section != BagSection::Belongings)
        .map(|section| section.title())
        .collect();
    html! {
        h2 class="nhsuk-heading-m" { "Everything that was sent" }
        p {
            "Version " (contents.version) ", released " (note.at.display()) " by " (contents.by.name) ", " (contents.by.title) ", "
            (contents.by.organisation) "."
            @if contents.unchecked() > 0 { " " strong { (contents.unchecked()) " lines were not checked for this transfer." } }
        }
        @for filled in contents.sections.iter().filter(|filled| !filled.entries.is_empty()) {
            section class="w-section" aria-labelledby={ "s-" (filled.section.code()) } {
                h3 class="nhsuk-heading-s" id={ "s-" (filled.section.code()) } { (filled.section.title()) }
                ul class="nhsuk-list" { @for entry in &filled.entries { li { (line(bag, (filled.section, entry))) } } }
            }
        }
        @if !unsent.is_empty() {
            p class="o-quiet" { "Nothing was sent under: " (unsent.join("; ")) "." }
            @if let Some(see) = contents.see_attached() { p { strong { (see) } } }
        }
    }
}

fn line(bag: &Bag, (section, entry): (BagSection, &Entry)) -> Markup {
    html! {
        span class="o-said" { (words(section, entry)) }
        @if let Some(file) = &entry.file { " " (files::open(bag, file)) }
        @if entry.disputed { " " (tag("red", "Said in two ways: both were sent")) }
        br;
        span class="o-quiet w-source" {
            @if let Some(from) = &entry.from {
                (from.in_words()) " "
            }
            (entry.checked())
        }
    }
}

fn belongings(bag: &Bag, paper: bool) -> Markup {
    let rows: Vec<Vec<Markup>> = bag
        .belongings
        .iter()
        .map(|thing| {
            let counts = html! {
                @for (n, count) in thing.counts.iter().enumerate() {
                    @if n > 0 { br; }
                    (count.column.label()) ": " strong { (count.count) }
                    @if !count.condition.is_empty() { " (" (count.condition) ")" }
                    ", " (count.hands(thing.valuable)) ", " (count.at.display())
                }
                @if paper { (files::photos_on_paper(thing)) } @else { (files::photos_of(bag, thing)) }
            };
            let stands = match &thing.standing {
                Standing::Agrees => html! { "Agrees" },
                Standing::Differs { sent, last } => tag("red", &format!("{sent} sent, {last} counted last")),
                Standing::Changed => tag("orange", "Condition changed"),
                Standing::NotCounted => tag("orange", "Not counted back"),
            };
            vec![html! { (thing.label) @if thing.valuable { " " (tag("grey", "Valuable")) } }, counts, stands]
        })
        .collect();
    html! {
        h2 class="nhsuk-heading-m" id="belongings" { "Belongings" }
        @if rows.is_empty() { p { "Nobody has counted what is in the bag." } }
        @else { (layout::table("As counted at each place", &["Thing", "Counted", "Stands"], &rows)) }
    }
}

fn journey(bag: &Bag) -> Markup {
    html! {
        h2 class="nhsuk-heading-m" id="journey" { "The journey so far" }
        ol class="nhsuk-list nhsuk-list--number" { @for note in &bag.passages { li { (passage(bag, note)) } } }
        @if !bag.readers.is_empty() {
            h3 class="nhsuk-heading-s" { "Read by" }
            ul class="nhsuk-list nhsuk-list--bullet" {
                @for reader in &bag.readers {
                    li { (reader.by.name) ", " (reader.by.title) ", " (reader.by.organisation) ": version " (reader.version) ", " (reader.at.display()) }
                }
            }
        }
    }
}

fn passage(bag: &Bag, note: &Note) -> Markup {
    let Said::Passed(passage) = &note.said else { return html! {} };
    let carried = passage.carried(&bag.header.tracker);
    html! {
        strong { (passage.step.label()) } ", " (both_times(note.at, bag.at_hub(note.id))) ", by " (note.by.name) ", " (note.by.title) ", " (note.by.organisation) "."
        @if let Some(Party::Typed { name, organisation }) = &passage.to { " Taken by " (name) ", " (organisation) ": typed, not verified." }
        @if !passage.place.is_empty() { " " (passage.place) "." }
        @if !carried.is_empty() { " " (carried) }
        @if let Some(contents) = &passage.contents { " Version " (contents.version) "." }
        @if !passage.remark.is_empty() { " " (passage.remark) }
        @if bag.aside.contains(&note.id) { " " strong { "This counts for nothing: it does not follow what stood before." } }
    }
}

// ---- paper -------------------------------------------------------------------------------------------------------------

/// The bag for a clipboard: to print from the browser, A4, black and white, nothing said by colour alone. Printing is an entry of its own. The
/// slip's QR code is not on it: its secret is made on the device that shows it and is nowhere else.
pub(super) fn print(store: &mut Store, here: &Visit<'_>, which: &str) -> Result<Reply, StoreFault> {
    let looked = look::through(store, here, (which, BagDeed::Printed), |within, bag, _| {
        let Some((_, contents)) = bag.released() else { return Ok(None) };
        let body = html! {
            div class="o-screen" {
                p { a class="nhsuk-back-link" href={ "/bags/" (bag.id) } { "The bag" } }
                p { "Print this page from your browser. The bar above and these lines are not printed. That you printed it is recorded." }
                p { a href={ "/bags/" (bag.id) "/print.pdf" } { "The same as a PDF, with lines to sign on" } }
            }
            div class="w-paper" {
                (head(here, bag))
                (banner(here, bag))
                (critical(contents))
                p { strong { "Where the bag is: " } (who_has_it(bag)) }
                (sections(bag))
                (belongings(bag, true))
                (files::signatures(bag, &within.signatures(bag)?, true))
                (journey(bag))
                p class="w-foot" {
                    "Printed " (here.now.display()) " by " (here.actor) ". It is as old as that: the page at the hub may say more. "
                    "Bag name " span class="o-root" { (bag.id) } ". " (NO_SLIP_AT_THE_HUB)
                }
            }
        };
        Ok(Some(layout::page(here, "", "An eRed Bag, to print", &[], body)))
    })?;
    Ok(match looked {
        Ok(Some(page)) => Reply::Page(page),
        Ok(None) => Reply::NotFound,
        Err(reply) => reply,
    })
}

/// The same as a PDF for a printer or an archive (`paper`). An entry of its own, like the page.
pub(super) fn pdf(store: &mut Store, here: &Visit<'_>, which: &str) -> Result<Reply, StoreFault> {
    let looked = look::through(store, here, (which, BagDeed::Printed), |within, bag, _| {
        Ok((bag.clone(), within.signatures(bag)?))
    })?;
    let (bag, drawn) = match looked {
        Ok(found) => found,
        Err(reply) => return Ok(reply),
    };
    let by = here.actor.to_string();
    let print = Print { bag: &bag, by: &by, at: here.now, place: Place::Hub, slip: None, signatures: &drawn };
    Ok(match paper::bag(&print) {
        Ok(pdf) => Reply::Pdf { name: format!("eRed-Bag-{}", &bag.id.to_string()[..8]), pdf },
        Err(PaperFault::NotReleased) => Reply::NotFound,
        Err(fault) => {
            eprintln!("satchel-hub: a bag was not printed: {fault}");
            Reply::Broken
        }
    })
}
