//! The real suppliers of the ports, for the window and for `satchel-device`: the system's clock and randomness, a keystore in a file for
//! machines that have none, HTTPS, and paper into a file or folder that was named beforehand. The platform keystores, a phone's
//! scanner, and asking a person where to save, are the shell's.

use crate::carrier::HttpCarrier;
use crate::near::SystemNearby;
use crate::ports::{Entropy, Gauges, Keystore, KeystoreFault, Ports, Soon, Tray, TrayFault};
use desk::view::Keystore as KeystoreKind;
use record::Stamp;
use sha2::{Digest, Sha256};
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use vault::{Reading, Ticks};
use zeroize::Zeroizing;

/// All of them, with the keystore in a 0600 file under `home`, and no tray.
pub fn ports(home: &Path) -> Ports {
    Ports {
        clock: Arc::new(clocks()),
        entropy: Arc::new(SystemEntropy),
        keystore: Arc::new(FileKeystore::at(home.join("keystore"))),
        carrier: Arc::new(HttpCarrier::default()),
        tray: Arc::new(FileTray::Nowhere),
        nearby: Arc::new(SystemNearby),
        scanner: None,
        gauges: Arc::new(gauges),
    }
}

/// Paper as a file. Written anew, readable by its owner only; a file that is there already is never written over.
pub enum FileTray {
    Nowhere,
    /// This file.
    File(PathBuf),
    /// A file in this folder, under the name proposed; a number is added where that is taken.
    Folder(PathBuf),
}

impl Tray for FileTray {
    fn put<'a>(&'a self, name: &'a str, pdf: Vec<u8>) -> Soon<'a, Result<bool, TrayFault>> {
        let written = match self {
            FileTray::Nowhere => Err(TrayFault::NotHere),
            FileTray::File(path) => fresh_file(path, &pdf).map_err(|_| TrayFault::NotWritten),
            FileTray::Folder(folder) => (0..100)
                .map(|n| if n == 0 { format!("{name}.pdf") } else { format!("{name}-{n}.pdf") })
                .map(|name| fresh_file(&folder.join(name), &pdf))
                .find(|done| !matches!(done, Err(fault) if fault.kind() == ErrorKind::AlreadyExists))
                .unwrap_or_else(|| Err(ErrorKind::AlreadyExists.into()))
                .map_err(|_| TrayFault::NotWritten),
        };
        Box::pin(std::future::ready(written.map(|()| true)))
    }
}

/// Writes a file that is not there yet, for its owner's eyes.
pub fn fresh_file(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// The system's clocks: the one on the wall, the one that counts from the device's start through sleep, and the time zone's name.
pub fn clocks() -> impl Fn() -> Reading + Send + Sync {
    let boot = boot();
    move || Reading {
        wall: now(),
        ticks: boot.and_then(|boot| Some(Ticks { boot, millis: since_boot()? })),
        zone: iana_time_zone::get_timezone().map_or(0, |name| short(name.as_bytes())),
    }
}

/// The system's wall clock.
#[allow(clippy::disallowed_methods, reason = "this is the clock port: the one place that reads the time")]
pub fn now() -> Stamp {
    Stamp::from_millis(jiff::Timestamp::now().as_millisecond())
}

/// Which start of the device this is. Linux and Android say; elsewhere the vault does without, and doubts more.
fn boot() -> Option<u64> {
    let id = fs::read("/proc/sys/kernel/random/boot_id").ok()?;
    Some(short(id.trim_ascii()))
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn since_boot() -> Option<i64> {
    // CLOCK_BOOTTIME counts while the device sleeps, and nobody can set it.
    let at = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Some(at.tv_sec.saturating_mul(1_000).saturating_add(at.tv_nsec / 1_000_000))
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn since_boot() -> Option<i64> {
    None
}

/// Eight bytes of SHA-256, never 0.
fn short(bytes: &[u8]) -> u64 {
    let digest: [u8; 32] = Sha256::digest(bytes).into();
    digest.first_chunk::<8>().map_or(1, |eight| u64::from_le_bytes(*eight)).max(1)
}

/// Battery and disk, on systems that say so in files or by a call; elsewhere nothing is claimed.
pub fn gauges(home: &Path) -> Gauges {
    let read = |name: &Path, file: &str| fs::read_to_string(name.join(file)).ok().map(|text| text.trim().to_owned());
    let supplies = fs::read_dir("/sys/class/power_supply").into_iter().flatten().flatten().map(|entry| entry.path());
    let battery = supplies.into_iter().find_map(|supply| {
        let percent = read(&supply, "capacity")?.parse::<u8>().ok().filter(|p| *p <= 100)?;
        let charging = read(&supply, "status").is_some_and(|s| s == "Charging" || s == "Full");
        Some((percent, charging))
    });
    Gauges { battery: battery.map(|b| b.0), charging: battery.is_some_and(|b| b.1), free_bytes: free(home) }
}

#[cfg(unix)]
fn free(home: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(home).ok()?;
    Some(found.f_bavail.saturating_mul(found.f_frsize))
}

#[cfg(not(unix))]
fn free(_home: &Path) -> Option<u64> {
    None
}

/// The system's randomness.
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        // A machine without randomness can make no key that protects anybody: stopping is the only safe answer.
        if getrandom::fill(bytes).is_err() {
            std::process::abort();
        }
    }
}

/// A keystore for a machine that has none: files that only this user can read. The app says so on its sign-in page.
pub struct FileKeystore(PathBuf);

impl FileKeystore {
    pub fn at(folder: PathBuf) -> FileKeystore {
        FileKeystore(folder)
    }
}

impl Keystore for FileKeystore {
    fn kind(&self) -> KeystoreKind {
        KeystoreKind::File
    }

    fn get(&self, name: &str) -> Result<Option<Zeroizing<[u8; 32]>>, KeystoreFault> {
        let bytes = match fs::read(self.0.join(name)) {
            Ok(bytes) => Zeroizing::new(bytes),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(_) => return Err(KeystoreFault { doing: "read" }),
        };
        let secret: [u8; 32] = bytes.as_slice().try_into().map_err(|_| KeystoreFault { doing: "read" })?;
        Ok(Some(Zeroizing::new(secret)))
    }

    fn put(&self, name: &str, secret: &[u8; 32]) -> Result<(), KeystoreFault> {
        let write = || -> std::io::Result<()> {
            fs::create_dir_all(&self.0)?;
            let mut options = fs::File::options();
            options.write(true).create(true).truncate(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            // Whole or not at all: a new file, synced, then renamed over the old one.
            let fresh = self.0.join(format!("{name}.new"));
            let mut file = options.open(&fresh)?;
            file.write_all(secret)?;
            file.sync_all()?;
            fs::rename(&fresh, self.0.join(name))?;
            fs::File::open(&self.0)?.sync_all()
        };
        write().map_err(|_| KeystoreFault { doing: "write" })
    }
}
