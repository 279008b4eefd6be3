//! A wound as a Condition with its assessments as Observations (`reference/careplan.md` sections 5 and 8), and photographs as DocumentReferences
//! that name each by its hash. A pressure ulcer's category never improves: the highest it ever had stands with the Condition. An area is
//! reckoned by whoever wants one.

use super::{Made, binary_id, performers, status};
use crate::fhir::{OURS, SNOMED, UCUM, annotation, coding, concept, organisation, practitioner, push, tag};
use record::Section;
use record::visit::log::WoundCourse;
use record::visit::wound::{Side, Sort};
use record::visit::{Body, Entry, Wound};
use serde_json::{Value, json};

const CLINICAL: &str = "http://terminology.hl7.org/CodeSystem/condition-clinical";
const VERIFICATION: &str = "http://terminology.hl7.org/CodeSystem/condition-ver-status";

fn said(label: &str, text: &str) -> Value {
    json!({ "code": { "text": label }, "valueString": text })
}

fn labels<T: Copy>(all: &[T], label: impl Fn(T) -> &'static str) -> String {
    all.iter().map(|one| label(*one)).collect::<Vec<_>>().join("; ")
}

impl Made<'_> {
    /// One assessment.
    pub(super) fn assessed(&mut self, entry: &Entry, wound: &Wound) {
        let mut made = self.base(("Observation", None), entry, "");
        made["status"] = status(entry, "final");
        made["category"] = json!([{ "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "exam" }] }]);
        made["code"] = json!({ "text": "Wound assessment" });
        made["effectiveDateTime"] = json!(entry.act.at.to_string());
        made["issued"] = json!(self.heard(entry.id).to_string());
        made["performer"] = performers(entry);
        made["focus"] = json!([self.reference("Condition", wound.of.unwrap_or(entry.id), "-w")]);
        made["bodySite"] = json!({ "text": wound.site });
        if let Some(encounter) = self.encounter(entry) {
            made["encounter"] = encounter;
        }
        for component in components(wound) {
            push(&mut made, "component", component);
        }
        super::noted(&mut made, "Treatment", &wound.treatment);
        super::noted(&mut made, "Plan", &wound.plan);
        self.notes(&mut made, entry);
        self.keep(Section::Observations, entry.id, made);
        for (number, photo) in entry.act.photos().iter().enumerate() {
            let made = self.photograph(entry, (number, photo), wound);
            self.keep(Section::Documents, entry.id, made);
        }
    }

    fn photograph(&self, entry: &Entry, (number, photo): (usize, &record::visit::Photo), wound: &Wound) -> Value {
        let mut made = self.base(("DocumentReference", Some("DocumentReference")), entry, &format!("-p{number}"));
        push(&mut made, "identifier", json!({ "system": "urn:satchel:sha-256", "value": photo.id.to_string() }));
        made["status"] = json!(if entry.struck.is_some() { "entered-in-error" } else { "current" });
        made["type"] = json!({ "text": "Clinical photograph of a wound" });
        made["date"] = json!(entry.act.at.to_string());
        made["author"] = json!([practitioner(&entry.act.by)]);
        made["custodian"] = organisation(&entry.act.by);
        let agreed = wound.photos.as_ref().map_or("", |photos| photos.agreed.label());
        made["description"] = json!(format!("{}. {agreed}", wound.site));
        let mut attachment = json!({ "contentType": photo.mime.code(), "size": photo.length });
        if (self.is_here)(photo.id) {
            attachment["url"] = json!(format!("Binary/{}", binary_id(self.person, photo.id)));
        } else {
            attachment["title"] = json!("Not at the hub yet: still on the device that took it");
            tag(&mut made, "not-here-yet");
        }
        made["content"] = json!([{ "attachment": attachment }]);
        made["context"] = json!({ "related": [self.reference("Observation", entry.id, "")] });
        made
    }

    /// The wound over time.
    pub(super) fn course_of_wound(&mut self, course: &WoundCourse) {
        let newest = course.assessments.last().and_then(|id| self.acts.get(id)).copied();
        let Some((first, newest)) = self.log.entry(course.first).zip(newest) else { return };
        let Body::Wound(wound) = &newest.body else { return };
        let mut made = self.base(("Condition", Some("Condition")), first, "-w");
        let clinical = if course.healed { "resolved" } else { "active" };
        made["clinicalStatus"] = json!({ "coding": [{ "system": CLINICAL, "code": clinical }] });
        made["verificationStatus"] = json!({ "coding": [{ "system": VERIFICATION, "code": "confirmed" }] });
        made["category"] = json!([{ "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/condition-category", "code": "problem-list-item" }] }]);
        made["code"] = json!({ "text": course.sort.label() });
        made["bodySite"] = json!([{ "text": wound.site }]);
        made["recordedDate"] = json!(first.act.at.to_string());
        made["recorder"] = practitioner(&first.act.by);
        if let Some(highest) = course.highest {
            let device = if wound.device_related { " (d)" } else { "" };
            made["stage"] =
                json!([{ "summary": { "text": format!("Highest category ever: {}{device}", highest.label()) } }]);
        }
        let assessments: Vec<Value> =
            course.assessments.iter().map(|id| json!({ "detail": [self.reference("Observation", *id, "")] })).collect();
        made["evidence"] = json!(assessments);
        if wound.on_admission {
            push(&mut made, "note", annotation("It was there when care began."));
        }
        let updated = course.assessments.iter().map(|id| self.heard(*id)).max().unwrap_or_else(|| self.heard(first.id));
        self.resources.push(crate::fhir::Resource::new(Section::Problems, updated, made));
    }
}

