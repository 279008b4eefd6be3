//! Drafts as rows: what a member of staff is writing on a device of theirs. Only by that device, or by its author's next one, is a row ever read: there
//! is no way here to list them, and none to read one of somebody else's. What is in one is never looked at.

use jiff::SignedDuration;
use record::bag::file::LARGEST_DOCUMENT;
use record::visit::PhotoId;
use record::{DeviceId, PersonId, StaffId, Stamp};
use rusqlite::{Transaction, params};
use sync::drafts::{DraftSaid, DraftWaits, PicturePiece, picture_of};

/// How long a draft is kept that nobody asks for.
const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);
/// Of one author's unsigned pictures (64 MiB in pieces of 32 KiB: about three hundred photographs).
pub const MOST_PIECES: u32 = 2048;
/// In one answer; the rest follows.
const MOST: u32 = 50;
/// One that had to wait is said again after so long, should its form be free without the hub's knowledge, or the app be a newer one.
const AGAIN: SignedDuration = SignedDuration::from_hours(24);

/// What nobody asked for in so long goes.
pub fn sweep(tx: &Transaction<'_>, now: Stamp) -> rusqlite::Result<()> {
    let old = before(now, KEPT);
    tx.prepare_cached("update draft set fields = null where fields is not null and received < ?1")?.execute([old])?;
    tx.prepare_cached("delete from draft_picture where received < ?1")?.execute([old]).map(drop)
}

/// Takes in one draft as it stands on its author's device. What is older than what is held, by the device's own numbers, changes nothing.
pub fn take_in(
    tx: &Transaction<'_>,
    (device, staff): (&DeviceId, &StaffId),
    said: &DraftSaid,
    now: Stamp,
) -> rusqlite::Result<()> {
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
    let (person, base) = (said.person.as_bytes(), picture_of(&said.form).map_or(said.form.as_str(), |(_, of)| of));
    if ended {
        // The form is free there: what waits for it, words and pictures, is said again.
        let sql = "update draft set waits = null where heir = ?1 and person = ?2 and waits is not null
                     and (form = ?3 or substr(form, -length(?3) - 1) = ' ' || ?3)";
        tx.prepare_cached(sql)?.execute(params![device.as_str(), person, base])?;
        let sql = "update draft set fields = null, gone = 1 where from_device = ?1 and person = ?2 and form = ?3
                     and staff = ?4 and device <> ?1 and fields is not null and number = taken";
        tx.prepare_cached(sql)?.execute(params![device.as_str(), person, said.form, staff.as_str()])?;
    }
    if base != said.form {
        // In no form of this author's any more: the picture goes, unless it was put to the form again since, and came before word of that.
        let through = said.from.as_ref().map_or(0, |(_, number)| *number).max(said.number) as i64;
        let sql =
            "delete from draft_picture where staff = ?1 and person = ?2 and form = ?3 and number <= ?4 and not exists
                     (select 1 from draft where staff = ?1 and person = ?2 and form = ?3 and fields is not null)";
        tx.prepare_cached(sql)?.execute(params![staff.as_str(), person, said.form, through])?;
    }
    Ok(())
}

fn before(now: Stamp, so_long: SignedDuration) -> i64 {
    now.millis().saturating_sub(so_long.as_millis() as i64)
}

/// Its heir could not take it in: it is said again when the form is free there, or after a day.
pub fn waits(
    tx: &Transaction<'_>,
    (heir, staff): (&DeviceId, &StaffId),
    waits: &DraftWaits,
    now: Stamp,
) -> rusqlite::Result<()> {
    let (source, number) = &waits.of;
    let sql = "update draft set waits = ?5, waits_at = ?7 where device = ?1 and person = ?2 and form = ?3 and staff = ?4 and heir = ?6";
    let (person, number) = (waits.person.as_bytes(), *number as i64);
    tx.prepare_cached(sql)?
        .execute(params![source.as_str(), person, waits.form, staff.as_str(), number, heir.as_str(), now.millis()])
        .map(drop)
}

/// Takes in a piece of a picture, in any order, once; of one that was finished or thrown away, or is larger than any may be, nothing is kept.
pub fn take_piece(
    tx: &Transaction<'_>,
    (device, staff): (&DeviceId, &StaffId),
    piece: &PicturePiece,
    now: Stamp,
) -> rusqlite::Result<()> {
    let Some((photo, _)) = picture_of(&piece.name) else { return Ok(()) };
    let person = piece.person.as_bytes();
    let ended = "select 1 from draft where device = ?1 and person = ?2 and form = ?3 and fields is null and number >= ?5 and not exists
                   (select 1 from draft where staff = ?4 and person = ?2 and form = ?3 and fields is not null)";
    let number = piece.number as i64;
    let ended =
        tx.prepare_cached(ended)?.exists(params![device.as_str(), person, piece.name, staff.as_str(), number])?;
    if ended || piece.length > LARGEST_DOCUMENT {
        return Ok(());
    }
    let sql = "insert into draft_picture (staff, person, form, photo, start, length, bytes, received, number)
               values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
               on conflict do update set number = max(number, excluded.number), received = excluded.received";
    tx.prepare_cached(sql)?
        .execute(params![
            staff.as_str(),
            person,
            piece.name,
            photo.as_bytes(),
            piece.from,
            piece.length,
            piece.bytes,
            now.millis(),
            number
        ])
        .map(drop)
}

