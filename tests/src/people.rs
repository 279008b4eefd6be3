//! Many invented names without records, for lists and search. Not the sample region (that is `hub::sample`).

use record::consent::{Choice, Recorded, Relationship};
use record::feed::{Listing, Rules, Seq};
use record::patient::{Demographics, Name};
use record::{NhsNumber, PersonId, Stamp, When};

const FAMILIES: [&str; 40] = [
    "Okonjo",
    "Marlow",
    "Thistle",
    "Abara",
    "Fenwick",
    "Quill",
    "Sandoval",
    "Iqbal",
    "Kowalczyk",
    "Dubrovsky",
    "Harrow",
    "Penrose",
    "Lindqvist",
    "Achterberg",
    "Mbeki-Stone",
    "O'Dell",
    "Nakamura",
    "Vance",
    "Whitlock",
    "Yarrow",
    "Zephyr",
    "Bramble",
    "Castell",
    "Dunmore",
    "Eastlake",
    "Farrow",
    "Greaves",
    "Holloway",
    "Ingram",
    "Jessop",
    "Kestrel",
    "Lomax",
    "Merrin",
    "Northcott",
    "Orme",
    "Pascoe",
    "Quarles",
    "Rooke",
    "Selwyn",
    "Tamsin",
];
const GIVEN: [&str; 25] = [
    "Ada", "Bea", "Cora", "Dev", "Edie", "Femi", "Gwen", "Hana", "Ivo", "Jonas", "Kira", "Leo", "Mina", "Nell", "Omar",
    "Pia", "Quinn", "Rosa", "Sami", "Tess", "Una", "Vera", "Wren", "Yusuf", "Zoë",
];

/// `count` people with valid test numbers, each with rules that let their record be shared.
pub fn names(count: usize) -> Vec<(Listing, Rules)> {
    let numbers = (999_100_000..).filter_map(NhsNumber::from_stem);
    (0..count)
        .zip(numbers)
        .map(|(n, number)| {
            let mut uid = [0u8; 16];
            uid[..8].copy_from_slice(&(n as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15).to_le_bytes());
            let person = PersonId::from_bytes(uid);
            let name = Name {
                family: FAMILIES[n * 7 % FAMILIES.len()].into(),
                given: vec![GIVEN[n / 3 % GIVEN.len()].into()],
                ..Name::default()
            };
            let born = format!("{}-{:02}-{:02}", 1920 + n % 80, 1 + n % 12, 1 + n % 28);
            let demographics = Demographics {
                names: vec![name],
                born: When::parse(&born),
                nhs_number: Some(number),
                nhs_number_verified: true,
                ..Demographics::default()
            };
            let listing = Listing::of(person, &demographics, vec![], Stamp::from_millis(0));
            let recorded = Recorded { choice: Choice::Y3, ..Recorded::nothing() };
            let rules = Rules { person, version: Seq(1), relationship: Relationship::Established, recorded };
            (listing, rules)
        })
        .collect()
}
