//! eRed Bags in a post and its answer: what the device's user put in bags is taken in, held or refused, and said; what others did goes out in
//! one letter. The rules are `crate::bags`'.

use super::{Answering, PostFault};
use crate::bags;
use crate::store::{bags as rows, journal, people, trust};
use record::consent::Relationship;
use record::feed::{Rules, Seq};
use sync::bag::post::{BagsDown, BagsHeld, sign_held};
use sync::letter::Letter;
use sync::wire;

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
        if !self.actor.role.sees_content() {
            return Ok(false);
        }
        // A place this hub never gave: it was restored from an older copy, and tells everything again.
        let known = self.post.bags_through <= journal::counter(self.tx)?;
        let through = if known { self.post.bags_through } else { 0 };
        let whom = (&self.post.chain, &self.actor, self.caseloads.as_slice());
        let due = bags::owed(self.tx, whom, through, self.now)?;
        for row in due.by_hand {
            if let Some(person) = people::person_id(self.tx, row)? {
                let (version, recorded) = trust::choice(self.tx, row)?;
                // Whoever receives a person from those who care for them has to do with them (`reference/consent.md` section 6).
                let relationship = Relationship::Established;
                let rules = Rules { person, version: Seq(version), relationship, recorded };
                self.say(&Letter::Rules(wire::sign(rules, self.key).map_err(PostFault::Write)?))?;
            }
        }
        let mut down = due.down;
        if !due.more
            && let Some((form, seq)) = rows::form(self.tx, &self.actor.organisation.ods, through)?
        {
            self.say(&Letter::HomeForm(wire::sign(form, self.key).map_err(PostFault::Write)?))?;
            // Nothing is owed between the last note and it.
            let down = down.get_or_insert_with(|| BagsDown { through, notes: Vec::new() });
            down.through = down.through.max(seq);
        }
        if let Some(down) = down {
            self.say(&Letter::Bags(down))?;
        }
        if !due.times.is_empty() {
            self.say(&Letter::BagTimes(due.times))?;
        }
        Ok(due.more)
    }
}
