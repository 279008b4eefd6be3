//! Writing in a plan: one intent, one change, by one hand. Text that moved under the writer is found again by its own characters, so
//! that what somebody else wrote meanwhile stays; everything else is checked by `record::plan::Edit` first.

use super::layout::{self, AUTHORS, DECISIONS, ENTRIES};
use super::{Replica, ReplicaFault};
use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, AutomergeError, Change, ChangeHash, ObjId, ObjType, ReadDoc, ScalarValue, Value};
use record::consent::Permit;
use record::plan::view::Ended;
use record::plan::{Author, Claim, Edit, EditFault, Heads, Kind, NodeId, Place, Plan, Topic, What};
use record::{ChainId, Stamp};

/// Who writes: the certified user on this device. Never the screen's word.
#[derive(Debug, Clone)]
pub struct Hand {
    pub chain: ChainId,
    pub author: Author,
}

/// A change as made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    pub hash: [u8; 32],
    /// This hand's count of changes in this plan.
    pub seq: u64,
    /// Whole seconds of the device that made it.
    pub at: Stamp,
    /// As Automerge reads it: what is stored and sent.
    pub bytes: Vec<u8>,
}

impl Made {
    pub(super) fn of(change: &Change) -> Made {
        let at = Stamp::from_millis(change.timestamp().saturating_mul(1000));
        Made { hash: change.hash().0, seq: change.seq(), at, bytes: change.raw_bytes().to_vec() }
    }
}

impl Replica {
    /// Makes one edit, with a permit that opens care plans.
    pub fn apply(&mut self, edit: &Edit, permit: &Permit, hand: &Hand, now: Stamp) -> Result<Made, ReplicaFault> {
        let plan = self.read(permit)?;
        edit.check(&plan, &hand.author)?;
        let what = edit.what(&plan);
        self.as_hand(hand, &what, now, |replica| replica.perform(edit, &plan, hand, now))
    }

    /// Does `work` as this hand and closes it as one change; on failure nothing of it stays.
    pub(super) fn as_hand(
        &mut self,
        hand: &Hand,
        what: &What,
        now: Stamp,
        work: impl FnOnce(&mut Replica) -> Result<(), ReplicaFault>,
    ) -> Result<Made, ReplicaFault> {
        self.doc.set_actor(ActorId::from(hand.chain.as_str().as_bytes()));
        let done = work(self).and_then(|()| self.introduce(hand));
        if let Err(fault) = done {
            self.doc.rollback();
            return Err(fault);
        }
        let options = CommitOptions::default().with_time(now.millis() / 1000).with_message(what.to_string());
        // An edit that changes nothing (the same text again) makes no change.
        self.doc.commit_with(options).ok_or(ReplicaFault::Edit(EditFault::Nothing))?;
        let change = self.doc.get_last_local_change().ok_or(ReplicaFault::Shape)?;
        Ok(Made::of(&change))
    }

    /// Says once who this hand is, and again when that changed; only beside an edit, never alone.
    fn introduce(&mut self, hand: &Hand) -> Result<(), ReplicaFault> {
        let known = self.authors();
        if self.doc.pending_ops() == 0 || known.get(hand.chain.as_str()) == Some(&hand.author) {
            return Ok(());
        }
        let map = layout::container(self.person, AUTHORS)?;
        self.put(&map, hand.chain.as_str(), &json(&hand.author)?)
    }

