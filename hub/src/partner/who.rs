//! Who asks: the partner by its credential, and the person at its system by what that system says of them. The organisation is the credential's and
//! is never taken from a request. Somebody of that organisation whom the register knows is who the register says; what their system
//! says otherwise is refused, not corrected.

use super::answer::{Reply, trace};
use crate::store::partners::{self, Partner};
use crate::store::{Store, StoreFault, audit, caseload};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use data_encoding::BASE32_NOPAD;
use record::audit::{Event, HubAct};
use record::consent::{Pack, Purpose};
use record::people::{Actor, Organisation, Role};
use record::{StaffId, Stamp};
use sha2::{Digest, Sha256};
use thiserror::Error;

/// Before every credential, so that a scanner for secrets knows one when it lies in a script or a ticket.
const PREFIX: &str = "satchel-partner-";
/// Characters of a person's name.
const LONGEST_NAME: usize = 100;
/// A partner is registered for at most so long: somebody must say again that it is still wanted.
pub const MOST_DAYS: u32 = 400;

/// Job roles that may stand in `Satchel-Job-Role` (`reference/identity.md` section 5.2), what they are to the rules, and in words.
const JOBS: [(&str, Role, &str); 24] = [
    ("R0260", Role::RegulatedClinician, "General medical practitioner"),
    ("R0600", Role::RegulatedClinician, "Specialist nurse practitioner"),
    ("R0620", Role::RegulatedClinician, "Staff nurse"),
    ("R0690", Role::RegulatedClinician, "Community practitioner"),
    ("R0700", Role::RegulatedClinician, "Community nurse"),
    ("R1070", Role::RegulatedClinician, "Paramedic"),
    ("R1080", Role::RegulatedClinician, "Paramedic consultant"),
    ("R1100", Role::RegulatedClinician, "Paramedic specialist practitioner"),
    ("R8000", Role::RegulatedClinician, "Clinical practitioner"),
    ("R8001", Role::RegulatedClinician, "Nurse"),
    ("R8002", Role::RegulatedClinician, "Nurse manager"),
    ("R8003", Role::RegulatedClinician, "Health professional"),
    // Not registered yet, or in social care: the scope of staff without a registration.
    ("R8004", Role::CareStaff, "Healthcare student"),
    ("R1460", Role::CareStaff, "Social care support worker"),
    ("R0243", Role::CareStaff, "Social care worker"),
    ("R8014", Role::CareStaff, "Social worker"),
    ("R9750", Role::CareStaff, "Social care"),
    ("R8006", Role::Admin, "Medical secretary"),
    ("R8008", Role::Admin, "Clinical support"),
    ("R8009", Role::Admin, "Receptionist"),
    ("R8010", Role::Admin, "Clerical"),
    ("R8015", Role::Admin, "Systems support"),
    ("R0001", Role::PrivacyOfficer, "Privacy officer"),
    ("R5105", Role::PrivacyOfficer, "Caldicott guardian"),
];

/// What is kept of a credential. It is 256 bits of chance, so there is nothing to stretch.
pub fn hash(credential: &str) -> [u8; 32] {
    Sha256::new().chain_update(b"satchel partner credential 1").chain_update(credential).finalize().into()
}

/// The credential that came with a request.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, given) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer") && given.starts_with(PREFIX)).then(|| given.trim())
}

#[derive(Debug, Error)]
pub enum RegisterFault {
    #[error("a partner needs a name")]
    Nameless,
    #[error("there is no partner of that name, or it has ended")]
    Unknown,
    #[error(transparent)]
    Store(#[from] StoreFault),
}

/// Registers a partner; gives it with its credential, which is nowhere afterwards.
pub fn register(
    store: &mut Store,
    organisation: Organisation,
    (by, random): (&StaffId, &[u8; 37]),
    (now, expires): (Stamp, Stamp),
) -> Result<(Partner, String), RegisterFault> {
    if organisation.name.trim().is_empty() {
        return Err(RegisterFault::Nameless);
    }
    let (name, secret) = random.split_at(5);
    let credential = format!("{PREFIX}{}", BASE32_NOPAD.encode(secret).to_ascii_lowercase());
    let id = BASE32_NOPAD.encode(name);
    let partner = Partner { id, organisation, added: now, expires, ended: None, used: None };
    let (system, ods) = (partner.id.clone(), partner.organisation.ods.clone());
    store.write(|tx| {
        partners::add(tx, &partner, &hash(&credential))?;
        audit::act(tx, by, Event::Hub(HubAct::Partner { system, ods, ended: false }), now)
    })?;
    Ok((partner, credential))
}

/// Ends a partner's credential: its next request is turned away.
pub fn remove(store: &mut Store, id: &str, by: &StaffId, now: Stamp) -> Result<Partner, RegisterFault> {
    let ended = store.write(|tx| {
        let Some(partner) = partners::get(tx, id)? else { return Ok(None) };
        if !partners::end(tx, id, now)? {
            return Ok(None);
        }
        let (system, ods) = (partner.id.clone(), partner.organisation.ods.clone());
        audit::act(tx, by, Event::Hub(HubAct::Partner { system, ods, ended: true }), now)?;
        Ok(Some(partner))
    })?;
    ended.ok_or(RegisterFault::Unknown)
}

/// Who asks, for what.
pub(super) struct Asker {
    pub(super) system: String,
    pub(super) actor: Actor,
    /// The job role's code as it came.
    pub(super) job: String,
    pub(super) purpose: Purpose,
    /// A code of the policy pack's list, where one came.
    pub(super) reason: Option<String>,
    pub(super) trace: String,
}

/// A header's text, if it came.
fn said<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim).filter(|text| !text.is_empty())
}

