//! A module of the screen that is long in coming, is not there, or cannot be read: what the page says meanwhile, and that trying again helps. In
//! the browser of WebKitGTK's library, from a small server that gives or keeps back what it is told to; in the window itself modules are part of
//! the program, and always come. The page has no device here: one that is not set up is all it hears of.

use crate::{
    hands::{PATIENCE, named, press, wait},
    places,
    stage::Stage,
    webdriver::Session,
    weigh,
};
use anyhow::{Context, Result, bail};
use serde_json::json;
use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::Path,
    sync::{Arc, Condvar, Mutex, PoisonError},
    thread,
};

/// The answer to every question, before the screen's own script begins.
const NO_DEVICE: &str = r#"window.__SATCHEL_ASK__ = async () => '{"Err":"NotEnrolled"}';"#;

/// What becomes of modules that are asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Given {
    /// They wait until something else is decided.
    Later,
    Nothing,
    Half,
    Whole,
}

type Decided = Arc<(Mutex<Given>, Condvar)>;

/// Nothing where that browser is not installed. Otherwise the page as it says so, with pictures.
pub fn is_said(pictures: &Path) -> Result<bool> {
    let Some(browser) = weigh::browser() else { return Ok(false) };
    let decided: Decided = Arc::new((Mutex::new(Given::Later), Condvar::new()));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    let shared = decided.clone();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let decided = shared.clone();
            // Whoever asks and goes away hears nothing.
            thread::spawn(move || serve(&stream, &decided).ok());
        }
    });
    let stage = Stage::set("missing", &[])?;
    let session = stage.open_with(&browser, &["--automation"])?;
    let done = session.go(&format!("http://{address}/")).and_then(|()| look(&session, &decided, pictures));
    // Nobody waits for an answer for ever.
    decide(&decided, Given::Whole);
    session.close();
    done.map(|()| true)
}

fn look(session: &Session, decided: &Decided, pictures: &Path) -> Result<()> {
    session.resize(390, 844)?;
    session.wait_for(&named("part-coming"), PATIENCE).context("nothing is said while it comes")?;
    let heading = "return document.activeElement.id + ': ' + document.activeElement.textContent;";
    wait(PATIENCE, "the focus on the heading", || {
        Ok(session.run(heading, json!([]))? == "page-heading: Set up this device")
    })?;
    for (given, picture) in [(Given::Nothing, "part-not-there"), (Given::Half, "part-not-whole")] {
        decide(decided, given);
        if given != Given::Nothing {
            press(session, "part-again")?;
            wait(PATIENCE, "another try", || Ok(session.count(&named("part-coming"))? == 0))?;
        }
        let missing = session.wait_for(&named("part-missing"), PATIENCE)?;
        let said = session.text(&missing)?;
        if !said.contains("could not be read") {
            bail!("it says: {said}");
        }
        session.screenshot(&pictures.join(format!("{picture}.png")))?;
    }
    decide(decided, Given::Whole);
    press(session, "part-again")?;
    session.wait_for(&named("ticket"), PATIENCE).context("trying again did not help")?;
    match session.count(&named("part-missing"))? {
        0 => Ok(()),
        _ => bail!("it still says that it is missing"),
    }
}

fn decide(decided: &Decided, given: Given) {
    *decided.0.lock().unwrap_or_else(PoisonError::into_inner) = given;
    decided.1.notify_all();
}

/// One request.
fn serve(mut stream: &TcpStream, decided: &Decided) -> Result<()> {
    let mut lines = BufReader::new(stream).lines();
    let asked = lines.next().context("no request")??;
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    let path = asked.split(' ').nth(1).unwrap_or_default().trim_start_matches('/');
    let path = if path.is_empty() { "index.html" } else { path };
    let kind = match path.rsplit('.').next() {
        Some("html") => "text/html",
        Some("js") => "text/javascript",
        Some("css") => "text/css",
        Some("wasm") => "application/wasm",
        _ => "application/octet-stream",
    };
    let mut content = if path.contains("..") { None } else { fs::read(places::dist().join(path)).ok() };
    if path.ends_with(".wasm") && path != "ui_bg.wasm" {
        let now = decided.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = decided.1.wait_while(now, |given| *given == Given::Later);
        let given = *waited.unwrap_or_else(PoisonError::into_inner);
        content = content.filter(|_| given != Given::Nothing);
        if let (Some(content), Given::Half) = (&mut content, given) {
            content.truncate(content.len() / 2);
        }
    }
    if path == "index.html" {
        let page = String::from_utf8(content.unwrap_or_default())?;
        content = Some(page.replacen("<head>", &format!("<head><script>{NO_DEVICE}</script>"), 1).into_bytes());
    }
    let status = if content.is_some() { "200 OK" } else { "404 Not Found" };
    let content = content.unwrap_or_default();
    let length = content.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(&content)?;
    Ok(())
}
