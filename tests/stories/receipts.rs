//! Three steps, and no screen that says more than is so: saved on this device; held by the hub, on its signed word; seen by somebody who
//! had it. And the page before leaving the network.

use desk::ask::{GetReady, GetReceipts, PlanHistory, SignOut};
use desk::plan::Receipt;
use desk::ready::{Lack, PersonReceipts, Ready, Receipts};
use hub::store::{people, trust};
use jiff::SignedDuration;
use record::PersonId;
use record::bag::{BagSection, Step};
use record::consent::{Choice, DecidedBy, Purpose, Recorded};
use record::people::Role;
use record::receipt::{Lot, Work};
use record::visit::Body;
use stories::plans::about;
use stories::{Worker, World};

async fn receipts(worker: &Worker) -> Receipts {
    worker.ask(GetReceipts {}).await.unwrap()
}

async fn of(worker: &Worker, person: PersonId) -> PersonReceipts {
    receipts(worker).await.people.into_iter().find(|p| p.person == person).expect("work about this person")
}

fn plan(work: &PersonReceipts) -> Lot {
    lot(work, Work::Plan).expect("work in the plan")
}

fn lot(work: &PersonReceipts, kind: Work) -> Option<Lot> {
    work.lots.iter().copied().find(|lot| lot.work == kind)
}

async fn ready(worker: &Worker) -> Ready {
    worker.ask(GetReady {}).await.unwrap()
}

#[tokio::test]
async fn a_change_is_here_then_held_then_seen_and_each_is_said_only_when_it_is_so() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let (author, colleague) = (world.nurse("N1").await, world.worker("N2", Role::CareStaff).await);
    author.sync().await;
    colleague.sync().await;
    assert_eq!(receipts(&author).await.people, vec![], "nothing done, nothing said");

    world.cut(true);
    author.write(ada, about("people"), "Ann, my wife").await;
    let here = of(&author, ada).await;
    assert_eq!((plan(&here).waiting, plan(&here).held, here.seen.len()), (1, None, 0));
    assert!(receipts(&author).await.sealed > 0, "and sealed beside the vault");
    world.cut(false);
    author.sync().await;
    let held = of(&author, ada).await;
    let (number, word) = plan(&held).held.unwrap();
    assert_eq!((plan(&held).waiting, number, word.at(), held.seen.len()), (0, 1, world.now(), 0));

    // The colleague looks before the change has come to them: that is not having seen it.
    colleague.plan(ada).await;
    colleague.sync().await;
    author.sync().await;
    assert_eq!(of(&author, ada).await.seen, vec![], "they had not got it");
    // Who changed what, or the plan as it stood before, is not the plan with the change in it.
    let first = colleague.plan_history(ada).await.lines.last().unwrap().line.moment.clone();
    colleague.ask(desk::ask::OpenPlan { person: ada, purpose: Purpose::Treat, moment: Some(first) }).await.unwrap();
    colleague.sync().await;
    author.sync().await;
    assert_eq!(of(&author, ada).await.seen, vec![], "they had not seen it");
    // Now they open it, without a network.
    world.cut(true);
    world.pass(SignedDuration::from_mins(5));
    colleague.plan(ada).await;
    let looked = world.now();
    assert_eq!(of(&author, ada).await.seen, vec![], "nobody has told the hub");
    world.cut(false);
    colleague.sync().await;
    author.sync().await;
    let seen = of(&author, ada).await.seen;
    assert_eq!(seen.len(), 1);
    assert_eq!(
        (seen[0].role, seen[0].organisation.as_str(), seen[0].at),
        (Role::CareStaff, "Testshire Community Trust", looked)
    );
    let history = author.ask(PlanHistory { person: ada, purpose: Purpose::Treat }).await.unwrap();
    assert!(matches!(&history.lines[0].receipt, Receipt::HeldByHub { seen, .. } if seen.len() == 1));

    // A change after that has not been seen, whatever was seen before.
    author.write(ada, about("people"), "Ann, my wife, and Bess").await;
    author.sync().await;
    assert_eq!(of(&author, ada).await.seen, vec![]);
    // What was told once is not told again, and outlives the app.
    let author = author.restarted(&world).sign_in_again().await;
    author.sync().await;
    assert_eq!(of(&author, ada).await.seen, vec![]);
    let history = author.ask(PlanHistory { person: ada, purpose: Purpose::Treat }).await.unwrap();
    let seen_lines =
        history.lines.iter().filter(|l| matches!(&l.receipt, Receipt::HeldByHub { seen, .. } if seen.len() == 1));
    assert_eq!(seen_lines.count(), 1);
}

