//! Random partitions of devices that share a plan: edits, cuts at any byte, lost answers, restarts and people moving on and off the
//! caseload, in any order. After healing every device that carries the person holds the same plan, every saved edit is at the hub
//! exactly once, and every decision stands or is named by one that does.

use desk::plan::Receipt;
use hub::store::{caseload, people, plans};
use proptest::prelude::*;
use record::PersonId;
use record::consent::{Choice, Relationship};
use record::plan::{Held, Kind, NodeId, Topic};
use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use stories::plans::{about, review_date};
use stories::{Worker, World};

#[derive(Debug, Clone, Copy)]
enum Deed {
    Write { who: usize, field: usize, words: u8 },
    Decide { who: usize, value: usize, all: bool },
    Status { who: usize, value: usize, all: bool },
    Date { who: usize, month: u8 },
    Sync { who: usize },
    CutAt { who: usize, bytes: u16 },
    LoseAnswer { who: usize },
    Restart { who: usize },
    Leave,
    Join,
}

const DEVICES: usize = 3;

fn deed() -> impl Strategy<Value = Deed> {
    let who = 0..DEVICES;
    prop_oneof![
        4 => (who.clone(), 0usize..3, 0u8..6).prop_map(|(who, field, words)| Deed::Write { who, field, words }),
        3 => (who.clone(), 0usize..3, any::<bool>()).prop_map(|(who, value, all)| Deed::Decide { who, value, all }),
        3 => (who.clone(), 0usize..3, any::<bool>()).prop_map(|(who, value, all)| Deed::Status { who, value, all }),
        2 => (who.clone(), 1u8..13).prop_map(|(who, month)| Deed::Date { who, month }),
        5 => who.clone().prop_map(|who| Deed::Sync { who }),
        3 => (who.clone(), 0u16..4_000).prop_map(|(who, bytes)| Deed::CutAt { who, bytes }),
        2 => who.clone().prop_map(|who| Deed::LoseAnswer { who }),
        1 => who.prop_map(|who| Deed::Restart { who }),
        1 => Just(Deed::Leave),
        1 => Just(Deed::Join),
    ]
}

async fn run(deeds: Vec<Deed>) {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let mut nurses = Vec::new();
    for n in 0..DEVICES {
        let nurse = world.nurse(&format!("N{n}")).await;
        nurse.sync().await;
        nurses.push(nurse);
    }
    let page = nurses[0].add(ada, Kind::Need, &NodeId::part(Kind::Care), "text", "Falls at night").await;
    let need = page.plan.parts[1].children[0].id.clone();
    let page = nurses[0].add(ada, Kind::Goal, &need, "text", "To sleep through").await;
    let topics = [Topic::Cpr, Topic::GoalStatus(page.plan.find(&need).unwrap().children[0].id.clone())];
    for nurse in &nurses {
        nurse.sync().await;
    }
    let mut made = [BTreeSet::new(), BTreeSet::new()];
    for deed in deeds {
        act(&world, ada, &mut nurses, deed, (&topics, &mut made)).await;
    }
    membership(&world, ada, true);
    world.weather.cut_answer_at.store(usize::MAX, Ordering::Relaxed);
    for _ in 0..3 {
        for nurse in &nurses {
            nurse.sync().await;
        }
    }
    agree(&world, ada, &nurses, (&topics, &made)).await;
}

fn membership(world: &World, ada: PersonId, on: bool) {
    let team = world.team();
    world.write(|tx| {
        let row = people::person_row(tx, ada)?.unwrap();
        if on { caseload::join(tx, team, row, Relationship::Established) } else { caseload::leave(tx, team, row) }
    });
}

/// A decision that replaces all that stands, or only some of it.
async fn decide(
    nurse: &Worker,
    ada: PersonId,
    topic: &Topic,
    (value, all): (usize, bool),
    made: &mut BTreeSet<String>,
) {
    if let Ok(page) = nurse.open_plan(ada).await {
        let standing = page.plan.held(topic).map(Held::standing).unwrap_or_default();
        let named = standing.iter().take(if all { standing.len() } else { standing.len() / 2 }).cloned().collect();
        let page = nurse.decide(ada, topic.clone(), topic.values()[value].code, named).await.unwrap();
        made.extend(page.plan.held(topic).map(Held::standing).unwrap_or_default());
    }
}

