//! Break-glass on the device (`reference/consent.md` section 5): the PIN again, the declaration written before anything is read, the
//! emergency view first, a time that is not prolonged by widening, and an end by hand. While it lasts each look is still an entry.

use crate::aging;
use crate::chart::{self, ChartAsked, Opened};
use crate::content;
use crate::door::{Answer, Door};
use crate::fault::VaultFault;
use crate::ledger;
use crate::seal::{PersonKey, SealSecret, Sealer};
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

/// What the PIN that was given again opens, and for how long it counts (milliseconds): one override, of one person, as it was declared.
pub(crate) struct Ready {
    asked: ChartAsked,
    terms: BreakGlassTerms,
    secret: SealSecret,
    pub(crate) until: Stamp,
}

const COUNTS: i64 = 60_000;

impl Ready {
    /// Whether it confirms an override of this person now.
    pub(crate) fn confirms(&self, person: PersonId, now: Stamp) -> bool {
        self.asked.person == person && now < self.until
    }
}

/// Checks the declaration, and only then the PIN, which `pin` tries: a reason that is too short costs no try.
pub(crate) fn ready(
    door: &mut Door,
    asked: &ChartAsked,
    terms: &BreakGlassTerms,
    pin: impl FnOnce(&mut Door) -> Result<SealSecret, VaultFault>,
    now: Stamp,
) -> Result<Ready, VaultFault> {
    let (at, _) = door.moment(now);
    declared(door, terms, at)?;
    let secret = pin(door)?;
    Ok(Ready {
        asked: asked.clone(),
        terms: terms.clone(),
        secret,
        until: Stamp::from_millis(at.millis().saturating_add(COUNTS)),
    })
}

fn declared(door: &Door, terms: &BreakGlassTerms, since: Stamp) -> Result<BreakGlass, VaultFault> {
    let least = door.told().pack.as_ref().map_or(0, |pack| pack.break_glass.least_text);
    let why = (terms.reason, terms.condition);
    BreakGlass::declare(why, &terms.text, least, since, terms.widened).ok_or(VaultFault::ShortReason)
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

/// Declares the override that was made ready, and opens what it permits. What of a source may not be kept any longer goes with this opening.
pub(crate) fn open(
    door: &mut Door,
    folder: &mut Folder,
    held: &mut Option<OpenGlass>,
    (ready, sealer): (&Ready, Sealer<'_>),
    now: Stamp,
) -> Result<Answer<Opened>, VaultFault> {
    let Ready { asked, terms, secret, .. } = ready;
    let (at, _) = door.moment(now);
    // Widening is a second step of the same override: it is recorded, and does not prolong it.
    let since = match held {
        Some(glass) if glass.person == asked.person && at < glass.until => glass.declared.since(),
        _ => at,
    };
    let declared = declared(door, terms, since)?;
    let mut key = match door.glance(|conn| content::ephemeral(conn, asked.person))? {
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
        // After the entry and the look: what is gone then was not shown either.
        if let Some(fits) = &key
            && let Some(anew) = aging::unsealed(door, asked.person, (fits, secret, sealer), now)?
        {
            key = Some(anew);
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

/// Whose glass is broken now.
pub(crate) fn broken(door: &Door, held: &Option<OpenGlass>, now: Stamp) -> Option<PersonId> {
    let (at, _) = door.moment(now);
    held.as_ref().filter(|glass| at < glass.until).map(|glass| glass.person)
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
