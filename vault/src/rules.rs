//! By which rules a person's content is decided about: the hub's, under a choice recorded here that the hub does not hold yet; or, of somebody
//! whose bag came by hand, what came with it. Reading them decides nothing; that is the door's.

use crate::bags::grant;
use crate::fault::VaultFault;
use record::consent::{Carriage, Recorded};
use record::feed::Rules;
use record::{PersonId, Stamp};
use rusqlite::{Connection, OptionalExtension};

/// The rules for one person: the hub's, under a choice recorded here that the hub does not hold yet.
pub(crate) fn rules_of(conn: &Connection, person: PersonId) -> Result<Option<Rules>, VaultFault> {
    Ok(bound_by(conn, person)?.map(|(rules, _)| rules))
}

/// Whose word the rules for a person are.
#[derive(Clone, Copy)]
pub(crate) enum By {
    Hub,
    /// Recorded here, and not sent yet.
    Here,
    /// It came with their bag, from a device that had confirmed it then.
    Giver(Option<Stamp>),
}

/// A choice recorded here, which the hub does not hold yet, keeps a person's content off this device whatever the hub sends. The hub's own
/// rules need no such question: they come in the same answer as what they let through, after it, and with its end what they do not goes.
pub(crate) fn closed_here(conn: &Connection, person: PersonId, now: Stamp) -> Result<bool, VaultFault> {
    Ok(match bound_by(conn, person)? {
        Some((rules, By::Here)) => rules.recorded.carriage(rules.relationship, now) != Carriage::Open,
        _ => false,
    })
}

/// The rules for one person, and whose word they are.
pub(crate) fn bound_by(conn: &Connection, person: PersonId) -> Result<Option<(Rules, By)>, VaultFault> {
    let found: Option<(Vec<u8>, Option<String>)> = conn
        .prepare_cached("select rules, pending from person where uid = ?1")?
        .query_row([person.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((bytes, pending)) = found else {
        return Ok(grant::rules(conn, person)?.map(|(rules, checked)| (rules, By::Giver(checked))));
    };
    let corrupt = |_| VaultFault::Corrupt { what: "rule" };
    let mut rules: Rules = serde_json::from_slice(&bytes).map_err(corrupt)?;
    let said_here = pending.is_some();
    if let Some(pending) = pending {
        let here: Recorded = serde_json::from_str(&pending).map_err(corrupt)?;
        let saw: i64 = conn
            .prepare_cached("select coalesce(max(saw), 0) from choice where person = ?1")?
            .query_row([person.as_bytes()], |row| row.get(0))?;
        // The hub has meanwhile told of another choice that this one was made without seeing: a conflict, as it will find too.
        // This very choice comes back dated anew, where this device's clock was ahead of the hub's.
        let mut dated = here.clone();
        if let Some(at) = rules.recorded.decided {
            dated.heard(at, at);
        }
        let against = rules.recorded.contradicts(&here) && rules.recorded.contradicts(&dated);
        let apart = rules.version.0 > saw as u64 && against;
        rules.recorded = if apart { here.against(0, &rules.recorded, rules.version.0) } else { here };
    }
    Ok(Some((rules, if said_here { By::Here } else { By::Hub })))
}
