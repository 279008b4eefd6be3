//! Who has looked at one person's record, for that person: plain English, newest first, refusals and emergencies explained. People may ask
//! for this (subject access; the NHS Care Record Guarantee). Names are as the register has them today, role and organisation as they were.

use super::names::Names;
use crate::store::audit::{self, Held};
use record::audit::{
    CaseloadDeed, Entry, Event, HubAct, ParkedDeed, PartnerAct, PlanAct, PlanDeed, VisitAct, VisitDeed,
};
use record::consent::{Clock, Outcome, Purpose, Rule};
use record::people::Role;
use record::{PersonId, Sections, Stamp};
use rusqlite::Transaction;
use serde::Serialize;

/// One line of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Look {
    /// Milliseconds since 1970, as the author's device said.
    pub at: Stamp,
    /// In London time.
    pub when: String,
    /// Name, job and organisation.
    pub who: String,
    pub what: String,
    pub why: String,
    /// Content was shown.
    pub shown: bool,
    pub emergency: bool,
    /// What else must be known to read this line rightly.
    pub note: String,
    /// The entry's place in the hub's log.
    pub leaf: u64,
}

/// Everything recorded about somebody, newest first.
pub fn looks(tx: &Transaction<'_>, person: PersonId) -> rusqlite::Result<Vec<Look>> {
    let names = Names::load(tx)?;
    let mut looks: Vec<Look> = audit::about(tx, person)?.iter().filter_map(|held| look(&names, held)).collect();
    looks.sort_by_key(|look| std::cmp::Reverse((look.at, look.leaf)));
    Ok(looks)
}

/// The list as text for the person.
pub fn as_text(looks: &[Look]) -> String {
    let shown = looks.iter().filter(|l| l.shown).count();
    let emergencies = looks.iter().filter(|l| l.emergency).count();
    let refused = looks.iter().filter(|l| !l.shown && l.what.contains("not shown")).count();
    let mut text = format!(
        "Who has looked at your shared care record\n\n\
         Your record was shown {}. It was asked for and not shown {}. It was opened without your agreement, because of an\n\
         emergency or to keep somebody safe, {}. The newest is first. Times are UK times.\n",
        times(shown),
        times(refused),
        times(emergencies)
    );
    for look in looks {
        text.push_str(&format!("\n{}  {}\n", look.when, look.who));
        text.push_str(&format!("    {}\n", look.what));
        for line in [&look.why, &look.note].into_iter().filter(|line| !line.is_empty()) {
            text.push_str(&format!("    {line}\n"));
        }
    }
    if looks.is_empty() {
        text.push_str("\nNobody has looked at your record through Satchel.\n");
    }
    text
}

fn times(n: usize) -> String {
    match n {
        0 => "never".to_owned(),
        1 => "once".to_owned(),
        n => format!("{n} times"),
    }
}

/// One entry in words; `None` where it names nobody.
pub fn look(names: &Names, held: &Held) -> Option<Look> {
    let entry = Entry::from_bytes(&held.bytes).ok()?;
    let said = said(names, &entry.event)?;
    let mut note = Vec::new();
    if entry.clock == Clock::Suspect {
        note.push("The clock of the device was not certain, so the time may be wrong.");
    }
    if held.aside {
        note.push("The device that sent this was not in order. It is kept here so that nothing is hidden from you.");
    }
    Some(Look {
        at: entry.at,
        when: entry.at.display(),
        who: who(names, &entry),
        what: said.what,
        why: said.why,
        shown: said.shown,
        emergency: said.emergency,
        note: note.join(" "),
        leaf: held.leaf,
    })
}

/// Name, job and organisation of an entry's author.
pub fn who(names: &Names, entry: &Entry) -> String {
    let organisation = names.organisation(&entry.organisation);
    if let Event::Partner(act) = &entry.event {
        // As their own system said; the organisation is ours.
        return format!("{}, {}, {organisation}, at their own computer system", act.name, role(entry.role));
    }
    match names.actor(entry) {
        Some(actor) => format!("{}, {}, {organisation}", actor.name, actor.title),
        None if entry.chain.as_str() == audit::OWN => {
            format!("An administrator of the hub ({}), {organisation}", entry.staff)
        }
        None => format!("Somebody with staff number {}, {}, {organisation}", entry.staff, role(entry.role)),
    }
}

const fn role(role: Role) -> &'static str {
    match role {
        Role::RegulatedClinician => "a registered nurse, doctor, paramedic or other professional",
        Role::CareStaff => "care staff",
        Role::Admin => "an administrator",
        Role::PrivacyOfficer => "a privacy officer",
    }
}

