//! What may happen at the hub while a device is away (F12): consent withdrawn, its user gone, its enrolment ended, in every order. Reading
//! ends with the licence at the latest, contact wipes, and every use in between is at the hub; whether the device comes back itself
//! or only its sealed outbox does.

use desk::ask::{OpenOwn, SignOut, SyncNow};
use hub::store::{caseload, lease, people, trust};
use jiff::SignedDuration;
use record::ChainId;
use record::audit::{DeviceAct, Entry, Event};
use record::consent::{Choice, Purpose, Recorded};
use stories::World;
use stories::faults::Report;
use stories::world::name_of;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum While {
    Withdrawn,
    StaffLeft,
    Revoked,
}

const ALL: [While; 3] = [While::Withdrawn, While::StaffLeft, While::Revoked];

fn orders() -> Vec<Vec<While>> {
    let mut all: Vec<Vec<While>> = ALL.iter().map(|w| vec![*w]).collect();
    for length in 2..=3 {
        let longer = all.iter().filter(|o| o.len() == length - 1).flat_map(|o| {
            ALL.iter().filter(|w| !o.contains(w)).map(|w| o.iter().copied().chain([*w]).collect()).collect::<Vec<_>>()
        });
        let longer: Vec<Vec<While>> = longer.collect();
        all.extend(longer);
    }
    all
}

pub fn run(_seed: u64, _cases: u32) -> Vec<Report> {
    let mut report = Report::of("F12 withdrawn, left, revoked while away, every order");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    for order in orders() {
        for by_courier in [false, true] {
            let wrong = runtime.block_on(away(&order, by_courier));
            report
                .case(wrong.is_none(), || format!("{order:?}, by courier {by_courier}: {}", wrong.unwrap_or_default()));
        }
    }
    vec![report]
}

/// What is wrong, if anything.
async fn away(order: &[While], by_courier: bool) -> Option<&'static str> {
    let world = World::new();
    world.license();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    // Beside her practice, the nurse's own organisation and another have something of her.
    for (ods, name, id, text) in
        [("ZZC1", "Testshire Community Trust", "t1", "ours"), ("RBD", "Hospital", "d1", "theirs")]
    {
        let problem = serde_json::json!({ "resourceType": "Condition", "id": id, "code": { "text": text },
            "subject": { "reference": "Patient/p1" }, "clinicalStatus": { "coding": [{ "code": "active" }] } });
        world.feed_from(ods, name, &stories::visits::about((1, "Okonjo"), problem));
    }
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    world.cut(true);
    for what in order {
        world.pass(SignedDuration::from_mins(2));
        let now = world.now();
        world.write(|tx| match what {
            While::Withdrawn => {
                let row = people::person_row(tx, ada)?.expect("a person");
                let no = Recorded { choice: Choice::N2, decided: Some(now), ..Recorded::nothing() };
                trust::record_choice(tx, row, &no, "withdrawal", u64::MAX, now).map(|_| ())
            }
            While::StaffLeft => {
                let (actor, _) = caseload::staff(tx, &nurse.staff)?.expect("a nurse");
                caseload::put_staff(tx, &actor, false).map(|_| ())
            }
            While::Revoked => trust::revoke(tx, &"D1".parse().expect("a device"), now).map(|_| ()),
        });
        nurse.opened(ada).await;
    }
    world.pass(SignedDuration::from_hours(12));
    let nurse = nurse.sign_in_again().await;
    if name_of(&nurse.open(ada).await) != "Refused" {
        return Some("read after the licence's end");
    }
    world.cut(false);
    if by_courier {
        nurse.ask(SignOut {}).await.ok()?;
        if nurse.device.send_outbox().await.is_err() {
            return Some("its outbox was not taken");
        }
    } else {
        let _ = nurse.ask(SyncNow {}).await;
        let _ = nurse.ask(SyncNow {}).await;
        if name_of(&nurse.open(ada).await) == "Ok" || nurse.caseload().await.rows.iter().any(|row| row.carried) {
            return Some("read or carried after contact");
        }
        // What the organisation wrote itself stays after a withdrawal, alone; after an end of the enrolment nothing does.
        let own = nurse.ask(OpenOwn { person: ada, purpose: Purpose::Treat }).await;
        let own = own.ok().and_then(|page| serde_json::to_string(&page.part).ok());
        let stays = order == [While::Withdrawn];
        if own.is_some() != stays || own.is_some_and(|own| own.contains("theirs") || !own.contains("ours")) {
            return Some("the own organisation's part");
        }
    }
    let chain = ChainId::of(&"D1".parse().expect("a device"), &nurse.staff);
    let entries = world.write(|tx| lease::entries_of(tx, &chain));
    let entries: Vec<Entry> = entries.iter().filter_map(|bytes| Entry::from_bytes(bytes).ok()).collect();
    let looks = entries.iter().filter(|e| matches!(e.event, Event::Record { subject, .. } if subject == ada)).count();
    if looks <= order.len() {
        return Some("a look between is not at the hub");
    }
    let over = order.iter().any(|what| *what != While::Withdrawn);
    let wiped = entries.iter().any(|e| matches!(e.event, Event::Device(DeviceAct::Wiped { .. })));
    if !by_courier && wiped != over {
        return Some("wiped, or not, against what had happened");
    }
    None
}
