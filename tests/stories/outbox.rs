//! The unlosable outbox: whatever becomes of the vault, what was done on the device and not sent reaches the hub, once, without a PIN,
//! carried by anybody and read by nobody on the way; and nothing goes from the device but against the hub's own receipt.

use crate::lost::choice;
use desk::Trouble;
use desk::ask::{Enrol, GetReceipts, SignIn, SignOut, VerifyAudit};
use desk::trouble::StorageTrouble;
use device::Stuck;
use hub::store::{alarms, audit, bags, lease, outbox, people, photos, plans, trust};
use jiff::SignedDuration;
use record::bag::BagSection;
use record::consent::Choice;
use record::people::Role;
use record::plan::Kind;
use record::visit::PhotoId;
use record::{ChainId, PersonId};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use stories::photos::jpeg;
use stories::plans::about;
use stories::world::PIN;
use stories::{Worker, World};

const WORDS: &str = "Falls at night; her daughter sleeps over";

/// A nurse whose work of a shift was never sent: looks, a change of Ada's plan, Bea's choice. The device is locked.
pub(crate) async fn shift() -> (World, Worker, PersonId, PersonId) {
    let world = World::new();
    let (ada, bea) = (world.person(1, "Okonjo", Choice::Y3), world.person(2, "Marlow", Choice::Y3));
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    nurse.sync().await;
    assert_eq!(segments(&nurse.home).len(), 0, "all is held: nothing lies here");
    world.cut(true);
    work(&nurse, ada, bea).await;
    nurse.ask(SignOut {}).await.unwrap();
    (world, nurse, ada, bea)
}

async fn work(nurse: &Worker, ada: PersonId, bea: PersonId) {
    nurse.opened(ada).await;
    nurse.write(ada, about("people"), WORDS).await;
    nurse.ask(choice(bea, Choice::N1)).await.unwrap();
}

/// Every sealed segment under a folder.
pub(crate) fn segments(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
            if entry.is_dir() {
                folders.push(entry);
            } else if entry.extension().is_some_and(|e| e == "outbox") {
                found.push(entry);
            }
        }
    }
    found
}

/// How much of the shift the hub has: entries of the chain, changes of the plan, and Bea's choice.
pub(crate) fn at_hub(world: &World, ada: PersonId, bea: PersonId) -> (u64, u64, Choice) {
    let chain: ChainId = "D1/N1".parse().unwrap();
    world.write(|tx| {
        let (ada, bea) = (people::person_row(tx, ada)?.unwrap(), people::person_row(tx, bea)?.unwrap());
        let changes = plans::held_through(tx, ada, &chain)?.map_or(0, |(number, _)| number);
        Ok((audit::chain(tx, &chain)?.head.seq, changes, trust::choice(tx, bea)?.1.choice))
    })
}

pub(crate) fn alarms(world: &World) -> usize {
    world.write(|tx| alarms::list(tx, true)).len()
}

/// The hub holds the shift, whole and once; nothing lies on the device any more.
fn arrived(world: &World, nurse: &Worker, (ada, bea): (PersonId, PersonId), before: u64) {
    let (entries, changes, choice) = at_hub(world, ada, bea);
    assert!(entries > before + 3, "{entries} entries");
    assert_eq!((changes, choice, alarms(world)), (1, Choice::N1, 0));
    assert_eq!(segments(&nurse.home), Vec::<PathBuf>::new(), "gone against the receipt");
}

#[tokio::test]
async fn a_forgotten_pin_loses_nothing() {
    let (world, nurse, ada, bea) = shift().await;
    let (before, ..) = at_hub(&world, ada, bea);
    for _ in 0..10 {
        world.pass(SignedDuration::from_hours(1));
        nurse.ask(SignIn { staff: nurse.staff.clone(), pin: "271828".to_owned().into() }).await.unwrap_err();
    }
    assert_eq!(nurse.sign_in().await.unwrap_err(), Trouble::KeyDestroyed);
    assert!(nurse.device.send_outbox().await.is_err(), "no network: it stays");
    assert!(!segments(&nurse.home).is_empty());
    world.cut(false);
    assert!(nurse.device.send_outbox().await.unwrap() > 0);
    arrived(&world, &nurse, (ada, bea), before);
}

