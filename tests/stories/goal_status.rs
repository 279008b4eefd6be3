//! How far a goal has got: whoever helps with it says so and on what, two who differ are both shown with all that is known of them, and a
//! registered clinician settles it by name (`reference/careplan.md` section 7, decision 0071).

use desk::Trouble;
use desk::plan::{DraftStep, PlanEdit};
use record::PersonId;
use record::audit::{Entry, Event, PlanDeed};
use record::consent::Choice;
use record::people::Role;
use record::plan::{EditFault, Ending, Held, Kind, NodeId, Paper, Place, Topic, What};
use stories::{Worker, World};

/// A plan with one goal, on the devices of two care workers and a nurse.
async fn a_goal() -> (World, PersonId, Topic, [Worker; 3]) {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let (one, two) = (world.worker("C1", Role::CareStaff).await, world.worker("C2", Role::CareStaff).await);
    let nurse = world.nurse("N1").await;
    one.sync().await;
    let page = one.add(ada, Kind::Need, &NodeId::part(Kind::Care), "text", "Falls at night").await;
    let need = page.plan.parts[1].children[0].id.clone();
    let page = one.add(ada, Kind::Goal, &need, "text", "To sleep through").await;
    let goal = page.plan.find(&need).unwrap().children[0].id.clone();
    let all = [one, two, nurse];
    meet(&all).await;
    (world, ada, Topic::GoalStatus(goal), all)
}

async fn meet(all: &[Worker; 3]) {
    for worker in all.iter().chain(all) {
        worker.sync().await;
    }
}

async fn standing(worker: &Worker, ada: PersonId, topic: &Topic) -> Vec<String> {
    worker.held(ada, topic).await.standing()
}

#[tokio::test]
async fn a_care_worker_says_achieved_and_two_who_differ_are_both_shown_until_a_clinician_settles_it() {
    let (world, ada, topic, all) = a_goal().await;
    let [one, two, nurse] = &all;
    one.decide(ada, topic.clone(), "active", vec![]).await.unwrap();
    meet(&all).await;
    // It goes on: nobody has to be asked, because nobody says otherwise.
    let before = standing(two, ada, &topic).await;
    two.decide(ada, topic.clone(), "completed", before.clone()).await.unwrap();
    assert!(
        matches!(two.held(ada, &topic).await, Held::Agreed { said, also } if said.by.staff.as_str() == "C2" && also.is_empty())
    );
    let line = two.plan_history(ada).await.lines.remove(0).line;
    assert_eq!(
        (line.what.clone(), line.what.in_words().as_str()),
        (What::Decided(topic.clone()), "Recorded: Goal status")
    );
    // Meanwhile, elsewhere.
    world.cut(true);
    nurse.decide(ada, topic.clone(), "on-hold", before).await.unwrap();
    world.cut(false);
    meet(&all).await;
    let page = one.plan(ada).await;
    assert_eq!((page.plan.disputes(), &page.plan), (1, &nurse.plan(ada).await.plan));
    let Some(Held::Disputed(voices)) = page.plan.held(&topic) else { panic!("both are shown") };
    let who: Vec<_> = voices.iter().map(|v| (v.by.staff.as_str(), v.by.role, v.value.shown(&topic))).collect();
    assert!(who.contains(&("C2", Role::CareStaff, "Achieved".to_owned())), "{who:?}");
    assert!(who.contains(&("N1", Role::RegulatedClinician, "On hold".to_owned())), "{who:?}");
    assert!(voices.iter().all(|v| v.by.organisation == "Testshire Community Trust" && !v.basis.is_empty()));

    // Nobody signs over it, and neither care worker judges between the two, whatever they name.
    assert_eq!(one.sign(ada, Paper::Plan).await, Err(Trouble::Plan(EditFault::Disputed)));
    let ids: Vec<String> = voices.iter().map(|v| v.id.clone()).collect();
    for named in [ids.clone(), vec![ids[0].clone()], vec![ids[1].clone()]] {
        let settled = one.decide(ada, topic.clone(), "active", named).await;
        assert_eq!(settled, Err(Trouble::Plan(EditFault::MayNotSettle)));
    }
    nurse.decide(ada, topic.clone(), "completed", ids).await.unwrap();
    meet(&all).await;
    let Held::Agreed { said, also } = one.held(ada, &topic).await else { panic!("settled") };
    assert_eq!((said.by.staff.as_str(), said.settles.len(), also.len()), ("N1", 2, 0));
    let lines = one.plan_history(ada).await.lines;
    assert!(lines.iter().any(|line| line.line.what.in_words() == "Settled: Goal status"));
    one.sign(ada, Paper::Plan).await.unwrap();
    meet(&all).await;
    assert!(one.plan(ada).await.plan.signed[0].decisions.iter().any(|(of, _)| *of == topic), "the paper covers it");
    let entries = world.entries_of(nurse);
    let settled = |entry: &Entry| matches!(&entry.event, Event::Plan(act) if act.deed == PlanDeed::Settled);
    assert!(entries.iter().any(settled), "and the audit has it");
}

