//! `satchel-hub`: the hub's binary. Parses the command line, supplies clock and randomness, prints. What each verb does is in `cli` and
//! the library; patient content is never printed, and never asked for as an argument that a shell would keep.

mod cli;

use clap::Parser;
use std::process::ExitCode;

/// The system's allocator took a tenth of an import and a fifth of opening a record (decision 0043): much of both is small text.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let args = cli::Args::parse();
    let json = args.json;
    match cli::run(args) {
        Ok(shown) => {
            shown.print(json);
            if shown.fell_short() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
        }
        Err(error) => {
            if json {
                println!("{}", serde_json::json!({ "error": format!("{error:#}") }));
            } else {
                eprintln!("satchel-hub: {error:#}");
            }
            ExitCode::FAILURE
        }
    }
}
