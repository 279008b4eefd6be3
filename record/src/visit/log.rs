//! What was done for a person, put together from acts: newest first, each with what was added to it, struck through where its author
//! said so; the run of NEWS2; the wounds; what is still to do. Pure, and the same whatever order the acts came in.

use super::act::{Act, ActFault, ActId, Body};
use super::guard::{self, DoubleDose};
use super::news2::{News2, Scale, score};
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
    /// Of observations.
    pub news2: Option<News2>,
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
                Body::Hypercapnic { risk, .. } => log.hypercapnic = risk.then_some(id),
                _ => {}
            }
        }
        log.wounds = wounds(standing());
        let mut about: BTreeMap<ActId, Vec<&Act>> = BTreeMap::new();
        for (_, act) in &order {
            if let Body::Struck { of, .. } | Body::Added { to: of, .. } = &act.body {
                about.entry(*of).or_default().push(act);
            }
        }
        let said = |id: &ActId| about.get(id).map_or(&[][..], Vec::as_slice);
        log.entries = order.iter().rev().filter_map(|(id, act)| entry(*id, act, said(id))).collect();
        log
    }

    pub fn entry(&self, id: ActId) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.id == id)
    }

    /// Whole NEWS2 totals over time, oldest first: what the chart draws. What is incomplete or struck through is no point of it.
    pub fn scores(&self) -> Vec<(Stamp, super::news2::Score)> {
        let point = |entry: &Entry| match (&entry.news2, &entry.struck) {
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
        let score = match &entry.news2 {
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
            Body::Observed { scale: Scale::Two { on }, .. } if self.hypercapnic != Some(*on) => {
                return Err(ActFault::Scale);
            }
            Body::Dose(dose) => {
                for id in &dose.despite {
                    body(id)?;
                }
                return self.admits_dose(dose);
            }
            _ => true,
        };
        let visit = act.visit.is_none_or(|visit| self.open_visits.contains(&visit));
        if fits && visit { Ok(()) } else { Err(ActFault::Unknown) }
    }

    /// A dose is refused while anything in its way was not shown to the giver.
    fn admits_dose(&self, dose: &super::dose::Administration) -> Result<(), ActFault> {
        if !dose.is_given() {
            return Ok(());
        }
        let given = guard::given(self.acts());
        let way = guard::in_the_way(&given, &dose.medicine, (dose.slot, dose.least_hours), dose.given_at);
        if way.iter().all(|known| dose.despite.contains(&known.id)) { Ok(()) } else { Err(ActFault::AlreadyGiven) }
    }

    /// Acts that stand, for the guard.
    pub fn acts(&self) -> impl Iterator<Item = (ActId, &Act)> + Clone {
        self.entries.iter().filter(|entry| entry.struck.is_none()).map(|entry| (entry.id, &entry.act))
    }
}

/// `about`: what strikes it through or adds to it, oldest first.
fn entry(id: ActId, act: &Act, about: &[&Act]) -> Option<Entry> {
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
    Some(Entry { id, act: act.clone(), struck, added, news2 })
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
