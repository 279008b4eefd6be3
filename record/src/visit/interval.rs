//! Intervals in the words of a prescription: `every 2-3 months`, `72 hourly`, `twice a week`, `every 3/52`. How long a course lasts, and what is looked at or
//! supplied so often, is no interval. Reads words only: what follows from an interval is in `frequency` (`reference/careplan.md` section 6).

use crate::feed::fold;

pub(super) const DAY: u32 = 24;
pub(super) const WEEK: u32 = 7 * DAY;
/// The shortest month: who gives on the same date of each is not asked.
pub(super) const MONTH: u32 = 28 * DAY;

/// More doses than this of one tablet are not taken once a week: `12 weekly` is weeks, `FOUR weekly` tablets.
const MOST_TABLETS: u32 = 11;

/// What is looked at so often, not given.
const LOOKED_AT: [&str; 34] = [
    "review",
    "reviewed",
    "reviews",
    "check",
    "checks",
    "checked",
    "checking",
    "inr",
    "blood",
    "bloods",
    "bp",
    "pressure",
    "test",
    "tests",
    "tested",
    "testing",
    "monitor",
    "monitored",
    "monitoring",
    "weigh",
    "weighed",
    "ecg",
    "fbc",
    "seen",
    "supply",
    "supplied",
    "supplies",
    "prescription",
    "prescriptions",
    "dispense",
    "dispensed",
    "collect",
    "deliver",
    "delivered",
];

/// What follows a word like `weekly` where it says how the medicine is packed or when it begins, not how it is given.
const PACKED: [&str; 11] =
    ["box", "boxes", "dosette", "bottle", "bottles", "pack", "packs", "blister", "tray", "trays", "repeat"];

/// Words of what is given.
const GIVEN: [&str; 30] = [
    "take",
    "taken",
    "give",
    "given",
    "apply",
    "applied",
    "inject",
    "injected",
    "injection",
    "change",
    "changed",
    "replace",
    "replaced",
    "use",
    "used",
    "once",
    "twice",
    "times",
    "dose",
    "doses",
    "tablet",
    "tablets",
    "capsule",
    "capsules",
    "patch",
    "patches",
    "mg",
    "mcg",
    "ml",
    "units",
];

/// A daily pattern, said outright.
const OUTRIGHT: [&str; 14] = [
    "a day",
    "per day",
    "daily",
    "each day",
    "every day",
    "od",
    "bd",
    "bid",
    "tds",
    "tid",
    "qds",
    "qid",
    "6 hourly",
    "8 hourly",
];

/// One interval that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Interval {
    pub hours: u32,
    /// `every 2 hours` or `2-hourly`, and not so many times in a week.
    pub every: bool,
}

/// Lower-case words and numbers, numbers in figures; `.` between sentences and at brackets.
pub(super) fn tokens(words: &str) -> Vec<String> {
    marked(words).into_iter().filter(|token| !["-", "/", ","].contains(&token.as_str())).collect()
}

/// The same with what joins two: a hyphen, a stroke between numbers (`3/52`), and commas.
fn marked(words: &str) -> Vec<String> {
    let folded: Vec<char> = fold(words).chars().collect();
    let mut found: Vec<String> = Vec::new();
    let mut last = ' ';
    for (place, &c) in folded.iter().enumerate() {
        let next = folded.get(place + 1).copied().unwrap_or(' ');
        let numbers = last.is_ascii_digit() && next.is_ascii_digit();
        let goes_on = (c.is_ascii_digit() && (last.is_ascii_digit() || last == '\u{b7}'))
            || (c.is_alphabetic() && last.is_alphabetic());
        let mut kept = c;
        match c {
            '.' if numbers => {
                kept = '\u{b7}';
                found.iter_mut().last().into_iter().for_each(|token| token.push('.'));
            }
            _ if goes_on => found.iter_mut().last().into_iter().for_each(|token| token.push(c)),
            '.' | ';' | '(' | ')' | '[' | ']' | '\n' => found.push(".".into()),
            ',' => found.push(",".into()),
            '-' | '\u{2013}' if last.is_alphanumeric() && next.is_alphanumeric() => found.push("-".into()),
            '-' | '\u{2013}' => found.push(",".into()),
            '/' if numbers => found.push("/".into()),
            '/' => found.push("per".into()),
            c if c.is_alphanumeric() => found.push(c.to_string()),
            _ => {}
        }
        last = kept;
    }
    let spelt = found.into_iter().map(|token| spelt(&token).to_owned()).filter(|token| !token.is_empty());
    let mut spelt: Vec<String> = spelt.collect();
    // `every 3rd day`
    let place_of = |place: usize, spelt: &[String]| {
        place > 0 && ["st", "nd", "rd", "th"].contains(&spelt[place].as_str()) && number(&spelt[place - 1]).is_some()
    };
    let mut place = 0;
    while place < spelt.len() {
        if place_of(place, &spelt) {
            spelt.remove(place);
        } else {
            place += 1;
        }
    }
    spelt
}

