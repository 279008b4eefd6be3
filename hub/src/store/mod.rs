//! The hub's memory: one encrypted SQLite file, one writer, whole units of work. SQL stands only in this folder. Not a pool, not an
//! ORM, and not a place for rules: what is owed to whom is `routing`, who may see what is `record::consent`.

pub mod alarms;
pub mod alerts;
pub mod audit;
pub mod bags;
pub mod caseload;
pub mod consent;
pub mod drafts;
pub mod frames;
pub mod journal;
pub mod lease;
pub mod log;
pub mod looks;
pub mod officers;
pub mod outbox;
pub mod parked;
pub mod partners;
pub mod people;
pub mod photos;
pub mod plans;
pub mod prealerts;
pub mod resources;
pub mod seen;
pub mod trust;
pub mod visits;

use jiff::SignedDuration;
use record::{DeviceId, Stamp};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use thiserror::Error;
use zeroize::Zeroizing;

/// Why the store could not do its work. Log-safe: nothing of what is stored is repeated.
#[derive(Debug, Error)]
pub enum StoreFault {
    #[error("the hub's database could not be read or written")]
    Sql(#[from] rusqlite::Error),
    #[error("the key does not open the hub's database, or the file is damaged")]
    WrongKey,
    #[error("the database was written by a newer version of satchel-hub (schema {found}, this one knows {known})")]
    Newer { found: i64, known: i64 },
    #[error("a stored {what} could not be read back")]
    Corrupt { what: &'static str },
    #[error("the disk is full")]
    Full,
    #[error("no {what} of that name")]
    Unknown { what: &'static str },
}

impl StoreFault {
    /// Disk full is told apart: it is the one an administrator mends at once.
    pub(crate) fn of(error: rusqlite::Error) -> StoreFault {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => StoreFault::Full,
            Some(rusqlite::ErrorCode::NotADatabase) => StoreFault::WrongKey,
            _ => StoreFault::Sql(error),
        }
    }
}

/// The number of the reading of resources into facts (`crate::intake::project`): raised with every change of what is read, so that people
/// whose frames were made by an earlier one are read anew. 1: before it was counted.
pub const PROJECTION: u32 = 3;

/// The schema this version writes; earlier ones are migrated in one transaction each.
const MIGRATIONS: &[&str] = &[
    include_str!("schema_1.sql"),
    include_str!("schema_2.sql"),
    include_str!("schema_3.sql"),
    include_str!("schema_4.sql"),
    include_str!("schema_5.sql"),
    include_str!("schema_6.sql"),
    include_str!("schema_7.sql"),
    include_str!("schema_8.sql"),
    include_str!("schema_9.sql"),
    include_str!("schema_10.sql"),
    include_str!("schema_11.sql"),
    include_str!("schema_12.sql"),
    include_str!("schema_13.sql"),
    include_str!("schema_14.sql"),
    include_str!("schema_15.sql"),
    include_str!("schema_16.sql"),
    include_str!("schema_17.sql"),
    include_str!("schema_18.sql"),
    include_str!("schema_19.sql"),
];

/// Statements kept compiled: more than this folder has, so that none pushes out another.
const STATEMENTS: usize = 512;
/// How long it waits to be written that a device was heard from.
const HEARD_WAITS: SignedDuration = SignedDuration::from_secs(60);

/// The hub's database, open for writing. Its connection is its own; others work inside [`Store::write`] and [`Store::read`].
///
/// ```compile_fail,E0616
/// fn beside_the_store(store: hub::store::Store) { store.conn; }
/// ```
pub struct Store {
    conn: Connection,
    path: PathBuf,
    /// Devices that were answered without anything being written, and when: the next unit of work says so.
    heard: BTreeMap<DeviceId, Stamp>,
    /// When the first of them was.
    heard_from: Option<Stamp>,
}

impl Store {
    /// Opens or makes the file with a raw 256-bit key (no PBKDF2: the key is random, `design/performance.md`).
    pub fn open(path: &Path, key: &[u8; 32]) -> Result<Store, StoreFault> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = Connection::open_with_flags(path, flags).map_err(StoreFault::of)?;
        let hex = Zeroizing::new(key.iter().map(|b| format!("{b:02x}")).collect::<String>());
        let pragma = Zeroizing::new(format!("x'{}'", *hex));
        conn.pragma_update(None, "key", pragma.as_str()).map_err(StoreFault::of)?;
        // SQLCipher writes to stderr on a wrong key unless told not to.
        conn.execute_batch("pragma cipher_log_level = none;").map_err(StoreFault::of)?;
        conn.query_row("select count(*) from sqlite_master", [], |_| Ok(())).map_err(|_| StoreFault::WrongKey)?;
        conn.execute_batch(
            // WAL: readers never wait for the writer. FULL: an acknowledged feed message survives power loss.
            "pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on;
             pragma busy_timeout = 10000; pragma cache_size = -65536; pragma temp_store = memory;
             pragma wal_autocheckpoint = 4000;",
        )
        .map_err(StoreFault::of)?;
        // A statement kept is not compiled again for the value of its limit: that was a third of what a quiet post cost.
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(StoreFault::of)?;
        conn.set_prepared_statement_cache_capacity(STATEMENTS);
        let mut store = Store { conn, path: path.to_owned(), heard: BTreeMap::new(), heard_from: None };
        store.migrate()?;
        Ok(store)
    }

    /// The file, so that another thread can open a connection of its own.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn migrate(&mut self) -> Result<(), StoreFault> {
        let known = MIGRATIONS.len() as i64;
        let found: i64 = self.conn.query_row("pragma user_version", [], |row| row.get(0)).map_err(StoreFault::of)?;
        if found > known {
            return Err(StoreFault::Newer { found, known });
        }
        for (version, sql) in (1..).zip(MIGRATIONS).skip(found as usize) {
            self.write(|tx| {
                tx.execute_batch(sql)?;
                tx.pragma_update(None, "user_version", version)
            })?;
        }
        if self.read(audit::lacks_tree)? {
            self.write(audit::grow_tree)?;
        }
        if self.read(looks::lacks_index)? {
            self.write(looks::index_all)?;
        }
        if self.read(|tx| journal::is_read_otherwise(tx, PROJECTION))? {
            self.write(|tx| journal::read_anew(tx, PROJECTION))?;
        }
        Ok(())
    }