    fn perform(&mut self, edit: &Edit, plan: &Plan, hand: &Hand, now: Stamp) -> Result<(), ReplicaFault> {
        match edit {
            Edit::Write { place, seen, text } => {
                let object = self.text_at(place, plan)?;
                let marked = plan.apart.iter().any(|apart| apart.place == *place);
                if marked && self.doc.text(&object).map_err(ReplicaFault::Read)? == *text {
                    return self.confirm(&object);
                }
                self.rewrite(&object, seen, text)
            }
            Edit::Set { place, value, .. } => {
                let map = self.map_of(&place.node)?;
                // Automerge chooses one of several values by deleting the others, and deletions are refused: a null in between replaces
                // all of them.
                if self.doc.get_all(&map, place.field.as_str()).map_err(ReplicaFault::Read)?.len() > 1 {
                    self.doc.put(&map, place.field.as_str(), ScalarValue::Null).map_err(ReplicaFault::Apply)?;
                }
                self.put(&map, &place.field, value.trim())
            }
            Edit::Add { kind, parent, id, fields } => self.add(*kind, parent, id, fields, hand, now),
            Edit::End { node, ending, reason } => {
                let map = self.map_of(node)?;
                let said =
                    Ended { ending: *ending, reason: reason.trim().to_owned(), by: hand.author.clone(), at: now };
                self.put(&map, "ended", &json(&said)?)
            }
            Edit::Keep { node } => {
                // Nothing is deleted: that it stands is said over what the endings said.
                let map = self.map_of(node)?;
                self.doc.put(&map, "ended", ScalarValue::Null).map_err(ReplicaFault::Apply)
            }
            Edit::Decide { topic, id, value, basis, review, kept, settles } => {
                let claim = Claim {
                    id: id.clone(),
                    value: value.clone(),
                    by: hand.author.clone(),
                    at: now,
                    basis: basis.trim().to_owned(),
                    review: review.clone(),
                    kept: kept.trim().to_owned(),
                    settles: settles.clone(),
                };
                let log = match topic {
                    Topic::GoalStatus(goal) => self.map_of(goal)?,
                    _ => layout::container(self.person, DECISIONS)?,
                };
                self.put(&log, &format!("{topic}#{id}"), &json(&claim)?)
            }
        }
    }

    /// Somebody read the text as a whole and lets it stand: a letter written and taken back in one change is a writing of theirs upon both
    /// others', which every version of Satchel understands. No letter that stands is touched: two who confirm apart would each write it again.
    fn confirm(&mut self, text: &ObjId) -> Result<(), ReplicaFault> {
        self.doc.splice_text(text, 0, 0, " ").map_err(ReplicaFault::Apply)?;
        self.doc.splice_text(text, 0, 1, "").map_err(ReplicaFault::Apply)
    }

    fn add(
        &mut self,
        kind: Kind,
        parent: &NodeId,
        id: &NodeId,
        fields: &[(String, String)],
        hand: &Hand,
        now: Stamp,
    ) -> Result<(), ReplicaFault> {
        let entries = layout::container(self.person, ENTRIES)?;
        let entry = self.doc.put_object(&entries, id.as_str(), ObjType::Map).map_err(ReplicaFault::Apply)?;
        self.put(&entry, "kind", kind.code())?;
        self.put(&entry, "parent", parent.as_str())?;
        self.put(&entry, "by", hand.chain.as_str())?;
        self.doc.put(&entry, "at", now.millis()).map_err(ReplicaFault::Apply)?;
        for field in kind.fields() {
            let given = fields.iter().find(|(code, _)| code == field.code).map_or("", |(_, value)| value.trim());
            if field.form.is_prose() {
                // Every text is born with its entry: two devices that each made one would lose one.
                let text = self.doc.put_object(&entry, field.code, ObjType::Text).map_err(ReplicaFault::Apply)?;
                self.doc.splice_text(&text, 0, 0, given).map_err(ReplicaFault::Apply)?;
            } else if !given.is_empty() {
                self.put(&entry, field.code, given)?;
            }
        }
        Ok(())
    }

    pub(super) fn put(&mut self, map: &ObjId, key: &str, value: &str) -> Result<(), ReplicaFault> {
        self.doc.put(map, key, value).map_err(ReplicaFault::Apply)
    }

    fn map_of(&self, node: &NodeId) -> Result<ObjId, ReplicaFault> {
        if let Some(part) = node.as_part() {
            return layout::container(self.person, part.code());
        }
        let entries = layout::container(self.person, ENTRIES)?;
        let found = self.doc.get_all(&entries, node.as_str()).map_err(ReplicaFault::Read)?;
        let map = found.into_iter().find(|(value, _)| matches!(value, Value::Object(ObjType::Map)));
        map.map(|(_, id)| id).ok_or(ReplicaFault::Shape)
    }

