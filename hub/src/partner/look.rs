//! Through the hub's door for a partner: the entry before the content, and an answer that tells an organisation without a tie to the person the same
//! as of somebody the hub has never heard of. Each page of a search is a look of its own.

use super::answer::{Reply, issue};
use super::ask::{Asked, Search, cursor};
use super::who::Asker;
use crate::audit::names::NHS_NUMBER;
use crate::door::{self, Admitted, Asking, Deed, DoorFault, PartnerRequest, Standing};
use crate::fhir::{Resource, entries};
use crate::http::Hub;
use crate::intake::project::chart;
use crate::store::{Store, StoreFault, audit, people, trust};
use data_encoding::BASE64;
use record::audit::{Event, PartnerDeed};
use record::consent::{Outcome, Pack, Rule};
use record::{NhsNumber, PersonId, Sections, Stamp};
use serde_json::{Value, json};

/// One request of somebody at a partner's system.
pub(super) struct Look<'a> {
    pub(super) hub: &'a Hub,
    pub(super) base: &'a str,
    pub(super) asker: &'a Asker,
    pub(super) now: Stamp,
}

/// Whom a request means, and whether a source guards their whereabouts (S-flag): a system that asks is then told that there is nobody
/// (`reference/identity.md` section 2), and the entry names them all the same.
type Known = Option<(PersonId, bool)>;

