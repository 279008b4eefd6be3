//! Who looked at whom: by NHS number (in a form's body, never in an address), by staff, and what was refused. One person's list is in the
//! words that person may read, and prints. A list by staff names nobody: each name is its own look, recorded about that person.

use super::layout::{self, Trouble, tag};
use super::words::{self, Filter, Row};
use super::{Fields, ROWS, Reply, Visit};
use crate::audit::names::{NHS_NUMBER, Names, nhs_number};
use crate::store::looks::{self, ALWAYS, Class, Cursor, Span};
use crate::store::people;
use jiff::civil::Date;
use jiff::tz::{self, TimeZone};
use maud::{Markup, html};
use record::audit::{Entry, Event};
use record::feed::Listing;
use record::{NhsNumber, PersonId, Stamp};
use rusqlite::Transaction;

const LONDON: TimeZone = tz::get!("Europe/London");
/// Entries read for one page, however few fit the filter.
const READ: usize = 2_000;
/// Entries read at a time.
const STEP: u32 = 200;
/// Lines of a printed list.
const PRINTED: usize = 2_000;

const PURPOSES: [(&str, &str); 5] = [
    ("", "Any purpose"),
    ("TREAT", "Direct care"),
    ("ETREAT", "Emergency treatment"),
    ("SAFEGUARD", "Safeguarding"),
    ("OTHER", "Another purpose"),
];
const OUTCOMES: [(&str, &str); 4] =
    [("", "Anything"), ("shown", "Shown"), ("not-shown", "Asked for and not shown"), ("emergency", "Break-glass")];

/// Name and NHS number of somebody.
pub(super) fn whom(tx: &Transaction<'_>, person: PersonId) -> rusqlite::Result<(String, String)> {
    let listing = match people::person_row(tx, person)? {
        Some(row) => people::listing(tx, row)?.and_then(|json| serde_json::from_str::<Listing>(&json).ok()),
        None => None,
    };
    let number = nhs_number(tx, person)?.and_then(|digits| digits.parse::<NhsNumber>().ok());
    let name = listing.map_or_else(|| "Name not known".to_owned(), |listing| listing.banner);
    Ok((name, number.map_or_else(|| "Not known".to_owned(), |number| number.to_string())))
}

fn field<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.get(name).map_or("", |text| text.trim())
}

fn day(text: &str) -> Option<Stamp> {
    let midnight = text.parse::<Date>().ok()?.to_zoned(LONDON).ok()?;
    Some(Stamp::from_millis(midnight.timestamp().as_millisecond()))
}

/// The days asked for, both whole, in London; without them, always.
fn span(fields: &Fields) -> Span {
    let moment = |name| field(fields, name).parse().ok().map(Stamp::from_millis);
    let from = moment("since").or_else(|| day(field(fields, "from")));
    let to = moment("until").or_else(|| day(field(fields, "to")).map(Stamp::london_midnight_after));
    (from.unwrap_or(ALWAYS.0), to.unwrap_or(ALWAYS.1))
}

fn filter(fields: &Fields) -> Filter {
    Filter::of(field(fields, "purpose"), field(fields, "outcome"))
}

fn filters(fields: &Fields) -> Markup {
    html! {
        div class="o-filters" {
            (layout::date("from", "From", field(fields, "from")))
            (layout::date("to", "To", field(fields, "to")))
            (layout::select("purpose", "Purpose", field(fields, "purpose"), &PURPOSES))
            (layout::select("outcome", "Outcome", field(fields, "outcome"), &OUTCOMES))
        }
    }
}

pub(super) fn search(_: &Transaction<'_>, here: &Visit<'_>, _: &Fields) -> rusqlite::Result<Reply> {
    Ok(Reply::Page(search_page(here, &[])))
}

