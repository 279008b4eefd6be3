//! A person's content at rest: frames under the vault's key, or sealed to a key that only the PIN releases, or not here. How it may be kept
//! follows from the rules (`record::consent::Recorded::carriage`); here is only the keeping. Reading it is `crate::chart`.

use crate::door::{Errand, rules_of};
use crate::fault::VaultFault;
use crate::own;
use crate::seal::Sealer;
use record::PersonId;
use record::audit::Event;
use record::consent::{Carriage, Relationship};
use record::feed::Rules;
use record::section::Compartment;
use record::summary::Fact;
use rusqlite::{Connection, OptionalExtension, params};
use sync::frame::{DEVICE_LEVEL, Dictionary, Folder, facts_from_bytes, facts_to_bytes};

/// What `listing.carried` says.
pub(crate) const OPEN: i64 = 1;
pub(crate) const SEALED: i64 = 2;

/// How somebody's content may be kept here: as they chose, and not at all for a user whose role sees none.
fn carriage(errand: &Errand<'_>, rules: &Rules) -> Carriage {
    if errand.actor().role.sees_content() {
        rules.recorded.carriage(rules.relationship, errand.now())
    } else {
        Carriage::Never
    }
}

/// Keeps a person's frames as they came, as far as the rules now in force here allow; gives how.
pub(crate) fn keep(
    errand: &Errand<'_>,
    (folder, sealer): (&mut Folder, Sealer<'_>),
    (id, person): (i64, PersonId),
    frames: &[(Compartment, Vec<u8>)],
) -> Result<Carriage, VaultFault> {
    let Some(rules) = rules_of(errand.tx(), person)? else { return Ok(Carriage::Never) };
    let carriage = carriage(errand, &rules);
    if let Some(own) = own::of(errand, folder, &rules, frames)? {
        own::keep(errand, person, &own, errand.now())?;
    }
    match carriage {
        Carriage::Open => {
            for (compartment, bytes) in frames {
                put(errand.tx(), id, *compartment, bytes)?;
            }
        }
        // What a plan says came with the record: the hub has the plan that this device may not.
        Carriage::Sealed => seal(errand.tx(), (folder, sealer), (id, person), (frames, &[]))?,
        Carriage::Never => {}
    }
    Ok(carriage)
}

/// Puts what is here in keeping with the rules now in force: seals what lies open, erases what may not stay. Says so in the audit.
pub(crate) fn conform(
    errand: &mut Errand<'_>,
    (folder, sealer): (&mut Folder, Sealer<'_>),
    person: PersonId,
) -> Result<(), VaultFault> {
    let Some(rules) = rules_of(errand.tx(), person)? else { return Ok(()) };
    if rules.relationship != Relationship::Established {
        own::erase(errand.tx(), person)?;
    }
    let Some((id, held)) = carried(errand.tx(), person)?.filter(|(_, held)| *held != 0) else { return Ok(()) };
    match (carriage(errand, &rules), held) {
        (Carriage::Never, OPEN) => {
            let frames = all(errand.tx(), id)?;
            let own = own::of(errand, folder, &rules, &frames)?;
            erase(errand.tx(), person)?;
            own.map_or(Ok(()), |own| own::keep(errand, person, &own, errand.now()))?;
            errand.log(Event::Purged { subject: person })
        }
        // What was set aside when it was sealed stays what it was.
        (Carriage::Never, _) => {
            let own = own::kept(errand.tx(), person)?.filter(|_| rules.relationship == Relationship::Established);
            erase(errand.tx(), person)?;
            own.map_or(Ok(()), |(own, at)| own::keep(errand, person, &own, at))?;
            errand.log(Event::Purged { subject: person })
        }
        (Carriage::Sealed, OPEN) => {
            let frames = all(errand.tx(), id)?;
            let said = crate::plans::said(errand.tx(), person)?;
            let own = own::of(errand, folder, &rules, &frames)?;
            erase(errand.tx(), person)?;
            own.map_or(Ok(()), |own| own::keep(errand, person, &own, errand.now()))?;
            seal(errand.tx(), (folder, sealer), (id, person), (&frames, &said))?;
            errand.log(Event::Sealed { subject: person })
        }
        // What is sealed stays so until the hub sends it again: there is no key here to open it.
        (Carriage::Sealed | Carriage::Open, _) => Ok(()),
    }
}

/// Everybody whose content may not stay as it is now that time has passed: a yes that ended and left no basis for keeping.
pub(crate) fn sweep(errand: &mut Errand<'_>, folder: &mut Folder, sealer: Sealer<'_>) -> Result<u32, VaultFault> {
    let people: Vec<[u8; 16]> = {
        let sql = "select p.uid from person p join listing l using (id) where l.carried <> 0";
        let mut query = errand.tx().prepare_cached(sql)?;
        query.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?
    };
    let before = errand.head().seq;
    for uid in people {
        conform(errand, (folder, sealer), PersonId::from_bytes(uid))?;
    }
    Ok((errand.head().seq - before) as u32)
}

/// Seals frames, and with them what the shared plan holds for an emergency: the plan itself is not sealed and goes (decisions 0053, 0067).
fn seal(
    conn: &Connection,
    (folder, sealer): (&mut Folder, Sealer<'_>),
    (id, person): (i64, PersonId),
    (frames, said): (&[(Compartment, Vec<u8>)], &[Fact]),
) -> Result<(), VaultFault> {
    // Folded without the region's dictionary: a new dictionary could not be worked into what nobody here can open.
    let mut plain = Folder::new(Dictionary::none(), DEVICE_LEVEL);
    let mut folded = Vec::with_capacity(frames.len());
    for (compartment, bytes) in frames {
        let mut raw = folder.unfold_frame(*compartment, bytes)?;
        if *compartment == Compartment::Emergency && !said.is_empty() {
            let mut facts = facts_from_bytes(&raw)?;
            facts.extend_from_slice(said);
            raw = facts_to_bytes(&facts)?;
        }
        folded.push((*compartment, plain.fold_frame(*compartment, &raw)?));
    }
    seal_folded(conn, sealer, person, &folded)?;
    set_carried(conn, id, SEALED)
}

/// Seals a known person's frames as they are folded, in place of what is sealed of them; gives what their key is made with.
pub(crate) fn seal_folded(
    conn: &Connection,
    sealer: Sealer<'_>,
    person: PersonId,
    folded: &[(Compartment, Vec<u8>)],
) -> Result<[u8; 32], VaultFault> {
    let (ephemeral, sealed) = sealer.seal(person, folded)?;
    let sql =
        "insert or replace into sealed (id, ephemeral, bytes) select id * 4 + ?2, ?3, ?4 from person where uid = ?1";
    let mut insert = conn.prepare_cached(sql)?;
    for ((compartment, _), bytes) in folded.iter().zip(sealed) {
        insert.execute(params![person.as_bytes(), compartment.number(), ephemeral, bytes])?;
    }
    Ok(ephemeral)
}

/// A person's sealed frames.
pub(crate) fn sealed(conn: &Connection, person: PersonId) -> Result<Vec<(Compartment, Vec<u8>)>, VaultFault> {
    let sql = "select s.bytes from person p join sealed s on s.id = p.id * 4 + ?2 where p.uid = ?1";
    let mut query = conn.prepare_cached(sql)?;
    let mut all = Vec::new();
    for compartment in Compartment::ALL {
        let found = query.query_row((person.as_bytes(), compartment.number()), |row| row.get(0)).optional()?;
        all.extend(found.map(|bytes| (compartment, bytes)));
    }
    Ok(all)
}

/// Row and state of a person's content: 0 not here, [`OPEN`], [`SEALED`].
pub(crate) fn carried(conn: &Connection, person: PersonId) -> Result<Option<(i64, i64)>, VaultFault> {
    let sql = "select p.id, l.carried from listing l join person p using (id) where p.uid = ?1";
    Ok(conn.prepare_cached(sql)?.query_row([person.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}

pub(crate) fn set_carried(conn: &Connection, id: i64, carried: i64) -> Result<(), VaultFault> {
    conn.prepare_cached("update listing set carried = ?2 where id = ?1")?.execute(params![id, carried])?;
    if carried != OPEN {
        // The flags of a list row are of the record, and so is that there are medicines: they go with it.
        let sql = "update listing set row = json_remove(json_replace(row, '$.flags', json('[]')), '$.medicines_at') where id = ?1";
        conn.prepare_cached(sql)?.execute([id])?;
    }
    Ok(())
}

/// The key that a person's content was sealed with last, if any is sealed.
pub(crate) fn ephemeral(conn: &Connection, person: PersonId) -> Result<Option<[u8; 32]>, VaultFault> {
    let sql = "select s.ephemeral from person p join sealed s on s.id = p.id * 4 + 1 where p.uid = ?1";
    Ok(conn.prepare_cached(sql)?.query_row([person.as_bytes()], |row| row.get(0)).optional()?)
}

pub(crate) fn get(conn: &Connection, id: i64, compartment: Compartment) -> Result<Option<Vec<u8>>, VaultFault> {
    let mut query = conn.prepare_cached("select bytes from frame where id = ?1")?;
    Ok(query.query_row([id * 4 + i64::from(compartment.number())], |row| row.get(0)).optional()?)
}

pub(crate) fn put(conn: &Connection, id: i64, compartment: Compartment, bytes: &[u8]) -> Result<(), VaultFault> {
    conn.prepare_cached("insert or replace into frame (id, bytes) values (?1, ?2)")?
        .execute(params![id * 4 + i64::from(compartment.number()), bytes])?;
    Ok(())
}

fn all(conn: &Connection, id: i64) -> Result<Vec<(Compartment, Vec<u8>)>, VaultFault> {
    let mut frames = Vec::new();
    for compartment in Compartment::ALL {
        frames.extend(get(conn, id, compartment)?.map(|bytes| (compartment, bytes)));
    }
    Ok(frames)
}

/// Erases a person's content, open or sealed, keeping the list row, the rules, the audit, and changes of their plan that the hub does
/// not hold yet.
pub(crate) fn erase(conn: &Connection, person: PersonId) -> Result<(), VaultFault> {
    crate::plans::erase(conn, person)?;
    crate::visits::erase(conn, person)?;
    crate::bags::erase(conn, person)?;
    erase_frames(conn, person)
}

/// Erases a person's frames, and what was set aside of them, before newer ones take their place.
pub(crate) fn erase_frames(conn: &Connection, person: PersonId) -> Result<(), VaultFault> {
    own::erase(conn, person)?;
    for sql in [
        "delete from frame where id / 4 = (select id from person where uid = ?1)",
        "delete from sealed where id / 4 = (select id from person where uid = ?1)",
        "update listing set carried = 0, row = json_remove(json_replace(row, '$.flags', json('[]')), '$.medicines_at')
           where id = (select id from person where uid = ?1)",
    ] {
        conn.prepare_cached(sql)?.execute([person.as_bytes()])?;
    }
    Ok(())
}
