//! Care plans at the hub: taking in what devices made, giving out what they are owed, folding old changes together, and reading a plan
//! to project it. A change is refused alone, with an alarm; the rest of its batch lands. The hub never writes in a plan.
//!
//! Modules bottom-up:
pub mod fhir;

use crate::store::caseload::Called;
use crate::store::plans::{self as rows, Added, Fresh};
use crate::store::{alarms, caseload, people};
use ed25519_dalek::VerifyingKey;
use record::consent::Permit;
use record::feed::Seq;
use record::people::{Actor, Role};
use record::plan::{Author, Kind, Plan};
use record::summary::Fact;
use record::{ChainId, PersonId, Stamp};
use rusqlite::Transaction;
use std::collections::BTreeSet;
use sync::plans::{HeldPlan, Incoming, Outgoing, RefusedChange, RefusedWhy};
use sync::replica::{Inspected, Replica, ReplicaFault, bundle, inspect, sign};
use thiserror::Error;

/// Changes after the document before they are folded into it, and how many of the newest stay apart, so that a device a week behind is
/// still sent only what it lacks.
const FOLD_AT: u64 = 512;
const KEEP_APART: u32 = 256;
/// No change is longer (bytes): a text of the plan has 20,000 letters. A longer one would be sent to every device that holds the person.
const LONGEST_CHANGE: usize = 4 << 20;

#[derive(Debug, Error)]
pub enum PlansFault {
    #[error("a plan could not be read back")]
    Replica(#[source] Box<ReplicaFault>),
    #[error("a folded plan lacks a change: nothing was replaced")]
    Lost,
    #[error("the database could not be read or written")]
    Sql(#[from] rusqlite::Error),
}

impl From<ReplicaFault> for PlansFault {
    fn from(fault: ReplicaFault) -> Self {
        PlansFault::Replica(Box::new(fault))
    }
}

/// Whose hand a post is: the certified user on this device, as the register has them.
pub struct Poster<'a> {
    pub chain: &'a ChainId,
    pub actor: &'a Actor,
    pub key: &'a VerifyingKey,
    pub caseloads: &'a [i64],
}

impl Poster<'_> {
    /// Whether an author is they: the number, role and organisation that the register has now, under a name, title and organisation's name that it has
    /// or had (decision 0057). A device writes as it was enrolled, and somebody who married since is no forger.
    pub fn is(&self, author: &Author, called: &Called) -> bool {
        let Actor { staff, name, role, title, organisation } = self.actor;
        let now = author.staff == *staff && author.role == *role && author.ods == organisation.ods;
        let (said, has) = ((&author.name, &author.title, &author.organisation), (name, title, &organisation.name));
        now && (said == has || called.is(&author.name, &author.title, &author.organisation))
    }
}

/// What became of a post's changes.
#[derive(Debug, Default)]
pub struct TakenIn {
    pub held: Vec<HeldPlan>,
    pub refused: Vec<RefusedChange>,
}

/// Takes in changes: each is looked at alone. What is new is told to every caseload that holds the person.
pub fn take_in(
    tx: &Transaction<'_>,
    poster: &Poster<'_>,
    outgoing: &[Outgoing],
    now: Stamp,
) -> Result<TakenIn, PlansFault> {
    let mut done = TakenIn::default();
    let called = caseload::called(tx, poster.chain, &poster.actor.staff)?;
    for plan in outgoing {
        let Some(row) = people::person_row(tx, plan.person)? else { continue };
        // A bundle that cannot be unpacked names no change that could be refused; the device keeps what it has.
        let Ok(changes) = bundle::unpack(&plan.bundle) else { continue };
        let related = rows::ever_related(tx, poster.caseloads, row)?;
        let mut news = false;
        for change in changes {
            let verdict = match inspect(plan.person, &change.bytes) {
                Err(_) => Err(RefusedWhy::Unreadable),
                Ok(_) if !related => Err(RefusedWhy::Stranger),
                Ok(seen) => vouch(plan.person, poster, &called, &seen).map(|()| seen),
            };
            let verdict = match verdict {
                Ok(seen) if !may_write(tx, row, plan.person, poster.actor.role, &seen)? => Err(RefusedWhy::Author),
                other => other,
            };
            let verdict = match verdict {
                Ok(seen) if change.bytes.len() > LONGEST_CHANGE && !is_held(tx, row, poster.chain, &seen)? => {
                    Err(RefusedWhy::Harm)
                }
                other => other,
            };
            // On a device that was put back this hand went on from something else than what is held.
            let verdict = match verdict {
                Ok(seen) if !goes_on(tx, row, poster.chain, &seen)? => Err(RefusedWhy::Twice),
                other => other,
            };
            let verdict = match verdict {
                Ok(seen) => {
                    let (chain, bytes) = (poster.chain, change.bytes.as_slice());
                    let fresh = Fresh { hash: seen.hash, chain, number: seen.seq, at: seen.at, bytes };
                    match rows::add(tx, row, &fresh, now)? {
                        Added::New => {
                            news = true;
                            Ok(())
                        }
                        Added::Held => Ok(()),
                        Added::Contradicts => Err(RefusedWhy::Twice),
                    }
                }
                Err(why) => Err(why),
            };
            if let Err(why) = verdict {
                rows::refuse(tx, Some(row), poster.chain, (&change.hash, &change.bytes), why.code(), now)?;
                let alarm = if why == RefusedWhy::Twice { alarms::PLAN_TWICE } else { alarms::PLAN_REFUSED };
                alarms::raise(tx, (poster.chain.as_str(), 0, 0), alarm, now)?;
                done.refused.push(RefusedChange { person: plan.person, hash: change.hash, why });
            }
        }
        if news {
            rows::tell(tx, row)?;
            fold(tx, row, plan.person)?;
        }
        if let Some((through, hash)) = rows::held_through(tx, row, poster.chain)? {
            done.held.push(HeldPlan { person: plan.person, through, hash });
        }
    }
    Ok(done)
}

