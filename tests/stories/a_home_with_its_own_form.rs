//! A home asks and packs what it is used to: its questions and its list are on its devices after a round, what it answered goes to hospital
//! with its question, and what is given out has the same 27 sections as everybody's.

use desk::ask::{ShowBag, WriteBag};
use desk::bag::BagLine;
use hub::store::bags as rows;
use record::bag::form::Question;
use record::bag::{BagSection, HomeForm, ItemId, Step, words};
use record::consent::{Choice, Purpose};
use serde_json::Value;
use stories::bags::bag;
use stories::{Worker, World};

const FORM: &str = r#"{ "home": "ZZH1",
    "questions": [{ "section": "nursing", "label": "Hoist and sling" }, { "section": "individual", "label": "What calms them?" }],
    "things": [{ "code": "teddy", "label": "Teddy bear" }, { "code": "money", "label": "Money", "valuable": true }] }"#;

fn registered(world: &World, text: &str) {
    let form = serde_json::from_str::<HomeForm>(text).unwrap().checked().unwrap();
    let now = world.now();
    world.write(|tx| rows::put_form(tx, &form, now));
}

async fn answer(carer: &Worker, person: record::PersonId, question: &Question, text: &str) {
    let (section, item) = (question.section, question.item());
    let text = question.answered(text).into();
    let line = BagLine { section, item, text, why: String::new(), from: None, as_found: false, seen: vec![] };
    carer.ask(WriteBag { person, purpose: Purpose::Treat, line }).await.unwrap();
}

#[tokio::test]
async fn a_home_asks_what_it_is_used_to_and_everybody_understands_the_answer() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let (carer, nurse) = (world.carer("C1").await, world.nurse("N1").await);
    let home = carer.page(ada).await.asks.home;
    assert!(carer.page(ada).await.asks.questions.is_empty(), "the usual one");
    registered(&world, &FORM.replace("ZZH1", home.as_str()));
    let (before, after) = (carer.sync().await, carer.sync().await);
    assert!(after.bytes_in < before.bytes_in, "told once");
    let asks = carer.page(ada).await.asks;
    assert_eq!(asks.counted().iter().map(|thing| thing.code.as_str()).collect::<Vec<_>>(), ["teddy", "money"]);
    nurse.sync().await;
    assert!(nurse.page(ada).await.asks.questions.is_empty(), "it is the home's, and nobody else's");

    carer.start_bag(ada).await.unwrap();
    carer.confirm(ada).await;
    carer.write_line(ada, BagSection::Transfer, "reason", "Fall").await.unwrap();
    carer.write_line(ada, BagSection::Nursing, "hygiene", "Needs one person").await.unwrap();
    for (question, text) in asks.questions.iter().zip(["Large sling", "Her daughter's voice"]) {
        answer(&carer, ada, question, text).await;
    }
    carer.move_bag(ada, Step::Release).await.unwrap();
    carer.sync().await;

    // On the crew's device, which has never heard of that form.
    let crew = world.crew("P1").await;
    world.cut(true);
    crew.take_all(&carer.ask(ShowBag { person: ada, purpose: Purpose::Treat }).await.unwrap()).await;
    let page = crew.page(ada).await;
    let sent = bag(&page).released.as_deref().unwrap();
    let read = |section| sent.section(section).iter().map(|e| words(section, e)).collect::<Vec<_>>().join("; ");
    assert!(read(BagSection::Nursing).contains("Hoist and sling: Large sling"));
    assert!(
        read(BagSection::Nursing).contains("Washing and dressing: Needs one person"),
        "and so is what all are asked"
    );
    assert!(read(BagSection::Individual).contains("What calms them? Her daughter's voice"));
    world.cut(false);

    // Given out: the same sections as from every home, the answers with their questions.
    let released = world.write(|tx| {
        let (id, ..) = rows::all(tx)?[0];
        hub::bags::bag(tx, id)
    });
    let released = released.unwrap();
    let document: Value = hub::bags::fhir::document(&released, &|_| None).unwrap();
    let text = document.to_string();
    assert!(text.contains("Hoist and sling: Large sling") && text.contains("Washing and dressing: Needs one person"));

    // Back to what everybody has; the answers stay what they were.
    registered(&world, &format!(r#"{{ "home": "{home}" }}"#));
    carer.sync().await;
    assert!(carer.page(ada).await.asks.questions.is_empty());
    assert_eq!(ItemId::of("nursing", "own/Hoist and sling"), asks.questions[0].item());
}

/// A hub that was restored tells everything again, and so it does to a device that was put back.
#[tokio::test]
async fn a_home_keeps_its_form_when_a_device_is_put_back() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let carer = world.carer("C1").await;
    carer.sync().await;
    carer.ask(desk::ask::SignOut {}).await.unwrap();
    let old = carer.image();
    carer.sign_in().await.unwrap();
    let home = carer.page(ada).await.asks.home;
    registered(&world, &FORM.replace("ZZH1", home.as_str()));
    carer.sync().await;
    carer.ask(desk::ask::SignOut {}).await.unwrap();
    carer.put_back(&old);
    carer.sign_in().await.unwrap();
    assert!(carer.page(ada).await.asks.questions.is_empty());
    carer.sync().await;
    assert_eq!(carer.page(ada).await.asks.questions.len(), 2);
}
