//! A colleague on the way to signal takes unsent work along: the device with the work shows a code, theirs reads it, and the two need no hub and
//! no PIN of the author's. The hub's receipt comes back the same way. Through a folder it is told in `outbox`.

use crate::outbox::{alarms, at_hub, segments, shift};
use desk::Trouble;
use desk::ask::{CarryOutbox, GetReceipts, HideOutbox, SetAirplane, ShowOutbox, SignOut};
use desk::ready::{Carried, ShownOutbox};
use desk::trouble::Field;
use record::PersonId;
use record::consent::Choice;
use record::people::Role;
use std::sync::atomic::Ordering;
use stories::{Worker, World};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use vault::carry::{CarryCode, HANDSHAKE};
use zeroize::Zeroizing;

/// The nurse's shift was never sent and her device is locked; a colleague stands beside her, and neither reaches the hub.
async fn beside_a_colleague() -> (World, Worker, Worker, PersonId, PersonId) {
    let (world, nurse, ada, bea) = shift().await;
    world.cut(false);
    let colleague = world.worker("N2", Role::CareStaff).await;
    world.cut(true);
    world.weather.room.store(true, Ordering::Relaxed);
    (world, nurse, colleague, ada, bea)
}

async fn show(worker: &Worker) -> ShownOutbox {
    worker.ask(ShowOutbox {}).await.unwrap()
}

async fn carry(worker: &Worker, code: &str) -> Result<Carried, Trouble> {
    worker.ask(CarryOutbox { code: code.to_owned() }).await
}

fn mended(trouble: &Trouble) -> bool {
    matches!(trouble, Trouble::Input { field: Field::Carry, .. })
}

#[tokio::test]
async fn a_colleague_takes_it_along_without_the_authors_pin_and_brings_the_receipt_back() {
    let (world, nurse, colleague, ada, bea) = beside_a_colleague().await;
    let (before, ..) = at_hub(&world, ada, bea);
    let lying = segments(&nurse.home).len();
    let shown = show(&nurse).await;
    assert_eq!((shown.sealed, shown.given, shown.gone), (lying as u64, 0, 0));
    let code = shown.code.unwrap();
    assert!(shown.picture.is_some());
    let done = carry(&colleague, &code).await.unwrap();
    assert_eq!(done, Carried { files: lying as u32, ..Carried::default() });

    // Both screens say so, and nothing is called sent: it lies where it lay.
    let shown = show(&nurse).await;
    assert_eq!((shown.code.as_deref(), shown.sealed, shown.given), (Some(&*code), lying as u64, lying as u64));
    assert_eq!(segments(&nurse.home).len(), lying);
    let receipts = colleague.ask(GetReceipts {}).await.unwrap();
    assert_eq!(receipts.carried, lying as u64);
    assert_eq!(carry(&colleague, &code).await.unwrap(), done, "taking twice is taking once");
    assert_eq!(colleague.ask(GetReceipts {}).await.unwrap().carried, lying as u64);

    // The colleague drives to where there is signal.
    world.cut(false);
    colleague.sync().await;
    let (entries, changes, choice) = at_hub(&world, ada, bea);
    assert!(entries > before + 3);
    assert_eq!((changes, choice, alarms(&world)), (1, Choice::N1, 0));
    assert_eq!(colleague.ask(GetReceipts {}).await.unwrap().carried, 0);

    // They meet again: the hub's word lets the author's files go, and is owed no longer.
    world.cut(true);
    let back = carry(&colleague, &show(&nurse).await.code.unwrap()).await.unwrap();
    assert_eq!(back, Carried { receipts: lying as u32, ..Carried::default() });
    let shown = show(&nurse).await;
    assert_eq!((shown.sealed, shown.gone), (0, lying as u64));
    assert!(segments(&nurse.home).is_empty());
    assert_eq!(colleague.device.carried_receipts().unwrap(), 0);
}

#[tokio::test]
async fn the_author_may_also_be_the_one_who_reads_the_code() {
    let (world, nurse, colleague, ..) = beside_a_colleague().await;
    let lying = segments(&nurse.home).len() as u32;
    carry(&colleague, &show(&nurse).await.code.unwrap()).await.unwrap();
    nurse.ask(HideOutbox {}).await.unwrap();
    world.cut(false);
    colleague.sync().await;
    world.cut(true);
    nurse.sign_in().await.unwrap();
    let done = carry(&nurse, &show(&colleague).await.code.unwrap()).await.unwrap();
    assert_eq!(done.gone, lying, "{done:?}");
    assert_eq!(colleague.device.carried_receipts().unwrap(), 0);
}

