//! Bad weather (F6), whole regions in it (F7), and what happens at the hub meanwhile (F12): real devices and a real hub, every message dropped,
//! cut, doubled or unanswered; devices locked, killed, started again, their sealed work carried by others. A model counts what
//! each user was told is saved. After the weather clears, every device shows the same plan, every edit is at the hub exactly once,
//! nobody's screen says held of what is not, and nothing lies in an outbox.

use crate::FULL;
use desk::ask::{GetReceipts, SignOut, SyncNow, VerifyAudit};
use hub::store::{alarms, people, plans};
use record::PersonId;
use record::consent::Choice;
use record::people::Role;
use record::receipt::Work;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use stories::faults::{Draws, Report};
use stories::plans::about;
use stories::{Worker, World};

/// Steps of one simulated region.
const STEPS: u32 = 200;

/// Messages of one simulated day (F6): a plan that grew for longer would cost more at each.
const DAY: u32 = 50;

pub fn run(seed: u64, cases: u32) -> Vec<Report> {
    let beginning = runtime().block_on(Beginning::make());
    vec![messages(&beginning, (seed, cases)), regions(&beginning, (seed, cases))]
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// Does `work` for every seed: each processor takes the next one, for what happens depends on the seed alone.
fn each<T: Send>(seeds: &[u64], work: impl Fn(&tokio::runtime::Runtime, u64) -> T + Sync) -> Vec<(u64, T)> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let work = || {
            let (runtime, mut done) = (runtime(), Vec::new());
            while let Some(seed) = seeds.get(next.fetch_add(1, Ordering::Relaxed)) {
                done.push((*seed, work(&runtime, *seed)));
            }
            done
        };
        let all: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        all.into_iter().flat_map(|one| one.join().expect("no panic")).collect()
    })
}

fn seeds(seed: u64, many: u32) -> Vec<u64> {
    let mut draws = Draws::from(seed);
    (0..many.max(1)).map(|_| draws.next()).collect()
}

/// One round, or several, in whatever weather is set; then the weather clears.
async fn round(world: &World, worker: &Worker) {
    let _ = worker.ask(SyncNow {}).await;
    world.weather.cut_answer_at.store(usize::MAX, Ordering::Relaxed);
    world.weather.lose_answer.store(false, Ordering::Relaxed);
}

/// One fault in one message.
fn fault(world: &World, draws: &mut Draws) -> &'static str {
    match draws.below(4) {
        0 => {
            world.cut(true);
            "dropped"
        }
        1 => {
            world.weather.lose_answer.store(true, Ordering::Relaxed);
            "answer lost"
        }
        2 => {
            world.weather.cut_answer_at.store(draws.below(400) as usize, Ordering::Relaxed);
            "answer cut"
        }
        _ => "doubled",
    }
}

/// The last post comes twice, as a network or a client that tries again may have it. An older one is another matter: from the device
/// itself it would be a vault put back, and is an alarm (`the_log.rs`); nobody else has its key.
fn replay(world: &World, certificate: [u8; 32]) {
    let heard = world.weather.heard.lock().expect("no panic").clone();
    let Some(old) = heard.last() else { return };
    let _ =
        hub::post::answer(&mut world.hub.store(), &world.hub.authority.signing, old, Some(certificate), world.now());
}

fn certificate(world: &World, device: &str) -> [u8; 32] {
    world.write(|tx| hub::store::trust::device(tx, device)).expect("a device").certificate
}

/// F6: a fault at every message of a device's days; after each, one clear round, and nothing is missing or doubled.
fn messages(beginning: &Beginning, (seed, cases): (u64, u32)) -> Report {
    let mut report = Report::of("F6 a message dropped, cut, lost or doubled");
    // 500 in an ordinary run, 10,000 in a full one.
    let many = if cases < FULL { cases / 4 } else { cases / 2 };
    for (day, wrong) in each(&seeds(seed, many.div_ceil(DAY)), |runtime, seed| runtime.block_on(day(beginning, seed))) {
        for (case, wrong) in wrong {
            report.case(wrong.is_none(), || format!("day {day} case {case}: {}", wrong.unwrap_or_default()));
        }
    }
    report
}

