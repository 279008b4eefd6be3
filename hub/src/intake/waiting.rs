//! What waits is tried again: resources about somebody who was not known, and resources whose organisation was not. So the order in
//! which documents arrive does not matter in the end.

use super::admit::{Admit, Desk, Feed, unit, unpack};
use super::fhir::{self, head::Target};
use super::owner::Owner;
use super::report::{IntakeFault, Report};
use super::resolve::{About, Neighbours};
use super::{ParkReason, owner};
use crate::store::{Store, parked, resources};

/// How many rows are looked at in one unit of work.
const STEP: u32 = 1000;
/// What waits may wait for something that waits itself; longer chains are settled by the next import.
const ROUNDS: usize = 4;

/// Tries everything again until nothing more resolves.
pub(super) fn settle(store: &mut Store, desk: &mut Desk, feed: &mut Feed<'_>) -> Result<Report, IntakeFault> {
    let mut report = Report::default();
    for _ in 0..ROUNDS {
        let mut after = 0;
        let mut moved = false;
        while let Some(last) = step(store, desk, feed, after, &mut report, &mut moved, retry_parked)? {
            after = last;
        }
        let mut after = 0;
        while let Some(last) = step(store, desk, feed, after, &mut report, &mut moved, retry_owners)? {
            after = last;
        }
        if !moved {
            break;
        }
    }
    Ok(report)
}

/// What one try over some rows came to: the last row looked at, and whether anything resolved.
type Try = fn(&mut Admit<'_, '_>, i64) -> rusqlite::Result<(Option<i64>, bool)>;

fn step(
    store: &mut Store,
    desk: &mut Desk,
    feed: &mut Feed<'_>,
    after: i64,
    report: &mut Report,
    moved: &mut bool,
    attempt: Try,
) -> Result<Option<i64>, IntakeFault> {
    let mut last = None;
    let done = unit(store, desk, feed, |admit| {
        let (row, any) = attempt(admit, after)?;
        last = row;
        *moved |= any;
        Ok(())
    })?;
    report.add(&done);
    Ok(last)
}

fn retry_parked(admit: &mut Admit<'_, '_>, after: i64) -> rusqlite::Result<(Option<i64>, bool)> {
    let rows = parked::waiting(admit.tx, after, STEP)?;
    let (feed, now) = (admit.via, admit.now);
    let mut moved = false;
    for row in &rows {
        let (Some(key), Some(waits)) = (row.key(), row.waits.as_deref()) else { continue };
        // It was received when it was parked.
        (admit.via, admit.now) = (key.via, row.at);
        let Some(target) = Target::parse(waits) else { continue };
        match admit.held_person(&target)? {
            About::Person(person) => {
                let Some(body) = parked::body(admit.tx, row.id)?.and_then(|b| unpack(&b)) else { continue };
                let split = fhir::split(&body);
                let near = Neighbours::new(&split.pieces);
                let Some(piece) = split.pieces.first() else { continue };
                // Its id may have come from the Bundle it stood in.
                let piece = fhir::Piece {
                    rid: key.rid.to_owned(),
                    head: fhir::head::object(piece.raw).unwrap_or_default(),
                    full_url: None,
                    ..*piece
                };
                if admit.changed_hands(&piece, person)? {
                    let reason = ParkReason::IdentityChanged;
                    let detail = format!("{}: {}", piece.kind, reason.sentence());
                    parked::repark(admit.tx, row.id, reason.code(), &detail, None)?;
                    continue;
                }
                let owner = owner::owner(admit, &near, &piece, &mut [])?;
                parked::unpark(admit.tx, row.id)?;
                admit.keep(&piece, Some(person), &owner)?;
                moved = true;
                admit.settled(row.id, &row.reason);
            }
            About::Waits { reason, .. } if reason.code() != row.reason => {
                let detail = format!("{}: {}", key.kind, reason.sentence());
                parked::repark(admit.tx, row.id, reason.code(), &detail, Some(waits))?;
                if row.id > admit.since
                    && let Some(before) = ParkReason::from_code(&row.reason)
                {
                    *admit.report.settled.entry(before).or_default() += 1;
                    *admit.report.parked.entry(reason).or_default() += 1;
                }
            }
            _ => {}
        }
    }
    (admit.via, admit.now) = (feed, now);
    Ok((rows.last().map(|row| row.id), moved))
}

fn retry_owners(admit: &mut Admit<'_, '_>, after: i64) -> rusqlite::Result<(Option<i64>, bool)> {
    let rows = resources::unowned(admit.tx, after, STEP)?;
    let feed = admit.via;
    let mut moved = false;
    for row in &rows {
        admit.via = row.via;
        let Some(target) = Target::parse(&row.owner) else { continue };
        let found = match &target {
            Target::Local { kind: "Encounter", .. } => admit.encounter_owner(&target)?,
            _ => admit.organisation_source(&target)?,
        };
        let source = match found {
            Owner::Source(source) => source,
            Owner::Feed => row.via,
            Owner::Later(_) => continue,
        };
        resources::set_source(admit.tx, &mut admit.told, row.id, source, row.person)?;
        moved = true;
    }
    admit.via = feed;
    Ok((rows.last().map(|row| row.id), moved))
}

/// Adds what settling did to the report of the import it ends.
pub(super) fn subtract(report: &mut Report, settled: &Report) {
    report.add(settled);
    for (reason, n) in std::mem::take(&mut report.settled) {
        if let Some(count) = report.parked.get_mut(&reason) {
            *count = count.saturating_sub(n);
        }
    }
    report.parked.retain(|_, n| *n > 0);
}
