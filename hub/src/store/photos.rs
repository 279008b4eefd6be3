//! Photographs and other files at rest: pieces as they came, in the hub's encrypted database, under the person and what names them: an act of a
//! visit, or a note of a bag. Whole and checked they are never changed or removed (the database refuses both). Who may bring or have one is
//! `hub::photos`' to say.

use record::bag::NoteId;
use record::visit::{ActId, PhotoId};
use record::{ChainId, Stamp};
use rusqlite::{OptionalExtension, Transaction, params};
use sync::bag::post::Posted;
use sync::photos::NamedBy;

/// Where it lies: each sort beside what names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shelf {
    Visits,
    Bags,
}

impl Shelf {
    const fn of(by: NamedBy) -> Shelf {
        match by {
            NamedBy::Act(_) => Shelf::Visits,
            NamedBy::Note(_) => Shelf::Bags,
        }
    }

    const fn table(self) -> &'static str {
        match self {
            Shelf::Visits => "visit_photo",
            Shelf::Bags => "bag_file",
        }
    }

    /// The column of what names it.
    const fn named_by(self) -> &'static str {
        match self {
            Shelf::Visits => "act",
            Shelf::Bags => "named_by",
        }
    }
}

/// A photograph as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored {
    pub id: i64,
    pub shelf: Shelf,
    /// Of the whole.
    pub length: u32,
    /// Bytes that are here.
    pub has: u32,
    pub held: bool,
}

/// Since when it is whole.
pub fn since(tx: &Transaction<'_>, stored: &Stored) -> rusqlite::Result<Option<Stamp>> {
    let sql = format!("select held from {} where id = ?1", stored.shelf.table());
    let since: Option<i64> = tx.prepare_cached(&sql)?.query_row([stored.id], |row| row.get(0))?;
    Ok(since.map(Stamp::from_millis))
}

/// The act of that name, if this chain did it: whose it is and its bytes.
pub fn act_of(tx: &Transaction<'_>, act: ActId, chain: &ChainId) -> rusqlite::Result<Option<(i64, Vec<u8>)>> {
    let sql = "select person, bytes from visit_act where id = ?1 and chain = ?2";
    let mut query = tx.prepare_cached(sql)?;
    query.query_row(params![act.as_bytes(), chain.as_str()], |row| Ok((row.get(0)?, row.get(1)?))).optional()
}

/// The note of that name, if this chain put it in a bag: whose bag it is, the note's bytes and its signature.
pub fn note_of(tx: &Transaction<'_>, note: NoteId, chain: &ChainId) -> rusqlite::Result<Option<(i64, Posted)>> {
    let sql = "select b.person, n.bytes, n.signature from bag_note n join bag b on b.id = n.bag where n.id = ?1 and n.chain = ?2";
    let mut query = tx.prepare_cached(sql)?;
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, (row.get(1)?, row.get(2)?)));
    query.query_row(params![note.as_bytes(), chain.as_str()], read).optional()
}

/// What is there under this name, whatever names it: one that is whole first.
pub fn find(tx: &Transaction<'_>, person: i64, photo: PhotoId) -> rusqlite::Result<Option<Stored>> {
    let visits = find_on(tx, Shelf::Visits, person, photo)?;
    if visits.is_some_and(|stored| stored.held) {
        return Ok(visits);
    }
    let bags = find_on(tx, Shelf::Bags, person, photo)?;
    Ok(bags.filter(|stored| stored.held).or(visits).or(bags))
}

/// What is there under this name for what names it.
pub fn find_for(
    tx: &Transaction<'_>,
    by: NamedBy,
    (person, photo): (i64, PhotoId),
) -> rusqlite::Result<Option<Stored>> {
    find_on(tx, Shelf::of(by), person, photo)
}

fn find_on(tx: &Transaction<'_>, shelf: Shelf, person: i64, photo: PhotoId) -> rusqlite::Result<Option<Stored>> {
    let table = shelf.table();
    let sql = format!(
        "select p.id, p.length, (select coalesce(sum(length(bytes)), 0) from {table}_piece where photo = p.id),
                p.held is not null from {table} p where p.person = ?1 and p.photo = ?2"
    );
    let mut query = tx.prepare_cached(&sql)?;
    query
        .query_row(params![person, photo.as_bytes()], |row| {
            Ok(Stored { id: row.get(0)?, shelf, length: row.get(1)?, has: row.get(2)?, held: row.get(3)? })
        })
        .optional()
}

/// Begins one, of which nothing is here yet.
pub fn begin(
    tx: &Transaction<'_>,
    (person, by): (i64, NamedBy),
    (photo, length): (PhotoId, u32),
    now: Stamp,
) -> rusqlite::Result<Stored> {
    let shelf = Shelf::of(by);
    let (table, column) = (shelf.table(), shelf.named_by());
    let sql = format!("insert into {table} (person, photo, {column}, length, received) values (?1, ?2, ?3, ?4, ?5)");
    tx.prepare_cached(&sql)?.execute(params![person, photo.as_bytes(), by.as_bytes(), length, now.millis()])?;
    Ok(Stored { id: tx.last_insert_rowid(), shelf, length, has: 0, held: false })
}

/// Adds the next piece.
pub fn add(tx: &Transaction<'_>, photo: &Stored, bytes: &[u8]) -> rusqlite::Result<()> {
    let sql = format!("insert into {}_piece (photo, start, bytes) values (?1, ?2, ?3)", photo.shelf.table());
    tx.prepare_cached(&sql)?.execute(params![photo.id, photo.has, bytes])?;
    Ok(())
}

/// Everything of it that is here.
pub fn bytes(tx: &Transaction<'_>, photo: &Stored) -> rusqlite::Result<Vec<u8>> {
    let sql = format!("select bytes from {}_piece where photo = ?1 order by start", photo.shelf.table());
    let mut query = tx.prepare_cached(&sql)?;
    let mut all = Vec::with_capacity(photo.length as usize);
    let mut rows = query.query([photo.id])?;
    while let Some(row) = rows.next()? {
        all.extend_from_slice(row.get_ref(0)?.as_blob()?);
    }
    Ok(all)
}

/// It is whole, and what was signed.
pub fn hold(tx: &Transaction<'_>, photo: &Stored, now: Stamp) -> rusqlite::Result<()> {
    let sql = format!("update {} set held = ?2 where id = ?1", photo.shelf.table());
    tx.prepare_cached(&sql)?.execute(params![photo.id, now.millis()])?;
    Ok(())
}

/// The pieces do not make what was signed.
pub fn let_go(tx: &Transaction<'_>, photo: &Stored) -> rusqlite::Result<()> {
    let table = photo.shelf.table();
    tx.prepare_cached(&format!("delete from {table}_piece where photo = ?1"))?.execute([photo.id])?;
    tx.prepare_cached(&format!("delete from {table} where id = ?1"))?.execute([photo.id])?;
    Ok(())
}
