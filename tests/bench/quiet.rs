//! What a post costs the hub when nothing changed: processor time of the thread that answers, signature check and commit in it, in a small
//! region and in a hundred times the region. Sockets and TLS are not in it.

use crate::stats::{Table, ratio, short};
use anyhow::{Context, Result, anyhow, ensure};
use desk::ask::SyncNow;
use hub::store::trust;
use jiff::SignedDuration;
use record::consent::Choice;
use std::sync::PoisonError;
use std::time::Duration;
use stories::World;

/// Devices and people: a community trust, and a hundred of them.
const SMALL: (u64, u64) = (7_000, 8_000);
const LARGE: (u64, u64) = (700_000, 800_000);
const POSTS: u32 = 20_000;
/// Five minutes apart: all of them before the device's certificate is old, and a new one would be sent.
const RENEWALS: u32 = 100;

pub fn measure(table: &mut Table) -> Result<()> {
    let Some(small) = posts(SMALL)? else {
        table.row("G12", "a post when nothing changed", "this system does not say what a thread's time was".into(), "");
        return Ok(());
    };
    let large = posts(LARGE)?.context("a thread's time")?;
    let said = |cost: &Cost| {
        format!("{} ({}; {} where it renews the licence)", short(cost.mean()), short(cost.quiet), short(cost.renewing))
    };
    table.row(
        "G12",
        "hub's processor time of a signed post when nothing changed, of five of which one renews the licence",
        format!(
            "{} with 7,000 devices and 8,000 people; {} with 700,000 and 800,000 = {:.2}x",
            said(&small),
            said(&large),
            ratio(large.mean(), small.mean())
        ),
        "<= 60 us, within 10%",
    );
    Ok(())
}

/// Of one post: where nothing is written, and where the licence is renewed, which a device at rest does with every fifth.
struct Cost {
    quiet: Duration,
    renewing: Duration,
}

impl Cost {
    fn mean(&self) -> Duration {
        (self.quiet * 4 + self.renewing) / 5
    }
}

/// One post of a real device, answered again and again in a region of this size.
fn posts((devices, people): (u64, u64)) -> Result<Option<Cost>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let world = World::new();
    world.person(1, "Okonjo", Choice::Y3);
    let nurse = runtime.block_on(world.nurse("N1"));
    world.write(|tx| {
        tx.execute_batch(&format!(
            "create temp table n as with recursive n (i) as (select 1 union all select i + 1 from n where i < {}) select i from n;
             insert into staff (id, actor, active) select 'S' || i, (select actor from staff limit 1), 1 from n where i <= {devices};
             insert into device (id, staff, signing_key, certificate, enrolled, last_post)
               select 'X' || i, 'S' || i, randomblob(32), randomblob(32), 1, 1 from n where i <= {devices};
             insert into person (uid) select randomblob(16) from n where i <= {people};
             drop table n;",
            devices.max(people)
        ))
    });
    for _ in 0..3 {
        runtime.block_on(nurse.ask(SyncNow {})).map_err(|t| anyhow!("{t}"))?;
    }
    let post = world.weather.heard.lock().unwrap_or_else(PoisonError::into_inner).last().cloned().context("a post")?;
    let device = world.write(|tx| trust::device(tx, "D1")).context("the device")?;
    let (key, mut now) = (world.hub.authority.signing.clone(), world.now());
    let mut store = world.hub.store();
    let mut spent = |apart: SignedDuration, posts: u32| {
        let mut answer = || {
            now = now.plus(apart);
            hub::post::answer(&mut store, &key, &post, Some(device.certificate), now)
        };
        for _ in 0..posts / 10 {
            ensure!(answer()?.len() < 1_000, "something had changed");
        }
        let Some(began) = thread_time() else { return Ok(None) };
        for _ in 0..posts {
            answer()?;
        }
        let spent = thread_time().context("a thread's time")? - began;
        Ok(Some(spent / posts))
    };
    let Some(quiet) = spent(SignedDuration::ZERO, POSTS)? else { return Ok(None) };
    let renewing = spent(SignedDuration::from_mins(5), RENEWALS)?.context("a thread's time")?;
    Ok(Some(Cost { quiet, renewing }))
}

/// Processor time of this thread so far, where the system says (Linux).
fn thread_time() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}
