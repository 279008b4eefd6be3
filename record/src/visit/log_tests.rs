//! What is shown, put together from acts in any order; and what an act may name.

use super::super::bytes::tests::{MORNING, act, given};
use super::super::dose::Part;
use super::super::vitals::{Breathing, Consciousness, Observations, Taken, Vital};
use super::super::wound::{Wound, heel};
use super::*;

fn id(act: &Act) -> ActId {
    ActId::of(&act.to_bytes())
}

fn assemble(acts: &[Act]) -> Log {
    let forwards = Log::assemble(acts.iter().map(|act| (id(act), act.clone())));
    let backwards = Log::assemble(acts.iter().rev().chain(acts).map(|act| (id(act), act.clone())));
    assert_eq!(forwards, backwards, "order and repetition make no difference");
    forwards
}

fn note(staff: &str, minutes: i64, text: &str) -> Act {
    act(staff, MORNING + minutes * 60_000, Body::Note { text: text.into() })
}

fn whole_set(pulse: u16) -> Body {
    let signs = [
        (Vital::Respiration, 16),
        (Vital::Saturation, 97),
        (Vital::Systolic, 120),
        (Vital::Pulse, pulse),
        (Vital::Temperature, 370),
    ];
    let taken = Observations {
        signs: signs.into_iter().map(|(vital, value)| (vital, Taken::Value(value))).collect(),
        breathing: Some(Breathing::Air),
        consciousness: Some(Consciousness::Alert),
    };
    Body::Observed { taken, scale: Scale::One, unfit: None }
}

#[test]
fn a_note_is_corrected_by_addition_and_never_changed() {
    let first = note("N1", 0, "Left leg dressed.");
    let added = act("N2", MORNING + 60_000, Body::Added { to: id(&first), text: "It was the right leg.".into() });
    let log = assemble(&[first.clone(), added]);
    assert_eq!(log.entries.len(), 1);
    assert_eq!(log.entries[0].act, first);
    assert_eq!(log.entries[0].added[0].2, "It was the right leg.");
}

#[test]
fn only_its_author_strikes_an_act_and_it_stays_to_be_seen() {
    let first = note("N1", 0, "In the wrong record.");
    let strike =
        |staff: &str| act(staff, MORNING + 60_000, Body::Struck { of: id(&first), reason: "wrong person".into() });
    assert_eq!(assemble(std::slice::from_ref(&first)).admits(&strike("N2")), Err(ActFault::Unknown));
    assert_eq!(assemble(std::slice::from_ref(&first)).admits(&strike("N1")), Ok(()));
    assert!(assemble(&[first.clone(), strike("N2")]).entries[0].struck.is_none());
    let log = assemble(&[first.clone(), strike("N1")]);
    assert_eq!(log.entries[0].struck.as_ref().map(|(why, _)| why.as_str()), Some("wrong person"));
    assert_eq!(log.admits(&strike("N1")), Err(ActFault::Unknown), "once is enough");
}

#[test]
fn a_visit_ends_once_and_its_acts_name_it() {
    let start = act("N1", MORNING, Body::Started { booking: "Appointment/1".into() });
    let log = assemble(std::slice::from_ref(&start));
    assert_eq!(log.open_visits, [id(&start)]);
    let within = Act { visit: Some(id(&start)), ..note("N1", 5, "Well.") };
    assert_eq!(log.admits(&within), Ok(()));
    let end = act("N1", MORNING + 600_000, Body::Ended { start: id(&start), summary: String::new() });
    assert_eq!(log.admits(&end), Ok(()));
    let log = assemble(&[start, within.clone(), end.clone()]);
    assert!(log.open_visits.is_empty());
    assert_eq!((log.admits(&end), log.admits(&within)), (Err(ActFault::Unknown), Err(ActFault::Unknown)));
}

#[test]
fn an_end_counts_whatever_the_clocks_say() {
    let start = act("N1", MORNING, Body::Started { booking: String::new() });
    for millis in [MORNING - 60_000, MORNING, MORNING + 60_000] {
        let end = act("N2", millis, Body::Ended { start: id(&start), summary: String::new() });
        assert!(assemble(&[start.clone(), end]).open_visits.is_empty());
    }
}

#[test]
fn the_run_of_scores_leaves_out_what_is_incomplete_or_struck() {
    let mut partial = whole_set(80);
    let Body::Observed { taken, .. } = &mut partial else { panic!() };
    taken.signs.remove(&Vital::Temperature);
    let acts = [
        act("N1", MORNING, whole_set(80)),
        act("N1", MORNING + 1, partial),
        act("N1", MORNING + 2, whole_set(120)),
        act("N1", MORNING + 3, whole_set(135)),
    ];
    let strike = act("N1", MORNING + 4, Body::Struck { of: id(&acts[3]), reason: "cuff slipped".into() });
    let all = [acts.as_slice(), &[strike]].concat();
    let totals: Vec<u8> = assemble(&all).scores().iter().map(|(_, score)| score.total()).collect();
    assert_eq!(totals, [0, 2]);
}

