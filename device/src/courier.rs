//! The loop: wake, post, deliver, sleep. It carries sealed bytes between the vault and the hub and tells the screen the truth about how
//! that went. What to send and when is `sync`'s to say, through the vault; here is only the doing.

use crate::ports::{CarryFault, Link as HubLink};
use crate::state::{Device, State, carry_trouble};
use desk::view::{Link, Posted};
use desk::{Nudge, Trouble};
use record::Stamp;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use vault::{Arrived, Bite, Effect, Event};

/// Bytes of answer asked for in one request: a caseload of 500 fits in one or two.
const APPETITE: u64 = 2_000_000;
/// The very first answer is small, so that a first record can be opened within two round trips (goal G7).
const FIRST_BITE: u64 = 60_000;
/// Rounds in one sync before the loop yields.
const MOST_ROUNDS: u32 = 64;
/// Epochs that the hub opens in one sync before the loop yields.
const MOST_EPOCHS: u32 = 1;
/// The courier looks at the clock at least this often, to lock an idle device.
const GLANCE: Duration = Duration::from_secs(15);

impl Device {
    /// Runs until dropped: posts when there is something to say or hear, and locks the device when it lies unused.
    pub async fn run(self: Arc<Self>) {
        let mut event = Event::Tick;
        let mut network = self.network();
        loop {
            self.lock_if_idle();
            let effect = self.step(event);
            event = Event::Tick;
            let wait = match effect {
                Effect::Post if self.signed_in() => {
                    // The trouble is kept in the status; here only the next step follows from it.
                    let _ = self.sync_all().await;
                    continue;
                }
                Effect::Post => {
                    // Nobody is signed in: only what is sealed already can go.
                    let sent = self.send_outbox().await;
                    self.step(if sent.is_ok() { Event::Ended { more: false } } else { Event::Cut });
                    GLANCE
                }
                Effect::WaitUntil(then) => millis_until(then, self.now()).min(GLANCE),
                Effect::Sleep => GLANCE,
            };
            tokio::select! {
                () = self.wake.notified() => event = Event::Wake,
                () = tokio::time::sleep(wait) => {}
            }
            // Another network, or the first after none: it is tried at once, however long the last one was waited for.
            let now = self.network();
            if now != network && !now.is_empty() {
                event = Event::Wake;
            }
            network = now;
        }
    }

    /// This device's addresses: they change when it comes to a network or leaves one.
    fn network(&self) -> Vec<IpAddr> {
        let mut addresses = self.ports.nearby.addresses();
        addresses.sort_unstable();
        addresses
    }

    /// Everything the hub has and wants, now, but photographs: rounds until it has no more. Photographs follow by themselves.
    pub(crate) async fn sync_now(&self) -> Result<Posted, Trouble> {
        self.sync(false).await
    }

    /// That, and then the photographs taken here, piece by piece: the slow rest, which the loop carries.
    pub async fn sync_all(&self) -> Result<Posted, Trouble> {
        self.sync(true).await
    }

    async fn sync(&self, photos: bool) -> Result<Posted, Trouble> {
        if self.state().airplane {
            return Err(Trouble::HubUnreachable);
        }
        let _one_at_a_time = {
            let _waits = (!photos).then(|| Waits::on(&self.waiting));
            self.round.lock().await
        };
        let mut posted = Posted::default();
        self.set_link(Link::Syncing { done: 0, expected: 0, kb: 0, of_kb: 0 });
        if self.status().is_ok_and(|status| status.synced.is_none()) {
            // What earlier enrolments here left sealed goes before the first post asks for it, or an older version of it would come back.
            let _ = self.deliver(false).await;
        }
        let result = self.rounds(photos, &mut posted).await;
        if !matches!(result, Err(Trouble::HubUnreachable | Trouble::NotOurHub)) {
            // Work of other users, of earlier enrolments and of colleagues. What fails is tried with the next round.
            let delivered = self.deliver(photos).await;
            if delivered.is_ok_and(|done| done.slow_left) && !self.state().airplane {
                self.wake.notify_one();
            }
        }
        let (link, trouble, event) = match &result {
            Ok(()) => (Link::Online, None, Event::Ended { more: false }),
            Err(trouble @ (Trouble::Revoked | Trouble::NotOurHub | Trouble::Version)) => {
                (Link::Offline, Some(trouble.clone()), Event::TurnedAway)
            }
            // No network is not a fault to show beside "Offline"; anything else is.
            Err(Trouble::HubUnreachable) => (Link::Offline, None, Event::Cut),
            Err(trouble) => (Link::Offline, Some(trouble.clone()), Event::Cut),
        };
        self.keep_anchor();
        self.state().trouble = trouble;
        self.set_link(link);
        self.step(event);
        let changed = posted.people_removed + posted.facts_changed + posted.plans_changed + posted.acts_new;
        if posted.letters > 0 || changed + posted.drafts_back > 0 {
            self.nudge(Nudge::Caseload);
        }
        result.map(|()| posted)
    }

