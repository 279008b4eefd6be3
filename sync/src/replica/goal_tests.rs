//! A goal's status in the document: voices in the goal's own entry, what was a plain field before read as voices too, and what no honest
//! device does there.

use super::replica_tests::{NOW, add, all, apply, exchange, fresh, hand, nurse, person};
use super::*;
use automerge::{ReadDoc, transaction::Transactable};
use record::people::Role;
use record::plan::{Claim, ClaimValue, Content, Edit, Held, Kind, NodeId, Paper, Place, Plan, Register, Said, Topic};

fn goal() -> NodeId {
    NodeId::fresh([2; 8])
}

fn topic() -> Topic {
    Topic::GoalStatus(goal())
}

/// Two devices that hold one need with one goal.
fn two() -> (Replica, Replica) {
    let (mut a, mut b) = (fresh(), fresh());
    apply(&mut a, &add(Kind::Need, &NodeId::part(Kind::Care), 1, "Falls at night"), 1);
    apply(&mut a, &add(Kind::Goal, &NodeId::fresh([1; 8]), 2, "To sleep through"), 1);
    exchange(&mut a, &mut b);
    (a, b)
}

/// As an app from before set it: a value in the goal's entry, over all that stood there.
fn set_before(replica: &mut Replica, value: &str, n: u8, at: Stamp) {
    let what = What::Set(Kind::Goal, "status".into());
    let work = |replica: &mut Replica| {
        let entries = layout::container(person(), layout::ENTRIES)?;
        let (_, entry) = replica.doc.get(&entries, goal().as_str()).unwrap().unwrap();
        if replica.doc.get_all(&entry, "status").unwrap().len() > 1 {
            replica.doc.put(&entry, "status", automerge::ScalarValue::Null).unwrap();
        }
        replica.put(&entry, "status", value)
    };
    replica.as_hand(&nurse(n), &what, at, work).unwrap();
}

fn decide(id: u8, code: &str, settles: &[String]) -> Edit {
    Edit::Decide {
        topic: topic(),
        id: format!("{id:016x}"),
        value: ClaimValue { code: Some(code.into()), text: String::new() },
        basis: "seen on the round".into(),
        review: None,
        kept: String::new(),
        settles: settles.to_vec(),
    }
}

fn held(replica: &mut Replica) -> Held {
    replica.read(&all()).unwrap().held(&topic()).cloned().unwrap_or(Held::Nothing)
}

fn voices(replica: &mut Replica) -> Vec<Claim> {
    held(replica).voices().cloned().collect()
}

#[test]
fn a_status_of_before_is_a_voice_with_what_is_known_of_it_until_a_decision_names_it() {
    let (mut a, mut b) = two();
    assert_eq!(held(&mut a), Held::Nothing);
    set_before(&mut a, "active", 1, Stamp::from_millis(NOW.millis() + 60_000));
    assert!(matches!(held(&mut a), Held::Agreed { said, .. } if said.value.code.as_deref() == Some("active")));
    set_before(&mut b, "on-hold", 2, Stamp::from_millis(NOW.millis() + 120_000));
    exchange(&mut a, &mut b);
    let plan = a.read(&all()).unwrap();
    assert_eq!(plan, b.read(&all()).unwrap());
    assert_eq!(plan.find(&goal()).unwrap().field("status"), None, "nobody reads it as a field any more");
    assert_eq!(plan.disputes(), 1);
    let said = voices(&mut a);
    let known: Vec<_> =
        said.iter().map(|c| (c.by.name.as_str(), c.value.code.as_deref(), c.at.millis() - NOW.millis())).collect();
    assert_eq!(known, [("Worker 2", Some("on-hold"), 120_000), ("Worker 1", Some("active"), 60_000)]);
    assert!(said.iter().all(|claim| claim.is_of_before() && claim.basis.is_empty()));

    let ids: Vec<String> = said.iter().map(|claim| claim.id.clone()).collect();
    let carer = a.apply(&decide(1, "completed", &ids), &all(), &hand(3, Role::CareStaff), NOW);
    assert!(matches!(carer, Err(ReplicaFault::Edit(EditFault::MayNotSettle))));
    apply(&mut a, &decide(1, "completed", &ids), 1);
    exchange(&mut a, &mut b);
    assert!(matches!(held(&mut b), Held::Agreed { said, also } if said.id == format!("{:016x}", 1) && also.is_empty()));
    // What lay there lies there still: an app from before goes on with it, and what it sets is one voice more.
    set_before(&mut b, "cancelled", 2, NOW);
    exchange(&mut a, &mut b);
    let after = voices(&mut a);
    assert_eq!(after.len(), 2, "{after:?}");
    assert_eq!(a.log_of(&topic()).unwrap().len(), 2, "the decision, and what now stands in the field");
}