    /// One unit of work: all of it is durable when this returns `Ok`, or none of it.
    pub fn write<T>(&mut self, work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>) -> Result<T, StoreFault> {
        let tx = self.conn.transaction_with_behavior(TransactionBehavior::Immediate).map_err(StoreFault::of)?;
        for (device, at) in &self.heard {
            lease::heard(&tx, device, *at).map_err(StoreFault::of)?;
        }
        let done = work(&tx).map_err(StoreFault::of)?;
        tx.commit().map_err(StoreFault::of)?;
        self.heard.clear();
        self.heard_from = None;
        Ok(done)
    }

    /// Tries what writes nothing, most of the time: gives what came of it, or `None`, with all of it undone, if it did write.
    pub fn quietly<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<Option<T>>,
    ) -> Result<Option<T>, StoreFault> {
        let tx = self.conn.transaction().map_err(StoreFault::of)?;
        let before = tx.total_changes();
        let done = work(&tx).map_err(StoreFault::of)?;
        Ok(done.filter(|_| tx.total_changes() == before))
    }

    /// A device was answered and nothing was written: that it was is written with whatever is written next.
    pub fn note_heard(&mut self, device: DeviceId, at: Stamp) {
        self.heard.insert(device, at);
        self.heard_from.get_or_insert(at);
    }

    /// Whether what was heard has waited long enough to be written, with nothing else if need be.
    pub fn must_write(&self, now: Stamp) -> bool {
        self.heard_from.is_some_and(|at| now.since(at).abs() >= HEARD_WAITS)
    }

    /// A consistent reading of several queries.
    pub fn read<T>(&mut self, work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>) -> Result<T, StoreFault> {
        let tx = self.conn.transaction().map_err(StoreFault::of)?;
        work(&tx).map_err(StoreFault::of)
    }
}

/// A store that is closed in order has written what it heard; one that is killed has heard a minute less.
impl Drop for Store {
    fn drop(&mut self) {
        if !self.heard.is_empty() {
            // Nobody is left to be told of a fault, and nothing that anybody was promised is lost by it.
            let _ = self.write(|_| Ok(()));
        }
    }
}

/// The next sequence number. Inside the caller's transaction, so numbers commit in order and a cursor misses none.
pub(crate) fn next_seq(tx: &Transaction<'_>) -> rusqlite::Result<u64> {
    // Two statements: `returning` would make and drop a table in memory each time; numbers took an eighth of an import.
    tx.prepare_cached("update counter set seq = seq + 1")?.execute([])?;
    journal::counter(tx)
}
