//! What a partner is given and what the audit says of it, as others read it: the person, the privacy officer, IHE's BALP; and a parser that nobody
//! here wrote, where a Python with `fhir.resources` is named by `SATCHEL_FHIR_PYTHON`. Without one the resources' own rules are checked, and
//! that is said.

use crate::fhir_is_served::{chooses, disputed_plan, partner_entries, practice};
use data_encoding::BASE64;
use hub::audit::names::Names;
use hub::audit::{fhir, patient};
use hub::store::{audit, looks};
use jiff::SignedDuration;
use record::PersonId;
use record::consent::{Choice, Outcome, Rule};
use record::visit::{Body, Observations, Part, Taken, Vital};
use serde_json::Value;
use std::collections::BTreeSet;
use std::process::Command;
use stories::World;
use stories::officers::{office, officer};
use stories::partners::{number, search};
use stories::photos::jpeg;
use stories::visits::{dose, signs};

#[tokio::test]
async fn every_request_is_in_the_audit_for_the_person_the_officer_and_balp() {
    let (world, served, practice, ada, jo, _) = practice().await;
    jo.note(ada, "Seen at home.").await;
    jo.sync().await;
    let traced = practice.saying("X-Request-Id", "60e0b220-8136-4ca5-ae46-1d97ef59d068");
    let answer = served.get(&traced, &search("DocumentReference", 1)).await;
    assert_eq!(answer.header("x-request-id"), "60e0b220-8136-4ca5-ae46-1d97ef59d068");
    let id = answer.matches()[0]["id"].as_str().unwrap().to_owned();
    served.get(&practice, &format!("DocumentReference/{id}")).await;
    chooses(&world, 1, Choice::N1);
    served.get(&practice, &search("CarePlan", 1)).await;
    served.get(&practice, &search("CarePlan", 50)).await;

    let entries = partner_entries(&world);
    let said: Vec<(Option<PersonId>, Outcome, Rule)> =
        entries.iter().map(|(_, _, act)| (act.subject, act.outcome, act.rule)).collect();
    assert_eq!(
        said,
        [
            (Some(ada), Outcome::Permit, Rule::ChoiceInForce),
            (Some(ada), Outcome::Permit, Rule::ChoiceInForce),
            (Some(ada), Outcome::Deny, Rule::EmergencyOnly),
            (None, Outcome::Deny, Rule::NoRelationship),
        ]
    );
    let all = format!("{entries:?}");
    assert!(!all.contains(&number(1)) && !all.contains(&number(50)), "no number stands in an entry: {all}");

    // As the person reads it.
    let looks = world.write(|tx| patient::looks(tx, ada));
    let text = patient::as_text(&looks);
    for words in [
        "Dr Asha Rao, a registered nurse, doctor, paramedic or other professional, Mill Lane Surgery, at their own computer system",
        "Was given what was done at visits to you to care for you.",
        "Asked for your care plan to care for you. It was not shown.",
        "You said: only in an emergency",
    ] {
        assert!(text.contains(words), "{words}\n{text}");
    }
    // As the privacy officer reads it: the list of refusals, and the one person's page.
    let office = office(&world);
    let mut browser = officer(&world, &office).await;
    let refusals = browser.get("/refusals").await;
    assert!(refusals.text().contains("Dr Asha Rao"), "{}", refusals.text());
    let since = world.now().plus(SignedDuration::from_hours(-1));
    assert_eq!(world.write(|tx| looks::refused_often(tx, since, 2)), [("ZZG1.555012345678".to_owned(), 2)]);

    // As BALP wants it: a search and a read turn source and destination round.
    let events: Vec<Value> = world.write(|tx| {
        let names = Names::load(tx)?;
        let mut all = Vec::new();
        for held in audit::from_leaf(tx, 0, 10_000)? {
            all.extend(fhir::events(tx, &names, &held)?);
        }
        Ok(all)
    });
    let of = |profile: &str| -> Vec<&Value> {
        let url = format!("https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.{profile}");
        events.iter().filter(|event| event["meta"]["profile"][0] == url.as_str()).collect()
    };
    let roles = |event: &Value| {
        let who = |n: usize| {
            (
                event["agent"][n]["who"]["identifier"]["system"].clone(),
                event["agent"][n]["type"]["coding"][0]["code"].clone(),
            )
        };
        [who(0), who(1)]
    };
    let (system, device) = (Value::from("urn:satchel:partner"), Value::from("urn:satchel:device"));
    let queries = of("PatientQuery");
    assert_eq!(queries.len(), 1, "{queries:?}");
    let query = queries[0];
    assert_eq!(roles(query), [(system.clone(), "110153".into()), (device.clone(), "110152".into())]);
    assert_eq!(
        (&query["action"], &query["outcome"], &query["subtype"][0]["code"]),
        (&"E".into(), &"0".into(), &"search-type".into())
    );
    let entity = &query["entity"][0];
    let raw = BASE64.decode(entity["query"].as_str().unwrap().as_bytes()).unwrap();
    assert_eq!(String::from_utf8(raw).unwrap(), search("DocumentReference", 1), "the request as it came");
    assert!(entity["what"].is_null() && entity["detail"].is_null());
    assert_eq!(query["entity"][1]["what"]["identifier"]["value"], number(1));
    assert_eq!(query["entity"][2]["what"]["identifier"]["value"], "60e0b220-8136-4ca5-ae46-1d97ef59d068");
    assert_eq!(query["agent"][2]["who"]["identifier"]["value"], "555012345678");
    assert_eq!(query["agent"][2]["role"][0]["coding"][1]["code"], "R0260");
    let reads: Vec<&Value> = of("PatientRead")
        .into_iter()
        .filter(|event| event["agent"][0]["who"]["identifier"]["system"] == system)
        .collect();
    assert_eq!(reads.len(), 1);
    assert_eq!(roles(reads[0]), [(system, "110152".into()), (device, "110153".into())]);
    assert_eq!(reads[0]["entity"][0]["what"]["reference"], format!("DocumentReference/{id}"));
    let failed: Vec<&Value> =
        events.iter().filter(|event| event["outcome"] == "8" && event["subtype"][0]["code"] == "search-type").collect();
    assert_eq!(failed.len(), 2);
    assert!(failed.iter().all(|event| event["meta"]["profile"].is_null()), "BALP's profiles are of success only");
    assert!(
        failed[1]["entity"].as_array().unwrap().iter().all(|entity| entity["type"]["code"] != "1"),
        "nobody was named"
    );
    balp_is_read_by_another_parser(&world, &events);
}

