//! Verbs of the hub's program, as typed: what each leaves in the hub's own chain, and what makes one fail.

use super::home::{now, open, operator};
use super::{Args, Shown, run};
use anyhow::Result;
use clap::Parser;
use hub::store::{alerts, audit, caseload, trust};
use record::audit::{AuditUse, Entry, Event, HubAct};
use record::people::{Actor, Organisation, Role};
use std::path::Path;
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
