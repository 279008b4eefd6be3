//! A disk with room for what somebody types and for no picture: a small one of its own (a tmpfs in a user namespace), filled up. Where there are no user
//! namespaces this is not run, and says so; what it shows of the outbox alone is shown by `vault/src/outbox_tests.rs` everywhere.

use crate::drafts::begun;
use crate::outbox::segments;
use desk::Trouble;
use desk::trouble::StorageTrouble;
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::process::Command;
use stories::photos::jpeg;
use stories::{Worker, World};
use sync::outbox::Work;

const DISK: &str = "SATCHEL_SMALL_DISK";
const NAME: &str = "small_disk::what_is_typed_is_sealed_where_a_picture_finds_no_room";
/// A piece of a picture with its seal does not fit in so much (bytes); words and their row do.
const ROOM: u64 = 32 << 10;

#[tokio::test]
async fn what_is_typed_is_sealed_where_a_picture_finds_no_room() {
    if let Some(disk) = std::env::var_os(DISK) {
        return on(Path::new(&disk)).await;
    }
    let unshare = |args: &[&str]| {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--mount"]).args(args);
        command
    };
    if !unshare(&["true"]).status().is_ok_and(|status| status.success()) {
        eprintln!("NOT RUN: no user namespaces here, so no small disk");
        return;
    }
    let disk = tempfile::tempdir().unwrap();
    let script = "mount -t tmpfs -o size=64m,mode=700 satchel \"$1\" && shift && exec \"$@\"";
    let mut command = unshare(&["sh", "-c", script, "sh"]);
    command.arg(disk.path()).arg(std::env::current_exe().unwrap()).args(["--exact", NAME, "--nocapture"]);
    let ran = command.env(DISK, disk.path()).env("TMPDIR", disk.path()).output().unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success() && said.contains("1 passed"), "{said}{}", String::from_utf8_lossy(&ran.stderr));
}

async fn on(disk: &Path) {
    let (world, nurse, ada) = begun().await;
    world.cut(true);
    nurse.draft(ada, "wound", &[("site", "Left")]).await.unwrap();
    let filler = disk.join("filler");
    // Room for the picture in the vault, and not for all of it beside the vault.
    leave(&filler, 420 << 10);
    let full = nurse.keep_photo(ada, "wound", &jpeg(1, 200_000)).await;
    assert_eq!(full.unwrap_err(), Trouble::Storage(StorageTrouble::Full), "whoever took it hears so");
    leave(&filler, ROOM);
    nurse.draft(ada, "wound", &[("site", "Left shin, foam")]).await.unwrap();
    nurse.draft(ada, "note", &[("text", "Skin sound, heels re")]).await.unwrap();
    let (words, pieces) = sealed(&world, &nurse);
    assert!(words.iter().any(|fields| fields.contains("Left shin, foam")), "{words:?}");
    assert!(words.iter().any(|fields| fields.contains("heels re")), "{words:?}");
    assert!(pieces < 7, "{pieces}");
    std::fs::remove_file(&filler).unwrap();
    nurse.opened(ada).await;
    assert_eq!(sealed(&world, &nurse).1, 7, "with what came next");
    // Without any room at the next sign-in it is said to be full, not to be failing; and no try of the PIN is lost by it.
    nurse.ask(desk::ask::SignOut {}).await.unwrap();
    leave(&filler, 0);
    for _ in 0..2 {
        assert_eq!(nurse.sign_in().await.unwrap_err(), Trouble::Storage(StorageTrouble::Full));
    }
    std::fs::remove_file(&filler).unwrap();
    nurse.sign_in().await.unwrap();
    nurse.opened(ada).await;
}

/// What is sealed beside the vault, as the hub will open it: what stands in forms, and how many pieces of pictures.
fn sealed(world: &World, nurse: &Worker) -> (Vec<String>, usize) {
    let (mut words, mut pieces) = (Vec::new(), 0);
    for path in segments(&nurse.home) {
        let opened = sync::outbox::open(&std::fs::read(path).unwrap(), &world.hub.authority.signing).unwrap();
        for work in opened.frames.into_iter().flat_map(|frame| frame.work) {
            match work {
                Work::Draft(said) => words.push(said.fields),
                Work::Picture(_) => pieces += 1,
                _ => {}
            }
        }
    }
    (words, pieces)
}

/// Fills the disk, and leaves so much of it (bytes).
fn leave(filler: &Path, room: u64) {
    let mut file = File::options().create(true).append(true).open(filler).unwrap();
    for size in [1 << 16, 1 << 12] {
        let block = vec![0; size];
        loop {
            match file.write_all(&block) {
                Ok(()) => {}
                Err(fault) if fault.kind() == ErrorKind::StorageFull => break,
                Err(fault) => panic!("{fault}"),
            }
        }
    }
    let length = file.metadata().unwrap().len();
    file.set_len(length - room).unwrap();
}
