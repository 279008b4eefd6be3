//! Bags up and down, as errands: what the post takes, what arrives, and the hub's signed word. The machine reads nothing out; what arrives
//! twice is once, and what is cut anywhere is sent again.

use super::{grant, keep};
use crate::door::{Errand, rules_of};
use crate::fault::VaultFault;
use crate::post::{get, put};
use crate::receipts;
use ed25519_dalek::VerifyingKey;
use record::audit::Event;
use record::bag::{Holding, HomeForm, NoteId, Party, Said};
use record::consent::Carriage;
use record::feed::Rules;
use record::{ChainId, OdsCode, PersonId, Stamp};
use rusqlite::{Connection, params};
use sync::bag::Sheet;
use sync::bag::post::{BagsDown, BagsHeld, Posted, RefusedNote, check_held};
use sync::letter::Signed;
use sync::wire::{self, WireFault};

/// The hub's number of the newest note taken in.
const THROUGH: &str = "bags-through";
/// What the user's home asks and counts: `HomeForm` as JSON, as the hub signed it.
const HOME_FORM: &str = "home-form";

pub(crate) fn through(conn: &Connection) -> Result<u64, VaultFault> {
    let bytes = get(conn, THROUGH)?.and_then(|bytes| bytes.try_into().ok());
    Ok(bytes.map_or(0, u64::from_le_bytes))
}

/// Notes the hub does not hold, oldest first, as many as fit in `most` bytes but at least one: sent until its signed word names them. And
/// whether some are left.
pub(crate) fn outgoing(conn: &Connection, most: usize) -> Result<(Vec<Posted>, bool), VaultFault> {
    let sql = "select bytes, signature from bag_note where unsent = 1 and refused is null order by at, id";
    let mut query = conn.prepare_cached(sql)?;
    let mut rows = query.query([])?;
    let (mut notes, mut size, mut left): (Vec<Posted>, usize, bool) = (Vec::new(), 0, false);
    while let Some(row) = rows.next()? {
        let bytes: Vec<u8> = row.get(0)?;
        size += bytes.len();
        left = size > most && !notes.is_empty();
        if left {
            break;
        }
        notes.push((bytes, row.get(1)?));
    }
    Ok((notes, left))
}

/// How many notes put in bags here the hub does not hold.
pub(crate) fn unsent(conn: &Connection) -> Result<u64, VaultFault> {
    let mut query = conn.prepare_cached("select count(*) from bag_note where unsent = 1")?;
    Ok(query.query_row([], |row| row.get::<_, i64>(0))? as u64)
}

/// Takes in what the hub sent; gives how many notes were new.
pub(crate) fn take_in(errand: &Errand<'_>, down: &BagsDown, hub: &VerifyingKey) -> Result<u32, VaultFault> {
    let conn = errand.tx();
    let mut fresh = 0;
    for (bytes, signature) in &down.notes {
        let sheet = Sheet::read(bytes, *signature).map_err(|_| VaultFault::Wire(WireFault::Form))?;
        // The hub speaks for whoever writes at its own pages, so this is checked here too: nothing else that it passes on is its own word.
        if sheet.is_from_the_pages() && !sheet.is_by_the_hub(hub) {
            continue;
        }
        let Some(person) = whose(conn, &sheet)? else { continue };
        // Rules that came meanwhile may say that this person's content is not to be on a device.
        let open = match rules_of(conn, person)? {
            Some(rules) => rules.recorded.carriage(rules.relationship, errand.now()) == Carriage::Open,
            None => false,
        };
        if open && keep::add(conn, (person, &sheet), (keep::Vouch::Hub, None), false)? {
            fresh += 1;
        }
    }
    put(conn, THROUGH, &down.through.max(through(conn)?).to_le_bytes())?;
    // Who looks from here on has these before them, and who looked before had not.
    receipts::moved(errand)?;
    Ok(fresh)
}

/// Whose bag a note is of: its beginning says, and is here or came before.
fn whose(conn: &Connection, sheet: &Sheet) -> Result<Option<PersonId>, VaultFault> {
    match &sheet.note.said {
        Said::Opened(header) => Ok(Some(header.person)),
        _ => keep::person_of(conn, sheet.note.bag),
    }
}

/// The hub says what it holds. Believed only if it signed it, for this chain.
pub(crate) fn held(
    errand: &mut Errand<'_>,
    held: &BagsHeld,
    hub: &VerifyingKey,
    own: &ChainId,
) -> Result<(), VaultFault> {
    check_held(held, hub)?;
    if held.chain != *own {
        return Err(VaultFault::Wire(WireFault::Form));
    }
    for note in &held.notes {
        errand
            .tx()
            .prepare_cached("update bag_note set unsent = 0, refused = null, held_at = ?2 where id = ?1")?
            .execute(params![note.as_bytes(), held.at.millis()])?;
        keep::heard(errand.tx(), *note, held.at)?;
    }
    orphans(errand.tx())?;
    hand_on(errand)
}

