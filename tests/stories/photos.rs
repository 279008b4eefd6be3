//! A photograph of a wound: taken without a network, kept with its form, signed, sent after everything else in pieces, held only on the hub's
//! word, and seen on another device when somebody presses for it. Real vaults, real hub, real cuts.

use desk::Trouble;
use desk::ask::{DropPhoto, GetReceipts, WhoLooked};
use desk::visit::{ActReceipt, PhotoView, VisitPage};
use hub::store::{people, photos as rows, trust};
use record::PersonId;
use record::audit::VisitDeed;
use record::consent::{Choice, DecidedBy, Recorded};
use record::receipt::{Lot, Work};
use record::visit::{ActFault, PhotoId};
use std::sync::atomic::Ordering;
use stories::photos::{jpeg, url, wound};
use stories::{Worker, World};

/// Bytes of a photograph as the screen makes them.
const LARGE: usize = 200_000;
/// A piece on the wire, and what is around it in a post.
const PIECE: usize = 32 << 10;

async fn lot(worker: &Worker, person: PersonId, work: Work) -> Option<Lot> {
    let receipts = worker.ask(GetReceipts {}).await.unwrap();
    let of = receipts.people.into_iter().find(|p| p.person == person)?;
    of.lots.into_iter().find(|lot| lot.work == work)
}

/// What the hub has of it: how many bytes, and the picture where it is whole.
fn at_hub(world: &World, person: PersonId, photo: PhotoId) -> (u32, Option<Vec<u8>>) {
    world.write(|tx| {
        let Some(row) = people::person_row(tx, person)? else { return Ok((0, None)) };
        let Some(stored) = rows::find(tx, row, photo)? else { return Ok((0, None)) };
        let whole = if stored.held { Some(rows::bytes(tx, &stored)?) } else { None };
        Ok((stored.has, whole))
    })
}

/// Lengths of the posts heard so far; forgets them.
fn heard(world: &World) -> Vec<usize> {
    std::mem::take(&mut *world.weather.heard.lock().unwrap()).iter().map(Vec::len).collect()
}

fn view(page: &VisitPage, photo: PhotoId) -> PhotoView {
    page.photo(photo).cloned().expect("known here")
}

#[tokio::test]
async fn a_photograph_goes_after_the_text_and_is_held_only_on_the_hubs_word() {
    let world = World::new();
    let ada = world.person(1, "Quill", Choice::Y3);
    let jo = world.nurse("N1").await;
    jo.sync().await;
    jo.sync().await;
    world.cut(true);
    let picture = jpeg(1, LARGE);
    let (page, photo) = jo.photographed(ada, &picture).await;
    assert_eq!(view(&page, photo), PhotoView { id: photo, here: true, receipt: ActReceipt::OnThisDevice });
    jo.note(ada, "Dressed.").await;
    let waits = lot(&jo, ada, Work::Photo).await.unwrap();
    assert_eq!((waits.waiting, waits.held), (1, None));
    world.cut(false);
    heard(&world);
    jo.sync().await;
    assert!(heard(&world).iter().all(|post| *post < PIECE), "no piece while anything else waits");
    assert_eq!(at_hub(&world, ada, photo), (0, None));
    assert!(lot(&jo, ada, Work::Visit).await.unwrap().held.is_some());
    let waits = lot(&jo, ada, Work::Photo).await.unwrap();
    assert_eq!((waits.waiting, waits.held), (1, None), "the text is held, the photograph is not");
    let changes = jo.ask(GetReceipts {}).await.unwrap().changes;
    assert_eq!(changes, 1, "nothing says that all is held");
    heard(&world);
    jo.sync_all().await;
    let posts = heard(&world);
    let most = posts.iter().max().copied().unwrap();
    assert!(most > PIECE && most < PIECE + 1_000, "one piece a post: {posts:?}");
    assert_eq!(at_hub(&world, ada, photo), (LARGE as u32, Some(picture.clone())));
    assert_eq!(jo.status().await.unsent, 0);
    let (held, word) = lot(&jo, ada, Work::Photo).await.unwrap().held.unwrap();
    assert_eq!((held, word.at()), (1, world.now()));
    let page = jo.visits(ada).await;
    assert_eq!(view(&page, photo).receipt, ActReceipt::HeldByHub { at: world.now() });
    // It is still here to be looked at, and each look is an entry.
    assert_eq!(jo.photo(ada, photo).await.unwrap().picture, url(&picture).into());
    // Sent twice is held once.
    heard(&world);
    jo.sync_all().await;
    assert!(heard(&world).iter().all(|post| *post < PIECE), "nothing is left");
}

