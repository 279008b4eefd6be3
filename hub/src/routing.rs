//! Who is owed what: from the journal's lines to one answer a person. Pure: no store, no bytes. A person who joined and changed is
//! sent whole, once; one who left is removed, whatever else happened to them; one whose content may not be carried gets rules only.

use crate::store::journal::What;
use record::consent::{Carriage, Relationship};
use std::collections::BTreeMap;

/// What a device is owed about one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owed {
    /// Everything: they are new to it, may be carried again, or are sealed there, where no change can be worked in.
    Whole,
    /// Only what changed.
    Changes,
    /// Only what stands beside their record: their care plan, and what was done at visits.
    BesideOnly,
    /// The rules only: their content may not be on a device.
    RulesOnly,
    /// They left every caseload of this device's user.
    Removal,
}

impl Owed {
    /// Clinical-risk order within an answer: who must go and what may be shown first, then allergies and alerts with the rest of a
    /// record, then what changed, then plans.
    pub const fn risk(self) -> u8 {
        match self {
            Owed::Removal => 0,
            Owed::RulesOnly => 1,
            Owed::Whole => 2,
            Owed::Changes => 3,
            Owed::BesideOnly => 4,
        }
    }
}

/// Where a person stands now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// On some caseload of this user, and how.
    pub relationship: Option<Relationship>,
    /// How their content may be kept on a device.
    pub carriage: Carriage,
}

/// How much of somebody the lines speak of; the widest counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Extent {
    Beside,
    Record,
    Whole,
}

/// Folds journal lines (person, what), in order, into what each person is owed.
pub fn owed(lines: &[(i64, What)], now: impl Fn(i64) -> Now) -> Vec<(i64, Owed)> {
    let mut by_person: BTreeMap<i64, (usize, Extent)> = BTreeMap::new();
    for (place, (person, what)) in lines.iter().enumerate() {
        let extent = match what {
            What::MemberAdded | What::ConsentChanged | What::MemberRemoved => Extent::Whole,
            What::ResourceChanged => Extent::Record,
            What::PlanChanged | What::VisitActed => Extent::Beside,
        };
        by_person.entry(*person).and_modify(|seen| seen.1 = seen.1.max(extent)).or_insert((place, extent));
    }
    let mut order: Vec<(i64, (usize, Extent))> = by_person.into_iter().collect();
    order.sort_by_key(|(_, (place, _))| *place);
    // Removals first, then what may not be carried any more: withdrawals travel before anything else.
    let mut all: Vec<(i64, Owed)> = order
        .into_iter()
        .map(|(person, (_, extent))| {
            let Now { relationship, carriage } = now(person);
            let owed = match (relationship, carriage, extent) {
                (None, _, _) => Owed::Removal,
                (Some(_), Carriage::Never, _) => Owed::RulesOnly,
                (Some(_), Carriage::Sealed, _) | (Some(_), Carriage::Open, Extent::Whole) => Owed::Whole,
                (Some(_), Carriage::Open, Extent::Record) => Owed::Changes,
                (Some(_), Carriage::Open, Extent::Beside) => Owed::BesideOnly,
            };
            (person, owed)
        })
        .collect();
    all.sort_by_key(|(_, owed)| match owed {
        Owed::Removal => 0,
        Owed::RulesOnly => 1,
        Owed::Whole | Owed::Changes | Owed::BesideOnly => 2,
    });
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(lines: &[(i64, What)], now: Now, expected: &[(i64, Owed)]) {
        assert_eq!(owed(lines, |_| now), expected);
    }

    const ON: Now = Now { relationship: Some(Relationship::Established), carriage: Carriage::Open };

    #[test]
    fn who_is_sealed_is_sent_whole_whatever_changed() {
        let sealed = Now { carriage: Carriage::Sealed, ..ON };
        check(&[(1, What::ResourceChanged)], sealed, &[(1, Owed::Whole)]);
    }

    #[test]
    fn one_answer_a_person() {
        check(&[(1, What::ResourceChanged), (1, What::ResourceChanged)], ON, &[(1, Owed::Changes)]);
        check(&[(1, What::MemberAdded), (1, What::ResourceChanged)], ON, &[(1, Owed::Whole)]);
        check(&[(2, What::ConsentChanged), (1, What::ResourceChanged)], ON, &[(2, Owed::Whole), (1, Owed::Changes)]);
    }

    #[test]
    fn a_plan_alone_brings_no_record_and_is_owed_to_nobody_who_may_not_have_it() {
        check(&[(1, What::PlanChanged)], ON, &[(1, Owed::BesideOnly)]);
        check(&[(1, What::VisitActed)], ON, &[(1, Owed::BesideOnly)]);
        check(&[(1, What::PlanChanged), (1, What::ResourceChanged)], ON, &[(1, Owed::Changes)]);
        check(&[(1, What::PlanChanged)], Now { carriage: Carriage::Never, ..ON }, &[(1, Owed::RulesOnly)]);
        check(&[(1, What::PlanChanged)], Now { relationship: None, ..ON }, &[(1, Owed::Removal)]);
    }

    #[test]
    fn who_left_is_removed_whatever_else_happened() {
        let off = Now { relationship: None, carriage: Carriage::Open };
        check(
            &[(1, What::MemberAdded), (1, What::MemberRemoved), (1, What::ResourceChanged)],
            off,
            &[(1, Owed::Removal)],
        );
        // Left one caseload, still on another: sent whole again, which changes nothing that was right.
        check(&[(1, What::MemberRemoved)], ON, &[(1, Owed::Whole)]);
    }

    #[test]
    fn withdrawals_go_first_and_carry_no_content() {
        let now = |person| match person {
            1 => ON,
            2 => Now { carriage: Carriage::Never, ..ON },
            _ => Now { relationship: None, carriage: Carriage::Open },
        };
        let lines = [(1, What::ResourceChanged), (2, What::ConsentChanged), (3, What::MemberRemoved)];
        assert_eq!(owed(&lines, now), [(3, Owed::Removal), (2, Owed::RulesOnly), (1, Owed::Changes)]);
    }
}
