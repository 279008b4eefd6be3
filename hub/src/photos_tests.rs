//! What the hub takes of photographs and what it refuses, piece by piece.

use super::*;
use crate::store::visits::{self, Fresh};
use crate::store::{Store, caseload};
use record::PersonId;
use record::consent::Relationship;
use record::people::{Actor, Organisation, Role};
use record::plan::Author;
use record::visit::photo::Agreed;
use record::visit::wound::{Exudate, Margin, Side, Sort, Spot};
use record::visit::{ActId, Body, Photo, PhotoId, Photos, Wound};
use sync::visits::sign_act;

const NOW: Stamp = Stamp::from_millis(1_790_000_000_000);

fn person() -> PersonId {
    PersonId::from_bytes([5; 16])
}

fn chain(n: u8) -> ChainId {
    ChainId::of(&format!("D{n}").parse().unwrap(), &format!("N{n}").parse().unwrap())
}

fn picture(last: u8) -> Vec<u8> {
    let mut bytes = vec![0; PIECE + 10];
    bytes[..3].copy_from_slice(&[0xFF, 0xD8, 0xFF]);
    bytes[PIECE + 9] = last;
    bytes
}

fn assessment(taken: Vec<Photo>) -> Act {
    let organisation = Organisation { ods: "ZZ1".parse().unwrap(), name: "Trust".into() };
    let by = Author::of(&Actor {
        staff: "N1".parse().unwrap(),
        name: "Worker 1".into(),
        role: Role::RegulatedClinician,
        title: "Nurse".into(),
        organisation,
    });
    let wound = Wound {
        of: None,
        spot: Spot { side: Side::Front, x: 1, y: 1 },
        site: "Left shin".into(),
        sort: Sort::LegUlcer,
        category: None,
        device_related: false,
        on_admission: false,
        length: None,
        width: None,
        depth: None,
        bed: vec![],
        margin: Margin::Attached,
        surrounding: String::new(),
        infection: vec![],
        exudate: Exudate::None,
        pain: None,
        treatment: String::new(),
        plan: String::new(),
        healed: false,
        photos: Some(Photos { agreed: Agreed::Person, taken }),
    };
    let body = Body::Wound(Box::new(wound));
    Act { person: person(), chain: chain(1), by, at: NOW, clock_in_doubt: false, visit: None, nonce: [0; 8], body }
}

/// A hub that holds worker 1's assessment with one photograph; what became of these posts of pieces, and whether the photograph is held.
fn post(pieces: impl Fn(ActId) -> Vec<(u8, Piece)>) -> (Vec<TakenIn>, bool) {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(&folder.path().join("hub.db"), &[1; 32]).unwrap();
    store
        .write(|tx| {
            let row = people::new_person(tx, person())?;
            let organisation = Organisation { ods: "ZZ1".parse().unwrap(), name: "Trust".into() };
            let team = caseload::put_caseload(tx, "TEAM", "Team", &organisation)?;
            caseload::join(tx, team, row, Relationship::Established)?;
            let named = Photo::of(&picture(1)).unwrap();
            let signed = sign_act(&assessment(vec![named]), &crate::SigningKey::from_bytes(&[1; 32]));
            visits::add(tx, &Fresh { person: row, chain: &chain(1), at: NOW, signed: &signed }, NOW)?;
            let mut done = Vec::new();
            for (hand, piece) in pieces(signed.id()) {
                done.push(take_in(tx, &chain(hand), &[piece], NOW)?);
            }
            Ok((done, rows::find(tx, row, named.id)?.is_some_and(|stored| stored.held)))
        })
        .unwrap()
}

fn piece(act: ActId, from: usize, bytes: &[u8]) -> Piece {
    let of = PhotoOf { person: person(), photo: PhotoId::of(&picture(1)) };
    Piece { of, by: NamedBy::Act(act), from: from as u32, bytes: bytes.to_vec() }
}

#[track_caller]
fn refused(wrong: impl Fn(ActId) -> (u8, Piece), why: RefusedWhy) {
    let (done, held) = post(|act| vec![wrong(act)]);
    assert_eq!(done[0].refused.iter().map(|refused| refused.why).collect::<Vec<_>>(), [why]);
    assert!(!held && done[0].held.is_empty());
}

#[test]
fn pieces_in_order_make_a_photograph_and_what_is_out_of_order_is_told_where_to_go_on() {
    let whole = picture(1);
    let (first, last) = whole.split_at(PIECE);
    let (done, held) = post(|act| {
        let all = [(0, first), (0, first), (7, last), (PIECE, last), (PIECE, last), (0, first)];
        all.map(|(from, bytes)| (1, piece(act, from, bytes))).to_vec()
    });
    let has = |taken: &TakenIn| taken.stands.first().map(|stands| stands.has as usize);
    assert_eq!(done.iter().map(has).collect::<Vec<_>>()[..3], [Some(PIECE); 3], "once, however often it is sent");
    assert!(held && done[3..].iter().all(|taken| taken.held.len() == 1 && taken.refused.is_empty()));
}

#[test]
fn another_picture_in_its_place_is_refused_and_the_right_one_taken_after_it() {
    let (right, forged) = (picture(1), picture(2));
    let (done, held) = post(|act| {
        let all = [(0, &forged[..PIECE]), (PIECE, &forged[PIECE..]), (0, &right[..PIECE]), (PIECE, &right[PIECE..])];
        all.map(|(from, bytes)| (1, piece(act, from, bytes))).to_vec()
    });
    assert_eq!(done[1].refused[0].why, RefusedWhy::Harm);
    assert!(held, "what was let go does not stand in the way");
}

#[test]
fn a_piece_counts_only_under_an_act_of_the_same_hand_and_person_that_names_it() {
    let bytes = picture(1);
    let first = &bytes[..PIECE];
    refused(|act| (2, piece(act, 0, first)), RefusedWhy::Author);
    refused(|_| (1, piece(ActId::from_bytes([9; 16]), 0, first)), RefusedWhy::Author);
    let other = PhotoOf { person: person(), photo: PhotoId::of(b"another") };
    refused(|act| (1, Piece { of: other, ..piece(act, 0, first) }), RefusedWhy::Author);
    let somebody = PhotoOf { person: PersonId::from_bytes([6; 16]), photo: PhotoId::of(&bytes) };
    refused(|act| (1, Piece { of: somebody, ..piece(act, 0, first) }), RefusedWhy::Stranger);
    refused(|act| (1, piece(act, 0, &bytes)), RefusedWhy::Harm);
}
