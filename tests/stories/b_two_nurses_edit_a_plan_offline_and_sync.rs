//! Journey (b): two nurses edit a plan offline and sync. Nothing is dropped, nothing is overwritten unseen, a dispute is the same dispute on
//! both devices until somebody settles it by name, and no screen says "held" without the hub's signed word.

use desk::Trouble;
use desk::plan::{PlanEdit, Receipt};
use hub::store::{audit, caseload, people, plans};
use jiff::SignedDuration;
use record::audit::{Entry, Event, PlanDeed};
use record::consent::{Choice, Outcome};
use record::people::Role;
use record::plan::view::KEY_KEPT_BACK;
use record::plan::{EditFault, Ending, Held, Kind, NodeId, Paper, Place, Register, Topic, What};
use record::receipt::HubWord;
use record::visit::Body;
use record::{ChainId, PersonId};
use std::sync::atomic::Ordering;
use stories::plans::{FOR_CPR, NOT_FOR_CPR, about, register, review_date};
use stories::{Worker, World};

async fn two() -> (World, PersonId, Worker, Worker) {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let (one, two) = (world.nurse("N1").await, world.nurse("N2").await);
    one.sync().await;
    two.sync().await;
    (world, ada, one, two)
}

async fn meet(one: &Worker, two: &Worker) {
    one.sync().await;
    two.sync().await;
    one.sync().await;
}

#[tokio::test]
async fn both_show_the_same_dispute_until_one_settles_it_by_name() {
    let (world, ada, one, two) = two().await;
    world.cut(true);
    one.write(ada, about("most-important"), "My garden. ").await;
    two.write(ada, about("most-important"), "My dog Bess. ").await;
    one.set(ada, review_date(), "2026-05").await;
    two.set(ada, review_date(), "2026-06").await;
    one.add(ada, Kind::Need, &NodeId::part(Kind::Care), "text", "Falls at night").await;
    two.add(ada, Kind::Need, &NodeId::part(Kind::Care), "text", "Lonely at weekends").await;
    one.decide(ada, Topic::Cpr, FOR_CPR, vec![]).await.unwrap();
    two.decide(ada, Topic::Cpr, NOT_FOR_CPR, vec![]).await.unwrap();
    assert!(matches!(one.held(ada, &Topic::Cpr).await, Held::Agreed { .. }), "alone, there is one voice");
    world.cut(false);
    meet(&one, &two).await;

    let (a, b) = (one.plan(ada).await, two.plan(ada).await);
    assert_eq!(a.plan, b.plan, "both devices hold the same plan");
    let text = a.plan.part(Kind::About).unwrap().prose("most-important");
    assert!(text.contains("My garden. ") && text.contains("My dog Bess. "), "both wrote, both are read");
    assert_eq!(a.plan.part(Kind::Care).unwrap().children.len(), 2);
    let Register::Several(dates) = register(&a.plan, &review_date()) else { panic!("both dates are shown") };
    assert_eq!(dates.iter().map(|d| d.value.as_str()).collect::<Vec<_>>(), ["2026-05", "2026-06"]);
    let Held::Disputed(voices) = a.plan.held(&Topic::Cpr).unwrap() else { panic!("a dispute") };
    assert_eq!(voices.len(), 2);
    assert!(voices.iter().all(|v| v.by.organisation == "Testshire Community Trust" && !v.basis.is_empty()));

    // A voice more settles nothing; naming one of two leaves the other; naming both settles.
    let ids: Vec<String> = voices.iter().map(|v| v.id.clone()).collect();
    two.decide(ada, Topic::Cpr, NOT_FOR_CPR, ids).await.unwrap();
    two.set(ada, review_date(), "2026-06").await;
    meet(&two, &one).await;
    let settled = one.plan(ada).await;
    let Held::Agreed { said, also } = settled.plan.held(&Topic::Cpr).unwrap() else {
        panic!("settled on both devices")
    };
    assert_eq!((said.by.staff.as_str(), said.settles.len(), also.len()), ("N2", 2, 0));
    assert!(matches!(register(&settled.plan, &review_date()), Register::One(_)));
    assert_eq!(settled.plan, two.plan(ada).await.plan);
}

