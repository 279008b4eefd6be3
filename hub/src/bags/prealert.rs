//! Pre-alerts: a released bag announced to the hospitals it names, besides the ward's list, which shows it at once. For each hospital and release
//! the hub writes one FHIR DocumentReference into a folder that the hospital's integration engine empties; it points at the document and holds none of
//! it. Never before its entry in the hub's chain, and only where what the person chose allows it.
//!
//! At least once: a file is written under a name of its own and then renamed; one that was written when the hub stopped before it could note
//! so is written again, under the same name and with the same bytes. Each hospital has a folder, each release in it a file under the
//! resource's id: `RBD/VLE1-….json`.
//!
//! What is known of the other end is that a file is gone. That anybody read it is not.

use super::arrivals::Hospitals;
use super::{bag, fhir, files_since};
use crate::store::prealerts::{self as rows, Ended, PreAlert, Standing};
use crate::store::{Store, StoreFault, audit, people, trust};
use record::audit::{BagAct, BagDeed, Event};
use record::bag::{Bag, BagId};
use record::consent::{Choice, Outcome, Purpose, Rule};
use record::{StaffId, Stamp};
use rusqlite::Transaction;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use thiserror::Error;

#[derive(Debug, Error)]
pub enum PreAlertFault {
    #[error("a pre-alert could not be written into its folder")]
    Folder(#[from] io::Error),
    #[error(transparent)]
    Store(#[from] StoreFault),
}

/// What one round did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Round {
    pub written: u32,
    pub gone: u32,
    pub ended: u32,
}

/// Owes the announcements of a bag's last release, after something moved in it.
pub(super) fn owe(tx: &Transaction<'_>, id: BagId, now: Stamp) -> rusqlite::Result<()> {
    let Some(bag) = bag(tx, id)? else { return Ok(()) };
    let Some((note, _)) = bag.released().filter(|_| is_away(&bag)) else { return Ok(()) };
    for hospital in Hospitals::load(tx)?.sent_to(&bag) {
        rows::owe(tx, (note.id, id), &hospital, now)?;
    }
    Ok(())
}

fn is_away(bag: &Bag) -> bool {
    bag.custody.holdings().iter().any(|holding| !holding.state.is_over() && !holding.state.is_at_home())
}

/// One round: what is owed is written, and what was picked up is noticed. `by`: who runs the hub, for the entries.
///
/// # Errors
/// The first that went wrong; the others were tried all the same.
pub fn round(store: &mut Store, folder: &Path, by: &StaffId, now: Stamp) -> Result<Round, PreAlertFault> {
    let (mut done, mut fault) = (Round::default(), None);
    for alert in store.read(rows::open)? {
        if let Err(wrong) = one(store, folder, &alert, (by, now), &mut done) {
            fault = fault.or(Some(wrong));
        }
    }
    fault.map_or(Ok(done), Err)
}

fn one(
    store: &mut Store,
    folder: &Path,
    alert: &PreAlert,
    (by, now): (&StaffId, Stamp),
    done: &mut Round,
) -> Result<(), PreAlertFault> {
    let Some(bag) = store.read(|tx| bag(tx, alert.bag))? else { return Ok(()) };
    let theirs = folder.join(alert.to.ods.as_str());
    let file = theirs.join(format!("{}.json", fhir::pointer_id(&bag, alert.note)));
    if let Standing::Written(_) = alert.standing {
        // A folder that is not there (a share that is not mounted) says nothing of what was in it.
        if theirs.try_exists()? && !file.try_exists()? {
            store.write(|tx| rows::moves(tx, alert, Standing::Gone(now), now))?;
            done.gone += 1;
        }
        return Ok(());
    }
    let ended = store.write(|tx| recorded(tx, &bag, alert, by, now))?;
    let since = store.read(|tx| files_since(tx, &bag))?;
    match fhir::pointer_to(&bag, &alert.to, &|file| since.get(&file).copied()).filter(|_| ended.is_none()) {
        Some(pointer) => {
            put(&file, pointer.to_string().as_bytes())?;
            store.write(|tx| rows::moves(tx, alert, Standing::Written(now), now))?;
            done.written += 1;
        }
        None => done.ended += 1,
    }
    Ok(())
}

/// Decides whether it may go, with its entry, once; why not, if not.
fn recorded(
    tx: &Transaction<'_>,
    bag: &Bag,
    alert: &PreAlert,
    by: &StaffId,
    now: Stamp,
) -> rusqlite::Result<Option<Ended>> {
    let subject = bag.header.person;
    let choice = match people::person_row(tx, subject)? {
        Some(row) => trust::choice(tx, row)?.1.choice,
        None => Choice::None,
    };
    let overtaken = bag.released().is_none_or(|(note, _)| note.id != alert.note);
    let ended = if overtaken {
        Some(Ended::Overtaken)
    } else if !is_away(bag) {
        Some(Ended::Over)
    } else if choice != Choice::None && !choice.is_yes() {
        Some(Ended::Choice)
    } else {
        None
    };
    let entered = alert.standing == Standing::Waiting { recorded: true };
    let outcome = match ended {
        None if entered => return Ok(None),
        None => Outcome::Permit,
        Some(Ended::Choice) => Outcome::Deny,
        Some(why) => return rows::moves(tx, alert, Standing::Ended(why), now).map(|()| Some(why)),
    };
    let (deed, rule, purpose) = (BagDeed::Exported, Rule::ChoiceInForce, Purpose::Treat);
    audit::act(tx, by, Event::Bag(BagAct { subject, purpose, bag: bag.id, deed, outcome, rule }), now)?;
    let to = ended.map_or(Standing::Waiting { recorded: true }, Standing::Ended);
    rows::moves(tx, alert, to, now)?;
    Ok(ended)
}

/// Whole or not at all: an engine that looks at the wrong moment sees no half of a file.
fn put(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = file.parent().unwrap_or(file);
    fs::create_dir_all(folder)?;
    let half = file.with_extension("part");
    let mut to = File::create(&half)?;
    to.write_all(bytes)?;
    to.sync_all()?;
    fs::rename(&half, file)?;
    File::open(folder)?.sync_all()
}
