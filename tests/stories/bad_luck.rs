//! Bad input and bad luck: each has one clear message, loses nothing, and is here.

use desk::Trouble;
use desk::ask::{ChangePin, Enrol, SetAirplane, SignIn, SignOut, SyncNow};
use desk::trouble::{Field, StorageTrouble};
use desk::view::Link;
use jiff::SignedDuration;
use record::consent::Choice;
use record::people::Role;
use std::sync::atomic::Ordering;
use stories::World;
use stories::world::{PIN, name_of};

#[tokio::test]
async fn a_wrong_pin_counts_down_and_the_tenth_destroys_the_key_and_nothing_else() {
    let world = World::new();
    world.person(1, "Okonjo", Choice::Y3);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    nurse.ask(SignOut {}).await.unwrap();
    let wrong = || SignIn { staff: nurse.staff.clone(), pin: "271828".to_owned().into() };
    let mut said = Vec::new();
    for _ in 0..10 {
        said.push(nurse.ask(wrong()).await.unwrap_err());
        world.pass(SignedDuration::from_hours(1));
    }
    assert_eq!(said[0], Trouble::WrongPin { left: 9 });
    assert_eq!(said[8], Trouble::WrongPin { left: 1 });
    assert_eq!(said[9], Trouble::KeyDestroyed);
    assert_eq!(nurse.sign_in().await.unwrap_err(), Trouble::KeyDestroyed, "even the right PIN");
    assert!(nurse.vault().join("vault.db").exists(), "the file is kept");
    // A new ticket makes a new vault; the old one is moved aside.
    let ticket = world.ticket(&nurse.staff);
    nurse.ask(Enrol { ticket: ticket.into(), pin: PIN.to_owned().into() }).await.unwrap();
    nurse.sync().await;
    assert_eq!(nurse.caseload().await.total, 1);
    assert!(nurse.vault().with_extension("aside-1").join("vault.db").exists());
}

#[tokio::test]
async fn many_wrong_pins_must_wait_and_the_right_one_afterwards_says_how_many_there_were() {
    let world = World::new();
    let nurse = world.nurse("N1").await;
    nurse.ask(SignOut {}).await.unwrap();
    for _ in 0..6 {
        let _ = nurse.ask(SignIn { staff: nurse.staff.clone(), pin: "271828".to_owned().into() }).await;
    }
    let Trouble::TryLater { at } = nurse.sign_in().await.unwrap_err() else { panic!() };
    assert!(at > world.now());
    // No clock shortens it, and switching the device off and on begins it again.
    world.set_clock(SignedDuration::from_hours(24));
    assert_eq!(name_of(&nurse.sign_in().await), "TryLater");
    world.set_clock(SignedDuration::from_hours(-24));
    world.pass(SignedDuration::from_secs(50));
    world.off_and_on(SignedDuration::from_hours(1));
    let Trouble::TryLater { at } = nurse.sign_in().await.unwrap_err() else { panic!() };
    assert_eq!(at, world.now().plus(SignedDuration::from_mins(1)));
    world.pass(SignedDuration::from_mins(5));
    nurse.sign_in().await.unwrap();
    nurse.sync().await;
}

#[tokio::test]
async fn a_ticket_is_for_one_device_once_and_says_so_without_saying_more() {
    let world = World::new();
    world.register("N1", Role::RegulatedClinician);
    let (first, second) = (world.unenrolled("N1"), world.unenrolled("N1-other"));
    let ticket = world.ticket(&first.staff);
    let enrol = |text: &str| Enrol { ticket: text.to_owned().into(), pin: PIN.to_owned().into() };
    first.ask(enrol(&ticket)).await.unwrap();
    assert_eq!(second.ask(enrol(&ticket)).await.unwrap_err(), Trouble::CodeNotAccepted);
    let late = world.ticket(&first.staff);
    world.pass(SignedDuration::from_hours(25));
    assert_eq!(second.ask(enrol(&late)).await.unwrap_err(), Trouble::CodeNotAccepted);
    let fresh = world.ticket(&first.staff);
    let flipped = fresh.replace(&fresh[fresh.len() - 64..], &"0".repeat(64));
    assert_eq!(second.ask(enrol(&flipped)).await.unwrap_err(), Trouble::NotOurHub);
    assert!(matches!(second.ask(enrol("hello")).await.unwrap_err(), Trouble::Input { field: Field::Ticket, .. }));
    let weak = Enrol { ticket: fresh.clone().into(), pin: "123456".to_owned().into() };
    assert!(matches!(second.ask(weak).await.unwrap_err(), Trouble::Input { field: Field::NewPin, .. }));
    // None of those cost the ticket.
    second.ask(enrol(&fresh)).await.unwrap();
}

