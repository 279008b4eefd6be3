//! Photographs at rest: pieces as they came, in the hub's encrypted database, under the person and the act that names them. Whole and checked
//! they are never changed or removed (the database refuses both). Who may bring or have one is `hub::photos`' to say.

use record::visit::{ActId, PhotoId};
use record::{ChainId, Stamp};
use rusqlite::{OptionalExtension, Transaction, params};

/// A photograph as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored {
    pub id: i64,
    /// Of the whole.
    pub length: u32,
    /// Bytes that are here.
    pub has: u32,
    pub held: bool,
}

/// The act of that name, if this chain did it: whose it is and its bytes.
pub fn act_of(tx: &Transaction<'_>, act: ActId, chain: &ChainId) -> rusqlite::Result<Option<(i64, Vec<u8>)>> {
    let sql = "select person, bytes from visit_act where id = ?1 and chain = ?2";
    let mut query = tx.prepare_cached(sql)?;
    query.query_row(params![act.as_bytes(), chain.as_str()], |row| Ok((row.get(0)?, row.get(1)?))).optional()
}

pub fn find(tx: &Transaction<'_>, person: i64, photo: PhotoId) -> rusqlite::Result<Option<Stored>> {
    let sql =
        "select p.id, p.length, (select coalesce(sum(length(bytes)), 0) from visit_photo_piece where photo = p.id),
                 p.held is not null from visit_photo p where p.person = ?1 and p.photo = ?2";
    let mut query = tx.prepare_cached(sql)?;
    query
        .query_row(params![person, photo.as_bytes()], |row| {
            Ok(Stored { id: row.get(0)?, length: row.get(1)?, has: row.get(2)?, held: row.get(3)? })
        })
        .optional()
}

/// Begins one, of which nothing is here yet.
pub fn begin(
    tx: &Transaction<'_>,
    (person, act): (i64, ActId),
    (photo, length): (PhotoId, u32),
    now: Stamp,
) -> rusqlite::Result<Stored> {
    let sql = "insert into visit_photo (person, photo, act, length, received) values (?1, ?2, ?3, ?4, ?5)";
    tx.prepare_cached(sql)?.execute(params![person, photo.as_bytes(), act.as_bytes(), length, now.millis()])?;
    Ok(Stored { id: tx.last_insert_rowid(), length, has: 0, held: false })
}

/// Adds the next piece.
pub fn add(tx: &Transaction<'_>, photo: &Stored, bytes: &[u8]) -> rusqlite::Result<()> {
    let sql = "insert into visit_photo_piece (photo, start, bytes) values (?1, ?2, ?3)";
    tx.prepare_cached(sql)?.execute(params![photo.id, photo.has, bytes])?;
    Ok(())
}

/// Everything of it that is here.
pub fn bytes(tx: &Transaction<'_>, photo: &Stored) -> rusqlite::Result<Vec<u8>> {
    let mut query = tx.prepare_cached("select bytes from visit_photo_piece where photo = ?1 order by start")?;
    let mut all = Vec::with_capacity(photo.length as usize);
    let mut rows = query.query([photo.id])?;
    while let Some(row) = rows.next()? {
        all.extend_from_slice(row.get_ref(0)?.as_blob()?);
    }
    Ok(all)
}

/// It is whole, and what was signed.
pub fn hold(tx: &Transaction<'_>, photo: &Stored, now: Stamp) -> rusqlite::Result<()> {
    tx.prepare_cached("update visit_photo set held = ?2 where id = ?1")?.execute(params![photo.id, now.millis()])?;
    Ok(())
}

/// The pieces do not make what was signed.
pub fn let_go(tx: &Transaction<'_>, photo: &Stored) -> rusqlite::Result<()> {
    tx.prepare_cached("delete from visit_photo_piece where photo = ?1")?.execute([photo.id])?;
    tx.prepare_cached("delete from visit_photo where id = ?1")?.execute([photo.id])?;
    Ok(())
}
