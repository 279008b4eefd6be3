//! Takes documents in: splits them, finds whom each resource is about and whose it is, keeps it or parks it. A batch of documents is
//! one transaction, and how far a file was read is written in the same one, so that a stop at any instant is continued from.
//!
//! Not here: how documents are found (`read`, `import`), what a reference means (`resolve`, `owner`), who somebody is (`identify`).

use super::consent;
use super::fhir::{self, Piece};
use super::owner::{self, Owner};
use super::read::{self, Document, Origin};
use super::report::{IntakeFault, Report, SourceSpec};
use super::resolve::{About, Neighbours};
use super::{ParkReason, waiting};
use crate::store::{Store, journal, parked, people, resources};
use fhir::head::{Identifier, list, object, text};
use fhir::kinds::Subject;
use record::{PersonId, Stamp};
use rusqlite::Transaction;
use sha2::{Digest, Sha256};
use std::collections::{BTreeSet, HashMap};

/// zstd level for stored bodies: resources are small, a higher level gains little and costs time.
const LEVEL: i32 = 1;
/// The most patients whose row is remembered between documents.
const REMEMBERED: usize = 20_000;

/// What is worth keeping between batches: a compressor and some row numbers. Forgetting it costs time only.
pub struct Desk {
    packer: zstd::bulk::Compressor<'static>,
    packed: Vec<u8>,
    pub(super) sources: HashMap<String, i64>,
    pub(super) patients: HashMap<(i64, String), i64>,
}

impl Desk {
    pub fn new() -> Result<Desk, IntakeFault> {
        let packer = zstd::bulk::Compressor::new(LEVEL).map_err(IntakeFault::Compressor)?;
        Ok(Desk { packer, packed: Vec::new(), sources: HashMap::new(), patients: HashMap::new() })
    }

    pub(super) fn remember_patient(&mut self, via: i64, rid: &str, person: i64) {
        if self.patients.len() >= REMEMBERED {
            self.patients.clear();
        }
        self.patients.insert((via, rid.to_owned()), person);
    }

    fn forget(&mut self) {
        self.sources.clear();
        self.patients.clear();
    }

    /// The bytes as they are stored, in a buffer that is used again.
    fn pack(&mut self, bytes: &[u8]) -> rusqlite::Result<&[u8]> {
        self.packed.clear();
        self.packed.reserve(zstd::zstd_safe::compress_bound(bytes.len()));
        let packed = self.packer.compress_to_buffer(bytes, &mut self.packed);
        packed.map_err(|e| rusqlite::Error::ToSqlConversionFailure(Box::new(e)))?;
        Ok(&self.packed)
    }
}

/// The text of a stored body; `None` where it cannot be read back.
pub fn unpack(body: &[u8]) -> Option<String> {
    unpack_with(&mut zstd::bulk::Decompressor::new().ok()?, body)
}

/// [`unpack`] for many bodies.
pub fn unpack_with(unpacker: &mut zstd::bulk::Decompressor<'_>, body: &[u8]) -> Option<String> {
    let size = zstd::zstd_safe::get_frame_content_size(body).ok().flatten()?;
    let size = usize::try_from(size).ok().filter(|s| *s <= read::DOCUMENT_LIMIT)?;
    String::from_utf8(unpacker.decompress(body, size).ok()?).ok()
}

/// SHA-256 of everything that comes in: by the TLS stack's assembly, twice as fast as portable code where the processor has no
/// instructions of its own for it.
fn digest(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref());
    hash
}

/// Whose feed documents come in by, and the world's part: the time and fresh ids.
pub struct Feed<'a> {
    pub source: SourceSpec,
    pub now: Stamp,
    pub fresh_id: &'a mut dyn FnMut() -> PersonId,
    /// Files may hold earlier versions of what is held; a live feed may go back to one.
    pub replay: bool,
    since: i64,
}

