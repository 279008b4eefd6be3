//! The FHIR R4 data types that the sample writes, as members of a [`Json`] under construction, and the Bundle around them.
//! Not a FHIR library: only what the region needs, in the shape UK Core asks for.

use super::json::Json;
use super::place::Organisation;
use super::rng::mix;
use super::when::At;
use std::fmt::{self, Display};

pub const SNOMED: &str = "http://snomed.info/sct";
pub const DMD: &str = "https://dmd.nhs.uk";
pub const LOINC: &str = "http://loinc.org";
pub const UCUM: &str = "http://unitsofmeasure.org";
pub const NHS_NUMBER: &str = "https://fhir.nhs.uk/Id/nhs-number";
pub const ODS: &str = "https://fhir.nhs.uk/Id/ods-organization-code";
const UK_CORE: &str = "https://fhir.hl7.org.uk/StructureDefinition/";

/// A UK Core code system by its short name.
pub fn uk_system(name: &str) -> String {
    format!("https://fhir.hl7.org.uk/CodeSystem/UKCore-{name}")
}

/// A FHIR code system by its short name.
pub fn hl7_system(name: &str) -> String {
    format!("http://terminology.hl7.org/CodeSystem/{name}")
}

/// Words with a SNOMED CT code where one is certain; otherwise the words alone, as much of the NHS sends them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    pub text: &'static str,
    /// Empty where there is only text.
    pub code: &'static str,
}

pub const fn term(text: &'static str, code: &'static str) -> Term {
    Term { text, code }
}

/// The identity of one resource: unique over the region by construction (the mixing is a bijection of person and serial), and
/// the same each time it is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Id(u64);

impl Id {
    /// `person` below 2³², `serial` counts the resources of that person.
    pub const fn new(seed: u64, person: u64, serial: u32) -> Id {
        Id(mix(((person << 32) | serial as u64) ^ mix(seed)))
    }
}

/// `z` and thirteen letters and digits, five bits each: short, and legal as a FHIR id.
impl Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SIGNS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
        let mut shown = [b'z'; 14];
        for (place, sign) in shown.iter_mut().skip(1).enumerate() {
            *sign = SIGNS[(self.0 >> (place * 5)) as usize & 31];
        }
        f.write_str(std::str::from_utf8(&shown).unwrap_or_default())
    }
}

/// A decimal as a source writes it: `digits` with `places` of them after the point, trailing zeros kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decimal {
    pub digits: i32,
    pub places: u8,
}

impl Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.places {
            0 => write!(f, "{}", self.digits),
            places => {
                let unit = 10i32.pow(u32::from(places));
                write!(f, "{}.{:0width$}", self.digits / unit, (self.digits % unit).abs(), width = usize::from(places))
            }
        }
    }
}

impl Json {
    pub fn coding(&mut self, system: &str, code: &str, display: &str) {
        self.element(|c| {
            c.text("system", system);
            c.text("code", code);
            c.text("display", display);
        });
    }

    /// A CodeableConcept with one coding and no text.
    pub fn code(&mut self, name: &str, system: &str, code: &str, display: &str) {
        self.object(name, |concept| concept.list("coding", |l| l.coding(system, code, display)));
    }

    /// A list of one CodeableConcept with one coding.
    pub fn codes(&mut self, name: &str, system: &str, code: &str, display: &str) {
        self.one(name, |concept| concept.list("coding", |l| l.coding(system, code, display)));
    }

    /// The members of a CodeableConcept for a term: coding where there is one, and always the text.
    pub fn term_members(&mut self, term: Term) {
        if !term.code.is_empty() {
            self.list("coding", |l| l.coding(SNOMED, term.code, term.text));
        }
        self.text("text", term.text);
    }

    pub fn term(&mut self, name: &str, term: Term) {
        self.object(name, |concept| concept.term_members(term));
    }

    pub fn terms(&mut self, name: &str, term: Term) {
        self.one(name, |concept| concept.term_members(term));
    }

    pub fn words(&mut self, name: &str, text: &str) {
        self.object(name, |concept| concept.text("text", text));
    }

    /// A reference to a resource of the same bundle.
    pub fn reference(&mut self, name: &str, kind: &str, id: Id) {
        self.object(name, |r| r.plain("reference", format_args!("{kind}/{id}")));
    }

    /// An organisation by its ODS code: a logical reference, since organisations come from the directory and not from feeds.
    pub fn organisation(&mut self, name: &str, who: &Organisation) {
        self.object(name, |r| r.organisation_members(who));
    }

    pub fn organisation_members(&mut self, who: &Organisation) {
        self.identifier("identifier", ODS, who.ods.as_str());
        self.text("display", &who.name);
    }

    /// A person or place by name, without a resource of their own.
    pub fn named(&mut self, name: &str, display: &str) {
        self.object(name, |r| r.text("display", display));
    }

