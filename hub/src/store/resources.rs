//! Every resource whole, in all its versions: the tables `resource`, `resource_version`, `resource_key` and `import_mark`. Not what could
//! not be taken in: that is `parked`. Bodies are zstd of the bytes as received; what they mean is `crate::intake`.

use super::journal::Told;
use record::Stamp;
use rusqlite::{OptionalExtension, Row, Transaction, params};

/// Names a resource: whose feed, what kind, which id there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key<'a> {
    pub via: i64,
    pub kind: &'a str,
    pub rid: &'a str,
}

/// A resource as it is to be kept.
#[derive(Debug, Clone, Copy)]
pub struct Incoming<'a> {
    pub key: Key<'a>,
    /// The organisation it names as its own.
    pub source: i64,
    /// Whom it is about.
    pub person: Option<i64>,
    pub received: Stamp,
    /// `meta.lastUpdated`.
    pub updated: Option<i64>,
    /// A reference to its organisation that did not resolve.
    pub owner: Option<&'a str>,
    pub hash: &'a [u8; 32],
    /// zstd of the bytes as received.
    pub body: &'a [u8],
    /// A file read again may hold earlier versions: those change nothing. A live feed may go back to an earlier content.
    pub replay: bool,
}

/// What keeping a resource came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    New(i64),
    Changed(i64),
    /// Already there, as the current version or an earlier one.
    Unchanged(i64),
    /// Older than what is held: kept as an earlier version.
    Older(i64),
}

impl Kept {
    pub fn id(self) -> i64 {
        match self {
            Kept::New(id) | Kept::Changed(id) | Kept::Unchanged(id) | Kept::Older(id) => id,
        }
    }
}

/// What is known of a resource without its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    pub id: i64,
    pub source: i64,
    pub person: Option<i64>,
    pub version: i64,
    pub updated: Option<i64>,
    pub hash: [u8; 32],
    /// Its organisation is not known yet.
    pub unowned: bool,
}

/// A resource with its body still compressed.
#[derive(Debug, Clone)]
pub struct Held {
    pub id: i64,
    pub via: i64,
    pub source: i64,
    pub kind: String,
    pub rid: String,
    pub received: Stamp,
    pub body: Vec<u8>,
}

/// What is known of a resource, if it is held.
pub fn find(tx: &Transaction<'_>, key: Key<'_>) -> rusqlite::Result<Option<Known>> {
    tx.prepare_cached(
        "select id, source, person, version, updated, hash, owner is not null from resource
         where via = ?1 and kind = ?2 and rid = ?3",
    )?
    .query_row(params![key.via, key.kind, key.rid], |row| {
        Ok(Known {
            id: row.get(0)?,
            source: row.get(1)?,
            person: row.get(2)?,
            version: row.get(3)?,
            updated: row.get(4)?,
            hash: row.get(5)?,
            unowned: row.get(6)?,
        })
    })
    .optional()
}

/// Keeps a resource: new, as a new version (the old one stays in `resource_version`), or not at all where nothing changes. A
/// change about a person is told to the journal, once in a unit of work.
pub fn keep(tx: &Transaction<'_>, told: &mut Told, new: &Incoming<'_>) -> rusqlite::Result<Kept> {
    // Without `returning`, which would make and drop a table in memory for every row.
    let inserted = tx
        .prepare_cached(
            "insert into resource (via, source, kind, rid, person, version, received, updated, owner, seq, hash, body)
             values (?1, ?2, ?3, ?4, ?5, 1, ?6, ?7, ?8, coalesce(?11, (select seq + 1 from counter)), ?9, ?10)
             on conflict (via, kind, rid) do nothing",
        )?
        .execute(params![
            new.key.via,
            new.source,
            new.key.kind,
            new.key.rid,
            new.person,
            new.received.millis(),
            new.updated,
            new.owner,
            new.hash.as_slice(),
            new.body,
            number(told, new.person)
        ])?;
    if inserted > 0 {
        let id = tx.last_insert_rowid();
        told.tell(tx, new.person, id)?;
        return Ok(Kept::New(id));
    }
    let Some(known) = find(tx, new.key)? else {
        return Err(rusqlite::Error::QueryReturnedNoRows);
    };
    // The same bytes may be about somebody else by now; a file read again says nothing new of that.
    if known.hash == *new.hash && (known.person == new.person || new.replay) {
        return Ok(Kept::Unchanged(known.id));
    }
    if new.replay && has_version(tx, known.id, new.hash)? {
        return Ok(Kept::Unchanged(known.id));
    }
    if matches!((new.updated, known.updated), (Some(new), Some(held)) if new < held) {
        return file_older(tx, known.id, new.received, new.hash, new.body);
    }
    tx.prepare_cached(
        "insert into resource_version (resource, version, received, hash, body)
         select id, version, received, hash, body from resource where id = ?1",
    )?
    .execute([known.id])?;
    tx.prepare_cached(
        "update resource set version = (select max(version) + 1 from resource_version where resource = ?1),
           source = ?2, person = ?3, received = ?4, updated = ?5, owner = ?6, hash = ?7, body = ?8,
           seq = coalesce(?9, (select seq + 1 from counter))
         where id = ?1",
    )?
    .execute(params![
        known.id,
        new.source,
        new.person,
        new.received.millis(),
        new.updated,
        new.owner,
        new.hash.as_slice(),
        new.body,
        number(told, new.person)
    ])?;
    told.tell(tx, new.person, known.id)?;
    if known.person.is_some() {
        // It may have been about somebody else until now: their record changes too.
        told.tell(tx, known.person, known.id)?;
    }
    Ok(Kept::Changed(known.id))
}

