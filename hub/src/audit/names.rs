//! Whom the ids in the audit mean, as the hub's register and directory have it today. Role and organisation code stand in the entries
//! themselves, as they were.

use crate::store::{caseload, partners, people, trust};
use record::audit::Entry;
use record::feed::Listing;
use record::people::Actor;
use record::{OdsCode, PersonId};
use rusqlite::Transaction;
use std::collections::HashMap;

/// The system of NHS numbers.
pub const NHS_NUMBER: &str = "https://fhir.nhs.uk/Id/nhs-number";

/// Minutes of an override where no policy pack says otherwise (`reference/consent.md` section 5, step 5).
const OVERRIDE: u32 = 60;

/// Names by id.
#[derive(Default)]
pub struct Names {
    staff: HashMap<String, Actor>,
    organisations: HashMap<OdsCode, String>,
    caseloads: HashMap<String, String>,
    /// Reasons for opening a record, in the words of the policy pack in force.
    reasons: HashMap<String, String>,
    /// For how long an override lasts by that pack.
    override_minutes: u32,
}

impl Names {
    #[cfg(test)]
    pub(super) fn with_reason(code: &str, label: &str) -> Names {
        Names { reasons: HashMap::from([(code.to_owned(), label.to_owned())]), ..Names::default() }
    }

    pub fn load(tx: &Transaction<'_>) -> rusqlite::Result<Names> {
        let staff = caseload::all_staff(tx)?;
        let mut organisations: HashMap<_, _> =
            people::sources(tx)?.into_iter().map(|s| (s.organisation.ods, s.organisation.name)).collect();
        let partners = partners::all(tx)?.into_iter();
        organisations.extend(partners.map(|partner| (partner.organisation.ods, partner.organisation.name)));
        organisations.extend(staff.iter().map(|(a, _)| (a.organisation.ods.clone(), a.organisation.name.clone())));
        let caseloads = caseload::titles(tx)?.into_iter().collect();
        let staff = staff.into_iter().map(|(actor, _)| (actor.staff.as_str().to_owned(), actor)).collect();
        let pack = trust::pack(tx)?;
        let override_minutes = pack.as_ref().map_or(OVERRIDE, |pack| pack.break_glass.minutes);
        let reasons = pack.map(|pack| pack.reasons).unwrap_or_default();
        let reasons = reasons.into_iter().map(|reason| (reason.code, reason.label)).collect();
        Ok(Names { staff, organisations, caseloads, reasons, override_minutes })
    }

    /// The author's name and job title, where the register knows them.
    pub fn actor(&self, entry: &Entry) -> Option<&Actor> {
        self.staff.get(entry.staff.as_str())
    }

    /// Somebody of the register by number.
    pub fn by_staff(&self, staff: &str) -> Option<&Actor> {
        self.staff.get(staff)
    }

    /// The organisation's name, or its code.
    pub fn organisation<'a>(&'a self, ods: &'a OdsCode) -> &'a str {
        self.organisations.get(ods).map_or(ods.as_str(), String::as_str)
    }

    /// For how many minutes an override lasts.
    pub const fn override_minutes(&self) -> u32 {
        self.override_minutes
    }

    /// The reason in words, or its code where the pack in force does not have it any more.
    pub fn reason<'a>(&'a self, code: &'a str) -> &'a str {
        self.reasons.get(code).map_or(code, String::as_str)
    }

    /// The caseload's name, or its code.
    pub fn caseload<'a>(&'a self, code: &'a str) -> &'a str {
        self.caseloads.get(code).map_or(code, String::as_str)
    }
}

/// The NHS number under which the hub knows somebody.
pub fn nhs_number(tx: &Transaction<'_>, person: PersonId) -> rusqlite::Result<Option<String>> {
    let Some(row) = people::person_row(tx, person)? else { return Ok(None) };
    let listing = people::listing(tx, row)?.and_then(|json| serde_json::from_str::<Listing>(&json).ok());
    match listing.and_then(|listing| listing.nhs_number) {
        Some(number) => Ok(Some(number.digits())),
        // Not listed yet: the slower way.
        None => people::identifier(tx, row, NHS_NUMBER),
    }
}
