//! What goes back to a partner: a resource, a picture, or an OperationOutcome with the status that fits, each with the headers that keep it out of
//! caches. A refusal says no more of anybody than the rules let that organisation know.

use axum::http::header::{
    ACCEPT, ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use record::Stamp;
use record::consent::{NextStep, Refusal, Rule};
use serde_json::{Value, json};

pub(super) const FHIR_JSON: &str = "application/fhir+json; charset=utf-8";
const TRACE: HeaderName = HeaderName::from_static("x-request-id");
/// Codes of what went wrong, by the names that GP Connect gave them (`reference/inbound.md` section 2.1).
const CODES: &str = "https://satchel.example/fhir/CodeSystem/error";

/// An answer.
pub(super) struct Reply {
    status: StatusCode,
    kind: &'static str,
    body: Vec<u8>,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// The name of what went wrong; empty where nothing did.
    wrong: String,
}

impl Reply {
    pub(super) fn resource(resource: &Value) -> Reply {
        Reply {
            status: StatusCode::OK,
            kind: FHIR_JSON,
            body: resource.to_string().into_bytes(),
            headers: Vec::new(),
            wrong: String::new(),
        }
    }

    /// `code`: FHIR's issue type; `ours`: the name of what went wrong.
    pub(super) fn outcome(status: StatusCode, (code, ours): (&str, &str), text: &str) -> Reply {
        let outcome = json!({ "resourceType": "OperationOutcome", "issue": [issue("error", (code, ours), text)] });
        Reply { status, wrong: ours.to_owned(), ..Reply::resource(&outcome) }
    }

    fn with(mut self, name: HeaderName, value: &str) -> Reply {
        self.headers.extend(HeaderValue::from_str(value).ok().map(|value| (name, value)));
        self
    }

    /// A parameter, header or address that cannot be what it is.
    pub(super) fn bad(ours: &str, text: &str) -> Reply {
        Reply::outcome(StatusCode::BAD_REQUEST, ("invalid", ours), text)
    }

    pub(super) fn unauthorised() -> Reply {
        let text = "Send the credential that was made for your organisation: Authorization: Bearer …";
        Reply::outcome(StatusCode::UNAUTHORIZED, ("login", "NO_CREDENTIAL"), text).with(WWW_AUTHENTICATE, "Bearer")
    }

    pub(super) fn too_many(until: Stamp, now: Stamp) -> Reply {
        let wait = until.since(now).as_secs().max(1).to_string();
        let text = "Too many requests from here. Wait as long as Retry-After says.";
        Reply::outcome(StatusCode::TOO_MANY_REQUESTS, ("throttled", "TOO_MANY_REQUESTS"), text).with(RETRY_AFTER, &wait)
    }

    pub(super) fn too_large(status: StatusCode) -> Reply {
        Reply::outcome(status, ("too-long", "TOO_LONG"), "The request is longer than any that is answered here.")
    }

    pub(super) fn no_such_place() -> Reply {
        Reply::outcome(
            StatusCode::NOT_FOUND,
            ("not-supported", "NO_SUCH_RESOURCE_TYPE"),
            "Nothing of this type is served: see /metadata.",
        )
    }

    pub(super) fn not_allowed(allow: &str) -> Reply {
        let text = "Partners read and search; nothing can be written here.";
        Reply::outcome(StatusCode::METHOD_NOT_ALLOWED, ("not-supported", "READ_ONLY"), text).with(ALLOW, allow)
    }

    /// The hub knows nobody of that number; or knows them and has nothing to do with this organisation; or keeps them from everybody. All read alike.
    pub(super) fn nobody() -> Reply {
        let text = "No record of this person is available to your organisation here.";
        Reply::outcome(StatusCode::NOT_FOUND, ("not-found", "PATIENT_NOT_FOUND"), text)
    }

    /// Of somebody whose record this organisation may see.
    pub(super) fn no_such_resource() -> Reply {
        Reply::outcome(
            StatusCode::NOT_FOUND,
            ("not-found", "NO_RECORD_FOUND"),
            "There is no resource of this type and id.",
        )
    }

    /// The rules do not permit it, said to an organisation that has to do with the person.
    pub(super) fn refused(refusal: &Refusal) -> Reply {
        let next = match refusal.next {
            NextStep::AskThePerson => " Ask the person; their answer is taken down in Satchel.",
            // No machine breaks the glass: it needs somebody whose passphrase or PIN was given again.
            NextStep::BreakGlass => " In an emergency a registered clinician opens the record in Satchel itself.",
            NextStep::CallAClinician => " A registered clinician may be able to open the record.",
            NextStep::Nothing | NextStep::RenewLicence => "",
        };
        let ours = match refusal.rule {
            Rule::RoleWithoutContent => "ROLE_NOT_PERMITTED",
            Rule::PurposeOther => "PURPOSE_NOT_PERMITTED",
            _ => "NO_PATIENT_CONSENT",
        };
        let text = format!("{} That you asked is recorded.{next}", refusal.rule.explanation_of_refusal());
        Reply::outcome(StatusCode::FORBIDDEN, ("forbidden", ours), &text)
    }

    pub(super) fn forbidden(ours: &str, text: &str) -> Reply {
        Reply::outcome(StatusCode::FORBIDDEN, ("forbidden", ours), text)
    }

    pub(super) fn broken() -> Reply {
        let text = "The hub could not answer. It has recorded why.";
        Reply::outcome(StatusCode::INTERNAL_SERVER_ERROR, ("exception", "INTERNAL_SERVER_ERROR"), text)
    }

    /// The caller's own name for the request goes back with the answer.
    pub(super) fn traced(self, headers: &HeaderMap) -> Reply {
        match trace(headers) {
            Some(trace) => self.with(TRACE, &trace),
            None => self,
        }
    }

    /// The status, and the name of what went wrong: for the entry of a request that was turned away.
    pub(super) fn what(&self) -> (u16, &str) {
        (self.status.as_u16(), &self.wrong)
    }

    pub(super) fn into_response(self) -> Response {
        let mut response = (self.status, self.body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.kind));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.extend(self.headers);
        response
    }
}

/// One issue of an OperationOutcome.
pub(super) fn issue(severity: &str, (code, ours): (&str, &str), text: &str) -> Value {
    json!({
        "severity": severity,
        "code": code,
        "details": { "coding": [{ "system": CODES, "code": ours }], "text": text },
        "diagnostics": text,
    })
}

/// `X-Request-Id`, if it is one that may stand in an entry.
pub(super) fn trace(headers: &HeaderMap) -> Option<String> {
    let given = headers.get(TRACE)?.to_str().ok()?.trim();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._:".contains(c);
    (!given.is_empty() && given.len() <= 64 && given.chars().all(plain)).then(|| given.to_owned())
}

/// Whether JSON is among what the caller takes.
pub(super) fn accepts_json(headers: &HeaderMap) -> Result<(), Reply> {
    let wanted: Vec<&str> = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
    let wanted = wanted.join(",").to_ascii_lowercase();
    let any =
        wanted.trim().is_empty() || ["json", "*/*", "application/*", "image/"].iter().any(|kind| wanted.contains(kind));
    if any {
        return Ok(());
    }
    let text = "Only application/fhir+json is served.";
    Err(Reply::outcome(StatusCode::NOT_ACCEPTABLE, ("not-supported", "NOT_ACCEPTABLE"), text))
}
