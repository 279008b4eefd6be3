//! An act: who did what for whom, when, on which device. Named by the hash of its own bytes, so that the same act sent twice is one act
//! and nobody can put another in its place. What may be done, and by whom, is checked here for the device and for the hub alike.

use super::dose::{Administration, Outcome, Part};
use super::news2::{Scale, Unfit};
use super::vitals::Observations;
use super::wound::Wound;
use crate::canon::NotCanonical;
use crate::ids::{ChainId, PersonId};
use crate::people::Role;
use crate::plan::Author;
use crate::stamp::Stamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;

/// No text of an act is longer (characters).
pub const LONGEST_TEXT: usize = 20_000;

/// The first 16 bytes of the SHA-256 of an act's bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ActId([u8; 16]);

impl ActId {
    pub const fn from_bytes(bytes: [u8; 16]) -> ActId {
        ActId(bytes)
    }

    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The name of the act with these bytes.
    pub fn of(bytes: &[u8]) -> ActId {
        let hash: [u8; 32] = Sha256::digest(bytes).into();
        let mut id = [0; 16];
        id.copy_from_slice(&hash[..16]);
        ActId(id)
    }
}

impl fmt::Display for ActId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ActId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ActId({self})")
    }
}

impl std::str::FromStr for ActId {
    type Err = crate::ids::NotAnId;
    fn from_str(text: &str) -> Result<ActId, Self::Err> {
        // The same 32 hexadecimal digits as a person's.
        text.parse::<PersonId>().map(|id| ActId(*id.as_bytes()))
    }
}

impl Serialize for ActId {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ActId {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Who is to do a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum For {
    Team,
    Practice,
    CareHome,
    Family,
    Other,
}

impl For {
    /// In the order of their numbers in bytes.
    pub const ALL: [For; 5] = [For::Team, For::Practice, For::CareHome, For::Family, For::Other];

    pub const fn label(self) -> &'static str {
        match self {
            For::Team => "Our team",
            For::Practice => "The GP practice",
            For::CareHome => "The care home",
            For::Family => "The person or their family",
            For::Other => "Somebody else",
        }
    }

    pub const fn code(self) -> &'static str {
        match self {
            For::Team => "team",
            For::Practice => "practice",
            For::CareHome => "home",
            For::Family => "family",
            For::Other => "other",
        }
    }

    pub fn from_code(code: &str) -> Option<For> {
        For::ALL.into_iter().find(|who| who.code() == code)
    }
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Body {
    /// The visit begins. `booking` is the key of the appointment; empty for a visit nobody booked.
    Started {
        booking: String,
    },
    /// The visit that began with `start` is over.
    Ended {
        start: ActId,
        summary: String,
    },
    /// Nobody answered: what was tried, and what is to follow.
    NotHome {
        booking: String,
        words: String,
    },
    Observed {
        taken: Observations,
        scale: Scale,
        unfit: Option<Unfit>,
    },
    Dose(Administration),
    /// A clinician looked into doses that contradict each other, and says what was done about it.
    DoseReviewed {
        doses: Vec<ActId>,
        words: String,
    },
    Note {
        text: String,
    },
    /// More about an earlier act: how a note is corrected.
    Added {
        to: ActId,
        text: String,
    },
    /// An own act entered in error: it is shown struck through, with the reason, and counts no more.
    Struck {
        of: ActId,
        reason: String,
    },
    Wound(Box<Wound>),
    /// Hypercapnic risk, on a prescriber's word, or no more: what NEWS2's second scale needs.
    Hypercapnic {
        risk: bool,
        prescriber: String,
        basis: String,
        /// Earlier words on it that their author saw and answers: they count no more, whoever's they were.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        settles: Vec<ActId>,
    },
    Task {
        what: String,
        who: For,
        due: Option<Date>,
    },
    TaskDone {
        task: ActId,
        words: String,
    },
    Referral {
        service: String,
        reason: String,
        urgent: bool,
    },
}

impl Body {
    /// Whether somebody of this role may do it.
    pub const fn may_be_done_by(&self, role: Role) -> bool {
        match self {
            Body::Hypercapnic { .. } | Body::DoseReviewed { .. } => matches!(role, Role::RegulatedClinician),
            _ => matches!(role, Role::RegulatedClinician | Role::CareStaff),
        }
    }

