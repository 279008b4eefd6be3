//! The audit's Merkle log as large as a region's in years: 77 million entries at rest, encrypted, and the proofs that a hub serves from them.
//! The entries' own texts are not in it, only their hashes: what a proof is made of.

use crate::region::instant;
use crate::stats::{Table, Timings, short};
use anyhow::{Result, anyhow, ensure};
use hub::store::{Store, log};
use record::canon::Writer;
use record::merkle::{self, Hash};
use sha2::{Digest, Sha256};
use std::time::Duration;

/// As many as the goal names.
pub const ENTRIES: u64 = 77_000_000;
/// Hashes put in by one commit while the log is made.
const COMMIT: u64 = 1 << 20;
/// Entries of a post's batch, as the goals count them.
const BATCH: u64 = 100;
const PROOFS: u64 = 2_000;

pub fn measure(entries: u64, table: &mut Table) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut store = Store::open(&folder.path().join("hub.db"), &[7; 32])?;
    let (began, mut made) = (instant(), 0);
    while made < entries {
        let leaves: Vec<Hash> = (made..entries.min(made + COMMIT)).map(leaf).collect();
        store.write(|tx| log::append(tx, &leaves))?;
        made += leaves.len() as u64;
    }
    let built = began.elapsed();
    let (mut root, mut size) = store.read(|tx| Ok((log::Tiles::of(tx).root(made)?, log::size(tx)?)))?;
    ensure!(size == entries, "{size} entries");

    let (mut inclusions, mut consistencies, mut largest) = (Vec::new(), Vec::new(), 0);
    for n in 0..PROOFS {
        // Spread over the whole log, and not in its order: no proof finds what the one before it left in memory.
        let index = n.wrapping_mul(0x9E37_79B9_7F4A_7C15) % size;
        let (proof, took) = timed(|| store.read(|tx| log::Tiles::of(tx).inclusion(index, size)))?;
        merkle::check_inclusion(&leaf(index), index, size, &proof, &root).map_err(|_| anyhow!("entry {index}"))?;
        largest = largest.max(merkle::write_proof(Writer::new(1), &proof).finish().len());
        inclusions.push(took);
        let (proof, took) = timed(|| store.read(|tx| log::Tiles::of(tx).consistency(index + 1, size)))?;
        let then = store.read(|tx| log::Tiles::of(tx).root(index + 1))?;
        merkle::check_consistency((index + 1, &then), (size, &root), &proof).map_err(|_| anyhow!("size {index}"))?;
        consistencies.push(took);
    }
    let mut appends = Vec::new();
    for _ in 0..PROOFS / 10 {
        let leaves: Vec<Hash> = (size..size + BATCH).map(leaf).collect();
        let (_, took) = timed(|| store.write(|tx| log::append(tx, &leaves)))?;
        appends.push(took);
        size += BATCH;
    }
    root = store.read(|tx| log::Tiles::of(tx).root(size))?;
    ensure!(root != merkle::empty());
    let (inclusions, consistencies) = (Timings::new(inclusions), Timings::new(consistencies));
    let bytes = std::fs::metadata(folder.path().join("hub.db"))?.len();
    table.row(
        "log",
        &format!("proofs from a log of {entries} entries"),
        format!(
            "inclusion {} (p99 {}), at most {largest} B; consistency {} (p99 {}); a batch of {BATCH} durable in {}; made in {}, {:.1} B an entry",
            short(inclusions.at(50)),
            short(inclusions.at(99)),
            short(consistencies.at(50)),
            short(consistencies.at(99)),
            short(Timings::new(appends).at(50)),
            short(built),
            bytes as f64 / entries as f64
        ),
        "< 5 ms; <= 900 B at 77 million",
    );
    Ok(())
}

fn leaf(n: u64) -> Hash {
    Sha256::digest(n.to_le_bytes()).into()
}

fn timed<T, E>(work: impl FnOnce() -> Result<T, E>) -> Result<(T, Duration), E> {
    let began = instant();
    Ok((work()?, began.elapsed()))
}
