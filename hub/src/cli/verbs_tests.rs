//! Verbs of the hub's program, as typed: what each leaves in the hub's own chain, and what makes one fail.

use super::home::{now, open, operator};
use super::{Args, Shown, run};
use anyhow::Result;
use clap::Parser;
use ed25519_dalek::SigningKey;
use hub::store::{alerts, audit, caseload, trust};
use record::PersonId;
use record::audit::{AuditUse, Entry, Event, HubAct, ParkedDeed};
use record::people::{Actor, Organisation, Role};
use record::visit::{ActId, PhotoId};
use std::path::Path;
use sync::outbox::{Frame, Segment, Work};
use sync::photos::{NamedBy, PhotoOf};
use tempfile::TempDir;

/// A hub with a device of one nurse.
fn hub() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    typed(folder.path(), &["init", "--region", "Testshire", "--ods", "ZZHUB", "--address", "hub.test:8443"]).unwrap();
    let (_, _, mut store) = open(folder.path()).unwrap();
    let organisation = Organisation { ods: "ZZC1".parse().unwrap(), name: "Trust".into() };
    let staff = |id: &str, role| Actor {
        staff: id.parse().unwrap(),
        name: format!("Worker {id}"),
        role,
        title: "Nurse".into(),
        organisation: organisation.clone(),
    };
    store
        .write(|tx| {
            caseload::put_staff(tx, &staff("N1", Role::RegulatedClinician), true)?;
            caseload::put_staff(tx, &staff("V0009", Role::PrivacyOfficer), true)?;
            let enrolment = trust::Enrolment {
                device: "D1".parse().unwrap(),
                staff: "N1".parse().unwrap(),
                signing_key: [1; 32],
                certificate: [2; 32],
                revoked: false,
            };
            trust::put_device(tx, &enrolment, now())
        })
        .unwrap();
    folder
}

fn typed(home: &Path, words: &[&str]) -> Result<Shown> {
    let home = home.to_string_lossy().into_owned();
    run(Args::try_parse_from(["satchel-hub", "--home", &home].iter().chain(words))?)
}

/// The hub's own acts: by whom, and what.
fn acts(home: &Path) -> Vec<(String, Event)> {
    let (_, _, mut store) = open(home).unwrap();
    let held = store.read(|tx| audit::from_leaf(tx, 0, 1_000)).unwrap();
    let entries = held.iter().map(|held| Entry::from_bytes(&held.bytes).unwrap());
    entries.map(|entry| (entry.staff.to_string(), entry.event)).collect()
}

#[test]
fn a_lost_device_is_revoked_and_its_pack_written_by_one_command() {
    let folder = hub();
    let shown = typed(folder.path(), &["revoke", "D1", "--reason", "lost"]).unwrap();
    let pack = folder.path().join("lost/D1");
    assert_eq!(shown.value["report"], serde_json::json!(pack));
    for file in ["report.json", "report.txt", "people.csv", "looks.csv"] {
        assert!(pack.join(file).exists(), "{file}");
    }
    let reported = Event::Hub(HubAct::AuditUsed { how: AuditUse::DeviceReported, entries: 0 });
    assert!(acts(folder.path()).iter().any(|(_, event)| *event == reported));
}

#[test]
fn choices_handed_out_are_an_entry() {
    let folder = hub();
    typed(folder.path(), &["consent", "export", "--fhir"]).unwrap();
    let shown = Event::Hub(HubAct::AuditUsed { how: AuditUse::ChoicesShown, entries: 0 });
    assert_eq!(acts(folder.path()).last(), Some(&(operator().to_string(), shown)));
}

#[test]
fn a_review_typed_at_the_hub_is_its_operators_and_names_the_officer() {
    let folder = hub();
    let (_, _, mut store) = open(folder.path()).unwrap();
    store
        .write(|tx| {
            let sql = "insert into alert (kind, key, at, opened, detail) values ('BREAK_GLASS', 'k', 1, 1, 'd')";
            tx.execute(sql, [])
        })
        .unwrap();
    let review = ["alerts", "review", "1", "--officer", "V0009", "--outcome", "JUSTIFIED", "--note", "incident 4711"];
    typed(folder.path(), &review).unwrap();
    let (_, _, mut store) = open(folder.path()).unwrap();
    let reviews = store.read(|tx| alerts::reviews(tx, 1)).unwrap();
    assert_eq!((reviews[0].by.as_str(), reviews[0].note.contains("V0009")), (operator().as_str(), true));
    let (by, event) = acts(folder.path()).pop().unwrap();
    assert_eq!(by, operator().to_string());
    assert!(matches!(event, Event::AlertReviewed { alert: 1, outcome, .. } if outcome == "JUSTIFIED for V0009"));
}

