//! The other end of every device: takes in feeds, matches people, decides who is owed what, keeps the audit and answers posts.
//! Binary `satchel-hub` wires it; nothing here reads a clock or makes randomness, both are handed in by `main` or the tests.
//!
//! Not here: the rules of consent (`record`), the words spoken with devices (`sync`).
pub mod store;

pub mod intake;
pub mod matching;
pub mod sample;

pub mod authority;

pub mod enrol;

pub mod cached;

pub mod frames;

pub mod manifest;

pub mod report;

pub mod routing;

pub mod fhir;

pub mod plans;

pub mod bags;
pub mod visits;

pub mod photos;

pub mod packs;

pub mod fhir_consent;

pub mod served;

pub mod door;

pub mod post;

pub mod audit;

pub mod http;

pub mod web;

pub mod officer;

pub mod ward;

pub mod partner;

pub use ed25519_dalek::{SigningKey, VerifyingKey};
