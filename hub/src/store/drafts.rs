//! Drafts as rows: what a member of staff is writing on a device of theirs. Only by that device, or by its author's next one, is a row ever read: there
//! is no way here to list them, and none to read one of somebody else's. What is in one is never looked at.

use jiff::SignedDuration;
use record::{DeviceId, PersonId, StaffId, Stamp};
use rusqlite::{Transaction, params};
use sync::drafts::DraftSaid;

/// What nobody asked for in so long goes.
const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);
/// In one answer; the rest follows.
const MOST: u32 = 50;

/// Takes in one draft as it stands on its author's device. What is older than what is held, by the device's own numbers, changes nothing.
pub fn take_in(
    tx: &Transaction<'_>,
    (device, staff): (&DeviceId, &StaffId),
    said: &DraftSaid,
    now: Stamp,
) -> rusqlite::Result<()> {
    let old = Stamp::from_millis(now.millis().saturating_sub(KEPT.as_millis() as i64));
    tx.prepare_cached("update draft set fields = null where fields is not null and received < ?1")?
        .execute([old.millis()])?;
    let ended = said.fields.is_empty();
    let fields = (!ended).then_some(&said.fields);
    let from = said.from.as_ref().map(|(device, _)| device.as_str());
    // As it was taken over: the time of writing is still the other device's.
    let untouched = match &said.from {
        Some((source, number)) => {
            let sql = "select 1 from draft where device = ?1 and person = ?2 and form = ?3 and staff = ?4 and number <= ?5 and at = ?6";
            let (person, theirs) = (said.person.as_bytes(), *number as i64);
            tx.prepare_cached(sql)?.exists(params![
                source.as_str(),
                person,
                said.form,
                staff.as_str(),
                theirs,
                said.at.millis()
            ])?
        }
        None => false,
    };
    let sql = "insert into draft (device, person, form, staff, number, at, fields, from_device, received, taken)
               values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, case when ?10 then ?5 end)
               on conflict do update set number = ?5, at = ?6, fields = ?7, gone = 0, heir = null, from_device = ?8, received = ?9,
                 taken = case when ?10 then ?5 end
                 where number < ?5";
    let new = tx.prepare_cached(sql)?.execute(params![
        device.as_str(),
        said.person.as_bytes(),
        said.form,
        staff.as_str(),
        said.number as i64,
        said.at.millis(),
        fields,
        from,
        now.millis(),
        untouched
    ])?;
    if new == 0 {
        return Ok(());
    }
    // Here now, it is not there any more; and finished here, it is to be thrown away there, if nobody wrote in it since.
    if let Some((source, number)) = &said.from {
        let sql = "update draft set fields = null, gone = ?6
                   where device = ?1 and person = ?2 and form = ?3 and staff = ?4 and number <= ?5";
        tx.prepare_cached(sql)?.execute(params![
            source.as_str(),
            said.person.as_bytes(),
            said.form,
            staff.as_str(),
            *number as i64,
            ended
        ])?;
    }
    if ended {
        let sql = "update draft set fields = null, gone = 1 where from_device = ?1 and person = ?2 and form = ?3
                     and staff = ?4 and device <> ?1 and fields is not null and number = taken";
        tx.prepare_cached(sql)?.execute(params![device.as_str(), said.person.as_bytes(), said.form, staff.as_str()])?;
    }
    Ok(())
}

/// The highest number that the hub holds of this device; `None` if it has none of its drafts.
pub fn through(tx: &Transaction<'_>, device: &DeviceId) -> rusqlite::Result<Option<u64>> {
    let sql = "select max(number) from draft where device = ?1";
    let number: Option<i64> = tx.prepare_cached(sql)?.query_row([device.as_str()], |row| row.get(0))?;
    Ok(number.map(|number| number as u64))
}

/// Drafts of this device that were finished on another, without a body.
pub fn finished(tx: &Transaction<'_>, device: &DeviceId) -> rusqlite::Result<Vec<DraftSaid>> {
    let sql = "select person, form, number, at from draft where device = ?1 and gone = 1 limit ?2";
    let mut query = tx.prepare_cached(sql)?;
    let rows = query.query_map(params![device.as_str(), MOST], |row| {
        Ok(DraftSaid {
            person: PersonId::from_bytes(row.get(0)?),
            form: row.get(1)?,
            number: row.get::<_, i64>(2)? as u64,
            at: Stamp::from_millis(row.get(3)?),
            fields: String::new(),
            from: None,
        })
    })?;
    rows.collect()
}

/// From the author's drafts to the devices they name, never from the list of all devices.
const LEFT_BEHIND: &str = "select d.person, d.form, d.number, d.at, d.fields, d.device from draft d join device c on c.id = d.device
     where d.staff = ?2 and d.fields is not null and d.device <> ?1
       and (c.revoked is not null or coalesce(c.last_post, c.enrolled) <= (select enrolled from device where id = ?1))
       and (d.heir is null or d.heir = ?1 or exists (select 1 from device h where h.id = d.heir
         and (h.revoked is not null or coalesce(h.last_post, h.enrolled) <= (select enrolled from device where id = ?1))))
     order by d.at desc limit ?3";

/// Drafts of the same author's on devices that are no more: revoked, or not heard from since this one was enrolled. One is offered to one device alone,
/// until that is no more either.
pub fn left_behind(tx: &Transaction<'_>, (device, staff): (&DeviceId, &StaffId)) -> rusqlite::Result<Vec<DraftSaid>> {
    let mut query = tx.prepare_cached(LEFT_BEHIND)?;
    let rows = query.query_map(params![device.as_str(), staff.as_str(), MOST], |row| {
        let number = row.get::<_, i64>(2)? as u64;
        let source: String = row.get(5)?;
        let source: DeviceId = source.parse().map_err(|_| rusqlite::Error::InvalidQuery)?;
        Ok(DraftSaid {
            person: PersonId::from_bytes(row.get(0)?),
            form: row.get(1)?,
            number,
            at: Stamp::from_millis(row.get(3)?),
            fields: row.get(4)?,
            from: Some((source, number)),
        })
    })?;
    rows.collect()
}

/// This one goes to this device, and to no other.
pub fn offer(tx: &Transaction<'_>, said: &DraftSaid, heir: &DeviceId) -> rusqlite::Result<()> {
    let Some((source, _)) = &said.from else { return Ok(()) };
    tx.prepare_cached("update draft set heir = ?4 where device = ?1 and person = ?2 and form = ?3")?
        .execute(params![source.as_str(), said.person.as_bytes(), said.form, heir.as_str()])
        .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    /// Every post asks: it begins with what the author left, and looks each device up.
    #[test]
    fn what_was_left_behind_is_found_without_reading_all_devices_or_all_drafts() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join("hub.db"), &[7; 32]).unwrap();
        let steps: Vec<String> = store
            .read(|tx| {
                let mut query = tx.prepare(&format!("explain query plan {LEFT_BEHIND}"))?;
                query.query_map(params!["D1", "N1", 50], |row| row.get(3))?.collect()
            })
            .unwrap();
        assert!(steps.iter().any(|step| step.contains("draft_of")), "{steps:?}");
        assert!(!steps.iter().any(|step| step.starts_with("SCAN")), "{steps:?}");
    }
}
