//! A draft of a plan is a branch: what is in it nobody else sees, what others write meanwhile is seen through it, and it goes into the plan edit by edit, merged
//! like anything written offline. What no longer fits stays in the draft and says so.

use desk::Trouble;
use desk::ask::SignOut;
use desk::plan::{Decision, DraftStep, PlanEdit, PlanPage};
use record::PersonId;
use record::consent::Choice;
use record::plan::{ClaimValue, Content, EditFault, Ending, Held, Kind, NodeId, Topic};
use stories::plans::{FOR_CPR, NOT_FOR_CPR, about, register, review_date};
use stories::{Worker, World};

async fn two() -> (World, PersonId, Worker, Worker) {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let (one, two) = (world.nurse("N1").await, world.nurse("N2").await);
    for nurse in [&one, &two] {
        nurse.sync().await;
    }
    (world, ada, one, two)
}

async fn meet(one: &Worker, two: &Worker) {
    for nurse in [one, two, one] {
        nurse.sync().await;
    }
}

/// Writes in the draft as the screen does: over what the page shows.
async fn drafts(nurse: &Worker, person: PersonId, field: &str, text: &str) -> PlanPage {
    let seen = nurse.drafted(person, DraftStep::Open).await.unwrap().plan.heads;
    let edit = PlanEdit::Write { place: about(field), seen, text: text.to_owned() };
    nurse.drafted(person, DraftStep::Edit(edit)).await.expect("drafted")
}

fn text(page: &PlanPage, field: &str) -> String {
    match page.plan.at(&about(field)) {
        Some(Content::Prose(text)) => text.clone(),
        _ => String::new(),
    }
}

fn decision(code: &str, settles: Vec<String>) -> DraftStep {
    DraftStep::Decide(Box::new(Decision {
        topic: Topic::Cpr,
        value: ClaimValue { code: Some(code.to_owned()), text: String::new() },
        basis: "talked over at the bedside".to_owned().into(),
        review: None,
        kept: String::new(),
        settles,
    }))
}

#[tokio::test]
async fn a_draft_is_seen_by_its_writer_alone_until_it_is_put_into_the_plan() {
    let (_world, ada, one, two) = two().await;
    one.write(ada, about("people"), "Her daughter. ").await;
    meet(&one, &two).await;
    let drafted = drafts(&one, ada, "people", "Her daughter. Her friend Bea. ").await;
    assert_eq!(
        (text(&drafted, "people").as_str(), drafted.draft.as_ref().unwrap().edits),
        ("Her daughter. Her friend Bea. ", 1)
    );
    let plain = one.plan(ada).await;
    assert_eq!(text(&plain, "people"), "Her daughter. ");
    assert!(
        plain.draft.is_some_and(|draft| !draft.shown && draft.edits == 1),
        "the plan's page says that there is one"
    );
    one.drafted(ada, decision(NOT_FOR_CPR, vec![])).await.unwrap();
    meet(&one, &two).await;
    assert_eq!(
        (text(&two.plan(ada).await, "people").as_str(), two.held(ada, &Topic::Cpr).await),
        ("Her daughter. ", Held::Nothing)
    );
    assert_eq!(one.opened(ada).await.decided, vec![], "nor does the record say what is only in a draft");
    // A colleague writes meanwhile; the draft is seen with it, and goes on from there.
    two.write(ada, about("people"), "Her dog. Her daughter. ").await;
    meet(&two, &one).await;
    let through = one.drafted(ada, DraftStep::Open).await.unwrap();
    assert_eq!(text(&through, "people"), "Her dog. Her daughter. Her friend Bea. ");
    drafts(&one, ada, "people", "Her dog. Her daughter. Her friend Bea, on Sundays. ").await;
    // It outlives a closed device.
    one.ask(SignOut {}).await.unwrap();
    one.sign_in().await.unwrap();
    let whole = one.drafted(ada, DraftStep::Publish).await.unwrap();
    assert_eq!((whole.draft, whole.own.waiting), (None, 2), "each edit is a change of its own");
    meet(&one, &two).await;
    let theirs = two.plan(ada).await;
    assert_eq!(text(&theirs, "people"), "Her dog. Her daughter. Her friend Bea, on Sundays. ", "once, and merged");
    assert!(matches!(theirs.plan.held(&Topic::Cpr), Some(Held::Agreed { .. })));
}

