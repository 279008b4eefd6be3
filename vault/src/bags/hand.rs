//! Handing a bag over between two devices with no hub: the slip and the frames are shown, read, and answered with the receiver's signed
//! passage. Each device writes its entry before anything is shown on it. What a receiver's device believes rests on the hub's certificate
//! of the giver, checked offline.

use super::act;
use super::near::{Showing, Taking};
use super::{BagAsked, OpenedBag, grant, keep, look};
use crate::chart;
use crate::door::{Admitted, Answer, Deed, Door};
use crate::fault::VaultFault;
use crate::lease;
use crate::visits::photos;
use ed25519_dalek::{SigningKey, VerifyingKey};
use record::audit::BagDeed;
use record::bag::view::Moving;
use record::bag::{Bag, BagFault, BagId, Critical, Said, belongings};
use record::consent::Recorded;
use record::people::Organisation;
use record::visit::PhotoId;
use record::{PersonId, Stamp};
use rusqlite::Connection;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use sync::bag::bundle::{Bundle, Carried};
use sync::bag::{Answer as Reply, Collector, Frames, Sheet, Slip, SlipSecret};
use sync::frame::Folder;
use sync::outbox::Work;

/// What is shown to whoever takes the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    pub bag: BagId,
    /// One QR code.
    pub slip: String,
    /// The animated code, in the order in which it is shown.
    pub frames: Vec<String>,
    pub critical: Critical,
}

/// A slip as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlipSeen {
    pub bag: BagId,
    pub person: PersonId,
    pub critical: Critical,
    /// Who showed it, as the hub certified them.
    pub giver: String,
    pub organisation: String,
    pub at: Stamp,
    /// The whole bag is here already.
    pub whole: bool,
}

/// How far the frames have got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TakenFrames {
    pub person: PersonId,
    /// Hundredths; 100 only when the bag is whole.
    pub progress: u8,
    /// Of those given, new ones and those that were not of this bag.
    pub fresh: u32,
    pub strange: u32,
    pub whole: bool,
}

/// What a showing is made with, before the door is asked.
struct Giver<'a> {
    hub: VerifyingKey,
    at: Stamp,
    from: Organisation,
    checked: Option<Stamp>,
    key: &'a SigningKey,
}

