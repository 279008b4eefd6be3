//! A draft of a plan: edits that only their writer sees, until they put them into the plan. It is a branch of intents, not of changes: it is
//! shown laid upon the plan as it now stands, so what others write meanwhile is in it, and nothing of it is replicated, signed or shown before it is put in. Sealed for
//! the hub it is (`crate::drafts`), so that its writer gets it back when this vault is lost.
//! What no longer fits, because somebody else got there first, stays in the draft and says so. Not for typing in a form: that is saved as it is typed.

use super::edit::{change, deed_of};
use super::{OpenedPlan, PlanAsked, keep, look, plan_request};
use crate::door::{Admitted, Answer, Deed, Door};
use crate::fault::VaultFault;
use record::audit::PlanDeed;
use record::plan::{Author, Edit, EditFault, NodeId, Place, Plan, What};
use record::{PersonId, Stamp};
use sync::replica::{Hand, Replica, ReplicaFault};

/// Edits of one draft. Who writes more puts some of it into the plan first.
const MOST: usize = 200;

/// What is done with a draft.
#[derive(Debug)]
pub enum DraftStep {
    /// Shown, laid upon the plan.
    Open,
    /// One edit more.
    Edit(Edit),
    /// Put into the plan, edit by edit: each is an entry and a change of its own, and leaves the draft in the same commit.
    Publish,
    Discard,
}

/// A draft, beside the plan.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Drafted {
    pub edits: u64,
    /// The plan on this page has the draft laid upon it.
    pub shown: bool,
    /// What does not fit the plan as it now stands, and why.
    pub unfit: Vec<(What, EditFault)>,
}

pub(crate) fn draft(
    door: &mut Door,
    open: &mut Option<Replica>,
    asked: &PlanAsked,
    step: DraftStep,
    now: Stamp,
) -> Result<Answer<OpenedPlan>, VaultFault> {
    if matches!(step, DraftStep::Publish) {
        publish(door, open, asked, now)?;
        return look::open(door, asked, None, now);
    }
    let request = plan_request(door, asked);
    let hand = Hand { chain: door.chain().clone(), author: Author::of(door.actor()) };
    let (at, _) = door.moment(now);
    let answer = door.admit(&request, Deed::Plan(PlanDeed::Looked), now, |within| {
        look::is_here(within, asked.person)?;
        let on = Branch { within, person: asked.person, hand: &hand, at };
        // What is thrown away need not be readable.
        let mut edits = match step {
            DraftStep::Discard => Vec::new(),
            _ => keep::draft(within.tx(), asked.person)?.unwrap_or_default(),
        };
        match step {
            DraftStep::Edit(edit) => {
                on.add(&mut edits, edit)?;
                keep_edits(within, asked.person, &edits, at)?;
            }
            DraftStep::Discard => {
                keep_edits(within, asked.person, &[], at)?;
                return look::opened(
                    within,
                    asked.person,
                    keep::replica(within.tx(), asked.person)?.read(within.permit())?,
                );
            }
            DraftStep::Open | DraftStep::Publish => {}
        }
        let (plan, unfit) = on.laid(&edits)?;
        let opened = look::opened(within, asked.person, plan)?;
        Ok(OpenedPlan { draft: Some(Drafted { edits: edits.len() as u64, shown: true, unfit }), ..opened })
    })?;
    Ok(answer)
}

