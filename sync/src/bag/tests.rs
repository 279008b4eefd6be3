//! Codes read back; every loss, repeat, change of order, swap and forgery is healed or refused; sizes and times hold.

use super::bundle::Carried;
use super::frames::Took;
use super::*;
use crate::lease::Sworn;
use ed25519_dalek::SigningKey;
use proptest::prelude::*;
use record::bag::{BagId, Critical, Header, Note, NoteId, Said};
use record::consent::{Choice, Recorded};
use record::lease::{Certificate, Lending};
use record::patient::Gender;
use record::people::{Organisation, Role};
use record::plan::Author;
use record::{ChainId, NhsNumber, PersonId, Stamp, When};
use sha2::{Digest, Sha256};

const NOW: Stamp = Stamp::from_millis(1_790_000_000_000);
const BAG: BagId = BagId::from_bytes([1; 16]);

fn key(byte: u8) -> SigningKey {
    SigningKey::from_bytes(&[byte; 32])
}

fn hub() -> SigningKey {
    key(99)
}

fn home() -> Organisation {
    Organisation { ods: "VLE1".parse().unwrap(), name: "Rose Court Care Home".into() }
}

fn sworn(n: u8, hub: &SigningKey) -> Sworn {
    let certificate = Certificate {
        staff: format!("C000{n}").parse().unwrap(),
        name: "Jo Marlow".into(),
        device: format!("D0A1B2C3D4E{n}").parse().unwrap(),
        key: key(n).verifying_key().to_bytes(),
        issued: NOW,
        not_after: Stamp::from_millis(NOW.millis() + 48 * 3_600_000),
        lending: Lending::STANDARD,
    };
    Sworn::by(certificate, hub)
}

fn sheet(n: u8, words: &str) -> Sheet {
    let by = Author {
        staff: format!("C000{n}").parse().unwrap(),
        name: "Jo Marlow".into(),
        role: Role::CareStaff,
        title: "Senior carer".into(),
        ods: home().ods,
        organisation: home().name,
    };
    let header = Header {
        person: PersonId::from_bytes([7; 16]),
        banner: words.into(),
        family: "Okonjo".into(),
        given: "Ada".into(),
        born: When::parse("1941-05-06"),
        gender: Gender::Female,
        nhs_number: NhsNumber::from_stem(999_000_001),
        nhs_number_verified: true,
        home: home(),
        tracker: "RB-17".into(),
    };
    let chain = ChainId::of(&format!("D0A1B2C3D4E{n}").parse().unwrap(), &by.staff);
    let said = Said::Opened(Box::new(header));
    Sheet::sign(Note { id: NoteId::from_bytes([0; 32]), bag: BAG, by, chain, at: NOW, said }, &key(n)).unwrap()
}

/// Words that do not fold: as heavy on the wire as they look.
fn noise(bytes: usize) -> String {
    let mut words = String::new();
    let mut block = [0u8; 32];
    while words.len() < bytes {
        block = Sha256::digest(block).into();
        words.push_str(&data_encoding::BASE64.encode(&block));
    }
    words.truncate(bytes);
    words
}

fn bundle(words: &str) -> Bundle {
    let notes = vec![Carried { sheet: sheet(1, words), sworn: Some(sworn(1, &hub()).to_bytes()) }];
    Bundle { bag: BAG, recorded: Recorded { choice: Choice::Y3, ..Recorded::nothing() }, checked: Some(NOW), notes }
}

fn secret(byte: u8) -> SlipSecret {
    SlipSecret::from_random([byte; 16])
}

fn slip(sealed: &[u8], byte: u8) -> Slip {
    Slip {
        bag: BAG,
        person: PersonId::from_bytes([7; 16]),
        digest: Sha256::digest(sealed).into(),
        length: sealed.len() as u32,
        secret: secret(byte),
        at: NOW,
        from: home(),
        choice: Choice::Y3,
        until: None,
        checked: Some(NOW),
        near: ["10.0.0.7:40001", "192.168.4.7:40002", "[fd12::7]:40003"].map(|at| at.parse().unwrap()).to_vec(),
        critical: Critical { banner: "OKONJO, Ada (Mrs)".into(), reason: "Fall".into(), ..Critical::default() },
    }
}

/// A showing: its slip and frames.
fn showing(words: &str, byte: u8) -> (Slip, Frames, Vec<u8>) {
    let sealed = bundle(words).seal(&secret(byte)).unwrap();
    (slip(&sealed, byte), Frames::of(&sealed, BAG, &secret(byte)), sealed)
}

