//! A real peer: the JavaScript `@automerge/automerge` opens the plan file that the hub writes and reads the same values, disputes
//! included. `cargo xtask test --only peer` fetches it by npm and runs this with `SATCHEL_AUTOMERGE`; without that variable only the
//! file itself is checked, and that is said.

use hub::store::people;
use record::consent::Choice;
use record::plan::{Kind, NodeId, Topic};
use std::process::Command;
use stories::World;
use stories::plans::{FOR_CPR, NOT_FOR_CPR, about, review_date};

#[tokio::test]
async fn a_javascript_peer_reads_the_same_plan() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let (one, two) = (world.nurse("N1").await, world.nurse("N2").await);
    one.sync().await;
    two.sync().await;
    one.write(ada, about("most-important"), "My garden à Poole").await;
    one.set(ada, review_date(), "2026-05").await;
    two.set(ada, review_date(), "2026-06").await;
    one.decide(ada, Topic::Cpr, FOR_CPR, vec![]).await.unwrap();
    two.decide(ada, Topic::Cpr, NOT_FOR_CPR, vec![]).await.unwrap();
    let page = one.add(ada, Kind::Need, &NodeId::part(Kind::Care), "text", "Falls at night").await;
    let need = page.plan.parts[1].children[0].id.clone();
    let page = one.add(ada, Kind::Goal, &need, "text", "To sleep through").await;
    let status = Topic::GoalStatus(page.plan.find(&need).unwrap().children[0].id.clone());
    one.decide(ada, status.clone(), "proposed", vec![]).await.unwrap();
    one.sync().await;
    two.sync().await;
    let proposed = two.held(ada, &status).await.standing();
    one.decide(ada, status.clone(), "active", proposed.clone()).await.unwrap();
    two.decide(ada, status, "completed", proposed).await.unwrap();
    one.sync().await;
    two.sync().await;
    let row = world.write(|tx| people::person_row(tx, ada)).unwrap();
    let mut plan = world.write(|tx| Ok(hub::plans::replica(tx, row, ada).unwrap())).unwrap();
    let file = world.folder.path().join("plan.automerge");
    let bytes = plan.save();
    assert_eq!(&bytes[..4], [0x85, 0x6f, 0x4a, 0x83], "an Automerge file");
    std::fs::write(&file, bytes).unwrap();

    let Some(automerge) = std::env::var_os("SATCHEL_AUTOMERGE") else {
        eprintln!("NOT RUN: no other Automerge here; `cargo xtask test --only peer` fetches one and runs this");
        return;
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/stories/plan_peer.mjs");
    let read = Command::new("node").args([script.as_ref(), automerge.as_os_str(), file.as_os_str()]).output().unwrap();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    let read: serde_json::Value = serde_json::from_slice(&read.stdout).unwrap();
    let expected = serde_json::json!({
        "about": "My garden à Poole",
        "review": ["2026-05", "2026-06"],
        "standing": [["cpr", FOR_CPR], ["cpr", NOT_FOR_CPR]],
        "goals": [["To sleep through", ["active", "completed"]]],
        "needs": ["Falls at night"],
        "changes": 11,
    });
    assert_eq!(read, expected);
}
