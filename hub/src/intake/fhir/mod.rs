//! A document into its resources: a Bundle of any kind (nested too), Parameters that carry resources, or one resource alone. Every
//! resource stays the text the source sent, byte for byte; contained resources stay inside. Structure only: profiles and codes are
//! never judged (UK Core bindings are preferred or extensible).

pub mod head;
pub mod kinds;
mod old;
pub mod scan;

use super::ParkReason;
use head::{Head, list, object, text};
use kinds::Subject;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

/// Bundles in Bundles in Bundles: no feed goes deeper.
const NESTING_LIMIT: usize = 8;

/// One resource of a document.
#[derive(Debug)]
pub struct Piece<'a> {
    pub kind: &'static str,
    pub about: Subject,
    /// Its id, else that of its full address, else a hash of its content.
    pub rid: String,
    pub full_url: Option<String>,
    /// As received.
    pub raw: &'a str,
    pub head: Head<'a>,
}

/// Something in a document that is not a resource we can take in.
#[derive(Debug, PartialEq, Eq)]
pub struct Complaint<'a> {
    pub reason: ParkReason,
    /// Log-safe.
    pub detail: String,
    pub raw: &'a str,
}

/// What a document holds.
#[derive(Debug, Default)]
pub struct Split<'a> {
    pub pieces: Vec<Piece<'a>>,
    pub complaints: Vec<Complaint<'a>>,
    /// It is a Bundle of type `document` (R4 section 3.3): one Composition speaks for all of it.
    pub is_document: bool,
    /// A profile of an older FHIR version was met: the document as a whole is not R4.
    old: bool,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Entry<'a> {
    #[serde(borrow)]
    full_url: Option<&'a RawValue>,
    resource: Option<&'a RawValue>,
    request: Option<&'a RawValue>,
    response: Option<&'a RawValue>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Request<'a> {
    #[serde(borrow)]
    method: Option<&'a RawValue>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Parameter<'a> {
    #[serde(borrow)]
    resource: Option<&'a RawValue>,
}

/// Splits a document. Never fails: what is wrong is a complaint.
pub fn split(document: &str) -> Split<'_> {
    let mut split = Split::default();
    let json = document.trim_matches([' ', '\t', '\r', '\n']);
    // Reading the head of an object reads all of it, so only what has no head need be looked at again.
    match object::<Head<'_>>(json) {
        Some(head) => resource(json, head, None, 0, &Place::Document, &mut split),
        None => {
            let (reason, detail) = match check_json(json) {
                Ok(()) => headless(json, &Place::Document),
                Err(e) => e,
            };
            split.complaints.push(Complaint { reason, detail, raw: document });
        }
    }
    if split.old {
        let detail = "a profile of an older FHIR version".to_owned();
        return Split {
            complaints: vec![Complaint { reason: ParkReason::OldVersion, detail, raw: document }],
            ..Split::default()
        };
    }
    split
}

/// Whether it is JSON at all; if not, where it stops being JSON.
fn check_json(json: &str) -> Result<(), (ParkReason, String)> {
    if json.is_empty() {
        return Err((ParkReason::Empty, "no content".to_owned()));
    }
    match serde_json::from_str::<IgnoredAny>(json) {
        Ok(_) => Ok(()),
        Err(e) => Err((ParkReason::NotJson, format!("line {} of the document, column {}", e.line(), e.column()))),
    }
}

/// Where in a document something stands; put into words only when somebody must hear of it.
enum Place<'p> {
    Document,
    Entry(&'p Place<'p>, usize),
    Parameter(&'p Place<'p>, usize),
}

impl std::fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Place::Document => f.write_str("the document"),
            Place::Entry(Place::Document, n) => write!(f, "entry {n}"),
            Place::Entry(outer, n) => write!(f, "{outer}, entry {n}"),
            Place::Parameter(outer, n) => write!(f, "{outer}, parameter {n}"),
        }
    }
}

/// Why JSON has no readable head.
fn headless(json: &str, place: &Place<'_>) -> (ParkReason, String) {
    let reason = match (json.starts_with('{'), scan::traps(json)) {
        (true, Some(scan::Trap::DuplicateKey)) => ParkReason::DuplicateKey,
        (true, Some(scan::Trap::TooDeep)) => ParkReason::TooDeep,
        _ => ParkReason::NotFhir,
    };
    (reason, format!("{place}: not a resource"))
}

