//! The front door of the privacy officer's desk, through the hub's own routes: who gets in and who does not, for how long, and what stands
//! in the audit afterwards.

use axum::http::StatusCode;
use hub::officer::signin::{SHUT, TRIES, TRIES_FROM_ADDRESS, one_time_code};
use hub::officer::{DESK, IDLE, LONGEST};
use hub::store::{alerts, trust};
use jiff::SignedDuration;
use record::audit::{Event, HubAct};
use record::people::Role;
use stories::World;
use stories::browser::Browser;
use stories::officers::{WORDS, acts, broken_glass, code, count, office, officer, register, sign_in};

#[tokio::test]
async fn an_officer_sets_a_passphrase_once_signs_in_and_out_and_each_step_is_an_entry() {
    let world = World::new();
    let office = office(&world);
    let staff = register(&world, "P1", Role::PrivacyOfficer);
    let code = code(&world, &staff);
    let mut browser = Browser::at(&office);
    browser.get("/first-time").await;
    // A passphrase that is not fit does not cost the code.
    let short = browser.post("/first-time", &[("code", &code), ("passphrase", "short"), ("again", "short")]).await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(short.body.contains("<title>Error: ") && short.text().contains("12 characters or more"));
    // Written as people write it.
    let spoken = format!("{}-{}", &code[..4].to_lowercase(), &code[4..]);
    let fields = [("code", spoken.as_str()), ("passphrase", WORDS), ("again", WORDS)];
    assert_eq!(browser.post("/first-time", &fields).await.status, StatusCode::OK);
    browser.get("/first-time").await;
    assert_eq!(browser.post("/first-time", &fields).await.status, StatusCode::FORBIDDEN, "a code is good once");
    let before = browser.cookie.clone();
    let home = sign_in(&mut browser, "P1", WORDS).await;
    assert!(home.text().contains("What needs attention"), "{}", home.text());
    assert_ne!(browser.cookie, before, "signing in makes a new cookie");
    let out = browser.post("/sign-out", &[]).await;
    assert_eq!(out.place, "/sign-in");
    assert_eq!(browser.get("/").await.place, "/sign-in?ended=1");
    let by = |wanted: &Event| count(&world, |staff, event| staff == "P1" && event == wanted);
    assert_eq!(by(&Event::PinChanged), 1);
    assert_eq!((by(&Event::SignedIn), by(&Event::SignedOut { idle: false })), (1, 1));
    assert_eq!(count(&world, |_, event| matches!(event, Event::FailedPins { .. })), 1, "the code tried twice");
    let made = |who: &str, event: &Event| who == "sam" && matches!(event, Event::Hub(HubAct::TicketMade { .. }));
    assert_eq!(count(&world, made), 1);
}

#[tokio::test]
async fn only_privacy_officers_get_in_and_a_refusal_does_not_say_why() {
    let world = World::new();
    let office = office(&world);
    register(&world, "P1", Role::PrivacyOfficer);
    for (id, role) in [("A1", Role::Admin), ("N1", Role::RegulatedClinician), ("C1", Role::CareStaff)] {
        let staff = register(&world, id, role);
        let (now, by) = (world.now(), "sam".parse().unwrap());
        assert!(one_time_code(&mut world.hub.store(), &DESK, (&staff, &by), &[9; 20], (now, now)).is_err(), "{id}");
    }
    let mut browser = Browser::at(&office);
    let mut refused = Vec::new();
    for staff in ["A1", "P1", "nobody", "not a number!"] {
        let page = sign_in(&mut browser, staff, WORDS).await;
        assert_eq!(page.status, StatusCode::UNAUTHORIZED, "{staff}");
        refused.push(page.text());
    }
    refused.dedup();
    assert_eq!(refused.len(), 1, "the answer is the same");
    assert_eq!(count(&world, |_, event| matches!(event, Event::FailedPins { .. })), 4);
    assert!(acts(&world).iter().all(|(staff, _)| staff != "nobody"), "what was typed is not kept");
}

