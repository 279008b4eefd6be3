//! What may be asked of an open vault about care plans. A part of `open`, because the door and the key are the vault's own; the work is
//! `crate::plans`'.

use super::Vault;
use crate::door::Answer;
use crate::fault::VaultFault;
use crate::plans::{self, DraftStep, OpenedPlan, PlacedLine, PlanAsked};
use record::plan::{Edit, Heads, Paper};
use record::{PersonId, Stamp};

impl Vault {
    /// A care plan as it stands, or as it stood at a moment of its history.
    pub fn plan(
        &mut self,
        asked: &PlanAsked,
        moment: Option<&Heads>,
        now: Stamp,
    ) -> Result<Answer<OpenedPlan>, VaultFault> {
        plans::open(&mut self.door, asked, moment, now)
    }

    pub fn edit_plan(&mut self, asked: &PlanAsked, edit: &Edit, now: Stamp) -> Result<Answer<OpenedPlan>, VaultFault> {
        plans::edit(&mut self.door, &mut self.plan, asked, edit, now)
    }

    /// Signs a paper of the plan as it stands. `id` is fresh chance.
    pub fn sign_plan(
        &mut self,
        asked: &PlanAsked,
        paper: Paper,
        id: &str,
        now: Stamp,
    ) -> Result<Answer<OpenedPlan>, VaultFault> {
        plans::sign(&mut self.door, &mut self.plan, &self.signing, asked, (paper, id), now)
    }

    pub fn plan_history(&mut self, asked: &PlanAsked, now: Stamp) -> Result<Answer<Vec<PlacedLine>>, VaultFault> {
        plans::history(&mut self.door, asked, now)
    }

    /// This user has seen what others changed in the plan, up to the line of this moment.
    pub fn plan_looked(&mut self, person: PersonId, newest: &Heads, now: Stamp) -> Result<(), VaultFault> {
        plans::looked(&mut self.door, person, newest, now)
    }

    /// This user is done with what the hub did not take of the plan.
    pub fn plan_aside_done(&mut self, person: PersonId, now: Stamp) -> Result<(), VaultFault> {
        plans::aside_done(&mut self.door, person, now)
    }

    /// A draft: edits that only this user sees until they put them into the plan.
    pub fn draft_plan(
        &mut self,
        asked: &PlanAsked,
        step: DraftStep,
        now: Stamp,
    ) -> Result<Answer<OpenedPlan>, VaultFault> {
        plans::draft(&mut self.door, &mut self.plan, asked, step, now)
    }
}
