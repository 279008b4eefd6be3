//! A privacy officer in the stories: registered, with a passphrase, at a browser; and what the hub's own chain says afterwards.

use crate::browser::{Browser, Page};
use crate::world::{PIN, organisation};
use crate::{Worker, World};
use axum::http::StatusCode;
use desk::ask::{ReadyGlass, SignOut};
use hub::officer::signin::one_time_code;
use hub::officer::{DESK, Office};
use hub::store::{audit, caseload};
use jiff::SignedDuration;
use record::audit::{Entry, Event};
use record::consent::{Choice, Purpose};
use record::people::{Actor, Role};
use record::{PersonId, StaffId};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// The passphrase of every officer in the stories.
pub const WORDS: &str = "otter lamp fern 7";

/// The desk beside the world's hub.
pub fn office(world: &World) -> Arc<Office> {
    let drawn = AtomicU8::new(1);
    Office::at(&DESK, world.hub.clone(), move || [drawn.fetch_add(1, Ordering::Relaxed); 32])
}

/// Registers somebody whose name tries to be markup.
pub fn register(world: &World, id: &str, role: Role) -> StaffId {
    let organisation = organisation("ZZC1", "Testshire Community Trust");
    let (staff, title) = (id.parse().expect("as the story says"), "Privacy officer".into());
    let actor = Actor { staff, name: "Ines <b>Duarte</b>".into(), role, title, organisation };
    world.write(|tx| caseload::put_staff(tx, &actor, true));
    actor.staff
}

/// A one-time code for an officer.
pub fn code(world: &World, staff: &StaffId) -> String {
    let (now, by) = (world.now(), "sam".parse().expect("as the story says"));
    let expires = now.plus(SignedDuration::from_hours(24));
    one_time_code(&mut world.hub.store(), &DESK, (staff, &by), &[9; 20], (now, expires)).expect("as the story says")
}

/// An officer who set a passphrase and is signed in.
pub async fn officer(world: &World, office: &Arc<Office>) -> Browser {
    let staff = register(world, "P1", Role::PrivacyOfficer);
    let code = code(world, &staff);
    let mut browser = Browser::at(office);
    browser.get("/first-time").await;
    let set = browser.post("/first-time", &[("code", &code), ("passphrase", WORDS), ("again", WORDS)]).await;
    assert_eq!(set.status, StatusCode::OK, "{}", set.text());
    let home = sign_in(&mut browser, "P1", WORDS).await;
    assert_eq!((home.status, home.place.as_str()), (StatusCode::OK, "/"), "{}", home.text());
    browser
}

pub async fn sign_in(browser: &mut Browser, staff: &str, passphrase: &str) -> Page {
    browser.get("/sign-in").await;
    browser.post("/sign-in", &[("staff", staff), ("passphrase", passphrase)]).await
}

/// The events of the hub's own chain, with who did them.
pub fn acts(world: &World) -> Vec<(String, Event)> {
    let held = world.write(|tx| audit::from_leaf(tx, 0, 10_000));
    let own = held.iter().filter(|held| held.chain == audit::OWN);
    own.map(|held| Entry::from_bytes(&held.bytes).expect("as the story says"))
        .map(|e| (e.staff.to_string(), e.event))
        .collect()
}

pub fn count(world: &World, wanted: impl Fn(&str, &Event) -> bool) -> usize {
    acts(world).iter().filter(|(staff, event)| wanted(staff, event)).count()
}

/// A nurse who broke the glass for somebody; gives whom.
pub async fn broken_glass(world: &World, text: &str) -> (Worker, PersonId) {
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    world.cut(true);
    world.pass(SignedDuration::from_hours(24 * 8));
    let nurse = nurse.sign_in_again().await;
    let glass = ReadyGlass {
        person: ada,
        purpose: Purpose::EmergencyTreat,
        reason: 5,
        condition: record::consent::Condition::Unconscious,
        text: text.to_owned().into(),
        pin: PIN.to_owned().into(),
        widened: false,
    };
    nurse.break_glass(glass).await.expect("as the story says");
    world.pass(SignedDuration::from_mins(12));
    nurse.ask(SignOut {}).await.expect("as the story says");
    world.cut(false);
    let nurse = nurse.sign_in_again().await;
    nurse.sync().await;
    (nurse, ada)
}
