//! Chains, their breaks, and every event's bytes.

use super::*;
use crate::consent::{Choice, Condition, DecidedBy, Outcome, OverrideReason, Purpose, Rule};
use crate::ids::PersonId;
use crate::section::Section;

fn chain() -> ChainId {
    "device-1/nurse-1".parse().unwrap()
}

fn log(count: u64) -> Vec<Vec<u8>> {
    let mut head = Head::START;
    let mut all = Vec::new();
    for seq in 1..=count {
        let entry = Entry {
            chain: chain(),
            epoch: 1,
            seq,
            prev: head.link,
            at: Stamp::from_millis(1_000 * seq as i64),
            clock: Clock::Trusted,
            staff: "nurse-1".parse().unwrap(),
            role: Role::RegulatedClinician,
            organisation: "RDY".parse().unwrap(),
            event: Event::Record {
                subject: PersonId::from_bytes([7; 16]),
                purpose: Purpose::Treat,
                sections: [Section::Allergies, Section::Medications].into_iter().collect(),
                outcome: Outcome::Permit,
                rule: Rule::ChoiceInForce,
            },
        };
        let bytes = entry.to_bytes();
        assert_eq!(Entry::from_bytes(&bytes), Ok(entry));
        head = Head { epoch: 1, seq, link: Link::of(&bytes), at: Stamp::from_millis(1_000 * seq as i64) };
        all.push(bytes);
    }
    all
}

fn verify(entries: &[Vec<u8>]) -> Result<Head, Break> {
    first_break(&chain(), Head::START, entries.iter().map(Vec::as_slice))
}

#[test]
fn a_whole_chain_verifies_in_one_go_or_in_parts() {
    let all = log(10);
    let head = verify(&all).unwrap();
    let half = verify(&all[..5]).unwrap();
    assert_eq!(first_break(&chain(), half, all[5..].iter().map(Vec::as_slice)), Ok(head));
    assert_eq!(head.seq, 10);
}

/// A long chain is walked in pieces; what is found and where does not depend on where they meet.
#[test]
fn a_break_in_a_long_chain_is_found_where_it_is() {
    let all = log(5 * ALONE as u64 / 2);
    let head = verify(&all).unwrap();
    assert_eq!((head.seq, head.link), (all.len() as u64, Link::of(all.last().unwrap())));
    // Around where pieces of two, three and five processors meet, at both ends, and two at once.
    let meet = [2, 3, 5].map(|n| all.len().div_ceil(n));
    let near = meet.into_iter().flat_map(|place| [place - 1, place, place + 1]);
    for place in near.chain([1, all.len() - 2]) {
        let at = place as u64 + 1;
        let mut gap = all.clone();
        gap.remove(place);
        assert_eq!(verify(&gap), Err(Break { at, kind: BreakKind::Gap }), "{place}");
        let mut torn = all.clone();
        torn[place].truncate(9);
        torn[all.len() - 1].truncate(9);
        assert_eq!(verify(&torn), Err(Break { at, kind: BreakKind::Unreadable }), "{place}");
        let mut edited = all.clone();
        let last = edited[place].len() - 1;
        edited[place][last] ^= 1;
        assert!(verify(&edited).is_err_and(|found| found.at == at || found.at == at + 1), "{place}");
    }
}

#[test]
fn each_kind_of_break_is_found_where_it_is() {
    let all = log(10);
    let mut gap = all.clone();
    gap.remove(4);
    assert_eq!(verify(&gap), Err(Break { at: 5, kind: BreakKind::Gap }));
    let mut twice = all.clone();
    twice.insert(4, all[3].clone());
    assert_eq!(verify(&twice), Err(Break { at: 5, kind: BreakKind::Fork }));
    let mut swapped = all.clone();
    swapped.swap(2, 3);
    assert_eq!(verify(&swapped), Err(Break { at: 3, kind: BreakKind::Gap }));
    let other = first_break(&"device-2/nurse-1".parse().unwrap(), Head::START, all.iter().map(Vec::as_slice));
    assert_eq!(other, Err(Break { at: 1, kind: BreakKind::Stranger }));
}

#[test]
fn no_bit_of_any_entry_can_be_changed_unnoticed() {
    let all = log(4);
    for (index, entry) in all.iter().enumerate().take(3) {
        for bit in 0..entry.len() * 8 {
            let mut edited = all.clone();
            edited[index][bit / 8] ^= 1 << (bit % 8);
            assert!(verify(&edited).is_err(), "entry {index} bit {bit}");
        }
    }
}

