//! What guards the door besides the rules: time that cannot be turned back, and the anchors that notice a vault put back. The guard
//! believes or doubts; it never opens anything. Its reckoning is `record::time`, kept in the vault's own row and, through the entries
//! it has the door write, in the audit chain.

use crate::anchor::{Anchor, AnchorFile};
use crate::fault::VaultFault;
use crate::post::{get, put};
use record::Stamp;
use record::audit::{DeviceAct, Event, Head};
use record::consent::Clock;
use record::time::{Doubt, Reading, TimeMark};
use rusqlite::Connection;
use std::path::Path;

const ROW: &str = "time";

pub(crate) struct Guard {
    pub(crate) mark: TimeMark,
    reading: Option<Reading>,
    /// The clock said something that must be kept with the next entry.
    noticed: bool,
    /// Entries known of outside, and entries held, if the vault was found older than it was.
    restored: Option<(u64, u64)>,
    anchor: AnchorFile,
}

impl Guard {
    /// Compares the vault with what is known of it outside. `keystore`: the anchor as the platform's keystore gave it back; `digest`: of
    /// the database before it was opened.
    pub(crate) fn open(
        conn: &Connection,
        home: &Path,
        secret: &[u8; 32],
        (keystore, digest): (Option<&[u8; 32]>, u64),
        head: Head,
    ) -> Result<Guard, VaultFault> {
        let corrupt = |_| VaultFault::Corrupt { what: "time" };
        let mut mark =
            get(conn, ROW)?.map(|b| TimeMark::from_bytes(&b)).transpose().map_err(corrupt)?.unwrap_or_default();
        mark.at_least(head.at);
        let mut anchor = AnchorFile::open(home, secret)?;
        let mut known = 0;
        let mut whole = true;
        // Both were written when the vault was made: one that is missing or not ours was taken away.
        let beside = anchor.read()?;
        for outside in [beside, keystore.and_then(Anchor::from_bytes)] {
            let Some(outside) = outside else {
                whole = false;
                continue;
            };
            known = known.max(outside.seq);
            whole &= outside.holds(conn, head)? && outside.unbroken(beside, digest);
            mark.at_least(outside.highest);
        }
        if !whole {
            mark.doubt(Doubt::Restored);
        }
        let restored = (!whole).then_some((known, head.seq));
        Ok(Guard { mark, reading: None, noticed: false, restored, anchor })
    }

    pub(crate) fn observe(&mut self, reading: Reading) {
        self.noticed |= self.mark.observe(&reading);
        self.reading = Some(reading);
    }

    /// The clocks at `wall`: the counter as it was last read.
    pub(crate) fn reading(&self, wall: Stamp) -> Reading {
        self.reading.map_or_else(|| wall.into(), |last| Reading { wall, ..last })
    }

    pub(crate) fn moment(&self, wall: Stamp) -> (Stamp, Clock) {
        self.mark.moment(&self.reading(wall))
    }

    /// What the chain must say before anything else is written in this transaction.
    pub(crate) fn unsaid(&self, wall: Stamp) -> Vec<Event> {
        let mut events = Vec::new();
        if let Some((known, held)) = self.restored {
            events.push(Event::Device(DeviceAct::Restored { known, held }));
        }
        if self.noticed {
            let ticks = self.reading.and_then(|r| r.ticks);
            let (boot, ticks) = ticks.map_or((0, 0), |t| (t.boot, u64::try_from(t.millis).unwrap_or(0)));
            events.push(Event::Device(DeviceAct::ClockRead { wall, boot, ticks, doubts: self.mark.doubts() }));
        }
        events
    }

    /// The vault was found other than it was.
    pub(crate) const fn is_restored(&self) -> bool {
        self.restored.is_some()
    }

    /// For the end of a session: the anchor, and the file to seal it in.
    pub(crate) fn close(self, head: Head) -> (Anchor, AnchorFile) {
        let anchor = self.anchor_of(head);
        (anchor, self.anchor)
    }

    /// In the same transaction as what was unsaid.
    pub(crate) fn keep(&self, conn: &Connection) -> Result<(), VaultFault> {
        keep(conn, &self.mark)
    }

    /// After the commit: what was noticed is said, and the anchor moves.
    pub(crate) fn committed(&mut self, head: Head) {
        (self.noticed, self.restored) = (false, None);
        // A write that fails leaves the anchor behind the vault, which is no alarm; the next commit tries again.
        let _ = self.anchor.write(self.anchor_of(head));
    }

    /// What the keystore should hold now.
    pub(crate) fn anchor_of(&self, head: Head) -> Anchor {
        Anchor::of(head, self.mark.highest().max(head.at))
    }
}

pub(crate) fn keep(conn: &Connection, mark: &TimeMark) -> Result<(), VaultFault> {
    put(conn, ROW, &mark.to_bytes())
}
