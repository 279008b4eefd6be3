//! The audit at rest: every accepted entry of every chain, and every one kept aside as evidence, is a leaf of one log in the order in
//! which it came. Nothing here judges: what is accepted is `crate::post`'s and `record::audit`'s to say.

use super::{log, looks};
use record::audit::{Entry, Event, Head, Link};
use record::consent::Clock;
use record::people::{Actor, Role};
use record::{ChainId, OdsCode, PersonId, StaffId, Stamp};
use rusqlite::{OptionalExtension, Row, Transaction, params};
use sync::witness::BatchMark;

/// The hub's own chain. No device is called `hub`, so no post can claim it.
pub const OWN: &str = "hub/acts";
/// Who acts when nobody does: the hub itself, answering a device.
pub const ITSELF: &str = "satchel-hub";
/// The `meta` row with the hub's own organisation code.
const ODS: &str = "hub-ods";

/// A chain as the hub holds it.
#[derive(Debug, Clone)]
pub struct Chain {
    row: i64,
    pub head: Head,
    /// When its last entry was received; `None` before the first.
    pub received: Option<Stamp>,
    /// When a post last left nothing of it unsent.
    pub complete: Option<Stamp>,
    pub quarantined: bool,
}

/// Where a chain stands; an unknown one stands at its start.
pub fn chain(tx: &Transaction<'_>, id: &ChainId) -> rusqlite::Result<Chain> {
    let sql = "select id, epoch, seq, link, at, received, quarantined, complete from audit_chain where name = ?1";
    let read = |row: &Row<'_>| {
        let head = Head {
            epoch: row.get(1)?,
            seq: row.get::<_, i64>(2)? as u64,
            link: Link::from_bytes(row.get(3)?),
            at: Stamp::from_millis(row.get(4)?),
        };
        let quarantined = row.get::<_, Option<i64>>(6)?.is_some();
        let complete = row.get::<_, Option<i64>>(7)?.map(Stamp::from_millis);
        Ok(Chain { row: row.get(0)?, head, received: Some(Stamp::from_millis(row.get(5)?)), complete, quarantined })
    };
    let found = tx.prepare_cached(sql)?.query_row([id.as_str()], read).optional()?;
    Ok(found.unwrap_or(Chain { row: 0, head: Head::START, received: None, complete: None, quarantined: false }))
}

/// Moves a chain's head, making the chain if it is new; gives its row.
fn move_to(tx: &Transaction<'_>, id: &ChainId, head: Head, received: Stamp, closed: bool) -> rusqlite::Result<i64> {
    tx.prepare_cached(
        "insert into audit_chain (name, epoch, seq, link, at, received, closed) values (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         on conflict (name) do update set epoch = ?2, seq = ?3, link = ?4, at = ?5, received = ?6, closed = ?7
         returning id",
    )?
    .query_row(
        params![
            id.as_str(),
            head.epoch,
            head.seq as i64,
            head.link.as_bytes(),
            head.at.millis(),
            received.millis(),
            closed
        ],
        |row| row.get(0),
    )
}

/// Adds entries that were verified from the held head, and moves it.
pub fn extend(
    tx: &Transaction<'_>,
    id: &ChainId,
    head: Head,
    entries: &[Vec<u8>],
    received: Stamp,
) -> rusqlite::Result<()> {
    let last = entries.last().and_then(|bytes| Entry::from_bytes(bytes).ok());
    let closed = last.is_some_and(|entry| matches!(entry.event, Event::SignedOut { .. }));
    let row = move_to(tx, id, head, received, closed)?;
    let first = head.seq + 1 - entries.len() as u64;
    put(tx, row, head.epoch, first, entries, received, false).map(drop)
}

/// Nothing of the chain was left unsent at this moment.
pub fn complete(tx: &Transaction<'_>, id: &ChainId, now: Stamp) -> rusqlite::Result<()> {
    tx.prepare_cached("update audit_chain set complete = ?2 where name = ?1")?
        .execute(params![id.as_str(), now.millis()])
        .map(drop)
}