/// One spelling for each number and unit of time; empty for what says nothing.
fn spelt(token: &str) -> &str {
    match token {
        "one" => "1",
        "two" => "2",
        "three" | "third" => "3",
        "four" | "fourth" => "4",
        "five" => "5",
        "six" => "6",
        "seven" => "7",
        "eight" => "8",
        "nine" => "9",
        "ten" => "10",
        "eleven" => "11",
        "twelve" => "12",
        "hour" | "hrs" | "hr" | "h" => "hours",
        "hrly" => "hourly",
        "wk" => "week",
        "wks" => "weeks",
        "wkly" => "weekly",
        "mth" => "month",
        "mths" => "months",
        "mthly" => "monthly",
        "yr" => "year",
        "yrs" => "years",
        "calendar" => "",
        token => token,
    }
}

/// Whether these words stand one after the other.
pub(super) fn has(tokens: &[String], phrase: &str) -> bool {
    let phrase: Vec<&str> = phrase.split(' ').collect();
    tokens.windows(phrase.len()).any(|some| some.iter().zip(&phrase).all(|(word, other)| word == other))
}

pub(super) fn any(tokens: &[String], phrases: &[&str]) -> bool {
    phrases.iter().any(|phrase| has(tokens, phrase))
}

fn number(word: &str) -> Option<u32> {
    word.parse().ok().filter(|n| (1..=1_000).contains(n))
}

/// Hours of what is counted, and of what is said as an adverb.
fn unit(word: &str) -> Option<u32> {
    Some(match word {
        "hours" => 1,
        "day" | "days" | "morning" | "mornings" | "evening" | "evenings" | "night" | "nights" => DAY,
        "week" | "weeks" => WEEK,
        "fortnight" | "fortnights" => 2 * WEEK,
        "month" | "months" => MONTH,
        "year" | "years" => 12 * MONTH,
        _ => return None,
    })
}

fn adverb(word: &str) -> Option<u32> {
    Some(match word {
        "hourly" => 1,
        "weekly" => WEEK,
        "fortnightly" => 2 * WEEK,
        "monthly" => MONTH,
        "quarterly" => 3 * MONTH,
        "yearly" | "annually" => 12 * MONTH,
        _ => return None,
    })
}

/// Of a stroke: `3/52` is three weeks.
fn stroke(word: &str) -> Option<u32> {
    Some(match word {
        "24" => 1,
        "7" => DAY,
        "52" => WEEK,
        "12" => MONTH,
        _ => return None,
    })
}

/// So many times in this time, in whole days.
fn share(unit: u32, times: u32) -> u32 {
    (unit / times.max(1) / DAY * DAY).max(DAY)
}

/// One sentence or bracket, and whether another says a daily pattern outright.
struct Clause<'a> {
    words: &'a [String],
    daily_beside: bool,
}

