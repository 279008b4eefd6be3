//! Bags that were read here by hand and never taken over: they end. After [`UNTAKEN`], or at once when whoever reads one says that it is not
//! theirs (decision 0054). What was taken over stays until it is handed on (`carry::hand_on`). Locking ends nothing: a crew that puts the device
//! down still treats the person by what they read.

use super::{grant, keep};
use crate::door::{Door, Errand};
use crate::fault::VaultFault;
use crate::post::{get, put};
use record::audit::Event;
use record::bag::view::UNTAKEN;
use record::{PersonId, Stamp};
use rusqlite::Connection;

/// How many bags ended by themselves, and when: told to the user in words, without a name, for as long as one would have been kept.
const ENDED: &str = "bags-ended";

/// Bags that were not taken over and have ended by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndedBags {
    pub count: u32,
    /// The last of them.
    pub at: Stamp,
}

/// When what is here of a person leaves by itself; `None`: it is not here by hand, or somebody here put their hand to it.
pub(super) fn leaves(conn: &Connection, person: PersonId) -> Result<Option<Stamp>, VaultFault> {
    let Some(read) = grant::read_at(conn, person)? else { return Ok(None) };
    for bag in keep::bags_of(conn, person)? {
        if keep::notes(conn, bag)?.iter().any(|kept| kept.vouch == keep::Vouch::Own) {
            return Ok(None);
        }
    }
    Ok(Some(read.plus(UNTAKEN)))
}

/// Ends what was read too long ago.
pub(crate) fn lapse(errand: &mut Errand<'_>) -> Result<(), VaultFault> {
    let now = errand.now();
    let mut count = 0;
    for person in grant::since_before(errand.tx(), now.plus(-UNTAKEN))? {
        count += u32::from(let_go(errand, person)?);
    }
    if count == 0 {
        return Ok(());
    }
    let before = ended(errand.tx(), now)?.map_or(0, |ended| ended.count);
    let mut bytes = (before + count).to_le_bytes().to_vec();
    bytes.extend(now.millis().to_le_bytes());
    put(errand.tx(), ENDED, &bytes)
}

/// What ended by itself lately.
pub(super) fn ended(conn: &Connection, now: Stamp) -> Result<Option<EndedBags>, VaultFault> {
    let Some(bytes) = get(conn, ENDED)? else { return Ok(None) };
    let parts = bytes.split_first_chunk::<4>().and_then(|(count, at)| Some((*count, <[u8; 8]>::try_from(at).ok()?)));
    let (count, at) = parts.ok_or(VaultFault::Corrupt { what: "bags ended" })?;
    let ended = EndedBags { count: u32::from_le_bytes(count), at: Stamp::from_millis(i64::from_le_bytes(at)) };
    Ok(Some(ended).filter(|ended| now.since(ended.at) < UNTAKEN))
}

/// Whoever read it says that it is not theirs. Gives whether anything was here to go.
pub(crate) fn not_mine(door: &mut Door, person: PersonId, now: Stamp) -> Result<bool, VaultFault> {
    door.errand(now, |errand| {
        let here = grant::all(errand.tx())?.iter().any(|(of, banner)| *of == person && !banner.is_empty());
        if here { let_go(errand, person) } else { Ok(false) }
    })
}

/// Takes what was not taken over of a person from the device, with its entry; nothing where somebody here put their hand to a bag of theirs. What
/// came was sealed for the hub as it came, so nothing that anybody signed is lost by it.
fn let_go(errand: &mut Errand<'_>, person: PersonId) -> Result<bool, VaultFault> {
    let conn = errand.tx();
    let mut had = false;
    for bag in keep::bags_of(conn, person)? {
        if keep::notes(conn, bag)?.iter().any(|kept| kept.vouch == keep::Vouch::Own) {
            had = true;
        } else {
            keep::drop_untaken(conn, bag)?;
        }
    }
    if had {
        return Ok(false);
    }
    keep::erase(conn, person)?;
    errand.log(Event::Purged { subject: person })?;
    Ok(true)
}
