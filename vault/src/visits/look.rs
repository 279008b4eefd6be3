//! Reading visits through the door: acts with the parts of the record a visit needs, in one admission; and how to get in, which is an
//! entry of its own.

use super::{AccessNotes, OpenedVisits, VisitAsked, keep, photos, wanted};
use crate::chart::{self, ChartAsked, Means, request};
use crate::door::{Admitted, Answer, Deed, Door};
use crate::fault::VaultFault;
use crate::{plans, receipts};
use record::audit::VisitDeed;
use record::chart::{Chart, Content};
use record::consent::Request;
use record::plan::Topic;
use record::section::Section;
use record::summary::{Detail, Item, Standing};
use record::visit::access::Access;
use record::visit::{ActFault, Body, Log, PhotoId};
use record::{ChainId, PersonId, Stamp};
use sync::frame::Folder;
use sync::seen::Of;

/// The visits of one person.
pub(crate) fn open(
    door: &mut Door,
    folder: &mut Folder,
    asked: &VisitAsked,
    now: Stamp,
) -> Result<Answer<OpenedVisits>, VaultFault> {
    let request = visit_request(door, asked);
    let known_at = door.told().checked;
    let own = door.chain().clone();
    let mut means = chart::means(door, folder, None, now);
    door.admit(&request, Deed::Visit(VisitDeed::Looked), now, |within| {
        opened(within, &mut means, (asked.person, &own), known_at)
    })
}

pub(super) fn opened(
    within: &Admitted<'_>,
    means: &mut Means<'_>,
    (person, own): (PersonId, &ChainId),
    known_at: Option<Stamp>,
) -> Result<OpenedVisits, VaultFault> {
    let record = chart::fetch(within, means)?;
    // What was done at visits is shown with the record's own encounters, or not at all.
    let (acts, newer) = match within.permit().sections().has(Section::Encounters) {
        true => keep::acts(within.tx(), person, own)?,
        false => return Err(VaultFault::NotCarried),
    };
    // What is typed in a bag's form is shown there.
    let mut drafts = keep::drafts(within.tx(), person)?;
    drafts.retain(|draft| !draft.form.starts_with("bag-"));
    let (photos, draft_photos) = (photos::places(within.tx(), person)?, photos::drafts(within.tx(), person)?);
    let seen = receipts::work_seen(within.tx(), Of::Visits, person)?;
    Ok(OpenedVisits { acts, newer, record, drafts, photos, draft_photos, seen, known_at })
}

/// The newest signs that were taken at a visit, where what was done at visits may be shown.
pub(crate) fn newest_signs(within: &Admitted<'_>, person: PersonId) -> Result<Option<(String, Stamp)>, VaultFault> {
    if !within.permit().sections().has(Section::Encounters) || !within.permit().sections().has(Section::Observations) {
        return Ok(None);
    }
    Ok(Log::assemble(keep::known(within.tx(), person)?).newest_signs())
}

/// How to get in. Where the key is only while a visit is on, or booked for today.
pub(crate) fn access(
    door: &mut Door,
    folder: &mut Folder,
    asked: &VisitAsked,
    now: Stamp,
) -> Result<Answer<AccessNotes>, VaultFault> {
    let request = visit_request(door, asked);
    let (own, staff) = (door.chain().clone(), door.actor().staff.clone());
    let today = door.moment(now).0.london_date();
    let mut means = chart::means(door, folder, None, now);
    door.admit(&request, Deed::Visit(VisitDeed::AccessShown), now, |within| {
        let found = opened(within, &mut means, (asked.person, &own), None)?;
        let (chart, _) = found.record.assemble()?;
        let acts = found.acts.into_iter().map(|kept| (kept.id, kept.act));
        let log = Log::assemble(acts);
        let mine = |id| log.entry(id).is_some_and(|entry| entry.act.by.staff == staff);
        let on = log.open_visits.iter().any(|id| mine(*id));
        let booked = items(&chart, Section::Appointments)
            .any(|item| item.standing != Standing::InError && item.when.as_ref().and_then(|w| w.date()) == Some(today));
        let visiting = on || booked;
        let (mut notes, mut key_kept_back) = (Vec::new(), false);
        for item in items(&chart, Section::Alerts).filter(|item| item.standing == Standing::Current) {
            let Some(about) = about(item) else { continue };
            if about.may_be_shown(visiting) {
                notes.push((
                    about,
                    item.title.clone(),
                    item.lines.iter().map(|l| format!("{}: {}", l.0, l.1)).collect(),
                ));
            } else {
                key_kept_back = true;
            }
        }
        notes.sort_by_key(|(about, ..)| *about);
        let mut key_safe = plans::claims(within, asked.person, &Topic::KeySafe)?;
        if !Access::KeySafe.may_be_shown(visiting) && !key_safe.is_empty() {
            key_safe.clear();
            key_kept_back = true;
        }
        Ok(AccessNotes { notes, key_safe, key_kept_back })
    })
}

