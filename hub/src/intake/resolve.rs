//! What a reference means: a neighbour in the same document, something held, or nothing yet. And so: whom a resource is about. Not
//! whose it is (`owner`).

use super::ParkReason;
use super::admit::Admit;
use super::fhir::Piece;
use super::fhir::head::{Head, Target, list, object, references, text};
use super::fhir::kinds::{Subject, kind};
use super::identify::{NHS_NUMBER, Who};
use super::owner::Owner;
use crate::store::{parked, people, resources};
use std::collections::HashMap;

/// Whom a resource is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    Nobody,
    Person(i64),
    /// Waits for this reference to resolve, for this reason.
    Waits {
        reason: ParkReason,
        on: String,
    },
    /// Must be about somebody and does not say whom.
    Unsaid,
}

/// The resources of one document, found by address and by id.
pub struct Neighbours<'p, 'a> {
    pub pieces: &'p [Piece<'a>],
    by_url: HashMap<&'p str, usize>,
    by_id: HashMap<(&'static str, &'p str), usize>,
}

impl<'p, 'a> Neighbours<'p, 'a> {
    pub fn new(pieces: &'p [Piece<'a>]) -> Neighbours<'p, 'a> {
        let mut by_url = HashMap::with_capacity(pieces.len());
        let mut by_id = HashMap::with_capacity(pieces.len());
        for (n, piece) in pieces.iter().enumerate() {
            by_id.entry((piece.kind, piece.rid.as_str())).or_insert(n);
            if let Some(url) = &piece.full_url {
                by_url.entry(url.as_str()).or_insert(n);
            }
        }
        Neighbours { pieces, by_url, by_id }
    }

    /// The neighbour a target means.
    pub fn find(&self, target: &Target) -> Option<usize> {
        match target {
            Target::Urn(urn) => self.by_url.get(urn.as_str()).copied(),
            Target::Local { kind, rid } => self.by_id.get(&(*kind, rid.as_str())).copied(),
            Target::Identified { .. } | Target::Contained(_) => None,
        }
    }
}

/// A resource contained in another, by its local id.
pub fn contained<'a>(head: &Head<'a>, id: &str) -> Option<(&'static str, Head<'a>)> {
    list(head.contained).into_iter().find_map(|raw| {
        let inner = object::<Head<'a>>(raw.get())?;
        let kind = kind(&text(inner.resource_type)?)?.0;
        (text(inner.id)?.trim_start_matches('#') == id).then_some((kind, inner))
    })
}

impl Admit<'_, '_> {
    /// Whom the piece is about. `known` holds what was found for the patients among the neighbours.
    pub(super) fn about(
        &mut self,
        near: &Neighbours<'_, '_>,
        n: usize,
        known: &[Option<About>],
        depth: u8,
    ) -> rusqlite::Result<About> {
        if let Some(Some(about)) = known.get(n) {
            return Ok(about.clone());
        }
        let piece = &near.pieces[n];
        let (element, inner, must) = match piece.about {
            Subject::Itself | Subject::Nobody => return Ok(About::Nobody),
            Subject::Must(element) => (element, "", true),
            Subject::May(element, inner) => (element, inner, false),
        };
        let mut best = About::Nobody;
        let mut said = false;
        for reference in references(piece.head.element(element), inner) {
            let Some(target) = reference.target() else { continue };
            said = true;
            match self.person_behind(near, piece, &target, known, depth)? {
                About::Person(person) => return Ok(About::Person(person)),
                About::Waits { reason, on } if best == About::Nobody => best = About::Waits { reason, on },
                _ => {}
            }
        }
        Ok(if must && !said { About::Unsaid } else { best })
    }

    fn person_behind(
        &mut self,
        near: &Neighbours<'_, '_>,
        piece: &Piece<'_>,
        target: &Target,
        known: &[Option<About>],
        depth: u8,
    ) -> rusqlite::Result<About> {
        if let Target::Contained(id) = target {
            return match contained(&piece.head, id) {
                Some(("Patient", head)) => {
                    let rid = format!("{}/{}#{id}", piece.kind, piece.rid);
                    self.identify_patient(&rid, &head, true)
                }
                _ => Ok(About::Nobody),
            };
        }
        if let Some(n) = near.find(target) {
            return match (near.pieces[n].about, depth) {
                // A neighbour may be about somebody through a neighbour of its own (Provenance → Observation → Patient).
                (Subject::Must(_) | Subject::May(..), 0..4) => match self.about(near, n, known, depth + 1)? {
                    About::Unsaid => Ok(About::Nobody),
                    about => Ok(about),
                },
                _ => Ok(known.get(n).cloned().flatten().unwrap_or(About::Nobody)),
            };
        }
        self.held_person(target)
    }

