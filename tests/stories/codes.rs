//! Codes are read from pictures: the slip and the frames of a real bag, photographed as a crew photographs a tablet at a front door.

use desk::Trouble;
use desk::ask::{ReadCodes, ScanCode, SignOut, TakeFrames};
use desk::bag::BagCodes;
use desk::trouble::Field;
use device::Device;
use device::ports::{ScanFault, Scanner, Soon};
use record::bag::{BagSection, Step};
use record::consent::{Choice, Purpose};
use std::sync::{Arc, Mutex};
use stories::bags::bag;
use stories::pictures::{Shot, drawn};
use stories::{Worker, World};
use tokio::sync::watch;

/// A bag with as much on its slip as there is room for, shown.
async fn shown(world: &World) -> (Worker, record::PersonId, BagCodes) {
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let carer = world.carer("C1").await;
    carer.start_bag(ada).await.unwrap();
    carer.confirm(ada).await;
    let long = "Fall in the night, and confused since this morning. ".repeat(8);
    carer.write_line(ada, BagSection::Transfer, "reason", &long).await.unwrap();
    carer.write_line(ada, BagSection::Concern, "baseline", &long).await.unwrap();
    carer.move_bag(ada, Step::Release).await.unwrap();
    let codes = carer.show(ada).await;
    (carer, ada, codes)
}

async fn read(worker: &Worker, picture: String) -> Result<Vec<String>, Trouble> {
    worker.ask(ReadCodes { picture: picture.into() }).await
}

/// Each is what one thing does to a picture; the last are what a hand, a dim hall and a cheap lens do together.
#[tokio::test]
async fn a_slip_is_read_from_poor_photographs() {
    let world = World::new();
    let (_, _, codes) = shown(&world).await;
    let crew = world.crew("P1").await;
    let good = Shot::GOOD;
    // A slip as long as any may be: what more it would say repeats what it says.
    let more = codes.slip["SATCHEL-BAG-".len()..].chars().cycle().take(1_451 - codes.slip.len());
    let slip: String = codes.slip.chars().chain(more).collect();
    let picture = drawn(&slip);
    assert_eq!((slip.len(), picture.width), (1_451, 25 * 4 + 17), "version 25, full");
    let poor = Shot { turned: 7.0, tilted: 0.05, blurred: 0.8, noise: 8.0, ..good };
    for shot in [
        good,
        Shot { turned: 33.0, fills: 0.7, ..good },
        Shot { turned: 180.0, ..good },
        Shot { tilted: 0.12, fills: 0.75, ..good },
        Shot { blurred: 1.6, ..good },
        Shot { noise: 25.0, ..good },
        Shot { shades: (6.0, 40.0), noise: 3.0, ..good },
        Shot { shades: (110.0, 150.0), noise: 3.0, ..good },
        Shot { shadow: 0.6, ..good },
        Shot { shades: (30.0, 140.0), shadow: 0.3, quality: 60, ..poor },
        Shot { side: 1200, fills: 0.7, blurred: 1.6, turned: -11.0, shades: (30.0, 130.0), ..poor },
    ] {
        assert_eq!(read(&crew, shot.of(&picture)).await, Ok(vec![slip.clone()]), "{shot:?}");
    }
    // What is not there is not guessed at.
    assert_eq!(read(&crew, Shot { blurred: 9.0, ..good }.of(&picture)).await, Ok(vec![]));
}

#[tokio::test]
async fn a_bag_passes_by_what_a_camera_sees() {
    let world = World::new();
    let (_, ada, codes) = shown(&world).await;
    let crew = world.crew("P1").await;
    world.cut(true);
    let shot = Shot { turned: 4.0, tilted: 0.04, blurred: 0.7, noise: 6.0, shades: (25.0, 170.0), ..Shot::GOOD };
    let seen = read(&crew, shot.of(&codes.picture)).await.unwrap();
    crew.take_slip(&seen[0]).await.unwrap();
    for picture in &codes.pictures {
        let frames = read(&crew, shot.of(picture)).await.unwrap();
        let taken = crew.ask(TakeFrames { frames, purpose: Purpose::Treat }).await.unwrap();
        assert_eq!(taken.strange, 0);
        if taken.whole {
            break;
        }
    }
    let page = crew.page(ada).await;
    assert!(bag(&page).released.is_some(), "whole");
    // What the camera had seen and not handed on yet is this bag's; another's is not.
    let late = TakeFrames { frames: vec![codes.frames[0].clone(), "elsewhere".to_owned()], purpose: Purpose::Treat };
    let taken = crew.ask(late).await.unwrap();
    assert!(taken.whole && taken.progress == 100 && taken.strange == 1, "{taken:?}");
}

