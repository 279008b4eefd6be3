//! A photograph in a form that nobody has signed survives what the form survives (`drafts.rs`): it is sealed in pieces, goes after all text, goes on where a line
//! broke, comes back to its author alone, and is nowhere once it was thrown away or signed.

use crate::drafts::{another, begun, enrol, forgets, rounds};
use crate::outbox::segments;
use desk::ask::DropPhoto;
use hub::store::{drafts, photos, trust};
use jiff::SignedDuration;
use record::PersonId;
use record::visit::PhotoId;
use std::path::Path;
use std::sync::atomic::Ordering;
use stories::photos::{jpeg, url};
use stories::{Worker, World};
use sync::drafts::{DraftSaid, name_of_picture, owner_of_picture};
use sync::outbox::{Frame, Segment, Work};

const LARGE: usize = 200_000;
const PIECE: usize = 32 << 10;
/// Pieces of a picture of [`LARGE`] bytes.
const PIECES: usize = LARGE.div_ceil(PIECE);
const SITE: &str = "Left shin, foam";

/// A wound that is being written down, with its picture.
async fn takes(nurse: &Worker, ada: PersonId, picture: &[u8]) {
    nurse.draft(ada, "wound", &[("site", SITE)]).await.unwrap();
    nurse.keep_photo(ada, "wound", picture).await.unwrap();
}

/// What stands in the form of the wound: its words and its pictures.
async fn shown(nurse: &Worker, ada: PersonId) -> (Option<String>, Vec<PhotoId>) {
    let page = nurse.visits(ada).await;
    let words = page.draft("wound").map(|draft| draft.fields["site"].clone());
    assert!(page.drafts.iter().all(|draft| draft.form == "wound"), "a picture is no form: {:?}", page.drafts);
    (words, page.pictures("wound").into_iter().map(|photo| photo.id).collect())
}

fn whole(picture: &[u8]) -> (Option<String>, Vec<PhotoId>) {
    (Some(SITE.to_owned()), vec![PhotoId::of(picture)])
}

/// The picture as the hub has it for this nurse.
fn at_hub(world: &World, staff: &str, ada: PersonId, picture: &[u8]) -> Option<Vec<u8>> {
    world.write(|tx| drafts::picture(tx, &staff.parse().unwrap(), (ada, PhotoId::of(picture))))
}

/// Lengths of the segments that the hub took, in order; forgets them.
fn brought(world: &World) -> Vec<usize> {
    std::mem::take(&mut *world.weather.brought.lock().unwrap())
}

fn lying(home: &Path) -> usize {
    segments(home).into_iter().filter(|path| std::fs::metadata(path).unwrap().len() > 1_000).count()
}

#[tokio::test]
async fn a_photograph_of_an_unsigned_form_outlives_a_forgotten_pin() {
    let (world, nurse, ada) = begun().await;
    let picture = jpeg(1, LARGE);
    world.cut(true);
    takes(&nurse, ada, &picture).await;
    assert_eq!(lying(&nurse.home), PIECES);
    for path in segments(&nurse.home) {
        let bytes = std::fs::read(path).unwrap();
        assert!(bytes.len() < PIECE + 1_000, "a piece each: {}", bytes.len());
        assert!(!bytes.windows(64).any(|part| part == &picture[1_000..1_064]), "sealed");
    }
    forgets(&world, &nurse).await;
    world.cut(false);
    let nurse = nurse.restarted(&world);
    enrol(&world, &nurse).await;
    nurse.sync_all().await;
    nurse.sync_all().await;
    nurse.sync_all().await;
    assert_eq!(segments(&nurse.home).len(), 0, "all is held");
    assert_eq!(shown(&nurse, ada).await, whole(&picture));
    assert_eq!(nurse.photo(ada, PhotoId::of(&picture)).await.unwrap().picture, url(&picture).into());
    let colleague = world.nurse("N2").await;
    rounds(&colleague).await;
    assert_eq!(shown(&colleague, ada).await, (None, vec![]));
    assert_eq!(at_hub(&world, "N2", ada, &picture), None, "its author's alone");
    assert!(colleague.photo(ada, PhotoId::of(&picture)).await.is_err());
    // It can be signed as if it had been taken here.
    nurse.sign_wound(ada, "wound").await.unwrap();
    nurse.sync_all().await;
    nurse.sync_all().await;
    assert_eq!(shown(&nurse, ada).await, (None, vec![]));
    assert_eq!(at_hub(&world, "N1", ada, &picture), None, "the hub keeps the signed one, and no other");
    let row = world.write(|tx| hub::store::people::person_row(tx, ada)).unwrap();
    assert!(world.write(|tx| photos::find(tx, row, PhotoId::of(&picture))).unwrap().held);
}

