//! The hub's own reading door: for anybody who reads a person's record at the hub (an emergency department's view, a privacy desk that
//! must prove it sees none). The same idea as a device's: decide, write the entries, read, commit, in one transaction, and content
//! leaves only after the commit. Two passes here too: [`Admitted`] is a person with a reason; the machine's work is the store's unit of
//! work, which holds no permit.

use crate::bags;
use crate::fhir::Resource;
use crate::intake::project::chart::facts_of;
use crate::photos;
use crate::served::{self, Photograph};
use crate::store::{Store, StoreFault, alerts, audit, bags as rows, caseload, people, trust};
use ed25519_dalek::SigningKey;
use record::audit::{BagAct, BagDeed, Event, PartnerAct, PartnerDeed};
use record::bag::{Bag, BagId, File, HomeForm, Said};
use record::chart::Chart;
use record::consent::{
    BreakGlass, Circumstances, Clock, Outcome, Pack, Permit, Purpose, Refusal, Relationship, Request, Rule, Verdict,
    decide,
};
use record::people::{Actor, Organisation};
use record::visit::PhotoId;
use record::{PersonId, Sections, Stamp};
use rusqlite::Transaction;
use std::collections::BTreeMap;
use thiserror::Error;

/// What somebody does with content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    Record,
    /// On this bag, which also ties those to the person to whom it is sent, or who have it (`crate::bags::tie`).
    Bag(BagDeed, BagId),
    /// Asked for by a partner's system as FHIR. Its organisation's own caseloads tie whoever asks to the person.
    Partner(PartnerRequest),
}

/// A partner's request, as its entry is to say it (`record::audit::PartnerAct`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerRequest {
    pub deed: PartnerDeed,
    pub system: String,
    pub job: String,
    pub kind: &'static str,
    pub request: String,
    pub trace: String,
}

impl PartnerRequest {
    /// The entry of this request, about somebody or about nobody the hub has to name.
    pub fn event(&self, asking: (&Actor, Purpose, Option<PersonId>), outcome: Outcome, rule: Rule) -> Event {
        let (by, purpose, subject) = asking;
        let PartnerRequest { deed, system, job, kind, request, trace } = self.clone();
        let name = by.name.clone();
        let kind = kind.to_owned();
        Event::Partner(Box::new(PartnerAct {
            subject,
            purpose,
            deed,
            outcome,
            rule,
            system,
            name,
            job,
            kind,
            request,
            trace,
        }))
    }
}

impl Deed {
    fn event(&self, asking: &Asking, outcome: Outcome, rule: Rule) -> Event {
        let (subject, purpose, sections) = (asking.person, asking.purpose, asking.wants);
        match self {
            Deed::Record => Event::Record { subject, purpose, sections, outcome, rule },
            Deed::Bag(deed, bag) => Event::Bag(BagAct { subject, purpose, bag: *bag, deed: *deed, outcome, rule }),
            Deed::Partner(request) => request.event((&asking.by, purpose, Some(subject)), outcome, rule),
        }
    }
}

/// Who asks at the hub, for what.
#[derive(Debug, Clone)]
pub struct Asking {
    /// From the hub's register, never from a form. At a partner's system: the person as that system says, on behalf of the organisation that
    /// its credential is for (decision 0056).
    pub by: Actor,
    pub person: PersonId,
    pub purpose: Purpose,
    pub wants: Sections,
    pub break_glass: Option<BreakGlass>,
    pub deed: Deed,
}

/// How much can be relied on. At the hub consent is what it holds now, and its clock is the one that others are measured by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    pub checked: Option<Stamp>,
    pub clock: Clock,
}

impl Standing {
    pub const fn here(now: Stamp) -> Standing {
        Standing { checked: Some(now), clock: Clock::Trusted }
    }
}

