//! The monthly prompt: a home's people whose bag was never begun or was checked too long ago, as a list, for whoever keeps the home's bags. And
//! that every line that is laid in says where it is from.

use desk::ask::BagsDue;
use jiff::SignedDuration;
use record::audit::Event;
use record::bag::{BagSection, Check, Step};
use record::consent::Choice;
use record::{PersonId, Stamp};
use stories::bags::bag;
use stories::{Worker, World};

const MONTH: SignedDuration = SignedDuration::from_hours(30 * 24);

async fn due(worker: &Worker) -> Vec<(PersonId, Option<Stamp>)> {
    let list = worker.ask(BagsDue {}).await.unwrap();
    list.into_iter().map(|due| (due.person, due.looked)).collect()
}

#[tokio::test]
async fn a_home_sees_whose_bag_is_due_and_a_community_nurse_is_not_told_of_everybody() {
    let world = World::new();
    let (ada, ben) = (world.person(1, "Okonjo", Choice::Y3), world.person(2, "Frost", Choice::Y3));
    let (no, only) = (world.person(3, "Marsh", Choice::N2), world.person(4, "Quill", Choice::N1));
    let (carer, nurse, crew) = (world.carer("C1").await, world.nurse("N1").await, world.crew("P1").await);
    nurse.sync().await;
    assert_eq!(due(&carer).await, [(ben, None), (ada, None)], "by name; not who said no, for whom no bag can be begun");
    assert!(due(&nurse).await.is_empty() && due(&crew).await.is_empty());

    carer.start_bag(ada).await.unwrap();
    carer.confirm(ada).await;
    let checked =
        bag(&carer.page(ada).await).form.iter().flat_map(|filled| &filled.entries).find_map(|e| match &e.check {
            Check::Confirmed { at, .. } => Some(*at),
            _ => None,
        });
    world.pass(SignedDuration::from_mins(4));
    carer.start_bag(ben).await.unwrap();
    assert!(due(&carer).await.is_empty(), "both were just begun");
    let begun = bag(&carer.page(ben).await).opened;
    world.pass(MONTH + SignedDuration::from_mins(1));
    carer.sign_in().await.unwrap();
    carer.sync().await;
    let list = due(&carer).await;
    assert_eq!(list.iter().map(|(person, _)| *person).collect::<Vec<_>>(), [ada, ben], "the oldest first");
    assert!(list[0].1 >= checked && list[1].1 == Some(begun), "{list:?}");
    // A colleague with the same people has the same list.
    carer.sync().await;
    let other = world.carer("C2").await;
    other.sync().await;
    assert_eq!(due(&other).await, list);

    // One look at the form is a check; one that left the home is not at home to be checked; a closed one is to be begun again.
    carer.write_line(ada, BagSection::Nursing, "mobility", "Walks with a frame").await.unwrap();
    assert_eq!(due(&carer).await, [(ben, Some(begun))]);
    carer.release_begun(ben).await;
    assert!(due(&carer).await.is_empty());
    carer.move_bag(ben, Step::Cancel).await.unwrap();
    assert_eq!(due(&carer).await, [(ben, None)]);
    assert!(!due(&carer).await.iter().any(|(person, _)| [no, only].contains(person)));

    // Who and when, no more: the names are the caseload's, which is recorded when it is shown.
    carer.sync().await;
    let listed = |entry: &record::audit::Entry| matches!(entry.event, Event::Listed { .. });
    let before = world.entries_of(&carer).iter().filter(|entry| listed(entry)).count();
    due(&carer).await;
    carer.sync().await;
    assert_eq!(world.entries_of(&carer).iter().filter(|entry| listed(entry)).count(), before);
}

#[tokio::test]
async fn every_line_that_is_laid_in_says_where_it_is_from_and_of_when() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let carer = world.carer("C1").await;
    carer.start_bag(ada).await.unwrap();
    let page = carer.page(ada).await;
    let lines: Vec<_> =
        bag(&page).form.iter().flat_map(|filled| filled.entries.iter().map(|e| (filled.section, e))).collect();
    assert!(lines.len() >= 4, "{lines:?}");
    for (section, entry) in &lines {
        let from = entry.from.as_ref().unwrap_or_else(|| panic!("{section:?}: {} has no source", entry.text));
        assert!(!from.label.is_empty());
        let words = from.in_words();
        assert!(words.starts_with("From ") && words.ends_with('.') && words.contains(", "), "{words}");
    }
    // The home's own name is the register's, as the hub confirmed it last.
    let home = lines.iter().find(|(section, _)| *section == BagSection::Home).unwrap().1.from.clone().unwrap();
    assert_eq!((home.label.as_str(), home.recorded.is_some()), ("Satchel's register", true));
    // What was checked in the form goes on paper and to the ward with the same words.
    let problems = lines.iter().find(|(section, _)| *section == BagSection::Problems).unwrap().1.from.clone().unwrap();
    assert_eq!(problems.in_words(), "From Mill Lane Surgery, 03-Feb-2024.");
    let allergies =
        lines.iter().find(|(section, _)| *section == BagSection::Allergies).unwrap().1.from.clone().unwrap();
    assert_eq!(
        allergies.in_words(),
        "From Mill Lane Surgery, undated.",
        "a source that gives no date is said to give none"
    );
}
