//! A hostile hub and a hostile device (F8, F9): letters withheld, replayed, forged, too long, or nonsense. Nothing that the pinned key did not
//! sign is believed, memory stays bounded, and no bytes make a reader panic. Forks and rolled-back logs are `audit`'s.

use hub::SigningKey;
use record::Stamp;
use record::consent::{Choice, Mode, Pack, Purpose, Recorded};
use record::feed::Seq;
use std::panic::{AssertUnwindSafe, catch_unwind};
use stories::faults::{Draws, Report};
use stories::small::{self, NOW, at};
use sync::frame::{Dictionary, Folder};
use sync::letter::{Cursor, End, Ended, EndedBecause, Letter};
use sync::{lease, wire};
use vault::Vault;

pub fn run(seed: u64, cases: u32) -> Vec<Report> {
    vec![hostile_hub(), fuzzed(seed, cases)]
}

const HOUR: i64 = 3_600_000;

fn stranger() -> SigningKey {
    SigningKey::from_bytes(&[8; 32])
}

fn now() -> Stamp {
    Stamp::from_millis(NOW)
}

fn vault(home: &std::path::Path) -> Vault {
    small::make(home);
    let mut vault = small::unlock(home, Some(&Vault::first_anchor()), at(0)).expect("unlocked");
    let letters = [small::policy(), small::certificate(now()), small::whole(1, 5, small::yes())];
    small::round(&mut vault, &letters, (now(), now(), 6)).expect("a round");
    vault
}

/// What a vault believes, in one value.
fn believed(vault: &mut Vault) -> String {
    let standing = vault.standing(now()).expect("a standing");
    let shown = match small::chart(vault, 1, Purpose::Treat, now()) {
        Ok(Ok(disclosure)) => small::shown(&disclosure.into_parts().0),
        Ok(Err(refused)) => format!("{:?}", refused.refusal.rule),
        Err(fault) => fault.to_string(),
    };
    let mode = vault.policy().map(|p| (p.version, p.mode));
    format!("{mode:?} {shown} {:?} {:?} {}", standing.checked, standing.licensed, standing.over)
}

