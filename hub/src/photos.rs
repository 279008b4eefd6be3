//! Photographs and the files of bags at the hub: taking in pieces in their order, and giving out what somebody on a device wants to see. A piece
//! counts only where an act, or a note of a bag, of the same person and the same hand is held and names the file; the whole counts only where
//! it is what was signed. The hub looks at no picture.

use crate::store::photos::{self as rows, Stored};
use crate::store::{alarms, people};
use record::PersonId;
use record::bag::File;
use record::bag::file::Kind;
use record::visit::{Act, PhotoId};
use record::{ChainId, Stamp};
use rusqlite::Transaction;
use sync::bag::Sheet;
use sync::photos::{NamedBy, PIECE, PhotoOf, PhotoStands, Piece, PieceDown, RefusedPhoto, Wanted};
use sync::plans::RefusedWhy;

/// What became of a post's pieces.
#[derive(Debug, Default)]
pub struct TakenIn {
    pub stands: Vec<PhotoStands>,
    pub held: Vec<PhotoOf>,
    pub refused: Vec<RefusedPhoto>,
}

/// Takes in pieces that this hand sent: each alone.
pub fn take_in(tx: &Transaction<'_>, chain: &ChainId, pieces: &[Piece], now: Stamp) -> rusqlite::Result<TakenIn> {
    let mut done = TakenIn::default();
    for piece in pieces {
        let of = piece.of;
        match admit(tx, chain, piece, now)? {
            Ok(stored) if stored.held => done.held.push(of),
            Ok(stored) => done.stands.push(PhotoStands { of, has: stored.has }),
            Err(why) => {
                alarms::raise(tx, (chain.as_str(), 0, 0), alarms::PHOTO_REFUSED, now)?;
                done.refused.push(RefusedPhoto { of, why });
            }
        }
    }
    Ok(done)
}

fn admit(
    tx: &Transaction<'_>,
    chain: &ChainId,
    piece: &Piece,
    now: Stamp,
) -> rusqlite::Result<Result<Stored, RefusedWhy>> {
    let naming = match naming(tx, chain, piece.by)? {
        Ok(naming) => naming,
        Err(why) => return Ok(Err(why)),
    };
    if naming.person != piece.of.person {
        return Ok(Err(RefusedWhy::Stranger));
    }
    let Some(named) = naming.files.iter().find(|file| file.id == piece.of.photo) else {
        return Ok(Err(RefusedWhy::Author));
    };
    let stored = match rows::find_for(tx, piece.by, (naming.row, named.id))? {
        Some(stored) => stored,
        None => rows::begin(tx, (naming.row, piece.by), (named.id, named.length), now)?,
    };
    // What is here already, or does not follow it: the device is told where to go on.
    if stored.held || piece.from != stored.has || piece.bytes.is_empty() {
        return Ok(Ok(stored));
    }
    let has = stored.has as usize + piece.bytes.len();
    if piece.bytes.len() > PIECE || has > stored.length as usize {
        return Ok(Err(RefusedWhy::Harm));
    }
    rows::add(tx, &stored, &piece.bytes)?;
    let stored = Stored { has: has as u32, ..stored };
    if stored.has < stored.length { Ok(Ok(stored)) } else { whole(tx, named, stored, now) }
}

/// What names a file, as the hub holds it: whose it is, and what it names.
struct Naming {
    row: i64,
    person: PersonId,
    files: Vec<File>,
}