#[tokio::test]
async fn cut_anywhere_it_is_taken_whole_or_not_at_all_and_the_next_try_goes_on() {
    let (world, nurse, colleague, ada, bea) = beside_a_colleague().await;
    let lying = segments(&nurse.home);
    let code = show(&nurse).await.code.unwrap();
    let mut cuts = 0;
    for at in (1..1 << 20).step_by(61) {
        world.weather.room_cuts_at.store(at, Ordering::Relaxed);
        match carry(&colleague, &code).await {
            Ok(done) if !done.cut => break,
            Ok(done) => assert!(done.files > 0, "something came before the cut"),
            Err(trouble) => assert!(mended(&trouble), "{trouble:?}"),
        }
        cuts += 1;
        for held in segments(&colleague.home).iter().filter(|path| path.parent().unwrap().ends_with("carried")) {
            let same = lying.iter().any(|own| std::fs::read(own).unwrap() == std::fs::read(held).unwrap());
            assert!(same, "a part of a file was kept");
        }
    }
    assert!(cuts > 20, "{cuts} cuts");
    world.weather.room_cuts_at.store(0, Ordering::Relaxed);
    world.cut(false);
    colleague.sync().await;
    let (_, changes, choice) = at_hub(&world, ada, bea);
    assert_eq!((changes, choice, alarms(&world)), (1, Choice::N1, 0));
}

#[tokio::test]
async fn who_has_not_read_the_code_gets_no_byte_and_a_carrier_says_no_more_than_it_may() {
    let (world, nurse, colleague, ..) = beside_a_colleague().await;
    let earlier = show(&nurse).await.code.unwrap();
    nurse.ask(HideOutbox {}).await.unwrap();
    let code = show(&nurse).await.code.unwrap();
    assert_ne!(earlier, code, "a secret for each showing");
    let at = CarryCode::read(&code).unwrap().places[0];
    let (_, wrong) = CarryCode::read(&earlier).unwrap().open(Zeroizing::new([9; 32])).unwrap();
    for first in [&[0; HANDSHAKE][..], b"GET / HTTP/1.1\r\nHost: a\r\nAccept: */*\r\nConnection: close\r\n\r\n", &wrong]
    {
        let mut line = TcpStream::connect(at).await.unwrap();
        line.write_all(first).await.unwrap();
        let mut came = Vec::new();
        let _ = line.read_to_end(&mut came).await;
        assert!(came.is_empty());
    }
    // Nor is a text that is no code, or one of another kind, believed.
    for other in ["", "SATCHEL-BAG-AAAA", "SATCHEL-CARRY-", &format!("{code}A")] {
        assert!(mended(&carry(&colleague, other).await.unwrap_err()), "{other}");
    }
    // Whoever carries is signed in; and with the network switched off nobody is called.
    colleague.ask(SetAirplane { on: true }).await.unwrap();
    assert!(mended(&carry(&colleague, &code).await.unwrap_err()));
    colleague.ask(SetAirplane { on: false }).await.unwrap();
    colleague.ask(SignOut {}).await.unwrap();
    assert_eq!(carry(&colleague, &code).await, Err(Trouble::Locked));
    assert!(segments(&colleague.home).iter().all(|path| !path.parent().unwrap().ends_with("carried")));

    // Once hidden, or without a network, nobody listens.
    nurse.ask(HideOutbox {}).await.unwrap();
    tokio::task::yield_now().await;
    assert!(TcpStream::connect(at).await.is_err());
    world.weather.room.store(false, Ordering::Relaxed);
    assert_eq!(show(&nurse).await.code, None);
    world.weather.room.store(true, Ordering::Relaxed);
    let code = show(&nurse).await.code.unwrap();
    nurse.ask(SetAirplane { on: true }).await.unwrap();
    tokio::task::yield_now().await;
    assert!(TcpStream::connect(CarryCode::read(&code).unwrap().places[0]).await.is_err());
    assert_eq!(show(&nurse).await.code, None);
}
