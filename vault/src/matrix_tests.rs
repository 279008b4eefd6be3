//! Every row of the decision table through the device's own door: 6,048 cases, both view modes, as rules, time and role would make them.
//! The hub's door has the same test (`hub/src/door_tests.rs`); both are compared with the one table, so they agree with each other.

use super::door_tests::{NOW, person, vault};
use crate::door::Deed;
use record::consent::table::cases;
use record::consent::{
    Case, Choice, Clock, Freshness, Mode, Outcome, Pack, Recorded, Request, Validity, Verdict, weigh,
};
use record::feed::{Rules, Seq};
use record::time::Doubt;
use record::{PersonId, Sections, Stamp};
use rusqlite::params;
use std::sync::Arc;

const HOUR: i64 = 3_600_000;

/// A choice that is in the state the row says, for N1 now.
fn recorded(case: &Case) -> Recorded {
    let mut recorded = Recorded { choice: case.choice, ..Recorded::nothing() };
    if case.choice == Choice::Y1 {
        recorded.only = "N1".parse().ok();
    }
    match case.validity {
        Validity::InPeriod => {}
        Validity::Expired => recorded.until = Some(NOW),
        Validity::NotYet => recorded.from = Some(Stamp::from_millis(NOW.millis() + 1)),
    }
    recorded
}

fn checked(freshness: Freshness) -> Option<Stamp> {
    let ago = |hours: i64| Some(Stamp::from_millis(NOW.millis() - hours * HOUR));
    match freshness {
        Freshness::Fresh => ago(1),
        Freshness::Stale => ago(48),
        Freshness::TooOld => ago(24 * 30),
    }
}

#[test]
fn every_row_of_the_table_comes_out_of_the_door() {
    let home = tempfile::tempdir().unwrap();
    let mut vault = vault(home.path());
    let door = &mut vault.door;
    // What is tested is the answer of each row, not that it survives a power cut.
    door.glance(|conn| Ok(conn.execute_batch("pragma synchronous = off")?)).unwrap();
    let trusted = door.guard().mark;
    let mut doubted = trusted;
    doubted.doubt(Doubt::Zone);
    let packs = [Mode::AskEachTime, Mode::DiscussionToView].map(|mode| (mode, Arc::new(Pack::bare(mode))));
    let (before, mut rows) = (door.head().seq, 0);
    for case in cases() {
        let mark = if case.clock == Clock::Suspect { doubted } else { trusted };
        let (relationship, recorded) = (case.relationship, recorded(&case));
        let rules = Rules { person: person(), version: Seq(1), relationship, recorded };
        let bytes = serde_json::to_vec(&rules).unwrap();
        for (mode, pack) in &packs {
            door.set_for_test(
                (case.role, mark),
                |told| {
                    told.policy = Some(pack.policy(&"ZZC1".parse().unwrap()));
                    told.pack = Some(pack.clone());
                    told.checked = checked(case.freshness);
                },
                |conn| Ok(conn.execute("update person set rules = ?1", params![bytes]).map(drop)?),
            )
            .unwrap();
            let answer = door.admit(&request(&case, person()), Deed::Chart, NOW, |_| Ok(())).unwrap();
            let outcome = match answer {
                Ok(_) => Outcome::Permit,
                Err(refused) => Verdict::Refused(refused.refusal).outcome(),
            };
            assert_eq!(outcome, weigh(case, *mode).outcome, "{case:?} {mode:?}");
            rows += 1;
        }
    }
    assert_eq!(rows, 2 * 6_048);
    assert_eq!(door.head().seq - before, 2 * 6_048, "one entry a row");
}

fn request(case: &Case, subject: PersonId) -> Request {
    Request {
        subject,
        staff: "N1".parse().unwrap(),
        role: case.role,
        organisation: "ZZC1".parse().unwrap(),
        purpose: case.purpose,
        wants: Sections::ALL,
        break_glass: None,
    }
}
