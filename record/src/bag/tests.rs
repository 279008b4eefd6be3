//! The bag as a whole: carers who write apart, two holders, corrections, reconciling, and the same bag from the same notes in any order.

use super::belongings::{Column, Standing};
use super::view::Moving;
use super::*;
use crate::people::{Organisation, Role};
use crate::plan::Author;
use crate::{NhsNumber, PersonId, Stamp, When};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

pub(super) const BAG: BagId = BagId::from_bytes([1; 16]);

pub(super) fn author(staff: &str, ods: &str, role: Role) -> Author {
    Author {
        staff: staff.parse().unwrap(),
        name: format!("Worker {staff}"),
        role,
        title: "Carer".into(),
        ods: ods.parse().unwrap(),
        organisation: format!("Place {ods}"),
    }
}

pub(super) fn carer() -> Author {
    author("C1", "HOME1", Role::CareStaff)
}

pub(super) fn crew() -> Author {
    author("P1", "AMB1", Role::RegulatedClinician)
}

pub(super) fn nurse() -> Author {
    author("E1", "HOSP1", Role::RegulatedClinician)
}

pub(super) fn header() -> Header {
    Header {
        person: PersonId::from_bytes([7; 16]),
        banner: "OKONJO, Ada (Mrs)".into(),
        family: "Okonjo".into(),
        given: "Ada".into(),
        born: When::parse("1941-05-06"),
        gender: crate::patient::Gender::Female,
        nhs_number: NhsNumber::from_stem(999_000_001),
        nhs_number_verified: true,
        home: Organisation { ods: "HOME1".parse().unwrap(), name: "Rose Court".into() },
        tracker: "RB-17".into(),
    }
}

/// Notes under names of their own, as their bytes would give.
#[derive(Clone)]
pub(super) struct Notes(pub(super) Vec<Note>);

impl Notes {
    pub(super) fn new() -> Notes {
        let mut notes = Notes(Vec::new());
        notes.add(&carer(), Said::Opened(Box::new(header())));
        notes
    }

    pub(super) fn add(&mut self, by: &Author, said: Said) -> NoteId {
        let at = Stamp::from_millis(1_790_000_000_000 + self.0.len() as i64 * 60_000);
        let chain = format!("D{}/{}", by.staff, by.staff).parse().unwrap();
        let mut note = Note { id: NoteId::from_bytes([0; 32]), bag: BAG, by: by.clone(), chain, at, said };
        note.id = NoteId::from_bytes(Sha256::digest(serde_json::to_vec(&note).unwrap()).into());
        self.0.push(note);
        self.0.last().unwrap().id
    }

    pub(super) fn bag(&self) -> Bag {
        Bag::of(BAG, &self.0).unwrap()
    }

    pub(super) fn write(&mut self, by: &Author, section: BagSection, heading: &str, text: &str) -> NoteId {
        let item = ItemId::of(section.code(), heading);
        let seen = self.bag().draft.standing(section, item);
        let said = self.bag().put((section, item), text, (None, false), &seen).unwrap();
        self.add(by, said)
    }

    pub(super) fn filled() -> Notes {
        let mut notes = Notes::new();
        notes.write(&carer(), BagSection::Transfer, "reason", "Fall, and confused since this morning");
        notes.write(&carer(), BagSection::Allergies, "statement", "Allergic to penicillin — rash");
        notes
    }

    pub(super) fn step(&mut self, by: &Author, step: Step) -> Result<NoteId, BagFault> {
        let bag = self.bag();
        let contents =
            if step.releases() { Some(bag.ready(&Default::default(), by, Stamp::from_millis(5), "")?) } else { None };
        let said = bag.pass(by, Moving { contents, ..moving(step, bag.custody.lasts()) })?;
        Ok(self.add(by, said))
    }
}

pub(super) fn moving(step: Step, seen: Vec<NoteId>) -> Moving {
    Moving {
        step,
        seen,
        keeps: None,
        typed: None,
        place: String::new(),
        tracker: "RB-17".into(),
        items: None,
        remark: String::new(),
        contents: None,
    }
}

