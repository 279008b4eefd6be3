//! What people chose and users claimed at their devices, recorded here in the hub's order: a choice, its signed form after it, a relationship
//! that only the user claims. Who wrote a choice down is the enrolment's to say, never the device's; and none can have been made later than it is heard.

use super::audit::DRIFT;
use super::{Answering, PostFault};
use crate::store::consent::{self, FormKept};
use crate::store::{alarms, caseload, people, seen, trust};
use record::PersonId;
use record::audit::BreakKind;
use record::consent::{Carriage, Channel, RecordedBy, Relationship};
use record::feed::Seq;

/// No form is longer (bytes).
const LONGEST_FORM: usize = 4 << 20;
/// People sent again in one answer.
const MOST_AGAIN: usize = 64;

impl Answering<'_> {
    /// Records choices made on the device about people on its user's caseloads; gives the keys that are now held.
    pub(super) fn choices(&mut self) -> Result<Vec<String>, PostFault> {
        let mut held = Vec::new();
        let mut own = std::collections::HashMap::new();
        for mut made in std::mem::take(&mut self.post.choices) {
            let row = people::person_row(self.tx, made.person)?;
            // A choice about somebody this user has nothing to do with is not theirs to record: it is answered, not applied.
            if let Some(row) = row
                && self.relationship(row)?.is_some()
            {
                made.recorded.by = Some(RecordedBy {
                    name: self.actor.name.clone(),
                    organisation: self.actor.organisation.name.clone(),
                    how: Channel::Device,
                });
                if made.recorded.heard(self.now, self.now.plus(DRIFT)) {
                    // Its key begins with the entry before it (`vault::choices`); one that does not is placed at the chain's head.
                    let before = made.key.split('-').next().and_then(|number| number.parse().ok());
                    let place = (self.post.chain.as_str(), self.post.head.epoch, before.unwrap_or(self.post.head.seq));
                    alarms::raise(self.tx, place, BreakKind::Clock.code(), self.now)?;
                }
                // Its author had seen what the same device recorded before it.
                let saw = own.get(&made.person).copied().unwrap_or(0).max(made.saw.0);
                trust::record_choice(self.tx, row, &made.recorded, &made.key, saw, self.now)?;
                // 0: it did not take the place of what the person said; the choice in force is on its way to the device.
                let choice = trust::choice_seq(self.tx, &made.key)?;
                if choice > 0 {
                    seen::choice_by(self.tx, choice, &self.post.chain)?;
                    own.insert(made.person, choice);
                }
            }
            held.push(made.key);
        }
        Ok(held)
    }

    /// Keeps signed forms; gives the keys of those that need not be sent again.
    pub(super) fn forms(&mut self) -> Result<Vec<String>, PostFault> {
        let mut held = Vec::new();
        for form in std::mem::take(&mut self.post.forms) {
            let known = matches!(form.mime.as_str(), "image/png" | "image/jpeg") && form.bytes.len() <= LONGEST_FORM;
            if known {
                // A form that is not its choice's is answered, not kept: asking for it again would not mend it.
                let _: FormKept = consent::keep_form(self.tx, &form.key, &form.mime, &form.bytes, self.now)?;
            }
            held.push(form.key);
        }
        Ok(held)
    }

    /// Ties people to this user on the user's word; the audit entry that came with the post opens the alert.
    pub(super) fn claims(&mut self) -> Result<Vec<(String, Option<PersonId>)>, PostFault> {
        let mut answers = Vec::new();
        for claim in std::mem::take(&mut self.post.claims) {
            let person = consent::claim(self.tx, &claim.key, &self.actor, (claim.number, &claim.born), self.now)?;
            answers.push((claim.key, person));
        }
        if !answers.is_empty() {
            // The user's own caseload may be new.
            self.caseloads = caseload::caseloads_of(self.tx, &self.actor.staff)?;
        }
        Ok(answers)
    }

    /// Sends again whose content the device erased for its age, or whose plan it set aside, as far as it may still be carried.
    pub(super) fn again(&mut self) -> Result<(), PostFault> {
        let mut rows = Vec::new();
        for person in std::mem::take(&mut self.post.again).into_iter().take(MOST_AGAIN) {
            let Some(row) = people::person_row(self.tx, person)? else { continue };
            let Some(relationship) = self.relationship(row)? else { continue };
            let recorded = trust::choice(self.tx, row)?.1;
            match self.carriage(&recorded, relationship) {
                _ if relationship == Relationship::None => {}
                // What their own organisation wrote may be wanted again, and nothing else.
                Carriage::Never => self.person(row, (Seq(0), true))?,
                Carriage::Open | Carriage::Sealed => rows.push(row),
            }
        }
        self.whole(&rows)
    }
}
