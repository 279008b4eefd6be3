//! A virtual display, a session bus and a WebDriver, for the length of a test. Everything ends when the stage is dropped.

use crate::{places, webdriver::Session};
use anyhow::{Context, Result, bail};
use std::{
    fs,
    io::{BufRead, BufReader},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

const PATIENCE: Duration = Duration::from_secs(20);

/// A child that does not outlive its owner.
pub struct Kept(pub Child);

impl Drop for Kept {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to end.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Where a window can be shown and driven.
pub struct Stage {
    driver: String,
    webdriver: Kept,
    _bus: Kept,
    _display: Kept,
}

impl Stage {
    /// Sets everything up. The window will find `env` in its environment, and its complaints go to the log.
    pub fn set(name: &str, env: &[(String, String)]) -> Result<Self> {
        Self::driven(name, env, Command::new("WebKitWebDriver"))
    }

    /// The same with a driver, and so with windows, that `within` becomes: it is given the driver's program and its words.
    pub fn set_within(name: &str, env: &[(String, String)], mut within: Command) -> Result<Self> {
        within.arg("WebKitWebDriver");
        Self::driven(name, env, within)
    }

    fn driven(name: &str, env: &[(String, String)], mut command: Command) -> Result<Self> {
        let port = free_port()?;
        command.arg(format!("--port={port}")).arg("--host=127.0.0.1").env("TAURI_WEBVIEW_AUTOMATION", "true");
        let (display, bus) = scenery(&mut command, name, env)?;
        let webdriver = Kept(command.spawn().context("starting WebKitWebDriver")?);
        wait_for_port(port).context("WebKitWebDriver")?;
        Ok(Self { driver: format!("http://127.0.0.1:{port}"), webdriver, _bus: bus, _display: display })
    }

    /// The driver's process.
    pub fn driver_id(&self) -> u32 {
        self.webdriver.0.id()
    }

    /// Opens the window of a program.
    pub fn open(&self, program: &Path) -> Result<Session> {
        self.open_with(program, &[])
    }

    /// The same, with words on its command line.
    pub fn open_with(&self, program: &Path, args: &[&str]) -> Result<Session> {
        Session::start(&self.driver, program, args)
            .with_context(|| format!("opening the window of {}", program.display()))
    }
}

/// What a program with a window needs around it, and `env` in its environment; its complaints go to the log.
pub fn scenery(command: &mut Command, name: &str, env: &[(String, String)]) -> Result<(Kept, Kept)> {
    let (display, number) = display()?;
    let (bus, address) = bus()?;
    fs::create_dir_all(places::logs())?;
    let log = fs::File::create(places::logs().join(format!("{name}-window.log")))?;
    command
        .env("DISPLAY", format!(":{number}"))
        .env("DBUS_SESSION_BUS_ADDRESS", address)
        .env_remove("WAYLAND_DISPLAY")
        .env("GDK_BACKEND", "x11")
        .env("NO_AT_BRIDGE", "1")
        .env("LIBGL_ALWAYS_SOFTWARE", "1")
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log);
    for (name, value) in env {
        command.env(name, value);
    }
    Ok((display, bus))
}

/// A display of its own, wide enough for every page.
fn display() -> Result<(Kept, String)> {
    let mut command = Command::new("Xvfb");
    command
        .args(["-displayfd", "1", "-screen", "0", "1400x1000x24", "-nolisten", "tcp", "-noreset"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    first_line(&mut command).context("starting Xvfb")
}

/// A session bus of its own, so that no keychain of the person at this machine is touched.
fn bus() -> Result<(Kept, String)> {
    let mut command = Command::new("dbus-daemon");
    command
        .args(["--session", "--nofork", "--print-address=1"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    first_line(&mut command).context("starting dbus-daemon")
}

fn first_line(command: &mut Command) -> Result<(Kept, String)> {
    let mut child = Kept(command.spawn()?);
    let Some(out) = child.0.stdout.take() else { bail!("it has no output") };
    let mut line = String::new();
    BufReader::new(out).read_line(&mut line)?;
    let line = line.trim().to_owned();
    if line.is_empty() {
        bail!("it ended at once");
    }
    Ok((child, line))
}

/// A port nobody uses now.
pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Waits until something listens.
pub fn wait_for_port(port: u16) -> Result<()> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until {
        if TcpStream::connect_timeout(&address, Duration::from_millis(200)).is_ok() {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(50));
    }
    bail!("nothing listens on port {port} after {} s", PATIENCE.as_secs())
}
