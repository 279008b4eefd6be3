//! Photographs of a wound, as an act names them: by the hash of their bytes, so that nobody can put another picture in the place of the one
//! that was signed; and whether the person agreed to be photographed. Not the pictures themselves: those are kept beside the acts and travel
//! after everything else (`sync::photos`).

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;

/// Photographs in one assessment.
pub const MOST: usize = 4;

/// No photograph is longer (bytes). The screen makes them about a fifth of that.
pub const LARGEST: u32 = 1 << 20;

/// The SHA-256 of a photograph's bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PhotoId([u8; 32]);

impl PhotoId {
    pub const fn from_bytes(bytes: [u8; 32]) -> PhotoId {
        PhotoId(bytes)
    }

    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The name of the photograph with these bytes.
    pub fn of(bytes: &[u8]) -> PhotoId {
        PhotoId(Sha256::digest(bytes).into())
    }
}

impl fmt::Display for PhotoId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for PhotoId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PhotoId({self})")
    }
}

impl std::str::FromStr for PhotoId {
    type Err = crate::ids::NotAnId;
    fn from_str(text: &str) -> Result<PhotoId, Self::Err> {
        // Two halves of 32 hexadecimal digits, each read as a person's.
        let (first, second) = text.split_at_checked(32).ok_or(crate::ids::NotAnId::Length)?;
        let half = |text: &str| text.parse::<crate::ids::PersonId>().map(|id| *id.as_bytes());
        let mut bytes = [0; 32];
        bytes[..16].copy_from_slice(&half(first)?);
        bytes[16..].copy_from_slice(&half(second)?);
        Ok(PhotoId(bytes))
    }
}

impl Serialize for PhotoId {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PhotoId {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

/// What sort of picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Mime {
    Jpeg,
    Png,
}

impl Mime {
    /// In the order of their numbers in bytes: grows at the end only.
    pub const ALL: [Mime; 2] = [Mime::Jpeg, Mime::Png];

    pub const fn code(self) -> &'static str {
        match self {
            Mime::Jpeg => "image/jpeg",
            Mime::Png => "image/png",
        }
    }

    /// What bytes are by how they begin, whatever they are called.
    pub const fn of(bytes: &[u8]) -> Option<Mime> {
        match bytes {
            [0xFF, 0xD8, 0xFF, ..] => Some(Mime::Jpeg),
            [0x89, b'P', b'N', b'G', ..] => Some(Mime::Png),
            _ => None,
        }
    }
}

/// One photograph by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Photo {
    pub id: PhotoId,
    /// Bytes.
    pub length: u32,
    pub mime: Mime,
}

impl Photo {
    /// Names a picture; `None` where it is none that may be kept.
    pub fn of(bytes: &[u8]) -> Option<Photo> {
        let length = u32::try_from(bytes.len()).ok().filter(|length| *length <= LARGEST)?;
        Some(Photo { id: PhotoId::of(bytes), length, mime: Mime::of(bytes)? })
    }

    /// Whether these bytes are it.
    pub fn is(&self, bytes: &[u8]) -> bool {
        Photo::of(bytes).is_some_and(|photo| photo == *self)
    }
}

/// On what ground the photographs were taken: asked each time, and signed with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Agreed {
    Person,
    /// The person cannot decide this now.
    BestInterests,
}

impl Agreed {
    /// In the order of their numbers in bytes: grows at the end only.
    pub const ALL: &'static [Agreed] = &[Agreed::Person, Agreed::BestInterests];

    pub const fn code(self) -> &'static str {
        match self {
            Agreed::Person => "person",
            Agreed::BestInterests => "best-interests",
        }
    }

    pub const fn label(self) -> &'static str {
        match self {
            Agreed::Person => "The person agreed to the photographs",
            Agreed::BestInterests => "They cannot decide this now; it is in their best interests",
        }
    }

    pub fn from_code(code: &str) -> Option<Agreed> {
        Agreed::ALL.iter().copied().find(|agreed| agreed.code() == code)
    }
}

/// The photographs of one assessment: there is at least one, and somebody was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Photos {
    pub agreed: Agreed,
    pub taken: Vec<Photo>,
}

impl Photos {
    /// Some, not too many, none twice, none too large.
    pub fn is_whole(&self) -> bool {
        let some = (1..=MOST).contains(&self.taken.len());
        let sound = self.taken.iter().all(|photo| (1..=LARGEST).contains(&photo.length));
        let twice = |place: usize, photo: &Photo| self.taken[..place].iter().any(|other| other.id == photo.id);
        some && sound && !self.taken.iter().enumerate().any(|(place, photo)| twice(place, photo))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_photograph_is_what_its_bytes_are() {
        let jpeg = [0xFF, 0xD8, 0xFF, 0xE0, 1, 2];
        let photo = Photo::of(&jpeg).unwrap();
        assert_eq!((photo.length, photo.mime), (6, Mime::Jpeg));
        assert!(photo.is(&jpeg) && !photo.is(&[0xFF, 0xD8, 0xFF, 0xE0, 1, 3]));
        assert_eq!(photo.id.to_string().parse(), Ok(photo.id));
        assert_eq!(Photo::of(b"<svg/>"), None);
        let mut huge = vec![0; LARGEST as usize + 1];
        huge[..4].copy_from_slice(&jpeg[..4]);
        assert_eq!(Photo::of(&huge), None);
        assert!("0123".parse::<PhotoId>().is_err());
    }

    #[test]
    fn some_photographs_and_not_too_many_and_none_twice() {
        let photo = |n: u8| Photo { id: PhotoId::from_bytes([n; 32]), length: 200_000, mime: Mime::Jpeg };
        let photos = |taken: Vec<Photo>| Photos { agreed: Agreed::Person, taken };
        assert!(photos(vec![photo(1), photo(2), photo(3), photo(4)]).is_whole());
        for broken in [
            vec![],
            vec![photo(1), photo(1)],
            (1..=5).map(photo).collect(),
            vec![Photo { length: 0, ..photo(1) }],
            vec![Photo { length: LARGEST + 1, ..photo(1) }],
        ] {
            assert!(!photos(broken).is_whole());
        }
    }
}
