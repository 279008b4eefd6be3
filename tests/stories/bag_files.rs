//! Files of a bag: photographs of belongings, and the home's own form attached in place of the sections. Taken without a network, kept until the
//! count is saved, signed with it, sent after everything else in pieces, and seen at the ward's pages and on other devices under
//! the same rules as the bag. Real vaults, real hub, real cuts.

use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use data_encoding::BASE64;
use desk::Trouble;
use desk::ask::{AttachToBag, CountBag, FetchBagFile, Reply, SignOut, WhoLooked, WriteBag};
use desk::bag::{BagCount, BagLine, BagPage};
use desk::visit::ActReceipt;
use hub::store::{bags, outbox, people, photos, trust};
use record::audit::BagDeed;
use record::bag::belongings::Column;
use record::bag::{BagFault, BagSection, Count, File, Missing, Present, Step};
use record::consent::{Choice, DecidedBy, Purpose, Recorded};
use record::visit::{ActFault, Photo, PhotoId};
use record::{PersonId, Stamp};
use serde_json::Value;
use std::sync::atomic::Ordering;
use stories::bags::bag;
use stories::photos::{jpeg, url};
use stories::wards::{sister, ward};
use stories::{Worker, World};

const LARGE: usize = 120_000;

/// What is counted, with these photographs.
fn thing(code: &str, photos: Vec<File>) -> Count {
    let (code, label) = (code.to_owned(), code.to_owned());
    Count { code, label, valuable: false, present: Present::Yes, count: 1, condition: "scratched".into(), photos }
}

async fn count(worker: &Worker, person: PersonId, counts: Vec<Count>) -> Reply<CountBag> {
    let count = BagCount { column: Column::LeavingHome, counts, second: None };
    worker.ask(CountBag { person, purpose: Purpose::Treat, count }).await
}

/// Takes pictures of a thing and saves its count.
async fn photographed(worker: &Worker, person: PersonId, code: &str, picture: &[u8]) -> BagPage {
    let taken = worker.keep_photo(person, &Count::form(code), picture).await.expect("kept");
    let photos = taken.into_iter().map(File::from).collect();
    count(worker, person, vec![thing(code, photos)]).await.expect("counted")
}

async fn file(worker: &Worker, person: PersonId, file: PhotoId) -> Reply<FetchBagFile> {
    worker.ask(FetchBagFile { person, purpose: Purpose::Treat, file }).await
}

/// Lets a bag go that was begun.
async fn release(carer: &Worker, person: PersonId) {
    carer.confirm(person).await;
    carer.write_line(person, BagSection::Transfer, "reason", "Fall").await.expect("a reason");
    carer.move_bag(person, Step::Release).await.expect("released");
}

/// The file as the hub holds it, whole.
fn at_hub(world: &World, person: PersonId, id: PhotoId) -> Option<Vec<u8>> {
    since_at_hub(world, person, id).map(|(bytes, _)| bytes)
}

fn since_at_hub(world: &World, person: PersonId, id: PhotoId) -> Option<(Vec<u8>, Stamp)> {
    world.write(|tx| {
        let Some(row) = people::person_row(tx, person)? else { return Ok(None) };
        hub::photos::held_since(tx, row, id)
    })
}

fn place(page: &BagPage, id: PhotoId) -> Option<(bool, ActReceipt)> {
    bag(page).files.iter().find(|view| view.id == id).map(|view| (view.here, view.receipt.clone()))
}

async fn looks(worker: &Worker, person: PersonId, deed: BagDeed) -> usize {
    let looks = worker.ask(WhoLooked { person }).await.expect("looks");
    looks.entries.iter().filter(|look| look.what.starts_with(deed.in_words())).count()
}

