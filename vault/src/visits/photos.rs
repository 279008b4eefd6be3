//! Photographs, and the files of bags, as rows: of a form that is not signed yet, of an act or note made here until the hub holds them, and those
//! that were fetched to be looked at. What goes up goes in pieces, from where the hub says it has got to; what comes down comes because somebody pressed for it.
//! Used inside a transaction that the door or an errand opened; when a piece may go is the post's to say, who may look is the door's.

use super::{ActPlace, KeptPhoto};
use crate::door::{Errand, rules_of};
use crate::drafts as in_drafts;
use crate::fault::VaultFault;
use ed25519_dalek::VerifyingKey;
use record::bag::File;
use record::consent::Carriage;
use record::visit::{Act, ActFault, ActId, Photo, PhotoId, photo};
use record::{ChainId, PersonId, Stamp};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params};
use sync::drafts::name_of_picture;
use sync::outbox::Work;
use sync::photos::{
    NamedBy, PIECE, PhotoOf, PhotoStands, PhotosHeld, Piece, PieceDown, RefusedPhoto, Wanted, check_held,
};
use sync::wire::WireFault;

/// Photographs asked for in one post; the others follow.
const WANTED_A_POST: u32 = 8;

// ---- taken here ---------------------------------------------------------------------------------------------------------

/// Keeps a picture with its form, and gives what is to be sealed; the same one twice is one.
pub(super) fn put_draft(
    conn: &Connection,
    on: (PersonId, &str),
    bytes: &[u8],
    at: Stamp,
) -> Result<Vec<Work>, VaultFault> {
    let fresh = Photo::of(bytes).ok_or(VaultFault::Act(ActFault::Photo))?;
    let held = drafts(conn, on.0)?.into_iter().filter(|(form, _)| form == on.1).collect::<Vec<_>>();
    if held.iter().any(|(_, photo)| photo.id == fresh.id) {
        return Ok(Vec::new());
    }
    if held.len() >= photo::MOST {
        return Err(VaultFault::Act(ActFault::Photo));
    }
    conn.prepare_cached("insert into photo_draft (person, form, id, bytes) values (?1, ?2, ?3, ?4)")?
        .execute(params![on.0.as_bytes(), on.1, fresh.id.as_bytes(), bytes])?;
    in_drafts::picture(conn, on, (fresh.id, bytes), at)
}

/// Takes one picture out of a form, or all; gives what is to be sealed of that.
pub(super) fn drop_draft(
    conn: &Connection,
    (person, form): (PersonId, &str),
    one: Option<PhotoId>,
    at: Stamp,
) -> Result<Vec<Work>, VaultFault> {
    let id = one.as_ref().map(PhotoId::as_bytes);
    let sql = "delete from photo_draft where person = ?1 and form = ?2 and (?3 is null or id = ?3) returning id";
    let mut query = conn.prepare_cached(sql)?;
    let gone = query.query_map(params![person.as_bytes(), form, id], |row| row.get::<_, [u8; 32]>(0))?;
    let mut ended = Vec::new();
    for id in gone {
        let Some(name) = name_of_picture(form, PhotoId::from_bytes(id?)) else { continue };
        ended.extend(in_drafts::end(conn, (person, &name), at)?);
    }
    Ok(ended)
}

/// Pictures of forms that are not signed yet, in the order in which they were taken.
pub(crate) fn drafts(conn: &Connection, person: PersonId) -> Result<Vec<(String, Photo)>, VaultFault> {
    let sql = "select form, id, length(bytes), substr(bytes, 1, 8) from photo_draft where person = ?1 order by rowid";
    let mut query = conn.prepare_cached(sql)?;
    let mut rows = query.query([person.as_bytes()])?;
    let mut drafts = Vec::new();
    while let Some(row) = rows.next()? {
        let (id, length, begins): ([u8; 32], u32, Vec<u8>) = (row.get(1)?, row.get(2)?, row.get(3)?);
        let mime = photo::Mime::of(&begins).ok_or(VaultFault::Corrupt { what: "photograph" })?;
        drafts.push((row.get(0)?, Photo { id: PhotoId::from_bytes(id), length, mime }));
    }
    Ok(drafts)
}

