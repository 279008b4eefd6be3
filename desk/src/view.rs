//! What a screen shows. These are answers, made by the device from what the door disclosed; the screen holds no rules and only
//! lays them out.

use record::audit::{DeviceAct, Event, HubAct, LogSign};
use record::chart::Chart;
use record::consent::{
    Caveat, Choice, Claim, DecidedBy, Mode, NextStep, Outcome, OverrideReason, Purpose, Relationship, Rule,
};
use record::feed::Listing;
use record::own::OwnPart;
use record::people::{Actor, Role};
use record::plan::{Decided, Told};
use record::receipt::AsAt;
use record::summary::Source;
use record::{DeviceId, PersonId, StaffId, Stamp};
use serde::{Deserialize, Serialize};

/// The state of the device: what the status chip and the sign-in page show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Everybody enrolled on this device, for the sign-in page.
    pub users: Vec<User>,
    /// Who is signed in now.
    pub signed_in: Option<Actor>,
    pub link: Link,
    /// Hub time of the last completed sync.
    pub synced: Option<Stamp>,
    /// Entries and recorded choices not yet held by the hub.
    pub unsent: u64,
    /// "All access recorded to": the time of the last entry with a receipt from the hub.
    pub receipted: Option<Stamp>,
    pub clock_in_doubt: bool,
    /// Why the device's time is not believed, in words.
    pub doubts: Vec<String>,
    /// For how long this device may show records without the hub; `None` before the first round.
    pub licence: Option<LicenceView>,
    pub keystore: Keystore,
    /// Whether this device has a scanner of its own for codes, as phones do.
    pub scanner: bool,
    /// What went wrong in the last sync, if it did.
    pub trouble: Option<super::Trouble>,
    /// The device's idea of now, so that the screen needs no clock of its own.
    pub now: Stamp,
    /// Minutes without a question after which the device locks itself.
    pub idle_minutes: u32,
    pub view_mode: Option<Mode>,
    /// The glass that is broken now: shown on every page until it ends.
    pub glass: Option<BrokenGlass>,
    /// Files of this device's users that lie sealed and that no hub has said it holds; counted while nobody is signed in.
    #[serde(default)]
    pub sealed: u64,
}

/// A broken glass, for the banner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrokenGlass {
    pub person: PersonId,
    /// As in the banner of a record.
    pub name: String,
    pub until: Stamp,
    pub widened: bool,
    /// Overrides in this shift, and how many the programme expects at most: beyond that the supervisor is told.
    pub in_shift: u32,
    pub expected: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    pub staff: StaffId,
    pub name: String,
    pub title: String,
    pub organisation: String,
}

/// The offline licence, as a countdown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LicenceView {
    pub until: Stamp,
    /// 0 when it has ended.
    pub minutes_left: i64,
    pub ended: bool,
    /// How often a colleague may still lengthen it before the next round with the hub.
    pub extensions_left: u32,
    pub extension_hours: u32,
}

/// A licence code, as text and as a picture to scan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LicenceCode {
    pub code: String,
    /// A QR code as SVG, drawn by the device.
    pub picture: String,
}

/// A colleague who asks for a longer licence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LicenceAsked {
    pub name: String,
    pub staff: StaffId,
    pub device: DeviceId,
    pub until: Stamp,
}

/// The four states of the chip (`reference/ux.md` section 6), and the one that a person chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Link {
    Online,
    Offline,
    /// Letters about people, done and expected, as the hub says when it begins to answer; `expected` 0 while unknown. And about how much that is: `of_kb` 0
    /// where the hub does not know. In steps of 64 kB.
    Syncing {
        done: u32,
        expected: u32,
        kb: u32,
        of_kb: u32,
    },
    /// Consent checks are older than the policy's outer limit.
    NotSafe,
    /// Airplane mode: the person switched the network off in Satchel.
    Airplane,
}

/// Where the second half of the vault's key is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Keystore {
    /// The platform's own (Keychain, Credential Manager, Secret Service).
    Platform,
    /// A file only this user can read: this machine has no keystore. The app says so.
    File,
}

/// The caseload list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caseload {
    pub rows: Vec<Row>,
    /// People on the caseload, whatever the search shows.
    pub total: u64,
    /// Hub time of the last completed sync.
    pub as_at: Option<Stamp>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    pub listing: Listing,
    pub relationship: Relationship,
    /// Another person on this caseload has a similar name.
    pub similar_name: bool,
    /// The record's content is on this device.
    pub carried: bool,
    /// It is here, and only break-glass opens it.
    pub sealed: bool,
    pub age: String,
}

/// An override that only needs to be confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct GlassReady {
    pub until: Stamp,
}

