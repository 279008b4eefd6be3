//! A disk that fails when it is told to: SQLite's own file system with its writes, syncs, truncations and reads counted, one of which (or all
//! from one on) answers with an error instead. What is below is the real file system. For this process only, and all of it: every
//! database that it opens afterwards goes through here. Not the files that Rust writes (the outbox, the anchor, the key).
//!
//! SQLite takes its file system as a table of C functions, so this is the one file of the house with `unsafe` in it.
#![allow(unsafe_code, reason = "SQLite's file system is a table of C functions; see each SAFETY")]

use rusqlite::ffi::{self, sqlite3_file, sqlite3_io_methods, sqlite3_vfs};
use std::collections::BTreeMap;
use std::ffi::{c_char, c_int, c_void};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

/// What is made to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// A write says that the disk is full.
    Full,
    /// A write says that it failed.
    Write,
    /// A sync says that it failed, and nobody knows what is on the disk.
    Sync,
    Truncate,
    Read,
}

impl Call {
    pub const ALL: [Call; 5] = [Call::Full, Call::Write, Call::Sync, Call::Truncate, Call::Read];

    const fn code(self) -> c_int {
        match self {
            Call::Full => ffi::SQLITE_FULL,
            Call::Write => ffi::SQLITE_IOERR_WRITE,
            Call::Sync => ffi::SQLITE_IOERR_FSYNC,
            Call::Truncate => ffi::SQLITE_IOERR_TRUNCATE,
            Call::Read => ffi::SQLITE_IOERR_READ,
        }
    }
}

type Open = unsafe extern "C" fn(*mut sqlite3_vfs, *const c_char, *mut sqlite3_file, c_int, *mut c_int) -> c_int;

/// A table of functions that stands before another. SQLite sees the first field.
#[repr(C)]
struct Methods {
    ours: sqlite3_io_methods,
    theirs: sqlite3_io_methods,
}

static BELOW: OnceLock<Open> = OnceLock::new();
/// One for each kind of file that SQLite tells apart, by where its own table lies.
static TABLES: Mutex<BTreeMap<usize, &'static Methods>> = Mutex::new(BTreeMap::new());
/// The code that the counted call answers with; 0 while the disk is well.
static CODE: AtomicI32 = AtomicI32::new(0);
static COUNTED: AtomicU64 = AtomicU64::new(0);
static FAILS_AT: AtomicU64 = AtomicU64::new(u64::MAX);
static LASTS: AtomicBool = AtomicBool::new(false);

/// Puts this disk under every database of the process. Twice is once.
pub fn install() {
    BELOW.get_or_init(|| {
        // SAFETY: no name asks for the default file system, which SQLite keeps as long as the process lives.
        let default = unsafe { ffi::sqlite3_vfs_find(std::ptr::null()) };
        // SAFETY: it is never null on a system with files, and is only read.
        let mut ours = unsafe { *default };
        let open = ours.xOpen.expect("a file system opens files");
        ours.zName = c"satchel-failing".as_ptr();
        ours.pNext = std::ptr::null_mut();
        ours.xOpen = Some(open_file);
        // SAFETY: the table is leaked, so it lives as long as SQLite may use it.
        let registered = unsafe { ffi::sqlite3_vfs_register(Box::leak(Box::new(ours)), 1) };
        assert_eq!(registered, ffi::SQLITE_OK, "registered");
        open
    });
}

/// From now on the `nth` call of this kind (from 1) fails, and if it `lasts`, every later one.
pub fn fail(call: Call, nth: u64, lasts: bool) {
    COUNTED.store(0, Ordering::SeqCst);
    FAILS_AT.store(nth, Ordering::SeqCst);
    LASTS.store(lasts, Ordering::SeqCst);
    CODE.store(call.code(), Ordering::SeqCst);
}

/// The disk is well again. Gives how many calls of the kind there were.
pub fn heal() -> u64 {
    CODE.store(0, Ordering::SeqCst);
    COUNTED.load(Ordering::SeqCst)
}

/// The error that this call is to answer with, if any.
fn due(kinds: &[Call]) -> Option<c_int> {
    let code = CODE.load(Ordering::SeqCst);
    if !kinds.iter().any(|kind| kind.code() == code) {
        return None;
    }
    let nth = COUNTED.fetch_add(1, Ordering::SeqCst) + 1;
    let at = FAILS_AT.load(Ordering::SeqCst);
    (nth == at || nth > at && LASTS.load(Ordering::SeqCst)).then_some(code)
}

/// The table below this file's.
///
/// # Safety
/// A file that [`open_file`] opened.
unsafe fn theirs(file: *mut sqlite3_file) -> &'static sqlite3_io_methods {
    // SAFETY: `open_file` wrote a pointer to the first field of a leaked [`Methods`], which is `repr(C)`.
    unsafe { &(*(*file).pMethods.cast::<Methods>()).theirs }
}

unsafe extern "C" fn open_file(
    vfs: *mut sqlite3_vfs,
    name: *const c_char,
    file: *mut sqlite3_file,
    flags: c_int,
    given: *mut c_int,
) -> c_int {
    // SAFETY: SQLite's own arguments, given on to the table they are meant for; `vfs` has that table's data.
    let code = unsafe { (BELOW.get().expect("installed"))(vfs, name, file, flags, given) };
    // SAFETY: the file is SQLite's, and opening it has written its table of functions, or null.
    let theirs = unsafe { (*file).pMethods };
    if code == ffi::SQLITE_OK && !theirs.is_null() {
        let mut tables = TABLES.lock().unwrap_or_else(PoisonError::into_inner);
        let table: &'static Methods = tables.entry(theirs as usize).or_insert_with(|| {
            // SAFETY: the table is static in SQLite.
            let theirs = unsafe { *theirs };
            let ours = sqlite3_io_methods {
                xRead: Some(read),
                xWrite: Some(write),
                xTruncate: Some(truncate),
                xSync: Some(sync),
                ..theirs
            };
            Box::leak(Box::new(Methods { ours, theirs }))
        });
        // SAFETY: as above; the new table lives as long as the process and lies at the start of its `Methods`.
        unsafe { (*file).pMethods = std::ptr::from_ref(table).cast() };
    }
    code
}

unsafe extern "C" fn read(file: *mut sqlite3_file, into: *mut c_void, bytes: c_int, at: i64) -> c_int {
    // SAFETY: SQLite's own arguments, given on.
    due(&[Call::Read]).unwrap_or_else(|| unsafe { theirs(file).xRead.expect("read")(file, into, bytes, at) })
}

unsafe extern "C" fn write(file: *mut sqlite3_file, from: *const c_void, bytes: c_int, at: i64) -> c_int {
    // SAFETY: SQLite's own arguments, given on.
    due(&[Call::Full, Call::Write])
        .unwrap_or_else(|| unsafe { theirs(file).xWrite.expect("write")(file, from, bytes, at) })
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, size: i64) -> c_int {
    // SAFETY: SQLite's own arguments, given on.
    due(&[Call::Truncate]).unwrap_or_else(|| unsafe { theirs(file).xTruncate.expect("truncate")(file, size) })
}

unsafe extern "C" fn sync(file: *mut sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: SQLite's own arguments, given on.
    due(&[Call::Sync]).unwrap_or_else(|| unsafe { theirs(file).xSync.expect("sync")(file, flags) })
}
