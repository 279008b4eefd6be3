//! What a device's time is worth: each doubt by its cause, and that no sequence of readings turns time back.

use super::*;
use proptest::prelude::*;

const HOUR: i64 = 3_600_000;
const HUB: i64 = 1_790_000_000_000;

fn reading(wall: i64, boot: u64, ticks: i64) -> Reading {
    Reading { wall: Stamp::from_millis(HUB + wall), ticks: Some(Ticks { boot, millis: ticks }), zone: 7 }
}

/// A mark that heard the hub at [`HUB`], one hour after the device was switched on.
fn heard() -> TimeMark {
    let mut mark = TimeMark::default();
    mark.observe(&reading(0, 1, HOUR));
    mark.hub_said(Stamp::from_millis(HUB), &reading(0, 1, HOUR));
    mark
}

#[track_caller]
fn doubts_after(now: Reading, expected: &[Doubt]) -> TimeMark {
    let mut mark = heard();
    mark.observe(&now);
    assert_eq!(mark.doubts().iter().collect::<Vec<_>>(), expected);
    assert_eq!(mark.moment(&now).1, if expected.is_empty() { Clock::Trusted } else { Clock::Suspect });
    mark
}

#[test]
fn each_doubt_has_its_cause() {
    doubts_after(reading(HOUR, 1, 2 * HOUR), &[]);
    // Within five minutes of the hub's time, carried on: believed, whatever small steps the clock took.
    doubts_after(reading(HOUR - 4 * 60_000, 1, 2 * HOUR), &[]);
    doubts_after(reading(-HOUR, 1, 2 * HOUR), &[Doubt::Back]);
    doubts_after(reading(9 * HOUR, 1, 2 * HOUR), &[Doubt::Jump]);
    doubts_after(Reading { zone: 8, ..reading(HOUR, 1, 2 * HOUR) }, &[Doubt::Zone]);
    // A restart within a day of the hub's word is believed, a later one is not.
    doubts_after(reading(2 * HOUR, 2, 60_000), &[]);
    doubts_after(reading(25 * HOUR, 2, 60_000), &[Doubt::Restart]);
    doubts_after(reading(-HOUR, 2, 60_000), &[Doubt::Back]);
    let mut mark = heard();
    mark.hub_said(Stamp::from_millis(HUB + HOUR), &reading(HOUR + 6 * 60_000, 1, 2 * HOUR));
    assert_eq!(mark.doubts().iter().collect::<Vec<_>>(), [Doubt::Drift]);
}

#[test]
fn while_the_device_stays_on_the_wall_clock_moves_nothing() {
    for wall in [-9 * HOUR, 0, HOUR, 90_000 * HOUR] {
        let now = reading(wall, 1, 3 * HOUR);
        let mut mark = heard();
        mark.observe(&now);
        assert_eq!(mark.moment(&now).0, Stamp::from_millis(HUB + 2 * HOUR), "{wall}");
    }
}

#[test]
fn after_a_restart_the_time_the_device_was_on_counts_at_least() {
    // Set back to the very last moment that was known, and switched on for two hours.
    let mark = doubts_after(reading(0, 2, 2 * HOUR), &[Doubt::Back]);
    assert_eq!(mark.moment(&reading(0, 2, 3 * HOUR)).0, Stamp::from_millis(HUB + 3 * HOUR));
}

#[test]
fn a_doubt_stays_when_the_clock_is_put_right_and_goes_when_the_hub_speaks() {
    let mut mark = heard();
    mark.observe(&reading(-HOUR, 1, 2 * HOUR));
    mark.observe(&reading(HOUR, 1, 2 * HOUR));
    assert_eq!(mark.moment(&reading(HOUR, 1, 2 * HOUR)).1, Clock::Suspect);
    mark.hub_said(Stamp::from_millis(HUB + HOUR), &reading(HOUR, 1, 2 * HOUR));
    assert_eq!(mark.moment(&reading(HOUR, 1, 2 * HOUR)), (Stamp::from_millis(HUB + HOUR), Clock::Trusted));
}

#[test]
fn a_clock_ten_years_ahead_after_a_restart_is_mended_by_the_hub() {
    let mut mark = heard();
    mark.observe(&reading(87_600 * HOUR, 2, 1_000));
    assert_eq!(mark.highest(), Stamp::from_millis(HUB + 87_600 * HOUR));
    mark.hub_said(Stamp::from_millis(HUB + HOUR), &reading(HOUR, 2, 2_000));
    assert_eq!(mark.moment(&reading(HOUR, 2, 2_000)), (Stamp::from_millis(HUB + HOUR), Clock::Trusted));
}

#[test]
fn a_hub_whose_clock_was_put_right_is_believed_where_the_wall_bears_it_out_and_doubted_where_not() {
    // Ten minutes ahead for one round: the wall differs, and that is a doubt.
    let mut mark = heard();
    mark.hub_said(Stamp::from_millis(HUB + 10 * 60_000), &reading(0, 1, HOUR));
    assert!(mark.doubts().has(Doubt::Drift));
    mark.hub_said(Stamp::from_millis(HUB + 60_000), &reading(60_000, 1, HOUR + 60_000));
    assert_eq!(mark.moment(&reading(60_000, 1, HOUR + 60_000)), (Stamp::from_millis(HUB + 60_000), Clock::Trusted));
    assert_eq!(mark.trusted(), Some(Stamp::from_millis(HUB + 60_000)));
    // A hub that falls behind is not borne out: no consent for a time is in force under doubt, so none outlives its grant.
    mark.hub_said(Stamp::from_millis(HUB - 9 * HOUR), &reading(HOUR, 1, 2 * HOUR));
    assert_eq!(mark.moment(&reading(HOUR, 1, 2 * HOUR)).1, Clock::Suspect);
}

#[test]
fn without_a_counter_the_mark_is_the_highest_clock_and_a_day_unheard_is_doubt() {
    let bare = |wall: i64| Reading { ticks: None, ..reading(wall, 0, 0) };
    let mut mark = TimeMark::default();
    mark.hub_said(Stamp::from_millis(HUB), &bare(0));
    mark.observe(&bare(HOUR));
    assert_eq!(mark.moment(&bare(0)), (Stamp::from_millis(HUB + HOUR), Clock::Suspect));
    mark.observe(&bare(25 * HOUR));
    assert!(mark.doubts().has(Doubt::Restart));
}

proptest! {
    /// Readings of any kind, in any order, between two words of the hub: the reckoned time never runs back, doubts never go.
    #[test]
    fn time_never_runs_back(readings in prop::collection::vec((-90_000i64..90_000, 0u64..4, 0i64..400, 0u64..3), 1..30)) {
        let mut mark = heard();
        let mut last = Stamp::from_millis(HUB);
        for (wall, boot, ticks, zone) in readings {
            let now = Reading { zone, ticks: (boot > 0).then_some(Ticks { boot, millis: ticks * HOUR }), ..reading(wall * HOUR, 1, 0) };
            let doubts = mark.doubts();
            mark.observe(&now);
            let (at, clock) = mark.moment(&now);
            prop_assert!(at >= last && at >= mark.highest());
            prop_assert!(doubts.iter().all(|d| mark.doubts().has(d)));
            prop_assert_eq!(clock == Clock::Suspect, !mark.doubts().is_empty());
            prop_assert_eq!(TimeMark::from_bytes(&mark.to_bytes()), Ok(mark));
            last = at;
        }
    }
}
