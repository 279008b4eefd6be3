//! Drafts as rows: forms that are being filled in and drafts of plans. Every change gives what is to be sealed, so that a draft outlives the vault; and
//! what the same user was writing on a device that is no more is taken in here. Used inside a transaction that the door or an errand opened; decides
//! nothing. What stands in a form is its owner's (`visits`, `plans`, `bags`); pictures of a form are not drafts in this sense, and stay in the vault.

use crate::door::{Errand, rules_of};
use crate::fault::VaultFault;
use crate::post::{get_number, put_number};
use record::plan::Edit;
use record::{DeviceId, PersonId, Stamp};
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::collections::BTreeMap;
use sync::drafts::DraftSaid;
use sync::outbox::Work;

/// The form under which a plan's draft lies among those of visits and bags.
pub(crate) const OF_A_PLAN: &str = "plan-draft";
/// The highest number given to a version of a draft here.
const NUMBER: &str = "draft-number";
/// The hub holds the user's drafts of this device up to this number.
const THROUGH: &str = "drafts-through";

/// Keeps a draft as it is now; gives what is to be sealed of it.
pub(crate) fn put(
    conn: &Connection,
    (person, form): (PersonId, &str),
    fields: &str,
    at: Stamp,
) -> Result<Work, VaultFault> {
    let gone: Option<DraftSaid> = gone_of(conn, person, form)?;
    let from = gone.and_then(|gone| gone.from);
    insert(conn, (person, form), (fields, at, at), from.as_ref())
}

/// Ends a draft; gives what is to be sealed of it, if there was one.
pub(crate) fn end(conn: &Connection, (person, form): (PersonId, &str), at: Stamp) -> Result<Option<Work>, VaultFault> {
    let sql = "delete from draft where person = ?1 and form = ?2 returning from_device, from_number";
    let mut query = conn.prepare_cached(sql)?;
    let was = query.query_row(params![person.as_bytes(), form], |row| from(row, 0)).optional()?;
    was.map(|from| forget(conn, (person, form), from.as_ref(), at)).transpose()
}

fn insert(
    conn: &Connection,
    (person, form): (PersonId, &str),
    (fields, written, now): (&str, Stamp, Stamp),
    from: Option<&(DeviceId, u64)>,
) -> Result<Work, VaultFault> {
    let number = next(conn, now)?;
    let (device, theirs) = (from.map(|f| f.0.as_str()), from.map(|f| f.1 as i64));
    let sql = "insert into draft (person, form, fields, at, number, from_device, from_number)
               values (?1, ?2, ?3, ?4, ?5, ?6, ?7) on conflict do update set fields = ?3, at = ?4, number = ?5";
    conn.prepare_cached(sql)?.execute(params![
        person.as_bytes(),
        form,
        fields,
        written.millis(),
        number as i64,
        device,
        theirs
    ])?;
    conn.prepare_cached("delete from draft_gone where person = ?1 and form = ?2")?
        .execute(params![person.as_bytes(), form])?;
    let sql =
        "select person, form, number, from_device, from_number, at, fields from draft where person = ?1 and form = ?2";
    let said = conn.prepare_cached(sql)?.query_row(params![person.as_bytes(), form], said)?;
    Ok(Work::Draft(said))
}

fn forget(
    conn: &Connection,
    (person, form): (PersonId, &str),
    from: Option<&(DeviceId, u64)>,
    at: Stamp,
) -> Result<Work, VaultFault> {
    let number = next(conn, at)?;
    let sql = "insert into draft_gone (person, form, number, from_device, from_number) values (?1, ?2, ?3, ?4, ?5)
               on conflict do update set number = ?3, from_device = ?4, from_number = ?5";
    conn.prepare_cached(sql)?.execute(params![
        person.as_bytes(),
        form,
        number as i64,
        from.map(|f| f.0.as_str()),
        from.map(|f| f.1 as i64)
    ])?;
    let (form, from, fields) = (form.to_owned(), from.cloned(), String::new());
    Ok(Work::Draft(DraftSaid { person, form, number, at, fields, from }))
}

