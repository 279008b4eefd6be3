//! The audit at rest: appending inside the door's transaction, reading for posts and for "who has looked". The chain's rules are
//! `record::audit`; nothing here decides what is recorded.

use crate::fault::VaultFault;
use record::audit::{Break, Entry, Event, Head, Link, first_break};
use record::consent::Clock;
use record::people::Actor;
use record::{ChainId, PersonId, Stamp};
use rusqlite::{Connection, Transaction, params};

/// Appends one entry after `head`; gives the new head. Durable when the transaction commits.
pub fn append(
    tx: &Transaction<'_>,
    chain: &ChainId,
    actor: &Actor,
    head: Head,
    (at, clock): (Stamp, Clock),
    event: Event,
) -> Result<Head, VaultFault> {
    let seq = head.seq + 1;
    let entry = Entry {
        chain: chain.clone(),
        epoch: head.epoch,
        seq,
        prev: head.link,
        at,
        clock,
        staff: actor.staff.clone(),
        role: actor.role,
        organisation: actor.organisation.ods.clone(),
        event,
    };
    let bytes = entry.to_bytes();
    tx.prepare_cached("insert into entry (seq, bytes) values (?1, ?2)")?.execute(params![seq as i64, bytes])?;
    Ok(Head { epoch: head.epoch, seq, link: Link::of(&bytes), at })
}

/// Where the chain stands, from its last entry.
pub fn head(conn: &Connection) -> Result<Head, VaultFault> {
    let last = conn
        .prepare_cached("select bytes from entry order by seq desc limit 1")?
        .query_map([], |row| row.get::<_, Vec<u8>>(0))?
        .next()
        .transpose()?;
    let Some(bytes) = last else { return Ok(Head::START) };
    let entry = Entry::from_bytes(&bytes).map_err(|_| VaultFault::Corrupt { what: "audit entry" })?;
    Ok(Head { epoch: entry.epoch, seq: entry.seq, link: Link::of(&bytes), at: entry.at })
}

/// Entries after `through`, at most `limit`, in order.
pub fn after(conn: &Connection, through: u64, limit: u32) -> Result<Vec<Vec<u8>>, VaultFault> {
    let mut query = conn.prepare_cached("select bytes from entry where seq > ?1 order by seq limit ?2")?;
    let rows = query.query_map(params![through as i64, limit], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Entries about one person, newest first.
pub fn about(conn: &Connection, person: PersonId) -> Result<Vec<Entry>, VaultFault> {
    let mut query = conn.prepare_cached("select bytes from entry order by seq desc")?;
    let mut found = Vec::new();
    for bytes in query.query_map([], |row| row.get::<_, Vec<u8>>(0))? {
        let entry = Entry::from_bytes(&bytes?).map_err(|_| VaultFault::Corrupt { what: "audit entry" })?;
        if entry.event.subject() == Some(person) {
            found.push(entry);
        }
    }
    Ok(found)
}

/// Walks the whole chain from its first entry.
pub fn verify(conn: &Connection, chain: &ChainId) -> Result<Result<Head, Break>, VaultFault> {
    let all = after(conn, 0, u32::MAX)?;
    Ok(first_break(chain, Head::START, all.iter().map(Vec::as_slice)))
}
