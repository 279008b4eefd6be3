//! Who saw whose changes of a plan: one row for each author, plan, role and organisation, numbered anew whenever it says more.

use record::people::{Actor, Role};
use record::{ChainId, PersonId, Stamp};
use rusqlite::{Transaction, params};
use sync::seen::Seen;

/// Authors, but for `own`, of changes of this plan up to a place in the hub's order, each with the number of their newest one.
pub fn authors(tx: &Transaction<'_>, person: i64, through: u64, own: &ChainId) -> rusqlite::Result<Vec<(String, u64)>> {
    let sql =
        "select chain, max(number) from plan_change where person = ?1 and seq <= ?2 and chain <> ?3 group by chain";
    let mut query = tx.prepare_cached(sql)?;
    let rows = query.query_map(params![person, through as i64, own.as_str()], |row| {
        Ok((row.get(0)?, row.get::<_, i64>(1)? as u64))
    })?;
    rows.collect()
}

/// Notes a look; one that says nothing new is not told again.
pub fn note(
    tx: &Transaction<'_>,
    (author, person, through): (&str, i64, u64),
    by: &Actor,
    at: Stamp,
) -> rusqlite::Result<()> {
    let sql = "insert into plan_seen (number, author, person, role, ods, organisation, through, at)
               values ((select coalesce(max(number), 0) + 1 from plan_seen), ?1, ?2, ?3, ?4, ?5, ?6, ?7)
               on conflict (author, person, role, ods) do update set
                 number = excluded.number, organisation = ?5, through = ?6, at = ?7 where through < ?6";
    tx.prepare_cached(sql)?
        .execute(params![
            author,
            person,
            by.role.code(),
            by.organisation.ods.as_str(),
            by.organisation.name,
            through as i64,
            at.millis()
        ])
        .map(drop)
}

/// What this author has not been told, and the number it goes up to; `None` if there is nothing.
pub fn untold(tx: &Transaction<'_>, author: &ChainId, after: u64) -> rusqlite::Result<Option<(u64, Vec<Seen>)>> {
    const MOST: u32 = 200;
    let sql = "select s.number, p.uid, s.through, s.role, s.organisation, s.at from plan_seen s
               join person p on p.id = s.person where s.author = ?1 and s.number > ?2 order by s.number limit ?3";
    let mut query = tx.prepare_cached(sql)?;
    let mut rows = query.query(params![author.as_str(), after as i64, MOST])?;
    let (mut through, mut seen) = (0, Vec::new());
    while let Some(row) = rows.next()? {
        through = row.get::<_, i64>(0)? as u64;
        let role = Role::from_code(&row.get::<_, String>(3)?).unwrap_or(Role::CareStaff);
        seen.push(Seen {
            person: PersonId::from_bytes(row.get(1)?),
            through: row.get::<_, i64>(2)? as u64,
            role,
            organisation: row.get(4)?,
            at: Stamp::from_millis(row.get(5)?),
        });
    }
    Ok((!seen.is_empty()).then_some((through, seen)))
}
