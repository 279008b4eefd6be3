//! The region as a whole: the same each time, legal FHIR, complete in its first 25 people, and of the promised size.

use super::*;
use jiff::civil::date;
use record::consent::{Choice, Relationship};
use serde_json::Value;
use std::collections::{BTreeSet, HashSet};

const REGION: Region = Region { seed: 7, people: 25, today: date(2026, 11, 21) };

fn wide() -> Region {
    Region { people: 800_000, ..REGION }
}

/// Every resource of a person, with its feed's setting.
fn resources(region: &Region, person: u64) -> Vec<(Setting, Value)> {
    let feeds = region.person(person).into_iter();
    feeds
        .flat_map(|feed| {
            let bundle: Value = serde_json::from_str(&feed.bundle).unwrap();
            let entries = bundle["entry"].as_array().unwrap().clone();
            entries.into_iter().map(move |entry| (feed.setting, entry["resource"].clone()))
        })
        .collect()
}

fn has_text(resource: &Value, text: &str) -> bool {
    resource.to_string().contains(text)
}

#[test]
fn a_person_is_the_same_each_time_and_however_many_people_there_are() {
    for person in (0..25).chain([499, 500, 7_777]) {
        assert_eq!(REGION.person(person), wide().person(person), "{person}");
    }
    let other_seed = Region { seed: 8, ..REGION };
    assert_ne!(REGION.person(3), other_seed.person(3));
    assert_eq!(REGION.staff(), REGION.staff());
    assert_eq!(REGION.caseloads(), REGION.caseloads());
}

#[test]
fn nhs_numbers_are_valid_and_all_different() {
    let numbers: HashSet<_> = (0..100_000).chain(795_000..800_000).filter_map(|p| REGION.nhs_number(p)).collect();
    assert_eq!(numbers.len(), 105_000);
    assert!(numbers.iter().all(record::NhsNumber::is_test));
    assert!(REGION.nhs_number(Region::MOST - 1).is_some());
}

#[test]
fn every_bundle_is_json_with_ids_of_its_own_and_references_that_resolve() {
    let mut ids = HashSet::new();
    for person in (0..60).chain((1_000..41_000).step_by(997)) {
        for feed in wide().person(person) {
            let bundle: Value = serde_json::from_str(&feed.bundle).unwrap();
            assert!(ids.insert(bundle["id"].as_str().unwrap().to_owned()));
            let mut here = HashSet::new();
            for entry in bundle["entry"].as_array().unwrap() {
                let resource = &entry["resource"];
                let name =
                    format!("{}/{}", resource["resourceType"].as_str().unwrap(), resource["id"].as_str().unwrap());
                assert!(entry["fullUrl"].as_str().unwrap().ends_with(&name));
                assert!(ids.insert(resource["id"].as_str().unwrap().to_owned()), "{name} twice");
                here.insert(name);
            }
            for reference in feed.bundle.split("\"reference\":\"").skip(1).map(|r| r.split('"').next().unwrap()) {
                assert!(here.contains(reference), "{reference} of person {person} does not resolve");
            }
        }
    }
}

#[test]
fn dates_are_dates_and_nothing_happens_before_birth_or_after_death() {
    for person in (0..120).chain((1_000..9_000).step_by(97)) {
        let p = Person::new(&wide(), person);
        for (_, resource) in resources(&wide(), person) {
            let recorded = resource["meta"]["lastUpdated"].as_str().unwrap();
            let day: Date = recorded[..10].parse().unwrap();
            assert!(record::When::parse(recorded).is_some(), "{recorded}");
            let slack = 24;
            assert!(day >= when::ago(p.born, 1), "{recorded} before birth of {person}: {resource}");
            assert!(day <= when::ago(REGION.today, -slack), "{recorded} ahead: {resource}");
            if p.dead() && resource["resourceType"] == "Appointment" {
                assert_ne!(resource["status"], "booked");
            }
        }
    }
}

#[test]
fn the_first_25_fill_every_section() {
    let all: Vec<_> = (0..25).flat_map(|p| resources(&REGION, p)).collect();
    let kinds: BTreeSet<&str> = all.iter().filter_map(|(_, r)| r["resourceType"].as_str()).collect();
    let needed = [
        "Flag",
        "AllergyIntolerance",
        "MedicationStatement",
        "MedicationRequest",
        "Condition",
        "RelatedPerson",
        "Observation",
        "DiagnosticReport",
        "CarePlan",
        "Goal",
        "EpisodeOfCare",
        "CareTeam",
        "Encounter",
        "Appointment",
        "ServiceRequest",
        "Immunization",
        "Procedure",
        "DocumentReference",
        "Device",
        "Task",
        "QuestionnaireResponse",
        "Consent",
        "List",
        "Patient",
    ];
    for kind in needed {
        assert!(kinds.contains(kind), "no {kind}");
    }
    let settings: HashSet<Setting> = all.iter().map(|(setting, _)| *setting).collect();
    assert_eq!(settings.len(), 7);
    let needed = [
        "450476008",
        "1382601000000107",
        "341051000000100",
        "Advance decision",
        "716186003",
        "notasked",
        "withheld",
        "unavailable",
        "no-content-recorded",
        "data-in-transit",
        "confidential-items",
        "entered-in-error",
        "corrected",
        "asked-declined",
        "deceasedDateTime",
        "national-reasonable-adjustment-flag",
        "Key safe",
        "Large dog",
        "Home oxygen",
        "Visit in pairs",
        "safeguarding",
        "\"R\"",
        "Preferred place of death",
        "TWO tablets (80mg)",
    ];
    for text in needed {
        assert!(all.iter().any(|(_, r)| has_text(r, text)), "nothing says {text}");
    }
    let radiology = all.iter().any(|(_, r)| has_text(r, "\"RAD\""));
    let future = all.iter().any(|(_, r)| r["status"] == "booked");
    assert!(radiology && future);
}

