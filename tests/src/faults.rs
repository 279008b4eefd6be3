//! What a family of injected faults did: how many cases, how many were detected or refused, and the seeds of those that were not. The
//! families are in `tests/faults`, the stories run a few cases of each, and `faults` (the binary) as many as it is told.

use std::fmt;

/// One family.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub family: &'static str,
    pub cases: u32,
    pub detected: u32,
    /// What was not detected, each replayable: seed and fault.
    pub missed: Vec<String>,
}

impl Report {
    pub const fn of(family: &'static str) -> Report {
        Report { family, cases: 0, detected: 0, missed: Vec::new() }
    }

    /// Counts one case.
    pub fn case(&mut self, detected: bool, what: impl FnOnce() -> String) {
        self.cases += 1;
        if detected { self.detected += 1 } else { self.missed.push(what()) }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<44} {:>7} cases {:>7} detected", self.family, self.cases, self.detected)?;
        self.missed.iter().try_for_each(|missed| write!(f, "\n    MISSED {missed}"))
    }
}

/// The same draws for the same seed (SplitMix64).
pub struct Draws(u64);

impl Draws {
    pub const fn from(seed: u64) -> Draws {
        Draws(seed)
    }

    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Below `n`, which is not 0.
    pub const fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
}
