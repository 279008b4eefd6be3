//! The privacy officer's work list: what must be looked at by a person, opened when the hub hears of it and closed by a finding. Not
//! the audit: an alert points at an entry, and reviewing one is an entry of its own. Reviews are added and never changed: the
//! database refuses (`schema_5.sql`).

use super::lease::{self, Extension};
use record::audit::{Entry, Event, Link};
use record::consent::{Outcome, Rule};
use record::{PersonId, StaffId, Stamp};
use rusqlite::{OptionalExtension, Row, Transaction, params};

/// Why somebody must look (`reference/consent.md` sections 2 and 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// An override was declared.
    BreakGlass,
    /// An override went beyond the emergency view.
    GlassWidened,
    /// More overrides in a shift than expected: for the supervisor.
    ManyOverrides,
    /// A relationship that only the user claims.
    SelfClaimed,
    /// A record asked for on a relationship that only the user claims.
    SelfClaimedAccess,
    /// Two choices made apart: the most restrictive holds until somebody settles it with the person.
    Conflict,
    /// A no became a yes at the bedside.
    NoLifted,
    /// A best-interests yes over the person's own no: it was not taken.
    JudgedAgainst,
    /// A Consent from another system that our choices cannot say: read as restrictively as it can be meant.
    ConsentUnclear,
    /// A licence lengthened, as the taker says, by a colleague's device that has been heard of since and does not say so.
    OneSidedExtension,
    /// A partner's system asked with a credential that is wrong again and again, or has ended.
    PartnerCredential,
}

impl Kind {
    pub const ALL: [Kind; 11] = [
        Kind::BreakGlass,
        Kind::GlassWidened,
        Kind::ManyOverrides,
        Kind::SelfClaimed,
        Kind::SelfClaimedAccess,
        Kind::Conflict,
        Kind::NoLifted,
        Kind::JudgedAgainst,
        Kind::ConsentUnclear,
        Kind::OneSidedExtension,
        Kind::PartnerCredential,
    ];

    /// The stable code: stored, printed and never renamed.
    pub const fn code(self) -> &'static str {
        match self {
            Kind::BreakGlass => "BREAK_GLASS",
            Kind::GlassWidened => "GLASS_WIDENED",
            Kind::ManyOverrides => "MANY_OVERRIDES",
            Kind::SelfClaimed => "SELF_CLAIMED",
            Kind::SelfClaimedAccess => "SELF_CLAIMED_ACCESS",
            Kind::Conflict => "CONFLICT",
            Kind::NoLifted => "NO_LIFTED",
            Kind::JudgedAgainst => "JUDGED_AGAINST",
            Kind::ConsentUnclear => "CONSENT_UNCLEAR",
            Kind::OneSidedExtension => "LICENCE_ONE_SIDED",
            Kind::PartnerCredential => "PARTNER_CREDENTIAL",
        }
    }

    pub fn from_code(code: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// For people to read.
    pub const fn label(self) -> &'static str {
        match self {
            Kind::BreakGlass => "Break-glass",
            Kind::GlassWidened => "Break-glass widened",
            Kind::ManyOverrides => "Many overrides in a shift",
            Kind::SelfClaimed => "Relationship claimed",
            Kind::SelfClaimedAccess => "Self-claimed relationship",
            Kind::Conflict => "Two choices disagree",
            Kind::NoLifted => "A no became a yes",
            Kind::JudgedAgainst => "Best-interests yes over a no",
            Kind::ConsentUnclear => "Consent from a feed, unclear",
            Kind::OneSidedExtension => "Licence lengthened, one side only",
            Kind::PartnerCredential => "Partner system: wrong or ended credential",
        }
    }
}

/// More overrides than this in a shift of so many hours are an alert of their own, where no policy pack says otherwise; they are never
/// refused (`reference/consent.md` section 5, step 9).
const PER_SHIFT: u32 = 3;
const SHIFT_HOURS: u32 = 12;

/// What a review found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    Justified,
    NotJustified,
    /// Nothing can be said yet: the alert stays open.
    MoreInformation,
    /// The person, or who speaks for them, was told.
    PatientInformed,
    /// Settled with the person: a choice that names every side of the conflict was recorded.
    Settled,
}

impl Finding {
    pub const ALL: [Finding; 5] = [
        Finding::Justified,
        Finding::NotJustified,
        Finding::MoreInformation,
        Finding::PatientInformed,
        Finding::Settled,
    ];