/// One day, replayed by its seed: each message with what is wrong after it, if anything.
async fn day(beginning: &Beginning, seed: u64) -> Vec<(u64, Option<String>)> {
    let world = beginning.world.copied(seed);
    let (ada, nurse) = (beginning.people[0], beginning.workers[0].copied(&world));
    nurse.sign_in().await.expect("signed in");
    let shown = certificate(&world, "D1");
    let (mut draws, mut edits, mut went) = (Draws::from(seed), 0u64, Vec::new());
    for _ in 0..DAY {
        let case = draws.next();
        let mut chance = Draws::from(case);
        if chance.below(3) == 0 {
            nurse.write(ada, about("people"), &format!("Told {case}")).await;
            edits += 1;
        } else {
            nurse.opened(ada).await;
        }
        let what = fault(&world, &mut chance);
        round(&world, &nurse).await;
        if what == "doubled" {
            replay(&world, shown);
        }
        world.cut(false);
        let healed = nurse.ask(SyncNow {}).await.is_ok();
        let status = nurse.status().await;
        let held = stored(&world, ada).get("D1/N1").copied().unwrap_or(0);
        let right = healed && status.unsent == 0 && status.trouble.is_none() && held == edits && quiet(&world);
        went.push((case, (!right).then(|| format!("{what}: unsent {}, held {held} of {edits}", status.unsent))));
        // What was heard is kept short, so that playing it again stays cheap.
        world.weather.heard.lock().expect("no panic").clear();
    }
    let whole =
        nurse.ask(VerifyAudit {}).await.is_ok_and(|check| check.broken.is_none() && check.receipted == check.entries);
    went.push((seed, (!whole).then(|| "the chain at the end".to_owned())));
    went
}

/// Changes of a person's plan at the hub, by chain; each change once.
fn stored(world: &World, person: PersonId) -> BTreeMap<String, u64> {
    let row = world.write(|tx| people::person_row(tx, person)).expect("a person");
    let mut counts = BTreeMap::new();
    for change in world.write(|tx| plans::after(tx, row, 0, None)) {
        *counts.entry(change.chain).or_default() += 1;
    }
    counts
}

fn quiet(world: &World) -> bool {
    world.write(|tx| alarms::list(tx, true)).is_empty() && world.write(plans::refusals).is_empty()
}

/// Three devices that were enrolled and synced once: every region begins as a copy of it.
struct Beginning {
    world: World,
    people: [PersonId; 2],
    workers: [Worker; 3],
}

impl Beginning {
    async fn make() -> Beginning {
        let world = World::new();
        let people = [world.person(1, "Okonjo", Choice::Y3), world.person(2, "Marlow", Choice::Y3)];
        let workers = [world.nurse("N1").await, world.nurse("N2").await, world.worker("N3", Role::CareStaff).await];
        for worker in &workers {
            worker.sync().await;
            worker.ask(SignOut {}).await.expect("signed out");
            worker.weaken();
        }
        Beginning { world, people, workers }
    }
}

/// F7: regions of three devices, 200 steps each; the model agrees at every round and at the end.
fn regions(beginning: &Beginning, (seed, cases): (u64, u32)) -> Report {
    let mut report = Report::of("F7 regions simulated, 200 steps each (cases: steps)");
    // 100 in an ordinary run, 2,000 in a full one.
    let many = if cases < FULL { cases / 20 } else { cases / 10 };
    for (seed, wrong) in each(&seeds(seed, many), |runtime, seed| runtime.block_on(region(beginning, seed))) {
        report.cases += STEPS - 1;
        report.detected += STEPS - 1;
        report.case(wrong.is_none(), || format!("region {seed}: {}", wrong.unwrap_or_default()));
    }
    report
}

