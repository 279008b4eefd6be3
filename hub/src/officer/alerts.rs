//! The work list, one alert, and its reviews. The one alert is the page that names the person, by name and NHS number, and says so in the
//! audit. A review is added, never changed.

use super::layout::{self, Trouble, tag};
use super::looks::whom;
use super::words::{self, Row};
use super::{Fields, Reply, Visit};
use crate::audit::names::Names;
use crate::store::alerts::{self, Alert, Finding, Kind};
use crate::store::audit;
use crate::store::looks;
use jiff::SignedDuration;
use maud::{Markup, html};
use record::audit::{Entry, Event};
use record::consent::{Clock, Outcome};
use record::{ChainId, Stamp};
use rusqlite::Transaction;

/// Entries of that time that are looked through.
const LOOKED_THROUGH: u32 = 500;
/// Fewest characters of a note.
const LEAST_NOTE: usize = 10;

pub(super) fn list(tx: &Transaction<'_>, here: &Visit<'_>, query: &Fields) -> rusqlite::Result<Reply> {
    let every = query.contains_key("all");
    let cursor = query.get("from").and_then(|text| text.parse().ok());
    let found = if every {
        alerts::all(tx, cursor.unwrap_or(i64::MAX as u64), super::ROWS + 1)?
    } else {
        alerts::open(tx, cursor.unwrap_or(0), super::ROWS + 1)?
    };
    let (shown, more) = found.split_at(found.len().min(super::ROWS as usize));
    here.viewed(tx, shown.len())?;
    let names = Names::load(tx)?;
    let rows: Vec<Vec<Markup>> = shown
        .iter()
        .map(|alert| {
            vec![
                html! { a href={ "/alerts/" (alert.id) } { (alert.kind.label()) span class="nhsuk-u-visually-hidden" { ", alert " (alert.id) } } },
                html! { (alert.at.display()) },
                html! { (alert.staff.as_deref().map_or_else(String::new, |id| words::staff(&names, id))) },
                html! { (alert.detail) },
                state(alert),
            ]
        })
        .collect();
    let onward = more.first().and(shown.last()).map(|last| {
        let all = if every { "all=1&" } else { "" };
        format!("/alerts?{all}from={}", last.id)
    });
    let body = html! {
        h1 class="nhsuk-heading-l" { @if every { "All alerts" } @else { "Alerts to review" } }
        p {
            @if every { a href="/alerts" { "Show only those to review" } }
            @else { a href="/alerts?all=1" { "Show reviewed alerts too" } }
        }
        @if rows.is_empty() { p { "No alert waits for review." } }
        @else { (layout::table(if every { "The newest first" } else { "The oldest first" }, &["Alert", "When", "Who", "What", "State"], &rows)) }
        (layout::onward(onward, "More alerts"))
    };
    Ok(Reply::Page(layout::page(here, "/alerts", "Alerts", &[], body)))
}

fn state(alert: &Alert) -> Markup {
    match alert.reviewed {
        Some(at) => html! { (tag("grey", "Reviewed")) " " (at.display()) },
        None => tag("red", "To review"),
    }
}

pub(super) fn one(tx: &Transaction<'_>, here: &Visit<'_>, which: &str) -> rusqlite::Result<Reply> {
    let alert = which.parse().ok().map(|id| alerts::get(tx, id)).transpose()?.flatten();
    let Some(alert) = alert else { return Ok(Reply::NotFound) };
    Ok(Reply::Page(shown(tx, here, &alert, &Fields::new(), &[])?))
}

