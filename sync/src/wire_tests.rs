//! Letters read back what was written, whatever the cuts; nothing that is not a letter is taken for one.

use super::*;
use crate::frame::{Dictionary, Whole};
use crate::photos::{NamedBy, PhotoOf, Piece};
use crate::plans::Outgoing;
use proptest::prelude::*;
use record::consent::{Choice, Mode, Pack, Recorded, Relationship};
use record::feed::{Listing, Rules};
use record::patient::Demographics;
use record::people::{Organisation, Setting};
use record::summary::FactKey;
use record::summary::{Body, Fact, Item, Source};
use record::visit::{ActId, PhotoId, SignedAct};
use record::{Section, SourceId};

fn key() -> SigningKey {
    SigningKey::from_bytes(&[3; 32])
}

fn folder() -> Folder {
    Folder::new(Dictionary::none(), 3)
}

fn person() -> PersonId {
    PersonId::from_bytes([8; 16])
}

fn post() -> Post {
    Post {
        chain: "D1/N0001".parse().unwrap(),
        at: Stamp::from_millis(1_790_000_000_000),
        cursor: Cursor { seq: Seq(70_000), fetching: None },
        dictionary: 1,
        policy: 1,
        sources: 900,
        head: Head {
            epoch: 1,
            seq: 12_345,
            link: Link::from_bytes([9; 32]),
            at: Stamp::from_millis(1_790_000_000_000),
        },
        receipted: 12_345,
        entries: vec![],
        choices: vec![],
        appetite: 1 << 20,
        held: 70_001,
        mark: None,
        evidence: vec![],
        plans: vec![Outgoing { person: PersonId::from_bytes([4; 16]), bundle: vec![1, 2, 3] }],
        nonce: [7; 8],
        certified: Stamp::from_millis(1_790_000_000_000),
        claims: vec![ClaimMade {
            key: "k1".into(),
            number: "999 000 0018".parse().unwrap(),
            born: "1940-01-05".into(),
            why: "moved in with her daughter".into(),
        }],
        again: vec![person()],
        forms: vec![SignedForm { key: "c1".into(), mime: "image/png".into(), bytes: vec![1, 2, 3] }],
        held_since: 0,
        seen: 0,
        acts: vec![SignedAct { bytes: vec![4, 5], signature: [6; 64] }],
        bags_through: 0,
        bags: vec![],
        pieces: vec![Piece {
            of: PhotoOf { person: person(), photo: PhotoId::from_bytes([7; 32]) },
            by: NamedBy::Act(ActId::from_bytes([8; 16])),
            from: 32_768,
            bytes: vec![9; 12],
        }],
        wanted: vec![],
    }
}

fn letters() -> Vec<Letter> {
    let recorded = Recorded { choice: Choice::Y3, ..Recorded::nothing() };
    let rules = Rules { person: person(), version: Seq(5), relationship: Relationship::Established, recorded };
    let rules = sign(rules, &key()).unwrap();
    let listing = Listing::of(person(), &Demographics::default(), vec!["Oxygen".into()], Stamp::from_millis(5));
    let item = Item { title: "Asthma".into(), ..Item::default() };
    let fact = Fact {
        key: FactKey("Condition/1".into()),
        source: SourceId(1),
        recorded: None,
        body: Body::Item(Section::Problems, Box::new(item)),
    };
    let whole = Whole { key: "Condition/1".into(), source: SourceId(1), json: "{}".into() };
    let receipt = Receipt {
        epoch: 1,
        through: 9,
        index: 70_000,
        head: TreeHead::sign(70_001, Stamp::from_millis(7), [5; 32], &key()),
        inclusion: vec![[6; 32]; 3],
        consistency: vec![[7; 32]; 17],
    };
    let end = End {
        cursor: Cursor::default(),
        more: true,
        at: Stamp::from_millis(8),
        licence: Stamp::from_millis(9),
        signature: [0; 64],
    };
    let source = Source {
        id: SourceId(1),
        organisation: Organisation { ods: "ZZ1".parse().unwrap(), name: "Mill Lane Surgery".into() },
        setting: Setting::GpPractice,
        as_at: Stamp::from_millis(6),
    };
    vec![
        Letter::Receipt(receipt),
        Letter::Notice(Notice::sign(vec![1, 2, 3], &key())),
        Letter::Behind { epoch: 2, through: 4, link: Link::START, size: 900 },
        Letter::Policy(sign(Pack::bare(Mode::AskEachTime), &key()).unwrap()),
        Letter::ClaimsAnswered(vec![("a".into(), None), ("b".into(), Some(person()))]),
        Letter::FormsHeld(vec!["c1".into()]),
        Letter::Dictionary { id: 3, bytes: vec![1, 2, 3] },
        Letter::Sources { version: 2, sources: vec![source] },
        Letter::Person(Box::new(PersonLetter {
            base: Seq(40),
            row: 3,
            head: Seq(44),
            listing: listing.clone(),
            rules: rules.clone(),
            frames: vec![(Compartment::Emergency, vec![1, 2]), (Compartment::Whole, vec![])],
        })),
        Letter::Changed(vec![Change {
            person: person(),
            seq: Seq(45),
            as_at: Stamp::from_millis(9),
            listing: Some(listing),
            facts: vec![fact],
            gone: vec![FactKey("Flag/2".into())],
            whole: vec![whole],
        }]),
        Letter::Rules(rules),
        Letter::Removed { person: person(), seq: Seq(46) },
        Letter::ChoicesHeld(vec!["k".into()]),
        Letter::End(sign_end(end, b"post", &key())),
    ]
}

