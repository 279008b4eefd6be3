//! What two people wrote in a plan without having seen each other, and what cannot be merged by itself without saying so: one text, and an
//! ending. Neither is signed before somebody named has looked. Not here: values and decisions said apart (journey b).

use desk::Trouble;
use desk::plan::PlanEdit;
use record::PersonId;
use record::consent::Choice;
use record::plan::{EditFault, Ending, Kind, NodeId, Paper, Place};
use stories::plans::about;
use stories::{Worker, World};

async fn two() -> (World, PersonId, Worker, Worker) {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let (one, two) = (world.nurse("N1").await, world.nurse("N2").await);
    meet(&one, &two).await;
    (world, ada, one, two)
}

async fn meet(one: &Worker, two: &Worker) {
    one.sync().await;
    two.sync().await;
    one.sync().await;
}

fn respect(field: &str) -> Place {
    Place { node: NodeId::part(Kind::Respect), field: field.to_owned() }
}

#[tokio::test]
async fn a_text_written_by_two_apart_is_marked_and_not_signed_until_somebody_read_it_as_a_whole() {
    let (_world, ada, one, two) = two().await;
    one.write(ada, respect("summary"), "Frail").await;
    one.write(ada, respect("guidance"), "Give morphine 5 mg. For hospital.").await;
    meet(&one, &two).await;
    let (by_one, by_two) =
        ("Give morphine 2.5 mg. Not for hospital.", "Give morphine 10 mg. For hospital if fracture.");
    one.write(ada, respect("guidance"), by_one).await;
    two.write(ada, respect("guidance"), by_two).await;
    assert!(one.plan(ada).await.plan.apart.is_empty(), "nobody knows of the other yet");
    meet(&one, &two).await;
    let plans = [one.plan(ada).await.plan, two.plan(ada).await.plan];
    assert_eq!(plans[0], plans[1], "the same mark on both");
    let apart = plans[0].apart_at(&respect("guidance")).expect("the mark");
    let left: Vec<&str> = apart.voices.iter().map(|said| said.value.as_str()).collect();
    assert!(plans[0].apart.len() == 1 && left.contains(&by_one) && left.contains(&by_two), "{left:?}");
    assert_eq!(one.sign(ada, Paper::Respect).await, Err(Trouble::Plan(EditFault::Apart)));
    // What is confirmed is what stands on the screen.
    let whole = plans[0].part(Kind::Respect).unwrap().prose("guidance").to_owned();
    let stale = two.plan(ada).await.plan.heads;
    two.write(ada, about("people"), "Ann").await;
    let confirm = |seen| PlanEdit::Write { place: respect("guidance"), seen, text: whole.clone() };
    assert_eq!(two.edit_plan(ada, confirm(stale)).await, Err(Trouble::Plan(EditFault::Moved)));
    let seen = two.plan(ada).await.plan.heads;
    let page = two.edit_plan(ada, confirm(seen)).await.unwrap();
    assert!(page.plan.apart.is_empty() && page.plan.part(Kind::Respect).unwrap().prose("guidance") == whole);
    meet(&two, &one).await;
    assert!(one.plan(ada).await.plan.apart.is_empty());
    // Written anew by somebody who has both is read as a whole too.
    one.write(ada, respect("guidance"), "Give morphine 2.5 mg. For hospital if fracture.").await;
    assert!(one.plan(ada).await.plan.apart.is_empty());
    one.sign(ada, Paper::Respect).await.unwrap();
}

