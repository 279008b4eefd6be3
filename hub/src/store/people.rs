//! Who people are to the hub, and whose data it is: the tables `source`, `person`, `person_link` and `person_key`. The rules by
//! which a patient resource becomes a person are `crate::matching`; this file only remembers and looks up.

use record::people::{Organisation, Setting};
use record::summary::Source;
use record::{NhsNumber, OdsCode, PersonId, SourceId, Stamp};
use rusqlite::{OptionalExtension, Transaction, params};

/// What a source said of somebody when it last said it, folded for comparison. Several names of a person are joined by a line
/// feed; an empty text means not said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Said {
    pub born: String,
    pub family: String,
    pub given: String,
}

/// The row of the source with this ODS code.
pub fn source_by_ods(tx: &Transaction<'_>, ods: &OdsCode) -> rusqlite::Result<Option<i64>> {
    tx.prepare_cached("select id from source where ods = ?1")?.query_row([ods.as_str()], |row| row.get(0)).optional()
}

/// The row of a source, made if it is new. A known source keeps its name and setting.
pub fn source(tx: &Transaction<'_>, of: &Organisation, setting: Setting, at: Stamp) -> rusqlite::Result<i64> {
    if let Some(id) = source_by_ods(tx, &of.ods)? {
        return Ok(id);
    }
    tx.prepare_cached("insert into source (ods, name, setting, as_at) values (?1, ?2, ?3, ?4) returning id")?
        .query_row(params![of.ods.as_str(), of.name, setting_word(setting), at.millis()], |row| row.get(0))
}

/// A source has told its own name (its Organization resource arrived).
pub fn rename_source(tx: &Transaction<'_>, id: i64, name: &str, setting: Setting) -> rusqlite::Result<()> {
    tx.prepare_cached("update source set name = ?2, setting = ?3 where id = ?1 and (name <> ?2 or setting <> ?3)")?
        .execute(params![id, name, setting_word(setting)])
        .map(drop)
}

/// Something arrived from a source.
pub fn heard_from(tx: &Transaction<'_>, id: i64, at: Stamp) -> rusqlite::Result<()> {
    tx.prepare_cached("update source set as_at = max(as_at, ?2) where id = ?1")?
        .execute(params![id, at.millis()])
        .map(drop)
}

/// The directory of sources, by their number.
pub fn sources(tx: &Transaction<'_>) -> rusqlite::Result<Vec<Source>> {
    let mut statement = tx.prepare_cached("select id, ods, name, setting, as_at from source order by id")?;
    let rows = statement.query_map([], |row| {
        let ods: String = row.get(1)?;
        let setting: String = row.get(3)?;
        let ods = ods.parse::<OdsCode>().map_err(|e| conversion(1, e))?;
        Ok(Source {
            id: SourceId(row.get(0)?),
            organisation: Organisation { ods, name: row.get(2)? },
            setting: setting_from(&setting),
            as_at: Stamp::from_millis(row.get(4)?),
        })
    })?;
    rows.collect()
}

/// The directory's newest time (milliseconds) and highest number, without reading it.
pub fn sources_reach(tx: &Transaction<'_>) -> rusqlite::Result<(u64, u64)> {
    let sql = "select coalesce(max(as_at), 0), coalesce(max(id), 0) from source";
    let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)? as u64, row.get::<_, i64>(1)? as u64));
    tx.prepare_cached(sql)?.query_row([], read)
}

fn conversion(column: usize, error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
}

const SETTINGS: [(Setting, &str); 8] = [
    (Setting::GpPractice, "gp-practice"),
    (Setting::Hospital, "hospital"),
    (Setting::Community, "community"),
    (Setting::MentalHealth, "mental-health"),
    (Setting::Ambulance, "ambulance"),
    (Setting::SocialCare, "social-care"),
    (Setting::CareHome, "care-home"),
    (Setting::Other, "other"),
];

/// The word a setting is stored as, and given on the command line.
pub fn setting_word(setting: Setting) -> &'static str {
    SETTINGS.iter().find(|(s, _)| *s == setting).map_or("other", |(_, word)| word)
}

/// An unknown word is `Other`: a newer hub may know more settings.
pub fn setting_from(word: &str) -> Setting {
    SETTINGS.iter().find(|(_, w)| *w == word).map_or(Setting::Other, |(s, _)| *s)
}

/// A new person under an id that was made for them.
pub fn new_person(tx: &Transaction<'_>, uid: PersonId) -> rusqlite::Result<i64> {
    tx.prepare_cached("insert into person (uid) values (?1) returning id")?
        .query_row([uid.as_bytes().as_slice()], |row| row.get(0))
}

/// The row of a person.
pub fn person_row(tx: &Transaction<'_>, uid: PersonId) -> rusqlite::Result<Option<i64>> {
    tx.prepare_cached("select id from person where uid = ?1")?
        .query_row([uid.as_bytes().as_slice()], |row| row.get(0))
        .optional()
}

/// The id of the person in a row.
pub fn person_id(tx: &Transaction<'_>, row: i64) -> rusqlite::Result<Option<PersonId>> {
    tx.prepare_cached("select uid from person where id = ?1")?
        .query_row([row], |row| Ok(PersonId::from_bytes(row.get::<_, [u8; 16]>(0)?)))
        .optional()
}

/// How many people the hub knows.
pub fn count_people(tx: &Transaction<'_>) -> rusqlite::Result<u64> {
    tx.query_row("select count(*) from person", [], |row| row.get::<_, i64>(0)).map(|n| n as u64)
}

