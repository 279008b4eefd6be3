//! A small invented region for the demo and the window test: a hub in a folder, a nurse, a device enrolled for her. It knows
//! the programs' words and nothing of what is inside them.

use crate::{
    places, run,
    say::{self, Step},
    stage::{self, Kept},
};
use anyhow::{Context, Result, anyhow, bail};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

/// The PIN of the sample nurse. It protects invented people on the machine of whoever runs the demo.
pub const PIN: &str = "274916";
/// Invented people, unless more are wished for.
const PEOPLE: &str = "25";
const SEED: &str = "2026";

/// The hub and its folder.
pub struct Region {
    folder: PathBuf,
    release: bool,
    people: &'static str,
    port: u16,
    hub: Option<Kept>,
}

impl Region {
    /// A region in this folder; nothing is made yet.
    pub fn at(folder: &Path, release: bool) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let noted = folder.join("port");
        let port = match fs::read_to_string(&noted).ok().and_then(|text| text.trim().parse().ok()) {
            Some(port) => port,
            None => {
                let port = stage::free_port()?;
                fs::write(&noted, port.to_string())?;
                port
            }
        };
        let region = Self { folder: folder.to_path_buf(), release, people: PEOPLE, port, hub: None };
        fs::create_dir_all(region.tray())?;
        Ok(region)
    }

    /// The same with so many people.
    pub fn of(self, people: &'static str) -> Self {
        Self { people, ..self }
    }

    /// Whether a region was finished here before.
    pub fn is_made(&self) -> bool {
        self.folder.join("made").exists()
    }

    pub fn home(&self) -> PathBuf {
        self.folder.join("device")
    }

    /// Where the window's paper goes.
    pub fn tray(&self) -> PathBuf {
        self.folder.join("tray")
    }

    fn hub_home(&self) -> PathBuf {
        self.folder.join("hub")
    }

    /// What the window must find in its environment.
    pub fn env(&self) -> Vec<(String, String)> {
        let folder = |name: &str| self.folder.join(name).display().to_string();
        vec![
            ("SATCHEL_HOME".to_owned(), self.home().display().to_string()),
            // Nothing of the demo goes into the keychain of the person at this machine.
            ("SATCHEL_KEYSTORE".to_owned(), "file".to_owned()),
            // No dialog can be driven: paper goes where a print queue would watch.
            ("SATCHEL_TRAY".to_owned(), self.tray().display().to_string()),
            // The webview's own files belong to this region too, not to the person at this machine.
            ("XDG_DATA_HOME".to_owned(), folder("webview/data")),
            ("XDG_CACHE_HOME".to_owned(), folder("webview/cache")),
            ("XDG_CONFIG_HOME".to_owned(), folder("webview/config")),
        ]
    }

    fn ask_hub(&self, step: &mut Step, words: &[&str]) -> Result<Value> {
        let mut command = Command::new(places::program("satchel-hub", self.release));
        command.arg("--home").arg(self.hub_home()).arg("--json").args(words);
        answer(step, words, &mut command)
    }

    /// Makes the hub, its people and its staff, starts it, and has it write a ticket for a device of the sample nurse.
    pub fn make(&mut self, step: &mut Step) -> Result<()> {
        step.line("a hub with a region of invented people");
        let address = format!("127.0.0.1:{}", self.port);
        self.ask_hub(step, &["init", "--address", &address])?;
        self.ask_hub(step, &["sample", "--people", self.people, "--seed", SEED])?;
        step.line("the form of the sample nurse's own home");
        self.own_form(step)?;
        self.start()?;
        step.line("a ticket for the sample nurse's device");
        let enrolment = self.ask_hub(step, &["enrol", "--sample"])?;
        let ticket = enrolment
            .get("ticket")
            .and_then(Value::as_str)
            .ok_or_else(|| anyhow!("the hub gave no ticket: {enrolment}"))?;
        fs::write(self.folder.join("ticket"), ticket)?;
        fs::write(self.folder.join("made"), "")?;
        Ok(())
    }

    /// A question and a thing of their own, registered as an administrator does.
    fn own_form(&self, step: &mut Step) -> Result<()> {
        let staff = self.ask_hub(step, &["staff", "list"])?;
        let nurse = staff.as_array().into_iter().flatten().find(|one| one["actor"]["staff"] == "N0001");
        let home = nurse.and_then(|one| one["actor"]["organisation"]["ods"].as_str());
        let home = home.ok_or_else(|| anyhow!("the sample nurse is not in the register: {staff}"))?;
        let file = self.folder.join("form.json");
        let form = json!({
            "home": home,
            "questions": [{ "section": "concern", "label": "What calms them when they are upset?" }],
            "things": [
                { "code": "glasses", "label": "Glasses" },
                { "code": "hearing-aids", "label": "Hearing aids" },
                { "code": "teddy", "label": "Teddy bear" },
                { "code": "money", "label": "Money", "valuable": true },
            ],
        });
        fs::write(&file, form.to_string())?;
        self.ask_hub(step, &["bag", "form", home, "--file", &file.display().to_string()])?;
        Ok(())
    }

    /// What a person types into a new device.
    pub fn ticket(&self) -> Result<String> {
        let file = self.folder.join("ticket");
        fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))
    }

    /// Puts everybody on the sample nurse's own caseload.
    pub fn everyone(&self, step: &mut Step) -> Result<()> {
        step.line("everybody on one caseload");
        self.ask_hub(step, &["caseload", "join", "CN0001", "--everyone"]).map(drop)
    }

    /// Enrols the device without the window, and fetches the caseload.
    pub fn enrol(&self, step: &mut Step) -> Result<()> {
        step.line("a device for the sample nurse");
        self.ask_device(step, &["enrol", &self.ticket()?])?;
        self.ask_device(step, &["post"])?;
        Ok(())
    }

    fn ask_device(&self, step: &mut Step, words: &[&str]) -> Result<Value> {
        self.ask_device_at(&self.home(), step, words)
    }

    fn ask_device_at(&self, home: &Path, step: &mut Step, words: &[&str]) -> Result<Value> {
        let mut command = Command::new(places::program("satchel-device", self.release));
        command.arg("--home").arg(home).arg("--json").args(words);
        command.env("SATCHEL_PIN", PIN).env("SATCHEL_KEYSTORE", "file");
        answer(step, words, &mut command)
    }

    /// A nurse of the team, on a device of her own, who has not heard of it yet, decides the opposite of what stands in the one plan there
    /// is: as when two people were out of signal.
    pub fn colleague(&self) -> Result<()> {
        let mut step = say::begin("a colleague's device");
        let home = self.folder.join("colleague");
        let plans = wait_for("/plans/0/person", || self.ask_hub(&mut step, &["plan", "list"]))?;
        let ticket = self.ask_hub(&mut step, &["enrol", "N0002"])?;
        let ticket =
            ticket.get("ticket").and_then(Value::as_str).ok_or_else(|| anyhow!("no ticket for the colleague"))?;
        self.ask_device_at(&home, &mut step, &["enrol", ticket])?;
        self.ask_device_at(&home, &mut step, &["post"])?;
        let decision = serde_json::json!({
            "person": plans, "purpose": "Treat", "topic": "cpr", "value": { "code": "450475007" },
            "basis": "Her own words to me on Monday", "review": null, "kept": "", "settles": [],
        });
        self.ask_device_at(&home, &mut step, &["ask", "SettlePlan", &decision.to_string()])?;
        let open = serde_json::json!({ "person": plans, "purpose": "Treat", "moment": null }).to_string();
        let page = self.ask_device_at(&home, &mut step, &["ask", "OpenPlan", &open])?;
        let goal = goal_of(&page).ok_or_else(|| anyhow!("no goal in the colleague's plan"))?;
        let status = serde_json::json!({
            "person": plans, "purpose": "Treat", "topic": format!("goal-status:{goal}"), "value": { "code": "completed" },
            "basis": "Slept through when I stayed on Sunday", "review": null, "kept": "", "settles": [],
        });
        self.ask_device_at(&home, &mut step, &["ask", "SettlePlan", &status.to_string()])?;
        self.ask_device_at(&home, &mut step, &["post"])?;
        step.done("");
        Ok(())
    }

    /// The same colleague shows the one bag there is to whoever takes the person: the slip, then the frames.
    pub fn codes(&self) -> Result<Vec<String>> {
        let mut step = say::begin("a colleague's device");
        let home = self.folder.join("colleague");
        let person = wait_for("/bags/0/person", || self.ask_hub(&mut step, &["bag", "list"]))?;
        self.ask_device_at(&home, &mut step, &["post"])?;
        let asked = serde_json::json!({ "person": person, "purpose": "Treat" });
        let shown = self.ask_device_at(&home, &mut step, &["ask", "ShowBag", &asked.to_string()])?;
        let frames = shown.get("frames").and_then(Value::as_array).into_iter().flatten();
        let codes = shown.get("slip").into_iter().chain(frames).filter_map(Value::as_str).map(str::to_owned);
        step.done("");
        Ok(codes.collect())
    }

    /// A crew's device takes over the bag that the colleague shows: slip, frames, the crew's PIN. The text of the code by which the home's device
    /// has their signature too.
    pub fn crew(&self) -> Result<String> {
        let mut step = say::begin("a crew's device");
        let (home, person) = (self.folder.join("crew"), self.whose()?);
        self.join(&mut step, "P0001", ("Sam Reed", "Paramedic"), ("RYF", "South Western Ambulance"), &home)?;
        let answer = self.hand_over(&mut step, &person, (&self.folder.join("colleague"), &home), "accept")?;
        step.done("");
        Ok(answer)
    }

    /// The hospital's device does its part: takes the bag from the crew, moves it to a ward, packs it to go back. The hub is told.
    pub fn hospital(&self, what: &str) -> Result<()> {
        let mut step = say::begin("the hospital's device");
        let (home, crew, person) = (self.folder.join("hospital"), self.folder.join("crew"), self.whose()?);
        match what {
            "receive" => {
                self.join(&mut step, "H0001", ("Ines Duarte", "Sister"), ("RBD", "Dorset County Hospital"), &home)?;
                let answer = self.hand_over(&mut step, &person, (&crew, &home), what)?;
                self.ask(&mut step, &crew, "TakeAnswer", json!({ "code": answer, "purpose": "Treat" }))?;
                self.ask_device_at(&crew, &mut step, &["post"])?;
            }
            "move" => self.sign_for(&mut step, &person, &home, what).map(drop)?,
            other => {
                let moved = json!({ "step": other, "seen": [self.last(&mut step, &person, &home)?], "tracker": "RB-17", "items": 1 });
                self.ask(&mut step, &home, "MoveBag", json!({ "person": person, "purpose": "Treat", "step": moved }))?;
            }
        }
        self.ask_device_at(&home, &mut step, &["post"])?;
        step.done("");
        Ok(())
    }

    /// Whose the one bag is.
    fn whose(&self) -> Result<String> {
        let mut step = say::begin("the hub's bags");
        let person = wait_for("/bags/0/person", || self.ask_hub(&mut step, &["bag", "list"]))?;
        step.done("");
        Ok(person)
    }

    /// Somebody of another organisation, registered, with a device of their own.
    fn join(
        &self,
        step: &mut Step,
        id: &str,
        (name, title): (&str, &str),
        (ods, organisation): (&str, &str),
        home: &Path,
    ) -> Result<()> {
        let role = "REGULATED_CLINICIAN";
        let words = [
            "staff",
            "add",
            id,
            "--name",
            name,
            "--title",
            title,
            "--role",
            role,
            "--ods",
            ods,
            "--organisation",
            organisation,
        ];
        self.ask_hub(step, &words)?;
        let ticket = self.ask_hub(step, &["enrol", id])?;
        let ticket = ticket.get("ticket").and_then(Value::as_str).ok_or_else(|| anyhow!("no ticket for {id}"))?;
        self.ask_device_at(home, step, &["enrol", ticket])?;
        self.ask_device_at(home, step, &["post"])?;
        Ok(())
    }

    /// From one device's screen to another's: the slip, the frames, the receiver's PIN. Gives the receiver's answer.
    fn hand_over(&self, step: &mut Step, person: &str, (from, to): (&Path, &Path), what: &str) -> Result<String> {
        let shown = self.ask(step, from, "ShowBag", json!({ "person": person, "purpose": "Treat" }))?;
        let file = self.folder.join("session");
        let slip = json!({ "code": shown["slip"], "purpose": "Treat" });
        let frames = json!({ "frames": shown["frames"], "purpose": "Treat" });
        fs::write(&file, format!("TakeSlip {slip}\nTakeFrames {frames}\n"))?;
        let taken = self.ask_device_at(to, step, &["session", &file.display().to_string()])?;
        if taken.pointer("/1/whole") != Some(&Value::Bool(true)) {
            bail!("the bag did not come whole: {taken}");
        }
        self.sign_for(step, person, to, what)
    }

    /// Takes the bag over with the PIN; the code that answers.
    fn sign_for(&self, step: &mut Step, person: &str, home: &Path, what: &str) -> Result<String> {
        let last = self.last(step, person, home)?;
        let moved = json!({ "step": what, "seen": [last], "place": "Call sign 17", "tracker": "RB-17", "items": 1 });
        let asked = json!({ "person": person, "purpose": "Treat", "step": moved, "pin": PIN });
        let taken = self.ask(step, home, "AcceptBag", asked)?;
        taken["answer"].as_str().map(str::to_owned).ok_or_else(|| anyhow!("no signature came"))
    }

    /// The last passage of the bag, as this device has it.
    fn last(&self, step: &mut Step, person: &str, home: &Path) -> Result<String> {
        let page = self.ask(step, home, "OpenBag", json!({ "person": person, "purpose": "Treat" }))?;
        let last = page.pointer("/bag/custody/Held/last").and_then(Value::as_str);
        last.map(str::to_owned).ok_or_else(|| anyhow!("this device does not know who has the bag"))
    }

    fn ask(&self, step: &mut Step, home: &Path, question: &str, fields: Value) -> Result<Value> {
        self.ask_device_at(home, step, &["ask", question, &fields.to_string()])
    }

    /// Starts the hub and waits until it listens.
    pub fn start(&mut self) -> Result<()> {
        let log = fs::File::create(self.folder.join("hub.log"))?;
        let mut command = Command::new(places::program("satchel-hub", self.release));
        command
            .arg("--home")
            .arg(self.hub_home())
            .args(["serve", "--desk", "none"])
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        self.hub = Some(Kept(command.spawn().context("starting the hub")?));
        stage::wait_for_port(self.port).context("the hub")
    }

    /// Ends the hub as a power cut would.
    pub fn stop(&mut self) {
        self.hub = None;
    }
}

