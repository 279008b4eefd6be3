//! Two nurses, one plan: nothing is lost on merge, what is said apart is shown, and a dispute stays until somebody names what they settle.

use super::*;
use proptest::prelude::*;
use record::Sections;
use record::consent::{
    Choice, Circumstances, Clock, Mode, Policy, Purpose, Recorded, Relationship, Request, Verdict, decide,
};
use record::people::Role;
use record::plan::{Author, ClaimValue, Edit, Ending, Held, Kind, NodeId, Paper, Place, Register, Topic};

pub(super) const NOW: Stamp = Stamp::from_millis(1_790_000_000_000);

pub(super) fn person() -> PersonId {
    PersonId::from_bytes([5; 16])
}

pub(super) fn permit(wants: Sections) -> Permit {
    let request = Request {
        subject: person(),
        staff: "N1".parse().unwrap(),
        role: Role::RegulatedClinician,
        organisation: "ZZ1".parse().unwrap(),
        purpose: Purpose::Treat,
        wants,
        break_glass: None,
    };
    let at = Circumstances {
        recorded: &Recorded { choice: Choice::Y3, ..Recorded::nothing() },
        relationship: Relationship::Established,
        policy: &Policy::standard(Mode::AskEachTime),
        checked: Some(NOW),
        clock: Clock::Trusted,
    };
    let Verdict::Permitted(permit) = decide(&request, &at, NOW) else { panic!() };
    permit
}

pub(super) fn hand(n: u8, role: Role) -> Hand {
    let staff: record::StaffId = format!("N{n}").parse().unwrap();
    Hand {
        chain: record::ChainId::of(&format!("D{n}").parse().unwrap(), &staff),
        author: Author {
            staff,
            name: format!("Worker {n}"),
            role,
            title: "Nurse".into(),
            ods: "ZZ1".parse().unwrap(),
            organisation: "Trust".into(),
        },
    }
}

pub(super) fn nurse(n: u8) -> Hand {
    hand(n, Role::RegulatedClinician)
}

pub(super) fn fresh() -> Replica {
    Replica::genesis(person()).unwrap()
}

pub(super) fn all() -> Permit {
    permit(Sections::ALL)
}

#[track_caller]
pub(super) fn apply(replica: &mut Replica, edit: &Edit, n: u8) -> Made {
    replica.apply(edit, &all(), &nurse(n), NOW).unwrap()
}

pub(super) fn exchange(a: &mut Replica, b: &mut Replica) {
    let (from_a, from_b) = (a.changes(), b.changes());
    a.take_in(from_b.iter().map(Vec::as_slice)).unwrap();
    b.take_in(from_a.iter().map(Vec::as_slice)).unwrap();
}

fn decide_cpr(id: u8, code: &str, settles: &[&str]) -> Edit {
    Edit::Decide {
        topic: Topic::Cpr,
        id: format!("{id:016x}"),
        value: ClaimValue { code: Some(code.into()), text: String::new() },
        basis: "discussed with the person".into(),
        review: None,
        kept: String::new(),
        settles: settles.iter().map(|s| (*s).to_owned()).collect(),
    }
}

const FOR: &str = "450475007";
const NOT_FOR: &str = "450476008";

fn cpr(replica: &mut Replica) -> Held {
    replica.read(&all()).unwrap().held(&Topic::Cpr).unwrap().clone()
}

fn people() -> Place {
    Place { node: NodeId::part(Kind::About), field: "people".into() }
}

fn write(replica: &mut Replica, place: Place, text: &str) -> Edit {
    Edit::Write { place, seen: replica.heads(), text: text.into() }
}

pub(super) fn add(kind: Kind, parent: &NodeId, id: u8, text: &str) -> Edit {
    let field = kind.required().unwrap_or("text").to_owned();
    Edit::Add { kind, parent: parent.clone(), id: NodeId::fresh([id; 8]), fields: vec![(field, text.to_owned())] }
}

