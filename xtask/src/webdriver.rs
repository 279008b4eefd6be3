//! A small WebDriver client: just what a journey through the window needs, over HTTP. It starts no programs.

use anyhow::{Context, Result, anyhow, bail};
use data_encoding::BASE64;
use serde_json::{Value, json};
use std::{
    fs,
    path::Path,
    thread,
    time::{Duration, Instant},
};

/// The name WebDriver gives to an element's reference.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
const PAUSE: Duration = Duration::from_millis(80);

/// How long a picture may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Answers when the page has been painted as it is now: the second frame begins when the first has been.
const PAINTED: &str = "const done = arguments[arguments.length - 1];
    requestAnimationFrame(() => requestAnimationFrame(() => done(true)));";

/// One window under the driver's hand.
pub struct Session {
    agent: ureq::Agent,
    base: String,
}

/// Something in the page.
#[derive(Clone)]
pub struct Element(String);

impl Session {
    /// Starts the program with its window.
    pub fn start(driver: &str, program: &Path, args: &[&str]) -> Result<Self> {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(60)))
            .http_status_as_error(false)
            .proxy(None)
            .build();
        let agent = ureq::Agent::new_with_config(config);
        let wish = json!({ "capabilities": { "alwaysMatch": {
            "webkitgtk:browserOptions": { "binary": program, "args": args },
        } } });
        let value = call(agent.post(format!("{driver}/session")).send_json(wish))?;
        let id = value
            .get("sessionId")
            .and_then(Value::as_str)
            .ok_or_else(|| anyhow!("the driver gave no session: {value}"))?;
        let base = format!("{driver}/session/{id}");
        Ok(Self { agent, base })
    }

    /// Shows what is at an address.
    pub fn go(&self, address: &str) -> Result<()> {
        self.post("url", json!({ "url": address })).map(drop)
    }

    /// Closes the window.
    pub fn close(&self) {
        // The driver may be gone already; then so is the window.
        let _ = self.agent.delete(&self.base).call();
    }

    fn post(&self, path: &str, body: Value) -> Result<Value> {
        call(self.agent.post(format!("{}/{path}", self.base)).send_json(body)).with_context(|| path.to_owned())
    }

    fn get(&self, path: &str) -> Result<Value> {
        call(self.agent.get(format!("{}/{path}", self.base)).call()).with_context(|| path.to_owned())
    }

    /// The first element that fits, now.
    pub fn find(&self, css: &str) -> Result<Element> {
        let value = self.post("element", json!({ "using": "css selector", "value": css }))?;
        match value.get(ELEMENT).and_then(Value::as_str) {
            Some(id) => Ok(Element(id.to_owned())),
            None => bail!("{css}: the driver answered {value}"),
        }
    }

    /// The first element that fits and is shown, within a time.
    pub fn wait_for(&self, css: &str, patience: Duration) -> Result<Element> {
        let until = Instant::now() + patience;
        loop {
            if let Ok(element) = self.find(css)
                && self.shown(&element).unwrap_or(false)
            {
                return Ok(element);
            }
            if Instant::now() >= until {
                bail!("nothing like {css} came within {} s", patience.as_secs());
            }
            thread::sleep(PAUSE);
        }
    }

    /// How many elements fit.
    pub fn count(&self, css: &str) -> Result<u64> {
        self.run("return document.querySelectorAll(arguments[0]).length;", json!([css]))?
            .as_u64()
            .ok_or_else(|| anyhow!("{css}: not a number"))
    }

    pub fn shown(&self, element: &Element) -> Result<bool> {
        Ok(self.get(&format!("element/{}/displayed", element.0))?.as_bool().unwrap_or(false))
    }

    pub fn enabled(&self, element: &Element) -> Result<bool> {
        Ok(self.get(&format!("element/{}/enabled", element.0))?.as_bool().unwrap_or(false))
    }

    pub fn click(&self, element: &Element) -> Result<()> {
        self.post(&format!("element/{}/click", element.0), json!({})).map(drop)
    }

    pub fn clear(&self, element: &Element) -> Result<()> {
        self.post(&format!("element/{}/clear", element.0), json!({})).map(drop)
    }

    pub fn write(&self, element: &Element, text: &str) -> Result<()> {
        self.post(&format!("element/{}/value", element.0), json!({ "text": text })).map(drop)
    }

    /// The text of the element as a person reads it.
    pub fn text(&self, element: &Element) -> Result<String> {
        let value = self.get(&format!("element/{}/text", element.0))?;
        Ok(value.as_str().unwrap_or_default().to_owned())
    }

    /// Runs a script in the page and returns its answer.
    pub fn run(&self, script: &str, args: Value) -> Result<Value> {
        self.post("execute/sync", json!({ "script": script, "args": args }))
    }

    /// Runs a script that answers later, through the last of its arguments.
    pub fn run_later(&self, script: &str, args: Value) -> Result<Value> {
        self.post("execute/async", json!({ "script": script, "args": args }))
    }

    /// Makes the page so wide and so high, and says what it became.
    pub fn resize(&self, width: u32, height: u32) -> Result<(u64, u64)> {
        let mut size = (0, 0);
        self.post("window/rect", json!({ "x": 0, "y": 0, "width": width, "height": height }))?;
        for _ in 0..25 {
            let inner = self.run("return [window.innerWidth, window.innerHeight];", json!([]))?;
            let side = |at: usize| inner.get(at).and_then(Value::as_u64).unwrap_or(0);
            size = (side(0), side(1));
            if size == (u64::from(width), u64::from(height)) {
                break;
            }
            thread::sleep(PAUSE);
        }
        Ok(size)
    }

    /// Saves what the window shows. It is painted first: right after a change of size the driver has nothing to take, and either says
    /// "unknown error" or gives an empty picture.
    pub fn screenshot(&self, file: &Path) -> Result<()> {
        let until = Instant::now() + PATIENCE;
        let value = loop {
            self.run_later(PAINTED, json!([]))?;
            match self.get("screenshot") {
                Err(_) if Instant::now() < until => thread::sleep(PAUSE),
                taken => break taken?,
            }
        };
        let text = value.as_str().ok_or_else(|| anyhow!("no picture came"))?;
        let png = BASE64.decode(text.as_bytes()).context("the picture is not base64")?;
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(file, png).with_context(|| format!("writing {}", file.display()))
    }
}

/// The `value` of an answer, or the driver's complaint as an error.
fn call(answer: std::result::Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Result<Value> {
    let mut answer = answer.context("the driver does not answer")?;
    let mut body: Value = answer.body_mut().read_json().context("the driver's answer is not JSON")?;
    let value = body.get_mut("value").map(Value::take).unwrap_or(Value::Null);
    if answer.status().is_success() {
        return Ok(value);
    }
    let part = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or("").to_owned();
    bail!("{}: {}", part("error"), part("message").lines().next().unwrap_or(""))
}