/// How many saw the entries of this author's log, newest first.
async fn entries_seen(author: &Worker, person: PersonId) -> Vec<usize> {
    let page = author.visits(person).await;
    let seen = |at| page.seen.iter().filter(|(through, _)| *through >= at).count();
    page.log.entries.iter().map(|entry| seen(entry.act.at)).collect()
}

#[tokio::test]
async fn what_was_done_at_a_visit_and_a_choice_taken_down_are_seen_by_who_opened_them_with_it() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::None);
    let (author, colleague) = (world.nurse("N1").await, world.worker("N2", Role::CareStaff).await);
    for worker in [&author, &colleague] {
        worker.sync().await;
        worker.sync().await;
    }
    author.ask(crate::lost::choice(ada, Choice::Y3)).await.unwrap();
    author.sync().await;
    author.note(ada, "Skin sound.").await;
    world.pass(SignedDuration::from_mins(1));
    author.act(ada, Body::Dose(stories::visits::dose(record::visit::Part::Morning, world.now(), vec![]))).await;
    author.sync().await;
    let held = of(&author, ada).await;
    assert_eq!((held.visits_seen.len(), held.choice_seen.len()), (0, 0), "held, and nobody else has opened it");
    // Asked for before it came, and refused: not seen. Then it is there, and opened: the record alone is the choice, not the visits.
    colleague.open(ada).await.unwrap_err();
    colleague.sync().await;
    colleague.sync().await;
    author.sync().await;
    assert_eq!(of(&author, ada).await.choice_seen, vec![]);
    world.pass(SignedDuration::from_mins(1));
    colleague.opened(ada).await;
    colleague.sync().await;
    author.sync().await;
    let record = of(&author, ada).await;
    assert_eq!((record.visits_seen.len(), record.choice_seen.len()), (0, 1));
    let looked = world.now();
    colleague.visits(ada).await;
    colleague.sync().await;
    author.sync().await;
    let seen = of(&author, ada).await;
    let by = &seen.visits_seen[0];
    assert_eq!(
        (seen.visits_seen.len(), by.role, by.organisation.as_str(), by.at),
        (1, Role::CareStaff, "Testshire Community Trust", looked)
    );
    assert_eq!(entries_seen(&author, ada).await, [1, 1], "the dose and the note");
    // What is done after that nobody has seen; what was told once is not told again, and outlives the app.
    world.pass(SignedDuration::from_mins(1));
    author.note(ada, "Rang her daughter.").await;
    author.sync().await;
    let author = author.restarted(&world).sign_in_again().await;
    author.sync().await;
    assert_eq!(of(&author, ada).await.visits_seen, vec![]);
    assert_eq!(entries_seen(&author, ada).await, [0, 1, 1]);
    // Nor has anybody seen another choice.
    author.ask(crate::lost::choice(ada, Choice::N1)).await.unwrap();
    author.sync().await;
    assert!(receipts(&author).await.people.iter().all(|work| work.choice_seen.is_empty()));
}

#[tokio::test]
async fn a_visit_and_a_bag_are_here_then_held_and_each_is_said_only_when_it_is_so() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let carer = world.carer("C1").await;
    world.cut(true);
    carer.act(ada, Body::Note { text: "Slept well.".into() }).await;
    carer.start_bag(ada).await.unwrap();
    let here = of(&carer, ada).await;
    for kind in [Work::Visit, Work::Bag] {
        let lot = lot(&here, kind).unwrap_or_else(|| panic!("{kind:?}"));
        assert!(lot.waiting > 0 && lot.held.is_none() && lot.refused == 0, "{lot:?}");
    }
    assert_eq!(lot(&here, Work::Plan), None);
    world.cut(false);
    world.pass(SignedDuration::from_mins(1));
    carer.sync().await;
    let held = of(&carer, ada).await;
    for kind in [Work::Visit, Work::Bag] {
        let (before, lot) = (lot(&here, kind).unwrap(), lot(&held, kind).unwrap());
        let (number, word) = lot.held.unwrap();
        assert_eq!((lot.waiting, number, word.at()), (0, before.waiting, world.now()), "{kind:?}");
    }
}

