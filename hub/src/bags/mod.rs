//! eRed Bags at the hub: taking in the notes that devices put in them, and giving out what each is owed. A note is refused alone, with an
//! alarm; the rest of its batch lands. Whoever carries a note, what counts is who signed it: the hub knows every key.
//!
//! People at the hub's own pages (`crate::ward`) put notes in bags too: the hub signs in their name (decision 0042).
//!
//! Modules bottom-up:
mod moments;

mod hands;

pub mod fhir;

pub mod arrivals;

pub mod prealert;

pub use arrivals::tie;
pub use moments::{files, signatures};

use crate::store::bags::{self as rows, Fresh};
use crate::store::{alarms, caseload, people, photos, plans, trust};
use ed25519_dalek::{SigningKey, VerifyingKey};
use record::bag::{Bag, BagFault, BagId, Note, NoteId, Said};
use record::consent::{Carriage, Relationship};
use record::people::Actor;
use record::plan::Author;
use record::visit::PhotoId;
use record::{ChainId, Stamp};
use rusqlite::Transaction;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use sync::bag::Sheet;
use sync::bag::post::{BagsDown, Posted, RefusedNote, RefusedWhy};
use sync::bag::sheet::at_the_pages;

/// Bytes of notes in one answer; more follow in the next.
const MOST: usize = 2 << 20;

/// What became of a post's notes.
#[derive(Debug, Default)]
pub struct TakenIn {
    pub held: Vec<NoteId>,
    pub refused: Vec<RefusedNote>,
}

/// Takes in notes: each is looked at alone. `carrier`: whose post they came in.
pub fn take_in(
    tx: &Transaction<'_>,
    hub: &VerifyingKey,
    (carrier, notes): (&ChainId, &[Posted]),
    now: Stamp,
) -> rusqlite::Result<TakenIn> {
    let mut done = TakenIn::default();
    for (bytes, signature) in notes {
        let id = NoteId::from_bytes(Sha256::digest(bytes).into());
        match admit(tx, hub, (bytes, *signature), now)? {
            Ok(()) => done.held.push(id),
            Err(why) => {
                rows::refuse(tx, carrier, (id, bytes), why.code(), now)?;
                alarms::raise(tx, (carrier.as_str(), 0, 0), alarms::BAG_REFUSED, now)?;
                done.refused.push(RefusedNote { note: id, why });
            }
        }
    }
    Ok(done)
}

fn admit(
    tx: &Transaction<'_>,
    hub: &VerifyingKey,
    (bytes, signature): (&[u8], [u8; 64]),
    now: Stamp,
) -> rusqlite::Result<Result<(), RefusedWhy>> {
    let Ok(sheet) = Sheet::read(bytes, signature) else { return Ok(Err(RefusedWhy::Unreadable)) };
    let note = &sheet.note;
    if rows::has(tx, note.id)? {
        return Ok(Ok(()));
    }
    let Some(actor) = author(tx, hub, &sheet)? else { return Ok(Err(RefusedWhy::Author)) };
    let caseloads = caseload::caseloads_of(tx, &actor.staff)?;
    let person = match &note.said {
        Said::Opened(header) => people::person_row(tx, header.person)?,
        _ => rows::row(tx, note.bag)?.map(|row| row.person),
    };
    let Some(person) = person else { return Ok(Err(RefusedWhy::Unknown)) };
    let related = plans::ever_related(tx, &caseloads, person)?;
    let in_hand = match &note.said {
        // What the hub signed itself went through its door.
        _ if sheet.is_from_the_pages() => true,
        // Nobody begins a bag, or works on its form, for somebody they have nothing to do with.
        Said::Opened(header) => related && header.home.ods == actor.organisation.ods,
        Said::Put { .. } | Said::Left { .. } => related,
        // Whoever names the last passage has had the bag in hand: its name is the hash of what is in it.
        Said::Passed(passage) => match passage.after {
            Some(after) => rows::is_in(tx, after, note.bag)?,
            None => related,
        },
        Said::Counted(_) | Said::Seen { .. } => related || rows::is_entitled_by_hand(tx, note.bag, &actor.staff)?,
    };
    if !in_hand {
        return Ok(Err(RefusedWhy::Stranger));
    }
    if let Said::Opened(header) = &note.said {
        rows::begin(tx, note.bag, person, &header.home.ods)?;
    }
    let (id, bag, at, travels) = (note.id, note.bag, note.at, note.said.travels());
    let fresh = Fresh { id, bag, chain: &note.chain, staff: &actor.staff, at, travels, bytes, signature: &signature };
    rows::add(tx, &fresh, now)?;
    if matches!(note.said, Said::Passed(_)) {
        prealert::owe(tx, note.bag, now)?;
    }
    if matches!(note.said, Said::Passed(_)) && !related {
        rows::entitle(tx, note.bag, &actor.staff, true)?;
    }
    Ok(Ok(()))
}

/// Who wrote it, if they are as the register has them and their device's key signed it. A device that was ended signs nothing more, but what
/// it signed before is still brought by others.
fn author(tx: &Transaction<'_>, hub: &VerifyingKey, sheet: &Sheet) -> rusqlite::Result<Option<Actor>> {
    let note = &sheet.note;
    if sheet.is_from_the_pages() {
        // A hub that was restored from an older copy hears of its own notes from others.
        let known = caseload::staff(tx, &note.by.staff)?.filter(|_| sheet.is_by_the_hub(hub));
        return Ok(known.map(|(actor, _)| actor));
    }
    let device = note.chain.as_str().split('/').next().unwrap_or_default();
    let Some(enrolment) = trust::device(tx, device)? else { return Ok(None) };
    let key = trust::unpacked(&enrolment.signing_key);
    let theirs = ChainId::of(&enrolment.device, &enrolment.staff) == note.chain
        && enrolment.staff == note.by.staff
        && key.is_some_and(|key| sheet.is_by(&key));
    let Some((actor, _)) = caseload::staff(tx, &enrolment.staff)?.filter(|_| theirs) else { return Ok(None) };
    let same = actor.role == note.by.role && actor.organisation.ods == note.by.ods && actor.name == note.by.name;
    Ok(same.then_some(actor))
}

