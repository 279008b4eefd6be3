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

fn main() -> Result<()> {
    let (mut people, mut peers, mut entries) = (500u64, None, log::ENTRIES);
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--people" => people = args.next().context("--people N")?.parse()?,
            "--peers" => peers = Some(PathBuf::from(args.next().context("--peers FOLDER")?)),
            "--entries" => entries = args.next().context("--entries N")?.parse()?,
            other => bail!("{other} is not --people, --peers or --entries"),
        }
    }
    let mut table = Table::default();
    let region = region::make(people, &mut table)?;
    let fetched = wire::measure(&region, &mut table)?;
    store::measure(&region, &fetched, &mut table)?;
    let scenario = plans::measure(&mut table)?;
    if let Some(folder) = peers {
        peers::measure(&folder, &scenario, &mut table)?;
    }
    rules::measure(&mut table)?;
    bag::measure(&mut table)?;
    region::synthea(&mut table)?;
    log::measure(entries, &mut table)?;
    // Last: a region of 700,000 devices takes minutes to set up.
    quiet::measure(&mut table)?;
    println!("{table}");
    Ok(())
}