fn balp_is_read_by_another_parser(world: &World, events: &[Value]) {
    let entry: Vec<Value> = events.iter().map(|event| serde_json::json!({ "resource": event })).collect();
    another_parser(world, &[serde_json::json!({ "resourceType": "Bundle", "type": "collection", "entry": entry })]);
}

const READ: &str = r#"
import json, sys
from fhir.resources.R4B.bundle import Bundle
for path in sys.argv[1:]:
    Bundle.model_validate(json.load(open(path)))
print(len(sys.argv) - 1)
"#;

/// Every bundle is read by `fhir.resources` of PyPI, which knows each resource's elements, their types and their codes.
fn another_parser(world: &World, bundles: &[Value]) {
    let Some(python) = std::env::var_os("SATCHEL_FHIR_PYTHON") else {
        eprintln!("NOT RUN: no other FHIR parser here; name a Python with `fhir.resources` in SATCHEL_FHIR_PYTHON");
        return;
    };
    let files = bundles.iter().enumerate().map(|(n, bundle)| {
        let path = world.folder.path().join(format!("bundle-{n}.json"));
        std::fs::write(&path, bundle.to_string()).unwrap();
        path
    });
    let read = Command::new(python).arg("-c").arg(READ).args(files).output().unwrap();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    assert_eq!(String::from_utf8_lossy(&read.stdout).trim(), bundles.len().to_string());
}

