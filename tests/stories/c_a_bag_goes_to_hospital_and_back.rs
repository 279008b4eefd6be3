//! Journey (c): a bag goes with somebody from the care home to hospital and back, from screen to screen, with the hub cut off; and what may go
//! wrong on the way.

use desk::Trouble;
use desk::ask::{AcceptBag, BagsHere, MoveBag, OpenChart, OpenPlan, TakeFrames};
use desk::bag::BagMove;
use hub::store::{people, trust};
use record::audit::{BagDeed, Event};
use record::bag::belongings::{Column, Standing};
use record::bag::{BagFault, BagSection, Check, Custody, State, Step};
use record::consent::{Choice, DecidedBy, Outcome, Purpose, Recorded};
use record::{PersonId, Sections};
use stories::bags::{bag, step};
use stories::{Worker, World};

/// A bag prepared and released by the home.
async fn released(carer: &Worker, ada: PersonId) {
    carer.start_bag(ada).await.unwrap();
    carer.confirm(ada).await;
    carer.write_line(ada, BagSection::Transfer, "reason", "Fall, and confused since this morning").await.unwrap();
    carer.write_line(ada, BagSection::Concern, "baseline", "Walks with a frame, knows her family").await.unwrap();
    carer.move_bag(ada, Step::Release).await.unwrap();
}

fn state(page: &desk::bag::BagPage) -> Option<State> {
    bag(page).custody.state()
}

#[tokio::test]
async fn c_a_bag_goes_to_hospital_and_back_without_a_network() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let (carer, other) = (world.carer("C1").await, world.carer("C2").await);
    let (crew, ed, ward) = (world.crew("P1").await, world.hospital("E1").await, world.hospital("W1").await);
    world.cut(true);

    carer.start_bag(ada).await.unwrap();
    let page = carer.page(ada).await;
    let allergies = bag(&page).form.iter().find(|f| f.section == BagSection::Allergies).unwrap();
    assert!(allergies.entries[0].text.contains("penicillin"));
    assert_eq!(allergies.entries[0].from.as_ref().unwrap().label, "Mill Lane Surgery");
    assert_eq!(allergies.entries[0].check, Check::Unchecked);
    assert!(carer.move_bag(ada, Step::Release).await.is_err(), "why she goes is not said");
    assert_eq!(bag(&carer.confirm(ada).await).unchecked, 0);
    carer.write_line(ada, BagSection::Transfer, "reason", "Fall, and confused since this morning").await.unwrap();
    carer.write_line(ada, BagSection::Concern, "baseline", "Walks with a frame, knows her family").await.unwrap();
    carer
        .count(ada, Column::LeavingHome, &[("glasses", 1, false), ("slippers", 2, false), ("money", 20, true)])
        .await
        .unwrap();
    let page = carer.move_bag(ada, Step::Release).await.unwrap();
    assert_eq!(state(&page), Some(State::Released));
    let sent = bag(&page).released.clone().unwrap();

    // The crew: one scan says what can kill her.
    let codes = carer.show(ada).await;
    let slip = crew.take_slip(&codes.slip).await.unwrap();
    assert!(slip.critical.allergies[0].contains("penicillin"));
    assert_eq!(slip.critical.reason, "Fall, and confused since this morning");
    assert_eq!((slip.giver.as_str(), slip.organisation.as_str()), ("Worker C1", "Rose Court Care Home"));
    crew.take_all(&codes).await;
    let page = crew.page(ada).await;
    assert_eq!(*bag(&page).released.clone().unwrap(), *sent, "to the letter");
    assert!(bag(&page).form.is_empty() && !page.carried);
    assert!(bag(&page).passages.iter().all(|p| !p.unproven), "each certified by the hub");
    let taken = crew.accept(ada, Step::Accept).await.unwrap();
    let page = carer.take_answer(&taken.answer).await.unwrap();
    let Custody::Held(holding) = &bag(&page).custody else { panic!("one holder") };
    assert_eq!((holding.holder.name(), holding.state), ("Worker P1", State::Accepted));
    assert_eq!(carer.take_answer(&taken.answer).await, Err(Trouble::Bag(BagFault::Taken)));

    // The department, the ward, and home again.
    crew.hand_over(&ed, ada, Step::Receive).await;
    let page = ed.hand_over(&ward, ada, Step::Move).await;
    assert_eq!(state(&page), Some(State::InHospital));
    assert_eq!(ward.move_bag(ada, Step::Close).await, Err(Trouble::Bag(BagFault::Role)), "only the home closes it");
    ward.move_bag(ada, Step::Return).await.unwrap();
    let page = ward.hand_over(&carer, ada, Step::Close).await;
    assert_eq!(state(&page), Some(State::Closed));
    carer
        .count(ada, Column::BackHome, &[("glasses", 0, false), ("slippers", 2, false), ("money", 20, true)])
        .await
        .unwrap();

    // The hub comes back; whoever posts first brings it all.
    world.cut(false);
    ward.sync().await;
    crew.sync().await;
    carer.sync().await;
    other.sync().await;
    let page = other.page(ada).await;
    let steps: Vec<Step> = bag(&page).passages.iter().map(|p| p.step).collect();
    assert_eq!(steps, [Step::Release, Step::Accept, Step::Receive, Step::Move, Step::Return, Step::Close]);
    let standing = |code: &str| bag(&page).belongings.iter().find(|b| b.code == code).unwrap().standing.clone();
    assert_eq!(standing("glasses"), Standing::Differs { sent: 1, last: 0 });
    assert_eq!((standing("slippers"), standing("money")), (Standing::Agrees, Standing::Agrees));
    assert_eq!(carer.status().await.unsent, 0);
    assert_eq!(crew.bag(ada).await, Err(Trouble::NotCarried), "handed on, and gone from the crew's device");
}

