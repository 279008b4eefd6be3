//! What the device of somebody who receives a bag holds of its person: compared, byte for byte, with what they chose. Read from outside with the
//! vault's own key, table by table as the schema names them, so that a table that is added is not forgotten. And bags that were read and never
//! taken over: they end.

use desk::Trouble;
use desk::ask::{BagsHere, NotMyBag, SignOut, WriteBag};
use desk::bag::BagLine;
use hub::store::{people, trust};
use jiff::SignedDuration;
use record::PersonId;
use record::audit::Event;
use record::bag::{BagFault, BagSection, Said, Step};
use record::consent::{Choice, DecidedBy, Outcome, Purpose, Recorded};
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use stories::bags::bag;
use stories::world::Remembering;
use stories::{Worker, World};
use sync::bag::Sheet;

/// Tables of the device and its user: none has a person in it, or only as the audit has one.
const OF_THE_DEVICE: &[&str] = &["meta", "entry", "tree_head", "epoch_grant", "source"];
/// Where something of a person may lie, and by which column it is known whose.
const OF_A_PERSON: &[&str] = &["bag_note", "bag_grant"];

/// The vault as it lies on the disk, opened from outside; its device must be locked.
fn opened(home: &Path, drawn: &Remembering) -> Connection {
    let file = found(home, "vault.db");
    let open = |key: &[u8; 32]| {
        let conn = Connection::open(&file).ok()?;
        let hex: String = key.iter().map(|b| format!("{b:02x}")).collect();
        conn.pragma_update(None, "key", format!("x'{hex}'")).ok()?;
        conn.execute_batch("pragma cipher_log_level = none;").ok()?;
        conn.query_row("select count(*) from sqlite_master", [], |_| Ok(())).ok()?;
        Some(conn)
    };
    drawn.drawn().iter().find_map(open).expect("the vault's key is among what its device drew")
}

fn found(folder: &Path, name: &str) -> PathBuf {
    let mut below = vec![folder.to_path_buf()];
    while let Some(at) = below.pop() {
        for entry in fs::read_dir(at).expect("a folder").flatten() {
            match entry.path() {
                path if path.is_dir() => below.push(path),
                path if path.file_name().is_some_and(|file| file == name) => return path,
                _ => {}
            }
        }
    }
    panic!("there is no {name}");
}

/// Every cell of the vault: table, column, bytes. Enumerated from the schema.
fn cells(conn: &Connection) -> Vec<(String, String, Vec<u8>)> {
    let names = |sql: &str| -> Vec<String> {
        let mut query = conn.prepare(sql).unwrap();
        query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let mut cells = Vec::new();
    for table in names("select name from sqlite_master where type = 'table' and name not like 'sqlite_%'") {
        let columns = names(&format!("select name from pragma_table_info('{table}')"));
        let mut query = conn.prepare(&format!("select * from \"{table}\"")).unwrap();
        let mut rows = query.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for (n, column) in columns.iter().enumerate() {
                let bytes = match row.get_ref(n).unwrap() {
                    ValueRef::Text(text) | ValueRef::Blob(text) => text.to_vec(),
                    ValueRef::Integer(number) => number.to_string().into_bytes(),
                    ValueRef::Null | ValueRef::Real(_) => Vec::new(),
                };
                cells.push((table.clone(), column.clone(), bytes));
            }
        }
    }
    cells
}

fn holds(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|window| window == what)
}

/// Tables in which anything stands of this person: their number, or the name by which they are known.
fn about(cells: &[(String, String, Vec<u8>)], (person, name): (PersonId, &str)) -> BTreeSet<String> {
    let words = [person.to_string(), name.to_owned(), name.to_uppercase()];
    let theirs =
        |bytes: &[u8]| holds(bytes, person.as_bytes()) || words.iter().any(|word| holds(bytes, word.as_bytes()));
    cells.iter().filter(|(_, _, bytes)| theirs(bytes)).map(|(table, ..)| table.clone()).collect()
}

/// Whether one of the files of the device says a word that it may not say in the open.
fn in_the_open(home: &Path, words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    let mut below = vec![home.to_path_buf()];
    while let Some(at) = below.pop() {
        for entry in fs::read_dir(at).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                below.push(path);
                continue;
            }
            let bytes = fs::read(&path).unwrap();
            let says = words.iter().filter(|word| holds(&bytes, word.as_bytes()));
            found.extend(says.map(|word| format!("{} says {word}", path.display())));
        }
    }
    found
}

