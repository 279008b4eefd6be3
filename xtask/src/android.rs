//! The app as Android's compiler sees it: types and lints of the code that only a phone has, on a machine without Android's SDK or NDK. Nothing
//! is linked and nothing runs, so the C that the app stands on is not compiled: what stands in for the C compiler makes empty files. It
//! shows that the code fits together; that it works, only a phone can show (decision 0051). Packages are made where there is an SDK.

use crate::{
    compiler::{self, Compiler, Kind},
    places, run,
    say::{self, Step},
};
use anyhow::{Context, Result, bail};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

pub const TARGET: &str = "aarch64-linux-android";
/// Its folder in our cache.
const PLACE: &str = "android";
/// As variables of build scripts name it.
const LOW: &str = "aarch64_linux_android";
const HIGH: &str = "AARCH64_LINUX_ANDROID";

/// Stands in for the C compiler: `-E` answers what build scripts ask (which compiler, which OpenSSL), and everything else is an empty file.
const COMPILER: &str = r#"#!/bin/sh
out=
while [ $# -gt 0 ]; do
  case "$1" in
    -o) shift; out=$1 ;;
    -o*) out=${1#-o} ;;
    -E) printf '"clang"\nRUST_VERSION_NEW_OPENSSL_3_5_0\n' ;;
  esac
  shift
done
[ -z "$out" ] || : > "$out"
"#;

/// Stands in for `ar`: `ar OPTIONS LIBRARY …`.
const ARCHIVER: &str = "#!/bin/sh\n[ -z \"$2\" ] || : > \"$2\"\n";

/// How to call Cargo for the app on Android.
pub enum Tools {
    /// Rustup has the target.
    Ordinary,
    /// A compiler with the standard library of our cache.
    Made { compiler: Compiler, sysroot: PathBuf },
}

/// What is ready to use now. `SATCHEL_ANDROID=own` or `debian` takes that way, to try it.
pub fn ready() -> Option<Tools> {
    if wanted("rustup") && compiler::ordinary(TARGET) {
        return Some(Tools::Ordinary);
    }
    makers().find_map(|compiler| compiler.made(PLACE).map(|sysroot| Tools::Made { compiler, sysroot }))
}

/// Asks rustup for the target; `false` where it has none to give.
pub fn ask_rustup(step: &mut Step) -> Result<bool> {
    if wanted("rustup") { compiler::ask_rustup(step, TARGET) } else { Ok(false) }
}

/// Whether a compiler with the standard library's sources is here.
pub fn sources_here() -> bool {
    makers().any(|compiler| compiler.has_sources())
}

/// Makes the standard library for Android.
pub fn make(step: &mut Step) -> Result<()> {
    match makers().find(Compiler::has_sources) {
        Some(compiler) => compiler.make(step, PLACE, TARGET),
        None => bail!("please install {}", by_hand()),
    }
}

/// What to do by hand where no way is open.
pub fn by_hand() -> &'static str {
    "the Rust target aarch64-linux-android: `rustup target add aarch64-linux-android`; where rustup cannot download, its component rust-src or \
     Debian's packages rustc-web cargo-web rust-web-src rust-web-clippy"
}

/// Tells which way was taken.
pub fn tell(tools: &Tools) {
    match tools {
        Tools::Ordinary => say::tell("    Android: rustup's target"),
        Tools::Made { compiler, sysroot } => {
            let whose = if compiler.kind == Kind::Debian { "Debian's" } else { "this" };
            say::tell(format!("    Android: {whose} compiler with the standard library in {}", sysroot.display()));
        }
    }
}

fn wanted(way: &str) -> bool {
    std::env::var_os("SATCHEL_ANDROID").is_none_or(|wish| wish == way)
}

/// The compilers that can make the standard library, the one that builds everything else first.
fn makers() -> impl Iterator<Item = Compiler> {
    let own = if wanted("own") { Compiler::own() } else { None };
    let debian = if wanted("debian") { Compiler::debian() } else { None };
    own.into_iter().chain(debian)
}

/// The check: `cargo clippy`, or `cargo check` where there are no lints, for the library that a phone starts.
pub fn check() -> Result<Command> {
    let Some(tools) = ready() else {
        bail!("please install {}", by_hand());
    };
    let (can_lint, sysroot) = match &tools {
        Tools::Ordinary => (run::answer(run::cargo().args(["clippy", "--version"])).is_some(), None),
        Tools::Made { compiler, sysroot } => (compiler.can_lint(), Some(sysroot)),
    };
    let word = if can_lint { "clippy" } else { "check" };
    let mut command = match &tools {
        Tools::Ordinary => {
            let mut command = run::cargo();
            command.arg(word);
            command
        }
        Tools::Made { compiler, .. } => compiler.cargo(word),
    };
    command.args(["--package", "satchel", "--lib", "--target", TARGET]);
    if let Some(sysroot) = sysroot {
        command.env(format!("CARGO_TARGET_{HIGH}_RUSTFLAGS"), format!("--sysroot={}", sysroot.display()));
    }
    if can_lint {
        command.args(["--", "-D", "warnings"]);
    }
    stand_ins(&mut command, &places::android_target().join("stand-ins"))?;
    Ok(command)
}

/// In place of the SDK, the NDK and what they compile. Rewritten only if they changed: Cargo would build anew what asks for them.
fn stand_ins(command: &mut Command, folder: &Path) -> Result<()> {
    let (tools, lib, include, kotlin) =
        (folder.join("bin"), folder.join("lib"), folder.join("include"), folder.join("kotlin"));
    for needed in [&tools, &lib, &include, &kotlin] {
        fs::create_dir_all(needed).with_context(|| format!("making {}", needed.display()))?;
    }
    let (clang, ar) = (tools.join("clang"), tools.join("ar"));
    write(&clang, COMPILER)?;
    write(&ar, ARCHIVER)?;
    for library in ["libssl.a", "libcrypto.a"] {
        write(&lib.join(library), "")?;
    }
    command
        .env("CARGO_TARGET_DIR", places::android_target())
        .env(format!("CC_{LOW}"), &clang)
        .env(format!("CXX_{LOW}"), &clang)
        .env(format!("AR_{LOW}"), &ar)
        .env(format!("RANLIB_{LOW}"), &ar)
        // The vendored OpenSSL is compiled by its own makefiles, for which nothing stands in.
        .env(format!("{HIGH}_OPENSSL_NO_VENDOR"), "1")
        .env(format!("{HIGH}_OPENSSL_STATIC"), "1")
        .env(format!("{HIGH}_OPENSSL_LIB_DIR"), &lib)
        .env(format!("{HIGH}_OPENSSL_INCLUDE_DIR"), &include)
        .env("ANDROID_HOME", folder)
        .env("NDK_HOME", folder)
        .env("WRY_ANDROID_PACKAGE", "uk.satchel.app")
        .env("WRY_ANDROID_LIBRARY", "satchel_shell")
        .env("WRY_ANDROID_KOTLIN_FILES_OUT_DIR", &kotlin);
    Ok(())
}

fn write(file: &Path, text: &str) -> Result<()> {
    if fs::read_to_string(file).is_ok_and(|there| there == text) {
        return Ok(());
    }
    fs::write(file, text).with_context(|| format!("writing {}", file.display()))?;
    #[cfg(unix)]
    fs::set_permissions(file, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    Ok(())
}
