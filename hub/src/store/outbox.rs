//! Segments of devices' outboxes: which came, from whose chain, and those whose audit waits for entries before it. What was in them is
//! where it belongs; only a waiting one is kept as it came.

use record::{ChainId, Stamp};
use rusqlite::{Transaction, params};
use sync::outbox::{Outline, SegmentId};

/// A segment that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Came {
    pub name: String,
    pub chain: String,
    pub commits: u64,
    /// Device time at which it was begun.
    pub begun: Stamp,
    /// Hub time at which it, or its last lengthening, came.
    pub received: Stamp,
    /// Its audit waits for entries that have not come.
    pub waiting: bool,
}

/// Notes that a segment came; `waiting` is the segment, while its audit cannot be taken in.
pub fn put(
    tx: &Transaction<'_>,
    (outline, chain): (&Outline, &ChainId),
    begun: Stamp,
    waiting: Option<&[u8]>,
    now: Stamp,
) -> rusqlite::Result<()> {
    let sql = "insert into outbox_segment (id, chain, length, commits, begun, received, waiting)
               values (?1, ?2, ?3, ?4, ?5, ?6, ?7)
               on conflict (id) do update set received = iif(?3 > length, ?6, received),
                 commits = max(commits, ?4), length = max(length, ?3),
                 waiting = iif(?7 is null or length(?7) >= length(coalesce(waiting, zeroblob(0))), ?7, waiting)";
    tx.prepare_cached(sql)?
        .execute(params![
            outline.id.0,
            chain.as_str(),
            outline.length as i64,
            outline.frames as i64,
            begun.millis(),
            now.millis(),
            waiting
        ])
        .map(drop)
}

/// Segments of this chain that wait for entries before them, oldest first.
pub fn waiting(tx: &Transaction<'_>, chain: &ChainId) -> rusqlite::Result<Vec<(SegmentId, Vec<u8>)>> {
    let sql = "select id, waiting from outbox_segment where chain = ?1 and waiting is not null order by begun, id";
    let mut query = tx.prepare_cached(sql)?;
    query.query_map([chain.as_str()], |row| Ok((SegmentId(row.get(0)?), row.get(1)?)))?.collect()
}

/// Its audit has been taken in.
pub fn waits_no_more(tx: &Transaction<'_>, id: SegmentId) -> rusqlite::Result<()> {
    tx.prepare_cached("update outbox_segment set waiting = null where id = ?1")?.execute([id.0]).map(drop)
}

/// Every segment that came, newest first.
pub fn list(tx: &Transaction<'_>) -> rusqlite::Result<Vec<Came>> {
    let sql = "select id, chain, commits, begun, received, waiting is not null from outbox_segment
               order by received desc, id";
    let mut query = tx.prepare_cached(sql)?;
    let rows = query.query_map([], |row| {
        Ok(Came {
            name: SegmentId(row.get(0)?).to_string(),
            chain: row.get(1)?,
            commits: row.get::<_, i64>(2)? as u64,
            begun: Stamp::from_millis(row.get(3)?),
            received: Stamp::from_millis(row.get(4)?),
            waiting: row.get(5)?,
        })
    })?;
    rows.collect()
}
