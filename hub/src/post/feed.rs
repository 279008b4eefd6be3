//! What a device is told of its caseload: everybody, resumable after any person, the first time; afterwards what happened since its
//! cursor. What is owed is `routing`'s to say; the frames are `frames`'.

use super::{Answering, PostFault};
use crate::frames::{self, Ready};
use crate::manifest::{OWN, Sent, bits};
use crate::plans;
use crate::routing::{Now, Owed, owed};
use crate::store::journal::What;
use crate::store::{caseload, journal, people, trust};
use record::consent::{Carriage, Relationship};
use record::feed::{Rules, Seq};
use record::section::Compartment;
use record::{PersonId, SourceId};
use std::collections::BTreeSet;
use sync::letter::{Change, Cursor, Fetching, Letter, PersonLetter, Signed, WholeLetter};
use sync::own::{OwnFrames, OwnLetter};
use sync::wire;

/// Journal lines handled before the answer's size is looked at again.
const STRIDE: u32 = 256;

impl Answering<'_> {
    /// First fetch: everybody on the caseloads to be read, then everybody's resources whole; by row, resumable after any person.
    pub(super) fn whole_caseload(&mut self) -> Result<(Cursor, bool), PostFault> {
        let mut at = match self.post.cursor.fetching {
            Some(fetching) => fetching,
            // Base 0 would mean "nothing began": the counter starts above it once anything has ever happened.
            None => Fetching { base: Seq(journal::counter(self.tx)?.max(1)), after: 0, wholes: false },
        };
        self.owed_whole(at)?;
        // People who are to be visited today are read first. They move no cursor, so that whoever comes after a cut comes again.
        let mut early = BTreeSet::new();
        if self.post.cursor.fetching.is_none() {
            let all = caseload::members_after(self.tx, &self.caseloads, 0, u32::MAX)?;
            early = self.booked_today(&all)?;
            let rows: Vec<i64> = early.iter().copied().collect();
            self.beside(&rows)?;
            for (told, row) in rows.into_iter().enumerate() {
                self.person(row, (Seq(0), false))?;
                if self.full() {
                    early = early.into_iter().take(told + 1).collect();
                    break;
                }
            }
        }
        loop {
            let rows = caseload::members_after(self.tx, &self.caseloads, at.after, 64)?;
            if rows.is_empty() && at.wholes {
                // What happened since the fetch began is told by the journal, next.
                return Ok((Cursor { seq: at.base, fetching: None }, journal::counter(self.tx)? > at.base.0));
            }
            if rows.is_empty() {
                at = Fetching { after: 0, wholes: true, ..at };
            }
            // The resources of people follow, whose plans went before them.
            if !at.wholes {
                let rows: Vec<i64> = rows.iter().copied().filter(|row| !early.contains(row)).collect();
                self.beside(&rows)?;
            }
            for row in rows {
                if at.wholes {
                    self.wholes(row, at.base)?
                } else if !early.contains(&row) {
                    self.person(row, (at.base, false))?
                }
                at.after = row as u64;
                if self.full() {
                    return Ok((Cursor { seq: Seq(0), fetching: Some(at) }, true));
                }
            }
        }
    }

    /// Somebody's resources as their sources sent them, where they may lie open; what is sealed came whole.
    fn wholes(&mut self, row: i64, base: Seq) -> Result<(), PostFault> {
        let ready = frames::ready(self.tx, self.folds.region(self.tx)?, row, self.now)?;
        let relationship = self.relationship(row)?.unwrap_or(Relationship::None);
        let carried = self.carriage(&trust::choice(self.tx, row)?.1, relationship) == Carriage::Open;
        let all = bits(ready.frames.iter().map(|(c, _)| *c));
        match ready.frames.into_iter().find(|(compartment, _)| carried && *compartment == Compartment::Whole) {
            Some((_, frame)) => {
                self.sent.push(Sent::Person(ready.person, all));
                self.say(&Letter::Whole(WholeLetter { base, row: row as u64, person: ready.person, frame }))
            }
            None => Ok(()),
        }
    }

    /// What happened after `cursor` to anybody on the caseloads.
    pub(super) fn since(&mut self, mut cursor: Seq) -> Result<(Cursor, bool), PostFault> {
        let mut first = true;
        loop {
            let (lines, last) = journal::lines(self.tx, &self.caseloads, cursor, STRIDE)?;
            let Some(last) = last else { return Ok((Cursor { seq: cursor, fetching: None }, false)) };
            if std::mem::take(&mut first) {
                self.owed_since(cursor)?;
            }
            let mut standing = std::collections::HashMap::new();
            for (person, _) in &lines {
                let recorded = trust::choice(self.tx, *person)?.1;
                let relationship = self.relationship(*person)?;
                let carriage = self.carriage(&recorded, relationship.unwrap_or(Relationship::None));
                standing.insert(*person, Now { relationship, carriage });
            }
            let gone = Now { relationship: None, carriage: Carriage::Never };
            let mut changes = Vec::new();
            let mut whole = Vec::new();
            let (mut plans, mut acts) = (Vec::new(), Vec::new());
            let happened = |row: i64, what: What| lines.contains(&(row, what));
            let mut due = owed(&lines, |person| standing.get(&person).copied().unwrap_or(gone));
            due.sort_by_key(|(_, owed)| owed.risk());
            for (row, owed) in due {
                match owed {
                    Owed::Removal => self.removal(row, last)?,
                    Owed::RulesOnly => self.person(row, (Seq(0), true))?,
                    Owed::Whole => whole.push(row),
                    Owed::Changes => {
                        changes.push(self.change(row, cursor)?);
                        plans.extend(happened(row, What::PlanChanged).then_some(row));
                        acts.extend(happened(row, What::VisitActed).then_some(row));
                    }
                    Owed::BesideOnly => {
                        plans.extend(happened(row, What::PlanChanged).then_some(row));
                        acts.extend(happened(row, What::VisitActed).then_some(row));
                    }
                }
            }
            // A new allergy of somebody who is carried before everything about somebody who is not yet.
            if !changes.is_empty() {
                self.say(&Letter::Changed(changes))?;
            }
            // Who is visited today before other new people.
            let today = if whole.len() > 1 { self.booked_today(&whole)? } else { BTreeSet::new() };
            whole.sort_by_key(|row| !today.contains(row));
            self.whole(&whole)?;
            self.plans_out(&plans, Some(cursor))?;
            self.acts_out(&acts, Some(cursor))?;
            cursor = last;
            if self.full() {
                return Ok((Cursor { seq: cursor, fetching: None }, true));
            }
        }
    }

    /// People whole, with what stands beside their records.
    pub(super) fn whole(&mut self, rows: &[i64]) -> Result<(), PostFault> {
        self.beside(rows)?;
        rows.iter().try_for_each(|row| self.person(*row, (Seq(0), true)))
    }

    /// Plans and visits go before their people: if the answer is cut between them, nobody is shown without theirs, as if nothing had been
    /// written or given, and all are asked for again.
    fn beside(&mut self, rows: &[i64]) -> Result<(), PostFault> {
        self.plans_out(rows, None)?;
        self.acts_out(rows, None)
    }

    /// Somebody, with the resources whole or without: in a first fetch every record comes first, and what it was made from afterwards; but what is sealed is
    /// sealed at once.
    pub(super) fn person(&mut self, row: i64, (base, resources): (Seq, bool)) -> Result<(), PostFault> {
        let ready = frames::ready(self.tx, self.folds.region(self.tx)?, row, self.now)?;
        let rules = self.rules(row, ready.person)?;
        let Ready { head, mut listing, frames: mut all, .. } = ready;
        if !self.actor.role.sees_content() {
            // Who and where, and nothing of what is the matter with them.
            (listing.flags, listing.medicines_at) = (Vec::new(), None);
        }
        let carriage = self.carriage(&rules.value.recorded, rules.value.relationship);
        let mut frames = if carriage == Carriage::Never { Vec::new() } else { std::mem::take(&mut all) };
        if carriage == Carriage::Sealed {
            let said = plans::said(self.tx, row, rules.value.person)?;
            frames::add_said(self.folds.region(self.tx)?, &mut frames, said)?;
        }
        if !resources && carriage == Carriage::Open {
            frames.retain(|(compartment, _)| *compartment != Compartment::Whole);
        }
        let own = if carriage == Carriage::Never { self.own(&rules.value, &all)? } else { None };
        // A fetch is not past them before their own part has come too: a cut between the two letters brings both again.
        let base = if own.is_some() { Seq(0) } else { base };
        let beside = own.as_ref().map_or(0, |_| OWN);
        self.sent.push(Sent::Person(rules.value.person, bits(frames.iter().map(|(c, _)| *c)) | beside));
        let letter = PersonLetter { base, row: row as u64, head, listing, rules, frames };
        self.say(&Letter::Person(Box::new(letter)))?;
        own.map_or(Ok(()), |own| self.say(&Letter::Own(own)))
    }

    /// Of somebody whose record may not be carried: what the user's own organisation wrote itself, where the person is theirs (`record::own`).
    fn own(&mut self, rules: &Rules, frames: &[(Compartment, Vec<u8>)]) -> Result<Option<OwnLetter>, PostFault> {
        if rules.relationship != Relationship::Established || !self.actor.role.sees_content() {
            return Ok(None);
        }
        let own = people::source_by_ods(self.tx, &self.actor.organisation.ods)?;
        let sources = own.and_then(|row| u32::try_from(row).ok()).map(SourceId).into_iter().collect();
        let own = OwnFrames::of(self.folds.region(self.tx)?, frames, &sources).map_err(frames::FramesFault::from)?;
        Ok(own.map(|frames| OwnLetter { person: rules.person, frames }))
    }

    fn change(&mut self, row: i64, cursor: Seq) -> Result<Change, PostFault> {
        let ready = frames::ready(self.tx, self.folds.region(self.tx)?, row, self.now)?;
        let delta = frames::delta(self.tx, self.folds.region(self.tx)?, &ready, cursor)?;
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
            Some(person) => {
                self.sent.push(Sent::Removed(person));
                self.say(&Letter::Removed { person, seq })
            }
            None => Ok(()),
        }
    }

    fn rules(&self, row: i64, person: PersonId) -> Result<Signed<Rules>, PostFault> {
        let (version, recorded) = trust::choice(self.tx, row)?;
        let relationship = self.relationship(row)?.unwrap_or(Relationship::None);
        let rules = Rules { person, version: Seq(version), relationship, recorded };
        wire::sign(rules, self.key).map_err(PostFault::Write)
    }

    pub(super) fn relationship(&self, row: i64) -> Result<Option<Relationship>, PostFault> {
        Ok(caseload::relationship(self.tx, &self.caseloads, row)?)
    }
}
