//! The few elements of a resource that say what it is, whose, and about whom. Everything stays as the raw text of the source;
//! what an element means is read only where it is needed. Not a model of FHIR: elements not named here are never looked at.

use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// The named elements of one resource, each still raw.
#[derive(Debug, Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Head<'a> {
    #[serde(borrow)]
    pub resource_type: Option<&'a RawValue>,
    pub id: Option<&'a RawValue>,
    pub meta: Option<&'a RawValue>,
    pub contained: Option<&'a RawValue>,
    pub identifier: Option<&'a RawValue>,
    pub name: Option<&'a RawValue>,
    pub birth_date: Option<&'a RawValue>,
    #[serde(rename = "type")]
    pub type_: Option<&'a RawValue>,
    pub clinical_status: Option<&'a RawValue>,
    // Whom it is about.
    pub subject: Option<&'a RawValue>,
    pub patient: Option<&'a RawValue>,
    pub beneficiary: Option<&'a RawValue>,
    #[serde(rename = "for")]
    pub for_: Option<&'a RawValue>,
    pub individual: Option<&'a RawValue>,
    pub participant: Option<&'a RawValue>,
    pub actor: Option<&'a RawValue>,
    pub entity: Option<&'a RawValue>,
    pub focus: Option<&'a RawValue>,
    pub target: Option<&'a RawValue>,
    pub link: Option<&'a RawValue>,
    pub candidate: Option<&'a RawValue>,
    pub deliver_to: Option<&'a RawValue>,
    pub security_context: Option<&'a RawValue>,
    // Whose it is.
    pub managing_organization: Option<&'a RawValue>,
    pub service_provider: Option<&'a RawValue>,
    pub custodian: Option<&'a RawValue>,
    pub organization: Option<&'a RawValue>,
    pub performer: Option<&'a RawValue>,
    pub author: Option<&'a RawValue>,
    pub requester: Option<&'a RawValue>,
    pub source: Option<&'a RawValue>,
    pub encounter: Option<&'a RawValue>,
    pub context: Option<&'a RawValue>,
    // Bundles and Parameters.
    pub entry: Option<&'a RawValue>,
    pub parameter: Option<&'a RawValue>,
}

impl<'a> Head<'a> {
    /// The element of a name used in the table of subjects.
    pub fn element(&self, name: &str) -> Option<&'a RawValue> {
        match name {
            "subject" => self.subject,
            "patient" => self.patient,
            "beneficiary" => self.beneficiary,
            "for" => self.for_,
            "individual" => self.individual,
            "participant" => self.participant,
            "actor" => self.actor,
            "entity" => self.entity,
            "focus" => self.focus,
            "target" => self.target,
            "link" => self.link,
            "candidate" => self.candidate,
            "deliverTo" => self.deliver_to,
            "securityContext" => self.security_context,
            _ => None,
        }
    }

    /// `meta`, as far as it is in order.
    pub fn meta(&self) -> Meta<'a> {
        self.meta.and_then(|m| object(m.get())).unwrap_or_default()
    }
}

#[derive(Debug, Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Meta<'a> {
    #[serde(borrow)]
    pub last_updated: Option<&'a RawValue>,
    pub profile: Option<&'a RawValue>,
}

/// Reads an object into borrowed fields. A list is not an object, though `serde` would take it for one.
pub fn object<'a, T: Deserialize<'a>>(json: &'a str) -> Option<T> {
    json.starts_with('{').then(|| serde_json::from_str(json).ok()).flatten()
}

/// The elements of a list; one alone counts as a list of one, anything else as empty.
pub fn list(raw: Option<&RawValue>) -> Vec<&RawValue> {
    let Some(raw) = raw else { return Vec::new() };
    if raw.get().starts_with('[') { serde_json::from_str(raw.get()).unwrap_or_default() } else { vec![raw] }
}

/// The text of a JSON string.
pub fn text(raw: Option<&RawValue>) -> Option<Cow<'_, str>> {
    let json = raw?.get();
    let inner = json.strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') {
        serde_json::from_str::<String>(json).ok().map(Cow::Owned)
    } else {
        Some(Cow::Borrowed(inner))
    }
}

/// A FHIR Reference (R4 section 2.3.0).
#[derive(Debug, Deserialize, Default)]
#[serde(default)]
pub struct Reference<'a> {
    #[serde(borrow)]
    pub reference: Option<&'a RawValue>,
    #[serde(rename = "type")]
    pub type_: Option<&'a RawValue>,
    pub identifier: Option<&'a RawValue>,
    pub display: Option<&'a RawValue>,
}

/// A FHIR Identifier (R4 section 2.24.0.5).
#[derive(Debug, Deserialize, Default)]
#[serde(default)]
pub struct Identifier<'a> {
    #[serde(borrow)]
    pub system: Option<&'a RawValue>,
    pub value: Option<&'a RawValue>,
    pub extension: Option<&'a RawValue>,
}

impl<'a> Identifier<'a> {
    /// System (empty where none is given) and value, both trimmed.
    pub fn pair(&self) -> Option<(String, String)> {
        let value = text(self.value)?;
        let value = value.trim();
        let system = text(self.system).unwrap_or_default();
        (!value.is_empty()).then(|| (system.trim().to_owned(), value.to_owned()))
    }
}

