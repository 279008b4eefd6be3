//! A region large enough to have learnt its dictionaries. Every way a frame takes on the device is walked with frames folded by them:
//! carried, changed, sealed, unsealed, opened whole, folded anew. Small worlds have no dictionary and would not notice a wrong one.

use desk::Trouble;
use desk::ask::{OpenChart, OpenSource, ReadyGlass};
use record::consent::{Choice, Condition, Purpose};
use record::{PersonId, Section, Sections};
use serde_json::json;
use stories::World;
use stories::world::{PIN, Worker};

async fn whole(nurse: &Worker, person: PersonId, purpose: Purpose, key: &str) -> String {
    nurse.ask(OpenSource { person, purpose, key: key.into() }).await.expect("the resource whole").json
}

fn glass(person: PersonId) -> ReadyGlass {
    ReadyGlass {
        person,
        purpose: Purpose::EmergencyTreat,
        reason: 5,
        condition: Condition::Unconscious,
        text: "found collapsed at home".to_owned().into(),
        pin: PIN.to_owned().into(),
        widened: false,
    }
}

/// A second problem of the person with this number.
fn feeds_a_problem(world: &World, stem: u32) {
    world.feed(&json!({ "resourceType": "Bundle", "type": "collection", "entry": [{ "resource": {
        "resourceType": "Condition", "id": format!("d{stem}"), "subject": { "reference": format!("Patient/p{stem}") },
        "clinicalStatus": { "coding": [{ "code": "active" }] }, "recordedDate": "2026-03-01",
        "code": { "coding": [{ "system": "http://snomed.info/sct", "code": "13645005", "display": "COPD" }] } } }] }));
}

#[tokio::test]
async fn everybody_opens_and_every_resource_whole() {
    let world = World::new();
    let people = world.learn();
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    world.cut(true);
    for (stem, person) in &people {
        assert!(nurse.opened(*person).await.chart.section(Section::Problems).is_some());
        assert!(whole(&nurse, *person, Purpose::Treat, &format!("Condition/c{stem}")).await.contains("38341003"));
    }
}

#[tokio::test]
async fn a_change_comes_as_a_change_and_the_rest_stays_readable() {
    let world = World::new();
    let (stem, person) = world.learn()[0];
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    feeds_a_problem(&world, stem);
    assert_eq!(nurse.sync().await.facts_changed, 1);
    for key in [format!("Condition/c{stem}"), format!("Condition/d{stem}")] {
        assert!(whole(&nurse, person, Purpose::Treat, &key).await.contains("snomed"));
    }
}

#[tokio::test]
async fn a_sealed_person_is_sealed_with_the_regions_words_and_opens_by_break_glass() {
    let world = World::new();
    let sealed = world.person(1, "Okonjo", Choice::N1);
    world.learn();
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    world.cut(true);
    let asked = || OpenChart { person: sealed, purpose: Purpose::EmergencyTreat, wants: Sections::ALL };
    assert!(matches!(nurse.ask(asked()).await, Err(Trouble::Refused(_))));
    let opened = nurse.break_glass(glass(sealed)).await.expect("the emergency view");
    assert!(opened.chart.section(Section::Allergies).is_some());
    assert!(whole(&nurse, sealed, Purpose::EmergencyTreat, "AllergyIntolerance/a1").await.contains("91936005"));
}

#[tokio::test]
async fn a_device_that_came_before_the_words_folds_what_it_carries_anew() {
    let world = World::new();
    let open = world.person(1, "Okonjo", Choice::Y3);
    let sealed = world.person(2, "Marlow", Choice::N1);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    assert!(whole(&nurse, open, Purpose::Treat, "Condition/c1").await.contains("38341003"));
    world.learn();
    nurse.sync().await;
    world.cut(true);
    nurse.opened(open).await;
    assert!(whole(&nurse, open, Purpose::Treat, "Condition/c1").await.contains("38341003"));
    assert!(nurse.break_glass(glass(sealed)).await.is_ok());
}
