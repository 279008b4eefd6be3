//! How values are written for people: telephone numbers, units, flags, statuses, sizes, ages of a moment, JSON laid out.
//! By the NHS CUI where it has a rule. Not here: dates, names and NHS numbers, which `record` writes itself, and no markup.

use record::Stamp;

/// A telephone number as the CUI shows it: no country code for the United Kingdom, a space after the area code, another before
/// the last four digits where the local part is longer than six. What is not a number is left as it was given.
pub fn phone(given: &str) -> String {
    let given = given.trim();
    let (number, extension) = match given.to_lowercase().find(['x', 'e']) {
        Some(at) if at > 0 => (&given[..at], digits(&given[at..])),
        _ => (given, String::new()),
    };
    if !number.chars().all(|c| c.is_ascii_digit() || " +-().".contains(c)) {
        return given.to_owned();
    }
    let mut all = digits(number);
    if number.starts_with("+44") || number.starts_with("0044") {
        let rest = all.trim_start_matches("00").trim_start_matches("44");
        all = format!("0{}", rest.trim_start_matches('0'));
    } else if number.starts_with('+') || number.starts_with("00") {
        return given.to_owned();
    }
    if all.len() < 9 || !all.starts_with('0') {
        return given.to_owned();
    }
    let area = match &all {
        n if n.starts_with("02") => 3,
        n if n.starts_with("011") || n.starts_with("03") || n.starts_with("08") || n.starts_with("09") => 4,
        n if n.get(3..4) == Some("1") && n.starts_with("01") => 4,
        _ => 5,
    };
    let (code, local) = all.split_at(area);
    let local = match local.len() {
        7.. => format!("{} {}", &local[..local.len() - 4], &local[local.len() - 4..]),
        _ => local.to_owned(),
    };
    let extension = if extension.is_empty() { extension } else { format!(" x{extension}") };
    format!("{code} {local}{extension}")
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// How a flag is told: by a word and a sign, never by colour alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Plain,
    Raised,
    Urgent,
}

/// A result's flag in words, its sign, and how loud it is. An unknown flag is shown as the source wrote it, and raised.
pub fn flag(given: &str) -> (String, &'static str, Tone) {
    let (word, sign, tone) = match given.trim() {
        "H" | "HIGH" | "high" | "High" => ("High", "▲", Tone::Raised),
        "L" | "LOW" | "low" | "Low" => ("Low", "▼", Tone::Raised),
        "HH" | "HU" => ("Critically high", "▲▲", Tone::Urgent),
        "LL" | "LU" => ("Critically low", "▼▼", Tone::Urgent),
        "A" | "abnormal" | "Abnormal" => ("Abnormal", "●", Tone::Raised),
        "AA" => ("Critically abnormal", "●●", Tone::Urgent),
        "POS" | "Pos" => ("Positive", "●", Tone::Raised),
        "NEG" | "Neg" => ("Negative", "", Tone::Plain),
        "N" | "normal" | "Normal" => ("Normal", "", Tone::Plain),
        "IND" => ("Indeterminate", "●", Tone::Raised),
        other => return (other.to_owned(), "●", Tone::Raised),
    };
    (word.to_owned(), sign, tone)
}

/// A medicine's status in the CUI's words, from the source's. The second is the source's own word where it is another one.
pub fn medicine_status(given: Option<&str>) -> (&'static str, Option<String>) {
    let Some(given) = given.map(str::trim).filter(|g| !g.is_empty()) else { return ("Status not given", None) };
    let shown = match given.to_lowercase().as_str() {
        "active" | "started" | "in-progress" => "Started",
        "completed" => "Completed",
        "stopped" | "discontinued" | "cancelled" | "ended" => "Discontinued",
        "on-hold" | "suspended" => "Suspended",
        "draft" | "intended" | "not-taken" | "not started" => "Not Started",
        _ => "Status not known",
    };
    (shown, (!given.eq_ignore_ascii_case(shown)).then(|| given.to_owned()))
}

/// A generic name in lower case: only words written with one capital and small letters change, so that abbreviations stay.
pub fn lower(name: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        let first = letters.next().is_some_and(char::is_uppercase);
        let rest = letters.as_str();
        let small = rest.chars().any(char::is_alphabetic) && !rest.chars().any(char::is_uppercase);
        if first && small { word.to_lowercase() } else { word.to_owned() }
    };
    name.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// A word that sources write in code, for people: `entered-in-error` becomes `Entered in error`.
pub fn word(code: &str) -> String {
    sentence(&code.replace(['-', '_'], " "))
}

/// With a capital first letter.
pub fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// `1 item`, `1,204 items`.
pub fn count(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", thousands(number), if number == 1 { one } else { many })
}

