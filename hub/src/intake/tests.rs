//! Tests of the import as a whole: idempotent, resumable, indifferent to order, and never stopped by what it cannot read. They run over
//! the public test data where it lies beside the workspace.

use super::import::import_until;
use super::*;
use crate::store::{Store, parked, people, resources};
use proptest::prelude::*;
use record::summary::Fact;
use record::{PersonId, Stamp};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

struct World {
    folder: tempfile::TempDir,
    store: Store,
    next: u128,
}

const NOW: Stamp = Stamp::from_millis(1_790_000_000_000);

impl World {
    fn new() -> World {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("hub.db"), &[1; 32]).unwrap();
        World { folder, store, next: 0 }
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    fn import(&mut self, paths: &[PathBuf], again: bool) -> Report {
        self.import_until(paths, again, &mut || false)
    }

    fn import_until(&mut self, paths: &[PathBuf], again: bool, until: &mut dyn FnMut() -> bool) -> Report {
        let next = &mut self.next;
        let mut fresh_id = || {
            *next += 1;
            PersonId::from_bytes(next.to_be_bytes())
        };
        let stop = AtomicBool::new(false);
        let source = SourceSpec::default();
        let mut options = Options { source, now: NOW, fresh_id: &mut fresh_id, stop: &stop, again };
        import_until(&mut self.store, paths, &mut options, &mut |_| {}, until).unwrap()
    }

    /// Facts of each person, with sources by name: what does not depend on row numbers. Sorted by person.
    fn content(&mut self) -> Vec<String> {
        let (count, sources) = self.store.read(|tx| Ok((people::count_people(tx)?, people::sources(tx)?))).unwrap();
        let names: BTreeMap<_, _> = sources.into_iter().map(|s| (s.id, s.organisation)).collect();
        let mut all: Vec<String> = (1..=count as i64)
            .map(|person| {
                let (facts, whole) = chart_facts(&mut self.store, person, NOW).unwrap();
                let told: Vec<String> = facts
                    .iter()
                    .map(|f: &Fact| format!("{:?} {:?} {:?} {:?}", f.key, names.get(&f.source), f.recorded, f.body))
                    .collect();
                format!("{told:#?} {:?}", whole.iter().map(|w| &w.json).collect::<Vec<_>>())
            })
            .collect();
        all.sort();
        let parked = self.store.read(|tx| parked::list(tx, true, 0, 10_000)).unwrap();
        let mut parked: Vec<String> = parked.iter().map(|p| format!("{} {}", p.reason, p.detail)).collect();
        parked.sort();
        all.extend(parked);
        all.push(format!("{:?}", self.store.read(resources::count_kinds).unwrap()));
        all
    }

    fn parked(&mut self) -> Vec<(String, u64)> {
        self.store.read(parked::count).unwrap()
    }
}

