//! The sections of a record in clinical-risk order, and sets of them. What each holds is [`crate::summary`].

use serde::{Deserialize, Serialize};

/// A section of the shared record (`reference/records.md` section 2). The order of the variants is the order on screen:
/// what can harm first comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Section {
    Alerts,
    Allergies,
    EndOfLife,
    Medications,
    Problems,
    Contacts,
    Observations,
    Results,
    Plans,
    SocialCare,
    CareTeam,
    Encounters,
    Appointments,
    Referrals,
    Immunisations,
    Procedures,
    Documents,
    Other,
}

impl Section {
    pub const ALL: [Section; 18] = [
        Section::Alerts,
        Section::Allergies,
        Section::EndOfLife,
        Section::Medications,
        Section::Problems,
        Section::Contacts,
        Section::Observations,
        Section::Results,
        Section::Plans,
        Section::SocialCare,
        Section::CareTeam,
        Section::Encounters,
        Section::Appointments,
        Section::Referrals,
        Section::Immunisations,
        Section::Procedures,
        Section::Documents,
        Section::Other,
    ];

    /// A stable word for files, audit and the wire.
    pub const fn code(self) -> &'static str {
        match self {
            Section::Alerts => "alerts",
            Section::Allergies => "allergies",
            Section::EndOfLife => "end-of-life",
            Section::Medications => "medications",
            Section::Problems => "problems",
            Section::Contacts => "contacts",
            Section::Observations => "observations",
            Section::Results => "results",
            Section::Plans => "plans",
            Section::SocialCare => "social-care",
            Section::CareTeam => "care-team",
            Section::Encounters => "encounters",
            Section::Appointments => "appointments",
            Section::Referrals => "referrals",
            Section::Immunisations => "immunisations",
            Section::Procedures => "procedures",
            Section::Documents => "documents",
            Section::Other => "other",
        }
    }

    /// The heading on screen.
    pub const fn title(self) -> &'static str {
        match self {
            Section::Alerts => "Alerts and flags",
            Section::Allergies => "Allergies and adverse reactions",
            Section::EndOfLife => "End of life and advance care plans",
            Section::Medications => "Medications",
            Section::Problems => "Problems and diagnoses",
            Section::Contacts => "Next of kin and contacts",
            Section::Observations => "Observations",
            Section::Results => "Test results",
            Section::Plans => "Care plans and goals",
            Section::SocialCare => "Social care",
            Section::CareTeam => "Other agencies providing care",
            Section::Encounters => "Encounters and visits",
            Section::Appointments => "Appointments",
            Section::Referrals => "Referrals",
            Section::Immunisations => "Immunisations",
            Section::Procedures => "Procedures",
            Section::Documents => "Documents",
            Section::Other => "Other information",
        }
    }

    /// What the section holds, in the middle of a sentence: "No known …", "… not recorded".
    pub const fn noun(self) -> &'static str {
        match self {
            Section::Alerts => "alerts",
            Section::Allergies => "allergies",
            Section::EndOfLife => "end of life plans",
            Section::Medications => "medications",
            Section::Problems => "problems",
            Section::Contacts => "contacts",
            Section::Observations => "observations",
            Section::Results => "test results",
            Section::Plans => "care plans",
            Section::SocialCare => "social care information",
            Section::CareTeam => "other agencies",
            Section::Encounters => "encounters",
            Section::Appointments => "appointments",
            Section::Referrals => "referrals",
            Section::Immunisations => "immunisations",
            Section::Procedures => "procedures",
            Section::Documents => "documents",
            Section::Other => "other information",
        }
    }

    /// Which of a person's frames holds the section.
    pub const fn compartment(self) -> Compartment {
        match self {
            Section::Alerts
            | Section::Allergies
            | Section::EndOfLife
            | Section::Medications
            | Section::Problems
            | Section::Contacts => Compartment::Emergency,
            _ => Compartment::General,
        }
    }
}

/// A person's cached content is one small frame per compartment, so that a permit opens only what it allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Compartment {
    /// Demographics and what a clinician needs in an emergency (`reference/consent.md` section 5, step 7).
    Emergency,
    /// The other sections.
    General,
    /// The resources whole, as their sources sent them.
    Whole,
}

impl Compartment {
    pub const ALL: [Compartment; 3] = [Compartment::Emergency, Compartment::General, Compartment::Whole];

    pub const fn number(self) -> u8 {
        match self {
            Compartment::Emergency => 1,
            Compartment::General => 2,
            Compartment::Whole => 3,
        }
    }

    pub fn from_number(number: u8) -> Option<Compartment> {
        Compartment::ALL.into_iter().find(|c| c.number() == number)
    }
}

/// A set of sections.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sections(u32);

impl Sections {
    pub const NONE: Sections = Sections(0);
    pub const ALL: Sections = Sections((1 << Section::ALL.len()) - 1);

    /// What break-glass shows first: allergies, medications, problems, end of life, contacts, with the alerts beside them.
    pub fn emergency() -> Sections {
        Section::ALL.into_iter().filter(|s| s.compartment() == Compartment::Emergency).collect()
    }

    pub const fn only(section: Section) -> Sections {
        Sections(1 << section as u32)
    }

    pub const fn has(self, section: Section) -> bool {
        self.0 & (1 << section as u32) != 0
    }

    pub const fn and(self, other: Sections) -> Sections {
        Sections(self.0 & other.0)
    }

    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Bits this version does not know are dropped: an unknown section is never shown.
    pub const fn from_bits(bits: u32) -> Sections {
        Sections(bits & Sections::ALL.0)
    }

    pub fn iter(self) -> impl Iterator<Item = Section> {
        Section::ALL.into_iter().filter(move |s| self.has(*s))
    }
}

impl FromIterator<Section> for Sections {
    fn from_iter<I: IntoIterator<Item = Section>>(sections: I) -> Sections {
        sections.into_iter().fold(Sections::NONE, |set, s| Sections(set.0 | Sections::only(s).0))
    }
}

impl std::fmt::Debug for Sections {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.iter().map(Section::code)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_put_in() {
        let set: Sections = [Section::Other, Section::Alerts].into_iter().collect();
        assert_eq!(set.iter().collect::<Vec<_>>(), [Section::Alerts, Section::Other]);
        assert!(!set.has(Section::Problems));
        assert_eq!(Sections::from_bits(u32::MAX), Sections::ALL);
    }

    #[test]
    fn the_list_of_sections_is_complete_and_in_order() {
        assert!(Section::ALL.is_sorted());
        assert!(Section::ALL.iter().enumerate().all(|(i, s)| *s as usize == i));
    }
}