fn review(over: &[&str], value: &str) -> Edit {
    let place = Place { node: NodeId::part(Kind::Care), field: "review".into() };
    Edit::Set { place, over: over.iter().map(|s| (*s).to_owned()).collect(), value: value.into() }
}

#[test]
fn two_decisions_made_apart_are_disputed_on_both_sides_until_settled_by_name() {
    let (mut a, mut b) = (fresh(), fresh());
    apply(&mut a, &decide_cpr(1, FOR, &[]), 1);
    apply(&mut b, &decide_cpr(2, NOT_FOR, &[]), 2);
    exchange(&mut a, &mut b);
    assert_eq!(cpr(&mut a), cpr(&mut b));
    let Held::Disputed(voices) = cpr(&mut a) else { panic!() };
    assert_eq!(voices.iter().map(|c| c.by.name.as_str()).collect::<Vec<_>>(), ["Worker 1", "Worker 2"]);
    // Settling one of two leaves the other voice standing; a care worker settles nothing.
    let one = decide_cpr(3, NOT_FOR, &["0000000000000001"]);
    apply(&mut a, &one, 1);
    let Held::Agreed { said, also } = cpr(&mut a) else { panic!("the two that stand now say the same") };
    assert_eq!((said.value.code.as_deref(), also.len()), (Some(NOT_FOR), 1));
    let refused = a.apply(&decide_cpr(4, FOR, &[]), &all(), &hand(3, Role::CareStaff), NOW);
    assert!(matches!(refused, Err(ReplicaFault::Edit(EditFault::Role))));
    exchange(&mut a, &mut b);
    assert_eq!(cpr(&mut a), cpr(&mut b));
}

#[test]
fn text_written_apart_is_all_there_after_a_merge() {
    let (mut a, mut b) = (fresh(), fresh());
    let (mine, theirs) = (write(&mut a, people(), "My garden. "), write(&mut b, people(), "My dog. "));
    apply(&mut a, &mine, 1);
    apply(&mut b, &theirs, 2);
    exchange(&mut a, &mut b);
    let text = |r: &mut Replica| r.read(&all()).unwrap().part(Kind::About).unwrap().prose("people").to_owned();
    assert_eq!(text(&mut a), text(&mut b));
    assert!(text(&mut a).contains("My garden. ") && text(&mut a).contains("My dog. "));
}

#[test]
fn what_came_while_somebody_was_typing_is_not_overwritten() {
    let (mut a, mut b) = (fresh(), fresh());
    let base = write(&mut a, people(), "My wife Ann and my dog.");
    apply(&mut a, &base, 1);
    exchange(&mut a, &mut b);
    // Nurse 1 opens the page; meanwhile nurse 2's words arrive; nurse 1 saves what she typed over the text she saw.
    let mine = write(&mut a, people(), "My wife Anne and my cat.");
    let theirs = write(&mut b, people(), "Please note: My wife Ann and my old dog. And Ted.");
    apply(&mut b, &theirs, 2);
    exchange(&mut a, &mut b);
    apply(&mut a, &mine, 1);
    exchange(&mut a, &mut b);
    let text = a.read(&all()).unwrap().part(Kind::About).unwrap().prose("people").to_owned();
    assert!(text.starts_with("Please note: My wife Ann") && text.ends_with("And Ted."), "{text}");
    assert!(text.contains("Anne and my") && text.contains("cat") && text.contains("old"), "{text}");
    assert_eq!(a.read(&all()).unwrap(), b.read(&all()).unwrap());
}

