//! Devices: whose, when last heard from, whether something waited unsent, and ending an enrolment. What was on a lost device is not
//! worked out here.

use super::home::LOST;
use super::layout::{self, Trouble, tag};
use super::words;
use super::{Fields, ROWS, Reply, Visit};
use crate::audit::names::Names;
use crate::post::LOST as REPORTED_LOST;
use crate::store::officers::{self, Listed};
use crate::store::{lease, trust};
use maud::{Markup, html};
use record::Stamp;
use record::audit::{Event, HubAct};
use rusqlite::Transaction;

pub(super) fn list(tx: &Transaction<'_>, here: &Visit<'_>, query: &Fields) -> rusqlite::Result<Reply> {
    let after = query.get("from").map_or("", String::as_str);
    let found = officers::devices(tx, after, ROWS + 1)?;
    let (shown, more) = found.split_at(found.len().min(ROWS as usize));
    let names = Names::load(tx)?;
    let rows: Vec<Vec<Markup>> = shown
        .iter()
        .map(|device| {
            vec![
                html! { a href={ "/devices/" (device.device) } { (device.device) } },
                html! { (words::staff(&names, &device.staff)) },
                html! { (contact(device)) },
                html! { (unsent(device)) },
                state(device, here.now),
            ]
        })
        .collect();
    let onward = more.first().and(shown.last()).map(|last| format!("/devices?from={}", last.device));
    let body = html! {
        h1 class="nhsuk-heading-l" { "Devices" }
        @if rows.is_empty() { p { "No device is enrolled." } }
        @else { (layout::table("By name", &["Device", "Whose", "Last contact", "Unsent", "State"], &rows)) }
        (layout::onward(onward, "More devices"))
    };
    Ok(Reply::Page(layout::page(here, "/devices", "Devices", &[], body)))
}

fn contact(device: &Listed) -> String {
    device.last_post.map_or_else(|| "Never".to_owned(), Stamp::display)
}

/// What the hub can know of what it has not got.
fn unsent(device: &Listed) -> &'static str {
    match (device.last_post, device.complete) {
        (None, _) => "Not known",
        (Some(post), Some(complete)) if complete >= post && device.closed => "Nothing at last contact",
        (Some(post), Some(complete)) if complete >= post => "Nothing at last contact; a session was still open",
        _ => "More was waiting at last contact",
    }
}

fn state(device: &Listed, now: Stamp) -> Markup {
    html! {
        @if let Some(at) = device.revoked { (tag("grey", "Revoked")) " " (at.display()) }
        @else if device.quarantined { (tag("red", "Quarantined")) }
        @else if now.since(device.last_post.unwrap_or(device.enrolled)) >= LOST { (tag("orange", "Not heard from")) }
        @else { (tag("green", "In use")) }
    }
}

pub(super) fn one(tx: &Transaction<'_>, here: &Visit<'_>, which: &str) -> rusqlite::Result<Reply> {
    let Some(device) = officers::device(tx, which)? else { return Ok(Reply::NotFound) };
    Ok(Reply::Page(shown(tx, here, &device, &Fields::new(), &[])?))
}

