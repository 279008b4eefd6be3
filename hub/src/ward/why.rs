//! Why a bag is opened: the reasons of the policy pack, asked for first where the programme leads with them; what is said when the rules do
//! not permit a look; and breaking the glass, with the passphrase given again. What is declared is recorded by the door; here it is only
//! remembered for the session.

use super::{Fields, Reply, Visit, choice, layout, look};
use crate::store::{Store, StoreFault};
use crate::web::layout::Trouble;
use maud::{Markup, html};
use record::audit::Event;
use record::bag::BagId;
use record::consent::pack::Lead;
use record::consent::{BreakGlass, Condition, NextStep, OverrideReason, Pack, Purpose, Refusal, Rule};

/// The reasons there are: the programme's, or the purposes themselves.
fn reasons(pack: &Pack) -> Vec<(String, String, Purpose)> {
    if !pack.reasons.is_empty() {
        return pack.reasons.iter().map(|r| (r.code.clone(), r.label.clone(), r.purpose)).collect();
    }
    let plain = [Purpose::Treat, Purpose::EmergencyTreat, Purpose::Safeguard];
    plain.iter().map(|p| (p.code().to_owned(), p.label().to_owned(), *p)).collect()
}

/// For what this session opens this bag; `None` where the programme asks first and nobody answered yet.
pub(super) fn standing(here: &Visit<'_>, pack: &Pack, id: BagId) -> Option<(Purpose, Option<BreakGlass>)> {
    let said = here.remembered(&id.to_string());
    let given = said.reason.and_then(|code| reasons(pack).into_iter().find(|(of, ..)| *of == code));
    match given {
        Some((.., purpose)) => Some((purpose, said.glass)),
        None if pack.lead == Lead::Choice => Some((Purpose::Treat, None)),
        None => None,
    }
}

fn form(here: &Visit<'_>, pack: &Pack, id: BagId, troubles: &[Trouble]) -> Markup {
    let reasons = reasons(pack);
    let options: Vec<(&str, &str)> = reasons.iter().map(|(code, label, _)| (code.as_str(), label.as_str())).collect();
    html! {
        form method="post" action={ "/bags/" (id) "/reason" } novalidate {
            (layout::token(&here.token))
            (layout::radios("reason", "Why do you need to see this bag?", "", &options, troubles))
            (layout::submit("Open the bag"))
        }
    }
}

/// The programme asks for a reason before anything is shown.
pub(super) fn ask(here: &Visit<'_>, pack: &Pack, id: BagId, troubles: &[Trouble]) -> Markup {
    let body = html! {
        p { a class="nhsuk-back-link" href="/" { "All bags" } }
        h1 class="nhsuk-heading-l" { "Why do you need to see this bag?" }
        p { "Your reason is recorded with your name, and the person can see it." }
        (form(here, pack, id, troubles))
    };
    layout::page(here, "", "Why do you need to see this bag?", troubles, body)
}

/// A reason was chosen: its entry, and on to the bag.
pub(super) fn given(store: &mut Store, here: &Visit<'_>, which: &str, fields: &Fields) -> Result<Reply, StoreFault> {
    let Some((id, person)) = look::named(store, which)? else { return Ok(Reply::NotFound) };
    let Some(pack) = look::pack(store)? else { return Err(StoreFault::Unknown { what: "sharing policy" }) };
    let code = fields.get("reason").map_or("", String::as_str);
    let Some((code, ..)) = reasons(&pack).into_iter().find(|(of, ..)| of == code) else {
        return Ok(Reply::Wrong(ask(here, &pack, id, &[Trouble::at("reason", "Choose why you need to see this bag")])));
    };
    store.write(|tx| here.did(tx, Event::AccessReason { subject: person, code: code.clone() }))?;
    here.remember(&id.to_string(), |said| (said.reason, said.glass) = (Some(code), None));
    Ok(Reply::To(format!("/bags/{id}")))
}

/// Why it is not shown, and the one lawful next step. It names nobody: whoever may not look does not learn whose it is.
pub(super) fn refused(
    here: &Visit<'_>,
    pack: &Pack,
    (id, purpose, saw): (BagId, Purpose, u64),
    refusal: &Refusal,
    troubles: &[Trouble],
) -> Markup {
    let body = html! {
        p { a class="nhsuk-back-link" href="/" { "All bags" } }
        h1 class="nhsuk-heading-l" { "This bag is not shown" }
        p { (refusal.rule.explanation()) }
        p { "That you asked is recorded." }
        @match refusal.next {
            NextStep::AskThePerson => {
                (choice::form(here, pack, (id, saw), troubles))
            }
            NextStep::CallAClinician => { p { "In an emergency, ask a registered clinician to open it, or telephone the home." } }
            NextStep::BreakGlass => (glass_form(here, pack, id, troubles)),
            NextStep::Nothing | NextStep::RenewLicence => {
                p { "The paper in the bag itself, and whoever brought the person, can be asked." }
            }
        }
        @if !matches!(refusal.rule, Rule::Never | Rule::RoleWithoutContent) && purpose == Purpose::Treat {
            h2 class="nhsuk-heading-m" { "For another reason" }
            (form(here, pack, id, &[]))
        }
    };
    layout::page(here, "", "This bag is not shown", troubles, body)
}

