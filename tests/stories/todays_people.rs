//! Who is visited today is on the device before anybody else who is new: in a first fetch over a line that is cut again and again, and when people join the
//! caseload. Nobody is missing in the end.

use desk::ask::SyncNow;
use record::PersonId;
use record::consent::Choice;
use std::sync::atomic::Ordering;
use stories::{Worker, World};

const BOOKED: [usize; 2] = [7, 10];

/// Twelve people, of whom two have a visit booked today, one tomorrow by somebody else's clinic.
fn region() -> (World, Vec<PersonId>) {
    let world = World::new();
    let stems = (1..).filter(|stem| record::NhsNumber::from_stem(999_000_000 + stem).is_some()).take(12);
    let mut people = Vec::new();
    for (n, stem) in stems.enumerate() {
        let family = format!("Okonjo{stem}");
        people.push(world.person(stem, &family, Choice::Y3));
        if BOOKED.contains(&n) {
            world.booked((stem, &family), &format!("b{stem}"), 10, "Wound care", "Community nurses");
        }
    }
    (world, people)
}

async fn here(nurse: &Worker) -> Vec<PersonId> {
    nurse.caseload().await.rows.into_iter().map(|row| row.listing.person).collect()
}

/// Over a line that is cut again and again, a little later each time: nobody who is not visited today is here before both who are.
async fn arrive(world: &World, nurse: &Worker, people: &[PersonId]) {
    let booked: Vec<PersonId> = BOOKED.iter().map(|n| people[*n]).collect();
    let mut between = 0;
    for cut in (500..400_000).step_by(150) {
        world.weather.cut_answer_at.store(cut, Ordering::Relaxed);
        let whole = nurse.ask(SyncNow {}).await.is_ok();
        let here = here(nurse).await;
        let others = here.iter().filter(|person| !booked.contains(person)).count();
        assert!(others == 0 || booked.iter().all(|person| here.contains(person)), "{others} before them, cut at {cut}");
        between += usize::from(!here.is_empty() && here.len() < people.len());
        if whole {
            break;
        }
    }
    assert!(between > 0, "it was seen on the way");
    assert_eq!(here(nurse).await.len(), people.len(), "and nobody is missing");
}

#[tokio::test]
async fn who_is_visited_today_comes_first_over_a_line_that_is_cut() {
    let (world, people) = region();
    let nurse = world.nurse("N1").await;
    arrive(&world, &nurse, &people).await;
    assert_eq!(nurse.round().await.stops.len(), 2);
    for person in &people {
        assert!(nurse.opened(*person).await.as_at.is_some_and(|line| line.missing == 0));
    }
}

#[tokio::test]
async fn of_people_who_join_a_caseload_who_is_visited_today_comes_first() {
    let (world, people) = region();
    let nurse = world.nurse("N1").await;
    let team = world.team();
    let rows: Vec<i64> = world.write(|tx| {
        let row = |person: &PersonId| hub::store::people::person_row(tx, *person).map(Option::unwrap);
        people.iter().map(row).collect()
    });
    world.write(|tx| rows.iter().try_for_each(|row| hub::store::caseload::leave(tx, team, *row).map(drop)));
    nurse.sync().await;
    assert_eq!(here(&nurse).await, vec![]);
    let established = record::consent::Relationship::Established;
    world.write(|tx| rows.iter().try_for_each(|row| hub::store::caseload::join(tx, team, *row, established).map(drop)));
    arrive(&world, &nurse, &people).await;
}
