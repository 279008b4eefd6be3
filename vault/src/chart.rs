//! A record as read: which frames are fetched, for which sections, and how they become a chart. Written to be the file you imitate when
//! a new kind of content is added: each function that reads takes an [`Admitted`], opens only the compartments that its permit
//! allows, and is called only from `door.admit`.

use crate::door::{Admitted, Answer, Deed, Door};
use crate::fault::VaultFault;
use record::chart::Chart;
use record::consent::{BreakGlass, OverrideReason, Purpose, Request};
use record::section::Compartment;
use record::{PersonId, Sections, SourceId, Stamp};
use rusqlite::OptionalExtension;
use sync::frame::{Folder, Whole};

/// What the screen asks; who asks is the vault's own knowledge.
#[derive(Debug, Clone)]
pub struct ChartAsked {
    pub person: PersonId,
    pub purpose: Purpose,
    pub wants: Sections,
}

/// An override, declared with the PIN given again.
#[derive(Debug, Clone)]
pub struct BreakGlassTerms {
    pub reason: OverrideReason,
    pub text: String,
    pub widened: bool,
}

/// A chart, and the sources it names.
#[derive(Debug)]
pub struct Opened {
    pub chart: Chart,
    pub sources: Vec<SourceId>,
}

/// The request as the door wants it: the actor is the vault's owner.
pub(crate) fn request(door: &Door, asked: &ChartAsked, glass: Option<BreakGlass>) -> Request {
    let actor = door.actor();
    Request {
        subject: asked.person,
        staff: actor.staff.clone(),
        role: actor.role,
        organisation: actor.organisation.ods.clone(),
        purpose: asked.purpose,
        wants: asked.wants,
        break_glass: glass,
    }
}

/// Opens a record.
pub fn open(
    door: &mut Door,
    folder: &mut Folder,
    asked: &ChartAsked,
    glass: Option<BreakGlass>,
    now: Stamp,
) -> Result<Answer<Opened>, VaultFault> {
    let request = request(door, asked, glass);
    door.admit(&request, Deed::Chart, now, |within| fetch(within, folder))
}

/// Opens the resource an item came from, whole. `key` is `Type/id`, or an item's key.
pub fn whole(
    door: &mut Door,
    folder: &mut Folder,
    asked: &ChartAsked,
    key: &str,
    now: Stamp,
) -> Result<Answer<Option<Whole>>, VaultFault> {
    let request = request(door, asked, None);
    let resource = key.split('#').next().unwrap_or(key);
    door.admit(&request, Deed::Source, now, |within| {
        let Some(frame) = frame(within, Compartment::Whole)? else { return Ok(None) };
        Ok(folder.unfold_wholes(&frame)?.into_iter().find(|whole| whole.key == resource))
    })
}

/// Only the compartments that hold a permitted section are read, and only permitted sections are put together.
fn fetch(within: &Admitted<'_>, folder: &mut Folder) -> Result<Opened, VaultFault> {
    let sections = within.permit().sections();
    let mut facts = Vec::new();
    for compartment in [Compartment::Emergency, Compartment::General] {
        // Demographics live in the emergency compartment, so it is always needed.
        let wanted = compartment == Compartment::Emergency || sections.iter().any(|s| s.compartment() == compartment);
        if wanted {
            match frame(within, compartment)? {
                Some(frame) => facts.extend(folder.unfold_facts(&frame)?),
                None if compartment == Compartment::Emergency => return Err(VaultFault::NotCarried),
                None => {}
            }
        }
    }
    let mut sources: Vec<SourceId> = facts.iter().map(|fact| fact.source).collect();
    sources.sort_unstable();
    sources.dedup();
    Ok(Opened { chart: Chart::assemble(facts, sections), sources })
}

/// One frame of the person the permit is for.
fn frame(within: &Admitted<'_>, compartment: Compartment) -> Result<Option<Vec<u8>>, VaultFault> {
    let person = within.permit().subject();
    let sql = "select f.bytes from person p join frame f on f.id = p.id * 4 + ?2 where p.uid = ?1";
    let mut query = within.tx().prepare_cached(sql)?;
    Ok(query.query_row((person.as_bytes(), compartment.number()), |row| row.get(0)).optional()?)
}