/// Keeps entries that a chain does not accept, once each: they may be true looks, and are evidence. Gives those that were new.
pub fn keep_aside(
    tx: &Transaction<'_>,
    id: &ChainId,
    (epoch, first): (u32, u64),
    entries: &[Vec<u8>],
    received: Stamp,
) -> rusqlite::Result<Vec<Vec<u8>>> {
    let held = chain(tx, id)?;
    let row = if held.row == 0 { move_to(tx, id, held.head, received, true)? } else { held.row };
    let known = "select exists (select 1 from audit_entry where chain = ?1 and epoch = ?2 and seq = ?3 and bytes = ?4)";
    let mut new = Vec::new();
    for (seq, bytes) in (first..).zip(entries) {
        let (epoch, seq) = Entry::from_bytes(bytes).map_or((epoch, seq), |entry| (entry.epoch, entry.seq));
        let known: bool =
            tx.prepare_cached(known)?.query_row(params![row, epoch, seq as i64, bytes], |row| row.get(0))?;
        if !known {
            put(tx, row, epoch, seq, std::slice::from_ref(bytes), received, true)?;
            new.push(bytes.clone());
        }
    }
    Ok(new)
}

/// Writes entries as leaves; gives the first one's place in the log.
fn put(
    tx: &Transaction<'_>,
    chain: i64,
    epoch: u32,
    first: u64,
    entries: &[Vec<u8>],
    received: Stamp,
    aside: bool,
) -> rusqlite::Result<u64> {
    let leaves: Vec<_> = entries.iter().map(|bytes| *Link::of(bytes).as_bytes()).collect();
    let start = log::append(tx, &leaves)?;
    let mut insert = tx.prepare_cached(
        "insert into audit_entry (leaf, chain, epoch, seq, aside, received, bytes) values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    let mut about = tx.prepare_cached("insert or ignore into audit_subject (person, leaf) values (?1, ?2)")?;
    for ((leaf, seq), bytes) in (start..).zip(first..).zip(entries) {
        insert.execute(params![leaf as i64, chain, epoch, seq as i64, aside, received.millis(), bytes])?;
        let Ok(entry) = Entry::from_bytes(bytes) else { continue };
        looks::note(tx, leaf, &entry)?;
        for person in entry.event.subjects() {
            about.execute(params![person.as_bytes(), leaf as i64])?;
        }
    }
    Ok(start)
}

/// One accepted entry: its place in the log and its bytes.
pub fn entry(tx: &Transaction<'_>, id: &ChainId, epoch: u32, seq: u64) -> rusqlite::Result<Option<(u64, Vec<u8>)>> {
    tx.prepare_cached(
        "select e.leaf, e.bytes from audit_entry e join audit_chain c on c.id = e.chain
         where c.name = ?1 and e.epoch = ?2 and e.seq = ?3 and e.aside = 0",
    )?
    .query_row(params![id.as_str(), epoch, seq as i64], |row| Ok((row.get::<_, i64>(0)? as u64, row.get(1)?)))
    .optional()
}

/// Every entry at a place, those kept aside too, in the order in which they came: of a copied device there are two.
pub fn entries_at(tx: &Transaction<'_>, id: &ChainId, epoch: u32, seq: u64) -> rusqlite::Result<Vec<Vec<u8>>> {
    tx.prepare_cached(
        "select e.bytes from audit_entry e join audit_chain c on c.id = e.chain
         where c.name = ?1 and e.epoch = ?2 and e.seq = ?3 order by e.aside, e.leaf",
    )?
    .query_map(params![id.as_str(), epoch, seq as i64], |row| row.get(0))?
    .collect()
}

/// Keeps the author's signature over the chain as it stands at `mark.through`.
pub fn keep_mark(tx: &Transaction<'_>, id: &ChainId, mark: &BatchMark) -> rusqlite::Result<()> {
    let row = chain(tx, id)?.row;
    tx.prepare_cached("insert or ignore into audit_batch (chain, epoch, through, signature) values (?1, ?2, ?3, ?4)")?
        .execute(params![row, mark.epoch, mark.through as i64, mark.signature])
        .map(drop)
}

// ---- epochs -------------------------------------------------------------------------------------------------------------

/// Opens a new epoch of a chain after this entry of the hub's own.
pub fn open_epoch(tx: &Transaction<'_>, id: &ChainId, epoch: u32, grant: &Acted, now: Stamp) -> rusqlite::Result<()> {
    let before = chain(tx, id)?.head;
    let head = Head { epoch, seq: 0, link: Link::of(&grant.bytes), at: before.at };
    let row = move_to(tx, id, head, now, true)?;
    tx.prepare_cached("insert into audit_grant (chain, epoch, leaf) values (?1, ?2, ?3)")?
        .execute(params![row, epoch, grant.leaf as i64])
        .map(drop)
}

/// The entry of the hub's own chain that opened the chain's present epoch.
pub fn grant(tx: &Transaction<'_>, id: &ChainId) -> rusqlite::Result<Option<Vec<u8>>> {
    tx.prepare_cached(
        "select e.bytes from audit_chain c join audit_grant g on g.chain = c.id and g.epoch = c.epoch
         join audit_entry e on e.leaf = g.leaf where c.name = ?1",
    )?
    .query_row([id.as_str()], |row| row.get(0))
    .optional()
}

/// Two devices speak as this one, or no longer.
pub fn quarantine(tx: &Transaction<'_>, name: &str, since: Option<Stamp>) -> rusqlite::Result<()> {
    let sql = "update audit_chain set quarantined = case when ?2 is null then null else coalesce(quarantined, ?2) end
               where name = ?1";
    tx.prepare_cached(sql)?.execute(params![name, since.map(Stamp::millis)]).map(drop)
}

// ---- the hub's own acts -------------------------------------------------------------------------------------------------

/// An entry of the hub's own chain, as written.
#[derive(Debug, Clone)]
pub struct Acted {
    pub leaf: u64,
    pub bytes: Vec<u8>,
}

/// Records an act of the hub, done by `by`, in its own chain and in the caller's transaction.
pub fn act(tx: &Transaction<'_>, by: &StaffId, event: Event, now: Stamp) -> rusqlite::Result<Acted> {
    let organisation = own_code(tx)?;
    write(tx, (by.clone(), Role::Admin, organisation), event, now)
}

/// Records what somebody of the register did at the hub, in their own role: a look, a choice taken down, a review.
pub fn act_of(tx: &Transaction<'_>, by: &Actor, event: Event, now: Stamp) -> rusqlite::Result<Acted> {
    write(tx, (by.staff.clone(), by.role, by.organisation.ods.clone()), event, now)
}

fn write(
    tx: &Transaction<'_>,
    (staff, role, organisation): (StaffId, Role, OdsCode),
    event: Event,
    now: Stamp,
) -> rusqlite::Result<Acted> {
    let id: ChainId = parsed(OWN.to_owned())?;
    let head = chain(tx, &id)?.head;
    let seq = head.seq + 1;
    let at = now.max(head.at);
    let entry = Entry {
        chain: id.clone(),
        epoch: head.epoch,
        seq,
        prev: head.link,
        at,
        clock: if at == now { Clock::Trusted } else { Clock::Suspect },
        staff,
        role,
        organisation,
        event,
    };
    let bytes = entry.to_bytes();
    let head = Head { epoch: head.epoch, seq, link: Link::of(&bytes), at };
    extend(tx, &id, head, std::slice::from_ref(&bytes), now)?;
    Ok(Acted { leaf: log::size(tx)? - 1, bytes })
}

/// An act by the hub itself.
pub fn act_itself(tx: &Transaction<'_>, event: Event, now: Stamp) -> rusqlite::Result<Acted> {
    act(tx, &parsed(ITSELF.to_owned())?, event, now)
}

/// The hub's own organisation code, as `init` was told.
pub fn own_code(tx: &Transaction<'_>) -> rusqlite::Result<OdsCode> {
    let kept: Option<Vec<u8>> =
        tx.prepare_cached("select value from meta where key = ?1")?.query_row([ODS], |row| row.get(0)).optional()?;
    let text = kept.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_else(|| "ZZHUB".to_owned());
    parsed(text)
}

pub fn keep_own_code(tx: &Transaction<'_>, ods: &OdsCode) -> rusqlite::Result<()> {
    tx.prepare_cached("insert or replace into meta (key, value) values (?1, ?2)")?
        .execute(params![ODS, ods.as_str().as_bytes()])
        .map(drop)
}

// ---- reading ------------------------------------------------------------------------------------------------------------

/// An entry as it lies in the log.
#[derive(Debug, Clone)]
pub struct Held {
    pub leaf: u64,
    pub chain: String,
    pub epoch: u32,
    pub seq: u64,
    pub aside: bool,
    pub received: Stamp,
    pub bytes: Vec<u8>,
}

pub(super) const HELD: &str = "select e.leaf, c.name, e.epoch, e.seq, e.aside, e.received, e.bytes
                    from audit_entry e join audit_chain c on c.id = e.chain";

pub(super) fn held(row: &Row<'_>) -> rusqlite::Result<Held> {
    Ok(Held {
        leaf: row.get::<_, i64>(0)? as u64,
        chain: row.get(1)?,
        epoch: row.get(2)?,
        seq: row.get::<_, i64>(3)? as u64,
        aside: row.get(4)?,
        received: Stamp::from_millis(row.get(5)?),
        bytes: row.get(6)?,
    })
}

/// The log from `leaf` on, at most `limit` entries, in order.
pub fn from_leaf(tx: &Transaction<'_>, leaf: u64, limit: u32) -> rusqlite::Result<Vec<Held>> {
    let sql = format!("{HELD} where e.leaf >= ?1 order by e.leaf limit ?2");
    tx.prepare_cached(&sql)?.query_map(params![leaf as i64, limit], held)?.collect()
}

/// Everything recorded about one person, in the order in which it reached the hub.
pub fn about(tx: &Transaction<'_>, person: PersonId) -> rusqlite::Result<Vec<Held>> {
    let sql = format!("{HELD} join audit_subject s on s.leaf = e.leaf where s.person = ?1 order by e.leaf");
    tx.prepare_cached(&sql)?.query_map([person.as_bytes().as_slice()], held)?.collect()
}

/// Marks of one chain's batches as kept: chain, mark.
pub fn marks(tx: &Transaction<'_>) -> rusqlite::Result<Vec<(String, BatchMark)>> {
    let sql = "select c.name, b.epoch, b.through, b.signature from audit_batch b join audit_chain c on c.id = b.chain
               order by c.name, b.epoch, b.through";
    let read = |row: &Row<'_>| {
        let mark = BatchMark { epoch: row.get(1)?, through: row.get::<_, i64>(2)? as u64, signature: row.get(3)? };
        Ok((row.get(0)?, mark))
    };
    tx.prepare_cached(sql)?.query_map([], read)?.collect()
}