#[tokio::test]
async fn the_receivers_device_holds_the_bag_and_nothing_else() {
    let world = World::new();
    let (ada, ben) = (world.person(1, "Okonjo", Choice::Y3), world.person(2, "Frost", Choice::Y3));
    let (carer, crew) = (world.carer("C1").await, world.crew("P1").await);
    released(&carer, ada).await;
    let codes = carer.show(ada).await;
    crew.take_all(&codes).await;
    assert_eq!(crew.caseload().await.rows.len(), 0);
    for person in [ada, ben] {
        let chart = crew.ask(OpenChart { person, purpose: Purpose::Treat, wants: Sections::ALL }).await;
        assert_eq!(chart.unwrap_err(), Trouble::NotCarried, "no record");
    }
    let plan = crew.ask(OpenPlan { person: ada, purpose: Purpose::Treat, moment: None }).await;
    assert!(plan.is_err(), "no plan");
    assert_eq!(crew.bag(ben).await.unwrap_err(), Trouble::NotCarried);
    // The form as it was worked on stays at home: only what was released is there.
    let page = crew.page(ada).await;
    let sent = bag(&page).released.clone().unwrap();
    assert!(sent.section(BagSection::Transfer)[0].text.contains("Fall"));
    assert_eq!(bag(&page).passages.len(), 1);
}

#[tokio::test]
async fn consent_decides_what_leaves_and_who_may_read_it() {
    let world = World::new();
    let (no, emergency, today) = (
        world.person(1, "Okonjo", Choice::N2),
        world.person(2, "Frost", Choice::N1),
        world.person(3, "Marsh", Choice::Y3),
    );
    let (carer, crew) = (world.carer("C1").await, world.crew("P1").await);
    for person in [no, emergency] {
        assert!(matches!(carer.start_bag(person).await, Err(Trouble::Refused(_))));
    }
    released(&carer, today).await;
    // They change their mind before the crew is there.
    carer.chosen(today, Choice::N1).await;
    let show = carer.ask(desk::ask::ShowBag { person: today, purpose: Purpose::Treat }).await;
    assert!(matches!(show, Err(Trouble::Refused(_))), "nothing leaves");
    assert!(crew.take_slip("SATCHEL-BAG-AAAA").await.is_err());
}

/// The crew carries nothing of her but the bag, so no caseload's feed tells them: the hub does, as it tells everybody else.
#[tokio::test]
async fn a_choice_made_on_the_way_reaches_the_crew_that_has_the_bag_in_hand() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let (carer, crew) = (world.carer("C1").await, world.crew("P1").await);
    released(&carer, ada).await;
    world.cut(true);
    let codes = carer.show(ada).await;
    crew.take_all(&codes).await;
    crew.accept(ada, Step::Accept).await.unwrap();
    world.cut(false);
    crew.sync().await;
    carer.sync().await;
    let says = |choice, key: &str| {
        let row = world.write(|tx| people::person_row(tx, ada)).unwrap();
        let (now, by) = (world.now(), DecidedBy::Person);
        let recorded = Recorded { choice, decided: Some(now), decided_by: by, ..Recorded::nothing() };
        world.write(|tx| trust::record_choice(tx, row, &recorded, key, u64::MAX, now));
    };
    // Only in an emergency: what the door then says of the record it says of the bag.
    says(Choice::N1, "story/emergency");
    crew.sync().await;
    let denied = crew.bag(ada).await;
    assert!(matches!(denied, Err(Trouble::Bag(BagFault::NotAllowed))), "{denied:?}");
    says(Choice::Y3, "story/yes");
    crew.sync().await;
    assert!(bag(&crew.page(ada).await).released.is_some(), "it never left the device");
    says(Choice::N2, "story/never");
    crew.sync().await;
    assert!(crew.bag(ada).await.is_err());
    assert!(crew.ask(BagsHere {}).await.unwrap().here.is_empty(), "nor is her name here");
    // The slip knows of no such choice, and does not loosen it.
    assert!(matches!(crew.take_slip(&codes.slip).await, Err(Trouble::Bag(BagFault::NotAllowed))));
    // The passage is at the hub all the same.
    let held = world.write(|tx| {
        let (id, ..) = hub::store::bags::all(tx)?[0];
        hub::bags::bag(tx, id)
    });
    assert_eq!(held.unwrap().custody.state(), Some(State::Accepted));
}

