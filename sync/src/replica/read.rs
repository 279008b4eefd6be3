//! Reading a plan, now or as it stood: every value that stands is given, every dispute shown. Robust against what it did not write: a
//! claim, an entry or a value that cannot be understood is left out of the view, never out of the document.

use super::inspect::Object;
use super::layout::{self, AUTHORS, DECISIONS, ENTRIES, SIGNATURES};
use super::{Replica, ReplicaFault};
use automerge::{ChangeHash, ObjId, ObjType, ReadDoc, ScalarValue, Value};
use record::Stamp;
use record::consent::Permit;
use record::people::Role;
use record::plan::decision::weigh;
use record::plan::view::Ended;
use record::plan::{
    Author, Claim, ClaimValue, Content, Form, Heads, Kind, Node, NodeId, Paper, Plan, Register, Said, Signature,
    SignedPaper, Topic,
};
use std::collections::BTreeMap;

/// A claim as it stands in the document: its key names topic and id, and the value repeats the id.
pub(super) fn claim(key: &str, json: &str) -> Option<(Topic, Claim)> {
    let (topic, id) = key.split_once('#')?;
    let claim: Claim = serde_json::from_str(json).ok()?;
    (claim.id == id).then_some((topic.parse().ok()?, claim))
}

/// What each map of the document holds under one key: every value said apart.
type Row<'a> = (String, Vec<(Value<'a>, ObjId)>);

/// An entry found: when it was added, its id, its kind, and its map.
type Grown = (i64, NodeId, Kind, ObjId);

/// The plan at one moment; `None` is now.
struct Reading<'a> {
    replica: &'a Replica,
    at: Option<&'a [ChangeHash]>,
    /// Parent -> entries, in the order in which they were added.
    tree: BTreeMap<String, Vec<Grown>>,
    /// What was set in a field that has since become a topic of the log.
    before: Vec<(Topic, Claim)>,
}

/// A value in such a field: whose entry it is in, and the operation that wrote it.
struct Before {
    entry: NodeId,
    value: String,
    op: ObjId,
}

impl Replica {
    /// The plan as it stands, every dispute shown.
    pub fn read(&mut self, permit: &Permit) -> Result<Plan, ReplicaFault> {
        self.opened_by(permit)?;
        self.project()
    }

    /// The plan as it stood at a moment of its history.
    pub fn read_at(&mut self, permit: &Permit, moment: &Heads) -> Result<Plan, ReplicaFault> {
        self.opened_by(permit)?;
        let at = self.known(moment)?;
        let mut plan = self.plan_at(Some(&at))?;
        plan.heads = moment.clone();
        plan.updated = self.newest(&at);
        Ok(plan)
    }

    /// The plan for the machine: to store as a view that only a permit opens, and at the hub to project. Held by `tidy`: named only in
    /// `sync`, in `vault/src/plans` and in `hub/src/plans`.
    pub fn project(&mut self) -> Result<Plan, ReplicaFault> {
        let heads = self.doc.get_heads();
        let mut plan = self.plan_at(None)?;
        plan.heads = self.heads();
        plan.updated = self.newest(&heads);
        plan.signed = self.signed(&plan)?;
        Ok(plan)
    }

    pub(super) fn known(&mut self, moment: &Heads) -> Result<Vec<ChangeHash>, ReplicaFault> {
        let at: Vec<ChangeHash> = moment.hashes().iter().map(|hash| ChangeHash(*hash)).collect();
        let known = !at.is_empty() && at.iter().all(|hash| self.holds(hash));
        if known { Ok(at) } else { Err(ReplicaFault::Moment) }
    }

