//! The hub's log and its witnesses: receipts prove that an entry is in an append-only log; a chain that broke goes on in a new epoch; a hub
//! restored from an older copy is found out by its devices, says so, and gets back what it lost.

use desk::Trouble;
use desk::ask::{ReadyGlass, SignOut, SyncNow, VerifyAudit};
use hub::store::{alarms, audit, log};
use jiff::SignedDuration;
use record::ChainId;
use record::audit::{Entry, Event, HubAct, LogSign};
use record::consent::Choice;
use stories::{Worker, World};

fn d1(nurse: &Worker) -> ChainId {
    ChainId::of(&"D1".parse().unwrap(), &nurse.staff)
}

fn raised(world: &World) -> Vec<(String, u64, String)> {
    world.write(|tx| alarms::list(tx, true)).into_iter().map(|a| (a.place, a.seq, a.kind)).collect()
}

async fn sign_out(nurse: &Worker) {
    nurse.ask(SignOut {}).await.unwrap();
}

#[tokio::test]
async fn a_hundred_entries_travel_in_at_most_200_bytes_each() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    world.cut(true);
    for _ in 0..100 {
        world.pass(SignedDuration::from_secs(40));
        nurse.opened(ada).await;
    }
    world.cut(false);
    let posted = nurse.sync().await;
    assert!(posted.entries_receipted >= 100);
    let each = posted.bytes_out as f64 / posted.entries_receipted as f64;
    println!(
        "{} entries in a post of {} B: {each:.0} B an entry; answer with receipt {} B",
        posted.entries_receipted, posted.bytes_out, posted.bytes_in
    );
    assert!(each <= 200.0, "{each} B an entry");
    let quiet = nurse.sync().await;
    println!("nothing changed: {} B out, {} B in", quiet.bytes_out, quiet.bytes_in);
    assert!(quiet.bytes_out + quiet.bytes_in <= 300, "{quiet:?}");
}

#[tokio::test]
async fn every_entry_is_a_leaf_and_every_batch_is_signed_by_its_author() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    nurse.opened(ada).await;
    nurse.sync().await;
    let chain = d1(&nurse);
    let head = world.write(|tx| audit::chain(tx, &chain)).head;
    let (leaf, bytes) = world.write(|tx| audit::entry(tx, &chain, 1, head.seq)).unwrap();
    let (size, root, proof) = world.write(|tx| {
        let size = log::size(tx)?;
        let mut tiles = log::Tiles::of(tx);
        Ok((size, tiles.root(size)?, tiles.inclusion(leaf, size)?))
    });
    let link = record::audit::Link::of(&bytes);
    record::merkle::check_inclusion(link.as_bytes(), leaf, size, &proof, &root).unwrap();
    let key = world.write(|tx| hub::store::trust::device(tx, "D1")).unwrap().signing_key;
    let key = hub::VerifyingKey::from_bytes(&key).unwrap();
    let marks = world.write(audit::marks);
    let (_, last) = marks.last().unwrap();
    assert_eq!(last.through, head.seq);
    last.check(&chain, link, &key).unwrap();
}