#[tokio::test]
async fn what_is_written_while_a_photograph_travels_goes_before_its_next_piece() {
    let world = World::new();
    let ada = world.person(1, "Quill", Choice::Y3);
    let jo = world.nurse("N1").await;
    jo.sync().await;
    let (_, photo) = jo.photographed(ada, &jpeg(2, LARGE)).await;
    // The fourth answer is lost: text, empty, and some of the pieces are through.
    world.weather.lose_answer_in.store(4, Ordering::Relaxed);
    assert!(jo.device.sync_all().await.is_err());
    let (has, _) = at_hub(&world, ada, photo);
    assert!(has > 0 && has < LARGE as u32, "in the middle: {has}");
    jo.note(ada, "Pain is worse.").await;
    heard(&world);
    jo.sync_all().await;
    let posts = heard(&world);
    assert!(posts[0] < PIECE && posts[1..].iter().any(|post| *post > PIECE), "the words first: {posts:?}");
    assert!(at_hub(&world, ada, photo).1.is_some());
}

#[tokio::test]
async fn whoever_waits_for_the_hub_waits_for_one_piece_and_not_for_the_photographs() {
    let world = World::new();
    let ada = world.person(1, "Quill", Choice::Y3);
    let jo = world.nurse("N1").await;
    jo.sync().await;
    let (_, photo) = jo.photographed(ada, &jpeg(20, LARGE)).await;
    // Both begin at once: the loop with the photographs, and somebody who presses.
    let (carried, pressed) = tokio::join!(jo.device.sync_all(), jo.ask(desk::ask::SyncNow {}));
    assert!(carried.is_ok() && pressed.is_ok());
    assert!(at_hub(&world, ada, photo).0 < LARGE as u32, "they made room");
    jo.sync_all().await;
    assert!(at_hub(&world, ada, photo).1.is_some(), "and went on afterwards");
}

#[tokio::test]
async fn cut_again_and_again_it_resumes_and_never_sends_what_the_hub_said_it_has() {
    let world = World::new();
    let ada = world.person(1, "Quill", Choice::Y3);
    let mut jo = world.nurse("N1").await;
    jo.sync().await;
    let picture = jpeg(3, LARGE);
    let (_, photo) = jo.photographed(ada, &picture).await;
    jo.sync().await;
    heard(&world);
    let mut cuts = 0;
    while at_hub(&world, ada, photo).1.is_none() {
        // One answer comes back, the next one is lost: the device does not know of that piece.
        world.weather.lose_answer_in.store(3, Ordering::Relaxed);
        if jo.device.sync_all().await.is_ok() {
            break;
        }
        cuts += 1;
        if cuts == 2 {
            jo = jo.restarted(&world).sign_in_again().await;
        }
        assert!(cuts < 20, "it never gets through");
    }
    world.weather.lose_answer_in.store(0, Ordering::Relaxed);
    jo.sync_all().await;
    assert_eq!(at_hub(&world, ada, photo).1, Some(picture));
    assert!(lot(&jo, ada, Work::Photo).await.unwrap().held.is_some());
    let sent: usize = heard(&world).into_iter().filter(|post| *post > 2_000).sum();
    assert!(cuts > 2, "it was not tried");
    assert!(sent < LARGE + (cuts + 1) * (PIECE + 1_000), "a cut costs one piece: {sent} bytes, {cuts} cuts");
}

#[tokio::test]
async fn a_picture_is_kept_with_its_form_through_a_kill_and_only_what_was_signed_is_sent() {
    let world = World::new();
    let ada = world.person(1, "Quill", Choice::Y3);
    let jo = world.nurse("N1").await;
    jo.sync().await;
    let (first, second) = (jpeg(4, 5_000), jpeg(5, 5_000));
    jo.keep_photo(ada, "wound", &first).await.unwrap();
    assert_eq!(jo.keep_photo(ada, "wound", &first).await.unwrap().len(), 1, "the same picture twice is one");
    let two = jo.keep_photo(ada, "wound", &second).await.unwrap();
    let jo = jo.restarted(&world).sign_in_again().await;
    assert_eq!(jo.visits(ada).await.pictures("wound"), two);
    assert_eq!(jo.photo(ada, two[1].id).await.unwrap().picture, url(&second).into(), "shown through the door");
    let left = jo.ask(DropPhoto { person: ada, form: "wound".into(), photo: two[0].id }).await.unwrap();
    assert_eq!(left, two[1..]);
    // At most four, none that is no picture, none too large, and none that is not in the form can be signed.
    for seed in 6..9 {
        jo.keep_photo(ada, "wound", &jpeg(seed, 100)).await.unwrap();
    }
    let fault = Trouble::Visit(ActFault::Photo);
    assert_eq!(jo.keep_photo(ada, "wound", &jpeg(9, 100)).await.unwrap_err(), fault);
    assert_eq!(jo.keep_photo(ada, "other", b"<svg/>").await.unwrap_err(), fault);
    assert_eq!(jo.keep_photo(ada, "other", &jpeg(1, (1 << 20) + 1)).await.unwrap_err(), fault);
    assert_eq!(jo.try_act(ada, wound(vec![two[0]])).await.unwrap_err(), fault);
    let page = jo.sign_wound(ada, "wound").await.unwrap();
    assert_eq!((page.photos.len(), page.draft_photos.len()), (4, 0), "the form is signed and empty");
    assert!(page.photo(two[0].id).is_none(), "what was taken out is gone");
}

