//! Starts the window on a computer. Everything it shows is in the library, which a phone starts by another door.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use mimalloc::MiMalloc;
use zeroizing_alloc::ZeroAlloc;

/// The system's allocator took a fifth of opening a record (decision 0043); what is freed is wiped (decision 0046).
#[global_allocator]
static ALLOCATOR: ZeroAlloc<MiMalloc> = ZeroAlloc(MiMalloc);

fn main() -> std::process::ExitCode {
    device::scrub::no_core(false);
    device::scrub::own_files_only();
    match device::scrub::wiping(satchel_shell::run) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("satchel: {why:#}");
            std::process::ExitCode::FAILURE
        }
    }
}
