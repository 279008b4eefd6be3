//! A choice as recorded: an immutable version with who decided, on what basis, who wrote it down, and, where two were made apart, what they
//! were. Not which version is current: that is the hub's order (`reference/consent.md` section 4).

use super::{Choice, Relationship, Validity};
use crate::ids::StaffId;
use crate::stamp::Stamp;
use serde::{Deserialize, Serialize};

/// A recorded choice. Current is the latest by hub order, never by a device's clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    pub choice: Choice,
    /// For Y1: the one person allowed.
    pub only: Option<StaffId>,
    /// In force from; `None` is "from the beginning".
    pub from: Option<Stamp>,
    /// In force until, exclusive; `None` is "no end". For Y1 the London midnight after it was given.
    pub until: Option<Stamp>,
    /// For Y2: the event that ends it ("until treatment ends").
    pub end_event: Option<String>,
    /// When the person decided, as recorded.
    pub decided: Option<Stamp>,
    pub decided_by: DecidedBy,
    /// For best interests: why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who wrote it down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<RecordedBy>,
    /// For N2: SHA-256 of the signed opt-out form, in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<String>,
    /// For CONFLICT: what was said apart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub between: Vec<Claim>,
    /// The numbers of the choices that this one settles, as they were shown to the person who settled them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settles: Vec<u64>,
}

/// Who wrote a choice down, as they were then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedBy {
    pub name: String,
    pub organisation: String,
    pub how: Channel,
}

/// Which way a choice came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Channel {
    /// At the bedside, on a device.
    Device,
    /// By telephone, post or in person, at the privacy office.
    Office,
    /// From another system's FHIR Consent.
    Feed,
}

/// One side of a conflict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// Its number in the hub's order.
    pub seq: u64,
    pub choice: Choice,
    pub decided: Option<Stamp>,
    pub decided_by: DecidedBy,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<RecordedBy>,
}

/// A choice recorded after another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meeting {
    /// It is the next version.
    Follows,
    /// The person's own yes holds for this user too, and stays.
    Covered,
    /// The person said no, or two things: nobody's judgement changes that.
    Forbidden,
}

/// How a person's content may be kept on a device (`reference/consent.md` section 4, rule 5: caching is itself disclosure).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Carriage {
    /// Under the vault's key.
    Open,
    /// Only sealed under the compartment's own key, which break-glass releases.
    Sealed,
    /// Not at all.
    Never,
}

impl Recorded {
    /// Nothing recorded.
    pub const fn nothing() -> Recorded {
        Recorded {
            choice: Choice::None,
            only: None,
            from: None,
            until: None,
            end_event: None,
            decided: None,
            decided_by: DecidedBy::Nobody,
            reason: None,
            by: None,
            form: None,
            between: Vec::new(),
            settles: Vec::new(),
        }
    }

    /// The choice as it binds. A conflict in which somebody heard "no one, not even in an emergency" binds as that: the most
    /// restrictive holds until it is settled (section 4, rule 2), and the table's CONFLICT would still offer break-glass.
    pub fn binding(&self) -> Choice {
        let never = || self.between.iter().any(|claim| claim.choice == Choice::N2);
        if self.choice == Choice::Conflict && never() { Choice::N2 } else { self.choice }
    }

    /// Whether the choice is in force for this user at this moment. For Y1, in period means *this* user and *today*.
    pub fn validity(&self, staff: &StaffId, now: Stamp) -> Validity {
        if self.from.is_some_and(|from| now < from) {
            return Validity::NotYet;
        }
        let ended = self.until.is_some_and(|until| now >= until);
        let other_person = self.choice == Choice::Y1 && self.only.as_ref() != Some(staff);
        if ended || other_person { Validity::Expired } else { Validity::InPeriod }
    }

