//! What each act becomes: a score only of a whole set, a dose that was not given with its reason, what was struck through still there, two doses of
//! one slot still two, and ids that say whose they are.

use super::*;
use record::people::Role;
use record::plan::Author;
use record::visit::news2::Scale;
use record::visit::vitals::{Breathing, Consciousness};
use record::visit::wound::{Category, Exudate, Margin, Side, Sort, Spot};
use record::visit::{Administration, Medicine, Observations, Outcome, Part, Photo, Photos, Slot, Taken, Vital, Wound};
use std::collections::BTreeSet;

const NOON: i64 = 1_773_144_000_000;

fn person() -> PersonId {
    PersonId::from_bytes([1; 16])
}

/// An act of worker `n`, the `at`-th minute after noon; the hub had it an hour later.
fn done(n: u8, at: i64, body: Body) -> Received {
    let act = Act {
        person: person(),
        chain: format!("D{n}/N{n}").parse().unwrap(),
        by: Author {
            staff: format!("N{n}").parse().unwrap(),
            name: format!("Worker {n}"),
            role: Role::RegulatedClinician,
            title: "Nurse".into(),
            ods: "ZZ1".parse().unwrap(),
            organisation: "Trust".into(),
        },
        at: Stamp::from_millis(NOON + at * 60_000),
        clock_in_doubt: n == 9,
        visit: None,
        nonce: [at as u8; 8],
        body,
    };
    Received { id: ActId::of(&act.to_bytes()), at: Stamp::from_millis(act.at.millis() + 3_600_000), act }
}

fn of(acts: &[Received]) -> Vec<Resource> {
    resources(person(), NhsNumber::from_stem(999_000_001), acts, &|_| false)
}

fn kind<'a>(all: &'a [Resource], kind: &str) -> Vec<&'a Value> {
    all.iter().filter(|one| one.kind() == kind).map(|one| &one.value).collect()
}

fn signs(with: &[(Vital, Taken)], whole: bool) -> Body {
    let taken = Observations {
        signs: with.iter().copied().collect(),
        breathing: whole.then_some(Breathing::Air),
        consciousness: whole.then_some(Consciousness::NewlyConfused),
    };
    Body::Observed { taken, scale: Scale::One, unfit: None }
}

fn whole() -> Body {
    let value = |vital, value| (vital, Taken::Value(value));
    signs(
        &[
            value(Vital::Respiration, 21),
            value(Vital::Saturation, 97),
            value(Vital::Systolic, 120),
            value(Vital::Diastolic, 70),
            value(Vital::Pulse, 72),
            value(Vital::Temperature, 368),
        ],
        true,
    )
}

fn dose(outcome: Outcome) -> Body {
    Body::Dose(Administration {
        medicine: Medicine {
            order: "MedicationRequest/m1".into(),
            name: "Apixaban 5 mg".into(),
            codes: vec!["1946".into()],
        },
        slot: Slot { day: "2026-03-10".parse().unwrap(), part: Part::Midday },
        given_at: Stamp::from_millis(NOON),
        outcome,
        least_hours: None,
        most: None,
        despite: vec![],
        known_at: None,
    })
}

fn given() -> Outcome {
    let none = String::new;
    Outcome::Given { dose: "5 mg".into(), route: "oral".into(), site: none(), batch: none(), witness: none() }
}

