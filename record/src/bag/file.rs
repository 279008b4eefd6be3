//! Files that a note of a bag names: photographs of belongings, and documents attached to a line of the form. Named by the hash of their bytes, so
//! that what is shown is what was signed. Not the bytes themselves: those lie beside the notes and travel after everything else
//! (`sync::photos`), and never in the codes that two screens show each other.

use crate::visit::photo::{self, Photo, PhotoId};
use serde::{Deserialize, Serialize};

/// Photographs of one thing in one count.
pub const MOST_OF_A_THING: usize = photo::MOST;

/// Photographs in one count.
pub const MOST_OF_A_COUNT: usize = 12;

/// Documents attached to one bag.
pub const MOST_DOCUMENTS: usize = 4;

/// Of what somebody calls a document (characters).
pub const LONGEST_TITLE: usize = 120;

/// No document is longer (bytes).
pub const LARGEST_DOCUMENT: u32 = 4 << 20;

/// What sort of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Kind {
    #[serde(rename = "jpeg")]
    Jpeg,
    #[serde(rename = "png")]
    Png,
    #[serde(rename = "pdf")]
    Pdf,
}

impl Kind {
    /// What bytes are by how they begin, whatever they are called.
    pub const fn of(bytes: &[u8]) -> Option<Kind> {
        match (photo::Mime::of(bytes), bytes) {
            (Some(mime), _) => Some(Kind::of_picture(mime)),
            (None, [b'%', b'P', b'D', b'F', b'-', ..]) => Some(Kind::Pdf),
            (None, _) => None,
        }
    }

    const fn of_picture(mime: photo::Mime) -> Kind {
        match mime {
            photo::Mime::Jpeg => Kind::Jpeg,
            photo::Mime::Png => Kind::Png,
        }
    }

    pub const fn is_picture(self) -> bool {
        matches!(self, Kind::Jpeg | Kind::Png)
    }

    /// For the wire of others: its media type.
    pub const fn mime(self) -> &'static str {
        match self {
            Kind::Jpeg => "image/jpeg",
            Kind::Png => "image/png",
            Kind::Pdf => "application/pdf",
        }
    }

    /// How the name of such a file ends.
    pub const fn ending(self) -> &'static str {
        match self {
            Kind::Jpeg => "jpg",
            Kind::Png => "png",
            Kind::Pdf => "pdf",
        }
    }

    /// For people.
    pub const fn label(self) -> &'static str {
        match self {
            Kind::Jpeg | Kind::Png => "photograph",
            Kind::Pdf => "PDF",
        }
    }
}

/// One file by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct File {
    pub id: PhotoId,
    /// Bytes.
    pub length: u32,
    pub kind: Kind,
}

impl From<Photo> for File {
    fn from(photo: Photo) -> File {
        File { id: photo.id, length: photo.length, kind: Kind::of_picture(photo.mime) }
    }
}

impl File {
    /// Names a document; `None` where the bytes are none that may be attached.
    pub fn document(bytes: &[u8]) -> Option<File> {
        let length = u32::try_from(bytes.len()).ok().filter(|length| *length <= LARGEST_DOCUMENT)?;
        Some(File { id: PhotoId::of(bytes), length, kind: Kind::of(bytes)? })
    }

    /// Whether it may be a photograph of a thing.
    pub fn is_photo(&self) -> bool {
        self.kind.is_picture() && (1..=photo::LARGEST).contains(&self.length)
    }

    /// Whether it may be attached.
    pub fn is_document(&self) -> bool {
        (1..=LARGEST_DOCUMENT).contains(&self.length)
    }

    /// `PDF, 310 kB`.
    pub fn label(&self) -> String {
        format!("{}, {} kB", self.kind.label(), self.length.div_ceil(1_000))
    }
}

/// Some photographs of one thing: not too many, none twice, each one that may be.
pub(super) fn are_photos(files: &[File]) -> bool {
    let twice = |place: usize, file: &File| files[..place].iter().any(|other| other.id == file.id);
    let fit = |(place, file): (usize, &File)| file.is_photo() && !twice(place, file);
    files.len() <= MOST_OF_A_THING && files.iter().enumerate().all(fit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_bytes_are() {
        let pdf = File::document(b"%PDF-1.7 and so on").unwrap();
        assert_eq!((pdf.kind, pdf.is_photo(), pdf.is_document()), (Kind::Pdf, false, true));
        assert_eq!(pdf.label(), "PDF, 1 kB");
        let jpeg = [0xFF, 0xD8, 0xFF, 0xE0, 1];
        assert_eq!(File::document(&jpeg), Photo::of(&jpeg).map(File::from));
        assert_eq!(File::document(b"<html>"), None);
        let mut large = vec![0; LARGEST_DOCUMENT as usize + 1];
        large[..5].copy_from_slice(b"%PDF-");
        assert_eq!(File::document(&large), None);
        assert!(File::document(&large[..LARGEST_DOCUMENT as usize]).is_some());
    }

    #[test]
    fn photographs_of_a_thing_are_few_and_none_twice() {
        let photo = |n: u8| File { id: PhotoId::from_bytes([n; 32]), length: 9, kind: Kind::Png };
        assert!(are_photos(&[]) && are_photos(&[photo(1), photo(2)]));
        let pdf = File { kind: Kind::Pdf, ..photo(1) };
        for wrong in [vec![photo(1), photo(1)], vec![pdf], (0..5).map(photo).collect()] {
            assert!(!are_photos(&wrong));
        }
    }
}
