//! The log's health: its head, its verifications, its alarms; and proving the whole of it beside the hub's work, on a connection of its
//! own. A proof that fails is an alarm with its place.

use super::layout::{self, Trouble, tag};
use super::words;
use super::{Fields, Reply, Visit};
use crate::audit::file::{self, FileFault};
use crate::audit::names::Names;
use crate::audit::verify::{Proved, Verifier};
use crate::http::Hub;
use crate::store::looks::{self, Class};
use crate::store::officers::{self, LogCheck};
use crate::store::{Store, StoreFault, alarms, audit, log};
use crate::web::Proof;
use maud::{Markup, html};
use record::Stamp;
use record::audit::{AuditUse, Event, HubAct};
use record::people::Actor;
use rusqlite::Transaction;
use std::path::PathBuf;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;

impl super::Office {
    /// Waits for a verification under way.
    pub fn finish_proof(&self) {
        let thread = self.proof.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        let _ = thread.map(JoinHandle::join);
    }
}

pub(super) fn facts(tx: &Transaction<'_>, here: &Visit<'_>) -> rusqlite::Result<Markup> {
    let size = log::size(tx)?;
    let root: String = log::Tiles::of(tx).root(size)?.iter().map(|b| format!("{b:02x}")).collect();
    let when = |found: Option<looks::Found>| found.map(|found| (found.at, counted(&found)));
    let verified = when(looks::last(tx, Class::Verified)?);
    let published = when(looks::last(tx, Class::HeadPublished)?);
    let checked = when(looks::last(tx, Class::HeadsChecked)?);
    let at = |found: Option<(Stamp, u64)>| match found {
        Some((at, entries)) => html! { (at.display()) ", " (entries) " entries" },
        None => html! { (tag("orange", "Never")) },
    };
    let failed = officers::last_check(tx)?.filter(|check| check.found.is_err());
    let rows = [
        ("Entries", html! { (size) }),
        ("Head, signed with every receipt", html! { code class="o-root" { (root) } br; "as at " (here.now.display()) }),
        (
            "Last verified whole",
            html! {
                (at(verified))
                @if let Some(check) = &failed { br; (tag("red", "Failed")) " " (check.at.display()) ": " (check.found.as_ref().err().map_or("", String::as_str)) }
            },
        ),
        ("Head last published elsewhere", at(published)),
        ("Published heads last checked", at(checked)),
    ];
    Ok(layout::facts(&rows))
}

fn counted(found: &looks::Found) -> u64 {
    match record::audit::Entry::from_bytes(&found.held.bytes).map(|entry| entry.event) {
        Ok(Event::Hub(HubAct::AuditUsed { entries, .. })) => entries,
        _ => 0,
    }
}

pub(super) fn page(tx: &Transaction<'_>, here: &Visit<'_>, _: &Fields) -> rusqlite::Result<Reply> {
    Ok(Reply::Page(shown(tx, here, &[])?))
}

fn shown(tx: &Transaction<'_>, here: &Visit<'_>, troubles: &[Trouble]) -> rusqlite::Result<Markup> {
    let waiting = alarms::list(tx, false)?;
    here.viewed(tx, waiting.len())?;
    let body = html! {
        h1 class="nhsuk-heading-l" { "Log health" }
        (facts(tx, here)?)
        h2 class="nhsuk-heading-m" { "Verify the whole log" }
        (proof(tx, here)?)
        h2 class="nhsuk-heading-m" id="alarms" { "Audit alarms" }
        @if waiting.is_empty() { p { "No alarm waits for review." } }
        @for alarm in &waiting {
            div class="nhsuk-card" { div class="nhsuk-card__content" {
                h3 class="nhsuk-heading-s" { (tag("red", &alarm.kind)) " " (alarm.place) ", epoch " (alarm.epoch) ", entry " (alarm.seq) }
                p { (alarm.meaning()) }
                p class="o-quiet" { "Noticed " (alarm.raised.display()) }
                form method="post" action="/alarms" novalidate {
                    (layout::token(&here.token))
                    input type="hidden" name="alarm" value=(alarm.id);
                    (reason(alarm.id, troubles))
                    button class="nhsuk-button nhsuk-button--secondary" type="submit" {
                        "Mark as reviewed" span class="nhsuk-u-visually-hidden" { ": alarm " (alarm.id) }
                    }
                }
            } }
        }
    };
    Ok(layout::page(here, "/log", "Log health", troubles, body))
}

fn reason(alarm: u64, troubles: &[Trouble]) -> Markup {
    let id = format!("reason-{alarm}");
    let hint = format!("{id}-hint");
    html! {
        div class="nhsuk-form-group" {
            label class="nhsuk-label" for=(id) { "What you found out" }
            div class="nhsuk-hint" id=(hint) {
                "A quarantine that it caused ends."
                @if !troubles.is_empty() { " Enter 4 characters or more." }
            }
            input class="nhsuk-input" id=(id) name="reason" type="text" maxlength="1000" aria-describedby=(hint);
        }
    }
}

