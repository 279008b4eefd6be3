//! The unlosable outbox: what every commit left to be sent, sealed to the hub and appended to a file beside the vault, after the commit and
//! before anybody is told that it is done. A forgotten PIN, a wiped or damaged vault, an ended licence or a new enrolment in the same
//! folder leave it where it is; whoever has the device, or a copy of the files, can bring them to the hub, and nobody else can read them.
//!
//! ```text
//! outbox/<random name>.outbox   one session's work (sync::outbox); the vault itself cannot open it again
//! ```
//!
//! Photographs are in segments of their own, which go after all others. What is being written and is nobody's record yet, every draft as it now stands, is
//! in one that is replaced whole when any of them changes, and goes only against the hub's receipt for it (decision 0059); the pictures of forms are in pieces,
//! after everything else, each piece once ([`crate::marks`]). Frames with work (a choice, a change of a plan) are synced to the
//! disk before the screen hears of them. Frames with nothing but audit
//! are written without waiting: the vault's own commit, a moment before, waited (decision 0035 has the measurement). What was committed
//! and not sealed, because the app was killed between the two, is sealed when the vault is opened next. A segment goes when the hub's
//! signed word covers everything in it: here the end of a round that left nothing unsent, in [`crate::parcels`] a receipt for the file.

use crate::door::Told;
use crate::fault::VaultFault;
use crate::marks::Marks;
use crate::{bags, drafts, ledger, parcels, plans, post, visits};
use ed25519_dalek::{SigningKey, VerifyingKey};
use record::audit::{Entry, Link};
use record::{ChainId, PersonId, Stamp};
use rusqlite::Connection;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use sync::drafts::{
    DraftSaid, DraftWaits, LONGEST_FIELDS, PicturePiece, owner_of_drafts, owner_of_picture, picture_of,
};
use sync::outbox::{Frame, Segment, Work, owner_of};
use sync::witness::BatchMark;
use zeroize::Zeroizing;

/// A segment this long (bytes) is followed by another.
const LONG: u64 = 2 << 20;
/// A frame has so much work, or so many entries (bytes), before another is begun: what a device did in a month without the hub is not one frame.
const MUCH: usize = 1 << 20;
/// The place of a photograph, and of drafts: of no entry. And of work that is not the last of its commit's.
const PHOTO: u64 = 0;

pub(crate) struct Outbox {
    folder: PathBuf,
    hub: VerifyingKey,
    chain: ChainId,
    author: SigningKey,
    /// Random bytes of this session; each segment takes its own from them.
    chance: Zeroizing<[u8; 32]>,
    current: Option<Current>,
    /// Committed, and not written here yet: a write that failed.
    pending: Vec<(u64, Frame)>,
    photos: Vec<Work>,
    /// Pictures of forms, in pieces: each piece in a segment of its own.
    pictures: Vec<PicturePiece>,
    /// Pictures that are in no form any more, or are sealed anew, by owner: what lies sealed of them is looked for.
    thrown: Vec<[u8; 8]>,
    /// What is sealed of those that stand.
    marks: Marks,
    /// What was found of them: each goes once nothing of its picture is left to be sealed.
    replaced: Vec<([u8; 8], PathBuf)>,
    /// Every draft as it now stands, and those that ended and the hub may not know of; sealed anew when `due`.
    drafts: BTreeMap<(PersonId, String), DraftSaid>,
    drafts_due: bool,
    /// Drafts that came back and have to wait, each with whether it was sealed.
    waits: Vec<(DraftWaits, bool)>,
    /// Where this session sealed them last, and up to which number.
    draft_file: Option<(PathBuf, u64)>,
}

struct Current {
    file: File,
    path: PathBuf,
    segment: Segment,
    length: u64,
}

