//! After "no one, not even in an emergency", and after "only in an emergency": what the device's own organisation wrote itself stays and can be
//! read, and only that; what anybody else wrote is not there, byte for byte. A part never looks like the record (hazard H33, decision 0066).

use crate::consent::{emergency, events, glass, says};
use desk::Trouble;
use desk::ask::{EndGlass, GetPack, OpenChart, OpenOwn, OpenOwnSource, SignOut, SyncNow};
use desk::view::OwnPage;
use hub::store::{people, trust};
use jiff::SignedDuration;
use record::audit::Event;
use record::consent::pack::{CacheRule, Pack};
use record::consent::{Choice, Mode, Outcome, Purpose, Recorded, Relationship, Rule};
use record::people::Role;
use record::{PersonId, Section};
use serde_json::json;
use std::sync::atomic::Ordering;
use stories::World;
use stories::bags::{HOSPITAL, ROSE_COURT};
use stories::opened::{Cell, cells_of, holds};
use stories::visits::about;
use stories::world::name_of;
use sync::frame::{DEVICE_LEVEL, Dictionary, Folder};
use sync::own::OwnFrames;

const TRUST: (&str, &str) = ("ZZC1", "Testshire Community Trust");
/// Of the practice and the hospital: words that may not be on a device of the trust or the home.
const OTHERS: [&str; 3] = ["Hypertension", "penicillin", "Bypass of the coronary artery"];

/// A problem of this person as an organisation has it.
fn writes(world: &World, (ods, name): (&str, &str), id: &str, text: &str) {
    let problem = json!({ "resourceType": "Condition", "id": id, "subject": { "reference": "Patient/p1" },
        "clinicalStatus": { "coding": [{ "code": "active" }] }, "recordedDate": "2026-02-03", "code": { "text": text } });
    world.feed_from(ods, name, &about((1, "Okonjo"), problem));
}

/// What the trust, the home and the hospital have of Ada, beside her practice.
fn ada(world: &World, choice: Choice) -> PersonId {
    let ada = world.person(1, "Okonjo", choice);
    writes(world, TRUST, "t1", "Leg ulcer of the left calf");
    writes(world, ROSE_COURT, "h1", "Needs two people to stand");
    writes(world, HOSPITAL, "d1", "Bypass of the coronary artery");
    // The trust asked, and was told of no allergy: alone it would pass for "no known allergies".
    let none = json!({ "resourceType": "AllergyIntolerance", "id": "t2", "patient": { "reference": "Patient/p1" },
        "clinicalStatus": { "coding": [{ "code": "active" }] }, "code": { "coding": [{ "system": "http://snomed.info/sct",
            "code": "716186003", "display": "No known allergy" }] } });
    world.feed_from(TRUST.0, TRUST.1, &about((1, "Okonjo"), none));
    ada
}

fn chosen_at_the_hub(world: &World, person: PersonId, choice: Choice, key: &str) {
    let now = world.now();
    world.write(|tx| {
        let row = people::person_row(tx, person)?.unwrap();
        let recorded = Recorded { choice, decided: Some(now), ..Recorded::nothing() };
        trust::record_choice(tx, row, &recorded, key, u64::MAX, now).map(|_| ())
    });
}

fn asked(person: PersonId) -> OpenOwn {
    OpenOwn { person, purpose: Purpose::Treat }
}

/// What stands in it: section and titles.
fn said(page: &OwnPage) -> Vec<(Section, String)> {
    let one =
        |s: &record::own::OwnSection| s.items.iter().map(|i| (s.section, i.value.title.clone())).collect::<Vec<_>>();
    page.part.sections.iter().flat_map(one).collect()
}

/// Everything in a vault, as it lies there and as it unfolds.
fn everything(cells: &[Cell]) -> Vec<u8> {
    let mut plain = Folder::new(Dictionary::none(), DEVICE_LEVEL);
    let mut all = Vec::new();
    for (.., bytes) in cells {
        all.extend_from_slice(bytes);
        all.extend(plain.unfold_short(bytes, 1 << 24).unwrap_or_default());
    }
    all
}

