//! The organisations of the region and where a person belongs, by arithmetic on the person's number: nothing is stored, and the
//! same person has the same practice however many people the region has. ODS-shaped codes begin with `ZZ`, which no real code
//! does.

use super::vocab::towns::{HOMES, PRACTICES, TOWNS};
use record::OdsCode;
use record::people::Setting;

/// People per practice, and how many practices there may be.
const PRACTICE_LIST: u64 = 9_500;
const PRACTICES_MIN: u64 = 4;
const PRACTICES_MAX: u64 = 84;

/// The first people of any region, all of them known to community nursing: the demonstration and the benchmarks use them.
pub const FIRST: u64 = 500;
/// Beyond the first, one in this many is known to community nursing.
pub const COMMUNITY_EVERY: u64 = 50;
/// Beyond the first, one in this many lives in a care home, and each home has this many residents.
const RESIDENT_EVERY: u64 = 200;
const HOME_SIZE: u64 = 25;
/// Homes of the first people.
const FIRST_HOMES: u64 = 3;

/// An organisation of the region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisation {
    pub ods: OdsCode,
    pub name: String,
    pub setting: Setting,
    pub town: &'static str,
    pub postcode: String,
}

/// Which organisation, before it is written out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Practice(u64),
    Hospital(u64),
    Community,
    MentalHealth,
    Ambulance,
    Council(u64),
    Home(u64),
}

impl Place {
    /// All organisations of a region of this many people.
    pub fn all(people: u64) -> impl Iterator<Item = Place> {
        let trusts = [Place::Community, Place::MentalHealth, Place::Ambulance];
        (0..practices(people))
            .map(Place::Practice)
            .chain((0..3).map(Place::Hospital))
            .chain(trusts)
            .chain((0..2).map(Place::Council))
            .chain((0..homes(people)).map(Place::Home))
    }