/// Puts a note in a bag as somebody at the hub's own pages, with the hub's signature. Time moves with each note, as on a device.
pub(crate) fn put(
    tx: &Transaction<'_>,
    key: &SigningKey,
    by: &Actor,
    (bag, said): (BagId, Said),
    now: Stamp,
) -> rusqlite::Result<()> {
    let newest = rows::newest(tx, bag)?.map_or(now, |at| Stamp::from_millis(at.millis() + 1));
    let unsound = |fault: BagFault| rusqlite::Error::ToSqlConversionFailure(Box::new(fault));
    let chain = at_the_pages(&by.staff).ok_or_else(|| unsound(BagFault::Text))?;
    let note = Note { id: NoteId::from_bytes([0; 32]), bag, by: Author::of(by), chain, at: now.max(newest), said };
    let sheet = Sheet::sign(note, key).map_err(unsound)?;
    let (note, bytes, signature) = (&sheet.note, sheet.bytes(), sheet.signature());
    let (id, at, travels) = (note.id, note.at, note.said.travels());
    rows::add(tx, &Fresh { id, bag, chain: &note.chain, staff: &by.staff, at, travels, bytes, signature }, now)?;
    Ok(())
}

/// A bag as the hub holds it.
pub fn bag(tx: &Transaction<'_>, id: BagId) -> rusqlite::Result<Option<Bag>> {
    let read = |(bytes, signature, at): rows::Kept| Some((Sheet::read(&bytes, signature).ok()?.note, at));
    let kept: Vec<(Note, Stamp)> = rows::notes(tx, id)?.into_iter().filter_map(read).collect();
    let times: Vec<(NoteId, Stamp)> = kept.iter().map(|(note, at)| (note.id, *at)).collect();
    let notes: Vec<Note> = kept.into_iter().map(|(note, _)| note).collect();
    Ok(Bag::of(id, &notes).map(|bag| bag.with_hub_times(times)))
}

/// Since when the files are here that a document of the bag holds.
pub fn files_since(tx: &Transaction<'_>, bag: &Bag) -> rusqlite::Result<BTreeMap<PhotoId, Stamp>> {
    let mut times = BTreeMap::new();
    let Some(row) = people::person_row(tx, bag.header.person)? else { return Ok(times) };
    for file in files(bag) {
        let Some(stored) = photos::find(tx, row, file.id)?.filter(|stored| stored.held) else { continue };
        times.extend(photos::since(tx, &stored)?.map(|since| (file.id, since)));
    }
    Ok(times)
}

/// What a device's user is owed.
#[derive(Debug, Default)]
pub struct Due {
    pub down: Option<BagsDown>,
    /// When the hub had each of its notes.
    pub times: Vec<(NoteId, Stamp)>,
    /// Whose bags they have by hand: by the hub's rules from now on, and no longer by what came with the slip.
    pub by_hand: BTreeSet<i64>,
    pub more: bool,
}

/// What a device's user is owed after its place. Only of those whose content may lie open on a device.
pub fn owed(
    tx: &Transaction<'_>,
    (chain, actor, caseloads): (&ChainId, &Actor, &[i64]),
    through: u64,
    now: Stamp,
) -> rusqlite::Result<Due> {
    for caseload in caseloads {
        for (bag, person) in rows::without_right(tx, *caseload, &actor.staff)? {
            if may_lie_open(tx, caseloads, (person, false), now)? {
                rows::entitle(tx, bag, &actor.staff, false)?;
            }
        }
    }
    let (mut down, mut size, mut by_hand) = (BagsDown { through, notes: Vec::new() }, 0, BTreeSet::new());
    let mut times = Vec::new();
    for note in rows::owed(tx, (chain, &actor.staff, &actor.organisation.ods), through)? {
        // What is owed under one number goes in one answer, or the place after it would skip some.
        if size > MOST && note.seq != down.through {
            return Ok(Due { down: Some(down), times, by_hand, more: true });
        }
        down.through = note.seq;
        if note.by_hand && caseload::relationship(tx, caseloads, note.person)?.is_none() {
            by_hand.insert(note.person);
        }
        if may_lie_open(tx, caseloads, (note.person, note.by_hand), now)? {
            size += note.bytes.len();
            times.push((note.id, note.received));
            down.notes.push((note.bytes, note.signature));
        } else if !note.by_hand {
            rows::disentitle(tx, note.bag, &actor.staff)?;
        }
    }
    let any = down.through > through;
    Ok(Due { down: any.then_some(down), times, by_hand, more: false })
}

/// Whether the person's content may lie open on a device of somebody with these caseloads, or who took the bag over.
fn may_lie_open(
    tx: &Transaction<'_>,
    caseloads: &[i64],
    (person, by_hand): (i64, bool),
    now: Stamp,
) -> rusqlite::Result<bool> {
    let relationship = match caseload::relationship(tx, caseloads, person)? {
        None if by_hand => Relationship::Established,
        None => return Ok(false),
        Some(relationship) => relationship,
    };
    Ok(trust::choice(tx, person)?.1.carriage(relationship, now) == Carriage::Open)
}
