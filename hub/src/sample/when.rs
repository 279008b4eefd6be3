//! Days counted from the reference date, and moments on them. No clock: "today" is always handed in. Not time zones: moments
//! are written in UTC.

use jiff::ToSpan;
use jiff::civil::Date;
use std::fmt;

/// The day this many days before `today` (after it, when negative).
pub fn ago(today: Date, days: i32) -> Date {
    today.saturating_sub(days.days())
}

/// Whole days from `earlier` to `later`.
pub fn days_between(earlier: Date, later: Date) -> i32 {
    (later - earlier).get_days()
}

/// A moment on a day, to the minute, as FHIR writes it (`2026-03-10T14:02:00Z`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At {
    pub day: Date,
    pub minute: u32,
}

impl At {
    pub const fn new(day: Date, hour: u32, minute: u32) -> At {
        At { day, minute: hour * 60 + minute }
    }

    /// Later on the same day; never past its end.
    pub fn plus(self, minutes: u32) -> At {
        At { minute: (self.minute + minutes).min(24 * 60 - 1), ..self }
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}T{:02}:{:02}:00Z", self.day, self.minute / 60, self.minute % 60)
    }
}

/// A day as people write it in a letter: `05-Jan-2009` (NHS CUI).
#[derive(Debug, Clone, Copy)]
pub struct Written(pub Date);

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let month = usize::try_from(self.0.month() - 1).ok().and_then(|m| MONTHS.get(m)).unwrap_or(&"");
        write!(f, "{:02}-{month}-{}", self.0.day(), self.0.year())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn days_and_moments() {
        let today = date(2026, 11, 21);
        assert_eq!(ago(today, 21), date(2026, 10, 31));
        assert_eq!(ago(today, -10), date(2026, 12, 1));
        assert_eq!(days_between(ago(today, 400), today), 400);
        assert_eq!(At::new(today, 9, 5).plus(60).to_string(), "2026-11-21T10:05:00Z");
        assert_eq!(At::new(today, 23, 30).plus(60).to_string(), "2026-11-21T23:59:00Z");
        assert_eq!(Written(date(2009, 1, 5)).to_string(), "05-Jan-2009");
    }
}
