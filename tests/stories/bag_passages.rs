//! What every passage of a bag says, and where: both times, the number read from the bag and the things counted, on the device, at the ward, on
//! paper and as FHIR; and valuables that two people signed for.

use desk::Trouble;
use desk::ask::{CountBag, FetchBagFile, PrintBag};
use desk::bag::{BagCount, BagMove, BagPage, SecondHand};
use hub::bags as at_hub;
use hub::photos;
use hub::store::{bags as rows, people};
use jiff::SignedDuration;
use pdf_extract::extract_text_from_mem;
use record::bag::belongings::Column;
use record::bag::note::both_times;
use record::bag::{Bag, BagFault, BagSection, Count, Present, State, Step};
use record::consent::{Choice, Purpose};
use record::{PersonId, Stamp};
use serde_json::Value;
use std::fs;
use stories::bags::{bag, step};
use stories::photos::url;
use stories::wards::{sister, ward};
use stories::{Worker, World};

/// A step with what was read from the bag.
async fn moved(worker: &Worker, person: PersonId, what: Step, (tracker, items): (&str, Option<u32>)) -> BagPage {
    let page = worker.page(person).await;
    let step = BagMove { tracker: tracker.into(), items, ..step(what, &page) };
    worker.ask(desk::ask::MoveBag { person, purpose: Purpose::Treat, step }).await.unwrap()
}

fn held(world: &World) -> Bag {
    let (id, ..) = world.write(rows::all)[0];
    world.write(|tx| at_hub::bag(tx, id)).unwrap()
}

fn document(world: &World, person: PersonId) -> Value {
    let file = |id| {
        world.write(|tx| match people::person_row(tx, person)? {
            Some(row) => photos::held_since(tx, row, id),
            None => Ok(None),
        })
    };
    at_hub::fhir::document(&held(world), &file).unwrap()
}

/// The words of a FHIR resource, and everything in it.
fn passages(document: &Value) -> Vec<&Value> {
    let resources = document["entry"].as_array().unwrap().iter().map(|entry| &entry["resource"]);
    resources.filter(|one| one["resourceType"] == "Provenance" && one.get("activity").is_some()).collect()
}

#[tokio::test]
async fn every_passage_says_both_times_the_number_and_the_count_wherever_it_is_read() {
    let world = World::new();
    let ward = ward(&world);
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let carer = world.carer("C1").await;
    carer.start_bag(ada).await.unwrap();
    carer.confirm(ada).await;
    carer.write_line(ada, BagSection::Transfer, "reason", "Fall").await.unwrap();
    world.cut(true);
    let page = moved(&carer, ada, Step::Release, ("RB-17", Some(5))).await;
    let released = bag(&page).passages[0].clone();
    assert_eq!((released.tracker.as_str(), released.items, released.hub), ("RB-17", Some(5), None));
    let at = released.at;
    // The hub hears of it two hours later, and says when.
    world.pass(SignedDuration::from_hours(2));
    world.cut(false);
    carer.sign_in().await.unwrap();
    carer.sync().await;
    let heard = world.now();
    assert_eq!(bag(&carer.page(ada).await).passages[0].hub, Some(heard), "its own");
    let other = world.carer("C2").await;
    other.sync().await;
    let theirs = bag(&other.page(ada).await).passages[0].clone();
    assert_eq!((theirs.at, theirs.hub), (at, Some(heard)), "a colleague's, who had it from the hub");

    // A crew reads another number from the bag: it is said, and nothing is stopped.
    let typed = Some(("Sam Reed".to_owned(), "South Western Ambulance".to_owned()));
    let page = carer.page(ada).await;
    let taken = BagMove { typed, tracker: "RB-18".into(), items: Some(4), ..step(Step::Accept, &page) };
    carer.ask(desk::ask::MoveBag { person: ada, purpose: Purpose::Treat, step: taken }).await.unwrap();
    carer.sync().await;

    let mut sister = sister(&world, &ward, "E1").await;
    let times = both_times(at, Some(heard));
    let said = [
        times.as_str(),
        "Bag RB-17.",
        "5 things in the bag.",
        "NOT the number it left with, RB-17",
        "4 things in the bag.",
    ];
    let link = sister.get("/").await.links().into_iter().find(|link| link.starts_with("/bags/")).unwrap();
    let text = sister.get(&link).await.text();
    let pdf = sister.get(&format!("{link}/print.pdf")).await;
    let paper = extract_text_from_mem(&pdf.bytes).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    carer.ask(PrintBag { person: ada, purpose: Purpose::Treat }).await.unwrap();
    let file = fs::read_dir(&carer.home).unwrap().flatten().find(|e| e.path().extension().is_some_and(|e| e == "pdf"));
    let theirs = extract_text_from_mem(&fs::read(file.unwrap().path()).unwrap()).unwrap();
    let theirs = theirs.split_whitespace().collect::<Vec<_>>().join(" ");
    let document = document(&world, ada);
    for words in said {
        assert!(text.contains(words), "the ward's page: {words}: {text}");
        assert!(paper.contains(words), "paper from the hub: {words}: {paper}");
        assert!(theirs.contains(words), "paper from the device: {words}: {theirs}");
        assert!(document.to_string().contains(words), "FHIR: {words}");
    }
    let made = passages(&document);
    assert_eq!(made.len(), 2);
    let stamp = |value: &Value| value.as_str().and_then(Stamp::parse).unwrap();
    assert_eq!((stamp(&made[0]["occurredDateTime"]), stamp(&made[0]["recorded"])), (at, heard));
    assert_eq!(made[1]["agent"][1]["who"]["display"], "Sam Reed, South Western Ambulance");

    // What the ward writes has one time, and says so twice; the home's device has both.
    let seen = sister.get(&link).await.values("seen").remove(0);
    let fields = [("step", "receive"), ("seen", &seen), ("tracker-receive", "RB-17"), ("items-receive", "4")];
    sister.post(&format!("{link}/move"), &fields).await;
    carer.sync().await;
    let last = bag(&carer.page(ada).await).passages.last().cloned().unwrap();
    assert_eq!((last.step, last.hub, last.items), (Step::Receive, Some(world.now()), Some(4)));
}

