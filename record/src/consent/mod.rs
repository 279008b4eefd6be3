//! Who may see what, and why: the request, the rules that bind it, the decision, and its two outcomes.
//!
//! [`decide`] is pure and is named only in the two doors (`vault/src/door.rs`, `hub/src/door.rs`). It is the only maker of a
//! [`Permit`]. A refusal is a result, not an error: it says which rule refused and what may lawfully be done next.
//! The rules are `reference/consent.md` section 6; the whole table is [`table`].

mod case;
mod outside;
pub mod pack;
mod recorded;
pub mod table;

pub use case::{Case, Clock, Freshness, Mode, Outcome, Purpose, Relationship, Rule, Validity, Weighed, weigh};
pub use outside::outside_licence;
pub use pack::Pack;
pub use recorded::{Carriage, Channel, Claim, DecidedBy, Meeting, Recorded, RecordedBy};

use crate::ids::{OdsCode, PersonId, StaffId};
use crate::people::Role;
use crate::section::Sections;
use crate::sensitive::Sensitive;
use crate::stamp::Stamp;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

/// The person's choice, in the words of the Dorset leaflet (`reference/consent.md` section 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Choice {
    /// Nothing recorded.
    None,
    /// Yes, this person only, today only.
    Y1,
    /// Yes, anyone involved in my care, for a set time.
    Y2,
    /// Yes, anyone involved in my care, always, when they need it.
    Y3,
    /// No, except in a medical emergency or for safeguarding.
    N1,
    /// No one, not even in an emergency.
    N2,
    /// Two choices made apart, not yet resolved with the person: the most restrictive reading holds.
    Conflict,
}

impl Choice {
    pub const ALL: [Choice; 7] =
        [Choice::None, Choice::Y1, Choice::Y2, Choice::Y3, Choice::N1, Choice::N2, Choice::Conflict];

    /// The spelling of the policy table.
    pub const fn code(self) -> &'static str {
        match self {
            Choice::None => "NONE",
            Choice::Y1 => "Y1_THIS_PERSON_TODAY",
            Choice::Y2 => "Y2_ANYONE_UNTIL",
            Choice::Y3 => "Y3_ANYONE_ALWAYS",
            Choice::N1 => "N1_EMERGENCY_SAFEGUARDING",
            Choice::N2 => "N2_NEVER",
            Choice::Conflict => "CONFLICT",
        }
    }

    /// `None` for a code this version does not know; the caller must then refuse.
    pub fn from_code(code: &str) -> Option<Choice> {
        Choice::ALL.into_iter().find(|choice| choice.code() == code)
    }

    pub const fn label(self) -> &'static str {
        match self {
            Choice::None => "No choice recorded",
            Choice::Y1 => "Yes: this person only, for today only",
            Choice::Y2 => "Yes: anyone involved in my care, for a set time",
            Choice::Y3 => "Yes: anyone involved in my care, at all times, only when they need it",
            Choice::N1 => "No: only in a medical emergency or for safeguarding",
            Choice::N2 => "No: no one, not even in an emergency",
            Choice::Conflict => "Two different choices are recorded and must be settled with the person",
        }
    }

    /// The five options of the leaflet.
    pub const OFFERED: [Choice; 5] = [Choice::Y1, Choice::Y2, Choice::Y3, Choice::N1, Choice::N2];

    /// Sharing is agreed to.
    pub const fn is_yes(self) -> bool {
        matches!(self, Choice::Y1 | Choice::Y2 | Choice::Y3)
    }

    /// How restrictive, most first: N2, N1, Y1, Y2, Y3 (`reference/consent.md` section 4, rule 2). Nothing recorded comes last.
    pub const fn severity(self) -> u8 {
        match self {
            Choice::N2 => 6,
            Choice::Conflict => 5,
            Choice::N1 => 4,
            Choice::Y1 => 3,
            Choice::Y2 => 2,
            Choice::Y3 => 1,
            Choice::None => 0,
        }
    }
}

