//! Reading a plan through the door: the stored view at once; the document only for its history and for how it once stood.

use super::{Drafted, LinePlace, OpenedPlan, PlacedLine, PlanAsked, PlanPosted, keep, plan_request};
use crate::content;
use crate::door::{Admitted, Answer, Deed, Door, rules_of};
use crate::fault::VaultFault;
use crate::receipts;
use record::audit::PlanDeed;
use record::plan::{Claim, Decided, Heads, Held, Plan, Told, Topic};
use record::summary::Fact;
use record::{ChainId, PersonId, Sections, Stamp};
use rusqlite::Connection;
use sync::replica::Replica;

/// The plan as it stands, or as it stood at a moment of its history.
pub(crate) fn open(
    door: &mut Door,
    asked: &PlanAsked,
    moment: Option<&Heads>,
    now: Stamp,
) -> Result<Answer<OpenedPlan>, VaultFault> {
    let request = plan_request(door, asked);
    let deed = if moment.is_some() { PlanDeed::History } else { PlanDeed::Looked };
    door.admit(&request, Deed::Plan(deed), now, |within| {
        is_here(within, asked.person)?;
        let plan = match (moment, keep::view(within.tx(), asked.person)?) {
            (Some(moment), _) => keep::replica(within.tx(), asked.person)?.read_at(within.permit(), moment)?,
            (None, Some(plan)) => permitted(within, plan)?,
            (None, None) => Replica::genesis(asked.person)?.read(within.permit())?,
        };
        opened(within, asked.person, plan)
    })
}

/// A plan is on the device where the record lies open on it, and came before it. Elsewhere there is none, which is not an empty one.
pub(super) fn is_here(within: &Admitted<'_>, person: PersonId) -> Result<(), VaultFault> {
    match content::carried(within.tx(), person)? {
        Some((_, content::OPEN)) => Ok(()),
        Some((_, content::SEALED)) => Err(VaultFault::Sealed),
        _ => Err(VaultFault::NotCarried),
    }
}

/// The stored view, for another page of the same permit; nothing where the permit does not open plans.
pub(crate) fn view_within(within: &Admitted<'_>, person: PersonId) -> Result<Option<Plan>, VaultFault> {
    match keep::view(within.tx(), person)? {
        Some(plan) if within.permit().sections().has(record::Section::Plans) => Ok(Some(plan)),
        _ => Ok(None),
    }
}

/// The stored view as it lies, for what is said beside the record: folded, so that nothing slow is done while the vault's one writer is held.
pub(crate) fn lying(within: &Admitted<'_>, person: PersonId) -> Result<Option<Vec<u8>>, VaultFault> {
    keep::lying(within.tx(), person)
}

/// What such a view says of matters in these sections.
pub(crate) fn decided(lying: &[u8], sections: Sections) -> Result<Vec<Decided>, VaultFault> {
    Ok(keep::unfolded(lying)?.decided(sections))
}

/// What such a view holds for an emergency, within these sections.
pub(crate) fn told(lying: &[u8], sections: Sections) -> Result<Vec<Told>, VaultFault> {
    Ok(keep::unfolded(lying)?.told(sections))
}

/// What of the plan is sealed with a record that is about to be sealed: for sealing, not for showing.
pub(crate) fn said(conn: &Connection, person: PersonId) -> Result<Vec<Fact>, VaultFault> {
    Ok(keep::view(conn, person)?.map_or_else(Vec::new, |plan| plan.sealed()))
}

/// The plan with the news, and how far this user's own edits have got.
pub(super) fn opened(within: &Admitted<'_>, person: PersonId, plan: Plan) -> Result<OpenedPlan, VaultFault> {
    let beside = keep::beside(within.tx(), person)?;
    let posted = posted(within.tx(), person, &beside)?;
    let draft =
        keep::draft(within.tx(), person)?.map(|edits| Drafted { edits: edits.len() as u64, ..Drafted::default() });
    Ok(OpenedPlan { plan: plan.without_key_safe(), news: beside.news, posted, draft })
}

