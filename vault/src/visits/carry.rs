//! Acts up and down, as errands: what the post takes, what arrives, and the hub's signed word. What arrives twice is once, and what is
//! cut anywhere is sent again.

use super::keep;
use crate::door::Errand;
use crate::fault::VaultFault;
use ed25519_dalek::VerifyingKey;
use record::visit::SignedAct;
use record::{ChainId, PersonId};
use rusqlite::{Connection, params};
use sync::visits::{ActsHeld, IncomingActs, RefusedAct, check_held};
use sync::wire::WireFault;

/// Acts the hub does not hold, in the order they were done, as many as fit in `most` bytes but at least one: sent until its signed word covers
/// them. And whether some are left.
pub(crate) fn outgoing(conn: &Connection, most: usize) -> Result<(Vec<SignedAct>, bool), VaultFault> {
    let sql = "select bytes, signature from act_out where refused is null order by number";
    let mut query = conn.prepare_cached(sql)?;
    let mut rows = query.query([])?;
    let (mut acts, mut size, mut left) = (Vec::new(), 0, false);
    while let Some(row) = rows.next()? {
        let act = SignedAct { bytes: row.get(0)?, signature: row.get(1)? };
        size += act.bytes.len();
        left = size > most && !acts.is_empty();
        if left {
            break;
        }
        acts.push(act);
    }
    Ok((acts, left))
}

/// All of them, for the outbox.
pub(crate) fn every(conn: &Connection) -> Result<Vec<SignedAct>, VaultFault> {
    let mut query =
        conn.prepare_cached("select bytes, signature from act_out where refused is null order by number")?;
    let rows = query.query_map([], |row| Ok(SignedAct { bytes: row.get(0)?, signature: row.get(1)? }))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// How many acts done here the hub does not hold.
pub(crate) fn unsent(conn: &Connection) -> Result<u64, VaultFault> {
    let count: i64 = conn.prepare_cached("select count(*) from act_out")?.query_row([], |row| row.get(0))?;
    Ok(count as u64)
}

/// Keeps an act done here to be sent.
pub(super) fn send(conn: &Connection, person: PersonId, act: &SignedAct) -> Result<(), VaultFault> {
    let sql = "insert into act_out (id, person, bytes, signature) values (?1, ?2, ?3, ?4)";
    conn.prepare_cached(sql)?.execute(params![act.id().as_bytes(), person.as_bytes(), act.bytes, act.signature])?;
    Ok(())
}

/// Every act of this hand that the hub has signed for waits again, in the order they were signed for.
pub(crate) fn send_again(conn: &Connection) -> Result<(), VaultFault> {
    let sql = "insert or ignore into act_out (id, person, bytes, signature)
               select id, person, bytes, signature from act where held_at is not null order by held_at";
    conn.prepare_cached(sql)?.execute([])?;
    Ok(())
}

/// Takes in what the hub sent; gives how many acts are new.
pub(crate) fn take_in(errand: &Errand<'_>, incoming: &[IncomingActs]) -> Result<u32, VaultFault> {
    let conn = errand.tx();
    let mut new = 0;
    for person in incoming {
        if crate::rules::closed_here(conn, person.person, errand.now())? {
            continue;
        }
        for act in &person.acts {
            new += u32::from(keep::put(conn, person.person, act)?);
        }
    }
    Ok(new)
}

/// The hub says what it holds. Believed only if it signed it, for this chain; only what is our own waits to be held.
pub(crate) fn held(
    errand: &Errand<'_>,
    (held, hub): (&ActsHeld, &VerifyingKey),
    own: &ChainId,
) -> Result<(), VaultFault> {
    check_held(held, hub)?;
    if held.chain != *own {
        return Err(VaultFault::Wire(WireFault::Form));
    }
    let conn = errand.tx();
    for id in &held.held {
        conn.prepare_cached("delete from act_out where id = ?1")?.execute([id.as_bytes()])?;
        conn.prepare_cached("update act set held_at = ?2 where id = ?1")?
            .execute(params![id.as_bytes(), held.at.millis()])?;
    }
    Ok(())
}

/// The hub did not take these; they stay here, marked.
pub(crate) fn refused(errand: &Errand<'_>, refused: &[RefusedAct]) -> Result<(), VaultFault> {
    for act in refused {
        errand
            .tx()
            .prepare_cached("update act_out set refused = ?2 where id = ?1")?
            .execute(params![act.id.as_bytes(), act.why.code()])?;
    }
    Ok(())
}
