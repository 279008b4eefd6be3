//! The ward's pages through the hub's own routes: a bag that a home released arrives, is opened with an entry and a receipt, is received, moved,
//! packed and given to transport; and who does not get to see it.

use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use desk::Trouble;
use hub::store::{alerts, bags, people, trust};
use record::audit::{BagDeed, Event};
use record::bag::belongings::{Column, Standing};
use record::bag::{BagSection, Custody, State, Step};
use record::consent::{Choice, DecidedBy, Outcome, Recorded};
use record::people::Role;
use record::{PersonId, Stamp};
use stories::bags::bag;
use stories::browser::{Browser, Page};
use stories::officers::{WORDS, count, office, officer};
use stories::wards::{POOLE, sister, staff, ward};
use stories::{Worker, World};

/// A bag prepared and released by the home, known to the hub. `to`: who it goes to, if that is said.
async fn released(carer: &Worker, ada: PersonId, to: Option<&str>) {
    carer.start_bag(ada).await.unwrap();
    carer.confirm(ada).await;
    carer.write_line(ada, BagSection::Transfer, "reason", "Fall, and confused since this morning").await.unwrap();
    carer.write_line(ada, BagSection::Observations, "now", "NEWS2 5 at 09:10, pulse 112").await.unwrap();
    carer.write_line(ada, BagSection::EndOfLife, "original", "In the plastic wallet").await.unwrap();
    if let Some(to) = to {
        carer.write_line(ada, BagSection::Distribution, "to", to).await.unwrap();
    }
    carer.move_bag(ada, Step::Release).await.unwrap();
    carer.sync().await;
}

/// The address of the only bag on the list.
fn only(page: &Page) -> String {
    let mut links: Vec<String> = page.links().into_iter().filter(|link| link.starts_with("/bags/")).collect();
    assert_eq!(links.len(), 1, "{}", page.text());
    links.remove(0)
}

/// The names of the last passages, as the page's forms carry them.
fn seen(page: &Page) -> String {
    page.values("seen").remove(0)
}

fn deeds(world: &World, by: &str, deed: BagDeed, outcome: Outcome) -> usize {
    count(world, |staff, event| {
        staff == by && matches!(event, Event::Bag(act) if act.deed == deed && act.outcome == outcome)
    })
}

fn state(page: &desk::bag::BagPage) -> Option<State> {
    bag(page).custody.state()
}

/// The person tells the hub's own people what they choose now.
fn chose_at_the_hub(world: &World, person: PersonId, choice: Choice) {
    let now = world.now();
    let recorded = Recorded { choice, decided: Some(now), decided_by: DecidedBy::Person, ..Recorded::nothing() };
    world.write(|tx| {
        let row = people::person_row(tx, person)?.unwrap();
        trust::record_choice(tx, row, &recorded, "story/again", u64::MAX, now)
    });
}