/// The stored view is the whole plan: only a permit for it lets it out.
fn permitted(within: &Admitted<'_>, plan: Plan) -> Result<Plan, VaultFault> {
    if within.permit().sections().has(record::Section::Plans) {
        Ok(plan)
    } else {
        Err(sync::replica::ReplicaFault::NotPermitted.into())
    }
}

/// Every voice that stands in one decision, for a page beside the plan's own.
pub(crate) fn claims(within: &Admitted<'_>, person: PersonId, topic: &Topic) -> Result<Vec<Claim>, VaultFault> {
    let Some(plan) = keep::view(within.tx(), person)?.map(|plan| permitted(within, plan)).transpose()? else {
        return Ok(Vec::new());
    };
    Ok(match plan.held(topic) {
        None | Some(Held::Nothing) => Vec::new(),
        Some(Held::Agreed { said, also }) => std::iter::once((**said).clone()).chain(also.iter().cloned()).collect(),
        Some(Held::Disputed(voices)) => voices.clone(),
    })
}

/// Who changed what, when, on which device, and where each change is; newest first.
pub(crate) fn history(door: &mut Door, asked: &PlanAsked, now: Stamp) -> Result<Answer<Vec<PlacedLine>>, VaultFault> {
    let request = plan_request(door, asked);
    let own = door.chain().clone();
    door.admit(&request, Deed::Plan(PlanDeed::History), now, |within| {
        is_here(within, asked.person)?;
        let posted = posted(within.tx(), asked.person, &keep::beside(within.tx(), asked.person)?)?;
        let lines = keep::replica(within.tx(), asked.person)?.history(within.permit())?;
        let place = |line: &record::plan::Line| {
            let hand = line.device.as_ref().zip(line.staff.as_ref()).map(|(d, s)| ChainId::of(d, s));
            if hand.as_ref() != Some(&own) {
                return Ok(LinePlace::Held { at: None, seen: Vec::new() });
            }
            if posted.waiting.contains(&line.seq) {
                return Ok(LinePlace::OnThisDevice);
            }
            // Not waiting: the hub's word covered it, or it came back from the hub after a purge.
            Ok::<_, VaultFault>(LinePlace::Held {
                at: posted.held_at.filter(|_| line.seq <= posted.held_through),
                seen: receipts::seen_by(within.tx(), asked.person, line.seq)?,
            })
        };
        lines.into_iter().map(|line| Ok(PlacedLine { place: place(&line)?, line })).collect()
    })
}

/// This user says they have seen what others changed, up to the newest line that was shown. What came meanwhile stays news.
pub(crate) fn looked(door: &mut Door, person: PersonId, newest: &Heads, now: Stamp) -> Result<(), VaultFault> {
    door.errand(now, |errand| {
        if rules_of(errand.tx(), person)?.is_none() {
            return Err(VaultFault::NotCarried);
        }
        keep::clear_news(errand.tx(), person, newest)
    })
}

/// This user is done with what was set aside; the hub, which refused it, keeps it whole.
pub(crate) fn aside_done(door: &mut Door, person: PersonId, now: Stamp) -> Result<(), VaultFault> {
    door.errand(now, |errand| keep::drop_aside(errand.tx(), person))
}

fn posted(conn: &Connection, person: PersonId, beside: &keep::Beside) -> Result<PlanPosted, VaultFault> {
    let mut query = conn.prepare_cached("select number from plan_out where person = ?1 order by number")?;
    let waiting = query.query_map([person.as_bytes()], |row| Ok(row.get::<_, i64>(0)? as u64))?;
    Ok(PlanPosted {
        held_through: beside.held_through,
        held_at: beside.held_at,
        waiting: waiting.collect::<Result<_, _>>()?,
        aside: keep::aside(conn, person)?,
    })
}
