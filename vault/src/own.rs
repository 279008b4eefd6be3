//! What this device's own organisation wrote itself about somebody whose shared record may not lie open here (`record::own`, decision 0066): set
//! aside when a choice closes the record, or sent by the hub; gone when the record comes back, or the person leaves. It lies in a table that no
//! reader of records asks. Reading it is [`open`] and [`whole`], through the door's third pass.

use crate::door::own::AdmittedToOwn;
use crate::door::{Answer, Deed, Door, Errand};
use crate::fault::VaultFault;
use crate::rules::rules_of;
use record::consent::{Carriage, Relationship, Request};
use record::feed::Rules;
use record::own::OwnPart;
use record::section::Compartment;
use record::summary::Source;
use record::{OdsCode, PersonId, SourceId, Stamp};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeSet;
use sync::frame::{Folder, Whole};
use sync::own::{OwnFrames, OwnLetter};

/// What was let out: the part, and when it was set aside or came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedOwn {
    pub part: OwnPart,
    pub at: Stamp,
}

/// The sources that are the organisation.
fn sources(conn: &Connection, ods: &OdsCode) -> Result<BTreeSet<SourceId>, VaultFault> {
    let mut query = conn.prepare_cached("select body from source")?;
    let mut found = BTreeSet::new();
    for body in query.query_map([], |row| row.get::<_, String>(0))? {
        let source: Source = serde_json::from_str(&body?).map_err(|_| VaultFault::Corrupt { what: "source" })?;
        if source.organisation.ods == *ods {
            found.insert(source.id);
        }
    }
    Ok(found)
}

/// Whether the organisation's part is kept here: the person is theirs, and the record may not lie open.
fn is_kept(rules: &Rules, now: Stamp) -> bool {
    let open = rules.recorded.carriage(rules.relationship, now) == Carriage::Open;
    rules.relationship == Relationship::Established && !open
}

/// Takes it out of frames that hold more, which `folder` unfolds.
pub(crate) fn of(
    errand: &Errand<'_>,
    folder: &mut Folder,
    rules: &Rules,
    frames: &[(Compartment, Vec<u8>)],
) -> Result<Option<OwnFrames>, VaultFault> {
    if !is_kept(rules, errand.now()) || !errand.actor().role.sees_content() {
        return Ok(None);
    }
    Ok(OwnFrames::of(folder, frames, &sources(errand.tx(), &errand.actor().organisation.ods)?)?)
}

/// Keeps it in place of what was kept of this person, as it was at that time.
pub(crate) fn keep(errand: &Errand<'_>, person: PersonId, own: &OwnFrames, at: Stamp) -> Result<(), VaultFault> {
    let sql = "insert or replace into own (person, facts, wholes, at) values (?1, ?2, ?3, ?4)";
    errand.tx().prepare_cached(sql)?.execute(params![person.as_bytes(), own.facts, own.wholes, at.millis()])?;
    Ok(())
}

/// What the hub sent: whatever is in it of another source is left out, and nothing is kept of somebody of whom nothing should come.
pub(crate) fn take_in(errand: &Errand<'_>, letter: &OwnLetter) -> Result<(), VaultFault> {
    let conn = errand.tx();
    let theirs = rules_of(conn, letter.person)?.is_some_and(|rules| rules.relationship == Relationship::Established);
    let sql = "select 1 from person p join listing l using (id) where p.uid = ?1 and l.carried = 0";
    let closed: Option<i64> =
        conn.prepare_cached(sql)?.query_row([letter.person.as_bytes()], |row| row.get(0)).optional()?;
    match letter.frames.only(&sources(conn, &errand.actor().organisation.ods)?)? {
        Some(own) if theirs && closed.is_some() => keep(errand, letter.person, &own, errand.now()),
        _ => Ok(()),
    }
}

pub(crate) fn erase(conn: &Connection, person: PersonId) -> Result<(), VaultFault> {
    conn.prepare_cached("delete from own where person = ?1")?.execute([person.as_bytes()])?;
    Ok(())
}

/// All of it goes when the time is up for which the organisation's content may be kept on a device, and is asked for at the next contact.
pub(crate) fn expire(errand: &Errand<'_>, expired: &BTreeSet<SourceId>) -> Result<(), VaultFault> {
    if !sources(errand.tx(), &errand.actor().organisation.ods)?.is_disjoint(expired) {
        errand.tx().execute("insert or ignore into again (person) select person from own", [])?;
        errand.tx().execute("delete from own", [])?;
    }
    Ok(())
}

/// What is kept of somebody, and since when.
pub(crate) fn kept(conn: &Connection, person: PersonId) -> Result<Option<(OwnFrames, Stamp)>, VaultFault> {
    let mut query = conn.prepare_cached("select facts, wholes, at from own where person = ?1")?;
    let row = |row: &rusqlite::Row<'_>| {
        let frames = OwnFrames { facts: row.get(0)?, wholes: row.get(1)? };
        Ok((frames, Stamp::from_millis(row.get(2)?)))
    };
    Ok(query.query_row([person.as_bytes()], row).optional()?)
}

/// Whether the organisation's content may still be kept on a device: past that it is not shown, and the next sweep erases it.
fn in_time(door: &Door, now: Stamp) -> bool {
    let (told, at) = (door.told(), door.moment(now).0);
    told.pack.as_ref().is_none_or(|pack| pack.cache_rule(&door.actor().organisation.ods).holds(told.checked, at))
}

/// Whether something is kept of somebody that would open to this user.
pub(crate) fn offered(door: &Door, request: &Request, now: Stamp) -> Result<bool, VaultFault> {
    let opens = in_time(door, now) && door.would_own(request, now)?;
    Ok(opens && door.glance(|conn| Ok(kept(conn, request.subject)?.is_some()))?)
}

/// What is kept of the person the permit is for, while it may be.
fn shown(within: &AdmittedToOwn<'_>, in_time: bool) -> Result<(OwnFrames, Stamp), VaultFault> {
    kept(within.tx(), within.permit().subject())?.filter(|_| in_time).ok_or(VaultFault::NotCarried)
}

/// Reads it.
pub(crate) fn open(door: &mut Door, request: &Request, now: Stamp) -> Result<Answer<OpenedOwn>, VaultFault> {
    let in_time = in_time(door, now);
    door.admit_own(request, Deed::Chart, now, |within| {
        let (frames, at) = shown(within, in_time)?;
        Ok(OpenedOwn { part: OwnPart::assemble(frames.facts()?, within.permit().sections()), at })
    })
}

/// Reads one of its resources whole, if what was read from it is within what may be read. `key` is `Type/id`, or an item's key.
pub(crate) fn whole(
    door: &mut Door,
    (request, key): (&Request, &str),
    now: Stamp,
) -> Result<Answer<Option<Whole>>, VaultFault> {
    let resource = key.split('#').next().unwrap_or(key);
    let in_time = in_time(door, now);
    door.admit_own(request, Deed::Source, now, |within| {
        let (frames, _) = shown(within, in_time)?;
        let part = OwnPart::assemble(frames.facts()?, within.permit().sections());
        let inside = part.sections.iter().any(|s| s.items.iter().any(|item| item.key.resource() == resource));
        Ok(frames.wholes()?.into_iter().find(|whole| inside && whole.key == resource))
    })
}