#[test]
fn a_whole_set_has_a_score_with_its_parts_and_units_as_uk_core_spells_them() {
    let all = of(&[done(1, 0, whole())]);
    let observations = kind(&all, "Observation");
    let news = observations.iter().find(|one| one["valueQuantity"]["code"] == "{ScoreOf}").unwrap();
    assert_eq!((&news["valueQuantity"]["value"], news["component"].as_array().unwrap().len()), (&json!(5), 7));
    assert_eq!(news["interpretation"][0]["text"], "Medium: urgent response threshold");
    let pressure =
        observations.iter().find(|one| one["component"][0]["code"]["coding"][1]["code"] == "8480-6").unwrap();
    assert_eq!(pressure["component"][1]["valueQuantity"]["unit"], "millimeter of mercury");
    let temperature = observations.iter().find(|one| one["valueQuantity"]["code"] == "Cel").unwrap();
    assert_eq!(temperature["valueQuantity"]["value"], json!(36.8));
    assert_eq!(temperature["effectiveDateTime"], "2026-03-10T12:00:00Z");
    assert_eq!(
        (&temperature["issued"], &temperature["meta"]["lastUpdated"]),
        (&json!("2026-03-10T13:00:00Z"), &json!("2026-03-10T13:00:00Z"))
    );
    assert_eq!(temperature["performer"][1]["identifier"]["value"], "ZZ1");
    let derived: BTreeSet<&str> =
        news["derivedFrom"].as_array().unwrap().iter().filter_map(|r| r["reference"].as_str()).collect();
    let there: BTreeSet<String> =
        observations.iter().map(|one| format!("Observation/{}", one["id"].as_str().unwrap())).collect();
    assert!(derived.len() == 7 && derived.iter().all(|one| there.contains(*one)), "{derived:?}");
}

#[test]
fn an_incomplete_set_has_no_number_that_could_be_taken_for_a_score() {
    let taken =
        [(Vital::Pulse, Taken::Value(140)), (Vital::Temperature, Taken::Refused), (Vital::Weight, Taken::Unable)];
    let all = of(&[done(1, 0, signs(&taken, false))]);
    let observations = kind(&all, "Observation");
    let news = observations.iter().find(|one| one["code"]["coding"][0]["code"] == "1104051000000101").unwrap();
    assert!(news["valueQuantity"].is_null() && news["component"].is_null(), "{news}");
    let why = news["dataAbsentReason"]["text"].as_str().unwrap();
    assert!(why.starts_with("NEWS2 incomplete: no total. Missing: Respiration"), "{why}");
    let absent: Vec<&str> =
        observations.iter().filter_map(|one| one["dataAbsentReason"]["coding"][0]["code"].as_str()).collect();
    assert_eq!(absent.iter().filter(|code| **code == "asked-declined").count(), 1, "{absent:?}");
    // Signs that are none of the seven make no set of NEWS2 at all.
    let weighed = of(&[done(1, 0, signs(&[(Vital::Weight, Taken::Value(724))], false))]);
    assert_eq!(kind(&weighed, "Observation").len(), 1);
}

#[test]
fn a_dose_not_given_says_why_and_two_of_one_slot_stay_two_until_looked_into() {
    let refused = Outcome::NotGiven { why: record::visit::dose::NotGiven::Refused, words: "felt sick".into() };
    let all = of(&[done(1, 0, dose(refused))]);
    let administration = kind(&all, "MedicationAdministration")[0];
    assert_eq!(
        (&administration["status"], &administration["statusReason"][0]["text"]),
        (&json!("not-done"), &json!("Refused: felt sick"))
    );
    assert!(administration["dosage"].is_null());

    let (one, two) = (done(1, 1, dose(given())), done(2, 2, dose(given())));
    let all = of(&[one.clone(), two.clone()]);
    let doses = kind(&all, "MedicationAdministration");
    assert!(doses.iter().all(|dose| dose["status"] == "completed" && dose["meta"]["tag"][0]["code"] == "double-dose"));
    assert_eq!((doses.len(), doses[0]["request"]["identifier"]["value"].as_str()), (2, Some("MedicationRequest/m1")));
    let issues = kind(&all, "DetectedIssue");
    assert_eq!(
        (issues.len(), &issues[0]["status"], issues[0]["implicated"].as_array().unwrap().len()),
        (1, &json!("preliminary"), 2)
    );
    // The first dose is news again: something came that changes how it is read.
    assert!(all.iter().filter(|one| one.kind() == "MedicationAdministration").all(|dose| dose.updated == two.at));

    let words = "Rang the GP: observe".to_owned();
    let looked = done(3, 5, Body::DoseReviewed { doses: vec![one.id, two.id], words });
    let all = of(&[one, two, looked.clone()]);
    let issues = kind(&all, "DetectedIssue");
    assert_eq!((issues.len(), &issues[0]["status"]), (1, &json!("final")));
    assert_eq!(issues[0]["mitigation"][0]["action"]["text"], "Rang the GP: observe");
    assert!(kind(&all, "MedicationAdministration").iter().all(|dose| dose["meta"]["tag"].is_null()));
    assert!(all.iter().filter(|one| one.kind() == "MedicationAdministration").all(|dose| dose.updated == looked.at));
}

