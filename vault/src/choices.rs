//! Recording, offline, what a person chose when asked. It binds on this device at once and travels with the next post; the hub's order
//! decides, and two choices made apart are a conflict, not a winner. Beside it, what a user claims alone: a relationship.

use crate::content;
use crate::door::{Door, rules_of};
use crate::fault::VaultFault;
use crate::seal::Sealer;
use record::audit::Event;
use record::consent::{Channel, Choice, DecidedBy, Recorded, RecordedBy, Relationship, Rule};
use record::people::{Actor, Role};
use record::{NhsNumber, PersonId, Stamp};
use rusqlite::{OptionalExtension, params};
use sha2::{Digest, Sha256};
use sync::frame::Folder;
use sync::letter::{ChoiceMade, ClaimMade, SignedForm};
use sync::outbox::Work;

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
    /// For N2: the signed form, its type and bytes.
    pub form: Option<(String, Vec<u8>)>,
    /// The sides of a conflict that were shown and are settled by this, by number.
    pub settles: Vec<u64>,
}

/// Why a choice cannot be recorded here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotRecorded {
    /// Not by this user.
    NotYours(Rule),
    /// A conflict is settled only by who was shown each of its sides.
    NotSettled,
    /// Option 5 needs the signed form.
    FormNeeded,
}

/// Records it; `key` is fresh. Content is sealed or erased as the choice demands, in the same transaction.
pub(crate) fn record(
    door: &mut Door,
    (folder, sealer): (&mut Folder, Sealer<'_>),
    given: &ChoiceGiven,
    key: &str,
    now: Stamp,
) -> Result<Result<(), NotRecorded>, VaultFault> {
    let actor = door.actor().clone();
    if matches!(actor.role, Role::Admin | Role::PrivacyOfficer) {
        return Ok(Err(NotRecorded::NotYours(Rule::RoleWithoutContent)));
    }
    if given.choice == Choice::N2 && given.form.is_none() {
        return Ok(Err(NotRecorded::FormNeeded));
    }
    let (at, _) = door.moment(now);
    door.errand(now, |errand| {
        let Some(rules) = rules_of(errand.tx(), given.person)? else { return Err(VaultFault::NotCarried) };
        if rules.relationship == Relationship::None {
            return Ok(Err(NotRecorded::NotYours(Rule::NoRelationship)));
        }
        let sides: Vec<u64> = rules.recorded.between.iter().map(|side| side.seq).collect();
        let settled = sides.iter().all(|side| given.settles.contains(side));
        // A no is taken down whatever was shown; a yes over a conflict only by who settles it.
        if given.choice.is_yes() && !settled {
            return Ok(Err(NotRecorded::NotSettled));
        }
        let recorded = recorded(given, &actor, at);
        // Keys sort in the order of the acts: the hub hears several choices of one person as they were made.
        let key = format!("{:012}-{key}", errand.head().seq);
        let json = serde_json::to_string(&recorded).map_err(|_| VaultFault::Corrupt { what: "choice" })?;
        let (saw, person) = (rules.version, given.person);
        let made = ChoiceMade { key: key.clone(), person, saw, recorded: recorded.clone() };
        errand.sends(Work::Choice(Box::new(made)));
        let form = given.form.as_ref();
        let form = form.map(|(mime, bytes)| SignedForm { key: key.clone(), mime: mime.clone(), bytes: bytes.clone() });
        form.into_iter().for_each(|form| errand.sends(Work::Form(form)));
        let tx = errand.tx();
        tx.prepare_cached("update person set pending = ?2 where uid = ?1")?
            .execute(params![given.person.as_bytes(), json])?;
        tx.prepare_cached("insert into choice (key, person, saw, recorded) values (?1, ?2, ?3, ?4)")?
            .execute(params![key, given.person.as_bytes(), rules.version.0 as i64, json])?;
        if let Some((mime, bytes)) = &given.form {
            tx.prepare_cached("insert into form (key, mime, bytes) values (?1, ?2, ?3)")?
                .execute(params![key, mime, bytes])?;
        }
        if !sides.is_empty() && settled {
            let (choice, settled) = (recorded.choice, sides.len() as u64);
            errand.log(Event::ChoiceSettled { subject: given.person, choice, settled })?;
        }
        errand.log(Event::ChoiceRecorded { subject: given.person, choice: given.choice, by: given.by })?;
        content::conform(errand, (folder, sealer), given.person)?;
        Ok(Ok(()))
    })
}

/// A best-interests decision stands for this user today, whatever was ticked (`reference/consent.md` section 6, ASK flow).
fn recorded(given: &ChoiceGiven, actor: &Actor, at: Stamp) -> Recorded {
    let best_interests = given.by == DecidedBy::BestInterests;
    let today_only = given.choice == Choice::Y1 || (best_interests && given.choice.is_yes());
    let note = Some(given.note.trim().to_owned()).filter(|note| !note.is_empty());
    let for_a_time = given.choice == Choice::Y2 && !today_only;
    Recorded {
        choice: if today_only { Choice::Y1 } else { given.choice },
        only: today_only.then(|| actor.staff.clone()),
        from: Some(at),
        until: if today_only { Some(at.london_midnight_after()) } else { given.until.filter(|_| for_a_time) },
        end_event: note.clone().filter(|_| for_a_time),
        decided: Some(at),
        decided_by: given.by,
        reason: note.filter(|_| best_interests),
        by: Some(RecordedBy {
            name: actor.name.clone(),
            organisation: actor.organisation.name.clone(),
            how: Channel::Device,
        }),
        form: given.form.as_ref().map(|(_, bytes)| Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()),
        settles: given.settles.clone(),
        ..Recorded::nothing()
    }
}

/// A relationship that only the user claims, with somebody who is not here.
#[derive(Debug, Clone)]
pub struct ClaimGiven {
    pub number: NhsNumber,
    /// `1940-01-05`.
    pub born: String,
    pub why: String,
}

/// What became of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimStanding {
    /// The hub has not answered.
    Waiting,
    /// Nobody of that number and birth date.
    Nobody,
    Found(PersonId),
}