#[tokio::test]
async fn a_photograph_of_a_belonging_goes_after_the_text_and_is_seen_at_the_ward() {
    let world = World::new();
    let ward = ward(&world);
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let (carer, crew) = (world.carer("C1").await, world.crew("P1").await);
    let mut sister = sister(&world, &ward, "E1").await;
    carer.sync().await;
    world.cut(true);
    carer.start_bag(ada).await.unwrap();
    // Kept with the thing it was taken of, through a kill, until its count is saved.
    let picture = jpeg(1, LARGE);
    let taken = carer.keep_photo(ada, &Count::form("glasses"), &picture).await.unwrap();
    let carer = carer.restarted(&world).sign_in_again().await;
    assert_eq!(bag(&carer.page(ada).await).taken, [(Count::form("glasses"), taken[0])]);
    assert_eq!(file(&carer, ada, taken[0].id).await.unwrap().picture, Some(url(&picture).into()));
    let page = count(&carer, ada, vec![thing("glasses", vec![taken[0].into()])]).await.unwrap();
    let id = taken[0].id;
    assert!(bag(&page).taken.is_empty(), "the count is saved and its form empty");
    assert_eq!(place(&page, id), Some((true, ActReceipt::OnThisDevice)));
    release(&carer, ada).await;
    world.cut(false);
    carer.sync().await;
    assert_eq!(at_hub(&world, ada, id), None, "the bag's text is there, and no picture held it up");

    // The codes between two screens carry no picture: the crew's device knows that there is one.
    world.cut(true);
    carer.hand_over(&crew, ada, Step::Accept).await;
    let theirs = crew.page(ada).await;
    assert_eq!(bag(&theirs).belongings[0].photos().map(|(_, file)| file.id).collect::<Vec<_>>(), [id]);
    assert_eq!((place(&theirs, id), file(&crew, ada, id).await.unwrap_err()), (None, Trouble::PhotoElsewhere));
    world.cut(false);
    crew.sync().await;

    let at = sister.get("/").await.links().into_iter().find(|link| link.starts_with("/bags/")).unwrap();
    let page = sister.get(&at).await;
    let link = page.links().into_iter().find(|link| link.contains("/files/")).expect("a photograph");
    assert_eq!(link, format!("{at}/files/{id}"));
    assert!(page.text().contains("Photo 1 of glasses, leaving home"), "{}", page.text());
    assert!(sister.get(&link).await.text().contains("It has not reached the hub yet"));

    // Cut in the middle, it resumes; the ward sees the very bytes, and each look is an entry of the person's.
    world.weather.lose_answer_in.store(3, Ordering::Relaxed);
    assert!(carer.device.sync_all().await.is_err());
    carer.sync_all().await;
    assert_eq!(at_hub(&world, ada, id).as_deref(), Some(&picture[..]));
    let held = place(&carer.page(ada).await, id).unwrap();
    assert!(matches!(held, (true, ActReceipt::HeldByHub { .. })), "{held:?}");
    let seen = sister.get(&link).await;
    assert_eq!((seen.status, &seen.bytes), (StatusCode::OK, &picture));
    assert_eq!(seen.headers[CONTENT_TYPE], "image/jpeg");
    assert_eq!(seen.headers[CACHE_CONTROL], "no-store", "the browser keeps nothing of it");
    assert!(seen.headers[CONTENT_DISPOSITION].to_str().unwrap().starts_with("inline; filename=\"eRed-Bag-"));
    let all = world.write(|tx| hub::audit::patient::looks(tx, ada));
    for deed in [BagDeed::FileShown, BagDeed::FileAsked] {
        assert!(all.iter().any(|look| look.what.contains(deed.in_words())), "{deed:?}");
    }
    let paper = sister.get(&format!("{at}/print")).await;
    assert!(paper.text().contains("Photographs at the hub: 1."));
    assert!(sister.get(&format!("{at}/print.pdf")).await.bytes.starts_with(b"%PDF-"));
    // Nobody learns of a file by its name alone.
    assert_eq!(sister.get(&format!("{at}/files/{}", PhotoId::of(b"other"))).await.status, StatusCode::NOT_FOUND);

    // The crew, who took the bag over by hand and carries nothing else of her, has it when somebody presses.
    assert_eq!(file(&crew, ada, id).await.unwrap().picture, Some(url(&picture).into()));
    assert_eq!(place(&crew.page(ada).await, id), Some((true, ActReceipt::FromHub)));
    assert_eq!(looks(&carer, ada, BagDeed::FileShown).await, 1);

    // After a no neither the page nor the picture is shown.
    let row = world.write(|tx| people::person_row(tx, ada)).unwrap();
    let now = world.now();
    let no = Recorded { choice: Choice::N2, decided: Some(now), decided_by: DecidedBy::Person, ..Recorded::nothing() };
    world.write(|tx| trust::record_choice(tx, row, &no, "story/no", u64::MAX, now));
    assert_eq!(sister.get(&link).await.status, StatusCode::FORBIDDEN);
    // Nor on the crew's device, once it has met the hub.
    crew.sync().await;
    assert!(file(&crew, ada, id).await.is_err() && crew.bag(ada).await.is_err());
}

