//! Which bags concern which hospital: those on their way to it, and those it has. A bag that names no hospital concerns each: an ambulance
//! takes people where there is room. Not whether anybody may look: that is the door's, by what the person chose.

use super::bag;
use crate::store::bags as rows;
use crate::store::{officers, prealerts};
use record::bag::{Bag, BagId, BagSection, Holding, Party, Said, State};
use record::consent::Relationship;
use record::people::{Actor, Organisation, Role};
use rusqlite::Transaction;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// The organisations that have somebody at the ward's pages, and those registered besides as receiving bags.
pub struct Hospitals(Vec<Organisation>);

impl Hospitals {
    pub fn load(tx: &Transaction<'_>) -> rusqlite::Result<Hospitals> {
        let caring = |actor: &Actor| matches!(actor.role, Role::RegulatedClinician | Role::CareStaff);
        let all = officers::all_known(tx)?.into_iter().filter(caring).map(|actor| actor.organisation);
        let mut all: Vec<Organisation> = all.chain(prealerts::receivers(tx)?).collect();
        all.sort_by(|a, b| a.ods.cmp(&b.ods));
        all.dedup_by(|a, b| a.ods == b.ods);
        Ok(Hospitals(all))
    }

    /// Those that a text names, by name or by code.
    fn named<'a>(&'a self, text: &'a str) -> impl Iterator<Item = &'a Organisation> {
        let lower = text.to_lowercase();
        self.0.iter().filter(move |of| {
            let words = || text.split(|c: char| !c.is_ascii_alphanumeric());
            lower.contains(&of.name.to_lowercase()) || words().any(|word| word == of.ods.as_str())
        })
    }

    /// Whether a bag concerns this organisation now: it has it, or it is on its way and is not sent to another.
    pub fn concerns(&self, bag: &Bag, ours: &Organisation) -> bool {
        bag.custody.holdings().iter().any(|holding| {
            // A bag that is missing goes on where its person goes; a death on the way is the hospital's to know, until the home closes the bag.
            let where_they_are = if holding.state == State::BagMissing { holding.before } else { holding.state };
            let on_its_way = matches!(where_they_are, State::Released | State::Accepted | State::Died);
            let over = holding.state.is_over() || holding.state.is_at_home();
            !over && (has(holding, ours) || (on_its_way && self.is_sent(bag, ours)))
        })
    }

    /// It names this hospital, or none that is known here.
    fn is_sent(&self, bag: &Bag, ours: &Organisation) -> bool {
        let named = self.sent_to(bag);
        bag.released().is_some() && (named.is_empty() || named.iter().any(|of| of.ods == ours.ods))
    }

    /// The hospitals that a released bag names: on its distribution list, or as the place of a passage.
    pub(super) fn sent_to(&self, bag: &Bag) -> Vec<Organisation> {
        let Some((_, contents)) = bag.released() else { return Vec::new() };
        let lines = contents.section(BagSection::Distribution).iter().map(|entry| entry.text.as_str());
        let places = bag.passages.iter().filter_map(|note| match &note.said {
            Said::Passed(passage) => Some(passage.place.as_str()),
            _ => None,
        });
        let mut named: Vec<Organisation> = lines.chain(places).flat_map(|text| self.named(text)).cloned().collect();
        named.sort_by(|a, b| a.ods.cmp(&b.ods));
        named.dedup_by(|a, b| a.ods == b.ods);
        named
    }
}

/// Somebody of this organisation has it.
fn has(holding: &Holding, ours: &Organisation) -> bool {
    match &holding.holder {
        Party::Known(author) => author.ods == ours.ods,
        Party::Typed { organisation, .. } => organisation.eq_ignore_ascii_case(&ours.name),
    }
}

/// What ties somebody to the person whose bag this is: whoever receives a person from those who care for them has to do with them
/// (`reference/consent.md` section 6).
pub fn tie(tx: &Transaction<'_>, by: &Actor, id: BagId) -> rusqlite::Result<Option<Relationship>> {
    let Some(bag) = bag(tx, id)? else { return Ok(None) };
    let concerned = Hospitals::load(tx)?.concerns(&bag, &by.organisation);
    Ok(concerned.then_some(Relationship::Established))
}

/// Bags known to be at their home or over, each as of its newest note: what comes later is looked at again.
#[derive(Debug, Default)]
pub struct AtRest(Mutex<HashMap<BagId, u64>>);

impl AtRest {
    fn is(&self, id: BagId, newest: u64) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&id) == Some(&newest)
    }

    fn keep(&self, id: BagId, newest: u64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id, newest);
    }
}

/// Bags that concern this organisation, all of them, the newest movement first.
pub fn of(tx: &Transaction<'_>, at_rest: &AtRest, ours: &Organisation) -> rusqlite::Result<Vec<Bag>> {
    let hospitals = Hospitals::load(tx)?;
    let mut found = Vec::new();
    for (id, newest) in rows::newest_of_each(tx)? {
        if at_rest.is(id, newest) {
            continue;
        }
        let Some(bag) = bag(tx, id)? else { continue };
        if bag.custody.holdings().iter().all(|holding| holding.state.is_over() || holding.state.is_at_home()) {
            at_rest.keep(id, newest);
        } else if hospitals.concerns(&bag, ours) {
            found.push(bag);
        }
    }
    found.sort_by_key(|bag| std::cmp::Reverse(bag.custody.holdings().iter().map(|holding| holding.since).max()));
    Ok(found)
}
