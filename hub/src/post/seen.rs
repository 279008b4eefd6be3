//! "Seen by": from a device's audit, which of its looks at a plan, at visits, at a bag or at a record had whose work before them; and telling the authors. A look
//! counts only if the device's place in the hub's order, which it names with the entry it was at when it got there, covers the work: never from an entry that
//! may be older than what came.

use super::{Answering, PostFault};
use crate::store::{people, seen};
use record::audit::{BagDeed, Entry, Event, PlanDeed, VisitDeed};
use record::consent::Outcome;
use sync::letter::Letter;
use sync::seen::{Of, Seen, SeenWork};

impl Answering<'_> {
    /// Notes whose work was on this user's screen, by entries just taken in.
    pub(super) fn note_seen(&self, entries: &[Vec<u8>]) -> Result<(), PostFault> {
        let cursor = self.post.cursor.seq.0;
        if cursor == 0 {
            return Ok(());
        }
        for entry in entries.iter().filter_map(|bytes| Entry::from_bytes(bytes).ok()) {
            if entry.epoch != self.post.head.epoch || entry.seq <= self.post.held_since {
                continue;
            }
            // `None`: the plan.
            let (subject, of) = match entry.event {
                // As it stood at another time, or only who changed what, is not as it stands.
                Event::Plan(act)
                    if act.outcome == Outcome::Permit
                        && !matches!(act.deed, PlanDeed::Exported | PlanDeed::History) =>
                {
                    (act.subject, None)
                }
                Event::Visit(act) if act.outcome == Outcome::Permit && shows_visits(act.deed) => {
                    (act.subject, Some(Of::Visits))
                }
                // Bags have a place of their own in the hub's order; the home's working on its form is not what was handed over.
                Event::Bag(act) if act.outcome == Outcome::Permit && shows_bag(act.deed) => {
                    let Some(row) = people::person_row(self.tx, act.subject)? else { continue };
                    let (whom, through) = ((act.bag, &self.actor.staff), self.post.bags_through);
                    for (author, newest) in seen::bag_authors(self.tx, whom, through, &self.post.chain)? {
                        seen::note_work(self.tx, Of::Bag, (&author, row, newest), &self.actor, entry.at)?;
                    }
                    continue;
                }
                // A refusal says what they chose as well as a record does.
                Event::Record { subject, .. } => (subject, Some(Of::Choice)),
                _ => continue,
            };
            let Some(row) = people::person_row(self.tx, subject)? else { continue };
            let own = &self.post.chain;
            match of {
                None => {
                    for (author, through) in seen::authors(self.tx, row, cursor, own)? {
                        seen::note(self.tx, (&author, row, through), &self.actor, entry.at)?;
                    }
                }
                Some(of) => {
                    for (author, through) in seen::work_authors(self.tx, (of, row), cursor, own)? {
                        seen::note_work(self.tx, of, (&author, row, through), &self.actor, entry.at)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Tells this device who has seen its user's work. One count numbers both letters: the first leaves it where it was, so that a cut between them loses
    /// neither; and where one of them had more to say, the other goes no farther.
    pub(super) fn seen(&mut self) -> Result<(), PostFault> {
        let (chain, after) = (self.post.chain.clone(), self.post.seen);
        let (plans, work) = (seen::untold(self.tx, &chain, after)?, seen::untold_work(self.tx, &chain, after)?);
        let end = |full: bool, last: Option<u64>| last.filter(|_| full).unwrap_or(u64::MAX);
        let most = end(seen::is_full(plans.len()), plans.last().map(|p| p.0))
            .min(end(seen::is_full(work.len()), work.last().map(|w| w.0)));
        let plans: Vec<(u64, Seen)> = plans.into_iter().filter(|p| p.0 <= most).collect();
        let work: Vec<(u64, Of, Seen)> = work.into_iter().filter(|w| w.0 <= most).collect();
        let last = plans.last().map_or(after, |p| p.0).max(work.last().map_or(after, |w| w.0));
        if !plans.is_empty() {
            let through = if work.is_empty() { last } else { after };
            self.say(&Letter::Seen { through, seen: plans.into_iter().map(|p| p.1).collect() })?;
        }
        if !work.is_empty() {
            let seen = work.into_iter().map(|(_, of, seen)| (of, seen)).collect();
            self.say(&Letter::SeenWork(SeenWork { through: last, seen }))?;
        }
        Ok(())
    }
}

/// It put what is in the bag on the screen.
const fn shows_bag(deed: BagDeed) -> bool {
    use BagDeed::{Accepted, Counted, Looked, Opened, Passed, Released, Wrote};
    matches!(deed, Looked | Opened | Wrote | Counted | Passed | Released | Accepted)
}

/// It put what was done at visits on the screen.
const fn shows_visits(deed: VisitDeed) -> bool {
    !matches!(deed, VisitDeed::AccessShown | VisitDeed::PhotoShown | VisitDeed::PhotoAsked | VisitDeed::Exported)
}
