//! Whose bag is due for its monthly check (`reference/eredbag.md` section 5, step 0): a home's people, so that an emergency starts from a form that
//! somebody looked over. Only who and when: nothing of a bag is read out, and a person whose record would not open is not on the list.

use super::{BagAsked, carry, keep, look};
use crate::door::Door;
use crate::fault::VaultFault;
use record::bag::{Bag, State, Step};
use record::consent::Purpose;
use record::feed::Listing;
use record::people::Role;
use record::{OdsCode, PersonId, Stamp};
use rusqlite::Connection;

/// Somebody whose bag is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueBag {
    pub person: PersonId,
    /// When the form was last looked over; `None`: no bag is open for the next transfer.
    pub looked: Option<Stamp>,
}

/// Everybody whose bag is due: first those who have none, as the caseload has them, then those whose check is longest ago. Those without a bag are
/// on it only where the user's place is a care home: its staff is care staff, or it has a form of its own.
pub(crate) fn due(door: &Door, now: Stamp) -> Result<Vec<DueBag>, VaultFault> {
    let (actor, (at, _)) = (door.actor().clone(), door.moment(now));
    if !Step::MakeReady.may_be_taken_by(actor.role) {
        return Ok(Vec::new());
    }
    let home = &actor.organisation.ods;
    let is_home = actor.role == Role::CareStaff || door.glance(|conn| carry::has_form(conn, home))?;
    let mut list = Vec::new();
    for person in door.glance(living)? {
        let Some(looked) = door.glance(|conn| overdue(conn, (person, home), at))? else { continue };
        if looked.is_none() && !is_home {
            continue;
        }
        let request = look::request(door, &BagAsked { person, purpose: Purpose::Treat });
        if door.permits(&request, door.is_lapsed(at), now)? {
            list.push(DueBag { person, looked });
        }
    }
    // Stable: those without a bag stay in the order of the list.
    list.sort_by_key(|due| due.looked);
    Ok(list)
}

/// Everybody who is carried here and is not known to have died, by name.
fn living(conn: &Connection) -> Result<Vec<PersonId>, VaultFault> {
    let sql = "select p.uid, l.row from listing l join person p using (id) where l.carried = 1";
    let mut query = conn.prepare_cached(sql)?;
    let rows = query.query_map([], |row| Ok((PersonId::from_bytes(row.get(0)?), row.get::<_, String>(1)?)))?;
    let mut people = Vec::new();
    for row in rows {
        let (person, json) = row?;
        let listing: Listing = serde_json::from_str(&json).map_err(|_| VaultFault::Corrupt { what: "listing" })?;
        if !listing.died {
            people.push((listing.banner, person));
        }
    }
    people.sort();
    Ok(people.into_iter().map(|(_, person)| person).collect())
}

/// `None`: not due: it is on its way, another home's, or was looked over lately. Otherwise when it was, if there is one.
fn overdue(
    conn: &Connection,
    (person, home): (PersonId, &OdsCode),
    at: Stamp,
) -> Result<Option<Option<Stamp>>, VaultFault> {
    let mut open = Vec::new();
    for id in keep::bags_of(conn, person)? {
        let bag = keep::bag(conn, id)?;
        open.extend(bag.filter(|bag| bag.custody.state().is_none_or(|state| !state.is_over())));
    }
    let away = |bag: &Bag| !bag.custody.state().is_some_and(State::is_at_home) || bag.header.home.ods != *home;
    Ok(match open.first() {
        None => Some(None),
        Some(_) if open.iter().any(away) => None,
        Some(bag) => bag.is_due(at).then(|| Some(bag.looked_over())),
    })
}
