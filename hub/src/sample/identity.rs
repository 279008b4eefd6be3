//! Drawing who somebody is: NHS number, age and birthday, name, address, next of kin. Not what they have (`person`).

use super::person::{Address, Kin, Name};
use super::rng::Rng;
use super::vocab::names::{HERITAGES, Heritage, YOUNG_MEN, YOUNG_WOMEN};
use super::vocab::towns::{HOUSES, STREETS, TOWNS, WAYS};
use super::when::ago;
use jiff::civil::Date;
use record::NhsNumber;

const SON: (&str, &str) = ("SONC", "son");
const DAUGHTER: (&str, &str) = ("DAUC", "daughter");
const HUSBAND: (&str, &str) = ("HUSB", "husband");
const WIFE: (&str, &str) = ("WIFE", "wife");
const MOTHER: (&str, &str) = ("MTH", "mother");
const FRIEND: (&str, &str) = ("FRND", "unrelated friend");

/// A long legal name for the one who has it.
pub const LONG_FAMILY: &str = "Featherstonehaugh-Cholmondeley-Winterbottom";
pub const LONG_GIVEN: [&str; 4] = ["Maximilian", "Bartholomew", "Peregrine", "Constantine"];

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

/// Another name that reads much like this one.
pub fn similar(name: &'static str) -> &'static str {
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

pub fn draw_age(rng: &mut Rng, community: bool, resident: bool) -> i32 {
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
pub fn birthday(rng: &mut Rng, today: Date, age: i32) -> Date {
    let year = i32::from(today.year()) - age;
    let month = rng.between(1, 12) as i8;
    let day = rng.between(1, 28) as i8;
    let born = i16::try_from(year).ok().and_then(|year| Date::new(year, month, day).ok()).unwrap_or(today);
    born.min(ago(today, 21))
}

pub fn whole_years(born: Date, today: Date) -> i32 {
    let had_birthday = (today.month(), today.day()) >= (born.month(), born.day());
    i32::from(today.year()) - i32::from(born.year()) - i32::from(!had_birthday)
}

pub fn draw_heritage(rng: &mut Rng) -> &'static Heritage {
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

pub fn draw_name(rng: &mut Rng, heritage: &Heritage, female: bool, age: i32) -> Name {
    let elder = if female { heritage.women } else { heritage.men };
    let young = if female { YOUNG_WOMEN } else { YOUNG_MEN };
    let table = if age < 45 { young } else { elder };
    let mut given = vec![rng.pick(table)];
    if rng.percent(55) {
        let second = rng.pick(elder);
        given.extend((second != given[0]).then_some(second));
    }
    let title = match (age, female) {
        (0..16, true) => "Miss",
        (0..16, false) => "Master",
        (_, true) => rng.pick(&["Mrs", "Mrs", "Ms", "Miss"]),
        _ => "Mr",
    };
    let family = (rng.pick(heritage.surnames)).to_owned();
    let known_as = if rng.percent(12) { given.get(1).copied() } else { None };
    let former = (female && title == "Mrs" && rng.percent(30)).then(|| rng.pick(heritage.surnames));
    Name { title, given, former: former.filter(|f| *f != family), family, known_as }
}

pub fn draw_address(rng: &mut Rng) -> Address {
    let town = rng.below(TOWNS.len() as u32) as usize;
    let street = format!("{} {}", rng.pick(STREETS), rng.pick(WAYS));
    let line = match rng.below(12) {
        0 => format!("{}, {street}", rng.pick(HOUSES)),
        1 => format!("Flat {}, {} {street}", rng.between(1, 24), rng.between(1, 60)),
        _ => format!("{} {street}", rng.between(1, 180)),
    };
    let letter = |rng: &mut Rng| char::from(rng.pick(b"ABDEFGHJLNPQRSTUWXYZ"));
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

pub fn draw_kin(rng: &mut Rng, name: &Name, female: bool, age: i32) -> Kin {
    let relation = match age {
        0..18 => MOTHER,
        18..30 => rng.pick(&[MOTHER, FRIEND]),
        _ => rng.pick(&[
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
