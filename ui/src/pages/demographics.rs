//! Who this person is beyond the banner (zone 2): address, telephone, practice, ethnicity, language; and what other sources say,
//! where more than one says something. Where the location is protected, nothing of it is shown but those words.

use crate::parts::absence::source_name;
use crate::words::{phone, sentence};
use desk::view::OpenedChart;
use record::patient::{Demographics, NameUse};
use yew::prelude::*;

/// The rows of one source's statement. Blank values are said, not left out, for the first five.
pub fn rows(d: &Demographics, protected: bool) -> Vec<(String, String)> {
    let mut rows: Vec<(String, String)> = vec![];
    let mut row = |label: &str, value: String| rows.push((label.to_owned(), value));
    let given = |value: &Option<String>| value.clone().unwrap_or_else(|| "Not recorded".to_owned());
    if protected {
        row("Address", "Location protected".to_owned());
    } else {
        row("Address", d.home().map_or_else(|| "Not recorded".to_owned(), |a| a.one_line()));
        let others = d.addresses.iter().filter(|a| Some(*a) != d.home());
        others.for_each(|a| row(&format!("Address ({})", a.use_.as_deref().unwrap_or("other")), a.one_line()));
        if d.telecoms.is_empty() {
            row("Telephone", "Not recorded".to_owned());
        }
        for telecom in &d.telecoms {
            let spoken = matches!(telecom.system.as_str(), "phone" | "sms" | "fax" | "");
            let label = match telecom.system.as_str() {
                "phone" | "sms" | "" => "Telephone".to_owned(),
                other => sentence(other),
            };
            let used = telecom.use_.as_deref().map(|u| format!(" ({u})")).unwrap_or_default();
            row(&format!("{label}{used}"), if spoken { phone(&telecom.value) } else { telecom.value.clone() });
        }
        row("GP practice", given(&d.gp));
    }
    row("Ethnicity", d.ethnicity.as_ref().map_or("Not recorded", |e| e.label()).to_owned());
    row("Language", given(&d.language));
    if let Some(needed) = d.interpreter {
        row("Interpreter", if needed { "Needed" } else { "Not needed" }.to_owned());
    }
    for (label, value) in [("Marital status", &d.marital_status), ("Religion", &d.religion)] {
        if let Some(value) = value {
            row(label, value.clone());
        }
    }
    d.also.iter().for_each(|(label, value)| row(label, value.clone()));
    for name in d.names.iter().filter(|n| matches!(n.use_, NameUse::Maiden | NameUse::Old | NameUse::Temporary)) {
        row(if name.use_ == NameUse::Temporary { "Temporary name" } else { "Earlier name" }, name.banner());
    }
    rows
}

fn list(d: &Demographics, protected: bool) -> Html {
    html! {
        <dl class="nhsuk-summary-list s-summary">
            { for rows(d, protected).into_iter().map(|(label, value)| html! {
                <div class="nhsuk-summary-list__row">
                    <dt class="nhsuk-summary-list__key">{ label }</dt><dd class="nhsuk-summary-list__value">{ value }</dd>
                </div>
            }) }
        </dl>
    }
}

/// Everything the record says of who the person is.
pub fn demographics(opened: &OpenedChart) -> Html {
    let Some((first, others)) = opened.chart.demographics.split_first() else {
        return html! { <p>{ "No source has sent an address, telephone or practice." }</p> };
    };
    // One source that protects the location protects it from every other's too.
    let protected = opened.chart.demographics.iter().any(|d| d.value.location_protected);
    html! {
        <>
        { list(&first.value, protected) }
        <p class="s-quiet">{ format!("From {}", source_name(&opened.sources, first.source)) }</p>
        { for others.iter().map(|other| html! {
            <>
            <p><strong>{ format!("As {} has it", source_name(&opened.sources, other.source)) }</strong></p>
            <p>{ identity(&other.value) }</p>
            { list(&other.value, protected) }
            </>
        }) }
        </>
    }
}

/// Name, birth and number as a source has them, so that a difference is seen.
fn identity(d: &Demographics) -> String {
    let name = d.name().map_or_else(|| "Name not given".to_owned(), |n| n.banner());
    let born = d.born.as_ref().map_or_else(|| "Not Known".to_owned(), |b| b.display_date());
    let number = d.nhs_number.map_or_else(|| "Not Known".to_owned(), |n| n.to_string());
    format!("{name}, Born {born}, NHS No. {number}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::patient::{Address, Telecom};

    #[test]
    fn a_protected_location_shows_nothing_of_itself() {
        let d = Demographics {
            addresses: vec![Address { lines: vec!["1 Mill Lane".into()], ..Address::default() }],
            telecoms: vec![Telecom { system: "phone".into(), value: "+441305251150".into(), use_: None }],
            gp: Some("Wareham Surgery".into()),
            ..Demographics::default()
        };
        let text = |protected| rows(&d, protected).into_iter().map(|(l, v)| format!("{l}={v};")).collect::<String>();
        let open = text(false);
        assert!(open.contains("1 Mill Lane") && open.contains("01305 251150") && open.contains("Wareham"));
        let shut = text(true);
        assert!(shut.starts_with("Address=Location protected;Ethnicity"), "{shut}");
        assert!(!shut.contains("Mill") && !shut.contains("251150") && !shut.contains("Wareham"));
    }
}