    /// Every claim ever made on a topic, settled or not, newest first; for the machine, like [`Replica::project`].
    pub fn log_of(&mut self, topic: &Topic) -> Result<Vec<Claim>, ReplicaFault> {
        let reading = self.reading(None)?;
        let mut claims = reading.logs()?.remove(topic).unwrap_or_default();
        claims.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.id.cmp(&b.id)));
        Ok(claims)
    }

    fn newest(&mut self, heads: &[ChangeHash]) -> Option<Stamp> {
        let mut newest = None;
        for hash in heads {
            newest = newest.max(self.doc.get_change_meta_by_hash(hash).map(|meta| meta.timestamp));
        }
        newest.filter(|seconds| *seconds > 0).map(|seconds| Stamp::from_millis(seconds.saturating_mul(1000)))
    }

    /// The document with its entries under their parents, and values of before as voices.
    fn reading<'a>(&'a mut self, at: Option<&'a [ChangeHash]>) -> Result<Reading<'a>, ReplicaFault> {
        let mut reading = Reading::of(self, at);
        reading.grow()?;
        let (found, tree) = (reading.set_before()?, reading.tree);
        let before = if found.is_empty() { Vec::new() } else { self.voices_of(found) };
        Ok(Reading { tree, before, ..Reading::of(self, at) })
    }

    /// As much of a voice as is known: its author as their device said, and the time of the change. On what it rests nobody was asked.
    fn voices_of(&mut self, found: Vec<Before>) -> Vec<(Topic, Claim)> {
        let authors = self.authors();
        let mut voices = Vec::new();
        for Before { entry, value, op } in found {
            let ObjId::Id(number, ..) = &op else { continue };
            let hand = hand_of(&op);
            let Some(by) = authors.get(&hand).cloned().or_else(|| nameless(&hand)) else { continue };
            let change = self.doc.hash_for_opid(&op);
            let at = change.and_then(|hash| self.newest(&[hash])).unwrap_or(Stamp::from_millis(0));
            let claim = Claim {
                id: format!("{}{number}@{hand}", Claim::OF_BEFORE),
                value: ClaimValue { code: (!value.is_empty()).then_some(value), text: String::new() },
                by,
                at,
                basis: String::new(),
                review: None,
                kept: String::new(),
                settles: Vec::new(),
            };
            voices.push((Topic::GoalStatus(entry), claim));
        }
        voices
    }

    pub(super) fn plan_at(&mut self, at: Option<&[ChangeHash]>) -> Result<Plan, ReplicaFault> {
        let reading = self.reading(at)?;
        let mut parts = Vec::new();
        for kind in Kind::PARTS {
            let id = NodeId::part(kind);
            let map = layout::container(reading.replica.person, kind.code())?;
            let children = reading.children(&id, 0)?;
            parts.push(Node { fields: reading.fields(kind, &map, true)?, id, kind, ended: Vec::new(), children });
        }
        Ok(Plan { parts, decisions: reading.decisions()?, ..Plan::default() })
    }

    /// Which kind of entry each object that people made belongs to: an entry itself, and the texts in it.
    pub fn objects(&self) -> Result<BTreeMap<Object, Kind>, ReplicaFault> {
        let mut reading = Reading::of(self, None);
        reading.grow()?;
        let mut objects = BTreeMap::new();
        for (_, _, kind, entry) in reading.tree.values().flatten() {
            objects.extend(object_of(entry).map(|object| (object, *kind)));
            for key in reading.keys(entry) {
                let within =
                    reading.all(entry, &key)?.into_iter().filter(|(value, _)| matches!(value, Value::Object(_)));
                objects.extend(within.filter_map(|(_, id)| object_of(&id)).map(|object| (object, *kind)));
            }
        }
        Ok(objects)
    }

    /// Everybody who has written here, as their devices said: `device/staff` -> who.
    pub(super) fn authors(&self) -> BTreeMap<String, Author> {
        let reading = Reading::of(self, None);
        let rows = reading.rows(AUTHORS).unwrap_or_default();
        let last = |(key, values): Row<'_>| {
            let text = values.last().and_then(|(value, _)| text_of(value))?;
            serde_json::from_str(&text).ok().map(|author| (key, author))
        };
        rows.into_iter().filter_map(last).collect()
    }

    /// The newest signature of each paper, with the paper as it was signed.
    fn signed(&mut self, now: &Plan) -> Result<Vec<SignedPaper>, ReplicaFault> {
        let reading = Reading::of(self, None);
        let mut signatures: Vec<Signature> = Vec::new();
        for (key, values) in reading.rows(SIGNATURES)? {
            for (value, _) in values {
                let found = text_of(&value).and_then(|text| serde_json::from_str::<Signature>(&text).ok());
                signatures.extend(found.filter(|signature| signature.id == key));
            }
        }
        signatures.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.id.cmp(&b.id)));
        let mut papers = Vec::new();
        for paper in Paper::ALL {
            let Some(signature) = signatures.iter().find(|s| s.paper == paper).cloned() else { continue };
            let Ok(at) = self.known(&signature.heads) else { continue };
            let then = self.plan_at(Some(&at))?;
            let changed_since = record::plan::sign::hex(&paper.digest(now)) != signature.digest;
            let parts = then.parts.iter().filter(|node| paper.parts().contains(&node.kind)).cloned().collect();
            let decisions = then.decisions.iter().filter(|(topic, _)| paper.covers(topic)).cloned().collect();
            papers.push(SignedPaper { signature, changed_since, parts, decisions });
        }
        Ok(papers)
    }
}

