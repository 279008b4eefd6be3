//! Time that cannot be turned back. What a device's clocks say is evidence; the hub's signed time is truth, carried on from round to
//! round by a counter that nobody can set. Doubt stays until the hub has spoken again, and can only tighten a decision
//! (`reference/consent.md` section 6, clock SUSPECT). Pure: readings are arguments. Not here: reading a clock (that is the device's
//! clock port), and which local day it is (that is [`crate::stamp`]).

use crate::canon::{NotCanonical, Reader, Writer};
use crate::consent::Clock;
use crate::stamp::Stamp;
use jiff::SignedDuration;

/// A clock may lag what it said before by this much (milliseconds): clocks are nudged by NTP.
const NUDGE: i64 = 2_000;
/// Device and hub may differ by this much (milliseconds).
const DRIFT: i64 = 5 * 60_000;
/// After a restart of the device, the last hub time counts for this long (milliseconds).
const UNSEEN: i64 = 24 * 3_600_000;

/// Everything the device's clocks say at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// The clock on the wall: anybody may set it.
    pub wall: Stamp,
    /// `None` where the platform has no counter that runs on while the device sleeps.
    pub ticks: Option<Ticks>,
    /// A short hash of the time zone's name as the device is set; 0 where it is not known.
    pub zone: u64,
}

/// A counter that starts when the device is switched on, runs on while it sleeps, and cannot be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticks {
    /// Which start of the device: fresh each time.
    pub boot: u64,
    /// Milliseconds since then.
    pub millis: i64,
}

impl From<Stamp> for Reading {
    /// A wall clock and nothing else.
    fn from(wall: Stamp) -> Reading {
        Reading { wall, ticks: None, zone: 0 }
    }
}

/// Why the device's time is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Doubt {
    /// The clock went back.
    Back,
    /// The clock was set forward.
    Jump,
    /// At the last round, device and hub differed by more than five minutes.
    Drift,
    /// The device was restarted, and no hub time is younger than 24 hours.
    Restart,
    /// The time zone was changed.
    Zone,
    /// The vault is older than what is known of it outside: a copy was put back, or its end was lost.
    Restored,
}

impl Doubt {
    pub const ALL: [Doubt; 6] = [Doubt::Back, Doubt::Jump, Doubt::Drift, Doubt::Restart, Doubt::Zone, Doubt::Restored];

    pub const fn label(self) -> &'static str {
        match self {
            Doubt::Back => "the clock was set back",
            Doubt::Jump => "the clock was set forward",
            Doubt::Drift => "the clock differs from the hub's",
            Doubt::Restart => "the device was restarted and has not heard the time for a day",
            Doubt::Zone => "the time zone was changed",
            Doubt::Restored => "an older copy of the vault was put back, or its newest entries were lost",
        }
    }
}

/// A set of doubts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Doubts(u8);

impl Doubts {
    pub const NONE: Doubts = Doubts(0);

    pub const fn bits(self) -> u8 {
        self.0
    }

    pub fn from_bits(bits: u64) -> Option<Doubts> {
        u8::try_from(bits).ok().filter(|b| usize::from(*b) < 1 << Doubt::ALL.len()).map(Doubts)
    }

    pub fn add(&mut self, doubt: Doubt) {
        self.0 |= 1 << doubt as u8;
    }

    pub const fn has(self, doubt: Doubt) -> bool {
        self.0 & (1 << doubt as u8) != 0
    }

    pub fn iter(self) -> impl Iterator<Item = Doubt> {
        Doubt::ALL.into_iter().filter(move |doubt| self.has(*doubt))
    }

    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// From where time is reckoned while the device stays switched on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Base {
    ticks: Ticks,
    at: Stamp,
    wall: Stamp,
    /// `at` was the hub's word; else the best the device could do after a restart.
    hub: bool,
}

/// The high-water mark: everything a vault remembers about time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeMark {
    highest: Stamp,
    trusted: Option<Stamp>,
    base: Option<Base>,
    zone: u64,
    doubts: Doubts,
}

impl Default for TimeMark {
    fn default() -> TimeMark {
        let highest = Stamp::from_millis(0);
        TimeMark { highest, trusted: None, base: None, zone: 0, doubts: Doubts::NONE }
    }
}

impl TimeMark {
    /// The highest time ever reckoned or heard.
    pub const fn highest(&self) -> Stamp {
        self.highest
    }

    /// Hub time of the last round.
    pub const fn trusted(&self) -> Option<Stamp> {
        self.trusted
    }

    pub const fn doubts(&self) -> Doubts {
        self.doubts
    }

    /// Raises the mark to what is known elsewhere: the last ledger entry, the keystore.
    pub fn at_least(&mut self, known: Stamp) {
        self.highest = self.highest.max(known);
    }

    pub fn doubt(&mut self, doubt: Doubt) {
        self.doubts.add(doubt);
    }

