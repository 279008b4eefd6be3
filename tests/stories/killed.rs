//! `kill -9` of real processes at moments drawn by chance: during an import, during reads, during posts over real TLS. What was
//! answered before the kill is there afterwards, nothing half there, and the next start goes on. The moments come from a seed; a
//! failing one is named.

use desk::ask::{Enrol, VerifyAudit};
use device::{Device, native};
use hub::store::{Store, people, resources};
use record::consent::Choice;
use record::people::Role;
use serde_json::json;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use stories::world::PIN;
use stories::{Worker, World};

const SEEDS: std::ops::Range<u64> = 0..8;

/// Numbers that look like chance and are the same in every run.
fn draw(seed: &mut u64, below: u64) -> u64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*seed >> 33) % below
}

fn victim(args: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_victim")).args(args).stdout(Stdio::piped()).spawn().unwrap()
}

/// Reads `lines` lines and a few bytes of work more, then kills; gives everything that was said before the end.
fn kill_after(mut child: Child, lines: u64, spin: u64) -> Vec<String> {
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut said = Vec::new();
    for _ in 0..lines {
        let mut line = String::new();
        if out.read_line(&mut line).unwrap() == 0 {
            break;
        }
        said.push(line.trim_end().to_owned());
    }
    // Not a clock: work of a length drawn by chance, so that the kill falls anywhere between two lines.
    (0..spin * 4_000).fold(0u64, |a, b| std::hint::black_box(a ^ b));
    child.kill().unwrap();
    child.wait().unwrap();
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    // A last line cut in the middle was not said.
    said.extend(rest.split_inclusive('\n').filter(|l| l.ends_with('\n')).map(|l| l.trim_end().to_owned()));
    said
}

/// `count` people with two resources each, one document a line.
fn region(count: u32) -> String {
    let mut text = String::new();
    for n in 0..count {
        // About one stem in eleven has no valid number.
        let Some(nhs) = record::NhsNumber::from_stem(999_200_000 + n) else { continue };
        let patient = json!({ "resourceType": "Patient", "id": format!("p{n}"), "birthDate": "1941-05-06", "gender": "female",
            "name": [{ "family": format!("Quill{n}"), "given": ["Ada"] }],
            "identifier": [{ "system": "https://fhir.nhs.uk/Id/nhs-number", "value": nhs.digits() }] });
        let problem = json!({ "resourceType": "Condition", "id": format!("c{n}"), "subject": { "reference": format!("Patient/p{n}") },
            "code": { "text": "Hypertension" }, "note": [{ "text": "as before ".repeat(6_500) }] });
        text.push_str(&format!("{patient}\n{problem}\n"));
    }
    text
}

/// What a hub holds, whatever rows and ids it holds it under.
fn held(home: &Path) -> (u64, Vec<(String, u64)>) {
    let authority = hub::authority::Authority::load(home).unwrap();
    let mut store = Store::open(&home.join("hub.db"), &authority.database).unwrap();
    store.read(|tx| Ok((people::count_people(tx)?, resources::count_kinds(tx)?))).unwrap()
}

#[test]
fn an_import_killed_anywhere_goes_on_to_the_same_end() {
    let file = tempfile::NamedTempFile::with_suffix(".ndjson").unwrap();
    std::fs::write(file.path(), region(1_500)).unwrap();
    let path = file.path().to_str().unwrap();
    let whole = World::new();
    let home = whole.folder.path().join("hub");
    drop(whole.hub);
    let mut all = victim(&["import", home.to_str().unwrap(), path]);
    std::io::copy(&mut all.stdout.take().unwrap(), &mut std::io::sink()).unwrap();
    assert!(all.wait().unwrap().success());
    let wanted = held(&home);
    assert!(wanted.0 > 1_200, "{wanted:?}");

    let world = World::new();
    let home = world.folder.path().join("hub");
    drop(world.hub);
    let mut seed = 20_261_121;
    let mut killed = 0;
    for _ in 0..6 {
        let child = victim(&["import", home.to_str().unwrap(), path]);
        let (lines, spin) = (1 + draw(&mut seed, 2), draw(&mut seed, 3_000));
        let said = kill_after(child, lines, spin);
        killed += u32::from(!said.iter().any(|line| line.starts_with("done")));
        // It opens, and holds whole people only.
        let (people, _) = held(&home);
        assert!(people <= wanted.0);
    }
    assert!(killed >= 3, "the import ended before most kills: make it longer");
    let mut last = victim(&["import", home.to_str().unwrap(), path]);
    std::io::copy(&mut last.stdout.take().unwrap(), &mut std::io::sink()).unwrap();
    assert!(last.wait().unwrap().success());
    assert_eq!(held(&home), wanted);
}

