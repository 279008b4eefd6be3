//! What is left in memory after a lock (F14): a process of the device's own libraries opens everything of everybody and locks; then its
//! memory is searched from outside for the PIN, for every key it drew or was given, and for words of every record, plan and note it
//! showed. While it is open they must be found, or the search proves nothing.
//!
//! Linux only, because it reads `/proc`. Not searched: the webview's process, swap and core files.

use desk::ask::Enrol;
use device::ports::Ports;
use device::{Device, native};
use record::consent::Choice;
use record::people::Role;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use stories::faults::Report;
use stories::plans::about;
use stories::visits;
use stories::world::{PIN, Remembering};
use stories::{Worker, World};

/// People whose records are opened, each with a letter that says [`WORDS`] things nobody else says.
const PEOPLE: u32 = 22;
const WORDS: u32 = 9;

pub fn run(victim: &Path) -> Vec<Report> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    vec![runtime.block_on(after_a_lock(victim))]
}

/// How each of those begins.
const WORD: &str = "Quoll";

/// A word of a record: nothing else in the program reads like it.
fn word(person: u32, n: u32) -> String {
    let digest = (u64::from(person) << 32 | u64::from(n)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    format!("{WORD}{digest:016x}")
}

async fn after_a_lock(victim: &Path) -> Report {
    let mut report = Report::of("F14 keys and records in memory after a lock");
    let world = World::new();
    // The victim reads the real clock; the hub's stands where that was at the start.
    world.pass(native::now().since(world.now()));
    let stems = (1..).filter(|n| record::NhsNumber::from_stem(999_000_000 + n).is_some()).take(PEOPLE as usize);
    let mut needles: Vec<(String, Vec<u8>)> = vec![("the PIN".into(), PIN.as_bytes().to_vec())];
    let mut people = Vec::new();
    for stem in stems {
        let name = word(stem, 0);
        people.push((stem, world.person(stem, &name, Choice::Y3)));
        for n in 3..WORDS {
            let said = serde_json::json!({ "resourceType": "Condition", "id": format!("q{stem}-{n}"),
                "subject": { "reference": format!("Patient/p{stem}") }, "code": { "text": word(stem, n) },
                "note": [{ "text": word(stem, n + 100) }] });
            world.feed(&visits::about((stem, &name), said));
        }
        needles.extend((0..WORDS).map(|n| (format!("word {n} of person {stem}"), word(stem, n).into_bytes())));
    }
    world.register("N1", Role::RegulatedClinician);
    let home = world.folder.path().join("locked");
    let drawn = Arc::new(Remembering::of(Arc::new(native::SystemEntropy)));
    {
        let ports = Ports { entropy: drawn.clone(), carrier: world.ports(&home).carrier, ..native::ports(&home) };
        let device = Device::open(home.clone(), ports).expect("a device");
        let nurse = Worker { device, staff: "N1".parse().expect("a staff id"), home: home.clone() };
        let ticket = world.ticket(&nurse.staff);
        nurse.ask(Enrol { ticket: ticket.into(), pin: PIN.to_owned().into() }).await.expect("enrolled");
        nurse.sync().await;
        for (stem, person) in &people {
            nurse.write(*person, about("people"), &word(*stem, 1)).await;
            nurse.note(*person, &word(*stem, 2)).await;
        }
        nurse.sync().await;
    }
    needles.extend(drawn.drawn().iter().enumerate().map(|(n, key)| (format!("key {n}"), key.to_vec())));

    let pin = world.folder.path().join("pin");
    std::fs::write(&pin, PIN).expect("a file");
    let path = |path: &Path| path.to_str().expect("a path").to_owned();
    let mut child = Command::new(victim)
        .args(["lock", &path(&home), "N1", &path(&pin)])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the victim");
    let mut said = BufReader::new(child.stdout.take().expect("its words"));
    said_is(&mut said, "open");
    let open = found(&child, &needles);
    report.case(open.len() * 2 > needles.len(), || format!("open, {} of {} were found", open.len(), needles.len()));
    child.stdin.as_mut().expect("its ear").write_all(b"lock\n").expect("told");
    said_is(&mut said, "locked");
    let left = found(&child, &needles);
    for (what, _) in &needles {
        report.case(!left.contains(what), || format!("{what} is in memory after the lock"));
    }
    drop(child.stdin.take());
    child.wait().expect("ended");
    report
}

fn said_is(said: &mut impl BufRead, word: &str) {
    let mut line = String::new();
    while line.trim_end() != word {
        line.clear();
        assert!(said.read_line(&mut line).expect("a line") > 0, "it ended before it was {word}");
    }
}

/// The names of those that are somewhere in what the process can write.
fn found(child: &Child, needles: &[(String, Vec<u8>)]) -> BTreeSet<String> {
    let maps = std::fs::read_to_string(format!("/proc/{}/maps", child.id())).expect("its map");
    let mut memory = File::open(format!("/proc/{}/mem", child.id())).expect("its memory");
    // Most begin alike: one search finds them all.
    let mut by_beginning: BTreeMap<&[u8], Vec<&(String, Vec<u8>)>> = BTreeMap::new();
    for needle in needles {
        by_beginning.entry(&needle.1[..needle.1.len().min(WORD.len())]).or_default().push(needle);
    }
    let mut found = BTreeSet::new();
    for line in maps.lines() {
        let mut fields = line.split_ascii_whitespace();
        let (Some(range), Some(flags)) = (fields.next(), fields.next()) else { continue };
        let edges = range.split_once('-').map(|(a, b)| (u64::from_str_radix(a, 16), u64::from_str_radix(b, 16)));
        let (true, Some((Ok(from), Ok(to)))) = (flags.starts_with("rw"), edges) else { continue };
        let mut bytes = vec![0; (to - from) as usize];
        // What cannot be read is not there: a guard, or a page of the kernel's.
        if memory.seek(SeekFrom::Start(from)).is_err() || memory.read_exact(&mut bytes).is_err() {
            continue;
        }
        for (begin, rest) in &by_beginning {
            for at in memchr::memmem::find_iter(&bytes, begin) {
                found.extend(
                    rest.iter().filter(|(_, needle)| bytes[at..].starts_with(needle)).map(|(what, _)| what.clone()),
                );
            }
        }
    }
    found
}