impl<'a> Feed<'a> {
    /// A feed that begins now.
    pub fn new(
        store: &mut Store,
        source: SourceSpec,
        now: Stamp,
        fresh_id: &'a mut dyn FnMut() -> PersonId,
    ) -> Result<Feed<'a>, IntakeFault> {
        let since = store.read(parked::last)?;
        Ok(Feed { source, now, fresh_id, replay: false, since })
    }
}

/// One batch being taken in.
pub struct Admit<'t, 'c> {
    pub(super) tx: &'t Transaction<'c>,
    pub(super) via: i64,
    pub(super) now: Stamp,
    pub(super) fresh_id: &'t mut dyn FnMut() -> PersonId,
    pub(super) desk: &'t mut Desk,
    pub(super) report: Report,
    /// The last row that was parked before this run.
    pub(super) since: i64,
    replay: bool,
    /// Something whole is parked: what refers to a patient must ask whether that patient is.
    pub(super) any_parked: bool,
    /// A person ruled that an id means somebody else than before: what comes again by it may be about whom it meant.
    pub(super) any_changed_hands: bool,
    pub(super) told: journal::Told,
    heard: BTreeSet<i64>,
}

/// Takes one document in (a Bundle or a resource) as one unit of work; for a feed, and for whoever makes documents.
pub fn admit_bundle(store: &mut Store, feed: &mut Feed<'_>, name: &str, json: &str) -> Result<Report, IntakeFault> {
    let origin = Origin { file: name.into(), line: 1, index: 0 };
    admit_batch(
        store,
        &mut Desk::new()?,
        feed,
        &[Document { origin, bytes: json.as_bytes().to_vec(), too_large: false }],
    )
}

/// Takes a batch of documents in as one unit of work. What waits for somebody is tried again by [`settle_waiting`].
pub fn admit_batch(
    store: &mut Store,
    desk: &mut Desk,
    feed: &mut Feed<'_>,
    documents: &[Document],
) -> Result<Report, IntakeFault> {
    batch(store, desk, feed, documents, None)
}

/// Tries again everything that waits for somebody or for an organisation. Called at the end of every import.
pub fn settle_waiting(store: &mut Store, desk: &mut Desk, feed: &mut Feed<'_>) -> Result<Report, IntakeFault> {
    waiting::settle(store, desk, feed)
}

pub(super) fn batch(
    store: &mut Store,
    desk: &mut Desk,
    feed: &mut Feed<'_>,
    documents: &[Document],
    mark: Option<(&[u8; 32], u64, bool)>,
) -> Result<Report, IntakeFault> {
    unit(store, desk, feed, |admit| {
        documents.iter().try_for_each(|document| admit.document(document))?;
        mark.map_or(Ok(()), |(file, read, done)| resources::set_mark(admit.tx, file, read, done))
    })
}

/// One unit of work over an [`Admit`]; gives what it did.
pub(super) fn unit(
    store: &mut Store,
    desk: &mut Desk,
    feed: &mut Feed<'_>,
    work: impl FnOnce(&mut Admit<'_, '_>) -> rusqlite::Result<()>,
) -> Result<Report, IntakeFault> {
    let done = store.write(|tx| {
        let via = people::source(tx, &feed.source.organisation, feed.source.setting, feed.now)?;
        let mut admit = Admit {
            tx,
            via,
            now: feed.now,
            fresh_id: &mut *feed.fresh_id,
            desk: &mut *desk,
            report: Report::default(),
            since: feed.since,
            replay: feed.replay,
            any_parked: parked::any(tx)?,
            any_changed_hands: parked::any_changed_hands(tx)?,
            told: journal::Told::default(),
            heard: BTreeSet::new(),
        };
        work(&mut admit)?;
        for source in &admit.heard {
            people::heard_from(tx, *source, feed.now)?;
        }
        Ok(admit.report)
    });
    if done.is_err() {
        // Rows that were rolled back must not be remembered.
        desk.forget();
    }
    Ok(done?)
}

