//! The blast-radius pack of a lost device: who was on it and which parts of their records, what was read and when, what was unsent, when
//! it was last heard of and when reading on it ends. From the hub's signed manifests and the audit; every statement errs on the side of
//! naming too much. It names people: it is for the privacy officer.

use crate::manifest::{self, Held, Manifest, ManifestFault};
use crate::store::{Store, StoreFault, lease, trust};
use ed25519_dalek::VerifyingKey;
use record::audit::{DeviceAct, Entry, Event};
use record::consent::Outcome;
use record::feed::Listing;
use record::section::{Compartment, Section};
use record::{ChainId, DeviceId, PersonId, StaffId, Stamp};
use serde::Serialize;
use thiserror::Error;

#[derive(Debug, Error)]
pub enum ReportFault {
    #[error("no device {0}")]
    Unknown(DeviceId),
    #[error("what was sent to the device cannot be trusted")]
    Manifest(#[from] ManifestFault),
    #[error(transparent)]
    Store(#[from] StoreFault),
}

/// The pack.
#[derive(Debug, Serialize)]
pub struct Report {
    pub device: DeviceId,
    pub staff: StaffId,
    pub revoked: Option<String>,
    pub reason: Option<String>,
    pub last_contact: Option<String>,
    /// Ordinary reading on the device ends by then.
    pub licence_until: Option<String>,
    /// With every extension that colleagues could give, taken at the last moment.
    pub at_the_very_latest: Option<String>,
    /// The device has come back since and says that it erased everything.
    pub wiped: Option<String>,
    pub people: Vec<OnDevice>,
    pub looks: Vec<Look>,
    pub unsent: Unsent,
    /// Signed manifests read, each following the one before.
    pub manifests: usize,
}

/// Somebody whose record was on the device.
#[derive(Debug, Serialize)]
pub struct OnDevice {
    pub person: PersonId,
    pub nhs_number: Option<String>,
    pub name: String,
    pub born: Option<String>,
    pub since: String,
    /// The parts of the record, by name. Empty: only the row in the list.
    pub sections: Vec<&'static str>,
    /// The resources as their sources sent them, too.
    pub originals: bool,
    /// What the device's own organisation wrote itself, where the record may not be on it.
    pub own_part: bool,
    /// The device was told to erase it and has not said since that it did.
    pub removal_unconfirmed: bool,
    pub times_opened: usize,
}

/// One look that the hub holds.
#[derive(Debug, Serialize)]
pub struct Look {
    pub seq: u64,
    pub at: String,
    pub clock_in_doubt: bool,
    pub person: PersonId,
    pub what: &'static str,
    /// The sections that were read, by code; all of them are listed. Of a plan, a visit or a bag `what` says it.
    pub sections: Vec<&'static str>,
    pub shown: bool,
}

/// What the hub does not hold.
#[derive(Debug, Serialize)]
pub struct Unsent {
    /// Entries the device had when it was last heard of.
    pub entries_there: u64,
    /// Of those, the last one held here.
    pub entries_here: u64,
    /// Choices in its last post; they are held here since.
    pub choices_in_last_post: u64,
    /// Posts that came after the enrolment ended: kept, not applied.
    pub late_posts: u64,
    /// What was looked at since the last contact is known only to the device.
    pub unknown_since: Option<String>,
}

/// Gathers the pack.
pub fn gather(store: &mut Store, hub: &VerifyingKey, device: &DeviceId) -> Result<Report, ReportFault> {
    let found = store.read(|tx| {
        let Some(enrolment) = trust::device(tx, device.as_str())? else { return Ok(None) };
        let registered = trust::devices(tx)?.into_iter().find(|d| d.device == *device);
        let chain = ChainId::of(device, &enrolment.staff);
        let entries = lease::entries_of(tx, &chain)?;
        let kept = lease::manifests(tx, device)?;
        Ok(Some(Found {
            staff: enrolment.staff,
            revoked: registered.and_then(|r| r.revoked),
            reason: lease::reason(tx, device)?,
            contact: lease::contact(tx, device)?,
            terms: lease::terms(tx)?,
            entries,
            late: lease::count_late(tx, device)?,
            kept,
        }))
    })?;
    let found = found.ok_or_else(|| ReportFault::Unknown(device.clone()))?;
    let manifests = manifest::read(&found.kept, hub, device)?;
    let listings = store.read(|tx| {
        let people = held_now(&manifests, &found).into_iter().map(|h| Ok((h, lease::identity(tx, h.person)?)));
        people.collect::<rusqlite::Result<Vec<_>>>()
    })?;
    Ok(found.report(device, manifests.len(), &listings))
}

struct Found {
    staff: StaffId,
    revoked: Option<Stamp>,
    reason: Option<String>,
    contact: Option<lease::Contact>,
    terms: record::lease::Terms,
    entries: Vec<Vec<u8>>,
    late: u64,
    kept: Vec<(Vec<u8>, [u8; 64])>,
}

fn held_now(manifests: &[Manifest], found: &Found) -> Vec<Held> {
    manifest::held(manifests, found.contact.as_ref().map_or(0, |c| c.cursor))
}

impl Found {
    fn report(&self, device: &DeviceId, manifests: usize, listings: &[(Held, Option<Listing>)]) -> Report {
        let entries: Vec<Entry> = self.entries.iter().filter_map(|bytes| Entry::from_bytes(bytes).ok()).collect();
        let looks: Vec<Look> = entries.iter().filter_map(look).collect();
        let wiped = entries.iter().rfind(|e| matches!(e.event, Event::Device(DeviceAct::Wiped { .. })));
        let until = self.last_licence(&entries);
        let people = listings.iter().map(|(held, listing)| on_device(held, listing.as_ref(), &looks)).collect();
        let contact = self.contact.as_ref();
        Report {
            device: device.clone(),
            staff: self.staff.clone(),
            revoked: self.revoked.map(|at| at.to_string()),
            reason: self.reason.clone(),
            last_contact: contact.map(|c| c.at.to_string()),
            licence_until: until.map(|at| at.to_string()),
            at_the_very_latest: until.map(|at| at.plus(self.terms.lending.longest()).to_string()),
            wiped: wiped.map(|e| e.at.to_string()),
            people,
            looks,
            unsent: Unsent {
                entries_there: contact.map_or(0, |c| c.head),
                entries_here: entries.last().map_or(0, |e| e.seq),
                choices_in_last_post: contact.map_or(0, |c| c.choices),
                late_posts: self.late,
                unknown_since: contact.map(|c| c.at.to_string()),
            },
            manifests,
        }
    }

    /// The newest end of a licence that the hub knows of: its own word, or a colleague's.
    fn last_licence(&self, entries: &[Entry]) -> Option<Stamp> {
        let taken = entries.iter().filter_map(|e| match &e.event {
            Event::Device(DeviceAct::LicenceTaken { until, .. }) => Some(*until),
            _ => None,
        });
        self.contact.as_ref().and_then(|c| c.licence).into_iter().chain(taken).max()
    }
}

fn look(entry: &Entry) -> Option<Look> {
    let mut read = Vec::new();
    let (person, what, outcome) = match &entry.event {
        Event::Record { subject, outcome, sections, .. } => {
            read = sections.iter().map(Section::code).collect();
            (*subject, "record", Some(*outcome))
        }
        Event::Source { subject, outcome, .. } => (*subject, "original document", Some(*outcome)),
        Event::Plan(act) => (act.subject, act.deed.in_words(), Some(act.outcome)),
        Event::Visit(act) => (act.subject, act.deed.in_words(), Some(act.outcome)),
        Event::Bag(act) => (act.subject, act.deed.in_words(), Some(act.outcome)),
        Event::BreakGlass { subject, .. } => (*subject, "break-glass", None),
        _ => return None,
    };
    let shown = outcome == Some(Outcome::Permit);
    let sections = if shown { read } else { Vec::new() };
    let clock_in_doubt = entry.clock == record::consent::Clock::Suspect;
    Some(Look { seq: entry.seq, at: entry.at.to_string(), clock_in_doubt, person, what, sections, shown })
}

fn on_device(held: &Held, listing: Option<&Listing>, looks: &[Look]) -> OnDevice {
    let compartments = manifest::compartments(held.compartments);
    let has = |section: &&Section| compartments.contains(&section.compartment());
    OnDevice {
        person: held.person,
        nhs_number: listing.and_then(|l| l.nhs_number).map(|n| n.to_string()),
        name: listing.map_or_else(|| "not known".to_owned(), |l| l.banner.clone()),
        born: listing.and_then(|l| l.born.as_ref()).map(|b| b.as_str().to_owned()),
        since: held.since.to_string(),
        sections: Section::ALL.iter().filter(has).map(|s| s.code()).collect(),
        originals: compartments.contains(&Compartment::Whole),
        own_part: held.compartments & manifest::OWN != 0,
        removal_unconfirmed: held.removal_unconfirmed,
        times_opened: looks.iter().filter(|l| l.person == held.person && l.shown).count(),
    }
}

impl Report {
    /// One page to read.
    pub fn text(&self) -> String {
        let or = |value: &Option<String>, none: &str| value.clone().unwrap_or_else(|| none.to_owned());
        let mut text = format!(
            "Device {} of {}\n  revoked          {}\n  last contact     {}\n  reading ends     {} (with every extension: {})\n  erased           {}\n",
            self.device,
            self.staff,
            or(&self.revoked, "not revoked"),
            or(&self.last_contact, "never"),
            or(&self.licence_until, "it has no licence"),
            or(&self.at_the_very_latest, "-"),
            or(&self.wiped, "not confirmed"),
        );
        text.push_str(&format!(
            "  audit            {} of {} entries held here; what came after the last contact is known only to the device\n",
            self.unsent.entries_here.min(self.unsent.entries_there),
            self.unsent.entries_there
        ));
        text.push_str(&format!("{} people were on it ({} signed manifests):\n", self.people.len(), self.manifests));
        for person in &self.people {
            let parts = match (person.sections.is_empty(), person.removal_unconfirmed) {
                (true, _) if person.own_part => "only what its own organisation wrote".to_owned(),
                (true, _) => "list row only".to_owned(),
                (false, true) => format!("{} sections; told to erase, not confirmed", person.sections.len()),
                (false, false) => format!("{} sections", person.sections.len()),
            };
            let number = person.nhs_number.as_deref().unwrap_or("no NHS number");
            text.push_str(&format!(
                "  {number:<14} {:<32} {parts}, opened {} times\n",
                person.name, person.times_opened
            ));
        }
        text
    }

    /// What was done about them, as the hub holds it, as a table for a spreadsheet.
    pub fn looks_csv(&self) -> String {
        let mut text = "entry,at,clock_in_doubt,person,what,shown,sections\n".to_owned();
        for l in &self.looks {
            let rest = format!("\"{}\",{},{}", l.what, l.shown, l.sections.join(" "));
            text.push_str(&format!("{},{},{},{},{rest}\n", l.seq, l.at, l.clock_in_doubt, l.person));
        }
        text
    }

    /// The people as a table for a spreadsheet.
    pub fn people_csv(&self) -> String {
        let mut text =
            "person,nhs_number,name,born,since,sections,originals,removal_unconfirmed,times_opened,own_part\n"
                .to_owned();
        for p in &self.people {
            let quoted = |value: &str| format!("\"{}\"", value.replace('"', "\"\""));
            let number = p.nhs_number.as_deref().unwrap_or_default();
            let born = p.born.as_deref().unwrap_or_default();
            let (name, sections) = (quoted(&p.name), quoted(&p.sections.join(" ")));
            let rest = format!("{},{},{},{}", p.originals, p.removal_unconfirmed, p.times_opened, p.own_part);
            text.push_str(&format!("{},{number},{name},{born},{},{sections},{rest}\n", p.person, p.since));
        }
        text
    }
}