/// A small region of single resources that refer to one another in every way, none of them in conflict.
fn documents() -> Vec<String> {
    let mut all = vec![
        r#"{"resourceType":"Organization","id":"g","identifier":[{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":"J81012"}],"name":"Mill Surgery"}"#,
        r#"{"resourceType":"Practitioner","id":"d","name":[{"text":"Dr Holt"}]}"#,
        r#"{"resourceType":"Medication","id":"m","code":{"text":"Morphine 10 mg tablets"}}"#,
        r#"{"resourceType":"Patient","id":"a","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}],"name":[{"family":"Holt","given":["Ada"]}],"birthDate":"1940-01-05","managingOrganization":{"reference":"Organization/g"}}"#,
        r#"{"resourceType":"Patient","id":"b","name":[{"family":"Frost","given":["Bea"]}],"birthDate":"1950-02-06"}"#,
        r#"{"resourceType":"Encounter","id":"e","status":"finished","subject":{"reference":"Patient/a"},"serviceProvider":{"identifier":{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":"RDY"},"display":"Dorset HealthCare"}}"#,
        r#"{"resourceType":"Observation","id":"o","status":"final","code":{"text":"Pulse"},"subject":{"reference":"https://x/Patient/a"},"encounter":{"reference":"Encounter/e"},"valueQuantity":{"value":72.0,"unit":"per minute"}}"#,
        r#"{"resourceType":"MedicationRequest","id":"r","status":"active","subject":{"identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"999 000 0018"}},"medicationReference":{"reference":"Medication/m"},"requester":{"reference":"Practitioner/d"}}"#,
        r#"{"resourceType":"Condition","id":"c","code":{"text":"Asthma"},"subject":{"reference":"Patient/b"},"encounter":{"reference":"Encounter/none"}}"#,
        r#"{"resourceType":"Flag","id":"f","status":"active","code":{"text":"Dog"},"subject":{"reference":"Patient/unknown"}}"#,
        r#"{"resourceType":"Bundle","type":"transaction","entry":[{"fullUrl":"urn:uuid:1","resource":{"resourceType":"Patient","id":"x1","name":[{"family":"Reed"}],"birthDate":"1960-01-02"}},{"resource":{"resourceType":"Goal","id":"x2","lifecycleStatus":"active","description":{"text":"Walk"},"subject":{"reference":"urn:uuid:1"}}}]}"#,
        r##"{"resourceType":"Immunization","id":"i","status":"completed","vaccineCode":{"text":"Flu"},"occurrenceDateTime":"2024-10-01","patient":{"reference":"#p"},"contained":[{"resourceType":"Patient","id":"p","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}],"name":[{"family":"Holt","given":["Ada"]}],"birthDate":"1940-01-05"}]}"##,
    ]
    .into_iter()
    .map(str::to_owned)
    .collect::<Vec<_>>();
    all.push("{\"cut\": ".to_owned());
    all.push(r#"{"resourceType":"Cabbage"}"#.to_owned());
    all
}

#[test]
fn importing_twice_changes_nothing() {
    let mut world = World::new();
    let file = world.file("a.ndjson", &documents().join("\n"));
    let first = world.import(std::slice::from_ref(&file), false);
    assert_eq!((first.new, first.people_new, first.parked_total()), (12, 3, 3));
    let before = world.content();
    let second = world.import(std::slice::from_ref(&file), false);
    assert_eq!((second.files_already, second.documents), (1, 0));
    let third = world.import(&[file], true);
    assert_eq!((third.new, third.changed, third.unchanged, third.parked_total()), (0, 0, 12, 0), "{third:?}");
    assert_eq!(world.content(), before);
    assert_eq!(world.parked(), [("NOT_JSON".into(), 1), ("UNKNOWN_SUBJECT".into(), 1), ("UNKNOWN_TYPE".into(), 1)]);
}

#[test]
fn stopped_at_any_document_it_goes_on_from_there() {
    let text = documents().join("\n");
    let mut whole = World::new();
    let file = whole.file("a.ndjson", &text);
    whole.import(&[file], false);
    let expected = whole.content();
    for boundary in 0..documents().len() {
        let mut world = World::new();
        let file = world.file("a.ndjson", &text);
        let mut seen = 0;
        let cut = world.import_until(std::slice::from_ref(&file), false, &mut || {
            seen += 1;
            seen > boundary
        });
        assert!(cut.stopped && cut.documents == boundary as u64, "{boundary}");
        let rest = world.import(&[file], false);
        assert_eq!(rest.documents + cut.documents, documents().len() as u64, "nothing is read twice: {boundary}");
        assert_eq!(world.content(), expected, "{boundary}");
    }
}

#[test]
fn a_crash_inside_a_batch_leaves_nothing_of_it() {
    let mut whole = World::new();
    let file = whole.file("a.ndjson", &documents().join("\n"));
    whole.import(&[file], false);
    for crash in 1..=3 {
        let mut world = World::new();
        let file = world.file("a.ndjson", &documents().join("\n"));
        let crashed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let mut made = 0;
            let mut fresh_id = || {
                made += 1;
                assert!(made < crash, "the power went");
                PersonId::from_bytes([made; 16])
            };
            let stop = AtomicBool::new(false);
            let source = SourceSpec::default();
            let mut options = Options { source, now: NOW, fresh_id: &mut fresh_id, stop: &stop, again: false };
            import(&mut world.store, std::slice::from_ref(&file), &mut options, &mut |_| {}).map(drop)
        }));
        assert!(crashed.is_err());
        assert_eq!(world.store.read(people::count_people).unwrap(), 0);
        world.import(&[file], false);
        assert_eq!(world.content(), whole.content());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn the_order_of_documents_does_not_matter(order in Just((0..documents().len()).collect::<Vec<_>>()).prop_shuffle()) {
        let all = documents();
        let import = |order: &[usize]| {
            let mut world = World::new();
            let text: Vec<&str> = order.iter().map(|n| all[*n].as_str()).collect();
            let file = world.file("a.ndjson", &text.join("\n"));
            world.import(&[file], false);
            world.content()
        };
        let straight: Vec<usize> = (0..all.len()).collect();
        let (one, other) = (import(&straight), import(&order));
        prop_assert_eq!(one, other);
    }
}