impl Outbox {
    /// The outbox of the vault in `home`. `fresh`: random bytes, never used before.
    pub(crate) fn of(
        home: &Path,
        hub: VerifyingKey,
        (chain, author): (&ChainId, &SigningKey),
        fresh: [u8; 32],
    ) -> Outbox {
        Outbox {
            folder: parcels::folder(home),
            marks: Marks::of(&parcels::folder(home)),
            hub,
            chain: chain.clone(),
            author: author.clone(),
            chance: Zeroizing::new(fresh),
            current: None,
            pending: Vec::new(),
            photos: Vec::new(),
            pictures: Vec::new(),
            thrown: Vec::new(),
            replaced: Vec::new(),
            drafts: BTreeMap::new(),
            drafts_due: false,
            waits: Vec::new(),
            draft_file: None,
        }
    }

    /// Takes over what a session before this one committed and did not seal. Nothing is written yet: the next frame comes after it.
    pub(crate) fn catch_up(&mut self, conn: &Connection, told: &Told, count: u64) -> Result<(), VaultFault> {
        let (all, through) = drafts::all(conn)?;
        let mut pictures = BTreeSet::new();
        for said in all {
            self.drafts_due |= said.number as i64 > through;
            if !said.fields.is_empty() && picture_of(&said.form).is_some() {
                let owner = owner_of_picture(&self.chain, said.person, &said.form);
                pictures.insert(owner);
                if self.marks.lack(owner, said.number) {
                    self.queue_lacking(owner, drafts::pieces(conn, &said)?);
                }
            }
            self.drafts.insert((said.person, said.form.clone()), said);
        }
        self.marks.keep(&pictures);
        let own = owner_of(&self.chain);
        let found = parcels::list(&self.folder)?;
        let sealed = found.iter().filter(|p| p.owner == own).map(|p| p.through).max();
        let work = work_of(conn)?;
        // At no place: photographs, or the beginning of what was not sealed whole.
        let lost = sealed.unwrap_or(PHOTO) == PHOTO && !work.is_empty();
        if sealed.unwrap_or(0).max(told.receipted) >= count && !lost {
            return Ok(());
        }
        let entries = ledger::after(conn, told.receipted, u32::MAX)?;
        self.queue(count, entries, work);
        Ok(())
    }

    /// Seals what one commit left to be sent. Called after the commit; until it returns nobody has been told of it. What is being written and cannot be
    /// sealed is the fault of the question that put it there alone: a disk with no room for a picture still has room for what is done.
    pub(crate) fn put(
        &mut self,
        place: u64,
        entries: Vec<Vec<u8>>,
        work: Vec<Work>,
        now: Stamp,
    ) -> Result<(), VaultFault> {
        let waits = !self.pending.is_empty() || !self.photos.is_empty() || !self.pictures.is_empty() || self.drafts_due;
        if entries.is_empty() && work.is_empty() && !waits {
            return Ok(());
        }
        let is_draft = |work: &Work| matches!(work, Work::Draft(_) | Work::Waits(_) | Work::Picture(_));
        let drafting = !work.is_empty() && work.iter().all(is_draft);
        let picturing = drafting && work.iter().any(|work| matches!(work, Work::Picture(_)));
        self.queue(place, entries, work);
        self.write(now)?;
        // Words before pictures: one that finds no room must not cost a word.
        let words = if self.drafts_due { self.write_drafts(now) } else { Ok(()) };
        let pictures = self.write_pictures(now);
        match (drafting, picturing) {
            (true, true) => words.and(pictures),
            (true, false) => words,
            (false, _) => Ok(()),
        }
    }

