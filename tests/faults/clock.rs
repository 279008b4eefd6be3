//! Faults in the clock (F5): set back and forward by a second to ten years, and the device restarted, before every guarded step. No consent
//! outlives its grant, no licence its end, no yes for today its day once the hub has heard it; the order is by sequence, and the chain holds.

use jiff::SignedDuration;
use record::Stamp;
use record::consent::{Choice, Purpose, Recorded, Rule};
use record::time::{Reading, Ticks};
use stories::faults::{Draws, Report};
use stories::small::{self, Files, NOW};
use sync::wire;
use vault::key::{Envelope, KeyFault, Pin};
use vault::{BreakGlassTerms, ChartAsked, ChoiceGiven, Vault};

const HOUR: i64 = 3_600_000;
/// From a second to ten years.
const JUMPS: [i64; 8] = [1_000, 3_000, 60_000, 301_000, HOUR, 26 * HOUR, 24 * 365 * HOUR, 24 * 3_652 * HOUR];

pub fn run(seed: u64, cases: u32) -> Vec<Report> {
    vec![steps(seed, cases), waits(seed, cases)]
}

/// What is true, and what the device's clocks say of it.
struct Clocks {
    /// Milliseconds since [`NOW`], truly.
    truth: i64,
    off: i64,
    boot: u64,
    on: i64,
}

impl Clocks {
    fn reading(&self) -> Reading {
        Reading { wall: self.wall(), ticks: Some(Ticks { boot: self.boot, millis: self.on }), zone: 1 }
    }

    fn wall(&self) -> Stamp {
        Stamp::from_millis(NOW + self.truth + self.off)
    }

    fn pass(&mut self, millis: i64) {
        self.truth += millis;
        self.on += millis;
    }
}

/// Person 1 agreed until three hours from the start, person 2 for ever, person 3 is asked each time; the licence lasts six hours.
fn prepared() -> (Files, [u8; 32]) {
    let folder = small::scratch();
    let home = folder.path().join("vault");
    std::fs::create_dir_all(&home).expect("a folder");
    small::make(&home);
    let mut vault = small::unlock(&home, Some(&Vault::first_anchor()), small::at(0)).expect("unlocked");
    let until = Recorded { choice: Choice::Y2, until: Some(Stamp::from_millis(NOW + 3 * HOUR)), ..Recorded::nothing() };
    let now = Stamp::from_millis(NOW);
    let letters = [
        small::policy(),
        small::certificate(now),
        small::whole(1, 1, until),
        small::whole(2, 1, small::yes()),
        small::whole(3, 1, Recorded::nothing()),
    ];
    small::round(&mut vault, &letters, (now, now, 6)).expect("a round");
    let anchor = vault.close(false, now).expect("closed");
    (Files::of(&home), anchor)
}

/// Wrong PINs until there is a wait, and then everything that somebody with the device in their hand can do to its clock: no right PIN opens it
/// before the counter has run through the whole wait in one piece.
fn waits(seed: u64, cases: u32) -> Report {
    let mut report = Report::of("F5 clock set, device restarted, within a PIN's wait");
    let folder = small::scratch();
    small::make(folder.path());
    let path = folder.path().join("key");
    let whole = std::fs::read(&path).expect("the key file");
    let mut draws = Draws::from(seed);
    for _ in 0..cases {
        let case = draws.next();
        std::fs::write(&path, &whole).expect("written");
        let held = wait(&path, &mut Draws::from(case));
        report.case(held.is_ok(), || format!("case {case}: {}", held.expect_err("missed")));
    }
    report
}

fn wait(path: &std::path::Path, draws: &mut Draws) -> Result<(), &'static str> {
    let mut clocks = Clocks { truth: 1_000, off: 0, boot: 1, on: HOUR };
    let open = |pin: &str, clocks: &Clocks| {
        let mut envelope = Envelope::load(path).map_err(|_| "the key file does not read")?;
        Ok::<_, &str>(envelope.open(&Pin::to_try(pin), &small::pin().1, &clocks.reading()).map(drop))
    };
    // Six wrong ones wait a minute, eight four.
    let tries = 6 + draws.below(3) as u32;
    let mut long = 0;
    for n in 1..=tries {
        clocks.pass(long);
        open("000000", &clocks)?.err().ok_or("a wrong PIN opened it")?;
        long = if n > 5 { 60_000 << (n - 6) } else { 0 };
    }
    let mut counted = 0;
    for _ in 0..8 {
        let jump = JUMPS[draws.below(8) as usize];
        match draws.below(4) {
            0 => clocks.off -= jump,
            1 => clocks.off += jump,
            2 => {
                let some = jump.min(long / 3);
                clocks.pass(some);
                counted += some;
            }
            _ => {
                (clocks.boot, clocks.on, counted) = (clocks.boot + 1, 1_000, 0);
                clocks.off = if draws.below(2) == 0 { -jump } else { jump };
                // The wait begins again with the first try that the new start hears of.
                if open(small::PIN, &clocks)?.is_ok() {
                    return Err("a restart ended the wait");
                }
            }
        }
        let opened = open(small::PIN, &clocks)?;
        match (opened, counted >= long) {
            (Ok(()), true) => return Ok(()),
            (Ok(()), false) => return Err("it opened before its time"),
            (Err(KeyFault::TooSoon { at }), false)
                if at == clocks.wall().plus(SignedDuration::from_millis(long - counted)) => {}
            (Err(_), false) => return Err("the wait is not what is left of it"),
            (Err(_), true) => return Err("it did not open after its time"),
        }
    }
    clocks.pass(long - counted);
    open(small::PIN, &clocks)?.map_err(|_| "it did not open in the end")
}