/// A record as opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenedChart {
    pub listing: Listing,
    pub chart: Chart,
    /// What the shared care plan says of the same matters: it may differ from the record's sources, and both are shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decided: Vec<Decided>,
    /// In an emergency: what else of the plan a crew needs, where the plan itself is not open to them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub told: Vec<Told>,
    /// Directory of the sources named in the chart.
    pub sources: Vec<Source>,
    pub age: String,
    pub caveats: Vec<Caveat>,
    pub basis: Basis,
    /// The audit entry that was written before this was shown.
    pub audit_seq: u64,
    pub opened: Stamp,
    /// How old what is here is, and what is missing of it.
    #[serde(default)]
    pub as_at: Option<AsAt>,
}

/// What the user's own organisation wrote itself, where the shared record is closed or not here. Not an [`OpenedChart`] and not made into one: a
/// part must never look like the whole (hazard H33).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnPage {
    pub listing: Listing,
    pub age: String,
    /// Whose it is, by name.
    pub organisation: String,
    /// That it is a part, why, and what is not in it: stands before anything else.
    pub sentence: String,
    pub part: OwnPart,
    /// Of the organisation: directory for the items.
    pub sources: Vec<Source>,
    /// When it was set aside on this device, or came.
    pub kept: Stamp,
    /// The audit entry that was written before this was shown.
    pub audit_seq: u64,
    pub opened: Stamp,
}

/// "Why can I see this": the rule, the choice, its date and age.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basis {
    pub sentence: String,
    pub rule: String,
    pub choice: Choice,
    pub choice_label: String,
    pub decided: Option<Stamp>,
    pub checked: Option<Stamp>,
    pub relationship: Relationship,
    /// Who decided: the person, or somebody for them.
    pub decided_by: DecidedBy,
    /// Who wrote it down: name and organisation.
    pub recorded_by: Option<String>,
    /// When the choice ends, where it has an end.
    pub until: Option<Stamp>,
    /// What ends it, where an event does.
    pub end_event: Option<String>,
    /// Why, for a best-interests decision.
    pub reason: Option<String>,
    /// Two or more choices made apart, to be settled with the person.
    pub between: Vec<Claim>,
    /// The programme and the version of its policy.
    pub policy: String,
    /// What may lawfully be done next, in one sentence.
    pub next: String,
}

/// What became of a claimed relationship.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Claimed {
    /// The person is on the list now, as claimed by this user.
    Found(PersonId),
    /// The hub knows nobody with this number and this date of birth.
    Nobody,
    /// Recorded; the hub has not been reached.
    Waiting,
}

/// "Why not", and what one can do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Why {
    /// What happened, in one sentence.
    pub sentence: String,
    pub basis: Basis,
    pub next: NextStep,
    pub outcome: Outcome,
    pub audit_seq: u64,
    /// The row of the person, so that the page can say about whom it speaks.
    pub listing: Listing,
    pub age: String,
    /// What the user's own organisation wrote itself is here, and may be asked for: its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own: Option<String>,
}

/// A resource whole, as its source sent it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WholeResource {
    /// `Type/id`.
    pub key: String,
    pub source: Option<Source>,
    /// The resource as JSON text, exactly as received.
    pub json: String,
}

/// Who has looked at a person's record from this device, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Looks {
    pub listing: Listing,
    pub entries: Vec<Look>,
    /// Everything up to this entry is held by the hub.
    pub receipted_to: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    pub seq: u64,
    pub at: Stamp,
    pub name: String,
    pub role: Role,
    pub organisation: String,
    /// What was done, in words.
    pub what: String,
    pub outcome: Option<Outcome>,
    pub held_by_hub: bool,
}

/// The device's audit, checked from its first entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditCheck {
    pub entries: u64,
    pub receipted: u64,
    pub head: String,
    /// Where the chain breaks, if it does: sequence number and kind.
    pub broken: Option<(u64, String)>,
}

/// What one round with the hub did.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Posted {
    pub requests: u32,
    pub bytes_out: u64,
    pub bytes_in: u64,
    pub people_added: u32,
    pub people_removed: u32,
    pub facts_changed: u32,
    pub plans_changed: u32,
    /// Acts of others at visits.
    pub acts_new: u32,
    /// Letters about people.
    pub letters: u64,
    /// Drafts of this user's that were begun on a device that is no more.
    pub drafts_back: u32,
    pub entries_receipted: u64,
}

