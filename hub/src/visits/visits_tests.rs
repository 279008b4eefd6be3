//! What the hub takes of acts and what it refuses, act by act.

use super::*;
use crate::store::{Store, caseload};
use record::consent::Relationship;
use record::people::{Actor, Organisation, Role};
use record::plan::Author;
use record::visit::Body;
use sync::visits::sign_act;

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

fn chain(n: u8) -> ChainId {
    ChainId::of(&format!("D{n}").parse().unwrap(), &format!("N{n}").parse().unwrap())
}

fn act(n: u8, body: Body) -> Act {
    Act {
        person: person(),
        chain: chain(n),
        by: Author::of(&actor(n, Role::RegulatedClinician)),
        at: NOW,
        clock_in_doubt: false,
        visit: None,
        nonce: [0; 8],
        body,
    }
}

fn note(n: u8) -> Act {
    act(n, Body::Note { text: "Seen at home.".into() })
}

/// Posts as worker 1, a registered clinician, on the one caseload or on none.
fn post(on_caseload: bool, acts: &[SignedAct]) -> (TakenIn, usize) {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(&folder.path().join("hub.db"), &[1; 32]).unwrap();
    store
        .write(|tx| {
            let row = people::new_person(tx, person())?;
            let organisation = Organisation { ods: "ZZ1".parse().unwrap(), name: "Trust".into() };
            let team = caseload::put_caseload(tx, "TEAM", "Team", &organisation)?;
            caseload::join(tx, team, row, Relationship::Established)?;
            let (chain, actor, key) = (chain(1), actor(1, Role::RegulatedClinician), key(1).verifying_key());
            let caseloads = [team];
            let caseloads = if on_caseload { &caseloads[..] } else { &[] };
            let taken = take_in(tx, &Poster { chain: &chain, actor: &actor, key: &key, caseloads }, acts, NOW)?;
            Ok((taken, rows::after(tx, row, 0, None)?.len()))
        })
        .unwrap()
}

#[track_caller]
fn refused(act: SignedAct, why: RefusedWhy) {
    let good = sign_act(&note(1), &key(1));
    let (taken, kept) = post(true, &[act.clone(), good.clone()]);
    assert_eq!(taken.refused, [RefusedAct { id: act.id(), why }]);
    assert_eq!((taken.held, kept), (vec![good.id()], 1), "the rest of the batch lands");
}

#[test]
fn an_own_act_is_taken_once_however_often_it_is_sent() {
    let one = sign_act(&note(1), &key(1));
    let (taken, kept) = post(true, &[one.clone(), one.clone()]);
    assert_eq!((taken.held, taken.refused.len(), kept), (vec![one.id(), one.id()], 0, 1));
}

#[test]
fn what_is_not_this_users_own_is_refused_alone() {
    refused(sign_act(&note(1), &key(2)), RefusedWhy::Author);
    refused(sign_act(&note(2), &key(1)), RefusedWhy::Author);
    let mut borrowed = act(1, Body::Note { text: "as somebody else".into() });
    borrowed.by = Author::of(&actor(2, Role::RegulatedClinician));
    refused(sign_act(&borrowed, &key(1)), RefusedWhy::Author);
    let mut promoted = act(1, Body::Note { text: "in another role".into() });
    promoted.by.role = Role::CareStaff;
    refused(sign_act(&promoted, &key(1)), RefusedWhy::Author);
    let mut renamed = act(1, Body::Note { text: "under another name".into() });
    renamed.by.name = "Dr Famous".into();
    refused(sign_act(&renamed, &key(1)), RefusedWhy::Author);
    let mut retitled = act(1, Body::Note { text: "in another job".into() });
    retitled.by.title = "Consultant".into();
    refused(sign_act(&retitled, &key(1)), RefusedWhy::Author);
    let mut changed = sign_act(&note(1), &key(1));
    if let Some(last) = changed.bytes.last_mut() {
        *last ^= 1;
    }
    refused(changed, RefusedWhy::Author);
}

#[test]
fn what_cannot_stand_is_refused() {
    refused(sign_act(&act(1, Body::Note { text: " ".into() }), &key(1)), RefusedWhy::Harm);
    refused(SignedAct { bytes: vec![1, 2, 3], signature: [0; 64] }, RefusedWhy::Unreadable);
    let mut nobody = note(1);
    nobody.person = PersonId::from_bytes([9; 16]);
    refused(sign_act(&nobody, &key(1)), RefusedWhy::Stranger);
}

#[test]
fn nobody_acts_for_people_they_never_had_to_do_with() {
    let one = sign_act(&note(1), &key(1));
    let (taken, kept) = post(false, std::slice::from_ref(&one));
    assert_eq!((taken.refused[0].why, kept), (RefusedWhy::Stranger, 0));
}