#[tokio::test]
async fn a_bag_arrives_is_read_received_and_goes_back() {
    let world = World::new();
    let ward = ward(&world);
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let (carer, crew) = (world.carer("C1").await, world.crew("P1").await);
    let mut sister = sister(&world, &ward, "E1").await;
    assert!(sister.get("/").await.text().contains("No bag is on its way here"));

    released(&carer, ada, None).await;
    carer.hand_over(&crew, ada, Step::Accept).await;
    crew.sync().await;
    let list = sister.get("/").await;
    let text = list.text();
    let told = [
        "OKONJO, Ada",
        "84y",
        "Fall, and confused",
        "NEWS2 5 at 09:10",
        "Worker P1, South Western Ambulance",
        "On their way (1)",
    ];
    for words in told {
        assert!(text.contains(words), "{words}: {text}");
    }
    sister.get("/").await;
    assert_eq!(deeds(&world, "E1", BagDeed::Listed, Outcome::Permit), 1, "once in a session");
    assert!(count(&world, |staff, event| staff == "E1" && matches!(event, Event::Listed { .. })) >= 3);

    // Opening is a look, and a receipt for the home.
    let at = only(&list);
    let page = sister.get(&at).await;
    assert_eq!(page.status, StatusCode::OK);
    let text = page.text();
    let shown = [
        "Know this first",
        "penicillin",
        "Mill Lane Surgery",
        "In the plastic wallet",
        "None is recorded here. That is not a decision",
        "What has changed",
    ];
    for words in shown {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(text.find("Know this first") < text.find("Everything that was sent"), "what can harm is on top");
    assert!(page.body.contains("Nurse &lt;b&gt;E1&lt;/b&gt;") && !page.body.contains("<b>E1"));
    assert_eq!(deeds(&world, "E1", BagDeed::Looked, Outcome::Permit), 1);
    let looks = world.write(|tx| hub::audit::patient::looks(tx, ada));
    assert!(looks.iter().any(|look| look.what.contains("Opened the eRed Bag")), "the person can see it");
    sister.get(&at).await;
    carer.sync().await;
    let read = bag(&carer.page(ada).await).readers.clone();
    assert_eq!(read.len(), 1, "one receipt, however often it is opened");
    assert_eq!((read[0].by.organisation.as_str(), read[0].version), ("Dorset County Hospital", 1));

    // Received: both devices see it, signed by the hub in her name.
    let receive = [
        ("step", "receive"),
        ("seen", &seen(&page)),
        ("place-receive", "Bay 4"),
        ("tracker-receive", "RB-17"),
        ("items-receive", "5"),
    ];
    let after = sister.post(&format!("{at}/move"), &receive).await;
    assert_eq!((after.status, after.place.as_str()), (StatusCode::OK, at.as_str()), "{}", after.text());
    assert!(after.text().contains("In the emergency department"));
    carer.sync().await;
    crew.sync().await;
    for device in [&carer, &crew] {
        let page = device.page(ada).await;
        let Custody::Held(holding) = &bag(&page).custody else { panic!("one holder") };
        assert_eq!((holding.state, holding.holder.organisation()), (State::Received, "Dorset County Hospital"));
        let passage = bag(&page).passages.last().unwrap().clone();
        assert_eq!((passage.step, passage.device.as_str(), passage.unproven), (Step::Receive, "hub", false));
    }
    crew.sync().await;
    assert_eq!(crew.bag(ada).await, Err(Trouble::NotCarried), "handed on, and gone from the crew's device");
    // The button was pressed twice.
    let twice = sister.post(&format!("{at}/move"), &receive).await;
    assert_eq!(twice.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(twice.text().contains("There is a problem"));

    // The ward, the count, the way back.
    let page = sister.get(&at).await;
    let nowhere = [("step", "move"), ("seen", &seen(&page))];
    assert!(sister.post(&format!("{at}/move"), &nowhere).await.text().contains("Enter the ward"));
    let moved = [("step", "move"), ("seen", &seen(&page)), ("place-move", "Ward 7")];
    let page = sister.post(&format!("{at}/move"), &moved).await;
    assert!(page.text().contains("Ward 7") && page.text().contains("On a ward"));
    sister.get(&format!("{at}/belongings")).await;
    let alone = [("column", "leaving-hospital"), ("present-6", "yes"), ("present-12", "yes"), ("count-12", "20")];
    let alone = sister.post(&format!("{at}/belongings"), &alone).await;
    assert_eq!(alone.status, StatusCode::UNPROCESSABLE_ENTITY, "money is counted by two");
    let two = [
        ("column", "leaving-hospital"),
        ("present-6", "yes"),
        ("present-12", "yes"),
        ("count-12", "20"),
        ("second", "Jo Second"),
        ("second-title", "Staff nurse"),
    ];
    assert_eq!(sister.post(&format!("{at}/belongings"), &two).await.status, StatusCode::OK);
    let packed = [
        ("step", "return"),
        ("seen", &seen(&page)),
        ("packed-summary", "yes"),
        ("remark-return", "Amoxicillin stopped"),
    ];
    let page = sister.post(&format!("{at}/move"), &packed).await;
    assert!(page.text().contains("In the bag: Discharge summary. Amoxicillin stopped"), "{}", page.text());
    let given = [
        ("step", "carry"),
        ("seen", &seen(&page)),
        ("name-carry", "Sam Reed"),
        ("organisation-carry", "Patient transport"),
    ];
    let page = sister.post(&format!("{at}/move"), &given).await;
    assert!(
        page.text().contains("Bags for Dorset County Hospital"),
        "the list, for the bag is another's now: {}",
        page.text()
    );
    assert_eq!(sister.get(&at).await.status, StatusCode::FORBIDDEN, "no longer this hospital's");
    carer.sync().await;
    let page = carer.page(ada).await;
    assert_eq!(state(&page), Some(State::Returning));
    let steps: Vec<Step> = bag(&page).passages.iter().map(|p| p.step).collect();
    assert_eq!(steps, [Step::Release, Step::Accept, Step::Receive, Step::Move, Step::Return, Step::Carry]);
    let money = bag(&page).belongings.iter().find(|b| b.code == "money").unwrap().clone();
    assert_eq!(
        (money.counts[0].column, money.counts[0].hands(true).as_str()),
        (Column::LeavingHospital, "Nurse <b>E1</b> and Jo Second, Staff nurse (name typed, not signed)")
    );
    assert_eq!(money.standing, Standing::Agrees);
    let closed = carer.accept(ada, Step::Close).await.unwrap();
    assert_eq!(state(&closed.page), Some(State::Closed));
    assert!(sister.get("/").await.links().iter().all(|link| !link.starts_with("/bags/")), "over");
}

#[tokio::test]
async fn nobody_gets_in_without_signing_in_and_no_page_says_who_in_its_address_or_title() {
    let world = World::new();
    let ward = ward(&world);
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let carer = world.carer("C1").await;
    released(&carer, ada, None).await;
    let mut sister = sister(&world, &ward, "E1").await;
    let at = only(&sister.get("/").await);
    let mut stranger = Browser::at_ward(&ward);
    let places = ["/".to_owned(), at.clone(), format!("{at}/print"), format!("{at}/belongings")];
    for place in &places {
        assert!(stranger.get(place).await.place.starts_with("/sign-in"), "{place}");
        let page = sister.get(place).await;
        let header = |name| page.headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
        assert!(header(CONTENT_SECURITY_POLICY).starts_with("default-src 'none'; style-src 'self';"), "{place}");
        assert_eq!(header(CACHE_CONTROL), "no-store", "{place}");
        assert!(!page.body.contains("<script") && page.body.matches("<h1").count() == 1, "{place}");
        let title = page.body.split("<title>").nth(1).unwrap().split("</title>").next().unwrap();
        for private in ["OKONJO", "ADA", "999", "FALL"] {
            assert!(!title.to_uppercase().contains(private), "{place}: {title}");
            assert!(page.links().iter().all(|link| !link.to_uppercase().contains(private)), "{place}");
            assert!(!page.place.to_uppercase().contains(private), "{place}");
        }
        // Each field has a label of its own, and no two things have one name.
        let ids: Vec<&str> = page.body.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let mut once = ids.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), ids.len(), "{place}");
        let fors = page.body.split(" for=\"").skip(1).filter_map(|rest| rest.split('"').next());
        assert!(fors.into_iter().all(|label| ids.contains(&label)), "{place}");
    }
    assert_eq!(deeds(&world, "E1", BagDeed::Printed, Outcome::Permit), 1);
    // The desk's cookie opens nothing here, and the ward's nothing there.
    let desk = office(&world);
    let mut privacy = officer(&world, &desk).await;
    let mut here = Browser::at_ward(&ward);
    here.cookie = privacy.cookie.clone();
    assert!(here.get("/").await.place.starts_with("/sign-in"));
    privacy.cookie = sister.cookie.clone();
    assert!(privacy.get("/").await.place.starts_with("/sign-in"));
    for bad in ["/bags/x", "/bags/00000000000000000000000000000000", "/nowhere"] {
        assert_eq!(sister.get(bad).await.status, StatusCode::NOT_FOUND, "{bad}");
    }
}

