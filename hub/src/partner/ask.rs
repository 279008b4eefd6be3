//! A request in FHIR's own terms: which type, one by id or several of a person by NHS number. What is not understood is refused, or, where the caller
//! says `Prefer: handling=lenient`, left out and said so: a filter that is silently dropped gives an answer to another question.

use super::Request;
use super::answer::{FHIR_JSON, Reply};
use crate::fhir::{NHS_NUMBER, person_of};
use axum::extract::Query;
use axum::http::{Method, Uri};
use jiff::SignedDuration;
use record::audit::PartnerAct;
use record::{NhsNumber, PersonId, Stamp};

/// The types served, the UK Core profile that each may claim, and whether they are searched.
pub(super) const KINDS: [(&str, Option<&str>, bool); 15] = [
    ("Binary", None, false),
    ("CarePlan", Some("CarePlan"), true),
    ("Condition", Some("Condition"), true),
    ("Consent", Some("Consent"), true),
    ("DetectedIssue", None, true),
    ("DocumentReference", Some("DocumentReference"), true),
    ("Encounter", Some("Encounter"), true),
    ("Flag", Some("Flag"), true),
    ("Goal", None, true),
    ("MedicationAdministration", Some("MedicationAdministration"), true),
    ("Observation", None, true),
    ("Provenance", None, true),
    ("RelatedPerson", None, true),
    ("ServiceRequest", Some("ServiceRequest"), true),
    ("Task", Some("Task"), true),
];

/// Resources on a page where the caller says nothing, and at most.
const PAGE: usize = 50;
pub(super) const MOST: usize = 200;

/// What is asked for.
pub(super) enum Asked {
    Read { kind: &'static str, id: String, person: PersonId },
    Search(Search),
}

/// A search as understood.
pub(super) struct Search {
    pub(super) kind: &'static str,
    pub(super) number: NhsNumber,
    /// Resources on a page; none: only how many there are.
    pub(super) count: usize,
    updated: Vec<Bound>,
    /// The last of the page before.
    pub(super) after: Option<(Stamp, String)>,
    /// What was understood, as it came but for the page: for the link to this search, and for the entry.
    kept: Vec<(String, String)>,
    /// What was not, by name.
    pub(super) ignored: Vec<String>,
}

/// A bound on when the hub last heard of a resource: from the first moment named to before the last.
struct Bound {
    prefix: &'static str,
    from: Stamp,
    until: Stamp,
}

impl Bound {
    /// `ge2026-03-10`, `lt2026-03-10T09:00:00Z`.
    fn parse(text: &str) -> Option<Bound> {
        const PREFIXES: [&str; 5] = ["ge", "gt", "le", "lt", "eq"];
        let prefix = PREFIXES.into_iter().find(|prefix| text.starts_with(prefix));
        let value = prefix.map_or(text, |prefix| &text[prefix.len()..]);
        let (from, until) = match Stamp::parse(value) {
            Some(moment) => (moment, moment.plus(SignedDuration::from_millis(1))),
            None => crate::fhir_consent::read::days(value)?,
        };
        Some(Bound { prefix: prefix.unwrap_or("eq"), from, until })
    }

    fn admits(&self, at: Stamp) -> bool {
        match self.prefix {
            "ge" => at >= self.from,
            "gt" => at >= self.until,
            "le" => at < self.until,
            "lt" => at < self.from,
            _ => at >= self.from && at < self.until,
        }
    }
}

impl Search {
    pub(super) fn admits(&self, updated: Stamp) -> bool {
        self.updated.iter().all(|bound| bound.admits(updated))
    }

    /// The address of this search under `base`, further on after `after`.
    pub(super) fn link(&self, base: &str, after: Option<&str>) -> String {
        let mut pairs = self.kept.clone();
        pairs.extend(after.map(|after| (AFTER.to_owned(), after.to_owned())));
        let query: Vec<String> =
            pairs.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
        format!("{base}/{}?{}", self.kind, query.join("&"))
    }

