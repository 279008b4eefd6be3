//! Bags as frozen bytes: a note, what is said of notes, the slip, and the audit's entry. A change here is a new version, never an edit.

use record::audit::{BagAct, BagDeed, Entry, Event, Link};
use record::bag::belongings::Column;
use record::bag::file::Kind;
use record::bag::{
    BagId, BagSection, Count, Counting, Critical, File, Header, HomeForm, ItemId, Note, NoteId, Party, Passage,
    Present, Said, Second, State, Step,
};
use record::consent::{Choice, Clock, Outcome, Purpose, Rule};
use record::lease::{Certificate, Lending};
use record::patient::Gender;
use record::people::{Organisation, Role};
use record::plan::Author;
use record::visit::PhotoId;
use record::{NhsNumber, PersonId, Stamp, When};
use sync::bag::post::{RefusedNote, RefusedWhy, sign_held};
use sync::bag::sheet::at_the_pages;
use sync::bag::{BagsDown, BagsHeld, Sheet, Slip, SlipSecret};
use sync::frame::{Dictionary, Folder};
use sync::lease::Sworn;
use sync::letter::Letter;
use sync::wire;

const AT: Stamp = Stamp::from_millis(1_790_000_000_000);
const BAG: BagId = BagId::from_bytes([1; 16]);

fn key() -> hub::SigningKey {
    hub::SigningKey::from_bytes(&[3; 32])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn home() -> Organisation {
    Organisation { ods: "VLE1".parse().unwrap(), name: "Rose Court".into() }
}

fn sheet() -> Sheet {
    let by = Author {
        staff: "C1".parse().unwrap(),
        name: "Jo Marlow".into(),
        role: Role::CareStaff,
        title: "Carer".into(),
        ods: home().ods,
        organisation: home().name,
    };
    let header = Header {
        person: PersonId::from_bytes([8; 16]),
        banner: "OKONJO, Ada".into(),
        family: "Okonjo".into(),
        given: "Ada".into(),
        born: When::parse("1941-05-06"),
        gender: Gender::Female,
        nhs_number: NhsNumber::from_stem(999_000_001),
        nhs_number_verified: true,
        home: home(),
        tracker: "RB-17".into(),
    };
    let said = Said::Opened(Box::new(header));
    let id = NoteId::from_bytes([0; 32]);
    Sheet::sign(Note { id, bag: BAG, by, chain: "D1/C1".parse().unwrap(), at: AT, said }, &key()).unwrap()
}

/// As an administrator writes one.
const FORM: &str = r#"{ "home": "VLE1", "questions": [{ "section": "nursing", "label": "Hoist and sling" }],
    "things": [{ "code": "teddy", "label": "Teddy bear" }] }"#;

#[test]
fn a_note_and_what_is_said_of_notes() {
    let sheet = sheet();
    insta::assert_snapshot!(String::from_utf8_lossy(sheet.bytes()));
    insta::assert_snapshot!(sheet.note.id.to_string());
    let mut folder = Folder::new(Dictionary::none(), 3);
    let held = BagsHeld { chain: "D1/C1".parse().unwrap(), at: AT, notes: vec![sheet.note.id], signature: [0; 64] };
    let notes = vec![(b"a note".to_vec(), [7; 64])];
    for letter in [
        Letter::Bags(BagsDown { through: 900, notes }),
        Letter::BagsHeld(sign_held(held, &key())),
        Letter::BagsRefused(vec![RefusedNote { note: NoteId::from_bytes([2; 32]), why: RefusedWhy::Stranger }]),
        Letter::HomeForm(wire::sign(serde_json::from_str::<HomeForm>(FORM).unwrap(), &key()).unwrap()),
        Letter::BagTimes(vec![(sheet.note.id, AT), (NoteId::from_bytes([2; 32]), AT)]),
    ] {
        let bytes = wire::write_letter(&letter, &mut folder).unwrap();
        assert_eq!(wire::read_letter(&bytes[4..], &mut folder).unwrap(), letter);
        insta::assert_snapshot!(hex(&bytes));
    }
}

