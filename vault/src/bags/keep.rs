//! A bag's rows: notes as they came, each with how its author came to be believed and whether the hub holds it. Used inside a transaction that
//! the door or an errand opened; decides nothing. A note that stands is left as it is.

use crate::fault::VaultFault;
use crate::visits::photos;
use record::bag::{Bag, BagId, Note, NoteId};
use record::{PersonId, Stamp};
use rusqlite::{Connection, OptionalExtension, params};
use sync::bag::Sheet;

/// How a note's author came to be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vouch {
    /// Signed here.
    Own,
    /// It came from the hub, which checked it.
    Hub,
    /// The hub's certificate of its author came with it.
    Certificate,
    /// Whoever gave the bag says so.
    Giver,
}

impl Vouch {
    const ALL: [Vouch; 4] = [Vouch::Own, Vouch::Hub, Vouch::Certificate, Vouch::Giver];

    fn number(self) -> i64 {
        self as i64
    }
}

/// A note with what is kept beside it.
pub(super) struct Kept {
    pub(super) sheet: Sheet,
    pub(super) vouch: Vouch,
    pub(super) sworn: Option<Vec<u8>>,
    pub(super) unsent: bool,
    pub(super) refused: Option<String>,
    /// When the hub had it, if that is known here.
    pub(super) at_hub: Option<Stamp>,
}

/// Keeps a note. `sworn`: the certificate of its author. Gives whether it is new.
pub(super) fn add(
    conn: &Connection,
    (person, sheet): (PersonId, &Sheet),
    (vouch, sworn): (Vouch, Option<&[u8]>),
    unsent: bool,
) -> Result<bool, VaultFault> {
    let note = &sheet.note;
    let added = conn
        .prepare_cached(
            "insert or ignore into bag_note (id, bag, person, at, bytes, signature, sworn, vouch, unsent)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            note.id.as_bytes(),
            note.bag.as_bytes(),
            person.as_bytes(),
            note.at.millis(),
            sheet.bytes(),
            sheet.signature(),
            sworn,
            vouch.number(),
            unsent
        ])?;
    if added == 0 && vouch != Vouch::Giver {
        // What the giver alone vouched for is proven now.
        conn.prepare_cached(
            "update bag_note set vouch = ?2, sworn = coalesce(sworn, ?3) where id = ?1 and vouch = ?4",
        )?
        .execute(params![note.id.as_bytes(), vouch.number(), sworn, Vouch::Giver.number()])?;
    }
    Ok(added > 0)
}

/// Every note of a bag, with what is beside it.
pub(super) fn notes(conn: &Connection, bag: BagId) -> Result<Vec<Kept>, VaultFault> {
    let sql =
        "select bytes, signature, vouch, sworn, unsent, refused, hub_at from bag_note where bag = ?1 order by at, id";
    let mut query = conn.prepare_cached(sql)?;
    let mut rows = query.query([bag.as_bytes()])?;
    let mut notes = Vec::new();
    while let Some(row) = rows.next()? {
        let corrupt = VaultFault::Corrupt { what: "bag" };
        let bytes = row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?;
        let sheet = Sheet::read(bytes, row.get(1)?).map_err(|_| corrupt)?;
        let vouch = usize::try_from(row.get::<_, i64>(2)?).ok().and_then(|n| Vouch::ALL.get(n)).copied();
        notes.push(Kept {
            sheet,
            vouch: vouch.ok_or(VaultFault::Corrupt { what: "bag" })?,
            sworn: row.get(3)?,
            unsent: row.get(4)?,
            refused: row.get(5)?,
            at_hub: row.get::<_, Option<i64>>(6)?.map(Stamp::from_millis),
        });
    }
    Ok(notes)
}

pub(super) fn bag(conn: &Connection, id: BagId) -> Result<Option<Bag>, VaultFault> {
    let kept = notes(conn, id)?;
    let times: Vec<(NoteId, Stamp)> = kept.iter().filter_map(|kept| Some((kept.sheet.note.id, kept.at_hub?))).collect();
    let notes: Vec<Note> = kept.into_iter().map(|kept| kept.sheet.note).collect();
    Ok(Bag::of(id, &notes).map(|bag| bag.with_hub_times(times)))
}