fn shown(
    tx: &Transaction<'_>,
    here: &Visit<'_>,
    device: &Listed,
    typed: &Fields,
    troubles: &[Trouble],
) -> rusqlite::Result<Markup> {
    let names = Names::load(tx)?;
    let mut facts = vec![
        ("Whose", html! { (words::staff(&names, &device.staff)) " (" (device.staff) ")" }),
        ("Enrolled", html! { (device.enrolled.display()) }),
        ("Last contact", html! { (contact(device)) }),
        ("Unsent", html! { (unsent(device)) }),
        ("State", state(device, here.now)),
    ];
    let contact = match device.device.parse() {
        Ok(id) => lease::contact(tx, &id)?,
        Err(_) => None,
    };
    if let Some(until) = contact.and_then(|contact| contact.licence) {
        facts.push(("Without contact, ordinary reading ends by", html! { (until.display()) }));
    }
    if let Some(reason) = &device.reason {
        facts.push(("Why it was revoked", html! { span class="o-said" { (reason) } }));
    }
    let sure_error = troubles.iter().any(|t| t.is_at("sure"));
    let body = html! {
        p { a class="nhsuk-back-link" href="/devices" { "Devices" } }
        h1 class="nhsuk-heading-l" { "Device " (device.device) }
        (layout::facts(&facts))
        p { a href={ "/looks/staff?staff=" (device.staff) } { "What its user did" } }
        @if device.revoked.is_none() {
            h2 class="nhsuk-heading-m" { "Revoke this device" }
            div class="nhsuk-warning-callout" {
                h3 class="nhsuk-warning-callout__label" { "This cannot be undone" }
                p {
                    "At its next contact the device is told so, erases every record and hands over what it has not sent. "
                    "Its user needs a new one-time ticket to enrol again."
                }
            }
            form method="post" action={ "/devices/" (device.device) } novalidate {
                (layout::token(&here.token))
                (layout::radios("why", "What happened to it?", typed.get("why").map_or("", String::as_str), &WHY, troubles))
                (layout::note("reason", "Reason", "For example: lost on the bus, reported by its user today", typed.get("reason").map_or("", String::as_str), troubles))
                div class={ "nhsuk-form-group" @if sure_error { " nhsuk-form-group--error" } } {
                    @if sure_error {
                        span class="nhsuk-error-message" id="sure-error" {
                            span class="nhsuk-u-visually-hidden" { "Error: " } "Confirm that you want to revoke it"
                        }
                    }
                    div class="nhsuk-checkboxes" { div class="nhsuk-checkboxes__item" {
                        input class="nhsuk-checkboxes__input" id="sure" name="sure" type="checkbox" value="yes"
                            aria-describedby=[sure_error.then_some("sure-error")];
                        label class="nhsuk-label nhsuk-checkboxes__label" for="sure" { "Revoke device " (device.device) }
                    } }
                }
                button class="nhsuk-button nhsuk-button--warning" type="submit" { "Revoke device" }
            }
        }
    };
    Ok(layout::page(here, "/devices", "One device", troubles, body))
}

/// The first is told to the device too.
const WHY: [(&str, &str); 2] = [(REPORTED_LOST, "Lost or stolen"), ("other", "Something else")];

pub(super) fn revoke(tx: &Transaction<'_>, here: &Visit<'_>, which: &str, fields: &Fields) -> rusqlite::Result<Reply> {
    let Some(device) = officers::device(tx, which)? else { return Ok(Reply::NotFound) };
    let reason = fields.get("reason").map_or("", |text| text.trim());
    let mut troubles = Vec::new();
    let why = WHY.iter().find(|(code, _)| fields.get("why").is_some_and(|why| why == code));
    if why.is_none() {
        troubles.push(Trouble::at("why", "Select what happened to it"));
    }
    if reason.chars().count() < 4 || reason.chars().count() > 1_000 {
        troubles.push(Trouble::at("reason", "Enter a reason"));
    }
    if fields.get("sure").is_none_or(|sure| sure != "yes") {
        troubles.push(Trouble::at("sure", "Confirm that you want to revoke it"));
    }
    let Ok(id) = device.device.parse() else { return Ok(Reply::NotFound) };
    if !troubles.is_empty() {
        return Ok(Reply::Wrong(shown(tx, here, &device, fields, &troubles)?));
    }
    if trust::revoke(tx, &id, here.now)? {
        officers::put_reason(tx, &id, &here.actor.staff, reason, here.now)?;
        if let Some((code, _)) = why {
            lease::put_reason(tx, &id, code)?;
        }
        here.did(tx, Event::Hub(HubAct::Revoked { device: id }))?;
    }
    Ok(Reply::To(format!("/devices/{}", device.device)))
}
