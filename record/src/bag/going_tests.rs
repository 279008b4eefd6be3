//! A bag on its way: what its summary says and what it leaves out, who has it, and what goes on without it.

use super::tests::{Notes, carer, crew, moving, nurse};
use super::view::Moving;
use super::*;
use crate::{PersonId, When};

#[test]
fn a_decision_that_is_too_long_for_a_code_ends_and_says_where_the_rest_is() {
    let long = format!("CPR decision: Not for attempted CPR. {}", "As talked over with her and her son. ".repeat(40));
    let critical = Critical { banner: "OKONJO, Ada (Mrs)".into(), cpr: vec![long; 4], ..Critical::default() };
    let small = critical.fit(400);
    assert!(small.to_bytes().len() <= 400 && small.shortened, "{}", small.to_bytes().len());
    assert!(
        small.cpr[0].starts_with("CPR decision: Not for attempted CPR.") && small.cpr[0].contains("The rest is in")
    );
}

#[test]
fn every_line_about_cpr_is_in_the_summary_whoever_wrote_it() {
    let of = |lines: &[(BagSection, &str, &str)]| {
        let mut notes = Notes::filled();
        for (section, heading, text) in lines {
            notes.write(&carer(), *section, heading, text);
        }
        notes.step(&carer(), Step::Release).unwrap();
        let bag = notes.bag();
        Critical::of(bag.released().unwrap().1)
    };
    let flag = "Not for attempted cardiopulmonary resuscitation";
    let critical = of(&[
        (BagSection::Alerts, "flag", flag),
        (BagSection::EndOfLife, "original", "DNACPR original in red folder"),
        (BagSection::EndOfLife, "focus", "Wishes to stay at home"),
        (BagSection::EndOfLife, "cpr", "CPR decision: For attempted CPR. Dr Frost, GP"),
    ]);
    assert_eq!(critical.cpr, ["CPR decision: For attempted CPR. Dr Frost, GP", flag], "both, for they differ");
    let only = of(&[(BagSection::EndOfLife, "original", "DNACPR original in red folder")]);
    assert_eq!(only.cpr, ["DNACPR original in red folder"], "who has an original has a decision");
    assert!(of(&[]).cpr.is_empty());
    let scored = of(&[(BagSection::Observations, "now", "NEWS2 5 at 09:10")]);
    assert_eq!(scored.news2, "NEWS2 5 at 09:10");
}

#[test]
fn a_year_of_birth_is_enough_and_one_that_nobody_recorded_can_be_written() {
    let with = |born| {
        let mut notes = Notes::filled();
        let Said::Opened(header) = &mut notes.0[0].said else { panic!() };
        header.born = born;
        notes
    };
    assert!(with(When::parse("1932")).step(&carer(), Step::Release).is_ok());
    let mut notes = with(None);
    assert_eq!(notes.step(&carer(), Step::Release), Err(BagFault::Missing(vec![Missing::Born])));
    notes.write(&carer(), BagSection::Person, release::BORN, "About 1932, says her sister");
    assert!(notes.step(&carer(), Step::Release).is_ok());
}

#[test]
fn the_person_goes_on_without_a_bag_that_is_missing() {
    let mut notes = Notes::filled();
    for (by, step) in [(carer(), Step::Release), (crew(), Step::Accept), (crew(), Step::Lose)] {
        notes.step(&by, step).unwrap();
    }
    notes.step(&carer(), Step::Correct).unwrap();
    notes.step(&nurse(), Step::Receive).unwrap();
    let Custody::Held(holding) = notes.bag().custody else { panic!("one holder") };
    assert_eq!((holding.state, holding.before), (State::BagMissing, State::Received));
    assert_eq!(holding.holder.name(), "Worker E1");
    assert_eq!(notes.step(&crew(), Step::Accept), Err(BagFault::Order), "received once");
    notes.step(&nurse(), Step::Find).unwrap();
    assert_eq!(notes.bag().custody.state(), Some(State::Received));
    notes.step(&nurse(), Step::Lose).unwrap();
    notes.step(&nurse(), Step::Die).unwrap();
    assert_eq!(notes.bag().custody.state(), Some(State::Died));
    assert!(notes.bag().aside.is_empty());
}

