//! What a person says about their record, and what is done against it: choices and their forms, conflicts and settling them, sealing,
//! break-glass in its time, claims, the hub's alerts. Everything through the device as the screen asks it.

use desk::Trouble;
use desk::ask::{
    BreakGlass, ChangePin, ClaimRelationship, EndChoice, EndGlass, OpenChart, OpenSource, ReadyGlass, RecordChoice,
    Reply, SignedForm,
};
use desk::trouble::Field;
use desk::view::Claimed;
use hub::store::{alerts, audit, consent, trust};
use jiff::SignedDuration;
use record::audit::{Entry, Event};
use record::consent::{Caveat, Choice, Condition, DecidedBy, Mode, NextStep, Outcome, Purpose, Relationship};
use record::people::Role;
use record::{PersonId, Section, Sections};
use stories::World;
use stories::world::{PIN, name_of};

/// One white pixel.
const PIXEL: &str = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";

pub(crate) fn says(person: PersonId, choice: Choice) -> RecordChoice {
    let form = (choice == Choice::N2).then(|| SignedForm(PIXEL.to_owned().into()));
    RecordChoice {
        person,
        choice,
        by: DecidedBy::Person,
        until: None,
        note: String::new().into(),
        form,
        settles: vec![],
    }
}

pub(crate) fn glass(person: PersonId, widened: bool) -> ReadyGlass {
    ReadyGlass {
        person,
        purpose: Purpose::EmergencyTreat,
        reason: 5,
        condition: Condition::Unconscious,
        text: "found collapsed at home".to_owned().into(),
        pin: PIN.to_owned().into(),
        widened,
    }
}

pub(crate) fn emergency(person: PersonId) -> OpenChart {
    OpenChart { person, purpose: Purpose::EmergencyTreat, wants: Sections::ALL }
}

/// Every event about this person that reached the hub, in order.
pub(crate) fn events(world: &World, person: PersonId) -> Vec<Event> {
    let held = world.write(|tx| audit::about(tx, person));
    held.iter().map(|held| Entry::from_bytes(&held.bytes).unwrap().event).collect()
}

pub(crate) fn open_alerts(world: &World) -> Vec<&'static str> {
    world.write(|tx| alerts::open(tx, 0, 100)).iter().map(|alert| alert.kind.code()).collect()
}

#[tokio::test]
async fn only_in_an_emergency_is_carried_sealed_and_opens_offline_by_break_glass() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::N1);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    let row = nurse.caseload().await.rows.remove(0);
    assert!(row.carried && row.sealed);
    world.cut(true);
    // Ordinary care: no. Emergency: offered, and nothing shown yet.
    let Err(Trouble::Refused(why)) = nurse.open(ada).await else { panic!() };
    assert_eq!((why.outcome, why.next), (Outcome::Deny, NextStep::Nothing));
    let Err(Trouble::Refused(why)) = nurse.ask(emergency(ada)).await else { panic!() };
    assert_eq!(why.next, NextStep::BreakGlass);
    // A short text costs no try of the PIN; a wrong PIN opens nothing.
    let short = ReadyGlass { text: "too short".to_owned().into(), ..glass(ada, false) };
    assert_eq!(name_of(&nurse.ask(short).await), "Input");
    let wrong = ReadyGlass { pin: "000000".to_owned().into(), ..glass(ada, false) };
    assert_eq!(nurse.ask(wrong).await.unwrap_err(), Trouble::WrongPin { left: 9 });

    let opened = nurse.break_glass(glass(ada, false)).await.unwrap();
    assert!(opened.chart.section(Section::Allergies).is_some() && opened.chart.section(Section::Results).is_none());
    assert!(opened.caveats.contains(&Caveat::EmergencyViewOnly));
    let banner = nurse.status().await.glass.unwrap();
    assert_eq!((banner.person, banner.widened, banner.in_shift), (ada, false, 1));
    assert_eq!(banner.until, world.now().plus(SignedDuration::from_mins(60)));
    // A second look in its time needs no new declaration, and is an entry of its own.
    world.pass(SignedDuration::from_mins(4));
    nurse.ask(emergency(ada)).await.unwrap();
    let source = OpenSource { person: ada, purpose: Purpose::EmergencyTreat, key: "Condition/c1".into() };
    assert!(nurse.ask(source).await.is_ok(), "what an emergency section was read from");
    // Widening is a second step, recorded, and prolongs nothing.
    let wide = nurse.break_glass(glass(ada, true)).await.unwrap();
    assert!(wide.chart.section(Section::Results).is_some());
    assert_eq!(nurse.status().await.glass.unwrap().until, banner.until);
    // Direct care stays closed while the glass is broken.
    assert_eq!(name_of(&nurse.open(ada).await), "Refused");
    nurse.ask(EndGlass {}).await.unwrap();
    assert_eq!(nurse.status().await.glass, None);
    assert_eq!(name_of(&nurse.ask(emergency(ada)).await), "Refused");

    world.cut(false);
    nurse.sync().await;
    let events = events(&world, ada);
    let declared = events.iter().filter(|e| matches!(e, Event::BreakGlass { .. })).count();
    assert_eq!(declared, 2, "{events:?}");
    assert!(events.iter().any(|e| matches!(e, Event::GlassEnded { by_hand: true, .. })));
    let first = events.iter().position(|e| matches!(e, Event::BreakGlass { .. })).unwrap();
    assert!(
        matches!(events[first + 1], Event::Record { outcome: Outcome::Permit, .. }),
        "the declaration stands before the look"
    );
    assert_eq!(open_alerts(&world), ["BREAK_GLASS", "GLASS_WIDENED"]);
}