    fn queue(&mut self, place: u64, entries: Vec<Vec<u8>>, work: Vec<Work>) {
        let mut done = Vec::new();
        for work in work {
            match work {
                Work::Photo { .. } => self.photos.push(work),
                Work::Picture(piece) => self.queue_piece(piece),
                Work::Draft(said) => {
                    if said.fields.is_empty() && picture_of(&said.form).is_some() {
                        self.pictures.retain(|piece| (piece.person, &piece.name) != (said.person, &said.form));
                        let owner = owner_of_picture(&self.chain, said.person, &said.form);
                        self.marks.forget(owner);
                        self.thrown.push(owner);
                    }
                    if said.fields.is_empty() {
                        // The form is free: the hub is to say again what waited for it.
                        self.waits.retain(|(w, _)| w.person != said.person || base(&w.form) != base(&said.form));
                    }
                    self.drafts.insert((said.person, said.form.clone()), said);
                    self.drafts_due = true;
                }
                // Said once more than it was heard: the hub did not know of it, or a day has passed.
                Work::Waits(waits) => {
                    self.waits.retain(|(other, _)| (other.person, &other.form) != (waits.person, &waits.form));
                    self.waits.push((waits, false));
                    self.drafts_due = true;
                }
                other => done.push(other),
            }
        }
        if entries.is_empty() && done.is_empty() {
            return;
        }
        let (mut left, mut entries) = (entries.len() as u64, parts(entries, Vec::len));
        let mut done = parts(done, weight);
        let last = (entries.pop().unwrap_or_default(), done.pop().unwrap_or_default());
        for part in entries {
            left -= part.len() as u64;
            self.pending.push((place.saturating_sub(left), self.framed(part, Vec::new())));
        }
        // The place is said with the last part alone: killed before it, all is sealed anew.
        for part in done {
            self.pending.push((PHOTO, self.framed(Vec::new(), part)));
        }
        self.pending.push((place, self.framed(last.0, last.1)));
    }

    fn write(&mut self, now: Stamp) -> Result<(), VaultFault> {
        // Photographs first: what says that a commit is sealed (its place, which only text has) must not be there before all of it is.
        while let Some(photo) = self.photos.pop() {
            let frame = Frame { work: vec![photo], ..Frame::default() };
            if let Err(fault) = self.write_alone(&frame, owner_of(&self.chain), now) {
                self.photos.extend(frame.work);
                return Err(fault);
            }
        }
        if self.pending.is_empty() { Ok(()) } else { self.write_frames(now) }
    }

    /// One frame, in a segment of its own, on the disk when this returns.
    fn write_alone(&mut self, frame: &Frame, owner: [u8; 8], now: Stamp) -> Result<Current, VaultFault> {
        let mut current = self.begin(now, owner)?;
        let bytes = current.segment.frame(PHOTO, frame)?;
        if let Err(fault) = current.file.write_all(&bytes).and_then(|()| current.file.sync_data()) {
            // It is tried again in another: half a picture must not take the room that is left.
            let _ = fs::remove_file(&current.path);
            return Err(fault.into());
        }
        Ok(current)
    }

    /// What may lie sealed of the same picture goes once this is: nobody knows whether it is all of it.
    fn queue_piece(&mut self, piece: PicturePiece) {
        if piece.from == 0 {
            let owner = piece.owner(&self.chain);
            self.marks.forget(owner);
            self.thrown.push(owner);
        }
        self.pictures.push(piece);
    }

    /// Those of a picture's pieces that are not sealed, or are not known to be: all of them, where the picture was never sealed whole.
    fn queue_lacking(&mut self, owner: [u8; 8], mut pieces: Vec<PicturePiece>) {
        if pieces.iter().all(|piece| self.marks.lacks(owner, piece)) {
            return pieces.into_iter().for_each(|piece| self.queue_piece(piece));
        }
        pieces.retain(|piece| self.marks.lacks(owner, piece));
        self.pictures.extend(pieces);
    }

    /// Lets go of what lies sealed of pictures that were thrown away or signed; seals every piece that is not; and lets go of what is sealed anew only then:
    /// killed in between, with the device never opened again, all of it lies there still.
    fn write_pictures(&mut self, now: Stamp) -> Result<(), VaultFault> {
        if !self.thrown.is_empty() {
            let lying = parcels::list(&self.folder)?.into_iter().filter(|p| self.thrown.contains(&p.owner));
            self.replaced.extend(lying.map(|parcel| (parcel.owner, parcel.path)));
            self.thrown.clear();
            self.let_replaced_go();
        }
        while let Some(piece) = self.pictures.pop() {
            let frame = Frame { work: vec![Work::Picture(piece.clone())], ..Frame::default() };
            let owner = piece.owner(&self.chain);
            match self.write_alone(&frame, owner, now) {
                Ok(current) => self.marks.sealed(owner, &piece, current.segment.id),
                Err(fault) => {
                    self.pictures.push(piece);
                    return Err(fault);
                }
            }
        }
        self.let_replaced_go();
        Ok(())
    }

