//! Frozen bytes: what an older device or hub wrote must be read for ever. A failure here means a format changed under a version number
//! that did not.

use record::audit::{Entry, Event, Link};
use record::bag::NoteId;
use record::consent::{Choice, Clock, DecidedBy, Mode, Outcome, Pack, Purpose, Recorded, Relationship, Rule};
use record::feed::{Listing, Rules, Seq};
use record::patient::Demographics;
use record::people::{Organisation, Role, Setting};
use record::summary::{Absence, Body, Fact, FactKey, Item, Note, Source};
use record::visit::{ActId, PhotoId};
use record::{PersonId, Section, Sections, SourceId, Stamp};
use sync::frame::{Dictionary, Folder, Whole, facts_to_bytes, wholes_to_bytes};
use sync::letter::{Change, Cursor, End, Ended, EndedBecause, Fetching, Letter, PersonLetter, Post, WholeLetter};
use sync::outbox::{Frame, Segment, SegmentReceipt, Work};
use sync::owed::{Owed, Things};
use sync::own::{OwnFrames, OwnLetter};
use sync::photos::{NamedBy, PhotoOf, Piece, Wanted};
use sync::seen::{Of, Seen, SeenWork};
use sync::wire;
use sync::witness::{BatchMark, Notice, Receipt, TreeHead};

