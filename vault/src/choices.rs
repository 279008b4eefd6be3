//! Recording, offline, what a person chose when asked. It binds on this device at once and travels with the next post; the hub's order
//! decides, and two choices made apart are a conflict, not a winner. Beside it, what a user claims alone: a relationship.

use crate::content;
use crate::door::{Door, Errand, rules_of};
use crate::fault::VaultFault;
use crate::seal::Sealer;
use record::audit::Event;
use record::consent::{Channel, Choice, DecidedBy, Meeting, Recorded, RecordedBy, Relationship, Rule};
use record::feed::Rules;
use record::people::Actor;
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
    /// The person said no, or two things, and nobody's judgement changes that.
    Forbidden,
    /// Option 5 needs the signed form.
    FormNeeded,
    /// The choice in force does not end with an event.
    NothingEnds,
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
    if let Some(why) = without_content(&actor) {
        return Ok(Err(why));
    }
    if given.choice == Choice::N2 && given.form.is_none() {
        return Ok(Err(NotRecorded::FormNeeded));
    }
    let (at, _) = door.moment(now);
    door.errand(now, |errand| {
        let rules = match rules_here(errand, given.person)? {
            Ok(rules) => rules,
            Err(why) => return Ok(Err(why)),
        };
        let sides: Vec<u64> = rules.recorded.between.iter().map(|side| side.seq).collect();
        let settled = sides.iter().all(|side| given.settles.contains(side));
        // A no is taken down whatever was shown; a yes over a conflict only by who settles it.
        if given.choice.is_yes() && !settled {
            return Ok(Err(NotRecorded::NotSettled));
        }
        let recorded = recorded(given, &actor, at);
        if rules.recorded.meets(&recorded, at) == Meeting::Forbidden {
            return Ok(Err(NotRecorded::Forbidden));
        }
        if !sides.is_empty() && settled {
            let (choice, settled) = (recorded.choice, sides.len() as u64);
            errand.log(Event::ChoiceSettled { subject: given.person, choice, settled })?;
        }
        keep(errand, (folder, sealer), (&rules, &recorded, given.form.as_ref()), key).map(Ok)
    })
}

/// What ends the person's choice has happened: it ends now, in a version of its own.
pub(crate) fn end(
    door: &mut Door,
    (folder, sealer): (&mut Folder, Sealer<'_>),
    person: PersonId,
    key: &str,
    now: Stamp,
) -> Result<Result<(), NotRecorded>, VaultFault> {
    let actor = door.actor().clone();
    if let Some(why) = without_content(&actor) {
        return Ok(Err(why));
    }
    let (at, _) = door.moment(now);
    door.errand(now, |errand| {
        let rules = match rules_here(errand, person)? {
            Ok(rules) => rules,
            Err(why) => return Ok(Err(why)),
        };
        let Some(recorded) = rules.recorded.ended(at, on_this_device(&actor)) else {
            return Ok(Err(NotRecorded::NothingEnds));
        };
        keep(errand, (folder, sealer), (&rules, &recorded, None), key).map(Ok)
    })
}

/// Who sees no content takes down no choice.
fn without_content(actor: &Actor) -> Option<NotRecorded> {
    (!actor.role.sees_content()).then_some(NotRecorded::NotYours(Rule::RoleWithoutContent))
}

/// The rules of somebody who is here and whom this user has to do with.
fn rules_here(errand: &Errand<'_>, person: PersonId) -> Result<Result<Rules, NotRecorded>, VaultFault> {
    let rules = rules_of(errand.tx(), person)?.ok_or(VaultFault::NotCarried)?;
    Ok(if rules.relationship == Relationship::None {
        Err(NotRecorded::NotYours(Rule::NoRelationship))
    } else {
        Ok(rules)
    })
}

/// Keeps a version for the hub, and lets it bind here: with its entry, and what is on the device sealed or erased as it demands.
fn keep(
    errand: &mut Errand<'_>,
    (folder, sealer): (&mut Folder, Sealer<'_>),
    (rules, recorded, form): (&Rules, &Recorded, Option<&(String, Vec<u8>)>),
    key: &str,
) -> Result<(), VaultFault> {
    // Keys sort in the order of the acts: the hub hears several choices of one person as they were made.
    let key = format!("{:012}-{key}", errand.head().seq);
    let json = serde_json::to_string(recorded).map_err(|_| VaultFault::Corrupt { what: "choice" })?;
    let (saw, person) = (rules.version, rules.person);
    let made = ChoiceMade { key: key.clone(), person, saw, recorded: recorded.clone() };
    errand.sends(Work::Choice(Box::new(made)));
    if let Some((mime, bytes)) = form {
        errand.sends(Work::Form(SignedForm { key: key.clone(), mime: mime.clone(), bytes: bytes.clone() }));
    }
    let tx = errand.tx();
    tx.prepare_cached("update person set pending = ?2 where uid = ?1")?.execute(params![person.as_bytes(), json])?;
    tx.prepare_cached("insert into choice (key, person, saw, recorded) values (?1, ?2, ?3, ?4)")?.execute(params![
        key,
        person.as_bytes(),
        saw.0 as i64,
        json
    ])?;
    if let Some((mime, bytes)) = form {
        tx.prepare_cached("insert into form (key, mime, bytes) values (?1, ?2, ?3)")?
            .execute(params![key, mime, bytes])?;
    }
    errand.log(Event::ChoiceRecorded { subject: person, choice: recorded.choice, by: recorded.decided_by })?;
    content::conform(errand, (folder, sealer), person)
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
        by: Some(on_this_device(actor)),
        form: given.form.as_ref().map(|(_, bytes)| Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()),
        settles: given.settles.clone(),
        ..Recorded::nothing()
    }
}

fn on_this_device(actor: &Actor) -> RecordedBy {
    let (name, organisation) = (actor.name.clone(), actor.organisation.name.clone());
    RecordedBy { name, organisation, how: Channel::Device }
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
    if !door.actor().role.sees_content() {
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
