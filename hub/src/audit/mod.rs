//! The audit for those who look at it: checked from outside, printed for a patient, handed out as FHIR, published to a second place. How it
//! is kept is `crate::store::audit`; how it comes in is `crate::post`.
pub mod names;

pub mod verify;

pub mod file;

pub mod heads;

pub mod patient;

pub mod fhir;
