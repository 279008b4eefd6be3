//! The door's third pass: a member of staff who reads what their own organisation wrote itself (`record::own`). Like every other it decides,
//! writes the entry and reads in one transaction. It holds no permit for a record, so nothing that reads records takes it.

use super::{Admission, Answer, Deed, Disclosure, Door, Refused, bound_by};
use crate::fault::VaultFault;
use crate::ledger;
use record::Stamp;
use record::consent::{Circumstances, NextStep, Outcome, Request, Rule};
use record::own::{OwnPermit, may_read};
use rusqlite::{Connection, Transaction, TransactionBehavior};

/// Somebody let in to their own organisation's part of one person: proof that the entry stands in the same transaction.
pub(crate) struct AdmittedToOwn<'a> {
    permit: OwnPermit,
    tx: &'a Transaction<'a>,
}

impl AdmittedToOwn<'_> {
    pub(crate) const fn permit(&self) -> &OwnPermit {
        &self.permit
    }

    pub(crate) fn tx(&self) -> &Connection {
        self.tx
    }
}

impl Door {
    /// Whether it would open to this user now, once they gave a reason where one is asked for. Nothing is read and nothing recorded.
    pub(crate) fn would_own(&self, request: &Request, now: Stamp) -> Result<bool, VaultFault> {
        let (at, clock) = self.moment(now);
        let (Some((bound, by)), Some(policy)) = (bound_by(&self.conn, request.subject)?, self.told.policy.as_ref())
        else {
            return Ok(false);
        };
        let checked = self.told.checked(&bound, by);
        let (recorded, relationship) = (&bound.recorded, bound.relationship);
        let circumstances = Circumstances { recorded, relationship, policy, checked, clock };
        Ok(may_read(request, &circumstances, self.is_lapsed(at)).is_ok())
    }

    /// Decides by `record::own`, writes the entry, and only then lets `read` see anything. If reading fails the entry stays.
    pub(crate) fn admit_own<T>(
        &mut self,
        request: &Request,
        deed: Deed,
        now: Stamp,
        read: impl FnOnce(&AdmittedToOwn<'_>) -> Result<T, VaultFault>,
    ) -> Result<Answer<T>, VaultFault> {
        if self.lacks_reason(request) {
            return Err(VaultFault::ReasonNeeded);
        }
        let (at, clock) = self.moment(now);
        let lapsed = self.is_lapsed(at);
        let policy = self.told.policy.as_ref().ok_or(VaultFault::NoPolicy)?;
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
        let answer = match bound_by(&tx, request.subject)? {
            // Nobody this device knows: still an attempt to look, so still an entry.
            None => {
                head = append(head, deed.event(request, Outcome::Deny, Rule::NoRelationship))?;
                Err(VaultFault::NotCarried)
            }
            Some((bound, by)) => {
                let checked = self.told.checked(&bound, by);
                let (recorded, relationship) = (&bound.recorded, bound.relationship);
                let circumstances = Circumstances { recorded, relationship, policy, checked, clock };
                match may_read(request, &circumstances, lapsed) {
                    Err(refusal) => {
                        debug_assert!(matches!(refusal.next, NextStep::Nothing | NextStep::RenewLicence));
                        head = append(head, deed.event(request, Outcome::Deny, refusal.rule))?;
                        let (seq, recorded) = (head.seq, bound.recorded);
                        Ok(Err(Box::new(Refused { refusal, seq, recorded, relationship })))
                    }
                    Ok(permit) => {
                        head = append(head, deed.event(request, Outcome::Permit, Rule::OwnRecord))?;
                        let (seq, rule, caveats) = (head.seq, Rule::OwnRecord, Vec::new());
                        let done = read(&AdmittedToOwn { permit, tx: &tx });
                        let recorded = bound.recorded;
                        let admission = Admission { seq, at, rule, caveats, recorded, relationship, checked };
                        done.map(|content| Ok(Disclosure { content, admission }))
                    }
                }
            }
        };
        tx.commit()?;
        self.head = head;
        self.guard.committed(head);
        self.outbox.put(self.told.base + head.seq, entries, Vec::new(), at)?;
        answer
    }
}