#[test]
fn a_slip_reads_back_and_fits_a_code_that_a_cracked_phone_shows() {
    let (mut slip, ..) = showing("OKONJO, Ada", 5);
    slip.critical.allergies = (0..30).map(|n| format!("Allergy number {n} — anaphylaxis")).collect();
    slip.critical.reason = "Confused since this morning. ".repeat(20);
    slip.critical.cpr =
        vec!["CPR decision: Not for attempted CPR. Dr Frost GP, 01-Mar-2026 10:00. Original: in the bag".into()];
    let text = slip.clone().to_code(&sworn(1, &hub()), &key(1)).unwrap();
    assert!(text.len() <= LONGEST && slip::MOST <= 1_100, "{}", text.len());
    let read = Slip::read(&format!(" {}\n", text.to_lowercase()), &hub().verifying_key()).unwrap();
    assert_eq!((read.slip.bag, read.slip.digest, &read.slip.secret), (BAG, slip.digest, &slip.secret));
    assert_eq!(read.giver.staff.as_str(), "C0001");
    assert_eq!(read.slip.critical.cpr, slip.critical.cpr, "never shortened");
    assert!(read.slip.critical.shortened && read.slip.critical.more_allergies > 0);
    assert!(!read.slip.critical.allergies.is_empty());
    assert!(!format!("{:?}", read.slip.secret).contains('5'));
}

#[test]
fn nothing_but_the_right_keys_over_the_right_bytes_is_believed() {
    let (slip, ..) = showing("OKONJO, Ada", 5);
    let read = |text: &str| Slip::read(text, &hub().verifying_key()).map(|_| ());
    let good = slip.clone().to_code(&sworn(1, &hub()), &key(1)).unwrap();
    assert_eq!(read(&good), Ok(()));
    assert_eq!(
        read(&slip.clone().to_code(&sworn(1, &key(98)), &key(1)).unwrap()),
        Err(BagFault::Forged),
        "its own hub"
    );
    assert_eq!(
        read(&slip.clone().to_code(&sworn(1, &hub()), &key(2)).unwrap()),
        Err(BagFault::Forged),
        "another's key"
    );
    let answer = Answer::to_code(&sheet(1, "OKONJO"), &sworn(1, &hub())).unwrap();
    assert_eq!(read(&answer), Err(BagFault::Code), "an answer is not a slip");
    assert!(Answer::read(&answer, &hub().verifying_key()).is_ok());
    let other = Answer::to_code(&sheet(1, "OKONJO"), &sworn(2, &hub())).unwrap();
    assert_eq!(Answer::read(&other, &hub().verifying_key()), Err(BagFault::Forged), "another's certificate");
    let bytes = data_encoding::BASE32_NOPAD.decode(good.strip_prefix("SATCHEL-BAG-").unwrap().as_bytes()).unwrap();
    for bit in (0..bytes.len() * 8).step_by(3) {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let text = format!("SATCHEL-BAG-{}", data_encoding::BASE32_NOPAD.encode(&flipped));
        assert!(read(&text).is_err(), "bit {bit}");
    }
}

#[test]
fn a_sealed_bag_opens_with_its_own_slip_only() {
    let (_, _, sealed) = showing("OKONJO, Ada", 5);
    assert_eq!(Bundle::open(&sealed, BAG, &secret(5)).unwrap(), bundle("OKONJO, Ada"));
    assert_eq!(Bundle::open(&sealed, BAG, &secret(6)), Err(BagFault::Forged));
    assert_eq!(Bundle::open(&sealed, BagId::from_bytes([2; 16]), &secret(5)), Err(BagFault::Forged));
    assert!(!sealed.windows(6).any(|w| w == b"OKONJO"));
    let carried = bundle("OKONJO").notes.remove(0);
    assert!(carried.is_proven(&hub().verifying_key()));
    assert!(!carried.is_proven(&key(98).verifying_key()), "certified by another hub");
    assert!(!Carried { sworn: None, ..carried }.is_proven(&hub().verifying_key()));
}

#[test]
fn a_note_is_named_by_its_bytes_and_its_author_is_whom_the_certificate_says() {
    let signed = sheet(1, "OKONJO");
    let read = Sheet::read(signed.bytes(), *signed.signature()).unwrap();
    assert_eq!(read, signed);
    assert_ne!(signed.note.id, sheet(1, "OKONJ0").note.id);
    assert!(signed.is_certified_by(&sworn(1, &hub()).certificate));
    assert!(!signed.is_certified_by(&sworn(2, &hub()).certificate));
    let late = Certificate { not_after: NOW, ..sworn(1, &hub()).certificate };
    assert!(!signed.is_certified_by(&late), "signed after the certificate had run out");
    let renamed = Certificate { name: "Somebody Else".into(), ..sworn(1, &hub()).certificate };
    assert!(!signed.is_certified_by(&renamed));
}