#[test]
fn a_walk_refuses_as_unreadable_exactly_what_does_not_read_as_an_entry() {
    let all = log(2);
    for bit in 0..all[1].len() * 8 {
        let mut edited = all.clone();
        edited[1][bit / 8] ^= 1 << (bit % 8);
        let unreadable = verify(&edited) == Err(Break { at: 2, kind: BreakKind::Unreadable });
        assert_eq!(unreadable, Entry::from_bytes(&edited[1]).is_err(), "bit {bit}");
    }
}

#[test]
fn time_may_stand_still_but_not_run_backwards() {
    let first = Entry { at: Stamp::from_millis(10), ..Entry::from_bytes(&log(1)[0]).unwrap() };
    let bytes = first.to_bytes();
    let second = |at| Entry { seq: 2, prev: Link::of(&bytes), at: Stamp::from_millis(at), ..first.clone() }.to_bytes();
    assert!(verify(&[bytes.clone(), second(10)]).is_ok());
    assert_eq!(verify(&[bytes.clone(), second(9)]), Err(Break { at: 2, kind: BreakKind::Clock }));
}

#[test]
fn every_event_reads_back() {
    let subject = PersonId::from_bytes([9; 16]);
    let base = Entry::from_bytes(&log(1)[0]).unwrap();
    for event in [
        Event::Listed { shown: 25, searched: true },
        Event::Source { subject, purpose: Purpose::Treat, outcome: Outcome::Ask, rule: Rule::NothingInForce },
        Event::BreakGlass {
            subject,
            purpose: Purpose::Safeguard,
            reason: OverrideReason::Other,
            condition: Condition::SeriousRisk,
            widened: true,
            text: "kept whole: ünïcode".into(),
        },
        Event::GlassEnded { subject, by_hand: true },
        Event::ChoiceSettled { subject, choice: Choice::N1, settled: 2 },
        Event::RelationshipClaimed { subject: None, text: "moved in with her daughter".into() },
        Event::RelationshipClaimed { subject: Some(subject), text: String::new() },
        Event::Sealed { subject },
        Event::AccessReason { subject, code: "visit".into() },
        Event::AlertReviewed { alert: 7, subject: None, outcome: "APPROPRIATE".into() },
        Event::ChoiceRecorded { subject, choice: Choice::Y2, by: DecidedBy::AttorneyOrDeputy },
        Event::SignedIn,
        Event::SignedOut { idle: true },
        Event::FailedPins { count: 3 },
        Event::PinChanged,
        Event::Carried { added: 500, removed: 1 },
        Event::Purged { subject },
        Event::AuditRead { subject },
        Event::AlertReviewed { alert: 7, subject: Some(subject), outcome: "JUSTIFIED".into() },
        Event::AlertReviewed { alert: 8, subject: None, outcome: "JUSTIFIED".into() },
        Event::Hub(HubAct::Staff { staff: "N2".parse().unwrap(), role: Role::Admin, active: false }),
        Event::Hub(HubAct::Caseload {
            code: "TEAM".into(),
            deed: CaseloadDeed::PeopleJoined,
            staff: None,
            people: vec![subject, PersonId::from_bytes([3; 16])],
        }),
        Event::Hub(HubAct::TicketMade { staff: "N2".parse().unwrap() }),
        Event::Hub(HubAct::Enrolled {
            staff: "N2".parse().unwrap(),
            device: "D2".parse().unwrap(),
            signing_key: [4; 32],
            certificate: [5; 32],
        }),
        Event::Hub(HubAct::Revoked { device: "D2".parse().unwrap() }),
        Event::Hub(HubAct::Partner { system: "Q7XK2M".into(), ods: "J81012".parse().unwrap(), ended: true }),
        Event::Hub(HubAct::PartnerRefused {
            system: "Q7XK2M".into(),
            ods: "J81012".parse().unwrap(),
            status: 400,
            code: "MISSING_HEADER".into(),
            trace: "60e0b220".into(),
        }),
        Event::Partner(Box::new(partner(Some(subject)))),
        Event::Partner(Box::new(partner(None))),
        Event::Hub(HubAct::Policy { version: 2 }),
        Event::Hub(HubAct::Feed { deed: FeedDeed::ParkedRead, source: Some("RDY".parse().unwrap()), count: 7 }),
        Event::Hub(HubAct::AuditUsed { how: AuditUse::HeadPublished, entries: 700 }),
        Event::Hub(HubAct::EpochGranted { chain: chain(), epoch: 2, at: 9, kind: BreakKind::Rollback }),
        Event::Hub(HubAct::EpochOpened { was: 1, through: 12, link: Link::from_bytes([7; 32]) }),
        Event::Hub(HubAct::Log { sign: LogSign::Restored, held: 900, shown: 800 }),
        Event::Hub(HubAct::Parked {
            deed: ParkedDeed::SamePerson,
            parked: 12,
            people: vec![subject],
            why: "spoken with the practice".into(),
        }),
        Event::Hub(HubAct::AlarmAcknowledged { alarm: 3, reason: "spoken with her".into() }),
    ] {
        let entry = Entry { event, ..base.clone() };
        assert_eq!(Entry::from_bytes(&entry.to_bytes()), Ok(entry));
    }
}