#[test]
fn what_was_struck_through_is_there_as_an_error_and_what_was_added_follows() {
    let note = done(1, 0, Body::Note { text: "Left leg".into() });
    let weighed = done(1, 1, signs(&[(Vital::Weight, Taken::Value(724))], false));
    let all = of(&[
        note.clone(),
        weighed.clone(),
        done(2, 2, Body::Added { to: note.id, text: "It was the right".into() }),
        done(1, 3, Body::Struck { of: weighed.id, reason: "wrong person".into() }),
    ]);
    let weight = kind(&all, "Observation")[0];
    assert_eq!(weight["status"], "entered-in-error");
    assert!(weight["note"].to_string().contains("wrong person"));
    let documents = kind(&all, "DocumentReference");
    assert_eq!(documents.len(), 2);
    let addition = documents.iter().find(|one| one["relatesTo"].is_array()).unwrap();
    assert_eq!(addition["relatesTo"][0]["code"], "appends");
    assert_eq!(addition["author"][0]["display"], "Worker 2, Nurse, Trust");
    let first = documents.iter().find(|one| one["relatesTo"].is_null()).unwrap();
    assert_eq!(
        first["content"][0]["attachment"]["data"],
        data_encoding::BASE64.encode(b"Left leg"),
        "as it was written"
    );
    assert_eq!(all.iter().find(|one| one.id() == first["id"]).unwrap().updated, Stamp::from_millis(NOON + 62 * 60_000));
}

#[test]
fn a_visit_a_visit_that_was_none_tasks_and_referrals() {
    let start = done(1, 0, Body::Started { booking: "Appointment/a1".into() });
    let task = done(
        1,
        2,
        Body::Task {
            what: "Order pads".into(),
            who: record::visit::act::For::Practice,
            due: "2026-03-12".parse().ok(),
        },
    );
    let acts = [
        start.clone(),
        task.clone(),
        done(1, 3, Body::Ended { start: start.id, summary: "All well".into() }),
        done(1, 4, Body::TaskDone { task: task.id, words: "rang".into() }),
        done(2, 5, Body::NotHome { booking: String::new(), words: "Rang twice".into() }),
        done(1, 6, Body::Referral { service: "Podiatry".into(), reason: "Nails".into(), urgent: true }),
        done(
            1,
            7,
            Body::Hypercapnic { risk: true, prescriber: "Dr Rao".into(), basis: "letter".into(), settles: vec![] },
        ),
    ];
    let all = of(&acts);
    let visits = kind(&all, "Encounter");
    let status = |of: &str| visits.iter().filter(|one| one["status"] == of).count();
    assert_eq!((visits.len(), status("finished"), status("cancelled")), (2, 1, 1));
    let missed = visits.iter().find(|one| one["status"] == "cancelled").unwrap();
    assert_eq!(missed["reasonCode"][0]["text"], "Not at home. Rang twice");
    let tasks = kind(&all, "Task");
    assert_eq!(
        (&tasks[0]["status"], &tasks[0]["restriction"]["period"]["end"]),
        (&json!("completed"), &json!("2026-03-12"))
    );
    assert_eq!(kind(&all, "ServiceRequest")[0]["priority"], "urgent");
    assert_eq!(kind(&all, "Flag")[0]["status"], "active");
    assert!(kind(&all, "DocumentReference").iter().any(|one| one["type"]["text"] == "Summary of the visit"));
    let ended = of(&[
        acts[6].clone(),
        done(
            1,
            9,
            Body::Hypercapnic {
                risk: false,
                prescriber: "Dr Rao".into(),
                basis: "review".into(),
                settles: vec![acts[6].id],
            },
        ),
    ]);
    assert!(kind(&ended, "Flag").iter().all(|flag| flag["status"] == "inactive"));
}

