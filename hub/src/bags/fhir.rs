//! An eRed Bag as a FHIR R4 document (UK Core Composition where it has a profile) and as a pointer to it (`reference/eredbag.md` section 4). A
//! projection: nothing here is read back. Every section has its narrative, for a receiving system may show nothing else; one that holds
//! nothing says so. A document replaces, by name, each that could be made of the bag before it (`moments`).

pub use super::hands::Held;
use super::hands::{self, escaped};
use super::moments::{Moment, Since, moments, uuid};
use data_encoding::BASE64;
use record::bag::{Bag, BagSection, Check, Contents, Entry, File, Note, NoteId, Party, words};
use record::patient::Gender;
use record::people::Organisation;
use record::{NhsNumber, When};
use serde_json::{Value, json};

const OURS: &str = "https://satchel.example/fhir";
const ODS: &str = "https://fhir.nhs.uk/Id/ods-organization-code";
const NHS_NUMBER: &str = "https://fhir.nhs.uk/Id/nhs-number";
const SDS_USER: &str = "https://fhir.nhs.uk/Id/sds-user-id";
const HEADINGS: &str = "https://fhir.hl7.org.uk/CodeSystem/UKCore-RecordStandardHeadings";
const UKCORE: &str = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-";
const URI: &str = "urn:ietf:rfc:3986";

/// What was released last, and where the bag is, as a document; `None` before the first release. `held`: a file's bytes, where the hub has them whole.
pub fn document(bag: &Bag, held: Held<'_>) -> Option<Value> {
    let (note, contents) = bag.released()?;
    let mut before = moments(bag, &|file| held(file).map(|(_, since)| since));
    let moment = before.pop()?;
    Some(Made { note, contents, moment, before }.bundle(bag, held))
}

/// The document as the hub could first make it of a release: what a pointer points at, however far the bag has gone since.
fn first_of(bag: &Bag, release: NoteId, since: Since<'_>) -> Option<Moment> {
    moments(bag, since).into_iter().find(|moment| moment.is_of(release))
}

/// The name of a release's pointer: `<ODS>-<unique>`, as the national locator's pointers are named (NRLF, `reference/eredbag.md` section 4).
pub fn pointer_id(bag: &Bag, release: NoteId) -> String {
    format!("{}-{}", bag.header.home.ods, uuid(release.as_bytes(), "pointer"))
}

/// The pointer for a hospital that the bag names. Who it is for stands among what is related: the resource has no recipient.
pub fn pointer_to(bag: &Bag, receiver: &Organisation, since: Since<'_>) -> Option<Value> {
    let mut pointer = pointer(bag, since)?;
    let whom = json!({ "type": "Organization", "identifier": { "system": ODS, "value": receiver.ods.as_str() }, "display": receiver.name });
    pointer["context"] = json!({ "related": [whom] });
    Some(pointer)
}

/// A pointer to the document, for a record locator: who, what, when and where, no content. `since`: when its files were here, whole.
pub fn pointer(bag: &Bag, since: Since<'_>) -> Option<Value> {
    let (note, contents) = bag.released()?;
    let document = first_of(bag, note.id, since)?.document();
    let header = &contents.header;
    let mut pointer = json!({
        "resourceType": "DocumentReference",
        "id": pointer_id(bag, note.id),
        "meta": { "profile": [format!("{UKCORE}DocumentReference")] },
        "masterIdentifier": { "system": URI, "value": document },
        "status": "current",
        "docStatus": if contents.version == 1 { "final" } else { "amended" },
        "type": kind(),
        "category": [{ "coding": [{ "system": format!("{OURS}/CodeSystem/category"), "code": "transfer-of-care", "display": "Transfer of care" }] }],
        "subject": subject(header.nhs_number),
        "date": note.at.to_string(),
        "author": [{ "identifier": { "system": SDS_USER, "value": contents.by.staff.as_str() }, "display": contents.by.name }],
        "custodian": { "identifier": { "system": ODS, "value": header.home.ods.as_str() }, "display": header.home.name },
        "content": [{ "attachment": {
            "contentType": "application/fhir+json",
            "url": document,
            "title": title(),
            "creation": note.at.to_string(),
        } }],
    });
    let before = bag.releases().filter(|(_, c)| c.version < contents.version).max_by_key(|(_, c)| c.version);
    if let Some(before) = before.and_then(|(before, _)| first_of(bag, before.id, since)) {
        let target = json!({ "identifier": { "system": URI, "value": before.document() } });
        pointer["relatesTo"] = json!([{ "code": "replaces", "target": target }]);
    }
    Some(pointer)
}

