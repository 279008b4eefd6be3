//! Measured and reported values: value, unit, range and flag stay together; a flag is a word and a sign. A missing range is said,
//! for it is not the same as normal.

use crate::words::{Tone, flag};
use record::summary::Reading;
use record::unit::in_words;
use yew::prelude::*;

/// What a reading shows as its value: the value with its unit, or why there is none.
pub fn value(reading: &Reading) -> String {
    if reading.value.trim().is_empty() {
        let why = reading.missing.as_deref().unwrap_or("no value given");
        return crate::words::sentence(why);
    }
    let unit = reading.unit.as_deref().map(in_words).unwrap_or_default();
    let glue = if unit.is_empty() || unit == "%" { "" } else { "\u{a0}" };
    format!("{}{glue}{unit}", reading.value)
}

/// Whether the item's title says all of the name of its one reading.
pub fn is_one(all: &[Reading], title: &str) -> bool {
    matches!(all, [only] if only.name.is_empty() || only.name.eq_ignore_ascii_case(title))
}

/// The readings of an item; `ranged` where a range is expected (laboratory results).
pub fn readings(all: &[Reading], title: &str, ranged: bool) -> Html {
    let one = |reading: &Reading| {
        let named = !reading.name.is_empty() && !reading.name.eq_ignore_ascii_case(title);
        let missing = reading.value.trim().is_empty();
        // A number stays beside its unit; words may part.
        let words = (reading.value.len() > 24).then_some("s-reading__words");
        let class = if missing { Some("s-reading__missing") } else { words };
        html! {
            <li class="s-reading">
                if named { <span class="s-reading__name">{ &reading.name }</span>{ " " } }
                <span class="s-reading__together">
                    <strong {class}>{ value(reading) }</strong>
                    if let Some(range) = &reading.range {
                        <span class="s-reading__range">{ " " }<span class="s-label-text">{ "Range" }</span>{ " " }{ range }</span>
                    } else if ranged && !missing {
                        <span class="s-reading__range s-quiet">{ " No range given" }</span>
                    }
                    if let Some(given) = &reading.flag { { " " }{ flagged(given) } }
                </span>
            </li>
        }
    };
    html! { <ul class="s-readings">{ for all.iter().map(one) }</ul> }
}

fn flagged(given: &str) -> Html {
    let (word, sign, tone) = flag(given);
    let class = match tone {
        Tone::Plain => "s-flag",
        Tone::Raised => "s-flag s-flag--raised",
        Tone::Urgent => "s-flag s-flag--urgent",
    };
    html! {
        <span {class}>
            if !sign.is_empty() { <span aria-hidden="true">{ sign }{ "\u{a0}" }</span> }
            { word }
        </span>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_never_parted_from_its_unit_and_absence_is_said() {
        let reading =
            |value: &str, unit: &str| Reading { value: value.into(), unit: Some(unit.into()), ..Reading::default() };
        assert_eq!(value(&reading("5.0", "mmol/L")), "5.0\u{a0}mmol/L");
        assert_eq!(value(&reading("97", "percent")), "97%");
        assert_eq!(value(&Reading::default()), "No value given");
        let refused = Reading { missing: Some("the person declined".into()), ..Reading::default() };
        assert_eq!(value(&refused), "The person declined");
    }
}