/// The PIN given again counts for one override, of one person, for a minute, and nothing is recorded until it is confirmed.
#[tokio::test]
async fn what_the_pin_made_ready_is_confirmed_once_for_this_person_within_a_minute() {
    let world = World::new();
    let (ada, ben) = (world.person(1, "Okonjo", Choice::N1), world.person(2, "Frost", Choice::N1));
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    let confirm = |person| nurse.ask(BreakGlass { person });
    let again = |reply: Reply<BreakGlass>| match reply {
        Err(Trouble::Input { field: Field::Pin, mend }) => mend,
        other => panic!("{other:?}"),
    };
    again(confirm(ada).await);
    let ready = nurse.ask(glass(ada, false)).await.unwrap();
    assert_eq!(ready.until, world.now().plus(SignedDuration::from_mins(1)));
    assert_eq!(nurse.status().await.glass, None, "nothing is open");
    again(confirm(ben).await);
    again(confirm(ada).await);
    // Too late, whatever the clock on the wall is set to.
    nurse.ask(glass(ada, false)).await.unwrap();
    world.pass(SignedDuration::from_secs(61));
    world.set_clock(SignedDuration::from_secs(-60));
    again(confirm(ada).await);
    world.set_clock(SignedDuration::from_secs(60));
    // A later one takes the place of the one before; a wrong PIN leaves none.
    nurse.ask(glass(ada, false)).await.unwrap();
    nurse.ask(glass(ben, false)).await.unwrap();
    again(confirm(ada).await);
    nurse.ask(glass(ada, false)).await.unwrap();
    let wrong = ReadyGlass { pin: "000000".to_owned().into(), ..glass(ada, false) };
    assert_eq!(nurse.ask(wrong).await.unwrap_err(), Trouble::WrongPin { left: 9 });
    again(confirm(ada).await);
    // Nor does one outlive the session.
    nurse.ask(glass(ada, false)).await.unwrap();
    nurse.ask(desk::ask::SignOut {}).await.unwrap();
    nurse.sign_in().await.unwrap();
    again(confirm(ada).await);
    nurse.sync().await;
    assert!(!events(&world, ada).iter().any(|e| matches!(e, Event::BreakGlass { .. })), "nobody confirmed any");
    nurse.ask(glass(ada, false)).await.unwrap();
    confirm(ada).await.unwrap();
    again(confirm(ada).await);
    nurse.sync().await;
    let declared = |e: &&Event| matches!(e, Event::BreakGlass { .. });
    assert_eq!(events(&world, ada).iter().filter(declared).count(), 1);
}