    fn let_replaced_go(&mut self) {
        let due: BTreeSet<[u8; 8]> = self.pictures.iter().map(|piece| piece.owner(&self.chain)).collect();
        for (_, path) in self.replaced.extract_if(.., |(owner, _)| !due.contains(owner)) {
            // One that cannot be removed is sent, and changes nothing.
            let _ = fs::remove_file(path);
        }
    }

    /// Seals all drafts in one new segment, and only then lets the one before go: who has both takes the later.
    fn write_drafts(&mut self, now: Stamp) -> Result<(), VaultFault> {
        let own = owner_of_drafts(&self.chain);
        let before = match &self.draft_file {
            Some((path, through)) => {
                if !path.exists() {
                    // It went against the hub's receipt: what had ended by then need not be said again.
                    self.drafts.retain(|_, said| !said.fields.is_empty() || said.number > *through);
                    self.waits.retain(|(_, sealed)| !sealed);
                }
                vec![path.clone()]
            }
            None => {
                let found = parcels::list(&self.folder)?.into_iter();
                found.filter(|parcel| parcel.owner == own).map(|parcel| parcel.path).collect()
            }
        };
        // One longer than the hub takes stays in the vault: it would hold up the others.
        let said = || self.drafts.values().filter(|said| said.fields.len() <= LONGEST_FIELDS);
        let waits = self.waits.iter().map(|(waits, _)| Work::Waits(waits.clone()));
        // What waits is said first: a form that ended since frees it.
        let frame = Frame { work: waits.chain(said().cloned().map(Work::Draft)).collect(), ..Frame::default() };
        let through = said().map(|said| said.number).max().unwrap_or(0);
        let current = self.write_alone(&frame, own, now)?;
        self.waits.iter_mut().for_each(|(_, sealed)| *sealed = true);
        for path in before {
            // One that cannot be removed is sent again, and is older than this one.
            let _ = fs::remove_file(path);
        }
        (self.draft_file, self.drafts_due) = (Some((current.path, through)), false);
        Ok(())
    }

    fn write_frames(&mut self, now: Stamp) -> Result<(), VaultFault> {
        while !self.pending.is_empty() {
            self.write_segment(now)?;
        }
        Ok(())
    }

    /// As much of what waits as a segment takes.
    fn write_segment(&mut self, now: Stamp) -> Result<(), VaultFault> {
        if self.current.as_ref().is_some_and(|current| current.length > LONG) {
            self.current = None;
        }
        if self.current.is_none() {
            self.current = Some(self.begin(now, owner_of(&self.chain))?);
        }
        let Some(current) = &mut self.current else { return Ok(()) };
        let (mut bytes, mut count) = (Vec::new(), 0);
        for (place, frame) in &self.pending {
            bytes.extend(current.segment.frame(*place, frame)?);
            count += 1;
            if current.length + bytes.len() as u64 > LONG {
                break;
            }
        }
        let durable = self.pending[..count].iter().any(|(_, frame)| !frame.work.is_empty());
        let written =
            current.file.write_all(&bytes).and_then(|()| if durable { current.file.sync_data() } else { Ok(()) });
        match written {
            Ok(()) => {
                current.length += bytes.len() as u64;
                self.pending.drain(..count);
                Ok(())
            }
            Err(fault) => {
                // What is half there is cut by whoever reads it; what waits goes into a segment of its own.
                self.current = None;
                Err(fault.into())
            }
        }
    }

