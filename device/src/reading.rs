//! Turning what the vault disclosed into what a screen shows: words, ages, similar names, the order of a list. Layout of answers, not
//! rules: what may be shown was decided before any of this is reached.

use desk::ask::Sort;
use desk::view::{Basis, Caseload, Look, OpenedChart, OwnPage, Row, Why, in_words};
use record::audit::{Entry, Event};
use record::chart::Chart;
use record::consent::{Caveat, Choice, NextStep, Outcome, Recorded, Relationship};
use record::feed::{Listing, fold};
use record::patient::age;
use record::people::Actor;
use record::plan::{Decided, Told};
use record::receipt::AsAt;
use record::summary::Source;
use record::{Stamp, When};
use std::cmp::Reverse;
use std::collections::HashMap;
use vault::{Admission, OpenedOwn, Refused};

/// The caseload as a page: ages, similar names, order.
pub(crate) fn caseload(rows: Vec<vault::Row>, total: u64, sort: Sort, checked: Option<Stamp>, now: Stamp) -> Caseload {
    let mut like: HashMap<(String, Option<char>), usize> = HashMap::new();
    for row in &rows {
        *like.entry(likeness(&row.listing)).or_default() += 1;
    }
    let mut rows: Vec<Row> = rows
        .into_iter()
        .map(|row| Row {
            similar_name: like.get(&likeness(&row.listing)).is_some_and(|n| *n > 1),
            age: age_of(&row.listing, now),
            listing: row.listing,
            relationship: row.relationship,
            carried: row.carried,
            sealed: row.sealed,
        })
        .collect();
    let name = |l: &Listing| (fold(&l.family), fold(&l.given), l.person);
    match sort {
        Sort::Name => rows.sort_by_cached_key(|r| name(&r.listing)),
        Sort::Age => rows.sort_by_cached_key(|r| (r.listing.born.clone(), name(&r.listing))),
        Sort::Recent => rows.sort_by_cached_key(|r| (Reverse(r.listing.as_at), name(&r.listing))),
        Sort::Place => rows.sort_by_cached_key(|r| (fold(&r.listing.place), name(&r.listing))),
    }
    Caseload { rows, total, as_at: checked }
}

/// Two people with the same family name and the same first letter of the given name are easily taken for each other.
fn likeness(listing: &Listing) -> (String, Option<char>) {
    let family: String = fold(&listing.family).chars().filter(|c| c.is_alphanumeric()).collect();
    (family, fold(&listing.given).chars().next())
}

pub(crate) fn age_of(listing: &Listing, now: Stamp) -> String {
    match (&listing.born, listing.died) {
        (Some(born), false) => age(born, now.london_date()),
        _ => String::new(),
    }
}

pub(crate) fn chart(
    (chart, decided, told): (Chart, Vec<Decided>, Vec<Told>),
    admission: Admission,
    listing: Listing,
    (sources, policy, as_at): (Vec<Source>, String, Option<AsAt>),
    now: Stamp,
) -> OpenedChart {
    OpenedChart {
        age: age_of(&listing, now),
        listing,
        chart,
        decided,
        told,
        sources,
        basis: basis_of(&admission, policy),
        caveats: admission.caveats,
        audit_seq: admission.seq,
        opened: admission.at,
        as_at,
    }
}

/// Why a disclosure was allowed, in words.
pub(crate) fn basis_of(admission: &Admission, policy: String) -> Basis {
    basis(
        (
            admission.rule.explanation(),
            admission.rule.code(),
            "Look at what you need for this person's care, and no more. Each look is recorded.",
        ),
        (&admission.recorded, policy),
        admission.relationship,
        admission.checked,
        &admission.caveats,
    )
}

/// The rule, the choice, its date and age, who recorded it, and the next lawful step.
fn basis(
    (explanation, code, next): (&str, &str, &str),
    (recorded, policy): (&Recorded, String),
    relationship: Relationship,
    checked: Option<Stamp>,
    caveats: &[Caveat],
) -> Basis {
    let mut sentence = explanation.to_owned();
    if caveats.iter().any(|c| matches!(c, Caveat::BreakGlassUntil(_))) {
        sentence.push_str(" You broke the glass: the privacy officer will review it.");
    }
    Basis {
        sentence,
        rule: format!("Rule {code}"),
        choice: recorded.choice,
        choice_label: recorded.choice.label().to_owned(),
        decided: recorded.decided,
        checked,
        relationship,
        decided_by: recorded.decided_by,
        recorded_by: recorded.by.as_ref().map(|by| match by.organisation.as_str() {
            "" => by.name.clone(),
            organisation => format!("{}, {organisation}", by.name),
        }),
        until: recorded.until,
        end_event: recorded.end_event.clone(),
        reason: recorded.reason.clone(),
        between: recorded.between.clone(),
        policy,
        next: next.to_owned(),
    }
}

