//! Photographs at the hub: taking in pieces in their order, and giving out what somebody on a device wants to see. A piece counts only where an
//! act of the same person and the same hand is held and names the photograph; the whole counts only where it is what that act was signed
//! with. The hub looks at no picture.

use crate::store::photos::{self as rows, Stored};
use crate::store::{alarms, people};
use record::visit::{Act, Photo};
use record::{ChainId, Stamp};
use rusqlite::Transaction;
use sync::photos::{PIECE, PhotoOf, PhotoStands, Piece, PieceDown, RefusedPhoto, Wanted};
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
    // Whether somebody has to do with the person was asked when the act was taken in.
    let Some((row, bytes)) = rows::act_of(tx, piece.act, chain)? else { return Ok(Err(RefusedWhy::Author)) };
    let Ok(act) = Act::from_bytes(&bytes) else { return Ok(Err(RefusedWhy::Unreadable)) };
    if act.person != piece.of.person {
        return Ok(Err(RefusedWhy::Stranger));
    }
    let Some(named) = act.photos().iter().find(|photo| photo.id == piece.of.photo) else {
        return Ok(Err(RefusedWhy::Author));
    };
    let stored = match rows::find(tx, row, named.id)? {
        Some(stored) => stored,
        None => rows::begin(tx, (row, piece.act), (named.id, named.length), now)?,
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

fn whole(
    tx: &Transaction<'_>,
    named: &Photo,
    stored: Stored,
    now: Stamp,
) -> rusqlite::Result<Result<Stored, RefusedWhy>> {
    if !named.is(&rows::bytes(tx, &stored)?) {
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
    let bytes = rows::bytes(tx, &stored)?;
    let rest = bytes.get(wanted.from as usize..).unwrap_or_default();
    let piece = |(number, part): (usize, &[u8])| PieceDown {
        of: wanted.of,
        from: wanted.from + (number * PIECE) as u32,
        length: stored.length,
        bytes: part.to_vec(),
    };
    Ok(rest.chunks(PIECE).enumerate().map(piece).collect())
}

#[cfg(test)]
#[path = "photos_tests.rs"]
mod tests;