    /// The person behind a reference that is not to a neighbour.
    pub(super) fn held_person(&mut self, target: &Target) -> rusqlite::Result<About> {
        let unknown = |target: &Target| About::Waits { reason: ParkReason::UnknownSubject, on: target.store() };
        match target {
            Target::Local { kind: "Patient", rid } => self.patient(rid, target),
            Target::Urn(urn) => match urn.strip_prefix("urn:uuid:") {
                Some(rid) => self.patient(rid, target),
                None => Ok(unknown(target)),
            },
            Target::Identified { kind: None | Some("Patient"), system, value } => {
                let value = if system == NHS_NUMBER { value.replace([' ', '-'], "") } else { value.clone() };
                let mut holders = people::holders(self.tx, system, &value)?;
                holders.dedup_by_key(|(person, _)| *person);
                Ok(match holders.as_slice() {
                    [(person, _)] => About::Person(*person),
                    [] => unknown(target),
                    _ => About::Waits { reason: ParkReason::NeedsReview, on: target.store() },
                })
            }
            // About another resource: whoever that one is about.
            Target::Local { kind: of, rid } => {
                let key = resources::Key { via: self.via, kind: of, rid };
                let person = resources::find(self.tx, key)?.and_then(|known| known.person);
                Ok(person.map_or(About::Nobody, About::Person))
            }
            Target::Identified { .. } | Target::Contained(_) => Ok(About::Nobody),
        }
    }

    fn patient(&mut self, rid: &str, target: &Target) -> rusqlite::Result<About> {
        // While a version of this patient resource is in doubt, so is whom its id means: what refers to it now may be about whom that
        // version is about (identity.md 3.3, overlay).
        if self.any_parked
            && let Some(reason) = self.doubt_of(rid)?
        {
            return Ok(About::Waits { reason, on: format!("Patient/{rid}") });
        }
        // What is remembered may have been ruled otherwise since, beside this import.
        if let Some(person) = self.desk.patients.get(&(self.via, rid.to_owned())).filter(|_| !self.any_changed_hands) {
            return Ok(About::Person(*person));
        }
        if let Some((person, _)) = people::linked(self.tx, self.via, rid)? {
            self.desk.remember_patient(self.via, rid, person);
            return Ok(About::Person(person));
        }
        Ok(About::Waits { reason: ParkReason::UnknownSubject, on: target.store() })
    }

    /// Why a version of a patient resource waits for a person to decide, if one does.
    fn doubt_of(&self, rid: &str) -> rusqlite::Result<Option<ParkReason>> {
        let key = resources::Key { via: self.via, kind: "Patient", rid };
        Ok(parked::doubt(self.tx, key)?.and_then(|code| ParkReason::from_code(&code)))
    }

    /// Climbs the ladder for a patient resource, whole or contained.
    pub(super) fn identify_patient(
        &mut self,
        rid: &str,
        head: &Head<'_>,
        is_contained: bool,
    ) -> rusqlite::Result<About> {
        let who = super::identify::identify(self.tx, (self.via, rid), head, self.now, &mut *self.fresh_id)?;
        Ok(match who {
            Who::Known { person, rung } => {
                *self.report.people_matched.entry(rung).or_default() += 1;
                About::Person(person)
            }
            Who::New { person } => {
                self.report.people_new += 1;
                About::Person(person)
            }
            Who::Doubtful(reason) => {
                let on = if is_contained { format!("#{rid}") } else { format!("Patient/{rid}") };
                About::Waits { reason, on }
            }
        })
    }

    /// Whose an encounter is that is not a neighbour.
    pub(super) fn encounter_owner(&mut self, target: &Target) -> rusqlite::Result<Owner> {
        let rid = match target {
            Target::Local { kind: "Encounter", rid } => rid.as_str(),
            Target::Urn(urn) => urn.strip_prefix("urn:uuid:").unwrap_or_default(),
            _ => return Ok(Owner::Feed),
        };
        let wait = || Owner::Later(format!("Encounter/{rid}"));
        if rid.is_empty() {
            return Ok(Owner::Feed);
        }
        Ok(match resources::find(self.tx, resources::Key { via: self.via, kind: "Encounter", rid })? {
            Some(known) if known.unowned => wait(),
            Some(known) if known.source == self.via => Owner::Feed,
            Some(known) => Owner::Source(known.source),
            None => wait(),
        })
    }

    /// The source of an organisation that is held, by reference or by identifier.
    pub(super) fn organisation_source(&mut self, target: &Target) -> rusqlite::Result<Owner> {
        let found = match target {
            Target::Local { kind: kind @ ("Organization" | "PractitionerRole"), rid } => {
                resources::get(self.tx, resources::Key { via: self.via, kind, rid })?
            }
            Target::Identified { kind: None | Some("Organization"), system, value } => {
                resources::by_key(self.tx, "Organization", system, value)?
            }
            Target::Urn(urn) => match urn.strip_prefix("urn:uuid:") {
                Some(rid) => resources::get(self.tx, resources::Key { via: self.via, kind: "Organization", rid })?,
                None => return Ok(Owner::Feed),
            },
            _ => return Ok(Owner::Feed),
        };
        let Some(held) = found else {
            // Of a bare `urn:uuid` nobody can say that it is an organisation.
            return Ok(if matches!(target, Target::Urn(_)) { Owner::Feed } else { Owner::Later(target.store()) });
        };
        let body = super::admit::unpack(&held.body);
        let Some(head) = body.as_deref().and_then(object::<Head<'_>>) else { return Ok(Owner::Feed) };
        if held.kind == "PractitionerRole" {
            let next = references(head.organization, "").first().and_then(|r| r.target());
            let Some(next @ (Target::Local { kind: "Organization", .. } | Target::Identified { .. })) = next else {
                return Ok(Owner::Feed);
            };
            return self.organisation_source(&next);
        }
        let (of, setting) = super::owner::organisation(&head, &super::owner::seed(held.via, &held.rid));
        self.source_of(&of, setting).map(Owner::Source)
    }
}