/// The verification under way, or the last one and a button.
fn proof(tx: &Transaction<'_>, here: &Visit<'_>) -> rusqlite::Result<Markup> {
    let proof = &here.office.proof;
    if proof.running.load(Ordering::Acquire) {
        let (done, total) = (proof.done.load(Ordering::Relaxed), proof.total.load(Ordering::Relaxed));
        return Ok(html! {
            p role="status" {
                label for="progress" { "Verifying: " (done) " of " (total) " entries. " }
                progress id="progress" max=(total.max(1)) value=(done) { (done) " of " (total) }
            }
            p { a class="nhsuk-button nhsuk-button--secondary" href="/log" role="button" draggable="false" { "Show progress" } }
        });
    }
    let names = Names::load(tx)?;
    let last = officers::last_check(tx)?;
    Ok(html! {
        p { "Every entry is read and its place proved: the tree, each device's chain, the signatures. Work at the hub goes on meanwhile." }
        @if let Some(check) = &last {
            @match &check.found {
                Ok(root) => {
                    div class="nhsuk-inset-text" role="status" {
                        p { (tag("green", "The log holds")) " " (check.entries) " entries, " (check.at.display()) ", started by " (words::staff(&names, &check.by)) "." }
                        p class="o-quiet" { "Root " code class="o-root" { (root) } }
                    }
                }
                Err(fault) => {
                    div class="nhsuk-warning-callout" role="status" {
                        h3 class="nhsuk-warning-callout__label" { "The log does not hold" }
                        p { (fault) }
                        p { (check.at.display()) ", started by " (words::staff(&names, &check.by)) ". Tell whoever runs the hub; keep the database as it is." }
                    }
                }
            }
        }
        form method="post" action="/log" {
            (layout::token(&here.token))
            (layout::submit("Verify the log now"))
        }
    })
}

pub(super) fn verify(tx: &Transaction<'_>, here: &Visit<'_>, _: &Fields) -> rusqlite::Result<Reply> {
    let proof = here.office.proof.clone();
    if !proof.running.swap(true, Ordering::AcqRel) {
        proof.done.store(0, Ordering::Relaxed);
        proof.total.store(log::size(tx)?, Ordering::Relaxed);
        let (hub, path, by) = (here.office.hub.clone(), here.office.path.clone(), here.actor.clone());
        let at_work = proof.clone();
        let thread = std::thread::spawn(move || {
            if let Err(fault) = prove(&hub, path, &by, &at_work) {
                eprintln!("satchel-hub: the log was not verified: {fault}");
            }
            at_work.running.store(false, Ordering::Release);
        });
        *proof.thread.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread);
    }
    Ok(Reply::To("/log".to_owned()))
}

/// Proves the log as it is now and keeps what was found, with its entry in the audit.
fn prove(hub: &Hub, path: PathBuf, by: &Actor, proof: &Proof) -> Result<(), StoreFault> {
    let mut store = Store::open(&path, &hub.authority.database)?;
    let key = hub.authority.signing.verifying_key();
    let mut found = Ok(Proved::default());
    store.read(|tx| {
        found = whole(tx, key, &proof.done);
        Ok(())
    })?;
    let now = (hub.clock)();
    let entries = proof.done.load(Ordering::Relaxed);
    let check = |found| LogCheck { at: now, by: by.staff.to_string(), entries, found };
    match found {
        Ok(proved) => store.write(|tx| {
            officers::put_check(tx, &check(Ok(proved.root)))?;
            let act = HubAct::AuditUsed { how: AuditUse::Verified, entries: proved.entries };
            audit::act_of(tx, by, Event::Hub(act), now).map(drop)
        }),
        Err(fault) => store.write(|tx| {
            officers::put_check(tx, &check(Err(fault.to_string())))?;
            alarms::raise(tx, (alarms::LOG, 1, entries), alarms::UNPROVED, now).map(drop)
        }),
    }
}

fn whole(tx: &Transaction<'_>, key: ed25519_dalek::VerifyingKey, done: &AtomicU64) -> Result<Proved, FileFault> {
    let mut verifier = Verifier::new(key, [], audit::marks(tx)?)?;
    file::each(tx, |held| {
        verifier.entry(&held).map_err(FileFault::from)?;
        done.fetch_add(1, Ordering::Relaxed);
        Ok::<(), FileFault>(())
    })?;
    let size = log::size(tx)?;
    Ok(verifier.finish(Some(log::Tiles::of(tx).root(size)?))?)
}

pub(super) fn acknowledge(tx: &Transaction<'_>, here: &Visit<'_>, fields: &Fields) -> rusqlite::Result<Reply> {
    let why = fields.get("reason").map_or("", |text| text.trim());
    let id = fields.get("alarm").and_then(|text| text.parse::<u64>().ok());
    let Some(id) = id.filter(|n| i64::try_from(*n).is_ok()) else { return Ok(Reply::NotFound) };
    if why.chars().count() < 4 || why.chars().count() > 1_000 {
        let trouble = Trouble::at_id(format!("reason-{id}"), "Enter what you found out");
        return Ok(Reply::Wrong(shown(tx, here, &[trouble])?));
    }
    if let Some(alarm) = alarms::acknowledge(tx, id, &here.actor.staff, why, here.now)? {
        if alarm.kind == "FORK" {
            audit::quarantine(tx, &alarm.place, None)?;
        }
        here.did(tx, Event::Hub(HubAct::AlarmAcknowledged { alarm: id, reason: why.to_owned() }))?;
    }
    Ok(Reply::To("/log#alarms".to_owned()))
}
