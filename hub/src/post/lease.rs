//! The licence at the hub: renewed with each answer, its certificate sent when the device's is old; both sides of an extension between
//! colleagues noted; and a device whose enrolment has ended told so, after its audit was taken in. The limits are `record::lease`.

use super::{Answering, PostFault};
use crate::manifest::Sent;
use crate::store::lease::{self, Contact, Side};
use crate::store::trust::Enrolment;
use crate::store::{caseload, trust};
use jiff::SignedDuration;
use record::audit::{DeviceAct, Entry, Event};
use record::lease::{CERTIFICATE_HOURS, Certificate};
use record::{ChainId, Stamp};
use sha2::{Digest, Sha256};
use sync::lease::Sworn;
use sync::letter::{Ended, EndedBecause, Letter};
use sync::wire;

/// A device's word about the hub's time may differ from ours by this much (milliseconds).
const SLACK: i64 = 5 * 60_000;
/// A licence that would be lengthened by less is not: of the posts of a device that rests, a minute apart, most write nothing.
const RENEWED: SignedDuration = SignedDuration::from_mins(5);

impl Answering<'_> {
    /// When a licence that is given now ends.
    fn until(&self) -> Result<Stamp, PostFault> {
        let shift = lease::shift_end(self.tx, &self.enrolment.staff)?;
        Ok(lease::terms(self.tx)?.end(self.now, shift))
    }

    /// The end of the licence that this device holds, if nothing needs to be written down of where it stands: it stands where it stood, and a new licence
    /// would end hardly later. Never a later end than one given now would have.
    pub(super) fn stands(&self) -> Result<Option<Stamp>, PostFault> {
        let Some(held) = lease::contact(self.tx, &self.enrolment.device)? else { return Ok(None) };
        let now = self.stand(held.licence);
        let until = self.until()?;
        let hardly = |end: &Stamp| (SignedDuration::ZERO..RENEWED).contains(&until.since(*end));
        Ok(held.licence.filter(hardly).filter(|_| Contact { at: now.at, ..held } == now))
    }

    /// Gives a licence and writes down where the device stands.
    pub(super) fn renew(&self) -> Result<Stamp, PostFault> {
        let until = self.until()?;
        self.contact(Some(until))?;
        Ok(until)
    }

    /// Sends a certificate where the one the device holds is old.
    pub(super) fn certify(&mut self) -> Result<(), PostFault> {
        let held = self.post.certified;
        let half = SignedDuration::from_hours((CERTIFICATE_HOURS / 2).into());
        let old = self.now.since(held) >= half || held > self.now || lease::last_ended(self.tx)? >= held;
        if old {
            let life = SignedDuration::from_hours(CERTIFICATE_HOURS.into());
            let Some((actor, _)) = caseload::staff(self.tx, &self.enrolment.staff)? else {
                return Err(PostFault::Unknown);
            };
            let certificate = Certificate {
                staff: actor.staff,
                name: actor.name,
                device: self.enrolment.device.clone(),
                key: self.enrolment.signing_key,
                issued: self.now,
                not_after: self.now.plus(life),
                lending: lease::terms(self.tx)?.lending,
            };
            let sworn = Sworn::by(certificate, self.key).to_bytes();
            let recent = Stamp::from_millis(self.now.millis().saturating_sub(life.as_millis() as i64));
            let ended = lease::ended_since(self.tx, recent)?;
            self.say(&Letter::Certified { sworn, ended })?;
        }
        Ok(())
    }

    fn stand(&self, licence: Option<Stamp>) -> Contact {
        Contact {
            at: self.now,
            cursor: self.post.cursor.seq.0,
            epoch: self.post.head.epoch,
            head: self.post.head.seq,
            choices: self.choices_told,
            licence,
        }
    }

    /// Where the device stands, for the day it does not come back.
    fn contact(&self, licence: Option<Stamp>) -> Result<(), PostFault> {
        trust::posted(self.tx, &self.enrolment.device, self.now)?;
        Ok(lease::put_contact(self.tx, &self.enrolment.device, &self.stand(licence))?)
    }

    /// Both sides of each extension, from entries just taken in.
    pub(super) fn note_extensions(&self, entries: &[Vec<u8>]) -> Result<(), PostFault> {
        let own = &self.post.chain;
        for entry in entries.iter().filter_map(|bytes| Entry::from_bytes(bytes).ok()) {
            match entry.event {
                Event::Device(DeviceAct::LicenceTaken { by, device, request, until }) => {
                    let giver = ChainId::of(&device, &by);
                    lease::note_extension(self.tx, &request, (own, &giver), (Side::Taken, until), self.now)?;
                }
                Event::Device(DeviceAct::LicenceGiven { to, device, request, until }) => {
                    let taker = ChainId::of(&device, &to);
                    lease::note_extension(self.tx, &request, (&taker, own), (Side::Given, until), self.now)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The first entry that turns the chain's time back to a moment at which this hub cannot have said so: not between its last answer
    /// to this device and now, whichever of them its own clock, if it was put right meanwhile, calls the earlier.
    pub(super) fn false_time<'e>(&self, entries: impl IntoIterator<Item = &'e [u8]>) -> Result<Option<u64>, PostFault> {
        let heard = trust::last_post(self.tx, &self.enrolment.device)?;
        let now = self.now.millis();
        let earliest = heard.map_or(i64::MIN, |at| at.millis().min(now).saturating_sub(SLACK));
        let latest = heard.map_or(now, |at| at.millis().max(now)).saturating_add(SLACK);
        let mut entries = entries.into_iter().filter_map(|bytes| Entry::from_bytes(bytes).ok());
        let untrue = |entry: &Entry| entry.sets_time() && !(earliest..=latest).contains(&entry.at.millis());
        Ok(entries.find(untrue).map(|entry| entry.seq))
    }

    /// An ended enrolment: the audit is taken in, everything else is kept for a person to look at, and the device is told.
    pub(super) fn over(mut self, why: EndedBecause) -> Result<Vec<u8>, PostFault> {
        if !self.post.choices.is_empty() || !self.post.plans.is_empty() {
            // By what it holds: the same work sent again is kept once.
            let mut hash = Sha256::new();
            self.post.choices.iter().for_each(|made| hash.update(made.key.as_bytes()));
            self.post.plans.iter().for_each(|plan| hash.update(&plan.bundle));
            lease::put_late(self.tx, &self.enrolment.device, &hash.finalize().into(), self.bytes, self.now)?;
        }
        self.audit()?;
        let keys = std::mem::take(&mut self.post.choices).into_iter().map(|made| made.key).collect::<Vec<_>>();
        if !keys.is_empty() {
            self.say(&Letter::ChoicesHeld(keys))?;
        }
        // Said once in the manifest, however often the device comes back.
        if lease::contact(self.tx, &self.enrolment.device)?.is_none_or(|c| c.licence.is_some()) {
            self.sent.push(Sent::Everything);
        }
        self.contact(None)?;
        self.keep_manifest()?;
        let ended = Ended { why, at: self.now, signature: [0; 64] };
        self.say(&Letter::Ended(wire::sign_ended(ended, self.bytes, self.key)))?;
        Ok(self.out)
    }
}

/// Whether a device's enrolment has ended, and why. `active`: its user still works here.
pub(super) fn ended(
    tx: &rusqlite::Transaction<'_>,
    enrolment: &Enrolment,
    active: bool,
) -> Result<Option<EndedBecause>, PostFault> {
    if enrolment.revoked {
        let lost = lease::reason(tx, &enrolment.device)?.is_some_and(|r| r == LOST);
        return Ok(Some(if lost { EndedBecause::Lost } else { EndedBecause::Revoked }));
    }
    Ok((!active).then_some(EndedBecause::Left))
}

/// The reason that makes a revocation a loss.
pub const LOST: &str = "lost";