/// Chains, accepted entries, entries kept aside.
pub fn counts(tx: &Transaction<'_>) -> rusqlite::Result<(u64, u64, u64)> {
    let count = |sql: &str| tx.query_row(sql, [], |row| row.get::<_, i64>(0)).map(|n| n as u64);
    let aside = count("select count(*) from audit_entry where aside = 1")?;
    Ok((count("select count(*) from audit_chain")?, log::size(tx)? - aside, aside))
}

/// There are entries that the tree does not hold: a log that was kept before it had one.
pub(super) fn lacks_tree(tx: &Transaction<'_>) -> rusqlite::Result<bool> {
    Ok(!from_leaf(tx, log::size(tx)?, 1)?.is_empty())
}

/// Hashes them.
pub(super) fn grow_tree(tx: &Transaction<'_>) -> rusqlite::Result<()> {
    loop {
        let size = log::size(tx)?;
        let rest = from_leaf(tx, size, 10_000)?;
        if rest.is_empty() {
            return Ok(());
        }
        let leaves: Vec<_> = rest.iter().map(|held| *Link::of(&held.bytes).as_bytes()).collect();
        log::append(tx, &leaves)?;
    }
}

fn parsed<T: std::str::FromStr>(text: String) -> rusqlite::Result<T>
where
    T::Err: std::error::Error + Send + Sync + 'static,
{
    text.parse().map_err(|e| rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(e)))
}
