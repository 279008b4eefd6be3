//! The licence as the vault keeps it: the hub's word at the end of each round, the certificate for colleagues, and the two codes by which
//! they lengthen it for one another. Each side writes its entry, naming the other, before its code is shown or its licence is
//! longer. Not the limits (`record::lease`) and not the codes' bytes (`sync::lease`).

use crate::door::{Door, Errand};
use crate::fault::VaultFault;
use crate::post::{get, put};
use ed25519_dalek::{SigningKey, VerifyingKey};
use record::audit::{DeviceAct, Event};
use record::canon::{NotCanonical, Reader, Writer};
use record::consent::Clock;
use record::lease::{Lending, Licensed, NotExtended};
use record::time::Doubt;
use record::{DeviceId, Stamp};
use rusqlite::Connection;
use sync::lease::{self, Request, Sworn};
use sync::letter::EndedBecause;

const LICENCE: &str = "offline-licence";
const CERTIFICATE: &str = "certificate";
/// Devices the hub has ended: no certificate of theirs counts.
const ENDED: &str = "ended-devices";
/// Digest of the request that is open; one at a time.
const OPEN: &str = "licence-request";
/// The hub has ended this enrolment, and why.
const OVER: &str = "enrolment-over";

/// A colleague who asks, as this device verified them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asking {
    pub name: String,
    pub staff: record::StaffId,
    pub device: DeviceId,
    /// What the extension would end at.
    pub until: Stamp,
}

/// What is kept, read when the vault opens.
pub(crate) fn licensed(conn: &Connection, hub: &VerifyingKey) -> Result<Option<Licensed>, VaultFault> {
    let corrupt = |_| VaultFault::Corrupt { what: "licence" };
    let Some(bytes) = get(conn, LICENCE)? else { return Ok(None) };
    let read = || -> Result<(Stamp, u32), NotCanonical> {
        let mut from = Reader::new(&bytes, 1)?;
        let until = Stamp::from_millis(from.signed()?);
        let taken = u32::try_from(from.number()?).map_err(|_| NotCanonical)?;
        from.end().map(|()| (until, taken))
    };
    let (until, taken) = read().map_err(corrupt)?;
    let lending = own(conn, hub)?.map_or(Lending::NONE, |sworn| sworn.certificate.lending);
    Ok(Some(Licensed { until, taken, lending }))
}

pub(crate) fn own(conn: &Connection, hub: &VerifyingKey) -> Result<Option<Sworn>, VaultFault> {
    let bytes = get(conn, CERTIFICATE)?;
    bytes.map(|b| Sworn::from_bytes(&b, hub).map_err(|_| VaultFault::Corrupt { what: "certificate" })).transpose()
}

/// When the certificate held was issued, for the post; 0 for none.
pub(crate) fn certified(conn: &Connection, hub: &VerifyingKey) -> Result<Stamp, VaultFault> {
    Ok(own(conn, hub)?.map_or(Stamp::from_millis(0), |sworn| sworn.certificate.issued))
}

pub(crate) fn over(conn: &Connection) -> Result<Option<EndedBecause>, VaultFault> {
    let code = get(conn, OVER)?.and_then(|bytes| bytes.first().copied());
    Ok(code.and_then(|code| EndedBecause::ALL.get(usize::from(code)).copied()))
}

// ---- what the hub says --------------------------------------------------------------------------------------------------

/// The end of a round renews the licence, and with it the count of extensions.
pub(crate) fn renewed(errand: &mut Errand<'_>, hub: &VerifyingKey, until: Stamp) -> Result<(), VaultFault> {
    let lending = own(errand.tx(), hub)?.map_or(Lending::NONE, |sworn| sworn.certificate.lending);
    let licensed = Licensed { until, taken: 0, lending };
    if errand.told.licensed != Some(licensed) {
        keep(errand, licensed)?;
    }
    Ok(())
}

fn keep(errand: &mut Errand<'_>, licensed: Licensed) -> Result<(), VaultFault> {
    let bytes = Writer::new(1).signed(licensed.until.millis()).number(licensed.taken.into()).finish();
    put(errand.tx(), LICENCE, &bytes)?;
    errand.told.licensed = Some(licensed);
    Ok(())
}