#[tokio::test]
async fn another_device_of_the_home_fetches_it_and_a_stranger_never_does() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let (carer, other, crew) = (world.carer("C1").await, world.carer("C2").await, world.crew("P1").await);
    carer.sync().await;
    carer.start_bag(ada).await.unwrap();
    let picture = jpeg(2, 40_000);
    let id = PhotoId::of(&picture);
    photographed(&carer, ada, "slippers", &picture).await;
    carer.sync_all().await;
    other.sync().await;
    other.sync().await;
    assert_eq!(place(&other.page(ada).await, id), None, "no device carries a picture that nobody on it looked at");
    world.cut(true);
    assert_eq!(file(&other, ada, id).await.unwrap_err(), Trouble::PhotoElsewhere);
    world.cut(false);
    assert_eq!(file(&other, ada, id).await.unwrap().picture, Some(url(&picture).into()));
    assert_eq!((looks(&other, ada, BagDeed::FileAsked).await, looks(&other, ada, BagDeed::FileShown).await), (2, 1));
    // What no note of the bag names is not shown, whatever its name.
    assert_eq!(file(&other, ada, PhotoId::of(b"x")).await.unwrap_err(), Trouble::Bag(BagFault::Unknown));
    assert!(file(&crew, ada, id).await.is_err());
    // After a no the hub gives it to nobody, and the device that had it shows it no more.
    other.chosen(ada, Choice::N1).await;
    other.sync().await;
    assert!(matches!(file(&other, ada, id).await, Err(Trouble::Refused(_))));
}

#[tokio::test]
async fn only_what_was_taken_of_the_thing_can_be_signed_and_no_more_than_may_be() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let carer = world.carer("C1").await;
    carer.sync().await;
    carer.start_bag(ada).await.unwrap();
    let fault = Trouble::Bag(BagFault::File);
    let one: File = Photo::of(&jpeg(3, 900)).unwrap().into();
    assert_eq!(count(&carer, ada, vec![thing("glasses", vec![one])]).await.unwrap_err(), fault, "not in the form");
    assert!(bag(&carer.page(ada).await).belongings.is_empty(), "a refused count is none");
    let wrong = carer.keep_photo(ada, &Count::form("glasses"), b"%PDF-1.7").await.unwrap_err();
    assert_eq!(wrong, Trouble::Visit(ActFault::Photo), "a belonging is photographed, not described");
    for seed in 10..14 {
        carer.keep_photo(ada, &Count::form("glasses"), &jpeg(seed, 900)).await.unwrap();
    }
    carer.keep_photo(ada, &Count::form("glasses"), &jpeg(14, 900)).await.unwrap_err();
    let taken = bag(&carer.page(ada).await).taken.clone();
    let mut all: Vec<File> = taken.iter().map(|(_, photo)| (*photo).into()).collect();
    all.push(one);
    assert_eq!(count(&carer, ada, vec![thing("glasses", all.clone())]).await.unwrap_err(), fault, "five of one thing");
    // Two of four are signed; the others were taken out, and are gone.
    let page = count(&carer, ada, vec![thing("glasses", all[..2].to_vec())]).await.unwrap();
    assert_eq!((bag(&page).files.len(), bag(&page).taken.len()), (2, 0));
}

#[tokio::test]
async fn a_photograph_of_a_belonging_outlives_the_vault_and_waits_for_its_note() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let carer = world.carer("C1").await;
    carer.sync().await;
    world.cut(true);
    carer.start_bag(ada).await.unwrap();
    let picture = jpeg(4, 150_000);
    photographed(&carer, ada, "glasses", &picture).await;
    carer.ask(SignOut {}).await.unwrap();
    let mut files = crate::outbox::segments(&carer.home);
    files.sort_by_key(|path| std::cmp::Reverse(std::fs::metadata(path).unwrap().len()));
    assert_eq!(files.len(), 3, "the photograph by itself, and that its form is done");
    std::fs::remove_file(carer.vault().join("vault.db")).unwrap();
    let take = |n: usize| {
        let bytes = std::fs::read(&files[n]).unwrap();
        hub::post::outbox::take(&mut world.hub.store(), &world.hub.authority.signing, &bytes, world.now()).unwrap()
    };
    take(0);
    assert_eq!(at_hub(&world, ada, PhotoId::of(&picture)), None);
    assert_eq!(world.write(outbox::list).iter().filter(|came| came.waiting).count(), 1);
    take(1);
    assert_eq!(at_hub(&world, ada, PhotoId::of(&picture)), Some(picture));
    assert!(world.write(outbox::list).iter().all(|came| !came.waiting));
}

