//! Observations: a number pad for each sign, or why it was not taken; what the person breathes; how awake they are. NEWS2 is reckoned as it
//! is typed, by the same function that reckons it afterwards, and shown as incomplete until it is whole.

use super::On;
use super::draft::{Draft, radios, use_draft};
use crate::state::Form;
use record::people::Role;
use record::visit::news2::{News2, Scale, Unfit, score};
use record::visit::vitals::{Breathing, Consciousness};
use record::visit::{Body, Observations, Taken, Vital};
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(super) struct ObservationsProps {
    pub(super) on: On,
}

#[component]
pub(super) fn ObservationsForm(props: &ObservationsProps) -> Html {
    let on = &props.on;
    let draft = use_draft(on, &Form::Observations);
    let (taken, wrong) = read(&draft);
    let scale = on.page.log.hypercapnic.map_or(Scale::One, |on| Scale::Two { on });
    let said = match () {
        () if draft.is("pregnant", "yes") => Some(Unfit::Pregnant),
        () if draft.is("spinal", "yes") => Some(Unfit::SpinalInjury),
        () => None,
    };
    let unfit = said.or(Unfit::by_age(on.page.listing.born.as_ref(), on.now));
    let unlikely = taken.unlikely();
    let checked = draft.is("checked", "yes");
    let why_not = match () {
        () if wrong.is_some() => wrong.clone(),
        () if taken.is_empty() => Some("Enter at least one observation.".to_owned()),
        () if !taken.is_possible() => Some("The diastolic pressure must be below the systolic one.".to_owned()),
        () if !unlikely.is_empty() && !checked => {
            Some("Check the numbers that are far out, and confirm them.".to_owned())
        }
        () => None,
    };
    let save = {
        let (draft, body) = (draft.clone(), Body::Observed { taken: taken.clone(), scale, unfit: said });
        Callback::from(move |()| draft.save(body.clone()))
    };
    html! {
        <>
        <h2 class="s-section__heading">{ "Observations" }</h2>
        { for Vital::ALL.iter().map(|vital| sign(&draft, *vital)) }
        { radios(&draft, "breathing", "Breathing", &[("air", "Air"), ("oxygen", "Oxygen")]) }
        if draft.is("breathing", "oxygen") {
            { draft.line("flow", "Flow, in litres a minute", "You may leave it empty") }
            { draft.line("device", "Mask or cannula", "") }
        }
        { radios(&draft, "conscious", "Consciousness", &Consciousness::ALL.map(|level| (level.code(), level.label()))) }
        <div class="nhsuk-form-group nhsuk-checkboxes">
            { draft.tick("pregnant".to_owned(), "Pregnant: NEWS2 does not apply") }
            { draft.tick("spinal".to_owned(), "Spinal injury that changes the readings: NEWS2 does not apply") }
        </div>
        <div role="status">{ news2(&score(&taken, scale, unfit)) }{ for disputed(on).map(|two| news2(&score(&taken, two, unfit))) }</div>
        <p class="s-quiet">{ if disputed(on).is_some() { "Clinicians differ: NEWS2 is shown on both scales.".to_owned() } else { format!("NEWS2 uses {}.", scale.label()) } }
            if on.role == Role::RegulatedClinician {
                { " " }<button type="button" class="s-plain" data-test="do-risk" onclick={on.form(Form::Risk)}>{ "Record hypercapnic risk" }</button>
            }
        </p>
        { risk_differs(on) }
        if !unlikely.is_empty() {
            <div class="s-note s-note--warn nhsuk-checkboxes">{ draft.tick("checked".to_owned(), &confirm(&taken, &unlikely)) }</div>
        }
        { draft.buttons("Sign and save", why_not, save) }
        </>
    }
}

/// Scale 2 beside scale 1, while clinicians differ about the risk.
fn disputed(on: &On) -> Option<Scale> {
    let log = &on.page.log;
    let yes = |id: &&record::visit::ActId| {
        log.entry(**id).is_some_and(|entry| matches!(entry.act.body, Body::Hypercapnic { risk: true, .. }))
    };
    log.risk_differs.iter().find(yes).map(|on| Scale::Two { on: *on })
}

/// Who said what of the risk, where they differ: a person asks, and records the answer.
fn risk_differs(on: &On) -> Html {
    let said = |id: &record::visit::ActId| {
        let entry = on.page.log.entry(*id)?;
        let Body::Hypercapnic { risk, prescriber, .. } = &entry.act.body else { return None };
        let word = if *risk { "at risk" } else { "not at risk" };
        Some(format!("{word}, on the word of {prescriber}: {}, {}. ", entry.act.by.name, entry.act.at.display()))
    };
    let all: String = on.page.log.risk_differs.iter().filter_map(said).collect();
    if all.is_empty() {
        return Html::default();
    }
    html! { <p class="s-note s-note--warn" data-test="risk-differs">
    { format!("Hypercapnic risk was recorded differently: {all}No single score counts until this is settled. Ask the prescriber, and record the answer.") }</p> }
}

fn confirm(taken: &Observations, unlikely: &[Vital]) -> String {
    let one = |vital: &Vital| {
        let value = taken.value(*vital).map(|value| vital.display(value)).unwrap_or_default();
        format!("{} {value} {}", vital.kind().label.to_lowercase(), vital.kind().unit)
    };
    format!("I checked again: {}", unlikely.iter().map(one).collect::<Vec<_>>().join(", "))
}