    pub const fn code(self) -> &'static str {
        match self {
            Finding::Justified => "JUSTIFIED",
            Finding::NotJustified => "NOT_JUSTIFIED",
            Finding::MoreInformation => "MORE_INFORMATION",
            Finding::PatientInformed => "PATIENT_INFORMED",
            Finding::Settled => "SETTLED",
        }
    }

    pub fn from_code(code: &str) -> Option<Finding> {
        Finding::ALL.into_iter().find(|finding| finding.code().eq_ignore_ascii_case(code))
    }

    /// For people to read.
    pub const fn label(self) -> &'static str {
        match self {
            Finding::Justified => "Justified",
            Finding::NotJustified => "Not justified",
            Finding::MoreInformation => "Needs more information",
            Finding::PatientInformed => "Patient informed",
            Finding::Settled => "Settled with the person",
        }
    }

    /// Says what was to be found out: the alert leaves the list.
    pub const fn closes(self) -> bool {
        matches!(self, Finding::Justified | Finding::NotJustified | Finding::Settled)
    }
}

/// One alert, as listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    pub id: u64,
    pub kind: Kind,
    /// The entry it points at: chain, epoch, sequence number.
    pub entry: Option<(String, u32, u64)>,
    pub person: Option<PersonId>,
    pub staff: Option<String>,
    pub at: Stamp,
    pub opened: Stamp,
    pub detail: String,
    /// When a finding closed it.
    pub reviewed: Option<Stamp>,
}

/// One review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    pub at: Stamp,
    pub by: String,
    pub finding: Finding,
    pub note: String,
}

/// Something to be opened.
struct New<'a> {
    kind: Kind,
    key: String,
    entry: Option<&'a Entry>,
    person: Option<i64>,
    at: Stamp,
    detail: &'a str,
}

fn raise(tx: &Transaction<'_>, new: &New<'_>, opened: Stamp) -> rusqlite::Result<bool> {
    let sql = "insert or ignore into alert (kind, key, chain, epoch, seq, person, staff, at, opened, detail)
               values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    let entry = new.entry;
    let fresh = tx.prepare_cached(sql)?.execute(params![
        new.kind.code(),
        new.key,
        entry.map(|e| e.chain.as_str()),
        entry.map(|e| e.epoch),
        entry.map(|e| e.seq as i64),
        new.person,
        entry.map(|e| e.staff.as_str()),
        new.at.millis(),
        opened.millis(),
        new.detail
    ])?;
    Ok(fresh > 0)
}

/// An alert about a person's choice, by the number of the choice.
pub fn about_choice(
    tx: &Transaction<'_>,
    kind: Kind,
    (person, seq): (i64, u64),
    detail: &str,
    now: Stamp,
) -> rusqlite::Result<bool> {
    let key = format!("choice/{}/{seq}", kind.code());
    raise(tx, &New { kind, key, entry: None, person: Some(person), at: now, detail }, now)
}

/// An alert about a partner's credential; one for each `key` and day.
pub fn about_partner(tx: &Transaction<'_>, key: &str, detail: &str, now: Stamp) -> rusqlite::Result<bool> {
    let key = format!("partner/{key}/{}", now.london_date());
    raise(tx, &New { kind: Kind::PartnerCredential, key, entry: None, person: None, at: now, detail }, now)
}

/// Extensions that only the device which gained by them tells of, and that are not on the list yet.
pub fn extensions_to_raise(tx: &Transaction<'_>) -> rusqlite::Result<Vec<Extension>> {
    let mut known = tx.prepare_cached("select 1 from alert where kind = ?1 and key = ?2")?;
    let mut new = Vec::new();
    for one in lease::one_sided(tx)? {
        if !known.exists(params![Kind::OneSidedExtension.code(), extension_key(&one)])? {
            new.push(one);
        }
    }
    Ok(new)
}

pub fn about_extension(tx: &Transaction<'_>, one: &Extension, now: Stamp) -> rusqlite::Result<bool> {
    let detail = format!("{} says that {} lengthened its licence; {} does not", one.taker, one.giver, one.giver);
    let (kind, at) = (Kind::OneSidedExtension, one.taken.unwrap_or(one.noted));
    raise(tx, &New { kind, key: extension_key(one), entry: None, person: None, at, detail: &detail }, now)
}

fn extension_key(one: &Extension) -> String {
    format!("extension/{}/{}/{}", one.taker, one.giver, one.taken.unwrap_or(one.noted).millis())
}

