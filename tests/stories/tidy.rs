//! The shape of the house, held by a test: which room may name which, which foreign crate lives where, how files begin and how long they
//! are, and what may not be written at all.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// Room -> the rooms its manifest may name: the sixteen arrows of ARCHITECTURE.md.
const ARROWS: &[(&str, &[&str])] = &[
    ("record", &[]),
    ("sync", &["record"]),
    ("desk", &["record"]),
    ("paper", &["record"]),
    ("vault", &["record", "sync"]),
    ("hub", &["paper", "record", "sync"]),
    ("ui", &["desk", "record"]),
    ("device", &["desk", "paper", "record", "vault"]),
    (".", &["desk", "device"]),
];

/// Foreign crate -> the only rooms that may name it.
const EXCLUSIVE: &[(&str, &[&str])] = &[
    ("automerge", &["sync"]),
    ("krilla", &["paper"]),
    ("raptorq", &["sync"]),
    ("rusqlite", &["vault", "hub", "tests"]),
    ("reqwest", &["device"]),
    ("if-addrs", &["device"]),
    ("rxing", &["device"]),
    ("snow", &["sync"]),
    ("tauri", &["."]),
    ("webkit2gtk", &["."]),
    ("tauri-plugin-barcode-scanner", &["."]),
    ("android-native-keyring-store", &["."]),
    ("yew", &["ui"]),
    ("axum", &["hub", "tests"]),
    ("argon2", &["vault", "hub", "tests"]),
    ("maud", &["hub"]),
    ("tokio", &[".", "device", "hub", "tests"]),
    ("anyhow", &[".", "device", "hub", "tests", "xtask"]),
];

const ROOMS: &[&str] = &["record", "sync", "desk", "paper", "vault", "device", "hub", "ui", "tests", "xtask", "."];

/// The names in a manifest's `[dependencies]`.
fn dependencies(room: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(root().join(room).join("Cargo.toml")).unwrap();
    let mut inside = false;
    let mut names = BTreeSet::new();
    for line in text.lines() {
        if line.starts_with('[') {
            inside = line.starts_with("[dependencies]") || line.starts_with("[target.");
        } else if inside
            && let Some(name) = line.split(['=', '.', ' ']).next()
            && !name.is_empty()
            && !name.starts_with('#')
        {
            names.insert(name.to_owned());
        }
    }
    names
}

fn sources() -> Vec<(PathBuf, String)> {
    let mut folders: Vec<PathBuf> =
        ROOMS.iter().filter(|r| **r != ".").map(|r| root().join(r)).chain([root().join("src-tauri")]).collect();
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap().map(|e| e.unwrap().path()) {
            if entry.is_dir() {
                if !entry.ends_with("target") && !entry.ends_with("dist") && !entry.ends_with("gen") {
                    folders.push(entry);
                }
            } else if entry.extension().is_some_and(|e| e == "rs") {
                let text = fs::read_to_string(&entry).unwrap();
                files.push((entry.strip_prefix(root()).unwrap().to_path_buf(), text));
            }
        }
    }
    assert!(files.len() > 60, "the sources were not found");
    files.sort();
    files
}

#[test]
fn arrows_point_downward_and_there_are_no_others() {
    let rooms: BTreeSet<&str> = ARROWS.iter().map(|(room, _)| *room).filter(|r| *r != ".").collect();
    for (room, allowed) in ARROWS {
        let named: BTreeSet<String> = dependencies(room).into_iter().filter(|d| rooms.contains(d.as_str())).collect();
        let allowed: BTreeSet<String> = allowed.iter().map(|a| (*a).to_owned()).collect();
        assert_eq!(named, allowed, "the arrows of `{room}`");
    }
    assert!(!dependencies("device").contains("sync"), "carriers cannot open what they carry");
    assert!(dependencies("xtask").iter().all(|d| !rooms.contains(d.as_str())), "xtask names no room");
}

#[test]
fn foreign_crates_stay_in_their_rooms() {
    for (krate, rooms) in EXCLUSIVE {
        for room in ROOMS.iter().filter(|r| !rooms.contains(r)) {
            assert!(!dependencies(room).contains(*krate), "{krate} is named in {room}");
        }
    }
}

