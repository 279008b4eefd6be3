//! A bag that is kept while things go on around it: begun by two who do not know of each other, confirmed and then overtaken, typed in and not
//! saved; and what the shared plan and the last visit say on its summary, and in the record.

use crate::consent::{glass, says};
use desk::Trouble;
use desk::ask::{MoveBag, StartBag};
use desk::bag::BagMove;
use jiff::SignedDuration;
use record::bag::{BagFault, BagSection, ItemId, Step};
use record::chart::Content;
use record::consent::{Choice, Purpose};
use record::plan::{Kind, NodeId, Place, Topic};
use stories::bags::{bag, step};
use stories::plans::{FOR_CPR, NOT_FOR_CPR};
use stories::visits::signs;
use stories::wards::{sister, ward};
use stories::world::name_of;
use stories::{Worker, World};

/// A flag of a practice, as the sample region has it.
const FLAG: &str = "Not for attempted cardiopulmonary resuscitation";

#[tokio::test]
async fn two_who_begin_apart_write_in_one_bag() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let (one, two) = (world.carer("C1").await, world.carer("C2").await);
    for carer in [&one, &two] {
        carer.sync().await;
    }
    world.cut(true);
    one.start_bag(ada).await.unwrap();
    two.start_bag(ada).await.unwrap();
    one.write_line(ada, BagSection::Transfer, "reason", "Fall").await.unwrap();
    two.write_line(ada, BagSection::Concern, "baseline", "Walks with a frame").await.unwrap();
    world.cut(false);
    for carer in [&one, &two, &one] {
        carer.sync().await;
    }
    for carer in [&one, &two] {
        let page = carer.page(ada).await;
        let said = |section, text: &str| {
            let filled = bag(&page).form.iter().find(|filled| filled.section == section).unwrap();
            filled.entries.iter().any(|entry| entry.text == text)
        };
        assert!(said(BagSection::Transfer, "Fall") && said(BagSection::Concern, "Walks with a frame"));
        assert!(page.others.is_empty());
    }
    // Closed, the next is another.
    let first = bag(&one.page(ada).await).id;
    one.move_bag(ada, Step::Cancel).await.unwrap();
    one.start_bag(ada).await.unwrap();
    assert_ne!(bag(&one.page(ada).await).id, first);
}

#[tokio::test]
async fn a_bag_that_left_is_shown_before_one_that_another_began_and_is_there_again_when_that_is_cancelled() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let (carer, nurse) = (world.carer("C1").await, world.nurse("N1").await);
    for worker in [&carer, &nurse] {
        worker.sync().await;
    }
    world.cut(true);
    nurse.ask(StartBag { person: ada, purpose: Purpose::Treat, tracker: String::new() }).await.unwrap();
    carer.released_bag(ada).await;
    let released = bag(&carer.page(ada).await).id;
    world.cut(false);
    for worker in [&nurse, &carer, &nurse] {
        worker.sync().await;
    }
    for worker in [&carer, &nurse] {
        let page = worker.page(ada).await;
        assert_eq!((bag(&page).id, page.others.len()), (released, 1), "what left is shown, the other is named");
    }
    assert!(carer.show(ada).await.slip.starts_with("SATCHEL-BAG-"));
}

#[tokio::test]
async fn what_the_plan_says_stands_in_the_record() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    assert!(nurse.opened(ada).await.decided.is_empty());
    world.cut(true);
    nurse.decide(ada, Topic::Cpr, "450476008", vec![]).await.unwrap();
    nurse.decide(ada, Topic::AllergyStatus, "known", vec![]).await.unwrap();
    let decided = nurse.opened(ada).await.decided;
    let topics: Vec<&Topic> = decided.iter().map(|one| &one.topic).collect();
    assert_eq!(topics, [&Topic::Cpr, &Topic::AllergyStatus], "at once, and without the hub");
    assert!(decided.iter().all(|one| one.by.contains("Worker N1") && !one.disputed));
}

