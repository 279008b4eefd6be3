//! The double-dose guard. Before giving: what is known of this medicine in this slot, or too soon before it. After acts of several
//! devices came together: doses that were given without knowing of each other, shown until a clinician has looked into them. Two
//! events are never folded into one (`reference/careplan.md` section 6).

use super::act::{Act, ActId, Body};
use super::dose::{Administration, Medicine, Part, Slot, in_small_hours};
use crate::stamp::Stamp;
use jiff::SignedDuration;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Hours between two doses as needed where the protocol in the home names none: a shorter gap is asked about, not forbidden.
const LEAST_HOURS: u8 = 4;

/// Two doses of one medicine this near to each other are asked about whatever their slots: the second may be the first, given under another name.
const TOO_NEAR: SignedDuration = SignedDuration::from_hours(1);

/// From an evening's dose to the last of the small hours.
const ONE_NIGHT: SignedDuration = SignedDuration::from_hours(12);

/// A dose as the guard sees it.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    pub id: ActId,
    pub act: &'a Act,
    pub dose: &'a Administration,
}

/// Doses among acts that stand: not those struck through, and not those not given.
pub fn given<'a>(acts: impl IntoIterator<Item = (ActId, &'a Act)>) -> Vec<Known<'a>> {
    let all: Vec<(ActId, &Act)> = acts.into_iter().collect();
    let struck = struck(&all);
    let dose = |(id, act): &(ActId, &'a Act)| match &act.body {
        Body::Dose(dose) if dose.is_given() && !struck.contains(id) => Some(Known { id: *id, act, dose }),
        _ => None,
    };
    let mut known: Vec<Known<'_>> = all.iter().filter_map(dose).collect();
    known.sort_by_key(|known| (known.dose.given_at, known.id));
    known
}

/// Acts struck through by their own author.
pub fn struck(acts: &[(ActId, &Act)]) -> BTreeSet<ActId> {
    let authors: BTreeMap<ActId, &crate::StaffId> = acts.iter().map(|(id, act)| (*id, &act.by.staff)).collect();
    let own = |(_, act): &(ActId, &Act)| match &act.body {
        Body::Struck { of, .. } if authors.get(of) == Some(&&act.by.staff) => Some(*of),
        _ => None,
    };
    acts.iter().filter_map(own).collect()
}

/// What stands in the way of giving `medicine` for `slot` at `at`: each must be shown to the giver, and named if they give it still.
pub fn in_the_way<'a>(
    given: &'a [Known<'a>],
    medicine: &Medicine,
    (slot, least_hours): (Slot, Option<u8>),
    at: Stamp,
) -> Vec<&'a Known<'a>> {
    let meets = |known: &&Known<'_>| {
        let hours = least(least_hours, known.dose.least_hours);
        known.dose.medicine.is_same(medicine) && one_dose((slot, at), (known.dose.slot, known.dose.given_at), hours)
    };
    given.iter().filter(meets).collect()
}

/// Everything given of `medicine` in the day before `at`, newest first: shown before giving, whatever the slot.
pub fn lately<'a>(given: &'a [Known<'a>], medicine: &Medicine, at: Stamp) -> Vec<&'a Known<'a>> {
    let day = SignedDuration::from_hours(24);
    let recent = |known: &&Known<'_>| known.dose.medicine.is_same(medicine) && at.since(known.dose.given_at) <= day;
    given.iter().rev().filter(recent).collect()
}

/// The gap that two doses as needed must have: the longer that is named. No hours are no gap, and name none.
fn least(one: Option<u8>, two: Option<u8>) -> u8 {
    [one, two].into_iter().flatten().filter(|hours| *hours > 0).max().unwrap_or(LEAST_HOURS)
}

