//! Checks a page in the window with axe-core, which npm fetches into our cache. It judges only what a machine can judge.

use crate::{places, run, say::Step, webdriver::Session};
use anyhow::{Result, bail};
use serde_json::{Value, json};
use std::{fs, process::Command};

const AXE: &str = "axe-core@4.14";

/// The checker's own script, or nothing where npm can't fetch it.
pub fn script(step: &mut Step) -> Result<Option<String>> {
    let home = places::cache().join("axe");
    let file = home.join("node_modules/axe-core/axe.min.js");
    if !file.exists() {
        if places::on_path("npm").is_none() {
            return Ok(None);
        }
        fs::create_dir_all(&home)?;
        let mut npm = Command::new("npm");
        npm.current_dir(&home).args(["install", "--no-audit", "--no-fund", "--prefix", ".", AXE]);
        if !run::watch(step, "axe", &mut npm)?.ok {
            return Ok(None);
        }
    }
    Ok(Some(fs::read_to_string(file)?))
}

/// Fails with a line for each thing on the page that would keep somebody out.
pub fn check(session: &Session, script: &str) -> Result<()> {
    let there = session.run("return typeof window.axe;", json!([]))?;
    if there != json!("object") {
        session.run(script, json!([]))?;
    }
    let found = session.run_later(
        r#"const done = arguments[arguments.length - 1];
        window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }).then(
          (seen) => done(seen.violations.map((one) => [one.impact, one.id, one.help,
            one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")])),
          (why) => done([["critical", "axe", String(why), ""]]));"#,
        json!([]),
    )?;
    let Some(found) = found.as_array() else { bail!("axe answered {found}") };
    let barriers: Vec<String> = found.iter().map(line).collect();
    if barriers.is_empty() {
        return Ok(());
    }
    bail!("{} kinds of barrier:\n      {}", barriers.len(), barriers.join("\n      "))
}

fn line(one: &Value) -> String {
    let part = |at: usize| one.get(at).and_then(Value::as_str).unwrap_or("?");
    format!("{} {}: {} - {}", part(0), part(1), part(2), part(3))
}
