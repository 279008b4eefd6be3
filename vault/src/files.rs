//! A vault's files: the lock that only one copy of the app holds, and a damaged database moved aside. It opens nothing.

use crate::fault::VaultFault;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// Held while the file is; a second copy of the app gets `InUse`.
pub(crate) fn lock(home: &Path) -> Result<File, VaultFault> {
    let file = File::options().create(true).truncate(false).write(true).open(home.join("lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(VaultFault::InUse),
        Err(fs::TryLockError::Error(e)) => Err(e.into()),
    }
}

/// A file that is not a database under a key known to be right is damaged: kept, under another name.
pub(crate) fn aside_if_damaged(path: &Path, fault: VaultFault) -> VaultFault {
    let VaultFault::Sql(ref source) = fault else { return fault };
    let code = source.sqlite_error_code();
    if !matches!(code, Some(rusqlite::ErrorCode::NotADatabase | rusqlite::ErrorCode::DatabaseCorrupt)) {
        return fault;
    }
    let free = |n: &u32| !path.with_extension(format!("damaged-{n}")).exists();
    let Some(number) = (1..10_000).find(free) else { return fault };
    let aside = path.with_extension(format!("damaged-{number}"));
    let also = |suffix: &str| {
        let from = PathBuf::from(format!("{}{suffix}", path.display()));
        let to = PathBuf::from(format!("{}{suffix}", aside.display()));
        if from.exists() { fs::rename(from, to) } else { Ok(()) }
    };
    match fs::rename(path, &aside).and_then(|()| also("-wal")).and_then(|()| also("-shm")) {
        Ok(()) => VaultFault::Damaged { aside },
        Err(e) => e.into(),
    }
}

/// No database lies there, or nothing was ever written in it.
pub(crate) fn is_gone(path: &Path) -> Result<bool, VaultFault> {
    match fs::metadata(path) {
        Ok(found) => Ok(found.len() == 0),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(true),
        Err(e) => Err(e.into()),
    }
}

/// The database that was moved aside last, where one was: nothing has taken its place but a new enrolment can.
pub(crate) fn lies_aside(path: &Path) -> Option<VaultFault> {
    let named = |n: u32| path.with_extension(format!("damaged-{n}"));
    let last = (1..10_000).map(named).take_while(|aside| aside.exists()).last()?;
    Some(VaultFault::Damaged { aside: last })
}

/// A vault lies here, or what is left of one: opening it says what is missing.
pub fn exists(home: &Path) -> bool {
    ["key", "vault.db"].iter().any(|name| home.join(name).exists())
}
