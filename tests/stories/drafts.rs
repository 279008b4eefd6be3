//! What somebody is writing survives anything: half a note and a draft of a plan outlive a forgotten PIN, a lost device and a revoked one, and come back to
//! their author on the next device, and to nobody else. A colleague carries them unread; the hub shows them to nobody; what was finished does not return.

use crate::outbox::segments;
use desk::Trouble;
use desk::ask::{DoAct, Enrol, SignIn, SignOut};
use desk::plan::{DraftStep, PlanEdit};
use desk::visit::NewAct;
use hub::store::{drafts, lease, people, trust, visits};
use jiff::SignedDuration;
use record::consent::{Choice, Purpose};
use record::plan::Content;
use record::visit::Body;
use record::{DeviceId, PersonId, Stamp};
use std::path::Path;
use stories::plans::about;
use stories::world::PIN;
use stories::{Worker, World};
use sync::drafts::DraftSaid;
use sync::letter::Letter;
use sync::outbox::{Frame, Segment, Work};

const HALF: &str = "Skin sound, heels re";
const DRAFTED: &str = "Her daughter; lately also her neighbour";

pub(crate) async fn begun() -> (World, Worker, PersonId) {
    let world = World::new();
    let ada = world.person(1, "Okonjo", Choice::Y3);
    let nurse = world.nurse("N1").await;
    nurse.sync().await;
    nurse.sync().await;
    (world, nurse, ada)
}

async fn writes(nurse: &Worker, ada: PersonId) {
    nurse.draft(ada, "note", &[("text", HALF)]).await.unwrap();
    let seen = nurse.drafted(ada, DraftStep::Open).await.unwrap().plan.heads;
    let edit = PlanEdit::Write { place: about("people"), seen, text: DRAFTED.to_owned() };
    nurse.drafted(ada, DraftStep::Edit(edit)).await.unwrap();
}

/// The half note and the plan's draft, as this nurse's screen shows them.
async fn shown(nurse: &Worker, ada: PersonId) -> (Option<String>, Option<String>) {
    let note = nurse.visits(ada).await.draft("note").map(|draft| draft.fields["text"].clone());
    let drafted = nurse.plan(ada).await.draft.is_some();
    let page = nurse.drafted(ada, DraftStep::Open).await.unwrap();
    let plan = match page.plan.at(&about("people")) {
        Some(Content::Prose(text)) if drafted => Some(text.clone()),
        _ => None,
    };
    (note, plan)
}

fn both() -> (Option<String>, Option<String>) {
    (Some(HALF.to_owned()), Some(DRAFTED.to_owned()))
}

/// Another device of the same nurse's.
pub(crate) async fn another(world: &World) -> Worker {
    let nurse = world.unenrolled("N1");
    enrol(world, &nurse).await;
    nurse
}

pub(crate) async fn enrol(world: &World, nurse: &Worker) {
    let ticket = world.ticket(&nurse.staff);
    nurse.ask(Enrol { ticket: ticket.into(), pin: PIN.to_owned().into() }).await.unwrap();
    // The first sync brings what was being written.
    nurse.sync().await;
}

/// The PIN is forgotten: ten wrong ones, and the key is no more.
pub(crate) async fn forgets(world: &World, nurse: &Worker) {
    nurse.ask(SignOut {}).await.unwrap();
    for _ in 0..10 {
        world.pass(SignedDuration::from_hours(1));
        nurse.ask(SignIn { staff: nurse.staff.clone(), pin: "271828".to_owned().into() }).await.unwrap_err();
    }
    assert_eq!(nurse.sign_in().await.unwrap_err(), Trouble::KeyDestroyed);
}

pub(crate) async fn rounds(nurse: &Worker) {
    for _ in 0..3 {
        nurse.sync().await;
    }
}

fn through(world: &World, device: &str) -> Option<u64> {
    let device: DeviceId = device.parse().unwrap();
    world.write(|tx| drafts::through(tx, &device))
}

