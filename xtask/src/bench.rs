//! Runs the bench program on the shipped build: `bench [--only PART] [--people N] [--entries N] [--peers]`. What is measured, and against what, is in `tests/bench`. With
//! `--peers`, npm fetches automerge-repo and Yjs into our cache and they are measured in the same run.

use crate::{places, run, setup};
use anyhow::{Result, bail};
use std::path::PathBuf;
use std::process::Command;

pub fn bench(rest: &[String]) -> Result<bool> {
    setup::setup(&[setup::Need::App])?;
    // The whole workspace's features, as in every other build, so that what was compiled for one serves the other.
    let built = run::cargo().args(["build", "--release", "--workspace", "--bin", "bench"]).status()?;
    let mut bench = Command::new(places::program("bench", true));
    for arg in rest {
        bench.arg(arg);
        if arg == "--peers" {
            bench.arg(fetched()?);
        }
    }
    Ok(built.success() && bench.status()?.success())
}

/// The folder where npm has put the other programs.
fn fetched() -> Result<PathBuf> {
    const PEERS: [&str; 4] = ["@automerge/automerge@3", "@automerge/automerge-repo@2.5", "yjs@13.6", "y-protocols@1"];
    let home = places::cache().join("peers");
    if !home.join("node_modules/y-protocols").exists() {
        if places::on_path("npm").is_none() || places::on_path("node").is_none() {
            bail!("--peers needs node and npm: install nodejs (20 or newer) and npm");
        }
        std::fs::create_dir_all(&home)?;
        let fetch = ["install", "--no-audit", "--no-fund", "--prefix", "."];
        if !Command::new("npm").current_dir(&home).args(fetch).args(PEERS).status()?.success() {
            bail!("npm could not fetch {}", PEERS.join(", "));
        }
    }
    Ok(home)
}
