//! FHIR datatypes as words: concepts, quantities, periods, names, addresses, doses. The source's own words always win, and nothing
//! is translated, rounded or looked up.

use super::json::Json;
use record::When;
use record::patient::{Address, Name, NameUse};
use record::summary::{Coding, Line};

/// What to show for a CodeableConcept: its text, else what the user picked, else the description of the description id, else the
/// first display, else a code (`reference/records.md` section 1).
pub fn concept(json: &Json<'_>) -> Option<String> {
    let codings = json.list("coding");
    let picked = codings.iter().find(|c| c.bool("userSelected") == Some(true)).and_then(|c| c.str("display"));
    let described = || {
        codings.iter().find_map(|c| {
            c.extension("CodingSCTDescDisplay").text().or_else(|| {
                let ids = c
                    .list("extension")
                    .iter()
                    .filter(|e| e.str("url").is_some_and(|u| u.contains("SCTDescId") || u.contains("sctdescid")));
                ids.into_iter().find_map(|e| e.extension("escriptionDisplay").text())
            })
        })
    };
    json.str("text")
        .or(picked)
        .or_else(described)
        .or_else(|| codings.iter().find_map(|c| c.str("display")))
        .or_else(|| codings.iter().find_map(|c| c.str("code")))
        .or_else(|| json.text())
        .or_else(|| json.str("display").or_else(|| json.str("code")))
        .map(str::to_owned)
}

/// Every coding of a CodeableConcept, in order.
pub fn codings(json: &Json<'_>) -> Vec<Coding> {
    let coding = |c: &Json<'_>| {
        Some(Coding {
            system: c.owned("system").unwrap_or_default(),
            code: c.owned("code")?,
            display: c.owned("display"),
        })
    };
    json.list("coding").iter().filter_map(coding).collect()
}

/// Whether any coding has one of these codes, whichever system it claims (dm+d ids are SNOMED ids, records.md section 1).
pub fn has_code(json: &Json<'_>, codes: &[&str]) -> bool {
    json.items().iter().any(|concept| {
        concept.list("coding").iter().chain([concept]).any(|c| c.str("code").is_some_and(|code| codes.contains(&code)))
    })
}

/// The concepts of a list joined by commas.
pub fn concepts(json: &Json<'_>) -> Option<String> {
    joined(json.items().iter().filter_map(concept), ", ")
}

pub fn joined(parts: impl Iterator<Item = String>, by: &str) -> Option<String> {
    let parts: Vec<String> = parts.filter(|p| !p.trim().is_empty()).collect();
    (!parts.is_empty()).then(|| parts.join(by))
}

pub fn when(json: &Json<'_>) -> Option<When> {
    json.text().and_then(When::parse)
}

/// The start and end of a date, a period or a timing given under a choice element.
pub fn span(json: &Json<'_>, stem: &str) -> (Option<When>, Option<When>) {
    match json.choice(stem) {
        Some(("Period", period)) => period_of(period),
        Some(("Timing", timing)) => match timing.get("event").items() {
            [] => period_of(timing.at(&["repeat", "boundsPeriod"])),
            events => (events.first().and_then(when), events.last().and_then(when)),
        },
        Some((_, value)) => (when(value), None),
        None => (None, None),
    }
}

pub fn period_of(json: &Json<'_>) -> (Option<When>, Option<When>) {
    (when(json.get("start")), when(json.get("end")))
}

pub fn period_words(json: &Json<'_>) -> Option<String> {
    match period_of(json) {
        (Some(from), Some(to)) => Some(format!("{} to {}", from.display(), to.display())),
        (Some(from), None) => Some(format!("from {}", from.display())),
        (None, Some(to)) => Some(format!("to {}", to.display())),
        (None, None) => None,
    }
}

/// `5.0 mg`, `<3 mmol/L`.
pub fn quantity(json: &Json<'_>) -> Option<String> {
    let (value, unit) = quantity_parts(json)?;
    Some(unit.map_or(value.clone(), |unit| format!("{value} {unit}")))
}

