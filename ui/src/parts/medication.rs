//! The medication line of the NHS CUI: generic name, form, DOSE, route, frequency, with em dashes; the instruction under it; the
//! status never blank. It writes no instruction of its own.

use crate::words::{lower, medicine_status, word};
use record::summary::{Item, Medication};
use yew::prelude::*;

/// The parts of the line after the name: text, and whether it is the dose.
pub fn parts(medication: &Medication) -> Vec<(String, bool)> {
    let plain = |part: &Option<String>| part.as_deref().map(str::trim).filter(|p| !p.is_empty()).map(str::to_owned);
    let all = [
        (plain(&medication.form), false),
        (plain(&medication.dose), true),
        (plain(&medication.route), false),
        (plain(&medication.frequency), false),
    ];
    all.into_iter().filter_map(|(part, dose)| Some((part?, dose))).collect()
}

/// The line, the instruction and the status.
pub fn line(item: &Item, medication: &Medication) -> Html {
    let (status, own_word) = medicine_status(item.status.as_deref());
    let parts = parts(medication);
    // The dash ends a part, so that a line never begins with one.
    let dash = |more: bool| if more { " \u{2014} " } else { "" };
    let part = |(i, (text, dose)): (usize, &(String, bool))| {
        html! {
            <span class="s-medicine__part">
                if *dose { <>{ "DOSE " }<strong>{ text }</strong></> } else { { text } }
                { dash(i + 1 < parts.len()) }
            </span>
        }
    };
    let beside = [
        ("Course", medication.course.as_deref().map(word)),
        ("Last issued", medication.last_issued.as_ref().map(|w| w.display_date())),
        ("Prescribed by", medication.prescribed_by.clone()),
    ];
    let has_parts = medication.dose.is_some() || medication.frequency.is_some();
    html! {
        <>
        <p class="s-medicine">
            <strong class="s-medicine__name">{ lower(&item.title) }</strong>{ dash(!parts.is_empty()) }
            { for parts.iter().enumerate().map(part) }
        </p>
        if let Some(instruction) = medication.instruction.as_deref().filter(|i| !i.trim().is_empty()) {
            <p class="s-medicine__instruction"><span class="s-label-text">{ "Instruction" }</span>{ " " }{ instruction }</p>
        } else if !has_parts {
            <p class="s-medicine__instruction">{ "No dose or instruction given" }</p>
        }
        <p class="s-facts">
            <span class="s-facts__one"><strong>{ status }</strong>
                if let Some(own) = own_word { <span class="s-quiet">{ format!(" (source: {own})") }</span> }
            </span>
            { for beside.into_iter().filter_map(|(label, value)| Some(html! {
                <span class="s-facts__one"><span class="s-label-text">{ label }</span>{ " " }{ value? }</span>
            })) }
        </p>
        </>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_keeps_the_order_and_leaves_out_what_is_not_given() {
        let medication = Medication {
            form: Some("capsule".into()),
            dose: Some("500 mg".into()),
            route: Some(" ".into()),
            frequency: Some("three times a day".into()),
            ..Medication::default()
        };
        assert_eq!(
            parts(&medication),
            [("capsule".into(), false), ("500 mg".into(), true), ("three times a day".into(), false)]
        );
    }
}