fn partner(subject: Option<PersonId>) -> PartnerAct {
    PartnerAct {
        subject,
        purpose: Purpose::Treat,
        deed: PartnerDeed::Searched,
        outcome: Outcome::Deny,
        rule: Rule::NoRelationship,
        system: "Q7XK2M".into(),
        name: "Dr Asha Rao".into(),
        job: "R0260".into(),
        kind: "CarePlan".into(),
        request: "CarePlan?patient:identifier={nhs-number}".into(),
        trace: "60e0b220-8136-4ca5-ae46-1d97ef59d068".into(),
    }
}

/// Bytes in chains that stand are read for ever.
#[test]
fn a_partners_entry_keeps_its_bytes() {
    let event = Event::Partner(Box::new(partner(Some(PersonId::from_bytes([9; 16])))));
    let entry = Entry { event, ..Entry::from_bytes(&log(1)[0]).unwrap() };
    assert_eq!(
        Link::of(&entry.to_bytes()).to_string(),
        "3ff705b5a1ce38397f4c679c06310dfbdfbe455f3f854ac5c3026ba8fe1ce751"
    );
}

/// The same of what is ruled about something parked.
#[test]
fn a_ruling_keeps_its_bytes() {
    let event = Event::Hub(HubAct::Parked {
        deed: ParkedDeed::SetAside,
        parked: 12,
        people: vec![PersonId::from_bytes([9; 16])],
        why: "spoken with the practice".into(),
    });
    let entry = Entry { event, ..Entry::from_bytes(&log(1)[0]).unwrap() };
    assert_eq!(
        Link::of(&entry.to_bytes()).to_string(),
        "50d3c11d517959b21d0897c2a86175b8f87049f96e8a6f45bc887bd65916a0d2"
    );
}

#[test]
fn an_entry_stays_small() {
    assert!(log(1)[0].len() <= 120, "{} bytes", log(1)[0].len());
}

#[test]
fn an_epoch_begins_only_after_its_grant() {
    let granted = |to: &str, epoch| {
        let event =
            Event::Hub(HubAct::EpochGranted { chain: to.parse().unwrap(), epoch, at: 3, kind: BreakKind::Fork });
        Entry { event, chain: "hub/ZZHUB".parse().unwrap(), ..Entry::from_bytes(&log(1)[0]).unwrap() }.to_bytes()
    };
    let grant = granted(chain().as_str(), 2);
    let head = Head::granted(&chain(), 2, &grant).unwrap();
    let first = Entry { epoch: 2, prev: Link::of(&grant), ..Entry::from_bytes(&log(1)[0]).unwrap() };
    assert_eq!(first_break(&chain(), head, [first.to_bytes().as_slice()]).unwrap().seq, 1);
    let bare = Entry { prev: Link::START, ..first };
    let refused = Break { at: 1, kind: BreakKind::Fork };
    assert_eq!(first_break(&chain(), head, [bare.to_bytes().as_slice()]), Err(refused));
    assert_eq!(Head::granted(&chain(), 3, &grant), None);
    assert_eq!(Head::granted(&chain(), 2, &granted("device-9/nurse-1", 2)), None);
    assert_eq!(Head::granted(&chain(), 2, &log(1)[0]), None);
}
