//! Break-glass on the device (`reference/consent.md` section 5): the PIN again, the declaration written before anything is read, the
//! emergency view first, a time that is not prolonged by widening, and an end by hand. While it lasts each look is still an entry.

use crate::chart::{self, ChartAsked, Opened};
use crate::content;
use crate::door::{Answer, Door};
use crate::fault::VaultFault;
use crate::ledger;
use crate::seal::{PersonKey, SealSecret};
use record::audit::Event;
use record::consent::{BreakGlass, Caveat, Condition, OverrideReason, Purpose};
use record::{PersonId, Stamp};
use sync::frame::Folder;

/// An override, as declared on the screen.
#[derive(Debug, Clone)]
pub struct BreakGlassTerms {
    pub reason: OverrideReason,
    pub condition: Condition,
    pub text: String,
    pub widened: bool,
}

/// The one glass that is broken now.
pub(crate) struct OpenGlass {
    pub(crate) person: PersonId,
    purpose: Purpose,
    declared: BreakGlass,
    until: Stamp,
    key: Option<PersonKey>,
}

/// The broken glass, for the banner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Glass {
    pub person: PersonId,
    pub until: Stamp,
    pub widened: bool,
    /// Overrides declared in this shift, this one among them, and how many the programme expects at most.
    pub in_shift: u32,
    pub expected: u32,
}

impl OpenGlass {
    /// The override and the key for another look at the same person in its time; nothing for anybody or anything else.
    pub(crate) fn for_look(&self, asked: &ChartAsked, now: Stamp) -> Option<(BreakGlass, Option<&PersonKey>)> {
        let same = asked.person == self.person && asked.purpose == self.purpose && now < self.until;
        same.then(|| (self.declared.again(), self.key.as_ref()))
    }
}

/// Declares an override and opens what it permits. The PIN was given again: `secret` came out of the envelope just now.
pub(crate) fn open(
    door: &mut Door,
    folder: &mut Folder,
    held: &mut Option<OpenGlass>,
    (asked, terms, secret): (&ChartAsked, &BreakGlassTerms, &SealSecret),
    now: Stamp,
) -> Result<Answer<Opened>, VaultFault> {
    let (at, _) = door.moment(now);
    let least = door.told().pack.as_ref().map_or(0, |pack| pack.break_glass.least_text);
    // Widening is a second step of the same override: it is recorded, and does not prolong it.
    let since = match held {
        Some(glass) if glass.person == asked.person && at < glass.until => glass.declared.since(),
        _ => at,
    };
    let why = (terms.reason, terms.condition);
    let declared = BreakGlass::declare(why, &terms.text, least, since, terms.widened).ok_or(VaultFault::ShortReason)?;
    let key = match door.glance(|conn| content::ephemeral(conn, asked.person))? {
        Some(ephemeral) => Some(secret.person_key(&ephemeral, asked.person)?),
        None => None,
    };
    let answer = chart::open(door, folder, asked, (Some(declared.clone()), key.as_ref()), now)?;
    if let Ok(disclosure) = &answer {
        let until = disclosure.admission().caveats.iter().find_map(|caveat| match caveat {
            Caveat::BreakGlassUntil(until) => Some(*until),
            _ => None,
        });
        if held.as_ref().is_some_and(|before| before.person != asked.person) {
            // One at a time: another person's ends the one before.
            end(door, held, false, now)?;
        }
        *held = until.map(|until| OpenGlass { person: asked.person, purpose: asked.purpose, declared, until, key });
    }
    Ok(answer)
}

/// Ends the override; the entry says whether by hand. One whose time is over is said to have ended when the session does.
pub(crate) fn end(door: &mut Door, held: &mut Option<OpenGlass>, by_hand: bool, now: Stamp) -> Result<(), VaultFault> {
    let Some(glass) = held.take() else { return Ok(()) };
    let by_hand = by_hand && door.moment(now).0 < glass.until;
    door.errand(now, |errand| errand.log(Event::GlassEnded { subject: glass.person, by_hand }))
}

/// What the banner says.
pub(crate) fn standing(door: &Door, held: &Option<OpenGlass>, now: Stamp) -> Result<Option<Glass>, VaultFault> {
    let (at, _) = door.moment(now);
    let (Some(glass), Some(pack)) = (held.as_ref().filter(|g| at < g.until), &door.told().pack) else {
        return Ok(None);
    };
    let limits = &pack.break_glass;
    let since = Stamp::from_millis(at.millis().saturating_sub(i64::from(limits.shift_hours) * 3_600_000));
    let in_shift = door.glance(|conn| ledger::overrides_since(conn, since))?;
    Ok(Some(Glass {
        person: glass.person,
        until: glass.until,
        widened: glass.declared.widened(),
        in_shift,
        expected: limits.per_shift,
    }))
}
