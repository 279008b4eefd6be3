//! The audit at rest: appending inside the door's transaction, reading for posts and for "who has looked". The chain's rules are
//! `record::audit`; nothing here decides what is recorded.

use crate::fault::VaultFault;
use crate::log;
use record::audit::{Break, Entry, Event, Head, Link, epoch_of, first_break};
use record::consent::Clock;
use record::people::Actor;
use record::{ChainId, PersonId, Stamp};
use rusqlite::{Connection, Transaction, params};

/// Appends one entry after `head`; gives the new head and the entry's bytes. Durable when the transaction commits.
pub fn append(
    tx: &Transaction<'_>,
    chain: &ChainId,
    actor: &Actor,
    head: Head,
    (at, clock): (Stamp, Clock),
    event: Event,
) -> Result<(Head, Vec<u8>), VaultFault> {
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
    // The table's own number is the entry's place across epochs.
    tx.prepare_cached("insert into entry (bytes) values (?1)")?.execute([&bytes])?;
    Ok((Head { epoch: head.epoch, seq, link: Link::of(&bytes), at }, bytes))
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

/// How many entries there are, over all epochs.
pub fn count(conn: &Connection) -> Result<u64, VaultFault> {
    let last: i64 = conn.prepare_cached("select coalesce(max(seq), 0) from entry")?.query_row([], |row| row.get(0))?;
    Ok(last as u64)
}

/// What the first entry of an epoch follows.
pub fn start(conn: &Connection, epoch: u32) -> Result<Link, VaultFault> {
    Ok(log::grant(conn, epoch)?.map_or(Link::START, |grant| Link::of(&grant)))
}

/// Entries after place `through`, at most `limit`, in order.
pub fn after(conn: &Connection, through: u64, limit: u32) -> Result<Vec<Vec<u8>>, VaultFault> {
    let mut query = conn.prepare_cached("select bytes from entry where seq > ?1 order by seq limit ?2")?;
    let rows = query.query_map(params![through as i64, limit], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Entries about one person, newest first, each with its place.
pub fn about(conn: &Connection, person: PersonId) -> Result<Vec<(u64, Entry)>, VaultFault> {
    let mut query = conn.prepare_cached("select seq, bytes from entry order by seq desc")?;
    let mut found = Vec::new();
    for row in query.query_map([], |row| Ok((row.get::<_, i64>(0)? as u64, row.get::<_, Vec<u8>>(1)?)))? {
        let (place, bytes) = row?;
        let entry = Entry::from_bytes(&bytes).map_err(|_| VaultFault::Corrupt { what: "audit entry" })?;
        if entry.event.subject() == Some(person) {
            found.push((place, entry));
        }
    }
    Ok(found)
}

/// Overrides declared since then, widening not counted.
pub fn overrides_since(conn: &Connection, since: Stamp) -> Result<u32, VaultFault> {
    let mut query = conn.prepare_cached("select bytes from entry order by seq desc")?;
    let mut count = 0;
    for bytes in query.query_map([], |row| row.get::<_, Vec<u8>>(0))? {
        let entry = Entry::from_bytes(&bytes?).map_err(|_| VaultFault::Corrupt { what: "audit entry" })?;
        if entry.at < since {
            break;
        }
        count += u32::from(matches!(entry.event, Event::BreakGlass { widened: false, .. }));
    }
    Ok(count)
}

/// Walks the whole chain from its first entry, through every epoch the hub granted.
pub fn verify(conn: &Connection, chain: &ChainId) -> Result<Result<Head, Break>, VaultFault> {
    let mut head = Head::START;
    let all = after(conn, 0, u32::MAX)?;
    let mut rest = all.as_slice();
    while let Some((first, others)) = rest.split_first() {
        let epoch = epoch_of(first).unwrap_or(head.epoch);
        if epoch > head.epoch {
            let start = log::grant(conn, epoch)?.and_then(|grant| Head::granted(chain, epoch, &grant));
            head = start.map_or(head, |start| Head { at: head.at, ..start });
        }
        let same = |bytes: &&Vec<u8>| epoch_of(bytes).is_none_or(|epoch| epoch <= head.epoch);
        let (part, left) = rest.split_at(1 + others.iter().take_while(same).count());
        match first_break(chain, head, part.iter().map(Vec::as_slice)) {
            Ok(next) => head = next,
            Err(at) => return Ok(Err(at)),
        }
        rest = left;
    }
    Ok(Ok(head))
}