/// The plan is not on a device where the record is sealed; what it says of CPR and allergies is, sealed with it, whoever sealed it.
#[tokio::test]
async fn what_the_plan_says_opens_with_the_glass() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let (one, two) = (world.nurse("N1").await, world.nurse("N2").await);
    for nurse in [&one, &two] {
        nurse.sync().await;
    }
    one.decide(ada, Topic::Cpr, NOT_FOR_CPR, vec![]).await.unwrap();
    let respect = NodeId::part(Kind::Respect);
    one.write(ada, Place { node: respect.clone(), field: "guidance".into() }, "Not to hospital for pneumonia").await;
    one.add(ada, Kind::EmergencyContact, &respect, "name", "Bess Okonjo").await;
    one.add(ada, Kind::Need, &NodeId::part(Kind::Care), "text", "Falls at night").await;
    let capacity = Topic::Capacity.values();
    one.decide(ada, Topic::Capacity, capacity[0].code, vec![]).await.unwrap();
    one.sync().await;
    two.sync().await;
    assert_eq!(two.opened(ada).await.told, [], "whoever may open the plan reads it there");
    world.cut(true);
    // On the device where it was taken down: with what was decided there, offline.
    one.ask(says(ada, Choice::N1)).await.unwrap();
    let opened = one.break_glass(glass(ada, false)).await.unwrap();
    let titles: Vec<&str> = opened.told.iter().map(|one| one.title.as_str()).collect();
    assert_eq!(titles, ["Capacity for involvement in this plan", "ReSPECT", "Emergency contact"]);
    assert!(
        opened.told.iter().all(|one| !one.disputed) && opened.told[1].lines[0].1 == "Not to hospital for pneumonia"
    );
    let said = opened.decided;
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].topic == Topic::Cpr && said[0].text.starts_with("Not for") && said[0].by.contains("Worker N1"));
    // Somebody who does not know of it yet says something else; the hub's copy brings both voices to both.
    two.decide(ada, Topic::Cpr, FOR_CPR, vec![]).await.unwrap();
    two.decide(ada, Topic::AllergyStatus, "known", vec![]).await.unwrap();
    two.decide(ada, Topic::Capacity, capacity[1].code, vec![]).await.unwrap();
    world.cut(false);
    for nurse in [&one, &two, &one] {
        nurse.sync().await;
    }
    for nurse in [&one, &two] {
        assert_eq!(name_of(&nurse.open_plan(ada).await), "Refused", "the plan itself is not here");
        let opened = nurse.break_glass(glass(ada, false)).await.unwrap();
        let topics: Vec<(&Topic, bool)> = opened.decided.iter().map(|one| (&one.topic, one.disputed)).collect();
        assert_eq!(topics, [(&Topic::Cpr, true), (&Topic::Cpr, true), (&Topic::AllergyStatus, false)]);
        let told: Vec<(&str, bool)> = opened.told.iter().map(|one| (one.title.as_str(), one.disputed)).collect();
        let capacity = (Topic::Capacity.title(), true);
        assert_eq!(
            told,
            [capacity, capacity, ("ReSPECT", false), ("Emergency contact", false)],
            "both voices on capacity"
        );
        let all = serde_json::to_string(&opened).unwrap();
        assert!(all.contains("Not signed: a draft") && all.contains("Bess Okonjo") && !all.contains("Falls at night"));
        let items = opened.chart.sections.iter().filter_map(|section| match &section.content {
            Content::Held(items) => Some(items.iter()),
            Content::Absent(_) => None,
        });
        assert!(items.flatten().all(|item| !item.key.0.starts_with("SharedCarePlan")), "said once, not as an item too");
    }
    // A yes: the plan comes back, and what it says is said from there alone.
    one.ask(says(ada, Choice::Y3)).await.unwrap();
    for nurse in [&one, &two, &one] {
        nurse.sync().await;
    }
    let opened = two.opened(ada).await;
    assert_eq!((opened.decided.len(), opened.told.len()), (3, 0));
}

/// Where the record lies open and only an emergency opens it, for consent was not checked for too long.
#[tokio::test]
async fn widening_takes_nothing_of_the_plan_away() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    nurse.write(ada, Place { node: NodeId::part(Kind::Respect), field: "guidance".into() }, "Not to hospital").await;
    nurse.sync().await;
    world.cut(true);
    world.pass(SignedDuration::from_hours(24 * 30));
    let nurse = nurse.sign_in_again().await;
    assert_eq!(name_of(&nurse.open_plan(ada).await), "Refused");
    let narrow = nurse.break_glass(glass(ada, false)).await.unwrap();
    let wide = nurse.break_glass(glass(ada, true)).await.unwrap();
    assert!(
        narrow.told.iter().any(|one| one.title == "ReSPECT") && wide.chart.sections.len() > narrow.chart.sections.len()
    );
    assert_eq!(wide.told, narrow.told);
}

