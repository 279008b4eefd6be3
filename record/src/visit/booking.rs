//! Which of a person's appointments is a visit of somebody's round today: booked with them, or by their organisation. The device's round and the hub's order
//! of telling ask the same question. Not what has become of it: that is in the acts.

use crate::people::Actor;
use crate::section::Section;
use crate::summary::{Body, Fact, Item, Standing};
use jiff::civil::Date;

/// The appointment, if this fact is one of `actor`'s round on that day. `own`: their organisation is the source that says so.
pub fn of_round<'f>(fact: &'f Fact, own: bool, actor: &Actor, day: Date) -> Option<&'f Item> {
    let Body::Item(Section::Appointments, item) = &fact.body else { return None };
    let today = item.when.as_ref().and_then(|when| when.date()) == Some(day);
    // An outpatient appointment is not a visit of ours.
    let ours = own || item.author.as_deref().is_some_and(|with| with.contains(&actor.name));
    (today && ours && stands(item)).then_some(item)
}

/// Whether it is an appointment on that day at all: before its source is looked up.
pub fn is_on(fact: &Fact, day: Date) -> bool {
    matches!(&fact.body, Body::Item(Section::Appointments, item) if item.when.as_ref().and_then(|when| when.date()) == Some(day))
}

/// Not cancelled, not missed.
fn stands(item: &Item) -> bool {
    let gone = item.status.as_deref().is_some_and(|s| ["cancelled", "noshow", "entered-in-error"].contains(&s));
    !gone && item.standing != Standing::InError
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::{Organisation, Role};
    use crate::summary::FactKey;
    use crate::{SourceId, When};

    #[test]
    fn a_booking_is_of_the_round_by_its_day_its_state_and_whose_it_is() {
        let actor = Actor {
            staff: "N1".parse().unwrap(),
            name: "Nia Field".into(),
            title: "District nurse".into(),
            role: Role::RegulatedClinician,
            organisation: Organisation { ods: "ZZC1".parse().unwrap(), name: "Trust".into() },
        };
        let booked = |status: &str, with: &str, when: &str| {
            let item = Item {
                title: "Wound care".into(),
                status: Some(status.into()),
                author: Some(with.into()),
                when: When::parse(when),
                ..Item::default()
            };
            let body = Body::Item(Section::Appointments, Box::new(item));
            Fact { key: FactKey("Appointment/1".into()), source: SourceId(1), recorded: None, body }
        };
        let day = jiff::civil::date(2026, 3, 10);
        let is = |fact: &Fact, own: bool| of_round(fact, own, &actor, day).is_some();
        let one = booked("booked", "Somebody", "2026-03-10T10:00:00Z");
        assert!(is_on(&one, day) && is(&one, true) && !is(&one, false));
        assert!(is(&booked("booked", "Nia Field", "2026-03-10T10:00:00Z"), false));
        assert!(!is(&booked("cancelled", "Nia Field", "2026-03-10T10:00:00Z"), true));
        assert!(!is(&booked("booked", "Nia Field", "2026-03-11T10:00:00Z"), true));
    }
}
