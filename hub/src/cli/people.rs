//! Staff, caseloads, enrolment, revoking: the administrator's verbs.

use super::home::{now, open, operator, random};
use super::{CaseloadVerb, Enrol, Shown, StaffVerb, Whom};
use anyhow::{Context, Result, bail};
use hub::enrol::ticket;
use hub::store::{Store, audit, caseload, people as register};
use jiff::SignedDuration;
use qrcode::QrCode;
use qrcode::render::unicode;
use record::audit::{CaseloadDeed, Event, HubAct};
use record::consent::Relationship;
use record::people::{Actor, Organisation, Role};
use record::{NhsNumber, PersonId, StaffId};
use rusqlite::Transaction;
use serde_json::json;
use std::path::Path;

pub fn staff(home: &Path, verb: StaffVerb) -> Result<Shown> {
    let (_, _, mut store) = open(home)?;
    match verb {
        StaffVerb::List => {
            let all = store.read(caseload::all_staff)?;
            let text: String = all
                .iter()
                .map(|(a, active)| {
                    let left = if *active { "" } else { "  (left)" };
                    format!("{:<10} {:<20} {a}{left}\n", a.staff.as_str(), a.role.code())
                })
                .collect();
            let value = all.iter().map(|(a, active)| json!({ "actor": a, "active": active })).collect();
            Ok(Shown::new(value, text))
        }
        StaffVerb::Add { id, name, title, role, ods, organisation } => {
            let role = Role::from_code(&role)
                .context("the role is REGULATED_CLINICIAN, CARE_STAFF, ADMIN or PRIVACY_OFFICER")?;
            let actor = Actor { staff: id, name, role, title, organisation: Organisation { ods, name: organisation } };
            store.write(|tx| {
                caseload::put_staff(tx, &actor, true)?;
                did(tx, HubAct::Staff { staff: actor.staff.clone(), role: actor.role, active: true })
            })?;
            Ok(Shown::new(json!(actor), format!("{} is registered as {actor}.", actor.staff)))
        }
        StaffVerb::Leave { id } => {
            let (actor, _) =
                store.read(|tx| caseload::staff(tx, &id))?.with_context(|| format!("no member of staff {id}"))?;
            store.write(|tx| {
                caseload::put_staff(tx, &actor, false)?;
                did(tx, HubAct::Staff { staff: id.clone(), role: actor.role, active: false })
            })?;
            Ok(Shown::new(
                json!({ "staff": id, "active": false }),
                format!("{actor} has left; their devices are turned away."),
            ))
        }
    }
}

pub fn caseload(home: &Path, verb: CaseloadVerb) -> Result<Shown> {
    let (_, _, mut store) = open(home)?;
    match verb {
        CaseloadVerb::List => {
            let all = store.read(caseload::all_caseloads)?;
            let all: Vec<_> = all.into_iter().filter(|c| !c.code.starts_with('~')).collect();
            let line = |c: &caseload::Caseload| {
                format!("{:<12} {:>6} people  {}  ({})\n", c.code, c.people, c.name, c.staff.join(", "))
            };
            Ok(Shown::new(json!(all), all.iter().map(line).collect::<String>()))
        }
        CaseloadVerb::Add { code, name, ods, organisation, change } => {
            if code.starts_with('~') {
                bail!("a caseload's code may not begin with ~");
            }
            let of = Organisation { ods, name: organisation };
            let there = store.read(caseload::all_caseloads)?.into_iter().find(|caseload| caseload.code == code);
            if let Some(there) = there.filter(|_| !change)
                && (&there.name, &there.organisation) != (&name, &of)
            {
                let (was, by) = (there.name, there.organisation);
                bail!(
                    "caseload {code} is there: {was}, of {} ({}). Nothing was changed; --change gives it another name or organisation",
                    by.name,
                    by.ods
                );
            }
            store.write(|tx| {
                caseload::put_caseload(tx, &code, &name, &of)?;
                did(tx, on(&code, CaseloadDeed::Made, None, Vec::new()))
            })?;
            Ok(Shown::new(json!({ "code": code }), format!("Caseload {code}: {name}.")))
        }
        CaseloadVerb::Assign { code, staff } => {
            let id = row(&mut store, &code)?;
            if store.read(|tx| caseload::staff(tx, &staff))?.is_none() {
                bail!("no member of staff {staff}");
            }
            let changed = store.write(|tx| {
                did(tx, on(&code, CaseloadDeed::StaffAssigned, Some(&staff), Vec::new()))?;
                caseload::assign(tx, id, &staff)
            })?;
            Ok(Shown::new(json!({ "changed": changed }), format!("{staff} is on caseload {code}.")))
        }
        CaseloadVerb::Unassign { code, staff } => {
            let id = row(&mut store, &code)?;
            let changed = store.write(|tx| {
                did(tx, on(&code, CaseloadDeed::StaffTakenOff, Some(&staff), Vec::new()))?;
                caseload::unassign(tx, id, &staff)
            })?;
            Ok(Shown::new(json!({ "changed": changed }), format!("{staff} is not on caseload {code}.")))
        }
        CaseloadVerb::Join { code, whom, relationship } => {
            let relationship = Relationship::from_code(&relationship)
                .filter(|r| *r != Relationship::None)
                .context("the relationship is ESTABLISHED or SELF_CLAIMED")?;
            let id = row(&mut store, &code)?;
            let people = whom_rows(&mut store, &whom)?;
            let changed = store.write(|tx| {
                moved(tx, &code, CaseloadDeed::PeopleJoined, &people)?;
                people.iter().try_fold(0, |n, p| Ok(n + usize::from(caseload::join(tx, id, *p, relationship)?)))
            })?;
            Ok(Shown::new(
                json!({ "named": people.len(), "changed": changed }),
                format!("{changed} of {} people put on caseload {code}.", people.len()),
            ))
        }
        CaseloadVerb::Leave { code, whom } => {
            let id = row(&mut store, &code)?;
            let people = whom_rows(&mut store, &whom)?;
            let changed = store.write(|tx| {
                moved(tx, &code, CaseloadDeed::PeopleLeft, &people)?;
                people.iter().try_fold(0, |n, p| Ok(n + usize::from(caseload::leave(tx, id, *p)?)))
            })?;
            Ok(Shown::new(
                json!({ "named": people.len(), "changed": changed }),
                format!("{changed} of {} people taken off caseload {code}; devices purge them.", people.len()),
            ))
        }
    }
}