#[tokio::test]
async fn a_damaged_vault_loses_nothing() {
    let (world, nurse, ada, bea) = shift().await;
    let (before, ..) = at_hub(&world, ada, bea);
    std::fs::write(nurse.vault().join("vault.db"), vec![0x55; 40_000]).unwrap();
    let _ = std::fs::remove_file(nurse.vault().join("vault.db-wal"));
    let damaged = nurse.sign_in().await.unwrap_err();
    assert!(matches!(damaged, Trouble::Storage(StorageTrouble::Damaged { .. })), "{damaged:?}");
    world.cut(false);
    nurse.device.send_outbox().await.unwrap();
    arrived(&world, &nurse, (ada, bea), before);
}

#[tokio::test]
async fn a_missing_vault_and_a_missing_keystore_lose_nothing() {
    let (world, nurse, ada, bea) = shift().await;
    let (before, ..) = at_hub(&world, ada, bea);
    // The app is gone, and of the folder only what a careless copy brought is there.
    let nurse = nurse.restarted(&world);
    for name in ["vault.db", "vault.db-wal", "vault.db-shm"] {
        let _ = std::fs::remove_file(nurse.vault().join(name));
    }
    let gone = nurse.sign_in().await.unwrap_err();
    assert_eq!(gone, Trouble::Storage(StorageTrouble::VaultGone));
    std::fs::remove_dir_all(nurse.home.join("keystore")).unwrap();
    assert_eq!(nurse.sign_in().await.unwrap_err(), Trouble::Storage(StorageTrouble::KeystoreEmpty));
    world.cut(false);
    nurse.device.send_outbox().await.unwrap();
    arrived(&world, &nurse, (ada, bea), before);
}

#[tokio::test]
async fn a_new_enrolment_over_the_same_folder_loses_nothing() {
    let (world, nurse, ada, bea) = shift().await;
    let (before, ..) = at_hub(&world, ada, bea);
    let nurse = nurse.restarted(&world);
    world.cut(false);
    let ticket = world.ticket(&nurse.staff);
    nurse.ask(Enrol { ticket: ticket.into(), pin: PIN.to_owned().into() }).await.unwrap();
    // The old work goes with the first round; what follows from it comes, and is recorded, with the next.
    for _ in 0..3 {
        nurse.sync().await;
    }
    arrived(&world, &nurse, (ada, bea), before);
    let plan = nurse.plan(ada).await.plan;
    assert_eq!(plan.part(Kind::About).unwrap().prose("people"), WORDS, "and comes back to the new device");
}

#[tokio::test]
async fn an_ended_licence_loses_nothing() {
    let (world, nurse, ada, bea) = shift().await;
    let (before, ..) = at_hub(&world, ada, bea);
    world.pass(SignedDuration::from_hours(24 * 60));
    world.cut(false);
    nurse.device.send_outbox().await.unwrap();
    arrived(&world, &nurse, (ada, bea), before);
}

#[tokio::test]
async fn an_ended_enrolment_hands_its_work_over_for_a_person_to_look_at() {
    let (world, nurse, ada, bea) = shift().await;
    let (before, ..) = at_hub(&world, ada, bea);
    let (device, now) = ("D1".parse().unwrap(), world.now());
    world.write(|tx| trust::revoke(tx, &device, now));
    world.cut(false);
    nurse.device.send_outbox().await.unwrap();
    let (entries, changes, choice) = at_hub(&world, ada, bea);
    assert!(entries > before + 3, "its looks count");
    assert_eq!((changes, choice), (0, Choice::Y3), "its work is not applied");
    assert_eq!(world.write(|tx| lease::count_late(tx, &device)), 1, "and is kept");
    assert_eq!(segments(&nurse.home).len(), 0);
}