/// The part of a policy [`Pack`] that the decision needs, for one organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    pub version: u64,
    pub mode: Mode,
    /// A consent check at most this old is fresh. Default 24 h.
    pub fresh: SignedDuration,
    /// At most this old is stale, beyond is too old. Default 7 days.
    pub stale: SignedDuration,
    /// How long one break-glass lasts. Default 60 minutes.
    pub break_glass: SignedDuration,
    /// Who may break the glass where the table offers it: a programme can only narrow that.
    pub glass_roles: Vec<Role>,
    /// What staff without a registration see of a record that is open to them (`reference/consent.md` section 2: "only a proportion").
    pub care_staff: Sections,
}

impl Policy {
    /// The limits of `reference/consent.md` sections 5 and 6.
    pub fn standard(mode: Mode) -> Policy {
        Policy {
            version: 1,
            mode,
            fresh: SignedDuration::from_hours(24),
            stale: SignedDuration::from_hours(24 * 7),
            break_glass: SignedDuration::from_mins(60),
            glass_roles: vec![Role::RegulatedClinician],
            care_staff: Sections::ALL,
        }
    }

    /// The sections that anything open to this role is open in.
    pub fn scope(&self, role: Role) -> Sections {
        match role {
            Role::CareStaff => self.care_staff,
            Role::RegulatedClinician | Role::Admin | Role::PrivacyOfficer => Sections::ALL,
        }
    }

    /// How old the last verified consent check is, in words of the rules. Never checked is too old.
    pub fn freshness(&self, checked: Option<Stamp>, now: Stamp) -> Freshness {
        match checked.map(|checked| now.since(checked)) {
            Some(age) if age <= self.fresh => Freshness::Fresh,
            Some(age) if age <= self.stale => Freshness::Stale,
            _ => Freshness::TooOld,
        }
    }
}

/// What somebody asks to see, and why. The actor is supplied by sign-in, never by the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub subject: PersonId,
    pub staff: StaffId,
    pub role: Role,
    pub organisation: OdsCode,
    pub purpose: Purpose,
    pub wants: Sections,
    /// Declared after a refusal that offered it: reason code, text and renewed authentication.
    pub break_glass: Option<BreakGlass>,
}

/// A declared override (`reference/consent.md` section 5). Made by [`BreakGlass::declare`] only, which checks the text; that the
/// PIN was given again is the caller's promise, made in one place (`vault::glass`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BreakGlass {
    reason: OverrideReason,
    condition: Condition,
    text: Sensitive<String>,
    since: Stamp,
    widened: bool,
    continuing: bool,
}

impl BreakGlass {
    /// At least `least` characters of reason (never fewer than [`pack::LEAST_TEXT`]); `None` if there are fewer.
    pub fn declare(
        (reason, condition): (OverrideReason, Condition),
        text: &str,
        least: u32,
        since: Stamp,
        widened: bool,
    ) -> Option<BreakGlass> {
        let text = text.trim();
        let enough = text.chars().count() >= least.max(pack::LEAST_TEXT) as usize;
        enough.then(|| BreakGlass {
            reason,
            condition,
            text: text.to_owned().into(),
            since,
            widened,
            continuing: false,
        })
    }

    /// The same override at a later look within its time: declared once, recorded once, timed from its beginning.
    pub fn again(&self) -> BreakGlass {
        BreakGlass { continuing: true, ..self.clone() }
    }

    pub const fn reason(&self) -> OverrideReason {
        self.reason
    }

    pub const fn condition(&self) -> Condition {
        self.condition
    }

    pub const fn text(&self) -> &Sensitive<String> {
        &self.text
    }

    pub const fn since(&self) -> Stamp {
        self.since
    }

    pub const fn widened(&self) -> bool {
        self.widened
    }

    pub const fn is_continuing(&self) -> bool {
        self.continuing
    }
}

