//! A shift of visits: the round, what is done at each visit on several devices, doses given twice without knowing, and that nothing typed
//! or done is ever lost or doubled.

use desk::Trouble;
use desk::ask::SignIn;
use desk::visit::{ActReceipt, StopState};
use jiff::SignedDuration;
use record::audit::VisitDeed;
use record::consent::{Choice, DecidedBy};
use record::people::Role;
use record::visit::news2::News2;
use record::visit::{ActFault, Body, Part};
use stories::visits::{about, dose, notes, signs};
use stories::world::PIN;
use stories::{Worker, World};

fn started(booking: &str) -> Body {
    Body::Started { booking: booking.to_owned() }
}

async fn both_sync(one: &Worker, two: &Worker) {
    one.sync().await;
    two.sync().await;
    one.sync().await;
}

#[tokio::test]
async fn a_visit_begun_on_a_device_that_is_no_more_is_ended_on_the_next() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let lost = world.nurse("N1").await;
    lost.sync().await;
    lost.act(ada, Body::Started { booking: String::new() }).await;
    lost.sync().await;
    let next = world.nurse("N1").await;
    next.sync().await;
    let start = next.visits(ada).await.on.expect("her visit is on, wherever she began it");
    let again = next.try_act(ada, Body::Started { booking: String::new() }).await.unwrap_err();
    assert_eq!(again, Trouble::Visit(ActFault::AlreadyOn));
    next.act(ada, Body::Ended { start, summary: "Left her comfortable.".to_owned() }).await;
    let page = next.act(ada, Body::Started { booking: String::new() }).await;
    assert_ne!(page.on, Some(start));
}

#[tokio::test]
async fn two_devices_that_gave_the_same_dose_show_it_until_a_clinician_has_looked() {
    let world = World::new();
    let ada = world.person(1, "Quill", Choice::Y3);
    let (jo, sam) = (world.nurse("N1").await, world.nurse("N2").await);
    both_sync(&jo, &sam).await;
    let known = jo.visits(ada).await.known_at;
    assert!(known.is_some(), "how old the knowledge is stands on the page");
    world.cut(true);
    jo.act(ada, started("")).await;
    jo.act(ada, Body::Dose(dose(Part::Morning, world.now(), vec![]))).await;
    // Both devices lay unused, and locked themselves.
    world.pass(SignedDuration::from_mins(40));
    for worker in [&jo, &sam] {
        worker.sign_in().await.unwrap();
    }
    // The same device knows, and asks.
    let again = jo.try_act(ada, Body::Dose(dose(Part::Morning, world.now(), vec![]))).await;
    assert_eq!(again.unwrap_err(), Trouble::Visit(ActFault::AlreadyGiven));
    // The other cannot know.
    let given = sam.act(ada, Body::Dose(dose(Part::Morning, world.now(), vec![]))).await;
    assert!(given.log.double_doses.is_empty());
    let Body::Dose(recorded) = &given.log.entries[0].act.body else { panic!("a dose") };
    assert_eq!(recorded.known_at, known, "what its giver could know stands with it");
    world.cut(false);
    both_sync(&jo, &sam).await;
    for worker in [&jo, &sam] {
        let page = worker.visits(ada).await;
        assert_eq!(page.log.double_doses.len(), 1);
        assert_eq!(page.log.double_doses[0].doses.len(), 2, "two events, never one");
    }
    let doses = jo.visits(ada).await.log.double_doses[0].doses.clone();
    // Somebody who knows may still give, naming what they were shown; that is no surprise, so no third in the conflict.
    let knowing = Body::Dose(dose(Part::Morning, world.now(), doses.clone()));
    assert_eq!(jo.act(ada, knowing).await.log.double_doses[0].doses.len(), 2);
    let carer = world.worker("H1", Role::CareStaff).await;
    carer.sync().await;
    let looked = Body::DoseReviewed { doses, words: "Rang the GP: observe, next dose tonight.".into() };
    assert_eq!(carer.try_act(ada, looked.clone()).await.unwrap_err(), Trouble::Visit(ActFault::Role));
    assert!(sam.act(ada, looked).await.log.double_doses.is_empty());
    both_sync(&sam, &jo).await;
    assert!(jo.visits(ada).await.log.double_doses.is_empty());
}