fn title() -> &'static str {
    "Urgent transfer from care home to hospital (eRed Bag)"
}

/// No SNOMED code for this document was found; ours stands beside the words.
fn kind() -> Value {
    json!({
        "coding": [{ "system": format!("{OURS}/CodeSystem/document-type"), "code": "eredbag", "display": title() }],
        "text": title(),
    })
}

fn subject(number: Option<NhsNumber>) -> Value {
    match number {
        Some(number) => json!({ "identifier": { "system": NHS_NUMBER, "value": number.digits() } }),
        None => json!({ "display": "NHS number not known" }),
    }
}

struct Made<'a> {
    note: &'a Note,
    contents: &'a Contents,
    moment: Moment,
    /// Every document that could be made of the bag before this one, oldest first.
    before: Vec<Moment>,
}

impl Made<'_> {
    fn urn(&self, what: &str) -> String {
        self.moment.urn(what)
    }

    fn reference(&self, what: &str) -> Value {
        json!({ "reference": self.urn(what) })
    }

    fn bundle(&self, bag: &Bag, held: Held<'_>) -> Value {
        let mut resources = vec![("composition".to_owned(), self.composition(bag))];
        resources.push(("patient".into(), self.patient()));
        resources.push(("home".into(), self.home()));
        resources.push(("practitioner".into(), self.practitioner()));
        resources.push(("author".into(), self.author()));
        for (n, allergy) in self.contents.section(BagSection::Allergies).iter().enumerate() {
            resources.push((format!("allergy-{n}"), self.allergy(n, allergy)));
        }
        for (n, attached) in self.contents.attached().enumerate() {
            let bytes = held(attached.1.id).map(|(bytes, _)| bytes);
            resources.push((format!("attached-{n}"), self.attached(n, attached, bytes.is_some())));
            if let Some(bytes) = bytes {
                let data = BASE64.encode(&bytes);
                let binary = json!({ "resourceType": "Binary", "contentType": attached.1.kind.mime(), "data": data });
                resources.push((format!("binary-{n}"), binary));
            }
        }
        resources.push(("provenance".into(), self.provenance(bag)));
        resources.extend(hands::provenances(bag, &self.reference("composition"), held));
        let entry = |(what, mut resource): (String, Value)| {
            resource["id"] = json!(self.moment.uuid(&what));
            json!({ "fullUrl": self.urn(&what), "resource": resource })
        };
        json!({
            "resourceType": "Bundle",
            "id": self.moment.uuid("document"),
            "identifier": { "system": URI, "value": self.moment.document() },
            "type": "document",
            "timestamp": self.moment.at.to_string(),
            "entry": resources.into_iter().map(entry).collect::<Vec<_>>(),
        })
    }

    fn composition(&self, bag: &Bag) -> Value {
        let contents = self.contents;
        let restricted = !contents.section(BagSection::Safeguarding).is_empty();
        let sections: Vec<Value> = BagSection::ALL.iter().map(|section| self.section(bag, *section)).collect();
        let mut composition = json!({
            "resourceType": "Composition",
            "meta": { "profile": [format!("{UKCORE}Composition")] },
            "identifier": { "system": format!("{OURS}/bag"), "value": bag.id.to_string() },
            "status": if contents.version == 1 { "final" } else { "amended" },
            "type": kind(),
            "subject": self.reference("patient"),
            "date": self.note.at.to_string(),
            "author": [self.reference("author")],
            "title": title(),
            "confidentiality": if restricted { "R" } else { "N" },
            "attester": [{ "mode": "professional", "time": self.note.at.to_string(), "party": self.reference("author") }],
            "custodian": self.reference("home"),
            "section": sections,
        });
        if !self.before.is_empty() {
            let replaces = |before: &Moment| json!({ "code": "replaces", "targetIdentifier": { "system": URI, "value": before.document() } });
            composition["relatesTo"] = self.before.iter().rev().map(replaces).collect();
        }
        composition
    }

    fn section(&self, bag: &Bag, section: BagSection) -> Value {
        let code = match section.heading() {
            Some(code) => json!({ "system": HEADINGS, "code": code, "display": section.title() }),
            None => {
                json!({ "system": format!("{OURS}/CodeSystem/section"), "code": section.code(), "display": section.title() })
            }
        };
        let lines: Vec<String> = match section {
            BagSection::Belongings => belongings(bag),
            _ => self.contents.section(section).iter().map(|entry| line(section, entry)).collect(),
        };
        let mut made = json!({
            "title": section.title(),
            "code": { "coding": [code], "text": section.title() },
            "text": { "status": "additional", "div": narrative(section, &lines, self.contents.see_attached()) },
        });
        if section == BagSection::Allergies && !lines.is_empty() {
            let allergies = self.contents.section(BagSection::Allergies).iter().enumerate();
            made["entry"] = allergies.map(|(n, _)| self.reference(&format!("allergy-{n}"))).collect();
        }
        if section == BagSection::Documents && self.contents.attached().next().is_some() {
            let attached = self.contents.attached().enumerate();
            made["entry"] = attached.map(|(n, _)| self.reference(&format!("attached-{n}"))).collect();
        }
        if lines.is_empty() {
            // Nobody here says that there is none: nothing was recorded.
            let code = json!({ "system": "http://terminology.hl7.org/CodeSystem/list-empty-reason", "code": "notasked", "display": "Not Asked" });
            let text = self.contents.see_attached().unwrap_or_else(|| "Nothing was recorded".to_owned());
            made["emptyReason"] = json!({ "coding": [code], "text": text });
        }
        made
    }

    fn patient(&self) -> Value {
        let header = &self.contents.header;
        let mut patient = json!({
            "resourceType": "Patient",
            "meta": { "profile": [format!("{UKCORE}Patient")] },
            "name": [{ "use": "official", "text": header.banner, "family": header.family, "given": header.given.split_whitespace().collect::<Vec<_>>() }],
            "gender": match header.gender {
                Gender::Male => "male",
                Gender::Female => "female",
                Gender::OtherSpecific => "other",
                Gender::NotKnown | Gender::NotSpecified => "unknown",
            },
        });
        if let Some(born) = header.born.as_ref().map(When::as_str).filter(|born| born.len() <= 10) {
            patient["birthDate"] = json!(born);
        }
        if let Some(number) = header.nhs_number {
            let status = if header.nhs_number_verified {
                ("01", "Number present and verified")
            } else {
                ("02", "Number present but not traced")
            };
            let status = json!({ "coding": [{
                "system": "https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatusEngland",
                "code": status.0,
                "display": status.1,
            }] });
            patient["identifier"] = json!([{ "system": NHS_NUMBER, "value": number.digits(), "extension": [{
                "url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus",
                "valueCodeableConcept": status,
            }] }]);
        }
        patient
    }

    fn home(&self) -> Value {
        let home = &self.contents.header.home;
        json!({
            "resourceType": "Organization",
            "meta": { "profile": [format!("{UKCORE}Organization")] },
            "identifier": [{ "system": ODS, "value": home.ods.as_str() }],
            "name": home.name,
        })
    }

    fn practitioner(&self) -> Value {
        let by = &self.contents.by;
        json!({
            "resourceType": "Practitioner",
            "meta": { "profile": [format!("{UKCORE}Practitioner")] },
            "identifier": [{ "system": SDS_USER, "value": by.staff.as_str() }],
            "name": [{ "text": by.name }],
        })
    }

    fn author(&self) -> Value {
        let by = &self.contents.by;
        json!({
            "resourceType": "PractitionerRole",
            "meta": { "profile": [format!("{UKCORE}PractitionerRole")] },
            "practitioner": self.reference("practitioner"),
            "organization": self.reference("home"),
            "code": [{ "text": by.title }],
        })
    }

    /// A line of the form as a statement: the words of whoever wrote it, no code made up for them.
    fn allergy(&self, n: usize, entry: &Entry) -> Value {
        let none = entry.text.to_lowercase().starts_with("no known allerg");
        let code = if none {
            json!({ "coding": [{ "system": "http://snomed.info/sct", "code": "716186003", "display": "No known allergy" }], "text": entry.text })
        } else {
            json!({ "text": entry.text })
        };
        let active =
            json!({ "system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "code": "active" });
        json!({
            "resourceType": "AllergyIntolerance",
            "meta": { "profile": [format!("{UKCORE}AllergyIntolerance")] },
            "identifier": [{ "system": format!("{OURS}/bag-line"), "value": format!("{}-{n}", entry.item) }],
            "clinicalStatus": { "coding": [active] },
            "code": code,
            "patient": self.reference("patient"),
        })
    }

    /// A document that the home attached: what it is, how long, who attached it and when; its bytes beside it where the hub has them.
    fn attached(&self, n: usize, (entry, file): (&Entry, &File), here: bool) -> Value {
        let mut attachment = json!({ "contentType": file.kind.mime(), "size": file.length, "title": entry.text });
        let mut said = entry.checked();
        if here {
            attachment["url"] = json!(self.urn(&format!("binary-{n}")));
        } else {
            said.push_str(". It had not reached the hub when this document was made");
        }
        let by = match &entry.check {
            Check::Entered { by, at } => Some((by, at)),
            _ => None,
        };
        let mut made = json!({
            "resourceType": "DocumentReference",
            "meta": { "profile": [format!("{UKCORE}DocumentReference")] },
            "identifier": [{ "system": format!("{OURS}/bag-file"), "value": file.id.to_string() }],
            "status": "current",
            "docStatus": "final",
            "type": { "text": "Document attached by the sending home" },
            "subject": self.reference("patient"),
            "custodian": self.reference("home"),
            "description": said,
            "content": [{ "attachment": attachment }],
        });
        if let Some((by, at)) = by {
            made["date"] = json!(at.to_string());
            made["author"] = json!([{ "display": by }]);
        }
        made
    }

    /// Who signed this version, with which hand.
    fn provenance(&self, bag: &Bag) -> Value {
        let role = json!({ "system": "http://terminology.hl7.org/CodeSystem/provenance-participant-type", "code": "author", "display": "Author" });
        json!({
            "resourceType": "Provenance",
            "target": [self.reference("composition")],
            "occurredDateTime": self.note.at.to_string(),
            "recorded": bag.at_hub(self.note.id).unwrap_or(self.note.at).to_string(),
            "agent": [{ "type": { "coding": [role] }, "who": self.reference("author"), "onBehalfOf": self.reference("home") }],
            "entity": [{ "role": "source", "what": {
                "identifier": { "system": format!("{OURS}/bag-note"), "value": self.note.id.to_string() },
                "display": format!("Signed note by {}", self.note.chain),
            } }],
        })
    }
}

fn line(section: BagSection, entry: &Entry) -> String {
    let from = entry.from.as_ref().map(|from| format!(" {}", from.in_words()));
    let disputed = if entry.disputed { "NOT AGREED. " } else { "" };
    format!("{disputed}{}{} {}.", words(section, entry), from.unwrap_or_default(), entry.checked())
}

fn belongings(bag: &Bag) -> Vec<String> {
    let holder = bag.custody.holdings().iter().map(|h| {
        let unverified = if matches!(h.holder, Party::Typed { .. }) { " (not verified)" } else { "" };
        format!("Bag {}: {}, {}{unverified}", bag.header.tracker, h.state.label(), h.holder.name())
    });
    holder.chain(bag.belongings.iter().map(hands::counted)).chain(hands::lines(bag)).collect()
}

/// XHTML, always: a receiving system may show nothing else.
fn narrative(section: BagSection, lines: &[String], see: Option<String>) -> String {
    let mut div = format!("<div xmlns=\"http://www.w3.org/1999/xhtml\"><h2>{}</h2>", escaped(section.title()));
    if lines.is_empty() {
        let see = see.unwrap_or_else(|| "Nothing was recorded.".to_owned());
        div.push_str(&format!("<p>{}</p>", escaped(&see)));
    } else {
        div.push_str("<ul>");
        lines.iter().for_each(|line| div.push_str(&format!("<li>{}</li>", escaped(line))));
        div.push_str("</ul>");
    }
    div.push_str("</div>");
    div
}
