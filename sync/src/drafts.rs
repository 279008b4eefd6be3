//! What is being written and is nobody's record yet, as it is sealed for the hub and as its author gets it back: a form or a draft of a plan, whole, with a
//! number by which a later version of it is told from an earlier one, and the pictures of a form, in pieces. Not what stands in a form: that is the vault's, and the hub does not look.

use crate::frame::{DEVICE_LEVEL, Dictionary, Folder, HUB_LEVEL};
use crate::photos::PIECE;
use crate::wire::{LONGEST, VERSION, WireFault};
use data_encoding::HEXLOWER;
use record::canon::{NotCanonical, Reader, Writer};
use record::visit::PhotoId;
use record::{ChainId, DeviceId, PersonId, Stamp};
use sha2::{Digest, Sha256};

/// No form is called longer than this (bytes).
pub const LONGEST_NAME: usize = 200;

/// No form that is taken says more than this (bytes): nobody types as much.
pub const LONGEST_FIELDS: usize = 1 << 20;

/// One draft as it stands on its author's device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftSaid {
    pub person: PersonId,
    pub form: String,
    /// Rises with every version that its author's device writes, and never falls: no less than the milliseconds since 1970 at which it was written.
    pub number: u64,
    /// When it was last written in, by its author's device.
    pub at: Stamp,
    /// As the vault keeps it; empty where it is finished or was thrown away.
    pub fields: String,
    /// The same author's device from which it was taken over, and the number it had there.
    pub from: Option<(DeviceId, u64)>,
}

// ---- pictures of a form that nobody has signed (decision 0069) ----------------------------------------------------------

/// A picture stands among the drafts under a name of its own, which names it and its form; so it is taken over, finished and thrown away as they are. What
/// stands there is how long it is ([`LENGTH`]); the picture itself goes apart, in pieces.
const PICTURE: &str = "picture ";
/// The field of a picture's draft: bytes of the whole, in decimal.
pub const LENGTH: &str = "length";

/// The name under which a form's picture stands among the drafts; `None` if that is longer than any may be.
pub fn name_of_picture(form: &str, photo: PhotoId) -> Option<String> {
    let name = format!("{PICTURE}{} {form}", HEXLOWER.encode(photo.as_bytes()));
    (name.len() <= LONGEST_NAME).then_some(name)
}

/// Which picture of which form stands under this name; `None`: it is a form itself.
pub fn picture_of(name: &str) -> Option<(PhotoId, &str)> {
    let (hex, form) = name.strip_prefix(PICTURE)?.split_once(' ')?;
    let id = HEXLOWER.decode(hex.as_bytes()).ok()?;
    Some((PhotoId::from_bytes(id.try_into().ok()?), form))
}

/// A piece of a picture as it is sealed: a segment each, so that a line that breaks loses one piece and not the picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PicturePiece {
    pub person: PersonId,
    /// As [`name_of_picture`] has it.
    pub name: String,
    /// Bytes of the whole.
    pub length: u32,
    pub from: u32,
    /// At most [`PIECE`].
    pub bytes: Vec<u8>,
}

impl PicturePiece {
    /// A picture in pieces.
    pub fn all(person: PersonId, name: &str, whole: &[u8]) -> Vec<PicturePiece> {
        let piece = |(n, part): (usize, &[u8])| PicturePiece {
            person,
            name: name.to_owned(),
            length: whole.len() as u32,
            from: (n * PIECE) as u32,
            bytes: part.to_vec(),
        };
        whole.chunks(PIECE).enumerate().map(piece).collect()
    }

    pub fn owner(&self, chain: &ChainId) -> [u8; 8] {
        owner_of_picture(chain, self.person, &self.name)
    }
}

/// Whose segments hold what is being written, so that it is told from what was done without opening either (as `outbox::owner_of`).
pub fn owner_of_drafts(chain: &ChainId) -> [u8; 8] {
    let hash: [u8; 32] =
        Sha256::new().chain_update(b"satchel drafts owner 1").chain_update(chain.as_str()).finalize().into();
    hash.first_chunk().copied().unwrap_or_default()
}

/// The same of one picture: what was thrown away is found again without opening anything.
pub fn owner_of_picture(chain: &ChainId, person: PersonId, name: &str) -> [u8; 8] {
    let what = Writer::new(VERSION).text("satchel picture owner 1").text(chain.as_str()).bytes(person.as_bytes());
    let hash: [u8; 32] = Sha256::digest(what.text(name).finish()).into();
    hash.first_chunk().copied().unwrap_or_default()
}

pub(crate) fn put_piece(to: Writer, piece: &PicturePiece) -> Writer {
    let to = to.bytes(piece.person.as_bytes()).text(&piece.name).number(piece.length.into());
    to.number(piece.from.into()).bytes(&piece.bytes)
}

pub(crate) fn take_piece(from: &mut Reader<'_>) -> Result<PicturePiece, NotCanonical> {
    let (person, name) = (PersonId::from_bytes(from.array()?), from.text()?.to_owned());
    let mut small = || u32::try_from(from.number()?).map_err(|_| NotCanonical);
    let (length, start) = (small()?, small()?);
    let bytes = from.bytes()?.to_vec();
    let fits = bytes.len() <= PIECE && start as usize + bytes.len() <= length as usize;
    if !fits || bytes.is_empty() || picture_of(&name).is_none() || name.len() > LONGEST_NAME {
        return Err(NotCanonical);
    }
    Ok(PicturePiece { person, name, length, from: start, bytes })
}

