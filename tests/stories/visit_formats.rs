//! Frozen bytes of visits: what an older device or hub wrote must be read for ever. An act and its signature, letters 40 to 46, the audit's
//! kinds 60 and 61.

use record::audit::{Entry, Event, Link, VisitAct, VisitDeed};
use record::consent::{Clock, Outcome, Purpose, Rule};
use record::feed::Seq;
use record::people::Role;
use record::plan::Author;
use record::plan::sign::hex;
use record::visit::photo::Mime;
use record::visit::{Act, ActId, Body, Part, Photo, PhotoId};
use record::{PersonId, Stamp};
use stories::visits::{dose, signs};
use stories::world::MORNING;
use sync::frame::{Dictionary, Folder};
use sync::letter::Letter;
use sync::photos::{self, PhotoOf, PhotoStands, PhotosHeld, PieceDown, RefusedPhoto};
use sync::plans::RefusedWhy;
use sync::visits::{ActsHeld, IncomingActs, RefusedAct, open_act, sign_act, sign_held};
use sync::wire;

fn person() -> PersonId {
    PersonId::from_bytes([8; 16])
}

fn act(body: Body) -> Act {
    let by = Author {
        staff: "N1".parse().unwrap(),
        name: "Jo Marlow".into(),
        role: Role::RegulatedClinician,
        title: "Community nurse".into(),
        ods: "ZZ1".parse().unwrap(),
        organisation: "Testshire".into(),
    };
    Act {
        person: person(),
        chain: "D1/N1".parse().unwrap(),
        by,
        at: Stamp::from_millis(MORNING),
        clock_in_doubt: false,
        visit: Some(ActId::from_bytes([6; 16])),
        nonce: [7; 8],
        body,
    }
}

#[test]
fn acts_and_their_signatures() {
    let key = hub::SigningKey::from_bytes(&[3; 32]);
    let given = dose(Part::Morning, Stamp::from_millis(MORNING), vec![ActId::from_bytes([9; 16])]);
    // Kinds 16 and 17: a word on a risk that answers others, a dose of a medicine with a most and of a monthly one.
    let settles = vec![ActId::from_bytes([4; 16]), ActId::from_bytes([5; 16])];
    let settled = |settles| {
        let (prescriber, basis) = ("Dr Mayo".to_owned(), "blood gas of 9 March".to_owned());
        Body::Hypercapnic { risk: true, prescriber, basis, settles }
    };
    let most = record::visit::Administration { most: Some("8 tablets in 24 hours".into()), ..given.clone() };
    let monthly = record::visit::Administration { least_hours: Some(648), ..given.clone() };
    for body in [
        Body::Note { text: "Seen at home.".into() },
        signs(72),
        Body::Dose(given),
        settled(vec![]),
        settled(settles),
        Body::Dose(most),
        Body::Dose(monthly),
    ] {
        let signed = sign_act(&act(body), &key);
        assert_eq!(open_act(&signed, &key.verifying_key()).unwrap().to_bytes(), signed.bytes);
        let other = hub::SigningKey::from_bytes(&[4; 32]).verifying_key();
        assert!(open_act(&signed, &other).is_err());
        insta::assert_snapshot!(format!("{}\n{}\n{}", signed.id(), hex(&signed.bytes), hex(&signed.signature)));
    }
}

/// An assessment without photographs is what it was before there were any; with them it is an act of another kind.
#[test]
fn an_assessment_without_and_with_photographs() {
    let photo = Photo { id: PhotoId::from_bytes([5; 32]), length: 200_000, mime: Mime::Jpeg };
    for taken in [vec![], vec![photo]] {
        let body = stories::photos::wound(taken);
        let bytes = act(body.clone()).to_bytes();
        assert_eq!(Act::from_bytes(&bytes).unwrap().body, body);
        insta::assert_snapshot!(format!("{}\n{}", hex(&bytes), serde_json::to_string(&body).unwrap()));
    }
}

#[test]
fn letters_and_pieces_of_photographs() {
    let mut folder = Folder::new(Dictionary::none(), 3);
    let key = hub::SigningKey::from_bytes(&[3; 32]);
    let of = PhotoOf { person: person(), photo: PhotoId::from_bytes([5; 32]) };
    let (chain, at) = ("D1/N1".parse().unwrap(), Stamp::from_millis(8));
    for letter in [
        Letter::PhotoStands(vec![PhotoStands { of, has: 65_536 }]),
        Letter::PhotosHeld(photos::sign_held(PhotosHeld { chain, at, held: vec![of], signature: [0; 64] }, &key)),
        Letter::PhotosRefused(vec![RefusedPhoto { of, why: RefusedWhy::Harm }]),
        Letter::Photo(PieceDown { of, from: 32_768, length: 200_000, bytes: vec![7; 9] }),
    ] {
        let bytes = wire::write_letter(&letter, &mut folder).unwrap();
        assert_eq!(wire::read_letter(&bytes[4..], &mut folder).unwrap(), letter);
        insta::assert_snapshot!(hex(&bytes));
    }
}

#[test]
fn letters_of_visits() {
    let mut folder = Folder::new(Dictionary::none(), 3);
    let key = hub::SigningKey::from_bytes(&[3; 32]);
    let signed = sign_act(&act(Body::Note { text: "Seen.".into() }), &key);
    let (chain, at, held) = ("D1/N1".parse().unwrap(), Stamp::from_millis(8), vec![signed.id()]);
    let refused = RefusedAct { id: signed.id(), why: RefusedWhy::Stranger };
    for letter in [
        Letter::Acts(vec![IncomingActs { person: person(), through: Seq(70), acts: vec![signed.clone()] }]),
        Letter::ActsHeld(sign_held(ActsHeld { chain, at, held, signature: [0; 64] }, &key)),
        Letter::ActsRefused(vec![refused]),
    ] {
        let bytes = wire::write_letter(&letter, &mut folder).unwrap();
        assert_eq!(wire::read_letter(&bytes[4..], &mut folder).unwrap(), letter);
        insta::assert_snapshot!(hex(&bytes));
    }
}

#[test]
fn entries_about_visits() {
    let deed = VisitAct {
        subject: person(),
        purpose: Purpose::Treat,
        deed: VisitDeed::Dosed,
        outcome: Outcome::Permit,
        rule: Rule::ChoiceInForce,
    };
    for event in [Event::Visit(deed), Event::Round { shown: 12 }] {
        let entry = Entry {
            chain: "D1/N1".parse().unwrap(),
            epoch: 1,
            seq: 9,
            prev: Link::from_bytes([1; 32]),
            at: Stamp::from_millis(1_790_000_000_000),
            clock: Clock::Trusted,
            staff: "N1".parse().unwrap(),
            role: Role::RegulatedClinician,
            organisation: "ZZ1".parse().unwrap(),
            event,
        };
        let bytes = entry.to_bytes();
        assert_eq!(Entry::from_bytes(&bytes).unwrap(), entry);
        insta::assert_snapshot!(hex(&bytes));
    }
    let deeds: Vec<&str> = VisitDeed::ALL.iter().map(|deed| deed.in_words()).collect();
    insta::assert_snapshot!(deeds.join("\n"));
}
