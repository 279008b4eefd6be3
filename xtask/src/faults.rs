//! Injects faults into the programs as they are built for tests, and shows the table. What is injected is in `tests/faults`. Not a test
//! of its own: a part of the families runs with the stories.

use crate::{places, run, setup};
use anyhow::Result;
use std::process::Command;

pub fn faults(rest: &[String]) -> Result<bool> {
    setup::setup(&[setup::Need::App])?;
    // The whole workspace, so that nothing is compiled with other features than the tests have.
    if !run::cargo().args(["build", "--workspace"]).status()?.success() {
        return Ok(false);
    }
    let status = Command::new(places::program("faults", false)).args(rest).current_dir(places::root()).status()?;
    Ok(status.success())
}
