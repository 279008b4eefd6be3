//! The one door. It owns the connection; it decides, writes the audit entry and reads, in one transaction, and content leaves only after the commit. If
//! the entry cannot be written nothing is read; if reading fails the entry stays and the reading is undone.
//! [`Admitted`] is a person with a reason: only it reads a record. [`Errand`] is the machine with a task, or a person doing what needs no decision
//! (a list, a sign-in): it holds no permit. [`own`] is a third pass, to what one's own organisation wrote. None can be made outside the door.

pub(crate) mod own;

use crate::anchor::{Anchor, AnchorFile};
pub(crate) use crate::deed::Deed;
use crate::fault::VaultFault;
use crate::guard::{self, Guard};
use crate::ledger;
use crate::outbox::Outbox;
pub(crate) use crate::rules::rules_of;
use crate::rules::{By, bound_by};
use ed25519_dalek::VerifyingKey;
use record::audit::{DeviceAct, Event, Head, LogSign};
use record::consent::pack::Lead;
use record::consent::{
    Caveat, Circumstances, Clock, Outcome, Pack, Permit, Policy, Recorded, Refusal, Relationship, Request, Rule,
    Verdict, decide, outside_licence,
};
use record::feed::Rules;
use record::lease::Licensed;
use record::people::Actor;
use record::time::{Doubt, Reading, TimeMark};
use record::{ChainId, PersonId, Stamp};
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::cell::RefCell;
use std::sync::Arc;
use sync::letter::EndedBecause;
use sync::outbox::Work;

/// A chain this much ahead of the hub's time is set back to it by an entry that says so (milliseconds).
const AHEAD: i64 = 5 * 60_000;

/// What was let out, and the entry that was durable before it left.
/// ```compile_fail
/// fn forge(admission: vault::Admission) -> vault::Disclosure<u8> { vault::Disclosure { content: 1, admission } }
/// ```
#[derive(Debug)]
pub struct Disclosure<T> {
    content: T,
    admission: Admission,
}

impl<T> Disclosure<T> {
    pub const fn admission(&self) -> &Admission {
        &self.admission
    }

    pub fn into_parts(self) -> (T, Admission) {
        (self.content, self.admission)
    }

    /// The content in another shape.
    pub(crate) fn map<U>(self, shape: impl FnOnce(T) -> U) -> Disclosure<U> {
        Disclosure { content: shape(self.content), admission: self.admission }
    }
}

/// The circumstances of a disclosure, for the screen.
#[derive(Debug, Clone)]
pub struct Admission {
    pub seq: u64,
    pub at: Stamp,
    pub rule: Rule,
    pub caveats: Vec<Caveat>,
    pub recorded: Recorded,
    pub relationship: Relationship,
    pub checked: Option<Stamp>,
}

/// A refusal, recorded like a disclosure.
#[derive(Debug, Clone)]
pub struct Refused {
    pub refusal: Refusal,
    pub seq: u64,
    pub recorded: Recorded,
    pub relationship: Relationship,
}

/// What somebody let in, or not, gets.
pub type Answer<T> = Result<Disclosure<T>, Box<Refused>>;

/// A person with a reason, let in: proof that the decision was a permit and that the entry stands in the same transaction.
pub(crate) struct Admitted<'a> {
    permit: Permit,
    tx: &'a Transaction<'a>,
    work: RefCell<Vec<Work>>,
}

impl Admitted<'_> {
    pub(crate) const fn permit(&self) -> &Permit {
        &self.permit
    }

    pub(crate) fn tx(&self) -> &Connection {
        self.tx
    }

    /// What was done here is to be sent: sealed to the outbox once it is committed.
    pub(crate) fn sends(&self, work: Work) {
        self.work.borrow_mut().push(work);
    }
}

/// The machine with a task.
pub(crate) struct Errand<'a> {
    tx: &'a Transaction<'a>,
    /// What the hub told; kept if the errand commits.
    pub(crate) told: Told,
    head: Head,
    chain: &'a ChainId,
    actor: &'a Actor,
    at: (Stamp, Clock),
    mark: TimeMark,
    reading: Reading,
    entries: Vec<Vec<u8>>,
    work: Vec<Work>,
    /// The hub's signed word left nothing unsent.
    pub(crate) all_held: bool,
}