#[derive(Debug, Error)]
pub enum DoorFault {
    #[error("nobody of that id is known")]
    Unknown,
    #[error("the hub has no sharing policy")]
    NoPolicy,
    #[error(transparent)]
    Store(#[from] StoreFault),
}

/// A person with a reason, let in: proof that the decision was a permit and that the entries stand in the same transaction.
pub struct Admitted<'a> {
    permit: Permit,
    row: i64,
    tx: &'a Transaction<'a>,
    now: Stamp,
}

impl Admitted<'_> {
    pub const fn permit(&self) -> &Permit {
        &self.permit
    }

    /// A bag of this person's, as the hub holds it now.
    pub fn bag(&self, id: BagId) -> rusqlite::Result<Option<Bag>> {
        Ok(bags::bag(self.tx, id)?.filter(|bag| bag.header.person == self.permit.subject()))
    }

    /// A file that the bag names, if it is here whole.
    pub fn file(&self, bag: &Bag, id: PhotoId) -> rusqlite::Result<Option<(File, Vec<u8>)>> {
        let Some(named) = bag.sent_file(id) else { return Ok(None) };
        Ok(photos::held(self.tx, self.row, id)?.map(|bytes| (named, bytes)))
    }

    /// The drawn signatures of its counts, of those that are here whole.
    pub fn signatures(&self, bag: &Bag) -> rusqlite::Result<BTreeMap<PhotoId, Vec<u8>>> {
        bags::signatures(self.tx, self.row, bag)
    }

    /// What the bag's home asks and counts besides the standard.
    pub fn home_form(&self, bag: &Bag) -> rusqlite::Result<HomeForm> {
        let home = &bag.header.home.ods;
        Ok(rows::form(self.tx, home, 0)?.map_or_else(|| HomeForm::usual(home.clone()), |(form, _)| form))
    }

    /// Puts a note in their bag as this person of the register, signed by the hub.
    pub fn put(&self, key: &SigningKey, by: &Actor, bag: &Bag, said: Said) -> rusqlite::Result<()> {
        bags::put(self.tx, key, by, (bag.id, said), self.now)
    }

    /// What Satchel's own people wrote about this person, as FHIR.
    pub fn resources(&self, hub: &Organisation) -> rusqlite::Result<Vec<Resource>> {
        served::of(self.tx, self.row, &self.permit, hub)
    }

    /// The photograph that a Binary's id names.
    pub fn photograph(&self, id: &str) -> rusqlite::Result<Option<Photograph>> {
        served::photograph(self.tx, self.row, &self.permit, id)
    }

    /// The permitted sections of the record as the hub holds it now.
    pub fn chart(&self) -> rusqlite::Result<Chart> {
        let (faudit, _) = facts_of(self.tx, self.row, self.now)?;
        Ok(Chart::assemble(faudit, self.permit.sections()))
    }
}

/// What was let out, and the entry that was durable before it left.
///
/// ```compile_fail
/// fn forge() -> hub::door::Disclosure<u8> { hub::door::Disclosure { content: 1, entry: 2 } }
/// ```
#[derive(Debug)]
pub struct Disclosure<T> {
    content: T,
    entry: u64,
}

impl<T> Disclosure<T> {
    /// The content, and its entry's place in the hub's log.
    pub fn into_parts(self) -> (T, u64) {
        (self.content, self.entry)
    }
}

/// A refusal is recorded like a disclosure.
pub type Answer<T> = Result<Disclosure<T>, Box<Refusal>>;

