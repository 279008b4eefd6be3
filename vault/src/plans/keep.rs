//! A plan's rows: the document as a saved part and a tail of changes, and the view shown at once. Used inside a transaction that the door
//! or an errand opened; decides nothing.

use super::Aside;
use crate::drafts;
use crate::fault::VaultFault;
use record::plan::{Edit, Heads, Line, Plan};
use record::receipt::HubWord;
use record::{PersonId, Stamp};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeMap;
use sync::frame::{DEVICE_LEVEL, Dictionary, Folder, LARGEST};
use sync::outbox::Work;
use sync::replica::Replica;
use sync::replica::words::said;

/// Changes beside the saved document before they are folded into it.
const FOLD_AT: i64 = 64;
/// Lines of news kept; older ones are in the history.
const NEWS: usize = 200;

/// What is kept beside the plan itself.
#[derive(Default)]
pub(super) struct Beside {
    pub(super) news: Vec<Line>,
    pub(super) held_through: u64,
    pub(super) held_at: Option<HubWord>,
}

/// The stored view; `None` if nobody has written in the plan yet. One stored when a goal's status was a plain field is read from the document again.
pub(super) fn view(conn: &Connection, person: PersonId) -> Result<Option<Plan>, VaultFault> {
    let plan = lying(conn, person)?.map(|folded| unfolded(&folded)).transpose()?;
    match plan {
        Some(plan) if plan.is_of_before() => Ok(Some(replica(conn, person)?.project()?)),
        other => Ok(other),
    }
}

/// The same as it lies.
pub(super) fn lying(conn: &Connection, person: PersonId) -> Result<Option<Vec<u8>>, VaultFault> {
    let mut query = conn.prepare_cached("select view from plan where person = ?1")?;
    Ok(query.query_row([person.as_bytes()], |row| row.get(0)).optional()?)
}

pub(super) fn unfolded(folded: &[u8]) -> Result<Plan, VaultFault> {
    let json = plain().unfold_short(folded, LARGEST)?;
    serde_json::from_slice(&json).map_err(|_| VaultFault::Corrupt { what: "plan" })
}

