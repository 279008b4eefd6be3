//! The decision as a pure table over seven inputs and the view mode: `reference/consent.md` section 6, rules 1 to 11, first match
//! wins. No person, no time, no text: those are turned into these inputs by [`super::decide`].

use super::Choice;
use crate::people::Role;
use serde::{Deserialize, Serialize};

macro_rules! coded {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The spelling of the policy table.
            pub const fn code(self) -> &'static str {
                match self { $($name::$variant => $code),+ }
            }

            /// `None` for a code this version does not know; the caller must then refuse.
            pub fn from_code(code: &str) -> Option<$name> {
                $name::ALL.iter().copied().find(|value| value.code() == code)
            }
        }
    };
}

coded!(
    /// Whether staff ask every time or rely on an earlier conversation: policy per programme and organisation, not code.
    Mode { AskEachTime = "ask_each_time", DiscussionToView = "discussion_to_view" }
);
coded!(
    /// What ties this user to this person.
    Relationship {
        /// On the caseload, an open episode, a resident of this home, a dispatched incident.
        Established = "ESTABLISHED",
        /// Claimed by the user; reviewed by the privacy officer.
        SelfClaimed = "SELF_CLAIMED",
        None = "NONE",
    }
);
coded!(
    /// Why (HL7 v3 ActReason where it has a code; safeguarding has none there).
    Purpose { Treat = "TREAT", EmergencyTreat = "ETREAT", Safeguard = "SAFEGUARD", Other = "OTHER" }
);
coded!(
    Validity { InPeriod = "IN_PERIOD", Expired = "EXPIRED", NotYet = "NOT_YET" }
);
coded!(
    /// How old the last verified consent check is.
    Freshness { Fresh = "FRESH", Stale = "STALE", TooOld = "TOO_OLD" }
);
coded!(
    /// Whether the device's time can be believed. Doubt can only tighten.
    Clock { Trusted = "TRUSTED", Suspect = "SUSPECT" }
);
coded!(
    Outcome { Permit = "PERMIT", Ask = "ASK", BreakGlass = "BTG", Deny = "DENY" }
);
coded!(
    /// Which rule decided: shown to the user, recorded in the audit.
    Rule {
        /// 1: the purpose is not one that opens a record.
        PurposeOther = "1",
        /// 2: the role sees no clinical content.
        RoleWithoutContent = "2",
        /// 3: the person said never.
        Never = "3",
        /// 4: two choices disagree.
        Conflict = "4",
        /// 6: only in an emergency or for safeguarding.
        EmergencyOnly = "6",
        /// 8: no relationship to the person.
        NoRelationship = "8",
        /// 9: a relationship claimed by the user alone.
        SelfClaimed = "9",
        /// 10: nothing recorded, or what was recorded is not in force.
        NothingInForce = "10",
        /// 11: a choice to share, in force.
        ChoiceInForce = "11",
        /// Not of the table: the licence to read without the hub has ended (`reference/identity.md` section 5.4).
        LicenceEnded = "L",
        /// Not of the table: what the user's own organisation wrote itself (`crate::own`).
        OwnRecord = "O",
    }
);

impl Purpose {
    /// Rules 4 to 11 speak of an emergency; safeguarding counts as one throughout (the summary table groups them).
    const fn is_emergency(self) -> bool {
        matches!(self, Purpose::EmergencyTreat | Purpose::Safeguard)
    }

    pub const fn label(self) -> &'static str {
        match self {
            Purpose::Treat => "Direct care",
            Purpose::EmergencyTreat => "Emergency treatment",
            Purpose::Safeguard => "Safeguarding",
            Purpose::Other => "Another purpose",
        }
    }
}

impl Rule {
    /// One sentence for the screen and the privacy officer.
    pub const fn explanation(self) -> &'static str {
        match self {
            Rule::PurposeOther => "Records are opened for direct care, emergency treatment or safeguarding only.",
            Rule::RoleWithoutContent => "This role does not see clinical content.",
            Rule::Never => "The person has said that no one may see their shared record, not even in an emergency.",
            Rule::Conflict => {
                "Two different choices are recorded. The most restrictive holds until it is settled with the person."
            }
            Rule::EmergencyOnly => "The person has said: only in a medical emergency or for safeguarding.",
            Rule::NoRelationship => "No relationship between you and this person is recorded.",
            Rule::SelfClaimed => "Your relationship with this person was claimed by you and will be reviewed.",
            Rule::NothingInForce => "No choice of the person is in force for you today.",
            Rule::ChoiceInForce => "The person has agreed to share their record.",
            Rule::LicenceEnded => "This device's licence to show records without the hub has ended.",
            Rule::OwnRecord => "Your own organisation wrote this itself. It is not the shared record.",
        }
    }
}