impl Admit<'_, '_> {
    fn document(&mut self, document: &Document) -> rusqlite::Result<()> {
        self.report.documents += 1;
        self.report.bytes += document.bytes.len() as u64;
        let origin = &document.origin;
        if document.too_large {
            let detail = format!("longer than {} MB; its beginning is kept", read::DOCUMENT_LIMIT >> 20);
            return self.park_bytes(origin, origin.line, ParkReason::TooLarge, &detail, (&document.bytes, None));
        }
        let Ok(text) = std::str::from_utf8(&document.bytes) else {
            return self.park_bytes(origin, origin.line, ParkReason::NotUtf8, "not UTF-8", (&document.bytes, None));
        };
        let split = fhir::split(text);
        for complaint in &split.complaints {
            let line = line_of(origin.line, text, complaint.raw);
            let (reason, detail, bytes) = (complaint.reason, &complaint.detail, complaint.raw.as_bytes());
            let asked = Some(complaint.raw).filter(|_| reason == ParkReason::DeleteAsked).and_then(fhir::to_delete);
            self.park_bytes(origin, line, reason, detail, (bytes, asked))?;
        }
        let near = Neighbours::new(&split.pieces);
        let mut about: Vec<Option<About>> = vec![None; split.pieces.len()];
        for (n, piece) in split.pieces.iter().enumerate() {
            if matches!(piece.about, Subject::Itself) {
                about[n] = Some(self.identify_patient(&piece.rid, &piece.head, false)?);
            }
        }
        let mut compositions =
            (0..).zip(&split.pieces).filter(|(_, piece)| piece.kind == "Composition").map(|(n, _)| n);
        let composition = compositions.next().filter(|_| split.is_document && compositions.next().is_none());
        let mut owners: Vec<Option<Owner>> = vec![None; split.pieces.len()];
        for (n, piece) in split.pieces.iter().enumerate() {
            let whom = match (self.about(&near, n, &about, 0)?, composition) {
                // In a document what does not say whom it is about is about the subject of its composition.
                (About::Unsaid, Some(speaker)) => match self.about(&near, speaker, &about, 0)? {
                    About::Nobody => About::Unsaid,
                    subject => subject,
                },
                (whom, _) => whom,
            };
            let person = match whom {
                About::Person(person) => Some(person),
                About::Nobody => None,
                About::Waits { reason, on } => {
                    // A patient in doubt waits for a person to decide, everything else for its patient.
                    let waits = if matches!(piece.about, Subject::Itself) { None } else { Some(on.as_str()) };
                    self.park_piece(origin, text, piece, reason, waits)?;
                    continue;
                }
                About::Unsaid => {
                    self.park_piece(origin, text, piece, ParkReason::NoSubject, None)?;
                    continue;
                }
            };
            if let Some(person) = person
                && self.changed_hands(piece, person)?
            {
                self.park_piece(origin, text, piece, ParkReason::IdentityChanged, None)?;
                continue;
            }
            let owner = match (person, owners.get_mut(n).and_then(Option::take)) {
                (None, _) => Owner::Feed,
                (Some(_), Some(owner)) => owner,
                (Some(_), None) => owner::owner(self, &near, piece, &mut owners)?,
            };
            self.keep(piece, person, &owner)?;
            if piece.kind == "Encounter"
                && let Some(slot) = owners.get_mut(n)
            {
                *slot = Some(owner);
            }
        }
        Ok(())
    }

