//! `satchel-hub outbox`: what came sealed without a post, and taking sealed files in by hand: a stick, a folder, a device that no network
//! reaches. Nothing of what is in them is shown.

use super::Shown;
use super::home::{now, open};
use anyhow::{Context, Result, bail, ensure};
use clap::Subcommand;
use ed25519_dalek::SigningKey;
use hub::post::outbox;
use hub::store::{Store, outbox as rows};
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};

/// By hand no longer one is taken in (bytes): over the network it is 12 MB.
const LONGEST: u64 = 512 << 20;

#[derive(Subcommand)]
pub enum OutboxVerb {
    /// Segments that came, and those whose audit waits for entries before it
    List,
    /// Take in segments from a folder, also those too long for a network; their receipts are written beside them, to be brought back
    Take { folder: PathBuf },
}

pub fn run(home: &Path, verb: OutboxVerb) -> Result<Shown> {
    match verb {
        OutboxVerb::List => list(home),
        OutboxVerb::Take { folder } => take(home, &folder),
    }
}

fn list(home: &Path) -> Result<Shown> {
    let (_, _, mut store) = open(home)?;
    let came = store.read(rows::list)?;
    let line = |c: &rows::Came| {
        let waits = if c.waiting { "  WAITS for entries before it" } else { "" };
        format!("{}  {:<20} {:>6} commits  {}{waits}\n", c.name, c.chain, c.commits, c.received.display())
    };
    let text = format!("{}{} segments.", came.iter().map(line).collect::<String>(), came.len());
    let value = came.iter().map(|c| {
        json!({ "name": c.name, "chain": c.chain, "commits": c.commits, "begun": c.begun.to_string(),
            "received": c.received.to_string(), "waiting": c.waiting })
    });
    Ok(Shown::new(json!({ "segments": value.collect::<Vec<_>>() }), text))
}

fn take(home: &Path, folder: &Path) -> Result<Shown> {
    let (_, authority, mut store) = open(home)?;
    let files = fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    let mut files: Vec<PathBuf> = files.map(|e| e.map(|e| e.path())).collect::<Result<_, _>>()?;
    files.retain(|path| path.extension().is_some_and(|e| e == "outbox") && path.is_file());
    files.sort();
    let (mut taken, mut left) = (0, Vec::new());
    for path in &files {
        // One that is not this hub's, or damaged, or cannot be read, does not hold up the others.
        match one(&mut store, &authority.signing, path) {
            Ok(()) => taken += 1,
            Err(fault) => left.push(format!("{}: {fault:#}", path.display())),
        }
    }
    if taken == 0 && !left.is_empty() {
        bail!("nothing was taken in. {}", left.join("; "));
    }
    let mut text = format!("{taken} segments taken in; their receipts lie beside them.");
    left.iter().for_each(|why| text.push_str(&format!("\nNot taken: {why}")));
    let fell_short = !left.is_empty();
    Ok(Shown { fell_short, ..Shown::new(json!({ "taken": taken, "left": left }), text) })
}

fn one(store: &mut Store, key: &SigningKey, path: &Path) -> Result<()> {
    let length = fs::metadata(path)?.len();
    ensure!(length <= LONGEST, "longer than {} MB: no device writes such a file", LONGEST >> 20);
    let receipt = outbox::take(store, key, &fs::read(path)?, now())?;
    let beside = path.with_extension("receipt");
    fs::write(&beside, receipt).with_context(|| format!("writing {}", beside.display()))
}