    fn begin(&mut self, now: Stamp, owner: [u8; 8]) -> Result<Current, VaultFault> {
        let part = |what: &[u8], chance: &[u8; 32]| -> [u8; 32] {
            Sha256::new().chain_update(what).chain_update(chance).finalize().into()
        };
        let fresh = Zeroizing::new(part(b"segment", &self.chance));
        self.chance = Zeroizing::new(part(b"next", &self.chance));
        let whose = (&self.chain, &self.author);
        let (segment, head) = Segment::begin_as(owner, (&fresh, &self.hub), whose, now)?;
        fs::create_dir_all(&self.folder)?;
        let path = parcels::path_of(&self.folder, segment.id);
        let mut file = File::options().write(true).create_new(true).open(&path)?;
        // The name is there before anything is said to be.
        if let Err(fault) = file.write_all(&head).and_then(|()| parcels::sync_folder(&self.folder)) {
            let _ = fs::remove_file(&path);
            return Err(fault.into());
        }
        Ok(Current { file, path, segment, length: head.len() as u64 })
    }

    /// With work beside them, entries are signed for themselves: the hub can prove authorship when the segment is long gone.
    fn framed(&self, entries: Vec<Vec<u8>>, work: Vec<Work>) -> Frame {
        let last = if work.is_empty() { None } else { entries.last() };
        let mark = last.and_then(|bytes| {
            let entry = Entry::from_bytes(bytes).ok()?;
            Some(BatchMark::sign(&self.chain, (entry.epoch, entry.seq), Link::of(bytes), &self.author))
        });
        Frame { entries, mark, work }
    }

    /// The hub holds everything through this place, and no work waits: segments that hold nothing later go. A file that cannot be
    /// removed is sent again, and taken once.
    pub(crate) fn held(&mut self, receipted: u64) {
        if !self.pending.is_empty() || !self.photos.is_empty() {
            return;
        }
        let own = owner_of(&self.chain);
        for parcel in parcels::list(&self.folder).unwrap_or_default() {
            if parcel.owner == own && parcel.through <= receipted {
                if self.current.as_ref().is_some_and(|current| current.path == parcel.path) {
                    self.current = None;
                }
                let _ = fs::remove_file(&parcel.path);
            }
        }
    }
}

/// In parts of about [`MUCH`] bytes, in order; nothing is no part.
fn parts<T>(all: Vec<T>, bytes: impl Fn(&T) -> usize) -> Vec<Vec<T>> {
    let mut parts: Vec<Vec<T>> = Vec::new();
    let mut size = 0;
    for one in all {
        let more = bytes(&one);
        size += more;
        match parts.last_mut().filter(|_| size <= MUCH) {
            Some(part) => part.push(one),
            None => {
                size = more;
                parts.push(vec![one]);
            }
        }
    }
    parts
}

/// About how many bytes of a frame this takes.
fn weight(work: &Work) -> usize {
    match work {
        Work::Plan { change, .. } => change.len(),
        Work::Act(act) => act.bytes.len(),
        Work::Form(form) => form.bytes.len(),
        Work::Bag((note, _)) => note.len(),
        _ => 1_000,
    }
}

/// The form that words or a picture stand in.
fn base(form: &str) -> &str {
    picture_of(form).map_or(form, |(_, of)| of)
}

/// All work that waits in the vault, in the order in which it must be believed.
fn work_of(conn: &Connection) -> Result<Vec<Work>, VaultFault> {
    let choices = post::choices(conn)?.into_iter().map(|choice| Work::Choice(Box::new(choice)));
    let claims = post::claims(conn)?.into_iter().map(Work::Claim);
    let forms = post::all_forms(conn)?.into_iter().map(Work::Form);
    let changes = plans::changes(conn)?.into_iter().map(|(person, change)| Work::Plan { person, change });
    let acts = visits::every(conn)?.into_iter().map(Work::Act);
    let notes = bags::carry::outgoing(conn, usize::MAX)?.0.into_iter().map(Work::Bag);
    let photos = visits::photos::every(conn)?;
    Ok(choices.chain(claims).chain(changes).chain(acts).chain(notes).chain(forms).chain(photos).collect())
}

#[cfg(test)]
#[path = "outbox_tests.rs"]
mod tests;