/// What the clinician confirms before the glass breaks (`reference/consent.md` section 5, step 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Condition {
    Unconscious,
    LacksCapacity,
    CannotAsk,
    SeriousRisk,
}

impl Condition {
    pub const ALL: [Condition; 4] =
        [Condition::Unconscious, Condition::LacksCapacity, Condition::CannotAsk, Condition::SeriousRisk];

    pub const fn label(self) -> &'static str {
        match self {
            Condition::Unconscious => "The person is unconscious",
            Condition::LacksCapacity => "The person lacks capacity for this decision now",
            Condition::CannotAsk => "I cannot ask the person: they are not able to communicate, or are not here",
            Condition::SeriousRisk => "There is a serious risk to the person or to somebody else",
        }
    }
}

/// SCR permission-to-view override reasons, codes 1 to 6 (`reference/consent.md` section 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum OverrideReason {
    PublicInterest,
    Statute,
    CourtOrder,
    SelfClaimEmergency,
    EmergencyAccess,
    Other,
}

impl OverrideReason {
    pub const ALL: [OverrideReason; 6] = [
        OverrideReason::PublicInterest,
        OverrideReason::Statute,
        OverrideReason::CourtOrder,
        OverrideReason::SelfClaimEmergency,
        OverrideReason::EmergencyAccess,
        OverrideReason::Other,
    ];

    /// 1 to 6.
    pub const fn number(self) -> u8 {
        self as u8 + 1
    }

    pub fn from_number(number: u8) -> Option<OverrideReason> {
        OverrideReason::ALL.into_iter().find(|reason| reason.number() == number)
    }

    pub const fn label(self) -> &'static str {
        match self {
            OverrideReason::PublicInterest => "Public interest",
            OverrideReason::Statute => "Required by statute",
            OverrideReason::CourtOrder => "Court order",
            OverrideReason::SelfClaimEmergency => "Emergency: I am now involved in this person's care",
            OverrideReason::EmergencyAccess => "Access made in an emergency",
            OverrideReason::Other => "Other",
        }
    }
}

/// Everything but the request that bears on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Circumstances<'a> {
    pub recorded: &'a Recorded,
    pub relationship: Relationship,
    pub policy: &'a Policy,
    /// When consent was last verified with the hub, by hub time.
    pub checked: Option<Stamp>,
    pub clock: Clock,
}

/// Leave to see some sections of one person's record. Private fields, not `Clone`, not serialisable: only [`decide`] makes one.
///
/// ```compile_fail
/// let forged = record::consent::Permit { subject: todo!(), sections: todo!(), caveats: vec![], rule: todo!() };
/// ```
/// ```compile_fail
/// fn twice(permit: record::consent::Permit) { let again = permit.clone(); }
/// ```
/// ```compile_fail
/// fn smuggle(permit: &record::consent::Permit) -> String { serde_json::to_string(permit).unwrap() }
/// ```
#[derive(Debug, PartialEq, Eq)]
pub struct Permit {
    subject: PersonId,
    sections: Sections,
    caveats: Vec<Caveat>,
    rule: Rule,
}

impl Permit {
    pub const fn subject(&self) -> PersonId {
        self.subject
    }
    pub const fn sections(&self) -> Sections {
        self.sections
    }
    pub fn caveats(&self) -> &[Caveat] {
        &self.caveats
    }
    pub const fn rule(&self) -> Rule {
        self.rule
    }
}

/// What the screen must say beside permitted content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Caveat {
    /// Consent was last confirmed then.
    CheckedAt(Option<Stamp>),
    /// Permitted on a stale consent because it is an emergency: flagged for review.
    StaleEmergency,
    /// The device's clock is in doubt.
    ClockInDoubt,
    /// Break-glass until then; each look is recorded and reviewed.
    BreakGlassUntil(Stamp),
    /// Only the emergency view is open.
    EmergencyViewOnly,
    /// Some sections are not for this role.
    PartOfTheRecord,
}