#[test]
fn every_file_says_what_it_is_and_keeps_its_length() {
    let mut long = BTreeMap::new();
    for (path, text) in sources() {
        assert!(text.starts_with("//!") || text.starts_with("#!["), "{} does not open with //!", path.display());
        let lines = text.lines().count();
        if lines > 500 {
            long.insert(path, lines);
        }
    }
    assert!(long.is_empty(), "files over 500 lines: {long:?}");
}

#[test]
fn only_the_doors_decide() {
    for (path, text) in sources() {
        let shown = path.display().to_string();
        let door = shown == "vault/src/door.rs" || shown == "hub/src/door.rs";
        let rules =
            shown.starts_with("record/src/consent") || shown.starts_with("tests/") || shown.ends_with("_tests.rs");
        assert!(door || rules || !text.contains("decide("), "{shown} decides");
    }
}

/// Whatever plugin is in the app, on a phone too: the screen may ask and hear, and nothing else.
#[test]
fn the_screen_has_one_command_and_one_nudge() {
    let text = fs::read_to_string(root().join("tauri.conf.json")).unwrap();
    let config: serde_json::Value = serde_json::from_str(&text).unwrap();
    let capabilities = config["app"]["security"]["capabilities"].as_array().unwrap();
    assert_eq!(capabilities.len(), 1, "one capability");
    let permissions = serde_json::json!(["allow-ask", "core:event:allow-listen", "core:event:allow-unlisten"]);
    assert_eq!(capabilities[0]["permissions"], permissions);
    assert!(!root().join("src-tauri/capabilities").exists(), "a capability beside the one");
    assert!(!root().join("tauri.android.conf.json").exists() && !root().join("tauri.ios.conf.json").exists());
}

/// "Held by the hub" is said where the hub's signature was verified: that is the vault, and what it keeps of it.
#[test]
fn the_hubs_word_is_made_only_in_the_vault() {
    for (path, text) in sources() {
        let shown = path.display().to_string().replace('\\', "/");
        let tests = text.find("#[cfg(test)]").unwrap_or(text.len());
        let may = shown.starts_with("vault/src/") || shown == "record/src/receipt.rs" || shown.starts_with("tests/");
        assert!(may || !text[..tests].contains(concat!("HubWord::veri", "fied")), "{shown} speaks for the hub");
    }
}

/// A plan is read against a permit. The machine's own reading, which asks for none, stays where views are stored and plans projected.
#[test]
fn plans_are_read_by_the_machine_only_where_they_are_kept() {
    for (path, text) in sources() {
        let shown = path.display().to_string().replace('\\', "/");
        let may = ["sync/src/replica/", "vault/src/plans/", "hub/src/plans/", "hub/src/cli/plans.rs", "tests/"];
        let reads = text.contains(concat!(".pro", "ject()")) || text.contains(concat!(".log", "_of("));
        assert!(!reads || may.iter().any(|room| shown.starts_with(room)), "{shown} reads a plan without a permit");
    }
}

#[test]
fn sql_and_the_clock_stay_where_they_belong() {
    for (path, text) in sources() {
        let shown = path.display().to_string().replace('\\', "/");
        let code = text.lines().filter(|l| !l.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
        let may_sql = ["vault/", "hub/", "tests/"].iter().any(|r| shown.starts_with(r));
        assert!(may_sql || !code.contains("rusqlite"), "{shown} names rusqlite");
        // At the hub every statement is in the store; elsewhere a transaction is only passed on.
        let may_ask =
            ["vault/", "hub/src/store/", "tests/"].iter().any(|r| shown.starts_with(r)) || shown.ends_with("tests.rs");
        let asks = [".prepare(", ".prepare_cached(", ".execute(", ".execute_batch(", ".query_row("];
        assert!(may_ask || !asks.iter().any(|verb| code.contains(verb)), "{shown} writes SQL");
        let may_time =
            ["device/src/native.rs", "hub/src/cli/", "tests/", "xtask/"].iter().any(|r| shown.starts_with(r));
        assert!(may_time || !code.contains("::now()"), "{shown} reads a clock");
        let pure = ["record/", "sync/", "desk/", "paper/"].iter().any(|r| shown.starts_with(r));
        assert!(!pure || !code.contains("async fn"), "{shown} is async");
        // Written in two parts, so that this file does not find itself.
        assert!(!code.contains(concat!("#[ign", "ore")), "{shown} ignores a test");
        // `xtask` waits for programs that are not ours (a window, a port) and may look again now and then.
        assert!(shown.starts_with("xtask/") || !code.contains(concat!("thread::", "sleep")), "{shown} sleeps");
    }
}
