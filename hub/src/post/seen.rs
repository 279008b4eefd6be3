//! "Seen by": from a device's audit, which of its looks at a plan had whose changes before them; and telling the authors. A look counts
//! only if the device's place in the hub's order, which it names with the entry it was at when it got there, covers the change: never from
//! an entry that may be older than what came.

use super::{Answering, PostFault};
use crate::store::{people, seen};
use record::audit::{Entry, Event, PlanDeed};
use record::consent::Outcome;
use sync::letter::Letter;

impl Answering<'_> {
    /// Notes whose changes were on this user's screen, by entries just taken in.
    pub(super) fn note_seen(&self, entries: &[Vec<u8>]) -> Result<(), PostFault> {
        let cursor = self.post.cursor.seq.0;
        if cursor == 0 {
            return Ok(());
        }
        for entry in entries.iter().filter_map(|bytes| Entry::from_bytes(bytes).ok()) {
            let Event::Plan(act) = entry.event else { continue };
            let shown = act.outcome == Outcome::Permit && act.deed != PlanDeed::Exported;
            if !shown || entry.epoch != self.post.head.epoch || entry.seq <= self.post.held_since {
                continue;
            }
            let Some(row) = people::person_row(self.tx, act.subject)? else { continue };
            for (author, through) in seen::authors(self.tx, row, cursor, &self.post.chain)? {
                seen::note(self.tx, (&author, row, through), &self.actor, entry.at)?;
            }
        }
        Ok(())
    }

    /// Tells this device who has seen its user's changes.
    pub(super) fn seen(&mut self) -> Result<(), PostFault> {
        match seen::untold(self.tx, &self.post.chain, self.post.seen)? {
            Some((through, seen)) => self.say(&Letter::Seen { through, seen }),
            None => Ok(()),
        }
    }
}
