//! What a person rules of something parked: whom a patient in doubt is, whether a source's wish to delete is followed, or that it is left out. What is
//! taken in by it takes the ordinary road (`admit`, `waiting`), so that devices hear of it by the ordinary feed; the row itself stays, with who, when
//! and why. Each ruling is an entry of the hub's own chain in the transaction that does it. Not here: what is shown before (`look`).

use super::ParkReason;
use super::admit::{Admit, Desk, Feed, settle_waiting, unit, unpack};
use super::fhir::{self, Piece};
use super::identify;
use super::owner;
use super::report::{IntakeFault, SourceSpec};
use super::resolve::{About, Neighbours};
use crate::store::parked::{self, Parked, Ruling};
use crate::store::{Store, StoreFault, audit, people, resources};
use record::audit::{Event, HubAct, ParkedDeed};
use record::{PersonId, StaffId, Stamp};
use rusqlite::Transaction;
use thiserror::Error;

/// What is ruled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is about this person, one of those whom it may mean.
    SamePerson(PersonId),
    /// It is about none of them: somebody new.
    AnotherPerson,
    /// As its source asks: it goes out of the record, and every version stays here.
    Delete,
    /// It stays in the record, whatever its source asks.
    Keep,
    /// It is left out of every record. Of a patient in doubt the doubt stays, and what waits is left out too.
    SetAside,
}

impl Verdict {
    /// The stable code: stored and printed, never renamed.
    pub const fn code(self) -> &'static str {
        match self {
            Verdict::SamePerson(_) => "SAME_PERSON",
            Verdict::AnotherPerson => "ANOTHER_PERSON",
            Verdict::Delete => "DELETED",
            Verdict::Keep => "KEPT",
            Verdict::SetAside => parked::SET_ASIDE,
        }
    }

    const fn deed(self) -> ParkedDeed {
        match self {
            Verdict::SamePerson(_) => ParkedDeed::SamePerson,
            Verdict::AnotherPerson => ParkedDeed::AnotherPerson,
            Verdict::Delete => ParkedDeed::Deleted,
            Verdict::Keep => ParkedDeed::Kept,
            Verdict::SetAside => ParkedDeed::SetAside,
        }
    }
}

/// Whose ruling it is.
#[derive(Debug, Clone, Copy)]
pub struct Hand<'a> {
    pub by: &'a StaffId,
    pub why: &'a str,
    pub now: Stamp,
}

/// What a ruling came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settled {
    /// It had been ruled so before, and nothing was changed.
    pub before: Option<Ruling>,
    /// Whom it is about.
    pub person: Option<PersonId>,
    /// Nobody knew them before.
    pub is_new: bool,
    /// What had waited and is in their record now, or, set aside, was set aside with it.
    pub with_it: u64,
}