/// A death that was recorded by mistake: nothing written is changed, the bag is where it was, and why is said.
#[test]
fn a_death_recorded_by_mistake_is_put_right_and_both_stay_written() {
    let alive = |notes: &mut Notes, by: &crate::plan::Author, why: &str| {
        let bag = notes.bag();
        let remark = why.to_owned();
        let said = bag.pass(by, Moving { remark, ..moving(Step::Alive, bag.custody.lasts()) })?;
        notes.add(by, said);
        Ok::<(), BagFault>(())
    };
    let mut notes = Notes::filled();
    for (by, step) in [(carer(), Step::Release), (crew(), Step::Accept)] {
        notes.step(&by, step).unwrap();
    }
    assert_eq!(alive(&mut notes, &crew(), "x"), Err(BagFault::Order), "nobody died");
    notes.step(&crew(), Step::Die).unwrap();
    assert_eq!(alive(&mut notes, &crew(), " "), Err(BagFault::Text), "why is needed");
    assert_eq!(notes.step(&nurse(), Step::Receive), Err(BagFault::Order));
    alive(&mut notes, &crew(), "Another patient's: the wrong bag was open").unwrap();
    let bag = notes.bag();
    assert_eq!(bag.custody.state(), Some(State::Accepted));
    assert_eq!(bag.custody.holdings()[0].holder.name(), "Worker P1", "whoever had it has it");
    let steps: Vec<Step> = bag
        .passages
        .iter()
        .filter_map(|note| match &note.said {
            Said::Passed(passage) => Some(passage.step),
            _ => None,
        })
        .collect();
    assert_eq!(steps, [Step::Release, Step::Accept, Step::Die, Step::Alive]);
    notes.step(&nurse(), Step::Receive).unwrap();

    // With the bag missing too, whichever came first.
    for way in [[Step::Die, Step::Lose], [Step::Lose, Step::Die]] {
        let mut notes = Notes(notes.0.clone());
        for step in way {
            notes.step(&nurse(), step).unwrap();
        }
        alive(&mut notes, &nurse(), "The monitor was off").unwrap();
        let Custody::Held(holding) = notes.bag().custody else { panic!("one holder") };
        assert_eq!((holding.state, holding.before, holding.alive), (State::BagMissing, State::Received, None));
        notes.step(&nurse(), Step::Find).unwrap();
        assert_eq!(notes.bag().custody.state(), Some(State::Received));
    }
    // One that came from elsewhere without why counts for nothing, and is shown.
    notes.step(&nurse(), Step::Die).unwrap();
    let bag = notes.bag();
    let why = "x".to_owned();
    let mut said = bag.pass(&nurse(), Moving { remark: why, ..moving(Step::Alive, bag.custody.lasts()) }).unwrap();
    let Said::Passed(passage) = &mut said else { panic!() };
    passage.remark = String::new();
    notes.add(&nurse(), said);
    assert_eq!((notes.bag().custody.state(), notes.bag().aside.len()), (Some(State::Died), 1));
}

#[test]
fn who_was_typed_and_who_signed_are_one_only_under_one_name() {
    let apart = |typed: &str| {
        let mut notes = Notes::filled();
        notes.step(&carer(), Step::Release).unwrap();
        let bag = notes.bag();
        let typed = Some((typed.to_owned(), "South Ambulance".to_owned()));
        let said = bag.pass(&carer(), Moving { typed, ..moving(Step::Accept, bag.custody.lasts()) }).unwrap();
        let signed = bag.pass(&crew(), moving(Step::Accept, bag.custody.lasts())).unwrap();
        notes.add(&carer(), said);
        notes.add(&crew(), signed);
        notes.bag().custody
    };
    for name in ["Worker P1", "worker p1", "P1, Worker", "P1"] {
        let Custody::Held(holding) = apart(name) else { panic!("{name}: one passage") };
        assert!(holding.holder.is_verified());
    }
    assert!(matches!(apart("Sam Reed"), Custody::Disputed(both) if both.len() == 2));
}

#[test]
fn whoever_has_the_bag_says_that_nobody_is_going() {
    let mut notes = Notes::filled();
    notes.step(&carer(), Step::Release).unwrap();
    assert_eq!(notes.step(&crew(), Step::Cancel), Err(BagFault::Role));
    notes.step(&crew(), Step::Accept).unwrap();
    assert_eq!(notes.step(&carer(), Step::Cancel), Err(BagFault::Role), "the crew has it");
    assert!(notes.bag().admits(Step::Cancel, &crew().ods) && !notes.bag().admits(Step::Cancel, &carer().ods));
    notes.step(&crew(), Step::Cancel).unwrap();
    assert_eq!(notes.bag().custody.state(), Some(State::Cancelled));
}

#[test]
fn two_who_begin_apart_begin_the_same_bag_and_another_home_another() {
    let (person, home): (_, crate::OdsCode) = (PersonId::from_bytes([7; 16]), "HOME1".parse().unwrap());
    let first = BagId::begun(person, &home, None);
    assert_eq!(first, BagId::begun(person, &home, None));
    assert_ne!(first, BagId::begun(person, &home, Some(first)));
    assert_ne!(first, BagId::begun(person, &"HOME2".parse().unwrap(), None));
    assert_ne!(first, BagId::begun(PersonId::from_bytes([8; 16]), &home, None));
}
