//! The audit as FHIR R4 `AuditEvent`s by IHE's Basic Audit Log Patterns, with the identifiers of NHS England's PARS (`reference/audit.md`
//! sections 1 and 2). One entry becomes one event a pattern: a decision and, where it permitted, the read. The device is client and server
//! at once; in a read the server is the source, elsewhere the client is. What is not in an entry is not made up.
//!
//! A list or search of a caseload is a query. BALP wants one event for each patient in the result, and an entry holds how many there were, not
//! who: the event says the number, names nobody and does not claim the PatientQuery profile. A partner's search is of one person, and does
//! (`partner`).

mod bag;
mod glass;
mod partner;

use super::names::{Names, nhs_number};
use crate::store::audit::{Held, OWN};
use data_encoding::{BASE64, HEXLOWER};
use record::audit::{DeviceAct, Entry, Event, HubAct, Link, ParkedDeed, PlanAct, PlanDeed, VisitAct, VisitDeed};
use record::consent::{Clock, Outcome, Purpose, Rule};
use record::{PersonId, Sections};
use rusqlite::Transaction;
use serde_json::{Value, json};

const PROFILE: &str = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.";
const DCM: &str = "http://dicom.nema.org/resources/ontology/DCM";
const EVENT_TYPE: &str = "http://terminology.hl7.org/CodeSystem/audit-event-type";
const INTERACTION: &str = "http://hl7.org/fhir/restful-interaction";
const ENTITY_TYPE: &str = "http://terminology.hl7.org/CodeSystem/audit-entity-type";
const ENTITY_ROLE: &str = "http://terminology.hl7.org/CodeSystem/object-role";
const PARTICIPATION: &str = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType";
const REASON: &str = "http://terminology.hl7.org/CodeSystem/v3-ActReason";
const ODS: &str = "https://fhir.nhs.uk/Id/ods-organization-code";
const SDS_USER: &str = "https://fhir.nhs.uk/Id/sds-user-id";
const PERSON: &str = "urn:satchel:person";
/// Our extensions of an event: the chain's place and link, the log's place, the clock.
const EXTENSION: &str = "https://satchel.example/fhir/StructureDefinition/audit-";

const SOURCE: (&str, &str) = ("110153", "Source Role ID");
const DESTINATION: (&str, &str) = ("110152", "Destination Role ID");
const APPLICATION: (&str, &str) = ("110150", "Application");

fn coding(system: &str, code: &str, display: &str) -> Value {
    json!({ "system": system, "code": code, "display": display })
}

fn concept(system: &str, code: &str, display: &str) -> Value {
    json!({ "coding": [coding(system, code, display)] })
}

