//! `cargo xtask`: set up a machine, build, test, show and measure Satchel. It names no room of the house; it runs their programs.
#![allow(
    clippy::disallowed_methods,
    reason = "this tool measures its own waiting; no rule of care depends on its clock"
)]

mod android;
mod axe;
mod bench;
mod bundle;
mod check;
mod compiler;
mod demo;
mod ending;
mod faults;
mod hands;
mod journey;
mod journey_bag;
mod journey_codes;
mod journey_visits;
mod luck;
mod missing;
mod places;
mod region;
mod run;
mod say;
mod setup;
mod stage;
mod tally;
mod wasm;
mod webdriver;
mod weigh;

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Set up, build, test, show and measure Satchel")]
struct Words {
    #[command(subcommand)]
    wish: Wish,
}

#[derive(Subcommand)]
enum Wish {
    /// Install what is missing on this machine, or say what to install.
    Setup,
    /// Build the screen, the app, the hub and the command line.
    Build {
        /// Build what is shipped: slower, smaller, faster.
        #[arg(long)]
        release: bool,
    },
    /// Build only the screen (`ui/dist`).
    Ui {
        /// Also shrink it with wasm-opt, where npm can fetch it.
        #[arg(long)]
        release: bool,
    },
    /// Everything a change must pass: formatting, lints, tests, the screen, the window.
    Test {
        /// Only this part.
        #[arg(long, value_enum)]
        only: Option<check::Part>,
    },
    /// A hub with an invented region, a device for one of its nurses, and the window.
    Demo {
        /// Under a virtual display, driven by the tool itself, leaving screenshots and a summary in `.demo/`.
        #[arg(long)]
        headless: bool,
        /// Keep the region of the last demo instead of making a new one.
        #[arg(long)]
        keep: bool,
    },
    /// Measure against the yardsticks, on the shipped build.
    Bench {
        /// Handed on to the bench program.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
    /// What the shipped build weighs: programs, screen, and the window's memory with 500 people.
    Weigh,
    /// Inject faults, family by family, and show what was detected: all that the design asks for, or `--ordinary`, `--family F5`, `--seed N`, `--cases N`.
    Faults {
        /// Handed on to the faults program.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
    /// The app's types and lints for Android, on a machine without its SDK. It makes no package.
    Android,
    /// Only the window test of `test`.
    WindowTest {
        /// With the programs and the screen as they were last built.
        #[arg(long)]
        built: bool,
    },
}

fn main() -> ExitCode {
    match obey(Words::parse().wish) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("xtask: {why:#}");
            ExitCode::FAILURE
        }
    }
}

fn obey(wish: Wish) -> Result<bool> {
    match wish {
        Wish::Setup => setup::setup(&setup::EVERYTHING).map(|()| {
            setup::letters();
            true
        }),
        Wish::Build { release } => bundle::build_all(release).map(|_| true),
        Wish::Ui { release } => {
            setup::setup(&[setup::Need::Screen])?;
            bundle::build_screen(release).map(|_| true)
        }
        Wish::Test { only } => check::test(only),
        Wish::Demo { headless, keep } => demo::demo(headless, keep),
        Wish::Bench { rest } => bench::bench(&rest),
        Wish::Weigh => weigh::weigh(),
        Wish::Faults { rest } => faults::faults(&rest),
        Wish::Android => check::test(Some(check::Part::Android)),
        Wish::WindowTest { built: false } => check::test(Some(check::Part::Window)),
        Wish::WindowTest { built: true } => check::window_as_built(),
    }
}