async fn act(
    world: &World,
    ada: PersonId,
    nurses: &mut Vec<Worker>,
    deed: Deed,
    (topics, made): (&[Topic; 2], &mut [BTreeSet<String>; 2]),
) {
    match deed {
        Deed::Write { who, field, words } => {
            if let Ok(page) = nurses[who].open_plan(ada).await {
                let code = ["people", "wellness", "support"][field];
                let text = format!("{} Day {words} by {who}.", page.plan.parts[0].prose(code));
                nurses[who].write(ada, about(code), &text).await;
            }
        }
        Deed::Decide { who, value, all } => {
            decide(&nurses[who], ada, &topics[0], (value, all), &mut made[0]).await;
        }
        Deed::Status { who, value, all } => {
            decide(&nurses[who], ada, &topics[1], (value, all), &mut made[1]).await;
        }
        Deed::Date { who, month } => {
            if nurses[who].open_plan(ada).await.is_ok() {
                let place = review_date();
                let date = format!("2026-{month:02}");
                let plan = nurses[who].plan(ada).await.plan;
                // The same date again is no edit.
                if stories::plans::register(&plan, &place).values() != [date.as_str()] {
                    nurses[who].set(ada, place, &date).await;
                }
            }
        }
        Deed::Sync { who } => {
            let _ = nurses[who].ask(desk::ask::SyncNow {}).await;
        }
        Deed::CutAt { who, bytes } => {
            world.weather.cut_answer_at.store(bytes.into(), Ordering::Relaxed);
            let _ = nurses[who].ask(desk::ask::SyncNow {}).await;
            world.weather.cut_answer_at.store(usize::MAX, Ordering::Relaxed);
        }
        Deed::LoseAnswer { who } => {
            world.weather.lose_answer.store(true, Ordering::Relaxed);
            let _ = nurses[who].ask(desk::ask::SyncNow {}).await;
            world.weather.lose_answer.store(false, Ordering::Relaxed);
        }
        Deed::Restart { who } => {
            let nurse = nurses.remove(who).restarted(world);
            nurse.sign_in().await.unwrap();
            nurses.insert(who, nurse);
        }
        Deed::Leave => membership(world, ada, false),
        Deed::Join => membership(world, ada, true),
    }
}

async fn agree(world: &World, ada: PersonId, nurses: &[Worker], (topics, made): (&[Topic; 2], &[BTreeSet<String>; 2])) {
    let first = nurses[0].plan(ada).await.plan;
    for nurse in &nurses[1..] {
        assert_eq!(nurse.plan(ada).await.plan, first);
    }
    // A device that never saw any of it is sent the same plan.
    let fresh = world.nurse("N9").await;
    fresh.sync().await;
    assert_eq!(fresh.plan(ada).await.plan, first);
    let row = world.write(|tx| people::person_row(tx, ada)).unwrap();
    let stored = world.write(|tx| plans::after(tx, row, 0, None));
    let hashes: BTreeSet<[u8; 32]> = stored.iter().map(|change| change.hash).collect();
    assert_eq!(hashes.len(), stored.len(), "each change once");
    assert!(world.write(plans::refusals).is_empty());
    for nurse in nurses {
        let lines = nurse.plan_history(ada).await.lines;
        assert_eq!(lines.len(), stored.len(), "everything saved is at the hub, and everything at the hub is here");
        assert!(lines.iter().all(|line| matches!(line.receipt, Receipt::HeldByHub { .. } | Receipt::FromHub)));
        assert_eq!(nurse.plan(ada).await.own.waiting, 0);
    }
    let mut plan = world.write(|tx| Ok(hub::plans::replica(tx, row, ada).unwrap()));
    let Some(plan) = plan.as_mut() else { return };
    let whole = plan.project().unwrap();
    for (topic, made) in topics.iter().zip(made) {
        let standing: BTreeSet<String> = whole.held(topic).unwrap_or(&Held::Nothing).standing().into_iter().collect();
        let every = plan.log_of(topic).unwrap();
        let named: BTreeSet<String> = every.iter().flat_map(|claim| claim.settles.clone()).collect();
        for id in made {
            assert!(every.iter().any(|claim| claim.id == *id), "{id} is in the log");
            assert!(standing.contains(id) != named.contains(id), "{id} stands, or somebody named it");
        }
    }
}

proptest! {
    // Each case opens five vaults with the real Argon2id.
    #![proptest_config(ProptestConfig { cases: 8, max_shrink_iters: 30, ..ProptestConfig::default() })]
    #[test]
    fn after_healing_every_device_holds_the_same_plan_and_nothing_vanished(deeds in prop::collection::vec(deed(), 1..28)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(run(deeds));
    }
}