#[tokio::test]
async fn what_the_screen_says_of_an_edit_is_true_at_every_step() {
    let (world, ada, one, two) = two().await;
    world.cut(true);
    let page = one.write(ada, about("people"), "Ann, my wife").await;
    assert_eq!((page.own.waiting, page.own.held), (1, 0));
    assert_eq!(one.plan_history(ada).await.lines[0].receipt, Receipt::OnThisDevice);
    world.cut(false);
    // The hub heard it, but its word was lost: the screen does not claim it.
    world.weather.lose_answer.store(true, Ordering::Relaxed);
    assert_eq!(one.ask(desk::ask::SyncNow {}).await, Err(Trouble::HubUnreachable));
    assert_eq!(one.plan(ada).await.own.waiting, 1);
    one.sync().await;
    let page = one.plan(ada).await;
    assert_eq!((page.own.waiting, page.own.held, page.own.held_at.map(HubWord::at)), (0, 1, Some(world.now())));
    assert!(
        matches!(one.plan_history(ada).await.lines[0].receipt, Receipt::HeldByHub { word, .. } if word.at() == world.now())
    );
    let row = world.write(|tx| people::person_row(tx, ada)).unwrap();
    assert_eq!(world.write(|tx| plans::after(tx, row, 0, None)).len(), 1, "sent twice, held once");

    two.sync().await;
    let page = two.plan(ada).await;
    assert_eq!(
        page.news.iter().map(|l| (l.name.as_str(), l.what.clone())).collect::<Vec<_>>(),
        [("Worker N1", What::Wrote(Kind::About, "people".into()))]
    );
    // What comes while she reads, and before she says that she has read, stays news.
    let shown = page.news.last().unwrap().moment.clone();
    one.write(ada, about("support"), "Help me wash.").await;
    meet(&one, &two).await;
    two.ask(desk::ask::PlanSeen { person: ada, newest: shown.clone() }).await.unwrap();
    let left = two.plan(ada).await.news;
    assert_eq!(left.iter().map(|l| l.what.clone()).collect::<Vec<_>>(), [What::Wrote(Kind::About, "support".into())]);
    two.ask(desk::ask::PlanSeen { person: ada, newest: shown }).await.unwrap();
    assert_eq!(two.plan(ada).await.news, left, "what is not there any more was seen before");
    let newest = left[0].moment.clone();
    two.ask(desk::ask::PlanSeen { person: ada, newest }).await.unwrap();
    assert!(two.plan(ada).await.news.is_empty());
    assert_eq!(two.plan_history(ada).await.lines[0].receipt, Receipt::FromHub);
}

#[tokio::test]
async fn words_that_arrive_while_a_nurse_types_are_not_overwritten() {
    let (_world, ada, one, two) = two().await;
    one.write(ada, about("support"), "Help me wash.").await;
    meet(&one, &two).await;
    let seen = two.plan(ada).await.plan.heads;
    one.write(ada, about("support"), "Help me wash. Slowly.").await;
    meet(&one, &two).await;
    let edit = PlanEdit::Write { place: about("support"), seen, text: "Please help me wash.".into() };
    let page = two.edit_plan(ada, edit).await.unwrap();
    assert_eq!(page.plan.part(Kind::About).unwrap().prose("support"), "Please help me wash. Slowly.");
    // A value chosen over one that was not seen is not made at all.
    one.set(ada, review_date(), "2026-05").await;
    let blind = PlanEdit::Set { place: review_date(), over: vec![], value: "2026-09".into() };
    assert_eq!(one.edit_plan(ada, blind).await, Err(Trouble::Plan(EditFault::Moved)));
}

#[tokio::test]
async fn a_care_worker_writes_about_the_person_and_settles_nothing() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let carer = world.worker("C1", Role::CareStaff).await;
    let nurse = world.nurse("N1").await;
    carer.sync().await;
    nurse.sync().await;
    carer.write(ada, about("wellness"), "Sleeps badly when it rains").await;
    assert_eq!(carer.decide(ada, Topic::Cpr, FOR_CPR, vec![]).await, Err(Trouble::Plan(EditFault::Role)));
    let summary = Place { node: NodeId::part(Kind::Respect), field: "summary".into() };
    let seen = carer.plan(ada).await.plan.heads;
    let edit = PlanEdit::Write { place: summary, seen, text: "x".into() };
    assert_eq!(carer.edit_plan(ada, edit).await, Err(Trouble::Plan(EditFault::Role)));
    carer.decide(ada, Topic::KeySafe, "1066", vec![]).await.unwrap();
    let standing = carer.held(ada, &Topic::KeySafe).await.standing();
    let settle = carer.decide(ada, Topic::KeySafe, "1485", standing.clone()).await;
    assert_eq!(settle, Err(Trouble::Plan(EditFault::MayNotSettle)));
    carer.decide(ada, Topic::KeySafe, "1485", vec![]).await.unwrap();
    meet(&carer, &nurse).await;
    let Held::Disputed(voices) = nurse.held(ada, &Topic::KeySafe).await else { panic!("both numbers are shown") };
    nurse.decide(ada, Topic::KeySafe, "1485", voices.into_iter().map(|v| v.id).collect()).await.unwrap();
    meet(&nurse, &carer).await;
    let Held::Agreed { said, .. } = carer.held(ada, &Topic::KeySafe).await else { panic!("settled") };
    assert_eq!(said.value.text, KEY_KEPT_BACK, "the plan's page has no number");
    let outside = carer.access(ada).await.unwrap();
    assert!(outside.key_safe.is_empty() && outside.key_kept_back, "nor is it told outside a visit");
    carer.act(ada, Body::Started { booking: String::new() }).await;
    assert_eq!(carer.access(ada).await.unwrap().key_safe[0].value.text, "1485");
}