/// The home's working on its form, the person's record and plan, and everybody else stay where they are: what the receiver's device holds of the
/// person is the notes that travel, to the byte as the giver's hub has them, what the person chose, and the audit of having done so. Nothing else.
#[tokio::test]
async fn every_byte_that_a_receiver_holds_is_what_consent_lets_them_have() {
    let world = World::new();
    let (ada, ben) = (world.person(1, "Okonjo", Choice::Y3), world.person(2, "Frost", Choice::Y3));
    let carer = world.carer("C1").await;
    let (crew, drawn) = world.crew_known("P1").await;
    carer.start_bag(ada).await.unwrap();
    carer.write_line(ada, BagSection::Social, "typed", "Her son must not be told").await.unwrap();
    let page = carer.page(ada).await;
    let filled = bag(&page).form.iter().find(|f| f.section == BagSection::Social).unwrap();
    let line = &filled.entries[0];
    let out = BagLine {
        section: BagSection::Social,
        item: line.item,
        text: String::new().into(),
        why: "Not for the hospital".into(),
        from: None,
        as_found: false,
        seen: line.notes.clone(),
    };
    carer.ask(WriteBag { person: ada, purpose: Purpose::Treat, line: out }).await.unwrap();
    carer.release_begun(ada).await;
    carer.start_bag(ben).await.unwrap();
    carer.sync().await;
    carer.hand_over(&crew, ada, Step::Accept).await;
    let released = bag(&crew.page(ada).await).released.clone().unwrap();
    crew.ask(SignOut {}).await.unwrap();

    let conn = opened(&crew.home, &drawn);
    let cells = cells(&conn);
    let known: BTreeSet<String> = OF_THE_DEVICE.iter().chain(OF_A_PERSON).map(|name| (*name).to_owned()).collect();
    let filled: BTreeSet<String> = cells.iter().map(|(table, ..)| table.clone()).collect();
    assert!(
        filled.is_subset(&known),
        "a table that this story does not know holds something: {:?}",
        filled.difference(&known)
    );
    let theirs = about(&cells, (ada, "Okonjo"));
    assert!(theirs.iter().all(|table| OF_A_PERSON.contains(&table.as_str()) || table == "entry"), "{theirs:?}");
    assert!(about(&cells, (ben, "Frost")).is_empty(), "nothing of anybody else");

    // Each note is one that travels, to the byte; all the words of the person stand in what was released.
    let notes: Vec<&[u8]> =
        cells.iter().filter(|(t, c, _)| t == "bag_note" && c == "bytes").map(|(.., bytes)| bytes.as_slice()).collect();
    carer.sync().await;
    let at_hub: BTreeSet<Vec<u8>> = world.write(|tx| {
        let (id, ..) = hub::store::bags::all(tx)?.into_iter().find(|(_, person, _)| *person == ada).unwrap();
        Ok(hub::store::bags::notes(tx, id)?.into_iter().map(|(bytes, ..)| bytes).collect())
    });
    let allowed: BTreeSet<&[u8]> = at_hub.iter().map(Vec::as_slice).filter(|bytes| travels(bytes)).collect();
    assert_eq!(notes.iter().copied().collect::<BTreeSet<&[u8]>>(), allowed, "no note more, none less, none another");
    assert!(at_hub.len() > allowed.len() + 3, "the home's working is at the hub, and not here");
    let all: Vec<u8> = cells.iter().flat_map(|(.., bytes)| bytes.clone()).collect();
    assert!(
        !holds(&all, b"must not be told") && !holds(&all, b"Not for the hospital"),
        "what was left out was left out"
    );
    assert!(released.section(BagSection::Social).is_empty());
    let grants = cells.iter().filter(|(table, column, _)| table == "bag_grant" && column == "banner").count();
    assert_eq!(grants, 1);
    drop(conn);
    let private = ["OKONJO", "Okonjo", "penicillin", "confused since", "must not be told"];
    assert_eq!(in_the_open(&crew.home, &private), Vec::<String>::new());

    // Consent narrows: once the hub has told them, nothing of the person is here but that they wish it so.
    let (now, by) = (world.now(), DecidedBy::Person);
    let never = Recorded { choice: Choice::N2, decided: Some(now), decided_by: by, ..Recorded::nothing() };
    world.write(|tx| {
        let row = people::person_row(tx, ada)?.unwrap();
        trust::record_choice(tx, row, &never, "story/never", u64::MAX, now)
    });
    crew.sign_in().await.unwrap();
    crew.sync().await;
    crew.sync().await;
    crew.ask(SignOut {}).await.unwrap();
    let after = cells_of(&crew, &drawn);
    let theirs = about(&after, (ada, "Okonjo"));
    assert!(theirs.iter().all(|table| table == "bag_grant" || table == "entry"), "{theirs:?}");
    assert!(after.iter().all(|(table, ..)| table != "bag_note"));
    let all: Vec<u8> = after.iter().flat_map(|(.., bytes)| bytes.clone()).collect();
    assert!(!holds(&all, b"OKONJO") && !holds(&all, b"penicillin"), "not even her name");
}

fn travels(bytes: &[u8]) -> bool {
    let note = Sheet::read(bytes, [0; 64]).unwrap().note;
    !matches!(note.said, Said::Put { .. } | Said::Left { .. })
}

