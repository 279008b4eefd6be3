//! How often a medicine is due, from the words of whoever prescribed it: the slots of a day, the least hours between two doses, and the most
//! that may be taken as needed. Read by whole words. What is not surely understood is said to be so: all slots are offered, no gap is made
//! up, and the last dose is shown whatever it was (`reference/careplan.md` section 6). It writes no instruction of its own.

use super::dose::Part;
use super::interval::{self, DAY, any, tokens};
use super::medicine::{self, Likeness, Medicine};
use super::most::Most;
use crate::chart::Chart;
use crate::summary::Medication;
use std::collections::BTreeSet;

/// A visit is not to the hour: a dose may be this much sooner than its interval (hours).
const GRACE: u32 = 12;

/// Everything prescribed of one medicine, as one text.
pub fn words_of(medication: &Medication) -> String {
    let part = |text: &Option<String>| text.clone().unwrap_or_default();
    format!("{} . {}", part(&medication.frequency), part(&medication.instruction))
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
        (4, &["4 times", "qds", "qid", "every 6 hours", "6 hourly"]),
        (3, &["3 times", "tds", "tid", "every 8 hours", "8 hourly"]),
        (2, &["twice", "2 times", "bd", "bid", "every 12 hours", "12 hourly"]),
        (1, &["once", "1 times", "1 time", "od", "every 24 hours", "24 hourly"]),
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

/// Whether a text says no more than a plain day. What is stopped then was plain until then.
fn is_plain(tokens: &[String]) -> bool {
    let then = |place: usize| tokens.get(place + 1).is_some_and(|next| next == "stop");
    !tokens
        .iter()
        .enumerate()
        .any(|(place, word)| NOT_PLAIN.contains(&word.as_str()) && !(word == "then" && then(place)))
}

/// The slots of a day, from the frequency as the prescriber wrote it. One only where that is sure; all of them where the words are not
/// known: the nurse picks.
pub fn parts(words: &str) -> Vec<Part> {
    let tokens = tokens(words);
    let named: Vec<Part> = named(&tokens).into_iter().collect();
    if is_as_needed(&tokens) {
        return named.into_iter().chain([Part::AsNeeded]).collect();
    }
    if !is_plain(&tokens) || longer(words).is_some() {
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
fn longer(words: &str) -> Option<u32> {
    let longer = interval::intervals(words).into_iter().filter(|found| found.hours > DAY || !found.every);
    longer.map(|found| found.hours).max()
}

/// The least hours between two doses of what is given by these words: half a day less than the interval; as needed the interval as it is
/// written, the first where several are. `None` as needed without one, more often than once a day, and where the words are not understood.
pub fn hours(words: &str) -> Option<u32> {
    let tokens = tokens(words);
    if is_as_needed(&tokens) {
        return interval::intervals(words).into_iter().find(|found| found.every).map(|found| found.hours);
    }
    let once = daily(&tokens) == Some(1) || (daily(&tokens).is_none() && named(&tokens).len() == 1);
    longer(words).or((once && is_plain(&tokens)).then_some(DAY)).map(|hours| hours.saturating_sub(GRACE))
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
    use super::super::interval::{MONTH, WEEK};
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
            ("Take FOUR weekly on a Monday", &Part::ALL),
            ("every 2-3 months", &Part::ALL),
            // How long it is taken, and what is looked at, leave the day as it is.
            ("ONE FOUR times a day for a week", &[Part::Morning, Part::Midday, Part::Evening, Part::Night]),
            ("ONE to be taken TWICE a day. Review every 3 months", MORNING_AND_EVENING),
            ("each morning. Blood pressure check every 6 months", &[Part::Morning]),
            ("ONE daily (weekly dosette box)", &[Part::Day]),
            ("ONE twice a day. Monthly supply", MORNING_AND_EVENING),
            ("5000 units daily. Weekly blood test", &[Part::Day]),
            ("125 mcg daily 5 days a week", &[Part::Day]),
            ("2.5mg daily. For a month then stop", &[Part::Day]),
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
            // Ranges by their lower bound, and as practices write them.
            ("1mg by intramuscular injection every 2-3 months", Some(2 * MONTH)),
            ("every 2 to 3 months", Some(2 * MONTH)),
            ("every 10 to 12 weeks", Some(10 * WEEK)),
            ("every 10 – 12 weeks", Some(10 * WEEK)),
            ("Apply ONE patch every 72hrs", Some(3 * DAY)),
            ("change 72hourly", Some(3 * DAY)),
            ("every 72hrs", Some(3 * DAY)),
            ("every 12 wks", Some(12 * WEEK)),
            ("every 7days", Some(WEEK)),
            ("ONE patch to be applied every SEVEN days", Some(WEEK)),
            ("every 3/12", Some(3 * MONTH)),
            ("every 3/52", Some(3 * WEEK)),
            ("every 2/7", Some(2 * DAY)),
            ("4-weekly", Some(4 * WEEK)),
            ("1 injection 12 weekly", Some(12 * WEEK)),
            ("once yearly", Some(12 * MONTH)),
            ("once per 12 weeks", Some(12 * WEEK)),
            ("1 time per 1 week", Some(WEEK)),
            ("on alternate nights", Some(2 * DAY)),
            ("every 3rd day", Some(3 * DAY)),
            ("every week", Some(WEEK)),
            ("20mg/week", Some(WEEK)),
            ("weekly", Some(WEEK)),
            ("once in a week", Some(WEEK)),
            ("ONE weekly on Mondays", Some(WEEK)),
            ("ONE to be taken once a WEEK", Some(WEEK)),
            ("twice a month", Some(2 * WEEK)),
            ("four times a week", Some(DAY)),
            // Tablets, once a week.
            ("Take FOUR weekly on a Monday", Some(WEEK)),
            ("Take FOUR weekly", Some(WEEK)),
            // A blood test beside it makes nothing silent.
            ("ONE weekly. Blood test every 3 months", Some(WEEK)),
            ("ONE weekly, blood test monthly", Some(WEEK)),
            ("10 mg once weekly. Review every 6 months", Some(WEEK)),
            ("Take one daily . Take once weekly on Monday", Some(WEEK)),
            ("Supply 1 injection every 3 months", Some(3 * MONTH)),
            ("every 72hrs for a month", Some(3 * DAY)),
            // How long, how often looked at, how packed.
            ("ONE to be taken FOUR times a day for a week", None),
            ("Take SIX tablets once daily for a week", Some(DAY)),
            ("ONE to be taken TWICE a day. Review every 3 months", None),
            ("TWICE a day, review every 3 months", None),
            ("ONE to be taken each morning. Blood pressure check every 6 months", Some(DAY)),
            ("As directed per yellow book. INR every 2 weeks", None),
            ("ONE daily (weekly dosette box)", Some(DAY)),
            ("ONE twice a day. Monthly supply", None),
            ("5000 units daily. Weekly blood test", Some(DAY)),
            ("125 mcg daily 5 days a week", Some(DAY)),
            ("2.5mg daily. To be reviewed in one month. For a month then stop", Some(DAY)),
            ("ONE twice a day for 1 week", None),
            ("ONE daily. Start on Monday", Some(DAY)),
            ("TWICE a day. Seen by the heart team every 6 months", None),
            // As needed: as it is written, and what is not every so long is no interval.
            ("2.5mg to 5mg subcutaneously every 2 hours when required", Some(2 + GRACE)),
            ("every 4 to 6 hours as needed", Some(4 + GRACE)),
            ("10mg 1-hourly prn", Some(1 + GRACE)),
            ("as needed. Review every 2 weeks", None),
            ("every night when required, no more than 8 in 7 days", None),
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
