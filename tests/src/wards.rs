//! Hospital staff in the stories who have no device: registered, with a passphrase, at a browser.

use crate::World;
use crate::browser::Browser;
use crate::officers::{WORDS, sign_in};
use crate::world::organisation;
use axum::http::StatusCode;
use hub::store::caseload;
use hub::ward::WARD;
use hub::web::Office;
use hub::web::signin::one_time_code;
use jiff::SignedDuration;
use record::people::{Actor, Role};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// The ward's pages beside the world's hub.
pub fn ward(world: &World) -> Arc<Office> {
    let drawn = AtomicU8::new(100);
    Office::at(&WARD, world.hub.clone(), move || [drawn.fetch_add(1, Ordering::Relaxed); 32])
}

/// Somebody at a hospital, who set a passphrase and is signed in.
pub async fn staff(world: &World, ward: &Arc<Office>, id: &str, role: Role, (ods, name): (&str, &str)) -> Browser {
    let organisation = organisation(ods, name);
    let (staff, title) = (id.parse().expect("a staff id"), "Sister".into());
    let actor = Actor { staff, name: format!("Nurse <b>{id}</b>"), role, title, organisation };
    world.write(|tx| caseload::put_staff(tx, &actor, true));
    let (now, by) = (world.now(), "sam".parse().expect("a staff id"));
    let random = [id.bytes().fold(0, u8::wrapping_add); 20];
    let times = (now, now.plus(SignedDuration::from_hours(24)));
    let code = one_time_code(&mut world.hub.store(), &WARD, (&actor.staff, &by), &random, times).expect("a code");
    let mut browser = Browser::at_ward(ward);
    browser.get("/first-time").await;
    let set = browser.post("/first-time", &[("code", &code), ("passphrase", WORDS), ("again", WORDS)]).await;
    assert_eq!(set.status, StatusCode::OK, "{}", set.text());
    let home = sign_in(&mut browser, id, WORDS).await;
    assert_eq!((home.status, home.place.as_str()), (StatusCode::OK, "/"), "{}", home.text());
    browser
}

pub const DORSET: (&str, &str) = ("RBD", "Dorset County Hospital");
pub const POOLE: (&str, &str) = ("R0D", "Poole Hospital");

/// A registered clinician in the department at Dorset.
pub async fn sister(world: &World, ward: &Arc<Office>, id: &str) -> Browser {
    staff(world, ward, id, Role::RegulatedClinician, DORSET).await
}
