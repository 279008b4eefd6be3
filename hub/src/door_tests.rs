//! The hub's door: every row of the decision table, as the device's door has it (`vault/src/matrix_tests.rs`); entries before content; an
//! alert for an override.

use super::*;
use crate::store::alerts::{self, Kind};
use crate::store::{audit, caseload, people};
use record::audit::Entry;
use record::consent::table::cases;
use record::consent::{Case, Choice, Condition, Freshness, Mode, Outcome, OverrideReason, Recorded, Validity, weigh};
use record::people::{Organisation, Role};

const NOW: Stamp = Stamp::from_millis(1_790_000_000_000);
const HOUR: i64 = 3_600_000;

fn person() -> PersonId {
    PersonId::from_bytes([5; 16])
}

fn actor(role: Role) -> Actor {
    Actor {
        staff: format!("S-{}", role.code()).parse().unwrap(),
        name: "Jo".into(),
        role,
        title: "Nurse".into(),
        organisation: Organisation { ods: "ZZC1".parse().unwrap(), name: "Testshire".into() },
    }
}

fn asking(role: Role, purpose: Purpose) -> Asking {
    Asking { by: actor(role), person: person(), purpose, wants: Sections::ALL, break_glass: None, deed: Deed::Record }
}

/// A hub with one person; every role's member of staff is on one caseload, the person on it as the relationship says.
fn hub(folder: &std::path::Path) -> Store {
    let mut store = Store::open(&folder.join("hub.db"), &[7; 32]).unwrap();
    store
        .write(|tx| {
            people::new_person(tx, person())?;
            for role in Role::ALL {
                let actor = actor(role);
                caseload::put_staff(tx, &actor, true)?;
                let row = caseload::put_caseload(tx, "TEAM", "Team", &actor.organisation)?;
                caseload::assign(tx, row, &actor.staff)?;
            }
            Ok(())
        })
        .unwrap();
    store
}

fn put(store: &mut Store, relationship: Relationship, recorded: &Recorded) {
    store
        .write(|tx| {
            let row = people::person_row(tx, person())?.unwrap();
            let team = caseload::caseload_row(tx, "TEAM")?.unwrap();
            match relationship {
                Relationship::None => drop(caseload::leave(tx, team, row)?),
                tie => drop(caseload::join(tx, team, row, tie)?),
            }
            tx.execute("delete from alert where person = ?1", [row])?;
            tx.execute("delete from consent where person = ?1", [row])?;
            if recorded.choice != Choice::None {
                let key = format!("{:?}", recorded);
                trust::record_choice(tx, row, recorded, &key, u64::MAX, NOW)?;
            }
            Ok(())
        })
        .unwrap();
}

fn recorded(case: &Case) -> Recorded {
    let mut recorded = Recorded { choice: case.choice, ..Recorded::nothing() };
    if case.choice == Choice::Y1 {
        recorded.only = Some(actor(case.role).staff);
    }
    match case.validity {
        Validity::InPeriod => {}
        Validity::Expired => recorded.until = Some(NOW),
        Validity::NotYet => recorded.from = Some(Stamp::from_millis(NOW.millis() + 1)),
    }
    recorded
}

fn standing(case: &Case) -> Standing {
    let ago = |hours: i64| Some(Stamp::from_millis(NOW.millis() - hours * HOUR));
    let checked = match case.freshness {
        Freshness::Fresh => ago(1),
        Freshness::Stale => ago(48),
        Freshness::TooOld => ago(24 * 30),
    };
    Standing { checked, clock: case.clock }
}

#[test]
fn every_row_of_the_table_comes_out_of_the_door() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = hub(folder.path());
    store.write(|tx| tx.execute_batch("delete from alert")).unwrap();
    let mut rows = 0;
    let mut before = None;
    let packs = [Mode::AskEachTime, Mode::DiscussionToView].map(|mode| (mode, Pack::bare(mode)));
    for case in cases() {
        let wanted = (case.relationship, recorded(&case));
        if before.as_ref() != Some(&wanted) {
            put(&mut store, wanted.0, &wanted.1);
            before = Some(wanted);
        }
        for (mode, pack) in &packs {
            let asking = asking(case.role, case.purpose);
            let answer = admit(&mut store, pack, &asking, (standing(&case), NOW), |_| Ok(())).unwrap();
            let outcome = match answer {
                Ok(_) => Outcome::Permit,
                Err(refusal) => Verdict::Refused(*refusal).outcome(),
            };
            assert_eq!(outcome, weigh(case, *mode).outcome, "{case:?} {mode:?}");
            rows += 1;
        }
    }
    assert_eq!(rows, 2 * 6_048);
    let held = store.read(audit::counts).unwrap().1;
    assert_eq!(held, 2 * 6_048, "one entry a row");
}

#[test]
fn an_override_at_the_hub_is_declared_before_content_and_opens_an_alert() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = hub(folder.path());
    let pack = Pack::bare(Mode::AskEachTime);
    put(&mut store, Relationship::Established, &Recorded { choice: Choice::N1, ..Recorded::nothing() });
    let mut asked = asking(Role::RegulatedClinician, Purpose::EmergencyTreat);
    let here = (Standing::here(NOW), NOW);
    let refused = admit(&mut store, &pack, &asked, here, |within| within.chart()).unwrap().unwrap_err();
    assert_eq!(refused.next, record::consent::NextStep::BreakGlass);
    let why = (OverrideReason::EmergencyAccess, Condition::Unconscious);
    asked.break_glass = BreakGlass::declare(why, "found collapsed", 10, NOW, false);
    let (chart, entry) = admit(&mut store, &pack, &asked, here, |within| within.chart()).unwrap().unwrap().into_parts();
    assert!(chart.section(record::Section::Allergies).is_some() && chart.section(record::Section::Results).is_none());
    let entries = store.read(|tx| audit::from_leaf(tx, 0, 100)).unwrap();
    let events: Vec<Event> = entries.iter().map(|held| Entry::from_bytes(&held.bytes).unwrap().event).collect();
    let place = events.iter().position(|e| matches!(e, Event::BreakGlass { .. })).unwrap();
    assert_eq!(place as u64 + 1, entry, "the declaration stands right before the look");
    let open = store.read(|tx| alerts::open(tx, 0, 100)).unwrap();
    assert_eq!(open.iter().map(|a| a.kind).collect::<Vec<_>>(), [Kind::BreakGlass]);
}

#[test]
fn nobody_known_is_said_and_a_reading_that_fails_shows_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = hub(folder.path());
    let pack = Pack::bare(Mode::AskEachTime);
    put(&mut store, Relationship::Established, &Recorded { choice: Choice::Y3, ..Recorded::nothing() });
    let stranger = Asking { person: PersonId::from_bytes([6; 16]), ..asking(Role::RegulatedClinician, Purpose::Treat) };
    let here = (Standing::here(NOW), NOW);
    assert!(matches!(admit(&mut store, &pack, &stranger, here, |_| Ok(())), Err(DoorFault::Unknown)));
    let asked = asking(Role::RegulatedClinician, Purpose::Treat);
    let failed = admit(&mut store, &pack, &asked, here, |_| Err::<(), _>(rusqlite::Error::InvalidQuery));
    assert!(matches!(failed, Err(DoorFault::Store(_))));
}
