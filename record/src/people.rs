//! Who acts: staff, their roles and their organisations. Not patients (that is [`crate::patient`]) and not credentials.

use crate::ids::{OdsCode, StaffId};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a person may be for the consent rules (`reference/identity.md` section 5.2 maps job roles to these).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Role {
    /// A nurse, paramedic or other registered professional (NMC, HCPC, GMC).
    RegulatedClinician,
    /// Gives direct care without a professional registration.
    CareStaff,
    /// Sees demographics and appointments, never clinical content.
    Admin,
    /// Sees the audit, never clinical content.
    PrivacyOfficer,
}

impl Role {
    pub const ALL: [Role; 4] = [Role::RegulatedClinician, Role::CareStaff, Role::Admin, Role::PrivacyOfficer];

    /// The spelling of `reference/consent.md` section 6.
    pub const fn code(self) -> &'static str {
        match self {
            Role::RegulatedClinician => "REGULATED_CLINICIAN",
            Role::CareStaff => "CARE_STAFF",
            Role::Admin => "ADMIN",
            Role::PrivacyOfficer => "PRIVACY_OFFICER",
        }
    }

    /// Whether the role ever sees clinical content (`reference/consent.md` section 6, rule 2).
    pub const fn sees_content(self) -> bool {
        matches!(self, Role::RegulatedClinician | Role::CareStaff)
    }

    pub fn from_code(code: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.code().eq_ignore_ascii_case(code))
    }

    /// For people to read.
    pub const fn label(self) -> &'static str {
        match self {
            Role::RegulatedClinician => "Registered clinician",
            Role::CareStaff => "Care staff",
            Role::Admin => "Administrator",
            Role::PrivacyOfficer => "Privacy officer",
        }
    }
}

/// Somebody signed in: as they were at the time of the act, because roles and organisations change (GP Connect audit rules).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    pub staff: StaffId,
    /// As shown to colleagues, for example `Jo Marlow`.
    pub name: String,
    pub role: Role,
    /// Job title as shown, for example `Community nurse`.
    pub title: String,
    pub organisation: Organisation,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}, {}", self.name, self.title, self.organisation.name)
    }
}

/// An organisation by its ODS code, with its name as it was when the data were made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organisation {
    pub ods: OdsCode,
    pub name: String,
}

/// What sort of organisation a source is; decides how a section's coverage is worded, nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Setting {
    GpPractice,
    Hospital,
    Community,
    MentalHealth,
    Ambulance,
    SocialCare,
    CareHome,
    Other,
}

impl Setting {
    pub const fn label(self) -> &'static str {
        match self {
            Setting::GpPractice => "GP practice",
            Setting::Hospital => "Hospital",
            Setting::Community => "Community services",
            Setting::MentalHealth => "Mental health",
            Setting::Ambulance => "Ambulance",
            Setting::SocialCare => "Adult social care",
            Setting::CareHome => "Care home",
            Setting::Other => "Other source",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_reads_back_from_its_code_and_nothing_else_does() {
        for role in Role::ALL {
            assert_eq!(Role::from_code(role.code()), Some(role));
        }
        assert_eq!(Role::from_code("CONSULTANT"), None);
    }
}
