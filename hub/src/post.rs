//! Answers a device's post: its audit is verified and receipted, its choices recorded, and it is told what it is owed, as letters in
//! the order in which they must be believed. One transaction; the answer leaves after the commit.

use crate::frames::{self, FramesFault, Ready};
use crate::routing::{Now, Owed, owed};
use crate::store::journal::What;
use crate::store::{Store, StoreFault, caseload, people, trust};
use ed25519_dalek::{SigningKey, VerifyingKey};
use record::audit::{Break, BreakKind, first_break};
use record::consent::{Choice, Relationship};
use record::feed::{Rules, Seq};
use record::summary::Source;
use record::{PersonId, Stamp};
use rusqlite::{Transaction, params};
use sync::frame::Folder;
use sync::letter::{Change, Cursor, End, Fetching, Letter, PersonLetter, Post, Receipt, Signed};
use sync::wire::{self, WireFault};
use thiserror::Error;

/// Journal lines handled before the answer's size is looked at again.
const STRIDE: u32 = 256;
/// No answer is longer than this (bytes), whatever the device's appetite.
const LARGEST_ANSWER: u64 = 8 << 20;

/// A journal line: whom it is about, and what it says.
type Line = (i64, What);

/// Why a post gets no answer.
#[derive(Debug, Error)]
pub enum PostFault {
    /// Unknown, revoked, or not the device whose certificate was shown. The outside learns no more.
    #[error("the device is not known")]
    Unknown,
    #[error("the post was made by a newer version")]
    Newer,
    #[error("the post could not be read")]
    Unreadable(#[source] WireFault),
    #[error("an answer could not be written")]
    Write(#[source] WireFault),
    #[error(transparent)]
    Frames(#[from] FramesFault),
    #[error(transparent)]
    Store(#[from] StoreFault),
    #[error("the database could not be read or written")]
    Sql(#[from] rusqlite::Error),
}

/// Answers a post. `certificate` is the SHA-256 of the certificate that the connection showed.
pub fn answer(
    store: &mut Store,
    key: &SigningKey,
    bytes: &[u8],
    certificate: Option<[u8; 32]>,
    now: Stamp,
) -> Result<Vec<u8>, PostFault> {
    let mut fault = None;
    let done = store.write(|tx| {
        Answering::to(tx, key, bytes, certificate, now).and_then(Answering::write).map_err(|f| {
            // The store rolls back on any error; which one it was is kept beside it.
            fault = Some(f);
            rusqlite::Error::ExecuteReturnedResults
        })
    });
    match (done, fault) {
        (_, Some(fault)) => Err(fault),
        (done, None) => Ok(done?),
    }
}

struct Answering<'a> {
    tx: &'a Transaction<'a>,
    key: &'a SigningKey,
    bytes: &'a [u8],
    now: Stamp,
    post: Post,
    caseloads: Vec<i64>,
    folder: Folder,
    out: Vec<u8>,
}

impl<'a> Answering<'a> {
    /// Knows who is speaking: the certificate, the enrolment and the signature must agree.
    fn to(
        tx: &'a Transaction<'a>,
        key: &'a SigningKey,
        bytes: &'a [u8],
        certificate: Option<[u8; 32]>,
        now: Stamp,
    ) -> Result<Self, PostFault> {
        let unreadable = |fault| match fault {
            WireFault::Newer => PostFault::Newer,
            WireFault::Signature => PostFault::Unknown,
            other => PostFault::Unreadable(other),
        };
        let chain = wire::claimed_chain(bytes).map_err(unreadable)?;
        let device = chain.as_str().split('/').next().unwrap_or_default();
        let enrolment = trust::device(tx, device)?.ok_or(PostFault::Unknown)?;
        let active = caseload::staff(tx, &enrolment.staff)?.is_some_and(|(_, active)| active);
        let ours = record::ChainId::of(&enrolment.device, &enrolment.staff) == chain;
        if enrolment.revoked || !active || !ours || certificate != Some(enrolment.certificate) {
            return Err(PostFault::Unknown);
        }
        let verifier = VerifyingKey::from_bytes(&enrolment.signing_key).map_err(|_| PostFault::Unknown)?;
        let post = wire::read_post(bytes, &verifier).map_err(unreadable)?;
        trust::posted(tx, &enrolment.device, now)?;
        let caseloads = caseload::caseloads_of(tx, &enrolment.staff)?;
        let folder = frames::folder(tx)?;
        Ok(Answering { tx, key, bytes, now, post, caseloads, folder, out: Vec::new() })
    }

    fn write(mut self) -> Result<Vec<u8>, PostFault> {
        self.audit()?;
        let held = self.choices()?;
        self.policy()?;
        self.dictionary()?;
        self.sources()?;
        let (cursor, more) =
            if self.post.cursor.seq.0 == 0 { self.whole_caseload()? } else { self.since(self.post.cursor.seq)? };
        // Rules that follow from a choice went out above, before the device hears that the choice is held.
        if !held.is_empty() {
            self.say(&Letter::ChoicesHeld(held))?;
        }
        let end = End { cursor, more, at: self.now, signature: [0; 64] };
        let end = wire::sign_end(end, self.bytes, self.key);
        self.say(&Letter::End(end))?;
        Ok(self.out)
    }

    fn say(&mut self, letter: &Letter) -> Result<(), PostFault> {
        self.out.extend(wire::write_letter(letter, &mut self.folder).map_err(PostFault::Write)?);
        Ok(())
    }

    fn full(&self) -> bool {
        self.out.len() as u64 >= self.post.appetite.min(LARGEST_ANSWER)
    }

    /// Entries the hub has are compared, new ones verified from its head; whole: stored and receipted; not whole: an alarm.
    fn audit(&mut self) -> Result<(), PostFault> {
        let chain = self.post.chain.clone();
        let (head, broken) = trust::chain(self.tx, &chain)?;
        if let Some(at) = broken {
            return self.say(&Letter::Broken { at, kind: BreakKind::Fork });
        }
        let verdict = self.verify(&chain, head)?;
        let head = match verdict {
            Ok((fresh, new)) => {
                if fresh > 0 {
                    let entries = self.post.entries.split_off(self.post.entries.len() - fresh);
                    trust::extend(self.tx, &chain, new, &entries, self.now)?;
                }
                new
            }
            Err(at) => {
                trust::broken(self.tx, &chain, at.at, at.kind.code())?;
                return self.say(&Letter::Broken { at: at.at, kind: at.kind });
            }
        };
        if head.seq > self.post.receipted {
            let receipt = Receipt {
                chain,
                epoch: head.epoch,
                through: head.seq,
                link: head.link,
                at: self.now,
                signature: [0; 64],
            };
            self.say(&Letter::Receipt(wire::sign_receipt(receipt, self.key)))?;
        }
        Ok(())
    }

    /// How many of the post's entries are new, and the head after them; or where the chain does not hold.
    fn verify(
        &self,
        chain: &record::ChainId,
        head: record::audit::Head,
    ) -> Result<Result<(usize, record::audit::Head), Break>, PostFault> {
        let post = &self.post;
        let brk = |at, kind| Ok(Err(Break { at, kind }));
        if post.head.epoch != head.epoch {
            return brk(head.seq + 1, BreakKind::Stranger);
        }
        // The device has lost entries that the hub receipted (an old copy was restored), or claims receipts never given.
        if post.head.seq < head.seq {
            return brk(post.head.seq + 1, BreakKind::Fork);
        }
        if post.receipted > head.seq {
            return brk(head.seq + 1, BreakKind::Gap);
        }
        let known = usize::try_from(head.seq - post.receipted).unwrap_or(usize::MAX).min(post.entries.len());
        for (seq, bytes) in (post.receipted + 1..).zip(&post.entries[..known]) {
            if trust::entry(self.tx, chain, head.epoch, seq)?.as_deref() != Some(bytes.as_slice()) {
                return brk(seq, BreakKind::Fork);
            }
        }
        // With nothing to compare, the heads must agree.
        if post.entries.is_empty() && post.head.seq == head.seq && post.head.link != head.link {
            return brk(head.seq, BreakKind::Fork);
        }
        let fresh = &post.entries[known..];
        Ok(first_break(chain, head, fresh.iter().map(Vec::as_slice)).map(|new| (fresh.len(), new)))
    }

    /// Records choices made on the device about people on its user's caseloads; gives the keys that are now held.
    fn choices(&mut self) -> Result<Vec<String>, PostFault> {
        let mut held = Vec::new();
        for made in std::mem::take(&mut self.post.choices) {
            let row = people::person_row(self.tx, made.person)?;
            // A choice about somebody this user has nothing to do with is not theirs to record: it is answered, not applied.
            if let Some(row) = row
                && self.relationship(row)?.is_some()
            {
                trust::record_choice(self.tx, row, &made.recorded, &made.key, made.saw.0, self.now)?;
            }
            held.push(made.key);
        }
        Ok(held)
    }

    fn policy(&mut self) -> Result<(), PostFault> {
        let Some((bytes, signature)) = trust::policy(self.tx)? else { return Ok(()) };
        let signed: Signed<record::consent::Policy> =
            wire::reopen(bytes, signature, &self.key.verifying_key()).map_err(PostFault::Write)?;
        if signed.value.version > self.post.policy { self.say(&Letter::Policy(signed)) } else { Ok(()) }
    }

    fn dictionary(&mut self) -> Result<(), PostFault> {
        let dictionary = self.folder.dictionary();
        if dictionary.id() == self.post.dictionary {
            return Ok(());
        }
        let letter = Letter::Dictionary { id: dictionary.id(), bytes: dictionary.bytes().to_vec() };
        self.say(&letter)
    }

    /// The directory's version is the newest time a source was heard from, and the highest number: what is newer or new is sent.
    fn sources(&mut self) -> Result<(), PostFault> {
        const NUMBERS: u32 = 20;
        let all = people::sources(self.tx)?;
        let newest = all.iter().map(|s| s.as_at.millis() as u64).max().unwrap_or(0);
        let highest = all.iter().map(|s| u64::from(s.id.0)).max().unwrap_or(0);
        let version = newest << NUMBERS | highest;
        if version == self.post.sources {
            return Ok(());
        }
        let (held_at, held_number) = (self.post.sources >> NUMBERS, self.post.sources & ((1 << NUMBERS) - 1));
        let fresh = |s: &Source| s.as_at.millis() as u64 > held_at || u64::from(s.id.0) > held_number;
        let sources = all.into_iter().filter(fresh).collect();
        self.say(&Letter::Sources { version, sources })
    }

    /// First fetch: everybody on the caseloads, by row, resumable after any person.
    fn whole_caseload(&mut self) -> Result<(Cursor, bool), PostFault> {
        let Fetching { base, after } = match self.post.cursor.fetching {
            Some(fetching) => fetching,
            // Base 0 would mean "nothing began": the counter starts above it once anything has ever happened.
            None => Fetching { base: Seq(self.counter()?.max(1)), after: 0 },
        };
        let mut after = after;
        loop {
            let rows = caseload::members_after(self.tx, &self.caseloads, after, 64)?;
            if rows.is_empty() {
                // What happened since the fetch began is told by the journal, next.
                return Ok((Cursor { seq: base, fetching: None }, self.counter()? > base.0));
            }
            for row in rows {
                self.person(row, base)?;
                after = row as u64;
                if self.full() {
                    return Ok((Cursor { seq: Seq(0), fetching: Some(Fetching { base, after }) }, true));
                }
            }
        }
    }

    /// What happened after `cursor` to anybody on the caseloads.
    fn since(&mut self, mut cursor: Seq) -> Result<(Cursor, bool), PostFault> {
        loop {
            let (lines, last) = self.lines(cursor)?;
            let Some(last) = last else { return Ok((Cursor { seq: cursor, fetching: None }, false)) };
            let mut standing = std::collections::HashMap::new();
            for (person, _) in &lines {
                let choice = trust::choice(self.tx, *person)?.1.choice;
                standing.insert(*person, Now { relationship: self.relationship(*person)?, choice });
            }
            let gone = Now { relationship: None, choice: Choice::N2 };
            let mut changes = Vec::new();
            for (row, owed) in owed(&lines, |person| standing.get(&person).copied().unwrap_or(gone)) {
                match owed {
                    Owed::Removal => self.removal(row, last)?,
                    Owed::RulesOnly | Owed::Whole => self.person(row, Seq(0))?,
                    Owed::Changes => changes.push(self.change(row, cursor)?),
                }
            }
            if !changes.is_empty() {
                self.say(&Letter::Changed(changes))?;
            }
            cursor = last;
            if self.full() {
                return Ok((Cursor { seq: cursor, fetching: None }, true));
            }
        }
    }

    /// The next journal lines of the caseloads, at most [`STRIDE`], and the number of the last.
    fn lines(&self, cursor: Seq) -> Result<(Vec<Line>, Option<Seq>), PostFault> {
        let mut lines: Vec<(i64, i64, What)> = Vec::new();
        let sql = "select seq, person, what from feed where caseload = ?1 and seq > ?2 order by seq limit ?3";
        let mut query = self.tx.prepare_cached(sql)?;
        for caseload in &self.caseloads {
            let mut rows = query.query(params![caseload, cursor.0 as i64, STRIDE])?;
            while let Some(row) = rows.next()? {
                if let Some(what) = What::from_number(row.get(2)?) {
                    lines.push((row.get(0)?, row.get(1)?, what));
                }
            }
        }
        lines.sort_by_key(|(seq, _, _)| *seq);
        // Of several feeds only lines up to the shortest one's end are complete; a stride's worth of the merge always is.
        lines.truncate(STRIDE as usize);
        let last = lines.last().map(|(seq, _, _)| Seq(*seq as u64));
        Ok((lines.into_iter().map(|(_, person, what)| (person, what)).collect(), last))
    }

    fn person(&mut self, row: i64, base: Seq) -> Result<(), PostFault> {
        let ready = frames::ready(self.tx, &mut self.folder, row, self.now)?;
        let rules = self.rules(row, ready.person)?;
        let Ready { head, listing, frames, .. } = ready;
        let frames = if rules.value.recorded.choice.may_be_carried() { frames } else { Vec::new() };
        let letter = PersonLetter { base, row: row as u64, head, listing, rules, frames };
        self.say(&Letter::Person(Box::new(letter)))
    }

    fn change(&mut self, row: i64, cursor: Seq) -> Result<Change, PostFault> {
        let ready = frames::ready(self.tx, &mut self.folder, row, self.now)?;
        let delta = frames::delta(self.tx, &mut self.folder, &ready, cursor)?;
        Ok(Change {
            person: ready.person,
            seq: ready.head,
            as_at: ready.listing.as_at,
            listing: delta.listing_changed.then_some(ready.listing),
            facts: delta.facts,
            gone: delta.gone,
            whole: delta.whole,
        })
    }

    fn removal(&mut self, row: i64, seq: Seq) -> Result<(), PostFault> {
        match people::person_id(self.tx, row)? {
            Some(person) => self.say(&Letter::Removed { person, seq }),
            None => Ok(()),
        }
    }

    fn rules(&self, row: i64, person: PersonId) -> Result<Signed<Rules>, PostFault> {
        let (version, recorded) = trust::choice(self.tx, row)?;
        let relationship = self.relationship(row)?.unwrap_or(Relationship::None);
        let rules = Rules { person, version: Seq(version), relationship, recorded };
        wire::sign(rules, self.key).map_err(PostFault::Write)
    }

    fn relationship(&self, row: i64) -> Result<Option<Relationship>, PostFault> {
        Ok(caseload::relationship(self.tx, &self.caseloads, row)?)
    }

    fn counter(&self) -> Result<u64, PostFault> {
        let seq: i64 = self.tx.prepare_cached("select seq from counter")?.query_row([], |row| row.get(0))?;
        Ok(seq as u64)
    }
}
