//! What an entry says happened, and its bytes. Kinds are numbers that are never used twice: 1 to 12 a person at a device, 20 to 24
//! what somebody did about a person's choice, 25 an alert reviewed, 30 to 39 the hub ([`HubAct`]), 40 a care plan ([`PlanAct`]), 80 an eRed Bag ([`BagAct`]),
//! 90 a partner's system ([`PartnerAct`]).

use super::bag_act::BagAct;
use super::device_act::DeviceAct;
use super::hub_act::HubAct;
use super::partner_act::PartnerAct;
use super::plan_act::PlanAct;
use super::visit_act::VisitAct;
use crate::canon::{NotCanonical, Reader, Writer};
use crate::consent::{Choice, Condition, DecidedBy, Outcome, OverrideReason, Purpose, Rule};
use crate::ids::PersonId;
use crate::section::Sections;

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A record asked for, and what was decided. Content was shown only if the outcome is a permit.
    Record {
        subject: PersonId,
        purpose: Purpose,
        sections: Sections,
        outcome: Outcome,
        rule: Rule,
    },
    /// A caseload shown or searched; `shown` people.
    Listed {
        shown: u64,
        searched: bool,
    },
    /// The resource behind an item shown whole.
    Source {
        subject: PersonId,
        purpose: Purpose,
        outcome: Outcome,
        rule: Rule,
    },
    /// An override declared: reason, what was confirmed, and text, before anything is shown. `widened`: beyond the emergency view.
    BreakGlass {
        subject: PersonId,
        purpose: Purpose,
        reason: OverrideReason,
        condition: Condition,
        widened: bool,
        text: String,
    },
    /// A choice recorded on the device.
    ChoiceRecorded {
        subject: PersonId,
        choice: Choice,
        by: DecidedBy,
    },
    SignedIn,
    SignedOut {
        idle: bool,
    },
    /// Wrong PINs given since the last sign-in.
    FailedPins {
        count: u64,
    },
    PinChanged,
    /// The device took `added` people on board and removed `removed`.
    Carried {
        added: u64,
        removed: u64,
    },
    /// Content of a person erased from the device.
    Purged {
        subject: PersonId,
    },
    /// Somebody asked who looked at this person's record.
    AuditRead {
        subject: PersonId,
    },
    /// An override ended before its time: by hand, or because the person changed their choice.
    GlassEnded {
        subject: PersonId,
        by_hand: bool,
    },
    /// A conflict settled with the person; `settled` choices are named in what was recorded.
    ChoiceSettled {
        subject: PersonId,
        choice: Choice,
        settled: u64,
    },
    /// A relationship claimed by the user alone, with the words typed; nobody where the person is not known here yet.
    RelationshipClaimed {
        subject: Option<PersonId>,
        text: String,
    },
    /// Content of a person sealed: only break-glass opens it.
    Sealed {
        subject: PersonId,
    },
    /// The reason from the programme's list, before the record it opens.
    AccessReason {
        subject: PersonId,
        code: String,
    },
    /// At the hub: an alert reviewed, with its outcome (a code).
    AlertReviewed {
        alert: u64,
        subject: Option<PersonId>,
        outcome: String,
    },
    /// The hub's own act, or a word between a device and the hub about the log itself.
    Hub(HubAct),
    /// A care plan opened, written in or signed; done only if the outcome is a permit.
    Plan(PlanAct),
    /// Visits opened, or something done at one; done only if the outcome is a permit.
    Visit(VisitAct),
    /// A round shown; `shown` visits.
    Round {
        shown: u64,
    },
    /// An eRed Bag written in, released, handed over or taken; done only if the outcome is a permit.
    Bag(BagAct),
    /// What the device says of its own clock, vault and licence.
    Device(DeviceAct),
    /// At the hub: a partner's system asked for somebody's record as FHIR; given only if the outcome is a permit.
    Partner(Box<PartnerAct>),
}

impl Event {
    /// Everybody it is about: an act of the hub may name several.
    pub fn subjects(&self) -> Vec<PersonId> {
        match self {
            Event::Hub(HubAct::Caseload { people, .. } | HubAct::Parked { people, .. }) => people.clone(),
            other => other.subject().into_iter().collect(),
        }
    }

