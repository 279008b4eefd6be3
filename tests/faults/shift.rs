//! A shift killed anywhere (F1): every kind of look and of work (`stories::deeds`), each acknowledged to the screen when the vault's call returns. What a kill -9 leaves
//! is what had been written by then, so every write of the vault's log and of the outbox is cut in its turn, at the write's edges
//! and inside it, with the other file as it stood at that moment. Whatever is left, everything acknowledged before is in the vault that
//! opens; and in the outbox alone, should the vault be lost as well; and nothing is there half.
//!
//! And a vault of every older schema whose upgrade is cut at every write (F13): it opens as the old one or the new one, and goes on.

use record::Stamp;
use record::audit::Entry;
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use stories::deeds;
use stories::faults::Report;
use stories::small::{self, Files, KEY, NOW, at};
use sync::letter::Letter;
use sync::outbox;
use vault::Vault;

/// SQLite's page with its header in the log.
const LOGGED_PAGE: usize = 4096 + 24;
/// Deeds of the shift: every kind, twice.
const DEEDS: u64 = 2 * deeds::KINDS;

pub fn run(_seed: u64, cases: u32) -> Vec<Report> {
    vec![killed(cases), upgraded(cases)]
}

/// The files of an outbox.
type Sealed = BTreeMap<PathBuf, Vec<u8>>;

/// One moment of the shift: the files as they stood when a deed had been acknowledged.
struct Moment {
    log: Vec<u8>,
    sealed: Sealed,
    entries: u64,
    edits: u64,
}

struct Shift {
    files: Files,
    /// What is written in for everything but photographs, which have files of their own that are written first.
    segment: PathBuf,
    moments: Vec<Moment>,
    anchor: [u8; 32],
}

fn prepared(home: &Path, people: &[Letter]) -> (Vault, [u8; 32]) {
    small::make(home);
    let mut vault = small::unlock(home, Some(&Vault::first_anchor()), at(0)).expect("unlocked");
    let now = Stamp::from_millis(NOW);
    let letters = [&[small::policy(), small::certificate(now)], people].concat();
    small::round(&mut vault, &letters, (now, now, 12)).expect("a round");
    let anchor = vault.anchor();
    (vault, anchor)
}

/// The segment that is written in, of a vault just opened.
fn segment_in(home: &Path) -> PathBuf {
    let found = vault::parcels::list(&vault::parcels::folder(home)).expect("a folder");
    let found = found.into_iter().max_by_key(|parcel| parcel.commits).expect("a segment").path;
    found.strip_prefix(home).expect("inside").to_owned()
}

fn sealed_in(home: &Path) -> Sealed {
    let inside =
        |path: PathBuf| (path.strip_prefix(home).expect("inside").to_owned(), std::fs::read(&path).expect("a file"));
    let found = vault::parcels::list(&vault::parcels::folder(home)).expect("a folder");
    found.into_iter().map(|parcel| inside(parcel.path)).collect()
}

fn shift() -> Shift {
    let folder = small::scratch();
    let home = folder.path().join("vault");
    std::fs::create_dir_all(&home).expect("a folder");
    let (mut vault, anchor) = prepared(&home, &deeds::people());
    let segment = segment_in(&home);
    let mut moments = Vec::new();
    for n in 0..=DEEDS {
        let now = Stamp::from_millis(NOW + n as i64 * 1_000);
        if let Some(n) = n.checked_sub(1) {
            let entry = deeds::deed(&mut vault, n, now).expect("done");
            assert!(entry <= vault.standing(now).expect("a standing").entries, "content left with an entry");
        }
        moments.push(Moment {
            log: std::fs::read(home.join("vault.db-wal")).expect("the log"),
            sealed: sealed_in(&home),
            entries: vault.standing(now).expect("a standing").entries,
            edits: deeds::unsent(&vault, now).expect("what waits"),
        });
    }
    Shift { files: Files::of(&home), segment, moments, anchor }
}

/// Log and outbox, as a kill left them.
type Cut = (Vec<u8>, Sealed);

