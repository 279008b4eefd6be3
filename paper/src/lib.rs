//! An eRed Bag on paper: a released bag in, the bytes of a PDF out (decision 0044). For a crew or a ward without a device, and for a clipboard:
//! A4, black on white, the critical summary first, every section, lines to sign on, and the slip's code where the sender's device made one.
//!
//! The document is PDF/A-2a (ISO 19005-2, level A) and PDF/UA-1 (ISO 14289-1): tagged, its font embedded, and refused rather than written
//! where the writer's own validator finds it is neither. Pure: no clock, no file, no chance; the same bag printed by the same person at the same
//! moment is the same bytes. What may be printed, and the entry that it was, are the doors'.
//!
//! A signature is drawn as ink; the picture itself is not in the document.
//!
//! Absent on purpose: a photograph, a logo (neither prints well in black and white), and the person's name in the document's title.
//!
//! Modules bottom-up; none names one below it in this list:
mod faces;
mod glyphs;

mod ink;

mod flow;

mod pdf;

mod words;

mod bag;

#[cfg(test)]
mod signed_tests;

#[cfg(test)]
mod tests;

pub use bag::NO_SLIP_AT_THE_HUB;
pub use ink::Ink;
use record::Stamp;
use record::bag::Bag;
use record::visit::PhotoId;
use std::collections::BTreeMap;
use thiserror::Error;

/// What is printed, by whom, when and where.
#[derive(Debug, Clone, Copy)]
pub struct Print<'a> {
    pub bag: &'a Bag,
    /// Name, title and organisation.
    pub by: &'a str,
    pub at: Stamp,
    pub place: Place,
    /// The slip's code as text. The hub has none: its secret is made on the device that shows it.
    pub slip: Option<&'a str>,
    /// The drawn signatures that are here, of those that the bag's counts name (`belongings::signatures`).
    pub signatures: &'a BTreeMap<PhotoId, Vec<u8>>,
}

/// Where it is printed: how much the paper may know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// On a device, which last heard from the hub then.
    Device {
        heard: Option<Stamp>,
    },
    Hub,
}

/// Why there is no paper. Log-safe: no text of the bag is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PaperFault {
    #[error("the bag has not been released")]
    NotReleased,
    #[error("the slip does not fit a code")]
    Slip,
    /// Its source would quote the text it stumbled over.
    #[error("the PDF did not come out as PDF/A-2a and PDF/UA-1")]
    Pdf,
}

/// A bag as a PDF.
///
/// # Errors
/// Before the first release there is nothing to print; and if what came out were not the PDF it says it is.
pub fn bag(print: &Print<'_>) -> Result<Vec<u8>, PaperFault> {
    let (flow, about) = bag::lay(print)?;
    pdf::write(flow, &about)
}
