//! Faults in the files of a vault: the log of changes cut or flipped (F2), the database damaged page by page (F3), the whole folder put back
//! (F11). What opens is an exact prefix or is refused; what is lost is noticed; no wrong row is shown.

use record::Stamp;
use record::audit::{Entry, Head, first_break};
use record::consent::Purpose;
use record::time::Doubt;
use std::collections::BTreeMap;
use stories::faults::{Draws, Report};
use stories::small::{self, Files, NOW, at};
use vault::Vault;

/// SQLCipher's page, as the vault uses it.
const PAGE: usize = 4096;

pub fn run(seed: u64, cases: u32) -> Vec<Report> {
    vec![
        cut_log(cases),
        flipped_log(seed, cases),
        damaged_file(seed, cases.min(10_000)),
        put_back(seed, cases.min(200)),
    ]
}

/// A vault with two people in it and some history; gives the keystore's anchor.
fn prepared(home: &std::path::Path) -> (Vault, [u8; 32]) {
    small::make(home);
    let mut vault = small::unlock(home, Some(&Vault::first_anchor()), at(0)).expect("unlocked");
    let letters = [
        small::policy(),
        small::certificate(Stamp::from_millis(NOW)),
        small::whole(1, 1, small::yes()),
        small::whole(2, 1, small::yes()),
    ];
    let now = Stamp::from_millis(NOW);
    small::round(&mut vault, &letters, (now, now, 12)).expect("a round");
    let anchor = vault.anchor();
    (vault, anchor)
}

/// Files with a log of 30 looks in it, and for each number of entries the link of the last.
struct Logged {
    files: Files,
    anchor: [u8; 32],
    links: BTreeMap<u64, Head>,
}

fn logged() -> Logged {
    let folder = small::scratch();
    let home = folder.path().join("vault");
    std::fs::create_dir_all(&home).expect("a folder");
    let (mut vault, anchor) = prepared(&home);
    for n in 0..30 {
        let now = Stamp::from_millis(NOW + n * 1_000);
        small::chart(&mut vault, 1 + (n % 2) as u8, Purpose::Treat, now).expect("answered").expect("shown");
    }
    // Copied while the vault is open: the log of changes is as a power cut would leave it.
    let files = Files::of(&home);
    let all = small::entries(&home).expect("entries");
    let chain = "D1/N1".parse().expect("a chain");
    let mut links = BTreeMap::from([(0, Head::START)]);
    for n in 1..=all.len() {
        let head = first_break(&chain, Head::START, all[..n].iter().map(Vec::as_slice)).expect("a chain");
        links.insert(head.seq, head);
    }
    Logged { files, anchor, links }
}

/// Opens what is left: an exact prefix whose loss is noticed, or refused.
fn prefix_or_refused(logged: &Logged, files: &Files, home: &std::path::Path) -> bool {
    files.put(home);
    let whole = *logged.links.keys().last().expect("entries");
    let Ok(left) = small::entries(home) else { return small::unlock(home, Some(&logged.anchor), at(60_000)).is_err() };
    files.put(home);
    let last = left.len() as u64;
    let links_fit = left.last().is_none_or(|bytes| {
        Entry::from_bytes(bytes).is_ok_and(|e| e.seq == last)
            && logged.links.get(&last).is_some_and(|head| head.link == record::audit::Link::of(bytes))
    });
    let Ok(mut vault) = small::unlock(home, Some(&logged.anchor), at(60_000)) else { return true };
    let verified = vault.verify_audit().is_ok_and(|checked| checked.is_ok());
    let noticed = vault.standing(Stamp::from_millis(NOW + 60_000)).is_ok_and(|s| s.doubts.has(Doubt::Restored));
    let right = match small::chart(&mut vault, 1, Purpose::Treat, Stamp::from_millis(NOW + 60_000)) {
        Ok(Ok(disclosure)) => small::shown(&disclosure.into_parts().0) == small::title(1, 1),
        Ok(Err(_)) | Err(_) => true,
    };
    links_fit && verified && right && noticed == (last < whole)
}

fn cut_log(cases: u32) -> Report {
    let mut report = Report::of("F2 log of changes cut at every 64 bytes");
    let logged = logged();
    let folder = small::scratch();
    let home = folder.path().join("vault");
    let log = logged.files.get("vault.db-wal");
    let places: Vec<usize> = (0..=log.len()).step_by(64).collect();
    // Every place where there is time for it, else evenly spread.
    let step = (places.len() / (cases.max(1) as usize)).max(1);
    for place in places.into_iter().step_by(step) {
        let mut files = logged.files.clone();
        files.set("vault.db-wal", log[..place].to_vec());
        report.case(prefix_or_refused(&logged, &files, &home), || format!("cut at {place}"));
    }
    report
}

fn flipped_log(seed: u64, cases: u32) -> Report {
    let mut report = Report::of("F2 log of changes, one bit flipped");
    let logged = logged();
    let folder = small::scratch();
    let home = folder.path().join("vault");
    let mut draws = Draws::from(seed);
    for _ in 0..cases {
        let mut log = logged.files.get("vault.db-wal").to_vec();
        let bit = draws.below(log.len() as u64 * 8) as usize;
        log[bit / 8] ^= 1 << (bit % 8);
        let mut files = logged.files.clone();
        files.set("vault.db-wal", log);
        report.case(prefix_or_refused(&logged, &files, &home), || format!("seed {seed} bit {bit}"));
    }
    report
}

