//! The door, from inside: what happens between two of its steps. The hub of these tests is a signing key.

use crate::chart::ChartAsked;
use crate::fault::VaultFault;
use crate::key::{KeystoreSecret, Pin};
use crate::open::{NewVault, Vault};
use ed25519_dalek::SigningKey;
use record::audit::Event;
use record::consent::{Choice, Mode, Outcome, Pack, Purpose, Recorded, Relationship};
use record::feed::{Licence, Listing, Rules, Seq};
use record::patient::Demographics;
use record::people::{Actor, Organisation, Role};
use record::section::Compartment;
use record::summary::{Body, Fact, FactKey, Item};
use record::{PersonId, Section, Sections, SourceId, Stamp};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use sync::frame::{Dictionary, Folder};
use sync::letter::{Cursor, End, Letter, PersonLetter};
use sync::wire;
use zeroize::Zeroizing;

/// More than a round of these tests has to carry.
const BITE: crate::Bite = crate::Bite { down: 1 << 20, up: 1 << 20 };

pub(super) const NOW: Stamp = Stamp::from_millis(1_790_000_000_000);
/// Twelve hours on: the end of a licence given now.
const LATER: Stamp = Stamp::from_millis(1_790_000_000_000 + 12 * 3_600_000);

fn hub() -> SigningKey {
    SigningKey::from_bytes(&[3; 32])
}

pub(super) fn person() -> PersonId {
    PersonId::from_bytes([5; 16])
}

fn organisation() -> Organisation {
    Organisation { ods: "ZZC1".parse().unwrap(), name: "Testshire".into() }
}

fn secret() -> KeystoreSecret {
    KeystoreSecret::new([1; 32])
}

/// The keystore of these tests holds whatever the file beside the vault does.
fn anchor(home: &Path) -> Option<[u8; 32]> {
    std::fs::read(home.join("anchor")).ok()?.first_chunk().copied()
}

/// No two sessions draw the same.
fn fresh() -> [u8; 32] {
    static SESSIONS: AtomicU64 = AtomicU64::new(1);
    let mut fresh = [61; 32];
    fresh[..8].copy_from_slice(&SESSIONS.fetch_add(1, Ordering::Relaxed).to_le_bytes());
    fresh
}

fn open(home: &Path) -> Vault {
    let anchor = anchor(home);
    Vault::unlock(home, &Pin::to_try("314159"), &secret(), anchor.as_ref(), (NOW.into(), fresh())).unwrap()
}

/// A vault that has had one round with its hub: a policy and one person who agreed to share.
pub(super) fn vault(home: &Path) -> Vault {
    let actor = Actor {
        staff: "N1".parse().unwrap(),
        name: "Jo".into(),
        role: Role::RegulatedClinician,
        title: "Nurse".into(),
        organisation: organisation(),
    };
    let new = NewVault {
        licence: Licence { actor, region: "Testshire".into(), hub: organisation() },
        device: "D1".parse().unwrap(),
        hub_key: hub().verifying_key().to_bytes(),
        signing_seed: Zeroizing::new([4; 32]),
        link: Zeroizing::new(vec![]),
        key: [9; 32],
        sealing: [10; 32],
        salt: [2; 16],
        nonce: [2; 24],
    };
    Vault::make(home, &new, &Pin::new("314159").unwrap(), &secret()).unwrap();
    let mut vault = open(home);
    let letters = [Letter::Policy(wire::sign(Pack::bare(Mode::AskEachTime), &hub()).unwrap()), letter(&hub())];
    round(&mut vault, &letters).unwrap();
    vault
}

fn letter(signer: &SigningKey) -> Letter {
    let recorded = Recorded { choice: Choice::Y3, ..Recorded::nothing() };
    let rules = Rules { person: person(), version: Seq(1), relationship: Relationship::Established, recorded };
    let item = Item { title: "Asthma".into(), ..Item::default() };
    let fact = Fact {
        key: FactKey("Condition/1".into()),
        source: SourceId(1),
        recorded: None,
        body: Body::Item(Section::Problems, Box::new(item)),
    };
    let mut folder = Folder::new(Dictionary::none(), 3);
    Letter::Person(Box::new(PersonLetter {
        base: Seq(1),
        row: 1,
        head: Seq(1),
        listing: Listing::of(person(), &Demographics::default(), vec![], NOW),
        rules: wire::sign(rules, signer).unwrap(),
        frames: vec![(Compartment::Emergency, folder.fold_facts(&[fact]).unwrap())],
    }))
}

