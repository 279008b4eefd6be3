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
    let done = hub.post(1, NURSE, &team, &[&one.bytes]);
    assert_eq!(done.held[0].through, 2);
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
