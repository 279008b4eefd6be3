//! The proof of a bag's journey as one story: three organisations' devices, the hub cut off from the release to the reconciled return, and at each
//! receiver the vault on the disk compared byte for byte with what consent allows. Then the hub comes back, and has every passage once.

use desk::ask::{BagsHere, SignOut, WriteBag};
use desk::bag::BagLine;
use record::audit::{BagDeed, Event};
use record::bag::belongings::{Column, Standing};
use record::bag::{BagId, BagSection, Note, Said, State, Step};
use record::consent::{Choice, Outcome, Purpose};
use record::people::Role;
use record::{PersonId, Sections};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use stories::bags::{AMBULANCE, HOSPITAL, ROSE_COURT, bag};
use stories::opened::{about, cells_of, filled, holds, in_the_open, notes_of, travels};
use stories::world::Remembering;
use stories::{Worker, World};
use sync::bag::Sheet;

/// Tables that a receiver's device may have anything in: its own, the audit, the bag's notes, and what the person chose.
const MAY_HOLD: &[&str] = &["meta", "entry", "tree_head", "epoch_grant", "source", "bag_note", "bag_grant"];
/// Words of the home's working, of the rest of the record, and of somebody else whom the home looks after: they leave in no bag of hers.
const NEVER: &[&str] = &["must not be told", "Not for the hospital", "Frost", "FROST"];

struct Hand {
    worker: Worker,
    drawn: Arc<Remembering>,
}

impl Hand {
    /// What lies in this vault, read from outside while it is locked.
    async fn cells(&self) -> Vec<stories::opened::Cell> {
        self.worker.ask(SignOut {}).await.unwrap();
        let cells = cells_of(&self.worker, &self.drawn);
        self.worker.sign_in().await.unwrap();
        cells
    }

    async fn notes(&self) -> BTreeSet<Vec<u8>> {
        notes_of(&self.cells().await)
    }
}

/// Nothing more, nothing less, nothing else: the receiver's notes are the giver's that travel, to the byte; no other table knows of her; no byte
/// says what was left out; and no file of the device says anything in the open.
async fn holds_what_consent_allows(giver: &Hand, taker: &Hand, (ada, id): (PersonId, BagId)) {
    let who = &taker.worker.staff;
    let cells = taker.cells().await;
    let hers = |bytes: &Vec<u8>| said(bytes).bag == id && travels(bytes);
    let allowed: BTreeSet<Vec<u8>> = giver.notes().await.into_iter().filter(hers).collect();
    assert!(allowed.len() > 2 && notes_of(&cells) == allowed, "{who}: no note more, none less, none another");
    let known: BTreeSet<String> = MAY_HOLD.iter().map(|name| (*name).to_owned()).collect();
    let tables = filled(&cells);
    assert!(tables.is_subset(&known), "{who}: {:?}", tables.difference(&known));
    let hers = about(&cells, (ada, "Okonjo"));
    let of_her = ["bag_note", "bag_grant", "entry"];
    assert!(hers.iter().all(|table| of_her.contains(&table.as_str())), "{who}: {hers:?}");
    let all: Vec<u8> = cells.iter().flat_map(|(.., bytes)| bytes.clone()).collect();
    for words in NEVER {
        assert!(!holds(&all, words.as_bytes()), "{who} holds {words}");
    }
    let private = ["OKONJO", "Okonjo", "penicillin", "confused since"];
    assert_eq!(in_the_open(&taker.worker.home, &private), Vec::<String>::new());
    let chart = desk::ask::OpenChart { person: ada, purpose: Purpose::Treat, wants: Sections::ALL };
    assert_eq!(taker.worker.ask(chart).await.unwrap_err(), desk::Trouble::NotCarried, "no record");
}

/// The home puts one line of the form out of the bag.
async fn leaves_out(carer: &Worker, ada: PersonId) {
    carer.write_line(ada, BagSection::Social, "typed", "Her son must not be told").await.unwrap();
    let page = carer.page(ada).await;
    let social = bag(&page).form.iter().find(|filled| filled.section == BagSection::Social).unwrap();
    let line = BagLine {
        section: BagSection::Social,
        item: social.entries[0].item,
        text: String::new().into(),
        why: "Not for the hospital".into(),
        from: None,
        as_found: false,
        seen: social.entries[0].notes.clone(),
    };
    carer.ask(WriteBag { person: ada, purpose: Purpose::Treat, line }).await.unwrap();
}

