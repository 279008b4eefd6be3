//! Who has the bag. Passages name the one they follow, so they form a chain; where two follow the same one, two people say they have the bag,
//! and that is a dispute until a person settles it by naming both. Never last-writer-wins. A passage recorded on both devices, once signed
//! and once typed, is one passage. Pure and order-independent.

use super::ids::NoteId;
use super::journey::{NotFromHere, State, Step};
use super::note::{Header, Note, Party, Passage, Said};
use crate::ids::OdsCode;
use crate::stamp::Stamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Where a bag is, as one line of passages says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holding {
    pub state: State,
    /// The last passage; `None` before the first.
    pub last: Option<NoteId>,
    pub holder: Party,
    pub place: String,
    pub since: Stamp,
    /// Where the person was when the bag went missing, and is since: it goes on without it.
    pub before: State,
    /// Where a death found the bag, as `state` and `before`: a death recorded by mistake leads back there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alive: Option<(State, State)>,
}

/// `state`, `before` and `alive` of a holding.
type Standing = (State, State, Option<(State, State)>);

impl Holding {
    /// How it stands after a step.
    pub(super) fn after(&self, step: Step) -> Result<Standing, NotFromHere> {
        let no = NotFromHere { state: self.state, step };
        if step == Step::Alive {
            let (was, before) = self.alive.ok_or(no)?;
            let state = self.state.after(step, if self.state == State::BagMissing { self.before } else { was })?;
            // A bag that went missing after the death is still missing.
            let there = if state != State::BagMissing || was == State::BagMissing { before } else { was };
            return Ok((state, there, None));
        }
        let state = self.state.after(step, self.before)?;
        let before = match (step, self.state, state) {
            (Step::Lose, ..) => self.state,
            // The person goes on without their bag.
            (step, State::BagMissing, State::BagMissing) => self.before.after(step, self.before).unwrap_or(self.before),
            _ => self.before,
        };
        let alive = if step == Step::Die { self.alive.or(Some((self.state, self.before))) } else { self.alive };
        Ok((state, before, alive))
    }
}

/// Who holds the bag: one, or several who each say they do. There is no "the holder" to be had without saying what is done with several.
///
/// ```compile_fail
/// fn show(custody: &record::bag::Custody) -> &record::bag::Party { &custody.holder }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Custody {
    Held(Holding),
    Disputed(Vec<Holding>),
}

impl Custody {
    /// Every last passage: what the next one must have seen.
    pub fn lasts(&self) -> Vec<NoteId> {
        match self {
            Custody::Held(holding) => holding.last.into_iter().collect(),
            Custody::Disputed(holdings) => holdings.iter().filter_map(|h| h.last).collect(),
        }
    }

    /// Whether a step may follow here; where it is disputed, any of the sides.
    pub fn admits(&self, step: Step) -> bool {
        self.holdings().iter().any(|holding| holding.after(step).is_ok())
    }

    /// The state every line agrees on; `None` where they differ.
    pub fn state(&self) -> Option<State> {
        match self {
            Custody::Held(holding) => Some(holding.state),
            Custody::Disputed(_) => None,
        }
    }

    pub fn holdings(&self) -> &[Holding] {
        match self {
            Custody::Held(holding) => std::slice::from_ref(holding),
            Custody::Disputed(holdings) => holdings,
        }
    }
}

/// What became of each passage.
pub(super) struct Followed {
    pub(super) custody: Custody,
    /// Passages that were no legal move, or not their author's to make, or whose forerunner is not here. Shown, and counted for nothing.
    pub(super) aside: Vec<NoteId>,
}

