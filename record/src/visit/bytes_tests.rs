//! Every act reads back what it wrote, has one encoding, and is named by it.

use super::super::wound::heel;
use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

pub(in super::super) fn act(staff: &str, millis: i64, body: Body) -> Act {
    let by = Author {
        staff: staff.parse().unwrap(),
        name: format!("Nurse {staff}"),
        role: Role::RegulatedClinician,
        title: "Community nurse".into(),
        ods: "ZZC1".parse().unwrap(),
        organisation: "Testshire Community Trust".into(),
    };
    Act {
        person: PersonId::from_bytes([7; 16]),
        chain: format!("device-{staff}/{staff}").parse().unwrap(),
        by,
        at: Stamp::from_millis(millis),
        clock_in_doubt: false,
        visit: None,
        nonce: [0; 8],
        body,
    }
}

/// 10 March 2026, 08:00 in London.
pub(in super::super) const MORNING: i64 = 1_773_129_600_000;

pub(in super::super) fn given(part: Part, minutes: i64) -> Administration {
    Administration {
        medicine: Medicine {
            order: "MedicationRequest/1".into(),
            name: "Apixaban 5 mg".into(),
            codes: vec!["1".into()],
        },
        slot: Slot { day: "2026-03-10".parse().unwrap(), part },
        given_at: Stamp::from_millis(MORNING + minutes * 60_000),
        outcome: Outcome::Given {
            dose: "5 mg".into(),
            route: "oral".into(),
            site: String::new(),
            batch: String::new(),
            witness: String::new(),
        },
        least_hours: None,
        most: None,
        despite: vec![],
        known_at: Some(Stamp::from_millis(MORNING)),
    }
}

fn photographed() -> Photos {
    let jpeg = Photo { id: PhotoId::from_bytes([3; 32]), length: 200_000, mime: Mime::Jpeg };
    let png = Photo { id: PhotoId::from_bytes([4; 32]), length: 9, mime: Mime::Png };
    Photos { agreed: Agreed::BestInterests, taken: vec![jpeg, png] }
}

fn every_body() -> Vec<Body> {
    let of = ActId::from_bytes([9; 16]);
    let mut signs = BTreeMap::new();
    signs.insert(Vital::Pulse, Taken::Value(72));
    signs.insert(Vital::Weight, Taken::Refused);
    let oxygen = Breathing::Oxygen { flow: Some(20), device: "mask".into() };
    let taken = Observations { signs, breathing: Some(oxygen), consciousness: Some(Consciousness::Voice) };
    let refused = Outcome::NotGiven { why: NotGiven::Refused, words: "later".into() };
    vec![
        Body::Started { booking: "Appointment/1".into() },
        Body::Ended { start: of, summary: "well".into() },
        Body::NotHome { booking: String::new(), words: "rang twice, no reply".into() },
        Body::Observed { taken: taken.clone(), scale: Scale::One, unfit: None },
        Body::Observed { taken, scale: Scale::Two { on: of }, unfit: Some(Unfit::Pregnant) },
        Body::Dose(given(Part::Morning, 0)),
        Body::Dose(Administration {
            outcome: refused,
            least_hours: Some(6),
            despite: vec![of],
            ..given(Part::AsNeeded, 1)
        }),
        Body::Dose(Administration {
            least_hours: Some(324),
            most: Some("max 8 in 24 hours".into()),
            ..given(Part::AsNeeded, 2)
        }),
        Body::DoseReviewed { doses: vec![of, of], words: "spoke with the GP".into() },
        Body::Note { text: "Seen at home.".into() },
        Body::Added { to: of, text: "and her daughter".into() },
        Body::Struck { of, reason: "wrong person".into() },
        Body::Wound(Box::new(heel())),
        Body::Wound(Box::new(Wound { photos: Some(photographed()), ..heel() })),
        Body::Hypercapnic { risk: true, prescriber: "Dr Ash".into(), basis: "COPD".into(), settles: vec![] },
        Body::Hypercapnic { risk: false, prescriber: "Dr Ash".into(), basis: "gases".into(), settles: vec![of] },
        Body::Task { what: "Order dressings".into(), who: For::Practice, due: Some("2026-03-12".parse().unwrap()) },
        Body::TaskDone { task: of, words: String::new() },
        Body::Referral { service: "Podiatry".into(), reason: "heel".into(), urgent: true },
    ]
}

#[test]
fn every_act_reads_back_and_is_named_by_its_bytes() {
    let mut names = std::collections::BTreeSet::new();
    for body in every_body() {
        let act = act("N1", MORNING + 3_600_000, body);
        let bytes = act.to_bytes();
        assert_eq!(Act::from_bytes(&bytes).as_ref(), Ok(&act));
        assert_eq!(act.check(), Ok(()), "{act:?}");
        assert!(names.insert(ActId::of(&bytes)));
        let id = ActId::of(&bytes);
        assert_eq!(id.to_string().parse(), Ok(id));
        for cut in 0..bytes.len() {
            assert!(Act::from_bytes(&bytes[..cut]).is_err());
        }
        assert!(Act::from_bytes(&[&bytes[..], &[0]].concat()).is_err());
    }
}

proptest! {
    #[test]
    fn whatever_reads_is_the_only_encoding(place in 0usize..19, at in 0usize..400, byte: u8) {
        let bodies = every_body();
        let mut bytes = act("N1", MORNING, bodies[place % bodies.len()].clone()).to_bytes();
        let at = at % bytes.len();
        bytes[at] = byte;
        if let Ok(read) = Act::from_bytes(&bytes) {
            prop_assert_eq!(read.to_bytes(), bytes);
        }
    }
}