fn sign(draft: &Draft, vital: Vital) -> Html {
    let kind = vital.kind();
    let (name, none) = (format!("obs-{}", kind.code), format!("obs-{}-none", kind.code));
    let oninput = {
        let (draft, name) = (draft.clone(), name.clone());
        Callback::from(move |event: InputEvent| draft.set(&name, crate::parts::form::typed(&event)))
    };
    let onchange = {
        let (draft, none) = (draft.clone(), none.clone());
        Callback::from(move |event: Event| draft.set(&none, crate::parts::form::chosen(&event)))
    };
    let typed = draft.get(&name);
    let reasons = [("", "Not taken"), ("refused", "Refused"), ("unable", "Not possible")];
    html! {
        <div class="s-sign">
            <label class="nhsuk-label s-label" for={name.clone()}>{ kind.label }</label>
            <div class="s-sign__row">
                <input class="nhsuk-input s-sign__input" id={name.clone()} data-test={name} type="text" autocomplete="off"
                    inputmode={if kind.places > 0 { "decimal" } else { "numeric" }} value={typed.clone()} {oninput} />
                <span class="s-sign__unit">{ kind.unit }</span>
                if typed.trim().is_empty() {
                    <select class="nhsuk-select s-sign__none" data-test={none.clone()} aria-label={format!("{}: why not", kind.label)} {onchange}>
                        { for reasons.iter().map(|(code, label)| html! { <option value={*code} selected={draft.get(&none) == *code}>{ *label }</option> }) }
                    </select>
                }
            </div>
        </div>
    }
}

/// What was typed, and what of it is no number.
fn read(draft: &Draft) -> (Observations, Option<String>) {
    let (mut taken, mut wrong) = (Observations::default(), None);
    for vital in Vital::ALL {
        let kind = vital.kind();
        let typed = draft.get(&format!("obs-{}", kind.code));
        let none = draft.get(&format!("obs-{}-none", kind.code));
        let value = match (typed.trim(), none.as_str()) {
            ("", "refused") => Some(Taken::Refused),
            ("", "unable") => Some(Taken::Unable),
            ("", _) => None,
            (typed, _) => match vital.read(typed) {
                Some(value) => Some(Taken::Value(value)),
                None => {
                    let example = if kind.places > 0 { "a number like 36.8" } else { "a whole number" };
                    wrong.get_or_insert_with(|| format!("{}: enter {example}, in {}.", kind.label, kind.unit));
                    None
                }
            },
        };
        taken.signs.extend(value.map(|value| (vital, value)));
    }
    taken.breathing = match draft.get("breathing").as_str() {
        "air" => Some(Breathing::Air),
        "oxygen" => {
            let typed = draft.get("flow");
            let flow = match typed.trim() {
                "" => None,
                // Litres a minute with a tenth, read like a temperature but from nought.
                typed => match tenths(typed) {
                    Some(flow) => Some(flow),
                    None => {
                        wrong.get_or_insert_with(|| "Flow: enter litres a minute, like 2 or 0.5.".to_owned());
                        None
                    }
                },
            };
            Some(Breathing::Oxygen { flow, device: draft.get("device").trim().to_owned() })
        }
        _ => None,
    };
    taken.consciousness = Consciousness::from_code(&draft.get("conscious"));
    (taken, wrong)
}

fn tenths(typed: &str) -> Option<u16> {
    let (whole, part) = typed.split_once('.').unwrap_or((typed, "0"));
    let part: u16 = (part.len() == 1).then(|| part.parse().ok()).flatten()?;
    let flow = whole.parse::<u16>().ok()?.checked_mul(10)?.checked_add(part)?;
    (flow <= 1_000).then_some(flow)
}

/// A score with its band, what is missing, or why there is none. Never a number for what is not whole.
pub(super) fn news2(found: &News2) -> Html {
    match found {
        News2::Score(score) => {
            let class = match score.total() {
                7.. => "s-news2--high",
                5 | 6 => "s-news2--medium",
                _ => "s-news2--low",
            };
            let parts =
                record::visit::news2::Parameter::ALL.map(|p| format!("{} {}", p.label(), score.part(p))).join(", ");
            html! {
                <div class={classes!("s-news2", class)} data-test={format!("news2-{}", score.total())}>
                    <p class="s-news2__total"><strong>{ format!("NEWS2 {}", score.total()) }</strong>{ format!(" {}", score.band().label()) }</p>
                    <p class="s-quiet">{ format!("{parts}. {}.", score.scale().label()) }</p>
                </div>
            }
        }
        News2::Incomplete { missing, partial } => {
            let missing: Vec<_> = missing.iter().map(|p| p.label().to_lowercase()).collect();
            let partial: Vec<_> = partial.iter().map(|(p, points)| format!("{} {points}", p.label())).collect();
            html! {
                <div class="s-news2 s-news2--none" data-test="news2">
                    <p class="s-news2__total"><strong>{ "NEWS2 incomplete" }</strong>{ format!(": missing {}", missing.join(", ")) }</p>
                    if !partial.is_empty() { <p class="s-quiet">{ format!("Of what was taken: {}", partial.join(", ")) }</p> }
                </div>
            }
        }
        News2::NotFor(unfit) => html! { <p class="s-news2 s-news2--none" data-test="news2">{ unfit.reason() }</p> },
        News2::NotTaken => Html::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::tenths;

    #[test]
    fn a_flow_is_litres_and_tenths() {
        assert_eq!(tenths("2"), Some(20));
        assert_eq!(tenths("0.5"), Some(5));
        assert_eq!((tenths("2.55"), tenths("x"), tenths("200")), (None, None, None));
    }
}