#[test]
fn a_plan_signed_before_is_not_changed_by_being_read_anew() {
    let (mut a, mut b) = two();
    set_before(&mut a, "active", 1, NOW);
    set_before(&mut b, "on-hold", 2, NOW);
    exchange(&mut a, &mut b);
    let now = a.read(&all()).unwrap();
    // The same as it was read then: two values in a field, and no topic of it.
    let mut then: Plan = now.clone();
    then.decisions.retain(|(of, _)| *of != topic());
    let said = |value: &str| Said { value: value.into(), by: String::new() };
    let status = Content::Register(Register::of(vec![said("on-hold"), said("active")]));
    let care = then.parts.iter_mut().find(|part| part.kind == Kind::Care).unwrap();
    care.children[0].children[0].fields.push(("status".into(), status));
    assert!(then.is_of_before() && !now.is_of_before());
    assert_eq!(Paper::Plan.digest(&then), Paper::Plan.digest(&now));
    assert_eq!(Paper::Plan.check(&now, Role::CareStaff), Err(EditFault::Disputed));
    let ids: Vec<String> = voices(&mut a).into_iter().map(|claim| claim.id).collect();
    apply(&mut a, &decide(1, "active", &ids), 1);
    assert_ne!(Paper::Plan.digest(&then), Paper::Plan.digest(&a.read(&all()).unwrap()), "a decision is covered");
}

#[test]
fn it_is_set_no_more_and_a_change_says_it_in_words() {
    let (mut a, _) = two();
    let place = Place { node: goal(), field: "status".into() };
    let set = Edit::Set { place, over: vec![], value: "active".into() };
    assert!(matches!(a.apply(&set, &all(), &nurse(1), NOW), Err(ReplicaFault::Edit(EditFault::Decided))));
    let made = apply(&mut a, &decide(1, "active", &[]), 1);
    let said = words::said(person(), &made.bytes).unwrap();
    assert_eq!(
        (said.words.as_slice(), said.what),
        (&["Working towards it".to_owned(), "seen on the round".to_owned()][..], What::Decided(topic()))
    );
    // A draft that an app from before left adds a goal with its status.
    let fields = vec![("text".to_owned(), "To walk".to_owned()), ("status".to_owned(), "proposed".to_owned())];
    let id = NodeId::fresh([3; 8]);
    let with = Edit::Add { kind: Kind::Goal, parent: NodeId::fresh([1; 8]), id: id.clone(), fields };
    apply(&mut a, &with, 1);
    let plan = a.read(&all()).unwrap();
    assert!(matches!(plan.held(&Topic::GoalStatus(id)), Some(Held::Agreed { said, .. }) if said.is_of_before()));
}

#[test]
fn what_no_honest_device_does_in_a_goal_is_seen_in_the_change() {
    let (mut a, _) = two();
    let made = apply(&mut a, &decide(1, "active", &[]), 1);
    let honest = inspect(person(), &made.bytes).unwrap();
    assert_eq!((honest.claims.len(), honest.harm), (1, None));
    assert_eq!(honest.claims[0].0, topic());
    let claim = |id: &str| {
        serde_json::to_string(&Claim { id: id.into(), basis: "other".into(), ..honest.claims[0].1.clone() }).unwrap()
    };
    let own = format!("{}#{:016x}", topic(), 1);
    let (other, cpr) = (format!("{}#{:016x}", topic(), 2), format!("cpr#{:016x}", 3));
    for (container, key, value, harm) in [
        ("entry", own.as_str(), Some(claim("0000000000000001")), Some(Harm::Rewrites)),
        ("entry", own.as_str(), None, Some(Harm::Deletes)),
        ("entry", other.as_str(), Some("no claim".to_owned()), Some(Harm::Misshapen)),
        ("entry", cpr.as_str(), Some(claim("0000000000000003")), Some(Harm::Misshapen)),
        ("decisions", other.as_str(), Some(claim("0000000000000002")), Some(Harm::Misshapen)),
        ("entry", other.as_str(), Some(claim("0000000000000002")), None),
        ("entry", "status", Some("active".to_owned()), None),
    ] {
        let mut evil = AutoCommit::load(&a.save()).unwrap().with_actor(ActorId::from(b"D9/N9".as_slice()));
        let (_, entries) = evil.get(automerge::ROOT, "entries").unwrap().unwrap();
        let map = match container {
            "entry" => evil.get(&entries, goal().as_str()).unwrap().unwrap().1,
            name => evil.get(automerge::ROOT, name).unwrap().unwrap().1,
        };
        match value {
            Some(text) => evil.put(&map, key, text).unwrap(),
            None => evil.delete(&map, key).unwrap(),
        }
        evil.commit();
        let seen = inspect(person(), evil.get_last_local_change().unwrap().raw_bytes()).unwrap();
        assert_eq!(seen.harm, harm, "{container} {key}");
    }
    // A voice about one goal in the entry of another is nobody's.
    apply(&mut a, &add(Kind::Goal, &NodeId::fresh([1; 8]), 3, "To walk"), 1);
    let mut evil = AutoCommit::load(&a.save()).unwrap().with_actor(ActorId::from(b"D9/N9".as_slice()));
    let (_, entries) = evil.get(automerge::ROOT, "entries").unwrap().unwrap();
    let (_, entry) = evil.get(&entries, NodeId::fresh([3; 8]).as_str()).unwrap().unwrap();
    evil.put(&entry, other.as_str(), claim("0000000000000002")).unwrap();
    evil.commit();
    a.take_in([evil.get_last_local_change().unwrap().raw_bytes()]).unwrap();
    assert_eq!(voices(&mut a).len(), 1);
}
