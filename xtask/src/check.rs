//! `cargo xtask test`: everything a change must pass, each part to its end, and one sum at the close. The checks themselves
//! belong to the rooms; only the window's journey is described here, in `journey.rs`.

use crate::{
    android, bundle, demo, places, run,
    say::{self, Step},
    setup,
    tally::{self, Tally},
    wasm,
};
use anyhow::Result;
use clap::ValueEnum;
use std::{process::Command, time::Duration};

/// One part of the whole.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// Formatting.
    Fmt,
    /// Lints, with warnings denied.
    Clippy,
    /// Every test and every example in the documentation.
    Unit,
    /// The screen builds, and is small enough.
    Wasm,
    /// Another program reads the hub's plan files: the JavaScript Automerge, where npm can fetch it.
    Peer,
    /// The real window, driven through a journey.
    Window,
    /// The app's types and lints for Android, without its SDK. Only by this name: the whole does not run it.
    Android,
}

struct Line {
    name: String,
    took: Duration,
    tally: Tally,
}

/// The report so far.
struct Report {
    lines: Vec<Line>,
}

impl Report {
    fn add(&mut self, name: &str, took: Duration, tally: Tally) {
        self.lines.push(Line { name: name.to_owned(), took, tally });
    }

    /// Runs one check; an error is a failed check, and the next one still runs.
    fn check(&mut self, name: &str, work: impl FnOnce(&mut Step) -> Result<(Tally, String)>) {
        let mut step = say::begin(name);
        let (tally, took) = match work(&mut step) {
            Ok((tally, note)) if tally.failed == 0 => (tally, step.done(&note)),
            Ok((tally, note)) => (tally, step.failed(&note)),
            Err(why) => (Tally::one(false), step.failed(&format!("{why:#}"))),
        };
        self.add(name, took, tally);
    }

    fn close(&self) -> bool {
        say::tell("");
        let mut sum = Tally::default();
        for line in &self.lines {
            sum.add(line.tally);
            let mark = if line.tally.failed == 0 { "ok " } else { "NOT" };
            say::tell(format!(
                "{mark} {:<34} {:>5} passed {:>3} failed  {:>12}",
                line.name,
                line.tally.passed,
                line.tally.failed,
                say::seconds(line.took)
            ));
        }
        say::tell(format!("{} passed, {} failed", sum.passed, sum.failed));
        sum.failed == 0
    }
}

/// Runs the wanted parts.
pub fn test(only: Option<Part>) -> Result<bool> {
    let wants = |part: Part| only.map_or(part != Part::Android, |one| one == part);
    let mut report = Report { lines: Vec::new() };

    let needs: &[setup::Need] = match only {
        None => &setup::EVERYTHING,
        Some(Part::Fmt) => &[],
        Some(Part::Unit | Part::Peer) => &[setup::Need::App],
        Some(Part::Wasm) => &[setup::Need::Screen],
        Some(Part::Clippy) => &[setup::Need::App, setup::Need::Screen],
        Some(Part::Window) => &setup::EVERYTHING,
        Some(Part::Android) => &[setup::Need::Phone],
    };
    if let Err(why) = setup::setup(needs) {
        say::tell(format!("NOT set up: {why:#}"));
        report.add("set-up", Duration::ZERO, Tally::one(false));
    }

    if wants(Part::Fmt) {
        report.check("formatting", |step| simple(step, "fmt", run::cargo().args(["fmt", "--all", "--", "--check"])));
    }
    if wants(Part::Wasm) {
        report.check("the screen", |_| screen());
    }
    if wants(Part::Clippy) {
        report.check("lints", |step| {
            let mut command = run::cargo();
            command.args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]);
            simple(step, "clippy", &mut command)
        });
        report.check("lints of the screen", |step| match wasm::ready() {
            Some(tools) if tools.can_lint() => {
                let mut command = tools.cargo("clippy");
                command.args(["--package", "ui", "--", "-D", "warnings"]);
                simple(step, "clippy-screen", &mut command)
            }
            _ => anyhow::bail!("please install {}", wasm::by_hand()),
        });
    }
    if wants(Part::Unit) {
        report.check("tests", unit);
        report.check("examples in the documentation", |step| {
            let mut command = run::cargo();
            command.args(["test", "--doc", "--workspace", "--no-fail-fast"]);
            counted(step, "doctests", &mut command)
        });
    }
    if wants(Part::Peer) {
        report.check("another program reads the plans", peer);
    }
    if wants(Part::Android) {
        report.check("the app for Android", |step| simple(step, "android", &mut android::check()?));
    }
    if wants(Part::Window) {
        report.check("the window", |step| {
            if only.is_some() {
                bundle::build_screen(false)?;
            }
            bundle::build_programs(false)?;
            demo::window_test(step)
        });
    }
    Ok(report.close())
}