fn round(vault: &mut Vault, letters: &[Letter]) -> Result<crate::Arrived, VaultFault> {
    let post = vault.post(BITE, [6; 40], NOW)?;
    let end = End {
        cursor: Cursor { seq: Seq(1), fetching: None },
        more: false,
        at: NOW,
        licence: LATER,
        signature: [0; 64],
    };
    let end = Letter::End(wire::sign_end(end, &post, &hub()));
    let mut folder = Folder::new(Dictionary::none(), 3);
    let bytes: Vec<u8> =
        letters.iter().chain([&end]).flat_map(|l| wire::write_letter(l, &mut folder).unwrap()).collect();
    vault.arrived(&bytes, NOW)
}

fn asked() -> ChartAsked {
    ChartAsked { person: person(), purpose: Purpose::Treat, wants: Sections::ALL }
}

fn sql(vault: &Vault, sql: &str) {
    vault.door.glance(|conn| Ok(conn.execute_batch(sql)?)).unwrap();
}

#[test]
fn no_audit_no_read() {
    let home = tempfile::tempdir().unwrap();
    let mut vault = vault(home.path());
    assert!(vault.chart(&asked(), NOW).unwrap().is_ok());
    // The ledger breaks: content is there, the entry cannot be written.
    sql(&vault, "create trigger broken before insert on entry begin select raise(abort, 'no'); end");
    let before = vault.standing(NOW).unwrap().entries;
    assert!(matches!(vault.chart(&asked(), NOW), Err(VaultFault::Sql(_))));
    assert!(matches!(vault.caseload("", NOW), Err(VaultFault::Sql(_))), "a list is a look too");
    assert!(matches!(vault.whole(&asked(), "Condition/1", NOW), Err(VaultFault::Sql(_))));
    assert_eq!(vault.standing(NOW).unwrap().entries, before);
    sql(&vault, "drop trigger broken");
    assert!(vault.chart(&asked(), NOW).unwrap().is_ok());
    assert!(vault.verify_audit().unwrap().is_ok(), "the chain has no hole");
}

#[test]
fn a_full_disk_shows_nothing_and_says_so() {
    let home = tempfile::tempdir().unwrap();
    let mut vault = vault(home.path());
    // No page may be added; entries need one soon.
    let pages: i64 = vault.door.glance(|c| Ok(c.query_row("pragma page_count", [], |r| r.get(0))?)).unwrap();
    sql(&vault, &format!("pragma max_page_count = {pages}"));
    let mut shown = 0;
    let fault = loop {
        match vault.chart(&asked(), NOW) {
            Ok(answer) => shown += u64::from(answer.is_ok()),
            Err(fault) => break fault,
        }
        assert!(shown < 10_000, "the disk never filled");
    };
    assert!(matches!(fault, VaultFault::Full), "{fault:?}");
    sql(&vault, "pragma max_page_count = 1000000");
    let entries = vault.door.glance(|conn| crate::ledger::about(conn, person())).unwrap();
    let permits =
        entries.iter().filter(|e| matches!(e.1.event, Event::Record { outcome: Outcome::Permit, .. })).count();
    assert_eq!(permits as u64, shown, "one entry for every look, none for what was not shown");
}

#[test]
fn a_reading_that_fails_still_leaves_its_entry() {
    let home = tempfile::tempdir().unwrap();
    let mut vault = vault(home.path());
    sql(&vault, "update frame set bytes = x'00'");
    let before = vault.standing(NOW).unwrap().entries;
    assert!(matches!(vault.chart(&asked(), NOW), Err(VaultFault::Frame(_))));
    assert_eq!(vault.standing(NOW).unwrap().entries, before + 1);
}

#[test]
fn somebody_this_device_does_not_know_is_an_entry_and_nothing_else() {
    let home = tempfile::tempdir().unwrap();
    let mut vault = vault(home.path());
    let stranger = ChartAsked { person: PersonId::from_bytes([6; 16]), ..asked() };
    let before = vault.standing(NOW).unwrap().entries;
    assert!(matches!(vault.chart(&stranger, NOW), Err(VaultFault::NotCarried)));
    assert_eq!(vault.standing(NOW).unwrap().entries, before + 1);
}

