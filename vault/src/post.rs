//! Letters out and in, one errand each. What a round must carry is gathered here and signed with this person's key; what arrives is
//! checked, applied and committed as it comes, so that a cut loses at most the letter it fell in. The machine reads no content: it
//! replaces frames and facts by version.

use crate::choices::erase;
use crate::door::{Door, Errand, Told};
use crate::fault::VaultFault;
use crate::ledger;
use ed25519_dalek::{SigningKey, VerifyingKey};
use record::audit::{Event, Link};
use record::consent::Policy;
use record::feed::{Listing, Rules, Seq};
use record::section::Compartment;
use record::{PersonId, Stamp};
use rusqlite::{Connection, OptionalExtension, params};
use sync::frame::{DEVICE_LEVEL, Dictionary, Folder};
use sync::letter::{Change, ChoiceMade, Cursor, End, Fetching, Letter, PersonLetter, Post, Receipt, Signed};
use sync::wire::{self, Splitter};

/// Audit entries in one post; more follow in the next.
const ENTRIES_A_POST: u32 = 5_000;

/// Device and hub may differ by this much before the device's clock is doubted (`reference/consent.md` section 6), milliseconds.
const DRIFT: i64 = 5 * 60_000;

/// One round with the hub: the post as sent, and the answer so far.
pub(crate) struct Round {
    post: Vec<u8>,
    splitter: Splitter,
    so_far: Arrived,
}

/// What an answer has brought so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Arrived {
    pub people_added: u32,
    pub people_removed: u32,
    pub facts_changed: u32,
    pub entries_receipted: u64,
    /// The End letter came and its signature fits: the round is over.
    pub ended: bool,
    /// The hub has more: post again at once.
    pub more: bool,
    /// Something a screen may be showing has changed.
    pub caseload_changed: bool,
}

/// Where the vault stands with its hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Entries and choices the hub does not hold yet.
    pub unsent: u64,
    pub entries: u64,
    pub receipted: u64,
    /// Hub time of the newest receipt.
    pub receipted_at: Option<Stamp>,
    /// Hub time of the last completed round.
    pub checked: Option<Stamp>,
    pub clock_in_doubt: bool,
    /// Where the hub says the chain breaks.
    pub broken: Option<u64>,
}

/// What the vault keeps about the conversation, one `meta` row each.
pub(crate) mod kept {
    pub(crate) const CURSOR: &str = "cursor";
    pub(crate) const DICTIONARY: &str = "dictionary";
    pub(crate) const DICTIONARY_ID: &str = "dictionary-id";
    pub(crate) const POLICY: &str = "policy";
    pub(crate) const POLICY_SIGNATURE: &str = "policy-signature";
    pub(crate) const SOURCES: &str = "sources-version";
    pub(crate) const CHECKED: &str = "checked";
    pub(crate) const DRIFT: &str = "drift";
    pub(crate) const RECEIPTED: &str = "receipted";
    pub(crate) const RECEIPTED_AT: &str = "receipted-at";
    pub(crate) const BROKEN: &str = "broken";
}

pub(crate) fn get(conn: &Connection, key: &str) -> Result<Option<Vec<u8>>, VaultFault> {
    let mut query = conn.prepare_cached("select value from meta where key = ?1")?;
    Ok(query.query_row([key], |row| row.get(0)).optional()?)
}

pub(crate) fn put(conn: &Connection, key: &str, value: &[u8]) -> Result<(), VaultFault> {
    conn.prepare_cached(
        "insert into meta (key, value) values (?1, ?2) on conflict do update set value = excluded.value",
    )?
    .execute(params![key, value])?;
    Ok(())
}

fn get_number(conn: &Connection, key: &str) -> Result<Option<i64>, VaultFault> {
    let bytes = get(conn, key)?;
    let number = |b: Vec<u8>| b.try_into().map(i64::from_le_bytes).map_err(|_| VaultFault::Corrupt { what: "number" });
    bytes.map(number).transpose()
}

fn put_number(conn: &Connection, key: &str, value: i64) -> Result<(), VaultFault> {
    put(conn, key, &value.to_le_bytes())
}