/// A person whom the hub knows, with a number.
fn somebody(home: &Path) -> String {
    let patient = serde_json::json!({ "resourceType": "Patient", "id": "p1", "birthDate": "1941-05-06",
        "name": [{ "family": "Okonjo", "given": ["Ada"] }],
        "identifier": [{ "system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018",
            "extension": [{ "url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus",
                "valueCodeableConcept": { "coding": [{ "code": "01" }] } }] }] });
    let file = home.join("person.json");
    std::fs::write(&file, patient.to_string()).unwrap();
    typed(home, &["import", &file.to_string_lossy(), "--source", "ZZG1"]).unwrap();
    "9990000018".to_owned()
}

#[test]
fn a_choice_typed_at_the_hub_is_its_operators_and_names_the_officer() {
    let folder = hub();
    let number = somebody(folder.path());
    let (set, by) = (["consent", "set", &number, "--officer", "V0009", "--choice"], operator().to_string());
    let shown = typed(folder.path(), &[&set[..], &["N1"]].concat()).unwrap();
    assert_eq!((shown.value["by"].as_str(), shown.value["officer"].as_str()), (Some(by.as_str()), Some("V0009")));
    let (who, event) = acts(folder.path()).pop().unwrap();
    assert!(who == by && matches!(event, Event::ChoiceRecorded { .. }), "{who}: {event:?}");
    let (_, _, mut store) = open(folder.path()).unwrap();
    let recorded = store
        .read(|tx| {
            let (row, _) = hub::store::people::holders(tx, "https://fhir.nhs.uk/Id/nhs-number", &number)?[0];
            trust::choice(tx, row)
        })
        .unwrap()
        .1;
    assert_eq!(recorded.by.map(|by| by.name), Some(format!("{by} for Worker V0009")));

    // Two choices made apart are settled the same way.
    store
        .write(|tx| {
            let (row, _) = hub::store::people::holders(tx, "https://fhir.nhs.uk/Id/nhs-number", &number)?[0];
            let yes = record::consent::Recorded {
                choice: record::consent::Choice::Y3,
                ..record::consent::Recorded::nothing()
            };
            trust::record_choice(tx, row, &yes, "elsewhere", 0, now())
        })
        .unwrap();
    typed(folder.path(), &["consent", "settle", &number, "--officer", "V0009", "--choice", "Y3"]).unwrap();
    let settled: Vec<String> = acts(folder.path())
        .into_iter()
        .filter(|(_, event)| matches!(event, Event::ChoiceSettled { .. }))
        .map(|(who, _)| who)
        .collect();
    assert_eq!(settled, [by]);
    // An officer must still be one.
    assert!(typed(folder.path(), &["consent", "set", &number, "--officer", "N1", "--choice", "Y3"]).is_err());
    // Somebody's best interests are said in more than a letter.
    let judged = |why: &'static str| [&set[..], &["N1", "--decided-by", "best-interests", "--reason", why]].concat();
    assert!(typed(folder.path(), &judged(" x ")).is_err_and(|fault| fault.to_string().contains("at least 10 letters")));
}

#[test]
fn a_partner_is_registered_once_shown_once_and_ended_for_ever() {
    let folder = hub();
    let add = ["partner", "add", "--ods", "J81012", "--name", "Mill Lane Surgery", "--days", "30"];
    let shown = typed(folder.path(), &add).unwrap();
    let (id, credential) =
        (shown.value["id"].as_str().unwrap().to_owned(), shown.value["credential"].as_str().unwrap().to_owned());
    assert!(shown.text.contains(&credential) && credential.starts_with("satchel-partner-"));
    let listed = typed(folder.path(), &["partner", "list"]).unwrap();
    assert_eq!((&listed.value[0]["may_ask"], &listed.value[0]["ods"]), (&true.into(), &"J81012".into()));
    assert!(!listed.value.to_string().contains(&credential) && !listed.text.contains(&credential));
    typed(folder.path(), &["partner", "remove", &id]).unwrap();
    assert!(typed(folder.path(), &["partner", "remove", &id]).is_err(), "it has ended");
    assert!(typed(folder.path(), &["partner", "remove", "NOBODY"]).is_err());
    assert_eq!(typed(folder.path(), &["partner", "list"]).unwrap().value[0]["may_ask"], false);
    assert!(typed(folder.path(), &["partner", "add", "--ods", "J81012", "--name", " "]).is_err());
    assert!(typed(folder.path(), &["partner", "add", "--ods", "J81012", "--name", "x", "--days", "401"]).is_err());
    let ended: Vec<bool> = acts(folder.path())
        .into_iter()
        .filter_map(|(who, event)| match event {
            Event::Hub(HubAct::Partner { system, ended, .. }) => Some((who, system, ended)),
            _ => None,
        })
        .map(|(who, system, ended)| {
            assert_eq!((who, system), (operator().to_string(), id.clone()));
            ended
        })
        .collect();
    assert_eq!(ended, [false, true]);
}