/// What a reference points at, before anything is looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// `urn:uuid:…`, `urn:oid:…`: the full address of a neighbour in the Bundle.
    Urn(String),
    /// `Type/id`, alone or at the end of an address.
    Local { kind: &'static str, rid: String },
    /// `Type?identifier=system|value` of a transaction, or a logical reference by identifier.
    Identified { kind: Option<&'static str>, system: String, value: String },
    /// `#id`: inside the resource itself.
    Contained(String),
}

impl Target {
    /// The text a target is stored as while it is not resolved; [`Target::parse`] reads it back.
    pub fn store(&self) -> String {
        match self {
            Target::Urn(urn) => urn.clone(),
            Target::Local { kind, rid } => format!("{kind}/{rid}"),
            Target::Identified { kind, system, value } => {
                format!("{}?identifier={system}|{value}", kind.unwrap_or("Patient"))
            }
            Target::Contained(id) => format!("#{id}"),
        }
    }

    pub fn parse(reference: &str) -> Option<Target> {
        let reference = reference.trim();
        if let Some(id) = reference.strip_prefix('#') {
            return Some(Target::Contained(id.to_owned()));
        }
        if reference.starts_with("urn:") {
            return Some(Target::Urn(reference.to_owned()));
        }
        if let Some((kind, query)) = reference.split_once('?') {
            let kind = super::kinds::kind(kind.rsplit('/').next()?)?.0;
            let (system, value) =
                query.split('&').find_map(|part| part.strip_prefix("identifier="))?.split_once('|')?;
            return Some(Target::Identified { kind: Some(kind), system: unescape(system), value: unescape(value) });
        }
        let path = reference.split("/_history/").next().unwrap_or(reference);
        let (rest, rid) = path.rsplit_once('/')?;
        let kind = super::kinds::kind(rest.rsplit('/').next()?)?.0;
        (!rid.is_empty()).then(|| Target::Local { kind, rid: rid.to_owned() })
    }
}

/// `%7C` and the like, as they stand in addresses.
fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let pair = tail.get(..2).and_then(|p| std::str::from_utf8(p).ok());
        match pair.filter(|_| byte == b'%').and_then(|p| u8::from_str_radix(p, 16).ok()) {
            Some(decoded) => {
                bytes.push(decoded);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(byte);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

impl Reference<'_> {
    /// Where the reference points: its address first, its identifier otherwise.
    pub fn target(&self) -> Option<Target> {
        if let Some(target) = text(self.reference).and_then(|r| Target::parse(&r)) {
            return Some(target);
        }
        let (system, value) = self.identifier.and_then(|i| object::<Identifier<'_>>(i.get()))?.pair()?;
        let kind = text(self.type_).and_then(|t| super::kinds::kind(t.rsplit('/').next().unwrap_or(&t)).map(|k| k.0));
        Some(Target::Identified { kind, system, value })
    }
}

/// The references at an element: one, a list, or one inside each member of a list under `inner`.
pub fn references<'a>(raw: Option<&'a RawValue>, inner: &str) -> Vec<Reference<'a>> {
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Holder<'a> {
        #[serde(borrow)]
        actor: Option<&'a RawValue>,
        what: Option<&'a RawValue>,
        target: Option<&'a RawValue>,
        reference: Option<&'a RawValue>,
    }
    let hold = |raw: &'a RawValue| match inner {
        "" => Some(raw),
        _ => object::<Holder<'a>>(raw.get()).and_then(|h| match inner {
            "actor" => h.actor,
            "what" => h.what.or(h.reference),
            _ => h.target,
        }),
    };
    list(raw).into_iter().filter_map(hold).filter_map(|r| object(r.get())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_in_every_spelling() {
        let local = |kind, rid: &str| Some(Target::Local { kind, rid: rid.to_owned() });
        let by = |kind, system: &str, value: &str| {
            Some(Target::Identified { kind, system: system.to_owned(), value: value.to_owned() })
        };
        for (json, target) in [
            (r#"{"reference":"Patient/1"}"#, local("Patient", "1")),
            (r#"{"reference":"https://x.nhs.uk/fhir/Patient/1/_history/2"}"#, local("Patient", "1")),
            (r#"{"reference":"urn:uuid:a-b"}"#, Some(Target::Urn("urn:uuid:a-b".into()))),
            (r##"{"reference":"#p"}"##, Some(Target::Contained("p".into()))),
            (
                r#"{"reference":"Practitioner?identifier=http://hl7.org/fhir/sid/us-npi|99"}"#,
                by(Some("Practitioner"), "http://hl7.org/fhir/sid/us-npi", "99"),
            ),
            (r#"{"reference":"Patient?identifier=a%7C9"}"#, None),
            (r#"{"identifier":{"system":"s","value":" 9 "},"type":"Patient"}"#, by(Some("Patient"), "s", "9")),
            (r#"{"display":"Mrs X"}"#, None),
            (r#"{"reference":"Cabbage/1"}"#, None),
            (r#"{"reference":7}"#, None),
            (r#"["Patient/1"]"#, None),
        ] {
            assert_eq!(object::<Reference<'_>>(json).and_then(|r| r.target()), target, "{json}");
            let Some(target) = target else { continue };
            if !matches!(target, Target::Contained(_)) {
                assert_eq!(Target::parse(&target.store()), Some(target));
            }
        }
    }

    #[test]
    fn a_list_is_never_taken_for_an_object() {
        assert!(object::<Head<'_>>("[1,2]").is_none());
        assert!(object::<Head<'_>>(r#"{"id":null,"other":[{}]}"#).is_some_and(|h| h.id.is_none()));
    }
}
