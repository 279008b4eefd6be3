//! What a machine may not decide: a person looks at it at the hub and settles it, and devices hear of it by the ordinary feed. Nobody's record ever takes
//! in somebody else's by it, nothing is dropped, and who settled it stands in the hub's chain.

use hub::intake::look::{Look, look};
use hub::intake::settle::{Hand, SettleFault, Settled, Verdict, settle};
use hub::store::{audit, caseload, parked, people, resources, trust};
use record::audit::{Entry, Event, HubAct, ParkedDeed};
use record::chart::Content;
use record::consent::{Choice, DecidedBy, Recorded, Relationship};
use record::{PersonId, Section};
use serde_json::{Value, json};
use stories::{Worker, World};

/// Lists what is parked, by reason.
fn open(world: &World) -> Vec<(String, u64)> {
    world.write(parked::count)
}

/// The newest thing parked for a reason.
fn newest(world: &World, reason: &str) -> i64 {
    let all = world.write(|tx| parked::list(tx, false, 0, 100));
    all.iter().rev().find(|row| row.reason == reason).expect("parked").id
}

/// An administrator settles it.
fn ruled(world: &World, id: i64, verdict: Verdict) -> Result<Settled, SettleFault> {
    let by = "anna".parse().unwrap();
    let hand = Hand { by: &by, why: "spoken with the practice", now: world.now() };
    // An id that nobody has: of the thing settled.
    let mut fresh_id = || PersonId::from_bytes([id as u8; 16]);
    settle(&mut world.hub.store(), id, verdict, &hand, &mut fresh_id)
}

fn shown(world: &World, id: i64) -> Look {
    let by = "anna".parse().unwrap();
    let hand = Hand { by: &by, why: "", now: world.now() };
    look(&mut world.hub.store(), id, &hand, &mut || panic!("looking makes nobody")).unwrap()
}

/// What the hub's chain says of parked things.
fn acts(world: &World) -> Vec<(String, ParkedDeed, usize)> {
    let held = world.write(|tx| audit::from_leaf(tx, 0, 10_000));
    let entries = held.iter().map(|held| Entry::from_bytes(&held.bytes).unwrap());
    let parked = entries.filter_map(|entry| match entry.event {
        Event::Hub(HubAct::Parked { deed, people, .. }) => Some((entry.staff.to_string(), deed, people.len())),
        _ => None,
    });
    parked.collect()
}

/// A patient resource with the number of stem 1.
fn patient(id: &str, family: &str, given: &str, born: &str) -> Value {
    let nhs = record::NhsNumber::from_stem(999_000_001).unwrap().digits();
    json!({ "resourceType": "Patient", "id": id, "birthDate": born, "name": [{ "family": family, "given": [given] }],
        "identifier": [{ "system": "https://fhir.nhs.uk/Id/nhs-number", "value": nhs }] })
}

fn condition(id: &str, patient: &str, title: &str) -> Value {
    json!({ "resourceType": "Condition", "id": id, "subject": { "reference": format!("Patient/{patient}") },
        "clinicalStatus": { "coding": [{ "code": "active" }] }, "code": { "text": title } })
}

/// A wish to delete, as a transaction says it.
fn deletion(what: &str) -> Value {
    json!({ "resourceType": "Bundle", "type": "transaction",
        "entry": [{ "request": { "method": "DELETE", "url": what } }] })
}

/// The surname on the banner, the problems, and whether there is an NHS number.
async fn record(nurse: &Worker, person: PersonId) -> (String, Vec<String>, bool) {
    nurse.sync().await;
    let chart = nurse.opened(person).await.chart;
    let problems = match &chart.section(Section::Problems).unwrap().content {
        Content::Held(items) => items.iter().map(|item| item.value.title.clone()).collect(),
        Content::Absent(_) => Vec::new(),
    };
    let who = &chart.demographics[0].value;
    let mut problems: Vec<String> = problems;
    problems.sort();
    (who.names[0].family.clone(), problems, who.nhs_number.is_some())
}

/// The feed that the stories' documents come by.
fn practice(store: &mut hub::store::Store) -> hub::intake::SourceSpec {
    let all = store.read(people::sources).unwrap();
    let source = all.into_iter().find(|source| source.organisation.ods.as_str() == "ZZG1").unwrap();
    hub::intake::SourceSpec { organisation: source.organisation, setting: source.setting }
}

