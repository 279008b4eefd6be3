//! The person's answer at the ward's pages: taken down where the rules say "ask the person", in force at once here and on devices, with its entry
//! and in the history like any other; and a no as easily as a yes.

use axum::http::StatusCode;
use hub::store::{people, trust};
use record::PersonId;
use record::audit::Event;
use record::consent::{Channel, Choice, DecidedBy, Recorded};
use record::people::Role;
use stories::World;
use stories::officers::count;
use stories::wards::{POOLE, sister, staff, ward};

fn held(world: &World, person: PersonId) -> Recorded {
    world.write(|tx| {
        let row = people::person_row(tx, person)?.unwrap();
        trust::choice(tx, row).map(|(_, recorded)| recorded)
    })
}

/// The person's yes has run out.
fn lapsed(world: &World, person: PersonId) {
    let now = world.now();
    let recorded = Recorded {
        choice: Choice::Y2,
        until: Some(record::Stamp::from_millis(now.millis() - 1)),
        decided: Some(now),
        decided_by: DecidedBy::Person,
        ..Recorded::nothing()
    };
    world.write(|tx| {
        let row = people::person_row(tx, person)?.unwrap();
        trust::record_choice(tx, row, &recorded, "story/lapsed", u64::MAX, now)
    });
}

fn taken_down(world: &World, by: &str, choice: Choice, decided: DecidedBy) -> usize {
    count(world, |staff, event| {
        staff == by && matches!(event, Event::ChoiceRecorded { choice: c, by: d, .. } if *c == choice && *d == decided)
    })
}

#[tokio::test]
async fn an_answer_opens_the_bag_and_a_no_closes_it() {
    let world = World::new();
    let ward = ward(&world);
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let carer = world.carer("C1").await;
    let mut sister = sister(&world, &ward, "E1").await;
    carer.released_bag(ada).await;
    carer.sync().await;
    lapsed(&world, ada);
    let at = sister.get("/").await.links().into_iter().find(|link| link.starts_with("/bags/")).unwrap();
    let asked = sister.get(&at).await;
    assert_eq!(asked.status, StatusCode::FORBIDDEN);
    assert!(asked.text().contains("Take down their answer") && !asked.body.contains("OKONJO"), "{}", asked.text());
    assert!(!asked.values("choice").contains(&Choice::N2.code().to_owned()), "option 5 needs its form");
    let saw = asked.values("saw").remove(0);

    // What is missing is said, and nothing is recorded.
    let place = format!("{at}/choice");
    for (fields, mend) in [
        (vec![("decided", "person")], "Choose what they said"),
        (vec![("choice", Choice::Y3.code())], "Choose who decided"),
        (vec![("choice", Choice::Y2.code()), ("decided", "person"), ("until", "2026-03-09")], "Enter the last day"),
        (vec![("choice", Choice::Y3.code()), ("decided", "best-interests")], "Enter why this is in the person"),
        (vec![("choice", Choice::N2.code()), ("decided", "person")], "Choose what they said"),
    ] {
        let fields: Vec<(&str, &str)> = fields.into_iter().chain([("saw", saw.as_str())]).collect();
        let wrong = sister.post(&place, &fields).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.text().contains(mend), "{mend}: {}", wrong.text());
    }
    assert_eq!(held(&world, ada).choice, Choice::Y2);

    // A yes, sent twice: one answer, and the bag is open.
    let yes = [("choice", Choice::Y3.code()), ("decided", "attorney"), ("saw", saw.as_str())];
    let opened = sister.post(&place, &yes).await;
    assert_eq!((opened.status, opened.place.as_str()), (StatusCode::OK, at.as_str()), "{}", opened.text());
    assert!(opened.text().contains("Know this first"));
    sister.post(&place, &yes).await;
    assert_eq!(taken_down(&world, "E1", Choice::Y3, DecidedBy::AttorneyOrDeputy), 1);
    let now = held(&world, ada);
    let by = now.by.unwrap();
    assert_eq!((now.choice, now.decided_by, now.decided), (Choice::Y3, DecidedBy::AttorneyOrDeputy, Some(world.now())));
    assert_eq!((by.organisation.as_str(), by.how), ("Dorset County Hospital", Channel::Device));
    carer.sync().await;
    assert!(carer.bag(ada).await.is_ok(), "every device goes by it");

    // A no, from the bag's own page.
    let page = sister.get(&place).await;
    let no = [("choice", Choice::N1.code()), ("decided", "person"), ("saw", &page.values("saw").remove(0))];
    let closed = sister.post(&place, &no).await;
    assert_eq!(closed.status, StatusCode::FORBIDDEN, "{}", closed.text());
    assert!(!closed.body.contains("OKONJO"));
    carer.sync().await;
    assert!(matches!(carer.bag(ada).await, Err(desk::Trouble::Refused(_))));
}

