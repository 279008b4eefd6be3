//! Care plans in a post and its answer: what the device's user changed is taken in, held or refused, and said; what others changed goes
//! out in one letter. The rules are `crate::plans`'.

use super::{Answering, PostFault};
use crate::plans::{self, Poster};
use crate::store::{people, plans as rows, trust};
use record::consent::{Carriage, Relationship};
use record::feed::Seq;
use sync::letter::Letter;
use sync::plans::{PlansHeld, sign_held};

impl Answering<'_> {
    /// Takes in what the device's user changed in plans; says what is held and what was not taken.
    pub(super) fn plans_in(&mut self) -> Result<(), PostFault> {
        let outgoing = std::mem::take(&mut self.post.plans);
        if outgoing.is_empty() {
            return Ok(());
        }
        let actor = plans::poster(self.tx, &self.post.chain)?.ok_or(PostFault::Unknown)?;
        let poster = Poster { chain: &self.post.chain, actor: &actor, key: &self.author, caseloads: &self.caseloads };
        let taken = plans::take_in(self.tx, &poster, &outgoing, self.now)?;
        if !taken.held.is_empty() {
            let (chain, at) = (self.post.chain.clone(), self.now);
            let held = PlansHeld { chain, at, held: taken.held, signature: [0; 64] };
            self.say(&Letter::PlansHeld(sign_held(held, self.key)))?;
        }
        if taken.refused.is_empty() { Ok(()) } else { self.say(&Letter::PlansRefused(taken.refused)) }
    }

    /// Plans of these people, in one letter: what came after `since`, or whole. Only of those whose content may be carried.
    pub(super) fn plans_out(&mut self, people: &[i64], since: Option<Seq>) -> Result<(), PostFault> {
        let mut incoming = Vec::new();
        for row in rows::with_plan(self.tx, people)? {
            let Some(person) = people::person_id(self.tx, row)? else { continue };
            let relationship = self.relationship(row)?.unwrap_or(Relationship::None);
            // A plan is not sealed on a device: where content is, the plan stays here.
            if self.carriage(&trust::choice(self.tx, row)?.1, relationship) == Carriage::Open {
                incoming.extend(plans::owed(self.tx, row, person, since, &self.post.chain)?);
            }
        }
        if incoming.is_empty() { Ok(()) } else { self.say(&Letter::Plans(incoming)) }
    }
}
