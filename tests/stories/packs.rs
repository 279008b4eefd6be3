//! Policy packs: another programme's runs without a change of code; packs never run backwards; sources that may not be cached, or not for long.

use crate::consent::{emergency, glass};
use desk::Trouble;
use desk::ask::{GetPack, OpenForReason, OpenSource, SignOut};
use desk::trouble::Field;
use hub::{cached, packs};
use jiff::SignedDuration;
use record::Section;
use record::Sections;
use record::audit::{Entry, Event};
use record::chart::Content;
use record::consent::pack::{CacheRule, Lead, Pack};
use record::consent::{Choice, Mode, Purpose};
use record::people::Role;
use record::summary::{Absence, Note};
use serde_json::json;
use std::path::Path;
use stories::World;
use stories::opened::cells_of;
use stories::world::name_of;

/// Publishes a pack at the hub; false where its version is not higher.
pub(crate) fn publish(world: &World, pack: &Pack) -> bool {
    let signed = sync::wire::sign(pack.clone(), &world.hub.authority.signing).unwrap();
    world.write(|tx| {
        let kept = hub::store::trust::put_policy(tx, pack.version, &signed.bytes, &signed.signature)?;
        if kept {
            cached::take(tx, &pack.sources)?;
        }
        Ok(kept)
    })
}

#[tokio::test]
async fn a_hub_with_another_programmes_pack_asks_for_a_reason_first() {
    let world = World::new();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../hub/packs/reason-first.toml");
    let pack = Pack { version: 2, ..packs::read(&file).unwrap() };
    assert!(publish(&world, &pack));
    let ada = world.person(1, "Okonjo", Choice::None);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    let held = nurse.ask(GetPack {}).await.unwrap();
    assert_eq!((held.lead, held.version), (Lead::Reason, 2));
    // No reason, no record; a reason that is not on the list is none.
    assert!(matches!(nurse.open(ada).await, Err(Trouble::Input { field: Field::AccessReason, .. })));
    let open = |reason: &str| OpenForReason { person: ada, reason: reason.into(), wants: Sections::ALL };
    assert!(matches!(nurse.ask(open("curiosity")).await, Err(Trouble::Input { field: Field::AccessReason, .. })));
    // Nor by another way in.
    let asks = |name: String| assert_eq!(name, "Input");
    asks(name_of(&nurse.open_plan(ada).await));
    asks(name_of(&nurse.ask(desk::ask::OpenVisit { person: ada, purpose: Purpose::Treat }).await));
    asks(name_of(&nurse.bag(ada).await));
    asks(name_of(&nurse.access(ada).await));
    let key = "Patient/p1".to_owned();
    asks(name_of(&nurse.ask(desk::ask::OpenSource { person: ada, purpose: Purpose::Treat, key }).await));
    // Nothing recorded, and this programme does not ask each time: the reason opens it.
    nurse.ask(open("direct-care")).await.unwrap();
    nurse.open_plan(ada).await.unwrap();
    nurse.sync().await;
    let events: Vec<Event> = world
        .write(|tx| hub::store::audit::about(tx, ada))
        .iter()
        .map(|held| Entry::from_bytes(&held.bytes).unwrap().event)
        .collect();
    let reason = events.iter().position(|e| matches!(e, Event::AccessReason { code, .. } if code == "direct-care"));
    assert!(matches!(events[reason.unwrap() + 1], Event::Record { .. }), "{events:?}");
    // The reason was for this sitting.
    let nurse = nurse.sign_in_again().await;
    asks(name_of(&nurse.open_plan(ada).await));
    // An option this programme does not offer cannot be recorded.
    let said = desk::ask::RecordChoice {
        person: ada,
        choice: Choice::Y1,
        by: record::consent::DecidedBy::Person,
        until: None,
        note: String::new().into(),
        form: None,
        settles: vec![],
    };
    assert_eq!(name_of(&nurse.ask(said).await), "Input");
    // Consent as the fallback: too old, the rules ask.
    world.cut(true);
    world.pass(SignedDuration::from_hours(73));
    let nurse = nurse.sign_in_again().await;
    assert_eq!(name_of(&nurse.ask(open("direct-care")).await), "Refused");
}