#[tokio::test]
async fn a_restored_vault_goes_on_in_a_new_epoch_and_loses_no_look() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    sign_out(&nurse).await;
    let old = nurse.image();
    nurse.sign_in().await.unwrap();
    for _ in 0..9 {
        nurse.opened(ada).await;
    }
    nurse.sync().await;
    let before = world.write(|tx| audit::chain(tx, &d1(&nurse))).head;
    sign_out(&nurse).await;
    nurse.put_back(&old);
    world.pass(SignedDuration::from_mins(1));
    nurse.sign_in().await.unwrap();
    nurse.opened(ada).await;
    nurse.sync().await;
    assert!(matches!(nurse.status().await.trouble, Some(Trouble::AuditBroken { .. })));
    nurse.opened(ada).await;
    let posted = nurse.sync().await;
    assert!(posted.entries_receipted > 0, "the new epoch is taken");
    assert_eq!(nurse.status().await.unsent, 0);
    assert_eq!(nurse.ask(VerifyAudit {}).await.unwrap().broken, None, "the chain holds through both epochs");

    let [(place, _, kind)] = &raised(&world)[..] else { panic!("{:?}", raised(&world)) };
    assert_eq!((place.as_str(), kind.as_str()), ("D1/N1", "ROLLBACK"));
    let chain = world.write(|tx| audit::chain(tx, &d1(&nurse)));
    assert_eq!(chain.head.epoch, 2);
    // Both histories are at the hub: the nine looks before, the look of the restored copy aside, the one after.
    assert!(world.write(|tx| audit::entry(tx, &d1(&nurse), 1, before.seq)).is_some());
    let looks = world.write(|tx| audit::about(tx, ada));
    let opened = |aside| {
        looks
            .iter()
            .filter(|h| h.aside == aside && matches!(Entry::from_bytes(&h.bytes).unwrap().event, Event::Record { .. }))
            .count()
    };
    assert_eq!((opened(false), opened(true)), (10, 1));
    // What was said is said until somebody else sits down.
    sign_out(&nurse).await;
    nurse.sign_in().await.unwrap();
    nurse.sync().await;
    assert_eq!(nurse.status().await.trouble, None);
}

#[tokio::test]
async fn a_cloned_device_is_a_fork_and_is_quarantined() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let eve = world.person(2, "Marlow", Choice::N1);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    sign_out(&nurse).await;
    let old = nurse.image();
    nurse.sign_in().await.unwrap();
    nurse.sync().await;
    sign_out(&nurse).await;
    // The clone goes its own way, longer than the original's.
    nurse.put_back(&old);
    world.pass(SignedDuration::from_mins(1));
    nurse.sign_in().await.unwrap();
    for _ in 0..12 {
        nurse.opened(ada).await;
    }
    let glass = ReadyGlass {
        person: eve,
        purpose: record::consent::Purpose::EmergencyTreat,
        reason: 5,
        condition: record::consent::Condition::Unconscious,
        text: "found collapsed at home".to_owned().into(),
        pin: stories::world::PIN.to_owned().into(),
        widened: false,
    };
    nurse.break_glass(glass).await.unwrap();
    nurse.sync().await;
    assert_eq!(raised(&world)[0].2, "FORK");
    assert!(world.write(|tx| audit::chain(tx, &d1(&nurse))).quarantined);
    // What was done on it is looked at like anything else, though it is in no chain.
    let open = world.write(|tx| hub::store::alerts::open(tx, 0, 10));
    assert_eq!(open.iter().map(|a| a.kind.code()).collect::<Vec<_>>(), ["BREAK_GLASS"]);
    let mut browser = stories::officers::officer(&world, &stories::officers::office(&world)).await;
    let page = browser.get(&format!("/alerts/{}", open[0].id)).await;
    assert!(page.text().contains("found collapsed at home"), "{}", page.text());
}

#[tokio::test]
async fn a_lost_grant_is_given_again_and_an_epoch_nobody_granted_is_not_taken() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    sign_out(&nurse).await;
    let old = nurse.image();
    nurse.sign_in().await.unwrap();
    nurse.opened(ada).await;
    nurse.sync().await;
    sign_out(&nurse).await;
    nurse.put_back(&old);
    nurse.sign_in().await.unwrap();
    world.weather.lose_answer.store(true, std::sync::atomic::Ordering::Relaxed);
    nurse.ask(SyncNow {}).await.unwrap_err();
    nurse.sync().await;
    // That everybody was fetched again is an entry too, and goes with the next round.
    nurse.sync().await;
    assert_eq!(nurse.status().await.unsent, 0);
    assert_eq!(raised(&world).len(), 1, "{:?}", raised(&world));
    assert_eq!(world.write(|tx| audit::chain(tx, &d1(&nurse))).head.epoch, 2, "granted once");
}