    /// How content may be kept, by what is recorded and what ties the user to the person. A yes that has run out leaves no basis
    /// for keeping it but an established relationship (section 4, rule 4).
    pub fn carriage(&self, relationship: Relationship, now: Stamp) -> Carriage {
        match self.binding() {
            Choice::N2 => Carriage::Never,
            Choice::N1 | Choice::Conflict => Carriage::Sealed,
            Choice::Y1 | Choice::Y2 if self.until.is_some_and(|until| now >= until) => match relationship {
                Relationship::Established => Carriage::Open,
                Relationship::SelfClaimed | Relationship::None => Carriage::Never,
            },
            Choice::None | Choice::Y1 | Choice::Y2 | Choice::Y3 => Carriage::Open,
        }
    }

    /// The version that follows when what ends this one has happened; `None` where it does not end with an event, or has ended.
    pub fn ended(&self, at: Stamp, by: RecordedBy) -> Option<Recorded> {
        let open = self.choice == Choice::Y2 && self.end_event.is_some() && self.until.is_none_or(|until| at < until);
        open.then(|| Recorded { until: Some(at), by: Some(by), settles: Vec::new(), ..self.clone() })
    }

    /// Whether both say the same: the option, whom it names, and when it ends. When and by whom they were taken down may differ.
    pub fn says_as(&self, other: &Recorded) -> bool {
        let said = |r: &Recorded| (r.choice, r.only.clone(), r.until, r.end_event.clone());
        said(self) == said(other)
    }

    /// Whether two choices made apart cannot both stand. A yes for today to one colleague says nothing against a yes for today to another, where
    /// each asks for themselves: the later stands, and the other colleague asks again.
    pub fn contradicts(&self, other: &Recorded) -> bool {
        let each_asked = self.choice == Choice::Y1 && other.choice == Choice::Y1;
        !each_asked && !self.says_as(other)
    }

    /// What becomes of this one when `next` is recorded after it. Somebody else's judgement is for when the person can't be asked (`reference/consent.md`
    /// section 6, ASK flow): it never takes the place of what they said themselves.
    pub fn meets(&self, next: &Recorded, now: Stamp) -> Meeting {
        if next.decided_by != DecidedBy::BestInterests || !next.choice.is_yes() {
            return Meeting::Follows;
        }
        let begun = self.from.is_none_or(|from| from <= now) && self.until.is_none_or(|until| now < until);
        match self.binding() {
            Choice::N1 | Choice::N2 | Choice::Conflict => Meeting::Forbidden,
            Choice::Y2 | Choice::Y3 if begun => Meeting::Covered,
            Choice::None | Choice::Y1 | Choice::Y2 | Choice::Y3 => Meeting::Follows,
        }
    }

    /// As the hub hears it at `now`, when no choice can have been made later than `latest`: one that is dated after that begins now, and
    /// a yes for today ends with the day on which it was heard. Gives whether it had to be dated anew. A device whose clock was set
    /// forward while it was off would else make today's yes tomorrow's.
    pub fn heard(&mut self, now: Stamp, latest: Stamp) -> bool {
        let ahead = |at: Option<Stamp>| at.is_some_and(|at| at > latest);
        let tomorrow = self.choice == Choice::Y1 && self.until.is_none_or(|u| u > latest.london_midnight_after());
        if !ahead(self.decided) && !ahead(self.from) && !tomorrow {
            return false;
        }
        self.decided = self.decided.map(|at| at.min(now));
        self.from = self.from.map(|at| at.min(now));
        if self.choice == Choice::Y1 {
            self.until = Some(now.london_midnight_after());
        }
        true
    }

    /// This choice as one side of a conflict.
    pub fn as_claim(&self, seq: u64) -> Claim {
        Claim { seq, choice: self.choice, decided: self.decided, decided_by: self.decided_by, by: self.by.clone() }
    }

