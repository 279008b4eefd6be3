//! How often a medicine is due, from the words of whoever prescribed it: the slots of a day, the least hours between two doses, and the most
//! that may be taken as needed. Read by whole words. What is not surely understood is said to be so: all slots are offered, no gap is made
//! up, and the last dose is shown whatever it was (`reference/careplan.md` section 6). It writes no instruction of its own.

use super::dose::Part;
use super::medicine::{self, Likeness, Medicine};
use super::most::Most;
use crate::chart::Chart;
use crate::feed::fold;
use crate::summary::Medication;
use std::collections::BTreeSet;

/// A visit is not to the hour: a dose may be this much sooner than its interval (hours).
const GRACE: u32 = 12;

const DAY: u32 = 24;
const WEEK: u32 = 7 * DAY;
/// The shortest month: who gives on the same date of each is not asked.
const MONTH: u32 = 28 * DAY;

/// Everything prescribed of one medicine, as one text.
pub fn words_of(medication: &Medication) -> String {
    let part = |text: &Option<String>| text.clone().unwrap_or_default();
    format!("{} . {}", part(&medication.frequency), part(&medication.instruction))
}

/// Lower-case words and numbers; `.` between sentences.
fn tokens(words: &str) -> Vec<String> {
    let folded = fold(words).replace(['.', ';'], " . ");
    folded
        .split(|c: char| !c.is_alphanumeric() && c != '.')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Whether these words stand one after the other.
fn has(tokens: &[String], phrase: &str) -> bool {
    let phrase: Vec<&str> = phrase.split(' ').collect();
    tokens.windows(phrase.len()).any(|some| some.iter().zip(&phrase).all(|(word, other)| word == other))
}

fn any(tokens: &[String], phrases: &[&str]) -> bool {
    phrases.iter().any(|phrase| has(tokens, phrase))
}

fn number(word: &str) -> Option<u32> {
    const NAMES: [&str; 12] =
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    let named = NAMES.iter().position(|name| *name == word).map(|place| place as u32 + 1);
    named.or_else(|| word.parse().ok()).filter(|n| (1..=1_000).contains(n))
}

fn is_as_needed(tokens: &[String]) -> bool {
    const PHRASES: [&str; 9] = [
        "as needed",
        "when required",
        "when needed",
        "as required",
        "if needed",
        "if required",
        "if necessary",
        "when necessary",
        "prn",
    ];
    any(tokens, &PHRASES)
}

/// Parts of the day that are named.
fn named(tokens: &[String]) -> BTreeSet<Part> {
    const NAMES: [(Part, &[&str]); 4] = [
        (Part::Morning, &["morning", "mornings", "breakfast", "mane", "om"]),
        (Part::Midday, &["midday", "noon", "lunch", "lunchtime"]),
        (Part::Evening, &["evening", "evenings", "teatime", "tea", "supper", "dinner"]),
        (Part::Night, &["night", "nights", "nightly", "bedtime", "bed", "nocte"]),
    ];
    let names = NAMES.iter().filter(|(_, words)| any(tokens, words));
    names.map(|(part, _)| *part).collect()
}

/// How often a day; `None` where nothing or more than one thing is said.
fn daily(tokens: &[String]) -> Option<u32> {
    const SAID: [(u32, &[&str]); 4] = [
        (4, &["four times", "4 times", "qds", "qid", "every 6 hours", "every six hours", "6 hourly", "every 6 hour"]),
        (
            3,
            &["three times", "3 times", "tds", "tid", "every 8 hours", "every eight hours", "8 hourly", "every 8 hour"],
        ),
        (
            2,
            &[
                "twice",
                "two times",
                "2 times",
                "bd",
                "bid",
                "every 12 hours",
                "every twelve hours",
                "12 hourly",
                "every 12 hour",
            ],
        ),
        (1, &["once", "one time", "1 times", "1 time", "od", "every 24 hours", "24 hourly", "every 24 hour"]),
    ];
    let said: Vec<u32> = SAID.iter().filter(|(_, phrases)| any(tokens, phrases)).map(|(times, _)| *times).collect();
    match said.as_slice() {
        [only] => Some(*only),
        [] => any(tokens, &["daily", "every day", "each day"]).then_some(1),
        _ => None,
    }
}

/// Words that make a text more than a plain day: it is read by a person.
const NOT_PLAIN: [&str; 12] = [
    "not",
    "never",
    "or",
    "then",
    "unless",
    "except",
    "alternate",
    "other",
    "increase",
    "reduce",
    "increasing",
    "reducing",
];

/// The slots of a day, from the frequency as the prescriber wrote it. One only where that is sure; all of them where the words are not
/// known: the nurse picks.
pub fn parts(words: &str) -> Vec<Part> {
    let tokens = tokens(words);
    let plain = !NOT_PLAIN.iter().any(|word| has(&tokens, word));
    let named: Vec<Part> = named(&tokens).into_iter().collect();
    if is_as_needed(&tokens) {
        return named.into_iter().chain([Part::AsNeeded]).collect();
    }
    if !plain || longer(&tokens).is_some() {
        return Part::ALL.to_vec();
    }
    match (daily(&tokens), named.as_slice()) {
        (None, [_, ..]) => named,
        (Some(times), [_, ..]) if times as usize == named.len() => named,
        (Some(1), []) => vec![Part::Day],
        (Some(2), []) => vec![Part::Morning, Part::Evening],
        (Some(3), []) => vec![Part::Morning, Part::Midday, Part::Evening],
        (Some(4), []) => vec![Part::Morning, Part::Midday, Part::Evening, Part::Night],
        _ => Part::ALL.to_vec(),
    }
}

/// Hours of an interval longer than a day; the longest where several are named. Errs towards asking: a medicine that is once a week is given
/// daily with grave harm, one that is asked about needlessly with none.
fn longer(tokens: &[String]) -> Option<u32> {
    let mut found = Vec::new();
    let word = |place: usize| tokens.get(place).map_or("", String::as_str);
    for place in 0..tokens.len() {
        let (before, two_before) = (place.checked_sub(1).map_or("", word), place.checked_sub(2).map_or("", word));
        // What is looked at once a week is not given once a week.
        let looked = |word: &str| {
            ["review", "reviewed", "check", "checked", "bloods", "monitor", "inr", "weigh"].contains(&word)
        };
        if looked(before) || looked(two_before) || looked(word(place + 1)) {
            continue;
        }
        let times = match two_before {
            "twice" => 2,
            "times" => place.checked_sub(3).and_then(|place| number(word(place))).unwrap_or(1),
            _ => 1,
        };
        let a = ["a", "per", "each", "every"].contains(&before);
        let of_week = match if before == "twice" { 2 } else { times } {
            1 => Some(WEEK),
            2 => Some(3 * DAY),
            3 => Some(2 * DAY),
            _ => None,
        };
        let every = two_before == "every" || before == "every";
        let n = number(before).filter(|n| *n > 0);
        found.extend(match word(place) {
            "weekly" => n.map(|n| n * WEEK).or(of_week),
            "week" if a => of_week,
            "weeks" | "week" if every => match before {
                "other" | "alternate" | "second" => Some(2 * WEEK),
                _ => n.map(|n| n * WEEK),
            },
            "weeks" if before == "alternate" => Some(2 * WEEK),
            "fortnight" | "fortnightly" => Some(2 * WEEK),
            "monthly" => Some(n.unwrap_or(1) * MONTH),
            "month" if a || before == "calendar" => Some(MONTH),
            "months" | "month" if every => n.map(|n| n * MONTH),
            "quarterly" => Some(3 * MONTH),
            "yearly" | "annually" => Some(12 * MONTH),
            "year" if a => Some(12 * MONTH),
            "days" | "day" if before == "alternate" || before == "other" || before == "second" => Some(2 * DAY),
            "third" if before == "every" && word(place + 1) == "day" => Some(3 * DAY),
            "days" if every => n.filter(|n| *n > 1).map(|n| n * DAY),
            "hours" | "hour" if every => n.filter(|n| *n > DAY),
            "hourly" => n.filter(|n| *n > DAY),
            _ => None,
        });
    }
    const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let days = DAYS.iter().filter(|day| tokens.iter().any(|word| word.strip_suffix('s').unwrap_or(word) == **day));
    if days.count() == 1 {
        found.push(WEEK);
    }
    found.into_iter().max()
}

/// The least hours between two doses of what is given by these words: half a day less than the interval. `None` as needed, more often than
/// once a day, and where the words are not understood.
pub fn hours(words: &str) -> Option<u32> {
    let tokens = tokens(words);
    if is_as_needed(&tokens) {
        return None;
    }
    let once = daily(&tokens) == Some(1) || (daily(&tokens).is_none() && named(&tokens).len() == 1);
    let plain = !NOT_PLAIN.iter().any(|word| has(&tokens, word));
    longer(&tokens).or((once && plain).then_some(DAY)).map(|hours| hours.saturating_sub(GRACE))
}

/// The least hours between two doses of this medicine, from what the record lists as current: the longest where sources differ.
pub fn least_hours(chart: &Chart, medicine: &Medicine) -> Option<u32> {
    let listed = medicine::current(chart).into_iter();
    let same = listed.filter(|(key, item, _)| Medicine::of_item(key, item).likeness(medicine) == Likeness::Same);
    same.filter_map(|(_, _, medication)| hours(&words_of(medication))).max()
}

/// The most that may be taken of this medicine, in the words of what the record lists as current, where they are plain: the first where sources differ.
pub fn most_of(chart: &Chart, medicine: &Medicine) -> Option<String> {
    let listed = medicine::current(chart).into_iter();
    let same = listed.filter(|(key, item, _)| Medicine::of_item(key, item).likeness(medicine) == Likeness::Same);
    let plain = |words: String| Most::read(&words).and_then(|_| most(&words).map(str::to_owned));
    same.filter_map(|(_, _, medication)| plain(words_of(medication))).next()
}

/// What the words say of the most that may be taken: `max 8 in 24 hours`. As written, for it may count tablets, doses or milligrams.
pub fn most(words: &str) -> Option<&str> {
    const BEGIN: [&str; 6] = ["maximum", "max ", "max. ", "no more than", "not more than", "do not exceed"];
    // The same length in bytes as what was written, or it cannot be cut out of it.
    let lower = words.to_ascii_lowercase();
    let at = BEGIN.iter().filter_map(|begin| lower.find(begin)).min()?;
    let of = words.get(at..)?;
    let cut = |(place, c): (usize, char)| {
        let number = of[..place].ends_with(|c: char| c.is_ascii_digit())
            && of[place + 1..].starts_with(|c: char| c.is_ascii_digit());
        (c == ';' || c == '\n' || (c == '.' && place > 4 && !number)).then_some(place)
    };
    let end = of.char_indices().find_map(cut).unwrap_or(of.len());
    Some(of[..end].trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slots_of_a_frequency() {
        const MORNING_AND_EVENING: &[Part] = &[Part::Morning, Part::Evening];
        for (words, expected) in [
            ("once a day", &[Part::Day][..]),
            ("Once daily in the morning", &[Part::Morning]),
            ("twice a day", MORNING_AND_EVENING),
            ("ONE bd", MORNING_AND_EVENING),
            ("morning and evening", MORNING_AND_EVENING),
            ("one in the morning and one at night", &[Part::Morning, Part::Night]),
            ("three times a day", &[Part::Morning, Part::Midday, Part::Evening]),
            ("4 times a day", &[Part::Morning, Part::Midday, Part::Evening, Part::Night]),
            ("at night", &[Part::Night]),
            ("up to 4 times a day as needed for pain", &[Part::AsNeeded]),
            ("at night when required", &[Part::Night, Part::AsNeeded]),
            // Found in another word, they chose a slot.
            ("once a day . inject into the abdomen", &[Part::Day]),
            ("in the morning and avoid grapefruit", &[Part::Morning]),
            ("once a fortnight", &Part::ALL),
            // Not sure: the nurse picks.
            ("once a day, not at night", &Part::ALL),
            ("once or twice a day", &Part::ALL),
            ("once a day . morning and night", &Part::ALL),
            ("once a week", &Part::ALL),
            ("every morning on alternate days", &Part::ALL),
            ("", &Part::ALL),
        ] {
            assert_eq!(parts(words), expected, "{words}");
        }
    }

    #[test]
    fn what_is_given_more_seldom_than_daily_has_its_interval_and_what_is_not_understood_none() {
        for (words, expected) in [
            ("once a week", Some(WEEK)),
            ("10 milligram, Inject, Subcutaneous route, once weekly", Some(WEEK)),
            ("ONE weekly on Mondays. Not daily", Some(WEEK)),
            ("take on Mondays", Some(WEEK)),
            ("1 patch - every 72 hours", Some(3 * DAY)),
            ("change 72 hourly", Some(3 * DAY)),
            ("change every 3 days", Some(3 * DAY)),
            ("twice a week", Some(3 * DAY)),
            ("three times a week", Some(2 * DAY)),
            ("every other day", Some(2 * DAY)),
            ("on alternate days", Some(2 * DAY)),
            ("once a fortnight", Some(2 * WEEK)),
            ("every two weeks", Some(2 * WEEK)),
            ("every 12 weeks", Some(12 * WEEK)),
            ("once a month", Some(MONTH)),
            ("3 monthly", Some(3 * MONTH)),
            ("every three months", Some(3 * MONTH)),
            ("once a day", Some(DAY)),
            ("at night", Some(DAY)),
            ("once a day for 2 weeks", Some(DAY)),
            ("once a day . review weekly", Some(DAY)),
            ("twice a day", None),
            ("as directed", None),
            ("one as needed, once a week at most", None),
        ] {
            assert_eq!(hours(words), expected.map(|hours| hours - GRACE), "{words}");
        }
    }

    #[test]
    fn the_most_that_may_be_taken_is_said_as_it_was_written() {
        assert_eq!(most("1 or 2 as needed. Max 8 in 24 hours. With food"), Some("Max 8 in 24 hours"));
        assert_eq!(most("5ml prn; no more than 2.5 g a day; shake"), Some("no more than 2.5 g a day"));
        assert_eq!(most("as needed"), None);
    }
}