#[tokio::test]
async fn a_form_of_another_site_does_nothing() {
    let world = World::new();
    let ward = ward(&world);
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let carer = world.carer("C1").await;
    released(&carer, ada, None).await;
    let mut sister = sister(&world, &ward, "E1").await;
    let at = only(&sister.get("/").await);
    let page = sister.get(&at).await;
    let fields = [("step", "receive"), ("seen", &seen(&page)), ("token", "00")];
    for place in ["move", "belongings", "reason", "emergency"] {
        assert_eq!(sister.post_as_is(&format!("{at}/{place}"), &fields).await.status, StatusCode::FORBIDDEN, "{place}");
    }
    carer.sync().await;
    assert_eq!(state(&carer.page(ada).await), Some(State::Released));
}

#[tokio::test]
async fn who_said_no_one_is_not_shown_and_that_somebody_asked_is_recorded() {
    let world = World::new();
    let ward = ward(&world);
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let carer = world.carer("C1").await;
    released(&carer, ada, None).await;
    chose_at_the_hub(&world, ada, Choice::N2);
    let mut sister = sister(&world, &ward, "E1").await;
    let list = sister.get("/").await;
    let text = list.text();
    assert!(text.contains("Name not shown") && text.contains("no one may see their record"), "{text}");
    let at = only(&list);
    for place in [at.clone(), format!("{at}/print"), format!("{at}/belongings")] {
        let page = sister.get(&place).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN);
        assert!(page.text().contains("not even in an emergency"), "{}", page.text());
        for private in ["OKONJO", "penicillin", "Fall"] {
            assert!(!page.body.contains(private) && !list.body.contains(private), "{private}");
        }
    }
    assert_eq!(deeds(&world, "E1", BagDeed::Looked, Outcome::Deny), 2);
    assert_eq!(deeds(&world, "E1", BagDeed::Printed, Outcome::Deny), 1);
    // Nor can she act on it.
    let id = at.trim_start_matches("/bags/").parse().unwrap();
    let before = world.write(|tx| bags::notes(tx, id)).len();
    let receive = sister.post(&format!("{at}/move"), &[("step", "receive"), ("seen", "")]).await;
    assert_eq!(receive.status, StatusCode::FORBIDDEN);
    assert_eq!(world.write(|tx| bags::notes(tx, id)).len(), before);
    assert_eq!(deeds(&world, "E1", BagDeed::Accepted, Outcome::Deny), 1);
}

