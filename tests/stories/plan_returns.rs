//! What a user wrote and did comes back to them whole, or is not shown at all: after a person was away, after a choice, after an older
//! copy of the device or of the hub was put back. What could not be taken is kept with its words, out of the plan.

use desk::Trouble;
use desk::ask::{PlanAsideDone, SignOut, SyncNow};
use desk::plan::PlanPage;
use desk::visit::VisitPage;
use hub::store::{caseload, people, plans, visits};
use jiff::SignedDuration;
use record::PersonId;
use record::consent::{Choice, Relationship};
use record::plan::Topic;
use std::sync::atomic::Ordering;
use stories::plans::{NOT_FOR_CPR, about};
use stories::{Worker, World};

async fn one() -> (World, PersonId, Worker) {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    (world, ada, nurse)
}

fn membership(world: &World, person: PersonId, on: bool) {
    let team = world.team();
    world.write(|tx| {
        let row = people::person_row(tx, person)?.unwrap();
        if on { caseload::join(tx, team, row, Relationship::Established) } else { caseload::leave(tx, team, row) }
    });
}

fn people_in(page: &PlanPage) -> String {
    page.plan.parts[0].prose("people").to_string()
}

fn acts(page: &VisitPage) -> usize {
    page.log.acts().count()
}

fn row(world: &World, person: PersonId) -> i64 {
    world.write(|tx| people::person_row(tx, person)).unwrap()
}

async fn sign_out(nurse: &Worker) {
    nurse.ask(SignOut {}).await.unwrap();
}

/// Whoever is shown is shown with their plan and their visits: an answer cut between a person and a decision about their heart would show
/// them as if nobody had decided anything.
#[tokio::test]
async fn somebody_who_comes_back_is_shown_with_plan_and_visits_or_not_at_all() {
    let (world, ada, nurse) = one().await;
    nurse.decide(ada, Topic::Cpr, NOT_FOR_CPR, Vec::new()).await.unwrap();
    nurse.write(ada, about("people"), "My daughter Ngozi.").await;
    nurse.note(ada, "Dressing changed.").await;
    nurse.sync().await;
    let (mut shown, mut hidden, mut cut, mut edits) = (0, 0, 0, 1);
    while hidden == 0 || shown < 3 {
        membership(&world, ada, false);
        nurse.sync().await;
        assert_eq!(nurse.open_plan(ada).await.unwrap_err(), Trouble::NotCarried);
        membership(&world, ada, true);
        world.weather.cut_answer_at.store(cut, Ordering::Relaxed);
        let _ = nurse.ask(SyncNow {}).await;
        world.weather.cut_answer_at.store(usize::MAX, Ordering::Relaxed);
        cut += 61;
        match nurse.open_plan(ada).await {
            Ok(page) => {
                shown += 1;
                assert_eq!(page.plan.held(&Topic::Cpr).unwrap().standing().len(), 1, "cut at {cut}");
                assert!(people_in(&page).starts_with("My daughter Ngozi."), "cut at {cut}");
                assert_eq!(acts(&nurse.visits(ada).await), 1, "cut at {cut}");
                // What is written now is this hand's next, and no other.
                nurse.write(ada, about("people"), &format!("{} And Tunde {cut}.", people_in(&page))).await;
                edits += 1;
            }
            Err(trouble) => {
                hidden += 1;
                assert_eq!(trouble, Trouble::NotCarried, "cut at {cut}");
            }
        }
        nurse.sync().await;
    }
    // That somebody was taken on board is an entry; it goes with the next post.
    nurse.sync().await;
    assert!(hidden > 3, "the cuts came before the person too: {hidden}");
    let row = row(&world, ada);
    assert_eq!(world.write(|tx| plans::after(tx, row, 0, None)).len(), 1 + edits, "each edit once");
    assert!(world.write(plans::refusals).is_empty());
    assert_eq!(nurse.status().await.unsent, 0);
}

/// A no that was taken back before the network returned: the record is gone from the device until the hub sends it, and its plan is not
/// an empty one meanwhile.
#[tokio::test]
async fn what_a_choice_took_from_the_device_is_not_an_empty_plan() {
    let (world, ada, nurse) = one().await;
    nurse.write(ada, about("people"), "My daughter Ngozi.").await;
    nurse.sync().await;
    world.cut(true);
    nurse.chosen(ada, Choice::N1).await;
    nurse.chosen(ada, Choice::Y3).await;
    assert_eq!(nurse.open_plan(ada).await.unwrap_err(), Trouble::Sealed);
    assert_eq!(nurse.open(ada).await.unwrap_err(), Trouble::Sealed, "as the record is");
    world.cut(false);
    nurse.sync().await;
    nurse.sync().await;
    assert!(people_in(&nurse.plan(ada).await).starts_with("My daughter Ngozi."));
}