    pub const fn in_words(&self) -> &'static str {
        match self {
            Body::Started { .. } => "Visit started",
            Body::Ended { .. } => "Visit ended",
            Body::NotHome { .. } => "Not at home",
            Body::Observed { .. } => "Observations",
            Body::Dose(Administration { outcome: Outcome::Given { .. }, .. }) => "Medicine given",
            Body::Dose(_) => "Medicine not given",
            Body::DoseReviewed { .. } => "Doses looked into",
            Body::Note { .. } => "Note",
            Body::Added { .. } => "Addition",
            Body::Struck { .. } => "Entered in error",
            Body::Wound(_) => "Wound assessment",
            Body::Hypercapnic { risk: true, .. } => "Hypercapnic risk recorded",
            Body::Hypercapnic { risk: false, .. } => "Hypercapnic risk ended",
            Body::Task { .. } => "Task",
            Body::TaskDone { .. } => "Task done",
            Body::Referral { .. } => "Referral",
        }
    }

    /// Every text in it.
    fn texts(&self) -> Vec<&str> {
        match self {
            Body::Started { booking } => vec![booking],
            Body::Ended { summary, .. } => vec![summary],
            Body::NotHome { booking, words } => vec![booking, words],
            Body::Observed { .. } => vec![],
            Body::Dose(dose) => {
                let mut all = vec![dose.medicine.name.as_str(), dose.medicine.order.as_str()];
                all.extend(dose.medicine.codes.iter().map(String::as_str));
                match &dose.outcome {
                    Outcome::Given { dose, route, site, batch, witness } => {
                        all.extend([dose.as_str(), route, site, batch, witness]);
                    }
                    Outcome::NotGiven { words, .. } => all.push(words),
                }
                all
            }
            Body::DoseReviewed { words, .. } | Body::TaskDone { words, .. } => vec![words],
            Body::Note { text } | Body::Added { text, .. } => vec![text],
            Body::Struck { reason, .. } => vec![reason],
            Body::Wound(wound) => vec![&wound.site, &wound.surrounding, &wound.treatment, &wound.plan],
            Body::Hypercapnic { prescriber, basis, .. } => vec![prescriber, basis],
            Body::Task { what, .. } => vec![what],
            Body::Referral { service, reason, .. } => vec![service, reason],
        }
    }
}

/// Why an act cannot stand. Log-safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ActFault {
    /// This role may not do it.
    Role,
    /// What must be said is not said.
    Empty,
    /// Longer than any text may be.
    TooLong,
    /// A number that cannot be.
    Impossible,
    /// A dose recorded before it is given, or with no slot of its day.
    Ahead,
    /// The assessment lacks its site, or has what does not belong to it.
    Wound,
    /// A dose is already known in this slot, or too soon before, and the giver was not shown it.
    AlreadyGiven,
    /// It names an act that is not this person's, not of that sort, or not one's own where it must be.
    Unknown,
    /// NEWS2's second scale without a recorded risk.
    Scale,
    /// A photograph is not here, or is no picture that may be kept.
    Photo,
    /// A visit of the same person's is on already.
    AlreadyOn,
}

impl fmt::Display for ActFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ActFault::Role => "Your role may not record this.",
            ActFault::Empty => "Fill in what must be said.",
            ActFault::TooLong => "The text is too long. Write it as two notes.",
            ActFault::Impossible => "A number is not possible. Check what was typed.",
            ActFault::Ahead => "A dose is recorded after it is given, never before.",
            ActFault::Wound => "Enter the site, the margin and, for a pressure ulcer, its category.",
            ActFault::AlreadyGiven => "A dose of this medicine, or of one that may be the same, is already recorded for this time. Look again before giving.",
            ActFault::AlreadyOn => "Your visit here is on already. End it before you start another.",
            ActFault::Unknown => "What this refers to is not here, or is not yours to change.",
            ActFault::Scale => "SpO2 scale 2 needs hypercapnic risk recorded first.",
            ActFault::Photo => {
                "A photograph could not be kept. Remove it, and take it again: at most 4, each under 1 MB."
            }
        })
    }
}

