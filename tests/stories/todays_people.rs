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

#[tokio::test]
async fn who_is_visited_today_comes_first_over_a_line_that_is_cut() {
    let (world, people) = region();
    let nurse = world.nurse("N1").await;
    let booked: Vec<PersonId> = BOOKED.iter().map(|n| people[*n]).collect();
    let mut first = Vec::new();
    for cut in (1_000..400_000).step_by(150) {
        world.weather.cut_answer_at.store(cut, Ordering::Relaxed);
        let whole = nurse.ask(SyncNow {}).await.is_ok();
        for person in here(&nurse).await {
            if !first.contains(&person) {
                first.push(person);
            }
        }
        if whole {
            break;
        }
    }
    let mut began = first[..2].to_vec();
    began.sort_by_key(|person| people.iter().position(|p| p == person));
    assert_eq!(began, booked, "and then the others");
    assert_eq!(first.len(), 12, "nobody is missing");
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
    let mut first = Vec::new();
    for cut in (500..400_000).step_by(150) {
        world.weather.cut_answer_at.store(cut, Ordering::Relaxed);
        let whole = nurse.ask(SyncNow {}).await.is_ok();
        for person in here(&nurse).await {
            if !first.contains(&person) {
                first.push(person);
            }
        }
        if whole {
            break;
        }
    }
    let mut began = first[..2].to_vec();
    began.sort_by_key(|person| people.iter().position(|p| p == person));
    assert_eq!((began, first.len()), (BOOKED.iter().map(|n| people[*n]).collect(), 12));
}
