//! What the device of somebody who receives a bag holds of its person: compared, byte for byte, with what they chose. Read from outside with the
//! vault's own key, table by table as the schema names them, so that a table that is added is not forgotten. And bags that were read and never
//! taken over: they end.

use desk::Trouble;
use desk::ask::{BagsHere, NotMyBag, SignOut, WriteBag};
use desk::bag::BagLine;
use hub::store::{people, trust};
use jiff::SignedDuration;
use record::PersonId;
use record::audit::Event;
use record::bag::{BagFault, BagSection, Step};
use record::consent::{Choice, DecidedBy, Outcome, Purpose, Recorded};
use std::collections::BTreeSet;
use stories::bags::bag;
use stories::opened::{about, cells_of, filled, holds, in_the_open, notes_of, travels};
use stories::{Worker, World};

/// Tables of the device and its user: none has a person in it, or only as the audit has one.
const OF_THE_DEVICE: &[&str] = &["meta", "entry", "tree_head", "epoch_grant", "source"];
/// Where something of a person may lie, and by which column it is known whose.
const OF_A_PERSON: &[&str] = &["bag_note", "bag_grant"];

/// The home's working on its form, the person's record and plan, and everybody else stay where they are: what the receiver's device holds of the
/// person is the notes that travel, to the byte as the giver's hub has them, what the person chose, and the audit of having done so. Nothing else.
#[tokio::test]
async fn every_byte_that_a_receiver_holds_is_what_consent_lets_them_have() {
    let world = World::new();
    let (ada, ben) = (world.person(1, "Okonjo", Choice::Y3), world.person(2, "Frost", Choice::Y3));
    let carer = world.carer("C1").await;
    let (crew, drawn) = world.crew_known("P1").await;
    carer.start_bag(ada).await.unwrap();
    carer.write_line(ada, BagSection::Social, "typed", "Her son must not be told").await.unwrap();
    let page = carer.page(ada).await;
    let social = bag(&page).form.iter().find(|f| f.section == BagSection::Social).unwrap();
    let line = &social.entries[0];
    let out = BagLine {
        section: BagSection::Social,
        item: line.item,
        text: String::new().into(),
        why: "Not for the hospital".into(),
        from: None,
        as_found: false,
        seen: line.notes.clone(),
    };
    carer.ask(WriteBag { person: ada, purpose: Purpose::Treat, line: out }).await.unwrap();
    carer.release_begun(ada).await;
    carer.start_bag(ben).await.unwrap();
    carer.sync().await;
    carer.hand_over(&crew, ada, Step::Accept).await;
    let released = bag(&crew.page(ada).await).released.clone().unwrap();
    crew.ask(SignOut {}).await.unwrap();

    let cells = cells_of(&crew, &drawn);
    let known: BTreeSet<String> = OF_THE_DEVICE.iter().chain(OF_A_PERSON).map(|name| (*name).to_owned()).collect();
    let filled = filled(&cells);
    assert!(
        filled.is_subset(&known),
        "a table that this story does not know holds something: {:?}",
        filled.difference(&known)
    );
    let theirs = about(&cells, (ada, "Okonjo"));
    assert!(theirs.iter().all(|table| OF_A_PERSON.contains(&table.as_str()) || table == "entry"), "{theirs:?}");
    assert!(about(&cells, (ben, "Frost")).is_empty(), "nothing of anybody else");

    // Each note is one that travels, to the byte; all the words of the person stand in what was released.
    let notes = notes_of(&cells);
    carer.sync().await;
    let at_hub: BTreeSet<Vec<u8>> = world.write(|tx| {
        let (id, ..) = hub::store::bags::all(tx)?.into_iter().find(|(_, person, _)| *person == ada).unwrap();
        Ok(hub::store::bags::notes(tx, id)?.into_iter().map(|(bytes, ..)| bytes).collect())
    });
    let allowed: BTreeSet<Vec<u8>> = at_hub.iter().filter(|bytes| travels(bytes)).cloned().collect();
    assert!(notes == allowed, "no note more, none less, none another");
    assert!(at_hub.len() > allowed.len() + 3, "the home's working is at the hub, and not here");
    let all: Vec<u8> = cells.iter().flat_map(|(.., bytes)| bytes.clone()).collect();
    assert!(
        !holds(&all, b"must not be told") && !holds(&all, b"Not for the hospital"),
        "what was left out was left out"
    );
    assert!(released.section(BagSection::Social).is_empty());
    let grants = cells.iter().filter(|(table, column, _)| table == "bag_grant" && column == "banner").count();
    assert_eq!(grants, 1);
    let private = ["OKONJO", "Okonjo", "penicillin", "confused since", "must not be told"];
    assert_eq!(in_the_open(&crew.home, &private), Vec::<String>::new());

    // Consent narrows: once the hub has told them, nothing of the person is here but that they wish it so.
    let (now, by) = (world.now(), DecidedBy::Person);
    let never = Recorded { choice: Choice::N2, decided: Some(now), decided_by: by, ..Recorded::nothing() };
    world.write(|tx| {
        let row = people::person_row(tx, ada)?.unwrap();
        trust::record_choice(tx, row, &never, "story/never", u64::MAX, now)
    });
    crew.sign_in().await.unwrap();
    crew.sync().await;
    crew.sync().await;
    crew.ask(SignOut {}).await.unwrap();
    let after = cells_of(&crew, &drawn);
    let theirs = about(&after, (ada, "Okonjo"));
    assert!(theirs.iter().all(|table| table == "bag_grant" || table == "entry"), "{theirs:?}");
    assert!(after.iter().all(|(table, ..)| table != "bag_note"));
    let all: Vec<u8> = after.iter().flat_map(|(.., bytes)| bytes.clone()).collect();
    assert!(!holds(&all, b"OKONJO") && !holds(&all, b"penicillin"), "not even her name");
}