#[test]
fn somebody_unknown_is_waited_for() {
    let mut world = World::new();
    let flag = r#"{"resourceType":"Flag","id":"f","status":"active","code":{"text":"Dog"},"subject":{"reference":"Patient/u"}}"#;
    let first = world.file("1.json", flag);
    let report = world.import(&[first], false);
    assert_eq!(report.parked.get(&ParkReason::UnknownSubject), Some(&1));
    let parked = world.store.read(|tx| parked::list(tx, true, 0, 9)).unwrap();
    assert!(parked[0].file.ends_with("1.json") && parked[0].line == 1 && !parked[0].detail.contains("Dog"));
    let second = world.file("2.json", r#"{"resourceType":"Patient","id":"u","name":[{"family":"Holt"}]}"#);
    let report = world.import(&[second], false);
    assert_eq!((report.unparked, report.people_new, report.parked_total()), (1, 1, 0));
    assert_eq!(world.parked(), []);
    assert_eq!(chart_facts(&mut world.store, 1, NOW).unwrap().0.len(), 2);
}

#[test]
fn a_wrong_number_is_quarantined_with_what_depends_on_it() {
    let mut world = World::new();
    let patient = |id: &str, family: &str, born: &str| {
        format!(
            r#"{{"resourceType":"Patient","id":"{id}","identifier":[{{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}}],"name":[{{"family":"{family}","given":["{family}"]}}],"birthDate":"{born}"}}"#
        )
    };
    let bundle = format!(
        r#"{{"resourceType":"Bundle","type":"transaction","entry":[{{"fullUrl":"urn:uuid:n","resource":{}}},
           {{"resource":{{"resourceType":"Condition","id":"c","subject":{{"reference":"urn:uuid:n"}}}}}}]}}"#,
        patient("b", "Frost", "1991-03-04")
    );
    let first = world.file("1.json", &patient("a", "Holt", "1940-01-05"));
    let second = world.file("2.json", &bundle);
    let report = world.import(&[first, second], false);
    assert_eq!(report.parked.get(&ParkReason::WrongNumber), Some(&2), "{report:?}");
    assert_eq!(report.people_new, 1);
    // The source corrects the number: both are admitted.
    let third = world.file("3.json", &patient("b", "Frost", "1991-03-04").replace("9990000018", "9990000026"));
    let report = world.import(&[third], false);
    assert_eq!((report.people_new, report.unparked), (1, 2), "{report:?}");
    assert_eq!(world.parked(), []);
}

#[test]
fn versions_are_kept_and_an_older_one_never_wins() {
    let mut world = World::new();
    let flag = |text: &str, updated: &str| {
        format!(
            r#"{{"resourceType":"Flag","id":"f","meta":{{"lastUpdated":"{updated}"}},"status":"active","code":{{"text":"{text}"}},"subject":{{"reference":"Patient/u"}}}}"#
        )
    };
    let patient = r#"{"resourceType":"Patient","id":"u"}"#.to_owned();
    let old = flag("Old", "2024-01-01T00:00:00Z");
    let new = flag("New", "2025-01-01T00:00:00Z");
    let file = world.file("1.ndjson", &[patient, new, old].join("\n"));
    let report = world.import(&[file], false);
    assert_eq!((report.new, report.changed, report.older), (2, 0, 1));
    let (facts, _) = chart_facts(&mut world.store, 1, NOW).unwrap();
    assert!(format!("{facts:?}").contains("New") && !format!("{facts:?}").contains("Old"));
}

