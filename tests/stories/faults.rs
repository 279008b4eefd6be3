//! Each family of `tests/faults` in every run, in a process of its own, with the cases of an ordinary run: more than 50,000 in all. `cargo
//! xtask faults` prints one table of all that the design asks for, and with `--ordinary` of these.

use std::process::Command;

/// The family's program finds nothing that was missed, in at least so many cases.
#[track_caller]
fn none_missed(family: &str, least: u32) {
    let out = Command::new(env!("CARGO_BIN_EXE_faults"))
        .args(["--ordinary", "--seed", "2026", "--family", family])
        .output()
        .unwrap();
    let (said, why) = (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert!(out.status.success(), "{said}{why}");
    let all = said.lines().find_map(|line| line.strip_prefix("all ")).expect("a sum");
    let cases: u32 = all.split_ascii_whitespace().next().unwrap().parse().unwrap();
    assert!(cases >= least, "only {cases} cases\n{said}");
}

#[test]
fn faults_in_the_files_of_a_vault_are_noticed_or_refused() {
    none_missed("F2 F3 F11", 10_600);
}

#[test]
fn a_shift_killed_at_any_write_keeps_what_was_acknowledged() {
    none_missed("F1 F13", 1_300);
}

#[test]
fn a_full_or_failing_disk_costs_nothing_that_was_acknowledged() {
    none_missed("F4", 300);
}

#[test]
fn faults_in_the_clock_only_tighten() {
    none_missed("F5", 4_000);
}

#[test]
fn whatever_the_weather_every_edit_arrives_once_and_no_screen_says_more_than_is_so() {
    none_missed("F6 F7", 1_500);
}

#[test]
fn lies_and_nonsense_on_the_wire_are_not_believed() {
    none_missed("F8 F9 letters", 26_000);
}

#[test]
fn a_changed_audit_is_noticed_wherever_it_was_changed() {
    none_missed("F8 F9 audit", 8_000);
}

#[test]
fn stolen_files_say_nothing_and_open_to_nobody() {
    none_missed("F10", 6_100);
}

/// F12: consent withdrawn, staff removed, device revoked while offline, in every order.
#[test]
fn in_every_order_reading_ends_with_the_licence_at_the_latest_and_contact_wipes() {
    none_missed("F12", 30);
}

#[test]
#[cfg(target_os = "linux")]
fn a_lock_leaves_no_key_and_no_word_of_a_record_in_memory() {
    none_missed("F14", 200);
}