/// A change stands on the last one of its own hand, where that is held; carried by somebody else it may come first.
fn goes_on(tx: &Transaction<'_>, row: i64, chain: &ChainId, seen: &Inspected) -> rusqlite::Result<bool> {
    let before = seen.seq.checked_sub(1).filter(|number| *number > 0);
    let held = before.map(|number| rows::hash_of(tx, row, (chain, number))).transpose()?.flatten();
    Ok(held.is_none_or(|held| seen.upon.contains(&held)))
}

/// Whether this very change is held already.
fn is_held(tx: &Transaction<'_>, row: i64, chain: &ChainId, seen: &Inspected) -> rusqlite::Result<bool> {
    Ok(rows::hash_of(tx, row, (chain, seen.seq))? == Some(seen.hash))
}

/// A device adds changes by its own hand only, in its own user's name, role and key, and only such as can be added.
fn vouch(person: PersonId, poster: &Poster<'_>, called: &Called, seen: &Inspected) -> Result<(), RefusedWhy> {
    if seen.harm.is_some() {
        return Err(RefusedWhy::Harm);
    }
    let (role, own) = (poster.actor.role, poster.chain.as_str());
    let authors = seen.authors.iter().all(|(chain, author)| chain == own && poster.is(author, called));
    let claims = seen.claims.iter().all(|(topic, claim)| {
        poster.is(&claim.by, called)
            && topic.may_be_claimed_by(role)
            && (claim.settles.is_empty() || topic.may_replace(role))
    });
    let signatures = seen.signatures.iter().all(|signature| {
        signature.chain == *poster.chain
            && poster.is(&signature.by, called)
            && signature.paper.may_be_signed_by(role)
            && sign::check(signature, person, poster.key)
    });
    let ended = seen.ended.iter().all(|ended| poster.is(&ended.by, called));
    if seen.actor == own && authors && claims && signatures && ended { Ok(()) } else { Err(RefusedWhy::Author) }
}

/// Whether somebody of this role writes only in parts of the plan that are theirs to write (`record::plan::Kind::may_be_written_by`). What the change
/// itself does not say stands in the plan as it is held; an entry that is not held yet tells nothing, and the change waits for it.
fn may_write(
    tx: &Transaction<'_>,
    row: i64,
    person: PersonId,
    role: Role,
    seen: &Inspected,
) -> Result<bool, PlansFault> {
    if !seen.kinds.iter().all(|kind| kind.may_be_written_by(role)) {
        return Ok(false);
    }
    let all = Kind::PARTS.iter().all(|part| part.may_be_written_by(role));
    if all || seen.objects.is_empty() {
        return Ok(true);
    }
    let Some(replica) = replica(tx, row, person)? else { return Ok(true) };
    let objects = replica.objects()?;
    Ok(seen.objects.iter().filter_map(|object| objects.get(object)).all(|kind| kind.may_be_written_by(role)))
}