/// A device on real TLS with its files in a folder of its own, signed out.
async fn enrolled(world: &World, port: u16) -> std::path::PathBuf {
    world.register("N1", Role::RegulatedClinician);
    let home = world.folder.path().join("killed");
    let ticket = world.ticket(&"N1".parse().unwrap()).replace("hub.test:8443", &format!("127.0.0.1:{port}"));
    let nurse = opened(&home);
    nurse.ask(Enrol { ticket: ticket.into(), pin: PIN.to_owned().into() }).await.unwrap();
    nurse.sync().await;
    home
}

fn opened(home: &Path) -> Worker {
    let device = Device::open(home.to_owned(), native::ports(home)).unwrap();
    Worker { device, staff: "N1".parse().unwrap(), home: home.to_owned() }
}

async fn kill_and_look(verb: &'static str) {
    let world = World::new();
    for n in 1..6 {
        world.person(n, "Okonjo", Choice::Y3);
    }
    // The victim reads the real clock; the hub's stands where that was at the start.
    world.pass(native::now().since(world.now()));
    let port = crate::tls::listening(&world).await;
    let home = enrolled(&world, port).await;
    for seed in SEEDS {
        let mut chance = seed;
        let (lines, spin) = (1 + draw(&mut chance, 20), draw(&mut chance, 4_000));
        let folder = home.clone();
        let said = tokio::task::spawn_blocking(move || {
            kill_after(victim(&[verb, folder.to_str().unwrap(), "N1", PIN]), lines, spin)
        })
        .await
        .unwrap();
        let shown: Vec<u64> = said.iter().filter_map(|l| l.strip_prefix("read ")?.parse().ok()).collect();
        let nurse = opened(&home);
        nurse.sign_in().await.unwrap();
        let check = nurse.ask(VerifyAudit {}).await.unwrap();
        assert_eq!(check.broken, None, "seed {seed}");
        // Every record that was shown has its entry; the sign-in just now is one more.
        assert!(
            shown.iter().all(|seq| *seq < check.entries),
            "seed {seed}: shown {shown:?}, entries {}",
            check.entries
        );
        nurse.sync().await;
        let after = nurse.ask(VerifyAudit {}).await.unwrap();
        assert_eq!(after.receipted, after.entries, "seed {seed}: the hub holds everything");
        let status = nurse.status().await;
        assert_eq!((status.trouble, status.unsent), (None, 0), "seed {seed}");
        drop(nurse);
    }
    assert_eq!(opened(&home).status().await.users.len(), 1);
}

/// A process that dies of a fault leaves no file with its keys, even where the system would write one and every limit is lifted.
#[cfg(target_os = "linux")]
#[test]
fn a_process_that_dies_leaves_no_core_file() {
    use std::os::unix::process::ExitStatusExt;
    let dies = |guard: &str| {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("sh");
        command.args([
            "-c",
            "ulimit -c \"$(ulimit -Hc)\"; exec \"$0\" die \"$1\"",
            env!("CARGO_BIN_EXE_victim"),
            guard,
        ]);
        let out = command.current_dir(folder.path()).output().unwrap();
        assert_eq!(out.status.signal(), Some(6), "{out:?}");
        let files = std::fs::read_dir(folder.path()).unwrap().count();
        (String::from_utf8(out.stdout).unwrap(), out.status.core_dumped(), files)
    };
    let (bare, ..) = dies("bare");
    for (guard, dumpable) in [("app", "Dumpable"), ("device", "NotDumpable")] {
        let (said, dumped, files) = dies(guard);
        let mut lines = said.lines();
        let limits: Vec<&str> = lines.next().unwrap().split_ascii_whitespace().skip(4).collect();
        // One that began with none may not raise it to one.
        let none = bare.contains(" 0 ");
        assert!(limits[..2] == ["1", "1"] || none, "{guard}: {said}; without: {bare}");
        assert_eq!(lines.next(), Some(dumpable), "{guard}");
        assert_eq!((dumped, files), (false, 0), "{guard}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_killed_while_reading_has_an_entry_for_everything_it_showed() {
    kill_and_look("read").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_killed_while_posting_goes_on_and_the_hub_takes_nothing_twice() {
    kill_and_look("post").await;
}
