//! What a device's user is writing, and nobody has signed: taken in from a segment of the outbox, and given back to the same user, on another device of
//! theirs, once the one it was written on is no more. It is nobody's record: the hub shows it to nobody, keeps it out of what is kept for a person to look
//! at, and does not know what is in it. A device of somebody who has left leaves none.

use super::{Answering, PostFault};
use crate::store::{drafts, people, trust};
use record::consent::{Carriage, Relationship};
use sync::drafts::DraftSaid;
use sync::letter::{EndedBecause, Letter};
use sync::outbox::{Frame, Work};

/// Of drafts in one answer (bytes): the rest waits until these have been taken.
const MOST: usize = 2 << 20;

impl Answering<'_> {
    /// Takes in the drafts of a segment; gives whether there was no room for a picture in it. That one is not let go: it stays on its device until others
    /// were signed or thrown away.
    pub(super) fn segment_drafts(&mut self, frames: &[Frame]) -> Result<bool, PostFault> {
        if self.over == Some(EndedBecause::Left) {
            return Ok(false);
        }
        let mut full = false;
        let whose = (&self.enrolment.device, &self.enrolment.staff);
        if frames.iter().any(|frame| frame.work.iter().any(|work| matches!(work, Work::Draft(_)))) {
            drafts::sweep(self.tx, self.now)?;
        }
        for work in frames.iter().flat_map(|frame| &frame.work) {
            match work {
                Work::Draft(said) => {
                    // A revoked device says what it wrote, and nothing of what is on others.
                    let from = said.from.clone().filter(|_| self.over.is_none());
                    let said = &DraftSaid { from, ..said.clone() };
                    drafts::take_in(self.tx, whose, said, self.now)?;
                }
                Work::Waits(waits) => drafts::waits(self.tx, whose, waits, self.now)?,
                Work::Picture(piece) => {
                    if drafts::pieces(self.tx, whose.1)? < drafts::MOST_PIECES
                        || drafts::has_piece(self.tx, whose.1, piece)?
                    {
                        drafts::take_piece(self.tx, whose, piece, self.now)?;
                    } else {
                        full = true;
                    }
                }
                _ => {}
            }
        }
        Ok(full)
    }

    /// Says what is held of this device's drafts, which were finished elsewhere, and which of a device that is no more are its user's to go on with here:
    /// of people whose content it may carry, for a draft is not sealed on a device.
    pub(super) fn drafts_out(&mut self) -> Result<(), PostFault> {
        let (device, staff) = (self.enrolment.device.clone(), self.enrolment.staff.clone());
        let through = drafts::through(self.tx, &device)?;
        let mut all = if through.is_some() { drafts::finished(self.tx, &device)? } else { Vec::new() };
        let mut bytes = 0;
        for said in drafts::left_behind(self.tx, (&device, &staff), self.now)? {
            let Some(row) = people::person_row(self.tx, said.person)? else { continue };
            let relationship = self.relationship(row)?.unwrap_or(Relationship::None);
            if self.carriage(&trust::choice(self.tx, row)?.1, relationship) == Carriage::Open && bytes < MOST {
                bytes += said.fields.len();
                drafts::offer(self.tx, &said, &device)?;
                all.push(said);
            }
        }
        match (through, all.is_empty()) {
            (None, true) => Ok(()),
            (through, _) => self.say(&Letter::Drafts { through: through.unwrap_or(0), drafts: all }),
        }
    }
}