/// What this hand signed under that name. Whether somebody has to do with the person was asked when it was taken in.
fn naming(tx: &Transaction<'_>, chain: &ChainId, by: NamedBy) -> rusqlite::Result<Result<Naming, RefusedWhy>> {
    match by {
        NamedBy::Act(act) => {
            let Some((row, bytes)) = rows::act_of(tx, act, chain)? else { return Ok(Err(RefusedWhy::Author)) };
            let Ok(act) = Act::from_bytes(&bytes) else { return Ok(Err(RefusedWhy::Unreadable)) };
            let files = act.photos().iter().map(|photo| File::from(*photo)).collect();
            Ok(Ok(Naming { row, person: act.person, files }))
        }
        NamedBy::Note(note) => {
            let Some((row, (bytes, signature))) = rows::note_of(tx, note, chain)? else {
                return Ok(Err(RefusedWhy::Author));
            };
            let Ok(sheet) = Sheet::read(&bytes, signature) else { return Ok(Err(RefusedWhy::Unreadable)) };
            let Some(person) = people::person_id(tx, row)? else { return Ok(Err(RefusedWhy::Stranger)) };
            Ok(Ok(Naming { row, person, files: sheet.note.said.files() }))
        }
    }
}

/// Whether what names it is held: a piece that comes before it waits.
pub fn is_named(tx: &Transaction<'_>, chain: &ChainId, by: NamedBy) -> rusqlite::Result<bool> {
    Ok(match by {
        NamedBy::Act(act) => rows::act_of(tx, act, chain)?.is_some(),
        NamedBy::Note(note) => rows::note_of(tx, note, chain)?.is_some(),
    })
}

/// Whether the hub holds the whole file of this name.
pub fn is_held(tx: &Transaction<'_>, row: i64, file: PhotoId) -> rusqlite::Result<bool> {
    Ok(rows::find(tx, row, file)?.is_some_and(|stored| stored.held))
}

/// The whole file of this name, if the hub holds it.
pub fn held(tx: &Transaction<'_>, row: i64, file: PhotoId) -> rusqlite::Result<Option<Vec<u8>>> {
    let stored = rows::find(tx, row, file)?.filter(|stored| stored.held);
    stored.map(|stored| rows::bytes(tx, &stored)).transpose()
}

/// The same with since when it is here.
pub fn held_since(tx: &Transaction<'_>, row: i64, file: PhotoId) -> rusqlite::Result<Option<(Vec<u8>, Stamp)>> {
    let Some(stored) = rows::find(tx, row, file)?.filter(|stored| stored.held) else { return Ok(None) };
    let Some(since) = rows::since(tx, &stored)? else { return Ok(None) };
    Ok(Some((rows::bytes(tx, &stored)?, since)))
}

fn whole(
    tx: &Transaction<'_>,
    named: &File,
    stored: Stored,
    now: Stamp,
) -> rusqlite::Result<Result<Stored, RefusedWhy>> {
    let bytes = rows::bytes(tx, &stored)?;
    if PhotoId::of(&bytes) != named.id || Kind::of(&bytes) != Some(named.kind) {
        rows::let_go(tx, &stored)?;
        return Ok(Err(RefusedWhy::Harm));
    }
    rows::hold(tx, &stored, now)?;
    Ok(Ok(Stored { held: true, ..stored }))
}

/// The photograph that is wanted, from where the device has got to, in pieces; none where it is not here whole.
pub fn wanted(tx: &Transaction<'_>, wanted: &Wanted) -> rusqlite::Result<Vec<PieceDown>> {
    let Some(row) = people::person_row(tx, wanted.of.person)? else { return Ok(Vec::new()) };
    let Some(stored) = rows::find(tx, row, wanted.of.photo)?.filter(|stored| stored.held) else {
        return Ok(Vec::new());
    };
    Ok(pieces(wanted, &rows::bytes(tx, &stored)?))
}

/// What is left of it for the device, in pieces.
pub fn pieces(wanted: &Wanted, whole: &[u8]) -> Vec<PieceDown> {
    let piece = |(number, part): (usize, &[u8])| PieceDown {
        of: wanted.of,
        from: wanted.from + (number * PIECE) as u32,
        length: whole.len() as u32,
        bytes: part.to_vec(),
    };
    let rest = whole.get(wanted.from as usize..).unwrap_or_default();
    rest.chunks(PIECE).enumerate().map(piece).collect()
}

#[cfg(test)]
#[path = "photos_tests.rs"]
mod tests;