fn key() -> hub::SigningKey {
    hub::SigningKey::from_bytes(&[3; 32])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn person() -> PersonId {
    PersonId::from_bytes([8; 16])
}

#[test]
fn an_audit_entry() {
    let entry = Entry {
        chain: "D1/N1".parse().unwrap(),
        epoch: 1,
        seq: 300,
        prev: Link::from_bytes([1; 32]),
        at: Stamp::from_millis(1_790_000_000_000),
        clock: Clock::Suspect,
        staff: "N1".parse().unwrap(),
        role: Role::RegulatedClinician,
        organisation: "ZZ1".parse().unwrap(),
        event: Event::Record {
            subject: person(),
            purpose: Purpose::EmergencyTreat,
            sections: Sections::ALL,
            outcome: Outcome::BreakGlass,
            rule: Rule::EmergencyOnly,
        },
    };
    insta::assert_snapshot!(hex(&entry.to_bytes()));
    insta::assert_snapshot!(Link::of(&entry.to_bytes()).to_string());
}

/// Audit entries and questions hold sections by their place in this list: it only ever grows at the end.
#[test]
fn the_places_of_the_sections() {
    let places: Vec<String> =
        Section::ALL.iter().map(|s| format!("{} {}", Sections::only(*s).bits().trailing_zeros(), s.code())).collect();
    insta::assert_snapshot!(places.join("\n"));
}

#[test]
fn a_post() {
    let post = Post {
        chain: "D1/N1".parse().unwrap(),
        at: Stamp::from_millis(1_790_000_000_000),
        cursor: Cursor { seq: Seq(70), fetching: Some(Fetching { base: Seq(71), after: 3, wholes: false }) },
        dictionary: 1,
        policy: 2,
        sources: 900,
        head: record::audit::Head::START,
        receipted: 0,
        entries: vec![],
        choices: vec![],
        appetite: 60_000,
        held: 900,
        mark: Some(BatchMark { epoch: 1, through: 9, signature: [7; 64] }),
        evidence: vec![],
        plans: vec![],
        nonce: [9; 8],
        certified: Stamp::from_millis(1_790_000_000_000),
        claims: vec![],
        again: vec![person()],
        forms: vec![],
        held_since: 0,
        seen: 0,
        acts: vec![],
        bags_through: 0,
        bags: vec![],
        pieces: vec![],
        wanted: vec![],
    };
    insta::assert_snapshot!(hex(&wire::write_post(&post, &key()).unwrap()));
    // With a piece of a photograph, and one that is wanted.
    let of = PhotoOf { person: person(), photo: PhotoId::from_bytes([5; 32]) };
    let by = NamedBy::Act(ActId::from_bytes([6; 16]));
    let piece = Piece { of, by, from: 32_768, bytes: vec![7; 9] };
    let post = Post { pieces: vec![piece], wanted: vec![Wanted { of, from: 4 }], ..post };
    insta::assert_snapshot!(hex(&wire::write_post(&post, &key()).unwrap()));
    // With a piece of a file that a bag names.
    let by = NamedBy::Note(NoteId::from_bytes([8; 32]));
    let post = Post { pieces: vec![Piece { of, by, from: 0, bytes: vec![7; 9] }], wanted: vec![], ..post };
    insta::assert_snapshot!(hex(&wire::write_post(&post, &key()).unwrap()));
}

#[test]
fn letters() {
    let mut folder = Folder::new(Dictionary::none(), 3);
    let recorded = Recorded { choice: Choice::Y2, decided_by: DecidedBy::Person, ..Recorded::nothing() };
    let rules = Rules { person: person(), version: Seq(5), relationship: Relationship::Established, recorded };
    let licence = Stamp::from_millis(9);
    let end = End { cursor: Cursor::default(), more: false, at: Stamp::from_millis(8), licence, signature: [0; 64] };
    let ended = Ended { why: EndedBecause::Lost, at: Stamp::from_millis(8), signature: [0; 64] };
    let (role, organisation) = (Role::CareStaff, "Elm House".to_owned());
    let seen = Seen { person: person(), through: 4, role, organisation, at: Stamp::from_millis(9) };
    let seen_too = seen.clone();
    let receipt = Receipt {
        epoch: 1,
        through: 9,
        index: 899,
        head: TreeHead::sign(900, Stamp::from_millis(7), [5; 32], &key()),
        inclusion: vec![[6; 32]],
        consistency: vec![[7; 32]; 2],
    };
    for letter in [
        Letter::Receipt(receipt),
        Letter::Notice(Notice::sign(b"an entry".to_vec(), &key())),
        Letter::Behind { epoch: 1, through: 4, link: Link::START, size: 900 },
        Letter::Policy(wire::sign(Pack::bare(Mode::AskEachTime), &key()).unwrap()),
        Letter::ClaimsAnswered(vec![("k".into(), None), ("l".into(), Some(person()))]),
        Letter::FormsHeld(vec!["k".into()]),
        Letter::Rules(wire::sign(rules, &key()).unwrap()),
        Letter::Removed { person: person(), seq: Seq(46) },
        Letter::End(wire::sign_end(end, b"post", &key())),
        Letter::ChoicesHeld(vec!["000000000046-k".into()]),
        Letter::Certified { sworn: b"a certificate".to_vec(), ended: vec!["D2".parse().unwrap()] },
        Letter::Ended(wire::sign_ended(ended, b"post", &key())),
        Letter::Seen { through: 12, seen: vec![seen] },
        Letter::SeenWork(SeenWork { through: 13, seen: vec![(Of::Visits, seen_too.clone()), (Of::Choice, seen_too)] }),
        Letter::Owed(Owed { letters: 40, bytes: 90_000, people: vec![(person(), Things::RECORD.with(Things::PLAN))] }),
        Letter::Own(OwnLetter { person: person(), frames: OwnFrames { facts: vec![1, 2], wholes: vec![3] } }),
    ] {
        let bytes = wire::write_letter(&letter, &mut folder).unwrap();
        assert_eq!(wire::read_letter(&bytes[4..], &mut folder).unwrap(), letter);
        insta::assert_snapshot!(hex(&bytes));
    }
}

#[test]
fn facts_and_wholes() {
    let item = Item { title: "Asthma".into(), status: Some("active".into()), ..Item::default() };
    let fact = |key: &str, body| Fact { key: FactKey(key.into()), source: SourceId(4), recorded: None, body };
    let facts = [
        fact("Patient/1", Body::Demographics(Box::default())),
        fact("Condition/1", Body::Item(Section::Problems, Box::new(item))),
        fact("List/1", Body::Note(Section::Allergies, Note::Absent(Absence::NoContentRecorded))),
    ];
    insta::assert_snapshot!(String::from_utf8(facts_to_bytes(&facts).unwrap()).unwrap());
    let whole = Whole { key: "Condition/1".into(), source: SourceId(4), json: r#"{"a":1.10}"#.into() };
    insta::assert_snapshot!(hex(&wholes_to_bytes(&[whole])));
    let listing = Listing::of(person(), &Demographics::default(), vec!["Oxygen".into()], Stamp::from_millis(5));
    insta::assert_snapshot!(serde_json::to_string(&listing).unwrap());
}

/// Letters that travel folded, as they were first written, a line each: what folds them may change, what unfolds them must go on reading.
#[test]
fn folded_letters_of_before_are_read() {
    let recorded = Recorded::nothing();
    let rules = Rules { person: person(), version: Seq(5), relationship: Relationship::Established, recorded };
    let listing = Listing::of(person(), &Demographics::default(), vec!["Oxygen".into()], Stamp::from_millis(5));
    let whole = Whole { key: "Condition/1".into(), source: SourceId(4), json: r#"{"a":1.10}"#.into() };
    let item = Item { title: "Asthma".into(), ..Item::default() };
    let body = Body::Item(Section::Problems, Box::new(item));
    let fact = Fact { key: FactKey("Condition/1".into()), source: SourceId(4), recorded: None, body };
    let change = Change {
        person: person(),
        seq: Seq(71),
        as_at: Stamp::from_millis(6),
        listing: Some(listing.clone()),
        facts: vec![fact],
        gone: vec![FactKey("Condition/2".into())],
        whole: vec![whole],
    };
    let frames = vec![(record::section::Compartment::Emergency, vec![1, 0, 0])];
    let signed = wire::sign(rules, &key()).unwrap();
    let (base, row, head) = (Seq(71), 3, Seq(70));
    let organisation = Organisation { ods: "ZZ1".parse().unwrap(), name: "Testshire Community Trust".into() };
    let source = Source { id: SourceId(4), organisation, setting: Setting::Community, as_at: Stamp::from_millis(6) };
    let letters = [
        Letter::Person(Box::new(PersonLetter { base, row, head, listing, rules: signed, frames })),
        Letter::Changed(vec![change]),
        Letter::Whole(WholeLetter { base, row, person: person(), frame: vec![1, 0, 0] }),
        Letter::Dictionary { id: 1, bytes: b"words that a region repeats, words that a region repeats".to_vec() },
        Letter::Sources { version: 7, sources: vec![source] },
    ];
    // The first two were written anew, in tighter forms.
    let letters: Vec<&Letter> = letters.iter().chain(&letters[..2]).collect();
    assert_eq!(letters.len(), include_str!("folded_letters.hex").lines().count());
    let mut folder = Folder::new(Dictionary::none(), 3);
    for (letter, line) in letters.into_iter().zip(include_str!("folded_letters.hex").lines()) {
        let now = wire::write_letter(letter, &mut folder).unwrap();
        assert_eq!(&wire::read_letter(&now[4..], &mut folder).unwrap(), letter);
        let pair = |two: &[u8]| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap();
        let before: Vec<u8> = line.as_bytes().chunks(2).map(pair).collect();
        assert_eq!(&wire::read_letter(&before[4..], &mut folder).unwrap(), letter);
    }
}

/// A segment of an outbox lies beside a vault for as long as a device is lost: what was sealed then is opened by today's hub.
#[test]
fn a_segment_of_an_outbox_and_its_receipt() {
    let author = hub::SigningKey::from_bytes(&[4; 32]);
    let chain: record::ChainId = "D1/N1".parse().unwrap();
    let hub = key().verifying_key();
    let (mut segment, mut bytes) =
        Segment::begin(&[2; 32], &hub, (&chain, &author), Stamp::from_millis(1_790_000_000_000)).unwrap();
    let mark = Some(BatchMark { epoch: 1, through: 9, signature: [7; 64] });
    let work = vec![Work::Plan { person: person(), change: b"a change".to_vec() }];
    let frame = Frame { entries: vec![b"an entry".to_vec()], mark, work };
    bytes.extend(segment.frame(9, &frame).unwrap());
    insta::assert_snapshot!(hex(&bytes));
    let opened = sync::outbox::open(&bytes, &key()).unwrap();
    opened.check(&author.verifying_key()).unwrap();
    assert_eq!((opened.frames, opened.chain), (vec![frame], chain));
    let opened = sync::outbox::open(&bytes, &key()).unwrap();
    let receipt = opened.held(&key(), Stamp::from_millis(1_790_000_100_000));
    insta::assert_snapshot!(hex(&receipt));
    assert!(SegmentReceipt::verify(&receipt, &bytes, &hub).unwrap().covers(&bytes));
}