fn components(wound: &Wound) -> Vec<Value> {
    let mut all =
        vec![json!({ "code": { "text": "Sort of wound" }, "valueCodeableConcept": { "text": wound.sort.label() } })];
    if let Some(category) = wound.category {
        let device = if wound.device_related { " (d)" } else { "" };
        all.push(json!({ "code": { "text": "Pressure ulcer category now" },
            "valueCodeableConcept": { "coding": [{ "system": format!("{OURS}/pressure-ulcer-category"), "code": category.code() }],
                                      "text": format!("{}{device}", category.label()) } }));
    } else if wound.device_related && wound.sort != Sort::PressureUlcer {
        all.push(said("Under a device", "Yes"));
    }
    for (code, words, millimetres) in [
        ("401238003", "Length of wound", wound.length),
        ("401239006", "Width of wound", wound.width),
        ("425094009", "Depth of wound", wound.depth),
    ] {
        all.extend(millimetres.map(|mm| {
            json!({ "code": concept(code, words),
                "valueQuantity": { "value": mm, "unit": "millimeter", "system": UCUM, "code": "mm" } })
        }));
    }
    if !wound.bed.is_empty() {
        let code = json!({ "coding": [coding(SNOMED, "225552003", "Wound bed")], "text": "Bed" });
        all.push(json!({ "code": code, "valueString": labels(&wound.bed, |bed| bed.label()) }));
    }
    let code = json!({ "coding": [coding(SNOMED, "449747006", "Wound margin")], "text": "Margin" });
    all.push(json!({ "code": code, "valueString": wound.margin.label() }));
    if !wound.surrounding.is_empty() {
        all.push(said("Surrounding skin", &wound.surrounding));
    }
    // Looked for and found none is an answer: the standard makes it mandatory.
    let infection = labels(&wound.infection, |sign| sign.label());
    all.push(said("Signs and symptoms of infection", if infection.is_empty() { "None" } else { &infection }));
    all.push(said("Exudate", wound.exudate.label()));
    all.extend(wound.pain.map(|pain| {
        json!({ "code": concept("225908003", "Pain score"),
            "valueQuantity": { "value": pain, "unit": "of 10", "system": UCUM, "code": "{score}" } })
    }));
    let side = match wound.spot.side {
        Side::Front => "front",
        Side::Back => "back",
    };
    let spot =
        format!("{side} of the body, {} across and {} down, in thousandths of the drawing", wound.spot.x, wound.spot.y);
    all.push(said("Place on the body map", &spot));
    if wound.healed {
        all.push(said("Outcome", "Healed"));
    }
    all
}
