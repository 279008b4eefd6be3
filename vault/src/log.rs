//! The hub's log as this device knows it: the tree heads it was shown, each checked to begin with the one before, so that the device is a
//! witness. A log that does not fit is refused, recorded and said; reading goes on. Also what the hub says of this device's own chain
//! when that broke: a new epoch. Not the chain itself (`ledger`), not the tree (`record::merkle`).

use crate::door::Errand;
use crate::fault::VaultFault;
use crate::ledger;
use ed25519_dalek::VerifyingKey;
use record::audit::{Event, Head, HubAct, Link, LogSign};
use record::merkle::{check_consistency, check_inclusion};
use record::{ChainId, Stamp};
use rusqlite::{Connection, OptionalExtension, Row, params};
use sync::witness::{Notice, Receipt, TreeHead};

/// Heads sent as evidence: the newest, and ever sparser before it.
const EVIDENCE: usize = 32;

fn head(row: &Row<'_>) -> rusqlite::Result<TreeHead> {
    Ok(TreeHead {
        size: row.get::<_, i64>(0)? as u64,
        at: Stamp::from_millis(row.get(1)?),
        root: row.get(2)?,
        signature: row.get(3)?,
    })
}

/// The newest head that was accepted and not taken back by the hub.
pub fn held(conn: &Connection) -> Result<Option<TreeHead>, VaultFault> {
    let sql = "select size, at, root, signature from tree_head where void = 0 order by size desc limit 1";
    Ok(conn.prepare_cached(sql)?.query_row([], head).optional()?)
}

/// What proves to the hub what it once said.
pub fn evidence(conn: &Connection) -> Result<Vec<TreeHead>, VaultFault> {
    let sql = "select size, at, root, signature from tree_head where void = 0 order by size desc";
    let all: Vec<TreeHead> = conn.prepare_cached(sql)?.query_map([], head)?.collect::<Result<_, _>>()?;
    let (mut chosen, mut at, mut step) = (Vec::new(), 0, 1);
    while let Some(head) = all.get(at).filter(|_| chosen.len() < EVIDENCE) {
        chosen.push(*head);
        (at, step) = (at + step, if chosen.len() < EVIDENCE / 2 { 1 } else { step * 2 });
    }
    Ok(chosen)
}

/// Whether a receipt holds: it is about our own entry, the entry is in the log, and the log begins with what we were shown before.
/// Gives the entry's place in the ledger, or what is wrong.
pub fn weigh(
    conn: &Connection,
    chain: Head,
    base: u64,
    hub: &VerifyingKey,
    receipt: &Receipt,
) -> Result<Result<u64, LogSign>, VaultFault> {
    let new = &receipt.head;
    let place = base.saturating_add(receipt.through);
    let ours = ledger::after(conn, place.saturating_sub(1), 1)?;
    let ours =
        ours.first().filter(|_| receipt.epoch == chain.epoch && receipt.through > 0 && receipt.through <= chain.seq);
    let Some(ours) = ours else { return Ok(Err(LogSign::Forged)) };
    let leaf = Link::of(ours);
    let included = check_inclusion(leaf.as_bytes(), receipt.index, new.size, &receipt.inclusion, &new.root);
    if new.check(hub).is_err() || included.is_err() {
        return Ok(Err(LogSign::Forged));
    }
    let Some(old) = held(conn)? else { return Ok(Ok(place)) };
    if new.size < old.size {
        return Ok(Err(LogSign::Rollback));
    }
    let grown = check_consistency((old.size, &old.root), (new.size, &new.root), &receipt.consistency);
    Ok(grown.map(|()| place).map_err(|_| LogSign::Fork))
}

/// Keeps a head that was accepted. None is ever deleted: an older one is evidence.
pub fn keep(conn: &Connection, new: &TreeHead) -> Result<(), VaultFault> {
    if held(conn)?.is_some_and(|old| old.size == new.size) {
        return Ok(());
    }
    conn.prepare_cached("insert into tree_head (size, at, root, signature, void) values (?1, ?2, ?3, ?4, 0)")?
        .execute(params![new.size as i64, new.at.millis(), new.root, new.signature])?;
    Ok(())
}