/// What the hub told, as kept; the policy's signature is checked again.
pub(crate) fn told(conn: &Connection, hub: &VerifyingKey) -> Result<Told, VaultFault> {
    let policy = match (get(conn, kept::POLICY)?, get(conn, kept::POLICY_SIGNATURE)?) {
        (Some(bytes), Some(signature)) => {
            let signature = signature.try_into().map_err(|_| VaultFault::Corrupt { what: "policy" })?;
            let signed: Signed<Policy> = wire::reopen(bytes, signature, hub)?;
            Some(signed.value)
        }
        _ => None,
    };
    let stamp = |key| Ok::<_, VaultFault>(get_number(conn, key)?.map(Stamp::from_millis));
    Ok(Told {
        policy,
        checked: stamp(kept::CHECKED)?,
        drift: get_number(conn, kept::DRIFT)?.unwrap_or(0) != 0,
        receipted: get_number(conn, kept::RECEIPTED)?.unwrap_or(0) as u64,
        receipted_at: stamp(kept::RECEIPTED_AT)?,
        broken: get_number(conn, kept::BROKEN)?.map(|at| at as u64),
    })
}

/// The dictionary the hub sent last.
pub(crate) fn folder(conn: &Connection) -> Result<Folder, VaultFault> {
    let dictionary = match (get_number(conn, kept::DICTIONARY_ID)?, get(conn, kept::DICTIONARY)?) {
        (Some(id), Some(bytes)) => Dictionary::new(u32::try_from(id).unwrap_or(0), bytes),
        _ => Dictionary::none(),
    };
    Ok(Folder::new(dictionary, DEVICE_LEVEL)?)
}

fn cursor(conn: &Connection) -> Result<Cursor, VaultFault> {
    let Some(bytes) = get(conn, kept::CURSOR)? else { return Ok(Cursor::default()) };
    let mut numbers = bytes.chunks_exact(8).map(|c| c.try_into().map_or(0, u64::from_le_bytes));
    let mut next = || numbers.next().unwrap_or(0);
    let (seq, base, after) = (next(), next(), next());
    let fetching = (base != 0).then_some(Fetching { base: Seq(base), after });
    Ok(Cursor { seq: Seq(seq), fetching })
}

fn keep_cursor(conn: &Connection, cursor: Cursor) -> Result<(), VaultFault> {
    let (base, after) = cursor.fetching.map_or((0, 0), |f| (f.base.0, f.after));
    let bytes: Vec<u8> = [cursor.seq.0, base, after].iter().flat_map(|n| n.to_le_bytes()).collect();
    put(conn, kept::CURSOR, &bytes)
}

/// Gathers everything the hub is owed and signs it. `appetite`: bytes of answer wanted at most.
pub(crate) fn prepare(
    door: &Door,
    folder: &Folder,
    key: &SigningKey,
    appetite: u64,
    now: Stamp,
) -> Result<(Vec<u8>, Round), VaultFault> {
    let told = door.told();
    let post = door.glance(|conn| {
        let mut query = conn.prepare_cached("select key, person, saw, recorded from choice order by key")?;
        let rows = query.query_map([], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, [u8; 16]>(1)?, row.get::<_, i64>(2)?, row.get::<_, String>(3)?))
        })?;
        let mut choices = Vec::new();
        for row in rows {
            let (key, person, saw, json) = row?;
            let recorded = serde_json::from_str(&json).map_err(|_| VaultFault::Corrupt { what: "choice" })?;
            choices.push(ChoiceMade { key, person: PersonId::from_bytes(person), saw: Seq(saw as u64), recorded });
        }
        Ok(Post {
            chain: door.chain().clone(),
            at: now,
            cursor: cursor(conn)?,
            dictionary: folder.dictionary().id(),
            policy: told.policy.as_ref().map_or(0, |p| p.version),
            sources: get_number(conn, kept::SOURCES)?.unwrap_or(0) as u64,
            head: door.head(),
            receipted: told.receipted,
            entries: ledger::after(conn, told.receipted, ENTRIES_A_POST)?,
            choices,
            appetite,
        })
    })?;
    let bytes = wire::write_post(&post, key)?;
    Ok((bytes.clone(), Round { post: bytes, splitter: Splitter::default(), so_far: Arrived::default() }))
}