    fn text_at(&self, place: &Place, plan: &Plan) -> Result<ObjId, ReplicaFault> {
        let kind = plan.find(&place.node).ok_or(ReplicaFault::Shape)?.kind;
        if let Some(part) = place.node.as_part() {
            return layout::container(self.person, &format!("{}/{}", part.code(), place.field));
        }
        let map = self.map_of(&place.node)?;
        let field = kind.field(&place.field).ok_or(ReplicaFault::Shape)?;
        let found = self.doc.get_all(&map, field.code).map_err(ReplicaFault::Read)?;
        let text = found.into_iter().find(|(value, _)| matches!(value, Value::Object(ObjType::Text)));
        text.map(|(_, id)| id).ok_or(ReplicaFault::Shape)
    }

    /// Makes the text what its writer left, starting from what they had seen: only the words they changed are touched, and they are found
    /// by their own characters, wherever later edits have moved them.
    fn rewrite(&mut self, text: &ObjId, seen: &Heads, to: &str) -> Result<(), ReplicaFault> {
        let base: Vec<ChangeHash> = self.known(seen).map_err(|_| EditFault::Moved)?;
        let before = self.doc.text_at(text, &base).map_err(ReplicaFault::Read)?;
        // From the end, so that the positions of what comes before stay true.
        let stretches = difference(&before, to).into_iter().rev();
        if before == self.doc.text(text).map_err(ReplicaFault::Read)? {
            // Nobody wrote here since: positions are as they were, and nothing has to be looked for letter by letter.
            for Stretch { at, removed, inserted } in stretches {
                let length = isize::try_from(removed).map_err(|_| ReplicaFault::Shape)?;
                self.doc.splice_text(text, at, length, &inserted).map_err(ReplicaFault::Apply)?;
            }
            return Ok(());
        }
        for Stretch { at, removed, inserted } in stretches {
            self.splice(text, &base, at, removed, &inserted)?;
        }
        Ok(())
    }

    fn splice(
        &mut self,
        text: &ObjId,
        base: &[ChangeHash],
        at: usize,
        removed: usize,
        inserted: &str,
    ) -> Result<(), ReplicaFault> {
        // Where the stretch is now: after the character before it, if there was one.
        let place = match at.checked_sub(1) {
            None => 0,
            Some(previous) => {
                let (position, alive) = self.now_at(text, previous, base).map_err(ReplicaFault::Read)?;
                position + usize::from(alive)
            }
        };
        let mut doomed = Vec::new();
        for index in at..at + removed {
            let (position, alive) = self.now_at(text, index, base).map_err(ReplicaFault::Read)?;
            doomed.extend(alive.then_some(position));
        }
        // All of them stand after `place`; whole runs go at once.
        while let Some(last) = doomed.pop() {
            let mut first = last;
            while doomed.last().is_some_and(|position| position + 1 == first) {
                first = doomed.pop().unwrap_or(first);
            }
            let length = isize::try_from(last + 1 - first).map_err(|_| ReplicaFault::Shape)?;
            self.doc.splice_text(text, first, length, "").map_err(ReplicaFault::Apply)?;
        }
        if inserted.is_empty() {
            return Ok(());
        }
        self.doc.splice_text(text, place, 0, inserted).map_err(ReplicaFault::Apply)
    }

    /// Where the character at `index` of the text as it stood stands now, and whether it is still there.
    fn now_at(&self, text: &ObjId, index: usize, base: &[ChangeHash]) -> Result<(usize, bool), AutomergeError> {
        let cursor = self.doc.get_cursor(text, index, Some(base))?;
        let position = self.doc.get_cursor_position(text, &cursor, None)?;
        let there = position < self.doc.length(text);
        let alive = there && self.doc.get_cursor(text, position, None)? == cursor;
        Ok((position, alive))
    }
}

