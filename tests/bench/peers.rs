//! automerge-repo and Yjs beside our own rows, in the same run with the same edits: `--peers FOLDER`, where npm has put them. They merge text
//! and know no consent, no audit, no signature and no decision; what is compared is bytes and the time to have a plan at hand.

use crate::plans::Scenario;
use crate::stats::Table;
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::path::Path;
use std::process::Command;

#[derive(Deserialize)]
struct Peers {
    automerge_repo: Peer,
    yjs: Peer,
}

#[derive(Deserialize)]
struct Peer {
    version: String,
    /// Of all messages of the shift, both ways.
    bytes: u64,
    messages: u64,
    /// Whether both ends had the same in the end.
    agree: bool,
    /// Bytes of the plan of two years as the program stores it.
    stored: u64,
    /// Milliseconds from those bytes to all its text, the median.
    open: f64,
}

pub fn measure(folder: &Path, scenario: &Scenario, table: &mut Table) -> Result<()> {
    let file = tempfile::NamedTempFile::new()?;
    serde_json::to_writer(&file, scenario)?;
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/bench/peers.mjs");
    let out = Command::new("node").arg(script).arg(folder).arg(file.path()).output().context("running node")?;
    if !out.status.success() {
        bail!("the other programs failed: {}", String::from_utf8_lossy(&out.stderr));
    }
    let peers: Peers = serde_json::from_slice(&out.stdout).context("what the other programs said")?;
    for (name, peer) in [("automerge-repo", peers.automerge_repo), ("Yjs", peers.yjs)] {
        let Peer { version, bytes, messages, agree, stored, open } = peer;
        let end = if agree { "" } else { "; THEY DO NOT AGREE" };
        let kilobytes = bytes as f64 / 1e3;
        table.row(
            "G10",
            &format!("the same by {name} {version}"),
            format!("{messages} messages, {kilobytes:.1} kB{end}"),
            "",
        );
        table.row(
            "G11",
            &format!("the same by {name}"),
            format!("text at hand in {open:.1} ms, document {stored} B"),
            "",
        );
    }
    Ok(())
}
