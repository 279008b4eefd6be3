//! A released bag printed on the device and at the hub: what it says, who may have it, what is recorded, and where the file goes. How the
//! paper looks is `paper`'s own tests.

use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use desk::Trouble;
use desk::ask::PrintBag;
use desk::bag::{BagPage, Printed};
use device::Device;
use device::native::FileTray;
use device::ports::{Ports, Soon, Tray, TrayFault};
use pdf_extract::extract_text_from_mem;
use record::PersonId;
use record::audit::{BagDeed, Event};
use record::bag::{BagFault, Step};
use record::consent::{Choice, Outcome, Purpose};
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use stories::officers::count;
use stories::wards::{POOLE, sister, staff, ward};
use stories::{Worker, World};

async fn print(worker: &Worker, person: PersonId) -> Result<BagPage, Trouble> {
    worker.ask(PrintBag { person, purpose: Purpose::Treat }).await
}

/// The files in the worker's tray.
fn papers(worker: &Worker) -> Vec<PathBuf> {
    let files = fs::read_dir(&worker.home).unwrap().map(|entry| entry.unwrap().path());
    let mut papers: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|e| e == "pdf")).collect();
    papers.sort();
    papers
}

fn words(pdf: &[u8]) -> String {
    extract_text_from_mem(pdf).unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn deeds(world: &World, worker: &Worker, outcome: Outcome) -> usize {
    let printed = |entry: &record::audit::Entry| matches!(&entry.event, Event::Bag(act) if act.deed == BagDeed::Printed && act.outcome == outcome);
    world.entries_of(worker).iter().filter(|entry| printed(entry)).count()
}

#[tokio::test]
async fn the_home_prints_for_a_crew_without_a_device() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let (carer, crew) = (world.carer("C1").await, world.crew("P1").await);
    carer.start_bag(ada).await.unwrap();
    assert_eq!(print(&carer, ada).await.unwrap_err(), Trouble::Bag(BagFault::Order), "not before it is released");
    assert!(papers(&carer).is_empty());
    carer.move_bag(ada, Step::Cancel).await.unwrap();

    carer.released_bag(ada).await;
    let page = print(&carer, ada).await.unwrap();
    assert_eq!(page.printed, Some(Printed::Saved));
    print(&carer, ada).await.unwrap();
    let files = papers(&carer);
    assert_eq!(files.len(), 2, "nothing is written over");
    let name = files[0].file_name().unwrap().to_str().unwrap().to_owned();
    assert!(name.starts_with("eRed-Bag-") && !name.to_lowercase().contains("okonjo"), "{name}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&files[0]).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let text = words(&fs::read(&files[0]).unwrap());
    for said in ["OKONJO, Ada", "penicillin", "Fall, and confused", "Given by (name)", "by Worker C1, Senior carer"] {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert!(text.contains("scan this for the summary"), "the slip is on it");
    carer.sync().await;
    assert_eq!(deeds(&world, &carer, Outcome::Permit), 3, "the one that was too early is recorded too");

    // The code on the paper is a slip like one on a screen: a crew's device reads it, and each is another.
    let codes = carer.show(ada).await;
    crew.take_slip(&codes.slip).await.unwrap();
    assert_eq!(print(&crew, ada).await.unwrap_err(), Trouble::Bag(BagFault::Unknown), "a slip is not a bag");
}

#[tokio::test]
async fn who_said_no_is_not_printed_and_the_attempt_is_recorded() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let carer = world.carer("C1").await;
    carer.released_bag(ada).await;
    carer.chosen(ada, Choice::N1).await;
    let refused = print(&carer, ada).await.unwrap_err();
    assert!(matches!(refused, Trouble::Refused(_)), "{refused:?}");
    assert!(papers(&carer).is_empty());
    carer.sync().await;
    assert_eq!(deeds(&world, &carer, Outcome::Deny), 1);
}

/// Whoever is asked where to save it closes the dialog; or the place is none.
struct Elsewhere(Result<bool, TrayFault>);

impl Tray for Elsewhere {
    fn put<'a>(&'a self, _: &'a str, pdf: Vec<u8>) -> Soon<'a, Result<bool, TrayFault>> {
        assert!(pdf.starts_with(b"%PDF-1.7"));
        Box::pin(std::future::ready(self.0))
    }
}

#[tokio::test]
async fn paper_that_was_not_saved_says_so_and_stays_recorded() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let mut carer = world.carer("C1").await;
    carer.released_bag(ada).await;
    for (tray, said) in [
        (Arc::new(Elsewhere(Ok(false))) as Arc<dyn Tray>, Ok(Some(Printed::NotSaved))),
        (Arc::new(Elsewhere(Err(TrayFault::NotWritten))), Err(Trouble::NoPaper)),
        (Arc::new(FileTray::Nowhere), Err(Trouble::NoPaper)),
        (Arc::new(FileTray::File(carer.home.join("keystore"))), Err(Trouble::NoPaper)),
    ] {
        drop(carer.device);
        let ports = Ports { tray, ..world.ports(&carer.home) };
        carer.device = Device::open(carer.home.clone(), ports).unwrap();
        carer.sign_in().await.unwrap();
        assert_eq!(print(&carer, ada).await.map(|page| page.printed), said);
    }
    assert!(papers(&carer).is_empty());
    carer.sync().await;
    assert_eq!(deeds(&world, &carer, Outcome::Permit), 4);
}

#[tokio::test]
async fn the_hospital_prints_at_the_hub() {
    let world = World::new();
    let ward = ward(&world);
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let carer = world.carer("C1").await;
    let (mut sister, mut other) = (
        sister(&world, &ward, "E1").await,
        staff(&world, &ward, "E2", record::people::Role::RegulatedClinician, POOLE).await,
    );
    carer.released_bag(ada).await;
    carer.sync().await;
    let list = sister.get("/").await;
    let at = list.links().into_iter().find(|link| link.starts_with("/bags/")).unwrap();
    let page = sister.get(&format!("{at}/print")).await;
    let link = page.links().into_iter().find(|link| link.ends_with("/print.pdf")).unwrap();
    let pdf = sister.get(&link).await;
    assert_eq!(pdf.status, StatusCode::OK);
    assert_eq!(pdf.headers[CONTENT_TYPE], "application/pdf");
    assert_eq!(pdf.headers[CACHE_CONTROL], "no-store");
    let name = pdf.headers[CONTENT_DISPOSITION].to_str().unwrap();
    assert!(name.starts_with("inline; filename=\"eRed-Bag-") && !name.to_lowercase().contains("okonjo"), "{name}");
    let text = words(&pdf.bytes);
    for said in
        ["OKONJO, Ada", "penicillin", "as the hub held it on", "There is no code to scan on a print from the hub"]
    {
        assert!(text.contains(said), "{said}: {text}");
    }
    let printed = |by: &str, outcome: Outcome| {
        count(&world, |staff, event| {
            staff == by && matches!(event, Event::Bag(act) if act.deed == BagDeed::Printed && act.outcome == outcome)
        })
    };
    assert_eq!(printed("E1", Outcome::Permit), 2, "the page, and the PDF");
    let refused = other.get(&link).await;
    assert_ne!(refused.status, StatusCode::OK, "{}", refused.text());
    assert!(refused.bytes.starts_with(b"<!DOCTYPE html>") && !refused.text().contains("Okonjo"));
    assert_eq!(printed("E2", Outcome::Deny), 1);
}
