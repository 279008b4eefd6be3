//! Compilers for targets other than this machine: rustup's own target where rustup can download one; elsewhere a compiler with the sources of
//! the standard library beside it (rustup's `rust-src`, or Debian's packages) makes that library once, into our cache. What is built with it,
//! and with which flags, is for `wasm.rs` and `android.rs`. It never writes outside the cache.

use crate::{places, run, say::Step};
use anyhow::{Context, Result, bail};
use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The workspace's `rust-version`.
const OLDEST: (u32, u32) = (1, 95);
const DEBIAN: &str = "/usr/bin";
const DEBIAN_SOURCES: &str = "/usr/lib/rustlib/src/rust/library/Cargo.lock";

/// Debian's packages for `Compiler::debian`.
pub const DEBIAN_PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-clippy"];

/// Whose it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The one that runs this tool.
    Own,
    Debian,
}

/// A compiler with its Cargo.
pub struct Compiler {
    pub kind: Kind,
    cargo: PathBuf,
    rustc: PathBuf,
    sources: PathBuf,
    /// As `1.96.0`; a nightly's with its commit, for there are many of one number.
    pub version: String,
}

impl Compiler {
    /// The one that runs this tool.
    pub fn own() -> Option<Compiler> {
        let sysroot = PathBuf::from(run::answer(Command::new("rustc").args(["--print", "sysroot"]))?);
        let rustc = sysroot.join("bin/rustc");
        let cargo = run::cargo().get_program().into();
        let sources = sysroot.join("lib/rustlib/src/rust/library/Cargo.lock");
        let version = version(&rustc)?;
        Some(Compiler { kind: Kind::Own, cargo, rustc, sources, version })
    }

    /// Debian's, if it is new enough.
    pub fn debian() -> Option<Compiler> {
        let folder = Path::new(DEBIAN);
        let rustc = folder.join("rustc");
        let version = version(&rustc)?;
        Some(Compiler {
            kind: Kind::Debian,
            cargo: folder.join("cargo"),
            rustc,
            sources: DEBIAN_SOURCES.into(),
            version,
        })
    }

    /// Whether the standard library's sources are beside it.
    pub fn has_sources(&self) -> bool {
        self.cargo.exists() && self.sources.exists()
    }

    /// `cargo WORD`.
    pub fn cargo(&self, word: &str) -> Command {
        let mut command = match self.kind {
            Kind::Own => run::cargo(),
            Kind::Debian => {
                let program = if word == "clippy" { "cargo-clippy" } else { "cargo" };
                let mut command = Command::new(Path::new(DEBIAN).join(program));
                command
                    .current_dir(places::root())
                    .env_remove("RUSTUP_TOOLCHAIN")
                    .env_remove("RUSTC_WORKSPACE_WRAPPER")
                    .env("PATH", debian_first())
                    .env("CARGO", &self.cargo)
                    .env("RUSTC", &self.rustc);
                command
            }
        };
        command.arg(word);
        command
    }

    /// Whether the lints can run.
    pub fn can_lint(&self) -> bool {
        match self.kind {
            Kind::Own => run::answer(run::cargo().args(["clippy", "--version"])).is_some(),
            Kind::Debian => Path::new(DEBIAN).join("cargo-clippy").exists(),
        }
    }

    /// Where this compiler's standard library for something is kept. `None`: it has not been made.
    pub fn made(&self, for_what: &str) -> Option<PathBuf> {
        let sysroot = self.place(for_what);
        sysroot.join("complete").exists().then_some(sysroot)
    }

    fn place(&self, for_what: &str) -> PathBuf {
        places::cache().join(for_what).join(&self.version)
    }

    /// Makes the standard library from the sources.
    pub fn make(&self, step: &mut Step, for_what: &str, target: &str) -> Result<()> {
        let sysroot = self.place(for_what);
        let work = places::cache().join(for_what).join(format!("{}.work", self.version));
        if work.exists() {
            fs::remove_dir_all(&work)?;
        }
        fs::create_dir_all(work.join("src"))?;
        fs::write(
            work.join("Cargo.toml"),
            "[package]\nname = \"probe\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n[profile.release]\n\
             opt-level = \"s\"\npanic = \"abort\"\n",
        )?;
        fs::write(work.join("src/lib.rs"), "#![no_std]\n")?;
        let mut command = self.cargo("build");
        command
            .current_dir(&work)
            .args(["--release", "-Zbuild-std=std,panic_abort,panic_unwind", "--target", target])
            .env("RUSTC_BOOTSTRAP", "1")
            .env("CARGO_TARGET_DIR", work.join("target"));
        run::must(step, &format!("{for_what}-std"), &mut command)?;

        let lib = sysroot.join("lib/rustlib").join(target).join("lib");
        if sysroot.exists() {
            fs::remove_dir_all(&sysroot)?;
        }
        fs::create_dir_all(&lib)?;
        let made = work.join("target").join(target).join("release/deps");
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
        fs::write(sysroot.join("complete"), &self.version)?;
        fs::remove_dir_all(&work)?;
        Ok(())
    }
}

/// Whether rustup's target is here.
pub fn ordinary(target: &str) -> bool {
    run::answer(Command::new("rustc").args(["--print", "target-libdir", "--target", target]))
        .is_some_and(|dir| fs::read_dir(dir).is_ok_and(|mut files| files.next().is_some()))
}

/// Asks rustup for a target; `false` where it has none to give.
pub fn ask_rustup(step: &mut Step, target: &str) -> Result<bool> {
    if places::on_path("rustup").is_none() {
        return Ok(false);
    }
    let outcome = run::watch(step, "rustup-target", Command::new("rustup").args(["target", "add", target]))?;
    Ok(outcome.ok && ordinary(target))
}

/// Debian's programs before rustup's, so that each finds its own kind.
fn debian_first() -> OsString {
    let mut path = OsString::from(DEBIAN);
    if let Some(rest) = std::env::var_os("PATH") {
        path.push(":");
        path.push(rest);
    }
    path
}

/// If it is new enough.
fn version(rustc: &Path) -> Option<String> {
    let said = run::answer(Command::new(rustc).arg("--version").env_remove("RUSTUP_TOOLCHAIN"))?;
    let mut words = said.split_whitespace().skip(1);
    let (version, commit) = (words.next()?, words.next().unwrap_or_default().trim_start_matches('('));
    let mut parts = version.split('.').map(|part| part.parse::<u32>().ok());
    let (major, minor) = (parts.next()??, parts.next()??);
    let name = if version.contains('-') { format!("{version}-{commit}") } else { version.to_owned() };
    ((major, minor) >= OLDEST).then_some(name)
}
