//! The person's answer, taken down where the rules say "ask the person": what they chose, who decided, on what ground. Made by the hub's register and
//! clock, through the same history as a device's and the privacy office's ([`trust::record_choice`]), with its entry in the same transaction.
//!
//! Not here: option 5, which needs the signed form (the app and the privacy office take it), and settling two choices that disagree.

use super::{Fields, Reply, Visit, layout, look};
use crate::bags::tie;
use crate::store::{Store, StoreFault, people, trust};
use crate::web::layout::Trouble;
use maud::{Markup, html};
use record::Stamp;
use record::audit::Event;
use record::bag::BagId;
use record::consent::pack::says_why;
use record::consent::{Channel, Choice, DecidedBy, Meeting, Pack, Recorded, RecordedBy};
use record::people::Actor;
use sha2::{Digest, Sha256};

/// Who may decide, in the order of the form.
const DECIDERS: [DecidedBy; 3] = [DecidedBy::Person, DecidedBy::AttorneyOrDeputy, DecidedBy::BestInterests];

/// The options that can be taken down here.
fn offered(pack: &Pack) -> impl Iterator<Item = Choice> {
    pack.options.iter().copied().filter(|choice| *choice != Choice::N2)
}

pub(super) fn form(here: &Visit<'_>, pack: &Pack, (id, saw): (BagId, u64), troubles: &[Trouble]) -> Markup {
    let choices: Vec<(&str, &str)> = offered(pack).map(|choice| (choice.code(), choice.label())).collect();
    let deciders: Vec<(&str, &str)> = DECIDERS.iter().map(|by| (by.code(), by.label())).collect();
    html! {
        h2 class="nhsuk-heading-m" { "Take down their answer" }
        p { "Ask the person now, or whoever may decide for them. It is recorded with your name, goes to every device, and they can change it." }
        form method="post" action={ "/bags/" (id) "/choice" } novalidate {
            (layout::token(&here.token))
            input type="hidden" name="saw" value=(saw);
            (layout::radios("choice", "What did they say?", "", &choices, troubles))
            (layout::date("until", "For a set time: the last day", ""))
            (layout::radios("decided", "Who decided?", "", &deciders, troubles))
            (layout::note("ground", "For a best-interests decision: why", "It then stands for you, for today only.", "", troubles))
            (layout::submit("Record their answer"))
        }
        p { "\"" (Choice::N2.label()) "\" needs a signed form: the app and the privacy office take it." }
    }
}

/// The form by itself, for somebody who says something else than before. It names nobody: who may not look may still be told.
fn alone(here: &Visit<'_>, pack: &Pack, about: (BagId, u64), troubles: &[Trouble]) -> Markup {
    let body = html! {
        p { a class="nhsuk-back-link" href={ "/bags/" (about.0) } { "The bag" } }
        h1 class="nhsuk-heading-l" { "What the person chooses" }
        (form(here, pack, about, troubles))
    };
    layout::page(here, "", "What the person chooses", troubles, body)
}

pub(super) fn page(store: &mut Store, here: &Visit<'_>, which: &str) -> Result<Reply, StoreFault> {
    let Some((id, subject)) = look::named(store, which)? else { return Ok(Reply::NotFound) };
    let Some(pack) = look::pack(store)? else { return Err(StoreFault::Unknown { what: "sharing policy" }) };
    if store.read(|tx| tie(tx, &here.actor, id))?.is_none() {
        return Ok(Reply::NotFound);
    }
    let saw = look::choice_seen(store, subject)?;
    Ok(Reply::Page(alone(here, &pack, (id, saw), &[])))
}