#[test]
fn the_protected_person_has_no_address_telephone_or_practice() {
    let (_, patient) = resources(&REGION, 16).into_iter().next().unwrap();
    assert_eq!(patient["meta"]["security"][0]["code"], "R");
    for name in ["address", "telecom", "generalPractitioner"] {
        assert!(patient.get(name).is_none(), "{name}");
    }
}

#[test]
fn twins_and_namesakes_are_easily_mistaken() {
    let patient = |person| resources(&REGION, person).swap_remove(0).1;
    let (first, twin) = (patient(8), patient(9));
    assert_eq!((&first["birthDate"], &first["address"]), (&twin["birthDate"], &twin["address"]));
    assert_eq!(first["name"][0]["family"], twin["name"][0]["family"]);
    assert_ne!(first["identifier"][0]["value"], twin["identifier"][0]["value"]);
    assert_eq!(patient(14)["name"][0]["family"], patient(15)["name"][0]["family"]);
}

#[test]
fn all_sources_send_the_same_number_and_only_their_own_identifier() {
    for person in 0..25 {
        let patients: Vec<_> =
            resources(&REGION, person).into_iter().filter(|(_, r)| r["resourceType"] == "Patient").collect();
        let numbers: HashSet<_> = patients.iter().map(|(_, r)| r["identifier"][0]["value"].to_string()).collect();
        let local: HashSet<_> = patients.iter().map(|(_, r)| r["identifier"][1].to_string()).collect();
        assert_eq!((numbers.len(), local.len()), (1, patients.len()));
    }
}

#[test]
fn the_first_25_show_every_choice() {
    let shown: BTreeSet<Choice> = (0..25).map(|p| REGION.choice(p).choice).collect();
    assert_eq!(shown, Choice::ALL.into_iter().collect());
    let nurse = staff::nurse_id(0).unwrap();
    let noon = record::Stamp::parse("2026-11-21T12:00:00Z").unwrap();
    use record::consent::Validity::{Expired, InPeriod};
    let validity = |person| REGION.choice(person).validity(&nurse, noon);
    assert_eq!([validity(10), validity(22), validity(7), validity(15)], [InPeriod, Expired, InPeriod, Expired]);
    assert!((0..2_000).filter(|p| wide().choice(*p).choice == Choice::Y3).count() > 1_500);
}

#[test]
fn the_demonstration_nurse_has_the_first_25_and_team_1_has_500() {
    let nurse = staff::nurse_id(0);
    let staff = REGION.staff();
    assert_eq!((Some(&staff[0].id), staff[0].title), (nurse.as_ref(), "Community nurse"));
    let caseloads = REGION.caseloads();
    assert_eq!((caseloads[0].staff.first(), caseloads[0].people.len()), (nurse.as_ref(), 25));
    assert!(caseloads[0].people.iter().any(|(_, r)| *r == Relationship::SelfClaimed));
    let large = wide().caseloads();
    assert_eq!(large.iter().find(|c| c.code == "TEAM1").map(|c| c.people.len()), Some(500));
    let known: HashSet<_> = wide().staff().into_iter().map(|s| s.id).collect();
    assert!(large.iter().all(|c| c.staff.iter().all(|s| known.contains(s)) && !c.people.is_empty()));
    assert_eq!(large.iter().map(|c| &c.code).collect::<HashSet<_>>().len(), large.len());
}

#[test]
fn a_person_is_about_60_resources_and_50_kilobytes() {
    #[track_caller]
    fn check(name: &str, people: Vec<u64>) {
        let count = people.len();
        let feeds: Vec<Feed> = people.into_iter().flat_map(|p| wide().person(p)).collect();
        let bytes: usize = feeds.iter().map(|f| f.bundle.len()).sum();
        let resources: usize = feeds.iter().map(|f| f.bundle.matches("\"fullUrl\"").count()).sum();
        let (bytes, resources) = (bytes / count, resources / count);
        assert!((54..=66).contains(&resources), "{name}: {resources} resources each");
        assert!((48_000..=60_000).contains(&bytes), "{name}: {bytes} bytes each");
    }
    check("the first 500", (0..500).collect());
    check("the wide region", (500..800_000).step_by(1_601).collect());
}
