//! What was done at visits as FHIR R4 (UK Core where it has a profile; `reference/careplan.md` sections 5, 6 and 8, `reference/records.md` sections 3
//! and 4): from the signed acts, never read back. Every resource says who did it, for which organisation, when by the device's clock and when
//! the hub had it. What its author struck through is still there, as entered in error; what contradicts is said, and no score is made of an
//! incomplete set. Not here: what the feeds brought (their own systems give that), and who may have any of it.
//!
//! Modules: `signs`, `dose`, `wound`, and the rest of a visit in `course`.

mod course;
mod dose;
mod signs;
mod wound;

use crate::fhir::{OURS, Resource, UK_CORE, annotation, organisation, practitioner, push, subject, tag};
use data_encoding::BASE32_NOPAD;
use record::visit::{Act, ActId, Body, Entry, Log, PhotoId};
use record::{NhsNumber, PersonId, Section, Stamp};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// An act with when the hub received it.
#[derive(Debug, Clone)]
pub struct Received {
    pub id: ActId,
    pub act: Act,
    pub at: Stamp,
}

/// The resources of somebody's visits, the newest act first. `is_here`: whether the hub holds a photograph whole.
pub fn resources(
    person: PersonId,
    nhs: Option<NhsNumber>,
    acts: &[Received],
    is_here: &dyn Fn(PhotoId) -> bool,
) -> Vec<Resource> {
    let log = Log::assemble(acts.iter().map(|one| (one.id, one.act.clone())));
    let heard = heard(acts, &log);
    let acts: BTreeMap<ActId, &Act> = acts.iter().map(|one| (one.id, &one.act)).collect();
    let mut made =
        Made { person, subject: subject(person, nhs), log: &log, heard, acts, is_here, resources: Vec::new() };
    for entry in &log.entries {
        made.entry(entry);
    }
    for course in &log.wounds {
        made.course_of_wound(course);
    }
    for double in &log.double_doses {
        made.double_dose(double);
    }
    made.resources
}

/// When the hub last heard anything about each act: the act itself, what was added to it, said of it, or given beside it.
fn heard(acts: &[Received], log: &Log) -> BTreeMap<ActId, Stamp> {
    let mut heard: BTreeMap<ActId, Stamp> = acts.iter().map(|one| (one.id, one.at)).collect();
    let mut raise = |of: &ActId, at: Stamp| {
        if let Some(known) = heard.get_mut(of) {
            *known = at.max(*known);
        }
    };
    for one in acts {
        match &one.act.body {
            Body::Ended { start, .. } => raise(start, one.at),
            Body::Added { to, .. } => raise(to, one.at),
            Body::Struck { of, .. } => raise(of, one.at),
            Body::TaskDone { task, .. } => raise(task, one.at),
            Body::DoseReviewed { doses, .. } => doses.iter().for_each(|dose| raise(dose, one.at)),
            Body::Wound(wound) => wound.of.iter().for_each(|of| raise(of, one.at)),
            _ => {}
        }
    }
    let newest =
        |ids: &[ActId], heard: &BTreeMap<ActId, Stamp>| ids.iter().filter_map(|id| heard.get(id)).max().copied();
    for double in &log.double_doses {
        let last = newest(&double.doses, &heard);
        for dose in &double.doses {
            heard.extend(last.map(|last| (*dose, last)));
        }
    }
    heard
}

struct Made<'a> {
    person: PersonId,
    subject: Value,
    log: &'a Log,
    heard: BTreeMap<ActId, Stamp>,
    acts: BTreeMap<ActId, &'a Act>,
    is_here: &'a dyn Fn(PhotoId) -> bool,
    resources: Vec<Resource>,
}

/// Bytes as part of an id: 26 letters for an act.
fn letters(bytes: &[u8]) -> String {
    BASE32_NOPAD.encode(bytes).to_ascii_lowercase()
}

/// The id of a photograph's Binary: as many of its hash's bytes as an id has room for, which within one person's are enough.
pub fn binary_id(person: PersonId, photo: PhotoId) -> String {
    format!("{person}-{}", letters(&photo.as_bytes()[..15]))
}

/// The photographs that stand with somebody's visits: for finding one by its Binary's id.
pub fn photos(acts: &[Received]) -> impl Iterator<Item = &record::visit::Photo> {
    acts.iter().flat_map(|one| one.act.photos())
}

