//! Today's round: visits that the user's own organisation has booked for today with people on this device, in the order of their times,
//! and how far each has got. A list like the caseload: showing it is recorded, and it holds no more than a list may: name, time, what for,
//! and a word for each thing to know before going in; of somebody whose record would not open, the name and the time.

use super::look::{about, visit_request};
use super::{Booked, VisitAsked, VisitState, keep, visits};
use crate::caseload;
use crate::content::{self, OPEN};
use crate::door::{Door, Errand};
use crate::fault::VaultFault;
use record::audit::Event;
use record::consent::Purpose;
use record::section::{Compartment, Section};
use record::summary::{Body as Said, Fact, Source, Standing};
use record::visit::{Body, Log, booking};
use record::{PersonId, Stamp};
use std::collections::HashMap;
use sync::frame::Folder;

/// The round of the day in London that `now` lies in.
pub(crate) fn round(door: &mut Door, folder: &mut Folder, now: Stamp) -> Result<Vec<Booked>, VaultFault> {
    let (actor, chain) = (door.actor().clone(), door.chain().clone());
    if !visits(actor.role) {
        return Ok(Vec::new());
    }
    let rows = door.glance(|conn| caseload::select(conn, ""))?.into_iter().filter(|row| row.carried && !row.sealed);
    let mut opens = Vec::new();
    for row in rows {
        let asked = VisitAsked { person: row.listing.person, purpose: Purpose::Treat };
        let would = door.would(&visit_request(door, &asked), now)?;
        opens.push((row, would));
    }
    door.errand(now, |errand| {
        let today = errand.now().london_date();
        let mut sources = HashMap::new();
        let mut round = Vec::new();
        for (row, would) in opens {
            let person = row.listing.person;
            let (mut bookings, mut access) = (Vec::new(), Vec::new());
            for fact in facts(errand, folder, person)? {
                if let Said::Item(Section::Alerts, item) = &fact.body
                    && item.standing == Standing::Current
                {
                    access.extend(about(item));
                }
                if booking::is_on(&fact, today) {
                    let from = source(errand, &mut sources, fact.source)?;
                    let own = from.is_some_and(|from| from.organisation.ods == actor.organisation.ods);
                    if let Some(item) = booking::of_round(&fact, own, &actor, today) {
                        bookings.push((fact.key.clone(), Box::new(item.clone())));
                    }
                }
            }
            // Of somebody whose record would not open now, a name and a time: that a visit is booked is the organisation's own to know.
            if !would {
                access.clear();
                for (_, item) in &mut bookings {
                    item.title = "Visit".to_owned();
                }
            }
            access.sort_unstable();
            access.dedup();
            let log = match keep::any(errand.tx(), person)? {
                true => {
                    let (acts, _) = keep::acts(errand.tx(), person, &chain)?;
                    Log::assemble(acts.into_iter().map(|kept| (kept.id, kept.act)))
                }
                false => Log::default(),
            };
            let own = |id| log.entry(id).is_some_and(|entry| entry.act.by.staff == actor.staff);
            // A visit of one's own that nobody booked stays on the round until it is ended.
            for id in log.open_visits.iter().copied().filter(|id| own(*id)) {
                if let Some(Body::Started { booking }) = log.entry(id).map(|entry| &entry.act.body)
                    && booking.is_empty()
                {
                    round.push(Booked {
                        row: row.clone(),
                        key: None,
                        title: "Visit without a booking".to_owned(),
                        from: log.entry(id).map(|entry| record::When::from_stamp(entry.act.at)),
                        until: None,
                        with: None,
                        access: access.clone(),
                        state: VisitState::On { own: true },
                    });
                }
            }
            for (key, item) in bookings {
                round.push(Booked {
                    row: row.clone(),
                    state: state(&log, &key.0, &own),
                    key: Some(key),
                    title: item.title.clone(),
                    from: item.when.clone(),
                    until: item.until.clone(),
                    with: item.author.clone(),
                    access: access.clone(),
                });
            }
        }
        let start = |booked: &Booked| booked.from.as_ref().and_then(|from| from.stamp());
        round.sort_by_key(|booked| (start(booked), booked.row.listing.person));
        errand.log(Event::Round { shown: round.len() as u64 })?;
        Ok(round)
    })
}

fn facts(errand: &Errand<'_>, folder: &mut Folder, person: PersonId) -> Result<Vec<Fact>, VaultFault> {
    let Some((id, OPEN)) = content::carried(errand.tx(), person)? else { return Ok(Vec::new()) };
    let mut facts = Vec::new();
    for compartment in [Compartment::Emergency, Compartment::General] {
        if let Some(frame) = content::get(errand.tx(), id, compartment)? {
            facts.extend(folder.unfold_facts(&frame)?);
        }
    }
    Ok(facts)
}

fn source(
    errand: &Errand<'_>,
    known: &mut HashMap<record::SourceId, Option<Source>>,
    id: record::SourceId,
) -> Result<Option<Source>, VaultFault> {
    if let Some(source) = known.get(&id) {
        return Ok(source.clone());
    }
    let source = caseload::source(errand.tx(), id)?;
    known.insert(id, source.clone());
    Ok(source)
}

/// How far a booked visit has got.
fn state(log: &Log, key: &str, own: &impl Fn(record::visit::ActId) -> bool) -> VisitState {
    let standing = log.entries.iter().filter(|entry| entry.struck.is_none());
    for entry in standing {
        match &entry.act.body {
            Body::Started { booking } if booking == key => {
                return match log.open_visits.contains(&entry.id) {
                    true => VisitState::On { own: own(entry.id) },
                    false => VisitState::Done,
                };
            }
            Body::NotHome { booking, .. } if booking == key => return VisitState::NotHome,
            _ => {}
        }
    }
    VisitState::Waiting
}