/// What somebody without a device says at the hub's pages: their own chain there, and the hub's signature (decision 0042).
#[test]
fn a_note_that_the_hub_signed_in_somebodys_name() {
    let by = Author {
        staff: "E1".parse().unwrap(),
        name: "Ines Duarte".into(),
        role: Role::RegulatedClinician,
        title: "Sister".into(),
        ods: "RBD".parse().unwrap(),
        organisation: "Dorset County Hospital".into(),
    };
    let chain = at_the_pages(&by.staff).unwrap();
    let passage = Passage {
        step: Step::Receive,
        after: Some(sheet().note.id),
        settles: Vec::new(),
        to: Some(Party::Known(by.clone())),
        place: "Bay 4".into(),
        tracker: "RB-17".into(),
        items: Some(5),
        remark: String::new(),
        contents: None,
    };
    for said in [Said::Passed(Box::new(passage)), Said::Seen { version: 2 }] {
        let note =
            Note { id: NoteId::from_bytes([0; 32]), bag: BAG, by: by.clone(), chain: chain.clone(), at: AT, said };
        let sheet = Sheet::sign(note.clone(), &key()).unwrap();
        assert!(sheet.is_from_the_pages() && sheet.is_by_the_hub(&key().verifying_key()));
        assert!(!sheet.is_by_the_hub(&hub::SigningKey::from_bytes(&[4; 32]).verifying_key()));
        // The hub's key in another's chain is nobody's.
        let other = Sheet::sign(Note { chain: "hub/E2".parse().unwrap(), ..note }, &key()).unwrap();
        assert!(other.is_from_the_pages() && !other.is_by_the_hub(&key().verifying_key()));
        insta::assert_snapshot!(String::from_utf8_lossy(sheet.bytes()));
        insta::assert_snapshot!(sheet.note.id.to_string());
    }
}

/// A count of valuables: the second person's role and signature stand at the end, where there are any.
#[test]
fn a_count_that_two_signed() {
    let by = sheet().note.by;
    let money = Count {
        code: "money".into(),
        label: "Money".into(),
        valuable: true,
        present: Present::Yes,
        count: 20,
        condition: String::new(),
        photos: vec![],
    };
    let signed = File { id: PhotoId::from_bytes([5; 32]), length: 4_000, kind: Kind::Png };
    let second = Second { name: "Jo Second".into(), title: "Night nurse".into(), signed: Some(signed) };
    let said = Said::Counted(Counting::new(Column::LeavingHome, vec![money], Some(second), &by).unwrap());
    let (chain, id) = ("D1/C1".parse().unwrap(), NoteId::from_bytes([0; 32]));
    let sheet = Sheet::sign(Note { id, bag: BAG, by, chain, at: AT, said }, &key()).unwrap();
    assert_eq!(sheet.note.said.files(), [signed]);
    assert_eq!(Sheet::read(sheet.bytes(), *sheet.signature()).unwrap(), sheet);
    insta::assert_snapshot!(String::from_utf8_lossy(sheet.bytes()));
}

