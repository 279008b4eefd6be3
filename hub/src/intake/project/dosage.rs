//! Dosage instructions in words. The parts of the CUI line (dose, route, frequency) are told only where one instruction says them
//! exactly; otherwise each instruction is a line of its own, with its own dose, time and bounds, and the source's own text first.
//! Ranges and maxima are always said. What is not understood is never left out of a line in silence: the line says "see the source".
//!
//! Not here: which medicine, and whether it is current (`medications`).

use super::json::Json;
use super::words::{self, concept, joined, quantity, range, ratio, when};

/// What the instructions of one medicine come to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Dosages {
    pub dose: Option<String>,
    pub route: Option<String>,
    pub frequency: Option<String>,
    pub instruction: Option<String>,
    /// When the last of them ends, where every one of them says.
    pub until: Option<record::When>,
}

const SEE: &str = "see the source for the rest of this instruction";

/// Reads the elements `dosageInstruction` or `dosage` (FHIR R4 section 2.37, Dosage).
pub(super) fn read(all: &[Json<'_>]) -> Dosages {
    let ends: Option<Vec<_>> = all.iter().map(|d| when(d.at(&["timing", "repeat", "boundsPeriod", "end"]))).collect();
    let until = ends.and_then(|ends| ends.into_iter().max());
    match all {
        [] => Dosages::default(),
        [one] => Dosages { until, ..single(one) },
        many => {
            let routes: Vec<Option<String>> = many.iter().map(|d| concept(d.get("route"))).collect();
            let same = routes.windows(2).all(|pair| pair.first() == pair.last());
            let lines = (1..).zip(many).map(|(n, d)| format!("{}: {}", number(many, d, n), line(d, !same)));
            Dosages {
                route: routes.into_iter().next().flatten().filter(|_| same),
                instruction: joined(lines, "\n"),
                until,
                ..Dosages::default()
            }
        }
    }
}

/// Instructions with numbers of their own follow one another, and those with the same number go together (Dosage.sequence).
fn number(all: &[Json<'_>], one: &Json<'_>, n: usize) -> String {
    match one.str("sequence").filter(|_| all.iter().all(|d| d.str("sequence").is_some())) {
        Some(step) => format!("Step {step}"),
        None => format!("({n})"),
    }
}

fn single(d: &Json<'_>) -> Dosages {
    let text = words_of(d);
    let (dose, frequency) = (dose(d), frequency(d));
    let exact = is_known(d) && dose.is_ok() && frequency.is_ok();
    let route = concept(d.get("route"));
    if exact {
        let (dose, frequency) = (dose.ok().flatten(), frequency.ok().flatten());
        return Dosages { dose, route, frequency, instruction: text, until: None };
    }
    Dosages { route, instruction: Some(line(d, false)), ..Dosages::default() }
}

/// The source's own words: the text, what the patient is told where that is something else, and what is added.
fn words_of(d: &Json<'_>) -> Option<String> {
    let patient = d.owned("patientInstruction").filter(|p| d.str("text") != Some(p));
    joined(d.owned("text").into_iter().chain(patient).chain(words::concepts(d.get("additionalInstruction"))), ". ")
}

/// One instruction in one line: its words, then everything it says apart, in full.
fn line(d: &Json<'_>, with_route: bool) -> String {
    let (dose, frequency) = (dose(d), frequency(d));
    let short = !is_known(d) || dose.is_err() || frequency.is_err();
    let all_doses = dose.unwrap_or_else(|_| joined(d.list("doseAndRate").iter().filter_map(|x| each(x).ok()), "; "));
    let route = concept(d.get("route")).filter(|_| with_route);
    let apart = joined(all_doses.into_iter().chain(route).chain(frequency.unwrap_or_default()), ", ");
    let see = short.then(|| SEE.to_owned());
    joined(words_of(d).into_iter().chain(apart).chain(see), ". ").unwrap_or_else(|| "No dose given".to_owned())
}

/// A part that is there and cannot be told exactly.
struct Inexact;

/// The words of a part: none where it is not there, inexact where it is there and has no words.
fn told<'j, 'a: 'j>(
    json: &'j Json<'a>,
    name: &str,
    words: fn(&Json<'a>) -> Option<String>,
) -> Result<Option<String>, Inexact> {
    match json.get(name) {
        Json::Null => Ok(None),
        value => words(value).map(Some).ok_or(Inexact),
    }
}

/// `5 ml`, `1 to 2 tablets`, `20 mg at 20 mg / 24 h`; an administration gives its dose directly. Two doses (ordered and calculated, say)
/// are not one.
fn dose(d: &Json<'_>) -> Result<Option<String>, Inexact> {
    match d.list("doseAndRate") {
        [] => each(d).map(|words| Some(words).filter(|w| !w.is_empty())),
        [one] if one.get("type").is_null() || concept(one.get("type")).is_some() => each(one).map(Some),
        _ => Err(Inexact),
    }
}

/// The dose and the rate of one `doseAndRate`; of what stands directly in a dosage, where there is none.
fn each(x: &Json<'_>) -> Result<String, Inexact> {
    let dose = told(x, "doseQuantity", quantity)?.or(told(x, "doseRange", range)?).or(told(x, "dose", quantity)?);
    let rate = told(x, "rateRatio", ratio)?.or(told(x, "rateQuantity", quantity)?).or(told(x, "rateRange", range)?);
    let kind =
        if x.get("doseQuantity").is_null() && x.get("doseRange").is_null() { None } else { concept(x.get("type")) };
    let kind = kind.filter(|k| !k.eq_ignore_ascii_case("ordered")).map(|kind| format!(" ({kind})")).unwrap_or_default();
    Ok(match (dose, rate) {
        (Some(dose), Some(rate)) => format!("{dose} at {rate}{kind}"),
        (Some(dose), None) => format!("{dose}{kind}"),
        (None, Some(rate)) => format!("at {rate}{kind}"),
        (None, None) => String::new(),
    })
}

/// How often, when, for how long, where and how, and no more than what.
fn frequency(d: &Json<'_>) -> Result<Option<String>, Inexact> {
    let mut parts: Vec<String> = Vec::new();
    let timing = d.get("timing");
    let repeat = timing.get("repeat");
    match concept(timing.get("code")) {
        Some(code) => parts.push(often(&code).map_or(code, str::to_owned)),
        None => parts.extend(pattern(repeat)?),
    }
    let list = |name: &str, words: fn(&str) -> &str| {
        joined(repeat.list(name).iter().filter_map(|w| w.text().map(|w| words(w).to_owned())), ", ")
    };
    let offset = repeat.owned("offset").map(|minutes| format!("{minutes} minutes "));
    let moments = list("when", moment).map(|moments| format!("{}{moments}", offset.unwrap_or_default()));
    parts.extend(moments.into_iter().chain(list("dayOfWeek", day)).chain(list("timeOfDay", |time| time)));
    let events = timing.list("event").iter().map(|e| when(e).map(|w| w.display()).ok_or(Inexact));
    let events = events.collect::<Result<Vec<_>, Inexact>>()?;
    parts.extend(joined(events.into_iter(), " and ").map(|events| format!("on {events}")));
    parts.extend(match d.choice("asNeeded") {
        Some(("Boolean", json)) => (json.text() == Some("true")).then(|| "as needed".to_owned()),
        Some((_, json)) => Some(format!("as needed for {}", concept(json).ok_or(Inexact)?)),
        None => None,
    });
    parts.extend(bounds(repeat)?);
    parts.extend(told(d, "site", concept)?.map(|site| format!("site {site}")));
    parts.extend(told(d, "method", concept)?.map(|method| format!("method {method}")));
    for (name, words, unit) in [
        ("maxDosePerPeriod", ratio as fn(&Json<'_>) -> Option<String>, ""),
        ("maxDosePerAdministration", quantity, " at one time"),
        ("maxDosePerLifetime", quantity, " in a lifetime"),
    ] {
        let limits =
            d.list(name).iter().map(|limit| words(limit).ok_or(Inexact)).collect::<Result<Vec<_>, Inexact>>()?;
        parts.extend(limits.into_iter().map(|limit| format!("no more than {limit}{unit}")));
    }
    Ok(joined(parts.into_iter(), ", "))
}

/// When somebody is best reached: `in the morning, Monday, Friday`. How often is said only where nothing else is; what is not understood is not left
/// out in silence.
pub(super) fn hours(timing: &Json<'_>) -> String {
    let repeat = timing.get("repeat");
    let list = |name: &str, words: fn(&str) -> &str| {
        joined(repeat.list(name).iter().filter_map(|w| w.text().map(|w| words(w).to_owned())), ", ")
    };
    let named = list("when", moment).into_iter().chain(list("dayOfWeek", day)).chain(list("timeOfDay", |time| time));
    let else_said = || concept(timing.get("code")).or_else(|| pattern(repeat).ok().flatten());
    let known = |name: &str| ["repeat", "code", "id"].contains(&name);
    let whole = timing.members().iter().all(|(name, _)| known(name)) && matches!(bounds(repeat), Ok(None));
    let said = joined(named, ", ").or_else(else_said);
    joined(said.into_iter().chain((!whole).then(|| "see the source for the rest".to_owned())), "; ")
        .unwrap_or_else(|| "see the source".to_owned())
}

/// `2 times a day`, `once every 4 to 6 hours`.
fn pattern(repeat: &Json<'_>) -> Result<Option<String>, Inexact> {
    let times = match (repeat.str("frequency"), repeat.str("frequencyMax")) {
        (n, Some(max)) => Some(format!("{} to {max} times", n.unwrap_or("1"))),
        (Some("1"), None) => Some("once".to_owned()),
        (Some(n), None) => Some(format!("{n} times")),
        (None, None) => None,
    };
    let lasting = match (repeat.str("duration"), repeat.str("durationUnit")) {
        (Some(n), Some(unit)) => {
            let most = repeat.str("durationMax").map(|max| format!(" to {max}")).unwrap_or_default();
            Some(format!("over {n}{most} {}s", unit_of(unit)))
        }
        (None, None) => None,
        _ => return Err(Inexact),
    };
    let often = match (repeat.str("period"), repeat.str("periodMax"), repeat.str("periodUnit")) {
        (Some("1"), None, Some(unit)) => {
            Some(format!("{} a {}", times.unwrap_or_else(|| "once".to_owned()), unit_of(unit)))
        }
        (Some(n), most, Some(unit)) => {
            let most = most.map(|most| format!(" to {most}")).unwrap_or_default();
            Some(format!("{} every {n}{most} {}s", times.unwrap_or_else(|| "once".to_owned()), unit_of(unit)))
        }
        (None, None, None) => times,
        _ => return Err(Inexact),
    };
    Ok(joined(often.into_iter().chain(lasting), ", "))
}

/// For how long, or how many times.
fn bounds(repeat: &Json<'_>) -> Result<Option<String>, Inexact> {
    let period = told(repeat, "boundsPeriod", words::period_words)?;
    let length = told(repeat, "boundsDuration", quantity)?.or(told(repeat, "boundsRange", range)?);
    let length = length.map(|length| format!("for {length}"));
    let count = match (repeat.str("count"), repeat.str("countMax")) {
        (Some(n), Some(most)) => Some(format!("{n} to {most} times in all")),
        (Some(n), None) | (None, Some(n)) => Some(format!("{n} times in all")),
        (None, None) => None,
    };
    Ok(joined(period.into_iter().chain(length).chain(count), ", "))
}

/// Whether every member of it is one that is read here.
fn is_known(d: &Json<'_>) -> bool {
    const DOSAGE: [&str; 22] = [
        "sequence",
        "text",
        "additionalInstruction",
        "patientInstruction",
        "timing",
        "asNeededBoolean",
        "asNeededCodeableConcept",
        "site",
        "route",
        "method",
        "doseAndRate",
        "maxDosePerPeriod",
        "maxDosePerAdministration",
        "maxDosePerLifetime",
        "dose",
        "doseQuantity",
        "doseRange",
        "rateRatio",
        "rateRange",
        "rateQuantity",
        "id",
        "extension",
    ];
    const TIMING: [&str; 5] = ["event", "repeat", "code", "id", "extension"];
    const REPEAT: [&str; 19] = [
        "boundsDuration",
        "boundsRange",
        "boundsPeriod",
        "count",
        "countMax",
        "duration",
        "durationMax",
        "durationUnit",
        "frequency",
        "frequencyMax",
        "period",
        "periodMax",
        "periodUnit",
        "dayOfWeek",
        "timeOfDay",
        "when",
        "offset",
        "id",
        "extension",
    ];
    const DOSE: [&str; 8] =
        ["type", "doseQuantity", "doseRange", "rateRatio", "rateRange", "rateQuantity", "id", "extension"];
    let only = |json: &Json<'_>, known: &[&str]| json.members().iter().all(|(name, _)| known.contains(&name.as_ref()));
    only(d, &DOSAGE)
        && only(d.get("timing"), &TIMING)
        && only(d.at(&["timing", "repeat"]), &REPEAT)
        && d.list("doseAndRate").iter().all(|x| only(x, &DOSE))
}

fn unit_of(unit: &str) -> &str {
    match unit {
        "s" => "second",
        "min" => "minute",
        "h" => "hour",
        "d" => "day",
        "wk" => "week",
        "mo" => "month",
        "a" => "year",
        other => other,
    }
}

/// FHIR event timings and v3 TimingEvent in words.
fn moment(code: &str) -> &str {
    match code {
        "MORN" => "in the morning",
        "MORN.early" => "early in the morning",
        "MORN.late" => "late in the morning",
        "NOON" => "at noon",
        "AFT" => "in the afternoon",
        "AFT.early" => "early in the afternoon",
        "AFT.late" => "late in the afternoon",
        "EVE" => "in the evening",
        "EVE.early" => "early in the evening",
        "EVE.late" => "late in the evening",
        "NIGHT" => "at night",
        "PHS" => "after sleep",
        "HS" => "before sleep",
        "WAKE" => "on waking",
        "C" => "with a meal",
        "CM" => "with breakfast",
        "CD" => "with lunch",
        "CV" => "with dinner",
        "AC" => "before a meal",
        "ACM" => "before breakfast",
        "ACD" => "before lunch",
        "ACV" => "before dinner",
        "PC" => "after a meal",
        "PCM" => "after breakfast",
        "PCD" => "after lunch",
        "PCV" => "after dinner",
        other => other,
    }
}

fn day(code: &str) -> &str {
    match code {
        "mon" => "Monday",
        "tue" => "Tuesday",
        "wed" => "Wednesday",
        "thu" => "Thursday",
        "fri" => "Friday",
        "sat" => "Saturday",
        "sun" => "Sunday",
        other => other,
    }
}

/// v3 GTSAbbreviation in words; any other code stays as it is.
fn often(code: &str) -> Option<&'static str> {
    Some(match code {
        "QD" => "once a day",
        "BID" => "2 times a day",
        "TID" => "3 times a day",
        "QID" => "4 times a day",
        "QOD" => "every other day",
        "AM" => "every morning",
        "PM" => "every afternoon",
        _ => return None,
    })
}

#[cfg(test)]
#[path = "dosage_tests.rs"]
mod tests;
