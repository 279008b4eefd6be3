//! A record as read: which frames are fetched, for which sections, and how they become a chart. Written to be the file you imitate when
//! a new kind of content is added: each function that reads takes an [`Admitted`], opens only the compartments that its permit
//! allows, and is called only from `door.admit`.

use crate::aging;
use crate::door::{Admitted, Answer, Deed, Door};
use crate::fault::VaultFault;
use crate::plans;
use crate::seal::PersonKey;
use record::chart::Chart;
use record::consent::{BreakGlass, Pack, Purpose, Request};
use record::plan::{Decided, Told};
use record::section::Compartment;
use record::summary::{Body, Fact};
use record::{PersonId, Sections, SourceId, Stamp};
use rusqlite::OptionalExtension;
use std::collections::BTreeSet;
use std::sync::Arc;
use sync::frame::{DEVICE_LEVEL, Dictionary, Folder, Whole, facts_from_bytes, wholes_from_bytes};

/// What the screen asks; who asks is the vault's own knowledge.
#[derive(Debug, Clone)]
pub struct ChartAsked {
    pub person: PersonId,
    pub purpose: Purpose,
    pub wants: Sections,
}

/// A record let out: the facts of the compartments its permit opens, not yet put together. Nothing slow is done while the vault's one
/// writer is held, and what is put together after can only be less than what was let out.
#[derive(Debug)]
pub struct Opened {
    facts: Vec<Vec<u8>>,
    sections: Sections,
    expired: BTreeSet<SourceId>,
    /// The stored view of the person's plan, where it lies open here.
    plan: Option<Vec<u8>>,
}

impl Opened {
    /// What the shared plan says of matters of the record, within the permitted sections: the plan here, or what was sealed of it.
    pub fn decided(&self) -> Result<Vec<Decided>, VaultFault> {
        if let Some(plan) = &self.plan {
            return plans::decided(plan, self.sections);
        }
        let open = |one: &Decided| one.topic.section().is_some_and(|section| self.sections.has(section));
        let mut said = Vec::new();
        for facts in &self.facts {
            said.extend(facts_from_bytes(facts)?.iter().filter_map(Decided::unsealed).filter(open));
        }
        Ok(said)
    }

    /// What the shared plan holds for an emergency, within the permitted sections. It stays when the view is widened: the plan itself is not opened by a
    /// broken glass.
    pub fn told(&self) -> Result<Vec<Told>, VaultFault> {
        if let Some(plan) = &self.plan {
            return plans::told(plan, self.sections);
        }
        let mut told = Vec::new();
        for facts in &self.facts {
            let all = facts_from_bytes(facts)?;
            told.extend(all.iter().filter_map(Told::unsealed).filter(|one| self.sections.has(one.section)));
        }
        Ok(told)
    }

    /// The chart of the permitted sections, and the sources it names.
    pub fn assemble(&self) -> Result<(Chart, Vec<SourceId>), VaultFault> {
        let mut found = Vec::new();
        for facts in &self.facts {
            let of_plan = |fact: &Fact| Decided::unsealed(fact).is_some() || Told::unsealed(fact).is_some();
            found.extend(facts_from_bytes(facts)?.into_iter().filter(|fact| !of_plan(fact)));
        }
        let facts = aging::without(found, &self.expired);
        let mut sources: Vec<SourceId> = facts.iter().map(|fact| fact.source).collect();
        sources.sort_unstable();
        sources.dedup();
        Ok((Chart::assemble(facts, self.sections), sources))
    }
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

/// What an override brings to a look: the declaration, and the key of the person's sealed content.
pub(crate) type Glass<'k> = (Option<BreakGlass>, Option<&'k PersonKey>);

/// How content is turned into facts: the dictionary, the key if it is sealed, and which sources' time is up.
pub(crate) struct Means<'m> {
    folder: &'m mut Folder,
    key: Option<&'m PersonKey>,
    pack: Option<Arc<Pack>>,
    checked: Option<Stamp>,
    now: Stamp,
}

/// Opens a record.
pub(crate) fn open(
    door: &mut Door,
    folder: &mut Folder,
    asked: &ChartAsked,
    (glass, key): Glass<'_>,
    now: Stamp,
) -> Result<Answer<Opened>, VaultFault> {
    let request = request(door, asked, glass);
    let mut means = means(door, folder, key, now);
    door.admit(&request, Deed::Chart, now, |within| {
        let plan = plans::lying(within, within.permit().subject())?;
        Ok(Opened { plan, ..fetch(within, &mut means)? })
    })
}

