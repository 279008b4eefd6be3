//! What turns a resource round, after it has been read as a plain one: that something must not be done, was not done, or carries a
//! qualifier nobody here understands. FHIR R4 (section 2.1.0.1, modifier elements, and 2.5.0.2, `modifierExtension`) forbids reading
//! such a resource as if it were plain. So it is never an order: it says so in its title, and a medicine of this kind is no medicine
//! line. Dates that are no dates are shown as they were sent.
//!
//! Not here: statuses that a section reads itself (`not-done`, `entered-in-error`, `refuted`).

use super::json::Json;
use super::plans::is_end_of_life;
use super::words::{line, spaced};
use super::{Body, Reading};
use record::When;
use record::section::Section;
use record::summary::{Detail, Fact, Item, Line, Note};

/// Elements that negate when true, with the words that then stand before the title: those of R4, and those of older versions in case one
/// is sent as R4.
const NEGATIONS: [(&str, &str); 7] = [
    ("doNotPerform", "DO NOT"),
    ("prohibited", "DO NOT"),
    ("notDone", "NOT DONE"),
    ("notGiven", "NOT GIVEN"),
    ("wasNotGiven", "NOT GIVEN"),
    ("wasNotTaken", "NOT TAKEN"),
    ("exclude", "EXCLUDES"),
];

/// What is said where a qualifier is not understood.
pub(super) const NOT_UNDERSTOOD: &str =
    "this entry carries a qualifier that Satchel does not understand: see the source";

/// The words of the negation that an element carries, if it does.
pub(super) fn negation(json: &Json<'_>) -> Option<&'static str> {
    NEGATIONS.iter().find(|(name, _)| json.bool(name) == Some(true)).map(|(_, words)| *words)
}

/// Says of the facts from number `from` on, all of one resource, what turns them round.
pub(super) fn qualify(r: &Reading<'_, '_>, facts: &mut Vec<Fact>, from: usize) {
    let json = r.json();
    let negated = negation(json);
    let qualified = is_qualified(json, true);
    for fact in facts.iter_mut().skip(from) {
        match &mut fact.body {
            Body::Item(section, item) => {
                odd_dates(item, json);
                if let Some(words) = negated {
                    let verb = matches!((words, &item.detail), ("DO NOT", Detail::Medication(_)));
                    item.title = format!("{words}{}: {}", if verb { " GIVE" } else { "" }, item.title);
                    // A DNACPR decision may be sent as an order not to perform CPR.
                    if *section == Section::Referrals && is_end_of_life(&Json::Null, &item.title) {
                        *section = Section::EndOfLife;
                    }
                }
                if qualified {
                    item.lines.insert(0, Line("Warning".to_owned(), NOT_UNDERSTOOD.to_owned()));
                }
                if negated.is_some() || qualified {
                    no_order(item);
                }
            }
            Body::Note(_, note @ Note::Absent(_)) if qualified || negated.is_some() => {
                let words = format!("A statement about this section; {NOT_UNDERSTOOD}");
                *note = Note::Said { words, when: None, by: None };
            }
            Body::Note(_, Note::Said { words, .. }) if qualified || negated.is_some() => {
                *words = format!("{words}; {NOT_UNDERSTOOD}");
            }
            Body::Demographics(_) | Body::Note(..) => {}
        }
    }
    if qualified && r.resource.kind == "Patient" {
        let item = Item { title: format!("Who this person is: {NOT_UNDERSTOOD}"), ..Item::default() };
        facts.push(r.fact(PATIENT_QUALIFIED, None, Body::Item(Section::Alerts, Box::new(item))));
    }
}

/// The number of that fact among a Patient's: behind every contact.
const PATIENT_QUALIFIED: usize = 9000;

/// A medicine that is not to be given, or whose meaning is not certain, is no line that a dose is recorded against: its parts are said as
/// text.
fn no_order(item: &mut Item) {
    let Detail::Medication(m) = std::mem::take(&mut item.detail) else { return };
    for (label, said) in [
        ("Instruction", m.instruction),
        ("Dose", m.dose),
        ("Frequency", m.frequency),
        ("Route", m.route),
        ("Form", m.form),
    ] {
        line(&mut item.lines, label, said);
    }
}

/// Whether a modifier extension, or a negation of a part, stands anywhere in it. Contained resources speak for themselves.
fn is_qualified(json: &Json<'_>, root: bool) -> bool {
    json.members().iter().any(|(name, value)| match (name.as_ref(), value) {
        ("contained", _) => false,
        ("modifierExtension", value) => !value.items().is_empty(),
        // The parts of a plan say their own negation in their own line.
        ("activity", _) if root && json.str("resourceType") == Some("CarePlan") => {
            value.items().iter().any(|activity| {
                !activity.get("modifierExtension").is_null() || is_qualified(&without_negation(activity), false)
            })
        }
        (name, Json::Bool(true)) => !root && NEGATIONS.iter().any(|(negates, _)| *negates == name),
        (_, value) => value.items().iter().any(|inner| is_qualified(inner, false)),
    })
}

/// An activity of a plan without what its line says of itself.
fn without_negation<'a>(activity: &Json<'a>) -> Json<'a> {
    let plain = |json: &Json<'a>| {
        let members = json.members().iter().filter(|(_, v)| !matches!(v, Json::Bool(_)));
        Json::Object(members.cloned().collect())
    };
    let members = activity.members().iter().map(|(name, value)| match name.as_ref() {
        "detail" => (name.clone(), plain(value)),
        _ => (name.clone(), value.clone()),
    });
    Json::Object(members.collect())
}

/// Dates of the resource that are no FHIR dates, in the source's own text: an entry without a date would hide that one was sent.
fn odd_dates(item: &mut Item, json: &Json<'_>) {
    const DATES: [&str; 10] =
        ["date", "issued", "recorded", "created", "authoredOn", "sent", "received", "start", "end", "authored"];
    let is_date = |name: &str| DATES.contains(&name) || name.ends_with("Date") || name.ends_with("DateTime");
    let mut odd = |name: &str, value: &Json<'_>| {
        if let Json::Text(text) = value
            && When::parse(text).is_none()
        {
            line(&mut item.lines, &format!("{}, not a date Satchel can read", spaced(name)), Some(text.to_string()));
        }
    };
    for (name, value) in json.members() {
        match value {
            value if is_date(name) => odd(name, value),
            Json::Object(_) if name.ends_with("eriod") => {
                for end in ["start", "end"] {
                    odd(&format!("{name} {end}"), value.get(end));
                }
            }
            _ => {}
        }
    }
}