/// An answer was typed: recorded, and on to the bag, whose page says what now is permitted.
pub(super) fn record(store: &mut Store, here: &Visit<'_>, which: &str, fields: &Fields) -> Result<Reply, StoreFault> {
    let Some((id, subject)) = look::named(store, which)? else { return Ok(Reply::NotFound) };
    let Some(pack) = look::pack(store)? else { return Err(StoreFault::Unknown { what: "sharing policy" }) };
    let saw: u64 = fields.get("saw").and_then(|saw| saw.parse().ok()).unwrap_or_default();
    let recorded = match read(fields, &pack, &here.actor, here.now) {
        Ok(recorded) => recorded,
        Err(trouble) => return Ok(Reply::Wrong(alone(here, &pack, (id, saw), &[trouble]))),
    };
    let key = key(here, id, saw, &recorded);
    let forbidden = store.read(|tx| {
        let Some(row) = people::person_row(tx, subject)? else { return Ok(false) };
        Ok(trust::choice(tx, row)?.1.meets(&recorded, here.now) == Meeting::Forbidden)
    })?;
    if forbidden {
        let trouble = Trouble::at("decided", "The person's own answer stands: nobody else's judgement changes a no");
        return Ok(Reply::Wrong(alone(here, &pack, (id, saw), &[trouble])));
    }
    let taken = store.write(|tx| {
        let Some(row) = people::person_row(tx, subject)? else { return Ok(false) };
        let conflict = trust::choice(tx, row)?.1.choice == Choice::Conflict;
        // Whoever has nothing to do with the person takes nothing down for them. A no is taken down whatever stands; nobody settles two
        // answers by the way.
        if (conflict && recorded.choice.is_yes()) || tie(tx, &here.actor, id)?.is_none() {
            return Ok(false);
        }
        if trust::record_choice(tx, row, &recorded, &key, saw, here.now)? {
            let (choice, by) = (recorded.choice, recorded.decided_by);
            here.did(tx, Event::ChoiceRecorded { subject, choice, by })?;
        }
        Ok(true)
    })?;
    Ok(if taken { Reply::To(format!("/bags/{id}")) } else { Reply::NotFound })
}

/// The same form sent twice is one answer.
fn key(here: &Visit<'_>, id: BagId, saw: u64, recorded: &Recorded) -> String {
    let said = format!("{id} {saw} {} {}", recorded.choice.code(), recorded.decided_by.code());
    let digest = Sha256::new().chain_update(&here.token).chain_update(said).finalize();
    format!("ward/{}", data_encoding::HEXLOWER.encode(&digest[..16]))
}

/// What was said, or what is missing. A best-interests decision stands for this user today, whatever was ticked (`reference/consent.md` section 6).
fn read(fields: &Fields, pack: &Pack, by: &Actor, at: Stamp) -> Result<Recorded, Trouble> {
    let field = |name: &str| fields.get(name).map_or("", |text| text.trim());
    let choice = offered(pack).find(|choice| choice.code() == field("choice"));
    let choice = choice.ok_or_else(|| Trouble::at("choice", "Choose what they said"))?;
    let decided_by = DECIDERS.into_iter().find(|by| by.code() == field("decided"));
    let decided_by = decided_by.ok_or_else(|| Trouble::at("decided", "Choose who decided"))?;
    let best_interests = decided_by == DecidedBy::BestInterests;
    if best_interests && !says_why(field("ground")) {
        return Err(Trouble::at("ground", "Enter why this is in the person's best interests, in at least 10 letters"));
    }
    let today_only = choice == Choice::Y1 || (best_interests && choice.is_yes());
    let noon = || Stamp::parse(&format!("{}T12:00:00Z", field("until")));
    let last_day = field("until").parse::<jiff::civil::Date>().ok().and_then(|_| noon());
    let until = match (today_only, choice) {
        (true, _) => Some(at.london_midnight_after()),
        (false, Choice::Y2) => {
            let until = last_day.map(Stamp::london_midnight_after).filter(|until| *until > at);
            Some(until.ok_or_else(|| Trouble::at("until", "Enter the last day, one that has not passed"))?)
        }
        (false, _) => None,
    };
    Ok(Recorded {
        choice: if today_only { Choice::Y1 } else { choice },
        only: today_only.then(|| by.staff.clone()),
        from: Some(at),
        until,
        decided: Some(at),
        decided_by,
        reason: best_interests.then(|| field("ground").to_owned()),
        // Beside the person, as with a device: the hub's own pages are what was at hand.
        by: Some(RecordedBy {
            name: by.name.clone(),
            organisation: by.organisation.name.clone(),
            how: Channel::Device,
        }),
        ..Recorded::nothing()
    })
}
