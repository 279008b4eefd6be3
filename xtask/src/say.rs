//! What a person sees while this tool works: a spinner on a terminal, plain lines anywhere else. It decides nothing.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{
    io::IsTerminal,
    time::{Duration, Instant},
};

/// How often a long step says that it is still at work, where there is no terminal to spin on.
const HEARTBEAT: Duration = Duration::from_secs(30);

/// One thing being done.
pub struct Step {
    name: String,
    began: Instant,
    spoke: Instant,
    last: String,
    bar: Option<ProgressBar>,
}

/// Says that something begins.
pub fn begin(name: impl Into<String>) -> Step {
    let name = name.into();
    let bar = std::io::stderr().is_terminal().then(|| {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix} {elapsed} {wide_msg}") {
            bar.set_style(style);
        }
        bar.set_prefix(name.clone());
        bar.enable_steady_tick(Duration::from_millis(120));
        bar
    });
    if bar.is_none() {
        println!("... {name}");
    }
    let now = Instant::now();
    Step { name, began: now, spoke: now, last: String::new(), bar }
}

impl Step {
    /// A line from whatever is at work: the last one is shown.
    pub fn line(&mut self, text: &str) {
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        self.last = text.to_owned();
        match &self.bar {
            Some(bar) => bar.set_message(self.last.clone()),
            None => self.still(),
        }
    }

    /// Says now and then that it is still at work, and at what.
    pub fn still(&mut self) {
        if self.bar.is_none() && self.spoke.elapsed() >= HEARTBEAT {
            println!("    {:>4} s  {}", self.began.elapsed().as_secs(), self.last);
            self.spoke = Instant::now();
        }
    }

    /// It went well.
    pub fn done(self, note: &str) -> Duration {
        self.end("ok ", note)
    }

    /// It did not.
    pub fn failed(self, note: &str) -> Duration {
        self.end("NOT", note)
    }

    fn end(self, mark: &str, note: &str) -> Duration {
        let took = self.began.elapsed();
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        let gap = if note.is_empty() { "" } else { " - " };
        println!("{mark} {} ({}){gap}{note}", self.name, seconds(took));
        took
    }
}

/// A line for the person, at no particular step.
pub fn tell(text: impl AsRef<str>) {
    println!("{}", text.as_ref());
}

/// Seconds as people read them.
pub fn seconds(took: Duration) -> String {
    let s = took.as_secs_f64();
    if s >= 60.0 { format!("{} min {:02} s", took.as_secs() / 60, took.as_secs() % 60) } else { format!("{s:.1} s") }
}

/// Bytes as people read them.
pub fn bytes(n: u64) -> String {
    const KB: f64 = 1000.0;
    #[allow(clippy::cast_precision_loss, reason = "only shown to a person")]
    let n = n as f64;
    if n >= KB * KB { format!("{:.1} MB", n / KB / KB) } else { format!("{:.0} kB", n / KB) }
}
