//! Journey (d), as FHIR: a hospital's feed reaches a device, by sequence number, whole people once and then only what changed.

use hub::store::caseload;
use record::Section;
use record::chart::Content;
use record::consent::Choice;
use serde_json::json;
use stories::{Worker, World};

async fn problems(nurse: &Worker, person: record::PersonId) -> Vec<String> {
    let opened = nurse.opened(person).await;
    match &opened.chart.section(Section::Problems).unwrap().content {
        Content::Held(items) => items.iter().map(|i| i.value.title.clone()).collect(),
        Content::Absent(_) => Vec::new(),
    }
}

fn condition(id: &str, subject: &str, title: &str) -> serde_json::Value {
    json!({ "resourceType": "Condition", "id": id, "subject": { "reference": subject },
        "clinicalStatus": { "coding": [{ "code": "active" }] }, "code": { "text": title }, "recordedDate": "2026-03-10" })
}

#[tokio::test]
async fn what_changes_reaches_the_device_and_nothing_else_is_sent_again() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    for stem in [3, 4, 5, 6, 7] {
        world.person(stem, "Marlow", Choice::Y3);
    }
    let nurse = world.nurse("N1").await;
    let first = nurse.sync().await;
    assert_eq!(first.people_added, 6);
    assert_eq!(problems(&nurse, ada).await, ["Hypertension"]);

    world.feed(&condition("new", "Patient/p1", "Atrial fibrillation"));
    let second = nurse.sync().await;
    assert_eq!((second.people_added, second.facts_changed, second.requests), (0, 1, 1));
    assert!(second.bytes_in < first.bytes_in / 2, "{second:?} after {first:?}");
    assert_eq!(problems(&nurse, ada).await.len(), 2);

    // Corrected at the source: replaced by version.
    world.feed(&condition("new", "Patient/p1", "Atrial flutter"));
    nurse.sync().await;
    assert!(problems(&nurse, ada).await.contains(&"Atrial flutter".to_owned()));
    assert!(!problems(&nurse, ada).await.contains(&"Atrial fibrillation".to_owned()));

    // The same again changes nothing, here or there.
    world.feed(&condition("new", "Patient/p1", "Atrial flutter"));
    assert_eq!(nurse.sync().await.facts_changed, 0);
}

#[tokio::test]
async fn nothing_new_is_one_request_of_under_300_bytes() {
    let world = World::new();
    world.person(1, "Okonjo", Choice::Y3);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    nurse.sync().await;
    let quiet = nurse.sync().await;
    assert_eq!(quiet.requests, 1);
    assert!(quiet.bytes_out + quiet.bytes_in <= 300, "{quiet:?}");
}

#[tokio::test]
async fn somebody_joins_and_somebody_leaves() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    let bea = world.person(2, "Marlow", Choice::Y3);
    assert_eq!(nurse.sync().await.people_added, 1);
    nurse.opened(bea).await;

    let team = world.team();
    let row = world.write(|tx| hub::store::people::person_row(tx, ada)).unwrap();
    world.write(|tx| caseload::leave(tx, team, row));
    assert_eq!(nurse.sync().await.people_removed, 1);
    assert_eq!(nurse.caseload().await.total, 1);
    assert_eq!(stories::world::name_of(&nurse.open(ada).await), "NotCarried");
}

#[tokio::test]
async fn a_colleague_who_leaves_the_team_purges_everybody() {
    let world = World::new();
    world.person(1, "Okonjo", Choice::Y3);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    let team = world.team();
    world.write(|tx| caseload::unassign(tx, team, &nurse.staff));
    nurse.sync().await;
    assert_eq!(nurse.caseload().await.total, 0);
}

#[tokio::test]
async fn two_sources_are_two_voices_on_one_person() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let nhs = world.write(|tx| hub::store::people::listing(tx, 1)).map(|_| ()).is_none();
    assert!(nhs, "no frame is made before it is wanted");
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    let number = nurse.caseload().await.rows[0].listing.nhs_number.unwrap().digits();
    world.feed_from("ZZH1", "Testshire Infirmary", &json!({ "resourceType": "Bundle", "type": "collection", "entry": [
        { "resource": { "resourceType": "Patient", "id": "h9", "birthDate": "1941-05-06",
            "name": [{ "family": "Okonjo", "given": ["Ada"] }],
            "identifier": [{ "system": "https://fhir.nhs.uk/Id/nhs-number", "value": number,
                "extension": [{ "url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus",
                    "valueCodeableConcept": { "coding": [{ "code": "01" }] } }] }] } },
        { "resource": condition("h1", "Patient/h9", "Fracture of hip") },
    ]}));
    nurse.sync().await;
    assert_eq!(nurse.caseload().await.total, 1, "one person");
    assert_eq!(problems(&nurse, ada).await.len(), 2);
    let opened = nurse.opened(ada).await;
    let names: Vec<&str> = opened.sources.iter().map(|s| s.organisation.name.as_str()).collect();
    assert!(names.contains(&"Testshire Infirmary") && names.contains(&"Mill Lane Surgery"), "{names:?}");
}