/// When the hub had notes that it sent.
pub(crate) fn heard(errand: &Errand<'_>, times: &[(NoteId, Stamp)]) -> Result<(), VaultFault> {
    times.iter().try_for_each(|(note, at)| keep::heard(errand.tx(), *note, *at))
}

/// The hub did not take these; they stay here, marked.
pub(crate) fn refused(errand: &Errand<'_>, refused: &[RefusedNote]) -> Result<(), VaultFault> {
    for note in refused {
        errand
            .tx()
            .prepare_cached("update bag_note set refused = ?2 where id = ?1")?
            .execute(params![note.note.as_bytes(), note.why.code()])?;
    }
    Ok(())
}

/// What was kept only until the hub held it goes, where the person is on this device neither by the hub's word nor by a slip.
fn orphans(conn: &Connection) -> Result<(), VaultFault> {
    conn.prepare_cached(
        "delete from bag_note where unsent = 0 and person not in (select uid from person)
         and person not in (select person from bag_grant)",
    )?
    .execute([])?;
    Ok(())
}

/// What this user's home asks and counts besides the standard.
pub(crate) fn home_form(errand: &Errand<'_>, form: &Signed<HomeForm>, hub: &VerifyingKey) -> Result<(), VaultFault> {
    wire::check(form, hub)?;
    put(errand.tx(), HOME_FORM, &form.bytes)
}

/// Whether this home has a form of its own: only care homes have one.
pub(super) fn has_form(conn: &Connection, home: &OdsCode) -> Result<bool, VaultFault> {
    let form = asks(conn, home)?;
    Ok(!form.questions.is_empty() || !form.things.is_empty())
}

/// The same, as it is kept.
pub(super) fn asks(conn: &Connection, home: &OdsCode) -> Result<HomeForm, VaultFault> {
    let kept = get(conn, HOME_FORM)?.map(|bytes| serde_json::from_slice::<HomeForm>(&bytes)).transpose();
    let kept = kept.map_err(|_| VaultFault::Corrupt { what: "home form" })?;
    // Of a home that the user has left nothing is asked any more.
    Ok(kept.filter(|form| form.home == *home).unwrap_or_else(|| HomeForm::usual(home.clone())))
}

/// The hub's rules for somebody who is on this device by a bag alone: they take the place of what came with the slip, so that reading it again
/// loosens nothing. Of a person who wants it nowhere only that stays, and what is still to be sent.
pub(crate) fn ruled(errand: &mut Errand<'_>, rules: &Rules) -> Result<(), VaultFault> {
    let person = rules.person;
    let Some((_, banner)) = grant::all(errand.tx())?.into_iter().find(|(of, _)| *of == person) else { return Ok(()) };
    let never = rules.recorded.carriage(rules.relationship, errand.now()) == Carriage::Never;
    if never && !keep::bags_of(errand.tx(), person)?.is_empty() {
        keep::erase(errand.tx(), person)?;
        errand.log(Event::Purged { subject: person })?;
    }
    let banner = if never { "" } else { &banner };
    let now = errand.now();
    grant::put(errand.tx(), person, &rules.recorded, (Some(now), banner), now)
}

/// Bags taken over by hand and handed on, whose notes the hub holds, leave the device with what it was allowed to hold them by.
pub(crate) fn hand_on(errand: &mut Errand<'_>) -> Result<(), VaultFault> {
    let own = errand.staff().clone();
    for (person, _) in grant::all(errand.tx())? {
        let bags = keep::bags_of(errand.tx(), person)?;
        let mut done = !bags.is_empty();
        for id in bags {
            let notes = keep::notes(errand.tx(), id)?;
            let Some(bag) = keep::bag(errand.tx(), id)? else { continue };
            let mine = |h: &Holding| matches!(&h.holder, Party::Known(author) if author.staff == own);
            // A bag that was taken in and not yet taken over is still wanted.
            let had = notes.iter().any(|kept| kept.vouch == keep::Vouch::Own);
            let over = bag.custody.holdings().iter().all(|h| h.state.is_over());
            let gone = had && !bag.custody.holdings().iter().any(mine);
            done &= !notes.iter().any(|kept| kept.unsent) && (over || gone);
        }
        if done {
            keep::erase(errand.tx(), person)?;
            errand.log(Event::Purged { subject: person })?;
        }
    }
    Ok(())
}

/// Everything is told again.
pub(crate) fn again(conn: &Connection) -> Result<(), VaultFault> {
    put(conn, THROUGH, &0u64.to_le_bytes())
}
