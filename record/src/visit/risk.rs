//! Hypercapnic risk as several clinicians recorded it: what stands, what differs until a clinician settles it, and on which scale a set of signs counts.
//! Never by whose clock is ahead (`reference/careplan.md` section 7: both stand until a named clinician resolves). Not the scores themselves ([`super::news2`]).

use super::act::{Act, ActId, Body};
use super::news2::{News2, Scale, Unfit, score};
use super::vitals::Observations;
use crate::stamp::Stamp;
use std::collections::{BTreeMap, BTreeSet};

/// One word on the risk.
struct Word<'a> {
    id: ActId,
    act: &'a Act,
    risk: bool,
    settles: &'a [ActId],
}

/// Signs taken while the word was disputed, and what came of that.
struct Dispute {
    from: Stamp,
    until: Option<Stamp>,
    /// Of those who said yes, the newest; the one that settled it, if it says yes. None: scale 1 is all there is.
    yes: Option<ActId>,
}

/// What counts of the words that stand.
#[derive(Default)]
pub(super) struct Risks {
    /// The newest word of each who spoke of it and was not answered since: newest first.
    pub(super) words: Vec<ActId>,
    /// They differ.
    pub(super) differ: bool,
    /// The word that scale 2 stands on, where all agree.
    pub(super) stands: Option<ActId>,
    disputes: Vec<Dispute>,
    /// Those words, and what they answer.
    of_it: BTreeSet<ActId>,
}

impl Risks {
    /// `standing`: acts that nobody struck through, oldest first.
    pub(super) fn of<'a>(standing: impl Iterator<Item = (ActId, &'a Act)>) -> Risks {
        let words: Vec<Word<'_>> = standing.filter_map(|(id, act)| word(id, act)).collect();
        let answered: BTreeSet<ActId> = words.iter().flat_map(|word| word.settles).copied().collect();
        let mut newest: BTreeMap<&crate::StaffId, &Word<'_>> = BTreeMap::new();
        for word in words.iter().filter(|word| !answered.contains(&word.id)) {
            newest.insert(&word.act.by.staff, word);
        }
        let mut live: Vec<&Word<'_>> = newest.into_values().collect();
        live.sort_unstable_by_key(|word| std::cmp::Reverse((word.act.at, word.id)));
        let mut disputes = Vec::new();
        for settling in &words {
            let of: Vec<&Word<'_>> = words.iter().filter(|word| settling.settles.contains(&word.id)).collect();
            if let Some(from) = begun(&of) {
                let yes = settling.risk.then_some(settling.id);
                disputes.push(Dispute { from, until: Some(settling.act.at), yes });
            }
        }
        let yes = live.iter().find(|word| word.risk).map(|word| word.id);
        // Two who settled one dispute apart, and differ, have opened it again from its beginning.
        let answered_by_live = |word: &&Word<'_>| live.iter().any(|one| one.settles.contains(&word.id));
        let reach: Vec<&Word<'_>> = live.iter().copied().chain(words.iter().filter(answered_by_live)).collect();
        let from = begun(&live).and(reach.iter().map(|word| word.act.at).min());
        let of_it = reach.iter().map(|word| word.id).collect();
        disputes.extend(from.map(|from| Dispute { from, until: None, yes }));
        let words = live.iter().map(|word| word.id).collect();
        Risks { words, of_it, differ: from.is_some(), stands: yes.filter(|_| from.is_none()), disputes }
    }

    /// What another scale gives of a set of signs: `Ok` where it is the one that counts since the dispute was settled, `Err` where nobody has settled it
    /// and both are shown. `None` where what was recorded counts, and where both scales give the same.
    pub(super) fn otherwise(
        &self,
        (taken, scale, unfit): (&Observations, Scale, Option<Unfit>),
        at: Stamp,
    ) -> Option<Result<News2, News2>> {
        let within = |dispute: &&Dispute| dispute.from <= at && dispute.until.is_none_or(|until| at < until);
        let on_it = |dispute: &&Dispute| {
            let on = match scale {
                Scale::One => None,
                Scale::Two { on } => Some(on),
            };
            dispute.until.is_none() && on.is_some_and(|on| self.of_it.contains(&on))
        };
        // The one that is open counts before those that were settled, and of these the last.
        let dispute = self.disputes.iter().rev().find(|dispute| within(dispute) || on_it(dispute))?;
        let settled = dispute.until.is_some();
        let other = match (scale, dispute.yes) {
            (Scale::One, Some(on)) => Scale::Two { on },
            (Scale::Two { .. }, None) => Scale::One,
            (Scale::Two { .. }, Some(_)) if !settled => Scale::One,
            (Scale::One, None) | (Scale::Two { .. }, Some(_)) => return None,
        };
        let (recorded, other) = (score(taken, scale, unfit), score(taken, other, unfit));
        let same = match (&recorded, &other) {
            (News2::Score(one), News2::Score(two)) => one.total() == two.total() && one.band() == two.band(),
            (one, two) => one == two,
        };
        (!same).then_some(if settled { Ok(other) } else { Err(other) })
    }
}

fn word(id: ActId, act: &Act) -> Option<Word<'_>> {
    match &act.body {
        Body::Hypercapnic { risk, settles, .. } => Some(Word { id, act, risk: *risk, settles }),
        _ => None,
    }
}

/// The time of the first of them, where they differ.
fn begun(words: &[&Word<'_>]) -> Option<Stamp> {
    let differ = words.windows(2).any(|two| two[0].risk != two[1].risk);
    words.iter().map(|word| word.act.at).min().filter(|_| differ)
}