impl std::error::Error for ActFault {}

/// One act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    pub person: PersonId,
    /// Whose vault on which device.
    pub chain: ChainId,
    /// As they were when they did it.
    pub by: Author,
    /// Device time, as the audit reckons it.
    pub at: Stamp,
    /// The device's time was in doubt.
    pub clock_in_doubt: bool,
    /// The visit during which, by its first act.
    pub visit: Option<ActId>,
    /// Fresh bytes: two acts alike in everything else are two acts.
    pub nonce: [u8; 8],
    pub body: Body,
}

impl Act {
    /// The photographs that it names.
    pub fn photos(&self) -> &[super::Photo] {
        match &self.body {
            Body::Wound(wound) => wound.photos.as_ref().map_or(&[], |photos| &photos.taken),
            _ => &[],
        }
    }

    /// What can be known of it without any other act.
    pub fn check(&self) -> Result<(), ActFault> {
        if !self.body.may_be_done_by(self.by.role) {
            return Err(ActFault::Role);
        }
        if self.body.texts().iter().any(|text| text.chars().count() > LONGEST_TEXT) {
            return Err(ActFault::TooLong);
        }
        let said = |text: &str| !text.trim().is_empty();
        let whole = match &self.body {
            Body::Started { .. } | Body::Ended { .. } | Body::TaskDone { .. } => true,
            Body::NotHome { words, .. } => said(words),
            Body::Observed { taken, .. } if !taken.is_possible() => return Err(ActFault::Impossible),
            Body::Observed { taken, .. } => !taken.is_empty(),
            Body::Dose(dose) => return self.check_dose(dose),
            Body::DoseReviewed { doses, words } => doses.len() > 1 && said(words),
            Body::Note { text } | Body::Added { text, .. } => said(text),
            Body::Struck { reason, .. } => said(reason),
            Body::Wound(wound) if wound.photos.as_ref().is_some_and(|photos| !photos.is_whole()) => {
                return Err(ActFault::Photo);
            }
            Body::Wound(wound) if !wound.is_whole() => return Err(ActFault::Wound),
            Body::Wound(_) => true,
            Body::Hypercapnic { prescriber, basis, .. } => said(prescriber) && said(basis),
            Body::Task { what, .. } => said(what),
            Body::Referral { service, reason, .. } => said(service) && said(reason),
        };
        if whole { Ok(()) } else { Err(ActFault::Empty) }
    }

    /// No prospective recording (`reference/ux.md` section 2); a dose belongs to the day it is given or the one before, for evening and night.
    fn check_dose(&self, dose: &Administration) -> Result<(), ActFault> {
        let given = dose.given_at.london_date();
        let late = matches!(dose.slot.part, Part::Evening | Part::Night);
        let night = late && dose.slot.day.tomorrow().is_ok_and(|next| given == next);
        let on_its_day = given == dose.slot.day || night;
        let said = match &dose.outcome {
            Outcome::Given { dose, .. } => !dose.trim().is_empty(),
            Outcome::NotGiven { why, words } => *why != super::dose::NotGiven::Other || !words.trim().is_empty(),
        };
        if dose.given_at > self.at || !on_its_day {
            Err(ActFault::Ahead)
        } else if said && !dose.medicine.name.trim().is_empty() {
            Ok(())
        } else {
            Err(ActFault::Empty)
        }
    }

    /// The canonical bytes, which are what is signed and what names it.
    pub fn to_bytes(&self) -> Vec<u8> {
        super::bytes::write(self)
    }

    pub fn from_bytes(bytes: &[u8]) -> Result<Act, NotCanonical> {
        super::bytes::read(bytes)
    }
}

/// An act's bytes with their author's Ed25519 signature. Making and checking it is `sync::visits`'.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedAct {
    pub bytes: Vec<u8>,
    pub signature: [u8; 64],
}

impl SignedAct {
    pub fn id(&self) -> ActId {
        ActId::of(&self.bytes)
    }
}
