//! NEWS2 against its table, boundary by boundary; a published example; and that nothing incomplete is ever a score.

use super::*;
use proptest::prelude::*;

fn calm() -> Observations {
    let signs = [
        (Vital::Respiration, 16),
        (Vital::Saturation, 97),
        (Vital::Systolic, 120),
        (Vital::Pulse, 70),
        (Vital::Temperature, 370),
    ];
    Observations {
        signs: signs.into_iter().map(|(vital, value)| (vital, Taken::Value(value))).collect(),
        breathing: Some(Breathing::Air),
        consciousness: Some(Consciousness::Alert),
    }
}

fn oxygen() -> Option<Breathing> {
    Some(Breathing::Oxygen { flow: Some(20), device: "nasal cannula".into() })
}

const TWO: Scale = Scale::Two { on: ActId::from_bytes([1; 16]) };

#[track_caller]
fn total(taken: &Observations, scale: Scale) -> Score {
    match score(taken, scale, None) {
        News2::Score(score) => score,
        other => panic!("no score: {other:?}"),
    }
}

#[track_caller]
fn check(vital: Vital, scale: Scale, breathing: Option<Breathing>, parameter: Parameter, rows: &[(u16, u8)]) {
    for (value, points) in rows {
        let mut taken = calm();
        taken.signs.insert(vital, Taken::Value(*value));
        taken.breathing = breathing.clone();
        assert_eq!(total(&taken, scale).part(parameter), *points, "{vital:?} {value}");
    }
}

#[test]
fn every_boundary_of_the_table() {
    let air = || Some(Breathing::Air);
    check(
        Vital::Respiration,
        Scale::One,
        air(),
        Parameter::Respiration,
        &[(0, 3), (8, 3), (9, 1), (11, 1), (12, 0), (20, 0), (21, 2), (24, 2), (25, 3), (120, 3)],
    );
    let one = [(0, 3), (91, 3), (92, 2), (93, 2), (94, 1), (95, 1), (96, 0), (100, 0)];
    check(Vital::Saturation, Scale::One, air(), Parameter::Saturation, &one);
    check(Vital::Saturation, Scale::One, oxygen(), Parameter::Saturation, &one);
    let low = [(0, 3), (83, 3), (84, 2), (85, 2), (86, 1), (87, 1), (88, 0), (92, 0)];
    check(Vital::Saturation, TWO, air(), Parameter::Saturation, &low);
    check(Vital::Saturation, TWO, oxygen(), Parameter::Saturation, &low);
    check(Vital::Saturation, TWO, air(), Parameter::Saturation, &[(93, 0), (97, 0), (100, 0)]);
    check(
        Vital::Saturation,
        TWO,
        oxygen(),
        Parameter::Saturation,
        &[(93, 1), (94, 1), (95, 2), (96, 2), (97, 3), (100, 3)],
    );
    check(
        Vital::Systolic,
        Scale::One,
        air(),
        Parameter::Systolic,
        &[(90, 3), (91, 2), (100, 2), (101, 1), (110, 1), (111, 0), (219, 0), (220, 3), (350, 3)],
    );
    check(
        Vital::Pulse,
        Scale::One,
        air(),
        Parameter::Pulse,
        &[(40, 3), (41, 1), (50, 1), (51, 0), (90, 0), (91, 1), (110, 1), (111, 2), (130, 2), (131, 3), (350, 3)],
    );
    check(
        Vital::Temperature,
        Scale::One,
        air(),
        Parameter::Temperature,
        &[(350, 3), (351, 1), (360, 1), (361, 0), (380, 0), (381, 1), (390, 1), (391, 2), (430, 2)],
    );
    for (level, points) in Consciousness::ALL.into_iter().zip([0, 0, 3, 3, 3, 3]) {
        let taken = Observations { consciousness: Some(level), ..calm() };
        assert_eq!(total(&taken, Scale::One).part(Parameter::Consciousness), points, "{level:?}");
    }
    assert_eq!(total(&calm(), Scale::One).part(Parameter::AirOrOxygen), 0);
    assert_eq!(total(&Observations { breathing: oxygen(), ..calm() }, Scale::One).part(Parameter::AirOrOxygen), 2);
}

#[test]
fn a_published_example_adds_up() {
    // 2+1+2+0+1+0+0 = 6 (`reference/records.md` section 4): respiration 22, SpO2 94 on oxygen, 120, pulse 105, alert, 37.0.
    let mut taken = Observations { breathing: oxygen(), ..calm() };
    taken.signs.insert(Vital::Respiration, Taken::Value(22));
    taken.signs.insert(Vital::Saturation, Taken::Value(94));
    taken.signs.insert(Vital::Pulse, Taken::Value(105));
    let score = total(&taken, Scale::One);
    assert_eq!(Parameter::ALL.map(|p| score.part(p)), [2, 1, 2, 0, 1, 0, 0]);
    assert_eq!((score.total(), score.band()), (6, Band::Medium));
}

