//! The ward's list when there is much of it: every bag that concerns the hospital, however many others there are, in pages; and what a press there
//! may not do by itself: end a journey. The pages of one bag are `the_wards_pages`'.

use axum::http::StatusCode;
use hub::store::bags as rows;
use record::audit::{BagDeed, Event};
use record::bag::{BagSection, State, Step};
use record::consent::Choice;
use record::{PersonId, Stamp};
use stories::bags::bag;
use stories::browser::Page;
use stories::officers::count;
use stories::wards::{sister, ward};
use stories::{Worker, World};

/// A bag released with no more in it than must be.
async fn sent(carer: &Worker, person: PersonId) {
    carer.start_bag(person).await.unwrap();
    carer.write_line(person, BagSection::Transfer, "reason", "Fall").await.unwrap();
    carer.move_bag(person, Step::Release).await.unwrap();
}

fn links(page: &Page) -> Vec<String> {
    page.links().into_iter().filter(|link| link.starts_with("/bags/")).collect()
}

/// Names in which a number is, so that none is another's beginning.
fn people(world: &World, many: u32) -> Vec<PersonId> {
    // One stem in eleven has no check digit.
    let stems = (100..).filter(|stem| record::NhsNumber::from_stem(999_000_000 + stem).is_some());
    stems.take(many as usize).map(|stem| world.person(stem, &format!("Resident{stem}"), Choice::Y3)).collect()
}

#[tokio::test]
async fn every_bag_that_concerns_a_hospital_is_on_its_list_however_many_are_at_rest() {
    let world = World::new();
    let ward = ward(&world);
    let people = people(&world, 60);
    let carer = world.carer("C1").await;
    // The first to leave, and then everybody else's bag moves: kept, cancelled, or on its way too.
    sent(&carer, people[0]).await;
    world.pass(jiff::SignedDuration::from_secs(1));
    for (n, person) in people.iter().enumerate().skip(1) {
        if n % 12 == 0 {
            carer.start_bag(*person).await.unwrap();
        } else if n % 12 == 1 {
            carer.start_bag(*person).await.unwrap();
            carer.move_bag(*person, Step::Cancel).await.unwrap();
        } else {
            sent(&carer, *person).await;
        }
    }
    carer.sync_all().await;
    let coming = 60 - 4 - 5;
    let mut sister = sister(&world, &ward, "E1").await;
    let first = sister.get("/").await;
    assert!(first.text().contains(&format!("On their way ({coming})")), "all are counted: {}", first.text());
    assert!(first.text().contains("Page 1 of 2"));
    assert_eq!(links(&first).len(), 50);
    let onward = first.links().into_iter().find(|link| link.contains("page=2")).expect("a next page");
    let second = sister.get(&onward).await;
    let (here, there) = (links(&first), links(&second));
    assert_eq!(there.len(), coming - 50);
    assert!(there.iter().all(|link| !here.contains(link)), "each once");
    let oldest = world.write(|tx| {
        let all = rows::all(tx)?;
        Ok(all.into_iter().find(|(_, person, _)| *person == people[0]).unwrap().0)
    });
    assert!(there.contains(&format!("/bags/{oldest}")), "the one that moved longest ago is there too");
    // A page that is not one is the nearest that is.
    assert_eq!(links(&sister.get("/?page=99").await), there);
    assert_eq!(links(&sister.get("/?page=none").await), here);
    let shown = |n: u64| {
        count(&world, move |staff, event| staff == "E1" && matches!(event, Event::Listed { shown, .. } if *shown == n))
    };
    assert!(shown(50) >= 2 && shown(coming as u64 - 50) >= 2, "an entry says how many names were shown");

    // What was at rest and moves is on the list with its next note.
    sent_begun(&carer, people[12]).await;
    carer.sync().await;
    assert!(sister.get("/").await.text().contains(&format!("On their way ({})", coming + 1)));
    carer.move_bag(people[12], Step::Cancel).await.unwrap();
    carer.sync().await;
    assert!(sister.get("/").await.text().contains(&format!("On their way ({coming})")), "and off it when it is over");
}