#[tokio::test]
async fn two_crews_with_one_slip_are_a_dispute_for_a_person() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let carer = world.carer("C1").await;
    let (one, two, ed) = (world.crew("P1").await, world.crew("P2").await, world.hospital("E1").await);
    released(&carer, ada).await;
    let codes = carer.show(ada).await;
    world.cut(true);
    for crew in [&one, &two] {
        crew.take_all(&codes).await;
        crew.accept(ada, Step::Accept).await.unwrap();
    }
    world.cut(false);
    one.sync().await;
    two.sync().await;
    carer.sync().await;
    let page = carer.page(ada).await;
    let Custody::Disputed(both) = &bag(&page).custody else { panic!("two holders") };
    let mut names: Vec<&str> = both.iter().map(|h| h.holder.name()).collect();
    names.sort_unstable();
    assert_eq!(names, ["Worker P1", "Worker P2"]);
    // The department has the person before it, and says from whom.
    one.sync().await;
    let codes = one.show(ada).await;
    ed.take_all(&codes).await;
    let page = ed.page(ada).await;
    assert_eq!(ed.accept(ada, Step::Receive).await.unwrap_err(), Trouble::Bag(BagFault::Disputed));
    let keeps = both.iter().find(|h| h.holder.name() == "Worker P1").and_then(|h| h.last);
    let settle = BagMove { keeps, ..step(Step::Receive, &page) };
    let pin = stories::world::PIN.to_owned().into();
    let taken = ed.ask(AcceptBag { person: ada, purpose: Purpose::Treat, step: settle, pin }).await.unwrap();
    assert_eq!(state(&taken.page), Some(State::Received));
    ed.sync().await;
    carer.sync().await;
    let page = carer.page(ada).await;
    assert_eq!(state(&page), Some(State::Received));
    assert_eq!(bag(&page).passages.len(), 4, "what both said stays written");
}

#[tokio::test]
async fn a_correction_after_release_is_said_on_both_ends() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let (carer, crew) = (world.carer("C1").await, world.crew("P1").await);
    released(&carer, ada).await;
    carer.hand_over(&crew, ada, Step::Accept).await;
    assert_eq!(bag(&crew.page(ada).await).corrected, None);
    crew.sync().await;
    carer.write_line(ada, BagSection::Concern, "baseline", "Needs two people to stand").await.unwrap();
    let page = carer.move_bag(ada, Step::Correct).await.unwrap();
    assert!(bag(&page).corrected.is_some());
    assert_eq!(state(&page), Some(State::Accepted), "the crew still has it");
    carer.sync().await;
    crew.sync().await;
    let page = crew.page(ada).await;
    let now = bag(&page).released.clone().unwrap();
    assert_eq!((now.version, now.under(BagSection::Concern, "baseline")), (2, Some("Needs two people to stand")));
    assert!(bag(&page).corrected.is_some());
    assert_eq!(bag(&page).passages.iter().filter(|p| p.version.is_some()).count(), 2, "never silent");
}

#[tokio::test]
async fn a_death_on_the_way_and_a_bag_that_is_lost_and_found() {
    let world = World::new();
    let (ada, ben) = (world.person(1, "Okonjo", Choice::Y3), world.person(2, "Frost", Choice::Y3));
    let (carer, crew) = (world.carer("C1").await, world.crew("P1").await);
    for person in [ada, ben] {
        released(&carer, person).await;
        carer.hand_over(&crew, person, Step::Accept).await;
    }
    let page = crew.move_bag(ada, Step::Die).await.unwrap();
    assert_eq!(state(&page), Some(State::Died));
    assert_eq!(crew.accept(ada, Step::Receive).await.unwrap_err(), Trouble::Bag(BagFault::Order));
    crew.move_bag(ben, Step::Lose).await.unwrap();
    crew.sync().await;
    carer.sync().await;
    assert_eq!(state(&carer.page(ada).await), Some(State::Died));
    assert_eq!(state(&carer.page(ben).await), Some(State::BagMissing));
    // What belongs to her comes home.
    let closed = carer.accept(ada, Step::Close).await.unwrap();
    assert_eq!(state(&closed.page), Some(State::Closed));
    crew.sync().await;
    let found = crew.accept(ben, Step::Find).await.unwrap();
    assert_eq!(state(&found.page), Some(State::Accepted), "where it was when it went missing");
}