/// The page of an alert. That it was looked at stands in the audit about the person.
fn shown(
    tx: &Transaction<'_>,
    here: &Visit<'_>,
    alert: &Alert,
    typed: &Fields,
    troubles: &[Trouble],
) -> rusqlite::Result<Markup> {
    let names = Names::load(tx)?;
    let entry = entry_of(tx, alert)?;
    let lasts = SignedDuration::from_mins(names.override_minutes().into());
    let opened = match &entry {
        Some(entry) => opened(tx, &names, entry, lasts)?,
        None => Vec::new(),
    };
    match alert.person {
        Some(subject) => here.did(tx, Event::AuditRead { subject })?,
        None => here.viewed(tx, 1)?,
    }
    let reviews = alerts::reviews(tx, alert.id)?;
    let typed = |name: &str| typed.get(name).map_or("", String::as_str);
    let findings: Vec<(&str, &str)> = Finding::ALL.iter().map(|f| (f.code(), f.label())).collect();
    let body = html! {
        p { a class="nhsuk-back-link" href="/alerts" { "Alerts" } }
        h1 class="nhsuk-heading-l" { (alert.kind.label()) }
        p { (state(alert)) }
        (layout::facts(&said(tx, &names, alert, entry.as_ref())?))
        @if let Some(entry) = &entry { (what_was_opened(alert, entry, &opened, lasts)) }
        h2 class="nhsuk-heading-m" id="reviews" { "Reviews" }
        @if reviews.is_empty() { p { "Nobody has reviewed this yet." } }
        @for review in &reviews {
            div class="nhsuk-card o-review" { div class="nhsuk-card__content" {
                h3 class="nhsuk-heading-s" { (review.finding.label()) }
                p class="o-said" { (review.note) }
                p class="o-quiet" { (review.at.display()) ", " (words::staff(&names, &review.by)) }
            } }
        }
        form method="post" action={ "/alerts/" (alert.id) } novalidate {
            h2 class="nhsuk-heading-m" { @if reviews.is_empty() { "Review" } @else { "Add to the review" } }
            p { "A review cannot be changed or removed afterwards. It is recorded with your name." }
            (layout::token(&here.token))
            input type="hidden" name="seen" value=(reviews.len());
            (layout::radios("outcome", "What did you find?", typed("outcome"), &findings, troubles))
            (layout::note("note", "Note", "What you found and whom you spoke with. No clinical details.", typed("note"), troubles))
            (layout::submit("Record review"))
        }
    };
    Ok(layout::page(here, "/alerts", "One alert", troubles, body))
}

fn entry_of(tx: &Transaction<'_>, alert: &Alert) -> rusqlite::Result<Option<Entry>> {
    let Some((chain, epoch, seq)) = &alert.entry else { return Ok(None) };
    let Ok(chain) = chain.parse::<ChainId>() else { return Ok(None) };
    // Of a copied device two entries have this number: the alert is about the one of its time and author.
    let found = audit::entries_at(tx, &chain, *epoch, *seq)?;
    let found: Vec<Entry> = found.iter().filter_map(|bytes| Entry::from_bytes(bytes).ok()).collect();
    let meant = |entry: &&Entry| entry.at == alert.at && Some(entry.staff.as_str()) == alert.staff.as_deref();
    Ok(found.iter().find(meant).or(found.first()).cloned())
}

fn said(
    tx: &Transaction<'_>,
    names: &Names,
    alert: &Alert,
    entry: Option<&Entry>,
) -> rusqlite::Result<Vec<(&'static str, Markup)>> {
    let mut facts = Vec::new();
    if let Some(id) = &alert.staff {
        facts.push(("Who", html! { (words::staff(names, id)) " (" (id) ")" }));
    }
    let doubt = entry.is_some_and(|entry| entry.clock == Clock::Suspect);
    facts.push((
        "When",
        html! {
            (alert.at.display())
            @if doubt { br; "The clock of the device was not certain." }
        },
    ));
    facts.push(("Heard by the hub", html! { (alert.opened.display()) }));
    if let Some(person) = alert.person {
        let (name, number) = whom(tx, person)?;
        facts.push(("Whose record", html! { strong { (name) } }));
        facts.push(("NHS number", html! { span class="o-nowrap" { (number) } }));
    }
    match entry.map(|entry| &entry.event) {
        Some(Event::BreakGlass { reason, text, purpose, condition, widened, .. }) => {
            facts.push(("Purpose", html! { (purpose.label()) }));
            facts.push(("Reason", html! { (reason.number()) ". " (reason.label()) }));
            facts.push(("Confirmed", html! { (condition.label()) }));
            if *widened {
                facts.push(("How far", html! { "Beyond the emergency view" }));
            }
            facts.push(("In their words", html! { span class="o-said" { "\u{201c}" (text) "\u{201d}" } }));
        }
        Some(Event::Record { purpose, outcome, rule, .. }) => {
            facts.push(("Purpose", html! { (purpose.label()) }));
            let said = match outcome {
                Outcome::Permit => format!("Shown. {}", rule.explanation()),
                _ => format!("Not shown. {}", rule.explanation_of_refusal()),
            };
            facts.push(("Outcome", html! { (said) }));
        }
        _ => facts.push(("What", html! { (alert.detail) })),
    }
    if let Some(entry) = entry {
        facts.push(("Place in the audit", html! { (entry.chain) ", epoch " (entry.epoch) ", entry " (entry.seq) }));
    }
    Ok(facts)
}

