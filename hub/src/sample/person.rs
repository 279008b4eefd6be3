//! Who somebody is and what they have, before any source writes about them. Everything here follows from the seed and the
//! person's number; sources then tell parts of it, each in its own way.

use super::Region;
use super::cast::{CAST, Role, Trait};
use super::place::{home_of, in_community_care};
use super::rng::{Rng, Topic};
use super::vocab::conditions::{self, Condition};
use super::vocab::names::{HERITAGES, Heritage, NOT_KNOWN, NOT_STATED, YOUNG_MEN, YOUNG_WOMEN};
use super::vocab::services::{ALLERGENS, Allergen};
use super::vocab::towns::{HOUSES, STREETS, TOWNS, WAYS};
use super::when::{ago, days_between};
use jiff::civil::Date;
use record::NhsNumber;

/// One person of the region.
#[derive(Debug)]
pub struct Person {
    pub number: u64,
    pub seed: u64,
    pub nhs_number: Option<NhsNumber>,
    pub female: bool,
    pub born: Date,
    pub age: i32,
    pub name: Name,
    pub home: Address,
    /// Code and words of the ethnic category.
    pub ethnicity: (&'static str, &'static str),
    pub language: Option<(&'static str, &'static str)>,
    pub kin: Kin,
    /// The last day on which anything can have happened: today, or the day of death.
    pub now: Date,
    pub community: bool,
    /// The care home they live in.
    pub resident_of: Option<u64>,
    /// Each with the year it began, in years before `now`.
    pub conditions: Vec<(&'static Condition, i32)>,
    pub allergies: Vec<&'static Allergen>,
    pub traits: Vec<Trait>,
    /// Clinical Frailty Scale, 1 to 8.
    pub frailty: i32,
    pub height_cm: i32,
    /// In tenths of a kilogram.
    pub weight: i32,
    pub smoker: Smoking,
}

#[derive(Debug, Clone)]
pub struct Name {
    pub title: &'static str,
    pub given: Vec<&'static str>,
    pub family: String,
    pub known_as: Option<&'static str>,
    pub former: Option<&'static str>,
}

impl Name {
    /// `Given Family`.
    pub fn short(&self) -> String {
        format!("{} {}", self.given.first().unwrap_or(&""), self.family)
    }
}

#[derive(Debug, Clone)]
pub struct Address {
    pub line: String,
    pub town: &'static str,
    pub postcode: String,
    pub phone: String,
    pub mobile: Option<String>,
}

/// The first next of kin.
#[derive(Debug)]
pub struct Kin {
    pub name: String,
    /// v3-RoleCode and its words.
    pub relation: (&'static str, &'static str),
    pub phone: String,
    pub lives_with: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Smoking {
    Never,
    Former,
    Current,
}

const SON: (&str, &str) = ("SONC", "son");
const DAUGHTER: (&str, &str) = ("DAUC", "daughter");
const HUSBAND: (&str, &str) = ("HUSB", "husband");
const WIFE: (&str, &str) = ("WIFE", "wife");
const MOTHER: (&str, &str) = ("MTH", "mother");
const FRIEND: (&str, &str) = ("FRND", "unrelated friend");

/// A long legal name for the one who has it.
const LONG_FAMILY: &str = "Featherstonehaugh-Cholmondeley-Winterbottom";
const LONG_GIVEN: [&str; 4] = ["Maximilian", "Bartholomew", "Peregrine", "Constantine"];

/// The NHS number of a person: in the 999 range, different for each of the first 900,000 people, `None` beyond them.
///
/// Of every ten stems that differ in the last digit only, at least nine have a check digit. So person `i` gets the
/// `i / 100,000`-th valid stem of the ten at a place that runs through all 100,000 tens as `i` does.
pub fn nhs_number(seed: u64, person: u64) -> Option<NhsNumber> {
    const TENS: u64 = 100_000;
    // Odd and not a multiple of five, so that it visits every ten once.
    const STRIDE: u64 = 61_803;
    let ten = (person % TENS * STRIDE + seed % TENS) % TENS;
    let first = 999_000_000 + u32::try_from(ten).ok()? * 10;
    let nth = usize::try_from(person / TENS).ok().filter(|n| *n < 9)?;
    (first..first + 10).filter_map(NhsNumber::from_stem).nth(nth)
}

impl Person {
    /// Makes person `number` of the region.
    pub fn new(region: &Region, number: u64) -> Person {
        let role = usize::try_from(number).ok().and_then(|n| CAST.get(n));
        let mut person = Person::alone(region, number, role);
        let previous = |n: u64| {
            let role = usize::try_from(n).ok().and_then(|n| CAST.get(n));
            Person::alone(region, n, role)
        };
        if person.has(Trait::TwinOfPrevious) && number > 0 {
            let twin = previous(number - 1);
            person.become_twin_of(twin);
        } else if person.has(Trait::NamesakeOfPrevious) && number > 0 {
            let other = previous(number - 1);
            person.name.family = other.name.family;
            person.name.former = None;
            if person.female == other.female {
                person.name.given[0] = similar(other.name.given[0]);
            }
        }
        person
    }

