//! How old what is here of somebody is, what is missing and what is not sent, in one line, on the record and before leaving; and a sync's progress, which
//! says how much is to come as the hub says it, or says nothing.

use desk::Nudge;
use desk::ask::{GetReady, SyncNow};
use desk::view::Link;
use jiff::SignedDuration;
use record::PersonId;
use record::consent::Choice;
use record::receipt::AsAt;
use serde_json::json;
use std::sync::atomic::Ordering;
use stories::plans::about;
use stories::{Worker, World};

/// The line as the record's head and as *Ready to leave* have it: the same.
async fn line(nurse: &Worker, person: PersonId) -> AsAt {
    let head = nurse.opened(person).await.as_at.unwrap();
    let ready = nurse.ask(GetReady {}).await.unwrap();
    let row = ready.people.into_iter().find(|one| one.listing.person == person).unwrap();
    assert_eq!(row.as_at, Some(head));
    head
}

fn medicine(world: &World, (stem, family): (u32, &str), text: &str) {
    let order = json!({ "resourceType": "MedicationRequest", "id": format!("m{stem}"), "status": "active", "intent": "order",
        "medicationCodeableConcept": { "text": text }, "subject": { "reference": format!("Patient/p{stem}") } });
    world.feed(&stories::visits::about((stem, family), order));
}

/// A medicine and, later, something else come with one post: the medicine is as old as it is.
#[tokio::test]
async fn medicines_are_not_made_newer_by_what_came_with_them() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    nurse.sync().await;
    world.pass(SignedDuration::from_mins(1));
    medicine(&world, (1, "Okonjo"), "Apixaban 5 mg tablets");
    let prescribed = world.now();
    world.pass(SignedDuration::from_mins(2));
    world.booked((1, "Okonjo"), "a1", 11, "Wound clinic", "ZZC1");
    nurse.sync().await;
    assert_eq!(line(&nurse, ada).await.medicines, Some(prescribed));
}

#[tokio::test]
async fn one_line_says_how_old_medicines_and_choice_are_what_is_missing_and_what_is_not_sent() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let bea = world.person(2, "Marlow", Choice::Y3);
    world.pass(SignedDuration::from_mins(1));
    let prescribed = world.now();
    medicine(&world, (1, "Okonjo"), "Apixaban 5 mg tablets");
    world.pass(SignedDuration::from_mins(1));
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    nurse.sync().await;
    let checked = nurse.status().await.synced;
    let whole = AsAt { medicines: Some(prescribed), choice: checked, missing: 0, unsent: 0 };
    assert_eq!(line(&nurse, ada).await, whole);
    assert_eq!(line(&nurse, bea).await, AsAt { medicines: None, ..whole }, "nobody prescribed anything for her");
    // Of somebody whose record only an emergency opens it says nothing: that there are medicines is of the record.
    let sealed = world.person(4, "Frost", Choice::N1);
    medicine(&world, (4, "Frost"), "Morphine 10 mg tablets");
    nurse.sync().await;
    nurse.sync().await;
    let ready = nurse.ask(GetReady {}).await.unwrap();
    let row = ready.people.into_iter().find(|one| one.listing.person == sealed).unwrap();
    assert_eq!((row.as_at, row.listing.medicines_at), (None, None));
    let checked = nurse.status().await.synced;
    // A colleague writes in both plans, and Ada's medicine changes; the line is cut as soon as the hub has said what is to come.
    let colleague = world.nurse("N2").await;
    colleague.sync().await;
    colleague.sync().await;
    for person in [ada, bea] {
        colleague.write(person, about("people"), "Her daughter").await;
    }
    colleague.sync().await;
    world.pass(SignedDuration::from_mins(1));
    medicine(&world, (1, "Okonjo"), "Apixaban 2.5 mg tablets");
    let changed = world.now();
    nurse.note(bea, "Seen at home.").await;
    // The receipt for what was looked at comes first, then what is to come: everything up to there, and nothing after.
    let mut seen = Vec::new();
    for cut in (0..4_000).step_by(50) {
        world.weather.cut_answer_at.store(cut, Ordering::Relaxed);
        let done = nurse.ask(SyncNow {}).await.is_ok();
        let (one, other) = (line(&nurse, ada).await, line(&nurse, bea).await);
        seen.push((one.missing, other.missing));
        if done {
            break;
        }
        assert_eq!(one.choice, checked, "no round was whole: consent is as old as it was");
    }
    assert!(seen.contains(&(2, 1)), "her record and her plan; her plan: {seen:?}");
    assert_eq!(seen.last(), Some(&(0, 0)), "all of it came");
    let ada_now = line(&nurse, ada).await;
    assert_eq!((ada_now.medicines, ada_now.missing), (Some(changed), 0));
    assert!(ada_now.choice > checked);
    // Work of one's own that the hub does not hold is said apart, of the person whom it is about.
    world.cut(true);
    nurse.note(bea, "Rang her daughter.").await;
    assert_eq!((line(&nurse, bea).await.unsent, line(&nurse, ada).await.unsent), (1, 0));
    let words = line(&nurse, bea).await.in_words(world.now());
    assert!(words.ends_with("no letters missing, 1 of yours not sent"), "{words}");
}

