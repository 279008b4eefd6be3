//! A lost device: revoked with one command, told so at its first contact, wiped, its unsent work kept; and what the hub can say of what was on
//! it. Whatever happens at the hub while a device is away, in whatever order, reading on it ends with its licence at the latest.

use desk::Trouble;
use desk::ask::{RecordChoice, SignOut, SyncNow, VerifyAudit};
use hub::report::gather;
use hub::store::{caseload, lease, trust};
use jiff::SignedDuration;
use record::consent::{Choice, DecidedBy};
use stories::World;
use stories::world::name_of;

pub(crate) fn choice(person: record::PersonId, choice: Choice) -> RecordChoice {
    RecordChoice {
        person,
        choice,
        by: DecidedBy::Person,
        until: None,
        note: String::new().into(),
        form: None,
        settles: vec![],
    }
}

#[tokio::test]
async fn it_is_told_erases_everything_and_hands_over_what_it_had_not_sent() {
    let world = World::new();
    let (ada, bea) = (world.person(1, "Okonjo", Choice::Y3), world.person(2, "Marlow", Choice::Y3));
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    nurse.opened(ada).await;
    nurse.sync().await;
    world.cut(true);
    nurse.opened(ada).await;
    nurse.ask(choice(bea, Choice::N1)).await.unwrap();
    let now = world.now();
    let d1 = "D1".parse().unwrap();
    world.write(|tx| trust::revoke(tx, &d1, now).and_then(|_| lease::put_reason(tx, &d1, "lost")));
    // Away, it does not know.
    nurse.opened(ada).await;
    world.cut(false);
    assert_eq!(nurse.ask(SyncNow {}).await, Err(Trouble::Revoked));
    let status = nurse.status().await;
    assert_eq!((status.trouble, status.unsent), (Some(Trouble::Revoked), 0), "nothing it had is lost");
    assert_eq!(nurse.caseload().await.total, 0);
    assert_ne!(name_of(&nurse.open(ada).await), "Ok");
    assert_eq!(nurse.ask(VerifyAudit {}).await.unwrap().broken, None);
    let key = world.hub.authority.signing.verifying_key();
    let pack = gather(&mut world.hub.store(), &key, &d1).unwrap();
    assert!(pack.wiped.is_some() && pack.reason.as_deref() == Some("lost"), "{}", pack.text());
    // Its last looks are at the hub; its choice is kept for a person to look at, not applied.
    assert_eq!(pack.looks.iter().filter(|l| l.person == ada && l.shown).count(), 3);
    assert_eq!(pack.unsent.late_posts, 1);
    let rows = world.write(|tx| hub::store::people::person_row(tx, bea)).unwrap();
    assert_eq!(world.write(|tx| trust::choice(tx, rows)).1.choice, Choice::Y3);
    // It goes on being told, and says nothing twice.
    assert_eq!(nurse.ask(SyncNow {}).await, Err(Trouble::Revoked));
    nurse.ask(SignOut {}).await.unwrap();
    nurse.sign_in().await.unwrap();
    assert_eq!(nurse.status().await.trouble, Some(Trouble::Revoked));
}

#[tokio::test]
async fn the_pack_says_who_was_on_it_what_was_read_and_when_reading_ends() {
    let world = World::new();
    world.license();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let never = world.person(2, "Marlow", Choice::N2);
    let gone = world.person(3, "Quill", Choice::Y3);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    nurse.opened(ada).await;
    nurse.plan(ada).await;
    nurse.sync().await;
    let team = world.team();
    world.write(|tx| {
        let row = hub::store::people::person_row(tx, gone)?.unwrap();
        caseload::leave(tx, team, row)
    });
    nurse.sync().await;
    nurse.sync().await;
    world.cut(true);
    let d1 = "D1".parse().unwrap();
    let key = world.hub.authority.signing.verifying_key();
    let pack = gather(&mut world.hub.store(), &key, &d1).unwrap();
    let people: Vec<_> = pack.people.iter().map(|p| (p.person, p.sections.len(), p.times_opened)).collect();
    let whole = record::Section::ALL.len();
    let mut expected = vec![(ada, whole, 2), (never, 0, 0)];
    expected.sort();
    assert_eq!(people, expected, "who left is off it, for the device has said so");
    let ends = world.now().plus(SignedDuration::from_hours(12));
    assert_eq!(pack.licence_until, Some(ends.to_string()));
    assert_eq!(pack.at_the_very_latest, Some(ends.plus(SignedDuration::from_hours(8)).to_string()));
    assert!(pack.text().contains("OKONJO, Ada") && pack.people_csv().lines().count() == 3);
    let look = |what: &str| pack.looks.iter().find(|look| look.what == what).unwrap();
    assert_eq!(look("record").sections.len(), whole);
    assert!(look(record::audit::PlanDeed::Looked.in_words()).shown);
    assert_eq!(pack.looks_csv().lines().count(), pack.looks.len() + 1);
    // A manifest that was changed or taken away is noticed.
    world.write(|tx| tx.execute("update manifest set bytes = zeroblob(length(bytes)) where number = 1", []));
    assert!(gather(&mut world.hub.store(), &key, &d1).is_err());
    assert!(gather(&mut world.hub.store(), &key, &"D9".parse().unwrap()).is_err());
}