#[tokio::test]
async fn what_was_put_in_a_bag_is_seen_by_who_opened_it_with_that() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let (carer, crew) = (world.carer("C1").await, world.crew("P1").await);
    carer.sync().await;
    carer.released_bag(ada).await;
    carer.sync().await;
    carer.hand_over(&crew, ada, Step::Accept).await;
    for _ in 0..2 {
        carer.sync().await;
        crew.sync().await;
    }
    let held = of(&carer, ada).await;
    assert!(lot(&held, Work::Bag).is_some_and(|lot| lot.held.is_some()));
    // Read by codes, before the hub had told of it: a look by no place in its order counts for nothing.
    carer.sync().await;
    world.pass(SignedDuration::from_mins(1));
    let looked = world.now();
    crew.page(ada).await;
    crew.sync().await;
    carer.sync().await;
    let seen = of(&carer, ada).await.bags_seen;
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert_eq!((seen[0].role, seen[0].at), (Role::RegulatedClinician, looked));
    assert_ne!(seen[0].organisation, "Rose Court Care Home");
    assert_eq!(carer.page(ada).await.bag.unwrap().seen, seen, "and on the bag's own page");
    assert_eq!(crew.page(ada).await.bag.unwrap().seen, [], "of the crew's own nobody");
    // A step after that nobody has seen; nor does the home's own working on its form count for one.
    world.pass(SignedDuration::from_mins(1));
    carer.write_line(ada, BagSection::Concern, "baseline", "Walks with a frame").await.unwrap();
    carer.sync().await;
    assert_eq!(of(&carer, ada).await.bags_seen.len(), 1);
    assert!(receipts(&crew).await.people.iter().all(|work| work.bags_seen.is_empty()), "of its passage nobody yet");
}

#[tokio::test]
async fn own_looks_are_not_somebody_elses() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let author = world.nurse("N1").await;
    author.sync().await;
    author.write(ada, about("people"), "Ann").await;
    author.sync().await;
    author.plan(ada).await;
    author.sync().await;
    author.sync().await;
    assert_eq!(of(&author, ada).await.seen, vec![]);
}

#[tokio::test]
async fn before_leaving_the_page_says_who_is_ready_and_what_is_not() {
    let world = World::new();
    world.license();
    let (ada, bea, cy) = (
        world.person(1, "Okonjo", Choice::Y3),
        world.person(2, "Marlow", Choice::N1),
        world.person(3, "Quill", Choice::N2),
    );
    let until = world.now().plus(SignedDuration::from_hours(3));
    let dee = world.person(4, "Reed", Choice::Y3);
    world.write(|tx| {
        let row = people::person_row(tx, dee)?.unwrap();
        let yes = Recorded {
            choice: Choice::Y2,
            until: Some(until),
            decided: Some(world.now()),
            decided_by: DecidedBy::Person,
            ..Recorded::nothing()
        };
        trust::record_choice(tx, row, &yes, "short", u64::MAX, world.now())
    });
    let eve = world.person(5, "Stone", Choice::None);
    let nurse = world.nurse("N1").await;
    let before = ready(&nurse).await;
    assert_eq!((before.people.len(), before.checked, before.licence_minutes), (0, None, None));
    nurse.sync().await;
    let page = ready(&nurse).await;
    let lacks = |person| page.people.iter().find(|p| p.listing.person == person).unwrap().lacks.clone();
    assert_eq!(lacks(ada), vec![]);
    assert_eq!(lacks(bea), vec![Lack::OnlyInEmergency]);
    assert_eq!(lacks(cy), vec![Lack::NotHere]);
    assert_eq!(lacks(dee), vec![Lack::ChoiceEnds(until)]);
    assert_eq!(lacks(eve), vec![Lack::AskFirst], "there, and shut");
    // A choice to be asked again stands first; what people chose is no fault; who is ready comes last.
    let order: Vec<PersonId> = page.people.iter().map(|p| p.listing.person).collect();
    assert_eq!((order[0], order[1], order[4]), (eve, dee, ada));
    assert_eq!((page.checked, page.licence_minutes), (Some(world.now()), Some(12 * 60)));
    assert!(page.free_mb.is_some_and(|mb| mb > 0), "the disk says");
    // What was taken down here binds here at once, and the page knows.
    world.cut(true);
    let note = String::new().into();
    let yes = |until| desk::ask::RecordChoice {
        person: ada,
        choice: Choice::Y2,
        by: DecidedBy::Person,
        until: Some(until),
        note,
        form: None,
        settles: Vec::new(),
    };
    nurse.ask(yes(until)).await.unwrap();
    let page = ready(&nurse).await;
    let ada_lacks = &page.people.iter().find(|p| p.listing.person == ada).unwrap().lacks;
    assert_eq!(*ada_lacks, [Lack::ChoiceEnds(until)]);
    // Without the hub the licence runs, and the page says so.
    world.pass(SignedDuration::from_hours(2));
    let nurse = nurse.sign_in_again().await;
    let later = ready(&nurse).await;
    assert_eq!(later.licence_minutes, Some(10 * 60));
    nurse.ask(SignOut {}).await.unwrap();
    assert!(nurse.ask(GetReady {}).await.is_err(), "to nobody in particular");
}
