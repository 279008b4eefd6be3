//! Acts of visits in a post and its answer: what the device's user did is taken in, held or refused, and said; what others did goes out in
//! one letter. The rules are `crate::visits`'.

use super::{Answering, PostFault};
use crate::plans::{self, Poster};
use crate::store::{people, trust, visits as rows};
use crate::visits;
use record::consent::{Carriage, Relationship};
use record::feed::Seq;
use sync::letter::Letter;
use sync::visits::{ActsHeld, sign_held};

impl Answering<'_> {
    /// Takes in what the device's user did; says what is held and what was not taken.
    pub(super) fn acts_in(&mut self) -> Result<(), PostFault> {
        let outgoing = std::mem::take(&mut self.post.acts);
        if outgoing.is_empty() {
            return Ok(());
        }
        let actor = plans::poster(self.tx, &self.post.chain)?.ok_or(PostFault::Unknown)?;
        let poster = Poster { chain: &self.post.chain, actor: &actor, key: &self.author, caseloads: &self.caseloads };
        let taken = visits::take_in(self.tx, &poster, &outgoing, self.now)?;
        if !taken.held.is_empty() {
            let (chain, at) = (self.post.chain.clone(), self.now);
            let held = ActsHeld { chain, at, held: taken.held, signature: [0; 64] };
            self.say(&Letter::ActsHeld(sign_held(held, self.key)))?;
        }
        if taken.refused.is_empty() { Ok(()) } else { self.say(&Letter::ActsRefused(taken.refused)) }
    }

    /// Acts for these people, in one letter: what came after `since`, or all. Only of those whose content may be carried.
    pub(super) fn acts_out(&mut self, people: &[i64], since: Option<Seq>) -> Result<(), PostFault> {
        let mut incoming = Vec::new();
        for row in rows::with_acts(self.tx, people)? {
            let Some(person) = people::person_id(self.tx, row)? else { continue };
            let relationship = self.relationship(row)?.unwrap_or(Relationship::None);
            // Acts are not sealed on a device: where content is, they stay here.
            if self.carriage(&trust::choice(self.tx, row)?.1, relationship) == Carriage::Open {
                incoming.extend(visits::owed(self.tx, row, person, since, &self.post.chain)?);
            }
        }
        if incoming.is_empty() { Ok(()) } else { self.say(&Letter::Acts(incoming)) }
    }
}
