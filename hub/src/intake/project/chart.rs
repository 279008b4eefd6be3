//! A person's facts out of the store: gathers what is held about them and what that refers to, and projects it. With it go the whole
//! resources behind the facts, for "show the source".

use super::json::Json;
use super::{Around, Stored, project};
use crate::intake::admit::unpack_with;
use crate::intake::fhir::head::Target;
use crate::intake::identify::NHS_NUMBER;
use crate::store::people;
use crate::store::resources::{self, Held};
use crate::store::{Store, StoreFault};
use record::patient::Demographics;
use record::summary::{Body, Fact, FactKey, Note};
use record::{SourceId, Stamp};
use rusqlite::Transaction;
use std::collections::{BTreeMap, BTreeSet};

/// A resource as its source sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WholeResource {
    pub key: FactKey,
    pub source: SourceId,
    pub json: String,
}

/// How far references to shared resources are followed: a role names a practitioner and an organisation.
const STEPS: usize = 2;

/// The facts about a person (a row of `person`), and every resource that gave one. A resource that is withheld gives a note and is
/// not among the whole ones; nor is one that would show a protected address.
pub fn chart_facts(store: &mut Store, person: i64, now: Stamp) -> Result<(Vec<Fact>, Vec<WholeResource>), StoreFault> {
    store.read(|tx| facts_of(tx, person, now))
}

/// [`chart_facts`] inside a transaction of the caller.
pub fn facts_of(tx: &Transaction<'_>, person: i64, now: Stamp) -> rusqlite::Result<(Vec<Fact>, Vec<WholeResource>)> {
    let mut unpacker = zstd::bulk::Decompressor::new().map_err(|_| rusqlite::Error::InvalidQuery)?;
    let mut read = |held: Held| Some((unpack_with(&mut unpacker, &held.body)?, held)).map(|(text, held)| (held, text));
    let own: Vec<(Held, String)> = resources::of_person(tx, person)?.into_iter().filter_map(&mut read).collect();
    let mut shared: Vec<(Held, String)> = Vec::new();
    let mut found: BTreeMap<(i64, String), (bool, usize)> = BTreeMap::new();
    for (n, (held, _)) in own.iter().enumerate() {
        for name in names(held) {
            found.entry((held.via, name)).or_insert((true, n));
        }
    }
    let mut wanted: BTreeSet<(i64, String)> = own.iter().flat_map(|(held, json)| references(held.via, json)).collect();
    for _ in 0..STEPS {
        let mut next = BTreeSet::new();
        for (via, reference) in wanted {
            if found.contains_key(&(via, reference.clone())) {
                continue;
            }
            let Some((held, json)) = fetch(tx, via, &reference)?.and_then(&mut read) else { continue };
            next.extend(references(held.via, &json));
            for name in names(&held) {
                found.entry((held.via, name)).or_insert((false, shared.len()));
            }
            found.entry((via, reference)).or_insert((false, shared.len()));
            shared.push((held, json));
        }
        wanted = next;
    }
    let parsed_shared: Vec<Json<'_>> = shared.iter().map(|(_, text)| Json::parse(text).unwrap_or(Json::Null)).collect();
    let keys = keys(&own);
    let stored: Vec<Stored<'_>> = own
        .iter()
        .zip(keys)
        .map(|((held, text), key)| Stored {
            via: held.via,
            source: SourceId(u32::try_from(held.source).unwrap_or(0)),
            kind: &held.kind,
            rid: &held.rid,
            key,
            json: Json::parse(text).unwrap_or(Json::Null),
        })
        .collect();
    let mut around = Around::default();
    for ((via, reference), (is_own, n)) in found {
        let json = if is_own { stored.get(n).map(|s| &s.json) } else { parsed_shared.get(n) };
        if let Some(json) = json {
            around.add(via, reference, json);
        }
    }
    let mut facts = project(&stored, &around, now);
    for fact in &mut facts {
        if let Body::Demographics(demographics) = &mut fact.body {
            own_number(tx, person, demographics)?;
        }
    }
    let whole = whole(&facts, &stored, &own, &around);
    Ok((facts, whole))
}

/// A number that the hub holds as somebody else's, by a person's ruling, is not shown as this one's.
fn own_number(tx: &Transaction<'_>, person: i64, demographics: &mut Demographics) -> rusqlite::Result<()> {
    let Some(number) = demographics.nhs_number else { return Ok(()) };
    let holders = people::holders(tx, NHS_NUMBER, &number.digits())?;
    if !holders.is_empty() && holders.iter().all(|(holder, _)| *holder != person) {
        demographics.nhs_number = None;
        demographics.nhs_number_verified = false;
        demographics
            .also
            .push(("NHS number".to_owned(), "the one that this source sends is somebody else's".to_owned()));
    }
    Ok(())
}