#[test]
fn scale_two_needs_the_risk_that_stands() {
    let risk = risk("N1", MORNING, true, &[]);
    let Body::Observed { taken, .. } = whole_set(80) else { panic!() };
    let on = id(&risk);
    let second = act("N1", MORNING + 9, Body::Observed { taken, scale: Scale::Two { on }, unfit: None });
    assert_eq!(assemble(&[]).admits(&second), Err(ActFault::Scale));
    assert_eq!(assemble(std::slice::from_ref(&risk)).admits(&second), Ok(()));
    let over = act(
        "N1",
        MORNING + 5,
        Body::Hypercapnic { risk: false, prescriber: "Dr Ash".into(), basis: "reviewed".into(), settles: vec![] },
    );
    assert_eq!(assemble(&[risk, over]).admits(&second), Err(ActFault::Scale));
}

#[test]
fn a_score_whose_risk_was_struck_through_is_reckoned_again_on_scale_one() {
    let first = risk("N1", MORNING, true, &[]);
    let Body::Observed { mut taken, .. } = whole_set(80) else { panic!() };
    taken.signs.insert(Vital::Saturation, Taken::Value(88));
    let second = act("N2", MORNING + 9, Body::Observed { taken, scale: Scale::Two { on: id(&first) }, unfit: None });
    let totals = |acts: &[Act]| assemble(acts).scores().iter().map(|(_, score)| score.total()).collect::<Vec<_>>();
    assert_eq!(totals(&[first.clone(), second.clone()]), [0]);
    let strike = act("N1", MORNING + 20, Body::Struck { of: id(&first), reason: "wrong person".into() });
    let acts = [first.clone(), second.clone(), strike];
    assert_eq!(totals(&acts), [3]);
    let log = assemble(&acts);
    let entry = log.entry(id(&second)).unwrap();
    assert!(matches!(&entry.news2, Some(News2::Score(score)) if score.total() == 0), "what was signed stands");
    assert!(log.newest_signs().unwrap().0.starts_with("NEWS2 3"));
}

fn risk(staff: &str, at: i64, risk: bool, settles: &[&Act]) -> Act {
    let settles = settles.iter().map(|act| id(act)).collect();
    act(staff, at, Body::Hypercapnic { risk, prescriber: "Dr Ash".into(), basis: "COPD".into(), settles })
}

/// Neither of two that were recorded apart wins by its clock; a score is shown on both scales, until a clinician names both.
#[test]
fn clinicians_who_differ_about_the_risk_are_both_heard_until_one_settles_it() {
    let (yes, no) = (risk("N1", MORNING, true, &[]), risk("N2", MORNING + 30, false, &[]));
    let Body::Observed { mut taken, .. } = whole_set(80) else { panic!() };
    taken.signs.insert(Vital::Saturation, Taken::Value(88));
    let signs = |scale, at| act("N3", MORNING + at, Body::Observed { taken: taken.clone(), scale, unfit: None });
    let (two, one) = (signs(Scale::Two { on: id(&yes) }, 40), signs(Scale::One, 50));
    let before = signs(Scale::One, -10);
    for months in [0, 30 * 86_400_000] {
        let no = risk("N2", MORNING + 30 + months, false, &[]);
        let log = assemble(&[yes.clone(), no.clone(), two.clone(), one.clone(), before.clone()]);
        assert_eq!((log.hypercapnic, &log.risk_differs), (None, &vec![id(&no), id(&yes)]), "however long after");
        for set in [&two, &one] {
            let entry = log.entry(id(set)).unwrap();
            let words = entry.both().unwrap();
            assert!(words.contains("0 on SpO2 scale 2") && words.contains("3 on SpO2 scale 1"), "{words}");
            assert_eq!(entry.counted(), None, "never a single total");
        }
        assert_eq!(log.scores().len(), 1, "the one before");
        assert!(log.newest_signs().unwrap().0.starts_with("NEWS2 disputed"));
        assert_eq!((log.admits(&signs(Scale::One, 60)), log.admits(&two)), (Ok(()), Ok(())));
        assert_eq!(log.admits(&signs(Scale::Two { on: id(&no) }, 60)), Err(ActFault::Scale));
    }
    let totals = |acts: &[&Act]| {
        let log = assemble(&acts.iter().map(|act| (*act).clone()).collect::<Vec<_>>());
        (log.hypercapnic, log.scores().iter().map(|(_, score)| score.total()).collect::<Vec<_>>())
    };
    // A third settles it, by name; also for the sets that were taken meanwhile.
    let settled = risk("N4", MORNING + 70, true, &[&yes, &no]);
    assert_eq!(totals(&[&yes, &no, &two, &one, &before, &settled]), (Some(id(&settled)), vec![3, 0, 0]));
    let settled_no = risk("N4", MORNING + 70, false, &[&yes, &no]);
    assert_eq!(totals(&[&yes, &no, &two, &one, &before, &settled_no]), (None, vec![3, 3, 3]));
    // Two who settle it apart and differ have settled nothing; one who does not name the other neither.
    let again = risk("N5", MORNING + 60, false, &[&yes, &no]);
    assert_eq!(totals(&[&yes, &no, &two, &settled, &again]), (None, vec![]));
    assert!(totals(&[&yes, &no, &two, &risk("N4", MORNING + 70, true, &[&no])]).0.is_some());
    // A review that names what it answers is no dispute; nor do two who agree differ.
    let review = risk("N2", MORNING + 45, false, &[&yes]);
    assert_eq!(totals(&[&yes, &two, &review]), (None, vec![0]), "what was scored stands as it was scored");
    assert!(assemble(&[yes.clone(), risk("N2", MORNING + 31, true, &[])]).risk_differs.is_empty());
    let stranger = signs(Scale::One, 1);
    assert_eq!(
        assemble(std::slice::from_ref(&stranger)).admits(&risk("N1", MORNING + 2, true, &[&stranger])),
        Err(ActFault::Unknown)
    );
}