#[tokio::test]
async fn what_is_typed_survives_a_kill_a_lock_and_a_wrong_pin() {
    let world = World::new();
    let ada = world.person(1, "Quill", Choice::Y3);
    let jo = world.nurse("N1").await;
    jo.sync().await;
    jo.draft(ada, "note", &[("text", "Left leg swol")]).await.unwrap();
    jo.draft(ada, "note", &[("text", "Left leg swollen, warm")]).await.unwrap();
    // Dropped where it stands: no sign-out, no last word.
    let jo = jo.restarted(&world);
    let wrong = jo.ask(SignIn { staff: jo.staff.clone(), pin: "000001".to_owned().into() }).await;
    assert!(matches!(wrong, Err(Trouble::WrongPin { .. })));
    let right = jo.ask(SignIn { staff: jo.staff.clone(), pin: PIN.to_owned().into() }).await;
    assert!(right.is_ok());
    let draft = jo.visits(ada).await.draft("note").cloned().expect("the draft");
    assert_eq!(draft.fields["text"], "Left leg swollen, warm");
    // A record that is refused shows no draft; asked and opened again, it is there still.
    jo.ask(desk::ask::RecordChoice {
        person: ada,
        choice: Choice::N1,
        by: DecidedBy::Person,
        until: None,
        note: String::new().into(),
        form: None,
        settles: vec![],
    })
    .await
    .unwrap();
    let purpose = record::consent::Purpose::Treat;
    assert!(matches!(jo.ask(desk::ask::OpenVisit { person: ada, purpose }).await, Err(Trouble::Refused(_))));
    jo.ask(desk::ask::RecordChoice {
        person: ada,
        choice: Choice::Y3,
        by: DecidedBy::Person,
        until: None,
        note: String::new().into(),
        form: None,
        settles: vec![],
    })
    .await
    .unwrap();
    jo.sync().await;
    jo.sync().await;
    let act = desk::visit::NewAct {
        visit: None,
        body: Body::Note { text: draft.fields["text"].clone() },
        draft: Some("note".into()),
    };
    let page = jo.ask(desk::ask::DoAct { person: ada, purpose, act }).await.unwrap();
    assert!(page.draft("note").is_none(), "the draft became the note, in one commit");
    assert_eq!(notes(&page.log), ["Left leg swollen, warm"]);
}

#[tokio::test]
async fn an_act_reaches_the_hub_once_whatever_is_cut_and_is_held_only_on_its_word() {
    let world = World::new();
    let ada = world.person(1, "Quill", Choice::Y3);
    let (jo, sam) = (world.nurse("N1").await, world.nurse("N2").await);
    both_sync(&jo, &sam).await;
    world.cut(true);
    let page = jo.note(ada, "Seen at home.").await;
    let id = page.log.entries[0].id;
    let place = |page: &desk::visit::VisitPage| page.places.iter().find(|(of, _)| *of == id).map(|(_, at)| at.clone());
    assert_eq!((place(&page), page.waiting), (Some(ActReceipt::OnThisDevice), 1));
    world.cut(false);
    // The hub hears it, its answer is lost; the device says it again, and once more in a cut answer.
    world.weather.lose_answer.store(true, std::sync::atomic::Ordering::Relaxed);
    assert!(jo.ask(desk::ask::SyncNow {}).await.is_err());
    assert_eq!(place(&jo.visits(ada).await), Some(ActReceipt::OnThisDevice), "no word, no receipt");
    world.weather.cut_answer_at.store(40, std::sync::atomic::Ordering::Relaxed);
    let _ = jo.ask(desk::ask::SyncNow {}).await;
    jo.sync().await;
    let page = jo.visits(ada).await;
    assert_eq!((place(&page), page.waiting), (Some(ActReceipt::HeldByHub { at: world.now() }), 0));
    let row = world.write(|tx| hub::store::people::person_row(tx, ada)).unwrap();
    assert_eq!(world.write(|tx| hub::store::visits::after(tx, row, 0, None)).len(), 1);
    // Old posts played again change nothing.
    sam.sync().await;
    assert_eq!(notes(&sam.visits(ada).await.log), ["Seen at home."]);
    assert_eq!(sam.visits(ada).await.places, [], "a colleague's act says nothing of a receipt of ours");
}

