//! What the hub publishes to a device about its caseload, as nouns. How it is put into bytes is `sync::wire`; when it is sent is
//! `sync::session`.

use crate::consent::{Recorded, Relationship};
use crate::ids::PersonId;
use crate::nhs_number::NhsNumber;
use crate::patient::{Address, Demographics, Gender, Life};
use crate::people::{Actor, Organisation};
use crate::stamp::Stamp;
use crate::when::When;
use serde::{Deserialize, Serialize};

/// A place in the hub's journal. Only grows; the device's cursor is the last it has taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seq(pub u64);

/// The narrow row that lists and search need: no clinical content but the flags policy allows on a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    pub person: PersonId,
    pub family: String,
    pub given: String,
    /// As in the banner: `SURNAME, Given (Title)`.
    pub banner: String,
    pub born: Option<When>,
    pub gender: Gender,
    pub died: bool,
    pub nhs_number: Option<NhsNumber>,
    pub nhs_number_verified: bool,
    /// Town or ward for planning a round; empty where the location is protected.
    pub place: String,
    /// Flags allowed on a list, as short words.
    pub flags: Vec<String>,
    /// When the newest fact about this person reached the hub.
    pub as_at: Stamp,
    /// When the newest of this person's medicines reached the hub; `None` where none did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub medicines_at: Option<Stamp>,
}

impl Listing {
    /// The row of somebody with these demographics.
    pub fn of(person: PersonId, d: &Demographics, flags: Vec<String>, as_at: Stamp) -> Listing {
        let name = d.name().cloned().unwrap_or_default();
        let place = d.home().filter(|_| !d.location_protected);
        // The town: the last line, or the one before it where a county follows.
        let town =
            |a: &Address| a.lines.get(a.lines.len().saturating_sub(if a.lines.len() >= 3 { 2 } else { 1 })).cloned();
        let place = place.and_then(|a| town(a).or(a.postcode.clone())).unwrap_or_default();
        Listing {
            person,
            banner: if name == Default::default() { "Name not known".to_owned() } else { name.banner() },
            family: name.family,
            given: name.given.join(" "),
            born: d.born.clone(),
            gender: d.gender,
            died: matches!(d.life, Life::Died { .. }),
            nhs_number: d.nhs_number,
            nhs_number_verified: d.nhs_number_verified,
            place,
            flags,
            as_at,
            medicines_at: None,
        }
    }

    /// What search looks through: folded words, each with a space before it. The names and their hyphenated parts, the date of
    /// birth as `05-jan-1940`, `1940-01-05`, `05/01/1940` and `05011940`, and the NHS number's digits.
    pub fn search_text(&self) -> String {
        let mut text = String::new();
        let mut push = |word: &str| {
            text.push(' ');
            text.push_str(word);
        };
        let names = fold(&format!("{} {}", self.family, self.given));
        for word in names.split_whitespace() {
            push(word);
            word.split(['-', '\'']).skip(1).filter(|part| !part.is_empty()).for_each(&mut push);
        }
        if let Some(born) = &self.born {
            let (year, month, day) = born.parts();
            push(&born.display_date().to_lowercase());
            push(born.as_str());
            if let (Some(month), Some(day)) = (month, day) {
                push(&format!("{day:02}/{month:02}/{year}"));
                push(&format!("{day:02}{month:02}{year}"));
            }
            push(&year.to_string());
        }
        if let Some(number) = self.nhs_number {
            push(&number.digits());
        }
        text
    }

    /// Whether everything typed is found.
    pub fn matches(&self, text: &str) -> bool {
        let within = self.search_text();
        terms(text).iter().all(|term| within.contains(term))
    }
}

/// What to look for in [`Listing::search_text`], every one of it: words from their start, or a run of digits anywhere (part of an
/// NHS number typed with or without spaces).
pub fn terms(text: &str) -> Vec<String> {
    let digits: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    if digits.len() >= 3 && digits.chars().all(|c| c.is_ascii_digit()) && !looks_like_a_date(text) {
        return vec![digits];
    }
    fold(text).split_whitespace().map(|word| format!(" {word}")).collect()
}

fn looks_like_a_date(text: &str) -> bool {
    text.trim().len() <= 10 && text.contains('-')
}

/// Lower case, with the commonest accented Latin letters as their plain ones: for comparison only, never for display.
pub fn fold(text: &str) -> String {
    let plain = |c: char| match c {
        'à'..='å' => 'a',
        'ç' => 'c',
        'è'..='ë' => 'e',
        'ì'..='ï' => 'i',
        'ñ' | 'ń' => 'n',
        'ò'..='ö' | 'ø' => 'o',
        'ù'..='ü' => 'u',
        'ý' | 'ÿ' => 'y',
        'ł' => 'l',
        'ś' => 's',
        'ź' | 'ż' => 'z',
        '’' => '\'',
        other => other,
    };
    text.chars().flat_map(char::to_lowercase).map(plain).collect()
}

/// The rules for one person on one device: signed by the hub, replaced by version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    pub person: PersonId,
    pub version: Seq,
    pub relationship: Relationship,
    pub recorded: Recorded,
}

/// Who a device was enrolled for, as the hub's register said at enrolment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Licence {
    pub actor: Actor,
    pub region: String,
    pub hub: Organisation,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::patient::Name;

    fn listing() -> Listing {
        let name =
            Name { family: "Ó Briain-Holt".into(), given: vec!["Zoë".into(), "Mary".into()], ..Name::default() };
        let d = Demographics {
            names: vec![name],
            born: When::parse("1940-01-05"),
            nhs_number: NhsNumber::from_stem(999_000_001),
            ..Demographics::default()
        };
        Listing::of(PersonId::from_bytes([1; 16]), &d, vec![], Stamp::from_millis(0))
    }

    #[test]
    fn search_finds_by_name_number_and_date_of_birth() {
        for text in ["zoe", "Mary holt", "bria", "999 000", "05-jan-1940", "05/01/1940", "1940", "zoe 1940", "", "0 b"]
        {
            let found = listing().matches(text);
            assert!(found, "{text:?}");
        }
        for text in ["riain", "zoe jones", "1941", "123456"] {
            assert!(!listing().matches(text), "{text:?}");
        }
    }

    #[test]
    fn a_protected_address_is_not_listed() {
        let mut d = Demographics {
            addresses: vec![Address { lines: vec!["1 Mill Lane".into(), "Wareham".into()], ..Address::default() }],
            ..Demographics::default()
        };
        let place =
            |d: &Demographics| Listing::of(PersonId::from_bytes([1; 16]), d, vec![], Stamp::from_millis(0)).place;
        assert_eq!(place(&d), "Wareham");
        d.location_protected = true;
        assert_eq!(place(&d), "");
    }
}