    /// The same for the entry: a mark stands for the number.
    pub(super) fn recorded(&self, base: &str) -> String {
        let link = self.link(base, self.after.as_ref().map(|(at, id)| cursor(*at, id)).as_deref());
        let link = link.strip_prefix(base).unwrap_or(&link).trim_start_matches('/').to_owned();
        link.replace(&self.number.digits(), PartnerAct::NUMBER)
    }
}

/// Our own parameter: where the next page begins. Clients follow links and do not make it.
const AFTER: &str = "_after";

/// A place between two resources.
pub(super) fn cursor(at: Stamp, id: &str) -> String {
    format!("{}.{id}", at.millis())
}

/// Percent-encoded, but for what has no meaning in a query.
fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/".contains(&byte);
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

fn kind_of(name: &str) -> Result<(&'static str, bool), Reply> {
    let found = KINDS.iter().find(|(kind, ..)| *kind == name).ok_or_else(Reply::no_such_place)?;
    Ok((found.0, found.2))
}

/// `path`: what follows the base address.
pub(super) fn parse(request: &Request, path: &str) -> Result<Asked, Reply> {
    let parts: Vec<&str> = path.split('/').collect();
    match (&request.method, parts.as_slice()) {
        (&Method::GET, [kind, id]) if *id != "_search" => {
            let (kind, _) = kind_of(kind)?;
            // Whoever asks for one asks for it whole; nothing narrows a read.
            if let Some((name, _)) = pairs(&request.uri)?.into_iter().find(|(name, _)| name != "_format") {
                return Err(unknown(&[name]));
            }
            let person = person_of(id).ok_or_else(Reply::nobody)?;
            Ok(Asked::Read { kind, id: (*id).to_owned(), person })
        }
        (&Method::GET, [kind]) => search(request, kind, pairs(&request.uri)?),
        // The number then stands in no address, and so in nobody's log of addresses.
        (&Method::POST, [kind, "_search"]) => {
            let body = std::str::from_utf8(&request.body).map_err(|_| unreadable())?;
            let form: Uri = format!("/?{body}").parse().map_err(|_| unreadable())?;
            let mut all = pairs(&request.uri)?;
            all.extend(pairs(&form)?);
            search(request, kind, all)
        }
        (&Method::GET, _) => Err(Reply::no_such_place()),
        (_, [_, "_search"]) => Err(Reply::not_allowed("POST")),
        _ => Err(Reply::not_allowed("GET")),
    }
}

fn unreadable() -> Reply {
    Reply::bad("BAD_PARAMETER", "The parameters cannot be read.")
}

fn pairs(uri: &Uri) -> Result<Vec<(String, String)>, Reply> {
    Query::<Vec<(String, String)>>::try_from_uri(uri).map(|Query(pairs)| pairs).map_err(|_| unreadable())
}

fn unknown(names: &[String]) -> Reply {
    let text = format!("Not understood here: {}. See /metadata.", names.join(", "));
    Reply::bad("UNKNOWN_PARAMETER", &text)
}

/// Only names that FHIR could have are repeated.
fn plain(name: &str) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
    if name.len() <= 64 && name.chars().all(fits) { name.to_owned() } else { "(a name that is none)".to_owned() }
}

fn lenient(request: &Request) -> bool {
    let prefer = request.headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
    prefer.flat_map(|value| value.split([',', ';'])).any(|part| part.trim().eq_ignore_ascii_case("handling=lenient"))
}