#[derive(Default)]
struct Said {
    what: String,
    why: String,
    shown: bool,
    emergency: bool,
}

fn said(names: &Names, event: &Event) -> Option<Said> {
    let plain = |what: String| Some(Said { what, ..Said::default() });
    match event {
        Event::Record { purpose, sections, outcome, rule, .. } => Some(Said {
            what: match outcome {
                Outcome::Permit if *rule == Rule::OwnRecord => {
                    format!("Read what their own organisation wrote about you {}.", purpose_of(*purpose))
                }
                Outcome::Permit => format!("Opened your record {}{}.", purpose_of(*purpose), parts(*sections)),
                _ => format!("Asked for your record {}. It was not shown.", purpose_of(*purpose)),
            },
            why: because(*outcome, *rule, *purpose),
            shown: *outcome == Outcome::Permit,
            emergency: false,
        }),
        Event::Source { purpose, outcome, rule, .. } => Some(Said {
            what: match outcome {
                Outcome::Permit => format!("Read an original document in your record {}.", purpose_of(*purpose)),
                _ => "Asked for an original document in your record. It was not shown.".to_owned(),
            },
            why: because(*outcome, *rule, *purpose),
            shown: *outcome == Outcome::Permit,
            emergency: false,
        }),
        Event::BreakGlass { purpose, reason, text, .. } => Some(Said {
            what: format!("Said that your record had to be opened without your agreement, {}.", purpose_of(*purpose)),
            why: format!(
                "The reason given was: {} \u{201c}{text}\u{201d}. The privacy officer reviews every such case.",
                with_stop(reason.label())
            ),
            shown: false,
            emergency: true,
        }),
        Event::ChoiceRecorded { choice, .. } => {
            plain(format!("Wrote down your choice about sharing: {}.", choice.label()))
        }
        Event::Purged { .. } => plain("Your record was erased from this person's device.".to_owned()),
        Event::AuditRead { .. } => {
            plain("Looked at this list of who has looked, or at what you chose about sharing.".to_owned())
        }
        Event::GlassEnded { by_hand: true, .. } => plain("Stopped the emergency access before its time.".to_owned()),
        Event::GlassEnded { .. } => plain("The emergency access ended.".to_owned()),
        Event::ChoiceSettled { choice, .. } => {
            plain(format!("Settled with you which of your choices about sharing holds: {}.", choice.label()))
        }
        Event::RelationshipClaimed { text, .. } => {
            plain(format!("Said that they are involved in your care. Their words: \u{201c}{text}\u{201d}"))
        }
        Event::Sealed { .. } => plain("Your record was sealed on this person's device, as you chose.".to_owned()),
        Event::AccessReason { code, .. } => {
            plain(format!("Gave the reason for opening your record: {}", with_stop(names.reason(code))))
        }
        Event::AlertReviewed { .. } => plain("Reviewed why your record was opened.".to_owned()),
        Event::Hub(HubAct::Caseload { code, deed: CaseloadDeed::PeopleJoined, .. }) => plain(format!(
            "Put you on the list of people cared for by {}. Its staff can ask for your record; your choice still decides.",
            names.caseload(code)
        )),
        Event::Hub(HubAct::Caseload { code, deed: CaseloadDeed::PeopleLeft, .. }) => plain(format!(
            "Took you off the list of people cared for by {}. Your record is erased from its staff's devices.",
            names.caseload(code)
        )),
        Event::Hub(HubAct::Parked { deed, people, .. }) if !people.is_empty() => plain(parked(*deed).to_owned()),
        Event::Partner(act) if act.subject.is_some() => Some(partner(act)),
        Event::Plan(act) => Some(plan(act)),
        Event::Visit(act) => Some(visit(act)),
        Event::Bag(act) if act.outcome == Outcome::Permit => plain(format!("{}.", act.deed.in_words())),
        Event::Bag(act) => Some(Said {
            what: if act.deed.writes() {
                "Wanted to do something with your eRed Bag. It was not allowed.".to_owned()
            } else {
                format!("Asked for your eRed Bag {}. It was not shown.", purpose_of(act.purpose))
            },
            why: because(act.outcome, act.rule, act.purpose),
            ..Said::default()
        }),
        // Everything else names no person.
        other => other.subject().and_then(|_| plain("Did something else with your record.".to_owned())),
    }
}