/// Takes in a resource that stands inside another.
fn inner<'a>(json: &'a str, full_url: Option<String>, depth: usize, place: &Place<'_>, split: &mut Split<'a>) {
    match object::<Head<'a>>(json) {
        Some(head) => resource(json, head, full_url, depth, place, split),
        None => {
            let (reason, detail) = headless(json, place);
            split.complaints.push(Complaint { reason, detail, raw: json });
        }
    }
}

/// Takes in one resource at `place`, or the resources inside it.
fn resource<'a>(
    json: &'a str,
    head: Head<'a>,
    full_url: Option<String>,
    depth: usize,
    place: &Place<'_>,
    split: &mut Split<'a>,
) {
    let mut complain = |reason, detail: String| split.complaints.push(Complaint { reason, detail, raw: json });
    let Some(name) = text(head.resource_type) else {
        return complain(ParkReason::NotFhir, format!("{place}: no resourceType"));
    };
    let Some((kind, about)) = kinds::kind(&name) else {
        let old = kinds::is_old_kind(&name);
        let reason = if old { ParkReason::OldVersion } else { ParkReason::UnknownType };
        return complain(reason, format!("{place}: not a resource type of R4"));
    };
    if is_old_profile(&head) {
        split.old = true;
        return;
    }
    if depth < NESTING_LIMIT && kind == "Bundle" {
        return bundle(&head, json, depth, place, split);
    }
    if depth < NESTING_LIMIT && kind == "Parameters" && parameters(&head, depth, place, split) {
        return;
    }
    let mut complain = |reason, what: &str| {
        split.complaints.push(Complaint { reason, detail: format!("{place}: {kind}: {what}"), raw: json });
    };
    match scan::traps(json) {
        Some(scan::Trap::TooDeep) => return complain(ParkReason::TooDeep, "nested too deep"),
        Some(scan::Trap::DuplicateKey) => return complain(ParkReason::DuplicateKey, "a name stands twice"),
        None => {}
    }
    if old::is_old_shape(kind, &head, json) {
        return complain(ParkReason::OldVersion, "an element as STU3 has it");
    }
    if let Some(element) = wrong_shape(&head, about) {
        return complain(ParkReason::WrongShape, element);
    }
    let id = match (head.id, text(head.id)) {
        (None, _) => None,
        (Some(_), Some(id)) if is_id(&id) => Some(id.into_owned()),
        _ => return complain(ParkReason::WrongShape, "id"),
    };
    let rid = id.or_else(|| full_url.as_deref().and_then(id_of_url)).unwrap_or_else(|| content_id(json));
    split.pieces.push(Piece { kind, about, rid, full_url, raw: json, head });
}

fn bundle<'a>(head: &Head<'a>, json: &'a str, depth: usize, place: &Place<'_>, split: &mut Split<'a>) {
    let Some(list) = head.entry else { return };
    split.is_document |= depth == 0 && text(head.type_).as_deref() == Some("document");
    // All at once where they are all in order; one by one where some are not. (A list in place of an entry would be read as one.)
    let entries = serde_json::from_str::<Vec<Entry<'a>>>(list.get()).ok().filter(|all| all.iter().all(Entry::is_clear));
    if let Some(entries) = entries {
        for (n, entry) in (1..).zip(entries) {
            self::entry(&entry, list.get(), depth, &Place::Entry(place, n), split);
        }
        return;
    }
    let Ok(entries) = serde_json::from_str::<Vec<&'a RawValue>>(list.get()) else {
        let detail = format!("{place}: entry is not a list");
        return split.complaints.push(Complaint { reason: ParkReason::WrongShape, detail, raw: json });
    };
    for (n, raw) in (1..).zip(entries) {
        let place = Place::Entry(place, n);
        match object::<Entry<'a>>(raw.get()) {
            Some(entry) => self::entry(&entry, raw.get(), depth, &place, split),
            None => split.complaints.push(Complaint {
                reason: ParkReason::WrongShape,
                detail: format!("{place}: not an entry"),
                raw: raw.get(),
            }),
        }
    }
}