/// Records an act of whoever runs the verb, in the transaction that does it.
pub(super) fn did(tx: &Transaction<'_>, act: HubAct) -> rusqlite::Result<()> {
    audit::act(tx, &operator(), Event::Hub(act), now()).map(drop)
}

fn on(code: &str, deed: CaseloadDeed, staff: Option<&StaffId>, people: Vec<PersonId>) -> HubAct {
    HubAct::Caseload { code: code.to_owned(), deed, staff: staff.cloned(), people }
}

/// People named in one entry; the next hundred are named in the next.
const NAMED: usize = 100;

fn moved(tx: &Transaction<'_>, code: &str, deed: CaseloadDeed, rows: &[i64]) -> rusqlite::Result<()> {
    for some in rows.chunks(NAMED) {
        let people =
            some.iter().filter_map(|row| register::person_id(tx, *row).transpose()).collect::<Result<_, _>>()?;
        did(tx, on(code, deed, None, people))?;
    }
    Ok(())
}

fn row(store: &mut Store, code: &str) -> Result<i64> {
    store.read(|tx| caseload::caseload_row(tx, code))?.with_context(|| format!("no caseload {code}"))
}

/// The people meant, by row. A line that names nobody is an error with its number, and nothing is changed.
fn whom_rows(store: &mut Store, whom: &Whom) -> Result<Vec<i64>> {
    if let Some(most) = whom.everyone {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        return Ok(store.read(|tx| register::first_rows(tx, most))?);
    }
    let path = whom.list.as_deref().context("say whom: --list FILE, --list - or --everyone")?;
    let text = if path == Path::new("-") {
        std::io::read_to_string(std::io::stdin())?
    } else {
        std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?
    };
    let mut rows = Vec::new();
    for (number, line) in (1..).zip(text.lines()).filter(|(_, l)| !l.trim().is_empty()) {
        let found = store.read(|tx| match line.trim().parse::<PersonId>() {
            Ok(person) => Ok(register::person_row(tx, person)?.into_iter().collect()),
            Err(_) => match line.parse::<NhsNumber>() {
                Ok(nhs) => {
                    let holders = register::holders(tx, "https://fhir.nhs.uk/Id/nhs-number", &nhs.digits())?;
                    Ok(holders.into_iter().map(|(row, _)| row).collect::<Vec<_>>())
                }
                Err(_) => Ok(Vec::new()),
            },
        })?;
        match found.as_slice() {
            [one] => rows.push(*one),
            [] => bail!("line {number} names nobody the hub knows; nothing was changed"),
            _ => bail!("line {number} names more than one person; nothing was changed"),
        }
    }
    Ok(rows)
}

pub fn enrol(home: &Path, enrol: &Enrol) -> Result<Shown> {
    let (settings, authority, mut store) = open(home)?;
    let staff = match &enrol.staff {
        Some(staff) => staff.clone(),
        None => "N0001".parse()?,
    };
    let expires = now().plus(SignedDuration::from_hours(enrol.hours.into()));
    let ticket = ticket(&mut store, &authority, &settings.address, &staff, &random(), expires)?;
    // Recorded before the ticket is shown.
    store.write(|tx| did(tx, HubAct::TicketMade { staff: staff.clone() }))?;
    let text = ticket.to_text();
    let qr = QrCode::new(text.as_bytes()).context("drawing the QR code")?;
    let picture = qr.render::<unicode::Dense1x2>().quiet_zone(true).build();
    Ok(Shown::new(
        json!({ "staff": staff, "ticket": text, "expires": expires.to_string() }),
        format!(
            "One-time ticket for {staff}, good until {} and for one device:\n\n{text}\n\n{picture}\n\
             Give it to {staff} only. It is used up by the first device that shows it.",
            expires.display()
        ),
    ))
}