/// One lie: letters, and by whom and for which post the end is signed.
type Lie = (&'static str, Vec<Letter>);

fn lies() -> Vec<Lie> {
    let forged = |version, mode| {
        let policy = Pack { version, ..Pack::bare(mode) };
        Letter::Policy(wire::sign(policy, &stranger()).expect("a policy"))
    };
    let by = |key: &SigningKey, version, recorded| {
        Letter::Rules(wire::sign(small::rules(1, version, recorded), key).expect("rules"))
    };
    let never = Recorded { choice: Choice::N2, ..Recorded::nothing() };
    let old = Pack { version: 1, ..Pack::bare(Mode::DiscussionToView) };
    let over = Ended { why: EndedBecause::Lost, at: now(), signature: [0; 64] };
    let mut sworn = match small::certificate(now()) {
        Letter::Certified { sworn, .. } => sworn,
        _ => Vec::new(),
    };
    let last = sworn.len() - 1;
    sworn[last] ^= 1;
    vec![
        ("a policy by a stranger", vec![forged(9, Mode::DiscussionToView)]),
        ("rules by a stranger", vec![by(&stranger(), 9, never.clone())]),
        ("older rules, played again", vec![by(&small::hub(), 1, never)]),
        ("an older record, played again", vec![small::whole(1, 2, small::yes())]),
        ("older policy, played again", vec![Letter::Policy(wire::sign(old, &small::hub()).expect("a policy"))]),
        ("an older record's rules", vec![by(&small::hub(), 2, Recorded::nothing())]),
        ("a certificate changed", vec![Letter::Certified { sworn, ended: vec![] }]),
        (
            "an end of the enrolment by a stranger",
            vec![Letter::Ended(wire::sign_ended(over.clone(), b"post", &stranger()))],
        ),
        (
            "an end of the enrolment for another post",
            vec![Letter::Ended(wire::sign_ended(over, b"post", &small::hub()))],
        ),
    ]
}

fn hostile_hub() -> Report {
    let mut report = Report::of("F8 hostile hub: forged, old, replayed, too long");
    for (what, letters) in lies() {
        let folder = small::scratch();
        let mut vault = vault(folder.path());
        let before = believed(&mut vault);
        let _ = small::round(&mut vault, &letters, (now(), now(), 6));
        let after = believed(&mut vault);
        report.case(before == after, || format!("{what}: {before} / {after}"));
    }
    // The end of an answer: by a stranger, for another post, and one that would move the licence.
    for (what, key, other) in [("by a stranger", stranger(), false), ("for another post", small::hub(), true)] {
        let folder = small::scratch();
        let mut vault = vault(folder.path());
        let before = believed(&mut vault);
        let post = vault.post(small::BITE, [1; 40], now()).expect("a post");
        let licence = Stamp::from_millis(NOW + 999 * HOUR);
        let end = End {
            cursor: Cursor { seq: Seq(1), fetching: None },
            more: false,
            at: licence,
            licence,
            signature: [0; 64],
        };
        let post = if other { vault.post(small::BITE, [2; 40], now()).map(|_| post).expect("a post") } else { post };
        let end = Letter::End(wire::sign_end(end, &post, &key));
        let refused = vault.arrived(&small::bytes([&end]), now()).is_err();
        report.case(refused && believed(&mut vault) == before, || format!("an end {what}"));
    }
    // Withheld: nothing comes. Consent ages and the licence ends by themselves.
    let folder = small::scratch();
    let mut vault = vault(folder.path());
    let later = at(7 * HOUR);
    vault.observe(later);
    let read = small::chart(&mut vault, 1, Purpose::Treat, later.wall);
    report.case(read.is_ok_and(|answer| answer.is_err()), || "withheld: still read after the licence's end".into());
    // Too long, and a bomb: refused before it is kept.
    let mut splitter = wire::Splitter::default();
    report.case(splitter.push(&u32::MAX.to_le_bytes()).is_err(), || "a letter of 4 GB".into());
    let mut folder = Folder::new(Dictionary::none(), 3);
    let bomb = folder.fold_short(&vec![0u8; 64 << 20]).expect("folded");
    report.case(folder.unfold_short(&bomb, 32 << 20).is_err(), || format!("a bomb of {} bytes", bomb.len()));
    report
}

/// Random and mutated bytes into every reader: no panic, no belief.
fn fuzzed(seed: u64, cases: u32) -> Report {
    let mut report = Report::of("F8 F9 random and mutated bytes into every reader");
    let mut draws = Draws::from(seed);
    let home = small::scratch();
    let mut one = vault(home.path());
    let post = one.post(small::BITE, [1; 40], now()).expect("a post");
    let over = wire::sign_ended(Ended { why: EndedBecause::Left, at: now(), signature: [0; 64] }, &post, &small::hub());
    let good: Vec<Vec<u8>> =
        [small::policy(), small::certificate(now()), small::whole(1, 6, small::yes()), Letter::Ended(over)]
            .iter()
            .map(|letter| small::bytes([letter]))
            .chain([post])
            .collect();
    let hub = small::hub().verifying_key();
    for _ in 0..cases {
        let case = draws.next();
        let bytes = mutated(&mut Draws::from(case), &good);
        let calm = catch_unwind(AssertUnwindSafe(|| {
            let mut folder = Folder::new(Dictionary::none(), 3);
            let text = String::from_utf8_lossy(&bytes);
            let believed = [
                wire::read_post(&bytes, &stranger().verifying_key()).is_ok(),
                lease::read_request(&text, &hub).is_ok(),
                lease::read_answer(&text, &hub).is_ok(),
            ];
            let _ = wire::claimed_chain(&bytes);
            let _ = wire::read_letter(&bytes, &mut folder).map(drop);
            let _ = wire::read_letter(bytes.get(4..).unwrap_or_default(), &mut folder).map(drop);
            let _ = wire::Splitter::default().push(&bytes).map(drop);
            let _ = record::audit::Entry::from_bytes(&bytes).map(drop);
            let _ = record::time::TimeMark::from_bytes(&bytes).map(drop);
            let _ = folder.unfold_short(&bytes, 1 << 20).map(drop);
            believed.iter().any(|b| *b)
        }));
        report.case(matches!(calm, Ok(false)), || format!("case {case}"));
    }
    report
}

fn mutated(draws: &mut Draws, good: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = if draws.below(4) == 0 {
        (0..draws.below(400)).map(|_| draws.next() as u8).collect()
    } else {
        good[draws.below(good.len() as u64) as usize].clone()
    };
    for _ in 0..=draws.below(4) {
        if bytes.is_empty() {
            break;
        }
        let place = draws.below(bytes.len() as u64) as usize;
        match draws.below(4) {
            0 => bytes[place] ^= 1 << draws.below(8),
            1 => bytes.truncate(place),
            2 => bytes.insert(place, draws.next() as u8),
            _ => bytes[place] = [0, 0x7f, 0x80, 0xff][draws.below(4) as usize],
        }
    }
    bytes
}
