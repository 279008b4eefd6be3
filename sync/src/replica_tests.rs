//! Two nurses, one plan: nothing is lost on merge, and a dispute stays until somebody names what they settle.

use super::*;
use record::Sections;
use record::consent::{
    Choice, Circumstances, Clock, Mode, Policy, Purpose, Recorded, Relationship, Request, Verdict, decide,
};
use record::people::Role;

const NOW: Stamp = Stamp::from_millis(1_790_000_000_000);

fn person() -> PersonId {
    PersonId::from_bytes([5; 16])
}

fn permit(wants: Sections) -> Permit {
    let request = Request {
        subject: person(),
        staff: "N1".parse().unwrap(),
        role: Role::RegulatedClinician,
        organisation: "ZZ1".parse().unwrap(),
        purpose: Purpose::Treat,
        wants,
        break_glass: None,
    };
    let at = Circumstances {
        recorded: &Recorded { choice: Choice::Y3, ..Recorded::nothing() },
        relationship: Relationship::Established,
        policy: &Policy::standard(Mode::AskEachTime),
        checked: Some(NOW),
        clock: Clock::Trusted,
    };
    let Verdict::Permitted(permit) = decide(&request, &at, NOW) else { panic!() };
    permit
}

fn decision(id: &str, value: &str, by: &str, settles: &[&str]) -> Edit {
    let claim = Claim {
        id: id.into(),
        value: value.into(),
        by: by.parse().unwrap(),
        at: NOW,
        basis: "discussed with the person".into(),
    };
    Edit::Decide { topic: Topic::Cpr, claim, settles: settles.iter().map(|s| s.to_string()).collect() }
}

fn apply(replica: &mut Replica, edit: &Edit, device: &str, staff: &str) {
    let who = (&device.parse().unwrap(), &staff.parse().unwrap());
    replica.apply(edit, &permit(Sections::ALL), who, NOW).unwrap();
}

fn cpr(replica: &Replica) -> Held {
    let plan = replica.read(&permit(Sections::ALL)).unwrap();
    plan.decisions.into_iter().find(|(topic, _)| *topic == Topic::Cpr).unwrap().1
}

#[test]
fn genesis_is_the_same_everywhere() {
    let save = || Replica::genesis(person()).unwrap().save();
    assert_eq!(save(), save());
}

#[test]
fn two_decisions_made_apart_are_disputed_on_both_sides_until_settled_by_name() {
    let (mut a, mut b) = (Replica::genesis(person()).unwrap(), Replica::genesis(person()).unwrap());
    apply(&mut a, &decision("c1", "Attempt CPR", "N1", &[]), "D1", "N1");
    apply(&mut b, &decision("c2", "Do not attempt CPR", "N2", &[]), "D2", "N2");
    a.merge(&mut b).unwrap();
    b.merge(&mut a).unwrap();
    assert_eq!(cpr(&a), cpr(&b));
    let Held::Disputed(claims) = cpr(&a) else { panic!("{:?}", cpr(&a)) };
    assert_eq!(claims.len(), 2);
    // Settling one of two leaves the other voice standing.
    apply(&mut a, &decision("c3", "Do not attempt CPR", "N1", &["c1"]), "D1", "N1");
    assert!(matches!(cpr(&a), Held::Disputed(claims) if claims.len() == 2));
    apply(&mut a, &decision("c4", "Do not attempt CPR", "N1", &["c2", "c3"]), "D1", "N1");
    b.merge(&mut a).unwrap();
    assert!(matches!(cpr(&b), Held::Agreed(claim) if claim.id == "c4"));
}

#[test]
fn text_written_apart_is_all_there_after_a_merge() {
    let (mut a, mut b) = (Replica::genesis(person()).unwrap(), Replica::genesis(person()).unwrap());
    let text = |insert: &str| Edit::Text { heading: Heading::WhatMattersToMe, at: 0, remove: 0, insert: insert.into() };
    apply(&mut a, &text("My garden. "), "D1", "N1");
    apply(&mut b, &text("My dog. "), "D2", "N2");
    a.merge(&mut b).unwrap();
    let mut again = Replica::load(person(), &a.save()).unwrap();
    b.merge(&mut again).unwrap();
    let read = |r: &Replica| r.read(&permit(Sections::ALL)).unwrap().texts[0].1.clone();
    assert_eq!(read(&a), read(&b));
    assert!(read(&a).contains("My garden. ") && read(&a).contains("My dog. "));
}

#[test]
fn a_plan_is_not_read_or_written_without_leave_for_plans() {
    let mut replica = Replica::genesis(person()).unwrap();
    let narrow = permit(Sections::only(Section::Allergies));
    assert!(matches!(replica.read(&narrow), Err(ReplicaFault::NotPermitted)));
    let who = (&"D1".parse().unwrap(), &"N1".parse().unwrap());
    let edit = Edit::Text { heading: Heading::MyWellness, at: 9, remove: 0, insert: "x".into() };
    assert!(matches!(replica.apply(&edit, &narrow, who, NOW), Err(ReplicaFault::NotPermitted)));
    assert!(matches!(replica.apply(&edit, &permit(Sections::ALL), who, NOW), Err(ReplicaFault::Place)));
}
