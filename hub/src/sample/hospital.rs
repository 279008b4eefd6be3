//! What the hospital sends: attendances, admissions, scans, its own laboratory, outpatient appointments and what it prescribed.

use super::cast::Trait;
use super::clinical::{Course, Taking};
use super::events::{Class, Letter, Visit};
use super::fhir::{Bundle, term};
use super::letters;
use super::measure::Vitals;
use super::patient::{Knows, patient};
use super::person::{Person, days_lived};
use super::place::Organisation;
use super::rng::{Rng, Topic};
use super::staff::staff_name;
use super::vocab::conditions::Condition;
use super::vocab::labs::{self, Panel};
use super::vocab::medicines::{self, Drug};
use super::vocab::services::{ALLERGENS, IMAGING, PROCEDURES};
use super::when::{At, ago};

/// Whether the hospital has anything to say about the person.
pub fn knows(p: &Person) -> bool {
    p.has(Trait::Admission) || p.has(Trait::AllergyConflict) || p.has(Trait::DoseDiffers) || speciality(p).is_some()
}

/// The condition for which a hospital clinic sees the person.
fn speciality(p: &Person) -> Option<&'static Condition> {
    p.conditions
        .iter()
        .map(|(c, _)| *c)
        .filter(|_| p.age > 0)
        .find(|c| c.service.contains("outpatients") || c.service.contains("clinic"))
}

/// Fills the hospital's bundle.
pub fn write(b: &mut Bundle<'_>, p: &Person, practice: &Organisation) {
    let mut rng = Rng::of(p.seed, p.number, Topic::Hospital);
    let consultant = format!("Mr {}", staff_name(p.seed, 'K', p.number % 90));
    patient(b, p, Knows::TheBasics, Some(practice));
    if p.has(Trait::Admission) {
        admission(b, p, &mut rng, &consultant);
    }
    if let Some(condition) = speciality(p) {
        clinic(b, p, &mut rng, condition, &consultant);
    }
    if p.has(Trait::AllergyConflict) {
        b.allergy(&ALLERGENS[0], ago(p.now, 700.min(days_lived(p))), &consultant);
    }
    if p.has(Trait::DoseDiffers) {
        different_dose(b, p, &consultant);
    }
    let fitting: Vec<_> = PROCEDURES.iter().filter(|(from, _)| p.age > from + 2).collect();
    if p.age > 40 || (!fitting.is_empty() && rng.percent(25)) {
        let (from, what) = rng.pick(&fitting);
        let years = rng.between(0, (p.age - from - 1).clamp(0, 20));
        b.procedure(*what, ago(p.now, years * 365 + 100), &consultant);
    }
}

fn admission(b: &mut Bundle<'_>, p: &Person, rng: &mut Rng, consultant: &str) {
    let (reason, place) = match p.child() {
        true => ("Acute asthma", "Children's ward"),
        false => rng.pick(&[
            ("Chest infection", "Acute medical unit"),
            ("Fall with hip pain", "Trauma ward"),
            ("Acute kidney injury", "Acute medical unit"),
            ("Worsening heart failure", "Cardiology ward"),
            ("Cellulitis of leg", "Acute medical unit"),
        ]),
    };
    let nights = rng.between(1, 9);
    let left = ago(p.now, rng.between(6, 240).min(days_lived(p) - 12).max(1));
    let arrived = ago(left, nights);
    let ed = Visit {
        class: Class::Emergency,
        at: At::new(arrived, 7 + rng.below(10), rng.below(60)),
        minutes: 220,
        reason,
        note: "",
        by: "Emergency department team",
        place: ("E04", "Emergency department"),
    };
    b.encounter(&ed);
    let vitals = Vitals::of(p, rng, true);
    if rng.percent(35) {
        b.vitals(p, &vitals, ed.at.plus(15), "Emergency department triage nurse");
    }
    let mut stay = Visit { class: Class::Inpatient, at: ed.at.plus(230), place: ("", place), by: consultant, ..ed };
    stay.minutes = 60;
    b.encounter(&stay);
    let diagnosis = ("encounter-diagnosis", "Encounter Diagnosis");
    b.problem(term(reason, ""), arrived, diagnosis, consultant, false);
    if !p.child() {
        let at = At::new(arrived, 20, 15);
        let panels = [&labs::RENAL, &labs::BLOOD_COUNT, &labs::CRP];
        let panel: &Panel = rng.pick(&panels);
        b.laboratory(p, rng, panel, at, false, consultant);
        let (what, clear, found) = rng.pick(IMAGING);
        let report = if rng.percent(55) { found } else { clear };
        b.imaging(what, report, At::new(arrived, 19, 0), "Consultant radiologist");
    }
    for drug in p.conditions.iter().flat_map(|(c, _)| c.drugs).take(2) {
        b.prescribed(drug, &on_discharge(left, consultant, None));
    }
    let text = letters::discharge(p, &b.from.name, consultant, (arrived, left), reason);
    let kind = term("Discharge summary", "373942005");
    b.document(&Letter {
        kind,
        title: &format!("Discharge summary: {reason}"),
        at: At::new(left, 16, 30),
        by: consultant,
        text: &text,
    });
}

fn on_discharge<'t>(left: jiff::civil::Date, by: &'t str, instruction: Option<&'t str>) -> Taking<'t> {
    Taking {
        start: left,
        end: None,
        last: left,
        course: Course::Repeat,
        category: ("discharge", "Discharge"),
        by,
        reason: "",
        instruction,
    }
}

fn clinic(b: &mut Bundle<'_>, p: &Person, rng: &mut Rng, condition: &Condition, consultant: &str) {
    let seen = At::new(ago(p.now, rng.between(15, 250).min(days_lived(p))), 9 + rng.below(7), 30);
    let place = b.from.name.clone();
    let class = Class::Outpatient;
    let (reason, note) = (condition.term.text, condition.review);
    b.encounter(&Visit { class, at: seen, minutes: 20, reason, note, by: consultant, place: ("", condition.service) });
    b.appointment(condition.service, seen, 20, "fulfilled", consultant, &place);
    if !p.dead() {
        let ahead = At::new(ago(p.now, -rng.between(6, 150)), 9 + rng.below(7), 10);
        b.appointment(condition.service, ahead, 20, "booked", consultant, &place);
    }
    let text = letters::clinic(p, &place, consultant, seen.day, condition.service, reason, note);
    let kind = term("Clinic Note", "24731000000108");
    b.document(&Letter {
        kind,
        title: &format!("Clinic letter: {}", condition.service),
        at: seen.plus(90),
        by: consultant,
        text: &text,
    });
}

/// The hospital changed a dose and the practice has not caught up.
fn different_dose(b: &mut Bundle<'_>, p: &Person, consultant: &str) {
    let taken = |drug: &Drug| p.conditions.iter().flat_map(|(c, _)| c.drugs).any(|d| d.name == drug.name);
    let changed: (&Drug, Option<&str>) = match () {
        () if taken(&medicines::FUROSEMIDE) => (&medicines::FUROSEMIDE, Some("Take TWO tablets (80mg) each morning")),
        () if taken(&medicines::RAMIPRIL) => (&medicines::RAMIPRIL_10, None),
        () if taken(&medicines::AMLODIPINE) => (&medicines::AMLODIPINE_10, None),
        () => (&medicines::LANSOPRAZOLE, Some("Take ONE capsule TWICE a day for 8 weeks")),
    };
    let (drug, instruction) = changed;
    b.prescribed(drug, &on_discharge(ago(p.now, 9), consultant, instruction));
}