/// Files that notes name: new fields at the end, absent where there is none, so that older notes are what they were and older readers pass over them.
#[test]
fn files_that_notes_name() {
    let by = sheet().note.by;
    let file = |n: u8, kind| File { id: PhotoId::from_bytes([n; 32]), length: 4_000, kind };
    let glasses = Count {
        code: "glasses".into(),
        label: "Glasses".into(),
        valuable: false,
        present: Present::Yes,
        count: 1,
        condition: String::new(),
        photos: vec![file(1, Kind::Jpeg), file(2, Kind::Png)],
    };
    let bare = Count { photos: vec![], ..glasses.clone() };
    let (section, text) = (BagSection::Documents, "Transfer form (PDF, 4 kB)".to_owned());
    let item = ItemId::of(section.code(), "form");
    let put = |file| Said::Put { section, item, text: text.clone(), from: None, as_found: false, over: vec![], file };
    let counted = |count| Said::Counted(Counting::new(Column::LeavingHome, vec![count], None, &by).unwrap());
    let (chain, id) = ("D1/C1".parse().unwrap(), NoteId::from_bytes([0; 32]));
    let note = Note { id, bag: BAG, by: by.clone(), chain, at: AT, said: counted(bare) };
    for said in [counted(glasses), put(Some(file(3, Kind::Pdf)))] {
        let sheet = Sheet::sign(Note { said, ..note.clone() }, &key()).unwrap();
        assert!(!sheet.note.said.files().is_empty());
        assert_eq!(Sheet::read(sheet.bytes(), *sheet.signature()).unwrap(), sheet);
        insta::assert_snapshot!(String::from_utf8_lossy(sheet.bytes()));
    }
    // As they were written before there were files: read, and written the same.
    let old = r#"{"count":{"column":"leaving-home","counts":[{"code":"glasses","label":"Glasses","present":"yes","count":1}]}}"#;
    assert_eq!(serde_json::to_string(&note.said).unwrap(), old);
    assert_eq!(serde_json::from_str::<Said>(old).unwrap(), note.said);
    let old = format!(r#"{{"put":{{"section":"documents","item":"{item}","text":"{text}","as_found":false}}}}"#);
    assert_eq!(serde_json::to_string(&put(None)).unwrap(), old);
    assert_eq!(serde_json::from_str::<Said>(&old).unwrap(), put(None));
}

#[test]
fn a_slip_as_a_code() {
    let certificate = Certificate {
        staff: "C1".parse().unwrap(),
        name: "Jo Marlow".into(),
        device: "D1".parse().unwrap(),
        key: key().verifying_key().to_bytes(),
        issued: AT,
        not_after: AT,
        lending: Lending::STANDARD,
    };
    let slip = Slip {
        bag: BAG,
        person: PersonId::from_bytes([8; 16]),
        digest: [4; 32],
        length: 12_345,
        secret: SlipSecret::from_random([5; 16]),
        at: AT,
        from: home(),
        choice: Choice::Y3,
        until: None,
        checked: Some(AT),
        near: vec!["192.168.4.7:40123".parse().unwrap(), "[fd12::7]:40123".parse().unwrap()],
        critical: Critical { banner: "OKONJO, Ada".into(), reason: "Fall".into(), ..Critical::default() },
    };
    insta::assert_snapshot!(slip.to_code(&Sworn::by(certificate, &key()), &key()).unwrap());
}

#[test]
fn an_entry_about_a_bag() {
    let act = BagAct {
        subject: PersonId::from_bytes([8; 16]),
        purpose: Purpose::Treat,
        bag: BAG,
        deed: BagDeed::Shown,
        outcome: Outcome::Permit,
        rule: Rule::ChoiceInForce,
    };
    let entry = Entry {
        chain: "D1/C1".parse().unwrap(),
        epoch: 1,
        seq: 3,
        prev: Link::from_bytes([1; 32]),
        at: AT,
        clock: Clock::Trusted,
        staff: "C1".parse().unwrap(),
        role: Role::CareStaff,
        organisation: "VLE1".parse().unwrap(),
        event: Event::Bag(act),
    };
    assert_eq!(Entry::from_bytes(&entry.to_bytes()).unwrap(), entry);
    insta::assert_snapshot!(hex(&entry.to_bytes()));
    let deeds: Vec<&str> = BagDeed::ALL.iter().map(|deed| deed.in_words()).collect();
    insta::assert_snapshot!(deeds.join("\n"));
}

/// Words and names that stand in notes for ever.
#[test]
fn words_of_bags_formats() {
    let words = |all: Vec<&str>| all.join(" ");
    insta::assert_snapshot!(words(BagSection::ALL.iter().map(|s| s.code()).collect()));
    insta::assert_snapshot!(words(State::ALL.iter().map(|s| s.code()).collect()));
    insta::assert_snapshot!(words(Step::ALL.iter().map(|s| s.code()).collect()));
    insta::assert_snapshot!(ItemId::of("transfer", "reason").to_string());
}
