//! A window around a device: one command (`ask`) and one event (`nudge`). It is not where anything is decided or stored;
//! a question goes to the device as it came, and the reply comes back as it was given.

mod camera;
mod keystore;
mod painting;
mod revive;
#[cfg(any(mobile, test))]
mod scanner;
mod tray;

use anyhow::Context;
use device::{Device, Ports, native};
use std::{
    env,
    path::PathBuf,
    sync::{Arc, Weak},
};
use tauri::{AppHandle, Emitter, Manager, RunEvent, State, Url, WebviewWindowBuilder, ipc::Response};
use tokio::sync::broadcast::{Receiver, error::RecvError};

/// Every question of the screen goes through here.
#[tauri::command]
async fn ask(device: State<'_, Arc<Device>>, question: String) -> Result<Response, ()> {
    let reply = device.ask(question.as_bytes()).await;
    Ok(Response::new(reply))
}

/// Opens the window and stays until it is closed.
///
/// # Errors
/// When the device's folder cannot be used, or no window can be opened.
pub fn run() -> anyhow::Result<()> {
    let app = tauri::Builder::default().plugin(stay()).invoke_handler(tauri::generate_handler![ask]);
    #[cfg(mobile)]
    let app = app.plugin(scanner::plugin());
    let app = app.build(tauri::generate_context!()).context("starting the window")?;
    begin(app.handle())?;
    app.run(|app, event| {
        if let RunEvent::Ready = event
            && let Err(why) = show(app)
        {
            eprintln!("satchel: {why:#}");
            app.exit(1);
        }
    });
    Ok(())
}

/// What is freed is wiped (decision 0046), as `main.rs` has it on a computer; the allocator is the phone's own.
#[cfg(mobile)]
#[global_allocator]
static ALLOCATOR: zeroizing_alloc::ZeroAlloc<std::alloc::System> = zeroizing_alloc::ZeroAlloc(std::alloc::System);

/// The same on a phone, which has nowhere to return an error to.
#[cfg(mobile)]
#[tauri::mobile_entry_point]
fn start() {
    if let Err(why) = run() {
        eprintln!("satchel: {why:#}");
    }
}

/// The device, its courier and its voice.
fn begin(app: &AppHandle) -> anyhow::Result<()> {
    let home = home(app)?;
    let device = Device::open(home.clone(), ports(app, &home)?)?;
    tauri::async_runtime::spawn(carry_nudges(app.clone(), Arc::downgrade(&device), device.nudges()));
    tauri::async_runtime::spawn(Arc::clone(&device).run());
    app.manage(device);
    Ok(())
}

fn show(app: &AppHandle) -> anyhow::Result<()> {
    let config = app.config().app.windows.first().context("tauri.conf.json describes no window")?;
    // The webview keeps nothing on disk. A window that is driven by a test cannot be private as well.
    let driven = env::var_os("TAURI_WEBVIEW_AUTOMATION").is_some();
    let window = WebviewWindowBuilder::from_config(app, config)?.incognito(!driven).build()?;
    painting::suit(&window).context("how the window is painted")?;
    camera::answer(&window, driven).context("the window's camera")?;
    revive::watch(&window).context("watching the window's page")
}

/// Where this device's vaults are: `SATCHEL_HOME`, or the platform's place for an app's data.
fn home(app: &AppHandle) -> anyhow::Result<PathBuf> {
    match env::var_os("SATCHEL_HOME") {
        Some(home) => Ok(PathBuf::from(home)),
        None => app.path().app_local_data_dir().context("this machine names no folder for an app's data"),
    }
}

/// The real clock, randomness and network, the platform's keychain where it has one, its dialog for saving paper, and a phone's scanner.
fn ports(app: &AppHandle, home: &std::path::Path) -> anyhow::Result<Ports> {
    let mut ports = native::ports(home);
    ports.tray = tray::open(app);
    if let keystore::Kind::Platform(keychain) = keystore::open(home).context("the device's folder cannot be used")? {
        ports.keystore = Arc::new(keychain);
    }
    #[cfg(mobile)]
    {
        ports.scanner = scanner::reader(app);
    }
    Ok(ports)
}

/// Tells the screen to look again, whenever the device says so.
async fn carry_nudges(app: AppHandle, device: Weak<Device>, mut nudges: Receiver<desk::Nudge>) {
    loop {
        let nudge = match nudges.recv().await {
            Ok(nudge) => nudge,
            // Some were missed; looking again at everything makes up for them, and a lock may have been among them.
            Err(RecvError::Lagged(_)) if device.upgrade().is_some_and(|device| !device.is_open()) => {
                desk::Nudge::Locked
            }
            Err(RecvError::Lagged(_)) => desk::Nudge::Caseload,
            Err(RecvError::Closed) => return,
        };
        // A window that is closing hears nothing any more.
        let _ = app.emit("nudge", nudge);
        if nudge == desk::Nudge::Locked {
            // … and then shows nothing any more either.
            let _ = app.webview_windows().values().try_for_each(revive::forget);
        }
    }
}

/// Keeps the window on Satchel's own pages, whatever a link or a script says.
fn stay<R: tauri::Runtime>() -> tauri::plugin::TauriPlugin<R> {
    tauri::plugin::Builder::new("stay").on_navigation(|_, url| is_ours(url)).build()
}

fn is_ours(url: &Url) -> bool {
    match url.scheme() {
        "tauri" => url.host_str() == Some("localhost"),
        // How Windows and Android name the same place.
        "http" | "https" => url.host_str() == Some("tauri.localhost"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_stays_on_its_own_pages() {
        let ours = |url: &str| is_ours(&url.parse().unwrap());
        assert!(ours("tauri://localhost/index.html"));
        assert!(ours("http://tauri.localhost/"));
        assert!(!ours("https://example.org/"));
        assert!(!ours("https://tauri.localhost.example.org/"));
        assert!(!ours("file:///etc/passwd"));
        assert!(!ours("javascript:alert(1)"));
    }
}