/// The stored listing of a person, as JSON, as it was when their frames were last made; `None` where they never were.
pub fn listing(tx: &Transaction<'_>, person: i64) -> rusqlite::Result<Option<String>> {
    tx.prepare_cached("select listing from person where id = ?1")?
        .query_row([person], |row| row.get(0))
        .optional()
        .map(Option::flatten)
}

/// Keeps a listing.
pub fn set_listing(tx: &Transaction<'_>, person: i64, listing: &str) -> rusqlite::Result<()> {
    tx.prepare_cached("update person set listing = ?2 where id = ?1 and listing is not ?2")?
        .execute(params![person, listing])
        .map(drop)
}

/// Who a feed's patient resource is, and what it said of them.
pub fn linked(tx: &Transaction<'_>, via: i64, patient: &str) -> rusqlite::Result<Option<(i64, Said)>> {
    tx.prepare_cached("select person, born, family, given from person_link where via = ?1 and patient = ?2")?
        .query_row(params![via, patient], |row| {
            Ok((row.get(0)?, Said { born: row.get(1)?, family: row.get(2)?, given: row.get(3)? }))
        })
        .optional()
}

/// Says that a feed's patient resource is this person.
pub fn link(
    tx: &Transaction<'_>,
    (via, patient): (i64, &str),
    person: i64,
    rung: u8,
    said: &Said,
    at: Stamp,
) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "insert into person_link (via, patient, person, rung, at, born, family, given)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         on conflict (via, patient) do update set born = ?6, family = ?7, given = ?8",
    )?
    .execute(params![via, patient, person, rung, at.millis(), said.born, said.family, said.given])
    .map(drop)
}

/// The rung of a link that a person made.
pub const BY_HAND: u8 = 9;

/// A person ruled whom a feed's patient resource means from now on.
pub fn relink(
    tx: &Transaction<'_>,
    (via, patient): (i64, &str),
    person: i64,
    said: &Said,
    at: Stamp,
) -> rusqlite::Result<()> {
    link(tx, (via, patient), person, BY_HAND, said, at)?;
    tx.prepare_cached("update person_link set person = ?3, rung = ?4, at = ?5 where via = ?1 and patient = ?2")?
        .execute(params![via, patient, person, BY_HAND, at.millis()])
        .map(drop)
}

/// Everybody who holds an identifier, and what was said of them beside it.
pub fn holders(tx: &Transaction<'_>, system: &str, value: &str) -> rusqlite::Result<Vec<(i64, Said)>> {
    let mut statement =
        tx.prepare_cached("select person, born, family, given from person_key where system = ?1 and value = ?2")?;
    let rows = statement.query_map([system, value], |row| {
        Ok((row.get(0)?, Said { born: row.get(1)?, family: row.get(2)?, given: row.get(3)? }))
    })?;
    rows.collect()
}

/// The NHS number by which a person is known, where there is exactly one.
pub fn number_of(tx: &Transaction<'_>, person: i64) -> rusqlite::Result<Option<NhsNumber>> {
    let sql = "select value from person_key where person = ?1 and system = 'https://fhir.nhs.uk/Id/nhs-number'";
    let mut statement = tx.prepare_cached(sql)?;
    let all: Vec<String> = statement.query_map([person], |row| row.get(0))?.collect::<Result<_, _>>()?;
    match all.as_slice() {
        [one] => Ok(one.parse().ok()),
        _ => Ok(None),
    }
}

/// Remembers that a person holds an identifier. Names already known are kept beside the new ones: a later feed may still use
/// the old surname.
pub fn hold(tx: &Transaction<'_>, system: &str, value: &str, person: i64, said: &Said) -> rusqlite::Result<()> {
    let known = holders(tx, system, value)?.into_iter().find(|(held_by, _)| *held_by == person).map(|(_, said)| said);
    let merged = match known {
        Some(known) if known == *said => return Ok(()),
        Some(known) => Said {
            born: if said.born.is_empty() { known.born } else { said.born.clone() },
            family: joined(&said.family, &known.family),
            given: joined(&said.given, &known.given),
        },
        None => said.clone(),
    };
    tx.prepare_cached(
        "insert into person_key (system, value, person, born, family, given) values (?1, ?2, ?3, ?4, ?5, ?6)
         on conflict (system, value, person) do update set born = ?4, family = ?5, given = ?6",
    )?
    .execute(params![system, value, person, merged.born, merged.family, merged.given])
    .map(drop)
}

fn joined(new: &str, old: &str) -> String {
    let mut all: Vec<&str> = new.split('\n').chain(old.split('\n')).filter(|n| !n.is_empty()).collect();
    all.sort_unstable();
    all.dedup();
    all.join("\n")
}

/// The identifier of somebody in a system, where the hub knows one.
pub fn identifier(tx: &Transaction<'_>, person: i64, system: &str) -> rusqlite::Result<Option<String>> {
    tx.prepare_cached("select value from person_key where person = ?1 and system = ?2 order by value limit 1")?
        .query_row(params![person, system], |row| row.get(0))
        .optional()
}

/// The rows of the first `most` people known.
pub fn first_rows(tx: &Transaction<'_>, most: i64) -> rusqlite::Result<Vec<i64>> {
    tx.prepare_cached("select id from person order by id limit ?1")?.query_map([most], |row| row.get(0))?.collect()
}