    pub fn has(&self, wanted: Trait) -> bool {
        self.traits.contains(&wanted)
    }

    pub fn has_condition(&self, wanted: &Condition) -> bool {
        self.conditions.iter().any(|(c, _)| c.term == wanted.term)
    }

    pub fn dead(&self) -> bool {
        self.has(Trait::DiedFormal) || self.has(Trait::DiedInformal)
    }

    pub fn child(&self) -> bool {
        self.age < 18
    }

    /// `him`, `her`: for letters.
    pub fn pronouns(&self) -> (&'static str, &'static str) {
        if self.female { ("She", "her") } else { ("He", "his") }
    }

    /// The person without regard to neighbours in number.
    fn alone(region: &Region, number: u64, role: Option<&'static Role>) -> Person {
        let mut rng = Rng::of(region.seed, number, Topic::Who);
        let community = in_community_care(number);
        let resident_of = home_of(number);
        let age = role.map_or_else(|| draw_age(&mut rng, community, resident_of.is_some()), |r| r.age);
        let female = role.map_or_else(|| rng.percent(if age > 80 { 60 } else { 51 }), |r| r.female);
        let born = birthday(&mut rng, region.today, age);
        let age = whole_years(born, region.today);
        let heritage = draw_heritage(&mut rng);
        let name = draw_name(&mut rng, heritage, female, age);
        let home = draw_address(&mut rng);
        let kin = draw_kin(&mut rng, &name, female, age);
        let ethnicity = match rng.below(100) {
            0..4 => NOT_STATED,
            4..8 => NOT_KNOWN,
            _ => heritage.ethnicity,
        };
        let language = heritage.language.filter(|_| age > 60 && rng.percent(35));
        let height_cm = match age {
            0..18 => 50 + age * 7 - if age > 12 { (age - 12) * 3 } else { 0 },
            _ if female => rng.between(148, 174),
            _ => rng.between(160, 190),
        };
        let bmi = if age < 18 { rng.between(150, 190) } else { rng.between(185, 340) };
        let mut person = Person {
            number,
            seed: region.seed,
            nhs_number: nhs_number(region.seed, number),
            female,
            born,
            age,
            name,
            home,
            ethnicity,
            language,
            kin,
            now: region.today,
            community,
            resident_of,
            conditions: Vec::new(),
            allergies: Vec::new(),
            traits: Vec::new(),
            frailty: 1,
            height_cm,
            weight: bmi * height_cm / 10 * height_cm / 1000,
            smoker: if age < 16 {
                Smoking::Never
            } else {
                *rng.pick(&[Smoking::Never, Smoking::Never, Smoking::Former, Smoking::Current])
            },
        };
        person.draw_health(role);
        if person.dead() {
            person.now = ago(region.today, 12 + (number % 30) as i32);
        }
        if person.has(Trait::LongName) {
            person.name.family = LONG_FAMILY.to_owned();
            person.name.given = LONG_GIVEN.to_vec();
        } else if person.has(Trait::Diacritics) {
            person.name.family = "Jędrzejczyk-Ångström".to_owned();
            person.name.given = vec!["Zoë", "Renée"];
        } else if person.has(Trait::Apostrophe) {
            person.name.family = "D'Arcy-O'Shaughnessy".to_owned();
        }
        person
    }

