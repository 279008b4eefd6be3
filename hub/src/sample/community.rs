//! What community nursing sends: visits at home, vital signs, wounds, the care plan with goals, the team, alerts for visitors,
//! and the visits that are booked.

use super::cast::Trait;
use super::end_of_life;
use super::events::{Class, Visit};
use super::fhir::{Bundle, term};
use super::measure::{Value, Vitals};
use super::patient::{Knows, patient};
use super::person::{Person, days_lived};
use super::place::Organisation;
use super::plans::Plan;
use super::rng::{Rng, Topic};
use super::staff::{nurse_of, staff_name};
use super::vocab::conditions as c;
use super::vocab::services as s;
use super::when::{At, ago};

/// Fills the community trust's bundle.
pub fn write(b: &mut Bundle<'_>, p: &Person, practice: &Organisation) {
    let mut rng = Rng::of(p.seed, p.number, Topic::Community);
    let nurse = staff_name(p.seed, 'N', nurse_of(p.number));
    patient(b, p, Knows::TheBasics, Some(practice));
    visits(b, p, &mut rng, &nurse);
    plan(b, p, &nurse);
    team(b, p, &nurse);
    alerts(b, p, &nurse);
    if p.has(Trait::EndOfLife) {
        end_of_life::community_part(b, p, &nurse);
    }
    if !p.dead() {
        // Every second of the demonstration nurse's people is on her round today.
        let soon = nurse_of(p.number) == 0 && p.number.is_multiple_of(2);
        let first = rng.between(0, 4) * i32::from(!soon);
        let at = At::new(ago(p.now, -first), 8 + rng.below(9), 15 * rng.below(4));
        b.appointment(purpose(p), at, 30, "booked", &nurse, "Patient's home");
    }
}

/// Why the nurses come.
fn purpose(p: &Person) -> &'static str {
    match () {
        () if p.has(Trait::EndOfLife) => "Palliative care visit",
        () if p.has_condition(&c::LEG_ULCER) => "Leg ulcer dressing",
        () if p.has_condition(&c::PRESSURE_ULCER) => "Pressure ulcer dressing",
        () if p.has_condition(&c::INSULIN_DIABETES) => "Insulin administration",
        () if p.child() => "Children's community nursing visit",
        () => "Blood pressure and long-term condition review",
    }
}

fn visits(b: &mut Bundle<'_>, p: &Person, rng: &mut Rng, nurse: &str) {
    let place = match p.resident_of {
        Some(_) => ("G02", "Care home with nursing"),
        None => ("A01", "Patient's home"),
    };
    let count = rng.between(1, 2);
    for visit in 0..count {
        let day = ago(p.now, (1 + visit * 4 + rng.between(0, 2)).min(days_lived(p)));
        let at = At::new(day, 8 + rng.below(9), rng.below(60));
        let note = "Seen at home as planned. Dressing intact, skin checked, no new concerns. Drinking well. Next visit as booked; to ring if worse.";
        b.encounter(&Visit { class: Class::HomeVisit, at, minutes: 35, reason: purpose(p), note, by: nurse, place });
        if visit == 0 && rng.percent(45) {
            let vitals = Vitals::of(p, rng, rng.clone().percent(15));
            b.vitals(p, &vitals, at.plus(10), nurse);
        }
    }
    let at = At::new(ago(p.now, 8.min(days_lived(p))), 10, 0);
    if p.age >= 65 {
        b.finding(term("Clinical Frailty Scale (version 2.0)", ""), Value::Score(p.frailty), at, nurse);
    }
    if p.has_condition(&c::HEART_FAILURE) {
        b.weight(p.weight + rng.between(-15, 25), at, nurse);
    }
    if p.number % 12 == 5 {
        let refused = Value::Refused("Declined to be weighed today");
        b.finding(term("Body weight", "27113001"), refused, at.plus(5), nurse);
    }
    if p.has_condition(&c::LEG_ULCER) || p.has_condition(&c::PRESSURE_ULCER) {
        let words = format!(
            "{} cm by {} cm, granulating, low exudate, no odour, surrounding skin dry",
            rng.between(2, 6),
            rng.between(1, 4)
        );
        b.finding(term("Wound assessment", ""), Value::Words(&words), at.plus(15), nurse);
        b.finding(term("Waterlow pressure ulcer risk score", ""), Value::Score(rng.between(8, 22)), at.plus(18), nurse);
    }
}

fn plan(b: &mut Bundle<'_>, p: &Person, nurse: &str) {
    let start = ago(p.now, (90 + (p.number % 200) as i32).min(days_lived(p)));
    let review = ago(p.now, -60);
    let (title, goal, actions): (&str, &str, &[(&str, &str)]) = match () {
        () if p.has_condition(&c::LEG_ULCER) || p.has_condition(&c::PRESSURE_ULCER) => (
            "Wound care plan",
            "For the wound to heal and to walk to the shop again",
            &[
                ("Dress the wound; compression as prescribed", "Twice a week"),
                ("Measure and photograph", "Every two weeks"),
            ],
        ),
        () if p.has_condition(&c::HEART_FAILURE) => (
            "Heart failure care plan",
            "To sleep lying down and stay out of hospital",
            &[("Weigh; ring if up 2 kg in 3 days", "Daily"), ("Check oedema, pulse and blood pressure", "Weekly")],
        ),
        () if p.has_condition(&c::COPD) => (
            "Breathlessness care plan",
            "To manage a flare-up at home with the rescue pack",
            &[("Check saturation and inhaler technique", "Monthly"), ("Pulmonary rehabilitation exercises", "Daily")],
        ),
        () => (
            "Personalised care and support plan",
            "To stay independent at home",
            &[("Review of medicines, skin and mood", "Monthly"), ("Falls prevention exercises", "Daily")],
        ),
    };
    let goals = [b.goal(goal, ("improving", "Improving"), start, review)];
    let description = "Agreed with the person. What matters: being at home, seeing family, no fuss.";
    let category = term("Care plan", "734163000");
    b.care_plan(&Plan { title, category, description, actions, start, review }, &goals, nurse);
}

fn team(b: &mut Bundle<'_>, p: &Person, nurse: &str) {
    let since = ago(p.now, (100 + (p.number % 300) as i32).min(days_lived(p)));
    let lead = staff_name(p.seed, 'N', 1);
    let therapist = staff_name(p.seed, 'T', p.number % 30);
    let name = format!("Community nursing, {}", p.home.town);
    let members = [("Named nurse", nurse), ("Team lead", &lead), ("Occupational therapist", &therapist)];
    b.care_team(&name, &members, "01632 960200", since);
    b.episode("Community nursing", purpose(p), "Community nursing", nurse, since, p.dead().then_some(p.now));
}

fn alerts(b: &mut Bundle<'_>, p: &Person, nurse: &str) {
    let since = ago(p.now, (30 + (p.number % 100) as i32).min(days_lived(p)));
    let known = [
        (Trait::KeySafe, &s::KEY_SAFE),
        (Trait::LoneWorker, &s::LONE_WORKER),
        (Trait::Oxygen, &s::OXYGEN),
        (Trait::Dog, &s::DOG),
        (Trait::Hoarding, &s::HOARDING),
        (Trait::Infection, &s::INFECTION),
        (Trait::Falls, &s::FALLS),
        (Trait::Bariatric, &s::BARIATRIC),
    ];
    for (_, alert) in known.into_iter().filter(|(wanted, _)| p.has(*wanted)) {
        b.alert(alert, since, nurse);
    }
}