#[tokio::test]
async fn one_of_two_care_workers_takes_their_own_word_back() {
    let (world, ada, topic, all) = a_goal().await;
    let [one, two, _] = &all;
    world.cut(true);
    one.decide(ada, topic.clone(), "active", vec![]).await.unwrap();
    two.decide(ada, topic.clone(), "completed", vec![]).await.unwrap();
    world.cut(false);
    meet(&all).await;
    let Held::Disputed(voices) = one.held(ada, &topic).await else { panic!("a dispute") };
    let (own, others): (Vec<_>, Vec<_>) = voices.into_iter().partition(|v| v.by.staff.as_str() == "C1");
    let over = one.decide(ada, topic.clone(), "active", vec![others[0].id.clone()]).await;
    assert_eq!(over, Err(Trouble::Plan(EditFault::MayNotSettle)));
    one.decide(ada, topic.clone(), "completed", vec![own[0].id.clone()]).await.unwrap();
    meet(&all).await;
    assert!(matches!(two.held(ada, &topic).await, Held::Agreed { also, .. } if also.len() == 1), "now they agree");
}

#[tokio::test]
async fn what_was_set_before_is_a_voice_and_an_ended_goal_needs_no_settling() {
    let (world, ada, topic, all) = a_goal().await;
    let [one, two, nurse] = &all;
    let Topic::GoalStatus(goal) = topic.clone() else { panic!() };
    // A goal whose status came with it, as an app from before writes it.
    let need = one.plan(ada).await.plan.parts[1].children[0].id.clone();
    let fields =
        vec![("text".to_owned(), "To walk to the shop".to_owned()), ("status".to_owned(), "active".to_owned())];
    let add = PlanEdit::Add { kind: Kind::Goal, parent: need.clone(), fields };
    let page = one.edit_plan(ada, add).await.unwrap();
    let walk = page.plan.find(&need).unwrap().children.iter().find(|n| n.id != goal).unwrap().id.clone();
    meet(&all).await;
    let walk = Topic::GoalStatus(walk);
    let Held::Agreed { said, .. } = two.held(ada, &walk).await else { panic!("it is read") };
    assert_eq!(
        (said.by.name.as_str(), said.basis.as_str(), said.value.shown(&walk).as_str()),
        ("Worker C1", "", "Working towards it")
    );
    assert_eq!(said.at.millis() / 1000, world.now().millis() / 1000);
    let named = vec![said.id];
    two.decide(ada, walk.clone(), "completed", named).await.unwrap();
    meet(&all).await;
    assert!(
        matches!(one.held(ada, &walk).await, Held::Agreed { said, also } if !said.basis.is_empty() && also.is_empty())
    );

    // It is a field no longer, neither in the plan nor in a draft of it.
    let place = Place { node: goal.clone(), field: "status".into() };
    let set = PlanEdit::Set { place, over: vec![], value: "active".into() };
    assert_eq!(one.edit_plan(ada, set.clone()).await, Err(Trouble::Plan(EditFault::Decided)));
    assert_eq!(one.drafted(ada, DraftStep::Edit(set)).await, Err(Trouble::Plan(EditFault::Decided)));

    // Two differ about a goal that then ends: nobody has to settle how far it had got.
    world.cut(true);
    one.decide(ada, topic.clone(), "active", vec![]).await.unwrap();
    nurse.decide(ada, topic.clone(), "on-hold", vec![]).await.unwrap();
    world.cut(false);
    meet(&all).await;
    assert_eq!(one.plan(ada).await.plan.disputes(), 1);
    let end = PlanEdit::End { node: goal, ending: Ending::Ended, reason: "she moved".into() };
    one.edit_plan(ada, end).await.unwrap();
    let plan = one.plan(ada).await.plan;
    assert!(
        matches!(plan.held(&topic), Some(Held::Disputed(_))) && plan.disputes() == 0,
        "both voices are still there"
    );
    let after = one.decide(ada, topic, "completed", vec![]).await;
    assert_eq!(after, Err(Trouble::Plan(EditFault::Ended)));
    one.sign(ada, Paper::Plan).await.unwrap();
}