#[tokio::test]
async fn a_wrong_pin_at_the_glass_is_recorded_though_the_right_one_followed() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::N1);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    let wrong = ReadyGlass { pin: "000000".to_owned().into(), ..glass(ada, false) };
    assert!(matches!(nurse.ask(wrong).await, Err(Trouble::WrongPin { .. })));
    nurse.break_glass(glass(ada, false)).await.unwrap();
    let change = |old: &str| ChangePin { old: old.to_owned().into(), new: "271828".to_owned().into() };
    assert!(matches!(nurse.ask(change("000000")).await, Err(Trouble::WrongPin { .. })));
    nurse.ask(change(PIN)).await.unwrap();
    nurse.sync().await;
    let held = world.write(|tx| audit::from_leaf(tx, 0, 10_000));
    let events = held.iter().map(|held| Entry::from_bytes(&held.bytes).unwrap().event);
    let failed: Vec<Event> = events.filter(|e| matches!(e, Event::FailedPins { .. })).collect();
    assert_eq!(failed, [Event::FailedPins { count: 1 }, Event::FailedPins { count: 1 }]);
}

#[tokio::test]
async fn break_glass_ends_by_itself_and_more_than_expected_tells_the_supervisor() {
    let world = World::new();
    let people: Vec<PersonId> =
        [1, 2, 3, 4].into_iter().map(|stem| world.person(stem, &format!("Name{stem}"), Choice::N1)).collect();
    let mut nurse = world.nurse("N1").await;
    nurse.sync().await;
    for person in &people {
        nurse.break_glass(glass(*person, false)).await.unwrap();
        assert_eq!(nurse.status().await.glass.unwrap().person, *person, "one glass at a time");
    }
    world.pass(SignedDuration::from_mins(61));
    nurse = nurse.sign_in_again().await;
    assert_eq!(nurse.status().await.glass, None);
    assert_eq!(name_of(&nurse.ask(emergency(people[3])).await), "Refused");
    nurse.sync().await;
    let open = open_alerts(&world);
    assert_eq!(open.iter().filter(|kind| **kind == "BREAK_GLASS").count(), 4);
    assert_eq!(open.iter().filter(|kind| **kind == "MANY_OVERRIDES").count(), 1, "the pack expects at most three");
}

#[tokio::test]
async fn a_signature_makes_option_five_and_nothing_of_the_record_stays() {
    let world = World::with_mode(Mode::DiscussionToView);
    let ada = world.person(1, "Okonjo", Choice::None);
    world.flag((1, "Okonjo"), "f1", "clinical", "Home oxygen: no naked flames");
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    assert_eq!(nurse.caseload().await.rows[0].listing.flags, ["Home oxygen: no naked flames"]);
    world.cut(true);
    let unsigned = RecordChoice { form: None, ..says(ada, Choice::N2) };
    assert!(matches!(nurse.ask(unsigned).await, Err(Trouble::Input { field: Field::Form, .. })));
    nurse.opened(ada).await;
    nurse.ask(says(ada, Choice::N2)).await.unwrap();
    let row = nurse.caseload().await.rows.remove(0);
    assert!(!row.carried && row.listing.flags.is_empty(), "what is known of them is not on the list either");
    for purpose in [Purpose::Treat, Purpose::EmergencyTreat, Purpose::Safeguard] {
        let Err(Trouble::Refused(why)) = nurse.ask(OpenChart { purpose, ..emergency(ada) }).await else { panic!() };
        assert_eq!(why.next, NextStep::Nothing);
        assert!(why.basis.next.contains("can change their choice"), "{}", why.basis.next);
        assert_eq!(why.basis.recorded_by.as_deref(), Some("Worker N1, Testshire Community Trust"));
    }
    assert_eq!(name_of(&nurse.break_glass(glass(ada, false)).await), "Refused", "never, not even by break-glass");
    world.cut(false);
    nurse.sync().await;
    // The hub holds the choice and its form.
    let row = world.write(|tx| hub::store::people::person_row(tx, ada)).unwrap();
    let current = world.write(|tx| consent::history(tx, row)).pop().unwrap();
    assert!(current.form && current.recorded.choice == Choice::N2);
    let (mime, bytes) = world.write(|tx| consent::form(tx, &current.key)).unwrap();
    assert!(mime == "image/png" && bytes.starts_with(b"\x89PNG"));
    assert_eq!(nurse.status().await.unsent, 0, "nothing of it waits any more");
    assert!(nurse.caseload().await.rows[0].listing.flags.is_empty(), "nor does the hub bring it back");
    // The person may change it then and there.
    nurse.ask(says(ada, Choice::Y3)).await.unwrap();
    nurse.sync().await;
    nurse.opened(ada).await;
}

