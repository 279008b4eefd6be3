//! Takes in a segment of a device's outbox, whoever brings it: a device whose vault is closed or lost, a colleague's device, an
//! administrator with a file. Its audit, choices, claims, forms, plan changes, acts and notes of bags go the way of a post's, drafts a way of their own
//! ([`super::drafts`]); what came before is taken once.
//! The answer is a receipt for exactly these bytes, given after the commit. Nothing goes out: a segment asks for nothing.
//!
//! Audit whose beginning has not come, or a photograph whose act or note has not, waits here, whole; the receipt says that the hub holds it, for it
//! does.

use super::{Answering, PostFault};
use crate::photos;
use crate::store::{Store, alarms, audit, caseload, lease as leases, outbox as rows, trust};
use ed25519_dalek::{SigningKey, VerifyingKey};
use record::audit::{Break, BreakKind, Entry, Head, Link, first_break};
use record::{ChainId, PersonId, Stamp};
use rusqlite::Transaction;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use sync::letter::{Cursor, Post};
use sync::outbox::{self, Frame, Opened, OutboxFault, Work};
use sync::photos::{PIECE, Piece};
use sync::plans::Outgoing;
use sync::replica::bundle;
use sync::witness::BatchMark;

/// Takes a segment in; gives the receipt. Where there is no room for a picture in it, all else is taken in, and there is none.
pub fn take(store: &mut Store, key: &SigningKey, bytes: &[u8], now: Stamp) -> Result<Vec<u8>, PostFault> {
    let receipt = super::unit(store, |tx| {
        let opened = outbox::open(bytes, key)?;
        let mut taking = Answering::to_segment(tx, key, &opened, now)?;
        let whole = &bytes[..opened.outline.length];
        let Taken { waits, full } = taking.segment(&opened, whole)?;
        rows::put(tx, (&opened.outline, &opened.chain), opened.at, waits.then_some(whole), now)?;
        Ok((!full).then(|| opened.held(key, now)))
    })?;
    receipt.ok_or(PostFault::PicturesFull)
}

/// What became of a segment.
struct Taken {
    /// Its audit, or a photograph, came before what it follows, and waits here.
    waits: bool,
    /// There was no room for a picture of a form that nobody has signed.
    full: bool,
}

impl<'a> Answering<'a> {
    /// Knows whose work it is: the signature inside, by the key this hub certified.
    fn to_segment(
        tx: &'a Transaction<'a>,
        key: &'a SigningKey,
        opened: &Opened,
        now: Stamp,
    ) -> Result<Self, PostFault> {
        let device = opened.chain.as_str().split('/').next().unwrap_or_default();
        let enrolment = trust::device(tx, device)?.ok_or(PostFault::Unknown)?;
        let (actor, active) = caseload::staff(tx, &enrolment.staff)?.ok_or(PostFault::Unknown)?;
        if ChainId::of(&enrolment.device, &enrolment.staff) != opened.chain {
            return Err(PostFault::Unknown);
        }
        let author = trust::unpacked(&enrolment.signing_key).ok_or(PostFault::Unknown)?;
        opened.check(&author).map_err(|_| PostFault::Unknown)?;
        Self::with((tx, key, now), &[], post_of(opened)?, (author, actor, active, enrolment))
    }

    /// Takes in what the segment holds.
    fn segment(&mut self, opened: &Opened, bytes: &[u8]) -> Result<Taken, PostFault> {
        let chain = opened.chain.clone();
        let waits = self.segment_audit(&chain, &opened.frames)?;
        if !waits {
            self.waiting(&chain)?;
        }
        let full = self.segment_drafts(&opened.frames)?;
        let done = |work: &Work| !matches!(work, Work::Draft(_) | Work::Waits(_) | Work::Picture(_));
        let has_work = opened.frames.iter().any(|frame| frame.work.iter().any(done));
        if self.over.is_some() {
            // As with a post: an ended enrolment's work is kept for a person to look at, once.
            if has_work {
                let hash: [u8; 32] = Sha256::digest(bytes).into();
                leases::put_late(self.tx, &self.enrolment.device, &hash, bytes, self.now)?;
            }
            return Ok(Taken { waits, full });
        }
        self.choices()?;
        self.plans_in()?;
        self.acts_in()?;
        self.bags_in()?;
        self.claims()?;
        self.forms()?;
        let early = self.segment_photos(&chain, &opened.frames)?;
        self.waiting(&chain)?;
        Ok(Taken { waits: waits || early, full })
    }