#[tokio::test]
async fn another_hospital_does_not_see_a_bag_that_is_not_sent_to_it() {
    let world = World::new();
    let ward = ward(&world);
    let (ada, ben) = (world.person(1, "Okonjo", Choice::Y3), world.person(2, "Frost", Choice::Y3));
    let carer = world.carer("C1").await;
    let mut dorset = sister(&world, &ward, "E1").await;
    let mut poole = staff(&world, &ward, "E2", Role::RegulatedClinician, POOLE).await;
    released(&carer, ada, Some("Dorset County Hospital, emergency department")).await;
    released(&carer, ben, None).await;
    assert!(dorset.get("/").await.text().contains("OKONJO"));
    let list = poole.get("/").await;
    assert!(!list.body.contains("OKONJO") && list.body.contains("FROST"), "one names no hospital");
    let bens = only(&list);
    // Once somebody has it, it is theirs.
    let page = dorset.get(&bens).await;
    dorset.post(&format!("{bens}/move"), &[("step", "receive"), ("seen", &seen(&page))]).await;
    assert!(poole.get("/").await.links().iter().all(|link| !link.starts_with("/bags/")));
    let refused = poole.get(&bens).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.text().contains("No relationship") && !refused.body.contains("FROST"));
    assert_eq!(deeds(&world, "E2", BagDeed::Looked, Outcome::Deny), 1);
}

#[tokio::test]
async fn a_correction_is_said_on_the_list_and_on_the_bag() {
    let world = World::new();
    let ward = ward(&world);
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let carer = world.carer("C1").await;
    released(&carer, ada, None).await;
    let mut sister = sister(&world, &ward, "E1").await;
    let at = only(&sister.get("/").await);
    sister.get(&at).await;
    carer.sync().await;
    carer.write_line(ada, BagSection::Concern, "baseline", "Needs two people to stand").await.unwrap();
    carer.move_bag(ada, Step::Correct).await.unwrap();
    carer.sync().await;
    assert!(sister.get("/").await.text().contains("version 2"));
    let page = sister.get(&at).await;
    assert!(page.text().contains("Corrected by the home") && page.text().contains("You read version 1 before"));
    assert!(page.text().contains("Needs two people to stand"));
    carer.sync().await;
    let versions: Vec<u32> = bag(&carer.page(ada).await).readers.iter().map(|r| r.version).collect();
    assert_eq!(versions, [1, 2]);
}

#[tokio::test]
async fn only_in_an_emergency_is_opened_with_the_passphrase_and_a_reason_and_is_an_alert() {
    let world = World::new();
    let ward = ward(&world);
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let carer = world.carer("C1").await;
    released(&carer, ada, None).await;
    carer.chosen(ada, Choice::N1).await;
    carer.sync().await;
    let mut sister = sister(&world, &ward, "E1").await;
    let list = sister.get("/").await;
    assert!(list.body.contains("OKONJO") && !list.body.contains("Fall"), "a name, and not why");
    let at = only(&list);
    assert_eq!(sister.get(&at).await.status, StatusCode::FORBIDDEN);
    assert!(sister.get(&at).await.text().contains("For another reason"));
    let page = sister.post(&format!("{at}/reason"), &[("reason", "emergency")]).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN, "{}", page.text());
    assert!(page.text().contains("Open it in an emergency"));
    let glass = |words: &'static str, passphrase: &'static str| {
        [("override", "5"), ("condition", "0"), ("text", words), ("passphrase", passphrase)]
    };
    let wrong = sister.post(&format!("{at}/emergency"), &glass("Unconscious on arrival", "not it at all")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let short = sister.post(&format!("{at}/emergency"), &glass("ill", WORDS)).await;
    assert!(short.status == StatusCode::UNPROCESSABLE_ENTITY && short.text().contains("Say what has happened"));
    let open = sister.post(&format!("{at}/emergency"), &glass("Unconscious on arrival", WORDS)).await;
    assert_eq!(open.status, StatusCode::OK, "{}", open.text());
    assert!(open.text().contains("Opened in an emergency") && open.text().contains("penicillin"));
    assert_eq!(sister.get(&at).await.status, StatusCode::OK);
    let broken = |staff: &str, event: &Event| staff == "E1" && matches!(event, Event::BreakGlass { .. });
    assert_eq!(count(&world, broken), 1, "declared once");
    let open = world.write(alerts::open_counts);
    assert!(open.iter().any(|(kind, n)| *kind == alerts::Kind::BreakGlass && *n == 1));
    world.pass(jiff::SignedDuration::from_mins(9));
    for _ in 0..7 {
        sister.get("/").await;
        world.pass(jiff::SignedDuration::from_mins(9));
    }
    assert_eq!(sister.get(&at).await.status, StatusCode::FORBIDDEN, "an hour is over");
}