    /// Whom it is about, where it is about one person.
    pub fn subject(&self) -> Option<PersonId> {
        match self {
            Event::Record { subject, .. }
            | Event::Source { subject, .. }
            | Event::BreakGlass { subject, .. }
            | Event::ChoiceRecorded { subject, .. }
            | Event::Purged { subject }
            | Event::AuditRead { subject }
            | Event::GlassEnded { subject, .. }
            | Event::ChoiceSettled { subject, .. }
            | Event::Sealed { subject }
            | Event::AccessReason { subject, .. }
            | Event::Plan(PlanAct { subject, .. })
            | Event::Visit(VisitAct { subject, .. })
            | Event::Bag(BagAct { subject, .. }) => Some(*subject),
            Event::RelationshipClaimed { subject, .. } | Event::AlertReviewed { subject, .. } => *subject,
            Event::Partner(act) => act.subject,
            Event::Listed { .. }
            | Event::Round { .. }
            | Event::SignedIn
            | Event::SignedOut { .. }
            | Event::FailedPins { .. }
            | Event::PinChanged
            | Event::Carried { .. }
            | Event::Hub(_)
            | Event::Device(_) => None,
        }
    }
}

impl Event {
    pub(super) fn write(&self, to: Writer) -> Writer {
        match self {
            Event::Record { subject, purpose, sections, outcome, rule } => to
                .number(1)
                .bytes(subject.as_bytes())
                .number(code(Purpose::ALL, *purpose))
                .number(sections.bits().into())
                .number(code(Outcome::ALL, *outcome))
                .number(code(Rule::ALL, *rule)),
            Event::Listed { shown, searched } => to.number(2).number(*shown).number((*searched).into()),
            Event::Source { subject, purpose, outcome, rule } => to
                .number(3)
                .bytes(subject.as_bytes())
                .number(code(Purpose::ALL, *purpose))
                .number(code(Outcome::ALL, *outcome))
                .number(code(Rule::ALL, *rule)),
            Event::BreakGlass { subject, purpose, reason, condition, widened, text } => to
                .number(4)
                .bytes(subject.as_bytes())
                .number(code(Purpose::ALL, *purpose))
                .number(reason.number().into())
                .number(code(&Condition::ALL, *condition))
                .number((*widened).into())
                .text(text),
            Event::ChoiceRecorded { subject, choice, by } => to
                .number(5)
                .bytes(subject.as_bytes())
                .number(code(&Choice::ALL, *choice))
                .number(code(&DecidedBy::ALL, *by)),
            Event::SignedIn => to.number(6),
            Event::SignedOut { idle } => to.number(7).number((*idle).into()),
            Event::FailedPins { count } => to.number(8).number(*count),
            Event::PinChanged => to.number(9),
            Event::Carried { added, removed } => to.number(10).number(*added).number(*removed),
            Event::Purged { subject } => to.number(11).bytes(subject.as_bytes()),
            Event::AuditRead { subject } => to.number(12).bytes(subject.as_bytes()),
            Event::GlassEnded { subject, by_hand } => to.number(20).bytes(subject.as_bytes()).number((*by_hand).into()),
            Event::ChoiceSettled { subject, choice, settled } => {
                to.number(21).bytes(subject.as_bytes()).number(code(&Choice::ALL, *choice)).number(*settled)
            }
            Event::RelationshipClaimed { subject, text } => maybe(to.number(22), *subject).text(text),
            Event::Sealed { subject } => to.number(23).bytes(subject.as_bytes()),
            Event::AccessReason { subject, code } => to.number(24).bytes(subject.as_bytes()).text(code),
            Event::AlertReviewed { alert, subject, outcome } => {
                maybe(to.number(25).number(*alert), *subject).text(outcome)
            }
            Event::Hub(act) => act.write(to),
            Event::Plan(act) => act.write(to),
            Event::Visit(act) => act.write(to),
            Event::Round { shown } => to.number(61).number(*shown),
            Event::Bag(act) => act.write(to),
            Event::Device(act) => act.write(to),
            Event::Partner(act) => act.write(to),
        }
    }