#[test]
fn forged_rules_old_policies_and_replayed_answers_are_refused() {
    let home = tempfile::tempdir().unwrap();
    let mut vault = vault(home.path());
    let mallory = SigningKey::from_bytes(&[8; 32]);
    assert!(round(&mut vault, &[letter(&mallory)]).is_err(), "rules signed by somebody else");
    let forged = Pack { version: 9, ..Pack::bare(Mode::DiscussionToView) };
    assert!(round(&mut vault, &[Letter::Policy(wire::sign(forged, &mallory).unwrap())]).is_err());
    let old = Pack { version: 1, ..Pack::bare(Mode::DiscussionToView) };
    round(&mut vault, &[Letter::Policy(wire::sign(old, &hub()).unwrap())]).unwrap();
    assert_eq!(vault.policy().map(|p| p.mode), Some(Mode::AskEachTime), "packs never run backwards");
    // An answer to an earlier post, played again, makes nothing fresh.
    let first = vault.post(BITE, [1; 40], NOW).unwrap();
    let end = End { cursor: Cursor::default(), more: false, at: NOW, licence: LATER, signature: [0; 64] };
    let end = Letter::End(wire::sign_end(end, &first, &hub()));
    // The device's clock stands still: the post's nonce alone tells the two apart.
    vault.post(BITE, [2; 40], NOW).unwrap();
    let mut folder = Folder::new(Dictionary::none(), 3);
    assert!(vault.arrived(&wire::write_letter(&end, &mut folder).unwrap(), NOW).is_err());
}

#[test]
fn what_was_committed_is_there_after_the_process_is_gone() {
    let home = tempfile::tempdir().unwrap();
    let mut first = vault(home.path());
    first.chart(&asked(), NOW).unwrap().unwrap();
    let entries = first.standing(NOW).unwrap().entries;
    drop(first);
    let again = open(home.path());
    assert_eq!(again.standing(NOW).unwrap().entries, entries + 1, "and the new sign-in");
    assert!(again.verify_audit().unwrap().is_ok());
}

/// A disk that is full at every page in turn: what was shown has its entry, and what has no entry was not shown.
#[test]
fn a_disk_that_fills_up_at_any_page_shows_nothing_without_its_entry() {
    let home = tempfile::tempdir().unwrap();
    let mut vault = vault(home.path());
    let count = |vault: &Vault| vault.standing(NOW).unwrap().entries;
    let pages: i64 = vault.door.glance(|conn| Ok(conn.query_row("pragma page_count", [], |row| row.get(0))?)).unwrap();
    let (mut shown, mut refused) = (0, 0);
    for most in pages..pages + 12 {
        sql(&vault, &format!("pragma max_page_count = {most}"));
        for _ in 0..60 {
            let before = count(&vault);
            match vault.chart(&asked(), NOW) {
                Ok(answer) => {
                    assert!(answer.is_ok());
                    assert_eq!(count(&vault), before + 1);
                    shown += 1;
                }
                Err(fault) => {
                    assert!(matches!(fault, VaultFault::Full), "{fault}");
                    assert_eq!(count(&vault), before);
                    refused += 1;
                    break;
                }
            }
        }
        assert!(vault.verify_audit().unwrap().is_ok());
    }
    assert!(shown >= 12 && refused >= 12, "{shown} shown, {refused} refused");
}

#[test]
fn a_crash_while_reading_leaves_neither_content_nor_half_an_entry() {
    let home = tempfile::tempdir().unwrap();
    let mut vault = vault(home.path());
    let before = vault.standing(NOW).unwrap().entries;
    let request = crate::chart::request(&vault.door, &asked(), None);
    let crashed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        vault.door.admit::<()>(&request, crate::door::Deed::Chart, NOW, |_| panic!("the process is gone")).map(drop)
    }));
    assert!(crashed.is_err());
    assert_eq!(vault.standing(NOW).unwrap().entries, before);
    drop(vault);
    let mut again = open(home.path());
    assert!(again.verify_audit().unwrap().is_ok());
    again.chart(&asked(), NOW).unwrap().unwrap();
}

#[path = "log_tests.rs"]
mod log_tests;