#[tokio::test]
async fn what_came_sealed_and_comes_again_in_a_post_is_taken_once() {
    let (world, nurse, ada, bea) = shift().await;
    let sealed: Vec<Vec<u8>> = segments(&nurse.home).iter().map(|path| std::fs::read(path).unwrap()).collect();
    world.cut(false);
    // The hub hears it, the receipt is lost: it stays, and is brought again.
    world.weather.lose_answer.store(true, Ordering::Relaxed);
    assert!(nurse.device.send_outbox().await.is_err());
    assert_eq!(segments(&nurse.home).len(), sealed.len());
    let after_first = at_hub(&world, ada, bea);
    nurse.device.send_outbox().await.unwrap();
    assert_eq!(at_hub(&world, ada, bea), after_first);
    // Then the PIN is remembered after all.
    nurse.sign_in().await.unwrap();
    nurse.sync().await;
    nurse.sync().await;
    let check = nurse.ask(VerifyAudit {}).await.unwrap();
    assert_eq!((check.broken, check.receipted), (None, check.entries));
    assert_eq!((nurse.status().await.unsent, alarms(&world)), (0, 0));
    assert_eq!(at_hub(&world, ada, bea).1, 1, "one change, however often it came");
    // Somebody kept a copy.
    let before = at_hub(&world, ada, bea);
    for bytes in &sealed {
        hub::post::outbox::take(&mut world.hub.store(), &world.hub.authority.signing, bytes, world.now()).unwrap();
    }
    assert_eq!((at_hub(&world, ada, bea), alarms(&world)), (before, 0));
}

#[tokio::test]
async fn what_was_committed_and_not_sealed_is_sealed_at_the_next_start() {
    let (world, nurse, ada, bea) = shift().await;
    let (before, ..) = at_hub(&world, ada, bea);
    // As if the app had been killed between the two; and worse, as if the files had been lost.
    segments(&nurse.home).iter().for_each(|path| std::fs::remove_file(path).unwrap());
    let nurse = nurse.restarted(&world);
    nurse.sign_in().await.unwrap();
    assert_eq!(segments(&nurse.home).len(), 1);
    drop(nurse.ask(SignOut {}).await);
    std::fs::remove_file(nurse.vault().join("vault.db")).unwrap();
    world.cut(false);
    nurse.device.send_outbox().await.unwrap();
    arrived(&world, &nurse, (ada, bea), before);
}

#[tokio::test]
async fn a_colleagues_device_carries_it_and_brings_the_receipt_back() {
    let (world, nurse, ada, bea) = shift().await;
    let (before, ..) = at_hub(&world, ada, bea);
    world.cut(false);
    let colleague = world.worker("N2", Role::CareStaff).await;
    world.cut(true);
    let exchange = world.folder.path().join("exchange");
    let out = nurse.device.carry_out(&exchange).unwrap();
    assert!(out.segments > 0);
    // Unreadable to who carries it: no name, no number, no word of it.
    for path in segments(&exchange) {
        let bytes = std::fs::read(path).unwrap();
        for marker in [&b"N1"[..], b"D1/N1", b"Falls", b"Marlow", ada.as_bytes(), bea.as_bytes()] {
            assert!(!bytes.windows(marker.len()).any(|w| w == marker));
        }
    }
    assert_eq!(colleague.device.carry_in(&exchange).unwrap().segments, out.segments);
    // A pipe by the name of a segment is left, and not waited for.
    let pipe = exchange.join("00112233445566778899aabbccddeeff.outbox");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let again = colleague.device.carry_in(&exchange).unwrap();
    assert_eq!((again.segments, again.left), (out.segments, 1), "again is the same");
    assert!(colleague.device.outbox().unwrap().iter().any(|lying| lying.carried));
    world.cut(false);
    colleague.ask(SignOut {}).await.unwrap();
    colleague.device.send_outbox().await.unwrap();
    let (entries, changes, choice) = at_hub(&world, ada, bea);
    assert!(entries > before + 3);
    assert_eq!((changes, choice, alarms(&world)), (1, Choice::N1, 0));
    // The author's device believes the receipt, and only a right one.
    let back = world.folder.path().join("back");
    let brought = colleague.device.carry_out(&back).unwrap();
    assert_eq!(brought.receipts, out.segments);
    let receipts: Vec<PathBuf> = std::fs::read_dir(&back).unwrap().map(|e| e.unwrap().path()).collect();
    let sound = std::fs::read(&receipts[0]).unwrap();
    let mut forged = sound.clone();
    forged[40] ^= 1;
    std::fs::write(&receipts[0], forged).unwrap();
    let took = nurse.device.carry_in(&back).unwrap();
    assert_eq!((took.receipts, took.left), (out.segments - 1, 1), "a forged receipt lets nothing go");
    std::fs::write(&receipts[0], sound).unwrap();
    assert_eq!(nurse.device.carry_in(&back).unwrap().receipts, 1);
    assert_eq!(segments(&nurse.home).len(), 0);
}

