//! Reading a bag through the door: the notes here, worked out; and what of the record and plan there is to lay in, as far as the permit goes.

use super::{BagAsked, Beside, EndedBags, OpenedBag, Received, carry, grant, keep, leave};
use crate::chart::{self, ChartAsked, Means};
use crate::door::{Admitted, Answer, Deed, Door};
use crate::fault::VaultFault;
use crate::visits::{self, Draft, photos};
use crate::{plans, receipts};
use record::audit::BagDeed;
use record::bag::belongings::FORM;
use record::bag::file::Kind;
use record::bag::prefill::{From, Laid, lay};
use record::bag::{Bag, BagFault, BagId, Header, State};
use record::consent::Request;
use record::feed::Listing;
use record::people::Actor;
use record::summary::Source;
use record::visit::{Photo, PhotoId};
use record::{PersonId, Sections, SourceId, Stamp};
use rusqlite::{Connection, OptionalExtension};
use std::collections::BTreeMap;
use sync::frame::Folder;

pub(super) fn request(door: &Door, asked: &BagAsked) -> Request {
    chart::request(door, &ChartAsked { person: asked.person, purpose: asked.purpose, wants: Sections::ALL }, None)
}

/// The person's bag as it stands.
pub(crate) fn look(
    door: &mut Door,
    folder: &mut Folder,
    asked: &BagAsked,
    now: Stamp,
) -> Result<Answer<OpenedBag>, VaultFault> {
    let request = request(door, asked);
    let id = door.glance(|conn| Ok(current(conn, asked.person)?.map(|bag| bag.id)))?;
    let mut means = chart::means(door, folder, None, now);
    let (actor, at) = (door.actor().clone(), door.moment(now).0);
    door.admit(&request, Deed::Bag(BagDeed::Looked, id), now, |within| {
        opened(within, &mut means, &actor, asked.person, at)
    })
}

/// A file of the person's bag, if it is here; if not, the next posts ask for it. Each look is an entry, and so is each time one was asked for
/// in vain. What no note of the bag names is not shown.
pub(crate) fn file(
    door: &mut Door,
    (asked, file): (&BagAsked, PhotoId),
    now: Stamp,
) -> Result<Answer<Option<Vec<u8>>>, VaultFault> {
    let request = request(door, asked);
    let (bag, here) = door.glance(|conn| {
        let bag = last_or_current(conn, asked.person)?.map(|bag| bag.id);
        Ok((bag, photos::begins(conn, asked.person, file)?.map(|begins| Kind::of(&begins))))
    })?;
    // A picture is shown here; a document leaves the device as a copy, for no screen of ours shows one.
    let deed = match here {
        Some(Some(Kind::Pdf)) => BagDeed::FileSaved,
        Some(_) => BagDeed::FileShown,
        None => BagDeed::FileAsked,
    };
    door.admit(&request, Deed::Bag(deed, bag), now, |within| {
        let bag = last_or_current(within.tx(), asked.person)?;
        let named = bag.and_then(|bag| bag.file(file));
        let taken = |(form, photo): &(String, Photo)| form.starts_with(FORM) && photo.id == file;
        if named.is_none() && !photos::drafts(within.tx(), asked.person)?.iter().any(taken) {
            return Err(VaultFault::Bag(BagFault::Unknown));
        }
        let found = photos::bytes(within.tx(), asked.person, file)?;
        if let (None, Some(named)) = (&found, named) {
            photos::want(within.tx(), asked.person, (named.id, named.length))?;
        }
        Ok(found)
    })
}

/// The bag that is on its way or being prepared; a closed one is history. Of several, begun apart by people who did not know of each other, the
/// one that has left its home, and then the newest: [`others`] are named beside it.
pub(super) fn current(conn: &Connection, person: PersonId) -> Result<Option<Bag>, VaultFault> {
    Ok(open(conn, person)?.into_iter().next())
}

/// Open bags of this person besides the one that is shown.
pub(super) fn others(conn: &Connection, person: PersonId) -> Result<Vec<Bag>, VaultFault> {
    Ok(open(conn, person)?.into_iter().skip(1).collect())
}

fn open(conn: &Connection, person: PersonId) -> Result<Vec<Bag>, VaultFault> {
    let mut all = Vec::new();
    for id in keep::bags_of(conn, person)? {
        let bag = keep::bag(conn, id)?;
        all.extend(bag.filter(|bag| bag.custody.state().is_none_or(|state| !state.is_over())));
    }
    all.sort_by_key(|bag| bag.custody.state().is_some_and(State::is_at_home));
    Ok(all)
}

/// The one that is open; else the last one, which stays to be read, and its belongings to be counted, until another begins.
pub(super) fn last_or_current(conn: &Connection, person: PersonId) -> Result<Option<Bag>, VaultFault> {
    match current(conn, person)? {
        None => Ok(keep::bags_of(conn, person)?.first().map(|id| keep::bag(conn, *id)).transpose()?.flatten()),
        open => Ok(open),
    }
}