impl Made<'_> {
    fn id(&self, act: ActId, part: &str) -> String {
        format!("{}-{}{part}", self.person, letters(act.as_bytes()))
    }

    fn reference(&self, kind: &str, act: ActId, part: &str) -> Value {
        json!({ "reference": format!("{kind}/{}", self.id(act, part)) })
    }

    fn heard(&self, act: ActId) -> Stamp {
        self.heard.get(&act).copied().unwrap_or_else(|| Stamp::from_millis(0))
    }

    /// What every resource of an act has. `part` tells several of one act apart.
    fn base(&self, (kind, profile): (&str, Option<&str>), entry: &Entry, part: &str) -> Value {
        let mut made = json!({
            "resourceType": kind,
            "id": self.id(entry.id, part),
            "extension": [{ "url": format!("{OURS}/recorded-on-device"), "valueDateTime": entry.act.at.to_string() }],
        });
        made[if kind == "Task" { "for" } else { "subject" }] = self.subject.clone();
        if kind != "DetectedIssue" {
            made["identifier"] = json!([{ "system": "urn:satchel:act", "value": format!("{}{part}", entry.id) }]);
        }
        if let Some(profile) = profile {
            made["meta"] = json!({ "profile": [format!("{UK_CORE}{profile}")] });
        }
        if entry.act.clock_in_doubt {
            tag(&mut made, "clock-in-doubt");
        }
        made
    }

    /// Additions to it as annotations, and why it was struck through: for resources that have a `note`.
    fn notes(&self, made: &mut Value, entry: &Entry) {
        for (who, at, text) in &entry.added {
            push(made, "note", json!({ "authorString": who, "time": at.to_string(), "text": text }));
        }
        if let Some((reason, at)) = &entry.struck {
            let text = format!("Entered in error: {reason}");
            push(made, "note", json!({ "authorString": entry.act.by.name, "time": at.to_string(), "text": text }));
        }
    }

    fn encounter(&self, entry: &Entry) -> Option<Value> {
        entry.act.visit.map(|visit| self.reference("Encounter", visit, ""))
    }

    fn keep(&mut self, section: Section, of: ActId, made: Value) {
        self.resources.push(Resource::new(section, self.heard(of), made));
    }

    fn entry(&mut self, entry: &Entry) {
        match &entry.act.body {
            Body::Observed { taken, .. } => self.observed(entry, taken),
            Body::Dose(dose) => self.administered(entry, dose),
            Body::DoseReviewed { doses, words } => self.reviewed(entry, doses, words),
            Body::Wound(wound) => self.assessed(entry, wound),
            Body::Started { booking } => self.started(entry, booking),
            Body::NotHome { booking, words } => self.not_home(entry, booking, words),
            Body::Note { text } => self.note(entry, "Note", text),
            Body::Ended { start, summary } if !summary.trim().is_empty() || !entry.added.is_empty() => {
                let of = self.reference("Encounter", *start, "");
                self.note_of(entry, "Summary of the visit", summary, Some(of));
            }
            Body::Hypercapnic { risk, prescriber, basis, .. } => self.risk(entry, *risk, (prescriber, basis)),
            Body::Task { what, who, due } => self.task(entry, what, (*who, *due)),
            Body::Referral { service, reason, urgent } => self.referred(entry, (service, reason), *urgent),
            // Said with what they are about; they have no resource of their own.
            Body::Ended { .. } | Body::TaskDone { .. } | Body::Added { .. } | Body::Struck { .. } => {}
        }
    }
}

/// The status of something that is final unless its author struck it through.
fn status(entry: &Entry, otherwise: &str) -> Value {
    json!(if entry.struck.is_some() { "entered-in-error" } else { otherwise })
}

/// Who did it and for whom: the performers of an Observation.
fn performers(entry: &Entry) -> Value {
    json!([practitioner(&entry.act.by), organisation(&entry.act.by)])
}

/// A text as a note, if there is any.
fn noted(made: &mut Value, label: &str, text: &str) {
    if !text.trim().is_empty() {
        push(made, "note", annotation(&format!("{label}: {text}")));
    }
}

#[cfg(test)]
mod tests;