    /// Conditions, allergies, traits and frailty.
    fn draw_health(&mut self, role: Option<&'static Role>) {
        let mut rng = Rng::of(self.seed, self.number, Topic::Health);
        let column = match (self.age, self.community) {
            (0..18, _) => 0,
            (65.., true) => 3,
            (65.., false) => 2,
            _ => 1,
        };
        let given = role.map_or(&[][..], |r| r.conditions);
        for condition in conditions::ALL {
            let fits = condition.only.is_none_or(|women| women == self.female);
            let drawn = role.is_none() && fits && rng.percent(u32::from(condition.percent[column]));
            if drawn || given.iter().any(|g| g.term == condition.term) {
                self.conditions.push((condition, rng.between(0, (self.age / 3).clamp(1, 24))));
            }
        }
        self.frailty = match self.age {
            0..65 => 2,
            65..80 => rng.between(2, 5),
            _ => rng.between(3, 6),
        } + i32::from(self.has_condition(&conditions::FRAILTY))
            + i32::from(self.resident_of.is_some());
        if let Some(role) = role {
            self.traits.extend_from_slice(role.traits);
        } else {
            self.draw_traits(&mut rng);
        }
        let states = [
            Trait::NoKnownAllergy,
            Trait::AllergiesNotAsked,
            Trait::AllergiesEmpty,
            Trait::AllergiesUnavailable,
            Trait::AllergiesWithheld,
            Trait::AllergyConflict,
        ];
        if !states.iter().any(|s| self.has(*s)) {
            let count = 1 + usize::from(rng.percent(30));
            while self.allergies.len() < count {
                let chosen = rng.pick(ALLERGENS);
                if !self.allergies.iter().any(|a| a.agent == chosen.agent) {
                    self.allergies.push(chosen);
                }
            }
        }
    }

    fn draw_traits(&mut self, rng: &mut Rng) {
        let old = self.age >= 65;
        let frail = old && self.frailty >= 6;
        let known = self.community;
        // How likely each is in a hundred, by what the person is like.
        let chances = [
            (
                Trait::EndOfLife,
                if frail {
                    22
                } else if self.has_condition(&conditions::LUNG_CANCER) {
                    70
                } else {
                    0
                },
            ),
            (Trait::AdvanceDecision, if frail { 4 } else { 0 }),
            (
                Trait::Attorney,
                if frail {
                    25
                } else if old {
                    4
                } else {
                    0
                },
            ),
            (Trait::KeySafe, if known && old { 22 } else { 0 }),
            (Trait::LoneWorker, if known { 3 } else { 0 }),
            (Trait::Oxygen, if self.has_condition(&conditions::COPD) { 14 } else { 0 }),
            (Trait::Dog, if known { 8 } else { 0 }),
            (Trait::Hoarding, u32::from(known) * 2),
            (Trait::Infection, if known { 4 } else { 0 }),
            (Trait::Falls, if frail { 40 } else { 0 }),
            (Trait::Safeguarding, if known { 3 } else { 0 }),
            (Trait::Bariatric, u32::from(self.weight > 1_100) * 40),
            (
                Trait::Adjustment,
                if self.has_condition(&conditions::LEARNING_DISABILITY) {
                    90
                } else if old {
                    8
                } else {
                    2
                },
            ),
            (
                Trait::SocialCare,
                if frail {
                    45
                } else if known {
                    22
                } else {
                    u32::from(old) * 5
                },
            ),
            (Trait::MentalHealth, if self.has_condition(&conditions::SCHIZOPHRENIA) { 95 } else { 2 }),
            (
                Trait::Ambulance,
                if known {
                    22
                } else if old {
                    10
                } else {
                    3
                },
            ),
            (
                Trait::Admission,
                if known {
                    50
                } else if old {
                    28
                } else {
                    10
                },
            ),
            (Trait::Protected, u32::from(self.number % 523 == 77) * 100),
            (Trait::DiedFormal, if old { 1 } else { 0 }),
            (Trait::LongName, u32::from(self.number % 1_009 == 31) * 100),
            (Trait::Diacritics, u32::from(self.number % 307 == 41) * 100),
            (Trait::Apostrophe, u32::from(self.number % 401 == 59) * 100),
            (Trait::YearOfBirthOnly, u32::from(self.age > 85) * 2),
            (Trait::TwinOfPrevious, u32::from(self.number % 211 == 100) * 100),
            (Trait::NamesakeOfPrevious, u32::from(self.number % 97 == 60) * 100),
            (Trait::DoseDiffers, if known { 8 } else { 2 }),
            (Trait::CorrectedResult, 4),
            (Trait::EnteredInError, 3),
            (Trait::InTransit, 1),
            (Trait::ConfidentialItems, 2),
        ];
        let drawn = chances.into_iter().filter(|(_, chance)| rng.percent(*chance)).map(|(drawn, _)| drawn);
        self.traits.extend(drawn);
        self.traits.extend(match rng.below(100) {
            0..44 => Some(Trait::NoKnownAllergy),
            44..56 => Some(Trait::AllergiesNotAsked),
            56..60 => Some(Trait::AllergiesEmpty),
            60..62 => Some(Trait::AllergiesUnavailable),
            62..63 => Some(Trait::AllergiesWithheld),
            63..65 => Some(Trait::AllergyConflict),
            _ => None,
        });
    }

