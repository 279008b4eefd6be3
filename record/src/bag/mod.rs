//! The eRed Bag: what goes with somebody who is taken from a care home to hospital and back (PRSB *Urgent transfer from care home to
//! hospital* v1.2, rebuilt in `reference/eredbag.md`). Pure nouns and rules. A bag is a growing set of signed **notes**; everything shown of
//! it is worked out from the set, so that the same notes in any order, from whatever device, give the same bag. Bytes, signatures and
//! codes to scan are `sync::bag`; keeping is the vault's and the hub's.
//!
//! Modules bottom-up; none names one below it in this list:
pub mod ids;

pub mod section;

pub mod journey;

pub mod file;

pub mod note;

pub mod draft;

pub mod belongings;

pub mod form;

pub mod release;

pub mod prefill;

pub mod custody;

pub mod summary;

pub mod view;

#[cfg(test)]
mod going_tests;
#[cfg(test)]
mod tests;

pub use belongings::{Count, Counting, Present, Second};
pub use custody::{Custody, Holding};
pub use draft::{Check, Draft, Entry, Origin, Voice};
pub use file::File;
pub use form::HomeForm;
pub use ids::{BagId, ItemId, NoteId};
pub use journey::{State, Step};
pub use note::{BagFault, Header, Note, Party, Passage, Said};
pub use release::{Contents, Filled, Missing, Ready, words};
pub use section::{BagSection, Obligation};
pub use summary::Critical;
pub use view::{Bag, Reader};