#[tokio::test]
async fn a_note_is_corrected_by_addition_on_every_device() {
    let world = World::new();
    let ada = world.person(1, "Quill", Choice::Y3);
    let (jo, sam) = (world.nurse("N1").await, world.nurse("N2").await);
    both_sync(&jo, &sam).await;
    let first = jo.note(ada, "Left leg dressed.").await.log.entries[0].id;
    both_sync(&jo, &sam).await;
    sam.act(ada, Body::Added { to: first, text: "It was the right leg.".into() }).await;
    let strike = Body::Struck { of: first, reason: "wrong leg".into() };
    assert_eq!(sam.try_act(ada, strike.clone()).await.unwrap_err(), Trouble::Visit(ActFault::Unknown));
    both_sync(&sam, &jo).await;
    let entry = jo.act(ada, strike).await.log.entries[0].clone();
    assert_eq!(entry.act.body, Body::Note { text: "Left leg dressed.".into() }, "what was written stands");
    assert_eq!(entry.added[0].2, "It was the right leg.");
    assert!(entry.struck.is_some());
}

#[tokio::test]
async fn observations_score_only_whole_and_only_adults() {
    let world = World::new();
    let ada = world.person(1, "Quill", Choice::Y3);
    let jo = world.nurse("N1").await;
    jo.sync().await;
    let page = jo.act(ada, signs(115)).await;
    let Some(News2::Score(score)) = &page.log.entries[0].news2 else { panic!("a score") };
    assert_eq!(score.total(), 2);
    let Body::Observed { mut taken, scale, .. } = signs(115) else { panic!() };
    taken.signs.remove(&record::visit::Vital::Temperature);
    world.pass(SignedDuration::from_secs(1));
    let page = jo.act(ada, Body::Observed { taken, scale, unfit: None }).await;
    assert!(matches!(page.log.entries[0].news2, Some(News2::Incomplete { .. })));
    assert_eq!(page.log.scores().len(), 1, "what is incomplete is no point of the chart");
}

#[tokio::test]
async fn the_round_of_today_in_its_order_and_how_far_it_has_got() {
    let world = World::new();
    let people = [1, 2, 3].map(|stem| world.person(stem, &format!("Quill{stem}"), Choice::Y3));
    world.booked((1, "Quill1"), "b1", 11, "Leg ulcer dressing", "Worker N1");
    world.booked((2, "Quill2"), "b2", 10, "Insulin administration", "Worker N1");
    world.flag((2, "Quill2"), "f2", "Lone worker risk", "Visit in pairs: threats to staff by a visitor");
    // Of somebody who must be asked first, that a visit is booked and no more.
    let ask = world.person(4, "Quill4", Choice::None);
    world.booked((4, "Quill4"), "b4", 12, "Palliative care visit", "Worker N1");
    world.flag((4, "Quill4"), "f4", "Lone worker risk", "Visit in pairs");
    world.flag((1, "Quill1"), "f1", "Access", "Key safe at the property: ask the service for the code");
    // An outpatient appointment somewhere else is no visit of ours.
    let outpatient = serde_json::json!({ "resourceType": "Appointment", "id": "o1", "status": "booked",
        "description": "Cardiology", "start": "2026-03-10T12:00:00Z",
        "participant": [{ "actor": { "reference": "Patient/p3" }, "status": "accepted" }] });
    world.feed_from("ZZH1", "Testshire Hospital", &about((3, "Quill3"), outpatient));
    let jo = world.nurse("N1").await;
    jo.sync().await;
    let round = jo.round().await;
    let titles: Vec<&str> = round.stops.iter().map(|stop| stop.title.as_str()).collect();
    assert_eq!(titles, ["Insulin administration", "Leg ulcer dressing", "Visit"]);
    assert!(round.stops[2].listing.person == ask && round.stops[2].access.is_empty());
    assert_eq!(round.stops[0].access, [record::visit::access::Access::LoneWorker], "the word, not the details");
    assert!(round.stops.iter().all(|stop| stop.state == StopState::Waiting));
    let key = round.stops[0].key.clone().unwrap().0;
    let page = jo.act(people[1], started(&key)).await;
    assert_eq!(jo.round().await.stops[0].state, StopState::On { own: true });
    jo.act(people[1], Body::Ended { start: page.on.unwrap(), summary: "Insulin given.".into() }).await;
    let other = round.stops[1].key.clone().unwrap().0;
    let words = "Rang twice, looked in at the window, rang her daughter.".to_owned();
    jo.act(people[0], Body::NotHome { booking: other, words }).await;
    // A visit that nobody booked stays until it is ended.
    jo.act(people[2], started("")).await;
    let round = jo.round().await;
    let states: Vec<StopState> = round.stops.iter().map(|stop| stop.state).collect();
    assert_eq!(states[..3], [StopState::On { own: true }, StopState::Done, StopState::NotHome]);
    // A colleague's device says the same, once both have spoken with the hub.
    jo.sync().await;
    let sam = world.nurse("N2").await;
    sam.sync().await;
    let states: Vec<StopState> = sam.round().await.stops.iter().map(|stop| stop.state).collect();
    assert_eq!(states[..2], [StopState::Done, StopState::NotHome]);
}