/// The events of one entry; none for what is no entry.
pub fn events(tx: &Transaction<'_>, names: &Names, held: &Held) -> rusqlite::Result<Vec<Value>> {
    let Ok(entry) = Entry::from_bytes(&held.bytes) else { return Ok(Vec::new()) };
    let maker = Maker { tx, names, held, entry: &entry };
    let made = match &entry.event {
        Event::Record { subject, purpose, sections, outcome, rule } => {
            maker.decided(*subject, (*purpose, *outcome, *rule), sections_of(*sections))?
        }
        Event::Source { subject, purpose, outcome, rule } => {
            maker.decided(*subject, (*purpose, *outcome, *rule), "An original document of the record".into())?
        }
        Event::BreakGlass { subject, purpose, reason, text, .. } => {
            vec![glass::started(&maker, *subject, *purpose, (reason.number(), reason.label()), text)?]
        }
        Event::GlassEnded { subject, by_hand } => vec![glass::stopped(&maker, *subject, *by_hand)?],
        Event::ChoiceRecorded { subject, choice, .. } | Event::ChoiceSettled { subject, choice, .. } => {
            let what = json!({ "type": "Consent", "display": choice.label() });
            vec![maker.written("PatientCreate", ("C", "create"), *subject, what)?]
        }
        Event::Bag(act) if bag::is_passed(act) => vec![bag::passed(&maker, act)?],
        Event::Purged { subject } => vec![maker.erased(*subject)?],
        Event::AuditRead { subject } => {
            let what = json!({ "type": "AuditEvent", "display": "Who has looked at this record" });
            vec![maker.read(*subject, None, what)?]
        }
        Event::Partner(act) => partner::events(&maker, act)?,
        Event::Plan(act) => maker.plan(act)?,
        Event::Visit(act) => maker.visit(act)?,
        Event::Device(DeviceAct::LicenceGiven { .. } | DeviceAct::LicenceTaken { .. }) => {
            vec![maker.session("110113", "Security Alert", ("110136", "Security Roles Changed"), "0")]
        }
        Event::Listed { shown, searched } => vec![maker.listed(*shown, *searched)],
        Event::SignedIn => vec![maker.session("110114", "User Authentication", ("110122", "Login"), "0")],
        Event::SignedOut { .. } => vec![maker.session("110114", "User Authentication", ("110123", "Logout"), "0")],
        Event::FailedPins { .. } => vec![maker.session("110114", "User Authentication", ("110122", "Login"), "8")],
        Event::PinChanged => {
            vec![maker.session("110113", "Security Alert", ("110137", "User Security Attributes Changed"), "0")]
        }
        Event::Hub(HubAct::Caseload { people, .. }) if !people.is_empty() => {
            let what = || json!({ "type": "Group", "display": "A caseload" });
            people
                .iter()
                .map(|person| maker.written("PatientUpdate", ("U", "update"), *person, what()))
                .collect::<Result<_, _>>()?
        }
        Event::Hub(HubAct::Parked { deed, people, .. }) if !people.is_empty() => {
            let what = || json!({ "type": "Patient", "display": "What could not be taken in" });
            people
                .iter()
                .map(|person| match deed {
                    ParkedDeed::Shown => maker.read(*person, None, what()),
                    _ => maker.written("PatientUpdate", ("U", "update"), *person, what()),
                })
                .collect::<Result<_, _>>()?
        }
        Event::Hub(HubAct::AuditUsed { .. }) => {
            vec![maker.session("110101", "Audit Log Used", ("110101", "Audit Log Used"), "0")]
        }
        Event::Hub(HubAct::PartnerRefused { .. }) => {
            vec![maker.session("110100", "Application Activity", ("110100", "Application Activity"), "4")]
        }
        other => match other.subject() {
            Some(subject) => {
                let what = json!({ "display": "An act about this person" });
                vec![maker.written("PatientUpdate", ("U", "update"), subject, what)?]
            }
            None => vec![maker.session("110100", "Application Activity", ("110100", "Application Activity"), "0")],
        },
    };
    Ok(made.into_iter().enumerate().map(|(n, event)| maker.whole(n, event)).collect())
}

fn sections_of(sections: Sections) -> String {
    let titles: Vec<&str> = sections.iter().map(|s| s.title()).collect();
    format!("Sections of the shared record: {}", titles.join("; "))
}

struct Maker<'a> {
    tx: &'a Transaction<'a>,
    names: &'a Names,
    held: &'a Held,
    entry: &'a Entry,
}