/// Whether any source keeps this person's whereabouts from everybody (PDS S-flag): their own record of the person is labelled.
pub fn is_protected(tx: &Transaction<'_>, person: i64) -> rusqlite::Result<bool> {
    let mut unpacker = zstd::bulk::Decompressor::new().map_err(|_| rusqlite::Error::InvalidQuery)?;
    let own = resources::of_person(tx, person)?;
    Ok(own.iter().filter(|held| held.kind == "Patient").any(|held| {
        let text = unpack_with(&mut unpacker, &held.body);
        text.as_deref().and_then(Json::parse).is_some_and(|json| super::withheld::is_labelled(&json))
    }))
}

/// What a resource may be referred to by: `Kind/rid`, and its bare id (for `urn:uuid`).
fn names(held: &Held) -> [String; 2] {
    [format!("{}/{}", held.kind, held.rid), held.rid.clone()]
}

/// One key per resource, unique for the person: two feeds may use the same id.
fn keys(own: &[(Held, String)]) -> Vec<FactKey> {
    let mut seen = BTreeSet::new();
    let key = |held: &Held| {
        let plain = format!("{}/{}", held.kind, held.rid);
        if seen.insert(plain.clone()) { FactKey(plain) } else { FactKey(format!("{plain}~{}", held.via)) }
    };
    own.iter().map(|(held, _)| held).map(key).collect()
}

/// Every reference in a resource, as [`Around`] knows them. Reads the text directly: `"reference"` followed by a string.
fn references(via: i64, json: &str) -> Vec<(i64, String)> {
    let mut all = Vec::new();
    for (at, _) in json.match_indices("\"reference\"") {
        let rest = json.get(at + 11..).unwrap_or_default().trim_start();
        let quoted = rest.strip_prefix(':').and_then(|r| r.trim_start().strip_prefix('"'));
        let Some(text) = quoted.and_then(|q| q.split('"').next()) else { continue };
        match Target::parse(text) {
            Some(Target::Urn(urn)) => all.push((via, urn.strip_prefix("urn:uuid:").unwrap_or(&urn).to_owned())),
            Some(target @ (Target::Local { .. } | Target::Identified { .. })) => all.push((via, target.store())),
            _ => {}
        }
    }
    all
}

/// A shared resource by a reference. People's other resources are never fetched: only those about nobody.
fn fetch(tx: &Transaction<'_>, via: i64, reference: &str) -> rusqlite::Result<Option<Held>> {
    const SHARED: [&str; 8] = [
        "Practitioner",
        "Organization",
        "PractitionerRole",
        "Location",
        "Medication",
        "HealthcareService",
        "Substance",
        "Device",
    ];
    match Target::parse(reference) {
        Some(Target::Local { kind, rid }) if SHARED.contains(&kind) => {
            resources::shared(tx, resources::Key { via, kind, rid: &rid })
        }
        Some(Target::Identified { kind: Some(kind), system, value }) if SHARED.contains(&kind) => {
            resources::by_key(tx, kind, &system, &value)
        }
        // The bare id of a `urn:uuid`: any of the shared kinds.
        None => {
            for kind in SHARED {
                let found = resources::shared(tx, resources::Key { via, kind, rid: reference })?;
                if found.is_some() {
                    return Ok(found);
                }
            }
            Ok(None)
        }
        _ => Ok(None),
    }
}

fn whole(facts: &[Fact], stored: &[Stored<'_>], own: &[(Held, String)], around: &Around<'_>) -> Vec<WholeResource> {
    let withheld = |f: &Fact| matches!(&f.body, Body::Note(_, Note::Absent(record::summary::Absence::Withheld)));
    let gave: BTreeSet<&str> = facts.iter().filter(|f| !withheld(f)).map(|f| f.key.resource()).collect();
    let protected = facts.iter().any(|f| matches!(&f.body, Body::Demographics(d) if d.location_protected));
    let shows_place = |kind: &str| matches!(kind, "Patient" | "RelatedPerson" | "Encounter" | "Appointment");
    stored
        .iter()
        .zip(own)
        .filter(|(s, _)| gave.contains(s.key.0.as_str()) && !(protected && shows_place(s.kind)))
        .filter(|(s, _)| !super::names_withheld(s, around))
        .map(|(s, (_, json))| WholeResource { key: s.key.clone(), source: s.source, json: json.clone() })
        .collect()
}
