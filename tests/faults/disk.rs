//! A disk that fails (F4): full, or an error of a write, a sync, a truncation or a read, at every such call of a shift with every kind of deed (`stories::deeds`), once or from
//! then on. No content leaves without its entry; each refusal says which of the two it is, a full disk or a failing one; and when
//! the disk is well again, everything that was acknowledged is there, in a chain that holds, and nothing was moved aside.

use record::Stamp;
use std::path::Path;
use stories::deeds;
use stories::failing_disk::{self, Call};
use stories::faults::Report;
use stories::small::{self, Files, NOW, at};
use vault::{Vault, VaultFault};

/// What was acknowledged before the shift ended.
#[derive(Default)]
struct Acknowledged {
    /// The greatest number of an entry that content left with.
    entry: u64,
    edits: u64,
}

pub fn run(_seed: u64, cases: u32) -> Vec<Report> {
    let mut report = Report::of("F4 a disk full or failing at every call");
    failing_disk::install();
    let folder = small::scratch();
    let home = folder.path().join("vault");
    let (files, anchor) = prepared(&home);
    for call in Call::ALL {
        failing_disk::fail(call, u64::MAX, false);
        let whole = shift(&home, &anchor);
        let calls = failing_disk::heal();
        report.case(whole.1.is_ok(), || format!("a shift on a disk that is well: {:?}", whole.1));
        for lasts in [false, true] {
            // Every call where there is time for it, else evenly spread.
            let step = (calls / u64::from(cases.max(10) / 10)).max(1);
            for nth in (1..=calls).step_by(step as usize) {
                files.put(&home);
                failing_disk::fail(call, nth, lasts);
                let (acknowledged, ended) = shift(&home, &anchor);
                failing_disk::heal();
                let what = healed(&home, &anchor, &acknowledged, (call, &ended));
                report.case(what.is_ok(), || {
                    format!("{call:?} at call {nth}, lasts {lasts}: {} ({ended:?})", what.unwrap_err())
                });
            }
        }
        files.put(&home);
    }
    vec![report]
}

fn prepared(home: &Path) -> (Files, [u8; 32]) {
    std::fs::create_dir_all(home).expect("a folder");
    small::make(home);
    let mut vault = small::unlock(home, Some(&Vault::first_anchor()), at(0)).expect("unlocked");
    let now = Stamp::from_millis(NOW);
    let letters = [vec![small::policy(), small::certificate(now)], deeds::people().into()].concat();
    small::round(&mut vault, &letters, (now, now, 12)).expect("a round");
    let anchor = vault.close(false, now).expect("closed");
    (Files::of(home), anchor)
}

/// Unlocks and works until something is refused.
fn shift(home: &Path, anchor: &[u8; 32]) -> (Acknowledged, Result<(), VaultFault>) {
    let mut acknowledged = Acknowledged::default();
    let ended = work(home, anchor, &mut acknowledged);
    (acknowledged, ended)
}

fn work(home: &Path, anchor: &[u8; 32], acknowledged: &mut Acknowledged) -> Result<(), VaultFault> {
    let mut vault = small::unlock(home, Some(anchor), at(1_000))?;
    let mut first = Ok(());
    for n in 0..deeds::KINDS {
        let now = Stamp::from_millis(NOW + 2_000 + n as i64 * 1_000);
        let done = deeds::deed(&mut vault, n, now).map(|entry| acknowledged.entry = acknowledged.entry.max(entry));
        if let (Ok(()), Ok(edits)) = (&done, deeds::unsent(&vault, now)) {
            acknowledged.edits = edits;
        }
        // What goes wrong once does not end the shift: the next deed is tried, as a nurse would.
        if first.is_ok() {
            first = done;
        }
    }
    vault.close(false, Stamp::from_millis(NOW + 60_000))?;
    first
}

/// The disk is well again: what was acknowledged is there.
fn healed(
    home: &Path,
    anchor: &[u8; 32],
    acknowledged: &Acknowledged,
    (call, ended): (Call, &Result<(), VaultFault>),
) -> Result<(), String> {
    let says_why = match ended {
        Ok(()) => true,
        Err(VaultFault::Full) => call == Call::Full,
        Err(VaultFault::Sql(_) | VaultFault::File(_)) => call != Call::Full,
        Err(_) => false,
    };
    if !says_why {
        return Err("what was said does not say why".into());
    }
    let vault = small::unlock(home, Some(anchor), at(120_000)).map_err(|fault| format!("it does not open: {fault}"))?;
    let now = Stamp::from_millis(NOW + 120_000);
    let standing = vault.standing(now).map_err(|fault| format!("where it stands: {fault}"))?;
    if standing.entries < acknowledged.entry || !vault.verify_audit().is_ok_and(|checked| checked.is_ok()) {
        return Err(format!("{} entries, {} were acknowledged", standing.entries, acknowledged.entry));
    }
    let edits = deeds::unsent(&vault, now).map_err(|fault| format!("what waits: {fault}"))?;
    if edits < acknowledged.edits {
        return Err(format!("{edits} edits, {} were acknowledged", acknowledged.edits));
    }
    Ok(())
}
