//! What was done at visits, at the hub: taking in acts that devices signed, and giving out what devices are owed. An act is refused alone,
//! with an alarm; the rest of its batch lands. The hub never does anything at a visit, and folds nothing: two doses of one slot are two.
//!
//! Modules bottom-up:

pub mod fhir;

use crate::plans::Poster;
use crate::store::caseload::Called;
use crate::store::visits::{self as rows, Fresh};
use crate::store::{alarms, caseload, people, plans};
use record::feed::Seq;
use record::visit::{Act, ActId, SignedAct};
use record::{ChainId, PersonId, Stamp};
use rusqlite::Transaction;
use std::collections::BTreeSet;
use sync::plans::RefusedWhy;
use sync::visits::{IncomingActs, RefusedAct, open_act};

/// What became of a post's acts.
#[derive(Debug, Default)]
pub struct TakenIn {
    pub held: Vec<ActId>,
    pub refused: Vec<RefusedAct>,
}

/// Takes in acts: each is looked at alone. What is new is told to every caseload that holds the person.
pub fn take_in(
    tx: &Transaction<'_>,
    poster: &Poster<'_>,
    outgoing: &[SignedAct],
    now: Stamp,
) -> rusqlite::Result<TakenIn> {
    let mut done = TakenIn::default();
    let mut news = BTreeSet::new();
    for signed in outgoing {
        let id = signed.id();
        match admit(tx, poster, signed, now)? {
            Ok((row, new)) => {
                done.held.push(id);
                news.extend(new.then_some(row));
            }
            Err((row, why)) => {
                rows::refuse(tx, row, poster.chain, signed, why.code(), now)?;
                alarms::raise(tx, (poster.chain.as_str(), 0, 0), alarms::ACT_REFUSED, now)?;
                done.refused.push(RefusedAct { id, why });
            }
        }
    }
    for row in news {
        rows::tell(tx, row)?;
    }
    Ok(done)
}

/// The person's row, and whether the act was not held before; or why it is not taken, with the person's row where there is one.
type Admitted = Result<(i64, bool), (Option<i64>, RefusedWhy)>;

fn admit(tx: &Transaction<'_>, poster: &Poster<'_>, signed: &SignedAct, now: Stamp) -> rusqlite::Result<Admitted> {
    let Ok(act) = open_act(signed, poster.key) else {
        // What reads, but is not signed with this key, is somebody else's; what does not read is nothing.
        let read = Act::from_bytes(&signed.bytes).is_ok();
        return Ok(Err((None, if read { RefusedWhy::Author } else { RefusedWhy::Unreadable })));
    };
    let Some(row) = people::person_row(tx, act.person)? else { return Ok(Err((None, RefusedWhy::Stranger))) };
    if !plans::ever_related(tx, poster.caseloads, row)? {
        return Ok(Err((Some(row), RefusedWhy::Stranger)));
    }
    if let Err(why) = vouch(poster, &caseload::called(tx, poster.chain, &poster.actor.staff)?, &act) {
        return Ok(Err((Some(row), why)));
    }
    let fresh = Fresh { person: row, chain: poster.chain, at: act.at, signed };
    Ok(Ok((row, rows::add(tx, &fresh, now)?)))
}

/// A device adds acts of its own user only, in the name and role the register has for them, and only such as can stand.
fn vouch(poster: &Poster<'_>, called: &Called, act: &Act) -> Result<(), RefusedWhy> {
    let own = act.chain == *poster.chain && poster.is(&act.by, called);
    if !own {
        return Err(RefusedWhy::Author);
    }
    act.check().map_err(|_| RefusedWhy::Harm)
}

/// Acts of one person that a device is owed: `since` a number, without its own; or all of them (`None`), with its own.
pub fn owed(
    tx: &Transaction<'_>,
    row: i64,
    person: PersonId,
    since: Option<Seq>,
    device: &ChainId,
) -> rusqlite::Result<Option<IncomingActs>> {
    let but = since.is_some().then_some(device);
    let stored = rows::after(tx, row, since.map_or(0, |seq| seq.0), but)?;
    let Some(through) = stored.last().map(|act| Seq(act.seq)) else { return Ok(None) };
    let acts = stored.into_iter().map(|act| act.signed).collect();
    Ok(Some(IncomingActs { person, through, acts }))
}

#[cfg(test)]
mod visits_tests;
