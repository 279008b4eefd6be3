//! The offline licence: how long a device reads without its hub, what still works when that is over, and how two colleagues lengthen
//! it by showing each other a code.

use desk::Trouble;
use desk::ask::{AskLicence, GiveLicence, OpenChart, ReadLicence, RecordChoice, TakeLicence};
use desk::trouble::Field;
use hub::store::{alerts, lease, trust};
use jiff::SignedDuration;
use record::consent::{Caveat, Choice, DecidedBy, NextStep, Purpose};
use record::lease::NotExtended;
use record::{PersonId, Section, Sections};
use stories::world::{PIN, name_of};
use stories::{Worker, World};

/// Two nurses with one round behind them and no signal any more.
async fn two(world: &World) -> (PersonId, Worker, Worker) {
    world.license();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let (one, two) = (world.nurse("N1").await, world.nurse("N2").await);
    one.sync().await;
    two.sync().await;
    world.cut(true);
    (ada, one, two)
}

fn why<T: std::fmt::Debug>(reply: Result<T, Trouble>) -> String {
    match reply.unwrap_err() {
        Trouble::Input { field: Field::Licence, mend } => mend,
        other => panic!("{other:?}"),
    }
}

async fn give(to: &Worker, from: &Worker) -> Result<String, Trouble> {
    let asked = to.ask(AskLicence {}).await?;
    assert!(asked.picture.contains("<svg"));
    let read = from.ask(ReadLicence { code: asked.code.clone() }).await?;
    assert_eq!((read.staff.as_str(), read.name.as_str()), (to.staff.as_str(), format!("Worker {}", to.staff).as_str()));
    Ok(from.ask(GiveLicence { code: asked.code, pin: PIN.to_owned().into() }).await?.code)
}

#[tokio::test]
async fn it_counts_down_and_then_ordinary_reading_stops_and_nothing_else_does() {
    let world = World::new();
    let (ada, nurse, _) = two(&world).await;
    let licence = nurse.status().await.licence.unwrap();
    assert_eq!((licence.minutes_left, licence.ended), (12 * 60, false));
    nurse.opened(ada).await;

    world.pass(SignedDuration::from_hours(12));
    let nurse = nurse.sign_in_again().await;
    assert!(nurse.status().await.licence.unwrap().ended);
    let Err(Trouble::Refused(said)) = nurse.open(ada).await else { panic!() };
    assert_eq!(said.next, NextStep::RenewLicence);
    assert!(said.sentence.contains("safe"), "{}", said.sentence);
    // The list still shows whom she has to visit, and what she records is kept and sent.
    assert_eq!(nurse.caseload().await.total, 1);
    let choice = RecordChoice {
        person: ada,
        choice: Choice::Y3,
        by: DecidedBy::Person,
        until: None,
        note: String::new().into(),
        form: None,
        settles: vec![],
    };
    assert!(nurse.ask(choice).await.unwrap().unsent > 0);
    // In an emergency: the glass, with the emergency view first, and the entry as ever.
    let emergency = OpenChart { person: ada, purpose: Purpose::EmergencyTreat, wants: Sections::ALL };
    let Err(Trouble::Refused(said)) = nurse.ask(emergency).await else { panic!() };
    assert_eq!(said.next, NextStep::BreakGlass);
    let glass = desk::ask::ReadyGlass {
        person: ada,
        purpose: Purpose::EmergencyTreat,
        reason: 5,
        condition: record::consent::Condition::Unconscious,
        text: "found collapsed at home".to_owned().into(),
        pin: PIN.to_owned().into(),
        widened: false,
    };
    let opened = nurse.break_glass(glass).await.unwrap();
    assert!(opened.chart.section(Section::Allergies).is_some() && opened.chart.section(Section::Results).is_none());
    assert!(opened.caveats.iter().any(|c| matches!(c, Caveat::BreakGlassUntil(_))));

    world.cut(false);
    nurse.sync().await;
    nurse.sync().await;
    let status = nurse.status().await;
    assert_eq!((status.unsent, status.licence.unwrap().ended), (0, false));
    nurse.opened(ada).await;
}