/// Whether two doses of one medicine may be one dose given twice: the slots meet, or they are too near.
fn one_dose((slot, at): (Slot, Stamp), (other, then): (Slot, Stamp), least_hours: u8) -> bool {
    let apart = if at > then { at.since(then) } else { then.since(at) };
    if slot.part != Part::AsNeeded && other.part != Part::AsNeeded {
        // Given after midnight, the day's, the evening's or the night's may be that of the evening before, under whichever day it was written down.
        let small_hours = in_small_hours(at) || in_small_hours(then);
        let same_night = small_hours && apart < ONE_NIGHT && slot.part.meets(other.part);
        return slot.meets(other) || same_night || apart < TOO_NEAR;
    }
    apart < SignedDuration::from_hours(least_hours.into())
}

/// Doses of one medicine given without knowing of each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoubleDose {
    pub medicine: Medicine,
    pub slot: Slot,
    /// At least two, in the order given.
    pub doses: Vec<ActId>,
}

/// For each dose the places of earlier ones that may be the same dose given twice: of one medicine, and due on one day or given not long apart
/// ([`one_dose`]). The rest need not be compared, or everything ever given would be compared with everything at every save.
fn near(known: &[Known<'_>]) -> Vec<BTreeSet<usize>> {
    let hours = known.iter().filter_map(|known| known.dose.least_hours).fold(LEAST_HOURS, u8::max);
    let long = ONE_NIGHT.max(SignedDuration::from_hours(hours.into()));
    let mut of_medicine: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut of_day: BTreeMap<(String, Date), Vec<usize>> = BTreeMap::new();
    let mut all = Vec::with_capacity(known.len());
    for (place, two) in known.iter().enumerate() {
        let mut near = BTreeSet::new();
        for key in two.dose.medicine.keys() {
            let earlier = of_medicine.entry(key.clone()).or_default();
            let soon = |one: &&usize| two.dose.given_at.since(known[**one].dose.given_at) <= long;
            near.extend(earlier.iter().rev().take_while(soon));
            earlier.push(place);
            let day = of_day.entry((key, two.dose.slot.day)).or_default();
            near.extend(day.iter());
            day.push(place);
        }
        all.push(near);
    }
    all
}

/// Doses that contradict each other and nobody has looked into. A later dose that names the earlier one was given knowingly, so it is
/// no surprise; the reason stands with it.
pub fn double_doses<'a>(acts: impl IntoIterator<Item = (ActId, &'a Act)> + Clone) -> Vec<DoubleDose> {
    let known = given(acts.clone());
    let reviewed: Vec<BTreeSet<ActId>> = acts
        .into_iter()
        .filter_map(|(_, act)| match &act.body {
            Body::DoseReviewed { doses, .. } if act.body.may_be_done_by(act.by.role) => {
                Some(doses.iter().copied().collect())
            }
            _ => None,
        })
        .collect();
    let mut found: Vec<DoubleDose> = Vec::new();
    for (two, near) in known.iter().zip(near(&known)) {
        for one in near.iter().filter_map(|place| known.get(*place)) {
            let hours = least(one.dose.least_hours, two.dose.least_hours);
            let same = one.dose.medicine.is_same(&two.dose.medicine)
                && one_dose((two.dose.slot, two.dose.given_at), (one.dose.slot, one.dose.given_at), hours);
            let knew = two.dose.despite.contains(&one.id) || one.dose.despite.contains(&two.id);
            let looked = reviewed.iter().any(|doses| doses.contains(&one.id) && doses.contains(&two.id));
            if !same || knew || looked {
                continue;
            }
            match found.iter_mut().find(|double| double.doses.contains(&one.id) || double.doses.contains(&two.id)) {
                Some(double) => {
                    for id in [one.id, two.id] {
                        if !double.doses.contains(&id) {
                            double.doses.push(id);
                        }
                    }
                }
                None => found.push(DoubleDose {
                    medicine: one.dose.medicine.clone(),
                    slot: one.dose.slot,
                    doses: vec![one.id, two.id],
                }),
            }
        }
    }
    found
}

#[cfg(test)]
#[path = "guard_tests.rs"]
mod tests;
