//! Injects faults, family by family, and prints one table of what was detected: `faults [--seed N] [--cases N] [--ordinary] [--family TEXT]`.
//! Without arguments it injects the case counts that the design asks for (`design/performance.md`, F1 to F14); `--ordinary` is the reduced set of every
//! `cargo xtask test`. It fails if anything was missed; what was missed is appended to `target/faults-missed.txt`, with its seed.
#![allow(
    clippy::disallowed_methods,
    reason = "it measures how long a family takes; no rule of care depends on its clock"
)]

mod audit;
mod clock;
mod disk;
#[cfg(target_os = "linux")]
mod memory;
mod orders;
mod shift;
mod stolen;
mod vault_file;
mod weather;
mod wires;

use anyhow::{Context, Result, bail};
use std::io::Write;
use std::process::ExitCode;
use std::time::Instant;
use stories::faults::Report;

/// Cases that are asked for of the largest families: F2's cuts and flips each, F7's 2,000 regions.
pub const FULL: u32 = 20_000;

/// So many that every boundary is one: a family that has fewer stops at its own.
const ALL: u32 = u32::MAX / 2;

/// Its name, the cases of an ordinary run and of a whole one, and what injects them.
type Family = (&'static str, (u32, u32), fn(u64, u32) -> Vec<Report>);

/// An ordinary run has more than 50,000 cases and is in every `cargo xtask test` (goal G14); `tests/stories/faults.rs` names each of these.
const FAMILIES: &[Family] = &[
    ("F2 F3 F11 vault files", (4_000, FULL), vault_file::run),
    ("F1 F13 killed shift, cut upgrade", (2_000, ALL), shift::run),
    ("F5 clock", (2_000, 2_000), clock::run),
    ("F6 F7 weather and regions", (2_000, FULL), weather::run),
    ("F8 F9 letters", (26_000, 26_000), wires::run),
    ("F8 F9 audit", (2_000, 2_000), audit::run),
    ("F10 stolen files", (2_000, 2_000), stolen::run),
    ("F12 orders while away", (0, 0), orders::run),
    #[cfg(target_os = "linux")]
    ("F14 memory after a lock", (0, 0), |_, _| memory::run(&beside())),
    // Last: from here on every database of this process lies on a disk that can fail.
    ("F4 failing disk", (2_000, ALL), disk::run),
];

#[cfg(target_os = "linux")]
/// The program that is looked at, built beside this one.
fn beside() -> std::path::PathBuf {
    let own = std::env::current_exe().expect("a path");
    own.with_file_name(format!("victim{}", std::env::consts::EXE_SUFFIX))
}

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("faults: {why:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<bool> {
    let (mut seed, mut cases, mut wanted, mut reduced) = (1u64, None, String::new(), false);
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--ordinary" => reduced = true,
            "--seed" => seed = args.next().context("--seed N")?.parse()?,
            "--cases" => cases = Some(args.next().context("--cases N")?.parse()?),
            "--family" => wanted = args.next().context("--family TEXT")?.to_lowercase(),
            other => bail!("{other} is not --seed, --cases, --ordinary or --family"),
        }
    }
    let (mut sum, mut lost, begun) = (0, 0, Instant::now());
    println!("{:<52} {:>8} {:>9} {:>7} {:>8}", "family", "cases", "detected", "missed", "seconds");
    for (name, (ordinary, whole), family) in FAMILIES.iter().filter(|(name, ..)| name.to_lowercase().contains(&wanted))
    {
        let started = Instant::now();
        eprintln!("{name} …");
        for report in family(seed, cases.unwrap_or(if reduced { *ordinary } else { *whole })) {
            println!("{:<52} {:>8} {:>9} {:>7}", report.family, report.cases, report.detected, report.missed.len());
            (sum, lost) = (sum + report.cases, lost + report.missed.len());
            keep(&report, seed)?;
        }
        println!("{:<52} {:>35.1}", format!("  {name}"), started.elapsed().as_secs_f64());
    }
    println!("{:<52} {sum:>8} {:>9} {lost:>7} {:>8.1}", "all", "", begun.elapsed().as_secs_f64());
    Ok(lost == 0 && sum > 0)
}

/// A missed case is kept with what replays it.
fn keep(report: &Report, seed: u64) -> Result<()> {
    if report.missed.is_empty() {
        return Ok(());
    }
    let target = std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| "target".to_owned());
    let mut file = std::fs::File::options().create(true).append(true).open(format!("{target}/faults-missed.txt"))?;
    for missed in &report.missed {
        println!("    MISSED {missed}");
        writeln!(file, "{} --seed {seed}: {missed}", report.family)?;
    }
    Ok(())
}