/// Somebody joins the team, and said yes.
fn join(world: &World, person: PersonId) {
    let (team, now) = (world.team(), world.now());
    let yes = Recorded { choice: Choice::Y3, decided: Some(now), decided_by: DecidedBy::Person, ..Recorded::nothing() };
    world.write(|tx| {
        let row = people::person_row(tx, person)?.expect("a person");
        trust::record_choice(tx, row, &yes, "story", u64::MAX, now)?;
        caseload::join(tx, team, row, Relationship::Established)
    });
}

fn of(name: &str, problems: &[&str], number: bool) -> (String, Vec<String>, bool) {
    (name.to_owned(), problems.iter().map(|p| (*p).to_owned()).collect(), number)
}

#[tokio::test]
async fn an_id_that_became_somebody_else_is_ruled_and_each_keeps_their_own_record() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let nurse = world.nurse("N1").await;
    world.feed(&condition("k1", "p1", "Gout"));
    let own = of("Okonjo", &["Gout", "Hypertension"], true);
    assert_eq!(record(&nurse, ada).await, own);
    // The same id is another human being now, with Ada's number still on it (identity.md section 3.3).
    let other = patient("p1", "Quite", "Diff", "1999-08-09");
    world.feed(&other);
    world.feed(&condition("k2", "p1", "Asthma"));
    assert_eq!(record(&nurse, ada).await, own);
    assert_eq!(open(&world), [("IDENTITY_CHANGED".into(), 2)]);
    let id = world.write(|tx| parked::list(tx, false, 0, 1))[0].id;
    let look = shown(&world, id);
    let says = look.says.unwrap();
    assert_eq!((says.names, says.born.as_deref(), look.waiting), (vec!["Diff Quite".into()], Some("1999-08-09"), 1));
    assert_eq!(look.may_be.iter().map(|meant| meant.person).collect::<Vec<_>>(), [ada]);
    assert_eq!(look.may_be[0].known_as[0].names, ["Ada Okonjo"]);
    assert_eq!(shown(&world, newest(&world, "IDENTITY_CHANGED")).waits_for, Some(id));
    // What does not settle it changes nothing.
    let stranger = PersonId::from_bytes([200; 16]);
    assert!(matches!(ruled(&world, id, Verdict::SamePerson(stranger)), Err(SettleFault::NotMeant)));
    assert!(matches!(ruled(&world, id, Verdict::Delete), Err(SettleFault::NotThat { .. })));
    assert!(matches!(ruled(&world, 999, Verdict::SetAside), Err(SettleFault::Unknown)));
    assert_eq!(open(&world), [("IDENTITY_CHANGED".into(), 2)]);

    let done = ruled(&world, id, Verdict::AnotherPerson).unwrap();
    let diff = done.person.unwrap();
    assert_eq!((done.is_new, done.with_it, open(&world)), (true, 1, Vec::new()));
    join(&world, diff);
    assert_eq!(record(&nurse, ada).await, own);
    assert_eq!(record(&nurse, diff).await, of("Quite", &["Asthma"], false), "Ada's number is not shown as theirs");
    // Twice is once, and otherwise is refused.
    assert_eq!(ruled(&world, id, Verdict::AnotherPerson).unwrap().before.unwrap().by, "anna");
    assert!(matches!(ruled(&world, id, Verdict::SamePerson(ada)), Err(SettleFault::Otherwise { .. })));

    // The whole export comes again: what was Ada's stays hers, what changed of it asks a person, and no ruling is asked for twice.
    for resource in [&other, &condition("k1", "p1", "Gout"), &condition("k2", "p1", "Asthma")] {
        world.feed(resource);
    }
    assert_eq!(open(&world), []);
    world.feed(&condition("k1", "p1", "Gout of the left foot"));
    assert_eq!((record(&nurse, ada).await, open(&world)), (own, vec![("IDENTITY_CHANGED".into(), 1)]));
    let again = newest(&world, "IDENTITY_CHANGED");
    assert_eq!(shown(&world, again).may_be.iter().map(|m| m.person).collect::<Vec<_>>(), [ada, diff]);
    assert!(matches!(ruled(&world, again, Verdict::AnotherPerson), Err(SettleFault::NotThat { .. })));
    ruled(&world, again, Verdict::SamePerson(ada)).unwrap();
    assert_eq!(record(&nurse, ada).await, of("Okonjo", &["Gout of the left foot", "Hypertension"], true));
    assert_eq!(record(&nurse, diff).await.1, ["Asthma"]);
    // An old file read again, from when the id was hers, brings no doubt.
    let number = record::NhsNumber::from_stem(999_000_001).unwrap().digits();
    let before = world.write(|tx| {
        let row = people::holders(tx, "https://fhir.nhs.uk/Id/nhs-number", &number)?[0].0;
        resources::of_person(tx, row)
    });
    let before = before.into_iter().find(|held| held.kind == "Patient").expect("her own words about herself");
    assert!(before.rid.starts_with("p1~"), "{}", before.rid);
    let text = hub::intake::admit::unpack(&before.body).unwrap();
    {
        let mut store = world.hub.store();
        let mut fresh_id = || panic!("nobody new");
        let source = practice(&mut store);
        let mut feed = hub::intake::Feed::new(&mut store, source, world.now(), &mut fresh_id).unwrap();
        feed.replay = true;
        hub::intake::admit::admit_bundle(&mut store, &mut feed, "again", &text).unwrap();
    }
    assert_eq!(open(&world), []);
    // With other words about itself, the id is weighed anew.
    world.feed(&patient("p1", "Third", "Person", "1950-02-03"));
    assert_eq!(open(&world), [("IDENTITY_CHANGED".into(), 1)]);
    let acts = acts(&world);
    assert!(acts.contains(&("anna".into(), ParkedDeed::AnotherPerson, 2)), "{acts:?}");
    assert!(acts.contains(&("anna".into(), ParkedDeed::Shown, 1)), "{acts:?}");
}