    /// Takes in photographs; gives whether one came before what names it.
    fn segment_photos(&mut self, chain: &ChainId, frames: &[Frame]) -> Result<bool, PostFault> {
        let mut early = false;
        for work in frames.iter().flat_map(|frame| &frame.work) {
            let Work::Photo { of, by, bytes } = work else { continue };
            if !photos::is_named(self.tx, chain, *by)? {
                early = true;
                continue;
            }
            let piece =
                |(n, part): (usize, &[u8])| Piece { of: *of, by: *by, from: (n * PIECE) as u32, bytes: part.to_vec() };
            let pieces: Vec<Piece> = bytes.chunks(PIECE).enumerate().map(piece).collect();
            photos::take_in(self.tx, chain, &pieces, self.now)?;
        }
        Ok(early)
    }

    /// Takes in audit; what the hub has is compared, what does not fit is evidence with an alarm. Gives whether it waits for more.
    fn segment_audit(&mut self, id: &ChainId, frames: &[Frame]) -> Result<bool, PostFault> {
        let chain = audit::chain(self.tx, id)?;
        let head = chain.head;
        let (mut fresh, mut aside, mut over) = (Vec::new(), Vec::new(), Vec::new());
        for bytes in frames.iter().flat_map(|frame| &frame.entries) {
            let Ok(entry) = Entry::from_bytes(bytes) else {
                aside.push((BreakKind::Unreadable, head.seq, bytes.clone()));
                continue;
            };
            if entry.chain != *id {
                aside.push((BreakKind::Stranger, entry.seq, bytes.clone()));
            } else if (entry.epoch, entry.seq) > (head.epoch, head.seq) {
                fresh.push((entry.epoch, entry.seq, bytes.clone()));
            } else {
                match audit::entry(self.tx, id, entry.epoch, entry.seq)? {
                    Some((_, held)) if held == *bytes => {}
                    // What came after the end of its epoch: evidence, and the alarm was raised when that ended.
                    None if entry.epoch < head.epoch => over.push(bytes.clone()),
                    _ => aside.push((BreakKind::Fork, entry.seq, bytes.clone())),
                }
            }
        }
        // Sealed twice, where the app was killed in between: once is enough.
        fresh.sort_by_key(|(epoch, seq, _)| (*epoch, *seq));
        fresh.dedup();
        let waits = fresh.first().is_some_and(|(epoch, seq, _)| (*epoch, *seq) != (head.epoch, head.seq + 1));
        if !waits && !fresh.is_empty() {
            // Of this epoch; the next one's first entry follows the hub's own grant, and comes with a post.
            let later = fresh.iter().position(|(epoch, ..)| *epoch != head.epoch).unwrap_or(fresh.len());
            let rest = fresh.split_off(later);
            let entries: Vec<Vec<u8>> = fresh.into_iter().map(|(.., bytes)| bytes).collect();
            let at = self.false_time(entries.iter().map(Vec::as_slice))?.map(|at| Break { at, kind: BreakKind::Clock });
            let verified = first_break(id, head, entries.iter().map(Vec::as_slice));
            match (at, verified) {
                (None, Ok(new)) => {
                    let count = entries.len();
                    self.post.mark = marks(id, frames, &self.author).into_iter().find(|m| m.through == new.seq);
                    self.post.entries = entries;
                    self.accept(id, &chain, count, new)?;
                }
                (Some(at), _) | (None, Err(at)) => {
                    // As with a post; the device hears of it when it posts again.
                    self.keep_aside(id, (head.epoch, head.seq + 1), &entries)?;
                    self.end_epoch(id, head.epoch, at)?;
                }
            }
            if !rest.is_empty() {
                return Ok(true);
            }
        }
        for (kind, seq, bytes) in aside {
            alarms::raise(self.tx, (id.as_str(), head.epoch, seq), kind.code(), self.now)?;
            self.keep_aside(id, (head.epoch, seq), &[bytes])?;
        }
        self.keep_aside(id, (head.epoch, 0), &over)?;
        for mark in marks(id, frames, &self.author) {
            if audit::entry(self.tx, id, mark.epoch, mark.through)?.is_some() {
                audit::keep_mark(self.tx, id, &mark)?;
            }
        }
        Ok(waits)
    }