#[test]
fn an_ulcer_keeps_its_highest_category_and_names_its_photographs_by_hash() {
    let wound = |of, category, taken: Vec<Photo>| {
        Body::Wound(Box::new(Wound {
            of,
            spot: Spot { side: Side::Back, x: 430, y: 960 },
            site: "Left heel".into(),
            sort: Sort::PressureUlcer,
            category: Some(category),
            device_related: false,
            on_admission: true,
            length: Some(30),
            width: Some(20),
            depth: None,
            bed: vec![],
            margin: Margin::Attached,
            surrounding: String::new(),
            infection: vec![],
            exudate: Exudate::Low,
            pain: Some(3),
            treatment: "Foam".into(),
            plan: String::new(),
            healed: false,
            photos: (!taken.is_empty()).then_some(Photos { agreed: record::visit::photo::Agreed::Person, taken }),
        }))
    };
    let photo = Photo::of(&[0xFF, 0xD8, 0xFF, 0xE0, 7]).unwrap();
    let first = done(1, 0, wound(None, Category::Four, vec![photo]));
    let acts = [first.clone(), done(2, 30, wound(Some(first.id), Category::Two, vec![]))];
    let all = resources(person(), None, &acts, &|id| id == photo.id);
    let condition = kind(&all, "Condition")[0];
    assert!(condition["stage"][0]["summary"]["text"].as_str().unwrap().contains("Category 4"), "{condition}");
    let assessed = kind(&all, "Observation");
    let focus: BTreeSet<&str> = assessed.iter().filter_map(|one| one["focus"][0]["reference"].as_str()).collect();
    assert_eq!((assessed.len(), focus.len()), (2, 1));
    assert!(assessed[0]["component"].to_string().contains("\"None\""), "no sign of infection was looked for and said");
    let document = kind(&all, "DocumentReference")[0];
    assert_eq!(document["content"][0]["attachment"]["url"], format!("Binary/{}", binary_id(person(), photo.id)));
    assert_eq!(document["identifier"][1]["value"], photo.id.to_string());
    let elsewhere = resources(person(), None, &acts, &|_| false);
    let document = kind(&elsewhere, "DocumentReference")[0];
    assert!(document["content"][0]["attachment"]["url"].is_null(), "{document}");
    assert_eq!(document["meta"]["tag"][0]["code"], "not-here-yet");
}

#[test]
fn ids_say_whose_they_are_and_are_short_enough_and_a_doubtful_clock_is_tagged() {
    let mut acts = vec![done(9, 0, whole()), done(1, 1, dose(given())), done(2, 2, dose(given()))];
    let vitals = [Vital::Glucose, Vital::Weight, Vital::Pain].map(|vital| (vital, Taken::Unable));
    acts.push(done(1, 3, signs(&vitals, true)));
    let all = of(&acts);
    let ids: BTreeSet<(&str, &str)> = all.iter().map(|one| (one.kind(), one.id())).collect();
    assert_eq!(ids.len(), all.len(), "no two of a type have one id");
    for (_, id) in ids {
        assert!(id.len() <= 64, "{id}");
        assert_eq!(crate::fhir::person_of(id), Some(person()), "{id}");
    }
    let doubtful = all.iter().filter(|one| one.value["meta"]["tag"][0]["code"] == "clock-in-doubt").count();
    assert_eq!(doubtful, 8, "five signs, air, consciousness and the score");
}