#[tokio::test]
async fn a_number_under_another_name_is_ruled_to_be_the_same_person() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    let married = patient("h9", "Smith", "Adaeze", "1914-06-05");
    let from_hospital = |resource: &Value| world.feed_from("ZZH1", "Testshire Infirmary", resource);
    from_hospital(&married);
    from_hospital(&condition("h1", "h9", "Fracture of hip"));
    assert_eq!(open(&world), [("WRONG_NUMBER".into(), 2)]);
    // Two versions wait: only the newest says who it is.
    let id = newest(&world, "WRONG_NUMBER") - 1;
    let mut newer = married.clone();
    newer["gender"] = "female".into();
    from_hospital(&newer);
    assert!(matches!(ruled(&world, id, Verdict::SamePerson(ada)), Err(SettleFault::Newer { .. })));
    let id = newest(&world, "WRONG_NUMBER");
    let done = ruled(&world, id, Verdict::SamePerson(ada)).unwrap();
    assert_eq!((done.person, done.is_new, done.with_it, open(&world)), (Some(ada), false, 1, Vec::new()));
    assert_eq!(record(&nurse, ada).await.1, ["Fracture of hip", "Hypertension"]);
    // From then on it is a record seen before, also with another address; and the practice's own is as it was.
    newer["address"] = json!([{ "line": ["2 New Road"] }]);
    from_hospital(&newer);
    from_hospital(&condition("h2", "h9", "Delirium"));
    world.feed(&condition("k1", "p1", "Gout"));
    assert_eq!(open(&world), []);
    assert_eq!(record(&nurse, ada).await.1, ["Delirium", "Fracture of hip", "Gout", "Hypertension"]);
    assert_eq!(nurse.caseload().await.total, 1);
    assert!(world.write(|tx| parked::get(tx, id)).unwrap().settled.is_some(), "it stays, with who settled it");
}

