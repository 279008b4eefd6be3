//! Journey (a): a nurse opens a record offline. The decision, the audit entry and the reading are one; refusals say why and what next;
//! what she may not see is not there.

use desk::Trouble;
use desk::ask::{OpenCaseload, OpenSource, RecordChoice, Sort, WhoLooked};
use desk::view::Link;
use jiff::SignedDuration;
use record::chart::Content;
use record::consent::{Caveat, Choice, DecidedBy, Mode, NextStep, Outcome, Purpose};
use record::people::Role;
use record::{Section, Sections};
use stories::World;
use stories::world::name_of;

#[tokio::test]
async fn she_opens_her_caseload_in_a_stairwell_without_signal() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    world.cut(true);

    let caseload = nurse.caseload().await;
    assert_eq!(caseload.total, 1);
    assert_eq!(caseload.rows[0].listing.banner, "OKONJO, Ada");
    let opened = nurse.opened(ada).await;
    let Content::Held(problems) = &opened.chart.section(Section::Problems).unwrap().content else { panic!() };
    let first = problems.iter().next().unwrap();
    assert_eq!(first.value.title, "Hypertension");
    assert!(opened.sources.iter().any(|s| s.id == first.source), "every item names its source");
    assert_eq!(opened.caveats, [Caveat::CheckedAt(Some(world.now()))]);

    // The resource it came from, whole, byte for byte.
    let key = first.key.0.clone();
    let whole = nurse.ask(OpenSource { person: ada, purpose: Purpose::Treat, key }).await.unwrap();
    assert!(whole.json.contains(r#""code":"38341003""#));
    // The first failed post tells the truth on the chip.
    assert_eq!(nurse.ask(desk::ask::SyncNow {}).await, Err(Trouble::HubUnreachable));
    assert_eq!(nurse.status().await.link, Link::Offline);
}

#[tokio::test]
async fn search_finds_by_name_number_and_birth_date_and_is_recorded() {
    let world = World::new();
    world.person(1, "Okonjo", Choice::Y3);
    let second = world.person(2, "Marlow", Choice::Y3);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    let number = nurse.caseload().await.rows.iter().find(|r| r.listing.person == second).unwrap().listing.nhs_number;
    for search in ["marl", "ada marlow", "06-may-1941 marlow", &number.unwrap().to_string()] {
        let found = nurse.ask(OpenCaseload { search: search.into(), sort: Sort::Name }).await.unwrap();
        assert_eq!(found.rows.iter().map(|r| r.listing.person).collect::<Vec<_>>(), [second], "{search}");
    }
    let check = nurse.ask(desk::ask::VerifyAudit {}).await.unwrap();
    // Enrolment's sign-in, the caseload taken on, two lists less one … every list is one entry.
    assert!(check.entries >= 7 && check.broken.is_none(), "{check:?}");
}

#[tokio::test]
async fn without_a_choice_she_is_told_to_ask_and_what_she_records_counts_at_once() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::None);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    world.cut(true);

    let Err(Trouble::Refused(why)) = nurse.open(ada).await else { panic!() };
    assert_eq!((why.outcome, why.next), (Outcome::Ask, NextStep::AskThePerson));
    let said = RecordChoice {
        person: ada,
        choice: Choice::Y1,
        by: DecidedBy::Person,
        until: None,
        note: String::new().into(),
        form: None,
        settles: vec![],
    };
    nurse.ask(said).await.unwrap();
    nurse.opened(ada).await;
    // "Today only" ends at midnight in London, network or not.
    world.pass(SignedDuration::from_hours(15));
    assert_eq!(name_of(&nurse.sign_in_again().await.open(ada).await), "Refused");
}

#[tokio::test]
async fn who_said_no_one_is_on_the_list_and_nowhere_else() {
    let world = World::new();
    let never = world.person(1, "Okonjo", Choice::N2);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    let row = nurse.caseload().await.rows.remove(0);
    assert!(!row.carried);
    for purpose in [Purpose::Treat, Purpose::EmergencyTreat, Purpose::Safeguard] {
        let asked = desk::ask::OpenChart { person: never, purpose, wants: Sections::ALL };
        let Err(Trouble::Refused(why)) = nurse.ask(asked).await else { panic!() };
        assert_eq!((why.outcome, why.next), (Outcome::Deny, NextStep::Nothing));
    }
}

#[tokio::test]
async fn a_choice_of_no_erases_what_is_carried_before_the_screen_says_so() {
    let world = World::with_mode(Mode::DiscussionToView);
    let ada = world.person(1, "Okonjo", Choice::None);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    nurse.opened(ada).await;
    world.cut(true);
    let said = RecordChoice {
        person: ada,
        choice: Choice::N2,
        by: DecidedBy::Person,
        until: None,
        note: String::new().into(),
        form: Some(desk::ask::SignedForm("data:image/png;base64,iVBORw0KGgo=".to_owned().into())),
        settles: vec![],
    };
    assert!(nurse.ask(said).await.unwrap().unsent > 0);
    assert_eq!(name_of(&nurse.open(ada).await), "Refused");
    assert!(!nurse.caseload().await.rows[0].carried);
    // With the network back the hub holds it, and a colleague's device erases too.
    world.cut(false);
    nurse.sync().await;
    let colleague = world.nurse("N2").await;
    colleague.sync().await;
    assert!(!colleague.caseload().await.rows[0].carried);
    assert_eq!(name_of(&colleague.open(ada).await), "Refused");
}

