//! Everything that comes in from outside: files and feeds of FHIR R4 become resources, people and complaints. It admits or parks; it
//! never judges content against profiles and never changes a byte of what it keeps.
//!
//! `read` finds documents, `fhir` splits them into resources, `admit` decides whose they are and keeps them, `project` reads facts
//! out of what is kept; `look` and `settle` are what a person does about what was parked. Not here: the rules of matching (`crate::matching`) and SQL (`crate::store`).

pub mod admit;
mod consent;
pub mod fhir;
mod identify;
mod import;
pub mod look;
mod owner;
pub mod project;
pub mod read;
mod reason;
mod report;
mod resolve;
pub mod settle;
mod waiting;

pub use admit::{Desk, Feed, admit_batch, admit_bundle, settle_waiting};
pub use import::import;
pub use project::chart::{WholeResource, chart_facts};
pub use reason::ParkReason;
pub use report::{FileFault, IntakeFault, Options, Progress, Report, SourceSpec};

#[cfg(test)]
mod tests;
