//! `cargo xtask bench`: the rows G1 to G13 and G15 of the performance goals, as ratios taken side by side in one run, with plain SQLite,
//! a bare encrypted commit and zstd as yardsticks. It asserts nothing: it prints a table. Not a test and not a profiler.

mod plans;
mod quiet;
mod region;
mod rules;
mod stats;
mod store;
mod wire;

use anyhow::Result;
use stats::Table;

/// As in the programs that are measured.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<()> {
    let mut people = 500u64;
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        if arg == "--people"
            && let Some(n) = args.next()
        {
            people = n.parse()?;
        }
    }
    let mut table = Table::default();
    let region = region::make(people, &mut table)?;
    let fetched = wire::measure(&region, &mut table)?;
    store::measure(&region, &fetched, &mut table)?;
    plans::measure(&mut table)?;
    rules::measure(&mut table)?;
    region::synthea(&mut table)?;
    // Last: a region of 700,000 devices takes minutes to set up.
    quiet::measure(&mut table)?;
    println!("{table}");
    Ok(())
}
