//! Shows Satchel at work: a hub, a device and the window. With `--headless` the journey is driven and pictured; the window
//! test is the same journey, counted. The journey itself is in `journey.rs`.

use crate::{
    axe, bundle, ending,
    hands::{PATIENCE, choose, named, press, scroll_to, wait, write},
    journey::{self, Act, Beat},
    journey_bag, journey_codes, luck, missing, places,
    region::{PIN, Region},
    say::{self, Step},
    setup,
    stage::Stage,
    tally::Tally,
    webdriver::Session,
};
use anyhow::{Context, Error, Result, bail};
use serde_json::{Value, json};
use std::{
    env,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

/// Long enough for the courier to notice that the hub went or came.
const COURIER: Duration = Duration::from_secs(60);
const SIZES: [(u32, u32); 2] = [(390, 844), (1280, 900)];

/// `cargo xtask demo`.
pub fn demo(headless: bool, keep: bool) -> Result<bool> {
    let needs: &[setup::Need] = if headless { &setup::EVERYTHING } else { &[setup::Need::App, setup::Need::Screen] };
    if !headless && cfg!(target_os = "linux") && env::var_os("DISPLAY").or(env::var_os("WAYLAND_DISPLAY")).is_none() {
        bail!(
            "this machine has no display to open a window on; `cargo xtask demo --headless` makes one and takes pictures"
        );
    }
    setup::setup(needs)?;
    setup::letters();
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
        let trip = travel(&mut step, &mut region, "demo", &folder.join("screenshots"))?;
        fs::write(folder.join("summary.md"), trip.summary())?;
        let tally = trip.tally();
        let ok = tally.failed == 0;
        let note = format!("{} of {} beats; see {}", tally.passed, trip.beats, folder.join("summary.md").display());
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
pub fn window_test(step: &mut Step) -> Result<(Tally, String)> {
    let folder = places::target().join("xtask").join("window");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let mut region = Region::at(&folder, false)?;
    prepare(&mut region, step)?;
    let trip = travel(step, &mut region, "window-test", &folder.join("screenshots"))?;
    fs::write(folder.join("summary.md"), trip.summary())?;
    let (mut complaints, mut tally) = (trip.complaints(), trip.tally());
    match ending::comes_back(&region.env()) {
        Ok(()) => tally.passed += 1,
        Err(why) => {
            tally.failed += 1;
            complaints.push(format!("a page that ends by itself comes back: {why:#}"));
        }
    }
    match missing::is_said(&folder.join("screenshots")) {
        Ok(true) => tally.passed += 1,
        Ok(false) => {
            say::tell("    no browser of WebKitGTK's here: a module of the screen that does not come is not tried")
        }
        Err(why) => {
            tally.failed += 1;
            complaints.push(format!("a module of the screen that does not come: {why:#}"));
        }
    }
    if luck::can() {
        match luck::bad_luck(&region, &folder.join("screenshots")) {
            Ok(took) => {
                tally.passed += 3;
                say::tell(format!("    after a lock the next page was there within {} ms", took.as_millis()));
            }
            Err(why) => {
                tally.failed += 1;
                complaints.push(format!("a newer vault, a full disk, a page that is forgotten: {why:#}"));
            }
        }
    } else {
        say::tell(
            "    no user namespaces here: a newer vault, a full disk and a forgotten page are not tried in the window",
        );
    }
    let mut note = complaints.join("\n    ");
    if !note.is_empty() {
        note = format!("\n    {note}\n    pictures in {}, logs in {}", folder.display(), places::logs().display());
    }
    Ok((tally, note))
}

fn prepare(region: &mut Region, step: &mut Step) -> Result<()> {
    if region.is_made() { region.start() } else { region.make(step) }
}

/// How a journey went.
struct Trip {
    beats: usize,
    went: Vec<Went>,
    told: Vec<String>,
    pictures: Vec<PathBuf>,
}

struct Went {
    say: &'static str,
    took: Duration,
    why_not: Option<String>,
}

impl Trip {
    fn tally(&self) -> Tally {
        let passed = self.went.iter().filter(|one| one.why_not.is_none()).count();
        Tally { passed: passed as u64, failed: (self.beats - passed) as u64 }
    }

    fn complaints(&self) -> Vec<String> {
        self.went.iter().filter_map(|one| Some(format!("{}: {}", one.say, one.why_not.as_ref()?))).collect()
    }

    fn summary(&self) -> String {
        let tally = self.tally();
        let mut text = format!("# The journey: {} of {} beats\n\n", tally.passed, self.beats);
        for one in &self.went {
            let mark = if one.why_not.is_none() { "" } else { "**NOT** " };
            // Writing to a String cannot fail.
            let _ = writeln!(text, "- {mark}{} ({} ms)", one.say, one.took.as_millis());
        }
        for told in &self.told {
            let _ = writeln!(text, "\n{told}");
        }
        for why in self.complaints() {
            let _ = writeln!(text, "\nNot as it should be: {why}");
        }
        let unreached = self.beats - self.went.len();
        if unreached > 0 {
            let _ = writeln!(text, "\n{unreached} beats were not reached.");
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

/// What was not as it should be. A page that answers nothing any more has ended by itself, and shows nothing whatever was asked of it.
fn complaint(why: &Error, gone: Option<&Error>) -> String {
    match gone {
        Some(gone) => format!("{why:#}; the page itself has ended ({gone:#}): see the window's log, and the kernel's"),
        None => format!("{why:#}"),
    }
}

/// What the beats act upon.
struct Scene<'a> {
    stage: Stage,
    region: &'a mut Region,
    axe: Option<String>,
    pictures: &'a Path,
    window: Option<Session>,
    /// What the colleague's device shows: the slip, then the frames.
    codes: Vec<String>,
    /// What the crew's device shows: its signature.
    answer: String,
    clock: Option<Clock>,
    /// What a beat has to tell besides that it went well.
    told: Option<String>,
}

/// Taps and time since it was started.
struct Clock {
    began: Instant,
    taps: u32,
    slowest: Duration,
}

fn travel(step: &mut Step, region: &mut Region, name: &str, pictures: &Path) -> Result<Trip> {
    let axe = axe::script(step)?;
    let stage = Stage::set(name, &region.env())?;
    let (codes, answer) = (Vec::new(), String::new());
    let mut scene = Scene { stage, region, axe, pictures, window: None, codes, answer, clock: None, told: None };
    let mut beats = journey::journey();
    if scene.axe.is_none() {
        say::tell("    no npm, so the pages are not checked for barriers");
        beats.retain(|beat| !matches!(beat.act, Act::NoBarrier));
    }
    let mut trip = Trip { beats: beats.len(), went: Vec::new(), told: Vec::new(), pictures: Vec::new() };
    for beat in &beats {
        step.line(beat.say);
        let began = Instant::now();
        let outcome = scene.play(beat);
        let took = began.elapsed();
        if let Some(clock) = &mut scene.clock {
            clock.taps += u32::from(beat.act.is_a_tap());
            clock.slowest = clock.slowest.max(took);
        }
        if let Some(told) = scene.told.take() {
            say::tell(format!("    {}: {told}", beat.say));
            trip.told.push(format!("{}: {told}", beat.say));
        }
        match outcome {
            Ok(taken) => {
                trip.went.push(Went { say: beat.say, took, why_not: None });
                trip.pictures.extend(taken);
            }
            Err(why) => {
                let heard = scene.window.as_ref().and_then(|window| window.run_later(journey::HEARS, json!([])).ok());
                let why = match heard.as_ref().and_then(Value::as_str) {
                    Some(heard) => why.context(heard.to_owned()),
                    None => why,
                };
                let gone = scene.window.as_ref().and_then(|window| window.run("return true;", json!([])).err());
                trip.went.push(Went { say: beat.say, took, why_not: Some(complaint(&why, gone.as_ref())) });
                if beat.act.is_a_look_aside() {
                    continue;
                }
                let file = pictures.join("where-it-ended.png");
                if scene.window.as_ref().is_some_and(|window| window.screenshot(&file).is_ok()) {
                    trip.pictures.push(file);
                }
                break;
            }
        }
    }
    if let Some(window) = &scene.window {
        window.close();
    }
    scene.region.stop();
    Ok(trip)
}

impl Scene<'_> {
    /// Does one beat; returns the pictures it took.
    fn play(&mut self, beat: &Beat) -> Result<Vec<PathBuf>> {
        match &beat.act {
            Act::Open => {
                let session = self.stage.open(&places::program("satchel", false))?;
                let (width, height) = SIZES[0];
                session.resize(width, height)?;
                self.window = Some(session);
                return Ok(Vec::new());
            }
            Act::CutHub => {
                self.region.stop();
                return Ok(Vec::new());
            }
            Act::Colleague => {
                self.region.colleague()?;
                return Ok(Vec::new());
            }
            Act::Codes => {
                self.codes = self.region.codes()?;
                return Ok(Vec::new());
            }
            Act::HubBack => {
                self.region.start()?;
                return Ok(Vec::new());
            }
            Act::Crew => {
                self.answer = self.region.crew()?;
                return Ok(Vec::new());
            }
            Act::Hospital(step) => {
                self.region.hospital(step)?;
                return Ok(Vec::new());
            }
            Act::Clock => {
                self.clock = Some(Clock { began: Instant::now(), taps: 0, slowest: Duration::ZERO });
                return Ok(Vec::new());
            }
            Act::Clocked(most) => {
                let Some(Clock { began, taps, slowest }) = self.clock.take() else { bail!("no clock was started") };
                let (took, slowest) = (began.elapsed().as_secs_f64(), slowest.as_millis());
                self.told = Some(format!(
                    "{taps} taps of at most {most}, {took:.1} s, the slowest step {slowest} ms with the driver's own time"
                ));
                if taps > *most {
                    bail!("{taps} taps, and not {most} at most");
                }
                return Ok(Vec::new());
            }
            Act::Papers(many) => {
                let papers: Vec<PathBuf> =
                    fs::read_dir(self.region.tray())?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
                if papers.len() != *many {
                    bail!("{} papers in the tray, not {many}", papers.len());
                }
                for paper in papers {
                    if !fs::read(paper)?.starts_with(b"%PDF-") {
                        bail!("what lies in the tray is no PDF");
                    }
                }
                return Ok(Vec::new());
            }
            _ => {}
        }
        let Some(session) = &self.window else { bail!("no window is open") };
        match &beat.act {
            Act::Open
            | Act::Colleague
            | Act::Codes
            | Act::CutHub
            | Act::HubBack
            | Act::Papers(_)
            | Act::Crew
            | Act::Hospital(_)
            | Act::Clock
            | Act::Clocked(_) => {}
            Act::Sign => {
                session.wait_for(&named("signature"), PATIENCE)?;
                scroll_to(session, "signature")?;
                session.run(journey_bag::DRAWN, json!([]))?;
            }
            Act::WriteAnswer(into) => write(session, into, &self.answer)?,
            Act::Reopened(text) => wait(COURIER, &format!("the bag saying {text}"), || {
                press(session, "back")?;
                press(session, "to-bag")?;
                let place = session.wait_for(&named("bag-where"), PATIENCE)?;
                Ok(session.text(&place)?.contains(text))
            })?,
            Act::Write(into, text) => write(session, into, text)?,
            Act::Choose(into) => {
                choose(session, into, &places::root().join("icons/512.png"))?;
            }
            Act::ChooseSlip(into) => {
                let slip = self.codes.first().context("no slip is shown")?;
                let file = self.pictures.with_file_name("slip.png");
                fs::write(&file, journey_codes::drawn(slip)?)?;
                choose(session, into, &file)?;
            }
            Act::Camera(script) => {
                let shown = self.codes.iter().map(|code| journey_codes::url(code)).collect::<Result<Vec<_>>>()?;
                wait(PATIENCE, "the camera", || Ok(session.run(script, json!([shown]))? == json!(true)))?;
            }
            Act::WriteTicket(into) => write(session, into, &self.region.ticket()?)?,
            Act::Press(what) => press(session, what)?,
            Act::PressNth(what, nth) => {
                wait(PATIENCE, what, || Ok(session.count(&named(what))? > *nth))?;
                session
                    .run("document.querySelectorAll(arguments[0])[arguments[1]].click();", json!([named(what), nth]))?;
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
            Act::NoBarrier => {
                if let Some(script) = &self.axe {
                    axe::check(session, script)?;
                }
            }
            Act::Picture(name) => return take(session, self.pictures, name),
        }
        Ok(Vec::new())
    }
}

/// As a phone.
pub fn sized(session: &Session) -> Result<()> {
    let (width, height) = SIZES[0];
    session.resize(width, height).map(drop)
}

pub fn take(session: &Session, folder: &Path, name: &str) -> Result<Vec<PathBuf>> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::anyhow;

    #[test]
    fn a_page_that_has_ended_is_not_taken_for_one_that_shows_something_else() {
        let unseen = anyhow!("entry-need saying Falls: not seen within 60 s");
        assert_eq!(complaint(&unseen, None), unseen.to_string());
        let said = complaint(&unseen, Some(&anyhow!("unknown error")));
        assert!(
            said.starts_with("entry-need saying Falls") && said.contains("the page itself has ended (unknown error)")
        );
    }
}