/// Each edit as if it were made now. What is refused for what stands in the plan stays in the draft; a fault of the device ends it, and the next try goes
/// on from there.
fn publish(door: &mut Door, open: &mut Option<Replica>, asked: &PlanAsked, now: Stamp) -> Result<(), VaultFault> {
    let edits = door.glance(|conn| keep::draft(conn, asked.person))?.unwrap_or_default();
    for edit in edits {
        let person = asked.person;
        let put = change(door, open, asked, deed_of(&edit), now, |replica, within, hand, at| {
            let made = replica.apply(&edit, within.permit(), hand, at)?;
            without(within, person, &edit, at)?;
            Ok(made)
        });
        match put {
            Ok(Ok(_)) => {}
            // The door's no is for every edit alike; the page says it.
            Ok(Err(_)) => return Ok(()),
            // It stands in the plan already.
            Err(VaultFault::Edit(EditFault::Nothing)) => door.errand(now, |errand| {
                let left = keep::draft(errand.tx(), person)?.unwrap_or_default();
                let left: Vec<Edit> = left.into_iter().filter(|other| *other != edit).collect();
                let kept = keep::put_draft(errand.tx(), person, &left, errand.now())?;
                kept.into_iter().for_each(|kept| errand.sends(kept));
                Ok(())
            })?,
            Err(VaultFault::Edit(_)) => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok(())
}

fn without(within: &Admitted<'_>, person: PersonId, edit: &Edit, at: Stamp) -> Result<(), VaultFault> {
    let left = keep::draft(within.tx(), person)?.unwrap_or_default();
    let left: Vec<Edit> = left.into_iter().filter(|other| other != edit).collect();
    keep_edits(within, person, &left, at)
}

fn keep_edits(within: &Admitted<'_>, person: PersonId, edits: &[Edit], at: Stamp) -> Result<(), VaultFault> {
    let kept = keep::put_draft(within.tx(), person, edits, at)?;
    kept.into_iter().for_each(|kept| within.sends(kept));
    Ok(())
}

struct Branch<'a, 'tx> {
    within: &'a Admitted<'tx>,
    person: PersonId,
    hand: &'a Hand,
    at: Stamp,
}

impl Branch<'_, '_> {
    /// The plan with these edits laid upon it, and those that do not fit.
    fn laid(&self, edits: &[Edit]) -> Result<(Plan, Vec<(What, EditFault)>), VaultFault> {
        let mut replica = keep::replica(self.within.tx(), self.person)?;
        let mut unfit = Vec::new();
        for edit in edits {
            match replica.apply(edit, self.within.permit(), self.hand, self.at) {
                Ok(_) | Err(ReplicaFault::Edit(EditFault::Nothing)) => {}
                Err(ReplicaFault::Edit(why)) => unfit.push((edit.what(&replica.read(self.within.permit())?), why)),
                Err(fault) => return Err(fault.into()),
            }
        }
        Ok((replica.read(self.within.permit())?, unfit))
    }

    /// One edit more, in place of what it goes on from: its writer saw the draft laid upon the plan, and the plan alone knows no draft.
    fn add(&self, edits: &mut Vec<Edit>, edit: Edit) -> Result<(), VaultFault> {
        let (seen, _) = self.laid(edits)?;
        edit.check(&seen, &self.hand.author).map_err(VaultFault::Edit)?;
        let real = keep::replica(self.within.tx(), self.person)?.read(self.within.permit())?;
        match edit {
            Edit::Write { place, text, .. } => {
                if let Some(fields) = added(edits, &place) {
                    put(fields, &place, text);
                    return Ok(());
                }
                edits.retain(|other| !matches!(other, Edit::Write { place: of, .. } if *of == place));
                edits.push(Edit::Write { place, seen: real.heads, text });
            }
            Edit::Set { place, over, value } => {
                if let Some(fields) = added(edits, &place) {
                    put(fields, &place, value);
                    return Ok(());
                }
                // What its writer saw first in the plan itself is what it replaces, if that still stands.
                let fits = |edit: &Edit| edit.check(&real, &self.hand.author).is_ok();
                let before = edits.iter().find_map(|other| match other {
                    Edit::Set { place: of, over, .. } if *of == place && fits(other) => Some(over.clone()),
                    _ => None,
                });
                edits.retain(|other| !matches!(other, Edit::Set { place: of, .. } if *of == place));
                edits.push(Edit::Set { place, over: before.unwrap_or(over), value });
            }
            Edit::End { node, .. }
                if edits.iter().any(|other| matches!(other, Edit::Add { id, .. } if *id == node)) =>
            {
                forget(edits, node);
            }
            Edit::Decide { topic, id, value, basis, review, kept, mut settles } => {
                let mut before = Vec::new();
                edits.retain(|other| match other {
                    Edit::Decide { topic: of, id, settles, .. } if *of == topic => {
                        before.push((id.clone(), settles.clone()));
                        false
                    }
                    _ => true,
                });
                for (own, settled) in before {
                    settles.retain(|claim| *claim != own);
                    settles.extend(settled);
                }
                settles.sort_unstable();
                settles.dedup();
                edits.push(Edit::Decide { topic, id, value, basis, review, kept, settles });
            }
            other => edits.push(other),
        }
        if edits.len() > MOST { Err(VaultFault::Edit(EditFault::Value)) } else { Ok(()) }
    }
}

/// The fields of an entry that is itself in the draft.
fn added<'a>(edits: &'a mut [Edit], place: &Place) -> Option<&'a mut Vec<(String, String)>> {
    edits.iter_mut().find_map(|edit| match edit {
        Edit::Add { id, fields, .. } if *id == place.node => Some(fields),
        _ => None,
    })
}

fn put(fields: &mut Vec<(String, String)>, place: &Place, value: String) {
    fields.retain(|(code, _)| *code != place.field);
    fields.push((place.field.clone(), value));
}

/// Takes an entry out of the draft that was never in the plan, and what stands under it.
fn forget(edits: &mut Vec<Edit>, node: NodeId) {
    let mut gone = vec![node];
    while let Some(node) = gone.pop() {
        edits.retain(|edit| match edit {
            Edit::Add { id, .. } if *id == node => false,
            Edit::Add { id, parent, .. } if *parent == node => {
                gone.push(id.clone());
                true
            }
            Edit::Decide { topic, .. } => topic.node() != Some(&node),
            _ => true,
        });
    }
}
