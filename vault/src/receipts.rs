//! Where this user's work is, person by person, and whether everybody on the list can be visited without the hub. Asking for either is
//! asking for the list, and is recorded as that; no content is read.

use crate::bags;
use crate::caseload;
use crate::chart::{self, ChartAsked};
use crate::content::{OPEN, SEALED};
use crate::door::{Door, Errand, rules_of};
use crate::fault::VaultFault;
use crate::post::{get_number, put_number};
use crate::visits;
use record::audit::Event;
use record::bag::BagId;
use record::consent::{Carriage, Choice, Purpose};
use record::feed::{Listing, Rules};
use record::people::Role;
use record::receipt::{HubWord, Lot, SeenBy, Work};
use record::section::Compartment;
use record::{PersonId, Sections, Stamp};
use rusqlite::{Connection, Row, params};
use std::collections::BTreeSet;
use sync::seen::{Of, Seen, SeenWork};

/// The number of the newest "seen" that this device was told.
const TOLD: &str = "seen";
/// The entry, with its epoch above it, at which the cursor got where it is.
const SINCE: &str = "held-since";
const EPOCH: u32 = 48;

/// This user's work about one person.
#[derive(Debug, Clone, PartialEq)]
pub struct PersonWork {
    pub listing: Listing,
    /// What was done here, kind by kind; a kind in which nothing was done is not named.
    pub lots: Vec<Lot>,
    /// A choice recorded here that the hub does not hold.
    pub choice_waiting: bool,
    /// Who saw the newest change of the plan that the hub holds.
    pub seen: Vec<SeenBy>,
    /// Who saw the newest of what this user did at visits that the hub holds.
    pub visits_seen: Vec<SeenBy>,
    /// Who saw the choice in force, if this user took it down here.
    pub choice_seen: Vec<SeenBy>,
    /// Who saw the newest of what this user put in a bag to go with it, that the hub holds.
    pub bags_seen: Vec<SeenBy>,
}

/// One person, before a round.
#[derive(Debug, Clone, PartialEq)]
pub struct Readiness {
    pub listing: Listing,
    pub choice: Choice,
    /// The choice ends then.
    pub until: Option<Stamp>,
    pub content: Content,
    /// The hub tells of a conflict between choices.
    pub conflict: bool,
    /// It would not open now: a yes has ended, none was given, or the check is too old.
    pub shut: bool,
}

/// What of a person is on the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Everything; `documents`: also the resources as their sources sent them.
    Here { documents: bool },
    /// Only break-glass opens it, for the person said so.
    Sealed,
    /// Not here, for the person said so.
    Withheld,
    /// It should be here, and is not.
    Missing,
}

/// Everybody this user's own work is about, and nobody else.
pub(crate) fn work(door: &mut Door, now: Stamp) -> Result<Vec<PersonWork>, VaultFault> {
    door.errand(now, |errand| {
        // Of each kind four columns: waiting, refused, held, and when the hub last said so.
        let sql = "select p.uid, l.row, exists (select 1 from choice c where c.person = p.uid),
                (select count(*) from plan_out o where o.person = p.uid),
                (select count(*) from plan_aside o where o.person = p.uid),
                coalesce(n.held_through, 0), n.held_at,
                (select count(*) from act_out o where o.person = p.uid and o.refused is null),
                (select count(*) from act_out o where o.person = p.uid and o.refused is not null),
                (select count(held_at) from act a where a.person = p.uid),
                (select max(held_at) from act a where a.person = p.uid),
                (select count(*) from bag_note b where b.person = p.uid and b.unsent = 1 and b.refused is null),
                (select count(*) from bag_note b where b.person = p.uid and b.unsent = 1 and b.refused is not null),
                (select count(held_at) from bag_note b where b.person = p.uid),
                (select max(held_at) from bag_note b where b.person = p.uid),
                (select count(*) from photo f left join act_out o on o.id = f.named_by left join bag_note b on b.id = f.named_by
                   where f.person = p.uid and f.waits = 1 and coalesce(f.refused, o.refused, b.refused) is null),
                (select count(*) from photo f left join act_out o on o.id = f.named_by left join bag_note b on b.id = f.named_by
                   where f.person = p.uid and f.waits = 1 and coalesce(f.refused, o.refused, b.refused) is not null),
                (select count(held_at) from photo f where f.person = p.uid),
                (select max(held_at) from photo f where f.person = p.uid),
                p.rules, exists (select 1 from choice_held c where c.person = p.uid)
             from person p join listing l using (id) left join plan n on n.person = p.uid";
        let mut all = Vec::new();
        {
            let mut query = errand.tx().prepare_cached(sql)?;
            let mut rows = query.query([])?;
            while let Some(row) = rows.next()? {
                let choice_waiting: bool = row.get(2)?;
                let mut lots = Vec::new();
                for (work, first) in Work::ALL.into_iter().zip((3..).step_by(4)) {
                    lots.extend(lot(row, work, first)?);
                }
                let rules = row.get_ref(19)?.as_blob().map_err(rusqlite::Error::from)?;
                let rules: Rules = serde_json::from_slice(rules).map_err(|_| VaultFault::Corrupt { what: "rule" })?;
                let taken_down = row.get::<_, bool>(20)? && !choice_waiting;
                let person = PersonId::from_bytes(row.get(0)?);
                let choice_seen = match taken_down {
                    true => since(work_seen(errand.tx(), Of::Choice, person)?, rules.version.0),
                    false => Vec::new(),
                };
                if lots.is_empty() && !choice_waiting && choice_seen.is_empty() {
                    continue;
                }
                let listing = serde_json::from_str(row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?);
                let plan = lots.iter().find(|lot| lot.work == Work::Plan).and_then(|lot| lot.held);
                all.push(PersonWork {
                    listing: listing.map_err(|_| VaultFault::Corrupt { what: "listing" })?,
                    seen: plan.map(|(n, _)| seen_by(errand.tx(), person, n)).transpose()?.unwrap_or_default(),
                    visits_seen: newest_seen(errand.tx(), (Of::Visits, person), visits::newest_held(errand.tx(), person)?)?,
                    bags_seen: newest_seen(errand.tx(), (Of::Bag, person), bags::keep::newest_held(errand.tx(), person, None)?)?,
                    choice_seen,
                    lots,
                    choice_waiting,
                });
            }
        }
        errand.log(Event::Listed { shown: all.len() as u64, searched: true })?;
        Ok(all)
    })
}