/// A whole number with a comma from 1,000.
pub fn thousands(number: usize) -> String {
    let plain = number.to_string();
    let mut out = String::new();
    for (i, digit) in plain.chars().enumerate() {
        if i > 0 && (plain.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A file's size.
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", bytes.div_ceil(1_000)),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

/// How long before `now` something was; only ever shown beside the moment itself.
pub fn ago(now: Stamp, then: Stamp) -> String {
    let minutes = now.since(then).as_mins();
    match minutes {
        ..1 => "just now".to_owned(),
        1..60 => format!("{minutes} min ago"),
        60..2_880 => format!("{} hr ago", minutes / 60),
        2_880..86_400 => format!("{} days ago", minutes / 1_440),
        86_400..1_051_200 => format!("{} months ago", minutes / 43_800),
        _ => format!("{} years ago", minutes / 525_600),
    }
}

/// How long something still lasts: `3 h`, `1 h 35 min`, `12 min`.
pub fn lasting(minutes: i64) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// Whole minutes from `now` until `end`, rounded up; zero when it has passed.
pub fn minutes_left(now: Stamp, end: Stamp) -> i64 {
    (end.since(now).as_secs() + 59) / 60
}

/// Time left until `end`, for a countdown: whole minutes, and seconds in the last two.
pub fn left(now: Stamp, end: Stamp) -> String {
    match end.since(now).as_secs() {
        0 => "time is up".to_owned(),
        seconds @ 1..120 => format!("{seconds} s left"),
        _ => format!("{} min left", minutes_left(now, end)),
    }
}

/// JSON with line breaks and indents. Every token is copied as it came, so that `1.10` stays `1.10` and the order stays.
pub fn laid_out(json: &str) -> String {
    let mut out = String::with_capacity(json.len() * 2);
    let (mut depth, mut quoted, mut escaped) = (0usize, false, false);
    let mut letters = json.chars().peekable();
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth));
    };
    while let Some(c) = letters.next() {
        if quoted {
            out.push(c);
            quoted = escaped || c != '"';
            escaped = c == '\\' && !escaped;
            continue;
        }
        match c {
            '"' => {
                quoted = true;
                out.push(c);
            }
            '{' | '[' => {
                out.push(c);
                while letters.next_if(|c| c.is_whitespace()).is_some() {}
                if !letters.peek().is_some_and(|next| matches!(next, '}' | ']')) {
                    depth += 1;
                    line(&mut out, depth);
                } else {
                    out.extend(letters.next());
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            c if c.is_whitespace() => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn telephones_by_the_cui() {
        for (given, shown) in [
            ("+441305251150", "01305 251150"),
            ("01305 251150", "01305 251150"),
            ("(020) 7946-0018", "020 7946 0018"),
            ("07700900123", "07700 900123"),
            ("0117 496 0123", "0117 496 0123"),
            ("01632 960001 ext 12", "01632 960001 x12"),
            ("+353 20 910 1234", "+353 20 910 1234"),
            ("ask the warden", "ask the warden"),
            ("999", "999"),
            ("", ""),
        ] {
            assert_eq!(phone(given), shown, "{given}");
        }
    }

    #[test]
    fn an_unknown_flag_is_never_normal() {
        assert_eq!(flag("N").2, Tone::Plain);
        assert_eq!(flag("HH"), ("Critically high".into(), "▲▲", Tone::Urgent));
        assert_eq!(flag("see text"), ("see text".into(), "●", Tone::Raised));
    }

    #[test]
    fn a_medicine_always_has_a_status() {
        assert_eq!(medicine_status(Some("active")), ("Started", Some("active".into())));
        assert_eq!(medicine_status(Some("completed")), ("Completed", None));
        assert_eq!(medicine_status(None), ("Status not given", None));
        assert_eq!(medicine_status(Some("entangled")), ("Status not known", Some("entangled".into())));
    }

    #[test]
    fn lower_case_keeps_abbreviations() {
        assert_eq!(lower("Penicillin V Potassium 250 MG Oral Tablet"), "penicillin V potassium 250 MG oral tablet");
        assert_eq!(lower("NSAID"), "NSAID");
        assert_eq!(lower(""), "");
    }

    #[test]
    fn numbers_sizes_and_ages() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(thousands), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(count(1, "person", "people"), "1 person");
        assert_eq!([12, 1_500, 2_340_000].map(size), ["12 bytes", "2 kB", "2.3 MB"]);
        let at = |minutes: i64| Stamp::from_millis(minutes * 60_000);
        assert_eq!(ago(at(200), at(20)), "3 hr ago");
        assert_eq!(ago(at(5), at(9)), "just now");
        assert_eq!(minutes_left(at(0), Stamp::from_millis(90_000)), 2);
        assert_eq!(minutes_left(at(9), at(1)), 0);
        assert_eq!([at(0), at(59), at(60)].map(|now| left(now, at(60))), ["60 min left", "60 s left", "time is up"]);
    }

    #[test]
    fn json_is_laid_out_and_not_rewritten() {
        let laid = laid_out(r#"{"z":1.10,"a":["x, {\"y\"}",{}, [ ]],"s":"\\"}"#);
        assert_eq!(
            laid,
            "{\n  \"z\": 1.10,\n  \"a\": [\n    \"x, {\\\"y\\\"}\",\n    {},\n    []\n  ],\n  \"s\": \"\\\\\"\n}"
        );
    }
}