impl Maker<'_> {
    /// A decision: always the decision itself; where it permitted, the read it permitted.
    fn decided(
        &self,
        subject: PersonId,
        (purpose, outcome, rule): (Purpose, Outcome, Rule),
        what: String,
    ) -> rusqlite::Result<Vec<Value>> {
        let broken = outcome == Outcome::Permit && glass::is_broken(self, subject, purpose)?;
        let reason = if broken { ("BTG", "break the glass") } else { reason_of(purpose) };
        let (code, why) = match outcome {
            Outcome::Permit => ("0", rule.explanation().to_owned()),
            Outcome::Ask => {
                ("8", format!("Not shown: the person must be asked first. {}", rule.explanation_of_refusal()))
            }
            Outcome::BreakGlass => ("8", format!("Not shown: only by break-glass. {}", rule.explanation_of_refusal())),
            Outcome::Deny => ("8", format!("Not shown. {}", rule.explanation_of_refusal())),
        };
        let mut user = self.user("IRCP", "information recipient");
        user["purposeOfUse"] = json!([concept(REASON, reason.0, reason.1)]);
        let decision = json!({
            "meta": { "profile": [format!("{PROFILE}AuthZconsent")] },
            "type": coding(DCM, "110113", "Security Alert"),
            "subtype": [{ "system": "https://profiles.ihe.net/ITI/BALP/CodeSystem/AuthZsubType", "code": "AuthZ-Consent" }],
            "action": "E",
            "outcome": code,
            "outcomeDesc": format!("Rule {}. {why}", rule.code()),
            "purposeOfEvent": [concept(REASON, reason.0, reason.1)],
            "agent": [
                self.machine(APPLICATION),
                user,
                self.organisation(),
                { "type": concept("http://terminology.hl7.org/CodeSystem/extra-security-role-type", "authserver", "authorization server"),
                  "who": self.device(), "requestor": false },
            ],
            "entity": [
                self.patient(subject)?,
                { "type": coding("http://hl7.org/fhir/resource-types", "Consent", "Consent"),
                  "what": { "type": "Consent", "display": "The choice in force on this device" } },
            ],
        });
        if outcome != Outcome::Permit {
            return Ok(vec![decision]);
        }
        let what = json!({ "type": "Composition", "display": what });
        Ok(vec![decision, self.read(subject, Some(reason), what)?])
    }

    /// `PatientRead`: the client is the *destination* here, the server the source.
    fn read(&self, subject: PersonId, reason: Option<(&str, &str)>, what: Value) -> rusqlite::Result<Value> {
        let mut user = self.user("IRCP", "information recipient");
        if let Some((code, display)) = reason {
            user["purposeOfUse"] = json!([concept(REASON, code, display)]);
        }
        Ok(json!({
            "meta": { "profile": [format!("{PROFILE}PatientRead")] },
            "type": coding(EVENT_TYPE, "rest", "Restful Operation"),
            "subtype": [coding(INTERACTION, "read", "read")],
            "action": "R",
            "outcome": "0",
            "agent": [self.machine(DESTINATION), self.machine(SOURCE), user, self.organisation()],
            "entity": [data(what), self.patient(subject)?, self.request()],
        }))
    }

    /// `PatientCreate` or `PatientUpdate`: the client is the source.
    fn written(
        &self,
        profile: &str,
        (action, interaction): (&str, &str),
        subject: PersonId,
        what: Value,
    ) -> rusqlite::Result<Value> {
        Ok(json!({
            "meta": { "profile": [format!("{PROFILE}{profile}")] },
            "type": coding(EVENT_TYPE, "rest", "Restful Operation"),
            "subtype": [coding(INTERACTION, interaction, interaction)],
            "action": action,
            "outcome": "0",
            "agent": [
                self.machine(SOURCE),
                self.machine(DESTINATION),
                self.user("AUT", "author (originator)"),
                self.organisation(),
            ],
            "entity": [data(what), self.patient(subject)?, self.request()],
        }))
    }

    /// `PatientDelete`: by the application, from the device that had custody of a copy.
    fn erased(&self, subject: PersonId) -> rusqlite::Result<Value> {
        let mut custodian = self.machine(APPLICATION);
        custodian["type"] =
            concept("http://terminology.hl7.org/CodeSystem/provenance-participant-type", "custodian", "Custodian");
        let what = json!({ "type": "Composition", "display": "The copy of the record on this device" });
        Ok(json!({
            "meta": { "profile": [format!("{PROFILE}PatientDelete")] },
            "type": coding(EVENT_TYPE, "rest", "Restful Operation"),
            "subtype": [coding(INTERACTION, "delete", "delete")],
            "action": "D",
            "outcome": "0",
            "agent": [self.machine(APPLICATION), custodian, self.user("CST", "custodian"), self.organisation()],
            "entity": [data(what), self.patient(subject)?, self.request()],
        }))
    }

    /// A care plan opened is a decision and a read; written in, a decision and an update; refused, a decision.
    fn plan(&self, act: &PlanAct) -> rusqlite::Result<Vec<Value>> {
        let PlanAct { subject, purpose, deed, outcome, rule } = *act;
        let what = json!({ "type": "CarePlan", "display": deed.in_words() });
        if deed == PlanDeed::Exported && outcome == Outcome::Permit {
            return Ok(vec![self.disclosed(subject, reason_of(purpose), what)?]);
        }
        let mut made = self.decided(subject, (purpose, outcome, rule), deed.in_words().into())?;
        if deed.writes() && outcome == Outcome::Permit {
            // What was permitted is the change, not a read.
            made.truncate(1);
            made.push(self.written("PatientUpdate", ("U", "update"), subject, what)?);
        }
        Ok(made)
    }

    /// Visits opened are a decision and a read; something done at one, a decision and an update; refused, a decision.
    fn visit(&self, act: &VisitAct) -> rusqlite::Result<Vec<Value>> {
        let VisitAct { subject, purpose, deed, outcome, rule } = *act;
        if deed == VisitDeed::Exported && outcome == Outcome::Permit {
            let what = json!({ "type": "Encounter", "display": deed.in_words() });
            return Ok(vec![self.disclosed(subject, reason_of(purpose), what)?]);
        }
        let mut made = self.decided(subject, (purpose, outcome, rule), deed.in_words().into())?;
        if deed.writes() && outcome == Outcome::Permit {
            let what = json!({ "type": "Encounter", "display": deed.in_words() });
            made.truncate(1);
            made.push(self.written("PatientUpdate", ("U", "update"), subject, what)?);
        }
        Ok(made)
    }

    /// `PrivacyDisclosure.Source`: given out of the region's care, one event for each person.
    fn disclosed(&self, subject: PersonId, (code, display): (&str, &str), what: Value) -> rusqlite::Result<Value> {
        Ok(json!({
            "meta": { "profile": [format!("{PROFILE}PrivacyDisclosure.Source")] },
            "type": coding(DCM, "110106", "Export"),
            "subtype": [coding("http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle", "disclose", "Disclose")],
            "action": "R",
            "outcome": "0",
            "outcomeDesc": "Given out by the hub's operator, who holds the copy from then on.",
            "purposeOfEvent": [concept(REASON, code, display)],
            "agent": [
                self.machine(SOURCE),
                self.machine(DESTINATION),
                self.user("IRCP", "information recipient"),
                self.organisation(),
            ],
            "entity": [data(what), self.patient(subject)?],
        }))
    }

    fn listed(&self, shown: u64, searched: bool) -> Value {
        let request = if searched { "search of the caseload" } else { "the whole caseload" };
        json!({
            "type": coding(EVENT_TYPE, "rest", "Restful Operation"),
            "subtype": [coding(INTERACTION, "search", "search")],
            "action": "E",
            "outcome": "0",
            "outcomeDesc": format!("{shown} people listed: name, date of birth, NHS number, flags. No record was opened."),
            "agent": [
                self.machine(SOURCE),
                self.machine(DESTINATION),
                self.user("IRCP", "information recipient"),
                self.organisation(),
            ],
            "entity": [
                { "type": coding(ENTITY_TYPE, "2", "System Object"), "role": coding(ENTITY_ROLE, "24", "Query"),
                  "description": request, "query": BASE64.encode(request.as_bytes()) },
                self.request(),
            ],
        })
    }

    /// Something about a person's session, or the system, and no patient.
    fn session(&self, kind: &str, display: &str, subtype: (&str, &str), outcome: &str) -> Value {
        json!({
            "type": coding(DCM, kind, display),
            "subtype": [coding(DCM, subtype.0, subtype.1)],
            "action": "E",
            "outcome": outcome,
            "outcomeDesc": described(&self.entry.event),
            "agent": [self.machine(APPLICATION), self.user("IRCP", "information recipient"), self.organisation()],
        })
    }

    /// What every event has.
    fn whole(&self, part: usize, mut event: Value) -> Value {
        let Held { leaf, seq, epoch, .. } = self.held;
        let own = self.entry.chain.as_str() == OWN;
        let kind = if own { ("4", "Application Server") } else { ("1", "User Device") };
        event["resourceType"] = "AuditEvent".into();
        event["id"] = format!("leaf-{leaf}-{part}").into();
        event["recorded"] = self.entry.at.to_string().into();
        event["source"] = json!({
            "site": self.entry.organisation.as_str(),
            "observer": self.device(),
            "type": [coding("http://terminology.hl7.org/CodeSystem/security-source-type", kind.0, kind.1)],
        });
        let clock = if self.entry.clock == Clock::Trusted { "trusted" } else { "suspect" };
        let extension =
            |name: &str, value: (&str, Value)| json!({ "url": format!("{EXTENSION}{name}"), value.0: value.1 });
        event["extension"] = json!([
            extension("device-seq", ("valueString", format!("{epoch}/{seq}").into())),
            extension("prev-hash", ("valueString", HEXLOWER.encode(self.entry.prev.as_bytes()).into())),
            extension("hash", ("valueString", Link::of(&self.held.bytes).to_string().into())),
            extension("clock-quality", ("valueCode", clock.into())),
            extension("hub-receipt", ("valueString", format!("leaf {leaf}, received {}", self.held.received).into())),
            extension("kept-aside", ("valueBoolean", self.held.aside.into())),
        ]);
        event
    }

    /// The device, or the hub.
    fn device(&self) -> Value {
        let device = self.entry.chain.as_str().split('/').next().unwrap_or_default();
        json!({ "type": "Device", "identifier": { "system": "urn:satchel:device", "value": device }, "display": device })
    }

    fn machine(&self, (code, display): (&str, &str)) -> Value {
        let device = self.entry.chain.as_str().split('/').next().unwrap_or_default();
        json!({
            "type": concept(DCM, code, display),
            "who": self.device(),
            "requestor": false,
            "network": { "address": format!("app://{device}"), "type": "5" },
        })
    }

    fn user(&self, code: &str, display: &str) -> Value {
        let name = self.names.actor(self.entry).map(|actor| actor.name.as_str());
        let mut who = json!({
            "type": "Practitioner",
            "identifier": { "system": SDS_USER, "value": self.entry.staff.as_str() },
        });
        if let Some(name) = name {
            who["display"] = name.into();
        }
        json!({
            "type": concept(PARTICIPATION, code, display),
            "role": [{ "coding": [{ "system": "urn:satchel:role", "code": self.entry.role.code() }], "text": self.entry.role.label() }],
            "who": who,
            "requestor": true,
        })
    }

    fn organisation(&self) -> Value {
        let ods = &self.entry.organisation;
        json!({
            "type": concept("http://terminology.hl7.org/CodeSystem/v3-RoleClass", "PROV", "healthcare provider"),
            "who": { "type": "Organization", "identifier": { "system": ODS, "value": ods.as_str() },
                     "display": self.names.organisation(ods) },
            "requestor": false,
        })
    }

    fn patient(&self, subject: PersonId) -> rusqlite::Result<Value> {
        let identifier = match nhs_number(self.tx, subject)? {
            Some(number) => json!({ "system": super::names::NHS_NUMBER, "value": number }),
            None => json!({ "system": PERSON, "value": subject.to_string() }),
        };
        Ok(json!({
            "type": coding(ENTITY_TYPE, "1", "Person"),
            "role": coding(ENTITY_ROLE, "1", "Patient"),
            "what": { "type": "Patient", "identifier": identifier },
        }))
    }

    /// The request: the entry's own place, which no other has.
    fn request(&self) -> Value {
        let Held { chain, epoch, seq, .. } = self.held;
        json!({
            "type": { "system": "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType", "code": "XrequestId" },
            "what": { "identifier": { "system": "https://fhir.nhs.uk/Id/transaction", "value": format!("{chain}/{epoch}/{seq}") } },
        })
    }
}