    /// Takes in what the clocks say; gives whether something must be kept: a new doubt, another start of the device.
    pub fn observe(&mut self, now: &Reading) -> bool {
        let before = (self.doubts, self.base.map(|b| b.ticks.boot));
        let first = self.base.is_none() && self.trusted.is_none();
        if now.zone != 0 {
            if self.zone != 0 && self.zone != now.zone {
                self.doubts.add(Doubt::Zone);
            }
            self.zone = now.zone;
        }
        match (now.ticks, self.base) {
            (None, _) => {
                if self.behind(now.wall, self.highest) {
                    self.doubts.add(Doubt::Back);
                }
                self.unseen(now.wall);
                self.highest = self.highest.max(now.wall);
            }
            (Some(ticks), Some(base)) if ticks.boot == base.ticks.boot && ticks.millis >= base.ticks.millis => {
                self.same_start(now.wall, base, ticks.millis - base.ticks.millis);
            }
            (Some(ticks), base) => {
                // The counter cannot run backwards within one start; and the device has been on since this start at least that long.
                let counted = base.filter(|b| b.ticks.boot != ticks.boot).map_or(0, |_| ticks.millis);
                let floor = later(self.highest, counted);
                if self.behind(now.wall, floor) {
                    self.doubts.add(Doubt::Back);
                }
                let at = now.wall.max(floor);
                self.unseen(at);
                self.base = Some(Base { ticks, at, wall: now.wall, hub: false });
                self.highest = at;
            }
        }
        let after = (self.doubts, self.base.map(|b| b.ticks.boot));
        before != after && !(first && after.0.is_empty())
    }

    fn same_start(&mut self, wall: Stamp, base: Base, elapsed: i64) {
        // With the hub's word to compare with, the clock may be wrong by five minutes; without it, it may not go back at all.
        let (expected, slack) = if base.hub { (base.at, DRIFT) } else { (base.wall, NUDGE) };
        let off = wall.millis().saturating_sub(later(expected, elapsed).millis());
        if off < -slack {
            self.doubts.add(Doubt::Back);
        } else if off > DRIFT {
            self.doubts.add(Doubt::Jump);
        }
        let reckoned = later(base.at, elapsed);
        self.highest = self.highest.max(if base.hub { reckoned } else { reckoned.max(wall) });
    }

    fn unseen(&mut self, at: Stamp) {
        if self.trusted.is_some_and(|trusted| at.since(trusted) > SignedDuration::from_millis(UNSEEN)) {
            self.doubts.add(Doubt::Restart);
        }
    }

    fn behind(&self, wall: Stamp, known: Stamp) -> bool {
        later(wall, NUDGE) < known
    }

    /// The hub's word, signed for this very round: what was doubted is settled, and this alone may lower the mark. Lower than what the
    /// hub said before, it is taken too, for a hub whose clock was wrong once must not be contradicted for ever; where the clock on
    /// the wall does not bear it out it is taken with doubt, under which no consent for a time is in force.
    pub fn hub_said(&mut self, hub: Stamp, now: &Reading) {
        self.trusted = Some(hub);
        self.highest = hub;
        self.doubts = Doubts::NONE;
        self.zone = now.zone;
        self.base = now.ticks.map(|ticks| Base { ticks, at: hub, wall: now.wall, hub: true });
        if hub.millis().abs_diff(now.wall.millis()) > DRIFT.unsigned_abs() {
            self.doubts.add(Doubt::Drift);
        }
    }

    /// A colleague's device, itself in no doubt, says that it is at least this late.
    pub fn colleague_said(&mut self, theirs: Stamp, mine: Stamp) {
        if theirs.millis().abs_diff(mine.millis()) > DRIFT.unsigned_abs() {
            self.doubts.add(if theirs > mine { Doubt::Back } else { Doubt::Jump });
        }
        self.at_least(theirs);
    }

    /// Time for the rules and the ledger, and whether it can be believed.
    pub fn moment(&self, now: &Reading) -> (Stamp, Clock) {
        let reckoned = match (self.base, now.ticks) {
            (Some(base), Some(ticks)) if base.ticks.boot == ticks.boot => {
                let at = later(base.at, ticks.millis.saturating_sub(base.ticks.millis));
                if base.hub { at } else { at.max(now.wall) }
            }
            _ => now.wall,
        };
        let behind = now.ticks.is_none() && self.behind(now.wall, self.highest);
        let clock = if behind || !self.doubts.is_empty() { Clock::Suspect } else { Clock::Trusted };
        (reckoned.max(self.highest), clock)
    }

    /// As kept in the vault.
    pub fn to_bytes(&self) -> Vec<u8> {
        let to = Writer::new(1)
            .signed(self.highest.millis())
            .signed(self.trusted.map_or(i64::MIN, Stamp::millis))
            .number(self.zone)
            .number(self.doubts.bits().into());
        match self.base {
            None => to.number(0),
            Some(b) => to
                .number(1 + u64::from(b.hub))
                .number(b.ticks.boot)
                .signed(b.ticks.millis)
                .signed(b.at.millis())
                .signed(b.wall.millis()),
        }
        .finish()
    }

    pub fn from_bytes(bytes: &[u8]) -> Result<TimeMark, NotCanonical> {
        let mut from = Reader::new(bytes, 1)?;
        let highest = Stamp::from_millis(from.signed()?);
        let trusted = Some(from.signed()?).filter(|t| *t != i64::MIN).map(Stamp::from_millis);
        let zone = from.number()?;
        let doubts = Doubts::from_bits(from.number()?).ok_or(NotCanonical)?;
        let base = match from.number()? {
            0 => None,
            kind @ (1 | 2) => Some(Base {
                ticks: Ticks { boot: from.number()?, millis: from.signed()? },
                at: Stamp::from_millis(from.signed()?),
                wall: Stamp::from_millis(from.signed()?),
                hub: kind == 2,
            }),
            _ => return Err(NotCanonical),
        };
        from.end()?;
        Ok(TimeMark { highest, trusted, base, zone, doubts })
    }
}

fn later(at: Stamp, millis: i64) -> Stamp {
    Stamp::from_millis(at.millis().saturating_add(millis))
}

#[cfg(test)]
#[path = "time_tests.rs"]
mod tests;
