//! Stolen files (F10): every file of a shift is searched for planted markers, and the key file for a way around the PIN or the keystore.

use record::Stamp;
use record::consent::{Choice, DecidedBy, Purpose};
use std::path::{Path, PathBuf};
use stories::faults::{Draws, Report};
use stories::small::{self, NOW, at};
use vault::key::{Envelope, KeystoreSecret, Pin};
use vault::{ChoiceGiven, Vault};

pub fn run(seed: u64, cases: u32) -> Vec<Report> {
    vec![markers(), guesses(seed, cases)]
}

/// Everything a person might say or type in a shift, and the keys.
fn planted() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("a name", b"Family1".to_vec()),
        ("a name, folded for search", b"family1".to_vec()),
        ("a condition", small::title(1, 1).into_bytes()),
        ("a note", b"because her daughter said so".to_vec()),
        ("a reason", b"found collapsed at home".to_vec()),
        ("the PIN", small::PIN.as_bytes().to_vec()),
        ("the vault's key", small::KEY.to_vec()),
        ("the vault's key as text", small::KEY.iter().flat_map(|b| format!("{b:02x}").into_bytes()).collect()),
        ("a plain database", b"SQLite format 3".to_vec()),
    ]
}

fn markers() -> Report {
    let mut report = Report::of("F10 markers in every file of a shift");
    let folder = small::scratch();
    let home = folder.path().join("vault");
    std::fs::create_dir_all(&home).expect("a folder");
    small::make(&home);
    let now = Stamp::from_millis(NOW);
    let mut vault = small::unlock(&home, Some(&Vault::first_anchor()), at(0)).expect("unlocked");
    let letters =
        [small::policy(), small::certificate(now), small::whole(1, 1, small::yes()), small::whole(2, 1, small::yes())];
    small::round(&mut vault, &letters, (now, now, 12)).expect("a round");
    small::chart(&mut vault, 1, Purpose::Treat, now).expect("answered").expect("shown");
    vault.caseload("family1", now).expect("a list");
    let note = "because her daughter said so".to_owned();
    let given = ChoiceGiven {
        person: small::person(2),
        choice: Choice::Y1,
        by: DecidedBy::BestInterests,
        until: None,
        note,
        form: None,
        settles: vec![],
    };
    vault.record_choice(&given, ("key", [5; 32]), now).expect("answered").expect("recorded");
    // Open, with its log of changes; then closed.
    let open = files(folder.path());
    vault.close(false, now).expect("closed");
    for (path, bytes) in open.into_iter().chain(files(folder.path())) {
        for (what, marker) in planted() {
            let clean = !bytes.windows(marker.len()).any(|w| w == marker);
            report.case(clean, || format!("{what} in {}", path.display()));
        }
    }
    report
}

fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).expect("a folder").map(|e| e.expect("an entry").path()) {
            if path.is_dir() {
                folders.push(path)
            } else {
                all.push((path.clone(), std::fs::read(path).expect("a file")))
            }
        }
    }
    all
}

/// The PIN without the keystore's half, the half without the PIN, and a key file with cheaper parameters written into it.
fn guesses(seed: u64, cases: u32) -> Report {
    let mut report = Report::of("F10 the PIN or the keystore alone, a cheapened file");
    let folder = small::scratch();
    small::make(folder.path());
    let path = folder.path().join("key");
    let whole = std::fs::read(&path).expect("the key file");
    let mut draws = Draws::from(seed);
    let now = at(0);
    let opens = |pin: &str, secret: [u8; 32], bytes: &[u8]| {
        std::fs::write(&path, bytes).expect("written");
        let envelope = Envelope::load(&path);
        envelope.is_ok_and(|mut e| e.open(&Pin::to_try(pin), &KeystoreSecret::new(secret), &now).is_ok())
    };
    assert!(opens(small::PIN, [1; 32], &whole), "the two together open it");
    for _ in 0..cases.min(2_000) {
        let (pin, half) = (format!("{:06}", draws.below(1_000_000)), draws.next());
        let mut other = [1u8; 32];
        other[..8].copy_from_slice(&half.to_le_bytes());
        let right = pin == small::PIN;
        report.case(!opens(small::PIN, other, &whole), || format!("another keystore's half {half}"));
        report.case(right || !opens(&pin, [1; 32], &whole), || format!("another PIN {pin}"));
        // Salt, nonce, parameters and wrapped key: nothing in them can be changed and still open.
        let mut bytes = whole.clone();
        let bit = draws.below(whole.len() as u64 * 8 - 16) as usize;
        bytes[bit / 8] ^= 1 << (bit % 8);
        report.case(!opens(small::PIN, [1; 32], &bytes), || format!("bit {bit} of the key file"));
    }
    report
}
