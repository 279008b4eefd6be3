//! A released bag as a FHIR document, read back by a parser that nobody here wrote: `fhir.resources` of PyPI, where a Python with it is named
//! by `SATCHEL_FHIR_PYTHON`. Without one the document's own rules are checked, and that is said.

use hub::bags;
use hub::store::bags as rows;
use record::bag::{Bag, BagSection, Step};
use record::consent::Choice;
use serde_json::Value;
use std::collections::BTreeSet;
use std::process::Command;
use stories::World;

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
    carer.move_bag(ada, Step::Release).await.unwrap();
    carer.sync().await;
    let held = |world: &World| -> Bag {
        let (id, ..) = world.write(rows::all)[0];
        world.write(|tx| bags::bag(tx, id)).unwrap()
    };
    let first = bags::fhir::document(&held(&world), &|_| None).unwrap();
    carer.write_line(ada, BagSection::Concern, "baseline", "Walks with a frame").await.unwrap();
    carer.move_bag(ada, Step::Correct).await.unwrap();
    carer.sync().await;
    let second = bags::fhir::document(&held(&world), &|_| None).unwrap();
    let pointer = bags::fhir::pointer(&held(&world)).unwrap();

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
