//! Finds out what this machine lacks and installs it, or says exactly what to install. It builds nothing of Satchel.

use crate::{android, compiler, places, run, say, wasm};
use anyhow::{Result, bail};
use std::process::Command;

/// What a piece of work needs of the machine.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// A C compiler and the libraries the app links.
    App,
    /// A compiler for WebAssembly.
    Screen,
    /// A virtual display and a driver for the window.
    Window,
    /// A compiler for Android; no SDK.
    Phone,
}

pub const EVERYTHING: [Need; 3] = [Need::App, Need::Screen, Need::Window];

enum Sign {
    Program(&'static str),
    Library(&'static str),
    Fonts,
}

struct Part {
    need: Need,
    sign: Sign,
    debian: &'static str,
    elsewhere: &'static str,
}

const PARTS: &[Part] = &[
    part(Need::App, Sign::Program("cc"), "build-essential", "a C compiler"),
    part(Need::App, Sign::Program("make"), "build-essential", "make"),
    part(Need::App, Sign::Program("perl"), "perl", "Perl (OpenSSL's build uses it)"),
    part(Need::App, Sign::Program("pkg-config"), "pkg-config", "pkg-config"),
    part(
        Need::App,
        Sign::Library("webkit2gtk-4.1"),
        "libwebkit2gtk-4.1-dev",
        "WebKitGTK 4.1 with headers (Fedora: webkit2gtk4.1-devel; Arch: webkit2gtk-4.1)",
    ),
    part(Need::App, Sign::Library("dbus-1"), "libdbus-1-dev", "D-Bus with headers (Fedora: dbus-devel; Arch: dbus)"),
    part(Need::Window, Sign::Program("Xvfb"), "xvfb", "Xvfb (Fedora: xorg-x11-server-Xvfb; Arch: xorg-server-xvfb)"),
    part(
        Need::Window,
        Sign::Program("WebKitWebDriver"),
        "webkit2gtk-driver",
        "WebKitWebDriver (Fedora: webkit2gtk4.1; Arch: webkit2gtk-4.1)",
    ),
    part(Need::Window, Sign::Program("dbus-daemon"), "dbus-daemon", "dbus-daemon"),
    part(Need::Phone, Sign::Program("cc"), "build-essential", "a C compiler"),
    part(Need::Window, Sign::Fonts, "fonts-dejavu-core", "any sans-serif font"),
];

const WASM_LINKER: &str = "lld-22";

const LETTERS: &[&str] = &["fonts-noto-core"];

const fn part(need: Need, sign: Sign, debian: &'static str, elsewhere: &'static str) -> Part {
    Part { need, sign, debian, elsewhere }
}

/// Makes this machine ready for the given work.
pub fn setup(needs: &[Need]) -> Result<()> {
    let step = say::begin("looking at this machine");
    let mut lacking: Vec<&Part> = Vec::new();
    if cfg!(target_os = "linux") {
        lacking = missing(needs);
    }
    let screen = needs.contains(&Need::Screen) && wasm::ready().is_none();
    let phone = needs.contains(&Need::Phone) && android::ready().is_none();
    if lacking.is_empty() && !screen && !phone {
        step.done("nothing is missing");
        return Ok(());
    }
    step.done("something is missing");

    if !lacking.is_empty() {
        let mut packages: Vec<&str> = lacking.iter().map(|part| part.debian).collect();
        packages.dedup();
        if !apt(&packages)? || !missing(needs).is_empty() {
            let still = missing(needs);
            bail!("please install:\n{}", list(&still));
        }
    }
    if screen {
        ready_the_screen()?;
    }
    if phone {
        ready_the_phone()?;
    }
    Ok(())
}

fn ready_the_phone() -> Result<()> {
    let mut step = say::begin("asking rustup for Android");
    if android::ask_rustup(&mut step)? {
        step.done("");
        return Ok(());
    }
    step.done("rustup has none to give here; taking a compiler with sources");
    if android::ready().is_none() {
        if !android::sources_here() && (!apt(&compiler::DEBIAN_PACKAGES)? || !android::sources_here()) {
            bail!("please install {}", android::by_hand());
        }
        let mut step = say::begin("making the standard library for Android (once, about a minute)");
        android::make(&mut step)?;
        step.done("");
    }
    match android::ready() {
        Some(tools) => {
            android::tell(&tools);
            Ok(())
        }
        None => bail!("please install {}", android::by_hand()),
    }
}

fn ready_the_screen() -> Result<()> {
    let mut step = say::begin("asking rustup for WebAssembly");
    if wasm::ask_rustup(&mut step)? {
        step.done("");
        return Ok(());
    }
    step.done("rustup has none to give here; taking Debian's compiler");
    let packages: Vec<&str> = compiler::DEBIAN_PACKAGES.into_iter().chain([WASM_LINKER]).collect();
    if !wasm::debian_packages_here() && (!apt(&packages)? || !wasm::debian_packages_here()) {
        bail!("please install {}", wasm::by_hand());
    }
    if wasm::ready().is_none() {
        let mut step = say::begin("making the standard library for WebAssembly (once, about a minute)");
        wasm::make_from_debian(&mut step)?;
        step.done("");
    }
    match wasm::ready() {
        Some(tools) => {
            wasm::tell(&tools);
            Ok(())
        }
        None => bail!("please install {}", wasm::by_hand()),
    }
}

/// Letters for every language of the choice's cards, so that pictures of them are true. A wish, not a need: phones and desktops have them.
pub fn letters() {
    let urdu = run::answer(Command::new("fc-list").arg(":lang=ur"));
    if cfg!(target_os = "linux") && urdu.is_some_and(|fonts| fonts.is_empty()) && !apt(LETTERS).unwrap_or(false) {
        say::tell("    no font here has the letters of Urdu: some will be boxes in the pictures");
    }
}

fn missing(needs: &[Need]) -> Vec<&'static Part> {
    PARTS.iter().filter(|part| needs.contains(&part.need) && !here(&part.sign)).collect()
}

fn here(sign: &Sign) -> bool {
    match sign {
        Sign::Program(name) => places::on_path(name).is_some(),
        Sign::Library(name) => {
            Command::new("pkg-config").args(["--exists", name]).status().is_ok_and(|status| status.success())
        }
        // Where there is no fontconfig there is no telling; a window without letters is seen soon enough.
        Sign::Fonts => run::answer(Command::new("fc-list").arg(":lang=en")).is_none_or(|fonts| !fonts.is_empty()),
    }
}

/// Installs by apt; `false` where this user or this machine cannot.
fn apt(packages: &[&str]) -> Result<bool> {
    if places::on_path("apt-get").is_none() {
        return Ok(false);
    }
    let root = run::answer(Command::new("id").arg("-u")).as_deref() == Some("0");
    let sudo = !root && run::answer(Command::new("sudo").args(["-n", "true"])).is_some();
    if !root && !sudo {
        say::tell(format!("    as root: apt-get install {}", packages.join(" ")));
        return Ok(false);
    }
    let apt = |words: &[&str]| {
        let mut command = if root {
            Command::new("env")
        } else {
            let mut command = Command::new("sudo");
            command.args(["-n", "env"]);
            command
        };
        command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y"]).args(words);
        command
    };
    let mut step = say::begin(format!("installing {}", packages.join(" ")));
    // A list that cannot be refreshed may still be good enough; the install itself decides.
    run::watch(&mut step, "apt-update", &mut apt(&["update"]))?;
    let mut install = apt(&["install", "--no-install-recommends"]);
    install.args(packages);
    let outcome = run::watch(&mut step, "apt-install", &mut install)?;
    if outcome.ok {
        step.done("");
    } else {
        step.failed(&format!("see {}", outcome.log.display()));
    }
    Ok(outcome.ok)
}

fn list(parts: &[&Part]) -> String {
    parts
        .iter()
        .map(|part| format!("  {} (Debian and Ubuntu: {})", part.elsewhere, part.debian))
        .collect::<Vec<_>>()
        .join("\n")
}