/// In the vault of somebody who signed out stands nothing of these, and their words are found where they must be.
fn nothing_of(cells: &[Cell], words: &[&str], own: &str) {
    let all = everything(cells);
    assert!(holds(&all, own.as_bytes()), "the search finds what is there");
    for word in words {
        assert!(!holds(&all, word.as_bytes()), "{word} is in the vault");
    }
    let tables: Vec<&str> = cells.iter().map(|(table, ..)| table.as_str()).collect();
    assert!(!tables.contains(&"frame") && !tables.contains(&"sealed"), "no frame of anybody");
}

#[tokio::test]
async fn a_no_at_the_bedside_leaves_what_the_own_organisation_wrote_and_nothing_else() {
    let world = World::new();
    let ada = ada(&world, Choice::Y3);
    let (nurse, drawn) = world.known("N1", TRUST, Role::RegulatedClinician, Some("TEAM")).await;
    world.cut(true);
    nurse.opened(ada).await;
    assert_eq!(nurse.ask(asked(ada)).await.unwrap_err(), Trouble::NotCarried, "the record is here: there is no part");
    nurse.ask(says(ada, Choice::N2)).await.unwrap();
    // The record is closed, and the refusal says what there is.
    for purpose in [Purpose::Treat, Purpose::EmergencyTreat, Purpose::Safeguard] {
        let Err(Trouble::Refused(why)) = nurse.ask(OpenChart { purpose, ..emergency(ada) }).await else { panic!() };
        assert_eq!(why.own.as_deref(), Some(TRUST.1));
    }
    assert!(!nurse.caseload().await.rows[0].carried);
    let page = nurse.ask(asked(ada)).await.unwrap();
    assert_eq!(said(&page), [(Section::Problems, "Leg ulcer of the left calf".into())]);
    assert_eq!(page.organisation, TRUST.1);
    assert!(page.sentence.starts_with("This is a part. The shared record is closed by the choice of OKONJO, Ada"));
    assert!(page.sentence.contains("10-Mar-2026") && page.sentence.contains("allergies"), "{}", page.sentence);
    let shown = serde_json::to_string(&page).unwrap();
    assert!(!shown.contains("No known") && OTHERS.iter().all(|word| !shown.contains(word)), "{shown}");
    // The original too, and nobody else's.
    let source = |key: &str| OpenOwnSource { person: ada, purpose: Purpose::Treat, key: key.into() };
    assert!(nurse.ask(source("Condition/t1")).await.unwrap().json.contains("Leg ulcer"));
    assert_eq!(nurse.ask(source("Condition/d1")).await.unwrap_err(), Trouble::NotCarried);
    nurse.ask(SignOut {}).await.unwrap();
    nothing_of(&cells_of(&nurse, &drawn), &OTHERS, "Leg ulcer");

    // The hub hears of it, and leaves it as it is; what the trust writes later comes, what the hospital writes does not.
    nurse.sign_in().await.unwrap();
    world.cut(false);
    nurse.sync().await;
    assert_eq!(said(&nurse.ask(asked(ada)).await.unwrap()).len(), 1);
    writes(&world, TRUST, "t3", "Ulcer healing");
    writes(&world, HOSPITAL, "d2", "Atrial fibrillation");
    nurse.sync().await;
    let titles: Vec<String> = said(&nurse.ask(asked(ada)).await.unwrap()).into_iter().map(|(_, title)| title).collect();
    assert_eq!(titles.len(), 2, "{titles:?}");
    nurse.ask(SignOut {}).await.unwrap();
    nothing_of(&cells_of(&nurse, &drawn), &[&OTHERS[..], &["Atrial fibrillation"]].concat(), "Ulcer healing");

    // A change of mind: at the next contact the whole comes back, and there is no part any more.
    nurse.sign_in().await.unwrap();
    world.cut(true);
    nurse.ask(says(ada, Choice::Y3)).await.unwrap();
    assert_eq!(nurse.open(ada).await, Err(Trouble::NotCarried), "a part is not shown as the record");
    let page = nurse.ask(asked(ada)).await.unwrap();
    assert!(
        page.sentence.starts_with("This is a part. The shared record is not on this device yet."),
        "{}",
        page.sentence
    );
    world.cut(false);
    nurse.sync().await;
    let chart = nurse.opened(ada).await.chart;
    assert!(OTHERS[..2].iter().all(|word| serde_json::to_string(&chart).unwrap().contains(word)));
    assert_eq!(nurse.ask(asked(ada)).await.unwrap_err(), Trouble::NotCarried);

    // Each look stands in the audit with its rule, before it was shown; the person reads it in their own words.
    let events = events(&world, ada);
    let own = |e: &&Event| matches!(e, Event::Record { rule: Rule::OwnRecord, outcome: Outcome::Permit, .. });
    assert_eq!(events.iter().filter(own).count(), 5, "{events:?}");
    assert!(events.iter().any(|e| matches!(e, Event::Source { rule: Rule::OwnRecord, .. })));
}

