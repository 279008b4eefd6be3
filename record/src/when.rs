//! A date as a source gave it: a year, a month, a day or a moment. Precision is kept; 1 January is never invented.
//! Not a moment of ours (that is [`crate::Stamp`]).

use crate::stamp::{MONTHS, Stamp};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// A FHIR `date`, `dateTime` or `instant` (R4 section 2.24.0.1), kept as written.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct When(String);

/// Sorts as the [`When`] it is of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank((i16, i8, i8, i64), String);

/// The text is not a FHIR date. Log-safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotADate;

impl std::fmt::Display for NotADate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("not a FHIR date (YYYY, YYYY-MM, YYYY-MM-DD or a date and time with a zone)")
    }
}

impl std::error::Error for NotADate {}

impl When {
    pub fn parse(text: &str) -> Option<When> {
        let text = text.trim();
        let valid = match text.len() {
            4 => text.bytes().all(|b| b.is_ascii_digit()) && text != "0000",
            7 => parts(text).is_some_and(|(_, month, _)| matches!(month, Some(1..=12))),
            10 => text.parse::<Date>().is_ok(),
            // FHIR wants a zone; GP extracts and older feeds leave it out, so a civil time is accepted as London time.
            16.. => text.parse::<jiff::Timestamp>().is_ok() || text.parse::<jiff::civil::DateTime>().is_ok(),
            _ => false,
        };
        valid.then(|| When(text.to_owned()))
    }

    pub fn from_stamp(stamp: Stamp) -> When {
        When(stamp.to_string())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The moment, where the source gave one with a zone.
    pub fn stamp(&self) -> Option<Stamp> {
        Stamp::parse(&self.0)
    }

    /// Year, and month and day where known.
    pub fn parts(&self) -> (i16, Option<i8>, Option<i8>) {
        parts(&self.0).unwrap_or((0, None, None))
    }

    /// The whole day, where the source knew it.
    pub fn date(&self) -> Option<Date> {
        match self.stamp() {
            Some(stamp) => Some(stamp.london_date()),
            None => self.0.get(..10)?.parse().ok(),
        }
    }

    /// `05-Jan-2009`, `Mar-2024`, `2024`, `05-Jan-2009 14:02` (NHS CUI; partial dates stay partial).
    pub fn display(&self) -> String {
        if let Some(stamp) = self.stamp() {
            return stamp.display();
        }
        let (year, month, day) = self.parts();
        let name = month.and_then(|m| MONTHS.get(usize::try_from(m - 1).ok()?));
        match (name, day) {
            (Some(name), Some(day)) => {
                let time = self.0.get(11..16).map(|t| format!(" {t}")).unwrap_or_default();
                format!("{day:02}-{name}-{year}{time}")
            }
            (Some(name), None) => format!("{name}-{year}"),
            _ => year.to_string(),
        }
    }

    /// `display` without the time of day.
    pub fn display_date(&self) -> String {
        let shown = self.display();
        shown.split(' ').next().map(str::to_owned).unwrap_or(shown)
    }

    /// What it is sorted by; made once where many are compared.
    pub fn rank(&self) -> Rank {
        Rank(self.sort_key(), self.0.clone())
    }

    /// A key that sorts by time: a partial date sorts before every moment inside it.
    fn sort_key(&self) -> (i16, i8, i8, i64) {
        match self.stamp() {
            Some(stamp) => {
                let day = stamp.london_date();
                (day.year(), day.month(), day.day(), stamp.millis())
            }
            None => {
                let (year, month, day) = self.parts();
                (year, month.unwrap_or(0), day.unwrap_or(0), i64::MIN)
            }
        }
    }
}

fn parts(text: &str) -> Option<(i16, Option<i8>, Option<i8>)> {
    let year = text.get(..4)?.parse().ok()?;
    let month = text.get(5..7).and_then(|m| m.parse().ok());
    let day = text.get(8..10).and_then(|d| d.parse().ok());
    Some((year, month, day))
}

impl PartialOrd for When {
    fn partial_cmp(&self, other: &When) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for When {
    fn cmp(&self, other: &When) -> Ordering {
        self.sort_key().cmp(&other.sort_key()).then_with(|| self.0.cmp(&other.0))
    }
}

impl TryFrom<String> for When {
    type Error = NotADate;
    fn try_from(text: String) -> Result<Self, NotADate> {
        When::parse(&text).ok_or(NotADate)
    }
}

impl From<When> for String {
    fn from(when: When) -> String {
        when.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, shown: Option<&str>) {
        assert_eq!(When::parse(text).map(|w| w.display()).as_deref(), shown, "{text}");
    }

    #[test]
    fn precision_is_kept() {
        check("2024", Some("2024"));
        check("2024-03", Some("Mar-2024"));
        check("2009-01-05", Some("05-Jan-2009"));
        check("2026-07-10T14:02:00+01:00", Some("10-Jul-2026 14:02"));
        check("2026-07-10T13:02:00.123Z", Some("10-Jul-2026 14:02"));
        check("2026-07-10T14:02:00", Some("10-Jul-2026 14:02"));
        check("2024-13", None);
        check("2024-02-30", None);
        check("yesterday", None);
        check("", None);
        check("ÀÀ", None);
    }

    #[test]
    fn a_partial_date_sorts_before_the_moments_inside_it() {
        let mut dates: Vec<When> =
            ["2024-03-05T09:00:00Z", "2024", "2023-12-31", "2024-03"].iter().filter_map(|t| When::parse(t)).collect();
        dates.sort();
        let shown: Vec<&str> = dates.iter().map(When::as_str).collect();
        assert_eq!(shown, ["2023-12-31", "2024", "2024-03", "2024-03-05T09:00:00Z"]);
    }
}