    /// Keeps a resource whose person and owner are known.
    pub(super) fn keep(&mut self, piece: &Piece<'_>, person: Option<i64>, owner: &Owner) -> rusqlite::Result<()> {
        let hash = digest(piece.raw.as_bytes());
        let body = self.desk.pack(piece.raw.as_bytes())?;
        let updated = updated(piece);
        let (source, wait) = match owner {
            Owner::Source(source) => (*source, None),
            Owner::Later(wait) => (self.via, Some(wait.as_str())),
            Owner::Feed => (self.via, None),
        };
        let key = resources::Key { via: self.via, kind: piece.kind, rid: &piece.rid };
        let kept = resources::keep(
            self.tx,
            &mut self.told,
            &resources::Incoming {
                key,
                source,
                person,
                received: self.now,
                updated,
                owner: wait,
                hash: &hash,
                body,
                replay: self.replay,
            },
        )?;
        match self.report.resources.get_mut(piece.kind) {
            Some(count) => *count += 1,
            None => drop(self.report.resources.insert(piece.kind.to_owned(), 1)),
        }
        self.heard.insert(source);
        match kept {
            resources::Kept::Unchanged(id) => {
                self.report.unchanged += 1;
                // The feed says again who this patient is: a doubtful version in between is over. A file read again says nothing new.
                if piece.kind == "Patient" && self.any_parked && !self.replay {
                    self.settle(key, id)?;
                }
            }
            resources::Kept::Older(_) => self.report.older += 1,
            resources::Kept::New(id) | resources::Kept::Changed(id) => {
                if matches!(kept, resources::Kept::New(_)) {
                    self.report.new += 1;
                } else {
                    self.report.changed += 1;
                }
                if let Some(person) = person.filter(|_| piece.kind == "Consent") {
                    consent::apply(self.tx, person, (self.via, &piece.rid), piece.raw, self.now)?;
                }
                if self.any_parked {
                    self.settle(key, id)?;
                }
                if person.is_none() {
                    self.index(piece, id)?;
                }
            }
        }
        Ok(())
    }

    /// What was parked of a resource that is now admitted becomes an earlier version of it: nothing received is dropped.
    fn settle(&mut self, key: resources::Key<'_>, id: i64) -> rusqlite::Result<()> {
        for row in parked::open_of(self.tx, key)? {
            let body = parked::body(self.tx, row.id)?.unwrap_or_default();
            if let Some(text) = unpack(&body) {
                let hash = digest(text.as_bytes());
                if !resources::holds(self.tx, key, &hash)? {
                    resources::file_older(self.tx, id, row.at, &hash, &body)?;
                }
            }
            parked::unpark(self.tx, row.id)?;
            self.settled(row.id, &row.reason);
        }
        parked::end_doubt(self.tx, key)
    }

    /// Whether this is held about whom an id meant before a person ruled that it means somebody else: what comes of it now needs a person
    /// too, for the id alone would move it from one record to another.
    pub(super) fn changed_hands(&mut self, piece: &Piece<'_>, person: i64) -> rusqlite::Result<bool> {
        if !self.any_changed_hands {
            return Ok(false);
        }
        let held = resources::find(self.tx, resources::Key { via: self.via, kind: piece.kind, rid: &piece.rid })?;
        let Some(before) = held.and_then(|held| held.person).filter(|before| *before != person) else {
            return Ok(false);
        };
        parked::meant_before(self.tx, self.via, before)
    }

    /// Something parked has been admitted: by this very run (then it was never really parked) or by an earlier one.
    pub(super) fn settled(&mut self, row: i64, reason: &str) {
        match ParkReason::from_code(reason).filter(|_| row > self.since) {
            Some(reason) => *self.report.settled.entry(reason).or_default() += 1,
            None => self.report.unparked += 1,
        }
    }