/// A tablet left on a table with its camera on would never lock: what the camera sees is not use.
#[tokio::test]
async fn looking_through_the_camera_does_not_keep_a_device_open() {
    let world = World::new();
    let (_, _, codes) = shown(&world).await;
    let crew = world.crew("P1").await;
    let picture = Shot::GOOD.of(&codes.picture);
    for _ in 0..4 {
        world.pass(jiff::SignedDuration::from_mins(2));
        assert_eq!(read(&crew, picture.clone()).await, Ok(vec![codes.slip.clone()]));
    }
    assert_eq!(crew.take_slip(&codes.slip).await, Err(Trouble::Locked));
    let unfit = read(&crew, "data:image/png;base64,AAAA".into()).await;
    assert!(matches!(unfit, Err(Trouble::Input { field: Field::Picture, .. })));
}

/// A phone's own scanner, and what is held before it.
#[derive(Default)]
struct Held {
    code: Mutex<Option<Result<String, ScanFault>>>,
    stops: watch::Sender<u32>,
}

impl Held {
    fn put(&self, code: Result<&str, ScanFault>) {
        *self.code.lock().unwrap() = Some(code.map(str::to_owned));
    }
}

impl Scanner for Held {
    fn scan(&self) -> Soon<'_, Result<Option<String>, ScanFault>> {
        let (code, mut stops) = (self.code.lock().unwrap().clone(), self.stops.subscribe());
        Box::pin(async move {
            match code {
                Some(code) => code.map(Some),
                // Nothing is held before it: it looks until it is stopped.
                None => stops.changed().await.map(|()| None).map_err(|_| ScanFault::Failed),
            }
        })
    }

    fn stop(&self) {
        self.stops.send_modify(|stops| *stops += 1);
    }
}

/// Somebody's device, on a phone; nobody is signed in.
fn on_a_phone(world: &World, worker: Worker) -> (Worker, Arc<Held>) {
    let Worker { device, staff, home } = worker;
    drop(device);
    let held = Arc::new(Held::default());
    let mut ports = world.ports(&home);
    ports.scanner = Some(held.clone());
    let device = Device::open(home.clone(), ports).unwrap();
    (Worker { device, staff, home }, held)
}

#[tokio::test]
async fn a_phones_own_scanner_reads_what_the_camera_would() {
    let world = World::new();
    let (carer, _, codes) = shown(&world).await;
    assert!(!carer.status().await.scanner);
    let cannot = |seen| matches!(seen, Err(Trouble::Input { field: Field::Picture, .. }));
    assert!(cannot(carer.ask(ScanCode { on: true }).await), "not a phone: the camera in the page is used");

    let (crew, held) = on_a_phone(&world, world.crew("P1").await);
    assert!(crew.status().await.scanner);
    held.put(Ok(&codes.slip));
    assert_eq!(
        crew.ask(ScanCode { on: true }).await,
        Ok(vec![codes.slip.clone()]),
        "nobody is signed in, as for a ticket"
    );
    crew.sign_in().await.unwrap();
    crew.take_slip(&codes.slip).await.unwrap();

    held.put(Ok("https://example.org/menu"));
    assert_eq!(crew.ask(ScanCode { on: true }).await, Ok(vec![]), "other people's codes are not handed on");
    for fault in [ScanFault::NotAllowed, ScanFault::InVain, ScanFault::Failed] {
        held.put(Err(fault));
        assert!(cannot(crew.ask(ScanCode { on: true }).await), "the camera in the page is used");
    }
}

/// What the phone shows behind the page is not to be seen once the page is gone.
#[tokio::test]
async fn a_phones_scanner_stops_when_it_is_told_and_when_the_device_locks() {
    let world = World::new();
    let (crew, _held) = on_a_phone(&world, world.crew("P1").await);
    crew.sign_in().await.unwrap();
    let (seen, _) = tokio::join!(crew.ask(ScanCode { on: true }), crew.ask(ScanCode { on: false }));
    assert_eq!(seen, Ok(vec![]));
    let (seen, _) = tokio::join!(crew.ask(ScanCode { on: true }), crew.ask(SignOut {}));
    assert_eq!(seen, Ok(vec![]));

    // Looking is not use: it locks all the same, and then looks no more.
    crew.sign_in().await.unwrap();
    world.pass(jiff::SignedDuration::from_mins(4));
    let (seen, _) = tokio::join!(crew.ask(ScanCode { on: true }), async {
        world.pass(jiff::SignedDuration::from_mins(2));
        assert_eq!(crew.status().await.signed_in, None);
    });
    assert_eq!(seen, Ok(vec![]));
}
