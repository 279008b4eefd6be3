//! The session on a bad network: a shift's work over 2G and EDGE, in virtual time, and cut again and again. Bytes and round trips are real,
//! of the real device and hub; the link is reckoned: so many bits a second, so long a round trip, so many packets lost, each
//! costing the time to notice it.

use desk::ask::{GetReceipts, SyncNow};
use desk::view::Posted;
use record::PersonId;
use record::consent::Choice;
use record::receipt::Work;
use std::sync::atomic::Ordering;
use stories::photos::jpeg;
use stories::plans::about;
use stories::visits::signs;
use stories::{Worker, World};

/// A link.
struct Link {
    up: f64,
    down: f64,
    round_trip: f64,
    loss: f64,
}

/// 50 kbit/s, 600 ms, 2% loss.
const TWO_G: Link = Link { up: 50_000.0, down: 50_000.0, round_trip: 0.6, loss: 0.02 };
/// 200 and 260 kbit/s, 650 ms, 1% loss.
const EDGE: Link = Link { up: 200_000.0, down: 260_000.0, round_trip: 0.65, loss: 0.01 };

impl Link {
    /// Seconds for what was said. A connection costs three round trips (TCP and TLS); a lost packet two, and is sent again.
    fn seconds(&self, posted: &Posted) -> f64 {
        const PACKET: f64 = 1_200.0;
        let (out, back) = (posted.bytes_out as f64, posted.bytes_in as f64);
        let packets = (out / PACKET).ceil() + (back / PACKET).ceil();
        let again = 1.0 / (1.0 - self.loss);
        let wire = (out * 8.0 / self.up + back * 8.0 / self.down) * again;
        let trips = 3.0 + f64::from(posted.requests) + packets * self.loss * 2.0;
        wire + trips * self.round_trip
    }
}

async fn region(count: u32) -> (World, Vec<PersonId>, Worker, Worker) {
    let world = World::new();
    // One stem in eleven has no check digit.
    let stems = (1..).filter(|stem| record::NhsNumber::from_stem(999_000_000 + stem).is_some());
    let people: Vec<PersonId> =
        stems.take(count as usize).map(|stem| world.person(stem, &format!("Okonjo{stem}"), Choice::Y3)).collect();
    let (one, two) = (world.nurse("N1").await, world.nurse("N2").await);
    for worker in [&one, &two] {
        worker.sync().await;
        worker.sync().await;
    }
    (world, people, one, two)
}

/// A shift away from the network: everybody looked at, 40 edits of their plans.
async fn shift(people: &[PersonId], nurse: &Worker, when: &str) {
    for (n, person) in people.iter().enumerate() {
        nurse.opened(*person).await;
        nurse
            .write(
                *person,
                about("people"),
                &format!("Visit {n} {when}: ate well, wound dry, daughter comes at weekends."),
            )
            .await;
    }
}

#[tokio::test]
async fn a_shifts_text_is_through_on_2g_and_on_edge_in_time() {
    let (world, people, one, two) = region(20).await;
    world.cut(true);
    shift(&people, &one, "in the morning").await;
    shift(&people, &one, "at night").await;
    world.cut(false);
    let posted = one.sync().await;
    assert_eq!((one.status().await.unsent, posted.requests), (0, 1), "all of it in one request");
    let (slow, edge) = (TWO_G.seconds(&posted), EDGE.seconds(&posted));
    assert!(slow < 30.0, "{slow:.1} s at 2G: {posted:?}");
    assert!(edge < 10.0, "{edge:.1} s at EDGE: {posted:?}");
    // A colleague has everything in one request more.
    let heard = two.sync().await;
    assert!(heard.requests <= 2 && TWO_G.seconds(&heard) < 30.0, "{heard:?}");
    for person in &people {
        assert_eq!(one.plan(*person).await.plan, two.plan(*person).await.plan);
    }
}

