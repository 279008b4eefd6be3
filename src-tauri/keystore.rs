//! The operating system's keychain, as the place of the device's half of each vault key. It never sees a vault or a PIN, and
//! it never puts a secret anywhere else: where there is no keychain, `open` says so and the device's own file stands in.

use desk::view::Keystore as Shown;
use device::ports::{Keystore, KeystoreFault};
use keyring::{Entry, Error};
use std::{fs, io, path::Path};
use zeroize::Zeroizing;

const SERVICE: &str = "uk.satchel.app";
/// Beside the vaults: which kind this home began with. A home never changes kind by itself.
const MARK: &str = "keystore-kind";
/// Where the device's own stand-in keeps its files.
const STAND_IN: &str = "keystore";
const PLATFORM: &str = "platform";
const FILE: &str = "file";

/// The platform's keychain, for one home.
pub struct Keychain {
    home: String,
}

/// Which kind a home uses.
pub enum Kind {
    Platform(Keychain),
    /// This machine has no keychain: a file that only this user can read stands in, and the app says so.
    File,
}

/// Finds out which kind this home uses. `SATCHEL_KEYSTORE=file` chooses the file for a new home.
///
/// # Errors
/// When the home cannot be written to.
pub fn open(home: &Path) -> io::Result<Kind> {
    fs::create_dir_all(home)?;
    let name = fs::canonicalize(home)?.to_string_lossy().into_owned();
    let mark = home.join(MARK);
    let began = match fs::read_to_string(&mark) {
        Ok(kind) => Some(kind),
        Err(why) if why.kind() == io::ErrorKind::NotFound => None,
        Err(why) => return Err(why),
    };
    let keychain = Keychain { home: name };
    match began.as_deref().map(str::trim) {
        // A keychain that is away today is reported at sign-in; it is never replaced by a file, which could not open the vault.
        Some(PLATFORM) => return Ok(Kind::Platform(keychain)),
        Some(_) => return Ok(Kind::File),
        // Enrolled without the window.
        None if home.join(STAND_IN).exists() => return Ok(Kind::File),
        None => {}
    }
    let wanted_file = std::env::var_os("SATCHEL_KEYSTORE").is_some_and(|kind| kind == FILE);
    // Android has no keychain that `keyring` can use.
    let platform = !wanted_file && cfg!(not(target_os = "android")) && keychain.works();
    fs::write(&mark, if platform { PLATFORM } else { FILE })?;
    Ok(if platform { Kind::Platform(keychain) } else { Kind::File })
}

impl Keychain {
    /// Whether a secret put in comes out again.
    fn works(&self) -> bool {
        let trial = [0x5a; 32];
        let kept =
            self.put("trial", &trial).is_ok() && matches!(self.get("trial"), Ok(Some(secret)) if *secret == trial);
        kept && self.entry("trial").and_then(|entry| entry.delete_credential()).is_ok()
    }

    fn entry(&self, name: &str) -> Result<Entry, Error> {
        Entry::new(SERVICE, &format!("{name} in {}", self.home))
    }
}

impl Keystore for Keychain {
    fn kind(&self) -> Shown {
        Shown::Platform
    }

    fn get(&self, name: &str) -> Result<Option<Zeroizing<[u8; 32]>>, KeystoreFault> {
        let fault = KeystoreFault { doing: "read" };
        let bytes = match self.entry(name).and_then(|entry| entry.get_secret()) {
            Ok(secret) => Zeroizing::new(secret),
            Err(Error::NoEntry) => return Ok(None),
            Err(_) => return Err(fault),
        };
        let secret: [u8; 32] = bytes.as_slice().try_into().map_err(|_| fault)?;
        Ok(Some(Zeroizing::new(secret)))
    }

    fn put(&self, name: &str, secret: &[u8; 32]) -> Result<(), KeystoreFault> {
        self.entry(name).and_then(|entry| entry.set_secret(secret)).map_err(|_| KeystoreFault { doing: "write" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn home(name: &str) -> PathBuf {
        let home = std::env::temp_dir().join(format!("satchel-keystore-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&home);
        fs::create_dir_all(&home).unwrap();
        home
    }

    #[test]
    fn a_home_keeps_the_kind_it_began_with() {
        let home = home("keeps");
        fs::write(home.join(MARK), "file\n").unwrap();
        assert!(matches!(open(&home).unwrap(), Kind::File));
        fs::write(home.join(MARK), PLATFORM).unwrap();
        assert!(matches!(open(&home).unwrap(), Kind::Platform(_)));
        fs::remove_dir_all(home).unwrap();
    }

    #[test]
    fn a_new_home_takes_the_file_where_the_keychain_does_not_keep_what_it_is_given() {
        // The stand-in of `keyring` forgets at once, which is what a broken keychain does.
        keyring::set_default_credential_builder(keyring::mock::default_credential_builder());
        let home = home("new");
        assert!(matches!(open(&home).unwrap(), Kind::File));
        assert_eq!(fs::read_to_string(home.join(MARK)).unwrap(), FILE);
        fs::remove_dir_all(home).unwrap();
    }
}
