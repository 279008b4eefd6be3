//! What people wrote without having seen each other, found in who built on whom: texts that two wrote in apart and nobody has read as a
//! whole since, and endings that had not seen what others wrote under the entry (`reference/careplan.md` section 7). Nothing of it is stored: it is
//! reckoned from the changes, on every device alike, also from those of before. What a device had when its user wrote counts as seen.

use super::inspect::Object;
use super::layout::{self, DECISIONS};
use super::{Replica, ReplicaFault, read};
use automerge::legacy::{Key, ObjectId, OpId};
use automerge::{Change, ChangeHash, ReadDoc};
use record::plan::view::{Apart, Plan, Said};
use record::plan::{Node, NodeId, Place, Topic};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Where one change wrote. A change never changes, so this is kept for as long as the replica is.
#[derive(Debug, Default)]
pub(super) struct Wrote {
    /// Entries and texts, but for endings.
    objects: BTreeSet<Object>,
    /// Entries of which it says that they ended, or that they stand.
    ended: BTreeSet<Object>,
    /// Entries of which it decides something in the decisions' log.
    decided: BTreeSet<NodeId>,
}

impl Wrote {
    fn of(change: &Change, decisions: &Object) -> Wrote {
        let mut wrote = Wrote::default();
        for op in change.decode().operations {
            let ObjectId::Id(OpId(number, actor)) = &op.obj else { continue };
            let object = (*number, actor.to_bytes().to_vec());
            match &op.key {
                Key::Map(key) if object == *decisions => {
                    let topic = key.split_once('#').and_then(|(topic, _)| topic.parse::<Topic>().ok());
                    if let Some(Topic::Dose(node)) = topic {
                        wrote.decided.insert(node);
                    }
                }
                Key::Map(key) if key == "ended" => drop(wrote.ended.insert(object)),
                _ => drop(wrote.objects.insert(object)),
            }
        }
        wrote
    }
}

/// A change among the others: whose, and what it was made upon.
struct Strand {
    hash: ChangeHash,
    /// `device/staff`.
    by: String,
    hand: usize,
    seq: u64,
    /// By hand: how many of their changes it was made upon, its own with them.
    upon: Vec<u64>,
}

impl Strand {
    /// Whether `other` was here when this was made, or is this.
    fn has(&self, other: &Strand) -> bool {
        self.upon.get(other.hand).is_some_and(|seq| *seq >= other.seq)
    }
}

/// Those that none of the others was made upon.
fn newest(strands: &[Strand], of: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut newest: Vec<usize> = Vec::new();
    for place in of {
        newest.retain(|before| !strands[place].has(&strands[*before]));
        newest.push(place);
    }
    newest
}

