//! One newtype per kind of identifier, parsed once. No bare `String` id crosses a function boundary.
//! Not here: how ids are made (that needs randomness, so it is `device::ports` or the hub's `main`).

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Why a text is not an identifier of the kind asked for. Log-safe: it never repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAnId {
    /// Empty, or longer than the kind allows.
    Length,
    /// A character outside letters, digits, `-`, `.`, `_` and (in a chain) `/`.
    Character,
}

impl fmt::Display for NotAnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NotAnId::Length => "the identifier is empty or too long",
            NotAnId::Character => "the identifier has a character that identifiers may not have",
        })
    }
}

impl std::error::Error for NotAnId {}

/// A person (patient) as the hub knows them: 16 random bytes. Never the NHS number, which can be superseded or reissued
/// (`reference/identity.md` section 1), so it is safe in file names, logs and addresses.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PersonId([u8; 16]);

impl PersonId {
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        PersonId(bytes)
    }
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PersonId({self})")
    }
}

impl FromStr for PersonId {
    type Err = NotAnId;
    /// Reads 32 hexadecimal digits.
    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let digits = text.as_bytes();
        if digits.len() != 32 {
            return Err(NotAnId::Length);
        }
        let mut bytes = [0u8; 16];
        for (slot, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let nibble = |c: u8| (c as char).to_digit(16).ok_or(NotAnId::Character);
            *slot = (nibble(pair[0])? << 4 | nibble(pair[1])?) as u8;
        }
        Ok(PersonId(bytes))
    }
}

impl Serialize for PersonId {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PersonId {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The hub's number for one feed of one organisation (an index into the source directory that devices carry).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SourceId(pub u32);

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $max:literal, $upper:literal, $extra:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Whether a text, without white space around it, is one; for where a value of its own is not needed.
            pub fn check(text: &str) -> Result<(), NotAnId> {
                if text.is_empty() || text.len() > $max {
                    return Err(NotAnId::Length);
                }
                let allowed = |c: u8| c.is_ascii_alphanumeric() || b"-._".contains(&c) || $extra.as_bytes().contains(&c);
                if text.bytes().all(allowed) { Ok(()) } else { Err(NotAnId::Character) }
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                let text = text.trim();
                $name::check(text)?;
                Ok($name(if $upper { text.to_ascii_uppercase() } else { text.to_owned() }))
            }
        }

        impl TryFrom<String> for $name {
            type Error = NotAnId;
            fn try_from(text: String) -> Result<Self, NotAnId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id!(
    /// An ODS organisation or site code: opaque, 1 to 12 characters, upper case (`reference/identity.md` section 4:
    /// parenthood is never derived from the prefix). CQC location codes (`1-123456789`) are accepted.
    OdsCode, 12, true, ""
);
text_id!(
    /// A member of staff as the hub's register knows them; the SDS user id where there is one.
    StaffId, 40, false, ""
);
text_id!(
    /// A device as the hub named it at enrolment.
    DeviceId, 40, false, ""
);
text_id!(
    /// One audit chain: one person's vault on one device, `device/staff`.
    ChainId, 81, false, "/"
);

impl ChainId {
    /// The chain of this person's vault on this device.
    pub fn of(device: &DeviceId, staff: &StaffId) -> ChainId {
        ChainId(format!("{device}/{staff}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_id_reads_back_what_it_wrote() {
        let id = PersonId::from_bytes([0xA5; 16]);
        assert_eq!(id.to_string().parse::<PersonId>(), Ok(id));
        assert_eq!("short".parse::<PersonId>(), Err(NotAnId::Length));
        assert_eq!("zz".repeat(16).parse::<PersonId>(), Err(NotAnId::Character));
    }

    #[test]
    fn ods_codes_are_opaque_and_upper_case() {
        assert_eq!("j81012".parse::<OdsCode>().map(String::from), Ok("J81012".into()));
        assert!("1-123456789".parse::<OdsCode>().is_ok());
        assert_eq!("R D Y".parse::<OdsCode>(), Err(NotAnId::Character));
        assert_eq!("".parse::<OdsCode>(), Err(NotAnId::Length));
    }
}