/// A hub in use has photographs of visits: the same picture under both is found, and neither stands in the other's way.
#[tokio::test]
async fn the_same_picture_of_a_wound_and_of_a_thing_is_sent_once() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let carer = world.carer("C1").await;
    carer.sync().await;
    let picture = jpeg(5, 2_000);
    let (_, id) = carer.photographed(ada, &picture).await;
    carer.start_bag(ada).await.unwrap();
    photographed(&carer, ada, "glasses", &picture).await;
    carer.sync_all().await;
    assert_eq!(at_hub(&world, ada, id), Some(picture));
    let stored = world.write(|tx| photos::find(tx, people::person_row(tx, ada)?.unwrap(), id)).unwrap();
    assert_eq!((stored.shelf, stored.held), (photos::Shelf::Visits, true));
    assert!(carer.sync().await.bytes_out < 5_000, "and not again");
}

fn pdf(length: usize) -> Vec<u8> {
    let mut bytes = jpeg(77, length);
    bytes[..8].copy_from_slice(b"%PDF-1.7");
    bytes
}

async fn attach(worker: &Worker, person: PersonId, title: &str, bytes: &[u8]) -> Reply<AttachToBag> {
    let document = format!("data:application/pdf;base64,{}", BASE64.encode(bytes)).into();
    worker.ask(AttachToBag { person, purpose: Purpose::Treat, title: title.into(), document }).await
}

#[tokio::test]
async fn the_homes_own_form_stands_in_the_place_of_the_sections() {
    let world = World::new();
    let ward = ward(&world);
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let carer = world.carer("C1").await;
    let mut sister = sister(&world, &ward, "E1").await;
    carer.sync().await;
    carer.start_bag(ada).await.unwrap();
    let form = pdf(LARGE);
    let id = PhotoId::of(&form);
    let page = attach(&carer, ada, "Transfer form", &form).await.unwrap();
    // It is not the reason: what no transfer goes without is missing all the same.
    assert_eq!(bag(&page).missing, [Missing::Reason]);
    assert!(matches!(carer.move_bag(ada, Step::Release).await, Err(Trouble::Bag(BagFault::Missing(_)))));
    carer.write_line(ada, BagSection::Transfer, "reason", "Fall").await.unwrap();
    let page = carer.move_bag(ada, Step::Release).await.unwrap();
    let contents = bag(&page).released.clone().unwrap();
    assert!(contents.section(BagSection::Nursing).is_empty() && contents.section(BagSection::Concern).is_empty());
    let see = contents.see_attached().unwrap();
    for words in ["See the attached document", "Transfer form (PDF, 120 kB)", "Attached by Worker C1"] {
        assert!(see.contains(words), "{see}");
    }
    carer.sync().await;
    let held = |world: &World| {
        world.write(|tx| {
            let (id, ..) = bags::all(tx)?[0];
            hub::bags::bag(tx, id)
        })
    };
    let document = hub::bags::fhir::document(&held(&world).unwrap(), &|file| since_at_hub(&world, ada, file)).unwrap();
    let said = document.to_string();
    assert!(said.contains("It had not reached the hub") && !said.contains("\"Binary\""));

    carer.sync_all().await;
    assert_eq!(at_hub(&world, ada, id).as_deref(), Some(&form[..]));
    let at = sister.get("/").await.links().into_iter().find(|link| link.starts_with("/bags/")).unwrap();
    let ward_page = sister.get(&at).await;
    let text = ward_page.text();
    assert!(text.contains("See the attached document. Transfer form (PDF, 120 kB)"), "{text}");
    let link = ward_page.links().into_iter().find(|link| link.contains("/files/")).expect("the document");
    let seen = sister.get(&link).await;
    assert_eq!((seen.status, &seen.bytes), (StatusCode::OK, &form));
    assert_eq!(seen.headers[CONTENT_TYPE], "application/pdf");
    assert!(seen.headers[CONTENT_DISPOSITION].to_str().unwrap().starts_with("attachment"), "saved, not run");

    // As a FHIR document: a reference in the section of documents, and the very bytes. It is another document, and replaces the one without them.
    let without = document;
    let document = hub::bags::fhir::document(&held(&world).unwrap(), &|file| since_at_hub(&world, ada, file)).unwrap();
    assert_ne!(document["identifier"], without["identifier"]);
    let replaces = &document["entry"][0]["resource"]["relatesTo"][0];
    assert_eq!(replaces["targetIdentifier"]["value"], without["identifier"]["value"]);
    let resources: Vec<&Value> = document["entry"].as_array().unwrap().iter().collect();
    let of = |kind: &str| resources.iter().find(|entry| entry["resource"]["resourceType"] == kind).unwrap();
    let reference = &of("DocumentReference")["resource"];
    let attachment = &reference["content"][0]["attachment"];
    assert_eq!(attachment["url"], of("Binary")["fullUrl"]);
    assert_eq!(
        (attachment["contentType"].as_str(), attachment["size"].as_u64()),
        (Some("application/pdf"), Some(LARGE as u64))
    );
    assert_eq!(of("Binary")["resource"]["data"].as_str().unwrap(), BASE64.encode(&form));
    assert_eq!(reference["author"][0]["display"], "Worker C1");
    let sections = resources[0]["resource"]["section"].as_array().unwrap();
    let documents = sections.iter().find(|section| section["title"] == "Documents").unwrap();
    assert_eq!(documents["entry"][0]["reference"], of("DocumentReference")["fullUrl"]);
    let nursing =
        sections.iter().find(|section| section["code"]["text"] == "Nursing summary: formal care needs").unwrap();
    assert!(nursing["emptyReason"]["text"].as_str().unwrap().starts_with("See the attached document."));

    // On the device a copy is saved where whoever sits there says, and that is a leaving.
    let copy = file(&carer, ada, id).await.unwrap();
    assert_eq!(copy.picture, None);
    assert!(copy.saved.is_some());
    assert_eq!(looks(&carer, ada, BagDeed::FileSaved).await, 1);
}