/// Decides, writes the entries, and only then lets `read` see content.
pub fn admit<T>(
    store: &mut Store,
    pack: &Pack,
    asking: &Asking,
    (standing, now): (Standing, Stamp),
    read: impl FnOnce(&Admitted<'_>) -> rusqlite::Result<T>,
) -> Result<Answer<T>, DoorFault> {
    let answer = store.write(|tx| {
        let Some(row) = people::person_row(tx, asking.person)? else { return Ok(None) };
        let verdict = verdict(tx, pack, asking, (row, standing, now))?;
        let (subject, purpose) = (asking.person, asking.purpose);
        if let (Some(glass), Verdict::Permitted(_)) = (&asking.break_glass, &verdict)
            && !glass.is_continuing()
        {
            // EXPOSE: because the declared reason is what the privacy officer reviews.
            let text = glass.text().expose().clone();
            let (reason, condition, widened) = (glass.reason(), glass.condition(), glass.widened());
            let event = Event::BreakGlass { subject, purpose, reason, condition, widened, text };
            let acted = audit::act_of(tx, &asking.by, event, now)?;
            alerts::from_entries(tx, &[acted.bytes], false, now)?;
        }
        let (outcome, rule) = (verdict.outcome(), verdict.rule());
        let event = asking.deed.event(asking, outcome, rule);
        let acted = audit::act_of(tx, &asking.by, event, now)?;
        let entry = acted.leaf;
        alerts::from_entries(tx, &[acted.bytes], false, now)?;
        Ok(Some(match verdict {
            Verdict::Refused(refusal) => Err(Box::new(refusal)),
            Verdict::Permitted(permit) => {
                let content = read(&Admitted { permit, row, tx, now })?;
                Ok(Disclosure { content, entry })
            }
        }))
    })?;
    answer.ok_or(DoorFault::Unknown)
}

/// What ties whoever asks to the person.
fn relationship(tx: &Transaction<'_>, asking: &Asking, row: i64) -> rusqlite::Result<Relationship> {
    let mut caseloads = caseload::caseloads_of(tx, &asking.by.staff)?;
    if let Deed::Partner(_) = &asking.deed {
        caseloads.extend(caseload::caseloads_of_organisation(tx, &asking.by.organisation.ods)?);
    }
    let tie = caseload::relationship(tx, &caseloads, row)?;
    let by_bag = match (tie, &asking.deed) {
        (Some(Relationship::Established), _) | (_, Deed::Record | Deed::Partner(_)) => None,
        (_, Deed::Bag(_, bag)) => bags::tie(tx, &asking.by, *bag)?,
    };
    Ok(by_bag.or(tie).unwrap_or(Relationship::None))
}

/// Whether anything ties them to the person at all. Whoever has nothing to do with somebody is not told that the hub knows them.
pub fn is_tied(tx: &Transaction<'_>, asking: &Asking) -> rusqlite::Result<bool> {
    let Some(row) = people::person_row(tx, asking.person)? else { return Ok(false) };
    Ok(relationship(tx, asking, row)? != Relationship::None)
}

fn verdict(
    tx: &Transaction<'_>,
    pack: &Pack,
    asking: &Asking,
    (row, standing, now): (i64, Standing, Stamp),
) -> rusqlite::Result<Verdict> {
    let (_, recorded) = trust::choice(tx, row)?;
    let relationship = relationship(tx, asking, row)?;
    let policy = pack.policy(&asking.by.organisation.ods);
    let request = Request {
        subject: asking.person,
        staff: asking.by.staff.clone(),
        role: asking.by.role,
        organisation: asking.by.organisation.ods.clone(),
        purpose: asking.purpose,
        wants: asking.wants,
        break_glass: asking.break_glass.clone(),
    };
    let Standing { checked, clock } = standing;
    let at = Circumstances { recorded: &recorded, relationship, policy: &policy, checked, clock };
    Ok(decide(&request, &at, now))
}

/// By which rule this would be permitted, if it would, for a list that must not say more of somebody than their own page would. It opens nothing, so it is
/// no entry; what the list then names of them is (`BagDeed::Listed`).
pub fn would(tx: &Transaction<'_>, pack: &Pack, asking: &Asking, now: Stamp) -> rusqlite::Result<Option<Rule>> {
    let Some(row) = people::person_row(tx, asking.person)? else { return Ok(None) };
    let verdict = verdict(tx, pack, asking, (row, Standing::here(now), now))?;
    Ok(matches!(verdict, Verdict::Permitted(_)).then(|| verdict.rule()))
}

#[cfg(test)]
#[path = "door_tests.rs"]
mod tests;
