//! A released bag announced to the hospital it names: once for each release, as a pointer without content, never without its entry, and never
//! against what the person chose; and what is then said of it.

use hub::bags::prealert::{Round, round};
use hub::store::prealerts::{self, Ended, Standing};
use record::audit::{BagDeed, Event};
use record::bag::{BagSection, Step};
use record::consent::{Choice, Outcome};
use record::people::Organisation;
use record::{PersonId, StaffId};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use stories::officers::count;
use stories::wards::{DORSET, sister, ward};
use stories::world::organisation;
use stories::{Worker, World};

async fn released(carer: &Worker, ada: PersonId, to: &str) {
    carer.start_bag(ada).await.unwrap();
    carer.confirm(ada).await;
    carer.write_line(ada, BagSection::Transfer, "reason", "Fall, and confused since this morning").await.unwrap();
    carer.write_line(ada, BagSection::Distribution, "to", to).await.unwrap();
    carer.move_bag(ada, Step::Release).await.unwrap();
    carer.sync().await;
}

struct Out(PathBuf);

impl Out {
    fn of(world: &World) -> Out {
        Out(world.folder.path().join("out"))
    }

    fn round(&self, world: &World) -> Round {
        let by: StaffId = "sam".parse().unwrap();
        round(&mut world.hub.store(), &self.0, &by, world.now()).unwrap()
    }

    /// Every file, with its folder's name.
    fn files(&self) -> Vec<(String, PathBuf)> {
        let mut files = Vec::new();
        for folder in fs::read_dir(&self.0).into_iter().flatten().map(|entry| entry.unwrap().path()) {
            for file in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
                files.push((folder.file_name().unwrap().to_str().unwrap().to_owned(), file));
            }
        }
        files.sort();
        files
    }
}

fn read(file: &PathBuf) -> Value {
    serde_json::from_slice(&fs::read(file).unwrap()).unwrap()
}

fn standings(world: &World) -> Vec<(String, Standing)> {
    let all = world.write(hub::store::bags::all);
    let of = |(id, ..): &(record::bag::BagId, _, _)| world.write(|tx| prealerts::of(tx, *id));
    all.iter().flat_map(of).map(|alert| (alert.to.ods.as_str().to_owned(), alert.standing)).collect()
}

fn exported(world: &World, outcome: Outcome) -> usize {
    count(world, |staff, event| {
        staff == "sam" && matches!(event, Event::Bag(act) if act.deed == BagDeed::Exported && act.outcome == outcome)
    })
}

#[tokio::test]
async fn a_release_is_announced_once_and_a_correction_again() {
    let world = World::new();
    let ward = ward(&world);
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let (carer, crew) = (world.carer("C1").await, world.crew("P1").await);
    let mut sister = sister(&world, &ward, "E1").await;
    let out = Out::of(&world);
    released(&carer, ada, "A&E at Dorset County Hospital").await;

    // The ward's list does not wait for anything to be written.
    assert!(sister.get("/").await.text().contains("On their way (1)"));
    assert!(sister.get("/").await.text().contains("Not written yet"));
    assert_eq!(out.round(&world), Round { written: 1, ..Round::default() });
    let files = out.files();
    assert_eq!((files.len(), files[0].0.as_str()), (1, "RBD"));
    let (name, pointer) = (files[0].1.file_stem().unwrap().to_str().unwrap().to_owned(), read(&files[0].1));
    assert_eq!(
        (pointer["resourceType"].as_str(), pointer["id"].as_str()),
        (Some("DocumentReference"), Some(name.as_str()))
    );
    assert!(name.starts_with("VLE1-") && !name.to_lowercase().contains("okonjo"), "{name}");
    assert_eq!(pointer["context"]["related"][0]["identifier"]["value"], "RBD");
    let document = pointer["content"][0]["attachment"]["url"].as_str().unwrap().to_owned();
    let bag = world.write(hub::store::bags::all)[0].0;
    let made = world.write(|tx| hub::bags::bag(tx, bag)).unwrap();
    assert_eq!(
        hub::bags::fhir::document(&made, &|_| None).unwrap()["identifier"]["value"],
        document.as_str(),
        "it points at the document"
    );
    assert!(
        !pointer.to_string().contains("confused") && !pointer.to_string().contains("penicillin"),
        "and holds none of it"
    );
    assert!(sister.get("/").await.text().contains("not picked up yet. Written 09:"));

    // Nothing is written twice, whoever syncs and whatever moves.
    carer.hand_over(&crew, ada, Step::Accept).await;
    crew.sync().await;
    assert_eq!(out.round(&world), Round::default());
    assert_eq!(exported(&world, Outcome::Permit), 1);

    // A share that is not mounted says nothing; a file that is gone does.
    let away = world.folder.path().join("away");
    fs::rename(&out.0, &away).unwrap();
    assert_eq!(out.round(&world), Round::default());
    fs::rename(&away, &out.0).unwrap();
    fs::remove_file(&out.files()[0].1).unwrap();
    assert_eq!(out.round(&world), Round { gone: 1, ..Round::default() });
    assert_eq!(out.round(&world), Round::default(), "what was picked up is not written again");
    let text = sister.get("/").await.text();
    assert!(
        text.contains("Picked up by your hospital's systems. Whether anybody there saw it is not known here."),
        "{text}"
    );

    // A correction is announced, and names what it replaces.
    carer.sync().await;
    carer.write_line(ada, BagSection::Concern, "baseline", "Walks with a frame").await.unwrap();
    carer.move_bag(ada, Step::Correct).await.unwrap();
    carer.sync().await;
    assert_eq!(out.round(&world), Round { written: 1, ..Round::default() });
    let second = read(&out.files()[0].1);
    assert_eq!(second["relatesTo"][0]["target"]["identifier"]["value"], document.as_str());
    assert_ne!(second["id"], pointer["id"]);
}