fn data(what: Value) -> Value {
    json!({ "type": coding(ENTITY_TYPE, "2", "System Object"), "role": coding(ENTITY_ROLE, "4", "Domain Resource"), "what": what })
}

/// HL7 v3 has no code for safeguarding: care is the nearest that is true.
const fn reason_of(purpose: Purpose) -> (&'static str, &'static str) {
    match purpose {
        Purpose::EmergencyTreat => ("ETREAT", "Emergency Treatment"),
        Purpose::Treat | Purpose::Safeguard => ("TREAT", "treatment"),
        Purpose::Other => ("HOPERAT", "healthcare operations"),
    }
}

/// One phrase for what names no patient.
fn described(event: &Event) -> String {
    match event {
        Event::SignedIn => "Signed in".into(),
        Event::SignedOut { idle: true } => "Locked after a time without use".into(),
        Event::SignedOut { idle: false } => "Signed out".into(),
        Event::FailedPins { count } => format!("{count} wrong PINs"),
        Event::PinChanged => "PIN changed".into(),
        Event::Carried { added, removed } => format!("The device took on {added} people and gave up {removed}"),
        Event::Hub(act) => hub_act(act),
        Event::Device(act) => device_act(act),
        _ => "Recorded by a newer version".into(),
    }
}

fn device_act(act: &DeviceAct) -> String {
    match act {
        DeviceAct::ClockRead { doubts, .. } if doubts.bits() == 0 => "The device's clock was read".into(),
        DeviceAct::ClockRead { .. } => "The device's clock is in doubt".into(),
        DeviceAct::Restored { known, held } => format!("Opened with {held} entries where {known} were known"),
        DeviceAct::TimeSet { .. } => "The time was set back to the hub's".into(),
        DeviceAct::LicenceTaken { by, until, .. } => format!("{by} lengthened the licence of this device to {until}"),
        DeviceAct::LicenceGiven { to, until, .. } => format!("The licence of {to}'s device was lengthened to {until}"),
        DeviceAct::Wiped { people } => format!("The hub ended the enrolment: {people} records erased"),
    }
}

