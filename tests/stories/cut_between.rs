//! A crash between every two steps that two devices take together without a hub, and inside every write of each: a bag handed over on a local
//! network, and a licence that a colleague lengthens by codes. Each device in its turn is what the crash left of it, started anew. Everything that
//! it had acknowledged is there, its audit is whole, and the two go on from where they were. What a vault alone does is `faults/shift.rs`'s.

use desk::Trouble;
use desk::ask::{AskLicence, FetchBag, GiveLicence, TakeLicence, VerifyAudit};
use desk::trouble::Field;
use device::Device;
use jiff::SignedDuration;
use record::PersonId;
use record::bag::{BagFault, State, Step};
use record::consent::{Choice, Purpose};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use stories::bags::bag;
use stories::world::PIN;
use stories::{Worker, World};

/// SQLite's page with its header in the log.
const LOGGED_PAGE: usize = 4096 + 24;

type Files = BTreeMap<PathBuf, Vec<u8>>;

/// How a device stood when it had answered: its files, and the entries of its chain.
struct Moment {
    files: Files,
    entries: u64,
}

async fn moment(worker: &Worker) -> Moment {
    let entries = worker.ask(VerifyAudit {}).await.unwrap().entries;
    let mut files = Files::new();
    let mut below = vec![worker.home.clone()];
    while let Some(at) = below.pop() {
        for path in std::fs::read_dir(at).unwrap().map(|entry| entry.unwrap().path()) {
            // What SQLite makes anew from the log.
            let shared = path.to_string_lossy().ends_with("-shm");
            match path.is_dir() {
                true => below.push(path),
                false if shared => {}
                false => {
                    let bytes = std::fs::read(&path).unwrap();
                    files.insert(path.strip_prefix(&worker.home).unwrap().to_owned(), bytes);
                }
            }
        }
    }
    Moment { files, entries }
}

/// Every place at which the writes between two moments may have stopped: the vault's log first, page by page; then what is written beside it, every so
/// many bytes.
fn cuts(before: &Moment, after: &Moment, bytes: usize) -> Vec<Files> {
    let log = |path: &Path| path.to_string_lossy().ends_with("-wal");
    let mut changed: Vec<&PathBuf> = after
        .files
        .iter()
        .filter(|(path, bytes)| before.files.get(*path) != Some(*bytes))
        .map(|(path, _)| path)
        .collect();
    changed.sort_by_key(|path| (!log(path), path.to_string_lossy().contains("outbox")));
    let mut at = before.files.clone();
    let mut all = vec![at.clone()];
    for path in changed {
        let (whole, old) = (&after.files[path], at.get(path).cloned().unwrap_or_default());
        if whole.starts_with(&old) {
            let step = if log(path) { LOGGED_PAGE } else { bytes };
            let edges = (old.len()..whole.len()).step_by(step).flat_map(|edge| [edge, edge + 24, edge + step / 2]);
            for edge in edges.filter(|edge| *edge > old.len() && *edge < whole.len()) {
                at.insert(path.clone(), whole[..edge].to_vec());
                all.push(at.clone());
            }
        }
        at.insert(path.clone(), whole.clone());
        all.push(at.clone());
    }
    all
}