/// One photograph, if it is here; if not, the next posts ask for it. Each look is an entry, and so is each time it was asked for in vain.
pub(crate) fn photo(
    door: &mut Door,
    asked: &VisitAsked,
    photo: PhotoId,
    now: Stamp,
) -> Result<Answer<Option<Vec<u8>>>, VaultFault> {
    let request = visit_request(door, asked);
    let own = door.chain().clone();
    let here = door.glance(|conn| photos::is_here(conn, asked.person, photo))?;
    let deed = if here { VisitDeed::PhotoShown } else { VisitDeed::PhotoAsked };
    door.admit(&request, Deed::Visit(deed), now, |within| {
        if !within.permit().sections().has(Section::Encounters) {
            return Err(VaultFault::NotCarried);
        }
        let found = photos::bytes(within.tx(), asked.person, photo)?;
        if found.is_none() {
            let (acts, _) = keep::acts(within.tx(), asked.person, &own)?;
            let named = acts.iter().flat_map(|kept| kept.act.photos()).find(|named| named.id == photo);
            let named = named.ok_or(VaultFault::Act(ActFault::Unknown))?;
            photos::want(within.tx(), asked.person, (named.id, named.length))?;
        }
        Ok(found)
    })
}

/// What an alert is about, if it is about getting in.
pub(super) fn about(item: &Item) -> Option<Access> {
    let category = match &item.detail {
        Detail::Alert { category, .. } => category.as_deref().unwrap_or_default(),
        _ => "",
    };
    Access::of(category, &item.title)
}

fn items(chart: &Chart, section: Section) -> impl Iterator<Item = &Item> {
    let held = chart.section(section).map(|section| &section.content);
    let items = held.and_then(|content| match content {
        Content::Held(items) => Some(items),
        Content::Absent(_) => None,
    });
    items.into_iter().flat_map(|items| items.iter().map(|item| &item.value))
}

pub(super) fn visit_request(door: &Door, asked: &VisitAsked) -> Request {
    request(door, &ChartAsked { person: asked.person, purpose: asked.purpose, wants: wanted() }, None)
}

/// The deed of doing this.
pub(super) const fn deed_of(body: &Body) -> VisitDeed {
    match body {
        Body::Started { .. } => VisitDeed::Started,
        Body::Ended { .. } => VisitDeed::Ended,
        Body::NotHome { .. } => VisitDeed::NotHome,
        Body::Observed { .. } => VisitDeed::Observed,
        Body::Dose(_) => VisitDeed::Dosed,
        Body::DoseReviewed { .. } => VisitDeed::DoseReviewed,
        Body::Note { .. } => VisitDeed::Noted,
        Body::Added { .. } => VisitDeed::Added,
        Body::Struck { .. } => VisitDeed::Struck,
        Body::Wound(_) => VisitDeed::Assessed,
        Body::Hypercapnic { .. } => VisitDeed::RiskRecorded,
        Body::Task { .. } => VisitDeed::Tasked,
        Body::TaskDone { .. } => VisitDeed::TaskDone,
        Body::Referral { .. } => VisitDeed::Referred,
    }
}
