//! Choices beyond the current one: the history of a person, the signed forms, relationships claimed from devices. Recording a choice and
//! which one is current are in [`super::trust`].

use super::caseload::{self, from_json, json};
use super::people;
use record::consent::pack::CacheRules;
use record::consent::{Recorded, Relationship};
use record::people::Actor;
use record::{NhsNumber, PersonId, SourceId, StaffId, Stamp};
use rusqlite::{OptionalExtension, Transaction, params};
use sha2::{Digest, Sha256};

/// A version of a person's choice.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    pub seq: u64,
    pub recorded: Recorded,
    pub key: String,
    pub received: Stamp,
    /// The hub holds its signed form.
    pub form: bool,
}

/// Every version of a person's choice, in the hub's order.
pub fn history(tx: &Transaction<'_>, person: i64) -> rusqlite::Result<Vec<Version>> {
    let sql = "select c.seq, c.recorded, c.key, c.received, exists (select 1 from consent_form f where f.key = c.key)
               from consent c where c.person = ?1 order by c.seq";
    let read = |row: &rusqlite::Row<'_>| {
        Ok(Version {
            seq: row.get::<_, i64>(0)? as u64,
            recorded: from_json(row.get_ref(1)?)?,
            key: row.get(2)?,
            received: Stamp::from_millis(row.get(3)?),
            form: row.get(4)?,
        })
    };
    tx.prepare_cached(sql)?.query_map([person], read)?.collect()
}

/// Everybody who has ever chosen, by row.
pub fn chosen(tx: &Transaction<'_>) -> rusqlite::Result<Vec<i64>> {
    tx.prepare_cached("select distinct person from consent order by person")?.query_map([], |row| row.get(0))?.collect()
}

/// What became of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormKept {
    Kept,
    /// It is not the one whose digest the choice names, or there is no such choice.
    NotThisOne,
}

/// Keeps a signed form beside the choice that names its digest. Keeping it twice is keeping it once.
pub fn keep_form(tx: &Transaction<'_>, key: &str, mime: &str, bytes: &[u8], now: Stamp) -> rusqlite::Result<FormKept> {
    let sql = "select recorded from consent where key = ?1";
    let recorded: Option<Recorded> =
        tx.prepare_cached(sql)?.query_row([key], |row| from_json(row.get_ref(0)?)).optional()?;
    let digest: [u8; 32] = Sha256::digest(bytes).into();
    let hex: String = digest.iter().map(|b| format!("{b:02x}")).collect();
    if recorded.and_then(|r| r.form) != Some(hex) {
        return Ok(FormKept::NotThisOne);
    }
    let sql = "insert or ignore into consent_form (key, mime, sha256, bytes, received) values (?1, ?2, ?3, ?4, ?5)";
    tx.prepare_cached(sql)?.execute(params![key, mime, digest, bytes, now.millis()])?;
    Ok(FormKept::Kept)
}

/// The signed form of a choice: its type and its bytes.
pub fn form(tx: &Transaction<'_>, key: &str) -> rusqlite::Result<Option<(String, Vec<u8>)>> {
    let sql = "select mime, bytes from consent_form where key = ?1";
    tx.prepare_cached(sql)?.query_row([key], |row| Ok((row.get(0)?, row.get(1)?))).optional()
}

/// The `meta` row with the policy pack's cache rules, beside the pack so that making a frame need not read the whole pack.
const CACHE_RULES: &str = "cache-rules";

pub fn cache_rules(tx: &Transaction<'_>) -> rusqlite::Result<Option<CacheRules>> {
    tx.prepare_cached("select value from meta where key = ?1")?
        .query_row([CACHE_RULES], |row| from_json(row.get_ref(0)?))
        .optional()
}

pub fn keep_cache_rules(tx: &Transaction<'_>, rules: &CacheRules) -> rusqlite::Result<()> {
    tx.prepare_cached("insert or replace into meta (key, value) values (?1, ?2)")?
        .execute(params![CACHE_RULES, json(rules)?.into_bytes()])
        .map(drop)
}

