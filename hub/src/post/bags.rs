//! eRed Bags in a post and its answer: what the device's user put in bags is taken in, held or refused, and said; what others did goes out in
//! one letter. The rules are `crate::bags`'.

use super::{Answering, PostFault};
use crate::bags;
use crate::store::journal;
use sync::bag::post::{BagsHeld, sign_held};
use sync::letter::Letter;

impl Answering<'_> {
    pub(super) fn bags_in(&mut self) -> Result<(), PostFault> {
        let notes = std::mem::take(&mut self.post.bags);
        if notes.is_empty() {
            return Ok(());
        }
        let taken = bags::take_in(self.tx, &self.key.verifying_key(), (&self.post.chain, &notes), self.now)?;
        if !taken.held.is_empty() {
            let (chain, at) = (self.post.chain.clone(), self.now);
            let held = BagsHeld { chain, at, notes: taken.held, signature: [0; 64] };
            self.say(&Letter::BagsHeld(sign_held(held, self.key)))?;
        }
        if taken.refused.is_empty() { Ok(()) } else { self.say(&Letter::BagsRefused(taken.refused)) }
    }

    /// Notes this device lacks; whether there are more of them.
    pub(super) fn bags_out(&mut self) -> Result<bool, PostFault> {
        // A place this hub never gave: it was restored from an older copy, and tells everything again.
        let known = self.post.bags_through <= journal::counter(self.tx)?;
        let through = if known { self.post.bags_through } else { 0 };
        let whom = (&self.post.chain, &self.actor, self.caseloads.as_slice());
        let (down, more) = bags::owed(self.tx, whom, through, self.now)?;
        match down {
            Some(down) => self.say(&Letter::Bags(down))?,
            None => return Ok(false),
        }
        Ok(more)
    }
}