#[tokio::test]
async fn packs_never_run_backwards_at_the_hub_or_on_a_device() {
    let world = World::new();
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    let pack = |version, mode| Pack { version, ..packs::dorset(mode).unwrap() };
    assert!(publish(&world, &pack(5, Mode::DiscussionToView)));
    for old in [5, 4, 1] {
        assert!(!publish(&world, &pack(old, Mode::AskEachTime)), "version {old}");
    }
    nurse.sync().await;
    assert_eq!(nurse.status().await.view_mode, Some(Mode::DiscussionToView));
    // A hub that was restored from an older copy shows an older pack: the device keeps what it has.
    world.write(|tx| tx.execute("delete from policy where version = 5", []));
    nurse.sync().await;
    let held = nurse.ask(GetPack {}).await.unwrap();
    assert_eq!((held.version, held.view.default), (5, Mode::DiscussionToView));
}

#[tokio::test]
async fn a_source_that_may_not_be_cached_never_leaves_and_its_place_says_so() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let condition = json!({ "resourceType": "Condition", "id": "secret1",
        "subject": { "identifier": { "system": "https://fhir.nhs.uk/Id/nhs-number",
            "value": record::NhsNumber::from_stem(999_000_001).unwrap().digits() } },
        "clinicalStatus": { "coding": [{ "code": "active" }] }, "code": { "text": "Kept at the clinic" } });
    world.feed_from("ZZSEX", "Sexual health clinic", &condition);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    let shows = |opened: &desk::view::OpenedChart| {
        let Some(problems) = opened.chart.section(Section::Problems) else { panic!() };
        let Content::Held(items) = &problems.content else { panic!() };
        let titles: Vec<String> = items.iter().map(|i| i.value.title.clone()).collect();
        let unavailable = problems.notes.iter().any(|n| n.value == Note::Absent(Absence::Unavailable));
        (titles.contains(&"Kept at the clinic".to_owned()), unavailable)
    };
    assert_eq!(shows(&nurse.opened(ada).await), (true, false));
    let mut blind = Pack { version: 2, ..packs::dorset(Mode::AskEachTime).unwrap() };
    blind.view.care_staff = Some(vec![record::Section::Allergies]);
    assert!(!blind.faults().is_empty(), "alerts are kept from nobody who cares for a person");
    let mut pack = Pack { version: 2, ..packs::dorset(Mode::AskEachTime).unwrap() };
    pack.sources.by_source.insert("ZZSEX".parse().unwrap(), CacheRule { cached: false, hours: None });
    assert!(publish(&world, &pack));
    // The next contact takes it off the device; a new device never gets it.
    nurse.sync().await;
    assert_eq!(shows(&nurse.opened(ada).await), (false, true));
    let key = "Condition/secret1".to_owned();
    let source = desk::ask::OpenSource { person: ada, purpose: record::consent::Purpose::Treat, key };
    assert_eq!(name_of(&nurse.ask(source).await), "NotCarried");
    let other = world.nurse("N2").await;
    other.sync().await;
    assert_eq!(shows(&other.opened(ada).await), (false, true));
    // And back again.
    let pack = Pack { version: 3, ..packs::dorset(Mode::AskEachTime).unwrap() };
    assert!(publish(&world, &pack));
    nurse.sync().await;
    assert_eq!(shows(&nurse.opened(ada).await), (true, false));
}

#[tokio::test]
async fn content_past_its_time_is_not_shown_is_erased_and_comes_again() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let mut pack = Pack { version: 2, ..packs::dorset(Mode::AskEachTime).unwrap() };
    pack.sources.by_source.insert("ZZG1".parse().unwrap(), CacheRule { cached: true, hours: Some(8) });
    assert!(publish(&world, &pack));
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    nurse.sync().await;
    let problems = |opened: desk::view::OpenedChart| {
        matches!(opened.chart.section(Section::Problems).unwrap().content, Content::Held(_))
    };
    assert!(problems(nurse.opened(ada).await));
    world.cut(true);
    world.pass(SignedDuration::from_hours(9));
    let nurse = nurse.sign_in_again().await;
    let opened = nurse.opened(ada).await;
    assert!(opened.listing.banner.contains("OKONJO"), "who it is stays known");
    assert!(!problems(opened));
    world.cut(false);
    nurse.sync().await;
    nurse.sync().await;
    assert!(problems(nurse.opened(ada).await));
}

