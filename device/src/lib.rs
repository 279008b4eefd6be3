//! The one who acts: vault, clock, network and sign-in, answering the desk's questions. No window (that is `src-tauri`), no rules
//! (that is `record`), no SQL, and no word of `sync`: it carries letters that it cannot open.
//!
//! ```
//! use device::Device; // names this crate, so that the next two fail for the reason they give
//! ```
//! A letter cannot be named here:
//! ```compile_fail,E0432
//! use sync::letter::Letter;
//! ```
//! Nor can a database:
//! ```compile_fail,E0432
//! use rusqlite::Connection;
//! ```
//!
//! Modules bottom-up:
pub mod ports;

pub mod carrier;

pub mod homes;

pub mod scrub;

mod state;

mod enrolment;
mod signin;

mod outbox;

mod courier;

mod licence;

mod reading;

mod near;

mod bags;
mod carrying;
mod codes;
mod photos;
mod plans;

mod ready;

mod visits;

mod consent;

mod answer;

pub mod native;

pub use outbox::{Lying, Stuck, Swapped};
pub use ports::Ports;
pub use state::{Device, Failure};