fn take(world: &World, path: &Path) {
    let bytes = std::fs::read(path).unwrap();
    hub::post::outbox::take(&mut world.hub.store(), &world.hub.authority.signing, &bytes, world.now()).unwrap();
}

#[tokio::test]
async fn half_a_note_and_a_draft_of_a_plan_outlive_a_forgotten_pin() {
    let (world, nurse, ada) = begun().await;
    world.cut(true);
    writes(&nurse, ada).await;
    forgets(&world, &nurse).await;
    world.cut(false);
    let nurse = nurse.restarted(&world);
    enrol(&world, &nurse).await;
    assert_eq!(shown(&nurse, ada).await, both(), "with the first sync");
    rounds(&nurse).await;
    assert_eq!(segments(&nurse.home).len(), 0, "the old ones are held, and the new ones again");
    // A colleague on the same caseload has none of it, nor does the plan or the visit.
    let colleague = world.nurse("N2").await;
    rounds(&colleague).await;
    assert_eq!(shown(&colleague, ada).await, (None, None));
    assert_eq!(colleague.plan(ada).await.plan.updated, None);
    let acts = world.write(|tx| visits::with_acts(tx, &[people::person_row(tx, ada)?.unwrap()]));
    assert_eq!(acts, Vec::<i64>::new(), "a draft is nobody's record");
}

#[tokio::test]
async fn a_colleague_carries_drafts_unread_and_a_revoked_device_hands_them_over_to_nobody_but_their_author() {
    let (world, nurse, ada) = begun().await;
    let colleague = world.nurse("N2").await;
    rounds(&colleague).await;
    world.cut(true);
    writes(&nurse, ada).await;
    nurse.ask(SignOut {}).await.unwrap();
    let exchange = world.folder.path().join("exchange");
    nurse.device.carry_out(&exchange).unwrap();
    for path in segments(&exchange) {
        let bytes = std::fs::read(path).unwrap();
        for marker in [HALF.as_bytes(), b"neighbour", b"D1", b"N1", ada.as_bytes()] {
            assert!(!bytes.windows(marker.len()).any(|w| w == marker), "{marker:?}");
        }
    }
    let device = "D1".parse().unwrap();
    world.write(|tx| trust::revoke(tx, &device, world.now()));
    colleague.device.carry_in(&exchange).unwrap();
    world.cut(false);
    rounds(&colleague).await;
    assert!(through(&world, "D1").is_some(), "the hub has them");
    assert_eq!(world.write(|tx| lease::count_late(tx, &device)), 0, "nobody is given them to look at");
    assert_eq!(shown(&colleague, ada).await, (None, None));
    let next = another(&world).await;
    assert_eq!(shown(&next, ada).await, both());
}

#[tokio::test]
async fn a_draft_that_was_finished_on_one_device_does_not_return_on_another() {
    let (world, first, ada) = begun().await;
    writes(&first, ada).await;
    let kept = world.folder.path().join("kept");
    std::fs::create_dir_all(&kept).unwrap();
    for path in segments(&first.home) {
        std::fs::copy(&path, kept.join(path.file_name().unwrap())).unwrap();
    }
    rounds(&first).await;
    assert_eq!(segments(&first.home).len(), 0, "held by the hub");
    world.pass(SignedDuration::from_secs(1));
    let second = another(&world).await;
    assert_eq!(shown(&second, ada).await, both(), "the new device has what the first was left with");
    let act = NewAct {
        visit: None,
        body: Body::Note { text: "Skin sound, heels red".to_owned() },
        draft: Some("note".to_owned()),
    };
    second.ask(DoAct { person: ada, purpose: Purpose::Treat, act }).await.unwrap();
    second.drafted(ada, DraftStep::Publish).await.unwrap();
    rounds(&second).await;
    assert_eq!(shown(&first, ada).await, both(), "not heard of it yet");
    rounds(&first).await;
    assert_eq!(shown(&first, ada).await, (None, None));
    // Somebody kept a copy of what was sealed before.
    segments(&kept).iter().for_each(|path| take(&world, path));
    world.pass(SignedDuration::from_secs(1));
    let third = another(&world).await;
    for nurse in [&first, &second, &third] {
        rounds(nurse).await;
        assert_eq!(shown(nurse, ada).await, (None, None));
    }
}

