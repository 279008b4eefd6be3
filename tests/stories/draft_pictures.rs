//! A photograph in a form that nobody has signed survives what the form survives (`drafts.rs`): it is sealed in pieces, goes after all text, goes on where a line
//! broke, comes back to its author alone, and is nowhere once it was thrown away or signed.

use crate::drafts::{another, begun, enrol, forgets, rounds, take};
use crate::outbox::segments;
use desk::ask::{DropPhoto, GetReceipts};
use desk::visit::ActReceipt;
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

fn signed_at_hub(world: &World, ada: PersonId, picture: &[u8]) -> bool {
    let row = world.write(|tx| hub::store::people::person_row(tx, ada)).unwrap();
    world.write(|tx| photos::find(tx, row, PhotoId::of(picture))).is_some_and(|stored| stored.held)
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
    assert!(signed_at_hub(&world, ada, &picture));
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

/// Signing in is no reason to seal anything again: not what lies there, and not what the hub took while nobody was signed in.
#[tokio::test]
async fn what_is_sealed_is_not_sealed_anew_when_somebody_signs_in() {
    let (world, nurse, ada) = begun().await;
    let picture = jpeg(12, LARGE);
    world.cut(true);
    takes(&nurse, ada, &picture).await;
    let pieces = |nurse: &Worker| {
        let long = |path: &std::path::PathBuf| std::fs::metadata(path).unwrap().len() > 1_000;
        segments(&nurse.home).into_iter().filter(long).collect::<Vec<_>>()
    };
    let sealed = pieces(&nurse);
    let nurse = nurse.restarted(&world);
    nurse.sign_in().await.unwrap();
    nurse.opened(ada).await;
    assert_eq!(pieces(&nurse), sealed, "the same files");
    let nurse = nurse.restarted(&world);
    world.cut(false);
    nurse.device.send_outbox().await.unwrap();
    assert_eq!((pieces(&nurse).len(), at_hub(&world, "N1", ada, &picture).as_ref()), (0, Some(&picture)));
    brought(&world);
    nurse.sign_in().await.unwrap();
    nurse.opened(ada).await;
    assert_eq!(pieces(&nurse).len(), 0, "the hub holds them");
    nurse.sync_all().await;
    assert!(brought(&world).iter().all(|length| *length < PIECE / 4), "and none goes a second time");
    // Taken out and put back it is another.
    let photo = PhotoId::of(&picture);
    nurse.ask(DropPhoto { person: ada, form: "wound".to_owned(), photo }).await.unwrap();
    world.pass(SignedDuration::from_secs(1));
    nurse.keep_photo(ada, "wound", &picture).await.unwrap();
    assert_eq!(pieces(&nurse).len(), PIECES);
    nurse.sync_all().await;
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

/// The picture was asked for and had not come when the nurse chose the same file again and signed.
#[tokio::test]
async fn a_picture_that_is_on_its_way_back_and_signed_meanwhile_is_sent() {
    let (world, nurse, ada) = begun().await;
    let picture = jpeg(8, LARGE);
    takes(&nurse, ada, &picture).await;
    nurse.sync_all().await;
    forgets(&world, &nurse).await;
    let nurse = nurse.restarted(&world);
    enrol(&world, &nurse).await;
    assert_eq!(shown(&nurse, ada).await, (Some(SITE.to_owned()), vec![]), "its words came, it did not");
    world.cut(true);
    nurse.keep_photo(ada, "wound", &picture).await.unwrap();
    nurse.sign_wound(ada, "wound").await.unwrap();
    let photo = nurse.visits(ada).await.photo(PhotoId::of(&picture)).cloned().unwrap();
    assert_eq!(photo.receipt, ActReceipt::OnThisDevice);
    world.cut(false);
    nurse.sync_all().await;
    nurse.sync_all().await;
    assert!(signed_at_hub(&world, ada, &picture));
    assert_eq!(segments(&nurse.home).len(), 0);
}

/// Taken out and put back: its pieces come before the hub hears so, and before a colleague brings word that it was taken out.
#[tokio::test]
async fn a_picture_that_was_put_back_is_kept_in_whatever_order_it_comes() {
    let (world, nurse, ada) = begun().await;
    let picture = jpeg(9, LARGE);
    takes(&nurse, ada, &picture).await;
    nurse.sync_all().await;
    world.cut(true);
    world.pass(SignedDuration::from_secs(1));
    let photo = PhotoId::of(&picture);
    nurse.ask(DropPhoto { person: ada, form: "wound".to_owned(), photo }).await.unwrap();
    let kept = world.folder.path().join("kept");
    std::fs::create_dir_all(&kept).unwrap();
    for path in segments(&nurse.home) {
        std::fs::copy(&path, kept.join(path.file_name().unwrap())).unwrap();
    }
    segments(&kept).iter().for_each(|path| take(&world, path));
    assert_eq!(at_hub(&world, "N1", ada, &picture), None);
    world.pass(SignedDuration::from_secs(1));
    nurse.keep_photo(ada, "wound", &picture).await.unwrap();
    let (pieces, text): (Vec<_>, Vec<_>) =
        segments(&nurse.home).into_iter().partition(|path| std::fs::metadata(path).unwrap().len() > 1_000);
    assert_eq!(pieces.len(), PIECES);
    for path in pieces.iter().chain(&segments(&kept)).chain(&text) {
        take(&world, path);
    }
    assert_eq!(at_hub(&world, "N1", ada, &picture), Some(picture));
}

/// A piece cannot be written, as where the disk has no room for it: whoever put it there hears so, and what is done goes on.
#[tokio::test]
async fn a_picture_that_cannot_be_sealed_holds_up_no_record_and_nothing_signed() {
    let (world, nurse, ada) = begun().await;
    world.cut(true);
    nurse.note(ada, "All well.").await;
    let own = segments(&nurse.home)[0].parent().unwrap().to_owned();
    // No file can be begun; the one that is written to can be.
    let away = own.with_extension("away");
    std::fs::rename(&own, &away).unwrap();
    std::fs::write(&own, "").unwrap();
    let sealed = || segments(&away).iter().map(|path| std::fs::metadata(path).unwrap().len()).sum::<u64>();
    let picture = jpeg(10, LARGE);
    nurse.keep_photo(ada, "wound", &picture).await.unwrap_err();
    let before = sealed();
    nurse.opened(ada).await;
    let looked = sealed();
    nurse.note(ada, "Daughter here.").await;
    assert!(before < looked && looked < sealed(), "sealed as ever");
    std::fs::remove_file(&own).unwrap();
    std::fs::rename(&away, &own).unwrap();
    nurse.opened(ada).await;
    assert_eq!(lying(&nurse.home), PIECES + 1, "with what came next, beside what was done");
}

#[tokio::test]
async fn pictures_of_which_the_hub_lacks_some_hide_no_older_words() {
    let (world, first, ada) = begun().await;
    let second = another(&world).await;
    world.pass(SignedDuration::from_secs(1));
    takes(&first, ada, &jpeg(11, LARGE)).await;
    first.sync_all().await;
    let said = || {
        let said = world.write(|tx| drafts::left_behind(tx, (&"D2".parse().unwrap(), &second.staff), world.now()));
        said.into_iter().filter(|said| !said.form.starts_with("picture ")).count()
    };
    world.write(|tx| trust::revoke(tx, &"D1".parse().unwrap(), world.now()));
    world.write(|tx| {
        tx.execute("delete from draft_picture where start = 0", [])?;
        for n in 0..60 {
            let name = name_of_picture("wound-2", PhotoId::from_bytes([n; 32])).unwrap();
            let sql = "insert into draft (device, person, form, staff, number, at, fields, received)
                       select device, person, ?1, staff, number + 1, at + 1, '{\"length\":\"9\"}', received
                       from draft where form = 'wound' and device = 'D1'";
            tx.execute(sql, [name])?;
        }
        Ok(())
    });
    assert_eq!(said(), 1);
}

/// The hub keeps so much of one author's pictures that nobody signed, and no more: what does not fit stays, is not brought again and again, holds up nothing,
/// and its author is told what to do.
#[tokio::test]
async fn a_picture_for_which_the_hub_has_no_room_stays_says_so_and_goes_once_there_is_some() {
    let (world, nurse, ada) = begun().await;
    let (first, second) = (jpeg(13, LARGE), jpeg(14, LARGE));
    takes(&nurse, ada, &first).await;
    nurse.sync_all().await;
    let stays = async || {
        let receipts = nurse.ask(GetReceipts {}).await.unwrap();
        (nurse.visits(ada).await.pictures_stay, receipts.pictures_stay)
    };
    assert_eq!((at_hub(&world, "N1", ada, &first).is_some(), stays().await), (true, (false, false)));
    crowd(&world, drafts::MOST_PIECES as usize - PIECES - 2);
    nurse.keep_photo(ada, "wound", &second).await.unwrap();
    brought(&world);
    nurse.sync_all().await;
    // Its last piece is short, and goes with the words; one more fits.
    let away = || std::mem::take(&mut *world.weather.turned_away.lock().unwrap()).len();
    let long = || brought(&world).into_iter().filter(|length| *length > PIECE).count();
    assert_eq!((long(), away(), stays().await), (1, 1, (true, true)));
    assert_eq!((at_hub(&world, "N1", ada, &second), lying(&nurse.home)), (None, PIECES - 2));
    // Nothing else waits for it, and nothing of it is brought in vain.
    nurse.note(ada, "All well.").await;
    nurse.sync_all().await;
    assert_eq!((nurse.visits(ada).await.waiting, long(), away()), (0, 0, 0));
    let photo = PhotoId::of(&first);
    nurse.ask(DropPhoto { person: ada, form: "wound".to_owned(), photo }).await.unwrap();
    nurse.sync_all().await;
    nurse.sync_all().await;
    assert_eq!((at_hub(&world, "N1", ada, &second), stays().await), (Some(second), (false, false)));
    nurse.sync_all().await;
    let left: Vec<u64> = segments(&nurse.home).iter().map(|path| std::fs::metadata(path).unwrap().len()).collect();
    assert_eq!(left, [] as [u64; 0]);
}

/// So many pieces of this nurse's, of a picture of somebody else.
fn crowd(world: &World, pieces: usize) {
    world.write(|tx| {
        let sql = "with recursive n(i) as (select 0 union all select i + 1 from n where i + 1 < ?1)
                   insert into draft_picture (staff, person, form, photo, start, length, bytes, received, number)
                   select 'N1', zeroblob(16), 'picture of another', zeroblob(32), i, 1, x'00', ?2, 1 from n";
        tx.execute(sql, (pieces as i64, world.now().millis()))
    });
}

/// A segment in which more lies than a picture without room.
#[tokio::test]
async fn what_else_is_in_a_segment_is_taken_in_and_the_segment_is_not_let_go() {
    let (world, _nurse, ada) = begun().await;
    let author = hub::SigningKey::from_bytes(&[4; 32]);
    world.write(|tx| {
        tx.execute("update device set signing_key = ?1 where id = 'D1'", [author.verifying_key().as_bytes()])
    });
    crowd(&world, drafts::MOST_PIECES as usize);
    let name = name_of_picture("wound", PhotoId::from_bytes([9; 32])).unwrap();
    let said = |form: &str| DraftSaid {
        person: ada,
        form: form.to_owned(),
        number: 8,
        at: world.now(),
        fields: r#"{"text":"Half a no"}"#.into(),
        from: None,
    };
    let piece = sync::drafts::PicturePiece::all(&said(&name), &[5; 40]).remove(0);
    let (chain, key) = ("D1/N1".parse().unwrap(), &world.hub.authority.signing);
    let owner = owner_of_picture(&chain, ada, &name);
    let (mut segment, mut bytes) =
        Segment::begin_as(owner, (&[2; 32], &key.verifying_key()), (&chain, &author), world.now()).unwrap();
    let frame = Frame { work: vec![Work::Picture(piece), Work::Draft(said("note"))], ..Frame::default() };
    bytes.extend(segment.frame(0, &frame).unwrap());
    let take = || hub::post::outbox::take(&mut world.hub.store(), key, &bytes, world.now());
    let count = |sql: &str| world.write(|tx| tx.query_row(sql, [], |row| row.get::<_, u32>(0)));
    assert!(matches!(take(), Err(hub::post::PostFault::PicturesFull)));
    let note = "select count(*) from draft where form = 'note' and fields is not null";
    assert_eq!((count(note), count("select count(*) from draft_picture")), (1, drafts::MOST_PIECES));
    world.write(|tx| tx.execute("delete from draft_picture where start = 0", []));
    take().unwrap();
    // Brought a second time it takes no room.
    take().unwrap();
    assert_eq!((count(note), count("select count(*) from draft_picture")), (1, drafts::MOST_PIECES));
}

/// What lies beside a vault of a picture, and what stands beside drafts: frozen.
#[test]
fn a_piece_and_a_wait_as_they_are_sealed() {
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    let (hub, author) = (hub::SigningKey::from_bytes(&[3; 32]), hub::SigningKey::from_bytes(&[4; 32]));
    let chain = "D1/N1".parse().unwrap();
    let (person, begun) = (PersonId::from_bytes([7; 16]), record::Stamp::from_millis(1_790_000_000_000));
    let name = name_of_picture("wound", PhotoId::from_bytes([9; 32])).unwrap();
    let waits = sync::drafts::DraftWaits { person, form: "note".to_owned(), of: ("D0".parse().unwrap(), 6) };
    let said =
        DraftSaid { person, form: name.clone(), number: 8, at: begun, fields: r#"{"length":"40"}"#.into(), from: None };
    let pieces = sync::drafts::PicturePiece::all(&said, &[5; 40]);
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