/// Who opened this bag with the newest of what this user put in it to go with it, that the hub holds.
pub(crate) fn bag_seen(conn: &Connection, person: PersonId, bag: BagId) -> Result<Vec<SeenBy>, VaultFault> {
    newest_seen(conn, (Of::Bag, person), bags::keep::newest_held(conn, person, Some(bag))?)
}

/// Who saw the newest of this user's own work of a kind that the hub holds: `newest` is when that was done.
fn newest_seen(
    conn: &Connection,
    (of, person): (Of, PersonId),
    newest: Option<Stamp>,
) -> Result<Vec<SeenBy>, VaultFault> {
    match newest {
        Some(newest) => Ok(since(work_seen(conn, of, person)?, newest.millis() as u64)),
        None => Ok(Vec::new()),
    }
}

fn since(seen: Vec<(u64, SeenBy)>, number: u64) -> Vec<SeenBy> {
    seen.into_iter().filter(|(through, _)| *through >= number).map(|(_, by)| by).collect()
}

/// One kind of work about the row's person, from four columns on; nothing where none was done.
fn lot(row: &Row<'_>, work: Work, first: usize) -> Result<Option<Lot>, VaultFault> {
    let number = |at: usize| row.get::<_, i64>(first + at).map(|n| n as u64);
    let (waiting, refused, held) = (number(0)?, number(1)?, number(2)?);
    // Written only where the hub's signature over it was verified (`carry` of plans, visits and bags; `visits::photos`).
    let word = row.get::<_, Option<i64>>(first + 3)?.map(|at| HubWord::verified(Stamp::from_millis(at)));
    let held = word.filter(|_| held > 0).map(|word| (held, word));
    let done = waiting + refused > 0 || held.is_some();
    Ok(done.then_some(Lot { work, waiting, refused, held }))
}

/// Everybody on the list, and what of them is here.
pub(crate) fn readiness(door: &mut Door, now: Stamp) -> Result<Vec<Readiness>, VaultFault> {
    let mut shut = BTreeSet::new();
    for row in door.glance(|conn| caseload::select(conn, ""))? {
        let (person, wants) = (row.listing.person, Sections::ALL);
        let asked = ChartAsked { person, purpose: Purpose::Treat, wants };
        if !door.permits(&chart::request(door, &asked, None), false, now)? {
            shut.insert(person);
        }
    }
    door.errand(now, |errand| {
        let at = errand.now();
        let sql = "select p.id, l.row, l.carried,
                exists (select 1 from frame f where f.id = p.id * 4 + ?1), exists (select 1 from frame f where f.id = p.id * 4 + ?2)
             from person p join listing l using (id)";
        let place = |c: Compartment| i64::from(c.number());
        let (emergency, whole) = (place(Compartment::Emergency), place(Compartment::Whole));
        let mut all = Vec::new();
        {
            let mut query = errand.tx().prepare_cached(sql)?;
            let mut rows = query.query(params![emergency, whole])?;
            while let Some(row) = rows.next()? {
                let listing: Result<Listing, _> =
                    serde_json::from_str(row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?);
                let Ok(listing) = listing else { return Err(VaultFault::Corrupt { what: "listing" }) };
                // What was taken down on this very device binds here already.
                let Some(rules) = rules_of(errand.tx(), listing.person)? else { continue };
                let (readable, documents): (bool, bool) = (row.get(3)?, row.get(4)?);
                let content = match (row.get::<_, i64>(2)?, rules.recorded.carriage(rules.relationship, at)) {
                    (SEALED, _) => Content::Sealed,
                    (OPEN, _) if readable => Content::Here { documents },
                    (_, Carriage::Never) => Content::Withheld,
                    _ => Content::Missing,
                };
                let choice = rules.recorded.choice;
                all.push(Readiness {
                    shut: shut.contains(&listing.person),
                    listing,
                    choice,
                    until: rules.recorded.until,
                    content,
                    conflict: choice == Choice::Conflict,
                });
            }
        }
        errand.log(Event::Listed { shown: all.len() as u64, searched: false })?;
        Ok(all)
    })
}