#[tokio::test]
async fn somebody_who_is_no_longer_an_officer_is_out_at_the_next_page() {
    let world = World::new();
    let office = office(&world);
    let mut browser = officer(&world, &office).await;
    assert_eq!(browser.get("/alerts").await.status, StatusCode::OK);
    register(&world, "P1", Role::RegulatedClinician);
    assert_eq!(browser.get("/alerts").await.place, "/sign-in?ended=1");
    register(&world, "P1", Role::PrivacyOfficer);
    assert_eq!(browser.get("/alerts").await.place, "/sign-in?ended=1", "the session ended then");
    register(&world, "P1", Role::Admin);
    assert_eq!(sign_in(&mut browser, "P1", WORDS).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn wrong_passphrases_shut_the_door_for_a_while_even_to_the_right_one() {
    let world = World::new();
    let office = office(&world);
    let mut browser = officer(&world, &office).await;
    browser.post("/sign-out", &[]).await;
    for _ in 0..TRIES {
        assert_eq!(sign_in(&mut browser, "P1", "not the words").await.status, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(sign_in(&mut browser, "P1", WORDS).await.status, StatusCode::TOO_MANY_REQUESTS);
    world.pass(SHUT);
    assert_eq!(sign_in(&mut browser, "P1", WORDS).await.status, StatusCode::OK);
    let failed = |staff: &str, event: &Event| staff == "P1" && matches!(event, Event::FailedPins { .. });
    assert_eq!(count(&world, failed), TRIES as usize + 1, "the one at the shut door too");
}

#[tokio::test]
async fn one_address_is_not_listened_to_after_many_wrong_tries_and_others_are() {
    let world = World::new();
    let office = office(&world);
    officer(&world, &office).await;
    let mut stranger = Browser::at(&office).from(66);
    stranger.get("/first-time").await;
    for n in 0..TRIES_FROM_ADDRESS {
        let guess = format!("{n:020}");
        let page = stranger.post("/first-time", &[("code", &guess), ("passphrase", WORDS), ("again", WORDS)]).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN);
    }
    assert_eq!(sign_in(&mut stranger, "P1", WORDS).await.status, StatusCode::TOO_MANY_REQUESTS);
    let mut officer = Browser::at(&office).from(7);
    assert_eq!(sign_in(&mut officer, "P1", WORDS).await.status, StatusCode::OK);
}

#[tokio::test]
async fn sessions_end_when_idle_and_when_long_and_each_end_is_an_entry() {
    let world = World::new();
    let office = office(&world);
    let mut browser = officer(&world, &office).await;
    world.pass(IDLE - SignedDuration::from_secs(1));
    assert_eq!(browser.get("/").await.place, "/");
    world.pass(IDLE);
    assert_eq!(browser.get("/").await.place, "/sign-in?ended=1");
    sign_in(&mut browser, "P1", WORDS).await;
    let step = SignedDuration::from_mins(9);
    for _ in 0..LONGEST.as_mins() / step.as_mins() {
        world.pass(step);
        assert_eq!(browser.get("/sessions").await.place, "/sessions");
    }
    world.pass(step);
    assert_eq!(browser.get("/").await.place, "/sign-in?ended=1", "eight hours, however busy");
    assert_eq!(count(&world, |_, event| *event == Event::SignedOut { idle: true }), 2);
}

#[tokio::test]
async fn a_form_without_our_token_does_nothing() {
    let world = World::new();
    let office = office(&world);
    let (nurse, _) = broken_glass(&world, "found collapsed at home").await;
    let mut browser = officer(&world, &office).await;
    let forged = "0".repeat(64);
    for (place, fields) in [
        ("/alerts/1", vec![("outcome", "JUSTIFIED"), ("note", "a note long enough"), ("seen", "0")]),
        ("/devices/D1", vec![("reason", "lost on the bus"), ("sure", "yes")]),
        ("/looks/person", vec![("nhs", "9990000018")]),
        ("/log", vec![]),
        ("/sign-out", vec![]),
        ("/sessions", vec![("session", "1")]),
        ("/sign-in", vec![("staff", "P1"), ("passphrase", WORDS)]),
    ] {
        assert_eq!(browser.post_as_is(place, &fields).await.status, StatusCode::FORBIDDEN, "{place}");
        let with: Vec<_> = fields.into_iter().chain([("token", forged.as_str())]).collect();
        assert_eq!(browser.post_as_is(place, &with).await.status, StatusCode::FORBIDDEN, "{place}");
    }
    assert!(world.write(|tx| alerts::reviews(tx, 1)).is_empty());
    assert_eq!(browser.get("/").await.place, "/", "still signed in");
    assert!(!world.write(|tx| trust::device(tx, "D1")).unwrap().revoked);
    drop(nurse);
}