#[tokio::test]
async fn care_staff_without_a_licence_are_told_whom_to_call() {
    let world = World::new();
    world.license();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let carer = world.worker("C1", record::people::Role::CareStaff).await;
    carer.sync().await;
    carer.opened(ada).await;
    world.cut(true);
    world.pass(SignedDuration::from_hours(12));
    let carer = carer.sign_in_again().await;
    let emergency = OpenChart { person: ada, purpose: Purpose::EmergencyTreat, wants: Sections::ALL };
    let Err(Trouble::Refused(said)) = carer.ask(emergency).await else { panic!() };
    assert_eq!(said.next, NextStep::CallAClinician);
}

#[tokio::test]
async fn it_ends_two_hours_after_the_shift() {
    let world = World::new();
    world.license();
    let nurse = world.nurse("N1").await;
    let ends = world.now().plus(SignedDuration::from_hours(3));
    world.write(|tx| lease::put_shift(tx, &nurse.staff, ends));
    nurse.sync().await;
    assert_eq!(nurse.status().await.licence.unwrap().minutes_left, 5 * 60);
}

#[tokio::test]
async fn a_colleague_extends_it_twice_and_both_are_named() {
    let world = World::new();
    let (ada, one, two) = two(&world).await;
    world.pass(SignedDuration::from_hours(11));
    let (one, two) = (one.sign_in_again().await, two.sign_in_again().await);
    for left in [1, 0] {
        let code = give(&one, &two).await.unwrap();
        let status = one.ask(TakeLicence { code: code.clone() }).await.unwrap();
        let licence = status.licence.unwrap();
        assert_eq!((licence.minutes_left, licence.extensions_left), (4 * 60, left));
        assert_eq!(why(one.ask(TakeLicence { code }).await), NotExtended::Stranger.sentence(), "once");
    }
    assert_eq!(why(one.ask(AskLicence {}).await), NotExtended::UsedUp.sentence());
    world.pass(SignedDuration::from_hours(2));
    let one = one.sign_in_again().await;
    one.opened(ada).await;
    // The one who helped has run out herself, and cannot help again.
    let two = two.sign_in_again().await;
    assert!(two.status().await.licence.unwrap().ended);
    assert_eq!(name_of(&two.open(ada).await), "Refused");

    world.cut(false);
    one.sync().await;
    two.sync().await;
    let noted = world.write(lease::extensions);
    assert_eq!(noted.len(), 2);
    for extension in &noted {
        assert_eq!((extension.taker.as_str(), extension.giver.as_str()), ("D1/N1", "D2/N2"));
        assert!(extension.taken.is_some() && extension.given.is_some(), "{extension:?}");
    }
    assert_eq!(world.write(lease::one_sided), []);
    assert_eq!(one.status().await.licence.unwrap().extensions_left, 2, "a round with the hub starts afresh");
}

#[tokio::test]
async fn only_another_person_of_this_hub_in_good_standing_can_extend_it() {
    let world = World::new();
    let (_, one, two) = two(&world).await;
    let asked = one.ask(AskLicence {}).await.unwrap().code;
    assert_eq!(why(one.ask(ReadLicence { code: asked.clone() }).await), NotExtended::Yourself.sentence());
    assert_eq!(why(two.ask(ReadLicence { code: "hello".into() }).await), NotExtended::Form.sentence());
    let wrong = GiveLicence { code: asked.clone(), pin: "271828".to_owned().into() };
    assert_eq!(name_of(&two.ask(wrong).await), "WrongPin");
    // An answer for somebody else's request.
    let code = give(&one, &two).await.unwrap();
    one.ask(AskLicence {}).await.unwrap();
    assert_eq!(why(one.ask(TakeLicence { code }).await), NotExtended::Stranger.sentence());
    // A device of another hub.
    let other = World::new();
    let stranger = other.nurse("N7").await;
    stranger.sync().await;
    assert_ne!(other.hub.authority.fingerprint(), world.hub.authority.fingerprint());
    // Its own clock in doubt, it vouches for nobody.
    world.set_clock(SignedDuration::from_hours(-3));
    assert_eq!(why(two.ask(ReadLicence { code: asked.clone() }).await), NotExtended::CannotVouch.sentence());
    world.set_clock(SignedDuration::from_hours(3));
    // A device known to be lost.
    world.cut(false);
    let now = world.now();
    world.write(|tx| trust::revoke(tx, &"D1".parse().unwrap(), now));
    two.sync().await;
    world.cut(true);
    assert_eq!(why(two.ask(ReadLicence { code: asked }).await), NotExtended::Ended.sentence());
}