#[test]
fn what_was_done_at_visits_is_given_out_by_the_persons_choice_and_with_an_entry() {
    let folder = hub();
    let number = somebody(folder.path());
    let shown = typed(folder.path(), &["visit", "export", &number, "--fhir"]).unwrap();
    assert_eq!(shown.value["resourceType"], "Bundle");
    typed(folder.path(), &["consent", "set", &number, "--officer", "V0009", "--choice", "N1"]).unwrap();
    assert!(typed(folder.path(), &["visit", "export", &number, "--fhir"]).is_err());
    let given: Vec<record::consent::Outcome> = acts(folder.path())
        .into_iter()
        .filter_map(|(_, event)| match event {
            Event::Visit(act) => Some(act.outcome),
            _ => None,
        })
        .collect();
    assert_eq!(given, [record::consent::Outcome::Permit, record::consent::Outcome::Deny], "a refusal is recorded too");
}

#[test]
fn an_empty_file_proves_nothing() {
    let folder = hub();
    let file = folder.path().join("heads.ndjson");
    std::fs::write(&file, "").unwrap();
    let path = file.to_string_lossy().into_owned();
    let said = typed(folder.path(), &["audit", "check", &path]).err().unwrap().to_string();
    assert!(said.contains("no published head"), "{said}");
    typed(folder.path(), &["audit", "publish", &path]).unwrap();
    typed(folder.path(), &["audit", "check", &path]).unwrap();
}

