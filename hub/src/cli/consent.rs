//! A person's choice at the privacy office: somebody telephoned, wrote or came. Setting one, showing the history, settling a conflict,
//! writing FHIR Consents. Each act is an entry in the hub's own chain by whoever runs the verb: nobody proves here that they are the officer whom
//! they name, so the officer is named as the one for whom it was recorded.

use super::Shown;
use super::home::{now, open, operator, random};
use super::plans::find;
use anyhow::{Context, Result, bail};
use clap::{Args as ClapArgs, Subcommand};
use hub::fhir_consent::write::{Whose, resources};
use hub::store::{Store, audit, caseload, consent, people, trust};
use record::audit::{AuditUse, Event, HubAct};
use record::consent::pack::says_why;
use record::consent::{Channel, Choice, DecidedBy, Meeting, Recorded, RecordedBy};
use record::people::{Actor, Role};
use record::{StaffId, Stamp};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

#[derive(Subcommand)]
pub enum ConsentVerb {
    /// Record what a person chose by telephone, post or in person
    Set(Set),
    /// A person's choice, and every one before it
    Show {
        /// NHS number or person id; `-` reads it from standard input
        person: String,
    },
    /// Settle a conflict with the person: names every choice it settles
    Settle(Set),
    /// Write choices as FHIR R4 Consents (UK Core, IHE PCF) in a Bundle
    Export {
        /// NHS number or person id; `-` reads it from standard input; nobody: everybody who chose
        person: Option<String>,
        /// FHIR R4 JSON (the only form there is)
        #[arg(long)]
        fhir: bool,
    },
}

#[derive(ClapArgs)]
pub struct Set {
    /// NHS number or person id; `-` reads it from standard input
    person: String,
    /// Y1, Y2, Y3, N1 or N2
    #[arg(long)]
    choice: String,
    /// For whom you record it: a member of staff with the role PRIVACY_OFFICER or ADMIN
    #[arg(long)]
    officer: StaffId,
    /// person, attorney or best-interests
    #[arg(long, default_value = "person")]
    decided_by: String,
    /// For Y1: the one member of staff allowed, today
    #[arg(long)]
    only: Option<StaffId>,
    /// For Y2: the last day, as 2027-03-27
    #[arg(long)]
    until: Option<String>,
    /// For Y2: the event that ends it
    #[arg(long)]
    event: Option<String>,
    /// For best interests: why
    #[arg(long)]
    reason: Option<String>,
    /// For N2: the signed opt-out form, PNG or JPEG
    #[arg(long)]
    form: Option<PathBuf>,
}

pub fn run(home: &Path, verb: ConsentVerb) -> Result<Shown> {
    match verb {
        ConsentVerb::Set(set) => record(home, &set, false),
        ConsentVerb::Settle(set) => record(home, &set, true),
        ConsentVerb::Show { person } => show(home, &person),
        ConsentVerb::Export { person, fhir: _ } => export(home, person.as_deref()),
    }
}

/// Who records: registered, active, and in the privacy office.
pub fn officer(store: &mut Store, id: &StaffId) -> Result<Actor> {
    let (actor, active) =
        store.read(|tx| caseload::staff(tx, id))?.with_context(|| format!("no member of staff {id}"))?;
    if !active || !matches!(actor.role, Role::PrivacyOfficer | Role::Admin) {
        bail!("{id} is not an active privacy officer or administrator");
    }
    Ok(actor)
}

/// A PNG or a JPEG by its first bytes.
fn picture(path: &Path) -> Result<Form> {
    let bytes = std::fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    match bytes.as_slice() {
        [0x89, b'P', b'N', b'G', ..] => Ok(("image/png", bytes)),
        [0xFF, 0xD8, 0xFF, ..] => Ok(("image/jpeg", bytes)),
        _ => bail!("{} is neither a PNG nor a JPEG", path.display()),
    }
}

