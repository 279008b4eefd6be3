//! Answers a device's post: its audit is verified and receipted, its choices recorded, and it is told what it is owed, as letters in
//! the order in which they must be believed. One transaction; the answer leaves after the commit.

mod audit;
mod bags;
mod choices;
mod drafts;
mod feed;
mod lease;
pub mod outbox;
mod owed;
mod photos;
mod plans;
mod quiet;
mod seen;
mod today;
mod visits;

use crate::frames::{Folds, FramesFault};
use crate::manifest::{self, Sent};
use crate::plans::PlansFault;
use crate::store::trust::Enrolment;
use crate::store::{Store, StoreFault, caseload, consent, journal, people, trust};
use ed25519_dalek::{SigningKey, VerifyingKey};
use record::Stamp;
use record::consent::{Carriage, Pack, Recorded, Relationship};
use record::people::Actor;
use record::summary::Source;
use rusqlite::Transaction;
use sync::letter::{Cursor, End, EndedBecause, Letter, Post, Signed};
use sync::outbox::OutboxFault;
use sync::wire::{self, WireFault};
use thiserror::Error;

pub use lease::LOST;

/// No answer is longer than this (bytes), whatever the device's appetite.
const LARGEST_ANSWER: u64 = 8 << 20;

/// Why a post gets no answer.
#[derive(Debug, Error)]
pub enum PostFault {
    /// Unknown, or not the device whose certificate was shown. The outside learns no more.
    #[error("the device is not known")]
    Unknown,
    #[error("the post was made by a newer version")]
    Newer,
    #[error("the post could not be read")]
    Unreadable(#[source] WireFault),
    #[error("a segment of an outbox could not be taken in")]
    Segment(#[from] OutboxFault),
    /// What else was in the segment was taken in; it is not let go.
    #[error("an author's unsigned pictures fill the room there is for them")]
    PicturesFull,
    #[error("an answer could not be written")]
    Write(#[source] WireFault),
    #[error(transparent)]
    Frames(#[from] FramesFault),
    #[error(transparent)]
    Plans(#[from] PlansFault),
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
    match quiet::answer(store, key, bytes, certificate, now)? {
        Some(answer) => Ok(answer),
        None => unit(store, |tx| Answering::to(tx, key, bytes, certificate, now).and_then(Answering::write)),
    }
}

/// One unit of work, all of it or none, with its own fault.
fn unit<T>(store: &mut Store, work: impl FnOnce(&Transaction<'_>) -> Result<T, PostFault>) -> Result<T, PostFault> {
    with_fault(|kept| store.write(|tx| work(tx).map_err(kept)))
}

/// The store rolls back on any error; which one it was is kept beside it.
fn with_fault<T>(
    work: impl FnOnce(&mut dyn FnMut(PostFault) -> rusqlite::Error) -> Result<T, StoreFault>,
) -> Result<T, PostFault> {
    let mut fault = None;
    let done = work(&mut |f| {
        fault = Some(f);
        rusqlite::Error::ExecuteReturnedResults
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
    /// The key of whoever wrote it.
    author: VerifyingKey,
    actor: Actor,
    caseloads: Vec<i64>,
    folds: Folds,
    out: Vec<u8>,
    enrolment: Enrolment,
    /// The end of the licence that goes on, where nothing is to be written of where the device stands.
    standing: Option<Stamp>,
    /// Choices the device had not been told are held.
    choices_told: u64,
    /// Whom this answer sends or takes away.
    sent: Vec<Sent>,
    over: Option<EndedBecause>,
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
        let (actor, active) = caseload::staff(tx, &enrolment.staff)?.ok_or(PostFault::Unknown)?;
        let ours = record::ChainId::of(&enrolment.device, &enrolment.staff) == chain;
        if !ours || certificate != Some(enrolment.certificate) {
            return Err(PostFault::Unknown);
        }
        let verifier = trust::unpacked(&enrolment.signing_key).ok_or(PostFault::Unknown)?;
        let post = wire::read_post(bytes, &verifier).map_err(unreadable)?;
        Self::with((tx, key, now), bytes, post, (verifier, actor, active, enrolment))
    }

    /// Everything an answer needs, of somebody who is known.
    fn with(
        (tx, key, now): (&'a Transaction<'a>, &'a SigningKey, Stamp),
        bytes: &'a [u8],
        post: Post,
        (author, actor, active, enrolment): (VerifyingKey, Actor, bool, Enrolment),
    ) -> Result<Self, PostFault> {
        let over = lease::ended(tx, &enrolment, active)?;
        let caseloads = caseload::caseloads_of(tx, &enrolment.staff)?;
        let choices_told = post.choices.len() as u64;
        let (out, sent) = (Vec::new(), Vec::new());
        Ok(Answering {
            tx,
            key,
            bytes,
            now,
            post,
            author,
            actor,
            caseloads,
            folds: Folds::default(),
            out,
            enrolment,
            standing: None,
            choices_told,
            sent,
            over,
        })
    }

    fn write(mut self) -> Result<Vec<u8>, PostFault> {
        if let Some(why) = self.over {
            return self.over(why);
        }
        // News that this hub does not remember having told: it was restored from an older copy. Everything is told again.
        if self.post.cursor.seq.0 > journal::counter(self.tx)? {
            journal::leap(self.tx, self.post.cursor.seq)?;
            self.post.cursor = Cursor::default();
        }
        consent::lapse_claims(self.tx, &self.actor.staff, self.now)?;
        self.audit()?;
        let held = self.choices()?;
        self.plans_in()?;
        let acted = !self.post.acts.is_empty() || !self.post.bags.is_empty();
        self.acts_in()?;
        self.bags_in()?;
        self.photos_in()?;
        if acted {
            // A photograph that somebody brought before what names it had come.
            self.waiting(&self.post.chain.clone())?;
        }
        let (claims, forms) = (self.claims()?, self.forms()?);
        self.policy()?;
        self.dictionary()?;
        self.sources()?;
        let (cursor, mut more) =
            if self.post.cursor.seq.0 == 0 { self.whole_caseload()? } else { self.since(self.post.cursor.seq)? };
        // Rules that follow from a choice went out above, before the device hears that the choice is held.
        if !held.is_empty() {
            self.say(&Letter::ChoicesHeld(held))?;
        }
        if cursor.fetching.is_none() && self.post.cursor.seq.0 != 0 {
            self.again()?;
            // A bag of somebody who is still to come would be passed over: bags follow when everybody is here.
            if !more {
                more = self.bags_out()?;
            }
        }
        if !claims.is_empty() {
            self.say(&Letter::ClaimsAnswered(claims))?;
        }
        if !forms.is_empty() {
            self.say(&Letter::FormsHeld(forms))?;
        }
        self.seen()?;
        if !more && cursor.fetching.is_none() {
            self.drafts_out()?;
        }
        // Last: everything that somebody needs to know is in the answer already.
        if !more && cursor.fetching.is_none() {
            more = self.photos_out()?;
        }
        self.certify()?;
        let licence = self.standing.map_or_else(|| self.renew(), Ok)?;
        self.keep_manifest()?;
        let end = End { cursor, more, at: self.now, licence, signature: [0; 64] };
        let end = wire::sign_end(end, self.bytes, self.key);
        self.say(&Letter::End(end))?;
        Ok(self.out)
    }

    fn say(&mut self, letter: &Letter) -> Result<(), PostFault> {
        let folder = self.folds.of(letter, self.tx)?;
        self.out.extend(wire::write_letter(letter, folder).map_err(PostFault::Write)?);
        Ok(())
    }

    /// What this answer sends and takes away, signed and kept with it.
    fn keep_manifest(&mut self) -> Result<(), PostFault> {
        let sent = std::mem::take(&mut self.sent);
        if !sent.is_empty() {
            let seq = journal::counter(self.tx)?;
            manifest::keep(self.tx, self.key, &self.enrolment.device, (seq, sent), self.now)?;
        }
        Ok(())
    }

    /// How somebody's content may be kept on this device: as they chose, and not at all where its user's role sees none.
    fn carriage(&self, recorded: &Recorded, relationship: Relationship) -> Carriage {
        if self.actor.role.sees_content() { recorded.carriage(relationship, self.now) } else { Carriage::Never }
    }

    fn full(&self) -> bool {
        self.out.len() as u64 >= self.post.appetite.min(LARGEST_ANSWER)
    }

    fn policy(&mut self) -> Result<(), PostFault> {
        if trust::policy_version(self.tx)? <= self.post.policy {
            return Ok(());
        }
        let Some((bytes, signature)) = trust::policy(self.tx)? else { return Ok(()) };
        let pack: Signed<Pack> = wire::reopen(bytes, signature, &self.key.verifying_key()).map_err(PostFault::Write)?;
        self.say(&Letter::Policy(pack))
    }

    fn dictionary(&mut self) -> Result<(), PostFault> {
        if trust::dictionary_id(self.tx)? == self.post.dictionary {
            return Ok(());
        }
        let dictionary = self.folds.region(self.tx)?.dictionary();
        let letter = Letter::Dictionary { id: dictionary.id(), bytes: dictionary.to_bytes() };
        self.say(&letter)
    }

    /// The directory's version is the newest time a source was heard from, and the highest number: what is newer or new is sent.
    fn sources(&mut self) -> Result<(), PostFault> {
        const NUMBERS: u32 = 20;
        let (newest, highest) = people::sources_reach(self.tx)?;
        let version = newest << NUMBERS | highest;
        if version == self.post.sources {
            return Ok(());
        }
        let (held_at, held_number) = (self.post.sources >> NUMBERS, self.post.sources & ((1 << NUMBERS) - 1));
        let fresh = |s: &Source| s.as_at.millis() as u64 > held_at || u64::from(s.id.0) > held_number;
        let sources = people::sources(self.tx)?.into_iter().filter(fresh).collect();
        self.say(&Letter::Sources { version, sources })
    }
}
