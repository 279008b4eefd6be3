//! What is in an organisation's own part, and who may read it: every case beside the table's own decision.

use super::*;
use crate::consent::{Choice, Clock, Mode, Outcome, Policy, Recorded, Relationship, Verdict, decide};
use crate::stamp::Stamp;
use crate::summary::{Absence, FactKey, Item, Note};

fn fact(key: &str, source: u32, body: Body) -> Fact {
    Fact { key: FactKey(key.into()), source: SourceId(source), recorded: None, body }
}

#[test]
fn a_part_holds_statements_of_its_sources_and_no_absence() {
    let item = |title: &str| Body::Item(Section::Allergies, Box::new(Item { title: title.into(), ..Item::default() }));
    let none = Body::Note(Section::Medications, Note::Absent(Absence::NoContentRecorded));
    let facts = vec![fact("a", 1, item("Latex")), fact("b", 2, item("Penicillin")), fact("c", 1, none)];
    let own = from_sources(facts, &BTreeSet::from([SourceId(1)]));
    assert_eq!(own.len(), 2);
    let part = OwnPart::assemble(own.clone(), Sections::ALL);
    let said: Vec<_> = part.sections.iter().map(|s| (s.section, s.items.len())).collect();
    assert_eq!(said, [(Section::Allergies, 1)], "no section is empty, and none says what is absent");
    assert_eq!(OwnPart::assemble(own, Sections::only(Section::Medications)), OwnPart::default());
}

/// Every role, purpose, relationship and choice: who reads their organisation's own part is the same under every choice, and it is never a
/// permit for the shared record.
#[test]
fn who_reads_it_does_not_depend_on_the_choice() {
    let policy = Policy::standard(Mode::AskEachTime);
    let mut let_in = 0;
    for choice in Choice::ALL {
        for relationship in Relationship::ALL {
            for role in Role::ALL {
                for purpose in Purpose::ALL {
                    let recorded = Recorded { choice, ..Recorded::nothing() };
                    let request = Request {
                        subject: PersonId::from_bytes([1; 16]),
                        staff: "N1".parse().unwrap(),
                        role,
                        organisation: "ZZ1".parse().unwrap(),
                        purpose: *purpose,
                        wants: Sections::ALL,
                        break_glass: Option::None,
                    };
                    let checked = Some(Stamp::from_millis(0));
                    let (recorded, policy, clock) = (&recorded, &policy, Clock::Trusted);
                    let at = Circumstances { recorded, relationship: *relationship, policy, checked, clock };
                    let content = matches!(role, Role::RegulatedClinician | Role::CareStaff);
                    let may = content && *relationship == Relationship::Established && *purpose != Purpose::Other;
                    assert_eq!(may_read(&request, &at, false).is_ok(), may, "{request:?} {relationship:?}");
                    let lapsed = may_read(&request, &at, true).unwrap_err();
                    assert_eq!(lapsed.next == NextStep::RenewLicence, may);
                    let verdict = decide(&request, &at, Stamp::from_millis(1));
                    if choice == Choice::N2 {
                        assert_eq!(verdict.outcome(), Outcome::Deny, "the shared record stays closed");
                    }
                    if let Verdict::Permitted(permit) = verdict {
                        assert_ne!(permit.rule(), Rule::OwnRecord);
                    }
                    let_in += usize::from(may);
                }
            }
        }
    }
    assert_eq!(let_in, Choice::ALL.len() * 2 * 3);
}
