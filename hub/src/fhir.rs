//! What every projection to FHIR R4 here has in common: systems of codes, who and whom, a resource with when the hub last heard anything that
//! bears on it. Not the projections themselves: those are `crate::plans::fhir`'s and `crate::visits::fhir`'s; nor who may have one.

use record::plan::Author;
use record::{NhsNumber, PersonId, Section, Stamp};
use serde_json::{Value, json};

pub const SNOMED: &str = "http://snomed.info/sct";
pub const UCUM: &str = "http://unitsofmeasure.org";
/// Our own extensions, tags and identifiers.
pub const OURS: &str = "https://satchel.example/fhir";
pub const NHS_NUMBER: &str = "https://fhir.nhs.uk/Id/nhs-number";
pub const SDS_USER: &str = "https://fhir.nhs.uk/Id/sds-user-id";
pub const ODS: &str = "https://fhir.nhs.uk/Id/ods-organization-code";
/// UK Core profiles, by `reference/records.md` section 2.
pub const UK_CORE: &str = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-";
/// Why an element has no value (FHIR core extension and code system).
pub const ABSENT: &str = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";
pub const ABSENT_REASON: &str = "http://terminology.hl7.org/CodeSystem/data-absent-reason";

/// A resource with the section of the record it belongs to.
#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    pub section: Section,
    /// When the hub last received anything that bears on it: what `_lastUpdated` asks for. By the hub's clock, so that whoever asks for what is
    /// new since the last time misses nothing that a device brought late.
    pub updated: Stamp,
    pub value: Value,
}

impl Resource {
    pub fn new(section: Section, updated: Stamp, mut value: Value) -> Resource {
        value["meta"]["lastUpdated"] = json!(updated.to_string());
        Resource { section, updated, value }
    }

    pub fn kind(&self) -> &str {
        self.value["resourceType"].as_str().unwrap_or_default()
    }

    pub fn id(&self) -> &str {
        self.value["id"].as_str().unwrap_or_default()
    }
}

/// The person's identifier, from the front of the id of any resource about them.
pub fn person_of(id: &str) -> Option<PersonId> {
    let (person, rest) = id.split_at_checked(32)?;
    if rest.starts_with('-') { person.parse().ok() } else { None }
}

/// Whom a resource is about: by NHS number, which partners know; a reference to a Patient of ours would lead nowhere.
pub fn subject(person: PersonId, nhs: Option<NhsNumber>) -> Value {
    match nhs {
        Some(nhs) => json!({ "type": "Patient", "identifier": { "system": NHS_NUMBER, "value": nhs.digits() } }),
        None => {
            json!({ "type": "Patient", "identifier": { "system": format!("{OURS}/person"), "value": person.to_string() } })
        }
    }
}

/// Whoever did it, as they were then.
pub fn practitioner(by: &Author) -> Value {
    json!({
        "type": "Practitioner",
        "identifier": { "system": SDS_USER, "value": by.staff.as_str() },
        "display": format!("{}, {}, {}", by.name, by.title, by.organisation),
    })
}

pub fn organisation(by: &Author) -> Value {
    json!({
        "type": "Organization",
        "identifier": { "system": ODS, "value": by.ods.as_str() },
        "display": by.organisation,
    })
}

pub fn coding(system: &str, code: &str, display: &str) -> Value {
    json!({ "system": system, "code": code, "display": display })
}

/// A SNOMED CT concept with its words.
pub fn concept(code: &str, display: &str) -> Value {
    json!({ "coding": [coding(SNOMED, code, display)], "text": display })
}

pub fn annotation(text: &str) -> Value {
    json!({ "text": text })
}

/// A tag of ours: what stands in the way of taking the resource at its word.
pub fn tag(made: &mut Value, code: &str) {
    let tag = json!({ "system": format!("{OURS}/standing"), "code": code });
    match made["meta"]["tag"].as_array_mut() {
        Some(tags) => tags.push(tag),
        None => made["meta"]["tag"] = json!([tag]),
    }
}

/// Adds to a list of the resource, making it if it is not there.
pub fn push(made: &mut Value, list: &str, value: Value) {
    match made[list].as_array_mut() {
        Some(all) => all.push(value),
        None => made[list] = json!([value]),
    }
}

/// Sets lists that have something in them: FHIR knows no empty ones.
pub fn put_all<const N: usize>(to: &mut Value, fields: [(&str, Vec<Value>); N]) {
    for (name, values) in fields.into_iter().filter(|(_, values)| !values.is_empty()) {
        to[name] = Value::Array(values);
    }
}

/// Resources as the entries of a Bundle, under addresses of this base.
pub fn entries(base: &str, resources: impl IntoIterator<Item = Value>) -> Vec<Value> {
    let entry = |resource: Value| {
        let name = |key: &str| resource[key].as_str().unwrap_or_default().to_owned();
        json!({ "fullUrl": format!("{base}/{}/{}", name("resourceType"), name("id")), "resource": resource })
    };
    resources.into_iter().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_found_again_from_an_id_and_from_nothing_else() {
        let person = PersonId::from_bytes([0xA5; 16]);
        assert_eq!(person_of(&format!("{person}-care")), Some(person));
        for id in ["", "care", &person.to_string(), &format!("{person}care"), "ééééééééééééééééé-x"] {
            assert_eq!(person_of(id), None, "{id}");
        }
    }

    #[test]
    fn tags_and_lists_grow() {
        let mut made = json!({ "resourceType": "Goal" });
        tag(&mut made, "disputed");
        tag(&mut made, "unsigned");
        push(&mut made, "note", annotation("one"));
        push(&mut made, "note", annotation("two"));
        assert_eq!(made["meta"]["tag"].as_array().map(Vec::len), Some(2));
        assert_eq!(made["note"][1]["text"], "two");
    }
}