impl Rule {
    /// The same where nothing was shown: that somebody agreed does not alone say why not.
    pub const fn explanation_of_refusal(self) -> &'static str {
        match self {
            Rule::ChoiceInForce => {
                "The person agreed to share their record, but this was not confirmed with the hub recently enough to rely on."
            }
            other => other.explanation(),
        }
    }
}

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Case {
    pub choice: Choice,
    pub relationship: Relationship,
    pub role: Role,
    pub purpose: Purpose,
    pub validity: Validity,
    pub freshness: Freshness,
    pub clock: Clock,
}

/// The outcome, the rule that gave it, and what the outcome alone does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weighed {
    pub outcome: Outcome,
    pub rule: Rule,
    /// Rule 11: permitted on a stale consent in an emergency, so flagged.
    pub stale_emergency: bool,
    /// Denied only because the role may not break the glass.
    pub eligible_only: bool,
}

/// Weighs one case. First match wins.
pub fn weigh(case: Case, mode: Mode) -> Weighed {
    let emergency = case.purpose.is_emergency();
    let plain = |outcome, rule| Weighed { outcome, rule, stale_emergency: false, eligible_only: false };
    // Wherever the outcome is break-glass and the role is care staff, it is a refusal ("call 999/111 or a registered clinician").
    let glass_else = |otherwise, rule| match (emergency, case.role) {
        (true, Role::RegulatedClinician) => plain(Outcome::BreakGlass, rule),
        (true, _) => Weighed { eligible_only: true, ..plain(Outcome::Deny, rule) },
        (false, _) => plain(otherwise, rule),
    };

    // 1, 2
    if case.purpose == Purpose::Other {
        return plain(Outcome::Deny, Rule::PurposeOther);
    }
    if !case.role.sees_content() {
        return plain(Outcome::Deny, Rule::RoleWithoutContent);
    }
    // 3, 4
    match case.choice {
        Choice::N2 => return plain(Outcome::Deny, Rule::Never),
        Choice::Conflict => return glass_else(Outcome::Deny, Rule::Conflict),
        _ => {}
    }
    // 5: a suspect clock ends what has an end, and ages the check by one step.
    let (validity, freshness) = match (case.clock, case.choice) {
        (Clock::Trusted, _) => (case.validity, case.freshness),
        (Clock::Suspect, Choice::Y1 | Choice::Y2) if case.validity == Validity::InPeriod => {
            (Validity::Expired, one_step_older(case.freshness))
        }
        (Clock::Suspect, _) => (case.validity, one_step_older(case.freshness)),
    };
    // 6
    if case.choice == Choice::N1 {
        return glass_else(Outcome::Deny, Rule::EmergencyOnly);
    }
    // 7: Y3 has no end, so only "not yet" takes it out of force.
    let in_force = match case.choice {
        Choice::Y1 | Choice::Y2 => validity == Validity::InPeriod,
        Choice::Y3 => validity != Validity::NotYet,
        _ => false,
    };
    // 8, 9
    match case.relationship {
        Relationship::None => return glass_else(Outcome::Deny, Rule::NoRelationship),
        Relationship::SelfClaimed => return glass_else(Outcome::Ask, Rule::SelfClaimed),
        Relationship::Established => {}
    }
    // 10
    if !in_force {
        let otherwise = match mode {
            Mode::DiscussionToView if freshness != Freshness::TooOld => Outcome::Permit,
            _ => Outcome::Ask,
        };
        return glass_else(otherwise, Rule::NothingInForce);
    }
    // 11
    match (freshness, emergency) {
        (Freshness::Fresh, _) => plain(Outcome::Permit, Rule::ChoiceInForce),
        (Freshness::Stale, true) => Weighed { stale_emergency: true, ..plain(Outcome::Permit, Rule::ChoiceInForce) },
        (Freshness::Stale, false) => plain(Outcome::Ask, Rule::ChoiceInForce),
        (Freshness::TooOld, _) => glass_else(Outcome::Ask, Rule::ChoiceInForce),
    }
}

const fn one_step_older(freshness: Freshness) -> Freshness {
    match freshness {
        Freshness::Fresh => Freshness::Stale,
        Freshness::Stale | Freshness::TooOld => Freshness::TooOld,
    }
}