/// The number that this unit of work's change of that record has; null: the next one.
fn number(told: &Told, person: Option<i64>) -> Option<i64> {
    told.number(person).map(|number| number as i64)
}

fn has_version(tx: &Transaction<'_>, id: i64, hash: &[u8; 32]) -> rusqlite::Result<bool> {
    tx.prepare_cached("select 1 from resource_version where resource = ?1 and hash = ?2")?
        .exists(params![id, hash.as_slice()])
}

/// Files a version that is not to be the current one: the current one gets the next number and stays in force.
pub fn file_older(
    tx: &Transaction<'_>,
    id: i64,
    received: Stamp,
    hash: &[u8; 32],
    body: &[u8],
) -> rusqlite::Result<Kept> {
    if has_version(tx, id, hash)? {
        return Ok(Kept::Unchanged(id));
    }
    tx.prepare_cached(
        "insert into resource_version (resource, version, received, hash, body)
         select id, version, ?2, ?3, ?4 from resource where id = ?1",
    )?
    .execute(params![id, received.millis(), hash.as_slice(), body])?;
    tx.prepare_cached("update resource set version = version + 1 where id = ?1")?.execute([id])?;
    Ok(Kept::Older(id))
}

/// Takes a resource off the person it was about: its source says that it is about somebody else, whom nobody knows yet.
pub fn detach(tx: &Transaction<'_>, told: &mut Told, known: &Known) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "update resource set person = null, seq = coalesce(?2, (select seq + 1 from counter)) where id = ?1",
    )?
    .execute(params![known.id, number(told, known.person)])?;
    told.tell(tx, known.person, known.id)
}

/// Whether these very bytes are held, as the current version or an earlier one.
pub fn holds(tx: &Transaction<'_>, key: Key<'_>, hash: &[u8; 32]) -> rusqlite::Result<bool> {
    let Some(known) = find(tx, key)? else { return Ok(false) };
    Ok(known.hash == *hash || has_version(tx, known.id, hash)?)
}

/// The name of what is set apart: no feed can send it (an id has no `~`).
pub fn apart(rid: &str, row: i64) -> String {
    format!("{rid}~was-{row}")
}

/// Whether these very bytes are held of what had this name before it was set apart.
pub fn held_apart(tx: &Transaction<'_>, key: Key<'_>, hash: &[u8; 32]) -> rusqlite::Result<bool> {
    let sql = "select 1 from resource r where via = ?1 and kind = ?2 and rid glob ?3 || '~was-*' and
                 (hash = ?4 or exists (select 1 from resource_version v where v.resource = r.id and v.hash = ?4))";
    tx.prepare_cached(sql)?.exists(params![key.via, key.kind, key.rid, hash.as_slice()])
}

/// Gives a resource, with its versions, a name that no feed can send: what it holds stays with whom it is about, and its id is free for
/// somebody else.
pub fn set_apart(tx: &Transaction<'_>, told: &mut Told, known: &Known, name: &str) -> rusqlite::Result<()> {
    tx.prepare_cached("update resource set rid = ?2, seq = coalesce(?3, (select seq + 1 from counter)) where id = ?1")?
        .execute(params![known.id, name, number(told, known.person)])?;
    told.tell(tx, known.person, known.id)
}

/// The feeds by which a resource of that kind and id came.
pub fn named(tx: &Transaction<'_>, kind: &str, rid: &str) -> rusqlite::Result<Vec<i64>> {
    let mut statement = tx.prepare_cached("select via from resource where kind = ?1 and rid = ?2")?;
    statement.query_map([kind, rid], |row| row.get(0))?.collect()
}

/// Says whose data a resource is, now that it is known.
pub fn set_source(
    tx: &Transaction<'_>,
    told: &mut Told,
    id: i64,
    source: i64,
    person: Option<i64>,
) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "update resource set source = ?2, owner = null, seq = coalesce(?3, (select seq + 1 from counter)) where id = ?1",
    )?
    .execute(params![id, source, number(told, person)])?;
    told.tell(tx, person, id)
}

