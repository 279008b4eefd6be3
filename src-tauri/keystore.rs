//! The operating system's keychain, as the place of the device's half of each vault key. It never sees a vault or a PIN, and
//! it never puts a secret anywhere else: where a computer has no keychain, `open` says so and the device's own file stands in.
//!
//! A phone always has one, and nothing stands in for it: what it does not keep is refused. On Android a key of the phone's Keystore, which cannot
//! be taken out of it, encrypts what lies in the app's private preferences; Java's copies of a secret are left to its collector.

use desk::view::Keystore as Shown;
use device::ports::{Keystore, KeystoreFault};
#[cfg(not(target_os = "android"))]
use keyring::{Entry, Error};
#[cfg(target_os = "android")]
use keyring_core::{Entry, Error};
use std::{fs, io, path::Path};
use zeroize::Zeroizing;

const SERVICE: &str = "uk.satchel.app";
/// Beside the vaults: which kind this home began with. A home never changes kind by itself.
const MARK: &str = "keystore-kind";
/// Where the device's own stand-in keeps its files.
const STAND_IN: &str = "keystore";
const PLATFORM: &str = "platform";
const FILE: &str = "file";

/// The app's one home on a phone. Its path is no name for it: iOS moves it at each update.
const PHONES: &str = "this phone";

/// The platform's keychain, for one home.
pub struct Keychain {
    home: String,
    /// Nothing stands in for it, so what is put in is looked at again.
    only: bool,
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
    open_on(home, cfg!(mobile))
}

fn open_on(home: &Path, phone: bool) -> io::Result<Kind> {
    fs::create_dir_all(home)?;
    if phone {
        return Ok(Kind::Platform(Keychain { home: PHONES.to_owned(), only: true }));
    }
    let name = fs::canonicalize(home)?.to_string_lossy().into_owned();
    let mark = home.join(MARK);
    let began = match fs::read_to_string(&mark) {
        Ok(kind) => Some(kind),
        Err(why) if why.kind() == io::ErrorKind::NotFound => None,
        Err(why) => return Err(why),
    };
    let keychain = Keychain { home: name, only: false };
    match began.as_deref().map(str::trim) {
        // A keychain that is away today is reported at sign-in; it is never replaced by a file, which could not open the vault.
        Some(PLATFORM) => return Ok(Kind::Platform(keychain)),
        Some(_) => return Ok(Kind::File),
        // Enrolled without the window.
        None if home.join(STAND_IN).exists() => return Ok(Kind::File),
        None => {}
    }
    let wanted_file = std::env::var_os("SATCHEL_KEYSTORE").is_some_and(|kind| kind == FILE);
    let platform = !wanted_file && keychain.works();
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

    #[cfg(not(target_os = "android"))]
    fn entry(&self, name: &str) -> Result<Entry, Error> {
        Entry::new(SERVICE, &format!("{name} in {}", self.home))
    }

    /// The store is found again each time: it is one for the whole app, and made when it is first wanted.
    #[cfg(target_os = "android")]
    fn entry(&self, name: &str) -> Result<Entry, Error> {
        use android_native_keyring_store::Store;
        use keyring_core::api::CredentialStoreApi;
        let store = Store::new_with_configuration(&std::collections::HashMap::from([("name", "satchel")]))?;
        store.build(SERVICE, &format!("{name} in {}", self.home), None)
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
        let fault = KeystoreFault { doing: "write" };
        self.entry(name).and_then(|entry| entry.set_secret(secret)).map_err(|_| fault)?;
        if self.only && self.get(name)?.is_none_or(|kept| *kept != *secret) {
            return Err(KeystoreFault { doing: "keep" });
        }
        Ok(())
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
    fn on_a_phone_nothing_stands_in_and_what_is_not_kept_is_refused() {
        keyring::set_default_credential_builder(keyring::mock::default_credential_builder());
        let home = home("phone");
        // Not even where a file would be chosen on a computer.
        fs::write(home.join(MARK), FILE).unwrap();
        fs::create_dir_all(home.join(STAND_IN)).unwrap();
        let Kind::Platform(keychain) = open_on(&home, true).unwrap() else { panic!("a file on a phone") };
        assert_eq!(keychain.put("half", &[7; 32]).unwrap_err().doing, "keep");
        assert_eq!(fs::read_dir(home.join(STAND_IN)).unwrap().count(), 0);
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