/// A picture of a form of this author's, whole; `None` where the hub lacks some of it.
pub fn picture(
    tx: &Transaction<'_>,
    staff: &StaffId,
    (person, photo): (PersonId, PhotoId),
) -> rusqlite::Result<Option<Vec<u8>>> {
    let sql = "select form, start, length, bytes from draft_picture where staff = ?1 and person = ?2 and photo = ?3
               order by form, start";
    let mut query = tx.prepare_cached(sql)?;
    let mut rows = query.query(params![staff.as_str(), person.as_bytes(), photo.as_bytes()])?;
    let (mut of, mut whole): (Option<String>, Vec<u8>) = (None, Vec::new());
    while let Some(row) = rows.next()? {
        let (form, start, length): (String, u32, u32) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if of.as_ref() != Some(&form) {
            (of, whole) = (Some(form), Vec::new());
        }
        if start as usize == whole.len() {
            whole.extend_from_slice(row.get_ref(3)?.as_blob()?);
        }
        // What its author's device sealed, and nothing else: it is named by its hash.
        if whole.len() == length as usize && PhotoId::of(&whole) == photo {
            return Ok(Some(whole));
        }
    }
    Ok(None)
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

/// Whether this piece is here already: what is brought a second time takes no room.
pub fn has_piece(tx: &Transaction<'_>, staff: &StaffId, piece: &PicturePiece) -> rusqlite::Result<bool> {
    let sql = "select 1 from draft_picture where staff = ?1 and person = ?2 and form = ?3 and start = ?4";
    tx.prepare_cached(sql)?.exists(params![staff.as_str(), piece.person.as_bytes(), piece.name, piece.from])
}

/// How many pieces the hub holds of this author's pictures.
pub fn pieces(tx: &Transaction<'_>, staff: &StaffId) -> rusqlite::Result<u32> {
    tx.prepare_cached("select count(*) from draft_picture where staff = ?1")?
        .query_row([staff.as_str()], |row| row.get(0))
}

/// From the author's drafts to the devices they name, never from the list of all devices. A picture is said once all its pieces are here, which is seen
/// without reading one.
const LEFT_BEHIND: &str = "select d.person, d.form, d.number, d.at, d.fields, d.device from draft d join device c on c.id = d.device
     where d.staff = ?2 and d.fields is not null and d.device <> ?1
       and (d.form not like 'picture %' or (select sum(length(p.bytes)) = max(p.length) from draft_picture p
         where p.staff = ?2 and p.person = d.person and p.form = d.form))
       and (d.waits is null or d.waits < d.number or d.waits_at < ?4 or d.heir <> ?1)
       and (c.revoked is not null or coalesce(c.last_post, c.enrolled) <= (select enrolled from device where id = ?1))
       and (d.heir is null or d.heir = ?1 or exists (select 1 from device h where h.id = d.heir
         and (h.revoked is not null or coalesce(h.last_post, h.enrolled) <= (select enrolled from device where id = ?1))))
     order by d.at desc limit ?3";

/// Drafts of the same author's on devices that are no more: revoked, or not heard from since this one was enrolled. One is offered to one device alone,
/// until that is no more either.
pub fn left_behind(
    tx: &Transaction<'_>,
    (device, staff): (&DeviceId, &StaffId),
    now: Stamp,
) -> rusqlite::Result<Vec<DraftSaid>> {
    let mut query = tx.prepare_cached(LEFT_BEHIND)?;
    let rows = query.query_map(params![device.as_str(), staff.as_str(), MOST, before(now, AGAIN)], |row| {
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
    tx.prepare_cached("update draft set waits = case when heir = ?4 then waits end, heir = ?4 where device = ?1 and person = ?2 and form = ?3")?
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
                query.query_map(params!["D1", "N1", 50, 0], |row| row.get(3))?.collect()
            })
            .unwrap();
        assert!(steps.iter().any(|step| step.contains("draft_of")), "{steps:?}");
        assert!(!steps.iter().any(|step| step.starts_with("SCAN")), "{steps:?}");
    }
}
