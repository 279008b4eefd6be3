//! The double-dose guard: what stands in the way, and what two devices that never spoke make together.

use super::super::bytes::tests::{MORNING, act, given as dose};
use super::super::dose::Outcome;
use super::*;
use crate::people::Role;
use proptest::prelude::*;

fn with_ids(acts: &[Act]) -> Vec<(ActId, &Act)> {
    acts.iter().map(|act| (ActId::of(&act.to_bytes()), act)).collect()
}

fn at(minutes: i64) -> i64 {
    MORNING + minutes * 60_000
}

#[test]
fn a_dose_in_the_slot_stands_in_the_way_and_another_slot_does_not() {
    let acts = [act("N1", at(5), Body::Dose(dose(Part::Morning, 0)))];
    let acts = with_ids(&acts);
    let known = given(acts);
    let slot = |part| Slot { part, ..dose(Part::Day, 0).slot };
    let medicine = dose(Part::Day, 0).medicine;
    let blocked =
        |part, minutes| !in_the_way(&known, &medicine, (slot(part), None), Stamp::from_millis(at(minutes))).is_empty();
    assert!(blocked(Part::Morning, 60) && blocked(Part::Day, 600));
    assert!(!blocked(Part::Evening, 600));
    assert!(blocked(Part::AsNeeded, 60), "an hour after any dose");
    assert!(!blocked(Part::AsNeeded, 241), "four hours and a minute after");
    let sooner = in_the_way(&known, &medicine, (slot(Part::AsNeeded), Some(6)), Stamp::from_millis(at(300)));
    assert_eq!(sooner.len(), 1, "the protocol says six hours");
    assert_eq!(lately(&known, &medicine, Stamp::from_millis(at(600))).len(), 1);
    assert!(lately(&known, &medicine, Stamp::from_millis(at(25 * 60))).is_empty());
}

#[test]
fn an_evenings_dose_given_after_midnight_is_of_the_day_before_and_stands_in_the_way_of_another() {
    let moment = |at: &str| Stamp::parse(at).unwrap();
    let day = |part, at: &str| Slot::given(part, moment(at)).day.to_string();
    assert_eq!(day(Part::Night, "2026-03-10T22:00:00Z"), "2026-03-10");
    assert_eq!(day(Part::Night, "2026-03-11T00:30:00Z"), "2026-03-10");
    assert_eq!(day(Part::Evening, "2026-03-11T00:30:00Z"), "2026-03-10");
    assert_eq!(day(Part::Morning, "2026-03-11T00:30:00Z"), "2026-03-11");
    // The day before has 23 hours.
    assert_eq!(day(Part::Night, "2026-03-29T23:30:00Z"), "2026-03-29");
    let late = |part, at: &str| {
        let at = moment(at);
        let given = Administration { slot: Slot::given(part, at), given_at: at, ..dose(part, 0) };
        Act { at, ..act("N1", 0, Body::Dose(given)) }
    };
    let evening = [late(Part::Evening, "2026-03-10T21:00:00Z")];
    let once = [late(Part::Day, "2026-03-10T21:30:00Z")];
    let blocked = |acts: &[Act], slot: Slot, at: &str| {
        let medicine = dose(Part::Day, 0).medicine;
        !in_the_way(&given(with_ids(acts)), &medicine, (slot, None), moment(at)).is_empty()
    };
    let after = "2026-03-11T00:40:00Z";
    assert!(blocked(&evening, Slot::given(Part::Evening, moment(after)), after), "the same evening");
    // Written down under the day that had just begun, as an older device does, it is still asked about; and so is what is given once in the day.
    let slot = |part| Slot { day: moment(after).london_date(), part };
    assert!(blocked(&evening, slot(Part::Evening), after));
    assert!(blocked(&once, slot(Part::Day), after));
    assert!(!blocked(&evening, slot(Part::Morning), "2026-03-11T08:00:00Z"), "the next morning's is another");
    assert!(!blocked(&evening, slot(Part::Evening), "2026-03-11T21:00:00Z"), "and the next evening's");
    // Two devices that never spoke: shown until a clinician has looked.
    let two = [evening[0].clone(), late(Part::Evening, after)];
    assert_eq!(double_doses(with_ids(&two)).len(), 1);
    assert!(two.iter().all(|act| act.check().is_ok()), "and each can be recorded");
}

