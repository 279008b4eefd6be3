//! Entries in words for an officer: who, what, and never a patient's name. About somebody, they are the words that the patient reads
//! (`crate::audit::patient`); here are those that name nobody.

use crate::audit::names::Names;
use crate::audit::patient;
use crate::store::audit::Held;
use record::audit::{AuditUse, DeviceAct, Entry, Event, HubAct, ParkedDeed};
use record::consent::{Outcome, Purpose};
use record::people::Actor;
use record::{PersonId, Stamp};

/// One entry as a row.
pub(super) struct Row {
    pub at: Stamp,
    pub when: String,
    pub who: String,
    pub what: String,
    pub why: String,
    pub note: String,
    /// Content was shown.
    pub shown: bool,
    pub emergency: bool,
    pub subject: Option<PersonId>,
    pub leaf: u64,
    pub entry: Entry,
}

/// `None` where the bytes are no entry.
pub(super) fn row(names: &Names, held: &Held) -> Option<Row> {
    let entry = Entry::from_bytes(&held.bytes).ok()?;
    let subject = entry.event.subject();
    let (leaf, at, when) = (held.leaf, entry.at, entry.at.display());
    Some(match patient::look(names, held) {
        Some(look) => Row {
            at,
            when,
            who: look.who,
            what: look.what,
            why: look.why,
            note: look.note,
            shown: look.shown,
            emergency: look.emergency,
            subject,
            leaf,
            entry,
        },
        None => Row {
            at,
            when,
            who: patient::who(names, &entry),
            what: deed(&entry.event),
            why: String::new(),
            note: if held.aside { "Kept aside: not part of its chain.".to_owned() } else { String::new() },
            shown: false,
            emergency: false,
            subject,
            leaf,
            entry,
        },
    })
}

/// What was done, where it names nobody.
fn deed(event: &Event) -> String {
    match event {
        Event::Listed { shown, searched: true } => format!("Searched the caseload: {shown} people shown"),
        Event::Listed { shown, .. } => format!("Was shown the caseload: {shown} people"),
        Event::SignedIn => "Signed in".to_owned(),
        Event::SignedOut { idle: true } => "Locked after lying unused".to_owned(),
        Event::SignedOut { idle: false } => "Signed out or locked".to_owned(),
        Event::FailedPins { count } => format!("Wrong PIN or passphrase ({count})"),
        Event::PinChanged => "Changed PIN or passphrase".to_owned(),
        Event::Carried { added, removed } => format!("The device took {added} people on board and removed {removed}"),
        Event::Hub(HubAct::AuditUsed { how, entries }) => match how {
            AuditUse::Verified => format!("Verified the log: {entries} entries"),
            AuditUse::Exported | AuditUse::ExportedAsFhir => format!("Exported the audit: {entries} entries"),
            AuditUse::HeadPublished => format!("Published the head of the log: {entries} entries"),
            AuditUse::Viewed => format!("Was shown {entries} entries at the desk"),
            AuditUse::ChoicesShown => format!("Was shown or handed out the choices of {entries} people"),
            AuditUse::DeviceReported => format!("Was shown who was on a device: {entries} people"),
            AuditUse::HeadsChecked => format!("Compared published heads with the log: {entries} entries"),
        },
        Event::Hub(HubAct::Staff { staff, active, .. }) if *active => format!("Registered {staff}"),
        Event::Hub(HubAct::Staff { staff, .. }) => format!("Recorded that {staff} left"),
        Event::Hub(HubAct::TicketMade { staff }) => format!("Made a one-time code for {staff}"),
        Event::Hub(HubAct::Enrolled { staff, device, .. }) => format!("Enrolled device {device} for {staff}"),
        Event::Hub(HubAct::Revoked { device }) => format!("Revoked device {device}"),
        Event::Hub(HubAct::Partner { system, ods, ended: false }) => {
            format!("Gave a system of {ods} a credential to ask for records (partner {system})")
        }
        Event::Hub(HubAct::Partner { system, ods, .. }) => format!("Ended the credential of {ods}'s partner {system}"),
        Event::Hub(HubAct::PartnerRefused { system, ods, status, code, .. }) => {
            format!(
                "Turned away a request of {ods}'s partner {system} for its form ({status} {code}): nobody was looked for"
            )
        }
        Event::Partner(act) => {
            format!("Asked for {} of somebody whom the hub does not name to them: nothing was given", act.kind)
        }
        Event::Hub(HubAct::Policy { version }) => format!("Set the sharing policy, version {version}"),
        Event::Hub(HubAct::Parked { deed: ParkedDeed::Shown, parked, .. }) => format!("Was shown parked item {parked}"),
        Event::Hub(HubAct::Parked { parked, .. }) => format!("Settled parked item {parked}"),
        Event::Hub(HubAct::AlarmAcknowledged { alarm, .. }) => format!("Reviewed audit alarm {alarm}"),
        Event::Hub(HubAct::EpochGranted { .. } | HubAct::EpochOpened { .. }) => {
            "A broken audit chain went on".to_owned()
        }
        Event::Hub(HubAct::Log { .. }) => "The hub's log did not agree with what was shown before".to_owned(),
        Event::Device(act) => device(act),
        Event::AlertReviewed { alert, .. } => format!("Reviewed alert {alert}"),
        _ => "Ran the hub".to_owned(),
    }
}