#[tokio::test]
async fn a_source_that_asks_to_delete_is_followed_or_not_and_no_version_is_erased() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let nurse = world.nurse("N1").await;
    let first = condition("k1", "p1", "Gout");
    world.feed(&first);
    world.feed(&condition("k1", "p1", "Gout of the left foot"));
    assert_eq!(record(&nurse, ada).await.1, ["Gout of the left foot", "Hypertension"]);
    for what in ["Condition/k1", "Condition/c1", "Patient/p1", "Condition/nowhere", "Condition?code=7"] {
        world.feed(&deletion(what));
    }
    assert_eq!(open(&world), [("DELETE_ASKED".into(), 5)]);
    assert_eq!(record(&nurse, ada).await.1.len(), 2, "nobody decided yet");
    let ids: Vec<i64> = world.write(|tx| parked::list(tx, false, 0, 9)).into_iter().map(|row| row.id).collect();
    assert_eq!(shown(&world, ids[0]).settles, ["--delete", "--keep", "--set-aside"]);
    assert_eq!(shown(&world, ids[3]).settles, ["--keep", "--set-aside"]);
    ruled(&world, ids[0], Verdict::Delete).unwrap();
    ruled(&world, ids[1], Verdict::Keep).unwrap();
    assert!(matches!(ruled(&world, ids[2], Verdict::Delete), Err(SettleFault::OnlyPatient)));
    assert!(matches!(ruled(&world, ids[3], Verdict::Delete), Err(SettleFault::NotHeld)));
    assert!(matches!(ruled(&world, ids[4], Verdict::Delete), Err(SettleFault::NotHeld)));
    for id in &ids[2..] {
        ruled(&world, *id, Verdict::Keep).unwrap();
    }
    assert_eq!(record(&nurse, ada).await, of("Okonjo", &["Hypertension"], true));
    let practice = world.write(|tx| people::source_by_ods(tx, &"ZZG1".parse().unwrap())).unwrap();
    let key = resources::Key { via: practice, kind: "Condition", rid: "k1" };
    let held = world.write(|tx| resources::find(tx, key)).unwrap();
    assert_eq!((held.person, held.version), (None, 2));
    // Its source sends it again: it says so now.
    world.feed(&condition("k1", "p1", "Gout of the left foot"));
    assert_eq!(record(&nurse, ada).await.1, ["Gout of the left foot", "Hypertension"]);
    assert_eq!(open(&world), []);
    // What is asked again in the same words was settled.
    world.feed(&deletion("Condition/c1"));
    assert_eq!(open(&world), []);
    assert_eq!(world.write(|tx| resources::find(tx, key)).unwrap().version, 3);
}

#[tokio::test]
async fn what_is_set_aside_gets_into_no_record_and_leaves_the_doubt() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let nurse = world.nurse("N1").await;
    let mut good = patient("p1", "Okonjo", "Ada", "1941-05-06");
    let mistake = patient("p1", "Quite", "Diff", "1999-08-09");
    world.feed(&mistake);
    world.feed(&condition("k2", "p1", "Asthma"));
    let id = world.write(|tx| parked::list(tx, false, 0, 1))[0].id;
    assert_eq!(ruled(&world, id, Verdict::SetAside).unwrap().with_it, 1);
    assert_eq!(open(&world), []);
    // Sent again it is known; and what comes by that id waits as before.
    world.feed(&mistake);
    world.feed(&condition("k3", "p1", "Eczema"));
    assert_eq!(
        (open(&world), record(&nurse, ada).await.1),
        (vec![("IDENTITY_CHANGED".into(), 1)], vec!["Hypertension".into()])
    );
    // The source puts it right: the doubt is over, and what was set aside stays out.
    good["gender"] = "female".into();
    world.feed(&good);
    let by_hand = ruled(&world, id, Verdict::SetAside).unwrap().before.unwrap();
    assert_eq!(by_hand.verdict, "SET_ASIDE_AND_OVER");
    world.feed(&condition("k4", "p1", "Gout"));
    let mut fresh_id = || panic!("nobody new");
    {
        let mut store = world.hub.store();
        let source = practice(&mut store);
        let mut feed = hub::intake::Feed::new(&mut store, source, world.now(), &mut fresh_id).unwrap();
        hub::intake::settle_waiting(&mut store, &mut hub::intake::Desk::new().unwrap(), &mut feed).unwrap();
    }
    assert_eq!(record(&nurse, ada).await.1, ["Eczema", "Gout", "Hypertension"]);
    assert_eq!(open(&world), []);
    assert!(matches!(ruled(&world, id, Verdict::AnotherPerson), Err(SettleFault::Otherwise { .. })), "it is over");
}

#[tokio::test]
async fn what_was_only_set_aside_can_still_be_ruled() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let nurse = world.nurse("N1").await;
    world.feed(&patient("p1", "Quite", "Diff", "1999-08-09"));
    world.feed(&condition("k2", "p1", "Asthma"));
    let id = world.write(|tx| parked::list(tx, false, 0, 1))[0].id;
    ruled(&world, id, Verdict::SetAside).unwrap();
    assert_eq!(shown(&world, id).settles.len(), 2, "the same person, or another");
    let done = ruled(&world, id, Verdict::AnotherPerson).unwrap();
    assert_eq!((done.with_it, open(&world)), (1, Vec::new()));
    let why = world.write(|tx| parked::get(tx, id)).unwrap().settled.unwrap().why;
    assert!(why.contains("before: SET_ASIDE by anna"), "{why}");
    let diff = done.person.unwrap();
    join(&world, diff);
    assert_eq!(record(&nurse, diff).await.1, ["Asthma"]);
    assert_eq!(record(&nurse, ada).await.1, ["Hypertension"]);
}
