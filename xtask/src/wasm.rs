//! The compiler that makes WebAssembly. Rustup's own target is the whole story where rustup can download; elsewhere Debian's
//! newer compiler and its sources make the standard library once, into our cache. It never writes outside that cache.

use crate::{
    places, run,
    say::{self, Step},
};
use anyhow::{Context, Result, bail};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

pub const TARGET: &str = "wasm32-unknown-unknown";
/// The workspace's `rust-version`.
const OLDEST: (u32, u32) = (1, 95);
const DEBIAN: &str = "/usr/bin";

/// How to call Cargo for the screen.
pub enum Tools {
    /// Rustup has the target.
    Ordinary,
    /// Debian's compiler, with the standard library of our cache.
    Debian { sysroot: PathBuf, linker: PathBuf },
}

impl Tools {
    /// `cargo WORD`, for the screen's target, in the screen's own target folder.
    pub fn cargo(&self, word: &str) -> Command {
        let mut command = match self {
            Tools::Ordinary => {
                let mut command = run::cargo();
                command.arg(word);
                command
            }
            Tools::Debian { sysroot, linker } => {
                let program = if word == "clippy" { "cargo-clippy" } else { "cargo" };
                let mut command = Command::new(Path::new(DEBIAN).join(program));
                command.arg(word);
                command
                    .current_dir(places::root())
                    .env_remove("RUSTUP_TOOLCHAIN")
                    .env_remove("RUSTC_WORKSPACE_WRAPPER")
                    .env("PATH", debian_first())
                    .env("CARGO", Path::new(DEBIAN).join("cargo"))
                    .env("RUSTC", Path::new(DEBIAN).join("rustc"))
                    .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker)
                    .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", format!("--sysroot={}", sysroot.display()));
                command
            }
        };
        command.args(["--target", TARGET]).env("CARGO_TARGET_DIR", places::wasm_target());
        command
    }

    /// Whether the lints can run here.
    pub fn can_lint(&self) -> bool {
        match self {
            Tools::Ordinary => true,
            Tools::Debian { .. } => Path::new(DEBIAN).join("cargo-clippy").exists(),
        }
    }
}

/// Debian's programs before rustup's, so that each finds its own kind.
fn debian_first() -> std::ffi::OsString {
    let mut path = std::ffi::OsString::from(DEBIAN);
    if let Some(rest) = std::env::var_os("PATH") {
        path.push(":");
        path.push(rest);
    }
    path
}

/// What is ready to use now. `SATCHEL_WASM=debian` takes the second way where both are open, to try it.
pub fn ready() -> Option<Tools> {
    if ordinary() && !second_way_wanted() {
        return Some(Tools::Ordinary);
    }
    let linker = linker()?;
    let sysroot = sysroot(&debian_version()?);
    sysroot.join("complete").exists().then_some(Tools::Debian { sysroot, linker })
}

/// Whether the packages of the second way are here.
pub fn debian_packages_here() -> bool {
    let sources = Path::new("/usr/lib/rustlib/src/rust/library/Cargo.lock");
    linker().is_some()
        && Path::new(DEBIAN).join("cargo").exists()
        && Path::new(DEBIAN).join("cargo-clippy").exists()
        && sources.exists()
        && debian_version().is_some()
}

/// Asks rustup for the target; `false` where it has none to give.
pub fn ask_rustup(step: &mut Step) -> Result<bool> {
    if places::on_path("rustup").is_none() || second_way_wanted() {
        return Ok(false);
    }
    let outcome = run::watch(step, "rustup-target", Command::new("rustup").args(["target", "add", TARGET]))?;
    Ok(outcome.ok && ordinary())
}

/// Makes the standard library for WebAssembly from Debian's sources.
pub fn make_from_debian(step: &mut Step) -> Result<()> {
    let Some(version) = debian_version() else {
        bail!("no compiler of 1.{} or later in {DEBIAN}", OLDEST.1);
    };
    let sysroot = sysroot(&version);
    let work = places::cache().join("wasm").join(format!("{version}.work"));
    if work.exists() {
        fs::remove_dir_all(&work)?;
    }
    fs::create_dir_all(work.join("src"))?;
    fs::write(
        work.join("Cargo.toml"),
        "[package]\nname = \"probe\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n[profile.release]\nopt-level = \"s\"\n\
         panic = \"abort\"\n",
    )?;
    fs::write(work.join("src/lib.rs"), "#![no_std]\n")?;
    let mut command = Command::new(Path::new(DEBIAN).join("cargo"));
    command
        .current_dir(&work)
        .args(["build", "--release", "-Zbuild-std=std,panic_abort,panic_unwind", "--target", TARGET])
        .env_remove("RUSTUP_TOOLCHAIN")
        .env("PATH", debian_first())
        .env("RUSTC", Path::new(DEBIAN).join("rustc"))
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_TARGET_DIR", work.join("target"));
    run::must(step, "wasm-std", &mut command)?;

    let lib = sysroot.join("lib/rustlib").join(TARGET).join("lib");
    if sysroot.exists() {
        fs::remove_dir_all(&sysroot)?;
    }
    fs::create_dir_all(&lib)?;
    let made = work.join("target").join(TARGET).join("release/deps");
    let mut copied = 0_u32;
    for entry in fs::read_dir(&made).with_context(|| format!("reading {}", made.display()))? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|n| n.to_str()) else { continue };
        if name.ends_with(".rlib") && !name.starts_with("libprobe-") {
            fs::copy(&path, lib.join(name))?;
            copied += 1;
        }
    }
    if copied == 0 {
        bail!("the standard library was built but none of it was found in {}", made.display());
    }
    fs::write(sysroot.join("complete"), version)?;
    fs::remove_dir_all(&work)?;
    Ok(())
}

/// What to do by hand where neither way is open.
pub fn by_hand() -> &'static str {
    "the Rust target wasm32-unknown-unknown: `rustup target add wasm32-unknown-unknown`; where rustup cannot download, Debian's \
     packages rustc-web cargo-web rust-web-src rust-web-clippy lld-22, then `cargo xtask setup` again"
}

fn second_way_wanted() -> bool {
    std::env::var_os("SATCHEL_WASM").is_some_and(|way| way == "debian")
}

fn ordinary() -> bool {
    run::answer(Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]))
        .is_some_and(|dir| fs::read_dir(dir).is_ok_and(|mut files| files.next().is_some()))
}

/// Debian's compiler if it is new enough, as `1.96.0`.
fn debian_version() -> Option<String> {
    let said = run::answer(Command::new(Path::new(DEBIAN).join("rustc")).arg("--version"))?;
    let version = said.split_whitespace().nth(1)?.to_owned();
    let mut parts = version.split('.').map(|part| part.parse::<u32>().ok());
    let (major, minor) = (parts.next()??, parts.next()??);
    ((major, minor) >= OLDEST).then_some(version)
}

fn linker() -> Option<PathBuf> {
    ["wasm-ld-22", "wasm-ld"].iter().find_map(|name| places::on_path(name))
}

fn sysroot(version: &str) -> PathBuf {
    places::cache().join("wasm").join(version)
}

/// Tells which way was taken.
pub fn tell(tools: &Tools) {
    match tools {
        Tools::Ordinary => say::tell("    WebAssembly: rustup's target"),
        Tools::Debian { sysroot, .. } => {
            say::tell(format!("    WebAssembly: Debian's compiler with the standard library in {}", sysroot.display()))
        }
    }
}
