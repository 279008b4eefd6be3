//! Runs the bench program on the shipped build. What is measured, and against what, is in `tests`.

use crate::{places, run, setup};
use anyhow::Result;
use std::process::Command;

pub fn bench(rest: &[String]) -> Result<bool> {
    setup::setup(&[setup::Need::App])?;
    // The whole workspace's features, as in every other build, so that what was compiled for one serves the other.
    let built = run::cargo().args(["build", "--release", "--workspace", "--bin", "bench"]).status()?;
    Ok(built.success() && Command::new(places::program("bench", true)).args(rest).status()?.success())
}