fn steps(seed: u64, cases: u32) -> Report {
    let mut report = Report::of("F5 clock set, device restarted, at every step");
    let (files, anchor) = prepared();
    let folder = small::scratch();
    let home = folder.path().join("vault");
    let mut draws = Draws::from(seed);
    for _ in 0..cases {
        let case = draws.next();
        files.put(&home);
        let held = one(&home, anchor, &mut Draws::from(case));
        report.case(held.is_ok(), || format!("case {case}: {}", held.expect_err("missed")));
    }
    report
}

fn one(home: &std::path::Path, mut anchor: [u8; 32], draws: &mut Draws) -> Result<(), &'static str> {
    let mut clocks = Clocks { truth: 1_000, off: 0, boot: 1, on: HOUR + 1_000 };
    let mut vault = small::unlock(home, Some(&anchor), clocks.reading()).map_err(|_| "it does not open")?;
    let mut seq = 0;
    for _ in 0..6 {
        let jump = JUMPS[draws.below(8) as usize];
        match draws.below(4) {
            0 => clocks.off -= jump,
            1 => clocks.off += jump,
            2 => clocks.pass(jump.min(4 * HOUR)),
            _ => {
                // Switched off and on at once, perhaps with another time: what a wrong clock can do while the device is *off* is
                // what the documents say nobody can prove.
                vault.observe(clocks.reading());
                anchor = vault.close(false, clocks.wall()).map_err(|_| "it does not close")?;
                (clocks.boot, clocks.on) = (clocks.boot + 1, 0);
                clocks.off = if draws.below(2) == 0 { -jump } else { jump };
                vault = small::unlock(home, Some(&anchor), clocks.reading()).map_err(|_| "it does not open again")?;
            }
        }
        vault.observe(clocks.reading());
        step(&mut vault, &clocks, draws, &mut seq)?;
    }
    match vault.verify_audit() {
        Ok(Ok(_)) => Ok(()),
        _ => Err("the chain does not hold"),
    }
}

/// A yes for today, as the hub will hold it: whatever day the device believed it was, it ends with the day on which it is heard.
fn recorded(vault: &mut Vault, clocks: &Clocks) -> Result<(), &'static str> {
    let bytes = vault.post(small::BITE, [9; 40], clocks.wall()).map_err(|_| "no post")?;
    let post = wire::read_post(&bytes, &small::author()).map_err(|_| "not a post")?;
    let hub = Stamp::from_millis(NOW + clocks.truth);
    let latest = hub.plus(SignedDuration::from_mins(5));
    for made in post.choices {
        let mut held = made.recorded;
        held.heard(hub, latest);
        if held.until.is_none_or(|until| until > latest.london_midnight_after()) || held.from > Some(latest) {
            return Err("a recorded choice outlives its day");
        }
    }
    Ok(())
}

fn step(vault: &mut Vault, clocks: &Clocks, draws: &mut Draws, last: &mut u64) -> Result<(), &'static str> {
    let (now, truth) = (clocks.wall(), clocks.truth);
    let n = 1 + draws.below(2) as u8;
    let purpose = [Purpose::Treat, Purpose::EmergencyTreat][draws.below(2) as usize];
    let asked = ChartAsked { person: small::person(n), purpose, wants: record::Sections::ALL };
    let admission = match draws.below(6) {
        0 | 1 => vault.chart(&asked, now).map(|a| a.map(|d| d.into_parts().1)).map_err(|_| "a fault in reading")?.ok(),
        2 => vault.whole(&asked, "Condition/1", now).map(|a| a.map(|d| d.into_parts().1)).map_err(|_| "a fault")?.ok(),
        3 => {
            vault.caseload("", now).map_err(|_| "a fault in the list")?;
            None
        }
        4 => {
            let terms = BreakGlassTerms {
                reason: record::consent::OverrideReason::EmergencyAccess,
                condition: record::consent::Condition::Unconscious,
                text: "found collapsed at home".into(),
                widened: false,
            };
            let asked = ChartAsked { purpose: Purpose::EmergencyTreat, ..asked };
            let (pin, secret) = small::pin();
            vault.ready_glass(&asked, &terms, (&pin, &secret), now).map_err(|_| "the PIN is not taken")?;
            match vault.break_glass(asked.person, [4; 32], now) {
                Ok(Ok(disclosure)) => {
                    // Whatever the clocks say, its hour is an hour.
                    let admission = disclosure.into_parts().1;
                    let long = admission.caveats.iter().any(|c| {
                        matches!(c, record::consent::Caveat::BreakGlassUntil(until)
                        if until.since(admission.at) > SignedDuration::from_mins(60))
                    });
                    return if long { Err("a glass broken for longer than its hour") } else { Ok(()) };
                }
                _ => None,
            }
        }
        _ => {
            let given = ChoiceGiven {
                person: small::person(3),
                choice: Choice::Y1,
                by: record::consent::DecidedBy::Person,
                until: None,
                note: String::new(),
                form: None,
                settles: vec![],
            };
            vault
                .record_choice(&given, ("key", [5; 32]), now)
                .map_err(|_| "a fault in recording")?
                .map_err(|_| "not recorded")?;
            return recorded(vault, clocks);
        }
    };
    let Some(admission) = admission else { return Ok(()) };
    if admission.seq <= *last {
        return Err("entries out of order");
    }
    *last = admission.seq;
    // A glass broken before stays broken for its time, whatever consent or licence say: that is what it is for.
    if admission.caveats.iter().any(|c| matches!(c, record::consent::Caveat::BreakGlassUntil(_))) {
        return Ok(());
    }
    if truth >= 6 * HOUR {
        return Err("read after the licence's end");
    }
    if n == 1 && admission.rule == Rule::ChoiceInForce && truth >= 3 * HOUR {
        return Err("a consent outlived its grant");
    }
    Ok(())
}