#[test]
fn bands_turn_at_five_and_seven_and_a_single_three_is_said() {
    assert_eq!(total(&calm(), Scale::One).band(), Band::Low);
    let mut three = calm();
    three.signs.insert(Vital::Systolic, Taken::Value(85));
    assert_eq!((total(&three, Scale::One).total(), total(&three, Scale::One).band()), (3, Band::LowMedium));
    three.breathing = oxygen();
    assert_eq!((total(&three, Scale::One).total(), total(&three, Scale::One).band()), (5, Band::Medium));
    three.signs.insert(Vital::Pulse, Taken::Value(115));
    assert_eq!((total(&three, Scale::One).total(), total(&three, Scale::One).band()), (7, Band::High));
}

#[test]
fn long_standing_confusion_is_not_new_confusion() {
    let old = Observations { consciousness: Some(Consciousness::LongConfused), ..calm() };
    assert_eq!(total(&old, Scale::One).total(), 0);
    let new = Observations { consciousness: Some(Consciousness::NewlyConfused), ..calm() };
    assert_eq!(total(&new, Scale::One).total(), 3);
}

#[test]
fn it_turns_on_with_the_sixteenth_birthday() {
    let now = Stamp::parse("2026-03-10T12:00:00Z").unwrap();
    let by_age = |born: &str| Unfit::by_age(When::parse(born).as_ref(), now);
    assert_eq!(by_age("2010-03-10"), None);
    assert_eq!(by_age("2010-03-11"), Some(Unfit::Under16));
    assert_eq!(by_age("1941-05-06"), None);
    assert_eq!((by_age("1941"), by_age("1941-05")), (None, None), "whichever day it was");
    assert_eq!((by_age("2011"), by_age("2010-04")), (Some(Unfit::Under16), Some(Unfit::Under16)));
    assert_eq!((by_age("2010"), by_age("2010-03")), (Some(Unfit::AgeUnknown), Some(Unfit::AgeUnknown)));
    assert_eq!(by_age("2010-02"), None);
    assert_eq!(Unfit::by_age(None, now), Some(Unfit::AgeUnknown));
}

#[test]
fn who_it_is_not_for_gets_no_score() {
    for unfit in Unfit::ALL {
        assert_eq!(score(&calm(), Scale::One, Some(unfit)), News2::NotFor(unfit));
    }
}

#[test]
fn a_weight_alone_is_not_an_incomplete_score() {
    let mut weight = Observations::default();
    weight.signs.insert(Vital::Weight, Taken::Value(724));
    assert_eq!(score(&weight, Scale::One, None), News2::NotTaken);
    weight.signs.insert(Vital::Pulse, Taken::Refused);
    assert!(matches!(score(&weight, Scale::One, None), News2::Incomplete { missing, .. } if missing.len() == 7));
}

#[test]
fn scale_two_above_the_target_needs_to_know_the_oxygen() {
    let taken = Observations { breathing: None, ..calm() };
    let News2::Incomplete { missing, .. } = score(&taken, TWO, None) else { panic!("a score without the oxygen") };
    assert_eq!(missing, [Parameter::Saturation, Parameter::AirOrOxygen]);
}

fn taken() -> impl Strategy<Value = Option<Taken>> {
    prop_oneof![
        1 => Just(None),
        1 => Just(Some(Taken::Refused)),
        1 => Just(Some(Taken::Unable)),
        6 => (0u16..460).prop_map(|value| Some(Taken::Value(value))),
    ]
}

proptest! {
    /// Missing is never nought: a score exists exactly when all seven were taken, and it is the sum of its parts.
    #[test]
    fn incomplete_is_never_a_score(
        signs in proptest::collection::vec(taken(), 5),
        breathing in prop_oneof![Just(None), Just(Some(Breathing::Air)), Just(oxygen())],
        level in prop_oneof![Just(None), (0usize..6).prop_map(|i| Some(Consciousness::ALL[i]))],
        second: bool,
    ) {
        let vitals = [Vital::Respiration, Vital::Saturation, Vital::Systolic, Vital::Pulse, Vital::Temperature];
        let signs = vitals.into_iter().zip(signs).filter_map(|(vital, taken)| Some((vital, taken?))).collect();
        let taken = Observations { signs, breathing, consciousness: level };
        let whole = vitals.iter().all(|vital| taken.value(*vital).is_some())
            && taken.breathing.is_some()
            && taken.consciousness.is_some();
        match score(&taken, if second { TWO } else { Scale::One }, None) {
            News2::Score(score) => {
                prop_assert!(whole);
                prop_assert!(score.total() <= 20);
                prop_assert_eq!(score.total(), Parameter::ALL.into_iter().map(|p| score.part(p)).sum::<u8>());
            }
            News2::Incomplete { missing, partial } => {
                prop_assert!(!whole && !missing.is_empty());
                prop_assert_eq!(missing.len() + partial.len(), 7);
            }
            News2::NotTaken => prop_assert!(!whole),
            News2::NotFor(_) => prop_assert!(false),
        }
    }
}