#[test]
fn only_what_a_transfer_means_nothing_without_stops_it() {
    let mut notes = Notes::new();
    let missing = notes.step(&carer(), Step::Release);
    assert_eq!(missing, Err(BagFault::Missing(vec![Missing::Reason, Missing::Allergies])));
    notes.write(&carer(), BagSection::Transfer, "reason", "Fall");
    assert_eq!(notes.step(&carer(), Step::Release), Err(BagFault::Missing(vec![Missing::Allergies])));
    notes.write(&carer(), BagSection::Allergies, "statement", "Allergies not recorded");
    assert!(notes.step(&carer(), Step::Release).is_ok(), "every other section is empty, and that is no block");
    let bag = notes.bag();
    let (_, contents) = bag.released().unwrap();
    let sent: Vec<&str> = contents.sections.iter().map(|s| s.section.code()).collect();
    assert_eq!(sent, ["transfer", "allergies", "completing"], "empty sections are not sent");
}

#[test]
fn nobody_but_the_home_releases_and_nobody_without_care_touches_it() {
    let mut notes = Notes::filled();
    assert_eq!(notes.step(&crew(), Step::Release), Err(BagFault::Role));
    assert_eq!(notes.step(&author("A1", "HOME1", Role::Admin), Step::Release), Err(BagFault::Role));
    assert_eq!(notes.step(&crew(), Step::Accept), Err(BagFault::Order), "nothing was released");
    notes.step(&carer(), Step::Release).unwrap();
    notes.step(&crew(), Step::Accept).unwrap();
    assert_eq!(notes.step(&crew(), Step::Close), Err(BagFault::Role));
}

#[test]
fn a_whole_journey() {
    let mut notes = Notes::filled();
    for (by, step, state) in [
        (carer(), Step::MakeReady, State::Ready),
        (carer(), Step::Release, State::Released),
        (crew(), Step::Accept, State::Accepted),
        (nurse(), Step::Receive, State::Received),
        (nurse(), Step::Move, State::InHospital),
        (nurse(), Step::Return, State::Returning),
        (crew(), Step::Carry, State::Returning),
        (carer(), Step::Close, State::Closed),
    ] {
        notes.step(&by, step).unwrap();
        assert_eq!(notes.bag().custody.state(), Some(state));
    }
    assert_eq!(notes.step(&carer(), Step::Lose), Err(BagFault::Order));
    assert!(notes.bag().aside.is_empty());
}

#[test]
fn carers_who_write_apart_are_both_heard_until_one_who_saw_both_says() {
    let mut here = Notes::filled();
    let item = (BagSection::Concern, ItemId::of("concern", "baseline"));
    let apart = here.bag();
    let one = apart.put(item, "Walks with a frame", (None, false), &[]).unwrap();
    let two = apart.put(item, "Needs two to stand", (None, false), &[]).unwrap();
    let first = here.add(&carer(), one);
    here.add(&author("C2", "HOME1", Role::CareStaff), two);
    let entries = here.bag().draft.entries(item.0, &[], false);
    assert_eq!(entries.len(), 2);
    assert!(entries.iter().all(|e| e.disputed));
    assert_eq!(here.bag().put(item, "Frame", (None, false), &[first]), Err(BagFault::Stale), "one was not seen");
    here.write(&carer(), item.0, "baseline", "Walks with a frame and one person");
    let entries = here.bag().draft.entries(item.0, &[], false);
    assert_eq!((entries.len(), entries[0].disputed), (1, false));
}

#[test]
fn a_prefilled_line_is_confirmed_corrected_or_says_that_its_source_has_changed() {
    let mut notes = Notes::filled();
    let (section, item) = (BagSection::Medications, ItemId::of("medications", "MedicationStatement/1"));
    let origin = Some(Origin { label: "Mill Lane Surgery".into(), recorded: When::parse("2026-02") });
    let found = |text: &str| vec![(item, text.to_owned(), origin.clone())];
    let shown = |notes: &Notes, text| notes.bag().draft.entries(section, &found(text), true);
    assert_eq!(shown(&notes, "ramipril 5 mg")[0].check, Check::Unchecked);
    let said = notes.bag().put((section, item), "ramipril 5 mg", (origin.clone(), true), &[]).unwrap();
    notes.add(&carer(), said);
    assert!(matches!(shown(&notes, "ramipril 5 mg")[0].check, Check::Confirmed { .. }));
    assert_eq!(shown(&notes, "ramipril 5 mg")[0].now, None);
    assert_eq!(
        shown(&notes, "ramipril 10 mg")[0].now.as_deref(),
        Some("ramipril 10 mg"),
        "changed since it was confirmed"
    );
    let changed = &shown(&notes, "ramipril 10 mg")[0];
    assert!(
        changed.is_unchecked() && changed.checked().ends_with("it now says: ramipril 10 mg"),
        "{}",
        changed.checked()
    );
    // Stopped: what somebody confirmed is not in the record any more. Where not everything was found, nothing is known of it.
    let gone = &notes.bag().draft.entries(section, &[], true)[0];
    assert!(gone.is_unchecked() && gone.checked().contains("no longer stands in the record"), "{}", gone.checked());
    assert!(!notes.bag().draft.entries(section, &[], false)[0].is_unchecked());
    let seen = notes.bag().draft.standing(section, item);
    let said = notes.bag().leave((section, item), "Stopped yesterday by the GP", &seen).unwrap();
    notes.add(&carer(), said);
    assert!(shown(&notes, "ramipril 10 mg").is_empty());
}