#[test]
fn compressed_archived_and_nested_files_are_read() {
    use std::io::Write;
    let mut world = World::new();
    let patient = |id: u32| format!(r#"{{"resourceType":"Patient","id":"{id}"}}"#);
    let folder = world.folder.path().join("in");
    std::fs::create_dir_all(folder.join("deeper")).unwrap();
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(patient(1).as_bytes()).unwrap();
    std::fs::write(folder.join("deeper/a.json.gz"), gz.finish().unwrap()).unwrap();
    let mut tar = tar::Builder::new(Vec::new());
    for n in 2..4 {
        let text = patient(n);
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, format!("x/{n}.json"), text.as_bytes()).unwrap();
    }
    let tar = tar.into_inner().unwrap();
    std::fs::write(folder.join("b.tar.zst"), zstd::encode_all(tar.as_slice(), 1).unwrap()).unwrap();
    std::fs::write(folder.join("c.ndjson"), format!("\u{feff}{}\n\n{}\r\n", patient(4), patient(5))).unwrap();
    std::fs::write(folder.join("d.json"), format!("{}\n{}", patient(6), patient(7))).unwrap();
    std::fs::write(folder.join("broken.json.gz"), b"not gzip at all").unwrap();
    std::fs::write(folder.join("e.xml"), "<a/>").unwrap();
    let report = world.import(&[folder, world.folder.path().join("missing")], false);
    assert_eq!(report.people_new, 7, "{report:?}");
    assert_eq!(report.unread_line().as_deref(), Some("not read: 1 file: .xml"));
    assert_eq!(report.files_failed.len(), 2);
}

#[test]
fn a_document_speaks_for_what_it_holds() {
    let bundle = |kind: &str| {
        format!(
            r#"{{"resourceType":"Bundle","type":"{kind}","entry":[
              {{"resource":{{"resourceType":"Composition","id":"c","subject":{{"reference":"urn:uuid:p"}}}}}},
              {{"fullUrl":"urn:uuid:p","resource":{{"resourceType":"Patient","id":"p","name":[{{"family":"Holt"}}]}}}},
              {{"resource":{{"resourceType":"Condition","id":"x","code":{{"text":"Asthma"}}}}}}]}}"#
        )
    };
    for (kind, parked) in [("document", None), ("collection", Some(&1))] {
        let mut world = World::new();
        let file = world.file("1.json", &bundle(kind));
        let report = world.import(&[file], false);
        assert_eq!(report.parked.get(&ParkReason::NoSubject), parked, "{kind}");
    }
}

fn data(set: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data").join(set);
    path.exists().then_some(path)
}

#[test]
fn the_json_test_suite_is_parked_and_crashes_nothing() {
    let Some(folder) = data("edge/json-test-suite") else { return };
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "json"));
    let mut world = World::new();
    for file in files {
        let report = world.import(std::slice::from_ref(&file), false);
        let of: Vec<&str> = report.parked.keys().map(|reason| reason.code()).collect();
        // The same as in an earlier file is parked already.
        let known = report.parked_before > 0;
        let short = file.file_name().unwrap().to_string_lossy().into_owned();
        match short.split('_').find(|w| matches!(*w, "y" | "n" | "i")) {
            Some("y") => assert!(of.iter().all(|r| matches!(*r, "NOT_FHIR" | "DUPLICATE_KEY")), "{short} {of:?}"),
            Some("n") => assert!(known || !of.is_empty(), "{short}"),
            _ => {}
        }
        assert!(known || !of.is_empty(), "{short}");
    }
    assert_eq!(world.store.read(people::count_people).unwrap(), 0);
}