impl Entry<'_> {
    /// Holds a resource and nothing that needs a second look.
    fn is_clear(&self) -> bool {
        self.resource.is_some_and(|r| r.get().starts_with('{'))
            && self.full_url.is_none_or(|u| u.get().starts_with('"'))
            && self.request.is_none_or(|r| r.get().starts_with('{') && !r.get().contains("DELETE"))
    }
}

fn entry<'a>(entry: &Entry<'a>, raw: &'a str, depth: usize, place: &Place<'_>, split: &mut Split<'a>) {
    let mut complain = |reason, what: &str| {
        split.complaints.push(Complaint { reason, detail: format!("{place}: {what}"), raw });
    };
    let method = entry.request.and_then(|r| object::<Request<'_>>(r.get())).unwrap_or_default().method;
    let method = text(method);
    if method.as_deref() == Some("DELETE") {
        return complain(ParkReason::DeleteAsked, "DELETE");
    }
    match entry.resource {
        Some(resource) => {
            let full_url = text(entry.full_url).map(|u| u.into_owned());
            inner(resource.get(), full_url, depth + 1, place, split);
        }
        // The answer of a server to a transaction has no resource; a request to read has none either.
        None if entry.response.is_some() || matches!(method.as_deref(), Some("GET" | "HEAD")) => {}
        None => complain(ParkReason::WrongShape, "no resource"),
    }
}

/// What an entry asks to delete: kind and id; `None` where it names it by a search.
pub fn to_delete(raw: &str) -> Option<(&'static str, String)> {
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Asked<'a> {
        #[serde(borrow)]
        url: Option<&'a RawValue>,
    }
    let request = object::<Entry<'_>>(raw)?.request?;
    match head::Target::parse(&text(object::<Asked<'_>>(request.get())?.url)?)? {
        head::Target::Local { kind, rid } => Some((kind, rid)),
        _ => None,
    }
}

/// Takes in the resources that Parameters carry; says whether there were any.
fn parameters<'a>(head: &Head<'a>, depth: usize, place: &Place<'_>, split: &mut Split<'a>) -> bool {
    let mut any = false;
    for (n, raw) in (1..).zip(list(head.parameter)) {
        if let Some(Parameter { resource: Some(resource) }) = object::<Parameter<'a>>(raw.get()) {
            any = true;
            inner(resource.get(), None, depth + 1, &Place::Parameter(place, n), split);
        }
    }
    any
}

fn is_old_profile(head: &Head<'_>) -> bool {
    let Some(profile) = head.meta.filter(|m| m.get().contains("STU")).and_then(|_| head.meta().profile) else {
        return false;
    };
    profile.get().contains("/STU3/") || profile.get().contains("/DSTU2/")
}

/// The elements this intake relies on must be objects or lists where FHIR has objects or lists.
fn wrong_shape(head: &Head<'_>, about: Subject) -> Option<&'static str> {
    let is = |raw: Option<&RawValue>, starts: &[char]| raw.is_none_or(|r| r.get().starts_with(starts));
    let element = match about {
        Subject::Must(element) => element,
        Subject::May(element, _) => element,
        Subject::Itself | Subject::Nobody => "",
    };
    if !is(head.meta, &['{']) {
        return Some("meta");
    }
    if !is(head.contained, &['[']) {
        return Some("contained");
    }
    if !is(head.identifier, &['[', '{']) {
        return Some("identifier");
    }
    if !is(head.element(element), &['[', '{']) {
        return Some(element);
    }
    if matches!(about, Subject::Itself) && !(is(head.name, &['[']) && is(head.birth_date, &['"'])) {
        return Some("name or birthDate");
    }
    None
}

/// FHIR ids have 1 to 64 letters, digits, `-` and `.` (R4 section 2.24.0.1). `_` is met in practice and harmless.
fn is_id(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b))
}

fn id_of_url(url: &str) -> Option<String> {
    let id = url.strip_prefix("urn:uuid:").or_else(|| url.rsplit(['/', ':']).next())?;
    is_id(id).then(|| id.to_owned())
}