#[test]
fn low_risk_values_said_apart_are_both_shown_until_one_is_chosen() {
    let (mut a, mut b) = (fresh(), fresh());
    apply(&mut a, &review(&[], "2026-05"), 1);
    apply(&mut b, &review(&[], "2026-06"), 2);
    exchange(&mut a, &mut b);
    let register = |r: &mut Replica| r.read(&all()).unwrap().part(Kind::Care).unwrap().register("review");
    let Register::Several(said) = register(&mut a) else { panic!() };
    assert_eq!(
        said.iter().map(|s| (s.value.as_str(), s.by.as_str())).collect::<Vec<_>>(),
        [("2026-05", "D1/N1"), ("2026-06", "D2/N2")]
    );
    let blind = a.apply(&review(&["2026-05"], "2026-07"), &all(), &nurse(1), NOW);
    assert!(matches!(blind, Err(ReplicaFault::Edit(EditFault::Moved))), "one of two was not seen");
    apply(&mut a, &review(&["2026-05", "2026-06"], "2026-06"), 1);
    exchange(&mut a, &mut b);
    assert!(matches!(register(&mut b), Register::One(said) if said.value == "2026-06"));
}

#[test]
fn the_tree_keeps_its_shape_and_what_ended_is_still_there() {
    let mut plan = fresh();
    let care = NodeId::part(Kind::Care);
    let node = |n: u8| NodeId::fresh([n; 8]);
    for edit in [
        add(Kind::Need, &care, 1, "Falls at night"),
        add(Kind::Goal, &node(1), 2, "To sleep through"),
        add(Kind::Action, &node(2), 3, "Night light"),
        add(Kind::StageGoal, &node(3), 4, "One week without a fall"),
        add(Kind::Contingency, &care, 5, "A fall with a head injury"),
    ] {
        apply(&mut plan, &edit, 1);
    }
    let read = plan.read(&all()).unwrap();
    let stage = read.find(&node(4)).unwrap();
    assert_eq!((stage.kind, stage.prose("text")), (Kind::StageGoal, "One week without a fall"));
    assert!(read.find(&node(1)).unwrap().find(&node(4)).is_some(), "below its need");
    apply(&mut plan, &Edit::End { node: node(1), ending: Ending::EnteredInError, reason: "wrong person".into() }, 1);
    let read = plan.read(&all()).unwrap();
    assert_eq!(read.find(&node(1)).unwrap().ended[0].reason, "wrong person");
    assert_eq!(read.find(&node(1)).unwrap().prose("text"), "Falls at night");
    let again = Edit::Set { place: Place { node: node(1), field: "code".into() }, over: vec![], value: String::new() };
    assert!(matches!(plan.apply(&again, &all(), &nurse(1), NOW), Err(ReplicaFault::Edit(EditFault::Ended))));
}

#[test]
fn the_plan_can_be_read_as_it_stood_and_history_says_who_and_where() {
    let mut plan = fresh();
    let first = write(&mut plan, people(), "Ann");
    apply(&mut plan, &first, 1);
    let then = plan.heads();
    let second = write(&mut plan, people(), "Ann and Ted");
    apply(&mut plan, &second, 2);
    let before = plan.read_at(&all(), &then).unwrap();
    assert_eq!(before.part(Kind::About).unwrap().prose("people"), "Ann");
    let lines = plan.history(&all()).unwrap();
    assert_eq!(lines.iter().map(|l| (l.name.as_str(), l.seq)).collect::<Vec<_>>(), [("Worker 2", 1), ("Worker 1", 1)]);
    assert_eq!(lines[0].what, What::Wrote(Kind::About, "people".into()));
    assert!(matches!(plan.read_at(&all(), &Heads::new(vec![[1; 32]])), Err(ReplicaFault::Moment)));
}