fn plan(act: &PlanAct) -> Said {
    let permitted = act.outcome == Outcome::Permit;
    let done = match act.deed {
        PlanDeed::Looked => "Opened your care plan",
        PlanDeed::History => "Looked at who changed your care plan",
        PlanDeed::Wrote | PlanDeed::Set | PlanDeed::Added | PlanDeed::Ended => "Wrote in your care plan",
        PlanDeed::Decided => "Wrote down a decision in your care plan",
        PlanDeed::Settled => "Settled a decision in your care plan that was written down differently before",
        PlanDeed::SignedPlan => "Signed your care plan",
        PlanDeed::SignedRespect => "Signed your ReSPECT form",
        PlanDeed::Exported => "Gave out a copy of your care plan",
    };
    let what = match (permitted, act.deed.writes()) {
        (true, _) => format!("{done} {}.", purpose_of(act.purpose)),
        (false, true) => "Wanted to write in your care plan. It was not allowed.".to_owned(),
        (false, false) => format!("Asked for your care plan {}. It was not shown.", purpose_of(act.purpose)),
    };
    Said { what, why: because(act.outcome, act.rule, act.purpose), shown: permitted, emergency: false }
}

fn visit(act: &VisitAct) -> Said {
    let permitted = act.outcome == Outcome::Permit;
    let done = match act.deed {
        VisitDeed::Looked => "Opened what was done at visits to you",
        VisitDeed::Started => "Started a visit to you",
        VisitDeed::Ended => "Ended a visit to you",
        VisitDeed::NotHome => "Wrote down that nobody was at home",
        VisitDeed::Observed => "Wrote down readings such as your pulse or temperature",
        VisitDeed::Dosed => "Wrote down a medicine given to you or not given",
        VisitDeed::DoseReviewed => "Wrote down what was done about a medicine recorded as given twice",
        VisitDeed::Noted => "Wrote a note about you",
        VisitDeed::Added => "Added to an earlier record about you",
        VisitDeed::Struck => "Marked a record of their own about you as a mistake",
        VisitDeed::Assessed => "Wrote down how a wound of yours looks",
        VisitDeed::RiskRecorded => "Wrote down a risk with oxygen treatment",
        VisitDeed::Tasked => "Wrote down something to be done for you",
        VisitDeed::TaskDone => "Wrote down that something was done for you",
        VisitDeed::Referred => "Asked another service to help you",
        VisitDeed::AccessShown => "Looked at how to get into your home",
        VisitDeed::PhotoShown => "Looked at a photograph of a wound of yours",
        VisitDeed::PhotoAsked => "Asked for a photograph of a wound of yours that was not on their device",
        VisitDeed::Exported => "Gave out a copy of what was done at visits to you",
    };
    let what = match (permitted, act.deed.writes()) {
        (true, _) => format!("{done} {}.", purpose_of(act.purpose)),
        (false, true) => "Wanted to write down something done at a visit. It was not allowed.".to_owned(),
        (false, false) => format!("Asked for what was done at visits {}. It was not shown.", purpose_of(act.purpose)),
    };
    let shown = permitted && act.deed != VisitDeed::PhotoAsked;
    Said { what, why: because(act.outcome, act.rule, act.purpose), shown, emergency: false }
}

fn partner(act: &PartnerAct) -> Said {
    let part = match act.kind.as_str() {
        "CarePlan" | "Goal" | "Condition" | "Flag" | "RelatedPerson" | "Provenance" => "your care plan",
        "Consent" => "what you chose about sharing",
        "Binary" => "a photograph of a wound of yours",
        _ => "what was done at visits to you",
    };
    let (shown, why) = (act.outcome == Outcome::Permit, because(act.outcome, act.rule, act.purpose));
    let what = if shown {
        format!("Was given {part} {}.", purpose_of(act.purpose))
    } else {
        format!("Asked for {part} {}. It was not shown.", purpose_of(act.purpose))
    };
    Said { what, why, shown, emergency: false }
}

const fn purpose_of(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Treat => "to care for you",
        Purpose::EmergencyTreat => "to treat you in an emergency",
        Purpose::Safeguard => "to keep you or somebody else safe",
        Purpose::Other => "for another reason",
    }
}

fn parts(sections: Sections) -> String {
    if sections == Sections::ALL || sections.is_empty() {
        return String::new();
    }
    let titles: Vec<String> = sections.iter().map(|s| s.title().to_lowercase()).collect();
    format!(" ({})", titles.join("; "))
}

