//! Starts the window on a computer. Everything it shows is in the library, which a phone starts by another door.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

/// The system's allocator took a tenth of an import and a fifth of opening a record (decision 0043): much of both is small text.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    match satchel_shell::run() {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("satchel: {why:#}");
            std::process::ExitCode::FAILURE
        }
    }
}