#[tokio::test]
async fn a_programme_that_asks_for_a_reason_first_is_told_it_once_and_nothing_is_shown_before() {
    let world = World::new();
    let ward = ward(&world);
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let carer = world.carer("C1").await;
    released(&carer, ada, None).await;
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../hub/packs/reason-first.toml");
    let pack = hub::packs::read(&file).unwrap();
    let signed = sync::wire::sign(record::consent::Pack { version: 2, ..pack }, &world.hub.authority.signing).unwrap();
    world.write(|tx| trust::put_policy(tx, 2, &signed.bytes, &signed.signature));
    let mut sister = sister(&world, &ward, "E1").await;
    let list = sister.get("/").await;
    assert!(list.body.contains("OKONJO") && !list.body.contains("Fall"), "{}", list.text());
    let at = only(&list);
    for place in [at.clone(), format!("{at}/print")] {
        let page = sister.get(&place).await;
        assert!(page.text().contains("Why do you need to see this bag?") && !page.body.contains("OKONJO"));
    }
    let none = sister.post(&format!("{at}/reason"), &[("reason", "curious")]).await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(deeds(&world, "E1", BagDeed::Looked, Outcome::Permit), 0);
    let page = sister.post(&format!("{at}/reason"), &[("reason", "direct-care")]).await;
    assert!(page.status == StatusCode::OK && page.text().contains("penicillin"), "{}", page.text());
    assert_eq!(page.place, at, "not in the address");
    assert_eq!(sister.get(&at).await.status, StatusCode::OK, "asked once in a session");
    let said = |staff: &str, event: &Event| {
        staff == "E1"
            && matches!(event, Event::AccessReason { subject, code } if *subject == ada && code == "direct-care")
    };
    assert_eq!(count(&world, said), 1);
}

#[tokio::test]
async fn what_the_hub_signed_is_carried_on_from_screen_to_screen_and_a_forgery_of_it_is_not() {
    let world = World::new();
    let ward = ward(&world);
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let carer = world.carer("C1").await;
    released(&carer, ada, None).await;
    let mut sister = sister(&world, &ward, "E1").await;
    let at = only(&sister.get("/").await);
    let page = sister.get(&at).await;
    sister.post(&format!("{at}/move"), &[("step", "receive"), ("seen", &seen(&page))]).await;
    carer.sync().await;
    let other = world.hospital("W1").await;
    let codes = carer.show(ada).await;
    world.cut(true);
    other.take_all(&codes).await;
    let page = other.page(ada).await;
    let passage = bag(&page).passages.last().unwrap().clone();
    assert_eq!((passage.step, passage.device.as_str(), passage.unproven), (Step::Receive, "hub", false));
    world.cut(false);

    // Somebody's device writes as if it were the hub's pages.
    let held = world.write(|tx| bags::notes(tx, at.trim_start_matches("/bags/").parse().unwrap()));
    let mut forged = held.iter().map(|(bytes, ..)| sync::bag::Sheet::read(bytes, [0; 64]).unwrap().note);
    let forged = forged.rfind(|note| note.chain.as_str() == "hub/E1").unwrap();
    let forged = record::bag::Note { at: Stamp::from_millis(forged.at.millis() + 5), ..forged };
    let forged = sync::bag::Sheet::sign(forged, &hub::SigningKey::from_bytes(&[8; 32])).unwrap();
    let posted = [(forged.bytes().to_vec(), *forged.signature())];
    let key = world.hub.authority.signing.verifying_key();
    let now = world.now();
    let chain = "D1/C1".parse().unwrap();
    let taken = world.write(|tx| hub::bags::take_in(tx, &key, (&chain, &posted), now));
    assert!(taken.held.is_empty() && taken.refused.len() == 1);
}
