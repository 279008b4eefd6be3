//! The table against the reference, the invariants over every row, and the edges of `decide`.

use super::*;
use crate::section::Section;
use table::cases;

type Line = (&'static str, &'static str, &'static str, &'static str, &'static str, [&'static str; 4]);

/// The summary table of `reference/consent.md` section 6, written out by hand from the page: choice, clock, in period, then for
/// ESTABLISHED TREAT and ESTABLISHED ETREAT/SAFEGUARD the outcomes FRESH/STALE/TOO_OLD, then self-claimed TREAT, self-claimed
/// ETREAT, none TREAT, none ETREAT. `A*` is the dagger.
const SUMMARY: &[Line] = &[
    ("NONE", "any", "any", "A*/A*/A", "B/B/B", ["A", "B", "-", "B"]),
    ("Y1", "trusted", "in", "P/A/A", "P/P/B", ["A", "B", "-", "B"]),
    ("Y2", "trusted", "in", "P/A/A", "P/P/B", ["A", "B", "-", "B"]),
    ("Y1", "suspect", "in", "A*/A/A", "B/B/B", ["A", "B", "-", "B"]),
    ("Y2", "suspect", "in", "A*/A/A", "B/B/B", ["A", "B", "-", "B"]),
    ("Y1", "trusted", "out", "A*/A*/A", "B/B/B", ["A", "B", "-", "B"]),
    ("Y2", "suspect", "out", "A*/A/A", "B/B/B", ["A", "B", "-", "B"]),
    ("Y3", "trusted", "in", "P/A/A", "P/P/B", ["A", "B", "-", "B"]),
    ("Y3", "suspect", "in", "A/A/A", "P/B/B", ["A", "B", "-", "B"]),
    ("N1", "any", "any", "-/-/-", "B/B/B", ["-", "B", "-", "B"]),
    ("N2", "any", "any", "-/-/-", "-/-/-", ["-", "-", "-", "-"]),
    ("CONFLICT", "any", "any", "-/-/-", "B/B/B", ["-", "B", "-", "B"]),
];

fn mark(case: Case) -> &'static str {
    match (weigh(case, Mode::AskEachTime).outcome, weigh(case, Mode::DiscussionToView).outcome) {
        (Outcome::Permit, Outcome::Permit) => "P",
        (Outcome::Ask, Outcome::Permit) => "A*",
        (Outcome::Ask, Outcome::Ask) => "A",
        (Outcome::BreakGlass, Outcome::BreakGlass) => "B",
        (Outcome::Deny, Outcome::Deny) => "-",
        other => panic!("{case:?} gives {other:?}"),
    }
}

#[test]
fn the_summary_table_of_the_reference() {
    for (choice, clock, period, treat, emergency, other) in SUMMARY {
        let choice = Choice::ALL.into_iter().find(|c| c.code().split('_').next() == Some(choice)).unwrap();
        let clocks = Clock::ALL.iter().filter(|c| *clock == "any" || c.code().to_lowercase() == *clock);
        for &clock in clocks {
            for &validity in Validity::ALL {
                if (*period == "in") != (validity == Validity::InPeriod) && *period != "any" {
                    continue;
                }
                let case = |relationship, purpose, freshness| Case {
                    choice,
                    relationship,
                    role: Role::RegulatedClinician,
                    purpose,
                    validity,
                    freshness,
                    clock,
                };
                let row = |relationship, purpose| {
                    Freshness::ALL.iter().map(|&f| mark(case(relationship, purpose, f))).collect::<Vec<_>>().join("/")
                };
                // The dagger: permitted when FRESH or STALE *after the clock step*.
                let treat = if *period == "any" && clock == Clock::Suspect {
                    treat.replace("A*/A*/A", "A*/A/A")
                } else {
                    treat.to_string()
                };
                assert_eq!(row(Relationship::Established, Purpose::Treat), treat, "{choice:?} {clock:?} {validity:?}");
                for purpose in [Purpose::EmergencyTreat, Purpose::Safeguard] {
                    assert_eq!(row(Relationship::Established, purpose), *emergency, "{choice:?} {clock:?} {purpose:?}");
                }
                for &freshness in Freshness::ALL {
                    let got = [
                        mark(case(Relationship::SelfClaimed, Purpose::Treat, freshness)),
                        mark(case(Relationship::SelfClaimed, Purpose::EmergencyTreat, freshness)),
                        mark(case(Relationship::None, Purpose::Treat, freshness)),
                        mark(case(Relationship::None, Purpose::EmergencyTreat, freshness)),
                    ];
                    assert_eq!(got, *other, "{choice:?} {clock:?} {freshness:?}");
                }
            }
        }
    }
}

