//! Who of several people has a visit booked today with this device's user or their organisation: they are told of before other new people. The rule is
//! `record::visit::booking`; of people without any appointment nothing is opened.

use super::{Answering, PostFault};
use crate::frames;
use crate::store::{people, resources};
use record::section::Compartment;
use record::visit::booking;
use std::collections::BTreeSet;

impl Answering<'_> {
    /// Those of these rows.
    pub(super) fn booked_today(&mut self, rows: &[i64]) -> Result<BTreeSet<i64>, PostFault> {
        let own = people::source_by_ods(self.tx, &self.actor.organisation.ods)?;
        let day = self.now.london_date();
        let mut booked = BTreeSet::new();
        for row in rows {
            if !resources::any_of_kind(self.tx, *row, "Appointment")? {
                continue;
            }
            let region = self.folds.region(self.tx)?;
            let ready = frames::ready(self.tx, region, *row, self.now)?;
            for (compartment, frame) in ready.frames {
                if compartment == Compartment::Whole {
                    continue;
                }
                let facts = region.unfold_facts(&frame).map_err(frames::FramesFault::from)?;
                let ours = |fact: &record::summary::Fact| {
                    let by_own = own == Some(i64::from(fact.source.0));
                    booking::of_round(fact, by_own, &self.actor, day).is_some()
                };
                if facts.iter().any(ours) {
                    booked.insert(*row);
                }
            }
        }
        Ok(booked)
    }
}