/// Above every number before it, also of a vault that was put back: time has passed since.
fn next(conn: &Connection, now: Stamp) -> Result<u64, VaultFault> {
    let number = (get_number(conn, NUMBER)?.unwrap_or(0) + 1).max(now.millis());
    put_number(conn, NUMBER, number)?;
    Ok(number as u64)
}

/// Everything there is to seal, and whether the hub lacks some of it.
pub(crate) fn all(conn: &Connection) -> Result<(Vec<DraftSaid>, bool), VaultFault> {
    let sql = "select person, form, number, from_device, from_number, at, fields from draft
               union all select person, form, number, from_device, from_number, 0, '' from draft_gone";
    let mut query = conn.prepare_cached(sql)?;
    let all: Vec<DraftSaid> = query.query_map([], said)?.collect::<Result<_, _>>()?;
    let through = get_number(conn, THROUGH)?.unwrap_or(-1);
    let due = all.iter().any(|said| said.number as i64 > through);
    Ok((all, due))
}

/// What the hub says of this user's drafts: what it holds of this device's, what was finished on another, and what was being written on one that is no
/// more. That is taken in only where the form is free: what somebody is writing here is never overwritten, and the hub keeps the other until then.
pub(crate) fn heard(errand: &mut Errand<'_>, through: u64, drafts: &[DraftSaid]) -> Result<u32, VaultFault> {
    let (conn, now) = (errand.tx(), errand.now());
    put_number(conn, THROUGH, through as i64)?;
    let (mut taken, mut work) = (0, Vec::new());
    for draft in drafts {
        let on = (draft.person, draft.form.as_str());
        let own = number_of(conn, on)?;
        let gone = gone_of(conn, draft.person, &draft.form)?;
        match &draft.from {
            None if own == Some(draft.number) => work.extend(end(conn, on, now)?),
            None if own.is_none() && gone.is_none() => work.push(forget(conn, on, None, now)?),
            None => {}
            Some(from) => {
                let done = gone.is_some_and(|gone| gone.from.as_ref() == Some(from));
                if own.is_none() && !done && reads(draft) && rules_of(conn, draft.person)?.is_some() {
                    work.push(insert(conn, on, (&draft.fields, draft.at, now), Some(from))?);
                    taken += 1;
                }
            }
        }
    }
    conn.prepare_cached("delete from draft_gone where number <= ?1")?.execute([through as i64])?;
    work.into_iter().for_each(|work| errand.sends(work));
    Ok(taken)
}

/// Whether what stands in it is what its owner reads here. One of a newer app's stays at the hub: in the vault it would be in the way of the person's page.
fn reads(draft: &DraftSaid) -> bool {
    let Ok(fields) = serde_json::from_str::<BTreeMap<String, String>>(&draft.fields) else { return false };
    draft.form != OF_A_PLAN || fields.get("edits").is_some_and(|edits| serde_json::from_str::<Vec<Edit>>(edits).is_ok())
}

fn number_of(conn: &Connection, (person, form): (PersonId, &str)) -> Result<Option<u64>, VaultFault> {
    let sql = "select number from draft where person = ?1 and form = ?2";
    let mut query = conn.prepare_cached(sql)?;
    let found: Option<i64> = query.query_row(params![person.as_bytes(), form], |row| row.get(0)).optional()?;
    Ok(found.map(|number| number as u64))
}

fn gone_of(conn: &Connection, person: PersonId, form: &str) -> Result<Option<DraftSaid>, VaultFault> {
    let sql =
        "select person, form, number, from_device, from_number, 0, '' from draft_gone where person = ?1 and form = ?2";
    Ok(conn.prepare_cached(sql)?.query_row(params![person.as_bytes(), form], said).optional()?)
}

fn said(row: &Row<'_>) -> rusqlite::Result<DraftSaid> {
    Ok(DraftSaid {
        person: PersonId::from_bytes(row.get(0)?),
        form: row.get(1)?,
        number: row.get::<_, i64>(2)? as u64,
        from: from(row, 3)?,
        at: Stamp::from_millis(row.get(5)?),
        fields: row.get(6)?,
    })
}

fn from(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<(DeviceId, u64)>> {
    let device: Option<String> = row.get(column)?;
    let number: Option<i64> = row.get(column + 1)?;
    let device = device.and_then(|device| device.parse().ok());
    Ok(device.zip(number.map(|number| number as u64)))
}