/// What the same person did about the same record on the same device while the override lasted, the oldest first.
fn opened(tx: &Transaction<'_>, names: &Names, entry: &Entry, lasts: SignedDuration) -> rusqlite::Result<Vec<Row>> {
    let span = (entry.at, entry.at.plus(lasts));
    let found = looks::of_staff(tx, entry.staff.as_str(), span, looks::Cursor::NEWEST, LOOKED_THROUGH)?;
    let mut rows: Vec<Row> = found.iter().filter_map(|found| words::row(names, &found.held)).collect();
    rows.retain(|row| {
        let after = (row.entry.epoch, row.entry.seq) > (entry.epoch, entry.seq);
        let ends = matches!(row.entry.event, Event::SignedOut { .. });
        row.entry.chain == entry.chain && after && (ends || row.subject == entry.event.subject())
    });
    rows.sort_by_key(|row| (row.entry.epoch, row.entry.seq));
    // What came after the screen was locked needed a new declaration.
    if let Some(end) = rows.iter().position(|row| matches!(row.entry.event, Event::SignedOut { .. })) {
        rows.truncate(end + 1);
    }
    Ok(rows)
}

fn what_was_opened(alert: &Alert, entry: &Entry, opened: &[Row], lasts: SignedDuration) -> Markup {
    let until = opened.last().filter(|row| matches!(row.entry.event, Event::SignedOut { .. })).map(|row| row.at);
    let (from, to) = (entry.at.plus(SignedDuration::from_mins(-15)), entry.at.plus(lasts));
    html! {
        h2 class="nhsuk-heading-m" { "What was opened" }
        @if opened.iter().any(|row| row.shown) {
            ul class="nhsuk-list nhsuk-list--bullet" {
                @for row in opened.iter().filter(|row| row.subject.is_some()) {
                    li { (row.at.display_time()) " " (row.what) }
                }
            }
        } @else { p { "Nothing that has reached the hub." } }
        @if alert.kind == Kind::BreakGlass { p { (for_how_long(entry.at, until, lasts)) } }
        p {
            a href={ "/looks/staff?staff=" (entry.staff) "&since=" (from.millis()) "&until=" (to.millis()) } {
                "Everything this person did in that time"
            }
        }
    }
}

fn for_how_long(from: Stamp, until: Option<Stamp>, lasts: SignedDuration) -> String {
    match until {
        Some(until) => {
            let minutes = until.since(from).as_mins();
            format!("Open for {minutes} minutes at most: the screen was locked or left at {}.", until.display_time())
        }
        None => format!("Open until {} at most, when its time ended.", from.plus(lasts).display_time()),
    }
}

pub(super) fn review(tx: &Transaction<'_>, here: &Visit<'_>, which: &str, fields: &Fields) -> rusqlite::Result<Reply> {
    let alert = which.parse().ok().map(|id| alerts::get(tx, id)).transpose()?.flatten();
    let Some(alert) = alert else { return Ok(Reply::NotFound) };
    let field = |name: &str| fields.get(name).map_or("", |text| text.trim());
    let mut troubles = Vec::new();
    let finding = Finding::from_code(field("outcome"));
    if finding.is_none() {
        troubles.push(Trouble::at("outcome", "Select what you found"));
    }
    let note = field("note");
    if note.chars().count() < LEAST_NOTE || note.chars().count() > 1_000 {
        troubles.push(Trouble::at("note", "Note must be 10 to 1,000 characters"));
    }
    // Sent twice, or written while somebody else reviewed: shown again with what is there now.
    if field("seen") != alerts::reviews(tx, alert.id)?.len().to_string() {
        troubles
            .push(Trouble::at("note", "A review was recorded since this page was opened. Read it, then record yours"));
    }
    let Some(finding) = finding.filter(|_| troubles.is_empty()) else {
        return Ok(Reply::Wrong(shown(tx, here, &alert, fields, &troubles)?));
    };
    alerts::review(tx, alert.id, &here.actor.staff, (finding, note), here.now)?;
    let outcome = finding.code().to_owned();
    here.did(tx, Event::AlertReviewed { alert: alert.id, subject: alert.person, outcome })?;
    Ok(Reply::To(format!("/alerts/{}#reviews", alert.id)))
}
