//! Bad luck in the window: a vault that a newer Satchel has written, and a disk that is full. The device lies on a small disk of its own (a tmpfs
//! that only these programs see, in a user and mount namespace: no privilege is needed and nothing of the machine fills up), as the journey left it.
//! What the device itself answers then is the stories' (`bad_luck.rs`).

use crate::{
    demo::{self, sized},
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
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The small disk: more than the device needs, little enough to be filled at once.
const DISK: &str = "24m";

/// Whether this machine lets an ordinary program have a disk of its own.
pub fn can() -> bool {
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "true"]).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Both, one after the other, with pictures.
pub fn bad_luck(region: &Region, pictures: &Path) -> Result<()> {
    let disk = places::target().join("xtask").join("small-disk");
    fs::create_dir_all(&disk)?;
    let mut env = region.env();
    env.retain(|(name, _)| name != "SATCHEL_HOME");
    env.push(("SATCHEL_HOME".to_owned(), disk.join("device").display().to_string()));
    let stage = Stage::set_within("bad-luck", &env, small(&disk, &region.home()))?;
    // The disk as the programs in their namespace see it.
    let inside = PathBuf::from(format!("/proc/{}/root", stage.driver_id())).join(disk.strip_prefix("/")?);
    let key = found(&inside.join("device"), "key").context("the vault's key")?;

    let newer = fs::read(&key).map(|old| ([&[old[0] + 2], &old[1..]].concat(), old))?;
    fs::write(&key, &newer.0)?;
    let session = stage.open(&places::program("satchel", false))?;
    let done =
        written_by_a_newer(&session, pictures, (&key, &newer.1)).and_then(|()| full(&session, pictures, &inside));
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