/// A vault that was closed, with an earlier copy of its file: between them person 1 was told anew.
struct Closed {
    files: Files,
    before: Vec<u8>,
    anchor: [u8; 32],
}

fn closed() -> Closed {
    let folder = small::scratch();
    let home = folder.path().join("vault");
    std::fs::create_dir_all(&home).expect("a folder");
    let (vault, _) = prepared(&home);
    let anchor = vault.close(false, Stamp::from_millis(NOW)).expect("closed");
    let before = Files::of(&home).get("vault.db").to_vec();
    let mut vault = small::unlock(&home, Some(&anchor), at(1_000)).expect("unlocked");
    let now = Stamp::from_millis(NOW + 1_000);
    small::round(&mut vault, &[small::whole(1, 2, small::yes())], (now, now, 12)).expect("a round");
    let anchor = vault.close(false, now).expect("closed");
    Closed { files: Files::of(&home), before, anchor }
}

fn damaged_file(seed: u64, cases: u32) -> Report {
    let mut report = Report::of("F3 database: flipped, swapped, old or zeroed page");
    let closed = closed();
    let folder = small::scratch();
    let home = folder.path().join("vault");
    let mut draws = Draws::from(seed);
    let sound = closed.files.get("vault.db");
    let pages = (sound.len() / PAGE) as u64;
    for _ in 0..cases {
        let mut file = sound.to_vec();
        let (one, two) = (draws.below(pages) as usize * PAGE, draws.below(pages) as usize * PAGE);
        let what = match draws.below(4) {
            0 => {
                let bit = draws.below(file.len() as u64 * 8) as usize;
                file[bit / 8] ^= 1 << (bit % 8);
                format!("bit {bit}")
            }
            1 => {
                let page = file[one..one + PAGE].to_vec();
                file.copy_within(two..two + PAGE, one);
                file[two..two + PAGE].copy_from_slice(&page);
                format!("pages at {one} and {two} swapped")
            }
            2 if one + PAGE <= closed.before.len() => {
                file[one..one + PAGE].copy_from_slice(&closed.before[one..one + PAGE]);
                format!("old page at {one}")
            }
            _ => {
                file[one..one + PAGE].fill(0);
                format!("page at {one} zeroed")
            }
        };
        if file == sound {
            // Swapped with itself, or a page that had not changed: no fault, so it must open.
            report.case(true, String::new);
            continue;
        }
        let mut files = closed.files.clone();
        files.set("vault.db", file);
        files.put(&home);
        let held = shows_nothing_wrong(&home, &closed.anchor);
        report.case(held, || format!("seed {seed} {what}"));
    }
    report
}

/// Refused when it is opened or read; nothing older or other than was stored is shown to an ordinary reader.
fn shows_nothing_wrong(home: &std::path::Path, anchor: &[u8; 32]) -> bool {
    let now = Stamp::from_millis(NOW + 60_000);
    let Ok(mut vault) = small::unlock(home, Some(anchor), at(60_000)) else { return true };
    [(1, 2), (2, 1)].into_iter().all(|(n, version)| match small::chart(&mut vault, n, Purpose::Treat, now) {
        Ok(Ok(disclosure)) => small::shown(&disclosure.into_parts().0) == small::title(n, version),
        Ok(Err(_)) | Err(_) => true,
    })
}

/// F11: any older copy of any of the vault's files, the keystore as it is now.
fn put_back(seed: u64, cases: u32) -> Report {
    let mut report = Report::of("F11 older copy of the folder put back");
    let folder = small::scratch();
    let home = folder.path().join("vault");
    std::fs::create_dir_all(&home).expect("a folder");
    let (vault, _) = prepared(&home);
    let mut anchor = vault.close(false, Stamp::from_millis(NOW)).expect("closed");
    let mut copies = vec![Files::of(&home)];
    for n in 1..=12i64 {
        let now = Stamp::from_millis(NOW + n * 1_000);
        let mut vault = small::unlock(&home, Some(&anchor), at(n * 1_000)).expect("unlocked");
        small::chart(&mut vault, 1, Purpose::Treat, now).expect("answered").expect("shown");
        anchor = vault.close(false, now).expect("closed");
        copies.push(Files::of(&home));
    }
    let newest = copies.pop().expect("a copy");
    let mut draws = Draws::from(seed);
    for _ in 0..cases {
        let old = &copies[draws.below(copies.len() as u64) as usize];
        let mut files = newest.clone();
        files.set("vault.db", old.get("vault.db").to_vec());
        let with_anchor = draws.below(2) == 0;
        if with_anchor {
            files.set("anchor", old.get("anchor").to_vec());
        }
        files.put(&home);
        let noticed = small::unlock(&home, Some(&anchor), at(60_000)).is_ok_and(|mut vault| {
            let now = Stamp::from_millis(NOW + 60_000);
            let doubted = vault.standing(now).is_ok_and(|s| s.doubts.has(Doubt::Restored));
            doubted && small::chart(&mut vault, 1, Purpose::Treat, now).is_ok_and(|answer| answer.is_err())
        });
        report.case(noticed, || format!("seed {seed}, the anchor too: {with_anchor}"));
    }
    report
}