#[test]
fn two_holders_are_a_dispute_until_a_person_who_saw_both_settles_it() {
    let mut notes = Notes::filled();
    notes.step(&carer(), Step::Release).unwrap();
    let apart = notes.bag();
    let other = author("P2", "AMB1", Role::RegulatedClinician);
    let first = apart.pass(&crew(), moving(Step::Accept, apart.custody.lasts())).unwrap();
    let second = apart.pass(&other, moving(Step::Accept, apart.custody.lasts())).unwrap();
    let first = notes.add(&crew(), first);
    notes.add(&other, second);
    let Custody::Disputed(both) = notes.bag().custody else { panic!("two crews") };
    assert_eq!(both.len(), 2);
    assert_eq!(notes.step(&nurse(), Step::Receive), Err(BagFault::Disputed));
    let bag = notes.bag();
    let kept = Moving { keeps: Some(first), ..moving(Step::Receive, bag.custody.lasts()) };
    let settled = bag.pass(&nurse(), kept).unwrap();
    notes.add(&nurse(), settled);
    assert_eq!(notes.bag().custody.state(), Some(State::Received));
    assert_eq!(notes.bag().passages.len(), 4, "both stay written");
}

#[test]
fn a_crew_typed_by_the_home_and_signed_by_itself_is_one_passage() {
    let mut notes = Notes::filled();
    notes.step(&carer(), Step::Release).unwrap();
    let apart = notes.bag();
    let typed = Moving {
        typed: Some(("P1 Worker".into(), "South Western Ambulance".into())),
        ..moving(Step::Accept, apart.custody.lasts())
    };
    let typed = apart.pass(&carer(), typed).unwrap();
    let signed = apart.pass(&crew(), moving(Step::Accept, apart.custody.lasts())).unwrap();
    notes.add(&carer(), typed);
    let Custody::Held(holding) = notes.bag().custody else { panic!("one crew") };
    assert!(!holding.holder.is_verified());
    notes.add(&crew(), signed);
    let Custody::Held(holding) = notes.bag().custody else { panic!("one crew still") };
    assert_eq!((holding.holder.name(), holding.holder.is_verified()), ("Worker P1", true));
}

#[test]
fn a_correction_changes_what_is_known_and_not_who_has_the_bag() {
    let mut notes = Notes::filled();
    notes.step(&carer(), Step::Release).unwrap();
    let apart = notes.bag();
    let accepted = apart.pass(&crew(), moving(Step::Accept, apart.custody.lasts())).unwrap();
    notes.write(&carer(), BagSection::Allergies, "statement", "Allergic to penicillin and latex");
    notes.step(&carer(), Step::Correct).unwrap();
    notes.add(&crew(), accepted);
    assert_eq!(notes.bag().custody.state(), Some(State::Accepted), "made apart, and no dispute");
    let bag = notes.bag();
    let (_, contents) = bag.released().unwrap();
    assert_eq!(contents.version, 2);
    assert_eq!(contents.section(BagSection::Allergies)[0].text, "Allergic to penicillin and latex");
    assert_eq!(bag.releases().count(), 2, "the first is kept");
}

#[test]
fn nobody_signs_for_another_and_what_does_not_follow_counts_for_nothing() {
    let mut notes = Notes::filled();
    notes.step(&carer(), Step::Release).unwrap();
    let last = notes.bag().custody.lasts();
    let forged = Passage {
        step: Step::Accept,
        after: Some(last[0]),
        settles: vec![],
        to: Some(Party::Known(nurse())),
        place: String::new(),
        tracker: String::new(),
        items: None,
        remark: String::new(),
        contents: None,
    };
    let forged = notes.add(&crew(), Said::Passed(Box::new(forged.clone())));
    assert_eq!(notes.bag().aside, [forged]);
    let close = Passage {
        step: Step::Close,
        after: Some(NoteId::from_bytes([9; 32])),
        to: Some(Party::Known(carer())),
        settles: vec![],
        place: String::new(),
        tracker: String::new(),
        items: None,
        remark: String::new(),
        contents: None,
    };
    let lost = notes.add(&carer(), Said::Passed(Box::new(close)));
    assert!(notes.bag().aside.contains(&lost), "what it follows is not here");
    assert_eq!(notes.bag().custody.state(), Some(State::Released));
}