#[tokio::test]
async fn a_hub_restored_from_an_older_copy_is_found_out_says_so_and_gets_back_what_it_lost() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    let copy = world.back_up();
    for _ in 0..5 {
        nurse.opened(ada).await;
        nurse.sync().await;
    }
    let lost = world.write(|tx| audit::chain(tx, &d1(&nurse))).head;
    world.restore(&copy);
    assert!(world.write(|tx| audit::chain(tx, &d1(&nurse))).head.seq < lost.seq);
    nurse.sync().await;
    nurse.sync().await;
    // Everything is there again, under the same links, in the same epoch: it was not the device's fault.
    let chain = world.write(|tx| audit::chain(tx, &d1(&nurse)));
    assert_eq!(chain.head.epoch, 1);
    assert!(chain.head.seq >= lost.seq && !chain.quarantined);
    let places: Vec<String> = raised(&world).into_iter().map(|(place, _, kind)| format!("{place} {kind}")).collect();
    assert_eq!(places, ["log HUB ROLLBACK"]);
    assert_eq!(nurse.status().await.trouble, Some(Trouble::HubLog { sign: LogSign::Restored }));
    assert_eq!(nurse.status().await.unsent, 0);
    nurse.opened(ada).await;
    // Its numbers mean something else now: what it sends next is not taken for old.
    world.feed(&serde_json::json!({
        "resourceType": "Condition", "id": "after", "subject": { "reference": "Patient/p1" },
        "clinicalStatus": { "coding": [{ "code": "active" }] }, "code": { "text": "Found after the restore" } }));
    nurse.sync().await;
    assert!(format!("{:?}", nurse.opened(ada).await.chart).contains("Found after the restore"));
    assert_eq!(nurse.caseload().await.total, 1);
    // Both sides have it in writing.
    let said = |world: &World, chain: &ChainId| {
        let head = world.write(|tx| audit::chain(tx, chain)).head;
        (1..=head.seq)
            .filter_map(|seq| world.write(|tx| audit::entry(tx, chain, 1, seq)))
            .filter(|(_, bytes)| {
                matches!(
                    Entry::from_bytes(bytes).unwrap().event,
                    Event::Hub(HubAct::Log { sign: LogSign::Restored, .. })
                )
            })
            .count()
    };
    assert_eq!(said(&world, &audit::OWN.parse().unwrap()), 1);
    assert_eq!(said(&world, &d1(&nurse)), 1);
    sign_out(&nurse).await;
    nurse.sign_in().await.unwrap();
    nurse.sync().await;
    assert_eq!(nurse.status().await.trouble, None);
}

#[tokio::test]
async fn a_hub_restored_that_went_on_first_is_found_out_by_the_next_receipt() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let (nurse, other) = (world.nurse("N1").await, world.nurse("N2").await);
    nurse.sync().await;
    other.sync().await;
    let copy = world.back_up();
    other.opened(ada).await;
    other.sync().await;
    nurse.sync().await;
    world.restore(&copy);
    // Somebody new makes the log longer than it ever was before anybody else comes back.
    let third = world.nurse("N3").await;
    third.sync().await;
    for _ in 0..20 {
        third.opened(ada).await;
    }
    third.sync().await;
    other.opened(ada).await;
    other.sync().await;
    other.sync().await;
    let kinds: Vec<String> = raised(&world).into_iter().map(|(place, _, kind)| format!("{place} {kind}")).collect();
    assert!(kinds.iter().all(|k| k.starts_with("log HUB ")) && !kinds.is_empty(), "{kinds:?}");
    assert_eq!(other.status().await.unsent, 0);
}

#[tokio::test]
async fn a_quiet_device_misses_nothing_of_a_restored_hub() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    nurse.sync().await;
    let condition = |id: &str, words: &str| {
        world.feed(&serde_json::json!({
            "resourceType": "Condition", "id": id, "subject": { "reference": "Patient/p1" },
            "clinicalStatus": { "coding": [{ "code": "active" }] }, "code": { "text": words } }));
    };
    let copy = world.back_up();
    // The device hears of these and has nothing to say itself, so it holds no later head than the copy.
    for n in 0..5 {
        condition(&format!("lost{n}"), "Lost with the hub");
    }
    nurse.sync().await;
    world.restore(&copy);
    condition("after", "Found after the restore");
    nurse.sync().await;
    nurse.sync().await;
    let shown = format!("{:?}", nurse.opened(ada).await.chart);
    assert!(
        shown.contains("Found after the restore") && !shown.contains("Lost with the hub"),
        "what the hub holds, no more"
    );
    condition("later", "And the next");
    nurse.sync().await;
    assert!(format!("{:?}", nurse.opened(ada).await.chart).contains("And the next"));
}

