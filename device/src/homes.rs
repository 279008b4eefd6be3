//! Where things lie in the device's folder: one folder a user, with a small public card for the sign-in page. No patient content and
//! no secret is in this file's files.
//!
//! ```text
//! HOME/users/N0001/card.json    name, title, organisation: for the sign-in page
//! HOME/users/N0001/key, vault.db, lock
//! HOME/users/N0001/outbox/      unsent work, sealed to the hub, and hub.json: where to bring it
//! HOME/users/N0001.aside-1/     an earlier vault of the same person, kept with its outbox
//! HOME/carried/                 colleagues' sealed work, and receipts for it
//! HOME/users/.enrolling/        an enrolment that has not finished; made anew each time
//! ```

use desk::view::User;
use record::StaffId;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The device's folder.
#[derive(Debug, Clone)]
pub struct Homes(PathBuf);

impl Homes {
    pub fn at(home: PathBuf) -> io::Result<Homes> {
        fs::create_dir_all(home.join("users"))?;
        Ok(Homes(home))
    }

    pub fn root(&self) -> &Path {
        &self.0
    }

    pub fn of(&self, staff: &StaffId) -> PathBuf {
        self.0.join("users").join(staff.as_str())
    }

    /// Everybody with a vault here, by name.
    pub fn users(&self) -> io::Result<Vec<User>> {
        let mut users = Vec::new();
        for entry in fs::read_dir(self.0.join("users"))? {
            let home = entry?.path();
            if vault::exists(&home)
                && let Ok(json) = fs::read(home.join("card.json"))
                && let Ok(user) = serde_json::from_slice::<User>(&json)
                && self.of(&user.staff) == home
            {
                users.push(user);
            }
        }
        users.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(users)
    }

    /// Every outbox on the device: of each user's vault, and of those moved aside.
    pub fn outboxes(&self) -> io::Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(self.0.join("users"))? {
            let outbox = vault::parcels::folder(&entry?.path());
            if outbox.is_dir() {
                found.push(outbox);
            }
        }
        found.sort();
        Ok(found)
    }

    /// How many sealed files lie in them, by their names alone: it is asked for often.
    pub fn sealed(&self) -> io::Result<u64> {
        let mut count = 0;
        for outbox in self.outboxes()? {
            for entry in fs::read_dir(outbox)? {
                let unsent = [vault::parcels::SEGMENT, vault::parcels::REFUSED];
                count += u64::from(entry?.path().extension().is_some_and(|kind| unsent.iter().any(|one| kind == *one)));
            }
        }
        Ok(count)
    }

    /// Where colleagues' sealed work lies until the hub has it.
    pub fn carried(&self) -> PathBuf {
        self.0.join("carried")
    }

    /// An empty folder to enrol in.
    pub fn enrolling(&self) -> io::Result<PathBuf> {
        let folder = self.0.join("users").join(".enrolling");
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    /// Makes a finished enrolment the user's home. An earlier vault is moved aside, never deleted.
    pub fn settle(&self, enrolled: &Path, user: &User) -> io::Result<PathBuf> {
        let card = serde_json::to_vec(user).map_err(io::Error::other)?;
        fs::write(enrolled.join("card.json"), card)?;
        let home = self.of(&user.staff);
        if home.exists() {
            let aside = (1..).map(|n| home.with_extension(format!("aside-{n}"))).find(|path| !path.exists());
            fs::rename(&home, aside.unwrap_or_else(|| home.with_extension("aside")))?;
        }
        fs::rename(enrolled, &home)?;
        Ok(home)
    }
}
