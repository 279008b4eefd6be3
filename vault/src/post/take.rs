//! What each letter does to the vault, inside the errand that takes it in: checked, applied, and undone whole if anything does not fit.
//! The machine reads no content: it replaces frames and facts by version.

use super::kept::{cursor, keep_cursor, put, put_number, row};
use super::{Arrived, Held, waiting};
use crate::content::{self, erase, erase_frames};
use crate::door::Errand;
use crate::fault::VaultFault;
use crate::seal::Sealer;
use crate::{bags, lacks, lease, log, plans, receipts, visits};
use ed25519_dalek::VerifyingKey;
use record::PersonId;
use record::audit::{Event, LogSign};
use record::consent::{Carriage, Pack};
use record::feed::{Listing, Rules, Seq};
use record::section::Compartment;
use record::summary::Source;
use rusqlite::{Connection, OptionalExtension, params};
use std::sync::Arc;
use sync::frame::{DEVICE_LEVEL, Dictionary, Folder};
use sync::letter::{Change, Cursor, End, Ended, Fetching, PersonLetter, Signed, WholeLetter};
use sync::wire;
use sync::witness::Receipt;

/// A receipt that holds moves what counts as recorded; one that does not is refused, and reading goes on.
pub(super) fn receipt(
    errand: &mut Errand<'_>,
    hub: &VerifyingKey,
    receipt: &Receipt,
    so_far: &mut Arrived,
) -> Result<(), VaultFault> {
    let place = match log::weigh(errand.tx(), errand.head(), errand.told.base, hub, receipt)? {
        Ok(place) => place,
        Err(sign) => return log::refuse(errand, sign, receipt.head.size).map(|new| so_far.again |= new),
    };
    log::keep(errand.tx(), &receipt.head)?;
    errand.told.evidence_due = false;
    // A rollback that the hub admitted stays on the screen until somebody has signed in again.
    errand.told.log_sign = errand.told.log_sign.filter(|sign| *sign == LogSign::Restored);
    if place > errand.told.receipted {
        so_far.entries_receipted += place - errand.told.receipted;
        errand.told.receipted = place;
        errand.told.receipted_at = Some(receipt.head.at);
    }
    Ok(())
}

pub(super) fn policy(errand: &mut Errand<'_>, hub: &VerifyingKey, signed: Signed<Pack>) -> Result<(), VaultFault> {
    wire::check(&signed, hub)?;
    if errand.told.pack.as_ref().is_some_and(|held| held.version >= signed.value.version) {
        return Ok(());
    }
    put(errand.tx(), row::POLICY, &signed.bytes)?;
    put(errand.tx(), row::POLICY_SIGNATURE, &signed.signature)?;
    errand.told.policy = Some(signed.value.policy(&errand.actor().organisation.ods));
    errand.told.pack = Some(Arc::new(signed.value));
    Ok(())
}

pub(super) fn sources(errand: &Errand<'_>, version: u64, sources: &[Source]) -> Result<(), VaultFault> {
    for source in sources {
        let body = serde_json::to_string(source).map_err(|_| VaultFault::Corrupt { what: "source" })?;
        errand
            .tx()
            .prepare_cached("insert or replace into source (id, body) values (?1, ?2)")?
            .execute(params![source.id.0, body])?;
    }
    put_number(errand.tx(), row::SOURCES, version as i64)
}

/// A new dictionary: frames folded with the old one are folded again, in the same transaction.
pub(super) fn dictionary(
    errand: &Errand<'_>,
    folder: &mut Folder,
    number: u32,
    bytes: Vec<u8>,
) -> Result<(), VaultFault> {
    put(errand.tx(), row::DICTIONARY, &bytes)?;
    put_number(errand.tx(), row::DICTIONARY_ID, number.into())?;
    let mut fresh = Folder::new(Dictionary::read(number, &bytes)?, DEVICE_LEVEL);
    let ids: Vec<i64> = {
        let mut query = errand.tx().prepare_cached("select id from frame")?;
        query.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?
    };
    for id in ids {
        let old: Vec<u8> =
            errand.tx().prepare_cached("select bytes from frame where id = ?1")?.query_row([id], |row| row.get(0))?;
        let compartment = u8::try_from(id % 4).ok().and_then(Compartment::from_number);
        let compartment = compartment.ok_or(VaultFault::Corrupt { what: "frame" })?;
        let folded = fresh.fold_frame(compartment, &folder.unfold_frame(compartment, &old)?)?;
        errand.tx().prepare_cached("update frame set bytes = ?2 where id = ?1")?.execute(params![id, folded])?;
    }
    *folder = fresh;
    Ok(())
}

