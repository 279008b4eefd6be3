//! What the smaller senders say: mental health, ambulance, adult social care and care homes.

use super::cast::Trait;
use super::events::{Class, Letter, Visit};
use super::fhir::{Bundle, term};
use super::letters;
use super::measure::{Value, Vitals};
use super::patient::{Knows, patient};
use super::person::{Person, days_lived};
use super::plans::Plan;
use super::rng::{Rng, Topic};
use super::staff::staff_name;
use super::vocab::services as s;
use super::when::{At, ago};

/// Fills the mental health trust's bundle: coordinator, crisis plan, visits.
pub fn mental_health(b: &mut Bundle<'_>, p: &Person) {
    let mut rng = Rng::of(p.seed, p.number, Topic::MentalHealth);
    let coordinator = staff_name(p.seed, 'M', p.number % 60);
    patient(b, p, Knows::TheBasics, None);
    let since = ago(p.now, 400.min(days_lived(p)));
    b.care_team("Community mental health team", &[("Care coordinator", &coordinator)], "01632 960110", since);
    let seen = At::new(ago(p.now, rng.between(5, 40)), 13, 0);
    let note = "Seen at home. Engaging well, mood settled, sleeping six hours. No thoughts of harm. Medicines taken.";
    let place = ("A01", "Patient's home");
    b.encounter(&Visit {
        class: Class::HomeVisit,
        at: seen,
        minutes: 45,
        reason: "Care coordination",
        note,
        by: &coordinator,
        place,
    });
    b.finding(
        term("Patient Health Questionnaire-9 score", ""),
        Value::Score(rng.between(4, 17)),
        seen.plus(30),
        &coordinator,
    );
    let plan = Plan {
        title: "Mental health crisis plan",
        category: term("Mental health crisis plan", "736253002"),
        description: "Early signs, what helps and who to ring. Agreed with the person and with family.",
        actions: &[("Visit by care coordinator", "Every two weeks"), ("Physical health check", "Yearly")],
        start: ago(p.now, 120.min(days_lived(p))),
        review: ago(p.now, -90),
    };
    b.care_plan(&plan, &[], &coordinator);
    let text = letters::crisis_plan(p, &b.from.name, &coordinator, plan.start);
    let at = At::new(plan.start, 15, 0);
    let kind = term("Mental health crisis plan", "736253002");
    b.document(&Letter { kind, title: "Crisis and safety plan", at, by: &coordinator, text: &text });
}

/// Fills the ambulance trust's bundle: one attendance with its observations.
pub fn ambulance(b: &mut Bundle<'_>, p: &Person) {
    let mut rng = Rng::of(p.seed, p.number, Topic::Ambulance);
    let crew = staff_name(p.seed, 'P', p.number % 50);
    patient(b, p, Knows::TheBasics, None);
    let at = At::new(ago(p.now, rng.between(2, 200).min(days_lived(p))), rng.below(22), rng.below(60));
    let (reason, note) = if p.child() { s::CALLS[1] } else { rng.pick(s::CALLS) };
    let vitals = Vitals::of(p, &mut rng, true);
    b.encounter(&Visit {
        class: Class::Ambulance,
        at,
        minutes: 55,
        reason,
        note,
        by: &crew,
        place: ("A01", "Patient's home"),
    });
    b.vitals(p, &vitals, at.plus(10), &crew);
    if p.age >= 65 {
        b.finding(term("Clinical Frailty Scale (version 2.0)", ""), Value::Score(p.frailty), at.plus(20), &crew);
    }
}

/// Fills a council's bundle: the package of care, the worker, equipment, the assessment.
pub fn social_care(b: &mut Bundle<'_>, p: &Person) {
    let mut rng = Rng::of(p.seed, p.number, Topic::SocialCare);
    let worker = staff_name(p.seed, 'S', p.number % 80);
    patient(b, p, Knows::TheBasics, None);
    let since = ago(p.now, rng.between(40, 900).min(days_lived(p)));
    let (what, how_often, provider) = match p.resident_of {
        Some(_) => ("Residential placement", "Long-term placement, reviewed yearly", "Care home"),
        None => rng.pick(s::PACKAGES),
    };
    b.episode(what, how_often, provider, &worker, since, p.dead().then_some(p.now));
    b.care_team("Adult social care", &[("Allocated worker", &worker), ("Provider", provider)], "01632 960300", since);
    let plan = Plan {
        title: "Care and support plan",
        category: term("Care and support plan (Care Act 2014)", ""),
        description: "Eligible needs: nutrition, hygiene, being safe at home. Outcomes agreed with the person and family.",
        actions: &[(what, how_often), ("Review by social worker", "Yearly")],
        start: since,
        review: ago(p.now, -120),
    };
    b.care_plan(&plan, &[], &worker);
    b.equipment(rng.pick(s::EQUIPMENT), since);
    let due = ago(p.now, -rng.between(5, 90));
    b.task("Annual review of care and support", due, ago(p.now, 20.min(days_lived(p))), &worker);
    if p.has(Trait::Safeguarding) {
        b.alert(&s::SAFEGUARDING, ago(p.now, 14), &worker);
    }
    let title = "Needs assessment (Care Act 2014)";
    let text = letters::needs(p, &b.from.name, &worker, since, title);
    let at = At::new(since, 14, 30);
    b.document(&Letter { kind: term(title, ""), title, at, by: &worker, text: &text });
}

/// Fills a care home's bundle: daily care, weight and MUST, the "about me", a fall.
pub fn care_home(b: &mut Bundle<'_>, p: &Person, home: u64) {
    let mut rng = Rng::of(p.seed, p.number, Topic::CareHome);
    let senior = staff_name(p.seed, 'H', home * 2);
    patient(b, p, Knows::TheBasics, None);
    let since = ago(p.now, rng.between(60, 1_400));
    b.episode(
        "Care home residency",
        "Room on the ground floor",
        "Care home",
        &senior,
        since,
        p.dead().then_some(p.now),
    );
    let at = At::new(ago(p.now, rng.between(2, 25)), 7, 45);
    b.weight(p.weight - rng.between(0, 40), at, &senior);
    b.finding(
        term("Malnutrition Universal Screening Tool score", ""),
        Value::Score(rng.between(0, 3)),
        at.plus(10),
        &senior,
    );
    let answers = [
        ("I like to be called", p.name.known_as.unwrap_or(p.name.given[0])),
        ("My day", "Up at eight, tea first. Bath in the evening. Bed by nine with the radio on."),
        ("Food and drink", "Soft diet, finger food when restless. Tea with two sugars. Dislikes fish."),
        ("What worries me", "Shouting, and not knowing where my handbag is."),
        ("People who matter", p.kin.name.as_str()),
    ];
    b.form("about-me", &answers, at.plus(30), &senior);
    if p.has(Trait::Falls) {
        b.alert(&s::FALLS, ago(p.now, 50), &senior);
    }
    let title = "Care home care plan summary";
    let text = letters::needs(p, &b.from.name, &senior, since, title);
    b.document(&Letter { kind: term(title, ""), title, at: At::new(since, 12, 0), by: &senior, text: &text });
}
