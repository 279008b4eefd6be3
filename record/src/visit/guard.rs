//! The double-dose guard. Before giving: what is known of this medicine in this slot, or too soon before it, given or not. After acts of several
//! devices came together: doses that were recorded without knowing of each other, shown until a clinician has looked into them. Two
//! events are never folded into one (`reference/careplan.md` section 6). A dose taken already, withheld or refused is an event of its slot.

use super::act::{Act, ActId, Body};
use super::dose::{Administration, Part, Slot, in_small_hours};
use super::medicine::{Likeness, Medicine};
use super::most::Most;
use crate::stamp::Stamp;
use jiff::SignedDuration;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Hours between two doses as needed where the protocol in the home names none: a shorter gap is asked about, not forbidden.
const LEAST_HOURS: u32 = 4;

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

/// Doses among acts that stand, given or not; not those struck through.
pub fn recorded<'a>(acts: impl IntoIterator<Item = (ActId, &'a Act)>) -> Vec<Known<'a>> {
    let all: Vec<(ActId, &Act)> = acts.into_iter().collect();
    let struck = struck(&all);
    let dose = |(id, act): &(ActId, &'a Act)| match &act.body {
        Body::Dose(dose) if !struck.contains(id) => Some(Known { id: *id, act, dose }),
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
/// `least_hours`: between two doses of it, as the protocol in the home or the frequency says.
pub fn in_the_way<'a>(
    recorded: &'a [Known<'a>],
    medicine: &Medicine,
    (slot, least_hours): (Slot, Option<u32>),
    at: Stamp,
) -> Vec<&'a Known<'a>> {
    let meets = |known: &&Known<'_>| {
        let hours = longest(least_hours, known.dose);
        alike(known.dose, medicine) && one_dose((slot, at), (known.dose.slot, known.dose.given_at), hours)
    };
    recorded.iter().filter(meets).collect()
}

/// The events of `medicine` in the day before `at`, and the last dose the person had of it, whenever that was: newest first, shown before
/// giving whatever the slot.
pub fn last<'a>(recorded: &'a [Known<'a>], medicine: &Medicine, at: Stamp) -> Vec<&'a Known<'a>> {
    let day = SignedDuration::from_hours(24);
    let of_it: Vec<&Known<'_>> = recorded.iter().rev().filter(|known| alike(known.dose, medicine)).collect();
    let newest = of_it.iter().find(|known| known.dose.is_taken()).map(|known| known.id);
    let shown = |known: &&Known<'_>| newest == Some(known.id) || at.since(known.dose.given_at) <= day;
    of_it.into_iter().filter(shown).collect()
}

/// How many doses of it the person had in the day before `at`.
pub fn had_in_a_day(recorded: &[Known<'_>], medicine: &Medicine, at: Stamp) -> usize {
    let day = SignedDuration::from_hours(24);
    let had = |known: &&Known<'_>| known.dose.is_taken() && at.since(known.dose.given_at) <= day;
    recorded.iter().filter(|known| alike(known.dose, medicine)).filter(had).count()
}

/// Doses that the person had of `medicine` in the time before `at`, where with one more of `dose` they are more than `most` says: each must be shown and
/// named, as what stands in the way of a slot.
pub fn past_the_most<'a>(
    recorded: &'a [Known<'a>],
    medicine: &Medicine,
    (most, dose): (Option<&str>, &str),
    at: Stamp,
) -> Vec<&'a Known<'a>> {
    let Some(most) = most.and_then(Most::read) else { return Vec::new() };
    let time = SignedDuration::from_hours(most.hours.into());
    let had = |known: &&Known<'_>| {
        let before = at.since(known.dose.given_at);
        known.dose.is_taken() && before < time && before >= SignedDuration::ZERO && alike(known.dose, medicine)
    };
    let had: Vec<&Known<'_>> = recorded.iter().filter(had).collect();
    let doses = had.iter().map(|known| known.dose.how_much());
    if most.is_passed(doses.chain([dose])) { had } else { Vec::new() }
}

/// Whether a recorded dose speaks of this medicine. Perhaps the same is told of what the person had, not of what was left out.
fn alike(dose: &Administration, medicine: &Medicine) -> bool {
    match dose.medicine.likeness(medicine) {
        Likeness::Same => true,
        Likeness::Perhaps => dose.is_taken(),
        Likeness::Another => false,
    }
}

/// The longer gap of those that are named. No hours are no gap, and name none; and between a dose and one that was not taken there is none.
fn longest(least_hours: Option<u32>, other: &Administration) -> Option<u32> {
    if !other.is_taken() {
        return None;
    }
    [least_hours, other.least_hours.map(u32::from)].into_iter().flatten().filter(|hours| *hours > 0).max()
}

/// Whether two doses of one medicine may be one dose given twice: the slots meet, or they are too near.
fn one_dose((slot, at): (Slot, Stamp), (other, then): (Slot, Stamp), least_hours: Option<u32>) -> bool {
    let apart = if at > then { at.since(then) } else { then.since(at) };
    let too_soon = |hours: u32| apart < SignedDuration::from_hours(hours.into());
    if slot.part != Part::AsNeeded && other.part != Part::AsNeeded {
        // Given after midnight, the day's, the evening's or the night's may be that of the evening before, under whichever day it was written down.
        let small_hours = in_small_hours(at) || in_small_hours(then);
        let same_night = small_hours && apart < ONE_NIGHT && slot.part.meets(other.part);
        return slot.meets(other) || same_night || apart < TOO_NEAR || least_hours.is_some_and(too_soon);
    }
    too_soon(least_hours.unwrap_or(LEAST_HOURS))
}