#[tokio::test]
async fn the_pin_is_changed_only_by_who_knows_it() {
    let world = World::new();
    let nurse = world.nurse("N1").await;
    let change = |old: &str, new: &str| ChangePin { old: old.to_owned().into(), new: new.to_owned().into() };
    assert_eq!(name_of(&nurse.ask(change("000000", "271828")).await), "WrongPin");
    assert_eq!(name_of(&nurse.ask(change(PIN, "111111")).await), "Input");
    nurse.ask(change(PIN, "271828")).await.unwrap();
    nurse.ask(SignOut {}).await.unwrap();
    assert_eq!(name_of(&nurse.sign_in().await), "WrongPin");
    nurse.ask(SignIn { staff: nurse.staff.clone(), pin: "271828".to_owned().into() }).await.unwrap();
}

#[tokio::test]
async fn the_hub_is_down_and_the_app_goes_on() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    world.cut(true);
    assert_eq!(nurse.ask(SyncNow {}).await, Err(Trouble::HubUnreachable));
    nurse.opened(ada).await;
    let status = nurse.status().await;
    assert_eq!((status.link, status.trouble), (Link::Offline, None));
    assert_eq!(nurse.ask(SetAirplane { on: true }).await.unwrap().link, Link::Airplane);
    world.cut(false);
    assert_eq!(nurse.ask(SyncNow {}).await, Err(Trouble::HubUnreachable), "airplane mode means no network");
    nurse.ask(SetAirplane { on: false }).await.unwrap();
    nurse.sync().await;
    assert_eq!(nurse.status().await.link, Link::Online);
}

#[tokio::test]
async fn a_cut_at_any_byte_of_the_first_fetch_loses_at_most_one_person() {
    let world = World::new();
    for (n, stem) in [1, 2, 3, 4, 5, 6].into_iter().enumerate() {
        world.person(stem, &format!("Name{n}"), Choice::Y3);
    }
    let nurse = world.nurse("N1").await;
    let mut carried = 0;
    for cut_at in [0, 1, 500, 2_000, 3_500, 5_000] {
        world.weather.cut_answer_at.store(cut_at, Ordering::Relaxed);
        let _ = nurse.ask(SyncNow {}).await;
        let now = nurse.caseload().await.total;
        assert!(now >= carried, "nothing that arrived is lost");
        carried = now;
    }
    nurse.sync().await;
    assert_eq!(nurse.caseload().await.total, 6);
}

#[tokio::test]
async fn a_device_left_alone_locks_itself() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    world.pass(SignedDuration::from_mins(4));
    nurse.opened(ada).await;
    world.pass(SignedDuration::from_mins(6));
    assert_eq!(nurse.open(ada).await, Err(Trouble::Locked));
    assert_eq!(nurse.status().await.signed_in, None);
    nurse.sign_in().await.unwrap();
    nurse.opened(ada).await;
}

#[tokio::test]
async fn two_copies_of_the_app_cannot_share_a_vault() {
    let world = World::new();
    let nurse = world.nurse("N1").await;
    let second = device::Device::open(nurse.home.clone(), world.ports(&nurse.home)).unwrap();
    let second = stories::Worker { device: second, staff: nurse.staff.clone(), home: nurse.home.clone() };
    assert_eq!(second.sign_in().await.unwrap_err(), Trouble::InUse);
    nurse.ask(SignOut {}).await.unwrap();
    second.sign_in().await.unwrap();
}

#[tokio::test]
async fn a_vault_of_a_newer_version_says_so_and_is_left_as_it_is() {
    let world = World::new();
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    nurse.ask(SignOut {}).await.unwrap();
    let (key, file) = (nurse.vault().join("key"), nurse.vault().join("vault.db"));
    let (old, before) = (std::fs::read(&key).unwrap(), std::fs::read(&file).unwrap());
    let newer = [&[old[0] + 2], &old[1..]].concat();
    std::fs::write(&key, &newer).unwrap();
    let trouble = nurse.sign_in().await.unwrap_err();
    assert_eq!(trouble, Trouble::Version);
    assert!(trouble.to_string().contains("Update the app"), "{trouble}");
    assert_eq!((std::fs::read(&key).unwrap(), std::fs::read(&file).unwrap()), (newer, before), "not a try, not a byte");
    std::fs::write(&key, &old).unwrap();
    nurse.sign_in().await.unwrap();
}

#[tokio::test]
async fn a_damaged_vault_is_moved_aside_and_kept() {
    let world = World::new();
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    nurse.ask(SignOut {}).await.unwrap();
    let file = nurse.vault().join("vault.db");
    for name in ["vault.db-wal", "vault.db-shm"] {
        let _ = std::fs::remove_file(nurse.vault().join(name));
    }
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[100] ^= 1;
    std::fs::write(&file, &bytes).unwrap();
    let Trouble::Storage(StorageTrouble::Damaged { aside }) = nurse.sign_in().await.unwrap_err() else { panic!() };
    assert_eq!(std::fs::read(nurse.vault().join(&aside)).unwrap(), bytes);
    // And so it is said each time, until somebody enrols again.
    for _ in 0..2 {
        let again = nurse.sign_in().await.unwrap_err();
        assert_eq!(again, Trouble::Storage(StorageTrouble::Damaged { aside: aside.clone() }));
        assert!(again.to_string().contains("one-time code"), "{again}");
    }
}