#[tokio::test]
async fn what_was_written_since_is_not_thrown_away_by_the_device_it_came_from() {
    let (world, first, ada) = begun().await;
    writes(&first, ada).await;
    rounds(&first).await;
    world.pass(SignedDuration::from_secs(1));
    let second = another(&world).await;
    second.draft(ada, "note", &[("text", "Skin sound, heels red")]).await.unwrap();
    rounds(&second).await;
    // The first turns up, and what lies there is thrown away: on the second only what nobody has written in.
    world.pass(SignedDuration::from_secs(1));
    first.draft(ada, "note", &[("text", "")]).await.unwrap();
    first.drafted(ada, DraftStep::Discard).await.unwrap();
    rounds(&first).await;
    rounds(&second).await;
    assert_eq!(shown(&second, ada).await, (Some("Skin sound, heels red".to_owned()), None));
    // And the next note under that name is nobody's but the second's.
    second.draft(ada, "note", &[("text", "")]).await.unwrap();
    rounds(&second).await;
    second.draft(ada, "note", &[("text", "Another day")]).await.unwrap();
    first.draft(ada, "note", &[("text", "x")]).await.unwrap();
    first.draft(ada, "note", &[("text", "")]).await.unwrap();
    for nurse in [&first, &second, &second] {
        rounds(nurse).await;
    }
    assert_eq!(shown(&second, ada).await.0, Some("Another day".to_owned()));
}

#[tokio::test]
async fn of_two_versions_the_newest_comes_back_though_the_hub_knew_only_the_older() {
    let (world, nurse, ada) = begun().await;
    nurse.draft(ada, "note", &[("text", "Skin")]).await.unwrap();
    rounds(&nurse).await;
    world.cut(true);
    writes(&nurse, ada).await;
    forgets(&world, &nurse).await;
    world.cut(false);
    let nurse = nurse.restarted(&world);
    enrol(&world, &nurse).await;
    assert_eq!(shown(&nurse, ada).await, both());
}

/// A draft that only a newer app can read stays at the hub: here it would be in the way of the person's pages.
#[tokio::test]
async fn a_draft_that_cannot_be_read_here_is_not_taken_in() {
    let (world, first, ada) = begun().await;
    writes(&first, ada).await;
    rounds(&first).await;
    world.write(|tx| {
        tx.execute("update draft set fields = '{\"edits\":\"[{\\\"Newer\\\":1}]\"}' where form = 'plan-draft'", [])?;
        tx.execute("update draft set fields = '{\"text\":1}' where form = 'note'", [])
    });
    world.pass(SignedDuration::from_secs(1));
    let next = another(&world).await;
    assert_eq!(shown(&next, ada).await, (None, None));
}

#[tokio::test]
async fn a_device_in_use_keeps_its_drafts_and_nothing_typed_is_overwritten_by_what_comes_back() {
    let (world, first, ada) = begun().await;
    let second = another(&world).await;
    world.pass(SignedDuration::from_secs(1));
    writes(&first, ada).await;
    rounds(&first).await;
    rounds(&second).await;
    assert_eq!(shown(&second, ada).await, (None, None), "the first is in use, and has them");
    // The first is lost while the nurse has begun another note on the second: hers comes back when the form is free.
    second.draft(ada, "note", &[("text", "Another visit")]).await.unwrap();
    let device = "D1".parse().unwrap();
    world.write(|tx| trust::revoke(tx, &device, world.now()));
    rounds(&second).await;
    assert_eq!(shown(&second, ada).await, (Some("Another visit".to_owned()), Some(DRAFTED.to_owned())));
    second.draft(ada, "note", &[("text", "")]).await.unwrap();
    rounds(&second).await;
    assert_eq!(shown(&second, ada).await, both());
}

