//! A released bag as a FHIR document, read back by a parser that nobody here wrote: `fhir.resources` of PyPI, where a Python with it is named
//! by `SATCHEL_FHIR_PYTHON`. Without one the document's own rules are checked, and that is said.

use desk::ask::CountBag;
use desk::bag::{BagCount, SecondHand};
use hub::bags;
use hub::store::{bags as rows, people};
use jiff::SignedDuration;
use record::bag::belongings::Column;
use record::bag::{Bag, BagSection, Count, Present, Step};
use record::consent::{Choice, Purpose};
use serde_json::Value;
use std::collections::BTreeSet;
use std::process::Command;
use stories::World;
use stories::photos::{jpeg, url};

const READ: &str = r#"
import json, sys
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.documentreference import DocumentReference
for path in sys.argv[1:3]:
    text = json.load(open(path))
    bundle = Bundle.model_validate(text) if hasattr(Bundle, "model_validate") else Bundle.parse_obj(text)
    composition = bundle.entry[0].resource
    print(composition.get_resource_type(), len(composition.section), composition.status)
text = json.load(open(sys.argv[3]))
pointer = DocumentReference.model_validate(text) if hasattr(DocumentReference, "model_validate") else DocumentReference.parse_obj(text)
print(pointer.status, pointer.relatesTo[0].code)
"#;

/// Every reference inside the document leads to something in it.
fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(to)) = fields.get("reference") {
                found.insert(to.clone());
            }
            fields.values().for_each(|value| references(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

#[tokio::test]
async fn a_bag_as_a_document_is_read_by_another_parser() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let carer = world.carer("C1").await;
    carer.start_bag(ada).await.unwrap();
    carer.confirm(ada).await;
    carer.write_line(ada, BagSection::Transfer, "reason", "Fall <b>& confused</b>").await.unwrap();
    let second =
        SecondHand { name: "Jo Second".into(), title: String::new(), signature: Some(url(&jpeg(40, 30)).into()) };
    let money = Count {
        code: "money".into(),
        label: "Money".into(),
        valuable: true,
        present: Present::Yes,
        count: 20,
        condition: String::new(),
        photos: vec![],
    };
    let count = BagCount { column: Column::LeavingHome, counts: vec![money], second: Some(second) };
    carer.ask(CountBag { person: ada, purpose: Purpose::Treat, count }).await.unwrap();
    carer.move_bag(ada, Step::Release).await.unwrap();
    carer.sync_all().await;
    let file = |id| {
        world.write(|tx| match people::person_row(tx, ada)? {
            Some(row) => hub::photos::held_since(tx, row, id),
            None => Ok(None),
        })
    };
    let since = |id| file(id).map(|(_, since)| since);
    let held = |world: &World| -> Bag {
        let (id, ..) = world.write(rows::all)[0];
        world.write(|tx| bags::bag(tx, id)).unwrap()
    };
    let first = bags::fhir::document(&held(&world), &file).unwrap();
    let earlier = bags::fhir::pointer(&held(&world), &since).unwrap();
    world.pass(SignedDuration::from_secs(1));
    carer.write_line(ada, BagSection::Concern, "baseline", "Walks with a frame").await.unwrap();
    carer.move_bag(ada, Step::Correct).await.unwrap();
    carer.sync().await;
    let second = bags::fhir::document(&held(&world), &file).unwrap();
    let pointer = bags::fhir::pointer(&held(&world), &since).unwrap();
    assert_eq!(
        pointer["masterIdentifier"]["value"], second["identifier"]["value"],
        "what a pointer points at was made"
    );
    assert_eq!(pointer["relatesTo"][0]["target"]["identifier"]["value"], earlier["masterIdentifier"]["value"]);
    assert!(second.to_string().contains("\"sigFormat\""), "the second person's signature");

    for document in [&first, &second] {
        let entries = document["entry"].as_array().unwrap();
        assert_eq!(entries[0]["resource"]["resourceType"], "Composition");
        let sections = entries[0]["resource"]["section"].as_array().unwrap();
        assert_eq!(sections.len(), 27);
        assert!(sections.iter().all(|s| s["text"]["div"].as_str().unwrap().starts_with("<div xmlns=")));
        assert!(sections.iter().all(|s| s.get("emptyReason").is_none() || s.get("entry").is_none()));
        let names: BTreeSet<String> = entries.iter().map(|e| e["fullUrl"].as_str().unwrap().to_owned()).collect();
        assert_eq!(names.len(), entries.len());
        let mut wanted = BTreeSet::new();
        references(document, &mut wanted);
        assert!(wanted.is_subset(&names), "{wanted:?}");
        assert!(!document.to_string().contains("<b>"), "text cannot become markup");
    }
    let replaced = &second["entry"][0]["resource"]["relatesTo"][0];
    assert_eq!(replaced["code"], "replaces");
    assert_eq!(replaced["targetIdentifier"]["value"], first["identifier"]["value"]);
    assert_eq!(second["entry"][0]["resource"]["status"], "amended");
    assert_ne!(first["identifier"], second["identifier"]);
    // One name, one content: made again it is the same; when the bag has gone on it is another, which replaces all that were before.
    assert_eq!(bags::fhir::document(&held(&world), &file).unwrap(), second);
    world.pass(SignedDuration::from_secs(1));
    carer.count(ada, Column::OnTheWay, &[("glasses", 1, false)]).await.unwrap();
    carer.sync().await;
    let third = bags::fhir::document(&held(&world), &file).unwrap();
    assert_ne!(third["identifier"], second["identifier"], "a thing was counted since");
    let before: Vec<&Value> = third["entry"][0]["resource"]["relatesTo"].as_array().unwrap().iter().collect();
    for document in [&first, &second] {
        assert!(before.iter().any(|one| one["targetIdentifier"]["value"] == document["identifier"]["value"]));
    }
    assert!(before.iter().all(|one| one["targetIdentifier"]["value"] != third["identifier"]["value"]));
    assert_eq!(bags::fhir::pointer(&held(&world), &since).unwrap(), pointer, "a pointer stays what it was");

    let Some(python) = std::env::var_os("SATCHEL_FHIR_PYTHON") else {
        eprintln!("NOT RUN: no other FHIR parser here; name a Python with `fhir.resources` in SATCHEL_FHIR_PYTHON");
        return;
    };
    let file = |name: &str, value: &Value| {
        let path = world.folder.path().join(name);
        std::fs::write(&path, value.to_string()).unwrap();
        path
    };
    let files = [file("first.json", &first), file("second.json", &second), file("pointer.json", &pointer)];
    let read = Command::new(python).arg("-c").arg(READ).args(&files).output().unwrap();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    let said = String::from_utf8(read.stdout).unwrap();
    assert_eq!(
        said.lines().collect::<Vec<_>>(),
        ["Composition 27 final", "Composition 27 amended", "current replaces"]
    );
}
