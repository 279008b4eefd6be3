//! `cargo xtask bench`: the rows G1 to G13 and G15 of the performance goals, a decision, a bag, as ratios taken side by side in one run, with plain SQLite,
//! a bare encrypted commit and zstd as yardsticks. It asserts nothing: it prints a table. Not a test and not a profiler.

mod bag;
mod log;
mod peers;
mod plans;
mod quiet;
mod region;
mod rules;
mod stats;
mod store;
mod wire;

use anyhow::{Context, Result, bail};
use stats::Table;
use std::path::PathBuf;

/// As in the programs that are measured.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What can be measured by itself, in the order of the table; the store with the wire that filled it.
const PARTS: [&str; 7] = ["store", "plans", "rules", "bag", "synthea", "log", "quiet"];

fn main() -> Result<()> {
    let (mut people, mut peers, mut entries, mut only) = (500u64, None, log::ENTRIES, None);
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--people" => people = args.next().context("--people N")?.parse()?,
            "--peers" => peers = Some(PathBuf::from(args.next().context("--peers FOLDER")?)),
            "--entries" => entries = args.next().context("--entries N")?.parse()?,
            "--only" => only = args.next(),
            other => bail!("{other} is not --people, --peers, --entries or --only"),
        }
    }
    if let Some(part) = only.as_deref().filter(|part| !PARTS.contains(part)) {
        bail!("{part} is not one of {}", PARTS.join(", "));
    }
    let wanted = |part: &str| only.as_deref().is_none_or(|only| only == part);
    let mut table = Table::default();
    if wanted("store") {
        let region = region::make(people, &mut table)?;
        let fetched = wire::measure(&region, &mut table)?;
        store::measure(&region, &fetched, &mut table)?;
    }
    if wanted("plans") {
        let scenario = plans::measure(&mut table)?;
        if let Some(folder) = peers {
            peers::measure(&folder, &scenario, &mut table)?;
        }
    }
    if wanted("rules") {
        rules::measure(&mut table)?;
    }
    if wanted("bag") {
        bag::measure(&mut table)?;
    }
    if wanted("synthea") {
        region::synthea(&mut table)?;
    }
    if wanted("log") {
        log::measure(entries, &mut table)?;
    }
    if wanted("quiet") {
        // Last: a region of 700,000 devices takes minutes to set up.
        quiet::measure(&mut table)?;
    }
    println!("{table}");
    Ok(())
}
