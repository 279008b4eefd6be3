//! The whole decision table, row by row, for a privacy officer and for the tests. It calls the same [`super::weigh`] as every
//! decision does: there is no second copy of the rules.

use super::{Case, Choice, Clock, Freshness, Mode, Purpose, Relationship, Validity, weigh};
use crate::people::Role;
use std::fmt::Write;

/// The header of [`csv`].
pub const COLUMNS: &str = "option,relationship,role,purpose,validity,freshness,clock,ask_each_time,discussion_to_view";

/// Every combination of the seven inputs: 6,048 cases, in the order of the columns.
pub fn cases() -> impl Iterator<Item = Case> {
    Choice::ALL.into_iter().flat_map(|choice| {
        Relationship::ALL.iter().flat_map(move |&relationship| {
            Role::ALL.into_iter().flat_map(move |role| {
                Purpose::ALL.iter().flat_map(move |&purpose| {
                    Validity::ALL.iter().flat_map(move |&validity| {
                        Freshness::ALL.iter().flat_map(move |&freshness| {
                            Clock::ALL.iter().map(move |&clock| Case {
                                choice,
                                relationship,
                                role,
                                purpose,
                                validity,
                                freshness,
                                clock,
                            })
                        })
                    })
                })
            })
        })
    })
}

/// The table as CSV with a header: one row a case, both modes side by side.
pub fn csv() -> String {
    let mut out = String::with_capacity(600_000);
    out.push_str(COLUMNS);
    out.push('\n');
    for case in cases() {
        let inputs = [
            case.choice.code(),
            case.relationship.code(),
            case.role.code(),
            case.purpose.code(),
            case.validity.code(),
            case.freshness.code(),
            case.clock.code(),
        ];
        let [ask, discussion] =
            [Mode::AskEachTime, Mode::DiscussionToView].map(|mode| weigh(case, mode).outcome.code());
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{},{ask},{discussion}", inputs.join(","));
    }
    out
}

/// The table as one page a clinician can read: for each role and purpose, the choices down, relationship and freshness across,
/// in period with a trusted clock; a star where discussion-to-view permits.
pub fn page() -> String {
    let mut out = String::from(
        "Decisions by reference/consent.md section 6. P permit, A ask, B break-glass, - deny; * = permit in discussion-to-view.\n",
    );
    for role in [Role::RegulatedClinician, Role::CareStaff] {
        for &purpose in &Purpose::ALL[..3] {
            for &clock in Clock::ALL {
                let _ = writeln!(out, "\n{} {} clock {}", role.code(), purpose.code(), clock.code());
                let _ = writeln!(out, "{:<26} {:<10} established  claimed      none", "", "");
                for choice in Choice::ALL {
                    for &validity in Validity::ALL {
                        let cells = Relationship::ALL.iter().map(|&relationship| {
                            let cell = |&freshness: &Freshness| {
                                let case = Case { choice, relationship, role, purpose, validity, freshness, clock };
                                letter(case)
                            };
                            Freshness::ALL.iter().map(cell).collect::<Vec<_>>().join("/")
                        });
                        let cells = cells.map(|c| format!("{c:<12}")).collect::<String>();
                        let _ = writeln!(out, "{:<26} {:<10} {}", choice.code(), validity.code(), cells.trim_end());
                    }
                }
            }
        }
    }
    out.push_str("\nPurpose OTHER, roles ADMIN and PRIVACY_OFFICER: deny everywhere.\n");
    out
}

fn letter(case: Case) -> &'static str {
    use super::Outcome::{Ask, BreakGlass, Deny, Permit};
    match (weigh(case, Mode::AskEachTime).outcome, weigh(case, Mode::DiscussionToView).outcome) {
        (Permit, _) => "P",
        (Ask, Permit) => "A*",
        (Ask, _) => "A",
        (BreakGlass, _) => "B",
        (Deny, _) => "-",
    }
}
