//! What things are, and what is allowed: the nouns of a shared care record and the rules over them.
//!
//! This room is pure. It has no input or output, no clock, no randomness and no async, and it builds for the browser as it
//! does for a phone. Time and identity always arrive as arguments. It is *not* a FHIR model (that is `hub::intake`), not a wire
//! format (that is `sync::wire`) and not a store.
//!
//! Modules bottom-up; none names one below it in this list:
pub mod ids;
pub mod nhs_number;
pub mod sensitive;
pub mod stamp;
pub mod when;

pub mod people;

pub mod patient;

pub mod section;

pub mod unit;

pub mod summary;

pub mod chart;

pub mod consent;

pub mod own;

pub mod canon;

pub mod merkle;

pub mod time;

pub mod lease;

pub mod plan;

pub mod visit;

pub mod bag;

pub mod audit;
pub mod receipt;

pub mod feed;

pub mod enrol;

pub use ids::{ChainId, DeviceId, OdsCode, PersonId, SourceId, StaffId};
pub use nhs_number::NhsNumber;
pub use section::{Section, Sections};
pub use sensitive::Sensitive;
pub use stamp::Stamp;
pub use when::When;