/// Closes the conflicts of a person that were settled.
pub fn settled(tx: &Transaction<'_>, person: i64, by: &str, now: Stamp) -> rusqlite::Result<()> {
    let sql = "select id from alert where person = ?1 and kind = ?2 and reviewed is null";
    let open: Vec<i64> = tx
        .prepare_cached(sql)?
        .query_map(params![person, Kind::Conflict.code()], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for id in open {
        add(tx, id, by, (Finding::Settled, "a choice was recorded that settles it"), now)?;
    }
    Ok(())
}

/// Opens what newly received entries call for, those kept aside too: an override on a copied device is an override. Limits are those of
/// the policy pack in force.
pub fn from_entries(tx: &Transaction<'_>, entries: &[Vec<u8>], aside: bool, now: Stamp) -> rusqlite::Result<()> {
    for bytes in entries {
        let Ok(entry) = Entry::from_bytes(bytes) else { continue };
        let mut place = format!("{}/{}/{}", entry.chain, entry.epoch, entry.seq);
        if aside {
            // Where two histories are one chain's, each has an entry of this number.
            place.extend(Link::of(bytes).as_bytes()[..8].iter().map(|byte| format!("{byte:02x}")));
        }
        let person = match entry.event.subject() {
            Some(subject) => super::people::person_row(tx, subject)?,
            None => None,
        };
        let new = |kind: Kind, key, detail| New { kind, key, entry: Some(&entry), person, at: entry.at, detail };
        match &entry.event {
            Event::BreakGlass { widened, reason, .. } => {
                let kind = if *widened { Kind::GlassWidened } else { Kind::BreakGlass };
                raise(tx, &new(kind, format!("glass/{place}"), reason.label()), now)?;
                let limits = super::trust::pack(tx)?.map(|pack| pack.break_glass);
                let (per_shift, hours) = limits.map_or((PER_SHIFT, SHIFT_HOURS), |l| (l.per_shift, l.shift_hours));
                if !widened && overrides_since(tx, &entry, hours)? > u64::from(per_shift) {
                    let detail = "more overrides in a shift than expected: for the supervisor";
                    raise(tx, &new(Kind::ManyOverrides, format!("many/{place}"), detail), now)?;
                }
            }
            Event::RelationshipClaimed { .. } => {
                let detail = "relationship claimed by the user";
                raise(tx, &new(Kind::SelfClaimed, format!("claim/{place}"), detail), now)?;
            }
            // A self-claimed look, permitted or refused, is one alert a person and a day.
            Event::Record { subject, rule: Rule::SelfClaimed, outcome, .. } => {
                let key = format!("claimed/{}/{subject}/{}", entry.chain, entry.at.london_date());
                let detail = if *outcome == Outcome::Permit { "record opened" } else { "record asked for" };
                raise(tx, &new(Kind::SelfClaimedAccess, key, detail), now)?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// Overrides of this entry's author in the shift that ends with it, by the clock of the entries.
fn overrides_since(tx: &Transaction<'_>, entry: &Entry, hours: u32) -> rusqlite::Result<u64> {
    let since = entry.at.millis() - i64::from(hours) * 3_600_000;
    tx.prepare_cached("select count(*) from alert where staff = ?1 and kind = ?2 and at > ?3 and at <= ?4")?
        .query_row(params![entry.staff.as_str(), Kind::BreakGlass.code(), since, entry.at.millis()], |row| {
            row.get::<_, i64>(0)
        })
        .map(|n| n as u64)
}

const COLUMNS: &str =
    "select a.id, a.kind, a.chain, a.epoch, a.seq, p.uid, a.staff, a.at, a.opened, a.detail, a.reviewed
                       from alert a left join person p on p.id = a.person";

/// Alerts still open after this one, the oldest first: nothing waits for ever at the end of a list.
pub fn open(tx: &Transaction<'_>, after: u64, limit: u32) -> rusqlite::Result<Vec<Alert>> {
    let columns = COLUMNS.replace("from alert a", "from alert a indexed by alert_open");
    let sql = format!("{columns} where a.reviewed is null and a.id > ?1 order by a.id limit ?2");
    tx.prepare_cached(&sql)?.query_map(params![after as i64, limit], read)?.filter_map(Result::transpose).collect()
}

/// Every alert before this one, the newest first.
pub fn all(tx: &Transaction<'_>, before: u64, limit: u32) -> rusqlite::Result<Vec<Alert>> {
    let sql = format!("{COLUMNS} where a.id < ?1 order by a.id desc limit ?2");
    tx.prepare_cached(&sql)?.query_map(params![before as i64, limit], read)?.filter_map(Result::transpose).collect()
}

pub fn get(tx: &Transaction<'_>, id: u64) -> rusqlite::Result<Option<Alert>> {
    let Ok(id) = i64::try_from(id) else { return Ok(None) };
    let sql = format!("{COLUMNS} where a.id = ?1");
    Ok(tx.prepare_cached(&sql)?.query_row([id], read).optional()?.flatten())
}

/// Of a kind that this version does not know: `None`, and it stays in the table.
fn read(row: &Row<'_>) -> rusqlite::Result<Option<Alert>> {
    let Some(kind) = Kind::from_code(&row.get::<_, String>(1)?) else { return Ok(None) };
    let chain: Option<String> = row.get(2)?;
    let place: Option<(u32, i64)> = row.get::<_, Option<u32>>(3)?.zip(row.get::<_, Option<i64>>(4)?);
    Ok(Some(Alert {
        id: row.get::<_, i64>(0)? as u64,
        kind,
        entry: chain.zip(place).map(|(chain, (epoch, seq))| (chain, epoch, seq as u64)),
        person: row.get::<_, Option<[u8; 16]>>(5)?.map(PersonId::from_bytes),
        staff: row.get(6)?,
        at: Stamp::from_millis(row.get(7)?),
        opened: Stamp::from_millis(row.get(8)?),
        detail: row.get(9)?,
        reviewed: row.get::<_, Option<i64>>(10)?.map(Stamp::from_millis),
    }))
}

/// Adds a review. The first that closes is the time of closing; later ones are added all the same.
pub fn review(
    tx: &Transaction<'_>,
    id: u64,
    by: &StaffId,
    (finding, note): (Finding, &str),
    now: Stamp,
) -> rusqlite::Result<()> {
    add(tx, id as i64, by.as_str(), (finding, note), now)?;
    let alert = get(tx, id)?.filter(|alert| matches!(alert.kind, Kind::SelfClaimed | Kind::SelfClaimedAccess));
    // A claim that was not justified does not go on.
    if finding == Finding::NotJustified
        && let Some(Alert { staff: Some(staff), person, opened, .. }) = alert
        && let Ok(staff) = staff.parse()
    {
        let people = match person {
            Some(person) => super::people::person_row(tx, person)?.into_iter().collect(),
            // The entry was written before the hub had said who that is; the claim came in the same post.
            None => super::consent::claimed_at(tx, &staff, opened)?,
        };
        people.into_iter().try_for_each(|row| super::consent::end_claim(tx, &staff, row))?;
    }
    Ok(())
}

fn add(tx: &Transaction<'_>, id: i64, by: &str, (finding, note): (Finding, &str), now: Stamp) -> rusqlite::Result<()> {
    tx.prepare_cached("insert into alert_review (alert, at, by, finding, note) values (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![id, now.millis(), by, finding.code(), note])?;
    if finding.closes() {
        tx.prepare_cached("update alert set reviewed = coalesce(reviewed, ?2) where id = ?1")?
            .execute(params![id, now.millis()])?;
    }
    Ok(())
}

/// The reviews of an alert, the oldest first.
pub fn reviews(tx: &Transaction<'_>, id: u64) -> rusqlite::Result<Vec<Review>> {
    let sql = "select at, by, finding, note from alert_review where alert = ?1 order by id";
    let read = |row: &Row<'_>| {
        let finding = Finding::from_code(&row.get::<_, String>(2)?).unwrap_or(Finding::MoreInformation);
        Ok(Review { at: Stamp::from_millis(row.get(0)?), by: row.get(1)?, finding, note: row.get(3)? })
    };
    tx.prepare_cached(sql)?.query_map([id as i64], read)?.collect()
}

/// How many of a kind are open.
pub fn open_counts(tx: &Transaction<'_>) -> rusqlite::Result<Vec<(Kind, u64)>> {
    let sql = "select kind, count(*) from alert indexed by alert_open where reviewed is null group by kind";
    let counted: Vec<(String, i64)> =
        tx.prepare_cached(sql)?.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    Ok(counted.into_iter().filter_map(|(kind, n)| Some((Kind::from_code(&kind)?, n as u64))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_read_back() {
        assert!(Kind::ALL.into_iter().all(|kind| Kind::from_code(kind.code()) == Some(kind)));
        assert!(Finding::ALL.into_iter().all(|finding| Finding::from_code(finding.code()) == Some(finding)));
        assert_eq!(Finding::from_code("fine"), None);
    }
}
