//! Shows Satchel at work: a hub, a device and the window. With `--headless` the journey is driven and pictured; the window
//! test is the same journey, counted. The journey itself is in `journey.rs`.

use crate::{
    bundle, check,
    journey::{self, Act, Beat},
    places,
    region::{PIN, Region},
    say::{self, Step},
    setup,
    stage::Stage,
    tally::Tally,
    webdriver::Session,
};
use anyhow::{Context, Result, anyhow, bail};
use serde_json::json;
use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

const PATIENCE: Duration = Duration::from_secs(15);
/// Long enough for the courier to notice that the hub went or came.
const COURIER: Duration = Duration::from_secs(60);
const SIZES: [(u32, u32); 2] = [(390, 844), (1280, 900)];

/// `cargo xtask demo`.
pub fn demo(headless: bool, keep: bool) -> Result<bool> {
    let needs: &[setup::Need] = if headless { &setup::EVERYTHING } else { &[setup::Need::App, setup::Need::Screen] };
    setup::setup(needs)?;
    bundle::build_screen(false)?;
    bundle::build_programs(false)?;

    let folder = places::root().join(".demo");
    // The driven journey begins with a new device.
    if (headless || !keep) && folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let mut region = Region::at(&folder, false)?;
    let mut step = say::begin("preparing the region");
    let made = region.is_made();
    prepare(&mut region, &mut step)?;
    if !headless && !made {
        region.enrol(&mut step)?;
    }
    step.done("");

    if headless {
        let mut step = say::begin("the journey");
        let trip = travel(&mut step, &mut region, "demo", Some(&folder.join("screenshots")))?;
        fs::write(folder.join("summary.md"), trip.summary())?;
        let ok = trip.failure.is_none();
        let note = format!("{} of {} beats; see {}", trip.went.len(), trip.all, folder.join("summary.md").display());
        if ok {
            step.done(&note);
        } else {
            step.failed(&note);
        }
        say::tell(trip.summary());
        return Ok(ok);
    }
    say::tell(format!("Sign in with the PIN {PIN}. Close the window to end the demo."));
    let mut window = Command::new(places::program("satchel", false));
    for (name, value) in region.env() {
        window.env(name, value);
    }
    let status = window.status().context("starting the window")?;
    region.stop();
    Ok(status.success())
}

/// The window's part of `cargo xtask test`.
pub fn window_test(step: &mut Step, alone: bool) -> Result<(Tally, String)> {
    if alone {
        step.line("building the screen");
        bundle::build_screen(false)?;
    }
    step.line("building the programs");
    bundle::build_programs(false)?;
    let folder = places::target().join("xtask").join("window");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let mut region = Region::at(&folder, false)?;
    prepare(&mut region, step)?;
    let trip = travel(step, &mut region, "window-test", Some(&folder.join("screenshots")))?;
    fs::write(folder.join("summary.md"), trip.summary())?;
    let tally = Tally { passed: trip.went.len() as u64, failed: (trip.all - trip.went.len()) as u64 };
    let note = match &trip.failure {
        None => String::new(),
        Some(why) => format!("{why}\n    pictures in {}, logs in {}", folder.display(), check::logs()),
    };
    Ok((tally, note))
}

fn prepare(region: &mut Region, step: &mut Step) -> Result<()> {
    if region.is_made() { region.start() } else { region.make(step) }
}

/// How a journey went.
struct Trip {
    all: usize,
    went: Vec<(&'static str, Duration)>,
    failure: Option<String>,
    pictures: Vec<PathBuf>,
}

impl Trip {
    fn summary(&self) -> String {
        let mut text = format!("# The journey: {} of {} beats\n\n", self.went.len(), self.all);
        for (say, took) in &self.went {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "- {say} ({} ms)", took.as_millis());
        }
        if let Some(why) = &self.failure {
            let _ = writeln!(text, "\nIt ended there: {why}");
        }
        if !self.pictures.is_empty() {
            text.push_str("\nPictures:\n\n");
            for picture in &self.pictures {
                let name = picture.file_name().unwrap_or_default().to_string_lossy();
                let _ = writeln!(text, "- screenshots/{name}");
            }
        }
        text
    }
}

