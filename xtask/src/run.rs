//! Runs another program while a step shows its last line, and keeps all it said in a log. It interprets nothing.

use crate::{places, say::Step};
use anyhow::{Context, Result, bail};
use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    path::PathBuf,
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

/// What came of it.
pub struct Outcome {
    pub ok: bool,
    pub text: String,
    pub log: PathBuf,
}

impl Outcome {
    /// The last lines, for a person who must find out why.
    pub fn tail(&self, lines: usize) -> String {
        let all: Vec<&str> = self.text.lines().collect();
        let from = all.len().saturating_sub(lines);
        all.get(from..).unwrap_or_default().join("\n")
    }
}

/// Cargo, as the one that runs this tool. What `cargo run` told this tool about its own package is kept from it: some build scripts read
/// it and would be run again, with all that stands on them, at every change between this tool and cargo by hand.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(places::root());
    for (name, _) in std::env::vars_os() {
        let told = name.to_string_lossy();
        if told.starts_with("CARGO_PKG_") || told.starts_with("CARGO_MANIFEST_") || told == "CARGO_BIN_NAME" {
            command.env_remove(name);
        }
    }
    command
}

/// Runs to the end; a failure of the program is an outcome, not an error.
pub fn watch(step: &mut Step, name: &str, command: &mut Command) -> Result<Outcome> {
    let shown = command.get_program().to_string_lossy().into_owned();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("starting {shown}"))?;
    let (tell, told) = mpsc::channel();
    let mut readers = Vec::new();
    if let Some(out) = child.stdout.take() {
        readers.push(listen(out, tell.clone()));
    }
    if let Some(err) = child.stderr.take() {
        readers.push(listen(err, tell.clone()));
    }
    drop(tell);

    fs::create_dir_all(places::logs())?;
    let log = places::logs().join(format!("{name}.log"));
    let mut file = fs::File::create(&log).with_context(|| format!("writing {}", log.display()))?;
    let mut text = String::new();
    loop {
        match told.recv_timeout(Duration::from_secs(1)) {
            Ok(line) => {
                writeln!(file, "{line}")?;
                step.line(&line);
                text.push_str(&line);
                text.push('\n');
            }
            Err(mpsc::RecvTimeoutError::Timeout) => step.still(),
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
        }
    }
    for reader in readers {
        // A reader that panicked has lost lines, not the outcome.
        let _ = reader.join();
    }
    let ok = child.wait().with_context(|| format!("waiting for {shown}"))?.success();
    Ok(Outcome { ok, text, log })
}

/// Runs to the end; a failure of the program is an error that shows its last lines.
pub fn must(step: &mut Step, name: &str, command: &mut Command) -> Result<Outcome> {
    let outcome = watch(step, name, command)?;
    if !outcome.ok {
        bail!("{name} failed; all it said is in {}\n{}", outcome.log.display(), outcome.tail(40));
    }
    Ok(outcome)
}

/// What a small program answers, or nothing if it failed or is not there.
pub fn answer(command: &mut Command) -> Option<String> {
    let out = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    out.status.success().then(|| String::from_utf8_lossy(&out.stdout).trim().to_owned())
}

fn listen(pipe: impl Read + Send + 'static, tell: mpsc::Sender<String>) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        let mut lines = BufReader::new(pipe);
        let mut raw = Vec::new();
        while matches!(lines.read_until(b'\n', &mut raw), Ok(n) if n > 0) {
            let line = String::from_utf8_lossy(&raw).trim_end().to_owned();
            raw.clear();
            if tell.send(line).is_err() {
                return;
            }
        }
    })
}