/// Words that differ: where they begin, how many characters go, and what comes.
#[derive(Debug, PartialEq, Eq)]
struct Stretch {
    at: usize,
    removed: usize,
    inserted: String,
}

/// The stretches in which two texts differ, by words, in order.
fn difference(before: &str, after: &str) -> Vec<Stretch> {
    let (old, new) = (words(before), words(after));
    let mut stretches: Vec<Stretch> = Vec::new();
    // Where we are is counted here, by what each step takes: after the crate has merged steps, the place that an insertion names
    // may lie before the step ahead of it.
    let (mut place, mut taken, mut given) = (0, 0, 0);
    for op in similar::capture_diff_slices(similar::Algorithm::Myers, &old, &new) {
        let (_, from, to) = op.as_tag_tuple();
        let (gone, come) = (&old[taken..taken + from.len()], &new[given..given + to.len()]);
        if op.tag() != similar::DiffTag::Equal {
            stretches.push(Stretch { at: place, removed: length(gone), inserted: come.concat() });
        }
        place += length(gone);
        taken += from.len();
        given += to.len();
    }
    // Within one stretch the letters at both ends that stay the same stay untouched.
    stretches.iter_mut().for_each(|stretch| stretch.trim(before));
    stretches
}

impl Stretch {
    fn trim(&mut self, before: &str) {
        let old: Vec<char> = before.chars().skip(self.at).take(self.removed).collect();
        let new: Vec<char> = self.inserted.chars().collect();
        let front = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
        let rest = old.len().min(new.len()) - front;
        let back = old.iter().rev().zip(new.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
        self.at += front;
        self.removed -= front + back;
        self.inserted = new[front..new.len() - back].iter().collect();
    }
}

/// Words and the spaces between them, each a piece of its own.
fn words(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut last = None;
    for (at, c) in text.char_indices() {
        let space = c.is_whitespace();
        if last.is_some_and(|before| before != space) {
            pieces.push(&text[start..at]);
            start = at;
        }
        last = Some(space);
    }
    if start < text.len() {
        pieces.push(&text[start..]);
    }
    pieces
}

fn length(words: &[&str]) -> usize {
    words.iter().map(|word| word.chars().count()).sum()
}

pub(super) fn json<T: serde::Serialize>(value: &T) -> Result<String, ReplicaFault> {
    serde_json::to_string(value).map_err(ReplicaFault::Write)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The text after the stretches, which speak of places in the text before.
    fn applied(before: &str, stretches: &[Stretch]) -> String {
        let mut text: Vec<char> = before.chars().collect();
        for stretch in stretches.iter().rev() {
            text.splice(stretch.at..stretch.at + stretch.removed, stretch.inserted.chars());
        }
        text.iter().collect()
    }

    #[track_caller]
    fn check(before: &str, after: &str, expected: &[(usize, usize, &str)]) {
        let found = difference(before, after);
        let shown: Vec<(usize, usize, &str)> = found.iter().map(|s| (s.at, s.removed, s.inserted.as_str())).collect();
        assert_eq!(shown, expected, "{before:?} {after:?}");
        assert_eq!(applied(before, &found), after);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn the_stretches_lead_from_one_text_to_the_other(before in "[ab ]{0,14}", after in "[ab ]{0,14}") {
            prop_assert_eq!(applied(&before, &difference(&before, &after)), after);
        }
    }

    #[test]
    fn only_the_words_that_differ_are_touched() {
        check("my dog", "my old dog", &[(3, 0, "old ")]);
        check("my old dog", "my dog", &[(3, 4, "")]);
        check("", "x", &[(0, 0, "x")]);
        check("x", "", &[(0, 1, "")]);
        check("né à Poole", "né à Wareham", &[(5, 5, "Wareham")]);
        check("same", "same", &[]);
        check("Ann and my dog.", "Anne and my cat.", &[(3, 0, "e"), (11, 3, "cat")]);
    }
}
