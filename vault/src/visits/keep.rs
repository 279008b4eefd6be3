//! Acts and drafts as rows. Used inside a transaction that the door or an errand opened; decides nothing.

use super::{ActPlace, Draft, Fields, KeptAct, photos};
use crate::drafts;
use crate::fault::VaultFault;
use record::visit::{Act, ActId, SignedAct};
use record::{ChainId, PersonId, Stamp};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeMap;
use sync::drafts::picture_of;
use sync::outbox::Work;

/// Everything known to have been done for somebody, and how many acts cannot be read by this version. What waits to be sent is here even
/// after the rest was erased.
pub(super) fn acts(conn: &Connection, person: PersonId, own: &ChainId) -> Result<(Vec<KeptAct>, u64), VaultFault> {
    let mut rows: BTreeMap<ActId, (Vec<u8>, Option<i64>)> = BTreeMap::new();
    let mut query = conn.prepare_cached("select id, bytes, held_at from act where person = ?1")?;
    let found = query.query_map([person.as_bytes()], |row| {
        Ok((row.get::<_, [u8; 16]>(0)?, row.get::<_, Vec<u8>>(1)?, row.get::<_, Option<i64>>(2)?))
    })?;
    for row in found {
        let (id, bytes, held) = row?;
        rows.insert(ActId::from_bytes(id), (bytes, held));
    }
    let mut waiting: BTreeMap<ActId, Option<String>> = BTreeMap::new();
    let mut query = conn.prepare_cached("select id, bytes, refused from act_out where person = ?1")?;
    let found = query.query_map([person.as_bytes()], |row| {
        Ok((row.get::<_, [u8; 16]>(0)?, row.get::<_, Vec<u8>>(1)?, row.get::<_, Option<String>>(2)?))
    })?;
    for row in found {
        let (id, bytes, refused) = row?;
        rows.entry(ActId::from_bytes(id)).or_insert((bytes, None));
        waiting.insert(ActId::from_bytes(id), refused);
    }
    let (mut acts, mut newer) = (Vec::with_capacity(rows.len()), 0);
    for (id, (bytes, held)) in rows {
        let Ok(act) = Act::from_bytes(&bytes) else {
            newer += 1;
            continue;
        };
        let place = match waiting.get(&id) {
            Some(Some(why)) => ActPlace::Refused { why: why.clone() },
            Some(None) => ActPlace::OnThisDevice,
            None => ActPlace::Held { at: held.map(Stamp::from_millis).filter(|_| act.chain == *own) },
        };
        acts.push(KeptAct { id, act, place });
    }
    Ok((acts, newer))
}

/// What was done, without where each act is.
pub(super) fn known(conn: &Connection, person: PersonId) -> Result<Vec<(ActId, Act)>, VaultFault> {
    let sql = "select id, bytes from act where person = ?1 union select id, bytes from act_out where person = ?1";
    let mut query = conn.prepare_cached(sql)?;
    let rows =
        query.query_map([person.as_bytes()], |row| Ok((row.get::<_, [u8; 16]>(0)?, row.get::<_, Vec<u8>>(1)?)))?;
    let mut known = Vec::new();
    for row in rows {
        let (id, bytes) = row?;
        known.extend(Act::from_bytes(&bytes).ok().map(|act| (ActId::from_bytes(id), act)));
    }
    Ok(known)
}

/// Keeps an act; one that is here already is left as it is. Gives whether it is new.
pub(super) fn put(conn: &Connection, person: PersonId, act: &SignedAct) -> Result<bool, VaultFault> {
    let sql = "insert or ignore into act (id, person, bytes, signature) values (?1, ?2, ?3, ?4)";
    let new =
        conn.prepare_cached(sql)?.execute(params![act.id().as_bytes(), person.as_bytes(), act.bytes, act.signature])?;
    Ok(new > 0)
}

/// Erases acts from the device. Those that the hub does not hold yet stay, to be sent; drafts stay, for nothing typed is lost.
pub(crate) fn erase(conn: &Connection, person: PersonId) -> Result<(), VaultFault> {
    conn.prepare_cached("delete from act where person = ?1")?.execute([person.as_bytes()])?;
    photos::erase(conn, person)
}

/// Acts for people whose record is not on this device go, once a round is over: they may arrive before the person does.
pub(crate) fn orphans(conn: &Connection) -> Result<(), VaultFault> {
    let sql = "delete from act where person not in (select p.uid from person p join listing l using (id) where l.carried = 1)";
    conn.prepare_cached(sql)?.execute([])?;
    photos::orphans(conn)
}

/// Forms as they were left.
pub(crate) fn drafts(conn: &Connection, person: PersonId) -> Result<Vec<Draft>, VaultFault> {
    let mut query =
        conn.prepare_cached("select form, fields, at from draft where person = ?1 and form <> ?2 order by form")?;
    let mut rows = query.query(params![person.as_bytes(), crate::plans::DRAFT])?;
    let mut drafts = Vec::new();
    while let Some(row) = rows.next()? {
        // A form's picture is not what was typed into it.
        if picture_of(row.get_ref(0)?.as_str().unwrap_or_default()).is_some() {
            continue;
        }
        let fields: String = row.get(1)?;
        let fields: Fields = serde_json::from_str(&fields).map_err(|_| VaultFault::Corrupt { what: "draft" })?;
        drafts.push(Draft { form: row.get(0)?, fields, at: Stamp::from_millis(row.get(2)?) });
    }
    Ok(drafts)
}

/// Keeps a form as it is now, and gives what is to be sealed of it; an empty one is no draft.
pub(super) fn put_draft(
    conn: &Connection,
    (person, form): (PersonId, &str),
    fields: &Fields,
    at: Stamp,
) -> Result<Option<Work>, VaultFault> {
    if fields.values().all(|text| text.trim().is_empty()) {
        return drafts::end(conn, (person, form), at);
    }
    let json = serde_json::to_string(fields).map_err(|_| VaultFault::Corrupt { what: "draft" })?;
    drafts::put(conn, (person, form), &json, at).map(Some)
}

/// When the newest of this user's own acts was done that the hub holds.
pub(crate) fn newest_held(conn: &Connection, person: PersonId) -> Result<Option<Stamp>, VaultFault> {
    let mut query = conn.prepare_cached("select bytes from act where person = ?1 and held_at is not null")?;
    let rows = query.query_map([person.as_bytes()], |row| row.get::<_, Vec<u8>>(0))?;
    let mut newest = None;
    for row in rows {
        newest = newest.max(Act::from_bytes(&row?).ok().map(|act| act.at));
    }
    Ok(newest)
}

/// Whether this person has acts of a day's visits: the round looks no further.
pub(super) fn any(conn: &Connection, person: PersonId) -> Result<bool, VaultFault> {
    let sql = "select 1 from act where person = ?1 union all select 1 from act_out where person = ?1 limit 1";
    let found: Option<i64> = conn.prepare_cached(sql)?.query_row([person.as_bytes()], |row| row.get(0)).optional()?;
    Ok(found.is_some())
}
