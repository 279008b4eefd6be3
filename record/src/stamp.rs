//! A moment, always passed in. Milliseconds since 1970 in UTC, and the questions the rules ask of it: which day it is in
//! London, when that day ends, how much later one moment is than another. No function here reads a clock.

use jiff::civil::Date;
use jiff::tz::{self, TimeZone};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;

/// As NHS CUI abbreviates them. Written out here and in [`crate::When`] rather than by a formatter of patterns, which alone would be a
/// twentieth of the screen's program.
pub(crate) const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The only time zone the rules know: "today" in a UK consent means today in London, whatever the device is set to.
const LONDON: TimeZone = tz::get!("Europe/London");

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Stamp(i64);

impl Stamp {
    pub const fn from_millis(millis: i64) -> Stamp {
        Stamp(millis)
    }

    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Reads RFC 3339 (`2026-03-10T14:02:00Z`).
    pub fn parse(text: &str) -> Option<Stamp> {
        text.parse::<Timestamp>().ok().map(|t| Stamp(t.as_millisecond()))
    }

    /// How long after `earlier` this is; zero when it is not after.
    pub fn since(self, earlier: Stamp) -> SignedDuration {
        SignedDuration::from_millis(self.0.saturating_sub(earlier.0).max(0))
    }

    pub fn plus(self, duration: SignedDuration) -> Stamp {
        Stamp(self.0.saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }

    /// The calendar day in London.
    pub fn london_date(self) -> Date {
        self.zoned().date()
    }

    /// The first moment of the next day in London: when "today only" ends (`reference/consent.md` section 4, rule 4).
    pub fn london_midnight_after(self) -> Stamp {
        let tomorrow = self.london_date().tomorrow().unwrap_or(Date::MAX);
        tomorrow.to_zoned(LONDON).map_or(self, |midnight| Stamp(midnight.timestamp().as_millisecond()))
    }

    /// That time of this day in London: `08:05`, `8:05`. `None` for what is no time of the day.
    pub fn at_time(self, typed: &str) -> Option<Stamp> {
        let (hour, minute) = typed.trim().split_once([':', '.'])?;
        let date = self.london_date();
        let time = jiff::civil::Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()?;
        date.to_datetime(time).to_zoned(LONDON).ok().map(|at| Stamp(at.timestamp().as_millisecond()))
    }

    /// `10-Mar-2026 14:02` in London time (NHS CUI: dd-Mmm-yyyy, 24-hour clock).
    pub fn display(self) -> String {
        let at = self.zoned();
        format!("{} {:02}:{:02}", display_day(at.date()), at.hour(), at.minute())
    }

    /// `14:02` in London time.
    pub fn display_time(self) -> String {
        let at = self.zoned();
        format!("{:02}:{:02}", at.hour(), at.minute())
    }

    fn zoned(self) -> jiff::Zoned {
        Timestamp::from_millisecond(self.0).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(LONDON)
    }
}

/// `10-Mar-2026` (NHS CUI: dd-Mmm-yyyy).
pub fn display_day(day: Date) -> String {
    let month = MONTHS.get(usize::from(day.month().unsigned_abs()).wrapping_sub(1)).unwrap_or(&"");
    format!("{:02}-{month}-{:04}", day.day(), day.year())
}

impl fmt::Display for Stamp {
    /// RFC 3339 in UTC, for files and logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Timestamp::from_millisecond(self.0) {
            Ok(t) => write!(f, "{t}"),
            Err(_) => write!(f, "{} ms", self.0),
        }
    }
}

impl fmt::Debug for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stamp({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Stamp {
        Stamp::parse(text).unwrap()
    }

    #[test]
    fn today_ends_at_london_midnight_on_both_sides_of_both_clock_changes() {
        for (now, ends) in [
            ("2026-01-10T12:00:00Z", "2026-01-11T00:00:00Z"),
            ("2026-07-10T12:00:00Z", "2026-07-10T23:00:00Z"),
            // 23:30 UTC in summer is already tomorrow in London.
            ("2026-07-10T23:30:00Z", "2026-07-11T23:00:00Z"),
            // Clocks go forward on 29 March 2026: the day has 23 hours.
            ("2026-03-29T00:30:00Z", "2026-03-29T23:00:00Z"),
            // Clocks go back on 25 October 2026: the day has 25 hours.
            ("2026-10-24T23:30:00Z", "2026-10-26T00:00:00Z"),
        ] {
            assert_eq!(at(now).london_midnight_after(), at(ends), "{now}");
        }
    }

    #[test]
    fn shown_as_the_cui_says() {
        assert_eq!(at("2026-07-10T13:02:00Z").display(), "10-Jul-2026 14:02");
        assert_eq!(at("2026-01-05T00:00:00Z").display(), "05-Jan-2026 00:00");
    }

    #[test]
    fn a_time_of_the_day_is_londons() {
        let summer = at("2026-07-10T13:02:00Z");
        assert_eq!(summer.at_time("08:05"), Some(at("2026-07-10T07:05:00Z")));
        assert_eq!(summer.at_time(" 8:05 "), Some(at("2026-07-10T07:05:00Z")));
        for no in ["", "8", "24:00", "08:60", "eight:05", "-1:00"] {
            assert_eq!(summer.at_time(no), None, "{no}");
        }
    }

    #[test]
    fn since_never_runs_backwards() {
        assert_eq!(Stamp(5).since(Stamp(9)), SignedDuration::ZERO);
        assert_eq!(Stamp(i64::MAX).plus(SignedDuration::from_hours(1)), Stamp(i64::MAX));
    }
}
