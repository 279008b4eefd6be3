//! What was done for a person, put together from acts: newest first, each with what was added to it, struck through where its author
//! said so; the run of NEWS2; the wounds; what is still to do. Pure, and the same whatever order the acts came in.

use super::act::{Act, ActFault, ActId, Body};
use super::guard::{self, DoubleDose};
use super::news2::{News2, Scale, score};
use super::risk::Risks;
use super::vitals::{Breathing, Taken, Vital};
use super::wound::{Category, Sort, highest};
use crate::stamp::Stamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// One act as shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub id: ActId,
    pub act: Act,
    /// Entered in error, says its author: why, and when.
    pub struck: Option<(String, Stamp)>,
    /// What was added since, oldest first: who, when, and the words.
    pub added: Vec<(String, Stamp, String)>,
    /// Of observations, as they were scored.
    pub news2: Option<News2>,
    /// Of observations, where the word that their scale stands on was struck through or settled otherwise since: what the other scale gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<News2>,
    /// What the other scale gives, while clinicians differ about the risk: neither counts alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<News2>,
}

impl Entry {
    /// The score that counts: on the other scale where its own lost its ground; none while both stand.
    pub fn counted(&self) -> Option<&News2> {
        let counts = self.again.as_ref().or(self.news2.as_ref());
        counts.filter(|_| self.other.is_none())
    }

    /// Both scores in words, while clinicians differ about the scale.
    pub fn both(&self) -> Option<String> {
        let said = |news2: &News2| match news2 {
            News2::Score(score) => format!("{} on {}", score.total(), score.scale().label()),
            _ => "no total".to_owned(),
        };
        let (one, two) = (said(self.news2.as_ref()?), said(self.other.as_ref()?));
        Some(format!("NEWS2 disputed: {one}, or {two}. Hypercapnic risk was recorded differently"))
    }
}

/// A wound over time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WoundCourse {
    /// Its first assessment.
    pub first: ActId,
    /// All of them that stand, oldest first.
    pub assessments: Vec<ActId>,
    pub sort: Sort,
    /// The highest category it ever had.
    pub highest: Option<Category>,
    pub healed: bool,
}

/// Everything done for one person.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Log {
    /// Newest first. Additions and strikes stand with what they are about.
    pub entries: Vec<Entry>,
    /// Doses given without knowing of each other, until looked into.
    pub double_doses: Vec<DoubleDose>,
    pub wounds: Vec<WoundCourse>,
    /// Tasks not done yet, oldest first.
    pub open_tasks: Vec<ActId>,
    /// Hypercapnic risk as it stands: the act that recorded it.
    pub hypercapnic: Option<ActId>,
    /// The newest word of each who spoke of that risk and was not answered since: a new word answers them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub risks: Vec<ActId>,
    /// The same, where they differ: until a clinician settles it none of them counts alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub risk_differs: Vec<ActId>,
    /// Visits begun and not ended.
    pub open_visits: Vec<ActId>,
}

impl Log {
    /// Puts acts together.
    pub fn assemble(acts: impl IntoIterator<Item = (ActId, Act)>) -> Log {
        let acts: BTreeMap<ActId, Act> = acts.into_iter().collect();
        let mut order: Vec<(ActId, &Act)> = acts.iter().map(|(id, act)| (*id, act)).collect();
        order.sort_by_key(|(id, act)| (act.at, *id));
        let struck = guard::struck(&order);
        let standing = || order.iter().copied().filter(|(id, _)| !struck.contains(id));
        let double_doses = guard::double_doses(order.iter().copied());
        let mut log = Log { double_doses, ..Log::default() };
        // By what names what, not by time: two devices' clocks may disagree, and two acts may fall in one millisecond.
        let over: BTreeSet<ActId> = standing()
            .filter_map(|(_, act)| match &act.body {
                Body::Ended { start: of, .. } | Body::TaskDone { task: of, .. } => Some(*of),
                _ => None,
            })
            .collect();
        for (id, act) in standing() {
            match &act.body {
                Body::Started { .. } if !over.contains(&id) => log.open_visits.push(id),
                Body::Task { .. } if !over.contains(&id) => log.open_tasks.push(id),
                _ => {}
            }
        }
        let risks = Risks::of(standing());
        log.hypercapnic = risks.stands;
        log.risk_differs = if risks.differ { risks.words.clone() } else { Vec::new() };
        log.risks.clone_from(&risks.words);
        log.wounds = wounds(standing());
        let mut about: BTreeMap<ActId, Vec<&Act>> = BTreeMap::new();
        for (_, act) in &order {
            if let Body::Struck { of, .. } | Body::Added { to: of, .. } = &act.body {
                about.entry(*of).or_default().push(act);
            }
        }
        let said = |id: &ActId| about.get(id).map_or(&[][..], Vec::as_slice);
        log.entries = order.iter().rev().filter_map(|(id, act)| entry(*id, act, said(id), (&struck, &risks))).collect();
        log
    }