async fn sent_begun(carer: &Worker, person: PersonId) {
    carer.write_line(person, BagSection::Transfer, "reason", "Fall").await.unwrap();
    carer.move_bag(person, Step::Release).await.unwrap();
}

#[tokio::test]
async fn a_death_is_recorded_only_when_it_was_said_twice() {
    let world = World::new();
    let ward = ward(&world);
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let carer = world.carer("C1").await;
    sent(&carer, ada).await;
    carer.sync().await;
    let mut sister = sister(&world, &ward, "E1").await;
    let at = links(&sister.get("/").await).remove(0);
    let seen = sister.get(&at).await.values("seen").remove(0);
    let died = [("step", "die"), ("seen", seen.as_str()), ("remark-die", "In the ambulance bay, 04:10")];
    let sure = sister.post(&format!("{at}/move"), &died).await;
    assert_eq!(sure.status, StatusCode::OK);
    for words in
        ["OKONJO", "no department or ward can receive the bag", "it can be put right with a reason", "No, go back"]
    {
        assert!(sure.text().contains(words), "{words}: {}", sure.text());
    }
    let state = |world: &World| {
        let (id, ..) = world.write(rows::all)[0];
        world.write(|tx| hub::bags::bag(tx, id)).unwrap().custody.state()
    };
    assert_eq!(state(&world), Some(State::Released), "the first press records nothing");
    let passed =
        |deed| count(&world, move |by, event| by == "E1" && matches!(event, Event::Bag(act) if act.deed == deed));
    assert_eq!(passed(BagDeed::Passed), 0);
    // The second press carries what the first one said.
    let twice = [
        ("step", "die"),
        ("seen", &sure.values("seen").remove(0)),
        ("remark-die", &sure.values("remark-die").remove(0)),
        ("sure", &sure.values("sure").remove(0)),
    ];
    let done = sister.post(&format!("{at}/move"), &twice).await;
    assert!(done.text().contains("In the ambulance bay, 04:10"), "{}", done.text());
    assert_eq!((state(&world), passed(BagDeed::Passed)), (Some(State::Died), 1));
    carer.sync().await;
    let page = carer.page(ada).await;
    assert_eq!(bag(&page).custody.state(), Some(State::Died));
    assert_ne!(bag(&page).passages.last().unwrap().hub, None::<Stamp>);
}

/// Where nobody counted before, the ward counts what the home counts, and not a list of its own.
#[tokio::test]
async fn the_ward_counts_from_the_homes_own_list() {
    let world = World::new();
    let ward = ward(&world);
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let carer = world.carer("C1").await;
    let form = r#"{ "home": "VLE1", "things": [{ "code": "teddy", "label": "Teddy bear" },
        { "code": "ring", "label": "Wedding ring", "valuable": true }] }"#;
    let form: record::bag::HomeForm = serde_json::from_str(form).unwrap();
    let now = world.now();
    world.write(|tx| rows::put_form(tx, &form.clone().checked().unwrap(), now));
    sent(&carer, ada).await;
    carer.sync().await;
    let mut sister = sister(&world, &ward, "E1").await;
    let at = links(&sister.get("/").await).remove(0);
    let page = sister.get(&format!("{at}/belongings")).await;
    assert!(page.text().contains("Teddy bear") && page.text().contains("Wedding ring (valuable)"), "{}", page.text());
    assert!(!page.text().contains("Dentures"), "not the usual list");
    let ring = [("column", "arrived"), ("present-1", "yes"), ("count-1", "1"), ("second", "Jo Second")];
    let refused = sister.post(&format!("{at}/belongings"), &ring).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("Enter the role of whoever counted"), "{}", refused.text());
    let two = [&ring[..], &[("second-title", "Staff nurse")]].concat();
    assert_eq!(sister.post(&format!("{at}/belongings"), &two).await.status, StatusCode::OK);
    let text = sister.get(&at).await.text();
    assert!(text.contains("Jo Second, Staff nurse (name typed, not signed)"), "{text}");
    // What was counted once is what is counted next.
    let page = sister.get(&format!("{at}/belongings")).await;
    assert!(page.text().contains("Wedding ring") && !page.text().contains("Teddy bear"));
}