/// An image of the device put back: what was written on it before comes back from the hub. What is written on the copy before that has
/// the number of something else: it is set aside with its words, and the plan is everybody's.
#[tokio::test]
async fn an_edit_of_a_restored_copy_is_set_aside_with_its_words() {
    let (world, ada, nurse) = one().await;
    nurse.write(ada, about("people"), "My daughter Ngozi.").await;
    nurse.sync().await;
    sign_out(&nurse).await;
    let old = nurse.image();
    nurse.sign_in().await.unwrap();
    nurse.write(ada, about("people"), "My daughter Ngozi. My son Tunde.").await;
    nurse.sync().await;
    sign_out(&nurse).await;
    nurse.put_back(&old);
    world.pass(SignedDuration::from_mins(1));
    nurse.sign_in().await.unwrap();
    world.cut(true);
    nurse.write(ada, about("people"), "My daughter Ngozi. My dog Bess.").await;
    nurse.decide(ada, Topic::Cpr, NOT_FOR_CPR, Vec::new()).await.unwrap();
    world.cut(false);
    nurse.sync().await;
    nurse.sync().await;
    let page = nurse.plan(ada).await;
    assert_eq!(people_in(&page), "My daughter Ngozi. My son Tunde.", "as it is at the hub");
    assert!(page.plan.held(&Topic::Cpr).is_none_or(|held| held.standing().is_empty()));
    let aside: Vec<String> = page.own.aside.iter().map(|edit| edit.words.join(" | ")).collect();
    assert_eq!(aside.len(), 2, "{aside:?}");
    assert!(aside[0].contains("dog Bess"), "{aside:?}");
    assert!(aside[1].contains("Not for") && aside[1].contains("talked over at the bedside"), "{aside:?}");
    assert!(page.own.aside.iter().all(|edit| edit.why.contains("may have been restored")));
    // What is written again is taken.
    nurse.write(ada, about("people"), "My daughter Ngozi. My son Tunde. My dog Bess.").await;
    nurse.sync().await;
    let page = nurse.plan(ada).await;
    assert_eq!((page.own.waiting, page.own.aside.len()), (0, 2));
    nurse.ask(PlanAsideDone { person: ada }).await.unwrap();
    assert!(nurse.plan(ada).await.own.aside.is_empty());
    let row = row(&world, ada);
    assert_eq!(world.write(|tx| plans::after(tx, row, 0, None)).len(), 3);
    let mut hub = world.write(|tx| Ok(hub::plans::replica(tx, row, ada).unwrap())).unwrap();
    assert_eq!(hub.project().unwrap(), page.plan);
}

/// A hub put back from Monday's backup: what its devices had been told it held is sent again.
#[tokio::test]
async fn a_hub_restored_gets_back_what_was_written_done_and_chosen() {
    let (world, ada, nurse) = one().await;
    let copy = world.back_up();
    nurse.write(ada, about("people"), "My daughter Ngozi.").await;
    nurse.note(ada, "Dressing changed.").await;
    nurse.chosen(ada, Choice::Y1).await;
    nurse.sync().await;
    let row = row(&world, ada);
    let chosen = || world.write(|tx| hub::store::trust::choice(tx, row)).1.choice;
    assert_eq!((nurse.status().await.unsent, chosen()), (0, Choice::Y1));
    world.restore(&copy);
    assert!(world.write(|tx| plans::after(tx, row, 0, None)).is_empty());
    assert_eq!(chosen(), Choice::Y3);
    for _ in 0..3 {
        nurse.sync().await;
    }
    assert_eq!(world.write(|tx| plans::after(tx, row, 0, None)).len(), 1);
    assert_eq!(world.write(|tx| visits::with_acts(tx, &[row])).len(), 1);
    assert_eq!(chosen(), Choice::Y1, "a choice as well");
    assert_eq!(nurse.status().await.unsent, 0);
    let page = nurse.plan(ada).await;
    assert_eq!((people_in(&page).as_str(), page.own.waiting), ("My daughter Ngozi.", 0));
    assert_eq!(acts(&nurse.visits(ada).await), 1);
}
