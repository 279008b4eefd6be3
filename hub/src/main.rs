//! `satchel-hub`: the hub's binary. Parses the command line, supplies clock and randomness, prints. What each verb does is in `cli` and
//! the library; patient content is never printed, and never asked for as an argument that a shell would keep.

mod cli;

use clap::Parser;
use std::io::Write;
use std::process::ExitCode;

/// The system's allocator took a tenth of an import and a fifth of opening a record (decision 0043): much of both is small text.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let args = match cli::Args::try_parse() {
        Ok(args) => args,
        Err(wrong) => return misread(&wrong),
    };
    let json = args.json;
    match cli::run(args) {
        Ok(shown) => {
            shown.print(json);
            if shown.fell_short() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
        }
        Err(error) => {
            if json {
                print(&serde_json::json!({ "error": format!("{error:#}") }));
            } else {
                eprintln!("satchel-hub: {error:#}");
            }
            ExitCode::FAILURE
        }
    }
}

/// What clap could not read, or `--help`: as JSON where that is what was asked for.
fn misread(wrong: &clap::Error) -> ExitCode {
    if wrong.use_stderr() && std::env::args_os().any(|arg| arg == "--json") {
        let said = wrong.to_string();
        let first = said.lines().next().unwrap_or_default().trim_start_matches("error: ");
        print(&serde_json::json!({ "error": first }));
    } else {
        // Nobody is left to be told that the terminal is gone.
        let _ = wrong.print();
    }
    ExitCode::from(u8::try_from(wrong.exit_code()).unwrap_or(2))
}

/// A reader that has seen enough (`| head`) closes the pipe: that is no fault.
fn print(value: &serde_json::Value) {
    let _ = writeln!(std::io::stdout(), "{value}");
}