/// What a device is owed of one plan: `since` a number, without its own; or whole (`None`), with its own.
pub fn owed(
    tx: &Transaction<'_>,
    row: i64,
    person: PersonId,
    since: Option<Seq>,
    device: &ChainId,
) -> Result<Option<Incoming>, PlansFault> {
    let Some(rows::Document { bytes: document, through, .. }) = rows::document(tx, row)? else { return Ok(None) };
    let own = since.is_some().then_some(device);
    let mut changes = rows::after(tx, row, since.map_or(0, |seq| seq.0), own)?;
    let mut base = None;
    // Whole, or so far behind that single changes are no longer kept: the document, and what came after it.
    if since.is_none() && document.is_some() || changes.iter().any(|change| change.bytes.is_none()) {
        base = document;
        changes = rows::after(tx, row, through, None)?;
    }
    let newest =
        changes.iter().map(|change| change.seq).max().unwrap_or(0).max(if base.is_some() { through } else { 0 });
    if newest == 0 {
        return Ok(None);
    }
    let bundle = bundle::pack(changes.iter().filter_map(|change| change.bytes.as_deref()))?;
    Ok(Some(Incoming { person, through: Seq(newest), base, bundle }))
}

/// Folds a plan's changes into one document once there are many. Every change must be found in it again before its bytes go.
fn fold(tx: &Transaction<'_>, row: i64, person: PersonId) -> Result<(), PlansFault> {
    let Some(rows::Document { bytes: document, through, tail }) = rows::document(tx, row)? else { return Ok(()) };
    if tail < FOLD_AT {
        return Ok(());
    }
    let changes = rows::after(tx, row, through, None)?;
    let mut replica = Replica::load(person, document.as_deref(), changes.iter().filter_map(|c| c.bytes.as_deref()))?;
    // What still waits for a change it needs is not in the document: it and what follows stay apart.
    let last = changes.iter().take_while(|change| replica.has(&change.hash)).last();
    let Some(last) = last.map(|change| change.seq) else { return Ok(()) };
    if changes.iter().any(|change| change.seq > last) {
        return Ok(());
    }
    let folded = replica.save();
    let mut again = Replica::load(person, Some(&folded), [])?;
    let every: BTreeSet<[u8; 32]> = rows::after(tx, row, 0, None)?.into_iter().map(|change| change.hash).collect();
    if every.iter().any(|hash| !again.has(hash)) {
        return Err(PlansFault::Lost);
    }
    Ok(rows::compact(tx, row, &folded, last, KEEP_APART)?)
}

/// The whole plan, as a document.
pub fn replica(tx: &Transaction<'_>, row: i64, person: PersonId) -> Result<Option<Replica>, PlansFault> {
    let Some(rows::Document { bytes: document, through, .. }) = rows::document(tx, row)? else { return Ok(None) };
    let changes = rows::after(tx, row, through, None)?;
    Ok(Some(Replica::load(person, document.as_deref(), changes.iter().filter_map(|c| c.bytes.as_deref()))?))
}

/// How many changes are held and are in nobody's plan: what they were made upon is not here. After a hub was restored it comes with the device that made it;
/// nobody else's device can bring it, for who made a change is proved by whose device sends it (decision 0018).
pub fn waiting(tx: &Transaction<'_>, row: i64, person: PersonId) -> Result<u64, PlansFault> {
    let Some(mut replica) = replica(tx, row, person)? else { return Ok(0) };
    let Some(rows::Document { through, .. }) = rows::document(tx, row)? else { return Ok(0) };
    let mut count = 0;
    for change in rows::after(tx, row, through, None)?.iter().filter_map(|change| change.bytes.as_deref()) {
        let seen = inspect(person, change).map_err(PlansFault::from)?;
        count += u64::from(!replica.has(&seen.hash));
    }
    Ok(count)
}

/// The plan as it stands, for somebody whom the door let in.
pub fn read(tx: &Transaction<'_>, row: i64, permit: &Permit) -> rusqlite::Result<Option<Plan>> {
    let unsound = |fault: PlansFault| match fault {
        PlansFault::Sql(fault) => fault,
        other => rusqlite::Error::ToSqlConversionFailure(Box::new(other)),
    };
    let Some(mut replica) = replica(tx, row, permit.subject()).map_err(unsound)? else { return Ok(None) };
    replica.project().map(Some).map_err(|fault| unsound(fault.into()))
}

/// All of the plan that goes where a record is sealed: what it says of matters of the record, and what an emergency needs (decisions 0053 and 0067).
pub fn said(tx: &Transaction<'_>, row: i64, person: PersonId) -> Result<Vec<Fact>, PlansFault> {
    match replica(tx, row, person)? {
        Some(mut replica) => Ok(replica.project()?.sealed()),
        None => Ok(Vec::new()),
    }
}

/// The poster as the register has them now.
pub fn poster(tx: &Transaction<'_>, chain: &ChainId) -> rusqlite::Result<Option<Actor>> {
    let staff = chain.as_str().split('/').nth(1).and_then(|staff| staff.parse().ok());
    let Some(staff) = staff else { return Ok(None) };
    Ok(caseload::staff(tx, &staff)?.map(|(actor, _)| actor))
}

#[cfg(test)]
mod plans_tests;