impl Errand<'_> {
    /// What was done here is to be sent: sealed to the outbox once it is committed.
    pub(crate) fn sends(&mut self, work: Work) {
        self.work.push(work);
    }

    pub(crate) fn tx(&self) -> &Connection {
        self.tx
    }

    pub(crate) const fn head(&self) -> Head {
        self.head
    }

    /// Goes on in a new epoch; gives where the last one ended. Time does not begin anew with it.
    pub(crate) fn begin_epoch(&mut self, start: Head) -> Head {
        let was = self.head;
        self.told.base += was.seq;
        self.head = Head { at: was.at, ..start };
        was
    }

    pub(crate) const fn actor(&self) -> &Actor {
        self.actor
    }

    pub(crate) const fn staff(&self) -> &record::StaffId {
        &self.actor.staff
    }

    /// As the rules count time.
    pub(crate) const fn now(&self) -> Stamp {
        self.at.0
    }

    /// Writes an entry in the errand's own transaction.
    pub(crate) fn log(&mut self, event: Event) -> Result<(), VaultFault> {
        let (head, bytes) = ledger::append(self.tx, self.chain, self.actor, self.head, self.at, event)?;
        self.head = head;
        self.entries.push(bytes);
        Ok(())
    }

    /// The hub's signed time, bound to this round: it settles every doubt about the clock, and what is written from here on has it.
    /// Gives whether an entry was written.
    pub(crate) fn hub_said(&mut self, hub: Stamp) -> Result<bool, VaultFault> {
        self.mark.hub_said(hub, &self.reading);
        guard::keep(self.tx, &self.mark)?;
        self.at = self.mark.moment(&self.reading);
        let ahead = self.head.at.millis().saturating_sub(hub.millis()) > AHEAD;
        if ahead {
            // The chain was led ahead by a wrong clock. Only here may it go back, and it says so.
            let hub = self.at.0;
            self.log(Event::Device(DeviceAct::TimeSet { hub }))?;
        }
        self.at.0 = self.at.0.max(self.head.at);
        Ok(ahead)
    }

    /// A colleague's device, in no doubt itself, says what time it is.
    pub(crate) fn colleague_said(&mut self, theirs: Stamp) -> Result<(), VaultFault> {
        self.mark.colleague_said(theirs, self.at.0);
        self.at = self.mark.moment(&self.reading);
        guard::keep(self.tx, &self.mark)
    }

    pub(crate) const fn at(&self) -> (Stamp, Clock) {
        self.at
    }
}

/// What the hub told this vault, kept in memory beside the file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Told {
    pub(crate) pack: Option<Arc<Pack>>,
    /// Of the pack, what the decision needs, for this vault's owner.
    pub(crate) policy: Option<Policy>,
    /// Hub time of the last completed round: when every consent here was last verified.
    pub(crate) checked: Option<Stamp>,
    /// For how long this device may read without the hub.
    pub(crate) licensed: Option<Licensed>,
    /// The hub has ended this enrolment.
    pub(crate) over: Option<EndedBecause>,
    /// The last entry with a receipt, by its place in the ledger.
    pub(crate) receipted: u64,
    pub(crate) receipted_at: Option<Stamp>,
    /// Where the hub said the chain broke, since the last sign-in.
    pub(crate) broken: Option<u64>,
    /// How the hub's log disagrees with what was shown of it before, if it does.
    pub(crate) log_sign: Option<LogSign>,
    /// The hub is owed proof of what it showed.
    pub(crate) evidence_due: bool,
    /// Entries of epochs before this one: an entry's place in the ledger is this and its number.
    pub(crate) base: u64,
}

impl Told {
    /// What the rules say, and what is left of it once the licence has `lapsed`.
    fn weigh(
        &self,
        request: &Request,
        (bound, by): (&Rules, By),
        policy: &Policy,
        (at, clock, lapsed): (Stamp, Clock, bool),
    ) -> Verdict {
        let checked = self.checked(bound, by);
        let circumstances =
            Circumstances { recorded: &bound.recorded, relationship: bound.relationship, policy, checked, clock };
        let verdict = decide(request, &circumstances, at);
        match lapsed {
            true => outside_licence(verdict, request, &circumstances, self.licensed.map(|l| l.lending), at),
            false => verdict,
        }
    }

    /// When what binds was last verified. A choice the person made here, to this user, is as well verified as one the hub confirmed at that
    /// moment; what came with a bag is as old as its giver's last word from the hub.
    fn checked(&self, bound: &Rules, by: By) -> Option<Stamp> {
        match by {
            By::Hub => self.checked,
            By::Here => self.checked.max(bound.recorded.decided),
            By::Giver(checked) => checked,
        }
    }
}

pub(crate) struct Door {
    conn: Connection,
    chain: ChainId,
    actor: Actor,
    hub: VerifyingKey,
    head: Head,
    told: Told,
    guard: Guard,
    outbox: Outbox,
    /// Whose record was asked for with a reason of the programme's list since the vault was opened.
    reasons: std::collections::BTreeSet<PersonId>,
}

