//! Choices made apart, that contradict each other: the most restrictive holds until somebody settles it by name; and what is none.

use crate::consent::{emergency, events, open_alerts, says};
use desk::Trouble;
use desk::ask::RecordChoice;
use desk::trouble::Field;
use hub::store::trust;
use jiff::SignedDuration;
use record::audit::Event;
use record::consent::{Choice, DecidedBy, NextStep, Recorded};
use stories::World;

#[tokio::test]
async fn a_conflict_holds_the_most_restrictive_until_somebody_settles_it_by_name() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::None);
    let (one, two) = (world.nurse("N1").await, world.nurse("N2").await);
    one.sync().await;
    two.sync().await;
    world.cut(true);
    one.ask(says(ada, Choice::Y3)).await.unwrap();
    two.ask(says(ada, Choice::N1)).await.unwrap();
    world.cut(false);
    for nurse in [&one, &two, &one] {
        nurse.sync().await;
    }
    assert_eq!(open_alerts(&world), ["CONFLICT"]);
    let Err(Trouble::Refused(why)) = one.open(ada).await else { panic!() };
    assert_eq!(why.basis.choice, Choice::Conflict);
    assert_eq!(why.basis.between.iter().map(|c| c.choice).collect::<Vec<_>>(), [Choice::Y3, Choice::N1]);
    assert!(one.caseload().await.rows[0].sealed, "kept as the most restrictive is kept");
    // A yes that does not name what it settles is not taken; one that does settles it, at once and offline.
    assert!(matches!(one.ask(says(ada, Choice::Y3)).await, Err(Trouble::Input { field: Field::Settles, .. })));
    let settles = why.basis.between.iter().map(|c| c.seq).collect();
    one.ask(RecordChoice { settles, ..says(ada, Choice::Y3) }).await.unwrap();
    one.sync().await;
    one.opened(ada).await;
    assert!(open_alerts(&world).is_empty(), "settled, so reviewed");
    assert!(events(&world, ada).iter().any(|e| matches!(e, Event::ChoiceSettled { settled: 2, .. })));
    two.sync().await;
    two.opened(ada).await;
}

#[tokio::test]
async fn two_choices_of_one_option_with_other_ends_are_a_conflict_too_and_two_who_each_asked_for_today_are_none() {
    let until = |days: i64| Some(record::Stamp::from_millis(stories::world::MORNING + days * 86_400_000));
    for (choice, one_until, two_until) in [(Choice::Y1, None, None), (Choice::Y2, until(7), until(70))] {
        let world = World::new();
        let ada = world.person(1, "Okonjo", Choice::None);
        let (one, two) = (world.nurse("N1").await, world.nurse("N2").await);
        one.sync().await;
        two.sync().await;
        world.cut(true);
        one.ask(RecordChoice { until: one_until, ..says(ada, choice) }).await.unwrap();
        two.ask(RecordChoice { until: two_until, ..says(ada, choice) }).await.unwrap();
        world.cut(false);
        for nurse in [&one, &two, &one] {
            nurse.sync().await;
        }
        if choice == Choice::Y1 {
            // Each asked for themselves: the later yes stands, and the other asks again.
            assert!(open_alerts(&world).is_empty(), "{:?}", open_alerts(&world));
            two.opened(ada).await;
            let Err(Trouble::Refused(why)) = one.open(ada).await else { panic!("somebody else's yes") };
            assert_eq!((why.basis.choice, why.next), (Choice::Y1, NextStep::AskThePerson));
            continue;
        }
        assert_eq!(open_alerts(&world), ["CONFLICT"], "{choice:?}");
        for nurse in [&one, &two] {
            let Err(Trouble::Refused(why)) = nurse.open(ada).await else { panic!("{choice:?}") };
            assert_eq!(why.basis.choice, Choice::Conflict);
        }
    }
}

#[tokio::test]
async fn a_conflict_with_never_in_it_is_closed_even_in_an_emergency() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::None);
    let (one, two) = (world.nurse("N1").await, world.nurse("N2").await);
    one.sync().await;
    two.sync().await;
    world.cut(true);
    one.ask(says(ada, Choice::N2)).await.unwrap();
    two.ask(says(ada, Choice::Y3)).await.unwrap();
    world.cut(false);
    for nurse in [&one, &two, &one] {
        nurse.sync().await;
    }
    for nurse in [&one, &two] {
        let Err(Trouble::Refused(why)) = nurse.ask(emergency(ada)).await else { panic!() };
        assert_eq!((why.basis.choice, why.next), (Choice::Conflict, NextStep::Nothing));
        assert!(!nurse.caseload().await.rows[0].carried);
    }
}

/// In somebody's best interests, today.
fn judged(person: record::PersonId) -> RecordChoice {
    let note = "cannot speak; daughter asked".to_owned().into();
    RecordChoice { by: DecidedBy::BestInterests, note, ..says(person, Choice::Y1) }
}

#[tokio::test]
async fn nobodys_judgement_takes_the_place_of_a_no() {
    for no in [Choice::N1, Choice::N2] {
        let world = World::new();
        let ada = world.person(1, "Okonjo", no);
        let nurse = world.nurse("N1").await;
        nurse.sync().await;
        assert!(matches!(nurse.ask(judged(ada)).await, Err(Trouble::Input { field: Field::Question, .. })));
        // A device of before sends it all the same; so may another system.
        let recorded = Recorded { decided_by: DecidedBy::BestInterests, choice: Choice::Y1, ..Recorded::nothing() };
        let now = world.now();
        let held = world.write(|tx| {
            let row = hub::store::people::person_row(tx, ada)?.unwrap();
            assert!(!trust::record_choice(tx, row, &recorded, "judged", u64::MAX, now)?);
            Ok(trust::choice(tx, row)?.1.choice)
        });
        assert_eq!((held, open_alerts(&world)), (no, vec!["JUDGED_AGAINST"]));
        nurse.sync().await;
        assert!(nurse.open(ada).await.is_err());
    }
}

#[tokio::test]
async fn nobodys_judgement_takes_the_place_of_the_persons_own_yes() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let (one, two) = (world.nurse("N1").await, world.nurse("N2").await);
    one.sync().await;
    two.sync().await;
    world.cut(true);
    world.pass(SignedDuration::from_hours(30));
    let (one, two) = (one.sign_in_again().await, two.sign_in_again().await);
    one.ask(judged(ada)).await.unwrap();
    world.cut(false);
    one.sync().await;
    two.sync().await;
    for nurse in [&one, &two] {
        assert_eq!(nurse.opened(ada).await.basis.choice, Choice::Y3);
    }
    assert!(open_alerts(&world).is_empty(), "{:?}", open_alerts(&world));
}

#[tokio::test]
async fn a_no_that_becomes_a_yes_at_the_bedside_is_looked_at_by_somebody() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::N1);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    nurse.ask(says(ada, Choice::Y3)).await.unwrap();
    nurse.sync().await;
    assert_eq!(open_alerts(&world), ["NO_LIFTED"]);
    nurse.opened(ada).await;
}