fn glass_form(here: &Visit<'_>, pack: &Pack, id: BagId, troubles: &[Trouble]) -> Markup {
    let hint = format!("At least {} characters. The privacy officer reads it.", pack.break_glass.least_text);
    let numbers: Vec<String> = OverrideReason::ALL.iter().map(|reason| reason.number().to_string()).collect();
    let reasons: Vec<(&str, &str)> =
        numbers.iter().zip(OverrideReason::ALL).map(|(number, reason)| (number.as_str(), reason.label())).collect();
    let conditions: Vec<(&str, &str)> =
        ["0", "1", "2", "3"].into_iter().zip(Condition::ALL.iter().map(|condition| condition.label())).collect();
    html! {
        h2 class="nhsuk-heading-m" { "Open it in an emergency" }
        p { "It is open to you for " (pack.break_glass.minutes) " minutes. The privacy officer reviews each time." }
        form method="post" action={ "/bags/" (id) "/emergency" } novalidate {
            (layout::token(&here.token))
            (layout::radios("override", "By what right", "5", &reasons, troubles))
            (layout::radios("condition", "What is so now", "", &conditions, troubles))
            (layout::note("text", "What has happened", &hint, "", troubles))
            (layout::secret("passphrase", "Your passphrase again", None, "current-password", troubles))
            button class="nhsuk-button nhsuk-button--warning" type="submit" { "Open in an emergency" }
        }
    }
}

/// The glass is broken, if the passphrase is right.
pub(super) fn glass(here: &Visit<'_>, which: &str, fields: &Fields) -> Result<Reply, StoreFault> {
    let found = look::named(&mut here.office.hub.store(), which)?;
    let Some((id, _)) = found else { return Ok(Reply::NotFound) };
    let field = |name: &str| fields.get(name).map_or("", String::as_str);
    let mut troubles = Vec::new();
    if !here.gave_passphrase(field("passphrase"))? {
        troubles.push(Trouble::at("passphrase", "Enter the passphrase you sign in with"));
    }
    let store = &mut here.office.hub.store();
    let Some(pack) = look::pack(store)? else { return Err(StoreFault::Unknown { what: "sharing policy" }) };
    let reason = field("override").parse().ok().and_then(OverrideReason::from_number);
    if reason.is_none() {
        troubles.push(Trouble::at("override", "Choose by what right you open it"));
    }
    let condition = field("condition").parse::<usize>().ok().and_then(|n| Condition::ALL.get(n).copied());
    if condition.is_none() {
        troubles.push(Trouble::at("condition", "Choose what is so now"));
    }
    let (least, text) = (pack.break_glass.least_text, field("text"));
    let declared = match (reason, condition) {
        (Some(reason), Some(condition)) => {
            let declared = BreakGlass::declare((reason, condition), text, least, here.now, false);
            if declared.is_none() {
                troubles.push(Trouble::at("text", format!("Say what has happened in at least {least} characters")));
            }
            declared
        }
        _ => None,
    };
    let Some(declared) = declared.filter(|_| troubles.is_empty()) else {
        let body = html! {
            p { a class="nhsuk-back-link" href="/" { "All bags" } }
            h1 class="nhsuk-heading-l" { "Open a bag in an emergency" }
            (glass_form(here, &pack, id, &troubles))
        };
        return Ok(Reply::Wrong(layout::page(here, "", "Open a bag in an emergency", &troubles, body)));
    };
    let purpose = |purpose: Purpose| reasons(&pack).into_iter().find(|(.., of)| *of == purpose).map(|(code, ..)| code);
    let emergency = standing(here, &pack, id).map(|(purpose, _)| purpose).filter(|p| *p == Purpose::Safeguard);
    let code = purpose(emergency.unwrap_or(Purpose::EmergencyTreat));
    here.remember(&id.to_string(), |said| (said.reason, said.glass) = (code, Some(declared.clone())));
    // The first look declares it, with its entry; those that follow within its time go on from it.
    let reply = super::page::page(store, here, which)?;
    here.remember(&id.to_string(), |said| said.glass = Some(declared.again()));
    Ok(reply)
}
