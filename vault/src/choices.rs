//! Recording, offline, what a person chose when asked. It binds on this device at once and travels with the next post; the hub's order
//! decides, and two choices made apart are a conflict, not a winner.

use crate::door::{Door, rules_of};
use crate::fault::VaultFault;
use record::audit::Event;
use record::consent::{Choice, DecidedBy, Recorded, Relationship, Rule};
use record::people::Role;
use record::{PersonId, Stamp};
use rusqlite::params;

/// What was said, and who said it.
#[derive(Debug, Clone)]
pub struct ChoiceGiven {
    pub person: PersonId,
    pub choice: Choice,
    pub by: DecidedBy,
    /// For Y2: until then.
    pub until: Option<Stamp>,
    /// For Y2 the event that ends it; for best interests the reason.
    pub note: String,
}

/// Why a choice cannot be recorded by this user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotYours(pub Rule);

/// Records it; `key` is fresh. Content that may no longer be carried is erased in the same transaction.
pub fn record(door: &mut Door, given: &ChoiceGiven, key: &str, now: Stamp) -> Result<Result<(), NotYours>, VaultFault> {
    let actor = door.actor().clone();
    if matches!(actor.role, Role::Admin | Role::PrivacyOfficer) {
        return Ok(Err(NotYours(Rule::RoleWithoutContent)));
    }
    let (at, _) = door.moment(now);
    door.errand(now, |errand| {
        let Some(rules) = rules_of(errand.tx(), given.person)? else { return Err(VaultFault::NotCarried) };
        if rules.relationship == Relationship::None {
            return Ok(Err(NotYours(Rule::NoRelationship)));
        }
        let recorded = recorded(given, &actor.staff, at);
        let json = serde_json::to_string(&recorded).map_err(|_| VaultFault::Corrupt { what: "choice" })?;
        errand
            .tx()
            .prepare_cached("update person set pending = ?2 where uid = ?1")?
            .execute(params![given.person.as_bytes(), json])?;
        errand
            .tx()
            .prepare_cached("insert into choice (key, person, saw, recorded) values (?1, ?2, ?3, ?4)")?
            .execute(params![key, given.person.as_bytes(), rules.version.0 as i64, json])?;
        errand.log(Event::ChoiceRecorded { subject: given.person, choice: given.choice, by: given.by })?;
        if !given.choice.may_be_carried() {
            erase(errand.tx(), given.person)?;
            errand.log(Event::Purged { subject: given.person })?;
        }
        Ok(Ok(()))
    })
}

/// A best-interests decision stands for this user today, whatever was ticked (`reference/consent.md` section 6, ASK flow).
fn recorded(given: &ChoiceGiven, staff: &record::StaffId, at: Stamp) -> Recorded {
    let today_only = given.choice == Choice::Y1
        || (given.by == DecidedBy::BestInterests && matches!(given.choice, Choice::Y1 | Choice::Y2 | Choice::Y3));
    let note = Some(given.note.trim().to_owned()).filter(|note| !note.is_empty());
    Recorded {
        choice: if today_only { Choice::Y1 } else { given.choice },
        only: today_only.then(|| staff.clone()),
        from: Some(at),
        until: if today_only {
            Some(at.london_midnight_after())
        } else {
            given.until.filter(|_| given.choice == Choice::Y2)
        },
        end_event: note,
        decided: Some(at),
        decided_by: given.by,
    }
}

/// Erases a person's content, keeping the list row, the rules, the audit, and changes of their plan that the hub does not hold yet.
pub(crate) fn erase(conn: &rusqlite::Connection, person: PersonId) -> Result<(), VaultFault> {
    crate::plans::erase(conn, person)?;
    erase_frames(conn, person)
}

/// Erases a person's frames, before newer ones take their place.
pub(crate) fn erase_frames(conn: &rusqlite::Connection, person: PersonId) -> Result<(), VaultFault> {
    conn.prepare_cached("delete from frame where id / 4 = (select id from person where uid = ?1)")?
        .execute([person.as_bytes()])?;
    conn.prepare_cached("update listing set carried = 0 where id = (select id from person where uid = ?1)")?
        .execute([person.as_bytes()])?;
    Ok(())
}
