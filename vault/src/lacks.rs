//! What of a person's letters the hub said is to come and has not: kept when an answer says so, taken away letter by letter as they come, and all of it when
//! the hub says that nothing is left. And from that, what is here of somebody in one line: medicines as at, choice as at, what is missing, what is not sent.
//! No content is read.

use crate::door::{Door, Errand};
use crate::fault::VaultFault;
use record::PersonId;
use record::feed::Listing;
use record::receipt::AsAt;
use rusqlite::{Connection, OptionalExtension, params};
use sync::owed::{Owed, Things};

/// The hub says what is to come: what it said before is over.
pub(crate) fn heard(errand: &Errand<'_>, owed: &Owed) -> Result<(), VaultFault> {
    nothing(errand.tx())?;
    let sql = "insert or replace into owed (person, things) values (?1, ?2)";
    for (person, things) in &owed.people {
        errand.tx().prepare_cached(sql)?.execute(params![person.as_bytes(), things.bits()])?;
    }
    Ok(())
}

/// One of them has come.
pub(crate) fn came(conn: &Connection, person: PersonId, things: Things) -> Result<(), VaultFault> {
    let sql = "update owed set things = things & ~?2 where person = ?1";
    conn.prepare_cached(sql)?.execute(params![person.as_bytes(), things.bits()])?;
    Ok(())
}

/// The hub has nothing left to say.
pub(crate) fn nothing(conn: &Connection) -> Result<(), VaultFault> {
    conn.prepare_cached("delete from owed")?.execute([])?;
    Ok(())
}

/// Somebody's line. `None`: they are not on this device, or their record does not lie open here: then it says nothing of what is in it.
pub(crate) fn as_at(door: &Door, person: PersonId) -> Result<Option<AsAt>, VaultFault> {
    // Work that waits, as `receipts::work` counts it, but for what the hub refused: that is not on its way.
    let sql = "select l.row, p.head < 0, not exists (select 1 from frame f where f.id = p.id * 4 + ?3),
            coalesce((select things from owed o where o.person = p.uid), 0),
            (select count(*) from choice c where c.person = p.uid) + (select count(*) from plan_out o where o.person = p.uid)
            + (select count(*) from act_out o where o.person = p.uid and o.refused is null)
            + (select count(*) from bag_note b where b.person = p.uid and b.unsent = 1 and b.refused is null)
            + (select count(*) from photo f where f.person = p.uid and f.waits = 1 and f.refused is null)
         from person p join listing l using (id) where p.uid = ?1 and l.carried = ?2";
    let checked = door.told().checked;
    door.glance(|conn| {
        let whole = record::section::Compartment::Whole.number();
        let found =
            conn.prepare_cached(sql)?.query_row(params![person.as_bytes(), crate::content::OPEN, whole], |row| {
                let listing: String = row.get(0)?;
                let (again, documents): (bool, bool) = (row.get(1)?, row.get(2)?);
                let (things, unsent): (u8, i64) = (row.get(3)?, row.get(4)?);
                Ok((listing, again, documents, Things::from_bits(things), unsent as u64))
            });
        let Some((listing, again, documents, things, unsent)) = found.optional()? else { return Ok(None) };
        let listing: Listing = serde_json::from_str(&listing).map_err(|_| VaultFault::Corrupt { what: "listing" })?;
        // Everybody is fetched again: the record is here and may be old, whatever else is said of it.
        let things = if again { things.with(Things::RECORD) } else { things };
        let missing = u64::from(things.count()) + u64::from(documents);
        Ok(Some(AsAt { medicines: listing.medicines_at, choice: checked, missing, unsent }))
    })
}