/// Opens the resource an item came from, whole. `key` is `Type/id`, or an item's key.
pub(crate) fn whole(
    door: &mut Door,
    folder: &mut Folder,
    (asked, key): (&ChartAsked, &str),
    (glass, seal): Glass<'_>,
    now: Stamp,
) -> Result<Answer<Option<Whole>>, VaultFault> {
    let request = request(door, asked, glass);
    let resource = key.split('#').next().unwrap_or(key);
    let mut means = means(door, folder, seal, now);
    door.admit(&request, Deed::Source, now, |within| {
        // Where only some sections are open, only what they were read from is.
        if within.permit().sections() != Sections::ALL {
            let open = within.permit().sections();
            let mut held = facts(within, &mut means, Compartment::Emergency)?.unwrap_or_default();
            held.extend(facts(within, &mut means, Compartment::General)?.unwrap_or_default());
            let inside = held.iter().any(|fact| match &fact.body {
                Body::Item(section, _) | Body::Note(section, _) => {
                    fact.key.resource() == resource && open.has(*section)
                }
                Body::Demographics(_) => false,
            });
            if !inside {
                return Ok(None);
            }
        }
        let expired = means.expired(within)?;
        let Some(bytes) = bytes(within, &mut means, Compartment::Whole)? else { return Ok(None) };
        let found = wholes_from_bytes(&bytes)?.into_iter().find(|whole| whole.key == resource);
        Ok(found.filter(|whole| !expired.contains(&whole.source)))
    })
}

pub(crate) fn means<'m>(door: &Door, folder: &'m mut Folder, key: Option<&'m PersonKey>, now: Stamp) -> Means<'m> {
    let told = door.told();
    Means { folder, key, pack: told.pack.clone(), checked: told.checked, now: door.moment(now).0 }
}

impl Means<'_> {
    /// When the hub last confirmed what this device knows.
    pub(crate) const fn checked(&self) -> Option<Stamp> {
        self.checked
    }

    fn expired(&self, within: &Admitted<'_>) -> Result<BTreeSet<SourceId>, VaultFault> {
        match &self.pack {
            Some(pack) => aging::expired(within.tx(), pack, self.checked, self.now),
            None => Ok(BTreeSet::new()),
        }
    }
}

/// Only the compartments that hold a permitted section are read.
pub(crate) fn fetch(within: &Admitted<'_>, means: &mut Means<'_>) -> Result<Opened, VaultFault> {
    let sections = within.permit().sections();
    let mut facts = Vec::new();
    for compartment in [Compartment::Emergency, Compartment::General] {
        // Demographics live in the emergency compartment, so it is always needed.
        let wanted = compartment == Compartment::Emergency || sections.iter().any(|s| s.compartment() == compartment);
        if wanted {
            match bytes(within, means, compartment)? {
                Some(bytes) => facts.push(bytes),
                None if compartment == Compartment::Emergency => return Err(VaultFault::NotCarried),
                None => {}
            }
        }
    }
    Ok(Opened { facts, sections, expired: means.expired(within)?, plan: None })
}

fn facts(
    within: &Admitted<'_>,
    means: &mut Means<'_>,
    compartment: Compartment,
) -> Result<Option<Vec<Fact>>, VaultFault> {
    Ok(bytes(within, means, compartment)?.map(|bytes| facts_from_bytes(&bytes)).transpose()?)
}

/// One compartment of the person the permit is for, unfolded: under the vault's key, or sealed and the key at hand.
fn bytes(
    within: &Admitted<'_>,
    means: &mut Means<'_>,
    compartment: Compartment,
) -> Result<Option<Vec<u8>>, VaultFault> {
    let person = within.permit().subject();
    let sql = "select f.bytes from person p join frame f on f.id = p.id * 4 + ?2 where p.uid = ?1";
    let mut query = within.tx().prepare_cached(sql)?;
    let open: Option<Vec<u8>> =
        query.query_row((person.as_bytes(), compartment.number()), |row| row.get(0)).optional()?;
    if let Some(frame) = open {
        return Ok(Some(means.folder.unfold_frame(compartment, &frame)?));
    }
    let sql = "select s.ephemeral, s.bytes from person p join sealed s on s.id = p.id * 4 + ?2 where p.uid = ?1";
    let mut query = within.tx().prepare_cached(sql)?;
    let sealed: Option<([u8; 32], Vec<u8>)> =
        query.query_row((person.as_bytes(), compartment.number()), |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let Some((ephemeral, sealed)) = sealed else { return Ok(None) };
    let key = means.key.filter(|key| key.ephemeral == ephemeral).ok_or(VaultFault::Sealed)?;
    let frame = key.open(compartment, person, &sealed)?;
    Ok(Some(Folder::new(Dictionary::none(), DEVICE_LEVEL).unfold_frame(compartment, &frame)?))
}