/// Takes in bytes of the answer as they come. Every whole letter in them is checked and committed before this returns.
pub(crate) fn arrived(
    door: &mut Door,
    folder: &mut Folder,
    round: &mut Round,
    bytes: &[u8],
    now: Stamp,
) -> Result<Arrived, VaultFault> {
    let blocks = round.splitter.push(bytes)?;
    if blocks.is_empty() {
        return Ok(round.so_far);
    }
    let hub = *door.hub();
    let chain = door.chain().clone();
    let mut so_far = round.so_far;
    door.errand(now, |errand| {
        for block in &blocks {
            match wire::read_letter(block, folder)? {
                Letter::Receipt(receipt) if receipt.chain == chain => {
                    accept_receipt(errand, &hub, &receipt, &mut so_far)?
                }
                Letter::Receipt(_) => return Err(VaultFault::Wire(wire::WireFault::Form)),
                Letter::Broken { at, .. } => {
                    errand.told.broken = Some(at);
                    put_number(errand.tx(), kept::BROKEN, at as i64)?;
                }
                Letter::Policy(signed) => accept_policy(errand, &hub, signed)?,
                Letter::Dictionary { id, bytes } => {
                    put(errand.tx(), kept::DICTIONARY, &bytes)?;
                    put_number(errand.tx(), kept::DICTIONARY_ID, id.into())?;
                    refold(errand, folder, Dictionary::new(id, bytes))?;
                }
                Letter::Sources { version, sources } => {
                    for source in &sources {
                        let body = serde_json::to_string(source).map_err(|_| VaultFault::Corrupt { what: "source" })?;
                        errand
                            .tx()
                            .prepare_cached("insert or replace into source (id, body) values (?1, ?2)")?
                            .execute(params![source.id.0, body])?;
                    }
                    put_number(errand.tx(), kept::SOURCES, version as i64)?;
                }
                Letter::Person(person) => {
                    take_person(errand, &hub, &person)?;
                    so_far.people_added += 1;
                    so_far.caseload_changed = true;
                }
                Letter::Changed(changes) => {
                    for change in changes {
                        so_far.facts_changed += change.facts.len() as u32 + change.gone.len() as u32;
                        apply(errand, folder, change)?;
                    }
                    so_far.caseload_changed = true;
                }
                Letter::Rules(signed) => {
                    take_rules(errand, &hub, &signed)?;
                    so_far.caseload_changed = true;
                }
                Letter::Removed { person, .. } => {
                    remove(errand, person)?;
                    so_far.people_removed += 1;
                    so_far.caseload_changed = true;
                }
                Letter::ChoicesHeld(keys) => choices_held(errand.tx(), &keys)?,
                Letter::End(end) => finish(errand, &hub, &round.post, &end, now, &mut so_far)?,
            }
        }
        Ok(())
    })?;
    round.so_far = so_far;
    Ok(so_far)
}

/// Where the vault stands.
pub(crate) fn standing(door: &Door, now: Stamp) -> Result<Standing, VaultFault> {
    let told = door.told();
    let entries = door.head().seq;
    let choices: i64 =
        door.glance(|conn| Ok(conn.prepare_cached("select count(*) from choice")?.query_row([], |row| row.get(0))?))?;
    Ok(Standing {
        unsent: entries.saturating_sub(told.receipted) + choices as u64,
        entries,
        receipted: told.receipted,
        receipted_at: told.receipted_at,
        checked: told.checked,
        clock_in_doubt: door.moment(now).1 == record::consent::Clock::Suspect,
        broken: told.broken,
    })
}

// ---- one letter each ----------------------------------------------------------------------------------------------------

fn accept_receipt(
    errand: &mut Errand<'_>,
    hub: &VerifyingKey,
    receipt: &Receipt,
    so_far: &mut Arrived,
) -> Result<(), VaultFault> {
    wire::check_receipt(receipt, hub)?;
    // The hub must hold *our* entries: the link it signed is the link of our own entry of that number.
    let ours = ledger::after(errand.tx(), receipt.through.saturating_sub(1), 1)?;
    if ours.first().map(|bytes| Link::of(bytes)) != Some(receipt.link) || receipt.epoch != errand.head().epoch {
        return Err(VaultFault::Wire(wire::WireFault::Signature));
    }
    if receipt.through > errand.told.receipted {
        so_far.entries_receipted += receipt.through - errand.told.receipted;
        errand.told.receipted = receipt.through;
        errand.told.receipted_at = Some(receipt.at);
        put_number(errand.tx(), kept::RECEIPTED, receipt.through as i64)?;
        put_number(errand.tx(), kept::RECEIPTED_AT, receipt.at.millis())?;
    }
    Ok(())
}