pub(super) fn beside(conn: &Connection, person: PersonId) -> Result<Beside, VaultFault> {
    let sql = "select news, held_through, held_at from plan where person = ?1";
    let found: Option<(String, i64, Option<i64>)> = conn
        .prepare_cached(sql)?
        .query_row([person.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((news, through, at)) = found else { return Ok(Beside::default()) };
    Ok(Beside {
        news: serde_json::from_str(&news).map_err(|_| VaultFault::Corrupt { what: "plan" })?,
        held_through: through as u64,
        // Written by `carry::held` alone, where the signature over it was checked.
        held_at: at.map(|at| HubWord::verified(Stamp::from_millis(at))),
    })
}

/// The document: the saved part, and every change beside it.
pub(super) fn replica(conn: &Connection, person: PersonId) -> Result<Replica, VaultFault> {
    let saved: Option<Option<Vec<u8>>> = conn
        .prepare_cached("select document from plan where person = ?1")?
        .query_row([person.as_bytes()], |row| row.get(0))
        .optional()?;
    let tail = tail(conn, person)?;
    Ok(Replica::load(person, saved.flatten().as_deref(), tail.iter().map(Vec::as_slice))?)
}

fn tail(conn: &Connection, person: PersonId) -> Result<Vec<Vec<u8>>, VaultFault> {
    let mut query = conn.prepare_cached("select bytes from plan_tail where person = ?1 order by id")?;
    Ok(query.query_map([person.as_bytes()], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// Adds a change to the tail; one that stands there already is left as it is.
pub(super) fn append(conn: &Connection, person: PersonId, hash: &[u8; 32], bytes: &[u8]) -> Result<(), VaultFault> {
    conn.prepare_cached("insert or ignore into plan_tail (person, hash, bytes) values (?1, ?2, ?3)")?
        .execute(params![person.as_bytes(), hash, bytes])?;
    Ok(())
}

/// Stores the view of the plan as it now stands, and any news; folds the tail into the document once it is long or `fold` asks.
pub(super) fn store(conn: &Connection, replica: &mut Replica, news: &[Line], fold: bool) -> Result<Plan, VaultFault> {
    let person = replica.person();
    let plan = replica.project()?;
    let json = serde_json::to_vec(&plan).map_err(|_| VaultFault::Corrupt { what: "plan" })?;
    let view = plain().fold_short(&json)?;
    let before: Option<String> = conn
        .prepare_cached("select news from plan where person = ?1")?
        .query_row([person.as_bytes()], |row| row.get(0))
        .optional()?;
    let mut lines: Vec<Line> = before
        .map(|text| serde_json::from_str(&text))
        .transpose()
        .map_err(|_| VaultFault::Corrupt { what: "plan" })?
        .unwrap_or_default();
    lines.extend(news.iter().cloned());
    let oldest = lines.len().saturating_sub(NEWS);
    let news = serde_json::to_string(&lines[oldest..]).map_err(|_| VaultFault::Corrupt { what: "plan" })?;
    conn.prepare_cached(
        "insert into plan (person, view, news) values (?1, ?2, ?3) on conflict do update set view = ?2, news = ?3",
    )?
    .execute(params![person.as_bytes(), view, news])?;
    let long: i64 = conn
        .prepare_cached("select count(*) from plan_tail where person = ?1")?
        .query_row([person.as_bytes()], |row| row.get(0))?;
    if fold || long >= FOLD_AT {
        fold_tail(conn, replica)?;
    }
    Ok(plan)
}

/// Saves the document whole and takes from the tail what is in it; changes that wait for others stay.
fn fold_tail(conn: &Connection, replica: &mut Replica) -> Result<(), VaultFault> {
    let person = replica.person();
    let hashes: Vec<[u8; 32]> = {
        let mut query = conn.prepare_cached("select hash from plan_tail where person = ?1")?;
        query.query_map([person.as_bytes()], |row| row.get(0))?.collect::<Result<_, _>>()?
    };
    let document = replica.save();
    conn.prepare_cached("update plan set document = ?2 where person = ?1")?
        .execute(params![person.as_bytes(), document])?;
    for hash in hashes.iter().filter(|hash| replica.has(hash)) {
        conn.prepare_cached("delete from plan_tail where person = ?1 and hash = ?2")?
            .execute(params![person.as_bytes(), hash])?;
    }
    Ok(())
}

pub(crate) use crate::drafts::OF_A_PLAN as DRAFT;

/// The edits of this user's draft, in order.
pub(super) fn draft(conn: &Connection, person: PersonId) -> Result<Option<Vec<Edit>>, VaultFault> {
    let sql = "select json_extract(fields, '$.edits') from draft where person = ?1 and form = ?2";
    let found: Option<String> =
        conn.prepare_cached(sql)?.query_row(params![person.as_bytes(), DRAFT], |row| row.get(0)).optional()?;
    found.map(|text| serde_json::from_str(&text).map_err(|_| VaultFault::Corrupt { what: "draft" })).transpose()
}

/// Keeps the edits of a draft, and gives what is to be sealed of it; none is no draft.
pub(super) fn put_draft(
    conn: &Connection,
    person: PersonId,
    edits: &[Edit],
    at: Stamp,
) -> Result<Option<Work>, VaultFault> {
    if edits.is_empty() {
        return drafts::end(conn, (person, DRAFT), at);
    }
    let corrupt = |_| VaultFault::Corrupt { what: "draft" };
    let text = serde_json::to_string(edits).map_err(corrupt)?;
    let fields = serde_json::to_string(&BTreeMap::from([("edits", text)])).map_err(corrupt)?;
    drafts::put(conn, (person, DRAFT), &fields, at).map(Some)
}

/// The plan without what was set aside: as it is at the hub, as far as that has come.
pub(super) fn without_aside(conn: &Connection, person: PersonId) -> Result<(), VaultFault> {
    let aside: Vec<[u8; 32]> = {
        let mut query = conn.prepare_cached("select hash from plan_aside where person = ?1")?;
        query.query_map([person.as_bytes()], |row| row.get(0))?.collect::<Result<_, _>>()?
    };
    for hash in &aside {
        conn.prepare_cached("delete from plan_tail where person = ?1 and hash = ?2")?
            .execute(params![person.as_bytes(), hash])?;
    }
    let mut whole = replica(conn, person)?;
    // From its changes again, because a document forgets nothing; those in the tail may fit now.
    let kept = whole.changes_without(&aside);
    let tail = tail(conn, person)?;
    let mut plan = Replica::load(person, None, kept.iter().chain(&tail).map(Vec::as_slice))?;
    store(conn, &mut plan, &[], true)?;
    Ok(())
}

/// What was set aside, oldest first.
pub(super) fn aside(conn: &Connection, person: PersonId) -> Result<Vec<Aside>, VaultFault> {
    let mut query = conn.prepare_cached("select bytes, why from plan_aside where person = ?1 order by at")?;
    let mut rows = query.query([person.as_bytes()])?;
    let mut aside = Vec::new();
    while let Some(row) = rows.next()? {
        let said = said(person, row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?)?;
        aside.push(Aside { said, why: row.get(1)? });
    }
    Ok(aside)
}

pub(super) fn drop_aside(conn: &Connection, person: PersonId) -> Result<(), VaultFault> {
    conn.prepare_cached("delete from plan_aside where person = ?1")?.execute([person.as_bytes()])?;
    Ok(())
}

/// This user said they have seen what others changed, up to the line of this moment; one that is not there any more was older than all that are.
pub(super) fn clear_news(conn: &Connection, person: PersonId, newest: &Heads) -> Result<(), VaultFault> {
    let lines = beside(conn, person)?.news;
    let seen = lines.iter().position(|line| line.moment == *newest).map_or(0, |place| place + 1);
    let left = serde_json::to_string(&lines[seen..]).map_err(|_| VaultFault::Corrupt { what: "plan" })?;
    conn.prepare_cached("update plan set news = ?2 where person = ?1")?.execute(params![person.as_bytes(), left])?;
    Ok(())
}

/// Erases the plan from the device. Changes made here that the hub does not hold yet stay, to be sent.
pub(crate) fn erase(conn: &Connection, person: PersonId) -> Result<(), VaultFault> {
    conn.prepare_cached("delete from plan where person = ?1")?.execute([person.as_bytes()])?;
    conn.prepare_cached("delete from plan_tail where person = ?1")?.execute([person.as_bytes()])?;
    Ok(())
}

const fn plain() -> Folder {
    Folder::new(Dictionary::none(), DEVICE_LEVEL)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Key;
    use crate::schema;
    use record::plan::{Content, Held, Kind, NodeId, Register, Said, Topic};
    use sync::replica::bundle;

    /// A view as it was stored when a goal's status was a plain field: whoever looks sees the voices of the document, not what one field held.
    #[test]
    fn a_view_from_before_is_read_from_the_document_again() {
        let folder = tempfile::tempdir().unwrap();
        let conn = schema::open(&folder.path().join("vault.db"), &Key::from_random([1; 32])).unwrap();
        let person = PersonId::from_bytes([5; 16]);
        let text = include_str!("../../../tests/stories/plan_goal_before.hex").trim();
        let bytes: Vec<u8> =
            (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect();
        for change in bundle::unpack(&bytes).unwrap() {
            append(&conn, person, &change.hash, &change.bytes).unwrap();
        }
        let mut replica = replica(&conn, person).unwrap();
        let now = store(&conn, &mut replica, &[], false).unwrap();
        let topic = Topic::GoalStatus(NodeId::fresh([2; 8]));
        assert!(matches!(now.held(&topic), Some(Held::Disputed(voices)) if voices.len() == 2));
        assert_eq!(view(&conn, person).unwrap().as_ref(), Some(&now));
        let mut then = now.clone();
        then.decisions.retain(|(of, _)| *of != topic);
        let said = Said { value: "active".into(), by: "D1/N1".into() };
        let care = then.parts.iter_mut().find(|part| part.kind == Kind::Care).unwrap();
        let status = ("status".to_owned(), Content::Register(Register::One(said)));
        care.children[0].children[0].fields.push(status);
        let folded = plain().fold_short(&serde_json::to_vec(&then).unwrap()).unwrap();
        conn.execute("update plan set view = ?2 where person = ?1", params![person.as_bytes(), folded]).unwrap();
        assert_eq!(view(&conn, person).unwrap(), Some(now));
    }
}