/// A death by mistake, said on a crew's device without a network, and another at the ward: each is put right by a passage of its own with who,
/// when and why; both stand, everywhere the bag is read.
#[tokio::test]
async fn a_death_by_mistake_is_put_right_on_the_device_and_at_the_ward_and_read_everywhere() {
    let world = World::new();
    let ward = ward(&world);
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let (carer, crew) = (world.carer("C1").await, world.crew("P1").await);
    let mut sister = sister(&world, &ward, "E1").await;
    carer.released_bag(ada).await;
    world.cut(true);
    carer.hand_over(&crew, ada, Step::Accept).await;
    crew.move_bag(ada, Step::Die).await.unwrap();
    let page = crew.page(ada).await;
    assert!(bag(&page).next.contains(&Step::Alive));
    let alive = |remark: &str| BagMove { remark: remark.into(), ..step(Step::Alive, &page) };
    let ask = |step| crew.ask(desk::ask::MoveBag { person: ada, purpose: Purpose::Treat, step });
    assert_eq!(ask(alive("")).await.unwrap_err(), Trouble::Bag(BagFault::Text), "why is needed");
    let page = ask(alive("The leads were off")).await.unwrap();
    assert_eq!(bag(&page).custody.state(), Some(State::Accepted));
    assert!(bag(&page).next.contains(&Step::Die), "and the bag goes on");
    world.cut(false);
    crew.sync().await;

    // The ward errs too, and says so.
    let at = sister.get("/").await.links().into_iter().find(|link| link.starts_with("/bags/")).unwrap();
    for (step, why, sure) in [("die", "", "yes"), ("not-died", "", ""), ("not-died", "Bay 4 was meant", "")] {
        let seen = sister.get(&at).await.values("seen").remove(0);
        let remark = format!("remark-{step}");
        let fields = [("step", step), ("seen", seen.as_str()), (remark.as_str(), why), ("sure", sure)];
        let done = sister.post(&format!("{at}/move"), &fields).await;
        let wrong = step == "not-died" && why.is_empty();
        assert_eq!(done.text().contains("Enter why it was a mistake"), wrong, "{}", done.text());
    }
    carer.sync().await;
    carer.sync().await;
    let page = carer.page(ada).await;
    let steps: Vec<Step> = bag(&page).passages.iter().map(|passed| passed.step).collect();
    assert_eq!(steps, [Step::Release, Step::Accept, Step::Die, Step::Alive, Step::Die, Step::Alive]);
    assert_eq!(bag(&page).custody.state(), Some(State::Accepted), "where it was");
    let remarks: Vec<&str> = bag(&page).passages.iter().map(|passed| passed.remark.as_str()).collect();
    assert!(remarks.contains(&"The leads were off") && remarks.contains(&"Bay 4 was meant"), "{remarks:?}");

    let text = sister.get(&at).await.text();
    let pdf = sister.get(&format!("{at}/print.pdf")).await;
    let paper = extract_text_from_mem(&pdf.bytes).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    let document = document(&world, ada);
    for words in ["The person died", "Death recorded by mistake", "The leads were off", "Bay 4 was meant"] {
        assert!(text.contains(words), "the ward's page: {words}: {text}");
        assert!(paper.contains(words), "paper: {words}: {paper}");
        assert!(document.to_string().contains(words), "FHIR: {words}");
    }
    let made = passages(&document);
    let mistakes = made.iter().filter(|one| one["activity"]["text"] == "Death recorded by mistake").count();
    assert_eq!((made.len(), mistakes), (6, 2), "each is a Provenance");
}

fn money(count: u32) -> Count {
    let (code, label) = ("money".to_owned(), "Money".to_owned());
    let present = Present::Yes;
    Count { code, label, valuable: true, present, count, condition: String::new(), photos: vec![] }
}

async fn counted(worker: &Worker, person: PersonId, second: Option<SecondHand>) -> Result<BagPage, Trouble> {
    let count = BagCount { column: Column::LeavingHome, counts: vec![money(20)], second };
    worker.ask(CountBag { person, purpose: Purpose::Treat, count }).await
}