#[tokio::test]
async fn a_plaintext_database_in_the_vaults_place_is_refused_and_left() {
    let world = World::new();
    let nurse = world.nurse("N1").await;
    nurse.ask(SignOut {}).await.unwrap();
    let file = nurse.vault().join("vault.db");
    for name in ["vault.db", "vault.db-wal", "vault.db-shm"] {
        let _ = std::fs::remove_file(nurse.vault().join(name));
    }
    rusqlite::Connection::open(&file).unwrap().execute_batch("create table t (x)").unwrap();
    assert_eq!(nurse.sign_in().await.unwrap_err(), Trouble::Storage(StorageTrouble::PlaintextTwin));
    assert!(file.exists());
}

#[tokio::test]
async fn what_is_missing_or_cut_is_named_and_put_back_it_opens_again() {
    let world = World::new();
    let nurse = world.nurse("N1").await;
    nurse.ask(SignOut {}).await.unwrap();
    let said = || async { nurse.sign_in().await.unwrap_err() };
    // A restored device: the folder is there, the keystore is not. Nobody typed a wrong PIN.
    let (keystore, elsewhere) = (nurse.home.join("keystore"), nurse.home.join("elsewhere"));
    std::fs::rename(&keystore, &elsewhere).unwrap();
    assert_eq!(said().await, Trouble::Storage(StorageTrouble::KeystoreEmpty));
    std::fs::rename(&elsewhere, &keystore).unwrap();
    // The key's file, cut anywhere.
    let key = nurse.vault().join("key");
    let whole = std::fs::read(&key).unwrap();
    for length in [0, 1, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&key, &whole[..length]).unwrap();
        assert_eq!(said().await, Trouble::Storage(StorageTrouble::KeyDamaged), "{length} bytes");
    }
    std::fs::remove_file(&key).unwrap();
    assert_eq!(nurse.status().await.users.len(), 1, "still somebody's");
    assert_eq!(said().await, Trouble::Storage(StorageTrouble::KeyDamaged));
    std::fs::write(&key, &whole).unwrap();
    // The database, missing or empty: none is made in its place, and no PIN is counted.
    let database = nurse.vault().join("vault.db");
    std::fs::rename(&database, &elsewhere).unwrap();
    for _ in 0..3 {
        assert_eq!(said().await, Trouble::Storage(StorageTrouble::VaultGone));
    }
    assert!(!database.exists());
    std::fs::write(&database, b"").unwrap();
    assert_eq!(said().await, Trouble::Storage(StorageTrouble::VaultGone));
    assert_eq!(std::fs::metadata(&database).unwrap().len(), 0);
    std::fs::rename(&elsewhere, &database).unwrap();
    nurse.sign_in().await.unwrap();
    assert_eq!(nurse.ask(desk::ask::VerifyAudit {}).await.unwrap().broken, None);
    for trouble in [StorageTrouble::KeystoreEmpty, StorageTrouble::KeyDamaged, StorageTrouble::VaultGone] {
        let text = Trouble::Storage(trouble).to_string();
        assert!(
            !text.contains("PINs") && text.contains("one-time code") && text.contains("can still be sent"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn dropped_between_two_questions_it_starts_again_where_it_was() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    nurse.opened(ada).await;
    let before = nurse.ask(desk::ask::VerifyAudit {}).await.unwrap().entries;
    // Nothing is closed: the process is gone between two questions.
    let nurse = nurse.restarted(&world);
    assert_eq!(nurse.open(ada).await, Err(Trouble::Locked));
    nurse.sign_in().await.unwrap();
    let check = nurse.ask(desk::ask::VerifyAudit {}).await.unwrap();
    assert_eq!((check.entries, check.broken), (before + 1, None));
    nurse.opened(ada).await;
}

#[tokio::test]
async fn no_patient_name_is_in_any_file_of_a_device() {
    let world = World::new();
    let ada = world.person(1, "Zyxwvutsrq", Choice::Y3);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    nurse.opened(ada).await;
    let mut files = vec![nurse.home.clone()];
    let mut read = 0;
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(std::fs::read_dir(path).unwrap().map(|e| e.unwrap().path()));
        } else {
            let bytes = std::fs::read(&path).unwrap();
            for marker in [&b"Zyxwvutsrq"[..], b"zyxwvutsrq", b"ZYXWVUTSRQ", b"Hypertension", PIN.as_bytes()] {
                assert!(!bytes.windows(marker.len()).any(|w| w == marker), "{}", path.display());
            }
            read += 1;
        }
    }
    assert!(read >= 4);
}