/// Why nothing was settled. Log-safe.
#[derive(Debug, Error)]
pub enum SettleFault {
    #[error(transparent)]
    Store(#[from] StoreFault),
    #[error(transparent)]
    Intake(#[from] IntakeFault),
    #[error("the hub's database could not be read or written")]
    Sql(#[from] rusqlite::Error),
    #[error("nothing is parked under that number: it may have been taken in since (`parked` lists what is open)")]
    Unknown,
    #[error("it was settled otherwise, by {by} on {at}: {verdict}. Nothing was changed")]
    Otherwise { by: String, at: String, verdict: String },
    #[error("that does not settle what is parked for {reason}: `parked show` says what does")]
    NotThat { reason: String },
    #[error("a newer version of the same patient is parked as {newer}: settle that one")]
    Newer { newer: i64 },
    #[error("that person is not one of those whom it may be about: `parked show` names them")]
    NotMeant,
    #[error("it would still be in doubt whom it is about; nothing was changed")]
    StillInDoubt,
    #[error("what was parked cannot be read back")]
    Unreadable,
    #[error("nothing of that name is in a record, so there is nothing to delete: --keep settles it")]
    NotHeld,
    #[error("it is about nobody, and records refer to it: --keep settles it")]
    Shared,
    #[error("a choice is not deleted but changed: `consent set`, then --keep")]
    Choice,
    #[error("it is all that says who this person is; take them off their caseloads instead, then --keep")]
    OnlyPatient,
}

/// Settles what is parked as `id`. Said twice, it is done once.
pub fn settle(
    store: &mut Store,
    id: i64,
    verdict: Verdict,
    hand: &Hand<'_>,
    fresh_id: &mut dyn FnMut() -> PersonId,
) -> Result<Settled, SettleFault> {
    let mut done = with_admit(store, id, fresh_id, |admit, row| ruled(admit, row, verdict, hand))?;
    if matches!(verdict, Verdict::SamePerson(_) | Verdict::AnotherPerson) {
        // What waited is taken in as at the end of every import, which would go on with it if this were cut here.
        let row = store.read(|tx| parked::get(tx, id))?.ok_or(SettleFault::Unknown)?;
        let source = store.read(|tx| source_of(tx, &row))?;
        let mut feed = Feed::new(store, source, row.at, fresh_id)?;
        done.with_it = settle_waiting(store, &mut Desk::new()?, &mut feed)?.unparked;
    }
    Ok(done)
}

/// One unit of work over a parked row, in the feed it came by and at the time it came. Nothing of it stands if `work` fails.
pub(super) fn with_admit<T>(
    store: &mut Store,
    id: i64,
    fresh_id: &mut dyn FnMut() -> PersonId,
    work: impl FnOnce(&mut Admit<'_, '_>, &Parked) -> Result<T, SettleFault>,
) -> Result<T, SettleFault> {
    let row = store.read(|tx| parked::get(tx, id))?.ok_or(SettleFault::Unknown)?;
    let source = store.read(|tx| source_of(tx, &row))?;
    let mut feed = Feed::new(store, source, row.at, fresh_id)?;
    let mut done = Err(SettleFault::Unknown);
    let unit = unit(store, &mut Desk::new()?, &mut feed, |admit| {
        // Read again: somebody else may have settled it meanwhile.
        done = match parked::get(admit.tx, id)? {
            Some(row) => work(admit, &row),
            None => Err(SettleFault::Unknown),
        };
        if done.is_ok() { Ok(()) } else { Err(rusqlite::Error::QueryReturnedNoRows) }
    });
    match (unit, done) {
        (_, Err(SettleFault::Sql(fault))) => Err(StoreFault::of(fault).into()),
        (_, Err(fault)) => Err(fault),
        (Err(fault), Ok(_)) => Err(fault.into()),
        (Ok(_), Ok(done)) => Ok(done),
    }
}

/// The feed it came by; one that cannot be read does not say, and does not need to.
fn source_of(tx: &Transaction<'_>, row: &Parked) -> rusqlite::Result<SourceSpec> {
    let via = match row.via {
        Some(via) => Some(via),
        None => to_delete(tx, row)?.map(|(via, _, _)| via),
    };
    let all = people::sources(tx)?;
    // Of what could not be read any will do: nothing of it is taken in.
    let source = all.into_iter().find(|source| via.is_none_or(|via| via == i64::from(source.id.0)));
    Ok(source.map_or_else(SourceSpec::default, |s| SourceSpec { organisation: s.organisation, setting: s.setting }))
}

fn ruled(admit: &mut Admit<'_, '_>, row: &Parked, verdict: Verdict, hand: &Hand<'_>) -> Result<Settled, SettleFault> {
    let mut why = hand.why.to_owned();
    if let Some(before) = row.settled.clone() {
        let (same, person) = match verdict {
            Verdict::SamePerson(person) => (who_it_is(admit, row)? == Some(person), Some(person)),
            Verdict::AnotherPerson => (true, who_it_is(admit, row)?),
            _ => (true, None),
        };
        if same && before.verdict.starts_with(verdict.code()) {
            return Ok(Settled { before: Some(before), person, ..Settled::default() });
        }
        let Ruling { by, at, verdict: was, why: reason } = before;
        if was != parked::SET_ASIDE {
            return Err(SettleFault::Otherwise { by, at: at.display(), verdict: was });
        }
        // What was only set aside can still be ruled, with what was set aside with it. That it was stays in the words.
        parked::reopen(admit.tx, row, at)?;
        why = format!("{why} (before: {was} by {by} on {}: {reason})", at.display());
    }
    let not_that = || SettleFault::NotThat { reason: row.reason.clone() };
    let ruling = Ruling { at: hand.now, by: hand.by.to_string(), verdict: verdict.code().to_owned(), why: why.clone() };
    // First, so that what is admitted below does not take the row away.
    parked::settle(admit.tx, row.id, &ruling)?;
    let mut done = Settled::default();
    let mut touched = Vec::new();
    match verdict {
        Verdict::SetAside => {
            if is_patient_in_doubt(row)
                && let Some(key) = row.key()
            {
                for waits in parked::waiting_for(admit.tx, key.via, key.rid)? {
                    parked::settle(admit.tx, waits, &ruling)?;
                    done.with_it += 1;
                }
            }
        }
        Verdict::Delete | Verdict::Keep if row.reason != ParkReason::DeleteAsked.code() => return Err(not_that()),
        Verdict::Keep => touched.extend(held_to_delete(admit.tx, row)?.and_then(|known| known.person)),
        Verdict::Delete => touched.push(take_away(admit, row)?),
        Verdict::SamePerson(_) | Verdict::AnotherPerson if is_patient_in_doubt(row) => {
            let (person, others) = patient(admit, row, verdict)?;
            done.is_new = verdict == Verdict::AnotherPerson;
            done.person = people::person_id(admit.tx, person)?;
            touched.push(person);
            touched.extend(others);
        }
        Verdict::SamePerson(person) => {
            let (before, now) = between(admit, row)?.ok_or_else(not_that)?;
            let chosen = people::person_row(admit.tx, person)?.ok_or(SettleFault::NotMeant)?;
            if chosen != before && now != Some(chosen) {
                return Err(SettleFault::NotMeant);
            }
            admitted(admit, row, chosen)?;
            done.person = Some(person);
            touched.extend([Some(chosen), Some(before), now].into_iter().flatten());
        }
        Verdict::AnotherPerson => return Err(not_that()),
    }
    let act =
        HubAct::Parked { deed: verdict.deed(), parked: row.id.unsigned_abs(), people: ids(admit.tx, &touched)?, why };
    audit::act(admit.tx, hand.by, Event::Hub(act), hand.now)?;
    Ok(done)
}

/// The people in these rows, each once.
pub(super) fn ids(tx: &Transaction<'_>, rows: &[i64]) -> rusqlite::Result<Vec<PersonId>> {
    let mut seen: Vec<PersonId> = Vec::new();
    for row in rows {
        seen.extend(people::person_id(tx, *row)?.filter(|id| !seen.contains(id)));
    }
    Ok(seen)
}

/// A patient resource of which no machine may say whom it means.
pub(super) fn is_patient_in_doubt(row: &Parked) -> bool {
    let doubts = [ParkReason::WrongNumber, ParkReason::IdentityChanged, ParkReason::NeedsReview];
    row.kind.as_deref() == Some("Patient") && row.waits.is_none() && doubts.iter().any(|d| d.code() == row.reason)
}

/// The resource that was parked, as it stands in `text`.
pub(super) fn piece_of<'a>(pieces: &'a [Piece<'a>], row: &Parked) -> Option<Piece<'a>> {
    let piece = pieces.first()?;
    let head = fhir::head::object(piece.raw).unwrap_or_default();
    // Its id may have come from the Bundle it stood in.
    Some(Piece { rid: row.rid.clone()?, head, full_url: None, ..*piece })
}

/// The text of what was parked.
pub(super) fn text_of(tx: &Transaction<'_>, row: &Parked) -> rusqlite::Result<Option<String>> {
    Ok(parked::body(tx, row.id)?.and_then(|body| unpack(&body)))
}

/// Whom a patient resource means by now.
fn who_it_is(admit: &Admit<'_, '_>, row: &Parked) -> rusqlite::Result<Option<PersonId>> {
    let Some(key) = row.key() else { return Ok(None) };
    let person = match key.kind {
        "Patient" => people::linked(admit.tx, key.via, key.rid)?.map(|(person, _)| person),
        _ => resources::find(admit.tx, key)?.and_then(|known| known.person),
    };
    person.map_or(Ok(None), |person| people::person_id(admit.tx, person))
}

/// Says whom a patient resource means, and takes it in. Gives them, and those whom it does not mean.
fn patient(admit: &mut Admit<'_, '_>, row: &Parked, verdict: Verdict) -> Result<(i64, Vec<i64>), SettleFault> {
    let key = row.key().ok_or(SettleFault::Unreadable)?;
    if let Some(newer) = parked::open_of(admit.tx, key)?.last().map(|newest| newest.id).filter(|id| *id > row.id) {
        return Err(SettleFault::Newer { newer });
    }
    let text = text_of(admit.tx, row)?.ok_or(SettleFault::Unreadable)?;
    let split = fhir::split(&text);
    let piece = piece_of(&split.pieces, row).ok_or(SettleFault::Unreadable)?;
    let place = (key.via, key.rid);
    let weighed = identify::weigh(admit.tx, place, &piece.head)?;
    let mut meant: Vec<i64> = weighed.candidates.iter().map(|candidate| candidate.person).collect();
    meant.sort_unstable();
    meant.dedup();
    let person = match verdict {
        Verdict::SamePerson(person) => {
            let found = people::person_row(admit.tx, person)?;
            found.filter(|row| meant.contains(row)).ok_or(SettleFault::NotMeant)?
        }
        _ => people::new_person(admit.tx, (admit.fresh_id)())?,
    };
    let linked = people::linked(admit.tx, key.via, key.rid)?.map(|(linked, _)| linked);
    meant.retain(|other| *other != person);
    for other in &meant {
        parked::rule_out(admit.tx, place, *other, &weighed.said, linked == Some(*other))?;
    }
    if let Some(known) = resources::find(admit.tx, key)?.filter(|known| known.person.is_some_and(|of| of != person)) {
        // What it said while it meant them stays theirs, under a name that no feed can send.
        resources::set_apart(admit.tx, &mut admit.told, &known, &resources::apart(key.rid, known.id))?;
    }
    people::relink(admit.tx, place, person, &weighed.said, admit.now)?;
    admit.any_changed_hands = true;
    // From here on by the ordinary road, which must agree.
    if admit.identify_patient(key.rid, &piece.head, false)? != About::Person(person) {
        return Err(SettleFault::StillInDoubt);
    }
    take_in(admit, &piece, person)?;
    Ok((person, meant))
}

fn take_in(admit: &mut Admit<'_, '_>, piece: &Piece<'_>, person: i64) -> Result<(), SettleFault> {
    let owner = owner::owner(admit, &Neighbours::new(&[]), piece, &mut [])?;
    Ok(admit.keep(piece, Some(person), &owner)?)
}

/// Takes in what is about somebody by ruling.
fn admitted(admit: &mut Admit<'_, '_>, row: &Parked, person: i64) -> Result<(), SettleFault> {
    let text = text_of(admit.tx, row)?.ok_or(SettleFault::Unreadable)?;
    let split = fhir::split(&text);
    let piece = piece_of(&split.pieces, row).ok_or(SettleFault::Unreadable)?;
    take_in(admit, &piece, person)
}

/// Of something that came again by an id that changed hands: whom it is held about, and whom its reference means by now.
pub(super) fn between(admit: &mut Admit<'_, '_>, row: &Parked) -> Result<Option<(i64, Option<i64>)>, SettleFault> {
    let Some(key) = row.key().filter(|key| key.kind != "Patient" && row.waits.is_none()) else { return Ok(None) };
    if row.reason != ParkReason::IdentityChanged.code() {
        return Ok(None);
    }
    let Some(before) = resources::find(admit.tx, key)?.and_then(|known| known.person) else { return Ok(None) };
    let text = text_of(admit.tx, row)?.ok_or(SettleFault::Unreadable)?;
    let split = fhir::split(&text);
    let pieces: Vec<Piece<'_>> = piece_of(&split.pieces, row).into_iter().collect();
    let now = match admit.about(&Neighbours::new(&pieces), 0, &[None], 0)? {
        About::Person(person) => Some(person),
        _ => None,
    };
    Ok(Some((before, now)))
}

/// What a source asks to delete: the feed, kind and id. An earlier hub did not note by which feed it asked: then it must be plain.
pub(super) fn to_delete(tx: &Transaction<'_>, row: &Parked) -> rusqlite::Result<Option<(i64, String, String)>> {
    if row.reason != ParkReason::DeleteAsked.code() {
        return Ok(None);
    }
    if let Some(key) = row.key() {
        return Ok(Some((key.via, key.kind.to_owned(), key.rid.to_owned())));
    }
    let Some(text) = text_of(tx, row)? else { return Ok(None) };
    let Some((kind, rid)) = fhir::to_delete(&text) else { return Ok(None) };
    Ok(match resources::named(tx, kind, &rid)?.as_slice() {
        [via] => Some((*via, kind.to_owned(), rid)),
        _ => None,
    })
}

/// The resource that a source asks to delete, as far as it is held.
pub(super) fn held_to_delete(tx: &Transaction<'_>, row: &Parked) -> rusqlite::Result<Option<resources::Known>> {
    let Some((via, kind, rid)) = to_delete(tx, row)? else { return Ok(None) };
    resources::find(tx, resources::Key { via, kind: &kind, rid: &rid })
}

/// Takes a resource out of the record it is in, as its source asks. It stays here whole with every version, about nobody; its source brings it back by
/// sending it again.
fn take_away(admit: &mut Admit<'_, '_>, row: &Parked) -> Result<i64, SettleFault> {
    let (_, kind, _) = to_delete(admit.tx, row)?.ok_or(SettleFault::NotHeld)?;
    let known = held_to_delete(admit.tx, row)?.ok_or(SettleFault::NotHeld)?;
    let person = known.person.ok_or(SettleFault::Shared)?;
    if kind == "Consent" {
        return Err(SettleFault::Choice);
    }
    let patients = resources::of_person(admit.tx, person)?.into_iter().filter(|held| held.kind == "Patient").count();
    if kind == "Patient" && patients < 2 {
        return Err(SettleFault::OnlyPatient);
    }
    resources::detach(admit.tx, &mut admit.told, &known)?;
    Ok(person)
}