/// The value with its comparator, and the unit as the source names it.
pub fn quantity_parts(json: &Json<'_>) -> Option<(String, Option<String>)> {
    let value = format!("{}{}", json.str("comparator").unwrap_or(""), json.str("value")?);
    Some((value, json.owned("unit").or_else(|| json.owned("code"))))
}

pub fn range(json: &Json<'_>) -> Option<String> {
    match (quantity(json.get("low")), quantity(json.get("high"))) {
        (Some(low), Some(high)) => Some(format!("{low} to {high}")),
        (Some(low), None) => Some(format!("{low} or more")),
        (None, Some(high)) => Some(format!("{high} or less")),
        (None, None) => None,
    }
}

pub fn ratio(json: &Json<'_>) -> Option<String> {
    Some(format!("{} / {}", quantity(json.get("numerator"))?, quantity(json.get("denominator"))?))
}

/// Any FHIR value as words and, for a quantity, its unit apart.
pub fn value(kind: &str, json: &Json<'_>) -> Option<(String, Option<String>)> {
    let plain = |text: Option<String>| text.map(|t| (t, None));
    match kind {
        "Quantity" | "Age" | "Duration" | "Count" | "Distance" | "Money" => {
            quantity_parts(json).or_else(|| plain(concept(json)))
        }
        "CodeableConcept" | "Coding" => plain(concept(json)),
        "Range" => plain(range(json)),
        "Ratio" => plain(ratio(json)),
        "Period" => plain(period_words(json)),
        "Boolean" => plain(json.text().map(|t| if t == "true" { "Yes" } else { "No" }.to_owned())),
        "DateTime" | "Date" | "Instant" => {
            plain(when(json).map(|w| w.display()).or_else(|| json.text().map(str::to_owned)))
        }
        "Reference" => plain(json.owned("display").or_else(|| json.owned("reference"))),
        "Identifier" => plain(json.owned("value")),
        "Attachment" => plain(json.owned("title").or_else(|| json.owned("contentType"))),
        "SampledData" => plain(Some("sampled data".to_owned())),
        "HumanName" => plain(name(json).map(|n| n.banner())),
        "Address" => plain(Some(address(json).one_line())),
        _ => plain(json.text().map(str::to_owned).or_else(|| concept(json))),
    }
}

/// A name; one sent only as text is kept as the family name.
pub fn name(json: &Json<'_>) -> Option<Name> {
    let many = |name: &str| json.list(name).iter().filter_map(|g| g.text().map(str::to_owned)).collect::<Vec<_>>();
    let mut family = json.owned("family").unwrap_or_default();
    let given = many("given");
    if family.is_empty() && given.is_empty() {
        family = json.owned("text")?;
    }
    let use_ = match json.str("use") {
        Some("nickname") => NameUse::Preferred,
        Some("maiden") => NameUse::Maiden,
        Some("old") => NameUse::Old,
        Some("temp") | Some("anonymous") => NameUse::Temporary,
        _ => NameUse::Usual,
    };
    Some(Name { family, given, prefix: many("prefix"), use_ })
}

/// A name as people write it: `Dr Noe Dibbert`.
pub fn plain_name(json: &Json<'_>) -> Option<String> {
    if let Some(text) = json.str("text") {
        return Some(text.to_owned());
    }
    let Name { family, given, prefix, .. } = name(json)?;
    joined(prefix.into_iter().chain(given).chain([family]), " ")
}

pub fn address(json: &Json<'_>) -> Address {
    let mut lines: Vec<String> = json.list("line").iter().filter_map(|l| l.text().map(str::to_owned)).collect();
    for part in ["city", "district", "state"] {
        lines.extend(json.owned(part).filter(|p| !lines.contains(p)));
    }
    if lines.is_empty() {
        lines.extend(json.owned("text"));
    }
    Address { lines, postcode: json.owned("postalCode"), use_: json.owned("use") }
}

/// Adds a labelled line where there is something to say.
pub fn line(lines: &mut Vec<Line>, label: &str, value: Option<String>) {
    if let Some(value) = value.filter(|v| !v.trim().is_empty()) {
        lines.push(Line(label.to_owned(), value));
    }
}

/// The notes of a resource, each on its own line.
pub fn notes(lines: &mut Vec<Line>, json: &Json<'_>) {
    for note in json.list("note") {
        line(lines, "Note", note.owned("text").or_else(|| note.text().map(str::to_owned)));
    }
}