#[tokio::test]
async fn an_entry_dated_wrongly_is_an_alarm_and_not_a_break() {
    let world = World::new();
    world.person(1, "Okonjo", Choice::Y3);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    sign_out(&nurse).await;
    // The device's clock is an hour ahead of the hub's while it signs in.
    world.pass(SignedDuration::from_hours(1));
    nurse.sign_in().await.unwrap();
    world.pass(SignedDuration::from_hours(-1));
    nurse.sync().await;
    assert_eq!(raised(&world).first().map(|(_, _, kind)| kind.as_str()), Some("CLOCK"));
    assert_eq!(nurse.status().await.unsent, 0, "the chain goes on");
}

#[tokio::test]
async fn a_hub_whose_clock_was_wrong_for_one_round_is_followed_when_it_is_put_right() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    world.set_hub_clock(SignedDuration::from_mins(10));
    nurse.opened(ada).await;
    nurse.sync().await;
    assert!(nurse.status().await.clock_in_doubt, "device and hub differ");
    world.set_hub_clock(SignedDuration::from_mins(-10));
    for _ in 0..3 {
        world.pass(SignedDuration::from_mins(1));
        let posted = nurse.sync().await;
        assert!(posted.requests <= 3, "{posted:?}");
    }
    nurse.opened(ada).await;
    nurse.sync().await;
    let status = nurse.status().await;
    assert_eq!((status.clock_in_doubt, status.unsent, status.trouble), (false, 0, None));
    assert_eq!(raised(&world), []);
    assert_eq!(world.write(|tx| audit::chain(tx, &d1(&nurse))).head.epoch, 1);
    let looks = nurse.ask(desk::ask::WhoLooked { person: ada }).await.unwrap();
    assert_eq!(looks.entries[0].at, world.now(), "the right time again");
}

#[tokio::test]
async fn a_chain_that_breaks_at_every_post_opens_one_epoch_a_sync_and_one_more() {
    let world = World::new();
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    world.weather.forgets_ends.store(true, std::sync::atomic::Ordering::Relaxed);
    let posted = nurse.sync().await;
    assert_eq!(posted.requests, 2, "and then it waits for the next time: {posted:?}");
    assert_eq!(raised(&world).len(), 2, "{:?}", raised(&world));
    world.weather.forgets_ends.store(false, std::sync::atomic::Ordering::Relaxed);
    nurse.sync().await;
    nurse.sync().await;
    assert_eq!((nurse.status().await.unsent, raised(&world).len()), (0, 2));
}

#[tokio::test]
async fn a_session_that_never_ended_is_a_missing_tail_until_it_comes() {
    let world = World::new();
    world.person(1, "Okonjo", Choice::Y3);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    let look = |world: &World| {
        let (now, before) = (world.now(), world.now().plus(SignedDuration::from_hours(-24)));
        world.write(|tx| alarms::raise_missing_tails(tx, before, now))
    };
    assert_eq!(look(&world), 0);
    world.pass(SignedDuration::from_hours(25));
    assert_eq!(look(&world), 1);
    assert_eq!(look(&world), 0, "raised once");
    nurse.sign_in().await.unwrap();
    nurse.sync().await;
    let alarm = world.write(|tx| alarms::list(tx, false)).remove(0);
    assert!(alarm.came && alarm.kind == alarms::MISSING_TAIL);
    let by = "P1".parse().unwrap();
    assert!(world.write(|tx| alarms::acknowledge(tx, alarm.id, &by, "battery", world.now())).is_some());
    assert_eq!(world.write(|tx| alarms::list(tx, false)), []);
}

/// The families of `tests/faults`, a few cases of each; `cargo run --bin faults` runs thousands.
#[test]
fn faults_in_the_audit_are_detected() {
    for report in crate::audit_faults::run(2026, 150) {
        println!("{report}");
        assert_eq!((report.detected, &report.missed[..]), (150, &[][..]), "{report}");
    }
}