#[test]
fn a_signed_form_says_what_was_signed_and_that_it_changed_since() {
    use ed25519_dalek::{Signer, SigningKey};
    let key = SigningKey::from_bytes(&[7; 32]);
    let mut plan = fresh();
    let summary = Place { node: NodeId::part(Kind::Respect), field: "summary".into() };
    let edit = write(&mut plan, summary.clone(), "Frail, heart failure");
    apply(&mut plan, &edit, 1);
    apply(&mut plan, &decide_cpr(1, NOT_FOR, &[]), 1);
    let signer = |bytes: &[u8]| key.sign(bytes).to_bytes();
    plan.sign(Paper::Respect, &all(), &nurse(1), ("00000000000000aa", &signer), NOW).unwrap();
    let paper = plan.read(&all()).unwrap().signed.remove(0);
    assert!(!paper.changed_since);
    assert!(sign::check(&paper.signature, person(), &key.verifying_key()));
    let mut forged = paper.signature.clone();
    forged.by.name = "Somebody else".into();
    assert!(sign::check(&forged, person(), &key.verifying_key()), "a name is not an identity");
    forged.by.staff = "N9".parse().unwrap();
    assert!(!sign::check(&forged, person(), &key.verifying_key()));
    let edit = write(&mut plan, summary, "Frail, heart failure, now worse");
    apply(&mut plan, &edit, 1);
    let paper = plan.read(&all()).unwrap().signed.remove(0);
    assert!(paper.changed_since);
    assert_eq!(paper.parts[0].prose("summary"), "Frail, heart failure", "the form says what was signed");
}

#[test]
fn a_change_that_comes_before_what_it_needs_waits_and_is_kept() {
    let mut a = fresh();
    let first = write(&mut a, people(), "Ann");
    let one = apply(&mut a, &first, 1);
    let second = write(&mut a, people(), "Ann and Ted");
    let two = apply(&mut a, &second, 1);
    let mut b = fresh();
    let taken = b.take_in([two.bytes.as_slice()]).unwrap();
    assert_eq!((taken.lines.len(), taken.waiting), (0, vec![two.hash]));
    let taken = b.take_in([one.bytes.as_slice()]).unwrap();
    assert_eq!(taken.lines.len(), 2);
    assert_eq!(a.read(&all()).unwrap(), b.read(&all()).unwrap());
}

#[test]
fn a_plan_is_not_read_or_written_without_leave_for_plans() {
    let mut replica = fresh();
    let narrow = permit(Sections::only(Section::Allergies));
    assert!(matches!(replica.read(&narrow), Err(ReplicaFault::NotPermitted)));
    let edit = write(&mut replica, people(), "x");
    assert!(matches!(replica.apply(&edit, &narrow, &nurse(1), NOW), Err(ReplicaFault::NotPermitted)));
    assert!(matches!(replica.history(&narrow), Err(ReplicaFault::NotPermitted)));
}

#[test]
fn what_no_honest_device_does_is_seen_in_the_change_itself() {
    use automerge::{ReadDoc, transaction::Transactable};
    let mut plan = fresh();
    let goal = add(Kind::Need, &NodeId::part(Kind::Care), 1, "Falls");
    let made = apply(&mut plan, &goal, 1);
    let honest = inspect(person(), &made.bytes).unwrap();
    assert_eq!((honest.actor.as_str(), honest.seq, honest.harm), ("D1/N1", 1, None));
    assert_eq!(honest.authors[0].1.name, "Worker 1");
    let made = apply(&mut plan, &decide_cpr(1, FOR, &[]), 1);
    assert_eq!(inspect(person(), &made.bytes).unwrap().claims.len(), 1);

    type Trick = fn(&mut AutoCommit) -> Result<(), AutomergeError>;
    let tricks: [(Harm, Trick); 5] = [
        (Harm::Replaces, |doc| doc.put_object(automerge::ROOT, "decisions", automerge::ObjType::Map).map(|_| ())),
        (Harm::Deletes, |doc| {
            let (_, decisions) = doc.get(automerge::ROOT, "decisions")?.unwrap();
            doc.delete(&decisions, "cpr#0000000000000001")
        }),
        (Harm::Rewrites, |doc| {
            let (_, decisions) = doc.get(automerge::ROOT, "decisions")?.unwrap();
            doc.put(&decisions, "cpr#0000000000000001", "{}")
        }),
        (Harm::Replaces, |doc| {
            let (_, entries) = doc.get(automerge::ROOT, "entries")?.unwrap();
            let (_, entry) = doc.get(&entries, "0101010101010101")?.unwrap();
            doc.put(&entry, "parent", "respect")
        }),
        (Harm::Misshapen, |doc| {
            let (_, decisions) = doc.get(automerge::ROOT, "decisions")?.unwrap();
            doc.put(&decisions, "cpr#0000000000000002", "not a claim")
        }),
    ];
    for (expected, trick) in tricks {
        let mut evil = AutoCommit::load(&plan.save()).unwrap().with_actor(ActorId::from(b"D9/N9".as_slice()));
        trick(&mut evil).unwrap();
        evil.commit();
        let change = evil.get_last_local_change().unwrap();
        assert_eq!(inspect(person(), change.raw_bytes()).unwrap().harm, Some(expected));
    }
}

