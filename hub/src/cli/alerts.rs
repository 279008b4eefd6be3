//! The privacy officer's work list on the command line: what is open, and closing one with an outcome. A review is an entry in the hub's
//! own chain, and is never overwritten.

use super::Shown;
use super::consent::officer;
use super::home::{now, open, operator};
use anyhow::{Context, Result, bail};
use clap::{Args as ClapArgs, Subcommand};
use hub::store::alerts::{self, Alert, Finding, Review};
use hub::store::audit;
use record::StaffId;
use record::audit::Event;
use serde_json::{Value, json};
use std::path::Path;

#[derive(ClapArgs)]
pub struct Alerts {
    /// Those already reviewed too
    #[arg(long)]
    all: bool,
    #[command(subcommand)]
    verb: Option<AlertsVerb>,
}

#[derive(Subcommand)]
pub enum AlertsVerb {
    /// Add a review; JUSTIFIED, NOT_JUSTIFIED and SETTLED close the alert
    Review {
        id: u64,
        /// For whom you record it: a member of staff with the role PRIVACY_OFFICER or ADMIN
        #[arg(long)]
        officer: StaffId,
        /// JUSTIFIED, NOT_JUSTIFIED, MORE_INFORMATION, PATIENT_INFORMED or SETTLED
        #[arg(long)]
        outcome: String,
        /// What was found; no patient details
        #[arg(long)]
        note: String,
    },
}

pub fn run(home: &Path, asked: Alerts) -> Result<Shown> {
    match asked.verb {
        None => list(home, asked.all),
        Some(AlertsVerb::Review { id, officer, outcome, note }) => review(home, id, &officer, &outcome, &note),
    }
}

fn list(home: &Path, all: bool) -> Result<Shown> {
    let (_, _, mut store) = open(home)?;
    let found = store
        .read(|tx| if all { alerts::all(tx, i64::MAX as u64, u32::MAX) } else { alerts::open(tx, 0, u32::MAX) })?;
    let line = |a: &Alert| {
        let state = a.reviewed.map_or("open".to_owned(), |at| format!("closed {}", at.display()));
        let staff = a.staff.as_deref().unwrap_or("-");
        format!("{:>6}  {:<20} {}  {staff:<12} {}  {state}\n", a.id, a.kind.code(), a.at.display(), a.detail)
    };
    let text: String = found.iter().map(line).collect();
    let text = if text.is_empty() { "No alert is open.".to_owned() } else { text };
    let mut values = Vec::new();
    for alert in &found {
        values.push(value(alert, &store.read(|tx| alerts::reviews(tx, alert.id))?));
    }
    Ok(Shown::new(json!(values), text))
}

fn value(a: &Alert, reviews: &[Review]) -> Value {
    let reviews: Vec<Value> = reviews
        .iter()
        .map(|r| json!({ "at": r.at.to_string(), "by": r.by, "outcome": r.finding.code(), "note": r.note }))
        .collect();
    json!({
        "id": a.id, "kind": a.kind.code(), "person": a.person.map(|p| p.to_string()), "staff": a.staff,
        "entry": a.entry.as_ref().map(|(chain, epoch, seq)| json!({ "chain": chain, "epoch": epoch, "seq": seq })),
        "at": a.at.to_string(), "opened": a.opened.to_string(), "detail": a.detail,
        "closed": a.reviewed.map(|at| at.to_string()), "reviews": reviews,
    })
}

fn review(home: &Path, id: u64, by: &StaffId, outcome: &str, note: &str) -> Result<Shown> {
    let (_, _, mut store) = open(home)?;
    let by = officer(&mut store, by)?;
    let finding = Finding::from_code(&outcome.replace('-', "_"))
        .context("the outcome is JUSTIFIED, NOT_JUSTIFIED, MORE_INFORMATION, PATIENT_INFORMED or SETTLED")?;
    let alert = store.read(|tx| alerts::get(tx, id))?.with_context(|| format!("no alert {id}"))?;
    if note.trim().is_empty() {
        bail!("a review needs a note");
    }
    let at = now();
    store.write(|tx| {
        // Nobody proves here who they are: the author is whoever runs the verb, and the officer is whom they name.
        let operator = operator();
        let note = format!("For {} ({}): {}", by.name, by.staff, note.trim());
        alerts::review(tx, id, &operator, (finding, &note), at)?;
        let (subject, outcome) = (alert.person, format!("{} for {}", finding.code(), by.staff));
        audit::act(tx, &operator, Event::AlertReviewed { alert: id, subject, outcome }, at).map(drop)
    })?;
    Ok(Shown::new(
        json!({ "id": id, "outcome": finding.code(), "by": operator(), "officer": by.staff }),
        format!("Alert {id}: {}, recorded by {} for {}.", finding.code(), operator(), by.staff),
    ))
}