#[tokio::test]
async fn a_best_interests_yes_is_for_one_person_and_one_day() {
    let world = World::new();
    let ward = ward(&world);
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let carer = world.carer("C1").await;
    let mut sister = sister(&world, &ward, "E1").await;
    carer.released_bag(ada).await;
    carer.sync().await;
    lapsed(&world, ada);
    let at = sister.get("/").await.links().into_iter().find(|link| link.starts_with("/bags/")).unwrap();
    let saw = sister.get(&at).await.values("saw").remove(0);
    let answer = [
        ("choice", Choice::Y3.code()),
        ("decided", "best-interests"),
        ("ground", "Unconscious; her daughter agrees"),
        ("saw", &saw),
    ];
    let mut short = answer;
    short[2].1 = "x";
    sister.post(&format!("{at}/choice"), &short).await;
    assert_ne!(held(&world, ada).only.as_ref().map(|staff| staff.as_str()), Some("E1"), "one letter is no reason");
    assert_eq!(sister.post(&format!("{at}/choice"), &answer).await.status, StatusCode::OK);
    let now = held(&world, ada);
    assert_eq!((now.choice, now.only.as_ref().map(|staff| staff.as_str())), (Choice::Y1, Some("E1")));
    assert_eq!(
        (now.until, now.reason.as_deref()),
        (Some(world.now().london_midnight_after()), Some("Unconscious; her daughter agrees"))
    );
}

#[tokio::test]
async fn who_has_nothing_to_do_with_the_person_takes_nothing_down_and_two_answers_are_not_settled_by_the_way() {
    let world = World::new();
    let ward = ward(&world);
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let carer = world.carer("C1").await;
    let mut sister = sister(&world, &ward, "E1").await;
    let mut other = staff(&world, &ward, "E2", Role::RegulatedClinician, POOLE).await;
    carer.released_bag(ada).await;
    carer.sync().await;
    let at = sister.get("/").await.links().into_iter().find(|link| link.starts_with("/bags/")).unwrap();
    let place = format!("{at}/choice");
    assert_eq!(other.get(&place).await.status, StatusCode::NOT_FOUND);
    other.get("/").await;
    let no = [("choice", Choice::N1.code()), ("decided", "person"), ("saw", "0")];
    assert_eq!(other.post(&place, &no).await.status, StatusCode::NOT_FOUND);
    assert_eq!(held(&world, ada).choice, Choice::Y3);

    // A page that was shown before somebody else's answer: the two disagree, and neither is lost.
    let saw = sister.get(&place).await.values("saw").remove(0);
    carer.chosen(ada, Choice::N1).await;
    carer.sync().await;
    let yes = [("choice", Choice::Y3.code()), ("decided", "person"), ("saw", saw.as_str())];
    sister.post(&place, &yes).await;
    assert_eq!(held(&world, ada).choice, Choice::Conflict);
    let now = sister.get(&place).await.values("saw").remove(0);
    let again = [("choice", Choice::Y3.code()), ("decided", "attorney"), ("saw", now.as_str())];
    assert_eq!(sister.post(&place, &again).await.status, StatusCode::NOT_FOUND);
    assert_eq!(held(&world, ada).choice, Choice::Conflict, "the most restrictive holds until somebody settles it");
}