    async fn rounds(&self, photos: bool, posted: &mut Posted) -> Result<(), Trouble> {
        let mut round = 0;
        let mut epochs = 0;
        while round < MOST_ROUNDS {
            let appetite = if round == 0 { FIRST_BITE } else { APPETITE };
            let arrived = self.one_round(appetite, posted).await?;
            // Somebody who is sent once more is one person.
            posted.people_added += arrived.people_new;
            posted.people_removed += arrived.people_removed;
            posted.facts_changed += arrived.facts_changed;
            posted.plans_changed += arrived.plans_changed;
            posted.acts_new += arrived.acts_new;
            posted.drafts_back += arrived.drafts_back;
            posted.letters += arrived.letters;
            posted.entries_receipted += arrived.entries_receipted;
            epochs += u32::from(arrived.epoch_opened);
            if epochs > MOST_EPOCHS {
                // Whatever is wrong here, another round at once does not mend it, and would fetch everybody again each time.
                return Ok(());
            }
            match (arrived.more, arrived.over) {
                (true, _) => round += 1,
                (false, true) => return Err(Trouble::Revoked),
                // Each piece is an end of its own; what is written meanwhile goes before the next one.
                (false, false) if photos && arrived.photos && self.may_go_on() => round = round.max(1),
                (false, false) => {
                    if arrived.photos && !self.state().airplane {
                        self.wake.notify_one();
                    }
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Photographs stop for whoever waits, and when the network is switched off.
    pub(crate) fn may_go_on(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) == 0 && !self.state().airplane
    }

    async fn one_round(&self, appetite: u64, posted: &mut Posted) -> Result<Arrived, Trouble> {
        let (now, fresh) = (self.now(), self.random());
        self.with_vault(|vault| vault.sweep(fresh, now))?;
        let fresh = self.random();
        let bite = Bite { down: appetite, up: self.state().session.upload() };
        let (bytes, link) = self.with_vault(|vault| Ok((vault.post(bite, fresh, now)?, vault.link()?)))?;
        let link: HubLink =
            serde_json::from_slice(&link).map_err(|_| Trouble::Fault { place: "courier:link".into() })?;
        posted.requests += 1;
        posted.bytes_out += bytes.len() as u64;
        let mut answer = self.ports.carrier.post(&link, bytes).await.map_err(|fault| self.failed(fault))?;
        let mut arrived = Arrived::default();
        let before = posted.bytes_in;
        while let Some(part) = answer.next().await.map_err(|fault| self.failed(fault))? {
            posted.bytes_in += part.len() as u64;
            let now = self.now();
            arrived = self.with_vault(|vault| vault.arrived(&part, now))?;
            self.set_link(progress(&arrived, posted, before));
        }
        if !arrived.ended {
            return Err(self.failed(CarryFault::Cut));
        }
        self.state().session.got_through();
        Ok(arrived)
    }

    /// A line that failed under a post is given a smaller one next.
    fn failed(&self, fault: CarryFault) -> Trouble {
        if matches!(fault, CarryFault::Cut) {
            self.state().session.failed_under_way();
        }
        carry_trouble(fault)
    }

    /// Switches Satchel's own network use off or on.
    pub(crate) fn set_airplane(&self, on: bool) {
        self.state().airplane = on;
        if on {
            self.hide_outbox();
        }
        self.set_link(Link::Offline);
        self.step(Event::Airplane { on });
        if !on {
            // The network is back: the loop's next turn posts.
            self.step(Event::Ended { more: false });
            self.wake.notify_one();
        }
    }

    fn signed_in(&self) -> bool {
        self.state().open.is_some()
    }

    fn step(&self, event: Event) -> Effect {
        let chance = u16::from_le_bytes(self.random());
        let now = self.now();
        self.state().session.step(now, event, chance)
    }

    fn set_link(&self, link: Link) {
        let State { link: before, .. } = &mut *self.state();
        if *before != link {
            *before = link;
            self.nudge(Nudge::Status);
        }
    }
}

/// How far a sync has got: what came before this round, and in it, of that and of what the hub said, when it began to answer, is to come.
fn progress(arrived: &Arrived, posted: &Posted, before: u64) -> Link {
    const STEP: u64 = 64;
    let small = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    let done = posted.letters + arrived.letters;
    // Never more than there were: what nobody announced came too.
    let expected = arrived.letters_owed.map_or(0, |owed| (posted.letters + owed).max(done));
    let steps = |bytes: u64| small(bytes / 1024 / STEP * STEP);
    let of = if arrived.bytes_owed == 0 { 0 } else { steps(before + arrived.bytes_owed) };
    Link::Syncing { done: small(done), expected: small(expected), kb: steps(posted.bytes_in).min(of), of_kb: of }
}

/// Somebody who waits for a round, for as long as they do: a question that is given up waits no more.
struct Waits<'a>(&'a AtomicUsize);

impl<'a> Waits<'a> {
    fn on(waiting: &'a AtomicUsize) -> Waits<'a> {
        waiting.fetch_add(1, Ordering::Relaxed);
        Waits(waiting)
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn millis_until(then: Stamp, now: Stamp) -> Duration {
    Duration::from_millis(u64::try_from(then.millis().saturating_sub(now.millis())).unwrap_or(0).max(1))
}