#[test]
fn a_container_put_in_anothers_place_hides_nothing() {
    use automerge::transaction::Transactable;
    let mut plan = fresh();
    apply(&mut plan, &decide_cpr(1, NOT_FOR, &[]), 1);
    let mut evil = AutoCommit::load(&plan.save()).unwrap().with_actor(ActorId::from(b"D9/N9".as_slice()));
    evil.put_object(automerge::ROOT, "decisions", automerge::ObjType::Map).unwrap();
    evil.commit();
    let change = evil.get_last_local_change().unwrap();
    plan.take_in([change.raw_bytes()]).unwrap();
    assert!(matches!(cpr(&mut plan), Held::Agreed { .. }));
}

#[derive(Debug, Clone)]
enum Deed {
    Write(usize, u8, String),
    Decide(usize, u8),
    Review(usize, u8),
    Meet(usize, usize),
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let one = prop_oneof![
        3 => (0usize..4, 0u8..7, "[a-zé ]{0,12}").prop_map(|(who, at, text)| Deed::Write(who, at, text)),
        2 => (0usize..4, 0u8..3).prop_map(|(who, value)| Deed::Decide(who, value)),
        2 => (0usize..4, 1u8..13).prop_map(|(who, month)| Deed::Review(who, month)),
        3 => (0usize..4, 0usize..4).prop_map(|(a, b)| Deed::Meet(a, b)),
    ];
    prop::collection::vec(one, 1..30)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    /// Four devices write and meet in any order; in the end all agree, and every claim ever made stands or is named by one that does.
    #[test]
    fn any_order_of_meeting_converges_and_no_decision_vanishes(deeds in deeds()) {
        let mut all_of: Vec<Replica> = (0..4).map(|_| fresh()).collect();
        let mut made = Vec::new();
        let about: Vec<&str> = Kind::About.fields().iter().map(|f| f.code).collect();
        for (n, deed) in deeds.into_iter().enumerate() {
            match deed {
                Deed::Write(who, at, text) => {
                    let place = Place { node: NodeId::part(Kind::About), field: about[usize::from(at)].to_owned() };
                    let edit = write(&mut all_of[who], place, &text);
                    let _ = all_of[who].apply(&edit, &all(), &nurse(who as u8), NOW);
                }
                Deed::Decide(who, value) => {
                    let standing = cpr(&mut all_of[who]).standing();
                    // Every other decision names only some of what stands.
                    let named: Vec<&str> = standing.iter().map(String::as_str).take(standing.len() / (1 + n % 2)).collect();
                    let edit = decide_cpr(n as u8, record::plan::values::CPR[usize::from(value)].code, &named);
                    apply(&mut all_of[who], &edit, who as u8);
                    made.push((format!("{n:016x}"), named.into_iter().map(str::to_owned).collect::<Vec<_>>()));
                }
                Deed::Review(who, month) => {
                    let plan = all_of[who].read(&all()).unwrap();
                    let register = plan.part(Kind::Care).unwrap().register("review");
                    let _ = all_of[who].apply(&review(&register.values(), &format!("2026-{month:02}")), &all(), &nurse(who as u8), NOW);
                }
                Deed::Meet(a, b) if a != b => {
                    let (from_a, from_b) = (all_of[a].changes(), all_of[b].changes());
                    all_of[a].take_in(from_b.iter().map(Vec::as_slice)).unwrap();
                    all_of[b].take_in(from_a.iter().map(Vec::as_slice)).unwrap();
                }
                Deed::Meet(..) => {}
            }
        }
        let everything: Vec<Vec<u8>> = all_of.iter_mut().flat_map(|r| r.changes()).collect();
        for replica in &mut all_of {
            replica.take_in(everything.iter().map(Vec::as_slice)).unwrap();
        }
        let first = all_of[0].read(&all()).unwrap();
        for replica in &mut all_of[1..] {
            prop_assert_eq!(&replica.read(&all()).unwrap(), &first);
        }
        let standing = first.held(&Topic::Cpr).unwrap().standing();
        for (id, _) in &made {
            let named = made.iter().any(|(_, settles)| settles.contains(id));
            prop_assert!(standing.contains(id) != named, "{} stands or was named", id);
        }
    }