#[tokio::test]
async fn only_the_home_attaches_only_documents_and_what_is_taken_out_is_not_sent() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let (carer, crew) = (world.carer("C1").await, world.crew("P1").await);
    carer.sync().await;
    carer.start_bag(ada).await.unwrap();
    let fault = Trouble::Bag(BagFault::File);
    assert_eq!(attach(&carer, ada, "Form", b"<html><script>").await.unwrap_err(), fault);
    assert_eq!(attach(&carer, ada, "Form", &pdf((4 << 20) + 1)).await.unwrap_err(), fault);
    assert_eq!(attach(&carer, ada, " ", &pdf(99)).await.unwrap_err(), Trouble::Bag(BagFault::Text));
    for n in 0..4 {
        attach(&carer, ada, "Form", &pdf(100 + n)).await.unwrap();
    }
    assert_eq!(attach(&carer, ada, "Form", &pdf(104)).await.unwrap_err(), fault, "a fifth");
    let page = attach(&carer, ada, "The form", &pdf(100)).await.unwrap();
    let lines = |page: &BagPage| {
        let documents = bag(page).form.iter().find(|filled| filled.section == BagSection::Documents).unwrap().clone();
        documents.entries.into_iter().filter(|entry| entry.file.is_some()).collect::<Vec<_>>()
    };
    assert_eq!(lines(&page).len(), 4, "the same document is one, as it was called last");
    let entry = lines(&page)[0].clone();
    let out = BagLine {
        section: BagSection::Documents,
        item: entry.item,
        text: String::new().into(),
        why: "Another person's".into(),
        from: None,
        as_found: false,
        seen: entry.notes.clone(),
    };
    let page = carer.ask(WriteBag { person: ada, purpose: Purpose::Treat, line: out }).await.unwrap();
    assert_eq!(lines(&page).len(), 3);
    release(&carer, ada).await;
    carer.sync_all().await;
    carer.hand_over(&crew, ada, Step::Accept).await;
    crew.sync().await;
    let theirs = crew.page(ada).await;
    let sent = bag(&theirs).released.clone().unwrap();
    let named: Vec<PhotoId> = sent.attached().map(|(_, file)| file.id).collect();
    assert_eq!(named.len(), 3);
    assert!(file(&crew, ada, named[0]).await.unwrap().saved.is_some(), "it came by the hub");
    assert_eq!(file(&crew, ada, entry.file.unwrap().id).await.unwrap_err(), Trouble::Bag(BagFault::Unknown));
    assert_eq!(attach(&crew, ada, "Form", &pdf(98)).await.unwrap_err(), Trouble::Bag(BagFault::Role));
}