/// Every place at which a write may have stopped between two moments: the commit's pages first, then photographs sealed in files of their
/// own, then the frame of the commit in `segment`.
fn cuts(segment: &Path, before: &Moment, after: &Moment) -> Vec<Cut> {
    let mut cuts = Vec::new();
    let begin = before.log.len().min(after.log.len());
    // The log is only appended to while the vault is open and small.
    let pages = (begin..=after.log.len()).step_by(LOGGED_PAGE).flat_map(|edge| [edge, edge + 24, edge + 2_000]);
    for edge in pages.filter(|edge| *edge <= after.log.len()) {
        cuts.push((after.log[..edge].to_vec(), before.sealed.clone()));
    }
    let mut sealed = before.sealed.clone();
    let (last, first): (Vec<_>, Vec<_>) = after.sealed.iter().partition(|(path, _)| path.as_path() == segment);
    for (path, whole) in first.into_iter().chain(last) {
        let begin = sealed.get(path).map_or(0, Vec::len);
        for edge in (begin..whole.len()).step_by(61).chain([whole.len()]) {
            sealed.insert(path.clone(), whole[..edge].to_vec());
            cuts.push((after.log.clone(), sealed.clone()));
        }
    }
    cuts
}

fn killed(cases: u32) -> Report {
    let mut report = Report::of("F1 a shift killed at every write");
    let shift = shift();
    let folder = small::scratch();
    let home = folder.path().join("vault");
    let all: Vec<(usize, Cut)> = shift
        .moments
        .windows(2)
        .enumerate()
        .flat_map(|(n, pair)| cuts(&shift.segment, &pair[0], &pair[1]).into_iter().map(move |cut| (n, cut)))
        .collect();
    // Every place where there is time for it, else evenly spread.
    let step = (all.len() / (cases.max(1) as usize)).max(1);
    for (case, (n, (log, sealed))) in all.into_iter().enumerate().step_by(step) {
        let what = whole(&shift, &shift.moments[n], (&log, &sealed), &home);
        report.case(what.is_ok(), || format!("case {case} after deed {n}: {}", what.unwrap_err()));
    }
    report
}

/// What was acknowledged is in the vault, and in the outbox without it.
fn whole(
    shift: &Shift,
    acknowledged: &Moment,
    (log, sealed): (&[u8], &Sealed),
    home: &Path,
) -> Result<(), &'static str> {
    let mut files = shift.files.clone();
    files.set("vault.db-wal", log.to_vec());
    files.put(home);
    for (path, bytes) in sealed {
        let path = home.join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, bytes).expect("a file");
    }
    // The vault is lost: what is sealed says everything that was acknowledged.
    let (entries, edits) = in_outbox(home)?;
    if entries < acknowledged.entries || edits < acknowledged.edits {
        return Err("the outbox alone lacks what was acknowledged");
    }
    // The vault opens: the same, and what it had and nobody sealed is sealed now.
    let now = Stamp::from_millis(NOW + 3_600_000);
    let vault = small::unlock(home, Some(&shift.anchor), at(3_600_000)).map_err(|_| "it does not open")?;
    let standing = vault.standing(now).map_err(|_| "it does not say where it stands")?;
    if standing.entries < acknowledged.entries || !vault.verify_audit().is_ok_and(|checked| checked.is_ok()) {
        return Err("the vault lacks entries, or its chain does not hold");
    }
    let held = standing.entries;
    let edits = deeds::unsent(&vault, now).map_err(|_| "it does not say what waits")?;
    if edits < acknowledged.edits {
        return Err("the vault lacks edits");
    }
    let sealed = in_outbox(home)?;
    if sealed.0 < held || sealed.1 < edits { Err("something is in the vault and not sealed") } else { Ok(()) }
}

/// Entries and edits in everything that is sealed, each counted once; every segment opens, with its author's name.
fn in_outbox(home: &Path) -> Result<(u64, u64), &'static str> {
    let (mut entries, mut edits) = (BTreeSet::new(), BTreeSet::new());
    let author = vault::signing_key_of(&small::SEED);
    let author = hub::VerifyingKey::from_bytes(&author).map_err(|_| "no key")?;
    for parcel in vault::parcels::list(&vault::parcels::folder(home)).map_err(|_| "no folder")? {
        let bytes = std::fs::read(&parcel.path).map_err(|_| "no file")?;
        let opened = outbox::open(&bytes, &small::hub()).map_err(|_| "a segment does not open")?;
        opened.check(&author).map_err(|_| "a segment is nobody's")?;
        for frame in opened.frames {
            entries.extend(frame.entries.iter().filter_map(|e| Entry::from_bytes(e).ok()).map(|e| e.seq));
            edits.extend(frame.work.into_iter().map(|work| format!("{work:?}")));
        }
    }
    // Without a gap, from the first.
    let through = (1..).take_while(|seq| entries.contains(seq)).count() as u64;
    Ok((through, edits.len() as u64))
}