/// What is sealed lies where no machine can look; it goes when the PIN opens it next, is not shown then either, and what is left is sealed anew.
#[tokio::test]
async fn sealed_content_past_its_time_is_never_shown_and_goes_when_it_is_opened() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::N1);
    let mut pack = Pack { version: 2, ..packs::dorset(Mode::AskEachTime).unwrap() };
    pack.sources.by_source.insert("ZZG1".parse().unwrap(), CacheRule { cached: true, hours: Some(8) });
    assert!(publish(&world, &pack));
    let trust = ("ZZC1", "Testshire Community Trust");
    let (nurse, drawn) = world.known("N1", trust, Role::RegulatedClinician, Some("TEAM")).await;
    nurse.sync().await;
    let allergies = |opened: desk::view::OpenedChart| {
        let section = opened.chart.section(Section::Allergies).unwrap();
        let unavailable = section.notes.iter().any(|n| n.value == Note::Absent(Absence::Unavailable));
        (matches!(section.content, Content::Held(_)), unavailable)
    };
    assert_eq!(allergies(nurse.break_glass(glass(ada, false)).await.unwrap()), (true, false));
    world.cut(true);
    world.pass(SignedDuration::from_hours(9));
    let nurse = nurse.sign_in_again().await;
    let lies = async || {
        nurse.ask(SignOut {}).await.unwrap();
        let cells = cells_of(&nurse, &drawn);
        nurse.sign_in().await.unwrap();
        let of = |table: &str, column: &str| -> Vec<Vec<u8>> {
            cells.iter().filter(|(t, c, _)| t == table && c == column).map(|(.., bytes)| bytes.clone()).collect()
        };
        (of("sealed", "bytes"), of("sealed", "ephemeral"), of("again", "person"))
    };
    let (before, key, again) = lies().await;
    assert_eq!(
        (before.len(), again.len()),
        (3, 0),
        "three compartments, and nothing could be taken out of them unopened"
    );

    assert_eq!(allergies(nurse.break_glass(glass(ada, false)).await.unwrap()), (false, true), "not shown");
    // The glass that is broken goes on with what is left; a resource whole is gone too.
    assert_eq!(allergies(nurse.ask(emergency(ada)).await.unwrap()), (false, true));
    // So it does when the line comes back: what a post brought would be sealed under another key.
    world.cut(false);
    nurse.sync().await;
    assert_eq!(allergies(nurse.ask(emergency(ada)).await.unwrap()), (false, true));
    world.cut(true);
    let source = OpenSource { person: ada, purpose: Purpose::EmergencyTreat, key: "AllergyIntolerance/a1".into() };
    assert_eq!(name_of(&nurse.ask(source).await), "NotCarried");
    let (after, anew, again) = lies().await;
    assert!(anew.iter().all(|one| !key.contains(one)), "sealed anew");
    assert!(
        after[2].len() < 100 && before[2].len() > 400,
        "no resource is left: {} of {}",
        after[2].len(),
        before[2].len()
    );
    assert_eq!(again, [ada.as_bytes().to_vec()], "she is asked for at the next contact");
    let opened = nurse.break_glass(glass(ada, false)).await.unwrap();
    assert!(opened.listing.banner.contains("OKONJO"), "who it is stays known");
    assert_eq!(allergies(opened), (false, true));
    assert_eq!(lies().await.1, anew, "once");

    world.cut(false);
    nurse.sync().await;
    nurse.sync().await;
    assert_eq!(allergies(nurse.break_glass(glass(ada, false)).await.unwrap()), (true, false));
}