/// A signed form: its type and its bytes.
type Form = (&'static str, Vec<u8>);

/// What was said, as a version, with its signed form.
fn said(set: &Set, by: &Actor, at: Stamp) -> Result<(Recorded, Option<Form>)> {
    let choice = Choice::OFFERED
        .into_iter()
        .find(|c| c.code().split('_').next() == Some(set.choice.to_uppercase().as_str()))
        .context("the choice is Y1, Y2, Y3, N1 or N2")?;
    let decided_by = DecidedBy::from_code(&set.decided_by)
        .filter(|by| *by != DecidedBy::Nobody)
        .context("decided-by is person, attorney or best-interests")?;
    let until = match &set.until {
        Some(day) => {
            let noon = Stamp::parse(&format!("{day}T12:00:00Z")).context("--until is a day like 2027-03-27")?;
            Some(noon.london_midnight_after())
        }
        None => None,
    };
    let given = |text: &Option<String>| text.as_deref().is_some_and(|t| !t.trim().is_empty());
    if choice == Choice::Y2 && until.is_none() && !given(&set.event) {
        bail!("Y2 needs --until, --event or both");
    }
    if choice == Choice::Y1 && set.only.is_none() {
        bail!("Y1 is for one person: name them with --only");
    }
    if decided_by == DecidedBy::BestInterests && !set.reason.as_deref().is_some_and(says_why) {
        bail!("a best-interests decision needs --reason, of at least 10 letters");
    }
    if decided_by == DecidedBy::BestInterests && choice.is_yes() && choice != Choice::Y1 {
        bail!("a best-interests yes is for one member of staff, today: --choice Y1 --only STAFF");
    }
    if choice != Choice::N2 && set.form.is_some() {
        bail!("only N2 has a form");
    }
    let form = match (&set.form, choice) {
        (Some(path), _) => Some(picture(path)?),
        (None, Choice::N2) => bail!("N2 needs the signed opt-out form: --form FILE (N1 needs none)"),
        (None, _) => None,
    };
    let recorded = Recorded {
        choice,
        only: set.only.clone().filter(|_| choice == Choice::Y1),
        from: Some(at),
        until: if choice == Choice::Y1 {
            Some(at.london_midnight_after())
        } else {
            until.filter(|_| choice == Choice::Y2)
        },
        end_event: set.event.clone().filter(|_| choice == Choice::Y2),
        decided: Some(at),
        decided_by,
        reason: set.reason.clone(),
        by: Some(RecordedBy {
            name: format!("{} for {}", operator(), by.name),
            organisation: by.organisation.name.clone(),
            how: Channel::Office,
        }),
        form: form.as_ref().map(|(_, bytes)| Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()),
        ..Recorded::nothing()
    };
    Ok((recorded, form))
}

fn record(home: &Path, set: &Set, settle: bool) -> Result<Shown> {
    let (_, _, mut store) = open(home)?;
    let by = officer(&mut store, &set.officer)?;
    let row = find(&mut store, &set.person)?.0;
    let at = now();
    let (mut recorded, form) = said(set, &by, at)?;
    let (seq, held) = store.read(|tx| trust::choice(tx, row))?;
    match (held.choice == Choice::Conflict, settle) {
        (true, false) => {
            bail!("two choices disagree ({}). Ask the person, and use `consent settle`", sides(&held).join("; "))
        }
        (false, true) => bail!("there is no conflict to settle; `consent set` records a choice"),
        _ => {}
    }
    match held.meets(&recorded, at) {
        Meeting::Follows => {}
        Meeting::Covered => bail!("the person's own yes is in force ({}), and stays", held.choice.label()),
        Meeting::Forbidden => {
            bail!("the person's own answer is in force ({}); nobody else's judgement changes it", held.choice.label())
        }
    }
    recorded.settles = held.between.iter().map(|side| side.seq).collect();
    let key = format!("office/{}", random::<16>().iter().map(|b| format!("{b:02x}")).collect::<String>());
    let settled = store.write(|tx| {
        trust::record_choice(tx, row, &recorded, &key, seq, at)?;
        if let Some((mime, bytes)) = &form {
            consent::keep_form(tx, &key, mime, bytes, at)?;
        }
        let Some(subject) = people::person_id(tx, row)? else { return Ok(0) };
        let (choice, settled) = (recorded.choice, recorded.settles.len() as u64);
        if settle {
            audit::act(tx, &operator(), Event::ChoiceSettled { subject, choice, settled }, at)?;
        }
        audit::act(tx, &operator(), Event::ChoiceRecorded { subject, choice, by: recorded.decided_by }, at)?;
        Ok(settled)
    })?;
    let label = recorded.choice.label();
    let mut text =
        format!("Recorded by {} for {}: {label}. Devices hear of it at their next contact.", operator(), by.staff);
    if settle {
        text = format!("Settled ({}). {text}", sides(&held).join("; "));
    }
    Ok(Shown::new(
        json!({ "choice": recorded.choice, "settled": settled, "settles": recorded.settles, "by": operator(), "officer": by.staff }),
        text,
    ))
}

/// Each side of a conflict, in words.
fn sides(held: &Recorded) -> Vec<String> {
    let side = |claim: &record::consent::Claim| {
        let when = claim.decided.map_or("no date".to_owned(), Stamp::display);
        let who =
            claim.by.as_ref().map_or(String::new(), |by| format!(", recorded by {}, {}", by.name, by.organisation));
        format!("number {}: {} ({when}{who})", claim.seq, claim.choice.label())
    };
    held.between.iter().map(side).collect()
}

/// Whoever is shown what a person chose stands on the list that the person may read.
fn read_about(tx: &rusqlite::Transaction<'_>, row: i64) -> rusqlite::Result<()> {
    let Some(subject) = people::person_id(tx, row)? else { return Ok(()) };
    audit::act(tx, &operator(), Event::AuditRead { subject }, now()).map(drop)
}

fn show(home: &Path, person: &str) -> Result<Shown> {
    let (_, _, mut store) = open(home)?;
    let row = find(&mut store, person)?.0;
    let history = store.write(|tx| {
        read_about(tx, row)?;
        consent::history(tx, row)
    })?;
    let Some(current) = history.last() else {
        return Ok(Shown::new(json!({ "current": null, "history": [] }), "Nothing is recorded."));
    };
    let line = |v: &consent::Version| {
        let r = &v.recorded;
        let mut text =
            format!("{:>8}  {}  {}", v.seq, r.decided.map_or("no date".into(), Stamp::display), r.choice.label());
        if let Some(until) = r.until {
            text.push_str(&format!("; until {}", until.display()));
        }
        if let Some(event) = &r.end_event {
            text.push_str(&format!("; ends with: {event}"));
        }
        text.push_str(&format!("; decided by: {}", r.decided_by.label().to_lowercase()));
        if let Some(by) = &r.by {
            text.push_str(&format!("; recorded by {}, {}", by.name, by.organisation));
        }
        if v.form {
            text.push_str("; signed form held");
        }
        text
    };
    let value = |v: &consent::Version| json!({ "number": v.seq, "recorded": v.recorded, "received": v.received.to_string(), "form": v.form });
    let mut text = format!("Now: {}\n", line(current).trim_start());
    for side in sides(&current.recorded) {
        text.push_str(&format!("     {side}\n"));
    }
    if history.len() > 1 {
        text.push_str("Before:\n");
        history[..history.len() - 1].iter().rev().for_each(|v| text.push_str(&format!("{}\n", line(v))));
    }
    let all: Vec<Value> = history.iter().map(value).collect();
    Ok(Shown::new(json!({ "current": value(current), "history": all }), text))
}

fn export(home: &Path, person: Option<&str>) -> Result<Shown> {
    let (settings, _, mut store) = open(home)?;
    let rows = match person {
        Some(person) => vec![find(&mut store, person)?.0],
        None => store.read(consent::chosen)?,
    };
    let entries = store.write(|tx| {
        match (&rows[..], person) {
            ([row], Some(_)) => read_about(tx, *row)?,
            (all, _) => {
                let act = HubAct::AuditUsed { how: AuditUse::ChoicesShown, entries: all.len() as u64 };
                audit::act(tx, &operator(), Event::Hub(act), now())?;
            }
        }
        let mut entries = Vec::new();
        for row in rows {
            let Some(current) = consent::history(tx, row)?.pop() else { continue };
            let Some(id) = people::person_id(tx, row)? else { continue };
            let number = people::number_of(tx, row)?;
            entries.extend(resources(&Whose { person: id, number }, &current, &settings.hub));
        }
        Ok(entries)
    })?;
    let entries: Vec<Value> = entries.into_iter().map(|resource| json!({ "resource": resource })).collect();
    let bundle =
        json!({ "resourceType": "Bundle", "type": "collection", "timestamp": now().to_string(), "entry": entries });
    let text = serde_json::to_string_pretty(&bundle)?;
    Ok(Shown::new(bundle, text))
}