    /// Segments that came too early, now that more is here.
    pub(super) fn waiting(&mut self, id: &ChainId) -> Result<(), PostFault> {
        let mut left = rows::waiting(self.tx, id)?;
        loop {
            let before = left.len();
            let mut still = Vec::new();
            for (name, bytes) in left {
                let Ok(opened) = outbox::open(&bytes, self.key) else { continue };
                let waits = self.segment_audit(id, &opened.frames)?;
                if self.segment_photos(id, &opened.frames)? || waits {
                    still.push((name, bytes));
                } else {
                    rows::waits_no_more(self.tx, name)?;
                }
            }
            if still.is_empty() || still.len() == before {
                return Ok(());
            }
            left = still;
        }
    }
}

/// The author's signatures over the chain that fit.
fn marks(id: &ChainId, frames: &[Frame], author: &VerifyingKey) -> Vec<BatchMark> {
    let mark = |frame: &Frame| {
        let (mark, last) = (frame.mark?, frame.entries.last()?);
        mark.check(id, Link::of(last), author).is_ok().then_some(mark)
    };
    frames.iter().filter_map(mark).collect()
}

/// A segment's work as a post that asks for nothing.
fn post_of(opened: &Opened) -> Result<Post, PostFault> {
    let (mut choices, mut claims, mut forms) = (Vec::new(), Vec::new(), Vec::new());
    let (mut acts, mut bags) = (Vec::new(), Vec::new());
    let mut plans: BTreeMap<PersonId, Vec<&[u8]>> = BTreeMap::new();
    for work in opened.frames.iter().flat_map(|frame| &frame.work) {
        match work {
            Work::Choice(choice) => choices.push((**choice).clone()),
            Work::Claim(claim) => claims.push(claim.clone()),
            Work::Form(form) => forms.push(form.clone()),
            Work::Plan { person, change } => plans.entry(*person).or_default().push(change),
            Work::Act(act) => acts.push(act.clone()),
            Work::Bag(note) => bags.push(note.clone()),
            // Taken in by themselves: a photograph has no piece to begin with, and a draft is in no post.
            Work::Photo { .. } | Work::Draft(_) | Work::Waits(_) | Work::Picture(_) => {}
        }
    }
    // A change that is no change cannot be packed: its bundle is left out, and the segment stays where it is.
    let pack = |(person, changes): (PersonId, Vec<&[u8]>)| {
        let bundle = bundle::pack(changes).map_err(|_| PostFault::Segment(OutboxFault::Form))?;
        Ok::<_, PostFault>(Outgoing { person, bundle })
    };
    Ok(Post {
        chain: opened.chain.clone(),
        at: opened.at,
        cursor: Cursor::default(),
        dictionary: 0,
        policy: 0,
        sources: 0,
        head: Head::START,
        receipted: 0,
        entries: Vec::new(),
        choices,
        appetite: 0,
        held: 0,
        mark: None,
        evidence: Vec::new(),
        plans: plans.into_iter().map(pack).collect::<Result<_, _>>()?,
        nonce: [0; 8],
        certified: Stamp::from_millis(0),
        claims,
        again: Vec::new(),
        forms,
        held_since: 0,
        seen: 0,
        acts,
        bags_through: 0,
        bags,
        pieces: Vec::new(),
        wanted: Vec::new(),
    })
}
