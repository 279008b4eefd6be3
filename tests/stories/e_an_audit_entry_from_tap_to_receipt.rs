//! Journey (e): an audit entry from tap to receipt. Every look is in the hub's chain under the same link; what was lost, edited or played
//! again is noticed and located.

use desk::Trouble;
use hub::store::{alarms, audit, trust};
use record::ChainId;
use record::audit::{Entry, Event, Head, first_break};
use record::consent::{Choice, Outcome};
use std::sync::atomic::Ordering;
use stories::{Worker, World};

fn chain(nurse: &Worker, device: &str) -> ChainId {
    ChainId::of(&device.parse().unwrap(), &nurse.staff)
}

fn held(world: &World, chain: &ChainId) -> Vec<Entry> {
    let head = world.write(|tx| audit::chain(tx, chain)).head;
    let bytes: Vec<Vec<u8>> =
        (1..=head.seq).map(|seq| world.write(|tx| audit::entry(tx, chain, 1, seq)).unwrap().1).collect();
    assert_eq!(first_break(chain, Head::START, bytes.iter().map(Vec::as_slice)), Ok(head));
    bytes.iter().map(|b| Entry::from_bytes(b).unwrap()).collect()
}

#[tokio::test]
async fn every_look_and_refusal_reaches_the_hub_under_one_chain() {
    let world = World::new();
    let yes = world.person(1, "Okonjo", Choice::Y3);
    let ask = world.person(2, "Marlow", Choice::None);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    world.cut(true);
    nurse.opened(yes).await;
    let _ = nurse.open(ask).await;
    assert!(nurse.status().await.unsent > 0);
    world.cut(false);
    let posted = nurse.sync().await;
    assert!(posted.entries_receipted >= 2);
    assert_eq!(nurse.status().await.unsent, 0, "a round that brought nothing leaves nothing unsent");

    let outcomes: Vec<Outcome> = held(&world, &chain(&nurse, "D1"))
        .into_iter()
        .filter_map(|e| match e.event {
            Event::Record { outcome, .. } => Some(outcome),
            _ => None,
        })
        .collect();
    assert_eq!(outcomes, [Outcome::Permit, Outcome::Ask]);
    assert_eq!(nurse.status().await.receipted, Some(world.now()));
    let looks = nurse.ask(desk::ask::WhoLooked { person: yes }).await.unwrap();
    assert!(looks.entries.iter().any(|l| l.held_by_hub && l.what.starts_with("Opened the record")));
}

#[tokio::test]
async fn a_lost_answer_sends_nothing_twice_and_loses_nothing() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    nurse.opened(ada).await;
    world.weather.lose_answer.store(true, Ordering::Relaxed);
    assert_eq!(nurse.ask(desk::ask::SyncNow {}).await, Err(Trouble::HubUnreachable));
    nurse.opened(ada).await;
    nurse.sync().await;
    let opened = held(&world, &chain(&nurse, "D1")).iter().filter(|e| matches!(e.event, Event::Record { .. })).count();
    assert_eq!(opened, 2);
    assert_eq!(nurse.status().await.unsent, 0);
}

#[tokio::test]
async fn a_restored_old_vault_is_noticed_at_first_contact() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    nurse.ask(desk::ask::SignOut {}).await.unwrap();
    let old = std::fs::read(nurse.vault().join("vault.db")).unwrap();
    nurse.sign_in().await.unwrap();
    nurse.opened(ada).await;
    nurse.sync().await;
    nurse.ask(desk::ask::SignOut {}).await.unwrap();
    for name in ["vault.db-wal", "vault.db-shm"] {
        let _ = std::fs::remove_file(nurse.vault().join(name));
    }
    std::fs::write(nurse.vault().join("vault.db"), old).unwrap();
    nurse.sign_in().await.unwrap();
    nurse.sync().await;
    assert!(matches!(nurse.status().await.trouble, Some(Trouble::AuditBroken { .. })));
    let raised = world.write(|tx| alarms::list(tx, false));
    assert_eq!(
        (raised[0].place.as_str(), raised[0].kind.as_str()),
        ("D1/N1", "ROLLBACK"),
        "the privacy officer's alarm"
    );
    // It alarms; it does not lock a nurse in mid-visit.
    nurse.opened(ada).await;
}

#[tokio::test]
async fn a_post_played_again_by_somebody_else_changes_nothing() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    nurse.opened(ada).await;
    nurse.sync().await;
    let before = held(&world, &chain(&nurse, "D1"));
    let heard = world.weather.heard.lock().unwrap().clone();
    for post in heard {
        let key = world.hub.authority.signing.clone();
        // Without the device's certificate nobody is listened to.
        let answer = hub::post::answer(&mut world.hub.store(), &key, &post, Some([0; 32]), world.now());
        assert!(matches!(answer, Err(hub::post::PostFault::Unknown)));
    }
    assert_eq!(held(&world, &chain(&nurse, "D1")), before);
}

#[tokio::test]
async fn a_revoked_device_is_turned_away_and_says_so() {
    let world = World::new();
    world.person(1, "Okonjo", Choice::Y3);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    let now = world.now();
    assert!(world.write(|tx| trust::revoke(tx, &"D1".parse().unwrap(), now)));
    assert_eq!(nurse.ask(desk::ask::SyncNow {}).await, Err(Trouble::Revoked));
    assert_eq!(nurse.status().await.trouble, Some(Trouble::Revoked));
}
