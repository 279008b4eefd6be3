//! What the hub does, recorded in a chain of its own like a device's (kinds 30 to 39), and what a device and the hub say to each other
//! about the log itself. Who acted is the entry's staff id: at the hub, the operating system's user who ran the verb.

use super::event::{code, decoded};
use super::{BreakKind, Link};
use crate::canon::{NotCanonical, Reader, Writer};
use crate::ids::{ChainId, DeviceId, OdsCode, PersonId, StaffId};
use crate::people::Role;
use serde::{Deserialize, Serialize};

/// One act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HubAct {
    /// Somebody registered or changed in the register of staff, or left it.
    Staff {
        staff: StaffId,
        role: Role,
        active: bool,
    },
    /// A caseload made, somebody put on it or taken off: this is what opens records to them, so people are named.
    Caseload {
        code: String,
        deed: CaseloadDeed,
        staff: Option<StaffId>,
        people: Vec<PersonId>,
    },
    TicketMade {
        staff: StaffId,
    },
    /// A device taken in: whose key signs that chain from now on. What an outside auditor checks batches with.
    Enrolled {
        staff: StaffId,
        device: DeviceId,
        signing_key: [u8; 32],
        /// SHA-256 of the device's certificate (DER).
        certificate: [u8; 32],
    },
    Revoked {
        device: DeviceId,
    },
    /// A partner's system given a credential, or its credential ended.
    Partner {
        /// As `partner list` names it.
        system: String,
        ods: OdsCode,
        ended: bool,
    },
    /// A partner's request that was turned away before anybody was looked for: for its form, its headers, its length or its number. What it said
    /// is not kept: it may say anything.
    PartnerRefused {
        system: String,
        ods: OdsCode,
        /// The status of the answer (HTTP), and its code: `400`, `MISSING_HEADER`.
        status: u16,
        code: String,
        /// `X-Request-Id`, or empty.
        trace: String,
    },
    /// A new sharing policy.
    Policy {
        version: u64,
    },
    Feed {
        deed: FeedDeed,
        source: Option<OdsCode>,
        count: u64,
    },
    /// The audit itself was shown or handed out; for one person it is [`super::Event::AuditRead`].
    AuditUsed {
        how: AuditUse,
        entries: u64,
    },
    /// A chain broke at entry `at` of the epoch before, and goes on in a new epoch, whose first entry follows this one.
    EpochGranted {
        chain: ChainId,
        epoch: u32,
        at: u64,
        kind: BreakKind,
    },
    /// A device's first entry in a new epoch: where its own chain stood, so that what the hub did not accept stays pinned.
    EpochOpened {
        was: u32,
        through: u64,
        link: Link,
    },
    /// The hub's log did not agree with what was shown before: noticed by a device, or admitted by the hub.
    Log {
        sign: LogSign,
        /// Entries in the log that was shown before.
        held: u64,
        /// Entries in the log that was shown now.
        shown: u64,
    },
    /// An alarm reviewed.
    AlarmAcknowledged {
        alarm: u64,
        reason: String,
    },
    /// Something that could not be taken in was shown to a person, or settled by one.
    Parked {
        deed: ParkedDeed,
        /// As `parked` numbers it.
        parked: u64,
        /// Who was shown; or whose record it goes to, stays with or goes from.
        people: Vec<PersonId>,
        /// Why it was settled so; empty of a look.
        why: String,
    },
}

macro_rules! listed {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// Only ever grows at the end: entries hold a value by its place.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];
        }
    };
}

listed!(CaseloadDeed { Made, StaffAssigned, StaffTakenOff, PeopleJoined, PeopleLeft });
listed!(FeedDeed {
    ImportBegun,
    ImportEnded,
    SampleMade,
    /// Text that could not be understood was read by a person.
    ParkedRead,
});
listed!(ParkedDeed { Shown, SamePerson, AnotherPerson, Deleted, Kept, SetAside });
listed!(AuditUse {
    Verified,
    Exported,
    ExportedAsFhir,
    HeadPublished,
    /// Entries shown to a privacy officer at the desk.
    Viewed,
    /// Published heads compared with the log, and found to fit.
    HeadsChecked,
    /// What people chose about sharing was shown or handed out; of one person it is [`super::Event::AuditRead`].
    ChoicesShown,
    /// Who was on a device, and what was read on it.
    DeviceReported,
});
listed!(
    /// How a log disagrees with what was shown of it before.
    LogSign {
        /// It has grown, and does not begin with what was shown.
        Fork,
        /// It is shorter than what was shown.
        Rollback,
        /// A proof or signature that does not hold.
        Forged,
        /// The hub says so itself: it was restored from an older copy.
        Restored,
        /// The hub took entries and gave no receipt for them.
        Withheld,
    }
);

impl LogSign {
    pub const fn code(self) -> &'static str {
        match self {
            LogSign::Fork => "HUB FORK",
            LogSign::Rollback => "HUB ROLLBACK",
            LogSign::Forged => "HUB FORGED",
            LogSign::Restored => "HUB RESTORED",
            LogSign::Withheld => "HUB WITHHELD",
        }
    }
}