/// Says in words what an event was; for "who has looked" and for the hub's own listing.
pub fn in_words(event: &Event) -> String {
    let because = |purpose: &Purpose| purpose.label().to_lowercase();
    match event {
        Event::Record { purpose, outcome: Outcome::Permit, rule: Rule::OwnRecord, .. } => {
            format!("Read what the organisation wrote itself for {}", because(purpose))
        }
        Event::Record { purpose, outcome, .. } => match outcome {
            Outcome::Permit => format!("Opened the record for {}", because(purpose)),
            Outcome::Ask => format!("Asked for the record for {}; told to ask the person first", because(purpose)),
            Outcome::BreakGlass => {
                format!("Asked for the record for {}; not shown, break-glass offered", because(purpose))
            }
            Outcome::Deny => format!("Asked for the record for {}; refused", because(purpose)),
        },
        Event::Source { purpose, outcome: Outcome::Permit, .. } => {
            format!("Read an original document of the record for {}", because(purpose))
        }
        Event::Source { .. } => "Asked for an original document of the record; not shown".into(),
        Event::BreakGlass { reason, widened, .. } => {
            let wider = if *widened { ", beyond the emergency view" } else { "" };
            format!("Broke the glass{wider}: {}", reason.label())
        }
        Event::ChoiceRecorded { choice, .. } => format!("Recorded the person's choice: {}", choice.label()),
        Event::Listed { shown, searched: false } => format!("Looked at the caseload list ({shown} people)"),
        Event::Listed { shown, searched: true } => format!("Searched the caseload ({shown} found)"),
        Event::SignedIn => "Signed in".into(),
        Event::SignedOut { idle: true } => "Locked after a time without use".into(),
        Event::SignedOut { idle: false } => "Signed out".into(),
        Event::FailedPins { count } => format!("{count} wrong PINs before this sign-in"),
        Event::PinChanged => "Changed the PIN".into(),
        Event::Carried { added, removed } => format!("The device took on {added} people and gave up {removed}"),
        Event::Purged { .. } => "The record was erased from the device".into(),
        Event::AuditRead { .. } => "Looked at who has looked".into(),
        Event::GlassEnded { by_hand: true, .. } => "Ended break-glass before its time".into(),
        Event::GlassEnded { .. } => "Break-glass ended".into(),
        Event::ChoiceSettled { settled, choice, .. } => {
            format!("Settled {settled} choices with the person: {}", choice.label())
        }
        Event::RelationshipClaimed { .. } => "Claimed a relationship with the person".into(),
        Event::Sealed { .. } => "The record was sealed on the device".into(),
        Event::AccessReason { code, .. } => format!("Gave the reason: {code}"),
        Event::AlertReviewed { outcome, .. } => format!("The privacy officer reviewed an alert: {outcome}"),
        Event::Hub(act) => of_the_log(act).into(),
        Event::Plan(act) => match act.outcome {
            Outcome::Permit => format!("{} for {}", act.deed.in_words(), because(&act.purpose)),
            _ => format!("Asked for the care plan for {}; refused", because(&act.purpose)),
        },
        Event::Visit(act) => match act.outcome {
            Outcome::Permit => format!("{} for {}", act.deed.in_words(), because(&act.purpose)),
            _ => format!("Asked for the visits for {}; refused", because(&act.purpose)),
        },
        Event::Round { shown } => format!("Looked at the day's round ({shown} visits)"),
        Event::Bag(act) => match act.outcome {
            Outcome::Permit => format!("{} for {}", act.deed.in_words(), because(&act.purpose)),
            _ => format!("Asked for the eRed Bag for {}; refused", because(&act.purpose)),
        },
        Event::Device(act) => act_in_words(act),
        Event::Partner(_) => "Asked for the record at another organisation's system".into(),
    }
}

/// A device's own chain holds only two of these; the others are in the hub's.
const fn of_the_log(act: &HubAct) -> &'static str {
    match act {
        HubAct::EpochOpened { .. } => "The device's audit began a new part, after the hub found a break in the last",
        HubAct::Log { sign: LogSign::Restored, .. } => "The hub said that its log was restored from an older copy",
        HubAct::Log { .. } => "The hub's log did not agree with what it had shown this device before",
        _ => "An act of the hub",
    }
}

fn act_in_words(act: &DeviceAct) -> String {
    match act {
        DeviceAct::ClockRead { doubts, .. } if doubts.is_empty() => "The device was restarted".into(),
        DeviceAct::ClockRead { doubts, .. } => {
            let why: Vec<&str> = doubts.iter().map(record::time::Doubt::label).collect();
            format!("The device's time came into doubt: {}", why.join("; "))
        }
        DeviceAct::Restored { known, held } => {
            format!("The vault was found older than it had been: {held} of {known} entries")
        }
        DeviceAct::TimeSet { .. } => "The device's time was set by the hub".into(),
        DeviceAct::LicenceTaken { by, device, .. } => format!("The licence was extended by {by} on {device}"),
        DeviceAct::LicenceGiven { to, device, .. } => format!("Extended the licence of {to} on {device}"),
        DeviceAct::Wiped { people } => format!("The hub ended the enrolment: {people} records were erased"),
    }
}

/// The reasons for break-glass, for the form.
pub fn override_reasons() -> Vec<(u8, &'static str)> {
    OverrideReason::ALL.into_iter().map(|r| (r.number(), r.label())).collect()
}