#[tokio::test]
async fn two_choices_made_apart_are_a_conflict_and_the_most_restrictive_holds() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::None);
    let (one, two) = (world.nurse("N1").await, world.nurse("N2").await);
    one.sync().await;
    two.sync().await;
    world.cut(true);
    for (nurse, choice) in [(&one, Choice::Y3), (&two, Choice::Y1)] {
        let note = String::new().into();
        nurse
            .ask(RecordChoice {
                person: ada,
                choice,
                by: DecidedBy::Person,
                until: None,
                note,
                form: None,
                settles: vec![],
            })
            .await
            .unwrap();
    }
    world.cut(false);
    one.sync().await;
    two.sync().await;
    one.sync().await;
    for nurse in [&one, &two] {
        let Err(Trouble::Refused(why)) = nurse.open(ada).await else { panic!() };
        assert_eq!(why.basis.choice, Choice::Conflict);
    }
}

#[tokio::test]
async fn an_old_check_of_consent_asks_again_and_the_chip_says_not_safe() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    world.cut(true);
    world.pass(SignedDuration::from_hours(25));
    let nurse = nurse.sign_in_again().await;
    assert_eq!(name_of(&nurse.open(ada).await), "Refused", "stale: ask");
    // Asked at the bedside, the person says yes: that is as fresh as it gets, network or not.
    let yes = RecordChoice {
        person: ada,
        choice: Choice::Y3,
        by: DecidedBy::Person,
        until: None,
        note: String::new().into(),
        form: None,
        settles: vec![],
    };
    nurse.ask(yes).await.unwrap();
    nurse.opened(ada).await;
    world.pass(SignedDuration::from_hours(25));
    let nurse = nurse.sign_in_again().await;
    let emergency = desk::ask::OpenChart { person: ada, purpose: Purpose::EmergencyTreat, wants: Sections::ALL };
    let opened = nurse.ask(emergency).await.unwrap();
    assert!(opened.caveats.contains(&Caveat::StaleEmergency));
    world.pass(SignedDuration::from_hours(24 * 7));
    let nurse = nurse.sign_in_again().await;
    assert_eq!(nurse.status().await.link, Link::NotSafe);
}

#[tokio::test]
async fn a_clock_turned_back_only_tightens() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    world.cut(true);
    nurse.opened(ada).await;
    world.pass(SignedDuration::from_hours(-3));
    let Err(Trouble::Refused(why)) = nurse.open(ada).await else { panic!("a suspect clock ages the check by a step") };
    assert_eq!(why.outcome, Outcome::Ask);
    assert!(nurse.status().await.clock_in_doubt);
}

#[tokio::test]
async fn break_glass_is_declared_recorded_and_never_opens_what_is_not_carried() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    world.cut(true);
    world.pass(SignedDuration::from_hours(24 * 8));
    let nurse = nurse.sign_in_again().await;
    let glass = |text: &str, pin: &str| desk::ask::ReadyGlass {
        person: ada,
        purpose: Purpose::EmergencyTreat,
        reason: 5,
        condition: record::consent::Condition::Unconscious,
        text: text.to_owned().into(),
        pin: pin.to_owned().into(),
        widened: false,
    };
    assert_eq!(name_of(&nurse.break_glass(glass("short", stories::world::PIN)).await), "Input");
    assert_eq!(name_of(&nurse.break_glass(glass("found collapsed at home", "000000")).await), "WrongPin");
    let opened = nurse.break_glass(glass("found collapsed at home", stories::world::PIN)).await.unwrap();
    assert!(opened.caveats.iter().any(|c| matches!(c, Caveat::BreakGlassUntil(_))));
    assert!(opened.chart.section(Section::Allergies).is_some() && opened.chart.section(Section::Results).is_none());
    let looks = nurse.ask(WhoLooked { person: ada }).await.unwrap();
    assert!(looks.entries.iter().any(|l| l.what.starts_with("Broke the glass")), "{looks:?}");
}

#[tokio::test]
async fn an_administrator_sees_the_list_and_no_record() {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let admin = world.worker("A1", record::people::Role::Admin).await;
    admin.sync().await;
    assert_eq!(admin.caseload().await.total, 1);
    let Err(Trouble::Refused(why)) = admin.open(ada).await else { panic!() };
    assert_eq!(why.outcome, Outcome::Deny);
}

/// Sees demographics and appointments, or the audit, and never content (`reference/consent.md` section 6, rule 2): so it is not on their devices either.
#[tokio::test]
async fn the_device_of_somebody_who_sees_no_content_carries_none() {
    for role in [Role::Admin, Role::PrivacyOfficer] {
        let world = World::new();
        let ada = world.person(1, "Okonjo", Choice::Y3);
        world.flag((1, "Okonjo"), "w1", "Alert", "Oxygen at home");
        let (clerk, nurse) = (world.worker("A1", role).await, world.nurse("N1").await);
        let first = clerk.sync().await;
        nurse.sync().await;
        let row = &clerk.caseload().await.rows[0];
        assert_eq!(
            (row.listing.person, row.carried, row.sealed),
            (ada, false, false),
            "who, and nothing of what is the matter with them"
        );
        assert!(
            row.listing.flags.is_empty() && !nurse.caseload().await.rows[0].listing.flags.is_empty(),
            "{:?}",
            row.listing.flags
        );
        assert!(clerk.open(ada).await.is_err());
        // Neither a change nor a plan, a visit or a bag comes after it.
        world.person(1, "Okonjo", Choice::Y3);
        clerk.sync().await;
        assert!(!clerk.caseload().await.rows[0].carried);
        assert!(first.people_added > 0);
    }
}
