//! What a vault answers about visits: the round, somebody's visits, doing, drafts, how to get in. The work is `crate::visits`'.

use crate::door::Answer;
use crate::fault::VaultFault;
use crate::open::Vault;
use crate::visits::{self, AccessNotes, Booked, Doing, Fields, OpenedVisits, VisitAsked};
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

    pub fn access_notes(&mut self, asked: &VisitAsked, now: Stamp) -> Result<Answer<AccessNotes>, VaultFault> {
        visits::access(&mut self.door, &mut self.folder, asked, now)
    }
}
