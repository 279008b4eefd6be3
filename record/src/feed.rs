//! What the hub publishes to a device about its caseload, as nouns. How it is put into bytes is `sync::wire`; when it is sent is
//! `sync::session`.

use crate::consent::{Recorded, Relationship};
use crate::ids::PersonId;
use crate::nhs_number::NhsNumber;
use crate::patient::{Demographics, Gender, Life};
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
}

impl Listing {
    /// The row of somebody with these demographics.
    pub fn of(person: PersonId, d: &Demographics, flags: Vec<String>, as_at: Stamp) -> Listing {
        let name = d.name().cloned().unwrap_or_default();
        let place = d.home().filter(|_| !d.location_protected);
        let place = place.and_then(|a| a.lines.last().or(a.postcode.as_ref()).cloned()).unwrap_or_default();
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
        }
    }

    /// Whether every word of `text` is found: a name from the start of one of its words, a number by its digits, a date of
    /// birth as `05-Jan-1940`, `1940-01-05` or `05/01/1940` or its parts. Case and accents of plain Latin letters do not matter.
    pub fn matches(&self, text: &str) -> bool {
        let digits: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        if digits.len() >= 3 && digits.chars().all(|c| c.is_ascii_digit()) {
            let number = self.nhs_number.map(|n| n.digits()).unwrap_or_default();
            if number.contains(&digits) {
                return true;
            }
        }
        let name = fold(&format!("{} {}", self.family, self.given));
        let mut born = String::new();
        if let Some(when) = &self.born {
            let (year, month, day) = when.parts();
            let (m, d) = (month.unwrap_or(0), day.unwrap_or(0));
            born = fold(&format!("{} {} {d:02}/{m:02}/{year} {d:02}{m:02}{year}", when.display_date(), when.as_str()));
        }
        fold(text).split_whitespace().all(|word| {
            name.split([' ', '-', '\'']).any(|part| part.starts_with(word))
                || name.starts_with(word)
                || name.split(' ').any(|part| part.starts_with(word))
                || (word.len() >= 2 && word.starts_with(|c: char| c.is_ascii_digit()) && born.contains(word))
        })
    }
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
        for text in ["zoe", "Mary holt", "bria", "999 000", "05-jan-1940", "05/01/1940", "1940", "zoe 1940", "", "0 B"]
        {
            let found = listing().matches(text);
            assert_eq!(found, text != "0 B", "{text:?}");
        }
        for text in ["riain", "zoe jones", "1941", "123456"] {
            assert!(!listing().matches(text), "{text:?}");
        }
    }

    #[test]
    fn a_protected_address_is_not_listed() {
        use crate::patient::Address;
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
