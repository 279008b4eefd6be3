//! A device's audit at the hub: compared with what is held, verified from the held head with the same code as on the device, appended to
//! the log and receipted; or the place where it breaks raised as an alarm, what came kept aside, and a new epoch opened. What an entry
//! says is not looked at, but for its time.
//!
//! The hub may be the one that is behind: restored from an older copy. Then a device holds receipts and tree heads that this hub signed
//! and does not know. The hub asks for them, says so in its own log, and the device sends again what the hub lost.

use super::{Answering, PostFault};
use crate::store::{alarms, alerts, audit, journal, log};
use jiff::SignedDuration;
use record::audit::{Break, BreakKind, DeviceAct, Entry, Event, Head, HubAct, Link, LogSign, first_break};
use record::consent::Clock;
use record::feed::Seq;
use record::time::{Doubt, Doubts};
use record::{ChainId, Stamp};
use sync::letter::Letter;
use sync::wire::WireFault;
use sync::witness::{Notice, Receipt, TreeHead};

/// Clocks may differ by this much (`reference/consent.md` section 6).
pub(super) const DRIFT: SignedDuration = SignedDuration::from_mins(5);

/// More numbers than any hub gives between two copies.
const LEAP: u64 = 1 << 32;

impl Answering<'_> {
    pub(super) fn audit(&mut self) -> Result<(), PostFault> {
        let id = self.post.chain.clone();
        self.check_mark(&id)?;
        let chain = audit::chain(self.tx, &id)?;
        let size = log::size(self.tx)?;
        let mut held = self.post.held;
        if let Some(agreed) = self.weigh_evidence(size)? {
            held = agreed;
        } else if self.post.evidence.is_empty() && self.behind(chain.head, size) {
            let Head { epoch, seq: through, link, .. } = chain.head;
            return self.say(&Letter::Behind { epoch, through, link, size });
        }
        self.set_old_aside(&id, chain.head.epoch)?;
        if self.post.head.epoch < chain.head.epoch {
            // It has not heard that its epoch is over: told again.
            let entries = std::mem::take(&mut self.post.entries);
            self.keep_aside(&id, (self.post.head.epoch, self.post.receipted + 1), &entries)?;
            let grant = audit::grant(self.tx, &id)?.unwrap_or_default();
            return self.say(&Letter::Notice(Notice::sign(grant, self.key)));
        }
        match self.verify(&id, chain.head)? {
            Ok((fresh, new)) => {
                self.accept(&id, &chain, fresh, new)?;
                if fresh > 0 {
                    self.waiting(&id)?;
                }
                if new.seq > self.post.receipted { self.receipt(&id, new, held.min(size)) } else { Ok(()) }
            }
            Err(at) => self.broken(&id, chain.head.epoch, at),
        }
    }

    /// The device speaks of receipts or of a log that this hub does not know.
    fn behind(&self, head: Head, size: u64) -> bool {
        let ahead = self.post.head.epoch == head.epoch && self.post.receipted > head.seq;
        ahead || self.post.held > size
    }

    /// The batch is signed for itself, so that authorship can be proved when the post is long gone.
    fn check_mark(&self, id: &ChainId) -> Result<(), PostFault> {
        let Some(last) = self.post.entries.last() else { return Ok(()) };
        let fits = |mark: &sync::witness::BatchMark| mark.check(id, Link::of(last), &self.author).is_ok();
        match &self.post.mark {
            Some(mark) if fits(mark) => Ok(()),
            _ => Err(PostFault::Unreadable(WireFault::Signature)),
        }
    }

    /// Heads of this log that the device holds. Where the newest does not fit, the hub was rolled back: an alarm, a line in the hub's
    /// own chain, and a notice to the device. Gives the size up to which both agree.
    fn weigh_evidence(&mut self, size: u64) -> Result<Option<u64>, PostFault> {
        let hub = self.key.verifying_key();
        let heads: Vec<TreeHead> = self.post.evidence.iter().filter(|h| h.check(&hub).is_ok()).copied().collect();
        let Some(newest) = heads.iter().max_by_key(|h| h.size).copied() else { return Ok(None) };
        let mut tiles = log::Tiles::of(self.tx);
        let mut fits = |head: &TreeHead| Ok::<_, PostFault>(head.size <= size && tiles.root(head.size)? == head.root);
        if fits(&newest)? {
            return Ok(None);
        }
        let mut agreed = 0;
        for head in &heads {
            if head.size > agreed && fits(head)? {
                agreed = head.size;
            }
        }
        let sign = if newest.size > size { LogSign::Rollback } else { LogSign::Fork };
        if alarms::raise(self.tx, (alarms::LOG, 1, newest.size), sign.code(), self.now)? {
            // Other devices may have taken in more news than this one: their numbers are far below from now on.
            let told = journal::counter(self.tx)?.max(self.post.cursor.seq.0);
            journal::leap(self.tx, Seq(told.saturating_add(LEAP)))?;
        }
        let act = HubAct::Log { sign: LogSign::Restored, held: newest.size, shown: agreed };
        let acted = audit::act_itself(self.tx, Event::Hub(act), self.now)?;
        self.say(&Letter::Notice(Notice::sign(acted.bytes, self.key)))?;
        Ok(Some(agreed))
    }

    /// Entries of epochs that are over were not accepted then; they are kept all the same.
    fn set_old_aside(&mut self, id: &ChainId, epoch: u32) -> Result<(), PostFault> {
        let over = |bytes: &Vec<u8>| Entry::from_bytes(bytes).is_ok_and(|entry| entry.epoch < epoch);
        if self.post.head.epoch < epoch {
            return Ok(());
        }
        let old: Vec<Vec<u8>> = self.post.entries.extract_if(.., |bytes| over(bytes)).collect();
        self.keep_aside(id, (epoch, 0), &old)
    }

    /// Keeps as evidence what is not taken in the chain. Somebody must look at what was done all the same.
    pub(super) fn keep_aside(&self, id: &ChainId, from: (u32, u64), entries: &[Vec<u8>]) -> Result<(), PostFault> {
        let new = audit::keep_aside(self.tx, id, from, entries, self.now)?;
        Ok(alerts::from_entries(self.tx, &new, true, self.now)?)
    }

    /// How many of the post's entries are new, and the head after them; or where the chain does not hold.
    fn verify(&self, id: &ChainId, head: Head) -> Result<Result<(usize, Head), Break>, PostFault> {
        let post = &self.post;
        let brk = |at, kind| Ok(Err(Break { at, kind }));
        if post.head.epoch != head.epoch {
            return brk(head.seq + 1, BreakKind::Stranger);
        }
        if post.receipted > head.seq {
            return brk(head.seq + 1, BreakKind::Gap);
        }
        let behind = post.head.seq < head.seq;
        let known = usize::try_from(head.seq - post.receipted).unwrap_or(usize::MAX).min(post.entries.len());
        for (seq, bytes) in (post.receipted + 1..).zip(&post.entries[..known]) {
            if audit::entry(self.tx, id, head.epoch, seq)?.is_none_or(|(_, held)| held != *bytes) {
                let told = behind || says_restored(bytes);
                return brk(seq, if told { BreakKind::Rollback } else { BreakKind::Fork });
            }
        }
        if behind {
            return brk(post.head.seq + 1, BreakKind::Rollback);
        }
        // With nothing to compare, the heads must agree.
        if post.entries.is_empty() && post.head.seq == head.seq && post.head.link != head.link {
            return brk(head.seq, BreakKind::Fork);
        }
        let fresh = &post.entries[known..];
        if let Some(at) = self.false_time(fresh.iter().map(Vec::as_slice))? {
            return brk(at, BreakKind::Clock);
        }
        Ok(first_break(id, head, fresh.iter().map(Vec::as_slice)).map(|new| (fresh.len(), new)))
    }

    pub(super) fn accept(
        &mut self,
        id: &ChainId,
        chain: &audit::Chain,
        fresh: usize,
        new: Head,
    ) -> Result<(), PostFault> {
        if fresh == 0 {
            return Ok(());
        }
        let entries = self.post.entries.split_off(self.post.entries.len() - fresh);
        self.look_over(id, chain, &entries)?;
        self.note_extensions(&entries)?;
        self.note_seen(&entries)?;
        audit::extend(self.tx, id, new, &entries, self.now)?;
        alerts::from_entries(self.tx, &entries, false, self.now)?;
        // Whatever is written after this post cannot honestly be dated before it.
        if self.post.head.seq == new.seq {
            audit::complete(self.tx, id, self.now)?;
        }
        if let Some(mark) = &self.post.mark {
            audit::keep_mark(self.tx, id, mark)?;
        }
        Ok(())
    }

    /// An entry dated after now, or before the last post that left nothing unsent, was not written when it says: an alarm, not a break.
    /// Entries whose own device doubts its clock say so themselves: why it came to doubt is an alarm where somebody set the clock, and so is
    /// a vault that was found older than it was. A device that found this hub's log not to fit is an alarm too.
    fn look_over(&self, id: &ChainId, chain: &audit::Chain, entries: &[Vec<u8>]) -> Result<(), PostFault> {
        let latest = self.now.plus(DRIFT);
        // A hub whose clock was put back meanwhile has had an earlier time since.
        let complete = chain.complete.map(|at| at.millis().min(self.now.millis()));
        let earliest = complete.map_or(i64::MIN, |at| at - DRIFT.as_millis() as i64);
        let (mut dated, mut doubted) = (false, Doubts::NONE);
        for bytes in entries {
            let Ok(entry) = Entry::from_bytes(bytes) else { continue };
            // A witness says that this hub's log is not what it was. What the hub admitted itself is an alarm already.
            if let Event::Hub(HubAct::Log { sign, .. }) = entry.event
                && sign != LogSign::Restored
            {
                alarms::raise(self.tx, (id.as_str(), entry.epoch, entry.seq), sign.code(), self.now)?;
            }
            match &entry.event {
                Event::Device(DeviceAct::Restored { .. }) => {
                    let place = (id.as_str(), entry.epoch, entry.seq);
                    alarms::raise(self.tx, place, alarms::TRUNCATION, self.now)?;
                }
                // Somebody set the clock; what comes of being switched off or of a hub that drifts is no alarm.
                Event::Device(DeviceAct::ClockRead { doubts, .. }) => {
                    // Where device and hub differed at a round already, the clock is off for that reason and was not set since.
                    let set: &[Doubt] = match doubts.has(Doubt::Drift) {
                        true => &[Doubt::Zone],
                        false => &[Doubt::Back, Doubt::Jump, Doubt::Zone],
                    };
                    if set.iter().any(|doubt| doubts.has(*doubt) && !doubted.has(*doubt)) {
                        let place = (id.as_str(), entry.epoch, entry.seq);
                        alarms::raise(self.tx, place, BreakKind::Clock.code(), self.now)?;
                    }
                    doubted = *doubts;
                }
                _ => {}
            }
            let odd = entry.at > latest || entry.at < Stamp::from_millis(earliest);
            if odd && entry.clock == Clock::Trusted && !dated {
                dated = true;
                let place = (id.as_str(), entry.epoch, entry.seq);
                alarms::raise(self.tx, place, BreakKind::Clock.code(), self.now)?;
            }
        }
        Ok(())
    }

    fn receipt(&mut self, id: &ChainId, head: Head, held: u64) -> Result<(), PostFault> {
        let Some((index, _)) = audit::entry(self.tx, id, head.epoch, head.seq)? else { return Ok(()) };
        let size = log::size(self.tx)?;
        let mut tiles = log::Tiles::of(self.tx);
        let receipt = Receipt {
            epoch: head.epoch,
            through: head.seq,
            index,
            head: TreeHead::sign(size, self.now, tiles.root(size)?, self.key),
            inclusion: tiles.inclusion(index, size)?,
            consistency: tiles.consistency(held, size)?,
        };
        self.say(&Letter::Receipt(receipt))
    }

    /// The chain ends here. What came is kept aside, the officer is told, and the device goes on in a new epoch.
    fn broken(&mut self, id: &ChainId, epoch: u32, at: Break) -> Result<(), PostFault> {
        let entries = std::mem::take(&mut self.post.entries);
        self.keep_aside(id, (self.post.head.epoch, self.post.receipted + 1), &entries)?;
        let grant = self.end_epoch(id, epoch, at)?;
        self.say(&Letter::Notice(Notice::sign(grant.bytes, self.key)))
    }

    /// Ends the epoch at a break: the alarm, and the hub's own word that opens the next one.
    pub(super) fn end_epoch(&self, id: &ChainId, epoch: u32, at: Break) -> Result<audit::Acted, PostFault> {
        alarms::raise(self.tx, (id.as_str(), epoch, at.at), at.kind.code(), self.now)?;
        let new = epoch.max(self.post.head.epoch).saturating_add(1);
        let act = HubAct::EpochGranted { chain: id.clone(), epoch: new, at: at.at, kind: at.kind };
        let grant = audit::act_itself(self.tx, Event::Hub(act), self.now)?;
        audit::open_epoch(self.tx, id, new, &grant, self.now)?;
        if at.kind == BreakKind::Fork {
            audit::quarantine(self.tx, id.as_str(), Some(self.now))?;
        }
        Ok(grant)
    }
}

/// A device that found its own vault older than it was says so in its first entry after: one device, put back, not two.
fn says_restored(entry: &[u8]) -> bool {
    Entry::from_bytes(entry).is_ok_and(|e| matches!(e.event, Event::Device(DeviceAct::Restored { .. })))
}
