//! The families of `tests/faults` in every run, with as many cases as a few minutes hold; `cargo xtask faults` runs thousands of each and
//! prints the table.

#[path = "../faults/clock.rs"]
mod clock;
#[path = "../faults/orders.rs"]
mod orders;
#[path = "../faults/shift.rs"]
mod shift;
#[path = "../faults/stolen.rs"]
mod stolen;
#[path = "../faults/vault_file.rs"]
mod vault_file;
#[path = "../faults/weather.rs"]
mod weather;
#[path = "../faults/wires.rs"]
mod wires;

use stories::faults::Report;

#[track_caller]
fn none_missed(reports: Vec<Report>, least: u32) {
    let mut cases = 0;
    for report in reports {
        assert!(report.missed.is_empty(), "{report}");
        cases += report.cases;
    }
    assert!(cases >= least, "only {cases} cases");
}

#[test]
fn faults_in_the_files_of_a_vault_are_noticed_or_refused() {
    none_missed(vault_file::run(2026, 600), 1_800);
}

#[test]
fn faults_in_the_clock_only_tighten() {
    none_missed(clock::run(2026, 1_000), 1_000);
}

#[test]
fn lies_and_nonsense_on_the_wire_are_not_believed() {
    none_missed(wires::run(2026, 10_000), 10_014);
}

/// F12: consent withdrawn, staff removed, device revoked while offline, in every order.
#[test]
fn in_every_order_reading_ends_with_the_licence_at_the_latest_and_contact_wipes() {
    none_missed(orders::run(2026, 0), 30);
}

#[test]
fn a_shift_killed_at_any_write_keeps_what_was_acknowledged() {
    none_missed(shift::run(2026, 150), 150);
}

#[test]
fn whatever_the_weather_every_edit_arrives_once_and_no_screen_says_more_than_is_so() {
    none_missed(weather::run(2026, 120), 200);
}

#[test]
fn stolen_files_say_nothing() {
    none_missed(stolen::run(2026, 100), 300);
}
