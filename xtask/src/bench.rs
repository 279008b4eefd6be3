//! Runs the bench program on the shipped build. What is measured, and against what, is in `tests`.

use crate::{run, setup};
use anyhow::Result;

pub fn bench(rest: &[String]) -> Result<bool> {
    setup::setup(&[setup::Need::App])?;
    let status =
        run::cargo().args(["run", "--release", "--package", "stories", "--bin", "bench", "--"]).args(rest).status()?;
    Ok(status.success())
}
