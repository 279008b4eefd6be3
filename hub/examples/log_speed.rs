//! How fast the audit's log is at size: `log_speed ENTRIES [FILE]` appends that many leaves in batches and times proofs. Seventy-seven million
//! entries take some minutes and 2.6 GB. Prints one line of JSON.

use hub::store::{Store, log};
use record::audit::Link;
use record::merkle::{Hash, check_consistency, check_inclusion, write_proof};
use std::path::PathBuf;

/// Leaves appended in one transaction while the log is made.
const BATCH: u64 = 200_000;

#[allow(clippy::disallowed_methods, reason = "a measurement reads the clock")]
fn clock() -> std::time::Instant {
    use std::time::Instant as Clock;
    let read = Clock::now;
    read()
}

/// Leaves that are all different, quicker made than hashed.
fn leaf(n: u64) -> Hash {
    let mut hash = [0x5a; 32];
    hash[..8].copy_from_slice(&n.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_le_bytes());
    hash
}

fn main() -> anyhow::Result<()> {
    let entries: u64 = std::env::args().nth(1).unwrap_or_default().parse().unwrap_or(1_000_000);
    let path = std::env::args().nth(2).map_or_else(|| std::env::temp_dir().join("log_speed.db"), PathBuf::from);
    let _ = std::fs::remove_file(&path);
    let mut store = Store::open(&path, &[7; 32])?;
    let began = clock();
    for first in (0..entries).step_by(BATCH as usize) {
        let leaves: Vec<Hash> = (first..(first + BATCH).min(entries)).map(leaf).collect();
        store.write(|tx| log::append(tx, &leaves))?;
    }
    let made = began.elapsed();
    // As a post does it: a batch of ten at the end, durable.
    let mut appends = Vec::new();
    for round in 0..200u64 {
        let leaves: Vec<Hash> = (0..10).map(|n| *Link::of(&[round as u8, n]).as_bytes()).collect();
        let began = clock();
        store.write(|tx| log::append(tx, &leaves))?;
        appends.push(began.elapsed());
    }
    let (mut proofs, mut grown, mut longest) = (Vec::new(), Vec::new(), 0);
    for n in 0..500u64 {
        let index = n.wrapping_mul(0x9E37_79B9_7F4A_7C15) % entries;
        store.read(|tx| {
            let size = log::size(tx)?;
            let began = clock();
            let (root, proof) = {
                let mut tiles = log::Tiles::of(tx);
                (tiles.root(size)?, tiles.inclusion(index, size)?)
            };
            proofs.push(began.elapsed());
            longest = longest.max(write_proof(record::canon::Writer::new(1), &proof).finish().len());
            assert!(check_inclusion(&leaf(index), index, size, &proof, &root).is_ok());
            let began = clock();
            let mut tiles = log::Tiles::of(tx);
            let proof = tiles.consistency(index + 1, size)?;
            grown.push(began.elapsed());
            assert!(check_consistency((index + 1, &tiles.root(index + 1)?), (size, &root), &proof).is_ok());
            Ok(())
        })?;
    }
    drop(store);
    let bytes = std::fs::metadata(&path)?.len();
    let at = |times: &mut Vec<std::time::Duration>, part: usize| {
        times.sort();
        times[times.len() * part / 100].as_secs_f64() * 1_000.0
    };
    println!(
        "{}",
        serde_json::json!({
            "entries": entries, "made_seconds": made.as_secs(), "bytes_an_entry": bytes as f64 / entries as f64,
            "append_10_ms": { "p50": at(&mut appends, 50), "p99": at(&mut appends, 99) },
            "inclusion_ms": { "p50": at(&mut proofs, 50), "p99": at(&mut proofs, 99) },
            "consistency_ms": { "p50": at(&mut grown, 50), "p99": at(&mut grown, 99) },
            "longest_inclusion_bytes": longest,
        })
    );
    Ok(())
}