#[tokio::test]
async fn a_crew_without_a_device_is_typed_and_said_to_be_unverified() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let carer = world.carer("C1").await;
    released(&carer, ada).await;
    let page = carer.page(ada).await;
    let typed = Some(("Sam Reed".to_owned(), "South Western Ambulance".to_owned()));
    let accepted = BagMove { typed, ..step(Step::Accept, &page) };
    let page = carer.ask(MoveBag { person: ada, purpose: Purpose::Treat, step: accepted }).await.unwrap();
    let Custody::Held(holding) = &bag(&page).custody else { panic!("one holder") };
    assert_eq!((holding.holder.name(), holding.holder.is_verified()), ("Sam Reed", false));
    assert!(bag(&page).passages[1].typed.as_deref().unwrap().starts_with("Sam Reed"));
    let blind = BagMove { seen: vec![], ..step(Step::Lose, &page) };
    let refused = carer.ask(MoveBag { person: ada, purpose: Purpose::Treat, step: blind }).await;
    assert_eq!(refused.unwrap_err(), Trouble::Bag(BagFault::Stale), "nobody moves on what they have not seen");
}

#[tokio::test]
async fn two_carers_fill_one_form_apart_and_both_are_heard() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let (one, two) = (world.carer("C1").await, world.carer("C2").await);
    one.start_bag(ada).await.unwrap();
    one.sync().await;
    two.sync().await;
    world.cut(true);
    one.write_line(ada, BagSection::Nursing, "mobility", "Walks with a frame").await.unwrap();
    one.write_line(ada, BagSection::Nursing, "eating", "Soft diet").await.unwrap();
    two.write_line(ada, BagSection::Nursing, "mobility", "Hoist since Tuesday").await.unwrap();
    world.cut(false);
    for carer in [&one, &two, &one] {
        carer.sync().await;
    }
    for carer in [&one, &two] {
        let page = carer.page(ada).await;
        let nursing = bag(&page).form.iter().find(|f| f.section == BagSection::Nursing).unwrap();
        let texts: Vec<(&str, bool)> = nursing.entries.iter().map(|e| (e.text.as_str(), e.disputed)).collect();
        assert_eq!(texts.len(), 3, "{texts:?}");
        assert!(texts.contains(&("Walks with a frame", true)) && texts.contains(&("Hoist since Tuesday", true)));
        assert!(texts.contains(&("Soft diet", false)));
    }
}

#[tokio::test]
async fn each_hand_over_is_an_export_and_an_import_of_the_same_bag() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let (carer, crew) = (world.carer("C1").await, world.crew("P1").await);
    released(&carer, ada).await;
    carer.hand_over(&crew, ada, Step::Accept).await;
    crew.sync().await;
    carer.sync().await;
    let deeds = |worker: &Worker| {
        let entries = world.entries_of(worker);
        let of = |event: &Event| match event {
            Event::Bag(act) if act.outcome == Outcome::Permit => Some((act.deed, act.bag)),
            _ => None,
        };
        entries.iter().filter_map(|entry| of(&entry.event)).collect::<Vec<_>>()
    };
    let (gave, took) = (deeds(&carer), deeds(&crew));
    let shown = gave.iter().find(|(deed, _)| *deed == BagDeed::Shown).unwrap();
    assert!(gave.iter().any(|(deed, _)| *deed == BagDeed::Released));
    for deed in [BagDeed::SlipRead, BagDeed::TakenIn, BagDeed::Accepted] {
        let taken = took.iter().find(|(taken, _)| *taken == deed).unwrap();
        assert_eq!(taken.1, shown.1, "the same bag in both chains");
    }
}