fn content_id(json: &str) -> String {
    let hash = Sha256::digest(json.as_bytes());
    let hex: String = hash.iter().take(16).map(|b| format!("{b:02x}")).collect();
    format!("content-{hex}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(json: &str, pieces: &[&str], complaints: &[(&str, &str)]) {
        let split = split(json);
        let found: Vec<String> = split.pieces.iter().map(|p| format!("{}/{}", p.kind, p.rid)).collect();
        let said: Vec<(&str, &str)> = split.complaints.iter().map(|c| (c.reason.code(), c.detail.as_str())).collect();
        assert_eq!((found, said), (pieces.iter().map(|p| (*p).to_owned()).collect(), complaints.to_vec()), "{json}");
    }

    #[test]
    fn documents_and_what_is_in_them() {
        check(r#"{"resourceType":"Patient","id":"a"}"#, &["Patient/a"], &[]);
        check(
            r#" {"resourceType":"Bundle","type":"transaction","entry":[
                {"fullUrl":"urn:uuid:u1","resource":{"resourceType":"Patient"}},
                {"resource":{"resourceType":"Observation","id":"o","valueQuantity":{"value":1.50}}},
                {"resource":{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Flag","id":"f"}}]}}]} "#,
            &["Patient/u1", "Observation/o", "Flag/f"],
            &[],
        );
        check(r#"{"resourceType":"Bundle","type":"searchset","total":0}"#, &[], &[]);
        check(
            r#"{"resourceType":"Parameters","parameter":[{"resource":{"resourceType":"Task","id":"t"}},{"name":"x"}]}"#,
            &["Task/t"],
            &[],
        );
        let nameless = split(r#"{"resourceType":"Patient"}"#);
        assert!(nameless.pieces[0].rid.starts_with("content-") && is_id(&nameless.pieces[0].rid));
    }

    #[test]
    fn what_cannot_be_taken_in_never_stops_the_rest() {
        check("", &[], &[("EMPTY", "no content")]);
        check("{\"resourceType\":", &[], &[("NOT_JSON", "line 1 of the document, column 16")]);
        check("[]", &[], &[("NOT_FHIR", "the document: not a resource")]);
        check("{}", &[], &[("NOT_FHIR", "the document: no resourceType")]);
        check(r#"{"resourceType":"Cabbage"}"#, &[], &[("UNKNOWN_TYPE", "the document: not a resource type of R4")]);
        check(
            r#"{"resourceType":"ReferralRequest"}"#,
            &[],
            &[("OLD_VERSION", "the document: not a resource type of R4")],
        );
        check(r#"{"resourceType":"Patient","id":7}"#, &[], &[("WRONG_SHAPE", "the document: Patient: id")]);
        check(r#"{"resourceType":"Flag","subject":"me"}"#, &[], &[("WRONG_SHAPE", "the document: Flag: subject")]);
        check(
            r#"{"resourceType":"Flag","period":{"start":"1","start":"2"}}"#,
            &[],
            &[("DUPLICATE_KEY", "the document: Flag: a name stands twice")],
        );
        check(
            r#"{"resourceType":"Bundle","entry":[null,{},{"request":{"method":"DELETE","url":"Patient/1"}},
                {"resource":{"resourceType":"Condition","id":"c","clinicalStatus":"active"}},
                {"resource":{"resourceType":"Basic","id":"b"}},{"response":{"status":"201"}}]}"#,
            &["Basic/b"],
            &[
                ("WRONG_SHAPE", "entry 1: not an entry"),
                ("WRONG_SHAPE", "entry 2: no resource"),
                ("DELETE_ASKED", "entry 3: DELETE"),
                ("OLD_VERSION", "entry 4: Condition: an element as STU3 has it"),
            ],
        );
        check(
            r#"{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","id":"p",
                "meta":{"profile":["https://fhir.nhs.uk/STU3/StructureDefinition/CareConnect-GPC-Patient-1"]}}}]}"#,
            &[],
            &[("OLD_VERSION", "a profile of an older FHIR version")],
        );
    }

    #[test]
    fn a_resource_is_kept_byte_for_byte() {
        let inner = r#"{ "resourceType" : "Observation", "id":"o", "valueDecimal": 0.1000 }"#;
        let whole = format!(r#"{{"resourceType":"Bundle","entry":[{{"resource":{inner}}}]}}"#);
        assert_eq!(split(&whole).pieces[0].raw, inner);
    }
}
