//! What is done at a visit: acts, which are signed by whoever did them, never changed and never removed. A correction is another act
//! that names the first. Scores, warnings and conflicts are reckoned from the acts each time they are looked at, on every device the
//! same; nothing reckoned is stored.
//!
//! Not here: signing and sending (`sync::visits`), keeping (the vault and the hub), and the shared care plan (`crate::plan`), which
//! people edit together. Modules bottom-up:
pub mod vitals;

pub mod news2;

pub mod medicine;

pub mod dose;

mod interval;

pub mod frequency;

pub mod most;

pub mod photo;

pub mod wound;

pub mod access;

pub mod booking;

pub mod act;

mod bytes;

pub mod guard;

mod risk;

pub mod log;

pub use act::{Act, ActFault, ActId, Body, SignedAct};
pub use dose::{Administration, Outcome, Part, Slot};
pub use log::{Entry, Log};
pub use medicine::Medicine;
pub use photo::{Photo, PhotoId, Photos};
pub use vitals::{Observations, Taken, Vital};
pub use wound::Wound;
