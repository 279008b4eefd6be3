//! The double-dose guard: what stands in the way, and what two devices that never spoke make together.

use super::super::bytes::tests::{MORNING, act, given as dose};
use super::super::dose::{NotGiven, Outcome};
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
    let known = recorded(acts);
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
    assert_eq!(last(&known, &medicine, Stamp::from_millis(at(600))).len(), 1);
    let week = last(&known, &medicine, Stamp::from_millis(at(7 * 24 * 60)));
    assert_eq!(week.len(), 1, "the last dose is shown whenever it was");
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
        !in_the_way(&recorded(with_ids(acts)), &medicine, (slot, None), moment(at)).is_empty()
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
    let blocked = |known: &[Known<'_>], part, hours: Option<u32>, minutes| {
        let slot = Slot { part, ..dose(Part::Day, 0).slot };
        !in_the_way(known, &medicine, (slot, hours), Stamp::from_millis(at(minutes))).is_empty()
    };
    let known = recorded(with_ids(&acts[..1]));
    assert!(blocked(&known, Part::AsNeeded, Some(0), 10), "nought hours name no gap");
    assert!(!blocked(&known, Part::AsNeeded, Some(1), 70), "an hour is one");
    let known = recorded(with_ids(&acts[1..]));
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
    let why = Outcome::NotGiven { why: NotGiven::Refused, words: String::new() };
    let refused = act("N2", at(50), Body::Dose(Administration { outcome: why, ..dose(Part::Morning, 45) }));
    let found = double_doses(with_ids(&[first.clone(), refused.clone()]));
    assert!(found.len() == 1 && found[0].not_given, "given by one and refused to another: two events of one slot");
    let Body::Dose(dose) = refused.body.clone() else { panic!("a dose") };
    let knowing = Body::Dose(Administration { despite: vec![id], ..dose });
    assert!(double_doses(with_ids(&[first, Act { body: knowing, ..refused }])).is_empty(), "who knew is not surprised");
}

/// Not given, for this reason, by this nurse, so many minutes after the morning.
fn not_given(staff: &str, why: NotGiven, minutes: i64) -> Act {
    let outcome = Outcome::NotGiven { why, words: "said the daughter".into() };
    act(staff, at(minutes), Body::Dose(Administration { outcome, ..dose(Part::Morning, minutes) }))
}

#[test]
fn a_dose_taken_already_withheld_or_refused_stands_in_the_way_of_its_slot() {
    let (medicine, slot) = (dose(Part::Day, 0).medicine, dose(Part::Morning, 0).slot);
    for why in NotGiven::ALL {
        let acts = [not_given("N1", why, 5)];
        let known = recorded(with_ids(&acts));
        let later = Stamp::from_millis(at(120));
        assert_eq!(in_the_way(&known, &medicine, (slot, None), later).len(), 1, "{why:?}");
        let evening = Slot { part: Part::Evening, ..slot };
        assert!(in_the_way(&known, &medicine, (evening, Some(0)), Stamp::from_millis(at(600))).is_empty());
        // Apart: the other could not know.
        let acts = [acts[0].clone(), act("N2", at(60), Body::Dose(dose(Part::Morning, 55)))];
        let found = double_doses(with_ids(&acts));
        assert!(found.len() == 1 && found[0].not_given && found[0].doses.len() == 2, "{why:?}");
    }
    let twice = [not_given("N1", NotGiven::Refused, 5), not_given("N2", NotGiven::Asleep, 50)];
    assert!(double_doses(with_ids(&twice)).is_empty(), "nobody gave anything");
    // Taken already is a dose of its interval too, a refused one is not.
    let soon = |why| {
        let acts = [not_given("N1", why, 5)];
        let tomorrow = Slot { day: slot.day.tomorrow().unwrap(), ..slot };
        in_the_way(&recorded(with_ids(&acts)), &medicine, (tomorrow, Some(60)), Stamp::from_millis(at(24 * 60))).len()
    };
    assert_eq!((soon(NotGiven::AlreadyTaken), soon(NotGiven::Refused)), (1, 0));
}