    /// The organisation in full. `None` never happens: every code made here is a valid one (tested).
    pub fn organisation(self) -> Option<Organisation> {
        let town = |k: u64| TOWNS[(k % TOWNS.len() as u64) as usize];
        let round = |k: u64, names: &[&'static str], per: u64| names[((k / per) % names.len() as u64) as usize];
        let (ods, name, setting, seat) = match self {
            Place::Practice(k) => {
                let style = round(k, PRACTICES, TOWNS.len() as u64);
                (format!("ZZG{k:03}"), format!("{} {style}", town(k)), Setting::GpPractice, k)
            }
            Place::Hospital(k) => {
                let kind = ["General Hospital", "Infirmary", "Royal Hospital"][(k % 3) as usize];
                (format!("ZZH{}", k + 1), format!("{} {kind} NHS Trust", town(k)), Setting::Hospital, k)
            }
            Place::Community => ("ZZC1".into(), "Wessmoor Community Health NHS Trust".into(), Setting::Community, 0),
            Place::MentalHealth => {
                ("ZZM1".into(), "Wessmoor Partnership Mental Health NHS Trust".into(), Setting::MentalHealth, 1)
            }
            Place::Ambulance => ("ZZA1".into(), "Wessmoor Ambulance Service NHS Trust".into(), Setting::Ambulance, 0),
            Place::Council(k) => {
                let name = ["Wessmoor County Council", "Quillmouth and Coast Council"][(k % 2) as usize];
                (format!("ZZL{}", k + 1), name.into(), Setting::SocialCare, 5 * k)
            }
            Place::Home(k) => {
                let name = round(k, HOMES, 1);
                (format!("ZZV{k:04}"), format!("{name} Care Home, {}", town(k)), Setting::CareHome, k)
            }
        };
        let postcode = format!("ZZ{} {}AA", seat % TOWNS.len() as u64 + 1, seat % 9 + 1);
        Some(Organisation { ods: ods.parse().ok()?, name, setting, town: town(seat), postcode })
    }
}

/// How many practices a region of this many people has.
pub const fn practices(people: u64) -> u64 {
    let wanted = people.div_ceil(PRACTICE_LIST);
    if wanted < PRACTICES_MIN {
        PRACTICES_MIN
    } else if wanted > PRACTICES_MAX {
        PRACTICES_MAX
    } else {
        wanted
    }
}

/// How many care homes a region of this many people has.
pub const fn homes(people: u64) -> u64 {
    FIRST_HOMES + people.saturating_sub(FIRST).div_ceil(RESIDENT_EVERY * HOME_SIZE)
}

/// The practice of a person: the first practices share the first people out, then each list fills in turn.
pub const fn practice_of(person: u64) -> u64 {
    if person < PRACTICES_MIN * PRACTICE_LIST {
        person % PRACTICES_MIN
    } else if person / PRACTICE_LIST < PRACTICES_MAX {
        person / PRACTICE_LIST
    } else {
        PRACTICES_MAX - 1
    }
}

pub const fn hospital_of(person: u64) -> u64 {
    practice_of(person) % 3
}

pub const fn council_of(person: u64) -> u64 {
    practice_of(person) % 2
}

/// The care home a person lives in.
pub const fn home_of(person: u64) -> Option<u64> {
    if person < FIRST {
        if person % 8 == 3 { Some(person / 8 % FIRST_HOMES) } else { None }
    } else if (person - FIRST) % RESIDENT_EVERY == 50 {
        Some(FIRST_HOMES + (person - FIRST) / (RESIDENT_EVERY * HOME_SIZE))
    } else {
        None
    }
}

/// The residents of a home among this many people.
pub fn residents(home: u64, people: u64) -> Vec<u64> {
    if home < FIRST_HOMES {
        return (0..people.min(FIRST)).filter(|p| home_of(*p) == Some(home)).collect();
    }
    let start = FIRST + (home - FIRST_HOMES) * RESIDENT_EVERY * HOME_SIZE;
    (0..HOME_SIZE).map(|k| start + k * RESIDENT_EVERY + 50).filter(|p| *p < people).collect()
}

/// Whether community nursing knows the person.
pub const fn in_community_care(person: u64) -> bool {
    person < FIRST || person.is_multiple_of(COMMUNITY_EVERY)
}

/// Everybody known to community nursing, in order.
pub fn community_people(people: u64) -> impl Iterator<Item = u64> {
    let beyond = (FIRST..people).step_by(COMMUNITY_EVERY as usize);
    (0..people.min(FIRST)).chain(beyond)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_organisation_has_a_valid_code_of_its_own() {
        for people in [25, 800_000] {
            let all: Vec<_> = Place::all(people).map(|p| p.organisation().unwrap()).collect();
            let codes: HashSet<_> = all.iter().map(|o| o.ods.clone()).collect();
            assert_eq!(codes.len(), all.len());
            assert!(codes.iter().all(|c| c.as_str().starts_with("ZZ")));
        }
        assert_eq!((practices(25), practices(800_000), homes(25)), (4, 84, 3));
    }

    #[test]
    fn people_belong_to_places_that_exist() {
        for people in [25, 600, 40_000, 800_000] {
            for person in (0..people).step_by(7) {
                assert!(practice_of(person) < practices(people), "{person} of {people}");
                assert!(home_of(person).is_none_or(|h| h < homes(people)), "{person} of {people}");
            }
        }
    }

    #[test]
    fn lists_of_people_agree_with_the_question_about_one() {
        let asked: Vec<u64> = (0..12_000).filter(|p| in_community_care(*p)).collect();
        assert_eq!(community_people(12_000).collect::<Vec<_>>(), asked);
        for home in 0..homes(12_000) {
            let asked: Vec<u64> = (0..12_000).filter(|p| home_of(*p) == Some(home)).collect();
            assert_eq!(residents(home, 12_000), asked, "home {home}");
        }
        assert!((0..3).all(|home| !residents(home, 25).is_empty()));
    }
}