impl Door {
    /// Takes the connection for good: nobody else ever has it.
    pub(crate) fn new(
        conn: Connection,
        chain: ChainId,
        actor: Actor,
        hub: VerifyingKey,
        (mut told, head, guard, mut outbox): (Told, Head, Guard, Outbox),
    ) -> Result<Door, VaultFault> {
        let count = ledger::count(&conn)?;
        told.base = count - head.seq;
        outbox.catch_up(&conn, &told, count)?;
        Ok(Door { conn, chain, actor, hub, head, told, guard, outbox, reasons: Default::default() })
    }

    /// What the device's clocks say. Taken in before anything that depends on time.
    pub(crate) fn observe(&mut self, reading: Reading) {
        self.guard.observe(reading);
    }

    /// Closes the database; what is left to do is to seal it.
    pub(crate) fn close(self) -> (Anchor, AnchorFile) {
        drop(self.conn);
        self.guard.close(self.head)
    }

    pub(crate) const fn guard(&self) -> &Guard {
        &self.guard
    }

    /// The licence to read without the hub has ended, or there never was one. A vault that was put back has none either: what it
    /// believes may have been withdrawn since.
    pub(crate) fn is_lapsed(&self, at: Stamp) -> bool {
        let out = self.guard.mark.doubts().has(Doubt::Restored) || self.told.over.is_some();
        out || self.told.licensed.is_none_or(|licensed| at >= licensed.until)
    }

    pub(crate) const fn actor(&self) -> &Actor {
        &self.actor
    }

    pub(crate) const fn chain(&self) -> &ChainId {
        &self.chain
    }

    pub(crate) const fn hub(&self) -> &VerifyingKey {
        &self.hub
    }

    pub(crate) const fn told(&self) -> &Told {
        &self.told
    }

    pub(crate) const fn head(&self) -> Head {
        self.head
    }

    /// Time for the rules and the ledger: never before the last entry, and in doubt when the clocks say so.
    pub(crate) fn moment(&self, now: Stamp) -> (Stamp, Clock) {
        let (at, clock) = self.guard.moment(now);
        (at.max(self.head.at), clock)
    }

    /// A reason of the programme's list was given for this person: it stands until the vault is closed.
    pub(crate) fn reasoned(&mut self, person: PersonId) {
        self.reasons.insert(person);
    }

    /// Whether the programme asks for a reason first, and none was given. Whoever breaks the glass has given one.
    fn lacks_reason(&self, request: &Request) -> bool {
        let first = self.told.pack.as_ref().is_some_and(|pack| pack.lead == Lead::Reason);
        first && request.break_glass.is_none() && !self.reasons.contains(&request.subject)
    }

    /// Whether somebody's record would open now: for lists, which say less of whom it would not. Nothing is read and nothing recorded.
    pub(crate) fn would(&self, request: &Request, now: Stamp) -> Result<bool, VaultFault> {
        let lapsed = self.is_lapsed(self.moment(now).0);
        Ok(!self.lacks_reason(request) && self.permits(request, lapsed, now)?)
    }

    /// The same by the rules alone, or with a licence that has `lapsed`, and whether or not a reason was given yet.
    pub(crate) fn permits(&self, request: &Request, lapsed: bool, now: Stamp) -> Result<bool, VaultFault> {
        let (at, clock) = self.moment(now);
        let (Some((bound, by)), Some(policy)) = (bound_by(&self.conn, request.subject)?, self.told.policy.as_ref())
        else {
            return Ok(false);
        };
        let verdict = self.told.weigh(request, (&bound, by), policy, (at, clock, lapsed));
        Ok(matches!(verdict, Verdict::Permitted(_)))
    }