/// From loosest to tightest.
fn tightness(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Permit => 0,
        Outcome::Ask => 1,
        Outcome::BreakGlass => 2,
        Outcome::Deny => 3,
    }
}

#[test]
fn every_row_keeps_the_invariants() {
    let mut rows = 0;
    for case in cases() {
        rows += 1;
        for &mode in Mode::ALL {
            let outcome = weigh(case, mode).outcome;
            let emergency = matches!(case.purpose, Purpose::EmergencyTreat | Purpose::Safeguard);
            if case.choice == Choice::N2 {
                assert_eq!(outcome, Outcome::Deny, "N2 is never anything but deny: {case:?}");
            }
            if outcome == Outcome::BreakGlass {
                assert!(emergency && case.role == Role::RegulatedClinician, "{case:?}");
            }
            if case.relationship == Relationship::None {
                assert_ne!(outcome, Outcome::Permit, "{case:?}");
            }
            if matches!(case.role, Role::Admin | Role::PrivacyOfficer) || case.purpose == Purpose::Other {
                assert_eq!(outcome, Outcome::Deny, "{case:?}");
            }
            for &freshness in Freshness::ALL.iter().filter(|f| **f >= case.freshness) {
                let older = weigh(Case { freshness, ..case }, mode).outcome;
                assert!(tightness(older) >= tightness(outcome), "older loosened {case:?}");
            }
            let doubted = weigh(Case { clock: Clock::Suspect, ..case }, mode).outcome;
            if case.clock == Clock::Trusted {
                assert!(tightness(doubted) >= tightness(outcome), "doubt loosened {case:?}");
            }
        }
    }
    assert_eq!(rows, 6_048);
}

#[test]
fn the_page_is_the_one_a_clinician_reviewed() {
    insta::assert_snapshot!("table", table::page());
}

#[test]
fn the_csv_has_a_row_a_case() {
    let csv = table::csv();
    assert_eq!(csv.lines().count(), 6_049);
    assert_eq!(csv.lines().next(), Some(table::COLUMNS));
    assert!(
        csv.contains(
            "\nY3_ANYONE_ALWAYS,ESTABLISHED,REGULATED_CLINICIAN,TREAT,IN_PERIOD,FRESH,TRUSTED,PERMIT,PERMIT\n"
        )
    );
}

fn nurse() -> StaffId {
    "nurse-1".parse().unwrap()
}

fn request(purpose: Purpose) -> Request {
    Request {
        subject: PersonId::from_bytes([1; 16]),
        staff: nurse(),
        role: Role::RegulatedClinician,
        organisation: "RDY".parse().unwrap(),
        purpose,
        wants: Sections::ALL,
        break_glass: None,
    }
}

const NOON: Stamp = Stamp::from_millis(1_790_000_000_000);

fn at<'a>(recorded: &'a Recorded, policy: &'a Policy) -> Circumstances<'a> {
    Circumstances {
        recorded,
        relationship: Relationship::Established,
        policy,
        checked: Some(NOON),
        clock: Clock::Trusted,
    }
}

#[test]
fn today_only_is_for_this_user_and_ends_at_london_midnight() {
    let policy = Policy::standard(Mode::AskEachTime);
    let mut given = Recorded {
        choice: Choice::Y1,
        only: Some(nurse()),
        until: Some(NOON.london_midnight_after()),
        ..Recorded::nothing()
    };
    assert_eq!(decide(&request(Purpose::Treat), &at(&given, &policy), NOON).outcome(), Outcome::Permit);
    let next_day = NOON.london_midnight_after();
    assert_eq!(decide(&request(Purpose::Treat), &at(&given, &policy), next_day).outcome(), Outcome::Ask);
    given.only = "nurse-2".parse().ok();
    assert_eq!(decide(&request(Purpose::Treat), &at(&given, &policy), NOON).outcome(), Outcome::Ask);
}

