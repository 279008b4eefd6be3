//! What somebody at a partner's system (a practice's, a hospital's, the region's portal) asked of the hub as FHIR (kind 90): read or searched, and
//! what was decided. Who they are stands in the entry as their system said it then, and which system that was; the entry's organisation is the
//! one that the credential is for, never one that was claimed (GP Connect's minimum: user, role and organisation as they were at the time,
//! `reference/audit.md` section 2). No content.

use super::event::{code, decoded, maybe, somebody};
use crate::canon::{NotCanonical, Reader, Writer};
use crate::consent::{Outcome, Purpose, Rule};
use crate::ids::PersonId;
use serde::{Deserialize, Serialize};

/// One request, and what the door decided about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerAct {
    /// Nobody where the hub has no such person to name: no content was there to be given.
    pub subject: Option<PersonId>,
    pub purpose: Purpose,
    pub deed: PartnerDeed,
    pub outcome: Outcome,
    pub rule: Rule,
    /// The partner, as `partner list` names it.
    pub system: String,
    /// Who asked, as that system said.
    pub name: String,
    /// Their job role's code, as that system said.
    pub job: String,
    /// The type of resource: `CarePlan`.
    pub kind: String,
    /// The request after the base address, as it came, but for the NHS number: [`PartnerAct::NUMBER`] stands in its place, so that no entry names a
    /// person otherwise than by [`PartnerAct::subject`].
    pub request: String,
    /// `X-Request-Id`, or empty: by this the partner's own audit and this entry are found together.
    pub trace: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PartnerDeed {
    Read,
    Searched,
}

impl PartnerDeed {
    /// In the order of their codes: grows at the end only.
    pub const ALL: &'static [PartnerDeed] = &[PartnerDeed::Read, PartnerDeed::Searched];
}

impl PartnerAct {
    /// What stands in [`PartnerAct::request`] for the number.
    pub const NUMBER: &'static str = "{nhs-number}";

    pub(super) fn write(&self, to: Writer) -> Writer {
        maybe(to.number(90), self.subject)
            .number(code(Purpose::ALL, self.purpose))
            .number(code(PartnerDeed::ALL, self.deed))
            .number(code(Outcome::ALL, self.outcome))
            .number(code(Rule::ALL, self.rule))
            .text(&self.system)
            .text(&self.name)
            .text(&self.job)
            .text(&self.kind)
            .text(&self.request)
            .text(&self.trace)
    }

    pub(super) fn read(from: &mut Reader<'_>) -> Result<PartnerAct, NotCanonical> {
        Ok(PartnerAct {
            subject: somebody(from)?,
            purpose: decoded(Purpose::ALL, from.number()?)?,
            deed: decoded(PartnerDeed::ALL, from.number()?)?,
            outcome: decoded(Outcome::ALL, from.number()?)?,
            rule: decoded(Rule::ALL, from.number()?)?,
            system: from.text()?.to_owned(),
            name: from.text()?.to_owned(),
            job: from.text()?.to_owned(),
            kind: from.text()?.to_owned(),
            request: from.text()?.to_owned(),
            trace: from.text()?.to_owned(),
        })
    }
}