// ---- schema upgrades ------------------------------------------------------------------------------------------------------

/// What takes each version's step back, newest first: an older vault is a newer one without it.
const BACK: &[(i64, &str)] = &[
    (13, "drop table own;"),
    (
        12,
        "drop table draft_gone; drop table owed; drop table work_seen; alter table draft drop column number;
         alter table draft drop column from_device; alter table draft drop column from_number;",
    ),
    (11, "alter table bag_note drop column hub_at; alter table bag_grant drop column read_at;"),
    (10, "drop table choice_held; drop table plan_aside; alter table photo rename column named_by to act;"),
    (9, "drop table photo; drop table photo_draft;"),
    (8, "alter table bag_note drop column held_at;"),
    (7, "drop table bag_note; drop table bag_grant;"),
    (6, "drop table act; drop table act_out; drop table draft;"),
    (5, "drop table seen;"),
    (4, "drop table sealed; drop table form; drop table claim; drop table again;"),
    (3, "drop table plan; drop table plan_tail; drop table plan_out;"),
];

fn opened(home: &Path) -> rusqlite::Result<Connection> {
    let conn = Connection::open(home.join("vault.db"))?;
    let hex: String = KEY.iter().map(|b| format!("{b:02x}")).collect();
    conn.pragma_update(None, "key", format!("x'{hex}'"))?;
    conn.execute_batch("pragma cipher_log_level = none;")?;
    Ok(conn)
}

fn version(home: &Path) -> rusqlite::Result<i64> {
    opened(home)?.query_row("pragma user_version", [], |row| row.get(0))
}

/// A vault as version `back` would have left it: everything that came later taken away.
fn older(home: &Path, back: i64) -> rusqlite::Result<()> {
    let conn = opened(home)?;
    for (_, undo) in BACK.iter().take_while(|(version, _)| *version > back) {
        conn.execute_batch(undo)?;
    }
    conn.pragma_update(None, "user_version", back)?;
    conn.execute_batch("pragma wal_checkpoint(truncate);")
}

fn upgraded(cases: u32) -> Report {
    let mut report = Report::of("F13 a schema upgrade cut at every write");
    let newest = BACK[0].0;
    for back in BACK.iter().map(|(version, _)| version - 1) {
        let folder = small::scratch();
        let home = folder.path().join("vault");
        std::fs::create_dir_all(&home).expect("a folder");
        let (vault, _) = prepared(&home, &[small::whole(1, 1, small::yes())]);
        vault.close(false, Stamp::from_millis(NOW)).expect("closed");
        assert_eq!(version(&home).expect("a version"), newest, "the newest step is taken back first");
        older(&home, back).expect("an older vault");
        let old = Files::of(&home);
        // The file has changed under its seal: what the keystore knows is what it is now.
        let vault = small::unlock(&home, None, at(1_000)).expect("upgraded");
        let entries = vault.standing(Stamp::from_millis(NOW + 1_000)).expect("a standing").entries;
        let log = std::fs::read(home.join("vault.db-wal")).expect("the log");
        drop(vault);
        let work = folder.path().join("cut");
        let step = (log.len() / (cases.max(1) as usize / 4).max(1)).clamp(64, 1_031);
        for edge in (0..=log.len()).step_by(step) {
            let mut files = old.clone();
            files.set("vault.db-wal", log[..edge].to_vec());
            files.put(&work);
            let found = version(&work);
            let between = found.as_ref().is_ok_and(|v| (back..=newest).contains(v));
            files.put(&work);
            let goes_on = small::unlock(&work, None, at(2_000)).is_ok_and(|vault| {
                let now = Stamp::from_millis(NOW + 2_000);
                let kept = vault.standing(now).is_ok_and(|s| s.entries >= entries - 1);
                kept && vault.verify_audit().is_ok_and(|checked| checked.is_ok())
            });
            let after = version(&work).is_ok_and(|v| v == newest);
            report.case(between && goes_on && after, || format!("from {back}, log cut at {edge}: {found:?}"));
        }
    }
    report
}