impl Replica {
    /// Marks what was written apart.
    pub(super) fn mark(&mut self, plan: &mut Plan) -> Result<(), ReplicaFault> {
        let strands = self.strands();
        if strands.is_empty() {
            return Ok(());
        }
        self.look(&strands)?;
        let wrote: Vec<&Wrote> = strands.iter().filter_map(|strand| self.wrote.get(&strand.hash)).collect();
        if wrote.len() != strands.len() {
            return Err(ReplicaFault::Shape);
        }
        let places = self.places()?;
        let mut writers: BTreeMap<&Object, Vec<usize>> = BTreeMap::new();
        for (place, wrote) in wrote.iter().enumerate() {
            wrote.objects.iter().for_each(|object| writers.entry(object).or_default().push(place));
        }
        let mut apart = Vec::new();
        for (place, text) in &places.texts {
            let Some(object) = read::object_of(text) else { continue };
            let newest = newest(&strands, writers.get(&object).into_iter().flatten().copied());
            let hands: BTreeSet<usize> = newest.iter().map(|one| strands[*one].hand).collect();
            let standing = self.doc.text(text).map_err(ReplicaFault::Read)?;
            if hands.len() < 2 || standing.trim().is_empty() {
                continue;
            }
            let mut voices = Vec::new();
            for one in newest {
                let left = self.doc.text_at(text, &[strands[one].hash]).map_err(ReplicaFault::Read)?;
                voices.push(Said { value: left, by: strands[one].by.clone() });
            }
            // They left the same, and it is what stands: two who confirmed, say.
            if voices.iter().all(|said| said.value == standing) {
                continue;
            }
            voices.sort();
            apart.push(Apart { place: place.clone(), voices });
        }
        plan.apart = apart;
        let unseen = |node: &Node| {
            let entry = places.entries.get(&node.id)?;
            let said = (0..wrote.len()).filter(|place| wrote[*place].ended.contains(entry));
            let endings = newest(&strands, said);
            let (mut objects, mut nodes) = (BTreeSet::new(), BTreeSet::new());
            node.walk(&mut |below| {
                nodes.insert(&below.id);
                objects.extend(places.entries.get(&below.id));
                let texts = places.texts.iter().filter(|(place, _)| place.node == below.id);
                objects.extend(texts.filter_map(|(_, text)| places.of_text.get(text)));
            });
            let under = |wrote: &Wrote| {
                wrote.objects.iter().any(|object| objects.contains(object))
                    || wrote.decided.iter().any(|node| nodes.contains(node))
            };
            let nobody_saw = |place: &usize| !endings.iter().any(|ending| strands[*ending].has(&strands[*place]));
            (0..wrote.len()).filter(|place| under(wrote[*place])).any(|place| nobody_saw(&place)).then_some(())
        };
        let mut found = Vec::new();
        for part in &plan.parts {
            part.walk(&mut |node| {
                if !node.ended.is_empty() && unseen(node).is_some() {
                    found.push(node.id.clone());
                }
            });
        }
        for id in found {
            // It stands until somebody who saw both says otherwise.
            let ended =
                plan.parts.iter_mut().find_map(|part| part.find_mut(&id)).map(|node| std::mem::take(&mut node.ended));
            plan.ended_unseen.extend(ended.map(|ended| (id, ended)));
        }
        // What is over is read by nobody as if it held.
        let apart = std::mem::take(&mut plan.apart);
        plan.apart = apart.into_iter().filter(|apart| !plan.has_ended(&apart.place.node)).collect();
        Ok(())
    }

    /// Every change but the genesis, those it was made upon before it; none where each was made upon the one before.
    fn strands(&mut self) -> Vec<Strand> {
        let born = layout::actor(self.person);
        let metas = self.doc.get_changes_meta(&[]);
        let chain = metas.windows(2).all(|two| two[1].deps == [two[0].hash]);
        if chain {
            return Vec::new();
        }
        let mut hands: HashMap<Vec<u8>, usize> = HashMap::new();
        let mut places: HashMap<ChangeHash, usize> = HashMap::new();
        let mut strands: Vec<Strand> = Vec::new();
        for meta in metas.iter().filter(|meta| *meta.actor != born) {
            let next = hands.len();
            let hand = *hands.entry(meta.actor.to_bytes().to_vec()).or_insert(next);
            let mut upon = vec![0; hands.len()];
            for before in meta.deps.iter().filter_map(|dep| places.get(dep)) {
                for (hand, seq) in strands[*before].upon.iter().enumerate() {
                    upon[hand] = upon[hand].max(*seq);
                }
            }
            upon[hand] = meta.seq;
            places.insert(meta.hash, strands.len());
            let by = String::from_utf8_lossy(meta.actor.to_bytes()).into_owned();
            strands.push(Strand { hash: meta.hash, by, hand, seq: meta.seq, upon });
        }
        strands
    }

    /// Looks into the changes that were not looked into before.
    fn look(&mut self, strands: &[Strand]) -> Result<(), ReplicaFault> {
        let log = read::object_of(&layout::container(self.person, DECISIONS)?).ok_or(ReplicaFault::Shape)?;
        for strand in strands {
            if !self.wrote.contains_key(&strand.hash) {
                let change = self.doc.get_change_by_hash(&strand.hash).ok_or(ReplicaFault::Shape)?;
                self.wrote.insert(strand.hash, Wrote::of(&change, &log));
            }
        }
        Ok(())
    }
}

/// Where texts and entries are in the document.
#[derive(Default)]
pub(super) struct Places {
    pub(super) texts: Vec<(Place, automerge::ObjId)>,
    pub(super) of_text: HashMap<automerge::ObjId, Object>,
    pub(super) entries: BTreeMap<NodeId, Object>,
}