#[tokio::test]
async fn a_flag_about_cpr_and_the_last_visits_score_are_on_the_summary() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    world.flag((1, "Okonjo"), "flag-cpr", "clinical", FLAG);
    let (nurse, carer) = (world.nurse("N1").await, world.carer("C1").await);
    nurse.sync().await;
    nurse.act(ada, signs(112)).await;
    for worker in [&nurse, &carer] {
        worker.sync().await;
    }
    carer.released_bag(ada).await;
    let critical = bag(&carer.page(ada).await).critical.clone().unwrap();
    assert!(critical.cpr.iter().any(|line| line.contains(FLAG)), "{:?}", critical.cpr);
    assert!(critical.news2.starts_with("NEWS2 "), "{}", critical.news2);
    // And at the ward, in the row of the decision: "none" stands there only where there is none.
    let ward = ward(&world);
    let mut sister = sister(&world, &ward, "E1").await;
    carer.sync().await;
    let at = sister.get("/").await.links().into_iter().find(|link| link.starts_with("/bags/")).unwrap();
    let text = sister.get(&at).await.text();
    let row = text.split("CPR decision").nth(1).and_then(|rest| rest.split("Original of the form").next()).unwrap();
    assert!(row.contains(FLAG) && !row.contains("None is recorded"), "{row}");
}

#[tokio::test]
async fn what_is_typed_and_not_saved_outlives_a_lock() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let carer = world.carer("C1").await;
    carer.sync().await;
    carer.start_bag(ada).await.unwrap();
    carer.draft(ada, "bag-reason", &[("text", "Confused since")]).await.unwrap();
    let carer = carer.restarted(&world);
    carer.sign_in().await.unwrap();
    assert_eq!(carer.page(ada).await.drafts.get("bag-reason").map(String::as_str), Some("Confused since"));
    // A line that is written ends its draft; one that is not, for somebody wrote it meanwhile, does not.
    let item = ItemId::of(BagSection::Concern.code(), "baseline");
    let form = format!("bag-line-{item}");
    carer.draft(ada, &form, &[("text", "Walks with a frame")]).await.unwrap();
    let unwritten = carer.write_line(ada, BagSection::Concern, "baseline", &"x".repeat(5_000)).await;
    assert_eq!(unwritten.map(drop), Err(Trouble::Bag(BagFault::Text)));
    assert!(carer.page(ada).await.drafts.contains_key(&form));
    carer.write_line(ada, BagSection::Concern, "baseline", "Walks with a frame").await.unwrap();
    assert!(!carer.page(ada).await.drafts.contains_key(&form));
}

#[tokio::test]
async fn a_passage_whose_answer_fits_no_code_is_not_signed() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let (carer, crew) = (world.carer("C1").await, world.crew("P1").await);
    carer.sync().await;
    carer.released_bag(ada).await;
    crew.take_all(&carer.show(ada).await).await;
    let page = crew.page(ada).await;
    let long = BagMove { remark: "Handed over at the door. ".repeat(19), ..step(Step::Accept, &page) };
    let refused = accept(&crew, ada, long).await;
    assert_eq!(refused, Err(Trouble::Bag(BagFault::Text)));
    assert!(bag(&crew.page(ada).await).passages.iter().all(|passed| passed.step != Step::Accept), "nothing was signed");
    crew.accept(ada, Step::Accept).await.unwrap();
    // Whoever has it not calls nothing off; whoever has it may.
    for worker in [&crew, &carer] {
        worker.sync().await;
    }
    let off = step(Step::Cancel, &carer.page(ada).await);
    let refused = carer.ask(MoveBag { person: ada, purpose: Purpose::Treat, step: off }).await;
    assert_eq!(refused.map(drop), Err(Trouble::Bag(BagFault::Role)));
    assert!(bag(&crew.page(ada).await).next.contains(&Step::Cancel));
}

async fn accept(crew: &Worker, person: record::PersonId, step: BagMove) -> Result<(), Trouble> {
    let pin = stories::world::PIN.to_owned().into();
    let asked = desk::ask::AcceptBag { person, purpose: Purpose::Treat, step, pin };
    crew.ask(asked).await.map(drop)
}