/// A region, replayed by its seed; what is wrong with it, if anything.
async fn region(beginning: &Beginning, seed: u64) -> Option<String> {
    let world = beginning.world.copied(seed);
    let mut draws = Draws::from(seed);
    let people = beginning.people;
    let mut workers: Vec<Worker> = beginning.workers.iter().map(|worker| worker.copied(&world)).collect();
    for worker in &workers {
        worker.sign_in().await.ok()?;
    }
    // What each user was told is saved, by whose device and whose plan.
    let mut told: BTreeMap<(usize, usize), u64> = BTreeMap::new();
    let exchange = world.folder.path().join("exchange");
    for step in 0..STEPS {
        let (who, whom) = (draws.below(3) as usize, draws.below(2) as usize);
        match draws.below(40) {
            0..14 => {
                let code = ["people", "wellness"][draws.below(2) as usize];
                if let Ok(page) = workers[who].open_plan(people[whom]).await {
                    let text = format!("{} Step {step}.", page.plan.parts[0].prose(code));
                    workers[who].write(people[whom], about(code), &text).await;
                    *told.entry((who, whom)).or_default() += 1;
                }
            }
            14..20 => drop(workers[who].open(people[whom]).await),
            20..26 => round(&world, &workers[who]).await,
            26..33 => {
                fault(&world, &mut draws);
                round(&world, &workers[who]).await;
            }
            33..35 => world.cut(draws.below(2) == 0),
            35 => {
                // Locked, and its sealed work goes by itself.
                let _ = workers[who].ask(SignOut {}).await;
                let _ = workers[who].device.send_outbox().await;
                workers[who].sign_in().await.ok()?;
            }
            36 => {
                // Killed, and started again.
                let worker = workers.remove(who).restarted(&world);
                if worker.sign_in().await.is_err() {
                    return Some(format!("step {step}: does not open again"));
                }
                workers.insert(who, worker);
            }
            37 => {
                // Sealed work is carried by a colleague, and comes before, after or beside the posts.
                let other = (who + 1) % 3;
                let _ = workers[who].device.carry_out(&exchange);
                let _ = workers[other].device.carry_in(&exchange);
            }
            38 => drop(workers[who].device.carry_in(&exchange)),
            _ => world.pass(jiff::SignedDuration::from_mins(3)),
        }
        // No screen says held of what the hub has not.
        if draws.below(10) == 0 {
            let chain = format!("D{}/N{}", who + 1, who + 1);
            let Ok(receipts) = workers[who].ask(GetReceipts {}).await else { continue };
            for work in receipts.people {
                let plan = work.lots.iter().find(|lot| lot.work == Work::Plan).and_then(|lot| lot.held);
                let (said, at_hub) = (plan.map_or(0, |(n, _)| n), stored(&world, work.person));
                if said > at_hub.get(&chain).copied().unwrap_or(0) {
                    return Some(format!(
                        "step {step}: the screen of {chain} says held of {said}, the hub has {at_hub:?}"
                    ));
                }
            }
        }
    }
    world.cut(false);
    for _ in 0..4 {
        for worker in &workers {
            round(&world, worker).await;
        }
    }
    if !quiet(&world) {
        return Some("an alarm, or a change that was refused".into());
    }
    for (n, person) in people.iter().enumerate() {
        let held = stored(&world, *person);
        for who in 0..3 {
            let (said, at_hub) = (told.get(&(who, n)).copied().unwrap_or(0), held.get(&format!("D{0}/N{0}", who + 1)));
            if said != at_hub.copied().unwrap_or(0) {
                return Some(format!("user {who} was told {said} were saved, the hub holds {at_hub:?}"));
            }
        }
        let first = workers[0].open_plan(*person).await.ok()?.plan;
        for worker in &workers[1..] {
            if worker.open_plan(*person).await.ok()?.plan != first {
                return Some("two devices show two plans".into());
            }
        }
    }
    for worker in &workers {
        round(&world, worker).await;
        round(&world, worker).await;
        let status = worker.status().await;
        if status.unsent != 0 || status.trouble.is_some() {
            return Some(format!("{} unsent, {:?}", status.unsent, status.trouble));
        }
        let own = worker.device.outbox().ok()?.into_iter().filter(|lying| !lying.carried).count();
        if own > 0 {
            return Some(format!("{own} segments lie in an outbox whose work is held"));
        }
    }
    None
}
