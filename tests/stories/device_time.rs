//! Time that cannot be turned back: what a device does when its clock is set, when it is restarted, and when an older copy of its vault
//! is put back. Doubt only tightens, and the hub's word ends it.

use desk::Trouble;
use desk::ask::{OpenChart, SignOut, SyncNow, VerifyAudit};
use hub::store::audit;
use jiff::SignedDuration;
use record::audit::{DeviceAct, Entry, Event};
use record::consent::{Choice, Outcome, Purpose};
use record::{ChainId, Sections};
use std::sync::atomic::Ordering;
use stories::world::name_of;
use stories::{Worker, World};

async fn acts(world: &World, nurse: &Worker) -> Vec<DeviceAct> {
    nurse.sync().await;
    nurse.sync().await;
    let chain = ChainId::of(&"D1".parse().unwrap(), &nurse.staff);
    let head = world.write(|tx| audit::chain(tx, &chain)).head;
    assert_eq!(head.epoch, 1, "the hub takes the chain");
    let entries = (1..=head.seq).filter_map(|seq| world.write(|tx| audit::entry(tx, &chain, 1, seq)));
    entries
        .filter_map(|(_, bytes)| match Entry::from_bytes(&bytes).unwrap().event {
            Event::Device(act) => Some(act),
            _ => None,
        })
        .collect()
}

fn alarms(world: &World) -> Vec<String> {
    world.write(|tx| hub::store::alarms::list(tx, true)).into_iter().map(|alarm| alarm.kind).collect()
}

#[tokio::test]
async fn a_clock_set_back_keeps_todays_consent_no_longer_than_today() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y1);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    world.cut(true);
    let said = desk::ask::RecordChoice {
        person: ada,
        choice: Choice::Y1,
        by: record::consent::DecidedBy::Person,
        until: None,
        note: String::new().into(),
        form: None,
        settles: vec![],
    };
    nurse.ask(said).await.unwrap();
    nurse.opened(ada).await;
    // Fifteen hours on it is tomorrow; the clock is set back to this morning, with the device on all the while.
    world.pass(SignedDuration::from_hours(15));
    world.set_clock(SignedDuration::from_hours(-15));
    let nurse = nurse.sign_in_again().await;
    let status = nurse.status().await;
    assert!(status.clock_in_doubt && status.doubts == ["the clock was set back"], "{:?}", status.doubts);
    assert_eq!(name_of(&nurse.open(ada).await), "Refused");
    // And the doubt stays when the clock is put right.
    world.set_clock(SignedDuration::from_hours(15));
    assert!(nurse.status().await.clock_in_doubt);
    world.cut(false);
    nurse.sync().await;
    assert!(!nurse.status().await.clock_in_doubt);
    let acts = acts(&world, &nurse).await;
    assert!(acts.iter().any(|a| matches!(a, DeviceAct::ClockRead { doubts, .. } if !doubts.is_empty())), "{acts:?}");
    assert_eq!(alarms(&world), ["CLOCK"], "the officer hears of it, once");
}

#[tokio::test]
async fn a_restart_is_believed_for_a_day_after_the_hubs_word_and_then_is_not() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    nurse.ask(SignOut {}).await.unwrap();
    world.cut(true);
    world.off_and_on(SignedDuration::from_hours(3));
    let nurse = nurse.restarted(&world);
    nurse.sign_in().await.unwrap();
    assert!(!nurse.status().await.clock_in_doubt);
    nurse.opened(ada).await;
    nurse.ask(SignOut {}).await.unwrap();
    world.off_and_on(SignedDuration::from_hours(22));
    let nurse = nurse.restarted(&world);
    nurse.sign_in().await.unwrap();
    assert!(nurse.status().await.clock_in_doubt);
    world.cut(false);
    assert!(!acts(&world, &nurse).await.is_empty());
    assert!(!nurse.status().await.clock_in_doubt);
    nurse.opened(ada).await;
}

#[tokio::test]
async fn a_changed_time_zone_is_doubted_until_the_hub_has_spoken() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    nurse.opened(ada).await;
    world.clocks.zone.store(2, Ordering::Relaxed);
    assert_eq!(nurse.status().await.doubts, ["the time zone was changed"]);
    let Err(Trouble::Refused(why)) = nurse.open(ada).await else { panic!("one step older: stale, so ask") };
    assert_eq!(why.outcome, Outcome::Ask);
    assert!(why.basis.sentence.contains("not confirmed with the hub"), "{}", why.basis.sentence);
    nurse.sync().await;
    nurse.opened(ada).await;
}