/// Notes of bags and photographs that the hub holds of Ada.
fn bag_and_photo(world: &World, ada: PersonId, photo: PhotoId) -> (usize, bool) {
    world.write(|tx| {
        let row = people::person_row(tx, ada)?.unwrap();
        let mut notes = 0;
        for (bag, ..) in bags::all(tx)? {
            notes += bags::notes(tx, bag)?.len();
        }
        Ok((notes, photos::find(tx, row, photo)?.is_some_and(|stored| stored.held)))
    })
}

#[tokio::test]
async fn a_bag_and_a_photograph_outlive_the_vault_too_and_text_goes_first() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let nurse = world.carer("N1").await;
    nurse.sync().await;
    world.cut(true);
    let (_, photo) = nurse.photographed(ada, &jpeg(7, 150_000)).await;
    nurse.start_bag(ada).await.unwrap();
    nurse.write_line(ada, BagSection::Transfer, "reason", "Fell in the night").await.unwrap();
    nurse.ask(SignOut {}).await.unwrap();
    let lying = nurse.device.outbox().unwrap();
    let lengths: Vec<bool> = lying.iter().map(|lying| lying.bytes > 150_000).collect();
    assert_eq!(
        lengths,
        [false, false, true],
        "what was done, that the form is done, and last the photograph by itself"
    );
    let mut files = segments(&nurse.home);
    files.sort_by_key(|path| std::cmp::Reverse(std::fs::metadata(path).unwrap().len()));
    let take = |photo: bool| {
        let bytes = std::fs::read(&files[usize::from(!photo)]).unwrap();
        hub::post::outbox::take(&mut world.hub.store(), &world.hub.authority.signing, &bytes, world.now()).unwrap()
    };
    // The vault is gone. The photograph comes first, by another hand: it waits for the act that names it.
    std::fs::remove_file(nurse.vault().join("vault.db")).unwrap();
    take(true);
    assert_eq!(bag_and_photo(&world, ada, photo), (0, false));
    assert_eq!(world.write(outbox::list).iter().filter(|came| came.waiting).count(), 1);
    take(false);
    assert_eq!((bag_and_photo(&world, ada, photo), alarms(&world)), ((2, true), 0));
    assert!(world.write(outbox::list).iter().all(|came| !came.waiting));
    world.cut(false);
    nurse.device.send_outbox().await.unwrap();
    assert_eq!((bag_and_photo(&world, ada, photo), alarms(&world)), ((2, true), 0), "and is taken once");
    assert_eq!(segments(&nurse.home), Vec::<PathBuf>::new(), "gone against the receipt");
}

#[tokio::test]
async fn a_file_that_the_hub_cannot_read_is_kept_and_told_and_holds_nothing_up() {
    let (world, nurse, ada, bea) = shift().await;
    world.cut(false);
    let colleague = world.worker("N2", Role::CareStaff).await;
    let exchange = world.folder.path().join("exchange");
    let out = nurse.device.carry_out(&exchange).unwrap();
    let mut harmed = std::fs::read(&segments(&exchange)[0]).unwrap();
    let middle = harmed.len() / 2;
    harmed[middle] ^= 1;
    // Under another name: the sound one is carried too.
    harmed[15] ^= 1;
    std::fs::write(exchange.join("harmed.outbox"), harmed).unwrap();
    assert_eq!(colleague.device.carry_in(&exchange).unwrap().segments, out.segments + 1);
    assert_eq!(colleague.device.send_outbox().await.unwrap(), out.segments, "no trouble of the network's");
    assert_eq!(at_hub(&world, ada, bea).2, Choice::N1);
    let lying = colleague.device.outbox().unwrap();
    let lying: Vec<_> = lying.into_iter().filter(|lying| lying.carried).collect();
    assert!(matches!(&lying[..], [one] if one.stuck == Some(Stuck::Harmed)), "{lying:?}");
    let asked = world.weather.turned_away.lock().unwrap().len();
    assert_eq!(colleague.device.send_outbox().await.unwrap(), 0);
    assert_eq!(world.weather.turned_away.lock().unwrap().len(), asked, "it is not brought for ever");
    assert_eq!(colleague.ask(GetReceipts {}).await.unwrap().stuck, 1);
}

