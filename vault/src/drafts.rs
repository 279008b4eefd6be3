//! Drafts as rows: forms that are being filled in and drafts of plans. Every change gives what is to be sealed, so that a draft outlives the vault; and
//! what the same user was writing on a device that is no more is taken in here. A picture of a form stands among them under a name of its own
//! (`sync::drafts::name_of_picture`), and goes apart, in pieces. Used inside a transaction that the door or an errand opened; decides
//! nothing. What stands in a form is its owner's (`visits`, `plans`, `bags`).

use crate::door::{Errand, rules_of};
use crate::fault::VaultFault;
use crate::post::{get_number, put_number};
use crate::visits::photos;
use record::plan::Edit;
use record::visit::{ActFault, Photo, PhotoId};
use record::{DeviceId, PersonId, Stamp};
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::collections::BTreeMap;
use sync::drafts::{DraftSaid, DraftWaits, LENGTH, PicturePiece, name_of_picture, picture_of};
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
    if let Some((photo, of)) = picture_of(form) {
        conn.prepare_cached("delete from photo_draft where person = ?1 and form = ?2 and id = ?3")?
            .execute(params![person.as_bytes(), of, photo.as_bytes()])?;
    }
    was.map(|from| forget(conn, (person, form), from.as_ref(), at)).transpose()
}

// ---- pictures of a form -------------------------------------------------------------------------------------------------

/// A picture was put to a form: it stands among the drafts from now on; gives what is to be sealed of it.
pub(crate) fn picture(
    conn: &Connection,
    (person, form): (PersonId, &str),
    (photo, bytes): (PhotoId, &[u8]),
    at: Stamp,
) -> Result<Vec<Work>, VaultFault> {
    let name = name_of_picture(form, photo).ok_or(VaultFault::Act(ActFault::TooLong))?;
    let fields = BTreeMap::from([(LENGTH, bytes.len().to_string())]);
    let fields = serde_json::to_string(&fields).map_err(|_| VaultFault::Corrupt { what: "draft" })?;
    let said = put(conn, (person, &name), &fields, at)?;
    let pieces = PicturePiece::all(person, &name, bytes).into_iter().map(Work::Picture);
    Ok(std::iter::once(said).chain(pieces).collect())
}

/// Pictures that stand in a form and not among the drafts: kept by a version of this app that did not seal them.
pub(crate) fn seal_pictures(errand: &mut Errand<'_>) -> Result<(), VaultFault> {
    let (conn, now) = (errand.tx(), errand.now());
    let sql = "select person, form, id, bytes from photo_draft p where not exists (select 1 from draft d
                 where d.person = p.person and d.form = 'picture ' || lower(hex(p.id)) || ' ' || p.form)";
    let found: Vec<(PersonId, String, PhotoId, Vec<u8>)> = conn
        .prepare_cached(sql)?
        .query_map([], |row| {
            let (person, photo) = (PersonId::from_bytes(row.get(0)?), PhotoId::from_bytes(row.get(2)?));
            Ok((person, row.get(1)?, photo, row.get(3)?))
        })?
        .collect::<Result<_, _>>()?;
    let mut work = Vec::new();
    for (person, form, photo, bytes) in found {
        // Under a longer name than any may have it stays in the vault, as it did.
        if name_of_picture(&form, photo).is_some() {
            work.extend(picture(conn, (person, &form), (photo, &bytes), now)?);
        }
    }
    work.into_iter().for_each(|work| errand.sends(work));
    Ok(())
}

/// What of a picture's draft is to be sealed beside it: the picture in pieces, where it is here.
pub(crate) fn pieces(conn: &Connection, said: &DraftSaid) -> Result<Vec<PicturePiece>, VaultFault> {
    let Some((photo, form)) = picture_of(&said.form) else { return Ok(Vec::new()) };
    let sql = "select bytes from photo_draft where person = ?1 and form = ?2 and id = ?3";
    let bytes: Option<Vec<u8>> = conn
        .prepare_cached(sql)?
        .query_row(params![said.person.as_bytes(), form, photo.as_bytes()], |row| row.get(0))
        .optional()?;
    Ok(bytes.map(|bytes| PicturePiece::all(said.person, &said.form, &bytes)).unwrap_or_default())
}

/// Every picture that was taken over and is not here is asked for, with what else is wanted from the hub.
fn want_pictures(conn: &Connection) -> Result<(), VaultFault> {
    let sql = "select d.person, d.form, d.fields from draft d where d.form like 'picture %' and not exists (select 1 from photo_draft p
                 where p.person = d.person and d.form = 'picture ' || lower(hex(p.id)) || ' ' || p.form)";
    let mut query = conn.prepare_cached(sql)?;
    let rows = query.query_map([], |row| {
        Ok((PersonId::from_bytes(row.get(0)?), row.get::<_, String>(1)?, row.get::<_, String>(2)?))
    })?;
    for row in rows {
        let (person, name, fields) = row?;
        let Some((photo, _)) = picture_of(&name) else { continue };
        match photos::bytes(conn, person, photo)? {
            Some(bytes) => picture_arrived(conn, person, &bytes)?,
            None => {
                if let Some(length) = length_in(&fields) {
                    photos::want(conn, person, (photo, length))?;
                }
            }
        }
    }
    Ok(())
}

