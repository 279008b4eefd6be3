//! What an organisation wrote itself about somebody, where the shared record is not open on its device (`reference/consent.md` section 4, rule 3;
//! section 6: "Care staff always keep their own home's record"). A type of its own: a part must never look like the whole (hazard H33). It is not
//! the shared record, so the table of `crate::consent` says nothing of it, and nothing here opens any of that.

use crate::chart::{Items, Sourced};
use crate::consent::{Circumstances, NextStep, Purpose, Refusal, Request, Rule};
use crate::ids::{PersonId, SourceId};
use crate::people::Role;
use crate::section::{Section, Sections};
use crate::summary::{Body, Fact};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What is left of a record when only one organisation's own statements are taken: what it states, section by section. That it states
/// nothing of a kind, and what it says is absent, is not in it: read alone either would pass for "none".
///
/// ```compile_fail
/// fn as_the_record(part: record::own::OwnPart) -> record::chart::Chart { part }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct OwnPart {
    /// In clinical-risk order; none of them is empty.
    pub sections: Vec<OwnSection>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnSection {
    pub section: Section,
    pub items: Items,
}

impl OwnPart {
    /// Facts of one organisation, within `sections`.
    pub fn assemble(facts: Vec<Fact>, sections: Sections) -> OwnPart {
        let mut items: Vec<Vec<Sourced<_>>> = Section::ALL.map(|_| Vec::new()).into();
        for Fact { key, source, recorded, body } in facts {
            if let Body::Item(section, value) = body
                && sections.has(section)
            {
                items[section as usize].push(Sourced { key, source, recorded, value: *value });
            }
        }
        let sections = Section::ALL.into_iter().zip(items);
        let sections = sections.filter_map(|(section, items)| Some(OwnSection { section, items: Items::new(items)? }));
        OwnPart { sections: sections.collect() }
    }
}

/// The facts that come from these sources.
pub fn from_sources(facts: Vec<Fact>, sources: &BTreeSet<SourceId>) -> Vec<Fact> {
    facts.into_iter().filter(|fact| sources.contains(&fact.source)).collect()
}

/// Leave to read what one's own organisation wrote about one person. Only [`may_read`] makes one; it opens nothing of the shared record.
///
/// ```compile_fail
/// let forged = record::own::OwnPermit { subject: todo!(), sections: record::Sections::ALL };
/// ```
#[derive(Debug, PartialEq, Eq)]
pub struct OwnPermit {
    subject: PersonId,
    sections: Sections,
}

impl OwnPermit {
    pub const fn subject(&self) -> PersonId {
        self.subject
    }

    pub const fn sections(&self) -> Sections {
        self.sections
    }
}

/// Staff of the organisation whose relationship is established, clinicians and care staff, for care or safeguarding, while the device may show
/// anything at all (`lapsed`: its licence has ended). The person's choice about sharing does not bear on it, in either direction.
pub fn may_read(request: &Request, at: &Circumstances<'_>, lapsed: bool) -> Result<OwnPermit, Refusal> {
    use crate::consent::Relationship::{Established, None, SelfClaimed};
    let refuse = |rule, next| {
        let (choice, decided) = (at.recorded.choice, at.recorded.decided);
        Err(Refusal { rule, next, choice, decided, checked: at.checked })
    };
    match (request.purpose, request.role, at.relationship) {
        (Purpose::Other, ..) => refuse(Rule::PurposeOther, NextStep::Nothing),
        (_, Role::Admin | Role::PrivacyOfficer, _) => refuse(Rule::RoleWithoutContent, NextStep::Nothing),
        (.., None) => refuse(Rule::NoRelationship, NextStep::Nothing),
        (.., SelfClaimed) => refuse(Rule::SelfClaimed, NextStep::Nothing),
        (_, Role::RegulatedClinician | Role::CareStaff, Established) if lapsed => {
            refuse(Rule::LicenceEnded, NextStep::RenewLicence)
        }
        (_, Role::RegulatedClinician | Role::CareStaff, Established) => {
            let sections = request.wants.and(at.policy.scope(request.role));
            Ok(OwnPermit { subject: request.subject, sections })
        }
    }
}

#[cfg(test)]
#[path = "own_tests.rs"]
mod tests;
