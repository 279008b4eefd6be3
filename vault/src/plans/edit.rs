//! Editing and signing: through the door, as this vault's user and with their key. The plan, the audit entry and the change to be sent
//! are one commit; a refused edit leaves the entry of the attempt and nothing else.

use super::{OpenedPlan, PlanAsked, carry, keep, look, plan_request};
use crate::door::{Admitted, Answer, Deed, Door};
use crate::fault::VaultFault;
use ed25519_dalek::{Signer, SigningKey};
use record::Stamp;
use record::audit::PlanDeed;
use record::plan::{Author, Edit, Heads, Paper};
use sync::outbox::Work;
use sync::replica::{Hand, Made, Replica};

/// Makes one edit. `open` keeps the document between edits, so that only the first loads it.
pub(crate) fn edit(
    door: &mut Door,
    open: &mut Option<Replica>,
    asked: &PlanAsked,
    edit: &Edit,
    now: Stamp,
) -> Result<Answer<OpenedPlan>, VaultFault> {
    change(door, open, asked, deed_of(edit), now, |replica, within, hand, at| {
        Ok(replica.apply(edit, within.permit(), hand, at)?)
    })
}

/// What the audit calls it.
pub(super) fn deed_of(edit: &Edit) -> PlanDeed {
    match edit {
        Edit::Write { .. } => PlanDeed::Wrote,
        Edit::Set { .. } => PlanDeed::Set,
        Edit::Add { .. } => PlanDeed::Added,
        Edit::End { .. } => PlanDeed::Ended,
        Edit::Keep { .. } => PlanDeed::Set,
        Edit::Decide { settles, .. } if settles.is_empty() => PlanDeed::Decided,
        Edit::Decide { .. } => PlanDeed::Settled,
    }
}

/// Signs a paper as it stands, with this user's key, if that is what they saw. `id` is fresh chance.
pub(crate) fn sign(
    door: &mut Door,
    open: &mut Option<Replica>,
    key: &SigningKey,
    asked: &PlanAsked,
    (paper, seen, id): (Paper, &Heads, &str),
    now: Stamp,
) -> Result<Answer<OpenedPlan>, VaultFault> {
    let deed = match paper {
        Paper::Plan => PlanDeed::SignedPlan,
        Paper::Respect => PlanDeed::SignedRespect,
    };
    let signer = |bytes: &[u8]| key.sign(bytes).to_bytes();
    change(door, open, asked, deed, now, |replica, within, hand, at| {
        replica.still_says(paper, within.permit(), hand, seen)?;
        Ok(replica.sign(paper, within.permit(), hand, (id, &signer), at)?)
    })
}

pub(super) fn change(
    door: &mut Door,
    open: &mut Option<Replica>,
    asked: &PlanAsked,
    deed: PlanDeed,
    now: Stamp,
    make: impl FnOnce(&mut Replica, &Admitted<'_>, &Hand, Stamp) -> Result<Made, VaultFault>,
) -> Result<Answer<OpenedPlan>, VaultFault> {
    let request = plan_request(door, asked);
    let hand = Hand { chain: door.chain().clone(), author: Author::of(door.actor()) };
    let (at, _) = door.moment(now);
    // Taken out: it comes back only if what was done to it is durable.
    let held = open.take().filter(|replica| replica.person() == asked.person);
    let answer = door.admit(&request, Deed::Plan(deed), now, |within| {
        look::is_here(within, asked.person)?;
        let mut replica = match held {
            Some(replica) => replica,
            None => keep::replica(within.tx(), asked.person)?,
        };
        let made = make(&mut replica, within, &hand, at)?;
        keep::append(within.tx(), asked.person, &made.hash, &made.bytes)?;
        carry::send(within.tx(), asked.person, &made)?;
        within.sends(Work::Plan { person: asked.person, change: made.bytes.clone() });
        let plan = keep::store(within.tx(), &mut replica, &[], false)?;
        Ok((look::opened(within, asked.person, plan)?, replica))
    })?;
    Ok(answer.map(|disclosure| {
        disclosure.map(|(opened, replica)| {
            *open = Some(replica);
            opened
        })
    }))
}