#[test]
fn a_second_dose_is_refused_until_the_first_was_shown() {
    let first = act("N1", MORNING + 300_000, Body::Dose(given(Part::Morning, 0)));
    let log = assemble(std::slice::from_ref(&first));
    let again = act("N2", MORNING + 3_600_000, Body::Dose(given(Part::Morning, 30)));
    assert_eq!(log.admits(&again), Err(ActFault::AlreadyGiven));
    let mut knowing = given(Part::Morning, 30);
    knowing.despite = vec![id(&first)];
    assert_eq!(log.admits(&act("N2", MORNING + 3_600_000, Body::Dose(knowing))), Ok(()));
    let mut stranger = given(Part::Evening, 30);
    stranger.despite = vec![ActId::from_bytes([1; 16])];
    assert_eq!(log.admits(&act("N2", MORNING + 3_600_000, Body::Dose(stranger))), Err(ActFault::Unknown));
}

#[test]
fn a_dose_is_never_recorded_ahead_and_belongs_to_its_day() {
    let early = act("N1", MORNING, Body::Dose(given(Part::Morning, 30)));
    assert_eq!(early.check(), Err(ActFault::Ahead));
    let mut late = given(Part::Morning, 0);
    late.slot.day = "2026-03-09".parse().unwrap();
    assert_eq!(act("N1", MORNING, Body::Dose(late.clone())).check(), Err(ActFault::Ahead));
    late.slot.part = Part::Night;
    assert_eq!(act("N1", MORNING, Body::Dose(late)).check(), Ok(()), "last night's, after midnight");
}

#[test]
fn a_wound_keeps_its_highest_category_and_its_first_assessment() {
    use super::super::wound::Category;
    let deep = Wound { category: Some(Category::Four), ..heel() };
    let first = act("N1", MORNING, Body::Wound(Box::new(deep)));
    let later = Wound { of: Some(id(&first)), healed: true, ..heel() };
    let second = act("N1", MORNING + 1, Body::Wound(Box::new(later.clone())));
    assert_eq!(assemble(&[]).admits(&second), Err(ActFault::Unknown));
    let log = assemble(&[first, second]);
    assert_eq!(log.wounds.len(), 1);
    assert_eq!((log.wounds[0].highest, log.wounds[0].healed), (Some(Category::Four), true));
    assert_eq!(log.wounds[0].assessments.len(), 2);
}

#[test]
fn what_is_to_do_stays_until_it_is_done() {
    let body = Body::Task { what: "Order dressings".into(), who: super::super::act::For::Team, due: None };
    let task = act("N1", MORNING, body);
    assert_eq!(assemble(std::slice::from_ref(&task)).open_tasks, [id(&task)]);
    let done = act("N2", MORNING + 1, Body::TaskDone { task: id(&task), words: String::new() });
    assert!(assemble(&[task, done]).open_tasks.is_empty());
}

#[test]
fn a_visit_is_started_once_until_it_is_ended() {
    let start = |staff: &str, at: i64| act(staff, at, Body::Started { booking: String::new() });
    let first = start("N1", MORNING);
    let log = assemble(std::slice::from_ref(&first));
    assert_eq!(log.admits(&start("N1", MORNING + 1)), Err(ActFault::AlreadyOn));
    assert_eq!(log.admits(&start("N2", MORNING + 1)), Ok(()), "a colleague's is another");
    let body = Body::Ended { start: id(&first), summary: String::new() };
    let log = assemble(&[first, act("N1", MORNING + 2, body)]);
    assert_eq!(log.admits(&start("N1", MORNING + 3)), Ok(()));
}
