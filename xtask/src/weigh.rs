//! What the shipped build weighs: the programs, the screen, and the memory of the window with its page while a nurse with 500 people on her
//! caseload works. It measures and prints; it asserts nothing, and how fast anything is, is the bench's.

use crate::{
    bundle,
    hands::{PATIENCE, named, press, wait, write},
    journey::CARRIED,
    places,
    region::{PIN, Region},
    say, setup,
    stage::Stage,
    webdriver::Session,
};
use anyhow::{Context, Result, bail};
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

/// On the caseload, as the goal says.
const PEOPLE: &str = "500";
/// Records opened one after another.
const RECORDS: u64 = 20;
/// A record that has not come by then was not opened.
const SOON: Duration = Duration::from_secs(2);
const WINDOW: (u32, u32) = (390, 844);

/// `cargo xtask weigh`.
pub fn weigh() -> Result<bool> {
    setup::setup(&setup::EVERYTHING)?;
    let screen = bundle::build_screen(true)?;
    bundle::build_programs(true)?;
    let folder = places::target().join("xtask").join("weigh");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let mut region = Region::at(&folder, true)?.of(PEOPLE);
    let mut step = say::begin("a region of 500 people");
    region.make(&mut step)?;
    region.everyone(&mut step)?;
    region.enrol(&mut step)?;
    step.done("");

    let mut rows: Vec<(String, String)> = Vec::new();
    for name in bundle::SHIPPED {
        let goal = if name == "satchel" { " (goal: under 25 MB)" } else { "" };
        let size = fs::metadata(places::program(name, true)).with_context(|| format!("no {name}"))?.len();
        rows.push((format!("{name}, stripped{goal}"), say::bytes(size)));
    }
    rows.push(("the screen's first module, gzipped (goal: under 400 kB)".to_owned(), say::bytes(screen.first())));
    rows.push(("all its modules, gzipped".to_owned(), say::bytes(screen.all())));

    let program = places::program("satchel", true);
    let stage = Stage::set("weigh", &region.env())?;
    let empty = match browser() {
        Some(browser) => Some(empty_page(&stage, &browser)?),
        None => None,
    };
    let session = stage.open(&program)?;
    session.resize(WINDOW.0, WINDOW.1)?;
    session.wait_for(&named("pin"), PATIENCE)?;
    let before = memory(&program)?;
    write(&session, "pin", PIN)?;
    press(&session, "signin-submit")?;
    session.wait_for(&named("caseload-row"), PATIENCE)?;
    let listed = memory(&program)?;
    let (mut nth, mut opened) = (0, 0);
    while opened < RECORDS {
        opened += u64::from(open(&session, nth)?);
        nth += 1;
    }
    let read = memory(&program)?;
    session.close();
    region.stop();
    let mut memories = Vec::from_iter(empty.map(|found| ("of WebKitGTK's own browser with an empty page", found)));
    memories.extend([
        ("locked (goal: under 200 MB with the webview)", before),
        ("with the list of 500", listed),
        ("after 20 records", read),
    ]);
    for (when, found) in memories {
        let total: u64 = found.values().map(|one| one.shared_out).sum();
        rows.push((format!("memory {when}"), say::bytes(total)));
        for (process, one) in found {
            let shown = format!(
                "{} (resident, counting what it shares in full: {})",
                say::bytes(one.shared_out),
                say::bytes(one.resident)
            );
            rows.push((format!("    {process}"), shown));
        }
    }
    for (what, weight) in rows {
        say::tell(format!("{what}: {weight}"));
    }
    Ok(true)
}

/// Opens the page of somebody on the list, and goes back to the list. Whether their record came: some are asked for their consent first.
fn open(session: &Session, nth: u64) -> Result<bool> {
    wait(PATIENCE, "the list", || Ok(session.count(CARRIED)? > nth))?;
    let press_it = "document.querySelectorAll(arguments[0])[arguments[1]].click();";
    session.run(press_it, json!([CARRIED, nth]))?;
    session.wait_for(&named("back"), PATIENCE)?;
    let came = session.wait_for(&named("chart"), SOON).is_ok();
    press(session, "back")?;
    Ok(came)
}

/// The browser that WebKitGTK's library brings along, where it is installed: the yardstick of what any page costs on this machine.
pub fn browser() -> Option<PathBuf> {
    let folders = fs::read_dir("/usr/lib").ok()?.flatten();
    folders.map(|folder| folder.path().join("webkit2gtk-4.1").join("MiniBrowser")).find(|path| path.exists())
}

/// Memory of that browser once it has drawn a page with nothing on it.
fn empty_page(stage: &Stage, browser: &Path) -> Result<BTreeMap<String, Memory>> {
    let session = stage.open_with(browser, &["--automation"])?;
    session.resize(WINDOW.0, WINDOW.1)?;
    let drawn =
        "const done = arguments[arguments.length - 1]; requestAnimationFrame(() => requestAnimationFrame(done));";
    session.run_later(drawn, json!([]))?;
    let found = memory(browser);
    session.close();
    found
}

/// Memory of one process, bytes.
#[derive(Default)]
struct Memory {
    /// Pages that several processes share are divided among them (Linux: `Pss`), so that a sum counts each page once.
    shared_out: u64,
    resident: u64,
}

/// The window's program and every process that it started, by name.
fn memory(program: &Path) -> Result<BTreeMap<String, Memory>> {
    let mut parents = BTreeMap::new();
    let mut family = BTreeSet::new();
    for entry in fs::read_dir("/proc")? {
        let Some(id) = entry?.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        // It may be gone by now.
        let Ok(stat) = fs::read_to_string(format!("/proc/{id}/stat")) else { continue };
        let Some((_, rest)) = stat.rsplit_once(')') else { continue };
        if let Some(parent) = rest.split_ascii_whitespace().nth(1).and_then(|id| id.parse::<u32>().ok()) {
            parents.insert(id, parent);
        }
        if fs::read_link(format!("/proc/{id}/exe")).is_ok_and(|exe| exe == program) {
            family.insert(id);
        }
    }
    if family.is_empty() {
        bail!("the window's process was not found");
    }
    // Children of children: a sandbox stands between the window and its page on some systems.
    while let Some((child, _)) =
        parents.iter().find(|(child, parent)| family.contains(parent) && !family.contains(child))
    {
        family.insert(*child);
    }
    let mut found: BTreeMap<String, Memory> = BTreeMap::new();
    for id in family {
        let name = fs::read_to_string(format!("/proc/{id}/comm")).unwrap_or_default().trim_end().to_owned();
        let Ok(about) = fs::read_to_string(format!("/proc/{id}/smaps_rollup")) else { continue };
        let of = |field: &str| -> u64 {
            let line = about.lines().find(|line| line.starts_with(field)).unwrap_or_default();
            line.split_ascii_whitespace().nth(1).and_then(|n| n.parse::<u64>().ok()).unwrap_or_default() * 1024
        };
        let entry = found.entry(name).or_default();
        entry.shared_out += of("Pss:");
        entry.resident += of("Rss:");
    }
    Ok(found)
}