#[test]
fn an_import_that_fell_short_says_so_by_its_exit_code() {
    let home = hub();
    let file = home.path().join("one.json");
    std::fs::write(&file, r#"{"resourceType":"Patient","id":"1"}"#).unwrap();
    let there = file.display().to_string();
    let nowhere = home.path().join("nowhere").display().to_string();
    assert!(!typed(home.path(), &["import", &there]).unwrap().fell_short());
    let short = typed(home.path(), &["import", &there, &nowhere]).unwrap();
    assert!(short.fell_short() && short.text.contains("could not be read"), "{}", short.text);
}

#[test]
fn what_is_parked_is_shown_and_settled_by_its_operator_once() {
    let home = hub();
    somebody(home.path());
    let said = r#"{"resourceType":"Patient","id":"h9","birthDate":"1999-08-09","name":[{"family":"Quite"}],
        "identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}]}"#;
    for (name, text) in [("wrong.json", said), ("cut.json", "{"), ("cut-again.json", "{")] {
        std::fs::write(home.path().join(name), text).unwrap();
        let file = home.path().join(name).display().to_string();
        let shown = typed(home.path(), &["import", &file, "--source", "ZZH1"]).unwrap();
        assert_eq!(
            shown.value["parked_before"],
            u64::from(name == "cut-again.json"),
            "{name}: the same under another name"
        );
    }
    let listed = typed(home.path(), &["parked"]).unwrap();
    assert_eq!(listed.value["counts"], serde_json::json!({ "NOT_JSON": 1, "WRONG_NUMBER": 1 }));
    let look = typed(home.path(), &["parked", "show", "1"]).unwrap();
    assert_eq!(look.value["says"]["names"], serde_json::json!(["Quite"]));
    let ada = look.value["may_be"][0]["person"].as_str().unwrap().to_owned();
    assert!(look.text.contains("Ada Okonjo") && look.text.contains(&format!("--same-person {ada}")), "{}", look.text);
    let settle = |words: &[&str]| typed(home.path(), &[&["parked", "settle"][..], words].concat());
    // One verdict, with a reason that says something.
    assert!(settle(&["1", "--another-person"]).is_err());
    assert!(settle(&["1", "--another-person", "--reason", "x"]).is_err());
    assert!(settle(&["1", "--another-person", "--set-aside", "--reason", "spoken with the ward"]).is_err());
    assert!(settle(&["1", "--keep", "--reason", "spoken with the ward"]).is_err());
    let another = ["1", "--another-person", "--reason", "spoken with the ward"];
    let done = settle(&another).unwrap();
    assert_eq!((&done.value["changed"], &done.value["new_person"]), (&true.into(), &true.into()));
    let again = settle(&another).unwrap();
    assert_eq!((&again.value["changed"], &again.value["person"]), (&false.into(), &done.value["person"]));
    settle(&["2", "--set-aside", "--reason", "sent again by the source"]).unwrap();
    let all = typed(home.path(), &["parked", "--all"]).unwrap();
    assert_eq!((&all.value["counts"], &all.value["settled"]), (&serde_json::json!({}), &2.into()));
    assert_eq!(all.value["parked"][0]["settled"]["why"], "spoken with the ward");
    assert_eq!(typed(home.path(), &["status"]).unwrap().value["parked"], serde_json::json!({}));
    let deeds: Vec<(String, ParkedDeed, usize)> = acts(home.path())
        .into_iter()
        .filter_map(|(by, event)| match event {
            Event::Hub(HubAct::Parked { deed, people, .. }) => Some((by, deed, people.len())),
            _ => None,
        })
        .collect();
    let by = operator().to_string();
    let deed = |deed, people| (by.clone(), deed, people);
    assert_eq!(deeds, [deed(ParkedDeed::Shown, 1), deed(ParkedDeed::AnotherPerson, 2), deed(ParkedDeed::SetAside, 0)]);
}

#[test]
fn a_caseload_that_is_there_is_changed_only_when_that_is_asked() {
    let home = hub();
    let add = |name: &str, more: &[&str]| {
        let words = ["caseload", "add", "TEAM", "--name", name, "--ods", "ZZC1", "--organisation", "Trust"];
        typed(home.path(), &[&words[..], more].concat())
    };
    add("East", &[]).unwrap();
    add("East", &[]).unwrap();
    let refused = add("West", &[]).err().unwrap().to_string();
    assert!(refused.contains("East, of Trust (ZZC1)") && refused.contains("--change"), "{refused}");
    let name = || typed(home.path(), &["caseload", "list"]).unwrap().value[0]["name"].clone();
    assert_eq!(name(), "East");
    add("West", &["--change"]).unwrap();
    assert_eq!(name(), "West");
}

#[test]
fn somebody_without_a_number_has_a_choice_by_their_id() {
    let home = hub();
    let file = home.path().join("one.json");
    let nobody = r#"{"resourceType":"Patient","id":"x","birthDate":"1950-01-02","name":[{"family":"Nonumber"}]}"#;
    std::fs::write(&file, nobody).unwrap();
    typed(home.path(), &["import", &file.to_string_lossy()]).unwrap();
    let (_, _, mut store) = open(home.path()).unwrap();
    let person = store.read(|tx| hub::store::people::person_id(tx, 1)).unwrap().unwrap().to_string();
    let set = ["consent", "set", &person, "--officer", "V0009", "--choice", "N1"];
    assert_eq!(typed(home.path(), &set).unwrap().value["choice"], serde_json::json!(record::consent::Choice::N1));
    let shown = typed(home.path(), &["consent", "show", &person]).unwrap();
    assert!(shown.text.contains("No: only in a medical emergency"), "{}", shown.text);
    let given = typed(home.path(), &["consent", "export", &person, "--fhir"]).unwrap();
    assert!(given.text.contains(&person));
    assert!(typed(home.path(), &["consent", "show", "00000000-0000-0000-0000-000000000000"]).is_err());
    assert!(typed(home.path(), &["consent", "show", "9990000018"]).is_err());
}

/// What is too long for a network is brought on a stick; a folder of such a name, and a file that is none, hold nothing up.
#[test]
fn segments_of_any_length_are_taken_in_from_a_folder() {
    let folder = hub();
    let author = SigningKey::from_bytes(&[4; 32]);
    let (_, authority, mut store) = open(folder.path()).unwrap();
    let enrolment = trust::Enrolment {
        device: "D2".parse().unwrap(),
        staff: "N1".parse().unwrap(),
        signing_key: author.verifying_key().to_bytes(),
        certificate: [3; 32],
        revoked: false,
    };
    store.write(|tx| trust::put_device(tx, &enrolment, now())).unwrap();
    drop(store);
    let whose = (&"D2/N1".parse().unwrap(), &author);
    let (mut segment, mut long) = Segment::begin(&[7; 32], &authority.signing.verifying_key(), whose, now()).unwrap();
    let of = PhotoOf { person: PersonId::from_bytes([1; 16]), photo: PhotoId::from_bytes([2; 32]) };
    let photo = Work::Photo { of, by: NamedBy::Act(ActId::from_bytes([3; 16])), bytes: vec![5; 13 << 20] };
    long.extend(segment.frame(0, &Frame { work: vec![photo], ..Frame::default() }).unwrap());
    let stick = tempfile::tempdir().unwrap();
    let at = |name: &str| stick.path().join(name);
    std::fs::write(at("long.outbox"), &long).unwrap();
    std::fs::write(at("none.outbox"), "no segment").unwrap();
    std::fs::create_dir(at("folder.outbox")).unwrap();
    let shown = typed(folder.path(), &["outbox", "take", &stick.path().to_string_lossy()]).unwrap();
    assert_eq!((&shown.value["taken"], shown.value["left"].as_array().unwrap().len()), (&1.into(), 1));
    assert!(at("long.receipt").exists());
}