#[tokio::test]
async fn the_progress_of_a_first_sync_is_what_the_hub_said_and_moves_to_its_end() {
    let world = World::new();
    let stems = (1..).filter(|stem| record::NhsNumber::from_stem(999_000_000 + stem).is_some()).take(12);
    for (n, stem) in stems.enumerate() {
        // Of one whose record only an emergency opens no resources follow.
        let choice = if n == 3 { Choice::N1 } else { Choice::Y3 };
        world.person(stem, &format!("Okonjo{stem}"), choice);
    }
    hub::frames::prepare(&mut world.hub.store(), 100, world.now()).unwrap();
    let nurse = world.nurse("N1").await;
    let (letters, seen) = watched(&world, &nurse).await;
    let known: Vec<_> = seen.iter().filter(|(_, expected, ..)| *expected > 0).collect();
    assert!(known.len() > 3, "it moves: {seen:?}");
    assert!(
        known.iter().all(|(done, expected, kb, of_kb)| *expected == 24 && done <= expected && kb <= of_kb),
        "{seen:?}"
    );
    assert!(known.is_sorted_by_key(|(done, ..)| *done), "and never back: {seen:?}");
    assert_eq!(letters, 24, "twelve records, and what they were made from");
    assert!(known.last().is_some_and(|(done, ..)| *done >= 20), "{seen:?}");
    // A sync that brings nothing says nothing.
    let quiet = nurse.sync().await;
    assert_eq!(quiet.letters, 0);
}

/// A first sync over a line that brings a little at a time: the letters that came, and what the screen said meanwhile.
async fn watched(world: &World, nurse: &Worker) -> (u64, Vec<(u32, u32, u32, u32)>) {
    world.weather.parts_of.store(700, Ordering::Relaxed);
    let mut nudges = nurse.device.nudges();
    let mut seen = Vec::new();
    let sync = nurse.ask(SyncNow {});
    tokio::pin!(sync);
    let letters = loop {
        tokio::select! {
            biased;
            Ok(nudge) = nudges.recv() => {
                let link = nurse.status().await.link;
                if let (Nudge::Status, Link::Syncing { done, expected, kb, of_kb }) = (nudge, link) {
                    seen.push((done, expected, kb, of_kb));
                }
            }
            done = &mut sync => break done.unwrap().letters,
        }
    };
    seen.dedup();
    (letters, seen)
}

#[tokio::test]
async fn a_long_plan_and_many_visits_are_among_the_bytes_that_are_to_come() {
    let world = World::new();
    let people: Vec<PersonId> = (1..=3).map(|n| world.person(n, &format!("Okonjo{n}"), Choice::Y3)).collect();
    let writer = world.nurse("N1").await;
    writer.sync().await;
    // Words that fold no smaller than they are, near enough.
    let words = |n: u64| data_encoding::BASE64.encode(&stories::photos::jpeg(n, 14_000));
    for n in 0..12 {
        writer.write(people[0], about("people"), &words(n)).await;
        writer.note(people[1], &words(n + 100)[..3_000]).await;
    }
    writer.sync().await;
    hub::frames::prepare(&mut world.hub.store(), 100, world.now()).unwrap();
    let nurse = world.nurse("N2").await;
    let (_, seen) = watched(&world, &nurse).await;
    let known: Vec<_> = seen.iter().filter(|(.., of_kb)| *of_kb > 0).collect();
    assert!(known.len() > 3, "{seen:?}");
    // They go before the people they are about: a bar that ended with them would stand at its end while nobody has come yet.
    let before: Vec<_> = known.iter().filter(|(done, ..)| *done == 0).collect();
    assert!(before.len() > 1 && before.iter().all(|(_, _, kb, of_kb)| kb < of_kb), "{seen:?}");
}