#[test]
fn what_is_given_once_a_week_stands_in_the_way_until_the_week_is_nearly_over() {
    let weekly = Administration { least_hours: Some(156), ..dose(Part::Morning, 0) };
    let first = act("N1", at(5), Body::Dose(weekly.clone()));
    let acts = [first.clone()];
    let known = recorded(with_ids(&acts));
    let blocked = |days: i64| {
        let day = Slot { day: weekly.slot.day.checked_add(jiff::Span::new().days(days)).unwrap(), ..weekly.slot };
        let moment = Stamp::from_millis(at(days * 24 * 60 - 30));
        !in_the_way(&known, &weekly.medicine, (day, None), moment).is_empty()
    };
    assert!(blocked(1) && blocked(6) && !blocked(7), "a little early on the seventh day is no double dose");
    // Two devices that never spoke.
    let next = Slot { day: weekly.slot.day.tomorrow().unwrap(), ..weekly.slot };
    let again = Administration { slot: next, given_at: Stamp::from_millis(at(24 * 60)), ..weekly };
    let second = act("N2", at(24 * 60 + 5), Body::Dose(again));
    assert_eq!(double_doses(with_ids(&[first, second])).len(), 1);
}

#[test]
fn one_that_may_be_the_same_medicine_is_shown_and_named_and_is_an_alert_apart() {
    let named = |name: &str| Medicine { order: String::new(), name: name.into(), codes: vec![] };
    let of = |staff: &str, name: &str, minutes| {
        act(staff, at(minutes), Body::Dose(Administration { medicine: named(name), ..dose(Part::Morning, minutes) }))
    };
    let acts = [of("N1", "Insulin glargine 100 units/ml", 0)];
    let known = recorded(with_ids(&acts));
    let slot = (dose(Part::Morning, 0).slot, None);
    let later = Stamp::from_millis(at(90));
    assert_eq!(in_the_way(&known, &named("Insulin glargine"), slot, later).len(), 1);
    assert!(in_the_way(&known, &named("Metformin 500mg tablets"), slot, later).is_empty());
    let apart = [acts[0].clone(), of("N2", "insulin glargine", 90)];
    let found = double_doses(with_ids(&apart));
    assert!(found.len() == 1 && found[0].perhaps);
    let own = [acts[0].clone(), of("N1", "insulin glargine", 90)];
    assert!(double_doses(with_ids(&own)).is_empty(), "who gave both knew of both");
}

#[test]
fn two_products_with_a_code_each_are_asked_about_in_one_slot_and_two_hours_as_written_are_two() {
    let product = |code: &str, pack: &str| Medicine {
        order: format!("MedicationRequest/{code}"),
        name: format!("Insulin glargine 100units/ml solution for injection 3ml {pack}"),
        codes: vec![code.to_owned()],
    };
    let given = Administration { medicine: product("909", "cartridges"), ..dose(Part::Night, 0) };
    let acts = [act("N1", at(5), Body::Dose(given.clone()))];
    let known = recorded(with_ids(&acts));
    let other = product("910", "pre-filled disposable devices");
    let way = |hours, part, minutes| {
        let slot = Slot { part, ..given.slot };
        in_the_way(&known, &other, (slot, hours), Stamp::from_millis(at(minutes))).len()
    };
    assert_eq!(way(Some(12), Part::Night, 30), 1);
    assert_eq!((way(Some(2), Part::AsNeeded, 119), way(Some(2), Part::AsNeeded, 121)), (1, 0));
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
    // A first word of its own: names that begin alike may be the same medicine.
    let letters: String = n.to_string().bytes().map(|digit| char::from(digit + 49)).collect();
    let medicine = Medicine { order: format!("MedicationRequest/{n}"), name: format!("{letters} 5 mg"), codes: vec![] };
    let dose = Administration { slot: day, medicine, given_at: Stamp::from_millis(at(minutes)), ..dose(part, 0) };
    act("N1", at(minutes), Body::Dose(dose))
}

