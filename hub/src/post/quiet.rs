//! The post that brings nothing, of a device that is owed nothing: most posts of most days. It is answered without a write, so that the hub's disk is
//! flushed for what happened and not for the silence between; that the device was heard from is written with what is written next, a minute
//! later at most. Not a second set of rules: the answer is made by the same steps, and one that would write anything is undone and made again as a unit
//! of work.

use super::{Answering, PostFault, with_fault};
use crate::store::{Store, journal};
use ed25519_dalek::SigningKey;
use record::Stamp;

/// Answers if there is nothing to write; `None` sends the post on to the ordinary way.
pub(super) fn answer(
    store: &mut Store,
    key: &SigningKey,
    bytes: &[u8],
    certificate: Option<[u8; 32]>,
    now: Stamp,
) -> Result<Option<Vec<u8>>, PostFault> {
    if store.must_write(now) {
        return Ok(None);
    }
    let tried = with_fault(|kept| {
        store.quietly(|tx| {
            let quiet =
                Answering::to(tx, key, bytes, certificate, now).and_then(Answering::quiet).map_err(&mut *kept)?;
            let Some(answering) = quiet else { return Ok(None) };
            let device = answering.enrolment.device.clone();
            Ok(Some((device, answering.write().map_err(kept)?)))
        })
    });
    match tried {
        Ok(Some((device, answer))) => {
            store.note_heard(device, now);
            Ok(Some(answer))
        }
        Ok(None) => Ok(None),
        // Another program wrote meanwhile, or the disk failed: a unit of work waits its turn, or says what is wrong.
        Err(PostFault::Sql(_) | PostFault::Store(_)) => Ok(None),
        Err(fault) => Err(fault),
    }
}

impl Answering<'_> {
    /// Itself, if the post brings nothing, nothing has happened and the device stands where it stood; whatever else is found to write is noticed by the store.
    fn quiet(mut self) -> Result<Option<Self>, PostFault> {
        if self.over.is_some() || self.brings_something() {
            return Ok(None);
        }
        let (_, news) = journal::lines(self.tx, &self.caseloads, self.post.cursor.seq, 1)?;
        self.standing = self.stands()?;
        Ok((news.is_none() && self.standing.is_some()).then_some(self))
    }

    fn brings_something(&self) -> bool {
        let post = &self.post;
        let first = post.cursor.seq.0 == 0 || post.cursor.fetching.is_some();
        let work = post.choices.len() + post.claims.len() + post.forms.len() + post.plans.len() + post.acts.len();
        let slow = post.bags.len() + post.pieces.len() + post.wanted.len() + post.again.len();
        first || work + slow + post.entries.len() + post.evidence.len() > 0
    }
}
