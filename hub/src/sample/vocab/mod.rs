//! The words of the region: tables only, no logic. Codes are given only where they were checked; everything else is text, which
//! is as true to life as a code. Every name of a person, town or organisation is invented.

pub mod conditions;
pub mod labs;
pub mod medicines;
pub mod names;
pub mod services;
pub mod towns;
pub mod vaccines;
