//! What the outbox promises of its bytes: only the hub opens them, a cut costs the cut frame, a receipt fits one segment only.

use super::*;
use record::bag::NoteId;
use record::visit::ActId;

fn keys() -> (SigningKey, SigningKey, ChainId) {
    (SigningKey::from_bytes(&[3; 32]), SigningKey::from_bytes(&[4; 32]), "D1/N1".parse().unwrap())
}

fn written() -> (Vec<u8>, Vec<Frame>) {
    let (hub, author, chain) = keys();
    let (mut segment, mut bytes) =
        Segment::begin(&[9; 32], &hub.verifying_key(), (&chain, &author), Stamp::from_millis(5)).unwrap();
    let person = PersonId::from_bytes([7; 16]);
    let form = SignedForm { key: "k".into(), mime: "image/png".into(), bytes: vec![1, 2, 3] };
    let frames = vec![
        Frame { entries: vec![b"entry one, about Okonjo".to_vec()], mark: None, work: vec![] },
        Frame {
            entries: vec![b"entry two".to_vec(), b"entry three".to_vec()],
            mark: Some(BatchMark { epoch: 1, through: 3, signature: [8; 64] }),
            work: vec![
                Work::Plan { person, change: b"a change".to_vec() },
                Work::Form(form),
                Work::Act(SignedAct { bytes: b"an act".to_vec(), signature: [6; 64] }),
                Work::Bag((b"a note of a bag".to_vec(), [5; 64])),
                Work::Photo {
                    of: PhotoOf { person, photo: PhotoId::from_bytes([4; 32]) },
                    by: NamedBy::Act(ActId::from_bytes([3; 16])),
                    bytes: b"a photograph".to_vec(),
                },
                Work::Photo {
                    of: PhotoOf { person, photo: PhotoId::from_bytes([14; 32]) },
                    by: NamedBy::Note(NoteId::from_bytes([13; 32])),
                    bytes: b"a photograph of slippers".to_vec(),
                },
            ],
        },
    ];
    for (place, frame) in [1, 3].into_iter().zip(&frames) {
        bytes.extend(segment.frame(place, frame).unwrap());
    }
    (bytes, frames)
}

#[test]
fn the_hub_reads_what_was_written_and_nobody_else_does() {
    let (hub, author, chain) = keys();
    let (bytes, frames) = written();
    let opened = open(&bytes, &hub).unwrap();
    assert_eq!((opened.chain.clone(), opened.frames.clone(), opened.at.millis()), (chain, frames, 5));
    assert!(opened.check(&author.verifying_key()).is_ok());
    assert!(matches!(opened.check(&hub.verifying_key()), Err(OutboxFault::Author)));
    assert!(matches!(open(&bytes, &author), Err(OutboxFault::Sealed)), "the author's own key opens nothing");
    for marker in [&b"Okonjo"[..], b"D1/N1", b"N1", b"a change", &[7; 16]] {
        assert!(!bytes.windows(marker.len()).any(|w| w == marker), "seen from outside: {marker:?}");
    }
}

#[test]
fn a_cut_costs_the_frame_it_fell_in_and_a_flipped_bit_everything_is_refused() {
    let (hub, ..) = keys();
    let (bytes, frames) = written();
    let whole = outline(&bytes).unwrap();
    assert_eq!((whole.frames, whole.through, whole.length), (2, 3, bytes.len()));
    let mut seen = std::collections::BTreeSet::new();
    for end in 0..bytes.len() {
        match open(&bytes[..end], &hub) {
            Ok(opened) => {
                let n = opened.frames.len();
                assert_eq!(opened.frames, frames[..n], "cut at {end}");
                seen.insert(n);
            }
            Err(fault) => assert!(matches!(fault, OutboxFault::Form), "cut at {end}: {fault}"),
        }
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), [0, 1]);
    let mut flipped = bytes.clone();
    for at in 0..bytes.len() {
        flipped[at] ^= 4;
        // A flipped length may make the last frames look cut: what is left is still an exact prefix.
        if let Ok(opened) = open(&flipped, &hub) {
            assert!(opened.frames.len() < frames.len(), "byte {at}");
            assert_eq!(opened.frames, frames[..opened.frames.len()], "byte {at}");
        }
        flipped[at] ^= 4;
    }
}

#[test]
fn a_receipt_fits_the_bytes_it_was_given_for() {
    let (hub, author, _) = keys();
    let (bytes, _) = written();
    let word = open(&bytes, &hub).unwrap().held(&hub, Stamp::from_millis(77));
    let receipt = SegmentReceipt::verify(&word, &bytes, &hub.verifying_key()).unwrap();
    assert_eq!((receipt.at().millis(), receipt.id()), (77, outline(&bytes).unwrap().id));
    assert!(receipt.covers(&bytes));
    let mut longer = bytes.clone();
    longer.extend([0; 7]);
    assert!(receipt.covers(&longer), "a cut frame after it does not count");
    assert!(SegmentReceipt::verify(&word, &bytes, &author.verifying_key()).is_err(), "another hub");
    assert!(SegmentReceipt::verify(&word, &bytes[..bytes.len() - 1], &hub.verifying_key()).is_err());
    for at in 0..word.len() {
        let mut forged = word.clone();
        forged[at] ^= 1;
        assert!(SegmentReceipt::verify(&forged, &bytes, &hub.verifying_key()).is_err(), "byte {at}");
    }
}