/// A draft came back to this device and could not be taken in: its form is in use, or only a newer app reads it. The hub says it again when the form is free,
/// or after a day, and not with every answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftWaits {
    pub person: PersonId,
    pub form: String,
    /// Where it was written, and the number it has there.
    pub of: (DeviceId, u64),
}

pub(crate) fn put_waits(to: Writer, waits: &DraftWaits) -> Writer {
    to.bytes(waits.person.as_bytes()).text(&waits.form).text(waits.of.0.as_str()).number(waits.of.1)
}

pub(crate) fn take_waits(from: &mut Reader<'_>) -> Result<DraftWaits, NotCanonical> {
    let (person, form) = (PersonId::from_bytes(from.array()?), from.text()?.to_owned());
    Ok(DraftWaits { person, form, of: (from.parsed()?, from.number()?) })
}

// ---- as bytes -----------------------------------------------------------------------------------------------------------

pub(crate) fn put(to: Writer, said: &DraftSaid) -> Writer {
    let to = to.bytes(said.person.as_bytes()).text(&said.form).number(said.number).signed(said.at.millis());
    let to = to.text(&said.fields).number(said.from.is_some().into());
    match &said.from {
        Some((device, number)) => to.text(device.as_str()).number(*number),
        None => to,
    }
}

pub(crate) fn take(from: &mut Reader<'_>) -> Result<DraftSaid, NotCanonical> {
    let (person, form) = (PersonId::from_bytes(from.array()?), from.text()?.to_owned());
    let (number, at, fields) = (from.number()?, Stamp::from_millis(from.signed()?), from.text()?.to_owned());
    let from = match from.number()? {
        0 => None,
        1 => Some((from.parsed()?, from.number()?)),
        _ => return Err(NotCanonical),
    };
    if form.len() > LONGEST_NAME || fields.len() > LONGEST_FIELDS {
        Err(NotCanonical)
    } else {
        Ok(DraftSaid { person, form, number, at, fields, from })
    }
}

/// A letter of them. `through`: what the hub holds of the device's own, by number.
pub(crate) fn letter_bytes(through: u64, drafts: &[DraftSaid]) -> Result<Vec<u8>, WireFault> {
    let block = drafts.iter().fold(Writer::new(VERSION).number(drafts.len() as u64), put).finish();
    let folded = Folder::new(Dictionary::none(), HUB_LEVEL).fold_short(&block)?;
    Ok(Writer::new(VERSION).number(through).bytes(&folded).finish())
}

pub(crate) fn take_letter(from: &mut Reader<'_>) -> Result<(u64, Vec<DraftSaid>), WireFault> {
    let through = from.number()?;
    let block = Folder::new(Dictionary::none(), DEVICE_LEVEL).unfold_short(from.bytes()?, LONGEST)?;
    let mut inside = Reader::new(&block, VERSION)?;
    let drafts = (0..inside.number()?).map(|_| take(&mut inside)).collect::<Result<_, _>>()?;
    inside.end()?;
    Ok((through, drafts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_stands_under_a_name_that_says_which_and_of_what() {
        let (photo, form) = (PhotoId::from_bytes([0xab; 32]), "wound-00 of the left shin");
        let name = name_of_picture(form, photo).unwrap();
        assert_eq!(picture_of(&name), Some((photo, form)));
        assert_eq!(name_of_picture(&"n".repeat(LONGEST_NAME), photo), None);
        assert_eq!([picture_of("note"), picture_of("picture of a wound")], [None, None]);
        let person = PersonId::from_bytes([1; 16]);
        let pieces = PicturePiece::all(person, &name, &vec![7; PIECE + 1]);
        assert_eq!(
            pieces.iter().map(|p| (p.from as usize, p.bytes.len())).collect::<Vec<_>>(),
            [(0, PIECE), (PIECE, 1)]
        );
        let reads = |piece: &PicturePiece| {
            let bytes = put_piece(Writer::new(VERSION), piece).finish();
            take_piece(&mut Reader::new(&bytes, VERSION).unwrap()).ok()
        };
        assert_eq!(reads(&pieces[1]).as_ref(), Some(&pieces[1]));
        assert_eq!(reads(&PicturePiece { length: 5, ..pieces[1].clone() }), None, "past its own end");
        assert_eq!(reads(&PicturePiece { name: "note".to_owned(), ..pieces[1].clone() }), None, "no picture");
        let chain: ChainId = "D1/N1".parse().unwrap();
        let owners = [owner_of_drafts(&chain), pieces[0].owner(&chain), owner_of_picture(&chain, person, "other")];
        assert!(owners[0] != owners[1] && owners[1] != owners[2] && pieces[0].owner(&chain) == pieces[1].owner(&chain));
    }

    #[test]
    fn drafts_read_back_and_a_name_that_is_none_does_not() {
        let said = |form: &str, from| DraftSaid {
            person: PersonId::from_bytes([1; 16]),
            form: form.to_owned(),
            number: 7,
            at: Stamp::from_millis(5),
            fields: r#"{"text":"Half a no"}"#.to_owned(),
            from,
        };
        let both = vec![said("note", None), said("plan-draft", Some(("D1".parse().unwrap(), 6)))];
        let bytes = letter_bytes(9, &both).unwrap();
        assert_eq!(take_letter(&mut Reader::new(&bytes, VERSION).unwrap()).unwrap(), (9, both));
        let long = letter_bytes(9, &[said(&"n".repeat(LONGEST_NAME + 1), None)]).unwrap();
        assert!(take_letter(&mut Reader::new(&long, VERSION).unwrap()).is_err());
    }
}