#[test]
fn every_letter_reads_back_even_one_byte_at_a_time() {
    let sent = letters();
    let stream: Vec<u8> = sent.iter().flat_map(|l| write_letter(l, &mut folder()).unwrap()).collect();
    let mut splitter = Splitter::default();
    let mut got = Vec::new();
    for byte in &stream {
        for block in splitter.push(&[*byte]).unwrap() {
            got.push(read_letter(&block, &mut folder()).unwrap());
        }
    }
    assert_eq!(got, sent);
    assert_eq!(splitter.pending(), 0);
}

#[test]
fn a_post_reads_back_and_only_with_its_key() {
    let mut sent = post();
    sent.entries = vec![vec![1, 2, 3], vec![]];
    sent.receipted = 12_343;
    sent.mark = Some(BatchMark::sign(&sent.chain, (1, 12_345), Link::of(&[]), &key()));
    sent.evidence = vec![TreeHead::sign(70_001, Stamp::from_millis(7), [5; 32], &key())];
    sent.choices = vec![ChoiceMade { key: "c1".into(), person: person(), saw: Seq(4), recorded: Recorded::nothing() }];
    sent.cursor.fetching = Some(Fetching { base: Seq(9), after: 77, wholes: true });
    let bytes = write_post(&sent, &key()).unwrap();
    assert_eq!(claimed_chain(&bytes).unwrap(), sent.chain);
    assert_eq!(read_post(&bytes, &key().verifying_key()).unwrap(), sent);
    let other = SigningKey::from_bytes(&[4; 32]).verifying_key();
    assert!(matches!(read_post(&bytes, &other), Err(WireFault::Signature)));
    for index in 0..bytes.len() {
        let mut edited = bytes.clone();
        edited[index] ^= 1;
        assert!(read_post(&edited, &key().verifying_key()).is_err(), "byte {index}");
    }
}

#[test]
fn nothing_changed_costs_under_300_bytes_both_ways() {
    let quiet = Post { claims: vec![], again: vec![], forms: vec![], acts: vec![], pieces: vec![], ..post() };
    let out = write_post(&quiet, &key()).unwrap();
    let end = End {
        cursor: Cursor { seq: Seq(u64::from(u32::MAX)), fetching: None },
        more: false,
        at: post().at,
        licence: post().at,
        signature: [0; 64],
    };
    let back = write_letter(&Letter::End(sign_end(end, &out, &key())), &mut folder()).unwrap();
    assert!(out.len() + back.len() <= 300, "{} + {}", out.len(), back.len());
}

#[test]
fn an_answer_cannot_be_replayed_for_another_post() {
    let end = End {
        cursor: Cursor::default(),
        more: false,
        at: Stamp::from_millis(1),
        licence: Stamp::from_millis(9),
        signature: [0; 64],
    };
    let end = sign_end(end, b"first", &key());
    assert!(check_end(&end, b"first", &key().verifying_key()).is_ok());
    assert!(check_end(&end, b"second", &key().verifying_key()).is_err());
}

#[test]
fn a_newer_letter_is_told_from_a_broken_one() {
    assert!(matches!(read_letter(&[99, VERSION], &mut folder()), Err(WireFault::Newer)));
    assert!(matches!(read_letter(&[1, VERSION + 1], &mut folder()), Err(WireFault::Newer)));
    assert!(matches!(read_letter(&[1, VERSION], &mut folder()), Err(WireFault::Form)));
    assert!(matches!(Splitter::default().push(&u32::MAX.to_le_bytes()), Err(WireFault::TooLong)));
}

proptest! {
    #[test]
    fn no_bytes_can_make_reading_panic(bytes: Vec<u8>, kind in 0u8..13) {
        let mut block = vec![kind, VERSION];
        block.extend(&bytes);
        let _ = read_letter(&block, &mut folder());
        let _ = read_post(&block, &key().verifying_key());
        let _ = Splitter::default().push(&bytes);
    }
}

/// A resource that does not name itself, or otherwise than it is kept under, keeps its key; one that does is not named twice.
#[test]
fn what_changed_keeps_the_keys_of_its_resources() {
    let whole = |key: &str, json: &str| Whole { key: key.into(), source: SourceId(3), json: json.into() };
    let own = r#"{"id":"1","resourceType":"Flag","a":"é"}"#;
    let kept = vec![
        whole("Flag/1", own),
        whole("Flag/2", own),
        whole("Flag/1", "{}"),
        whole("Flag/1", r#"{"id":"1","id":"1","resourceType":"Flag"}"#),
    ];
    let change = |seq, kept| Change {
        person: person(),
        seq: Seq(seq),
        as_at: Stamp::from_millis(-9),
        listing: None,
        facts: vec![],
        gone: vec![],
        whole: kept,
    };
    let sent = Letter::Changed(vec![change(u64::MAX, kept), change(3, vec![]), change(4, vec![whole("Flag/1", own)])]);
    let bytes = write_letter(&sent, &mut folder()).unwrap();
    assert_eq!(read_letter(&bytes[4..], &mut folder()).unwrap(), sent);
}