/// All that is said of how often the medicine is given, in its order.
pub(super) fn intervals(words: &str) -> Vec<Interval> {
    let tokens = marked(words);
    let clauses: Vec<&[String]> = tokens.split(|token| token == ".").filter(|words| !words.is_empty()).collect();
    let daily: Vec<bool> = clauses.iter().map(|words| outright(words)).collect();
    let mut found = Vec::new();
    for (place, words) in clauses.iter().enumerate() {
        let daily_beside = daily.iter().enumerate().any(|(other, daily)| *daily && other != place);
        let clause = Clause { words, daily_beside };
        found.extend((0..words.len()).filter_map(|at| clause.at(at, daily_beside || daily[place])));
    }
    const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let said = |day: &&str| {
        clauses.iter().any(|words| {
            let is = |word: &String| word.strip_suffix('s').unwrap_or(word) == *day;
            let clause = Clause { words, daily_beside: false };
            words.iter().position(is).is_some_and(|place| {
                let begins = ["start", "starting", "started", "from", "until"];
                let near = words[..place].iter().rev().take(2).any(|word| begins.contains(&word.as_str()));
                !near && !clause.looked_before(place)
            })
        })
    };
    if DAYS.iter().filter(|day| said(day)).count() == 1 {
        found.push(Interval { hours: WEEK, every: false });
    }
    found
}

fn outright(words: &[String]) -> bool {
    let at = |phrase: &&str| {
        let phrase: Vec<&str> = phrase.split(' ').collect();
        let places = words.windows(phrase.len()).enumerate();
        let mut said = places.filter(|(_, some)| some.iter().zip(&phrase).all(|(word, other)| word == other));
        said.any(|(place, _)| {
            !words[..place].iter().rev().take(3).any(|word| word == "not" || word == "never" || word == "days")
        })
    };
    OUTRIGHT.iter().any(at)
}

