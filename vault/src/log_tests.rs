//! A hub that lies about its log, seen from the vault: each lie refused, recorded once and said, nothing counted as held that is not, and
//! reading goes on; the next honest receipt mends it.

use super::{NOW, asked, hub, round, vault};
use crate::ledger;
use crate::open::Vault;
use ed25519_dalek::SigningKey;
use record::audit::{BreakKind, Entry, Event, HubAct, Link, LogSign};
use record::merkle::{self, Hash};
use sync::letter::Letter;
use sync::witness::{Notice, Receipt, TreeHead};

/// The hub's log: the device's entries with others between.
#[derive(Clone, Default)]
struct Log(Vec<Hash>);

impl Log {
    /// Takes every entry of the vault that it does not hold, and one of somebody else's before each.
    fn take(&mut self, vault: &Vault) {
        let all = vault.door.glance(|conn| ledger::after(conn, 0, u32::MAX)).unwrap();
        for bytes in &all[self.0.len() / 2..] {
            self.0.push(*Link::of(&[b"another's", bytes.as_slice()].concat()).as_bytes());
            self.0.push(*Link::of(bytes).as_bytes());
        }
    }

    fn head(&self, key: &SigningKey) -> TreeHead {
        let size = self.0.len() as u64;
        TreeHead::sign(size, NOW, merkle::root(&mut &self.0[..], size).unwrap(), key)
    }

    /// An honest receipt for the last entry.
    fn receipt(&self, held: u64) -> Receipt {
        let (size, nodes) = (self.0.len() as u64, &mut &self.0[..]);
        Receipt {
            epoch: 1,
            through: size / 2,
            index: size - 1,
            head: self.head(&hub()),
            inclusion: merkle::inclusion(nodes, size - 1, size).unwrap(),
            consistency: merkle::consistency(nodes, held, size).unwrap(),
        }
    }
}

fn signs(vault: &Vault) -> Vec<LogSign> {
    let all = vault.door.glance(|conn| ledger::after(conn, 0, u32::MAX)).unwrap();
    all.iter()
        .filter_map(|bytes| match Entry::from_bytes(bytes).unwrap().event {
            Event::Hub(HubAct::Log { sign, .. }) => Some(sign),
            _ => None,
        })
        .collect()
}

/// What a lying hub makes of an honest log and receipt; `held` is what the device accepted before.
type Lie = fn(&mut Log, u64) -> Receipt;

#[test]
fn every_lie_about_the_log_is_refused_recorded_and_said_and_reading_goes_on() {
    fn edited(log: &Log, held: u64, edit: impl FnOnce(&mut Receipt)) -> Receipt {
        let mut receipt = log.receipt(held);
        edit(&mut receipt);
        receipt
    }
    let lies: [(&str, LogSign, Lie); 9] = [
        ("a root that was not signed", LogSign::Forged, |log, held| edited(log, held, |r| r.head.root[0] ^= 1)),
        ("a head signed by another", LogSign::Forged, |log, held| {
            let head = log.head(&SigningKey::from_bytes(&[8; 32]));
            edited(log, held, |r| r.head = head)
        }),
        ("a proof that was changed", LogSign::Forged, |log, held| edited(log, held, |r| r.inclusion[0][0] ^= 1)),
        ("another's place", LogSign::Forged, |log, held| edited(log, held, |r| r.index -= 1)),
        ("another entry", LogSign::Forged, |log, held| edited(log, held, |r| r.through -= 1)),
        ("another epoch", LogSign::Forged, |log, held| edited(log, held, |r| r.epoch = 2)),
        ("an entry that was never written", LogSign::Forged, |log, held| edited(log, held, |r| r.through += 1)),
        ("a shorter log", LogSign::Rollback, |log, held| {
            let last = log.0[log.0.len() - 1];
            *log = Log(vec![last]);
            let through = held / 2;
            edited(log, 0, |r| (r.through, r.index) = (through + 1, 0))
        }),
        ("a rewritten log", LogSign::Fork, |log, held| {
            log.0[0][0] ^= 1;
            log.receipt(held)
        }),
    ];
    for (what, sign, lie) in lies {
        let home = tempfile::tempdir().unwrap();
        let mut vault = vault(home.path());
        let mut log = Log::default();
        log.take(&vault);
        round(&mut vault, &[Letter::Receipt(log.receipt(0))]).unwrap();
        let held = log.0.len() as u64;
        let before = vault.standing(NOW).unwrap();
        assert_eq!((before.log_sign, before.unsent), (None, 0), "{what}: an honest receipt holds");

        assert!(vault.chart(&asked(), NOW).unwrap().is_ok());
        let mut forged = log.clone();
        forged.take(&vault);
        // A shorter log must hold the entry it speaks of, or it would be refused for that.
        let receipt = lie(&mut forged, held);
        for _ in 0..3 {
            round(&mut vault, &[Letter::Receipt(receipt.clone())]).unwrap();
        }
        let standing = vault.standing(NOW).unwrap();
        assert_eq!((standing.log_sign, standing.receipted), (Some(sign), before.receipted), "{what}");
        let recorded: Vec<LogSign> = signs(&vault).into_iter().filter(|s| *s != LogSign::Withheld).collect();
        assert_eq!(recorded, [sign], "{what}: recorded once");
        assert!(vault.chart(&asked(), NOW).unwrap().is_ok(), "{what}: reading goes on");
        assert!(vault.verify_audit().unwrap().is_ok());

        log.take(&vault);
        round(&mut vault, &[Letter::Receipt(log.receipt(held))]).unwrap();
        let standing = vault.standing(NOW).unwrap();
        assert_eq!((standing.log_sign, standing.unsent), (None, 0), "{what}: an honest receipt mends it");
    }
}