#[tokio::test]
async fn an_extension_that_only_one_side_tells_is_an_alarm() {
    let world = World::new();
    let (_, one, two) = two(&world).await;
    let kept = two.vault();
    two.ask(desk::ask::SignOut {}).await.unwrap();
    let files = ["vault.db", "anchor"];
    let old: Vec<Vec<u8>> = files.iter().map(|f| std::fs::read(kept.join(f)).unwrap()).collect();
    let keystore = two.home.join("keystore");
    let anchor = std::fs::read_dir(&keystore)
        .unwrap()
        .map(|e| e.unwrap().path())
        .find(|p| p.to_string_lossy().contains("anchor"));
    let anchor = anchor.map(|path| (std::fs::read(&path).unwrap(), path)).unwrap();
    two.sign_in().await.unwrap();
    let code = give(&one, &two).await.unwrap();
    one.ask(TakeLicence { code }).await.unwrap();
    // She wants not to have done it: everything of hers is put back, keystore too.
    two.ask(desk::ask::SignOut {}).await.unwrap();
    for (file, bytes) in files.iter().zip(old) {
        std::fs::write(kept.join(file), bytes).unwrap();
    }
    for name in ["vault.db-wal", "vault.db-shm"] {
        let _ = std::fs::remove_file(kept.join(name));
    }
    std::fs::write(anchor.1, anchor.0).unwrap();
    two.sign_in().await.unwrap();
    world.cut(false);
    one.sync().await;
    world.pass(SignedDuration::from_mins(1));
    two.sync().await;
    let alone = world.write(lease::one_sided);
    assert_eq!(alone.len(), 1);
    assert_eq!((alone[0].taker.as_str(), alone[0].giver.as_str()), ("D1/N1", "D2/N2"));
    // The privacy officer is told, once.
    let raise = |tx: &rusqlite::Transaction<'_>| {
        let new = alerts::extensions_to_raise(tx)?;
        new.iter().try_for_each(|one| alerts::about_extension(tx, one, world.now()).map(drop))?;
        Ok(new.len())
    };
    assert_eq!((world.write(raise), world.write(raise)), (1, 0));
    let open = world.write(|tx| alerts::open(tx, 0, 10));
    assert!(open.iter().any(|alert| alert.kind.code() == "LICENCE_ONE_SIDED" && alert.detail.contains("D2/N2")));
}

#[tokio::test]
async fn a_device_at_rest_costs_the_hub_no_write_until_its_licence_is_due() {
    let world = World::new();
    world.license();
    world.person(1, "Okonjo", Choice::Y3);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    nurse.sync().await;
    let on_file = || {
        let device = "D1".parse().unwrap();
        world.hub.store().read(|tx| lease::contact(tx, &device)).unwrap().unwrap()
    };
    let stood = on_file();
    for _ in 0..2 {
        world.pass(SignedDuration::from_secs(40));
        nurse.sync().await;
    }
    assert_eq!(on_file(), stood, "nothing was written");
    assert_eq!(
        nurse.status().await.licence.map(|l| l.until),
        stood.licence,
        "and nothing promised that is not on file"
    );
    // Whatever is written next says that the device was heard.
    world.write(|_| Ok(()));
    assert_eq!(on_file(), lease::Contact { at: world.now(), ..stood.clone() });
    world.pass(SignedDuration::from_mins(4));
    nurse.sync().await;
    let renewed = on_file();
    assert_eq!((renewed.at, renewed.licence), (world.now(), Some(world.now().plus(SignedDuration::from_hours(12)))));
    assert_eq!(nurse.status().await.licence.map(|l| l.until), renewed.licence);
    // What is heard of a person meanwhile is told at once all the same.
    world.person(2, "Abara", Choice::Y3);
    nurse.sync().await;
    assert_eq!(nurse.caseload().await.rows.len(), 2);
}