#[tokio::test]
async fn what_a_visit_recorded_is_served_and_read_by_another_parser() {
    let (world, served, practice, ada, jo, sam) = practice().await;
    disputed_plan(ada, &jo, &sam).await;
    let picture = jpeg(3, 20_000);
    jo.act(ada, Body::Started { booking: String::new() }).await;
    jo.act(ada, signs(130)).await;
    let part = Observations {
        signs: [(Vital::Pulse, Taken::Value(90)), (Vital::Temperature, Taken::Refused)].into(),
        ..Observations::default()
    };
    jo.act(ada, Body::Observed { taken: part, scale: record::visit::news2::Scale::One, unfit: None }).await;
    jo.photographed(ada, &picture).await;
    jo.act(ada, Body::Task { what: "Order pads".into(), who: record::visit::act::For::Practice, due: None }).await;
    jo.act(ada, Body::Referral { service: "Podiatry".into(), reason: "Nails".into(), urgent: false }).await;
    jo.act(ada, Body::Hypercapnic { risk: true, prescriber: "Dr Rao".into(), basis: "letter".into(), settles: vec![] })
        .await;
    let page = jo.note(ada, "Left leg").await;
    let is_it = |body: &Body| matches!(body, Body::Note { text } if text == "Left leg");
    let wrong = page.log.entries.iter().find(|entry| is_it(&entry.act.body)).unwrap().id;
    jo.act(ada, Body::Struck { of: wrong, reason: "the other leg".into() }).await;
    let start = jo.visits(ada).await.on.unwrap();
    jo.act(ada, Body::Ended { start, summary: "All well".into() }).await;
    // Both give the morning's dose, each without knowing of the other.
    jo.act(ada, Body::Dose(dose(Part::Morning, world.now(), vec![]))).await;
    sam.act(ada, Body::Dose(dose(Part::Morning, world.now(), vec![]))).await;
    sam.act(ada, Body::NotHome { booking: String::new(), words: "Rang twice".into() }).await;
    jo.sync_all().await;
    sam.sync_all().await;

    let mut bundles = Vec::new();
    for kind in [
        "Observation",
        "MedicationAdministration",
        "DetectedIssue",
        "Encounter",
        "DocumentReference",
        "Task",
        "ServiceRequest",
        "Flag",
        "Condition",
        "CarePlan",
        "Goal",
        "Provenance",
        "RelatedPerson",
        "Consent",
    ] {
        bundles.push(served.get(&practice, &search(kind, 1)).await.json());
    }
    let of = |n: usize| -> Vec<&Value> {
        bundles[n]["entry"].as_array().into_iter().flatten().map(|e| &e["resource"]).collect()
    };
    let scores: Vec<&Value> =
        of(0).into_iter().filter(|one| one["code"]["coding"][0]["code"] == "1104051000000101").collect();
    assert_eq!(scores.len(), 2);
    assert_eq!(scores.iter().filter(|one| one["valueQuantity"].is_object()).count(), 1, "incomplete is never a score");
    assert!(of(1).iter().all(|dose| dose["status"] == "completed" && dose["meta"]["tag"][0]["code"] == "double-dose"));
    assert_eq!((of(1).len(), of(2).len(), &of(2)[0]["status"]), (2, 1, &Value::from("preliminary")));
    let statuses: BTreeSet<&str> = of(3).iter().filter_map(|one| one["status"].as_str()).collect();
    assert_eq!(statuses, BTreeSet::from(["cancelled", "finished"]));
    let documents = of(4);
    assert!(
        documents
            .iter()
            .any(|one| one["status"] == "entered-in-error" && one["description"] == "Entered in error: the other leg")
    );
    let photo = documents.iter().find(|one| one["content"][0]["attachment"]["url"].is_string()).unwrap();
    let binary = served.get(&practice, photo["content"][0]["attachment"]["url"].as_str().unwrap()).await.json();
    assert_eq!(
        (&binary["contentType"], BASE64.decode(binary["data"].as_str().unwrap().as_bytes()).unwrap()),
        (&"image/jpeg".into(), picture)
    );
    assert!(patient::as_text(&world.write(|tx| patient::looks(tx, ada))).contains("a photograph of a wound of yours"));
    bundles
        .push(serde_json::json!({ "resourceType": "Bundle", "type": "collection", "entry": [{ "resource": binary }] }));

    // Sections that a programme does not open to care staff stay shut.
    let carer = practice.saying("Satchel-Job-Role", "R1460");
    assert_eq!(served.get(&carer, &search("Observation", 1)).await.status, 200);
    another_parser(&world, &bundles);
}