#[test]
fn no_hours_are_no_gap_and_a_dose_just_given_stands_in_the_way_of_any_slot() {
    let as_needed = Administration { least_hours: Some(0), ..dose(Part::AsNeeded, 0) };
    let acts = [act("N1", at(5), Body::Dose(as_needed)), act("N1", at(5), Body::Dose(dose(Part::Morning, 0)))];
    let medicine = dose(Part::Day, 0).medicine;
    let blocked = |known: &[Known<'_>], part, hours, minutes| {
        let slot = Slot { part, ..dose(Part::Day, 0).slot };
        !in_the_way(known, &medicine, (slot, hours), Stamp::from_millis(at(minutes))).is_empty()
    };
    let known = given(with_ids(&acts[..1]));
    assert!(blocked(&known, Part::AsNeeded, Some(0), 10), "nought hours name no gap");
    assert!(!blocked(&known, Part::AsNeeded, Some(1), 70), "an hour is one");
    let known = given(with_ids(&acts[1..]));
    assert!(blocked(&known, Part::Midday, None, 30) && !blocked(&known, Part::Midday, None, 90));
    let named = |name: &str| Medicine { order: String::new(), name: name.into(), codes: vec![] };
    assert!(named("Bisoprolol 2.5mg tablets").is_same(&named("bisoprolol 2.5 mg")));
    assert!(!named("Bisoprolol 2.5mg tablets").is_same(&named("bisoprolol 5 mg")));
}

#[test]
fn two_devices_that_gave_the_same_dose_are_a_conflict_until_a_clinician_looked() {
    let mut acts = vec![
        act("N1", at(5), Body::Dose(dose(Part::Morning, 0))),
        act("N2", at(50), Body::Dose(dose(Part::Morning, 45))),
    ];
    let found = double_doses(with_ids(&acts));
    assert_eq!(found.len(), 1);
    let doses = found[0].doses.clone();
    assert_eq!(doses.len(), 2);
    let mut carer = act("N3", at(60), Body::DoseReviewed { doses: doses.clone(), words: "rang 111".into() });
    carer.by.role = Role::CareStaff;
    acts.push(carer);
    assert_eq!(double_doses(with_ids(&acts)).len(), 1, "not a clinician's to settle");
    acts.push(act("N1", at(60), Body::DoseReviewed { doses, words: "rang the GP: observe".into() }));
    assert!(double_doses(with_ids(&acts)).is_empty());
}

#[test]
fn a_dose_given_knowingly_or_struck_or_not_given_is_no_conflict() {
    let first = act("N1", at(5), Body::Dose(dose(Part::Morning, 0)));
    let id = ActId::of(&first.to_bytes());
    let knowing = Administration { despite: vec![id], ..dose(Part::Morning, 45) };
    let knowing = act("N2", at(50), Body::Dose(knowing));
    assert!(double_doses(with_ids(&[first.clone(), knowing])).is_empty());
    let second = act("N2", at(50), Body::Dose(dose(Part::Morning, 45)));
    let strike = act("N1", at(70), Body::Struck { of: id, reason: "not given after all".into() });
    assert!(double_doses(with_ids(&[first.clone(), second.clone(), strike])).is_empty());
    let others = act("N2", at(70), Body::Struck { of: id, reason: "not mine to strike".into() });
    assert_eq!(double_doses(with_ids(&[first.clone(), second, others])).len(), 1, "only an author strikes");
    let why = Outcome::NotGiven { why: super::super::dose::NotGiven::Refused, words: String::new() };
    let refused = act("N2", at(50), Body::Dose(Administration { outcome: why, ..dose(Part::Morning, 45) }));
    assert!(double_doses(with_ids(&[first, refused])).is_empty());
}

