//! What a person's hands do in the window, through the driver: press, write, choose a file, scroll, and wait until it shows. Elements are
//! named by their `data-test`, or by a selector. It knows no page.

use crate::webdriver::Session;
use anyhow::{Result, bail};
use serde_json::json;
use std::{
    path::Path,
    thread,
    time::{Duration, Instant},
};

/// As long as a person would wait for a page before they tried again.
pub const PATIENCE: Duration = Duration::from_secs(15);

pub fn wait(patience: Duration, what: &str, mut seen: impl FnMut() -> Result<bool>) -> Result<()> {
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

pub fn choose(session: &Session, into: &str, file: &Path) -> Result<()> {
    let field = session.find(&named(into))?;
    session.write(&field, &file.display().to_string())
}

pub fn write(session: &Session, into: &str, text: &str) -> Result<()> {
    let field = session.wait_for(&named(into), PATIENCE)?;
    scroll_to(session, into)?;
    session.clear(&field)?;
    session.write(&field, text)
}

/// Presses as a person does: once it can be pressed, and again when the page moved it from under the finger. A press that the driver
/// refused has not happened.
pub fn press(session: &Session, what: &str) -> Result<()> {
    let until = Instant::now() + PATIENCE;
    loop {
        let tried = session.wait_for(&named(what), PATIENCE).and_then(|element| {
            scroll_to(session, what)?;
            if !session.enabled(&element)? {
                bail!("{what} can't be pressed");
            }
            session.click(&element)
        });
        match tried {
            Err(_) if Instant::now() < until => thread::sleep(Duration::from_millis(100)),
            outcome => return outcome,
        }
    }
}

/// A person scrolls until they can press it; an option is where its list is.
pub fn scroll_to(session: &Session, what: &str) -> Result<()> {
    let script = "const found = document.querySelector(arguments[0]); (found.closest('select') ?? found).scrollIntoView({ block: 'center' });";
    session.run(script, json!([named(what)])).map(drop)
}

pub fn named(what: &str) -> String {
    if what.contains('[') {
        return what.to_owned();
    }
    format!("[data-test=\"{what}\"]")
}
