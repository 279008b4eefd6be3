//! The vault's tables and how they come to be: named moments of opening, each pragma with its reason. Not the queries.

use crate::fault::VaultFault;
use crate::key::Key;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

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
];

/// Statements kept compiled: more than the vault has, so that none pushes out another.
const STATEMENTS: usize = 256;

/// The first bytes of every SQLite file that is not encrypted.
const PLAINTEXT: &[u8; 16] = b"SQLite format 3\0";

/// Opens the file with its key, or makes it. A plaintext twin is left alone and refused.
pub fn open(path: &Path, key: &Key) -> Result<Connection, VaultFault> {
    let salt = salt_of(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    // A raw key: the PIN was stretched once when the key was unwrapped, so SQLCipher need not do it again (0.35 ms, not 200 ms).
    conn.pragma_update(None, "key", key.pragma(salt.as_ref()).as_str())?;
    // SQLCipher reports a wrong key on stderr unless told not to.
    conn.execute_batch("pragma cipher_log_level = none;")?;
    // The first read decrypts page 1. The key is known to be right (its wrapping authenticated it), so a failure is damage.
    conn.query_row("select count(*) from sqlite_master", [], |_| Ok(()))?;
    conn.execute_batch(
        // WAL with FULL: what the screen said was saved survives power loss; one fsync a commit.
        // secure_delete: a purge leaves nothing in free pages, even under the cipher.
        // temp_store memory: no temporary file ever holds content.
        // cipher_memory_security stays off (9-14 times slower search); the programs wipe what is freed (decision 0046).
        "pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on;
         pragma secure_delete = on; pragma temp_store = memory; pragma cache_size = -16384; pragma busy_timeout = 2000;",
    )?;
    // A statement kept is not compiled again for the value of its limit; and all of them are kept.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    migrate(conn)
}

/// The 16 bytes that an encrypted file begins with (SQLCipher's design, "Database Encryption and Salt"); `None` where there is no file yet.
fn salt_of(path: &Path) -> Result<Option<[u8; 16]>, VaultFault> {
    let mut head = [0u8; 16];
    match File::open(path).and_then(|mut file| file.read_exact(&mut head)) {
        Ok(()) if head == *PLAINTEXT => Err(VaultFault::PlaintextTwin),
        Ok(()) => Ok(Some(head)),
        // Shorter than a header: nothing was ever stored in it, SQLCipher will say if that is not so.
        Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::UnexpectedEof) => Ok(None),
        Err(e) => Err(e.into()),
    }
}

fn migrate(mut conn: Connection) -> Result<Connection, VaultFault> {
    let known = MIGRATIONS.len() as i64;
    let found: i64 = conn.query_row("pragma user_version", [], |row| row.get(0))?;
    if found > known {
        return Err(VaultFault::Newer { found, known });
    }
    for (version, sql) in (1..).zip(MIGRATIONS).skip(found as usize) {
        // Each step commits whole with its number, so a cut leaves the old schema or the new one.
        let tx = conn.transaction_with_behavior(TransactionBehavior::Exclusive)?;
        tx.execute_batch(sql)?;
        tx.pragma_update(None, "user_version", version)?;
        tx.commit()?;
    }
    Ok(conn)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> Key {
        Key::from_random([byte; 32])
    }

    #[test]
    fn a_plaintext_twin_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vault.db");
        let plain = Connection::open(&path).unwrap();
        plain.execute_batch("create table t (x); insert into t values (1);").unwrap();
        drop(plain);
        let before = std::fs::read(&path).unwrap();
        assert!(matches!(open(&path, &key(1)), Err(VaultFault::PlaintextTwin)));
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }

    #[test]
    fn a_newer_vault_is_refused_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vault.db");
        open(&path, &key(1)).unwrap().pragma_update(None, "user_version", 99).unwrap();
        assert!(matches!(open(&path, &key(1)), Err(VaultFault::Newer { found: 99, known: 13 })));
    }

    #[test]
    fn the_file_is_not_readable_without_its_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vault.db");
        drop(open(&path, &key(1)).unwrap());
        assert!(open(&path, &key(2)).is_err());
        assert_ne!(&std::fs::read(&path).unwrap()[..16], PLAINTEXT);
    }
}