/// A certificate, if it is this device's own, newer, and the hub's; with it, whom no longer to believe.
pub(crate) fn take_certificate(
    errand: &mut Errand<'_>,
    hub: &VerifyingKey,
    key: &SigningKey,
    (sworn, ended): (&[u8], &[DeviceId]),
) -> Result<(), VaultFault> {
    let forged = VaultFault::Wire(sync::wire::WireFault::Signature);
    let Ok(fresh) = Sworn::from_bytes(sworn, hub) else { return Err(forged) };
    if fresh.certificate.key != key.verifying_key().to_bytes() {
        return Err(forged);
    }
    if own(errand.tx(), hub)?.is_some_and(|held| held.certificate.issued > fresh.certificate.issued) {
        return Ok(());
    }
    put(errand.tx(), CERTIFICATE, sworn)?;
    let list = ended.iter().fold(Writer::new(1).number(ended.len() as u64), |to, id| to.text(id.as_str()));
    put(errand.tx(), ENDED, &list.finish())?;
    if let Some(licensed) = &mut errand.told.licensed {
        licensed.lending = fresh.certificate.lending;
    }
    Ok(())
}

/// The hub has ended this enrolment: everything about people goes, what the hub does not hold yet stays.
pub(crate) fn end_enrolment(errand: &mut Errand<'_>, why: EndedBecause) -> Result<u64, VaultFault> {
    let people: i64 = errand.tx().prepare_cached("select count(*) from listing")?.query_row([], |row| row.get(0))?;
    // `choice`, `plan_out` and the audit are what the hub does not hold yet, or must be able to check.
    for table in
        ["frame", "finder", "listing", "person", "source", "plan", "plan_tail", "bag_grant", "choice_held", "own"]
    {
        errand.tx().execute(&format!("delete from {table}"), [])?;
    }
    let code = EndedBecause::ALL.iter().position(|w| *w == why).unwrap_or(0) as u8;
    put(errand.tx(), OVER, &[code])?;
    errand.told.over = Some(why);
    if people > 0 {
        errand.log(Event::Device(DeviceAct::Wiped { people: people as u64 }))?;
    }
    Ok(people as u64)
}

// ---- between colleagues -------------------------------------------------------------------------------------------------

/// A request for this device's licence to be lengthened, as a code. `nonce` is fresh.
pub(crate) fn ask(
    door: &mut Door,
    key: &SigningKey,
    nonce: [u8; 8],
    now: Stamp,
) -> Result<Result<String, NotExtended>, VaultFault> {
    let hub = *door.hub();
    let doubted = door.guard().mark.doubts().has(Doubt::Restored) || door.told().over.is_some();
    door.errand(now, |errand| {
        let Some(own) = own(errand.tx(), &hub)? else { return Ok(Err(NotExtended::NoLicence)) };
        // A vault that was put back, or that the hub has ended, may hold what was withdrawn: only the hub helps it.
        let Some(licensed) = errand.told.licensed.filter(|_| !doubted) else { return Ok(Err(NotExtended::NoLicence)) };
        let (at, _) = errand.at();
        if licensed.extensions_left() == 0 {
            return Ok(Err(NotExtended::UsedUp));
        }
        if !own.certificate.in_force(at) {
            return Ok(Err(NotExtended::Certificate));
        }
        let (code, digest) = lease::request(&own, key, nonce, at);
        put(errand.tx(), OPEN, &digest)?;
        Ok(Ok(code))
    })
}