/// Doses of one medicine recorded without knowing of each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoubleDose {
    pub medicine: Medicine,
    pub slot: Slot,
    /// At least two, in the order given.
    pub doses: Vec<ActId>,
    /// One of them was recorded as not given here: taken already, withheld, refused.
    #[serde(default)]
    pub not_given: bool,
    /// Not surely one medicine.
    #[serde(default)]
    pub perhaps: bool,
}

impl DoubleDose {
    /// What is the matter, for people.
    pub const fn in_words(&self) -> &'static str {
        match (self.not_given, self.perhaps) {
            (false, false) => "Recorded as given more than once, and neither knew of the other.",
            (true, false) => "Recorded as given and as not given, and neither knew of the other.",
            (false, true) => "These may be the same medicine, given more than once, and neither knew of the other.",
            (true, true) => {
                "These may be the same medicine, recorded as given and as not given, and neither knew of the other."
            }
        }
    }
}

/// For each dose the places of earlier ones that may be the same dose given twice: of one medicine, and due on one day or given not long apart
/// ([`one_dose`]). The rest need not be compared, or everything ever given would be compared with everything at every save.
fn near(known: &[Known<'_>]) -> Vec<BTreeSet<usize>> {
    // The longest interval that any dose of that medicine names: a monthly one does not make everything else be looked at for a month.
    let mut hours: BTreeMap<String, u32> = BTreeMap::new();
    for one in known {
        for key in one.dose.medicine.keys() {
            let longest = hours.entry(key).or_insert(LEAST_HOURS);
            *longest = (*longest).max(one.dose.least_hours.unwrap_or(0).into());
        }
    }
    let mut of_medicine: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut of_day: BTreeMap<(String, Date), Vec<usize>> = BTreeMap::new();
    let mut all = Vec::with_capacity(known.len());
    for (place, two) in known.iter().enumerate() {
        let mut near = BTreeSet::new();
        for key in two.dose.medicine.keys() {
            let long = hours.get(&key).copied().unwrap_or(LEAST_HOURS);
            let long = ONE_NIGHT.max(SignedDuration::from_hours(long.into()));
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

/// Whether two recorded doses contradict each other. Two that were not given do not; nor is anybody surprised by what they recorded
/// themselves.
fn contradict(one: &Known<'_>, two: &Known<'_>) -> bool {
    let given = usize::from(one.dose.is_given()) + usize::from(two.dose.is_given());
    let likeness = one.dose.medicine.likeness(&two.dose.medicine);
    let own = one.act.by.staff == two.act.by.staff && (given == 1 || likeness == Likeness::Perhaps);
    let of_one = match likeness {
        Likeness::Same => given > 0,
        Likeness::Perhaps => given > 0 && one.dose.is_taken() && two.dose.is_taken(),
        Likeness::Another => false,
    };
    let hours = longest(one.dose.least_hours.map(u32::from), two.dose).filter(|_| one.dose.is_taken());
    of_one && !own && one_dose((two.dose.slot, two.dose.given_at), (one.dose.slot, one.dose.given_at), hours)
}

/// Doses that contradict each other and nobody has looked into. A later dose that names the earlier one was given knowingly, so it is
/// no surprise; the reason stands with it.
pub fn double_doses<'a>(acts: impl IntoIterator<Item = (ActId, &'a Act)> + Clone) -> Vec<DoubleDose> {
    let known = recorded(acts.clone());
    let reviewed: Vec<BTreeSet<ActId>> = acts
        .into_iter()
        .filter_map(|(_, act)| match &act.body {
            Body::DoseReviewed { doses, .. } if act.body.may_be_done_by(act.by.role) => {
                Some(doses.iter().copied().collect())
            }
            _ => None,
        })
        .collect();
    let settled = |one: &Known<'_>, two: &Known<'_>| {
        let knew = two.dose.despite.contains(&one.id) || one.dose.despite.contains(&two.id);
        knew || reviewed.iter().any(|doses| doses.contains(&one.id) && doses.contains(&two.id))
    };
    let mut found: Vec<DoubleDose> = Vec::new();
    for (two, near) in known.iter().zip(near(&known)) {
        for one in near.iter().filter_map(|place| known.get(*place)) {
            if !settled(one, two) && contradict(one, two) {
                add(&mut found, one, two);
            }
        }
    }
    // Each had its hours, and together they are more than may be taken.
    for (place, last) in known.iter().enumerate() {
        let of = (last.dose.most.as_deref(), last.dose.how_much());
        let had = past_the_most(&known[..place], &last.dose.medicine, of, last.dose.given_at);
        if last.dose.is_taken() {
            had.into_iter().filter(|one| !settled(one, last)).for_each(|one| add(&mut found, one, last));
        }
    }
    found
}

fn add(found: &mut Vec<DoubleDose>, one: &Known<'_>, two: &Known<'_>) {
    match found.iter_mut().find(|double| double.doses.contains(&one.id) || double.doses.contains(&two.id)) {
        Some(double) => {
            double.not_given |= !one.dose.is_given() || !two.dose.is_given();
            double.perhaps |= !one.dose.medicine.is_same(&two.dose.medicine);
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
            not_given: !one.dose.is_given() || !two.dose.is_given(),
            perhaps: !one.dose.medicine.is_same(&two.dose.medicine),
        }),
    }
}

#[cfg(test)]
#[path = "guard_tests.rs"]
mod tests;