    /// Decides, writes the entry, and only then lets `read` see content; all or nothing, but the entry always.
    pub(crate) fn admit<T>(
        &mut self,
        request: &Request,
        deed: Deed,
        now: Stamp,
        read: impl FnOnce(&Admitted<'_>) -> Result<T, VaultFault>,
    ) -> Result<Answer<T>, VaultFault> {
        if self.lacks_reason(request) {
            return Err(VaultFault::ReasonNeeded);
        }
        let (at, clock) = self.moment(now);
        let lapsed = self.is_lapsed(at);
        let tx = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut entries = Vec::new();
        let mut append = |head, event| {
            let (head, bytes) = ledger::append(&tx, &self.chain, &self.actor, head, (at, clock), event)?;
            entries.push(bytes);
            Ok::<_, VaultFault>(head)
        };
        let mut head = self.head;
        for event in self.guard.unsaid(now) {
            head = append(head, event)?;
            self.guard.keep(&tx)?;
        }
        let Some((bound, by)) = bound_by(&tx, request.subject)? else {
            // Nobody this device knows: still an attempt to look, so still an entry.
            head = append(head, deed.event(request, Outcome::Deny, Rule::NoRelationship))?;
            tx.commit()?;
            self.head = head;
            self.guard.committed(head);
            self.outbox.put(self.told.base + head.seq, entries, Vec::new(), at)?;
            return Err(if self.told.policy.is_some() { VaultFault::NotCarried } else { VaultFault::NoPolicy });
        };
        let policy = self.told.policy.as_ref().ok_or(VaultFault::NoPolicy)?;
        let checked = self.told.checked(&bound, by);
        let verdict = self.told.weigh(request, (&bound, by), policy, (at, clock, lapsed));
        if let (Some(glass), Verdict::Permitted(_)) = (&request.break_glass, &verdict)
            && !glass.is_continuing()
        {
            // EXPOSE: because the declared reason is what the privacy officer reviews.
            let text = glass.text().expose().clone();
            let (subject, purpose) = (request.subject, request.purpose);
            let (reason, condition, widened) = (glass.reason(), glass.condition(), glass.widened());
            head = append(head, Event::BreakGlass { subject, purpose, reason, condition, widened, text })?;
        }
        head = append(head, deed.event(request, verdict.outcome(), verdict.rule()))?;
        let mut work = Vec::new();
        let answer = match verdict {
            Verdict::Refused(refusal) => Ok(Err(Box::new(Refused {
                refusal,
                seq: head.seq,
                recorded: bound.recorded,
                relationship: bound.relationship,
            }))),
            Verdict::Permitted(permit) => {
                let admission = Admission {
                    seq: head.seq,
                    at,
                    rule: permit.rule(),
                    caveats: permit.caveats().to_vec(),
                    recorded: bound.recorded,
                    relationship: bound.relationship,
                    checked,
                };
                // If it fails the entry stays; what it wrote, if it writes, does not.
                if deed.writes() {
                    tx.execute_batch("savepoint act")?;
                }
                let admitted = Admitted { permit, tx: &tx, work: RefCell::default() };
                let done = read(&admitted);
                if done.is_ok() {
                    work = admitted.work.into_inner();
                }
                if deed.writes() {
                    tx.execute_batch(if done.is_ok() { "release act" } else { "rollback to act; release act" })?;
                }
                done.map(|content| Ok(Disclosure { content, admission }))
            }
        };
        tx.commit()?;
        self.head = head;
        self.guard.committed(head);
        // Nobody has been told yet: what cannot be sealed is not said to be done, and is sealed with what comes next.
        self.outbox.put(self.told.base + head.seq, entries, work, at)?;
        answer
    }

    /// Does the machine's work, or a person's that needs no decision; everything it wrote commits together or not at all.
    pub(crate) fn errand<T>(
        &mut self,
        now: Stamp,
        work: impl FnOnce(&mut Errand<'_>) -> Result<T, VaultFault>,
    ) -> Result<T, VaultFault> {
        let at = self.moment(now);
        let tx = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut errand = Errand {
            tx: &tx,
            told: self.told.clone(),
            head: self.head,
            chain: &self.chain,
            actor: &self.actor,
            at,
            mark: self.guard.mark,
            reading: self.guard.reading(now),
            entries: Vec::new(),
            work: Vec::new(),
            all_held: false,
        };
        for event in self.guard.unsaid(now) {
            errand.log(event)?;
            self.guard.keep(&tx)?;
        }
        let done = work(&mut errand)?;
        let Errand { told, head, mark, entries, work, all_held, .. } = errand;
        tx.commit()?;
        (self.told, self.head, self.guard.mark) = (told, head, mark);
        self.guard.committed(head);
        self.outbox.put(self.told.base + head.seq, entries, work, at.0)?;
        if all_held {
            self.outbox.held(self.told.receipted);
        }
        Ok(done)
    }

    /// Looks without writing: the ledger, for a check of the chain, and what a post must carry. Not content.
    pub(crate) fn glance<T>(&self, look: impl FnOnce(&Connection) -> Result<T, VaultFault>) -> Result<T, VaultFault> {
        look(&self.conn)
    }
}

#[cfg(test)]
impl Door {
    /// Puts the door where a test needs it: who stands before it, what the clocks say, what the hub told, what stands in the file.
    pub(crate) fn set_for_test(
        &mut self,
        (role, mark): (record::people::Role, TimeMark),
        tell: impl FnOnce(&mut Told),
        work: impl FnOnce(&Connection) -> Result<(), VaultFault>,
    ) -> Result<(), VaultFault> {
        self.actor.role = role;
        self.guard.mark = mark;
        tell(&mut self.told);
        work(&self.conn)
    }
}