fn device(act: &DeviceAct) -> String {
    match act {
        DeviceAct::ClockRead { .. } => "The device was restarted, or its clock came into doubt".to_owned(),
        DeviceAct::Restored { .. } => "The device found that its vault had been put back to an older copy".to_owned(),
        DeviceAct::TimeSet { .. } => "The device took the hub's time".to_owned(),
        DeviceAct::LicenceTaken { by, until, .. } => {
            format!("Their licence was extended by {by} until {}", until.display())
        }
        DeviceAct::LicenceGiven { to, until, .. } => format!("Extended the licence of {to} until {}", until.display()),
        DeviceAct::Wiped { people } => {
            format!("The device erased the records of {people} people: its enrolment had ended")
        }
    }
}

/// Name, job and organisation of somebody by number, or the number.
pub(super) fn staff(names: &Names, id: &str) -> String {
    names.by_staff(id).map_or_else(|| format!("Staff number {id}"), Actor::to_string)
}

/// What a list of looks may be narrowed to.
#[derive(Default, Clone)]
pub(super) struct Filter {
    pub purpose: Option<Purpose>,
    /// `shown`, `not-shown` or `emergency`.
    pub outcome: String,
}

impl Filter {
    pub(super) fn of(purpose: &str, outcome: &str) -> Filter {
        Filter { purpose: Purpose::from_code(purpose), outcome: outcome.to_owned() }
    }

    pub(super) fn admits(&self, row: &Row) -> bool {
        let (purpose, outcome) = match &row.entry.event {
            Event::Record { purpose, outcome, .. } | Event::Source { purpose, outcome, .. } => {
                (Some(*purpose), Some(*outcome))
            }
            Event::Plan(act) => (Some(act.purpose), Some(act.outcome)),
            Event::Visit(act) => (Some(act.purpose), Some(act.outcome)),
            Event::Bag(act) => (Some(act.purpose), Some(act.outcome)),
            Event::Partner(act) => (Some(act.purpose), Some(act.outcome)),
            Event::BreakGlass { purpose, .. } => (Some(*purpose), None),
            _ => (None, None),
        };
        let by_outcome = match self.outcome.as_str() {
            "shown" => outcome == Some(Outcome::Permit),
            "not-shown" => outcome.is_some_and(|outcome| outcome != Outcome::Permit),
            "emergency" => row.emergency,
            _ => true,
        };
        by_outcome && self.purpose.is_none_or(|wanted| purpose == Some(wanted))
    }
}