#[tokio::test]
async fn a_clock_ten_years_ahead_is_mended_by_the_next_round() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    nurse.ask(SignOut {}).await.unwrap();
    world.cut(true);
    // Switched on again with a wrong clock: nothing in the device can know better.
    world.set_clock(SignedDuration::from_hours(87_600));
    world.off_and_on(SignedDuration::from_mins(5));
    let nurse = nurse.restarted(&world);
    nurse.sign_in().await.unwrap();
    assert_eq!(name_of(&nurse.open(ada).await), "Refused");
    world.set_clock(SignedDuration::from_hours(-87_600));
    world.cut(false);
    let acts = acts(&world, &nurse).await;
    assert!(acts.iter().any(|a| matches!(a, DeviceAct::TimeSet { .. })), "{acts:?}");
    nurse.opened(ada).await;
    let looks = nurse.ask(desk::ask::WhoLooked { person: ada }).await.unwrap();
    assert_eq!(looks.entries[1].at, world.now(), "the look after the round has the right time");
    assert_eq!(nurse.ask(VerifyAudit {}).await.unwrap().broken, None);
}

#[tokio::test]
async fn a_clock_set_back_does_not_keep_an_idle_device_open() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    nurse.opened(ada).await;
    world.pass(SignedDuration::from_mins(6));
    world.set_clock(SignedDuration::from_mins(-6));
    assert_eq!(nurse.open(ada).await, Err(Trouble::Locked));
}

#[tokio::test]
async fn an_older_copy_of_the_vault_is_noticed_when_it_is_opened() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    nurse.ask(SignOut {}).await.unwrap();
    let files = ["vault.db", "anchor"];
    let old: Vec<Vec<u8>> = files.iter().map(|f| std::fs::read(nurse.vault().join(f)).unwrap()).collect();
    nurse.sign_in().await.unwrap();
    nurse.opened(ada).await;
    nurse.ask(SignOut {}).await.unwrap();
    // The whole folder but the keystore, as it was an hour ago.
    for name in ["vault.db-wal", "vault.db-shm"] {
        let _ = std::fs::remove_file(nurse.vault().join(name));
    }
    for (file, bytes) in files.iter().zip(old) {
        std::fs::write(nurse.vault().join(file), bytes).unwrap();
    }
    world.cut(true);
    nurse.sign_in().await.unwrap();
    let status = nurse.status().await;
    assert_eq!(status.doubts.len(), 1, "{:?}", status.doubts);
    assert!(status.licence.unwrap().ended, "what it believes may have been withdrawn since");
    assert_eq!(name_of(&nurse.open(ada).await), "Refused");
    // In an emergency the glass can still be broken.
    let emergency = OpenChart { person: ada, purpose: Purpose::EmergencyTreat, wants: Sections::ALL };
    let Err(Trouble::Refused(why)) = nurse.ask(emergency).await else { panic!() };
    assert_eq!(why.outcome, Outcome::BreakGlass);
    world.cut(false);
    let _ = nurse.ask(SyncNow {}).await;
    nurse.opened(ada).await;
}

#[tokio::test]
async fn a_taken_away_anchor_is_noticed_too() {
    let world = World::new();
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    nurse.ask(SignOut {}).await.unwrap();
    std::fs::remove_file(nurse.vault().join("anchor")).unwrap();
    nurse.sign_in().await.unwrap();
    assert_eq!(nurse.status().await.doubts.len(), 1);
    nurse.ask(SignOut {}).await.unwrap();
    nurse.sign_in().await.unwrap();
    assert_eq!(nurse.status().await.doubts.len(), 1, "a doubt outlives the session");
    nurse.sync().await;
    assert!(nurse.status().await.doubts.is_empty());
    // Nothing that the hub held is gone, so its chain holds; what was lost before it was sent is shown all the same.
    assert_eq!(alarms(&world), ["TRUNCATION"]);
}

/// The device was switched off, set 30 hours ahead, and asked: what it wrote down is tomorrow's.
#[tokio::test]
async fn a_yes_for_today_recorded_with_a_clock_set_ahead_ends_today() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::None);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    nurse.ask(SignOut {}).await.unwrap();
    world.cut(true);
    world.off_and_on(SignedDuration::from_mins(5));
    world.set_clock(SignedDuration::from_hours(30));
    let nurse = nurse.restarted(&world);
    nurse.sign_in().await.unwrap();
    let said = desk::ask::RecordChoice {
        person: ada,
        choice: Choice::Y1,
        by: record::consent::DecidedBy::Person,
        until: None,
        note: String::new().into(),
        form: None,
        settles: vec![],
    };
    nurse.ask(said).await.unwrap();
    world.set_clock(SignedDuration::from_hours(-30));
    world.cut(false);
    nurse.sync().await;
    let nhs = record::NhsNumber::from_stem(999_000_001).unwrap().digits();
    let row = world.row_of(&nhs);
    let (_, held) = world.write(|tx| hub::store::trust::choice(tx, row));
    let today = world.now().london_midnight_after();
    assert_eq!((held.choice, held.from, held.decided), (Choice::Y1, Some(world.now()), Some(world.now())));
    assert_eq!(held.until, Some(today));
    assert!(alarms(&world).contains(&"CLOCK".to_owned()));
    nurse.opened(ada).await;
    world.pass(today.since(world.now()) + SignedDuration::from_mins(1));
    let nurse = nurse.sign_in_again().await;
    nurse.sync().await;
    assert_eq!(name_of(&nurse.open(ada).await), "Refused", "tomorrow the person is asked again");
}
