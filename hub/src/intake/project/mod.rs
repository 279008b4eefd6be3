//! From kept resources to facts: what a person's sources say, section by section, in the sources' own words. Done when a record is
//! put into frames, not at import, so a better reading needs no new import. It never panics on any JSON and never drops a clinical
//! resource: what fits no section goes to `Other`. What is read otherwise than before must reach people whose frames are made already:
//! raise `store::PROJECTION`.
//!
//! Not here: putting facts together (`record::chart`), and who may see them (`record::consent`). What is restricted by its source
//! (`withheld`) leaves only a note that something is withheld.

mod alerts;
mod allergies;
pub mod chart;
mod clinical;
mod contacts;
mod demographics;
mod documents;
mod dosage;
mod events;
pub mod json;
mod lists;
mod medications;
mod observations;
mod other;
mod plans;
mod qualify;
mod team;
pub mod withheld;
mod words;

use super::fhir::head::Target;
use json::Json;
use record::section::Section;
use record::summary::{Absence, Body, Fact, FactKey, Item, Note, Standing};
use record::{SourceId, Stamp, When};
use std::collections::HashMap;

/// One resource of a person, ready to be read.
pub struct Stored<'a> {
    pub via: i64,
    pub source: SourceId,
    pub kind: &'a str,
    pub rid: &'a str,
    /// `Kind/rid`, unique for the person.
    pub key: FactKey,
    pub json: Json<'a>,
}

/// What resources may refer to: the person's other resources, and organisations, practitioners, medications and places.
#[derive(Default)]
pub struct Around<'a> {
    by: HashMap<(i64, String), &'a Json<'a>>,
}

impl<'a> Around<'a> {
    /// Makes a resource findable by `Kind/rid`, by its bare id and by a reference as it was written.
    pub fn add(&mut self, via: i64, reference: String, json: &'a Json<'a>) {
        self.by.entry((via, reference)).or_insert(json);
    }

    fn find(&self, via: i64, target: &Target) -> Option<&'a Json<'a>> {
        let reference = match target {
            Target::Urn(urn) => urn.strip_prefix("urn:uuid:").unwrap_or(urn).to_owned(),
            target => target.store(),
        };
        self.by.get(&(via, reference)).copied()
    }
}

/// What projecting one resource may use.
struct Reading<'p, 'a> {
    around: &'p Around<'a>,
    resource: &'p Stored<'a>,
    now: Stamp,
    /// The person's address, telephone and practice may not be shown (PDS S-flag).
    protected: bool,
}

