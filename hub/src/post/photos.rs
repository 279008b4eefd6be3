//! Photographs in a post and its answer: a piece is taken in and it is said how far the hub has got, or that it holds the whole; what
//! somebody on the device wants to see goes out after everything else. The rules are `crate::photos`'.

use super::{Answering, PostFault};
use crate::photos;
use crate::store::{bags, drafts, people, trust};
use record::consent::{Carriage, Relationship};
use sync::letter::Letter;
use sync::photos::{PhotosHeld, sign_held};

impl Answering<'_> {
    /// Takes in pieces; says how far each photograph has got.
    pub(super) fn photos_in(&mut self) -> Result<(), PostFault> {
        let pieces = std::mem::take(&mut self.post.pieces);
        let taken = photos::take_in(self.tx, &self.post.chain, &pieces, self.now)?;
        if !taken.stands.is_empty() {
            self.say(&Letter::PhotoStands(taken.stands))?;
        }
        if !taken.held.is_empty() {
            let (chain, at) = (self.post.chain.clone(), self.now);
            let held = PhotosHeld { chain, at, held: taken.held, signature: [0; 64] };
            self.say(&Letter::PhotosHeld(sign_held(held, self.key)))?;
        }
        if taken.refused.is_empty() { Ok(()) } else { self.say(&Letter::PhotosRefused(taken.refused)) }
    }

    /// What somebody on the device wants to see, of people whose content it may carry: at least one piece, then until the answer is
    /// full. Gives whether there is more.
    pub(super) fn photos_out(&mut self) -> Result<bool, PostFault> {
        let mut all = std::mem::take(&mut self.post.wanted).into_iter();
        while let Some(wanted) = all.next() {
            let Some(row) = people::person_row(self.tx, wanted.of.person)? else { continue };
            // A photograph is not sealed on a device: where content is, it stays here.
            // Whoever took over a bag that names it has to do with the person, as with the bag's notes.
            let by_hand = bags::is_held_by_hand(self.tx, (row, wanted.of.photo), &self.actor.staff)?;
            let relationship = match self.relationship(row)? {
                None if by_hand => Relationship::Established,
                None => continue,
                Some(relationship) => relationship,
            };
            if self.carriage(&trust::choice(self.tx, row)?.1, relationship) != Carriage::Open {
                continue;
            }
            let mut pieces = photos::wanted(self.tx, &wanted)?;
            if pieces.is_empty() {
                // Of a form that nobody has signed: its author's alone.
                let whole = drafts::picture(self.tx, &self.actor.staff, (wanted.of.person, wanted.of.photo))?;
                pieces = whole.map_or_else(Vec::new, |whole| photos::pieces(&wanted, &whole));
            }
            let last = pieces.len().saturating_sub(1);
            for (place, piece) in pieces.into_iter().enumerate() {
                self.say(&Letter::Photo(piece))?;
                if self.full() {
                    return Ok(place < last || all.len() > 0);
                }
            }
        }
        Ok(false)
    }
}