impl<'a> Giver<'a> {
    fn of(door: &Door, key: &'a SigningKey, now: Stamp) -> Giver<'a> {
        let (hub, at, from) = (*door.hub(), door.moment(now).0, door.actor().organisation.clone());
        Giver { hub, at, from, checked: door.told().checked, key }
    }

    /// The slip, the frames of everything of this bag that travels, and what those are the frames of. `near`: where this device may be reached.
    /// Only with a certificate in force can a receiver believe them.
    fn show(
        &self,
        conn: &Connection,
        bag: &Bag,
        (secret, near): (&SlipSecret, &[SocketAddr]),
    ) -> Result<(Shown, Vec<u8>), VaultFault> {
        let own = lease::own(conn, &self.hub)?.filter(|own| own.certificate.in_force(self.at));
        let own = own.ok_or(VaultFault::Bag(BagFault::Certificate))?;
        let (_, contents) = bag.released().ok_or(VaultFault::Bag(BagFault::Order))?;
        let (person, critical) = (bag.header.person, Critical::of(contents));
        let (recorded, checked) = match grant::rules(conn, person)? {
            Some((rules, when)) => (rules.recorded, when),
            None => (crate::door::rules_of(conn, person)?.ok_or(VaultFault::NotCarried)?.recorded, self.checked),
        };
        let mut notes = Vec::new();
        for kept in keep::notes(conn, bag.id)? {
            if kept.sheet.note.said.travels() {
                let mine = kept.vouch == keep::Vouch::Own && kept.sheet.is_certified_by(&own.certificate);
                let sworn = if mine { Some(own.to_bytes()) } else { kept.sworn };
                notes.push(Carried { sheet: kept.sheet, sworn });
            }
        }
        let sealed = Bundle { bag: bag.id, recorded: recorded.clone(), checked, notes }.seal(secret);
        let sealed = sealed.map_err(VaultFault::Bag)?;
        let frames = Frames::of(&sealed, bag.id, secret).0;
        let slip = Slip {
            bag: bag.id,
            person,
            digest: Sha256::digest(&sealed).into(),
            length: u32::try_from(sealed.len()).map_err(|_| VaultFault::Bag(BagFault::Text))?,
            secret: secret.clone(),
            at: self.at,
            from: self.from.clone(),
            choice: recorded.choice,
            until: recorded.until,
            checked,
            near: near.to_vec(),
            critical: critical.clone(),
        };
        let slip = slip.to_code(&own, self.key).map_err(VaultFault::Bag)?;
        Ok((Shown { bag: bag.id, slip, frames, critical }, sealed))
    }
}

/// Shows the released bag: the slip and the frames. `fresh`: random bytes, for a secret never used before.
pub(crate) fn show(
    door: &mut Door,
    key: &SigningKey,
    (asked, fresh, near): (&BagAsked, [u8; 16], &[SocketAddr]),
    now: Stamp,
) -> Result<Answer<(Shown, Showing)>, VaultFault> {
    let request = look::request(door, asked);
    let id = door.glance(|conn| Ok(look::current(conn, asked.person)?.map(|bag| bag.id)))?;
    let giver = Giver::of(door, key, now);
    door.admit(&request, Deed::Bag(BagDeed::Shown, id), now, |within| {
        let bag = look::current(within.tx(), asked.person)?.ok_or(VaultFault::Bag(BagFault::Unknown))?;
        let secret = SlipSecret::from_random(fresh);
        let (shown, sealed) = giver.show(within.tx(), &bag, (&secret, near))?;
        Ok((shown, Showing { bag: bag.id, purpose: asked.purpose, secret, sealed, to: None }))
    })
}

/// A bag to be printed.
pub struct ForPaper {
    pub opened: OpenedBag,
    pub slip: Option<String>,
    /// The drawn signatures of its counts, of those that are on this device.
    pub signatures: BTreeMap<PhotoId, Vec<u8>>,
}

/// The released bag for paper: as it stands, and the slip's code. The frames that belong to this slip are shown nowhere, so its secret opens
/// nothing: whoever finds the paper has what stands on it. `None` for a code: no certificate is in force, and paper does not wait for one.
pub(crate) fn print(
    door: &mut Door,
    folder: &mut Folder,
    key: &SigningKey,
    (asked, fresh): (&BagAsked, [u8; 16]),
    now: Stamp,
) -> Result<Answer<ForPaper>, VaultFault> {
    let request = look::request(door, asked);
    let id = door.glance(|conn| Ok(look::current(conn, asked.person)?.map(|bag| bag.id)))?;
    let giver = Giver::of(door, key, now);
    let mut means = chart::means(door, folder, None, now);
    let (actor, at) = (door.actor().clone(), giver.at);
    door.admit(&request, Deed::Bag(BagDeed::Printed, id), now, |within| {
        let bag = look::current(within.tx(), asked.person)?.ok_or(VaultFault::Bag(BagFault::Unknown))?;
        bag.released().ok_or(VaultFault::Bag(BagFault::Order))?;
        let slip = match giver.show(within.tx(), &bag, (&SlipSecret::from_random(fresh), &[])) {
            Ok((shown, _)) => Some(shown.slip),
            // Nor does paper wait for a summary that fits a code.
            Err(VaultFault::Bag(BagFault::Certificate | BagFault::Text)) => None,
            Err(fault) => return Err(fault),
        };
        let mut signatures = BTreeMap::new();
        for one in belongings::signatures(&bag.belongings) {
            if let Some(bytes) = photos::bytes(within.tx(), asked.person, one.file.id)? {
                signatures.insert(one.file.id, bytes);
            }
        }
        Ok(ForPaper { opened: look::opened(within, &mut means, &actor, asked.person, at)?, slip, signatures })
    })
}

/// Reads a slip: who it is and what can kill them, at once. What the person chose comes with it, and the door decides by that.
pub(crate) fn take_slip(
    door: &mut Door,
    (taking, nearby): (&mut Option<Gathering>, &mut Option<Taking>),
    code: &str,
    purpose: record::consent::Purpose,
    now: Stamp,
) -> Result<Answer<SlipSeen>, VaultFault> {
    let read = Slip::read(code, door.hub()).map_err(VaultFault::Bag)?;
    let (slip, giver) = (read.slip, read.giver);
    let (at, _) = door.moment(now);
    if !giver.in_force(at) || door.glance(lease::ended)?.contains(&giver.device) {
        return Err(VaultFault::Bag(BagFault::Certificate));
    }
    if record::ChainId::of(&giver.device, &giver.staff) == *door.chain() {
        return Err(VaultFault::Bag(BagFault::Taken));
    }
    let asked = BagAsked { person: slip.person, purpose };
    door.errand(now, |errand| {
        // The hub's own rules, where it sent any, are not loosened by a slip.
        if crate::door::rules_of(errand.tx(), slip.person)?.is_none() {
            let recorded =
                Recorded { choice: slip.choice, until: slip.until, decided: slip.checked, ..Recorded::nothing() };
            grant::put(errand.tx(), slip.person, &recorded, (slip.checked, &slip.critical.banner), errand.now())?;
        }
        grant::read_again(errand.tx(), slip.person, errand.now())
    })?;
    let request = look::request(door, &asked);
    let seen = slip.clone();
    let answer = door.admit(&request, Deed::Bag(BagDeed::SlipRead, Some(slip.bag)), now, |within| {
        Ok(SlipSeen {
            bag: seen.bag,
            person: seen.person,
            critical: seen.critical,
            giver: giver.name.clone(),
            organisation: seen.from.name,
            at: seen.at,
            whole: keep::bag(within.tx(), seen.bag)?.is_some_and(|bag| bag.released().is_some()),
        })
    })?;
    if answer.is_ok() {
        *taking = Some(Gathering { collector: Collector::of(&slip).map_err(VaultFault::Bag)?, taken: false });
        *nearby = Some(Taking::of(slip, giver));
    }
    Ok(answer)
}

/// A bag whose frames are coming in. It stays when the bag is here, however that came: frames still on their way from the camera are its own.
pub(crate) struct Gathering {
    collector: Collector,
    pub(crate) taken: bool,
}

/// Takes in frames as the camera sees them; when there are enough, the whole bag.
pub(crate) fn take_frames(
    door: &mut Door,
    taking: &mut Option<Gathering>,
    (frames, purpose): (&[String], record::consent::Purpose),
    now: Stamp,
) -> Result<Answer<TakenFrames>, VaultFault> {
    let Gathering { collector, taken: here } = taking.as_mut().ok_or(VaultFault::Bag(BagFault::OtherBag))?;
    let slip = collector.slip().clone();
    let (mut fresh, mut strange) = (0, 0);
    for frame in frames {
        match collector.take(frame) {
            sync::bag::frames::Took::New => fresh += 1,
            sync::bag::frames::Took::Again => {}
            sync::bag::frames::Took::PassedOver => strange += 1,
        }
    }
    let (progress, sealed) = match *here {
        true => (100, None),
        false => (collector.progress(), collector.whole().map(<[u8]>::to_vec)),
    };
    let request = look::request(door, &BagAsked { person: slip.person, purpose });
    let taken = TakenFrames { person: slip.person, progress, fresh, strange, whole: *here || sealed.is_some() };
    let Some(sealed) = sealed else {
        // Nothing is read now: there is nothing to decide, and the slip's entry stands.
        return door.admit(&request, Deed::Bag(BagDeed::SlipRead, Some(slip.bag)), now, |_| Ok(taken));
    };
    let answer = take_sealed(door, &slip, (&sealed, purpose), now)?;
    *here = answer.is_ok();
    Ok(answer)
}

/// Takes in the whole bag that the slip names, however it came.
pub(super) fn take_sealed(
    door: &mut Door,
    slip: &Slip,
    (sealed, purpose): (&[u8], record::consent::Purpose),
    now: Stamp,
) -> Result<Answer<TakenFrames>, VaultFault> {
    let request = look::request(door, &BagAsked { person: slip.person, purpose });
    let bundle = Bundle::open(sealed, slip.bag, &slip.secret).map_err(VaultFault::Bag)?;
    let hub = *door.hub();
    let at = door.moment(now).0;
    door.admit(&request, Deed::Bag(BagDeed::TakenIn, Some(slip.bag)), now, |within| {
        take_in(within, &bundle, (slip.person, &slip.critical.banner), (&hub, at))?;
        Ok(TakenFrames { person: slip.person, progress: 100, fresh: 0, strange: 0, whole: true })
    })
}

/// Keeps what came: each note with how it came to be believed. A bag that does not begin with this person is not theirs.
fn take_in(
    within: &Admitted<'_>,
    bundle: &Bundle,
    (person, banner): (PersonId, &str),
    (hub, at): (&VerifyingKey, Stamp),
) -> Result<(), VaultFault> {
    let conn = within.tx();
    let theirs =
        |carried: &Carried| matches!(&carried.sheet.note.said, Said::Opened(header) if header.person == person);
    let begins = bundle.notes.iter().any(theirs);
    let others = keep::person_of(conn, bundle.bag)?.is_some_and(|known| known != person);
    if !begins || others {
        return Err(VaultFault::Bag(BagFault::OtherBag));
    }
    for carried in bundle.notes.iter().filter(|carried| carried.sheet.note.said.travels()) {
        let (vouch, sworn) = if carried.is_proven(hub) {
            (keep::Vouch::Certificate, carried.sworn.as_deref())
        } else {
            (keep::Vouch::Giver, None)
        };
        // The hub takes from anybody what its author signed: whichever device reaches it first brings the whole bag.
        if keep::add(conn, (person, &carried.sheet), (vouch, sworn), true)? {
            within.sends(Work::Bag(carried.sheet.posted()));
        }
    }
    if grant::rules(conn, person)?.is_some() {
        grant::put(conn, person, &bundle.recorded, (bundle.checked, banner), at)?;
    }
    Ok(())
}

/// Takes the bag over, with the PIN given again: the signed passage, and the code by which the giver's device has it too.
pub(crate) fn accept(
    door: &mut Door,
    folder: &mut Folder,
    key: &SigningKey,
    (asked, step): (&BagAsked, Moving),
    now: Stamp,
) -> Result<Answer<(OpenedBag, String)>, VaultFault> {
    if !step.step.hands_over() || step.typed.is_some() {
        return Err(VaultFault::Bag(BagFault::Order));
    }
    let (hub, at) = (*door.hub(), door.moment(now).0);
    let own = door.glance(|conn| lease::own(conn, &hub))?.filter(|own| own.certificate.in_force(at));
    let own = own.ok_or(VaultFault::Bag(BagFault::Certificate))?;
    // A passage that the giver's device could not be told of is not signed.
    let mut code = String::new();
    let told = |sheet: &Sheet| Reply::to_code(sheet, &own).map(|text| code = text);
    let answer = act::move_on(door, folder, key, (asked, step, told), now)?;
    Ok(answer.map(|disclosure| disclosure.map(|opened| (opened, code))))
}

/// The giver's device takes the receiver's signed passage.
pub(crate) fn acknowledge(
    door: &mut Door,
    folder: &mut Folder,
    (code, purpose): (&str, record::consent::Purpose),
    now: Stamp,
) -> Result<(PersonId, Answer<OpenedBag>), VaultFault> {
    let reply = Reply::read(code, door.hub()).map_err(VaultFault::Bag)?;
    let (at, _) = door.moment(now);
    if !reply.by.in_force(at) || door.glance(lease::ended)?.contains(&reply.by.device) {
        return Err(VaultFault::Bag(BagFault::Certificate));
    }
    let note = &reply.sheet.note;
    let person = door.glance(|conn| keep::person_of(conn, note.bag))?.ok_or(VaultFault::Bag(BagFault::OtherBag))?;
    if door.glance(|conn| keep::has(conn, note.id))? {
        return Err(VaultFault::Bag(BagFault::Taken));
    }
    let passes = matches!(&note.said, Said::Passed(passage) if passage.step.hands_over());
    let request = look::request(door, &BagAsked { person, purpose });
    let mut means = chart::means(door, folder, None, now);
    let actor = door.actor().clone();
    let answer = door.admit(&request, Deed::Bag(BagDeed::Acknowledged, Some(note.bag)), now, |within| {
        let follows = match &note.said {
            Said::Passed(passage) => passage.after.map_or(Ok(true), |after| keep::has(within.tx(), after))?,
            _ => false,
        };
        if !passes || !follows {
            return Err(VaultFault::Bag(BagFault::OtherBag));
        }
        // Whichever of the two reaches the hub first brings it: it takes what its author signed from either.
        keep::add(within.tx(), (person, &reply.sheet), (keep::Vouch::Certificate, Some(&reply.sworn)), true)?;
        within.sends(Work::Bag(reply.sheet.posted()));
        look::opened(within, &mut means, &actor, person, at)
    })?;
    Ok((person, answer))
}