#[test]
fn a_hub_that_gives_no_receipt_is_said_to_withhold_it() {
    let home = tempfile::tempdir().unwrap();
    let mut vault = vault(home.path());
    round(&mut vault, &[]).unwrap();
    assert_eq!(vault.standing(NOW).unwrap().log_sign, Some(LogSign::Withheld));
    round(&mut vault, &[]).unwrap();
    assert_eq!(signs(&vault), [LogSign::Withheld], "recorded once");
    let mut log = Log::default();
    log.take(&vault);
    round(&mut vault, &[Letter::Receipt(log.receipt(0))]).unwrap();
    assert_eq!(vault.standing(NOW).unwrap().log_sign, None);
}

#[test]
fn an_epoch_or_a_rollback_is_taken_from_the_hub_alone() {
    let home = tempfile::tempdir().unwrap();
    let mut vault = vault(home.path());
    let mut log = Log::default();
    log.take(&vault);
    round(&mut vault, &[Letter::Receipt(log.receipt(0))]).unwrap();
    let entry = |event| {
        let all = vault.door.glance(|conn| ledger::after(conn, 0, 1)).unwrap();
        let chain = "hub/acts".parse().unwrap();
        Entry { chain, event: Event::Hub(event), ..Entry::from_bytes(&all[0]).unwrap() }.to_bytes()
    };
    let grant =
        |chain: &str| HubAct::EpochGranted { chain: chain.parse().unwrap(), epoch: 2, at: 1, kind: BreakKind::Fork };
    let (ours, others) = (entry(grant("D1/N1")), entry(grant("D2/N1")));
    let restored = entry(HubAct::Log { sign: LogSign::Restored, held: log.0.len() as u64, shown: 0 });
    let another = SigningKey::from_bytes(&[8; 32]);
    for notice in [
        Notice::sign(ours.clone(), &another),
        Notice::sign(restored.clone(), &another),
        Notice::sign(others, &hub()),
        Notice { entry: restored, signature: [0; 64] },
    ] {
        round(&mut vault, &[Letter::Notice(notice)]).unwrap();
        assert_eq!(vault.standing(NOW).unwrap().log_sign, Some(LogSign::Forged));
        assert_eq!(vault.door.head().epoch, 1);
    }
    round(&mut vault, &[Letter::Notice(Notice::sign(ours, &hub()))]).unwrap();
    assert_eq!(vault.door.head().epoch, 2, "from the hub itself");
    assert!(vault.verify_audit().unwrap().is_ok());
}