fn hub_act(act: &HubAct) -> String {
    match act {
        HubAct::Staff { staff, role, active: true } => format!("{staff} registered as {}", role.code()),
        HubAct::Staff { staff, active: false, .. } => format!("{staff} left"),
        HubAct::Caseload { code, .. } => format!("Caseload {code} changed"),
        HubAct::TicketMade { staff } => format!("Ticket made for {staff}"),
        HubAct::Enrolled { staff, device, .. } => format!("Device {device} enrolled for {staff}"),
        HubAct::Revoked { device } => format!("Device {device} revoked"),
        HubAct::Partner { system, ods, ended: false } => format!("Partner {system} of {ods} may ask"),
        HubAct::Partner { system, ods, .. } => format!("Partner {system} of {ods} ended"),
        HubAct::PartnerRefused { system, ods, status, code, .. } => {
            format!("A request of partner {system} of {ods} was turned away: {status} {code}")
        }
        HubAct::Policy { version } => format!("Sharing policy version {version}"),
        HubAct::Feed { deed, count, .. } => format!("{deed:?}: {count}"),
        HubAct::AuditUsed { how, entries } => format!("{how:?}: {entries} entries"),
        HubAct::EpochGranted { chain, epoch, at, kind } => {
            format!("{} in {chain} at entry {at}: epoch {epoch} opened", kind.code())
        }
        HubAct::EpochOpened { was, through, .. } => format!("Went on after epoch {was}, entry {through}"),
        HubAct::Log { sign, held, shown } => format!("{}: {held} entries shown before, {shown} now", sign.code()),
        HubAct::Parked { deed, parked, why, .. } if why.is_empty() => format!("Parked item {parked}: {deed:?}"),
        HubAct::Parked { deed, parked, why, .. } => format!("Parked item {parked}: {deed:?}: {why}"),
        HubAct::AlarmAcknowledged { alarm, reason } => format!("Alarm {alarm} reviewed: {reason}"),
    }
}
