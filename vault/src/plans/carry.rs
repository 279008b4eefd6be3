//! Plans up and down, as errands: what the post takes, what arrives, and the hub's signed word. The machine merges and reads nothing out;
//! what arrives twice is once, and what is cut anywhere is sent again.

use super::keep;
use crate::door::Errand;
use crate::fault::VaultFault;
use ed25519_dalek::VerifyingKey;
use record::{ChainId, PersonId};
use rusqlite::{Connection, OptionalExtension, params};
use sync::plans::{Incoming, Outgoing, PlansHeld, RefusedChange, check_held};
use sync::replica::{Made, bundle};
use sync::wire::WireFault;

/// Changes the hub does not hold, as many as fit in `most` bytes but at least one: sent until its signed word covers them. And whether some are left.
pub(crate) fn outgoing(conn: &Connection, most: usize) -> Result<(Vec<Outgoing>, bool), VaultFault> {
    let mut query = conn.prepare_cached("select person, bytes from plan_out order by person, number")?;
    let mut rows = query.query([])?;
    let mut plans: Vec<(PersonId, Vec<Vec<u8>>)> = Vec::new();
    let (mut size, mut left) = (0, false);
    while let Some(row) = rows.next()? {
        let (person, bytes) = (PersonId::from_bytes(row.get(0)?), row.get::<_, Vec<u8>>(1)?);
        size += bytes.len();
        left = size > most && !plans.is_empty();
        if left {
            break;
        }
        match plans.last_mut().filter(|(last, _)| *last == person) {
            Some((_, changes)) => changes.push(bytes),
            None => plans.push((person, vec![bytes])),
        }
    }
    let pack = |(person, changes): (PersonId, Vec<Vec<u8>>)| {
        Ok(Outgoing { person, bundle: bundle::pack(changes.iter().map(Vec::as_slice))? })
    };
    Ok((plans.into_iter().map(pack).collect::<Result<_, VaultFault>>()?, left))
}

