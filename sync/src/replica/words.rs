//! What one change says, without the plan: for an edit that the hub did not take, so that who wrote it can read it and write it again.
//! Not a reading of a plan: what the change took away is not in it, and where its words stood only its history can say.

use super::inspect::inspect;
use super::read::claim;
use super::{ReplicaFault, layout};
use automerge::legacy::{Key, ObjectId, OpId, OpType};
use automerge::{Change, ScalarValue};
use record::plan::What;
use record::plan::view::Ended;
use record::{PersonId, Stamp};

/// What a change says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// When it was made, by its device.
    pub at: Stamp,
    pub what: What,
    /// Its words, a piece for each place it wrote in.
    pub words: Vec<String>,
}

/// Keys of an entry that are about it and not in it.
const ABOUT: [&str; 4] = ["kind", "parent", "by", "at"];

/// Reads one change of this person's plan.
pub fn said(person: PersonId, bytes: &[u8]) -> Result<Said, ReplicaFault> {
    let change = Change::from_bytes(bytes.to_vec()).map_err(ReplicaFault::Change)?;
    let born = layout::actor(person);
    let mut words: Vec<String> = Vec::new();
    // The text that characters are being written in.
    let mut text: Option<ObjectId> = None;
    for op in change.decode().operations {
        let OpType::Put(ScalarValue::Str(said)) = op.action else { continue };
        match op.key {
            Key::Seq(_) if text.as_ref() == Some(&op.obj) => {
                if let Some(last) = words.last_mut() {
                    last.push_str(&said);
                }
            }
            Key::Seq(_) => {
                words.push(said.to_string());
                text = Some(op.obj);
            }
            Key::Map(key) => {
                text = None;
                let log = match &op.obj {
                    ObjectId::Id(OpId(number, actor)) if *actor == born => {
                        layout::name_of(*number).is_some_and(layout::is_log)
                    }
                    _ => false,
                };
                if key == "ended" {
                    words.extend(serde_json::from_str::<Ended>(&said).ok().map(|ended| ended.reason));
                } else if !log && !ABOUT.contains(&key.as_str()) && claim(&key, &said).is_none() {
                    words.push(said.to_string());
                }
            }
        }
    }
    // Decisions are read as they are checked.
    for (topic, claim) in inspect(person, bytes)?.claims {
        words.extend([claim.value.shown(&topic), claim.basis, claim.kept]);
    }
    words.retain(|piece| !piece.trim().is_empty());
    Ok(Said {
        at: Stamp::from_millis(change.timestamp().saturating_mul(1000)),
        what: change.message().map_or(What::Other, |message| What::from(message.to_owned())),
        words,
    })
}
