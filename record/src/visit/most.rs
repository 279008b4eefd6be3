//! The most of a medicine that may be taken in a time, read out of the words of the record, and what was had of it. Only where the words say a number and a
//! time plainly; all else is shown as it was written and not reckoned with. No dictionary: a most in milligrams and doses written in tablets do not meet.

/// So much in so many hours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Most {
    amount: Amount,
    /// Of the time in which no more may be taken.
    pub hours: u32,
}

/// How much, in thousandths of a unit; of mass in thousandths of a microgram.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Amount {
    thousandths: u64,
    /// In the singular; empty: doses.
    unit: String,
}

impl Most {
    /// Reads `no more than 8 tablet / 24 h`, `max 4 g in 24 hours`, `maximum 4 doses a day`. `None` where number or time is not plain.
    pub fn read(words: &str) -> Option<Most> {
        let tokens = tokens(super::frequency::most(words)?);
        let place = tokens.iter().position(|token| number(token).is_some())?;
        let (amount, rest) = amount(&tokens[place..])?;
        let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
        let hours = match rest.as_slice() {
            ["in" | "per" | "/" | "every", n, "h" | "hour" | "hours" | "hr" | "hrs", ..] => {
                u32::try_from(number(n)? / 1_000).ok()?
            }
            ["in" | "per" | "/" | "a" | "each" | "every", "day" | "d", ..]
            | ["daily", ..]
            | ["in" | "per", "one" | "a" | "1", "day", ..] => 24,
            ["in" | "per" | "/" | "a" | "each" | "every", "week" | "wk", ..] | ["weekly", ..] => 168,
            _ => return None,
        };
        (hours > 0 && hours <= 31 * 24).then_some(Most { amount, hours })
    }

    /// Whether doses as written, and one more, are more than may be taken. What does not say how much of this unit counts as one of it where the unit
    /// is one to be counted, and as nothing where it is a weight or a volume: that cannot be reckoned.
    pub fn is_passed<'a>(&self, doses: impl Iterator<Item = &'a str>) -> bool {
        let counted = !matches!(self.amount.unit.as_str(), "mcg" | "ml" | "unit");
        let least = if counted { 1_000 } else { 0 };
        let one = |dose: &str| {
            let tokens = tokens(dose);
            let of = tokens.iter().position(|token| number(token).is_some()).and_then(|place| amount(&tokens[place..]));
            match of {
                Some((of, _)) if of.unit == self.amount.unit && !of.unit.is_empty() => of.thousandths.max(least),
                _ => least,
            }
        };
        doses.map(one).fold(0u64, u64::saturating_add) > self.amount.thousandths
    }
}

/// Words and numbers in small letters; `500mg` is two, `2.5` one.
fn tokens(words: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut last = ' ';
    for c in words.to_lowercase().chars() {
        let digit = |c: char| c.is_ascii_digit() || c == '.' || c == ',';
        let goes_on = (digit(c) && digit(last)) || (c.is_alphabetic() && last.is_alphabetic());
        match found.last_mut() {
            Some(token) if goes_on => token.push(c),
            _ if c.is_alphanumeric() || c == '/' => found.push(c.to_string()),
            _ => {}
        }
        last = c;
    }
    found
}

/// In thousandths.
fn number(token: &str) -> Option<u64> {
    let token = token.trim_end_matches(['.', ',']).replace(',', "");
    let (whole, part) = token.split_once('.').unwrap_or((&token, ""));
    let part = (part.len() <= 3).then(|| format!("{part:0<3}").parse::<u64>().ok()).flatten()?;
    whole.parse::<u64>().ok()?.checked_mul(1_000)?.checked_add(part)
}

/// The amount that begins here, and what follows it.
fn amount(tokens: &[String]) -> Option<(Amount, &[String])> {
    let (first, rest) = tokens.split_first()?;
    let thousandths = number(first)?;
    let unit = rest.first().map(String::as_str).unwrap_or_default();
    let times = match unit {
        "mcg" | "microgram" | "micrograms" | "ug" | "µg" => Some(1),
        "mg" | "milligram" | "milligrams" => Some(1_000),
        "g" | "gram" | "grams" => Some(1_000_000),
        _ => None,
    };
    if let Some(times) = times {
        let thousandths = thousandths.checked_mul(times)?;
        return Some((Amount { thousandths, unit: "mcg".into() }, &rest[1..]));
    }
    let named = match unit {
        "dose" | "doses" | "times" => "",
        "ml" | "millilitre" | "millilitres" => "ml",
        "unit" | "units" => "unit",
        "tablet" | "tablets" | "tab" | "tabs" => "tablet",
        "capsule" | "capsules" | "cap" | "caps" => "capsule",
        "puff" | "puffs" => "puff",
        "sachet" | "sachets" => "sachet",
        "drop" | "drops" => "drop",
        "spray" | "sprays" => "spray",
        "suppository" | "suppositories" => "suppository",
        "patch" | "patches" => "patch",
        // `max 8 in 24 hours`: of what is not said; doses, for none is less than one.
        "in" | "per" | "/" | "a" | "each" | "every" | "daily" => {
            return Some((Amount { thousandths, unit: String::new() }, rest));
        }
        _ => return None,
    };
    Some((Amount { thousandths, unit: named.into() }, &rest[1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_plain_is_read_and_the_rest_is_not() {
        for (words, unit, thousandths, hours) in [
            ("as needed, no more than 8 tablet / 24 h", "tablet", 8_000, 24),
            ("1 or 2 as needed. Max 8 in 24 hours. With food", "", 8_000, 24),
            ("maximum 4 g per day", "mcg", 4_000_000_000, 24),
            ("5ml prn; no more than 2.5 g a day; shake", "mcg", 2_500_000_000, 24),
            ("Max. 4 doses in 12 hours", "", 4_000, 12),
            ("not more than 2 patches a week", "patch", 2_000, 168),
            ("max 500micrograms daily", "mcg", 500_000, 24),
        ] {
            let most = Most { amount: Amount { thousandths, unit: unit.into() }, hours };
            assert_eq!(Most::read(words), Some(most), "{words}");
        }
        for words in [
            "as needed",
            "max as directed",
            "max 8",
            "maximum two a day",
            "no more than 8 of them in 24 hours",
            "max 4 in a lifetime",
        ] {
            assert_eq!(Most::read(words), None, "{words}");
        }
    }

    #[test]
    fn tablets_are_counted_weights_are_added_and_what_does_not_meet_is_not_reckoned() {
        let passed = |words: &str, doses: &[&str]| Most::read(words).unwrap().is_passed(doses.iter().copied());
        let tablets = "max 8 tablets in 24 hours";
        assert!(!passed(tablets, &["2 tablets"; 4]) && passed(tablets, &["2 tablets"; 5]));
        assert!(!passed(tablets, &["500 mg"; 8]) && passed(tablets, &["500 mg"; 9]), "at least one each");
        let grams = "max 4 g in 24 hours";
        assert!(
            !passed(grams, &["1 g", "1000mg", "1,000 mg", "1 g"])
                && passed(grams, &["1 g", "1 g", "1 g", "1 g", "500 mg"])
        );
        assert!(!passed(grams, &["2 tablets"; 9]));
        assert!(!passed("max 2 in 24 hours", &["1 puff", "2 puffs"]) && passed("max 2 in 24 hours", &["", "", ""]));
    }
}
