//! The NHS number: ten digits with a Modulus 11 check digit. Not a primary key (it can be superseded) and never enough to
//! match a person alone (`reference/identity.md` section 1).

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A number that passed the check. There is no way to hold one that did not.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NhsNumber([u8; 10]);

/// Why a text is not an NHS number. Log-safe: the digits are not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAnNhsNumber {
    /// Something other than ten digits (spaces and dashes are ignored).
    Length,
    /// A letter or other sign.
    Character,
    /// The tenth digit is not the one the first nine call for, or the nine have none (remainder 10: never issued).
    CheckDigit,
}

impl fmt::Display for NotAnNhsNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NotAnNhsNumber::Length => "NHS number must be 10 numbers",
            NotAnNhsNumber::Character => "NHS number must be numbers only",
            NotAnNhsNumber::CheckDigit => "NHS number is mistyped: its check digit does not fit",
        })
    }
}

impl std::error::Error for NotAnNhsNumber {}

impl NhsNumber {
    /// The number made of these nine digits and their check digit, or `None` where the nine have no valid check digit
    /// (about one stem in eleven).
    pub fn from_stem(stem: u32) -> Option<NhsNumber> {
        let mut digits = [0u8; 10];
        let mut rest = stem;
        for slot in digits[..9].iter_mut().rev() {
            *slot = (rest % 10) as u8;
            rest /= 10;
        }
        digits[9] = check_digit(&digits)?;
        (rest == 0).then_some(NhsNumber(digits))
    }

    /// The 999 range was never issued: only test data has it.
    pub fn is_test(&self) -> bool {
        self.0[..3] == [9, 9, 9]
    }

    /// Ten digits without spaces, as stored and sent.
    pub fn digits(&self) -> String {
        self.0.iter().map(|d| (b'0' + d) as char).collect()
    }
}

/// Weights 10 to 2 over the first nine digits; 11 minus the remainder; 11 becomes 0; 10 means never issued.
fn check_digit(digits: &[u8; 10]) -> Option<u8> {
    let total: u32 = digits[..9].iter().zip((2..=10).rev()).map(|(d, weight)| u32::from(*d) * weight).sum();
    match 11 - total % 11 {
        11 => Some(0),
        10 => None,
        digit => Some(digit as u8),
    }
}

impl FromStr for NhsNumber {
    type Err = NotAnNhsNumber;
    /// Accepts spaces and dashes anywhere, as people paste them (`reference/ux.md` section 2).
    fn from_str(text: &str) -> Result<Self, NotAnNhsNumber> {
        let mut digits = [0u8; 10];
        let mut count = 0;
        for c in text.chars().filter(|c| !c.is_whitespace() && *c != '-') {
            let digit = c.to_digit(10).ok_or(NotAnNhsNumber::Character)?;
            *digits.get_mut(count).ok_or(NotAnNhsNumber::Length)? = digit as u8;
            count += 1;
        }
        if count != 10 {
            return Err(NotAnNhsNumber::Length);
        }
        if check_digit(&digits) != Some(digits[9]) {
            return Err(NotAnNhsNumber::CheckDigit);
        }
        Ok(NhsNumber(digits))
    }
}

impl TryFrom<String> for NhsNumber {
    type Error = NotAnNhsNumber;
    fn try_from(text: String) -> Result<Self, NotAnNhsNumber> {
        text.parse()
    }
}

impl From<NhsNumber> for String {
    fn from(number: NhsNumber) -> String {
        number.digits()
    }
}

/// As shown to people: 3-3-4 with single spaces (NHS CUI).
impl fmt::Display for NhsNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.digits();
        write!(f, "{} {} {}", &digits[..3], &digits[3..6], &digits[6..])
    }
}

/// A number identifies a patient, so it hides itself in debug output.
impl fmt::Debug for NhsNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NhsNumber(•)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<&str, NotAnNhsNumber>) {
        assert_eq!(text.parse::<NhsNumber>().map(|n| n.to_string()), expected.map(str::to_owned), "{text}");
    }

    #[test]
    fn the_table() {
        check("9434765919", Ok("943 476 5919"));
        check("943 476 5919", Ok("943 476 5919"));
        check(" 943-476-5919 ", Ok("943 476 5919"));
        check("9990000018", Ok("999 000 0018"));
        check("9434765918", Err(NotAnNhsNumber::CheckDigit));
        check("943476591", Err(NotAnNhsNumber::Length));
        check("94347659190", Err(NotAnNhsNumber::Length));
        check("943476591O", Err(NotAnNhsNumber::Character));
        check("", Err(NotAnNhsNumber::Length));
    }

    #[test]
    fn every_stem_gives_a_number_that_parses_or_none_at_all() {
        let made = (999_000_000..999_002_000).filter_map(NhsNumber::from_stem);
        let mut count = 0;
        for number in made {
            assert_eq!(number.digits().parse(), Ok(number));
            assert!(number.is_test());
            count += 1;
        }
        assert!((1_750..1_900).contains(&count), "about ten stems in eleven are valid, found {count}");
    }

    #[test]
    fn debug_shows_no_digit() {
        assert!(!format!("{:?}", NhsNumber::from_stem(999_000_001)).contains("999"));
    }
}