#[tokio::test]
async fn a_no_at_the_hub_sends_each_organisation_its_own_and_nobody_anything_else() {
    let world = World::new();
    let ada = ada(&world, Choice::N2);
    let (nurse, drawn) = world.known("N1", TRUST, Role::RegulatedClinician, Some("TEAM")).await;
    let (carer, of_home) = world.known("C1", ROSE_COURT, Role::CareStaff, Some("TEAM")).await;
    let (crew, of_crew) = world.crew_known("A1").await;
    let wants = |page: &OwnPage| said(page).into_iter().map(|(_, title)| title).collect::<Vec<_>>();
    assert_eq!(wants(&nurse.ask(asked(ada)).await.unwrap()), ["Leg ulcer of the left calf"]);
    // Care staff always keep their own home's record (`reference/consent.md` section 6).
    assert_eq!(wants(&carer.ask(asked(ada)).await.unwrap()), ["Needs two people to stand"]);
    for (worker, drawn, own, others) in [
        (&nurse, &drawn, "Leg ulcer", ["Needs two people", OTHERS[0], OTHERS[1], OTHERS[2]]),
        (&carer, &of_home, "Needs two people", ["Leg ulcer", OTHERS[0], OTHERS[1], OTHERS[2]]),
        (&crew, &of_crew, "South Western", ["Leg ulcer", "Needs two people", OTHERS[0], OTHERS[2]]),
    ] {
        worker.ask(SignOut {}).await.unwrap();
        nothing_of(&cells_of(worker, drawn), &others, own);
    }
    // It counts as what was on the device, should it be lost; and a choice at the hub while it is away leaves it there.
    nurse.sign_in().await.unwrap();
    chosen_at_the_hub(&world, ada, Choice::Y3, "changed");
    nurse.sync().await;
    nurse.opened(ada).await;
    chosen_at_the_hub(&world, ada, Choice::N2, "changed again");
    nurse.sync().await;
    assert_eq!(name_of(&nurse.open(ada).await), "Refused");
    assert_eq!(wants(&nurse.ask(asked(ada)).await.unwrap()), ["Leg ulcer of the left calf"]);
    nurse.ask(SignOut {}).await.unwrap();
    nothing_of(&cells_of(&nurse, &drawn), &OTHERS, "Leg ulcer");
}