#[test]
fn never_checked_is_too_old() {
    let policy = Policy::standard(Mode::AskEachTime);
    let given = Recorded { choice: Choice::Y3, ..Recorded::nothing() };
    let unchecked = Circumstances { checked: None, ..at(&given, &policy) };
    assert_eq!(decide(&request(Purpose::Treat), &unchecked, NOON).outcome(), Outcome::Ask);
}

#[test]
fn break_glass_opens_the_emergency_view_for_its_hour_and_never_n2() {
    let policy = Policy::standard(Mode::AskEachTime);
    let hidden = Recorded { choice: Choice::N1, ..Recorded::nothing() };
    let never = Recorded { choice: Choice::N2, ..Recorded::nothing() };
    let mut asked = request(Purpose::EmergencyTreat);
    let Verdict::Refused(refusal) = decide(&asked, &at(&hidden, &policy), NOON) else { panic!() };
    assert_eq!((refusal.next, refusal.rule), (NextStep::BreakGlass, Rule::EmergencyOnly));

    let why = (OverrideReason::EmergencyAccess, Condition::Unconscious);
    asked.break_glass = BreakGlass::declare(why, "found collapsed", 10, NOON, false);
    let Verdict::Permitted(permit) = decide(&asked, &at(&hidden, &policy), NOON) else { panic!() };
    assert!(permit.sections().has(Section::Allergies) && !permit.sections().has(Section::Results));
    assert!(permit.caveats().contains(&Caveat::EmergencyViewOnly));
    let later = NOON.plus(policy.break_glass);
    assert_eq!(decide(&asked, &at(&hidden, &policy), later).outcome(), Outcome::BreakGlass);
    assert_eq!(decide(&asked, &at(&never, &policy), NOON).outcome(), Outcome::Deny);
    assert_eq!(BreakGlass::declare(why, "too short", 10, NOON, false), None);
    assert_eq!(BreakGlass::declare(why, "found collapsed", 20, NOON, false), None, "a programme may ask for more");
    assert_eq!(BreakGlass::declare(why, "too short", 1, NOON, false), None, "and never for less than ten");

    // A programme that lets nobody break the glass is obeyed; the table is only ever narrowed.
    let nobody = Policy { glass_roles: vec![], ..policy.clone() };
    let Verdict::Refused(refusal) = decide(&asked, &at(&hidden, &nobody), NOON) else { panic!() };
    assert_eq!(refusal.next, NextStep::CallAClinician);
}

#[test]
fn a_conflict_with_never_in_it_is_refused_even_in_an_emergency() {
    let policy = Policy::standard(Mode::AskEachTime);
    let yes = Recorded { choice: Choice::Y3, ..Recorded::nothing() };
    for (other, outcome) in [(Choice::Y1, Outcome::BreakGlass), (Choice::N2, Outcome::Deny)] {
        let conflict = Recorded { choice: other, ..Recorded::nothing() }.against(2, &yes, 1);
        let verdict = decide(&request(Purpose::EmergencyTreat), &at(&conflict, &policy), NOON);
        assert_eq!(verdict.outcome(), outcome, "{other:?}");
        // The screen is told that it is a conflict, whichever way it binds.
        let Verdict::Refused(refusal) = verdict else { panic!() };
        assert_eq!(refusal.choice, Choice::Conflict);
    }
}

#[test]
fn care_staff_are_told_whom_to_call() {
    let policy = Policy::standard(Mode::AskEachTime);
    let hidden = Recorded { choice: Choice::N1, ..Recorded::nothing() };
    let asked = Request { role: Role::CareStaff, ..request(Purpose::EmergencyTreat) };
    let Verdict::Refused(refusal) = decide(&asked, &at(&hidden, &policy), NOON) else { panic!() };
    assert_eq!(refusal.next, NextStep::CallAClinician);
}

#[test]
fn unknown_codes_are_nobody_we_know() {
    assert_eq!(Choice::from_code("Y4_EVERYONE"), None);
    assert_eq!(Purpose::from_code("HMARKT"), None);
}