pub(crate) fn why(refused: Refused, listing: Listing, (policy, own): (String, Option<String>), now: Stamp) -> Why {
    let refusal = refused.refusal;
    let outcome = match refusal.next {
        NextStep::AskThePerson => Outcome::Ask,
        NextStep::BreakGlass => Outcome::BreakGlass,
        NextStep::CallAClinician | NextStep::Nothing | NextStep::RenewLicence => Outcome::Deny,
    };
    let sentence = match refusal.next {
        NextStep::AskThePerson => "Ask the person before you open this record.",
        NextStep::BreakGlass => "This record is closed. In an emergency you can break the glass; it will be reviewed.",
        NextStep::CallAClinician => "This record is closed to care staff. Call 999 or 111, or a registered clinician.",
        NextStep::Nothing => "This record is closed to you.",
        NextStep::RenewLicence => {
            "This device has been without the hub for too long to show records. What you have not sent is safe, and is still sent."
        }
    };
    let basis = basis(
        (refusal.rule.explanation_of_refusal(), refusal.rule.code(), next_step(refusal.next, refused.recorded.choice)),
        (&refused.recorded, policy),
        refused.relationship,
        refusal.checked,
        &[],
    );
    Why {
        sentence: sentence.to_owned(),
        basis,
        next: refusal.next,
        outcome,
        audit_seq: refused.seq,
        age: age_of(&listing, now),
        listing,
        own,
    }
}

/// What the user's own organisation wrote itself, with what must be said before it.
pub(crate) fn own(
    opened: OpenedOwn,
    admission: &Admission,
    (listing, organisation): (Listing, String),
    sources: Vec<Source>,
    now: Stamp,
) -> OwnPage {
    let name = &listing.banner;
    let decided = admission
        .recorded
        .decided
        .map_or_else(String::new, |at| format!(" of {}", When::from_stamp(at).display_date()));
    let why = match admission.recorded.binding() {
        Choice::Conflict => {
            "The shared record is closed until two different choices are settled with the person".to_owned()
        }
        Choice::N1 | Choice::N2 => format!("The shared record is closed by the choice of {name}{decided}"),
        Choice::None | Choice::Y1 | Choice::Y2 | Choice::Y3 => "The shared record is not on this device yet".to_owned(),
    };
    let sentence = format!(
        "This is a part. {why}. What others recorded is not here: their allergies and medicines too. Ask the person."
    );
    OwnPage {
        age: age_of(&listing, now),
        listing,
        organisation,
        sentence,
        part: opened.part,
        sources,
        kept: opened.at,
        audit_seq: admission.seq,
        opened: admission.at,
    }
}

/// What may lawfully be done now.
const fn next_step(next: NextStep, choice: Choice) -> &'static str {
    match (next, choice) {
        (NextStep::RenewLicence, _) => "Reach the hub, or have a colleague's device extend the licence.",
        (_, Choice::Conflict) => "Settle the choices with the person: show them what is recorded and ask which holds.",
        (NextStep::AskThePerson, _) => "Ask the person, or whoever decides for them, and record the answer.",
        (NextStep::BreakGlass, _) => "In an emergency or for safeguarding, break the glass. Otherwise ask the person.",
        (NextStep::CallAClinician, _) => "Call 999 or 111, or ask a registered clinician.",
        (NextStep::Nothing, Choice::N2) => {
            "Nothing opens it. The person can change their choice at any time: if they want to, record the new one."
        }
        (NextStep::Nothing, _) => "Nothing opens it from here. Contact the privacy officer if you think this is wrong.",
    }
}

/// One line of "who has looked". The vault is one person's, so every entry is theirs.
pub(crate) fn look(place: u64, entry: &Entry, actor: &Actor, receipted: u64) -> Look {
    let outcome = match &entry.event {
        Event::Record { outcome, .. } | Event::Source { outcome, .. } => Some(*outcome),
        Event::Plan(act) => Some(act.outcome),
        Event::Visit(act) => Some(act.outcome),
        Event::Bag(act) => Some(act.outcome),
        _ => None,
    };
    Look {
        seq: place,
        at: entry.at,
        name: actor.name.clone(),
        role: entry.role,
        organisation: actor.organisation.name.clone(),
        what: in_words(&entry.event),
        outcome,
        held_by_hub: place <= receipted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::PersonId;
    use record::patient::{Demographics, Name};

    fn row(family: &str, given: &str, n: u8) -> vault::Row {
        let name = Name { family: family.into(), given: vec![given.into()], ..Name::default() };
        let d = Demographics { names: vec![name], ..Demographics::default() };
        let listing = Listing::of(PersonId::from_bytes([n; 16]), &d, vec![], Stamp::from_millis(0));
        vault::Row { listing, relationship: Relationship::Established, carried: true, sealed: false }
    }

    #[test]
    fn similar_names_are_flagged_whatever_their_accents_and_hyphens() {
        let rows = vec![row("O'Brien", "Zoë", 1), row("Obrien", "Zara", 2), row("Obrien", "Max", 3)];
        let page = caseload(rows, 3, Sort::Name, None, Stamp::from_millis(0));
        let flagged: Vec<bool> = page.rows.iter().map(|r| r.similar_name).collect();
        assert_eq!(flagged.iter().filter(|f| **f).count(), 2);
    }

    #[test]
    fn a_list_by_name_is_in_the_order_people_expect() {
        let rows = vec![row("Zed", "Al", 1), row("ábel", "Jo", 2), row("Moss", "Ki", 3)];
        let page = caseload(rows, 3, Sort::Name, None, Stamp::from_millis(0));
        let order: Vec<&str> = page.rows.iter().map(|r| r.listing.family.as_str()).collect();
        assert_eq!(order, ["ábel", "Moss", "Zed"]);
    }
}