#[test]
fn many_doses_are_compared_only_with_those_that_may_be_the_same() {
    let compared = |acts: &[Act]| near(&recorded(with_ids(acts))).iter().map(BTreeSet::len).sum::<usize>();
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
        doses in proptest::collection::vec((0usize..3, 0usize..6, 0i64..4_000, 0u16..30), 1..12),
    ) {
        let one = |(n, part, minutes, hours): &(usize, usize, i64, u16)| {
            let mut act = of(*n, Part::ALL[*part], *minutes);
            if let Body::Dose(dose) = &mut act.body {
                dose.least_hours = (*hours > 24).then_some(*hours);
            }
            act
        };
        let acts: Vec<Act> = doses.iter().map(one).collect();
        let acts = with_ids(&acts);
        let known = recorded(acts);
        for (place, near) in near(&known).iter().enumerate() {
            for earlier in 0..place {
                let (one, two) = (&known[earlier], &known[place]);
                prop_assert!(!contradict(one, two) || near.contains(&earlier));
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

#[test]
fn two_apart_within_a_fortnight_are_an_alert_where_it_is_given_once_a_fortnight() {
    let given = |day: i64| Administration { least_hours: Some(324), ..dose(Part::Morning, day * 24 * 60) };
    let doubles = |day: i64| {
        let acts = [
            act("N1", at(5), Body::Dose(given(0))),
            act("N2", at(day * 24 * 60 + 5), Body::Dose(Administration { slot: slot_of(day), ..given(day) })),
        ];
        double_doses(with_ids(&acts)).len()
    };
    assert_eq!([doubles(3), doubles(12), doubles(13), doubles(14)], [1, 1, 1, 0]);
}

fn slot_of(days: i64) -> Slot {
    let slot = dose(Part::Morning, 0).slot;
    Slot { day: slot.day.checked_add(jiff::Span::new().days(days)).unwrap(), ..slot }
}

/// Each with hours between, and together more than may be taken.
#[test]
fn more_than_the_most_stands_in_the_way_and_is_an_alert_where_nobody_knew() {
    let most = Some("max 8 tablets in 24 hours".to_owned());
    let given = |minutes: i64, despite: &[ActId]| {
        let outcome = Outcome::Given {
            dose: "2 tablets".into(),
            route: String::new(),
            site: String::new(),
            batch: String::new(),
            witness: String::new(),
        };
        let given =
            Administration { outcome, most: most.clone(), despite: despite.to_vec(), ..dose(Part::AsNeeded, 0) };
        let given = Administration { given_at: Stamp::from_millis(at(minutes)), ..given };
        act("N1", at(minutes), Body::Dose(given))
    };
    let four: Vec<Act> = (0..4).map(|n| given(n * 300, &[])).collect();
    let known = with_ids(&four);
    let medicine = dose(Part::AsNeeded, 0).medicine;
    let past = |dose: &str, minutes| {
        let recorded = recorded(known.clone());
        past_the_most(&recorded, &medicine, (most.as_deref(), dose), Stamp::from_millis(at(minutes))).len()
    };
    assert_eq!((past("2 tablets", 1_200), past("1 tablet", 1_200)), (4, 4));
    assert_eq!(past("2 tablets", 24 * 60 + 1), 0, "the first is a day ago");
    let apart: Vec<Act> = four.iter().cloned().chain([given(1_200, &[])]).collect();
    assert_eq!(double_doses(with_ids(&four)).len(), 0, "eight are eight");
    let [double] = &double_doses(with_ids(&apart))[..] else { panic!() };
    assert_eq!(double.doses.len(), 5);
    let ids: Vec<ActId> = known.iter().map(|(id, _)| *id).collect();
    let knowing: Vec<Act> = four.iter().cloned().chain([given(1_200, &ids)]).collect();
    assert_eq!(double_doses(with_ids(&knowing)).len(), 0);
}