#[tokio::test]
async fn the_whole_way_without_the_hub_and_each_vault_holds_what_consent_allows() {
    let world = World::new();
    let (ada, ben) = (world.person(1, "Okonjo", Choice::Y3), world.person(2, "Frost", Choice::Y3));
    let hand = |(worker, drawn)| Hand { worker, drawn };
    let home = hand(world.known("C1", ROSE_COURT, Role::CareStaff, Some("TEAM")).await);
    let crew = hand(world.known("P1", AMBULANCE, Role::RegulatedClinician, None).await);
    let ed = hand(world.known("E1", HOSPITAL, Role::RegulatedClinician, None).await);
    let ward = hand(world.known("W1", HOSPITAL, Role::RegulatedClinician, None).await);
    let all = [&home, &crew, &ed, &ward];

    // Prepared while there is a network; from the release on there is none.
    let carer = &home.worker;
    carer.start_bag(ada).await.unwrap();
    carer.start_bag(ben).await.unwrap();
    leaves_out(carer, ada).await;
    let leaving = [("glasses", 1, false), ("slippers", 2, false), ("money", 20, true)];
    carer.count(ada, Column::LeavingHome, &leaving).await.unwrap();
    carer.sync().await;
    world.cut(true);
    let asked = world.weather.requests.load(Ordering::Relaxed);
    carer.release_begun(ada).await;
    let page = carer.page(ada).await;
    let (id, sent) = (bag(&page).id, bag(&page).released.clone().unwrap());

    carer.hand_over(&crew.worker, ada, Step::Accept).await;
    holds_what_consent_allows(&home, &crew, (ada, id)).await;
    crew.worker.count(ada, Column::OnTheWay, &leaving).await.unwrap();
    crew.worker.hand_over(&ed.worker, ada, Step::Receive).await;
    holds_what_consent_allows(&crew, &ed, (ada, id)).await;
    ed.worker.hand_over(&ward.worker, ada, Step::Move).await;
    holds_what_consent_allows(&ed, &ward, (ada, id)).await;
    assert_eq!(*bag(&ward.worker.page(ada).await).released.clone().unwrap(), *sent, "to the letter, four hands on");
    let packed = [("glasses", 1, false), ("slippers", 1, false), ("money", 20, true)];
    ward.worker.count(ada, Column::LeavingHospital, &packed).await.unwrap();
    ward.worker.move_bag(ada, Step::Return).await.unwrap();
    ward.worker.hand_over(carer, ada, Step::Close).await;
    let back = [("glasses", 0, false), ("slippers", 1, false), ("money", 20, true)];
    carer.count(ada, Column::BackHome, &back).await.unwrap();
    let page = carer.page(ada).await;
    assert_eq!(bag(&page).custody.state(), Some(State::Closed));
    let standing = |code: &str| bag(&page).belongings.iter().find(|b| b.code == code).unwrap().standing.clone();
    assert_eq!(standing("glasses"), Standing::Differs { sent: 1, last: 0 });
    assert_eq!(standing("slippers"), Standing::Differs { sent: 2, last: 1 });
    assert_eq!(standing("money"), Standing::Agrees, "reconciled item by item, without the hub");
    assert_eq!(world.weather.requests.load(Ordering::Relaxed), asked, "the hub heard nothing all the way");

    // What every vault together holds is what the hub must have, and each once, whoever brings it and however often.
    let mut everything = BTreeSet::new();
    for one in all {
        everything.extend(one.notes().await.into_iter().filter(|bytes| said(bytes).bag == id));
    }
    world.cut(false);
    for one in [&ward, &crew, &ed, &home, &ward, &crew, &ed, &home] {
        one.worker.sync().await;
    }
    let at_hub = world.write(|tx| hub::store::bags::notes(tx, id));
    let at_hub: Vec<Vec<u8>> = at_hub.into_iter().map(|(bytes, ..)| bytes).collect();
    assert!(at_hub.iter().cloned().collect::<BTreeSet<_>>() == everything, "all of it, to the byte");
    assert_eq!(at_hub.len(), everything.len(), "and each once");
    let passed: Vec<Step> = at_hub
        .iter()
        .filter_map(|bytes| match said(bytes).said {
            Said::Passed(passage) => Some(passage.step),
            _ => None,
        })
        .collect();
    let way = [Step::Release, Step::Accept, Step::Receive, Step::Move, Step::Return, Step::Close];
    assert_eq!(passed.len(), way.len());
    assert!(way.iter().all(|step| passed.contains(step)), "{passed:?}");

    // Each hand-over is in the audit of both hands: given, and taken.
    for (one, deed, times) in [
        (&home, BagDeed::Shown, 1),
        (&crew, BagDeed::Shown, 1),
        (&ed, BagDeed::Shown, 1),
        (&ward, BagDeed::Shown, 1),
        (&crew, BagDeed::Accepted, 1),
        (&ed, BagDeed::Accepted, 1),
        (&ward, BagDeed::Accepted, 1),
        (&home, BagDeed::Accepted, 1),
    ] {
        let entries = world.entries_of(&one.worker);
        let found = entries
            .iter()
            .filter(|entry| match &entry.event {
                Event::Bag(act) => act.deed == deed && act.outcome == Outcome::Permit && act.subject == ada,
                _ => false,
            })
            .count();
        assert_eq!(found, times, "{} {deed:?}", one.worker.staff);
    }

    // Who handed it on keeps nothing but the audit and what she chose.
    for one in [&crew, &ed, &ward] {
        assert!(one.worker.ask(BagsHere {}).await.unwrap().here.is_empty());
        let left = about(&one.cells().await, (ada, "Okonjo"));
        assert!(left.iter().all(|table| table == "entry"), "{}: {left:?}", one.worker.staff);
    }
}

fn said(bytes: &[u8]) -> Note {
    Sheet::read(bytes, [0; 64]).unwrap().note
}