impl HubAct {
    pub(super) fn write(&self, to: Writer) -> Writer {
        match self {
            HubAct::Staff { staff, role, active } => {
                to.number(30).text(staff.as_str()).number(code(&Role::ALL, *role)).number((*active).into())
            }
            HubAct::Caseload { code: name, deed, staff, people } => {
                let to = to.number(31).text(name).number(code(CaseloadDeed::ALL, *deed));
                let to = to.text(staff.as_ref().map_or("", StaffId::as_str)).number(people.len() as u64);
                people.iter().fold(to, |to, person| to.bytes(person.as_bytes()))
            }
            HubAct::TicketMade { staff } => to.number(32).number(0).text(staff.as_str()),
            HubAct::Enrolled { staff, device, signing_key, certificate } => {
                to.number(32).number(1).text(staff.as_str()).text(device.as_str()).bytes(signing_key).bytes(certificate)
            }
            HubAct::Revoked { device } => to.number(32).number(2).text(device.as_str()),
            HubAct::Partner { system, ods, ended } => {
                to.number(32).number(3).text(system).text(ods.as_str()).number((*ended).into())
            }
            HubAct::PartnerRefused { system, ods, status, code, trace } => {
                let to = to.number(32).number(4).text(system).text(ods.as_str());
                to.number((*status).into()).text(code).text(trace)
            }
            HubAct::Parked { deed, parked, people, why } => {
                let to = to.number(32).number(5).number(code(ParkedDeed::ALL, *deed)).number(*parked);
                let to = to.text(why).number(people.len() as u64);
                people.iter().fold(to, |to, person| to.bytes(person.as_bytes()))
            }
            HubAct::Policy { version } => to.number(33).number(*version),
            HubAct::Feed { deed, source, count } => to
                .number(34)
                .number(code(FeedDeed::ALL, *deed))
                .text(source.as_ref().map_or("", OdsCode::as_str))
                .number(*count),
            HubAct::AuditUsed { how, entries } => to.number(35).number(code(AuditUse::ALL, *how)).number(*entries),
            HubAct::EpochGranted { chain, epoch, at, kind } => to
                .number(36)
                .text(chain.as_str())
                .number((*epoch).into())
                .number(*at)
                .number(code(&BreakKind::ALL, *kind)),
            HubAct::EpochOpened { was, through, link } => {
                to.number(37).number((*was).into()).number(*through).bytes(link.as_bytes())
            }
            HubAct::Log { sign, held, shown } => {
                to.number(38).number(code(LogSign::ALL, *sign)).number(*held).number(*shown)
            }
            HubAct::AlarmAcknowledged { alarm, reason } => to.number(39).number(*alarm).text(reason),
        }
    }

    pub(super) fn read(kind: u64, from: &mut Reader<'_>) -> Result<HubAct, NotCanonical> {
        let epoch = |n: u64| u32::try_from(n).map_err(|_| NotCanonical);
        Ok(match kind {
            30 => HubAct::Staff {
                staff: from.parsed()?,
                role: decoded(&Role::ALL, from.number()?)?,
                active: decoded(&[false, true], from.number()?)?,
            },
            31 => HubAct::Caseload {
                code: from.text()?.to_owned(),
                deed: decoded(CaseloadDeed::ALL, from.number()?)?,
                staff: perhaps(from)?,
                people: people(from)?,
            },
            32 => match from.number()? {
                0 => HubAct::TicketMade { staff: from.parsed()? },
                1 => HubAct::Enrolled {
                    staff: from.parsed()?,
                    device: from.parsed()?,
                    signing_key: from.array()?,
                    certificate: from.array()?,
                },
                2 => HubAct::Revoked { device: from.parsed()? },
                3 => HubAct::Partner {
                    system: from.text()?.to_owned(),
                    ods: from.parsed()?,
                    ended: decoded(&[false, true], from.number()?)?,
                },
                4 => HubAct::PartnerRefused {
                    system: from.text()?.to_owned(),
                    ods: from.parsed()?,
                    status: u16::try_from(from.number()?).map_err(|_| NotCanonical)?,
                    code: from.text()?.to_owned(),
                    trace: from.text()?.to_owned(),
                },
                5 => HubAct::Parked {
                    deed: decoded(ParkedDeed::ALL, from.number()?)?,
                    parked: from.number()?,
                    why: from.text()?.to_owned(),
                    people: people(from)?,
                },
                _ => return Err(NotCanonical),
            },
            33 => HubAct::Policy { version: from.number()? },
            34 => HubAct::Feed {
                deed: decoded(FeedDeed::ALL, from.number()?)?,
                source: perhaps(from)?,
                count: from.number()?,
            },
            35 => HubAct::AuditUsed { how: decoded(AuditUse::ALL, from.number()?)?, entries: from.number()? },
            36 => HubAct::EpochGranted {
                chain: from.parsed()?,
                epoch: epoch(from.number()?)?,
                at: from.number()?,
                kind: decoded(&BreakKind::ALL, from.number()?)?,
            },
            37 => HubAct::EpochOpened {
                was: epoch(from.number()?)?,
                through: from.number()?,
                link: Link::from_bytes(from.array()?),
            },
            38 => HubAct::Log {
                sign: decoded(LogSign::ALL, from.number()?)?,
                held: from.number()?,
                shown: from.number()?,
            },
            39 => HubAct::AlarmAcknowledged { alarm: from.number()?, reason: from.text()?.to_owned() },
            _ => return Err(NotCanonical),
        })
    }
}

fn people(from: &mut Reader<'_>) -> Result<Vec<PersonId>, NotCanonical> {
    (0..from.number()?).map(|_| Ok(PersonId::from_bytes(from.array()?))).collect()
}

/// An identifier, or nothing.
fn perhaps<T: std::str::FromStr>(from: &mut Reader<'_>) -> Result<Option<T>, NotCanonical> {
    match from.text()? {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| NotCanonical),
    }
}