/// Every change that waits, one by one, for the outbox.
pub(crate) fn changes(conn: &Connection) -> Result<Vec<(PersonId, Vec<u8>)>, VaultFault> {
    let mut query = conn.prepare_cached("select person, bytes from plan_out order by person, number")?;
    let rows = query.query_map([], |row| Ok((PersonId::from_bytes(row.get(0)?), row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// How many changes made here the hub does not hold.
pub(crate) fn unsent(conn: &Connection) -> Result<u64, VaultFault> {
    let count: i64 = conn.prepare_cached("select count(*) from plan_out")?.query_row([], |row| row.get(0))?;
    Ok(count as u64)
}

/// Takes in what the hub sent of some plans; gives how many changed.
pub(crate) fn take_in(errand: &Errand<'_>, incoming: &[Incoming], own: &ChainId) -> Result<u32, VaultFault> {
    let conn = errand.tx();
    let mut changed = 0;
    for plan in incoming {
        if crate::rules::closed_here(conn, plan.person, errand.now())? {
            continue;
        }
        let mut replica = keep::replica(conn, plan.person)?;
        let mut lines = match &plan.base {
            Some(base) => replica.take_in_whole(base)?.lines,
            None => Vec::new(),
        };
        let changes = bundle::unpack(&plan.bundle)?;
        for change in &changes {
            if !replica.has(&change.hash) {
                keep::append(conn, plan.person, &change.hash, &change.bytes)?;
            }
        }
        let mine = waiting(conn, plan.person)?;
        lines.extend(
            replica.take_in(changes.iter().map(|c| c.bytes.as_slice()).chain(mine.iter().map(Vec::as_slice)))?.lines,
        );
        let others: Vec<_> = lines
            .into_iter()
            .filter(|line| match (&line.device, &line.staff) {
                (Some(device), Some(staff)) => ChainId::of(device, staff) != *own,
                _ => true,
            })
            .collect();
        keep::store(conn, &mut replica, &others, plan.base.is_some() || !mine.is_empty())?;
        changed += 1;
    }
    Ok(changed)
}

fn waiting(conn: &Connection, person: PersonId) -> Result<Vec<Vec<u8>>, VaultFault> {
    let mut query = conn.prepare_cached("select bytes from plan_out where person = ?1 order by number")?;
    Ok(query.query_map([person.as_bytes()], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// The hub's word as it was received, and with which key to check it.
pub(crate) struct Word<'a> {
    pub(crate) held: &'a PlansHeld,
    pub(crate) hub: &'a VerifyingKey,
}

/// The hub says what it holds. Believed only if it signed it, for this chain, and the hash it names is that of our own change.
pub(crate) fn held(errand: &Errand<'_>, word: &Word<'_>, own: &ChainId) -> Result<(), VaultFault> {
    check_held(word.held, word.hub)?;
    if word.held.chain != *own {
        return Err(VaultFault::Wire(WireFault::Form));
    }
    let conn = errand.tx();
    for plan in &word.held.held {
        let person = plan.person.as_bytes();
        let through = plan.through as i64;
        let ours: Option<[u8; 32]> = conn
            .prepare_cached("select hash from plan_out where person = ?1 and number = ?2")?
            .query_row(params![person, through], |row| row.get(0))
            .optional()?;
        // Said again of what an earlier word covered; or not of our change, which then waits on, and is refused by name if it is a twin.
        if ours != Some(plan.hash) {
            continue;
        }
        conn.prepare_cached("delete from plan_out where person = ?1 and number <= ?2")?
            .execute(params![person, through])?;
        conn.prepare_cached("update plan set held_through = max(held_through, ?2), held_at = ?3 where person = ?1")?
            .execute(params![person, through, word.held.at.millis()])?;
    }
    Ok(())
}

/// The hub did not take these, and can take nothing of this hand that stands after them: they are set aside, and the plan is as it is for
/// everybody else. Gives how many were; the person is asked for again, because a twin's other half is this hand's own and came with nothing.
pub(crate) fn refused(errand: &Errand<'_>, refused: &[RefusedChange]) -> Result<u32, VaultFault> {
    let conn = errand.tx();
    let mut aside = 0;
    for change in refused {
        let sql = "insert or ignore into plan_aside (hash, person, at, bytes, why)
                   select o.hash, o.person, o.at, o.bytes, ?3 from plan_out o
                   where o.person = ?1 and o.number >= (select number from plan_out where person = ?1 and hash = ?2)";
        let moved =
            conn.prepare_cached(sql)?.execute(params![change.person.as_bytes(), change.hash, change.why.code()])?;
        if moved == 0 {
            continue;
        }
        conn.prepare_cached("delete from plan_out where person = ?1 and hash in (select hash from plan_aside)")?
            .execute([change.person.as_bytes()])?;
        keep::without_aside(conn, change.person)?;
        conn.prepare_cached("insert or ignore into again (person) values (?1)")?.execute([change.person.as_bytes()])?;
        aside += moved as u32;
    }
    Ok(aside)
}

/// Plans of people whose record is not on this device go, once a round is over: a whole plan may arrive before its person does.
pub(crate) fn orphans(conn: &Connection) -> Result<(), VaultFault> {
    const STRAY: &str = "person not in (select p.uid from person p join listing l using (id) where l.carried = 1)";
    conn.prepare_cached(&format!("delete from plan where {STRAY}"))?.execute([])?;
    conn.prepare_cached(&format!("delete from plan_tail where {STRAY}"))?.execute([])?;
    Ok(())
}

/// Every change of this hand that is in a plan on the device waits again.
pub(crate) fn send_again(conn: &Connection, own: &ChainId) -> Result<(), VaultFault> {
    let people: Vec<[u8; 16]> = {
        let mut query = conn.prepare_cached("select person from plan where held_through > 0")?;
        query.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?
    };
    for uid in people {
        let person = PersonId::from_bytes(uid);
        for made in keep::replica(conn, person)?.made_by(own) {
            let sql = "insert or ignore into plan_out (person, number, hash, at, bytes) values (?1, ?2, ?3, ?4, ?5)";
            conn.prepare_cached(sql)?.execute(params![
                uid,
                made.seq as i64,
                made.hash,
                made.at.millis(),
                made.bytes
            ])?;
        }
    }
    Ok(())
}

/// Keeps a change made here to be sent.
pub(super) fn send(conn: &Connection, person: PersonId, made: &Made) -> Result<(), VaultFault> {
    conn.prepare_cached("insert into plan_out (person, number, hash, at, bytes) values (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![person.as_bytes(), made.seq as i64, made.hash, made.at.millis(), made.bytes])?;
    Ok(())
}