    pub(super) fn read(from: &mut Reader<'_>) -> Result<Event, NotCanonical> {
        let flag = |n| match n {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(NotCanonical),
        };
        let kind = from.number()?;
        Ok(match kind {
            1 => Event::Record {
                subject: PersonId::from_bytes(from.array()?),
                purpose: decoded(Purpose::ALL, from.number()?)?,
                sections: sections(from.number()?)?,
                outcome: decoded(Outcome::ALL, from.number()?)?,
                rule: decoded(Rule::ALL, from.number()?)?,
            },
            2 => Event::Listed { shown: from.number()?, searched: flag(from.number()?)? },
            3 => Event::Source {
                subject: PersonId::from_bytes(from.array()?),
                purpose: decoded(Purpose::ALL, from.number()?)?,
                outcome: decoded(Outcome::ALL, from.number()?)?,
                rule: decoded(Rule::ALL, from.number()?)?,
            },
            4 => Event::BreakGlass {
                subject: PersonId::from_bytes(from.array()?),
                purpose: decoded(Purpose::ALL, from.number()?)?,
                reason: u8::try_from(from.number()?).ok().and_then(OverrideReason::from_number).ok_or(NotCanonical)?,
                condition: decoded(&Condition::ALL, from.number()?)?,
                widened: flag(from.number()?)?,
                text: from.text()?.to_owned(),
            },
            5 => Event::ChoiceRecorded {
                subject: PersonId::from_bytes(from.array()?),
                choice: decoded(&Choice::ALL, from.number()?)?,
                by: decoded(&DecidedBy::ALL, from.number()?)?,
            },
            6 => Event::SignedIn,
            7 => Event::SignedOut { idle: flag(from.number()?)? },
            8 => Event::FailedPins { count: from.number()? },
            9 => Event::PinChanged,
            10 => Event::Carried { added: from.number()?, removed: from.number()? },
            11 => Event::Purged { subject: PersonId::from_bytes(from.array()?) },
            12 => Event::AuditRead { subject: PersonId::from_bytes(from.array()?) },
            13..=19 => Event::Device(DeviceAct::read(kind, from)?),
            20 => Event::GlassEnded { subject: PersonId::from_bytes(from.array()?), by_hand: flag(from.number()?)? },
            21 => Event::ChoiceSettled {
                subject: PersonId::from_bytes(from.array()?),
                choice: decoded(&Choice::ALL, from.number()?)?,
                settled: from.number()?,
            },
            22 => Event::RelationshipClaimed { subject: somebody(from)?, text: from.text()?.to_owned() },
            23 => Event::Sealed { subject: PersonId::from_bytes(from.array()?) },
            24 => Event::AccessReason { subject: PersonId::from_bytes(from.array()?), code: from.text()?.to_owned() },
            25 => Event::AlertReviewed {
                alert: from.number()?,
                subject: somebody(from)?,
                outcome: from.text()?.to_owned(),
            },
            30..=39 => Event::Hub(HubAct::read(kind, from)?),
            40 => Event::Plan(PlanAct::read(from)?),
            60 => Event::Visit(VisitAct::read(from)?),
            61 => Event::Round { shown: from.number()? },
            80 => Event::Bag(BagAct::read(from)?),
            90 => Event::Partner(Box::new(PartnerAct::read(from)?)),
            _ => return Err(NotCanonical),
        })
    }
}

/// A person, or nobody: no bytes.
pub(super) fn maybe(to: Writer, subject: Option<PersonId>) -> Writer {
    to.bytes(subject.as_ref().map_or(&[][..], |s| s.as_bytes()))
}

pub(super) fn somebody(from: &mut Reader<'_>) -> Result<Option<PersonId>, NotCanonical> {
    let bytes = from.bytes()?;
    if bytes.is_empty() {
        return Ok(None);
    }
    bytes.try_into().map(|b| Some(PersonId::from_bytes(b))).map_err(|_| NotCanonical)
}

/// A value's place in its list of all values: lists only ever grow at the end, which the frozen-bytes test holds.
pub(super) fn code<T: PartialEq>(all: &[T], value: T) -> u64 {
    all.iter().position(|v| *v == value).unwrap_or(all.len()) as u64
}

pub(super) fn decoded<T: Copy>(all: &[T], code: u64) -> Result<T, NotCanonical> {
    usize::try_from(code).ok().and_then(|i| all.get(i)).copied().ok_or(NotCanonical)
}

fn sections(bits: u64) -> Result<Sections, NotCanonical> {
    let known = u32::try_from(bits).map(Sections::from_bits).map_err(|_| NotCanonical)?;
    if u64::from(known.bits()) == bits { Ok(known) } else { Err(NotCanonical) }
}