    /// What follows when this choice was made without having seen `other`, which says something else: a conflict between both
    /// (or, where `other` is one, between all its sides and this).
    pub fn against(&self, seq: u64, other: &Recorded, other_seq: u64) -> Recorded {
        let mut between = match other.choice {
            Choice::Conflict if !other.between.is_empty() => other.between.clone(),
            _ => vec![other.as_claim(other_seq)],
        };
        between.push(self.as_claim(seq));
        Recorded { choice: Choice::Conflict, decided: self.decided, between, ..Recorded::nothing() }
    }
}

/// Who decided (`reference/consent.md` section 6, ASK flow).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum DecidedBy {
    Nobody,
    Person,
    AttorneyOrDeputy,
    /// A best-interests decision: treated as Y1 for this user today, with the reason kept.
    BestInterests,
}

impl DecidedBy {
    pub const ALL: [DecidedBy; 4] =
        [DecidedBy::Nobody, DecidedBy::Person, DecidedBy::AttorneyOrDeputy, DecidedBy::BestInterests];

    pub const fn code(self) -> &'static str {
        match self {
            DecidedBy::Nobody => "nobody",
            DecidedBy::Person => "person",
            DecidedBy::AttorneyOrDeputy => "attorney",
            DecidedBy::BestInterests => "best-interests",
        }
    }

    pub const fn label(self) -> &'static str {
        match self {
            DecidedBy::Nobody => "Not recorded",
            DecidedBy::Person => "The person",
            DecidedBy::AttorneyOrDeputy => "Their attorney or deputy",
            DecidedBy::BestInterests => "A best-interests decision",
        }
    }

    pub fn from_code(code: &str) -> Option<DecidedBy> {
        DecidedBy::ALL.into_iter().find(|by| by.code() == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(choice: Choice) -> Recorded {
        Recorded { choice, decided_by: DecidedBy::Person, ..Recorded::nothing() }
    }

    #[test]
    fn a_conflict_with_never_in_it_binds_as_never() {
        for (one, two, binding) in [
            (Choice::Y3, Choice::Y1, Choice::Conflict),
            (Choice::Y3, Choice::N1, Choice::Conflict),
            (Choice::N2, Choice::Y3, Choice::N2),
            (Choice::Y3, Choice::N2, Choice::N2),
        ] {
            let conflict = said(two).against(9, &said(one), 4);
            assert_eq!((conflict.choice, conflict.binding()), (Choice::Conflict, binding));
            assert_eq!(conflict.between.iter().map(|c| (c.seq, c.choice)).collect::<Vec<_>>(), [(4, one), (9, two)]);
        }
    }

    #[test]
    fn a_best_interests_yes_takes_the_place_of_nothing_that_the_person_said() {
        let now = Stamp::from_millis(1_000);
        let judged = Recorded { decided_by: DecidedBy::BestInterests, ..said(Choice::Y1) };
        let ended = |choice| Recorded { until: Some(now), ..said(choice) };
        let to_come = Recorded { from: Some(Stamp::from_millis(2_000)), ..said(Choice::Y3) };
        for (standing, meeting) in [
            (Recorded::nothing(), Meeting::Follows),
            (said(Choice::Y1), Meeting::Follows),
            (ended(Choice::Y2), Meeting::Follows),
            (to_come, Meeting::Follows),
            (said(Choice::Y2), Meeting::Covered),
            (said(Choice::Y3), Meeting::Covered),
            (said(Choice::N1), Meeting::Forbidden),
            (said(Choice::N2), Meeting::Forbidden),
            (said(Choice::Y1).against(2, &said(Choice::Y3), 1), Meeting::Forbidden),
        ] {
            assert_eq!(standing.meets(&judged, now), meeting, "{standing:?}");
            for next in [said(Choice::Y3), Recorded { choice: Choice::N1, ..judged.clone() }] {
                assert_eq!(standing.meets(&next, now), Meeting::Follows, "{standing:?} {next:?}");
            }
        }
    }

    #[test]
    fn a_third_voice_joins_the_conflict() {
        let two = said(Choice::Y1).against(2, &said(Choice::Y3), 1);
        let three = said(Choice::N2).against(4, &two, 3);
        assert_eq!(three.between.iter().map(|c| c.seq).collect::<Vec<_>>(), [1, 2, 4]);
        assert_eq!(three.binding(), Choice::N2);
    }

    #[test]
    fn how_content_may_be_kept() {
        let now = Stamp::from_millis(1_000);
        let ended = |choice| Recorded { until: Some(now), ..said(choice) };
        for (recorded, relationship, carriage) in [
            (Recorded::nothing(), Relationship::Established, Carriage::Open),
            (said(Choice::N1), Relationship::Established, Carriage::Sealed),
            (said(Choice::N2), Relationship::Established, Carriage::Never),
            (said(Choice::Y1).against(2, &said(Choice::Y3), 1), Relationship::Established, Carriage::Sealed),
            (ended(Choice::Y1), Relationship::Established, Carriage::Open),
            (ended(Choice::Y1), Relationship::SelfClaimed, Carriage::Never),
            (ended(Choice::Y2), Relationship::None, Carriage::Never),
            (said(Choice::Y1), Relationship::SelfClaimed, Carriage::Open),
        ] {
            assert_eq!(recorded.carriage(relationship, now), carriage, "{recorded:?} {relationship:?}");
        }
    }

    #[test]
    fn the_same_option_says_the_same_only_with_whom_it_names_and_when_it_ends() {
        let yes = |only: &str| Recorded { only: only.parse().ok(), ..said(Choice::Y1) };
        let until = |millis| Recorded { until: Some(Stamp::from_millis(millis)), ..said(Choice::Y2) };
        let event = |text: &str| Recorded { end_event: Some(text.to_owned()), ..said(Choice::Y2) };
        for (one, two) in [(yes("N1"), yes("N2")), (until(1), until(2)), (event("discharge"), event("my birthday"))] {
            assert!(!one.says_as(&two), "{one:?} {two:?}");
            assert_eq!(one.contradicts(&two), one.choice != Choice::Y1, "{one:?} {two:?}");
            assert!(one.says_as(&Recorded { decided: Some(Stamp::from_millis(9)), ..one.clone() }));
        }
    }

    #[test]
    fn a_choice_dated_ahead_begins_when_it_is_heard_and_todays_yes_ends_today() {
        let now: Stamp = Stamp::parse("2026-03-10T17:00:00Z").unwrap();
        let (later, hours) = (
            |h| now.plus(jiff::SignedDuration::from_hours(h)),
            |h| Some(now.plus(jiff::SignedDuration::from_hours(h))),
        );
        let yes = |at: Stamp| Recorded {
            from: Some(at),
            decided: Some(at),
            until: Some(at.london_midnight_after()),
            ..said(Choice::Y1)
        };
        let mut ahead = yes(later(30));
        assert!(ahead.heard(now, now));
        assert_eq!((ahead.decided, ahead.from, ahead.until), (Some(now), Some(now), Some(now.london_midnight_after())));
        // What was said in time stands, and an end that was said does too.
        let mut yesterday = yes(later(-24));
        assert!(!yesterday.heard(now, now));
        let mut two = Recorded { decided: hours(30), from: hours(30), until: hours(48), ..said(Choice::Y2) };
        assert!(two.heard(now, now));
        assert_eq!((two.from, two.until), (Some(now), hours(48)));
    }

    #[test]
    fn a_version_without_the_later_fields_still_reads() {
        let old = r#"{"choice":"Y3","only":null,"from":null,"until":null,"end_event":null,"decided":null,"decided_by":"Person"}"#;
        assert_eq!(serde_json::from_str::<Recorded>(old).unwrap(), said(Choice::Y3));
        assert_eq!(serde_json::to_string(&said(Choice::Y3)).unwrap(), old);
    }
}