    pub fn entry(&self, id: ActId) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.id == id)
    }

    /// Whole NEWS2 totals over time, oldest first: what the chart draws. What is incomplete or struck through is no point of it.
    pub fn scores(&self) -> Vec<(Stamp, super::news2::Score)> {
        let point = |entry: &Entry| match (entry.counted(), &entry.struck) {
            (Some(News2::Score(score)), None) => Some((entry.act.at, *score)),
            _ => None,
        };
        self.entries.iter().rev().filter_map(point).collect()
    }

    /// The newest set of signs that stands, in words, with its time: what goes with somebody who is taken to hospital.
    pub fn newest_signs(&self) -> Option<(String, Stamp)> {
        let taken = |entry: &&Entry| matches!(entry.act.body, Body::Observed { .. }) && entry.struck.is_none();
        let entry = self.entries.iter().find(taken)?;
        let Body::Observed { taken, .. } = &entry.act.body else { return None };
        let both = entry.both();
        let score = match entry.counted() {
            None if both.is_some() => both.unwrap_or_default(),
            Some(News2::Score(score)) => format!("NEWS2 {} ({})", score.total(), score.band().label()),
            Some(News2::Incomplete { .. }) => "NEWS2 incomplete: no total".to_owned(),
            Some(News2::NotFor(_) | News2::NotTaken) | None => String::new(),
        };
        let sign = |(vital, taken): (&Vital, &Taken)| {
            let kind = vital.kind();
            match taken {
                Taken::Value(value) => {
                    format!("{} {} {}", kind.label, vital.display(*value), kind.unit).trim_end().to_owned()
                }
                Taken::Refused => format!("{} refused", kind.label),
                Taken::Unable => format!("{} could not be taken", kind.label),
            }
        };
        let mut parts = vec![score];
        parts.extend(taken.signs.iter().map(sign));
        parts.extend(taken.breathing.as_ref().map(|breathing| match breathing {
            Breathing::Air => "breathing air".to_owned(),
            Breathing::Oxygen { .. } => "on oxygen".to_owned(),
        }));
        parts.extend(taken.consciousness.map(|level| level.label().to_owned()));
        parts.push(entry.act.at.display());
        parts.retain(|part| !part.is_empty());
        Some((parts.join(" — "), entry.act.at))
    }

    /// Whether a new act fits what is there: what it names exists, is of the right sort and, where it must be, one's own.
    pub fn admits(&self, act: &Act) -> Result<(), ActFault> {
        let body = |id: &ActId| self.entry(*id).map(|entry| &entry.act.body).ok_or(ActFault::Unknown);
        let fits = match &act.body {
            // One visit at a time; that of somebody else may be on too.
            Body::Started { .. } => {
                let own = |id: &ActId| self.entry(*id).is_some_and(|entry| entry.act.by.staff == act.by.staff);
                return if self.open_visits.iter().any(own) { Err(ActFault::AlreadyOn) } else { Ok(()) };
            }
            Body::Ended { start, .. } => self.open_visits.contains(start),
            Body::Struck { of, .. } => self.entry(*of).is_some_and(|entry| {
                entry.act.by.staff == act.by.staff
                    && entry.struck.is_none()
                    && !matches!(entry.act.body, Body::DoseReviewed { .. })
            }),
            Body::Added { to, .. } => self.entry(*to).is_some(),
            Body::TaskDone { task, .. } => self.open_tasks.contains(task),
            Body::DoseReviewed { doses, .. } => {
                self.double_doses.iter().any(|double| double.doses.iter().all(|id| doses.contains(id)))
            }
            Body::Wound(wound) => match &wound.of {
                None => true,
                Some(of) => self.wounds.iter().any(|course| course.first == *of && course.sort == wound.sort),
            },
            // While clinicians differ either scale may be recorded: both are shown.
            Body::Observed { scale: Scale::Two { on }, .. } if self.hypercapnic != Some(*on) => {
                let yes = |entry: &Entry| matches!(entry.act.body, Body::Hypercapnic { risk: true, .. });
                let disputed = self.risk_differs.contains(on) && self.entry(*on).is_some_and(yes);
                return if disputed { Ok(()) } else { Err(ActFault::Scale) };
            }
            Body::Hypercapnic { settles, .. } => {
                let word = |entry: &Entry| matches!(entry.act.body, Body::Hypercapnic { .. });
                settles.iter().all(|id| self.entry(*id).is_some_and(word))
            }
            Body::Dose(dose) => {
                for id in &dose.despite {
                    body(id)?;
                }
                return self.admits_dose(dose, dose.least_hours.map(u32::from));
            }
            _ => true,
        };
        let visit = act.visit.is_none_or(|visit| self.open_visits.contains(&visit));
        if fits && visit { Ok(()) } else { Err(ActFault::Unknown) }
    }

    /// A dose is refused while anything in its way was not shown to the giver. `least_hours`: between two doses of it, as far as is known.
    pub fn admits_dose(&self, dose: &super::dose::Administration, least_hours: Option<u32>) -> Result<(), ActFault> {
        if !dose.is_given() {
            return Ok(());
        }
        let recorded = guard::recorded(self.acts());
        let mut way = guard::in_the_way(&recorded, &dose.medicine, (dose.slot, least_hours), dose.given_at);
        let most = (dose.most.as_deref(), dose.how_much());
        way.extend(guard::past_the_most(&recorded, &dose.medicine, most, dose.given_at));
        if way.iter().all(|known| dose.despite.contains(&known.id)) { Ok(()) } else { Err(ActFault::AlreadyGiven) }
    }

    /// Acts that stand, for the guard.
    pub fn acts(&self) -> impl Iterator<Item = (ActId, &Act)> + Clone {
        self.entries.iter().filter(|entry| entry.struck.is_none()).map(|entry| (entry.id, &entry.act))
    }
}

