//! What a vault answers about visits: the round, somebody's visits, doing, drafts, how to get in. The work is `crate::visits`'.

use crate::door::Answer;
use crate::fault::VaultFault;
use crate::open::Vault;
use crate::visits::{self, AccessNotes, Booked, Doing, Fields, OpenedVisits, VisitAsked};
use record::visit::{Photo, PhotoId};
use record::{PersonId, Stamp};

impl Vault {
    /// Today's round. Showing it is recorded.
    pub fn visit_round(&mut self, now: Stamp) -> Result<Vec<Booked>, VaultFault> {
        visits::round(&mut self.door, &mut self.folder, now)
    }

    pub fn visits(&mut self, asked: &VisitAsked, now: Stamp) -> Result<Answer<OpenedVisits>, VaultFault> {
        visits::open(&mut self.door, &mut self.folder, asked, now)
    }

    /// Does one thing at a visit; gives the visits as they then stand.
    pub fn act(&mut self, asked: &VisitAsked, doing: Doing, now: Stamp) -> Result<Answer<OpenedVisits>, VaultFault> {
        visits::act(&mut self.door, &mut self.folder, &self.signing, asked, doing, now)
    }

    /// Keeps what is being typed.
    pub fn keep_draft(&mut self, on: (PersonId, &str), fields: &Fields, now: Stamp) -> Result<(), VaultFault> {
        visits::keep_draft(&mut self.door, on, fields, now)
    }

    /// Keeps a picture with its form; gives the form's pictures.
    pub fn keep_photo(&mut self, on: (PersonId, &str), bytes: &[u8], now: Stamp) -> Result<Vec<Photo>, VaultFault> {
        visits::keep_photo(&mut self.door, on, bytes, now)
    }

    /// Takes a picture out of a form; gives those that are left.
    pub fn drop_photo(&mut self, on: (PersonId, &str), photo: PhotoId, now: Stamp) -> Result<Vec<Photo>, VaultFault> {
        visits::drop_photo(&mut self.door, on, photo, now)
    }

    /// A photograph, if it is here; if not, the next posts ask the hub for it.
    pub fn photo(
        &mut self,
        asked: &VisitAsked,
        photo: PhotoId,
        now: Stamp,
    ) -> Result<Answer<Option<Vec<u8>>>, VaultFault> {
        visits::photo(&mut self.door, asked, photo, now)
    }

    /// Whether a photograph is here, whole. Says nothing of what is in it.
    pub fn has_photo(&self, person: PersonId, photo: PhotoId) -> Result<bool, VaultFault> {
        self.door.glance(|conn| visits::photos::is_here(conn, person, photo))
    }

    pub fn access_notes(&mut self, asked: &VisitAsked, now: Stamp) -> Result<Answer<AccessNotes>, VaultFault> {
        visits::access(&mut self.door, &mut self.folder, asked, now)
    }
}