#[test]
fn three_devices_make_one_conflict_of_three() {
    let acts: Vec<Act> =
        (1..=3).map(|n| act(&format!("N{n}"), at(n * 20), Body::Dose(dose(Part::Morning, n * 10)))).collect();
    let found = double_doses(with_ids(&acts));
    assert_eq!((found.len(), found[0].doses.len()), (1, 3));
}

/// A dose of the nth medicine in this part of the day, so many minutes after the morning.
fn of(n: usize, part: Part, minutes: i64) -> Act {
    let day = Slot::given(part, Stamp::from_millis(at(minutes)));
    let medicine =
        Medicine { order: format!("MedicationRequest/{n}"), name: format!("Medicine {n} mg"), codes: vec![] };
    let dose = Administration { slot: day, medicine, given_at: Stamp::from_millis(at(minutes)), ..dose(part, 0) };
    act("N1", at(minutes), Body::Dose(dose))
}

#[test]
fn many_doses_are_compared_only_with_those_that_may_be_the_same() {
    let compared = |acts: &[Act]| near(&given(with_ids(acts))).iter().map(BTreeSet::len).sum::<usize>();
    let visit: Vec<Act> = (0..480).map(|n| of(n, Part::Morning, 1)).collect();
    assert_eq!(compared(&visit), 0, "one visit, 480 medicines: nothing is like anything else");
    // A quarter of a year of one medicine four times a day: of a day and of a night, not of the quarter.
    let parts = [Part::Morning, Part::Midday, Part::Evening, Part::Night];
    let dose = |n: usize| of(1, parts[n % 4], (n / 4) as i64 * 1_440 + (n % 4) as i64 * 240);
    let quarter: Vec<Act> = (0..360).map(dose).collect();
    assert!(compared(&quarter) <= 360 * 5, "{}", compared(&quarter));
}

proptest! {
    /// Comparing only those that may be the same finds what comparing all with all would.
    #[test]
    fn what_is_not_compared_is_no_conflict(
        doses in proptest::collection::vec((0usize..3, 0usize..6, 0i64..4_000, 0u8..30), 1..12),
    ) {
        let one = |(n, part, minutes, hours): &(usize, usize, i64, u8)| {
            let mut act = of(*n, Part::ALL[*part], *minutes);
            if let Body::Dose(dose) = &mut act.body {
                dose.least_hours = (*hours > 24).then_some(*hours);
            }
            act
        };
        let acts: Vec<Act> = doses.iter().map(one).collect();
        let acts = with_ids(&acts);
        let known = given(acts);
        for (place, near) in near(&known).iter().enumerate() {
            for earlier in 0..place {
                let (one, two) = (known[earlier].dose, known[place].dose);
                let hours = least(one.least_hours, two.least_hours);
                let same = one.medicine.is_same(&two.medicine)
                    && one_dose((two.slot, two.given_at), (one.slot, one.given_at), hours);
                prop_assert!(!same || near.contains(&earlier));
            }
        }
    }

    /// Whatever order acts come in, and however often, the same conflicts are shown; and no two given doses of one slot go unseen.
    #[test]
    fn conflicts_do_not_depend_on_order(parts in proptest::collection::vec((0usize..6, 0i64..600), 1..8), turn in 0usize..8) {
        let acts: Vec<Act> = parts
            .iter()
            .enumerate()
            .map(|(n, (part, minutes))| act(&format!("N{n}"), at(700), Body::Dose(dose(Part::ALL[*part], *minutes))))
            .collect();
        let mut turned = with_ids(&acts);
        let found = double_doses(turned.clone());
        let len = turned.len();
        turned.rotate_left(turn % len);
        turned.reverse();
        prop_assert_eq!(&double_doses(turned), &found);
        for (n, (one, _)) in parts.iter().enumerate() {
            for (m, (two, _)) in parts.iter().enumerate().skip(n + 1) {
                if one == two && Part::ALL[*one] != Part::AsNeeded {
                    let ids = [&acts[n], &acts[m]].map(|act| ActId::of(&act.to_bytes()));
                    prop_assert!(found.iter().any(|double| ids.iter().all(|id| double.doses.contains(id))));
                }
            }
        }
    }
}
