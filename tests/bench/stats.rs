//! Percentiles of timings, and the table they are printed in. Ratios are of medians taken alternately in one run.

use std::fmt;
use std::time::Duration;

/// Timings of one thing, sorted.
pub struct Timings(Vec<Duration>);

impl Timings {
    pub fn new(mut all: Vec<Duration>) -> Timings {
        all.sort();
        Timings(all)
    }

    /// The value below which this many per cent lie.
    pub fn at(&self, percent: usize) -> Duration {
        let index = (self.0.len().saturating_sub(1)) * percent / 100;
        self.0.get(index).copied().unwrap_or_default()
    }
}

pub fn ratio(a: Duration, b: Duration) -> f64 {
    a.as_secs_f64() / b.as_secs_f64().max(1e-12)
}

/// Milliseconds or microseconds, whichever reads better.
pub fn short(d: Duration) -> String {
    match d.as_micros() {
        0..1_000 => format!("{:.1} us", d.as_secs_f64() * 1e6),
        1_000..1_000_000 => format!("{:.2} ms", d.as_secs_f64() * 1e3),
        _ => format!("{:.2} s", d.as_secs_f64()),
    }
}

#[derive(Default)]
pub struct Table(Vec<[String; 4]>);

impl Table {
    pub fn row(&mut self, goal: &str, what: &str, found: String, wanted: &str) {
        eprintln!("  {goal:<8} {what}: {found}");
        self.0.push([goal.to_owned(), what.to_owned(), found, wanted.to_owned()]);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n| goal | what | measured | to reach |\n| --- | --- | --- | --- |")?;
        self.0
            .iter()
            .try_for_each(|[goal, what, found, wanted]| writeln!(f, "| {goal} | {what} | {found} | {wanted} |"))
    }
}