    /// Born on the same day to the same family, living together, and easily mistaken for one another.
    fn become_twin_of(&mut self, twin: Person) {
        self.born = twin.born;
        self.age = twin.age;
        self.ethnicity = twin.ethnicity;
        self.language = twin.language;
        let other = twin.name.given.first().copied().unwrap_or_default();
        self.name.family = twin.name.family;
        self.name.former = twin.name.former;
        if self.female == twin.female {
            self.name.given[0] = similar(other);
        }
        self.home = twin.home;
        self.kin = twin.kin;
    }
}

/// Another name that reads much like this one.
fn similar(name: &'static str) -> &'static str {
    const PAIRS: &[(&str, &str)] = &[
        ("Margaret", "Margery"),
        ("Jean", "Joan"),
        ("Doreen", "Dorothy"),
        ("Patricia", "Patience"),
        ("Sandra", "Sandy"),
        ("Christine", "Christina"),
        ("Susan", "Susanna"),
        ("Janet", "Janette"),
        ("Eileen", "Aileen"),
        ("Maureen", "Maura"),
        ("Ronald", "Donald"),
        ("Kenneth", "Kevin"),
        ("Alan", "Allan"),
        ("Brian", "Bryan"),
        ("Eric", "Erik"),
        ("Linda", "Lynda"),
        ("Gillian", "Jillian"),
        ("Pauline", "Paula"),
        ("Shirley", "Sheila"),
        ("Hilda", "Hulda"),
        ("Olive", "Olivia"),
        ("Edna", "Enid"),
        ("Beryl", "Meryl"),
        ("Audrey", "Audra"),
        ("Brenda", "Brenna"),
        ("Rosemary", "Rosemarie"),
    ];
    let found = PAIRS.iter().find_map(|(a, b)| match name {
        n if n == *a => Some(*b),
        n if n == *b => Some(*a),
        _ => None,
    });
    found.unwrap_or(name)
}

fn draw_age(rng: &mut Rng, community: bool, resident: bool) -> i32 {
    match (resident, community, rng.below(100)) {
        (true, ..) => rng.between(74, 99),
        (_, true, 0..2) => rng.between(2, 17),
        (_, true, 2..20) => rng.between(38, 66),
        (_, true, _) => rng.between(66, 98),
        (_, _, 0..20) => rng.between(0, 17),
        (_, _, 20..80) => rng.between(18, 64),
        (_, _, 80..97) => rng.between(65, 84),
        _ => rng.between(85, 101),
    }
}

/// A birthday such that the person is (about) this old this year; it does not move from day to day within a year.
fn birthday(rng: &mut Rng, today: Date, age: i32) -> Date {
    let year = i32::from(today.year()) - age;
    let month = rng.between(1, 12) as i8;
    let day = rng.between(1, 28) as i8;
    let born = i16::try_from(year).ok().and_then(|year| Date::new(year, month, day).ok()).unwrap_or(today);
    born.min(ago(today, 21))
}

fn whole_years(born: Date, today: Date) -> i32 {
    let had_birthday = (today.month(), today.day()) >= (born.month(), born.day());
    i32::from(today.year()) - i32::from(born.year()) - i32::from(!had_birthday)
}

fn draw_heritage(rng: &mut Rng) -> &'static Heritage {
    let mut left = rng.below(1_000);
    HERITAGES
        .iter()
        .find(|h| {
            let here = left < h.per_thousand;
            left = left.saturating_sub(h.per_thousand);
            here
        })
        .unwrap_or(&HERITAGES[0])
}

fn draw_name(rng: &mut Rng, heritage: &Heritage, female: bool, age: i32) -> Name {
    let elder = if female { heritage.women } else { heritage.men };
    let young = if female { YOUNG_WOMEN } else { YOUNG_MEN };
    let table = if age < 45 { young } else { elder };
    let mut given = vec![*rng.pick(table)];
    if rng.percent(55) {
        given.push(*rng.pick(elder));
    }
    let title = match (age, female) {
        (0..16, true) => "Miss",
        (0..16, false) => "Master",
        (_, true) => rng.pick(&["Mrs", "Mrs", "Ms", "Miss"]),
        _ => "Mr",
    };
    let family = (*rng.pick(heritage.surnames)).to_owned();
    let known_as = if rng.percent(12) { given.get(1).copied() } else { None };
    let former = (female && title == "Mrs" && rng.percent(30)).then(|| *rng.pick(heritage.surnames));
    Name { title, given, former: former.filter(|f| *f != family), family, known_as }
}

fn draw_address(rng: &mut Rng) -> Address {
    let town = rng.below(TOWNS.len() as u32) as usize;
    let street = format!("{} {}", rng.pick(STREETS), rng.pick(WAYS));
    let line = match rng.below(12) {
        0 => format!("{}, {street}", rng.pick(HOUSES)),
        1 => format!("Flat {}, {} {street}", rng.between(1, 24), rng.between(1, 60)),
        _ => format!("{} {street}", rng.between(1, 180)),
    };
    let letter = |rng: &mut Rng| char::from(*rng.pick(b"ABDEFGHJLNPQRSTUWXYZ"));
    let postcode = format!("ZZ{} {}{}{}", town + 1, rng.between(1, 9), letter(rng), letter(rng));
    Address {
        line,
        town: TOWNS[town],
        postcode,
        phone: phone(rng, "01632 960"),
        mobile: rng.percent(60).then(|| phone(rng, "07700 900")),
    }
}

/// A telephone number in a range that Ofcom keeps for drama.
fn phone(rng: &mut Rng, range: &str) -> String {
    format!("{range}{:03}", rng.between(0, 999))
}

fn draw_kin(rng: &mut Rng, name: &Name, female: bool, age: i32) -> Kin {
    let relation = match age {
        0..18 => MOTHER,
        18..30 => *rng.pick(&[MOTHER, FRIEND]),
        _ => *rng.pick(&[
            SON,
            DAUGHTER,
            DAUGHTER,
            FRIEND,
            if female { HUSBAND } else { WIFE },
            if female { HUSBAND } else { WIFE },
        ]),
    };
    let woman = matches!(relation, DAUGHTER | WIFE | MOTHER) || rng.percent(20);
    let given = rng.pick(if woman { YOUNG_WOMEN } else { YOUNG_MEN });
    let elder = rng.pick(if woman { HERITAGES[0].women } else { HERITAGES[0].men });
    let given = if matches!(relation, HUSBAND | WIFE) { elder } else { given };
    let family = if relation == FRIEND { rng.pick(HERITAGES[0].surnames) } else { name.family.as_str() };
    let lives_with = matches!(relation, HUSBAND | WIFE | MOTHER);
    Kin { name: format!("{given} {family}"), relation, phone: phone(rng, "07700 900"), lives_with }
}

/// Days since birth: nothing may have happened earlier.
pub fn days_lived(person: &Person) -> i32 {
    days_between(person.born, person.now)
}