#[tokio::test]
async fn how_to_get_in_is_shown_for_a_visit_and_every_look_is_an_entry() {
    let world = World::new();
    let ada = world.person(1, "Quill", Choice::Y3);
    world.flag((1, "Quill"), "f1", "Access", "Key safe at the property: ask the service for the code");
    world.flag((1, "Quill"), "f2", "Dog", "Large dog in the house");
    let jo = world.nurse("N1").await;
    jo.sync().await;
    let page = jo.access(ada).await.unwrap();
    assert_eq!((page.notes.len(), page.key_kept_back), (1, true), "no visit on, none booked: no key");
    let page = jo.act(ada, started("")).await;
    let shown = jo.access(ada).await.unwrap();
    assert_eq!((shown.notes.len(), shown.key_kept_back), (2, false));
    jo.act(ada, Body::Ended { start: page.on.unwrap(), summary: String::new() }).await;
    assert!(jo.access(ada).await.unwrap().key_kept_back);
    let looks = jo.ask(desk::ask::WhoLooked { person: ada }).await.unwrap();
    let access = looks.entries.iter().filter(|look| look.what.starts_with(VisitDeed::AccessShown.in_words())).count();
    assert_eq!(access, 3, "each look is an entry");
}

#[tokio::test]
async fn a_withdrawal_erases_what_was_done_but_nothing_that_waits_to_be_sent() {
    let world = World::new();
    let ada = world.person(1, "Quill", Choice::Y3);
    let (jo, sam) = (world.nurse("N1").await, world.nurse("N2").await);
    both_sync(&jo, &sam).await;
    jo.note(ada, "Held by the hub.").await;
    both_sync(&jo, &sam).await;
    world.cut(true);
    jo.note(ada, "Written without signal.").await;
    world.cut(false);
    let n2 = record::consent::Recorded {
        choice: Choice::N2,
        decided: Some(world.now()),
        decided_by: DecidedBy::Person,
        ..record::consent::Recorded::nothing()
    };
    let row = world.write(|tx| hub::store::people::person_row(tx, ada)).unwrap();
    let now = world.now();
    world.write(|tx| hub::store::trust::record_choice(tx, row, &n2, "story/n2", u64::MAX, now));
    both_sync(&sam, &jo).await;
    let purpose = record::consent::Purpose::Treat;
    for worker in [&jo, &sam] {
        assert!(worker.ask(desk::ask::OpenVisit { person: ada, purpose }).await.is_err());
    }
    assert_eq!(world.write(|tx| hub::store::visits::after(tx, row, 0, None)).len(), 2, "both reached the hub");
}
