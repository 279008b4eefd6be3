//! Enrolment at the hub: making one-time codes, and turning a device's first words into a certificate and a licence. A wrong, used and
//! expired code all get the same answer outside; the register knows which it was.

use crate::authority::{Authority, AuthorityFault};
use crate::store::trust::{self, CodeUse, Enrolment};
use crate::store::{Store, StoreFault, audit, caseload};
use record::audit::{Event, HubAct};
use record::enrol::{Enrolled, Enrolling, Ticket};
use record::feed::Licence;
use record::people::Organisation;
use record::{DeviceId, StaffId, Stamp};
use sha2::{Digest, Sha256};
use thiserror::Error;

#[derive(Debug, Error)]
pub enum EnrolFault {
    #[error("no active member of staff {0}")]
    NoSuchStaff(StaffId),
    #[error("the one-time code is not accepted ({})", match .0 { CodeUse::Used => "used before", CodeUse::Expired => "expired", _ => "unknown" })]
    Code(CodeUse),
    #[error(transparent)]
    Authority(#[from] AuthorityFault),
    #[error(transparent)]
    Store(#[from] StoreFault),
}

/// Letters and digits that are not taken for one another (Crockford base 32).
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The code for these fresh random bytes: 20 letters, 100 bits.
pub(crate) fn code(random: &[u8; 20]) -> String {
    random.iter().map(|b| LETTERS[usize::from(b & 31)] as char).collect()
}

pub(crate) fn hash(code: &str) -> [u8; 32] {
    Sha256::digest(code.as_bytes()).into()
}

/// Makes a one-time ticket for a member of staff, good until `expires`.
pub fn ticket(
    store: &mut Store,
    authority: &Authority,
    hub: &str,
    staff: &StaffId,
    random: &[u8; 20],
    expires: Stamp,
) -> Result<Ticket, EnrolFault> {
    let code = code(random);
    let known = store.write(|tx| {
        let known = caseload::staff(tx, staff)?.is_some_and(|(_, active)| active);
        if known {
            trust::put_code(tx, &hash(&code), staff, expires)?;
        }
        Ok(known)
    })?;
    if !known {
        return Err(EnrolFault::NoSuchStaff(staff.clone()));
    }
    Ok(Ticket { hub: hub.to_owned(), code: code.into(), authority: authority.fingerprint() })
}

/// What the region calls itself and its hub.
pub struct Region {
    pub name: String,
    pub hub: Organisation,
}

/// Takes a device in. The code is used up in the same transaction that registers the device; `device` is a fresh name.
pub fn enrol(
    store: &mut Store,
    authority: &Authority,
    region: &Region,
    asked: &Enrolling,
    device: &DeviceId,
    now: Stamp,
) -> Result<Enrolled, EnrolFault> {
    // Before the code is used up: a request that is none must not cost it.
    let (certificate, fingerprint) = authority.certify_device(&asked.request, device.as_str())?;
    // EXPOSE: because the code is compared by its hash, here only.
    let hash = hash(&asked.code.expose().replace('-', "").to_ascii_uppercase());
    let outcome = store.write(|tx| {
        let staff = match trust::use_code(tx, &hash, now)? {
            CodeUse::For(staff) => staff,
            other => return Ok(Err(other)),
        };
        let Some((actor, true)) = caseload::staff(tx, &staff)? else { return Ok(Err(CodeUse::Unknown)) };
        let enrolment = Enrolment {
            device: device.clone(),
            staff,
            signing_key: asked.signing_key,
            certificate: fingerprint,
            revoked: false,
        };
        trust::put_device(tx, &enrolment, now)?;
        // Whose key signs this chain from now on: what an outside auditor checks its batches with.
        let Enrolment { device, staff, signing_key, certificate, .. } = enrolment;
        let act = HubAct::Enrolled { staff, device, signing_key, certificate };
        audit::act_itself(tx, Event::Hub(act), now)?;
        Ok(Ok(actor))
    })?;
    let actor = outcome.map_err(EnrolFault::Code)?;
    Ok(Enrolled {
        licence: Licence { actor, region: region.name.clone(), hub: region.hub.clone() },
        device: device.clone(),
        certificate,
        authority: authority.certificate_pem().to_owned(),
        hub_key: authority.signing.verifying_key().to_bytes(),
    })
}