#[test]
fn a_whole_bag_is_across_within_twenty_seconds_with_three_frames_in_ten_lost() {
    // Forty thousand bytes that do not fold, at ten frames a second.
    let (slip, frames, _) = showing(&noise(40_000), 5);
    assert!(slip.length > 30_000);
    let mut collector = Collector::of(&slip).unwrap();
    let mut chance = 42u64;
    let mut shown = 0;
    for frame in frames.0.iter().cycle() {
        shown += 1;
        assert!(shown <= 200, "more than twenty seconds");
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        if (chance >> 33) % 10 >= 3 {
            assert!(frame.len() <= 1_000);
            collector.take(frame);
        }
        if collector.whole().is_some() {
            break;
        }
    }
    assert_eq!(collector.progress(), 100);
    assert!(Bundle::open(collector.whole().unwrap(), BAG, &secret(5)).is_ok());
}

#[test]
fn a_false_frame_is_passed_over_and_poisons_nothing() {
    let (slip, frames, sealed) = showing(&noise(6_000), 5);
    let (_, others, _) = showing(&noise(6_000), 6);
    let mut collector = Collector::of(&slip).unwrap();
    for (n, frame) in frames.0.iter().enumerate() {
        assert_eq!(collector.take(&others.0[n]), Took::PassedOver, "of another showing");
        let mut bytes =
            data_encoding::BASE32_NOPAD.decode(frame.strip_prefix("SATCHEL-F-").unwrap().as_bytes()).unwrap();
        bytes[20 + n] ^= 1;
        assert_eq!(
            collector.take(&format!("SATCHEL-F-{}", data_encoding::BASE32_NOPAD.encode(&bytes))),
            Took::PassedOver
        );
        assert_eq!(collector.take("SATCHEL-F-AAAA"), Took::PassedOver);
        assert_eq!(collector.take("shopping list"), Took::PassedOver);
        if collector.whole().is_none() {
            assert_eq!(collector.take(frame), Took::New);
        }
        assert_eq!(collector.take(frame), Took::Again);
    }
    assert_eq!(collector.whole(), Some(sealed.as_slice()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    /// Frames lost, shown twice and in any order: what comes together is the bag, to the byte, or it is not said to be whole.
    #[test]
    fn any_frames_in_any_order(size in 1usize..9_000, order in proptest::collection::vec(any::<proptest::sample::Index>(), 0..120)) {
        let (slip, frames, sealed) = showing(&noise(size), 5);
        let mut collector = Collector::of(&slip).unwrap();
        for place in order {
            collector.take(&frames.0[place.index(frames.0.len())]);
            prop_assert!(collector.whole().is_none_or(|whole| whole == sealed));
            prop_assert_eq!(collector.progress() == 100, collector.whole().is_some());
        }
        // Whatever was missed comes round again.
        frames.0.iter().for_each(|frame| { collector.take(frame); });
        prop_assert_eq!(collector.whole(), Some(sealed.as_slice()));
    }

    #[test]
    fn no_text_makes_a_reader_fall(text in "\\PC{0,200}", bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let coded = data_encoding::BASE32_NOPAD.encode(&bytes);
        for text in [text, format!("SATCHEL-BAG-{coded}"), format!("SATCHEL-GOT-{coded}")] {
            prop_assert!(Slip::read(&text, &hub().verifying_key()).is_err());
            prop_assert!(Answer::read(&text, &hub().verifying_key()).is_err());
        }
        prop_assert!(Bundle::open(&bytes, BAG, &secret(5)).is_err());
    }
}

#[test]
fn what_a_post_says_of_bags_reads_back_and_nothing_costs_two_bytes() {
    use record::canon::{Reader, Writer};
    assert_eq!(post::put_up(Writer::new(1), 0, &[]).unwrap().finish(), [1, 0, 0]);
    let signed = sheet(1, "OKONJO");
    let notes = vec![(signed.bytes().to_vec(), *signed.signature())];
    let bytes = post::put_up(Writer::new(1), 9, &notes).unwrap().finish();
    assert_eq!(post::take_up(&mut Reader::new(&bytes, 1).unwrap()).unwrap(), (9, notes));
    let held = BagsHeld { chain: "D1/N1".parse().unwrap(), at: NOW, notes: vec![signed.note.id], signature: [0; 64] };
    let mut held = post::sign_held(held, &hub());
    assert!(post::check_held(&held, &hub().verifying_key()).is_ok());
    held.notes.push(NoteId::from_bytes([3; 32]));
    assert!(post::check_held(&held, &hub().verifying_key()).is_err(), "a forged word that all is held");
}