/// Who saw this user's change of that number, or a later one.
pub(crate) fn seen_by(conn: &Connection, person: PersonId, number: u64) -> Result<Vec<SeenBy>, VaultFault> {
    let sql = "select role, organisation, at from seen where person = ?1 and through >= ?2 order by at, organisation";
    let mut query = conn.prepare_cached(sql)?;
    let mut rows = query.query(params![person.as_bytes(), number as i64])?;
    let mut seen = Vec::new();
    while let Some(row) = rows.next()? {
        seen.push(by(row)?);
    }
    Ok(seen)
}

/// The hub tells who has seen this user's changes.
pub(crate) fn take_seen(errand: &Errand<'_>, through: u64, seen: &[Seen]) -> Result<(), VaultFault> {
    let sql = "insert into seen (person, role, organisation, through, at) values (?1, ?2, ?3, ?4, ?5)
               on conflict do update set through = max(through, ?4), at = max(at, ?5)";
    for one in seen {
        errand.tx().prepare_cached(sql)?.execute(params![
            one.person.as_bytes(),
            one.role.code(),
            one.organisation,
            one.through as i64,
            one.at.millis()
        ])?;
    }
    put_number(errand.tx(), TOLD, through as i64)
}

/// The same of work beside plans.
pub(crate) fn take_seen_work(errand: &Errand<'_>, work: &SeenWork) -> Result<(), VaultFault> {
    let sql = "insert into work_seen (kind, person, role, organisation, through, at) values (?1, ?2, ?3, ?4, ?5, ?6)
               on conflict do update set through = max(through, ?5), at = max(at, ?6)";
    for (of, one) in &work.seen {
        errand.tx().prepare_cached(sql)?.execute(params![
            of.number(),
            one.person.as_bytes(),
            one.role.code(),
            one.organisation,
            one.through as i64,
            one.at.millis()
        ])?;
    }
    put_number(errand.tx(), TOLD, work.through as i64)
}

/// Who saw this user's work of that kind about somebody, each with how far: see [`Of`].
pub(crate) fn work_seen(conn: &Connection, of: Of, person: PersonId) -> Result<Vec<(u64, SeenBy)>, VaultFault> {
    let sql = "select role, organisation, at, through from work_seen where kind = ?1 and person = ?2 order by at, organisation";
    let mut query = conn.prepare_cached(sql)?;
    let mut rows = query.query(params![of.number(), person.as_bytes()])?;
    let mut seen = Vec::new();
    while let Some(row) = rows.next()? {
        seen.push((row.get::<_, i64>(3)? as u64, by(row)?));
    }
    Ok(seen)
}

fn by(row: &Row<'_>) -> Result<SeenBy, VaultFault> {
    let role = Role::from_code(&row.get::<_, String>(0)?).ok_or(VaultFault::Corrupt { what: "seen" })?;
    Ok(SeenBy { role, organisation: row.get(1)?, at: Stamp::from_millis(row.get(2)?) })
}

pub(crate) fn told(conn: &Connection) -> Result<u64, VaultFault> {
    Ok(get_number(conn, TOLD)?.unwrap_or(0) as u64)
}

/// The cursor has moved: what is written from here on was written with what came.
pub(crate) fn moved(errand: &Errand<'_>) -> Result<(), VaultFault> {
    let head = errand.head();
    put_number(errand.tx(), SINCE, (i64::from(head.epoch) << EPOCH) | head.seq as i64)
}

/// The entry after which everything was written with what the cursor says; 0 in an epoch that began later.
pub(crate) fn held_since(conn: &Connection, epoch: u32) -> Result<u64, VaultFault> {
    let kept = get_number(conn, SINCE)?.unwrap_or(i64::MAX);
    Ok(if kept >> EPOCH < i64::from(epoch) { 0 } else { (kept & ((1 << EPOCH) - 1)) as u64 })
}