#[tokio::test]
async fn pieces_go_after_all_text_one_at_a_time_and_on_where_the_line_broke() {
    let (world, nurse, ada) = begun().await;
    let picture = jpeg(2, LARGE);
    takes(&nurse, ada, &picture).await;
    nurse.note(ada, "All well.").await;
    brought(&world);
    nurse.sync().await;
    let first = brought(&world);
    assert!(!first.is_empty() && first.iter().all(|length| *length < PIECE), "whoever waits has text alone: {first:?}");
    // The line breaks after two of the pieces.
    world.weather.brings.store(2, Ordering::Relaxed);
    nurse.sync_all().await;
    let second = brought(&world);
    assert_eq!((second.len(), at_hub(&world, "N1", ada, &picture)), (2, None));
    world.weather.brings.store(usize::MAX, Ordering::Relaxed);
    nurse.note(ada, "Daughter here.").await;
    nurse.draft(ada, "wound", &[("site", "Left shin")]).await.unwrap();
    nurse.sync_all().await;
    let rest = brought(&world);
    assert!(rest[0] < 2_000, "words first: {rest:?}");
    assert_eq!(
        first.len() - 1 + second.len() + rest.len() - 1,
        PIECES,
        "each piece once: {first:?} {second:?} {rest:?}"
    );
    assert_eq!(at_hub(&world, "N1", ada, &picture), Some(picture.clone()));
    nurse.sync_all().await;
    assert_eq!(brought(&world), Vec::<usize>::new(), "and then nothing");
}

#[tokio::test]
async fn what_was_thrown_away_or_signed_lies_nowhere() {
    let (world, nurse, ada) = begun().await;
    let (thrown, signed) = (jpeg(3, LARGE), jpeg(4, LARGE));
    world.cut(true);
    takes(&nurse, ada, &thrown).await;
    nurse.keep_photo(ada, "wound", &signed).await.unwrap();
    assert_eq!(lying(&nurse.home), 2 * PIECES);
    let photo = PhotoId::of(&thrown);
    nurse.ask(DropPhoto { person: ada, form: "wound".to_owned(), photo }).await.unwrap();
    assert_eq!(lying(&nurse.home), PIECES);
    world.cut(false);
    nurse.sync_all().await;
    assert_eq!(at_hub(&world, "N1", ada, &thrown), None);
    assert!(at_hub(&world, "N1", ada, &signed).is_some());
    nurse.sign_wound(ada, "wound").await.unwrap();
    nurse.sync_all().await;
    nurse.sync_all().await;
    assert_eq!(at_hub(&world, "N1", ada, &signed), None);
    // Somebody's copy of a piece, brought late, changes nothing.
    let left: u32 = world.write(|tx| tx.query_row("select count(*) from draft_picture", [], |row| row.get(0)));
    assert_eq!((left, segments(&nurse.home).len()), (0, 0));
}

