//! Who works in the region, and whose caseload everybody is on. By arithmetic again: a nurse's people are a run of the list of
//! people in community care, so nothing has to be looked up.

use super::Region;
use super::place::{COMMUNITY_EVERY, FIRST, Place, community_people, homes, residents};
use super::rng::{Rng, Topic};
use super::vocab::names::{STAFF_GIVEN, STAFF_SURNAMES};
use record::consent::Relationship;
use record::people::Role;
use record::{OdsCode, StaffId};

/// People on one nurse's caseload, and on one team's.
const PER_NURSE: u64 = 48;
const PER_TEAM: u64 = 500;
/// The fewest nurses a region has.
const NURSES_MIN: u64 = 4;

/// Somebody who may sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staff {
    pub id: StaffId,
    pub name: String,
    /// Job title, for example `Community nurse`.
    pub title: &'static str,
    pub role: Role,
    pub organisation: OdsCode,
}

/// A list of people that some staff care for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caseload {
    pub code: String,
    pub name: String,
    pub organisation: OdsCode,
    pub staff: Vec<StaffId>,
    /// Person by number, and how the relationship came to be.
    pub people: Vec<(u64, Relationship)>,
}

/// The id of a nurse by number; the first, `N0001`, is the nurse of the demonstration.
pub fn nurse_id(nurse: u64) -> Option<StaffId> {
    id('N', nurse)
}

fn id(kind: char, number: u64) -> Option<StaffId> {
    format!("{kind}{:04}", number + 1).parse().ok()
}

/// The nurse of a person in community care.
pub fn nurse_of(person: u64) -> u64 {
    position(person) / PER_NURSE
}

/// Where a person in community care stands in the list of them.
fn position(person: u64) -> u64 {
    if person < FIRST { person } else { FIRST + (person - FIRST) / COMMUNITY_EVERY }
}

/// An invented name that staff `number` of a kind keeps.
pub fn staff_name(seed: u64, kind: char, number: u64) -> String {
    if kind == 'N' && number == 0 {
        return "Jo Marlow".to_owned();
    }
    let mut rng = Rng::of(seed ^ (kind as u64) << 40, number, Topic::Staff);
    format!("{} {}", rng.pick(STAFF_GIVEN), rng.pick(STAFF_SURNAMES))
}

impl Region {
    fn nurses(&self) -> u64 {
        (community_people(self.people).count() as u64).div_ceil(PER_NURSE).max(NURSES_MIN)
    }

    fn member(&self, kind: char, number: u64, title: &'static str, role: Role, place: Place) -> Option<Staff> {
        let organisation = place.organisation()?.ods;
        Some(Staff { id: id(kind, number)?, name: staff_name(self.seed, kind, number), title, role, organisation })
    }

    /// Everybody who may sign in: community nurses (`N`), paramedics (`P`), care-home staff (`H`), administrators (`A`) and a
    /// privacy officer (`V`).
    pub fn staff(&self) -> Vec<Staff> {
        let clinician = Role::RegulatedClinician;
        let nurses = (0..self.nurses()).map(|n| {
            let title = if n == 1 { "Community nurse team lead" } else { "Community nurse" };
            self.member('N', n, title, clinician, Place::Community)
        });
        let crews =
            (0..(2 + self.people / 5_000)).map(|n| self.member('P', n, "Paramedic", clinician, Place::Ambulance));
        let carers = (0..homes(self.people) * 2).map(|n| {
            // Two for each home: a senior care assistant, then (in every third home) a nurse or a care assistant.
            let (title, role) = match (n % 2, n / 2 % 3) {
                (0, _) => ("Senior care assistant", Role::CareStaff),
                (_, 0) => ("Care home nurse", clinician),
                _ => ("Care assistant", Role::CareStaff),
            };
            self.member('H', n, title, role, Place::Home(n / 2))
        });
        let office = [
            self.member('A', 0, "Community services administrator", Role::Admin, Place::Community),
            self.member('V', 0, "Privacy officer", Role::PrivacyOfficer, Place::Council(0)),
        ];
        nurses.chain(crews).chain(carers).chain(office).flatten().collect()
    }

    /// All caseloads: one for each nurse who has people (`CN0001` …), one for each team of 500 (`TEAM1` …, the first staffed
    /// by `N0002` so that the demonstration's nurse keeps a small one), one for each care home and one ambulance incident.
    pub fn caseloads(&self) -> Vec<Caseload> {
        let community: Vec<u64> = community_people(self.people).collect();
        let Some(trust) = Place::Community.organisation().map(|o| o.ods) else { return Vec::new() };
        let claimed = |person: &u64| {
            (*person, if person % 40 == 22 { Relationship::SelfClaimed } else { Relationship::Established })
        };
        let settled = |person: &u64| (*person, Relationship::Established);
        let mut all: Vec<Caseload> = Vec::new();
        for (number, people) in (0..).zip(community.chunks(PER_NURSE as usize)) {
            all.push(Caseload {
                code: format!("CN{:04}", number + 1),
                name: format!("Caseload of {}", staff_name(self.seed, 'N', number)),
                organisation: trust.clone(),
                staff: nurse_id(number).into_iter().collect(),
                people: people.iter().map(claimed).collect(),
            });
        }
        for (number, people) in (0u64..).zip(community.chunks(PER_TEAM as usize)) {
            let first_nurse = number * PER_TEAM / PER_NURSE + 1;
            all.push(Caseload {
                code: format!("TEAM{}", number + 1),
                name: format!("Community nursing team {}", number + 1),
                organisation: trust.clone(),
                staff: [first_nurse, first_nurse + 1]
                    .into_iter()
                    .filter(|n| *n < self.nurses())
                    .filter_map(nurse_id)
                    .collect(),
                people: people.iter().map(settled).collect(),
            });
        }
        for home in 0..homes(self.people) {
            let Some(organisation) = Place::Home(home).organisation() else { continue };
            all.push(Caseload {
                code: format!("HOME{:04}", home + 1),
                name: format!("Residents of {}", organisation.name),
                organisation: organisation.ods,
                staff: [2 * home, 2 * home + 1].into_iter().filter_map(|n| id('H', n)).collect(),
                people: residents(home, self.people).iter().map(settled).collect(),
            });
        }
        if let Some(ambulance) = Place::Ambulance.organisation() {
            let dispatched = [(1, Relationship::Established), (6, Relationship::SelfClaimed)];
            all.push(Caseload {
                code: "AMB0001".to_owned(),
                name: "Incidents today".to_owned(),
                organisation: ambulance.ods,
                staff: id('P', 0).into_iter().collect(),
                people: dispatched.into_iter().filter(|(person, _)| *person < self.people).collect(),
            });
        }
        all
    }
}
