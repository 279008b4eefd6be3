//! What is being written and is nobody's record yet, as it is sealed for the hub and as its author gets it back: a form or a draft of a plan, whole, with a
//! number by which a later version of it is told from an earlier one. Not what stands in a form: that is the vault's, and the hub does not look.

use crate::frame::{DEVICE_LEVEL, Dictionary, Folder, HUB_LEVEL};
use crate::wire::{LONGEST, VERSION, WireFault};
use record::canon::{NotCanonical, Reader, Writer};
use record::{DeviceId, PersonId, Stamp};

/// No form is called longer than this (bytes).
const LONGEST_NAME: usize = 200;

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