/// The rule in words about "you".
fn because(outcome: Outcome, rule: Rule, purpose: Purpose) -> String {
    let why = match (rule, outcome) {
        (Rule::ChoiceInForce, Outcome::Permit) => "You had agreed to share your record.",
        // What was agreed is not doubted, but that it still holds: the check with the hub was too old.
        (Rule::ChoiceInForce, _) => {
            "You had agreed to share your record, but the device could not be sure that this still holds, so you have to be asked."
        }
        (Rule::Never, _) => "You said that no one may see your shared record.",
        (Rule::EmergencyOnly, Outcome::Permit) => {
            "You said: only in an emergency or to keep somebody safe. This was one."
        }
        (Rule::EmergencyOnly, _) => "You said: only in an emergency or to keep somebody safe.",
        (Rule::Conflict, Outcome::Permit) => {
            "Two different choices of yours were recorded. It was opened as an emergency."
        }
        (Rule::Conflict, _) => "Two different choices of yours were recorded, so the stricter one was followed.",
        (Rule::NoRelationship, _) => "This person was not recorded as involved in your care.",
        (Rule::SelfClaimed, _) => "This person said themselves that they were involved in your care; that is checked.",
        (Rule::NothingInForce, Outcome::Permit) if purpose == Purpose::Treat => {
            "No choice of yours was in force. Where you live people are told that records are shared, and are not asked each time."
        }
        (Rule::NothingInForce, Outcome::Permit) => {
            "No choice of yours was in force, and it was opened as an emergency."
        }
        (Rule::NothingInForce, _) => "No choice of yours was in force, so you have to be asked first.",
        (Rule::PurposeOther, _) => "Records are opened only for care, in an emergency, or to keep somebody safe.",
        (Rule::RoleWithoutContent, _) => "This person's job does not need to see health records.",
        (Rule::OwnRecord, _) => {
            "This is what their own organisation wrote about you. Your choice closes the shared record, not an organisation's own."
        }
        (Rule::LicenceEnded, _) => "The device had been without a connection for too long to show records.",
    };
    why.to_owned()
}

fn with_stop(label: &str) -> String {
    format!("{}.", label.trim_end_matches('.'))
}

/// What was done about something that was sent and could not be taken in by itself.
const fn parked(deed: ParkedDeed) -> &'static str {
    match deed {
        ParkedDeed::Shown => {
            "Was shown your name, date of birth and NHS number, to find out whether something that was sent is about you."
        }
        ParkedDeed::SamePerson | ParkedDeed::AnotherPerson => {
            "Decided which person something that was sent is about: you, or somebody else."
        }
        ParkedDeed::Deleted => "Took something out of your record, as whoever had sent it asked. What it said is kept.",
        ParkedDeed::Kept => "Kept something in your record that whoever had sent it asked to delete.",
        ParkedDeed::SetAside => "Left something out of your record that could not be taken in.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::audit::{BagAct, BagDeed};
    use record::bag::BagId;

    #[test]
    fn what_was_not_shown_is_not_said_to_have_been_agreed_to_alone() {
        let refused = because(Outcome::Ask, Rule::ChoiceInForce, Purpose::Treat);
        assert!(refused.contains("could not be sure"), "{refused}");
        assert_eq!(
            because(Outcome::Permit, Rule::ChoiceInForce, Purpose::Treat),
            "You had agreed to share your record."
        );
        let told = because(Outcome::Permit, Rule::NothingInForce, Purpose::Treat);
        assert!(!told.contains("emergency"), "{told}");
    }

    #[test]
    fn a_refused_bag_is_said_to_be_refused_and_why() {
        let act = |deed| {
            let (subject, bag) = (PersonId::from_bytes([1; 16]), BagId::from_bytes([2; 16]));
            let (purpose, outcome, rule) = (Purpose::Treat, Outcome::Deny, Rule::Never);
            said(&Names::default(), &Event::Bag(BagAct { subject, purpose, bag, deed, outcome, rule })).unwrap()
        };
        let looked = act(BagDeed::Looked);
        assert_eq!(looked.what, "Asked for your eRed Bag to care for you. It was not shown.");
        assert_eq!(looked.why, "You said that no one may see your shared record.");
        assert!(act(BagDeed::Wrote).what.contains("not allowed") && !looked.shown);
    }

    #[test]
    fn a_reason_from_the_programmes_list_is_said_in_its_words() {
        let names = Names::with_reason("direct-care", "I am giving this person care");
        let event = |code: &str| Event::AccessReason { subject: PersonId::from_bytes([1; 16]), code: code.into() };
        let what = said(&names, &event("direct-care")).unwrap().what;
        assert_eq!(what, "Gave the reason for opening your record: I am giving this person care.");
        assert!(said(&names, &event("gone")).unwrap().what.contains("gone"), "better than nothing");
    }
}
