//! The real suppliers of the four ports, for the window and for `satchel-device`: the system's clock and randomness, a keystore in a
//! file for machines that have none, and HTTPS. The platform keystores are the shell's.

use crate::carrier::HttpCarrier;
use crate::ports::{Entropy, Keystore, KeystoreFault, Ports};
use desk::view::Keystore as KeystoreKind;
use record::Stamp;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zeroize::Zeroizing;

/// All four, with the keystore in a 0600 file under `home`.
pub fn ports(home: &Path) -> Ports {
    Ports {
        clock: Arc::new(now),
        entropy: Arc::new(SystemEntropy),
        keystore: Arc::new(FileKeystore::at(home.join("keystore"))),
        carrier: Arc::new(HttpCarrier::default()),
    }
}

/// The system's clock.
#[allow(clippy::disallowed_methods, reason = "this is the clock port: the one place that reads the time")]
pub fn now() -> Stamp {
    Stamp::from_millis(jiff::Timestamp::now().as_millisecond())
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
            let mut file = options.open(self.0.join(name))?;
            file.write_all(secret)?;
            file.sync_all()
        };
        write().map_err(|_| KeystoreFault { doing: "write" })
    }
}