#[tokio::test]
async fn a_swapped_forged_or_repeated_code_is_refused() {
    let world = World::new();
    let (ada, ben) = (world.person(1, "Okonjo", Choice::Y3), world.person(2, "Frost", Choice::Y3));
    let (carer, crew) = (world.carer("C1").await, world.crew("P1").await);
    for person in [ada, ben] {
        released(&carer, person).await;
    }
    let (first, second) = (carer.show(ada).await, carer.show(ben).await);
    let frames = |frames: &[String]| TakeFrames { frames: frames.to_vec(), purpose: Purpose::Treat };
    assert_eq!(crew.ask(frames(&first.frames)).await, Err(Trouble::Bag(BagFault::OtherBag)), "no slip yet");
    crew.take_slip(&first.slip).await.unwrap();
    let swapped = crew.ask(frames(&second.frames)).await.unwrap();
    assert_eq!((swapped.progress, swapped.whole), (0, false));
    assert_eq!(swapped.strange as usize, second.frames.len());
    crew.take_all(&first).await;
    let mut forged = first.slip.clone().into_bytes();
    let at = forged.len() / 2;
    forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
    let forged = String::from_utf8(forged).unwrap();
    assert!(matches!(crew.take_slip(&forged).await, Err(Trouble::Bag(BagFault::Forged | BagFault::Code))));
    assert_eq!(carer.take_slip(&first.slip).await, Err(Trouble::Bag(BagFault::Taken)), "one's own");
}

/// What a shaking hand, another home's screen and somebody who means harm make of the moving code, all at once: the very bag comes, or nothing.
#[tokio::test]
async fn frames_lost_repeated_reordered_swapped_and_forged_make_the_very_bag_or_none() {
    let world = World::new();
    let (ada, ben) = (world.person(1, "Okonjo", Choice::Y3), world.person(2, "Frost", Choice::Y3));
    let (carer, crew) = (world.carer("C1").await, world.crew("P1").await);
    for person in [ada, ben] {
        released(&carer, person).await;
    }
    let sent = bag(&carer.page(ada).await).released.clone().unwrap();
    let (codes, others, earlier) = (carer.show(ada).await, carer.show(ben).await, carer.show(ada).await);
    crew.take_slip(&codes.slip).await.unwrap();
    let mut chance = stories::faults::Draws::from(11);
    // Every letter of a frame, forged once: none is taken for a frame, and none spoils those that come.
    let forged = |frame: &str, at: usize| {
        let mut letters = frame.to_owned().into_bytes();
        letters[at] = if letters[at] == b'A' { b'B' } else { b'A' };
        String::from_utf8(letters).unwrap()
    };
    let first = &codes.frames[0];
    let prefix = "SATCHEL-F-".len();
    let all: Vec<String> = (prefix..first.len()).map(|at| forged(first, at)).filter(|frame| frame != first).collect();
    let ask = |frames: Vec<String>| crew.ask(TakeFrames { frames, purpose: Purpose::Treat });
    let many = all.len() as u32;
    let taken = ask(all).await.unwrap();
    assert_eq!((taken.progress, taken.strange), (0, many), "each letter is covered by its mark");
    let mut strange = 0;
    let whole = loop {
        let mut some = Vec::new();
        for _ in 0..6 {
            let frame = &codes.frames[chance.below(codes.frames.len() as u64) as usize];
            match chance.below(10) {
                0..3 => {}
                3 => some.push(others.frames[chance.below(others.frames.len() as u64) as usize].clone()),
                4 => some.push(earlier.frames[chance.below(earlier.frames.len() as u64) as usize].clone()),
                5 => some.push(forged(frame, prefix + chance.below((frame.len() - prefix) as u64) as usize)),
                6 => some.extend([frame.clone(), frame.clone()]),
                _ => some.push(frame.clone()),
            }
        }
        let taken = ask(some).await.unwrap();
        strange += taken.strange;
        if taken.whole {
            break taken;
        }
    };
    assert!(whole.progress == 100 && strange > 0, "{whole:?}");
    let page = crew.page(ada).await;
    assert_eq!(*bag(&page).released.clone().unwrap(), *sent, "to the letter");
    assert!(crew.bag(ben).await.is_err(), "and nothing of another's");
    // A slip that is read again, or an old one of the same bag, changes nothing of what is here.
    for slip in [&codes.slip, &earlier.slip, &codes.slip] {
        assert!(crew.take_slip(slip).await.unwrap().whole);
    }
    assert_eq!(bag(&crew.page(ada).await).passages, bag(&page).passages);
    // Half of one and half of the other are none.
    let apart = codes.slip.bytes().zip(others.slip.bytes()).position(|(a, b)| a != b).unwrap() + 20;
    let mixed = format!("{}{}", &codes.slip[..apart], &others.slip[apart..]);
    assert!(matches!(crew.take_slip(&mixed).await, Err(Trouble::Bag(BagFault::Forged | BagFault::Code))));
}