/// Everybody about whom this source said anything, by row.
pub fn people_of(tx: &Transaction<'_>, source: SourceId) -> rusqlite::Result<Vec<i64>> {
    tx.prepare_cached("select distinct person from resource where source = ?1 and person is not null")?
        .query_map([source.0], |row| row.get(0))?
        .collect()
}

/// How long a claimed relationship stands after it was last claimed. The reference sets no time; three days cover a visit, the next
/// morning and a weekend in which a caseload is put right. Who still needs the record then claims again, which is reviewed again.
pub const CLAIM_HOURS: i64 = 72;

/// Ends what this user claimed and did not claim again for [`CLAIM_HOURS`]: their devices are told to purge. Begins with the few whom the
/// user's own caseload holds as claimed, most often nobody: it is part of every post.
pub fn lapse_claims(tx: &Transaction<'_>, staff: &StaffId, now: Stamp) -> rusqlite::Result<()> {
    let sql = "select m.person from caseload c join caseload_member m on m.caseload = c.id
               where c.code = '~' || ?1 and m.relationship = ?2
               and not exists (select 1 from claim k where k.staff = ?1 and k.person = m.person and k.at > ?3)";
    let before = now.millis().saturating_sub(CLAIM_HOURS * 3_600_000);
    let people: Vec<i64> = tx
        .prepare_cached(sql)?
        .query_map(params![staff.as_str(), Relationship::SelfClaimed.code(), before], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    people.into_iter().try_for_each(|person| end_claim(tx, staff, person))
}

/// Whom this user claimed in the post that came then, by row.
pub fn claimed_at(tx: &Transaction<'_>, staff: &StaffId, at: Stamp) -> rusqlite::Result<Vec<i64>> {
    tx.prepare_cached("select person from claim where staff = ?1 and at = ?2 and person is not null")?
        .query_map(params![staff.as_str(), at.millis()], |row| row.get(0))?
        .collect()
}

/// Ends what this user claimed about this person. A caseload that somebody else put the person on is another matter.
pub fn end_claim(tx: &Transaction<'_>, staff: &StaffId, person: i64) -> rusqlite::Result<()> {
    let own = caseload::own_feed(tx, staff)?;
    if caseload::relationship(tx, &[own], person)? == Some(Relationship::SelfClaimed) {
        caseload::leave(tx, own, person)?;
    }
    Ok(())
}

/// A relationship claimed by this user alone: the person with this number *and* this birth date joins the user's own caseload, as
/// SELF_CLAIMED (`reference/consent.md` section 6, rule 9). An answer given before is given again.
pub fn claim(
    tx: &Transaction<'_>,
    key: &str,
    actor: &Actor,
    (number, born): (NhsNumber, &str),
    now: Stamp,
) -> rusqlite::Result<Option<PersonId>> {
    let known: Option<Option<i64>> = tx
        .prepare_cached("select person from claim where key = ?1 and staff = ?2")?
        .query_row(params![key, actor.staff.as_str()], |row| row.get(0))
        .optional()?;
    let row = match known {
        Some(row) => row,
        None => {
            let holders = people::holders(tx, "https://fhir.nhs.uk/Id/nhs-number", &number.digits())?;
            // Two people under one number are nobody, here as elsewhere.
            let row = match holders.as_slice() {
                [(row, said)] if !said.born.is_empty() && said.born == born => Some(*row),
                _ => None,
            };
            tx.prepare_cached("insert into claim (key, staff, person, at) values (?1, ?2, ?3, ?4)")?
                .execute(params![key, actor.staff.as_str(), row, now.millis()])?;
            if let Some(row) = row {
                let own = caseload::own_feed(tx, &actor.staff)?;
                caseload::join(tx, own, row, Relationship::SelfClaimed)?;
            }
            row
        }
    };
    match row {
        Some(row) => people::person_id(tx, row),
        None => Ok(None),
    }
}