#[tokio::test]
async fn another_device_has_it_when_somebody_presses_and_there_is_signal() {
    let world = World::new();
    let ada = world.person(1, "Quill", Choice::Y3);
    let (jo, sam) = (world.nurse("N1").await, world.nurse("N2").await);
    jo.sync().await;
    let picture = jpeg(10, LARGE);
    let (_, photo) = jo.photographed(ada, &picture).await;
    jo.sync().await;
    sam.sync().await;
    sam.sync().await;
    let page = sam.visits(ada).await;
    assert_eq!(page.log.entries[0].act.photos()[0].id, photo, "the record says that there is one");
    assert_eq!(page.photo(photo), None, "and nothing of it is here");
    assert_eq!(sam.photo(ada, photo).await.unwrap_err(), Trouble::PhotoElsewhere, "the hub has not got it either");
    jo.sync_all().await;
    world.cut(true);
    assert_eq!(sam.photo(ada, photo).await.unwrap_err(), Trouble::PhotoElsewhere);
    world.cut(false);
    // Cut in the middle of the answer, it goes on from there.
    world.weather.cut_answer_at.store(PIECE + 2_000, Ordering::Relaxed);
    assert_eq!(sam.photo(ada, photo).await.unwrap_err(), Trouble::PhotoElsewhere);
    let before = sam.sync().await;
    assert!(before.bytes_in > 100_000 && before.bytes_in < LARGE as u64, "the rest of it: {before:?}");
    world.cut(true);
    let page = sam.photo(ada, photo).await.unwrap();
    assert_eq!(page.picture, url(&picture).into());
    let view = view(&sam.visits(ada).await, photo);
    assert_eq!((view.here, view.receipt), (true, ActReceipt::FromHub));
    let looks = sam.ask(WhoLooked { person: ada }).await.unwrap();
    let count = |deed: VisitDeed| looks.entries.iter().filter(|look| look.what.starts_with(deed.in_words())).count();
    assert_eq!((count(VisitDeed::PhotoShown), count(VisitDeed::PhotoAsked)), (1, 3));
    // Nobody looks at a picture that no record names.
    let other = PhotoId::of(b"another");
    assert_eq!(sam.photo(ada, other).await.unwrap_err(), Trouble::Visit(ActFault::Unknown));
    world.cut(false);
    let asked = sam.sync().await;
    assert!(asked.bytes_in < 20_000, "what is here is not asked for again: {asked:?}");
}

#[tokio::test]
async fn a_no_erases_photographs_but_not_one_that_waits_to_be_sent() {
    let world = World::new();
    let ada = world.person(1, "Quill", Choice::Y3);
    let (jo, sam) = (world.nurse("N1").await, world.nurse("N2").await);
    jo.sync().await;
    let (_, held) = jo.photographed(ada, &jpeg(11, 40_000)).await;
    jo.sync_all().await;
    sam.sync().await;
    sam.photo(ada, held).await.unwrap();
    world.cut(true);
    let waiting = jpeg(12, LARGE);
    let (_, late) = jo.photographed(ada, &waiting).await;
    world.cut(false);
    let say = |choice: Choice, key: &'static str| {
        let (decided, decided_by) = (Some(world.now()), DecidedBy::Person);
        let recorded = Recorded { choice, decided, decided_by, ..Recorded::nothing() };
        let row = world.write(|tx| people::person_row(tx, ada)).unwrap();
        let now = world.now();
        world.write(|tx| trust::record_choice(tx, row, &recorded, key, u64::MAX, now));
    };
    say(Choice::N2, "story/n2");
    sam.sync().await;
    jo.sync_all().await;
    assert!(matches!(sam.photo(ada, held).await, Err(Trouble::Refused(_))));
    assert_eq!(at_hub(&world, ada, late).1, Some(waiting), "it reached the hub");
    world.pass(jiff::SignedDuration::from_mins(1));
    say(Choice::Y3, "story/y3");
    for worker in [&jo, &sam] {
        worker.sync().await;
        worker.sync().await;
        assert_eq!(worker.visits(ada).await.photos, [], "nothing of them is on the device");
    }
    assert!(sam.photo(ada, held).await.is_ok(), "and after a yes it is there again when somebody presses");
}