/// A decision not to show, with what may lawfully be done next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    pub rule: Rule,
    pub next: NextStep,
    pub choice: Choice,
    pub decided: Option<Stamp>,
    pub checked: Option<Stamp>,
}

/// The one lawful next step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum NextStep {
    /// Ask the person, record the answer, try again.
    AskThePerson,
    /// Break the glass: reason, text, PIN again, reviewed by the privacy officer.
    BreakGlass,
    /// Care staff in an emergency: call 999 or 111 or a registered clinician.
    CallAClinician,
    /// There is none.
    Nothing,
    /// Reach the hub, or have a colleague extend the offline licence.
    RenewLicence,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    Permitted(Permit),
    Refused(Refusal),
}

impl Verdict {
    /// The table's word for it: what the audit records.
    pub const fn outcome(&self) -> Outcome {
        match self {
            Verdict::Permitted(_) => Outcome::Permit,
            Verdict::Refused(refusal) => match refusal.next {
                NextStep::AskThePerson => Outcome::Ask,
                NextStep::BreakGlass => Outcome::BreakGlass,
                NextStep::CallAClinician | NextStep::Nothing | NextStep::RenewLicence => Outcome::Deny,
            },
        }
    }

    pub const fn rule(&self) -> Rule {
        match self {
            Verdict::Permitted(permit) => permit.rule,
            Verdict::Refused(refusal) => refusal.rule,
        }
    }
}

/// Decides by the table, then turns the outcome into a permit or a refusal.
pub fn decide(request: &Request, at: &Circumstances<'_>, now: Stamp) -> Verdict {
    let case = Case {
        choice: at.recorded.binding(),
        relationship: at.relationship,
        role: request.role,
        purpose: request.purpose,
        validity: at.recorded.validity(&request.staff, now),
        freshness: at.policy.freshness(at.checked, now),
        clock: at.clock,
    };
    let weighed = weigh(case, at.policy.mode);
    let permit = |sections, caveats| {
        Verdict::Permitted(Permit { subject: request.subject, sections, caveats, rule: weighed.rule })
    };
    let refuse = |next| {
        Verdict::Refused(Refusal {
            rule: weighed.rule,
            next,
            choice: at.recorded.choice,
            decided: at.recorded.decided,
            checked: at.checked,
        })
    };
    let mut caveats = vec![Caveat::CheckedAt(at.checked)];
    if at.clock == Clock::Suspect {
        caveats.push(Caveat::ClockInDoubt);
    }
    if weighed.stale_emergency {
        caveats.push(Caveat::StaleEmergency);
    }
    match weighed.outcome {
        Outcome::Permit => {
            let scope = at.policy.scope(request.role);
            if scope != Sections::ALL {
                caveats.push(Caveat::PartOfTheRecord);
            }
            permit(request.wants.and(scope), caveats)
        }
        Outcome::Ask => refuse(NextStep::AskThePerson),
        Outcome::Deny if weighed.eligible_only => refuse(NextStep::CallAClinician),
        Outcome::Deny => refuse(NextStep::Nothing),
        // A programme may narrow who breaks the glass; it never widens it.
        Outcome::BreakGlass if !at.policy.glass_roles.contains(&request.role) => refuse(NextStep::CallAClinician),
        Outcome::BreakGlass => match &request.break_glass {
            Some(glass) if now.since(glass.since) < at.policy.break_glass && now >= glass.since => {
                caveats.push(Caveat::BreakGlassUntil(glass.since.plus(at.policy.break_glass)));
                if !glass.widened {
                    caveats.push(Caveat::EmergencyViewOnly);
                }
                let open = if glass.widened { Sections::ALL } else { Sections::emergency() };
                permit(request.wants.and(open), caveats)
            }
            _ => refuse(NextStep::BreakGlass),
        },
    }
}

#[cfg(test)]
mod tests;