#[test]
fn the_public_sets_are_taken_in_and_every_complaint_says_where_and_why() {
    for set in
        ["uk-core", "spec-examples", "nhs-england-programme", "pds", "bars", "uk-patient-summary", "immunisation"]
    {
        let Some(folder) = data(&format!("fhir-r4/{set}")) else { return };
        let mut world = World::new();
        let report = world.import(std::slice::from_ref(&folder), false);
        assert!(report.new + report.parked_total() > 0, "{set}: {report:?}");
        let parked = world.store.read(|tx| parked::list(tx, true, 0, 100_000)).unwrap();
        assert_eq!(parked.len() as u64, report.parked_total(), "{set}");
        for p in &parked {
            assert!(
                !p.file.is_empty() && p.line > 0 && ParkReason::from_code(&p.reason).is_some() && !p.detail.is_empty()
            );
        }
        let again = world.import(&[folder], true);
        assert_eq!(
            (again.new, again.changed, again.parked_total(), again.people_new),
            (0, 0, 0, 0),
            "{set}: {again:?}"
        );
        world.content();
    }
}

#[test]
fn a_correction_back_to_what_was_said_before_holds() {
    let mut world = World::new();
    let allergy = |status: &str| {
        format!(
            r#"{{"resourceType":"Bundle","entry":[{{"resource":{{"resourceType":"Patient","id":"u"}}}},{{"resource":{{"resourceType":"AllergyIntolerance","id":"a",
            "clinicalStatus":{{"coding":[{{"code":"{status}"}}]}},"code":{{"text":"Penicillin"}},"patient":{{"reference":"Patient/u"}}}}}}]}}"#
        )
    };
    let days = [
        world.file("d1.json", &allergy("active")),
        world.file("d2.json", &allergy("resolved")),
        world.file("d3.json", &allergy("active")),
    ];
    let shown = |world: &mut World| format!("{:?}", chart_facts(&mut world.store, 1, NOW).unwrap().0);
    for (day, status) in days.iter().zip(["active", "resolved", "active"]) {
        world.import(std::slice::from_ref(day), false);
        assert!(shown(&mut world).contains(&format!("Some(\"{status}\")")), "{}", shown(&mut world));
    }
    // Read again, and only then, a file holds what has since been replaced.
    let again = world.import(&days[1..2], true);
    assert_eq!((again.changed, again.unchanged), (0, 2));
    assert!(shown(&mut world).contains("Some(\"active\")"));
}

#[test]
fn what_comes_after_an_overlay_is_not_filed_under_the_earlier_person() {
    let patient = |family: &str, born: &str, number: &str| {
        format!(
            r#"{{"resourceType":"Patient","id":"zz","identifier":[{{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"{number}"}}],"name":[{{"family":"{family}","given":["{family}"]}}],"birthDate":"{born}"}}"#
        )
    };
    let condition = |id: &str| {
        format!(
            r#"{{"resourceType":"Condition","id":"{id}","code":{{"text":"Of {id}"}},"subject":{{"reference":"Patient/zz"}}}}"#
        )
    };
    let mut world = World::new();
    let take = |world: &mut World, name: &str, text: &str| {
        let file = world.file(name, text);
        world.import(&[file], false)
    };
    take(&mut world, "1.ndjson", &[patient("Other", "1971-01-02", "9990000018"), condition("before")].join("\n"));
    let overlay = take(&mut world, "2.json", &patient("Quite", "1999-08-09", "9990000018"));
    assert_eq!(overlay.parked.get(&ParkReason::IdentityChanged), Some(&1), "{overlay:?}");
    let later = take(&mut world, "3.json", &condition("after"));
    assert_eq!((later.new, later.parked.get(&ParkReason::IdentityChanged)), (0, Some(&1)), "{later:?}");
    let shown = format!("{:?}", chart_facts(&mut world.store, 1, NOW).unwrap().0);
    assert!(shown.contains("Of before") && !shown.contains("Of after"));
    // The same file read again, or an earlier one, does not end the doubt.
    let first = world.folder.path().join("1.ndjson");
    world.import(&[first], true);
    assert_eq!(world.parked(), [("IDENTITY_CHANGED".into(), 2)]);
    // The source says again who zz is: what waited is about them.
    let settled = take(&mut world, "4.json", &patient("Other", "1971-01-02", "9990000018"));
    assert_eq!((settled.unparked, world.parked().len()), (2, 0), "{settled:?}");
    assert!(format!("{:?}", chart_facts(&mut world.store, 1, NOW).unwrap().0).contains("Of after"));
}

