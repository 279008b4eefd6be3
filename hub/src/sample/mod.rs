//! A believable region made from a seed: organisations, staff, caseloads, choices, and for each person the FHIR R4 Bundles that
//! their practice, hospital, community service, council and care home would send.
//!
//! Random access: person `i` depends on the seed, `i` and the day only, never on other people having been made (a twin or a
//! namesake looks at the one person before), so a region of 800,000 streams with flat memory and may be made in any order.
//! All names, places and organisations are invented; NHS numbers are in the 999 range, which is never issued.
//!
//! Not here: intake (`hub::intake` reads these Bundles like anybody's) and the store. `today` is handed in; no clock is read.

mod cast;
mod clinical;
mod community;
mod consent;
mod end_of_life;
mod events;
mod fhir;
mod gp;
mod hospital;
mod identity;
mod json;
mod letters;
mod measure;
mod others;
mod patient;
mod person;
mod place;
mod plans;
mod rng;
mod staff;
mod vocab;
mod when;

#[cfg(test)]
mod tests;

pub use place::Organisation;
pub use staff::{Caseload, Staff};

use cast::Trait;
use fhir::Bundle;
use jiff::civil::Date;
use person::Person;
use place::Place;
use record::NhsNumber;
use record::people::Setting;
use when::At;

/// A region: everything follows from these three.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region {
    pub seed: u64,
    /// How many people live there. People beyond [`Region::MOST`] would have no NHS number of their own.
    pub people: u64,
    /// The day on which the region is as it is: appointments lie around it.
    pub today: Date,
}

/// What one source sends about one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    pub ods: String,
    pub setting: Setting,
    /// A FHIR R4 collection Bundle as JSON.
    pub bundle: String,
}

impl Region {
    /// The most people whose NHS numbers are valid, in the 999 range and all different.
    pub const MOST: u64 = 900_000;

    /// Every organisation: practices (about one per 9,500 people), three hospitals, community, mental health and ambulance
    /// trusts, two councils, care homes.
    pub fn organisations(&self) -> Vec<Organisation> {
        Place::all(self.people).filter_map(Place::organisation).collect()
    }

    /// The NHS number of person `i`.
    pub fn nhs_number(&self, person: u64) -> Option<NhsNumber> {
        identity::nhs_number(self.seed, person)
    }

    /// What each source that knows person `i` sends: the practice first.
    pub fn person(&self, person: u64) -> Vec<Feed> {
        let p = Person::new(self, person);
        let practice = Place::Practice(place::practice_of(person));
        let Some(gp) = practice.organisation() else { return Vec::new() };
        let mut feeds = vec![self.feed(&p, 1, practice, |b| gp::write(b, &p, &gp))];
        if hospital::knows(&p) {
            let place = Place::Hospital(place::hospital_of(person));
            feeds.push(self.feed(&p, 2, place, |b| hospital::write(b, &p, &gp)));
        }
        if p.community {
            feeds.push(self.feed(&p, 3, Place::Community, |b| community::write(b, &p, &gp)));
        }
        if p.has(Trait::MentalHealth) {
            feeds.push(self.feed(&p, 4, Place::MentalHealth, |b| others::mental_health(b, &p)));
        }
        if p.has(Trait::Ambulance) {
            feeds.push(self.feed(&p, 5, Place::Ambulance, |b| others::ambulance(b, &p)));
        }
        if p.has(Trait::SocialCare) || p.has(Trait::Safeguarding) {
            let place = Place::Council(place::council_of(person));
            feeds.push(self.feed(&p, 6, place, |b| others::social_care(b, &p)));
        }
        if let Some(home) = p.resident_of {
            feeds.push(self.feed(&p, 7, Place::Home(home), |b| others::care_home(b, &p, home)));
        }
        feeds.into_iter().flatten().collect()
    }

    fn feed(&self, p: &Person, sender: u32, place: Place, fill: impl FnOnce(&mut Bundle<'_>)) -> Option<Feed> {
        let from = place.organisation()?;
        let sent = At::new(self.today, 6, 0);
        let bundle = Bundle::write(self.seed, p.number, sender, &from, sent, fill);
        Some(Feed { ods: from.ods.as_str().to_owned(), setting: from.setting, bundle })
    }
}