/// The one person of whom the hub holds something, as soon as it does.
fn wait_for(place: &str, mut list: impl FnMut() -> Result<Value>) -> Result<String> {
    for _ in 0..60 {
        if let Some(person) = list()?.pointer(place).and_then(Value::as_str) {
            return Ok(person.to_owned());
        }
        thread::sleep(Duration::from_millis(500));
    }
    bail!("nothing reached the hub")
}

fn answer(step: &mut Step, words: &[&str], command: &mut Command) -> Result<Value> {
    let name = format!("region-{}", words.first().unwrap_or(&"?"));
    let outcome = run::must(step, &name, command)?;
    let json = outcome.text.lines().rfind(|line| line.starts_with(['{', '['])).unwrap_or("null");
    match serde_json::from_str(json) {
        Ok(value) => Ok(value),
        Err(_) => bail!("{name} answered no JSON; see {}", outcome.log.display()),
    }
}

/// The first goal in a page of a plan, wherever it stands.
fn goal_of(page: &Value) -> Option<String> {
    match page {
        Value::Object(map) if map.get("kind").and_then(Value::as_str) == Some("Goal") => {
            map.get("id").and_then(Value::as_str).map(str::to_owned)
        }
        Value::Object(map) => map.values().find_map(goal_of),
        Value::Array(all) => all.iter().find_map(goal_of),
        _ => None,
    }
}