/// Records a claim: an entry now, an alert at the hub, the person with the answer (`reference/consent.md` section 6, rule 9).
pub(crate) fn claim(
    door: &mut Door,
    given: &ClaimGiven,
    key: &str,
    now: Stamp,
) -> Result<Result<(), Rule>, VaultFault> {
    if matches!(door.actor().role, Role::Admin | Role::PrivacyOfficer) {
        return Ok(Err(Rule::RoleWithoutContent));
    }
    door.errand(now, |errand| {
        let (number, born, why) = (given.number, given.born.clone(), given.why.clone());
        errand.sends(Work::Claim(ClaimMade { key: key.to_owned(), number, born, why }));
        errand
            .tx()
            .prepare_cached("insert into claim (key, number, born, why) values (?1, ?2, ?3, ?4)")?
            .execute(params![key, given.number.digits(), given.born, given.why])?;
        errand.log(Event::RelationshipClaimed { subject: None, text: given.why.clone() })?;
        Ok(Ok(()))
    })
}

/// What became of it; an answer is given once and then forgotten here.
pub(crate) fn claim_standing(door: &mut Door, key: &str, now: Stamp) -> Result<ClaimStanding, VaultFault> {
    door.errand(now, |errand| {
        let sql = "select answer from claim where key = ?1";
        let answer: Option<Option<Vec<u8>>> =
            errand.tx().prepare_cached(sql)?.query_row([key], |row| row.get(0)).optional()?;
        let standing = match answer {
            Some(None) => return Ok(ClaimStanding::Waiting),
            None => ClaimStanding::Nobody,
            Some(Some(bytes)) => match <[u8; 16]>::try_from(bytes) {
                Ok(person) => ClaimStanding::Found(PersonId::from_bytes(person)),
                Err(_) => ClaimStanding::Nobody,
            },
        };
        errand.tx().prepare_cached("delete from claim where key = ?1")?.execute([key])?;
        Ok(standing)
    })
}