/// The act is signed: what it names leaves the form and waits to be sent. What it does not name was taken out of the form, and goes.
/// Gives what is to be sealed.
pub(super) fn sign(conn: &Connection, act: &Act, id: ActId, form: Option<&str>) -> Result<Vec<Work>, VaultFault> {
    let files: Vec<File> = act.photos().iter().map(|photo| File::from(*photo)).collect();
    let form = (act.person, form.unwrap_or_default());
    let sealed = sign_form(conn, form, (NamedBy::Act(id), &files), act.at)?;
    sealed.ok_or(VaultFault::Act(ActFault::Photo))
}

/// What was signed names these of a form's pictures: they wait to be sent, and the form is empty. `None`: one of them is not in the form.
pub(crate) fn sign_form(
    conn: &Connection,
    (person, form): (PersonId, &str),
    (by, named): (NamedBy, &[File]),
    at: Stamp,
) -> Result<Option<Vec<Work>>, VaultFault> {
    let mut sealed = Vec::new();
    for file in named {
        let sql = "select bytes from photo_draft where person = ?1 and form = ?2 and id = ?3";
        let bytes: Option<Vec<u8>> = conn
            .prepare_cached(sql)?
            .query_row(params![person.as_bytes(), form, file.id.as_bytes()], |row| row.get(0))
            .optional()?;
        let theirs = |bytes: &Vec<u8>| Photo::of(bytes).is_some_and(|photo| File::from(photo) == *file);
        let Some(bytes) = bytes.filter(theirs) else { return Ok(None) };
        sealed.push(keep_to_send(conn, person, (by, file), bytes)?);
    }
    sealed.extend(drop_draft(conn, (person, form), None, at)?);
    Ok(Some(sealed))
}

/// Keeps a file that something signed here names, until the hub holds it; gives what is to be sealed.
pub(crate) fn keep_to_send(
    conn: &Connection,
    person: PersonId,
    (by, file): (NamedBy, &File),
    bytes: Vec<u8>,
) -> Result<Work, VaultFault> {
    // Here already, the same picture named by something else: it is sent once.
    let sql = "insert into photo (person, id, named_by, waits, there, length, bytes) values (?1, ?2, ?3, 1, 0, ?4, ?5)
               on conflict do update set bytes = excluded.bytes where length(photo.bytes) < photo.length";
    conn.prepare_cached(sql)?.execute(params![
        person.as_bytes(),
        file.id.as_bytes(),
        by.as_bytes(),
        file.length,
        bytes
    ])?;
    Ok(Work::Photo { of: PhotoOf { person, photo: file.id }, by, bytes })
}

/// What stands in the column of that name.
fn named_by(row: &Row<'_>, column: usize) -> rusqlite::Result<NamedBy> {
    let bytes = row.get_ref(column)?.as_blob()?;
    NamedBy::from_bytes(bytes).ok_or(rusqlite::Error::InvalidColumnType(column, "named_by".into(), Type::Blob))
}

/// Everything that waits for the hub, whole: for the outbox.
pub(crate) fn every(conn: &Connection) -> Result<Vec<Work>, VaultFault> {
    let mut query = conn.prepare_cached(
        "select person, id, named_by, bytes from photo where waits = 1 and refused is null order by rowid",
    )?;
    let photos = query.query_map([], |row| {
        let of = PhotoOf { person: PersonId::from_bytes(row.get(0)?), photo: PhotoId::from_bytes(row.get(1)?) };
        Ok(Work::Photo { of, by: named_by(row, 2)?, bytes: row.get(3)? })
    })?;
    Ok(photos.collect::<Result<_, _>>()?)
}

// ---- going up -----------------------------------------------------------------------------------------------------------

/// The next piece for the hub: of the photograph taken first, from where the hub says it has got to. None of an act or note that the hub
/// does not hold.
pub(crate) fn piece(conn: &Connection) -> Result<Option<Piece>, VaultFault> {
    let sql = "select person, id, named_by, there, substr(bytes, there + 1, ?1) from photo
               where waits = 1 and refused is null and named_by not in (select id from act_out)
                 and named_by not in (select id from bag_note where unsent = 1) order by rowid limit 1";
    let mut query = conn.prepare_cached(sql)?;
    let piece = query.query_row([PIECE as i64], |row| {
        let of = PhotoOf { person: PersonId::from_bytes(row.get(0)?), photo: PhotoId::from_bytes(row.get(1)?) };
        Ok(Piece { of, by: named_by(row, 2)?, from: row.get(3)?, bytes: row.get(4)? })
    });
    Ok(piece.optional()?)
}

