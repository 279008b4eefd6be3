//! The window whose page ends by itself: its process is killed, as a crash or want of memory would, and another must come in its place. Without
//! a driver, which ends with the page. What a page shows is the journey's.

use crate::{
    places,
    stage::{Kept, scenery},
};
use anyhow::{Context, Result, bail};
use std::{
    fs,
    process::Command,
    thread,
    time::{Duration, Instant},
};

/// How long a page may take to come.
const PATIENCE: Duration = Duration::from_secs(60);
/// The kernel keeps fifteen letters of a program's name.
pub const PAGE: &str = "WebKitWebProces";
/// A thread of its that compiles the page's script, however the page is painted (`src-tauri/painting.rs`).
const COMPILER: &str = "JITWorker";

/// Kills the page of a window, twice, and waits for the next each time.
pub fn comes_back(env: &[(String, String)]) -> Result<()> {
    let mut command = Command::new(places::program("satchel", false));
    let _around = scenery(&mut command, "ending", env)?;
    let mut window = Kept(command.spawn().context("starting the window")?);
    let mut page = next_page(&mut window, None)?;
    for _ in 0..2 {
        if !Command::new("kill").args(["-KILL", &page.to_string()]).status()?.success() {
            bail!("the page's process {page} could not be killed");
        }
        page = next_page(&mut window, Some(page))?;
    }
    Ok(())
}

/// The process of the window's page, once there is one that is not the one before.
fn next_page(window: &mut Kept, before: Option<u32>) -> Result<u32> {
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until {
        if let Some(ended) = window.0.try_wait()? {
            bail!("the window ended with its page: {ended}");
        }
        if let Some(page) = page_of(window.0.id())?.filter(|page| Some(*page) != before) {
            return Ok(page);
        }
        thread::sleep(Duration::from_millis(100));
    }
    bail!("no page came within {} s", PATIENCE.as_secs())
}

/// The living child of `parent` that is a page, once its script has begun.
pub fn page_of(parent: u32) -> Result<Option<u32>> {
    Ok(child_of(parent, PAGE)?.filter(|page| has_begun(*page)))
}

/// The living child of `parent` whose name ends so.
pub fn child_of(parent: u32, wanted: &str) -> Result<Option<u32>> {
    for entry in fs::read_dir("/proc")? {
        let Some(id) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        // It may be gone by now.
        let Ok(stat) = fs::read_to_string(format!("/proc/{id}/stat")) else { continue };
        let Some((name, rest)) = stat.rsplit_once(')') else { continue };
        let mut rest = rest.split_ascii_whitespace();
        let (state, child_of) = (rest.next(), rest.next());
        let theirs = child_of == Some(parent.to_string().as_str());
        if name.ends_with(wanted) && state != Some("Z") && theirs {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

/// Its script has begun. Before that it is no page yet, and the webview itself gives up with it.
fn has_begun(page: u32) -> bool {
    let threads = fs::read_dir(format!("/proc/{page}/task")).into_iter().flatten().flatten();
    let name = |thread: fs::DirEntry| fs::read_to_string(thread.path().join("comm")).unwrap_or_default();
    threads.map(name).any(|name| name.trim_end() == COMPILER)
}