/// Reads a person's resources into facts. The order of `resources` does not matter: facts come sorted by key.
pub fn project(resources: &[Stored<'_>], around: &Around<'_>, now: Stamp) -> Vec<Fact> {
    let protected = resources.iter().any(|r| r.kind == "Patient" && withheld::is_labelled(&r.json));
    let mut facts = Vec::new();
    for resource in resources {
        let reading = Reading { around, resource, now, protected };
        if withheld::is_withheld(&resource.json) {
            facts.extend(section_of(&reading).map(|section| reading.withheld(section)));
            continue;
        }
        let from = facts.len();
        read(&reading, &mut facts);
        qualify::qualify(&reading, &mut facts, from);
    }
    facts.sort_by(|a, b| a.key.cmp(&b.key).then_with(|| a.source.cmp(&b.source)));
    facts
}

fn read(r: &Reading<'_, '_>, facts: &mut Vec<Fact>) {
    match r.resource.kind {
        "Patient" => {
            demographics::patient(r, facts);
            contacts::of_patient(r, facts);
        }
        "RelatedPerson" => contacts::related_person(r, facts),
        "AllergyIntolerance" => allergies::allergy(r, facts),
        "MedicationRequest" | "MedicationStatement" | "MedicationAdministration" | "MedicationDispense" => {
            medications::medication(r, facts);
        }
        "Condition" => clinical::condition(r, facts),
        "Procedure" => clinical::procedure(r, facts),
        "Immunization" => clinical::immunisation(r, facts),
        "Observation" => observations::observation(r, facts),
        "DiagnosticReport" => observations::report(r, facts),
        "ImagingStudy" => observations::imaging(r, facts),
        "Encounter" => events::encounter(r, facts),
        "EpisodeOfCare" => events::episode(r, facts),
        "Appointment" => events::appointment(r, facts),
        "ServiceRequest" => events::referral(r, facts),
        "DocumentReference" | "Composition" | "DocumentManifest" | "Binary" => documents::document(r, facts),
        "CarePlan" => plans::plan(r, facts),
        "Goal" => plans::goal(r, facts),
        "Flag" => alerts::flag(r, facts),
        "CareTeam" => team::team(r, facts),
        "Task" | "Device" | "DeviceUseStatement" | "DeviceRequest" => team::social(r, facts),
        "List" => lists::list(r, facts),
        "QuestionnaireResponse" => other::form(r, facts),
        kind if other::is_clinical(kind) => other::other(r, facts),
        _ => {}
    }
}

/// The section a restricted resource would have been in.
fn section_of(r: &Reading<'_, '_>) -> Option<Section> {
    let mut facts = Vec::new();
    read(r, &mut facts);
    facts.into_iter().find_map(|f| match f.body {
        Body::Item(section, _) | Body::Note(section, _) => Some(section),
        Body::Demographics(_) => None,
    })
}

/// Whether it refers, in words, to something that is withheld: then not even its source's own text may be shown whole.
fn names_withheld(resource: &Stored<'_>, around: &Around<'_>) -> bool {
    fn inside(via: i64, json: &Json<'_>, around: &Around<'_>) -> bool {
        let named = json.str("display").and(json.str("reference")).and_then(Target::parse);
        named.and_then(|target| around.find(via, &target)).is_some_and(withheld::is_withheld)
            || json.members().iter().any(|(_, value)| value.items().iter().any(|inner| inside(via, inner, around)))
    }
    inside(resource.via, &resource.json, around)
}

/// What stands in place of the name of something withheld.
const KEPT_BACK: &str = "withheld";

impl<'p, 'a> Reading<'p, 'a> {
    fn json(&self) -> &'p Json<'a> {
        &self.resource.json
    }

    /// The `n`-th fact of the resource; the first has the resource's own key.
    fn key(&self, n: usize) -> FactKey {
        if n == 0 { self.resource.key.clone() } else { FactKey(format!("{}#{n}", self.resource.key.0)) }
    }

    fn fact(&self, n: usize, recorded: Option<When>, body: Body) -> Fact {
        Fact { key: self.key(n), source: self.resource.source, recorded, body }
    }

    fn item(&self, section: Section, recorded: Option<When>, item: Item) -> Fact {
        self.fact(0, recorded, Body::Item(section, Box::new(item)))
    }

    fn note(&self, n: usize, section: Section, note: Note) -> Fact {
        self.fact(n, None, Body::Note(section, note))
    }

    fn withheld(&self, section: Section) -> Fact {
        self.note(0, section, Note::Absent(Absence::Withheld))
    }

    /// The resource a reference means, unless it is withheld: what may not be shown is not shown through another either.
    fn follow(&self, reference: &Json<'_>) -> Option<&'p Json<'a>> {
        self.behind(reference).filter(|found| !withheld::is_withheld(found))
    }

    /// Whether a reference means something that is withheld: then its display may not be shown.
    fn keeps_back(&self, reference: &Json<'_>) -> bool {
        self.behind(reference).is_some_and(withheld::is_withheld)
    }

    /// The display of a reference, unless what it means is withheld.
    fn display(&self, reference: &Json<'_>) -> Option<String> {
        reference
            .owned("display")
            .map(|display| if self.keeps_back(reference) { KEPT_BACK.to_owned() } else { display })
    }

    /// The resource a reference means: contained, another of the person's, or a shared one.
    fn behind(&self, reference: &Json<'_>) -> Option<&'p Json<'a>> {
        if let Some(id) = reference.str("reference").and_then(|r| r.strip_prefix('#')) {
            let contained = self.json().list("contained").iter();
            return contained.into_iter().find(|c| c.str("id").is_some_and(|i| i.trim_start_matches('#') == id));
        }
        let target = match Target::parse(reference.str("reference").unwrap_or_default()) {
            Some(target) => target,
            None => Target::Identified {
                kind: reference.str("type").and_then(super::fhir::kinds::kind).map(|k| k.0),
                system: reference.at(&["identifier", "system"]).text()?.to_owned(),
                value: reference.at(&["identifier", "value"]).text()?.to_owned(),
            },
        };
        self.around.find(self.resource.via, &target)
    }

    /// Who or what a reference names, in words: its display, else the name of what it means.
    fn named(&self, reference: &Json<'_>) -> Option<String> {
        if self.keeps_back(reference) {
            return Some(KEPT_BACK.to_owned());
        }
        if let Some(display) = reference.str("display") {
            return Some(display.to_owned());
        }
        let found = self.follow(reference)?;
        match found.str("resourceType") {
            Some("PractitionerRole") => {
                let who = self.name_at(found, "practitioner");
                let place = self.name_at(found, "organization");
                words::joined(who.into_iter().chain(place), ", ").or_else(|| words::concepts(found.get("code")))
            }
            Some("Medication" | "Substance") => words::concept(found.get("code")),
            Some("Device") => found
                .at(&["deviceName", "name"])
                .text()
                .map(str::to_owned)
                .or_else(|| words::concept(found.get("type"))),
            Some("Practitioner" | "Patient" | "RelatedPerson") => {
                found.list("name").first().and_then(words::plain_name)
            }
            _ => found.owned("name").or_else(|| words::concept(found.get("code"))).or_else(|| found.owned("title")),
        }
    }

    fn name_at(&self, json: &Json<'_>, element: &str) -> Option<String> {
        let reference = json.list(element).first()?;
        self.display(reference).or_else(|| {
            let found = self.follow(reference)?;
            match found.get("name") {
                Json::Text(_) => found.owned("name"),
                names => names.items().first().and_then(words::plain_name),
            }
        })
    }

    /// The first of these elements (lists, or members with an `actor`) that names somebody.
    fn author(&self, elements: &[&str]) -> Option<String> {
        elements.iter().find_map(|element| {
            self.json().list(element).iter().find_map(|one| match one.get("actor") {
                Json::Null => self.named(one),
                actor => self.named(actor),
            })
        })
    }

    /// Standing by status: `entered-in-error` is always an error, the rest as the lists say, `Current` otherwise.
    fn standing(&self, status: Option<&str>, future: &[&str], past: &[&str]) -> Standing {
        match status {
            Some("entered-in-error") => Standing::InError,
            Some(s) if future.contains(&s) => Standing::Future,
            Some(s) if past.contains(&s) => Standing::Past,
            _ => Standing::Current,
        }
    }

    /// Whether a date lies before now.
    fn is_over(&self, when: Option<&When>) -> bool {
        let now = When::from_stamp(self.now);
        when.is_some_and(|w| match w.stamp() {
            Some(stamp) => stamp < self.now,
            None => w < &now && w.date().is_none_or(|d| d < self.now.london_date()),
        })
    }

    /// An item with what most resources have in common: title and codes from a concept, and the status as the source says.
    fn start(&self, concept: &Json<'_>, otherwise: &str) -> Item {
        Item {
            title: words::concept(concept).unwrap_or_else(|| otherwise.to_owned()),
            codes: words::codings(concept),
            status: self.json().owned("status"),
            ..Item::default()
        }
    }
}

#[cfg(test)]
mod tests;