fn cells_of(worker: &Worker, drawn: &Remembering) -> Vec<(String, String, Vec<u8>)> {
    cells(&opened(&worker.home, drawn))
}

/// Read, and never taken over: it stays for a day and no longer, sent or not, and the user is told in words without a name.
#[tokio::test]
async fn a_bag_that_was_read_and_not_taken_over_ends() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let carer = world.carer("C1").await;
    let (crew, drawn) = world.crew_known("P1").await;
    carer.released_bag(ada).await;
    let codes = carer.show(ada).await;
    world.cut(true);
    crew.take_all(&codes).await;
    let page = crew.page(ada).await;
    assert!(page.leaves.is_some(), "it is said when it goes");
    // Locking the device ends nothing: whoever put it down still treats by it.
    crew.ask(SignOut {}).await.unwrap();
    world.pass(SignedDuration::from_hours(23));
    crew.sign_in().await.unwrap();
    assert_eq!(crew.ask(BagsHere {}).await.unwrap().here.len(), 1);
    world.pass(SignedDuration::from_mins(61));
    crew.sign_in().await.unwrap();
    let list = crew.ask(BagsHere {}).await.unwrap();
    assert!(list.here.is_empty());
    assert_eq!(list.ended, Some((1, world.now())));
    assert_eq!(crew.bag(ada).await.unwrap_err(), Trouble::NotCarried);
    world.cut(false);
    crew.sync().await;
    assert_eq!(purged(&world, &crew, ada), 1);
    crew.ask(SignOut {}).await.unwrap();
    let left = cells_of(&crew, &drawn);
    assert!(about(&left, (ada, "Okonjo")).iter().all(|table| table == "entry"), "{:?}", about(&left, (ada, "Okonjo")));

    // It is told for a day; the bag itself is where it was, and can be read again.
    world.pass(SignedDuration::from_hours(24));
    crew.sign_in().await.unwrap();
    assert_eq!(crew.ask(BagsHere {}).await.unwrap().ended, None);
    carer.sign_in().await.unwrap();
    carer.sync().await;
    let again = carer.show(ada).await;
    crew.take_all(&again).await;
    crew.accept(ada, Step::Accept).await.unwrap();
    world.pass(SignedDuration::from_hours(48));
    crew.sign_in().await.unwrap();
    crew.sync().await;
    let list = crew.ask(BagsHere {}).await.unwrap();
    assert_eq!((list.here.len(), list.ended), (1, None), "what was taken over stays until it is handed on");
    assert_eq!(crew.page(ada).await.leaves, None);
}

#[tokio::test]
async fn not_mine_ends_it_at_once_and_nothing_that_was_taken_over() {
    let world = World::new();
    let (ada, ben) = (world.person(1, "Okonjo", Choice::Y3), world.person(2, "Frost", Choice::Y3));
    let carer = world.carer("C1").await;
    let (crew, drawn) = world.crew_known("P1").await;
    for person in [ada, ben] {
        carer.released_bag(person).await;
    }
    let codes = carer.show(ada).await;
    crew.take_all(&codes).await;
    carer.hand_over(&crew, ben, Step::Accept).await;
    let left = crew.ask(NotMyBag { person: ada }).await.unwrap();
    assert_eq!(left.here.iter().map(|bag| bag.person).collect::<Vec<_>>(), [ben]);
    assert_eq!(crew.ask(NotMyBag { person: ben }).await, Err(Trouble::Bag(BagFault::Order)), "it was taken over");
    assert_eq!(crew.ask(NotMyBag { person: ada }).await, Err(Trouble::Bag(BagFault::Order)), "there is none");
    crew.sync().await;
    assert_eq!(purged(&world, &crew, ada), 1);
    // A slip alone is as much somebody's name.
    let codes = carer.show(ada).await;
    crew.take_slip(&codes.slip).await.unwrap();
    assert_eq!(crew.ask(BagsHere {}).await.unwrap().here.len(), 2);
    crew.ask(NotMyBag { person: ada }).await.unwrap();
    crew.ask(SignOut {}).await.unwrap();
    assert!(about(&cells_of(&crew, &drawn), (ada, "Okonjo")).iter().all(|table| table == "entry"));
    // The home's own device has nothing to give back.
    assert_eq!(carer.ask(NotMyBag { person: ada }).await, Err(Trouble::Bag(BagFault::Order)));
    assert!(carer.page(ada).await.bag.is_some());
}

fn purged(world: &World, worker: &Worker, person: PersonId) -> usize {
    let entries = world.entries_of(worker);
    let gone = |entry: &&record::audit::Entry| entry.event == Event::Purged { subject: person };
    let read = |entry: &record::audit::Entry| matches!(&entry.event, Event::Bag(act) if act.outcome == Outcome::Permit);
    assert!(entries.iter().any(read), "and that it was read stays recorded");
    entries.iter().filter(gone).count()
}