#[tokio::test]
async fn one_that_was_cut_off_is_written_again_with_the_same_bytes_and_one_entry() {
    let world = World::new();
    let _ward = sister(&world, &ward(&world), "E1").await;
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let carer = world.carer("C1").await;
    let out = Out::of(&world);
    released(&carer, ada, "RBD").await;
    // The folder's place is taken by a file: nothing can be written, after the entry was.
    fs::write(&out.0, "").unwrap();
    let by: StaffId = "sam".parse().unwrap();
    assert!(round(&mut world.hub.store(), &out.0, &by, world.now()).is_err());
    assert_eq!(standings(&world), [("RBD".to_owned(), Standing::Waiting { recorded: true })]);
    fs::remove_file(&out.0).unwrap();
    assert_eq!(out.round(&world), Round { written: 1, ..Round::default() });
    let first = fs::read(&out.files()[0].1).unwrap();
    assert_eq!(exported(&world, Outcome::Permit), 1, "one entry for one giving out");

    // Stopped after the file and before the note of it: as if it had not been written.
    let alert = world.write(prealerts::open).remove(0);
    world.write(|tx| {
        tx.execute("update bag_alert set written = null where note = ?1", [alert.note.as_bytes()]).map(drop)
    });
    assert_eq!(out.round(&world), Round { written: 1, ..Round::default() });
    assert_eq!(out.files().len(), 1);
    assert_eq!(fs::read(&out.files()[0].1).unwrap(), first);
    assert_eq!(exported(&world, Outcome::Permit), 1);
}

#[tokio::test]
async fn nobody_is_announced_against_their_choice_or_after_the_journey() {
    let world = World::new();
    let dorset = organisation(DORSET.0, DORSET.1);
    // A hospital without the ward's pages is registered as a receiver.
    world.write(|tx| prealerts::put_receiver(tx, &dorset));
    let receivers: Vec<Organisation> = world.write(prealerts::receivers);
    assert_eq!(receivers, [dorset]);
    let (ada, ben) = (world.person(1, "Okonjo", Choice::Y3), world.person(2, "Marsh", Choice::Y3));
    let carer = world.carer("C1").await;
    let out = Out::of(&world);
    released(&carer, ada, "Dorset County Hospital").await;
    carer.chosen(ada, Choice::N1).await;
    carer.sync().await;
    assert_eq!(out.round(&world), Round { ended: 1, ..Round::default() });
    assert_eq!(standings(&world), [("RBD".to_owned(), Standing::Ended(Ended::Choice))]);
    assert_eq!((exported(&world, Outcome::Permit), exported(&world, Outcome::Deny)), (0, 1), "the refusal is recorded");
    assert_eq!(out.round(&world), Round::default(), "once");

    released(&carer, ben, "Dorset County Hospital").await;
    carer.move_bag(ben, Step::Cancel).await.unwrap();
    carer.sync().await;
    assert_eq!(out.round(&world), Round { ended: 1, ..Round::default() });
    assert!(standings(&world).contains(&("RBD".to_owned(), Standing::Ended(Ended::Over))));
    assert!(out.files().is_empty());
}

#[tokio::test]
async fn a_bag_that_names_no_hospital_is_announced_to_none() {
    let world = World::new();
    let _ward = sister(&world, &ward(&world), "E1").await;
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let carer = world.carer("C1").await;
    released(&carer, ada, "The nearest hospital").await;
    assert!(standings(&world).is_empty());
    assert_eq!(Out::of(&world).round(&world), Round::default());
}