fn travel(step: &mut Step, region: &mut Region, name: &str, pictures: Option<&Path>) -> Result<Trip> {
    let stage = Stage::set(name, &region.env())?;
    let beats = journey::journey();
    let mut trip = Trip { all: beats.len(), went: Vec::new(), failure: None, pictures: Vec::new() };
    let mut window: Option<Session> = None;
    for beat in &beats {
        step.line(beat.say);
        let began = Instant::now();
        match play(beat, &stage, &mut window, region, pictures) {
            Ok(taken) => {
                trip.went.push((beat.say, began.elapsed()));
                trip.pictures.extend(taken);
            }
            Err(why) => {
                trip.failure = Some(format!("{}: {why:#}", beat.say));
                if let (Some(window), Some(folder)) = (&window, pictures) {
                    let file = folder.join("where-it-ended.png");
                    if window.screenshot(&file).is_ok() {
                        trip.pictures.push(file);
                    }
                }
                break;
            }
        }
    }
    if let Some(window) = window {
        window.close();
    }
    region.stop();
    Ok(trip)
}

/// Does one beat; returns the pictures it took.
fn play(
    beat: &Beat,
    stage: &Stage,
    window: &mut Option<Session>,
    region: &mut Region,
    pictures: Option<&Path>,
) -> Result<Vec<PathBuf>> {
    let open = |window: &Option<Session>| window.as_ref().map(|_| ()).ok_or_else(|| anyhow!("no window is open"));
    match &beat.act {
        Act::Open => {
            let session = stage.open(&places::program("satchel", false))?;
            let (width, height) = SIZES[0];
            session.resize(width, height)?;
            *window = Some(session);
            return Ok(Vec::new());
        }
        Act::CutHub => {
            region.stop();
            return Ok(Vec::new());
        }
        Act::HubBack => {
            region.start()?;
            return Ok(Vec::new());
        }
        _ => open(window)?,
    }
    let Some(session) = window.as_ref() else { bail!("no window is open") };
    match &beat.act {
        Act::Open | Act::CutHub | Act::HubBack => {}
        Act::Write(into, text) => write(session, into, text)?,
        Act::WriteTicket(into) => write(session, into, &region.ticket()?)?,
        Act::Press(what) => {
            let element = session.wait_for(&named(what), PATIENCE)?;
            session.click(&element)?;
        }
        Act::PressNth(what, nth) => {
            wait(PATIENCE, what, || Ok(session.count(&named(what))? > *nth))?;
            session.run("document.querySelectorAll(arguments[0])[arguments[1]].click();", json!([named(what), nth]))?;
        }
        Act::See(what) => {
            session.wait_for(&named(what), PATIENCE)?;
        }
        Act::Count(what, least) => wait(PATIENCE, what, || Ok(session.count(&named(what))? >= *least))?,
        Act::Says(what, text) => wait(COURIER, &format!("{what} saying {text}"), || {
            Ok(session.text(&session.find(&named(what))?)?.contains(text))
        })?,
        Act::DoorShut => {
            let could = session.run_later(journey::TRY_THE_DOOR, json!([]))?;
            if could != json!([]) {
                bail!("the page could do what it must not: {could}");
            }
        }
        Act::Picture(name) => return pictures.map_or(Ok(Vec::new()), |folder| take(session, folder, name)),
    }
    Ok(Vec::new())
}

fn take(session: &Session, folder: &Path, name: &str) -> Result<Vec<PathBuf>> {
    let mut taken = Vec::new();
    for (width, height) in SIZES {
        let became = session.resize(width, height)?;
        if became != (u64::from(width), u64::from(height)) {
            bail!("the window would not become {width}x{height}: it is {became:?}");
        }
        let file = folder.join(format!("{name}-{width}x{height}.png"));
        session.screenshot(&file)?;
        taken.push(file);
    }
    let (width, height) = SIZES[0];
    session.resize(width, height)?;
    Ok(taken)
}

fn wait(patience: Duration, what: &str, mut seen: impl FnMut() -> Result<bool>) -> Result<()> {
    let until = Instant::now() + patience;
    loop {
        // An element that is being replaced may be gone for a moment; only the deadline decides.
        if seen().unwrap_or(false) {
            return Ok(());
        }
        if Instant::now() >= until {
            bail!("{what}: not seen within {} s", patience.as_secs());
        }
        thread::sleep(Duration::from_millis(100));
    }
}

fn write(session: &Session, into: &str, text: &str) -> Result<()> {
    let field = session.wait_for(&named(into), PATIENCE)?;
    session.clear(&field)?;
    session.write(&field, text)
}

fn named(what: &str) -> String {
    if what.contains('[') {
        return what.to_owned();
    }
    format!("[data-test=\"{what}\"]")
}