    /// Remembers the business identifiers of a resource about nobody, and the name of a source.
    fn index(&mut self, piece: &Piece<'_>, id: i64) -> rusqlite::Result<()> {
        for identifier in list(piece.head.identifier) {
            if let Some((system, value)) = object::<Identifier<'_>>(identifier.get()).and_then(|i| i.pair()) {
                resources::add_key(self.tx, &system, &value, id)?;
            }
        }
        if piece.kind == "Organization" {
            let (of, setting) = owner::organisation(&piece.head, &owner::seed(self.via, &piece.rid));
            if let Some(source) = people::source_by_ods(self.tx, &of.ods)? {
                people::rename_source(self.tx, source, &of.name, setting)?;
            }
        }
        Ok(())
    }

    fn park_piece(
        &mut self,
        origin: &Origin,
        document: &str,
        piece: &Piece<'_>,
        reason: ParkReason,
        waits: Option<&str>,
    ) -> rusqlite::Result<()> {
        let key = resources::Key { via: self.via, kind: piece.kind, rid: &piece.rid };
        let digest = digest(piece.raw.as_bytes());
        let held = resources::find(self.tx, key)?;
        // Held as it is: a whole export sent again while its patient is in doubt says nothing new of it. Read again: it was parked, and
        // has become an earlier version since.
        let known = |admit: &Self| {
            let apart = admit.any_changed_hands && resources::held_apart(admit.tx, key, &digest)?;
            Ok::<_, rusqlite::Error>(apart || resources::holds(admit.tx, key, &digest)?)
        };
        if held.as_ref().is_some_and(|held| held.hash == digest) || (self.replay && known(self)?) {
            self.report.unchanged += 1;
            return Ok(());
        }
        if let Some(held) = held.filter(|held| held.person.is_some() && reason == ParkReason::UnknownSubject) {
            let updated = updated(piece);
            let older = matches!((updated, held.updated), (Some(new), Some(held)) if new < held);
            if !self.replay && !older {
                resources::detach(self.tx, &mut self.told, &held)?;
            }
        }
        let mut hash = Sha256::new_with_prefix(format!("{}\0{}\0{}\0", key.via, key.kind, key.rid));
        hash.update(piece.raw.as_bytes());
        let body = self.desk.pack(piece.raw.as_bytes())?;
        let fresh = parked::park(
            self.tx,
            &parked::Complaint {
                at: self.now,
                file: &origin.file,
                line: line_of(origin.line, document, piece.raw),
                reason: reason.code(),
                detail: &format!("{}: {}", piece.kind, reason.sentence()),
                body,
                key: &hash.finalize().into(),
                resource: Some(key),
                waits,
            },
        )?;
        self.any_parked = true;
        self.count(reason, fresh);
        Ok(())
    }

    fn count(&mut self, reason: ParkReason, fresh: bool) {
        self.report.parked_before += u64::from(!fresh);
        self.report.parked.entry(reason).and_modify(|n| *n += u64::from(fresh)).or_insert(u64::from(fresh));
    }

    /// Parks what cannot be read, or what is asked. The same from the same feed under another name is the same; but that a file is empty is
    /// said of each.
    fn park_bytes(
        &mut self,
        origin: &Origin,
        line: u64,
        reason: ParkReason,
        detail: &str,
        (bytes, asked): (&[u8], Option<(&'static str, String)>),
    ) -> rusqlite::Result<()> {
        let file = if reason == ParkReason::Empty { &origin.file } else { "" };
        let mut hash = Sha256::new_with_prefix(format!("{}\0{}\0{file}\0", self.via, reason.code()));
        hash.update(bytes);
        let body = self.desk.pack(bytes)?;
        let fresh = parked::park(
            self.tx,
            &parked::Complaint {
                at: self.now,
                file: &origin.file,
                line,
                reason: reason.code(),
                detail,
                body,
                key: &hash.finalize().into(),
                resource: asked.as_ref().map(|(kind, rid)| resources::Key { via: self.via, kind, rid }),
                waits: None,
            },
        )?;
        self.count(reason, fresh);
        Ok(())
    }
}

/// `meta.lastUpdated`, milliseconds.
fn updated(piece: &Piece<'_>) -> Option<i64> {
    let meta = piece.head.meta.and_then(|m| m.get().contains("lastUpdated").then(|| piece.head.meta()));
    meta.and_then(|m| text(m.last_updated).and_then(|t| Stamp::parse(&t))).map(Stamp::millis)
}

/// The line of the file on which a part of a document begins.
fn line_of(first: u64, document: &str, part: &str) -> u64 {
    let offset = (part.as_ptr() as usize).checked_sub(document.as_ptr() as usize);
    let before = offset.and_then(|n| document.as_bytes().get(..n)).unwrap_or_default();
    first + before.iter().filter(|b| **b == b'\n').count() as u64
}
