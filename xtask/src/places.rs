//! Where things are on this machine: the repository, the target folder, our cache. It creates nothing.

use std::{
    env,
    path::{Path, PathBuf},
};

/// The root of the repository. Cargo says at run time where this package is; what it said when compiling may be another clone that
/// shares the target folder.
pub fn root() -> PathBuf {
    let here =
        env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    here.parent().map(Path::to_path_buf).unwrap_or(here)
}

/// Cargo's target folder, the one in force.
pub fn target() -> PathBuf {
    match env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => root().join(dir),
        None => root().join("target"),
    }
}

/// The target folder of the screen: its own, so that two compilers never wait for each other's lock.
pub fn wasm_target() -> PathBuf {
    target().join("wasm")
}

/// The target folder of the check for Android, for the same reason.
pub fn android_target() -> PathBuf {
    target().join("android")
}

/// Logs of what this tool ran.
pub fn logs() -> PathBuf {
    target().join("xtask")
}

/// What `cargo xtask ui` leaves and the window embeds.
pub fn dist() -> PathBuf {
    root().join("ui").join("dist")
}

/// Our folder in the user's cache; what lies here can always be made again.
pub fn cache() -> PathBuf {
    let base = env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .filter(|p| p.is_absolute())
        .or_else(|| env::home_dir().map(|home| home.join(".cache")))
        .unwrap_or_else(env::temp_dir);
    base.join("satchel")
}

/// A program that Cargo built.
pub fn program(name: &str, release: bool) -> PathBuf {
    let profile = if release { "release" } else { "debug" };
    target().join(profile).join(format!("{name}{}", env::consts::EXE_SUFFIX))
}

/// A program on the PATH.
pub fn on_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|dir| dir.join(name)).find(|file| file.is_file())
}