#[tokio::test]
async fn a_picture_that_was_kept_and_not_sealed_is_sealed_when_the_vault_opens() {
    let (world, nurse, ada) = begun().await;
    let picture = jpeg(5, LARGE);
    world.cut(true);
    takes(&nurse, ada, &picture).await;
    // Killed between the commit and the seal, in the middle of its pieces.
    for path in segments(&nurse.home).into_iter().skip(3) {
        std::fs::remove_file(path).unwrap();
    }
    let nurse = nurse.restarted(&world);
    nurse.sign_in().await.unwrap();
    assert_eq!(lying(&nurse.home), PIECES, "all of it, once");
    world.cut(false);
    nurse.sync_all().await;
    assert_eq!(at_hub(&world, "N1", ada, &picture), Some(picture));
}

/// Words and pictures of two visits are not mixed, and what has to wait is said once.
#[tokio::test]
async fn what_waits_for_its_form_comes_once_it_is_free_and_is_not_said_until_then() {
    let (world, first, ada) = begun().await;
    let second = another(&world).await;
    world.pass(SignedDuration::from_secs(1));
    let (old, new) = (jpeg(6, LARGE), jpeg(7, LARGE));
    takes(&first, ada, &old).await;
    first.sync_all().await;
    // Another wound is being written down on the second when the first is lost: a picture and no word yet.
    second.keep_photo(ada, "wound", &new).await.unwrap();
    let device = "D1".parse().unwrap();
    world.write(|tx| trust::revoke(tx, &device, world.now()));
    let staff = second.staff.clone();
    let said = || world.write(|tx| drafts::left_behind(tx, (&"D2".parse().unwrap(), &staff), world.now())).len();
    assert_eq!(said(), 2, "the words and the picture");
    second.sync_all().await;
    assert_eq!(shown(&second, ada).await, (None, vec![PhotoId::of(&new)]));
    assert_eq!(said(), 0, "they were said once, and the device said that they wait");
    let photo = PhotoId::of(&new);
    second.ask(DropPhoto { person: ada, form: "wound".to_owned(), photo }).await.unwrap();
    second.sync_all().await;
    assert_eq!(said(), 2, "the form is free");
    second.sync_all().await;
    second.sync_all().await;
    assert_eq!(shown(&second, ada).await, whole(&old));
}

/// What lies beside a vault of a picture, and what stands beside drafts: frozen.
#[test]
fn a_piece_and_a_wait_as_they_are_sealed() {
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    let (hub, author) = (hub::SigningKey::from_bytes(&[3; 32]), hub::SigningKey::from_bytes(&[4; 32]));
    let chain = "D1/N1".parse().unwrap();
    let (person, begun) = (PersonId::from_bytes([7; 16]), record::Stamp::from_millis(1_790_000_000_000));
    let name = name_of_picture("wound", PhotoId::from_bytes([9; 32])).unwrap();
    let pieces = sync::drafts::PicturePiece::all(person, &name, &[5; 40]);
    let waits = sync::drafts::DraftWaits { person, form: "note".to_owned(), of: ("D0".parse().unwrap(), 6) };
    let said =
        DraftSaid { person, form: name.clone(), number: 8, at: begun, fields: r#"{"length":"40"}"#.into(), from: None };
    let seal = |owner, work: Vec<Work>| {
        let hub_key = hub.verifying_key();
        let (mut segment, mut bytes) =
            Segment::begin_as(owner, (&[2; 32], &hub_key), (&chain, &author), begun).unwrap();
        let frame = Frame { work, ..Frame::default() };
        bytes.extend(segment.frame(0, &frame).unwrap());
        assert_eq!(sync::outbox::open(&bytes, &hub).unwrap().frames, vec![frame]);
        bytes
    };
    let piece = seal(owner_of_picture(&chain, person, &name), pieces.into_iter().map(Work::Picture).collect());
    insta::assert_snapshot!(hex(&piece));
    let beside = seal(sync::drafts::owner_of_drafts(&chain), vec![Work::Draft(said), Work::Waits(waits)]);
    insta::assert_snapshot!(hex(&beside));
}
