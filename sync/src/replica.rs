//! The replicated care plan: genesis, apply, merge, and reading, which needs a permit. An Automerge document whose containers are
//! born once in a genesis that depends on the plan's person alone, because two devices that each create the same map lose one on
//! merge (`docs/decisions/0005`). Deciding a topic appends to a log and names what it settles; a claim not named stays, and is
//! shown. Not here: how changes travel, and which devices are owed them.

use automerge::transaction::Transactable;
use automerge::{ActorId, AutoCommit, AutomergeError, ObjId, ObjType, ROOT, ReadDoc, ScalarValue, Value};
use record::consent::Permit;
use record::plan::{Claim, Edit, Heading, Held, Plan, Topic};
use record::{DeviceId, PersonId, Section, StaffId, Stamp};
use thiserror::Error;

#[derive(Debug, Error)]
pub enum ReplicaFault {
    #[error("the plan's bytes are damaged")]
    Load(#[source] AutomergeError),
    #[error("the plan could not be changed")]
    Apply(#[source] AutomergeError),
    #[error("the plan could not be merged")]
    Merge(#[source] AutomergeError),
    #[error("the plan lacks a part that its genesis gave it")]
    Shape,
    #[error("the permit is for another person or does not open care plans")]
    NotPermitted,
    #[error("the place to edit lies beyond the end of the text")]
    Place,
}

/// One person's plan on one device. It can be merged by anyone who carries it and read only against a permit.
///
/// ```compile_fail
/// fn peek(replica: &sync::replica::Replica) { replica.read(); }
/// ```
pub struct Replica {
    person: PersonId,
    doc: AutoCommit,
}

impl Replica {
    /// The plan before anyone has written in it: the same bytes on every device.
    pub fn genesis(person: PersonId) -> Result<Replica, ReplicaFault> {
        let mut doc = AutoCommit::new().with_actor(ActorId::from(person.as_bytes().as_slice()));
        let mut build = || -> Result<(), AutomergeError> {
            let texts = doc.put_object(ROOT, "texts", ObjType::Map)?;
            for heading in Heading::ALL {
                doc.put_object(&texts, heading.code(), ObjType::Text)?;
            }
            let decisions = doc.put_object(ROOT, "decisions", ObjType::Map)?;
            for topic in Topic::ALL {
                let log = doc.put_object(&decisions, topic.code(), ObjType::Map)?;
                doc.put_object(&log, "claims", ObjType::Map)?;
                doc.put_object(&log, "settled", ObjType::Map)?;
            }
            Ok(())
        };
        build().map_err(ReplicaFault::Apply)?;
        // Time zero: the genesis must not depend on when it is made.
        doc.commit_with(automerge::transaction::CommitOptions::default().with_time(0));
        Ok(Replica { person, doc })
    }

    pub fn load(person: PersonId, bytes: &[u8]) -> Result<Replica, ReplicaFault> {
        Ok(Replica { person, doc: AutoCommit::load(bytes).map_err(ReplicaFault::Load)? })
    }

    pub fn save(&mut self) -> Vec<u8> {
        self.doc.save()
    }

    /// Takes in everything the other knows. Order never matters, and twice is once.
    pub fn merge(&mut self, other: &mut Replica) -> Result<(), ReplicaFault> {
        self.doc.merge(&mut other.doc).map(|_| ()).map_err(ReplicaFault::Merge)
    }

    /// Makes one edit as this user on this device, with a permit that opens care plans.
    pub fn apply(
        &mut self,
        edit: &Edit,
        permit: &Permit,
        (device, staff): (&DeviceId, &StaffId),
        now: Stamp,
    ) -> Result<(), ReplicaFault> {
        self.opened_by(permit)?;
        self.doc.set_actor(ActorId::from(format!("{device}/{staff}").as_bytes()));
        match edit {
            Edit::Text { heading, at, remove, insert } => {
                let text = self.inside(&["texts", heading.code()])?;
                if at + remove > self.doc.length(&text) {
                    return Err(ReplicaFault::Place);
                }
                let remove = isize::try_from(*remove).map_err(|_| ReplicaFault::Place)?;
                self.doc.splice_text(&text, *at, remove, insert).map_err(ReplicaFault::Apply)?;
            }
            Edit::Decide { topic, claim, settles } => {
                let claims = self.inside(&["decisions", topic.code(), "claims"])?;
                let settled = self.inside(&["decisions", topic.code(), "settled"])?;
                let mut write = || -> Result<(), AutomergeError> {
                    let entry = self.doc.put_object(&claims, &claim.id, ObjType::Map)?;
                    self.doc.put(&entry, "value", claim.value.as_str())?;
                    self.doc.put(&entry, "by", claim.by.as_str())?;
                    self.doc.put(&entry, "at", claim.at.millis())?;
                    self.doc.put(&entry, "basis", claim.basis.as_str())?;
                    for id in settles {
                        self.doc.put(&settled, id.as_str(), claim.id.as_str())?;
                    }
                    Ok(())
                };
                write().map_err(ReplicaFault::Apply)?;
            }
        }
        self.doc.commit_with(automerge::transaction::CommitOptions::default().with_time(now.millis() / 1000));
        Ok(())
    }

    /// The plan as it stands, every dispute shown.
    pub fn read(&self, permit: &Permit) -> Result<Plan, ReplicaFault> {
        self.opened_by(permit)?;
        let mut plan = Plan::default();
        for heading in Heading::ALL {
            let text = self.inside(&["texts", heading.code()])?;
            plan.texts.push((heading, self.doc.text(&text).map_err(ReplicaFault::Load)?));
        }
        for topic in Topic::ALL {
            plan.decisions.push((topic, self.held(topic)?));
        }
        Ok(plan)
    }

    fn held(&self, topic: Topic) -> Result<Held, ReplicaFault> {
        let claims = self.inside(&["decisions", topic.code(), "claims"])?;
        let settled = self.inside(&["decisions", topic.code(), "settled"])?;
        let mut standing = Vec::new();
        let ids: Vec<String> = self.doc.keys(&claims).filter(|id| !self.has(&settled, id)).collect();
        for id in ids {
            let Ok(Some((Value::Object(_), entry))) = self.doc.get(&claims, id.as_str()) else {
                return Err(ReplicaFault::Shape);
            };
            standing.push(Claim {
                value: self.text_of(&entry, "value")?,
                by: self.text_of(&entry, "by")?.parse().map_err(|_| ReplicaFault::Shape)?,
                at: self.stamp_of(&entry)?,
                basis: self.text_of(&entry, "basis")?,
                id,
            });
        }
        standing.sort();
        Ok(match (standing.pop(), standing.is_empty()) {
            (None, _) => Held::Nothing,
            (Some(only), true) => Held::Agreed(only),
            (Some(last), false) => {
                standing.push(last);
                Held::Disputed(standing)
            }
        })
    }

    fn has(&self, map: &ObjId, key: &str) -> bool {
        matches!(self.doc.get(map, key), Ok(Some(_)))
    }

    fn text_of(&self, entry: &ObjId, key: &str) -> Result<String, ReplicaFault> {
        match self.doc.get(entry, key) {
            Ok(Some((Value::Scalar(value), _))) => match value.as_ref() {
                ScalarValue::Str(text) => Ok(text.to_string()),
                _ => Err(ReplicaFault::Shape),
            },
            _ => Err(ReplicaFault::Shape),
        }
    }

    fn stamp_of(&self, entry: &ObjId) -> Result<Stamp, ReplicaFault> {
        match self.doc.get(entry, "at") {
            Ok(Some((Value::Scalar(value), _))) => match value.as_ref() {
                ScalarValue::Int(millis) => Ok(Stamp::from_millis(*millis)),
                _ => Err(ReplicaFault::Shape),
            },
            _ => Err(ReplicaFault::Shape),
        }
    }

    fn inside(&self, path: &[&str]) -> Result<ObjId, ReplicaFault> {
        let step = |at: ObjId, key: &&str| match self.doc.get(&at, *key) {
            Ok(Some((Value::Object(_), next))) => Ok(next),
            _ => Err(ReplicaFault::Shape),
        };
        path.iter().try_fold(ROOT, step)
    }

    fn opened_by(&self, permit: &Permit) -> Result<(), ReplicaFault> {
        let opens = permit.subject() == self.person && permit.sections().has(Section::Plans);
        if opens { Ok(()) } else { Err(ReplicaFault::NotPermitted) }
    }
}

#[cfg(test)]
#[path = "replica_tests.rs"]
mod tests;