impl Clause<'_> {
    fn word(&self, place: usize) -> &str {
        self.words.get(place).map_or("", String::as_str)
    }

    /// The word so many before this place.
    fn back(&self, place: usize, by: usize) -> &str {
        place.checked_sub(by).map_or("", |place| self.word(place))
    }

    /// The interval whose unit stands here.
    fn at(&self, place: usize, daily: bool) -> Option<Interval> {
        let word = self.word(place);
        let of_adverb = adverb(word);
        let of_stroke = stroke(word).filter(|_| self.back(place, 1) == "/");
        let unit = of_adverb.or(of_stroke).or(unit(word))?;
        let mut start = if of_stroke.is_some() { place - 1 } else { place };
        let joined = self.back(start, 1) == "-";
        start -= usize::from(joined);
        // The number before it; of a range the lower.
        let mut n = number(self.back(start, 1));
        let mut range = false;
        if n.is_some() {
            start -= 1;
            let lower = number(self.back(start, 2));
            range = lower.is_some() && ["-", "to", "or", ","].contains(&self.back(start, 1));
            if range {
                n = n.min(lower);
                start -= 2;
            }
        } else if matches!(self.back(start, 1), "alternate" | "alternative" | "alt") {
            return self.given(start - 1, false, daily).then_some(Interval { hours: 2 * unit, every: true });
        } else if matches!(self.back(start, 1), "other" | "second") && matches!(self.back(start, 2), "every" | "each") {
            (n, start) = (Some(2), start - 1);
        }
        let before = self.back(start, 1);
        let every = matches!(before, "every" | "each" | "q")
            || (before == "of" && matches!(self.back(start, 2), "interval" | "intervals"));
        let a = n.is_none() && matches!(before, "a" | "per" | "each" | "every");
        if every && n.is_none() && unit == DAY {
            return None;
        }
        if every && (n.is_some() || !a || unit < WEEK) {
            return self
                .given(start - 1, false, daily)
                .then_some(Interval { hours: n.unwrap_or(1) * unit, every: true });
        }
        // `once per 12 weeks`, `once in 3 months`
        let per = before == "per" || (before == "in" && self.is_count(self.back(start, 2)));
        if let Some(n) = n.filter(|n| per && of_adverb.is_none() && n * unit > DAY && unit > 1) {
            return self.given(start, false, daily).then_some(Interval { hours: n * unit, every: false });
        }
        if a || (of_adverb.is_some() && !every && n.is_none()) {
            let start = start - usize::from(a);
            return self.times(start, unit, of_adverb.is_some(), daily);
        }
        let n = n.filter(|_| of_adverb.is_some())?;
        // Tablets, unless it is joined or more than anybody takes.
        let of_time = joined || range || unit != WEEK || n > MOST_TABLETS;
        let hours = if of_time { n * unit } else { unit };
        self.given(start, !of_time, daily).then_some(Interval { hours, every: of_time })
    }

    /// So often in a unit of time: `twice a week`, `once weekly`, `weekly`.
    fn times(&self, start: usize, unit: u32, adverb: bool, daily: bool) -> Option<Interval> {
        if unit < WEEK {
            return (adverb && self.given(start, true, daily)).then_some(Interval { hours: unit, every: true });
        }
        let start = start - usize::from(self.back(start, 1) == "-");
        // `once in a week`
        let start = start - usize::from(self.back(start, 1) == "in" && self.is_count(self.back(start, 2)));
        let times = match self.back(start, 1) {
            "twice" => 2,
            "times" | "x" => number(self.back(start, 2)).unwrap_or(1),
            "days" => match number(self.back(start, 2)) {
                // On so many days of the week, and on those as is said of a day.
                Some(2..) if daily => return None,
                n => unit.min(n.map_or(1, |n| if n > 1 { unit } else { 1 })),
            },
            _ => 1,
        };
        let plain = !self.is_count(self.back(start, 1));
        let hours = if times == 1 { unit } else { share(unit, times) };
        self.given(start, plain, daily).then_some(Interval { hours, every: false })
    }

    fn is_count(&self, word: &str) -> bool {
        number(word).is_some() || matches!(word, "once" | "twice" | "times" | "x")
    }

    /// Whether the medicine is given so often, by what stands round it: no course (`for a week`), and nothing looked at or supplied. `after`: what
    /// follows can say so too (`weekly blood test`).
    fn given(&self, start: usize, after: bool, daily: bool) -> bool {
        let is_given = |word: &str| GIVEN.contains(&word) || number(word).is_some();
        let fill = ["up", "to", "the", "next", "another", "further", "about", "at", "least", "first", "only"];
        let course = ["for", "after", "within", "in", "over", "during", "until", "lasts"];
        let led = self.words[..start].iter().rev().find(|word| !fill.contains(&word.as_str()));
        let every = matches!(self.word(start), "every" | "each");
        let lasts = led.is_some_and(|word| course.contains(&word.as_str())) && adverb(self.word(start)).is_none();
        if lasts && !every || self.looked_before(start) {
            return false;
        }
        if after && !is_given(self.back(start, 1)) {
            let rest = self.words[start..].iter().skip(1).take_while(|word| *word != ",").take(4);
            let looked = |word: &String| LOOKED_AT.contains(&word.as_str()) || PACKED.contains(&word.as_str());
            if rest.into_iter().any(looked) {
                return false;
            }
        }
        // Beside a daily pattern in another sentence: only where this one is of the medicine, or says nothing else.
        let of_time =
            |word: &str| unit(word).or(adverb(word)).is_some() || matches!(word, "every" | "each" | "a" | "per");
        let said = self.words[..start].iter().any(|word| is_given(word));
        let alone =
            self.words.iter().all(|word| of_time(word) || is_given(word) || !word.starts_with(char::is_alphabetic));
        !(self.daily_beside && daily) || said || alone
    }

    /// Whether what is looked at leads to this place, and nothing given or counted stands between.
    fn looked_before(&self, place: usize) -> bool {
        let stops = |word: &&String| *word != "," && !GIVEN.contains(&word.as_str()) && number(word).is_none();
        let counted =
            self.words[..place].iter().rev().skip_while(|word| ["once", "twice", "times"].contains(&word.as_str()));
        counted.take(6).take_while(stops).any(|word| LOOKED_AT.contains(&word.as_str()))
    }
}
