//! Frozen bytes of shared care plans: what an older device or hub wrote must be read for ever. Letters 20 to 22, the end of a post, the audit's
//! kind 40, a claim, a signature and a change's bundle. The genesis is frozen in `sync/src/replica/layout.rs`.

use record::audit::{Entry, Event, Link, PlanAct, PlanDeed};
use record::consent::{Clock, Outcome, Purpose, Rule};
use record::feed::Seq;
use record::people::Role;
use record::plan::sign::hex;
use record::plan::{Author, Claim, ClaimValue, Heads, Held, Kind, Node, NodeId, Paper, Plan, Signature, Topic, What};
use record::{PersonId, Stamp};
use sync::frame::{Dictionary, Folder};
use sync::letter::Letter;
use sync::plans::{HeldPlan, Incoming, PlansHeld, RefusedChange, RefusedWhy, sign_held};
use sync::replica::{Replica, bundle};
use sync::wire;

fn person() -> PersonId {
    PersonId::from_bytes([8; 16])
}

fn author() -> Author {
    Author {
        staff: "N1".parse().unwrap(),
        name: "Jo Marlow".into(),
        role: Role::RegulatedClinician,
        title: "Community nurse".into(),
        ods: "ZZ1".parse().unwrap(),
        organisation: "Testshire".into(),
    }
}

#[test]
fn letters_of_plans() {
    let mut folder = Folder::new(Dictionary::none(), 3);
    let one = HeldPlan { person: person(), through: 300, hash: [2; 32] };
    let held =
        PlansHeld { chain: "D1/N1".parse().unwrap(), at: Stamp::from_millis(8), held: vec![one], signature: [0; 64] };
    let key = hub::SigningKey::from_bytes(&[3; 32]);
    let refused = RefusedChange { person: person(), hash: [3; 32], why: RefusedWhy::Stranger };
    for letter in [
        Letter::Plans(vec![Incoming { person: person(), through: Seq(70), base: None, bundle: vec![1, 0] }]),
        Letter::PlansHeld(sign_held(held, &key)),
        Letter::PlansRefused(vec![refused]),
    ] {
        let bytes = wire::write_letter(&letter, &mut folder).unwrap();
        assert_eq!(wire::read_letter(&bytes[4..], &mut folder).unwrap(), letter);
        insta::assert_snapshot!(hex(&bytes));
    }
}

#[test]
fn an_act_upon_a_plan() {
    let act = PlanAct {
        subject: person(),
        purpose: Purpose::Treat,
        deed: PlanDeed::Settled,
        outcome: Outcome::Permit,
        rule: Rule::ChoiceInForce,
    };
    let entry = Entry {
        chain: "D1/N1".parse().unwrap(),
        epoch: 1,
        seq: 9,
        prev: Link::from_bytes([1; 32]),
        at: Stamp::from_millis(1_790_000_000_000),
        clock: Clock::Trusted,
        staff: "N1".parse().unwrap(),
        role: Role::RegulatedClinician,
        organisation: "ZZ1".parse().unwrap(),
        event: Event::Plan(act),
    };
    let bytes = entry.to_bytes();
    assert_eq!(Entry::from_bytes(&bytes).unwrap(), entry);
    insta::assert_snapshot!(hex(&bytes));
    let deeds: Vec<&str> = PlanDeed::ALL.iter().map(|deed| deed.in_words()).collect();
    insta::assert_snapshot!(deeds.join("\n"));
}

#[test]
fn a_claim_and_a_signature() {
    let claim = Claim {
        id: "00000000000000c1".into(),
        value: ClaimValue { code: Some("450476008".into()), text: String::new() },
        by: author(),
        at: Stamp::from_millis(1_790_000_000_000),
        basis: "talked it over".into(),
        review: record::When::parse("2027-01"),
        kept: "In the blue folder".into(),
        settles: vec!["00000000000000c0".into()],
    };
    let json = serde_json::to_string(&claim).unwrap();
    assert_eq!(serde_json::from_str::<Claim>(&json).unwrap(), claim);
    insta::assert_snapshot!(json);
    let part = |kind| Node { id: NodeId::part(kind), kind, ended: vec![], fields: vec![], children: vec![] };
    let plan = Plan { parts: Kind::PARTS.map(part).to_vec(), ..Plan::default() };
    let signature = Signature {
        id: "00000000000000aa".into(),
        paper: Paper::Respect,
        heads: Heads::new(vec![[4; 32]]),
        digest: hex(&Paper::Respect.digest(&plan)),
        by: author(),
        chain: "D1/N1".parse().unwrap(),
        at: Stamp::from_millis(1_790_000_000_000),
        signature: "00".repeat(64),
    };
    insta::assert_snapshot!(serde_json::to_string(&signature).unwrap());
    insta::assert_snapshot!(hex(&signature.signed_bytes(person())));
}

fn unhex(text: &str) -> Vec<u8> {
    let digits = text.trim().as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
    digits.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}

/// A goal whose status two hands set apart when it was a plain field; and how a voice on it is named since.
#[test]
fn the_status_of_a_goal_as_it_was_set_before_and_as_it_is_decided() {
    let changes = bundle::unpack(&unhex(include_str!("plan_goal_before.hex"))).unwrap();
    let changes = changes.iter().map(|change| change.bytes.as_slice());
    let mut plan = Replica::load(PersonId::from_bytes([5; 16]), None, changes).unwrap();
    let read = plan.project().unwrap();
    let topic = Topic::GoalStatus(NodeId::fresh([2; 8]));
    let Some(Held::Disputed(voices)) = read.held(&topic) else { panic!("two voices") };
    // An id that a decision names must be the same for ever.
    insta::assert_snapshot!(
        voices.iter().map(|v| format!("{} {} {}", v.id, v.at, v.value.shown(&topic))).collect::<Vec<_>>().join("\n")
    );
    insta::assert_snapshot!(format!("{topic} | {} | {}", What::Decided(topic.clone()), What::Settled(topic.clone())));
    // What was signed then is signed still.
    insta::assert_snapshot!(hex(&Paper::Plan.digest(&read)));
}

/// A plan written by the first version: its genesis and one change, read back.
#[test]
fn a_bundle_of_the_first_version_is_read() {
    let bytes = unhex(include_str!("plan_first.hex"));
    let changes = bundle::unpack(&bytes).unwrap();
    let mut plan =
        Replica::load(PersonId::from_bytes([5; 16]), None, changes.iter().map(|change| change.bytes.as_slice()))
            .unwrap();
    let read = plan.project().unwrap();
    assert_eq!(read.part(Kind::About).unwrap().prose("people"), "Ann, my wife");
    assert_eq!(bundle::pack(changes.iter().map(|change| change.bytes.as_slice())).unwrap(), bytes);
}
