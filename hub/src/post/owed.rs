//! How much a device is about to be told: counted at the beginning of an answer, from the journal and the frames as they lie. What is in it is `feed`'s;
//! a number that would cost the making of frames is not given.

use super::{Answering, PostFault};
use crate::store::journal::What;
use crate::store::{caseload, frames, journal, people, plans, trust, visits};
use record::consent::{Carriage, Relationship};
use record::feed::Seq;
use std::collections::BTreeMap;
use sync::letter::{Fetching, Letter};
use sync::owed::{Owed, Things};

/// Journal lines looked at: what is behind them is said with the next answer.
const MOST: u32 = 2_000;

impl Answering<'_> {
    /// Of a first fetch: everybody to be read who has not come, and the resources of everybody whose have not.
    pub(super) fn owed_whole(&mut self, at: Fetching) -> Result<(), PostFault> {
        let (mut owed, mut known) = (Owed::default(), true);
        let all = caseload::members_after(self.tx, &self.caseloads, 0, u32::MAX)?;
        if !at.wholes {
            let left: Vec<i64> = all.iter().copied().filter(|row| *row as u64 > at.after).collect();
            owed.bytes += self.beside_bytes(&left)?;
        }
        for row in all {
            let after = row as u64 > at.after;
            let (record, whole) = (!at.wholes && after, !at.wholes || after);
            match frames::lengths(self.tx, row)? {
                Some((read, resources)) => {
                    owed.letters += u64::from(record) + u64::from(whole);
                    owed.bytes += if record { read } else { 0 } + if whole { resources } else { 0 };
                }
                None => {
                    (owed.letters, known) = (owed.letters + u64::from(record) + u64::from(whole), false);
                }
            }
        }
        if !known {
            owed.bytes = 0;
        }
        if owed.letters > 0 { self.say(&Letter::Owed(owed)) } else { Ok(()) }
    }

    /// Plans and visits of these people, which go before their records: no letters that are counted, and bytes all the same.
    fn beside_bytes(&self, rows: &[i64]) -> Result<u64, PostFault> {
        let (planned, visited) = (plans::with_plan(self.tx, rows)?, visits::with_acts(self.tx, rows)?);
        let mut bytes = 0;
        for row in rows.iter().filter(|row| planned.contains(row) || visited.contains(row)) {
            let relationship = self.relationship(*row)?.unwrap_or(Relationship::None);
            if self.carriage(&trust::choice(self.tx, *row)?.1, relationship) == Carriage::Open {
                bytes += if planned.contains(row) { plans::length(self.tx, *row)? } else { 0 };
                bytes += if visited.contains(row) { visits::length(self.tx, *row)? } else { 0 };
            }
        }
        Ok(bytes)
    }

    /// Of what happened after `cursor`, person by person. What this device's user did is no news to it.
    pub(super) fn owed_since(&mut self, cursor: Seq) -> Result<(), PostFault> {
        let (lines, _) = journal::lines(self.tx, &self.caseloads, cursor, MOST)?;
        let mut by_person: BTreeMap<i64, Things> = BTreeMap::new();
        for (row, what) in lines {
            let thing = match what {
                What::MemberAdded | What::ConsentChanged | What::ResourceChanged => Things::RECORD,
                What::PlanChanged => Things::PLAN,
                What::VisitActed => Things::VISITS,
                What::MemberRemoved => continue,
            };
            let things = by_person.entry(row).or_default();
            *things = things.with(thing);
        }
        let mut owed = Owed::default();
        for (row, things) in by_person {
            let Some(relationship) = self.relationship(row)? else { continue };
            let open = self.carriage(&trust::choice(self.tx, row)?.1, relationship) == Carriage::Open;
            let own = &self.post.chain;
            // A plan and a visit go where the record lies open, and what this user did there is no news to them.
            let plan = things.has(Things::PLAN) && open && plans::news(self.tx, row, cursor.0, own)?;
            let visits = things.has(Things::VISITS) && open && visits::news(self.tx, row, cursor.0, own)?;
            let news = |there: bool, thing: Things| if there { thing } else { Things::default() };
            let things = news(things.has(Things::RECORD), Things::RECORD)
                .with(news(plan, Things::PLAN))
                .with(news(visits, Things::VISITS));
            let Some(person) = people::person_id(self.tx, row)?.filter(|_| things.count() > 0) else { continue };
            owed.letters += u64::from(things.count());
            owed.people.push((person, things));
        }
        if owed.letters > 0 { self.say(&Letter::Owed(owed)) } else { Ok(()) }
    }
}