/// Who asks, and until when an answer would lengthen it; checked, nothing promised.
pub(crate) fn read(door: &Door, code: &str, now: Stamp) -> Result<Result<(Asking, Request), NotExtended>, VaultFault> {
    let request = match lease::read_request(code, door.hub()) {
        Ok(request) => request,
        Err(why) => return Ok(Err(why)),
    };
    let (at, clock) = door.moment(now);
    if clock == Clock::Suspect || door.is_lapsed(at) {
        return Ok(Err(NotExtended::CannotVouch));
    }
    let Some(licensed) = door.told().licensed else { return Ok(Err(NotExtended::NoLicence)) };
    let from = &request.from;
    if from.staff == door.actor().staff || door.chain().as_str().split('/').next() == Some(from.device.as_str()) {
        return Ok(Err(NotExtended::Yourself));
    }
    if !from.in_force(at) {
        return Ok(Err(NotExtended::Certificate));
    }
    if door.glance(ended)?.contains(&from.device) {
        return Ok(Err(NotExtended::Ended));
    }
    // Whoever asks has a fresh licence of the same terms, but for how many it has taken, which only it knows.
    let Some(given) = (Licensed { until: at, taken: 0, lending: licensed.lending }).extended(at) else {
        return Ok(Err(NotExtended::UsedUp));
    };
    let asking =
        Asking { name: from.name.clone(), staff: from.staff.clone(), device: from.device.clone(), until: given.until };
    Ok(Ok((asking, request)))
}

/// Lengthens a colleague's licence: the entry first, then the code. The PIN was given again.
pub(crate) fn give(
    door: &mut Door,
    key: &SigningKey,
    code: &str,
    now: Stamp,
) -> Result<Result<String, NotExtended>, VaultFault> {
    let (asking, asked) = match read(door, code, now)? {
        Ok(read) => read,
        Err(why) => return Ok(Err(why)),
    };
    let hub = *door.hub();
    door.errand(now, |errand| {
        let Some(own) = own(errand.tx(), &hub)? else { return Ok(Err(NotExtended::NoLicence)) };
        let (at, _) = errand.at();
        if !own.certificate.in_force(at) {
            return Ok(Err(NotExtended::Certificate));
        }
        errand.log(Event::Device(DeviceAct::LicenceGiven {
            to: asking.staff,
            device: asking.device,
            request: short(&asked.digest),
            until: asking.until,
        }))?;
        Ok(Ok(lease::answer(&own, key, &asked, asking.until, at)))
    })
}

/// Takes a colleague's answer: once, for the request that is open.
pub(crate) fn take(door: &mut Door, code: &str, now: Stamp) -> Result<Result<Stamp, NotExtended>, VaultFault> {
    let answer = match lease::read_answer(code, door.hub()) {
        Ok(answer) => answer,
        Err(why) => return Ok(Err(why)),
    };
    let from = answer.from;
    let device = door.chain().as_str().split('/').next().unwrap_or_default().to_owned();
    if from.staff == door.actor().staff || from.device.as_str() == device {
        return Ok(Err(NotExtended::Yourself));
    }
    door.errand(now, |errand| {
        if get(errand.tx(), OPEN)?.as_deref() != Some(answer.request.as_slice()) {
            return Ok(Err(NotExtended::Stranger));
        }
        if ended(errand.tx())?.contains(&from.device) {
            return Ok(Err(NotExtended::Ended));
        }
        // Their clock is in no doubt, ours may be: what they say can only make it later.
        errand.colleague_said(answer.at)?;
        let (at, _) = errand.at();
        if !from.in_force(at) {
            return Ok(Err(NotExtended::Certificate));
        }
        let Some(licensed) = errand.told.licensed else { return Ok(Err(NotExtended::NoLicence)) };
        let Some(longer) = licensed.extended(at) else { return Ok(Err(NotExtended::UsedUp)) };
        let until = licensed.until.max(longer.until.min(answer.until));
        errand.log(Event::Device(DeviceAct::LicenceTaken {
            by: from.staff.clone(),
            device: from.device.clone(),
            request: short(&answer.request),
            until,
        }))?;
        put(errand.tx(), OPEN, &[])?;
        keep(errand, Licensed { until, ..longer })?;
        Ok(Ok(until))
    })
}

fn short(digest: &[u8; 32]) -> [u8; 8] {
    digest.first_chunk().copied().unwrap_or_default()
}

pub(crate) fn ended(conn: &Connection) -> Result<Vec<DeviceId>, VaultFault> {
    let Some(bytes) = get(conn, ENDED)? else { return Ok(Vec::new()) };
    let read = || -> Result<Vec<DeviceId>, NotCanonical> {
        let mut from = Reader::new(&bytes, 1)?;
        (0..from.number()?).map(|_| from.parsed()).collect()
    };
    read().map_err(|_| VaultFault::Corrupt { what: "ended device" })
}