#[tokio::test]
async fn a_withdrawal_travels_in_a_small_post_of_its_own_before_everything_else() {
    let world = World::with_mode(Mode::DiscussionToView);
    let ada = world.person(1, "Okonjo", Choice::None);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    world.cut(true);
    for _ in 0..50 {
        nurse.opened(ada).await;
    }
    nurse.ask(says(ada, Choice::N2)).await.unwrap();
    world.cut(false);
    world.weather.heard.lock().unwrap().clear();
    nurse.sync().await;
    let heard: Vec<usize> = world.weather.heard.lock().unwrap().iter().map(Vec::len).collect();
    assert!(heard.len() >= 2 && heard[0] < 900, "the choice went first and alone: {heard:?}");
    assert_eq!(trust_choice(&world, ada), Choice::N2);
}

fn trust_choice(world: &World, person: PersonId) -> Choice {
    world.write(|tx| {
        let row = hub::store::people::person_row(tx, person)?.unwrap();
        Ok(trust::choice(tx, row)?.1.choice)
    })
}

#[tokio::test]
async fn a_no_at_the_bedside_seals_what_lies_open_and_a_yes_opens_it_at_the_next_contact() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    world.cut(true);
    nurse.opened(ada).await;
    nurse.ask(says(ada, Choice::N1)).await.unwrap();
    let row = nurse.caseload().await.rows.remove(0);
    assert!(row.sealed, "sealed at once, offline");
    assert_eq!(name_of(&nurse.open(ada).await), "Refused");
    nurse.break_glass(glass(ada, false)).await.unwrap();
    nurse.ask(EndGlass {}).await.unwrap();
    // A yes offline: the rules permit, the content is still sealed, and the screen says what opens it.
    nurse.ask(says(ada, Choice::Y3)).await.unwrap();
    assert_eq!(nurse.open(ada).await, Err(Trouble::Sealed));
    world.cut(false);
    nurse.sync().await;
    nurse.opened(ada).await;
    assert!(!nurse.caseload().await.rows[0].sealed);
}