fn search_page(here: &Visit<'_>, troubles: &[Trouble]) -> Markup {
    let body = html! {
        h1 class="nhsuk-heading-l" { "Who looked at whom" }
        p { "Each search is recorded with your name, and the person can see that you looked." }
        form method="post" action="/looks/person" novalidate {
            h2 class="nhsuk-heading-m" { "By person" }
            (layout::token(&here.token))
            (layout::nhs_number(troubles))
            (layout::submit("Show who looked"))
        }
        form method="get" action="/looks/staff" novalidate {
            h2 class="nhsuk-heading-m" { "By member of staff" }
            (layout::input("staff", "Staff number", None, "", "off", troubles))
            (layout::submit("Show what they did"))
        }
    };
    layout::page(here, "/looks", "Who looked at whom", troubles, body)
}

/// Whom a form means: by id, by an entry about them, or by NHS number.
fn meant(tx: &Transaction<'_>, fields: &Fields) -> rusqlite::Result<Result<PersonId, &'static str>> {
    if let Ok(person) = field(fields, "person").parse::<PersonId>() {
        return Ok(people::person_row(tx, person)?.map(|_| person).ok_or("This person is not known here any more"));
    }
    if let Ok(leaf) = field(fields, "leaf").parse() {
        let entry = looks::entry_at(tx, leaf)?.and_then(|held| Entry::from_bytes(&held.bytes).ok());
        return Ok(entry.and_then(|entry| entry.event.subject()).ok_or("That entry is about nobody"));
    }
    if field(fields, "nhs").is_empty() {
        return Ok(Err("Enter the person's NHS number"));
    }
    let Ok(number) = field(fields, "nhs").parse::<NhsNumber>() else {
        return Ok(Err("NHS number must be 10 numbers, and the last must fit the others"));
    };
    let holders = people::holders(tx, NHS_NUMBER, &number.digits())?;
    match holders.as_slice() {
        [(row, _)] => Ok(people::person_id(tx, *row)?.ok_or("Nobody with this NHS number is known here")),
        [] => Ok(Err("Nobody with this NHS number is known here")),
        _ => Ok(Err("More than one person is recorded under this NHS number: it must be settled first")),
    }
}

/// A page of one person's looks that fit, and where to read on.
fn looks_at(
    tx: &Transaction<'_>,
    person: PersonId,
    fields: &Fields,
    wanted: usize,
) -> rusqlite::Result<(Vec<Row>, Option<u64>)> {
    let (names, filter, (from, to)) = (Names::load(tx)?, filter(fields), span(fields));
    let mut before =
        field(fields, "before").parse().ok().filter(|n| i64::try_from(*n).is_ok()).unwrap_or(i64::MAX as u64);
    let (mut rows, mut read) = (Vec::new(), 0);
    while read < READ.max(wanted) {
        let some = looks::about(tx, person, before, STEP)?;
        let last = some.len() < STEP as usize;
        for held in some {
            if rows.len() == wanted {
                return Ok((rows, Some(before)));
            }
            (before, read) = (held.leaf, read + 1);
            rows.extend(words::row(&names, &held).filter(|row| row.at >= from && row.at < to && filter.admits(row)));
        }
        if last {
            return Ok((rows, None));
        }
    }
    Ok((rows, Some(before)))
}

pub(super) fn person(tx: &Transaction<'_>, here: &Visit<'_>, fields: &Fields) -> rusqlite::Result<Reply> {
    let person = match meant(tx, fields)? {
        Ok(person) => person,
        Err(words) => return Ok(Reply::Wrong(search_page(here, &[Trouble::at("nhs", words)]))),
    };
    // Whoever reads the list is on it.
    here.did(tx, Event::AuditRead { subject: person })?;
    let (name, number) = whom(tx, person)?;
    let (mut rows, onward) = looks_at(tx, person, fields, ROWS as usize)?;
    rows.sort_by_key(|row| std::cmp::Reverse((row.at, row.leaf)));
    let body = html! {
        p { a class="nhsuk-back-link" href="/looks" { "Who looked at whom" } }
        h1 class="nhsuk-heading-l" { (name) }
        p { "NHS number " strong class="o-nowrap" { (number) } }
        form method="post" action="/looks/person" {
            (layout::token(&here.token))
            input type="hidden" name="person" value=(person);
            (filters(fields))
            (layout::submit("Narrow the list"))
        }
        (table("Who looked, when and why", &rows, None))
        @if let Some(before) = onward {
            form method="post" action="/looks/person" {
                (layout::token(&here.token))
                input type="hidden" name="person" value=(person);
                input type="hidden" name="before" value=(before);
                @for name in ["from", "to", "purpose", "outcome"] {
                    input type="hidden" name=(name) value=(field(fields, name));
                }
                button class="nhsuk-button nhsuk-button--secondary" type="submit" { "Earlier entries" }
            }
        }
        form method="post" action="/looks/person/print" {
            (layout::token(&here.token))
            input type="hidden" name="person" value=(person);
            button class="nhsuk-button nhsuk-button--secondary" type="submit" { "Page to print for the person" }
        }
    };
    Ok(Reply::Page(layout::page(here, "/looks", "Who looked at one record", &[], body)))
}

pub(super) fn print(tx: &Transaction<'_>, here: &Visit<'_>, fields: &Fields) -> rusqlite::Result<Reply> {
    let Ok(person) = meant(tx, fields)? else { return Ok(Reply::NotFound) };
    here.did(tx, Event::AuditRead { subject: person })?;
    let (name, number) = whom(tx, person)?;
    let (mut rows, more) = looks_at(tx, person, &Fields::new(), PRINTED)?;
    rows.sort_by_key(|row| std::cmp::Reverse((row.at, row.leaf)));
    let body = html! {
        p class="o-screen" { "Print this page from your browser. The bar above, the navigation and this line are not printed." }
        h1 class="nhsuk-heading-l" { "Who has looked at your shared care record" }
        p { (name) br; "NHS number " span class="o-nowrap" { (number) } br; "Printed " (here.now.display()) }
        p { "The newest is first. Times are UK times." }
        @if more.is_some() { p { "Only the newest " (PRINTED) " lines are here. Ask for the rest." } }
        @for row in &rows {
            div class="o-line" {
                p { strong { (row.when) } " " (row.who) }
                p { (row.what) }
                @for more in [&row.why, &row.note].into_iter().filter(|text| !text.is_empty()) { p { (more) } }
            }
        }
        @if rows.is_empty() { p { "Nobody has looked at your record through Satchel." } }
        p { "If you have a question about this list, ask the privacy officer: " (here.actor.name) ", " (here.actor.organisation.name) "." }
    };
    Ok(Reply::Page(layout::page(here, "/looks", "Who looked at one record, to print", &[], body)))
}

/// Rows of a list. `reveal`: a form's token, where the list names nobody and each person is asked for by itself.
fn table(caption: &str, rows: &[Row], reveal: Option<&str>) -> Markup {
    if rows.is_empty() {
        return html! { p { "Nothing is recorded that fits." } };
    }
    let cells: Vec<Vec<Markup>> = rows
        .iter()
        .map(|row| {
            let mut cells = vec![
                html! { span class="o-nowrap" { (row.when) } },
                html! { (row.who) },
                html! {
                    (row.what)
                    @if row.emergency { " " (tag("purple", "Break-glass")) }
                    @else if row.shown { " " (tag("blue", "Shown")) }
                },
                html! { (row.why) @if !row.note.is_empty() { br; em { (row.note) } } },
            ];
            if let Some(token) = reveal {
                cells.push(html! {
                    @if row.subject.is_some() {
                        form method="post" action="/looks/person" {
                            (layout::token(token))
                            input type="hidden" name="leaf" value=(row.leaf);
                            button class="o-link" type="submit" {
                                "Show whom" span class="nhsuk-u-visually-hidden" { " at " (row.when) }
                            }
                        }
                    }
                });
            }
            cells
        })
        .collect();
    let headings = ["When", "Who", "What", "Why", "Whose record"];
    layout::table(caption, &headings[..if reveal.is_some() { 5 } else { 4 }], &cells)
}

/// A page of found entries that fit, and where to read on.
fn some_of(
    tx: &Transaction<'_>,
    fields: &Fields,
    find: impl Fn(Cursor) -> rusqlite::Result<Vec<looks::Found>>,
) -> rusqlite::Result<(Vec<Row>, Option<Cursor>)> {
    let (names, filter) = (Names::load(tx)?, filter(fields));
    let mut before = Cursor::parse(field(fields, "before")).unwrap_or(Cursor::NEWEST);
    let (mut rows, mut read) = (Vec::new(), 0);
    while read < READ {
        let some = find(before)?;
        let last = some.len() < STEP as usize;
        for found in some {
            if rows.len() == ROWS as usize {
                return Ok((rows, Some(before)));
            }
            (before, read) = (found.cursor(), read + 1);
            rows.extend(words::row(&names, &found.held).filter(|row| filter.admits(row)));
        }
        if last {
            return Ok((rows, None));
        }
    }
    Ok((rows, Some(before)))
}

/// The same list further on. Only staff numbers, dates and places in the log are in the address.
fn further(path: &str, fields: &Fields, before: Option<Cursor>) -> Option<String> {
    let before = before?;
    let kept = ["staff", "from", "to", "since", "until", "purpose", "outcome", "kind"];
    let mut address = format!("{path}?before={}", before.to_text());
    for name in kept.into_iter().filter(|name| !field(fields, name).is_empty()) {
        let value: String =
            field(fields, name).chars().filter(|c| c.is_ascii_alphanumeric() || "-._".contains(*c)).collect();
        address.push_str(&format!("&{name}={value}"));
    }
    Some(address)
}

pub(super) fn staff(tx: &Transaction<'_>, here: &Visit<'_>, query: &Fields) -> rusqlite::Result<Reply> {
    let Ok(staff) = field(query, "staff").parse::<record::StaffId>() else {
        return Ok(Reply::Wrong(search_page(here, &[Trouble::at("staff", "Enter a staff number")])));
    };
    let span = span(query);
    let (rows, onward) = some_of(tx, query, |before| looks::of_staff(tx, staff.as_str(), span, before, STEP))?;
    here.viewed(tx, rows.len())?;
    let names = Names::load(tx)?;
    let body = html! {
        p { a class="nhsuk-back-link" href="/looks" { "Who looked at whom" } }
        h1 class="nhsuk-heading-l" { (words::staff(&names, staff.as_str())) }
        p { "Staff number " strong { (staff) } }
        @if query.contains_key("since") {
            p { "From " (span.0.display()) " to " (span.1.display()) ". " a href={ "/looks/staff?staff=" (staff) } { "Show all" } }
        }
        form method="get" action="/looks/staff" {
            input type="hidden" name="staff" value=(staff);
            (filters(query))
            (layout::submit("Narrow the list"))
        }
        (table("What they did, the newest first", &rows, Some(&here.token)))
        (layout::onward(further("/looks/staff", query, onward), "Earlier entries"))
    };
    Ok(Reply::Page(layout::page(here, "/looks", "What one member of staff did", &[], body)))
}

pub(super) fn refusals(tx: &Transaction<'_>, here: &Visit<'_>, query: &Fields) -> rusqlite::Result<Reply> {
    let held = field(query, "kind") == "held";
    let class = if held { Class::Held } else { Class::Refused };
    let span = span(query);
    let (rows, onward) = some_of(tx, query, |before| looks::of_class(tx, class, span, before, STEP))?;
    here.viewed(tx, rows.len())?;
    let kinds = [("", "Refused"), ("held", "Not shown yet: the person is asked first, or break-glass was offered")];
    let body = html! {
        h1 class="nhsuk-heading-l" { "Refusals" }
        form method="get" action="/refusals" {
            (layout::select("kind", "Which", field(query, "kind"), &kinds))
            div class="o-filters" {
                (layout::date("from", "From", field(query, "from")))
                (layout::date("to", "To", field(query, "to")))
                (layout::select("purpose", "Purpose", field(query, "purpose"), &PURPOSES))
            }
            (layout::submit("Narrow the list"))
        }
        (table(if held { "Asked for and not shown yet, the newest first" } else { "Refused, the newest first" }, &rows, Some(&here.token)))
        (layout::onward(further("/refusals", query, onward), "Earlier entries"))
    };
    Ok(Reply::Page(layout::page(here, "/refusals", "Refusals", &[], body)))
}
