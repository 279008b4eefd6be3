//! The hub said that it was restored from an older copy: what this user recorded, wrote and did, and it had signed for, may be lost there.
//! Everything of it that is still on the device waits again, and is sent; the hub keeps each thing once. Not here: the audit, of which the
//! hub asks for what it lacks (`crate::log`), and what a purge took from the device after the hub had it.

use crate::door::Errand;
use crate::fault::VaultFault;
use crate::{plans, visits};
use record::ChainId;

/// Puts back among what waits to be sent whatever the hub has held so far.
pub(crate) fn send_again(errand: &Errand<'_>, own: &ChainId) -> Result<(), VaultFault> {
    let conn = errand.tx();
    conn.prepare_cached("insert or ignore into choice select key, person, saw, recorded from choice_held")?
        .execute([])?;
    conn.prepare_cached("delete from choice_held")?.execute([])?;
    plans::send_again(conn, own)?;
    visits::send_again(conn)?;
    conn.prepare_cached("update bag_note set unsent = 1 where held_at is not null")?.execute([])?;
    // Only what was taken here has a name to be sent under.
    conn.prepare_cached("update photo set waits = 1, there = 0 where held_at is not null and named_by is not null")?
        .execute([])?;
    Ok(())
}
