//! What the hub takes of plans and what it refuses, change by change; and that folding old changes together loses none.

use super::*;
use crate::store::Store;
use record::Sections;
use record::consent::{
    Choice, Circumstances, Clock, Mode, Permit, Policy, Purpose, Recorded, Relationship, Request, Verdict, decide,
};
use record::people::{Organisation, Role};
use record::plan::{Author, ClaimValue, Edit, Kind, NodeId, Paper, Place, Topic};
use sync::replica::{Hand, Made};

const NOW: Stamp = Stamp::from_millis(1_790_000_000_000);

fn person() -> PersonId {
    PersonId::from_bytes([5; 16])
}

fn key(n: u8) -> crate::SigningKey {
    crate::SigningKey::from_bytes(&[n; 32])
}

fn actor(n: u8, role: Role) -> Actor {
    Actor {
        staff: format!("N{n}").parse().unwrap(),
        name: format!("Worker {n}"),
        role,
        title: "Nurse".into(),
        organisation: Organisation { ods: "ZZ1".parse().unwrap(), name: "Trust".into() },
    }
}

fn hand(n: u8, role: Role) -> Hand {
    let actor = actor(n, role);
    Hand { chain: ChainId::of(&format!("D{n}").parse().unwrap(), &actor.staff), author: Author::of(&actor) }
}