/// The hub's log is not what it was: recorded once, until that changes. Gives whether it is new.
pub fn refuse(errand: &mut Errand<'_>, sign: LogSign, shown: u64) -> Result<bool, VaultFault> {
    errand.told.evidence_due |= matches!(sign, LogSign::Fork | LogSign::Rollback);
    if errand.told.log_sign == Some(sign) {
        return Ok(false);
    }
    let held = held(errand.tx())?.map_or(0, |head| head.size);
    errand.told.log_sign = Some(sign);
    errand.log(Event::Hub(HubAct::Log { sign, held, shown }))?;
    Ok(true)
}

/// What is to be done again after a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    Nothing,
    /// This device was put back: everything is fetched.
    Fetch,
    /// The hub was put back: everything is fetched, and what it may have lost is sent.
    FetchAndSend,
}

/// What the hub says in its own chain about this device: an epoch granted, or its own rollback admitted. Gives what is to be
/// done again.
pub fn notice(
    errand: &mut Errand<'_>,
    chain: &ChainId,
    hub: &VerifyingKey,
    notice: &Notice,
) -> Result<Again, VaultFault> {
    let forged = |errand: &mut Errand<'_>| refuse(errand, LogSign::Forged, 0).map(|_| Again::Nothing);
    let Ok(entry) = notice.open(hub) else { return forged(errand) };
    match entry.event {
        Event::Hub(HubAct::EpochGranted { epoch, at, .. }) if epoch > errand.head().epoch => {
            let Some(start) = Head::granted(chain, epoch, &notice.entry) else { return forged(errand) };
            errand
                .tx()
                .prepare_cached("insert into epoch_grant (epoch, entry, signature) values (?1, ?2, ?3)")?
                .execute(params![epoch, notice.entry, notice.signature])?;
            let was = errand.begin_epoch(start);
            errand.told.broken = Some(at);
            errand.log(Event::Hub(HubAct::EpochOpened { was: was.epoch, through: was.seq, link: was.link }))?;
            // This device is not what the hub knew: what its user wrote since the copy was made comes back with everything else.
            Ok(Again::Fetch)
        }
        // Said before: an answer was lost.
        Event::Hub(HubAct::EpochGranted { .. }) => Ok(Again::Nothing),
        Event::Hub(HubAct::Log { sign: LogSign::Restored, held: theirs, shown }) => {
            let Some(newest) = held(errand.tx())?.filter(|head| head.size == theirs) else { return Ok(Again::Nothing) };
            // Up to `shown` both agree; a later head stays as evidence of what was lost.
            errand
                .tx()
                .prepare_cached("update tree_head set void = 1 where void = 0 and size > ?1")?
                .execute([shown as i64])?;
            errand.told.evidence_due = false;
            errand.told.log_sign = Some(LogSign::Restored);
            errand.log(Event::Hub(HubAct::Log { sign: LogSign::Restored, held: newest.size, shown }))?;
            Ok(Again::FetchAndSend)
        }
        _ => forged(errand),
    }
}

/// The hub holds this chain only through `through`: where that is our own entry, everything after it is sent again.
pub fn behind(errand: &mut Errand<'_>, (epoch, through, link): (u32, u64, Link)) -> Result<(), VaultFault> {
    errand.told.evidence_due = true;
    let (head, base) = (errand.head(), errand.told.base);
    let place = base + through;
    if epoch != head.epoch || through > head.seq || place >= errand.told.receipted {
        return Ok(());
    }
    let same = match through {
        0 => ledger::start(errand.tx(), epoch)? == link,
        _ => ledger::after(errand.tx(), place - 1, 1)?.first().is_some_and(|ours| Link::of(ours) == link),
    };
    if same {
        errand.told.receipted = place;
        errand.told.receipted_at = None;
    }
    Ok(())
}

/// The grant of an epoch: what its first entry follows.
pub fn grant(conn: &Connection, epoch: u32) -> Result<Option<Vec<u8>>, VaultFault> {
    let mut query = conn.prepare_cached("select entry from epoch_grant where epoch = ?1")?;
    Ok(query.query_row([epoch], |row| row.get(0)).optional()?)
}
