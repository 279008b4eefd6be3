//! Why something was parked: a closed list with stable codes, for people, scripts and the table `parked`. Not an error: the import
//! goes on. Details are log-safe: they say where and what kind, never what was in it.

use serde::Serialize;
use std::fmt;

/// Why a document or a resource could not be taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ParkReason {
    /// The file holds nothing.
    Empty,
    /// Not JSON (RFC 8259), or cut short.
    NotJson,
    NotUtf8,
    /// Longer than one document may be.
    TooLarge,
    /// Nested deeper than any FHIR resource is.
    TooDeep,
    /// A name stands twice in one object, so that two readers may read two different resources.
    DuplicateKey,
    /// JSON, but not an object with a `resourceType`.
    NotFhir,
    /// A `resourceType` that FHIR R4 does not have.
    UnknownType,
    /// A resource or Bundle whose structure is not FHIR's: a number for an id, an object for a list.
    WrongShape,
    /// FHIR STU3 (DSTU2 and others look the same from here): reading it as R4 would misread it.
    OldVersion,
    /// The feed asks to delete something: a person decides.
    DeleteAsked,
    /// An NHS number whose holder has another birth date and name (identity.md 3.1 rung 5). What is about that patient waits too.
    WrongNumber,
    /// A known patient resource became somebody else in one update (identity.md 3.3, overlay).
    IdentityChanged,
    /// Might be a known person, not surely: a person decides (identity.md 3.1 rung 4, or too little said).
    NeedsReview,
    /// About somebody the hub does not know (yet): tried again at the end of each import.
    UnknownSubject,
    /// A kind of resource that must be about somebody says about nobody.
    NoSubject,
}

impl ParkReason {
    pub const ALL: [ParkReason; 16] = [
        ParkReason::Empty,
        ParkReason::NotJson,
        ParkReason::NotUtf8,
        ParkReason::TooLarge,
        ParkReason::TooDeep,
        ParkReason::DuplicateKey,
        ParkReason::NotFhir,
        ParkReason::UnknownType,
        ParkReason::WrongShape,
        ParkReason::OldVersion,
        ParkReason::DeleteAsked,
        ParkReason::WrongNumber,
        ParkReason::IdentityChanged,
        ParkReason::NeedsReview,
        ParkReason::UnknownSubject,
        ParkReason::NoSubject,
    ];

    /// The stable code: stored, printed and never renamed.
    pub const fn code(self) -> &'static str {
        match self {
            ParkReason::Empty => "EMPTY",
            ParkReason::NotJson => "NOT_JSON",
            ParkReason::NotUtf8 => "NOT_UTF8",
            ParkReason::TooLarge => "TOO_LARGE",
            ParkReason::TooDeep => "TOO_DEEP",
            ParkReason::DuplicateKey => "DUPLICATE_KEY",
            ParkReason::NotFhir => "NOT_FHIR",
            ParkReason::UnknownType => "UNKNOWN_TYPE",
            ParkReason::WrongShape => "WRONG_SHAPE",
            ParkReason::OldVersion => "OLD_VERSION",
            ParkReason::DeleteAsked => "DELETE_ASKED",
            ParkReason::WrongNumber => "WRONG_NUMBER",
            ParkReason::IdentityChanged => "IDENTITY_CHANGED",
            ParkReason::NeedsReview => "NEEDS_REVIEW",
            ParkReason::UnknownSubject => "UNKNOWN_SUBJECT",
            ParkReason::NoSubject => "NO_SUBJECT",
        }
    }

    pub fn from_code(code: &str) -> Option<ParkReason> {
        ParkReason::ALL.into_iter().find(|reason| reason.code() == code)
    }

    /// One sentence for an operator.
    pub const fn sentence(self) -> &'static str {
        match self {
            ParkReason::Empty => "the file holds nothing",
            ParkReason::NotJson => "it is not JSON, or was cut short",
            ParkReason::NotUtf8 => "it is not text in UTF-8",
            ParkReason::TooLarge => "it is larger than one document may be",
            ParkReason::TooDeep => "it is nested deeper than a FHIR resource can be",
            ParkReason::DuplicateKey => "a name stands twice in one object, so its meaning is not certain",
            ParkReason::NotFhir => "it is JSON, but not a FHIR resource",
            ParkReason::UnknownType => "FHIR R4 has no resource of this type",
            ParkReason::WrongShape => "its structure is not that of a FHIR R4 resource",
            ParkReason::OldVersion => "it is an older version of FHIR than R4",
            ParkReason::DeleteAsked => "the source asks to delete it; decide by hand",
            ParkReason::WrongNumber => "the NHS number belongs to somebody with another name and birth date",
            ParkReason::IdentityChanged => "a known patient's name and birth date changed together",
            ParkReason::NeedsReview => "it may be about a known person; decide by hand",
            ParkReason::UnknownSubject => "the person it is about is not known; it is tried again at the next import",
            ParkReason::NoSubject => "it does not say whom it is about",
        }
    }
}

impl fmt::Display for ParkReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for ParkReason {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_reads_back_and_is_its_own() {
        for reason in ParkReason::ALL {
            assert_eq!(ParkReason::from_code(reason.code()), Some(reason));
        }
        assert_eq!(ParkReason::from_code("not_json"), None);
    }
}
