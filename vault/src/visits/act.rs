//! Doing: through the door, as this vault's user and signed with their key. The act, the audit entry, what will be sent, and the end of
//! its draft are one commit; a refused act leaves the entry of the attempt and nothing else. What is being typed is kept apart from all
//! that, by an errand: it discloses nothing, and must not wait for a decision.

use super::look::{deed_of, opened, visit_request};
use super::{Doing, Fields, OpenedVisits, VisitAsked, carry, keep, photos};
use crate::chart;
use crate::door::{Answer, Deed, Door, rules_of};
use crate::drafts;
use crate::fault::VaultFault;
use ed25519_dalek::SigningKey;
use record::consent::Clock;
use record::plan::Author;
use record::visit::{Act, ActFault, Body, Log, Photo, PhotoId, frequency};
use record::{PersonId, Stamp};
use sync::frame::Folder;
use sync::outbox::Work;
use sync::visits::sign_act;

/// No draft is longer (bytes, all fields together).
const LONGEST_DRAFT: usize = 64 << 10;
/// Nor is a form called longer (bytes).
const LONGEST_FORM: usize = 200;

/// Does one thing.
pub(crate) fn act(
    door: &mut Door,
    folder: &mut Folder,
    key: &SigningKey,
    asked: &VisitAsked,
    doing: Doing,
    now: Stamp,
) -> Result<Answer<OpenedVisits>, VaultFault> {
    let request = visit_request(door, asked);
    let (at, clock) = door.moment(now);
    let known_at = door.told().checked;
    let own = door.chain().clone();
    let deed = deed_of(&doing.body);
    let Doing { visit, mut body, draft, nonce } = doing;
    if let Body::Dose(dose) = &mut body {
        dose.known_at = known_at;
    }
    let mut act = Act {
        person: asked.person,
        chain: own.clone(),
        by: Author::of(door.actor()),
        at,
        clock_in_doubt: clock == Clock::Suspect,
        visit,
        nonce,
        body,
    };
    let mut means = chart::means(door, folder, None, now);
    door.admit(&request, Deed::Visit(deed), now, |within| {
        let (kept, _) = keep::acts(within.tx(), asked.person, &own)?;
        let log = Log::assemble(kept.into_iter().map(|kept| (kept.id, kept.act)));
        let mut least_hours = None;
        if let Body::Dose(dose) = &mut act.body {
            // How often it is due, and how much at most, is the record's, so that no screen can leave it out.
            let (chart, _) = chart::fetch(within, &mut means)?.assemble()?;
            least_hours = frequency::least_hours(&chart, &dose.medicine).max(dose.least_hours.map(u32::from));
            dose.least_hours = least_hours.map(|hours| u16::try_from(hours).unwrap_or(u16::MAX));
            dose.most = frequency::most_of(&chart, &dose.medicine);
        }
        act.check().and_then(|()| log.admits(&act)).map_err(VaultFault::Act)?;
        if let Body::Dose(dose) = &act.body {
            log.admits_dose(dose, least_hours).map_err(VaultFault::Act)?;
        }
        let signed = sign_act(&act, key);
        keep::put(within.tx(), asked.person, &signed)?;
        carry::send(within.tx(), asked.person, &signed)?;
        let pictures = photos::sign(within.tx(), &act, signed.id(), draft.as_deref())?;
        within.sends(Work::Act(signed));
        pictures.into_iter().for_each(|picture| within.sends(picture));
        if let Some(form) = &draft {
            drafts::end(within.tx(), (asked.person, form), at)?.into_iter().for_each(|ended| within.sends(ended));
        }
        opened(within, &mut means, (asked.person, &own), known_at)
    })
}

/// Keeps what is being typed, as it is now. Nothing typed makes no draft.
pub(crate) fn keep_draft(
    door: &mut Door,
    (person, form): (PersonId, &str),
    fields: &Fields,
    now: Stamp,
) -> Result<(), VaultFault> {
    let size: usize = fields.iter().map(|(name, text)| name.len() + text.len()).sum();
    if size > LONGEST_DRAFT || form.len() > LONGEST_FORM {
        return Err(VaultFault::Act(ActFault::TooLong));
    }
    door.errand(now, |errand| {
        if rules_of(errand.tx(), person)?.is_none() {
            return Err(VaultFault::NotCarried);
        }
        let kept = keep::put_draft(errand.tx(), (person, form), fields, errand.now())?;
        kept.into_iter().for_each(|kept| errand.sends(kept));
        Ok(())
    })
}

/// Keeps a picture with the form it was taken for; gives the form's pictures. It discloses nothing, like what is typed.
pub(crate) fn keep_photo(
    door: &mut Door,
    (person, form): (PersonId, &str),
    bytes: &[u8],
    now: Stamp,
) -> Result<Vec<Photo>, VaultFault> {
    door.errand(now, |errand| {
        if rules_of(errand.tx(), person)?.is_none() {
            return Err(VaultFault::NotCarried);
        }
        let kept = photos::put_draft(errand.tx(), (person, form), bytes, errand.now())?;
        kept.into_iter().for_each(|kept| errand.sends(kept));
        of_form(photos::drafts(errand.tx(), person)?, form)
    })
}

/// Takes a picture out of a form; gives those that are left.
pub(crate) fn drop_photo(
    door: &mut Door,
    (person, form): (PersonId, &str),
    photo: PhotoId,
    now: Stamp,
) -> Result<Vec<Photo>, VaultFault> {
    door.errand(now, |errand| {
        let gone = photos::drop_draft(errand.tx(), (person, form), Some(photo), errand.now())?;
        gone.into_iter().for_each(|gone| errand.sends(gone));
        of_form(photos::drafts(errand.tx(), person)?, form)
    })
}

fn of_form(all: Vec<(String, Photo)>, form: &str) -> Result<Vec<Photo>, VaultFault> {
    Ok(all.into_iter().filter(|(of, _)| of == form).map(|(_, photo)| photo).collect())
}