    #[test]
    fn a_bundle_gives_back_what_was_packed(texts in prop::collection::vec("[a-z ]{1,20}", 1..12)) {
        let mut plan = fresh();
        for text in &texts {
            let edit = write(&mut plan, people(), text);
            let _ = plan.apply(&edit, &all(), &nurse(1), NOW);
        }
        let changes = plan.changes();
        let packed = bundle::pack(changes.iter().map(Vec::as_slice)).unwrap();
        let back: Vec<Vec<u8>> = bundle::unpack(&packed).unwrap().into_iter().map(|u| u.bytes).collect();
        prop_assert_eq!(back, changes);
        for cut in 0..packed.len() {
            prop_assert!(bundle::unpack(&packed[..cut]).is_err());
        }
    }

    #[test]
    fn bytes_that_are_no_bundle_are_refused_calmly(bytes: Vec<u8>) {
        let _ = bundle::unpack(&bytes);
        let _ = inspect(person(), &bytes);
    }
}

/// Frozen: the same edit by the same hand at the same time is the same bytes. `tests/stories/plan_first.hex` is this bundle as the first
/// version wrote it.
#[test]
fn an_edit_has_the_bytes_it_always_had() {
    let mut plan = fresh();
    let edit = write(&mut plan, people(), "Ann, my wife");
    let made = apply(&mut plan, &edit, 1);
    let packed = bundle::pack([made.bytes.as_slice()]).unwrap();
    insta::assert_snapshot!(record::plan::sign::hex(&packed));
}

/// What a shift's edits weigh on the wire: 30 edits in each of 10 plans, one bundle a plan, folded together.
#[test]
fn three_hundred_edits_fold_small() {
    let mut block = Vec::new();
    for n in 0..10u8 {
        let mut plan = fresh();
        let mut text = String::new();
        let start = plan.changes().len();
        for edit in 0..30u8 {
            text.push_str(
                ["Slept well. ", "Ate half of lunch. ", "Pain 3 of 10 on moving. "][usize::from((edit ^ n) % 3)],
            );
            let edit = write(&mut plan, people(), &text);
            apply(&mut plan, &edit, 1);
        }
        let changes = plan.changes();
        block.extend(bundle::pack(changes[start..].iter().map(Vec::as_slice)).unwrap());
    }
    let folded = zstd::bulk::compress(&block, 3).unwrap();
    assert!(folded.len() < 15_000, "{} bytes for 300 edits", folded.len());
    println!("{} bytes for 300 edits, {} before folding", folded.len(), block.len());
}