impl<'a> Reading<'a> {
    const fn of(replica: &'a Replica, at: Option<&'a [ChangeHash]>) -> Reading<'a> {
        Reading { replica, at, tree: BTreeMap::new(), before: Vec::new() }
    }

    /// Every value that stands in a field that is decided now. One that was only ever cleared says nothing.
    fn set_before(&self) -> Result<Vec<Before>, ReplicaFault> {
        let mut found = Vec::new();
        for (_, id, kind, entry) in self.tree.values().flatten() {
            for field in kind.fields().iter().filter(|field| field.form == Form::Decided) {
                let said = self.all(entry, field.code)?;
                let one = |(value, op)| Some(Before { entry: id.clone(), value: text_of(&value)?, op });
                let said: Vec<Before> = said.into_iter().filter_map(one).collect();
                if said.iter().any(|one| !one.value.is_empty()) {
                    found.extend(said);
                }
            }
        }
        Ok(found)
    }

    fn all(&self, map: &ObjId, key: &str) -> Result<Vec<(Value<'_>, ObjId)>, ReplicaFault> {
        let doc = &self.replica.doc;
        match self.at {
            None => doc.get_all(map, key),
            Some(at) => doc.get_all_at(map, key, at),
        }
        .map_err(ReplicaFault::Read)
    }

    fn keys(&self, map: &ObjId) -> Vec<String> {
        match self.at {
            None => self.replica.doc.keys(map).collect(),
            Some(at) => self.replica.doc.keys_at(map, at).collect(),
        }
    }

    fn text(&self, text: &ObjId) -> Result<String, ReplicaFault> {
        match self.at {
            None => self.replica.doc.text(text),
            Some(at) => self.replica.doc.text_at(text, at),
        }
        .map_err(ReplicaFault::Read)
    }

    /// Every key of a container with every value said under it.
    fn rows(&self, container: &str) -> Result<Vec<Row<'_>>, ReplicaFault> {
        let map = layout::container(self.replica.person, container)?;
        self.keys(&map).into_iter().map(|key| self.all(&map, &key).map(|values| (key, values))).collect()
    }

    /// Sorts the entries under their parents.
    fn grow(&mut self) -> Result<(), ReplicaFault> {
        let map = layout::container(self.replica.person, ENTRIES)?;
        let mut tree: BTreeMap<String, Vec<_>> = BTreeMap::new();
        for key in self.keys(&map) {
            let Ok(id) = key.parse::<NodeId>() else { continue };
            for (value, entry) in self.all(&map, &key)? {
                if !matches!(value, Value::Object(ObjType::Map)) {
                    continue;
                }
                let kind = self.first(&entry, "kind")?.and_then(|code| Kind::from_code(&code));
                let parent = self.first(&entry, "parent")?;
                let at = self.number(&entry, "at")?;
                if let (Some(kind), Some(parent)) = (kind, parent) {
                    tree.entry(parent).or_default().push((at, id.clone(), kind, entry));
                }
            }
        }
        for entries in tree.values_mut() {
            entries.sort_by(|a: &Grown, b| (a.2, a.0, &a.1).cmp(&(b.2, b.0, &b.1)));
        }
        self.tree = tree;
        Ok(())
    }

    fn children(&self, parent: &NodeId, depth: u8) -> Result<Vec<Node>, ReplicaFault> {
        // The deepest honest tree is care, need, goal, action, stage goal.
        let Some(entries) = self.tree.get(parent.as_str()).filter(|_| depth < 6) else { return Ok(Vec::new()) };
        let mut nodes = Vec::with_capacity(entries.len());
        for (_, id, kind, entry) in entries {
            nodes.push(Node {
                id: id.clone(),
                kind: *kind,
                ended: self.ended(entry)?,
                fields: self.fields(*kind, entry, false)?,
                children: self.children(id, depth + 1)?,
            });
        }
        Ok(nodes)
    }

    fn fields(&self, kind: Kind, map: &ObjId, part: bool) -> Result<Vec<(String, Content)>, ReplicaFault> {
        let mut fields = Vec::new();
        for field in kind.fields().iter().filter(|field| field.form != Form::Decided) {
            let content = if field.form.is_prose() {
                let text = if part {
                    Some(layout::container(self.replica.person, &format!("{}/{}", kind.code(), field.code))?)
                } else {
                    let mut found = self.all(map, field.code)?.into_iter();
                    found.find(|(value, _)| matches!(value, Value::Object(ObjType::Text))).map(|(_, id)| id)
                };
                Content::Prose(text.map(|text| self.text(&text)).transpose()?.unwrap_or_default())
            } else {
                let said = self
                    .all(map, field.code)?
                    .into_iter()
                    .filter_map(|(value, id)| text_of(&value).map(|value| Said { value, by: hand_of(&id) }));
                Content::Register(Register::of(said.collect()))
            };
            if !content.is_empty() {
                fields.push((field.code.to_owned(), content));
            }
        }
        Ok(fields)
    }

    fn ended(&self, entry: &ObjId) -> Result<Vec<Ended>, ReplicaFault> {
        let said = self.all(entry, "ended")?;
        let mut ended: Vec<Ended> =
            said.iter().filter_map(|(value, _)| serde_json::from_str(&text_of(value)?).ok()).collect();
        ended.sort_by_key(|e| e.at);
        Ok(ended)
    }

    /// Every topic, with what stands under it; a dose for each anticipatory medicine that has one.
    fn decisions(&self) -> Result<Vec<(Topic, record::plan::Held)>, ReplicaFault> {
        Ok(self
            .logs()?
            .into_iter()
            .map(|(topic, claims)| {
                let held = weigh(&topic, claims);
                (topic, held)
            })
            .collect())
    }

    /// The whole log of every topic.
    fn logs(&self) -> Result<BTreeMap<Topic, Vec<Claim>>, ReplicaFault> {
        let mut logs: BTreeMap<Topic, Vec<Claim>> =
            Topic::ALWAYS.into_iter().map(|topic| (topic, Vec::new())).collect();
        for (key, values) in self.rows(DECISIONS)? {
            for (value, _) in values {
                match text_of(&value).and_then(|text| claim(&key, &text)) {
                    None | Some((Topic::GoalStatus(_), _)) => {}
                    Some((topic, claim)) => logs.entry(topic).or_default().push(claim),
                }
            }
        }
        for (_, id, kind, entry) in self.tree.values().flatten() {
            let topic = Topic::GoalStatus(id.clone());
            let own = if topic.is_of(*kind) { self.keys(entry) } else { Vec::new() };
            for key in own.iter().filter(|key| key.contains('#')) {
                let said = self.all(entry, key)?.into_iter().filter_map(|(value, _)| claim(key, &text_of(&value)?));
                let said = said.filter(|(of, _)| *of == topic).map(|(_, claim)| claim);
                logs.entry(topic.clone()).or_default().extend(said);
            }
        }
        for (topic, claim) in &self.before {
            logs.entry(topic.clone()).or_default().push(claim.clone());
        }
        Ok(logs)
    }

    fn first(&self, map: &ObjId, key: &str) -> Result<Option<String>, ReplicaFault> {
        Ok(self.all(map, key)?.first().and_then(|(value, _)| text_of(value)))
    }

    fn number(&self, map: &ObjId, key: &str) -> Result<i64, ReplicaFault> {
        Ok(self.all(map, key)?.first().and_then(|(value, _)| value.as_i64()).unwrap_or(0))
    }
}

fn text_of(value: &Value<'_>) -> Option<String> {
    match value {
        Value::Scalar(scalar) => match scalar.as_ref() {
            ScalarValue::Str(text) => Some(text.to_string()),
            _ => None,
        },
        Value::Object(_) => None,
    }
}

fn object_of(id: &ObjId) -> Option<Object> {
    match id {
        ObjId::Id(number, actor, _) => Some((*number, actor.to_bytes().to_vec())),
        ObjId::Root => None,
    }
}

/// A hand that never said who it is, which no honest device's is: its number at least.
fn nameless(hand: &str) -> Option<Author> {
    let (staff, ods) = (hand.split_once('/')?.1.parse().ok()?, "UNKNOWN".parse().ok()?);
    let (name, unknown) = (hand.to_owned(), "not known".to_owned());
    Some(Author { staff, name, role: Role::CareStaff, title: unknown.clone(), ods, organisation: unknown })
}

/// Whose operation it is: `device/staff`.
fn hand_of(id: &ObjId) -> String {
    match id {
        ObjId::Id(_, actor, _) => String::from_utf8_lossy(actor.to_bytes()).into_owned(),
        ObjId::Root => String::new(),
    }
}
