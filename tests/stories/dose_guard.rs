//! Medicines and the safety of the person: what was recorded of a dose stands in the way of the next, whoever recorded it, whatever became of
//! it, and however long ago the medicine's own frequency makes it count. Not here: the rule's edges (`record::visit::guard`).

use desk::Trouble;
use jiff::SignedDuration;
use record::PersonId;
use record::consent::Choice;
use record::visit::dose::NotGiven;
use record::visit::{ActFault, Administration, Body, Medicine, Outcome, Part, Slot};
use serde_json::json;
use stories::visits::{about, dose};
use stories::{Worker, World};

/// What the practice prescribes, in these words.
fn prescribed(world: &World, name: &str, words: &str) {
    let request = json!({ "resourceType": "MedicationRequest", "id": "weekly", "status": "active", "intent": "order",
        "subject": { "reference": "Patient/p1" },
        "medicationCodeableConcept": { "text": name },
        "dosageInstruction": [{ "text": words }] });
    world.feed_from("ZZC1", "Testshire Community Trust", &about((1, "Quill"), request));
}

fn of(world: &World, name: &str, part: Part) -> Administration {
    let medicine = Medicine { order: String::new(), name: name.to_owned(), codes: vec![] };
    Administration { medicine, slot: Slot { day: world.now().london_date(), part }, ..dose(part, world.now(), vec![]) }
}

async fn doubles(worker: &Worker, person: PersonId) -> Vec<record::visit::guard::DoubleDose> {
    worker.visits(person).await.log.double_doses
}

#[tokio::test]
async fn a_dose_the_daughter_gave_is_shown_before_giving_and_apart_is_an_alert() {
    let world = World::new();
    let ada = world.person(1, "Quill", Choice::Y3);
    let (jo, sam) = (world.nurse("N1").await, world.nurse("N2").await);
    jo.sync().await;
    sam.sync().await;
    let outcome = Outcome::NotGiven { why: NotGiven::AlreadyTaken, words: "the daughter gave it".into() };
    let warfarin = of(&world, "Warfarin 3 mg tablets", Part::Evening);
    let page = jo.act(ada, Body::Dose(Administration { outcome, ..warfarin.clone() })).await;
    let taken = page.log.entries[0].id;
    // Whoever does not know of it gives it; who knows is asked.
    sam.act(ada, Body::Dose(warfarin.clone())).await;
    assert_eq!(
        jo.try_act(ada, Body::Dose(warfarin.clone())).await.unwrap_err(),
        Trouble::Visit(ActFault::AlreadyGiven)
    );
    jo.sync().await;
    sam.sync().await;
    jo.sync().await;
    for worker in [&jo, &sam] {
        let found = doubles(worker, ada).await;
        assert!(found.len() == 1 && found[0].not_given && found[0].doses.contains(&taken), "{found:?}");
    }
    // On purpose it can still be given: everything that stands in the way is named.
    let all = doubles(&jo, ada).await[0].doses.clone();
    jo.act(ada, Body::Dose(Administration { despite: all, ..warfarin })).await;
}

#[tokio::test]
async fn a_weekly_medicine_is_asked_about_all_week_and_two_apart_are_an_alert() {
    let world = World::new();
    let ada = world.person(1, "Quill", Choice::Y3);
    prescribed(&world, "Alendronic acid 70 mg tablets", "ONE to be taken once a week");
    let (jo, sam) = (world.nurse("N1").await, world.nurse("N2").await);
    jo.sync().await;
    sam.sync().await;
    let name = "Alendronic acid 70 mg tablets";
    jo.act(ada, Body::Dose(of(&world, name, Part::Morning))).await;
    world.pass(SignedDuration::from_hours(24));
    jo.sign_in().await.unwrap();
    sam.sign_in().await.unwrap();
    sam.sync().await;
    // The screen may say nothing of how often: the record does.
    let page = sam.act(ada, Body::Dose(of(&world, name, Part::Morning))).await;
    let Body::Dose(given) = &page.log.entries[0].act.body else { panic!("a dose") };
    assert_eq!(given.least_hours, Some(156), "a week less half a day");
    jo.sync().await;
    assert_eq!(doubles(&jo, ada).await.len(), 0, "sam's has not come yet");
    sam.sync().await;
    jo.sync().await;
    assert_eq!(doubles(&jo, ada).await.len(), 1);
    let again = jo.try_act(ada, Body::Dose(of(&world, "alendronic acid", Part::Evening))).await;
    assert_eq!(again.unwrap_err(), Trouble::Visit(ActFault::AlreadyGiven), "what may be the same is asked about too");
}

#[tokio::test]
async fn more_than_may_be_taken_in_a_day_is_asked_about_and_apart_is_an_alert() {
    let world = World::new();
    let ada = world.person(1, "Quill", Choice::Y3);
    prescribed(&world, "Co-codamol 8/500 tablets", "TWO up to four times a day as needed, max 8 tablets in 24 hours");
    let (jo, sam) = (world.nurse("N1").await, world.nurse("N2").await);
    jo.sync().await;
    sam.sync().await;
    let two = || {
        let given = of(&world, "Co-codamol 8/500 tablets", Part::AsNeeded);
        let Outcome::Given { route, site, batch, witness, .. } = given.outcome else { panic!("given") };
        let outcome = Outcome::Given { dose: "2 tablets".into(), route, site, batch, witness };
        Body::Dose(Administration { outcome, ..given })
    };
    for n in 0..4 {
        jo.act(ada, two()).await;
        if n == 2 {
            jo.sync().await;
            sam.sign_in().await.unwrap();
            sam.sync().await;
        }
        world.pass(SignedDuration::from_hours(5));
        jo.sign_in().await.unwrap();
    }
    // Sam knows of three: with his it is eight, and he is not asked; jo knows of four.
    assert_eq!(jo.try_act(ada, two()).await.unwrap_err(), Trouble::Visit(ActFault::AlreadyGiven));
    sam.sign_in().await.unwrap();
    sam.act(ada, two()).await;
    for worker in [&jo, &sam, &jo] {
        worker.sync().await;
    }
    let found = doubles(&jo, ada).await;
    assert_eq!((found.len(), found[0].doses.len()), (1, 5), "all that make it too much: {found:?}");
}