#[tokio::test]
async fn only_in_an_emergency_seals_what_others_wrote_and_leaves_the_own_part_to_be_read() {
    let world = World::new();
    let ada = ada(&world, Choice::Y3);
    let (nurse, drawn) = world.known("N1", TRUST, Role::RegulatedClinician, Some("TEAM")).await;
    for by_hub in [false, true] {
        world.cut(!by_hub);
        match by_hub {
            true => {
                chosen_at_the_hub(&world, ada, Choice::N1, "sealed at the hub");
                nurse.sync().await;
            }
            false => drop(nurse.ask(says(ada, Choice::N1)).await.unwrap()),
        }
        assert!(nurse.caseload().await.rows[0].sealed);
        let Err(Trouble::Refused(why)) = nurse.open(ada).await else { panic!() };
        assert_eq!(why.own.as_deref(), Some(TRUST.1));
        assert_eq!(said(&nurse.ask(asked(ada)).await.unwrap()).len(), 1);
        // Break-glass opens the whole, and the part stays what it was.
        let opened = nurse.break_glass(glass(ada, false)).await.unwrap();
        let allergies = serde_json::to_string(opened.chart.section(Section::Allergies).unwrap()).unwrap();
        assert!(allergies.contains("penicillin"), "what others wrote is in the whole");
        nurse.ask(EndGlass {}).await.unwrap();
        nurse.ask(SignOut {}).await.unwrap();
        let all = everything(&cells_of(&nurse, &drawn));
        assert!(holds(&all, b"Leg ulcer") && OTHERS.iter().all(|word| !holds(&all, word.as_bytes())), "sealed");
        nurse.sign_in().await.unwrap();
        world.cut(false);
        nurse.sync().await;
        chosen_at_the_hub(&world, ada, Choice::Y3, if by_hub { "yes" } else { "yes again" });
        nurse.sync().await;
        nurse.opened(ada).await;
    }
    // From sealed to never, without a key to what is sealed: the part that was set aside stays.
    world.cut(true);
    nurse.ask(says(ada, Choice::N1)).await.unwrap();
    nurse.ask(says(ada, Choice::N2)).await.unwrap();
    assert_eq!(said(&nurse.ask(asked(ada)).await.unwrap()).len(), 1);
    nurse.ask(SignOut {}).await.unwrap();
    nothing_of(&cells_of(&nurse, &drawn), &OTHERS, "Leg ulcer");
}

#[tokio::test]
async fn who_has_no_business_with_it_is_refused_and_recorded() {
    let world = World::new();
    let ada = ada(&world, Choice::N2);
    let clerk = world.known("K1", TRUST, Role::Admin, Some("TEAM")).await.0;
    let nurse = world.known("N1", TRUST, Role::RegulatedClinician, Some("TEAM")).await.0;
    let refused = |reply: Result<OwnPage, Trouble>| match reply {
        Err(Trouble::Refused(why)) => *why,
        other => panic!("{other:?}"),
    };
    assert!(refused(clerk.ask(asked(ada)).await).basis.rule.ends_with('2'), "a role without content");
    assert_eq!(refused(clerk.ask(asked(ada)).await).own, None, "nor is it offered");
    let other = OpenOwn { purpose: Purpose::Other, ..asked(ada) };
    assert!(refused(nurse.ask(other).await).basis.rule.ends_with('1'));
    clerk.sync().await;
    let denied = |e: &&Event| matches!(e, Event::Record { outcome: Outcome::Deny, rule: Rule::RoleWithoutContent, .. });
    assert_eq!(events(&world, ada).iter().filter(denied).count(), 2);
    // Off the list, nothing stays: not the part either. On a claim of one's own, none comes.
    let team = world.team();
    let row = world.write(|tx| people::person_row(tx, ada)).unwrap();
    world.write(|tx| hub::store::caseload::leave(tx, team, row));
    nurse.sync().await;
    assert_eq!(nurse.ask(asked(ada)).await.unwrap_err(), Trouble::NotCarried);
    world.write(|tx| hub::store::caseload::join(tx, team, row, Relationship::SelfClaimed));
    nurse.sync().await;
    let why = refused(nurse.ask(asked(ada)).await);
    assert!(why.basis.rule.ends_with('9') && why.own.is_none());
}

#[tokio::test]
async fn past_the_time_for_which_it_may_be_kept_it_is_not_shown_and_goes_and_comes_back_with_the_hub() {
    let world = World::new();
    let ada = ada(&world, Choice::N2);
    let mut pack = Pack { version: 2, ..hub::packs::dorset(Mode::AskEachTime).unwrap() };
    pack.sources.by_source.insert(TRUST.0.parse().unwrap(), CacheRule { cached: true, hours: Some(8) });
    assert!(crate::packs::publish(&world, &pack));
    let (nurse, drawn) = world.known("N1", TRUST, Role::RegulatedClinician, Some("TEAM")).await;
    nurse.sync().await;
    nurse.ask(asked(ada)).await.unwrap();
    world.cut(true);
    world.pass(SignedDuration::from_hours(9));
    let nurse = nurse.sign_in_again().await;
    assert_eq!(nurse.ask(asked(ada)).await.unwrap_err(), Trouble::NotCarried);
    nurse.ask(SignOut {}).await.unwrap();
    assert!(!holds(&everything(&cells_of(&nurse, &drawn)), b"Leg ulcer"), "erased");
    nurse.sign_in().await.unwrap();
    world.cut(false);
    nurse.sync().await;
    nurse.sync().await;
    assert_eq!(said(&nurse.ask(asked(ada)).await.unwrap()).len(), 1);
}