/// The window's part, with whatever was built last.
pub fn window_as_built() -> Result<bool> {
    let mut report = Report { lines: Vec::new() };
    report.check("the window", demo::window_test);
    Ok(report.close())
}

/// One check: it went well, or it shows its last lines.
fn simple(step: &mut Step, name: &str, command: &mut Command) -> Result<(Tally, String)> {
    let outcome = run::watch(step, name, command)?;
    let note = if outcome.ok { String::new() } else { format!("\n{}", outcome.tail(60)) };
    Ok((Tally::one(outcome.ok), note))
}

/// Many checks, counted by what their runner prints.
fn counted(step: &mut Step, name: &str, command: &mut Command) -> Result<(Tally, String)> {
    let outcome = run::watch(step, name, command)?;
    let mut tally = tally::read(&outcome.text);
    if !outcome.ok && tally.failed == 0 {
        tally.failed = 1;
    }
    let note = if outcome.ok {
        format!("{} passed", tally.passed)
    } else {
        format!("all of it is in {}\n{}", outcome.log.display(), outcome.tail(80))
    };
    Ok((tally, note))
}

fn unit(step: &mut Step) -> Result<(Tally, String)> {
    let nextest = run::answer(run::cargo().args(["nextest", "--version"])).is_some();
    let mut command = run::cargo();
    if nextest {
        command.args(["nextest", "run", "--workspace", "--no-fail-fast", "--no-tests", "pass"]);
    } else {
        command.args(["test", "--workspace", "--no-fail-fast", "--all-targets"]);
    }
    counted(step, "tests", &mut command)
}

/// The JavaScript Automerge opens a plan as the hub writes it. Where it can't be had that is said, and nothing is counted.
fn peer(step: &mut Step) -> Result<(Tally, String)> {
    const PACKAGE: &str = "@automerge/automerge@3.5";
    let home = places::cache().join("automerge");
    let package = home.join("node_modules/@automerge/automerge");
    if !package.exists() {
        if places::on_path("npm").is_none() || places::on_path("node").is_none() {
            return Ok((Tally::default(), "NOT RUN: no node and npm, so no other program read a plan".to_owned()));
        }
        std::fs::create_dir_all(&home)?;
        let mut npm = Command::new("npm");
        npm.current_dir(&home).args(["install", "--no-audit", "--no-fund", "--prefix", ".", PACKAGE]);
        if !run::watch(step, "automerge", &mut npm)?.ok {
            return Ok((Tally::default(), "NOT RUN: npm could not fetch the other program".to_owned()));
        }
    }
    let mut command = run::cargo();
    command.args(["test", "--workspace", "--test", "stories", "plan_peer"]).env("SATCHEL_AUTOMERGE", package);
    counted(step, "peer", &mut command)
}

fn screen() -> Result<(Tally, String)> {
    let too_much = bundle::build_screen(false)?.too_much();
    let mut tally = Tally::one(true);
    tally.add(Tally::one(too_much.is_none()));
    Ok((tally, too_much.unwrap_or_default()))
}
