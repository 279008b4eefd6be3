//! The compiler that makes WebAssembly. Rustup's own target is the whole story where rustup can download; elsewhere Debian's
//! newer compiler and its sources make the standard library once (`compiler.rs`).

use crate::{
    compiler::{self, Compiler},
    places, run,
    say::{self, Step},
};
use anyhow::{Result, bail};
use std::{path::PathBuf, process::Command};

pub const TARGET: &str = "wasm32-unknown-unknown";
/// Its folder in our cache.
const PLACE: &str = "wasm";

/// How to call Cargo for the screen.
pub enum Tools {
    /// Rustup has the target.
    Ordinary,
    /// Debian's compiler, with the standard library of our cache.
    Debian { compiler: Compiler, sysroot: PathBuf, linker: PathBuf },
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
            Tools::Debian { compiler, sysroot, linker } => {
                let mut command = compiler.cargo(word);
                command
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
            Tools::Debian { compiler, .. } => compiler.can_lint(),
        }
    }
}

/// What is ready to use now. `SATCHEL_WASM=debian` takes the second way where both are open, to try it.
pub fn ready() -> Option<Tools> {
    if compiler::ordinary(TARGET) && !second_way_wanted() {
        return Some(Tools::Ordinary);
    }
    let (linker, compiler) = (linker()?, Compiler::debian()?);
    let sysroot = compiler.made(PLACE)?;
    Some(Tools::Debian { compiler, sysroot, linker })
}

/// Whether the packages of the second way are here.
pub fn debian_packages_here() -> bool {
    linker().is_some() && Compiler::debian().is_some_and(|debian| debian.has_sources() && debian.can_lint())
}

/// Asks rustup for the target; `false` where it has none to give.
pub fn ask_rustup(step: &mut Step) -> Result<bool> {
    if second_way_wanted() { Ok(false) } else { compiler::ask_rustup(step, TARGET) }
}

/// Makes the standard library for WebAssembly from Debian's sources.
pub fn make_from_debian(step: &mut Step) -> Result<()> {
    match Compiler::debian() {
        Some(debian) => debian.make(step, PLACE, TARGET),
        None => bail!("please install {}", by_hand()),
    }
}

/// What to do by hand where neither way is open.
pub fn by_hand() -> &'static str {
    "the Rust target wasm32-unknown-unknown: `rustup target add wasm32-unknown-unknown`; where rustup cannot download, Debian's \
     packages rustc-web cargo-web rust-web-src rust-web-clippy lld-22, then `cargo xtask setup` again"
}

fn second_way_wanted() -> bool {
    std::env::var_os("SATCHEL_WASM").is_some_and(|way| way == "debian")
}

fn linker() -> Option<PathBuf> {
    ["wasm-ld-22", "wasm-ld"].iter().find_map(|name| places::on_path(name))
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