fn second(title: &str, signature: Option<String>) -> Option<SecondHand> {
    Some(SecondHand { name: "Jo Second".into(), title: title.into(), signature: signature.map(Into::into) })
}

/// A stroke as a finger makes it on the screen.
fn signature() -> Vec<u8> {
    let stroke = |x: u32, y: u32| image::LumaA([0u8, if x / 3 == y || x / 3 == y + 1 { 255 } else { 0 }]);
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::ImageBuffer::from_fn(720, 240, stroke).write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// What each figure of a PDF is, in words.
fn figures(pdf: &[u8]) -> Vec<String> {
    let document = pdf_extract::Document::load_mem(pdf).unwrap();
    let alternative = |object: &pdf_extract::Object| {
        object
            .as_dict()
            .ok()
            .and_then(|found| found.get(b"Alt").ok())
            .and_then(|alt| pdf_extract::decode_text_string(alt).ok())
    };
    document.objects.values().filter_map(alternative).collect()
}

#[tokio::test]
async fn valuables_are_signed_for_by_two_and_both_stand_on_paper_and_in_fhir() {
    let world = World::new();
    let ward = ward(&world);
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let carer = world.carer("C1").await;
    let mut sister = sister(&world, &ward, "E1").await;
    carer.start_bag(ada).await.unwrap();
    let drawn = signature();
    let refused = Err(Trouble::Bag(BagFault::SecondSignature));
    assert_eq!(counted(&carer, ada, None).await.map(drop), refused.clone());
    assert_eq!(counted(&carer, ada, second("", None)).await.map(drop), refused, "a typed name alone is no signature");
    let text = Some("data:text/html;base64,PGI+".to_owned());
    assert_eq!(counted(&carer, ada, second("", text)).await.map(drop), Err(Trouble::Bag(BagFault::File)));
    let page = counted(&carer, ada, second("", Some(url(&drawn)))).await.unwrap();
    let thing = bag(&page).belongings[0].clone();
    let signed = thing.counts[0].second.as_ref().unwrap().signed.unwrap();
    assert_eq!(thing.counts[0].hands(true), "Worker C1 and Jo Second (signed)");
    let file = FetchBagFile { person: ada, purpose: Purpose::Treat, file: signed.id };
    assert!(carer.ask(file).await.unwrap().picture.is_some(), "it can be looked at");
    carer.release_begun(ada).await;
    // And one by role, for a second person who does not sign on a screen.
    let mut later = BagCount { column: Column::BackHome, counts: vec![money(20)], second: second("Night nurse", None) };
    later.column = Column::OnTheWay;
    carer.ask(CountBag { person: ada, purpose: Purpose::Treat, count: later }).await.unwrap();
    carer.sync().await;
    let before = document(&world, ada);
    carer.sync_all().await;
    let document = document(&world, ada);
    assert_ne!(before["identifier"], document["identifier"], "the signature came: another document");

    let link = sister.get("/").await.links().into_iter().find(|link| link.starts_with("/bags/")).unwrap();
    let page = sister.get(&link).await;
    let pdf = sister.get(&format!("{link}/print.pdf")).await;
    let paper = extract_text_from_mem(&pdf.bytes).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    let hands = ["Worker C1 and Jo Second (signed)", "Worker C1 and Jo Second, Night nurse (name typed, not signed)"];
    for words in hands {
        assert!(page.text().contains(words), "{words}: {}", page.text());
        assert!(paper.contains(words), "{words}: {paper}");
        assert!(document.to_string().contains(words), "{words}");
    }
    let picture = page.links().into_iter().find(|link| link.contains(&signed.id.to_string())).expect("the signature");
    assert_eq!(sister.get(&picture).await.bytes, drawn);
    assert!(page.body.contains(
        "<svg class=\"w-ink\" role=\"img\" aria-label=\"The signature as it was drawn. Jo Second for 20 Money"
    ));
    assert!(paper.contains("Jo Second for 20 Money, leaving home"), "{paper}");
    let held = figures(&pdf.bytes);
    assert_eq!(held.len(), 1, "{held:?}");
    assert!(held[0].starts_with("The signature as it was drawn. Jo Second for 20 Money, leaving home"), "{held:?}");
    carer.ask(PrintBag { person: ada, purpose: Purpose::Treat }).await.unwrap();
    let file = fs::read_dir(&carer.home).unwrap().flatten().find(|e| e.path().extension().is_some_and(|e| e == "pdf"));
    let theirs = figures(&fs::read(file.unwrap().path()).unwrap());
    assert!(theirs.iter().any(|words| *words == held[0]), "and on the device's own paper: {theirs:?}");
    let with = passages(&document).into_iter().find(|one| one.get("signature").is_some()).expect("a signature");
    assert_eq!(with["signature"][0]["who"]["display"], "Jo Second");
    assert_eq!(with["signature"][0]["sigFormat"], "image/png");
    assert_eq!(with["agent"].as_array().unwrap().len(), 2);
    assert!(passages(&before).iter().all(|one| one.get("signature").is_none()), "before it came its words alone stood");
}