#[tokio::test]
async fn two_who_confirm_apart_change_no_letter() {
    let (_world, ada, one, two) = two().await;
    one.write(ada, respect("guidance"), "2 mg morphine. For hospital.").await;
    meet(&one, &two).await;
    one.write(ada, respect("guidance"), "2 mg morphine sc. For hospital.").await;
    two.write(ada, respect("guidance"), "2 mg morphine. Not for hospital.").await;
    meet(&one, &two).await;
    let whole = "2 mg morphine sc. Not for hospital.";
    for worker in [&one, &two] {
        let plan = worker.plan(ada).await.plan;
        assert_eq!((plan.apart.len(), plan.part(Kind::Respect).unwrap().prose("guidance")), (1, whole));
        let confirm = PlanEdit::Write { place: respect("guidance"), seen: plan.heads, text: whole.to_owned() };
        assert!(worker.edit_plan(ada, confirm).await.unwrap().plan.apart.is_empty());
    }
    meet(&one, &two).await;
    for worker in [&one, &two] {
        let plan = worker.plan(ada).await.plan;
        assert_eq!((plan.apart.len(), plan.part(Kind::Respect).unwrap().prose("guidance")), (0, whole));
    }
    // One confirmed and one wrote anew, apart: that is two again.
    one.write(ada, respect("guidance"), "2 mg morphine sc, hourly. Not for hospital.").await;
    two.write(ada, respect("guidance"), "2 mg morphine sc. Not for hospital. Ring Ann.").await;
    meet(&one, &two).await;
    assert_eq!(two.plan(ada).await.plan.apart.len(), 1);
}

#[tokio::test]
async fn a_mark_in_an_entry_that_is_over_keeps_nobody_from_signing() {
    let (_world, ada, one, two) = two().await;
    let care = NodeId::part(Kind::Care);
    one.write(ada, about("people"), "Ann").await;
    let need = one.add(ada, Kind::Need, &care, "text", "Sacrum").await.plan.parts[1].children[0].id.clone();
    meet(&one, &two).await;
    let text = || Place { node: need.clone(), field: "text".into() };
    one.write(ada, text(), "Sacrum, category 2").await;
    two.write(ada, text(), "Sacrum and left heel").await;
    meet(&one, &two).await;
    assert_eq!(one.sign(ada, Paper::Plan).await, Err(Trouble::Plan(EditFault::Apart)));
    let end = PlanEdit::End { node: need.clone(), ending: Ending::EnteredInError, reason: "muddled".into() };
    let plan = one.edit_plan(ada, end).await.unwrap().plan;
    assert!(plan.has_ended(&need) && plan.apart.is_empty());
    one.sign(ada, Paper::Plan).await.unwrap();
    meet(&one, &two).await;
    assert!(two.plan(ada).await.plan.apart.is_empty());
}

#[tokio::test]
async fn an_entry_ended_by_somebody_who_had_not_seen_what_others_wrote_there_stands_until_a_person_says() {
    let (_world, ada, one, two) = two().await;
    let care = NodeId::part(Kind::Care);
    let need = one.add(ada, Kind::Need, &care, "text", "Sacrum at risk").await.plan.parts[1].children[0].id.clone();
    meet(&one, &two).await;
    let end =
        |reason: &str| PlanEdit::End { node: need.clone(), ending: Ending::EnteredInError, reason: reason.to_owned() };
    one.edit_plan(ada, end("wrong person")).await.unwrap();
    two.write(ada, Place { node: need.clone(), field: "text".into() }, "Sacrum: category 3").await;
    two.add(ada, Kind::Goal, &need, "text", "Skin checked daily").await;
    meet(&one, &two).await;
    for worker in [&one, &two] {
        let plan = worker.plan(ada).await.plan;
        assert!(!plan.has_ended(&need), "what she wrote is not folded away");
        assert_eq!(plan.unseen_ends(&need)[0].reason, "wrong person");
        assert_eq!(plan.disputes(), 1);
    }
    assert_eq!(one.sign(ada, Paper::Plan).await, Err(Trouble::Plan(EditFault::Disputed)));
    let page = two.edit_plan(ada, PlanEdit::Keep { node: need.clone() }).await.unwrap();
    assert!(page.plan.disputes() == 0 && !page.plan.has_ended(&need));
    assert_eq!(two.edit_plan(ada, PlanEdit::Keep { node: need.clone() }).await, Err(Trouble::Plan(EditFault::Nothing)));
    meet(&two, &one).await;
    one.sign(ada, Paper::Plan).await.unwrap();
    // Ended with everything seen, it has ended.
    one.edit_plan(ada, end("healed")).await.unwrap();
    meet(&one, &two).await;
    let plan = two.plan(ada).await.plan;
    assert!(plan.has_ended(&need) && plan.disputes() == 0);
}