/// Follows the passages from the beginning.
pub(super) fn follow(header: &Header, opened: &Note, notes: &[Note]) -> Followed {
    let passages: BTreeMap<NoteId, (&Note, &Passage)> = notes
        .iter()
        .filter_map(|note| match &note.said {
            // A correction changes what is known, not where the bag is.
            Said::Passed(passage) if passage.step != Step::Correct => Some((note.id, (note, passage.as_ref()))),
            _ => None,
        })
        .collect();
    let same = twins(&passages);
    let of = |id: &NoteId| same.get(id).copied().unwrap_or(*id);
    let start = Holding {
        state: State::Draft,
        last: None,
        holder: Party::Known(opened.by.clone()),
        place: header.home.name.clone(),
        since: opened.at,
        before: State::Draft,
        alive: None,
    };
    let mut reached: BTreeMap<NoteId, Holding> = BTreeMap::new();
    let mut parents: BTreeSet<Option<NoteId>> = BTreeSet::new();
    // Each round places whatever follows something placed; what is left follows nothing that is here.
    let mut waiting: Vec<NoteId> = passages.keys().filter(|id| of(id) == **id).copied().collect();
    let mut aside: Vec<NoteId> = Vec::new();
    loop {
        let before = waiting.len();
        waiting.retain(|id| {
            let Some((note, passage)) = passages.get(id) else { return false };
            let from = match passage.after.as_ref().map(of) {
                None => Some(&start),
                Some(after) => reached.get(&after),
            };
            let Some(from) = from else { return true };
            match from.after(passage.step) {
                Ok((state, before, alive))
                    if is_theirs(header, note, passage) && may_cancel(from, &note.by.ods, passage.step) =>
                {
                    let last = Some(*id);
                    let holder =
                        passage.to.clone().filter(|_| passage.step.hands_over()).unwrap_or(from.holder.clone());
                    // Whoever has it now is not where the one before them was.
                    let stays = passage.place.is_empty() && !passage.step.hands_over();
                    let place = if stays { from.place.clone() } else { passage.place.clone() };
                    parents.insert(passage.after.as_ref().map(of));
                    // Only one who saw another line's end may end it.
                    parents.extend(passage.settles.iter().map(|id| Some(of(id))));
                    reached.insert(*id, Holding { state, last, holder, place, since: note.at, before, alive });
                }
                _ => aside.push(*id),
            }
            false
        });
        if waiting.len() == before {
            break;
        }
    }
    aside.extend(waiting);
    aside.sort_unstable();
    let mut ends: Vec<Holding> =
        reached.iter().filter(|(id, _)| !parents.contains(&Some(**id))).map(|(_, h)| h.clone()).collect();
    ends.sort_by(|a, b| a.since.cmp(&b.since).then(a.last.cmp(&b.last)));
    let custody = match (ends.pop(), ends.is_empty()) {
        (None, _) => Custody::Held(start),
        (Some(only), true) => Custody::Held(only),
        (Some(last), false) => {
            ends.push(last);
            Custody::Disputed(ends)
        }
    };
    Followed { custody, aside }
}

/// Nobody signs for another, gives care without a caring role, or does the home's part from elsewhere.
fn is_theirs(header: &Header, note: &Note, passage: &Passage) -> bool {
    let signed = match &passage.to {
        Some(Party::Known(taker)) => *taker == note.by,
        Some(Party::Typed { name, .. }) => !name.trim().is_empty(),
        None => !passage.step.hands_over(),
    };
    let home = !passage.step.is_the_homes() || note.by.ods == header.home.ods;
    let contents = passage.step.releases() == passage.contents.is_some();
    let why = !passage.step.needs_why() || !passage.remark.trim().is_empty();
    signed && home && contents && why && passage.step.may_be_taken_by(note.by.role)
}

/// Whoever has the bag says that nobody is going: not the home, once a crew has it.
pub(super) fn may_cancel(from: &Holding, by: &OdsCode, step: Step) -> bool {
    let holds = match &from.holder {
        Party::Known(holder) => holder.ods == *by,
        Party::Typed { .. } => true,
    };
    step != Step::Cancel || holds
}

/// Two records of one passage: the same step after the same one, by the same hand; or typed by the giver, and signed by the one whose name was
/// typed. Another name is another person.
fn twins(passages: &BTreeMap<NoteId, (&Note, &Passage)>) -> BTreeMap<NoteId, NoteId> {
    let mut groups: BTreeMap<(Option<NoteId>, Step), Vec<NoteId>> = BTreeMap::new();
    for (id, (_, passage)) in passages {
        if passage.step.hands_over() {
            groups.entry((passage.after, passage.step)).or_default().push(*id);
        }
    }
    let mut same = BTreeMap::new();
    for ids in groups.values() {
        let party = |id: &NoteId| passages.get(id).and_then(|(_, p)| p.to.as_ref());
        for (n, id) in ids.iter().enumerate() {
            let earlier = ids[..n].iter().find(|other| match (party(other), party(id)) {
                (Some(Party::Known(a)), Some(Party::Known(b))) => a.staff == b.staff,
                (Some(Party::Typed { name: a, .. }), Some(Party::Typed { name: b, .. })) => a == b,
                _ => false,
            });
            let signed = ids.iter().find(|other| match (party(other), party(id)) {
                (Some(Party::Known(signed)), Some(Party::Typed { name, .. })) => is_named(&signed.name, name),
                _ => false,
            });
            let twin = signed.or(earlier).copied();
            if let Some(twin) = twin {
                same.insert(*id, twin);
            }
        }
    }
    same
}

/// Whether what was typed is this name: every word of one is in the other, whatever the case, the order and the stops.
fn is_named(name: &str, typed: &str) -> bool {
    let words = |text: &str| -> BTreeSet<String> {
        let lower = text.to_lowercase();
        lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    let (name, typed) = (words(name), words(typed));
    !typed.is_empty() && (typed.is_subset(&name) || name.is_subset(&typed))
}