fn search(request: &Request, kind: &str, pairs: Vec<(String, String)>) -> Result<Asked, Reply> {
    let (kind, searched) = kind_of(kind)?;
    if !searched {
        return Err(Reply::bad("UNKNOWN_PARAMETER", "This type is read by id; DocumentReference names what there is."));
    }
    let (mut number, mut count, mut after) = (None, None, None);
    let (mut updated, mut kept, mut ignored) = (Vec::new(), Vec::new(), Vec::new());
    for (name, value) in pairs {
        let again = kept.iter().any(|(other, _): &(String, String)| *other == name);
        match name.as_str() {
            "patient:identifier" | "patient.identifier" if number.is_none() => number = Some(nhs_number(&value)?),
            "_count" if !again => {
                let asked: usize =
                    value.parse().map_err(|_| Reply::bad("BAD_PARAMETER", "_count is a whole number."))?;
                count = Some(asked.min(MOST));
            }
            "_lastUpdated" => {
                let text = "_lastUpdated is a date or a moment, with eq, ge, gt, le or lt before it.";
                updated.push(Bound::parse(&value).ok_or_else(|| Reply::bad("BAD_PARAMETER", text))?);
            }
            "_format" if ["json", "application/json", FHIR_JSON, "application/fhir+json"].contains(&value.as_str()) => {
                continue;
            }
            AFTER if !again => {
                let place = value
                    .split_once('.')
                    .and_then(|(at, id)| Some((Stamp::from_millis(at.parse().ok()?), id.to_owned())));
                after =
                    Some(place.ok_or_else(|| {
                        Reply::bad("BAD_PARAMETER", "Follow the link to the next page as it was given.")
                    })?);
                continue;
            }
            _ => {
                ignored.push(plain(&name));
                continue;
            }
        }
        kept.push((name, value));
    }
    if !ignored.is_empty() && !lenient(request) {
        return Err(unknown(&ignored));
    }
    let text = format!("Say whose: patient:identifier={NHS_NUMBER}|NUMBER");
    let number = number.ok_or_else(|| Reply::bad("MISSING_PARAMETER", &text))?;
    Ok(Asked::Search(Search { kind, number, count: count.unwrap_or(PAGE), updated, after, kept, ignored }))
}

fn nhs_number(value: &str) -> Result<NhsNumber, Reply> {
    let wrong = |text: &str| Reply::bad("INVALID_NHS_NUMBER", text);
    let Some((system, number)) = value.split_once('|') else {
        return Err(wrong("Say which sort of number it is: https://fhir.nhs.uk/Id/nhs-number|NUMBER"));
    };
    if system != NHS_NUMBER {
        return Err(wrong("People are found by NHS number only: https://fhir.nhs.uk/Id/nhs-number|NUMBER"));
    }
    // As ten digits, so that the mark in the entry stands for all of it.
    let ten = number.len() == 10 && number.bytes().all(|b| b.is_ascii_digit());
    let number = ten.then(|| number.parse::<NhsNumber>().ok()).flatten();
    number.ok_or_else(|| wrong("That is not an NHS number: ten digits, the last of which checks the others."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Stamp {
        Stamp::parse(text).unwrap()
    }

    #[test]
    fn bounds_go_by_what_is_named_a_day_or_a_moment() {
        for (bound, moment, admitted) in [
            ("ge2026-03-10", "2026-03-10T00:00:00Z", true),
            ("ge2026-03-10", "2026-03-09T23:59:59Z", false),
            ("gt2026-03-10", "2026-03-10T12:00:00Z", false),
            ("gt2026-03-10", "2026-03-11T00:00:00Z", true),
            ("le2026-03-10", "2026-03-10T23:59:59Z", true),
            ("lt2026-03-10", "2026-03-10T00:00:00Z", false),
            ("2026-03", "2026-03-31T12:00:00Z", true),
            ("eq2026-03", "2026-04-01T12:00:00Z", false),
            ("gt2026-03-10T09:00:00Z", "2026-03-10T09:00:00Z", false),
            ("ge2026-03-10T09:00:00+00:00", "2026-03-10T09:00:00Z", true),
        ] {
            assert_eq!(Bound::parse(bound).unwrap().admits(at(moment)), admitted, "{bound} {moment}");
        }
        for wrong in ["", "soon", "ne2026", "ap2026-03-10", "ge", "2026-13-01", "geé"] {
            assert!(Bound::parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_number_is_ten_digits_of_the_right_sort() {
        let number = NhsNumber::from_stem(999_000_001).unwrap();
        assert!(nhs_number(&format!("{NHS_NUMBER}|{}", number.digits())).is_ok_and(|read| read == number));
        for wrong in [
            number.digits(),
            format!("urn:other|{}", number.digits()),
            format!("{NHS_NUMBER}|{number}"),
            format!("{NHS_NUMBER}|9990000000"),
        ] {
            assert!(nhs_number(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_written_in_a_link_is_encoded() {
        assert_eq!(encoded("a|b c&d=é"), "a%7Cb%20c%26d%3D%C3%A9");
    }
}