/// `about`: what strikes it through or adds to it, oldest first.
fn entry(id: ActId, act: &Act, about: &[&Act], (all_struck, risks): (&BTreeSet<ActId>, &Risks)) -> Option<Entry> {
    if matches!(act.body, Body::Added { .. } | Body::Struck { .. }) {
        return None;
    }
    let (mut struck, mut added) = (None, Vec::new());
    for other in about {
        match &other.body {
            Body::Struck { reason, .. } if other.by.staff == act.by.staff => {
                struck.get_or_insert_with(|| (reason.clone(), other.at));
            }
            Body::Added { text, .. } => added.push((other.by.name.clone(), other.at, text.clone())),
            _ => {}
        }
    }
    let news2 = match &act.body {
        Body::Observed { taken, scale, unfit } => Some(score(taken, *scale, *unfit)),
        _ => None,
    };
    let (mut again, mut other) = (None, None);
    match &act.body {
        Body::Observed { taken, scale: Scale::Two { on }, unfit } if all_struck.contains(on) => {
            again = Some(score(taken, Scale::One, *unfit));
        }
        Body::Observed { taken, scale, unfit } => match risks.otherwise((taken, *scale, *unfit), act.at) {
            Some(Ok(settled)) => again = Some(settled),
            Some(Err(open)) => other = Some(open),
            None => {}
        },
        _ => {}
    }
    Some(Entry { id, act: act.clone(), struck, added, news2, again, other })
}

fn wounds<'a>(acts: impl Iterator<Item = (ActId, &'a Act)>) -> Vec<WoundCourse> {
    let mut courses: Vec<(WoundCourse, Vec<Category>)> = Vec::new();
    for (id, act) in acts {
        let Body::Wound(wound) = &act.body else { continue };
        let first = wound.of.unwrap_or(id);
        let place = match courses.iter().position(|(course, _)| course.first == first) {
            Some(place) => place,
            None => {
                let course = WoundCourse { first, assessments: vec![], sort: wound.sort, highest: None, healed: false };
                courses.push((course, Vec::new()));
                courses.len() - 1
            }
        };
        let (course, categories) = &mut courses[place];
        course.assessments.push(id);
        course.healed = wound.healed;
        categories.extend(wound.category);
        course.highest = highest(categories.iter().copied());
    }
    courses.into_iter().map(|(course, _)| course).collect()
}

#[cfg(test)]
#[path = "log_tests.rs"]
mod tests;