fn thing(code: &str, count: u32, valuable: bool) -> Count {
    let present = if count > 0 { Present::Yes } else { Present::No };
    Count { code: code.into(), label: code.into(), valuable, present, count, condition: String::new(), photos: vec![] }
}

/// Who counted valuables too, in a role of their own.
fn second(name: &str) -> Option<Second> {
    Some(Second { name: name.into(), title: "Night nurse".into(), signed: None })
}

#[test]
fn the_second_person_signs_or_says_their_role_and_older_counts_stand() {
    let money = || vec![thing("money", 20, true)];
    let new = |second| Counting::new(Column::LeavingHome, money(), second, &carer());
    let name = Second { name: " Jo Marlow ".into(), title: String::new(), signed: None };
    assert_eq!(new(Some(name.clone())), Err(BagFault::SecondSignature), "a name alone is nobody's signature");
    let file = |kind| File { id: crate::visit::PhotoId::from_bytes([3; 32]), length: 900, kind };
    let drawn = Second { signed: Some(file(file::Kind::Png)), ..name.clone() };
    let counting = new(Some(drawn)).unwrap();
    assert_eq!(counting.files().count(), 1);
    assert_eq!(counting.second().unwrap().to_string(), "Jo Marlow (signed)");
    let pdf = Second { signed: Some(file(file::Kind::Pdf)), ..name };
    assert_eq!(new(Some(pdf)), Err(BagFault::File));
    let typed = new(second("Jo Marlow")).unwrap();
    assert_eq!(typed.second().unwrap().to_string(), "Jo Marlow, Night nurse (name typed, not signed)");
    // As it was written when a name was all that was asked.
    let old = r#"{"column":"leaving-home","counts":[{"code":"money","label":"Money","valuable":true,"present":"yes","count":20}],"second":"Jo Marlow"}"#;
    let old: Counting = serde_json::from_str(old).unwrap();
    assert!(old.holds_for(&carer()) && serde_json::to_string(&old).unwrap().ends_with(r#""second":"Jo Marlow"}"#));
    let alone: Counting = serde_json::from_str(&serde_json::to_string(&old).unwrap().replace("Jo Marlow", "")).unwrap();
    assert!(!alone.holds_for(&carer()));
}

#[test]
fn a_number_that_is_not_the_bags_own_is_said() {
    assert_eq!(note::carried("rb-17", Some(5), "RB-17"), "Bag rb-17. 5 things in the bag.");
    assert_eq!(
        note::carried("RB-18", Some(1), "RB-17"),
        "Bag RB-18: NOT the number it left with, RB-17. 1 thing in the bag."
    );
    assert_eq!(
        (note::carried("", None, "RB-17"), note::carried("RB-9", None, "")),
        (String::new(), "Bag RB-9.".into())
    );
    let at = Stamp::from_millis(1_790_000_000_000);
    assert!(
        note::both_times(at, Some(at)).contains("(at the hub ") && note::both_times(at, None).contains("not known")
    );
}

#[test]
fn belongings_are_reconciled_thing_by_thing_and_no_column_is_written_over() {
    let mut notes = Notes::filled();
    let alone = Counting::new(Column::LeavingHome, vec![thing("money", 20, true)], None, &carer());
    assert_eq!(alone, Err(BagFault::SecondSignature));
    let own = Counting::new(Column::LeavingHome, vec![thing("money", 20, true)], second("worker c1"), &carer());
    assert_eq!(own, Err(BagFault::SecondSignature), "nobody is their own witness");
    let left = vec![
        thing("glasses", 1, false),
        thing("slippers", 2, false),
        thing("money", 20, true),
        thing("book", 1, false),
    ];
    let left = Counting::new(Column::LeavingHome, left, second("Jo Marlow"), &carer()).unwrap();
    assert_eq!(left.total(), 24);
    notes.add(&carer(), Said::Counted(left));
    let back = vec![thing("glasses", 0, false), thing("slippers", 2, false), thing("money", 20, true)];
    let back = Counting::new(Column::BackHome, back, second("Jo Marlow"), &carer()).unwrap();
    for (by, step) in [(carer(), Step::Release), (crew(), Step::Accept), (carer(), Step::Close)] {
        notes.step(&by, step).unwrap();
    }
    notes.add(&carer(), Said::Counted(back));
    let bag = notes.bag();
    let standing = |code: &str| bag.belongings.iter().find(|b| b.code == code).unwrap().standing.clone();
    assert_eq!(standing("glasses"), Standing::Differs { sent: 1, last: 0 });
    assert_eq!(standing("slippers"), Standing::Agrees);
    assert_eq!(standing("book"), Standing::NotCounted);
    assert_eq!(bag.belongings.iter().map(|b| b.counts.len()).sum::<usize>(), 7, "every count is kept");
}

#[test]
fn the_form_is_due_after_a_month() {
    let notes = Notes::filled();
    let now = notes.0.last().unwrap().at;
    assert!(!notes.bag().is_due(now));
    assert!(notes.bag().is_due(now.plus(jiff::SignedDuration::from_hours(30 * 24))));
}

#[test]
fn a_summary_fits_by_losing_what_matters_least_first_and_says_so() {
    let critical = Critical {
        banner: "OKONJO, Ada (Mrs)".into(),
        born: When::parse("1941-05-06"),
        nhs_number: NhsNumber::from_stem(999_000_001),
        allergies: (0..20).map(|n| format!("Allergy number {n} — anaphylaxis")).collect(),
        cpr: vec!["CPR decision: Not for attempted CPR. Dr Frost GP, 01-Mar-2026 10:00".into()],
        reason: "Confused since this morning, with a fever and a fall in the night. ".repeat(5),
        baseline: "Usually walks with a frame and knows her family. ".repeat(5),
        contacts: vec!["Daughter — 01202 555 0100".into(); 2],
        news2: "NEWS2 0 (Low) — 01-Mar-2026 10:00".into(),
        ..Critical::default()
    };
    let whole = critical.clone().fit(usize::MAX);
    assert_eq!(whole, critical);
    assert_eq!(Critical::from_bytes(&whole.to_bytes()), Ok(whole));
    let small = critical.clone().fit(500);
    assert!(small.to_bytes().len() <= 500);
    assert_eq!(small.cpr, critical.cpr);
    assert!(small.contacts.is_empty() && small.shortened);
    assert_eq!(small.allergies.len() + small.more_allergies as usize, 20);
    assert!(small.allergies.iter().all(|a| critical.allergies.contains(a)), "whole or not at all");
    assert_eq!(small.news2, critical.news2, "a score of nought is a score");
    assert_eq!(Critical::from_bytes(&small.to_bytes()), Ok(small));
}

proptest! {
    /// Random moves by random hands on random halves of what is known; whatever the order in which it comes together, the bag is the same,
    /// it always has somewhere to be, and nothing said is lost.
    #[test]
    fn the_same_notes_in_any_order_are_the_same_bag(
        moves in proptest::collection::vec((0usize..13, 0usize..4, any::<u64>()), 1..14),
        shuffle in any::<u64>(),
    ) {
        let hands = [carer(), crew(), nurse(), author("P2", "AMB1", Role::RegulatedClinician)];
        let mut notes = Notes::filled();
        for (step, hand, half) in moves {
            let (step, by) = (Step::ALL[step], &hands[hand]);
            // Its author has seen only some of it.
            let known: Vec<Note> = notes.0.iter().enumerate().filter(|(n, _)| *n < 3 || half >> n & 1 == 1).map(|(_, n)| n.clone()).collect();
            let Some(bag) = Bag::of(BAG, &known) else { continue };
            let contents = step.releases().then(|| bag.ready(&Default::default(), by, Stamp::from_millis(1), "").ok()).flatten();
            let keeps = bag.custody.lasts().first().copied();
            if let Ok(said) = bag.pass(by, Moving { contents, keeps, ..moving(step, bag.custody.lasts()) }) {
                notes.add(by, said);
            }
        }
        let whole = notes.bag();
        let mut mixed = notes.0.clone();
        let mut chance = shuffle | 1;
        for n in (1..mixed.len()).rev() {
            chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            mixed.swap(n, (chance >> 33) as usize % (n + 1));
        }
        let twice: Vec<Note> = mixed.iter().chain(&mixed).cloned().collect();
        prop_assert_eq!(Bag::of(BAG, &twice).unwrap(), whole.clone());
        prop_assert!(!whole.custody.holdings().is_empty());
        prop_assert_eq!(whole.passages.len(), notes.0.iter().filter(|n| matches!(n.said, Said::Passed(_))).count());
        prop_assert!(whole.aside.is_empty(), "honest moves are legal, seen whole or in part");
    }
}