#[tokio::test]
async fn what_is_too_long_for_the_network_is_counted_as_not_sent() {
    let (world, nurse, ada, bea) = shift().await;
    let path = segments(&nurse.home).pop().unwrap();
    let mut long = std::fs::read(&path).unwrap();
    let sound = long.clone();
    // A frame of 13 MB after those that are there.
    long.extend([&(13u32 << 20).to_le_bytes()[..], &7u64.to_le_bytes(), &vec![0; 13 << 20]].concat());
    std::fs::write(&path, &long).unwrap();
    world.cut(false);
    nurse.device.send_outbox().await.unwrap();
    let lying = nurse.device.outbox().unwrap();
    assert!(lying.iter().any(|lying| lying.stuck == Some(Stuck::TooLong)), "{lying:?}");
    assert_eq!(nurse.device.send_outbox().await.unwrap(), 0);
    assert!(!nurse.device.outbox().unwrap().is_empty() && path.exists());
    // To a folder it goes, whole; and the author's device believes the hub's receipt for it as for any other.
    let folder = world.folder.path().join("stick");
    nurse.device.carry_out(&folder).unwrap();
    assert!(segments(&folder).iter().any(|path| std::fs::metadata(path).unwrap().len() == long.len() as u64));
    std::fs::write(&path, sound).unwrap();
    nurse.device.send_outbox().await.unwrap();
    assert_eq!((at_hub(&world, ada, bea).2, nurse.device.outbox().unwrap()), (Choice::N1, Vec::new()));
}

#[tokio::test]
async fn segments_in_the_wrong_order_wait_at_the_hub_until_the_first_has_come() {
    let (world, nurse, ada, bea) = shift().await;
    nurse.sign_in().await.unwrap();
    nurse.opened(ada).await;
    nurse.ask(SignOut {}).await.unwrap();
    let mut files = segments(&nurse.home);
    files.sort_by_key(|path| std::fs::metadata(path).unwrap().modified().unwrap());
    assert_eq!(files.len(), 2);
    let take = |path: &Path| {
        let bytes = std::fs::read(path).unwrap();
        hub::post::outbox::take(&mut world.hub.store(), &world.hub.authority.signing, &bytes, world.now()).unwrap()
    };
    let (before, ..) = at_hub(&world, ada, bea);
    take(&files[1]);
    assert_eq!(at_hub(&world, ada, bea).0, before);
    assert_eq!(world.write(outbox::list).iter().filter(|came| came.waiting).count(), 1);
    take(&files[0]);
    let (entries, changes, choice) = at_hub(&world, ada, bea);
    assert!(entries > before + 6, "both are in the chain: {entries}");
    assert_eq!((changes, choice, alarms(&world)), (1, Choice::N1, 0));
    assert!(world.write(outbox::list).iter().all(|came| !came.waiting));
}

#[tokio::test]
async fn a_stranger_cannot_seal_work_in_somebody_elses_name() {
    let (world, nurse, ada, bea) = shift().await;
    let before = at_hub(&world, ada, bea);
    let take = |bytes: &[u8]| {
        hub::post::outbox::take(&mut world.hub.store(), &world.hub.authority.signing, bytes, world.now())
    };
    // Anybody knows the hub's public key; only N1 has N1's.
    let hub = world.hub.authority.signing.verifying_key();
    let thief = hub::SigningKey::from_bytes(&[66; 32]);
    let chain: ChainId = "D1/N1".parse().unwrap();
    let (mut segment, mut bytes) = sync::outbox::Segment::begin(&[5; 32], &hub, (&chain, &thief), world.now()).unwrap();
    let person = ada;
    let work = vec![sync::outbox::Work::Plan { person, change: vec![1, 2, 3] }];
    bytes.extend(segment.frame(1, &sync::outbox::Frame { work, ..Default::default() }).unwrap());
    assert!(take(&bytes).is_err());
    for path in segments(&nurse.home) {
        let sound = std::fs::read(path).unwrap();
        for at in (0..sound.len()).step_by(7) {
            let mut changed = sound.clone();
            changed[at] ^= 16;
            let _ = take(&changed);
        }
    }
    // A flipped length makes the rest look cut: what counts is still the author's own beginning.
    let (entries, changes, _) = at_hub(&world, ada, bea);
    assert!(entries >= before.0 && changes <= 1);
    assert_eq!(alarms(&world), 0);
}