/// The hub says when it had a note. Its first word stands: a hub that was restored hears of the same note again.
pub(super) fn heard(conn: &Connection, note: NoteId, at: Stamp) -> Result<(), VaultFault> {
    conn.prepare_cached("update bag_note set hub_at = min(coalesce(hub_at, ?2), ?2) where id = ?1")?
        .execute(params![note.as_bytes(), at.millis()])?;
    Ok(())
}

/// This person's bags, the newest first.
pub(super) fn bags_of(conn: &Connection, person: PersonId) -> Result<Vec<BagId>, VaultFault> {
    let sql = "select bag from bag_note where person = ?1 group by bag order by min(at) desc, bag";
    let mut query = conn.prepare_cached(sql)?;
    let rows = query.query_map([person.as_bytes()], |row| row.get(0).map(BagId::from_bytes))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Whose bag this is, if any of it is here.
pub(super) fn person_of(conn: &Connection, bag: BagId) -> Result<Option<PersonId>, VaultFault> {
    let mut query = conn.prepare_cached("select person from bag_note where bag = ?1 limit 1")?;
    Ok(query.query_row([bag.as_bytes()], |row| row.get(0).map(PersonId::from_bytes)).optional()?)
}

pub(super) fn has(conn: &Connection, note: NoteId) -> Result<bool, VaultFault> {
    let mut query = conn.prepare_cached("select exists (select 1 from bag_note where id = ?1)")?;
    Ok(query.query_row([note.as_bytes()], |row| row.get(0))?)
}

/// When the newest note of this person was put in a bag here.
pub(super) fn newest(conn: &Connection, person: PersonId) -> Result<Option<Stamp>, VaultFault> {
    let mut query = conn.prepare_cached("select max(at) from bag_note where person = ?1")?;
    Ok(query.query_row([person.as_bytes()], |row| row.get::<_, Option<i64>>(0))?.map(Stamp::from_millis))
}

/// When the newest of this user's own notes that go with a bag was signed, of those that the hub holds: of this bag, or of any of the person's.
pub(crate) fn newest_held(
    conn: &Connection,
    person: PersonId,
    bag: Option<BagId>,
) -> Result<Option<Stamp>, VaultFault> {
    let sql = "select bytes, signature from bag_note where person = ?1 and vouch = ?2 and held_at is not null and (?3 is null or bag = ?3)
               order by at desc";
    let mut query = conn.prepare_cached(sql)?;
    let bag = bag.as_ref().map(|bag| bag.as_bytes());
    let mut rows = query.query(params![person.as_bytes(), Vouch::Own.number(), bag])?;
    while let Some(row) = rows.next()? {
        let bytes = row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?;
        let sheet = Sheet::read(bytes, row.get(1)?).map_err(|_| VaultFault::Corrupt { what: "bag" })?;
        if sheet.note.said.travels() {
            return Ok(Some(sheet.note.at));
        }
    }
    Ok(None)
}

/// A bag that was read and never taken over goes whole, sent or not: its giver has every note of it, and what came was sealed for the hub as it came.
pub(super) fn drop_untaken(conn: &Connection, bag: BagId) -> Result<(), VaultFault> {
    conn.prepare_cached("delete from bag_note where bag = ?1")?.execute([bag.as_bytes()])?;
    Ok(())
}

/// A person's bags, and their files, go from the device; what the hub does not hold yet stays until it does.
pub(crate) fn erase(conn: &Connection, person: PersonId) -> Result<(), VaultFault> {
    conn.prepare_cached("delete from bag_note where person = ?1 and unsent = 0")?.execute([person.as_bytes()])?;
    conn.prepare_cached("delete from bag_grant where person = ?1")?.execute([person.as_bytes()])?;
    // What was typed or photographed for a count that nobody signed goes with somebody who is not carried here besides.
    for table in ["draft", "photo_draft"] {
        let sql = format!("delete from {table} where person = ?1 and person not in (select uid from person)");
        conn.prepare_cached(&sql)?.execute([person.as_bytes()])?;
    }
    photos::erase(conn, person)
}
