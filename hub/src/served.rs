//! What a partner's system may be given of one person as FHIR, put together: the shared care plan, what was done at visits, the choice about sharing.
//! Reads only under a permit of the door's and gives only what its sections open. Not here: the asking and the answering (`crate::partner`), nor
//! what other organisations' systems sent: they give that themselves.

use crate::fhir::Resource;
use crate::fhir_consent::write::{Whose, resources as consents};
use crate::store::{consent, people, plans as plan_rows, visits as visit_rows};
use crate::visits::fhir::Received;
use crate::{photos, plans, visits};
use record::consent::Permit;
use record::people::Organisation;
use record::visit::{Act, PhotoId};
use record::{Section, Stamp};
use rusqlite::Transaction;

/// The section of the record that each resource of a plan belongs to.
const PLAN: Section = Section::Plans;

/// Everything there is for this permit, in no order.
pub fn of(tx: &Transaction<'_>, row: i64, permit: &Permit, hub: &Organisation) -> rusqlite::Result<Vec<Resource>> {
    let (person, sections) = (permit.subject(), permit.sections());
    let number = people::number_of(tx, row)?;
    let mut all = Vec::new();
    if sections.has(PLAN)
        && let Some(plan) = plans::read(tx, row, permit)?
    {
        let updated = plan_rows::newest(tx, row)?.or(plan.updated).unwrap_or_else(|| Stamp::from_millis(0));
        let made = plans::fhir::resources(person, number, &plan);
        all.extend(made.into_iter().map(|value| Resource::new(PLAN, updated, value)));
    }
    let acts = acts(tx, row)?;
    let mut here = Vec::new();
    for photo in visits::fhir::photos(&acts) {
        if photos::is_held(tx, row, photo.id)? {
            here.push(photo.id);
        }
    }
    let made = visits::fhir::resources(person, number, &acts, &|id| here.contains(&id));
    all.extend(made.into_iter().filter(|resource| sections.has(resource.section)));
    // Whoever may see anything may see by what choice.
    if let Some(current) = consent::history(tx, row)?.pop() {
        let updated = current.received;
        let made = consents(&Whose { person, number }, &current, hub);
        all.extend(made.into_iter().map(|value| Resource::new(Section::Other, updated, value)));
    }
    Ok(all)
}

/// What was done for a person, as signed, each with when the hub had it.
pub fn acts(tx: &Transaction<'_>, row: i64) -> rusqlite::Result<Vec<Received>> {
    let read = |(signed, at): (record::visit::SignedAct, Stamp)| {
        Act::from_bytes(&signed.bytes).ok().map(|act| Received { id: signed.id(), act, at })
    };
    Ok(visit_rows::received(tx, row)?.into_iter().filter_map(read).collect())
}

/// The photograph that a Binary's id names, if it stands with a visit of theirs and is here whole.
pub fn photograph(tx: &Transaction<'_>, row: i64, permit: &Permit, id: &str) -> rusqlite::Result<Option<Photograph>> {
    if !permit.sections().has(Section::Documents) {
        return Ok(None);
    }
    let acts = acts(tx, row)?;
    let named = visits::fhir::photos(&acts).find(|photo| visits::fhir::binary_id(permit.subject(), photo.id) == id);
    let Some(named) = named else { return Ok(None) };
    let bytes = photos::held(tx, row, named.id)?;
    Ok(bytes.map(|bytes| Photograph { id: named.id, mime: named.mime.code(), bytes }))
}

/// A photograph as it was signed.
pub struct Photograph {
    pub id: PhotoId,
    pub mime: &'static str,
    pub bytes: Vec<u8>,
}