/// The words of a narrative, without its mark-up.
pub fn narrative(json: &Json<'_>) -> Option<String> {
    without_markup(json.at(&["text", "div"]).text()?)
}

/// The words of HTML: tags are spaces, entities what they stand for, each decoded once.
pub fn without_markup(html: &str) -> Option<String> {
    let mut words = String::with_capacity(html.len());
    let mut inside = false;
    for c in html.chars() {
        match c {
            '<' => {
                inside = true;
                words.push(' ');
            }
            '>' => inside = false,
            _ if !inside => words.push(c),
            _ => {}
        }
    }
    let plain = entities(&words);
    let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    (!plain.is_empty()).then_some(plain)
}

/// Character references of HTML (the five of XML, the space, and numeric ones) as characters; any other stays as written.
fn entities(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        let named = after.split_once(';').filter(|(name, _)| name.len() <= 8);
        let found = named.and_then(|(name, _)| match name {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            "nbsp" => Some(' '),
            "pound" => Some('£'),
            "deg" => Some('°'),
            "micro" => Some('µ'),
            name => {
                let number = name.strip_prefix('#')?;
                let hex = number.strip_prefix(['x', 'X']).map(|h| u32::from_str_radix(h, 16).ok());
                char::from_u32(hex.unwrap_or_else(|| number.parse().ok())?)
            }
        });
        match (found, named) {
            (Some(c), Some((_, after))) => {
                plain.push(c);
                rest = after;
            }
            _ => {
                plain.push('&');
                rest = after;
            }
        }
    }
    plain.push_str(rest);
    plain
}

/// A code in camel or kebab case as words: `FamilyMemberHistory` is `Family member history`, `EOLPlan` stays `EOLPlan`.
pub fn spaced(code: &str) -> String {
    let mut words = String::with_capacity(code.len() + 4);
    let mut letters = code.chars().peekable();
    let mut before = ' ';
    while let Some(c) = letters.next() {
        let starts_word = c.is_uppercase() && before.is_lowercase();
        if starts_word {
            words.push(' ');
        }
        if starts_word && letters.peek().is_some_and(|next| next.is_lowercase()) {
            words.extend(c.to_lowercase());
        } else {
            words.push(if c == '-' || c == '_' { ' ' } else { c });
        }
        before = c;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(json: &str, shown: Option<&str>) {
        assert_eq!(Json::parse(json).and_then(|j| concept(&j)).as_deref(), shown, "{json}");
    }

    #[test]
    fn the_title_is_in_the_words_of_the_source() {
        check(r#"{"text":"Heart attack","coding":[{"display":"Myocardial infarction"}]}"#, Some("Heart attack"));
        check(r#"{"coding":[{"display":"A"},{"display":"B","userSelected":true}]}"#, Some("B"));
        check(
            r#"{"coding":[{"display":"A","extension":[{"url":"https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-CodingSCTDescDisplay","valueString":"C"}]}]}"#,
            Some("C"),
        );
        check(r#"{"coding":[{"code":"1"},{"display":"D"}]}"#, Some("D"));
        check(r#"{"coding":[{"code":"1"}]}"#, Some("1"));
        check(r#"{"coding":[]}"#, None);
        check("{}", None);
    }

    #[test]
    fn quantities_keep_digits_and_comparators() {
        let Some(json) = Json::parse(r#"{"value":1.50,"comparator":"<","unit":"mg"}"#) else { panic!() };
        assert_eq!(quantity(&json).as_deref(), Some("<1.50 mg"));
        assert_eq!(spaced("FamilyMemberHistory"), "Family member history");
        let Some(json) = Json::parse(r#"{"text":{"div":"<div>A &amp; <b>B</b></div>"}}"#) else { panic!() };
        assert_eq!(narrative(&json).as_deref(), Some("A & B"));
        assert_eq!(
            without_markup("<p>Dr M&apos;s &quot;x&quot; &amp;lt; &#163;5 &#x41;</p> R&D &bogus;").as_deref(),
            Some("Dr M's \"x\" &lt; £5 A R&D &bogus;")
        );
    }
}