pub(super) fn person(
    errand: &mut Errand<'_>,
    hub: &VerifyingKey,
    means: (&mut Folder, Sealer<'_>),
    letter: &PersonLetter,
) -> Result<(), VaultFault> {
    wire::check(&letter.rules, hub)?;
    let person = letter.rules.value.person;
    if person != letter.listing.person {
        return Err(VaultFault::Wire(wire::WireFault::Form));
    }
    let ahead = held_head(errand.tx(), person)?.is_some_and(|held| held > letter.head.0 as i64);
    if ahead && letter.base.0 != 0 {
        // Everybody is told again by a hub that was restored from an older copy: its numbers begin anew.
        errand.tx().prepare_cached("update person set head = -1 where uid = ?1")?.execute([person.as_bytes()])?;
    }
    let older = ahead && letter.base.0 == 0;
    let was_sealed = matches!(content::carried(errand.tx(), person)?, Some((_, content::SEALED)));
    let id = keep_rules(errand.tx(), &letter.rules, Some(letter.head))?;
    if older {
        // Content that was replaced since, played again.
        return Ok(());
    }
    // A plan is not replaced but merged: it came before its person, or stays; but it is not sealed, so where content is, it is not.
    erase_frames(errand.tx(), person)?;
    keep_listing(errand.tx(), id, &letter.listing, i64::from(!letter.frames.is_empty()))?;
    errand.tx().prepare_cached("delete from again where person = ?1")?.execute([person.as_bytes()])?;
    let carriage = content::keep(errand, means, (id, person), &letter.frames)?;
    if carriage != Carriage::Open {
        plans::erase(errand.tx(), person)?;
        visits::erase(errand.tx(), person)?;
    }
    match carriage {
        Carriage::Sealed if !was_sealed && !letter.frames.is_empty() => {
            errand.log(Event::Sealed { subject: person })?
        }
        Carriage::Never => content::set_carried(errand.tx(), id, 0)?,
        _ => {}
    }
    if letter.base.0 != 0 {
        fetched(errand, Fetching { base: letter.base, after: letter.row, wholes: false })?;
    }
    Ok(())
}

/// Whether somebody is on this device's list.
pub(super) fn is_listed(conn: &Connection, person: PersonId) -> Result<bool, VaultFault> {
    let sql = "select exists (select 1 from person p join listing l using (id) where p.uid = ?1)";
    Ok(conn.prepare_cached(sql)?.query_row([person.as_bytes()], |row| row.get(0))?)
}

/// Resources whole, of somebody who is carried still.
pub(super) fn whole(errand: &Errand<'_>, letter: &WholeLetter) -> Result<(), VaultFault> {
    let sql = "insert or replace into frame (id, bytes)
               select p.id * 4 + ?2, ?3 from person p join listing l using (id) where p.uid = ?1 and l.carried = 1";
    let place = Compartment::Whole.number();
    errand.tx().prepare_cached(sql)?.execute(params![letter.person.as_bytes(), place, letter.frame])?;
    fetched(errand, Fetching { base: letter.base, after: letter.row, wholes: true })
}

/// A first fetch has come this far.
fn fetched(errand: &Errand<'_>, fetching: Fetching) -> Result<(), VaultFault> {
    let seq = cursor(errand.tx())?.seq;
    keep_cursor(errand.tx(), Cursor { seq, fetching: Some(fetching) })
}

pub(super) fn rules(
    errand: &mut Errand<'_>,
    hub: &VerifyingKey,
    means: (&mut Folder, Sealer<'_>),
    signed: &Signed<Rules>,
) -> Result<(), VaultFault> {
    wire::check(signed, hub)?;
    if held_head(errand.tx(), signed.value.person)?.is_none() {
        return crate::bags::ruled(errand, &signed.value);
    }
    keep_rules(errand.tx(), signed, None)?;
    // What binds is what is held now: older rules, played again, change nothing.
    content::conform(errand, means, signed.value.person)
}

/// The version of a person's content that is held; -1 while everybody is fetched again.
fn held_head(conn: &Connection, person: PersonId) -> Result<Option<i64>, VaultFault> {
    let mut query = conn.prepare_cached("select head from person where uid = ?1")?;
    Ok(query.query_row([person.as_bytes()], |row| row.get(0)).optional()?)
}

/// Stores signed rules unless newer ones are held; gives the person's row.
fn keep_rules(conn: &Connection, signed: &Signed<Rules>, head: Option<Seq>) -> Result<i64, VaultFault> {
    let uid = signed.value.person;
    if let Some(held) = crate::door::rules_of(conn, uid)?
        && held.version > signed.value.version
    {
        return Ok(conn
            .prepare_cached("select id from person where uid = ?1")?
            .query_row([uid.as_bytes()], |r| r.get(0))?);
    }
    let sql = "insert into person (uid, head, rules, signature) values (?1, ?2, ?3, ?4)
               on conflict (uid) do update set rules = ?3, signature = ?4, head = max(head, ?2) returning id";
    let head = head.unwrap_or_default().0 as i64;
    Ok(conn
        .prepare_cached(sql)?
        .query_row(params![uid.as_bytes(), head, signed.bytes, signed.signature], |r| r.get(0))?)
}

fn keep_listing(conn: &Connection, id: i64, listing: &Listing, carried: i64) -> Result<(), VaultFault> {
    let json = serde_json::to_string(listing).map_err(|_| VaultFault::Corrupt { what: "listing" })?;
    conn.prepare_cached("insert or replace into listing (id, row, carried) values (?1, ?2, ?3)")?
        .execute(params![id, json, carried])?;
    conn.prepare_cached("insert or replace into finder (id, words) values (?1, ?2)")?
        .execute(params![id, listing.search_text()])?;
    Ok(())
}

/// Replaces changed facts in their frames. A change already taken in is ignored.
pub(super) fn change(errand: &Errand<'_>, folder: &mut Folder, change: Change) -> Result<(), VaultFault> {
    let conn = errand.tx();
    let sql = "select p.id, p.head, l.row from person p join listing l using (id) where p.uid = ?1 and l.carried = 1";
    let found: Option<(i64, i64, String)> = conn
        .prepare_cached(sql)?
        .query_row([change.person.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((id, _, row)) = found.filter(|(_, head, _)| (*head as u64) < change.seq.0) else { return Ok(()) };
    let gone = |key: &record::summary::FactKey| change.gone.contains(key);
    for compartment in [Compartment::Emergency, Compartment::General] {
        let fresh: Vec<_> = change.facts.iter().filter(|f| f.compartment() == compartment).cloned().collect();
        let frame = content::get(conn, id, compartment)?;
        let mut facts = frame.map(|f| folder.unfold_facts(&f)).transpose()?.unwrap_or_default();
        let before = facts.len();
        // A fact may move between compartments: it leaves wherever it is no longer.
        facts.retain(|f| !gone(&f.key) && !change.facts.iter().any(|new| new.key == f.key));
        if facts.len() == before && fresh.is_empty() {
            continue;
        }
        facts.extend(fresh);
        content::put(conn, id, compartment, &folder.fold_facts(&facts)?)?;
    }
    let frame = content::get(conn, id, Compartment::Whole)?;
    let mut wholes = frame.map(|f| folder.unfold_wholes(&f)).transpose()?.unwrap_or_default();
    let lost = |key: &str| change.gone.iter().any(|g| g.0 == key);
    wholes.retain(|w| !lost(&w.key) && !change.whole.iter().any(|new| new.key == w.key && new.source == w.source));
    wholes.extend(change.whole);
    content::put(conn, id, Compartment::Whole, &folder.fold_wholes(&wholes)?)?;
    conn.prepare_cached("update person set head = ?2 where id = ?1")?.execute(params![id, change.seq.0 as i64])?;
    let listing = match change.listing {
        Some(listing) => listing,
        None => {
            let old: Listing = serde_json::from_str(&row).map_err(|_| VaultFault::Corrupt { what: "listing" })?;
            Listing { as_at: change.as_at, ..old }
        }
    };
    keep_listing(conn, id, &listing, content::OPEN)
}

/// Off the caseload: nothing of the person stays but the audit.
pub(super) fn removed(errand: &mut Errand<'_>, person: PersonId) -> Result<(), VaultFault> {
    erase(errand.tx(), person)?;
    for table in ["again", "choice_held"] {
        let sql = format!("delete from {table} where person = ?1");
        errand.tx().prepare_cached(&sql)?.execute([person.as_bytes()])?;
    }
    let gone = errand.tx().prepare_cached("delete from person where uid = ?1")?.execute([person.as_bytes()])?;
    if gone > 0 {
        errand.log(Event::Purged { subject: person })?;
    }
    Ok(())
}

/// The hub was restored from an older copy: its numbers mean something else now, so that its news could be taken for old. Or this vault
/// was put back, and nothing of people in it is sure. Everybody is marked, and fetched again.
pub(crate) fn everything_again(conn: &Connection) -> Result<(), VaultFault> {
    conn.prepare_cached("update person set head = -1")?.execute([])?;
    crate::bags::again(conn)?;
    keep_cursor(conn, Cursor::default())
}

/// The whole caseload came: whoever is still marked is not on it. What the hub does not know of them any more it cannot keep up to date.
fn not_sent_again(errand: &mut Errand<'_>) -> Result<(), VaultFault> {
    let left: Vec<[u8; 16]> = {
        let mut query = errand.tx().prepare_cached("select uid from person where head = -1")?;
        query.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?
    };
    left.into_iter().try_for_each(|uid| removed(errand, PersonId::from_bytes(uid)))
}

/// The hub holds these, and signed the end of the answer to the very post that carried them; the rules that follow from choices came
/// before it said so. If nothing waits now, the outbox need not keep what the hub has.
pub(super) fn held(errand: &mut Errand<'_>, held: &mut Held) -> Result<(), VaultFault> {
    let Held { choices, forms } = std::mem::take(held);
    choices_held(errand.tx(), &choices)?;
    for key in &forms {
        errand.tx().prepare_cached("delete from form where key = ?1")?.execute([key])?;
    }
    let conn = errand.tx();
    errand.all_held = waiting::unsent(conn)? == 0
        && plans::changes(conn)?.is_empty()
        && visits::outgoing(conn, 0)?.0.is_empty()
        && bags::carry::outgoing(conn, 0)?.0.is_empty()
        && !visits::photos::any_waits(conn)?;
    Ok(())
}

fn choices_held(conn: &Connection, keys: &[String]) -> Result<(), VaultFault> {
    if keys.is_empty() {
        return Ok(());
    }
    for key in keys {
        conn.prepare_cached(
            "insert or ignore into choice_held select key, person, saw, recorded from choice where key = ?1",
        )?
        .execute([key])?;
        conn.prepare_cached("delete from choice where key = ?1")?.execute([key])?;
    }
    conn.prepare_cached(
        "update person set pending = null where pending is not null and uid not in (select person from choice)",
    )?
    .execute([])?;
    Ok(())
}

/// What became of claims; a person found is in the audit by name of the claim's own words.
pub(super) fn claims_answered(
    errand: &mut Errand<'_>,
    answers: &[(String, Option<PersonId>)],
) -> Result<(), VaultFault> {
    for (key, person) in answers {
        let sql = "update claim set answer = ?2 where key = ?1 and answer is null returning why";
        let answer: &[u8] = person.as_ref().map_or(&[], |p| p.as_bytes());
        let why: Option<String> =
            errand.tx().prepare_cached(sql)?.query_row(params![key, answer], |row| row.get(0)).optional()?;
        if let (Some(text), Some(person)) = (why, *person) {
            errand.log(Event::RelationshipClaimed { subject: Some(person), text })?;
        }
    }
    Ok(())
}

pub(super) fn end(
    errand: &mut Errand<'_>,
    hub: &VerifyingKey,
    (post, end): (&[u8], &End),
    so_far: &mut Arrived,
) -> Result<(), VaultFault> {
    wire::check_end(end, post, hub)?;
    // What the device takes on is recorded before the round counts as over, once per round that brought anything.
    if so_far.people_added > 0 || so_far.people_removed > 0 {
        let (added, removed) = (so_far.people_added.into(), so_far.people_removed.into());
        errand.log(Event::Carried { added, removed })?;
    }
    let before = cursor(errand.tx())?;
    if std::mem::take(&mut so_far.refetch) {
        everything_again(errand.tx())?;
    } else if before != end.cursor {
        keep_cursor(errand.tx(), end.cursor)?;
        receipts::moved(errand)?;
        if end.cursor.seq.0 != 0 && before.seq.0 == 0 {
            not_sent_again(errand)?;
        }
    }
    if !end.more {
        lacks::nothing(errand.tx())?;
        plans::orphans(errand.tx())?;
        visits::orphans(errand.tx())?;
        // Signed for this very round. Lower than before, the hub's clock was put right: what was confirmed then only looks older.
        errand.told.checked = Some(end.at);
        put_number(errand.tx(), row::CHECKED, end.at.millis())?;
        so_far.again |= errand.hub_said(end.at)?;
    }
    lease::renewed(errand, hub, end.licence)?;
    so_far.ended = true;
    so_far.more = end.more || std::mem::take(&mut so_far.again);
    Ok(())
}

/// The hub has ended the enrolment. What came in the same answer before it stays taken in; nothing of a person does.
pub(super) fn ended(
    errand: &mut Errand<'_>,
    hub: &VerifyingKey,
    post: &[u8],
    ended: &Ended,
    so_far: &mut Arrived,
) -> Result<(), VaultFault> {
    wire::check_ended(ended, post, hub)?;
    let erased = lease::end_enrolment(errand, ended.why)?;
    so_far.people_removed += erased as u32;
    // That it erased them is an entry: the hub hears it at once.
    (so_far.ended, so_far.over, so_far.more) = (true, true, erased > 0);
    so_far.caseload_changed = true;
    Ok(())
}
