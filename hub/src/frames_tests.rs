//! What a change makes go to devices: the row for lists only where it says something else. How it travels is `post::feed`'s.

use super::*;
use crate::intake::{self, SourceSpec, admit::Feed};
use record::people::{Organisation, Setting};
use serde_json::{Value, json};

const NOW: Stamp = Stamp::from_millis(1_790_000_000_000);

fn feed(store: &mut Store, resources: &[Value]) {
    let entries: Vec<Value> = resources.iter().map(|r| json!({ "resource": r })).collect();
    let bundle = json!({ "resourceType": "Bundle", "type": "collection", "entry": entries });
    let organisation = Organisation { ods: "ZZG1".parse().unwrap(), name: "Mill Lane Surgery".into() };
    let mut fresh = || PersonId::from_bytes([7; 16]);
    let mut feed =
        Feed::new(store, SourceSpec { organisation, setting: Setting::GpPractice }, NOW, &mut fresh).unwrap();
    let report = intake::admit_bundle(store, &mut feed, "test", &bundle.to_string()).unwrap();
    assert!(report.parked.is_empty());
}

fn patient(family: &str) -> Value {
    let nhs = record::NhsNumber::from_stem(999_000_001).unwrap().digits();
    json!({ "resourceType": "Patient", "id": "p", "birthDate": "1941-05-06", "name": [{ "family": family }],
        "identifier": [{ "system": "https://fhir.nhs.uk/Id/nhs-number", "value": nhs }] })
}

fn flag(words: &str) -> Value {
    json!({ "resourceType": "Flag", "id": "f", "status": "active", "subject": { "reference": "Patient/p" }, "code": { "text": words } })
}

fn problem(words: &str) -> Value {
    json!({ "resourceType": "Condition", "id": "c", "subject": { "reference": "Patient/p" }, "code": { "text": words } })
}

#[test]
fn the_row_for_lists_goes_only_where_it_says_something_else() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(&folder.path().join("hub.db"), &[7; 32]).unwrap();
    feed(&mut store, &[patient("Rook"), problem("Asthma"), flag("Oxygen in use")]);
    let mut cursor = Seq(0);
    // What is sent after `change`: facts, and whether the row goes with them.
    let mut sent = |change: &[Value]| {
        feed(&mut store, change);
        let found = store.write(|tx| {
            let row = people::person_row(tx, PersonId::from_bytes([7; 16]))?.unwrap();
            let mut folder = Folder::new(Dictionary::none(), 3);
            let ready = ready(tx, &mut folder, row, NOW).unwrap();
            let delta = delta(tx, &mut folder, &ready, cursor).unwrap();
            cursor = ready.head;
            Ok((delta.facts.len(), delta.listing_changed))
        });
        found.unwrap()
    };
    assert_eq!(sent(&[]), (3, true), "everything is new");
    assert_eq!(sent(&[problem("Asthma, worse in winter")]), (1, false));
    assert_eq!(sent(&[flag("Oxygen in use: no naked flames")]), (1, true), "a flag stands on the list");
    assert_eq!(sent(&[patient("Raven")]), (1, true), "a name stands on the list");
    let medicine = json!({ "resourceType": "MedicationStatement", "id": "m", "status": "active",
        "subject": { "reference": "Patient/p" }, "medicationCodeableConcept": { "text": "Warfarin" } });
    assert_eq!(sent(&[medicine]), (1, true), "when a medicine last reached the hub goes with it");
}

/// A hub with one person of these resources.
fn held(resources: &[Value]) -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(&folder.path().join("hub.db"), &[7; 32]).unwrap();
    feed(&mut store, resources);
    (folder, store)
}

fn made(store: &mut Store, cursor: u64) -> (Ready, Delta) {
    let found = store.write(|tx| {
        let row = people::person_row(tx, PersonId::from_bytes([7; 16]))?.unwrap();
        let mut folder = Folder::new(Dictionary::none(), 3);
        let ready = ready(tx, &mut folder, row, NOW).unwrap();
        let delta = delta(tx, &mut folder, &ready, Seq(cursor)).unwrap();
        Ok((ready, delta))
    });
    found.unwrap()
}

#[test]
fn a_list_shows_first_what_may_harm_and_says_how_much_more_there_is() {
    let flag = |n: usize, words: &str| {
        json!({ "resourceType": "Flag", "id": format!("f{n}"), "status": "active",
            "subject": { "reference": "Patient/p" }, "code": { "text": words } })
    };
    let words = [
        "Dog",
        "Key safe",
        "Hoarding",
        "Lone-worker risk: her son has been violent to staff, two people must attend",
        "Oxygen in home",
    ];
    let flags: Vec<Value> = words.iter().enumerate().map(|(n, w)| flag(n, w)).collect();
    let (_folder, mut store) = held(&[vec![patient("Rook")], flags].concat());
    let shown = made(&mut store, 0).0.listing.flags;
    assert_eq!(shown, ["Oxygen in home", "Lone-worker risk: her son has been viole…", "Dog", "+2"]);
}

#[test]
fn what_is_withheld_from_now_on_leaves_devices_whole() {
    let (_folder, mut store) = held(&[patient("Rook"), problem("HIV infection")]);
    let before = made(&mut store, 0).0.head;
    let mut labelled = problem("HIV infection");
    labelled["meta"] = json!({ "security": [{ "code": "HIV" }] });
    feed(&mut store, &[labelled]);
    let (_, delta) = made(&mut store, before.0);
    // The note under that key comes, and the key is gone as far as the resource is concerned.
    assert_eq!(delta.facts.iter().map(|f| f.key.0.as_str()).collect::<Vec<_>>(), ["Condition/c"]);
    assert_eq!(delta.gone, [FactKey("Condition/c".into())]);
    assert!(delta.whole.is_empty());
}

#[test]
fn people_read_by_an_earlier_reading_are_read_anew_once() {
    let (folder, mut store) = held(&[patient("Rook"), problem("Asthma")]);
    let before = made(&mut store, 0).0.head;
    drop(store);
    let open = || Store::open(&folder.path().join("hub.db"), &[7; 32]).unwrap();
    assert_eq!(made(&mut open(), 0).0.head, before, "the same reading changes nothing");
    // As a hub of before left it.
    open().write(|tx| crate::store::journal::read_anew(tx, 1)).unwrap();
    let told = made(&mut open(), 0).0.head;
    assert!(told > before);
    // Nothing that reads the same goes again.
    let (ready, delta) = made(&mut open(), before.0);
    assert_eq!((ready.head, delta.facts.len(), delta.listing_changed), (told, 0, false));
}