#[tokio::test]
async fn what_no_longer_fits_stays_in_the_draft_and_says_so() {
    let (_world, ada, one, two) = two().await;
    let set = |over: Vec<String>, value: &str| {
        DraftStep::Edit(PlanEdit::Set { place: review_date(), over, value: value.to_owned() })
    };
    one.drafted(ada, set(vec![], "2026-05")).await.unwrap();
    one.drafted(ada, set(vec!["2026-05".to_owned()], "2026-06")).await.unwrap();
    drafts(&one, ada, "wellness", "Sleeps badly when it rains").await;
    two.set(ada, review_date(), "2026-12").await;
    meet(&two, &one).await;
    let seen = one.drafted(ada, DraftStep::Open).await.unwrap().draft.unwrap();
    assert_eq!((seen.edits, seen.unfit.len(), seen.unfit[0].why), (2, 1, EditFault::Moved));
    let left = one.drafted(ada, DraftStep::Publish).await.unwrap();
    assert_eq!(left.draft.as_ref().map(|draft| draft.edits), Some(1), "the rest is in the plan");
    assert_eq!(text(&left, "wellness"), "Sleeps badly when it rains");
    assert_eq!(register(&left.plan, &review_date()).values(), ["2026-12"], "nothing was overwritten");
    // Looked at again, and chosen.
    one.drafted(ada, set(vec!["2026-12".to_owned()], "2026-06")).await.unwrap();
    let done = one.drafted(ada, DraftStep::Publish).await.unwrap();
    assert_eq!((register(&done.plan, &review_date()).values(), done.draft), (vec!["2026-06"], None));
}

#[tokio::test]
async fn entries_and_decisions_of_a_draft_are_changed_in_it_and_thrown_away() {
    let (_world, ada, one, two) = two().await;
    let code = Kind::Need.fields()[0].code.to_owned();
    let fields = vec![(code.clone(), "Falls".to_owned())];
    let add = PlanEdit::Add { kind: Kind::Need, parent: NodeId::part(Kind::Need.part()), fields };
    let page = one.drafted(ada, DraftStep::Edit(add)).await.unwrap();
    let need = page.plan.part(Kind::Need).unwrap().children[0].id.clone();
    let place = record::plan::Place { node: need.clone(), field: code };
    let write = PlanEdit::Write { place, seen: page.plan.heads.clone(), text: "Falls at night".to_owned() };
    let page = one.drafted(ada, DraftStep::Edit(write)).await.unwrap();
    assert_eq!(page.draft.as_ref().unwrap().edits, 1, "an entry of the draft is written in, not beside");
    one.drafted(ada, decision(FOR_CPR, vec![])).await.unwrap();
    let again = one.drafted(ada, DraftStep::Open).await.unwrap();
    let standing = again.plan.held(&Topic::Cpr).unwrap().standing();
    let page = one.drafted(ada, decision(NOT_FOR_CPR, standing)).await.unwrap();
    assert!(
        matches!(page.plan.held(&Topic::Cpr), Some(Held::Agreed { also, .. }) if also.is_empty()),
        "another mind, one voice"
    );
    let end = PlanEdit::End { node: need, ending: Ending::Ended, reason: "written twice".to_owned() };
    let page = one.drafted(ada, DraftStep::Edit(end)).await.unwrap();
    assert_eq!(page.draft.as_ref().unwrap().edits, 1, "what was never in the plan leaves nothing");
    let page = one.drafted(ada, DraftStep::Discard).await.unwrap();
    assert_eq!((page.draft, page.plan.held(&Topic::Cpr).cloned()), (None, Some(Held::Nothing)));
    meet(&one, &two).await;
    assert_eq!(two.plan(ada).await.plan.updated, None, "nothing of it ever left the device");
    // What may not be written in the plan may not be drafted either.
    let carer = PlanEdit::Write { place: about("nothing"), seen: two.plan(ada).await.plan.heads, text: "x".into() };
    assert_eq!(two.drafted(ada, DraftStep::Edit(carer)).await, Err(Trouble::Plan(EditFault::Place)));
}