    pub fn identifier(&mut self, name: &str, system: &str, value: impl Display) {
        self.object(name, |i| {
            i.text("system", system);
            i.plain("value", value);
        });
    }

    pub fn quantity(&mut self, name: &str, value: Decimal, unit: &str, ucum: &str) {
        self.object(name, |q| {
            q.bare("value", value);
            q.text("unit", unit);
            if !ucum.is_empty() {
                q.text("system", UCUM);
                q.text("code", ucum);
            }
        });
    }

    pub fn period(&mut self, name: &str, start: impl Display, end: Option<impl Display>) {
        self.object(name, |p| {
            p.plain("start", start);
            if let Some(end) = end {
                p.plain("end", end);
            }
        });
    }

    /// One extension of UK Core by its short name.
    pub fn uk_extension(&mut self, name: &str, value: impl FnOnce(&mut Json)) {
        self.element(|e| {
            e.plain("url", format_args!("{UK_CORE}Extension-UKCore-{name}"));
            value(e);
        });
    }

    pub fn note(&mut self, text: &str) {
        self.one("note", |n| n.text("text", text));
    }
}

/// A collection Bundle of one source about one person.
pub struct Bundle<'a> {
    pub json: Json,
    pub from: &'a Organisation,
    /// The source's own Patient resource.
    pub patient: Id,
    /// When the source sent the bundle.
    pub sent: At,
    seed: u64,
    person: u64,
    serial: u32,
    base: String,
}

impl<'a> Bundle<'a> {
    /// Runs `fill` inside `{"resourceType":"Bundle",…,"entry":[…]}`. `sender` tells the person's sources apart.
    pub fn write(
        seed: u64,
        person: u64,
        sender: u32,
        from: &'a Organisation,
        sent: At,
        fill: impl FnOnce(&mut Bundle<'_>),
    ) -> String {
        let serial = sender << 16;
        let mut json = Json::with_capacity(48 * 1024);
        json.element(|json| {
            json.text("resourceType", "Bundle");
            json.plain("id", Id::new(seed, person, serial));
            json.object("meta", |meta| {
                meta.plain("lastUpdated", sent);
                meta.list("profile", |l| l.text_element("https://fhir.hl7.org.uk/StructureDefinition/UKCore-Bundle"));
            });
            json.text("type", "collection");
            json.plain("timestamp", sent);
            json.list("entry", |entries| {
                let mut bundle = Bundle {
                    json: std::mem::take(entries),
                    from,
                    patient: Id::new(seed, person, serial + 1),
                    sent,
                    seed,
                    person,
                    serial,
                    base: format!("https://{}.wessmoor.example", from.ods.as_str().to_ascii_lowercase()),
                };
                fill(&mut bundle);
                *entries = bundle.json;
            });
        });
        json.finish()
    }

    /// Counts the Patient, whose identity is fixed before anything refers to it.
    pub fn follow_patient(&mut self) {
        self.serial += 1;
    }

    /// Adds one resource. `profile` is the UK Core profile's short name, or empty where UK Core has none. The Patient comes first.
    pub fn add(&mut self, kind: &'static str, profile: &str, recorded: At, members: impl FnOnce(&mut Json)) -> Id {
        self.serial += 1;
        let id = Id::new(self.seed, self.person, self.serial);
        let Bundle { json, base, .. } = self;
        json.element(|entry| {
            entry.plain("fullUrl", format_args!("{base}/{kind}/{id}"));
            entry.object("resource", |resource| {
                resource.text("resourceType", kind);
                resource.plain("id", id);
                resource.object("meta", |meta| {
                    meta.plain("lastUpdated", recorded);
                    if !profile.is_empty() {
                        meta.list("profile", |l| l.text_element(&format!("{UK_CORE}{profile}")));
                    }
                });
                members(resource);
            });
        });
        id
    }

    /// A number of the source's own for one resource: local, unlike the NHS number.
    pub fn local(&self) -> u64 {
        mix(self.person ^ (u64::from(self.serial) << 40)) % 10_000_000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_short_and_tells_seed_person_and_serial_apart() {
        let shown = Id::new(7, 8, 9).to_string();
        assert_eq!((shown.len(), &shown[..1]), (14, "z"));
        for other in [Id::new(7, 8, 10), Id::new(7, 9, 9), Id::new(8, 8, 9)] {
            assert_ne!(shown, other.to_string());
        }
    }

    #[test]
    fn a_decimal_keeps_its_digits() {
        let shown = |digits, places| Decimal { digits, places }.to_string();
        assert_eq!([shown(50, 1), shown(1234, 2), shown(7, 0), shown(105, 2)], ["5.0", "12.34", "7", "1.05"]);
    }
}