#[tokio::test]
async fn a_sealed_draft_is_replaced_by_its_successor_and_goes_when_it_is_finished() {
    let (world, nurse, ada) = begun().await;
    world.cut(true);
    for n in 0..20 {
        nurse.draft(ada, "note", &[("text", &"word ".repeat(n + 1))]).await.unwrap();
    }
    let lying = nurse.device.outbox().unwrap();
    assert_eq!((lying.len(), lying[0].commits), (1, 1), "one, whole, not twenty");
    // Killed after the commit, before it was sealed: the next start seals it.
    segments(&nurse.home).iter().for_each(|path| std::fs::remove_file(path).unwrap());
    let nurse = nurse.restarted(&world);
    nurse.sign_in().await.unwrap();
    assert!(nurse.device.outbox().unwrap().iter().any(|lying| lying.bytes > 100), "sealed again");
    nurse.note(ada, "All well.").await;
    nurse.draft(ada, "note", &[("text", "")]).await.unwrap();
    world.cut(false);
    rounds(&nurse).await;
    assert_eq!(segments(&nurse.home).len(), 0);
    assert_eq!(shown(&nurse, ada).await.0, None);
    world.pass(SignedDuration::from_hours(1));
    let next = another(&world).await;
    assert_eq!(shown(&next, ada).await.0, None, "what ended before it was ever sent is not there either");
}

#[tokio::test]
async fn what_nobody_came_back_for_leaves_the_hub_after_ninety_days() {
    let (world, first, ada) = begun().await;
    writes(&first, ada).await;
    rounds(&first).await;
    world.pass(SignedDuration::from_hours(91 * 24));
    // Anybody's draft is the occasion.
    let colleague = world.nurse("N2").await;
    rounds(&colleague).await;
    colleague.draft(ada, "note", &[("text", "New here")]).await.unwrap();
    rounds(&colleague).await;
    let next = another(&world).await;
    assert_eq!(shown(&next, ada).await, (None, None));
}

/// What lies beside a vault, and what is said of it: frozen.
#[test]
fn drafts_as_they_are_sealed_and_said() {
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    let (hub, author) = (hub::SigningKey::from_bytes(&[3; 32]), hub::SigningKey::from_bytes(&[4; 32]));
    let chain = "D1/N1".parse().unwrap();
    let begun = Stamp::from_millis(1_790_000_000_000);
    let said = |form: &str, fields: &str, from| DraftSaid {
        person: PersonId::from_bytes([7; 16]),
        form: form.to_owned(),
        number: 1_790_000_000_000,
        at: begun,
        fields: fields.to_owned(),
        from,
    };
    let drafts = vec![
        said("note", r#"{"text":"Half a no"}"#, None),
        said("plan-draft", "", Some(("D0".parse().unwrap(), 1_780_000_000_000))),
    ];
    let (mut segment, mut bytes) = Segment::begin_as(
        sync::drafts::owner_of_drafts(&chain),
        (&[2; 32], &hub.verifying_key()),
        (&chain, &author),
        begun,
    )
    .unwrap();
    let frame = Frame { work: drafts.iter().cloned().map(Work::Draft).collect(), ..Frame::default() };
    bytes.extend(segment.frame(0, &frame).unwrap());
    insta::assert_snapshot!(hex(&bytes));
    assert_eq!(sync::outbox::open(&bytes, &hub).unwrap().frames, vec![frame]);
    let mut folder = sync::frame::Folder::new(sync::frame::Dictionary::none(), sync::frame::HUB_LEVEL);
    let letter = Letter::Drafts { through: 9, drafts };
    let bytes = sync::wire::write_letter(&letter, &mut folder).unwrap();
    insta::assert_snapshot!(hex(&bytes));
    assert_eq!(sync::wire::read_letter(&bytes[4..], &mut folder).unwrap(), letter);
}