fn permit() -> Permit {
    let request = Request {
        subject: person(),
        staff: "N1".parse().unwrap(),
        role: Role::RegulatedClinician,
        organisation: "ZZ1".parse().unwrap(),
        purpose: Purpose::Treat,
        wants: Sections::ALL,
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

/// A hub with one person on one caseload, in a folder that goes with it.
struct Hub {
    store: Store,
    row: i64,
    caseload: i64,
    _folder: tempfile::TempDir,
}

fn hub() -> Hub {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(&folder.path().join("hub.db"), &[1; 32]).unwrap();
    let (row, caseload) = store
        .write(|tx| {
            let row = people::new_person(tx, person())?;
            let organisation = Organisation { ods: "ZZ1".parse().unwrap(), name: "Trust".into() };
            let team = caseload::put_caseload(tx, "TEAM", "Team", &organisation)?;
            caseload::join(tx, team, row, Relationship::Established)?;
            Ok((row, team))
        })
        .unwrap();
    Hub { store, row, caseload, _folder: folder }
}

impl Hub {
    fn post(&mut self, n: u8, role: Role, caseloads: &[i64], changes: &[&[u8]]) -> TakenIn {
        let (hand, actor, key) = (hand(n, role), actor(n, role), key(n).verifying_key());
        let outgoing = [Outgoing { person: person(), bundle: bundle::pack(changes.iter().copied()).unwrap() }];
        let poster = Poster { chain: &hand.chain, actor: &actor, key: &key, caseloads };
        self.store.write(|tx| Ok(take_in(tx, &poster, &outgoing, NOW).unwrap())).unwrap()
    }

    fn read<T>(&mut self, work: impl FnOnce(&Transaction<'_>) -> T) -> T {
        self.store.read(|tx| Ok(work(tx))).unwrap()
    }
}

fn write(replica: &mut Replica, hand: &Hand, text: &str) -> Made {
    let place = Place { node: NodeId::part(Kind::About), field: "people".into() };
    let edit = Edit::Write { place, seen: replica.heads(), text: text.into() };
    replica.apply(&edit, &permit(), hand, NOW).unwrap()
}

fn cpr(settles: &[&str]) -> Edit {
    Edit::Decide {
        topic: Topic::Cpr,
        id: "00000000000000c1".into(),
        value: ClaimValue { code: Some("450476008".into()), text: String::new() },
        basis: "talked".into(),
        review: None,
        kept: String::new(),
        settles: settles.iter().map(|s| (*s).to_owned()).collect(),
    }
}

const NURSE: Role = Role::RegulatedClinician;

#[test]
fn a_forged_hand_is_refused_alone_with_an_alarm_and_the_rest_lands() {
    let mut hub = hub();
    let team = [hub.caseload];
    let mut plan = Replica::genesis(person()).unwrap();
    let honest = write(&mut plan, &hand(1, NURSE), "Ann");
    let forged = write(&mut plan, &hand(2, NURSE), "Ann and nobody else");
    let mut other = Replica::genesis(person()).unwrap();
    other.take_in([honest.bytes.as_slice()]).unwrap();
    let also = write(&mut other, &hand(1, NURSE), "Ann and Ted");
    let done = hub.post(1, NURSE, &team, &[&honest.bytes, &forged.bytes, &also.bytes]);
    assert_eq!(done.refused, [RefusedChange { person: person(), hash: forged.hash, why: RefusedWhy::Author }]);
    assert_eq!(done.held, [HeldPlan { person: person(), through: 2, hash: also.hash }]);
    let row = hub.row;
    assert_eq!(hub.read(|tx| rows::after(tx, row, 0, None).unwrap().len()), 2);
    assert_eq!(hub.read(|tx| rows::refusals(tx).unwrap()), [("D1/N1".to_owned(), "AUTHOR".to_owned(), 1)]);
    // Sent again, nothing doubles.
    hub.post(1, NURSE, &team, &[&honest.bytes, &forged.bytes, &also.bytes]);
    assert_eq!(hub.read(|tx| rows::after(tx, row, 0, None).unwrap().len()), 2);
    assert_eq!(hub.read(|tx| rows::refusals(tx).unwrap().len()), 1);
}

#[test]
fn a_role_a_settlement_or_a_signature_that_is_not_ones_own_is_refused() {
    let mut hub = hub();
    let team = [hub.caseload];
    // A care worker's device that writes as a clinician would.
    let mut plan = Replica::genesis(person()).unwrap();
    let inflated = plan.apply(&cpr(&[]), &permit(), &hand(3, NURSE), NOW).unwrap();
    let done = hub.post(3, Role::CareStaff, &team, &[&inflated.bytes]);
    assert_eq!(done.refused[0].why, RefusedWhy::Author);
    // The same change from somebody who is a clinician is theirs to make.
    assert!(hub.post(3, NURSE, &team, &[&inflated.bytes]).refused.is_empty());
    // A paper signed by another key.
    write(&mut plan, &hand(4, NURSE), "Ann");
    let other = key(9);
    let signer = |bytes: &[u8]| ed25519_dalek::Signer::sign(&other, bytes).to_bytes();
    let id = "00000000000000aa";
    let signed = plan.sign(Paper::Plan, &permit(), &hand(4, NURSE), (id, &signer), NOW).unwrap();
    assert_eq!(hub.post(4, NURSE, &team, &[&signed.bytes]).refused[0].why, RefusedWhy::Author);
}

#[test]
fn a_stranger_a_twin_and_noise_are_refused_and_kept_aside() {
    let mut hub = hub();
    let team = [hub.caseload];
    let (mut a, mut b) = (Replica::genesis(person()).unwrap(), Replica::genesis(person()).unwrap());
    let first = write(&mut a, &hand(1, NURSE), "Ann");
    let twin = write(&mut b, &hand(1, NURSE), "Somebody else");
    assert_eq!(hub.post(1, NURSE, &[], &[&first.bytes]).refused[0].why, RefusedWhy::Stranger);
    assert!(hub.post(1, NURSE, &team, &[&first.bytes]).refused.is_empty());
    assert_eq!(hub.post(1, NURSE, &team, &[&twin.bytes]).refused[0].why, RefusedWhy::Twice);
    let mut noise = first.bytes.clone();
    let last = noise.len() - 1;
    noise[last] ^= 1;
    let done = hub.post(1, NURSE, &team, &[&noise]);
    assert!(!done.refused.is_empty() && done.held[0].hash == first.hash);
}

#[test]
fn what_comes_before_what_it_needs_is_kept_and_given_on() {
    let mut hub = hub();
    let (team, row) = ([hub.caseload], hub.row);
    let mut plan = Replica::genesis(person()).unwrap();
    let one = write(&mut plan, &hand(1, NURSE), "Ann");
    let two = write(&mut plan, &hand(1, NURSE), "Ann and Ted");
    let done = hub.post(1, NURSE, &team, &[&two.bytes]);
    assert!(done.held.is_empty() && done.refused.is_empty(), "no word is given for a change with a gap before it");
    let count = |hub: &mut Hub| hub.read(|tx| waiting(tx, row, person()).unwrap());
    assert_eq!(count(&mut hub), 1, "held, and in nobody's plan");
    let done = hub.post(1, NURSE, &team, &[&one.bytes]);
    assert_eq!((done.held[0].through, count(&mut hub)), (2, 0));
    let mut whole = hub.read(|tx| replica(tx, row, person()).unwrap().unwrap());
    assert!(whole.has(&one.hash) && whole.has(&two.hash));
}

#[test]
fn folding_old_changes_together_loses_none_and_serves_the_far_behind() {
    let mut hub = hub();
    let (team, row) = ([hub.caseload], hub.row);
    let mut plan = Replica::genesis(person()).unwrap();
    let all: Vec<Made> = (0..530).map(|n| write(&mut plan, &hand(1, NURSE), &format!("Day {n}. All well."))).collect();
    for some in all.chunks(53) {
        let changes: Vec<&[u8]> = some.iter().map(|made| made.bytes.as_slice()).collect();
        assert!(hub.post(1, NURSE, &team, &changes).refused.is_empty());
    }
    let row_now = hub.read(|tx| rows::document(tx, row).unwrap().unwrap());
    assert!(row_now.bytes.is_some() && row_now.through > 0 && row_now.tail < FOLD_AT);
    let mut whole = hub.read(|tx| replica(tx, row, person()).unwrap().unwrap());
    assert!(all.iter().all(|made| whole.has(&made.hash)), "every change is in the document");
    assert_eq!(whole.project().unwrap(), plan.project().unwrap());

    let device: ChainId = "D2/N2".parse().unwrap();
    let behind = hub.read(|tx| owed(tx, row, person(), Some(Seq(1)), &device).unwrap().unwrap());
    assert!(behind.base.is_some(), "so far behind that the whole document is the shorter way");
    let mut taken = Replica::load(person(), behind.base.as_deref(), []).unwrap();
    let rest = bundle::unpack(&behind.bundle).unwrap();
    taken.take_in(rest.iter().map(|change| change.bytes.as_slice())).unwrap();
    assert_eq!(taken.project().unwrap(), plan.project().unwrap());
    let near = hub.read(|tx| owed(tx, row, person(), Some(Seq(behind.through.0 - 3)), &device).unwrap().unwrap());
    assert!(near.base.is_none() && bundle::unpack(&near.bundle).unwrap().len() <= 3);
    let own = hub.read(|tx| owed(tx, row, person(), Some(Seq(1)), &"D1/N1".parse().unwrap()).unwrap());
    assert!(own.is_none(), "its author has them");
}

/// The same hand under another name and job.
fn called(n: u8, name: &str, title: &str) -> Hand {
    let hand = hand(n, NURSE);
    Hand { author: Author { name: name.into(), title: title.into(), ..hand.author }, chain: hand.chain }
}

#[test]
fn an_author_is_called_what_the_register_calls_them_or_did() {
    let mut hub = hub();
    let team = [hub.caseload];
    let mut plan = Replica::genesis(person()).unwrap();
    let forged = write(&mut plan, &called(1, "Dr Famous", "Consultant"), "Ann");
    assert_eq!(hub.post(1, NURSE, &team, &[&forged.bytes]).refused[0].why, RefusedWhy::Author);
    let mut plan = Replica::genesis(person()).unwrap();
    let promoted = write(&mut plan, &called(1, "Worker 1", "Consultant"), "Ann");
    assert_eq!(hub.post(1, NURSE, &team, &[&promoted.bytes]).refused[0].why, RefusedWhy::Author);
    // A device writes as it was enrolled: what somebody was called before counts, whatever they are called now.
    let maiden = Actor { name: "Worker Maiden".into(), ..actor(1, NURSE) };
    hub.store.write(|tx| caseload::put_staff(tx, &maiden, true)).unwrap();
    hub.store.write(|tx| caseload::put_staff(tx, &actor(1, NURSE), true)).unwrap();
    let mut plan = Replica::genesis(person()).unwrap();
    let before = write(&mut plan, &called(1, "Worker Maiden", "Nurse"), "Ann");
    assert!(hub.post(1, NURSE, &team, &[&before.bytes]).refused.is_empty());
    // Nor is anybody else's name theirs.
    hub.store.write(|tx| caseload::put_staff(tx, &actor(2, NURSE), true)).unwrap();
    let other = write(&mut plan, &called(1, "Worker 2", "Nurse"), "Ann and Ted");
    assert_eq!(hub.post(1, NURSE, &team, &[&other.bytes]).refused[0].why, RefusedWhy::Author);
}

/// Nobody kept what the users of devices of an earlier hub were called: their work is not refused for a name until they enrol again.
#[test]
fn a_device_of_before_is_not_held_to_names_that_nobody_kept() {
    let mut hub = hub();
    let team = [hub.caseload];
    let enrolment = crate::store::trust::Enrolment {
        device: "D1".parse().unwrap(),
        staff: "N1".parse().unwrap(),
        signing_key: [1; 32],
        certificate: [2; 32],
        revoked: false,
    };
    hub.store.write(|tx| caseload::put_staff(tx, &actor(1, NURSE), true)).unwrap();
    hub.store.write(|tx| crate::store::trust::put_device(tx, &enrolment, NOW)).unwrap();
    let mut plan = Replica::genesis(person()).unwrap();
    let before = write(&mut plan, &called(1, "Worker Maiden", "Nurse"), "Ann");
    assert_eq!(hub.post(1, NURSE, &team, &[&before.bytes]).refused[0].why, RefusedWhy::Author);
    hub.store.write(|tx| tx.execute("update device set names_unkept = 1", [])).unwrap();
    assert!(hub.post(1, NURSE, &team, &[&before.bytes]).refused.is_empty());
    // The number is theirs all the same.
    let other = write(&mut plan, &hand(2, NURSE), "Ann and Ted");
    assert_eq!(hub.post(1, NURSE, &team, &[&other.bytes]).refused[0].why, RefusedWhy::Author);
}

fn strength(plan: &mut Replica, hand: &Hand) -> (Made, NodeId) {
    let id = NodeId::fresh([7; 8]);
    let fields = vec![("text".to_owned(), "Plays chess".to_owned())];
    let edit = Edit::Add { kind: Kind::Strength, parent: NodeId::part(Kind::Care), id: id.clone(), fields };
    (plan.apply(&edit, &permit(), hand, NOW).unwrap(), id)
}

#[test]
fn who_is_said_to_have_ended_an_entry_is_who_did() {
    let mut hub = hub();
    let team = [hub.caseload];
    let (mut plan, mut apart) = (Replica::genesis(person()).unwrap(), Replica::genesis(person()).unwrap());
    let (added, node) = strength(&mut plan, &hand(1, NURSE));
    apart.take_in([added.bytes.as_slice()]).unwrap();
    let end = Edit::End { node, ending: record::plan::Ending::Ended, reason: "no more".into() };
    let forged = apart.apply(&end, &permit(), &called(1, "Dr Famous", "Nurse"), NOW).unwrap();
    let own = plan.apply(&end, &permit(), &hand(1, NURSE), NOW).unwrap();
    let seen = inspect(person(), &forged.bytes).unwrap();
    assert_eq!(seen.ended.iter().map(|ended| ended.by.name.as_str()).collect::<Vec<_>>(), ["Dr Famous"]);
    assert_eq!(hub.post(1, NURSE, &team, &[&added.bytes, &forged.bytes]).refused[0].why, RefusedWhy::Author);
    assert!(hub.post(1, NURSE, &team, &[&own.bytes]).refused.is_empty());
}

/// Made while they were a clinician and sent when they are one no more; what the change says of its author says nothing of that.
#[test]
fn each_part_of_a_plan_is_written_only_by_roles_that_may() {
    let mut hub = hub();
    let team = [hub.caseload];
    let mut plan = Replica::genesis(person()).unwrap();
    let nurse = hand(1, NURSE);
    let about = write(&mut plan, &nurse, "Ann");
    let id = NodeId::fresh([8; 8]);
    let add = |kind, parent, id: &NodeId| Edit::Add {
        kind,
        parent: NodeId::part(parent),
        id: id.clone(),
        fields: vec![("text".to_owned(), "Morphine".to_owned())],
    };
    let medicine = plan.apply(&add(Kind::Anticipatory, Kind::EndOfLife, &id), &permit(), &nurse, NOW).unwrap();
    let (kept, strength) = strength(&mut plan, &nurse);
    let sent = [&about.bytes[..], &medicine.bytes, &kept.bytes];
    assert!(hub.post(1, NURSE, &team, &sent).refused.is_empty());

    let mut edit = |node: &NodeId, field: &str, text: &str| {
        let place = Place { node: node.clone(), field: field.into() };
        let edit = match place.field.as_str() {
            "where" => Edit::Set { place, over: vec![], value: text.into() },
            _ => Edit::Write { place, seen: plan.heads(), text: text.into() },
        };
        plan.apply(&edit, &permit(), &nurse, NOW).unwrap()
    };
    // A text of the part itself; a new entry is next; a text and a value of an entry that was there.
    let respect = edit(&NodeId::part(Kind::Respect), "summary", "Frail");
    let text = edit(&id, "text", "Morphine 10 mg");
    let value = edit(&id, "where", "Fridge");
    let own = edit(&strength, "text", "Plays chess well");
    let second = NodeId::fresh([9; 8]);
    let entry = plan.apply(&add(Kind::Anticipatory, Kind::EndOfLife, &second), &permit(), &nurse, NOW).unwrap();
    let sent = [&respect.bytes[..], &text.bytes, &value.bytes, &own.bytes, &entry.bytes];
    let done = hub.post(1, Role::CareStaff, &team, &sent);
    let refused: Vec<[u8; 32]> = done.refused.iter().map(|refused| refused.hash).collect();
    assert_eq!(refused, [respect.hash, text.hash, value.hash, entry.hash], "all but what is theirs to write");
    assert!(done.refused.iter().all(|refused| refused.why == RefusedWhy::Author));
    // A clinician's are taken.
    assert!(hub.post(1, NURSE, &team, &sent).refused.is_empty());
}
