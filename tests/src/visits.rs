//! Visits in the stories: the questions a nurse's screen asks, in few words.

use crate::world::Worker;
use crate::{World, world};
use desk::ask::{AccessNotes, DoAct, KeepDraft, OpenRound, OpenVisit, Reply};
use desk::visit::{NewAct, RoundPage, VisitPage};
use record::consent::Purpose;
use record::visit::news2::Scale;
use record::visit::vitals::{Breathing, Consciousness};
use record::visit::{ActId, Administration, Body, Log, Medicine, Observations, Outcome, Part, Slot, Taken, Vital};
use record::{PersonId, Stamp};
use serde_json::json;

impl Worker {
    pub async fn round(&self) -> RoundPage {
        self.ask(OpenRound {}).await.expect("a round")
    }

    pub async fn visits(&self, person: PersonId) -> VisitPage {
        self.ask(OpenVisit { person, purpose: Purpose::Treat }).await.expect("somebody's visits")
    }

    /// Does something, during the visit that is on if one is.
    pub async fn try_act(&self, person: PersonId, body: Body) -> Reply<DoAct> {
        let visit = self.ask(OpenVisit { person, purpose: Purpose::Treat }).await?.on;
        let act = NewAct { visit, body, draft: None };
        self.ask(DoAct { person, purpose: Purpose::Treat, act }).await
    }

    pub async fn act(&self, person: PersonId, body: Body) -> VisitPage {
        self.try_act(person, body).await.expect("done")
    }

    pub async fn note(&self, person: PersonId, text: &str) -> VisitPage {
        self.act(person, Body::Note { text: text.to_owned() }).await
    }

    pub async fn draft(&self, person: PersonId, form: &str, fields: &[(&str, &str)]) -> Reply<KeepDraft> {
        let fields = fields.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        let fields = fields.collect::<desk::visit::Fields>().into();
        self.ask(KeepDraft { person, form: form.to_owned(), fields }).await
    }

    pub async fn access(&self, person: PersonId) -> Reply<AccessNotes> {
        self.ask(AccessNotes { person, purpose: Purpose::Treat }).await
    }
}

impl World {
    /// An appointment that the nurse's own trust has booked, today at this hour.
    pub fn booked(&self, (stem, family): (u32, &str), id: &str, hour: u32, what: &str, with: &str) {
        let day = self.now().london_date();
        let appointment = json!({ "resourceType": "Appointment", "id": id, "status": "booked", "description": what,
            "start": format!("{day}T{hour:02}:00:00Z"), "end": format!("{day}T{hour:02}:30:00Z"),
            "participant": [
                { "actor": { "reference": format!("Patient/p{stem}") }, "status": "accepted" },
                { "actor": { "display": with }, "status": "accepted" } ] });
        self.feed_from("ZZC1", "Testshire Community Trust", &about((stem, family), appointment));
    }

    /// A flag of this category, in these words.
    pub fn flag(&self, (stem, family): (u32, &str), id: &str, category: &str, words: &str) {
        let flag = json!({ "resourceType": "Flag", "id": id, "status": "active",
            "subject": { "reference": format!("Patient/p{stem}") },
            "category": [{ "text": category }], "code": { "text": words } });
        self.feed_from("ZZC1", "Testshire Community Trust", &about((stem, family), flag));
    }
}

/// A resource beside its patient, as sure of their number as [`World::person`]'s practice is.
pub fn about((stem, family): (u32, &str), resource: serde_json::Value) -> serde_json::Value {
    let nhs = record::NhsNumber::from_stem(999_000_000 + stem).expect("a valid stem").digits();
    json!({ "resourceType": "Bundle", "type": "collection", "entry": [
        { "resource": { "resourceType": "Patient", "id": format!("p{stem}"), "birthDate": "1941-05-06", "gender": "female",
            "name": [{ "use": "official", "family": family, "given": ["Ada"] }],
            "identifier": [{ "system": "https://fhir.nhs.uk/Id/nhs-number", "value": nhs,
                "extension": [{ "url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus",
                    "valueCodeableConcept": { "coding": [{ "code": "01" }] } }] }] } },
        { "resource": resource } ] })
}

/// A dose of apixaban, given at this moment.
pub fn dose(part: Part, given_at: Stamp, despite: Vec<ActId>) -> Administration {
    Administration {
        medicine: Medicine {
            order: "MedicationRequest/m1".into(),
            name: "Apixaban 5 mg tablets".into(),
            codes: vec![],
        },
        slot: Slot { day: Stamp::from_millis(world::MORNING).london_date(), part },
        given_at,
        outcome: Outcome::Given {
            dose: "5 mg".into(),
            route: "oral".into(),
            site: String::new(),
            batch: String::new(),
            witness: String::new(),
        },
        least_hours: None,
        most: None,
        despite,
        known_at: None,
    }
}

/// A whole set of signs with this pulse, the others as they should be.
pub fn signs(pulse: u16) -> Body {
    let signs = [
        (Vital::Respiration, 16),
        (Vital::Saturation, 97),
        (Vital::Systolic, 120),
        (Vital::Pulse, pulse),
        (Vital::Temperature, 370),
    ];
    let taken = Observations {
        signs: signs.into_iter().map(|(vital, value)| (vital, Taken::Value(value))).collect(),
        breathing: Some(Breathing::Air),
        consciousness: Some(Consciousness::Alert),
    };
    Body::Observed { taken, scale: Scale::One, unfit: None }
}

/// The notes of a log, newest first.
pub fn notes(log: &Log) -> Vec<String> {
    let text = |body: &Body| match body {
        Body::Note { text } => Some(text.clone()),
        _ => None,
    };
    log.entries.iter().filter_map(|entry| text(&entry.act.body)).collect()
}