#[tokio::test]
async fn a_relationship_claimed_by_the_user_alone_is_asked_about_and_reviewed() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let team = world.team();
    world.write(|tx| {
        let row = hub::store::people::person_row(tx, ada)?.unwrap();
        hub::store::caseload::leave(tx, team, row)
    });
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    assert_eq!(nurse.caseload().await.total, 0);
    let number = record::NhsNumber::from_stem(999_000_001).unwrap();
    let claim = |born: &str, why: &str| ClaimRelationship { number, born: born.into(), why: why.to_owned().into() };
    assert!(matches!(
        nurse.ask(claim("1940", "moved in with her daughter")).await,
        Err(Trouble::Input { field: Field::Born, .. })
    ));
    assert!(matches!(nurse.ask(claim("1940-05-06", "short")).await, Err(Trouble::Input { field: Field::Reason, .. })));
    assert_eq!(nurse.ask(claim("1930-01-01", "moved in with her daughter")).await, Ok(Claimed::Nobody));
    let born = nurse_sees_born(&world, ada);
    assert_eq!(nurse.ask(claim(&born, "moved in with her daughter")).await, Ok(Claimed::Found(ada)));
    let row = nurse.caseload().await.rows.remove(0);
    assert_eq!(row.relationship, Relationship::SelfClaimed);
    // Rule 9: ask the person, emergency by break-glass; a look on a claim is an alert.
    let Err(Trouble::Refused(why)) = nurse.open(ada).await else { panic!() };
    assert_eq!(why.next, NextStep::AskThePerson);
    nurse.sync().await;
    let open = open_alerts(&world);
    assert!(open.contains(&"SELF_CLAIMED") && open.contains(&"SELF_CLAIMED_ACCESS"), "{open:?}");
    assert!(events(&world, ada).iter().any(|e| matches!(e, Event::RelationshipClaimed { subject: Some(_), .. })));
    // Offline it waits, and says so.
    world.cut(true);
    assert_eq!(nurse.ask(claim(&born, "moved in with her daughter")).await, Ok(Claimed::Waiting));
    world.cut(false);
    // It stands for three days from the last time it was claimed, and is gone at the first contact after that.
    nurse.sync().await;
    world.pass(SignedDuration::from_hours(hub::store::consent::CLAIM_HOURS - 1));
    let nurse = nurse.sign_in_again().await;
    nurse.sync().await;
    assert_eq!(nurse.caseload().await.total, 1);
    world.pass(SignedDuration::from_hours(2));
    let nurse = nurse.sign_in_again().await;
    nurse.sync().await;
    assert_eq!(nurse.caseload().await.total, 0);
}

#[tokio::test]
async fn care_staff_see_the_part_of_the_record_that_the_programme_says() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let test = serde_json::json!({ "resourceType": "Observation", "id": "o1", "status": "final",
        "subject": { "reference": "Patient/p1" }, "effectiveDateTime": "2026-01-02",
        "category": [{ "coding": [{ "code": "laboratory" }] }], "code": { "text": "Serum potassium" },
        "valueQuantity": { "value": 4.1, "unit": "mmol/L" } });
    world.feed(&stories::visits::about((1, "Okonjo"), test));
    let (carer, nurse) = (world.worker("N1", Role::CareStaff).await, world.nurse("N2").await);
    let source = |key: &str| OpenSource { person: ada, purpose: Purpose::Treat, key: key.into() };
    for (worker, part) in [(&carer, true), (&nurse, false)] {
        worker.sync().await;
        let opened = worker.opened(ada).await;
        assert_eq!(opened.chart.section(Section::Results).is_none(), part, "not an empty section: none");
        assert!(opened.chart.section(Section::Allergies).is_some() && opened.chart.section(Section::Plans).is_some());
        assert_eq!(opened.caveats.contains(&Caveat::PartOfTheRecord), part);
        assert_eq!(worker.ask(source("Observation/o1")).await.is_err(), part, "nor the resource it came from");
        assert!(worker.ask(source("Condition/c1")).await.is_ok());
        let said = serde_json::to_string(&opened).unwrap();
        assert_eq!(said.contains("potassium"), !part);
    }
}

#[tokio::test]
async fn a_yes_until_something_happens_ends_when_it_has() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::None);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    let end = EndChoice { person: ada };
    assert!(matches!(nurse.ask(end.clone()).await, Err(Trouble::Input { .. })), "nothing was chosen that ends");
    world.cut(true);
    let yes = RecordChoice { note: "until I am home again".to_owned().into(), ..says(ada, Choice::Y2) };
    nurse.ask(yes).await.unwrap();
    assert_eq!(nurse.opened(ada).await.basis.end_event.as_deref(), Some("until I am home again"));
    nurse.ask(end.clone()).await.unwrap();
    assert_eq!(name_of(&nurse.open(ada).await), "Refused", "at once, and without a network");
    assert!(matches!(nurse.ask(end).await, Err(Trouble::Input { .. })), "it ends once");
    world.cut(false);
    nurse.sync().await;
    let other = world.nurse("N2").await;
    other.sync().await;
    assert_eq!(name_of(&other.open(ada).await), "Refused");
    let history = world.write(|tx| {
        let row = hub::store::people::person_row(tx, ada)?.unwrap();
        consent::history(tx, row)
    });
    let ends: Vec<bool> = history.iter().map(|version| version.recorded.until.is_some()).collect();
    assert_eq!(ends, [false, true], "two versions, the first as it was");
    assert_eq!(history[1].recorded.end_event.as_deref(), Some("until I am home again"));
}