/// What a crash left, started anew: it opens, what was acknowledged is there, and the chain holds.
async fn started(world: &World, of: &Worker, files: &Files, acknowledged: u64) -> Worker {
    let home = world.folder.path().join(format!("cut-{}", of.staff));
    let _ = std::fs::remove_dir_all(&home);
    for (path, bytes) in files {
        let path = home.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    let device = Device::open(home.clone(), world.ports(&home)).unwrap();
    let worker = Worker { device, staff: of.staff.clone(), home };
    worker.sign_in().await.unwrap();
    let check = worker.ask(VerifyAudit {}).await.unwrap();
    assert_eq!(check.broken, None);
    assert!(check.entries > acknowledged, "{} of {acknowledged}, and its own sign-in", check.entries);
    worker
}

/// Signed in again with a PIN that costs nothing to try: these devices are started hundreds of times.
async fn quick(worker: &Worker) {
    worker.ask(desk::ask::SignOut {}).await.unwrap();
    worker.weaken();
    worker.sign_in().await.unwrap();
}

async fn state(worker: &Worker, person: PersonId) -> Option<State> {
    let page = worker.bag(person).await.ok()?;
    page.bag.as_ref()?.custody.state()
}

#[tokio::test]
async fn a_bag_over_the_local_network_survives_a_crash_at_every_step_of_either() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let (carer, crew) = (world.carer("C1").await, world.crew("P1").await);
    for one in [&carer, &crew] {
        quick(one).await;
    }
    carer.released_bag(ada).await;
    world.weather.room.store(true, Ordering::Relaxed);
    world.cut(true);
    let (mut gives, mut takes) = (vec![moment(&carer).await], vec![moment(&crew).await]);
    let codes = carer.show(ada).await;
    gives.push(moment(&carer).await);
    crew.take_slip(&codes.slip).await.unwrap();
    takes.push(moment(&crew).await);
    assert!(crew.ask(FetchBag { purpose: Purpose::Treat }).await.unwrap().whole);
    takes.push(moment(&crew).await);
    gives.push(moment(&carer).await);
    let taken = crew.accept(ada, Step::Accept).await.unwrap();
    assert!(taken.told);
    takes.push(moment(&crew).await);
    gives.push(moment(&carer).await);

    let mut cases = 0;
    for pair in takes.windows(2) {
        for files in cuts(&pair[0], &pair[1], 307) {
            let crew = started(&world, &crew, &files, pair[0].entries).await;
            // It took the bag over or it did not; what it had not, it reads again from the codes that are still shown.
            if state(&crew, ada).await != Some(State::Accepted) {
                crew.take_all(&codes).await;
                crew.accept(ada, Step::Accept).await.unwrap();
            }
            let page = crew.page(ada).await;
            let steps: Vec<Step> = bag(&page).passages.iter().map(|passed| passed.step).collect();
            assert_eq!((steps, bag(&page).custody.state()), (vec![Step::Release, Step::Accept], Some(State::Accepted)));
            cases += 1;
        }
    }
    for pair in gives.windows(2) {
        for files in cuts(&pair[0], &pair[1], 307) {
            let carer = started(&world, &carer, &files, pair[0].entries).await;
            // The receiver's signed passage came, or comes by the code that the receiver shows.
            let told = state(&carer, ada).await == Some(State::Accepted);
            match carer.take_answer(&taken.answer).await {
                Ok(_) => assert!(!told),
                Err(trouble) => assert_eq!((trouble, told), (Trouble::Bag(BagFault::Taken), true)),
            }
            assert_eq!(state(&carer, ada).await, Some(State::Accepted));
            cases += 1;
        }
    }
    println!("{cases} crashes");
    assert!(cases > 60, "{cases}");
}

#[tokio::test]
async fn a_licence_lengthened_by_codes_survives_a_crash_at_every_step_of_either() {
    let world = World::new();
    world.license();
    world.person(1, "Okonjo", Choice::Y3);
    let (one, two) = (world.nurse("N1").await, world.nurse("N2").await);
    for nurse in [&one, &two] {
        nurse.sync().await;
    }
    world.cut(true);
    world.pass(SignedDuration::from_hours(11));
    for nurse in [&one, &two] {
        nurse.sign_in().await.unwrap();
        quick(nurse).await;
    }
    let left = async |nurse: &Worker| nurse.status().await.licence.unwrap().minutes_left;
    let lends = async |from: &Worker, code: &str| {
        let give = GiveLicence { code: code.to_owned(), pin: PIN.to_owned().into() };
        from.ask(give).await.map(|shown| shown.code)
    };
    let (mut takes, mut gives) = (vec![moment(&one).await], vec![moment(&two).await]);
    let asked = one.ask(AskLicence {}).await.unwrap().code;
    takes.push(moment(&one).await);
    let code = lends(&two, &asked).await.unwrap();
    gives.push(moment(&two).await);
    let before = left(&one).await;
    one.ask(TakeLicence { code: code.clone() }).await.unwrap();
    takes.push(moment(&one).await);
    assert_eq!((before, left(&one).await), (60, 4 * 60));

    let mut cases = 0;
    for (n, pair) in takes.windows(2).enumerate() {
        for files in cuts(&pair[0], &pair[1], 61) {
            let one = started(&world, &one, &files, pair[0].entries).await;
            // Once, and never twice: what it took it has, and what it had not taken it takes, or asks for again.
            match one.ask(TakeLicence { code: code.clone() }).await {
                Ok(_) => {}
                Err(Trouble::Input { field: Field::Licence, .. }) if left(&one).await == 4 * 60 => {}
                Err(Trouble::Input { field: Field::Licence, .. }) if n == 0 => {
                    let again = one.ask(AskLicence {}).await.unwrap().code;
                    let code = lends(&two, &again).await.unwrap();
                    one.ask(TakeLicence { code }).await.unwrap();
                }
                other => panic!("{other:?}"),
            }
            assert_eq!(left(&one).await, 4 * 60);
            cases += 1;
        }
    }
    for pair in gives.windows(2) {
        for files in cuts(&pair[0], &pair[1], 61) {
            let two = started(&world, &two, &files, pair[0].entries).await;
            // Nobody had its code: it lends again to the same request, and both are named.
            lends(&two, &asked).await.unwrap();
            let check = two.ask(VerifyAudit {}).await.unwrap();
            assert!(check.broken.is_none() && check.entries > pair[0].entries + 1, "the loan is an entry");
            cases += 1;
        }
    }
    println!("{cases} crashes");
    assert!(cases > 20, "{cases}");
}
