//! What a person does with a care plan (kind 40): looked, wrote, decided, signed. Codes only: which field, and what was written, is in the
//! plan's own history, which nobody can rewrite either.

use super::event::{code, decoded};
use crate::canon::{NotCanonical, Reader, Writer};
use crate::consent::{Outcome, Purpose, Rule};
use crate::ids::PersonId;
use serde::{Deserialize, Serialize};

/// One act, and what the door decided about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlanAct {
    pub subject: PersonId,
    pub purpose: Purpose,
    pub deed: PlanDeed,
    pub outcome: Outcome,
    pub rule: Rule,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PlanDeed {
    Looked,
    /// Looked at it as it stood at another time, or at who changed what.
    History,
    Wrote,
    Set,
    Added,
    Ended,
    /// Added a voice to a decision.
    Decided,
    /// Settled what others had decided.
    Settled,
    SignedPlan,
    SignedRespect,
    /// Given out by the hub, as FHIR or as a document.
    Exported,
}

impl PlanDeed {
    /// In the order of their codes: grows at the end only.
    pub const ALL: &'static [PlanDeed] = &[
        PlanDeed::Looked,
        PlanDeed::History,
        PlanDeed::Wrote,
        PlanDeed::Set,
        PlanDeed::Added,
        PlanDeed::Ended,
        PlanDeed::Decided,
        PlanDeed::Settled,
        PlanDeed::SignedPlan,
        PlanDeed::SignedRespect,
        PlanDeed::Exported,
    ];

    /// It changes the plan, so it must be undone whole if it fails.
    pub const fn writes(self) -> bool {
        !matches!(self, PlanDeed::Looked | PlanDeed::History | PlanDeed::Exported)
    }

    pub const fn in_words(self) -> &'static str {
        match self {
            PlanDeed::Looked => "Opened the care plan",
            PlanDeed::History => "Looked at the care plan's history",
            PlanDeed::Wrote => "Wrote in the care plan",
            PlanDeed::Set => "Set a value in the care plan",
            PlanDeed::Added => "Added to the care plan",
            PlanDeed::Ended => "Ended an entry of the care plan",
            PlanDeed::Decided => "Recorded a decision in the care plan",
            PlanDeed::Settled => "Settled a decision in the care plan",
            PlanDeed::SignedPlan => "Signed the care plan",
            PlanDeed::SignedRespect => "Signed the ReSPECT form",
            PlanDeed::Exported => "Gave out the care plan",
        }
    }
}

impl PlanAct {
    pub(super) fn write(&self, to: Writer) -> Writer {
        to.number(40)
            .bytes(self.subject.as_bytes())
            .number(code(Purpose::ALL, self.purpose))
            .number(code(PlanDeed::ALL, self.deed))
            .number(code(Outcome::ALL, self.outcome))
            .number(code(Rule::ALL, self.rule))
    }

    pub(super) fn read(from: &mut Reader<'_>) -> Result<PlanAct, NotCanonical> {
        Ok(PlanAct {
            subject: PersonId::from_bytes(from.array()?),
            purpose: decoded(Purpose::ALL, from.number()?)?,
            deed: decoded(PlanDeed::ALL, from.number()?)?,
            outcome: decoded(Outcome::ALL, from.number()?)?,
            rule: decoded(Rule::ALL, from.number()?)?,
        })
    }
}
