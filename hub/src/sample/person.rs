//! Who somebody is and what they have, before any source writes about them. Everything here follows from the seed and the
//! person's number; sources then tell parts of it, each in its own way.

use super::Region;
use super::cast::{CAST, Role, Trait};
use super::identity::{
    LONG_FAMILY, LONG_GIVEN, birthday, draw_address, draw_age, draw_heritage, draw_kin, draw_name, nhs_number, similar,
    whole_years,
};
use super::place::{Place, home_of, in_community_care};
use super::rng::{Rng, Topic};
use super::vocab::conditions::{self, Condition};
use super::vocab::names::{NOT_KNOWN, NOT_STATED};
use super::vocab::services::{ALLERGENS, Allergen};
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
                rng.pick(&[Smoking::Never, Smoking::Never, Smoking::Former, Smoking::Current])
            },
        };
        person.draw_health(role);
        if person.dead() {
            person.now = ago(region.today, 12 + (number % 30) as i32);
        }
        if let Some(home) = resident_of.and_then(|home| Place::Home(home).organisation()) {
            person.home = Address { line: home.name, town: home.town, postcode: home.postcode, ..person.home };
            person.kin.lives_with = false;
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
                let chosen = &ALLERGENS[rng.below(ALLERGENS.len() as u32) as usize];
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
        let if_ = |yes: bool, percent: u32| if yes { percent } else { 0 };
        let spread = |in_care: u32, elder: u32, other: u32| match (known, old) {
            (true, _) => in_care,
            (_, true) => elder,
            _ => other,
        };
        let every = |people: u64, from: u64| if_(self.number % people == from, 100);
        let ill = |condition| self.has_condition(condition);
        let chances = [
            (Trait::EndOfLife, if_(frail, 20) + if_(ill(&conditions::LUNG_CANCER), 60)),
            (Trait::AdvanceDecision, if_(frail, 4)),
            (Trait::Attorney, if_(frail, 25) + if_(old, 4)),
            (Trait::KeySafe, if_(known && old, 22)),
            (Trait::LoneWorker, if_(known, 3)),
            (Trait::Oxygen, if_(ill(&conditions::COPD), 14)),
            (Trait::Dog, if_(known, 8)),
            (Trait::Hoarding, if_(known, 2)),
            (Trait::Infection, if_(known, 4)),
            (Trait::Falls, if_(frail, 40)),
            (Trait::Safeguarding, if_(known, 3)),
            (Trait::Bariatric, if_(self.weight > 1_100, 40)),
            (Trait::Adjustment, if_(ill(&conditions::LEARNING_DISABILITY), 85) + if_(old, 6) + 2),
            (Trait::SocialCare, if_(frail, 25) + spread(16, 5, 0)),
            (Trait::MentalHealth, if_(ill(&conditions::SCHIZOPHRENIA), 95) + 2),
            (Trait::Ambulance, spread(10, 10, 3)),
            (Trait::Admission, spread(30, 28, 10)),
            (Trait::Protected, every(523, 77)),
            (Trait::DiedFormal, if_(old, 1)),
            (Trait::LongName, every(1_009, 31)),
            (Trait::Diacritics, every(307, 41)),
            (Trait::Apostrophe, every(401, 59)),
            (Trait::YearOfBirthOnly, if_(self.age > 85, 2)),
            (Trait::TwinOfPrevious, every(211, 100)),
            (Trait::NamesakeOfPrevious, every(97, 60)),
            (Trait::DoseDiffers, spread(8, 2, 2)),
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

/// Days since birth: nothing may have happened earlier.
pub fn days_lived(person: &Person) -> i32 {
    days_between(person.born, person.now)
}