/// The letter of somebody whose record is closed and that of their own part are two: a cut between them, in a first fetch, loses neither.
#[tokio::test]
async fn a_cut_between_two_letters_brings_both_again() {
    let world = World::new();
    let ada = ada(&world, Choice::N2);
    world.person(2, "Marlow", Choice::Y3);
    let nurse = world.nurse("N1").await;
    // What stands before people in an answer comes first; then every cut is one among them.
    let mut first = 0;
    while nurse.ask(GetPack {}).await.is_err() {
        first += 100;
        world.weather.cut_answer_at.store(first, Ordering::Relaxed);
        nurse.ask(SyncNow {}).await.unwrap_err();
    }
    let mut known = Vec::new();
    for cut in (0..).step_by(20) {
        world.weather.cut_answer_at.store(cut, Ordering::Relaxed);
        let done = nurse.ask(SyncNow {}).await.is_ok();
        known.push((nurse.caseload().await.rows.len(), nurse.ask(asked(ada)).await.is_ok()));
        if done {
            break;
        }
    }
    assert!(known.contains(&(1, false)), "a cut fell between the two: {known:?}");
    assert_eq!(said(&nurse.ask(asked(ada)).await.unwrap()).len(), 1);
}

/// What the hub sends is looked at again: a letter that holds more than the organisation's own brings only that, and one of somebody whose record
/// lies open brings nothing.
#[test]
fn a_letter_with_more_in_it_brings_only_the_own_part() {
    use record::SourceId;
    use record::people::{Organisation, Setting};
    use record::summary::{Body, Fact, FactKey, Item, Source};
    use stories::small;
    use sync::letter::Letter;
    use sync::own::OwnLetter;
    use vault::ChartAsked;
    let home = small::scratch();
    small::make(home.path());
    let now = small::at(0).wall;
    let mut vault = small::unlock(home.path(), None, small::at(0)).unwrap();
    let source = |id, ods: &str| Source {
        id: SourceId(id),
        organisation: Organisation { ods: ods.parse().unwrap(), name: ods.into() },
        setting: Setting::Community,
        as_at: now,
    };
    let fact = |title: &str, id| {
        let item = Item { title: title.into(), ..Item::default() };
        let body = Body::Item(Section::Problems, Box::new(item));
        Fact { key: FactKey(title.into()), source: SourceId(id), recorded: None, body }
    };
    let mut plain = Folder::new(Dictionary::none(), DEVICE_LEVEL);
    let frames = OwnFrames {
        facts: plain.fold_facts(&[fact("ours", 1), fact("theirs", 2), fact("nobody's", 9)]).unwrap(),
        wholes: plain.fold_wholes(&[]).unwrap(),
    };
    let own = |n| Letter::Own(OwnLetter { person: small::person(n), frames: frames.clone() });
    let sources = Letter::Sources { version: 1, sources: vec![source(1, "ZZC1"), source(2, "RBD")] };
    let no = Recorded { choice: Choice::N2, ..Recorded::nothing() };
    let letters =
        [small::policy(), sources, small::whole(1, 1, no), small::whole(2, 2, small::yes()), own(1), own(2), own(3)];
    small::round(&mut vault, &letters, (now, now, 12)).unwrap();
    let mut look = |n| {
        let asked = ChartAsked { person: small::person(n), purpose: Purpose::Treat, wants: record::Sections::ALL };
        vault.own(&asked, now).map(|answer| answer.unwrap().into_parts().0.part)
    };
    let part = serde_json::to_string(&look(1).unwrap()).unwrap();
    assert!(part.contains("ours") && !part.contains("theirs") && !part.contains("nobody"), "{part}");
    assert!(look(2).is_err() && look(3).is_err(), "whose record is here, and who is not known");
}
