//! What a person does at a visit (kind 60), and the round they looked at (kind 61). Codes only: what was done stands in the act itself,
//! which nobody can rewrite either.

use super::event::{code, decoded};
use crate::canon::{NotCanonical, Reader, Writer};
use crate::consent::{Outcome, Purpose, Rule};
use crate::ids::PersonId;
use serde::{Deserialize, Serialize};

/// One deed, and what the door decided about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VisitAct {
    pub subject: PersonId,
    pub purpose: Purpose,
    pub deed: VisitDeed,
    pub outcome: Outcome,
    pub rule: Rule,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum VisitDeed {
    Looked,
    Started,
    Ended,
    NotHome,
    Observed,
    Dosed,
    DoseReviewed,
    Noted,
    Added,
    Struck,
    Assessed,
    RiskRecorded,
    Tasked,
    TaskDone,
    Referred,
    /// Opened how to get in: the key safe and the like.
    AccessShown,
    /// Opened a photograph of a wound.
    PhotoShown,
    /// Wanted to see one that was not on the device.
    PhotoAsked,
    /// Given out by the hub, as FHIR.
    Exported,
}

impl VisitDeed {
    /// In the order of their codes: grows at the end only.
    pub const ALL: &'static [VisitDeed] = &[
        VisitDeed::Looked,
        VisitDeed::Started,
        VisitDeed::Ended,
        VisitDeed::NotHome,
        VisitDeed::Observed,
        VisitDeed::Dosed,
        VisitDeed::DoseReviewed,
        VisitDeed::Noted,
        VisitDeed::Added,
        VisitDeed::Struck,
        VisitDeed::Assessed,
        VisitDeed::RiskRecorded,
        VisitDeed::Tasked,
        VisitDeed::TaskDone,
        VisitDeed::Referred,
        VisitDeed::AccessShown,
        VisitDeed::PhotoShown,
        VisitDeed::PhotoAsked,
        VisitDeed::Exported,
    ];

    /// It adds an act, so it must be undone whole if it fails.
    pub const fn writes(self) -> bool {
        use VisitDeed::{AccessShown, Exported, Looked, PhotoAsked, PhotoShown};
        !matches!(self, Looked | AccessShown | PhotoShown | PhotoAsked | Exported)
    }

    pub const fn in_words(self) -> &'static str {
        match self {
            VisitDeed::Looked => "Opened the visits",
            VisitDeed::Started => "Started a visit",
            VisitDeed::Ended => "Ended a visit",
            VisitDeed::NotHome => "Recorded that nobody was at home",
            VisitDeed::Observed => "Recorded observations",
            VisitDeed::Dosed => "Recorded a medicine given or not given",
            VisitDeed::DoseReviewed => "Recorded looking into doses that contradict",
            VisitDeed::Noted => "Wrote a note",
            VisitDeed::Added => "Added to an earlier record",
            VisitDeed::Struck => "Marked a record of their own as entered in error",
            VisitDeed::Assessed => "Assessed a wound",
            VisitDeed::RiskRecorded => "Recorded hypercapnic risk",
            VisitDeed::Tasked => "Set a task",
            VisitDeed::TaskDone => "Recorded a task as done",
            VisitDeed::Referred => "Made a referral",
            VisitDeed::AccessShown => "Opened how to get in",
            VisitDeed::PhotoShown => "Opened a photograph of a wound",
            VisitDeed::PhotoAsked => "Asked for a photograph that was not on the device",
            VisitDeed::Exported => "Gave out what was done at visits",
        }
    }
}

impl VisitAct {
    pub(super) fn write(&self, to: Writer) -> Writer {
        to.number(60)
            .bytes(self.subject.as_bytes())
            .number(code(Purpose::ALL, self.purpose))
            .number(code(VisitDeed::ALL, self.deed))
            .number(code(Outcome::ALL, self.outcome))
            .number(code(Rule::ALL, self.rule))
    }

    pub(super) fn read(from: &mut Reader<'_>) -> Result<VisitAct, NotCanonical> {
        Ok(VisitAct {
            subject: PersonId::from_bytes(from.array()?),
            purpose: decoded(Purpose::ALL, from.number()?)?,
            deed: decoded(VisitDeed::ALL, from.number()?)?,
            outcome: decoded(Outcome::ALL, from.number()?)?,
            rule: decoded(Rule::ALL, from.number()?)?,
        })
    }
}