fn accept_policy(errand: &mut Errand<'_>, hub: &VerifyingKey, signed: Signed<Policy>) -> Result<(), VaultFault> {
    wire::check(&signed, hub)?;
    if errand.told.policy.as_ref().is_some_and(|held| held.version >= signed.value.version) {
        return Ok(());
    }
    put(errand.tx(), kept::POLICY, &signed.bytes)?;
    put(errand.tx(), kept::POLICY_SIGNATURE, &signed.signature)?;
    errand.told.policy = Some(signed.value);
    Ok(())
}

/// A new dictionary: frames folded with the old one are folded again, in the same transaction.
fn refold(errand: &Errand<'_>, folder: &mut Folder, dictionary: Dictionary) -> Result<(), VaultFault> {
    let mut fresh = Folder::new(dictionary, DEVICE_LEVEL)?;
    let ids: Vec<i64> = {
        let mut query = errand.tx().prepare_cached("select id from frame")?;
        query.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?
    };
    for id in ids {
        let old: Vec<u8> =
            errand.tx().prepare_cached("select bytes from frame where id = ?1")?.query_row([id], |row| row.get(0))?;
        let folded = fresh.fold(&folder.unfold(&old, sync::frame::LARGEST)?)?;
        errand.tx().prepare_cached("update frame set bytes = ?2 where id = ?1")?.execute(params![id, folded])?;
    }
    *folder = fresh;
    Ok(())
}

fn take_person(errand: &mut Errand<'_>, hub: &VerifyingKey, letter: &PersonLetter) -> Result<(), VaultFault> {
    wire::check(&letter.rules, hub)?;
    let rules = &letter.rules.value;
    if rules.person != letter.listing.person {
        return Err(VaultFault::Wire(wire::WireFault::Form));
    }
    let id = keep_rules(errand.tx(), &letter.rules, Some(letter.head))?;
    erase(errand.tx(), rules.person)?;
    keep_listing(errand.tx(), id, &letter.listing, !letter.frames.is_empty())?;
    if rules.recorded.choice.may_be_carried() {
        for (compartment, bytes) in &letter.frames {
            errand
                .tx()
                .prepare_cached("insert or replace into frame (id, bytes) values (?1, ?2)")?
                .execute(params![id * 4 + i64::from(compartment.number()), bytes])?;
        }
    }
    if letter.base.0 != 0 {
        let seq = cursor(errand.tx())?.seq;
        keep_cursor(errand.tx(), Cursor { seq, fetching: Some(Fetching { base: letter.base, after: letter.row }) })?;
    }
    Ok(())
}

fn take_rules(errand: &mut Errand<'_>, hub: &VerifyingKey, signed: &Signed<Rules>) -> Result<(), VaultFault> {
    wire::check(signed, hub)?;
    keep_rules(errand.tx(), signed, None)?;
    if !signed.value.recorded.choice.may_be_carried() && is_carried(errand.tx(), signed.value.person)? {
        erase(errand.tx(), signed.value.person)?;
        errand.log(Event::Purged { subject: signed.value.person })?;
    }
    Ok(())
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

fn keep_listing(conn: &Connection, id: i64, listing: &Listing, carried: bool) -> Result<(), VaultFault> {
    let json = serde_json::to_string(listing).map_err(|_| VaultFault::Corrupt { what: "listing" })?;
    conn.prepare_cached("insert or replace into listing (id, row, carried) values (?1, ?2, ?3)")?
        .execute(params![id, json, carried])?;
    conn.prepare_cached("insert or replace into finder (id, words) values (?1, ?2)")?
        .execute(params![id, listing.search_text()])?;
    Ok(())
}

fn is_carried(conn: &Connection, person: PersonId) -> Result<bool, VaultFault> {
    let sql = "select l.carried from listing l join person p using (id) where p.uid = ?1";
    let carried: Option<i64> = conn.prepare_cached(sql)?.query_row([person.as_bytes()], |row| row.get(0)).optional()?;
    Ok(carried == Some(1))
}

/// Replaces changed facts in their frames. A change already taken in is ignored.
fn apply(errand: &Errand<'_>, folder: &mut Folder, change: Change) -> Result<(), VaultFault> {
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
        let frame = read_frame(conn, id, compartment)?;
        let mut facts = frame.map(|f| folder.unfold_facts(&f)).transpose()?.unwrap_or_default();
        let before = facts.len();
        // A fact may move between compartments: it leaves wherever it is no longer.
        facts.retain(|f| !gone(&f.key) && !change.facts.iter().any(|new| new.key == f.key));
        if facts.len() == before && fresh.is_empty() {
            continue;
        }
        facts.extend(fresh);
        write_frame(conn, id, compartment, &folder.fold_facts(&facts)?)?;
    }
    let frame = read_frame(conn, id, Compartment::Whole)?;
    let mut wholes = frame.map(|f| folder.unfold_wholes(&f)).transpose()?.unwrap_or_default();
    let lost = |key: &str| change.gone.iter().any(|g| g.0 == key);
    wholes.retain(|w| !lost(&w.key) && !change.whole.iter().any(|new| new.key == w.key && new.source == w.source));
    wholes.extend(change.whole);
    write_frame(conn, id, Compartment::Whole, &folder.fold_wholes(&wholes)?)?;
    conn.prepare_cached("update person set head = ?2 where id = ?1")?.execute(params![id, change.seq.0 as i64])?;
    let listing = match change.listing {
        Some(listing) => listing,
        None => {
            let old: Listing = serde_json::from_str(&row).map_err(|_| VaultFault::Corrupt { what: "listing" })?;
            Listing { as_at: change.as_at, ..old }
        }
    };
    keep_listing(conn, id, &listing, true)
}