#[tokio::test]
async fn every_look_and_edit_is_in_the_audit_and_a_refused_edit_leaves_nothing_else() {
    let (world, ada, one, _two) = two().await;
    one.write(ada, about("people"), "Ann").await;
    let bad = PlanEdit::Set { place: review_date(), over: vec![], value: "soon".into() };
    assert_eq!(one.edit_plan(ada, bad).await, Err(Trouble::Plan(EditFault::Value)));
    one.plan_history(ada).await;
    one.sync().await;
    let chain = ChainId::of(&"D1".parse().unwrap(), &one.staff);
    let head = world.write(|tx| audit::chain(tx, &chain)).head;
    let deeds: Vec<(PlanDeed, Outcome)> = (1..=head.seq)
        .filter_map(|seq| world.write(|tx| audit::entry(tx, &chain, 1, seq)))
        .filter_map(|(_, bytes)| match Entry::from_bytes(&bytes).unwrap().event {
            Event::Plan(act) if act.subject == ada => Some((act.deed, act.outcome)),
            _ => None,
        })
        .collect();
    let permit = |deed| (deed, Outcome::Permit);
    let expected = [PlanDeed::Looked, PlanDeed::Wrote, PlanDeed::Set, PlanDeed::History].map(permit);
    assert_eq!(deeds, expected);
    assert_eq!(one.plan_history(ada).await.lines.len(), 1);
    // And it opens nothing without leave.
    let ask = world.person(2, "Marlow", Choice::None);
    one.sync().await;
    assert!(matches!(one.open_plan(ask).await, Err(Trouble::Refused(_))));
}

#[tokio::test]
async fn a_plan_reaches_exactly_who_may_have_it_and_goes_when_they_may_not() {
    let (world, ada, one, two) = two().await;
    one.write(ada, about("people"), "Ann").await;
    one.sync().await;
    let stranger = world.unenrolled("N7");
    world.register("N7", Role::RegulatedClinician);
    world.write(|tx| {
        let team = caseload::caseload_row(tx, "TEAM")?.unwrap();
        caseload::unassign(tx, team, &stranger.staff)
    });
    stranger
        .ask(desk::ask::Enrol {
            ticket: world.ticket(&stranger.staff).into(),
            pin: stories::world::PIN.to_owned().into(),
        })
        .await
        .unwrap();
    stranger.sync().await;
    assert!(matches!(stranger.open_plan(ada).await, Err(Trouble::NotCarried)));

    // Somebody who joins later is sent it whole; two leaves the caseload with an unsent edit, which still arrives.
    let late = world.nurse("N8").await;
    late.sync().await;
    assert_eq!(late.plan(ada).await.plan.part(Kind::About).unwrap().prose("people"), "Ann");
    two.sync().await;
    two.write(ada, about("people"), "Ann and Ted").await;
    world.write(|tx| {
        let team = caseload::caseload_row(tx, "TEAM")?.unwrap();
        caseload::unassign(tx, team, &two.staff)
    });
    two.sync().await;
    two.sync().await;
    assert_eq!(two.status().await.unsent, 0, "and yet nothing was lost");
    assert!(matches!(two.open_plan(ada).await, Err(Trouble::NotCarried)), "purged");
    one.sync().await;
    assert_eq!(one.plan(ada).await.plan.part(Kind::About).unwrap().prose("people"), "Ann and Ted");

    // A withdrawal takes the plan with the record.
    one.ask(desk::ask::RecordChoice {
        person: ada,
        choice: Choice::N2,
        by: record::consent::DecidedBy::Person,
        until: None,
        note: String::new().into(),
        form: Some(desk::ask::SignedForm("data:image/png;base64,iVBORw0KGgo=".to_owned().into())),
        settles: vec![],
    })
    .await
    .unwrap();
    one.sync().await;
    late.sync().await;
    assert!(matches!(late.open_plan(ada).await, Err(Trouble::Refused(_))));
}