fn length_in(fields: &str) -> Option<u32> {
    let fields: BTreeMap<String, String> = serde_json::from_str(fields).ok()?;
    fields.get(LENGTH)?.parse().ok()
}

/// A picture came that forms of this person name: it stands in them.
pub(crate) fn picture_arrived(conn: &Connection, person: PersonId, bytes: &[u8]) -> Result<(), VaultFault> {
    let Some(photo) = Photo::of(bytes) else { return Ok(()) };
    let mut query = conn.prepare_cached("select form from draft where person = ?1 and form like 'picture %'")?;
    let names = query.query_map([person.as_bytes()], |row| row.get::<_, String>(0))?;
    let mut stands = false;
    for name in names {
        let name = name?;
        let Some((_, form)) = picture_of(&name).filter(|(named, _)| *named == photo.id) else { continue };
        conn.prepare_cached("insert or ignore into photo_draft (person, form, id, bytes) values (?1, ?2, ?3, ?4)")?
            .execute(params![person.as_bytes(), form, photo.id.as_bytes(), bytes])?;
        stands = true;
    }
    if stands {
        // Fetched for the form alone: nothing signed was waited for.
        conn.prepare_cached("delete from photo where person = ?1 and id = ?2 and waits = 0 and held_at is null")?
            .execute(params![person.as_bytes(), photo.id.as_bytes()])?;
    }
    Ok(())
}

// ---- as rows ------------------------------------------------------------------------------------------------------------

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

/// Everything there is to seal, and up to which number the hub has it (-1: nothing).
pub(crate) fn all(conn: &Connection) -> Result<(Vec<DraftSaid>, i64), VaultFault> {
    let sql = "select person, form, number, from_device, from_number, at, fields from draft
               union all select person, form, number, from_device, from_number, 0, '' from draft_gone";
    let mut query = conn.prepare_cached(sql)?;
    let all: Vec<DraftSaid> = query.query_map([], said)?.collect::<Result<_, _>>()?;
    Ok((all, get_number(conn, THROUGH)?.unwrap_or(-1)))
}

/// What the hub says of this user's drafts: what it holds of this device's, what was finished on another, and what was being written on one that is no
/// more. That is taken in only where the form is free: what somebody is writing here is never overwritten, and the hub keeps the other until then.
pub(crate) fn heard(errand: &mut Errand<'_>, through: u64, drafts: &[DraftSaid]) -> Result<u32, VaultFault> {
    let (conn, now) = (errand.tx(), errand.now());
    put_number(conn, THROUGH, through as i64)?;
    let (mut taken, mut work) = (0, Vec::new());
    for draft in drafts {
        let on = (draft.person, draft.form.as_str());
        let (own, ours) = (number_of(conn, on)?, source_of(conn, on)?);
        let gone = gone_of(conn, draft.person, &draft.form)?;
        match &draft.from {
            None if own == Some(draft.number) => work.extend(end(conn, on, now)?),
            None if own.is_none() && gone.is_none() => work.push(forget(conn, on, None, now)?),
            None => {}
            Some(from) => {
                let done = gone.is_some_and(|gone| gone.from.as_ref() == Some(from)) || ours.as_ref() == Some(from);
                if done || rules_of(conn, draft.person)?.is_none() {
                    continue;
                }
                if own.is_none() && reads(draft) && !in_use(conn, on, &from.0)? {
                    work.push(insert(conn, on, (&draft.fields, draft.at, now), Some(from))?);
                    taken += 1;
                } else {
                    let (person, form, of) = (draft.person, draft.form.clone(), from.clone());
                    work.push(Work::Waits(DraftWaits { person, form, of }));
                }
            }
        }
    }
    conn.prepare_cached("delete from draft_gone where number <= ?1")?.execute([through as i64])?;
    want_pictures(conn)?;
    work.into_iter().for_each(|work| errand.sends(work));
    Ok(taken)
}

/// Whether what stands in it is what its owner reads here. One of a newer app's stays at the hub: in the vault it would be in the way of the person's page.
fn reads(draft: &DraftSaid) -> bool {
    let Ok(fields) = serde_json::from_str::<BTreeMap<String, String>>(&draft.fields) else { return false };
    draft.form != OF_A_PLAN || fields.get("edits").is_some_and(|edits| serde_json::from_str::<Vec<Edit>>(edits).is_ok())
}

/// Whether something else is being written in that form here: words and pictures of two visits are not mixed.
fn in_use(conn: &Connection, (person, form): (PersonId, &str), source: &DeviceId) -> Result<bool, VaultFault> {
    let base = |form: &str| picture_of(form).map_or(form, |(_, of)| of).to_owned();
    let of = base(form);
    let mut query = conn.prepare_cached("select form, from_device from draft where person = ?1")?;
    let rows = query.query_map([person.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    for row in rows {
        let (other, device): (String, Option<String>) = row?;
        if base(&other) == of && device.as_deref() != Some(source.as_str()) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// From where the draft here was taken over.
fn source_of(conn: &Connection, (person, form): (PersonId, &str)) -> Result<Option<(DeviceId, u64)>, VaultFault> {
    let sql = "select from_device, from_number from draft where person = ?1 and form = ?2";
    let mut query = conn.prepare_cached(sql)?;
    Ok(query.query_row(params![person.as_bytes(), form], |row| from(row, 0)).optional()?.flatten())
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