fn read_frame(conn: &Connection, id: i64, compartment: Compartment) -> Result<Option<Vec<u8>>, VaultFault> {
    let mut query = conn.prepare_cached("select bytes from frame where id = ?1")?;
    Ok(query.query_row([id * 4 + i64::from(compartment.number())], |row| row.get(0)).optional()?)
}

fn write_frame(conn: &Connection, id: i64, compartment: Compartment, bytes: &[u8]) -> Result<(), VaultFault> {
    conn.prepare_cached("insert or replace into frame (id, bytes) values (?1, ?2)")?
        .execute(params![id * 4 + i64::from(compartment.number()), bytes])?;
    Ok(())
}

/// Off the caseload: nothing of the person stays but the audit.
fn remove(errand: &mut Errand<'_>, person: PersonId) -> Result<(), VaultFault> {
    erase(errand.tx(), person)?;
    let gone = errand.tx().prepare_cached("delete from person where uid = ?1")?.execute([person.as_bytes()])?;
    if gone > 0 {
        errand.log(Event::Purged { subject: person })?;
    }
    Ok(())
}

/// The hub holds these choices, and sent the rules that follow from them before it said so.
fn choices_held(conn: &Connection, keys: &[String]) -> Result<(), VaultFault> {
    for key in keys {
        conn.prepare_cached("delete from choice where key = ?1")?.execute([key])?;
    }
    conn.prepare_cached(
        "update person set pending = null where pending is not null and uid not in (select person from choice)",
    )?
    .execute([])?;
    Ok(())
}

fn finish(
    errand: &mut Errand<'_>,
    hub: &VerifyingKey,
    post: &[u8],
    end: &End,
    now: Stamp,
    so_far: &mut Arrived,
) -> Result<(), VaultFault> {
    wire::check_end(end, post, hub)?;
    // What the device takes on is recorded before the round counts as over, once per round that brought anything.
    if so_far.people_added > 0 || so_far.people_removed > 0 {
        let (added, removed) = (so_far.people_added.into(), so_far.people_removed.into());
        errand.log(Event::Carried { added, removed })?;
    }
    let before = cursor(errand.tx())?;
    if before != end.cursor {
        keep_cursor(errand.tx(), end.cursor)?;
    }
    if !end.more {
        // Hub time never runs backwards here.
        let checked = errand.told.checked.map_or(end.at, |before| before.max(end.at));
        errand.told.checked = Some(checked);
        put_number(errand.tx(), kept::CHECKED, checked.millis())?;
        let drift = (end.at.millis() - now.millis()).abs() > DRIFT;
        if drift != errand.told.drift {
            errand.told.drift = drift;
            put_number(errand.tx(), kept::DRIFT, drift.into())?;
        }
    }
    so_far.ended = true;
    so_far.more = end.more;
    Ok(())
}