#[tokio::test]
async fn a_claim_that_a_review_finds_unjustified_ends_at_the_next_contact() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let team = world.team();
    world.write(|tx| {
        let row = hub::store::people::person_row(tx, ada)?.unwrap();
        hub::store::caseload::leave(tx, team, row)
    });
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    let number = record::NhsNumber::from_stem(999_000_001).unwrap();
    let born = nurse_sees_born(&world, ada);
    let claim = ClaimRelationship { number, born: born.clone(), why: "moved in with her daughter".to_owned().into() };
    assert_eq!(nurse.ask(claim).await, Ok(Claimed::Found(ada)));
    nurse.sync().await;
    // Two alerts: of the claim, before anybody knew whom it meant, and of its answer. Either ends it.
    for named in [false, true] {
        world.write(|tx| {
            let open = alerts::open(tx, 0, 10)?;
            let claimed = |a: &&alerts::Alert| a.kind == alerts::Kind::SelfClaimed && a.person.is_some() == named;
            let alert = open.iter().find(claimed).unwrap();
            let found = (alerts::Finding::NotJustified, "no visit was planned");
            alerts::review(tx, alert.id, &"P1".parse().unwrap(), found, world.now())
        });
        nurse.sync().await;
        assert_eq!(nurse.caseload().await.total, 0, "named: {named}");
        let again =
            ClaimRelationship { number, born: born.clone(), why: "moved in with her daughter".to_owned().into() };
        assert_eq!(nurse.ask(again).await, Ok(Claimed::Found(ada)));
        nurse.sync().await;
    }
}

/// The birth date that the world gave somebody.
fn nurse_sees_born(world: &World, person: PersonId) -> String {
    world.write(|tx| {
        let row = hub::store::people::person_row(tx, person)?.unwrap();
        let sql = "select born from person_key where person = ?1 and born <> '' limit 1";
        tx.query_row(sql, [row], |row| row.get(0))
    })
}

#[tokio::test]
async fn why_it_is_shown_names_the_choice_its_age_who_recorded_it_and_the_policy() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::None);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    let best = RecordChoice {
        by: DecidedBy::BestInterests,
        note: "cannot speak; daughter asked".to_owned().into(),
        ..says(ada, Choice::Y3)
    };
    let short = RecordChoice { note: " x ".to_owned().into(), ..best.clone() };
    assert!(matches!(nurse.ask(short).await, Err(Trouble::Input { .. })), "one letter is no reason");
    nurse.ask(best).await.unwrap();
    let basis = nurse.opened(ada).await.basis;
    // Whatever was ticked, it stands for this user today.
    assert_eq!((basis.choice, basis.decided_by), (Choice::Y1, DecidedBy::BestInterests));
    assert_eq!(basis.reason.as_deref(), Some("cannot speak; daughter asked"));
    assert_eq!(basis.until, Some(world.now().london_midnight_after()));
    assert_eq!(basis.recorded_by.as_deref(), Some("Worker N1, Testshire Community Trust"));
    assert_eq!(basis.policy, "Dorset Care Record, policy version 1");
    assert!(basis.next.contains("no more"));
}

#[tokio::test]
async fn a_yes_for_today_on_a_claim_leaves_nothing_after_midnight() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::None);
    let team = world.team();
    world.write(|tx| {
        let row = hub::store::people::person_row(tx, ada)?.unwrap();
        hub::store::caseload::join(tx, team, row, Relationship::SelfClaimed)
    });
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    nurse.ask(says(ada, Choice::Y1)).await.unwrap();
    assert!(nurse.caseload().await.rows[0].carried);
    world.cut(true);
    world.pass(SignedDuration::from_hours(16));
    let nurse = nurse.sign_in_again().await;
    assert!(!nurse.caseload().await.rows[0].carried, "no other basis for keeping it");
    assert_eq!(name_of(&nurse.open(ada).await), "Refused");
}