#[test]
fn what_is_withheld_does_not_travel_whole_through_another_resource() {
    let mut world = World::new();
    let text = [
        r#"{"resourceType":"Patient","id":"u"}"#,
        r#"{"resourceType":"Condition","id":"h","meta":{"security":[{"code":"HIV"}]},"code":{"text":"HIV"},"subject":{"reference":"Patient/u"}}"#,
        r#"{"resourceType":"Encounter","id":"e","status":"finished","subject":{"reference":"Patient/u"},"reasonReference":[{"reference":"Condition/h","display":"HIV"}]}"#,
        r#"{"resourceType":"Encounter","id":"f","status":"finished","subject":{"reference":"Patient/u"},"reasonReference":[{"reference":"Condition/h"}]}"#,
        r#"{"resourceType":"CarePlan","id":"c","status":"active","category":[{"coding":[{"code":"342191000000101","display":"Subject to child protection plan"}]}],"subject":{"reference":"Patient/u"}}"#,
    ];
    let file = world.file("1.ndjson", &text.join("\n"));
    world.import(&[file], false);
    let (_, whole) = chart_facts(&mut world.store, 1, NOW).unwrap();
    let keys: Vec<&str> = whole.iter().map(|w| w.key.0.as_str()).collect();
    assert_eq!(keys, ["Encounter/f", "Patient/u"]);
}

#[test]
fn one_damaged_member_of_an_archive_stops_no_other_and_a_pipe_stops_nothing() {
    use std::io::Write;
    let mut world = World::new();
    let patient = |id: u32| format!(r#"{{"resourceType":"Patient","id":"{id}"}}"#).into_bytes();
    let folder = world.folder.path().join("in");
    std::fs::create_dir_all(&folder).unwrap();
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(&patient(2)).unwrap();
    let whole = gz.finish().unwrap();
    let mut tar = tar::Builder::new(Vec::new());
    let members =
        [("1.json", patient(1)), ("2.json.gz", whole[..12].to_vec()), ("3.json", patient(3)), ("4.hl7", vec![1])];
    for (name, bytes) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, bytes.as_slice()).unwrap();
    }
    std::fs::write(folder.join("a.tar"), tar.into_inner().unwrap()).unwrap();
    let pipe = folder.join("b.json");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    std::os::unix::fs::symlink(".", folder.join("again")).unwrap();
    let report = world.import(std::slice::from_ref(&folder), false);
    assert_eq!((report.people_new, report.files), (2, 0), "{report:?}");
    let failed: Vec<&str> = report.files_failed.iter().map(|f| f.file.rsplit('/').next().unwrap()).collect();
    assert_eq!(failed, ["b.json", "2.json.gz"]);
    assert_eq!(report.unread_line().as_deref(), Some("not read: 1 file: .hl7"));
    // It is not taken for read: the next import says so again, and takes nothing twice.
    let again = world.import(&[folder], false);
    assert_eq!((again.new, again.unchanged, again.files_failed.len()), (0, 0, 2), "{again:?}");
}

#[test]
fn what_its_source_moves_to_somebody_unknown_leaves_the_record_it_was_in() {
    let mut world = World::new();
    let condition = |whose: &str| {
        format!(
            r#"{{"resourceType":"Condition","id":"c","code":{{"text":"Asthma"}},"subject":{{"reference":"Patient/{whose}"}}}}"#
        )
    };
    let person = |id: &str, family: &str| {
        format!(r#"{{"resourceType":"Patient","id":"{id}","name":[{{"family":"{family}"}}]}}"#)
    };
    let mut shown = |name: &str, text: String| {
        let file = world.file(name, &text);
        world.import(&[file], false);
        let people = world.store.read(people::count_people).unwrap() as i64;
        let with = (1..=people).filter(|p| format!("{:?}", chart_facts(&mut world.store, *p, NOW)).contains("Asthma"));
        with.collect::<Vec<_>>()
    };
    assert_eq!(shown("1.ndjson", [person("u", "Holt"), condition("u")].join("\n")), [1]);
    assert!(shown("2.json", condition("v")).is_empty());
    assert_eq!(shown("3.json", person("v", "Reed")), [2]);
    // Back again, in the very bytes of the first time.
    assert_eq!(shown("4.json", condition("u")), [1]);
}