/// A resource whose organisation was not known when it came.
#[derive(Debug, Clone)]
pub struct Unowned {
    pub id: i64,
    pub via: i64,
    pub person: Option<i64>,
    /// The reference that did not resolve.
    pub owner: String,
}

/// Resources without a known organisation, after the row `after`.
pub fn unowned(tx: &Transaction<'_>, after: i64, limit: u32) -> rusqlite::Result<Vec<Unowned>> {
    let mut statement = tx.prepare_cached(
        "select id, via, person, owner from resource where owner is not null and id > ?1 order by id limit ?2",
    )?;
    let rows = statement.query_map(params![after, limit], |r| {
        Ok(Unowned { id: r.get(0)?, via: r.get(1)?, person: r.get(2)?, owner: r.get(3)? })
    })?;
    rows.collect()
}

fn held(row: &Row<'_>) -> rusqlite::Result<Held> {
    Ok(Held {
        id: row.get(0)?,
        via: row.get(1)?,
        source: row.get(2)?,
        kind: row.get(3)?,
        rid: row.get(4)?,
        received: Stamp::from_millis(row.get(5)?),
        body: row.get(6)?,
    })
}

/// Whether anything of that kind is held about a person.
pub fn any_of_kind(tx: &Transaction<'_>, person: i64, kind: &str) -> rusqlite::Result<bool> {
    let sql = "select exists (select 1 from resource where person = ?1 and kind = ?2)";
    tx.prepare_cached(sql)?.query_row(params![person, kind], |row| row.get(0))
}

/// Everything held about a person, in a stable order.
pub fn of_person(tx: &Transaction<'_>, person: i64) -> rusqlite::Result<Vec<Held>> {
    let mut statement = tx.prepare_cached(
        "select id, via, source, kind, rid, received, body from resource where person = ?1 order by kind, rid, via",
    )?;
    let rows = statement.query_map([person], held)?;
    rows.collect()
}

/// One resource with its body.
pub fn get(tx: &Transaction<'_>, key: Key<'_>) -> rusqlite::Result<Option<Held>> {
    tx.prepare_cached(
        "select id, via, source, kind, rid, received, body from resource where via = ?1 and kind = ?2 and rid = ?3",
    )?
    .query_row(params![key.via, key.kind, key.rid], held)
    .optional()
}

/// One resource with its body, if it is about nobody: what somebody's resource refers to never brings another person's in.
pub fn shared(tx: &Transaction<'_>, key: Key<'_>) -> rusqlite::Result<Option<Held>> {
    tx.prepare_cached(
        "select id, via, source, kind, rid, received, body from resource
         where via = ?1 and kind = ?2 and rid = ?3 and person is null",
    )?
    .query_row(params![key.via, key.kind, key.rid], held)
    .optional()
}

/// Remembers a business identifier of a resource about nobody.
pub fn add_key(tx: &Transaction<'_>, system: &str, value: &str, resource: i64) -> rusqlite::Result<()> {
    tx.prepare_cached("insert into resource_key (system, value, resource) values (?1, ?2, ?3) on conflict do nothing")?
        .execute(params![system, value, resource])
        .map(drop)
}

/// The resource of a kind that has a business identifier, whichever feed it came by; the first where there are several.
pub fn by_key(tx: &Transaction<'_>, kind: &str, system: &str, value: &str) -> rusqlite::Result<Option<Held>> {
    tx.prepare_cached(
        "select r.id, r.via, r.source, r.kind, r.rid, r.received, r.body
         from resource_key k join resource r on r.id = k.resource
         where k.system = ?1 and k.value = ?2 and r.kind = ?3 and r.person is null order by r.id limit 1",
    )?
    .query_row(params![system, value, kind], held)
    .optional()
}

/// How many resources there are of each kind.
pub fn count_kinds(tx: &Transaction<'_>) -> rusqlite::Result<Vec<(String, u64)>> {
    let mut statement = tx.prepare("select kind, count(*) from resource group by kind order by kind")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)? as u64)))?;
    rows.collect()
}

/// How far an import got in a file: documents committed, and whether that was all.
pub fn mark(tx: &Transaction<'_>, file: &[u8; 32]) -> rusqlite::Result<Option<(u64, bool)>> {
    tx.prepare_cached("select documents, done from import_mark where file_hash = ?1")?
        .query_row([file.as_slice()], |row| Ok((row.get::<_, i64>(0)? as u64, row.get::<_, i64>(1)? != 0)))
        .optional()
}

/// Notes how far an import got, in the transaction of what it got.
pub fn set_mark(tx: &Transaction<'_>, file: &[u8; 32], documents: u64, done: bool) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "insert into import_mark (file_hash, documents, done) values (?1, ?2, ?3)
         on conflict (file_hash) do update set documents = ?2, done = ?3",
    )?
    .execute(params![file.as_slice(), documents as i64, i64::from(done)])
    .map(drop)
}