/// A header's text, which must have come.
fn need<'a>(headers: &'a HeaderMap, name: &str) -> Result<&'a str, Reply> {
    said(headers, name).ok_or_else(|| {
        Reply::bad("MISSING_HEADER", &format!("The header {name} is missing: who asks, in what role, and why."))
    })
}

/// Letters beyond ASCII come percent-encoded.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => {
                let (high, low) = ((rest.next()? as char).to_digit(16)?, (rest.next()? as char).to_digit(16)?);
                bytes.push(u8::try_from(high * 16 + low).ok()?);
            }
            byte => bytes.push(byte),
        }
    }
    let text = String::from_utf8(bytes).ok()?;
    let fits = (1..=LONGEST_NAME).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    fits.then_some(text)
}

/// Who this request says is asking.
pub(super) fn asker(store: &mut Store, partner: &Partner, headers: &HeaderMap) -> Result<Asker, Reply> {
    let id = need(headers, "satchel-practitioner-id")?;
    let id: StaffId = id.parse().map_err(|_| {
        Reply::bad("BAD_HEADER", "Satchel-Practitioner-Id is not an identifier: an SDS user id, or your own.")
    })?;
    let name = decoded(need(headers, "satchel-practitioner-name")?);
    let name = name.ok_or_else(|| {
        Reply::bad(
            "BAD_HEADER",
            "Satchel-Practitioner-Name is not a name of 1 to 100 characters, percent-encoded UTF-8.",
        )
    })?;
    let job = need(headers, "satchel-job-role")?;
    let known = JOBS.iter().find(|(code, ..)| code.eq_ignore_ascii_case(job));
    let (job, role, title) = known.copied().ok_or_else(|| {
        Reply::forbidden("ROLE_NOT_PERMITTED", "Satchel-Job-Role is not a job role that may ask here.")
    })?;
    let purpose = need(headers, "satchel-purpose")?;
    let purpose = Purpose::from_code(purpose)
        .ok_or_else(|| Reply::bad("BAD_HEADER", "Satchel-Purpose is TREAT, ETREAT or SAFEGUARD."))?;
    let actor = match store.read(|tx| caseload::staff(tx, &id)).map_err(super::broken)? {
        Some((actor, active)) if actor.organisation.ods == partner.organisation.ods => {
            if !active || actor.role != role {
                let text = "The register has this practitioner in another role, or no longer at your organisation.";
                return Err(Reply::forbidden("PRACTITIONER_MISMATCH", text));
            }
            actor
        }
        // Their number means somebody there and nobody here: the organisation stands before it, so that it is never taken for a number of the register.
        _ => {
            let staff = format!("{}.{id}", partner.organisation.ods);
            let staff = staff.parse().map_err(|_| Reply::bad("BAD_HEADER", "Satchel-Practitioner-Id is too long."))?;
            Actor { staff, name, role, title: title.to_owned(), organisation: partner.organisation.clone() }
        }
    };
    Ok(Asker {
        system: partner.id.clone(),
        actor,
        job: job.to_owned(),
        purpose,
        reason: said(headers, "satchel-reason").map(str::to_owned),
        trace: trace(headers).unwrap_or_default(),
    })
}

impl Asker {
    /// The reason that the programme wants of every look, or why what came is none. One that it did not ask for must still be one of its own.
    pub(super) fn reason<'a>(&self, pack: &'a Pack) -> Result<Option<&'a str>, Reply> {
        let Some(given) = self.reason.as_deref() else {
            return match pack.lead {
                record::consent::pack::Lead::Choice => Ok(None),
                record::consent::pack::Lead::Reason => {
                    Err(Reply::bad("MISSING_HEADER", "This region wants a reason of every look: send Satchel-Reason."))
                }
            };
        };
        let listed = pack.reasons.iter().find(|reason| reason.code == given && reason.purpose == self.purpose);
        let text = "Satchel-Reason is not one of this region's reasons for that purpose.";
        listed.map(|reason| Some(reason.code.as_str())).ok_or_else(|| Reply::bad("BAD_HEADER", text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_decoded_or_refused() {
        assert_eq!(decoded("Asha%20Rao").as_deref(), Some("Asha Rao"));
        assert_eq!(decoded("Zo%C3%AB").as_deref(), Some("Zoë"));
        for wrong in ["%", "%4", "%zz", "%FF", "a%0Ab", &"x".repeat(101)] {
            assert_eq!(decoded(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn only_our_own_sort_of_credential_is_looked_up() {
        let with = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, value.parse().unwrap());
            bearer(&headers).map(str::to_owned)
        };
        assert_eq!(with("bearer satchel-partner-abc").as_deref(), Some("satchel-partner-abc"));
        for wrong in ["Basic satchel-partner-abc", "Bearer eyJhbGciOiJub25lIn0.e30.", "satchel-partner-abc"] {
            assert_eq!(with(wrong), None, "{wrong}");
        }
    }
}
