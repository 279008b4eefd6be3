//! When to speak: a pure state machine, `step(now, event, chance) -> effect`. It knows no letters and no network; it decides whether
//! to post, to post again at once, or to wait and how long. The courier in `device` carries out what it says.

use millis::{FIRST_WAIT, LONGEST_WAIT, REST};
use record::Stamp;

/// Durations in milliseconds, so that this file needs no time library.
mod millis {
    /// Between posts while online and nothing is waiting.
    pub(super) const REST: i64 = 60_000;
    /// First wait after a failure; doubles to the cap.
    pub(super) const FIRST_WAIT: i64 = 2_000;
    pub(super) const LONGEST_WAIT: i64 = 300_000;
}

/// What can happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The clock reached the time last asked for, or the app started.
    Tick,
    /// Somebody asked for a sync, or the network came back, or there is something new to send.
    Wake,
    /// A round ended as it should; `more` waits at the hub.
    Ended { more: bool },
    /// The network failed, before or in the middle of an answer.
    Cut,
    /// The hub refused this device, or is not our hub: trying again soon will not help.
    TurnedAway,
    /// The person switched the network off, or on.
    Airplane { on: bool },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Write a post and carry it.
    Post,
    /// Nothing before then.
    WaitUntil(Stamp),
    /// Nothing until woken.
    Sleep,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Resting,
    Posting { again: bool },
    Airplane,
}

/// What one post carries of each kind of work at most, bytes, on a line that does not fail under it.
pub const LARGEST_UPLOAD: usize = 512 << 10;
/// How often that is halved: to 16 kB, three seconds at 2G.
const HALVINGS: u32 = 5;

/// One device's conversation with its hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    state: State,
    failures: u32,
    /// How often what a post carries was halved, because lines failed under posts.
    halved: u32,
    /// Not before this, unless woken.
    not_before: Stamp,
}

impl Default for Session {
    fn default() -> Self {
        Session { state: State::Resting, failures: 0, halved: 0, not_before: Stamp::from_millis(i64::MIN) }
    }
}

impl Session {
    /// Bytes of each kind of work that the next post may carry. A post counts whole or not at all: on a line that failed under one, the next is half as
    /// large, so that whatever the line can carry gets through, and no more than that is said again.
    pub const fn upload(&self) -> usize {
        LARGEST_UPLOAD >> self.halved
    }

    /// The line failed after the hub was reached.
    pub fn failed_under_way(&mut self) {
        self.halved = (self.halved + 1).min(HALVINGS);
    }

    /// A post was answered to its end.
    pub fn got_through(&mut self) {
        self.halved = self.halved.saturating_sub(1);
    }

    /// `chance` spreads the waits of many devices (any 16 bits).
    pub fn step(&mut self, now: Stamp, event: Event, chance: u16) -> Effect {
        match (self.state, event) {
            (_, Event::Airplane { on: true }) => {
                self.state = State::Airplane;
                Effect::Sleep
            }
            (State::Airplane, Event::Airplane { on: false }) => {
                self.failures = 0;
                self.post()
            }
            (State::Airplane, _) => Effect::Sleep,
            (State::Posting { .. }, Event::Wake) => {
                // Something new arose while a round is under way: another round follows it.
                self.state = State::Posting { again: true };
                Effect::Sleep
            }
            (State::Posting { .. }, Event::Tick | Event::Airplane { on: false }) => Effect::Sleep,
            (State::Posting { again }, Event::Ended { more }) => {
                self.failures = 0;
                if more || again { self.post() } else { self.rest(now, REST + spread(REST, chance)) }
            }
            (_, Event::Cut) => {
                let wait = (FIRST_WAIT << self.failures.min(10)).min(LONGEST_WAIT);
                self.failures = self.failures.saturating_add(1);
                self.rest(now, wait / 2 + spread(wait, chance))
            }
            (_, Event::TurnedAway) => self.rest(now, LONGEST_WAIT),
            (State::Resting, Event::Wake) => self.post(),
            (State::Resting, Event::Tick) if now >= self.not_before => self.post(),
            (State::Resting, Event::Tick | Event::Ended { .. } | Event::Airplane { on: false }) => {
                Effect::WaitUntil(self.not_before)
            }
        }
    }

    fn post(&mut self) -> Effect {
        self.state = State::Posting { again: false };
        Effect::Post
    }

    fn rest(&mut self, now: Stamp, wait: i64) -> Effect {
        self.state = State::Resting;
        self.not_before = Stamp::from_millis(now.millis().saturating_add(wait));
        Effect::WaitUntil(self.not_before)
    }
}

/// Up to half of `wait`, by chance.
fn spread(wait: i64, chance: u16) -> i64 {
    wait / 2 * i64::from(chance) / i64::from(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: Stamp = Stamp::from_millis(1_000_000);

    #[test]
    fn a_round_then_rest_then_another() {
        let mut session = Session::default();
        assert_eq!(session.step(T, Event::Tick, 0), Effect::Post);
        assert_eq!(session.step(T, Event::Ended { more: true }, 0), Effect::Post);
        let Effect::WaitUntil(then) = session.step(T, Event::Ended { more: false }, 0) else { panic!() };
        assert_eq!(session.step(T, Event::Tick, 0), Effect::WaitUntil(then), "not before its time");
        assert_eq!(session.step(then, Event::Tick, 0), Effect::Post);
    }

    #[test]
    fn what_arises_during_a_round_is_not_forgotten() {
        let mut session = Session::default();
        session.step(T, Event::Wake, 0);
        assert_eq!(session.step(T, Event::Wake, 0), Effect::Sleep);
        assert_eq!(session.step(T, Event::Ended { more: false }, 0), Effect::Post);
    }

    #[test]
    fn failures_wait_longer_and_longer_but_a_wake_tries_at_once() {
        let mut session = Session::default();
        let mut last = 0;
        for _ in 0..12 {
            session.step(T, Event::Wake, 0);
            let Effect::WaitUntil(then) = session.step(T, Event::Cut, u16::MAX) else { panic!() };
            let wait = then.millis() - T.millis();
            assert!(wait >= last && wait <= LONGEST_WAIT, "{wait}");
            last = wait;
        }
        assert_eq!(session.step(T, Event::Wake, 0), Effect::Post);
    }

    #[test]
    fn a_line_that_fails_under_posts_is_given_smaller_ones_and_larger_ones_again() {
        let mut session = Session::default();
        let mut sizes = Vec::new();
        for _ in 0..7 {
            session.failed_under_way();
            sizes.push(session.upload() >> 10);
        }
        assert_eq!(sizes, [256, 128, 64, 32, 16, 16, 16]);
        // Where nobody was reached, nothing is known of the line.
        session.step(T, Event::Wake, 0);
        session.step(T, Event::Cut, 0);
        assert_eq!(session.upload(), 16 << 10);
        (0..9).for_each(|_| session.got_through());
        assert_eq!(session.upload(), LARGEST_UPLOAD);
    }

    #[test]
    fn airplane_mode_says_nothing_until_it_is_off() {
        let mut session = Session::default();
        assert_eq!(session.step(T, Event::Airplane { on: true }, 0), Effect::Sleep);
        assert_eq!(session.step(T, Event::Wake, 0), Effect::Sleep);
        assert_eq!(session.step(T, Event::Airplane { on: false }, 0), Effect::Post);
    }
}