/// Whether one waits that the hub has not refused.
pub(crate) fn any_waits(conn: &Connection) -> Result<bool, VaultFault> {
    let sql = "select exists (select 1 from photo where waits = 1 and refused is null)";
    Ok(conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

/// How many photographs taken here the hub does not hold.
pub(crate) fn unsent(conn: &Connection) -> Result<u64, VaultFault> {
    let sql = "select count(*) from photo where waits = 1";
    let count: i64 = conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
    Ok(count as u64)
}

/// The hub says how far it has got: no more than that, and nothing is let go for it.
pub(crate) fn stands(errand: &Errand<'_>, stands: &[PhotoStands]) -> Result<(), VaultFault> {
    for PhotoStands { of, has } in stands {
        errand
            .tx()
            .prepare_cached("update photo set there = min(?3, length) where person = ?1 and id = ?2 and waits = 1")?
            .execute(params![of.person.as_bytes(), of.photo.as_bytes(), has])?;
    }
    Ok(())
}

/// The hub says what it holds. Believed only if it signed it, for this chain.
pub(crate) fn held(
    errand: &Errand<'_>,
    (held, hub): (&PhotosHeld, &VerifyingKey),
    own: &ChainId,
) -> Result<(), VaultFault> {
    check_held(held, hub)?;
    if held.chain != *own {
        return Err(VaultFault::Wire(WireFault::Form));
    }
    let sql = "update photo set waits = 0, there = length, held_at = ?3 where person = ?1 and id = ?2 and waits = 1";
    for of in &held.held {
        errand.tx().prepare_cached(sql)?.execute(params![
            of.person.as_bytes(),
            of.photo.as_bytes(),
            held.at.millis()
        ])?;
    }
    Ok(())
}

/// The hub did not take these; they stay here, marked.
pub(crate) fn refused(errand: &Errand<'_>, refused: &[RefusedPhoto]) -> Result<(), VaultFault> {
    for RefusedPhoto { of, why } in refused {
        errand
            .tx()
            .prepare_cached("update photo set refused = ?3 where person = ?1 and id = ?2 and waits = 1")?
            .execute(params![of.person.as_bytes(), of.photo.as_bytes(), why.code()])?;
    }
    Ok(())
}

// ---- coming down --------------------------------------------------------------------------------------------------------

/// Somebody wants to see it, and it is not here: the next posts ask for it.
pub(crate) fn want(conn: &Connection, person: PersonId, (photo, length): (PhotoId, u32)) -> Result<(), VaultFault> {
    let sql = "insert or ignore into photo (person, id, waits, there, length, bytes) values (?1, ?2, 0, 0, ?3, x'')";
    conn.prepare_cached(sql)?.execute(params![person.as_bytes(), photo.as_bytes(), length])?;
    Ok(())
}

/// What is wanted and not whole here.
pub(crate) fn wanted(conn: &Connection) -> Result<Vec<Wanted>, VaultFault> {
    let sql = "select person, id, length(bytes) from photo where waits = 0 and length(bytes) < length
               order by rowid desc limit ?1";
    let mut query = conn.prepare_cached(sql)?;
    let rows = query.query_map([WANTED_A_POST], |row| {
        let of = PhotoOf { person: PersonId::from_bytes(row.get(0)?), photo: PhotoId::from_bytes(row.get(1)?) };
        Ok(Wanted { of, from: row.get(2)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Takes in a piece of what is wanted, if it is the next one. One that does not end as what was signed is not kept.
pub(crate) fn take_in(errand: &Errand<'_>, piece: &PieceDown) -> Result<(), VaultFault> {
    let (conn, of) = (errand.tx(), piece.of);
    let (person, id) = (of.person.as_bytes(), of.photo.as_bytes());
    let rules = rules_of(conn, of.person)?;
    let open = rules.is_some_and(|r| r.recorded.carriage(r.relationship, errand.now()) == Carriage::Open);
    let sql = "select bytes, length from photo where person = ?1 and id = ?2 and waits = 0 and length(bytes) < length";
    let found: Option<(Vec<u8>, u32)> =
        conn.prepare_cached(sql)?.query_row(params![person, id], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let Some((mut bytes, length)) = found.filter(|(bytes, length)| {
        open && bytes.len() == piece.from as usize
            && *length == piece.length
            && bytes.len() + piece.bytes.len() <= *length as usize
    }) else {
        return Ok(());
    };
    bytes.extend_from_slice(&piece.bytes);
    if bytes.len() == length as usize && PhotoId::of(&bytes) != of.photo {
        conn.prepare_cached("delete from photo where person = ?1 and id = ?2")?.execute(params![person, id])?;
        return Ok(());
    }
    conn.prepare_cached("update photo set bytes = ?3 where person = ?1 and id = ?2")?
        .execute(params![person, id, bytes])?;
    if bytes.len() == length as usize { in_drafts::picture_arrived(conn, of.person, &bytes) } else { Ok(()) }
}

// ---- looking ------------------------------------------------------------------------------------------------------------

/// Whether it is here, whole. Says nothing of what is in it.
pub(crate) fn is_here(conn: &Connection, person: PersonId, photo: PhotoId) -> Result<bool, VaultFault> {
    let sql = "select 1 from photo where person = ?1 and id = ?2 and length(bytes) = length
               union all select 1 from photo_draft where person = ?1 and id = ?2 limit 1";
    let found: Option<i64> = conn
        .prepare_cached(sql)?
        .query_row(params![person.as_bytes(), photo.as_bytes()], |row| row.get(0))
        .optional()?;
    Ok(found.is_some())
}

/// The first bytes of one that is here, which say what sort it is: no content, so it is known before anybody is let in.
pub(crate) fn begins(conn: &Connection, person: PersonId, photo: PhotoId) -> Result<Option<Vec<u8>>, VaultFault> {
    let sql = "select substr(bytes, 1, 8) from photo where person = ?1 and id = ?2 and length(bytes) = length
               union all select substr(bytes, 1, 8) from photo_draft where person = ?1 and id = ?2 limit 1";
    let mut query = conn.prepare_cached(sql)?;
    Ok(query.query_row(params![person.as_bytes(), photo.as_bytes()], |row| row.get(0)).optional()?)
}

/// The picture itself.
pub(crate) fn bytes(conn: &Connection, person: PersonId, photo: PhotoId) -> Result<Option<Vec<u8>>, VaultFault> {
    let sql = "select bytes from photo where person = ?1 and id = ?2 and length(bytes) = length
               union all select bytes from photo_draft where person = ?1 and id = ?2 limit 1";
    let mut query = conn.prepare_cached(sql)?;
    Ok(query.query_row(params![person.as_bytes(), photo.as_bytes()], |row| row.get(0)).optional()?)
}

/// The photographs that are known here: which are on the device, and which the hub holds.
pub(crate) fn places(conn: &Connection, person: PersonId) -> Result<Vec<KeptPhoto>, VaultFault> {
    let sql = "select p.id, length(p.bytes) = p.length, p.waits, coalesce(p.refused, o.refused, n.refused), p.held_at
               from photo p left join act_out o on o.id = p.named_by left join bag_note n on n.id = p.named_by where p.person = ?1 order by p.rowid";
    let mut query = conn.prepare_cached(sql)?;
    let mut rows = query.query([person.as_bytes()])?;
    let mut kept = Vec::new();
    while let Some(row) = rows.next()? {
        let place = match (row.get::<_, bool>(2)?, row.get::<_, Option<String>>(3)?) {
            (true, Some(why)) => ActPlace::Refused { why },
            (true, None) => ActPlace::OnThisDevice,
            (false, _) => ActPlace::Held { at: row.get::<_, Option<i64>>(4)?.map(Stamp::from_millis) },
        };
        kept.push(KeptPhoto { id: PhotoId::from_bytes(row.get(0)?), here: row.get(1)?, place });
    }
    Ok(kept)
}

/// Erases photographs with the person. What the hub does not hold yet stays, to be sent, and no screen shows it; drafts stay as others do.
pub(crate) fn erase(conn: &Connection, person: PersonId) -> Result<(), VaultFault> {
    conn.prepare_cached("delete from photo where person = ?1 and waits = 0")?.execute([person.as_bytes()])?;
    Ok(())
}

/// Photographs of people of whom neither the record nor a bag is on this device, once the hub holds them.
pub(super) fn orphans(conn: &Connection) -> Result<(), VaultFault> {
    let sql = "delete from photo where waits = 0
               and person not in (select p.uid from person p join listing l using (id) where l.carried = 1)
               and person not in (select person from bag_grant)";
    conn.prepare_cached(sql)?.execute([])?;
    Ok(())
}