/// Read, and never taken over: it stays for a day and no longer, sent or not, and the user is told in words without a name.
#[tokio::test]
async fn a_bag_that_was_read_and_not_taken_over_ends() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let carer = world.carer("C1").await;
    let (crew, drawn) = world.crew_known("P1").await;
    carer.released_bag(ada).await;
    let codes = carer.show(ada).await;
    world.cut(true);
    crew.take_all(&codes).await;
    let page = crew.page(ada).await;
    assert!(page.leaves.is_some(), "it is said when it goes");
    // Locking the device ends nothing: whoever put it down still treats by it.
    crew.ask(SignOut {}).await.unwrap();
    world.pass(SignedDuration::from_hours(23));
    crew.sign_in().await.unwrap();
    assert_eq!(crew.ask(BagsHere {}).await.unwrap().here.len(), 1);
    world.pass(SignedDuration::from_mins(61));
    crew.sign_in().await.unwrap();
    let list = crew.ask(BagsHere {}).await.unwrap();
    assert!(list.here.is_empty());
    assert_eq!(list.ended, Some((1, world.now())));
    assert_eq!(crew.bag(ada).await.unwrap_err(), Trouble::NotCarried);
    world.cut(false);
    crew.sync().await;
    assert_eq!(purged(&world, &crew, ada), 1);
    crew.ask(SignOut {}).await.unwrap();
    let left = cells_of(&crew, &drawn);
    assert!(about(&left, (ada, "Okonjo")).iter().all(|table| table == "entry"), "{:?}", about(&left, (ada, "Okonjo")));

    // It is told for a day; the bag itself is where it was, and can be read again.
    world.pass(SignedDuration::from_hours(24));
    crew.sign_in().await.unwrap();
    assert_eq!(crew.ask(BagsHere {}).await.unwrap().ended, None);
    carer.sign_in().await.unwrap();
    carer.sync().await;
    let again = carer.show(ada).await;
    crew.take_all(&again).await;
    crew.accept(ada, Step::Accept).await.unwrap();
    world.pass(SignedDuration::from_hours(48));
    crew.sign_in().await.unwrap();
    crew.sync().await;
    let list = crew.ask(BagsHere {}).await.unwrap();
    assert_eq!((list.here.len(), list.ended), (1, None), "what was taken over stays until it is handed on");
    assert_eq!(crew.page(ada).await.leaves, None);
}

#[tokio::test]
async fn not_mine_ends_it_at_once_and_nothing_that_was_taken_over() {
    let world = World::new();
    let (ada, ben) = (world.person(1, "Okonjo", Choice::Y3), world.person(2, "Frost", Choice::Y3));
    let carer = world.carer("C1").await;
    let (crew, drawn) = world.crew_known("P1").await;
    for person in [ada, ben] {
        carer.released_bag(person).await;
    }
    let codes = carer.show(ada).await;
    crew.take_all(&codes).await;
    carer.hand_over(&crew, ben, Step::Accept).await;
    let left = crew.ask(NotMyBag { person: ada }).await.unwrap();
    assert_eq!(left.here.iter().map(|bag| bag.person).collect::<Vec<_>>(), [ben]);
    assert_eq!(crew.ask(NotMyBag { person: ben }).await, Err(Trouble::Bag(BagFault::Order)), "it was taken over");
    assert_eq!(crew.ask(NotMyBag { person: ada }).await, Err(Trouble::Bag(BagFault::Order)), "there is none");
    crew.sync().await;
    assert_eq!(purged(&world, &crew, ada), 1);
    // A slip alone is as much somebody's name.
    let codes = carer.show(ada).await;
    crew.take_slip(&codes.slip).await.unwrap();
    assert_eq!(crew.ask(BagsHere {}).await.unwrap().here.len(), 2);
    crew.ask(NotMyBag { person: ada }).await.unwrap();
    crew.ask(SignOut {}).await.unwrap();
    assert!(about(&cells_of(&crew, &drawn), (ada, "Okonjo")).iter().all(|table| table == "entry"));
    // The home's own device has nothing to give back.
    assert_eq!(carer.ask(NotMyBag { person: ada }).await, Err(Trouble::Bag(BagFault::Order)));
    assert!(carer.page(ada).await.bag.is_some());
}

fn purged(world: &World, worker: &Worker, person: PersonId) -> usize {
    let entries = world.entries_of(worker);
    let gone = |entry: &&record::audit::Entry| entry.event == Event::Purged { subject: person };
    let read = |entry: &record::audit::Entry| matches!(&entry.event, Event::Bag(act) if act.outcome == Outcome::Permit);
    assert!(entries.iter().any(read), "and that it was read stays recorded");
    entries.iter().filter(gone).count()
}