pub(super) fn opened(
    within: &Admitted<'_>,
    means: &mut Means<'_>,
    actor: &Actor,
    person: PersonId,
    at: Stamp,
) -> Result<OpenedBag, VaultFault> {
    let conn = within.tx();
    let bag = last_or_current(conn, person)?;
    let found = found(within, means, actor, person, bag.as_ref())?;
    let mut shown = OpenedBag {
        carried: found.is_some(),
        laid: found.map(|(_, laid)| laid).unwrap_or_default(),
        vouched: Vec::new(),
        waiting: 0,
        refused: Vec::new(),
        files: photos::places(conn, person)?,
        asks: carry::asks(conn, &actor.organisation.ods)?,
        taken: photos::drafts(conn, person)?.into_iter().filter(|(form, _)| form.starts_with(FORM)).collect(),
        drafts: visits::drafts(conn, person)?.into_iter().filter_map(typed).collect(),
        seen: match &bag {
            Some(bag) => receipts::bag_seen(conn, person, bag.id)?,
            None => Vec::new(),
        },
        others: others(conn, person)?.into_iter().map(Beside::of).collect(),
        leaves: leave::leaves(conn, person)?,
        at,
        bag: None,
    };
    if let Some(bag) = &bag {
        for kept in keep::notes(conn, bag.id)? {
            if kept.vouch == keep::Vouch::Giver {
                shown.vouched.push(kept.sheet.note.id);
            }
            match kept.refused {
                Some(why) => shown.refused.push((kept.sheet.note.id, why)),
                None => shown.waiting += u64::from(kept.unsent),
            }
        }
    }
    Ok(OpenedBag { bag, ..shown })
}

/// The one text of a bag's field, as it was left.
fn typed(draft: Draft) -> Option<(String, String)> {
    let text = draft.fields.into_iter().next()?.1;
    Some((draft.form, text)).filter(|(form, _)| form.starts_with("bag-"))
}

/// What there is to lay in; `None` where the record is not on this device.
pub(super) fn found(
    within: &Admitted<'_>,
    means: &mut Means<'_>,
    actor: &Actor,
    person: PersonId,
    bag: Option<&Bag>,
) -> Result<Option<(Header, Laid)>, VaultFault> {
    let Some(listing) = listing(within.tx(), person)? else { return Ok(None) };
    let opened = match chart::fetch(within, means) {
        Ok(opened) => opened,
        Err(VaultFault::NotCarried) => return Ok(None),
        Err(fault) => return Err(fault),
    };
    let header = bag.map_or_else(|| header(&listing, actor), |bag| bag.header.clone());
    let plan = plans::view_within(within, person)?;
    let (chart, sources) = opened.assemble()?;
    let names = names(within.tx(), &sources)?;
    let source = |id: SourceId| names.get(&id).cloned().unwrap_or_else(|| "Another source".to_owned());
    let last = last(within.tx(), person, bag.map(|bag| bag.id))?;
    let visit = visits::newest_signs(within, person)?;
    let from = From {
        header: &header,
        chart: &chart,
        plan: plan.as_ref(),
        register: means.checked(),
        visit: visit.as_ref(),
        source: &source,
        last: &last,
    };
    let laid = lay(from);
    Ok(Some((header, laid)))
}

/// What people wrote in the bag before this one.
fn last(
    conn: &Connection,
    person: PersonId,
    but: Option<BagId>,
) -> Result<Vec<(record::bag::BagSection, record::bag::ItemId, String, record::When)>, VaultFault> {
    for id in keep::bags_of(conn, person)?.into_iter().filter(|id| Some(*id) != but) {
        if let Some(bag) = keep::bag(conn, id)? {
            return Ok(bag.lasting());
        }
    }
    Ok(Vec::new())
}

fn listing(conn: &Connection, person: PersonId) -> Result<Option<Listing>, VaultFault> {
    let sql = "select l.row from listing l join person p using (id) where p.uid = ?1";
    let json: Option<String> = conn.prepare_cached(sql)?.query_row([person.as_bytes()], |row| row.get(0)).optional()?;
    json.map(|json| serde_json::from_str(&json).map_err(|_| VaultFault::Corrupt { what: "listing" })).transpose()
}

fn header(listing: &Listing, actor: &Actor) -> Header {
    Header {
        person: listing.person,
        banner: listing.banner.clone(),
        family: listing.family.clone(),
        given: listing.given.clone(),
        born: listing.born.clone(),
        gender: listing.gender,
        nhs_number: listing.nhs_number,
        nhs_number_verified: listing.nhs_number_verified,
        home: actor.organisation.clone(),
        tracker: String::new(),
    }
}

fn names(conn: &Connection, wanted: &[SourceId]) -> Result<BTreeMap<SourceId, String>, VaultFault> {
    let mut query = conn.prepare_cached("select body from source where id = ?1")?;
    let mut names = BTreeMap::new();
    for id in wanted {
        let body: Option<String> = query.query_row([id.0], |row| row.get(0)).optional()?;
        let Some(body) = body else { continue };
        let source: Source = serde_json::from_str(&body).map_err(|_| VaultFault::Corrupt { what: "source" })?;
        names.insert(*id, source.organisation.name);
    }
    Ok(names)
}

/// Bags that came to this device by hand, for the list: names only, as on a list of people; and what ended of them by itself.
pub(crate) fn received(door: &mut Door, now: Stamp) -> Result<(Vec<Received>, Option<EndedBags>), VaultFault> {
    door.errand(now, |errand| {
        leave::lapse(errand)?;
        let mut list = Vec::new();
        // Of those without a banner only the hub's rules are here.
        for (person, banner) in grant::all(errand.tx())?.into_iter().filter(|(_, banner)| !banner.is_empty()) {
            let bag = current(errand.tx(), person)?;
            let state = bag.and_then(|bag| bag.custody.state()).unwrap_or(State::Released);
            list.push(Received { person, banner, state });
        }
        if !list.is_empty() {
            errand.log(record::audit::Event::Listed { shown: list.len() as u64, searched: false })?;
        }
        Ok((list, leave::ended(errand.tx(), errand.now())?))
    })
}