impl Look<'_> {
    /// `Err`: turned away before anybody was looked for, with no entry yet.
    pub(super) fn at(&self, store: &mut Store, asked: Asked) -> Result<Result<Reply, Reply>, StoreFault> {
        let Some(pack) = store.read(trust::pack)? else { return Err(StoreFault::Unknown { what: "sharing policy" }) };
        let reason = match self.asker.reason(&pack) {
            Ok(reason) => reason,
            Err(reply) => return Ok(Err(reply)),
        };
        let ways = (&pack, reason);
        let reply = match asked {
            Asked::Read { kind, id, person } => {
                let person = store.read(|tx| known(tx, person))?;
                let request = self.request(PartnerDeed::Read, kind, format!("{kind}/{id}"));
                let hub = &self.hub.region.hub;
                if kind == "Binary" {
                    let found = self.through(store, ways, person, request, |within| within.photograph(&id))?;
                    return Ok(Ok(match found {
                        Ok(Some(photo)) => self.photograph(&id, photo),
                        Ok(None) => Reply::no_such_resource(),
                        Err(reply) => reply,
                    }));
                }
                let found = self.through(store, ways, person, request, |within| {
                    let mut all = within.resources(hub)?.into_iter();
                    Ok(all.find(|resource| resource.kind() == kind && resource.id() == id))
                })?;
                match found {
                    Ok(Some(resource)) => Reply::resource(&resource.value),
                    Ok(None) => Reply::no_such_resource(),
                    Err(reply) => reply,
                }
            }
            Asked::Search(search) => {
                let person = store.read(|tx| holder(tx, search.number))?;
                let request = self.request(PartnerDeed::Searched, search.kind, search.recorded(self.base));
                let hub = &self.hub.region.hub;
                let found = self.through(store, ways, person, request, |within| within.resources(hub))?;
                match found {
                    Ok(all) => Reply::resource(&self.page(&search, all)),
                    Err(reply) => reply,
                }
            }
        };
        Ok(Ok(reply))
    }

    fn request(&self, deed: PartnerDeed, kind: &'static str, request: String) -> PartnerRequest {
        let (system, job, trace) = (self.asker.system.clone(), self.asker.job.clone(), self.asker.trace.clone());
        PartnerRequest { deed, system, job, kind, request, trace }
    }

    /// Does something with a person's record if the door lets it.
    fn through<T>(
        &self,
        store: &mut Store,
        (pack, reason): (&Pack, Option<&str>),
        person: Known,
        request: PartnerRequest,
        read: impl FnOnce(&Admitted<'_>) -> rusqlite::Result<T>,
    ) -> Result<Result<T, Reply>, StoreFault> {
        let (by, purpose) = (&self.asker.actor, self.asker.purpose);
        let Some((person, false)) = person else {
            let subject = person.map(|(person, _)| person);
            let event = request.event((by, purpose, subject), Outcome::Deny, Rule::NoRelationship);
            store.write(|tx| audit::act_of(tx, by, event, self.now))?;
            return Ok(Err(Reply::nobody()));
        };
        let deed = Deed::Partner(request);
        let asking = Asking { by: by.clone(), person, purpose, wants: Sections::ALL, break_glass: None, deed };
        let tied = store.write(|tx| {
            let tied = door::is_tied(tx, &asking)?;
            if let (true, Some(code)) = (tied, reason) {
                let event = Event::AccessReason { subject: person, code: code.to_owned() };
                audit::act_of(tx, by, event, self.now)?;
            }
            Ok(tied)
        })?;
        match door::admit(store, pack, &asking, (Standing::here(self.now), self.now), read) {
            Ok(Ok(disclosure)) => Ok(Ok(disclosure.into_parts().0)),
            Ok(Err(refusal)) if tied => Ok(Err(Reply::refused(&refusal))),
            Ok(Err(_)) | Err(DoorFault::Unknown) => Ok(Err(Reply::nobody())),
            Err(DoorFault::NoPolicy) => Err(StoreFault::Unknown { what: "sharing policy" }),
            Err(DoorFault::Store(fault)) => Err(fault),
        }
    }

    /// As a Binary in FHIR's own JSON, which every client reads.
    fn photograph(&self, id: &str, photo: crate::served::Photograph) -> Reply {
        Reply::resource(&json!({
            "resourceType": "Binary",
            "id": id,
            "contentType": photo.mime,
            "data": BASE64.encode(&photo.bytes),
        }))
    }

    /// One page of what was found, the newest first, with the links to it and to the next.
    fn page(&self, search: &Search, all: Vec<Resource>) -> Value {
        let mut found: Vec<Resource> =
            all.into_iter().filter(|one| one.kind() == search.kind && search.admits(one.updated)).collect();
        found.sort_by(|a, b| b.updated.cmp(&a.updated).then_with(|| a.id().cmp(b.id())));
        let total = found.len();
        if let Some((at, id)) = &search.after {
            found.retain(|one| one.updated < *at || (one.updated == *at && one.id() > id.as_str()));
        }
        let more = search.count > 0 && found.len() > search.count;
        found.truncate(search.count);
        let here = search.after.as_ref().map(|(at, id)| cursor(*at, id));
        let mut links = vec![json!({ "relation": "self", "url": search.link(self.base, here.as_deref()) })];
        if let (true, Some(last)) = (more, found.last()) {
            let next = cursor(last.updated, last.id());
            links.push(json!({ "relation": "next", "url": search.link(self.base, Some(&next)) }));
        }
        let mut entry = entries(self.base, found.into_iter().map(|one| one.value));
        for one in &mut entry {
            one["search"] = json!({ "mode": "match" });
        }
        if !search.ignored.is_empty() {
            let text = format!("Not understood and left out: {}", search.ignored.join(", "));
            let issues = json!([issue("warning", ("not-supported", "UNKNOWN_PARAMETER"), &text)]);
            let outcome = json!({ "resourceType": "OperationOutcome", "id": "left-out", "issue": issues });
            let mut said = entries(self.base, [outcome]);
            said[0]["search"] = json!({ "mode": "outcome" });
            entry.append(&mut said);
        }
        let mut bundle = json!({
            "resourceType": "Bundle",
            "type": "searchset",
            "timestamp": self.now.to_string(),
            "total": total,
            "link": links,
        });
        if !entry.is_empty() {
            bundle["entry"] = json!(entry);
        }
        bundle
    }
}

/// The one person with this number. A number held by two is nobody's.
fn holder(tx: &rusqlite::Transaction<'_>, number: NhsNumber) -> rusqlite::Result<Known> {
    let holders = people::holders(tx, NHS_NUMBER, &number.digits())?;
    let [(row, _)] = holders.as_slice() else { return Ok(None) };
    let Some(person) = people::person_id(tx, *row)? else { return Ok(None) };
    Ok(Some((person, chart::is_protected(tx, *row)?)))
}

fn known(tx: &rusqlite::Transaction<'_>, person: PersonId) -> rusqlite::Result<Known> {
    match people::person_row(tx, person)? {
        Some(row) => Ok(Some((person, chart::is_protected(tx, row)?))),
        None => Ok(None),
    }
}
