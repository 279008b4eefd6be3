//! Random partitions: feeds, choices, looks, cuts and restarts in any order; after healing the device holds what the hub holds, and every look
//! is in the hub's chain exactly once. Failing seeds are kept in `partitions.proptest-regressions`.

use hub::store::{alarms, audit, caseload};
use proptest::prelude::*;
use record::ChainId;
use record::audit::{Entry, Event};
use record::chart::Content;
use record::consent::{Choice, DecidedBy};
use record::{PersonId, Section};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use stories::World;

#[derive(Debug, Clone, Copy)]
enum Deed {
    /// The practice sends a condition, new or changed.
    Feed {
        person: u8,
        condition: u8,
        words: u8,
    },
    Open {
        person: u8,
    },
    Choose {
        person: u8,
        choice: Choice,
    },
    Leave {
        person: u8,
    },
    Join {
        person: u8,
    },
    Sync,
    CutAt {
        bytes: u16,
    },
    LoseAnswer,
    Restart,
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        4 => (0u8..3, 0u8..3, 0u8..4).prop_map(|(person, condition, words)| Deed::Feed { person, condition, words }),
        4 => (0u8..3).prop_map(|person| Deed::Open { person }),
        1 => (0u8..3, prop_oneof![Just(Choice::Y3), Just(Choice::N2), Just(Choice::Y1)])
            .prop_map(|(person, choice)| Deed::Choose { person, choice }),
        1 => (0u8..3).prop_map(|person| Deed::Leave { person }),
        1 => (0u8..3).prop_map(|person| Deed::Join { person }),
        4 => Just(Deed::Sync),
        2 => (0u16..6_000).prop_map(|bytes| Deed::CutAt { bytes }),
        1 => Just(Deed::LoseAnswer),
        1 => Just(Deed::Restart),
    ]
}

async fn run(deeds: Vec<Deed>) {
    let world = World::new();
    let people: Vec<PersonId> =
        [1, 2, 3].into_iter().map(|stem| world.person(stem, &format!("Name{stem}"), Choice::Y3)).collect();
    let mut nurse = world.nurse("N1").await;
    let mut looks = 0;
    for deed in deeds {
        match deed {
            Deed::Feed { person, condition, words } => {
                world.feed(&json!({
                "resourceType": "Condition", "id": format!("x{person}-{condition}"),
                "subject": { "reference": format!("Patient/p{}", person + 1) },
                "clinicalStatus": { "coding": [{ "code": "active" }] }, "code": { "text": format!("Words {words}") } }))
            }
            Deed::Open { person } => {
                let _ = nurse.open(people[usize::from(person)]).await;
                looks += 1;
            }
            Deed::Choose { person, choice } => {
                let (person, note) = (people[usize::from(person)], String::new().into());
                let asked = desk::ask::RecordChoice {
                    person,
                    choice,
                    by: DecidedBy::Person,
                    until: None,
                    note,
                    form: None,
                    settles: vec![],
                };
                let _ = nurse.ask(asked).await;
            }
            Deed::Leave { person } | Deed::Join { person } => {
                let team = world.team();
                world.write(|tx| {
                    let row = hub::store::people::person_row(tx, people[usize::from(person)])?.unwrap();
                    match deed {
                        Deed::Join { .. } => caseload::join(tx, team, row, record::consent::Relationship::Established),
                        _ => caseload::leave(tx, team, row),
                    }
                });
            }
            Deed::Sync => {
                let _ = nurse.ask(desk::ask::SyncNow {}).await;
            }
            Deed::CutAt { bytes } => {
                world.weather.cut_answer_at.store(bytes.into(), Ordering::Relaxed);
                let _ = nurse.ask(desk::ask::SyncNow {}).await;
            }
            Deed::LoseAnswer => {
                world.weather.lose_answer.store(true, Ordering::Relaxed);
                let _ = nurse.ask(desk::ask::SyncNow {}).await;
            }
            Deed::Restart => {
                nurse = nurse.restarted(&world);
                nurse.sign_in().await.unwrap();
            }
        }
    }
    world.weather.cut_answer_at.store(usize::MAX, Ordering::Relaxed);
    nurse.sync().await;
    nurse.sync().await;
    agree(&world, &nurse, &people).await;

    // Every look, exactly once.
    nurse.sync().await;
    let chain = ChainId::of(&"D1".parse().unwrap(), &nurse.staff);
    let head = world.write(|tx| audit::chain(tx, &chain)).head;
    assert_eq!(world.write(|tx| alarms::list(tx, true)), []);
    let records = (1..=head.seq)
        .filter_map(|seq| world.write(|tx| audit::entry(tx, &chain, 1, seq)))
        .filter(|(_, bytes)| matches!(Entry::from_bytes(bytes).unwrap().event, Event::Record { .. }))
        .count();
    let after = people.len() * 2;
    assert!(records >= looks && records <= looks + after, "{records} entries for {looks} looks and {after} checks");
    assert_eq!(nurse.ask(desk::ask::VerifyAudit {}).await.unwrap().broken, None);
}

/// Who is on the caseload, and what is in each record that may be opened, is what the hub would send a new device.
async fn agree(world: &World, nurse: &stories::Worker, people: &[PersonId]) {
    let fresh = world.nurse("N9").await;
    fresh.sync().await;
    let on =
        |c: desk::view::Caseload| c.rows.into_iter().map(|r| (r.listing.person, r.carried)).collect::<BTreeSet<_>>();
    assert_eq!(on(nurse.caseload().await), on(fresh.caseload().await));
    for person in people {
        let (mine, theirs) = (nurse.open(*person).await, fresh.open(*person).await);
        if let (Ok(mine), Ok(theirs)) = (mine, theirs) {
            let problems = |c: &desk::view::OpenedChart| match &c.chart.section(Section::Problems).unwrap().content {
                Content::Held(items) => items.iter().map(|i| (i.key.clone(), i.value.title.clone())).collect(),
                Content::Absent(_) => Vec::new(),
            };
            assert_eq!(problems(&mine), problems(&theirs));
        }
    }
}

proptest! {
    // Each case opens three vaults with the real Argon2id; 12 random histories of up to 24 deeds fit in seconds.
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 40, ..ProptestConfig::default() })]
    #[test]
    fn after_healing_device_and_hub_agree(deeds in prop::collection::vec(deed(), 1..24)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(run(deeds));
    }
}