/// The shift of the issue, with its photographs: 30 visits, 200 observations, 40 edits of plans, 10 photographs of 200 kB.
#[tokio::test]
async fn all_text_of_a_shift_is_held_before_the_first_byte_of_a_photograph_and_photographs_resume() {
    let (world, people, one, _) = region(30).await;
    world.cut(true);
    shift(&people, &one, "today").await;
    shift(&people[..10], &one, "again").await;
    for n in 0..200 {
        one.act(people[n % people.len()], signs(60 + (n % 40) as u16)).await;
        // Nobody is locked out in the middle of it.
        world.pass(jiff::SignedDuration::from_secs(20));
    }
    for (n, person) in people.iter().take(10).enumerate() {
        one.photographed(*person, &jpeg(n as u64, 200_000)).await;
    }
    world.cut(false);
    world.weather.heard.lock().unwrap().clear();
    let posted = one.sync().await;
    let text = std::mem::take(&mut *world.weather.heard.lock().unwrap());
    let seconds = EDGE.seconds(&posted);
    println!("text of a shift: {posted:?}, {seconds:.1} s at EDGE");
    assert!(seconds < 10.0, "{seconds:.1} s at EDGE: {posted:?}");
    assert!(has_no_photograph(&text), "a photograph went with the text");
    let all = one.ask(GetReceipts {}).await.unwrap();
    let lots = |work: Work| all.people.iter().flat_map(move |p| p.lots.iter().filter(move |lot| lot.work == work));
    assert!([Work::Plan, Work::Visit].into_iter().flat_map(lots).all(|lot| lot.waiting == 0), "all text is held");
    assert_eq!(lots(Work::Photo).map(|lot| (lot.waiting, lot.held)).collect::<Vec<_>>(), vec![(1, None); 10]);
    // Photographs, on a line that is cut again and again.
    let mut cuts = 0;
    let sent = loop {
        world.weather.lose_answer_in.store(12, Ordering::Relaxed);
        if let Ok(posted) = one.device.sync_all().await {
            break posted;
        }
        cuts += 1;
        assert!(cuts < 40, "they never get through");
    };
    assert!(cuts > 3, "only {cuts} cuts: it was not tried");
    let bytes: usize = world.weather.heard.lock().unwrap().iter().map(Vec::len).sum();
    println!("10 photographs: {bytes} bytes with {cuts} cuts; the last sync {sent:?}");
    assert!(bytes < 10 * 200_000 + cuts * 34_000 + 300_000, "a cut costs one piece: {bytes} bytes, {cuts} cuts");
    world.weather.lose_answer_in.store(0, Ordering::Relaxed);
    one.sync_all().await;
    let all = one.ask(GetReceipts {}).await.unwrap();
    let held = all.people.iter().flat_map(|p| &p.lots).filter(|lot| lot.work == Work::Photo);
    assert!(held.clone().all(|lot| lot.waiting == 0) && held.filter_map(|lot| lot.held).count() == 10);
}

/// A photograph of the stories begins as a picture does, and folds no smaller: it would stand in a post as it is.
fn has_no_photograph(posts: &[Vec<u8>]) -> bool {
    (0..10).all(|seed| {
        let begins = jpeg(seed, 12);
        !posts.iter().any(|post| post.windows(begins.len()).any(|part| part == begins))
    })
}

#[tokio::test]
async fn two_round_trips_bring_two_devices_together_whatever_the_number_of_plans() {
    for count in [1, 12] {
        let (world, people, one, two) = region(count).await;
        world.cut(true);
        shift(&people, &one, "today").await;
        shift(&people, &two, "today too").await;
        world.cut(false);
        let (first, second, third) = (one.sync().await, two.sync().await, one.sync().await);
        assert_eq!(first.requests, 1, "{count} plans");
        assert!(second.requests <= 2 && first.requests + third.requests <= 3, "{count} plans: {second:?} {third:?}");
        for person in &people {
            assert_eq!(one.plan(*person).await.plan, two.plan(*person).await.plan);
        }
    }
}

/// A post counts whole or not at all. What stands of a line is found out by halving, and all of a shift is through in as many posts as it takes.
#[tokio::test]
async fn a_line_that_fails_under_every_long_post_still_carries_all_of_it() {
    const CARRIES: usize = 24_000;
    let (world, people, one, two) = region(12).await;
    world.cut(true);
    for (n, person) in people.iter().enumerate() {
        // Random letters fold to half: 8 kB a plan on the line.
        let words: String = jpeg(n as u64 + 1, 8_000).iter().map(|byte| format!("{byte:02x}")).collect();
        one.write(*person, about("people"), &words).await;
    }
    world.cut(false);
    world.weather.carries_at_most.store(CARRIES, Ordering::Relaxed);
    let mut cuts = 0;
    while one.ask(SyncNow {}).await.is_err() {
        cuts += 1;
        assert!(cuts < 40, "it never gets through");
    }
    assert!(cuts >= 4, "only {cuts} cuts: it was not tried");
    assert_eq!(one.status().await.unsent, 0);
    // Where the line carries again what is asked of it, posts grow again.
    world.weather.carries_at_most.store(0, Ordering::Relaxed);
    two.sync().await;
    for person in &people {
        assert_eq!(one.plan(*person).await.plan, two.plan(*person).await.plan);
    }
}

#[tokio::test]
async fn cut_after_every_few_bytes_it_still_gets_through() {
    let (world, people, one, two) = region(6).await;
    shift(&people, &one, "today").await;
    one.sync().await;
    let (mut cuts, mut reach) = (0, 40);
    loop {
        world.weather.cut_answer_at.store(reach, Ordering::Relaxed);
        let done = two.ask(SyncNow {}).await.is_ok();
        world.weather.cut_answer_at.store(usize::MAX, Ordering::Relaxed);
        if done {
            break;
        }
        // What came whole before the cut counts; a little further each time stands for a link that gets no better than that.
        (cuts, reach) = (cuts + 1, reach + 120);
        assert!(cuts < 200, "it never gets through");
    }
    assert!(cuts > 3, "only {cuts} cuts: it was not tried");
    for person in &people {
        assert_eq!(one.plan(*person).await.plan, two.plan(*person).await.plan);
    }
}
