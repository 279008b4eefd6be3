//! Bad luck in the window: a vault that a newer Satchel has written, a disk that is full, and somebody who looks into the memory of a page after the
//! device was locked. The device lies on a small disk of its own (a tmpfs
//! that only these programs see, in a user and mount namespace: no privilege is needed and nothing of the machine fills up), as the journey left it.
//! What the device itself answers then is the stories' (`bad_luck.rs`).

use crate::{
    demo::{self, sized},
    ending::{PAGE, child_of, page_of},
    hands::{PATIENCE, named, press, wait, write},
    journey::CARRIED,
    places,
    region::{PIN, Region},
    stage::Stage,
    webdriver::Session,
};
use anyhow::{Context, Result, bail};
use serde_json::json;
use std::{
    fs::{self, File},
    io::{BufReader, ErrorKind, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// The small disk: more than the device needs, little enough to be filled at once.
const DISK: &str = "24m";

/// A page of memory (bytes).
const PAGE_BYTES: usize = 4096;

/// Whether this machine lets an ordinary program have a disk of its own.
pub fn can() -> bool {
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "true"]).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// One after the other, with pictures; gives how long the lock screen took to come, once the page before it was forgotten.
pub fn bad_luck(region: &Region, pictures: &Path) -> Result<Duration> {
    let disk = places::target().join("xtask").join("small-disk");
    fs::create_dir_all(&disk)?;
    let mut env = region.env();
    env.retain(|(name, _)| name != "SATCHEL_HOME");
    env.push(("SATCHEL_HOME".to_owned(), disk.join("device").display().to_string()));
    // As it is when nobody drives the window.
    env.push(("SATCHEL_LOCK_ENDS_PAGE".to_owned(), "1".to_owned()));
    let stage = Stage::set_within("bad-luck", &env, small(&disk, &region.home()))?;
    // The disk as the programs in their namespace see it.
    let inside = PathBuf::from(format!("/proc/{}/root", stage.driver_id())).join(disk.strip_prefix("/")?);
    let key = found(&inside.join("device"), "key").context("the vault's key")?;

    let newer = fs::read(&key).map(|old| ([&[old[0] + 2], &old[1..]].concat(), old))?;
    fs::write(&key, &newer.0)?;
    let session = stage.open(&places::program("satchel", false))?;
    let done = written_by_a_newer(&session, pictures, (&key, &newer.1))
        .and_then(|()| full(&session, pictures, &inside))
        .and_then(|()| forgotten(&session, stage.driver_id()));
    session.close();
    done
}

/// The shell that has the small disk, with a copy of the device on it, and then becomes the program that is named after it.
fn small(disk: &Path, home: &Path) -> Command {
    let mut command = Command::new("unshare");
    let script =
        "mount -t tmpfs -o size=$1,mode=700 satchel \"$2\" && cp -a \"$3\" \"$2/device\" && shift 3 && exec \"$@\"";
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh", DISK]).args([disk, home]);
    command
}

fn written_by_a_newer(session: &Session, pictures: &Path, (key, old): (&Path, &[u8])) -> Result<()> {
    sized(session)?;
    write(session, "pin", PIN)?;
    press(session, "signin-submit")?;
    says(session, "made by a newer version of Satchel. Update the app")?;
    demo::take(session, pictures, "57-newer-vault")?;
    if fs::read(key)?[1..] != old[1..] {
        bail!("the vault's key was written to");
    }
    fs::write(key, old)?;
    write(session, "pin", PIN)?;
    press(session, "signin-submit")?;
    wait(PATIENCE, "the caseload", || Ok(session.count(&named("caseload-row"))? > 0))
}

fn full(session: &Session, pictures: &Path, disk: &Path) -> Result<()> {
    let filler = disk.join("filler");
    fill(&filler)?;
    open(session)?;
    says(session, "storage is full. Nothing is shown that could not be recorded")?;
    if session.count(&named("chart"))? > 0 {
        bail!("a record is shown that was not recorded");
    }
    demo::take(session, pictures, "58-disk-full")?;
    fs::remove_file(&filler)?;
    open(session)?;
    session.wait_for(&named("chart"), PATIENCE).map(drop)
}

/// After a lock the process that showed a record is gone, with what it showed; the next page has nothing of it.
fn forgotten(session: &Session, driver: u32) -> Result<Duration> {
    let app = child_of(driver, "satchel")?.context("the window's process")?;
    let page = page_of(app)?.context("the page's process")?;
    let name = session.text(&session.find(&named("banner"))?)?;
    let name = name.split([',', '\n']).next().unwrap_or_default().to_owned();
    if name.is_empty() || count(page, &name)? == 0 {
        bail!("the search does not find what the page shows");
    }
    let began = Instant::now();
    // The driver's own session may end with the page: it has its answer before the button is pressed.
    let press_soon = "const lock = document.querySelector(arguments[0]); setTimeout(() => lock.click());";
    session.run(press_soon, json!([named("lock")]))?;
    wait(PATIENCE, "the next page", || Ok(page_of(app)?.is_some_and(|next| next != page)))?;
    let took = began.elapsed();
    if Path::new(&format!("/proc/{page}")).exists() && child_of(app, PAGE)? == Some(page) {
        bail!("the page's process is still there");
    }
    let next = page_of(app)?.context("the next page's process")?;
    match count(next, &name)? {
        0 => Ok(took),
        found => bail!("what was shown is {found} times in the memory of the page after the lock"),
    }
}

/// How often a word stands in a process's memory, in one byte or two a character.
fn count(process: u32, word: &str) -> Result<usize> {
    let (narrow, wide) =
        (word.as_bytes().to_vec(), word.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>());
    let mut memory = File::open(format!("/proc/{process}/mem"))?;
    let mut present = File::open(format!("/proc/{process}/pagemap"))?;
    let mut found = 0;
    for line in fs::read_to_string(format!("/proc/{process}/maps"))?.lines() {
        let mut parts = line.split_ascii_whitespace();
        let (range, rights) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let ends = range.split_once('-').map(|(from, to)| (u64::from_str_radix(from, 16), u64::from_str_radix(to, 16)));
        let Some((Ok(from), Ok(to))) = ends.filter(|_| rights.starts_with("rw")) else {
            continue;
        };
        let mut run = Vec::new();
        let mut page = [0; PAGE_BYTES];
        present.seek(SeekFrom::Start(from / PAGE_BYTES as u64 * 8))?;
        let mut here = BufReader::new(&present);
        let mut entry = [0; 8];
        for at in (from..to).step_by(PAGE_BYTES) {
            // Only what is in memory: most of what a webview reserves never was.
            let is_here = here.read_exact(&mut entry).is_ok() && entry[7] & 0x80 != 0;
            let read = is_here && memory.seek(SeekFrom::Start(at)).is_ok() && memory.read_exact(&mut page).is_ok();
            if read {
                run.extend_from_slice(&page);
            }
            if !read || at + PAGE_BYTES as u64 >= to {
                found += times(&run, &narrow) + times(&run, &wide);
                run.clear();
            }
        }
    }
    Ok(found)
}

fn times(bytes: &[u8], word: &[u8]) -> usize {
    let first = word.first().copied();
    bytes.windows(word.len()).filter(|window| window.first().copied() == first && *window == word).count()
}

/// Presses the first person whose record is on the device.
fn open(session: &Session) -> Result<()> {
    wait(PATIENCE, "somebody carried", || Ok(session.count(CARRIED)? > 0))?;
    session.run("document.querySelector(arguments[0]).click();", json!([CARRIED])).map(drop)
}

fn says(session: &Session, words: &str) -> Result<()> {
    let script = "return document.getElementById('maincontent').innerText;";
    wait(PATIENCE, words, || {
        Ok(session.run(script, json!([]))?.as_str().is_some_and(|text| text.replace('\u{a0}', " ").contains(words)))
    })
}

/// Writes until not a byte more fits.
fn fill(path: &Path) -> Result<()> {
    let mut file = File::create(path)?;
    for size in [1 << 16, 1 << 12, 1] {
        let block = vec![0; size];
        loop {
            match file.write_all(&block) {
                Ok(()) => {}
                Err(e) if e.kind() == ErrorKind::StorageFull => break,
                Err(e) => return Err(e.into()),
            }
        }
    }
    Ok(())
}

fn found(folder: &Path, name: &str) -> Result<PathBuf> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.file_name().is_some_and(|file| file == name) && path.is_file() {
            return Ok(path);
        }
        if path.is_dir()
            && let Ok(found) = found(&path, name)
        {
            return Ok(found);
        }
    }
    bail!("there is no {name} in {}", folder.display())
}
