//! The names of bags, of notes in them and of items on their forms. A note is named by the hash of its bytes, so a name cannot be given to
//! something else. Not here: how a bag's name is made (that needs randomness).

use crate::ids::{NotAnId, OdsCode, PersonId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;

macro_rules! hex_id {
    ($(#[$doc:meta])* $name:ident, $bytes:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name([u8; $bytes]);

        impl $name {
            pub const fn from_bytes(bytes: [u8; $bytes]) -> $name {
                $name(bytes)
            }
            pub const fn as_bytes(&self) -> &[u8; $bytes] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;
            fn from_str(text: &str) -> Result<$name, NotAnId> {
                let digits = text.as_bytes();
                if digits.len() != $bytes * 2 {
                    return Err(NotAnId::Length);
                }
                let mut bytes = [0u8; $bytes];
                for (slot, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
                    let nibble = |c: u8| (c as char).to_digit(16).ok_or(NotAnId::Character);
                    *slot = (nibble(pair[0])? << 4 | nibble(pair[1])?) as u8;
                }
                Ok($name(bytes))
            }
        }

        impl TryFrom<String> for $name {
            type Error = NotAnId;
            fn try_from(text: String) -> Result<$name, NotAnId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.to_string()
            }
        }
    };
}

hex_id!(
    /// One transfer's bag: 16 bytes, which say nothing of anybody ([`BagId::begun`]).
    BagId,
    16
);
hex_id!(
    /// SHA-256 of a note's bytes.
    NoteId,
    32
);
hex_id!(
    /// One line of the form. Derived from where it came from, so that two devices that pre-fill apart mean the same line.
    ItemId,
    8
);

impl BagId {
    /// The bag that a home begins for somebody after another, or first of all. Not random: two devices that begin it apart begin the same.
    pub fn begun(person: PersonId, home: &OdsCode, before: Option<BagId>) -> BagId {
        let digest: [u8; 32] = Sha256::new()
            .chain_update(b"satchel bag begun 1")
            .chain_update(person.as_bytes())
            .chain_update(before.map_or([0; 16], |before| before.0))
            .chain_update(home.as_str())
            .finalize()
            .into();
        BagId(digest.first_chunk().copied().unwrap_or_default())
    }
}

impl ItemId {
    /// The item of this section that comes from there: a fact's key, a field of the plan, a heading of the form.
    pub fn of(section: &str, from: &str) -> ItemId {
        let digest: [u8; 32] =
            Sha256::new().chain_update(section).chain_update([0]).chain_update(from).finalize().into();
        ItemId(digest.first_chunk().copied().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_read_back_and_the_same_place_is_the_same_item() {
        let id = BagId::from_bytes([0xA5; 16]);
        assert_eq!(id.to_string().parse::<BagId>(), Ok(id));
        assert_eq!("zz".repeat(16).parse::<BagId>(), Err(NotAnId::Character));
        assert_eq!("a5".parse::<NoteId>(), Err(NotAnId::Length));
        assert_eq!(ItemId::of("alerts", "Flag/1"), ItemId::of("alerts", "Flag/1"));
        assert_ne!(ItemId::of("alerts", "Flag/1"), ItemId::of("alert", "sFlag/1"), "no two places run together");
    }
}
