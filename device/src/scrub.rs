//! What is left in memory of what is over: stack frames of calls that have returned, and blocks that C code has freed. Keys that are held
//! wipe themselves when they are dropped, and Rust's freed blocks are wiped by the programs' allocator; this is for the rest. Not a way to
//! hide a key that is in use, and nothing here reaches swap or what the webview's process has in its memory. A process that dies writes none of
//! it to a disk ([`no_core`]).
//!
//! What a lock leaves is looked for from outside by `tests/faults/memory.rs` (fault F14).

/// Bytes of stack below a call that are overwritten. In a build for tests, opening a vault left keys down to 216 kB below where the stack
/// begins; a thread of the runtime has 2 MB.
const DEPTH: usize = 256 * 1024;

/// Overwrites what calls that have returned left below this one on its thread's stack: a key that was moved lies at every place it
/// was moved from.
#[inline(never)]
pub(crate) fn stack() {
    let mut below = [0u8; DEPTH];
    // The compiler may not conclude that nobody looks.
    std::hint::black_box(&mut below);
}

/// Does `work`, all of the program, while the system's allocator overwrites what is freed, for SQLite, zstd and OpenSSL: only glibc has a
/// word for it, and only before a program begins, so the program begins again with it. Called by `main`, before there are threads.
/// Programs that `work` starts do not get the word: the webview's processes use what they have freed, and crash with it (swrast_dri.so
/// of Mesa 22.3, on a change of size). Elsewhere than with glibc, or if it fails, `work` is done without.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub fn wiping<T>(work: impl FnOnce() -> T) -> T {
    use std::os::unix::process::CommandExt;
    const TUNABLES: &str = "GLIBC_TUNABLES";
    const WIPE: &str = "glibc.malloc.perturb=255";
    let set = std::env::var(TUNABLES).unwrap_or_default();
    if let Some(others) = set.strip_suffix(WIPE) {
        let others = others.trim_end_matches(':');
        return temp_env::with_var(TUNABLES, Some(others).filter(|others| !others.is_empty()), work);
    }
    let with = if set.is_empty() { WIPE.to_owned() } else { format!("{set}:{WIPE}") };
    if let Ok(program) = std::env::current_exe() {
        // It returns only if it failed.
        let _ = std::process::Command::new(program).args(std::env::args_os().skip(1)).env(TUNABLES, with).exec();
    }
    work()
}

/// Nothing of this process, or of one that it starts, is written to a file when it dies: a core file holds every key. A limit of one byte and not of
/// none: Linux hands a core to a program that wants it whatever the limit, but for this one (`core(5)`; `fs/coredump.c`). `whole`: nobody with
/// the same account may attach to it or read its memory either. Not for a process with a window: the desktop's portals and screen readers ask
/// `/proc` who it is, and are then told nothing. Called by `main`. Elsewhere than on Unix it does nothing.
pub fn no_core(whole: bool) {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let one = Rlimit { current: Some(1), maximum: Some(1) };
        // A limit that was lower already stays.
        let _ = setrlimit(Resource::Core, one);
    }
    #[cfg(any(target_os = "linux", target_os = "android"))]
    if whole {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let _ = whole;
}

/// What this process makes from now on, files and folders, is its user's alone, whatever the account's habit is. Called by `main`. Elsewhere than on Unix
/// a user's own folders are closed to others already.
pub fn own_files_only() {
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
}

/// There is no such word here.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn wiping<T>(work: impl FnOnce() -> T) -> T {
    work()
}