#[tokio::test]
async fn a_signed_form_stands_until_somebody_signs_again() {
    let (world, ada, one, two) = two().await;
    let summary = Place { node: NodeId::part(Kind::Respect), field: "summary".into() };
    assert_eq!(one.sign(ada, Paper::Respect).await, Err(Trouble::Plan(EditFault::Nothing)));
    one.write(ada, summary.clone(), "Frail, heart failure").await;
    one.decide(ada, Topic::Cpr, NOT_FOR_CPR, vec![]).await.unwrap();
    one.sign(ada, Paper::Respect).await.unwrap();
    meet(&one, &two).await;
    let signed = two.plan(ada).await.plan.signed.remove(0);
    assert!(!signed.changed_since && signed.signature.by.staff == one.staff);
    two.write(ada, summary, "Frail, heart failure, wants to stay home").await;
    meet(&two, &one).await;
    let signed = one.plan(ada).await.plan.signed.remove(0);
    assert!(signed.changed_since);
    assert_eq!(signed.parts[0].prose("summary"), "Frail, heart failure", "the form is what was signed");
    // Of two signatures at the same moment neither is the newer.
    world.pass(SignedDuration::from_mins(1));
    two.sign(ada, Paper::Respect).await.unwrap();
    meet(&two, &one).await;
    let signed = one.plan(ada).await.plan.signed.remove(0);
    assert!(!signed.changed_since && signed.signature.by.staff == two.staff);
}

#[tokio::test]
async fn the_plan_opens_as_it_stood_and_an_ended_entry_is_still_there() {
    let (_world, ada, one, _two) = two().await;
    let page = one.add(ada, Kind::Need, &NodeId::part(Kind::Care), "text", "Falls at night").await;
    let (then, need) = (page.plan.heads, page.plan.parts[1].children[0].id.clone());
    let end = PlanEdit::End { node: need.clone(), ending: Ending::Ended, reason: "night light helps".into() };
    let page = one.edit_plan(ada, end).await.unwrap();
    assert_eq!(page.plan.find(&need).unwrap().ended[0].reason, "night light helps");
    let before = one.plan_then(ada, then).await;
    assert!(before.plan.find(&need).unwrap().ended.is_empty());
}

#[tokio::test]
async fn nothing_changed_costs_no_bytes_that_grow_with_the_plans_held() {
    let world = World::new();
    let people: Vec<PersonId> = (1..=12).map(|n| world.person(n, &format!("Name{n}"), Choice::Y3)).collect();
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    nurse.sync().await;
    let without = nurse.sync().await;
    for person in people {
        nurse.write(person, about("people"), "Ann and a dog").await;
    }
    nurse.sync().await;
    nurse.sync().await;
    let with = nurse.sync().await;
    assert_eq!(with.requests, 1);
    assert!(
        with.bytes_out <= without.bytes_out + 8 && with.bytes_out < 300,
        "{} {}",
        with.bytes_out,
        without.bytes_out
    );
}

/// The plans of a shift (`design/performance.md` G10): two devices, 30 edits each in the same 10 plans. The audit of those edits travels in
/// the same posts and is weighed apart, by the same number of looks.
#[tokio::test]
async fn a_shifts_edits_travel_in_two_round_trips_and_sixty_kilobytes() {
    const SAID: [&str; 4] = [
        "Slept well, up twice. ",
        "Ate half of lunch. ",
        "Pain 3 of 10 on moving. ",
        "Walked to the gate with the frame. ",
    ];
    let world = World::new();
    let people: Vec<PersonId> = (1..=10).map(|n| world.person(n, &format!("Name{n}"), Choice::Y3)).collect();
    let nurses = [world.nurse("N1").await, world.nurse("N2").await];
    for nurse in nurses.iter().chain(&nurses) {
        nurse.sync().await;
    }
    for (who, nurse) in nurses.iter().enumerate() {
        for (n, person) in people.iter().enumerate() {
            let mut page = nurse.plan(*person).await;
            for edit in 0..30 {
                let field = ["people", "wellness", "support"][(edit + who) % 3];
                let text = format!("{}{}", page.plan.parts[0].prose(field), SAID[(edit * 3 + n + who) % SAID.len()]);
                let write = PlanEdit::Write { place: about(field), seen: page.plan.heads.clone(), text };
                page = nurse.edit_plan(*person, write).await.unwrap();
            }
        }
    }
    let mut bytes = 0;
    let mut requests = [0, 0];
    for who in [0, 1, 0] {
        let posted = nurses[who].sync().await;
        bytes += posted.bytes_out + posted.bytes_in;
        requests[who] += posted.requests;
    }
    assert_eq!(nurses[0].plan(people[3]).await.plan, nurses[1].plan(people[3]).await.plan);
    // The same number of audit entries without an edit among them.
    let mut audit = 0;
    for nurse in &nurses {
        nurse.sync().await;
        for _ in 0..310 {
            nurse.plan(people[0]).await;
        }
        let posted = nurse.sync().await;
        audit += posted.bytes_out + posted.bytes_in;
    }
    println!("{} B of plans, {audit} B of audit, {requests:?} requests", bytes - audit);
    assert!(requests[0] <= 2 && requests[1] <= 2, "{requests:?}");
    assert!(bytes - audit <= 60_000, "{} B of plans, {audit} B of audit", bytes - audit);
}
